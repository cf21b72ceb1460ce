#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/consent.h"
#include "domain/fixture.h"
#include "domain/person.h"
#include "domain/stops.h"

#define CODE 131050
#define MOST 5
#define MARKETING PURPOSE_BIT(PURPOSE_MARKETING)

static uint64_t somebody(struct fixture *f, unsigned n)
{
	struct phone phone = { .number = 447700900000 + n };
	struct person p;

	OK(person_get(f->conn, phone, STR_NONE, STR_NONE, &f->ids, NOW, f->arena, &p, &f->err));
	return p.id;
}

static enum stop_state come(
    struct fixture *f, int64_t code, uint64_t person, time_ms at, bool burst)
{
	struct stop s = { .id = id_next(&f->ids, at), .person = person, .at = at, .code = code };
	enum stop_state state;
	bool first;

	OK(stop_note(f->conn, &s, MOST, &state, &first, &f->err));
	assert_int_equal(first, burst);
	return state;
}

static bool is_stopped(struct fixture *f, unsigned n)
{
	struct phone phone = { .number = 447700900000 + n };
	struct person p;

	assert_int_equal(person_find(f->conn, phone, STR_NONE, f->arena, &p, &f->err), 1);
	return p.flags & PERSON_META_STOP;
}

static size_t acts_of(struct fixture *f, unsigned n)
{
	const struct facts_consent *acts;
	size_t len;

	OK(consent_list(f->conn, somebody(f, n), f->arena, &acts, &len, &f->err));
	return len;
}

/* Four are applied, the fifth and later ones of the hour are held. */
static void burst(struct fixture *f)
{
	for (unsigned i = 1; i < MOST; i++)
		assert_int_equal(come(f, CODE, somebody(f, i), NOW + i, false), STOP_APPLIED);
	assert_int_equal(come(f, CODE, somebody(f, 5), NOW + 5, true), STOP_HELD);
	assert_int_equal(come(f, CODE, somebody(f, 6), NOW + 6, false), STOP_HELD);
}

static void test_a_burst_is_held(void **state)
{
	struct fixture *f = *state;

	burst(f);
	for (unsigned i = 1; i <= 6; i++)
		assert_true(is_stopped(f, i));
	/* Another code is another matter, and an hour later all is as before. */
	assert_int_equal(come(f, 131031, somebody(f, 7), NOW + 7, false), STOP_APPLIED);
	assert_int_equal(come(f, CODE, somebody(f, 8), NOW + HOUR + 7, false), STOP_APPLIED);
}

static void test_a_repeat_is_no_other(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i < 3 * MOST; i++)
		assert_int_equal(come(f, CODE, somebody(f, 1), NOW + i, false), STOP_APPLIED);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM stop_by_code"), 1);
}

static void test_released(void **state)
{
	struct fixture *f = *state;

	/* Of the held ones, one had been stopped before. */
	OK(person_set_flag(f->conn, somebody(f, 6), PERSON_META_STOP, true, &f->err));
	burst(f);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, 131031, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 0);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 2);
	assert_false(is_stopped(f, 5));
	assert_true(is_stopped(f, 6));
	assert_true(is_stopped(f, 1));
	assert_int_equal(acts_of(f, 5), 0);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 0);
	/* The next one of that person counts anew. */
	assert_int_equal(come(f, CODE, somebody(f, 5), NOW + 10, true), STOP_HELD);
}

static void test_confirmed(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *acts;
	size_t n;

	burst(f);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_CONFIRMED, MARKETING, NOW + 9, &f->err), 2);
	assert_true(is_stopped(f, 5) && is_stopped(f, 6));
	OK(consent_list_full(f->conn, somebody(f, 5), f->arena, &acts, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(acts[0].act, CONSENT_WITHDRAW);
	assert_int_equal(acts[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(acts[0].at, NOW + 5);
	assert_true(str_eq(acts[0].source, STR("meta:131050")));
}

/* What the person chose since is not undone by a release. */
static void test_they_spoke_for_themselves(void **state)
{
	struct fixture *f = *state;

	burst(f);
	OK(stop_settle(f->conn, somebody(f, 5), STOP_CONFIRMED, NOW + 8, &f->err));
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 1);
	assert_true(is_stopped(f, 5));
	assert_false(is_stopped(f, 6));
}

static void test_lists(void **state)
{
	struct fixture *f = *state;
	struct stop_filter all = { .limit = 10 }, held = { .limit = 1, .state = STOP_HELD },
			   other = { .limit = 10, .code = 1 };
	struct stop *items;
	size_t n;
	bool more;

	burst(f);
	OK(stop_list(f->conn, &all, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 6 && !more);
	assert_int_equal(items[0].at, NOW + 6);
	assert_int_equal(items[0].ended_at, TIME_NONE);
	OK(stop_list(f->conn, &held, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && more);
	held.before = items[0].id;
	OK(stop_list(f->conn, &held, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && !more);
	OK(stop_list(f->conn, &other, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, 0);
}

static void test_held_ones_stay(void **state)
{
	struct fixture *f = *state;

	burst(f);
	assert_int_equal(stop_purge(f->conn, NOW + 400 * DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM stop_by_code"), 2);
}

/* --- faults ----------------------------------------------------------------------------------- */

static int come_and_end(struct fixture *f, uint64_t person, enum stop_state to)
{
	struct stop s = { .id = id_next(&f->ids, NOW), .person = person, .at = NOW, .code = CODE };
	enum stop_state state;
	bool first;
	int r = stop_note(f->conn, &s, 1, &state, &first, &f->err);

	return r < 0 ? r : stop_end(f->conn, &f->ledger, CODE, to, MARKETING, NOW, &f->err);
}

static int work(struct fixture *f)
{
	struct stop_filter all = { .limit = 10 };
	struct phone phone = { .number = 447700900001 };
	struct person p;
	struct stop *items;
	size_t n;
	bool more;
	int r = person_get(f->conn, phone, STR_NONE, STR_NONE, &f->ids, NOW, f->arena, &p, &f->err);

	if (r == 0)
		r = come_and_end(f, p.id, STOP_RELEASED);
	if (r >= 0)
		r = come_and_end(f, p.id, STOP_CONFIRMED);
	if (r >= 0)
		r = stop_settle(f->conn, p.id, STOP_RELEASED, NOW, &f->err);
	if (r == 0)
		r = stop_list(f->conn, &all, f->arena, &items, &n, &more, &f->err);
	return r < 0 ? r : stop_purge(f->conn, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "stops", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_burst_is_held),
		FIXTURE_TEST(test_a_repeat_is_no_other),
		FIXTURE_TEST(test_released),
		FIXTURE_TEST(test_confirmed),
		FIXTURE_TEST(test_they_spoke_for_themselves),
		FIXTURE_TEST(test_lists),
		FIXTURE_TEST(test_held_ones_stay),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
