#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/fixture.h"
#include "domain/incident.h"
#include "domain/incident_story.h"
#include "domain/incident_windows.h"
#include "domain/overview.h"

#define WABA "900800700"
#define NUMBER "100200300"

static void set_up_shop(struct fixture *f)
{
	scratch_exec(
	    f->conn, "INSERT INTO portfolio (id, counting, updated_at) VALUES ('1', 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO waba (id, portfolio, name, country, state, payment_ok, created_at, updated_at)"
	    " VALUES ('" WABA "', '1', 'Shop', 'IT', 'active', 1, 0, 0)");
	scratch_exec(f->conn,
	    "INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) VALUES ('" NUMBER "', '" WABA
	    "', '+393331234500', 'CONNECTED', 'GREEN', 80, 1, 0, 0)");
}

static struct incident_desk desk(struct fixture *f, time_ms now)
{
	return (struct incident_desk){ f->conn, &f->ledger, &f->ids, f->pack, now };
}

static uint64_t happen_at(
    struct fixture *f, time_ms now, const char *kind, const char *label, int want)
{
	struct incident_desk d = desk(f, now);
	const struct incident_event e = {
		.kind = str_c(kind),
		.label = str_c(label),
		.scope = STR("waba"),
		.scope_id = STR(WABA),
		.waba = STR(WABA),
		.origin = STR("meta"),
		.at = now,
		.words = STR("{\"event\":\"X\"}"),
	};
	uint64_t id = 0;
	int r = incident_happen(&d, &e, &id, &f->err);

	if (r != want)
		fail_msg("%s %s: %d instead of %d: %s", kind, label, r, want, f->err.text);
	return id;
}

static struct incident get(struct fixture *f, uint64_t id)
{
	struct incident i = { .id = 0 };

	assert_int_equal(incident_get(f->conn, id, f->arena, &i, &f->err), 1);
	return i;
}

static int64_t alarms(struct fixture *f, const char *kind)
{
	int64_t n = 0;

	OK(store_ask_int(
	    f->conn, &n, &f->err, "SELECT count(*) FROM alarm WHERE kind = ?1", "t", str_c(kind)));
	return n;
}

/* Every pair of states; what the table does not have is refused by incident_do as well. */
static void test_moves(void **state)
{
	struct fixture *f = *state;
	static const char allowed[6][6] = {
		[INCIDENT_OPEN] = { 0, 0, 1, 1, 1, 1 },
		[INCIDENT_EVIDENCE] = { 0, 0, 0, 1, 1, 1 },
		[INCIDENT_SUBMITTED] = { 0, 0, 1, 0, 1, 1 },
		[INCIDENT_ANSWERED] = { 0, 1, 0, 1, 0, 1 },
	};

	set_up_shop(f);
	uint64_t id = happen_at(f, NOW, "restricted", "", 1);
	for (int from = INCIDENT_OPEN; from <= INCIDENT_CLOSED; from++) {
		for (int to = INCIDENT_OPEN; to <= INCIDENT_CLOSED; to++) {
			struct incident_desk d = desk(f, NOW);
			const struct incident_act act = { .id = id,
				.kind = STR("note"),
				.by = STR("Marta"),
				.to = (enum incident_state)to };
			bool may = allowed[from][to];
			assert_int_equal(
			    incident_may_move((enum incident_state)from, (enum incident_state)to),
			    may);
			OK(store_do(f->conn, &f->err, "UPDATE incident SET state = ?1", "i",
			    (int64_t)from));
			int r = incident_do(&d, &act, NULL, &f->err);
			if (r != (may || from == to ? 0 : -E_CONFLICT))
				fail_msg("%s → %s: %d",
				    incident_state_name((enum incident_state)from),
				    incident_state_name((enum incident_state)to), r);
		}
	}
}

