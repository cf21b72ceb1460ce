#include "flow/poll_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z */
#define MINUTE MS_PER_MIN

static const struct pack_polling figures = {
	.first_ms = MINUTE,
	.sending_ms = 10 * MINUTE,
	.idle_ms = 60 * MINUTE,
	.sending_within_ms = 15 * MINUTE,
	.templates_ms = 60 * MINUTE,
	.failed_min_ms = MINUTE,
	.failed_max_ms = 60 * MINUTE,
	.quota_slow_ppm = 500000,
	.quota_stop_ppm = 800000,
	.quota_rest_ms = 60 * MINUTE,
	.calls_per_hour = 100,
	.pages_share_ppm = 800000,
};
static const struct poll_quota fine = { 0, 0 };

/* How often an account is asked about in a day of minutes. */
static int asked_in_a_day(bool sending, bool good, const struct poll_quota *q)
{
	struct poll_plan p;
	int n = 0;

	poll_plan_begin(&p, &figures, NOW);
	for (time_ms t = NOW; t < NOW + MS_PER_DAY; t += MINUTE) {
		if (!poll_plan_is_due(&p, &figures, sending ? POLL_SENDING : POLL_IDLE, t) ||
		    !poll_plan_call(&p, &figures, t))
			continue;
		n++;
		p.asked_at = t;
		poll_plan_answered(&p, &figures, good, q, t);
	}
	return n;
}

