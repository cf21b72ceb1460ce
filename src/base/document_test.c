#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/document.h"
#include "base/torture.h"

#define AT 1795341600000LL /* 2026-11-22T10:00:00Z */
#define ROWS 300

static const struct document_column columns[] = {
	{ "Ora", 2, false },
	{ "Decisione", 1, true },
};

static struct document *make(struct arena *a, size_t rows)
{
	struct document *d = document_new(a, LANG_IT, AT, STR("Prova <1>"), STR("Bottega & figli"));
	const struct str cells[] = { STR("<script>alert(\"1\")</script>"),
		STR("dec_0c5gq3hr8v2zk") };

	if (!d)
		return NULL;
	document_set_subtitle(d, STR("'sotto'"));
	document_heading(d, STR("Persona"));
	document_line(d, "Nome", STR("\u202eanna"));
	document_line(d, "Testo", STR("una riga\r\ne un'altra"));
	document_line_mono(d, "Voce", STR("17"));
	document_note(d, STR("Fatti."));
	document_table(d, columns, ARRAY_LEN(columns));
	for (size_t i = 0; i < rows; i++)
		document_row(d, cells);
	document_subheading(d, STR("Sigillo"));
	document_code(d, STR("origin\n13\n"));
	document_paragraph(d, STR("Fine."));
	return d;
}

static const char body[] =
    "<title>Prova &lt;1&gt;</title>\n"
    "|<body>\n<main>\n<header>\n<h1>Prova &lt;1&gt;</h1>\n<p><bdi>&#39;sotto&#39;</bdi></p>\n</header>\n"
    "<h2>Persona</h2>\n"
    "<dl>\n<dt>Nome</dt><dd><bdi>[U+202E]anna</bdi></dd>\n"
    "<dt>Testo</dt><dd><bdi>una riga\ne un&#39;altra</bdi></dd>\n"
    "<dt>Voce</dt><dd class=\"mono\"><bdi>17</bdi></dd>\n</dl>\n"
    "<p class=\"note text\" role=\"note\">Fatti.</p>\n"
    "<div class=\"wide\" tabindex=\"0\">\n<table>\n<colgroup><col width=\"66%\"><col width=\"33%\"></colgroup>\n"
    "<thead><tr><th scope=\"col\">Ora</th><th scope=\"col\">Decisione</th></tr></thead>\n<tbody>\n"
    "<tr><td><bdi>&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;</bdi></td>"
    "<td class=\"mono\"><bdi>dec_0c5gq3hr8v2zk</bdi></td></tr>\n"
    "</tbody>\n</table>\n</div>\n"
    "<h3>Sigillo</h3>\n<pre dir=\"ltr\">origin\n13\n</pre>\n<p class=\"text\">Fine.</p>\n"
    "</main>\n<footer><p>Bottega &amp; figli</p></footer>\n</body>\n</html>\n";

/* The two parts of `body` stand in the file, the second one at its end. */
static void test_html(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct str rest = str_c(body), title = str_cut(&rest, '|');
	struct err err = { 0 };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(document_html(make(a, 1), &out, &err), 0);
	assert_true(str_starts(buf_str(&out), STR("<!DOCTYPE html>\n<html lang=\"it\">\n")));
	assert_non_null(memmem(out.p, out.len, title.p, title.len));
	if (!str_ends(buf_str(&out), rest))
		fail_msg("%s", strstr(out.p, "<body>"));
	assert_null(strstr(out.p, "<script"));
	assert_null(strstr(out.p, "http://"));
	assert_null(strstr(out.p, "https://"));
	buf_done(&out);
	arena_free(&a);
}

/* A browser lets the style in only when its digest is the one that the policy names. */
static void test_style_is_named(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	struct sha256 digest;
	struct buf out, named;

	(void)state;
	buf_init(&out, 0);
	buf_init(&named, 0);
	assert_int_equal(document_html(make(a, 1), &out, &err), 0);
	const char *style = strstr(out.p, "<style>") + strlen("<style>");
	crypto_sha256(str_n(style, (size_t)(strstr(style, "</style>") - style)), &digest);
	buf_add_c(&named, "style-src 'sha256-");
	base64_encode(str_n((const char *)digest.b, SHA256_LEN), &named);
	buf_add_c(&named, "';");
	assert_non_null(strstr(out.p, named.p));
	buf_done(&named);
	buf_done(&out);
	arena_free(&a);
}

