/* apps/scan/match.h: all terms of a catalogue at once over a text, by vectorscan.
 *
 * Three databases: one that only says whether a text is worth a look, one that gives every hit with its
 * end, one for paths. They are compiled once and kept in a file, as
 * base/pattern_cache.h says. A matcher is shared by threads; each thread has
 * its own scratch. */
#ifndef APPS_SCAN_MATCH_H
#define APPS_SCAN_MATCH_H

#include "apps/scan/catalogue.h"

struct matcher;
struct match_scratch;

struct hit {
	uint32_t term;
	uint32_t from, to; /* bytes of the text; from is 0 for patterns until match_start() */
};

/* `cache_dir` NULL: no cache. A cache that cannot be read or written is no error. */
MUST_CHECK int matcher_open(
    const struct catalogue *c, const char *cache_dir, struct matcher **ret, struct err *err);
void matcher_close(struct matcher **pm);

/* NULL when memory ran out. */
MUST_CHECK struct match_scratch *match_scratch_new(const struct matcher *m);
void match_scratch_free(struct match_scratch **ps);

/* Is there any name, host, pattern or signal? Texts up to 4 GiB. */
bool match_any(const struct matcher *m, struct match_scratch *s, struct str text);
/* Every hit, in order of their ends, as far as `max` and a limit for each term go; how many. */
size_t match_all(
    const struct matcher *m, struct match_scratch *s, struct str text, struct hit *out, size_t max);
/* Where the hit of a pattern begins; a good guess when vectorscan cannot tell. */
uint32_t match_start(
    const struct matcher *m, struct match_scratch *s, struct str text, const struct hit *h);
/* Terms of rows that a path fits: at most `max` rows into `out`; how many. */
size_t match_path(
    const struct matcher *m, struct match_scratch *s, struct str path, uint32_t *out, size_t max);

#endif
