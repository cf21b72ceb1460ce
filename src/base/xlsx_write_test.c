#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/csv_write.h"
#include "base/table.h"
#include "base/xlsx_write.h"

static const char *const columns[] = { "who", "what" };

static const struct table_limits limits = {
	.fields = 4,
	.bytes = 60000,
	.xlsx = {
		.zip = { .entries = 100, .total = 1u << 30, .ratio = 1000, .ratio_from = 1u << 30 },
		.strings_bytes = 1000,
		.strings = 100,
	},
};

static struct xlsx_writer *writer(void)
{
	struct xlsx_writer *w = NULL;
	struct err err = { 0 };

	if (xlsx_writer_new("/tmp", columns, 2, &w, &err) < 0)
		fail_msg("%s", err.text);
	return w;
}

static void add(struct xlsx_writer *w, struct str a, struct str b)
{
	const struct str fields[] = { a, b };
	struct err err = { 0 };

	if (xlsx_writer_row(w, fields, &err) < 0)
		fail_msg("%s", err.text);
}

static struct table *ended(struct xlsx_writer *w)
{
	struct table *t = NULL;
	struct err err = { 0 };
	int r = xlsx_writer_end(w, &err);

	if (r == 0)
		r = table_open(xlsx_writer_fd(w), &limits, &t, &err);
	while (r >= 0 && (r = table_prepare(t, &err)) > 0)
		;
	if (r < 0)
		fail_msg("%s", err.text);
	assert_int_equal(table_form(t), TABLE_XLSX);
	return t;
}

static void expect(struct table *t, struct str a, struct str b)
{
	const struct str *cells;
	struct err err = { 0 };
	size_t n;

	assert_int_equal(table_next(t, &cells, &n, &err), 1);
	struct str second = n > 1 ? cells[1] : STR("");
	if (!str_eq(cells[0], a) || !str_eq(second, b))
		fail_msg("\"%.*s\", \"%.*s\" instead of \"%.*s\", \"%.*s\"", STR_ARG(cells[0]),
		    STR_ARG(second), STR_ARG(a), STR_ARG(b));
}

static void expect_end(struct table *t)
{
	const struct str *cells;
	struct err err = { 0 };
	size_t n;

	assert_int_equal(table_next(t, &cells, &n, &err), 0);
}

/* What it shows, and that nothing of it is a formula, a number or a link. */
static void test_cells(void **state)
{
	static const struct {
		const char *value, *shown;
	} cases[] = {
		{ "393331234501", "393331234501" },
		{ "0039", "0039" },
		{ "=1+1", "'=1+1" },
		{ "+39 333", "'+39 333" },
		{ "-1", "'-1" },
		{ "@SUM(A1)", "'@SUM(A1)" },
		{ " =1", "' =1" },
		{ "'=1", "''=1" },
		{ "＝1", "'＝1" },
		{ "\t=1", "'\t=1" },
		{ "https://shop.example/", "https://shop.example/" },
		{ "<b>&amp; \"x\"", "<b>&amp; \"x\"" },
		{ "Sì, perché no", "Sì, perché no" },
		{ "a\nb", "a\nb" },
		{ "TRUE", "TRUE" },
		{ "_x0041_", "_x0041_" },
		{ "2026-11-22T10:00:00Z", "2026-11-22T10:00:00Z" },
	};
	const size_t n = sizeof(cases) / sizeof(*cases);
	struct xlsx_writer *w = writer();

	(void)state;
	for (size_t i = 0; i < n; i++)
		add(w, str_c(cases[i].value), STR("x"));
	struct table *t = ended(w);
	expect(t, STR("who"), STR("what"));
	for (size_t i = 0; i < n; i++) {
		expect(t, str_c(cases[i].shown), STR("x"));
		assert_true(str_eq(csv_unguard(str_c(cases[i].shown)), str_c(cases[i].value)));
	}
	expect_end(t);
	table_close(&t);
	xlsx_writer_free(&w);
	assert_null(w);
}

static void test_no_rows(void **state)
{
	struct xlsx_writer *w = writer();
	struct table *t = ended(w);

	(void)state;
	expect(t, STR("who"), STR("what"));
	expect_end(t);
	table_close(&t);
	xlsx_writer_free(&w);
}

static void test_too_long(void **state)
{
	struct xlsx_writer *w = writer();
	char *text = calloc(1, 40001);
	struct err err = { 0 };

	(void)state;
	assert_non_null(text);
	memset(text, 'a', 40000);
	const struct str fields[] = { STR("x"), str_n(text, 40000) };
	assert_int_equal(xlsx_writer_row(w, fields, &err), -E_TOO_LARGE);
	assert_int_equal(err.code, E_TOO_LARGE);
	xlsx_writer_free(&w);
	free(text);
}

static void test_no_directory(void **state)
{
	struct xlsx_writer *w = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(xlsx_writer_new("/nowhere/at/all", columns, 2, &w, &err), -E_IO);
	assert_null(w);
	xlsx_writer_free(&w);
}

/* A sheet is full, and another begins with the head. */
static void test_a_second_sheet(void **state)
{
	struct xlsx_writer *w = writer();

	(void)state;
	for (int i = 0; i < XLSX_WRITE_ROWS_MAX; i++)
		add(w, STR("a"), STR(""));
	struct table *t = ended(w);
	expect(t, STR("who"), STR("what"));
	for (int i = 1; i < XLSX_WRITE_ROWS_MAX; i++)
		expect(t, STR("a"), STR(""));
	expect_end(t); /* a table is its first sheet */
	table_close(&t);
	xlsx_writer_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cells),
		cmocka_unit_test(test_no_rows),
		cmocka_unit_test(test_too_long),
		cmocka_unit_test(test_no_directory),
		cmocka_unit_test(test_a_second_sheet),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
