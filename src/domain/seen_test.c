#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/seen.h"

#define KEEP 8192

static struct seen_fact fact(uint64_t n, time_ms at)
{
	struct seen_fact f = { .at = at };

	memcpy(f.key, &n, sizeof(n));
	return f;
}

static struct seen *load(struct fixture *f)
{
	struct seen *s;

	OK(seen_load(f->conn, KEEP, &s, &f->err));
	return s;
}

static int add(struct fixture *f, struct seen *s, uint64_t n, time_ms at)
{
	struct seen_fact one = fact(n, at);
	int r = seen_add(s, f->conn, &one, NOW, &f->err);

	OK(r);
	return r;
}

static void commit(struct fixture *f, struct seen *s)
{
	OK(seen_write(s, f->conn, &f->err));
	seen_committed(s);
}

static uint64_t writer_of(struct fixture *f, struct seen *s, uint64_t n)
{
	struct seen_fact one = fact(n, NOW);
	uint64_t person = 0;

	OK(seen_person(s, f->conn, one.key, &person, &f->err));
	return person;
}

static void test_a_fact_is_new_once(void **state)
{
	struct fixture *f = *state;
	struct seen *s = load(f);

	assert_int_equal(add(f, s, 1, NOW), 1);
	assert_int_equal(add(f, s, 1, NOW), 0);
	assert_int_equal(add(f, s, 2, NOW), 1);
	commit(f, s);
	assert_int_equal(add(f, s, 1, NOW), 0);
	seen_free(&s);
}

static void test_who_wrote(void **state)
{
	struct fixture *f = *state;
	struct seen *s = load(f);
	struct seen_fact one = fact(1, NOW);

	assert_int_equal(writer_of(f, s, 1), 0);
	assert_int_equal(add(f, s, 1, NOW), 1);
	assert_int_equal(writer_of(f, s, 1), 0);
	seen_set_person(s, one.key, 4711);
	commit(f, s);
	assert_int_equal(writer_of(f, s, 1), 4711);
	seen_free(&s);
	s = load(f);
	assert_int_equal(writer_of(f, s, 1), 4711);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (4711, 12, 0)", ""));
	assert_int_equal(writer_of(f, s, 1), 12);
	seen_free(&s);
}

/* However many there are: the log, the table and what memory has forgotten know them all. */
static void test_known_after_a_restart(void **state)
{
	static const uint64_t most[] = { 1, 100, SEEN_WAIT_MOST, SEEN_WAIT_MOST + 1,
		3 * SEEN_WAIT_MOST + 77, KEEP + 3 * SEEN_WAIT_MOST };
	struct fixture *f = *state;

	for (size_t row = 0; row < ARRAY_LEN(most); row++) {
		struct seen *s = load(f);
		for (uint64_t n = 0; n < most[row]; n++) {
			/* Times go forth and back, and some facts have none. */
			time_ms at = n % 50 ? NOW + (time_ms)(n ^ 7) : TIME_NONE;
			assert_int_equal(add(f, s, n, at), 1);
			if (n % 64 == 63)
				commit(f, s);
		}
		commit(f, s);
		for (int round = 0; round < 2; round++) {
			for (uint64_t n = 0; n < most[row]; n++) {
				time_ms at = n % 50 ? NOW + (time_ms)(n ^ 7) : TIME_NONE;
				if (add(f, s, n, at) != 0)
					fail_msg("row %zu, round %d, fact %llu", row, round,
					    (unsigned long long)n);
			}
			seen_free(&s);
			s = load(f);
		}
		int64_t waiting = scratch_int(f->conn, "SELECT count(*) FROM seen_log");
		assert_true(waiting <= SEEN_WAIT_MOST / 64);
		seen_free(&s);
		OK(store_do(f->conn, &f->err, "DELETE FROM seen", ""));
		OK(store_do(f->conn, &f->err, "DELETE FROM seen_log", ""));
	}
}

