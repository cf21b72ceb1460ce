#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/fixture.h"
#include "domain/recipient.h"

#define ANNA "+393331234501"
#define LINE STR("101")
#define NOBODY ((struct phone){ 0 })

static uint64_t add_person(struct fixture *f, const char *phone, const char *bsuid)
{
	struct person p;

	OK(person_get(f->conn, phone ? phone_of(phone) : NOBODY, str_c(bsuid), STR("500"), &f->ids,
	    NOW, f->arena, &p, &f->err));
	return p.id;
}

static void add_act(struct fixture *f, uint64_t person, enum consent_act act, time_ms at)
{
	struct consent_entry e = { .person = person,
		.purpose = PURPOSE_UTILITY,
		.act = act,
		.at = at,
		.evidence = EVIDENCE_FORM };
	bool fresh;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	assert_true(fresh);
}

static struct recipient find(struct fixture *f, const char *phone, const char *bsuid)
{
	struct recipient who;

	assert_int_equal(recipient_find(f->conn, phone ? phone_of(phone) : NOBODY, str_c(bsuid),
			     LINE, f->arena, &who, &f->err),
	    1);
	return who;
}

static void test_strangers(void **state)
{
	struct fixture *f = *state;
	struct recipient who = { .consents_len = 7 };

	assert_int_equal(
	    recipient_find(f->conn, phone_of(ANNA), STR("IT.Anna"), LINE, f->arena, &who, &f->err),
	    0);
	assert_int_equal(
	    recipient_find(f->conn, NOBODY, STR_NONE, LINE, f->arena, &who, &f->err), 0);
	assert_int_equal(recipient_by_id(f->conn, 4711, LINE, f->arena, &who, &f->err), 0);
	assert_int_equal(who.consents_len, 7);
}

static void test_somebody_without_anything(void **state)
{
	struct fixture *f = *state;
	uint64_t anna = add_person(f, ANNA, NULL);
	struct recipient who = find(f, ANNA, NULL);

	assert_int_equal(who.person.id, anna);
	assert_int_equal(who.person.phone.number, phone_of(ANNA).number);
	assert_null(who.person.timezone.p);
	assert_int_equal(who.contact.last_inbound_at, TIME_NONE);
	assert_int_equal(who.contact.last_call_at, TIME_NONE);
	assert_int_equal(who.consents_len, 0);
}

/* Acts of hers, in the order in which they were recorded, and the contact with this number only. */
static void test_all_of_it_by_every_key(void **state)
{
	struct fixture *f = *state;
	uint64_t anna = add_person(f, ANNA, "IT.Anna");
	uint64_t other = add_person(f, "+393331234502", NULL);

	for (int i = 0; i < 20; i++)
		add_act(f, anna, i % 2 ? CONSENT_WITHDRAW : CONSENT_GRANT, NOW - (i + 1) * HOUR);
	add_act(f, other, CONSENT_GRANT, NOW);
	OK(contact_inbound(f->conn, anna, LINE, NOW - 5, &f->err));
	OK(contact_call(f->conn, anna, STR("202"), NOW - 6, &f->err));
	OK(person_set_flag(f->conn, anna, PERSON_SUPPRESSED, true, &f->err));

	struct recipient by[3] = { find(f, ANNA, NULL), find(f, NULL, "IT.Anna") };
	assert_int_equal(recipient_by_id(f->conn, anna, LINE, f->arena, &by[2], &f->err), 1);
	for (size_t i = 0; i < ARRAY_LEN(by); i++) {
		assert_int_equal(by[i].person.id, anna);
		assert_int_equal(by[i].person.flags, PERSON_SUPPRESSED);
		assert_int_equal(by[i].contact.last_inbound_at, NOW - 5);
		assert_int_equal(by[i].contact.last_call_at, TIME_NONE);
		assert_int_equal(by[i].consents_len, 20);
		for (int k = 0; k < 20; k++) {
			assert_int_equal(by[i].consents[k].at, NOW - (k + 1) * HOUR);
			assert_int_equal(
			    by[i].consents[k].act, k % 2 ? CONSENT_WITHDRAW : CONSENT_GRANT);
			assert_int_equal(by[i].consents[k].purpose, PURPOSE_UTILITY);
			assert_int_equal(by[i].consents[k].evidence, EVIDENCE_FORM);
		}
	}
}

static void test_the_phone_goes_before_the_bsuid(void **state)
{
	struct fixture *f = *state;
	uint64_t anna = add_person(f, ANNA, NULL);

	(void)add_person(f, NULL, "IT.Bruno");
	assert_int_equal(find(f, ANNA, "IT.Bruno").person.id, anna);
}

static void test_a_merged_id_is_the_present_person(void **state)
{
	struct fixture *f = *state;
	uint64_t anna = add_person(f, ANNA, NULL), same = add_person(f, NULL, "IT.Anna");
	struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, NOW };
	struct person_keys keys = { phone_of(ANNA), STR("IT.Anna"), STR_NONE };
	struct recipient who;
	struct person p;

	OK(person_learn(f->conn, &lesson, &keys, f->arena, &p, &f->err));
	assert_int_equal(recipient_by_id(f->conn, same, LINE, f->arena, &who, &f->err), 1);
	assert_int_equal(who.person.id, anna);
}

static int work(struct fixture *f)
{
	struct recipient who;

	return recipient_find(
	    f->conn, phone_of(ANNA), STR("IT.Anna"), LINE, f->arena, &who, &f->err);
}

/* It has two times: when it was given, and where it stands among the acts. */
static void test_a_grant_that_came_back(void **state)
{
	struct fixture *f = *state;
	uint64_t anna = add_person(f, ANNA, NULL);
	struct consent_entry e = { .person = anna,
		.purpose = PURPOSE_UTILITY,
		.act = CONSENT_GRANT,
		.at = NOW - 10,
		.evidence = EVIDENCE_FORM,
		.undo_of = 7,
		.restores = 1,
		.given_at = NOW - 1000 };
	bool fresh;

	add_act(f, anna, CONSENT_GRANT, NOW - 1000);
	add_act(f, anna, CONSENT_WITHDRAW, NOW - 11);
	OK(consent_append(f->conn, &f->ledger, &e, NOW, &fresh, &f->err));
	for (int more = 0; more < 2; more++) {
		struct recipient who = find(f, ANNA, NULL);
		assert_int_equal(who.consents_len, 3 + (size_t)more);
		assert_int_equal(who.consents[2].at, NOW - 10);
		assert_int_equal(facts_consent_given(&who.consents[2]), NOW - 1000);
		assert_int_equal(facts_consent_given(&who.consents[1]), NOW - 11);
		if (!more)
			add_act(f, anna, CONSENT_WITHDRAW, NOW - 5);
	}
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_strangers),
		FIXTURE_TEST(test_somebody_without_anything),
		FIXTURE_TEST(test_all_of_it_by_every_key),
		FIXTURE_TEST(test_the_phone_goes_before_the_bsuid),
		FIXTURE_TEST(test_a_merged_id_is_the_present_person),
		FIXTURE_TEST(test_a_grant_that_came_back),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
