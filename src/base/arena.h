/* base/arena.h: memory that dies together.
 *
 * One arena per request: everything learned about a message is allocated here and freed at once.
 * Cleanup hooks close what memory cannot; they run in reverse order at arena_reset and
 * arena_free. An arena belongs to one thread at a time. Allocation returns NULL when memory ran
 * out or the arena's limit was reached; nothing else changes then. Blocks are aligned for any
 * type and zeroed. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

#include "base/str.h"

struct arena;

/* `first` bytes are taken at once, 0 = a small default; `max` bytes in all, 0 = no limit. */
MUST_CHECK struct arena *arena_new(size_t first, size_t max);
void arena_free(struct arena **pa);
void arena_reset(struct arena *a); /* everything gone; the first block is kept for reuse */
/* It holds secrets: all of it is overwritten before memory is given back, at the next reset or free. */
void arena_keep_secret(struct arena *a);

MUST_CHECK void *arena_alloc(struct arena *a, size_t size);
#define ARENA_NEW(a, type) ((type *)arena_alloc((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_array((a), sizeof(type), (n)))
MUST_CHECK void *arena_array(struct arena *a, size_t item, size_t n); /* overflow-checked */

/* Copies; the copy is zero-terminated. A failed copy has p == NULL. */
MUST_CHECK struct str arena_str(struct arena *a, struct str s);
MUST_CHECK char *arena_c(struct arena *a, struct str s);
MUST_CHECK struct str arena_join(struct arena *a, const struct str *parts, size_t n);
MUST_CHECK struct str arena_printf(struct arena *a, const char *fmt, ...) PRINTF_LIKE(2, 3);

/* 0 or -E_NOMEM. `fn(arg)` runs when the arena is reset or freed. */
MUST_CHECK int arena_defer(struct arena *a, void (*fn)(void *arg), void *arg);

size_t arena_used(const struct arena *a);

#endif
