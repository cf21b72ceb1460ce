#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/json.h"
#include "domain/alert.h"
#include "domain/fixture.h"
#include "domain/inbox.h"

static void ring(struct fixture *f, uint64_t id, const char *kind, const char *scope, time_ms at)
{
	OK(alarm_add(f->conn, id, str_c(kind), str_c(scope), STR("{\"n\":1}"), at, &f->err));
}

static size_t waiting(struct fixture *f, int wanted, struct alert **ret, uint64_t *ret_newest)
{
	struct alerts x = { .len = 99 };
	int r = alerts_waiting(f->conn, ALERT_BY_WEBHOOK, f->arena, &x, &f->err);

	if (r != wanted)
		fail_msg("%d: %s", r, f->err.text);
	*ret = x.items;
	*ret_newest = x.newest;
	return x.len;
}

static void test_telling_begins_with_what_comes(void **state)
{
	struct fixture *f = *state;
	struct alert *list;
	uint64_t newest;

	assert_int_equal(waiting(f, 1, &list, &newest), 0);
	assert_int_equal(newest, 0);
	ring(f, 7, "bypass.detected", "number:101", NOW - DAY);
	assert_int_equal(waiting(f, 1, &list, &newest), 0);
	assert_int_equal(newest, 7);
	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, newest, NOW, &f->err));
	assert_int_equal(waiting(f, 0, &list, &newest), 0);
	assert_int_equal(newest, 7);
	ring(f, 8, "bypass.detected", "number:101", NOW);
	assert_int_equal(waiting(f, 0, &list, &newest), 1);
	assert_int_equal(newest, 8);
	/* until it is on record as told */
	assert_int_equal(waiting(f, 0, &list, &newest), 1);
	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, newest, NOW, &f->err));
	assert_int_equal(waiting(f, 0, &list, &newest), 0);
}

static void test_alarms_alike_are_one_alert(void **state)
{
	struct fixture *f = *state;
	struct alert *list;
	uint64_t newest;

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	for (uint64_t i = 1; i <= 10; i++)
		ring(f, i, i % 2 ? "breaker.warn" : "breaker.pause",
		    i > 8 ? "app:crm" : "number:101", NOW + (time_ms)i);
	assert_int_equal(waiting(f, 0, &list, &newest), 4);
	assert_int_equal(newest, 10);
	assert_true(str_eq(list[0].kind, STR("breaker.warn")));
	assert_int_equal(list[0].count, 4);
	assert_int_equal(list[0].first_at, NOW + 1);
	assert_int_equal(list[0].last_at, NOW + 7);
	assert_int_equal(list[0].severity, ALERT_WARN);
	assert_int_equal(list[1].severity, ALERT_ACT);
	assert_int_equal(list[1].count, 4);
	assert_true(str_eq(list[3].scope, STR("app:crm")));
}

static void test_many_are_told_in_turns(void **state)
{
	struct fixture *f = *state;
	struct alert *list;
	uint64_t newest;
	char scope[32];

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	for (uint64_t i = 1; i <= ALERTS_MAX + 10; i++) {
		(void)snprintf(scope, sizeof(scope), "number:%d", (int)i);
		ring(f, i, "breaker.clear", scope, NOW);
	}
	assert_int_equal(waiting(f, 0, &list, &newest), ALERTS_MAX);
	assert_int_equal(newest, ALERTS_MAX);
	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, newest, NOW, &f->err));
	assert_int_equal(waiting(f, 0, &list, &newest), 10);
}

/* Every kind says what happened, what was done and what is to be done, in both languages. */
static void test_words(void **state)
{
	static const char *const kinds[] = { "breaker.pause", "breaker.warn", "breaker.clear",
		"bypass.detected", "integration.review_due", "integration.review_overdue",
		"integration.reviewed", "integration.exception_ended", "ledger.checkpoint_untold",
		"forward.given_up", "outbox.unreadable", "webhook.quarantined",
		"forward.unreadable", "disk.full", "disk.low", "disk.fine", "clock.suspect",
		"clock.skew", "clock.trusted", "ledger.checkpoint_told", "opt_out.burst",
		"notice.reported", "notice.suspicious", "notice.good_news", "campaign.paused",
		"trigger.useless", "trigger.useful", "backup.overdue", "store.restored",
		"store.confirmed", "backup.fine", "of.tomorrow" };
	struct fixture *f = *state;
	struct alert *list;
	uint64_t newest;

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++)
		ring(f, i + 1, kinds[i], "number:101", NOW);
	size_t n = waiting(f, 0, &list, &newest);
	assert_int_equal(n, ARRAY_LEN(kinds));
	for (enum lang lang = LANG_EN; lang < LANGS; lang++) {
		const struct json *doc;
		struct buf out;
		buf_init(&out, 0);
		OK(alerts_write(list, n, lang, NOW, f->arena, &out));
		OK(json_read(f->arena, buf_str(&out), &doc, &f->err));
		const struct json *alerts = json_get(json_get(doc, "data"), "alerts");
		assert_int_equal(json_len(alerts), n);
		for (size_t i = 0; i < n; i++) {
			const struct json *x = json_at(alerts, i);
			assert_true(str_eq_c(json_str(json_get(x, "kind")), kinds[i]));
			assert_true(json_str(json_get(x, "what")).len > 10);
			assert_true(json_str(json_get(x, "done")).len > 10);
			assert_true(lang == LANG_EN ||
			    !str_eq_c(json_str(json_get(x, "what")), list[i].what));
			assert_int_equal(json_type(json_get(x, "detail")), JSON_OBJECT);
		}
		buf_done(&out);
	}
}

