#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_crowd.h"
#include "base/check.h"

#define NOON INT64_C(1795345200000) /* 2026-11-22T11:00Z: twelve where the people live */

static struct sim_assume assume;

static int load(void **state)
{
	(void)state;
	return sim_assume_builtin(&assume, NULL);
}

/* Somebody middling: agreed, rested. */
static struct sim_soul somebody(void)
{
	return (struct sim_soul){ .made = true,
		.consent = SIM_CONSENT_GIVEN,
		.interest = 0.5,
		.fatigue_at = TIME_NONE,
		.inbox_at = TIME_NONE,
		.capped_at = TIME_NONE,
		.locked_until = TIME_NONE };
}

static const struct sim_impression offer = {
	.n = 1, .category = SIM_MARKETING, .relevance = 0.5, .offers_stop = true, .at = NOON
};

static void assert_same(const struct sim_soul *a, const struct sim_soul *b)
{
	assert_int_equal(a->made, b->made);
	assert_int_equal(a->unreachable, b->unreachable);
	assert_int_equal(a->asked_stop, b->asked_stop);
	assert_int_equal(a->consent, b->consent);
	assert_true(a->interest <= b->interest && a->interest >= b->interest);
	assert_true(a->fatigue <= b->fatigue && a->fatigue >= b->fatigue);
	assert_int_equal(a->fatigue_at, b->fatigue_at);
	assert_true(a->inbox <= b->inbox && a->inbox >= b->inbox);
	assert_int_equal(a->inbox_at, b->inbox_at);
	assert_int_equal(a->capped_at, b->capped_at);
	assert_int_equal(a->locked_until, b->locked_until);
	assert_int_equal(a->capped_tries, b->capped_tries);
}

static void test_people_follow_from_seed_and_phone(void **state)
{
	struct sim_crowd *a = sim_crowd_new(7, &assume), *b = sim_crowd_new(7, &assume),
			 *other = sim_crowd_new(8, &assume);
	int different = 0, given = 0;
	char digits[24];

	(void)state;
	for (uint32_t i = 0; i < 3000; i++) {
		(void)snprintf(digits, sizeof(digits), "39333%07u", i);
		/* The order of asking and the index do not matter. */
		const struct sim_soul *one = sim_crowd_soul(a, i, str_c(digits));
		const struct sim_soul *two = sim_crowd_soul(b, 2999 - i, str_c(digits));
		const struct sim_soul *three = sim_crowd_soul(other, i, str_c(digits));
		assert_non_null(one);
		assert_same(one, two);
		different += one->interest < three->interest || one->interest > three->interest;
		given += one->consent == SIM_CONSENT_GIVEN;
	}
	assert_true(different > 2900);
	assert_in_range(given, 1500, 1800);
	sim_crowd_free(&a);
	sim_crowd_free(&b);
	sim_crowd_free(&other);
}

static void test_annoyance(void **state)
{
	struct sim_soul stale = somebody(), stranger = somebody(), tired = somebody(),
			asked = somebody(), keen = somebody(), plain = somebody();
	struct sim_impression late = offer, notice = offer, dull = offer;
	const struct {
		const char *name;
		const struct sim_soul *soul;
		const struct sim_impression *i;
		double min, max;
	} rows[] = {
		{ "middling", &plain, &offer, 0.99, 1.01 },
		{ "agreed long ago", &stale, &offer, 2.9, 3.1 },
		{ "never agreed", &stranger, &offer, 9.9, 10.1 },
		{ "four messages remembered", &tired, &offer, 2.9, 3.1 },
		{ "asked to stop", &asked, &offer, 7.9, 8.1 },
		{ "keen", &keen, &offer, 0.2, 0.4 },
		{ "at half past ten in the evening", &plain, &late, 2.9, 3.1 },
		{ "about an order", &plain, &notice, 0.04, 0.06 },
		{ "irrelevant", &plain, &dull, 1.7, 1.8 },
	};
	struct sim_crowd *c = sim_crowd_new(7, &assume);

	(void)state;
	stale.consent = SIM_CONSENT_STALE;
	stranger.consent = SIM_CONSENT_NONE;
	tired.fatigue = 4;
	tired.fatigue_at = NOON;
	asked.asked_stop = true;
	keen.interest = 1;
	late.at = NOON + 10 * MS_PER_HOUR + 30 * MS_PER_MIN;
	notice.category = SIM_UTILITY;
	dull.relevance = 0;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		double annoyance = sim_crowd_annoyance(c, rows[i].soul, rows[i].i);
		if (annoyance < rows[i].min || annoyance > rows[i].max)
			fail_msg("%s: %f", rows[i].name, annoyance);
	}
	sim_crowd_free(&c);
}

