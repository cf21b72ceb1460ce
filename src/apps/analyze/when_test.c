#include "apps/analyze/when.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

struct row {
	const char *name, *text, *zone;
	bool month_first;
	const char *want; /* NULL = not a time */
};

static const struct row table[] = {
	{ "RFC 3339", "2026-11-22T10:15:30Z", "UTC", false, "2026-11-22T10:15:30Z" },
	{ "RFC 3339, offset", "2026-11-22T10:15:30.25+01:00", "UTC", false,
	    "2026-11-22T09:15:30.250Z" },
	{ "a blank for the T", "2026-11-22 10:15:30", "UTC", false, "2026-11-22T10:15:30Z" },
	{ "the same in Rome, winter", "2026-11-22 10:15:30", "Europe/Rome", false,
	    "2026-11-22T09:15:30Z" },
	{ "the same in Rome, summer", "2026-07-22 10:15:30", "Europe/Rome", false,
	    "2026-07-22T08:15:30Z" },
	{ "behind the change to winter", "2026-10-25 03:30:00", "Europe/Rome", false,
	    "2026-10-25T02:30:00Z" },
	{ "west of Greenwich", "2026-11-22 22:00", "America/New_York", false,
	    "2026-11-23T03:00:00Z" },
	{ "Italian", "22/11/2026 10:15", "UTC", false, "2026-11-22T10:15:00Z" },
	{ "with dots", "2.1.2026 9:05", "UTC", false, "2026-01-02T09:05:00Z" },
	{ "American", "11/22/2026 10:15 PM", "UTC", true, "2026-11-22T22:15:00Z" },
	{ "midnight, American", "11/22/2026 12:00:01 am", "UTC", true, "2026-11-22T00:00:01Z" },
	{ "mail", "Sun, 22 Nov 2026 10:15:30 +0000", "Europe/Rome", false, "2026-11-22T10:15:30Z" },
	{ "mail without a weekday", "2 Nov 2026 10:15:30 -0500", "UTC", false,
	    "2026-11-02T15:15:30Z" },
	{ "seconds since 1970", "1795342530", "Europe/Rome", false, "2026-11-22T10:15:30Z" },
	{ "milliseconds since 1970", "1795342530250", "UTC", false, "2026-11-22T10:15:30.250Z" },
	{ "a date", "2026-11-22", "UTC", false, "2026-11-22T00:00:00Z" },
	{ "UTC in words", "2026-11-22 10:15:30 UTC", "Europe/Rome", false, "2026-11-22T10:15:30Z" },
	{ "hours alone as an offset", "2026-11-22 10:15:30.123456+01", "UTC", false,
	    "2026-11-22T09:15:30.123Z" },
	{ "an offset that is cut off", "2026-11-22 10:15:30+01:", "UTC", false, NULL },
	{ "the month first, by name", "Nov 22, 2026, 10:15:30 PM", "UTC", false,
	    "2026-11-22T22:15:30Z" },
	{ "the weekday and the month first", "Sunday, November 22, 2026", "UTC", false,
	    "2026-11-22T00:00:00Z" },
	{ "hyphens around the month", "22-Nov-2026 10:15", "UTC", false, "2026-11-22T10:15:00Z" },
	{ "two months", "Nov Dec 22 2026", "UTC", false, NULL },
	{ "a month that is none", "22 Foo 2026", "UTC", false, NULL },
	{ "leap day", "29/02/2028", "UTC", false, "2028-02-29T00:00:00Z" },
	{ "no leap day", "29/02/2026", "UTC", false, NULL },
	{ "a 13th month", "11/22/2026", "UTC", false, NULL },
	{ "the serial number of a spreadsheet", "46348.427", "UTC", false, NULL },
	{ "empty", "", "UTC", false, NULL },
	{ "words", "yesterday", "UTC", false, NULL },
	{ "more behind it", "2026-11-22T10:15:30Z!", "UTC", false, NULL },
	{ "24 o'clock", "2026-11-22 24:00:00", "UTC", false, NULL },
	{ "before the platform", "1999-12-31T23:59:59Z", "UTC", false, NULL },
	{ "two separators", "22/11-2026", "UTC", false, NULL },
	{ "a year of two digits", "22/11/26", "UTC", false, NULL },
};

static void test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table); i++) {
		const struct row *row = &table[i];
		char text[TIME_TEXT_MAX] = "";
		time_ms t = 0;
		struct when w;
		assert_int_equal(when_init(&w, str_c(row->zone), row->month_first), 0);
		int r = when_read(&w, str_c(row->text), &t);
		if (r == 0)
			time_format(t, text);
		if ((r == 0) != (row->want != NULL) ||
		    (row->want && !str_eq_c(str_c(text), row->want)))
			fail_msg("%s: %d \"%s\"", row->name, r, text);
	}
}

/* The offset that was kept must not outlive its hour. */
static void test_zone_changes(void **state)
{
	static const struct row rows[] = {
		{ "the last of summer", "2026-10-25 01:59:59", NULL, false,
		    "2026-10-24T23:59:59Z" },
		{ "the first of winter", "2026-10-25 03:00:00", NULL, false,
		    "2026-10-25T02:00:00Z" },
		{ "and back", "2026-10-25 01:59:59", NULL, false, "2026-10-24T23:59:59Z" },
	};
	struct when w;

	(void)state;
	assert_int_equal(when_init(&w, STR("Europe/Rome"), false), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[TIME_TEXT_MAX];
		time_ms t;
		assert_int_equal(when_read(&w, str_c(rows[i].text), &t), 0);
		time_format(t, text);
		if (!str_eq_c(str_c(text), rows[i].want))
			fail_msg("%s: %s", rows[i].name, text);
	}
}

static void test_unknown_zone(void **state)
{
	struct when w;

	(void)state;
	assert_int_equal(when_init(&w, STR("Europe/Atlantis"), false), -E_NOT_FOUND);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_read),
		cmocka_unit_test(test_zone_changes),
		cmocka_unit_test(test_unknown_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
