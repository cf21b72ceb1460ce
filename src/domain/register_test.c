#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/register.h"

static const struct str one[] = { { "100200300", 9 } };

static struct register_act act_at(struct fixture *f, time_ms now)
{
	return (struct register_act){ .c = f->conn,
		.ledger = &f->ledger,
		.key = &f->key,
		.ids = &f->ids,
		.arena = f->arena,
		.by = STR("admin"),
		.now = now };
}

static struct integration_values crm(void)
{
	return (struct integration_values){
		.name = STR("crm"),
		.owner = STR("Anna Bianchi"),
		.purpose = STR("Order news"),
		.numbers = one,
		.numbers_len = 1,
		.numbers_given = true,
		.purposes = PURPOSE_BIT(PURPOSE_UTILITY),
		.purposes_given = true,
	};
}

struct added {
	char id[ID_TEXT_MAX], key[APP_KEY_MAX];
};

static int add(struct fixture *f, const struct integration_values *v, struct added *x)
{
	struct register_act act = act_at(f, NOW);

	return register_add(&act, v, x->id, x->key, &f->err);
}

static int set(struct fixture *f, const char *id, const struct integration_values *v)
{
	struct register_act act = act_at(f, NOW + 1);

	return register_set(&act, str_c(id), v, &f->err);
}

static struct integration_entry entry(struct fixture *f, const char *id)
{
	struct integration_entry e;

	assert_int_equal(integration_get(f->conn, str_c(id), f->arena, &e, &f->err), 1);
	return e;
}

static size_t history(struct fixture *f, const char *id, struct register_change **ret)
{
	size_t n = 99;

	OK(register_history(f->conn, str_c(id), f->arena, ret, &n, &f->err));
	return n;
}

static void begin(struct fixture *f, struct added *x)
{
	struct integration_values v = crm();

	fixture_account(f, "500", "900800700", "100200300");
	v.details.v[REGISTER_DEPUTY] = STR("Carlo");
	OK(add(f, &v, x));
}

/* --- history ---------------------------------------------------------------------------------- */

static void test_every_change_is_on_the_ledger(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .owner = STR("Bruno Verdi") };
	struct register_change *h;
	struct ledger_leaf leaf;
	struct added x;

	begin(f, &x);
	v.details.v[REGISTER_DEPUTY] = STR("");
	v.details.v[REGISTER_HOOKS] = STR("https://a.example");
	OK(set(f, x.id, &v));
	assert_int_equal(history(f, x.id, &h), 2);
	const char *was =
	    "\"changes\":{\"deputy\":[\"Carlo\",null],"
	    "\"hooks\":[null,\"https://a.example\"],\"owner\":[\"Anna Bianchi\",\"Bruno Verdi\"]}";
	if (!strstr(arena_c(f->arena, h[1].content), was))
		fail_msg("%.*s", STR_ARG(h[1].content));
	assert_non_null(
	    strstr(arena_c(f->arena, h[0].content), "\"operation\":\"integration.entered\""));
	assert_int_equal(ledger_get(f->conn, h[1].leaf, f->arena, &leaf, &f->err), 1);
	assert_int_equal(leaf.type, LEAF_OPERATOR);
	assert_true(ledger_leaf_commits(&leaf, h[1].content));
	assert_int_equal(history(f, "app_0", &h), 0);
}

static void test_nothing_new_leaves_nothing(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm();
	struct register_change *h;
	struct added x, again;

	begin(f, &x);
	OK(add(f, &v, &again));
	assert_string_equal(again.id, x.id);
	assert_string_equal(again.key, "");
	v = (struct integration_values){ .owner = STR("Anna Bianchi") };
	OK(set(f, x.id, &v));
	assert_int_equal(history(f, x.id, &h), 1);
}

static void test_details_of_a_repeated_add(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = crm();
	struct added x, again;

	begin(f, &x);
	v.details.v[REGISTER_DEPUTY] = STR("Dora");
	FAILS(add(f, &v, &again), E_CONFLICT, "deputy");
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	OK(ledger_load(f->conn, STR("test"), &f->ledger, &f->err));
	begin(f, &x);
	v.details.v[REGISTER_DEPUTY] = STR_NONE;
	v.details.v[REGISTER_UNIT] = STR("Sales");
	OK(add(f, &v, &again));
	struct integration_entry e = entry(f, x.id);
	assert_true(str_eq(e.details.v[REGISTER_UNIT], STR("Sales")));
	assert_true(str_eq(e.details.v[REGISTER_DEPUTY], STR("Carlo")));
	assert_true(e.keyed);
	assert_true(str_eq(e.verdict, STR("official")));
	assert_int_equal(e.state, REGISTER_OPEN);
}

/* --- what may not be -------------------------------------------------------------------------- */

static void test_approvals(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .state = STR("accepted") };
	struct added x;

	begin(f, &x);
	FAILS(set(f, x.id, &v), E_INVALID, "approved_by");
	v.details.v[REGISTER_APPROVED_BY] = STR("Marta Neri");
	OK(set(f, x.id, &v));
	struct integration_entry e = entry(f, x.id);
	assert_int_equal(e.state, REGISTER_ACCEPTED);
	assert_true(str_eq(e.details.v[REGISTER_APPROVED_ON], STR("2026-11-22")));
}

