#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "domain/warmup.h"

#define FROM 1795388399000LL /* 2026-11-22T22:59:59Z */
#define MIDNIGHT 1795392000000LL
#define DAY MS_PER_DAY
#define NO_LIMIT (-1)

static struct pack *pack;

static int open_pack(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(NULL), 0);
	assert_int_equal(pack_builtin(&pack, NULL), 0);
	return 0;
}

static int close_pack(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

static int64_t cap_of(const struct warmup_state *s, int64_t limit, time_ms now)
{
	struct warmup_day d;

	warmup_day(pack, false, s, limit, now, &d);
	return d.active ? d.cap : 0;
}

/* A day of that use and quality ends. */
static enum warmup_step end_day(
    struct warmup_state *s, const struct warmup_past *past, time_ms *now, unsigned *gates)
{
	*now += DAY;
	return warmup_end_day(pack, s, past, NO_LIMIT, *now, gates);
}

static void test_a_day_is_earned(void **state)
{
	/* of a cap of 240, on day 8 */
	static const struct {
		const char *name;
		struct warmup_past past;
		enum warmup_step step;
		unsigned gates;
	} rows[] = {
		{ "half is enough", { .used = 120, .sent = 120 }, WARMUP_EARNED, 0 },
		{ "less is not", { .used = 119, .sent = 119 }, WARMUP_HELD, WARMUP_GATE_USE },
		{ "nothing at all", { .used = 0 }, WARMUP_SAME, WARMUP_GATE_USE },
		{ "yellow", { .used = 240, .yellow = true }, WARMUP_SAME, WARMUP_GATE_QUALITY },
		{ "red", { .used = 240, .red = true }, WARMUP_HELD, WARMUP_GATE_QUALITY },
		{ "under 5 % fail", { .used = 240, .sent = 1000, .failed = 49 }, WARMUP_EARNED, 0 },
		{ "5 % fail", { .used = 240, .sent = 1000, .failed = 50 }, WARMUP_HELD,
		    WARMUP_GATE_FAILURES },
		{ "few stop", { .used = 240, .delivered = 1000, .opt_outs = 5 }, WARMUP_EARNED, 0 },
		{ "many stop", { .used = 240, .delivered = 1000, .opt_outs = 20 }, WARMUP_HELD,
		    WARMUP_GATE_OPT_OUTS },
		{ "one stop of few", { .used = 240, .delivered = 20, .opt_outs = 1 }, WARMUP_HELD,
		    WARMUP_GATE_OPT_OUTS },
		{ "spam", { .used = 240, .spam = 1 }, WARMUP_HELD, WARMUP_GATE_SPAM },
		{ "a red template", { .used = 240, .red_template = true }, WARMUP_HELD,
		    WARMUP_GATE_TEMPLATE },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct warmup_state s;
		time_ms now = FROM;
		unsigned gates;
		warmup_begin(FROM, &s);
		s.day = 8;
		enum warmup_step step = end_day(&s, &rows[i].past, &now, &gates);
		int64_t cap = step == WARMUP_EARNED ? 320 : 240;
		if (step != rows[i].step || gates != rows[i].gates ||
		    cap_of(&s, NO_LIMIT, now) != cap)
			fail_msg("%s: step %d, gates %u, cap %lld", rows[i].name, (int)step, gates,
			    (long long)cap_of(&s, NO_LIMIT, now));
	}
}

static void test_the_table_is_climbed(void **state)
{
	static const int64_t caps[] = { 20, 30, 45, 65, 90, 125, 175, 240, 320, 430, 580, 780, 1050,
		1400, 1890 };
	struct warmup_state s;
	time_ms now = FROM;
	unsigned gates;

	(void)state;
	warmup_begin(FROM, &s);
	for (size_t i = 0; i < ARRAY_LEN(caps); i++) {
		assert_int_equal(cap_of(&s, NO_LIMIT, now), caps[i]);
		const struct warmup_past past = { .used = caps[i] };
		assert_int_equal(end_day(&s, &past, &now, &gates), WARMUP_EARNED);
	}
	/* the first midnight comes after a minute: whoever sent in it has earned it */
	warmup_begin(FROM, &s);
	assert_int_equal(warmup_end_day(pack, &s, &(struct warmup_past){ .used = 10 }, NO_LIMIT,
			     MIDNIGHT - 1, &gates),
	    WARMUP_SAME);
	assert_int_equal(warmup_end_day(pack, &s, &(struct warmup_past){ .used = 10 }, NO_LIMIT,
			     MIDNIGHT, &gates),
	    WARMUP_EARNED);
}

static void test_held_twice_goes_back(void **state)
{
	const struct warmup_past little = { .used = 1 }, much = { .used = 1000 }, none = { 0 };
	struct warmup_state s;
	time_ms now = FROM;
	unsigned gates;

	(void)state;
	warmup_begin(FROM, &s);
	s.day = 5;
	assert_int_equal(end_day(&s, &little, &now, &gates), WARMUP_HELD);
	assert_int_equal(end_day(&s, &none, &now, &gates), WARMUP_SAME);
	assert_int_equal(end_day(&s, &little, &now, &gates), WARMUP_BACK);
	assert_int_equal(s.day, 4);
	assert_int_equal(end_day(&s, &little, &now, &gates), WARMUP_HELD);
	assert_int_equal(end_day(&s, &much, &now, &gates), WARMUP_EARNED);
	assert_int_equal(end_day(&s, &little, &now, &gates), WARMUP_HELD);
	assert_int_equal(s.day, 5);
	s.day = 1;
	for (int i = 0; i < 10; i++)
		(void)end_day(&s, &little, &now, &gates);
	assert_int_equal(s.day, 1);
}

static void test_red(void **state)
{
	const struct warmup_past full = { .used = 100000 };
	struct warmup_state s;
	struct warmup_day d;
	time_ms now = FROM;
	unsigned gates;

	(void)state;
	warmup_begin(FROM, &s);
	s.day = 10; /* 430 */
	warmup_went_red(pack, &s, now);
	warmup_went_red(pack, &s, now + DAY); /* it is still RED */
	warmup_day(pack, false, &s, NO_LIMIT, now + 7 * DAY - 1, &d);
	assert_int_equal(d.frozen_until, now + 7 * DAY);
	for (int i = 0; i < 6; i++)
		assert_int_equal(end_day(&s, &full, &now, &gates), WARMUP_SAME);
	now += DAY;
	warmup_day(pack, false, &s, NO_LIMIT, now, &d);
	assert_int_equal(d.frozen_until, TIME_NONE);
	assert_int_equal(d.cap, 107);
	assert_int_equal(end_day(&s, &full, &now, &gates), WARMUP_EARNED);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 128); /* +20 % */
}

