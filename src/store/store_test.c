#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"
#include "store/scratch.h"
#include "store/store.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
};

static const char tables[] = "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY, name TEXT UNIQUE,"
			     " size BIGINT CHECK (size < 100), data {blob}) {clustered};"
			     "CREATE TABLE part (item BIGINT NOT NULL REFERENCES item (id))";

static int set_up(void **state)
{
	static struct fixture f;

	f.store = scratch_open(&f.scratch);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	scratch_exec(f.conn, tables);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_disconnect(&f->conn);
	store_close(&f->store);
	scratch_remove(f->scratch.dir);
	return 0;
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		int rc;
	} rows[] = {
		{ "", -E_UNSUPPORTED },
		{ "sqlite", -E_UNSUPPORTED },
		{ "/var/lib/varco.db", -E_UNSUPPORTED },
		{ "postgresql://db/varco", -E_UNSUPPORTED },
		{ "SQLITE:/tmp/x", -E_UNSUPPORTED },
		{ "sqlite:", -E_INVALID },
		{ "sqlite:/nonexistent/varco.db", -E_STORE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store *s = NULL;
		struct err err = { 0 };
		int rc = store_open(rows[i].url, &s, &err);
		if (rc != rows[i].rc || s || strcmp(err.field, "store.url") != 0)
			fail_msg("\"%s\": %s, %s", rows[i].url, err_name(rc), err.text);
	}
}

static void test_words_in_braces(void **state)
{
	static const struct {
		const char *sql;
		int rc;
		const char *text; /* what the first column shows */
	} rows[] = {
		{ "SELECT 'plain'", 0, "plain" },
		{ "SELECT '{blob}'", 0, "BLOB" },
		{ "SELECT '{blob}{clustered}!'", 0, "BLOBWITHOUT ROWID!" },
		{ "SELECT '{}'", 0, "{}" },
		{ "SELECT '{{blob}}'", 0, "{BLOB}" },
		{ "SELECT '{ blob}{BLOB}{1}'", 0, "{ blob}{BLOB}{1}" },
		{ "SELECT '{blob'", 0, "{blob" },
		{ "SELECT '{'", 0, "{" },
		{ "SELECT '{serial}'", -E_STORE, NULL },
		{ "SELECT 1 {", -E_STORE, NULL },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_stmt *st;
		struct err err = { 0 };
		int rc = store_prepare(f->conn, rows[i].sql, &st, &err);
		if (rc != rows[i].rc)
			fail_msg("%s: %s", rows[i].sql, err_name(rc));
		if (rc < 0)
			continue;
		assert_int_equal(store_step(st, &err), 1);
		if (!str_eq_c(store_col_text(st, 0), rows[i].text))
			fail_msg("%s: %.*s", rows[i].sql, STR_ARG(store_col_text(st, 0)));
		store_reset(st);
	}
}

/* More statements than the first table of the cache has room for; their texts stay where they are, as
 * literals do. */
static void test_cache_finds_each_statement_again(void **state)
{
	enum { MANY = 300 };
	static char sql[MANY][32];
	struct store_stmt *first[MANY];
	struct fixture *f = *state;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < MANY; i++) {
			struct store_stmt *st;
			struct err err = { 0 };
			(void)snprintf(sql[i], sizeof(sql[i]), "SELECT %d", i);
			MUST(store_prepare(f->conn, sql[i], &st, &err), &err);
			if (round == 0)
				first[i] = st;
			assert_ptr_equal(st, first[i]);
			assert_int_equal(store_step(st, &err), 1);
			assert_int_equal(store_col_int(st, 0), i);
		}
	}
}

