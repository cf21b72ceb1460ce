/* Proofs are walked from the root downwards, where the split of a range is known, and handed over
 * from the leaf upwards, as the RFC has them. */
#include "domain/merkle.h"

#include <string.h>

#include "base/check.h"

#define LEAF_MARK 0x00
#define NODE_MARK 0x01

void merkle_leaf(struct str data, struct sha256 *ret)
{
	static const char mark[] = { LEAF_MARK };

	crypto_sha256_of_two(str_n(mark, sizeof(mark)), data, ret);
}

void merkle_node(const struct sha256 *left, const struct sha256 *right, struct sha256 *ret)
{
	char both[1 + 2 * SHA256_LEN];

	both[0] = NODE_MARK;
	memcpy(both + 1, left->b, SHA256_LEN);
	memcpy(both + 1 + SHA256_LEN, right->b, SHA256_LEN);
	crypto_sha256(str_n(both, sizeof(both)), ret);
}

/* --- a tree that grows ------------------------------------------------------------------------ */

void merkle_init(struct merkle *m)
{
	m->size = 0;
}

unsigned merkle_append_told(
    struct merkle *m, const struct sha256 *leaf, struct sha256 completed[MERKLE_LEVELS])
{
	unsigned level = 0;

	ASSERT(m->size < UINT64_MAX);
	completed[0] = *leaf;
	for (; m->size >> level & 1; level++)
		merkle_node(&m->peaks[level], &completed[level], &completed[level + 1]);
	m->peaks[level] = completed[level];
	m->size++;
	return level;
}

void merkle_append(struct merkle *m, const struct sha256 *leaf)
{
	struct sha256 completed[MERKLE_LEVELS];

	(void)merkle_append_told(m, leaf, completed);
}

void merkle_root(const struct merkle *m, struct sha256 *ret)
{
	struct sha256 h;
	bool any = false;

	for (unsigned level = 0; level < MERKLE_LEVELS; level++) {
		if (!(m->size >> level & 1))
			continue;
		if (any)
			merkle_node(&m->peaks[level], &h, &h);
		else
			h = m->peaks[level];
		any = true;
	}
	if (!any)
		crypto_sha256(STR(""), &h);
	*ret = h;
}

/* --- over a source ---------------------------------------------------------------------------- */

/* The leaves from `start` on, `n` of them, as a tree of their own; `start` is a multiple of the
 * least power of two that is not below n. */
static int range(
    const struct merkle_source *s, uint64_t start, uint64_t n, struct sha256 *ret, struct err *err)
{
	struct merkle m = { .size = n };

	for (unsigned level = MERKLE_LEVELS; level-- > 0;) {
		if (!(n >> level & 1))
			continue;
		int r = s->complete(s->ctx, level, start >> level, &m.peaks[level], err);
		if (r < 0)
			return r;
		start += UINT64_C(1) << level;
	}
	merkle_root(&m, ret);
	return 0;
}

int merkle_root_of(
    const struct merkle_source *s, uint64_t size, struct sha256 *ret, struct err *err)
{
	return range(s, 0, size, ret, err);
}

/* The largest power of two below n; n > 1. */
static uint64_t split(uint64_t n)
{
	uint64_t k = 1;

	while (k < n - k)
		k <<= 1;
	return k;
}

static int push(const struct merkle_source *s, uint64_t start, uint64_t n, struct merkle_path *path,
    struct err *err)
{
	ASSERT(path->len < MERKLE_PATH_MAX);
	int r = range(s, start, n, &path->hashes[path->len], err);
	if (r == 0)
		path->len++;
	return r;
}

static void turn_round(struct merkle_path *path)
{
	for (size_t i = 0; i < path->len / 2; i++) {
		struct sha256 h = path->hashes[i];
		path->hashes[i] = path->hashes[path->len - 1 - i];
		path->hashes[path->len - 1 - i] = h;
	}
}

int merkle_inclusion(const struct merkle_source *s, uint64_t index, uint64_t size,
    struct merkle_path *ret, struct err *err)
{
	uint64_t start = 0, n = size;
	int r = 0;