static void test_after_a_restriction(void **state)
{
	const struct warmup_past full = { .used = 100000 };
	struct warmup_state s;
	struct warmup_day d;
	time_ms now = FROM;
	unsigned gates;

	(void)state;
	warmup_begin(FROM, &s);
	s.day = 14;
	warmup_was_restricted(pack, &s, now);
	/* the established too: it is not any more what it was */
	warmup_day(pack, true, &s, NO_LIMIT, now, &d);
	assert_true(d.active);
	assert_int_equal(d.frozen_until, now + 7 * DAY);
	now += 7 * DAY;
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 50);
	for (int day = 0; day < 29; day++) {
		(void)end_day(&s, &full, &now, &gates);
		if (cap_of(&s, NO_LIMIT, now) > 250)
			fail_msg("day %d: %lld", day, (long long)cap_of(&s, NO_LIMIT, now));
	}
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 250);
	(void)end_day(&s, &full, &now, &gates);
	assert_true(cap_of(&s, NO_LIMIT, now) != 250);
}

static void test_after_a_silence(void **state)
{
	const struct warmup_past none = { 0 };
	struct warmup_state s;
	time_ms now = FROM;
	unsigned gates;

	(void)state;
	warmup_begin(FROM, &s);
	s.day = 12;
	(void)end_day(&s, &(struct warmup_past){ .used = 600 }, &now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 1050);
	for (int i = 0; i < 29; i++)
		(void)end_day(&s, &none, &now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 1050);
	(void)end_day(&s, &none, &now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 150); /* a quarter of 600 */
	for (int i = 0; i < 60; i++)
		(void)end_day(&s, &none, &now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 150);
	/* one that was through begins anew as well */
	s.phase = WARMUP_DONE;
	(void)end_day(&s, &(struct warmup_past){ .used = 4000 }, &now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 0);
	now += 31 * DAY;
	(void)warmup_end_day(pack, &s, &none, NO_LIMIT, now, &gates);
	assert_int_equal(cap_of(&s, NO_LIMIT, now), 1000);
}

