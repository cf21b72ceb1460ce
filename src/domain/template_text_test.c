/* Variables of template texts: what is one, which there are and in what order, and how long a text gets. */
#include "domain/template_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static const struct {
	const char *text;
	const char *names; /* with a blank between */
	bool named;
	int64_t length; /* with ten code points for each variable */
} cases[] = {
	{ "", "", false, 0 },
	{ "Ciao", "", false, 4 },
	{ "{{1}}", "1", false, 10 },
	{ "è {{1}}", "1", false, 12 },
	{ "{{2}} e {{1}}", "1 2", false, 23 },
	{ "{{10}} {{9}}", "9 10", false, 21 },
	{ "{{1}}{{1}}", "1", false, 20 },
	{ "{{ 1 }}", "1", false, 10 },
	{ "{{nome}} {{cognome}}", "nome cognome", true, 21 },
	{ "{{nome}} {{1}}", "nome 1", true, 21 },
	{ "{{a b}}", "", false, 7 },
	{ "{{}}", "", false, 4 },
	{ "{{ }}", "", false, 5 },
	{ "{1}", "", false, 3 },
	{ "{{1}", "", false, 4 },
	{ "{{1", "", false, 3 },
	{ "{{{1}}}", "1", false, 12 },
	{ "{{#1}} {{1}}", "1", false, 17 },
	{ "{{a{{1}}", "1", false, 13 },
	{ "}}{{", "", false, 4 },
};

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		static struct template_variables vars;
		int64_t lengths[TEMPLATE_VARIABLES_MAX];
		char names[100] = "";
		size_t at = 0;

		template_variables_read(str_c(cases[i].text), &vars);
		for (size_t v = 0; v < vars.len; v++) {
			at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%.*s",
			    v > 0 ? " " : "", STR_ARG(vars.names[v]));
			lengths[v] = 10;
		}
		if (strcmp(names, cases[i].names) != 0 || vars.named != cases[i].named ||
		    vars.too_many)
			fail_msg("%s: '%s'", cases[i].text, names);
		assert_int_equal(
		    template_text_length(str_c(cases[i].text), &vars, lengths), cases[i].length);
	}
}

static void test_find(void **state)
{
	static struct template_variables vars;

	(void)state;
	template_variables_read(STR("{{b}} {{a}}"), &vars);
	assert_int_equal(template_variables_find(&vars, STR("a")), 1);
	assert_int_equal(template_variables_find(&vars, STR("b")), 0);
	assert_int_equal(template_variables_find(&vars, STR("A")), -1);
	assert_int_equal(template_variables_find(&vars, STR_NONE), -1);
}

static void test_too_many(void **state)
{
	static struct template_variables vars;
	static char text[(TEMPLATE_VARIABLES_MAX + 1) * 8];
	size_t at = 0;

	(void)state;
	for (int i = 0; i <= TEMPLATE_VARIABLES_MAX; i++) {
		if (i == TEMPLATE_VARIABLES_MAX) {
			template_variables_read(str_n(text, at), &vars);
			assert_false(vars.too_many);
			assert_int_equal(vars.len, TEMPLATE_VARIABLES_MAX);
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "{{%d}}", i);
	}
	template_variables_read(str_n(text, at), &vars);
	assert_true(vars.too_many);
	assert_int_equal(vars.len, TEMPLATE_VARIABLES_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_find),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests_name("template_text", tests, NULL, NULL);
}
