/* Settling, telling and storing a decision. */
#include "domain/decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"
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

static const time_ms now = 1795341600000; /* 2026-11-22T10:00:00Z */

static void add(struct decision *d, enum rule_index rule, enum level level, time_ms until)
{
	d->findings[d->findings_len++] = (struct finding){
		.rule = &rules[rule],
		.level = level,
		.until = until,
		.because = rules[rule].because,
		.evidence = STR("{}"),
	};
	decision_settle(d);
}

static void test_settle(void **state)
{
	static const struct {
		const char *name;
		struct {
			enum rule_index rule;
			enum level level;
			time_ms after_ms; /* 0 = no known end */
		} findings[3];
		enum verdict verdict;
		time_ms hold_after_ms;
		int status, code;
		int64_t retry_s;
		bool binding;
	} cases[] = {
		{ "warnings allow", { { RULE_APP_REVIEW_OVERDUE, LEVEL_WARN, 0 } }, VERDICT_ALLOW,
		    0, 0, 0, 0, false },
		{ "the latest hold counts",
		    { { RULE_LIMIT_PAIR, LEVEL_HOLD, 5000 },
			{ RULE_LIMIT_COOLDOWN, LEVEL_HOLD, 9000 } },
		    VERDICT_HOLD, 9000, 429, 131056, 9, false },
		{ "one without an end counts",
		    { { RULE_LIMIT_PAIR, LEVEL_HOLD, 5000 }, { RULE_LIMIT_SPIKE, LEVEL_HOLD, 0 } },
		    VERDICT_HOLD, 0, 429, 131056, 60, false },
		{ "a refusal leads",
		    { { RULE_ACCOUNT_PAUSED, LEVEL_HOLD, 5000 },
			{ RULE_WINDOW_CLOSED, LEVEL_REFUSE, 0 } },
		    VERDICT_REFUSE, 0, 400, 131047, 60, false },
		{ "the first refusal leads",
		    { { RULE_APP_UNKNOWN, LEVEL_REFUSE, 0 },
			{ RULE_ACCOUNT_LOCKED, LEVEL_REFUSE, 0 } },
		    VERDICT_REFUSE, 0, 401, 190, 60, true },
		{ "no code of Meta's", { { RULE_CONSENT_MISSING, LEVEL_REFUSE, 0 } },
		    VERDICT_REFUSE, 0, 400, 900401, 60, false },
		{ "the seven hundreds are 429", { { RULE_LIMIT_FREQUENCY, LEVEL_REFUSE, 90500 } },
		    VERDICT_REFUSE, 0, 429, 131049, 91, false },
		{ "a hold is 429 whatever the rule", { { RULE_TEMPLATE_PAUSED, LEVEL_HOLD, 100 } },
		    VERDICT_HOLD, 100, 429, 132015, 1, false },
		{ "an end that has passed", { { RULE_LIMIT_PAIR, LEVEL_HOLD, -5000 } },
		    VERDICT_HOLD, -5000, 429, 131056, 1, false },
		{ "warnings do not bind",
		    { { RULE_MESSAGE_INVALID, LEVEL_WARN, 0 }, { RULE_LIMIT_COST, LEVEL_HOLD, 0 } },
		    VERDICT_HOLD, 0, 429, 900710, 60, false },
		{ "account rules are 403", { { RULE_ACCOUNT_RESTRICTED, LEVEL_REFUSE, 0 } },
		    VERDICT_REFUSE, 0, 403, 368, 60, true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct decision d = { .findings_len = 0 };
		decision_settle(&d);
		for (size_t k = 0; k < 3 && cases[i].findings[k].level != LEVEL_OFF; k++)
			add(&d, cases[i].findings[k].rule, cases[i].findings[k].level,
			    cases[i].findings[k].after_ms ? now + cases[i].findings[k].after_ms
							  : TIME_NONE);
		time_ms hold = cases[i].hold_after_ms ? now + cases[i].hold_after_ms : TIME_NONE;
		bool same = d.verdict == cases[i].verdict && d.hold_until == hold &&
		    d.binding == cases[i].binding;
		if (same && d.verdict != VERDICT_ALLOW)
			same = decision_status(&d) == cases[i].status &&
			    decision_graph_code(&d) == cases[i].code &&
			    decision_retry_after_s(&d, now) == cases[i].retry_s;
		if (!same || (d.verdict == VERDICT_ALLOW) != (d.leading == NULL))
			fail_msg("%s", cases[i].name);
	}
}

static void test_copy_leads_itself(void **state)
{
	struct decision d = { .findings_len = 0 }, copy;

	(void)state;
	add(&d, RULE_APP_REVIEW_OVERDUE, LEVEL_WARN, TIME_NONE);
	add(&d, RULE_WINDOW_CLOSED, LEVEL_REFUSE, TIME_NONE);
	decision_copy(&copy, &d);
	memset(&d, 0xff, sizeof(d));
	assert_ptr_equal(copy.leading, &copy.findings[1]);
	assert_string_equal(copy.leading->rule->id, "window.closed");
}

static void test_sentences(void **state)
{
	static const struct {
		const char *because, *evidence;
		enum lang lang;
		const char *told;
	} cases[] = {
		{ "Nothing to fill.", "{}", LANG_EN, "Nothing to fill." },
		{ "{used} of {cap}", "{\"used\":3,\"cap\":45}", LANG_EN, "3 of 45" },
		{ "{who}!", "{\"who\":\"crm\"}", LANG_EN, "crm!" },
		{ "{gone}", "{}", LANG_EN, "?" },
		{ "{gone}", "{\"gone\":null}", LANG_EN, "?" },
		{ "until {until}.", "{\"until\":\"2026-11-22T10:00:00Z\"}", LANG_EN,
		    "until 2026-11-22 10:00 UTC." },
		{ "{until}", "{\"until\":\"2026-11-22T10:00:01Z\"}", LANG_EN,
		    "2026-11-22 10:00:01 UTC" },
		{ "{until}", "{\"until\":\"2026-11-22T10:00:00Z\"}", LANG_IT,
		    "22/11/2026 10:00 UTC" },
		{ "{day}", "{\"day\":\"2027-06-30\"}", LANG_EN, "2027-06-30" },
		{ "{day}", "{\"day\":\"2027-06-30\"}", LANG_IT, "30/06/2027" },
		{ "{x_s}", "{\"x_s\":0}", LANG_EN, "0 s" },
		{ "{x_s}", "{\"x_s\":59}", LANG_EN, "59 s" },
		{ "{x_s}", "{\"x_s\":11520}", LANG_EN, "3 h 12 min" },
		{ "{x_s}", "{\"x_s\":86400}", LANG_EN, "1 day" },
		{ "{x_s}", "{\"x_s\":2592000}", LANG_IT, "30 giorni" },
		{ "{x_s}", "{\"x_s\":90061}", LANG_EN, "1 day 1 h" },
		{ "{x_s}", "{\"x_s\":3601}", LANG_EN, "1 h 1 s" },
		{ "{x}", "{\"x\":-0.5}", LANG_EN, "-0.5" },
		{ "{x}", "{\"x\":true}", LANG_EN, "true" },
		{ "an {open brace", "{}", LANG_EN, "an ?" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct finding f = { .rule = &rules[0],
			.because = cases[i].because,
			.evidence = str_c(cases[i].evidence) };
		struct str told = finding_because(arena, &f, cases[i].lang);
		if (!str_eq_c(told, cases[i].told))
			fail_msg(
			    "%s with %s: %.*s", cases[i].because, cases[i].evidence, STR_ARG(told));
	}
}

static void test_json(void **state)
{
	struct decision d = { .purpose = PURPOSE_MARKETING };
	struct buf out;
	struct json_writer w;

	(void)state;
	add(&d, RULE_APP_REVIEW_OVERDUE, LEVEL_WARN, TIME_NONE);
	add(&d, RULE_LIMIT_COST, LEVEL_HOLD, TIME_NONE);
	buf_init(&out, 0);
	jw_init(&w, &out);
	decision_write_case(arena, &d, STR("a \"name\""), LANG_EN, &w);
	const char *head =
	    "{\"name\":\"a \\\"name\\\"\",\"verdict\":\"hold\",\"purpose\":\"marketing\","
	    "\"rules\":[\"limit.cost\"],\"warnings\":[\"app.review_overdue\"],"
	    "\"hold_until\":null,\"details\":[{\"id\":\"app.review_overdue\","
	    "\"level\":\"warn\",\"because\":\"";
	assert_memory_equal(out.p, head, strlen(head));
	assert_non_null(strstr(out.p, "\"evidence\":{},\"remedy\":\""));
	assert_non_null(strstr(out.p, "\"who\":\"operator\"}"));
	buf_reset(&out);
	jw_init(&w, &out);
	decision_write_rules(arena, &d, LANG_EN, LEVEL_HOLD, &w);
	assert_null(strstr(out.p, "app.review_overdue"));
	buf_done(&out);
}

static void test_ladder(void **state)
{
	static const struct {
		enum rule_index rule;
		enum level level;
		const char *first, *second; /* of app.unknown, and of limit.cost */
	} rows[] = {
		{ RULE_LIMIT_COST, LEVEL_HOLD, "passed", "hold" },
		{ RULE_LIMIT_COST, LEVEL_WARN, "passed", "warn" },
		{ RULE_APP_UNKNOWN, LEVEL_REFUSE, "refuse", "skipped" },
	};
	const struct json *list;
	struct json_writer w;
	struct buf out;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct decision d = { .purpose = PURPOSE_MARKETING };
		add(&d, rows[i].rule, rows[i].level, TIME_NONE);
		buf_init(&out, 0);
		jw_init(&w, &out);
		decision_write_ladder(&d, NULL, LANG_IT, &w);
		assert_int_equal(json_read(arena, buf_str(&out), &list, &err), 0);
		assert_int_equal(json_len(list), RULES_COUNT);
		struct str first = json_str(json_get(json_at(list, RULE_APP_UNKNOWN), "verdict"));
		struct str second = json_str(json_get(json_at(list, RULE_LIMIT_COST), "verdict"));
		if (!str_eq_c(first, rows[i].first) || !str_eq_c(second, rows[i].second))
			fail_msg("row %zu: %.*s %.*s", i, STR_ARG(first), STR_ARG(second));
		buf_done(&out);
	}
}

static void test_ladder_of_a_pack(void **state)
{
	struct decision d = { .purpose = PURPOSE_MARKETING };
	struct pack *pack = NULL;
	struct json_writer w;
	struct buf out;
	struct err err;

	(void)state;
	assert_int_equal(pack_builtin(&pack, &err), 0);
	pack_set_level(pack, RULE_LIMIT_COST, LEVEL_OFF);
	buf_init(&out, 0);
	jw_init(&w, &out);
	decision_write_ladder(&d, pack, LANG_EN, &w);
	assert_true(str_ends(buf_str(&out), STR("\"verdict\":\"off\"}]")));
	buf_done(&out);
	pack_free(&pack);
}

/* --- the stored form -------------------------------------------------------------------------- */

static void stored(const struct decision *d, struct buf *out)
{
	struct json_writer w;

	buf_reset(out);
	jw_init(&w, out);
	decision_write_stored(d, &w);
}

static void test_stored_reads_back(void **state)
{
	struct decision d = { .findings_len = 0 }, back;
	struct buf first, second;
	struct err err;

	(void)state;
	add(&d, RULE_APP_REVIEW_OVERDUE, LEVEL_WARN, TIME_NONE);
	add(&d, RULE_LIMIT_PAIR, LEVEL_HOLD, now + 1500);
	d.findings[1].evidence = STR("{\"person\":\"+39 333 •••67\",\"x\":[1,-0.25,null]}");
	d.findings[0].unsure = true;
	buf_init(&first, 0);
	buf_init(&second, 0);
	stored(&d, &first);
	assert_int_equal(decision_read_stored(arena, buf_str(&first), &back, &err), 0);
	stored(&back, &second);
	assert_string_equal(first.p, second.p);
	assert_int_equal(back.verdict, VERDICT_HOLD);
	assert_int_equal(back.hold_until, now + 1500);
	assert_true(back.findings[0].unsure);
	assert_ptr_equal(back.leading, &back.findings[1]);
	buf_done(&first);
	buf_done(&second);
}

static void test_stored_mistakes(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "{}", "" },
		{ "[", "" },
		{ "[{\"id\":\"no.such\"}]", "id" },
		{ "[{\"id\":\"limit.pair\",\"level\":\"off\"}]", "level" },
		{ "[{\"id\":\"limit.pair\",\"level\":\"hold\",\"unsure\":1}]", "unsure" },
		{ "[{\"id\":\"limit.pair\",\"level\":\"hold\",\"unsure\":false,\"until\":5}]",
		    "until" },
		{ "[{\"id\":\"limit.pair\",\"level\":\"hold\",\"unsure\":false,\"until\":null}]",
		    "because" },
		{ "[{\"id\":\"limit.pair\",\"level\":\"hold\",\"unsure\":false,\"until\":null,"
		  "\"because\":\"b\",\"evidence\":[]}]",
		    "evidence" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct decision d = { .verdict = VERDICT_HOLD };
		struct err err = { .code = 0 };
		int rc = decision_read_stored(arena, str_c(cases[i].text), &d, &err);
		if (rc != -E_INVALID || d.verdict != VERDICT_HOLD ||
		    strcmp(err.field, cases[i].field) != 0)
			fail_msg("%s: %d, field %s", cases[i].text, rc, err.field);
	}
}

static int read_one(void *arg)
{
	struct arena *a = arena_new(0, 0);
	struct decision d;
	int rc = a ? decision_read_stored(a, *(struct str *)arg, &d, NULL) : -E_NOMEM;

	if (rc == 0 && !finding_because(a, &d.findings[0], LANG_EN).p)
		rc = -E_NOMEM;
	arena_free(&a);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	struct str text = STR(
	    "[{\"id\":\"limit.pair\",\"level\":\"hold\",\"unsure\":false,\"until\":null,"
	    "\"because\":\"{a} b\",\"evidence\":{\"a\":1}}]");

	(void)state;
	torture("decision_read_stored", read_one, &text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_settle),
		cmocka_unit_test(test_copy_leads_itself),
		cmocka_unit_test(test_sentences),
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_ladder),
		cmocka_unit_test(test_ladder_of_a_pack),
		cmocka_unit_test(test_stored_reads_back),
		cmocka_unit_test(test_stored_mistakes),
		cmocka_unit_test(test_memory_runs_out),
	};

	if (crypto_init(NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
