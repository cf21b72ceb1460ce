#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/parcel.h"

#define AT 1795341600000LL /* 2026-11-22T10:00:00Z */

static const struct parcel_file files[] = {
	{ STR("README.txt"), STR("Hello\n") },
	{ STR("texts/a-b_c.txt"), STR("") },
	{ STR("MANIFEST"), STR("0123456789") },
};

static void test_names(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} rows[] = {
		{ "README.txt", true },
		{ "a/b/c", true },
		{ ".hidden", true },
		{ "", false },
		{ "/etc/passwd", false },
		{ "../up", false },
		{ "a/../b", false },
		{ "a/./b", false },
		{ "a//b", false },
		{ "a/", false },
		{ "..", false },
		{ "a\\b", false },
		{ "C:x", false },
		{ "a b", false },
		{ "caff\xc3\xa8", false },
		{ "a\nb", false },
		{ "0123456789012345678901234567890123456789012345678901234567890123", true },
		{ "01234567890123456789012345678901234567890123456789012345678901234", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (parcel_name_is_good(str_c(rows[i].name)) != rows[i].good)
			fail_msg("%s", rows[i].name);
	}
}

static void write_it(struct buf *out)
{
	struct err err = { 0 };

	buf_init(out, 0);
	assert_int_equal(parcel_write(files, ARRAY_LEN(files), AT, out, &err), 0);
}

static int read_it(struct str bytes, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct parcel_file *got = NULL;
	size_t n = 0;

	assert_non_null(a);
	int r = parcel_read(bytes, a, &got, &n, err);
	if (r == 0) {
		assert_int_equal(n, ARRAY_LEN(files));
		for (size_t i = 0; i < n; i++) {
			assert_true(str_eq(got[i].name, files[i].name));
			assert_true(str_eq(got[i].content, files[i].content));
		}
	}
	arena_free(&a);
	return r;
}

static void test_there_and_back(void **state)
{
	struct err err = { 0 };
	struct buf out, again;

	(void)state;
	write_it(&out);
	write_it(&again);
	assert_true(str_eq(buf_str(&out), buf_str(&again)));
	if (read_it(buf_str(&out), &err) < 0)
		fail_msg("%s", err.text);
	buf_done(&out);
	buf_done(&again);
}

/* Every single bit, every place to cut it off, and something behind it. */
static void test_every_change_shows(void **state)
{
	struct err err = { 0 };
	struct buf out;

	(void)state;
	write_it(&out);
	for (size_t i = 0; i < 8 * out.len; i++) {
		out.p[i / 8] = (char)(out.p[i / 8] ^ 1 << i % 8);
		if (read_it(buf_str(&out), &err) != -E_INVALID || !err.text[0])
			fail_msg("bit %zu", i);
		out.p[i / 8] = (char)(out.p[i / 8] ^ 1 << i % 8);
	}
	for (size_t len = 0; len < out.len; len++) {
		if (read_it(str_n(out.p, len), &err) != -E_INVALID)
			fail_msg("cut at %zu", len);
	}
	buf_add_char(&out, 0);
	assert_int_equal(read_it(buf_str(&out), &err), -E_INVALID);
	buf_done(&out);
}

/* The n-th number of two or four bytes at a place of the first local header becomes another. */
static void test_hostile_headers(void **state)
{
	static const struct {
		const char *name;
		size_t at, len;
		uint32_t value;
	} rows[] = {
		{ "deflated", 8, 2, 8 },
		{ "encrypted", 6, 2, 1 },
		{ "a descriptor behind it", 6, 2, 8 },
		{ "larger than the file", 22, 4, 0xffffffff },
		{ "as large as 64-bit archives", 18, 4, 0xffffffff },
		{ "a name without an end", 26, 2, 0xffff },
		{ "extra fields", 28, 2, 4 },
		{ "another version", 4, 2, 45 },
	};
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct buf out;
		write_it(&out);
		for (size_t k = 0; k < rows[i].len; k++)
			out.p[rows[i].at + k] = (char)(rows[i].value >> 8 * k);
		if (read_it(buf_str(&out), &err) != -E_INVALID)
			fail_msg("%s", rows[i].name);
		buf_done(&out);
	}
}

/* Names that the writer would refuse, of the same length, wherever they stand. */
static void test_hostile_names(void **state)
{
	static const char *const names[] = { "/etc/passw", "../../x.tx", "a/../b.txt",
		"READ\0E.txt", "C:\\x\\y.txt", "README.tx\n" };
	struct err err = { 0 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct buf out;
		write_it(&out);
		for (size_t at = 0; at + 10 <= out.len; at++) {
			if (memcmp(out.p + at, "README.txt", 10) == 0)
				memcpy(out.p + at, names[i], 10);
		}
		if (read_it(buf_str(&out), &err) != -E_INVALID || !strstr(err.text, "name"))
			fail_msg("%s: %s", names[i], err.text);
		buf_done(&out);
	}
}

static void test_too_many(void **state)
{
	struct parcel_file many[PARCEL_FILES_MAX];
	char names[PARCEL_FILES_MAX][8];
	struct err err = { 0 };
	struct arena *a = arena_new(0, 0);
	struct parcel_file *got = NULL;
	struct buf out, twice;
	size_t n = 0;

	(void)state;
	for (size_t i = 0; i < PARCEL_FILES_MAX; i++) {
		(void)snprintf(names[i], sizeof(names[i]), "f%zu", i);
		many[i] = (struct parcel_file){ str_c(names[i]), STR("x") };
	}
	buf_init(&out, 0);
	assert_int_equal(parcel_write(many, PARCEL_FILES_MAX, AT, &out, &err), 0);
	assert_int_equal(parcel_read(buf_str(&out), a, &got, &n, &err), 0);
	assert_int_equal(n, PARCEL_FILES_MAX);
	/* once more in front of it: too many, and twice */
	buf_init(&twice, 0);
	buf_add(&twice, str_n(out.p, 33));
	buf_add(&twice, buf_str(&out));
	assert_int_equal(parcel_read(buf_str(&twice), a, &got, &n, &err), -E_INVALID);
	buf_done(&out);
	buf_done(&twice);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_there_and_back),
		cmocka_unit_test(test_every_change_shows),
		cmocka_unit_test(test_hostile_headers),
		cmocka_unit_test(test_hostile_names),
		cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
