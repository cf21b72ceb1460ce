/* The default VFS is asked for anew at each call, for a test may put its own before it. Its file stands
 * behind ours in the same piece of memory, which SQLite provides by `szOsFile`. */
#include "store/sqlite_log.h"

#include <sqlite3.h>
#include <string.h>

#include "base/check.h"

/* 29 pages. SQLite's own VFS writes less than 128 KiB at once. */
#define KEPT_MAX (120 << 10)

struct log_file {
	sqlite3_file base;
	char *kept;       /* room for KEPT_MAX, from the first write on */
	sqlite3_int64 at; /* where the first byte kept belongs */
	int len;
	sqlite3_file real[];
};

static struct log_file *log_of(sqlite3_file *f)
{
	return (struct log_file *)f;
}

/* The file beneath, and its method. */
#define REAL(f) (log_of(f)->real)
#define CALL(f, method, ...) REAL(f)->pMethods->method(REAL(f), ##__VA_ARGS__)

/* --- what is kept --------------------------------------------------------------------------------- */

static int hand_on(sqlite3_file *f)
{
	struct log_file *l = log_of(f);
	int len = l->len;

	l->len = 0;
	return len ? CALL(f, xWrite, l->kept, len, l->at) : SQLITE_OK;
}

static bool fits_behind(const struct log_file *l, int n, sqlite3_int64 at)
{
	return l->len && at == l->at + l->len && n <= KEPT_MAX - l->len;
}

static bool may_keep(struct log_file *l, int n)
{
	if (!l->kept)
		l->kept = mem_alloc(KEPT_MAX);
	return l->kept && n <= KEPT_MAX;
}

static int log_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at)
{
	struct log_file *l = log_of(f);

	if (!fits_behind(l, n, at)) {
		int rc = hand_on(f);
		if (rc != SQLITE_OK)
			return rc;
		if (!may_keep(l, n))
			return CALL(f, xWrite, p, n, at);
		l->at = at;
	}
	memcpy(l->kept + l->len, p, (size_t)n);
	l->len += n;
	return SQLITE_OK;
}

static int log_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at)
{
	const struct log_file *l = log_of(f);

	if (l->len && at < l->at + l->len && at + n > l->at) {
		int rc = hand_on(f);
		if (rc != SQLITE_OK)
			return rc;
	}
	return CALL(f, xRead, p, n, at);
}

/* --- the rest of a log, behind what was kept ------------------------------------------------------ */

static int log_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	int rc = hand_on(f);

	return rc == SQLITE_OK ? CALL(f, xTruncate, size) : rc;
}

static int log_sync(sqlite3_file *f, int flags)
{
	int rc = hand_on(f);

	return rc == SQLITE_OK ? CALL(f, xSync, flags) : rc;
}

static int log_size(sqlite3_file *f, sqlite3_int64 *size)
{
	int rc = hand_on(f);

	return rc == SQLITE_OK ? CALL(f, xFileSize, size) : rc;
}

static int log_control(sqlite3_file *f, int op, void *arg)
{
	int rc = hand_on(f);

	return rc == SQLITE_OK ? CALL(f, xFileControl, op, arg) : rc;
}

/* What was not flushed was not committed. */
static int log_close(sqlite3_file *f)
{
	struct log_file *l = log_of(f);

	mem_free(l->kept);
	l->kept = NULL;
	return CALL(f, xClose);
}

static int log_lock(sqlite3_file *f, int level)
{
	return CALL(f, xLock, level);
}

static int log_unlock(sqlite3_file *f, int level)
{
	return CALL(f, xUnlock, level);
}

static int log_is_reserved(sqlite3_file *f, int *ret)
{
	return CALL(f, xCheckReservedLock, ret);
}

static int log_sector(sqlite3_file *f)
{
	return CALL(f, xSectorSize);
}

static int log_device(sqlite3_file *f)
{
	return CALL(f, xDeviceCharacteristics);
}

/* Version 1: nobody maps a log, or locks by it. */
static const sqlite3_io_methods methods = {
	.iVersion = 1,
	.xClose = log_close,
	.xRead = log_read,
	.xWrite = log_write,
	.xTruncate = log_truncate,
	.xSync = log_sync,
	.xFileSize = log_size,
	.xLock = log_lock,
	.xUnlock = log_unlock,
	.xCheckReservedLock = log_is_reserved,
	.xFileControl = log_control,
	.xSectorSize = log_sector,
	.xDeviceCharacteristics = log_device,
};

/* --- the VFS -------------------------------------------------------------------------------------- */

static sqlite3_vfs *beneath(void)
{
	return sqlite3_vfs_find(NULL);
}

static int open_file(sqlite3_vfs *v, const char *path, sqlite3_file *f, int flags, int *ret_flags)
{
	sqlite3_vfs *real = beneath();
	struct log_file *l = log_of(f);

	ASSERT(real->szOsFile <= v->szOsFile - (int)sizeof(*l));
	if (!(flags & SQLITE_OPEN_WAL))
		return real->xOpen(real, path, f, flags, ret_flags);
	memset(l, 0, sizeof(*l));
	int rc = real->xOpen(real, path, l->real, flags, ret_flags);
	/* Without methods SQLite does not close what could not be opened. */
	l->base.pMethods = l->real->pMethods ? &methods : NULL;
	/* Where a write may damage what stands beside it, SQLite pads each commit and flushes in between:
	 * what always holds here would not be all that it counts on. */
	ASSERT(rc != SQLITE_OK || !l->real->pMethods ||
	    (log_device(f) & SQLITE_IOCAP_POWERSAFE_OVERWRITE));
	return rc;
}

static int delete_file(sqlite3_vfs *v, const char *path, int sync)
{
	(void)v;
	return beneath()->xDelete(beneath(), path, sync);
}

static int access_file(sqlite3_vfs *v, const char *path, int flags, int *ret)
{
	(void)v;
	return beneath()->xAccess(beneath(), path, flags, ret);
}

static int full_path(sqlite3_vfs *v, const char *path, int n, char *out)
{
	(void)v;
	return beneath()->xFullPathname(beneath(), path, n, out);
}

/* The rest (random bytes, time, sleep) is as it was when this was registered. */
int sqlite_log_register(void)
{
	static sqlite3_vfs vfs;
	const sqlite3_vfs *real = beneath();

	if (sqlite3_vfs_find(SQLITE_LOG_VFS))
		return SQLITE_OK;
	if (!real)
		return SQLITE_ERROR;
	vfs = *real;
	vfs.pNext = NULL;
	vfs.zName = SQLITE_LOG_VFS;
	vfs.szOsFile = real->szOsFile + (int)sizeof(struct log_file);
	vfs.xOpen = open_file;
	vfs.xDelete = delete_file;
	vfs.xAccess = access_file;
	vfs.xFullPathname = full_path;
	return sqlite3_vfs_register(&vfs, 0);
}