/* --- what is put in --------------------------------------------------------------------------- */

static const struct {
	const char *name, *text, *clean;
} texts[] = {
	{ "plain", "ciao", "ciao" },
	{ "lines", "a\nb\r\nc", "a\nb\nc" },
	{ "a lone return", "a\rb", "a\u240db" },
	{ "tab", "a\tb", "a    b" },
	{ "escape", "\x1b[2J", "\u241b[2J" },
	{ "delete", "a\x7f", "a[U+007F]" },
	{ "no UTF-8", "a\xff\xc3", "a\ufffd\ufffd" },
	{ "half a character", "\xe4\xb8", "\ufffd\ufffd" },
	{ "a surrogate", "\xed\xa0\x80", "\ufffd\ufffd\ufffd" },
	{ "override", "\u202egnp.exe", "[U+202E]gnp.exe" },
	{ "isolate", "\u2066x\u2069", "[U+2066]x[U+2069]" },
	{ "marks", "\u200e\u200f\u061c", "[U+200E][U+200F][U+061C]" },
	{ "hidden", "a\u200bb\ufeff", "a[U+200B]b[U+FEFF]" },
	{ "line separator", "a\u2028b", "a[U+2028]b" },
	{ "no character", "\ufffe", "[U+FFFE]" },
	{ "a tag", "\U000e0041", "[U+E0041]" },
	{ "Arabic, Chinese, emoji", "مرحبا 中文 😀", "مرحبا 中文 😀" },
	{ "joined emoji", "👩‍👧", "👩‍👧" },
};

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct arena *a = arena_new(0, 0);
		struct document *d = document_new(a, LANG_EN, AT, STR("t"), STR("f"));
		document_paragraph(d, str_c(texts[i].text));
		assert_false(d->failed);
		if (!str_eq_c(d->blocks->text, texts[i].clean))
			fail_msg("%s: \"%.*s\"", texts[i].name, STR_ARG(d->blocks->text));
		arena_free(&a);
	}
}

static void test_time(void **state)
{
	char text[DOCUMENT_TIME_MAX];

	(void)state;
	document_time(AT, text);
	assert_string_equal(text, "2026-11-22 10:00:00 +00:00");
	document_time(AT + 5, text);
	assert_string_equal(text, "2026-11-22 10:00:00.005 +00:00");
	document_time(TIME_NONE, text);
	assert_string_equal(text, "");
}

static int build(void *arg)
{
	struct arena *a = arena_new(0, 0);
	struct document *d = a ? make(a, 3) : NULL;
	struct err err;
	struct buf out;
	int r;

	(void)arg;
	buf_init(&out, 0);
	r = d ? document_html(d, &out, &err) : -E_NOMEM;
	buf_done(&out);
	arena_free(&a);
	return r;
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	torture("a document", build, NULL);
}

/* --- PDF -------------------------------------------------------------------------------------- */

/* What the program says of the file; "%s" is its place. */
static struct buf ask(const char *command, const struct buf *pdf)
{
	char path[] = "/tmp/varco-document-XXXXXX", line[256], chunk[4096];
	int fd = mkstemp(path);
	struct buf said;
	size_t n;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, pdf->p, pdf->len), pdf->len);
	(void)close(fd);
	(void)snprintf(line, sizeof(line), "%s %s -", command, path);
	if (!strstr(command, "pdftotext"))
		(void)snprintf(line, sizeof(line), "%s %s", command, path);
	FILE *f = popen(line, "re");
	assert_non_null(f);
	buf_init(&said, 0);
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		buf_add(&said, str_n(chunk, n));
	assert_int_equal(pclose(f), 0);
	(void)unlink(path);
	return said;
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (const char *p = text; (p = strstr(p, word)); p += strlen(word))
		n++;
	return n;
}

