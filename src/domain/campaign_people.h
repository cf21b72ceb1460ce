/* domain/campaign_people.h: the audience of a campaign, row by row (campaign.h): who stands in it, what
 * the row fills in, and what became of it. Inside the caller's transaction; strings lie in the arena.
 *
 *  (1) campaign_fate has how many rows there are of each fate, campaign_sum what came of them: whoever changes
 *      a row keeps both so (campaign_tally.h), and nobody counts rows.
 *  (2) When a campaign is cancelled its rows stay as they are: who waits in one is cancelled. */
#ifndef DOMAIN_CAMPAIGN_PEOPLE_H
#define DOMAIN_CAMPAIGN_PEOPLE_H

#include "domain/campaign.h"
#include "domain/campaign_tally.h"

/* Stored; never renumber. */
enum campaign_fate {
	MEMBER_WAITING = 1,
	MEMBER_QUEUED = 2,     /* on record as a send; what became of it is not known yet */
	MEMBER_GONE = 3,       /* it left; its decision tells the rest */
	MEMBER_REFUSED = 4,    /* by policy, at the time of the send */
	MEMBER_EXPIRED = 5,    /* it was held for too long */
	MEMBER_DUPLICATE = 6,  /* the same person stands in the audience before */
	MEMBER_INVALID = 7,    /* the row names nobody */
	MEMBER_FORGOTTEN = 8,  /* was erased; before the audience came, or since */
	MEMBER_SUSPENDED = 9,  /* by the list that the row came from; given back when that is */
	MEMBER_CANCELLED = 10, /* the campaign ended before */
	MEMBER_FATES
};
const char *campaign_fate_name(enum campaign_fate f);

struct campaign_member {
	int64_t seq;     /* row of the table, as a spreadsheet counts */
	uint64_t person; /* 0 = nobody */
	enum campaign_fate fate;
	uint64_t decision; /* 0 = none */
	time_ms due_at;    /* not before; TIME_NONE = any time */
	int64_t wave, variant;
	struct str source, segment; /* p NULL = none */
	struct str fields;          /* JSON: column → value; p NULL = none. Sealed at rest */
	struct str rule;            /* that held or refused it, or what is wrong with the row */
	/* Only written: of its decision, as it stands. */
	int64_t state;      /* enum send_state; 0 = there is no decision */
	int64_t error_code; /* 0 = none */
	time_ms decided_at; /* read when the decision is another than before */
	bool opted_out;     /* likewise: whoever it is withdrew after that time */
};

/* What changes is counted in `sums`, which the caller writes before the commit. */
MUST_CHECK int campaign_member_add(struct store_conn *c, const struct seal_key *key,
    struct campaign_sums *sums, uint64_t campaign, const struct campaign_member *p,
    struct err *err);
/* Fate, decision, due_at, wave, variant and rule. */
MUST_CHECK int campaign_member_set(struct store_conn *c, struct campaign_sums *sums,
    uint64_t campaign, const struct campaign_member *p, struct err *err);
/* Rows up to `last` go. Of one that is loading (campaign_edit.h). */
MUST_CHECK int campaign_people_drop(struct store_conn *c, struct campaign_sums *sums,
    uint64_t campaign, int64_t last, struct err *err);
/* All rows go, a bounded number a call: 1 there are more, 0 there is none. */
MUST_CHECK int campaign_people_clear(
    struct store_conn *c, struct campaign_sums *sums, uint64_t campaign, struct err *err);
/* Is that person in the audience already: 1 or 0. */
MUST_CHECK int campaign_member_has(
    struct store_conn *c, uint64_t campaign, uint64_t person, struct err *err);
/* The row that the send stands for: 1 and its campaign, 0 it is of none. */
MUST_CHECK int campaign_of_decision(struct store_conn *c, uint64_t decision, uint64_t *ret_campaign,
    int64_t *ret_seq, struct err *err);

/* A walk over the whole audience, in the order of its rows. */
struct campaign_walk {
	uint64_t campaign;
	int64_t after;                 /* behind this row; -1 at first */
	enum campaign_fate from, upto; /* 0 and 0 = any */
	size_t limit;
};
MUST_CHECK int campaign_people(struct store_conn *c, const struct seal_key *key,
    const struct campaign_walk *w, struct arena *a, struct campaign_member **ret, size_t *ret_len,
    struct err *err);
/* Who waits and is due: first in the order of the rows those who may get it at any time, then those
 * who were put off, by their time. At most `limit`, and no other row is read. */
MUST_CHECK int campaign_due(struct store_conn *c, const struct seal_key *key, uint64_t campaign,
    time_ms now, size_t limit, struct arena *a, struct campaign_member **ret, size_t *ret_len,
    struct err *err);
/* When the next of those who wait is due: TIME_NONE when nobody waits for a time. */
MUST_CHECK int campaign_next_due(
    struct store_conn *c, uint64_t campaign, time_ms *ret, struct err *err);
/* Is anybody waiting, or on record with an outcome that is not known: 1 or 0. */
MUST_CHECK int campaign_has_open(struct store_conn *c, uint64_t campaign, struct err *err);

struct campaign_counts {
	int64_t of[MEMBER_FATES];
};
/* Who waits, or is suspended, in a campaign that is cancelled counts as cancelled. */
MUST_CHECK int campaign_count(
    struct store_conn *c, uint64_t campaign, struct campaign_counts *ret, struct err *err);
/* What a campaign that ended before `before` tells of people is dropped, a bounded number of rows a
 * call: 1 there is more. */
MUST_CHECK int campaign_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
