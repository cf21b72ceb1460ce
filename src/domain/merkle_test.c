#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "domain/merkle.h"

#define LEAVES 300

static struct sha256 leaves[LEAVES];

/* The definition of RFC 9162, 2.1.1, as it stands there: the other way to every root here. */
static void defined(uint64_t from, uint64_t n, struct sha256 *ret)
{
	struct sha256 left, right;
	uint64_t k = 1;

	if (n == 0) {
		crypto_sha256(STR(""), ret);
		return;
	}
	if (n == 1) {
		*ret = leaves[from];
		return;
	}
	while (k * 2 < n)
		k *= 2;
	defined(from, k, &left);
	defined(from + k, n - k, &right);
	merkle_node(&left, &right, ret);
}

static int complete(void *ctx, unsigned level, uint64_t place, struct sha256 *ret, struct err *err)
{
	int *left = ctx;

	if (left && (*left)-- <= 0)
		return err_set(err, E_STORE, "No hash.");
	assert_true((place + 1) << level <= LEAVES);
	defined(place << level, UINT64_C(1) << level, ret);
	return 0;
}

static const struct merkle_source source = { NULL, complete };

static int setup(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	for (size_t i = 0; i < LEAVES; i++) {
		unsigned char data[2] = { (unsigned char)i, (unsigned char)(i >> 8) };
		merkle_leaf(str_n((const char *)data, sizeof(data)), &leaves[i]);
	}
	return 0;
}

static struct sha256 of_hex(const char *hex)
{
	struct sha256 h;

	assert_int_equal(hex_decode(str_c(hex), h.b, sizeof(h.b)), 0);
	return h;
}

static bool same(const struct sha256 *a, const struct sha256 *b)
{
	return memcmp(a->b, b->b, SHA256_LEN) == 0;
}

/* --- published examples ----------------------------------------------------------------------- */

/* The eight leaves with which implementations of RFC 6962 have long been compared, and the root
 * after each. */