static void test_pdf(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	struct buf out, said;

	(void)state;
	buf_init(&out, 0);
	if (document_pdf(make(a, ROWS), &out, &err) < 0)
		fail_msg("%s", err.text);
	assert_true(str_starts(buf_str(&out), STR("%PDF-")));
	said = ask("pdftotext -layout", &out);
	assert_int_equal(count(said.p, "dec_0c5gq3hr8v2zk"), ROWS);
	assert_int_equal(count(said.p, "<script>alert(\"1\")</script>"), ROWS);
	assert_non_null(strstr(said.p, "[U+202E]anna"));
	assert_non_null(strstr(said.p, "Fine."));
	size_t pages = count(said.p, "\f");
	assert_true(pages > 3);
	assert_int_equal(count(said.p, "Bottega & figli"), pages);
	assert_int_equal(count(said.p, "Decisione"), pages); /* the table's head, again on each */
	char last[64];
	(void)snprintf(last, sizeof(last), "Pagina %zu di %zu", pages, pages);
	assert_non_null(strstr(said.p, last));
	buf_done(&said);
	said = ask("pdfinfo", &out);
	assert_non_null(strstr(said.p, "Prova <1>"));
	assert_non_null(strstr(said.p, "A4"));
	buf_done(&said);
	buf_done(&out);
	arena_free(&a);
}

/* The same document gives the same bytes. */
static void test_pdf_is_the_same_again(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	struct buf one, two;

	(void)state;
	buf_init(&one, 0);
	buf_init(&two, 0);
	assert_int_equal(document_pdf(make(a, 3), &one, &err), 0);
	assert_int_equal(document_pdf(make(a, 3), &two, &err), 0);
	assert_int_equal(one.len, two.len);
	assert_memory_equal(one.p, two.p, one.len);
	buf_done(&one);
	buf_done(&two);
	arena_free(&a);
}

/* Scripts of many sorts, marks upon marks, one word of a page and more. */
static void test_pdf_of_odd_texts(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct document *d = document_new(a, LANG_EN, AT, STR("odd"), STR(""));
	struct buf long_word, marks, out;
	const struct str cells[] = { STR("a"), STR("b") };
	struct err err = { 0 };

	(void)state;
	buf_init(&out, 0);
	buf_init(&marks, 0);
	buf_init(&long_word, 0);
	for (int i = 0; i < 20000; i++)
		buf_add_char(&long_word, 'w');
	buf_add_c(&marks, "a");
	for (int i = 0; i < 500; i++)
		buf_add_c(&marks, "\u0301");
	for (size_t i = 0; i < ARRAY_LEN(texts); i++)
		document_line(d, texts[i].name, str_c(texts[i].text));
	document_paragraph(
	    d, STR("ܐܒ ਪੰਜਾਬੀ ไทย 한국어 עברית \U00020000 \U0001f9d1\u200d\U0001f4bb \ue000"));
	document_paragraph(d, buf_str(&marks));
	document_paragraph(d, buf_str(&long_word));
	document_note(d, buf_str(&long_word));
	document_line(d, long_word.p, buf_str(&long_word));
	document_table(d, columns, ARRAY_LEN(columns));
	document_row(d, cells);
	document_row(d, (const struct str[]){ buf_str(&long_word), buf_str(&marks) });
	document_row(d, cells);
	document_table(d, columns, ARRAY_LEN(columns));
	document_paragraph(d, STR(""));
	if (document_pdf(d, &out, &err) < 0)
		fail_msg("%s", err.text);
	struct buf said = ask("pdftotext", &out);
	assert_true(count(said.p, "w") >= 60000);
	assert_non_null(strstr(said.p, "中文"));
	buf_done(&said);
	buf_done(&long_word);
	buf_done(&marks);
	buf_done(&out);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_html),
		cmocka_unit_test(test_style_is_named),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_time),
		cmocka_unit_test(test_memory_runs_out),
		cmocka_unit_test(test_pdf),
		cmocka_unit_test(test_pdf_is_the_same_again),
		cmocka_unit_test(test_pdf_of_odd_texts),
	};
	struct err err = { 0 };

	if (crypto_init(&err) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
