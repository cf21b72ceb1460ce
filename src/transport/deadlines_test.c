#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"
#include "transport/deadlines.h"

#define MS ((mono_ns)1000000)

static struct {
	struct loop *loop;
	struct deadlines ds;
	struct {
		int n;
		struct deadline d;
	} items[9];
	int order; /* the digits of those that were due */
	int again; /* this one is set once more when it is due */
	int clear; /* and this one is cleared when any is */
	int left;
} t;

static void on_due(struct deadline *d)
{
	for (int i = 0; i < 9; i++) {
		if (&t.items[i].d != d)
			continue;
		t.order = t.order * 10 + i;
		t.left--;
		if (t.again == i)
			deadline_set(&t.ds, d, loop_now(t.loop) + MS);
		if (t.again == i)
			t.again = 0;
	}
	if (t.clear)
		deadline_clear(&t.ds, &t.items[t.clear].d);
}

static int set_up(void **state)
{
	struct err err;

	(void)state;
	t.loop = loop_new(&err);
	t.order = t.again = t.clear = t.left = 0;
	for (int i = 0; i < 9; i++)
		t.items[i].d = (struct deadline){ 0 };
	return t.loop ? deadlines_init(&t.ds, t.loop, on_due) : -1;
}

static int tear_down(void **state)
{
	(void)state;
	deadlines_done(&t.ds);
	loop_free(&t.loop);
	return 0;
}

/* `i` falls due `ms` from now: those of one test within a few milliseconds. */
static void set(int i, int ms)
{
	deadline_set(&t.ds, &t.items[i].d, loop_now(t.loop) + ms * MS);
}

/* Not UV_RUN_ONCE: when the last timer is due as the turn begins, that turn goes on to wait for
 * something that never comes. */
static void turn(void)
{
	(void)uv_run(loop_uv(t.loop), UV_RUN_NOWAIT);
}

static void wait_for(int n)
{
	t.left = n;
	while (t.left > 0)
		turn();
}

static void test_order(void **state)
{
	(void)state;
	set(5, 5);
	set(1, 1);
	set(4, 4);
	set(2, -7);
	set(3, 3);
	set(6, 5);
	wait_for(6);
	assert_int_equal(t.order, 213456);
}

static void test_changes(void **state)
{
	(void)state;
	set(1, 1);
	set(2, 2);
	set(3, 3);
	set(1, 4);
	deadline_clear(&t.ds, &t.items[2].d);
	deadline_clear(&t.ds, &t.items[2].d);
	deadline_clear(&t.ds, &t.items[7].d);
	wait_for(2);
	assert_int_equal(t.order, 31);
}

static void test_changes_when_due(void **state)
{
	(void)state;
	set(1, 1);
	set(2, 1);
	set(3, 1);
	t.again = 1;
	t.clear = 2;
	wait_for(3);
	assert_int_equal(t.order, 131);
	assert_false(list_has(&t.items[2].d.node));
}

/* The loop has nothing to wait for once all are cleared and the timer has found that out. */
static void test_nothing_left(void **state)
{
	(void)state;
	set(1, 1);
	deadline_clear(&t.ds, &t.items[1].d);
	while (t.ds.armed)
		turn();
	assert_int_equal(t.order, 0);
	set(2, 1);
	wait_for(1);
	assert_int_equal(t.order, 2);
}

static int open_once(void *arg)
{
	struct deadlines ds;
	int rc = deadlines_init(&ds, arg, on_due);

	deadlines_done(&ds);
	(void)uv_run(loop_uv(arg), UV_RUN_NOWAIT);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	torture("deadlines", open_once, t.loop);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_order),
		ON(test_changes),
		ON(test_changes_when_due),
		ON(test_nothing_left),
		ON(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
