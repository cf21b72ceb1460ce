/* domain/suppression.h: numbers and BSUIDs that must not be written to although nothing else is kept
 * of whose they are: people who were erased. Inside the caller's transaction.
 *
 * Kept is an HMAC under a key that does not lie in the store: the rows say nothing to whoever has
 * only them. Asked is only when somebody becomes known: the person then bears PERSON_SUPPRESSED, and
 * a send finds that in their row.
 *
 * Every row is named in the ledger by the SHA-256 of its HMAC: by the erasure that made it, and by what
 * took it off the list (ledger_erasure.h), so that a row that somebody deletes is missed. Those who
 * change the list give a writer for these names, which stands inside an array. */
#ifndef DOMAIN_SUPPRESSION_H
#define DOMAIN_SUPPRESSION_H

#include "base/clock.h"
#include "base/json.h"
#include "domain/keyring.h"
#include "domain/phone.h"

/* Holds the key against the list, once, before anything else here; -E_CRYPTO when it is another one
 * than the list was made with, for then nobody would be found on it. */
MUST_CHECK int suppression_open(struct store_conn *c, time_ms now, struct err *err);
/* The same where nothing may be written: 1 it is the one, 0 there is no list yet. */
MUST_CHECK int suppression_fits(struct store_conn *c, struct err *err);
/* Each of phone and BSUID may be absent. 1 when one of them is on the list, 0 when not. */
MUST_CHECK int suppression_has(
    struct store_conn *c, struct phone phone, struct str bsuid, struct err *err);
/* The same, and since when: of both the later. */
MUST_CHECK int suppression_since(
    struct store_conn *c, struct phone phone, struct str bsuid, time_ms *ret, struct err *err);
MUST_CHECK int suppression_add(struct store_conn *c, struct phone phone, struct str bsuid,
    time_ms now, struct json_writer *names, struct err *err);
/* 1 when there was something to take off the list. */
MUST_CHECK int suppression_remove(struct store_conn *c, struct phone phone, struct str bsuid,
    struct json_writer *names, struct err *err);
/* Calls `each` for the name of every row until it returns another value than 0, and returns that. */
MUST_CHECK int suppression_names(struct store_conn *c,
    int (*each)(void *arg, const struct sha256 *name), void *arg, struct err *err);

#endif
