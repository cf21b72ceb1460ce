/* Tags, attributes and text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/scan/parse_xml.h"
#include "base/check.h"

/* "<name a=b>" for a tag that opens, "</name>", and text in quotes. */
static const struct row {
	const char *name, *text, *tags;
} rows[] = {
	{ "nothing", "", "" },
	{ "a tag with text", "<a>\n one \n</a>", "<a>'one'</a>" },
	{ "attributes", "<a b=\"1\" c = '2' d=\"x>y\"/>", "<a b=1 c=2 d=x>y>" },
	{ "a prefix", "<p:a p:b=\"1\"></p:a>", "<p:a p:b=1></p:a>" },
	{ "what is passed over", "<?xml x?><!DOCTYPE a><!-- <b> --><a/>", "<a>" },
	{ "CDATA", "<a><![CDATA[ <b> ]]></a>", "<a>'<b>'</a>" },
	{ "a tag that does not end", "<a><b c=\"", "<a>" },
	{ "a comment that does not end", "<a/><!-- <b/>", "<a>" },
	{ "an attribute without a value", "<a b c=\"1\">", "<a>" },
	{ "an attribute without quotes", "<a b=1>", "<a>" },
	{ "text alone", " one ", "'one'" },
};

static void print_tag(struct buf *out, const struct xml *x)
{
	struct str rest = x->attributes, name, value;

	if (x->kind == XML_TEXT) {
		buf_addf(out, "'%.*s'", STR_ARG(x->text));
		return;
	}
	buf_addf(out, "<%s%.*s", x->kind == XML_CLOSE ? "/" : "", STR_ARG(x->name));
	while (x->kind == XML_OPEN && xml_attribute_next(&rest, &name, &value))
		buf_addf(out, " %.*s=%.*s", STR_ARG(name), STR_ARG(value));
	buf_add_c(out, ">");
}

static void test_tags(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct xml x = { .rest = str_c(rows[i].text) };
		buf_reset(&out);
		buf_add_c(&out, "");
		while (xml_next(&x))
			print_tag(&out, &x);
		if (strcmp(out.len ? out.p : "", rows[i].tags) != 0)
			fail_msg("%s: %s instead of %s", rows[i].name, out.p, rows[i].tags);
	}
	buf_done(&out);
}

static void test_attributes(void **state)
{
	struct xml x = { .rest = STR("<p:a one=\"1\" p:two='2'>") };

	(void)state;
	assert_true(xml_next(&x));
	assert_true(xml_named(&x, "a"));
	assert_false(xml_named(&x, "p:a"));
	assert_true(str_eq_c(xml_attribute(&x, "p:two"), "2"));
	assert_null(xml_attribute(&x, "two").p);
}

static void test_decode(void **state)
{
	static const struct {
		const char *text, *decoded;
	} cases[] = { { "", "" }, { "one", "one" },
		{ "&lt;a&gt; &amp;amp; &quot;", "<a> &amp; \"" }, { "&#10;&#xA;&apos;", "\n\n'" },
		{ "&nbsp; & &", "&nbsp; & &" } };
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str got = xml_decode(a, str_c(cases[i].text));
		if (!str_eq_c(got, cases[i].decoded))
			fail_msg("%s: %.*s", cases[i].text, STR_ARG(got));
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_attributes),
		cmocka_unit_test(test_decode),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
