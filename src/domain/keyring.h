/* domain/keyring.h: the keys that rows about people are read with. They lie in files of the state
 * directory or come from the system, never in the store; store_set_keys makes them known to
 * everybody who has a connection. */
#ifndef DOMAIN_KEYRING_H
#define DOMAIN_KEYRING_H

#include "base/crypto.h"
#include "store/store.h"

struct keyring {
	struct seal_key people;      /* wraps the key of each person (person_key.h) */
	struct seal_key suppression; /* of the pseudonyms of who must not be written to again */
	struct seal_key restricted;  /* of what is kept for the defence of claims only */
};

/* Those of the connection's store; -E_CRYPTO when it has none. */
MUST_CHECK int keyring_of(const struct store_conn *c, const struct keyring **ret, struct err *err);

#endif
