#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal.h"

static void test_numbered_and_named(void **state)
{
	(void)state;
	assert_true(tables_len > 0);
	for (size_t i = 0; i < tables_len; i++) {
		assert_int_equal(tables[i].number, i + 1);
		assert_true(tables[i].name[0] && tables[i].sql[0]);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(tables[i].name, tables[j].name);
	}
}

static void test_applied_once(void **state)
{
	struct fixture *f = *state;
	int applied = -1;

	store_rollback(f->conn);
	OK(schema_apply(f->conn, tables, tables_len, &applied, &f->err));
	assert_int_equal(applied, 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM schema_migrations"), (int64_t)tables_len);
}

/* What every send touches is found without walking a table. The words are SQLite's. */
static void test_the_ways_of_a_send_have_an_index(void **state)
{
	static const char *const questions[] = {
		"EXPLAIN QUERY PLAN SELECT * FROM person WHERE place = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM person_bsuid WHERE bsuid = 'IT.A'",
		"EXPLAIN QUERY PLAN SELECT * FROM person WHERE id = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM consent WHERE person = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM person_mark WHERE person = 1 AND kind = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM contact WHERE person = 1 AND number = '1'",
		"EXPLAIN QUERY PLAN SELECT * FROM marketing_sent WHERE person = 1 AND at > 1",
		"EXPLAIN QUERY PLAN SELECT * FROM delivered WHERE person = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM reach WHERE scope = 'p:1'",
		"EXPLAIN QUERY PLAN SELECT * FROM decision WHERE id = 1",
		"EXPLAIN QUERY PLAN SELECT * FROM decision WHERE wamid_hash = 1 AND wamid = 'x'",
		"EXPLAIN QUERY PLAN SELECT * FROM decision WHERE state = 3 AND state < 10",
		"EXPLAIN QUERY PLAN SELECT * FROM idempotency WHERE app = 'a' AND key_hash = 'k'",
		"EXPLAIN QUERY PLAN SELECT * FROM outbox WHERE due_at <= 1 ORDER BY due_at LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT * FROM forward WHERE app = 'a' ORDER BY id LIMIT 5",
		"EXPLAIN QUERY PLAN SELECT * FROM seen WHERE at = 1",
		"EXPLAIN QUERY PLAN SELECT at FROM seen WHERE at < 1 ORDER BY at LIMIT 5",
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		struct store_stmt *s;
		OK(store_ask(f->conn, &s, &f->err, questions[i], ""));
		while (store_step(s, &f->err) > 0) {
			struct str plan = store_col_text(s, 3);
			if (str_starts(plan, STR("SCAN")))
				fail_msg("%s: %.*s", questions[i], STR_ARG(plan));
		}
		store_reset(s);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_numbered_and_named),
		FIXTURE_TEST(test_applied_once),
		FIXTURE_TEST(test_the_ways_of_a_send_have_an_index),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
