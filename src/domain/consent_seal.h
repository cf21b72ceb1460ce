/* domain/consent_seal.h: what an act of consent says in words, as one sealed value. */
#ifndef DOMAIN_CONSENT_SEAL_H
#define DOMAIN_CONSENT_SEAL_H

#include "domain/consent.h"

/* Of e->recorded_for and e->leaf; nothing is appended to `out` where the act has no words. */
MUST_CHECK int consent_seal(
    struct store_conn *c, const struct consent_entry *e, struct buf *out, struct err *err);
/* 1 and the words of `e`, whose recorded_for and leaf are filled, in the arena; an absent value is
 * no words. 0 when they cannot be read any more. */
MUST_CHECK int consent_unseal(struct store_conn *c, struct str sealed, struct arena *a,
    struct consent_entry *e, struct err *err);

#endif
