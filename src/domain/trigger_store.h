/* domain/trigger_store.h: triggers on record, and the events that they have taken. Inside the caller's
 * transaction.
 *
 * An event that was taken is kept with the decision that came of it, under an HMAC of its id, so that the
 * same one that comes again makes no second message; also after its trigger was removed and made again. */
#ifndef DOMAIN_TRIGGER_STORE_H
#define DOMAIN_TRIGGER_STORE_H

#include "domain/trigger.h"
#include "domain/value.h"
#include "store/store.h"

struct trigger_values {
	struct str name, app, number; /* id of the integration; phone-number-id */
	struct str definition;        /* canonical JSON */
	struct str secret;            /* p NULL = none */
};

struct trigger_row {
	struct trigger_values v;
	time_ms created_at, last_at; /* last_at TIME_NONE = nothing came yet */
	int64_t queued, repeated, skipped;
	struct str problem,
	    place; /* the last event that was no use: sentence and place; p NULL = none */
	time_ms problem_at;
	/* since the last event that was of use: those that lacked something, and those for which a condition
	 * did not hold */
	int64_t useless, unmet;
};

/* The same again is 0 and *ret_created false; other values under the name are -E_CONFLICT with the field. */
MUST_CHECK int trigger_add(struct store_conn *c, const struct seal_key *key,
    const struct trigger_values *v, time_ms now, bool *ret_created, struct err *err);
/* Other values under the name, for events from now on; what useless ones there were is forgotten. 1 it is so,
 * 0 there is none. */
MUST_CHECK int trigger_set(struct store_conn *c, const struct seal_key *key,
    const struct trigger_values *v, struct err *err);
/* 1 found (in the arena, secret opened), 0 unknown. */
MUST_CHECK int trigger_get(struct store_conn *c, const struct seal_key *key, struct str name,
    struct arena *a, struct trigger_row *ret, struct err *err);
/* By name, behind `after` (p NULL = from the start), at most `limit`; without their secrets: p is not NULL
 * where there is one. */
MUST_CHECK int trigger_list(struct store_conn *c, struct str after, size_t limit, struct arena *a,
    struct trigger_row **ret, size_t *ret_len, struct err *err);
/* 1 it is gone, 0 there was none. */
MUST_CHECK int trigger_remove(struct store_conn *c, struct str name, struct err *err);

/* How many of a post became messages, had come before, or were no use (`unmet` of these because a condition did
 * not hold), and what the last of the others lacked (p NULL = there was none). */
struct trigger_tally {
	int64_t queued, repeated, skipped, unmet;
	struct str problem, place;
};
MUST_CHECK int trigger_count_in(struct store_conn *c, struct str name,
    const struct trigger_tally *tally, time_ms now, struct err *err);

/* 1 the event was taken before and made that decision, 0 it was not. */
MUST_CHECK int trigger_event_get(struct store_conn *c, const struct seal_key *key, struct str name,
    struct str event_id, uint64_t *ret_decision, struct err *err);
MUST_CHECK int trigger_event_add(struct store_conn *c, const struct seal_key *key, struct str name,
    struct str event_id, uint64_t decision, time_ms now, struct err *err);
/* Those from before `before` are dropped, a bounded number per call; 1 there may be more, 0 there is
 * none. */
MUST_CHECK int trigger_event_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
