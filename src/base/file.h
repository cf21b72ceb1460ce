/* base/file.h: whole files, safely. */
#ifndef BASE_FILE_H
#define BASE_FILE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/str.h"

/* Appends the whole file, at most `max` bytes (-E_TOO_LARGE); directories and devices are
 * refused. "-" is standard input. */
MUST_CHECK int file_read(const char *path, size_t max, struct buf *out, struct err *err);
/* Writes beside, fsyncs, renames over `path`, fsyncs the directory. Either the old or the new
 * file is there. */
MUST_CHECK int file_write_atomic(const char *path, struct str data, mode_t mode, struct err *err);
/* The same for a file that must not be there yet: -E_CONFLICT when it is, and then it is left
 * alone. */
MUST_CHECK int file_create_atomic(const char *path, struct str data, mode_t mode, struct err *err);
/* Creates the directory (one level; mode 0700) when absent; -E_INVALID when it is something
 * else.
 * */
MUST_CHECK int dir_ensure(const char *path, struct err *err);

/* Bytes of the file system under a directory; free: for who is not root. */
struct dir_room {
	uint64_t total, free;
};
MUST_CHECK int dir_room(const char *path, struct dir_room *ret, struct err *err);
/* A file of `size` bytes (mode 0600) that really takes them from the disk; one that is there and as
 * large stays. On error it is not there. */
MUST_CHECK int file_reserve(const char *path, uint64_t size, struct err *err);

/* Lifts this process's limit of open descriptors to the highest it may set (2^20 at most) and returns
 * what then holds. */
uint64_t descriptors_raise(void);

#endif
