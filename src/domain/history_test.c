#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/fixture.h"
#include "domain/history.h"
#include "domain/template.h"

#define WABA STR("10")

static void add_objects(struct fixture *f)
{
	const struct account_values account = {
		.waba = WABA,
		.portfolio = STR("500"),
		.name = STR("Calzature"),
		.country = STR("IT"),
	};
	const struct number_values number = {
		.waba = WABA,
		.id = STR("101"),
		.display = STR("+393331234500"),
	};
	const struct json *tpl;
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
	OK(number_add(f->conn, &number, NOW, &created, &f->err));
	OK(json_read(f->arena,
	    STR("{\"name\":\"offer\",\"language\":\"it\",\"category\":\"MARKETING\","
		"\"components\":[]}"),
	    &tpl, &f->err));
	OK(template_put(f->conn, WABA, tpl, false, NOW, &created, &f->err));
}

static int note(struct fixture *f, enum history_kind kind, const char *id, time_ms at)
{
	const struct history_by by = {
		.source = HISTORY_WEBHOOK,
		.at = at,
		.words = STR("{\"event\":\"X\"}"),
	};
	int changes = -1;

	OK(history_note(f->conn, kind, str_c(id), &by, &changes, &f->err));
	return changes;
}

static struct history_entry *read_all(
    struct fixture *f, enum history_kind kind, const char *object, size_t *ret_len)
{
	const struct history_ask ask = {
		.kind = kind,
		.object = object ? str_c(object) : STR_NONE,
		.since = TIME_NONE,
		.until = TIME_NONE,
		.limit = 100,
	};
	struct history_entry *items = NULL;
	bool more = true;

	OK(history_read(f->conn, &ask, f->arena, &items, ret_len, &more, &f->err));
	assert_false(more);
	return items;
}

static void expect(
    const struct history_entry *e, const char *field, const char *before, const char *after)
{
	if (!str_eq_c(e->field, field) || (e->before.p ? !str_eq_c(e->before, before) : !!before) ||
	    (e->after.p ? !str_eq_c(e->after, after) : !!after))
		fail_msg("%.*s: %.*s -> %.*s, expected %s: %s -> %s", STR_ARG(e->field),
		    STR_ARG(e->before), STR_ARG(e->after), field, before ? before : "(none)",
		    after ? after : "(none)");
}

static void test_new_objects_have_their_first_values(void **state)
{
	struct fixture *f = *state;
	static const struct {
		enum history_kind kind;
		const char *id;
		int changes;
	} rows[] = {
		{ HISTORY_PORTFOLIO, "500", 1 },        /* limit */
		{ HISTORY_WABA, "10", 2 },              /* state, payment */
		{ HISTORY_NUMBER, "101", 2 },           /* status, quality */
		{ HISTORY_TEMPLATE, "10/offer/it", 4 }, /* status, quality, category, content */
		{ HISTORY_WABA, "11", 0 },              /* there is none */
	};

	add_objects(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (note(f, rows[i].kind, rows[i].id, NOW) != rows[i].changes)
			fail_msg("%s: not %d entries", rows[i].id, rows[i].changes);
		if (note(f, rows[i].kind, rows[i].id, NOW) != 0)
			fail_msg("%s: noted again without a change", rows[i].id);
	}
}

static void test_a_restriction_comes_and_goes(void **state)
{
	struct fixture *f = *state;
	struct history_entry *e;
	size_t n;
	bool changed;

	add_objects(f);
	note(f, HISTORY_WABA, "10", NOW);
	OK(waba_restrict(
	    f->conn, WABA, STR("RESTRICTED_BIZ_INITIATED_MESSAGING"), NOW + DAY, NOW, &f->err));
	OK(waba_set_state(f->conn, WABA, STR("locked"), NOW, &f->err));
	assert_int_equal(note(f, HISTORY_WABA, "10", NOW + 1), 2);
	OK(account_expire(f->conn, f->pack, NOW + DAY - 1, &changed, &f->err));
	assert_false(changed);
	OK(account_expire(f->conn, f->pack, NOW + DAY + HOUR, &changed, &f->err));
	assert_true(changed);
	e = read_all(f, HISTORY_WABA, "10", &n);
	assert_int_equal(n, 5);
	expect(
	    &e[0], "restriction:RESTRICTED_BIZ_INITIATED_MESSAGING", "2026-11-23T10:00:00Z", NULL);
	assert_int_equal(e[0].source, HISTORY_CLOCK);
	assert_int_equal(e[0].at, NOW + DAY);
	assert_null(e[0].words.p);
	assert_int_equal(e[1].source, HISTORY_WEBHOOK);
	assert_true(str_eq_c(e[1].words, "{\"event\":\"X\"}"));
	expect(
	    &e[1], "restriction:RESTRICTED_BIZ_INITIATED_MESSAGING", NULL, "2026-11-23T10:00:00Z");
	expect(&e[2], "state", "active", "locked");
}

