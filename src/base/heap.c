#include "base/heap.h"

#include <stddef.h>

#include "base/check.h"

#define FIRST_ROOM 64

struct heap {
	struct heap_item *items; /* items[i] is not later than items[2i+1] and items[2i+2] */
	size_t len, room;
};

struct heap *heap_new(void)
{
	return mem_alloc(sizeof(struct heap));
}

void heap_free(struct heap **ph)
{
	if (*ph)
		mem_free((*ph)->items);
	MEM_FREE(ph);
}

static int make_room(struct heap *h)
{
	size_t room = h->room ? h->room * 2 : FIRST_ROOM;
	struct heap_item *items = mem_grow(h->items, room * sizeof(*items));

	if (!items)
		return -E_NOMEM;
	h->items = items;
	h->room = room;
	return 0;
}

int heap_push(struct heap *h, struct heap_item item)
{
	if (h->len == h->room && make_room(h))
		return -E_NOMEM;
	size_t i = h->len++;
	while (i > 0 && item.at < h->items[(i - 1) / 2].at) {
		h->items[i] = h->items[(i - 1) / 2];
		i = (i - 1) / 2;
	}
	h->items[i] = item;
	return 0;
}

bool heap_peek(const struct heap *h, struct heap_item *ret)
{
	if (h->len == 0)
		return false;
	*ret = h->items[0];
	return true;
}

/* The earlier child of i, or `len` when it has none. */
static size_t earlier_child(const struct heap *h, size_t i)
{
	size_t left = 2 * i + 1, right = left + 1;

	if (left >= h->len)
		return h->len;
	return right < h->len && h->items[right].at < h->items[left].at ? right : left;
}

bool heap_pop(struct heap *h, struct heap_item *ret)
{
	if (!heap_peek(h, ret))
		return false;
	struct heap_item last = h->items[--h->len];
	size_t i = 0, child;
	while ((child = earlier_child(h, i)) < h->len && h->items[child].at < last.at) {
		h->items[i] = h->items[child];
		i = child;
	}
	if (h->len)
		h->items[i] = last;
	return true;
}

size_t heap_len(const struct heap *h)
{
	return h->len;
}
