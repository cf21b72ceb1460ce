#include "base/mime_write.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/text.h"

#define AT 1795341600000LL /* 2026-11-22T10:00:00Z */

static const struct str ops = { "ops@shop.example", 16 };

static struct mime_letter letter_of(const char *subject, const char *text)
{
	return (struct mime_letter){
		.from = STR("varco@gate.example"),
		.to = &ops,
		.to_len = 1,
		.subject = str_c(subject),
		.text = str_c(text),
		.id = STR("alert_0c5gq3hr8v2zk"),
		.at = AT,
	};
}

static void write_to(struct buf *out, const struct mime_letter *l)
{
	struct err err = { 0 };

	buf_reset(out);
	if (mime_write(l, out, &err) < 0)
		fail_msg("%s", err.text);
}

static void test_a_plain_letter(void **state)
{
	struct mime_letter l = letter_of("All clear", "One line.\n");
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	write_to(&out, &l);
	assert_string_equal(out.p,
	    "From: <varco@gate.example>\r\n"
	    "To: <ops@shop.example>\r\n"
	    "Subject: All clear\r\n"
	    "Date: Sun, 22 Nov 2026 10:00:00 +0000\r\n"
	    "Message-ID: <alert_0c5gq3hr8v2zk@gate.example>\r\n"
	    "Auto-Submitted: auto-generated\r\n"
	    "MIME-Version: 1.0\r\n"
	    "Content-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: quoted-printable\r\n"
	    "\r\n"
	    "One line.\r\n");
	buf_done(&out);
}

static const char *body_of(const struct buf *out)
{
	return strstr(out->p, "\r\n\r\n") + 4;
}

