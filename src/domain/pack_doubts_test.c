/* Messages of tests/words, labelled "out" (an opt-out), "doubt" (a person looks) or "none". An innocent message
 * that is taken for an opt-out stops good traffic: none may be; those taken for a doubt, and doubts that are not seen,
 * are counted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <glob.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/pack.h"

#define MESSAGES "tests/words/*.jsonl"
#define PRECISION_MIN 0.95
#define RECALL_MIN 0.9
#define MESSAGES_MIN 310

static struct pack *pack;

static int setup(void **state)
{
	(void)state;
	return pack_builtin(&pack, NULL);
}

static int teardown(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

struct tally {
	int messages, hits, misses, wrong;
};

static unsigned doubts_in(struct arena *a, struct str text)
{
	struct pack_said said;

	assert_int_equal(pack_look_through(pack, a, text, &said), 0);
	return said.doubts;
}

static const char *heard(struct arena *a, struct str text)
{
	struct pack_opt opt = { .withdraws = 0 };

	assert_true(pack_opt_message(pack, a, text, &opt) >= 0);
	if (opt.withdraws)
		return "out";
	return doubts_in(a, text) ? "doubt" : "none";
}

static void judge(struct tally *t, struct str text, struct str means, const char *is)
{
	bool wanted = !str_eq_c(means, "none"), found = strcmp(is, "none") != 0;

	t->messages++;
	t->hits += wanted && found;
	t->misses += wanted && !found;
	t->wrong += !wanted && found;
	if (!str_eq_c(means, is))
		print_message("%.*s is heard as %s: %.*s\n", STR_ARG(means), is, STR_ARG(text));
	/* What is decided must be decided rightly. */
	if (str_eq_c(means, "out") != (strcmp(is, "out") == 0))
		fail_msg("%.*s", STR_ARG(text));
}

static void read_line(struct arena *a, struct str line, struct tally *t)
{
	const struct json *v;
	struct err err = { .code = 0 };

	if (json_read(a, line, &v, &err) < 0)
		fail_msg("%s", err.text);
	struct str text = json_str(json_get(v, "text"));
	assert_true(text.len > 0);
	judge(t, text, json_str(json_get(v, "means")), heard(a, text));
}

static void read_file(const char *path, struct tally *t)
{
	struct arena *a = arena_new(0, 0);
	struct buf text;

	assert_non_null(a);
	buf_init(&text, 0);
	assert_int_equal(file_read(path, 1u << 20, &text, NULL), 0);
	for (struct str rest = buf_str(&text); rest.len;) {
		const char *end = memchr(rest.p, '\n', rest.len);
		size_t len = end ? (size_t)(end - rest.p) : rest.len;
		read_line(a, str_sub(rest, 0, len), t);
		rest = str_sub(rest, len + (end != NULL), rest.len);
	}
	print_message("%s: %d messages, %d heard, %d missed, %d wrong\n", path, t->messages,
	    t->hits, t->misses, t->wrong);
	buf_done(&text);
	arena_free(&a);
}

static void test_messages(void **state)
{
	struct tally all = { .messages = 0 };
	glob_t found;

	(void)state;
	assert_int_equal(glob(MESSAGES, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct tally t = { .messages = 0 };
		read_file(found.gl_pathv[i], &t);
		all.messages += t.messages;
		all.hits += t.hits;
		all.misses += t.misses;
		all.wrong += t.wrong;
	}
	globfree(&found);
	assert_true(all.messages >= MESSAGES_MIN);
	assert_true(all.hits >= PRECISION_MIN * (all.hits + all.wrong));
	assert_true(all.hits >= RECALL_MIN * (all.hits + all.misses));
}

/* Which messages are looked at, and where a clause ends. */
static void test_edges(void **state)
{
	static const struct {
		const char *text;
		int doubt;
	} cases[] = {
		{ "", 0 },
		{ "stop", 0 },
		{ "Stop, basta", 1 },
		{ "stop basta", 0 },
		{ "Stop\nchi siete", 1 },
		{ ", non scrivetemi più", 1 },
		{ "non voglio più", 0 },
		{ "non voglio più a b c d e f g messaggi", 1 },
		{ "non voglio più a b c d e f g h messaggi", 0 },
		{ "non voglio più x ma non voglio più messaggi", 1 },
		{ "non voglio piumini e messaggi", 0 },
		{ "\xff\xfe non scrivetemi pi\xc3", 0 },
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		bool doubt = doubts_in(a, str_c(cases[i].text)) != 0;
		if (doubt != cases[i].doubt)
			fail_msg("%s: %d", cases[i].text, doubt);
	}
	arena_free(&a);
}

/* Only the beginning of a long one is read. */
static void test_long_message(void **state)
{
	static const char words[] = " non scrivetemi più";
	char text[4096];
	struct arena *a = arena_new(0, 0);

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text + sizeof(text) - sizeof(words), words, sizeof(words));
	assert_int_equal(doubts_in(a, str_n(text, sizeof(text) - 1)), 0);
	memcpy(text + 500, words, sizeof(words) - 1);
	text[500 + sizeof(words) - 1] = ' ';
	assert_int_equal(doubts_in(a, str_n(text, sizeof(text) - 1)),
	    PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_UTILITY));
	arena_free(&a);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_messages),
		cmocka_unit_test(test_edges),
		cmocka_unit_test(test_long_message),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
