#include "flow/skew.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z, a whole second */
#define NS_PER_S 1000000000LL
/* The monotonic clock runs on while a test does: figures are compared to this much. */
#define ABOUT 60000

static const struct pack_clock limits = {
	.warn_ms = 5 * MS_PER_S, .alarm_ms = 60 * MS_PER_S, .suspect_ms = 300 * MS_PER_S
};

static struct skew *watch(void)
{
	struct skew *s = NULL;
	struct err err = { 0 };

	clock_set_wall(NOW, false);
	assert_int_equal(skew_new(&limits, &s, &err), 0);
	return s;
}

static void done(struct skew **s)
{
	skew_free(s);
	clock_reset();
}

/* The wall clock jumps; nobody has said anything yet. */
static void a_jump_shows_at_once(void **state)
{
	static const struct {
		int64_t jump_s;
		enum skew_grade grade;
	} rows[] = {
		{ 0, SKEW_FINE },
		{ 30, SKEW_WARN },
		{ -30, SKEW_WARN },
		{ 180, SKEW_ALARM },
		{ -180, SKEW_ALARM },
		{ 420, SKEW_SUSPECT },
		{ -3600, SKEW_SUSPECT },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct skew *s = watch();
		clock_set_wall(NOW + rows[i].jump_s * MS_PER_S, false);
		if (skew_grade(s) != rows[i].grade ||
		    skew_is_suspect(s) != (rows[i].grade == SKEW_SUSPECT))
			fail_msg("%lld s", (long long)rows[i].jump_s);
		done(&s);
	}
}

static void answers_tell_the_time(void **state)
{
	struct skew *s = watch();
	mono_ns t = clock_mono();

	(void)state;
	/* It was asked half an hour ago, and every second since might be the one. */
	skew_heard(s, NOW - 1200 * MS_PER_S, t - 1800 * NS_PER_S, t);
	assert_int_equal(skew_grade(s), SKEW_FINE);
	skew_heard(s, NOW - 3600 * MS_PER_S, t, t);
	assert_int_equal(skew_grade(s), SKEW_SUSPECT);
	assert_in_range(skew_ms(s), 3600 * MS_PER_S - 1000 - ABOUT, 3600 * MS_PER_S + ABOUT);
	skew_heard(s, NOW + 120 * MS_PER_S, t, t);
	assert_int_equal(skew_grade(s), SKEW_ALARM);
	assert_true(skew_ms(s) < 0);
	skew_heard(s, NOW, t, t);
	assert_int_equal(skew_grade(s), SKEW_FINE);
	done(&s);
}

static void say(struct skew *s, const char *date)
{
	const struct http_header headers[] = { { STR("date"), str_c(date) } };
	const struct upstream_answer answer = { .headers = headers, .headers_len = 1 };

	skew_answer(s, &answer);
}

static void answers_bear_a_date(void **state)
{
	struct skew *s = watch();
	const struct upstream_answer undated = { .status = 200 };

	(void)state;
	skew_answer(s, &undated);
	say(s, "yesterday");
	say(s, "Sun, 22 Nov 2026 10:00:00 GMT and a good deal more than any date has");
	assert_int_equal(skew_grade(s), SKEW_FINE);
	for (int i = 0; i < 2; i++) {
		say(s, "Sun, 22 Nov 2026 11:00:00 GMT");
		assert_int_equal(skew_grade(s), SKEW_SUSPECT);
		assert_true(skew_ms(s) < 0);
		say(s, "Sun, 22 Nov 2026 10:00:00 GMT");
		assert_int_equal(skew_grade(s), SKEW_FINE);
	}
	skew_answer(NULL, &undated);
	done(&s);
}

static void facts_ahead_of_us_prove_it_together(void **state)
{
	struct skew *s = watch();
	mono_ns t = clock_mono();

	(void)state;
	for (int i = 0; i < SKEW_FACTS - 1; i++)
		skew_fact(s, NOW + (1000 + i) * MS_PER_S, t);
	assert_int_equal(skew_grade(s), SKEW_FINE);
	skew_fact(s, TIME_NONE, t);
	skew_fact(s, NOW + 600 * MS_PER_S, t);
	assert_int_equal(skew_grade(s), SKEW_SUSPECT);
	assert_in_range(-skew_ms(s), 600 * MS_PER_S - ABOUT, 600 * MS_PER_S + ABOUT);
	done(&s);
	/* One at the right time among them, however late, and nothing is proven. */
	s = watch();
	for (int i = 0; i < 10 * SKEW_FACTS; i++)
		skew_fact(s, i % SKEW_FACTS ? NOW + 1000 * MS_PER_S : NOW - MS_PER_DAY, t);
	assert_int_equal(skew_grade(s), SKEW_FINE);
	done(&s);
}

static void a_clock_that_nobody_watches(void **state)
{
	struct skew *s = NULL;
	struct err err = { 0 };

	(void)state;
	skew_heard(NULL, 0, 0, 0);
	skew_fact(NULL, 0, 0);
	assert_int_equal(skew_ms(NULL), 0);
	assert_false(skew_is_suspect(NULL));
	skew_free(&s);
	check_fail_alloc_after(0, false);
	assert_int_equal(skew_new(&limits, &s, &err), -E_NOMEM);
	check_fail_alloc_after(-1, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_jump_shows_at_once),
		cmocka_unit_test(answers_tell_the_time),
		cmocka_unit_test(answers_bear_a_date),
		cmocka_unit_test(facts_ahead_of_us_prove_it_together),
		cmocka_unit_test(a_clock_that_nobody_watches),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
