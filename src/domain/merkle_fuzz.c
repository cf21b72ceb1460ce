/* Any bytes as a proof, which is never believed for a tree that it was not made for; and as leaves,
 * of which every proof must hold and none with a bit turned over. */
#include "domain/merkle.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/check.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define LEAVES_MAX 64

struct tree {
	struct sha256 leaves[LEAVES_MAX];
};

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc;
	(void)argv;
	ASSERT(crypto_init(NULL) == 0);
	return 0;
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	const struct tree *t = ctx;
	struct sha256 left, right;

	ASSERT((place + 1) << level <= LEAVES_MAX);
	if (level == 0) {
		*ret = t->leaves[place];
		return 0;
	}
	ASSERT(complete(ctx, level - 1, place * 2, &left, err) == 0);
	ASSERT(complete(ctx, level - 1, place * 2 + 1, &right, err) == 0);
	merkle_node(&left, &right, ret);
	return 0;
}

static uint64_t take(const uint8_t **data, size_t *size)
{
	uint64_t n = 0;
	size_t len = *size < sizeof(n) ? *size : sizeof(n);

	memcpy(&n, *data, len);
	*data += len;
	*size -= len;
	return n;
}

/* What nobody made: a root of zeros has no tree. */
static void check_any(const uint8_t *data, size_t size)
{
	struct merkle_path path = { .len = 0 };
	struct sha256 root = { { 0 } }, leaf = { { 1 } };
	uint64_t index = take(&data, &size), n = take(&data, &size);

	for (; size >= SHA256_LEN && path.len < MERKLE_PATH_MAX; size -= SHA256_LEN) {
		memcpy(path.hashes[path.len++].b, data, SHA256_LEN);
		data += SHA256_LEN;
	}
	ASSERT(!merkle_check_inclusion(&leaf, index, n, &path, &root));
	ASSERT(!merkle_check_consistency(index, &leaf, n, &root, &path));
}

static void turn(struct merkle_path *path, unsigned which)
{
	path->hashes[which % path->len].b[which / 7 % SHA256_LEN] ^= (uint8_t)(1u << which % 8);
}

static void check_tree(const uint8_t *data, size_t size)
{
	static struct tree t;
	struct merkle_source s = { &t, complete };
	struct sha256 root, old_root;
	struct merkle_path path;
	uint64_t n = size < 4 ? 1 : data[0] % LEAVES_MAX + 1;
	uint64_t index = size < 4 ? 0 : data[1] % n, old = index + 1;
	unsigned which = size < 4 ? 0 : data[2] * 256u + data[3];

	for (uint64_t i = 0; i < n; i++)
		merkle_leaf(str_n((const char *)data, i < size ? (size_t)i : size), &t.leaves[i]);
	ASSERT(merkle_root_of(&s, n, &root, NULL) == 0);
	ASSERT(merkle_root_of(&s, old, &old_root, NULL) == 0);
	ASSERT(merkle_inclusion(&s, index, n, &path, NULL) == 0);
	ASSERT(merkle_check_inclusion(&t.leaves[index], index, n, &path, &root));
	if (path.len) {
		turn(&path, which);
		ASSERT(!merkle_check_inclusion(&t.leaves[index], index, n, &path, &root));
	}
	ASSERT(merkle_consistency(&s, old, n, &path, NULL) == 0);
	ASSERT(merkle_check_consistency(old, &old_root, n, &root, &path));
	if (path.len) {
		turn(&path, which);
		ASSERT(!merkle_check_consistency(old, &old_root, n, &root, &path));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	check_any(data, size);
	check_tree(data, size);
	return 0;
}
