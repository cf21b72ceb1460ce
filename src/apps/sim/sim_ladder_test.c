#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_ladder.h"
#include "apps/sim/sim_random.h"
#include "base/check.h"

#define START INT64_C(1795348800000)

static struct sim_assume assume;

static int load(void **state)
{
	(void)state;
	return sim_assume_builtin(&assume, NULL);
}

/* A violation every forty days: each time the next step, whose end comes by the clock. */
static void test_steps(void **state)
{
	static const struct {
		enum sim_measure measure;
		enum sim_standing standing;
		int days;
		int template_code, reply_code;
	} rows[] = {
		{ SIM_MEASURE_WARN, SIM_FREE, 0, 0, 0 },
		{ SIM_MEASURE_RESTRICT, SIM_NO_TEMPLATES, 1, 368, 0 },
		{ SIM_MEASURE_RESTRICT, SIM_NO_TEMPLATES, 3, 368, 0 },
		{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, 5, 368, 368 },
		{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, 7, 368, 368 },
		{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, 30, 368, 368 },
		{ SIM_MEASURE_LOCK, SIM_LOCKED, 30, 131031, 131031 },
	};
	struct sim_ladder l;
	time_ms now = START;

	(void)state;
	sim_ladder_init(&l);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++, now += 40 * MS_PER_DAY) {
		assert_int_equal(sim_ladder_violate(&l, &assume, now), rows[i].measure);
		if (l.standing != rows[i].standing)
			fail_msg("row %zu: %s", i, sim_standing_name(l.standing));
		assert_int_equal(sim_ladder_refusal(&l, true, now + 1), rows[i].template_code);
		assert_int_equal(sim_ladder_refusal(&l, false, now + 1), rows[i].reply_code);
		if (!rows[i].days)
			continue;
		assert_int_equal(l.until, now + rows[i].days * MS_PER_DAY);
		if (l.standing == SIM_LOCKED)
			break;
		assert_int_equal(sim_ladder_tick(&l, &assume, l.until - 1, 0), SIM_MEASURE_NONE);
		assert_int_equal(sim_ladder_tick(&l, &assume, l.until, 0), SIM_MEASURE_END);
		assert_int_equal(sim_ladder_refusal(&l, true, now + 35 * MS_PER_DAY), 0);
	}
	assert_int_equal(
	    sim_ladder_tick(&l, &assume, now + 30 * MS_PER_DAY, 0), SIM_MEASURE_SCHEDULE);
	assert_int_equal(sim_ladder_tick(&l, &assume, now + 36 * MS_PER_DAY, 0), SIM_MEASURE_NONE);
	assert_int_equal(
	    sim_ladder_tick(&l, &assume, now + 37 * MS_PER_DAY, 0), SIM_MEASURE_DISABLE);
	assert_int_equal(sim_ladder_refusal(&l, false, now + 900 * MS_PER_DAY), 131031);
}

/* Whatever comes when: without an appeal, no violation makes the standing milder or its end sooner. */
static void test_monotone(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 500; seed++) {
		struct sim_random r;
		struct sim_ladder l;
		time_ms now = START;
		sim_random_init(&r, seed);
		sim_ladder_init(&l);
		for (int i = 0; i < 60; i++) {
			struct sim_ladder was = l;
			now += sim_random_between(&r, 0, 20 * MS_PER_DAY);
			if (sim_random_permille(&r, 500)) {
				enum sim_measure m = sim_ladder_violate(&l, &assume, now);
				assert_true(l.standing >= was.standing && l.until >= was.until);
				assert_int_equal(l.steps, was.steps + (m != SIM_MEASURE_NONE));
			} else {
				(void)sim_ladder_tick(&l, &assume, now, 1);
				assert_true(l.steps <= was.steps);
				assert_true(
				    was.standing < SIM_LOCKED || l.standing >= was.standing);
			}
		}
	}
}

static void test_too_soon_and_forgiven(void **state)
{
	struct sim_ladder l;

	(void)state;
	sim_ladder_init(&l);
	assert_int_equal(sim_ladder_violate(&l, &assume, START), SIM_MEASURE_WARN);
	assert_int_equal(sim_ladder_violate(&l, &assume, START + MS_PER_HOUR), SIM_MEASURE_NONE);
	assert_int_equal(
	    sim_ladder_tick(&l, &assume, START + 91 * MS_PER_DAY, 0), SIM_MEASURE_NONE);
	assert_int_equal(l.steps, 0);
}

