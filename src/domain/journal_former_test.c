#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal_former.h"

#define STORED(id, level) \
	"{\"id\":\"" id "\",\"level\":\"" level \
	"\",\"unsure\":false,\"until\":null,\"because\":\"x\",\"evidence\":{}}"
static const char paused[] = "[" STORED("account.paused", "hold") "]";
static const char repeated[] = "[" STORED("limit.duplicate", "hold") "," STORED(
    "content.generic", "warn") "]";

static struct journal_entry entry(struct fixture *f, time_ms at, enum verdict v, const char *rules)
{
	return (struct journal_entry){
		.id = id_next(&f->ids, at),
		.at = at,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("101"),
		.waba = STR("10"),
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = v,
		.mode = MODE_ENFORCE,
		.state = SEND_HELD,
		.rules = rules ? str_c(rules) : STR_NONE,
		.policy = STR("test"),
	};
}

static int again(struct fixture *f, struct journal_entry *e, enum verdict v, const char *rules)
{
	e->at += HOUR;
	e->verdict = v;
	e->rules = rules ? str_c(rules) : STR_NONE;
	return journal_judge_again(f->conn, &f->ledger, e, &f->err);
}

/* Held twice for the same, once for another reason, and then it left. */
static int live(struct fixture *f, struct journal_entry *e)
{
	*e = entry(f, NOW, VERDICT_HOLD, paused);
	int r = journal_add(f->conn, &f->ledger, e, &f->err);

	if (r == 0)
		r = again(f, e, VERDICT_HOLD, paused);
	if (r == 0)
		r = again(f, e, VERDICT_HOLD, repeated);
	return r < 0 ? r : again(f, e, VERDICT_ALLOW, NULL);
}

static struct str written(struct fixture *f, uint64_t id)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	OK(former_write(f->conn, f->arena, id, LANG_EN, &w, &f->err));
	struct str ret = arena_str(f->arena, buf_str(&out));
	buf_done(&out);
	return ret;
}

static void check_item(const struct json *v, time_ms at, const char *rule, size_t details)
{
	char time[TIME_TEXT_MAX];

	time_format(at, time);
	assert_true(str_eq_c(json_str(json_get(v, "at")), time));
	assert_true(str_eq(json_str(json_get(v, "verdict")), STR("hold")));
	assert_int_equal(json_len(json_get(v, "rules")), 1);
	assert_true(str_eq_c(json_str(json_at(json_get(v, "rules"), 0)), rule));
	assert_int_equal(json_len(json_get(v, "details")), details);
}

static void test_each_run_of_judgements_is_told(void **state)
{
	struct fixture *f = *state;
	const struct json *list;
	struct journal_entry e;

	OK(live(f, &e));
	OK(json_read(f->arena, written(f, e.id), &list, &f->err));
	assert_int_equal(json_len(list), 2);
	check_item(json_at(list, 0), NOW, "account.paused", 1);
	check_item(json_at(list, 1), NOW + 2 * HOUR, "limit.duplicate", 2);
	assert_int_equal(json_len(json_get(json_at(list, 1), "warnings")), 1);
	assert_true(str_eq(written(f, e.id + 1), STR("[]")));
}

static void test_lists_by_rule_find_what_was_held_for_it(void **state)
{
	static const struct {
		const char *rule;
		size_t found;
	} cases[] = { { "account.paused", 1 }, { "limit.duplicate", 1 }, { "content.generic", 1 },
		{ "limit.pair", 0 }, { "account", 0 } };
	struct fixture *f = *state;
	struct journal_entry e, *items;
	uint64_t next;
	size_t n = 0;

	OK(live(f, &e));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct journal_filter filter = {
			.since = TIME_NONE,
			.until = TIME_NONE,
			.rule = str_c(cases[i].rule),
			.limit = 10,
		};
		OK(journal_list(f->conn, &filter, f->arena, &items, &n, &next, &f->err));
		if (n != cases[i].found)
			fail_msg("%s: %zu", cases[i].rule, n);
	}
}

/* Of somebody who was erased there are verdicts and rules, and no reasons. */
static void test_reasons_go_with_the_person(void **state)
{
	struct fixture *f = *state;
	const struct json *list;
	struct journal_entry e;

	OK(live(f, &e));
	OK(store_do(f->conn, &f->err, "DELETE FROM ledger_note", ""));
	OK(json_read(f->arena, written(f, e.id), &list, &f->err));
	assert_int_equal(json_len(list), 2);
	check_item(json_at(list, 0), NOW, "account.paused", 0);
}

static void test_a_repetition_stays_one(void **state)
{
	static const char twin[] =
	    "[{\"id\":\"limit.duplicate\",\"level\":\"hold\",\"unsure\":false,\"until\":null,"
	    "\"because\":\"x\",\"evidence\":{\"sent_at\":\"2026-11-22T10:00:00Z\"}}]";
	static const struct {
		const char *name, *stored;
		int repeats;
	} cases[] = { { "held for it", twin, 1 }, { "for another reason", paused, 0 },
		{ "no time of the other", repeated, 0 }, { "nothing", NULL, 0 },
		{ "a rule of another version", "[" STORED("limit.moon", "hold") "]", 0 } };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct journal_entry e = entry(f, NOW, VERDICT_HOLD, cases[i].stored);
		time_ms at = 0;
		int r = former_repeats(f->arena, &e, &at, &f->err);
		if (r != cases[i].repeats || at != (r ? NOW : 0))
			fail_msg("%s: %d", cases[i].name, r);
	}
}

static int work(struct fixture *f)
{
	struct json_writer w;
	struct buf out;
	struct journal_entry e;
	int r = live(f, &e);

	if (r == 0)
		r = former_has_rule(f->conn, e.id, STR("account.paused"), &f->err);
	if (r < 0)
		return r;
	buf_init(&out, 0);
	jw_init(&w, &out);
	r = former_write(f->conn, f->arena, e.id, LANG_EN, &w, &f->err);
	if (r == 0 && out.failed)
		r = -E_NOMEM;
	buf_done(&out);
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "former judgements", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_each_run_of_judgements_is_told),
		FIXTURE_TEST(test_lists_by_rule_find_what_was_held_for_it),
		FIXTURE_TEST(test_reasons_go_with_the_person),
		FIXTURE_TEST(test_a_repetition_stays_one),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