static void test_prepare_gives_a_clean_statement(void **state)
{
	static const char sql[] = "SELECT ?1, ?2";
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	for (int reset = 0; reset < 2; reset++) {
		MUST(store_prepare(f->conn, sql, &st, &err), &err);
		store_bind_int(st, 1, 7);
		store_bind_text(st, 2, STR("seven"));
		assert_int_equal(store_step(st, &err), 1);
		assert_int_equal(store_col_int(st, 0), 7);
		assert_true(str_eq_c(store_col_text(st, 1), "seven"));
		if (reset)
			store_reset(st);
		else
			MUST(store_prepare(f->conn, sql, &st, &err), &err);
		assert_int_equal(store_step(st, &err), 1);
		assert_true(store_col_null(st, 0));
		assert_true(store_col_null(st, 1));
		assert_int_equal(store_step(st, &err), 0);
	}
}

static void test_values_come_back(void **state)
{
	static const int64_t ints[] = { 0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 53 };
	static const struct str texts[] = { { "", 0 }, { "a", 1 }, { "a\0b", 3 }, { "\xc3\xa8", 2 },
		{ "2026", 4 } };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	MUST(store_prepare(f->conn, "SELECT ?1, ?2, ?3", &st, &err), &err);
	for (size_t i = 0; i < ARRAY_LEN(ints); i++) {
		struct str text = texts[i % ARRAY_LEN(texts)];
		store_reset(st);
		store_bind_int(st, 1, ints[i]);
		store_bind_text(st, 2, text);
		store_bind_blob(st, 3, text);
		assert_int_equal(store_step(st, &err), 1);
		assert_true(store_col_int(st, 0) == ints[i]);
		assert_true(str_eq(store_col_text(st, 1), text));
		assert_true(str_eq(store_col_blob(st, 2), text));
		assert_non_null(store_col_text(st, 1).p);
		assert_non_null(store_col_blob(st, 2).p);
		assert_false(store_col_null(st, 1) || store_col_null(st, 2));
	}
}

static void test_nulls_are_absent(void **state)
{
	struct fixture *f = *state;
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	struct store_stmt *st;
	struct str copy = STR("untouched");

	MUST(store_prepare(f->conn, "SELECT ?1, ?2, ?3, ?4", &st, &err), &err);
	store_bind_text(st, 1, STR_NONE);
	store_bind_blob(st, 2, STR_NONE);
	store_bind_null(st, 3);
	assert_int_equal(store_step(st, &err), 1);
	for (int i = 0; i < 4; i++) {
		assert_true(store_col_null(st, i));
		assert_int_equal(store_col_int(st, i), 0);
		assert_null(store_col_text(st, i).p);
		assert_null(store_col_blob(st, i).p);
	}
	assert_int_equal(store_copy_text(st, 0, a, &copy), 0);
	assert_null(copy.p);
	arena_free(&a);
}

static void test_copied_text_outlives_the_row(void **state)
{
	struct fixture *f = *state;
	struct arena *a = arena_new(0, 0), *tight = arena_new(16, 64);
	struct err err = { 0 };
	struct store_stmt *st;
	struct str copy = STR_NONE, big = STR("untouched");

	MUST(store_prepare(f->conn, "SELECT 'kept', hex(zeroblob(500))", &st, &err), &err);
	assert_int_equal(store_step(st, &err), 1);
	assert_int_equal(store_copy_text(st, 0, a, &copy), 0);
	assert_int_equal(store_copy_text(st, 1, tight, &big), -E_NOMEM);
	store_reset(st);
	assert_true(str_eq_c(copy, "kept"));
	assert_true(str_eq_c(big, "untouched"));
	arena_free(&a);
	arena_free(&tight);
}

