/* domain/consent_undo.h: undoing an import of consents. Nothing is taken out: acts become void, and
 * what a void act still says is answered by another.
 *
 * An act is void when its import is undone or being undone, or when it is itself an answer, unless an
 * import that stands said the same after it: of several such imports that grant, the newest is kept. What remains
 * is real: somebody's own act, or that of an import that stands.
 *
 * Always holds, after whatever is appended: the newest act that covers a purpose says what the newest
 * real one says. Where there is no real one it says nothing or withdraws, for no act takes back a
 * withdrawal into nothing, and a wrong silence is the smaller wrong.
 *
 * Answers are dated as the act that they answer, or one millisecond behind it when they bring a grant
 * back, for a withdrawal wins a tie: whoever acted later keeps the newer act. Codes for signing in have
 * withdrawals of their own (readings 4), so one of everything neither needs nor is an answer there.
 *
 * Inside the caller's transaction. */
#ifndef DOMAIN_CONSENT_UNDO_H
#define DOMAIN_CONSENT_UNDO_H

#include "domain/consent_import.h"

/* An act as far as counting needs it; leaf 0 = there is none. */
struct consent_mark {
	int64_t leaf;
	time_ms at;
	enum purpose purpose;
	enum consent_act act;
	bool is_void;
	uint64_t import, undo; /* that brought it; whose undoing it answers; 0 = none */
	int64_t restores;      /* an answer that brings back: which act; 0 = none */
};

/* Of one purpose. */
struct consent_standing {
	struct consent_mark now, real;
};

#define CONSENT_STANDINGS (PURPOSE_SERVICE + 1)

/* By purpose (0 stays empty); an act on everything covers each. */
MUST_CHECK int consent_standings(struct store_conn *c, uint64_t person,
    struct consent_standing ret[CONSENT_STANDINGS], struct err *err);

/* All acts but the withdrawals that came of a list or answer one, which undoing may take back: in the arena, in the order in
 * which they were recorded. */
MUST_CHECK int consent_lasting(struct store_conn *c, uint64_t person, struct arena *a,
    const struct facts_consent **ret, size_t *ret_len, struct err *err);

/* Is the same act (person, purpose, act and time) on record for good? 1 or 0. Somebody's own is only
 * the same as their own: what a list said may be taken back. `e->person` is resolved. */
MUST_CHECK int consent_is_known(
    struct store_conn *c, const struct consent_entry *e, struct err *err);
/* Keeps that e->import_id says what is known already, so that it stands when the import goes that said
 * it first. Nothing to do for other acts. */
MUST_CHECK int consent_say_again(
    struct store_conn *c, const struct consent_entry *e, struct err *err);

/* `e` has just been appended, or said again: appends the answers that the rule above asks for now. */
MUST_CHECK int consent_settle(struct store_conn *c, struct ledger *ledger,
    const struct consent_entry *e, time_ms now, struct err *err);

/* Answers at most `limit` further acts of the import: 1 there are more, 0 it is undone. *x has its
 * state, counts and place moved on, and they are stored; `a` is used up and may be reset between
 * calls. Only for IMPORT_DONE, IMPORT_STOPPED and IMPORT_UNDOING. */
MUST_CHECK int consent_import_undo(struct store_conn *c, struct ledger *ledger, size_t limit,
    time_ms now, struct arena *a, struct consent_import *x, struct err *err);
/* The same for an undo that was begun and is not at its end, whoever began it, and for another each time,
 * so that one which fails keeps none from its turn: *last is the one of last time (0 = none) and becomes
 * this one. 1 ask again, 0 nothing is being undone. */
MUST_CHECK int consent_undo_go_on(struct store_conn *c, struct ledger *ledger, size_t limit,
    time_ms now, struct arena *a, uint64_t *last, struct err *err);

#endif
