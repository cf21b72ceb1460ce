#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/spool.h"
#include "base/torture.h"

static char dir[] = "/tmp/varco-spool-XXXXXX";

static int make_dir(void **state)
{
	(void)state;
	return mkdtemp(dir) && crypto_init(NULL) == 0 ? 0 : -1;
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* which it can be only when it is empty */
}

static void test_what_is_written_can_be_read(void **state)
{
	struct spool *s = NULL;
	struct err err = { 0 };
	struct sha256 digest;
	char bytes[16] = { 0 };

	(void)state;
	assert_int_equal(spool_open(dir, 10, &s, &err), 0);
	assert_int_equal(spool_write(s, STR("hello "), &err), 0);
	assert_int_equal(spool_write(s, STR(""), &err), 0);
	assert_int_equal(spool_write(s, STR("you"), &err), 0);
	spool_end(s);
	crypto_sha256(STR("hello you"), &digest);
	assert_memory_equal(spool_digest(s), &digest, sizeof(digest));
	assert_int_equal(spool_size(s), 9);
	assert_int_equal(pread(spool_fd(s), bytes, sizeof(bytes), 0), 9);
	assert_string_equal(bytes, "hello you");
	spool_free(&s);
	assert_null(s);
	spool_free(&s);
}

static void test_the_limit(void **state)
{
	struct spool *s = NULL;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(spool_open(dir, 4, &s, &err), 0);
	assert_int_equal(spool_write(s, STR("four"), &err), 0);
	assert_int_equal(spool_write(s, STR("5"), &err), -E_TOO_LARGE);
	assert_int_equal(spool_write(s, STR(""), &err), -E_IO);
	spool_free(&s);
}

static void test_no_name_is_left(void **state)
{
	struct spool *s = NULL;
	struct err err = { 0 };
	int n = 0;

	(void)state;
	assert_int_equal(spool_open(dir, 4, &s, &err), 0);
	DIR *d = opendir(dir);
	assert_non_null(d);
	for (struct dirent *e = readdir(d); e; e = readdir(d))
		n += e->d_name[0] != '.';
	closedir(d);
	assert_int_equal(n, 0);
	spool_free(&s);
	assert_int_equal(spool_open("/nowhere/at/all", 4, &s, &err), -E_IO);
}

static int deed(void *arg)
{
	struct spool *s = NULL;
	int r = spool_open(arg, 100, &s, NULL);

	if (r == 0)
		r = spool_write(s, STR("x"), NULL);
	spool_free(&s);
	return r;
}

static void test_memory_runs_out(void **state)
{
	(void)state;
	torture("a spool", deed, dir);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_written_can_be_read),
		cmocka_unit_test(test_the_limit),
		cmocka_unit_test(test_no_name_is_left),
		cmocka_unit_test(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
