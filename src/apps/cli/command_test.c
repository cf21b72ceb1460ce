#include "apps/cli/command.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "apps/cli/verb_test.h"
#include "apps/cli/verbs.h"
#include "base/check.h"

/* --- a small table ---------------------------------------------------------------------------- */

static int say(const char *what, int argc, char **argv)
{
	printf("%s:", what);
	for (int i = 0; i < argc; i++)
		printf(" [%s]", argv[i]);
	printf("\n");
	return argc;
}

static int run_alone(int argc, char **argv)
{
	return say("alone", argc, argv);
}

static int run_pair(int argc, char **argv)
{
	return say("pair", argc, argv);
}

static int run_import(int argc, char **argv)
{
	return say("import", argc, argv);
}

static const struct argp_option options[] = {
	{ "colour", 'c', "WORD", 0, "The colour", 0 },
	{ 0 },
};

static const struct argp argp = {
	.options = options, .args_doc = "FILE", .doc = "A longer sentence."
};

static const struct command rows[] = {
	{ "alone", NULL, run_alone, &argp, "One sentence.", "varco alone x", NULL },
	{ "pair", "up", run_pair, &argp, "Another sentence.", "varco pair up x", NULL },
	{ "consent", "import", run_import, NULL, NULL, NULL, NULL },
};

static int setup(void **state)
{
	(void)state;
	commands_setup(rows, ARRAY_LEN(rows));
	return 0;
}

/* --- what runs -------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	const char *args[5];
	int code;
	const char *out, *complaint;
} cases[] = {
	{ "a noun alone", { "alone", "x", "-y" }, 3, "alone: [varco alone] [x] [-y]", NULL },
	{ "a noun alone that a verb could follow", { "alone", "up" }, 2,
	    "alone: [varco alone] [up]", NULL },
	{ "a noun and a verb", { "pair", "up", "x" }, 2, "pair: [varco pair up] [x]", NULL },
	{ "a row of one's own for a verb of the API", { "consent", "import" }, 1,
	    "import: [varco consent import]", NULL },
	{ "help behind the verb", { "alone", "x", "--help" }, EXIT_OK, "A longer sentence.", NULL },
	{ "no help behind two hyphens", { "alone", "--", "--help" }, 3,
	    "alone: [varco alone] [--] [--help]", NULL },
	{ "help of a noun", { "pair", "--help" }, EXIT_OK, "pair up", NULL },
	{ "help of all", { "--help" }, EXIT_OK, "account add", NULL },
	{ "the version", { "--version" }, EXIT_OK, "varco " VARCO_VERSION, NULL },
	{ "nothing", { NULL }, EXIT_USAGE, NULL, "Usage: varco" },
	{ "a noun that is none", { "alnoe" }, EXIT_USAGE, NULL, "the nearest is \"alone\"" },
	{ "an option that is none", { "--nothing" }, EXIT_USAGE, NULL, "There is no option" },
	{ "a verb that is none", { "pair", "pu" }, EXIT_USAGE, NULL, "the nearest is \"up\"" },
	{ "no verb", { "pair" }, EXIT_USAGE, NULL, "pair up" },
	{ "a noun of many bytes", { "\xc3\xa8\x1b[2J" }, EXIT_USAGE, NULL,
	    "There is no \"\xc3\xa8?[2J\"" },
};

static bool has(const struct buf *b, const char *piece)
{
	return piece ? strstr(b->p ? b->p : "", piece) != NULL : b->len == 0;
}

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *args[7] = { "varco" };
		struct verb_run run;
		memcpy(args + 1, cases[i].args, sizeof(cases[i].args));
		verb_run(command_run, args, NULL, &run);
		if (run.code != cases[i].code || !has(&run.out, cases[i].out) ||
		    !has(&run.complaints, cases[i].complaint))
			fail_msg("%s: exit %d\n%s\n%s", cases[i].name, run.code, run.out.p,
			    run.complaints.p);
		verb_run_done(&run);
	}
}

/* --- the table -------------------------------------------------------------------------------- */

static void test_every_verb_of_the_api_is_there_once(void **state)
{
	size_t n;
	const struct command *c = commands(&n);

	(void)state;
	assert_int_equal(n, noun_verbs_len + 2);
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct command *found = command_find(noun_verbs[i].noun, noun_verbs[i].verb);
		assert_non_null(found);
		assert_ptr_equal(found->api, &noun_verbs[i]);
		assert_string_equal(found->doc, noun_verbs[i].doc);
		assert_string_equal(found->example, noun_verbs[i].example);
	}
	for (size_t i = 0; i < n; i++)
		assert_ptr_equal(command_find(c[i].noun, c[i].verb), &c[i]);
	assert_null(command_find("pair", NULL));
	assert_null(command_find("alone", "up"));
}

static void test_names(void **state)
{
	char name[COMMAND_NAME_MAX];

	(void)state;
	command_name(command_find("alone", NULL), name);
	assert_string_equal(name, "alone");
	command_name(command_find("pair", "up"), name);
	assert_string_equal(name, "pair up");
	assert_string_equal(command_nearest_noun("acount"), "account");
	assert_string_equal(command_nearest_verb("number", "puase"), "pause");
	assert_null(command_nearest_verb("alone", "x"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_every_verb_of_the_api_is_there_once),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