static const struct {
	const char *name, *first_kind, *first_label, *kind, *label;
	bool same;
	const char *becomes;
} causes[] = {
	{ "a restriction after a violation", "violation", "SCAM", "restricted", "SCAM", true,
	    "restricted" },
	{ "a restriction that names no cause", "violation", "SCAM", "restricted", "", true,
	    "restricted" },
	{ "a cause that was not told before", "restricted", "", "restricted", "ALCOHOL", true,
	    "restricted" },
	{ "another violation", "violation", "SCAM", "violation", "ALCOHOL", false, "violation" },
	{ "a lock after a restriction", "restricted", "SCAM", "locked", "", true, "locked" },
	{ "a violation after a lock", "locked", "", "violation", "SCAM", true, "locked" },
	{ "Direct Send", "restricted", "SCAM", "direct_send", "", false, "restricted" },
};

static void test_what_belongs_together(void **state)
{
	struct fixture *f = *state;

	set_up_shop(f);
	for (size_t i = 0; i < ARRAY_LEN(causes); i++) {
		uint64_t first = happen_at(f, NOW, causes[i].first_kind, causes[i].first_label, 1);
		uint64_t second = happen_at(
		    f, NOW + HOUR, causes[i].kind, causes[i].label, causes[i].same ? 0 : 1);
		if ((first == second) != causes[i].same ||
		    !str_eq_c(get(f, first).kind, causes[i].becomes))
			fail_msg("%s", causes[i].name);
		scratch_exec(f->conn, "UPDATE incident SET state = 5");
	}
	/* closed is closed: the same again is a new one */
	happen_at(f, NOW, "restricted", "SCAM", 1);
}

static void test_the_deadline(void **state)
{
	struct fixture *f = *state;

	set_up_shop(f);
	uint64_t id = happen_at(f, NOW, "restricted", "", 1);
	struct incident i = get(f, id);
	assert_int_equal(i.deadline_at, NOW + 90 * DAY);
	assert_int_equal(incident_days_left(&i, NOW), 90);
	assert_int_equal(incident_days_left(&i, NOW + 1), 89);
	assert_int_equal(incident_days_left(&i, NOW + 90 * DAY), 0);
	assert_int_equal(incident_days_left(&i, NOW + 90 * DAY + 1), -1);

	struct incident_desk d = desk(f, NOW + 83 * DAY - 1);
	scratch_exec(
	    f->conn, "INSERT INTO waba_restriction (waba, type, at) VALUES ('" WABA "', 'X', 0)");
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(alarms(f, "incident.deadline"), 0);
	d.now = NOW + 83 * DAY;
	OK(incidents_watch(&d, &f->err));
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(alarms(f, "incident.deadline"), 1);
	/* a lock: a new decision, and a new deadline */
	happen_at(f, NOW + 84 * DAY, "locked", "", 0);
	assert_int_equal(get(f, id).deadline_at, NOW + 174 * DAY);
}

