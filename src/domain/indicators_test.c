#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/decision.h"
#include "domain/fixture.h"
#include "domain/indicators.h"
#include "domain/journal.h"
#include "domain/rules.h"

static void count(
    struct fixture *f, const char *number, int64_t hours_ago, enum signal what, int64_t n)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO signal_hour (scope, id, hour, what, n) VALUES (1, ?1, ?2, ?3, ?4)", "tiii",
	    str_c(number), NOW / HOUR - hours_ago, (int64_t)what, n));
}

/* --- numbers ---------------------------------------------------------------------------------- */

static void test_numbers(void **state)
{
	struct fixture *f = *state;
	struct indicator_number *list = NULL;
	size_t n = 9;

	OK(indicators_numbers(f->conn, NOW - DAY, NOW, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 0);
	count(f, "102", 1, SIGNAL_SENT, 7);
	count(f, "102", 3, SIGNAL_SENT, 5);
	count(f, "101", 24, SIGNAL_OPT_OUT, 2);
	count(f, "101", 25, SIGNAL_OPT_OUT, 100);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO number_hour (number, hour, sent) VALUES ('103', ?1, 4), ('103', ?2, 90)",
	    "ii", NOW / HOUR, NOW / HOUR - 24));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO bypass_hour (number, hour, coexistence, n, first_at, last_at, types)"
	    " VALUES ('101', ?1, 0, 3, 0, 0, 'x')",
	    "i", NOW / HOUR));
	OK(indicators_numbers(f->conn, NOW - DAY, NOW, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 3);
	assert_true(str_eq(list[0].number, STR("101")));
	assert_int_equal(list[0].counts.n[SIGNAL_OPT_OUT], 2);
	assert_int_equal(list[0].bypassed, 3);
	assert_int_equal(list[1].counts.n[SIGNAL_SENT], 12);
	assert_int_equal(list[1].sent_24h, 0);
	assert_int_equal(list[2].sent_24h, 4);
}

/* --- reasons ---------------------------------------------------------------------------------- */

static struct str stored(struct fixture *f, enum rule_index rule, enum level level)
{
	struct decision d = { .findings_len = 2 };
	struct json_writer w;
	struct buf text;

	for (size_t i = 0; i < 2; i++) {
		const struct rule *r = &rules[i ? RULE_TEMPLATE_OPT_OUT : rule];
		d.findings[i] = (struct finding){ .rule = r,
			.level = i ? LEVEL_WARN : level,
			.until = TIME_NONE,
			.because = r->because,
			.evidence = STR("{}") };
	}
	buf_init(&text, 0);
	jw_init(&w, &text);
	decision_write_stored(&d, &w);
	struct str ret = arena_str(f->arena, buf_str(&text));
	buf_done(&text);
	return ret;
}

static void add(struct fixture *f, time_ms at, enum verdict verdict, struct str why, int64_t code)
{
	struct journal_entry e = {
		.id = id_next(&f->ids, at),
		.at = at,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100"),
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = verdict,
		.mode = MODE_ENFORCE,
		.state = verdict == VERDICT_ALLOW ? SEND_SENDING : SEND_REFUSED,
		.rules = why,
		.policy = STR("2026.11.22"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	if (code)
		OK(journal_settle_sending(f->conn, e.id, SEND_FAILED, STR_NONE, code, at, &f->err));
}

static bool is_of(void *arg, struct str number)
{
	return str_eq_c(number, arg);
}

static void test_reasons(void **state)
{
	struct fixture *f = *state;
	struct indicator_reasons x;

	add(f, NOW - 2 * DAY, VERDICT_REFUSE, stored(f, RULE_WINDOW_CLOSED, LEVEL_REFUSE), 0);
	add(f, NOW - HOUR, VERDICT_REFUSE, stored(f, RULE_WINDOW_CLOSED, LEVEL_REFUSE), 0);
	add(f, NOW - HOUR, VERDICT_HOLD, stored(f, RULE_LIMIT_COST, LEVEL_HOLD), 0);
	add(f, NOW - HOUR, VERDICT_REFUSE, STR("[{\"id\":\"of.another.version\"}]"), 0);
	add(f, NOW - MINUTE, VERDICT_ALLOW, STR_NONE, 131026);
	add(f, NOW - MINUTE, VERDICT_ALLOW, STR_NONE, 131026);
	add(f, NOW - MINUTE, VERDICT_ALLOW, STR_NONE, 131047);
	OK(indicators_reasons(f->conn, NOW - DAY, NULL, NULL, &x, &f->err));
	assert_int_equal(x.looked_at, 6);
	assert_true(x.all);
	assert_int_equal(x.verdicts[VERDICT_ALLOW], 3);
	assert_int_equal(x.verdicts[VERDICT_REFUSE], 2);
	assert_int_equal(x.rules[RULE_WINDOW_CLOSED], 1);
	assert_int_equal(x.rules[RULE_LIMIT_COST], 1);
	assert_int_equal(x.rules[RULE_TEMPLATE_OPT_OUT], 0); /* it only warned */
	assert_int_equal(x.codes_len, 2);
	assert_int_equal(x.codes[x.codes[0].code == 131026 ? 0 : 1].n, 2);
	OK(indicators_reasons(f->conn, NOW - DAY, is_of, "101", &x, &f->err));
	assert_int_equal(x.looked_at, 0);
	OK(indicators_reasons(f->conn, NOW - DAY, is_of, "100", &x, &f->err));
	assert_int_equal(x.looked_at, 6);
}

/* --- days ------------------------------------------------------------------------------------- */

static void test_days(void **state)
{
	struct fixture *f = *state;
	struct indicator_day *days = NULL;

	count(f, "101", 1, SIGNAL_SENT, 3);
	count(f, "101", 2, SIGNAL_SENT, 4);
	count(f, "101", 11, SIGNAL_DELIVERED, 5); /* 23:00 the day before */
	count(f, "101", 24 * 9, SIGNAL_SENT, 100);
	count(f, "102", 1, SIGNAL_SENT, 100);
	OK(indicators_days(f->conn, STR("101"), 7, NOW, f->arena, &days, &f->err));
	assert_int_equal(days[6].at, NOW / DAY * DAY);
	assert_int_equal(days[6].counts.n[SIGNAL_SENT], 7);
	assert_int_equal(days[5].counts.n[SIGNAL_DELIVERED], 5);
	assert_int_equal(days[0].counts.n[SIGNAL_SENT], 0);
}

/* --- everything fails once ---------------------------------------------------------------------- */

static int read_everything(struct fixture *f)
{
	struct indicator_number *list;
	struct indicator_reasons reasons;
	struct indicator_day *days;
	size_t n;
	int r = indicators_numbers(f->conn, NOW - DAY, NOW, f->arena, &list, &n, &f->err);

	if (r == 0)
		r = indicators_reasons(f->conn, NOW - DAY, NULL, NULL, &reasons, &f->err);
	if (r == 0)
		r = indicators_days(f->conn, STR("101"), 7, NOW, f->arena, &days, &f->err);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, read_everything);
}

static void test_memory_runs_out(void **state)
{
	struct fixture *f = *state;

	fixture_memory_runs_out(f, "indicators", read_everything);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_numbers),
		FIXTURE_TEST(test_reasons),
		FIXTURE_TEST(test_days),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
