/* domain/merkle.h: the Merkle tree of RFC 9162 (section 2.1), SHA-256: a leaf's hash begins with a
 * byte 0, a node's with a byte 1, so that neither can pass for the other.
 *
 * Leaves are counted from 0. A complete subtree of level k stands over 2^k leaves, and its place p
 * says over which: [p * 2^k, (p + 1) * 2^k). Roots and proofs need nothing but such hashes, so they
 * are functions over whoever has them (struct merkle_source). Checking needs no source.
 *
 *  (1) A tree of n leaves says the same of them in every tree that grew from it.
 *  (2) A check answers true only for a proof that the functions here could have made. */
#ifndef DOMAIN_MERKLE_H
#define DOMAIN_MERKLE_H

#include "base/crypto.h"

#define MERKLE_LEVELS 64
/* A path has a hash per level, and that to an older tree one more. */
#define MERKLE_PATH_MAX 65

/* A tree that grows: of each complete subtree that no larger one holds, the hash, by its level.
 * peaks[k] counts when bit k of `size` is set. */
struct merkle {
	uint64_t size;
	struct sha256 peaks[MERKLE_LEVELS];
};

void merkle_leaf(struct str data, struct sha256 *ret);
void merkle_node(const struct sha256 *left, const struct sha256 *right, struct sha256 *ret);

void merkle_init(struct merkle *m);
/* At most log2(size) hashes, one on the average. */
void merkle_append(struct merkle *m, const struct sha256 *leaf);
/* The same, telling the hash of every complete subtree that ends with this leaf, by its level from 0
 * on; returns the highest level. */
unsigned merkle_append_told(
    struct merkle *m, const struct sha256 *leaf, struct sha256 completed[MERKLE_LEVELS]);
void merkle_root(const struct merkle *m, struct sha256 *ret);

struct merkle_source {
	void *ctx;
	/* The hash of a complete subtree; <0 and *err when it cannot be had. */
	int (*complete)(
	    void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err);
};

struct merkle_path {
	struct sha256 hashes[MERKLE_PATH_MAX];
	size_t len;
};

/* The root of the first `size` leaves. */
MUST_CHECK int merkle_root_of(
    const struct merkle_source *s, uint64_t size, struct sha256 *ret, struct err *err);
/* That leaf `index` is among the first `size`: index < size, or -E_RANGE. */
MUST_CHECK int merkle_inclusion(const struct merkle_source *s, uint64_t index, uint64_t size,
    struct merkle_path *ret, struct err *err);
/* That the first `size` leaves begin with the first `old`: old <= size, or -E_RANGE. */
MUST_CHECK int merkle_consistency(const struct merkle_source *s, uint64_t old, uint64_t size,
    struct merkle_path *ret, struct err *err);

bool merkle_check_inclusion(const struct sha256 *leaf, uint64_t index, uint64_t size,
    const struct merkle_path *path, const struct sha256 *root);
bool merkle_check_consistency(uint64_t old, const struct sha256 *old_root, uint64_t size,
    const struct sha256 *root, const struct merkle_path *path);

#endif