static void test_appeals(void **state)
{
	static const struct {
		double draw;
		enum sim_measure measure;
		enum sim_standing standing;
	} rows[] = { { 0.0, SIM_MEASURE_REINSTATE, SIM_FREE },
		{ 0.99, SIM_MEASURE_REFUSED, SIM_DISABLED } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_ladder l;
		sim_ladder_init(&l);
		assert_false(sim_ladder_appeal(&l, &assume, START));
		assert_int_equal(sim_ladder_disable(&l, START), SIM_MEASURE_DISABLE);
		assert_int_equal(sim_ladder_disable(&l, START), SIM_MEASURE_NONE);
		assert_true(sim_ladder_appeal(&l, &assume, START));
		assert_false(sim_ladder_appeal(&l, &assume, START));
		assert_int_equal(
		    sim_ladder_tick(&l, &assume, START + 35 * MS_PER_HOUR, 0), SIM_MEASURE_NONE);
		assert_int_equal(
		    sim_ladder_tick(&l, &assume, START + 36 * MS_PER_HOUR, rows[i].draw),
		    rows[i].measure);
		assert_int_equal(l.standing, rows[i].standing);
	}
}

/* --- direct sends -------------------------------------------------------------------------------- */

static void test_direct_sends(void **state)
{
	static const struct {
		enum sim_direct_step step;
		const char *violation, *ended;
		int code;     /* of one more, once the day's are used up */
		int64_t days; /* 0 = no restriction; -1 = without end */
	} rows[] = {
		{ SIM_DIRECT_WARNED, "_WARN", NULL, 0, 0 },
		{ SIM_DIRECT_CAPPED, "_RATE_LIMIT", "_RATE_LIMIT_RECOVERY", 131064, 1 },
		{ SIM_DIRECT_STRIKE_1, "_STRIKE_1", "_UNBAN", 139200, 7 },
		{ SIM_DIRECT_STRIKE_2, "_STRIKE_2", "_UNBAN", 139200, 30 },
		{ SIM_DIRECT_OFF, "_OFFBOARD", NULL, 139200, -1 },
	};
	struct sim_direct d;
	time_ms now = START;

	(void)state;
	sim_direct_init(&d);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++, now += 60 * MS_PER_DAY) {
		int code = 0;
		for (int n = 0; n < 60; n++)
			assert_int_equal(sim_direct_take(&d, &assume, n % 2, now), 0);
		assert_true(sim_direct_judge(&d, &assume, now));
		assert_false(sim_direct_judge(&d, &assume, now));
		assert_int_equal(d.step, rows[i].step);
		assert_non_null(strstr(sim_direct_violation(&d, false), rows[i].violation));
		for (int n = 0; n < 200 && !code; n++)
			code = sim_direct_take(&d, &assume, true, now);
		assert_int_equal(code, rows[i].code);
		if (rows[i].days <= 0)
			continue;
		assert_false(sim_direct_tick(&d, now + rows[i].days * MS_PER_DAY - 1));
		assert_true(sim_direct_tick(&d, now + rows[i].days * MS_PER_DAY));
		assert_non_null(strstr(sim_direct_violation(&d, true), rows[i].ended));
	}
	assert_false(sim_direct_tick(&d, now + 9000 * MS_PER_DAY));
}

static void test_honest_direct_sends_are_left_alone(void **state)
{
	struct sim_direct d;

	(void)state;
	sim_direct_init(&d);
	for (int n = 0; n < 1000; n++) {
		assert_int_equal(sim_direct_take(&d, &assume, n % 10 == 0, START), 0);
		assert_false(sim_direct_judge(&d, &assume, START));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steps),
		cmocka_unit_test(test_monotone),
		cmocka_unit_test(test_too_soon_and_forgiven),
		cmocka_unit_test(test_appeals),
		cmocka_unit_test(test_direct_sends),
		cmocka_unit_test(test_honest_direct_sends_are_left_alone),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
