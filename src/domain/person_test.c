#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/fixture.h"
#include "domain/person.h"
#include "domain/recipient.h"

#define NONE ((struct phone){ 0 })
#define ANNA "+393331234501"
#define BRUNO "+393331234502"
#define A1 "IT.AnnaOne"
#define A2 "IT.AnnaTwo"
#define B1 "IT.BrunoOne"
#define PARENT "IT.ENT.AnnaParent"

static struct phone phone_or_none(const char *text)
{
	return text ? phone_of(text) : NONE;
}

static struct person get(struct fixture *f, const char *phone, const char *bsuid)
{
	struct person p;

	OK(person_get(f->conn, phone_or_none(phone), str_c(bsuid), STR("500"), &f->ids, NOW,
	    f->arena, &p, &f->err));
	return p;
}

static struct person learn_in(struct fixture *f, const char *phone, const char *bsuid,
    const char *parent, struct str portfolio)
{
	struct person p;

	struct person_lesson lesson = { &f->ledger, &f->ids, portfolio, NOW, NOW };
	struct person_keys keys = { phone_or_none(phone), str_c(bsuid), str_c(parent) };

	OK(person_learn(f->conn, &lesson, &keys, f->arena, &p, &f->err));
	return p;
}

static struct person learn(struct fixture *f, const char *phone, const char *bsuid)
{
	return learn_in(f, phone, bsuid, NULL, STR("500"));
}

static struct person rekey(struct fixture *f, const char *old_phone, const char *old_bsuid,
    const char *new_phone, const char *new_bsuid)
{
	struct person p;

	struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, NOW };
	struct person_keys old = { phone_or_none(old_phone), str_c(old_bsuid), STR_NONE };
	struct person_keys new = { phone_or_none(new_phone), str_c(new_bsuid), STR_NONE };

	OK(person_rekey(f->conn, &lesson, &old, &new, f->arena, &p, &f->err));
	return p;
}

/* Who is behind these keys; 0 = nobody. */
static uint64_t who(struct fixture *f, const char *phone, const char *bsuid)
{
	struct person p = { 0 };
	int rc = person_find(f->conn, phone_or_none(phone), str_c(bsuid), f->arena, &p, &f->err);

	OK(rc);
	assert_int_equal(rc, p.id != 0);
	return p.id;
}

static void act(
    struct fixture *f, uint64_t person, enum purpose purpose, enum consent_act what, time_ms at)
{
	struct consent_entry e = {
		.person = person,
		.purpose = purpose,
		.act = what,
		.at = at,
		.evidence = what == CONSENT_GRANT ? EVIDENCE_FORM : EVIDENCE_NONE,
	};
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
}

/* What the newest act that speaks for the purpose says: CONSENT_GRANT, CONSENT_WITHDRAW, or 0. Of one-time codes no
 * withdrawal of everything speaks (readings 4). */
static int stands(struct fixture *f, uint64_t person, enum purpose purpose)
{
	const struct facts_consent *acts, *newest = NULL;
	size_t len;

	OK(consent_list(f->conn, person, f->arena, &acts, &len, &f->err));
	if (purpose != PURPOSE_AUTHENTICATION)
		newest = facts_consent_newest(acts, len, purpose, NOW);
	for (size_t i = 0; purpose == PURPOSE_AUTHENTICATION && i < len; i++) {
		bool speaks = acts[i].purpose == purpose ||
		    (acts[i].purpose == PURPOSE_ALL && acts[i].act == CONSENT_GRANT);
		if (speaks && facts_consent_is_newer(&acts[i], newest))
			newest = &acts[i];
	}
	return newest ? (int)newest->act : 0;
}

static int64_t history(struct fixture *f, uint64_t person, const char *what)
{
	int64_t n;

	OK(store_ask_int(f->conn, &n, &f->err,
	    "SELECT count(*) FROM person_history WHERE person = ?1 AND what = ?2", "it",
	    (int64_t)person, str_c(what)));
	return n;
}

/* --- finding and creating --------------------------------------------------------------------- */

static void test_found_again(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(who(f, ANNA, NULL), 0);
	assert_int_equal(who(f, NULL, A1), 0);
	assert_int_equal(who(f, NULL, NULL), 0);
	struct person anna = get(f, ANNA, NULL), bruno = get(f, NULL, B1),
		      both = get(f, BRUNO, "IT.Both");
	assert_true(anna.id < bruno.id && bruno.id < both.id);
	assert_int_equal(anna.phone.number, phone_of(ANNA).number);
	assert_int_equal(bruno.phone.number, 0);
	assert_int_equal(anna.flags, 0);
	assert_null(anna.timezone.p);
	assert_false(anna.merged);
	assert_int_equal(get(f, ANNA, NULL).id, anna.id);
	assert_int_equal(get(f, NULL, B1).id, bruno.id);
	assert_int_equal(who(f, BRUNO, NULL), both.id);
	assert_int_equal(who(f, NULL, "IT.Both"), both.id);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 3);
}

