#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/str.h"
#include "base/torture.h"

static const struct {
	const char *a, *b;
	int order; /* of str_cmp */
	bool nocase, starts, ends;
} pairs[] = {
	{ "", "", 0, true, true, true },
	{ "a", "", 1, false, true, true },
	{ "", "a", -1, false, false, false },
	{ "abc", "abc", 0, true, true, true },
	{ "abc", "ABC", 1, true, false, false },
	{ "ABC", "abc", -1, true, false, false },
	{ "abcd", "ab", 1, false, true, false },
	{ "abcd", "cd", -1, false, false, true },
	{ "ab", "abcd", -1, false, false, false },
	{ "[", "{", -1, false, false, false },
	{ "\xff", "a", 1, false, false, false },
};

static int sign(int n)
{
	return (n > 0) - (n < 0);
}

static void test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct str a = str_c(pairs[i].a), b = str_c(pairs[i].b);
		if (sign(str_cmp(a, b)) != pairs[i].order ||
		    str_eq(a, b) != (pairs[i].order == 0) ||
		    str_eq_c(a, pairs[i].b) != (pairs[i].order == 0) ||
		    str_eq_secret(a, b) != (pairs[i].order == 0) ||
		    str_eq_nocase(a, b) != pairs[i].nocase || str_starts(a, b) != pairs[i].starts ||
		    str_ends(a, b) != pairs[i].ends)
			fail_msg("\"%s\" and \"%s\"", pairs[i].a, pairs[i].b);
	}
}

static void test_none(void **state)
{
	(void)state;
	assert_null(str_c(NULL).p);
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_eq_c(STR_NONE, NULL));
	assert_true(str_starts(STR_NONE, STR_NONE));
	assert_true(str_ends(STR("a"), STR_NONE));
	assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
	assert_null(str_sub(STR_NONE, 3, 4).p);
	assert_int_equal(str_trim(STR_NONE).len, 0);
}

static const struct {
	const char *s;
	size_t from, len;
	const char *expected;
} subs[] = {
	{ "hello", 0, 5, "hello" },
	{ "hello", 1, 3, "ell" },
	{ "hello", 3, SIZE_MAX, "lo" },
	{ "hello", 5, 1, "" },
	{ "hello", SIZE_MAX, SIZE_MAX, "" },
	{ "", 0, 1, "" },
};

static void test_sub(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(subs); i++) {
		struct str got = str_sub(str_c(subs[i].s), subs[i].from, subs[i].len);
		if (!str_eq_c(got, subs[i].expected) || !got.p)
			fail_msg("row %zu: %.*s", i, STR_ARG(got));
	}
}

static const char *const trims[][2] = {
	{ "", "" },
	{ " \t\r\n", "" },
	{ "a", "a" },
	{ " a b ", "a b" },
	{ "\r\na\t", "a" },
	{ "\v a", "\v a" },
};

static void test_trim(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(trims); i++) {
		if (!str_eq_c(str_trim(str_c(trims[i][0])), trims[i][1]))
			fail_msg("\"%s\"", trims[i][0]);
	}
}

static void test_cut(void **state)
{
	struct str rest = STR("a,,b");

	(void)state;
	assert_true(str_eq_c(str_cut(&rest, ','), "a"));
	assert_true(str_eq_c(str_cut(&rest, ','), ""));
	assert_true(str_eq_c(rest, "b") && rest.p);
	assert_true(str_eq_c(str_cut(&rest, ','), "b"));
	assert_null(rest.p);
	assert_null(str_cut(&rest, ',').p);
	rest = STR("a,");
	assert_true(str_eq_c(str_cut(&rest, ','), "a"));
	assert_true(rest.p && rest.len == 0);
}

static const struct {
	const char *text;
	int rc_u, rc_i;
	uint64_t u;
	int64_t i;
} numbers[] = {
	{ "0", 0, 0, 0, 0 },
	{ "007", 0, 0, 7, 7 },
	{ "18446744073709551615", 0, -E_RANGE, UINT64_MAX, 0 },
	{ "18446744073709551616", -E_RANGE, -E_RANGE, 0, 0 },
	{ "99999999999999999999999", -E_RANGE, -E_RANGE, 0, 0 },
	{ "9223372036854775807", 0, 0, INT64_MAX, INT64_MAX },
	{ "9223372036854775808", 0, -E_RANGE, (uint64_t)INT64_MAX + 1, 0 },
	{ "-9223372036854775808", -E_INVALID, 0, 0, INT64_MIN },
	{ "-9223372036854775809", -E_INVALID, -E_RANGE, 0, 0 },
	{ "-0", -E_INVALID, 0, 0, 0 },
	{ "-5", -E_INVALID, 0, 0, -5 },
	{ "", -E_INVALID, -E_INVALID, 0, 0 },
	{ "-", -E_INVALID, -E_INVALID, 0, 0 },
	{ "--1", -E_INVALID, -E_INVALID, 0, 0 },
	{ "+1", -E_INVALID, -E_INVALID, 0, 0 },
	{ " 1", -E_INVALID, -E_INVALID, 0, 0 },
	{ "1 ", -E_INVALID, -E_INVALID, 0, 0 },
	{ "0x1", -E_INVALID, -E_INVALID, 0, 0 },
	{ "99999999999999999999999x", -E_INVALID, -E_INVALID, 0, 0 },
};

