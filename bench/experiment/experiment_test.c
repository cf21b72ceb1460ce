/* The experiment itself: equal seeds give equal runs, and each arm does what it says of itself. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "bench/experiment/company.h"

static struct sim_assume assume;

static struct tally play(const struct arm *arm, uint64_t seed)
{
	struct tally t;
	struct err err = { 0 };

	if (company_play(arm, &assume, seed, NULL, &t, &err))
		fail_msg("%s: %s", arm->name, err.text);
	return t;
}

/* A play takes seconds, under sanitizers a dozen: these are looked at by both tests. */
static struct tally naive, ordinary, gate, spread;

static int load(void **state)
{
	(void)state;
	if (crypto_init(NULL) || sim_assume_builtin(&assume, NULL))
		return -1;
	naive = play(&arm_naive, 5);
	ordinary = play(&arm_ordinary, 5);
	gate = play(&arm_varco, 5);
	spread = play(&arm_spread, 5);
	return 0;
}

/* By the arm that has all that the others have, and policy besides. */
static void test_equal_seeds_equal_runs(void **state)
{
	struct tally again = play(&arm_varco, 5), other = play(&arm_varco, 6);

	(void)state;
	assert_true(gate.digest == again.digest && gate.digest != other.digest);
	assert_int_equal(gate.marketing, again.marketing);
	assert_int_equal(gate.attempted, again.attempted);
}

/* All are asked for the same; who has nothing on file, or asked to stop, is left alone by the gate, and by nobody else. */
static void test_what_each_arm_does(void **state)
{
	(void)state;
	assert_int_equal(naive.asked, gate.asked);
	assert_int_equal(naive.utility_asked, ordinary.utility_asked);
	assert_int_equal(naive.attempted, naive.asked + naive.utility_asked);
	assert_int_equal(naive.refused_here, 0);
	assert_true(naive.stranger_marketing > 1000 && ordinary.stranger_marketing > 1000);
	assert_true(naive.stopped_marketing > 0);
	assert_int_equal(gate.stranger_marketing, 0);
	assert_int_equal(gate.stopped_marketing, 0);
	assert_int_equal(ordinary.stopped_marketing, 0);
	assert_true(gate.marketing > 5000 && gate.marketing < naive.asked);
	/* days are earned: who spreads the same lists over the week is let do more */
	assert_int_equal(spread.asked, gate.asked);
	assert_true(spread.marketing > gate.marketing);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_seeds_equal_runs),
		cmocka_unit_test(test_what_each_arm_does),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
