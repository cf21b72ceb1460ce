/* domain/person_key.h: what tells of a person in words is sealed with a key of that person; without
 * the key it says nothing any more, wherever a copy of it lies. Inside the caller's transaction.
 *
 * Keys are random, wrapped by the keyring's and made when they are first needed. A person that was
 * merged into another leaves their key behind: what was sealed for them stays as it is. */
#ifndef DOMAIN_PERSON_KEY_H
#define DOMAIN_PERSON_KEY_H

#include "domain/keyring.h"

/* `entry` is the entry of the ledger that the words belong to: sealed ones cannot be exchanged.
 * Appended to `out`. */
MUST_CHECK int person_seal(struct store_conn *c, uint64_t person, int64_t entry, struct str plain,
    struct buf *out, struct err *err);
/* 1, or 0 when there is no key that opens it: it was destroyed, or one of the two was changed. */
MUST_CHECK int person_unseal(struct store_conn *c, uint64_t person, int64_t entry,
    struct str sealed, struct buf *out, struct err *err);
MUST_CHECK int person_key_destroy(struct store_conn *c, uint64_t person, struct err *err);

#endif
