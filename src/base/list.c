#include "base/list.h"

#include "base/check.h"

void list_init(struct list *l)
{
	l->head.prev = l->head.next = &l->head;
	l->count = 0;
}

bool list_is_empty(const struct list *l)
{
	return l->count == 0;
}

static void insert_between(
    struct list *l, struct list_node *n, struct list_node *before, struct list_node *after)
{
	ASSERT(!list_has(n));
	n->prev = before;
	n->next = after;
	before->next = n;
	after->prev = n;
	l->count++;
}

void list_append(struct list *l, struct list_node *n)
{
	insert_between(l, n, l->head.prev, &l->head);
}

void list_prepend(struct list *l, struct list_node *n)
{
	insert_between(l, n, &l->head, l->head.next);
}

void list_insert_behind(struct list *l, struct list_node *n, struct list_node *behind)
{
	insert_between(l, n, behind, behind->next);
}

void list_remove(struct list *l, struct list_node *n)
{
	ASSERT(list_has(n) && l->count > 0);
	n->prev->next = n->next;
	n->next->prev = n->prev;
	n->prev = n->next = NULL;
	l->count--;
}

struct list_node *list_first(struct list *l)
{
	return l->count ? l->head.next : NULL;
}

struct list_node *list_take_first(struct list *l)
{
	struct list_node *n = list_first(l);

	if (n)
		list_remove(l, n);
	return n;
}

bool list_has(const struct list_node *n)
{
	return n->next != NULL;
}
