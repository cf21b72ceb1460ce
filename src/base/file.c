#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "base/lang.h"

#define CHUNK 16384

static const char cannot_read[] = N_("Cannot read \"%s\": %s.");
static const char cannot_write[] = N_("Cannot write \"%s\": %s.");
static const char cannot_write_directory[] = N_("Cannot write the directory of \"%s\": %s.");

/* `fmt` takes the path and the cause. */
static int io_error(struct err *err, const char *fmt, const char *path)
{
	int cause = errno;
	int code = cause == ENOENT || cause == ENOTDIR ? E_NOT_FOUND
	    : cause == EACCES || cause == EPERM        ? E_DENIED
						       : E_IO;

	return err_set(err, (enum err_code)code, fmt, path, strerror(cause));
}

/* --- reading --- */

static ssize_t read_some(int fd, char *to, size_t most)
{
	ssize_t got;

	do
		got = read(fd, to, most);
	while (got < 0 && errno == EINTR);
	return got;
}

/* By way of the stack, so that `out` is neither grown for nothing nor filled beyond its own
 * limit. */
static int read_chunks(
    int fd, const char *path, size_t max, char *chunk, struct buf *out, struct err *err)
{
	size_t total = 0;
	ssize_t got;

	while ((got = read_some(fd, chunk, CHUNK)) > 0) {
		total += (size_t)got;
		if (total > max)
			return err_set(
			    err, E_TOO_LARGE, N_("\"%s\" is larger than %zu bytes."), path, max);
		buf_add(out, str_n(chunk, (size_t)got));
		if (out->failed)
			return err_set(err, E_NOMEM, "There is no memory left for \"%s\".", path);
	}
	return got < 0 ? io_error(err, cannot_read, path) : 0;
}

/* What was read may be a secret, so it does not stay behind on the stack. */
static int read_all(int fd, const char *path, size_t max, struct buf *out, struct err *err)
{
	char chunk[CHUNK];

	int rc = read_chunks(fd, path, max, chunk, out, err);
	explicit_bzero(chunk, sizeof(chunk));
	return rc;
}

static int check_kind(const struct stat *st, const char *path, struct err *err)
{
	if (S_ISREG(st->st_mode) || S_ISFIFO(st->st_mode))
		return 0;
	return err_set(err, E_INVALID,
	    S_ISDIR(st->st_mode) ? N_("\"%s\" is a directory, not a file.")
				 : N_("\"%s\" is a device or socket, not a file."),
	    path);
}

/* Looked at before it is opened, because opening a device may already do something. */
static int open_to_read(const char *path, struct err *err, int *ret_fd)
{
	struct stat st;

	if (stat(path, &st))
		return io_error(err, cannot_read, path);
	int rc = check_kind(&st, path, err);
	if (rc)
		return rc;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		return io_error(err, N_("Cannot open \"%s\": %s."), path);
	rc = fstat(fd, &st) ? io_error(err, cannot_read, path) : check_kind(&st, path, err);
	if (rc)
		(void)close(fd);
	else
		*ret_fd = fd;
	return rc;
}

int file_read(const char *path, size_t max, struct buf *out, struct err *err)
{
	size_t before = out->len;
	bool is_stdin = strcmp(path, "-") == 0;
	int fd = STDIN_FILENO;

	int rc = is_stdin ? 0 : open_to_read(path, err, &fd);
	if (rc)
		return rc;
	rc = read_all(fd, is_stdin ? "standard input" : path, max, out, err);
	if (!is_stdin)
		(void)close(fd);
	if (rc && out->p) {
		out->len = before;
		out->p[before] = '\0';
	}
	return rc;
}

/* --- writing --- */

static int write_all(int fd, struct str data)
{
	while (data.len) {
		ssize_t n = write(fd, data.p, data.len);
		if (n < 0 && errno != EINTR)
			return -1;
		data = str_sub(data, n < 0 ? 0 : (size_t)n, data.len);
	}
	return 0;
}

/* A rename or a new name is only safe once its directory is. */
static int sync_dir_of(const char *path)
{
	char copy[PATH_MAX];

	(void)snprintf(copy, sizeof(copy), "%s", path);
	int fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	int rc = fsync(fd);
	int cause = errno;
	(void)close(fd);
	errno = cause;
	return rc;
}

