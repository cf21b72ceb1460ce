#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "base/file.h"
#include "base/torture.h"

static char dir[64];
static char path[128];

static int make_dir(void **state)
{
	(void)state;
	(void)snprintf(dir, sizeof(dir), "/tmp/varco-file-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	(void)snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

/* Everything of the directory; returns how many entries it had. */
static int empty_dir(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;
	int entries = 0;
	char name[512];

	assert_non_null(d);
	while ((e = readdir(d)) != NULL) {
		if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
			continue;
		(void)snprintf(name, sizeof(name), "%s/%s", dir, e->d_name);
		assert_int_equal(remove(name), 0);
		entries++;
	}
	(void)closedir(d);
	return entries;
}

static int remove_dir(void **state)
{
	(void)state;
	(void)empty_dir();
	return rmdir(dir);
}

static void test_write_then_read(void **state)
{
	static const size_t sizes[] = { 0, 1, 16383, 16384, 16385, 100000 };
	struct buf b;
	struct stat st;
	char *data = mem_alloc(100000);

	(void)state;
	assert_non_null(data);
	memset(data, 'x', 100000);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		assert_int_equal(file_write_atomic(path, str_n(data, sizes[i]), 0640, NULL), 0);
		buf_init(&b, 0);
		buf_add_c(&b, "before ");
		assert_int_equal(file_read(path, sizes[i], &b, NULL), 0);
		assert_int_equal(b.len, 7 + sizes[i]);
		assert_memory_equal(b.p + 7, data, sizes[i]);
		buf_done(&b);
	}
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0640);
	assert_int_equal(empty_dir(), 1);
	mem_free(data);
}

static void test_too_large(void **state)
{
	struct buf b;
	struct err err;

	(void)state;
	assert_int_equal(file_write_atomic(path, STR("12345"), 0600, NULL), 0);
	buf_init(&b, 0);
	buf_add_c(&b, "kept");
	assert_int_equal(file_read(path, 4, &b, &err), -E_TOO_LARGE);
	assert_non_null(strstr(err.text, "4 bytes"));
	assert_string_equal(b.p, "kept");
	assert_int_equal(file_read(path, 0, &b, &err), -E_TOO_LARGE);
	assert_int_equal(file_read("/proc/self/maps", 10, &b, &err), -E_TOO_LARGE);
	buf_done(&b);
	assert_int_equal(empty_dir(), 1);
}

static void test_what_is_no_file(void **state)
{
	struct {
		const char *path;
		int rc;
	} rows[] = {
		{ dir, -E_INVALID },
		{ "/dev/null", -E_INVALID },
		{ "/dev/zero", -E_INVALID },
		{ "/nowhere/at/all", -E_NOT_FOUND },
		{ path, -E_NOT_FOUND },
		{ "/dev/null/x", -E_NOT_FOUND },
		{ "", -E_NOT_FOUND },
	};
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		if (file_read(rows[i].path, 100, &b, &err) != rows[i].rc || err.text[0] == '\0')
			fail_msg("\"%s\": %s", rows[i].path, err.text);
	}
	assert_int_equal(b.len, 0);
	buf_done(&b);
}

static void test_pipes(void **state)
{
	struct buf b;
	int ends[2], real_stdin = dup(STDIN_FILENO);
	char name[32];

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(pipe(ends), 0);
	(void)snprintf(name, sizeof(name), "/dev/fd/%d", ends[0]);
	assert_int_equal(write(ends[1], "through a pipe", 14), 14);
	(void)close(ends[1]);
	assert_int_equal(file_read(name, 100, &b, NULL), 0);
	assert_string_equal(b.p, "through a pipe");
	(void)close(ends[0]);

	buf_reset(&b);
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[0], STDIN_FILENO) >= 0);
	assert_int_equal(write(ends[1], "standard input", 14), 14);
	(void)close(ends[1]);
	assert_int_equal(file_read("-", 100, &b, NULL), 0);
	assert_string_equal(b.p, "standard input");
	if (real_stdin >= 0)
		assert_true(dup2(real_stdin, STDIN_FILENO) >= 0);
	(void)close(ends[0]);
	(void)close(real_stdin);
	buf_done(&b);
}

static void test_writing_where_one_cannot(void **state)
{
	char long_path[5000], below[160];
	struct err err;

	(void)state;
	memset(long_path, 'x', sizeof(long_path) - 1);
	long_path[sizeof(long_path) - 1] = '\0';
	assert_int_equal(file_write_atomic(long_path, STR("x"), 0600, &err), -E_TOO_LARGE);
	assert_int_equal(file_write_atomic("/nowhere/file", STR("x"), 0600, &err), -E_NOT_FOUND);
	assert_int_equal(file_write_atomic(path, STR("x"), 0600, &err), 0);
	(void)snprintf(below, sizeof(below), "%s/below", path);
	assert_int_equal(file_write_atomic(below, STR("x"), 0600, &err), -E_NOT_FOUND);
	assert_int_equal(empty_dir(), 1);
	/* A directory in the way: the rename fails, and nothing is left beside it. */
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(file_write_atomic(path, STR("x"), 0600, &err), -E_IO);
	assert_int_equal(empty_dir(), 1);
}

