#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/contact.h"
#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/unheard.h"

#define ADA 11
#define BEN 12

static uint64_t add(
    struct fixture *f, uint64_t person, enum send_state state, enum message_kind kind, time_ms at)
{
	struct journal_entry e = {
		.id = id_next(&f->ids, at),
		.at = at,
		.updated_at = at,
		.hold_until = TIME_NONE,
		.app = STR("crm"),
		.number = STR("101"),
		.waba = STR("900800700"),
		.template_name = STR("sale/it"),
		.campaign = STR("spring"),
		.person = person,
		.purpose = PURPOSE_MARKETING,
		.kind = kind,
		.verdict = VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = state,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	return e.id;
}

static int walk(struct fixture *f, struct signals *s, time_ms before)
{
	int r = unheard_count(s, f->conn, before - DAY, before, &f->err);

	assert_true(r >= 0);
	return r;
}

static int ignore(void *ctx, enum signal_scope scope, struct str id, struct err *err)
{
	(void)ctx;
	(void)scope;
	(void)id;
	(void)err;
	return 0;
}

static int64_t counted(struct fixture *f, struct signals *s, enum signal what)
{
	struct signal_counts n;

	OK(signals_write(s, f->conn, ignore, NULL, &f->err));
	OK(signals_sum(
	    f->conn, SIGNAL_OF_CAMPAIGN, STR("spring"), NOW - 9 * DAY, NOW + DAY, &n, &f->err));
	return n.n[what];
}

/* Who was reached before, and not since, and has the message at "sent". */
static void test_who_counts(void **state)
{
	static const struct {
		const char *name;
		int64_t reached; /* minutes from the send; 0 = never */
		enum send_state state;
		enum message_kind kind;
		int64_t n;
	} rows[] = {
		{ "not delivered", -60, SEND_SENT, MESSAGE_TEMPLATE, 1 },
		{ "delivered", -60, SEND_DELIVERED, MESSAGE_TEMPLATE, 0 },
		{ "read", -60, SEND_READ, MESSAGE_TEMPLATE, 0 },
		{ "failed", -60, SEND_FAILED, MESSAGE_TEMPLATE, 0 },
		{ "refused", -60, SEND_REFUSED, MESSAGE_TEMPLATE, 0 },
		{ "a reply", -60, SEND_SENT, MESSAGE_FREE_FORM, 0 },
		{ "a stranger", 0, SEND_SENT, MESSAGE_TEMPLATE, 0 },
		{ "reached since", 60, SEND_SENT, MESSAGE_TEMPLATE, 0 },
	};
	struct fixture *f = *state;
	struct signals *s = NULL;

	OK(signals_new(&s, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t person = 100 + i;
		time_ms at = NOW - 3 * DAY + (time_ms)i * MINUTE;
		int64_t before = counted(f, s, SIGNAL_ONLY_SENT);
		if (rows[i].reached)
			OK(delivered_set(f->conn, person, PURPOSE_UTILITY,
			    at + rows[i].reached * MINUTE, &f->err));
		(void)add(f, person, rows[i].state, rows[i].kind, at);
		assert_int_equal(walk(f, s, at + 1), 0);
		if (counted(f, s, SIGNAL_ONLY_SENT) - before != rows[i].n)
			fail_msg("%s", rows[i].name);
	}
	assert_int_equal(counted(f, s, SIGNAL_KNOWN), counted(f, s, SIGNAL_ONLY_SENT));
	signals_free(&s);
}

/* Each is looked at once, when its time has come, however often the walk goes on. */
static void test_the_walk(void **state)
{
	struct fixture *f = *state;
	struct signals *s = NULL;
	time_ms at = NOW - 3 * DAY;
	int calls = 1;

	OK(signals_new(&s, &f->err));
	OK(delivered_set(f->conn, ADA, PURPOSE_UTILITY, at - DAY, &f->err));
	for (int i = 0; i < 2500; i++)
		(void)add(f, i % 2 ? ADA : BEN, SEND_SENT, MESSAGE_TEMPLATE, at + i);
	assert_int_equal(walk(f, s, at), 0);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 0);
	for (; walk(f, s, NOW - 2 * DAY) > 0; calls++)
		assert_in_range(calls, 1, 2);
	assert_int_equal(calls, 3);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 1250);
	assert_int_equal(walk(f, s, NOW - 2 * DAY), 0);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 1250);
	(void)add(f, ADA, SEND_SENT, MESSAGE_TEMPLATE, NOW - 2 * DAY);
	assert_int_equal(walk(f, s, NOW - 2 * DAY + 1), 0);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 1251);
	/* a walk that begins late leaves out what no window has any more */
	(void)add(f, ADA, SEND_SENT, MESSAGE_TEMPLATE, NOW - DAY);
	assert_int_equal(walk(f, s, NOW + DAY), 0);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 1251);
	signals_free(&s);
}

/* A person who became another one was reached as that one. */
static void test_merged_people(void **state)
{
	struct fixture *f = *state;
	struct signals *s = NULL;

	OK(signals_new(&s, &f->err));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO person_merged (gone, person, at) VALUES (?1, ?2, ?3)", "iim", (int64_t)BEN,
	    (int64_t)ADA, NOW));
	OK(delivered_set(f->conn, ADA, PURPOSE_UTILITY, NOW - 4 * DAY, &f->err));
	(void)add(f, BEN, SEND_SENT, MESSAGE_TEMPLATE, NOW - 3 * DAY);
	assert_int_equal(walk(f, s, NOW - 3 * DAY + 1), 0);
	assert_int_equal(counted(f, s, SIGNAL_ONLY_SENT), 1);
	assert_int_equal(unheard_is_known(f->conn, ADA, &f->err), 1);
	assert_int_equal(unheard_is_known(f->conn, 77, &f->err), 0);
	signals_free(&s);
}

static int whole_way(struct fixture *f)
{
	struct signals *s = NULL;
	const struct journal_entry e = {
		.id = id_next(&f->ids, NOW - 3 * DAY),
		.at = NOW - 3 * DAY,
		.app = STR("crm"),
		.number = STR("101"),
		.person = ADA,
		.kind = MESSAGE_TEMPLATE,
		.state = SEND_SENT,
		.policy = STR("test"),
	};
	int r = signals_new(&s, &f->err);

	if (r == 0)
		r = delivered_set(f->conn, ADA, PURPOSE_UTILITY, NOW - 4 * DAY, &f->err);
	if (r == 0)
		r = journal_add(f->conn, &f->ledger, &e, &f->err);
	if (r == 0)
		r = unheard_count(s, f->conn, NOW - 4 * DAY, NOW, &f->err);
	signals_free(&s);
	return r;
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, whole_way);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_who_counts),
		FIXTURE_TEST(test_the_walk),
		FIXTURE_TEST(test_merged_people),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