static int fill_temporary(int fd, struct str data, mode_t mode)
{
	int rc = fchmod(fd, mode) || write_all(fd, data) || fsync(fd) ? -1 : 0;
	int cause = errno;

	if (close(fd) && rc == 0)
		return -1;
	errno = cause;
	return rc;
}

static int make_temporary(
    const char *path, struct str data, mode_t mode, char *ret_name, struct err *err)
{
	if (snprintf(ret_name, PATH_MAX, "%s.XXXXXX", path) >= PATH_MAX)
		return err_set(err, E_TOO_LARGE, N_("The path \"%.64s…\" is too long."), path);
	int fd = mkostemp(ret_name, O_CLOEXEC);
	if (fd < 0)
		return io_error(err, cannot_write, path);
	if (fill_temporary(fd, data, mode) == 0)
		return 0;
	int rc = io_error(err, cannot_write, path);
	(void)unlink(ret_name);
	return rc;
}

int file_write_atomic(const char *path, struct str data, mode_t mode, struct err *err)
{
	char temporary[PATH_MAX];

	int rc = make_temporary(path, data, mode, temporary, err);
	if (rc)
		return rc;
	if (rename(temporary, path)) {
		rc = io_error(err, cannot_write, path);
		(void)unlink(temporary);
		return rc;
	}
	return sync_dir_of(path) ? io_error(err, cannot_write_directory, path) : 0;
}

int file_create_atomic(const char *path, struct str data, mode_t mode, struct err *err)
{
	char temporary[PATH_MAX];

	int rc = make_temporary(path, data, mode, temporary, err);
	if (rc)
		return rc;
	if (link(temporary, path))
		rc = errno == EEXIST ? err_set(err, E_CONFLICT, N_("\"%s\" exists already."), path)
				     : io_error(err, N_("Cannot create \"%s\": %s."), path);
	(void)unlink(temporary);
	if (rc == 0 && sync_dir_of(path))
		rc = io_error(err, cannot_write_directory, path);
	return rc;
}

int dir_ensure(const char *path, struct err *err)
{
	struct stat st;

	if (mkdir(path, 0700) == 0)
		return sync_dir_of(path) ? io_error(err, cannot_write_directory, path) : 0;
	if (errno != EEXIST || stat(path, &st))
		return io_error(err, N_("Cannot create the directory \"%s\": %s."), path);
	if (!S_ISDIR(st.st_mode))
		return err_set(err, E_INVALID, N_("\"%s\" exists and is not a directory."), path);
	return 0;
}

/* --- room on the disk --- */

int dir_room(const char *path, struct dir_room *ret, struct err *err)
{
	struct statvfs fs;

	if (statvfs(path, &fs) < 0)
		return io_error(err, N_("Cannot measure the disk under \"%s\": %s."), path);
	*ret = (struct dir_room){
		.total = (uint64_t)fs.f_blocks * fs.f_frsize,
		.free = (uint64_t)fs.f_bavail * fs.f_frsize,
	};
	return 0;
}

int file_reserve(const char *path, uint64_t size, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	if (fd < 0)
		return io_error(err, cannot_write, path);
	/* It gives its error back, and leaves errno alone. */
	errno = posix_fallocate(fd, 0, (off_t)size);
	int r = errno ? io_error(err, N_("Cannot take room for \"%s\": %s."), path) : 0;
	close(fd);
	if (r < 0)
		(void)unlink(path);
	return r;
}

/* --- descriptors
 * ------------------------------------------------------------------------------------- */

#define DESCRIPTORS_MAX ((rlim_t)1 << 20)
#define DESCRIPTORS_USUAL 1024 /* where the system does not tell */

uint64_t descriptors_raise(void)
{
	struct rlimit l;

	if (getrlimit(RLIMIT_NOFILE, &l))
		return DESCRIPTORS_USUAL;
	rlim_t now = l.rlim_cur;
	rlim_t want = l.rlim_max < DESCRIPTORS_MAX ? l.rlim_max : DESCRIPTORS_MAX;
	l.rlim_cur = want;
	if (now >= want || setrlimit(RLIMIT_NOFILE, &l))
		return now;
	return want;
}
