#include "domain/purpose.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Every value has a word that reads back as itself, in any case; the values are stored, so they stay. */
static void test_words(void **state)
{
	(void)state;
	for (int v = PURPOSE_MARKETING; v <= PURPOSE_ALL; v++) {
		enum purpose p = PURPOSE_NONE;
		assert_int_equal(purpose_parse(str_c(purpose_name((enum purpose)v)), &p), 0);
		assert_int_equal(p, v);
	}
	for (int v = EVIDENCE_NONE; v <= EVIDENCE_SIGNED; v++) {
		enum evidence e = EVIDENCE_SIGNED;
		assert_int_equal(evidence_parse(str_c(evidence_name((enum evidence)v)), &e), 0);
		assert_int_equal(e, v);
	}
	for (int v = LEVEL_OFF; v <= LEVEL_REFUSE; v++) {
		enum level l = LEVEL_OFF;
		assert_int_equal(level_parse(str_c(level_name((enum level)v)), &l), 0);
		assert_int_equal(l, v);
	}
	enum purpose p = PURPOSE_NONE;
	assert_int_equal(purpose_parse(STR("UTILITY"), &p), 0);
	assert_int_equal(p, 2);
}

static void test_others(void **state)
{
	static const char *const words[] = { "", "market", "marketing ", "none_", "refused" };
	enum purpose p = PURPOSE_SERVICE;
	enum evidence e = EVIDENCE_FORM;
	enum level l = LEVEL_HOLD;

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		struct str word = str_c(words[i]);
		if (purpose_parse(word, &p) != -E_INVALID ||
		    evidence_parse(word, &e) != -E_INVALID || level_parse(word, &l) != -E_INVALID)
			fail_msg("\"%s\" is no word", words[i]);
	}
	assert_int_equal(purpose_parse(STR_NONE, &p), -E_INVALID);
	assert_int_equal(p, PURPOSE_SERVICE);
	assert_string_equal(purpose_name(PURPOSE_NONE), "");
	assert_string_equal(purpose_name((enum purpose)77), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_others),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
