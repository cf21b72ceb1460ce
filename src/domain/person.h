/* domain/person.h: whoever receives. A person is an id behind which stand a phone number, BSUIDs, or both; consent belongs to the person.
 *
 * When an event shows that two persons are one (a message that carries both the phone of one and the BSUID of the other), they are merged: the older id stays, consents, contacts and marks move to
 * it, and the stricter side wins (a withdrawal of either stays, suppression and meta_stop stay). Everything is noted in person_history. Inside the caller's transaction. */
#ifndef DOMAIN_PERSON_H
#define DOMAIN_PERSON_H

#include "base/id.h"
#include "domain/facts.h"
#include "store/store.h"

#define PERSON_SUPPRESSED 1u      /* flags */
#define PERSON_META_STOP  2u
#define PERSON_HAS_MARKS  4u      /* rows in person_mark exist */

enum person_mark { MARK_HARD_FAILURE = 1, MARK_COOLDOWN = 2 };

struct person {
	uint64_t     id;
	struct phone phone;
	unsigned     flags;
	struct str   timezone;        /* in the arena; p NULL = unknown */
};

/* 1 found, 0 unknown, <0. One of phone and bsuid may be absent; both given and known apart: the phone's person (person_learn merges). */
MUST_CHECK int person_find(struct store_conn *c, struct phone phone, struct str bsuid, struct arena *a, struct person *ret, struct err *err);
/* Found or created. */
MUST_CHECK int person_get(struct store_conn *c, struct phone phone, struct str bsuid, struct str portfolio, struct id_gen *ids, time_ms now, struct arena *a, struct person *ret, struct err *err);
/* As person_get, and what the event teaches is kept: both keys on one person, merging when needed; parent BSUID too (p NULL = none). */
MUST_CHECK int person_learn(struct store_conn *c, struct phone phone, struct str bsuid, struct str parent, struct str portfolio, struct id_gen *ids, time_ms now, struct arena *a, struct person *ret, struct err *err);
/* A person changed number or BSUID (user_id_update, system messages): the new key joins the old person. */
MUST_CHECK int person_rekey(struct store_conn *c, struct phone old_phone, struct str old_bsuid, struct phone new_phone, struct str new_bsuid, struct str portfolio, struct id_gen *ids, time_ms now, struct arena *a, struct person *ret, struct err *err);
MUST_CHECK int person_set_flag(struct store_conn *c, uint64_t person, unsigned flag, bool on, struct err *err);
MUST_CHECK int person_mark(struct store_conn *c, uint64_t person, enum person_mark kind, struct str scope, time_ms at, time_ms until, struct err *err);
/* hard_failures (after `since` and after `last_inbound`) and cooldown for that WABA; only called when PERSON_HAS_MARKS. */
MUST_CHECK int person_marks(struct store_conn *c, uint64_t person, struct str waba, time_ms since, time_ms last_inbound, time_ms now, int64_t *ret_failures, time_ms *ret_cooldown, struct err *err);
/* The BSUID known for a portfolio (any when p NULL); p NULL when none. */
MUST_CHECK int person_bsuid(struct store_conn *c, uint64_t person, struct str portfolio, struct arena *a, struct str *ret, struct err *err);

#endif
