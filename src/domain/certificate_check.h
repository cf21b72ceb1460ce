/* domain/certificate_check.h: does a certificate of consent in JSON hold, for whoever has nothing but
 * the ledger's verifier key? tools/ledger_verify.py asks the same without this program. */
#ifndef DOMAIN_CERTIFICATE_CHECK_H
#define DOMAIN_CERTIFICATE_CHECK_H

#include "base/arena.h"
#include "domain/note.h"

#define CERTIFICATE_MAX ((size_t)64 << 20) /* bytes that are read */

struct certificate_report {
	size_t acts, messages;
	size_t covered;      /* of them, by the checkpoint */
	uint64_t checkpoint; /* entries under it; 0 = there is none */
};

/* Every entry gives its commitment, each path leads to the root that the key signed, all are about one
 * person, and what is said to be the newest act is. 0; -E_INVALID with what does not hold, as a
 * sentence in the language of the process; -E_NOMEM. */
MUST_CHECK int certificate_check(struct str text, const struct note_verifier *key, struct arena *a,
    struct certificate_report *ret, struct err *err);

#endif
