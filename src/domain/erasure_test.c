#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "domain/fixture.h"

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/erasure.h"
#include "domain/journal.h"
#include "domain/ledger_check.h"
#include "domain/ledger_point.h"
#include "domain/ledger_tree.h"
#include "domain/outbox.h"
#include "domain/person_key.h"
#include "domain/suppression.h"

#define PHONE "+393331234501"
#define BSUID "IT.1A2b3C4d5E"

static struct person known(struct fixture *f, const char *phone, const char *bsuid)
{
	struct person p;

	OK(person_get(f->conn, *phone ? phone_of(phone) : (struct phone){ 0 }, str_c(bsuid),
	    STR("770"), &f->ids, NOW, f->arena, &p, &f->err));
	return p;
}

static void grant(struct fixture *f, uint64_t person, int64_t n)
{
	const struct consent_entry e = {
		.person = person,
		.purpose = PURPOSE_MARKETING,
		.act = CONSENT_GRANT,
		.at = NOW - n,
		.evidence = EVIDENCE_FORM,
		.source = STR("https://shop.example/signup"),
		.wording = STR("Vorrei ricevere le offerte"),
		.attributes = STR("{\"name\":\"Marta Neri\"}"),
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_true(fresh);
}

static uint64_t decided(struct fixture *f, uint64_t person, enum send_state state)
{
	const struct journal_entry e = {
		.id = id_next(&f->ids, NOW),
		.at = NOW,
		.updated_at = NOW,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("100200300"),
		.waba = STR("900800700"),
		.person = person,
		.purpose = PURPOSE_UTILITY,
		.kind = MESSAGE_TEMPLATE,
		.verdict = VERDICT_REFUSE,
		.mode = MODE_ENFORCE,
		.state = state,
		.digest = { { 9 } },
		.rules = STR(
		    "[{\"id\":\"window.closed\",\"level\":\"refuse\",\"unsure\":false,\"until\":null,"
		    "\"because\":\"x\",\"evidence\":{\"person\":\"+39333***01\"}}]"),
		.callback = STR("order of Marta"),
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	return e.id;
}

static const struct erasure_order usual = { 77, "person", ERASURE_GROUND, true, NULL };

static int erase(struct fixture *f, uint64_t person, struct erasure_report *ret)
{
	struct erasure_plan plan;

	erasure_plan_init(&plan);
	int r = erasure_plan_begin(f->conn, person, &plan, &f->err);
	if (r == 0)
		r = erasure_run(f->conn, &f->ledger, &plan, &usual, NOW, ret, &f->err);
	erasure_plan_done(&plan);
	return r;
}

static int64_t rows_of(struct fixture *f, uint64_t person)
{
	static const char *const tables_of_people[] = {
		"SELECT count(*) FROM person WHERE id = ?1",
		"SELECT count(*) FROM consent WHERE person = ?1",
		"SELECT count(*) FROM consent_record WHERE recorded_for = ?1",
		"SELECT count(*) FROM person_key WHERE person = ?1",
		"SELECT count(*) FROM person_bsuid WHERE person = ?1",
		"SELECT count(*) FROM person_history WHERE person = ?1",
		"SELECT count(*) FROM person_mark WHERE person = ?1",
		"SELECT count(*) FROM person_merged WHERE person = ?1 OR gone = ?1",
		"SELECT count(*) FROM contact WHERE person = ?1",
		"SELECT count(*) FROM marketing_sent WHERE person = ?1",
		"SELECT count(*) FROM delivered WHERE person = ?1",
		"SELECT count(*) FROM decision WHERE person = ?1",
		"SELECT count(*) FROM ledger_leaf WHERE ref = ?1",
	};
	int64_t sum = 0, n;

	for (size_t i = 0; i < ARRAY_LEN(tables_of_people); i++) {
		OK(store_ask_int(f->conn, &n, &f->err, tables_of_people[i], "i", (int64_t)person));
		sum += n;
	}
	return sum;
}

static struct ledger_report report_of(struct fixture *f)
{
	struct note_verifier none = { 0 };
	const struct ledger_check in = {
		.conn = f->conn, .verifier = &none, .in_transaction = true
	};
	struct ledger_report report;

	OK(ledger_install(f->conn, NOW, &f->err));
	OK(ledger_check(&in, &report, &f->err));
	return report;
}

static void must_be_sound(struct fixture *f)
{
	struct ledger_report r = report_of(f);
	struct buf text;

	buf_init(&text, 0);
	ledger_finding_write(&r.finding, &text);
	if (r.finding.fault != LEDGER_SOUND)
		fail_msg("%s", text.p);
	buf_done(&text);
}

static void test_a_person_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, BSUID), other = known(f, "+393331234502", "");

	grant(f, p.id, 1);
	grant(f, p.id, 2);
	grant(f, other.id, 1);
	uint64_t sent = decided(f, p.id, SEND_ACCEPTED),
		 theirs = decided(f, other.id, SEND_ACCEPTED);
	OK(person_mark(f->conn, p.id, MARK_HARD_FAILURE, STR(""), NOW, TIME_NONE, &f->err));
	OK(marketing_sent_add(f->conn, p.id, NOW, sent, &f->err));
	assert_true(rows_of(f, p.id) >= 8);
	int64_t others = rows_of(f, other.id);

	OK(erase(f, p.id, &report));
	assert_int_equal(rows_of(f, p.id), 0);
	assert_int_equal(rows_of(f, other.id), others);
	assert_int_equal(report.consents, 2);
	assert_int_equal(report.decisions, 1);
	assert_int_equal(report.entries, 3);
	must_be_sound(f);
	assert_int_equal(report_of(f).erased, 3);

	struct journal_entry e;
	assert_int_equal(journal_get(f->conn, sent, f->arena, &e, &f->err), 1);
	assert_true(e.person == 0 && !e.callback.p && !e.wamid.p);
	assert_memory_equal(e.digest.b, (const uint8_t[SHA256_LEN]){ 0 }, SHA256_LEN);
	assert_non_null(memmem(e.rules.p, e.rules.len, "window.closed", 13));
	assert_null(memmem(e.rules.p, e.rules.len, "333", 3));
	assert_int_equal(journal_get(f->conn, theirs, f->arena, &e, &f->err), 1);
	assert_int_equal(e.person, other.id);
}

