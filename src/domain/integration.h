/* domain/integration.h: the register of apps. An app without an entry cannot send; the entry's key is shown once and only its hash is kept. */
#ifndef DOMAIN_INTEGRATION_H
#define DOMAIN_INTEGRATION_H

#include "base/crypto.h"
#include "base/id.h"
#include "domain/facts.h"
#include "store/store.h"

#define APP_KEY_MAX 64     /* "varco_" and 43 characters */

struct integration_values {
	struct str name, owner, purpose, data, webhook_url, webhook_secret, status;   /* p NULL = not given */
	const struct str *numbers;  size_t numbers_len;   bool numbers_given;
	unsigned   purposes;        bool purposes_given;
	time_ms    review_by;       bool review_given;
};
/* *ret_id and, when it was created, the key in out_key (else ""). Same values again: 0. -E_CONFLICT on others, -E_INVALID for a missing or bad field or an unknown number. */
MUST_CHECK int integration_add(struct store_conn *c, const struct seal_key *key, const struct integration_values *v, struct id_gen *ids, time_ms now,
    char ret_id[ID_TEXT_MAX], char out_key[APP_KEY_MAX], struct err *err);
MUST_CHECK int integration_set(struct store_conn *c, const struct seal_key *key, struct str id, const struct integration_values *v, time_ms now, struct err *err);
MUST_CHECK int integration_rotate(struct store_conn *c, struct str id, time_ms now, char out_key[APP_KEY_MAX], struct err *err);
MUST_CHECK int integration_revoke(struct store_conn *c, struct str id, time_ms now, struct err *err);

#endif
