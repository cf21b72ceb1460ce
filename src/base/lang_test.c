#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "base/lang_table.h"

/* Every language of ours but English has its table, in an order that can be searched, complete. */
static void test_tables(void **state)
{
	(void)state;
	for (size_t i = 0; i < lang_tables_len; i++) {
		const struct lang_table *t = &lang_tables[i];
		enum lang lang = lang_from_code(str_c(t->lang));
		assert_int_not_equal(lang, LANG_EN);
		for (size_t k = 0; k < t->len; k++) {
			const char *msgid = t->entries[k].msgid;
			if (k && strcmp(t->entries[k - 1].msgid, msgid) >= 0)
				fail_msg("%s: \"%s\" is out of order", t->lang, msgid);
			if (strcmp(lang_text(lang, msgid), t->entries[k].msgstr) != 0)
				fail_msg("%s: \"%s\" is not found", t->lang, msgid);
			assert_ptr_equal(lang_text(LANG_EN, msgid), msgid);
		}
	}
	assert_int_equal(lang_tables_len, LANGS - 1);
}

static void test_unknown_sentence_is_itself(void **state)
{
	static const char *const unknown[] = { "", "~ no sentence of ours ~", "\x01" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unknown); i++)
		assert_ptr_equal(lang_text(LANG_IT, unknown[i]), unknown[i]);
}

/* Sentences as they are made, and as they are told. */
static void test_sentences_with_figures(void **state)
{
	static const struct {
		const char *text, *told;
	} cases[] = {
		{ "The value of \"name\" is longer than 63 characters.",
		    "Il valore di \"name\" supera i 63 caratteri." },
		{ "The value of \"a is longer than b\" is missing.",
		    "Manca il valore di \"a is longer than b\"." },
		{ "Line 2, column 7: there is a zero byte.",
		    "Riga 2, colonna 7: c'è un byte zero." },
		{ "Cannot read \"x.csv\": No such file or directory.",
		    "Non si può leggere \"x.csv\": No such file or directory." },
		{ "A send that is held", NULL },
		{ "~ no sentence of ours ~", NULL },
		{ "The value of \"name\" is longer than 63 characters", NULL },
		{ "", NULL },
	};
	char out[200], narrow[12];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *told = lang_sentence(LANG_IT, cases[i].text, out, sizeof(out));
		assert_string_equal(told, cases[i].told ? cases[i].told : cases[i].text);
		assert_ptr_equal(
		    lang_sentence(LANG_EN, cases[i].text, out, sizeof(out)), cases[i].text);
	}
	assert_string_equal(
	    lang_sentence(LANG_IT, cases[0].text, narrow, sizeof(narrow)), "Il valore d");
}

static const struct {
	const char *code;
	enum lang lang;
} codes[] = {
	{ "it", LANG_IT },
	{ "IT", LANG_IT },
	{ "it-IT", LANG_IT },
	{ "it_CH.UTF-8", LANG_IT },
	{ "it.UTF-8", LANG_IT },
	{ "it@euro", LANG_IT },
	{ "en", LANG_EN },
	{ "en_US.UTF-8", LANG_EN },
	{ "ita", LANG_EN },
	{ "i", LANG_EN },
	{ "de-it", LANG_EN },
	{ "C", LANG_EN },
	{ "", LANG_EN },
	{ NULL, LANG_EN },
};

static void test_codes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (lang_from_code(str_c(codes[i].code)) != codes[i].lang)
			fail_msg("%s", codes[i].code);
	}
	assert_string_equal(lang_code(LANG_EN), "en");
	assert_string_equal(lang_code(LANG_IT), "it");
}

static const struct {
	const char *header;
	enum lang lang;
} headers[] = {
	{ "it", LANG_IT },
	{ "it-IT,it;q=0.9,en;q=0.8", LANG_IT },
	{ "en-GB,en;q=0.9,it;q=0.8", LANG_EN },
	{ "en;q=0.8, it;q=0.9", LANG_IT },
	{ "en;q=0.8,it;q=0.81", LANG_IT },
	{ "en;q=0.801,it;q=0.8", LANG_EN },
	{ "de, fr;q=0.9, it;q=0.1", LANG_IT },
	{ "it;q=0", LANG_EN },
	{ "it;q=0.0, en;q=0.1", LANG_EN },
	{ "en, it", LANG_EN },
	{ "it, en", LANG_IT },
	{ "it ; q=0.5 , en ; q=0.4", LANG_IT },
	{ "it;Q=0.5", LANG_IT },
	{ "it;q=x, en", LANG_IT },
	{ "it;q=1.0000000, en", LANG_IT },
	{ "*", LANG_EN },
	{ "de, *;q=0.5", LANG_EN },
	{ ",,;,it", LANG_IT },
	{ "", LANG_EN },
	{ NULL, LANG_EN },
};

static void test_accept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(headers); i++) {
		if (lang_from_accept(str_c(headers[i].header)) != headers[i].lang)
			fail_msg("%s", headers[i].header);
	}
}

static const struct {
	const char *all, *messages, *lang;
	enum lang expected;
} environments[] = {
	{ NULL, NULL, NULL, LANG_EN },
	{ NULL, NULL, "it_IT.UTF-8", LANG_IT },
	{ NULL, "en_GB", "it_IT.UTF-8", LANG_EN },
	{ NULL, "it_IT", "en_US", LANG_IT },
	{ "C", "it_IT", "it_IT", LANG_EN },
	{ "it", NULL, "en", LANG_IT },
	{ "", "", "it", LANG_IT },
};

static void set(const char *name, const char *value)
{
	assert_int_equal(value ? setenv(name, value, 1) : unsetenv(name), 0);
}

static void test_environment(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(environments); i++) {
		set("LC_ALL", environments[i].all);
		set("LC_MESSAGES", environments[i].messages);
		set("LANG", environments[i].lang);
		lang_setup_process();
		if (lang_process() != environments[i].expected)
			fail_msg("row %zu: %s", i, lang_code(lang_process()));
	}
	set("LC_ALL", "C");
	lang_setup_process();
	assert_string_equal(_("text"), "text");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_unknown_sentence_is_itself),
		cmocka_unit_test(test_sentences_with_figures),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_accept),
		cmocka_unit_test(test_environment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
