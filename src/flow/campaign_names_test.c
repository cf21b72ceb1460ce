#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "base/check.h"
#include "flow/campaign_names.h"

static void test_names_tell_of_no_person(void **state)
{
	static const struct {
		const char *name;
		bool valid, number;
	} cases[] = {
		{ "spring-2.b_1", true, false },
		{ "", false, false },
		{ "a b", false, false },
		{ "primavera/2", false, false },
		{ "cmp_06ak6h950c6zg", true, false },
		{ "2026-11-22", true, false },
		{ "spring_20261122_1030", true, false },
		{ "order12345678", true, false },
		{ "393331234510", true, true },
		{ "39-333-123.45.10", true, true },
		{ "to_447700900123", true, true },
		{ "20991399123", true, true },
		{ "x2026.11.22a333123451", true, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str name = str_c(cases[i].name);
		if (campaign_name_is_valid(name) != cases[i].valid ||
		    campaign_name_is_number(name) != cases[i].number)
			fail_msg("%s", cases[i].name);
	}
}

static void test_an_hour_has_room_for_some(void **state)
{
	struct campaign_names n = { 0 };
	time_ms now = 5 * MS_PER_HOUR;
	char name[24];

	(void)state;
	for (int i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "spring_%d", i);
		assert_int_equal(campaign_names_take(&n, str_c(name), now, 3), 1);
	}
	assert_int_equal(campaign_names_take(&n, STR("summer"), now, 3), 0);
	assert_int_equal(campaign_names_take(&n, STR("spring_0"), now + MS_PER_HOUR - 1, 3), 1);
	assert_int_equal(campaign_names_take(&n, STR("summer"), now + MS_PER_HOUR, 3), 1);
	campaign_names_done(&n);
}

static void test_the_wait_ends_with_the_hour(void **state)
{
	time_ms hour = 5 * MS_PER_HOUR;

	(void)state;
	assert_int_equal(campaign_names_wait_s(hour), 3600);
	assert_int_equal(campaign_names_wait_s(hour + 1), 3600);
	assert_int_equal(campaign_names_wait_s(hour + MS_PER_HOUR - 1001), 2);
	assert_int_equal(campaign_names_wait_s(hour + MS_PER_HOUR - 1), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names_tell_of_no_person),
		cmocka_unit_test(test_an_hour_has_room_for_some),
		cmocka_unit_test(test_the_wait_ends_with_the_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