static void test_steps_are_on_the_ledger(void **state)
{
	struct fixture *f = *state;
	struct incident_step *steps = NULL;
	struct ledger_leaf leaf;
	size_t len = 0;

	set_up_shop(f);
	uint64_t id = happen_at(f, NOW, "restricted", "SCAM", 1);
	struct incident_desk d = desk(f, NOW + MINUTE);
	struct incident_act act = { .id = id,
		.kind = STR("submitted"),
		.by = STR("Marta Neri"),
		.words = STR("Asked in the Support Home"),
		.reference = STR("CASE-17"),
		.to = INCIDENT_SUBMITTED };
	OK(incident_do(&d, &act, NULL, &f->err));
	act = (struct incident_act){ .id = id,
		.kind = STR("answered"),
		.by = STR("Marta Neri"),
		.to = INCIDENT_ANSWERED,
		.outcome = INCIDENT_REVERSED };
	OK(incident_do(&d, &act, NULL, &f->err));
	act = (struct incident_act){ .id = id,
		.kind = STR("closed"),
		.by = STR("Marta Neri"),
		.words = STR("Lists without a source are not imported any more."),
		.to = INCIDENT_CLOSED };
	OK(incident_do(&d, &act, NULL, &f->err));

	struct incident i = get(f, id);
	assert_int_equal(i.state, INCIDENT_CLOSED);
	assert_int_equal(i.outcome, INCIDENT_REVERSED);
	assert_true(str_eq_c(i.reference, "CASE-17"));
	assert_true(str_starts(i.lessons, STR("Lists without")));
	assert_int_equal(i.closed_at, NOW + MINUTE);
	OK(incident_steps(f->conn, id, f->arena, &steps, &len, &f->err));
	assert_int_equal(len, 4);
	for (size_t k = 0; k < len; k++) {
		struct str content = STR_NONE;
		struct store_stmt *s = NULL;
		assert_int_equal(ledger_get(f->conn, steps[k].leaf, f->arena, &leaf, &f->err), 1);
		assert_int_equal(leaf.type, LEAF_INCIDENT);
		OK(store_ask(f->conn, &s, &f->err,
		    "SELECT content FROM ledger_note WHERE leaf = ?1", "i", steps[k].leaf));
		assert_int_equal(store_step(s, &f->err), 1);
		OK(store_copy_text(s, 0, f->arena, &content));
		store_reset(s);
		assert_true(ledger_leaf_commits(&leaf, content));
	}
	assert_int_equal(alarms(f, "incident.opened"), 1);
	assert_int_equal(alarms(f, "incident.answered"), 1);
	assert_int_equal(alarms(f, "incident.closed"), 1);
}

/* Whatever put it on record, the watch finds it, once; and finds when it is over. */
static const struct {
	const char *name, *begins, *ends, *kind, *scope;
	enum incident_outcome outcome;
} found[] = {
	{ "locked", "UPDATE waba SET state = 'locked'", "UPDATE waba SET state = 'active'",
	    "locked", "waba", INCIDENT_ENDED },
	{ "red", "UPDATE number SET quality = 'RED'", "UPDATE number SET quality = 'YELLOW'",
	    "number_quality", "number", INCIDENT_ENDED },
	{ "flagged", "UPDATE number SET status = 'FLAGGED'",
	    "UPDATE number SET status = 'CONNECTED'", "number_quality", "number", INCIDENT_ENDED },
	{ "banned", "UPDATE number SET status = 'BANNED'", "UPDATE number SET status = 'CONNECTED'",
	    "number_blocked", "number", INCIDENT_ENDED },
	{ "paused by the breaker",
	    "INSERT INTO pause (scope, scope_id, purpose, made_by, reason, at)"
	    " VALUES ('number', '" NUMBER "', 1, 'breaker', 'opt_outs', 0)",
	    "DELETE FROM pause", "own_pause", "number", INCIDENT_ENDED },
	{ "its health says BLOCKED",
	    "INSERT INTO waba_restriction (waba, type, until_at, at)"
	    " SELECT id, 'HEALTH_BLOCKED', NULL, 0 FROM waba",
	    "UPDATE waba_restriction SET until_at = 1", "restricted", "waba", INCIDENT_ENDED },
	{ "no direct sends",
	    "INSERT INTO waba_restriction (waba, type, until_at, at)"
	    " SELECT id, 'RESTRICTED_DIRECT_SEND_UTILITY_TEMPLATES', NULL, 0 FROM waba",
	    "UPDATE waba_restriction SET until_at = 1", "direct_send", "waba", INCIDENT_ENDED },
	{ "a country",
	    "INSERT INTO waba_blocked_country (waba, country, at) SELECT id, 'FR', 0 FROM waba",
	    "DELETE FROM waba_blocked_country", "country_blocked", "waba", INCIDENT_ENDED },
	{ "no token",
	    "INSERT INTO pause (scope, scope_id, purpose, made_by, reason, at)"
	    " SELECT 'waba', id, 4, 'meta', 'token', 0 FROM waba",
	    "DELETE FROM pause", "token_refused", "waba", INCIDENT_ENDED },
	{ "a paused template",
	    "INSERT INTO template (waba, name, language, category, correct_category, status, quality, updated_at)"
	    " SELECT id, 'offerta', 'it', 1, 0, 'PAUSED', 'GREEN', 0 FROM waba",
	    "UPDATE template SET status = 'APPROVED'", "template_paused", "template",
	    INCIDENT_ENDED },
};

