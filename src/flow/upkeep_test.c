#include "flow/upkeep.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/inbox.h"
#include "domain/outbox.h"
#include "flow/live.h"

static struct upkeep *upkeep;

static int set_up(void **state)
{
	struct err err = { 0 };
	int r = live_begin(state);
	struct live *l = *state;

	MUST(upkeep_open(l->lane, &upkeep, &err), &err);
	return r;
}

static int tear_down(void **state)
{
	upkeep_stop(upkeep);
	int r = live_end(state);
	upkeep_close(&upkeep);
	return r;
}

/* Of each kind one row that has been kept long enough, one that has not, and of one kind more than a
 * slice. */
static const struct {
	const char *name, *insert, *left; /* literals for the store */
	int64_t keep_days;
} kinds[] = {
	{ "alarm", "INSERT INTO alarm (id, at, kind, scope, detail) VALUES (?1, ?2, 'k', '', '')",
	    "SELECT count(*) FROM alarm", 365 },
	{ "media", "INSERT INTO media (id, waba, at) VALUES (?1, '10', ?2)",
	    "SELECT count(*) FROM media", 30 },
	{ "marketing", "INSERT INTO marketing_sent (person, decision, at) VALUES (?1, ?1, ?2)",
	    "SELECT count(*) FROM marketing_sent", 31 },
	{ "marks", "INSERT INTO person_mark (person, at, kind, scope) VALUES (?1, ?2, 1, '')",
	    "SELECT count(*) FROM person_mark", 90 },
	{ "quarantine", "INSERT INTO quarantine (id, at, kind, scope) VALUES (?1, ?2, 'k', '')",
	    "SELECT count(*) FROM quarantine", 90 },
	{ "contacts",
	    "INSERT INTO contact_made (id, at, app, number, edge, action)"
	    " VALUES (?1, ?2, 'crm', '1', 'calls', '')",
	    "SELECT count(*) FROM contact_made", 730 },
	{ "inbox",
	    "INSERT INTO inbox (id, at, fields, facts, body) VALUES (?1, ?2, 'messages', 1, 'x')",
	    "SELECT count(*) FROM inbox", 8 },
	{ "seen", "INSERT INTO seen (id, at, received, facts) VALUES (?1, ?2, ?2, 'x')",
	    "SELECT count(*) FROM seen", 8 },
};

static int fill(struct live *l, struct store_conn *c, struct err *err)
{
	struct id_gen ids = { 0 };
	int r = 0;

	(void)l;
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(kinds); i++) {
		time_ms edge = NOW - kinds[i].keep_days * MS_PER_DAY;
		for (int n = 0; r == 0 && n < 2500; n++) {
			ids.last = 0;
			time_ms at = edge - 2500 + n;
			r = store_do(c, err, kinds[i].insert, "im", (int64_t)id_next(&ids, at), at);
		}
		ids.last = 0;
		if (r == 0)
			r = store_do(c, err, kinds[i].insert, "im",
			    (int64_t)id_next(&ids, edge + MS_PER_MIN), edge + MS_PER_MIN);
	}
	return r;
}

static bool all_gone(void *arg)
{
	struct live *l = arg;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (live_int(l, kinds[i].left) > 1)
			return false;
	}
	return !upkeep_is_busy(upkeep);
}

/* One call: what it leaves is done by rounds that follow by themselves, and the young ones stay. */
static void rounds_follow_until_nothing_is_left(void **state)
{
	struct live *l = *state;

	live_do(l, fill);
	upkeep_run(upkeep);
	turn_until(l->loop, "the old rows to go", all_gone, l);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		if (live_int(l, kinds[i].left) != 1)
			fail_msg("%s", kinds[i].name);
	}
}

static int add_forward(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;

	return forward_add(c, &core->key, id_next(&core->ids, clock_now()), STR("app_gone"),
	    STR("{}"), clock_now(), err);
}

static bool is_done(void *arg)
{
	(void)arg;
	return !upkeep_is_busy(upkeep);
}

static void events_that_nobody_delivers_leave_a_trace(void **state)
{
	struct live *l = *state;

	live_do(l, add_forward);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 1);
	live_clock(NOW + pack_limits(l->core->pack)->forward.total_ms + MS_PER_DAY + 1000);
	upkeep_run(upkeep);
	turn_until(l->loop, "the round", is_done, NULL);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
	assert_int_equal(live_int(l,
			     "SELECT count(*) FROM alarm WHERE kind = 'forward.given_up'"
			     " AND scope = 'app_gone'"),
	    1);
	assert_int_equal(atomic_load(&l->core->counters.forwards_given_up), 1);
}

static void nothing_begins_once_stopped(void **state)
{
	struct live *l = *state;

	upkeep_stop(upkeep);
	upkeep_run(upkeep);
	assert_false(upkeep_is_busy(upkeep));
	assert_int_equal(writer_waiting(l->core->writer), 0);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(rounds_follow_until_nothing_is_left),
		WITH(events_that_nobody_delivers_leave_a_trace),
		WITH(nothing_begins_once_stopped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