static void test_known_apart_the_phone_wins(void **state)
{
	struct fixture *f = *state;
	struct person anna = get(f, ANNA, NULL), bruno = get(f, NULL, B1);

	assert_int_equal(who(f, ANNA, B1), anna.id);
	assert_int_equal(get(f, ANNA, B1).id, anna.id);
	assert_int_equal(who(f, NULL, B1), bruno.id);
	assert_int_equal(get(f, BRUNO, B1).id, bruno.id);
	assert_int_equal(who(f, BRUNO, NULL), 0);
}

static const struct {
	const char *what, *phone, *bsuid;
	size_t people;
} behind[] = {
	{ "one person has both", ANNA, A1, 1 },
	{ "known apart", ANNA, B1, 2 },
	{ "only the number is known", ANNA, A2, 2 },
	{ "only the BSUID is known", BRUNO, B1, 2 },
	{ "nobody has either", BRUNO, A2, 1 },
	{ "a number", ANNA, NULL, 1 },
	{ "a BSUID", NULL, B1, 1 },
};

/* Whoever is behind one of the keys is among them, and the first is who person_find names. */
static void test_everybody_behind_two_keys(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(behind); i++) {
		struct fixture *f = *state;
		struct person_lesson lesson = {
			.ids = &f->ids, .portfolio = STR("500"), .now = NOW
		};
		struct person_keys keys = { .phone = phone_or_none(behind[i].phone),
			.bsuid = str_c(behind[i].bsuid) };
		struct people all;

		(void)get(f, ANNA, A1);
		(void)get(f, NULL, B1);
		uint64_t first = who(f, behind[i].phone, behind[i].bsuid);
		OK(person_get_all(f->conn, &lesson, &keys, f->arena, &all, &f->err));
		if (all.len != behind[i].people)
			fail_msg("%s: %zu people", behind[i].what, all.len);
		assert_true(!first || all.list[0].id == first);
		uint64_t phones = who(f, behind[i].phone, NULL),
			 ids = who(f, NULL, behind[i].bsuid);
		uint64_t last = all.list[all.len - 1].id;
		if ((phones && phones != all.list[0].id && phones != last) ||
		    (ids && ids != all.list[0].id && ids != last))
			fail_msg("%s: somebody was forgotten", behind[i].what);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
	}
}

static void test_nobody_in_particular(void **state)
{
	struct fixture *f = *state;
	struct person p;

	FAILS(person_get(f->conn, NONE, STR_NONE, STR("500"), &f->ids, NOW, f->arena, &p, &f->err),
	    E_INVALID, "phone");
	struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, NOW };
	struct person_keys anna = { .phone = phone_of(ANNA) }, none = { .parent = STR(PARENT) };
	FAILS(person_learn(f->conn, &lesson, &none, f->arena, &p, &f->err), E_INVALID, "phone");
	FAILS(person_rekey(f->conn, &lesson, &anna, &none, f->arena, &p, &f->err), E_INVALID,
	    "phone");
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 0);
}

/* --- learning --------------------------------------------------------------------------------- */

static void test_keys_join(void **state)
{
	struct fixture *f = *state;
	struct person anna = get(f, ANNA, NULL);

	assert_int_equal(learn(f, ANNA, A1).id, anna.id);
	assert_int_equal(who(f, NULL, A1), anna.id);
	assert_int_equal(learn_in(f, NULL, A1, PARENT, STR("500")).id, anna.id);
	assert_int_equal(who(f, NULL, PARENT), anna.id);
	assert_int_equal(learn_in(f, NULL, "IT.AnnaElsewhere", PARENT, STR("600")).id, anna.id);
	assert_int_equal(who(f, NULL, "IT.AnnaElsewhere"), anna.id);
	assert_int_equal(history(f, anna.id, "bsuid"), 3);
	struct person bruno = learn(f, NULL, B1);
	assert_int_equal(learn(f, BRUNO, B1).id, bruno.id);
	assert_int_equal(who(f, BRUNO, NULL), bruno.id);
	assert_int_equal(history(f, bruno.id, "phone"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 2);
}

static void test_nothing_new_writes_nothing(void **state)
{
	struct fixture *f = *state;

	(void)learn_in(f, ANNA, A1, PARENT, STR("500"));
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	(void)learn_in(f, ANNA, A1, PARENT, STR("500"));
	int64_t before = scratch_int(f->conn, "SELECT total_changes()");
	struct person again = learn_in(f, ANNA, A1, PARENT, STR("500"));
	assert_int_equal(scratch_int(f->conn, "SELECT total_changes()"), before);
	assert_false(again.merged);
	assert_int_equal(again.phone.number, phone_of(ANNA).number);
}

static void test_a_number_changes(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1);

	struct person now = learn(f, "+393331234503", A1);
	assert_int_equal(now.id, anna.id);
	assert_int_equal(now.phone.number, phone_of("+393331234503").number);
	assert_int_equal(who(f, "+393331234503", NULL), anna.id);
	assert_int_equal(who(f, ANNA, NULL), 0);
}

