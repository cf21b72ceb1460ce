/* Pairs of texts and what differs between them, in one line each: [-gone-], {+new+}; then texts beyond the bound, and pieces that
 * together must be the texts they came from. */
#include "base/words_diff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LINE_MAX_LEN 400

struct pair {
	const char *name, *before, *after, *said;
};

static const struct pair pairs[] = {
	{ "nothing", "", "", "" },
	{ "the same", "Ciao Anna", "Ciao Anna", "Ciao Anna" },
	{ "all new", "", "Ciao Anna", "{+Ciao Anna+}" },
	{ "all gone", "Ciao Anna", "", "[-Ciao Anna-]" },
	{ "one word", "Ciao {{1}}, grazie.", "Salve {{1}}, grazie.",
	    "[-Ciao-]{+Salve+} {{1}}, grazie." },
	{ "a word more", "Il tuo ordine parte.", "Il tuo ordine parte oggi.",
	    "Il tuo ordine [-parte.-]{+parte oggi.+}" },
	{ "in the middle", "a b c d", "a x y d", "a [-b-]{+x+} [-c-]{+y+} d" },
	{ "a word is moved", "uno due tre", "due tre uno", "[-uno -]due tre{+ uno+}" },
	{ "lines", "a\nb", "a\n\nb", "a[-\n-]{+\n\n+}b" },
	{ "other letters", "perché così", "perché no", "perché [-così-]{+no+}" },
};

static void append(char *line, const char *text, size_t len)
{
	size_t at = strlen(line);

	assert_true(at + len < LINE_MAX_LEN);
	memcpy(line + at, text, len);
	line[at + len] = 0;
}

static void say(const struct words_piece *pieces, size_t len, char *line)
{
	static const char *const marks[][2] = { { "", "" }, { "[-", "-]" }, { "{+", "+}" } };

	line[0] = 0;
	for (size_t i = 0; i < len; i++) {
		const char *const *m = marks[pieces[i].kind];
		append(line, m[0], strlen(m[0]));
		append(line, pieces[i].text.p, pieces[i].text.len);
		append(line, m[1], strlen(m[1]));
	}
}

static void test_pairs(void **state)
{
	char line[LINE_MAX_LEN];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		const struct pair *p = &pairs[i];
		struct arena *a = arena_new(0, 0);
		struct words_piece *pieces = NULL;
		size_t n = 0;

		assert_int_equal(words_diff(a, str_c(p->before), str_c(p->after), &pieces, &n), 0);
		say(pieces, n, line);
		if (strcmp(line, p->said) != 0)
			fail_msg("%s: %s", p->name, line);
		arena_free(&a);
	}
}

/* `n` words "a b a b …" with one of their own at the front. */
static struct str many(char *text, const char *first, size_t n)
{
	char *to = text + strlen(first);

	memcpy(text, first, strlen(first));
	for (size_t i = 0; i < n; i++) {
		*to++ = ' ';
		*to++ = (char)('a' + (i + (size_t)(unsigned char)first[0]) % 7);
	}
	return str_n(text, (size_t)(to - text));
}

static void test_bound(void **state)
{
	static char x[4096], y[4096];
	struct arena *a = arena_new(0, 0);
	struct words_piece *pieces = NULL;
	struct str before = many(x, "x", 1000), after = many(y, "y", 1000);
	size_t n = 0;

	(void)state;
	assert_int_equal(words_diff(a, before, after, &pieces, &n), 0);
	assert_int_equal(n, 2);
	assert_true(str_eq(pieces[0].text, before) && pieces[0].kind == WORDS_GONE);
	assert_true(str_eq(pieces[1].text, after) && pieces[1].kind == WORDS_NEW);
	arena_free(&a);
}

static void check_whole(
    const struct words_piece *pieces, size_t n, enum words_diff_kind other, struct str text)
{
	size_t at = 0;

	for (size_t i = 0; i < n; i++) {
		if (pieces[i].kind == other)
			continue;
		assert_true(at + pieces[i].text.len <= text.len);
		assert_memory_equal(text.p + at, pieces[i].text.p, pieces[i].text.len);
		at += pieces[i].text.len;
	}
	assert_int_equal(at, text.len);
}

static void test_pieces_are_the_texts(void **state)
{
	static char x[1024], y[1024];
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		struct words_piece *pieces = NULL;
		size_t n = 0;
		char first[2] = { (char)('a' + i % 5), 0 }, other[2] = { (char)('a' + i % 7), 0 };
		struct str before = many(x, first, i % 17), after = many(y, other, i % 13);

		assert_int_equal(words_diff(a, before, after, &pieces, &n), 0);
		check_whole(pieces, n, WORDS_NEW, before);
		check_whole(pieces, n, WORDS_GONE, after);
	}
	arena_free(&a);
}

static void test_memory_runs_out(void **state)
{
	struct words_piece *pieces = NULL;
	size_t n = 7;

	(void)state;
	for (size_t room = 64; room <= 512; room += 64) {
		struct arena *a = arena_new(64, room);
		int r = words_diff(
		    a, STR("a b c d e f g h i j k l"), STR("m n o p q"), &pieces, &n);
		assert_true(r == 0 || (r == -E_NOMEM && n == 7));
		arena_free(&a);
		if (r == 0)
			return;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_bound),
		cmocka_unit_test(test_pieces_are_the_texts),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
