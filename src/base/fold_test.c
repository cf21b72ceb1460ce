/* What texts become, where words came from, and texts for which memory runs out. */
#include "base/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

static const struct fold_sign items[] = {
	{ 0x430, false, "a" },
	{ 0x43e, false, "o" },
	{ 0x441, false, "c" },
	{ 0x440, false, "p" },
	{ 0xdf, false, "ss" },
	{ 0xe6, false, "ae" },
	{ 0x1f52b, true, "gun" },
};

static struct fold_signs signs(void)
{
	static struct fold_sign sorted[ARRAY_LEN(items)];
	size_t len = 0;

	for (uint32_t point = 0; len < ARRAY_LEN(items);) {
		const struct fold_sign *next = NULL;

		for (size_t i = 0; i < ARRAY_LEN(items); i++) {
			if (items[i].point > point && (!next || items[i].point < next->point))
				next = &items[i];
		}
		point = next->point;
		sorted[len++] = *next;
	}
	return (struct fold_signs){ sorted, len };
}

static bool knows(const void *ctx, struct str word)
{
	static const char *const words[] = { "vendo", "fucili", "caccia", "selling", "buone" };

	(void)ctx;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (str_eq_c(word, words[i]))
			return true;
	}
	return false;
}

static void test_words(void **state)
{
	static const struct {
		const char *text, *folded;
	} rows[] = {
		{ "", " " },
		{ "   ", " " },
		{ "Ciao", " ciao " },
		{ "Perché NO?", " perche no . " },
		{ "uno, due: tre; quattro", " uno due tre . quattro " },
		{ "una\nriga", " una . riga " },
		/* compatibility forms, accents, other scripts */
		{ "ｆｕｌｌ ｗｉｄｔｈ", " full width " },
		{ "𝐛𝐨𝐥𝐝 ①", " bold 1 " },
		{ "cafe\xcc\x81 straße æther", " cafe strasse aether " },
		{ "рорсorn", " popcorn " },
		{ "🅰🅱", " ab " },
		{ "ciao 🔫 ciao", " ciao gun ciao " },
		/* invisible characters, and bytes that are no text */
		{ "pi\xe2\x80\x8bsto\xc2\xadla", " pistola " },
		{ "pi\xffstola", " pi stola " },
		{ "pi\xe2\x80", " pi " },
		{ "tab\there", " tab here " },
		/* digits and signs for letters */
		{ "v1agra", " viagra vlagra " },
		{ "c0ca1na", " cocaina cocalna " },
		{ "pa$$word", " password " },
		{ "c@sino", " casino " },
		{ "\\/iagra", " viagra " },
		{ "/\\rmi", " armi " },
		{ "p!stola", " pistola " },
		{ "a/b", " a b " },
		{ "50", " 50 " },
		{ "1234 12345678 123456789", " ## ## ### " },
		{ "iso9001", " iso ## " },
		{ "7up", " 7 up " },
		{ "spray5", " spray 5 sprays " },
		/* repetitions */
		{ "sigaretteeee", " sigarette " },
		{ "pizza xxx", " pizza xxx " },
		/* letters set apart */
		{ "f u c i l e", " f u c i l e fucile " },
		{ "p.i.s.t.o.l.e", " p i s t o l e pistole " },
		{ "l-e-t-t-e-r-s now", " l e t t e r s letters now " },
		{ "g.u.n.s s.e.l.l", " g u n s guns s e l l sell " },
		{ "f u c i  l i o n", " f u c i fuci l i o n lion " },
		{ "co-ca-ina", " co ca ina cocaina " },
		{ "a b c", " a b c " },
		{ "S.p.A.", " s p a . " },
		{ "v e n d o f u c i l i", " v e n d o f u c i l i vendofucili vendo fucili " },
		{ "v e n d o x f u c i l i",
		    " v e n d o x f u c i l i vendoxfucili vendo x fucili " },
		{ "f u c 1 l 1 b u o n e", " f u c 1 l 1 b u o n e fucilibuone fucili buone " },
		/* dress, money, variables */
		{ "*gr*at_is_", " gratis " },
		{ "10 € £5 $3 20%", " 10 eur gbp 5 usd 3 20 pct " },
		{ "{{1}} ciao {{nome}}", " {} ciao {} " },
		{ "{{1", " {} " },
		{ "(forse) \"sì\".", " forse si . " },
	};
	struct fold_signs s = signs();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fold_notes notes = { .knows = knows };
		struct buf raw, out;

		buf_init(&raw, 0);
		buf_init(&out, 0);
		fold_words(&s, str_c(rows[i].text), &notes, &raw, &out);
		if (!str_eq_c(buf_str(&out), rows[i].folded))
			fail_msg("\"%s\":\n\"%.*s\"", rows[i].text, STR_ARG(buf_str(&out)));
		buf_done(&raw);
		buf_done(&out);
	}
}

static void test_marks(void **state)
{
	static const struct {
		const char *text, *marked; /* "|" at the marks */
	} rows[] = {
		{ "uno due", " uno due " },
		{ "uno, due", " uno |due " },
		{ "uno,due", " uno |due " },
		{ "prezzo: 10,50", " prezzo |10 |50 " },
		{ "uno - due", " uno |due " },
		{ "uno (due) tre", " uno |due |tre " },
	};
	struct fold_signs s = signs();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fold_notes notes = { .knows = NULL };
		struct buf raw, out, marked;

		buf_init(&raw, 0);
		buf_init(&out, 0);
		buf_init(&marked, 0);
		fold_words(&s, str_c(rows[i].text), &notes, &raw, &out);
		for (size_t at = 0, m = 0; at < out.len; at++) {
			for (; m < notes.marks_len && notes.marks[m] == at; m++)
				buf_add_char(&marked, '|');
			buf_add_char(&marked, out.p[at]);
		}
		if (!str_eq_c(buf_str(&marked), rows[i].marked))
			fail_msg("\"%s\": \"%.*s\"", rows[i].text, STR_ARG(buf_str(&marked)));
		buf_done(&raw);
		buf_done(&out);
		buf_done(&marked);
	}
}