/* Restrictions that stop no message are no incident by themselves. */
static void test_what_the_watch_leaves_alone(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);

	set_up_shop(f);
	scratch_exec(f->conn,
	    "INSERT INTO waba_restriction (waba, type, until_at, at)"
	    " SELECT id, 'RESTRICTED_USER_INITIATED_CALLING', NULL, 0 FROM waba");
	scratch_exec(f->conn,
	    "INSERT INTO waba_restriction (waba, type, until_at, at)"
	    " SELECT id, 'RESTRICTED_ADD_PHONE_NUMBER_ACTION', NULL, 0 FROM waba");
	scratch_exec(f->conn,
	    "INSERT INTO pause (scope, scope_id, purpose, made_by, reason, at)"
	    " SELECT 'waba', id, 2, 'meta', '131064', 0 FROM waba");
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 0);
}

static void test_the_watch(void **state)
{
	struct fixture *f = *state;

	set_up_shop(f);
	for (size_t i = 0; i < ARRAY_LEN(found); i++) {
		struct incident_desk d = desk(f, NOW + (time_ms)i * HOUR);
		scratch_exec(f->conn, "DELETE FROM incident");
		OK(incidents_watch(&d, &f->err));
		assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 0);
		scratch_exec(f->conn, found[i].begins);
		OK(incidents_watch(&d, &f->err));
		OK(incidents_watch(&d, &f->err));
		struct incident x = get(
		    f, (uint64_t)scratch_int(f->conn, "SELECT max(id) FROM incident"));
		if (scratch_int(f->conn, "SELECT count(*) FROM incident") != 1 ||
		    !str_eq_c(x.kind, found[i].kind) || !str_eq_c(x.scope, found[i].scope) ||
		    x.state != INCIDENT_OPEN)
			fail_msg("%s", found[i].name);
		scratch_exec(f->conn, found[i].ends);
		OK(incidents_watch(&d, &f->err));
		x = get(f, x.id);
		if (x.state != INCIDENT_ANSWERED || x.outcome != found[i].outcome)
			fail_msg("%s: not over", found[i].name);
	}
}

/* No event tells that a restriction has ended: the clock does. */
/* While the same goes on, nothing new is opened; once it was over, it is. */
static void test_what_goes_on(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);
	struct incident_act act = { .kind = STR("answered"),
		.by = STR("Marta"),
		.to = INCIDENT_ANSWERED,
		.outcome = INCIDENT_UNCHANGED };

	set_up_shop(f);
	scratch_exec(f->conn, "UPDATE waba SET state = 'locked'");
	OK(incidents_watch(&d, &f->err));
	act.id = (uint64_t)scratch_int(f->conn, "SELECT max(id) FROM incident");
	OK(incident_do(&d, &act, NULL, &f->err));
	OK(incidents_watch(&d, &f->err));
	act.to = INCIDENT_CLOSED;
	act.outcome = 0;
	OK(incident_do(&d, &act, NULL, &f->err));
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 1);

	d.now += DAY;
	scratch_exec(f->conn, "UPDATE waba SET state = 'active'");
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(get(f, act.id).over_at, d.now);
	assert_int_equal(get(f, act.id).state, INCIDENT_CLOSED);
	assert_int_equal(get(f, act.id).outcome, INCIDENT_UNCHANGED);
	d.now += DAY;
	scratch_exec(f->conn, "UPDATE waba SET state = 'locked'");
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 2);
}

