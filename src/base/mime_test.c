#include "base/mime.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/text.h"

static struct arena *arena;

static int set_up(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void read_mail(const char *name, struct str raw, struct mime_mail *m)
{
	struct err err = { 0 };

	if (mime_read(raw, arena, m, &err) < 0)
		fail_msg("%s: %s", name, err.text);
	assert_true(text_is_utf8(m->text));
}

#define HEAD "From: a@b.example\r\nSubject: x\r\n"

static void test_texts(void **state)
{
	static const struct {
		const char *name, *raw, *text;
		bool damaged;
	} rows[] = {
		{ "plain", HEAD "\r\nHello\r\n", "Hello\n", false },
		{ "line feeds alone", "From: a@b.example\n\nHello\nyou", "Hello\nyou\n", false },
		{ "a mail box's first line", "From a@b.example Fri Nov 20\r\n" HEAD "\r\nHello",
		    "Hello\n", false },
		{ "a byte order mark", "\xEF\xBB\xBF" HEAD "\r\nHello", "Hello\n", false },
		{ "quoted-printable",
		    HEAD "Content-Transfer-Encoding: Quoted-Printable\r\n\r\nPerch=C3=A9 =\r\nno",
		    "Perch\xC3\xA9 no\n", false },
		{ "quoted-printable that is none",
		    HEAD "Content-Transfer-Encoding: quoted-printable\r\n\r\na=ZZb", "aZZb\n",
		    true },
		{ "base64", HEAD "Content-Transfer-Encoding: base64\r\n\r\nUGVy\r\nY2jDqQ==\r\n",
		    "Perch\xC3\xA9\n", false },
		{ "base64 without its padding",
		    HEAD "Content-Transfer-Encoding: base64\r\n\r\nUGVyY2jDqQ", "Perch\xC3\xA9\n",
		    false },
		{ "base64 that was cut off", HEAD "Content-Transfer-Encoding: base64\r\n\r\nUGVyY",
		    "Per\n", true },
		{ "iso-8859-1",
		    HEAD "Content-Type: text/plain; charset=ISO-8859-1\r\n\r\nPerch\xE9",
		    "Perch\xC3\xA9\n", false },
		{ "windows-1252",
		    HEAD "Content-Type: text/plain; charset=\"windows-1252\"\r\n\r\n\x93"
			 "a\x94 \x80",
		    "\xE2\x80\x9C"
		    "a\xE2\x80\x9D \xE2\x82\xAC\n",
		    false },
		{ "iso-8859-15", HEAD "Content-Type: text/plain; charset=iso-8859-15\r\n\r\n\xA4",
		    "\xE2\x82\xAC\n", false },
		{ "no charset, no UTF-8", HEAD "\r\nPerch\xE9", "Perch\xC3\xA9\n", true },
		{ "a charset that is none, UTF-8",
		    HEAD "Content-Type: text/plain; charset=x\r\n\r\n\xC3\xA9", "\xC3\xA9\n",
		    true },
		{ "controls", HEAD "\r\na\001b\033c", "abc\n", false },
		{ "nothing", HEAD, "", false },
		{ "an attachment", HEAD "Content-Disposition: attachment\r\n\r\nHello", "", false },
		{ "a picture", HEAD "Content-Type: image/png\r\n\r\nHello", "", false },
		{ "html", HEAD "Content-Type: text/html\r\n\r\n<p>a&amp;b<br>c</p>", "a&b\nc\n",
		    false },
		{ "alternatives",
		    HEAD
		    "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\none\r\n--x\r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n--x--\r\n",
		    "one\n", false },
		{ "an empty alternative",
		    HEAD
		    "Content-Type: multipart/alternative; boundary=x\r\n\r\n--x\r\n\r\n \r\n--x\r\nContent-Type: text/html\r\n\r\n<b>two</b>\r\n--x--\r\n",
		    " \ntwo\n", false },
		{ "parts",
		    HEAD
		    "Content-Type: multipart/mixed; boundary=\"x y\"\r\n\r\nfor nobody\r\n--x y\r\n\r\none\r\n--x y\r\n\r\ntwo\r\n--x y--\r\nnor this",
		    "one\ntwo\n", false },
		{ "parts that were cut off",
		    HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n",
		    "one\n", true },
		{ "parts without a boundary", HEAD "Content-Type: multipart/mixed\r\n\r\none",
		    "one\n", false },
		{ "a boundary that begins like another",
		    HEAD
		    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\none\r\n--xy\r\ntwo\r\n--x--",
		    "one\n--xy\ntwo\n", false },
		{ "a line that is no header", HEAD "nonsense\r\n\r\nHello", "Hello\n", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_mail m;
		read_mail(rows[i].name, str_c(rows[i].raw), &m);
		if (!str_eq_c(m.text, rows[i].text) || m.damaged != rows[i].damaged)
			fail_msg("%s: \"%.*s\"%s", rows[i].name, STR_ARG(m.text),
			    m.damaged ? ", damaged" : "");
	}
}

static void test_html(void **state)
{
	static const struct {
		const char *html, *text;
	} rows[] = {
		{ "<style>p{}</style><script>alert('<p>')</script>a", "a\n" },
		{ "a<!-- <p>b</p> -->c", "ac\n" },
		{ "a  \n  b", "a b\n" },
		{ "<td>a</td><td>b</td>", "a b\n" },
		{ "<tr><td>a</td></tr><tr><td>b</td></tr>", "a\nb\n" },
		{ "&egrave;&#232;&#xE8;&nbsp;&euro;", "\xC3\xA8\xC3\xA8\xC3\xA8 \xE2\x82\xAC\n" },
		{ "&unknown; &", "&unknown; &\n" },
		{ "&#0;&#1114112;&#xD800;", "&#0;&#1114112;&#xD800;\n" },
		{ "1 < 2", "1 < 2\n" },
		{ "<p title='>'>a</p>", "a\n" },
		{ "<p", "" },
		{ "<!-- never ends", "" },
		{ "<script>never ends", "" },
		{ "<H1>A</H1>b", "A\nb\n" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_mail m;
		struct str raw = arena_printf(
		    arena, HEAD "Content-Type: text/html; charset=utf-8\r\n\r\n%s", rows[i].html);
		read_mail(rows[i].html, raw, &m);
		assert_true(m.html);
		if (!str_eq_c(m.text, rows[i].text))
			fail_msg("%s: \"%.*s\"", rows[i].html, STR_ARG(m.text));
	}
}

static void test_links(void **state)
{
	struct mime_mail m;
	struct str raw = STR(HEAD
	    "Content-Type: text/html\r\n\r\n<a href=\"https://a.example/?x=1\">b</a>"
	    "<A class=c HREF = 'http://b.example'>d</A><a name=href>e</a><a data-href=\"x\">f</a>"
	    "<a href=https://c.example/>g</a>");

	(void)state;
	read_mail("links", raw, &m);
	assert_int_equal(m.links_len, 3);
	assert_true(str_eq(m.links[0], STR("https://a.example/?x=1")));
	assert_true(str_eq(m.links[1], STR("http://b.example")));
	assert_true(str_eq(m.links[2], STR("https://c.example/")));
}

static void test_headers(void **state)
{
	struct mime_mail m;
	struct str raw = STR(
	    "From: =?utf-8?Q?Ada_l=C3=A0?=\r\n =?utf-8?B?LCBkaQ==?= <ada@shop.example>\r\n"
	    "SUBJECT: one\r\n two =?iso-8859-1*it?q?=E9?= three =?utf-8?X?no?=\r\n"
	    "X-Tab:\ta\tb\r\n"
	    "Date: Fri, 20 Nov 2026 09:15:00 +0100\r\n\r\n");

	(void)state;
	read_mail("headers", raw, &m);
	assert_true(str_eq(m.outer.from, STR("ada@shop.example")));
	assert_true(str_eq(m.outer.from_name, STR("Ada l\xC3\xA0, di")));
	assert_true(str_eq(m.outer.subject, STR("one two \xC3\xA9 three =?utf-8?X?no?=")));
	assert_true(str_eq(mime_header(&m.outer, "x-tab"), STR("a b")));
	assert_int_equal(m.outer.date, 1795162500000LL);
	assert_null(mime_header(&m.outer, "Reply-To").p);
}

static void test_an_e_mail_inside(void **state)
{
	struct mime_mail m;
	struct str raw = STR(HEAD
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nsee\r\n--x\r\n"
	    "Content-Type: message/rfc822\r\n\r\nFrom: c@d.example\r\nSubject: inner\r\n\r\nHello\r\n--x--\r\n");

	(void)state;
	read_mail("inside", raw, &m);
	assert_true(str_eq(m.outer.from, STR("a@b.example")));
	assert_true(str_eq(m.inner.from, STR("c@d.example")));
	assert_true(str_eq(m.inner.subject, STR("inner")));
	assert_true(str_eq(m.text, STR("see\nHello\n")));
}

static void test_dates(void **state)
{
	static const struct {
		const char *text;
		time_ms at; /* 0 = none */
	} rows[] = {
		{ "Fri, 20 Nov 2026 09:15:00 +0100", 1795162500000LL },
		{ "20 Nov 2026 08:15:00 GMT", 1795162500000LL },
		{ "20 Nov 2026 08:15 +0000", 1795162500000LL },
		{ "Fri,  20  Nov  2026  03:15:00  -0500 (EST)", 1795162500000LL },
		{ "20 Foo 2026 08:15:00 +0000", 0 },
		{ "31 Feb 2026 08:15:00 +0000", 0 },
		{ "20 Nov 2026 25:15:00 +0000", 0 },
		{ "20 Nov 2026", 0 },
		{ "", 0 },
		{ "today", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		time_ms at = mime_date(str_c(rows[i].text));
		if (at != (rows[i].at ? rows[i].at : TIME_NONE))
			fail_msg("%s: %lld", rows[i].text, (long long)at);
	}
}

static void test_what_is_no_e_mail(void **state)
{
	static const char *const rows[] = { "", "hello", "\r\n\r\nhello", "{\"a\": 1}",
		"Content-Type: text/plain\r\n\r\nx" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_mail m;
		struct err err = { 0 };
		if (mime_read(str_c(rows[i]), arena, &m, &err) != -E_INVALID)
			fail_msg("row %zu", i);
	}
}

static int read_made(struct buf *raw)
{
	struct mime_mail m;
	struct err err = { 0 };

	assert_false(raw->failed);
	int r = mime_read(buf_str(raw), arena, &m, &err);
	buf_reset(raw);
	return r;
}

static void nest(struct buf *raw, int depth)
{
	buf_add_c(raw, HEAD);
	for (int i = 0; i < depth; i++)
		buf_addf(raw, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i);
	buf_add_c(raw, "\r\nHello\r\n");
}

static void test_limits(void **state)
{
	struct buf raw;

	(void)state;
	buf_init(&raw, 0);
	nest(&raw, MIME_DEPTH_MAX);
	assert_int_equal(read_made(&raw), 0);
	nest(&raw, MIME_DEPTH_MAX + 1);
	assert_int_equal(read_made(&raw), -E_TOO_LARGE);
	for (int i = 0; i <= MIME_HEADERS_MAX; i++)
		buf_addf(&raw, "X-%d: y\r\n", i);
	assert_int_equal(read_made(&raw), -E_TOO_LARGE);
	buf_add_c(&raw, HEAD "Content-Type: multipart/mixed; boundary=x\r\n\r\n");
	for (int i = 0; i <= MIME_PARTS_MAX; i++)
		buf_add_c(&raw, "--x\r\n\r\ny\r\n");
	assert_int_equal(read_made(&raw), -E_TOO_LARGE);
	buf_add_c(&raw, HEAD "\r\n");
	for (size_t i = 0; i < MIME_MAX; i++)
		buf_add_char(&raw, 'a');
	assert_int_equal(read_made(&raw), -E_TOO_LARGE);
	buf_add_c(&raw, HEAD "Content-Type: text/html\r\n\r\n");
	for (int i = 0; i < 200; i++)
		buf_add_c(&raw, "<a href=https://a.example>");
	assert_int_equal(read_made(&raw), 0);
	buf_done(&raw);
}

static void test_without_memory(void **state)
{
	struct str raw = STR(HEAD
	    "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/html\r\n\r\n"
	    "<a href=x>y</a>\r\n--x\r\nContent-Transfer-Encoding: base64\r\n\r\nUGVy\r\n--x--");
	int r = -E_NOMEM;

	(void)state;
	for (long n = 0; r == -E_NOMEM && n < 200; n++) {
		struct arena *a = arena_new(64, 0);
		struct mime_mail m;
		struct err err = { 0 };
		assert_non_null(a);
		check_fail_alloc_after(n, true);
		r = mime_read(raw, a, &m, &err);
		check_fail_alloc_after(-1, false);
		arena_free(&a);
	}
	assert_int_equal(r, 0);
}

#define WITH(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH(test_texts),
		WITH(test_html),
		WITH(test_links),
		WITH(test_headers),
		WITH(test_an_e_mail_inside),
		WITH(test_dates),
		WITH(test_what_is_no_e_mail),
		WITH(test_limits),
		WITH(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
