#include "apps/analyze/crew.h"

#include "base/check.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#define PIECES 5000

/* Counts up to `pieces`; what is given is put one behind the other. */
struct counting {
	uint64_t pieces, taken, given[PIECES], given_len;
	uint64_t fails_at; /* UINT64_MAX: never */
};

struct slot {
	uint64_t n, result, spun, afterwards;
};

static int fail_at(struct err *err, uint64_t n)
{
	return err_set(err, E_INVALID, "%llu", (unsigned long long)n);
}

static int take(void *user, void *slot, struct err *err)
{
	struct counting *c = user;
	struct slot *s = slot;

	(void)err;
	if (c->taken == c->pieces)
		return 0;
	s->n = c->taken++;
	return 1;
}

/* Of very different length, so that threads overtake each other. */
static int work(void *user, void *slot, struct err *err)
{
	const struct counting *c = user;
	struct slot *s = slot;
	uint64_t x = s->n;

	for (uint64_t i = 0; i < s->n % 7 * 300; i++)
		x = x * 6364136223846793005u + 1;
	s->spun = x;
	s->result = s->n;
	/* Every later one fails, too; the first is what is told. */
	return s->n >= c->fails_at ? fail_at(err, s->n) : 0;
}

static int give(void *user, void *slot, struct err *err)
{
	struct counting *c = user;
	const struct slot *s = slot;

	(void)err;
	c->given[c->given_len++] = s->result;
	return 0;
}

static int after(void *user, void *slot, struct err *err)
{
	struct slot *s = slot;

	(void)user;
	(void)err;
	s->afterwards++;
	return 0;
}

static int run(struct counting *c, size_t threads, uint64_t *ret_afterwards, struct err *err)
{
	static const struct crew_work steps = { take, work, give, after };
	struct slot slots[CREW_MAX] = { { 0 } };
	void *each[CREW_MAX];

	for (size_t i = 0; i < CREW_MAX; i++)
		each[i] = &slots[i];
	int r = crew_run(&steps, c, each, threads, err);
	*ret_afterwards = 0;
	for (size_t i = 0; i < CREW_MAX; i++)
		*ret_afterwards += slots[i].afterwards;
	return r;
}

static const size_t threads[] = { 1, 2, 5, CREW_MAX };

static void test_order(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(threads); k++) {
		struct counting c = { .pieces = PIECES, .fails_at = UINT64_MAX };
		struct err err = { 0 };
		uint64_t afterwards = 0;
		assert_int_equal(run(&c, threads[k], &afterwards, &err), 0);
		assert_int_equal(c.given_len, PIECES);
		assert_int_equal(afterwards, PIECES);
		for (uint64_t i = 0; i < PIECES; i++) {
			if (c.given[i] != i)
				fail_msg("%zu threads: piece %lu came in place %lu", threads[k],
				    (unsigned long)c.given[i], (unsigned long)i);
		}
	}
}

static void test_first_error(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(threads); k++) {
		struct counting c = { .pieces = PIECES, .fails_at = 777 };
		struct err err = { 0 };
		uint64_t afterwards = 0;
		assert_int_equal(run(&c, threads[k], &afterwards, &err), -E_INVALID);
		assert_string_equal(err.text, "777");
		assert_int_equal(c.given_len, 777);
	}
}

static void test_nothing(void **state)
{
	struct counting c = { .fails_at = UINT64_MAX };
	struct err err = { 0 };
	uint64_t afterwards = 0;

	(void)state;
	assert_int_equal(run(&c, 3, &afterwards, &err), 0);
	assert_int_equal(c.given_len, 0);
	assert_true(crew_size() >= 1 && crew_size() <= CREW_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_first_error),
		cmocka_unit_test(test_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
