#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/err.h"

static void test_wall_clock(void **state)
{
	time_ms before = clock_now();

	(void)state;
	assert_true(before > 1700000000000);
	clock_set_wall(5000, true);
	assert_int_equal(clock_now(), 5000);
	clock_set_wall(-5000, true);
	assert_int_equal(clock_now(), -5000);
	clock_set_wall(5000, false);
	time_ms now = clock_now();
	assert_true(now >= 5000 && now < 5000 + MS_PER_DAY);
	assert_true(clock_now() >= now);
	clock_reset();
	assert_true(clock_now() >= before);
}

static void test_monotonic_clock(void **state)
{
	mono_ns before = clock_mono();

	(void)state;
	clock_set_wall(0, true);
	assert_true(clock_mono() >= before);
	clock_reset();
}

/* --- texts --- */

static const struct {
	time_ms t;
	const char *text;
} formats[] = {
	{ 0, "1970-01-01T00:00:00Z" },
	{ 1, "1970-01-01T00:00:00.001Z" },
	{ -1, "1969-12-31T23:59:59.999Z" },
	{ 951782400000, "2000-02-29T00:00:00Z" },
	{ 951868799999, "2000-02-29T23:59:59.999Z" },
	{ 1795341600000, "2026-11-22T10:00:00Z" },
	{ 4107542400000, "2100-03-01T00:00:00Z" },
	{ -2203891200000, "1900-03-01T00:00:00Z" },
	{ -62167219200000, "0000-01-01T00:00:00Z" },
	{ 253402300799999, "9999-12-31T23:59:59.999Z" },
};

static void test_format_and_parse(void **state)
{
	char text[TIME_TEXT_MAX];
	time_ms t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		time_format(formats[i].t, text);
		if (strcmp(text, formats[i].text) != 0)
			fail_msg("%s instead of %s", text, formats[i].text);
		if (time_parse(str_c(text), &t) || t != formats[i].t)
			fail_msg("%s does not read back", text);
	}
	time_format(INT64_MIN, text);
	assert_string_equal(text, "0000-01-01T00:00:00Z");
	time_format(INT64_MAX, text);
	assert_string_equal(text, "9999-12-31T23:59:59.999Z");
}

static const struct {
	const char *text, *same_as;
} readings[] = {
	{ "2026-11-22t10:00:00z", "2026-11-22T10:00:00Z" },
	{ "2026-11-22T10:00:00+00:00", "2026-11-22T10:00:00Z" },
	{ "2026-11-22T10:00:00-00:00", "2026-11-22T10:00:00Z" },
	{ "2026-11-22T11:00:00+01:00", "2026-11-22T10:00:00Z" },
	{ "2026-11-22T00:30:00-09:30", "2026-11-22T10:00:00Z" },
	{ "2026-11-23T09:59:00+23:59", "2026-11-22T10:00:00Z" },
	{ "2026-11-22T10:00:00.5Z", "2026-11-22T10:00:00.500Z" },
	{ "2026-11-22T10:00:00.1239999999999999999999Z", "2026-11-22T10:00:00.123Z" },
	{ "2026-11-22T10:00:00.000000000Z", "2026-11-22T10:00:00Z" },
	{ "2016-12-31T23:59:60Z", "2016-12-31T23:59:59.999Z" },
	{ "2016-12-31T23:59:60.25Z", "2016-12-31T23:59:59.999Z" },
	{ "2017-01-01T00:59:60+01:00", "2016-12-31T23:59:59.999Z" },
};

static void test_other_forms(void **state)
{
	char text[TIME_TEXT_MAX];
	time_ms t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readings); i++) {
		if (time_parse(str_c(readings[i].text), &t))
			fail_msg("%s is refused", readings[i].text);
		time_format(t, text);
		if (strcmp(text, readings[i].same_as) != 0)
			fail_msg("%s read as %s", readings[i].text, text);
	}
}

