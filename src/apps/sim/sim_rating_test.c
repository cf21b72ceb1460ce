#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_rating.h"
#include "base/check.h"

#define START INT64_C(1795348800000)

static const struct sim_rating_rule rule = { .span_ms = 7 * MS_PER_DAY,
	.recover_ms = MS_PER_DAY,
	.min_delivered = 100,
	.yellow = 0.01,
	.red = 0.03 };

static void feed(struct sim_rating *r, int delivered, int bad, time_ms at)
{
	for (int i = 0; i < delivered; i++)
		sim_rating_delivered(r, &rule, at);
	for (int i = 0; i < bad; i++)
		sim_rating_bad(r, &rule, at, 1, i % 2 == 0);
}

static void test_grades(void **state)
{
	static const struct {
		const char *name;
		int delivered, bad;
		enum sim_grade grade;
	} rows[] = {
		{ "nothing", 0, 0, SIM_UNRATED },
		{ "too few to say", 99, 50, SIM_UNRATED },
		{ "clean", 100, 0, SIM_GREEN },
		{ "just below", 1000, 9, SIM_GREEN },
		{ "yellow", 1000, 10, SIM_YELLOW },
		{ "just below red", 1000, 29, SIM_YELLOW },
		{ "red", 1000, 30, SIM_RED },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_rating r = { .changed_at = START };
		feed(&r, rows[i].delivered, rows[i].bad, START);
		(void)sim_rating_grade(&r, &rule, START);
		if (r.grade != rows[i].grade)
			fail_msg("%s: %s", rows[i].name, sim_grade_name(r.grade));
	}
}

static void test_recent_weighs_more(void **state)
{
	struct sim_rating old = { 0 }, recent = { 0 };

	(void)state;
	feed(&old, 500, 20, START);
	feed(&old, 500, 0, START + 6 * MS_PER_DAY);
	feed(&recent, 500, 0, START);
	feed(&recent, 500, 20, START + 6 * MS_PER_DAY);
	time_ms now = START + 6 * MS_PER_DAY;
	assert_true(sim_rating_share(&old, &rule, now) < 0.01);
	assert_true(sim_rating_share(&recent, &rule, now) > 0.03);
	assert_true(sim_rating_reports(&recent, &rule, now) > 0.01);
}

static void test_recovers_step_by_step(void **state)
{
	static const struct {
		int64_t hours;
		enum sim_grade grade;
	} rows[] = { { 8 * 24, SIM_YELLOW }, { 8 * 24 + 23, SIM_YELLOW }, { 9 * 24, SIM_GREEN },
		{ 30 * 24, SIM_GREEN } };
	struct sim_rating r = { .changed_at = START };

	(void)state;
	feed(&r, 1000, 100, START);
	assert_true(sim_rating_grade(&r, &rule, START));
	assert_int_equal(r.grade, SIM_RED);
	assert_false(sim_rating_grade(&r, &rule, START + 3 * MS_PER_DAY));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)sim_rating_grade(&r, &rule, START + rows[i].hours * MS_PER_HOUR);
		if (r.grade != rows[i].grade)
			fail_msg("row %zu: %s", i, sim_grade_name(r.grade));
	}
}

static void test_late_complaints_and_clearing(void **state)
{
	struct sim_rating r = { .changed_at = START };

	(void)state;
	feed(&r, 200, 0, START + 20 * MS_PER_DAY);
	sim_rating_bad(
	    &r, &rule, START, 200, false); /* older than all that is kept: weighs least */
	assert_true(sim_rating_share(&r, &rule, START + 20 * MS_PER_DAY) < 0.05);
	sim_rating_clear(&r);
	assert_true(sim_rating_share(&r, &rule, START + 20 * MS_PER_DAY) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_grades),
		cmocka_unit_test(test_recent_weighs_more),
		cmocka_unit_test(test_recovers_step_by_step),
		cmocka_unit_test(test_late_complaints_and_clearing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