static void test_bsuids_of_a_person(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn_in(f, ANNA, A1, PARENT, STR("500"));
	struct str found;
	static const struct {
		const char *portfolio, *bsuid;
	} rows[] = { { "500", A1 }, { "600", NULL }, { NULL, A1 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OK(person_bsuid(
		    f->conn, anna.id, str_c(rows[i].portfolio), f->arena, &found, &f->err));
		if (!str_eq(found, str_c(rows[i].bsuid)))
			fail_msg("row %zu: %.*s", i, STR_ARG(found));
	}
	struct person bruno = learn_in(f, NULL, B1, NULL, STR_NONE);
	OK(person_bsuid(f->conn, bruno.id, STR("600"), f->arena, &found, &f->err));
	assert_true(str_eq(found, STR(B1)));
	(void)learn_in(f, NULL, B1, NULL, STR("500"));
	OK(person_bsuid(f->conn, bruno.id, STR("600"), f->arena, &found, &f->err));
	assert_null(found.p);
	OK(person_bsuid(f->conn, bruno.id, STR("500"), f->arena, &found, &f->err));
	assert_true(str_eq(found, STR(B1)));
}

/* --- merging ---------------------------------------------------------------------------------- */

static void test_the_older_stays(void **state)
{
	struct fixture *f = *state;
	struct person by_phone = get(f, ANNA, NULL), by_bsuid = get(f, NULL, A1);
	uint64_t now;

	struct person one = learn(f, ANNA, A1);
	assert_int_equal(one.id, by_phone.id);
	assert_true(one.merged);
	assert_int_equal(who(f, NULL, A1), by_phone.id);
	assert_int_equal(history(f, one.id, "merged"), 1);
	OK(person_resolve(f->conn, by_bsuid.id, &now, &f->err));
	assert_int_equal(now, one.id);
	OK(person_resolve(f->conn, one.id, &now, &f->err));
	assert_int_equal(now, one.id);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 1);
	assert_false(learn(f, ANNA, A1).merged);

	by_bsuid = get(f, NULL, B1);
	by_phone = get(f, BRUNO, NULL);
	one = learn(f, BRUNO, B1);
	assert_int_equal(one.id, by_bsuid.id);
	assert_int_equal(one.phone.number, phone_of(BRUNO).number);
	assert_int_equal(who(f, BRUNO, NULL), by_bsuid.id);
}

static void test_three_become_one(void **state)
{
	struct fixture *f = *state;
	uint64_t parent = get(f, NULL, PARENT).id, bsuid = get(f, NULL, A1).id,
		 phone = get(f, ANNA, NULL).id;
	uint64_t now;

	struct person one = learn_in(f, ANNA, A1, PARENT, STR("500"));
	assert_int_equal(one.id, parent);
	OK(person_resolve(f->conn, bsuid, &now, &f->err));
	assert_int_equal(now, parent);
	OK(person_resolve(f->conn, phone, &now, &f->err));
	assert_int_equal(now, parent);
	assert_int_equal(who(f, ANNA, NULL), parent);
	assert_int_equal(who(f, NULL, A1), parent);
}

/* An id that went to one that went to a third is that third. */
static void test_a_chain_of_merges(void **state)
{
	struct fixture *f = *state;
	uint64_t first = get(f, NULL, PARENT).id, second = get(f, ANNA, NULL).id,
		 third = get(f, NULL, A1).id;
	uint64_t now;

	assert_int_equal(learn(f, ANNA, A1).id, second);
	assert_int_equal(learn_in(f, NULL, A1, PARENT, STR("500")).id, first);
	OK(person_resolve(f->conn, third, &now, &f->err));
	assert_int_equal(now, first);
	OK(person_set_flag(f->conn, third, PERSON_SUPPRESSED, true, &f->err));
	assert_int_equal(get(f, ANNA, NULL).flags, PERSON_SUPPRESSED);
}

#define M PURPOSE_MARKETING
#define U PURPOSE_UTILITY
#define AU PURPOSE_AUTHENTICATION
#define G CONSENT_GRANT
#define W CONSENT_WITHDRAW

/* One act on each side; what stands for the purpose behind the merge, and whether an act was added. */
static const struct {
	const char *name;
	enum purpose p1;
	enum consent_act a1;
	int days1;
	enum purpose p2;
	enum consent_act a2;
	int days2;
	enum purpose purpose;
	int stands;
	bool added;
} merges[] = {
	{ "both granted", M, G, 5, M, G, 3, M, G, false },
	{ "both withdrew", M, W, 5, M, W, 3, M, W, false },
	{ "granted, then withdrew", M, G, 5, M, W, 3, M, W, false },
	{ "withdrew, then granted elsewhere", M, W, 5, M, G, 3, M, W, true },
	{ "granted elsewhere, then withdrew", M, W, 3, M, G, 5, M, W, false },
	{ "at the same time", M, W, 3, M, G, 3, M, W, false },
	{ "of another purpose", M, W, 5, U, G, 3, U, G, false },
	{ "withdrew all, then granted one", PURPOSE_ALL, W, 5, M, G, 3, M, W, true },
	{ "withdrew one, then granted all", M, W, 5, PURPOSE_ALL, G, 3, M, W, true },
	{ "the others of that grant stand", M, W, 5, PURPOSE_ALL, G, 3, U, G, true },
	{ "withdrew codes, then granted all", AU, W, 5, PURPOSE_ALL, G, 3, AU, W, true },
	{ "withdrew codes, then granted them", AU, W, 5, AU, G, 3, AU, W, true },
};

