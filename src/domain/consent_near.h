/* domain/consent_near.h: a copy of a person's acts in the person's own row, where a send has to look
 * anyhow (recipient.h). `consent` is the truth. The copy is made anew from it whenever it changes, in
 * the same transaction; where there is none (the column is null) the table is asked: of people with
 * many acts, of those recorded before there were copies, of those without acts, of those to whom
 * undoing an import brought a grant back. */
#ifndef DOMAIN_CONSENT_NEAR_H
#define DOMAIN_CONSENT_NEAR_H

#include "domain/facts.h"
#include "store/store.h"

/* A person with more acts has no copy. */
#define CONSENT_NEAR_MAX 8

/* After each change of the person's rows in `consent`, but when the person goes with them. */
MUST_CHECK int consent_near_renew(struct store_conn *c, uint64_t person, struct err *err);
/* A slice of the people who were there before there were copies: 1 there are more, 0 all have theirs. Whether they have
 * contacts is found out along with it. */
MUST_CHECK int consent_near_fill(struct store_conn *c, struct err *err);
/* The acts of a copy that is there, in the arena, in the order in which they were recorded. -E_INVALID
 * for what is none. */
MUST_CHECK int consent_near_read(struct str copy, struct arena *a, const struct facts_consent **ret,
    size_t *ret_len, struct err *err);

#endif