static void test_no_more_marks_than_there_is_room(void **state)
{
	struct fold_signs s = signs();
	struct fold_notes notes = { .knows = NULL };
	struct buf raw, out, text;

	(void)state;
	buf_init(&raw, 0);
	buf_init(&out, 0);
	buf_init(&text, 0);
	for (int i = 0; i < 5 * FOLD_MARKS_MAX; i++)
		buf_add_c(&text, "ma, ");
	fold_words(&s, buf_str(&text), &notes, &raw, &out);
	assert_int_equal(notes.marks_len, FOLD_MARKS_MAX);
	buf_done(&raw);
	buf_done(&out);
	buf_done(&text);
}

/* Each word of what came out beside the bytes of the text. */
static void test_origins(void **state)
{
	static const struct {
		const char *text, *told;
	} rows[] = {
		{ "Ciao, bella", "ciao<Ciao> bella<bella>" },
		{ "perché no", "perche<perché> no<no>" },
		{ "cafe\xcc\x81 nero", "cafe<cafe\xcc\x81> nero<nero>" },
		{ "una 🔫 qui", "una<una> gun<🔫> qui<qui>" },
		{ "pi\xe2\x80\x8bstola", "pistola<pi\xe2\x80\x8bstola>" },
		{ "straße", "strasse<straße>" },
		{ "20%", "20<20> pct<%>" },
		{ "v e n d o f u c i l i",
		    "v<v> e<e> n<n> d<d> o<o> f<f> u<u> c<c> i<i> l<l> i<i> "
		    "vendofucili<v e n d o f u c i l i> vendo<v e n d o> fucili<f u c i l i>" },
		{ "co-ca-ina", "co<co> ca<ca> ina<ina> cocaina<co-ca-ina>" },
		{ "", "" },
	};
	struct fold_signs s = signs();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fold_notes notes = { .knows = knows };
		struct buf raw, out, origins, told;
		struct str text = str_c(rows[i].text);

		buf_init(&raw, 0);
		buf_init(&out, 0);
		buf_init(&origins, 0);
		buf_init(&told, 0);
		fold_trace(&s, text, &notes, &raw, &out, &origins);
		const struct fold_origin *o = (const void *)origins.p;
		for (size_t k = 0; k < origins.len / sizeof(*o); k++) {
			struct str rest = str_sub(buf_str(&out), o[k].out, out.len);
			struct str word = str_cut(&rest, ' ');

			buf_addf(&told, "%s%.*s<%.*s>", k ? " " : "", STR_ARG(word),
			    STR_ARG(str_sub(text, o[k].from, o[k].to - o[k].from)));
		}
		if (!str_eq_c(buf_str(&told), rows[i].told))
			fail_msg("\"%s\":\n%.*s", rows[i].text, STR_ARG(buf_str(&told)));
		buf_done(&raw);
		buf_done(&out);
		buf_done(&origins);
		buf_done(&told);
	}
}

/* Words of any length come out in pieces, and nothing is walked over and over. */
static void test_long_texts(void **state)
{
	static const char *const parts[] = { "x", "1", "a1", "$", "{", "a ", "a.",
		"\xf0\x9f\x94\xab", "\\/", "é", "(", "a-b" };
	struct fold_signs s = signs();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
		struct fold_notes notes = { .knows = knows };
		struct buf raw, out, text;

		buf_init(&raw, 0);
		buf_init(&out, 0);
		buf_init(&text, 0);
		while (text.len < 100000)
			buf_add_c(&text, parts[i]);
		fold_words(&s, buf_str(&text), &notes, &raw, &out);
		assert_false(out.failed);
		for (size_t at = 0, len = 0; at < out.len; at++) {
			len = out.p[at] == ' ' ? 0 : len + 1;
			assert_true(len <= 64);
		}
		buf_done(&raw);
		buf_done(&out);
		buf_done(&text);
	}
}

static void test_without_memory(void **state)
{
	struct fold_signs s = signs();
	struct fold_notes notes = { .knows = knows };
	struct str text = STR("Perché v e n d o f u c i l i, p.i.s.t.o.l.e 🔫 e {{1}}?");
	bool failed = true;

	(void)state;
	for (long n = 0; failed; n++) {
		struct buf raw, out, origins;

		assert_true(n < 100);
		buf_init(&raw, 0);
		buf_init(&out, 0);
		buf_init(&origins, 0);
		check_fail_alloc_after(n, true);
		fold_words(&s, text, &notes, &raw, &out);
		failed = out.failed;
		buf_reset(&out);
		fold_trace(&s, text, &notes, &raw, &out, &origins);
		failed = failed || out.failed;
		check_fail_alloc_after(-1, false);
		buf_done(&raw);
		buf_done(&out);
		buf_done(&origins);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words),
		cmocka_unit_test(test_marks),
		cmocka_unit_test(test_no_more_marks_than_there_is_room),
		cmocka_unit_test(test_origins),
		cmocka_unit_test(test_long_texts),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