/* Whichever side is the older one. */
static void test_a_withdrawal_stays(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(merges) * 2; i++) {
		size_t row = i / 2;
		char bsuid[16], phone[20];
		(void)snprintf(bsuid, sizeof(bsuid), "IT.Row%zu", i);
		(void)snprintf(phone, sizeof(phone), "+3933312345%02zu", i + 10);
		struct person first = get(f, i % 2 ? phone : NULL, i % 2 ? NULL : bsuid);
		struct person second = get(f, i % 2 ? NULL : phone, i % 2 ? bsuid : NULL);
		act(f, first.id, merges[row].p1, merges[row].a1, NOW - merges[row].days1 * DAY);
		act(f, second.id, merges[row].p2, merges[row].a2, NOW - merges[row].days2 * DAY);
		struct person one = learn(f, phone, bsuid);
		const struct facts_consent *acts;
		size_t len;
		OK(consent_list(f->conn, one.id, f->arena, &acts, &len, &f->err));
		int says = stands(f, one.id, merges[row].purpose);
		if (says != merges[row].stands || len != 2u + merges[row].added)
			fail_msg("%s: %d, %zu acts", merges[row].name, says, len);
	}
}

static void test_acts_keep_their_proof(void **state)
{
	struct fixture *f = *state;
	struct person first = get(f, ANNA, NULL), second = get(f, NULL, A1);
	struct consent_entry *list;
	size_t n;

	act(f, first.id, M, G, NOW - 4 * DAY);
	act(f, second.id, M, G, NOW - 3 * DAY);
	act(f, second.id, U, G, NOW - 5 * DAY);
	struct person one = learn(f, ANNA, A1);
	OK(consent_list_full(f->conn, one.id, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 3);
	assert_int_equal(list[0].recorded_for, second.id);
	assert_int_equal(list[1].recorded_for, first.id);
	assert_int_equal(list[2].recorded_for, second.id);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(list[i].person, one.id);
	/* New acts find a place behind them. */
	act(f, one.id, M, W, NOW);
	assert_int_equal(stands(f, one.id, M), W);
}

static void test_flags_add_up(void **state)
{
	struct fixture *f = *state;
	struct person first = get(f, ANNA, NULL), second = get(f, NULL, A1);

	OK(person_set_flag(f->conn, first.id, PERSON_META_STOP, true, &f->err));
	OK(person_set_flag(f->conn, second.id, PERSON_SUPPRESSED, true, &f->err));
	assert_int_equal(learn(f, ANNA, A1).flags, PERSON_META_STOP | PERSON_SUPPRESSED);
	assert_int_equal(get(f, ANNA, NULL).flags, PERSON_META_STOP | PERSON_SUPPRESSED);
	OK(person_set_flag(f->conn, first.id, PERSON_META_STOP, false, &f->err));
	assert_int_equal(get(f, ANNA, NULL).flags, PERSON_SUPPRESSED);
	OK(person_set_flag(f->conn, 1, PERSON_SUPPRESSED, true, &f->err));
}

static void test_contacts_keep_the_later_time(void **state)
{
	struct fixture *f = *state;
	uint64_t first = get(f, ANNA, NULL).id, second = get(f, NULL, A1).id;
	struct recipient who;

	OK(contact_inbound(f->conn, first, STR("101"), NOW - 2 * HOUR, &f->err));
	OK(contact_inbound(f->conn, second, STR("101"), NOW - HOUR, &f->err));
	OK(contact_call(f->conn, first, STR("101"), NOW - 3 * HOUR, &f->err));
	OK(contact_inbound(f->conn, second, STR("202"), NOW - 4 * HOUR, &f->err));
	OK(marketing_sent_add(f->conn, first, NOW - HOUR, 1, &f->err));
	OK(marketing_sent_add(f->conn, second, NOW - HOUR, 2, &f->err));
	OK(delivered_set(f->conn, first, M, NOW - DAY, &f->err));
	OK(delivered_set(f->conn, second, M, NOW - HOUR, &f->err));
	OK(delivered_set(f->conn, second, U, NOW - HOUR, &f->err));
	uint64_t one = learn(f, ANNA, A1).id;

	OK(recipient_by_id(f->conn, one, STR("101"), f->arena, &who, &f->err));
	assert_int_equal(who.contact.last_inbound_at, NOW - HOUR);
	assert_int_equal(who.contact.last_call_at, NOW - 3 * HOUR);
	OK(recipient_by_id(f->conn, one, STR("202"), f->arena, &who, &f->err));
	assert_int_equal(who.contact.last_inbound_at, NOW - 4 * HOUR);
	const time_ms *sent;
	size_t n;
	OK(marketing_sent_list(f->conn, one, NOW - DAY, f->arena, &sent, &n, &f->err));
	assert_int_equal(n, 2);
	struct facts facts;
	facts_init(&facts);
	OK(delivered_fill(f->conn, one, &facts.person, &f->err));
	assert_int_equal(facts.person.last_delivered[M], NOW - HOUR);
	assert_int_equal(facts.person.last_delivered[U], NOW - HOUR);
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT (SELECT count(*) FROM contact) + (SELECT count(*) FROM delivered)"),
	    4);
}

