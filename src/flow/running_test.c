#include "flow/running.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define THREADS 4
#define EACH 2000

static void comes_and_goes(void **state)
{
	struct running *r;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(running_new(&r, &err), 0);
	assert_false(running_has(r, 7));
	assert_int_equal(running_add(r, 7, &err), 0);
	assert_int_equal(running_add(r, 7, &err), 0);
	assert_true(running_has(r, 7));
	assert_false(running_has(r, 8));
	running_drop(r, 8);
	running_drop(r, 0);
	running_drop(r, 7);
	assert_false(running_has(r, 7));
	running_free(&r);
	assert_null(r);
	running_free(&r);
}

struct worker {
	struct running *running;
	uint64_t first;
	size_t wrong;
};

static void *work(void *arg)
{
	struct worker *w = arg;
	struct err err = { 0 };

	for (uint64_t id = w->first; id < w->first + EACH; id++) {
		if (running_add(w->running, id, &err) < 0 || !running_has(w->running, id))
			w->wrong++;
		running_drop(w->running, id);
		if (running_has(w->running, id))
			w->wrong++;
	}
	return NULL;
}

static void threads_do_not_meet(void **state)
{
	struct running *r;
	struct err err = { 0 };
	struct worker workers[THREADS];
	pthread_t threads[THREADS];

	(void)state;
	assert_int_equal(running_new(&r, &err), 0);
	for (size_t i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){ .running = r, .first = 1 + i * EACH };
		assert_int_equal(pthread_create(&threads[i], NULL, work, &workers[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
		assert_int_equal(workers[i].wrong, 0);
	}
	running_free(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_and_goes),
		cmocka_unit_test(threads_do_not_meet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
