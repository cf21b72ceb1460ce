#include "flow/forward.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "domain/delivery.h"
#include "domain/inbox.h"
#include "flow/live.h"

static struct forwarder *forwarder;

static int set_up(void **state)
{
	struct err err = { 0 };
	int r = live_begin(state);
	struct live *l = *state;

	MUST(forwarder_open(l->lane, true, &forwarder, &err), &err);
	return r;
}

static int tear_down(void **state)
{
	struct live *l = *state;

	forwarder_stop(forwarder);
	while (!forwarder_is_idle(forwarder))
		turn(l->loop);
	forwarder_close(&forwarder);
	return live_end(state);
}

/* --- the queue -------------------------------------------------------------------------------- */

static int add_three(struct live *l, struct store_conn *c, struct err *err)
{
	static const char *const bodies[] = { "{\"n\":1}", "{\"n\":2}", "{\"n\":3}" };
	struct core *core = l->core;
	int r = 0;

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(bodies); i++)
		r = forward_add(c, &core->key, id_next(&core->ids, clock_now()), str_c(l->app),
		    str_c(bodies[i]), clock_now(), err);
	return r;
}

static int spoil_second(struct live *l, struct store_conn *c, struct err *err)
{
	(void)l;
	return store_do(c, err,
	    "UPDATE forward SET body = ?1 WHERE id = (SELECT id FROM forward ORDER BY id LIMIT 1 OFFSET 1)",
	    "b", STR("not sealed by us, and long enough to be a sealed value at all"));
}

static int add_no_json(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	int r = add_three(l, c, err);

	return r < 0 ? r
		     : forward_add(c, &core->key, id_next(&core->ids, clock_now()), str_c(l->app),
			   STR("{\"n\":"), clock_now(), err);
}

/* What was posted and given up last. */
static int send_again(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	struct arena *a = arena_new(0, 0);
	struct delivery_events events = { .len = 0 };
	int64_t id = 0;
	int r = store_ask_int(c, &id, err, "SELECT id FROM delivery ORDER BY id DESC LIMIT 1", "");

	if (r > 0)
		r = delivery_open(c, &core->key, (uint64_t)id, a, &events, err);
	if (r > 0)
		r = delivery_resend(c, &core->key, &core->ids, &events, clock_now(), err);
	arena_free(&a);
	return r < 0 ? r : 0;
}

static bool is_idle(void *arg)
{
	(void)arg;
	return forwarder_is_idle(forwarder);
}

static void deliver(struct live *l)
{
	forwarder_poll(forwarder);
	turn_until(l->loop, "the deliveries to end", is_idle, NULL);
}

/* --- cases ------------------------------------------------------------------------------------ */

static void events_go_in_order(void **state)
{
	struct live *l = *state;

	live_do(l, add_three);
	deliver(l);
	assert_int_equal(l->heard, 1);
	assert_non_null(strstr(l->hook.p, "\"entry\":[{\"n\":1},{\"n\":2},{\"n\":3}]"));
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alarm"), 0);
}

static void a_failed_delivery_comes_again(void **state)
{
	struct live *l = *state;

	l->hook_status = 500;
	live_do(l, add_three);
	deliver(l);
	assert_int_equal(l->heard, 1);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM forward WHERE attempts = 1 AND last_status = 500"),
	    3);
	deliver(l); /* not due */
	assert_int_equal(l->heard, 1);
	live_clock(NOW + MS_PER_MIN);
	l->hook_status = 200;
	deliver(l);
	assert_int_equal(l->heard, 2);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
}

/* After the last try somebody must learn of it. */
static void what_is_given_up_leaves_a_trace(void **state)
{
	struct live *l = *state;

	l->hook_status = 503;
	live_do(l, add_three);
	live_clock(NOW + pack_limits(l->core->pack)->forward.total_ms);
	live_do(l, add_three);
	deliver(l);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 3);
	assert_int_equal(live_int(l, "SELECT count(*) FROM alarm"), 1);
	assert_int_equal(live_int(l,
			     "SELECT count(*) FROM alarm a JOIN integration i ON i.id = a.scope"
			     " WHERE a.kind = 'forward.given_up'"
			     " AND a.detail LIKE 'count=3 first=evt_% status=503'"),
	    1);
	assert_int_equal(atomic_load(&l->core->counters.forwards_given_up), 3);
	/* What is kept of it to be sent again are those three; the others are in the queue. */
	assert_int_equal(
	    live_int(l, "SELECT events FROM delivery WHERE outcome = 3 AND body IS NOT NULL"), 3);
	live_do(l, send_again);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 6);
}

static void the_unreadable_holds_nobody_up(void **state)
{
	struct live *l = *state;

	live_do(l, add_three);
	live_do(l, spoil_second);
	deliver(l);
	assert_int_equal(l->heard, 2);
	assert_non_null(strstr(l->hook.p, "\"entry\":[{\"n\":3}]"));
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM quarantine WHERE kind = 'forward'"), 1);
	assert_int_equal(
	    live_int(l, "SELECT count(*) FROM alarm WHERE kind = 'forward.unreadable'"), 1);
	assert_int_equal(atomic_load(&l->core->counters.forwards_unreadable), 1);
}

/* The app refused the lot; at the second try it is seen why, and the others go without it. */
static void what_is_no_json_is_found_out(void **state)
{
	struct live *l = *state;

	l->hook_status = 400;
	live_do(l, add_no_json);
	deliver(l);
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward WHERE attempts = 1"), 4);
	live_clock(NOW + MS_PER_MIN);
	l->hook_status = 200;
	deliver(l);
	assert_non_null(strstr(l->hook.p, "\"entry\":[{\"n\":1},{\"n\":2},{\"n\":3}]"));
	assert_int_equal(live_int(l, "SELECT count(*) FROM forward"), 0);
	assert_int_equal(live_int(l, "SELECT count(*) FROM quarantine"), 1);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(events_go_in_order),
		WITH(a_failed_delivery_comes_again),
		WITH(what_is_given_up_leaves_a_trace),
		WITH(the_unreadable_holds_nobody_up),
		WITH(what_is_no_json_is_found_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
