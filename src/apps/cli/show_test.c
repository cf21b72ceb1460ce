#include "apps/cli/show.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"

static const struct {
	const char *name, *noun, *verb;
	const char *answer, *shown;
} cases[] = {
	{ "a list is a table in the order of its noun", "account", "list",
	    "{\"items\":[{\"name\":\"Calzature Rossi\",\"waba\":\"900800700\",\"limit\":2000},"
	    "{\"name\":\"B\",\"waba\":\"9\",\"limit\":null}],\"next\":null}",
	    "Account    Name             Limit in 24 hours\n"
	    "900800700  Calzature Rossi  2000\n"
	    "9          B                –\n" },
	{ "a page that goes on", "account", "list", "{\"items\":[{\"waba\":\"9\"}],\"next\":\"9\"}",
	    "Account\n9\nThere is more: --cursor 9\n" },
	{ "nothing", "account", "list", "{\"items\":[],\"next\":null}",
	    "There is nothing to list.\n" },
	{ "widths count characters, not bytes", "account", "list",
	    "{\"items\":[{\"waba\":\"\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\",\"name\":\"x\"}]}",
	    "Account   Name\n\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8\xc3\xa8  x\n" },
	{ "a long cell is cut, the last one is not", "alarm", "list",
	    "{\"items\":[{\"at\":\"0123456789012345678901234567890123456789012345678901234567890123456789\","
	    "\"detail\":\"0123456789012345678901234567890123456789012345678901234567890123456789\"}]}",
	    "At                                                                Detail\n"
	    "012345678901234567890123456789012345678901234567890123456789012…  "
	    "0123456789012345678901234567890123456789012345678901234567890123456789\n" },
	{ "lists in a cell", "number", "list",
	    "{\"items\":[{\"id\":\"1\",\"paused\":[{\"purpose\":\"marketing\"},{\"x\":1}]},"
	    "{\"id\":\"2\",\"paused\":[]}]}",
	    "Id  Pauses\n1   marketing, …\n2   –\n" },
	{ "rows of an unknown shape", "alarm", "list",
	    "{\"items\":[{\"strange\":1,\"at_all\":[2]}]}", "strange  at_all\n1        2\n" },
	{ "an object is lines", "status", "show",
	    "{\"mode\":\"enforce\",\"ready\":true,\"queues\":{\"held\":3},\"never_seen\":1.5}",
	    "Mode        enforce\nReady       yes\nQueues\n  Held  3\nnever_seen  1.5\n" },
	{ "a list in an object", "consent", "show",
	    "{\"phone\":\"+393331234501\",\"consents\":[{\"purpose\":\"all\",\"act\":\"grant\"}]}",
	    "Telephone number  +393331234501\nConsents\n  Purpose  Act\n  all      grant\n" },
	{ "what was done is said first", "account", "remove", "{\"id\":\"9\",\"removed\":true}",
	    "The account was removed.\nId       9\nRemoved  yes\n" },
	{ "a new key", "integration", "add",
	    "{\"id\":\"app_1\",\"name\":\"crm\",\"key\":\"varco_k\"}",
	    "The app is in the register. Its key is shown this once only.\n"
	    "Id    app_1\nName  crm\nKey   varco_k\n" },
	{ "no key any more", "integration", "add",
	    "{\"id\":\"app_1\",\"name\":\"crm\",\"key\":null}",
	    "The app is in the register already; its key is not shown again.\n"
	    "Id    app_1\nName  crm\nKey   –\n" },
	{ "a decision and why", "decision", "show",
	    "{\"decision\":\"dec_1\",\"verdict\":\"refuse\",\"rules\":[\"window.closed\"],\"warnings\":[],"
	    "\"details\":[{\"id\":\"window.closed\",\"level\":\"refuse\",\"because\":\"B.\",\"remedy\":\"R.\","
	    "\"who\":\"app\"}]}",
	    "Decision  dec_1\nVerdict   refuse\n\nrefuse  window.closed\n  B.\n  What to do: R. (app)\n" },
	{ "controls are made harmless", "account", "list",
	    "{\"items\":[{\"waba\":\"\\u001b[2J\\n\\u202e\",\"\\u001b\":1}]}",
	    "Account\n?[2J??\n" },
	{ "in names, too", "status", "show", "{\"\\u001b[1m\":\"\\u009b\"}", "?[1m  ?\n" },
	{ "no object at all", "status", "show", "[1]", "" },
	{ "no decision at all", "decision", "show", "[{\"details\":1}]", "" },
	{ "rows that are none", "account", "list", "{\"items\":[[1],2,null]}", "" },
	{ "rows that are none behind one that is", "account", "list",
	    "{\"items\":[{\"waba\":\"9\"},[1]]}", "Account\n9\n–\n" },
};

static int show(const struct noun_verb *api, const char *text, struct buf *out)
{
	struct arena *a = arena_new(0, 0);
	const struct json *answer;
	int rc = a ? json_read(a, str_c(text), &answer, NULL) : -E_NOMEM;

	if (rc == 0)
		show_answer(api, answer, a, out);
	if (rc == 0 && out->failed)
		rc = -E_NOMEM;
	arena_free(&a);
	return rc;
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct buf out;
		buf_init(&out, 0);
		int rc = show(noun_verb_find(cases[i].noun, cases[i].verb), cases[i].answer, &out);
		if (rc < 0 || !str_eq_c(buf_str(&out), cases[i].shown))
			fail_msg("%s: %s\n%s", cases[i].name, err_name(rc), out.p ? out.p : "");
		buf_done(&out);
	}
}

static int show_case(void *arg)
{
	size_t i = *(size_t *)arg;
	struct buf out;

	buf_init(&out, 0);
	int rc = show(noun_verb_find(cases[i].noun, cases[i].verb), cases[i].answer, &out);
	buf_done(&out);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		torture(cases[i].name, show_case, &i);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
