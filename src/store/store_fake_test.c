#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "store/scratch.h"
#include "store/store_fake.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn;
};

static int set_up(void **state)
{
	static struct fixture f;
	struct err err = { 0 };

	scratch_make(&f.scratch);
	MUST(fake_open(f.scratch.url, &f.store, &err), &err);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	scratch_exec(f.conn, "CREATE TABLE item (id BIGINT PRIMARY KEY)");
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

static void test_unscripted_is_the_real_store(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	MUST(store_begin(f->conn, &err), &err);
	scratch_exec(f->conn, "INSERT INTO item VALUES (1)");
	MUST(store_commit(f->conn, &err), &err);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 1);
	assert_int_equal(fake_calls(f->store, FAKE_COMMIT), 1);
	assert_int_equal(fake_calls(f->store, FAKE_CONNECT), 1);
	assert_int_equal(fake_met(f->store, FAKE_COMMIT), 0);
}

static int one_call(struct fixture *f, enum fake_point point, struct err *err)
{
	struct store_conn *other = NULL;
	struct store_stmt *st;
	int rc;

	switch (point) {
	case FAKE_CONNECT:
		rc = store_connect(f->store, STORE_READ, &other, err);
		store_disconnect(&other);
		return rc;
	case FAKE_BEGIN:
	case FAKE_COMMIT:
		rc = store_begin(f->conn, err);
		return rc < 0 ? rc : store_commit(f->conn, err);
	case FAKE_EXEC:
		return store_exec(f->conn, "SELECT 1", err);
	case FAKE_PREPARE:
	case FAKE_STEP:
		rc = store_connect(f->store, STORE_READ, &other, err);
		if (rc == 0)
			rc = store_prepare(other, "SELECT 1", &st, err);
		if (rc == 0)
			rc = store_step(st, err);
		store_disconnect(&other);
		return rc < 0 ? rc : 0;
	case FAKE_CHECKPOINT:
		return store_checkpoint(f->conn, NULL, err);
	default:
		return store_check(f->conn, err);
	}
}

static void test_each_point_fails_as_scripted(void **state)
{
	static const struct {
		long nth, times;
		const char *pattern; /* of five calls: '.' well, 'x' failed */
	} rows[] = {
		{ 1, 1, "x...." },
		{ 3, 1, "..x.." },
		{ 2, 3, ".xxx." },
		{ 4, FAKE_FOR_EVER, "...xx" },
		{ 0, 5, "....." },
		{ 1, 0, "....." },
	};
	struct fixture *f = *state;

	for (int point = 0; point < FAKE_POINTS; point++) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			char seen[6] = "";
			long met = 0;
			fake_fail(
			    f->store, (enum fake_point)point, rows[i].nth, rows[i].times, E_BUSY);
			for (int call = 0; call < 5; call++) {
				struct err err = { 0 };
				int rc = one_call(f, (enum fake_point)point, &err);
				assert_true(rc == 0 || (rc == -E_BUSY && err.code == E_BUSY));
				seen[call] = rc == 0 ? '.' : 'x';
				met += rc != 0;
			}
			if (strcmp(seen, rows[i].pattern) != 0)
				fail_msg("point %d, row %zu: %s", point, i, seen);
			assert_int_equal(fake_met(f->store, (enum fake_point)point), met);
		}
		fake_fail(f->store, (enum fake_point)point, 0, 0, E_BUSY);
	}
}

static void test_failed_commit_is_rolled_back(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	fake_fail(f->store, FAKE_COMMIT, 1, 1, E_STORE);
	MUST(store_begin(f->conn, &err), &err);
	scratch_exec(f->conn, "INSERT INTO item VALUES (1)");
	assert_int_equal(store_commit(f->conn, &err), -E_STORE);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM item"), 0);
	MUST(store_begin(f->conn, &err), &err);
	MUST(store_commit(f->conn, &err), &err);
}

static void test_suspect_until_checked(void **state)
{
	struct fixture *f = *state;
	struct err err = { 0 };

	assert_false(store_suspect(f->conn));
	fake_set_suspect(f->store, true);
	assert_true(store_suspect(f->conn));
	fake_fail(f->store, FAKE_CHECK, 1, 1, E_STORE);
	assert_int_equal(store_check(f->conn, &err), -E_STORE);
	assert_true(store_suspect(f->conn));
	MUST(store_check(f->conn, &err), &err);
	assert_false(store_suspect(f->conn));
}

static void test_open_reports_the_real_error(void **state)
{
	struct store *s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(fake_open("sqlite:/nonexistent/t.db", &s, &err), -E_STORE);
	assert_null(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    test_unscripted_is_the_real_store, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_each_point_fails_as_scripted, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    test_failed_commit_is_rolled_back, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_suspect_until_checked, set_up, tear_down),
		cmocka_unit_test(test_open_reports_the_real_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
