/* The timer is not moved when the deadline that it was set for is cleared: it fires for nothing and
 * is set for the next. */
#include "transport/deadlines.h"

#include "base/check.h"

static struct deadline *first(struct deadlines *ds)
{
	struct list_node *n = list_first(&ds->list);

	return n ? LIST_OF(n, struct deadline, node) : NULL;
}

static void arm(struct deadlines *ds, mono_ns at)
{
	mono_ns wait = at - loop_now(ds->loop);

	ds->armed = at;
	loop_timer_start(ds->timer, wait > 0 ? (wait + 999999) / 1000000 : 0, 0);
}

static void on_timer(void *arg)
{
	struct deadlines *ds = arg;
	mono_ns now = loop_now(ds->loop);
	struct deadline *d;

	while ((d = first(ds)) != NULL && d->at <= now) {
		list_remove(&ds->list, &d->node);
		ds->on_due(d);
	}
	ds->armed = 0;
	if ((d = first(ds)) != NULL)
		arm(ds, d->at);
}

int deadlines_init(struct deadlines *ds, struct loop *loop, void (*on_due)(struct deadline *d))
{
	*ds = (struct deadlines){ .loop = loop, .on_due = on_due };
	list_init(&ds->list);
	ds->timer = loop_timer_new(loop, on_timer, ds);
	return ds->timer ? 0 : -E_NOMEM;
}

void deadlines_done(struct deadlines *ds)
{
	ASSERT(!ds->timer || list_is_empty(&ds->list));
	loop_timer_free(&ds->timer);
}

static void insert(struct list *l, struct deadline *d)
{
	struct list_node *behind = l->head.prev;

	while (behind != &l->head && LIST_OF(behind, struct deadline, node)->at > d->at)
		behind = behind->prev;
	list_insert_behind(l, &d->node, behind);
}

void deadline_set(struct deadlines *ds, struct deadline *d, mono_ns at)
{
	deadline_clear(ds, d);
	d->at = at;
	insert(&ds->list, d);
	if (!ds->armed || at < ds->armed)
		arm(ds, at);
}

void deadline_clear(struct deadlines *ds, struct deadline *d)
{
	if (list_has(&d->node))
		list_remove(&ds->list, &d->node);
}
