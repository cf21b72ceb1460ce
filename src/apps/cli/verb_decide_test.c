/* varco decide from outside: what goes in, what comes out, and with which exit code. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include <cmocka.h>

#include "apps/cli/verb_test.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/file.h"

#define TEXT_CASE(name, more) \
	"{\"name\":\"" name "\",\"now\":\"2026-11-22T10:00:00Z\",\"facts\":{\"person\":{" \
	"\"phone\":\"+393331234567\"}},\"send\":{\"body\":{\"messaging_product\":\"whatsapp\"," \
	"\"to\":\"+393331234567\",\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}}}" more "}"
#define EXPECT(rule) ",\"expect\":{\"verdict\":\"refuse\",\"rules\":[\"" rule "\"]}"

static const struct {
	const char *name;
	const char *args[6];
	const char *input;
	int code;
	const char *out, *complaint; /* pieces; NULL = nothing at all */
} cases[] = {
	{ "one line, one decision", { 0 }, TEXT_CASE("a", "") "\n", EXIT_OK,
	    "{\"name\":\"a\",\"verdict\":\"refuse\",\"purpose\":\"service\",\"rules\":[\"window.closed\"]",
	    NULL },
	{ "an array", { 0 }, "[" TEXT_CASE("a", "") "," TEXT_CASE("b", "") "]", EXIT_OK,
	    "{\"name\":\"b\"", NULL },
	{ "in Italian", { "--lang", "it" }, TEXT_CASE("a", ""), EXIT_OK,
	    "La finestra di assistenza", NULL },
	{ "a level of one's own", { "--set", "window.closed=warn" }, TEXT_CASE("a", ""), EXIT_OK,
	    "\"verdict\":\"allow\",\"purpose\":\"service\",\"rules\":[],\"warnings\":[\"window.closed\"]",
	    NULL },
	{ "two levels", { "--set", "window.closed=off", "--set=limit.cost=refuse" },
	    TEXT_CASE("a", ""), EXIT_OK, "\"details\":[]", NULL },
	{ "a rule that is none", { "--set", "windw.closed=off" }, "", EXIT_USAGE, NULL,
	    "the nearest is \"window.closed\"" },
	{ "a level that is none", { "--set", "window.closed=no" }, "", EXIT_USAGE, NULL,
	    "off, warn, hold or refuse" },
	{ "a language that is none", { "--lang", "xx" }, "", EXIT_USAGE, NULL, "use it or en" },
	{ "an option that is none", { "--bogus" }, "", EXIT_USAGE, NULL, "bogus" },
	{ "malformed, and the rest goes on", { 0 }, "{\"now\":1}\n" TEXT_CASE("b", ""), EXIT_USAGE,
	    "{\"name\":\"b\"", "<stdin>:1: now must be" },
	{ "an unknown fact", { 0 },
	    "\n{\"now\":\"2026-11-22T10:00:00Z\",\"facts\":{\"app\":{\"x\":1}}}", EXIT_USAGE, NULL,
	    "<stdin>:2: facts.app.x" },
	{ "as expected", { "--test" }, TEXT_CASE("a", EXPECT("window.closed")), EXIT_OK,
	    "Cases: 1; as expected: 1; different: 0; malformed: 0.", NULL },
	{ "not as expected", { "--test" }, TEXT_CASE("a", EXPECT("limit.pair")), EXIT_FAILED,
	    "<stdin>:1: a\n  rules: missing limit.pair\n  rules: not expected window.closed\n"
	    "    refuse window.closed: The customer service window",
	    NULL },
	{ "not as expected, as JSON", { "--test", "--json" }, TEXT_CASE("a", EXPECT("limit.pair")),
	    EXIT_FAILED,
	    "\"differences\":[\"rules: missing limit.pair\",\"rules: not expected window.closed\"],"
	    "\"decision\":{\"name\":\"a\"",
	    NULL },
	{ "counted as JSON", { "--test", "--json" }, TEXT_CASE("a", EXPECT("window.closed")),
	    EXIT_OK, "{\"cases\":1,\"as_expected\":1,\"different\":0,\"malformed\":0}", NULL },
	{ "without expect", { "--test" }, TEXT_CASE("a", ""), EXIT_USAGE,
	    "Cases: 1; as expected: 0; different: 0; malformed: 1.",
	    "<stdin>:1: The case has no expect." },
	{ "malformed beats different", { "--test" },
	    TEXT_CASE("a", EXPECT("limit.pair")) "\n" TEXT_CASE("b", ",\"expect\":{}"), EXIT_USAGE,
	    "Cases: 2; as expected: 0; different: 1; malformed: 1.", "<stdin>:2: expect must be" },
	{ "nothing at all", { 0 }, "", EXIT_OK, NULL, NULL },
	{ "nothing to test", { "--test" }, "", EXIT_FAILED, "Cases: 0;", "There is no case" },
	{ "a file that is not there", { "/nonexistent" }, "", EXIT_FAILED, NULL, "/nonexistent" },
	{ "a policy that is not there", { "--policy", "/nonexistent" }, "", EXIT_FAILED, NULL,
	    "/nonexistent" },
	{ "the built-in pack by its file", { "--policy", "packs/default.json" }, TEXT_CASE("a", ""),
	    EXIT_OK, "\"rules\":[\"window.closed\"]", NULL },
};

static bool has(const struct buf *b, const char *piece)
{
	return piece ? strstr(b->p ? b->p : "", piece) != NULL : b->len == 0;
}

static void test_runs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *args[8] = { "varco decide" };
		struct verb_run run;
		memcpy(args + 1, cases[i].args, sizeof(cases[i].args));
		verb_run(verb_decide, args, cases[i].input, &run);
		if (run.code != cases[i].code || !has(&run.out, cases[i].out) ||
		    !has(&run.complaints, cases[i].complaint))
			fail_msg("%s: exit %d\n%s\n%s", cases[i].name, run.code, run.out.p,
			    run.complaints.p);
		verb_run_done(&run);
	}
}

static void put_file(const char *folder, const char *name, const char *text)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	assert_int_equal(file_write_atomic(path, str_c(text), 0600, NULL), 0);
}

static void remove_file(const char *folder, const char *name)
{
	char path[200];

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	unlink(path);
}

static void test_a_directory_is_its_jsonl(void **state)
{
	char folder[] = "/tmp/varco-decide-XXXXXX";
	struct verb_run run;

	(void)state;
	assert_non_null(mkdtemp(folder));
	put_file(folder, "b.jsonl", TEXT_CASE("second", "") "\n");
	put_file(folder, "a.jsonl", TEXT_CASE("first", "") "\n");
	put_file(folder, "c.json", TEXT_CASE("never", "") "\n");
	verb_run(verb_decide, (const char *[]){ "varco decide", folder, NULL }, NULL, &run);
	assert_int_equal(run.code, EXIT_OK);
	const char *first = strstr(run.out.p, "\"first\""),
		   *second = strstr(run.out.p, "\"second\"");
	assert_true(first && second && first < second);
	assert_null(strstr(run.out.p, "never"));
	verb_run_done(&run);
	remove_file(folder, "a.jsonl");
	remove_file(folder, "b.jsonl");
	remove_file(folder, "c.json");
	assert_int_equal(rmdir(folder), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_runs),
		cmocka_unit_test(test_a_directory_is_its_jsonl),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
