#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/fixture.h"
#include "domain/inbox.h"
#include "domain/notice_effect.h"
#include "store/query.h"

#define WABA "900800700"
#define NUMBER "100200300"

static void account(struct fixture *f)
{
	fixture_account(f, "500", WABA, NUMBER);
	OK(portfolio_set_limit(f->conn, STR("500"), true, 10000, NOW, &f->err));
}

static struct notice_record plan(struct fixture *f, const struct notice *n)
{
	struct directory *d = NULL;
	struct notice_record r;

	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	OK(notice_plan(f->pack, d, n, f->arena, &r, &f->err));
	/* The strings are the directory's. */
	r.waba = r.waba.p ? arena_str(f->arena, r.waba) : STR_NONE;
	for (size_t i = 0; i < r.changes_len; i++) {
		r.changes[i].id = arena_str(f->arena, r.changes[i].id);
		r.changes[i].from = r.changes[i].from.p ? arena_str(f->arena, r.changes[i].from)
							: STR_NONE;
		r.changes[i].to = arena_str(f->arena, r.changes[i].to);
	}
	directory_unref(&d);
	return r;
}

static int apply(
    struct fixture *f, const struct notice *n, struct notice_record *r, const char *mail)
{
	struct incident_desk d = {
		.c = f->conn, .ledger = &f->ledger, .ids = &f->ids, .pack = f->pack, .now = NOW
	};
	struct sha256 digest;

	crypto_sha256(str_c(mail), &digest);
	return notice_apply(&d, n, STR("{}"), &digest, r, &f->err);
}

static struct notice restricted(const char *type, time_ms until)
{
	return (struct notice){ .kind = NOTICE_RESTRICTED,
		.waba = STR(WABA),
		.types = { str_c(type) },
		.types_len = 1,
		.until = until,
		.at = TIME_NONE };
}

#define BIZ "RESTRICTED_BIZ_INITIATED_MESSAGING"
#define UNTIL "SELECT coalesce(until_at, 0) FROM waba_restriction WHERE type = '" BIZ "'"

/* Longer than what stands is stricter; shorter, and what has no end, is not. */
static void test_restrictions_only_grow(void **state)
{
	static const struct {
		time_ms until;
		size_t changes;
	} rows[] = { { NOW + 3 * DAY, 1 }, { NOW + 3 * DAY, 0 }, { NOW + DAY, 0 },
		{ NOW + 7 * DAY, 1 } };
	struct fixture *f = *state;

	account(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = restricted(BIZ, rows[i].until);
		struct notice_record r = plan(f, &n);
		char mail[8];
		if (r.changes_len != rows[i].changes)
			fail_msg("row %zu: %zu changes", i, r.changes_len);
		(void)snprintf(mail, sizeof(mail), "m%zu", i);
		OK(apply(f, &n, &r, mail));
	}
	assert_int_equal(scratch_int(f->conn, UNTIL), NOW + 7 * DAY);
	OK(waba_restrict(f->conn, STR(WABA), STR(BIZ), TIME_NONE, NOW, &f->err));
	struct notice n = restricted(BIZ, NOW + 30 * DAY);
	assert_int_equal(plan(f, &n).changes_len, 0);
}

static void test_states_only_fall(void **state)
{
	static const struct {
		const char *is;
		enum notice_kind kind;
		const char *to; /* NULL = no change */
	} rows[] = {
		{ "active", NOTICE_DISABLE_SCHEDULED, "scheduled_for_disable" },
		{ "active", NOTICE_DISABLED, "disabled" },
		{ "scheduled_for_disable", NOTICE_DISABLED, "disabled" },
		{ "scheduled_for_disable", NOTICE_DISABLE_SCHEDULED, NULL },
		{ "disabled", NOTICE_DISABLE_SCHEDULED, NULL },
		{ "locked", NOTICE_DISABLED, NULL },
		{ "disabled", NOTICE_REINSTATED, NULL },
		{ "disabled", NOTICE_LIFTED, NULL },
		{ "locked", NOTICE_REVIEW_REVERSED, NULL },
		{ "active", NOTICE_WARNING, NULL },
		{ "something_new", NOTICE_DISABLED, NULL },
	};
	struct fixture *f = *state;

	account(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = {
			.kind = rows[i].kind, .waba = STR(WABA), .until = TIME_NONE, .at = TIME_NONE
		};
		OK(waba_set_state(f->conn, STR(WABA), str_c(rows[i].is), NOW, &f->err));
		struct notice_record r = plan(f, &n);
		if (r.changes_len != (rows[i].to != NULL) ||
		    (rows[i].to && !str_eq_c(r.changes[0].to, rows[i].to)))
			fail_msg("row %zu", i);
	}
}

