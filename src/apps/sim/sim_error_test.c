#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "apps/sim/sim_error.h"

static void test_envelope(void **state)
{
	struct sim_problem p = { 0 };
	struct json_writer w;
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	jw_init(&w, &out);
	assert_false(sim_problem(&p, 131047, "Too late for %s.", "this"));
	jw_object(&w);
	sim_error_member(&w, &p, "TRACE");
	jw_object_end(&w);
	assert_true(str_eq_c(buf_str(&out),
	    "{\"error\":{\"message\":\"(#131047) Re-engagement message\",\"type\":\"OAuthException\","
	    "\"code\":131047,\"is_transient\":false,\"error_data\":{\"messaging_product\":\"whatsapp\","
	    "\"details\":\"Too late for this.\"},\"fbtrace_id\":\"TRACE\"}}"));
	buf_done(&out);
}

static void test_codes(void **state)
{
	static const struct {
		int code, status;
	} rows[] = { { 100, 400 }, { 190, 401 }, { 200, 403 }, { 131000, 500 }, { 132001, 404 },
		{ 133004, 503 }, { 424242, 400 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(sim_error_status(rows[i].code), rows[i].status);
	assert_string_equal(sim_error_title(131056), "Pair rate limit hit");
}

/* Details that do not fit are cut, not overrun. */
static void test_long_details(void **state)
{
	struct sim_problem p = { 0 };

	(void)state;
	assert_false(sim_problem_sub(&p, 100, 33, "%0999d", 1));
	assert_int_equal(p.code, 100);
	assert_int_equal(p.subcode, 33);
	assert_int_equal(str_c(p.details).len, sizeof(p.details) - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_envelope),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_long_details),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