/* What every entry about the person committed to, and under which salt. */
static void test_salts_are_gone(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, "");

	grant(f, p.id, 1);
	(void)decided(f, p.id, SEND_REFUSED);
	OK(erase(f, p.id, &report));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf WHERE length(salt) = 0"), 2);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_leaf WHERE length(salt) = 32"), 1);
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT count(*) FROM ledger_note WHERE content LIKE"
		" '{\"at\":%,\"category\":\"person\",\"entries\":[[1,2]],"
		"\"erasure\":\"era_%\",\"ground\":\"gdpr.17.1.b\",\"suppressed\":[\"%\"]}'"),
	    1);
}

/* Whom others had become, and who had been others. */
static void test_merged_people(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person a = known(f, PHONE, ""), b = known(f, "", BSUID), both;
	const struct person_lesson lesson = {
		.ledger = &f->ledger, .ids = &f->ids, .portfolio = STR("770"), .now = NOW
	};
	const struct person_keys keys = { phone_of(PHONE), STR(BSUID), STR_NONE };

	grant(f, a.id, 1);
	grant(f, b.id, 2);
	(void)decided(f, b.id, SEND_ACCEPTED);
	OK(person_learn(f->conn, &lesson, &keys, f->arena, &both, &f->err));
	assert_int_equal(both.id, a.id);
	OK(erase(f, both.id, &report));
	assert_int_equal(rows_of(f, a.id) + rows_of(f, b.id), 0);
	assert_int_equal(report.decisions, 1);
	must_be_sound(f);
}

static void test_what_waits_is_cancelled(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, "");
	uint64_t held = decided(f, p.id, SEND_HELD);
	const struct outbox_entry body = {
		.decision = held,
		.due_at = NOW,
		.expires_at = NOW + HOUR,
		.path = STR("/v23.0/100200300/messages"),
		.body = STR("{}"),
	};
	struct journal_entry e;

	OK(outbox_add(f->conn, &f->key, &body, &f->err));
	OK(idem_add(
	    f->conn, STR("app_1"), STR("k"), &(struct sha256){ { 1 } }, held, NOW, &f->err));
	OK(erase(f, p.id, &report));
	assert_int_equal(report.cancelled, 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM outbox"), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM idempotency"), 0);
	assert_int_equal(journal_get(f->conn, held, f->arena, &e, &f->err), 1);
	assert_int_equal(e.state, SEND_CANCELLED);
}

static void test_not_while_a_send_is_under_way(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, "");

	(void)decided(f, p.id, SEND_SENDING);
	FAILS(erase(f, p.id, &report), E_BUSY, "");
}

