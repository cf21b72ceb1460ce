#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/check.h"

static const struct {
	const char *name;
	long after;
	bool for_ever;
	const char *expected; /* one letter an allocation: y made, n failed */
} rows[] = {
	{ "off", -1, false, "yyyy" },
	{ "off for ever", -1, true, "yyyy" },
	{ "the next, once", 0, false, "nyyy" },
	{ "the next, for ever", 0, true, "nnnn" },
	{ "the third, once", 2, false, "yyny" },
	{ "the third, for ever", 2, true, "yynn" },
};

static void test_countdown(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		check_fail_alloc_after(rows[i].after, rows[i].for_ever);
		for (long n = 0; rows[i].expected[n]; n++) {
			void *p = n % 2 ? mem_alloc(1) : mem_grow(NULL, 1);
			if ((p != NULL) != (rows[i].expected[n] == 'y'))
				fail_msg("%s: allocation %ld", rows[i].name, n);
			assert_int_equal(check_allocs(), n + 1);
			mem_free(p);
		}
	}
	check_fail_alloc_after(-1, false);
}

static void test_failed_growth_keeps_the_block(void **state)
{
	char *p = mem_alloc(4);

	(void)state;
	assert_non_null(p);
	memcpy(p, "abc", 4);
	check_fail_alloc_after(0, false);
	assert_null(mem_grow(p, 100));
	assert_string_equal(p, "abc");
	p = mem_grow(p, 100);
	assert_non_null(p);
	assert_string_equal(p, "abc");
	MEM_FREE(&p);
	assert_null(p);
}

static void test_memory_is_zeroed(void **state)
{
	static const char zeros[4096];
	char *p;

	(void)state;
	for (int i = 0; i < 10; i++) {
		p = mem_alloc(sizeof(zeros));
		assert_non_null(p);
		assert_memory_equal(p, zeros, sizeof(zeros));
		memset(p, 'x', sizeof(zeros));
		mem_free(p);
	}
	p = mem_alloc(0);
	assert_non_null(p);
	p = mem_grow(p, 0);
	assert_non_null(p);
	mem_free(p);
	mem_free(NULL);
}

static void test_live(void **state)
{
	long live = check_live();
	char *p = mem_alloc(1), *q = mem_grow(NULL, 1);

	(void)state;
	assert_int_equal(check_live(), live + 2);
	q = mem_grow(q, 100);
	assert_int_equal(check_live(), live + 2);
	mem_free(p);
	mem_free(q);
	mem_free(NULL);
	assert_int_equal(check_live(), live);
}

static void *allocate(void *arg)
{
	void *p = mem_alloc(1);

	*(bool *)arg = p != NULL;
	mem_free(p);
	return NULL;
}

static void test_each_thread_counts_for_itself(void **state)
{
	pthread_t thread;
	bool made = false;

	(void)state;
	check_fail_alloc_after(0, true);
	assert_int_equal(pthread_create(&thread, NULL, allocate, &made), 0);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_true(made);
	assert_null(mem_alloc(1));
	check_fail_alloc_after(-1, false);
}

static void test_broken_promise_aborts(void **state)
{
	int status;

	(void)state;
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		ASSERT(child != 0);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGABRT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_countdown),
		cmocka_unit_test(test_failed_growth_keeps_the_block),
		cmocka_unit_test(test_memory_is_zeroed),
		cmocka_unit_test(test_live),
		cmocka_unit_test(test_each_thread_counts_for_itself),
		cmocka_unit_test(test_broken_promise_aborts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
