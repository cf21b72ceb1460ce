/* domain/campaign_sum.h: the figures of campaigns, by template, segment, list and wave, kept beside the
 * rows of audiences that they count, so that nobody counts a million rows to see a report.
 *
 * Each row of an audience adds one to a figure of each group that it is in (campaign_tally.h says to
 * which), and whoever changes the row takes the old one away and adds the new one, in the same
 * transaction. What a batch changes gathers in memory and is written once, before the commit: of a
 * thousand people of a wave the same few rows change.
 *
 *  (1) What stands in campaign_sum is what counting the rows would say (campaign_test.c counts).
 *  (2) Nothing gathers over the end of a transaction: written before its commit, dropped when undone. */
#ifndef DOMAIN_CAMPAIGN_SUM_H
#define DOMAIN_CAMPAIGN_SUM_H

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

/* What a row counts as; columns of campaign_sum. Stored; never renumber. */
enum campaign_figure {
	CAMPAIGN_PEOPLE = 0, /* all rows */
	CAMPAIGN_WAITING = 1,
	CAMPAIGN_UNDER_WAY = 2,
	CAMPAIGN_UNKNOWN = 3,
	CAMPAIGN_REFUSED = 4,
	CAMPAIGN_SENT = 5, /* Meta took it, and more is not known */
	CAMPAIGN_DELIVERED = 6,
	CAMPAIGN_READ = 7,
	CAMPAIGN_FAILED = 8,
	CAMPAIGN_NOT_SENT = 9, /* expired, cancelled, suspended, twice or nobody */
	CAMPAIGN_OPT_OUTS = 10,
	CAMPAIGN_CLICKS = 11,
	CAMPAIGN_FIGURES
};

/* Bits that a row bears besides. Stored. */
#define CAMPAIGN_MARK_OPT_OUT 1u /* withdrew a while behind its send */
#define CAMPAIGN_MARK_CLICK 2u   /* pressed a button of it */

/* One row of an audience, as it is counted; strings are borrowed. */
struct campaign_counted {
	uint64_t campaign;
	int64_t seq, fate;
	int64_t wave;                /* 0 = none yet: it never got a template */
	int64_t variant;             /* of whoever got one: its place in the plan */
	enum campaign_figure figure; /* CAMPAIGN_PEOPLE = it is not counted yet */
	int64_t code;                /* of Meta's error; 0 = none */
	unsigned marks;
	struct str source, segment, rule; /* p NULL = none */
	time_ms used_at;                  /* when its send was put on record; TIME_NONE = not now */
};

struct campaign_sums;
MUST_CHECK int campaign_sums_new(struct campaign_sums **ret, struct err *err);
void campaign_sums_free(struct campaign_sums **ps);
/* `n` rows like that more, or fewer. */
MUST_CHECK int campaign_sums_add(
    struct campaign_sums *s, const struct campaign_counted *x, int64_t n, struct err *err);
/* `n` rows more of that fate (campaign_fate, in campaign_people.h). */
MUST_CHECK int campaign_sums_add_fate(
    struct campaign_sums *s, uint64_t campaign, int64_t fate, int64_t n, struct err *err);
/* The state of a decision moved by which a row counts: it is counted anew soon (campaign_tally.h). */
MUST_CHECK int campaign_sums_moved(struct campaign_sums *s, uint64_t decision, struct err *err);
/* Inside a transaction; memory is empty after success. */
MUST_CHECK int campaign_sums_write(struct campaign_sums *s, struct store_conn *c, struct err *err);
/* What gathered is forgotten: its transaction was undone. */
void campaign_sums_undo(struct campaign_sums *s);

/* By what is counted. Stored; never renumber. */
enum campaign_group {
	CAMPAIGN_ALL = 1,
	BY_TEMPLATE = 2, /* number: its place in the plan, or CAMPAIGN_NO_TEMPLATE */
	BY_SEGMENT = 3,  /* name */
	BY_SOURCE = 4,   /* name; of campaign 0: in all campaigns */
	BY_WAVE = 5,     /* number */
	BY_RULE = 6,     /* name: refused by it; people only */
	BY_ERROR = 7,    /* number: Meta's code; people only */
};

/* Whoever never got one: it is decided when a row is put on record as a send. */
#define CAMPAIGN_NO_TEMPLATE (-1)

struct campaign_sum {
	struct str name; /* p NULL = none */
	int64_t number;
	int64_t n[CAMPAIGN_FIGURES];
	time_ms used_at; /* last; TIME_NONE = never. Of lists in all campaigns only */
};
/* For qsort(): by name, then by number. */
int campaign_sum_by_name(const void *a, const void *b);
/* Which of them. */
struct campaign_asked {
	uint64_t campaign; /* 0 = lists in all campaigns */
	enum campaign_group by;
	struct str after; /* only behind that name; p NULL = from the first */
	size_t limit;
};
/* The groups that have people, in the order of their names or numbers. `live` (may be NULL) is what was not
 * written yet, which counts; without a connection (NULL) nothing else does. */
MUST_CHECK int campaign_sums_read(struct store_conn *c, const struct campaign_sums *live,
    const struct campaign_asked *ask, struct arena *a, struct campaign_sum **ret, size_t *ret_len,
    struct err *err);

#endif