static void test_counts_add_up(void **state)
{
	struct fixture *f = *state;
	int64_t first = (int64_t)get(f, ANNA, NULL).id, second = (int64_t)get(f, NULL, A1).id;
	static const char add[] =
	    "INSERT INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
	struct store_stmt *s;

	OK(store_do(
	    f->conn, &f->err, add, "timmii", STR("p:500"), first, NOW - 5, TIME_NONE, 1LL, 0LL));
	OK(store_do(
	    f->conn, &f->err, add, "timmii", STR("p:500"), second, NOW - 3, NOW - 9, 2LL, 1LL));
	OK(store_do(
	    f->conn, &f->err, add, "timmii", STR("n:101"), second, NOW - 4, TIME_NONE, 1LL, 0LL));
	(void)learn(f, ANNA, A1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM reach"), 2);
	OK(store_ask(f->conn, &s, &f->err,
	    "SELECT reserved_at, delivered_at, open_count, engaged FROM reach WHERE scope = 'p:500' AND person = ?1",
	    "i", first));
	assert_int_equal(store_step(s, &f->err), 1);
	assert_int_equal(store_col_int(s, 0), NOW - 3);
	assert_int_equal(store_col_int(s, 1), NOW - 9);
	assert_int_equal(store_col_int(s, 2), 3);
	assert_int_equal(store_col_int(s, 3), 1);
	store_reset(s);
}

/* --- numbers that change hands ---------------------------------------------------------------- */

static void test_a_number_changes_hands(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1);

	act(f, anna.id, M, G, NOW - DAY);
	act(f, anna.id, U, W, NOW - DAY);
	OK(person_set_flag(f->conn, anna.id, PERSON_META_STOP | PERSON_HAS_MARKS, true, &f->err));
	struct person other = learn(f, ANNA, B1);
	assert_int_not_equal(other.id, anna.id);
	assert_false(other.merged);
	assert_int_equal(who(f, ANNA, NULL), other.id);
	assert_int_equal(who(f, NULL, B1), other.id);
	assert_int_equal(who(f, NULL, A1), anna.id);
	assert_int_equal(stands(f, other.id, M), 0);
	assert_int_equal(stands(f, other.id, U), W);
	assert_int_equal(stands(f, anna.id, M), G);
	assert_int_equal(other.flags, PERSON_META_STOP);
	assert_int_equal(get(f, ANNA, NULL).flags, PERSON_META_STOP);
	assert_int_equal(history(f, anna.id, "phone"), 1);
}

static void test_another_portfolio_is_no_contradiction(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn_in(f, ANNA, A1, NULL, STR("500"));

	assert_int_equal(learn_in(f, ANNA, "IT.AnnaElsewhere", NULL, STR("600")).id, anna.id);
	assert_int_equal(learn_in(f, ANNA, "IT.Unplaced", NULL, STR_NONE).id, anna.id);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 1);
}

/* --- rekeying --------------------------------------------------------------------------------- */

static void test_consent_follows_to_the_new_keys(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1);

	act(f, anna.id, M, W, NOW - DAY);
	OK(person_set_flag(f->conn, anna.id, PERSON_SUPPRESSED, true, &f->err));
	struct person now = rekey(f, ANNA, NULL, BRUNO, A2);
	assert_int_equal(now.id, anna.id);
	assert_int_equal(now.phone.number, phone_of(BRUNO).number);
	assert_int_equal(now.flags, PERSON_SUPPRESSED);
	assert_int_equal(who(f, BRUNO, NULL), anna.id);
	assert_int_equal(who(f, NULL, A2), anna.id);
	assert_int_equal(who(f, NULL, A1), anna.id);
	assert_int_equal(who(f, ANNA, NULL), 0);
	assert_int_equal(stands(f, who(f, BRUNO, NULL), M), W);

	assert_int_equal(rekey(f, NULL, A2, NULL, "IT.AnnaThree").id, anna.id);
	assert_int_equal(who(f, NULL, "IT.AnnaThree"), anna.id);
	assert_int_equal(who(f, BRUNO, NULL), anna.id);
}

static void test_the_new_keys_were_heard_of_first(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1), early = learn(f, BRUNO, A2);

	act(f, anna.id, M, W, NOW - DAY);
	struct person now = rekey(f, ANNA, A1, BRUNO, A2);
	assert_int_equal(now.id, anna.id);
	assert_true(now.merged);
	assert_int_equal(who(f, BRUNO, NULL), anna.id);
	uint64_t gone;
	OK(person_resolve(f->conn, early.id, &gone, &f->err));
	assert_int_equal(gone, anna.id);
	assert_int_equal(stands(f, anna.id, M), W);
}

