#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/torture.h"
#include "base/xlsx_make.h"
#include "base/xlsx_private.h"

static const struct xlsx_limits limits = {
	.zip = { .entries = 8, .total = 4u << 20, .ratio = 100, .ratio_from = 1u << 20 },
	.fields = 5,
	.bytes = 200,
	.strings_bytes = 100,
	.strings = 4,
};

/* "row: a|b|c" for each record, or the error. 0, or what failed. */
static int read_all(struct xlsx *x, struct buf *out, struct err *err)
{
	const struct str *fields;
	size_t n;
	int r;

	while ((r = xlsx_next(x, &fields, &n, err)) > 0) {
		buf_addf(out, "%llu:", (unsigned long long)xlsx_row(x));
		for (size_t i = 0; i < n; i++)
			buf_addf(out, "%s%.*s", i ? "|" : " ", STR_ARG(fields[i]));
		buf_add_c(out, "\n");
	}
	return r;
}

static int read_file(int fd, struct buf *out, struct err *err)
{
	struct xlsx *x = NULL;
	int r = xlsx_open(fd, &limits, &x, err);

	while (r >= 0 && (r = xlsx_prepare(x, err)) > 0)
		;
	if (r == 0)
		r = read_all(x, out, err);
	xlsx_close(&x);
	return r;
}

static void expect(const char *name, int fd, const char *rows, const char *error)
{
	struct err err = { 0 };
	struct buf out;

	buf_init(&out, 0);
	int r = read_file(fd, &out, &err);
	close(fd);
	if (strcmp(out.p ? out.p : "", rows) != 0)
		fail_msg("%s: rows\n%s (%s)", name, out.p ? out.p : "", err.text);
	if ((r < 0) != (error != NULL) || (error && !strstr(err.text, error)))
		fail_msg("%s: %s (%s)", name, err.text, err_name(r));
	buf_done(&out);
}

/* --- cells ------------------------------------------------------------------------------------ */

#define ROW(cells) "<row r=\"1\">" cells "</row>"
#define TEXT(t) "<c t=\"inlineStr\"><is><t>" t "</t></is></c>"

