#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "domain/register_field.h"

static void test_checks(void **state)
{
	static const struct {
		const char *name;
		enum register_field field;
		const char *value;
		int code; /* of the error; 0 = none */
	} cases[] = {
		{ "a place", REGISTER_CREDENTIAL_PLACE,
		    "Vault, kv/prod/whatsapp/crm-api-token-of-the-shop", 0 },
		{ "a token of Meta's", REGISTER_CREDENTIAL_PLACE,
		    "EAAGm0PX4ZCpsBAJZBkZCq2Z1ZCbZBq0ZAYZCz7ZB0J7oZBZA", E_INVALID },
		{ "a key in words", REGISTER_CREDENTIAL_READERS,
		    "all; it is c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", E_INVALID },
		{ "a digest of an image", REGISTER_IMAGE,
		    "shop@sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		    0 },
		{ "a day", REGISTER_REMOVE_BY, "2027-01-31", 0 },
		{ "no day", REGISTER_REMOVE_BY, "2027-02-30", E_INVALID },
		{ "a time", REGISTER_APPROVED_ON, "2027-01-31T00:00:00Z", E_INVALID },
		{ "control characters", REGISTER_RISK, "a\033[2J", E_INVALID },
		{ "no UTF-8", REGISTER_UNIT, "\xff", E_INVALID },
		{ "taken away", REGISTER_UNIT, "", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct register_values v = { 0 };
		struct err err = { 0 };
		v.v[cases[i].field] = str_c(cases[i].value);
		int r = register_values_check(&v, &err);
		if (r != -cases[i].code ||
		    (r && strcmp(err.field, register_fields[cases[i].field].name) != 0))
			fail_msg("%s: %s, field \"%s\"", cases[i].name, err_name(r), err.field);
	}
}

static void test_too_long(void **state)
{
	char text[2001];
	struct register_values v = { 0 };
	struct err err = { 0 };

	(void)state;
	memset(text, 'x', sizeof(text));
	for (int i = 0; i < REGISTER_FIELDS_LEN; i++) {
		const struct register_field_row *row = &register_fields[i];
		if (row->type == REGISTER_DATE || row->max >= sizeof(text) ||
		    strncmp(row->name, "credential", 10) == 0)
			continue;
		v = (struct register_values){ 0 };
		v.v[i] = str_n(text, row->max);
		assert_int_equal(register_values_check(&v, &err), 0);
		v.v[i] = str_n(text, row->max + 1);
		assert_int_equal(register_values_check(&v, &err), -E_TOO_LARGE);
		assert_string_equal(err.field, row->name);
	}
}

static int round_trip(void *arg)
{
	struct arena *a = arg;
	const struct str items[] = { STR(" a "), STR(""), STR("b, c") };
	struct register_values base = { 0 }, with = { 0 }, back = { 0 };
	int r = 0;

	base.v[REGISTER_DEPUTY] = STR("Anna");
	base.v[REGISTER_UNIT] = STR("Sales");
	with.v[REGISTER_UNIT] = STR("");
	with.v[REGISTER_HOOKS] = register_join(a, items, ARRAY_LEN(items));
	struct str column = with.v[REGISTER_HOOKS].p ? register_values_write(a, &base, &with)
						     : STR_NONE;
	r = column.p ? register_values_read(a, column, &back) : -E_NOMEM;
	if (r == 0) {
		assert_true(str_eq(back.v[REGISTER_DEPUTY], STR("Anna")));
		assert_null(back.v[REGISTER_UNIT].p);
		assert_true(str_eq(back.v[REGISTER_HOOKS], STR("a, b, c")));
	}
	return r;
}

static void test_the_column(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct register_values v;

	(void)state;
	assert_non_null(a);
	assert_int_equal(round_trip(a), 0);
	assert_int_equal(register_values_read(a, STR("[]"), &v), -E_INVALID);
	assert_int_equal(register_values_read(a, STR("x"), &v), -E_INVALID);
	arena_free(&a);
}

static void test_members(void **state)
{
	struct register_values v = { 0 };
	struct json_writer w;
	struct buf out;

	(void)state;
	v.v[REGISTER_HOOKS] = STR("a, b");
	v.v[REGISTER_RISK] = STR("high");
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	register_values_members(&w, &v);
	jw_object_end(&w);
	assert_non_null(strstr(out.p, "\"hooks\":[\"a\",\"b\"]"));
	assert_non_null(strstr(out.p, "\"risk\":\"high\""));
	assert_non_null(strstr(out.p, "\"unit\":null"));
	assert_non_null(strstr(out.p, "\"templates\":[]"));
	buf_done(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_checks),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_the_column),
		cmocka_unit_test(test_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
