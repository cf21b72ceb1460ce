#include "apps/scan/kind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

static void test_globs(void **state)
{
	static const struct {
		const char *pattern, *text;
		bool fits;
	} rows[] = {
		{ "*.py", "a.py", true },
		{ "*.py", "a.pyc", false },
		{ "*.py", "dir/a.py", false },
		{ "*.PY", "a.py", true },
		{ "requirements*.txt", "requirements-dev.txt", true },
		{ "requirements*.txt", "requirements.txt.bak", false },
		{ "a?c", "abc", true },
		{ "a?c", "a/c", false },
		{ "[a-c]x", "bx", true },
		{ "[!a-c]x", "bx", false },
		{ "[", "[", true },
		{ "**/b", "b", true },
		{ "**/b", "x/y/b", true },
		{ "a/**", "a/x/y", true },
		{ "a/**/z", "a/z", true },
		{ "a/**/z", "a/x/y/z", true },
		{ "a/**/z", "a/x/y/zz", false },
		{ "\\*x", "*x", true },
		{ "\\*x", "ax", false },
		{ "*a*b", "xaxb", true },
		{ "", "", true },
		{ "", "a", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (glob_fits(str_c(rows[i].pattern), str_c(rows[i].text), true) != rows[i].fits)
			fail_msg("%s against %s", rows[i].pattern, rows[i].text);
	}
}

/* Patterns that make a careless matcher run for years. */
static void test_hostile_glob_ends(void **state)
{
	char text[2000];

	(void)state;
	memset(text, 'a', sizeof(text));
	assert_false(glob_fits(STR("*a*a*a*a*a*a*a*a*a*a*a*b"), str_n(text, sizeof(text)), false));
	assert_false(glob_fits(STR("**/**/**/**/a*a*a*a*b"), str_n(text, sizeof(text)), false));
}

static void test_kinds(void **state)
{
	static const struct {
		const char *path;
		enum scan_place place;
		bool program;
	} rows[] = {
		{ "src/bot.js", SCAN_PLACE_CODE, true },
		{ "README.md", SCAN_PLACE_PROSE, false },
		{ "README", SCAN_PLACE_PROSE, false },
		{ "app/settings.yaml", SCAN_PLACE_CONFIG, false },
		{ ".env.production", SCAN_PLACE_CONFIG, false },
		{ "tests/bot.js", SCAN_PLACE_TEST, true },
		{ "pkg/bot_test.go", SCAN_PLACE_TEST, true },
		{ "src/latest/bot.js", SCAN_PLACE_CODE, true },
		{ "export.csv", SCAN_PLACE_DATA, false },
		{ "theme.css", SCAN_PLACE_DATA, false },
		{ "notes.docx!/word/document.xml", SCAN_PLACE_PROSE, false },
		{ "box.zip!/src/bot.js", SCAN_PLACE_CODE, true },
		{ "Dockerfile", SCAN_PLACE_CODE, true },
		{ "something", SCAN_PLACE_CONFIG, false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct file_kind k = kind_of(str_c(rows[i].path));
		if (k.place != rows[i].place || k.program != rows[i].program)
			fail_msg("%s is %s", rows[i].path, scan_place_name(k.place));
	}
}

static void test_manifests(void **state)
{
	static const char *const are[] = { "package.json", "pom.xml", "go.mod", "Gemfile",
		"Desk.csproj", "requirements-prod.txt", "Cargo.toml", "Pipfile", "mix.exs",
		"Package.swift", "setup.cfg", "setup.py", "build.gradle", "build.gradle.kts",
		"packages.config", "pubspec.yaml" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(are); i++) {
		if (!kind_is_manifest(str_c(are[i])))
			fail_msg("%s is a manifest", are[i]);
	}
	assert_false(kind_is_manifest(STR("package.json.bak")));
	assert_false(kind_is_manifest(STR("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_globs),
		cmocka_unit_test(test_hostile_glob_ends),
		cmocka_unit_test(test_kinds),
		cmocka_unit_test(test_manifests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
