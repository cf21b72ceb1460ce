/* domain/integration.h: the register of apps. An app without an entry cannot send; the entry's key
 * is shown once and only its hash is kept. Inside the caller's transaction; afterwards the caller
 * loads a new directory.
 *
 * Errors: -E_INVALID or -E_TOO_LARGE (field) for a missing or bad value and for a number that is
 * not on record, -E_CONFLICT (field) for other values under the same name, -E_NOT_FOUND (field
 * "id"), -E_CRYPTO, and the store's. */
#ifndef DOMAIN_INTEGRATION_H
#define DOMAIN_INTEGRATION_H

#include "base/crypto.h"
#include "base/id.h"
#include "domain/facts.h"
#include "store/store.h"

#define APP_KEY_MAX 64 /* "varco_" and 43 characters */

struct integration_values {
	struct str name, owner, purpose, data, webhook_url, webhook_secret,
	    status; /* p NULL = not given */
	const struct str *numbers;
	size_t numbers_len;
	bool numbers_given; /* given and empty: none */
	unsigned purposes;  /* PURPOSE_BITs of marketing, utility, authentication, service */
	bool purposes_given;
	time_ms review_by; /* start (UTC) of that day */
	bool review_given;
};
/* name, owner, purpose, numbers and purposes must be given, and a secret with an address. *ret_id
 * and, when it was created, the key in out_key (else ""). The same values again are 0; what was
 * absent on record is filled in. */
MUST_CHECK int integration_add(struct store_conn *c, const struct seal_key *key,
    const struct integration_values *v, struct id_gen *ids, time_ms now, char ret_id[ID_TEXT_MAX],
    char out_key[APP_KEY_MAX], struct err *err);
/* What is given is changed; an empty webhook_url takes address and secret away. status: active,
 * suspended or revoked. */
MUST_CHECK int integration_set(struct store_conn *c, const struct seal_key *key, struct str id,
    const struct integration_values *v, time_ms now, struct err *err);
/* The old key is unknown from then on. */
MUST_CHECK int integration_rotate(
    struct store_conn *c, struct str id, time_ms now, char out_key[APP_KEY_MAX], struct err *err);
MUST_CHECK int integration_revoke(
    struct store_conn *c, struct str id, time_ms now, struct err *err);
/* The app called at `now`. Never moves backwards. */
MUST_CHECK int integration_seen(struct store_conn *c, struct str id, time_ms now, struct err *err);

/* The whole entry, for the register and its documents; the directory has what deciding needs. In
 * the arena. */
struct integration_entry {
	struct str id, name, owner, purpose, data, webhook_url, status; /* p NULL = none */
	const struct str *numbers;
	size_t numbers_len;
	unsigned purposes;
	time_ms review_by, created_at, updated_at, last_seen_at;
};
/* By name. */
MUST_CHECK int integration_list(struct store_conn *c, struct arena *a,
    struct integration_entry **ret, size_t *ret_len, struct err *err);
/* 1 and *ret; 0 unknown. */
MUST_CHECK int integration_get(struct store_conn *c, struct str id, struct arena *a,
    struct integration_entry *ret, struct err *err);

/* How the columns hold lists: ["100200300"] and "marketing,utility". For directory_load.c too.
 * -E_INVALID, -E_NOMEM. */
MUST_CHECK int integration_read_numbers(
    struct arena *a, struct str text, const struct str **ret, size_t *ret_len);
MUST_CHECK int integration_read_purposes(struct str text, unsigned *ret);

#endif
