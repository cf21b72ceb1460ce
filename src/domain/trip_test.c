#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/fixture.h"
#include "domain/overview.h"
#include "domain/trip.h"

#define DELIVERED SIGNAL_BIT(SIGNAL_DELIVERED)
#define OPT_OUT SIGNAL_BIT(SIGNAL_OPT_OUT)
#define SENT SIGNAL_BIT(SIGNAL_SENT)

static const struct signal_send send = { STR("101"), STR("900800700"), STR("sale/it"), STR("crm"),
	STR("spring") };

/* A shop with one number and one template; the app is not in the store. */
static void set_up_shop(struct fixture *f)
{
	scratch_exec(
	    f->conn, "INSERT INTO portfolio (id, counting, updated_at) VALUES ('1', 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
	    " VALUES ('900800700', '1', 'Shop', 'IT', 'active', 1, 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) VALUES ('101', '900800700', '+393331234567', 'CONNECTED', 'GREEN', 80, 1, 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality,"
	    " updated_at) VALUES ('900800700', 'sale', 'it', 1, 0, 'APPROVED', 'GREEN', 0)");
}

static void count(struct fixture *f, struct signals *s, unsigned bits, int times, time_ms at)
{
	for (int i = 0; i < times; i++)
		OK(signals_count_send(s, &send, bits, at, &f->err));
}

static bool write_at(struct fixture *f, struct signals *s, time_ms now)
{
	bool paused = false;

	OK(trip_write(s, f->conn, f->pack, &f->ids, now, &paused, &f->err));
	return paused;
}

static int64_t alarms(struct fixture *f, const char *kind)
{
	int64_t n = 0;

	OK(store_ask_int(
	    f->conn, &n, &f->err, "SELECT count(*) FROM alarm WHERE kind = ?1", "t", str_c(kind)));
	return n;
}

static int64_t pauses(struct fixture *f)
{
	return scratch_int(f->conn, "SELECT count(*) FROM pause WHERE made_by = 'breaker'");
}

static struct signals *make(struct fixture *f)
{
	struct signals *s = NULL;

	set_up_shop(f);
	OK(signals_new(&s, &f->err));
	return s;
}

/* Warned once, paused once, whatever comes after; for the number and the template alike. */
static void test_it_acts_when_something_begins(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct overview_pause *list;
	size_t len;

	count(f, s, DELIVERED, 100, NOW);
	assert_false(write_at(f, s, NOW));
	assert_int_equal(alarms(f, "breaker.warn"), 0);
	count(f, s, OPT_OUT, 2, NOW);
	assert_false(write_at(f, s, NOW + 1));
	assert_int_equal(alarms(f, "breaker.warn"), 4); /* number, template, app, campaign */
	count(f, s, DELIVERED, 400, NOW);
	assert_false(write_at(f, s, NOW + 1));
	assert_int_equal(alarms(f, "breaker.clear"), 4);
	count(f, s, OPT_OUT, 1, NOW);
	assert_false(write_at(f, s, NOW + 2));
	assert_int_equal(alarms(f, "breaker.warn"), 4);
	count(f, s, OPT_OUT, 20, NOW);
	assert_true(write_at(f, s, NOW + 3));
	assert_int_equal(alarms(f, "breaker.pause"), 4);
	assert_int_equal(pauses(f), 3); /* the app is gone */
	count(f, s, OPT_OUT, 10, NOW);
	assert_false(write_at(f, s, NOW + 4));
	assert_int_equal(alarms(f, "breaker.pause"), 4);
	OK(overview_pauses(
	    f->conn, STR("template"), STR("900800700/sale/it"), f->arena, &list, &len, &f->err));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(list[0].until, TIME_NONE);
	assert_true(str_eq(list[0].reason, STR("opt_outs")));
	signals_free(&s);
}

/* Whoever resumes is not paused again by the people of yesterday, but by those of today. */
static void test_after_a_resume_it_counts_anew(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);

	count(f, s, DELIVERED, 100, NOW);
	count(f, s, OPT_OUT, 20, NOW);
	assert_true(write_at(f, s, NOW));
	OK(pause_clear(f->conn, STR("number"), STR("101"), PURPOSE_MARKETING, &f->err));
	OK(pause_clear(
	    f->conn, STR("template"), STR("900800700/sale/it"), PURPOSE_MARKETING, &f->err));
	OK(pause_clear(f->conn, STR("campaign"), STR("spring"), PURPOSE_MARKETING, &f->err));
	for (int i = 1; i <= 3; i++) {
		count(f, s, DELIVERED, 1, NOW + i * MINUTE);
		assert_false(write_at(f, s, NOW + i * MINUTE));
		assert_int_equal(pauses(f), 0);
	}
	count(f, s, DELIVERED, 100, NOW + 2 * HOUR);
	count(f, s, OPT_OUT, 20, NOW + 2 * HOUR);
	assert_true(write_at(f, s, NOW + 2 * HOUR));
	assert_int_equal(pauses(f), 3);
	signals_free(&s);
}

/* A day later the same figures are history. */
static void test_the_window_moves(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);

	count(f, s, DELIVERED, 100, NOW - 25 * HOUR);
	count(f, s, OPT_OUT, 50, NOW - 25 * HOUR);
	assert_false(write_at(f, s, NOW));
	count(f, s, DELIVERED, 100, NOW - 20 * HOUR);
	count(f, s, OPT_OUT, 50, NOW - 20 * HOUR);
	assert_true(write_at(f, s, NOW));
	signals_free(&s);
}