/* Each way has its own place. */
static void test_ways_are_apart(void **state)
{
	struct fixture *f = *state;
	struct alerts x;
	struct alert *list;
	uint64_t newest;

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	ring(f, 4, "disk.low", "", NOW);
	assert_int_equal(alerts_waiting(f->conn, ALERT_BY_MAIL, f->arena, &x, &f->err), 1);
	assert_int_equal(x.newest, 4);
	assert_int_equal(waiting(f, 0, &list, &newest), 1);
}

/* Thousands of the same are one alert; a look takes so many rows and says that there are more. */
static void test_a_flood_is_taken_in_parts(void **state)
{
	struct fixture *f = *state;
	struct alerts x;

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	for (uint64_t i = 1; i <= ALERTS_ROWS_MAX + 3; i++)
		ring(f, i, "bypass.detected", "number:101", NOW);
	assert_int_equal(alerts_waiting(f->conn, ALERT_BY_WEBHOOK, f->arena, &x, &f->err), 0);
	assert_int_equal(x.len, 1);
	assert_int_equal(x.items[0].count, ALERTS_ROWS_MAX);
	assert_true(x.full);
	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, x.newest, NOW, &f->err));
	assert_int_equal(alerts_waiting(f->conn, ALERT_BY_WEBHOOK, f->arena, &x, &f->err), 0);
	assert_int_equal(x.items[0].count, 3);
	assert_false(x.full);
}

/* What needs somebody comes first, and the detail, which may name messages, does not come at all. */
static void test_a_letter(void **state)
{
	struct fixture *f = *state;
	struct alert_letter letter;
	struct alert *list;
	uint64_t newest;

	OK(alerts_told(f->conn, ALERT_BY_WEBHOOK, 0, NOW, &f->err));
	ring(f, 1, "breaker.clear", "number:101", NOW);
	ring(f, 2, "breaker.pause", "app:crm", NOW);
	ring(f, 3, "breaker.pause", "app:crm", NOW + MS_PER_HOUR);
	size_t n = waiting(f, 0, &list, &newest);
	OK(alerts_letter(list, n, LANG_IT, "https://gate.example", f->arena, &letter));
	assert_string_not_equal(letter.subject, "Varco: something needs you");
	OK(alerts_letter(list, n, LANG_EN, "https://gate.example", f->arena, &letter));
	assert_string_equal(letter.subject, "Varco: something needs you");
	const char *pause = strstr(letter.text.p, "ACT ON THIS: breaker.pause (app:crm)\n"),
		   *clear = strstr(letter.text.p, "ALL CLEAR: breaker.clear (number:101)\n");
	assert_non_null(pause);
	assert_true(clear > pause);
	assert_non_null(strstr(letter.text.p, "How often: 2; last: "));
	assert_non_null(strstr(letter.text.p, "Marketing of this number"));
	assert_non_null(strstr(letter.text.p, "https://gate.example"));
	assert_null(strstr(letter.text.p, "\"n\""));
	OK(alerts_letter(list, 1, LANG_EN, "x", f->arena, &letter));
	assert_string_equal(letter.subject, "Varco: all clear");
}

static int look_and_tell(struct fixture *f)
{
	struct alerts x;
	int r = alarm_add(f->conn, 5, STR("x"), STR("y"), STR("z"), NOW, &f->err);

	if (r == 0)
		r = alerts_told(f->conn, ALERT_BY_WEBHOOK, 1, NOW, &f->err);
	if (r == 0)
		r = alerts_waiting(f->conn, ALERT_BY_WEBHOOK, f->arena, &x, &f->err);
	return r;
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, look_and_tell);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_telling_begins_with_what_comes),
		FIXTURE_TEST(test_alarms_alike_are_one_alert),
		FIXTURE_TEST(test_many_are_told_in_turns),
		FIXTURE_TEST(test_words),
		FIXTURE_TEST(test_ways_are_apart),
		FIXTURE_TEST(test_a_flood_is_taken_in_parts),
		FIXTURE_TEST(test_a_letter),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