static const char *const no_times[] = {
	"",
	"2026",
	"2026-11-22",
	"2026-11-22 10:00:00Z",
	"2026-11-22T10:00:00",
	"2026-11-22T10:00Z",
	"2026-11-22T10:00:00Zx",
	"2026-11-22T10:00:00 Z",
	"2026-11-22T10:00:00.Z",
	"2026-11-22T10:00:00,5Z",
	"2026-11-22T24:00:00Z",
	"2026-11-22T10:60:00Z",
	"2026-11-22T10:00:61Z",
	"2026-11-22T10:00:00+24:00",
	"2026-11-22T10:00:00+01:60",
	"2026-11-22T10:00:00+0100",
	"2026-11-22T10:00:00+01",
	"2026-00-22T10:00:00Z",
	"2026-13-22T10:00:00Z",
	"2026-11-00T10:00:00Z",
	"2026-11-31T10:00:00Z",
	"2026-02-29T10:00:00Z",
	"1900-02-29T10:00:00Z",
	"+2026-11-22T10:00:00Z",
	"-026-11-22T10:00:00Z",
	"2026/11/22T10:00:00Z",
	"2026-11-22T10-00-00Z",
	" 2026-11-22T10:00:00Z",
	"2026-1x-22T10:00:00Z",
	"999999-11-22T10:00:00Z",
};

static void test_what_is_no_time(void **state)
{
	time_ms t = 42;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no_times); i++) {
		if (time_parse(str_c(no_times[i]), &t) != -E_INVALID || t != 42)
			fail_msg("\"%s\" is taken for a time", no_times[i]);
	}
	assert_int_equal(time_parse(STR("2026-11-22T10:00:00\0Z"), &t), -E_INVALID);
	assert_int_equal(time_parse(STR_NONE, &t), -E_INVALID);
}

static void test_dates(void **state)
{
	time_ms t = 42;

	(void)state;
	assert_int_equal(time_parse_date(STR("2026-11-22x"), &t), -E_INVALID);
	assert_int_equal(time_parse_date(STR("2026-11-31"), &t), -E_INVALID);
	assert_int_equal(time_parse_date(STR(""), &t), -E_INVALID);
	assert_int_equal(t, 42);
	assert_int_equal(time_parse_date(STR("2026-11-22"), &t), 0);
	assert_int_equal(t, 1795305600000);
}

/* --- local time --- */

static time_ms at(const char *text)
{
	time_ms t;

	assert_int_equal(time_parse(str_c(text), &t), 0);
	return t;
}

static const char *const zones[] = { "Europe/Rome", "Europe/London", "Europe/Dublin", "UTC",
	"America/New_York", "America/Sao_Paulo", "America/St_Johns", "America/Nuuk",
	"America/Argentina/Buenos_Aires", "Africa/Casablanca", "Africa/Cairo", "Asia/Kolkata",
	"Asia/Kathmandu", "Asia/Gaza", "Asia/Tehran", "Australia/Sydney", "Australia/Lord_Howe",
	"Pacific/Apia", "Pacific/Chatham", "Etc/GMT+5" };

/* The C library's answer, which knows one zone at a time. */
static void same_as_libc(const char *zone, time_ms t)
{
	time_t second = (time_t)(t / MS_PER_S);
	struct tm tm;
	int second_of_day, weekday;

	assert_non_null(localtime_r(&second, &tm));
	assert_int_equal(time_local(str_c(zone), t, &second_of_day, &weekday), 0);
	if (second_of_day != tm.tm_hour * 3600 + tm.tm_min * 60 + tm.tm_sec ||
	    weekday != tm.tm_wday)
		fail_msg(
		    "%s at %lld: %d:%02d:%02d on day %d, and the C library says %d:%02d:%02d on "
		    "day %d",
		    zone, (long long)second, second_of_day / 3600, second_of_day / 60 % 60,
		    second_of_day % 60, weekday, tm.tm_hour, tm.tm_min, tm.tm_sec, tm.tm_wday);
}

