/* domain/integration.h: the entries of the register. An app without an entry cannot send; the entry's
 * key is shown once and only its hash is kept. An entry without a key is there to be documented: what
 * a scan found, a sender that passed Varco by, what goes through somebody else. Inside the caller's
 * transaction; afterwards the caller loads a new directory. register.h keeps the history of it.
 *
 * Errors: -E_INVALID or -E_TOO_LARGE (field) for a missing or bad value and for a number that is
 * not on record, -E_CONFLICT (field) for other values under the same name, -E_NOT_FOUND (field
 * "id"), -E_CRYPTO, and the store's. */
#ifndef DOMAIN_INTEGRATION_H
#define DOMAIN_INTEGRATION_H

#include "base/crypto.h"
#include "base/id.h"
#include "domain/facts.h"
#include "domain/register_field.h"
#include "domain/register_state.h"
#include "store/store.h"

#define APP_KEY_MAX 64 /* "varco_" and 43 characters */

struct integration_values {
	struct str name, owner, purpose, data, webhook_url, webhook_secret, status, verdict,
	    state; /* p NULL = not given */
	const struct str *numbers;
	size_t numbers_len;
	bool numbers_given; /* given and empty: none */
	unsigned purposes;  /* PURPOSE_BITs of marketing, utility, authentication, service */
	bool purposes_given;
	time_ms review_by; /* start (UTC) of that day */
	bool review_given;
	bool keyless; /* to be documented only: it gets no key */
	struct register_values details;
};
/* name, owner, purpose, numbers and purposes must be given, and a secret with an address; without a
 * key only name, owner and purpose. *ret_id
 * and, when it was created, the key in out_key (else ""). The same values again are 0; what was
 * absent on record is filled in. */
MUST_CHECK int integration_add(struct store_conn *c, const struct seal_key *key,
    const struct integration_values *v, struct id_gen *ids, time_ms now, char ret_id[ID_TEXT_MAX],
    char out_key[APP_KEY_MAX], struct err *err);
/* What is given is changed; an empty webhook_url takes address and secret away. status: active,
 * suspended or revoked. Words are checked, moves of the state are register.h's. */
MUST_CHECK int integration_set(struct store_conn *c, const struct seal_key *key, struct str id,
    const struct integration_values *v, time_ms now, struct err *err);
/* The old key is unknown from then on. -E_CONFLICT when the app is revoked: no key of it sends; so does
 * adding it again. */
MUST_CHECK int integration_rotate(
    struct store_conn *c, struct str id, time_ms now, char out_key[APP_KEY_MAX], struct err *err);
MUST_CHECK int integration_revoke(
    struct store_conn *c, struct str id, time_ms now, struct err *err);
/* The app called at `now`. Never moves backwards. */
MUST_CHECK int integration_seen(struct store_conn *c, struct str id, time_ms now, struct err *err);

/* Where an entry came from. */
#define ORIGIN_PERSON "person" /* somebody wrote it down */
#define ORIGIN_APP "app"       /* it has a key */
#define ORIGIN_SCAN "scan"
#define ORIGIN_TRAFFIC "traffic" /* a sender that passed Varco by */

/* The whole entry, for the register and its documents; the directory has what deciding needs. In
 * the arena. */
struct integration_entry {
	struct str id, name, owner, purpose, data, webhook_url, status; /* p NULL = none */
	struct str origin, verdict,
	    found; /* found: what a scan told (register_scan.h); p NULL = nothing */
	enum register_state state;
	const struct str *numbers;
	size_t numbers_len;
	unsigned purposes;
	bool keyed;
	struct register_values details;
	time_ms review_by, created_at, updated_at, first_seen_at, last_seen_at;
	uint64_t scan;       /* that saw it last, or proved it gone; 0 = none */
	int64_t review_told; /* reminders of review_by that were given (register_review.h) */
};
/* By name. (integration_read.c) */
MUST_CHECK int integration_list(struct store_conn *c, struct arena *a,
    struct integration_entry **ret, size_t *ret_len, struct err *err);
/* 1 and *ret; 0 unknown. */
MUST_CHECK int integration_get(struct store_conn *c, struct str id, struct arena *a,
    struct integration_entry *ret, struct err *err);
/* By id, else by name: 1 and *ret; 0 unknown. */
MUST_CHECK int integration_find(struct store_conn *c, struct str wanted, struct arena *a,
    struct integration_entry *ret, struct err *err);

/* How the columns hold lists: ["100200300"] and "marketing,utility". For directory_load.c too.
 * -E_INVALID, -E_NOMEM. */
MUST_CHECK int integration_read_numbers(
    struct arena *a, struct str text, const struct str **ret, size_t *ret_len);
MUST_CHECK int integration_read_purposes(struct str text, unsigned *ret);

#endif
