#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/consent_undo.h"
#include "domain/consent_near.h"
#include "domain/contact.h"
#include "domain/erasure.h"
#include "domain/fixture.h"
#include "domain/recipient.h"

#define ROUNDS 12
#define CHANGES 250
#define KEYS 6
#define PORTFOLIO STR("770")

static const char *const phones[KEYS] = { "+393331234501", "+393331234502", "+393331234503",
	"+393331234504", "+393331234505", "+393331234506" };
static const char *const bsuids[KEYS] = { "IT.1A2b3C4d51", "IT.1A2b3C4d52", "IT.1A2b3C4d53",
	"IT.1A2b3C4d54", "IT.1A2b3C4d55", "IT.1A2b3C4d56" };
static const char *const numbers[] = { "100200300", "100200301" };

struct world {
	struct fixture *f;
	uint64_t random;
	time_ms now;
	uint64_t imports;
	/* how often each way was there to be compared */
	size_t copied, asked, alone;
};

/* splitmix64 */
static uint64_t roll(struct world *w, uint64_t n)
{
	uint64_t z = w->random += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % n;
}

static struct person_keys some_keys(struct world *w)
{
	uint64_t which = roll(w, 3);

	return (struct person_keys){
		.phone = which != 1 ? phone_of(phones[roll(w, KEYS)]) : (struct phone){ 0 },
		.bsuid = which != 0 ? str_c(bsuids[roll(w, KEYS)]) : STR_NONE,
		.parent = STR_NONE,
	};
}

static uint64_t somebody(struct world *w)
{
	struct fixture *f = w->f;
	struct person_keys k = some_keys(w);
	struct person p;

	OK(person_get(
	    f->conn, k.phone, k.bsuid, PORTFOLIO, &f->ids, w->now, f->arena, &p, &f->err));
	return p.id;
}

/* --- changes ---------------------------------------------------------------------------------- */

static struct consent_entry some_act(struct world *w)
{
	return (struct consent_entry){
		.person = somebody(w),
		.purpose = (enum purpose)(1 + roll(w, PURPOSE_ALL)),
		.act = roll(w, 2) ? CONSENT_GRANT : CONSENT_WITHDRAW,
		.at = w->now - (time_ms)roll(w, 40) * HOUR,
		.evidence = (enum evidence)(EVIDENCE_NONE + 1 + roll(w, EVIDENCE_SIGNED)),
	};
}

static void act(struct world *w)
{
	struct fixture *f = w->f;
	struct consent_entry e = some_act(w);
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, w->now, &fresh, &f->err));
}

/* An import of a few acts, and most often its undoing. */
static void import(struct world *w)
{
	struct fixture *f = w->f;
	struct consent_import x = {
		.id = ++w->imports,
		.at = w->now,
		.ended_at = w->now,
		.by = STR("admin"),
		.form = STR("csv"),
		.state = IMPORT_DONE,
		.undone_at = TIME_NONE,
	};
	enum import_fate fate;

	OK(consent_import_begin(f->conn, &x, &f->err));
	for (uint64_t i = roll(w, 4); i < 5; i++) {
		struct consent_entry e = some_act(w);
		e.import_id = x.id;
		OK(consent_import_act(f->conn, &f->ledger, &e, w->now, &fate, &f->err));
	}
	while (roll(w, 4) &&
	    consent_import_undo(f->conn, &f->ledger, 2, w->now, f->arena, &x, &f->err) > 0)
		;
}

static void contact(struct world *w)
{
	struct fixture *f = w->f;
	uint64_t who = somebody(w);
	struct str number = str_c(numbers[roll(w, 2)]);
	time_ms at = w->now - (time_ms)roll(w, 100) * MINUTE;

	switch (roll(w, 5)) {
	case 0:
		OK(contact_call(f->conn, who, number, at, &f->err));
		break;
	case 1:
		OK(contact_close_window(f->conn, who, number, &f->err));
		break;
	case 2:
		OK(contact_answered(f->conn, who, number, &f->err));
		break;
	default:
		OK(contact_inbound(f->conn, who, number, at, &f->err));
		OK(contact_waits(f->conn, who, number, at, &f->err));
	}
}

/* Merges, numbers that change hands, people who change theirs. */
static void identity(struct world *w)
{
	struct fixture *f = w->f;
	struct person_lesson lesson = { &f->ledger, &f->ids, PORTFOLIO, w->now, w->now };
	struct person_keys one = some_keys(w), two = some_keys(w);
	struct person p;

	switch (roll(w, 3)) {
	case 0:
		OK(person_link(f->conn, &lesson, &one, f->arena, &p, &f->err));
		break;
	case 1:
		OK(person_rekey(f->conn, &lesson, &one, &two, f->arena, &p, &f->err));
		break;
	default:
		OK(person_learn(f->conn, &lesson, &one, f->arena, &p, &f->err));
	}
}

