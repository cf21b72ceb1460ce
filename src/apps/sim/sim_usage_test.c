#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"
#include "apps/sim/sim_usage.h"

#define START INT64_C(1795341600000)
#define AT(minutes) (START + (minutes) * MS_PER_MIN)

static void test_an_hour(void **state)
{
	struct sim_usage u = { { 0 }, { 0 } };

	(void)state;
	assert_int_equal(sim_usage_calls(&u, START), 0);
	for (int minute = 0; minute < 10; minute++) {
		for (int i = 0; i < 3; i++)
			sim_usage_count(&u, AT(minute));
	}
	assert_int_equal(sim_usage_calls(&u, AT(9)), 30);
	assert_int_equal(sim_usage_calls(&u, AT(59)), 30);
	assert_int_equal(sim_usage_calls(&u, AT(60)), 27);
	assert_int_equal(sim_usage_calls(&u, AT(69)), 0);
	sim_usage_count(&u, AT(60)); /* in the place of the first minute */
	assert_int_equal(sim_usage_calls(&u, AT(60)), 28);
	assert_int_equal(sim_usage_calls(&u, AT(5)), 15);
}

static void test_regain(void **state)
{
	static const struct {
		int64_t limit, wait;
	} cases[] = { { 31, 0 }, { 30, 51 }, { 28, 51 }, { 27, 52 }, { 3, 60 }, { 0, 60 } };
	struct sim_usage u = { { 0 }, { 0 } };

	(void)state;
	for (int minute = 0; minute < 10; minute++) {
		for (int i = 0; i < 3; i++)
			sim_usage_count(&u, AT(minute));
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t wait = sim_usage_regain(&u, cases[i].limit, AT(9));
		if (wait != cases[i].wait)
			fail_msg("%lld: %lld", (long long)cases[i].limit, (long long)wait);
	}
}

/* The header itself, as a client that is written apart from ours reads it. */
static void test_headers(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct sim_usage u = { { 0 }, { 0 } };
	const struct json *doc;
	int64_t n;

	(void)state;
	for (int i = 0; i < 50; i++)
		sim_usage_count(&u, START);
	assert_int_equal(
	    json_read(a, sim_usage_business(a, "900800700", &u, 200, START), &doc, NULL), 0);
	const struct json *row = json_at(json_get(doc, "900800700"), 0);
	assert_true(json_int(json_get(row, "call_count"), &n) && n == 25);
	assert_true(json_int(json_get(row, "estimated_time_to_regain_access"), &n) && n == 0);
	assert_int_equal(json_read(a, sim_usage_app(a, &u, 100, START), &doc, NULL), 0);
	assert_true(json_int(json_get(doc, "call_count"), &n) && n == 50);
	assert_true(json_int(json_get(doc, "total_time"), &n) && n == 12);
	arena_free(&a);
}

/* Management calls of an account are counted, sends are not, and what is too much is refused. */
static void test_an_account(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"waba\":900,\"number\":" NUMBER ",\"call_limit\":5}")
		.status,
	    200);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(get(&r, "/v25.0/900/phone_numbers").status, 200);
		assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	}
	assert_int_equal(code_of(get(&r, "/v25.0/900/phone_numbers")), 80007);
	assert_int_equal(code_of(get(&r, "/v25.0/" NUMBER "?fields=status")), 80007);
	assert_int_equal(get(&r, "/v25.0/901?fields=name").status, 200);
	assert_int_equal(post(&r, "/_sim/clock", "{\"advance_ms\":3600000}").status, 200);
	assert_int_equal(get(&r, "/v25.0/900/phone_numbers").status, 200);
	run_close(&r);
}

static int load(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_hour),
		cmocka_unit_test(test_regain),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_an_account),
	};

	return cmocka_run_group_tests(tests, load, NULL);
}
