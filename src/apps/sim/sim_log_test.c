#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_log.h"

static const struct http_header headers[] = {
	{ { "Host", 4 }, { "localhost", 9 } },
	{ { "X-Twice", 7 }, { "first", 5 } },
	{ { "x-twice", 7 }, { "second", 6 } },
};

static uint64_t add(struct sim_log *l, struct str body)
{
	struct http_request req = {
		.method = HTTP_M_POST, .headers = headers, .headers_len = 3, .body = body
	};

	return sim_log_add(l, &req, STR("/v25.0/1/messages"), 1795348800000);
}

/* The text of the first entry above `after`; the number in *ret_n. */
static struct str print(const struct sim_log *l, uint64_t after, struct buf *out, uint64_t *ret_n)
{
	struct json_writer w;

	buf_reset(out);
	jw_init(&w, out);
	*ret_n = sim_log_print(l, after, &w);
	return buf_str(out);
}

static void test_entry(void **state)
{
	struct sim_log *l = sim_log_new();
	struct buf out;
	uint64_t n;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(add(l, STR("{\"a\":\"\xc3\xa9\"}")), 1);
	sim_log_settle(l, 1, 200, "wamid.X");
	struct str text = print(l, 0, &out, &n);
	assert_int_equal(n, 1);
	assert_true(str_eq_c(text,
	    "{\"n\":1,\"at\":\"2026-11-22T12:00:00Z\",\"method\":\"POST\",\"path\":\"/v25.0/1/messages\","
	    "\"headers\":{\"host\":\"localhost\",\"x-twice\":\"first\"},"
	    "\"body\":\"{\\\"a\\\":\\\"\xc3\xa9\\\"}\",\"status\":200,\"wamid\":\"wamid.X\"}"));
	(void)print(l, 1, &out, &n);
	assert_int_equal(n, 0);
	buf_done(&out);
	sim_log_free(&l);
	assert_null(l);
}

/* Long bodies and bytes that are no text are kept as length and digest. */
static void test_digests(void **state)
{
	struct sim_log *l = sim_log_new();
	char *large = mem_alloc(SIM_LOG_BODY + 1);
	struct buf out;
	uint64_t n;

	(void)state;
	memset(large, 'a', SIM_LOG_BODY + 1);
	buf_init(&out, 0);
	(void)add(l, str_n(large, SIM_LOG_BODY));
	(void)add(l, str_n(large, SIM_LOG_BODY + 1));
	(void)add(l, STR("\xff\xfe"));
	assert_null(strstr(print(l, 0, &out, &n).p, "sha256"));
	assert_non_null(strstr(print(l, 1, &out, &n).p, "\"body\":{\"bytes\":65537,\"sha256\":\""));
	assert_non_null(strstr(print(l, 2, &out, &n).p, "\"body\":{\"bytes\":2,\"sha256\":\""));
	struct sha256 digest = { { 0 } };
	sim_log_digest(l, 1, 5, &digest);
	assert_non_null(strstr(print(l, 0, &out, &n).p, "\"body\":{\"bytes\":5,\"sha256\":\"0000"));
	buf_done(&out);
	mem_free(large);
	sim_log_free(&l);
}

static void test_trim_keeps_numbers(void **state)
{
	struct sim_log *l = sim_log_new();
	struct buf out;
	uint64_t n;

	(void)state;
	buf_init(&out, 0);
	for (uint64_t i = 1; i <= 5000; i++)
		assert_int_equal(add(l, STR("{}")), i);
	sim_log_trim(l, 4000);
	assert_int_equal(sim_log_count(l), 1000);
	(void)print(l, 0, &out, &n);
	assert_int_equal(n, 4001);
	(void)print(l, 4500, &out, &n);
	assert_int_equal(n, 4501);
	sim_log_settle(l, 17, 200, "gone");
	sim_log_trim(l, UINT64_MAX);
	assert_int_equal(sim_log_count(l), 0);
	assert_int_equal(sim_log_last(l), 5000);
	assert_int_equal(add(l, STR("{}")), 5001);
	buf_done(&out);
	sim_log_free(&l);
}

static void test_is_a_ring(void **state)
{
	struct sim_log *l = sim_log_new();
	struct buf out;
	uint64_t n;

	(void)state;
	buf_init(&out, 0);
	for (uint64_t i = 1; i <= SIM_LOG_ITEMS + 10; i++)
		(void)add(l, STR(""));
	assert_int_equal(sim_log_count(l), SIM_LOG_ITEMS);
	(void)print(l, 0, &out, &n);
	assert_int_equal(n, 11);
	buf_done(&out);
	sim_log_free(&l);
}

static void test_without_memory(void **state)
{
	struct sim_log *l = sim_log_new();

	(void)state;
	check_fail_alloc_after(0, false);
	assert_int_equal(add(l, STR("{}")), 0);
	check_fail_alloc_after(-1, false);
	assert_int_equal(add(l, STR("{}")), 1);
	sim_log_settle(l, 0, 200, "nobody");
	sim_log_free(&l);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_entry),
		cmocka_unit_test(test_digests),
		cmocka_unit_test(test_trim_keeps_numbers),
		cmocka_unit_test(test_is_a_ring),
		cmocka_unit_test(test_without_memory),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