/* Errors name the thing, never the value. */
static void test_errors(void **state)
{
	static const struct {
		const char *name;
		const char *sql;
		int rc;
	} rows[] = {
		{ "primary key", "INSERT INTO item (id, name) VALUES (1, ?1)", -E_CONFLICT },
		{ "unique key",
		    "INSERT INTO item (id, name) SELECT 2, name FROM item WHERE ?1 != ''",
		    -E_CONFLICT },
		{ "check", "INSERT INTO item (id, name, size) VALUES (2, ?1, 100)", -E_STORE },
		{ "not null", "INSERT INTO item (id, name) VALUES (NULL, ?1)", -E_STORE },
		{ "foreign key", "INSERT INTO part (item) SELECT 9 WHERE ?1 != ''", -E_STORE },
		{ "conflict handled",
		    "INSERT INTO item (id, name) VALUES (1, ?1) ON CONFLICT DO NOTHING", 0 },
		{ "a row too many", "SELECT ?1", -E_STORE },
	};
	struct fixture *f = *state;

	scratch_exec(f->conn, "INSERT INTO item (id, name) VALUES (1, 'one')");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct store_stmt *st;
		struct err err = { 0 };
		MUST(store_prepare(f->conn, rows[i].sql, &st, &err), &err);
		store_bind_text(st, 1, STR("canary"));
		int rc = store_run(st, &err);
		if (rc != rows[i].rc || !!rc != !!err.text[0] || strstr(err.text, "canary"))
			fail_msg("%s: %s, %s", rows[i].name, err_name(rc), err.text);
	}
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 1);
}

static void test_wrong_sql_and_wrong_parameters(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st = NULL;

	assert_int_equal(store_prepare(f->conn, "SELEKT 1", &st, &err), -E_STORE);
	assert_int_equal(store_prepare(f->conn, "", &st, &err), -E_STORE);
	assert_int_equal(store_prepare(f->conn, "SELECT x FROM nowhere", &st, &err), -E_STORE);
	assert_int_equal(store_exec(f->conn, "SELECT 1; SELEKT 2", &err), -E_STORE);
	assert_null(st);
	MUST(store_prepare(f->conn, "SELECT ?1", &st, &err), &err);
	store_bind_int(st, 3, 1);
	store_bind_int(st, 9, 1);
	assert_int_equal(store_step(st, &err), -E_STORE);
	assert_non_null(strstr(err.text, "Parameter 3"));
	assert_int_equal(store_step(st, &err), 1);
}

static void test_an_error_spoils_the_transaction(void **state)
{
	static const char insert[] = "INSERT INTO item (id) VALUES (1)";
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	for (int end_by_commit = 0; end_by_commit < 2; end_by_commit++) {
		MUST(store_begin(f->conn, &err), &err);
		scratch_exec(f->conn, insert);
		assert_false(store_tx_failed(f->conn));
		assert_int_equal(store_exec(f->conn, insert, &err), -E_CONFLICT);
		assert_true(store_tx_failed(f->conn));
		assert_int_equal(store_exec(f->conn, "SELECT 1", &err), -E_STORE);
		assert_int_equal(store_prepare(f->conn, "SELECT 1", &st, &err), -E_STORE);
		if (end_by_commit)
			assert_int_equal(store_commit(f->conn, &err), -E_STORE);
		else
			store_rollback(f->conn);
		assert_false(store_tx_failed(f->conn));
		assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 0);
	}
	/* Outside a transaction each statement stands for itself. */
	scratch_exec(f->conn, insert);
	assert_int_equal(store_exec(f->conn, insert, &err), -E_CONFLICT);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 1);
}

static void test_a_step_in_a_spoiled_transaction(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	MUST(store_begin(f->conn, &err), &err);
	MUST(store_prepare(f->conn, "INSERT INTO item (id) VALUES (5)", &st, &err), &err);
	assert_int_equal(store_exec(f->conn, "nonsense", &err), -E_STORE);
	assert_int_equal(store_step(st, &err), -E_STORE);
	assert_int_equal(store_run(st, &err), -E_STORE);
	store_rollback(f->conn);
	store_rollback(f->conn);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 0);
}

