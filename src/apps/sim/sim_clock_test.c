#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_clock.h"

#define NOON INT64_C(1795348800000)

static void test_stands_still_until_moved(void **state)
{
	struct sim_clock c;

	(void)state;
	sim_clock_init(&c, true, NOON);
	assert_int_equal(sim_clock_now(&c), NOON);
	sim_clock_set(&c, NOON + MS_PER_DAY);
	assert_int_equal(sim_clock_now(&c), NOON + MS_PER_DAY);
	assert_false(c.runs);
}

static void test_runs_when_asked(void **state)
{
	struct sim_clock c;

	(void)state;
	sim_clock_init(&c, true, NOON);
	sim_clock_run(&c, true);
	time_ms before = sim_clock_now(&c);
	mono_ns start = clock_mono();
	while (clock_mono() - start < 3000000)
		continue;
	assert_true(before >= NOON && sim_clock_now(&c) > before);
	sim_clock_run(&c, false);
	before = sim_clock_now(&c);
	assert_int_equal(sim_clock_now(&c), before);
}

/* A real clock is the system's, whatever base/clock was set to, and becomes a running virtual one when it is set. */
static void test_real(void **state)
{
	struct sim_clock c;

	(void)state;
	sim_clock_init(&c, false, TIME_NONE);
	time_ms system = clock_now();
	clock_set_wall(NOON, true);
	assert_true(sim_clock_now(&c) >= system);
	clock_reset();
	sim_clock_set(&c, NOON);
	assert_true(c.is_virtual && c.runs);
	assert_true(sim_clock_now(&c) - NOON < MS_PER_HOUR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stands_still_until_moved),
		cmocka_unit_test(test_runs_when_asked),
		cmocka_unit_test(test_real),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