static void test_local_time_is_that_of_the_c_library(void **state)
{
	const time_ms first = at("1890-01-01T00:00:00Z"), last = at("2150-01-01T00:00:00Z");

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		assert_int_equal(setenv("TZ", zones[i], 1), 0);
		tzset();
		for (time_ms t = first; t < last; t += 11 * MS_PER_DAY + 3 * MS_PER_HOUR + 17000)
			same_as_libc(zones[i], t);
		/* Every hour of years with changes, one of them beyond the file's own table. */
		for (time_ms t = at("2026-01-01T00:00:00Z"); t < at("2027-01-01T00:00:00Z");
		    t += MS_PER_HOUR)
			same_as_libc(zones[i], t);
		for (time_ms t = at("2064-01-01T00:00:00Z"); t < at("2065-01-01T00:00:00Z");
		    t += MS_PER_HOUR)
			same_as_libc(zones[i], t);
	}
	assert_int_equal(unsetenv("TZ"), 0);
}

static const struct {
	const char *zone, *after;
	int second_of_day;
	const char *next;
} nexts[] = {
	{ "Europe/Rome", "2026-01-10T06:59:59.999Z", 8 * 3600, "2026-01-10T07:00:00Z" },
	/* exactly now is not next */
	{ "Europe/Rome", "2026-01-10T07:00:00Z", 8 * 3600, "2026-01-11T07:00:00Z" },
	{ "Europe/Rome", "2026-01-10T07:00:00.001Z", 8 * 3600, "2026-01-11T07:00:00Z" },
	{ "Europe/Rome", "2026-07-10T12:00:00Z", 8 * 3600, "2026-07-11T06:00:00Z" },
	{ "Europe/Rome", "2026-07-10T21:59:59Z", 0, "2026-07-10T22:00:00Z" },
	{ "Europe/Rome", "2026-07-10T21:59:59Z", 86399, "2026-07-11T21:59:59Z" },
	/* the night that loses an hour: 02:30 is skipped, so the end of the jump stands for it */
	{ "Europe/Rome", "2026-03-28T12:00:00Z", 8 * 3600, "2026-03-29T06:00:00Z" },
	{ "Europe/Rome", "2026-03-28T12:00:00Z", 2 * 3600 + 1800, "2026-03-29T01:00:00Z" },
	{ "Europe/Rome", "2026-03-29T01:00:00Z", 2 * 3600 + 1800, "2026-03-30T00:30:00Z" },
	{ "Europe/Rome", "2026-03-28T12:00:00Z", 3 * 3600, "2026-03-29T01:00:00Z" },
	/* the night that gains one: 02:30 comes twice */
	{ "Europe/Rome", "2026-10-24T12:00:00Z", 2 * 3600 + 1800, "2026-10-25T00:30:00Z" },
	{ "Europe/Rome", "2026-10-25T00:30:00Z", 2 * 3600 + 1800, "2026-10-25T01:30:00Z" },
	{ "Europe/Rome", "2026-10-25T01:30:00Z", 2 * 3600 + 1800, "2026-10-26T01:30:00Z" },
	{ "Europe/Rome", "2026-10-24T12:00:00Z", 8 * 3600, "2026-10-25T07:00:00Z" },
	{ "America/New_York", "2026-03-08T05:00:00Z", 8 * 3600, "2026-03-08T12:00:00Z" },
	{ "Australia/Lord_Howe", "2026-10-03T12:00:00Z", 8 * 3600, "2026-10-03T21:00:00Z" },
	{ "Asia/Kathmandu", "2026-01-01T00:00:00Z", 8 * 3600, "2026-01-01T02:15:00Z" },
	/* a country that went over the date line and had no 30 December: one long jump */
	{ "Pacific/Apia", "2011-12-30T10:00:00Z", 8 * 3600, "2011-12-30T18:00:00Z" },
	{ "Pacific/Apia", "2011-12-29T20:00:00Z", 8 * 3600, "2011-12-30T10:00:00Z" },
	{ "Europe/Rome", "2099-07-10T12:00:00Z", 8 * 3600, "2099-07-11T06:00:00Z" },
};