static const struct {
	const char *name, *rows, *strings, *expected, *error;
} cells[] = {
	{ "nothing", "", NULL, "", NULL },
	{ "an inline text", ROW(TEXT("a &amp; b")), NULL, "1: a & b\n", NULL },
	{ "a shared text", ROW("<c t=\"s\"><v>1</v></c>"),
	    "<sst><si><t>x</t></si><si><t>y</t></si></sst>", "1: y\n", NULL },
	{ "a rich text with a reading aid", ROW("<c t=\"s\"><v>0</v></c>"),
	    "<sst><si><r><t>Ros</t></r><r><t>si</t></r><rPh><t>NO</t></rPh></si></sst>",
	    "1: Rossi\n", NULL },
	{ "a formula's result", ROW("<c><f>1+1</f><v>2</v></c>"), NULL, "1: 2\n", NULL },
	{ "a formula's text", ROW("<c t=\"str\"><f>A1</f><v>ciao</v></c>"), NULL, "1: ciao\n",
	    NULL },
	{ "a formula that nobody computed", ROW("<c><f>1+1</f></c>" TEXT("a")), NULL, "1: |a\n",
	    NULL },
	{ "a number", ROW("<c><v>393331234501</v></c>"), NULL, "1: 393331234501\n", NULL },
	{ "a number in another spelling", ROW("<c><v>3.93331234501E+11</v></c>"), NULL,
	    "1: 393331234501\n", NULL },
	{ "a number that lost its last digits", ROW("<c><v>3.9333123450112345E+18</v></c>"), NULL,
	    "1: 3.9333123450112345E+18\n", NULL },
	{ "a broken number", ROW("<c><v>0.1</v></c>"), NULL, "1: 0.1\n", NULL },
	{ "a truth", ROW("<c t=\"b\"><v>1</v></c><c t=\"b\"><v>0</v></c>"), NULL, "1: TRUE|FALSE\n",
	    NULL },
	{ "an error", ROW("<c t=\"e\"><v>#N/A</v></c>"), NULL, "1: #N/A\n", NULL },
	{ "a date", ROW("<c s=\"1\"><v>46348</v></c>"), NULL, "1: 2026-11-22\n", NULL },
	{ "a date of its own format", ROW("<c s=\"2\"><v>46348</v></c>"), NULL, "1: 2026-11-22\n",
	    NULL },
	{ "a date and time", ROW("<c s=\"1\"><v>46348.4375</v></c>"), NULL,
	    "1: 2026-11-22T10:30:00\n", NULL },
	{ "a format that quotes a letter", ROW("<c s=\"3\"><v>5</v></c>"), NULL, "1: 5\n", NULL },
	{ "no such format", ROW("<c s=\"99\"><v>5</v></c>"), NULL, "1: 5\n", NULL },
	{ "a date as text", ROW("<c t=\"d\"><v>2026-11-22</v></c>"), NULL, "1: 2026-11-22\n",
	    NULL },
	{ "gaps", "<row r=\"2\"><c r=\"A2\"><v>1</v></c><c r=\"D2\"><v>2</v></c></row>", NULL,
	    "2: 1|||2\n", NULL },
	{ "short rows are filled up",
	    ROW("<c><v>1</v></c><c><v>2</v></c><c><v>3</v></c>") "<row r=\"7\"><c><v>4</v></c></row>",
	    NULL, "1: 1|2|3\n7: 4||\n", NULL },
	{ "rows without numbers", "<row><c><v>1</v></c></row><row/><row><c><v>2</v></c></row>",
	    NULL, "1: 1\n3: 2\n", NULL },
	{ "too many fields", ROW("<c r=\"F1\"><v>1</v></c>"), NULL, "",
	    "Row 1: the row has too many" },
	{ "empty cells far away", ROW("<c><v>1</v></c><c r=\"XFD1\"/>"), NULL, "1: 1\n", NULL },
	{ "rows backwards", "<row r=\"2\"><c><v>1</v></c></row><row r=\"1\"><c><v>1</v></c></row>",
	    NULL, "2: 1\n", "sound number" },
	{ "cells backwards", ROW("<c r=\"B1\"><v>1</v></c><c r=\"A1\"><v>1</v></c>"), NULL, "",
	    "sound place" },
	{ "a place without a number", ROW("<c r=\"B\"><v>1</v></c>"), NULL, "", "sound place" },
	{ "no such text", ROW("<c t=\"s\"><v>1</v></c>"), "<sst><si><t>x</t></si></sst>", "",
	    "a text that is not there" },
	{ "a place of a text below zero", ROW("<c t=\"s\"><v>-1</v></c>"),
	    "<sst><si><t>x</t></si></sst>", "", "a text that is not there" },
	{ "too many texts", "", "<sst><si/><si/><si/><si/><si/></sst>", "", "too many texts" },
	{ "an end too early", "<row r=\"1\"></c>", NULL, "", "not well formed" },
};

static void test_cells(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cells); i++) {
		expect(cells[i].name, made_xlsx(cells[i].rows, cells[i].strings), cells[i].expected,
		    cells[i].error);
	}
}

static void test_too_long(void **state)
{
	char cell[400], row[2000];

	(void)state;
	memset(cell, 'x', sizeof(cell));
	cell[150] = '\0';
	(void)snprintf(row, sizeof(row), ROW(TEXT("%s") TEXT("%s")), cell, cell);
	expect("a row", made_xlsx(row, NULL), "", "the row is too long");
	cell[150] = 'x';
	cell[201] = '\0';
	(void)snprintf(row, sizeof(row), ROW(TEXT("%s")), cell);
	expect("a cell", made_xlsx(row, NULL), "", "a cell is too long");
	cell[201] = 'x';
	cell[101] = '\0';
	(void)snprintf(row, sizeof(row), "<sst><si><t>%s</t></si></sst>", cell);
	expect("a shared text", made_xlsx("", row), "", "too many texts");
}

/* --- archives --------------------------------------------------------------------------------- */

#define SHEET "<worksheet><sheetData>" ROW("<c><v>1</v></c>") "</sheetData></worksheet>"