/* An answer that comes late does not bring the number back. */
static void test_a_late_answer(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, "");
	uint64_t id = decided(f, p.id, SEND_UNKNOWN);
	struct journal_entry e;

	OK(erase(f, p.id, &report));
	assert_int_equal(journal_get(f->conn, id, f->arena, &e, &f->err), 1);
	OK(journal_move(f->conn, &e, SEND_ACCEPTED, STR("wamid.X"), 0, NOW, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM decision WHERE wamid IS NOT NULL"), 0);
}

static void test_who_was_forgotten_stays_blocked(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	const struct phone phone = phone_of(PHONE), none = { 0 };
	struct person p = known(f, PHONE, BSUID);

	assert_int_equal(suppression_has(f->conn, phone, STR(BSUID), &f->err), 0);
	OK(erase(f, p.id, &report));
	assert_int_equal(suppression_has(f->conn, phone, STR_NONE, &f->err), 1);
	assert_int_equal(suppression_has(f->conn, none, STR(BSUID), &f->err), 1);
	assert_int_equal(suppression_has(f->conn, phone_of("+393331234502"), STR_NONE, &f->err), 0);
	assert_int_equal(known(f, PHONE, "").flags & PERSON_SUPPRESSED, PERSON_SUPPRESSED);
	struct person by_bsuid = known(f, "", BSUID);
	assert_int_equal(person_find(f->conn, none, STR(BSUID), f->arena, &by_bsuid, &f->err), 1);
	assert_int_equal(by_bsuid.flags & PERSON_SUPPRESSED, PERSON_SUPPRESSED);
	assert_int_equal(known(f, "+393331234503", "").flags, 0);
	struct json_writer names;
	struct buf list;
	buf_init(&list, 0);
	jw_init(&names, &list);
	jw_array(&names);
	assert_int_equal(suppression_remove(f->conn, phone, STR_NONE, &names, &f->err), 1);
	jw_array_end(&names);
	assert_int_equal(list.len, 2 + 2 + 2 * SHA256_LEN); /* [ ], two quotes, one name */
	buf_done(&list);
	assert_int_equal(suppression_has(f->conn, phone, STR_NONE, &f->err), 0);
}

static void test_who_comes_back(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, BSUID);
	struct consent_entry e = {
		.purpose = PURPOSE_UTILITY,
		.act = CONSENT_GRANT,
		.at = NOW,
		.evidence = EVIDENCE_FORM,
	};
	bool fresh;

	OK(erase(f, p.id, &report));
	e.person = known(f, PHONE, "").id;
	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_int_equal(suppression_has(f->conn, phone_of(PHONE), STR_NONE, &f->err), 1);
	e.at = NOW - 1; /* before they were forgotten */
	e.evidence = EVIDENCE_INBOUND;
	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_int_equal(suppression_has(f->conn, phone_of(PHONE), STR_NONE, &f->err), 1);
	assert_int_equal(known(f, PHONE, "").flags & PERSON_SUPPRESSED, PERSON_SUPPRESSED);
	e.at = NOW + 1;
	OK(consent_append(f->conn, &f->ledger, &e, NOW + 1, &fresh, &f->err));
	assert_int_equal(suppression_has(f->conn, phone_of(PHONE), STR_NONE, &f->err), 0);
	assert_int_equal(known(f, PHONE, "").flags & PERSON_SUPPRESSED, 0);
}

static enum ledger_fault fault_after(struct fixture *f, const char *deed)
{
	OK(store_do(f->conn, &f->err, deed, ""));
	return report_of(f).finding.fault;
}

/* A row that is deleted would let an import bring back who was forgotten. */
static void test_the_suppression_list_is_missed(void **state)
{
	struct fixture *f = *state;
	struct erasure_report report;
	struct person p = known(f, PHONE, BSUID);
	struct consent_entry e = {
		.purpose = PURPOSE_UTILITY,
		.act = CONSENT_GRANT,
		.at = NOW,
		.evidence = EVIDENCE_INBOUND,
	};
	bool fresh;

	OK(suppression_open(f->conn, NOW - 1, &f->err));
	OK(erase(f, p.id, &report));
	must_be_sound(f);
	OK(store_do(f->conn, &f->err, "CREATE TABLE kept AS SELECT * FROM suppression", ""));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM kept"), 3);
	/* the row of the list itself is missed by suppression_open() */
	assert_int_equal(fault_after(f, "DELETE FROM suppression"), LEDGER_SUPPRESSION_GONE);
	assert_int_equal(report_of(f).finding.seq, report.entry);
	assert_int_equal(
	    fault_after(f, "INSERT INTO suppression SELECT * FROM kept ORDER BY at LIMIT 2"),
	    LEDGER_SUPPRESSION_GONE);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO suppression SELECT * FROM kept WHERE true ON CONFLICT DO NOTHING", ""));
	must_be_sound(f);
	assert_int_equal(
	    fault_after(f, "INSERT INTO suppression VALUES (x'00', 1)"), LEDGER_SUPPRESSION_OTHER);
	OK(store_do(f->conn, &f->err, "DELETE FROM suppression WHERE pseudonym = x'00'", ""));

	/* who comes back is off the list, and the ledger says so; and may be forgotten again */
	e.person = known(f, PHONE, BSUID).id;
	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM suppression"), 1);
	must_be_sound(f);
	assert_int_equal(fault_after(f,
			     "INSERT INTO suppression SELECT * FROM kept WHERE true"
			     " ON CONFLICT DO NOTHING"),
	    LEDGER_SUPPRESSION_OTHER);
}

