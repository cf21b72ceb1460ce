/* domain/ledger.h: leaf rows: every consent act, decision and operator act leaves a salted
 * commitment, in the transaction that makes it.
 *
 * commitment = HMAC-SHA-256(salt, canonical content), salt 32 random bytes of that record (design
 * 11). The tree, checkpoints and proofs stand on these rows later. One ledger object per writer: it
 * knows the next sequence number; after a rollback ledger_load again. */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H

#include "base/clock.h"
#include "base/crypto.h"
#include "store/store.h"

enum leaf_type { LEAF_CONSENT = 1, LEAF_DECISION = 2, LEAF_OPERATOR = 3, LEAF_INCIDENT = 4 };

#define LEDGER_SALT_LEN 32
#define LEDGER_SALTS 64 /* as many leaves as a batch may have, in one question to the kernel */

struct ledger {
	int64_t next_seq;
	char policy[64];
	char salts[LEDGER_SALTS][LEDGER_SALT_LEN]; /* the first salts_left are unused ones */
	size_t salts_left;
};

MUST_CHECK int ledger_load(
    struct store_conn *c, struct str policy, struct ledger *ret, struct err *err);
/* `content` is the record in its canonical form; it is committed to, not stored here. ret_seq may
 * be NULL. */
MUST_CHECK int ledger_append(struct store_conn *c, struct ledger *l, enum leaf_type type,
    uint64_t ref, struct str content, time_ms now, int64_t *ret_seq, struct err *err);

#endif