static void test_rollback_and_changes(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	MUST(store_begin(f->conn, &err), &err);
	scratch_exec(f->conn, "INSERT INTO item (id) VALUES (1), (2), (3)");
	MUST(store_prepare(f->conn, "DELETE FROM item WHERE id < ?1", &st, &err), &err);
	store_bind_int(st, 1, 3);
	MUST(store_run(st, &err), &err);
	assert_int_equal(store_changes(f->conn), 2);
	store_rollback(f->conn);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 0);
	MUST(store_begin(f->conn, &err), &err);
	scratch_exec(f->conn, "INSERT INTO item (id) VALUES (1), (2), (3)");
	MUST(store_commit(f->conn, &err), &err);
	store_rollback(f->conn);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 3);
}

static void test_a_reader_has_one_snapshot_per_transaction(void **state)
{
	static const char count[] = "SELECT count(*) FROM item";
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };

	MUST(store_begin(reader, &err), &err);
	assert_int_equal(scratch_int(reader, count), 0);
	scratch_exec(f->conn, "INSERT INTO item (id) VALUES (1)");
	assert_int_equal(scratch_int(reader, count), 0);
	MUST(store_commit(reader, &err), &err);
	assert_int_equal(scratch_int(reader, count), 1);
	assert_int_equal(store_exec(reader, "DELETE FROM item", &err), -E_STORE);
	store_disconnect(&reader);
	assert_null(reader);
	store_disconnect(&reader);
}

/* A forgotten row must not keep its snapshot for ever. */
static void test_forgotten_rows_are_reset(void **state)
{
	static const char all[] = "SELECT id FROM item";
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };
	struct store_stmt *st;

	scratch_exec(f->conn, "INSERT INTO item (id) VALUES (1), (2)");
	MUST(store_prepare(reader, all, &st, &err), &err);
	assert_int_equal(store_step(st, &err), 1);
	scratch_exec(f->conn, "DELETE FROM item");
	MUST(store_begin(reader, &err), &err);
	assert_int_equal(store_step(st, &err), 0);
	store_rollback(reader);
	scratch_exec(f->conn, "INSERT INTO item (id) VALUES (1), (2)");
	MUST(store_begin(reader, &err), &err);
	assert_int_equal(store_step(st, &err), 1);
	MUST(store_commit(reader, &err), &err);
	scratch_exec(f->conn, "DELETE FROM item");
	assert_int_equal(store_step(st, &err), 0);
	store_disconnect(&reader);
}

static void test_statements_survive_a_change_of_the_tables(void **state)
{
	static const char count[] = "SELECT count(*) FROM item";
	struct fixture *f = *state;

	assert_int_equal(scratch_int(f->conn, count), 0);
	scratch_exec(f->conn, "ALTER TABLE item ADD COLUMN note TEXT");
	assert_int_equal(scratch_int(f->conn, count), 0);
}

/* Everything that allocates, on a connection of its own. */
static int use_a_store(void *arg)
{
	const char *url = arg;
	struct store *s = NULL;
	struct store_conn *c = NULL;
	struct store_stmt *st;
	struct err err = { 0 };
	int rc = store_open(url, &s, &err);

	if (rc == 0)
		rc = store_connect(s, STORE_READ, &c, &err);
	if (rc == 0)
		rc = store_exec(c, "SELECT '{blob}'", &err);
	if (rc == 0)
		rc = store_prepare(c, "SELECT '{blob}'", &st, &err);
	if (rc == 0 && store_step(st, &err) != 1)
		rc = -E_STORE;
	store_disconnect(&c);
	store_close(&s);
	return rc;
}

static void test_every_allocation_may_fail(void **state)
{
	struct fixture *f = *state;

	torture("store", use_a_store, f->scratch.url);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test_setup_teardown(test_words_in_braces, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_cache_finds_each_statement_again, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_prepare_gives_a_clean_statement, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_values_come_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_nulls_are_absent, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_copied_text_outlives_the_row, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_wrong_sql_and_wrong_parameters, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_an_error_spoils_the_transaction, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_step_in_a_spoiled_transaction, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_rollback_and_changes, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_reader_has_one_snapshot_per_transaction, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_forgotten_rows_are_reset, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_statements_survive_a_change_of_the_tables, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_allocation_may_fail, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