static void test_what_was_forgotten_is_noted_with_the_next(void **state)
{
	struct fixture *f = *state;
	const struct number_values red = { .id = STR("101"), .quality = STR("RED") };
	const struct number_values flagged = { .id = STR("101"), .status = STR("FLAGGED") };
	struct history_entry *e;
	size_t n;

	add_objects(f);
	note(f, HISTORY_NUMBER, "101", NOW);
	OK(number_set(f->conn, &red, NOW, &f->err));
	OK(number_set(f->conn, &flagged, NOW, &f->err));
	assert_int_equal(note(f, HISTORY_NUMBER, "101", NOW + 5), 2);
	e = read_all(f, HISTORY_NUMBER, "101", &n);
	assert_int_equal(n, 4);
	expect(&e[1], "status", "CONNECTED", "FLAGGED");
	expect(&e[0], "quality", "GREEN", "RED");
}

static void test_reading_is_bounded(void **state)
{
	struct fixture *f = *state;
	struct history_ask ask = { .since = NOW + 1, .until = TIME_NONE, .limit = 2 };
	struct history_entry *e;
	size_t n;
	bool more;

	add_objects(f);
	note(f, HISTORY_WABA, "10", NOW);
	note(f, HISTORY_NUMBER, "101", NOW + 1);
	note(f, HISTORY_TEMPLATE, "10/offer/it", NOW + 2);
	OK(history_read(f->conn, &ask, f->arena, &e, &n, &more, &f->err));
	assert_int_equal(n, 2);
	assert_true(more);
	assert_int_equal(e[0].kind, HISTORY_TEMPLATE);
	ask.limit = 100;
	ask.below = e[1].id;
	OK(history_read(f->conn, &ask, f->arena, &e, &n, &more, &f->err));
	assert_int_equal(n, 4);
	assert_false(more);
	ask.below = 0;
	ask.until = NOW + 2;
	ask.kind = HISTORY_NUMBER;
	OK(history_read(f->conn, &ask, f->arena, &e, &n, &more, &f->err));
	assert_int_equal(n, 2);
	ask.object = STR("102");
	OK(history_read(f->conn, &ask, f->arena, &e, &n, &more, &f->err));
	assert_int_equal(n, 0);
}

/* Every order of the same facts leaves the same one in force. */
static void test_the_newest_fact_wins_in_any_order(void **state)
{
	struct fixture *f = *state;
	static const time_ms times[] = { NOW, NOW + 7, NOW + 9, NOW + 9 };
	static const int orders[][4] = {
		{ 0, 1, 2, 3 },
		{ 3, 2, 1, 0 },
		{ 2, 0, 3, 1 },
		{ 1, 3, 0, 2 },
		{ 1, 0, 2, 3 },
	};

	for (size_t o = 0; o < ARRAY_LEN(orders); o++) {
		char id[8];
		time_ms last = 0;
		(void)snprintf(id, sizeof(id), "%zu", o);
		for (size_t i = 0; i < 4; i++) {
			time_ms at = times[orders[o][i]];
			int r = history_is_news(
			    f->conn, HISTORY_NUMBER, str_c(id), STR("quality"), at, &f->err);
			OK(r);
			last = r > 0 ? at : last;
		}
		if (last != NOW + 9)
			fail_msg("order %zu ends with %lld", o, (long long)last);
	}
}

static void test_objects_by_name(void **state)
{
	struct fixture *f = *state;
	enum history_kind kind = 0;
	struct str id = STR_NONE;

	OK(history_object_parse(STR("template:10/offer/it"), &kind, &id, &f->err));
	assert_int_equal(kind, HISTORY_TEMPLATE);
	assert_true(str_eq_c(id, "10/offer/it"));
	OK(history_object_parse(STR("waba"), &kind, &id, &f->err));
	assert_int_equal(kind, HISTORY_WABA);
	assert_null(id.p);
	FAILS(history_object_parse(STR("person:1"), &kind, &id, &f->err), E_INVALID, "object");
}

static int note_once(struct fixture *f)
{
	const struct history_by by = { .source = HISTORY_OPERATOR, .at = NOW };
	const struct history_ask ask = { .since = TIME_NONE, .until = TIME_NONE, .limit = 9 };
	const struct account_values account = {
		.waba = WABA,
		.portfolio = STR("500"),
		.name = STR("Calzature"),
	};
	struct history_entry *e;
	size_t n;
	bool b;
	int r = account_add(f->conn, &f->key, &account, NOW, &b, &f->err);

	if (r == 0)
		r = history_note(f->conn, HISTORY_WABA, WABA, &by, NULL, &f->err);
	if (r == 0)
		r = history_is_news(f->conn, HISTORY_WABA, WABA, STR("state"), NOW, &f->err);
	if (r >= 0)
		r = waba_restrict(f->conn, WABA, STR("X"), NOW, NOW, &f->err);
	if (r == 0)
		r = account_expire(f->conn, f->pack, NOW, &b, &f->err);
	return r < 0 ? r : history_read(f->conn, &ask, f->arena, &e, &n, &b, &f->err);
}

static void test_store_fails(void **state)
{
	fixture_store_fails(*state, note_once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_new_objects_have_their_first_values),
		FIXTURE_TEST(test_a_restriction_comes_and_goes),
		FIXTURE_TEST(test_what_was_forgotten_is_noted_with_the_next),
		FIXTURE_TEST(test_reading_is_bounded),
		FIXTURE_TEST(test_the_newest_fact_wins_in_any_order),
		FIXTURE_TEST(test_objects_by_name),
		FIXTURE_TEST(test_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
