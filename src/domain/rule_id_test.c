#include "domain/rule_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static void test_order(void **state)
{
	(void)state;
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		enum rule_index index = (enum rule_index)i, by_id, by_number;
		struct str id = str_c(rule_index_id(index));
		assert_true(rule_index_by_id(id, &by_id));
		assert_true(rule_index_by_number(rule_index_number(index), &by_number));
		if (by_id != index || by_number != index)
			fail_msg("%s", rule_index_id(index));
		if (i > 0 &&
		    rule_index_number(index) <= rule_index_number((enum rule_index)(i - 1)))
			fail_msg("%s is out of order", rule_index_id(index));
	}
}

static void test_strangers(void **state)
{
	enum rule_index index = RULE_LIMIT_COST;

	(void)state;
	assert_false(rule_index_by_id(STR("window"), &index));
	assert_false(rule_index_by_id(STR_NONE, &index));
	assert_false(rule_index_by_number(207, &index));
	assert_int_equal(index, RULE_LIMIT_COST);
}

static void test_nearest(void **state)
{
	static const struct {
		const char *word, *nearest;
	} cases[] = {
		{ "windw.closed", "window.closed" },
		{ "limit.quiethours", "limit.quiet_hours" },
		{ "consent.mising", "consent.missing" },
		{ "zzzzzzzz", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str found = rule_index_nearest(str_c(cases[i].word));
		if (!str_eq_c(found, cases[i].nearest))
			fail_msg("%s: %.*s", cases[i].word, STR_ARG(found));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_strangers),
		cmocka_unit_test(test_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
