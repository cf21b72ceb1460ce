/* base/failing_calls.h: reads, writes, flushes and renames that fail when a test says so, on its own thread. They stand
 * before libc's, for this program and for the libraries under it: SQLite too. For tests only, in one file of a program. */
#ifndef BASE_FAILING_CALLS_H
#define BASE_FAILING_CALLS_H

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

enum call { CALL_READ, CALL_WRITE, CALL_SYNC, CALL_RENAME, CALLS };
static const char *const call_names[] = { "read", "write", "sync", "rename" };

static _Thread_local struct {
	bool armed;
	enum call call;
	long until;  /* before the one that fails */
	bool failed; /* it did */
} fault;

/* Under the name that the linker knows: the headers of libc may have that one inline. */
#define STANDS_FOR(name, function) \
	function __asm__(name); \
	function

static bool fails(enum call call)
{
	if (!fault.armed || fault.call != call || fault.until-- > 0)
		return false;
	fault.armed = false;
	fault.failed = true;
	errno = call == CALL_WRITE ? ENOSPC : EIO;
	return true;
}

STANDS_FOR("pread64", ssize_t failing_pread64(int fd, void *p, size_t n, off64_t at))
{
	return fails(CALL_READ) ? -1 : syscall(SYS_pread64, fd, p, n, at);
}

STANDS_FOR("pwrite64", ssize_t failing_pwrite64(int fd, const void *p, size_t n, off64_t at))
{
	return fails(CALL_WRITE) ? -1 : syscall(SYS_pwrite64, fd, p, n, at);
}

STANDS_FOR("write", ssize_t failing_write(int fd, const void *p, size_t n))
{
	return fails(CALL_WRITE) ? -1 : syscall(SYS_write, fd, p, n);
}

STANDS_FOR("fsync", int failing_fsync(int fd))
{
	return fails(CALL_SYNC) ? -1 : (int)syscall(SYS_fsync, fd);
}

STANDS_FOR("fdatasync", int failing_fdatasync(int fd))
{
	return fails(CALL_SYNC) ? -1 : (int)syscall(SYS_fdatasync, fd);
}

STANDS_FOR("rename", int failing_rename(const char *from, const char *to))
{
	return fails(CALL_RENAME) ? -1
				  : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* The nth call (0 = the next) of that kind fails, once. */
static inline void fail_call(enum call call, long nth)
{
	fault.call = call;
	fault.until = nth;
	fault.failed = false;
	fault.armed = true;
}

/* Did it. */
static inline bool call_failed(void)
{
	fault.armed = false;
	return fault.failed;
}

#endif