static const struct {
	const char *name;
	struct made_entry entries[10];
	const char *expected, *error;
} archives[] = {
	{ "no workbook", { { "readme.txt", BYTES("hello") } }, "", "no Excel workbook" },
	{ "no relation", { { "xl/workbook.xml", BYTES(MADE_WORKBOOK) } }, "",
	    "where its first sheet" },
	{ "no sheet",
	    { { "xl/workbook.xml", BYTES(MADE_WORKBOOK) },
		{ "xl/_rels/workbook.xml.rels", BYTES(MADE_RELATIONS) } },
	    "", "not in the file" },
	{ "the other way round",
	    { { "xl/worksheets/sheet1.xml", BYTES(SHEET) },
		{ "xl/_rels/workbook.xml.rels", BYTES(MADE_RELATIONS) },
		{ "xl/workbook.xml", BYTES(MADE_WORKBOOK) } },
	    "1: 1\n", NULL },
	{ "a whole path",
	    { { "xl/workbook.xml", BYTES(MADE_WORKBOOK) }, { "here.xml", BYTES(SHEET) },
		{ "xl/_rels/workbook.xml.rels",
		    BYTES(
			"<p:R xmlns:p=\"x\"><p:Relationship Id=\"rId1\" Target=\"/here.xml\"/></p:R>") } },
	    "1: 1\n", NULL },
	{ "a hidden sheet first",
	    { { "xl/workbook.xml",
		  BYTES(
		      "<w><sheet state=\"hidden\" id=\"a\"/><sheet state=\"visible\" id=\"b\"/></w>") },
		{ "xl/_rels/workbook.xml.rels",
		    BYTES("<R><Relationship Id=\"a\" Target=\"x.xml\"/>"
			  "<Relationship Id=\"b\" Target=\"y.xml\"/></R>") },
		{ "xl/x.xml", BYTES("<no/>") }, { "xl/y.xml", BYTES(SHEET) } },
	    "1: 1\n", NULL },
	{ "hidden sheets only",
	    { { "xl/workbook.xml", BYTES("<w><sheet state=\"veryHidden\" id=\"a\"/></w>") } }, "",
	    "no visible sheet" },
	{ "1904",
	    { { "xl/workbook.xml",
		  BYTES("<w><workbookPr date1904=\"1\"/><sheet name=\"a\" id=\"rId1\"/></w>") },
		{ "xl/_rels/workbook.xml.rels", BYTES(MADE_RELATIONS) },
		{ "xl/styles.xml", BYTES(MADE_STYLES) },
		{ "xl/worksheets/sheet1.xml",
		    BYTES(
			"<s><sheetData>" ROW("<c s=\"1\"><v>44886</v></c>") "</sheetData></s>") } },
	    "1: 2026-11-22\n", NULL },
	{ "a document type",
	    { { "xl/workbook.xml",
		BYTES("<!DOCTYPE w [<!ENTITY a \"b\">]><w><sheet name=\"&a;\" id=\"a\"/></w>") } },
	    "", "document type" },
	{ "an entity without one", { { "xl/workbook.xml", BYTES("<w>&a;</w>") } }, "",
	    "not well formed" },
	{ "half a document", { { "xl/workbook.xml", BYTES("<w>") } }, "", "not well formed" },
	{ "too many entries",
	    { { "1", BYTES("") }, { "2", BYTES("") }, { "3", BYTES("") }, { "4", BYTES("") },
		{ "5", BYTES("") }, { "6", BYTES("") }, { "7", BYTES("") }, { "8", BYTES("") },
		{ "9", BYTES("") } },
	    "", "too many entries" },
};

static void test_archives(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(archives); i++)
		expect(archives[i].name, made_zip(archives[i].entries), archives[i].expected,
		    archives[i].error);
}

static void test_bombs(void **state)
{
	size_t len = (5u << 20);
	char *zeros = calloc(1, len);
	struct made_entry entries[] = { { "a", str_n(zeros, len) }, { NULL, STR_NONE } };

	(void)state;
	assert_non_null(zeros);
	expect("zeros", made_zip(entries), "", "tighter than any honest file");
	for (size_t i = 0; i < len; i++)
		zeros[i] = (char)(rand() & 0x7f);
	expect("too much", made_zip(entries), "", "more than may be unpacked");
	free(zeros);
}

