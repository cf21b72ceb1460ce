/* domain/overview.h: what is on record for whoever looks at it, and no decision reads: why
 * something is paused, alarms, how much waits, and every consent in order. Reads only; strings
 * lie in the arena. */
#ifndef DOMAIN_OVERVIEW_H
#define DOMAIN_OVERVIEW_H

#include "domain/consent.h"

struct overview_pause {
	enum purpose purpose;
	time_ms until, at; /* until TIME_NONE = until resumed */
	struct str scope, id, by, reason;
};
/* Of one scope (account.h), by purpose; those that have ended too. */
MUST_CHECK int overview_pauses(struct store_conn *c, struct str scope, struct str id,
    struct arena *a, struct overview_pause **ret, size_t *ret_len, struct err *err);
/* All pauses, the newest first; at most `limit`, and then *ret_more. */
MUST_CHECK int overview_all_pauses(struct store_conn *c, size_t limit, struct arena *a,
    struct overview_pause **ret, size_t *ret_len, bool *ret_more, struct err *err);

struct overview_alarm {
	uint64_t id;
	time_ms at;
	struct str kind, scope, detail;
};
/* Newest first, ids below `before` (0 = any), of one kind (p NULL = any). At most `limit`, and
 * then *ret_more. */
MUST_CHECK int overview_alarms(struct store_conn *c, uint64_t before, struct str kind, size_t limit,
    struct arena *a, struct overview_alarm **ret, size_t *ret_len, bool *ret_more, struct err *err);

struct overview_queues {
	int64_t held, ready, sending, unknown; /* sends, by state */
	int64_t forward;                       /* events that wait for apps */
};
MUST_CHECK int overview_queues(struct store_conn *c, struct overview_queues *ret, struct err *err);

/* Where a walk over all consents stands; zeroed = at the start. */
struct overview_place {
	uint64_t person;
	int64_t seq;
};
struct overview_consent {
	struct overview_place place;
	struct phone phone; /* none: known by BSUID only */
	struct str bsuid;   /* p NULL = none */
	struct consent_entry entry;
	struct str sealed; /* the words of the entry, as the store has them */
};
/* The acts behind `after`, person by person in the order in which they were recorded. At most
 * `limit`, and then *ret_more. */
MUST_CHECK int overview_consents(struct store_conn *c, const struct overview_place *after,
    size_t limit, struct arena *a, struct overview_consent **ret, size_t *ret_len, bool *ret_more,
    struct err *err);

#endif
