#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_tree.h"

/* `n` entries, straight into the table: appending them one by one is what other tests do. */
static void fill(struct fixture *f, int64_t n)
{
	OK(ledger_install(f->conn, NOW, &f->err));
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
	    " INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
	    " SELECT i, 3, 1795341600000 + i, 0, 'test', randomblob(32), randomblob(32) FROM n",
	    "i", n));
}

/* The tree as it grows leaf by leaf. */
static void grow(struct fixture *f, int64_t n, struct merkle *m)
{
	struct ledger_tenant tenant;
	struct ledger_leaf leaf;
	struct store_stmt *s;
	struct sha256 hash;
	int r;

	merkle_init(m);
	OK(ledger_tenant(f->conn, &tenant, &f->err));
	OK(ledger_walk(f->conn, 1, n + 1, &s, &f->err));
	while ((r = ledger_next(s, &leaf, &f->err)) > 0) {
		OK(ledger_leaf_hash(&tenant, &leaf, &hash, &f->err));
		merkle_append(m, &hash);
	}
	OK(r);
}

static void same_root(struct fixture *f, int64_t n)
{
	struct ledger_tree tree;
	struct sha256 root, grown;
	struct merkle m;

	OK(ledger_tree_open(f->conn, &tree, &f->err));
	struct merkle_source source = ledger_tree_source(&tree);
	OK(merkle_root_of(&source, (uint64_t)n, &root, &f->err));
	grow(f, n, &m);
	merkle_root(&m, &grown);
	assert_int_equal(m.size, n);
	assert_memory_equal(root.b, grown.b, SHA256_LEN);
}

static void test_the_encoding(void **state)
{
	struct fixture *f = *state;
	const struct ledger_tenant tenant = { { 0xa0, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5, 0xa6, 0xa7,
	    0xa8, 0xa9, 0xaa, 0xab, 0xac, 0xad, 0xae, 0xaf } };
	struct ledger_leaf leaf = {
		.seq = 258,
		.type = LEAF_DECISION,
		.ref = 99,
		.at = NOW,
		.policy = STR("2026.11"),
		.salt = STR("x"),
		.commitment = STR("0123456789abcdef0123456789ABCDEF"),
	};
	char bytes[LEDGER_LEAF_MAX], hex[2 * LEDGER_LEAF_MAX + 1];
	struct sha256 hash;

	size_t len = ledger_leaf_encode(&tenant, &leaf, bytes);
	hex_encode(bytes, len, hex);
	assert_string_equal(hex,
	    "01"
	    "02"
	    "0000000000000102"
	    "000001a202b2c500"
	    "a0a1a2a3a4a5a6a7a8a9aaabacadaeaf"
	    "07"
	    "323032362e3131"
	    "3031323334353637383961626364656630313233343536373839414243444546");
	leaf.commitment.len--;
	assert_int_equal(ledger_leaf_encode(&tenant, &leaf, bytes), 0);
	FAILS(ledger_leaf_hash(&tenant, &leaf, &hash, &f->err), E_INVALID, "");
	leaf.commitment.len++;
	leaf.type = 256;
	assert_int_equal(ledger_leaf_encode(&tenant, &leaf, bytes), 0);
	leaf.type = 1;
	leaf.seq = 0;
	assert_int_equal(ledger_leaf_encode(&tenant, &leaf, bytes), 0);
}

static void test_the_tenant(void **state)
{
	struct fixture *f = *state;
	struct ledger_tenant first, second;

	FAILS(ledger_tenant(f->conn, &first, &f->err), E_INVALID, "");
	OK(ledger_install(f->conn, NOW, &f->err));
	OK(ledger_tenant(f->conn, &first, &f->err));
	OK(ledger_install(f->conn, NOW + 1, &f->err));
	OK(ledger_tenant(f->conn, &second, &f->err));
	assert_memory_equal(first.b, second.b, sizeof(first.b));
}

