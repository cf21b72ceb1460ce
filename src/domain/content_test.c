/* The labelled texts of tests/content against the built-in lists: precision and recall by language, printed, and not
 * below what the project promises; how far denials reach, which words are shown, and no memory. */
#include "domain/content.h"

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "domain/content_message.h"

#define TEXTS "tests/content/*.jsonl"
#define PRECISION_MIN 0.98
#define RECALL_MIN 0.95
#define TEXTS_MIN 600

static struct pack *pack;
static const struct content *content;

static int setup(void **state)
{
	(void)state;
	if (crypto_init(NULL) < 0 || pack_builtin(&pack, NULL) < 0)
		return -1;
	content = pack_content(pack);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

/* --- one text --------------------------------------------------------------------------------- */

/* The class of a use with the most points of those that reach their limit; NULL when none does. */
static const struct content_class *class_found(const struct content_reading *r,
    enum content_use use, const char *only, struct content_score *ret)
{
	const struct content_class *class, *best = NULL;

	for (size_t i = 0; (class = content_class_at(content, i)); i++) {
		struct content_score score;

		if (class->use != use || (only && !str_eq_c(class->id, only)))
			continue;
		content_score(content, class, r, &score);
		if (score.score >= class->hold && (!best || score.score > ret->score)) {
			best = class;
			*ret = score;
		}
	}
	return best;
}

struct tally {
	char name[8];
	int texts, hits, misses, wrong, other_class;
};

#define TALLIES_MAX 8

struct tallies {
	struct tally all[TALLIES_MAX]; /* the first is the sum */
	size_t len;
};

static struct tally *tally_of(struct tallies *t, struct str lang)
{
	for (size_t i = 1; i < t->len; i++) {
		if (str_eq_c(lang, t->all[i].name))
			return &t->all[i];
	}
	assert_true(t->len < TALLIES_MAX && lang.len < sizeof(t->all[0].name));
	struct tally *new = &t->all[t->len++];
	snprintf(new->name, sizeof(new->name), "%.*s", STR_ARG(lang));
	return new;
}

static void complain(const char *what, struct str text, const struct content_class *class,
    const struct content_score *score)
{
	print_message("%s: %.*s", what, STR_ARG(text));
	if (class) {
		print_message(" [%.*s %d:", STR_ARG(class->id), score->score);
		for (size_t i = 0; i < score->words_len; i++)
			print_message(" %.*s,", STR_ARG(score->words[i]));
		print_message("]");
	}
	print_message("\n");
}

/* What is expected and what is found, for one use. */
static void compare(struct tally *t, struct str text, const struct content_class *expected,
    const struct content_class *found, const struct content_score *score)
{
	if (expected && found) {
		t->hits++;
		t->other_class += expected != found;
	} else if (expected) {
		t->misses++;
		complain("missed", text, expected, score);
	} else if (found) {
		t->wrong++;
		complain("wrong", text, found, score);
	}
}

static void judge(
    struct tally *t, const struct content_reading *r, struct str text, struct str label)
{
	const struct content_class *expected = NULL, *class;
	bool category = str_eq_c(label, "utility");

	for (size_t i = 0; (class = content_class_at(content, i)); i++) {
		if (str_eq(class->id, label))
			expected = class;
	}
	assert_true(expected || label.len == 0 || category);
	category = category || (expected && expected->use == CONTENT_CATEGORY);
	t->texts++;
	for (unsigned use = 0; use < CONTENT_SIGN; use++) {
		bool mine = expected && expected->use == use;
		struct content_score score = { .score = 0 };

		if (use == CONTENT_CATEGORY && !category)
			continue;
		const struct content_class *found = class_found(
		    r, (enum content_use)use, NULL, &score);
		if (mine && !found)
			content_score(content, expected, r, &score);
		compare(t, text, mine ? expected : NULL, found, &score);
	}
}

/* --- files ------------------------------------------------------------------------------------ */

static void read_line(struct arena *a, struct str line, struct tallies *t)
{
	struct content_text text;
	struct content_reading r;
	const struct json *v;
	struct err err = { .code = 0 };

	if (json_read(a, line, &v, &err) < 0)
		fail_msg("%s", err.text);
	content_text_init(&text);
	content_reading_init(&r);
	struct str body = json_str(json_get(v, "text"));
	assert_true(body.len > 0);
	assert_int_equal(content_of_text(content, body, &text), 0);
	assert_int_equal(content_read(content, buf_str(&text.text), &r, &err), 0);
	judge(tally_of(t, json_str(json_get(v, "lang"))), &r, body, json_str(json_get(v, "class")));
	content_reading_done(&r);
	content_text_done(&text);
}

static void read_file(const char *path, struct tallies *t)
{
	struct arena *a = arena_new(0, 0);
	struct buf text;

	assert_non_null(a);
	buf_init(&text, 0);
	assert_int_equal(file_read(path, 16u << 20, &text, NULL), 0);
	for (struct str rest = buf_str(&text); rest.p;) {
		struct str line = str_trim(str_cut(&rest, '\n'));

		if (line.len > 0)
			read_line(a, line, t);
		arena_reset(a);
	}
	buf_done(&text);
	arena_free(&a);
}

static double share(int part, int rest)
{
	return part + rest > 0 ? (double)part / (part + rest) : 1.0;
}

static void print_tallies(const char *path, struct tallies *t)
{
	struct tally *sum = &t->all[0];

	snprintf(sum->name, sizeof(sum->name), "all");
	for (size_t i = 1; i < t->len; i++) {
		sum->texts += t->all[i].texts;
		sum->hits += t->all[i].hits;
		sum->misses += t->all[i].misses;
		sum->wrong += t->all[i].wrong;
		sum->other_class += t->all[i].other_class;
	}
	print_message("%s\n%-5s %6s %6s %6s %6s %10s %7s %11s\n", path, "lang", "texts", "hits",
	    "missed", "wrong", "precision", "recall", "other class");
	for (size_t i = 0; i < t->len; i++) {
		const struct tally *x = &t->all[i];

		print_message("%-5s %6d %6d %6d %6d %10.4f %7.4f %11d\n", x->name, x->texts,
		    x->hits, x->misses, x->wrong, share(x->hits, x->wrong),
		    share(x->hits, x->misses), x->other_class);
	}
}

static void test_labelled_texts(void **state)
{
	glob_t found;
	int texts = 0;

	(void)state;
	assert_int_equal(glob(TEXTS, 0, NULL, &found), 0);
	for (size_t i = 0; i < found.gl_pathc; i++) {
		struct tallies t = { .len = 1 };

		read_file(found.gl_pathv[i], &t);
		print_tallies(found.gl_pathv[i], &t);
		texts += t.all[0].texts;
		assert_true(share(t.all[0].hits, t.all[0].wrong) >= PRECISION_MIN);
		assert_true(share(t.all[0].hits, t.all[0].misses) >= RECALL_MIN);
	}
	globfree(&found);
	assert_true(texts >= TEXTS_MIN);
}

/* --- single texts ----------------------------------------------------------------------------- */

struct one {
	struct content_text text;
	struct content_reading reading;
	struct content_score score;
};

static void score_one(struct one *o, const char *text, const char *class)
{
	struct err err = { .code = 0 };
	const struct content_class *c = content_class_of(content, class);

	assert_non_null(c);
	content_text_init(&o->text);
	content_reading_init(&o->reading);
	assert_int_equal(content_of_text(content, str_c(text), &o->text), 0);
	assert_int_equal(content_read(content, buf_str(&o->text.text), &o->reading, &err), 0);
	content_score(content, c, &o->reading, &o->score);
}

static void one_done(struct one *o)
{
	content_reading_done(&o->reading);
	content_text_done(&o->text);
}

static void test_words_are_shown_as_written(void **state)
{
	static const struct {
		const char *text, *class, *shown;
	} rows[] = {
		{ "Vendo FUCÌLI e Munizioni", "weapons", "FUCÌLI, Munizioni, Vendo" },
		{ "vendo f u c i l i", "weapons", "f u c i l i, vendo" },
		{ "Disponibili рistоle", "weapons", "рistоle, Disponibili" },
		{ "ordina le p1st0le", "weapons", "p1st0le, ordina" },
		{ "𝗩𝗲𝗻𝗱𝗼 𝗳𝘂𝗰𝗶𝗹𝗶", "weapons", "𝗳𝘂𝗰𝗶𝗹𝗶, 𝗩𝗲𝗻𝗱𝗼" },
		{ "C-O-C-A-I-N-A a 20 €", "drugs", "C-O-C-A-I-N-A, €" },
		{ "\\/iagra a 30$", "medicines", "\\/iagra, $" },
		{ "vendo 🔫", "weapons", "🔫, vendo" },
		{ "Il tuo codice è 482913, non condividerlo", "code",
		    "Il tuo codice è …, non condividerlo" },
		{ "Ciao", "weapons", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct one o;
		struct buf shown;

		buf_init(&shown, 0);
		score_one(&o, rows[i].text, rows[i].class);
		content_show(content, buf_str(&o.text.text), &o.reading, &o.score, &shown);
		if (!str_eq_c(buf_str(&shown), rows[i].shown))
			fail_msg("%s: %.*s", rows[i].text, STR_ARG(buf_str(&shown)));
		buf_done(&shown);
		one_done(&o);
	}
}

/* A denial excuses what it speaks of, once for each, and nothing else. */
static void test_denials(void **state)
{
	static const struct {
		const char *text, *class;
		bool held;
	} rows[] = {
		{ "Vendiamo fucili", "weapons", true },
		{ "Non vendiamo fucili", "weapons", false },
		{ "Non vendiamo fucili, munizioni e pugnali: in offerta solo fiori", "weapons",
		    false },
		{ "Fucili e munizioni sono vietati, le offerte di oggi sono in negozio", "weapons",
		    false },
		{ "Non vendiamo giocattoli, vendiamo fucili", "weapons", true },
		{ "Non vendiamo più birra ma vendiamo fucili", "weapons", true },
		{ "Vendiamo fucili, vietato ai minori", "weapons", true },
		{ "Non vendiamo fucili. Vendiamo pugnali.", "weapons", true },
		{ "Non vendiamo fucili. Non vendiamo pugnali. Non vendiamo munizioni.", "weapons",
		    false },
		{ "We don't sell toys, we sell real rifles", "weapons", true },
		{ "We don't sell rifles", "weapons", false },
		{ "Il museo delle armi vende libri", "weapons", false },
		{ "È vietata la vendita di sigarette ai minori", "tobacco", false },
		{ "Sigarette in offerta, vietato fumare in negozio", "tobacco", true },
		{ "Non chiediamo mai la password, non la scriva qui", "secret", false },
		{ "Scriva qui la password", "secret", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct one o;

		score_one(&o, rows[i].text, rows[i].class);
		bool held = o.score.score >= content_class_of(content, rows[i].class)->hold;
		if (held != rows[i].held)
			fail_msg("%s: %d points", rows[i].text, o.score.score);
		one_done(&o);
	}
}

static size_t steps_of(const char *unit, size_t times, bool held)
{
	struct one o;
	struct buf text;

	buf_init(&text, 0);
	for (size_t n = 0; n < times; n++)
		buf_add_c(&text, unit);
	assert_false(text.failed);
	score_one(&o, text.p, "weapons");
	if ((o.score.score >= content_class_of(content, "weapons")->hold) != held)
		fail_msg("%s: %d points", unit, o.score.score);
	assert_true(o.reading.len >= 3 * times);
	size_t steps = o.score.steps;
	one_done(&o);
	buf_done(&text);
	return steps;
}

/* However many terms, denials and trade words one sentence has, each hit is held against each term that counts, of which
 * there are few: twice the text costs twice as much, not four or eight times. */
static void test_a_sentence_of_nothing_but_words_of_the_lists(void **state)
{
	static const struct {
		const char *unit;
		bool held;
	} rows[] = {
		{ "non vendiamo fucili, ", false },
		{ "fucili, vietato, vendiamo, ", true },
		{ "fucili non vendiamo ma vendiamo ", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t once = steps_of(rows[i].unit, 80, rows[i].held);
		size_t twice = steps_of(rows[i].unit, 160, rows[i].held);

		if (once == 0 || twice > once * 5 / 2)
			fail_msg("%s: %zu steps, then %zu", rows[i].unit, once, twice);
	}
}

/* Memory that runs out anywhere is told, and what was read before is read again the same. */
static void test_without_memory(void **state)
{
	struct str text = STR(
	    "Vendo FUCÌLI, m.u.n.i.z.i.o.n.i e v e n d o p i s t o l e: https://раypal.com");
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct one o;
		struct buf shown;

		assert_true(n < 200);
		buf_init(&shown, 0);
		content_text_init(&o.text);
		content_reading_init(&o.reading);
		check_fail_alloc_after(n, true);
		int rc = content_of_text(content, text, &o.text);
		if (rc == 0)
			rc = content_read(content, buf_str(&o.text.text), &o.reading, NULL);
		if (rc == 0) {
			content_score(
			    content, content_class_of(content, "weapons"), &o.reading, &o.score);
			content_show(content, buf_str(&o.text.text), &o.reading, &o.score, &shown);
		}
		check_fail_alloc_after(-1, false);
		assert_true(rc == 0 || rc == -E_NOMEM);
		failed = rc < 0 || shown.failed;
		if (!failed)
			assert_true(o.score.score >= 8 && shown.len > 0);
		buf_done(&shown);
		one_done(&o);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_labelled_texts),
		cmocka_unit_test(test_words_are_shown_as_written),
		cmocka_unit_test(test_denials),
		cmocka_unit_test(test_a_sentence_of_nothing_but_words_of_the_lists),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
