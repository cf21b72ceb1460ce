/* A tile of level l is the root over 256^l leaves: the subtree of level 8 l. Subtrees between two
 * such levels are folded from the tiles, or the leaves, below. */
#include "domain/ledger_tree.h"

#include <string.h>

#include "base/check.h"
#include "store/query.h"

int ledger_tree_open(struct store_conn *c, struct ledger_tree *ret, struct err *err)
{
	struct ledger_tree t = { .conn = c };
	int64_t last = 0;
	int r = ledger_tenant(c, &t.tenant, err);

	if (r == 0)
		r = ledger_last(c, &last, err);
	if (r < 0)
		return r;
	t.size = (uint64_t)last;
	*ret = t;
	return 0;
}

/* --- hashes of subtrees ----------------------------------------------------------------------- */

static int missing(struct err *err, int64_t seq)
{
	return err_set(err, E_INVALID, "Entry %lld of the ledger is missing.", (long long)seq);
}

/* Leaves [first, first + n) appended to `m`. */
static int add_leaves(
    struct ledger_tree *t, uint64_t first, uint64_t n, struct merkle *m, struct err *err)
{
	int64_t seq = (int64_t)first + 1;
	struct ledger_leaf leaf;
	struct store_stmt *s;
	struct sha256 hash;
	int r = ledger_walk(t->conn, seq, seq + (int64_t)n, &s, err);

	if (r < 0)
		return r;
	while ((r = ledger_next(s, &leaf, err)) > 0) {
		r = leaf.seq == seq ? ledger_leaf_hash(&t->tenant, &leaf, &hash, err)
				    : missing(err, seq);
		if (r < 0)
			break;
		merkle_append(m, &hash);
		seq++;
	}
	store_reset(s);
	if (r == 0 && m->size < n)
		r = missing(err, seq);
	return r;
}

/* 1 and *ret, or 0 when it is not kept yet. */
static int kept(
    struct ledger_tree *t, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(t->conn, &s, err,
	    "SELECT hash FROM ledger_tile WHERE level = ?1 AND place = ?2", "ii", (int64_t)level,
	    (int64_t)place);

	if (r < 0)
		return r;
	r = store_step(s, err);
	struct str hash = r > 0 ? store_col_blob(s, 0) : STR_NONE;
	if (hash.len == SHA256_LEN)
		memcpy(ret->b, hash.p, SHA256_LEN);
	store_reset(s);
	return r < 0 ? r : hash.len == SHA256_LEN;
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err);

/* From the tiles, or leaves, of level `base`. */
static int fold(struct ledger_tree *t, unsigned level, unsigned base, uint64_t place,
    struct sha256 *ret, struct err *err)
{
	uint64_t n = UINT64_C(1) << (level - base), first = place << (level - base);
	struct merkle m;
	struct sha256 hash;
	int r = 0;

	merkle_init(&m);
	if (base == 0)
		r = add_leaves(t, first, n, &m, err);
	for (uint64_t i = 0; r == 0 && base > 0 && i < n; i++) {
		r = complete(t, base, first + i, &hash, err);
		if (r == 0)
			merkle_append(&m, &hash);
	}
	if (r == 0)
		merkle_root(&m, ret);
	return r;
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	unsigned above = level % LEDGER_TILE_BITS;

	if (above || level == 0)
		return fold(ctx, level, level - above, place, ret, err);
	int r = kept(ctx, level / LEDGER_TILE_BITS, place, ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	return fold(ctx, level, level - LEDGER_TILE_BITS, place, ret, err);
}

struct merkle_source ledger_tree_source(struct ledger_tree *tree)
{
	return (struct merkle_source){ tree, complete };
}

/* --- keeping ---------------------------------------------------------------------------------- */

/* How many tiles of the first level there are: they are made in order. */
static int count_tiles(struct store_conn *c, int64_t *ret, struct err *err)
{
	int64_t last = 0;
	int r = store_ask_int(
	    c, &last, err, "SELECT max(place) FROM ledger_tile WHERE level = 1", "");

	if (r < 0)
		return r;
	*ret = r > 0 ? last + 1 : 0;
	return 0;
}

/* The tile, and those above it that it is the last one of. */
static int make_tile(struct ledger_tree *t, uint64_t place, struct err *err)
{
	struct sha256 hash;
	int r = 0;

	for (unsigned level = 1; r == 0; level++) {
		r = fold(
		    t, level * LEDGER_TILE_BITS, (level - 1) * LEDGER_TILE_BITS, place, &hash, err);
		if (r == 0)
			r = store_do(t->conn, err,
			    "INSERT INTO ledger_tile (level, place, hash) VALUES (?1, ?2, ?3)",
			    "iib", (int64_t)level, (int64_t)place,
			    str_n((const char *)hash.b, SHA256_LEN));
		if ((place + 1) % LEDGER_TILE_LEAVES)
			break;
		place /= LEDGER_TILE_LEAVES;
	}
	return r;
}

int ledger_tiles_make(struct store_conn *c, int max, struct err *err)
{
	struct ledger_tree t;
	int64_t next = 0;
	int r = ledger_tree_open(c, &t, err);

	if (r == 0)
		r = count_tiles(c, &next, err);
	if (r < 0)
		return r;
	int64_t whole = (int64_t)(t.size / LEDGER_TILE_LEAVES), end = next + max;
	for (; r == 0 && next < whole && next < end; next++)
		r = make_tile(&t, (uint64_t)next, err);
	return r < 0 ? r : next < whole;
}

int ledger_tiles_behind(struct store_conn *c, int64_t *ret, struct err *err)
{
	int64_t last = 0, tiles = 0;
	int r = ledger_last(c, &last, err);

	if (r == 0)
		r = count_tiles(c, &tiles, err);
	if (r == 0)
		*ret = last / LEDGER_TILE_LEAVES - tiles;
	return r;
}