/* The new number was another's: their grants are not hers, their refusals are honoured. */
static void test_the_new_number_was_anothers(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1), bruno = learn(f, BRUNO, B1);

	act(f, anna.id, U, G, NOW - 2 * DAY);
	act(f, bruno.id, M, G, NOW - DAY);
	act(f, bruno.id, U, W, NOW - 5 * DAY);
	struct person now = rekey(f, ANNA, A1, BRUNO, NULL);
	assert_int_equal(now.id, anna.id);
	assert_false(now.merged);
	assert_int_equal(who(f, BRUNO, NULL), anna.id);
	assert_int_equal(who(f, NULL, B1), bruno.id);
	assert_int_equal(stands(f, anna.id, M), 0);
	assert_int_equal(stands(f, anna.id, U), W);
	assert_int_equal(stands(f, bruno.id, M), G);
}

static void test_nobody_had_the_old_keys(void **state)
{
	struct fixture *f = *state;
	struct person bruno = learn(f, BRUNO, NULL);

	assert_int_equal(rekey(f, ANNA, A1, BRUNO, B1).id, bruno.id);
	assert_int_equal(who(f, NULL, B1), bruno.id);
	assert_int_equal(who(f, ANNA, NULL), 0);
	struct person fresh = rekey(f, NULL, "IT.Unknown", NULL, "IT.New");
	assert_int_equal(who(f, NULL, "IT.New"), fresh.id);
	assert_int_equal(who(f, NULL, "IT.Unknown"), 0);
}

static void test_the_same_news_twice(void **state)
{
	struct fixture *f = *state;
	struct person anna = learn(f, ANNA, A1);

	(void)rekey(f, ANNA, A1, BRUNO, A2);
	(void)rekey(f, ANNA, A1, BRUNO, A2);
	assert_int_equal(who(f, BRUNO, NULL), anna.id);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person"), 1);
	assert_int_equal(history(f, anna.id, "phone"), 1);
	assert_int_equal(history(f, anna.id, "bsuid"), 2);
}

/* --- marks ------------------------------------------------------------------------------------ */

/* What was told at `at`: the keys as learned, or as taken by whoever had A1. */
static void tell(
    struct fixture *f, const char *phone, const char *bsuid, const char *new_phone, time_ms at)
{
	struct person p;
	struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, at };
	struct person_keys keys = { phone_or_none(phone), str_c(bsuid), STR_NONE };
	struct person_keys new = { phone_or_none(new_phone), STR_NONE, STR_NONE };

	OK(new_phone ? person_rekey(f->conn, &lesson, &keys, &new, f->arena, &p, &f->err)
		     : person_learn(f->conn, &lesson, &keys, f->arena, &p, &f->err));
}

/* A message of before the change comes after it, as Meta repeats for days what could not be delivered. */
static void test_late_facts_move_no_number(void **state)
{
	static const char third[] = "+393331234503";
	struct fixture *f = *state;

	tell(f, ANNA, A1, NULL, NOW - 3 * DAY);
	uint64_t anna = who(f, NULL, A1);
	tell(f, ANNA, A1, third, NOW - DAY);
	tell(f, ANNA, A1, NULL, NOW - 2 * DAY);
	tell(f, ANNA, A1, BRUNO, NOW - 2 * DAY);
	assert_int_equal(who(f, third, NULL), anna);
	assert_int_equal(who(f, ANNA, NULL), 0);
	assert_int_equal(who(f, BRUNO, NULL), 0);
	tell(f, third, B1, NULL, NOW - HOUR);
	tell(f, third, A1, NULL, NOW - 2 * HOUR);
	assert_int_equal(who(f, third, NULL), who(f, NULL, B1));
	tell(f, BRUNO, A1, NULL, NOW);
	assert_int_equal(who(f, BRUNO, NULL), anna);
}

/* --- linking ---------------------------------------------------------------------------------- */

static const struct {
	const char *what, *phone, *bsuid;
	int linked;
	bool one; /* both keys lead to one person afterwards */
} links[] = {
	{ "a BSUID that is new", BRUNO, B1, 1, true },
	{ "a number that is new", "+393331234503", "IT.Alone", 1, true },
	{ "two who turn out to be one", BRUNO, "IT.Alone", 1, true },
	{ "the number's person has another BSUID", ANNA, A2, 0, false },
	{ "and that one is known", ANNA, "IT.Alone", 0, false },
	{ "the BSUID's person has another number", BRUNO, A1, 0, false },
	{ "known already", ANNA, A1, 0, true },
	{ "no number", NULL, A1, 0, false },
	{ "no BSUID", ANNA, NULL, 0, false },
};

