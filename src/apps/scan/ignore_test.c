#include "apps/scan/ignore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static time_ms day(const char *text)
{
	time_ms t = 0;

	assert_int_equal(time_parse_date(str_c(text), &t), 0);
	return t;
}

static void test_git_rules(void **state)
{
	static const struct {
		const char *rules, *path;
		bool dir;
		enum ignore_answer answer;
	} rows[] = {
		{ "node_modules/\n", "node_modules", true, IGNORE_GIT },
		{ "node_modules/\n", "node_modules", false, IGNORE_NO },
		{ "node_modules/\n", "a/node_modules", true, IGNORE_GIT },
		{ "*.log\n!keep.log\n", "a/keep.log", false, IGNORE_NO },
		{ "*.log\n!keep.log\n", "a/other.log", false, IGNORE_GIT },
		{ "/build\n", "build", true, IGNORE_GIT },
		{ "/build\n", "a/build", true, IGNORE_NO },
		{ "a/b\n", "a/b", false, IGNORE_GIT },
		{ "a/b\n", "x/a/b", false, IGNORE_NO },
		{ "**/b/c\n", "x/a/b/c", false, IGNORE_GIT },
		{ "# *.js\n", "a.js", false, IGNORE_NO },
		{ "\\#a\n", "#a", false, IGNORE_GIT },
		{ "a.js  \r\n", "a.js", false, IGNORE_GIT },
		{ "\n\n", "a.js", false, IGNORE_NO },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct ignore *ig = ignore_new(NULL, STR(""), str_c(rows[i].rules), STR_NONE, 0);
		assert_non_null(ig);
		if (ignore_asks(ig, str_c(rows[i].path), rows[i].dir) != rows[i].answer)
			fail_msg("%s with %s", rows[i].path, rows[i].rules);
		ignore_unref(&ig);
	}
}

static void test_deeper_rules_win(void **state)
{
	struct ignore *top = ignore_new(NULL, STR(""), STR("*.js\n"), STR_NONE, 0), *deep;

	(void)state;
	assert_non_null(top);
	deep = ignore_new(top, STR("a"), STR("!b.js\n"), STR_NONE, 0);
	assert_non_null(deep);
	ignore_unref(&top); /* the deeper one keeps it */
	assert_int_equal(ignore_asks(deep, STR("a/b.js"), false), IGNORE_NO);
	assert_int_equal(ignore_asks(deep, STR("a/c.js"), false), IGNORE_GIT);
	assert_int_equal(ignore_asks(deep, STR("ab/b.js"), false), IGNORE_GIT);
	ignore_unref(&deep);
	assert_null(deep);
}

static void test_ends_with_its_day(void **state)
{
	struct str rules = STR("# reason=\"a sample\" until=2026-11-22\nbot/\n\nalways/\n");
	struct ignore *ig;

	(void)state;
	ig = ignore_new(NULL, STR(""), STR_NONE, rules, day("2026-11-22"));
	assert_non_null(ig);
	assert_int_equal(ignore_asks(ig, STR("bot"), true), IGNORE_VARCO);
	ignore_unref(&ig);
	ig = ignore_new(NULL, STR(""), STR_NONE, rules, day("2026-11-23"));
	assert_non_null(ig);
	assert_int_equal(ignore_asks(ig, STR("bot"), true), IGNORE_NO);
	assert_int_equal(ignore_asks(ig, STR("always"), true), IGNORE_VARCO);
	ignore_unref(&ig);
}

static void test_memory(void **state)
{
	(void)state;
	for (long n = 0; n < 6; n++) {
		check_fail_alloc_after(n, false);
		struct ignore *ig = ignore_new(NULL, STR("a"), STR("*.js\n"), STR_NONE, 0);
		check_fail_alloc_after(-1, false);
		ignore_unref(&ig);
	}
}

static void test_allowances(void **state)
{
	static const struct {
		const char *rules, *path, *id;
		bool allows, hides;
	} rows[] = {
		{ "# varco:allow npm.baileys reason=\"being removed\"\na/\n", "a/b.js",
		    "npm.baileys", true, false },
		{ "# varco:allow npm.baileys reason=\"being removed\"\na/\n", "b/a.js",
		    "npm.baileys", false, false },
		{ "# varco:allow npm.* reason=\"being removed\"\n*.js\n", "a/b.js", "npm.baileys",
		    true, false },
		{ "# varco:allow npm.wbm reason=\"being removed\"\n*.js\n", "a/b.js", "npm.baileys",
		    false, false },
		{ "# varco:allow npm.* reason=\"being removed\" until=2026-11-22\n*.js\n", "b.js",
		    "npm.wbm", true, false },
		{ "# varco:allow npm.* reason=\"being removed\" until=2026-11-21\n*.js\n", "b.js",
		    "npm.wbm", false, false },
		{ "# varco:allow npm.*\n*.js\n", "b.js", "npm.wbm", false, false },
		{ "# varco:allow reason=\"every row\"\n*.js\n", "b.js", "npm.wbm", false, false },
		{ "# varco:allow npm.* reason=\"being removed\"\n\n*.js\n", "b.js", "npm.wbm",
		    false, true },
		{ "# varco:allow npm.* reason=\"being removed\"\n*.js\n!b.js\n", "b.js", "npm.wbm",
		    false, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str reason = STR_NONE;
		struct ignore *ig = ignore_new(NULL, STR(""), STR_NONE, str_c(rows[i].rules),
		    day("2026-11-22") + MS_PER_DAY / 2);
		assert_non_null(ig);
		if (ignore_allows(ig, str_c(rows[i].path), str_c(rows[i].id), &reason) !=
		    rows[i].allows)
			fail_msg("%s with %s", rows[i].path, rows[i].rules);
		bool hidden = ignore_asks(ig, str_c(rows[i].path), false) != IGNORE_NO;
		if (hidden != rows[i].hides)
			fail_msg("hidden: %s with %s", rows[i].path, rows[i].rules);
		ignore_unref(&ig);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_git_rules),
		cmocka_unit_test(test_allowances),
		cmocka_unit_test(test_deeper_rules_win),
		cmocka_unit_test(test_ends_with_its_day),
		cmocka_unit_test(test_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