/* Lost, and then it became worse: it is open again, with a new deadline. */
static void test_worse_after_the_answer(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);
	struct incident_act act = { .kind = STR("answered"),
		.by = STR("Marta"),
		.to = INCIDENT_ANSWERED,
		.outcome = INCIDENT_UNCHANGED };

	set_up_shop(f);
	act.id = happen_at(f, NOW, "restricted", "", 1);
	OK(incident_do(&d, &act, NULL, &f->err));
	assert_int_equal(happen_at(f, NOW + DAY, "locked", "", 0), act.id);
	assert_int_equal(get(f, act.id).state, INCIDENT_OPEN);
	assert_int_equal(get(f, act.id).outcome, INCIDENT_NO_ANSWER);
	assert_int_equal(get(f, act.id).deadline_at, NOW + 91 * DAY);
}

/* What came by letter is not on record: no watch ends it. */
static void test_by_hand(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);
	const struct incident_event e = { .kind = STR("locked"),
		.scope = STR("waba"),
		.scope_id = STR(WABA),
		.waba = STR(WABA),
		.origin = STR("operator"),
		.by = STR("Marta Neri"),
		.note = STR("Notice by e-mail"),
		.at = NOW };
	uint64_t id = 0;

	set_up_shop(f);
	assert_int_equal(incident_happen(&d, &e, &id, &f->err), 1);
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(get(f, id).state, INCIDENT_OPEN);
}

static void test_a_restriction_expires(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);

	set_up_shop(f);
	OK(waba_restrict(f->conn, STR(WABA), STR("RESTRICTED_BIZ_INITIATED_MESSAGING"),
	    NOW + 3 * DAY, NOW, &f->err));
	uint64_t id = happen_at(f, NOW, "restricted", "SCAM", 1);
	uint64_t newer = happen_at(f, NOW + HOUR, "violation", "ALCOHOL", 1);
	d.now = NOW + 3 * DAY - 1;
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(get(f, id).state, INCIDENT_OPEN);
	d.now = NOW + 3 * DAY;
	OK(incidents_watch(&d, &f->err));
	assert_int_equal(get(f, id).state, INCIDENT_ANSWERED);
	assert_int_equal(get(f, id).outcome, INCIDENT_ENDED);
	assert_int_equal(get(f, newer).state, INCIDENT_OPEN);
}

/* More than one look takes in: the next look goes on behind them. */
static void test_many_at_once(void **state)
{
	struct fixture *f = *state;
	struct incident_desk d = desk(f, NOW);

	set_up_shop(f);
	scratch_exec(f->conn,
	    "WITH RECURSIVE k (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM k WHERE n < 250)"
	    " INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) SELECT 'n' || n, '" WABA "', '', 'CONNECTED', 'RED', 80, 1, 0, 0 FROM k");
	for (int i = 0; i < 3; i++)
		OK(incidents_watch(&d, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 250);
	scratch_exec(f->conn, "UPDATE number SET status = 'BANNED'");
	for (int i = 0; i < 3; i++)
		OK(incidents_watch(&d, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM incident WHERE kind = 'number_blocked'"),
	    251);
}

static void test_open_conversations(void **state)
{
	struct fixture *f = *state;
	struct incident_windows place = { 0 };
	struct story_impact impact;

	set_up_shop(f);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO contact (person, number, last_inbound_at, last_call_at) VALUES"
	    " (1, '" NUMBER "', ?1, NULL), (2, '" NUMBER "', ?2, NULL), (3, '" NUMBER "', ?3, ?2),"
	    " (4, '" NUMBER "', ?3, NULL), (5, 'another', ?2, NULL)",
	    "mmm", NOW - DAY, NOW - DAY + 1, NOW + 1));
	struct incident i = get(f, happen_at(f, NOW, "locked", "", 1));
	OK(story_impact(f->conn, &i, f->arena, &impact, &f->err));
	assert_int_equal(impact.conversations, 2);
	/* once counted, it stays: who writes again later had a window all the same */
	while (incident_windows_count(f->conn, &place, &f->err) > 0)
		;
	scratch_exec(f->conn, "DELETE FROM contact");
	i = get(f, i.id);
	OK(story_impact(f->conn, &i, f->arena, &impact, &f->err));
	assert_int_equal(impact.conversations, 2);
}