/* Anna has a number and a BSUID, Bruno a number only, somebody a BSUID only. */
static void test_a_link_takes_nothing_from_anybody(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(links); i++) {
		struct fixture *f = *state;
		struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, NOW };
		struct person_keys keys = { phone_or_none(links[i].phone), str_c(links[i].bsuid),
			STR_NONE };
		struct person p;
		uint64_t anna = get(f, ANNA, A1).id, bruno = get(f, BRUNO, NULL).id;

		act(f, get(f, NULL, "IT.Alone").id, PURPOSE_MARKETING, CONSENT_WITHDRAW, NOW - DAY);
		int rc = person_link(f->conn, &lesson, &keys, f->arena, &p, &f->err);
		OK(rc);
		if (rc != links[i].linked)
			fail_msg("%s: %d", links[i].what, rc);
		uint64_t phones = who(f, links[i].phone, NULL);
		if ((phones && phones == who(f, NULL, links[i].bsuid)) != links[i].one)
			fail_msg("%s: one person or two", links[i].what);
		assert_int_equal(who(f, ANNA, NULL), anna);
		assert_int_equal(who(f, NULL, A1), anna);
		assert_int_equal(who(f, BRUNO, NULL), bruno);
		assert_int_equal(
		    stands(f, who(f, NULL, "IT.Alone"), PURPOSE_MARKETING), CONSENT_WITHDRAW);
		store_rollback(f->conn);
		OK(store_begin(f->conn, &f->err));
	}
}

static void test_marks(void **state)
{
	static const struct {
		const char *name, *waba;
		time_ms since, last_inbound, now;
		int64_t failures;
		time_ms cooldown;
	} rows[] = {
		{ "all of them", "10", NOW - 30 * DAY, TIME_NONE, NOW, 2, NOW + HOUR },
		{ "since the first", "10", NOW - 2 * DAY, TIME_NONE, NOW, 1, NOW + HOUR },
		{ "just before the first", "10", NOW - 2 * DAY - 1, TIME_NONE, NOW, 2, NOW + HOUR },
		{ "answered in between", "10", NOW - 30 * DAY, NOW - DAY - 1, NOW, 1, NOW + HOUR },
		{ "answered at the same time", "10", NOW - 30 * DAY, NOW - DAY, NOW, 0,
		    NOW + HOUR },
		{ "another account", "20", NOW - 30 * DAY, TIME_NONE, NOW, 2, TIME_NONE },
		{ "just before its end", "10", NOW - 30 * DAY, TIME_NONE, NOW + HOUR - 1, 2,
		    NOW + HOUR },
		{ "at its end", "10", NOW - 30 * DAY, TIME_NONE, NOW + HOUR, 2, TIME_NONE },
	};
	struct fixture *f = *state;
	struct person anna = get(f, ANNA, NULL);

	OK(person_mark(
	    f->conn, anna.id, MARK_HARD_FAILURE, STR(""), NOW - 2 * DAY, TIME_NONE, &f->err));
	OK(person_mark(
	    f->conn, anna.id, MARK_HARD_FAILURE, STR_NONE, NOW - DAY, TIME_NONE, &f->err));
	OK(person_mark(
	    f->conn, anna.id, MARK_HARD_FAILURE, STR(""), NOW - DAY, TIME_NONE, &f->err));
	OK(person_mark(
	    f->conn, anna.id, MARK_COOLDOWN, STR("10"), NOW - 2 * HOUR, NOW + MINUTE, &f->err));
	OK(person_mark(
	    f->conn, anna.id, MARK_COOLDOWN, STR("10"), NOW - HOUR, NOW + HOUR, &f->err));
	OK(person_mark(
	    f->conn, anna.id, MARK_COOLDOWN, STR("10"), NOW - HOUR, NOW + MINUTE, &f->err));
	assert_int_equal(get(f, ANNA, NULL).flags, PERSON_HAS_MARKS);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t failures;
		time_ms cooldown;
		OK(person_marks(f->conn, anna.id, str_c(rows[i].waba), rows[i].since,
		    rows[i].last_inbound, rows[i].now, &failures, &cooldown, &f->err));
		if (failures != rows[i].failures || cooldown != rows[i].cooldown)
			fail_msg("%s: %lld failures", rows[i].name, (long long)failures);
	}
}

static void test_old_marks_are_forgotten(void **state)
{
	struct fixture *f = *state;

	for (int i = 0; i < 700; i++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO person_mark (person, kind, scope, at, until_at)"
		    " VALUES (?1, 1, '', ?2, ?3)",
		    "imm", (int64_t)i, NOW - 100 * DAY + i,
		    i < 3       ? NOW
			: i < 5 ? NOW - 99 * DAY
				: TIME_NONE));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_mark (person, kind, scope, at, until_at) VALUES (1, 1, '', ?1, NULL)",
	    "m", NOW - 90 * DAY));
	assert_int_equal(person_marks_purge(f->conn, NOW - 90 * DAY, &f->err), 1);
	assert_int_equal(person_marks_purge(f->conn, NOW - 90 * DAY, &f->err), 0);
	/* What is in force stays, however old. */
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM person_mark WHERE until_at IS NOT NULL"), 3);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM person_mark"), 4);
}

