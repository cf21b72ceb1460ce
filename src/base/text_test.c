#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <limits.h>
#include <string.h>
#include <utf8proc.h>

#include "base/check.h"
#include "base/text.h"
#include "base/torture.h"

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static const struct {
	const char *text;
	bool utf8, control;
	size_t points;
} texts[] = {
	{ "", true, false, 0 },
	{ "abc", true, false, 3 },
	{ "a\tb\r\n", true, false, 5 },
	{ "caff\xc3\xa8", true, false, 5 },
	{ "\xf0\x9f\x98\x80!", true, false, 2 },
	{ "a\x1b[0m", true, true, 5 },
	{ "a\x7f", true, true, 2 },
	{ "a\xc2\x85", true, true, 2 },
	{ "a\xc2\xa0", true, false, 2 },
	{ "\x80", false, false, 1 },
	{ "a\xff\xfe", false, false, 3 },
	{ "\xc3", false, false, 1 },
	{ "\xe2\x82", false, false, 2 },
	{ "\xc0\xaf", false, false, 2 },
	{ "\xed\xa0\x80", false, false, 3 },
	{ "\xf4\x90\x80\x80", false, false, 4 },
};

static void test_mending(void **state)
{
	static const struct {
		const char *text, *mended;
	} rows[] = {
		{ "", "" },
		{ "caff\xc3\xa8", "caff\xc3\xa8" },
		{ "caff\xe8 nero", "caff\xef\xbf\xbd nero" },
		{ "\xff\xfe", "\xef\xbf\xbd\xef\xbf\xbd" },
		{ "a\xe2\x82", "a\xef\xbf\xbd\xef\xbf\xbd" },
		{ "\xf0\x9f\x98\x80\x80!", "\xf0\x9f\x98\x80\xef\xbf\xbd!" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		buf_reset(&out);
		text_mend(&out, str_c(rows[i].text));
		if (!str_eq(buf_str(&out), str_c(rows[i].mended)))
			fail_msg("row %zu: %.*s", i, STR_ARG(buf_str(&out)));
	}
	buf_done(&out);
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct str s = str_c(texts[i].text);
		if (text_is_utf8(s) != texts[i].utf8 || text_has_control(s) != texts[i].control ||
		    text_code_points(s) != texts[i].points)
			fail_msg("row %zu: %d, %d, %zu points", i, text_is_utf8(s),
			    text_has_control(s), text_code_points(s));
	}
	assert_true(text_has_control(STR("a\0b")));
	assert_true(text_is_utf8(STR_NONE));
}

static const char *const folds[][2] = {
	{ "", "" },
	{ "STOP", "stop" },
	{ "  Stop,\r\n\t please!! ", "stop please" },
	{ "!!! ??? ...", "" },
	{ "a \xe2\x80\x94 b", "a b" },
	{ "don't e-mail", "dont email" },
	{ "1 + 1 = 2 \xe2\x82\xac", "1 1 2" },
	/* accents, composed and not */
	{ "Perch\xc3\xa9 N\xc3\x93", "perche no" },
	{ "Perche\xcc\x81", "perche" },
	{ "\xc3\x85ngstr\xc3\xb6m", "angstrom" },
	/* case that is more than a letter */
	{ "Stra\xc3\x9f"
	  "e",
	    "strasse" },
	{ "\xc4\xb0stanbul", "istanbul" },
	{ "\xce\xa3\xce\xa4\xce\x9f\xce\xa0\xcf\x82", "\xcf\x83\xcf\x84\xce\xbf\xcf\x80\xcf\x83" },
	{ "\xd0\xa1\xd0\xa2\xd0\x9e\xd0\x9f", "\xd1\x81\xd1\x82\xd0\xbe\xd0\xbf" },
	/* compatibility: full width, circled, ligatures, mathematical */
	{ "\xef\xbc\xb3\xef\xbc\xb4\xef\xbc\xaf\xef\xbc\xb0", "stop" },
	{ "\xe2\x93\x88\xe2\x93\x89\xe2\x93\x84\xe2\x93\x85", "stop" },
	{ "\xef\xac\x81ne", "fine" },
	{ "\xf0\x9d\x90\x92\xf0\x9d\x90\x93\xf0\x9d\x90\x8e\xf0\x9d\x90\x8f", "stop" },
	/* emoji, with all that may hang on them: skin, joiners, variation selectors, flags,
	 * keycaps */
	{ "stop \xf0\x9f\x9b\x91", "stop" },
	{ "\xf0\x9f\x91\x8d\xf0\x9f\x8f\xbd ok \xe2\x9d\xa4\xef\xb8\x8f", "ok" },
	{ "\xf0\x9f\x91\xa8\xe2\x80\x8d\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x91\xa7", "" },
	{ "\xf0\x9f\x87\xae\xf0\x9f\x87\xb9 ciao", "ciao" },
	{ "1\xef\xb8\x8f\xe2\x83\xa3", "1" },
	/* blanks of all kinds; what cannot be seen */
	{ "a\xc2\xa0\xe2\x80\x83\xe3\x80\x80"
	  "b",
	    "a b" },
	{ "a\xe2\x80\xa8"
	  "b",
	    "a b" },
	{ "st\xe2\x80\x8bop\xc2\xad", "stop" },
	{ "a\x01"
	  "b\x7f",
	    "ab" },
	{ "\xc3\xa8\x0b\x0c\xc2\x85"
	  "b",
	    "e b" },
	/* scripts without case */
	{ "\xe5\x81\x9c\xe6\xad\xa2\xe3\x80\x82", "\xe5\x81\x9c\xe6\xad\xa2" },
	{ "\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c" },
	/* bytes that are no text */
	{ "st\xffop \xc3", "stop" },
};

