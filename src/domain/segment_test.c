#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "domain/consent.h"
#include "domain/contact.h"
#include "domain/fixture.h"
#include "domain/person.h"
#include "domain/segment.h"

#define IMPORT "imp_0c5gq3hr8v2zk"

static uint64_t add(struct fixture *f, const char *phone, int act, time_ms wrote)
{
	struct person p;

	OK(person_get(
	    f->conn, phone_of(phone), STR_NONE, STR("500"), &f->ids, NOW, f->arena, &p, &f->err));
	if (act)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf)"
		    " VALUES (?1, 1, ?2, ?3, ?4, 1, ?1)",
		    "iiim", (int64_t)p.id, (int64_t)PURPOSE_MARKETING, (int64_t)act, NOW - DAY));
	if (wrote != TIME_NONE)
		OK(contact_inbound(f->conn, p.id, STR("100200300"), wrote, &f->err));
	return p.id;
}

/* How many the conditions find, walking `limit` at a time. */
static size_t find(struct fixture *f, const char *a, const char *b, size_t limit)
{
	const struct str texts[] = { str_c(a), str_c(b) };
	struct segment_walk walk = { .place = INT64_MIN, .more = true };
	struct segment s;
	uint64_t *people;
	size_t n = 0, sum = 0;

	OK(segment_read(texts, b ? 2 : 1, NOW, &s, &f->err));
	while (walk.more) {
		OK(segment_next(f->conn, &s, NOW, &walk, limit, f->arena, &people, &n, &f->err));
		sum += n;
	}
	return sum;
}

static void test_conditions(void **state)
{
	static const struct {
		const char *one, *other;
		size_t people;
	} cases[] = {
		{ "purpose=marketing", NULL, 2 },
		{ "purpose=utility", NULL, 0 },
		{ "country=IT", NULL, 3 },
		{ "country=GB", NULL, 1 },
		{ "wrote_within=30d", NULL, 1 },
		{ "silent_for=30d", NULL, 3 },
		{ "purpose=marketing", "country=IT", 1 },
		{ "purpose=marketing", "wrote_within=30d", 1 },
		{ "import=" IMPORT, NULL, 1 },
		{ "read=cmp_0c5gq3hr8v2zk", NULL, 0 },
	};
	struct fixture *f = *state;
	uint64_t import;

	OK(id_parse("imp", STR(IMPORT), &import));
	uint64_t first = add(f, "+393331234501", CONSENT_GRANT, NOW - 2 * DAY);
	(void)add(f, "+393331234502", CONSENT_WITHDRAW, NOW - 90 * DAY);
	(void)add(f, "+393331234503", 0, TIME_NONE);
	(void)add(f, "+447700900001", CONSENT_GRANT, TIME_NONE);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO consent_record (leaf, recorded_at, recorded_for, import_id)"
	    " VALUES (?1, ?2, ?1, ?3)",
	    "imi", (int64_t)first, NOW, (int64_t)import));
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t limit = 1; limit <= 10; limit += 3) {
			size_t n = find(f, cases[i].one, cases[i].other, limit);
			if (n != cases[i].people)
				fail_msg("%s, %s: %zu", cases[i].one,
				    cases[i].other ? cases[i].other : "-", n);
		}
	}
}

/* Whom one portfolio of two knows: who wrote to its number, is in a campaign of it, or has an id of its own; and of what they
 * wrote, only what was to its number. */
