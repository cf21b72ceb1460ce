#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/ledger.h"

static int64_t append(struct fixture *f, const char *content)
{
	int64_t seq = 0;

	OK(ledger_append(
	    f->conn, &f->ledger, LEAF_OPERATOR, 42, str_c(content), NOW, &seq, &f->err));
	return seq;
}

static void test_numbered_without_gaps(void **state)
{
	struct fixture *f = *state;
	struct ledger again;

	assert_int_equal(append(f, "a"), 1);
	assert_int_equal(append(f, "b"), 2);
	OK(ledger_append(f->conn, &f->ledger, LEAF_CONSENT, 1, STR("c"), NOW, NULL, &f->err));
	OK(ledger_load(f->conn, STR("2026.11.22"), &again, &f->err));
	assert_int_equal(again.next_seq, 4);
	assert_string_equal(again.policy, "2026.11.22");
	assert_int_equal(scratch_int(f->conn, "SELECT max(seq) = count(*) FROM ledger_leaf"), 1);
}

/* What a transaction that was undone has used up is used again: the caller loads anew. */
static void test_after_a_rollback(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(append(f, "a"), 1);
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	assert_int_equal(append(f, "b"), 1);
}

static void test_the_commitment(void **state)
{
	struct fixture *f = *state;
	struct store_stmt *s;
	struct sha256 mac;
	char first[32];

	(void)append(f, "what was done");
	(void)append(f, "what was done");
	OK(store_ask(f->conn, &s, &f->err,
	    "SELECT type, at, ref, policy, salt, commitment FROM ledger_leaf ORDER BY seq", ""));
	for (int i = 0; i < 2; i++) {
		assert_int_equal(store_step(s, &f->err), 1);
		assert_int_equal(store_col_int(s, 0), LEAF_OPERATOR);
		assert_int_equal(store_col_int(s, 1), NOW);
		assert_int_equal(store_col_int(s, 2), 42);
		assert_true(str_eq(store_col_text(s, 3), STR("test")));
		struct str salt = store_col_blob(s, 4);
		assert_int_equal(salt.len, sizeof(first));
		if (i)
			assert_memory_not_equal(salt.p, first, sizeof(first));
		memcpy(first, salt.p, sizeof(first));
		crypto_hmac_sha256(salt, STR("what was done"), &mac);
		assert_true(
		    str_eq(store_col_blob(s, 5), str_n((const char *)mac.b, sizeof(mac.b))));
		crypto_hmac_sha256(salt, STR("what was donf"), &mac);
		assert_false(
		    str_eq(store_col_blob(s, 5), str_n((const char *)mac.b, sizeof(mac.b))));
	}
	store_reset(s);
}

static void test_a_version_that_is_too_long(void **state)
{
	struct fixture *f = *state;
	struct ledger l = { .next_seq = 7 };
	char version[65];

	memset(version, '1', sizeof(version));
	OK(ledger_load(f->conn, str_n(version, 63), &f->ledger, &f->err));
	FAILS(ledger_load(f->conn, str_n(version, 64), &l, &f->err), E_RANGE, "pack.version");
	assert_int_equal(l.next_seq, 7);
}

static void test_a_number_that_none_can_have(void **state)
{
	struct fixture *f = *state;

	(void)append(f, "a");
	scratch_exec(f->conn, "UPDATE ledger_leaf SET seq = 9223372036854775807");
	FAILS(ledger_load(f->conn, STR("test"), &f->ledger, &f->err), E_INVALID, "");
}

static int work(struct fixture *f)
{
	int r = ledger_load(f->conn, STR("test"), &f->ledger, &f->err);

	return r < 0
	    ? r
	    : ledger_append(f->conn, &f->ledger, LEAF_INCIDENT, 1, STR("x"), NOW, NULL, &f->err);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_numbered_without_gaps),
		FIXTURE_TEST(test_after_a_rollback),
		FIXTURE_TEST(test_the_commitment),
		FIXTURE_TEST(test_a_version_that_is_too_long),
		FIXTURE_TEST(test_a_number_that_none_can_have),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
