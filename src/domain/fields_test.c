/* Tables of fields: each type with what fits and what does not, limits on both sides, and paths. */
#include "domain/fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

struct figures {
	int64_t two, three;
};

static const struct figures figures = { 2, 3 };

#define TWO FIELD_FIGURE(struct figures, two)
#define THREE FIELD_FIGURE(struct figures, three)

struct field_case {
	struct field_rule rule;
	const char *json;
	const char *path; /* of the problem; NULL = none */
	int64_t limit, got;
};

static const struct field_case cases[] = {
	{ FIELD_MUST("a", TEXT), "{\"a\":\"x\"}", NULL, -1, -1 },
	{ FIELD_MUST("a", TEXT), "{\"a\":\"\"}", "a", -1, -1 },
	{ FIELD_MUST("a", TEXT), "{\"a\":7}", "a", -1, -1 },
	{ FIELD_MUST("a", TEXT), "{\"a\":null}", "a", -1, -1 },
	{ FIELD_MUST("a", TEXT), "{}", "a", -1, -1 },
	{ FIELD_MAY("a", TEXT), "{}", NULL, -1, -1 },
	{ FIELD_MAY("a", TEXT), "{\"a\":null}", NULL, -1, -1 },
	{ FIELD_MAY("a", TEXT), "{\"a\":\"\"}", "a", -1, -1 },
	{ FIELD_MAY("a", STRING), "{\"a\":\"\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", STRING), "{\"a\":[]}", "a", -1, -1 },
	{ FIELD_MAY("a", TEXT, .words = "x|yy"), "{\"a\":\"yy\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", TEXT, .words = "x|yy"), "{\"a\":\"y\"}", "a", -1, -1 },
	{ FIELD_MAY("a", TEXT, .words = "x|yy"), "{\"a\":\"YY\"}", "a", -1, -1 },
	{ FIELD_MAY("a", TEXT, .max = TWO), "{\"a\":\"èè\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", TEXT, .max = TWO), "{\"a\":\"èèè\"}", "a", 2, 3 },
	{ FIELD_MAY("a", ID), "{\"a\":7}", NULL, -1, -1 },
	{ FIELD_MAY("a", ID), "{\"a\":\"7\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", ID), "{\"a\":7.5}", "a", -1, -1 },
	{ FIELD_MAY("a", LINK), "{\"a\":\"http://a\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", LINK), "{\"a\":\"Https://a\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", LINK), "{\"a\":\"https://\"}", "a", -1, -1 },
	{ FIELD_MAY("a", LINK), "{\"a\":\"javascript:a\"}", "a", -1, -1 },
	{ FIELD_MAY("a", BOOL), "{\"a\":false}", NULL, -1, -1 },
	{ FIELD_MAY("a", BOOL), "{\"a\":0}", "a", -1, -1 },
	{ FIELD_MAY("a", INTEGER, .min = TWO, .max = THREE), "{\"a\":1}", "a", 2, 1 },
	{ FIELD_MAY("a", INTEGER, .min = TWO, .max = THREE), "{\"a\":2}", NULL, -1, -1 },
	{ FIELD_MAY("a", INTEGER, .min = TWO, .max = THREE), "{\"a\":3}", NULL, -1, -1 },
	{ FIELD_MAY("a", INTEGER, .min = TWO, .max = THREE), "{\"a\":4}", "a", 3, 4 },
	{ FIELD_MAY("a", INTEGER), "{\"a\":\"3\"}", "a", -1, -1 },
	{ FIELD_MAY("a", INTEGER), "{\"a\":3.0}", "a", -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":-3.5}", NULL, -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\"-3.5\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\"+3\"}", NULL, -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\"3.\"}", "a", -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\".5\"}", "a", -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\"1e5\"}", "a", -1, -1 },
	{ FIELD_MAY("a", NUMBER), "{\"a\":\"-\"}", "a", -1, -1 },
	{ FIELD_MAY("a", OBJECT), "{\"a\":{}}", NULL, -1, -1 },
	{ FIELD_MAY("a", OBJECT), "{\"a\":[]}", "a", -1, -1 },
	{ FIELD_MAY("a", LIST), "{\"a\":[]}", NULL, -1, -1 },
	{ FIELD_MUST("a", LIST), "{\"a\":[]}", "a", 1, 0 },
	{ FIELD_MUST("a", LIST, .min = TWO), "{\"a\":[1]}", "a", 2, 1 },
	{ FIELD_MAY("a", LIST, .max = TWO), "{\"a\":[1,2,3]}", "a", 2, 3 },
	{ FIELD_MAY("a", LIST), "{\"a\":{}}", "a", -1, -1 },
	/* What holds the field answers for itself. */
	{ FIELD_MUST("a.b", TEXT), "{}", NULL, -1, -1 },
	{ FIELD_MUST("a.b", TEXT), "{\"a\":7}", NULL, -1, -1 },
	{ FIELD_MUST("a.b", TEXT), "{\"a\":{}}", "a.b", -1, -1 },
	{ FIELD_MUST("a[].b", TEXT), "{\"a\":{}}", NULL, -1, -1 },
	{ FIELD_MUST("a[].b", TEXT), "{\"a\":[7]}", NULL, -1, -1 },
	{ FIELD_MUST("a[].b", TEXT), "{\"a\":[{\"b\":\"x\"},{}]}", "a[1].b", -1, -1 },
	{ FIELD_MUST("a[]", OBJECT), "{\"a\":[{},7]}", "a[1]", -1, -1 },
	{ FIELD_MUST("a[]", OBJECT), "{\"a\":[{},null]}", "a[1]", -1, -1 },
	{ FIELD_MUST("a[].b[].c", BOOL), "{\"a\":[{\"b\":[{\"c\":true},{\"c\":1}]}]}",
	    "a[0].b[1].c", -1, -1 },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct field_case *c = &cases[i];
		struct arena *a = arena_new(0, 0);
		const struct json *at;
		struct fields f;
		bool fine;

		assert_non_null(a);
		assert_int_equal(json_read(a, str_c(c->json), &at, NULL), 0);
		fields_init(&f);
		fine = fields_check(&f, at, &c->rule, 1, &figures);
		if (fine != !c->path || strcmp(f.problem.field, c->path ? c->path : "") != 0 ||
		    f.limit != c->limit || f.got != c->got || f.path_len != 0)
			fail_msg("%s in %s: '%s' %s", c->rule.path, c->json, f.problem.field,
			    f.problem.text);
		assert_true(fine || (f.problem.code == E_INVALID && f.problem.text[0]));
		arena_free(&a);
	}
}