/* Without a tile, with some, with all: the same root. */
static void test_roots_with_and_without_tiles(void **state)
{
	struct fixture *f = *state;
	static const int64_t sizes[] = { 0, 1, 255, 256, 257, 511, 512, 700, 1023 };
	int64_t behind = -1;

	fill(f, 1023);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		same_root(f, sizes[i]);
	OK(ledger_tiles_behind(f->conn, &behind, &f->err));
	assert_int_equal(behind, 3);
	assert_int_equal(ledger_tiles_make(f->conn, 2, &f->err), 1);
	OK(ledger_tiles_behind(f->conn, &behind, &f->err));
	assert_int_equal(behind, 1);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		same_root(f, sizes[i]);
	assert_int_equal(ledger_tiles_make(f->conn, 2, &f->err), 0);
	assert_int_equal(ledger_tiles_make(f->conn, 2, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM ledger_tile"), 3);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		same_root(f, sizes[i]);
}

/* 256 tiles make one of the next level. */
static void test_the_second_level(void **state)
{
	struct fixture *f = *state;

	fill(f, 65536 + 300);
	while (ledger_tiles_make(f->conn, 100, &f->err) > 0)
		;
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_tile WHERE level = 1"), 257);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_tile WHERE level = 2"), 1);
	same_root(f, 65536);
	same_root(f, 65536 + 300);
	scratch_exec(f->conn, "DELETE FROM ledger_tile WHERE level = 2");
	same_root(f, 65536 + 300);
}

static void test_proofs(void **state)
{
	struct fixture *f = *state;
	struct arena *a = f->arena;
	static const int64_t entries[] = { 1, 2, 256, 257, 600, 1000 };
	struct ledger_tree tree;
	struct ledger_leaf leaf;
	struct merkle_path path;
	struct sha256 root, old_root, hash;

	fill(f, 1000);
	OK(ledger_tiles_make(f->conn, 2, &f->err));
	OK(ledger_tree_open(f->conn, &tree, &f->err));
	assert_int_equal(tree.size, 1000);
	struct merkle_source source = ledger_tree_source(&tree);
	OK(merkle_root_of(&source, 1000, &root, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(entries); i++) {
		uint64_t index = (uint64_t)entries[i] - 1;
		assert_int_equal(ledger_get(f->conn, entries[i], a, &leaf, &f->err), 1);
		OK(ledger_leaf_hash(&tree.tenant, &leaf, &hash, &f->err));
		OK(merkle_inclusion(&source, index, 1000, &path, &f->err));
		assert_true(merkle_check_inclusion(&hash, index, 1000, &path, &root));
		OK(merkle_root_of(&source, index + 1, &old_root, &f->err));
		OK(merkle_consistency(&source, index + 1, 1000, &path, &f->err));
		assert_true(merkle_check_consistency(index + 1, &old_root, 1000, &root, &path));
	}
	assert_int_equal(ledger_get(f->conn, 1001, a, &leaf, &f->err), 0);
}

static void test_a_hole(void **state)
{
	struct fixture *f = *state;
	struct ledger_tree tree;
	struct sha256 root;

	fill(f, 300);
	scratch_exec(f->conn, "DELETE FROM ledger_leaf WHERE seq = 17");
	OK(ledger_tree_open(f->conn, &tree, &f->err));
	struct merkle_source source = ledger_tree_source(&tree);
	FAILS(merkle_root_of(&source, 300, &root, &f->err), E_INVALID, "");
	assert_non_null(strstr(f->err.text, "17"));
	FAILS(ledger_tiles_make(f->conn, 1, &f->err), E_INVALID, "");
}

static int work(struct fixture *f)
{
	struct ledger_tree tree;
	struct merkle_path path;
	struct sha256 root;
	int64_t behind;
	int r = ledger_install(f->conn, NOW, &f->err);

	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 260)"
		    " INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
		    " SELECT i, 3, i, 0, 'test', zeroblob(32), zeroblob(32) FROM n",
		    "");
	if (r == 0)
		r = ledger_tiles_behind(f->conn, &behind, &f->err);
	if (r == 0)
		r = ledger_tiles_make(f->conn, 2, &f->err);
	if (r == 0)
		r = ledger_tree_open(f->conn, &tree, &f->err);
	if (r < 0)
		return r;
	struct merkle_source source = ledger_tree_source(&tree);
	r = merkle_root_of(&source, 260, &root, &f->err);
	return r < 0 ? r : merkle_inclusion(&source, 258, 260, &path, &f->err);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_encoding),
		FIXTURE_TEST(test_the_tenant),
		FIXTURE_TEST(test_roots_with_and_without_tiles),
		FIXTURE_TEST(test_the_second_level),
		FIXTURE_TEST(test_proofs),
		FIXTURE_TEST(test_a_hole),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
