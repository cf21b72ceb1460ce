#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_agenda.h"

#define NOON INT64_C(1795348800000)

static struct {
	uint64_t refs[64];
	time_ms at[64];
	size_t len;
	struct sim_agenda *agenda;
	bool chain; /* every appointment makes another one, 100 ms later, up to 8 */
} seen;

static void on_due(void *arg, enum sim_due kind, uint64_t ref, time_ms at)
{
	assert_ptr_equal(arg, &seen);
	assert_int_equal(kind, SIM_DUE_STEP);
	assert_true(seen.len < ARRAY_LEN(seen.refs));
	seen.refs[seen.len] = ref;
	seen.at[seen.len++] = at;
	if (seen.chain && seen.len < 8)
		sim_agenda_add(seen.agenda, at + 100, SIM_DUE_STEP, ref + 1);
}

/* Turns the loop until nothing is due; never waits for time to pass. */
static void settle(struct loop *l)
{
	for (int i = 0; i < 1000 && (i < 5 || sim_agenda_is_due(seen.agenda)); i++)
		(void)uv_run(loop_uv(l), UV_RUN_NOWAIT);
}

static void test_standing_clock(void **state)
{
	struct loop *l = loop_new(NULL);
	struct sim_clock c;

	(void)state;
	seen.len = 0;
	sim_clock_init(&c, true, NOON);
	assert_int_equal(sim_agenda_new(l, &c, on_due, &seen, &seen.agenda, NULL), 0);
	sim_agenda_add(seen.agenda, NOON + ASSUME_LOOKAHEAD_MS + 1, SIM_DUE_STEP, 9);
	sim_agenda_add(seen.agenda, NOON + 300, SIM_DUE_STEP, 3);
	sim_agenda_add(seen.agenda, NOON + 100, SIM_DUE_STEP, 1);
	sim_agenda_add(seen.agenda, NOON + ASSUME_LOOKAHEAD_MS, SIM_DUE_STEP, 4);
	assert_int_equal(seen.len, 0);
	settle(l);
	assert_int_equal(seen.len, 3);
	assert_int_equal(seen.refs[0], 1);
	assert_int_equal(seen.refs[1], 3);
	assert_int_equal(seen.refs[2], 4);
	assert_int_equal(seen.at[1], NOON + 300);
	assert_false(sim_agenda_is_due(seen.agenda));
	sim_clock_set(&c, NOON + MS_PER_DAY);
	sim_agenda_look(seen.agenda);
	settle(l);
	assert_int_equal(seen.len, 4);
	assert_int_equal(seen.at[3], NOON + ASSUME_LOOKAHEAD_MS + 1);
	sim_agenda_free(&seen.agenda);
	loop_free(&l);
}

static void test_chain(void **state)
{
	struct loop *l = loop_new(NULL);
	struct sim_clock c;

	(void)state;
	seen.len = 0;
	seen.chain = true;
	sim_clock_init(&c, true, NOON);
	assert_int_equal(sim_agenda_new(l, &c, on_due, &seen, &seen.agenda, NULL), 0);
	sim_agenda_add(seen.agenda, NOON, SIM_DUE_STEP, 1);
	settle(l);
	assert_int_equal(seen.len, 8);
	assert_int_equal(seen.refs[7], 8);
	seen.chain = false;
	sim_agenda_add(seen.agenda, NOON + MS_PER_DAY, SIM_DUE_STEP, 1);
	sim_agenda_clear(seen.agenda);
	assert_int_equal(sim_agenda_len(seen.agenda), 0);
	sim_agenda_free(&seen.agenda);
	loop_free(&l);
}

/* A running clock brings them by itself. */
static void test_running_clock(void **state)
{
	struct loop *l = loop_new(NULL);
	struct sim_clock c;

	(void)state;
	seen.len = 0;
	sim_clock_init(&c, false, TIME_NONE);
	assert_int_equal(sim_agenda_new(l, &c, on_due, &seen, &seen.agenda, NULL), 0);
	time_ms now = sim_clock_now(&c);
	sim_agenda_add(seen.agenda, now + 20, SIM_DUE_STEP, 2);
	sim_agenda_add(seen.agenda, now + 5, SIM_DUE_STEP, 1);
	/* Not UV_RUN_ONCE: a turn that begins when the last is due goes on to wait for nothing. */
	while (seen.len < 2)
		(void)uv_run(loop_uv(l), UV_RUN_NOWAIT);
	assert_true(sim_clock_now(&c) >= now + 20);
	assert_int_equal(seen.refs[0], 1);
	sim_agenda_free(&seen.agenda);
	loop_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_standing_clock),
		cmocka_unit_test(test_chain),
		cmocka_unit_test(test_running_clock),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
