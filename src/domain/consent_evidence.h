/* domain/consent_evidence.h: what is kept beside an act of consent as its proof: the signed webhook
 * that brought it, and files that somebody attached. Sealed at rest. Their digests are in the act's
 * details, to which its leaf commits. Inside the caller's transaction, but for the files. */
#ifndef DOMAIN_CONSENT_EVIDENCE_H
#define DOMAIN_CONSENT_EVIDENCE_H

#include "domain/consent_details.h"
#include "store/store.h"

/* The webhook of the act with that leaf: `whole` as it was posted, else the one message of it, for
 * then the others are other people's. */
MUST_CHECK int consent_post_add(struct store_conn *c, const struct seal_key *key, int64_t leaf,
    struct str body, bool whole, struct err *err);
/* 1 and the body in the arena; 0 none; -E_CRYPTO when it cannot be opened. */
MUST_CHECK int consent_post_get(struct store_conn *c, const struct seal_key *key, int64_t leaf,
    struct arena *a, struct str *ret, bool *ret_whole, struct err *err);

#endif
