#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_meta.h"
#include "base/check.h"

#define START INT64_C(1795348800000)

static struct sim_assume assume;

static int load(void **state)
{
	(void)state;
	return sim_assume_builtin(&assume, NULL);
}

static void test_pacer(void **state)
{
	struct sim_pacer p;
	uint64_t n;

	(void)state;
	sim_pacer_init(&p);
	for (int i = 0; i < 10; i++)
		assert_true(sim_pacer_pass(&p, 10, 0, START));
	assert_false(sim_pacer_pass(&p, 10, 0, START + MS_PER_DAY));
	assert_true(sim_pacer_hold(&p, 1, START + 1000));
	for (uint64_t i = 2; i <= 500; i++)
		assert_false(sim_pacer_hold(&p, i, START + 1000));
	assert_false(sim_pacer_pass(&p, 1000, 0, START));
	for (uint64_t i = 1; i <= 300; i++) {
		assert_true(sim_pacer_take(&p, &n));
		assert_int_equal(n, i);
	}
	(void)sim_pacer_hold(&p, 501, START);
	for (uint64_t i = 301; i <= 501; i++) {
		assert_true(sim_pacer_take(&p, &n));
		assert_int_equal(n, i);
	}
	assert_false(sim_pacer_take(&p, &n));
	sim_pacer_done(&p);
}

static void test_a_batch_is_over_after_its_window(void **state)
{
	struct sim_pacer p;

	(void)state;
	sim_pacer_init(&p);
	assert_true(sim_pacer_pass(&p, 1, MS_PER_HOUR, START));
	assert_false(sim_pacer_pass(&p, 1, MS_PER_HOUR, START + MS_PER_HOUR - 1));
	assert_true(sim_pacer_pass(&p, 1, MS_PER_HOUR, START + MS_PER_HOUR));
	p.delivered = 200;
	p.bad = 3;
	assert_true(sim_pacer_share(&p) > 0.0149 && sim_pacer_share(&p) < 0.0151);
	sim_pacer_done(&p);
}

static void test_levels(void **state)
{
	static const struct {
		int64_t people;
		int level;
		const char *name;
	} rows[] = { { 1, 0, "TIER_250" }, { 250, 0, "TIER_250" }, { 251, 1, "TIER_2K" },
		{ 2000, 1, "TIER_2K" }, { 10000, 2, "TIER_10K" }, { 100000, 3, "TIER_100K" },
		{ 100001, 4, "TIER_UNLIMITED" }, { 0, 4, "TIER_UNLIMITED" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		assert_int_equal(sim_level_of(&assume, rows[i].people), rows[i].level);
		assert_string_equal(sim_level_name(rows[i].level), rows[i].name);
	}
	assert_int_equal(sim_level_people(&assume, 2), 10000);
	assert_int_equal(sim_level_people(&assume, 4), 0);
}

static void test_growth(void **state)
{
	static const struct {
		const char *name;
		int level;
		bool verified, good;
		int64_t proven, highest;
		int64_t after_h; /* grows then; 0 = never */
	} rows[] = {
		{ "nothing yet", 0, false, true, 0, 0, 0 },
		{ "verified", 0, true, true, 0, 0, 24 },
		{ "verified but badly rated", 0, true, false, 0, 0, 0 },
		{ "proven by reach", 0, false, true, 2000, 0, 24 },
		{ "not quite", 0, false, true, 1999, 0, 0 },
		{ "half used", 1, false, true, 0, 1000, 6 },
		{ "less than half used", 1, false, true, 0, 999, 0 },
		{ "half used, badly rated", 1, false, false, 0, 1000, 0 },
		{ "100,000", 3, false, true, 0, 50000, 6 },
		{ "at the top", 4, true, true, 0, 5000000, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_portfolio_meta m = {
			.level = rows[i].level, .verified = rows[i].verified, .grow_at = TIME_NONE
		};
		int64_t grew = 0;
		sim_pacer_init(&m.pacer);
		for (uint32_t p = 0; p < rows[i].proven; p++)
			sim_portfolio_prove(&m, p, START);
		sim_portfolio_peak(&m, rows[i].highest, START);
		for (int64_t hour = 0; hour <= 48 && !grew; hour++) {
			if (sim_portfolio_grow(
				&m, &assume, rows[i].good, START + hour * MS_PER_HOUR))
				grew = hour;
		}
		if (grew != rows[i].after_h || m.level != rows[i].level + (grew > 0))
			fail_msg("%s: after %lld h", rows[i].name, (long long)grew);
		sim_portfolio_meta_done(&m);
	}
}

static void test_year_and_peaks(void **state)
{
	struct sim_portfolio_meta m = { 0 };

	(void)state;
	for (int i = 0; i < 100; i++)
		sim_portfolio_typed(&m, START);
	sim_portfolio_typed(&m, START + 200 * MS_PER_DAY);
	assert_int_equal(sim_portfolio_typed_year(&m, START + 300 * MS_PER_DAY), 101);
	assert_int_equal(sim_portfolio_typed_year(&m, START + 400 * MS_PER_DAY), 1);
	assert_int_equal(sim_portfolio_typed_year(&m, START + 4000 * MS_PER_DAY), 0);
	sim_portfolio_peak(&m, 500, START);
	sim_portfolio_peak(&m, 300, START + 3 * MS_PER_DAY);
	assert_int_equal(sim_portfolio_highest(&m, 7, START + 6 * MS_PER_DAY), 500);
	assert_int_equal(sim_portfolio_highest(&m, 7, START + 8 * MS_PER_DAY), 300);
	assert_int_equal(sim_portfolio_highest(&m, 7, START + 90 * MS_PER_DAY), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pacer),
		cmocka_unit_test(test_a_batch_is_over_after_its_window),
		cmocka_unit_test(test_levels),
		cmocka_unit_test(test_growth),
		cmocka_unit_test(test_year_and_peaks),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
