/* base/list.h: intrusive doubly linked list. A node belongs to at most one list; a zeroed node is
 * in none. The list owns nothing. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include <stdbool.h>
#include <stddef.h>

struct list_node {
	struct list_node *prev, *next;
};

struct list {
	struct list_node head; /* head.next first, head.prev last */
	size_t count;
};

#define LIST_OF(node, type, member) ((type *)((char *)(node) - offsetof(type, member)))
#define LIST_EACH(n, l) for (struct list_node *n = (l)->head.next; n != &(l)->head; n = n->next)
/* As LIST_EACH, but the current node may be removed. */
#define LIST_EACH_SAFE(n, l) \
	for (struct list_node *n = (l)->head.next, *n##_next = n->next; n != &(l)->head; \
	    n = n##_next, n##_next = n->next)

void list_init(struct list *l);
bool list_is_empty(const struct list *l);
void list_append(struct list *l, struct list_node *n);
void list_prepend(struct list *l, struct list_node *n);
/* Behind a node of l, or behind its head, &l->head. */
void list_insert_behind(struct list *l, struct list_node *n, struct list_node *behind);
void list_remove(struct list *l, struct list_node *n); /* the node must be in l */
struct list_node *list_first(struct list *l);          /* NULL when empty */
struct list_node *list_take_first(struct list *l);     /* removed; NULL when empty */
bool list_has(const struct list_node *n);              /* is the node in some list */

#endif