static void erase(struct world *w)
{
	const struct erasure_order order = { ++w->imports, "person", ERASURE_GROUND, true, NULL };
	struct fixture *f = w->f;
	struct erasure_report report;
	struct erasure_plan plan;

	erasure_plan_init(&plan);
	OK(erasure_plan_begin(f->conn, somebody(w), &plan, &f->err));
	OK(erasure_run(f->conn, &f->ledger, &plan, &order, w->now, &report, &f->err));
	erasure_plan_done(&plan);
}

/* As people are who were there before there were copies. */
static void forget_the_copy(struct world *w)
{
	struct fixture *f = w->f;

	OK(store_do(f->conn, &f->err,
	    "UPDATE person SET acts = NULL, contacts = NULL WHERE id = ?1", "i",
	    (int64_t)somebody(w)));
}

static void flag(struct world *w)
{
	struct fixture *f = w->f;

	OK(person_set_flag(f->conn, somebody(w), PERSON_STOP_DOUBT, roll(w, 2) != 0, &f->err));
}

static void change(struct world *w)
{
	static void (*const changes[])(struct world *) = { act, act, act, act, contact, contact,
		contact, identity, identity, import, forget_the_copy, flag };
	uint64_t which = roll(w, 10 * ARRAY_LEN(changes) + 1);

	w->now += MINUTE;
	if (which == 0)
		erase(w);
	else
		changes[which % ARRAY_LEN(changes)](w);
}

/* --- both ways -------------------------------------------------------------------------------- */

static void compare_acts(struct world *w, const struct recipient *who)
{
	struct fixture *f = w->f;
	const struct facts_consent *acts;
	size_t len;

	OK(consent_list(f->conn, who->person.id, f->arena, &acts, &len, &f->err));
	assert_int_equal(who->consents_len, len);
	for (size_t i = 0; i < len; i++) {
		assert_int_equal(who->consents[i].purpose, acts[i].purpose);
		assert_int_equal(who->consents[i].act, acts[i].act);
		assert_int_equal(who->consents[i].at, acts[i].at);
		assert_int_equal(who->consents[i].evidence, acts[i].evidence);
	}
}

static void compare_contact(struct world *w, const struct recipient *who, struct str number)
{
	struct fixture *f = w->f;
	struct contact last = { TIME_NONE, TIME_NONE };
	struct store_stmt *s;
	bool waits = false;
	int r = store_find(f->conn, &s, &f->err,
	    "SELECT last_inbound_at, last_call_at, waits_since FROM contact"
	    " WHERE person = ?1 AND number = ?2",
	    "it", (int64_t)who->person.id, number);

	OK(r);
	if (r > 0) {
		last = (struct contact){ store_col_time(s, 0), store_col_time(s, 1) };
		waits = !store_col_null(s, 2);
		store_reset(s);
	}
	assert_int_equal(who->contact.last_inbound_at, last.last_inbound_at);
	assert_int_equal(who->contact.last_call_at, last.last_call_at);
	assert_int_equal(who->waits, waits);
}

static void compare(struct world *w, uint64_t id)
{
	struct fixture *f = w->f;
	struct recipient who, same;

	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		struct str number = str_c(numbers[i]);
		assert_int_equal(recipient_by_id(f->conn, id, number, f->arena, &who, &f->err), 1);
		assert_int_equal(who.person.id, id);
		compare_acts(w, &who);
		compare_contact(w, &who, number);
		if (!who.person.phone.number)
			continue;
		assert_int_equal(recipient_find(f->conn, who.person.phone, STR_NONE, number,
				     f->arena, &same, &f->err),
		    1);
		assert_int_equal(same.person.id, id);
		compare_acts(w, &same);
		compare_contact(w, &same, number);
	}
}

static void compare_all(struct world *w)
{
	struct fixture *f = w->f;
	uint64_t ids[4 * KEYS];
	struct store_stmt *s;
	size_t n = 0;

	OK(store_ask(
	    f->conn, &s, &f->err, "SELECT id, acts IS NULL, contacts IS NULL FROM person", ""));
	while (store_step(s, &f->err) > 0) {
		assert_true(n < ARRAY_LEN(ids));
		ids[n++] = (uint64_t)store_col_int(s, 0);
		w->copied += !store_col_int(s, 1);
		w->asked += store_col_int(s, 1) != 0;
		w->alone += !store_col_int(s, 2);
	}
	store_reset(s);
	for (size_t i = 0; i < n; i++)
		compare(w, ids[i]);
}

static void test_the_copy_says_what_the_tables_say(void **state)
{
	struct world w = { .f = *state, .now = NOW };

	for (unsigned round = 0; round < ROUNDS; round++) {
		fixture_rollback(state);
		fixture_begin(state);
		w.random = round;
		for (unsigned i = 0; i < CHANGES; i++) {
			change(&w);
			compare_all(&w);
			arena_reset(w.f->arena);
		}
	}
	assert_true(w.copied > 1000 && w.asked > 1000 && w.alone > 1000);
}

