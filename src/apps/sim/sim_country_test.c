#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "apps/sim/sim_country.h"

static const struct {
	const char *digits, *country;
	bool us;
} rows[] = {
	{ "393331234567", "IT", false },
	{ "447700900123", "GB", false },
	{ "5511900000011", "BR", false },
	{ "12125550100", "US", true },
	{ "17875550100", "PR", true },
	{ "16715550100", "GU", true },
	{ "14165550100", "CA", false },
	{ "12425550100", "BS", false },
	{ "18005550100", "US", false },
	{ "15550100", "US", false },
	{ "79991234567", "RU", false },
	{ "77011234567", "KZ", false },
	{ "3511", "PT", false },
	{ "999123", "XX", false },
	{ "1", "US", false },
	{ "", "XX", false },
};

static void test_countries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str digits = str_c(rows[i].digits);
		if (!str_eq_c(str_c(sim_country_of(digits)), rows[i].country))
			fail_msg("%s is in %s", rows[i].digits, sim_country_of(digits));
		if (sim_country_is_us(digits) != rows[i].us)
			fail_msg("%s: the rule of the United States", rows[i].digits);
	}
}

static void test_codes(void **state)
{
	(void)state;
	assert_int_equal(sim_country_code(STR("IT")), 39);
	assert_int_equal(sim_country_code(STR("BR")), 55);
	assert_int_equal(sim_country_code(STR("US")), 1);
	assert_int_equal(sim_country_code(STR("XX")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_countries),
		cmocka_unit_test(test_codes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
