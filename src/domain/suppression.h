/* domain/suppression.h: numbers and BSUIDs that must not be written to although nothing else is kept
 * of whose they are: people who were erased. Inside the caller's transaction.
 *
 * Kept is an HMAC under a key that does not lie in the store: the rows say nothing to whoever has
 * only them. Asked is only when somebody becomes known: the person then bears PERSON_SUPPRESSED, and
 * a send finds that in their row. */
#ifndef DOMAIN_SUPPRESSION_H
#define DOMAIN_SUPPRESSION_H

#include "base/clock.h"
#include "domain/keyring.h"
#include "domain/phone.h"

/* Holds the key against the list, once, before anything else here; -E_CRYPTO when it is another one
 * than the list was made with, for then nobody would be found on it. */
MUST_CHECK int suppression_open(struct store_conn *c, time_ms now, struct err *err);
/* Each of phone and BSUID may be absent. 1 when one of them is on the list, 0 when not. */
MUST_CHECK int suppression_has(
    struct store_conn *c, struct phone phone, struct str bsuid, struct err *err);
MUST_CHECK int suppression_add(
    struct store_conn *c, struct phone phone, struct str bsuid, time_ms now, struct err *err);
/* 1 when there was something to take off the list. */
MUST_CHECK int suppression_remove(
    struct store_conn *c, struct phone phone, struct str bsuid, struct err *err);

#endif
