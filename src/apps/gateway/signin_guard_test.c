#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "apps/gateway/signin_guard.h"
#include "base/check.h"
#include "base/crypto.h"

#define S INT64_C(1000000000)
#define BEGAN (1000 * S)
#define NAME STR("marta neri")
#define PEER STR("192.0.2.7")

static int set_up(void **state)
{
	if (crypto_init(NULL) < 0)
		return -1;
	*state = signin_guard_new();
	return *state ? 0 : -1;
}

static int tear_down(void **state)
{
	struct signin_guard *g = *state;

	signin_guard_free(&g);
	signin_guard_free(&g);
	return 0;
}

/* An address of its own for each attempt. */
static int64_t from_anywhere(struct signin_guard *g, struct str name, int n, mono_ns now)
{
	char peer[24];

	(void)snprintf(peer, sizeof(peer), "192.0.2.%d", n);
	return signin_guard_try(g, name, str_c(peer), now);
}

static void test_the_wait_grows(void **state)
{
	static const int64_t waits[] = { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 };
	struct signin_guard *g = *state;
	mono_ns now = BEGAN;

	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(from_anywhere(g, NAME, i, now), 0);
	for (size_t i = 0; i < ARRAY_LEN(waits); i++) {
		assert_int_equal(from_anywhere(g, NAME, 100, now), waits[i]);
		assert_int_equal(from_anywhere(g, NAME, 100, now + 1), waits[i]);
		now += waits[i] * S;
		assert_int_equal(from_anywhere(g, NAME, 100, now - S), 1);
		assert_int_equal(from_anywhere(g, NAME, (int)i + 10, now), 0);
	}
	assert_int_equal(from_anywhere(g, STR("luca bianchi"), 100, now), 0);
}

/* Each loop reads the clock by itself, and another may count in between. */
static void test_nobody_waits_for_another_clock(void **state)
{
	struct signin_guard *g = *state;

	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN - i), 0);
}

static void test_an_address_has_more(void **state)
{
	struct signin_guard *g = *state;
	char name[24];

	for (int i = 0; i < SIGNIN_PEER_FREE; i++) {
		(void)snprintf(name, sizeof(name), "user %d", i);
		assert_int_equal(signin_guard_try(g, str_c(name), PEER, BEGAN), 0);
	}
	assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN), 1);
	assert_int_equal(signin_guard_try(g, NAME, STR("192.0.2.8"), BEGAN), 0);
	assert_int_equal(signin_guard_try(g, PEER, STR("192.0.2.8"), BEGAN), 0);
}

static void test_who_gets_in_is_forgiven(void **state)
{
	struct signin_guard *g = *state;

	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN), 0);
	signin_guard_passed(g, NAME, PEER);
	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN), 0);
	assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN), 1);
	signin_guard_passed(g, STR("nobody"), STR("nowhere"));
}

static void test_an_hour_is_forgotten(void **state)
{
	struct signin_guard *g = *state;

	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN), 0);
	assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN + SIGNIN_FORGOTTEN_S * S), 0);
	assert_int_equal(signin_guard_try(g, NAME, PEER, BEGAN + SIGNIN_FORGOTTEN_S * S), 0);
}

/* However many names are tried, one that many attempts were made on is kept. */
static void test_the_table_has_an_end(void **state)
{
	struct signin_guard *g = *state;
	char name[24], peer[24];

	for (int i = 0; i < SIGNIN_NAME_FREE; i++)
		assert_int_equal(from_anywhere(g, NAME, i, BEGAN), 0);
	for (int i = 0; i < 5000; i++) {
		(void)snprintf(name, sizeof(name), "user %d", i);
		(void)snprintf(peer, sizeof(peer), "2001:db8:%x::1", i);
		assert_int_equal(signin_guard_try(g, str_c(name), str_c(peer), BEGAN), 0);
	}
	assert_int_equal(from_anywhere(g, NAME, 100, BEGAN), 1);
}

/* Many names and addresses cannot push each other out uncounted. */
static void test_a_full_table_still_counts(void **state)
{
	struct signin_guard *g = *state;
	char name[24], peer[24];
	int64_t waits = 0;

	for (int i = 0; i < 3 * 2048; i++) {
		(void)snprintf(name, sizeof(name), "user %d", i % 2048);
		(void)snprintf(peer, sizeof(peer), "2001:db8:%x::1", i % 2048);
		assert_int_equal(signin_guard_try(g, str_c(name), str_c(peer), BEGAN), 0);
	}
	for (int i = 0; i < SIGNIN_NAME_FREE && !waits; i++)
		waits = from_anywhere(g, NAME, 9000 + i, BEGAN);
	assert_true(waits > 0);
}

static void test_a_network_is_one_address(void **state)
{
	struct signin_guard *g = *state;
	char name[24], peer[40];

	for (int i = 0; i < SIGNIN_PEER_FREE; i++) {
		(void)snprintf(name, sizeof(name), "user %d", i);
		(void)snprintf(peer, sizeof(peer), "2001:db8:0:1::%x", i);
		assert_int_equal(signin_guard_try(g, str_c(name), str_c(peer), BEGAN), 0);
	}
	assert_true(signin_guard_try(g, STR("x"), STR("2001:db8:0:1:ffff::1"), BEGAN) > 0);
	assert_int_equal(signin_guard_try(g, STR("x"), STR("2001:db8:0:2::1"), BEGAN), 0);
	assert_int_equal(signin_guard_try(g, STR("x"), STR("::ffff:192.0.2.1"), BEGAN), 0);
}

static void test_what_was_no_guess(void **state)
{
	struct signin_guard *g = *state;

	for (int i = 0; i < 3 * SIGNIN_PEER_FREE; i++) {
		assert_int_equal(signin_guard_try(g, NAME, STR("192.0.2.1"), BEGAN), 0);
		signin_guard_undo(g, NAME, STR("192.0.2.1"));
	}
}

static void test_without_memory(void **state)
{
	(void)state;
	check_fail_alloc_after(0, true);
	struct signin_guard *g = signin_guard_new();
	check_fail_alloc_after(-1, false);
	assert_null(g);
}

#define WITH_ONE(TEST) cmocka_unit_test_setup_teardown(TEST, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ONE(test_the_wait_grows),
		WITH_ONE(test_nobody_waits_for_another_clock),
		WITH_ONE(test_an_address_has_more),
		WITH_ONE(test_who_gets_in_is_forgiven),
		WITH_ONE(test_an_hour_is_forgotten),
		WITH_ONE(test_the_table_has_an_end),
		WITH_ONE(test_a_full_table_still_counts),
		WITH_ONE(test_a_network_is_one_address),
		WITH_ONE(test_what_was_no_guess),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
