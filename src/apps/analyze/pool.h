/* apps/analyze/pool.h: names that come again and again, as small numbers: templates, lists, numbers.
 *
 * 0 is "no name". A pool that is full gives every new name the number of "…": what is counted stays
 * right in sum, and memory bounded, whatever a column holds. */
#ifndef APPS_ANALYZE_POOL_H
#define APPS_ANALYZE_POOL_H

#include <stdint.h>

#include "base/str.h"

#define POOL_NONE 0u
#define POOL_OTHERS 1u

struct pool;

/* At most `most` names besides. NULL when memory ran out. */
MUST_CHECK struct pool *pool_new(uint32_t most);
void pool_free(struct pool **pp);

/* POOL_NONE for an empty name; also when memory ran out, and then the pool is failed. */
uint32_t pool_id(struct pool *p, struct str name);
bool pool_has_failed(const struct pool *p);
/* "" for POOL_NONE. */
struct str pool_name(const struct pool *p, uint32_t id);
uint32_t pool_len(const struct pool *p); /* ids are below it */

#endif
