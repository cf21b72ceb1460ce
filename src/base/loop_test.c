#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "base/check.h"
#include "base/loop.h"

enum { POSTERS = 4, POSTS = 3000 };

static struct loop *loop;

static int begin(void **state)
{
	(void)state;
	loop = loop_new(NULL);
	return loop ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	loop_free(&loop);
	return loop ? -1 : 0;
}

/* --- posting --- */

struct item {
	struct loop_work work; /* first, so that a work is an item */
	int poster, number;
};

static struct item items[POSTERS][POSTS];
static int next_of[POSTERS]; /* the number that must come next */
static int arrived;

static void on_item(struct loop_work *work)
{
	const struct item *item = (struct item *)work;

	ASSERT(item->number == next_of[item->poster]);
	next_of[item->poster]++;
	if (++arrived == POSTERS * POSTS)
		loop_stop(loop);
}

static void *post_one_by_one(void *arg)
{
	struct item *mine = arg;

	for (int i = 0; i < POSTS; i++)
		loop_post(loop, &mine[i].work);
	return NULL;
}

static void *post_in_chains(void *arg)
{
	struct item *mine = arg;

	for (int i = 0; i < POSTS; i += 10) {
		for (int k = i; k < i + 9; k++)
			mine[k].work.next = &mine[k + 1].work;
		loop_post_chain(loop, &mine[i].work, &mine[i + 9].work);
	}
	return NULL;
}

static void test_all_arrive_in_order(void **state)
{
	pthread_t threads[POSTERS];

	(void)state;
	for (int p = 0; p < POSTERS; p++) {
		for (int i = 0; i < POSTS; i++)
			items[p][i] = (struct item){ { on_item, NULL }, p, i };
		next_of[p] = 0;
	}
	arrived = 0;
	for (int p = 0; p < POSTERS; p++)
		assert_int_equal(pthread_create(&threads[p], NULL,
				     p % 2 ? post_in_chains : post_one_by_one, items[p]),
		    0);
	loop_run(loop);
	for (int p = 0; p < POSTERS; p++)
		assert_int_equal(pthread_join(threads[p], NULL), 0);
	assert_int_equal(arrived, POSTERS * POSTS);
}

static struct item again;
static int rounds;

static void on_again(struct loop_work *work)
{
	if (++rounds < 100)
		loop_post(loop, work);
	else
		loop_stop(loop);
}

static void test_work_may_post_itself(void **state)
{
	(void)state;
	rounds = 0;
	again.work.run = on_again;
	loop_post(loop, &again.work);
	loop_run(loop);
	assert_int_equal(rounds, 100);
}

static void test_posts_before_a_stop_are_delivered(void **state)
{
	(void)state;
	rounds = 0;
	again.work.run = on_again;
	loop_post(loop, &again.work);
	loop_stop(loop);
	loop_run(loop);
	assert_int_equal(rounds, 100);
}

static void test_posts_after_the_run_are_delivered(void **state)
{
	(void)state;
	loop_stop(loop);
	loop_run(loop);
	rounds = 50;
	loop_post(loop, &again.work);
	loop_free(&loop);
	assert_int_equal(rounds, 100);
	assert_null(loop);
	loop_free(&loop);
}

static void *stop_it(void *arg)
{
	loop_stop(arg);
	return NULL;
}

static void test_stop_from_another_thread_and_run_again(void **state)
{
	pthread_t thread;

	(void)state;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(pthread_create(&thread, NULL, stop_it, loop), 0);
		loop_run(loop);
		assert_int_equal(pthread_join(thread, NULL), 0);
	}
}

/* --- two loops, work going back and forth --- */

struct ball {
	struct loop_work work;
	struct loop *courts[2];
	int hits;
};

static void on_ball(struct loop_work *work)
{
	struct ball *ball = (struct ball *)work;

	if (++ball->hits < 2000) {
		loop_post(ball->courts[ball->hits % 2], work);
		return;
	}
	loop_stop(ball->courts[0]);
	loop_stop(ball->courts[1]);
}

static void *run_loop(void *arg)
{
	loop_run(arg);
	return NULL;
}

static void test_two_loops(void **state)
{
	struct ball ball = { .work.run = on_ball, .courts = { loop, loop_new(NULL) } };
	pthread_t thread;

	(void)state;
	assert_non_null(ball.courts[1]);
	assert_int_equal(pthread_create(&thread, NULL, run_loop, ball.courts[1]), 0);
	loop_post(loop, &ball.work);
	loop_run(loop);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(ball.hits, 2000);
	loop_free(&ball.courts[1]);
}

/* --- timers --- */

static struct loop_timer *timers[3];
static char fired[16];

static void on_first(void *arg)
{
	(void)strncat(fired, arg, 1);
	loop_timer_free(&timers[0]);
}

static void on_second(void *arg)
{
	(void)strncat(fired, arg, 1);
	if (strlen(fired) < 4)
		return;
	loop_timer_stop(timers[1]);
	loop_timer_stop(timers[1]);
	loop_stop(loop);
}

static void test_timers(void **state)
{
	(void)state;
	fired[0] = '\0';
	mono_ns before = loop_now(loop);
	timers[0] = loop_timer_new(loop, on_first, "a");
	timers[1] = loop_timer_new(loop, on_second, "b");
	timers[2] = loop_timer_new(loop, on_first, "never");
	assert_true(timers[0] && timers[1] && timers[2]);
	loop_timer_start(timers[0], 0, 0);
	loop_timer_start(timers[1], 3, 1);
	loop_timer_start(timers[2], 1000000, -5);
	loop_timer_start(timers[2], -5, 0);
	loop_timer_stop(timers[2]);
	loop_run(loop);
	assert_string_equal(fired, "abbb");
	assert_true(loop_now(loop) >= before + 4000000);
	assert_null(timers[0]);
	loop_timer_free(&timers[0]);
	loop_timer_free(&timers[1]);
	loop_timer_free(&timers[2]);
	assert_ptr_equal(loop_uv(loop), loop_uv(loop));
}

static void test_without_memory(void **state)
{
	struct err err = { 0 };

	(void)state;
	check_fail_alloc_after(0, false);
	assert_null(loop_new(&err));
	assert_int_equal(err.code, E_NOMEM);
	check_fail_alloc_after(0, false);
	assert_null(loop_timer_new(loop, on_first, NULL));
	check_fail_alloc_after(-1, false);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_all_arrive_in_order),
		TEST(test_work_may_post_itself),
		TEST(test_posts_before_a_stop_are_delivered),
		TEST(test_posts_after_the_run_are_delivered),
		TEST(test_stop_from_another_thread_and_run_again),
		TEST(test_two_loops),
		TEST(test_timers),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
