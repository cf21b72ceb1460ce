/* Hashes over fewer than 256 entries come from the tile that the last proof was in, which is read and
 * computed whole; those above are remembered, each made of the two below it. */
#include "domain/ledger_proofs.h"

#include <string.h>

#include "base/check.h"
#include "base/map.h"

#define NODES (2 * LEDGER_TILE_LEAVES) /* of a tile, all levels below its own */
#define KNOWN_FIRST 1024
#define LEVEL_SHIFT 56 /* level and place as one key */

struct ledger_proofs {
	struct ledger_tree tree;
	struct merkle_source below;
	uint64_t size;
	struct sha256 nodes[NODES]; /* level by level from the leaves up */
	uint64_t tile;              /* whose they are, and 1 more; 0 = nobody's */
	uint64_t leaves;            /* that it has */
	struct imap *places;        /* in `known` */
	struct sha256 *known;
	size_t known_len;
};

int ledger_proofs_open(
    struct store_conn *c, int64_t size, struct ledger_proofs **ret, struct err *err)
{
	struct ledger_proofs *p = mem_alloc(sizeof(*p));
	int r = 0;

	if (p)
		p->places = imap_new();
	if (!p || !p->places)
		r = err_set(err, E_NOMEM, "Memory ran out while proving entries of the ledger.");
	if (r == 0)
		r = ledger_tree_open(c, &p->tree, err);
	if (r < 0) {
		ledger_proofs_close(&p);
		return r;
	}
	p->below = ledger_tree_source(&p->tree);
	p->size = (uint64_t)size;
	*ret = p;
	return 0;
}

void ledger_proofs_close(struct ledger_proofs **pp)
{
	if (!*pp)
		return;
	imap_free(&(*pp)->places);
	MEM_FREE(&(*pp)->known);
	MEM_FREE(pp);
}

const struct ledger_tenant *ledger_proofs_tenant(const struct ledger_proofs *p)
{
	return &p->tree.tenant;
}

/* --- inside a tile ---------------------------------------------------------------------------- */

static struct sha256 *node_at(struct ledger_proofs *p, unsigned level, uint64_t place)
{
	return &p->nodes[NODES - ((size_t)NODES >> level) + place];
}

/* The leaves that there are of it, up to the end of the ledger. */
static int read_leaves(struct ledger_proofs *p, uint64_t tile, struct err *err)
{
	int64_t from = (int64_t)(tile * LEDGER_TILE_LEAVES) + 1, seq = from;
	struct ledger_leaf leaf;
	struct store_stmt *s;
	int r = ledger_walk(p->tree.conn, from, from + LEDGER_TILE_LEAVES, &s, err);

	if (r < 0)
		return r;
	while ((r = ledger_next(s, &leaf, err)) > 0) {
		r = leaf.seq == seq ? ledger_leaf_hash(&p->tree.tenant, &leaf,
					  node_at(p, 0, (uint64_t)(seq - from)), err)
				    : err_set(err, E_INVALID,
					  "Entry %lld of the ledger is missing.", (long long)seq);
		if (r < 0)
			break;
		seq++;
	}
	store_reset(s);
	p->leaves = (uint64_t)(seq - from);
	return r;
}

static int open_tile(struct ledger_proofs *p, uint64_t tile, struct err *err)
{
	if (p->tile == tile + 1)
		return 0;
	p->tile = 0;
	int r = read_leaves(p, tile, err);
	for (unsigned level = 1; r == 0 && level < LEDGER_TILE_BITS; level++) {
		for (uint64_t i = 0; i < p->leaves >> level; i++)
			merkle_node(node_at(p, level - 1, 2 * i), node_at(p, level - 1, 2 * i + 1),
			    node_at(p, level, i));
	}
	if (r == 0)
		p->tile = tile + 1;
	return r;
}

static int in_tile(
    struct ledger_proofs *p, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	unsigned up = LEDGER_TILE_BITS - level;
	uint64_t tile = place >> up, own = place - (tile << up);
	int r = open_tile(p, tile, err);

	if (r < 0)
		return r;
	if (own >= p->leaves >> level)
		return err_set(err, E_INVALID, "The ledger has fewer entries than its checkpoint.");
	*ret = *node_at(p, level, own);
	return 0;
}

/* --- above ------------------------------------------------------------------------------------ */

static int remember(
    struct ledger_proofs *p, uint64_t key, const struct sha256 *hash, struct err *err)
{
	size_t n = p->known_len;

	if (n >= KNOWN_FIRST ? (n & (n - 1)) == 0 : n == 0) {
		struct sha256 *more = mem_grow(p->known, (n ? 2 * n : KNOWN_FIRST) * sizeof(*more));
		if (!more)
			return err_set(
			    err, E_NOMEM, "Memory ran out while proving entries of the ledger.");
		p->known = more;
	}
	p->known[n] = *hash;
	if (imap_put(p->places, key, (int64_t)n) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while proving entries of the ledger.");
	p->known_len++;
	return 0;
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err);

static int make(
    struct ledger_proofs *p, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	struct sha256 left, right;

	if (level % LEDGER_TILE_BITS == 0)
		return p->below.complete(p->below.ctx, level, place, ret, err);
	int r = complete(p, level - 1, 2 * place, &left, err);
	if (r == 0)
		r = complete(p, level - 1, 2 * place + 1, &right, err);
	if (r == 0)
		merkle_node(&left, &right, ret);
	return r;
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	struct ledger_proofs *p = ctx;
	uint64_t key = (uint64_t)level << LEVEL_SHIFT | place;
	int64_t at;

	if (level < LEDGER_TILE_BITS)
		return in_tile(p, level, place, ret, err);
	if (imap_get(p->places, key, &at)) {
		*ret = p->known[at];
		return 0;
	}
	struct sha256 hash;
	int r = make(p, level, place, &hash, err);
	if (r == 0)
		r = remember(p, key, &hash, err);
	if (r == 0)
		*ret = hash;
	return r;
}

int ledger_prove(struct ledger_proofs *p, int64_t seq, struct merkle_path *ret, struct err *err)
{
	const struct merkle_source source = { p, complete };

	if (seq < 1 || (uint64_t)seq > p->size)
		return err_set(err, E_RANGE, "No checkpoint covers entry %lld.", (long long)seq);
	return merkle_inclusion(&source, (uint64_t)seq - 1, p->size, ret, err);
}
