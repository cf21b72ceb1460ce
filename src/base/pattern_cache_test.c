#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <hs.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/pattern_cache.h"

static char dir[] = "/tmp/varco-patterns-XXXXXX";
static char path[64];

#define CACHE(KEY) (&(struct pattern_cache){ .dir = dir, .name = "of-test", .key = str_c(KEY) })

static int make_dir(void **state)
{
	(void)state;
	if (!mkdtemp(dir) || crypto_init(NULL) < 0)
		return -1;
	snprintf(path, sizeof(path), "%s/of-test", dir);
	return 0;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int remove_file(void **state)
{
	(void)state;
	return unlink(path);
}

static hs_database_t *compiled(const char *word)
{
	hs_compile_error_t *why = NULL;
	hs_database_t *base = NULL;

	if (hs_compile(word, 0, HS_MODE_BLOCK, NULL, &base, &why) != HS_SUCCESS)
		fail_msg("%s", why->message);
	return base;
}

static int on_hit(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	(void)id, (void)from, (void)flags;
	*(unsigned long long *)arg = to;
	return 0;
}

static bool finds(const hs_database_t *base, const char *text)
{
	hs_scratch_t *scratch = NULL;
	unsigned long long end = 0;

	assert_int_equal(hs_alloc_scratch(base, &scratch), HS_SUCCESS);
	assert_int_equal(
	    hs_scan(base, text, (unsigned)strlen(text), 0, scratch, on_hit, &end), HS_SUCCESS);
	hs_free_scratch(scratch);
	return end > 0;
}

/* "lantern" in the first place, nothing in the second. */
static int write_one(void **state)
{
	hs_database_t *bases[2] = { compiled("lantern"), NULL };

	(void)state;
	pattern_cache_write(CACHE("key"), bases, 2);
	hs_free_database(bases[0]);
	return 0;
}

static bool reads(const struct pattern_cache *c, size_t len)
{
	hs_database_t *bases[2] = { NULL, NULL };
	bool ok = pattern_cache_read(c, bases, len);

	if (!ok)
		assert_null(bases[0]);
	hs_free_database(bases[0]);
	return ok;
}

static void test_what_was_written_finds_as_before(void **state)
{
	hs_database_t *bases[2] = { NULL, NULL };

	(void)state;
	assert_true(pattern_cache_read(CACHE("key"), bases, 2));
	assert_true(finds(bases[0], "a lantern in the window"));
	assert_false(finds(bases[0], "a candle in the window"));
	assert_null(bases[1]);
	hs_free_database(bases[0]);
}

static void test_another_key_is_not_answered(void **state)
{
	(void)state;
	assert_false(reads(CACHE("other"), 2));
	assert_false(reads(CACHE(""), 2));
	assert_false(reads(CACHE("key\n"), 2));
	assert_false(reads(CACHE("key"), 1));
	assert_true(reads(CACHE("key"), 2));
}

static void test_a_file_that_others_may_write_is_not_read(void **state)
{
	(void)state;
	assert_int_equal(chmod(path, 0620), 0);
	assert_false(reads(CACHE("key"), 2));
	assert_int_equal(chmod(path, 0602), 0);
	assert_false(reads(CACHE("key"), 2));
	assert_int_equal(chmod(path, 0600), 0);
	assert_true(reads(CACHE("key"), 2));
}

static void test_a_link_is_not_followed(void **state)
{
	char link[96];

	(void)state;
	snprintf(link, sizeof(link), "%s/link", dir);
	assert_int_equal(symlink(path, link), 0);
	assert_false(
	    reads(&(struct pattern_cache){ .dir = dir, .name = "link", .key = STR("key") }, 2));
	assert_int_equal(unlink(link), 0);
}

/* Every byte counts: of the sum, the head, a length, a database. */
static void test_a_changed_file_is_not_read(void **state)
{
	struct buf text;

	(void)state;
	buf_init(&text, PATTERN_CACHE_MAX);
	assert_int_equal(file_read(path, PATTERN_CACHE_MAX, &text, NULL), 0);
	for (size_t i = 0; i < text.len; i += 1 + text.len / 64) {
		text.p[i] ^= 1;
		assert_int_equal(file_write_atomic(path, buf_str(&text), 0600, NULL), 0);
		if (reads(CACHE("key"), 2))
			fail_msg("byte %zu", i);
		text.p[i] ^= 1;
		assert_int_equal(file_write_atomic(path, str_n(text.p, i), 0600, NULL), 0);
		if (reads(CACHE("key"), 2))
			fail_msg("cut at %zu", i);
	}
	buf_done(&text);
}

static void test_nowhere_is_no_error(void **state)
{
	struct pattern_cache none = { .name = "of-test", .key = STR("key") };
	hs_database_t *base = compiled("lantern");

	(void)state;
	pattern_cache_write(&none, &base, 1);
	assert_false(reads(&none, 1));
	none.dir = "/proc/self/nowhere";
	pattern_cache_write(&none, &base, 1);
	assert_false(reads(&none, 1));
	assert_false(pattern_cache_usable("/proc/self/nowhere/at all"));
	hs_free_database(base);
}

static void test_without_memory_there_is_no_cache(void **state)
{
	long made = 1;

	(void)state;
	for (long n = 0; n < made; n++) {
		long live = check_live();

		check_fail_alloc_after(n, false);
		bool ok = reads(CACHE("key"), 2);
		made = check_allocs();
		check_fail_alloc_after(-1, false);
		assert_int_equal(ok, n >= made);
		assert_int_equal(check_live(), live);
	}
}

static void test_the_directory_is_the_users(void **state)
{
	static const struct {
		const char *cache, *home, *wanted;
	} rows[] = {
		{ "/var/tmp/c", "/home/anna", "/var/tmp/c/app" },
		{ "relative", "/home/anna", "/home/anna/.cache/app" },
		{ NULL, "/home/anna", "/home/anna/.cache/app" },
		{ NULL, "", NULL },
		{ NULL, NULL, NULL },
	};
	char out[64];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)(rows[i].cache ? setenv("XDG_CACHE_HOME", rows[i].cache, 1)
				     : unsetenv("XDG_CACHE_HOME"));
		(void)(rows[i].home ? setenv("HOME", rows[i].home, 1) : unsetenv("HOME"));
		bool ok = pattern_cache_dir("app", out, sizeof(out));
		if (ok != (rows[i].wanted != NULL) || (ok && strcmp(out, rows[i].wanted) != 0))
			fail_msg("row %zu", i);
	}
	assert_false(pattern_cache_dir("a name that is too long for it", out, 20));
}

#define WITH_FILE(TEST) cmocka_unit_test_setup_teardown(TEST, write_one, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_FILE(test_what_was_written_finds_as_before),
		WITH_FILE(test_another_key_is_not_answered),
		WITH_FILE(test_a_file_that_others_may_write_is_not_read),
		WITH_FILE(test_a_link_is_not_followed),
		WITH_FILE(test_a_changed_file_is_not_read),
		cmocka_unit_test(test_nowhere_is_no_error),
		WITH_FILE(test_without_memory_there_is_no_cache),
		cmocka_unit_test(test_the_directory_is_the_users),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
