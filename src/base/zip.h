/* base/zip.h: the entries of a ZIP archive, one behind the other, out of a hostile file; over
 * libarchive.
 *
 * Read as a stream from local header to local header, so that memory does not grow with what a
 * directory claims. Only stored and deflated entries; nothing is written anywhere. All limits are
 * checked while inflating, never against declared sizes: -E_TOO_LARGE. An encrypted entry is
 * -E_UNSUPPORTED, damage -E_INVALID, and the first error is given again ever after. */
#ifndef BASE_ZIP_H
#define BASE_ZIP_H

#include <stdint.h>

#include "base/str.h"

struct zip;

struct zip_limits {
	uint64_t entries;
	uint64_t total; /* bytes of all entries, inflated */
	uint64_t ratio; /* inflated bytes for each one of the file, once there are ratio_from */
	uint64_t ratio_from;
};

/* `fd` is borrowed and read with pread from its start, whatever its place. -E_NOMEM. */
MUST_CHECK int zip_open(int fd, const struct zip_limits *limits, struct zip **ret, struct err *err);
void zip_close(struct zip **pz);

/* The next entry: 1 and its name, borrowed until the next call ("" for one that cannot be told); 0
 * behind the last. What was left of the entry before is passed over, and counts. */
MUST_CHECK int zip_next(struct zip *z, struct str *ret_name, struct err *err);
/* More bytes of the entry, at least one, borrowed until the next call: 1; 0 at its end. */
MUST_CHECK int zip_read(struct zip *z, struct str *ret, struct err *err);

#endif