	if (index >= size)
		return err_set(err, E_RANGE, "The tree has no such leaf.");
	ret->len = 0;
	while (r == 0 && n > 1) {
		uint64_t k = split(n);
		if (index - start < k) {
			r = push(s, start + k, n - k, ret, err);
			n = k;
		} else {
			r = push(s, start, k, ret, err);
			start += k;
			n -= k;
		}
	}
	turn_round(ret);
	return r;
}

/* Downwards along the edge of the old tree; what of it is one whole subtree of the new one needs no
 * telling as long as it begins with the first leaf, for then it is the old root itself. */
int merkle_consistency(const struct merkle_source *s, uint64_t old, uint64_t size,
    struct merkle_path *ret, struct err *err)
{
	uint64_t start = 0, m = old, n = size;
	int r = 0;

	if (old > size)
		return err_set(err, E_RANGE, "The older tree is the larger one.");
	ret->len = 0;
	while (r == 0 && m > 0 && m < n) {
		uint64_t k = split(n);
		if (m <= k) {
			r = push(s, start + k, n - k, ret, err);
			n = k;
		} else {
			r = push(s, start, k, ret, err);
			start += k;
			m -= k;
			n -= k;
		}
	}
	if (r == 0 && start > 0)
		r = push(s, start, n, ret, err);
	turn_round(ret);
	return r;
}

/* --- checks ----------------------------------------------------------------------------------- */

static bool equal(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->b, b->b, SHA256_LEN) == 0;
}

/* Where a climb stands: a node of this level, and the last node of it (RFC 9162, 2.1.3.2). */
struct climb {
	uint64_t node, last;
};

static void up(struct climb *c)
{
	c->node >>= 1;
	c->last >>= 1;
}

/* Does the next hash of a path stand to the left? When it does, levels are passed over where the
 * node has no right neighbour. */
static bool from_left(struct climb *c)
{
	if (!(c->node & 1) && c->node != c->last)
		return false;
	while (!(c->node & 1) && c->node != 0)
		up(c);
	return true;
}

bool merkle_check_inclusion(const struct sha256 *leaf, uint64_t index, uint64_t size,
    const struct merkle_path *path, const struct sha256 *root)
{
	struct climb c = { index, size - 1 };
	struct sha256 h = *leaf;

	if (index >= size || path->len > MERKLE_PATH_MAX)
		return false;
	for (size_t i = 0; i < path->len; i++) {
		if (c.last == 0)
			return false;
		if (from_left(&c))
			merkle_node(&path->hashes[i], &h, &h);
		else
			merkle_node(&h, &path->hashes[i], &h);
		up(&c);
	}
	return c.last == 0 && equal(&h, root);
}

static bool climb_both(struct climb c, const struct sha256 *first, const struct sha256 *hashes,
    size_t len, const struct sha256 *old_root, const struct sha256 *root)
{
	struct sha256 old = *first, new = *first;

	while (c.node & 1)
		up(&c);
	for (size_t i = 0; i < len; i++) {
		if (c.last == 0)
			return false;
		if (from_left(&c)) {
			merkle_node(&hashes[i], &old, &old);
			merkle_node(&hashes[i], &new, &new);
		} else {
			merkle_node(&new, &hashes[i], &new);
		}
		up(&c);
	}
	return c.last == 0 && equal(&old, old_root) && equal(&new, root);
}

bool merkle_check_consistency(uint64_t old, const struct sha256 *old_root, uint64_t size,
    const struct sha256 *root, const struct merkle_path *path)
{
	struct climb c = { old - 1, size - 1 };
	struct sha256 nothing;

	if (old > size || path->len > MERKLE_PATH_MAX)
		return false;
	if (old == 0) {
		crypto_sha256(STR(""), &nothing);
		return path->len == 0 && equal(old_root, &nothing) &&
		    (size > 0 || equal(root, &nothing));
	}
	if (old == size)
		return path->len == 0 && equal(old_root, root);
	if ((old & (old - 1)) == 0)
		return climb_both(c, old_root, path->hashes, path->len, old_root, root);
	return path->len > 0 &&
	    climb_both(c, &path->hashes[0], path->hashes + 1, path->len - 1, old_root, root);
}
