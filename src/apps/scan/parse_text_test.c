/* Lines, words, quotes, repositories. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/scan/parse_text.h"
#include "base/check.h"

static void test_lines(void **state)
{
	struct lines l = { STR("one\r\n\ntwo") };
	struct str line;

	(void)state;
	assert_true(lines_next(&l, &line) && str_eq_c(line, "one"));
	assert_true(lines_next(&l, &line) && line.len == 0);
	assert_true(lines_next(&l, &line) && str_eq_c(line, "two"));
	assert_false(lines_next(&l, &line));
}

static void test_words(void **state)
{
	struct str rest = STR("  one 'two three' \"four\"x --five");
	static const char *const words[] = { "one", "'two three'", "\"four\"x", "--five", "" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(words); i++)
		assert_true(str_eq_c(text_word(&rest), words[i]));
	rest = STR("'never closed");
	assert_true(str_eq_c(text_word(&rest), "'never closed"));
	assert_true(str_eq_c(text_unquote(STR(" \"a\" ")), "a"));
	assert_true(str_eq_c(text_unquote(STR("\"a'")), "\"a'"));
	assert_true(str_eq_c(text_base(STR("a/b\\c")), "c"));
	assert_int_equal(text_name_len(STR("@a/b-1:c"), "@/-"), 6);
	assert_int_equal(text_find(STR_NONE, STR("a")), 0);
}

static void test_quotes(void **state)
{
	struct str rest = STR("do say(\"a\\\"b\") `c` 'd\n' 'e'"), one;

	(void)state;
	assert_true(text_quoted(&rest, true, &one) && str_eq_c(one, "a\\\"b"));
	assert_true(text_quoted(&rest, true, &one) && str_eq_c(one, "c"));
	assert_true(text_quoted(&rest, true, &one) && str_eq_c(one, " "));
	assert_false(text_quoted(&rest, true, &one));
}

/* A quote that is never closed is looked for at most once for each place, not to the end. */
static void test_open_quotes(void **state)
{
	struct buf text;
	struct str rest, one;

	(void)state;
	buf_init(&text, 0);
	for (size_t i = 0; i < 200000; i++)
		buf_add_c(&text, "\"\\");
	rest = buf_str(&text);
	assert_false(text_quoted(&rest, false, &one));
	assert_int_equal(rest.len, 0);
	buf_done(&text);
}

static const struct repository {
	const char *value;
	bool bare;
	const char *given; /* NULL: it is none */
} repositories[] = {
	{ "^1.2.3", true, NULL },
	{ "*", true, NULL },
	{ "latest", true, NULL },
	{ "owner/repo", true, "github:owner/repo" },
	{ "owner/repo#branch", true, "github:owner/repo" },
	{ "owner/repo", false, NULL },
	{ "owner/repo/more", true, NULL },
	{ "../folder/inner", true, NULL },
	{ "github:owner/repo#semver:^1", true, "github:owner/repo" },
	{ "git@github.com:owner/repo.git", false, "github:owner/repo" },
	{ "git+https://x@github.com/owner/repo.git#1", false, "github:owner/repo" },
	{ "https://codeload.github.com/owner/repo/tar.gz/1", false, "github:owner/repo" },
	{ "https://git.example.org/owner/repo", false, "https://git.example.org/owner/repo" },
	{ "gitlab:owner/repo", false, "gitlab:owner/repo" },
	{ "https://github.com/", false, "https://github.com/" },
};

static bool keep(void *arg, const struct fact *f)
{
	struct buf *out = arg;

	assert_int_equal(f->kind, FACT_URL);
	buf_add(out, f->name);
	return true;
}

static void test_repositories(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(repositories); i++) {
		const struct repository *r = &repositories[i];
		const struct fact_sink sink = { keep, &out };
		const struct parse_in in = { .text = str_c(r->value), .arena = a, .sink = &sink };
		struct say s = { &in, SCAN_ECO_NPM, FACT_DECLARED, SURE_DECLARED, false, false };
		buf_reset(&out);
		bool is_one = say_repository(&s, in.text, r->bare);
		if (is_one != (r->given != NULL) ||
		    !str_eq(buf_str(&out), str_c(r->given ? r->given : "")))
			fail_msg("%s: %.*s", r->value, STR_ARG(buf_str(&out)));
	}
	buf_done(&out);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_quotes),
		cmocka_unit_test(test_open_quotes),
		cmocka_unit_test(test_repositories),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