static void test_next_local(void **state)
{
	char text[TIME_TEXT_MAX];
	time_ms next;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(nexts); i++) {
		assert_int_equal(time_next_local(str_c(nexts[i].zone), at(nexts[i].after),
				     nexts[i].second_of_day, &next),
		    0);
		time_format(next, text);
		if (strcmp(text, nexts[i].next) != 0)
			fail_msg("row %zu: %s after %s: %s instead of %s", i, nexts[i].zone,
			    nexts[i].after, text, nexts[i].next);
	}
}

/* Between `t` and what is next, the clock never shows the second that was asked for. */
static void test_next_local_skips_nothing(void **state)
{
	const int wanted = 7 * 3600 + 1800;
	int second_of_day, weekday;
	time_ms next;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(zones); i++) {
		time_ms t = at("2025-12-31T00:00:00Z");
		for (int day = 0; day < 400; day++, t = next) {
			struct str zone = str_c(zones[i]);
			assert_int_equal(time_next_local(zone, t, wanted, &next), 0);
			assert_true(next > t && next - t <= 25 * MS_PER_HOUR);
			assert_int_equal(time_local(zone, next, &second_of_day, &weekday), 0);
			assert_int_equal(second_of_day, wanted);
		}
		assert_true(t - at("2025-12-31T00:00:00Z") <= 400 * MS_PER_DAY + MS_PER_HOUR);
	}
}

static const char *const no_zones[] = { "", "Europe", "Europe/", "/Europe/Rome", "Europe/Nowhere",
	"../zoneinfo/Europe/Rome", "Europe/../Europe/Rome", "./UTC", "zone1970.tab", "Rome Europe",
	"right/Europe/Rome", "Europe/Rome\n", "tzdata.zi", "leapseconds",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA" };

static void test_unknown_zones(void **state)
{
	int second_of_day, weekday;
	time_ms next;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(no_zones); i++) {
		if (time_local(str_c(no_zones[i]), 0, &second_of_day, &weekday) != -E_NOT_FOUND ||
		    time_next_local(str_c(no_zones[i]), 0, 0, &next) != -E_NOT_FOUND)
			fail_msg("\"%s\" is taken for a zone", no_zones[i]);
	}
	assert_int_equal(time_local(STR("UTC\0x"), 0, &second_of_day, &weekday), -E_NOT_FOUND);
	assert_int_equal(time_local(STR_NONE, 0, &second_of_day, &weekday), -E_NOT_FOUND);
}

static void test_times_out_of_range(void **state)
{
	int second_of_day, weekday;
	time_ms next;

	(void)state;
	assert_int_equal(time_local(STR("UTC"), INT64_MAX, &second_of_day, &weekday), -E_RANGE);
	assert_int_equal(time_local(STR("UTC"), TIME_NONE, &second_of_day, &weekday), -E_RANGE);
	assert_int_equal(time_next_local(STR("UTC"), TIME_NONE, 0, &next), -E_RANGE);
	assert_int_equal(time_next_local(STR("UTC"), 0, -1, &next), -E_RANGE);
	assert_int_equal(time_next_local(STR("UTC"), 0, 86400, &next), -E_RANGE);
}

/* All at once, and for zones that nobody read before. */
static void *ask_zones(void *arg)
{
	static const char *const names[] = { "Asia/Tokyo", "Asia/Seoul", "Asia/Manila",
		"Asia/Dhaka" };
	int second_of_day, weekday;

	(void)arg;
	for (int i = 0; i < 400; i++)
		ASSERT(time_local(str_c(names[i % 4]), i, &second_of_day, &weekday) == 0);
	return NULL;
}

static void test_zones_in_threads(void **state)
{
	pthread_t threads[4];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_zones, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wall_clock),
		cmocka_unit_test(test_monotonic_clock),
		cmocka_unit_test(test_format_and_parse),
		cmocka_unit_test(test_other_forms),
		cmocka_unit_test(test_what_is_no_time),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_local_time_is_that_of_the_c_library),
		cmocka_unit_test(test_next_local),
		cmocka_unit_test(test_next_local_skips_nothing),
		cmocka_unit_test(test_unknown_zones),
		cmocka_unit_test(test_times_out_of_range),
		cmocka_unit_test(test_zones_in_threads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