static void test_how_often(void **state)
{
	static const struct {
		const char *name;
		bool sending, good;
		struct poll_quota quota;
		int n;
	} rows[] = {
		{ "sending", true, true, { 0, 0 }, 144 },
		{ "idle", false, true, { 0, 0 }, 24 },
		{ "half used", true, true, { 500000, 0 }, 72 },
		{ "nearly all used", true, true, { 900000, 0 }, 24 },
		{ "Meta says when", true, true, { 0, 180 * MINUTE }, 8 },
		{ "it fails", true, false, { 0, 0 }, 29 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int n = asked_in_a_day(rows[i].sending, rows[i].good, &rows[i].quota);
		if (n != rows[i].n)
			fail_msg("%s: %d", rows[i].name, n);
	}
}

static void test_never_above_the_hour(void **state)
{
	struct poll_plan p;
	int n = 0;

	(void)state;
	poll_plan_begin(&p, &figures, NOW);
	for (time_ms t = NOW + MINUTE; t < NOW + 60 * MINUTE; t += 100)
		n += poll_plan_call(&p, &figures, t);
	assert_int_equal(n, 100);
	assert_true(poll_plan_call(&p, &figures, NOW + 60 * MINUTE));
	/* pages of templates leave room for the rest */
	p.calls = 79;
	assert_true(poll_plan_has_room(&p, &figures, NOW + 60 * MINUTE));
	assert_true(poll_plan_templates_are_due(&p, &figures, false, NOW + 60 * MINUTE));
	p.calls = 80;
	assert_false(poll_plan_has_room(&p, &figures, NOW + 60 * MINUTE));
	assert_false(poll_plan_templates_are_due(&p, &figures, false, NOW + 60 * MINUTE));
	assert_true(poll_plan_has_room(&p, &figures, NOW + 120 * MINUTE));
}

static void test_clocks_that_jump(void **state)
{
	struct poll_plan p;

	(void)state;
	poll_plan_begin(&p, &figures, NOW);
	assert_false(poll_plan_is_due(&p, &figures, POLL_SENDING, NOW));
	assert_true(poll_plan_is_due(&p, &figures, POLL_SENDING, NOW + MINUTE));
	p.asked_at = NOW + MINUTE;
	/* a year back: it waits no longer than the figures say, and does not ask all the time */
	time_ms back = NOW - 365 * MS_PER_DAY;
	assert_false(poll_plan_is_due(&p, &figures, POLL_SENDING, back));
	assert_false(poll_plan_is_due(&p, &figures, POLL_SENDING, back + 9 * MINUTE));
	assert_true(poll_plan_is_due(&p, &figures, POLL_SENDING, back + 61 * MINUTE));
	/* a year on: once */
	p.asked_at = NOW + 365 * MS_PER_DAY;
	assert_false(
	    poll_plan_is_due(&p, &figures, POLL_SENDING, NOW + 365 * MS_PER_DAY + 9 * MINUTE));
}

/* Something happened: a minute is enough, but what failed is left alone as ever. */
static void test_what_is_wanted(void **state)
{
	struct poll_plan p;

	(void)state;
	poll_plan_begin(&p, &figures, NOW);
	time_ms t = NOW + MINUTE;
	p.asked_at = t;
	assert_false(poll_plan_is_due(&p, &figures, POLL_WANTED, t + MINUTE - 1));
	assert_true(poll_plan_is_due(&p, &figures, POLL_WANTED, t + MINUTE));
	assert_false(poll_plan_is_due(&p, &figures, POLL_SENDING, t + MINUTE));
	poll_plan_answered(&p, &figures, false, &fine, t + MINUTE);
	poll_plan_answered(&p, &figures, false, &fine, t + MINUTE);
	assert_false(poll_plan_is_due(&p, &figures, POLL_WANTED, t + 2 * MINUTE));
	assert_true(poll_plan_is_due(&p, &figures, POLL_WANTED, t + 3 * MINUTE));
}

static void test_templates(void **state)
{
	struct poll_plan p;

	(void)state;
	poll_plan_begin(&p, &figures, NOW);
	time_ms t = NOW + MINUTE;
	assert_true(poll_plan_templates_are_due(&p, &figures, false, t));
	p.templates_at = t;
	assert_false(poll_plan_templates_are_due(&p, &figures, false, t + 59 * MINUTE));
	assert_true(poll_plan_templates_are_due(&p, &figures, false, t + 60 * MINUTE));
	/* edited at Meta: sooner, but not at once each time */
	assert_false(poll_plan_templates_are_due(&p, &figures, true, t + 9 * MINUTE));
	assert_true(poll_plan_templates_are_due(&p, &figures, true, t + 10 * MINUTE));
	poll_plan_answered(&p, &figures, false, &fine, t + 10 * MINUTE);
	assert_false(poll_plan_templates_are_due(&p, &figures, true, t + 10 * MINUTE));
}

static void test_quota_headers(void **state)
{
	static const struct {
		const char *name, *value;
		int64_t used, regain;
	} rows[] = {
		{ "x-business-use-case-usage",
		    "{\"700\":[{\"type\":\"whatsapp\",\"call_count\":28,\"total_cputime\":25,"
		    "\"total_time\":61,\"estimated_time_to_regain_access\":0}]}",
		    610000, 0 },
		{ "X-Business-Use-Case-Usage",
		    "{\"700\":[{\"call_count\":3}],\"701\":[{\"call_count\":100,"
		    "\"estimated_time_to_regain_access\":12}]}",
		    1000000, 12 * MINUTE },
		{ "X-App-Usage", "{\"call_count\":55,\"total_time\":7,\"total_cputime\":1}", 550000,
		    0 },
		{ "X-App-Usage", "{\"call_count\":-5,\"total_time\":1e99}", 0, 0 },
		{ "X-App-Usage", "[[[", 0, 0 },
		{ "X-Business-Use-Case-Usage", "{\"700\":7}", 0, 0 },
		{ "X-Other", "{\"call_count\":99}", 0, 0 },
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct http_header h = { str_c(rows[i].name), str_c(rows[i].value) };
		struct poll_quota q;
		poll_quota_read(a, &h, 1, &q);
		if (q.used_ppm != rows[i].used || q.regain_ms != rows[i].regain)
			fail_msg(
			    "row %zu: %lld %lld", i, (long long)q.used_ppm, (long long)q.regain_ms);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_how_often),
		cmocka_unit_test(test_never_above_the_hour),
		cmocka_unit_test(test_clocks_that_jump),
		cmocka_unit_test(test_what_is_wanted),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_quota_headers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
