/* A VFS of memory beneath, which notes what it is asked for and may refuse it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "store/sqlite_log.h"

#define ROOM (1 << 20)

static struct {
	sqlite3_vfs vfs;
	unsigned char *bytes;
	sqlite3_int64 size;
	char asked[64]; /* w, r, s, t, f, c for each method called, in order */
	bool full;
} disk;

static void note(char what)
{
	size_t n = strlen(disk.asked);

	assert_true(n + 1 < sizeof(disk.asked));
	disk.asked[n] = what;
}

static int disk_close(sqlite3_file *f)
{
	(void)f;
	note('c');
	return SQLITE_OK;
}

static int disk_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	(void)f;
	note('r');
	memcpy(p, disk.bytes + at, (size_t)n);
	return SQLITE_OK;
}

static int disk_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	(void)f;
	note('w');
	if (disk.full)
		return SQLITE_FULL;
	assert_true(at + n <= ROOM);
	memcpy(disk.bytes + at, p, (size_t)n);
	if (at + n > disk.size)
		disk.size = at + n;
	return SQLITE_OK;
}

static int disk_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	(void)f;
	note('t');
	disk.size = size;
	return SQLITE_OK;
}

static int disk_sync(sqlite3_file *f, int flags)
{
	(void)f;
	(void)flags;
	note('s');
	return SQLITE_OK;
}

static int disk_size(sqlite3_file *f, sqlite3_int64 *ret)
{
	(void)f;
	note('f');
	*ret = disk.size;
	return SQLITE_OK;
}

/* A write damages nothing beside it. */
static int disk_device(sqlite3_file *f)
{
	(void)f;
	return SQLITE_IOCAP_POWERSAFE_OVERWRITE;
}

static int disk_open(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
	static const sqlite3_io_methods methods = {
		.iVersion = 1,
		.xClose = disk_close,
		.xRead = disk_read,
		.xWrite = disk_write,
		.xTruncate = disk_truncate,
		.xSync = disk_sync,
		.xFileSize = disk_size,
		.xDeviceCharacteristics = disk_device,
	};

	(void)v;
	(void)path;
	(void)flags;
	(void)ret_flags;
	f->pMethods = disk.full ? NULL : &methods;
	return disk.full ? SQLITE_CANTOPEN : SQLITE_OK;
}

static int install(void **state)
{
	(void)state;
	if (sqlite_log_register() != SQLITE_OK)
		return -1;
	disk.bytes = calloc(1, ROOM);
	disk.vfs = *sqlite3_vfs_find(NULL);
	disk.vfs.pNext = NULL;
	disk.vfs.zName = "memory of a test";
	disk.vfs.xOpen = disk_open;
	return disk.bytes ? sqlite3_vfs_register(&disk.vfs, 1) : -1;
}

static int uninstall(void **state)
{
	(void)state;
	free(disk.bytes);
	return sqlite3_vfs_unregister(&disk.vfs);
}

/* A file opened through the VFS that is tested. */
static sqlite3_file *begin(int flags)
{
	sqlite3_vfs *v = sqlite3_vfs_find(SQLITE_LOG_VFS);

	assert_non_null(v);
	disk.size = 0;
	disk.full = false;
	memset(disk.asked, 0, sizeof(disk.asked));
	sqlite3_file *f = calloc(1, (size_t)v->szOsFile);
	assert_non_null(f);
	assert_int_equal(v->xOpen(v, "t.db-wal", f, flags, NULL), SQLITE_OK);
	return f;
}

static void end(sqlite3_file *f)
{
	assert_int_equal(f->pMethods->xClose(f), SQLITE_OK);
	free(f);
}

static int put(sqlite3_file *f, sqlite3_int64 at, const char *text)
{
	return f->pMethods->xWrite(f, text, (int)strlen(text), at);
}

