#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/quiet_hours.h"

#define NIGHT { 21 * 3600, 8 * 3600, false }

static const struct {
	const char *name, *timezone, *phone, *country;
	struct pack_quiet_hours hours;
	const char *now, *zone, *over; /* zone NULL = it is not quiet */
} cases[] = {
	{ "by day", "Europe/Rome", NULL, "IT", NIGHT, "2026-11-22T10:00:00Z", NULL, NULL },
	{ "at nine", "Europe/Rome", NULL, "IT", NIGHT, "2026-11-22T20:00:00Z", "Europe/Rome",
	    "2026-11-23T07:00:00Z" },
	{ "behind midnight", "Europe/Rome", NULL, "IT", NIGHT, "2026-11-22T23:30:00Z",
	    "Europe/Rome", "2026-11-23T07:00:00Z" },
	{ "at eight it is over", "Europe/Rome", NULL, "IT", NIGHT, "2026-11-22T07:00:00Z", NULL,
	    NULL },
	{ "the phone's country", NULL, "+393331234501", "US", NIGHT, "2026-11-22T20:00:00Z",
	    "Europe/Rome", "2026-11-23T07:00:00Z" },
	{ "a zone that is none", "Nowhere/Town", "+393331234501", "US", NIGHT,
	    "2026-11-22T20:00:00Z", "Europe/Rome", "2026-11-23T07:00:00Z" },
	{ "the account's country", NULL, NULL, "IT", NIGHT, "2026-11-22T20:00:00Z", "Europe/Rome",
	    "2026-11-23T07:00:00Z" },
	{ "a nap", "Europe/Rome", NULL, "IT", { 13 * 3600, 15 * 3600, false },
	    "2026-11-22T12:30:00Z", "Europe/Rome", "2026-11-22T14:00:00Z" },
	{ "a quiet Sunday ends on Monday", "Europe/Rome", NULL, "IT", { 21 * 3600, 8 * 3600, true },
	    "2026-11-22T10:00:00Z", "Europe/Rome", "2026-11-23T07:00:00Z" },
};

static void check_case(size_t i)
{
	struct phone phone = { 0 };
	struct quiet_zones zones;
	char text[TIME_TEXT_MAX];
	time_ms now = 0;

	assert_int_equal(time_parse(str_c(cases[i].now), &now), 0);
	if (cases[i].phone)
		assert_int_equal(
		    phone_parse(str_c(cases[i].phone), STR_NONE, &phone, NULL, NULL), 0);
	quiet_zones_of(str_c(cases[i].timezone), phone, str_c(cases[i].country), now, &zones);
	struct str zone = quiet_where(&cases[i].hours, &zones, now);
	if (!str_eq(zone, str_c(cases[i].zone)))
		fail_msg("%s: it is quiet in \"%.*s\"", cases[i].name, STR_ARG(zone));
	time_format(quiet_over_at(&cases[i].hours, &zones, now), text);
	if (strcmp(text, cases[i].over ? cases[i].over : cases[i].now) != 0)
		fail_msg("%s: it is over at %s", cases[i].name, text);
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(i);
}

static void test_no_hour_at_all(void **state)
{
	const struct pack_quiet_hours most = { 9 * 3600, 8 * 3600, false };
	struct quiet_zones zones = { { STR("Europe/Rome"), STR("Asia/Tokyo") }, 2 };

	(void)state;
	assert_int_equal(quiet_over_at(&most, &zones, 1795341600000LL), TIME_NONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_no_hour_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
