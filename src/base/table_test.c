#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/table.h"
#include "base/torture.h"
#include "base/xlsx_make.h"

static const struct table_limits limits = {
	.fields = 5,
	.bytes = 200,
	.xlsx = {
		.zip = { .entries = 8, .total = 1u << 20, .ratio = 100, .ratio_from = 1u << 19 },
		.strings_bytes = 100,
		.strings = 4,
	},
};

static int read_all(struct table *t, struct buf *out, struct err *err)
{
	const struct str *fields;
	size_t n;
	int r;

	while ((r = table_next(t, &fields, &n, err)) > 0) {
		buf_addf(out, "%llu:", (unsigned long long)table_row(t));
		for (size_t i = 0; i < n; i++)
			buf_addf(out, "%s%.*s", i ? "|" : " ", STR_ARG(fields[i]));
		buf_add_c(out, "\n");
	}
	return r;
}

static int read_file(int fd, struct buf *out, struct err *err)
{
	struct table *t = NULL;
	int r = table_open(fd, &limits, &t, err);

	while (r >= 0 && (r = table_prepare(t, err)) > 0)
		;
	if (r == 0)
		r = read_all(t, out, err);
	table_close(&t);
	return r;
}

static const struct {
	const char *name;
	struct str bytes;
	const char *expected, *error; /* NULL = none */
} files[] = {
	{ "nothing", BYTES(""), "", NULL },
	{ "UTF-8", BYTES("citt\xc3\xa0,b\n"), "1: citt\xc3\xa0|b\n", NULL },
	{ "with a mark",
	    BYTES("\xef\xbb\xbf"
		  "a;b\r\n"),
	    "1: a|b\n", NULL },
	{ "Windows-1252", BYTES("citt\xe0;\x80\x93\n"),
	    "1: citt\xc3\xa0|\xe2\x82\xac\xe2\x80\x9c\n", NULL },
	{ "Windows-1252 at the end", BYTES("citt\xe0"), "1: citt\xc3\xa0\n", NULL },
	{ "what Windows-1252 does not have", BYTES("citt\xe0\n\x81\n"), "1: citt\xc3\xa0\n",
	    "Line 2" },
	{ "UTF-8 with a broken character", BYTES("citt\xc3\xa0\nForl\xec\n"), "1: citt\xc3\xa0\n",
	    "Line 2" },
	{ "a mark, and then no UTF-8",
	    BYTES("\xef\xbb\xbf"
		  "citt\xe0\n"),
	    "", "Line 1" },
	{ "UTF-16",
	    BYTES("\xff\xfe"
		  "a\0;\0"),
	    "", "UTF-16" },
	{ "UTF-16 without a mark", BYTES("a\0;\0b\0"), "", "zero byte" },
	{ "an old workbook", BYTES("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), "", ".xls" },
	{ "a PDF file", BYTES("%PDF-1.7\n"), "", "PDF" },
	{ "no archive behind its first bytes",
	    BYTES("PK\x03\x04"
		  "aaaa"),
	    "", "damaged" },
	{ "an empty archive", BYTES("PK\x05\x06\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"), "",
	    "no Excel workbook" },
	{ "Excel's hint", BYTES("sep=;\r\na;b\r\n"), "2: a|b\n", NULL },
	{ "the hint alone", BYTES("sep=;"), "", NULL },
	{ "the hint further down", BYTES("a;b\nsep=;\n"), "1: a|b\n2: sep=|\n", NULL },
};

static void test_files(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		int fd = made_file(files[i].bytes);
		struct err err = { 0 };
		struct buf out;
		buf_init(&out, 0);
		int r = read_file(fd, &out, &err);
		if (strcmp(out.p ? out.p : "", files[i].expected) != 0 ||
		    (r < 0) != (files[i].error != NULL) ||
		    (files[i].error && !strstr(err.text, files[i].error)))
			fail_msg("%s: %s\n%s", files[i].name, out.p ? out.p : "", err.text);
		buf_done(&out);
		close(fd);
	}
}

/* Characters that lie across the end of a block, and one at each place around it. */
static void test_characters_across_blocks(void **state)
{
	(void)state;
	for (size_t before = 65530; before < 65540; before++) {
		struct err err = { 0 };
		struct buf bytes, out;
		buf_init(&bytes, 0);
		buf_init(&out, 0);
		while (bytes.len < before)
			buf_add_char(&bytes, bytes.len % 100 == 99 ? '\n' : 'x');
		buf_add_c(&bytes, "\xf0\x9f\x91\x8d\n");
		int fd = made_file(buf_str(&bytes));
		assert_int_equal(read_file(fd, &out, &err), 0);
		assert_non_null(strstr(out.p, "\xf0\x9f\x91\x8d"));
		close(fd);
		buf_done(&bytes);
		buf_done(&out);
	}
}

static void test_what_it_is(void **state)
{
	static const struct {
		struct str bytes;
		const char *charset;
	} rows[] = { { BYTES("a"), "UTF-8" }, { BYTES("\xe0"), "windows-1252" } };
	struct err err = { 0 };
	struct table *t;
	int fd;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		fd = made_file(rows[i].bytes);
		assert_int_equal(table_open(fd, &limits, &t, &err), 0);
		while (table_prepare(t, &err) > 0)
			;
		assert_int_equal(table_form(t), TABLE_CSV);
		assert_string_equal(table_charset(t), rows[i].charset);
		table_close(&t);
		close(fd);
	}
	fd = made_xlsx("", NULL);
	assert_int_equal(table_open(fd, &limits, &t, &err), 0);
	assert_int_equal(table_form(t), TABLE_XLSX);
	assert_string_equal(table_charset(t), "");
	table_close(&t);
	close(fd);
}

static void test_again(void **state)
{
	int fds[] = { made_file(STR("sep=,\na,b\n1,2\n")),
		made_xlsx("<row r=\"2\"><c t=\"inlineStr\"><is><t>a</t></is></c>"
			  "<c t=\"inlineStr\"><is><t>b</t></is></c></row>"
			  "<row r=\"3\"><c><v>1</v></c><c><v>2</v></c></row>",
		    NULL) };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fds); i++) {
		struct err err = { 0 };
		struct table *t;
		struct buf out;
		buf_init(&out, 0);
		assert_int_equal(table_open(fds[i], &limits, &t, &err), 0);
		while (table_prepare(t, &err) > 0)
			;
		assert_int_equal(read_all(t, &out, &err), 0);
		assert_int_equal(table_rewind(t, &err), 0);
		assert_int_equal(read_all(t, &out, &err), 0);
		assert_string_equal(out.p, "2: a|b\n3: 1|2\n2: a|b\n3: 1|2\n");
		table_close(&t);
		buf_done(&out);
		close(fds[i]);
	}
}

static int deed(void *arg)
{
	struct buf out;
	struct err err = { 0 };

	buf_init(&out, 0);
	int r = read_file(*(int *)arg, &out, &err);
	if (out.failed)
		r = -E_NOMEM;
	buf_done(&out);
	return r;
}

static void test_memory_runs_out(void **state)
{
	int fd = made_file(STR("citt\xe0;b\n1;2\n"));

	(void)state;
	torture("a table", deed, &fd);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files),
		cmocka_unit_test(test_characters_across_blocks),
		cmocka_unit_test(test_what_it_is),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
