#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_assume.h"
#include "base/check.h"
#include "base/clock.h"

extern const unsigned char sim_assumptions_json[];
extern const size_t sim_assumptions_json_len;

static void test_builtin(void **state)
{
	struct sim_assume a;
	struct err err = { 0 };
	size_t assumed = 0;

	(void)state;
	if (sim_assume_builtin(&a, &err))
		fail_msg("%s", err.text);
	for (int i = 0; i < SIM_ASSUMPTIONS_LEN; i++)
		assumed += a.assumed[i];
	assert_true(assumed > 30 && assumed < SIM_ASSUMPTIONS_LEN);
	assert_true(sim_assume_is_uncapped(&a, "IT"));
	assert_false(sim_assume_is_uncapped(&a, "BR"));
	assert_int_equal(sim_assume_hours(&a, SIM_TEMPLATE_PAUSE_FIRST_H), 3 * MS_PER_HOUR);
	assert_int_equal(sim_assume_days(&a, SIM_DIRECT_STRIKE_1_DAYS), 7 * MS_PER_DAY);
}

/* The built-in text with one piece of it replaced. */
static int read_with(const char *from, const char *to, struct err *err)
{
	struct str text = str_n((const char *)sim_assumptions_json, sim_assumptions_json_len);
	const char *at = memmem(text.p, text.len, from, strlen(from));
	struct sim_assume a;
	struct buf out;

	assert_non_null(at);
	buf_init(&out, 0);
	buf_add(&out, str_n(text.p, (size_t)(at - text.p)));
	buf_add(&out, str_c(to));
	buf_add(&out, str_sub(text, (size_t)(at - text.p) + strlen(from), text.len));
	int rc = sim_assume_read(buf_str(&out), &a, err);
	buf_done(&out);
	return rc;
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *from, *to, *said;
	} rows[] = {
		{ "\"forget_days\"", "\"forgot_days\"", "ladder.forget_days" },
		{ "\"weekly\": { \"value\": 10,", "\"weekly\": { \"value\": 0,", "its own range" },
		{ "\"weekly\": { \"value\": 10,", "\"weekly\": { \"value\": \"ten\",", "numbers" },
		{ "\"source\": \"assumption: so many come from others\"",
		    "\"source\": \"a friend\"", "source" },
		{ "\"cap\": {", "\"cap\": { \"daily\": 3,", "cap.daily is no assumption" },
		{ "\"AT\"", "\"Austria\"", "two letters" },
		{ "{", "[", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		if (read_with(rows[i].from, rows[i].to, &err) != -E_INVALID ||
		    !strstr(err.text, rows[i].said))
			fail_msg("row %zu: %s", i, err.text);
	}
}

static void test_scale(void **state)
{
	struct sim_assume a;

	(void)state;
	assert_int_equal(sim_assume_builtin(&a, NULL), 0);
	double was = a.v[SIM_CAP_WEEKLY];
	sim_assume_scale(&a, SIM_CAP_WEEKLY, 2);
	assert_true(a.v[SIM_CAP_WEEKLY] > 1.99 * was && a.v[SIM_CAP_WEEKLY] < 2.01 * was);
	for (int i = 0; i < 100; i++)
		sim_assume_scale(&a, SIM_REACTION_READ_SHARE, 2);
	assert_true(a.v[SIM_REACTION_READ_SHARE] <= 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_builtin),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
