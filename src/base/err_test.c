#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>

#include "base/check.h"
#include "base/err.h"

static void test_set(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(err_set(&err, E_RANGE, "It is %d.", 7), -E_RANGE);
	assert_int_equal(err.code, E_RANGE);
	assert_string_equal(err.field, "");
	assert_string_equal(err.text, "It is 7.");
	assert_int_equal(err_field(&err, E_INVALID, "text.body", "No %s.", "body"), -E_INVALID);
	assert_int_equal(err.code, E_INVALID);
	assert_string_equal(err.field, "text.body");
	assert_string_equal(err.text, "No body.");
}

static void test_nobody_listens(void **state)
{
	(void)state;
	assert_int_equal(err_set(NULL, E_IO, "x"), -E_IO);
	assert_int_equal(err_field(NULL, E_IO, "a", "x"), -E_IO);
}

static void test_long_texts_are_cut(void **state)
{
	char text[1000];
	struct err err;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(err_field(&err, E_IO, text, "%s", text), -E_IO);
	assert_int_equal(strlen(err.field), sizeof(err.field) - 1);
	assert_int_equal(strlen(err.text), sizeof(err.text) - 1);
}

static const struct {
	int code;
	const char *name;
} names[] = {
	{ E_OK, "E_OK" },
	{ E_NOMEM, "E_NOMEM" },
	{ -E_NOMEM, "E_NOMEM" },
	{ E_UNSUPPORTED, "E_UNSUPPORTED" },
	{ -E_UNSUPPORTED, "E_UNSUPPORTED" },
	{ E_CODES_END, "E_?" },
	{ -E_CODES_END, "E_?" },
	{ INT_MAX, "E_?" },
	{ INT_MIN, "E_?" },
};

static void test_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(err_name(names[i].code), names[i].name) != 0)
			fail_msg("%d is called %s", names[i].code, err_name(names[i].code));
	}
	for (int code = 0; code < E_CODES_END; code++)
		assert_true(err_name(code)[0] == 'E' && err_meaning(-code)[0] != '\0');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_set),
		cmocka_unit_test(test_nobody_listens),
		cmocka_unit_test(test_long_texts_are_cut),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
