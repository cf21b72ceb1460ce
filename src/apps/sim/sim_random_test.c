#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_random.h"

static void test_same_seed_same_draws(void **state)
{
	struct sim_random a, b, other;
	int different = 0;

	(void)state;
	sim_random_init(&a, 7);
	sim_random_init(&b, 7);
	sim_random_init(&other, 8);
	for (int i = 0; i < 1000; i++) {
		uint64_t draw = sim_random_next(&a);
		assert_int_equal(draw, sim_random_next(&b));
		different += draw != sim_random_next(&other);
	}
	assert_int_equal(different, 1000);
}

static void test_between(void **state)
{
	struct sim_random r;
	int seen[7] = { 0 };

	(void)state;
	sim_random_init(&r, 1);
	for (int i = 0; i < 1000; i++) {
		int64_t n = sim_random_between(&r, -3, 3);
		assert_true(n >= -3 && n <= 3);
		seen[n + 3]++;
	}
	for (int i = 0; i < 7; i++)
		assert_true(seen[i] > 50);
	assert_int_equal(sim_random_between(&r, 5, 5), 5);
	assert_int_equal(sim_random_between(&r, 5, 4), 5);
	(void)sim_random_between(&r, INT64_MIN + 1, INT64_MAX - 1);
}

static void test_permille(void **state)
{
	struct sim_random r;
	int yes = 0;

	(void)state;
	sim_random_init(&r, 3);
	for (int i = 0; i < 10000; i++) {
		assert_false(sim_random_permille(&r, 0));
		assert_true(sim_random_permille(&r, 1000));
		yes += sim_random_permille(&r, 700);
	}
	assert_in_range(yes, 6700, 7300);
}

/* The same in every run and on every machine: user ids are made of it. */
static void test_hash_is_fixed(void **state)
{
	(void)state;
	assert_true(sim_hash(STR("500400300")) == sim_hash(STR("500400300")));
	assert_true(sim_hash(STR("500400300")) != sim_hash(STR("500400301")));
	assert_true(sim_hash(STR("")) == 0xf52a15e9a9b5e89bULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed_same_draws),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_permille),
		cmocka_unit_test(test_hash_is_fixed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
