/* domain/person.h: whoever receives. A person is an id behind which stand a phone number, BSUIDs, or both; consent belongs
 * to the person, never to the digits. Inside the caller's transaction.
 *
 * When an event shows that two persons are one (a message that carries both the phone of one and the BSUID of the other),
 * they are merged: the older id stays, and consents, contacts, marks and counts move to it. The stricter side wins: flags
 * add up, and a purpose that either side had withdrawn stays withdrawn, by a new act with the source "merge" where the
 * other side's grant was younger. Ids that are gone stay resolvable (person_resolve), and decisions read the present one.
 *
 * A phone number that comes with another BSUID of the same portfolio than the one its person has, or that somebody else
 * changes to, has changed hands: it leaves its former person. Grants stay behind; what that person had withdrawn, and
 * suppression, hold for the new one too, for it may be the same human after all.
 *
 * Facts come late, and out of order: one that is older than the newest change of a number known by its BSUID teaches
 * nothing about the number.
 *
 * Everything is noted in person_history. BSUIDs are valid ones (domain/phone.h). */
#ifndef DOMAIN_PERSON_H
#define DOMAIN_PERSON_H

#include "base/id.h"
#include "domain/facts.h"
#include "domain/ledger.h"
#include "store/store.h"

#define PERSON_SUPPRESSED 1u /* flags */
#define PERSON_META_STOP 2u
#define PERSON_HAS_MARKS 4u /* rows in person_mark exist */
#define PERSON_STOP_DOUBT \
	8u /* what they wrote may be an opt-out; nobody has looked yet (stops.h) */

enum person_mark {
	MARK_HARD_FAILURE = 1,
	MARK_COOLDOWN = 2,
	MARK_STOP_CONFIRMED = 3, /* an opt-out was confirmed to them */
	MARK_COMPLAINED = 4,     /* they complained in words of the pack */
};

struct person {
	uint64_t id;
	struct phone phone; /* none: known by BSUID only */
	unsigned flags;
	struct str timezone; /* in the arena; p NULL = unknown */
	/* This call merged others into this one: their rows in `reach` moved, and the caller must budget_flush and then
	 * budget_reload, for the budget's memory is out of date. */
	bool merged;
};

/* 1 found, 0 unknown, <0. One of phone and bsuid may be absent; both given and known apart: the phone's person
 * (person_learn merges). A parent BSUID serves as a BSUID. */
MUST_CHECK int person_find(struct store_conn *c, struct phone phone, struct str bsuid,
    struct arena *a, struct person *ret, struct err *err);
/* Found or created. Nothing is learned about one that was found. -E_INVALID when neither key is given. */
MUST_CHECK int person_get(struct store_conn *c, struct phone phone, struct str bsuid,
    struct str portfolio, struct id_gen *ids, time_ms now, struct arena *a, struct person *ret,
    struct err *err);
/* The keys that a fact tells; what is absent is none or has p NULL. */
struct person_keys {
	struct phone phone;
	struct str bsuid, parent; /* parent: the parent BSUID */
};
/* Where it was told. */
struct person_lesson {
	struct ledger *ledger;
	struct id_gen *ids;
	struct str portfolio; /* p NULL = unknown */
	time_ms now;
	time_ms at; /* of the fact itself; 0 = now */
};
/* Everybody whom the keys lead to, at least one: the first is as person_get, a second one is there when the keys are
 * known apart or only one of them was known. What is withdrawn under both keys is withdrawn for all of them. Nothing is
 * learned, so the lesson needs no ledger. */
struct people {
	struct person list[2];
	size_t len;
};
MUST_CHECK int person_get_all(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct people *ret, struct err *err);
/* As person_get, and what the fact teaches is kept: all keys on one person, merging when needed. Writes nothing when
 * everything was known. -E_INVALID without phone and BSUID. */
MUST_CHECK int person_learn(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct person *ret, struct err *err);
/* A fact about somebody else's deed (a status) names phone and BSUID of one human, and may be days late: it joins what
 * nobody contradicts, and takes nothing from anybody. 1 as person_learn, and something may have been learned; 0 nothing
 * was: a key is absent, the BSUID's person has a number, or the number's person another BSUID of the portfolio. */
MUST_CHECK int person_link(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct person *ret, struct err *err);
/* A person changed number or BSUID (user_id_update, system messages): the new keys join the old person. The old number is
 * theirs no more; an old BSUID still leads to them. An unknown old person is as person_learn of the new keys. */
MUST_CHECK int person_rekey(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *old, const struct person_keys *new, struct arena *a,
    struct person *ret, struct err *err);

/* By an id that is not gone: 1 found, 0 nobody has it. */
MUST_CHECK int person_by_id(
    struct store_conn *c, uint64_t id, struct arena *a, struct person *ret, struct err *err);
/* The person that `id` is now: itself, or whom it was merged into. For ids that were kept elsewhere. */
MUST_CHECK int person_resolve(struct store_conn *c, uint64_t id, uint64_t *ret, struct err *err);

/* Who was forgotten came back by their own act of that time: they and all their keys are off the suppression list,
 * and `names` (suppression.h) has what was on it. Nothing happens to who is not on it, and nothing by an act from before. */
MUST_CHECK int person_welcome_back(struct store_conn *c, uint64_t person, time_ms at,
    struct arena *a, struct json_writer *names, struct err *err);

/* These take ids that are gone as well; of a person that is not there at all nothing is changed, and that is 0. */
MUST_CHECK int person_set_flag(
    struct store_conn *c, uint64_t person, unsigned flag, bool on, struct err *err);
/* scope: the WABA of a cool-down, else "". until TIME_NONE = none. The same mark again is 0. */
MUST_CHECK int person_mark(struct store_conn *c, uint64_t person, enum person_mark kind,
    struct str scope, time_ms at, time_ms until, struct err *err);
/* How many hard failures came after both `since` and `last_inbound` (TIME_NONE = never), and the end of the cool-down that
 * WABA has at `now` (TIME_NONE = none). Only worth calling when PERSON_HAS_MARKS. */
MUST_CHECK int person_marks(struct store_conn *c, uint64_t person, struct str waba, time_ms since,
    time_ms last_inbound, time_ms now, int64_t *ret_failures, time_ms *ret_cooldown,
    struct err *err);
/* Whether there is a mark of that kind from behind `since`: 1 or 0. */
MUST_CHECK int person_has_mark(
    struct store_conn *c, uint64_t person, enum person_mark kind, time_ms since, struct err *err);
/* Marks from before `before` that are over are dropped, a bounded number per call; 1 there may be
 * more, 0 there is none. */
MUST_CHECK int person_marks_purge(struct store_conn *c, time_ms before, struct err *err);
/* The newest BSUID for a portfolio, or one whose portfolio is not known; any when portfolio.p is NULL; never a parent
 * BSUID. p NULL when there is none. */
MUST_CHECK int person_bsuid(struct store_conn *c, uint64_t person, struct str portfolio,
    struct arena *a, struct str *ret, struct err *err);

/* The ids that a person was known by before and that are gone, in the arena. */
MUST_CHECK int person_former(struct store_conn *c, uint64_t person, struct arena *a,
    const uint64_t **ret, size_t *ret_len, struct err *err);
/* What became of a person, oldest first, in the arena. */
struct person_change {
	time_ms at;
	struct str what;   /* "phone", "bsuid" or "merged" */
	struct str detail; /* {"from","to"}, {"bsuid"} or {"gone","phone"} */
};
MUST_CHECK int person_changes(struct store_conn *c, uint64_t person, struct arena *a,
    struct person_change **ret, size_t *ret_len, struct err *err);

#endif
