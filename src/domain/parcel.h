/* domain/parcel.h: the one file of a dossier: a ZIP archive in the only form that these files and
 * that time can have, so that any byte that was changed shows.
 *
 * Entries are stored as they are, each behind its local header, then the directory, then its end, with
 * nothing between and nothing behind; there are no extra fields and no comments. So reading inflates
 * nothing, and what an archive claims is what it has. Names are those of parcel_name_is_good. */
#ifndef DOMAIN_PARCEL_H
#define DOMAIN_PARCEL_H

#include "base/arena.h"
#include "base/clock.h"

#define PARCEL_MAX ((size_t)128 << 20) /* bytes of one */
#define PARCEL_FILES_MAX 64
#define PARCEL_NAME_MAX 64

struct parcel_file {
	struct str name, content;
};

/* 1 to PARCEL_NAME_MAX of A-Z a-z 0-9 . _ - and / between, no part empty or of dots alone. */
bool parcel_name_is_good(struct str name);
/* Times of ZIP have even seconds, from 1980 to 2107. -E_TOO_LARGE, -E_NOMEM. */
MUST_CHECK int parcel_write(
    const struct parcel_file *files, size_t n, time_ms at, struct buf *out, struct err *err);
/* The files, borrowed from `bytes`, in the arena: 0; -E_INVALID with what is wrong with which. */
MUST_CHECK int parcel_read(
    struct str bytes, struct arena *a, struct parcel_file **ret, size_t *ret_len, struct err *err);
/* NULL when there is none of that name. */
const struct parcel_file *parcel_find(const struct parcel_file *files, size_t n, const char *name);

#endif
