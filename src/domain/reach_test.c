#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/reach.h"

#define WINDOW DAY
#define SCOPE STR("p:500")

/* The same numbers in every run. */
static uint64_t next_random(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005U + 1442695040888963407U;
	return *seed >> 33;
}

/* --- the model: one array, walked through for every question ---------------------------------- */

#define PEOPLE 40

struct model {
	struct {
		time_ms reserved_at, delivered_at;
		int64_t open;
		bool engaged, there;
	} people[PEOPLE];
};

static time_ms last_of(const struct model *m, size_t i)
{
	time_ms r = m->people[i].reserved_at, d = m->people[i].delivered_at;

	return r > d ? r : d;
}

/* Who has not counted for a whole window is forgotten, reservations and all. */
static void model_expire(struct model *m, time_ms now)
{
	for (size_t i = 0; i < PEOPLE; i++) {
		if (m->people[i].there && last_of(m, i) + WINDOW <= now)
			m->people[i].there = false;
	}
}

static void model_meet(struct model *m, size_t i, bool engaged)
{
	if (m->people[i].there)
		return;
	m->people[i].there = true;
	m->people[i].open = 0;
	m->people[i].reserved_at = m->people[i].delivered_at = TIME_NONE;
	m->people[i].engaged = engaged;
}

static void model_reserve(struct model *m, size_t i, bool engaged, time_ms now)
{
	model_meet(m, i, engaged);
	m->people[i].open++;
	m->people[i].reserved_at = now;
}

static void model_close(struct model *m, size_t i)
{
	if (m->people[i].open > 0)
		m->people[i].open--;
	if (m->people[i].open == 0)
		m->people[i].reserved_at = TIME_NONE;
}

static void model_release(struct model *m, size_t i)
{
	if (!m->people[i].there)
		return;
	model_close(m, i);
	if (m->people[i].open == 0 && m->people[i].delivered_at == TIME_NONE)
		m->people[i].there = false;
}

static void model_deliver(struct model *m, size_t i, time_ms at)
{
	model_meet(m, i, false);
	if (at < m->people[i].reserved_at)
		at = m->people[i].reserved_at;
	if (at > m->people[i].delivered_at)
		m->people[i].delivered_at = at;
	model_close(m, i);
}

static int64_t model_count(const struct model *m, time_ms since)
{
	int64_t n = 0;

	for (size_t i = 0; i < PEOPLE; i++)
		n += m->people[i].there && last_of(m, i) > since;
	return n;
}

static double model_engaged(const struct model *m)
{
	double engaged = 0, all = 0;

	for (size_t i = 0; i < PEOPLE; i++) {
		engaged += m->people[i].there && m->people[i].engaged;
		all += m->people[i].there;
	}
	return all > 0 ? engaged / all : 1;
}

/* --- reach beside the model ------------------------------------------------------------------- */

/* Ids far apart, 0 among the indices but never among the ids. */
static uint64_t id_of(size_t i)
{
	return (i + 1) * 1000003;
}

static void compare(struct reach *r, const struct model *m, time_ms now, const char *when, int step)
{
	if (reach_count(r, now) != model_count(m, now - WINDOW))
		fail_msg("%s, step %d: %lld people, not %lld", when, step,
		    (long long)reach_count(r, now), (long long)model_count(m, now - WINDOW));
	if (reach_since(r, now - HOUR) != model_count(m, now - HOUR))
		fail_msg("%s, step %d: another number in the last hour", when, step);
	if (reach_engaged_share(r) != model_engaged(m))
		fail_msg("%s, step %d: another share of engaged ones", when, step);
	for (size_t i = 0; i < PEOPLE; i++) {
		if (reach_has(r, id_of(i), now) != m->people[i].there)
			fail_msg("%s, step %d: person %zu", when, step, i);
	}
}

