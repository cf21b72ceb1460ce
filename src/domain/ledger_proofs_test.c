#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger_proofs.h"

#define LEAVES 1300

static void fill(struct fixture *f, int64_t n)
{
	OK(ledger_install(f->conn, NOW, &f->err));
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
	    " INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
	    " SELECT i, 3, 1795341600000 + i, 0, 'test', randomblob(32), randomblob(32) FROM n",
	    "i", n));
}

/* The path that one proof alone has. */
static void path_alone(struct fixture *f, int64_t seq, int64_t size, struct merkle_path *ret)
{
	struct ledger_tree tree;

	OK(ledger_tree_open(f->conn, &tree, &f->err));
	struct merkle_source source = ledger_tree_source(&tree);
	OK(merkle_inclusion(&source, (uint64_t)seq - 1, (uint64_t)size, ret, &f->err));
}

static void same_paths(struct fixture *f, int64_t size, int64_t step)
{
	struct merkle_path one, other;
	struct ledger_proofs *p;

	OK(ledger_proofs_open(f->conn, size, &p, &f->err));
	for (int64_t seq = 1; seq <= size; seq += step) {
		OK(ledger_prove(p, seq, &one, &f->err));
		path_alone(f, seq, size, &other);
		if (one.len != other.len ||
		    memcmp(one.hashes, other.hashes, one.len * sizeof(one.hashes[0])) != 0)
			fail_msg("entry %lld of %lld", (long long)seq, (long long)size);
	}
	ledger_proofs_close(&p);
	assert_null(p);
}

static void test_paths(void **state)
{
	static const int64_t sizes[] = { 1, 2, 255, 256, 257, 511, 512, 513, 1024, LEAVES };
	struct fixture *f = *state;

	fill(f, LEAVES);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		same_paths(f, sizes[i], 13);
	while (ledger_tiles_make(f->conn, 64, &f->err) > 0)
		;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		same_paths(f, sizes[i], 7);
	same_paths(f, LEAVES, 1);
}

static void test_what_cannot_be_proved(void **state)
{
	struct fixture *f = *state;
	struct merkle_path path;
	struct ledger_proofs *p;

	FAILS(ledger_proofs_open(f->conn, 10, &p, &f->err), E_INVALID, ""); /* no installation */
	fill(f, 300);
	OK(ledger_proofs_open(f->conn, 299, &p, &f->err));
	FAILS(ledger_prove(p, 0, &path, &f->err), E_RANGE, "");
	FAILS(ledger_prove(p, -1, &path, &f->err), E_RANGE, "");
	FAILS(ledger_prove(p, 300, &path, &f->err), E_RANGE, "");
	OK(ledger_prove(p, 299, &path, &f->err));
	ledger_proofs_close(&p);
	ledger_proofs_close(&p);
}

static void test_a_ledger_that_was_damaged(void **state)
{
	struct fixture *f = *state;
	struct merkle_path path;
	struct ledger_proofs *p;

	fill(f, 300);
	OK(store_do(f->conn, &f->err, "DELETE FROM ledger_leaf WHERE seq = 17", ""));
	OK(ledger_proofs_open(f->conn, 300, &p, &f->err));
	FAILS(ledger_prove(p, 1, &path, &f->err), E_INVALID, "");
	FAILS(ledger_prove(p, 299, &path, &f->err), E_INVALID, "");
	ledger_proofs_close(&p);
	OK(ledger_proofs_open(f->conn, 400, &p, &f->err));
	FAILS(ledger_prove(p, 300, &path, &f->err), E_INVALID, "");
	ledger_proofs_close(&p);
}

static int prove(struct fixture *f)
{
	struct merkle_path path;
	struct ledger_proofs *p = NULL;
	int r = ledger_install(f->conn, NOW, &f->err);

	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 600)"
		    " INSERT INTO ledger_leaf (seq, type, at, ref, policy, salt, commitment)"
		    " SELECT i, 3, 1795341600000 + i, 0, 'test', randomblob(32), randomblob(32) FROM n",
		    "");
	if (r == 0)
		r = ledger_proofs_open(f->conn, 600, &p, &f->err);
	if (r == 0)
		r = ledger_prove(p, 1, &path, &f->err);
	if (r == 0)
		r = ledger_prove(p, 600, &path, &f->err);
	ledger_proofs_close(&p);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, prove);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "proving", prove);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_paths),
		FIXTURE_TEST(test_what_cannot_be_proved),
		FIXTURE_TEST(test_a_ledger_that_was_damaged),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
