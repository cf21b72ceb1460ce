#include "transport/http_date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static const struct {
	const char *text;
	time_ms at; /* TIME_NONE = refused */
} rows[] = {
	{ "Sun, 22 Nov 2026 10:00:00 GMT", 1795341600000 },
	{ "Thu, 01 Jan 1970 00:00:00 GMT", 0 },
	{ "Tue, 29 Feb 2028 23:59:59 GMT", 1835481599000 },
	{ "Sat, 31 Dec 2016 23:59:60 GMT", 1483228800000 },
	{ "Sun, 22 Nov 2026 10:00:00 UTC", TIME_NONE },
	{ "Sun, 22 Nov 2026 10:00:00 GM", TIME_NONE },
	{ "Sun, 22 Nov 2026 10:00:00 GMT ", TIME_NONE },
	{ "Sun, 22 Nov 2026 24:00:00 GMT", TIME_NONE },
	{ "Sun, 22 Nov 2026 10:60:00 GMT", TIME_NONE },
	{ "Sun, 22 Nov 2026 10:00:61 GMT", TIME_NONE },
	{ "Sun, 31 Apr 2026 10:00:00 GMT", TIME_NONE },
	{ "Sun, 00 Nov 2026 10:00:00 GMT", TIME_NONE },
	{ "Sun, 22 nov 2026 10:00:00 GMT", TIME_NONE },
	{ "Som, 22 Nov 2026 10:00:00 GMT", TIME_NONE },
	{ "Sun, 2a Nov 2026 10:00:00 GMT", TIME_NONE },
	{ "Sunday, 22-Nov-26 10:00:00 GMT", TIME_NONE },
	{ "Sun Nov 22 10:00:00 2026", TIME_NONE },
	{ "", TIME_NONE },
};

static void dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		time_ms at = TIME_NONE;
		bool read = http_date_parse(str_c(rows[i].text), &at);
		if (read != (rows[i].at != TIME_NONE) || at != rows[i].at)
			fail_msg("%s: %lld", rows[i].text, (long long)at);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
