/* base/finder.h: thousands of fixed strings found in one pass over a text, by vectorscan.
 *
 * Strings are compared byte by byte. They are compiled when the first text comes, which takes some tenths of a second
 * unless a file keeps them from an earlier run; finders of the same strings share what was compiled, and the last one
 * stays for the next. A finder may be used by
 * several threads at once. */
#ifndef BASE_FINDER_H
#define BASE_FINDER_H

#include <stdint.h>

#include "base/str.h"

#define FINDER_STRINGS_MAX 50000

struct finder;

/* From now on what was compiled is kept in that directory (base/pattern_cache.h); "" or too long a path: nowhere. */
void finder_cache_in(const char *dir);

struct finder_hit {
	uint32_t from, to; /* bytes of the text */
	uint32_t string;   /* place among the strings */
};

/* The strings are borrowed for the finder's life; none is empty. -E_NOMEM, -E_TOO_LARGE. */
MUST_CHECK int finder_new(
    const struct str *strings, size_t len, struct finder **ret, struct err *err);
void finder_free(struct finder **pf);
/* 0, or the error that finder_find() would give; for those who would rather wait at start. */
MUST_CHECK int finder_prepare(struct finder *f, struct err *err);
/* Every place of every string, by rising end, as far as `max` goes. 0, -E_NOMEM, -E_UNSUPPORTED when this processor lacks
 * what vectorscan needs. */
MUST_CHECK int finder_find(struct finder *f, struct str text, struct finder_hit *out, size_t max,
    size_t *ret_len, struct err *err);

#endif