/* What a transaction added goes with it, also when it was much and made room for itself. */
static void test_undone(void **state)
{
	static const uint64_t more[] = { 1, 64, SEEN_WAIT_MOST + 5, 2 * SEEN_WAIT_MOST };
	struct fixture *f = *state;
	struct seen *s = load(f);

	for (uint64_t n = 0; n < 1000; n++)
		assert_int_equal(add(f, s, n, NOW), 1);
	commit(f, s);
	OK(store_commit(f->conn, &f->err));
	for (size_t row = 0; row < ARRAY_LEN(more); row++) {
		OK(store_begin(f->conn, &f->err));
		for (uint64_t n = 0; n < more[row]; n++)
			assert_int_equal(add(f, s, 5000 + n, NOW + 1), 1);
		OK(seen_write(s, f->conn, &f->err));
		store_rollback(f->conn);
		OK(seen_undo(s, f->conn, &f->err));
		for (uint64_t n = 0; n < 1000; n++)
			assert_int_equal(add(f, s, n, NOW), 0);
	}
	OK(store_begin(f->conn, &f->err));
	for (uint64_t n = 0; n < 2 * SEEN_WAIT_MOST; n++)
		assert_int_equal(add(f, s, 5000 + n, NOW + 1), 1);
	seen_free(&s);
	OK(store_do(f->conn, &f->err, "DELETE FROM seen_log", ""));
	OK(store_commit(f->conn, &f->err));
	OK(store_begin(f->conn, &f->err));
}

/* The commit was told to have failed, but it is there. */
static void test_undone_in_memory_only(void **state)
{
	static const uint64_t more[] = { 1, SEEN_WAIT_MOST };
	struct fixture *f = *state;
	struct seen *s = load(f);

	for (size_t row = 0; row < ARRAY_LEN(more); row++) {
		uint64_t from = 1000000 * (row + 1);
		assert_int_equal(add(f, s, row, NOW), 1);
		commit(f, s);
		for (uint64_t n = 0; n < more[row]; n++)
			assert_int_equal(add(f, s, from + n, NOW), 1);
		OK(seen_write(s, f->conn, &f->err));
		OK(seen_undo(s, f->conn, &f->err));
		assert_int_equal(add(f, s, row, NOW), 0);
		for (uint64_t n = 0; n < more[row]; n++)
			assert_int_equal(add(f, s, from + n, NOW), 0);
		assert_int_equal(add(f, s, from + more[row], NOW), 1);
		commit(f, s);
	}
	seen_free(&s);
}

static void test_forgotten(void **state)
{
	struct fixture *f = *state;
	struct seen *s = load(f);

	for (uint64_t n = 0; n < SEEN_WAIT_MOST; n++)
		assert_int_equal(add(f, s, n, NOW - 1500 + (time_ms)n), 1);
	commit(f, s);
	seen_free(&s);
	/* Old facts that came lately stay: they may come again. */
	OK(store_do(
	    f->conn, &f->err, "UPDATE seen SET received = at WHERE at > ?1", "m", NOW - 1400));
	assert_int_equal(seen_purge(f->conn, NOW, &f->err), 1);
	assert_int_equal(seen_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM seen"), SEEN_WAIT_MOST - 1399);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM seen"), NOW - 1500);
	/* Where rows went, the next ones find their place. */
	s = load(f);
	for (uint64_t n = 0; n < SEEN_WAIT_MOST; n++)
		assert_int_equal(add(f, s, 1000000 + n, NOW + (time_ms)n / 100), 1);
	commit(f, s);
	seen_free(&s);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM seen WHERE length(facts) = 4000"),
	    SEEN_WAIT_MOST / 100);
}

static void test_a_torn_row_is_told(void **state)
{
	struct fixture *f = *state;
	struct seen *s = NULL;

	OK(store_do(f->conn, &f->err, "INSERT INTO seen_log (id, facts) VALUES (1, ?1)", "b",
	    STR("short")));
	FAILS(seen_load(f->conn, KEEP, &s, &f->err), E_STORE, "");
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct seen *s;
	struct seen_fact one = fact(1, NOW);
	uint64_t person;
	int r = seen_load(f->conn, KEEP, &s, &f->err);

	if (r < 0)
		return r;
	for (uint64_t n = 0; r >= 0 && n < SEEN_WAIT_MOST + 1; n++) {
		struct seen_fact next = fact(n, NOW);
		r = seen_add(s, f->conn, &next, NOW, &f->err);
		if (r > 0 && n == 1) {
			seen_set_person(s, one.key, 7);
			r = seen_write(s, f->conn, &f->err);
		}
	}
	if (r >= 0)
		r = seen_undo(s, f->conn, &f->err);
	if (r >= 0)
		r = seen_person(s, f->conn, one.key, &person, &f->err);
	seen_free(&s);
	return r < 0 ? r : seen_purge(f->conn, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "seen", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_fact_is_new_once),
		FIXTURE_TEST(test_who_wrote),
		FIXTURE_TEST(test_known_after_a_restart),
		FIXTURE_TEST(test_undone),
		FIXTURE_TEST(test_undone_in_memory_only),
		FIXTURE_TEST(test_forgotten),
		FIXTURE_TEST(test_a_torn_row_is_told),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
