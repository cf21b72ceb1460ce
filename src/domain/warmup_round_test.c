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
#include "domain/warmup_round.h"

#define MIDNIGHT 1795392000000LL /* 2026-11-23T00:00:00Z */

static void add(struct fixture *f)
{
	const struct account_values account = {
		.waba = STR("10"),
		.portfolio = STR("500"),
		.name = STR("Calzature"),
		.limit_given = true,
		.limited = true,
		.limit = 2000,
	};
	const struct number_values young = {
		.waba = STR("10"),
		.id = STR("101"),
		.display = STR("+393331234500"),
	};
	const struct number_values old = {
		.waba = STR("10"),
		.id = STR("102"),
		.display = STR("+393331234502"),
		.established_given = true,
		.established = true,
	};
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
	OK(number_add(f->conn, &young, NOW, &created, &f->err));
	OK(number_add(f->conn, &old, NOW, &created, &f->err));
}

static void reach_people(struct fixture *f, int from, int until, time_ms at)
{
	for (int person = from; person < until; person++)
		OK(store_do(f->conn, &f->err,
		    "INSERT INTO reach (scope, person, reserved_at, delivered_at, open_count, engaged)"
		    " VALUES ('n:101', ?1, NULL, ?2, 0, 1)",
		    "im", (int64_t)person, at));
}

static bool turn(struct fixture *f, time_ms now)
{
	bool changed = false;

	OK(warmup_round(f->conn, f->pack, now, &changed, &f->err));
	return changed;
}

static struct warmup_state read_state(struct fixture *f, const char *number)
{
	struct warmup_state s = { 0 };

	OK(warmup_read(f->conn, str_c(number), &s, &f->err));
	return s;
}

static void test_days_end_once(void **state)
{
	struct fixture *f = *state;

	add(f);
	assert_true(turn(f, NOW)); /* on record from now on */
	assert_false(turn(f, NOW + HOUR));
	reach_people(f, 0, 10, NOW + HOUR);
	reach_people(f, 100, 130, MIDNIGHT + 1); /* tomorrow's */
	assert_true(turn(f, MIDNIGHT + 2));
	assert_int_equal(read_state(f, "101").day, 2);
	assert_int_equal(read_state(f, "101").peak, 10);
	/* another process that begins now finds the day ended already */
	assert_false(turn(f, MIDNIGHT + 3));
	assert_int_equal(read_state(f, "101").day, 2);
	/* five days of nothing, and the clock back again */
	assert_true(turn(f, MIDNIGHT + 5 * DAY));
	assert_int_equal(read_state(f, "101").day, 3);
	assert_false(turn(f, MIDNIGHT + DAY));
	assert_int_equal(read_state(f, "101").day, 3);
	/* the established one has nothing to do with it */
	assert_int_equal(read_state(f, "102").phase, WARMUP_DONE);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM warmup"), 1);
}

static void test_red_is_seen_once(void **state)
{
	struct fixture *f = *state;
	const struct number_values red = { .id = STR("101"), .quality = STR("RED") };
	const struct number_values green = { .id = STR("101"), .quality = STR("GREEN") };

	add(f);
	(void)turn(f, NOW);
	OK(number_set(f->conn, &red, NOW, &f->err));
	assert_true(turn(f, NOW + 1));
	assert_false(turn(f, NOW + 2));
	struct warmup_state s = read_state(f, "101");
	assert_int_equal(s.phase, WARMUP_AFTER_RED);
	assert_int_equal(s.frozen_until, NOW + 1 + 7 * DAY);
	assert_int_equal(
	    scratch_int(f->conn,
		"SELECT count(*) FROM object_change WHERE field = 'warmup_frozen_until'"
		" AND source = 7"),
	    1);
	OK(number_set(f->conn, &green, NOW, &f->err));
	assert_true(turn(f, NOW + 3));
	assert_false(turn(f, NOW + 4));
	assert_int_equal(read_state(f, "101").frozen_until, NOW + 1 + 7 * DAY);
	OK(number_set(f->conn, &red, NOW, &f->err));
	assert_true(turn(f, NOW + 5));
	assert_int_equal(read_state(f, "101").frozen_until, NOW + 5 + 7 * DAY);
}

static void test_a_restriction_that_ends(void **state)
{
	struct fixture *f = *state;
	bool changed;

	add(f);
	OK(waba_restrict(
	    f->conn, STR("10"), STR("RESTRICTED_ADD_PHONE_NUMBER_ACTION"), NOW + 1, NOW, &f->err));
	OK(account_expire(f->conn, f->pack, NOW + 2, &changed, &f->err));
	assert_int_equal(read_state(f, "101").phase, WARMUP_RAMP);
	OK(waba_restrict(
	    f->conn, STR("10"), STR("RESTRICTED_BIZ_INITIATED_MESSAGING"), NOW + 5, NOW, &f->err));
	OK(account_expire(f->conn, f->pack, NOW + HOUR, &changed, &f->err));
	for (int i = 0; i < 2; i++) {
		struct warmup_state s = read_state(f, i ? "102" : "101");
		assert_int_equal(s.phase, WARMUP_AFTER_RESTRICTION);
		assert_int_equal(s.cap, 50);
		assert_int_equal(s.frozen_until, NOW + 5 + 7 * DAY);
	}
}

static void test_people_override(void **state)
{
	struct fixture *f = *state;

	add(f);
	OK(warmup_set_cap(f->conn, STR("101"), 500, NOW, &f->err));
	assert_int_equal(read_state(f, "101").phase, WARMUP_OVERRIDE);
	assert_int_equal(read_state(f, "101").cap, 500);
	FAILS(warmup_set_cap(f->conn, STR("101"), 0, NOW, &f->err), E_RANGE, "warmup_cap");
	FAILS(warmup_set_cap(f->conn, STR("9"), 5, NOW, &f->err), E_NOT_FOUND, "id");
}

static int once(struct fixture *f)
{
	const struct account_values account = {
		.waba = STR("10"),
		.portfolio = STR("500"),
		.name = STR("Calzature"),
	};
	const struct number_values young = {
		.waba = STR("10"),
		.id = STR("101"),
		.display = STR("+393331234500"),
	};
	bool b;
	int r = account_add(f->conn, &f->key, &account, NOW, &b, &f->err);

	if (r == 0)
		r = number_add(f->conn, &young, NOW, &b, &f->err);
	if (r == 0)
		r = warmup_round(f->conn, f->pack, NOW + 2 * DAY, &b, &f->err);
	if (r == 0)
		r = warmup_after_restriction(f->conn, f->pack, STR("10"), NOW, &f->err);
	return r < 0 ? r : warmup_set_cap(f->conn, STR("101"), 7, NOW, &f->err);
}

static void test_store_fails(void **state)
{
	fixture_store_fails(*state, once);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_days_end_once),
		FIXTURE_TEST(test_red_is_seen_once),
		FIXTURE_TEST(test_a_restriction_that_ends),
		FIXTURE_TEST(test_people_override),
		FIXTURE_TEST(test_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
