#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/account.h"
#include "domain/fixture.h"
#include "domain/inbox.h"
#include "domain/overview.h"

/* --- pauses ----------------------------------------------------------------------------------- */

static void add_number(struct fixture *f)
{
	const struct account_values account = {
		.waba = STR("900800700"),
		.portfolio = STR("700600500"),
		.name = STR("Calzature Rossi"),
	};
	const struct number_values number = {
		.waba = STR("900800700"),
		.id = STR("100200300"),
		.display = STR("+39 333 123 4500"),
	};
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
	OK(number_add(f->conn, &number, NOW, &created, &f->err));
}

static void test_pauses(void **state)
{
	struct fixture *f = *state;
	struct overview_pause *pauses;
	size_t len;

	add_number(f);
	OK(overview_pauses(
	    f->conn, STR("number"), STR("100200300"), f->arena, &pauses, &len, &f->err));
	assert_int_equal(len, 0);
	OK(pause_set(f->conn, STR("number"), STR("100200300"), PURPOSE_UTILITY, TIME_NONE,
	    STR("breaker"), STR("Many failures"), NOW, &f->err));
	OK(pause_set(f->conn, STR("number"), STR("100200300"), PURPOSE_MARKETING, NOW + HOUR,
	    STR("operator"), STR("Complaints"), NOW, &f->err));
	OK(pause_set(f->conn, STR("waba"), STR("900800700"), PURPOSE_ALL, TIME_NONE,
	    STR("operator"), STR("Audit"), NOW, &f->err));
	OK(overview_pauses(
	    f->conn, STR("number"), STR("100200300"), f->arena, &pauses, &len, &f->err));
	assert_int_equal(len, 2);
	assert_int_equal(pauses[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(pauses[0].until, NOW + HOUR);
	assert_int_equal(pauses[0].at, NOW);
	assert_true(str_eq(pauses[0].reason, STR("Complaints")));
	assert_int_equal(pauses[1].purpose, PURPOSE_UTILITY);
	assert_int_equal(pauses[1].until, TIME_NONE);
	assert_true(str_eq(pauses[1].by, STR("breaker")));
	OK(overview_pauses(
	    f->conn, STR("waba"), STR("900800700"), f->arena, &pauses, &len, &f->err));
	assert_int_equal(len, 1);
	assert_true(str_eq(pauses[0].reason, STR("Audit")));
}

/* --- alarms ----------------------------------------------------------------------------------- */

static void test_alarms(void **state)
{
	struct fixture *f = *state;
	struct overview_alarm *alarms;
	size_t len;
	bool more;

	for (uint64_t id = 1; id <= 5; id++)
		OK(alarm_add(f->conn, id, id == 3 ? STR("other") : STR("bypass.detected"),
		    STR("100200300"), STR("x"), NOW + (time_ms)id, &f->err));
	OK(overview_alarms(f->conn, 0, STR_NONE, 5, f->arena, &alarms, &len, &more, &f->err));
	assert_int_equal(len, 5);
	assert_false(more);
	assert_int_equal(alarms[0].id, 5);
	assert_int_equal(alarms[4].at, NOW + 1);
	OK(overview_alarms(f->conn, 0, STR_NONE, 2, f->arena, &alarms, &len, &more, &f->err));
	assert_int_equal(len, 2);
	assert_true(more);
	OK(overview_alarms(f->conn, 4, STR_NONE, 2, f->arena, &alarms, &len, &more, &f->err));
	assert_int_equal(alarms[0].id, 3);
	assert_true(more);
	OK(overview_alarms(
	    f->conn, 4, STR("bypass.detected"), 2, f->arena, &alarms, &len, &more, &f->err));
	assert_int_equal(len, 2);
	assert_int_equal(alarms[0].id, 2);
	assert_false(more);
	OK(overview_alarms(f->conn, 1, STR_NONE, 2, f->arena, &alarms, &len, &more, &f->err));
	assert_int_equal(len, 0);
	assert_false(more);
}

/* --- queues ----------------------------------------------------------------------------------- */

static void test_queues(void **state)
{
	struct fixture *f = *state;
	struct overview_queues q;

	OK(overview_queues(f->conn, &q, &f->err));
	assert_int_equal(q.held + q.ready + q.sending + q.unknown + q.forward, 0);
	OK(store_exec(f->conn,
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted,"
	    " attempts, policy, updated_at, leaf)"
	    " VALUES (1, 1, 1, 1, 1, 1, 1, 0, 0, 'x', 1, 0), (2, 1, 1, 1, 1, 1, 1, 0, 0, 'x', 1, 0),"
	    " (3, 1, 1, 1, 1, 1, 2, 0, 0, 'x', 1, 0), (4, 1, 1, 1, 1, 1, 3, 0, 0, 'x', 1, 0),"
	    " (5, 1, 1, 1, 1, 1, 4, 0, 0, 'x', 1, 0), (6, 1, 1, 1, 1, 1, 10, 0, 0, 'x', 1, 0)",
	    &f->err));
	OK(forward_add(f->conn, &f->key, 1, STR("app"), STR("{}"), NOW, &f->err));
	OK(overview_queues(f->conn, &q, &f->err));
	assert_int_equal(q.held, 2);
	assert_int_equal(q.ready, 1);
	assert_int_equal(q.sending, 1);
	assert_int_equal(q.unknown, 1);
	assert_int_equal(q.forward, 1);
}

/* --- consents --------------------------------------------------------------------------------- */

static uint64_t record(
    struct fixture *f, const char *phone, const char *bsuid, enum consent_act act, time_ms at)
{
	struct phone p = { 0 };
	struct person person;
	bool fresh;

	if (phone)
		p = phone_of(phone);
	OK(person_get(
	    f->conn, p, str_c(bsuid), STR("700600500"), &f->ids, NOW, f->arena, &person, &f->err));
	const struct consent_entry e = {
		.person = person.id,
		.purpose = PURPOSE_MARKETING,
		.act = act,
		.at = at,
		.evidence = act == CONSENT_GRANT ? EVIDENCE_FORM : EVIDENCE_NONE,
		.source = STR("shop"),
		.attributes = STR("{\"city\":\"Forli\"}"),
		.import_id = 7,
	};
	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	return person.id;
}

static void test_all_consents(void **state)
{
	struct fixture *f = *state;
	struct overview_place place = { 0 };
	struct overview_consent *items;
	size_t len, seen = 0;
	bool more = true;

	uint64_t anna = record(f, "+393331234501", NULL, CONSENT_GRANT, NOW - DAY);
	uint64_t bruno = record(f, NULL, "IT.1A2b3C4d5E", CONSENT_GRANT, NOW - DAY);
	assert_int_equal(record(f, "+393331234501", NULL, CONSENT_WITHDRAW, NOW), anna);
	const struct {
		uint64_t person;
		enum consent_act act;
		const char *bsuid;
	} expected[] = {
		{ anna, CONSENT_GRANT, NULL },
		{ anna, CONSENT_WITHDRAW, NULL },
		{ bruno, CONSENT_GRANT, "IT.1A2b3C4d5E" },
	};
	while (more) {
		OK(overview_consents(f->conn, &place, 2, f->arena, &items, &len, &more, &f->err));
		for (size_t i = 0; i < len; i++, seen++) {
			assert_true(seen < ARRAY_LEN(expected));
			assert_int_equal(items[i].place.person, expected[seen].person);
			assert_int_equal(items[i].entry.act, expected[seen].act);
			assert_true(expected[seen].bsuid
				? str_eq_c(items[i].bsuid, expected[seen].bsuid)
				: !items[i].bsuid.p && items[i].phone.number == 393331234501);
			assert_int_equal(items[i].entry.import_id, 7);
			assert_int_equal(items[i].entry.recorded_at, NOW);
			assert_true(str_eq(items[i].entry.attributes, STR("{\"city\":\"Forli\"}")));
			place = items[i].place;
		}
	}
	assert_int_equal(seen, ARRAY_LEN(expected));
}

/* --- faults ----------------------------------------------------------------------------------- */

static int read_everything(struct fixture *f)
{
	struct overview_place place = { 0 };
	struct overview_pause *pauses;
	struct overview_alarm *alarms;
	struct overview_queues queues;
	struct overview_consent *consents;
	size_t len;
	bool more;
	int r = overview_pauses(f->conn, STR("number"), STR("1"), f->arena, &pauses, &len, &f->err);

	if (r == 0)
		r = overview_alarms(
		    f->conn, 0, STR_NONE, 9, f->arena, &alarms, &len, &more, &f->err);
	if (r == 0)
		r = overview_queues(f->conn, &queues, &f->err);
	if (r == 0)
		r = overview_consents(
		    f->conn, &place, 9, f->arena, &consents, &len, &more, &f->err);
	return r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, read_everything);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_pauses),
		FIXTURE_TEST(test_alarms),
		FIXTURE_TEST(test_queues),
		FIXTURE_TEST(test_all_consents),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