/* Shares of what ten thousand such people do are about what the assumptions say. */
static void test_reactions(void **state)
{
	struct sim_crowd *c = sim_crowd_new(7, &assume);
	int acts[SIM_ACTS] = { 0 }, read = 0, arrived = 0;
	const int people = 20000;

	(void)state;
	for (int n = 0; n < people; n++) {
		struct sim_soul soul = somebody();
		struct sim_impression i = offer;
		struct sim_reaction r, again;
		i.n = (uint64_t)n + 1;
		sim_crowd_react(c, &soul, &i, &r);
		soul = somebody();
		sim_crowd_react(c, &soul, &i, &again);
		assert_int_equal(r.act, again.act);
		assert_int_equal(r.act_ms, again.act_ms);
		acts[r.act]++;
		read += r.read_ms >= 0;
		arrived += r.arrives;
		assert_true(r.read_ms < 0 || r.read_ms > r.delivered_ms);
	}
	assert_int_equal(arrived, people);
	assert_in_range(read, 14500, 16000);
	assert_in_range(acts[SIM_ACT_BLOCK], 20, 65);
	assert_in_range(acts[SIM_ACT_REPORT], 1, 22);
	assert_in_range(acts[SIM_ACT_STOP_TEXT] + acts[SIM_ACT_STOP_CONTROL], 50, 115);
	assert_in_range(acts[SIM_ACT_REPLY], 450, 750);
	sim_crowd_free(&c);
}

static void test_night_and_time_to_live(void **state)
{
	struct sim_crowd *c = sim_crowd_new(7, &assume);
	int late = 0;

	(void)state;
	for (uint64_t n = 1; n <= 2000; n++) {
		struct sim_soul soul = somebody();
		struct sim_impression i = offer;
		struct sim_reaction r;
		i.n = n;
		i.at = NOON + 12 * MS_PER_HOUR; /* midnight */
		sim_crowd_react(c, &soul, &i, &r);
		if (r.read_ms >= 0)
			assert_true(r.read_ms >= 7 * MS_PER_HOUR);
		i.ttl_ms = MS_PER_MIN;
		sim_crowd_react(c, &soul, &i, &r);
		late += !r.arrives;
	}
	assert_in_range(late, 60, 140); /* phones that are off outlast a minute */
	sim_crowd_free(&c);
}

static void test_limit_per_person(void **state)
{
	struct sim_crowd *c = sim_crowd_new(7, &assume);
	struct sim_soul soul = somebody();
	int passed = 0;

	(void)state;
	for (int i = 0; i < 20; i++)
		passed += sim_crowd_may_market(c, &soul, false, NOON + i * MS_PER_MIN);
	assert_int_equal(passed, 5); /* ten a week, five of them from others */
	assert_true(soul.locked_until > NOON);
	assert_false(sim_crowd_may_market(c, &soul, false, NOON + 20 * MS_PER_HOUR));
	assert_true(sim_crowd_may_market(c, &soul, true, NOON + 20 * MS_PER_HOUR));
	assert_true(sim_crowd_may_market(c, &soul, false, NOON + 10 * MS_PER_DAY));
	sim_crowd_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_people_follow_from_seed_and_phone),
		cmocka_unit_test(test_annoyance),
		cmocka_unit_test(test_reactions),
		cmocka_unit_test(test_night_and_time_to_live),
		cmocka_unit_test(test_limit_per_person),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