static void test_bodies(void **state)
{
	static const struct {
		const char *name, *text, *body;
	} rows[] = {
		{ "accents", "Perch\xC3\xA9", "Perch=C3=A9\r\n" },
		{ "a dot alone would end the letter", "a\n.\nb", "a\r\n=2E\r\nb\r\n" },
		{ "a dot inside stays", "a.b", "a.b\r\n" },
		{ "a carriage return is no line end", "a\rb", "a=0Db\r\n" },
		{ "headers in a body are text", "\nBcc: x@y.example\n",
		    "\r\nBcc: x@y.example\r\n" },
		{ "blanks at the end", "a \nb\t", "a=20\r\nb=09\r\n" },
		{ "an equals sign", "a=b", "a=3Db\r\n" },
		{ "nothing", "", "" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_letter l = letter_of("x", rows[i].text);
		write_to(&out, &l);
		if (strcmp(body_of(&out), rows[i].body) != 0)
			fail_msg("%s: %s", rows[i].name, body_of(&out));
	}
	buf_done(&out);
}

/* Whatever the text, no line is longer than allowed, none begins with a dot, all end in CRLF. */
static void test_lines(void **state)
{
	char text[2000];
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (unsigned seed = 0; seed < 50; seed++) {
		for (size_t i = 0; i < sizeof(text) - 1; i++)
			text[i] = "a.=\xC3\xA9 \nb."[(seed * 7 + i * (seed % 5 + 1) + i / 13) % 9];
		text[sizeof(text) - 1] = '\0';
		struct mime_letter l = letter_of("x", text);
		if (!text_is_utf8(l.text))
			continue;
		write_to(&out, &l);
		struct str rest = str_c(body_of(&out));
		while (rest.len) {
			struct str line = str_cut(&rest, '\n');
			assert_true(str_ends(line, STR("\r")));
			assert_true(line.len <= 77);
			assert_false(str_starts(line, STR(".")));
		}
	}
	buf_done(&out);
}

static void test_subjects(void **state)
{
	static const struct {
		const char *name, *subject, *wanted;
	} rows[] = {
		{ "accents", "Perch\xC3\xA9", "Subject: =?UTF-8?B?UGVyY2jDqQ==?=\r\nDate:" },
		{ "a header is no header", "x\r\nBcc: eve@evil.example",
		    "Subject: x  Bcc: eve@evil.example\r\nDate:" },
		{ "what looks encoded is encoded",
		    "=?UTF-8?B?eA==?=", "Subject: =?UTF-8?B?PT9VVEYtOD9CP2VBPT0/PQ==?=\r\nDate:" },
		{ "none", "", "Subject: \r\nDate:" },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct mime_letter l = letter_of(rows[i].subject, "x");
		write_to(&out, &l);
		if (!strstr(out.p, rows[i].wanted))
			fail_msg("%s: %s", rows[i].name, out.p);
	}
	buf_done(&out);
}

/* Long ones are cut and folded between characters. */
static void test_a_long_subject(void **state)
{
	struct buf out, subject;

	(void)state;
	buf_init(&out, 0);
	buf_init(&subject, 0);
	for (int i = 0; i < 150; i++)
		buf_add_c(&subject, "\xC3\xA8");
	struct mime_letter l = letter_of(subject.p, "x");
	write_to(&out, &l);
	struct str rest = str_c(strstr(out.p, "Subject: "));
	size_t words = 0;
	while (rest.len && !str_starts(rest, STR("Date:"))) {
		struct str line = str_cut(&rest, '\n');
		assert_true(line.len <= 79);
		words++;
	}
	assert_int_equal(words, 5);
	buf_done(&out);
	buf_done(&subject);
}

static void test_addresses(void **state)
{
	static const struct {
		const char *text;
		bool good;
	} rows[] = {
		{ "ops@shop.example", true },
		{ "first.last+varco@mail.shop.example", true },
		{ "root@localhost", true },
		{ "", false },
		{ "ops", false },
		{ "@shop.example", false },
		{ "ops@", false },
		{ "ops@shop..example", false },
		{ ".ops@shop.example", false },
		{ "ops.@shop.example", false },
		{ "o..ps@shop.example", false },
		{ "ops@shop.example\r\nBcc: eve@evil.example", false },
		{ "ops@shop.example\n", false },
		{ "ops@shop.example>", false },
		{ "<ops@shop.example>", false },
		{ "\"ops\"@shop.example", false },
		{ "ops@[127.0.0.1]", false },
		{ "ops@shop.example SIZE=1", false },
		{ "ops,eve@shop.example", false },
		{ "ops@-shop.example", false },
		{ "op\xC3\xA9@shop.example", false },
		{ "a@b@shop.example", false },
		{ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa@shop.example",
		    false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (mime_is_address(str_c(rows[i].text)) != rows[i].good)
			fail_msg("%s", rows[i].text);
	}
	assert_false(mime_is_address(STR("ops@shop\0.example")));
}

static void test_what_is_refused(void **state)
{
	static const struct str eve = { "eve@evil.example\r\nRCPT", 22 };
	struct str many[MIME_TO_MAX + 1];
	struct mime_letter good = letter_of("x", "y");
	const struct {
		const char *field;
		struct mime_letter l;
	} rows[] = {
		{ "from", { .from = STR("x"), .to = &ops, .to_len = 1, .id = STR("a") } },
		{ "to", { .from = good.from, .to = &ops, .to_len = 0, .id = STR("a") } },
		{ "to", { .from = good.from, .to = &eve, .to_len = 1, .id = STR("a") } },
		{ "to",
		    { .from = good.from, .to = many, .to_len = MIME_TO_MAX + 1, .id = STR("a") } },
		{ "id", { .from = good.from, .to = &ops, .to_len = 1, .id = STR("a>\r\nX: y") } },
		{ "id", { .from = good.from, .to = &ops, .to_len = 1 } },
		{ "subject",
		    { .from = good.from,
			.to = &ops,
			.to_len = 1,
			.id = STR("a"),
			.subject = STR("\xFF") } },
		{ "text",
		    { .from = good.from,
			.to = &ops,
			.to_len = 1,
			.id = STR("a"),
			.text = STR("\xFF") } },
	};
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = ops;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		if (mime_write(&rows[i].l, &out, &err) >= 0 ||
		    strcmp(err.field, rows[i].field) != 0)
			fail_msg("row %zu: %s", i, err.text);
	}
	assert_int_equal(out.len, 0);
	buf_done(&out);
}

static void test_without_memory(void **state)
{
	struct mime_letter l = letter_of("Perch\xC3\xA9", "y");
	struct err err = { 0 };

	(void)state;
	for (long n = 0; n < 3; n++) {
		struct buf out;
		buf_init(&out, 0);
		check_fail_alloc_after(n, true);
		int r = mime_write(&l, &out, &err);
		check_fail_alloc_after(-1, false);
		assert_true(r == -E_NOMEM || n > 0);
		buf_done(&out);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_plain_letter),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_lines),
		cmocka_unit_test(test_subjects),
		cmocka_unit_test(test_a_long_subject),
		cmocka_unit_test(test_addresses),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
