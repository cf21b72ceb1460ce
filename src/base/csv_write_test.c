#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/csv.h"
#include "base/csv_write.h"

static const struct {
	const char *value, *written;
} fields[] = {
	{ "", "\"\"" },
	{ "Anna", "\"Anna\"" },
	{ "a \"b\"", "\"a \"\"b\"\"\"" },
	{ "a,b\nc", "\"a,b\nc\"" },
	{ "=1+1", "\"'=1+1\"" },
	{ "+39", "\"'+39\"" },
	{ "-5", "\"'-5\"" },
	{ "@SUM(A1)", "\"'@SUM(A1)\"" },
	{ "\t=1", "\"'\t=1\"" },
	{ "\r=1", "\"'\r=1\"" },
	{ "\n=1", "\"'\n=1\"" },
	{ "  =1", "\"'  =1\"" },
	{ "＝1", "\"'＝1\"" },
	{ "＋1", "\"'＋1\"" },
	{ "－1", "\"'－1\"" },
	{ "＠A", "\"'＠A\"" },
	{ "'=1", "\"''=1\"" },
	{ "'tis", "\"'tis\"" },
	{ "a=1", "\"a=1\"" },
	{ "'", "\"'\"" },
};

static void test_fields(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		struct buf out;
		buf_init(&out, 0);
		csv_write_field(&out, true, str_c(fields[i].value));
		if (strcmp(out.p, fields[i].written) != 0)
			fail_msg("%s: %s", fields[i].value, out.p);
		buf_done(&out);
	}
}

/* What is written comes back. */
static void test_there_and_back(void **state)
{
	const struct csv_limits limits = { ARRAY_LEN(fields), 1000 };
	struct csv *c = csv_new(',', &limits);
	struct str row[ARRAY_LEN(fields)];
	const struct str *read;
	struct err err = { 0 };
	struct buf out;
	size_t n;

	(void)state;
	assert_non_null(c);
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(fields); i++)
		row[i] = str_c(fields[i].value);
	csv_write_row(&out, row, ARRAY_LEN(fields));
	csv_feed(c, buf_str(&out));
	csv_end(c);
	assert_int_equal(csv_next(c, &read, &n, &err), 1);
	assert_int_equal(n, ARRAY_LEN(fields));
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(csv_unguard(read[i]), row[i]))
			fail_msg("%s became %.*s", fields[i].value, STR_ARG(csv_unguard(read[i])));
	}
	csv_free(&c);
	buf_done(&out);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_there_and_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
