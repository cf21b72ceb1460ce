#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/office_hours.h"

#define WEEK "mon-fri 09:00-13:00, 14:00-18:00; sat 09:00-12:00"

/* 2026-11-22 is a Sunday; Rome is an hour ahead. */
static const struct {
	const char *hours, *at;
	int open;
} cases[] = {
	{ WEEK, "2026-11-22T10:00:00Z", 0 },
	{ WEEK, "2026-11-23T07:59:59Z", 0 },
	{ WEEK, "2026-11-23T08:00:00Z", 1 },
	{ WEEK, "2026-11-23T11:59:59Z", 1 },
	{ WEEK, "2026-11-23T12:00:00Z", 0 },
	{ WEEK, "2026-11-23T13:00:00Z", 1 },
	{ WEEK, "2026-11-27T16:59:59Z", 1 },
	{ WEEK, "2026-11-28T10:59:59Z", 1 },
	{ WEEK, "2026-11-28T13:30:00Z", 0 },
	{ "sat-mon 00:00-24:00", "2026-11-22T22:59:59Z", 1 },
	{ "sat-mon 00:00-24:00", "2026-11-23T22:59:59Z", 1 },
	{ "sat-mon 00:00-24:00", "2026-11-23T23:00:00Z", 0 },
	{ "Sun,wed 10:00-12:00", "2026-11-22T10:30:00Z", 1 },
	{ "Sun,wed 10:00-12:00", "2026-11-25T10:30:00Z", 1 },
	{ "Sun,wed 10:00-12:00", "2026-11-24T10:30:00Z", 0 },
};

static void test_hours(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct office_hours h;
		time_ms at = 0;
		assert_int_equal(time_parse(str_c(cases[i].at), &at), 0);
		assert_int_equal(office_hours_read(str_c(cases[i].hours), &h, NULL), 0);
		if (office_hours_open(&h, STR("Europe/Rome"), at) != cases[i].open)
			fail_msg("%s at %s", cases[i].hours, cases[i].at);
	}
}

static void test_what_is_none(void **state)
{
	static const char *const none[] = { "", "mon", "mon ", "mon 9:00-10:00", "mon 10:00-09:00",
		"mon 10:00-10:00", "mon 10:00", "mon 10:60-11:00", "mon 10:00-24:01",
		"day 10:00-11:00", "mon- 10:00-11:00", "mon,,tue 10:00-11:00", "mon 10:00-11:00;",
		"mon 10:00-11:00,", "10:00-11:00" };
	struct office_hours h;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		struct err err = { 0 };
		if (office_hours_read(str_c(none[i]), &h, &err) != -E_INVALID || !err.text[0])
			fail_msg("\"%s\" was read", none[i]);
	}
	assert_int_equal(office_hours_read(STR("mon 10:00-11:00"), &h, NULL), 0);
	assert_int_equal(office_hours_open(&h, STR("Nowhere/Town"), 0), -E_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
