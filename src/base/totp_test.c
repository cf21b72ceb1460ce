#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/crypto.h"
#include "base/totp.h"

static const uint8_t secret[] = "12345678901234567890"; /* of RFC 6238, appendix B */

static int set_up(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

/* RFC 6238, appendix B, SHA-1; the last six of its eight digits. */
static void test_the_vectors_of_the_rfc(void **state)
{
	static const struct {
		int64_t at_s;
		const char *code;
	} cases[] = {
		{ 59, "287082" },
		{ INT64_C(1111111109), "081804" },
		{ INT64_C(1111111111), "050471" },
		{ INT64_C(1234567890), "005924" },
		{ INT64_C(2000000000), "279037" },
		{ INT64_C(20000000000), "353130" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char code[TOTP_CODE_MAX];
		totp_code(secret, cases[i].at_s, code);
		assert_string_equal(code, cases[i].code);
	}
}

static void test_a_step_before_and_behind(void **state)
{
	static const struct {
		const char *name;
		int64_t at_s, last;
		bool is;
	} cases[] = {
		{ "in its step", 59, -1, true },
		{ "one step late", 89, -1, true },
		{ "one step early", 29, -1, true },
		{ "two steps late", 90, -1, false },
		{ "used before", 59, 1, false },
		{ "a later one was used", 59, 2, false },
		{ "one before was used", 59, 0, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int64_t step = -7;
		bool is = totp_is(secret, STR("287082"), cases[i].at_s, cases[i].last, &step);
		if (is != cases[i].is || step != (is ? 1 : -7))
			fail_msg("%s: %d, step %lld", cases[i].name, is, (long long)step);
	}
}

static void test_what_is_no_code(void **state)
{
	static const char *const codes[] = { "", "28708", "2870822", "287083", " 287082",
		"28708a" };
	int64_t step = 0;

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		if (totp_is(secret, str_c(codes[i]), 59, -1, &step))
			fail_msg("\"%s\" is taken", codes[i]);
	}
}

static void test_the_address(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	totp_uri(secret, STR("Varco"), STR("Marta Neri/è"), &out);
	assert_true(str_eq(buf_str(&out),
	    STR("otpauth://totp/Varco:Marta%20Neri%2F%C3%A8?secret="
		"GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Varco")));
	buf_done(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_vectors_of_the_rfc),
		cmocka_unit_test(test_a_step_before_and_behind),
		cmocka_unit_test(test_what_is_no_code),
		cmocka_unit_test(test_the_address),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