/* 131049 and 130472 pause for the pack's day, not until someone comes. */
static void test_some_pauses_end_by_themselves(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);

	count(f, s, SENT | SIGNAL_BIT(SIGNAL_MARKETING_SENT), 100, NOW);
	count(f, s, SIGNAL_BIT(SIGNAL_CAPPED), 60, NOW);
	assert_true(write_at(f, s, NOW));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT until_at FROM pause WHERE scope = 'number'"), NOW + DAY);
	signals_free(&s);
}

static bool silent(struct fixture *f, int64_t minutes, time_ms now)
{
	bool changed = false;

	OK(trip_silence(
	    f->conn, f->pack, &f->ids, STR("101"), minutes * MINUTE, now, &changed, &f->err));
	return changed;
}

/* Each level once; the first webhook ends what silence alone had paused, and it begins by steps. */
static void test_silence_pauses_and_ends_by_itself(void **state)
{
	struct fixture *f = *state;

	set_up_shop(f);
	assert_false(silent(f, 0, NOW));
	assert_false(silent(f, 5, NOW + 5 * MINUTE));
	assert_false(silent(f, 6, NOW + 6 * MINUTE));
	assert_int_equal(alarms(f, "breaker.warn"), 1);
	assert_true(silent(f, 30, NOW + 30 * MINUTE));
	assert_false(silent(f, 31, NOW + 31 * MINUTE));
	assert_int_equal(alarms(f, "breaker.pause"), 1);
	assert_int_equal(pauses(f), 1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM alarm WHERE detail LIKE"
			     " '%\"signal\":\"webhook_silence\",\"part\":1800,%\"proxy\":false%'"),
	    1);
	assert_true(silent(f, 0, NOW + 32 * MINUTE));
	assert_int_equal(alarms(f, "breaker.clear"), 1);
	assert_int_equal(pauses(f), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM resume"), 1);
	assert_false(silent(f, 0, NOW + 33 * MINUTE));
	assert_int_equal(alarms(f, "breaker.clear"), 1);
}

/* A pause for another reason stays when webhooks come back. */
static void test_silence_leaves_other_pauses(void **state)
{
	struct fixture *f = *state;

	set_up_shop(f);
	assert_true(silent(f, 30, NOW));
	OK(pause_set(f->conn, STR("number"), STR("101"), PURPOSE_MARKETING, TIME_NONE,
	    STR("breaker"), STR("opt_outs"), NOW, &f->err));
	(void)silent(f, 0, NOW + MINUTE);
	assert_int_equal(pauses(f), 1);
}

/* What warns is told to who asks, and to nobody else's. */
static void test_what_is_known_of_a_place(void **state)
{
	struct fixture *f = *state;
	struct breaker_known *known = NULL;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];
	struct signals *s = make(f);
	size_t n = 9;

	count(f, s, DELIVERED, 1000, NOW);
	count(f, s, SIGNAL_BIT(SIGNAL_COMPLAINT), 7, NOW);
	assert_false(write_at(f, s, NOW));
	OK(breaker_list(
	    f->conn, SIGNAL_OF_CAMPAIGN, STR("spring"), 10, f->arena, &known, &n, &f->err));
	assert_int_equal(n, 1);
	assert_true(str_eq(known[0].signal, STR("complaints")));
	assert_int_equal(known[0].level, BREAKER_WARN);
	OK(breaker_list(
	    f->conn, SIGNAL_OF_CAMPAIGN, STR("autumn"), 10, f->arena, &known, &n, &f->err));
	assert_int_equal(n, 0);
	OK(trip_findings(
	    f->conn, f->pack, SIGNAL_OF_CAMPAIGN, STR("spring"), NOW, found, &n, &f->err));
	assert_int_equal(n, pack_breaker(f->pack)->signals_len + 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM alarm WHERE detail LIKE '%\"proxy\":true%'"),
	    4);
	signals_free(&s);
}

/* Two days later, in the hour of the send: then and not before. */
static void test_only_sent_is_judged_late(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);

	count(f, s, SIGNAL_BIT(SIGNAL_KNOWN), 1000, NOW - 49 * HOUR);
	count(f, s, SIGNAL_BIT(SIGNAL_ONLY_SENT), 50, NOW - 49 * HOUR);
	assert_false(write_at(f, s, NOW - 4 * HOUR));
	assert_int_equal(pauses(f), 0);
	count(f, s, SIGNAL_BIT(SIGNAL_KNOWN), 1, NOW - 49 * HOUR);
	assert_true(write_at(f, s, NOW));
	assert_int_equal(pauses(f), 3);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM pause WHERE reason = 'only_sent_48h'"), 3);
	signals_free(&s);
}

static int fill_and_write(struct fixture *f)
{
	struct signals *s = NULL;
	bool paused;
	int r = signals_new(&s, &f->err);

	for (int i = 0; r == 0 && i < 100; i++)
		r = signals_count(
		    s, SIGNAL_OF_NUMBER, STR("101"), DELIVERED | OPT_OUT, NOW, &f->err);
	if (r == 0)
		r = trip_write(s, f->conn, f->pack, &f->ids, NOW, &paused, &f->err);
	signals_free(&s);
	return r;
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, fill_and_write);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_it_acts_when_something_begins),
		FIXTURE_TEST(test_after_a_resume_it_counts_anew),
		FIXTURE_TEST(test_the_window_moves),
		FIXTURE_TEST(test_some_pauses_end_by_themselves),
		FIXTURE_TEST(test_every_statement_may_fail),
		FIXTURE_TEST(test_silence_pauses_and_ends_by_itself),
		FIXTURE_TEST(test_silence_leaves_other_pauses),
		FIXTURE_TEST(test_what_is_known_of_a_place),
		FIXTURE_TEST(test_only_sent_is_judged_late),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
