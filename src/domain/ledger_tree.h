/* domain/ledger_tree.h: the Merkle tree over the ledger's entries.
 *
 * The tree is a function of the rows of ledger_leaf; so that roots and proofs need not read them
 * all, the root of every complete subtree of 256, 256^2, 256^3 … leaves is kept in ledger_tile, by
 * upkeep, some time after the leaves came. What is not kept yet is computed. A kept hash is
 * believed here; whoever verifies computes it anew (ledger_check.h). */
#ifndef DOMAIN_LEDGER_TREE_H
#define DOMAIN_LEDGER_TREE_H

#include "domain/ledger.h"
#include "domain/merkle.h"

#define LEDGER_TILE_BITS 8
#define LEDGER_TILE_LEAVES (1 << LEDGER_TILE_BITS)

struct ledger_tree {
	struct store_conn *conn;
	struct ledger_tenant tenant;
	uint64_t size;
};
/* As the store is now; on a reading connection inside a transaction it stays so. */
MUST_CHECK int ledger_tree_open(struct store_conn *c, struct ledger_tree *ret, struct err *err);
/* For the functions of merkle.h; borrows `tree`. */
struct merkle_source ledger_tree_source(struct ledger_tree *tree);

/* Keeps at most `max` more roots of 256 leaves, and those above that they complete. 1 there is more
 * to keep, 0 there is not. */
MUST_CHECK int ledger_tiles_make(struct store_conn *c, int max, struct err *err);
/* Roots of 256 leaves that could be kept and are not. */
MUST_CHECK int ledger_tiles_behind(struct store_conn *c, int64_t *ret, struct err *err);

#endif
