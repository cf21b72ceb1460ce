#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/clock.h"
#include "store/schema.h"
#include "store/scratch.h"
#include "store/store_fake.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
};

static const struct migration three[] = {
	{ 1, "item: first", "CREATE TABLE item (id BIGINT PRIMARY KEY, data {blob}) {clustered}" },
	{ 2, "item: name",
	    "ALTER TABLE item ADD COLUMN name TEXT; INSERT INTO item (id, name) VALUES (1, 'one')" },
	{ 3, "part: first", "CREATE TABLE part (id BIGINT PRIMARY KEY)" },
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err err = { 0 };

	scratch_make(&f.scratch);
	MUST(fake_open(f.scratch.url, &f.store, &err), &err);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	clock_reset();
	store_disconnect(&f->conn);
	store_close(&f->store);
	scratch_remove(f->scratch.dir);
	return 0;
}

static void test_applied_in_order_and_once(void **state)
{
	static const struct {
		size_t known;
		int applied;
	} rows[] = { { 1, 1 }, { 1, 0 }, { 3, 2 }, { 3, 0 } };
	struct fixture *f = *state;
	struct err err = { 0 };

	clock_set_wall(1795341600000, true);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int applied = -1;
		MUST(schema_apply(f->conn, three, rows[i].known, &applied, &err), &err);
		assert_int_equal(applied, rows[i].applied);
	}
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM schema_migrations"), 3);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT max(applied_at) FROM schema_migrations"), 1795341600000);
}

static void test_none_to_apply(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int applied = -1;

	MUST(schema_apply(f->conn, NULL, 0, &applied, &err), &err);
	assert_int_equal(applied, 0);
}

static void test_newer_store_is_refused(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };
	int applied = -1;

	MUST(schema_apply(f->conn, three, 3, &applied, &err), &err);
	applied = -1;
	assert_int_equal(schema_apply(f->conn, three, 2, &applied, &err), -E_UNSUPPORTED);
	assert_non_null(strstr(err.text, "newer"));
	assert_int_equal(applied, -1);
}

static void test_another_history_is_refused(void **state)
{
	static const struct migration other[] = {
		{ 1, "item: first", "SELECT 1" },
		{ 2, "item: colour", "CREATE TABLE never (id BIGINT)" },
		{ 3, "later", "CREATE TABLE never (id BIGINT)" },
	};
	struct fixture *f = *state;
	struct err err = { 0 };
	int applied = -1;

	MUST(schema_apply(f->conn, three, 2, &applied, &err), &err);
	assert_int_equal(schema_apply(f->conn, other, 3, &applied, &err), -E_CONFLICT);
	assert_non_null(strstr(err.text, "item: colour"));
	assert_int_equal(store_exec(f->conn, "SELECT * FROM never", &err), -E_STORE);
}

static void test_a_failing_migration_leaves_nothing_of_itself(void **state)
{
	static const struct migration bad[] = {
		{ 1, "good", "CREATE TABLE good (id BIGINT)" },
		{ 2, "bad", "CREATE TABLE half (id BIGINT); INSERT INTO nowhere VALUES (1)" },
		{ 3, "never", "CREATE TABLE never (id BIGINT)" },
	};
	static const struct migration mended[] = {
		{ 1, "good", "CREATE TABLE good (id BIGINT)" },
		{ 2, "bad", "CREATE TABLE half (id BIGINT)" },
		{ 3, "never", "CREATE TABLE never (id BIGINT)" },
	};
	struct fixture *f = *state;
	struct err err = { 0 };
	int applied = -1;

	assert_int_equal(schema_apply(f->conn, bad, 3, &applied, &err), -E_STORE);
	assert_non_null(strstr(err.text, "Migration 2 (bad)"));
	assert_int_equal(applied, -1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM schema_migrations"), 1);
	MUST(schema_apply(f->conn, mended, 3, &applied, &err), &err);
	assert_int_equal(applied, 2);
}

/* Each call of the store fails once; a second run completes what the first began. */
static void test_every_store_call_may_fail(void **state)
{
	struct fixture *f = *state;

	for (int point = FAKE_BEGIN; point <= FAKE_COMMIT; point++) {
		for (long nth = 1;; nth++) {
			struct err err = { 0 };
			int applied = -1;
			scratch_exec(f->conn,
			    "DROP TABLE IF EXISTS item; DROP TABLE IF EXISTS part;"
			    "DROP TABLE IF EXISTS schema_migrations");
			fake_fail(f->store, (enum fake_point)point, nth, 1, E_STORE);
			int rc = schema_apply(f->conn, three, 3, &applied, &err);
			bool met = fake_met(f->store, (enum fake_point)point) > 0;
			fake_fail(f->store, (enum fake_point)point, 0, 0, E_STORE);
			if (rc != (met ? -E_STORE : 0))
				fail_msg("point %d, call %ld: %s", point, nth, err_name(rc));
			MUST(schema_apply(f->conn, three, 3, &applied, &err), &err);
			assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 1);
			assert_int_equal(
			    scratch_int(f->conn, "SELECT count(*) FROM schema_migrations"), 3);
			if (!met)
				break;
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_applied_in_order_and_once, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_none_to_apply, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_newer_store_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_another_history_is_refused, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_a_failing_migration_leaves_nothing_of_itself, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_every_store_call_may_fail, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
