#include "apps/scan/lexis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"

/* The kind of the byte where "X" stands. */
static enum lexis_kind kind_at_mark(struct arena *a, const char *name, const char *text)
{
	struct lexis *lx = lexis_new(a, str_c(name), str_c(text));

	return lexis_at(lx, (size_t)(strchr(text, 'X') - text));
}

static void test_languages(void **state)
{
	static const struct {
		const char *name, *text;
		enum lexis_kind kind;
	} rows[] = {
		{ "a.py", "v = 1 # X", LEXIS_COMMENT },
		{ "a.py", "v = '# X'", LEXIS_STRING },
		{ "a.py", "def f():\n    \"\"\"about X\"\"\"", LEXIS_COMMENT },
		{ "a.py", "v = \"\"\"about X\"\"\"", LEXIS_STRING },
		{ "a.py", "f(\"\"\"about X\"\"\")", LEXIS_STRING },
		{ "a.py", "X()", LEXIS_CODE },
		{ "a.js", "f() // X", LEXIS_COMMENT },
		{ "a.js", "go('https://X')", LEXIS_STRING },
		{ "a.js", "/* a\n X */ f()", LEXIS_COMMENT },
		{ "a.js", "`a // X`", LEXIS_STRING },
		{ "a.js", "r = /\\/\\//; X()", LEXIS_CODE },
		{ "a.js", "s = 'it\n X()", LEXIS_CODE },
		{ "a.tsx", "see https://X", LEXIS_CODE },
		{ "a.java", "String s = \"X\";", LEXIS_STRING },
		{ "a.sh", "curl http://h#X", LEXIS_CODE },
		{ "a.sh", "run # X", LEXIS_COMMENT },
		{ "a.ahk", "Send, a ; X", LEXIS_COMMENT },
		{ "a.applescript", "-- X", LEXIS_COMMENT },
		{ "a.bat", "REM X", LEXIS_COMMENT },
		{ "a.html", "<p>X</p>", LEXIS_COMMENT },
		{ "a.html", "<script>X()</script>", LEXIS_CODE },
		{ "a.html", "<script>// X()</script>", LEXIS_COMMENT },
		{ "a.html", "<!-- <script>X()</script> -->", LEXIS_COMMENT },
		{ "a.html", "<script>a()</script><p>X</p>", LEXIS_COMMENT },
		{ "a.xml", "<!-- X -->", LEXIS_COMMENT },
		{ "a.unknown", "# X", LEXIS_CODE },
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		enum lexis_kind kind = kind_at_mark(a, rows[i].name, rows[i].text);
		if (kind != rows[i].kind)
			fail_msg("%s: %s: %d", rows[i].name, rows[i].text, (int)kind);
	}
	arena_free(&a);
}

/* Every prefix of a nasty text is read without going astray. */
static void test_truncated(void **state)
{
	static const char text[] = "a='b\\' \"\"\" ''' /* // <!-- <script # `\\";
	static const char *const names[] = { "a.py", "a.js", "a.php", "a.html", "a.rb", "a.lua" };
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(names); n++) {
		for (size_t len = 0; len < sizeof(text); len++) {
			struct lexis *lx = lexis_new(a, str_c(names[n]), str_n(text, len));
			assert_non_null(lx);
			for (size_t i = 0; i <= len; i++)
				assert_in_range(lexis_at(lx, i), LEXIS_CODE, LEXIS_COMMENT);
		}
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_languages),
		cmocka_unit_test(test_truncated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
