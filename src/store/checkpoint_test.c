#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <sched.h>

#include "base/check.h"
#include "store/checkpoint.h"
#include "store/scratch.h"
#include "store/store_fake.h"

struct fixture {
	struct scratch scratch;
	struct store *store;
	struct store_conn *conn; /* stands for the writer's */
	struct checkpointer *helper;
};

static int set_up(void **state)
{
	static const struct checkpointer_options small = { 100, 400 };
	static struct fixture f;
	struct err err = { 0 };

	scratch_make(&f.scratch);
	MUST(fake_open(f.scratch.url, &f.store, &err), &err);
	f.conn = scratch_connect(f.store, STORE_WRITE);
	scratch_exec(f.conn, "CREATE TABLE item (id BIGINT PRIMARY KEY, body TEXT) {clustered}");
	MUST(checkpointer_start(f.store, &small, &f.helper, &err), &err);
	*state = &f;
	return 0;
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	store_disconnect(&f->conn);
	checkpointer_stop(&f->helper);
	store_close(&f->store);
	scratch_remove(f->scratch.dir);
	return 0;
}

/* One commit of about ten pages. */
static void write_some(struct fixture *f)
{
	scratch_exec(f->conn,
	    "INSERT INTO item VALUES (1, hex(zeroblob(40000)))"
	    " ON CONFLICT (id) DO UPDATE SET body = body");
	scratch_exec(f->conn, "UPDATE item SET body = hex(randomblob(40000))");
	checkpointer_note(f->helper, f->conn);
}

static struct checkpointer_stats stats_of(struct fixture *f)
{
	struct checkpointer_stats s;

	checkpointer_stats(f->helper, &s);
	return s;
}

static off_t size_of(const struct fixture *f, const char *suffix)
{
	char path[100];
	struct stat st;

	(void)snprintf(path, sizeof(path), "%s%s", f->scratch.path, suffix);
	return stat(path, &st) == 0 ? st.st_size : 0;
}

static void test_a_short_log_is_left_alone(void **state)
{
	struct fixture *f = *state;

	scratch_exec(f->conn, "INSERT INTO item VALUES (1, 'x')");
	for (int i = 0; i < 30; i++)
		checkpointer_note(f->helper, f->conn);
	assert_int_equal(stats_of(f).done, 0);
}

static void test_a_long_log_is_moved_in_the_background(void **state)
{
	struct fixture *f = *state;

	while (store_log_pages(f->conn) < 100)
		write_some(f);
	while (stats_of(f).done == 0)
		(void)sched_yield();
	assert_true(size_of(f, "") > 10 * 4096);
	/* All of it was moved, as nobody wrote meanwhile: the log begins anew. */
	scratch_exec(f->conn, "INSERT INTO item VALUES (2, 'x')");
	assert_true(store_log_pages(f->conn) < 10);
}

/* However steadily somebody writes, the log comes to an end. Were it not so, the writes would. */
static void test_the_log_begins_anew_under_steady_writing(void **state)
{
	struct fixture *f = *state;
	int renewals = 0;

	for (int i = 0; renewals < 5; i++) {
		int64_t before = store_log_pages(f->conn);
		write_some(f);
		renewals += store_log_pages(f->conn) < before;
		if (i == 20000)
			fail_msg("the log grew to %lld pages", (long long)store_log_pages(f->conn));
	}
}

/* Far below the higher mark the writer moves the little that the helper left. */
static void test_the_writer_moves_the_last_few_pages(void **state)
{
	static const struct checkpointer_options never_long = { 100, INT64_MAX };
	struct fixture *f = *state;
	struct err err = { 0 };

	checkpointer_stop(&f->helper);
	MUST(checkpointer_start(f->store, &never_long, &f->helper, &err), &err);
	for (int i = 0; stats_of(f).lent == 0; i++) {
		write_some(f);
		if (i == 20000)
			fail_msg("not in %d commits", i);
	}
	assert_int_equal(stats_of(f).failed, 0);
	scratch_exec(f->conn, "INSERT INTO item VALUES (2, 'x')");
	assert_true(store_log_pages(f->conn) < 10);
}

/* A reader keeps the log from beginning anew, so that it grows past the higher mark. */
static void test_the_writer_lends_a_hand_with_a_very_long_log(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };

	MUST(store_begin(reader, &err), &err);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM item"), 0);
	for (int i = 0; stats_of(f).lent == 0; i++) {
		write_some(f);
		(void)usleep(1000);
		if (i == 1000)
			fail_msg("a log of %lld pages", (long long)store_log_pages(f->conn));
	}
	assert_true(store_log_pages(f->conn) >= 400);
	assert_true(stats_of(f).done > 0);
	store_disconnect(&reader);
}

static void test_failures_are_counted_and_made_good(void **state)
{
	struct fixture *f = *state;

	fake_fail(f->store, FAKE_CHECKPOINT, 1, 2, E_STORE);
	fake_fail(f->store, FAKE_CONNECT, 1, 1, E_STORE);
	while (stats_of(f).done == 0) {
		write_some(f);
		(void)sched_yield();
	}
	assert_true(stats_of(f).failed >= 2);
	assert_int_equal(fake_met(f->store, FAKE_CHECKPOINT), 2);
	assert_int_equal(fake_met(f->store, FAKE_CONNECT), 1);
}

static void test_a_reader_delays_it(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);
	struct err err = { 0 };

	MUST(store_begin(reader, &err), &err);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM item"), 0);
	for (int i = 0; i < 60; i++)
		write_some(f);
	assert_true(store_log_pages(f->conn) > 600);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM item"), 0);
	store_disconnect(&reader);
	for (int64_t before = 0; store_log_pages(f->conn) > before;) {
		before = store_log_pages(f->conn);
		write_some(f);
		(void)sched_yield();
	}
	assert_true(store_log_pages(f->conn) < 200);
}

static void test_stop_empties_the_log(void **state)
{
	struct fixture *f = *state;
	struct store_conn *reader = scratch_connect(f->store, STORE_READ);

	write_some(f);
	assert_true(size_of(f, "-wal") > 0);
	store_disconnect(&f->conn);
	checkpointer_stop(&f->helper);
	assert_null(f->helper);
	/* The reader keeps SQLite from removing the file altogether. */
	assert_int_equal(access(f->scratch.path, F_OK), 0);
	assert_int_equal(size_of(f, "-wal"), 0);
	assert_int_equal(scratch_int(reader, "SELECT count(*) FROM item"), 1);
	store_disconnect(&reader);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_a_short_log_is_left_alone),
		TEST(test_a_long_log_is_moved_in_the_background),
		TEST(test_the_log_begins_anew_under_steady_writing),
		TEST(test_the_writer_moves_the_last_few_pages),
		TEST(test_the_writer_lends_a_hand_with_a_very_long_log),
		TEST(test_failures_are_counted_and_made_good),
		TEST(test_a_reader_delays_it),
		TEST(test_stop_empties_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
