/* domain/stops.h: opt-outs that are not certain. Inside the caller's transaction.
 *
 * Those that came of an error code of Meta's: one code may turn up for thousands at once by an error of
 * somebody else's, so many in an hour are a burst, and from there on they are held. And what a person wrote
 * that may be an opt-out (pack_look_through): always held, with code 0. A held one is no act of consent, but
 * the person gets no marketing all the same, until an operator confirms it (then it is an act) or releases
 * it. In words that leave no doubt the person decides it first.
 *
 *   applied
 *   held → confirmed | released */
#ifndef DOMAIN_STOPS_H
#define DOMAIN_STOPS_H

#include "domain/ledger.h"
#include "domain/phone.h"
#include "store/store.h"

/* Stored; never renumber. */
enum stop_state {
	STOP_APPLIED = 1,
	STOP_HELD = 2,
	STOP_RELEASED = 3,
	STOP_CONFIRMED = 4,
};
const char *stop_state_name(enum stop_state s); /* "" for none of them */

struct stop {
	uint64_t id, person;
	time_ms at, ended_at; /* ended_at TIME_NONE = as it was */
	int64_t code;         /* STOP_BY_WORDS = of what the person wrote */
	enum stop_state state;
	struct str
	    number; /* to which they wrote, or that sent what the code is of; p NULL = not known */
	/* of words only: what confirming it withdraws, the act's source, and the words; p NULL in a list when they
	 * cannot be read any more */
	unsigned purposes;
	struct str source, words;
	struct phone phone; /* in a list */
};
#define STOP_BY_WORDS 0
#define STOP_WORDS_MAX 1000 /* bytes that are kept */

/* A code came for a person: noted, and PERSON_META_STOP set. *ret_state says whether it is to be
 * applied or held (`most` in an hour, this one with them); *ret_burst: it is the first that is held of
 * a burst. A repeat within the hour is what it was, and is not counted again. */
MUST_CHECK int stop_note(struct store_conn *c, const struct stop *s, int64_t most,
    enum stop_state *ret_state, bool *ret_burst, struct err *err);
/* Words of a person came that may be an opt-out: held, with PERSON_STOP_DOUBT and the words sealed. 1;
 * 0 when one of theirs about as much is held already. *ret_first: no other one of the number came within the hour. */
MUST_CHECK int stop_doubt(
    struct store_conn *c, const struct stop *s, bool *ret_first, struct err *err);
/* The person spoke for themselves, of these purposes: their held ones end like that; those of words alone, of up to
 * `until`, or all. What words were about besides stays in doubt. */
#define STOP_EVERY_PURPOSE (~0u)
struct stop_word {
	enum stop_state to;
	unsigned purposes; /* PURPOSE_BITs */
	time_ms until;     /* of words only */
};
MUST_CHECK int stop_settle_words(struct store_conn *c, uint64_t person,
    const struct stop_word *said, time_ms now, struct err *err);
MUST_CHECK int stop_settle(struct store_conn *c, uint64_t person, const struct stop_word *said,
    time_ms now, struct err *err);
/* The held one of that id, as stop_end: 1, or 0 when there is none. Of words its own purposes are
 * withdrawn. */
MUST_CHECK int stop_end_one(struct store_conn *c, struct ledger *ledger, uint64_t id,
    enum stop_state to, unsigned purposes, time_ms now, struct err *err);
/* Held ones of a code, a bounded number a call: confirmed ones become acts that withdraw `purposes`
 * as of when the code came; released ones are as if it had not come. How many; 0 = there are no more. */
MUST_CHECK int stop_end(struct store_conn *c, struct ledger *ledger, int64_t code,
    enum stop_state to, unsigned purposes, time_ms now, struct err *err);
/* Newest first, ids below `before` (0 = any), of one code (0 = any) and state (0 = any); at most
 * `limit`, and then *ret_more. */
struct stop_filter {
	uint64_t before;
	int64_t code;
	enum stop_state state;
	const struct str
	    *numbers; /* only those of one of them; NULL = of any, and of none that is known */
	size_t numbers_len;
	size_t limit;
};
MUST_CHECK int stop_list(struct store_conn *c, const struct stop_filter *f, struct arena *a,
    struct stop **ret, size_t *ret_len, bool *ret_more, struct err *err);
/* Those that are not held from before `before`, a bounded number per call; 1 there may be more, 0
 * there is none. */
MUST_CHECK int stop_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
