#include "apps/analyze/volume.h"

#include "base/check.h"
#include "base/crypto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <cmocka.h>

#define DAY0 1790812800000LL /* 2026-10-01 00:00 UTC */

struct world {
	struct volume *volume;
	struct pack *pack;
	struct arena *arena;
	struct volume_report report;
};

static int setup(void **state)
{
	struct world *w = mem_alloc(sizeof(*w));
	struct err err = { 0 };

	assert_non_null(w);
	assert_int_equal(crypto_init(&err), 0);
	w->volume = volume_new();
	w->arena = arena_new(0, 0);
	assert_int_equal(pack_builtin(&w->pack, &err), 0);
	*state = w;
	return w->volume && w->arena ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	volume_free(&w->volume);
	pack_free(&w->pack);
	arena_free(&w->arena);
	mem_free(w);
	return 0;
}

static void send(struct world *w, uint32_t number, int64_t day, int64_t n)
{
	for (int64_t i = 0; i < n; i++)
		assert_int_equal(
		    volume_add(w->volume, number, DAY0 + day * MS_PER_DAY + i * MS_PER_S), 0);
}

static void report(struct world *w)
{
	struct err err = { 0 };

	assert_int_equal(volume_report(w->volume, w->pack, DAY0, w->arena, &w->report, &err), 0);
}

static void test_peaks(void **state)
{
	struct world *w = *state;

	send(w, 5, 0, 70); /* 60 in the first minute */
	send(w, 5, 3, 200);
	send(w, 6, 1, 1);
	report(w);
	assert_int_equal(w->report.numbers_len, 2);
	const struct volume_number *n = &w->report.numbers[0];
	assert_int_equal(n->number, 5);
	assert_int_equal(n->messages, 270);
	assert_int_equal(n->peak_hour, 200);
	assert_int_equal(n->peak_hour_at, DAY0 + 3 * MS_PER_DAY);
	assert_int_equal(n->peak_minute, 60);
	assert_int_equal(n->days_len, 2);
	assert_false(n->young);
}

/* One more than half as much again is a spike, one less is none; what lies before the data is not
 * known. */
static void test_spikes(void **state)
{
	struct world *w = *state;
	const struct pack_spike *s = &pack_limits(w->pack)->spike;
	int64_t usual = s->min_messages + 1000;
	int64_t most = usual + pack_share(usual, s->warn_ppm);

	for (int64_t day = 0; day < s->history_days; day++)
		send(w, 1, day, usual);
	send(w, 1, s->history_days, most);
	send(w, 1, s->history_days + 1, most + pack_share(most, s->warn_ppm) + 1);
	report(w);
	const struct volume_number *n = &w->report.numbers[0];
	assert_int_equal(n->days[1].former, -1);
	assert_int_equal(n->days[s->history_days].former, usual);
	assert_int_equal(n->spikes, 1);
	assert_true(volume_day_is_spike(&n->days[s->history_days + 1], s));
}

static void test_people(void **state)
{
	struct world *w = *state;
	time_ms at = DAY0 + 2 * MS_PER_DAY;

	send(w, 1, 2, 3);
	send(w, 1, 3, 1);
	for (int64_t i = 0; i < 3; i++)
		assert_int_equal(volume_add_person(w->volume, 1, at + i * MS_PER_HOUR,
				     at + i * MS_PER_HOUR, at + MS_PER_DAY + i * MS_PER_HOUR),
		    0);
	assert_int_equal(volume_add_person(w->volume, VOLUME_ALL, at, at, at + MS_PER_DAY), 0);
	report(w);
	const struct volume_number *n = &w->report.numbers[0];
	assert_true(n->young);
	assert_int_equal(n->people, 3);
	assert_int_equal(w->report.people, 1);
	assert_int_equal(w->report.people_at, at);
	assert_int_equal(n->days[0].cap, pack_warmup_cap(w->pack, 1));
	assert_int_equal(n->days[1].cap, pack_warmup_cap(w->pack, 2));
	assert_int_equal(n->over_cap, 0);
}

static void test_young_and_too_fast(void **state)
{
	struct world *w = *state;
	int64_t cap = pack_warmup_cap(w->pack, 1);
	time_ms at = DAY0 + 2 * MS_PER_DAY;

	send(w, 1, 2, cap + 1);
	for (int64_t i = 0; i <= cap; i++)
		assert_int_equal(volume_add_person(w->volume, 1, at, at, at + MS_PER_DAY), 0);
	report(w);
	assert_int_equal(w->report.numbers[0].over_cap, 1);
}

/* Other people at the same minutes of every day: within 24 hours there are never more than one day's. On a day
 * on which only replies are sent nobody counts. */
static void test_daily_campaign(void **state)
{
	struct world *w = *state;

	for (int64_t day = 2; day < 6; day++) {
		send(w, 1, day, 100);
		for (int64_t i = 0; day < 5 && i < 100; i++) {
			time_ms at = DAY0 + day * MS_PER_DAY + i * MS_PER_S;
			assert_int_equal(
			    volume_add_person(w->volume, 1, at, at, at + MS_PER_DAY), 0);
		}
	}
	report(w);
	const struct volume_number *n = &w->report.numbers[0];
	assert_int_equal(n->people, 100);
	assert_int_equal(n->days_len, 4);
	assert_int_equal(n->days[2].people, 100);
	assert_int_equal(n->days[3].people, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_peaks, setup, teardown),
		cmocka_unit_test_setup_teardown(test_spikes, setup, teardown),
		cmocka_unit_test_setup_teardown(test_daily_campaign, setup, teardown),
		cmocka_unit_test_setup_teardown(test_people, setup, teardown),
		cmocka_unit_test_setup_teardown(test_young_and_too_fast, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