static void test_the_announced_day(void **state)
{
	struct fixture *f = *state;
	const struct notice n = { .kind = NOTICE_DISABLE_SCHEDULED,
		.waba = STR(WABA),
		.until = TIME_NONE,
		.at = NOW + 9 * DAY };

	account(f);
	struct notice_record r = plan(f, &n);
	OK(apply(f, &n, &r, "mail"));
	assert_int_equal(scratch_int(f->conn, "SELECT disable_at FROM waba"), NOW + 9 * DAY);
}

static void test_what_it_is_about(void **state)
{
	static const struct {
		const char *name;
		struct notice n;
		const char *waba, *number;
	} rows[] = {
		{ "the account's id", { .waba = { WABA, 9 } }, WABA, NULL },
		{ "another's id, our name",
		    { .waba = { "123456789", 9 }, .business = { "Bottega", 7 } }, NULL, NULL },
		{ "the number's id", { .number = { NUMBER, 9 } }, WABA, NUMBER },
		{ "a long number in the text",
		    { .ids = { { "555", 3 }, { NUMBER, 9 } }, .ids_len = 2 }, WABA, NUMBER },
		{ "the name, other case", { .business = { "BOTTEGA", 7 } }, WABA, NULL },
		{ "another name", { .business = { "Altra", 5 } }, NULL, NULL },
		{ "nothing", { .waba = { NULL, 0 } }, NULL, NULL },
	};
	struct fixture *f = *state;

	account(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice_record r = plan(f, &rows[i].n);
		if (!str_eq(r.waba, str_c(rows[i].waba)) ||
		    (r.number.p != NULL) != (rows[i].number != NULL))
			fail_msg("%s", rows[i].name);
	}
}

static void test_what_looks_forged_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct notice n = restricted(BIZ, NOW + DAY);

	account(f);
	n.doubts = NOTICE_DOUBT_LINK;
	struct notice_record r = plan(f, &n);
	assert_int_equal(r.changes_len, 0);
	OK(apply(f, &n, &r, "mail"));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM alarm WHERE kind = 'notice.suspicious'"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM notice"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM incident"), 0);
}

static void test_the_limit(void **state)
{
	static const struct {
		int64_t limit;
		size_t changes;
	} rows[] = { { 2000, 1 }, { 10000, 0 }, { 100000, 0 }, { 2500, 0 }, { 0, 0 } };
	struct fixture *f = *state;

	account(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice n = {
			.kind = NOTICE_LIMIT, .waba = STR(WABA), .limit = rows[i].limit
		};
		if (plan(f, &n).changes_len != rows[i].changes)
			fail_msg("row %zu", i);
	}
}

