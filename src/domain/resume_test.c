#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/breaker.h"
#include "domain/fixture.h"
#include "domain/resume.h"
#include "domain/trip.h"

#define CAMPAIGN STR("spring")

static const struct pack_breaker *figures(struct fixture *f)
{
	return pack_breaker(f->pack);
}

static void sent_before(struct fixture *f, time_ms at, int64_t n)
{
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO signal_hour (scope, id, hour, what, n) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "itiii", (int64_t)SIGNAL_OF_CAMPAIGN, CAMPAIGN, at / HOUR,
	    (int64_t)SIGNAL_MARKETING_SENT, n));
}

static void pause_until(struct fixture *f, time_ms until, time_ms now)
{
	OK(trip_pause(f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, until, STR("opt_outs"), now, &f->err));
}

static int find(struct fixture *f, time_ms now, struct resume *ret)
{
	int r = resume_find(f->conn, figures(f), SIGNAL_OF_CAMPAIGN, CAMPAIGN, now, ret, &f->err);

	assert_true(r >= 0);
	return r;
}

static bool try(struct fixture *f, time_ms now)
{
	struct resume x;

	if (find(f, now, &x) == 0)
		return true;
	if (x.next_at > now)
		return false;
	OK(resume_spend(f->conn, figures(f), &x, now, &f->err));
	return true;
}

static bool watch(struct fixture *f, time_ms now)
{
	bool changed = false;

	OK(resume_watch(f->conn, figures(f), &f->ids, now, &changed, &f->err));
	return changed;
}

/* The most that any 24 hours on end had, not the sum of the week nor the day by the calendar. */
static void test_what_went_before(void **state)
{
	struct fixture *f = *state;
	struct resume x;

	sent_before(f, NOW - 8 * DAY, 90000);
	sent_before(f, NOW - 3 * DAY, 700);
	sent_before(f, NOW - 3 * DAY + 23 * HOUR, 300);
	sent_before(f, NOW - 3 * DAY + 24 * HOUR, 500);
	sent_before(f, NOW, 20);
	pause_until(f, NOW + HOUR, NOW);
	assert_int_equal(find(f, NOW + 1, &x), 0);
	OK(resume_begin(f->conn, figures(f), SIGNAL_OF_CAMPAIGN, CAMPAIGN, NOW + 1, &f->err));
	assert_int_equal(find(f, NOW + 1, &x), 0);
	assert_int_equal(find(f, NOW + HOUR, &x), 1);
	OK(resume_begin(f->conn, figures(f), SIGNAL_OF_CAMPAIGN, CAMPAIGN, NOW + HOUR, &f->err));
	assert_int_equal(find(f, NOW + HOUR + 5, &x), 1);
	assert_int_equal(x.a_day, 1000);
	assert_int_equal(x.next_at, NOW + HOUR + DAY / 100);
}

/* 10, 25, 50 and 100 % of 4,000 a day, six hours each. */
static void test_steps(void **state)
{
	static const int64_t most[] = { 100, 250, 500, 1000 };
	struct fixture *f = *state;
	time_ms now = NOW + HOUR;

	sent_before(f, NOW - DAY, 4000);
	pause_until(f, NOW + HOUR, NOW);
	assert_false(watch(f, now));
	for (size_t step = 0; step < ARRAY_LEN(most); step++) {
		int64_t sent = 0;
		struct resume x;
		assert_int_equal(find(f, now, &x), 1);
		assert_int_equal(x.step, step);
		/* its last send comes with the end of the step itself */
		for (time_ms t = now; t <= now + 6 * HOUR; t += MS_PER_S)
			sent += try(f, t);
		if (sent > most[step] || sent < most[step] - 1)
			fail_msg("step %zu: %lld", step, (long long)sent);
		now += 6 * HOUR;
		assert_int_equal(watch(f, now), step + 1 == ARRAY_LEN(most));
	}
	assert_true(try(f, now) && try(f, now));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM alarm WHERE kind = 'breaker.resumed'"), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM resume"), 0);
}

/* Six hours in a row under "warn": a warning begins them again. */
static void test_a_warning_holds_the_step(void **state)
{
	struct fixture *f = *state;
	struct resume x;

	pause_until(f, NOW + 1, NOW);
	assert_false(watch(f, NOW + 1));
	OK(breaker_set_level(
	    f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, STR("complaints"), BREAKER_WARN, NOW, &f->err));
	assert_false(watch(f, NOW + 7 * HOUR));
	assert_int_equal(find(f, NOW + 7 * HOUR, &x), 1);
	assert_int_equal(x.step, 0);
	OK(breaker_set_level(
	    f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, STR("complaints"), BREAKER_OK, NOW, &f->err));
	assert_false(watch(f, NOW + 13 * HOUR - 1));
	assert_int_equal(find(f, NOW + 13 * HOUR - 1, &x), 1);
	assert_int_equal(x.step, 0);
	assert_false(watch(f, NOW + 13 * HOUR));
	assert_int_equal(find(f, NOW + 13 * HOUR, &x), 1);
	assert_int_equal(x.step, 1);
}

/* Paused again it begins again, by what it sent when nothing slowed it. A hand that pauses it stops
 * its steps, and they go on where they were. */