static void test_people_of_some_portfolios(void **state)
{
	static const struct str numbers[] = { { "100200300", 9 }, { "100200302", 9 } },
				portfolios[] = { { "500", 3 } };
	static const struct {
		const char *condition;
		size_t people;
	} cases[] = { { "country=IT", 3 }, { "country=GB", 0 }, { "wrote_within=30d", 1 },
		{ "silent_for=30d", 2 }, { "purpose=marketing", 1 } };
	struct fixture *f = *state;
	struct person p;

	(void)add(f, "+393331234511", CONSENT_GRANT, NOW - 2 * DAY);
	uint64_t other = add(f, "+393331234512", CONSENT_GRANT, TIME_NONE);
	OK(contact_inbound(f->conn, other, STR("100200301"), NOW - DAY, &f->err));
	uint64_t member = add(f, "+393331234513", 0, TIME_NONE);
	OK(contact_inbound(f->conn, member, STR("100200301"), NOW - DAY, &f->err));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO campaign (id, at, updated_at, state, name, number, waba, plan, digest, made_by,"
	    " total, wave, wave_used, choice, snapshot, busy)"
	    " VALUES (1, ?1, ?1, 2, 'a', '100200302', '9', '{}', x'00', 'b', 1, 0, 0, -1, x'00', 0)",
	    "m", NOW));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO campaign_member (campaign, seq, person, fate, due_at, wave, variant)"
	    " VALUES (1, 1, ?1, 1, 0, 0, 0)",
	    "i", (int64_t)member));
	OK(person_get(f->conn, phone_of("+393331234514"), STR("IT.123"), STR("500"), &f->ids, NOW,
	    f->arena, &p, &f->err));
	OK(person_get(f->conn, phone_of("+393331234515"), STR("IT.124"), STR("501"), &f->ids, NOW,
	    f->arena, &p, &f->err));
	(void)add(f, "+447700900011", CONSENT_GRANT, TIME_NONE);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct segment_walk walk = { .place = INT64_MIN, .more = true };
		struct str text = str_c(cases[i].condition);
		struct segment s;
		uint64_t *people;
		size_t n;
		OK(segment_read(&text, 1, NOW, &s, &f->err));
		OK(segment_narrow(&s, numbers, 2, portfolios, 1, f->arena, &f->err));
		OK(segment_next(f->conn, &s, NOW, &walk, 100, f->arena, &people, &n, &f->err));
		if (n != cases[i].people)
			fail_msg("%s: %zu", cases[i].condition, n);
		OK(segment_narrow(&s, NULL, 0, NULL, 0, f->arena, &f->err));
		walk.place = INT64_MIN;
		OK(segment_next(f->conn, &s, NOW, &walk, 100, f->arena, &people, &n, &f->err));
		assert_int_equal(n, 0);
	}
}

static void grant(struct fixture *f, uint64_t person, enum purpose purpose, time_ms at,
    const char *source, uint64_t import)
{
	const struct consent_entry e = { .person = person,
		.purpose = purpose,
		.act = CONSENT_GRANT,
		.at = at,
		.evidence = EVIDENCE_FORM,
		.source = str_c(source),
		.import_id = import };
	bool new;

	OK(consent_append(f->conn, &f->ledger, &e, NOW, &new, &f->err));
}

static void test_the_list_that_somebody_came_with(void **state)
{
	struct fixture *f = *state;
	struct str source = STR_NONE;
	uint64_t who = add(f, "+393331234504", 0, TIME_NONE);

	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	assert_int_equal(
	    segment_source(f->conn, who, PURPOSE_MARKETING, f->arena, &source, &f->err), 0);
	grant(f, who, PURPOSE_ALL, NOW - 3 * DAY, "fair", 9);
	grant(f, who, PURPOSE_UTILITY, NOW - 2 * DAY, "shop", 9);
	assert_int_equal(
	    segment_source(f->conn, who, PURPOSE_MARKETING, f->arena, &source, &f->err), 1);
	assert_true(str_eq(source, STR("fair")));
	assert_int_equal(
	    segment_source(f->conn, who, PURPOSE_UTILITY, f->arena, &source, &f->err), 1);
	assert_true(str_eq(source, STR("shop")));
	/* said of one person alone */
	grant(f, who, PURPOSE_MARKETING, NOW - DAY, "at the counter", 0);
	assert_int_equal(
	    segment_source(f->conn, who, PURPOSE_MARKETING, f->arena, &source, &f->err), 0);
}

static void test_what_is_no_condition(void **state)
{
	static const char *const cases[] = { "", "purpose", "purpose=", "purpose=service",
		"wrote_within=90", "wrote_within=0d", "silent_for=soon", "country=Italy",
		"import=cmp_0c5gq3hr8v2zk", "read=x", "age=40" };
	struct fixture *f = *state;
	struct segment s;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_c(cases[i]);
		f->err = (struct err){ 0 };
		if (segment_read(&text, 1, NOW, &s, &f->err) != -E_INVALID)
			fail_msg("\"%s\" was taken", cases[i]);
		assert_string_equal(f->err.field, "filter");
	}
	FAILS(segment_read(NULL, 0, NOW, &s, &f->err), E_INVALID, "filter");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_conditions),
		FIXTURE_TEST(test_people_of_some_portfolios),
		FIXTURE_TEST(test_the_list_that_somebody_came_with),
		FIXTURE_TEST(test_what_is_no_condition),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
