#include "apps/cli/case_expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "domain/rules.h"

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

/* Holds until 10:00: limit.pair and limit.cooldown; warns: app.review_overdue. */
static void decision(struct decision *d)
{
	static const struct {
		enum rule_index rule;
		enum level level;
		time_ms until;
	} findings[] = {
		{ RULE_APP_REVIEW_OVERDUE, LEVEL_WARN, TIME_NONE },
		{ RULE_LIMIT_PAIR, LEVEL_HOLD, 1795341600000 },
		{ RULE_LIMIT_COOLDOWN, LEVEL_HOLD, 1795341500000 },
	};

	*d = (struct decision){ .purpose = PURPOSE_MARKETING };
	for (size_t i = 0; i < ARRAY_LEN(findings); i++)
		d->findings[d->findings_len++] = (struct finding){ .rule = &rules[findings[i].rule],
			.level = findings[i].level,
			.until = findings[i].until,
			.because = "b",
			.evidence = STR("{}") };
	decision_settle(d);
}

static int check(const char *expect, struct buf *diff, struct err *err)
{
	struct decision d;
	const struct json *json;

	decision(&d);
	assert_int_equal(json_read(arena, str_c(expect), &json, err), 0);
	return case_expect_check(json, &d, LANG_EN, diff, err);
}

static void test_expectations(void **state)
{
	static const struct {
		const char *expect;
		const char *diff; /* "" = matches */
	} cases[] = {
		{ "{\"verdict\":\"hold\",\"purpose\":\"marketing\",\"rules\":[\"limit.cooldown\","
		  "\"limit.pair\"],\"warnings\":[\"app.review_overdue\"],"
		  "\"hold_until\":\"2026-11-22T11:00:00+01:00\"}",
		    "" },
		{ "{\"verdict\":\"allow\"}", "  verdict: expected allow\n  verdict: got hold\n" },
		{ "{\"verdict_in\":[\"allow\",\"hold\"]}", "" },
		{ "{\"verdict_in\":[\"allow\",\"refuse\"]}", "  verdict_in: not expected hold\n" },
		{ "{\"purpose\":null}", "  purpose: expected \n  purpose: got marketing\n" },
		{ "{\"rules\":[\"limit.pair\"]}", "  rules: not expected limit.cooldown\n" },
		{ "{\"rules\":[\"limit.pair\",\"limit.cooldown\",\"window.closed\"]}",
		    "  rules: missing window.closed\n" },
		{ "{\"rules\":[\"limit.pair\",\"limit.cooldown\",\"app.review_overdue\"]}",
		    "  rules: missing app.review_overdue\n" },
		{ "{\"warnings\":[]}", "" },
		{ "{\"warnings\":[\"limit.pair\"]}", "  warnings: missing limit.pair\n" },
		{ "{\"any_of\":[\"window.closed\",\"app.review_overdue\"]}", "" },
		{ "{\"any_of\":[\"window.closed\",\"limit.cost\"]}",
		    "  any_of: missing all of window.closed, limit.cost\n" },
		{ "{\"none_of\":[\"window.closed\"]}", "" },
		{ "{\"none_of\":[\"window.closed\",\"app.review_overdue\"]}",
		    "  none_of: not expected app.review_overdue\n" },
		{ "{\"hold_until\":null}",
		    "  hold_until: expected null\n  hold_until: got 2026-11-22T10:00:00Z\n" },
	};
	struct buf diff;

	(void)state;
	buf_init(&diff, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = 0 };
		buf_reset(&diff);
		int rc = check(cases[i].expect, &diff, &err);
		if (rc != (cases[i].diff[0] == '\0') || !str_eq_c(buf_str(&diff), cases[i].diff))
			fail_msg("%s: %d, %.*s", cases[i].expect, rc, STR_ARG(buf_str(&diff)));
	}
	buf_done(&diff);
}

static void test_no_expectations(void **state)
{
	static const struct {
		const char *expect, *field;
	} cases[] = {
		{ "{}", "expect" },
		{ "[]", "expect" },
		{ "{\"verdicts\":\"hold\"}", "expect" },
		{ "{\"verdict\":\"maybe\"}", "expect.verdict" },
		{ "{\"verdict\":null}", "expect.verdict" },
		{ "{\"verdict_in\":\"hold\"}", "expect.verdict_in" },
		{ "{\"verdict_in\":[\"hold\",1]}", "expect.verdict_in" },
		{ "{\"purpose\":\"fun\"}", "expect.purpose" },
		{ "{\"rules\":\"limit.pair\"}", "expect.rules" },
		{ "{\"rules\":[\"limit.pear\"]}", "expect.rules" },
		{ "{\"none_of\":[null]}", "expect.none_of" },
		{ "{\"any_of\":{}}", "expect.any_of" },
		{ "{\"warnings\":[\"x\"]}", "expect.warnings" },
		{ "{\"hold_until\":\"soon\"}", "expect.hold_until" },
	};
	struct buf diff;

	(void)state;
	buf_init(&diff, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct err err = { .code = 0 };
		if (check(cases[i].expect, &diff, &err) != -E_INVALID ||
		    strcmp(err.field, cases[i].field) != 0)
			fail_msg("%s: field %s", cases[i].expect, err.field);
	}
	buf_done(&diff);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_expectations),
		cmocka_unit_test(test_no_expectations),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
