#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "store/query.h"
#include "store/scratch.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
};

static int set_up(void **state)
{
	static struct fixture f;

	f.store = scratch_open(&f.scratch);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	scratch_exec(f.conn,
	    "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY, name TEXT,"
	    " data {blob}, at BIGINT) {clustered}");
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

static void test_every_letter_binds_its_kind(void **state)
{
	static const struct {
		int64_t id;
		struct str name, data;
		int64_t at;
	} rows[] = {
		{ 1, { "one", 3 }, { "\0\1", 2 }, 1795341600000 },
		{ INT64_MAX, { "", 0 }, { "", 0 }, 0 },
		{ INT64_MIN, STR_NONE, STR_NONE, TIME_NONE },
	};
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		MUST(store_do(f->conn, &err,
			 "INSERT INTO item (id, name, data, at) VALUES (?1, ?2, ?3, ?4)", "itbm",
			 rows[i].id, rows[i].name, rows[i].data, rows[i].at),
		    &err);
		MUST(
		    store_ask(f->conn, &st, &err,
			"SELECT name, data, at, typeof(name), typeof(data) FROM item WHERE id = ?1",
			"i", rows[i].id),
		    &err);
		assert_int_equal(store_step(st, &err), 1);
		assert_true(str_eq(store_col_text(st, 0), rows[i].name));
		assert_true(str_eq(store_col_blob(st, 1), rows[i].data));
		assert_true(store_col_time(st, 2) == rows[i].at);
		assert_int_equal(store_col_null(st, 2), rows[i].at == TIME_NONE);
		assert_true(str_eq_c(store_col_text(st, 3), rows[i].name.p ? "text" : "null"));
		assert_true(str_eq_c(store_col_text(st, 4), rows[i].data.p ? "blob" : "null"));
		store_reset(st);
	}
}

static void add_items(struct fixture *f, int64_t from, int64_t n)
{
	struct err err = { 0 };

	for (int64_t i = from; i < from + n; i++)
		MUST(store_do(f->conn, &err, "INSERT INTO item (id, at) VALUES (?1, ?1)", "i", i),
		    &err);
}

static void test_one_row_is_found(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st = NULL;

	add_items(f, 100, 1);
	assert_int_equal(
	    store_find(f->conn, &st, &err, "SELECT at FROM item WHERE id = ?1", "i", (int64_t)99),
	    0);
	assert_null(st);
	assert_int_equal(
	    store_find(f->conn, &st, &err, "SELECT at FROM item WHERE id = ?1", "i", (int64_t)100),
	    1);
	assert_int_equal(store_col_int(st, 0), 100);
	store_reset(st);
}

static void test_old_rows_go_by_slices(void **state)
{
	static const char sql[] = "DELETE FROM item WHERE id IN (SELECT id FROM item WHERE at > 200"
				  " AND at < ?1 ORDER BY at LIMIT ?2)";
	struct fixture *f = *state;
	struct err err = { 0 };
	int64_t left = 0;

	add_items(f, 201, 5);
	assert_int_equal(store_purge(f->conn, sql, 205, 3, &err), 1);
	assert_int_equal(store_purge(f->conn, sql, 205, 3, &err), 0);
	MUST(store_ask_int(f->conn, &left, &err, "SELECT count(*) FROM item WHERE at > 200", ""),
	    &err);
	assert_int_equal(left, 1);
}

static void test_words_of_an_enum(void **state)
{
	static const struct {
		int64_t n;
		bool known;
	} rows[] = { { 0, true }, { 3, true }, { 4, false }, { -1, false },
		{ INT64_C(1) << 32, false }, { INT64_MIN, false }, { INT64_MAX, false } };
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		MUST(store_ask(f->conn, &st, &err, "SELECT ?1", "i", rows[i].n), &err);
		assert_int_equal(store_step(st, &err), 1);
		if (store_col_is_up_to(st, 0, 3) != rows[i].known)
			fail_msg("%lld", (long long)rows[i].n);
		store_reset(st);
	}
}

static void test_one_integer(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int64_t n = -1;

	assert_int_equal(store_ask_int(f->conn, &n, &err, "SELECT max(id) FROM item", ""), 0);
	assert_int_equal(
	    store_ask_int(f->conn, &n, &err, "SELECT id FROM item WHERE id = ?1", "i", INT64_C(7)),
	    0);
	assert_int_equal(n, -1);
	assert_int_equal(store_ask_int(f->conn, &n, &err, "SELECT ?1 + 1", "i", INT64_C(41)), 1);
	assert_int_equal(n, 42);
	assert_int_equal(store_ask_int(f->conn, &n, &err, "SELECT x FROM nowhere", ""), -E_STORE);
	assert_int_equal(n, 42);
}

static void test_errors_pass_through(void **state)
{
	static const char insert[] = "INSERT INTO item (id) VALUES (?1)";
	struct fixture *f = *state;
	struct err err = { 0 };
	struct store_stmt *st = NULL;

	MUST(store_do(f->conn, &err, insert, "i", INT64_C(1)), &err);
	assert_int_equal(store_do(f->conn, &err, insert, "i", INT64_C(1)), -E_CONFLICT);
	assert_int_equal(store_do(f->conn, &err, insert, "ii", INT64_C(2), INT64_C(3)), -E_STORE);
	assert_int_equal(store_ask(f->conn, &st, &err, "SELEKT", ""), -E_STORE);
	assert_null(st);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_every_letter_binds_its_kind, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_row_is_found, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_old_rows_go_by_slices, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_words_of_an_enum, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_one_integer, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_errors_pass_through, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