static const struct {
	struct str data;
	const char *root;
} published[] = {
	{ { "", 0 }, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d" },
	{ { "\x00", 1 }, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125" },
	{ { "\x10", 1 }, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77" },
	{ { "\x20\x21", 2 }, "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7" },
	{ { "\x30\x31", 2 }, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4" },
	{ { "\x40\x41\x42\x43", 4 },
	    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef" },
	{ { "\x50\x51\x52\x53\x54\x55\x56\x57", 8 },
	    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c" },
	{ { "\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f", 16 },
	    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328" },
};

static void test_published_roots(void **state)
{
	struct merkle m;
	struct sha256 leaf, root, wanted;

	(void)state;
	merkle_init(&m);
	merkle_root(&m, &root);
	wanted = of_hex("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_true(same(&root, &wanted));
	for (size_t i = 0; i < ARRAY_LEN(published); i++) {
		merkle_leaf(published[i].data, &leaf);
		merkle_append(&m, &leaf);
		merkle_root(&m, &root);
		wanted = of_hex(published[i].root);
		if (!same(&root, &wanted))
			fail_msg("the root of %zu leaves is another", i + 1);
	}
	assert_int_equal(m.size, 8);
}

/* The published paths of the same tree. */
static void test_published_paths(void **state)
{
	struct merkle_path path = { .len = 3 };
	struct sha256 leaf, root = of_hex(published[7].root), older = of_hex(published[5].root);

	(void)state;
	path.hashes[0] = of_hex("96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7");
	path.hashes[1] = of_hex("5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e");
	path.hashes[2] = of_hex("6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4");
	merkle_leaf(published[0].data, &leaf);
	assert_true(merkle_check_inclusion(&leaf, 0, 8, &path, &root));
	path.hashes[0] = of_hex("bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b");
	path.hashes[1] = of_hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
	path.hashes[2] = of_hex(published[3].root);
	merkle_leaf(published[5].data, &leaf);
	assert_true(merkle_check_inclusion(&leaf, 5, 8, &path, &root));
	path.hashes[0] = of_hex("0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a");
	path.hashes[1] = of_hex("ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0");
	path.hashes[2] = of_hex(published[3].root);
	assert_true(merkle_check_consistency(6, &older, 8, &root, &path));
}

/* --- against the definition ------------------------------------------------------------------- */

static void test_every_size(void **state)
{
	struct merkle m;
	struct sha256 grown, wanted, asked;
	struct err err = { 0 };

	(void)state;
	merkle_init(&m);
	for (uint64_t n = 0; n <= LEAVES; n++) {
		defined(0, n, &wanted);
		merkle_root(&m, &grown);
		assert_int_equal(merkle_root_of(&source, n, &asked, &err), 0);
		if (!same(&grown, &wanted) || !same(&asked, &wanted))
			fail_msg("the root of %d leaves is another", (int)n);
		if (n < LEAVES)
			merkle_append(&m, &leaves[n]);
	}
}

static void test_large_leaf(void **state)
{
	char data[2000];
	struct sha256 leaf, wanted;

	(void)state;
	memset(data, 'x', sizeof(data));
	data[0] = '\0'; /* the mark */
	for (size_t n = 500; n < 520; n++) {
		crypto_sha256(str_n(data, n + 1), &wanted);
		merkle_leaf(str_n(data + 1, n), &leaf);
		assert_true(same(&leaf, &wanted));
	}
}

/* Each thing that can be wrong about a proof, once. */
static void refuse_damaged(
    uint64_t index, uint64_t n, const struct merkle_path *path, const struct sha256 *root)
{
	struct merkle_path bad = *path;
	struct sha256 other = *root;

	other.b[31] ^= 1;
	assert_false(merkle_check_inclusion(&leaves[index], index, n, path, &other));
	assert_false(merkle_check_inclusion(&leaves[index], index, index, path, root));
	if (n > 1) {
		assert_false(
		    merkle_check_inclusion(&leaves[(index + 1) % n], index, n, path, root));
		assert_false(
		    merkle_check_inclusion(&leaves[index], (index + 1) % n, n, path, root));
	}
	for (size_t i = 0; i < path->len; i++) {
		bad.hashes[i].b[i % SHA256_LEN] ^= 0x10;
		assert_false(merkle_check_inclusion(&leaves[index], index, n, &bad, root));
		bad.hashes[i] = path->hashes[i];
	}
	bad.len = path->len + 1;
	bad.hashes[path->len] = *root;
	assert_false(merkle_check_inclusion(&leaves[index], index, n, &bad, root));
	bad.len = path->len ? path->len - 1 : MERKLE_PATH_MAX + 1;
	assert_false(merkle_check_inclusion(&leaves[index], index, n, &bad, root));
}

static void test_every_inclusion(void **state)
{
	struct merkle_path path;
	struct sha256 root;
	struct err err = { 0 };

	(void)state;
	for (uint64_t n = 1; n <= 70; n++) {
		defined(0, n, &root);
		for (uint64_t i = 0; i < n; i++) {
			assert_int_equal(merkle_inclusion(&source, i, n, &path, &err), 0);
			if (!merkle_check_inclusion(&leaves[i], i, n, &path, &root))
				fail_msg("leaf %d of %d is not proved", (int)i, (int)n);
			refuse_damaged(i, n, &path, &root);
		}
	}
	assert_int_equal(merkle_inclusion(&source, 5, 5, &path, &err), -E_RANGE);
}

static void refuse_other_history(uint64_t old, const struct sha256 *old_root, uint64_t n,
    const struct sha256 *root, const struct merkle_path *path)
{
	struct merkle_path bad = *path;
	struct sha256 other = *old_root;

	other.b[0] ^= 1;
	assert_false(merkle_check_consistency(old, &other, n, root, path));
	if (old > 0) {
		other = *root;
		other.b[7] ^= 1;
		assert_false(merkle_check_consistency(old, old_root, n, &other, path));
	}
	for (size_t i = 0; i < path->len; i++) {
		bad.hashes[i].b[3] ^= 1;
		assert_false(merkle_check_consistency(old, old_root, n, root, &bad));
		bad.hashes[i] = path->hashes[i];
	}
	bad.len = path->len + 1;
	bad.hashes[path->len] = *root;
	assert_false(merkle_check_consistency(old, old_root, n, root, &bad));
	if (path->len) {
		bad.len = path->len - 1;
		assert_false(merkle_check_consistency(old, old_root, n, root, &bad));
	}
}

static void test_every_consistency(void **state)
{
	struct merkle_path path;
	struct sha256 root, old_root;
	struct err err = { 0 };

	(void)state;
	for (uint64_t n = 0; n <= 70; n++) {
		defined(0, n, &root);
		for (uint64_t old = 0; old <= n; old++) {
			defined(0, old, &old_root);
			assert_int_equal(merkle_consistency(&source, old, n, &path, &err), 0);
			if (!merkle_check_consistency(old, &old_root, n, &root, &path))
				fail_msg(
				    "%d leaves are not proved to begin with %d", (int)n, (int)old);
			refuse_other_history(old, &old_root, n, &root, &path);
		}
	}
	assert_int_equal(merkle_consistency(&source, 6, 5, &path, &err), -E_RANGE);
	assert_false(merkle_check_consistency(6, &root, 5, &root, &path));
}

/* A source that fails at its n-th hash: so does whoever asked. */
static void test_a_source_that_fails(void **state)
{
	struct merkle_path path;
	struct sha256 root;
	struct err err = { 0 };

	(void)state;
	for (int n = 0; n < 3; n++) {
		int left = n;
		const struct merkle_source bad = { &left, complete };
		assert_int_equal(merkle_root_of(&bad, 15, &root, &err), -E_STORE);
		left = n;
		assert_int_equal(merkle_inclusion(&bad, 3, 15, &path, &err), -E_STORE);
		left = n;
		assert_int_equal(merkle_consistency(&bad, 7, 15, &path, &err), -E_STORE);
	}
}

/* Sizes that no store will ever have must not be walked for ever. */
static void test_beyond_all_sizes(void **state)
{
	struct merkle_path path = { .len = MERKLE_PATH_MAX };
	struct sha256 root = { { 0 } };

	(void)state;
	memset(path.hashes, 0, sizeof(path.hashes));
	assert_false(merkle_check_inclusion(&root, UINT64_MAX - 1, UINT64_MAX, &path, &root));
	assert_false(merkle_check_inclusion(&root, 0, UINT64_MAX, &path, &root));
	assert_false(merkle_check_inclusion(&root, 0, 0, &path, &root));
	assert_false(merkle_check_consistency(UINT64_MAX - 1, &root, UINT64_MAX, &root, &path));
	assert_false(merkle_check_consistency(1, &root, UINT64_MAX, &root, &path));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_published_roots),
		cmocka_unit_test(test_published_paths),
		cmocka_unit_test(test_every_size),
		cmocka_unit_test(test_large_leaf),
		cmocka_unit_test(test_every_inclusion),
		cmocka_unit_test(test_every_consistency),
		cmocka_unit_test(test_a_source_that_fails),
		cmocka_unit_test(test_beyond_all_sizes),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