/* Rows below what is not there are passed over, and only those: not a name that begins alike, and
 * not what another entry of a list has. */
static const struct field_rule table[] = {
	FIELD_MAY("a", OBJECT),
	FIELD_MUST("a.b", TEXT),
	FIELD_MAY("a.c", LIST),
	FIELD_MUST("a.c[].d", TEXT),
	FIELD_MAY("ab", TEXT),
	FIELD_MAY("e", LIST),
	FIELD_MAY("e[].f", OBJECT),
	FIELD_MUST("e[].f.g", TEXT),
	FIELD_MUST("a.h", TEXT),
};

static const struct {
	const char *json, *path;
} table_cases[] = {
	{ "{}", NULL },
	{ "{\"a\":null}", NULL },
	{ "{\"ab\":7}", "ab" },
	{ "{\"a\":{}}", "a.b" },
	{ "{\"a\":{\"b\":\"x\"}}", "a.h" },
	{ "{\"a\":{\"b\":\"x\",\"c\":[{}]}}", "a.c[0].d" },
	{ "{\"e\":[{\"f\":{}},{}]}", "e[0].f.g" },
	{ "{\"e\":[{},{\"f\":{}}]}", "e[1].f.g" },
	{ "{\"e\":[{},{}]}", NULL },
};

static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(table_cases); i++) {
		const char *path = table_cases[i].path ? table_cases[i].path : "";
		struct arena *a = arena_new(0, 0);
		const struct json *at;
		struct fields f;

		assert_non_null(a);
		assert_int_equal(json_read(a, str_c(table_cases[i].json), &at, NULL), 0);
		fields_init(&f);
		if (fields_check(&f, at, table, ARRAY_LEN(table), NULL) != !*path ||
		    strcmp(f.problem.field, path) != 0)
			fail_msg(
			    "%s: '%s' %s", table_cases[i].json, f.problem.field, f.problem.text);
		arena_free(&a);
	}
}

/* The first problem stays, whatever comes after it. */
static void test_first_stays(void **state)
{
	struct fields f;
	size_t mark, inner;

	(void)state;
	fields_init(&f);
	mark = fields_enter(&f, "a", 0);
	inner = fields_enter(&f, NULL, 1234567);
	assert_false(fields_fail_figures(&f, "b", "One.", 1, 2));
	assert_string_equal(f.path, "a[1234567]");
	fields_leave(&f, inner);
	assert_false(fields_fail(&f, "", "Two."));
	fields_leave(&f, mark);
	assert_string_equal(f.problem.field, "a[1234567].b");
	assert_string_equal(f.problem.text, "One.");
	assert_true(f.limit == 1 && f.got == 2);
	assert_string_equal(f.path, "");
}

/* A path too long is cut, and the way back is not lost. */
static void test_long_path(void **state)
{
	struct fields f;
	size_t marks[64];

	(void)state;
	fields_init(&f);
	for (size_t i = 0; i < ARRAY_LEN(marks); i++)
		marks[i] = fields_enter(&f, "member", 0);
	assert_int_equal(strlen(f.path), FIELDS_PATH_MAX - 1);
	assert_false(fields_fail(&f, "b", "One."));
	for (size_t i = ARRAY_LEN(marks); i > 0; i--)
		fields_leave(&f, marks[i - 1]);
	assert_string_equal(f.path, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_first_stays),
		cmocka_unit_test(test_long_path),
	};

	return cmocka_run_group_tests_name("fields", tests, NULL, NULL);
}
