#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/torture.h"

#define FIELDS 4
#define BYTES 20

static const struct csv_limits limits = { FIELDS, BYTES };

/* `records`: fields in brackets, records one a line, each with its row and line in front; the
 * error, when there is one, as the last line. */
struct row {
	const char *name, *text;
	size_t len; /* 0 = strlen(text) */
	char separator;
	const char *records;
};

static const struct row rows[] = {
	{ "nothing", "", 0, 0, "" },
	{ "one field", "a", 0, 0, "1:1 [a]\n" },
	{ "commas", "a,b\n1,2\n", 0, 0, "1:1 [a][b]\n2:2 [1][2]\n" },
	{ "semicolons", "a;b\n1,5;2\n", 0, 0, "1:1 [a][b]\n2:2 [1,5][2]\n" },
	{ "the more frequent one", "a;b;\"c,,,\"\n", 0, 0, "1:1 [a][b][c,,,]\n" },
	{ "as many of each: commas", "a;b,c\n", 0, 0, "1:1 [a;b][c]\n" },
	{ "told, whatever the first line says", "a,b\n", 0, ';', "1:1 [a,b]\n" },
	{ "CRLF", "a,b\r\n1,2\r\n", 0, 0, "1:1 [a][b]\n2:2 [1][2]\n" },
	{ "no line end at the end", "a,b\n1,2", 0, 0, "1:1 [a][b]\n2:2 [1][2]\n" },
	{ "empty fields", ",\n,x\n", 0, 0, "1:1 [][]\n2:2 [][x]\n" },
	{ "an empty field at the very end", "a,", 0, 0, "1:1 [a][]\n" },
	{ "byte order mark",
	    "\xef\xbb\xbf"
	    "a,b\n",
	    0, 0, "1:1 [a][b]\n" },
	{ "byte order mark, separator told",
	    "\xef\xbb\xbf"
	    "a;b\n",
	    0, ';', "1:1 [a][b]\n" },
	{ "byte order mark and nothing else", "\xef\xbb\xbf", 0, 0, "" },
	{ "byte order mark inside",
	    "a\n\xef\xbb\xbf"
	    "b\n",
	    0, 0,
	    "1:1 [a]\n2:2 [\xef\xbb\xbf"
	    "b]\n" },
	{ "empty lines count as rows", "a\n\n\r\nb\n", 0, 0, "1:1 [a]\n4:4 [b]\n" },
	{ "quotes", "\"a\",\"b\"\n", 0, 0, "1:1 [a][b]\n" },
	{ "doubled quotes", "\"say \"\"no\"\"\"\n", 0, 0, "1:1 [say \"no\"]\n" },
	{ "only doubled quotes", "\"\"\"\"\n", 0, 0, "1:1 [\"]\n" },
	{ "an empty quoted field is a record", "\"\"\n", 0, 0, "1:1 []\n" },
	{ "separator in quotes", "\"a,b\",c\n", 0, 0, "1:1 [a,b][c]\n" },
	{ "line ends in quotes", "a,\"1\r\n2\"\nb,c\n", 0, 0, "1:1 [a][1\r\n2]\n2:3 [b][c]\n" },
	{ "the first line ends behind its quotes", "\"a\nb\";c;d\n", 0, 0, "1:1 [a\nb][c][d]\n" },
	{ "blanks belong to the field", " a , b\n", 0, 0, "1:1 [ a ][ b]\n" },
	{ "as many fields as allowed", "1,2,3,4\n", 0, 0, "1:1 [1][2][3][4]\n" },
	{ "one field too many", "1,2,3,4,5\n", 0, 0,
	    "E_TOO_LARGE Line 1, column 10: the record has too many fields.\n" },
	{ "as many bytes as allowed", "12345678901234567890\n", 0, 0,
	    "1:1 [12345678901234567890]\n" },
	{ "one byte too many", "a\n123456789012345678901\n", 0, 0,
	    "1:1 [a]\nE_TOO_LARGE Line 2, column 21: the record is too long.\n" },
	{ "a first line that is too long", "\"1234567890\",\"1234567890\"\n", 0, 0,
	    "E_TOO_LARGE Line 1, column 1: the first line is too long.\n" },
	{ "quote inside", "a\n1,2\"3\n", 0, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 4: a quote stands inside a field that is not"
	    " quoted.\n" },
	{ "text behind a closing quote", "a\n\"1\"2\n", 0, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 4: something stands between a closing quote and the"
	    " separator.\n" },
	{ "blank behind a closing quote", "\"1\" ,2\n", 0, 0,
	    "E_INVALID Line 1, column 4: something stands between a closing quote and the"
	    " separator.\n" },
	{ "CR alone", "a\nb\rc\n", 0, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 3: a carriage return stands without a line"
	    " feed.\n" },
	{ "CR at the end", "a\nb\r", 0, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 3: a carriage return stands without a line"
	    " feed.\n" },
	{ "a quote that is never closed", "a\n\n\"b\nc\n", 0, 0,
	    "1:1 [a]\nE_INVALID Line 3, column 1: a quote of the record that begins here is never"
	    " closed.\n" },
	{ "zero byte", "a\nb\0c\n", 6, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 2: there is a zero byte.\n" },
	{ "zero byte in quotes", "a\n\"\0\"\n", 6, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 2: there is a zero byte.\n" },
	{ "not UTF-8", "a\ncaff\xe8\n", 0, 0,
	    "1:1 [a]\nE_INVALID Line 2, column 1: the record holds bytes that are not UTF-8.\n" },
};

/* Everything that csv_next() gives, in pieces of `piece` bytes. */
static int read_all(struct csv *c, struct str text, size_t piece, struct buf *out)
{
	const struct str *fields;
	struct err err = { 0 };
	size_t n, at = 0;
	int r;

	for (;;) {
		r = csv_next(c, &fields, &n, &err);
		if (r < 0)
			break;
		if (r == 0 && at == text.len)
			break;
		if (r == 0) {
			csv_feed(c, str_sub(text, at, piece));
			at += str_sub(text, at, piece).len;
			if (at == text.len)
				csv_end(c);
			continue;
		}
		buf_addf(out, "%llu:%llu ", (unsigned long long)csv_row(c),
		    (unsigned long long)csv_line(c));
		for (size_t i = 0; i < n; i++)
			buf_addf(out, "[%.*s]", STR_ARG(fields[i]));
		buf_add_char(out, '\n');
	}
	if (r < 0)
		buf_addf(out, "%s %s\n", err_name(r), err.text);
	return r;
}

static void test_rows_in_pieces(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row *row = &rows[i];
		struct str text = row->len ? str_n(row->text, row->len) : str_c(row->text);
		for (size_t piece = 1; piece <= text.len + 1; piece++) {
			struct csv *c = csv_new(row->separator, &limits);
			struct buf out;
			buf_init(&out, 0);
			buf_add_c(&out, "");
			assert_non_null(c);
			(void)read_all(c, text, piece, &out);
			if (strcmp(out.p, row->records) != 0)
				fail_msg("%s, in pieces of %zu: %s", row->name, piece, out.p);
			buf_done(&out);
			csv_free(&c);
		}
	}
}

static void test_an_error_stays(void **state)
{
	struct csv *c = csv_new(0, &limits);
	const struct str *fields;
	struct err err = { 0 }, again = { 0 };
	size_t n;

	(void)state;
	assert_non_null(c);
	csv_feed(c, STR("a\"\n1\n2\n"));
	csv_end(c);
	assert_int_equal(csv_next(c, &fields, &n, &err), -E_INVALID);
	assert_int_equal(csv_next(c, &fields, &n, &again), -E_INVALID);
	assert_string_equal(err.text, again.text);
	csv_free(&c);
}

static void test_the_end_stays(void **state)
{
	struct csv *c = csv_new(0, &limits);
	const struct str *fields;
	size_t n;

	(void)state;
	assert_non_null(c);
	csv_feed(c, STR("a;b;c"));
	assert_int_equal(csv_separator(c), 0);
	csv_end(c);
	assert_int_equal(csv_next(c, &fields, &n, NULL), 1);
	assert_int_equal(csv_separator(c), ';');
	assert_int_equal(n, 3);
	assert_int_equal(csv_next(c, &fields, &n, NULL), 0);
	assert_int_equal(csv_next(c, &fields, &n, NULL), 0);
	csv_free(&c);
	csv_free(&c);
}

static int deed(void *arg)
{
	struct csv *c = csv_new(0, &limits);
	struct buf out;
	int r = -E_NOMEM;

	(void)arg;
	buf_init(&out, 0);
	if (c)
		r = read_all(c, STR("a,b,c,d\n\"1\"\"\",2,3,4\n"), 3, &out);
	if (r == 0 && out.failed)
		r = -E_NOMEM;
	buf_done(&out);
	csv_free(&c);
	return r;
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	torture("reading a table", deed, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_in_pieces),
		cmocka_unit_test(test_an_error_stays),
		cmocka_unit_test(test_the_end_stays),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