/* A store from before there were copies, filled while it goes on changing. */
static void test_who_was_there_before(void **state)
{
	struct fixture *f = *state;
	struct world w = { .f = f, .now = NOW, .random = 99 };
	const int64_t crowd = 600;
	int r;

	for (unsigned i = 0; i < CHANGES; i++)
		change(&w);
	for (int64_t i = 1; i <= crowd; i++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO person (id, phone, flags, created_at, place)"
		    " VALUES (?1, ?2, 0, 0, ?2)",
		    "ii", i, 393330000000 + i));
	scratch_exec(f->conn, "UPDATE person SET acts = NULL, contacts = NULL");
	scratch_exec(f->conn,
	    "INSERT INTO person_near (one, place) SELECT 1, min(place) FROM person HAVING min(place)"
	    " IS NOT NULL");
	do {
		r = consent_near_fill(f->conn, &f->err);
		OK(r);
		scratch_exec(f->conn, "DELETE FROM person WHERE id = 600");
		for (unsigned i = 0; i < 5; i++)
			act(&w);
	} while (r > 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person_near"), 0);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM person WHERE contacts IS NULL AND id NOT IN"
			     " (SELECT person FROM contact)"),
	    0);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM person WHERE acts IS NULL AND id IN"
			     " (SELECT person FROM consent GROUP BY person HAVING count(*) <= 8)"),
	    0);
	assert_true(scratch_int(f->conn, "SELECT count(*) FROM person WHERE acts IS NOT NULL"));
	scratch_exec(f->conn, "DELETE FROM person WHERE id <= 600");
	compare_all(&w);
	assert_int_equal(consent_near_fill(f->conn, &f->err), 0);
}

/* --- the rest --------------------------------------------------------------------------------- */

static int64_t copies(struct fixture *f)
{
	return scratch_int(f->conn, "SELECT count(*) FROM person WHERE acts IS NOT NULL");
}

static void append(struct world *w, uint64_t person, int i)
{
	struct fixture *f = w->f;
	const struct consent_entry e = { .person = person,
		.purpose = PURPOSE_UTILITY,
		.act = i % 2 ? CONSENT_WITHDRAW : CONSENT_GRANT,
		.at = NOW - i,
		.evidence = EVIDENCE_FORM };
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
}

static void test_who_did_much_has_none(void **state)
{
	struct fixture *f = *state;
	struct world w = { .f = f, .now = NOW };
	uint64_t who = somebody(&w);

	assert_int_equal(copies(f), 0);
	for (int i = 0; i < CONSENT_NEAR_MAX; i++) {
		append(&w, who, i);
		assert_int_equal(copies(f), 1);
		compare(&w, who);
	}
	append(&w, who, CONSENT_NEAR_MAX);
	assert_int_equal(copies(f), 0);
	compare(&w, who);
}

/* Of a row that somebody wrote past us there is no copy; the table says what it says. */
static void test_what_does_not_fit(void **state)
{
	static const char *const rows[] = { "purpose = 17", "act = act + 4294967296",
		"at = 140737488355328", "at = -1", "evidence = 256" };
	struct fixture *f = *state;
	struct world w = { .f = f, .now = NOW };
	uint64_t who = somebody(&w);
	char sql[100];

	append(&w, who, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)snprintf(sql, sizeof(sql), "UPDATE consent SET %s", rows[i]);
		scratch_exec(f->conn, "SAVEPOINT before");
		scratch_exec(f->conn, sql);
		OK(consent_near_renew(f->conn, who, &f->err));
		assert_int_equal(copies(f), 0);
		scratch_exec(f->conn, "ROLLBACK TO before");
	}
	OK(consent_near_renew(f->conn, who, &f->err));
	assert_int_equal(copies(f), 1);
}

static void test_what_is_no_copy(void **state)
{
	static const char bytes[(CONSENT_NEAR_MAX + 1) * 8];
	static const size_t lengths[] = { 0, 1, 7, 9, sizeof(bytes) - 1, sizeof(bytes) };
	struct fixture *f = *state;
	const struct facts_consent *acts;
	size_t len;

	for (size_t i = 0; i < ARRAY_LEN(lengths); i++)
		assert_int_equal(
		    consent_near_read(str_n(bytes, lengths[i]), f->arena, &acts, &len, &f->err),
		    -E_INVALID);
	OK(consent_near_read(str_n(bytes, 16), f->arena, &acts, &len, &f->err));
	assert_int_equal(len, 2);
}

static int work(struct fixture *f)
{
	int r = store_do(
	    f->conn, &f->err, "INSERT INTO person_near (one, place) VALUES (1, 0)", "");

	if (r == 0)
		r = store_do(f->conn, &f->err,
		    "INSERT INTO person (id, phone, flags, created_at, place)"
		    " VALUES (1, 2, 0, 0, 2)",
		    "");
	return r == 0 ? consent_near_fill(f->conn, &f->err) : r;
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_the_copy_says_what_the_tables_say),
		FIXTURE_TEST(test_who_was_there_before),
		FIXTURE_TEST(test_who_did_much_has_none),
		FIXTURE_TEST(test_what_does_not_fit),
		FIXTURE_TEST(test_what_is_no_copy),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
