#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json_place.h"

static const char text[] =
    "[\n"
    "  {\"name\": \"a\", \"list\": [1, {\"x\": \"}]\"}, true]},\n"
    "\t{ \"è\":{\"y\\\"z\": -1.5e3}, \"\xf0\x9f\x99\x82\": null, \"last\" :\n"
    "      \"end\"}\n"
    "]\n";

static const struct {
	const char *path;
	size_t line, column;
} rows[] = {
	{ "", 1, 1 },
	{ "[0]", 2, 3 },
	{ "[0].name", 2, 12 },
	{ "[0].list", 2, 25 },
	{ "[0].list[1]", 2, 29 },
	{ "[0].list[1].x", 2, 35 },
	{ "[0].list[2]", 2, 42 },
	{ "[0].list[3]", 2, 25 },
	{ "[0].none", 2, 3 },
	{ "[0].name.x", 2, 12 },
	{ "[1].è", 3, 8 },
	{ "[1].\xf0\x9f\x99\x82", 3, 32 },
	{ "[1].last", 4, 7 },
	{ "[2]", 1, 1 },
	{ "[x]", 1, 1 },
	{ "[1", 1, 1 },
	{ "name", 1, 1 },
	{ ".", 1, 1 },
};

static void test_places(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct json_place p = json_place_find(str_c(text), str_c(rows[i].path));

		if (p.line != rows[i].line || p.column != rows[i].column)
			fail_msg("%s: %zu:%zu", rows[i].path, p.line, p.column);
	}
}

/* Any beginning of it, which is no JSON. */
static void test_torn(void **state)
{
	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		for (size_t i = 0; i < ARRAY_LEN(rows); i++)
			assert_true(
			    json_place_find(str_n(text, len), str_c(rows[i].path)).line >= 1);
	}
}

static void test_items_one_after_the_other(void **state)
{
	static const char listed[] =
	    "{\"data\": [ {\"a\":\"\xf0\x9f\x98\x80\",\"b\":1},\n {\"b\":[2]} ,\n"
	    "{\"c\":{\"b\":3}}, 4 ]}";
	static const struct {
		size_t index;
		const char *path;
	} places[] = { { 0, "" }, { 0, "b" }, { 1, "b[0]" }, { 1, "none" }, { 2, "c.b" }, { 3, "" },
		{ 3, "a" } };
	struct json_places p;

	(void)state;
	json_places_init(&p, str_c(listed), STR("data"));
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		char path[64];
		(void)snprintf(path, sizeof(path), "data[%zu]%s%s", places[i].index,
		    places[i].path[0] ? "." : "", places[i].path);
		struct json_place one = json_place_find(str_c(listed), str_c(path));
		struct json_place is = json_places_find(&p, places[i].index, str_c(places[i].path));
		if (one.line != is.line || one.column != is.column)
			fail_msg("%s: %zu:%zu, not %zu:%zu", path, is.line, is.column, one.line,
			    one.column);
	}
	/* No array, and a text that ends early: some place in it. */
	json_places_init(&p, STR("{\"a\":1}"), STR(""));
	assert_int_equal(json_places_find(&p, 2, STR("a")).line, 1);
	for (size_t len = 0; len < sizeof(listed); len++) {
		json_places_init(&p, str_n(listed, len), STR("data"));
		assert_true(json_places_find(&p, 3, STR("a")).line >= 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_torn),
		cmocka_unit_test(test_items_one_after_the_other),
	};

	return cmocka_run_group_tests_name("json_place", tests, NULL, NULL);
}