static void test_marks_are_merged(void **state)
{
	struct fixture *f = *state;
	uint64_t first = get(f, ANNA, NULL).id, second = get(f, NULL, A1).id;
	int64_t failures;
	time_ms cooldown;

	OK(person_mark(f->conn, first, MARK_HARD_FAILURE, STR(""), NOW - DAY, TIME_NONE, &f->err));
	OK(person_mark(f->conn, second, MARK_HARD_FAILURE, STR(""), NOW - DAY, TIME_NONE, &f->err));
	OK(person_mark(
	    f->conn, second, MARK_HARD_FAILURE, STR(""), NOW - HOUR, TIME_NONE, &f->err));
	OK(person_mark(f->conn, second, MARK_COOLDOWN, STR("10"), NOW - HOUR, NOW + DAY, &f->err));
	struct person one = learn(f, ANNA, A1);
	assert_int_equal(one.flags, PERSON_HAS_MARKS);
	OK(person_mark(f->conn, second, MARK_HARD_FAILURE, STR(""), NOW, TIME_NONE, &f->err));
	OK(person_marks(f->conn, one.id, STR("10"), NOW - 2 * DAY, TIME_NONE, NOW, &failures,
	    &cooldown, &f->err));
	assert_int_equal(failures, 3);
	assert_int_equal(cooldown, NOW + DAY);
}

/* --- everything fails once -------------------------------------------------------------------- */

static int grant(struct fixture *f, uint64_t person, enum consent_act what, time_ms at)
{
	struct consent_entry e = {
		.person = person, .purpose = M, .act = what, .at = at, .evidence = EVIDENCE_FORM
	};
	bool fresh;

	return consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err);
}

static int work(struct fixture *f)
{
	struct id_gen ids = { 0 };
	struct person_lesson lesson = { &f->ledger, &ids, STR("500"), NOW, NOW };
	struct phone anna = { 393331234501 }, bruno = { 393331234502 };
	struct person_keys one = { anna, STR(A1), STR(PARENT) },
			   changed = { anna, STR(B1), STR_NONE };
	struct person_keys old = { NONE, STR(B1), STR_NONE }, new = { bruno, STR(A2), STR_NONE };
	struct person_keys link = { { 393331234503 }, STR("IT.Linked"), STR_NONE };
	struct person_keys both = { bruno, STR(A1), STR_NONE };
	struct people all;
	struct person x, y;
	int r = person_get(f->conn, anna, STR_NONE, STR("500"), &ids, NOW, f->arena, &x, &f->err);

	if (r == 0)
		r = person_get(
		    f->conn, NONE, STR(A1), STR("500"), &ids, NOW, f->arena, &y, &f->err);
	if (r == 0)
		r = grant(f, x.id, W, NOW - DAY);
	if (r == 0)
		r = grant(f, y.id, G, NOW - HOUR);
	if (r == 0)
		r = person_mark(f->conn, y.id, MARK_COOLDOWN, STR("10"), NOW, NOW + DAY, &f->err);
	if (r == 0)
		r = person_learn(f->conn, &lesson, &one, f->arena, &x, &f->err);
	if (r == 0)
		r = person_learn(f->conn, &lesson, &changed, f->arena, &y, &f->err);
	if (r == 0)
		r = person_rekey(f->conn, &lesson, &old, &new, f->arena, &y, &f->err);
	if (r == 0)
		r = person_link(f->conn, &lesson, &link, f->arena, &y, &f->err);
	if (r >= 0)
		r = person_get_all(f->conn, &lesson, &both, f->arena, &all, &f->err);
	return r;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "people", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_found_again),
		FIXTURE_TEST(test_known_apart_the_phone_wins),
		FIXTURE_TEST(test_everybody_behind_two_keys),
		FIXTURE_TEST(test_nobody_in_particular),
		FIXTURE_TEST(test_keys_join),
		FIXTURE_TEST(test_nothing_new_writes_nothing),
		FIXTURE_TEST(test_a_number_changes),
		FIXTURE_TEST(test_bsuids_of_a_person),
		FIXTURE_TEST(test_the_older_stays),
		FIXTURE_TEST(test_three_become_one),
		FIXTURE_TEST(test_a_chain_of_merges),
		FIXTURE_TEST(test_a_withdrawal_stays),
		FIXTURE_TEST(test_acts_keep_their_proof),
		FIXTURE_TEST(test_flags_add_up),
		FIXTURE_TEST(test_contacts_keep_the_later_time),
		FIXTURE_TEST(test_counts_add_up),
		FIXTURE_TEST(test_a_number_changes_hands),
		FIXTURE_TEST(test_another_portfolio_is_no_contradiction),
		FIXTURE_TEST(test_consent_follows_to_the_new_keys),
		FIXTURE_TEST(test_the_new_keys_were_heard_of_first),
		FIXTURE_TEST(test_the_new_number_was_anothers),
		FIXTURE_TEST(test_nobody_had_the_old_keys),
		FIXTURE_TEST(test_the_same_news_twice),
		FIXTURE_TEST(test_late_facts_move_no_number),
		FIXTURE_TEST(test_a_link_takes_nothing_from_anybody),
		FIXTURE_TEST(test_marks),
		FIXTURE_TEST(test_old_marks_are_forgotten),
		FIXTURE_TEST(test_marks_are_merged),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