static void test_paused_again(void **state)
{
	struct fixture *f = *state;
	struct resume x;

	sent_before(f, NOW - DAY, 4000);
	pause_until(f, NOW + 1, NOW);
	assert_false(watch(f, NOW + 1));
	assert_false(watch(f, NOW + 6 * HOUR + 1));
	OK(pause_set(f->conn, STR("campaign"), CAMPAIGN, PURPOSE_ALL, NOW + 30 * HOUR, STR("ada"),
	    STR("a look"), NOW + 7 * HOUR, &f->err));
	assert_false(watch(f, NOW + 20 * HOUR));
	assert_int_equal(find(f, NOW + 20 * HOUR, &x), 0);
	assert_int_equal(find(f, NOW + 30 * HOUR, &x), 1);
	assert_int_equal(x.step, 1);
	assert_int_equal(x.next_at, NOW + 30 * HOUR + DAY / 1000);
	pause_until(f, NOW + 9 * DAY, NOW + 8 * DAY);
	assert_int_equal(find(f, NOW + 9 * DAY - 1, &x), 0);
	assert_int_equal(find(f, NOW + 9 * DAY, &x), 1);
	assert_int_equal(x.step, 0);
	assert_int_equal(x.a_day, 4000);
	assert_int_equal(resume_end(f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, &f->err), 1);
	assert_int_equal(resume_end(f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, &f->err), 0);
	assert_int_equal(find(f, NOW + 9 * DAY, &x), 0);
}

static uint64_t roll(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005ULL + 1442695040888963407ULL;
	return *seed >> 33;
}

/* Whoever sends, when and how often: no time since a step began has more than its part of a day. */
static void run_at_random(struct fixture *f, uint64_t seed)
{
	const struct pack_breaker *b = figures(f);
	int64_t a_day = 1 + (int64_t)(roll(&seed) % 200000), base = a_day > 100 ? a_day : 100;
	time_ms now = NOW, latest = NOW + 1, began = NOW + 1;
	int64_t sent = 0, step = 0;

	sent_before(f, NOW - DAY, a_day);
	pause_until(f, NOW + 1, NOW);
	assert_false(watch(f, NOW + 1));
	for (int i = 0; i < 400; i++) {
		struct resume x;
		/* storms, and silences of hours; now and then the clock goes back a little */
		uint64_t what = roll(&seed) % 20;
		now += what == 0 ? (int64_t)(roll(&seed) % (4 * HOUR))
		    : what == 1  ? -(int64_t)(roll(&seed) % MINUTE)
				: (int64_t)(roll(&seed) % (2 * (uint64_t)DAY / (uint64_t)base + 2));
		if (roll(&seed) % 10 == 0)
			(void)watch(f, now);
		if (find(f, now, &x) == 0)
			break;
		if (x.step != step) {
			step = x.step;
			began = now;
			sent = 0;
		}
		sent += try(f, now);
		/* sent ≤ (now − began) × base × share / day, without a fraction */
		latest = now > latest ? now : latest;
		if (sent * MS_PER_DAY * 100 >
		    (latest - began) * base * (resume_share(b, &x) / 10000))
			fail_msg("seed %llu, step %lld: %lld", (unsigned long long)seed,
			    (long long)step, (long long)sent);
	}
}

static void test_never_over_the_share(void **state)
{
	struct fixture *f = *state;

	for (uint64_t seed = 1; seed <= 150; seed++) {
		run_at_random(f, seed);
		scratch_exec(f->conn, "DELETE FROM resume");
		scratch_exec(f->conn, "DELETE FROM pause");
		scratch_exec(f->conn, "DELETE FROM signal_hour");
	}
}

static int whole_way(struct fixture *f)
{
	struct arena *a = arena_new(0, 0);
	struct resume x, *list;
	bool changed;
	size_t n;
	int r = a
	    ? trip_pause(f->conn, SIGNAL_OF_CAMPAIGN, CAMPAIGN, NOW + 1, STR("x"), NOW, &f->err)
	    : -E_NOMEM;

	if (r == 0)
		r = resume_find(
		    f->conn, figures(f), SIGNAL_OF_CAMPAIGN, CAMPAIGN, NOW + 1, &x, &f->err);
	if (r >= 0)
		r = resume_spend(f->conn, figures(f), &x, NOW + 1, &f->err);
	for (int i = 1; r >= 0 && i <= 5; i++)
		r = resume_watch(
		    f->conn, figures(f), &f->ids, NOW + i * 7 * HOUR, &changed, &f->err);
	if (r >= 0)
		r = resume_list(f->conn, 10, a, &list, &n, &f->err);
	arena_free(&a);
	return r;
}

/* In observe mode something may go before anybody has begun the steps: they begin with it, and what the
 * breaker found before the pause is forgotten as it is when they begin by themselves. */
static void test_the_first_send_begins_the_steps(void **state)
{
	struct fixture *f = *state;
	struct resume x;

	sent_before(f, NOW - DAY, 1000);
	pause_until(f, NOW + HOUR, NOW);
	assert_int_equal(find(f, NOW + HOUR, &x), 1);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM breaker WHERE signal = ''"), 0);
	OK(resume_spend(f->conn, figures(f), &x, NOW + HOUR, &f->err));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM breaker WHERE signal = ''"), 1);
	assert_int_equal(find(f, NOW + HOUR + 5, &x), 1);
	assert_true(x.since == NOW + HOUR && x.next_at > NOW + HOUR);
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, whole_way);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_went_before),
		FIXTURE_TEST(test_steps),
		FIXTURE_TEST(test_a_warning_holds_the_step),
		FIXTURE_TEST(test_paused_again),
		FIXTURE_TEST(test_never_over_the_share),
		FIXTURE_TEST(test_the_first_send_begins_the_steps),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