/* Several slices, for two incidents; one of them is of a number. */
static void test_open_conversations_are_counted_in_slices(void **state)
{
	struct fixture *f = *state;
	struct incident_windows place = { 0 };
	struct story_impact impact;
	int64_t slices = 0;

	set_up_shop(f);
	scratch_exec(f->conn,
	    "INSERT INTO number (id, waba, display, status, quality, throughput, established, created_at,"
	    " updated_at) VALUES ('second', '" WABA "', '', 'CONNECTED', 'GREEN', 80, 1, 0, 0)");
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 25000)"
	    " INSERT INTO contact (person, number, last_inbound_at) SELECT i, CASE WHEN i % 2 = 0"
	    " THEN '" NUMBER "' ELSE 'second' END, CASE WHEN i % 5 = 0 THEN ?1 ELSE 1 END FROM n",
	    "m", NOW - 1));
	uint64_t id = happen_at(f, NOW, "locked", "", 1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM incident WHERE impact LIKE '%windows_since%'"),
	    1);
	while (incident_windows_count(f->conn, &place, &f->err) > 0)
		slices++;
	assert_int_equal(slices, 3);
	struct incident i = get(f, id);
	OK(story_impact(f->conn, &i, f->arena, &impact, &f->err));
	assert_int_equal(impact.conversations, 5000);
	scratch_exec(f->conn,
	    "UPDATE incident SET scope = 'number', scope_id = 'second', impact = '{\"held\":3,\"windows_since\":2}'");
	while (incident_windows_count(f->conn, &place, &f->err) > 0)
		;
	i = get(f, id);
	OK(story_impact(f->conn, &i, f->arena, &impact, &f->err));
	assert_int_equal(impact.conversations, 2500);
	assert_int_equal(impact.held, 3);
}

/* What nobody can read counts nothing, and is not looked at again. */
static void test_a_moment_that_is_broken(void **state)
{
	struct fixture *f = *state;
	struct incident_windows place = { 0 };

	set_up_shop(f);
	(void)happen_at(f, NOW, "locked", "", 1);
	scratch_exec(f->conn, "UPDATE incident SET impact = 'windows_since'");
	assert_int_equal(incident_windows_count(f->conn, &place, &f->err), 1);
	assert_int_equal(incident_windows_count(f->conn, &place, &f->err), 0);
}

/* The fixture takes the transaction back each time, and with it what was set up. */
static int lock_and_watch(struct fixture *f)
{
	static const char sql[] = "UPDATE number SET quality = 'RED' WHERE id = '" NUMBER "'";
	struct incident_desk d = desk(f, NOW);
	int r = store_exec(f->conn, sql, &f->err);
	uint64_t id;
	const struct incident_event e = { .kind = STR("locked"),
		.scope = STR("waba"),
		.scope_id = STR(WABA),
		.waba = STR(WABA),
		.origin = STR("meta"),
		.at = NOW };

	if (r == 0)
		r = incident_happen(&d, &e, &id, &f->err);
	return r < 0 ? r : incidents_watch(&d, &f->err);
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, lock_and_watch);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_moves),
		FIXTURE_TEST(test_what_belongs_together),
		FIXTURE_TEST(test_the_deadline),
		FIXTURE_TEST(test_steps_are_on_the_ledger),
		FIXTURE_TEST(test_the_watch),
		FIXTURE_TEST(test_what_the_watch_leaves_alone),
		FIXTURE_TEST(test_what_goes_on),
		FIXTURE_TEST(test_worse_after_the_answer),
		FIXTURE_TEST(test_by_hand),
		FIXTURE_TEST(test_a_restriction_expires),
		FIXTURE_TEST(test_many_at_once),
		FIXTURE_TEST(test_open_conversations),
		FIXTURE_TEST(test_open_conversations_are_counted_in_slices),
		FIXTURE_TEST(test_a_moment_that_is_broken),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