static void test_once(void **state)
{
	struct fixture *f = *state;
	struct notice n = restricted(BIZ, NOW + DAY);
	struct notice_row *rows;
	size_t len;
	bool more;

	account(f);
	struct notice_record first = plan(f, &n);
	OK(apply(f, &n, &first, "mail"));
	assert_false(first.known);
	struct notice_record again = plan(f, &n);
	OK(apply(f, &n, &again, "mail"));
	assert_true(again.known);
	assert_true(again.id == first.id);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM alarm WHERE kind = 'notice.reported'"), 1);
	assert_true(first.incident > 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM incident WHERE kind = 'restricted'"), 1);
	OK(notice_list(f->conn, 0, 10, f->arena, &rows, &len, &more, &f->err));
	assert_int_equal(len, 1);
	assert_false(more);
	assert_true(rows[0].id == first.id);
	assert_int_equal(notice_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM notice"), 1);
	assert_int_equal(notice_purge(f->conn, NOW + DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM notice"), 0);
	OK(notice_list(f->conn, first.id, 10, f->arena, &rows, &len, &more, &f->err));
	assert_int_equal(len, 0);
}

/* --- answers to reviews ----------------------------------------------------------------------- */

struct answer_case {
	const char *name;
	enum incident_state state; /* of the incident that is there */
	const char *has, *tells;   /* references; NULL = none */
	enum notice_kind kind;
	unsigned doubts;
	time_ms sent_at;
	enum incident_outcome outcome; /* 0: it stays as it is */
};

static uint64_t open_incident(
    struct fixture *f, struct incident_desk *d, const struct answer_case *x)
{
	const struct incident_event e = {
		.kind = STR("restricted"),
		.label = STR("SPAM"),
		.scope = STR("waba"),
		.scope_id = STR(WABA),
		.waba = STR(WABA),
		.origin = STR("meta"),
		.at = NOW - DAY,
	};
	uint64_t id;

	assert_int_equal(incident_happen(d, &e, &id, &f->err), 1);
	if (x->state == INCIDENT_OPEN)
		return id;
	const struct incident_act act = { .id = id,
		.kind = STR("submitted"),
		.by = STR("Marta Neri"),
		.reference = x->has ? str_c(x->has) : STR_NONE,
		.to = x->state };
	OK(incident_do(d, &act, NULL, &f->err));
	return id;
}

static void check_answer(struct fixture *f, const struct answer_case *x)
{
	struct incident_desk d = {
		.c = f->conn, .ledger = &f->ledger, .ids = &f->ids, .pack = f->pack, .now = NOW
	};
	struct notice n = { .kind = x->kind,
		.waba = STR(WABA),
		.reference = x->tells ? str_c(x->tells) : STR_NONE,
		.doubts = x->doubts,
		.at = TIME_NONE,
		.until = TIME_NONE,
		.sent_at = x->sent_at };
	struct incident_step *steps;
	struct incident i;
	size_t len;

	OK(store_do(f->conn, &f->err, "DELETE FROM incident", ""));
	uint64_t id = open_incident(f, &d, x);
	struct notice_record r = plan(f, &n);
	OK(apply(f, &n, &r, x->name));
	assert_int_equal(r.changes_len, 0);
	assert_int_equal(incident_get(f->conn, id, f->arena, &i, &f->err), 1);
	if (i.outcome != x->outcome || (i.state == INCIDENT_ANSWERED) != (x->outcome != 0))
		fail_msg("%s: %s, %d", x->name, incident_state_name(i.state), (int)i.outcome);
	if (!x->outcome)
		return;
	OK(incident_steps(f->conn, id, f->arena, &steps, &len, &f->err));
	assert_true(r.incident == id && len > 1);
	assert_true(str_eq(steps[len - 1].kind, STR("answered")) && steps[len - 1].leaf > 0);
	assert_true(str_eq(steps[len - 1].detail, STR("{}"))); /* what was understood */
	assert_true(str_eq(i.reference, str_c(x->tells ? x->tells : x->has)));
	assert_int_equal(i.over_at == TIME_NONE, true);
}

/* An answer that came as an e-mail answers the case it is about, once, and gives nothing back. */
static void test_answers(void **state)
{
	static const struct answer_case cases[] = {
		{ "reversed", INCIDENT_SUBMITTED, "CASE-1", "CASE-1", NOTICE_REVIEW_REVERSED, 0,
		    NOW - HOUR, INCIDENT_REVERSED },
		{ "unchanged", INCIDENT_SUBMITTED, "CASE-1", "CASE-1", NOTICE_REVIEW_UNCHANGED, 0,
		    NOW - HOUR, INCIDENT_UNCHANGED },
		{ "no reference on record", INCIDENT_SUBMITTED, NULL, "CASE-1",
		    NOTICE_REVIEW_REVERSED, 0, NOW - HOUR, INCIDENT_REVERSED },
		{ "nobody noted that it was asked", INCIDENT_OPEN, NULL, "CASE-1",
		    NOTICE_REVIEW_UNCHANGED, 0, NOW - HOUR, INCIDENT_UNCHANGED },
		{ "of another case", INCIDENT_SUBMITTED, "CASE-1", "CASE-2", NOTICE_REVIEW_REVERSED,
		    0, NOW - HOUR, INCIDENT_NO_ANSWER },
		{ "none in the e-mail, one on record", INCIDENT_SUBMITTED, "CASE-1", NULL,
		    NOTICE_REVIEW_REVERSED, 0, NOW - HOUR, INCIDENT_REVERSED },
		{ "it looks forged", INCIDENT_SUBMITTED, "CASE-1", "CASE-1", NOTICE_REVIEW_REVERSED,
		    NOTICE_DOUBT_SENDER, NOW - HOUR, INCIDENT_NO_ANSWER },
		{ "older than what happened", INCIDENT_SUBMITTED, "CASE-1", "CASE-1",
		    NOTICE_REVIEW_REVERSED, 0, NOW - 2 * DAY, INCIDENT_NO_ANSWER },
		{ "something else", INCIDENT_SUBMITTED, "CASE-1", "CASE-1", NOTICE_LIFTED, 0,
		    NOW - HOUR, INCIDENT_NO_ANSWER },
	};
	struct fixture *f = *state;

	account(f);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_answer(f, &cases[i]);
}

static int deed(struct fixture *f)
{
	struct notice n = restricted(BIZ, NOW + DAY);
	struct notice_record r = { .changes = { { .what = "waba.restriction",
				       .id = STR(WABA),
				       .to = STR(BIZ),
				       .until = NOW + DAY } },
		.changes_len = 1,
		.waba = STR(WABA) };

	return apply(f, &n, &r, "mail");
}

static int commit_account(struct fixture *f)
{
	account(f);
	return store_commit(f->conn, &f->err);
}

static void test_every_statement_may_fail(void **state)
{
	struct fixture *f = *state;

	OK(commit_account(f));
	OK(store_begin(f->conn, &f->err));
	fixture_store_fails(f, deed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_restrictions_only_grow),
		FIXTURE_TEST(test_states_only_fall),
		FIXTURE_TEST(test_the_announced_day),
		FIXTURE_TEST(test_what_it_is_about),
		FIXTURE_TEST(test_what_looks_forged_changes_nothing),
		FIXTURE_TEST(test_the_limit),
		FIXTURE_TEST(test_once),
		FIXTURE_TEST(test_answers),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
