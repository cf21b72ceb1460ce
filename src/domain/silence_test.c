#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"
#include "domain/silence.h"
#include "store/scratch.h"

#define A STR("100200300")
#define B STR("100200301")
#define SECOND 1000000000LL

static struct silence *make(void)
{
	struct silence *s = NULL;
	struct err err = { 0 };

	MUST(silence_new(&s, &err), &err);
	return s;
}

static void sent(struct silence *s, struct str number, mono_ns at)
{
	struct err err = { 0 };

	MUST(silence_sent(s, number, at, &err), &err);
}

/* From the first send that nothing followed, not from the last one, and for each number alone. */
static void test_it_lasts_from_the_first_send(void **state)
{
	struct silence *s = make();

	(void)state;
	assert_int_equal(silence_ms(s, A, 5 * SECOND), 0);
	silence_heard(s, A);
	sent(s, A, 10 * SECOND);
	sent(s, A, 400 * SECOND);
	assert_int_equal(silence_ms(s, A, 410 * SECOND), 400000);
	assert_int_equal(silence_ms(s, B, 410 * SECOND), 0);
	sent(s, B, 405 * SECOND);
	silence_heard(s, A);
	assert_int_equal(silence_ms(s, A, 999 * SECOND), 0);
	assert_int_equal(silence_ms(s, B, 410 * SECOND), 5000);
	sent(s, A, 1000 * SECOND);
	assert_int_equal(silence_ms(s, A, 1001 * SECOND), 1000);
	assert_int_equal(silence_ms(s, A, 900 * SECOND), 0);
	silence_free(&s);
	assert_null(s);
	silence_free(&s);
}

static void test_nobody_counts_nothing(void **state)
{
	struct silence *s = make();

	(void)state;
	sent(NULL, A, SECOND);
	silence_heard(NULL, A);
	assert_int_equal(silence_ms(NULL, A, SECOND), 0);
	sent(s, STR(""), SECOND);
	silence_heard(s, STR(""));
	assert_int_equal(silence_ms(s, STR(""), 2 * SECOND), 0);
	silence_free(&s);
}

static int new_and_send(void *arg)
{
	struct silence *s = NULL;
	struct err err = { 0 };
	int r = silence_new(&s, &err);

	(void)arg;
	if (r == 0)
		r = silence_sent(s, A, SECOND, &err);
	silence_free(&s);
	return r;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("silence_sent", new_and_send, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_lasts_from_the_first_send),
		cmocka_unit_test(test_nobody_counts_nothing),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
