#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "domain/warmup.h"

#define FROM 1795388399000LL /* 2026-11-22T22:59:59Z */
#define MIDNIGHT 1795392000000LL
#define NO_LIMIT (-1)

static const struct {
	const char *name;
	bool established;
	time_ms from;
	int64_t limit;
	time_ms now;
	int64_t day; /* 0: no warm-up */
} rows[] = {
	{ "the first moment", false, FROM, NO_LIMIT, FROM, 1 },
	{ "the last of the first day", false, FROM, NO_LIMIT, MIDNIGHT - 1, 1 },
	{ "midnight", false, FROM, NO_LIMIT, MIDNIGHT, 2 },
	{ "the last of the second day", false, FROM, NO_LIMIT, MIDNIGHT + MS_PER_DAY - 1, 2 },
	{ "the third", false, FROM, NO_LIMIT, MIDNIGHT + MS_PER_DAY, 3 },
	{ "the last day of all", false, FROM, NO_LIMIT, MIDNIGHT + 29 * MS_PER_DAY - 1, 30 },
	{ "over", false, FROM, NO_LIMIT, MIDNIGHT + 29 * MS_PER_DAY, 0 },
	{ "established", true, FROM, NO_LIMIT, FROM, 0 },
	{ "it is not known since when", false, TIME_NONE, NO_LIMIT, FROM, 0 },
	{ "a clock that went back", false, FROM, NO_LIMIT, FROM - 5 * MS_PER_DAY, 1 },
	{ "the cap is as large as the limit", false, FROM, 20, FROM, 1 },
	{ "the cap is past the limit", false, FROM, 19, FROM, 0 },
	{ "the limit is passed later", false, FROM, 45, MIDNIGHT + 2 * MS_PER_DAY, 0 },
	{ "before 1970", false, -MS_PER_DAY - 1, NO_LIMIT, -1, 2 },
};

static void test_days(void **state)
{
	struct pack *pack = NULL;

	(void)state;
	assert_int_equal(crypto_init(NULL), 0);
	assert_int_equal(pack_builtin(&pack, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct warmup_day d;
		warmup_day(pack, rows[i].established, rows[i].from, rows[i].limit, rows[i].now, &d);
		if (d.active != (rows[i].day > 0) || d.day != rows[i].day ||
		    (d.active && d.cap != pack_warmup_cap(pack, d.day)))
			fail_msg("%s: day %lld, cap %lld", rows[i].name, (long long)d.day,
			    (long long)d.cap);
	}
	pack_free(&pack);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
