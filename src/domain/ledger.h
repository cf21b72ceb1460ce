/* domain/ledger.h: the entries of the ledger: every consent act, decision, operator act and
 * checkpoint leaves a salted commitment, in the transaction that makes it.
 *
 * commitment = HMAC-SHA-256(salt, canonical content), salt 32 random bytes of that record (design
 * 11). Entries are numbered from 1 without gaps; entry n is leaf n - 1 of the Merkle tree
 * (merkle.h), which is a function of the rows: appending does no work for it (ledger_tree.h). One
 * ledger object per writer: it knows the next sequence number; after a rollback ledger_load again.
 *
 * What is hashed of an entry, byte by byte; numbers have their first byte first:
 *
 *     0       1   1, the version of this encoding
 *     1       1   type, as in enum leaf_type
 *     2       8   sequence number
 *    10       8   time in milliseconds since 1970
 *    18      16   tenant: the random name of the installation
 *    34       1   length of the policy version, p
 *    35       p   policy version, UTF-8
 *    35 + p  32   commitment
 *
 * Neither `ref` nor the salt is hashed: ref only says where the record lies, and the record has its
 * own id in what is committed to; without its salt a commitment says nothing, which is how a record
 * can be forgotten. docs/ledger.md says the same for those who have no C. */
#ifndef DOMAIN_LEDGER_H
#define DOMAIN_LEDGER_H

#include "base/clock.h"
#include "base/crypto.h"
#include "store/store.h"

/* Stored and hashed; never renumber. */
enum leaf_type {
	LEAF_CONSENT = 1,
	LEAF_DECISION = 2,
	LEAF_OPERATOR = 3,
	LEAF_INCIDENT = 4,
	LEAF_CHECKPOINT = 5,
	LEAF_ERASED = 6, /* ledger_erasure.h */
};
/* "consent", "decision" … ; NULL when there is no such type. */
const char *leaf_type_name(int64_t type);

#define LEDGER_SALT_LEN 32
#define LEDGER_SALTS 64 /* as many leaves as a batch may have, in one question to the kernel */
#define LEDGER_POLICY_MAX 64
#define LEDGER_TENANT_LEN 16
#define LEDGER_LEAF_MAX (35 + LEDGER_POLICY_MAX + SHA256_LEN)

struct ledger {
	int64_t next_seq;
	char policy[LEDGER_POLICY_MAX];
	char salts[LEDGER_SALTS][LEDGER_SALT_LEN]; /* the first salts_left are unused ones */
	size_t salts_left;
};

MUST_CHECK int ledger_load(
    struct store_conn *c, struct str policy, struct ledger *ret, struct err *err);
/* `content` is the record in its canonical form; it is committed to, not stored here. `ref`: the
 * person of a consent, the id of a decision, the size of a checkpoint, else 0. ret_seq may be
 * NULL. */
MUST_CHECK int ledger_append(struct store_conn *c, struct ledger *l, enum leaf_type type,
    uint64_t ref, struct str content, time_ms now, int64_t *ret_seq, struct err *err);
/* Stores what entry `seq` commits to, for records that no other table holds as they were. */
MUST_CHECK int ledger_keep(struct store_conn *c, int64_t seq, struct str content, struct err *err);

/* --- reading ---------------------------------------------------------------------------------- */

struct ledger_tenant {
	uint8_t b[LEDGER_TENANT_LEN];
};
/* Names the installation if it has no name yet. */
MUST_CHECK int ledger_install(struct store_conn *c, time_ms now, struct err *err);
/* -E_INVALID when the store was never installed. */
MUST_CHECK int ledger_tenant(struct store_conn *c, struct ledger_tenant *ret, struct err *err);

/* An entry as its row has it, which may be damaged: then types are unknown and lengths odd. */
struct ledger_leaf {
	int64_t seq, type, ref;
	time_ms at;
	struct str policy, salt, commitment;
};
/* Entries of from <= seq < to in order; while rows are walked, strings live until the next one.
 * ledger_next: 1 an entry, 0 none is left, and then the statement is reset. */
MUST_CHECK int ledger_walk(
    struct store_conn *c, int64_t from, int64_t to, struct store_stmt **ret, struct err *err);
MUST_CHECK int ledger_next(struct store_stmt *s, struct ledger_leaf *ret, struct err *err);
/* One entry, its strings in the arena: 1, or 0 when there is none. */
MUST_CHECK int ledger_get(
    struct store_conn *c, int64_t seq, struct arena *a, struct ledger_leaf *ret, struct err *err);
/* The number of the last entry; 0 = none. */
MUST_CHECK int ledger_last(struct store_conn *c, int64_t *ret, struct err *err);

/* The encoding above; 0 for a row that does not fit it. */
size_t ledger_leaf_encode(
    const struct ledger_tenant *tenant, const struct ledger_leaf *leaf, char out[LEDGER_LEAF_MAX]);
/* Its hash as a leaf of the tree; -E_INVALID for a row that has none. */
MUST_CHECK int ledger_leaf_hash(const struct ledger_tenant *tenant, const struct ledger_leaf *leaf,
    struct sha256 *ret, struct err *err);
/* Is this what the entry commits to? */
bool ledger_leaf_commits(const struct ledger_leaf *leaf, struct str content);

#endif
