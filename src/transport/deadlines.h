/* transport/deadlines.h: many deadlines on one timer of a loop.
 *
 * Meant for deadlines that are mostly set in the order in which they fall due, as those of calls
 * with the same time-out are: then setting and clearing cost a few instructions, and no system
 * call. Others are sorted in by walking from the latest. A zeroed deadline is not set. */
#ifndef TRANSPORT_DEADLINES_H
#define TRANSPORT_DEADLINES_H

#include "base/list.h"
#include "base/loop.h"

struct deadline {
	struct list_node node;
	mono_ns at;
};

struct deadlines {
	struct loop *loop;
	struct loop_timer *timer;
	struct list list; /* the earliest first */
	mono_ns armed;    /* when the timer fires; 0 = it does not */
	void (*on_due)(struct deadline *d);
};

/* 0 or -E_NOMEM. on_due comes on the loop, when the deadline is not set any more; it may set and
 * clear all of them. */
MUST_CHECK int deadlines_init(
    struct deadlines *ds, struct loop *loop, void (*on_due)(struct deadline *d));
/* None is set any more. Also after a failed or no init of a zeroed struct. */
void deadlines_done(struct deadlines *ds);

/* Again, when it was set before. */
void deadline_set(struct deadlines *ds, struct deadline *d, mono_ns at);
void deadline_clear(struct deadlines *ds, struct deadline *d);

#endif