static void one_step(
    struct fixture *f, struct reach *r, struct model *m, uint64_t *seed, time_ms now)
{
	size_t i = next_random(seed) % PEOPLE;
	uint64_t what = next_random(seed) % 10;
	bool engaged = next_random(seed) % 2;

	if (what < 5) {
		model_reserve(m, i, engaged, now);
		OK(reach_reserve(r, f->conn, id_of(i), engaged, now, &f->err));
	} else if (what < 7) {
		model_release(m, i);
		OK(reach_release(r, f->conn, id_of(i), &f->err));
	} else {
		time_ms at = now - (time_ms)(next_random(seed) % (uint64_t)(2 * DAY));
		model_deliver(m, i, at);
		OK(reach_deliver(r, f->conn, id_of(i), at, &f->err));
	}
}

/* Steps of time from milliseconds to days, so that every order of ends and beginnings comes up. */
static time_ms next_time(time_ms now, uint64_t *seed)
{
	static const time_ms steps[] = { 0, 1, 1000, MINUTE, HOUR, 5 * HOUR };

	return now + steps[next_random(seed) % ARRAY_LEN(steps)];
}

static void run(struct fixture *f, uint64_t seed, int steps)
{
	struct model m = { 0 };
	struct reach *r = NULL, *again = NULL;
	time_ms now = NOW;

	OK(reach_load(f->conn, SCOPE, WINDOW, now, &r, &f->err));
	for (int step = 0; step < steps; step++) {
		now = next_time(now, &seed);
		model_expire(&m, now);
		(void)reach_count(r, now);
		one_step(f, r, &m, &seed, now);
		model_expire(&m, now);
		compare(r, &m, now, "in memory", step);
		if (step % 10)
			continue;
		OK(reach_load(f->conn, SCOPE, WINDOW, now, &again, &f->err));
		compare(again, &m, now, "read back", step);
		reach_free(&again);
	}
	reach_free(&r);
	assert_null(r);
}

static void test_against_a_model(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seed = 1; seed <= 12; seed++) {
		OK(store_do(f->conn, &f->err, "DELETE FROM reach", ""));
		run(f, seed, 1500);
	}
}

/* --- one by one ------------------------------------------------------------------------------- */

static struct reach *fresh(struct fixture *f)
{
	struct reach *r = NULL;

	OK(reach_load(f->conn, SCOPE, WINDOW, NOW, &r, &f->err));
	return r;
}

