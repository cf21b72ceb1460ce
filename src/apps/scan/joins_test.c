#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/scan/joins.h"
#include "base/check.h"

static void test_what_is_sewn(void **state)
{
	static const struct {
		const char *text, *mended; /* NULL = as it is */
	} cases[] = {
		{ "go(\"web.what\"+\"sapp.com\")", "go(\"web.whatsapp.com\"   )" },
		{ "go('web.what' . 'sapp.com');", "go('web.whatsapp.com'     );" },
		{ "go('web.what' .. 'sapp.com')", "go('web.whatsapp.com'      )" },
		{ "go('web.what'\n   'sapp.com')", "go('web.whatsapp.com' \n    )" },
		{ "x = \"web.whats\" & \"app.com\"", "x = \"web.whatsapp.com\"     " },
		{ "a = 'wha' + 'ts' + 'app'", "a = 'whatsapp'          " },
		{ "\"https://web\" + \".whatsapp.com/\"", "\"https://web.whatsapp.com/\"     " },
		{ "\"web.\" + f'whatsapp.com'", "\"web.whatsapp.com\"      " },
		{ "\"WEB.WHATS\"+\"APP.COM\"", "\"WEB.WHATSAPP.COM\"   " },
		/* the word does not go over the seam */
		{ "\"web.whatsapp.com\" + \"/send\"", NULL },
		{ "\"hello \" + \"whatsapp\"", NULL },
		{ "\"what\" + \" sapp\"", NULL },
		{ "\"what\", \"sapp\"", NULL },
		{ "\"what\" + x + \"sapp\"", NULL },
		{ "\"what\" + \"sapp", NULL },
		{ "'what'+'sapp\n'", NULL },
		{ "\"", NULL },
		{ "", NULL },
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = str_c(cases[i].text), is = joins_mend(a, text);
		const char *wanted = cases[i].mended ? cases[i].mended : cases[i].text;
		if (!str_eq_c(is, wanted))
			fail_msg("%s: \"%.*s\"", cases[i].text, STR_ARG(is));
		if (is.len != text.len)
			fail_msg("%s has another length", cases[i].text);
	}
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_sewn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