static void test_fold(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
		struct str folded = text_fold(arena, str_c(folds[i][0]));
		if (!folded.p || !str_eq_c(folded, folds[i][1]))
			fail_msg("row %zu, %s: %s", i, folds[i][0], folded.p);
		if (!str_eq(text_fold(arena, folded), folded))
			fail_msg("row %zu, %s: folds again", i, folds[i][0]);
	}
	assert_non_null(text_fold(arena, STR_NONE).p);
}

/* The short way for ASCII and the long way agree: an accent at the end makes it the long one. */
static void test_fold_of_ascii(void **state)
{
	char text[6] = "xx?xx", longer[10];

	(void)state;
	for (int c = 1; c < 0x80; c++) {
		text[2] = (char)c;
		memcpy(longer, text, 5);
		memcpy(longer + 5, " \xc3\xa8", 4);
		struct str one = text_fold(arena, str_n(text, 5)),
			   two = text_fold(arena, str_c(longer));
		if (!str_eq(one, str_sub(two, 0, two.len - 2)))
			fail_msg("0x%02x: \"%s\" and \"%s\"", (unsigned)c, one.p, two.p);
	}
}

/* Composing is left out where it does nothing: behind every character, a syllable of Hangul makes that it is not. */
static void test_fold_composes_alike(void **state)
{
	static const char hangul[] = " \xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab";
	utf8proc_uint8_t text[16] = { 'a' };

	(void)state;
	for (utf8proc_int32_t c = 0x80; c < 0x20000; c++) {
		size_t len = utf8proc_codepoint_valid(c)
		    ? 1 + (size_t)utf8proc_encode_char(c, text + 1)
		    : 1;
		memcpy(text + len, hangul, sizeof(hangul));
		struct str one = text_fold(arena, str_n((char *)text, len)),
			   two = text_fold(arena, str_c((char *)text));
		if (!str_eq(one, str_sub(two, 0, two.len - 4)))
			fail_msg("U+%04x: \"%s\" and \"%s\"", (unsigned)c, one.p, two.p);
		arena_reset(arena);
	}
}

static void test_fold_apart(void **state)
{
	static const char *const rows[][2] = {
		{ "C'est \xc3\xa7"
		  "a!",
		    "c est ca" },
		{ "l\xe2\x80\x99"
		  "altro, no?",
		    "l altro no" },
		{ "(a-b)\x01/\x7f"
		  "c",
		    "a b c" },
		{ "a\xe2\x80\x94"
		  "b",
		    "ab" },
		{ "...", "" },
		{ "", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str folded = text_fold_apart(arena, str_c(rows[i][0]));
		if (!folded.p || !str_eq_c(folded, rows[i][1]))
			fail_msg("row %zu, %s: %s", i, rows[i][0], folded.p);
	}
}

static void test_fold_of_a_long_text(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	/* The ligature that is longest when taken apart: 18 characters of 3 bytes. */
	for (int i = 0; i < 5000; i++)
		buf_add_c(&b, "\xef\xb7\xba");
	struct str folded = text_fold(arena, buf_str(&b));
	assert_true(folded.p && folded.len > b.len);
	assert_true(text_is_utf8(folded));
	buf_done(&b);
}

/* Up to its very length a folded text is given, below it never. */
static void test_fold_of_short_texts(void **state)
{
	struct str folded;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(folds); i++) {
		struct str text = str_c(folds[i][0]), wanted = str_c(folds[i][1]);
		for (size_t most = 0; most < wanted.len; most++) {
			if (text_fold_short(arena, text, most, &folded) != 0)
				fail_msg("row %zu, %s: in %zu bytes", i, text.p, most);
		}
		if (text_fold_short(arena, text, wanted.len, &folded) != 1 ||
		    !str_eq(folded, wanted))
			fail_msg("row %zu, %s: not in %zu bytes", i, text.p, wanted.len);
	}
}