static void test_a_person_counts_once(void **state)
{
	struct fixture *f = *state;
	struct reach *r = fresh(f);

	for (int i = 0; i < 5; i++)
		OK(reach_reserve(r, f->conn, 7, true, NOW + i, &f->err));
	assert_int_equal(reach_count(r, NOW + 5), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM reach"), 1);
	reach_free(&r);
}

static void test_until_the_window_is_over(void **state)
{
	struct fixture *f = *state;
	struct reach *r = fresh(f);

	OK(reach_reserve(r, f->conn, 7, true, NOW, &f->err));
	OK(reach_deliver(r, f->conn, 7, NOW + HOUR, &f->err));
	assert_true(reach_has(r, 7, NOW + HOUR + WINDOW - 1));
	assert_false(reach_has(r, 7, NOW + HOUR + WINDOW));
	assert_int_equal(reach_count(r, NOW + HOUR + WINDOW), 0);
	reach_free(&r);
}

static void test_a_delivery_reported_late(void **state)
{
	struct fixture *f = *state;
	struct reach *r = fresh(f);

	OK(reach_deliver(r, f->conn, 7, NOW - 23 * HOUR, &f->err));
	assert_true(reach_has(r, 7, NOW + HOUR - 1));
	assert_false(reach_has(r, 7, NOW + HOUR));
	/* Of an older send: the younger one keeps its place. */
	OK(reach_reserve(r, f->conn, 8, true, NOW, &f->err));
	OK(reach_deliver(r, f->conn, 8, NOW - 30 * HOUR, &f->err));
	assert_true(reach_has(r, 8, NOW + WINDOW - 1));
	assert_false(reach_has(r, 8, NOW + WINDOW));
	reach_free(&r);
}

static void test_release_gives_back(void **state)
{
	struct fixture *f = *state;
	struct reach *r = fresh(f);

	OK(reach_release(r, f->conn, 7, &f->err));
	OK(reach_reserve(r, f->conn, 7, true, NOW, &f->err));
	OK(reach_reserve(r, f->conn, 7, true, NOW, &f->err));
	OK(reach_release(r, f->conn, 7, &f->err));
	assert_true(reach_has(r, 7, NOW));
	OK(reach_release(r, f->conn, 7, &f->err));
	assert_false(reach_has(r, 7, NOW));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM reach"), 0);
	reach_free(&r);
}

static void test_scopes_are_apart(void **state)
{
	struct fixture *f = *state;
	struct reach *one = fresh(f), *other = NULL;

	OK(reach_load(f->conn, STR("n:101"), WINDOW, NOW, &other, &f->err));
	OK(reach_reserve(one, f->conn, 7, true, NOW, &f->err));
	OK(reach_reserve(other, f->conn, 8, true, NOW, &f->err));
	reach_free(&one);
	reach_free(&other);
	one = fresh(f);
	OK(reach_load(f->conn, STR("n:101"), WINDOW, NOW, &other, &f->err));
	assert_true(reach_has(one, 7, NOW) && !reach_has(one, 8, NOW));
	assert_true(reach_has(other, 8, NOW) && !reach_has(other, 7, NOW));
	reach_free(&one);
	reach_free(&other);
}

static time_ms send_all_day(struct fixture *f, struct reach *r, time_ms now)
{
	for (int i = 0; i < 24 * 60; i++) {
		now += MINUTE;
		assert_int_equal(reach_count(r, now), 1);
		OK(reach_release(r, f->conn, 7, &f->err));
		OK(reach_reserve(r, f->conn, 7, true, now, &f->err));
	}
	return now;
}

/* A person who is sent to and given back day after day takes no more room than on the second day. */
static void test_no_litter_in_memory(void **state)
{
	struct fixture *f = *state;
	struct reach *r = fresh(f);
	time_ms now = NOW;

	OK(reach_reserve(r, f->conn, 7, true, now, &f->err));
	for (int day = 0; day < 8; day++) {
		if (day == 2)
			check_fail_alloc_after(-1, false);
		now = send_all_day(f, r, now);
	}
	assert_int_equal(check_allocs(), 0);
	assert_int_equal(reach_count(r, now), 1);
	assert_int_equal(reach_count(r, now + WINDOW), 0);
	reach_free(&r);
}

static int work(struct fixture *f)
{
	struct reach *r = NULL, *again = NULL;
	int rc = reach_load(f->conn, SCOPE, WINDOW, NOW, &r, &f->err);

	for (uint64_t i = 1; rc == 0 && i <= 20; i++)
		rc = reach_reserve(r, f->conn, i, false, NOW, &f->err);
	if (rc == 0)
		rc = reach_release(r, f->conn, 3, &f->err);
	if (rc == 0)
		rc = reach_deliver(r, f->conn, 4, NOW - HOUR, &f->err);
	if (rc == 0)
		rc = reach_deliver(r, f->conn, 99, NOW, &f->err);
	if (rc == 0)
		rc = reach_load(f->conn, SCOPE, WINDOW, NOW, &again, &f->err);
	reach_free(&again);
	reach_free(&r);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "reach", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_against_a_model),
		FIXTURE_TEST(test_a_person_counts_once),
		FIXTURE_TEST(test_until_the_window_is_over),
		FIXTURE_TEST(test_a_delivery_reported_late),
		FIXTURE_TEST(test_release_gives_back),
		FIXTURE_TEST(test_scopes_are_apart),
		FIXTURE_TEST(test_no_litter_in_memory),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
