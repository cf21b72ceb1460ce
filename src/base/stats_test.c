#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>

#include "base/stats.h"

/* Figures by hand from Wilson's formula with z = 1.959964 (0.95) and 2.575829 (0.99). */
static void test_lower_bounds(void **state)
{
	static const struct {
		int64_t part, of;
		double confidence, lower;
	} rows[] = {
		{ 0, 100, 0.95, 0 },
		{ 1, 100, 0.95, 0.001767 },
		{ 5, 100, 0.95, 0.021544 },
		{ 50, 100, 0.95, 0.403832 },
		{ 100, 100, 0.95, 0.963007 },
		{ 50, 1000, 0.95, 0.038130 },
		{ 5, 100, 0.99, 0.016848 },
		{ 1, 1, 0.95, 0.206549 },
		{ 0, 0, 0.95, 0 },
		{ 3, 0, 0.95, 0 },
		{ -1, 10, 0.95, 0 },
		{ 7, 5, 0.95, 0.565518 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		double lower = stats_wilson_lower(rows[i].part, rows[i].of, rows[i].confidence);
		if (fabs(lower - rows[i].lower) > 0.000002)
			fail_msg("row %zu: %.6f", i, lower);
	}
}

/* Never above the share itself, higher with more cases of the same share, lower with more
 * confidence. */
static void test_what_always_holds(void **state)
{
	(void)state;
	for (int64_t of = 1; of <= 400; of++) {
		for (int64_t part = 0; part <= of; part++) {
			double lower = stats_wilson_lower(part, of, 0.95);
			assert_true(lower >= 0 && lower <= (double)part / (double)of);
			assert_true(stats_wilson_lower(part * 2, of * 2, 0.95) >= lower);
			assert_true(stats_wilson_lower(part, of, 0.99) <= lower);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lower_bounds),
		cmocka_unit_test(test_what_always_holds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