/* What a disk is asked for, one letter a deed: upper case of ours, lower case of the disk beneath. */
static void test_when_it_writes(void **state)
{
	static const struct {
		const char *row;
		const char *deeds; /* a digit writes two bytes there; R reads bytes 2 and 3 */
		const char *asked;
	} rows[] = {
		{ "nothing is written before the flush", "024", "" },
		{ "the flush writes all in one", "024S", "ws" },
		{ "a second flush has nothing to write", "02SS", "wss" },
		{ "a gap ends a piece", "0268S", "wws" },
		{ "what begins elsewhere is a new piece", "0206S", "wwws" },
		{ "reading what is kept writes it first", "02R", "wr" },
		{ "reading something else writes nothing", "46R", "r" },
		{ "reading across the beginning writes it", "4S2R", "wswr" },
		{ "shortening comes behind", "02T", "wt" },
		{ "the size counts what is kept", "02F", "wf" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sqlite3_file *f = begin(SQLITE_OPEN_WAL);
		const sqlite3_io_methods *m = f->pMethods;
		sqlite3_int64 size;
		char two[2];
		for (const char *d = rows[i].deeds; *d; d++) {
			int rc = *d == 'S' ? m->xSync(f, SQLITE_SYNC_NORMAL)
			    : *d == 'R'    ? m->xRead(f, two, 2, 2)
			    : *d == 'T'    ? m->xTruncate(f, 0)
			    : *d == 'F'    ? m->xFileSize(f, &size)
					   : put(f, *d - '0', "ab");
			assert_int_equal(rc, SQLITE_OK);
		}
		if (strcmp(disk.asked, rows[i].asked) != 0)
			fail_msg("%s: \"%s\"", rows[i].row, disk.asked);
		end(f);
	}
}

/* Pieces of all sizes about the room that there is: the disk ends up with what was written. */
static void test_what_it_writes(void **state)
{
	static const int sizes[] = { 1, 24, 4096, 50000, 100000, 120 << 10, (120 << 10) + 1 };
	unsigned char *want = calloc(1, ROOM);

	(void)state;
	assert_non_null(want);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		sqlite3_file *f = begin(SQLITE_OPEN_WAL);
		int at = 0;
		for (int n = 1; n <= 4 && at + sizes[i] <= ROOM; n++, at += sizes[i]) {
			memset(want + at, n, (size_t)sizes[i]);
			assert_int_equal(
			    f->pMethods->xWrite(f, want + at, sizes[i], at), SQLITE_OK);
		}
		assert_int_equal(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK);
		assert_int_equal(disk.size, at);
		assert_memory_equal(disk.bytes, want, (size_t)at);
		end(f);
	}
	free(want);
}

/* SQLite takes the commit back then, and writes anew from where it began. */
static void test_a_write_that_fails(void **state)
{
	sqlite3_file *f = begin(SQLITE_OPEN_WAL);

	(void)state;
	assert_int_equal(put(f, 0, "lost"), SQLITE_OK);
	disk.full = true;
	assert_int_equal(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_FULL);
	assert_string_equal(disk.asked, "w");
	disk.full = false;
	assert_int_equal(put(f, 0, "anew"), SQLITE_OK);
	assert_int_equal(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK);
	assert_string_equal(disk.asked, "wws");
	assert_memory_equal(disk.bytes, "anew", 4);

	assert_int_equal(put(f, 4, "lost"), SQLITE_OK);
	disk.full = true;
	assert_int_equal(put(f, 40, "elsewhere"), SQLITE_FULL);
	disk.full = false;
	assert_int_equal(f->pMethods->xSync(f, SQLITE_SYNC_NORMAL), SQLITE_OK);
	assert_int_equal(disk.size, 4);
	end(f);
}

static void test_what_was_not_flushed_is_not_written_at_the_end(void **state)
{
	sqlite3_file *f = begin(SQLITE_OPEN_WAL);

	(void)state;
	assert_int_equal(put(f, 0, "never committed"), SQLITE_OK);
	end(f);
	assert_string_equal(disk.asked, "c");
}

static void test_other_files_pass(void **state)
{
	sqlite3_file *f = begin(SQLITE_OPEN_MAIN_DB);

	(void)state;
	assert_int_equal(put(f, 0, "a"), SQLITE_OK);
	assert_int_equal(put(f, 1, "b"), SQLITE_OK);
	assert_string_equal(disk.asked, "ww");
	end(f);
}

static void test_a_log_that_cannot_be_opened(void **state)
{
	sqlite3_vfs *v = sqlite3_vfs_find(SQLITE_LOG_VFS);
	sqlite3_file *f = calloc(1, (size_t)v->szOsFile);

	(void)state;
	assert_non_null(f);
	disk.full = true;
	assert_int_equal(v->xOpen(v, "t.db-wal", f, SQLITE_OPEN_WAL, NULL), SQLITE_CANTOPEN);
	assert_null(f->pMethods);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_when_it_writes),
		cmocka_unit_test(test_what_it_writes),
		cmocka_unit_test(test_a_write_that_fails),
		cmocka_unit_test(test_what_was_not_flushed_is_not_written_at_the_end),
		cmocka_unit_test(test_other_files_pass),
		cmocka_unit_test(test_a_log_that_cannot_be_opened),
	};

	return cmocka_run_group_tests(tests, install, uninstall);
}
