/* domain/signal.h: what comes back on what was sent, counted by hour for each number, template,
 * app and campaign: the figures that the circuit breaker (breaker.h) judges.
 *
 * Counts gather in memory, on the writer thread, and are written about once a second: a crash or a
 * batch that was undone may forget the last second of them, never more. A figure that needs a share
 * of what was sent long ago (reads) stands in the hour of the send, all others in the hour in
 * which they happened. */
#ifndef DOMAIN_SIGNAL_H
#define DOMAIN_SIGNAL_H

#include "base/clock.h"
#include "store/store.h"

/* Stored; never renumber. */
enum signal_scope {
	SIGNAL_OF_NUMBER = 1,   /* id: the number's */
	SIGNAL_OF_TEMPLATE = 2, /* id: waba/name/language */
	SIGNAL_OF_APP = 3,
	SIGNAL_OF_CAMPAIGN = 4, /* id: as the sends name it */
};
#define SIGNAL_SCOPES SIGNAL_OF_CAMPAIGN            /* they begin at 1 */
const char *signal_scope_name(enum signal_scope s); /* "number", "template", "app", "campaign" */
/* -E_INVALID for any other word. */
MUST_CHECK int signal_scope_parse(struct str word, enum signal_scope *ret);

/* Stored; never renumber. */
enum signal {
	SIGNAL_SENT,           /* Meta answered, yes or no */
	SIGNAL_MARKETING_SENT, /* of those, marketing */
	SIGNAL_DELIVERED,
	SIGNAL_OPT_OUT,          /* by word, button, preference or 131050 */
	SIGNAL_UNDELIVERABLE,    /* 131026 */
	SIGNAL_FAILED,           /* any error but 131049 */
	SIGNAL_CAPPED,           /* 131049, 130472 */
	SIGNAL_COHORT_DELIVERED, /* marketing, in the hour of the send */
	SIGNAL_COHORT_READ,      /* of those, read */
	SIGNAL_SPAM,             /* 131048 */
	SIGNAL_COMPLAINT,        /* people who said so in words of the pack; once a day each */
	SIGNAL_KNOWN,      /* in the hour of the send: to people who were reached before, and what
				    became of it is known or overdue */
	SIGNAL_ONLY_SENT,  /* of those, never delivered (unheard.h) */
	SIGNAL_ASKED,      /* people who wrote: answered, or left for a day */
	SIGNAL_UNANSWERED, /* of those, left */
	SIGNALS
};

#define SIGNAL_BIT(s) (1u << (s))

struct signal_counts {
	int64_t n[SIGNALS];
};

#define SIGNAL_ID_MAX 700

struct signals;
MUST_CHECK int signals_new(struct signals **ret, struct err *err);
void signals_free(struct signals **ps);

/* One more of each signal in `bits` at `at`. An empty id, or one longer than any can be, counts
 * nowhere. */
MUST_CHECK int signals_count(struct signals *s, enum signal_scope scope, struct str id,
    unsigned bits, time_ms at, struct err *err);
/* What one send counts for; empty where it has none. */
struct signal_send {
	struct str number, waba, tpl, app, campaign; /* tpl: name/language */
};
MUST_CHECK int signals_count_send(
    struct signals *s, const struct signal_send *send, unsigned bits, time_ms at, struct err *err);
/* What an error code of Meta's counts as. */
unsigned signals_of_error(int64_t code);
/* Is there anything to write? */
bool signals_waiting(const struct signals *s);
/* Inside a transaction: adds what gathered to the rows and tells each scope that changed, once for
 * each of its hours, to `changed`, which must not count. What was written is gone from memory with
 * the next call, unless that is signals_undo(). */
MUST_CHECK int signals_write(struct signals *s, struct store_conn *c,
    int (*changed)(void *ctx, enum signal_scope scope, struct str id, struct err *err), void *ctx,
    struct err *err);
/* What was counted since the last of these two is in the store for good, or was undone: then it is
 * taken back, and what earlier transactions counted still waits to be written, also when this one
 * had written it. */
void signals_committed(struct signals *s);
void signals_undo(struct signals *s);

/* All that happened in the hours that began after `after` and not after `until`. */
MUST_CHECK int signals_sum(struct store_conn *c, enum signal_scope scope, struct str id,
    time_ms after, time_ms until, struct signal_counts *ret, struct err *err);
/* The most of one signal that any 24 hours on end had, of the seven days before `now`. */
MUST_CHECK int signals_busiest_day(struct store_conn *c, enum signal_scope scope, struct str id,
    enum signal what, time_ms now, int64_t *ret, struct err *err);
/* Retention: hours that began before `before` go, a bounded number per call; 1 there may be more. */
MUST_CHECK int signals_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