static void test_numbers(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(numbers); k++) {
		uint64_t u = 0;
		int64_t i = 0;
		if (str_to_u64(str_c(numbers[k].text), &u) != numbers[k].rc_u || u != numbers[k].u)
			fail_msg("u64 of \"%s\"", numbers[k].text);
		if (str_to_i64(str_c(numbers[k].text), &i) != numbers[k].rc_i || i != numbers[k].i)
			fail_msg("i64 of \"%s\"", numbers[k].text);
	}
}

static void test_to_c(void **state)
{
	char out[4] = "xyz";

	(void)state;
	assert_int_equal(str_to_c(STR("abcd"), out, sizeof(out)), -E_TOO_LARGE);
	assert_int_equal(str_to_c(STR("a\0b"), out, sizeof(out)), -E_INVALID);
	assert_string_equal(out, "xyz");
	assert_int_equal(str_to_c(STR("abc"), out, sizeof(out)), 0);
	assert_string_equal(out, "abc");
	assert_int_equal(str_to_c(STR_NONE, out, sizeof(out)), 0);
	assert_string_equal(out, "");
	assert_int_equal(str_to_c(STR(""), out, 0), -E_TOO_LARGE);
}

static void test_buf(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_true(buf_str(&b).p && buf_str(&b).len == 0);
	buf_add(&b, STR("one"));
	buf_add_char(&b, ' ');
	buf_add_c(&b, "two");
	buf_addf(&b, " %d%%", 3);
	buf_add(&b, STR_NONE);
	assert_string_equal(b.p, "one two 3%");
	assert_int_equal(b.len, 10);
	buf_remove_front(&b, 4);
	assert_string_equal(b.p, "two 3%");
	buf_remove_front(&b, 6);
	assert_string_equal(b.p, "");
	buf_reset(&b);
	assert_true(b.cap > 0 && b.len == 0);
	buf_done(&b);
	assert_true(!b.p && !b.failed && b.cap == 0);
	buf_remove_front(&b, 0);
	buf_done(&b);
}

static void test_buf_grows(void **state)
{
	struct buf b;
	char text[500];

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	buf_init(&b, 0);
	for (int i = 0; i < 1000; i++) {
		buf_addf(&b, "%s", text);
		buf_add_c(&b, text);
	}
	assert_false(b.failed);
	assert_int_equal(b.len, 2000 * (sizeof(text) - 1));
	assert_int_equal(b.p[b.len], '\0');
	for (size_t i = 0; i < b.len; i++)
		assert_int_equal(b.p[i], 'x');
	buf_done(&b);
}

static void test_buf_limit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 5);
	buf_add_c(&b, "12345");
	assert_false(b.failed);
	buf_add_char(&b, '6');
	assert_true(b.failed);
	assert_string_equal(b.p, "12345");
	buf_add_c(&b, "");
	buf_addf(&b, "%d", 1);
	assert_string_equal(b.p, "12345");
	buf_reset(&b);
	assert_false(b.failed);
	buf_addf(&b, "%s", "123456");
	assert_true(b.failed);
	assert_string_equal(b.p, "");
	buf_reset(&b);
	assert_false(buf_reserve(&b, SIZE_MAX));
	buf_done(&b);
}

static int fill(void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 0);
	for (int i = 0; i < 100; i++) {
		buf_add_c(&b, "some words ");
		buf_addf(&b, "%d ", i);
		buf_add_char(&b, '.');
	}
	int rc = b.failed ? -E_NOMEM : 0;
	buf_done(&b);
	return rc;
}

static void test_buf_without_memory(void **state)
{
	(void)state;
	torture("fill", fill, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_none),
		cmocka_unit_test(test_sub),
		cmocka_unit_test(test_trim),
		cmocka_unit_test(test_cut),
		cmocka_unit_test(test_numbers),
		cmocka_unit_test(test_to_c),
		cmocka_unit_test(test_buf),
		cmocka_unit_test(test_buf_grows),
		cmocka_unit_test(test_buf_limit),
		cmocka_unit_test(test_buf_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
