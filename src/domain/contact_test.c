#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/contact.h"
#include "domain/fixture.h"
#include "store/query.h"

#define WHO 4711
#define LINE STR("101")

static time_ms column(struct fixture *f, struct store_stmt *s)
{
	int r = store_step(s, &f->err);
	time_ms at = r > 0 ? store_col_time(s, 0) : TIME_NONE;

	OK(r < 0 ? r : 0);
	store_reset(s);
	return at;
}

static struct contact load(struct fixture *f, uint64_t person, const char *number)
{
	struct store_stmt *s;
	struct contact k;

	OK(store_ask(f->conn, &s, &f->err,
	    "SELECT last_inbound_at FROM contact WHERE person = ?1 AND number = ?2", "it",
	    (int64_t)person, str_c(number)));
	k.last_inbound_at = column(f, s);
	OK(store_ask(f->conn, &s, &f->err,
	    "SELECT last_call_at FROM contact WHERE person = ?1 AND number = ?2", "it",
	    (int64_t)person, str_c(number)));
	k.last_call_at = column(f, s);
	return k;
}

static void test_strangers(void **state)
{
	struct fixture *f = *state;
	struct contact k = load(f, WHO, "101");
	time_ms last = 7;

	assert_int_equal(k.last_inbound_at, TIME_NONE);
	assert_int_equal(k.last_call_at, TIME_NONE);
	OK(contact_last_inbound(f->conn, WHO, &last, &f->err));
	assert_int_equal(last, TIME_NONE);
}