/* A disk that is full half way: the old file stays, and nothing beside it. */
static void test_a_full_disk(void **state)
{
	struct rlimit unlimited, limit;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(file_write_atomic(path, STR("old"), 0600, NULL), 0);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
	limit = (struct rlimit){ 10, unlimited.rlim_max };
	assert_true(signal(SIGXFSZ, SIG_IGN) != SIG_ERR);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
	int rc = file_write_atomic(path, STR("more than ten bytes"), 0600, NULL);
	int rc_new = file_create_atomic(path, STR("more than ten bytes"), 0600, NULL);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &unlimited), 0);
	assert_int_equal(rc, -E_IO);
	assert_int_equal(rc_new, -E_IO);
	assert_int_equal(file_read(path, 100, &b, NULL), 0);
	assert_string_equal(b.p, "old");
	assert_int_equal(empty_dir(), 1);
	buf_done(&b);
}

static void test_create_only_once(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(file_create_atomic(path, STR("first"), 0600, NULL), 0);
	assert_int_equal(file_create_atomic(path, STR("second"), 0600, NULL), -E_CONFLICT);
	assert_int_equal(file_read(path, 100, &b, NULL), 0);
	assert_string_equal(b.p, "first");
	assert_int_equal(empty_dir(), 1);
	buf_done(&b);
}

static void test_dir_ensure(void **state)
{
	struct stat st;
	struct err err;
	char below[160];

	(void)state;
	assert_int_equal(dir_ensure(path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_true(S_ISDIR(st.st_mode));
	assert_int_equal(st.st_mode & 0777, 0700);
	assert_int_equal(dir_ensure(path, &err), 0);
	(void)snprintf(below, sizeof(below), "%s/a/b", dir);
	assert_int_equal(dir_ensure(below, &err), -E_NOT_FOUND);
	assert_int_equal(empty_dir(), 1);
	assert_int_equal(file_write_atomic(path, STR("x"), 0600, &err), 0);
	assert_int_equal(dir_ensure(path, &err), -E_INVALID);
	assert_int_equal(empty_dir(), 1);
}

static void test_room(void **state)
{
	struct dir_room room;
	struct stat st;
	struct err err;

	(void)state;
	assert_int_equal(dir_room(dir, &room, &err), 0);
	assert_true(room.total >= room.free && room.total > 0);
	assert_int_equal(dir_room("/nowhere/at/all", &room, &err), -E_NOT_FOUND);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(file_reserve(path, 300000, &err), 0);
		assert_int_equal(stat(path, &st), 0);
		assert_int_equal(st.st_size, 300000);
		assert_true(st.st_blocks * 512 >= 300000);
		assert_int_equal(st.st_mode & 0777, 0600);
	}
	assert_int_equal(empty_dir(), 1);
	assert_int_equal(file_reserve("/nowhere/at/all", 1, &err), -E_NOT_FOUND);
	assert_int_equal(file_reserve(path, INT64_MAX, &err), -E_IO);
	assert_int_equal(empty_dir(), 0);
}

static int read_file(void *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 0);
	int rc = file_read(path, 100000, &b, NULL);
	assert_true(rc == 0 || b.len == 0);
	buf_done(&b);
	return rc;
}

static void test_descriptors(void **state)
{
	struct rlimit was, now;

	(void)state;
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &was), 0);
	struct rlimit low = { 64, was.rlim_max };
	rlim_t most = was.rlim_max < (1 << 20) ? was.rlim_max : 1 << 20;
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &low), 0);
	assert_int_equal(descriptors_raise(), most);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &now), 0);
	assert_int_equal(now.rlim_cur, most);
	assert_int_equal(descriptors_raise(), most);
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &was), 0);
}

static void test_without_memory(void **state)
{
	static char data[50000];

	(void)state;
	memset(data, 'x', sizeof(data));
	assert_int_equal(file_write_atomic(path, str_n(data, sizeof(data)), 0600, NULL), 0);
	torture("read", read_file, NULL);
	assert_int_equal(empty_dir(), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_write_then_read),
		cmocka_unit_test(test_too_large),
		cmocka_unit_test(test_what_is_no_file),
		cmocka_unit_test(test_pipes),
		cmocka_unit_test(test_writing_where_one_cannot),
		cmocka_unit_test(test_a_full_disk),
		cmocka_unit_test(test_create_only_once),
		cmocka_unit_test(test_dir_ensure),
		cmocka_unit_test(test_room),
		cmocka_unit_test(test_descriptors),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
