#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/register_use.h"

static int count(struct fixture *f, struct uses *u, const char *app, const char *number,
    enum purpose p, time_ms at)
{
	return uses_count(u, str_c(app), str_c(number), p, at, &f->err);
}

static void test_counting(void **state)
{
	struct fixture *f = *state;
	struct uses *u;
	struct use *list;
	size_t n = 9;

	OK(uses_new(&u, &f->err));
	assert_false(uses_waiting(u));
	OK(count(f, u, "app_1", "100", PURPOSE_UTILITY, NOW));
	OK(count(f, u, "app_1", "100", PURPOSE_UTILITY, NOW + HOUR));
	OK(count(f, u, "app_1", "100", PURPOSE_MARKETING, NOW));
	OK(count(f, u, "app_2", "100", PURPOSE_MARKETING, NOW));
	OK(count(f, u, "", "100", PURPOSE_MARKETING, NOW));
	assert_true(uses_waiting(u));
	OK(uses_write(u, f->conn, &f->err));
	assert_false(uses_waiting(u));
	OK(count(f, u, "app_1", "100", PURPOSE_UTILITY, NOW + 2 * HOUR));
	OK(count(f, u, "app_1", "100", PURPOSE_UTILITY, NOW - 40 * DAY));
	OK(uses_write(u, f->conn, &f->err));
	OK(uses_of(f->conn, STR("app_1"), NOW - 30 * DAY, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_int_equal(list[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(list[0].n, 1);
	assert_int_equal(list[1].purpose, PURPOSE_UTILITY);
	assert_int_equal(list[1].n, 3);
	assert_int_equal(list[1].last_at, NOW + 2 * HOUR);
	assert_int_equal(uses_purge(f->conn, NOW - 30 * DAY, &f->err), 0);
	OK(uses_of(f->conn, STR("app_1"), 0, f->arena, &list, &n, &f->err));
	assert_int_equal(list[1].n, 3);
	uses_free(&u);
	uses_free(&u);
}

static int work(struct fixture *f)
{
	struct uses *u = NULL;
	struct use *list;
	size_t n;
	int r = uses_new(&u, &f->err);

	if (r == 0)
		r = count(f, u, "app_1", "100", PURPOSE_UTILITY, NOW);
	if (r == 0)
		r = uses_write(u, f->conn, &f->err);
	if (r == 0)
		r = uses_of(f->conn, STR("app_1"), 0, f->arena, &list, &n, &f->err);
	uses_free(&u);
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "what apps send", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_counting),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
