/* base/heap.h: binary min-heap of (time, id) pairs: what is due next. Ties come out in any order.
 * An entry is not removed early: whoever takes it looks the id up and drops it when it no longer
 * fits. */
#ifndef BASE_HEAP_H
#define BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

struct heap_item {
	int64_t at;
	uint64_t id;
};
struct heap;

MUST_CHECK struct heap *heap_new(void);
void heap_free(struct heap **ph);
MUST_CHECK int heap_push(struct heap *h, struct heap_item item); /* 0 or -E_NOMEM */
bool heap_peek(const struct heap *h, struct heap_item *ret);
bool heap_pop(struct heap *h, struct heap_item *ret);
size_t heap_len(const struct heap *h);

#endif
