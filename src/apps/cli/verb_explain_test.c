#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/cli/verb_test.h"
#include "apps/cli/verbs.h"
#include "base/check.h"

static const struct {
	const char *name;
	const char *args[4];
	int code;
	const char *out, *complaint;
} cases[] = {
	{ "by id", { "window.closed" }, EXIT_OK, "window.closed (501): 24-hour window closed",
	    NULL },
	{ "by number", { "401" }, EXIT_OK, "consent.missing (401): No consent", NULL },
	{ "by Varco's code", { "900401" }, EXIT_OK, "Error code: 900401", NULL },
	{ "by Meta's code", { "131049" }, EXIT_OK, "limit.cooldown (707)", NULL },
	{ "a code that no rule answers with", { "131000" }, EXIT_OK, "never repeats it", NULL },
	{ "a rule's code that the pack does not list", { "132000" }, EXIT_OK, "has no row", NULL },
	{ "what it is for", { "account.restricted" }, EXIT_OK, "Who can do it: Meta.", NULL },
	{ "in Italian", { "--lang=it", "window.closed" }, EXIT_OK, "Che cosa fare: Invia", NULL },
	{ "as JSON", { "--json", "501" }, EXIT_OK,
	    "{\"code\":null,\"rules\":[{\"id\":\"window.closed\",\"number\":501,\"level\":\"refuse\","
	    "\"code\":131047,\"status\":400,\"binds\":false,\"who\":\"app\",",
	    NULL },
	{ "a code as JSON", { "--json", "190" }, EXIT_OK,
	    "{\"code\":{\"code\":190,\"listed\":true,\"class\":\"rejected\",\"effect\":\"token\"",
	    NULL },
	{ "a slip", { "windw.closed" }, EXIT_FAILED, NULL,
	    "The nearest rules are: window.closed," },
	{ "a number of nothing", { "207" }, EXIT_FAILED, NULL, "There is no rule or code \"207\"" },
	{ "Varco's number of nothing", { "900207" }, EXIT_FAILED, NULL, "900207" },
	{ "below zero", { "-5" }, EXIT_USAGE, NULL, "no option -5" },
	{ "nothing", { NULL }, EXIT_USAGE, NULL, "Usage" },
	{ "too much", { "501", "502" }, EXIT_USAGE, NULL, "Usage" },
};

static bool has(const struct buf *b, const char *piece)
{
	return piece ? strstr(b->p ? b->p : "", piece) != NULL : b->len == 0;
}

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *args[6] = { "varco explain" };
		struct verb_run run;
		memcpy(args + 1, cases[i].args, sizeof(cases[i].args));
		verb_run(verb_explain, args, NULL, &run);
		if (run.code != cases[i].code || !has(&run.out, cases[i].out) ||
		    !has(&run.complaints, cases[i].complaint))
			fail_msg("%s: exit %d\n%s\n%s", cases[i].name, run.code, run.out.p,
			    run.complaints.p);
		verb_run_done(&run);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