static void test_a_list_of_them(void **state)
{
	struct fixture *f = *state;
	struct contact_of *list = NULL;
	size_t n = 9;

	OK(contact_list(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 0);
	OK(contact_call(f->conn, WHO, STR("102"), NOW, &f->err));
	OK(contact_inbound(f->conn, WHO, STR("101"), NOW - HOUR, &f->err));
	OK(contact_inbound(f->conn, WHO + 1, STR("103"), NOW, &f->err));
	OK(contact_list(f->conn, WHO, f->arena, &list, &n, &f->err));
	assert_int_equal(n, 2);
	assert_true(str_eq(list[0].number, STR("101")));
	assert_int_equal(list[0].last.last_inbound_at, NOW - HOUR);
	assert_int_equal(list[0].last.last_call_at, TIME_NONE);
	assert_int_equal(list[1].last.last_call_at, NOW);
}

/* Webhooks come in any order: a window never moves backwards. */
static void test_windows_only_move_on(void **state)
{
	static const struct {
		const char *name;
		time_ms at, then;
	} rows[] = {
		{ "the first", NOW, NOW },
		{ "an older one", NOW - HOUR, NOW },
		{ "the same", NOW, NOW },
		{ "a newer one", NOW + 1, NOW + 1 },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OK(contact_inbound(f->conn, WHO, LINE, rows[i].at, &f->err));
		OK(contact_call(f->conn, WHO, STR("202"), rows[i].at, &f->err));
		if (load(f, WHO, "101").last_inbound_at != rows[i].then ||
		    load(f, WHO, "202").last_call_at != rows[i].then)
			fail_msg("%s", rows[i].name);
	}
	assert_int_equal(load(f, WHO, "101").last_call_at, TIME_NONE);
	assert_int_equal(load(f, WHO, "202").last_inbound_at, TIME_NONE);
	assert_int_equal(load(f, WHO + 1, "101").last_inbound_at, TIME_NONE);
}

static void test_a_message_and_a_call(void **state)
{
	struct fixture *f = *state;
	time_ms last;

	OK(contact_call(f->conn, WHO, LINE, NOW - HOUR, &f->err));
	OK(contact_inbound(f->conn, WHO, LINE, NOW - DAY, &f->err));
	OK(contact_inbound(f->conn, WHO, STR("202"), NOW - 2 * DAY, &f->err));
	struct contact k = load(f, WHO, "101");
	assert_int_equal(k.last_call_at, NOW - HOUR);
	assert_int_equal(k.last_inbound_at, NOW - DAY);
	OK(contact_last_inbound(f->conn, WHO, &last, &f->err));
	assert_int_equal(last, NOW - DAY);
	OK(contact_close_window(f->conn, WHO, LINE, &f->err));
	k = load(f, WHO, "101");
	assert_int_equal(k.last_call_at, TIME_NONE);
	assert_int_equal(k.last_inbound_at, TIME_NONE);
	assert_int_equal(load(f, WHO, "202").last_inbound_at, NOW - 2 * DAY);
	OK(contact_close_window(f->conn, WHO, STR("303"), &f->err));
}

static void test_marketing(void **state)
{
	struct fixture *f = *state;
	const time_ms *sent;
	size_t n = 9;

	OK(marketing_sent_list(f->conn, WHO, NOW - DAY, f->arena, &sent, &n, &f->err));
	assert_int_equal(n, 0);
	OK(marketing_sent_add(f->conn, WHO, NOW - DAY, 1, &f->err));
	OK(marketing_sent_add(f->conn, WHO, NOW - DAY + 1, 2, &f->err));
	OK(marketing_sent_add(f->conn, WHO, NOW, 3, &f->err));
	OK(marketing_sent_add(f->conn, WHO, NOW, 4, &f->err));
	OK(marketing_sent_add(f->conn, WHO + 1, NOW, 5, &f->err));
	OK(marketing_sent_list(f->conn, WHO, NOW - DAY, f->arena, &sent, &n, &f->err));
	assert_int_equal(n, 3);
	assert_int_equal(sent[0], NOW);
	assert_int_equal(sent[2], NOW - DAY + 1);
	OK(marketing_sent_remove(f->conn, WHO, 3, &f->err));
	OK(marketing_sent_remove(f->conn, WHO, 5, &f->err));
	OK(marketing_sent_list(f->conn, WHO, TIME_NONE, f->arena, &sent, &n, &f->err));
	assert_int_equal(n, 3);
}

static void test_more_marketing_than_anybody_wants(void **state)
{
	struct fixture *f = *state;
	const time_ms *sent;
	size_t n;

	for (int i = 0; i < 100; i++)
		OK(marketing_sent_add(f->conn, WHO, NOW - i, (uint64_t)i, &f->err));
	OK(marketing_sent_list(f->conn, WHO, NOW - DAY, f->arena, &sent, &n, &f->err));
	assert_int_equal(n, 64);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(sent[i], NOW - (int)i);
}

/* The walk looks at every row once, whoever's it is, and takes the old ones. */
static void test_old_marketing_is_forgotten(void **state)
{
	struct fixture *f = *state;
	struct marketing_place place = { 0 };
	int rounds = 1;

	for (int i = 0; i < 2500; i++)
		OK(marketing_sent_add(f->conn, WHO + (uint64_t)(i / 2),
		    i % 2 ? NOW : NOW - 40 * DAY, (uint64_t)i, &f->err));
	while (marketing_sent_purge(f->conn, &place, NOW - 31 * DAY, &f->err) == 1)
		rounds++;
	assert_int_equal(rounds, 3);
	assert_int_equal(place.person, 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM marketing_sent"), 1250);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM marketing_sent"), NOW);
	OK(marketing_sent_purge(f->conn, &place, NOW, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM marketing_sent"), 1250);
}

static void test_contacts_that_no_rule_judges(void **state)
{
	struct fixture *f = *state;
	struct contact_made m = { .app = STR("crm"),
		.number = LINE,
		.edge = STR("calls"),
		.action = STR("connect"),
		.person = WHO };

	for (int i = 0; i < 1500; i++) {
		m.at = NOW + i;
		m.id = id_next(&f->ids, m.at);
		OK(contact_made_add(f->conn, &m, &f->err));
	}
	m.id = id_next(&f->ids, m.at);
	m.person = 0;
	OK(contact_made_add(f->conn, &m, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM contact_made WHERE person IS NULL"), 1);
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM contact_made WHERE edge = 'calls'"
			     " AND action = 'connect' AND app = 'crm'"),
	    1501);
	assert_int_equal(contact_made_purge(f->conn, NOW + 1400, &f->err), 1);
	assert_int_equal(contact_made_purge(f->conn, NOW + 1400, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT min(at) FROM contact_made"), NOW + 1400);
}

static void test_delivered(void **state)
{
	struct fixture *f = *state;
	struct facts facts;

	OK(delivered_set(f->conn, WHO, PURPOSE_MARKETING, NOW, &f->err));
	OK(delivered_set(f->conn, WHO, PURPOSE_MARKETING, NOW - DAY, &f->err));
	OK(delivered_set(f->conn, WHO, PURPOSE_SERVICE, NOW - HOUR, &f->err));
	OK(delivered_set(f->conn, WHO + 1, PURPOSE_UTILITY, NOW, &f->err));
	facts_init(&facts);
	OK(delivered_fill(f->conn, WHO, &facts.person, &f->err));
	assert_int_equal(facts.person.last_delivered[PURPOSE_MARKETING], NOW);
	assert_int_equal(facts.person.last_delivered[PURPOSE_SERVICE], NOW - HOUR);
	assert_int_equal(facts.person.last_delivered[PURPOSE_UTILITY], TIME_NONE);
}

static int work(struct fixture *f)
{
	struct facts facts;
	struct marketing_place place = { 0 };
	const time_ms *sent;
	time_ms last;
	size_t n;
	int r = contact_inbound(f->conn, WHO, LINE, NOW, &f->err);

	facts_init(&facts);
	if (r == 0)
		r = contact_call(f->conn, WHO, LINE, NOW, &f->err);
	if (r == 0)
		r = contact_last_inbound(f->conn, WHO, &last, &f->err);
	if (r == 0)
		r = marketing_sent_add(f->conn, WHO, NOW, 1, &f->err);
	if (r == 0)
		r = marketing_sent_list(f->conn, WHO, NOW - 1, f->arena, &sent, &n, &f->err);
	if (r == 0)
		r = marketing_sent_purge(f->conn, &place, NOW, &f->err);
	if (r == 0)
		r = delivered_set(f->conn, WHO, PURPOSE_UTILITY, NOW, &f->err);
	return r < 0 ? r : delivered_fill(f->conn, WHO, &facts.person, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "contacts", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

static int tally(void *ctx, struct str number, struct err *err)
{
	int64_t *n = ctx;

	(void)err;
	*n += str_eq(number, LINE) ? 1 : 1000;
	return 0;
}

/* From the first of several messages; who is answered, and who waited long enough, waits no more. */
static void test_waiting(void **state)
{
	struct fixture *f = *state;
	int64_t left = 0;

	OK(contact_waits(f->conn, WHO, LINE, NOW, &f->err));
	assert_int_equal(contact_answered(f->conn, WHO, LINE, &f->err), 0); /* no such row */
	for (int i = 0; i < 500; i++) {
		uint64_t person = (uint64_t)(WHO + i);
		OK(contact_inbound(f->conn, person, LINE, NOW + i, &f->err));
		OK(contact_waits(f->conn, person, LINE, NOW + i, &f->err));
		OK(contact_waits(f->conn, person, LINE, NOW + DAY, &f->err));
	}
	assert_int_equal(contact_answered(f->conn, WHO, LINE, &f->err), 1);
	assert_int_equal(contact_answered(f->conn, WHO, LINE, &f->err), 0);
	assert_int_equal(contact_answered(f->conn, WHO + 1, STR("102"), &f->err), 0);
	assert_int_equal(contact_give_up(f->conn, NOW + 1, tally, &left, &f->err), 0);
	assert_int_equal(left, 0);
	assert_int_equal(contact_give_up(f->conn, NOW + 450, tally, &left, &f->err), 1);
	assert_int_equal(contact_give_up(f->conn, NOW + 450, tally, &left, &f->err), 1);
	assert_int_equal(contact_give_up(f->conn, NOW + 450, tally, &left, &f->err), 0);
	assert_int_equal(left, 449);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM contact WHERE waits_since IS NOT NULL"), 50);
}

static int wait_and_leave(struct fixture *f)
{
	int64_t left = 0;
	int r = contact_inbound(f->conn, WHO, LINE, NOW, &f->err);

	if (r == 0)
		r = contact_waits(f->conn, WHO, LINE, NOW, &f->err);
	if (r == 0)
		r = contact_give_up(f->conn, NOW + 1, tally, &left, &f->err);
	return r;
}

static void test_waiting_may_fail(void **state)
{
	fixture_store_fails(*state, wait_and_leave);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_strangers),
		FIXTURE_TEST(test_a_list_of_them),
		FIXTURE_TEST(test_windows_only_move_on),
		FIXTURE_TEST(test_a_message_and_a_call),
		FIXTURE_TEST(test_marketing),
		FIXTURE_TEST(test_more_marketing_than_anybody_wants),
		FIXTURE_TEST(test_old_marketing_is_forgotten),
		FIXTURE_TEST(test_contacts_that_no_rule_judges),
		FIXTURE_TEST(test_delivered),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
		FIXTURE_TEST(test_waiting),
		FIXTURE_TEST(test_waiting_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