static void test_words(void **state)
{
	(void)state;
	assert_int_equal(text_words(STR("")), 0);
	assert_int_equal(text_words(STR_NONE), 0);
	assert_int_equal(text_words(STR("stop")), 1);
	assert_int_equal(text_words(STR("stop it now")), 3);
}

static const struct {
	const char *text;
	size_t max;
	const char *printable;
} printables[] = {
	{ "", 10, "" },
	{ "plain \xc3\xa8 \xf0\x9f\x98\x80", 100, "plain \xc3\xa8 \xf0\x9f\x98\x80" },
	{ "a\x1b[31mb\r\n\tc\x7f", 100, "a?[31mb???c?" },
	{ "a\xc2\x9b"
	  "b\xff",
	    100, "a?b?" },
	{ "a\xe2\x80\xae"
	  "b\xe2\x81\xa6\xe2\x80\xa8",
	    100, "a?b??" },
	{ "abcdef", 3, "abc" },
	{ "ab\xc3\xa8", 3, "ab" },
	{ "ab\xc3\xa8", 4, "ab\xc3\xa8" },
	{ "abc", 0, "" },
};

static void test_printable(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(printables); i++) {
		struct str p = text_printable(arena, str_c(printables[i].text), printables[i].max);
		if (!p.p || !str_eq_c(p, printables[i].printable) || strlen(p.p) != p.len)
			fail_msg("row %zu: %s", i, p.p);
	}
}

static const struct {
	const char *a, *b;
	unsigned distance;
} distances[] = {
	{ "", "", 0 },
	{ "", "abc", 3 },
	{ "listen", "listen", 0 },
	{ "lisen", "listen", 1 },
	{ "listten", "listen", 1 },
	{ "lixten", "listen", 1 },
	{ "ilsten", "listen", 2 },
	{ "kitten", "sitting", 3 },
	{ "abc", "xyz", 3 },
};

static void test_distance(void **state)
{
	char text[65];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(distances); i++) {
		struct str a = str_c(distances[i].a), b = str_c(distances[i].b);
		if (text_distance(a, b) != distances[i].distance ||
		    text_distance(b, a) != distances[i].distance)
			fail_msg(
			    "%s and %s: %u", distances[i].a, distances[i].b, text_distance(a, b));
	}
	memset(text, 'x', sizeof(text));
	assert_int_equal(text_distance(str_n(text, 64), STR("")), 64);
	assert_int_equal(text_distance(str_n(text, 64), str_n(text, 64)), 0);
	assert_int_equal(text_distance(str_n(text, 65), STR("")), UINT_MAX);
	assert_int_equal(text_distance(STR(""), str_n(text, 65)), UINT_MAX);
}

static int fold_and_print(void *arg)
{
	struct arena *a = arena_new(100, 0);
	int rc = a ? 0 : -E_NOMEM;

	(void)arg;
	for (size_t i = 0; i < ARRAY_LEN(folds) && rc == 0; i++) {
		struct str folded;
		if (!text_fold(a, str_c(folds[i][0])).p ||
		    text_fold_short(a, str_c(folds[i][0]), 1000, &folded) < 0 ||
		    !text_printable(a, str_c(folds[i][0]), 100).p)
			rc = -E_NOMEM;
	}
	arena_free(&a);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("fold and print", fold_and_print, NULL);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_texts),
		TEST(test_mending),
		TEST(test_fold),
		TEST(test_fold_of_ascii),
		TEST(test_fold_composes_alike),
		TEST(test_fold_apart),
		TEST(test_fold_of_a_long_text),
		TEST(test_fold_of_short_texts),
		TEST(test_words),
		TEST(test_printable),
		TEST(test_distance),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