static void test_exceptions(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .name = STR("old bot"),
		.owner = STR("Anna"),
		.purpose = STR("Answers"),
		.verdict = STR("unofficial"),
		.keyless = true };
	struct added x;

	fixture_account(f, "500", "900800700", "100200300");
	OK(add(f, &v, &x));
	assert_string_equal(x.key, "");
	v = (struct integration_values){ .state = STR("accepted") };
	v.details.v[REGISTER_APPROVED_BY] = STR("Marta Neri");
	FAILS(set(f, x.id, &v), E_INVALID, "reason");
	v.details.v[REGISTER_REASON] = STR("Moves in January");
	FAILS(set(f, x.id, &v), E_INVALID, "exception_until");
	v.details.v[REGISTER_EXCEPTION_UNTIL] = STR("2026-11-21");
	FAILS(set(f, x.id, &v), E_RANGE, "exception_until");
	v.details.v[REGISTER_EXCEPTION_UNTIL] = STR("2027-01-31");
	OK(set(f, x.id, &v));
	assert_int_equal(entry(f, x.id).state, REGISTER_ACCEPTED);
}

static void test_what_is_unofficial_cannot_send(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .verdict = STR("unofficial") };
	char key[APP_KEY_MAX] = "";
	struct register_act act = act_at(f, NOW);
	struct added x, y;

	begin(f, &x);
	FAILS(set(f, x.id, &v), E_CONFLICT, "verdict");
	v.status = STR("suspended");
	OK(set(f, x.id, &v));
	v = (struct integration_values){ .status = STR("active") };
	FAILS(set(f, x.id, &v), E_CONFLICT, "verdict");
	v = (struct integration_values){
		.name = STR("bot"), .owner = STR("A"), .purpose = STR("B"), .keyless = true
	};
	OK(add(f, &v, &y));
	FAILS(register_rotate(&act, str_c(y.id), key, &f->err), E_INVALID, "id");
	v = crm();
	v.name = STR("other");
	v.verdict = STR("unofficial");
	FAILS(add(f, &v, &y), E_CONFLICT, "verdict");
}

static void test_bad_words(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .state = STR("gone") };
	struct added x;

	begin(f, &x);
	FAILS(set(f, x.id, &v), E_INVALID, "state");
	v = (struct integration_values){ .state = STR("removed") };
	FAILS(set(f, x.id, &v), E_CONFLICT, "state");
	v = (struct integration_values){ .verdict = STR("clean") };
	FAILS(set(f, x.id, &v), E_INVALID, "verdict");
	v = (struct integration_values){ .owner = STR("A") };
	v.details.v[REGISTER_REMOVE_BY] = STR("soon");
	FAILS(set(f, x.id, &v), E_INVALID, "remove_by");
	FAILS(set(f, "app_0", &v), E_NOT_FOUND, "id");
}

/* --- life ------------------------------------------------------------------------------------- */

static void test_revoking_retires(void **state)
{
	struct fixture *f = *state;
	struct integration_values v = { .status = STR("active") };
	struct register_act act = act_at(f, NOW);
	char key[APP_KEY_MAX] = "";
	struct added x;

	begin(f, &x);
	OK(register_rotate(&act, str_c(x.id), key, &f->err));
	assert_string_not_equal(key, x.key);
	OK(register_revoke(&act, str_c(x.id), &f->err));
	struct integration_entry e = entry(f, x.id);
	assert_int_equal(e.state, REGISTER_RETIRED);
	assert_true(str_eq(e.status, STR("revoked")));
	OK(set(f, x.id, &v));
	assert_int_equal(entry(f, x.id).state, REGISTER_OPEN);
	FAILS(register_revoke(&act, STR("app_0"), &f->err), E_NOT_FOUND, "id");
}

static void test_reviews(void **state)
{
	struct fixture *f = *state;
	struct register_act act = act_at(f, NOW);
	struct register_review review = {
		.by = STR("Marta Neri"), .outcome = STR("Scope is right"), .until = NOW + 180 * DAY
	};
	struct added x;

	begin(f, &x);
	OK(register_review(&act, str_c(x.id), &review, &f->err));
	struct integration_entry e = entry(f, x.id);
	assert_int_equal(e.review_by, review.until);
	assert_true(str_eq(e.details.v[REGISTER_REVIEWED_BY], review.by));
	assert_true(str_eq(e.details.v[REGISTER_REVIEWED_ON], STR("2026-11-22")));
	assert_true(str_eq(e.details.v[REGISTER_REVIEW_OUTCOME], review.outcome));
	review.until = NOW;
	FAILS(register_review(&act, str_c(x.id), &review, &f->err), E_RANGE, "until");
	review.until = NOW + DAY;
	review.by = STR("");
	FAILS(register_review(&act, str_c(x.id), &review, &f->err), E_INVALID, "by");
}

/* --- everything fails once -------------------------------------------------------------------- */

static int work(struct fixture *f)
{
	struct integration_values v = { .name = STR("bot"),
		.owner = STR("A"),
		.purpose = STR("B"),
		.keyless = true },
				  change = { .state = STR("removing") };
	struct register_act act = act_at(f, NOW);
	struct register_review review = { .by = STR("C"), .until = NOW + DAY };
	struct register_change *h;
	struct added x = { "", "" };
	size_t n;
	int r = register_add(&act, &v, x.id, x.key, &f->err);

	if (r == 0)
		r = register_set(&act, str_c(x.id), &change, &f->err);
	if (r == 0)
		r = register_review(&act, str_c(x.id), &review, &f->err);
	if (r == 0)
		r = register_revoke(&act, str_c(x.id), &f->err);
	return r < 0 ? r : register_history(f->conn, str_c(x.id), f->arena, &h, &n, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "the register", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_every_change_is_on_the_ledger),
		FIXTURE_TEST(test_nothing_new_leaves_nothing),
		FIXTURE_TEST(test_details_of_a_repeated_add),
		FIXTURE_TEST(test_approvals),
		FIXTURE_TEST(test_exceptions),
		FIXTURE_TEST(test_what_is_unofficial_cannot_send),
		FIXTURE_TEST(test_bad_words),
		FIXTURE_TEST(test_revoking_retires),
		FIXTURE_TEST(test_reviews),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