static void test_deep_and_wide(void **state)
{
	size_t len = 6u << 20;
	char *xml = malloc(len + 1);
	struct made_entry entries[] = { { "xl/workbook.xml", STR_NONE }, { NULL, STR_NONE } };
	struct buf deep;

	(void)state;
	assert_non_null(xml);
	buf_init(&deep, 0);
	for (int i = 0; i <= XML_DEPTH_MAX; i++)
		buf_add_c(&deep, "<a>");
	entries[0].content = buf_str(&deep);
	expect("deep", made_zip(entries), "", "nested too deeply");
	/* noise, or the archive would be a bomb first */
	for (size_t i = 0; i < len; i++)
		xml[i] = (char)('a' + rand() % 26);
	memcpy(xml, "<", 1);
	entries[0].content = str_n(xml, len);
	struct err err = { 0 };
	struct xml *x = xml_new(&(struct xml_handler){ NULL, NULL, NULL }, NULL);
	assert_non_null(x);
	assert_int_equal(xml_feed(x, entries[0].content, &err), -E_TOO_LARGE);
	assert_int_equal(xml_feed(x, STR("<a/>"), &err), -E_TOO_LARGE);
	assert_int_equal(xml_end(x, &err), -E_TOO_LARGE);
	xml_free(&x);
	buf_done(&deep);
	free(xml);
}

/* A whole workbook, cut off at every byte and with every byte changed: it ends, and says something. */
static void test_damage(void **state)
{
	int whole = made_xlsx(ROW("<c t=\"s\"><v>0</v></c>"), "<sst><si><t>x</t></si></sst>");
	char bytes[4096];
	ssize_t len = pread(whole, bytes, sizeof(bytes), 0);

	(void)state;
	close(whole);
	assert_true(len > 0 && len < (ssize_t)sizeof(bytes));
	for (ssize_t i = 0; i < len; i++) {
		for (int kind = 0; kind < 2; kind++) {
			struct err err = { 0 };
			struct buf out;
			char kept = bytes[i];
			if (kind)
				bytes[i] ^= 0x20;
			int fd = made_file(str_n(bytes, kind ? (size_t)len : (size_t)i));
			bytes[i] = kept;
			buf_init(&out, 0);
			int r = read_file(fd, &out, &err);
			if ((r < 0) != (err.code != 0) || (r < 0 && !err.text[0]))
				fail_msg("byte %zd: %s, %s", i, err_name(r), err.text);
			buf_done(&out);
			close(fd);
		}
	}
}

static void test_again(void **state)
{
	int fd = made_xlsx(ROW("<c><v>1</v></c>") "<row><c><v>2</v></c></row>", NULL);
	struct xlsx *x = NULL;
	struct err err = { 0 };
	const struct str *fields;
	struct buf out;
	size_t n;

	(void)state;
	buf_init(&out, 0);
	assert_int_equal(xlsx_open(fd, &limits, &x, &err), 0);
	while (xlsx_prepare(x, &err) > 0)
		;
	assert_int_equal(xlsx_next(x, &fields, &n, &err), 1);
	assert_int_equal(xlsx_rewind(x, &err), 0);
	assert_int_equal(read_all(x, &out, &err), 0);
	assert_int_equal(xlsx_next(x, &fields, &n, &err), 0);
	assert_int_equal(xlsx_rewind(x, &err), 0);
	assert_int_equal(read_all(x, &out, &err), 0);
	assert_string_equal(out.p, "1: 1\n2: 2\n1: 1\n2: 2\n");
	xlsx_close(&x);
	buf_done(&out);
	close(fd);
}

/* --- memory ----------------------------------------------------------------------------------- */

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
	int fd = made_xlsx(ROW("<c t=\"s\"><v>0</v></c>"), "<sst><si><t>x</t></si></sst>");

	(void)state;
	torture("a workbook", deed, &fd);
	close(fd);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_archives),
		cmocka_unit_test(test_bombs),
		cmocka_unit_test(test_deep_and_wide),
		cmocka_unit_test(test_damage),
		cmocka_unit_test(test_again),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
