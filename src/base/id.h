/* base/id.h: identifiers that sort by time and cannot be guessed.
 *
 * A 64-bit number (struct field `uint64_t`, > 0, < 2^63 so that SQL integers hold it): 43 bits of
 * milliseconds since 2020-01-01 UTC, 20 random bits; strictly increasing within one generator. As
 * text: a one-word prefix, '_', and 13 characters of Crockford base 32, for example
 * "dec_0c5gq3hr8v2zk". */
#ifndef BASE_ID_H
#define BASE_ID_H

#include <stdint.h>

#include "base/clock.h"
#include "base/str.h"

#define ID_TEXT_MAX 24

struct id_gen {
	uint64_t last;
};

/* The next id at `now`. Not thread-safe: one generator per thread that makes ids. */
uint64_t id_next(struct id_gen *gen, time_ms now);
time_ms id_time(uint64_t id);
/* Every id made at `t` or later is at least this. */
uint64_t id_first_at(time_ms t);

/* "prefix_xxxxxxxxxxxxx" into out. */
void id_format(const char *prefix, uint64_t id, char out[ID_TEXT_MAX]);
/* 0 and *ret, or -E_INVALID when the prefix or a character is wrong. */
MUST_CHECK int id_parse(const char *prefix, struct str text, uint64_t *ret);

#endif
