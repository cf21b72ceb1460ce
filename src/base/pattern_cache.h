/* base/pattern_cache.h: compiled vectorscan databases in a file, so that the next process need not compile them again.
 *
 * A database runs as code does: a file is read only when it belongs to who runs us and nobody else may write it, when its
 * sum is right, and when version, vectorscan, processor and key are those it was written for. A file that cannot be read
 * or written is no error: what it would have spared is done again. */
#ifndef BASE_PATTERN_CACHE_H
#define BASE_PATTERN_CACHE_H

#include <stddef.h>

#include "base/str.h"

#define PATTERN_CACHE_MAX (64u << 20) /* bytes of a file */

struct hs_database;

struct pattern_cache {
	const char *dir;  /* NULL: none; it and the one above are made when absent */
	const char *name; /* of the file */
	struct str key;   /* what the databases depend on: their expressions, or a sum of them */
};

/* Databases in their order; the caller frees them with hs_free_database(). An empty place stays NULL. False: all are NULL. */
bool pattern_cache_read(const struct pattern_cache *c, struct hs_database **bases, size_t len);
void pattern_cache_write(
    const struct pattern_cache *c, struct hs_database *const *bases, size_t len);

/* $XDG_CACHE_HOME/NAME, or ~/.cache/NAME; false when there is neither. Nothing is made. */
bool pattern_cache_dir(const char *name, char *out, size_t room);
/* Whether files can be kept there; makes it when absent. */
bool pattern_cache_usable(const char *dir);

#endif
