/* domain/register.h: changes of the register with their history.
 *
 *  (1) Every change leaves an entry in the ledger that names what was and what is, and the same
 *      words in the entry's own history. What changes nothing leaves nothing.
 *  (2) A state moves only as register_state.h allows; `accepted` names who approved, and of what is
 *      not official also the reason and the day on which the exception ends.
 *  (3) What is unofficial cannot send: an entry with a key that works is never unofficial.
 *
 * Inside the caller's transaction; errors are those of integration.h. */
#ifndef DOMAIN_REGISTER_H
#define DOMAIN_REGISTER_H

#include "domain/integration.h"
#include "domain/ledger.h"

/* Who changes it, and with what. */
struct register_act {
	struct store_conn *c;
	struct ledger *ledger;
	const struct seal_key *key;
	struct id_gen *ids;
	struct arena *arena;
	struct str by; /* "admin", "scan", "varco" */
	time_ms now;
};

MUST_CHECK int register_add(const struct register_act *act, const struct integration_values *v,
    char ret_id[ID_TEXT_MAX], char out_key[APP_KEY_MAX], struct err *err);
MUST_CHECK int register_set(const struct register_act *act, struct str id,
    const struct integration_values *v, struct err *err);
/* -E_INVALID (field "id") for an entry without a key. */
MUST_CHECK int register_rotate(
    const struct register_act *act, struct str id, char out_key[APP_KEY_MAX], struct err *err);
/* The entry is retired as well, as far as no scan speaks for it. */
MUST_CHECK int register_revoke(const struct register_act *act, struct str id, struct err *err);
/* Looked at, with the next date. */
struct register_review {
	struct str by, outcome; /* outcome: p NULL = nothing to say */
	time_ms until;          /* after now */
};
MUST_CHECK int register_review(const struct register_act *act, struct str id,
    const struct register_review *review, struct err *err);

/* --- history (register_history.c) ------------------------------------------------------------- */

/* What changed between two readings of an entry, as one entry of the ledger. `before` NULL: it is
 * new. Nothing when there is no difference and `operation` is REGISTER_CHANGED. */
#define REGISTER_ENTERED "integration.entered"
#define REGISTER_CHANGED "integration.changed"
#define REGISTER_ROTATED "integration.rotated"
#define REGISTER_FOUND "integration.found"
MUST_CHECK int register_note(const struct register_act *act, const char *operation,
    const struct integration_entry *before, const struct integration_entry *after, struct err *err);

/* The texts of an entry by which it is compared and shown: names and values side by side. */
#define REGISTER_OWN_TEXTS 11
#define REGISTER_TEXTS (REGISTER_OWN_TEXTS + REGISTER_FIELDS_LEN)
const char *register_text_name(size_t i);  /* "owner" */
const char *register_text_label(size_t i); /* msgid */
/* Values; p NULL = none. -E_NOMEM. */
MUST_CHECK int register_texts(
    const struct integration_entry *e, struct arena *a, struct str ret[REGISTER_TEXTS]);

struct register_change {
	int64_t leaf; /* its entry in the ledger */
	time_ms at;
	struct str content; /* {"at","by","changes":{name:[was,is]},"id","operation"} */
};
/* Oldest first. */
MUST_CHECK int register_history(struct store_conn *c, struct str id, struct arena *a,
    struct register_change **ret, size_t *ret_len, struct err *err);

#endif