/* Without the key nobody is found, so a store does not go on with another one. */
static void test_another_suppression_key(void **state)
{
	struct fixture *f = *state;

	OK(suppression_open(f->conn, NOW, &f->err));
	OK(suppression_open(f->conn, NOW, &f->err));
	f->keyring.suppression.b[0] ^= 1;
	FAILS(suppression_open(f->conn, NOW, &f->err), E_CRYPTO, "");
	f->keyring.suppression.b[0] ^= 1;
}

static void test_words_are_sealed(void **state)
{
	struct fixture *f = *state;
	struct person p = known(f, PHONE, "");
	struct consent_entry *acts;
	size_t len;

	grant(f, p.id, 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT instr(sealed, x'4d61727461') FROM consent_record"), 0);
	OK(consent_list_full(f->conn, p.id, f->arena, &acts, &len, &f->err));
	assert_int_equal(len, 1);
	assert_true(str_eq(acts[0].wording, STR("Vorrei ricevere le offerte")));
	assert_true(str_eq(acts[0].attributes, STR("{\"name\":\"Marta Neri\"}")));
	OK(person_key_destroy(f->conn, p.id, &f->err));
	FAILS(consent_list_full(f->conn, p.id, f->arena, &acts, &len, &f->err), E_CRYPTO, "");
}

static void test_retention(void **state)
{
	struct fixture *f = *state;
	int64_t place = 0, acts = 0, seq;
	struct journal_entry e;
	uint64_t old = decided(f, 5, SEND_ACCEPTED), waits = decided(f, 5, SEND_HELD);

	for (int i = 0; i < 250; i++)
		(void)decided(f, 6, SEND_READ);
	OK(ledger_append(f->conn, &f->ledger, LEAF_OPERATOR, 0, STR("{}"), NOW, &seq, &f->err));
	OK(ledger_keep(f->conn, seq, STR("{}"), &f->err));
	assert_int_equal(
	    erasure_age_decisions(f->conn, &f->ledger, &f->ids, &place, NOW, NOW, &f->err), 0);
	assert_int_equal(place, 0);
	int rounds = 0;
	while (erasure_age_decisions(
		   f->conn, &f->ledger, &f->ids, &place, NOW + HOUR, NOW, &f->err) > 0)
		rounds++;
	assert_true(rounds >= 3);
	OK(erasure_age_acts(f->conn, &f->ledger, &f->ids, &acts, NOW, NOW, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_note WHERE content = '{}'"), 1);
	OK(erasure_age_acts(f->conn, &f->ledger, &f->ids, &acts, NOW + 1, NOW, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM ledger_note WHERE content = '{}'"), 0);
	assert_int_equal(journal_get(f->conn, old, f->arena, &e, &f->err), 1);
	assert_int_equal(e.person, 0);
	assert_int_equal(journal_get(f->conn, waits, f->arena, &e, &f->err), 1);
	assert_int_equal(e.person, 5);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM decision WHERE person IS NOT NULL"), 1);
	assert_int_equal(report_of(f).erased, 252);
	must_be_sound(f);
}

static int deed(struct fixture *f)
{
	struct person p;
	int r = person_get(
	    f->conn, phone_of(PHONE), STR(BSUID), STR("770"), &f->ids, NOW, f->arena, &p, &f->err);
	struct erasure_report report;

	return r < 0 ? r : erase(f, p.id, &report);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, deed);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "erasure", deed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_person_is_forgotten),
		FIXTURE_TEST(test_salts_are_gone),
		FIXTURE_TEST(test_merged_people),
		FIXTURE_TEST(test_what_waits_is_cancelled),
		FIXTURE_TEST(test_not_while_a_send_is_under_way),
		FIXTURE_TEST(test_a_late_answer),
		FIXTURE_TEST(test_who_was_forgotten_stays_blocked),
		FIXTURE_TEST(test_who_comes_back),
		FIXTURE_TEST(test_the_suppression_list_is_missed),
		FIXTURE_TEST(test_another_suppression_key),
		FIXTURE_TEST(test_words_are_sealed),
		FIXTURE_TEST(test_retention),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