static void test_the_end(void **state)
{
	const struct warmup_past full = { .used = 1000000 };
	struct warmup_state s;
	struct warmup_day d;
	time_ms now = FROM;
	unsigned gates;
	int days = 0;

	(void)state;
	warmup_begin(FROM, &s);
	while (end_day(&s, &full, &now, &gates) != WARMUP_ENDED)
		days++;
	assert_int_equal(days, 29); /* the thirtieth ends it */
	warmup_begin(FROM, &s);
	warmup_day(pack, false, &s, 19, FROM, &d);
	assert_false(d.active); /* the cap is past the limit */
	warmup_day(pack, false, &s, 20, FROM, &d);
	assert_true(d.active);
	warmup_day(pack, true, &s, NO_LIMIT, FROM, &d);
	assert_false(d.active);
	warmup_begin(TIME_NONE, &s);
	warmup_day(pack, false, &s, NO_LIMIT, FROM, &d);
	assert_false(d.active);
	warmup_override(&s, 5000, FROM);
	assert_int_equal(cap_of(&s, NO_LIMIT, FROM), 5000);
	assert_int_equal(cap_of(&s, 2000, FROM), 0);
}

static uint32_t word;

static uint32_t roll(uint32_t below)
{
	word = word * 1664525u + 1013904223u;
	return (word >> 8) % below;
}

/* Whatever happens and however the clock jumps: nobody reaches a cap that was not earned day by day.
 * `ceiling` is the table by earned days alone. */
static void test_never_more_than_was_earned(void **state)
{
	(void)state;
	for (word = 1; word < 400; word++) {
		uint32_t kept = word;
		struct warmup_state s;
		time_ms now = FROM, newest = FROM;
		int64_t earned = 1, days = 1;
		warmup_begin(FROM, &s);
		for (int i = 0; i < 300; i++) {
			struct warmup_past past = {
				.used = roll(3) ? (int64_t)roll(3000) : 0,
				.sent = 100,
				.failed = roll(8),
				.yellow = roll(9) == 0,
				.red_template = roll(20) == 0,
			};
			unsigned gates;
			int64_t before = cap_of(&s, NO_LIMIT, now);
			now += (time_ms)roll(40) * MS_PER_HOUR -
			    (roll(6) ? 0 : (time_ms)roll(2000) * MS_PER_HOUR);
			bool new_day = warmup_calendar_day(now) > warmup_calendar_day(newest);
			enum warmup_step step = warmup_end_day(
			    pack, &s, &past, NO_LIMIT, now, &gates);
			days += new_day;
			newest = now > newest ? now : newest;
			earned += step == WARMUP_EARNED;
			if (step == WARMUP_EARNED && (!new_day || past.used * 2 < before || gates))
				fail_msg("seed %u, step %d was not earned", kept, i);
			if (earned > days)
				fail_msg("seed %u: %lld earned in %lld days", kept,
				    (long long)earned, (long long)days);
			int64_t ceiling = pack_warmup_cap(pack, earned);
			if (s.phase != WARMUP_DONE && cap_of(&s, NO_LIMIT, now) > ceiling)
				fail_msg("seed %u: a cap of %lld after %lld days", kept,
				    (long long)cap_of(&s, NO_LIMIT, now), (long long)earned);
			if (roll(60) == 0)
				warmup_went_red(pack, &s, now);
			if (roll(100) == 0)
				s.red = false;
		}
		word = kept;
	}
}

/* The days on which Europe and America turn their clocks are as long as any. */
static void test_summer_time(void **state)
{
	static const time_ms turns[] = { 1774746000000LL /* 2026-03-29T01:00Z */,
		1792890000000LL /* 2026-10-25T01:00Z */, 1793512800000LL /* 2026-11-01T06:00Z */ };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(turns); i++) {
		struct warmup_state s;
		int earned = 0;
		warmup_begin(turns[i] - 3 * DAY, &s);
		for (time_ms t = turns[i] - 3 * DAY; t < turns[i] + 3 * DAY; t += MS_PER_HOUR) {
			unsigned gates;
			const struct warmup_past past = { .used = 1000 };
			earned += warmup_end_day(pack, &s, &past, NO_LIMIT, t, &gates) ==
			    WARMUP_EARNED;
		}
		assert_int_equal(earned,
		    warmup_calendar_day(turns[i] + 3 * DAY - 1) -
			warmup_calendar_day(turns[i] - 3 * DAY));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_day_is_earned),
		cmocka_unit_test(test_the_table_is_climbed),
		cmocka_unit_test(test_held_twice_goes_back),
		cmocka_unit_test(test_red),
		cmocka_unit_test(test_after_a_restriction),
		cmocka_unit_test(test_after_a_silence),
		cmocka_unit_test(test_the_end),
		cmocka_unit_test(test_never_more_than_was_earned),
		cmocka_unit_test(test_summer_time),
	};

	return cmocka_run_group_tests(tests, open_pack, close_pack);
}
