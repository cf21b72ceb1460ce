/* Components and the places in them. */
#include "domain/template_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *v = NULL;

	assert_int_equal(json_read(a, str_c(text), &v, NULL), 0);
	return v;
}

static void test_places(void **state)
{
	static const struct {
		const char *place, *text;
	} wanted[] = {
		{ "BODY.type", "BODY" },
		{ "BODY.text", "Ciao {{1}}" },
		{ "BODY.example.body_text[0][0]", "Anna" },
		{ "BUTTONS.type", "BUTTONS" },
		{ "BUTTONS.buttons[0].text", "Apri" },
		{ "BUTTONS.buttons[0].index", "3" },
		{ "?[0]", "null" },
	};
	struct arena *a = arena_new(0, 0);
	struct template_part *parts = NULL;
	size_t n = 0;

	(void)state;
	assert_int_equal(
	    template_parts(a,
		parse(a,
		    "[{\"type\":\"BODY\",\"text\":\"Ciao {{1}}\",\"example\":{\"body_text\":[[\"Anna\"]]}},"
		    "{\"type\":\"BUTTONS\",\"buttons\":[{\"text\":\"Apri\",\"index\":3}]},[null]]"),
		&parts, &n),
	    0);
	assert_int_equal(n, ARRAY_LEN(wanted));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(parts[i].place, str_c(wanted[i].place)) ||
		    !str_eq(parts[i].text, str_c(wanted[i].text)))
			fail_msg("%s: %.*s = %.*s", wanted[i].place, STR_ARG(parts[i].place),
			    STR_ARG(parts[i].text));
		assert_ptr_equal(template_parts_find(parts, n, parts[i].place), &parts[i]);
	}
	assert_null(template_parts_find(parts, n, STR("HEADER.text")));
	arena_free(&a);
}

static void test_bound(void **state)
{
	static char text[8 * TEMPLATE_PARTS_MAX];
	struct arena *a = arena_new(0, 0);
	struct template_part *parts = NULL;
	size_t n = 0, at = 2;

	(void)state;
	memcpy(text, "[[", 2);
	for (size_t i = 0; i < TEMPLATE_PARTS_MAX + 5; i++) {
		memcpy(text + at, "1,", 2);
		at += 2;
	}
	memcpy(text + at - 1, "]]", 3);
	assert_int_equal(template_parts(a, parse(a, text), &parts, &n), 0);
	assert_int_equal(n, TEMPLATE_PARTS_MAX);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
