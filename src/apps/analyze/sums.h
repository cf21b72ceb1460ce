/* apps/analyze/sums.h: rows that say how many messages of a template or number there were on a day, as
 * WhatsApp Manager's insights and Graph's analytics do.
 *
 * Private to the analysis. They name nobody, so no rule judges them: what comes of them is volumes, and how
 * templates fared. */
#ifndef APPS_ANALYZE_SUMS_H
#define APPS_ANALYZE_SUMS_H

#include "apps/analyze/analyze.h"

#define SUMS_MAX 1000000 /* rows; a year of 2,000 templates is less */

/* "1234", "1,234", "1.234", "1 234"; an empty one is 0. -E_INVALID for anything else. */
MUST_CHECK int sums_read_count(struct str text, int64_t *ret);
/* -E_TOO_LARGE, -E_NOMEM. */
MUST_CHECK int sums_add(struct analysis *a, const struct sum *s, struct err *err);
/* Into the statistics of templates and the volumes, when there is room for them. -E_NOMEM. */
MUST_CHECK int sums_end(struct analysis *a, struct err *err);

#endif
