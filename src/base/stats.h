/* base/stats.h: what a count of few cases out of many says about the share behind it.
 *
 * Source: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
 * JASA 22 (1927). */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stdint.h>

/* The lower bound of Wilson's interval, 0 to 1: the share is hardly smaller than this. `part` of `of`
 * cases; `confidence` of the two-sided interval, between 0 and 1 (0.95). 0 when `of` is not positive. */
double stats_wilson_lower(int64_t part, int64_t of, double confidence);

#endif
