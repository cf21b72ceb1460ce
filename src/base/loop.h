/* base/loop.h: libuv in our words: loops on threads, timers, and handing work from thread to
 * thread.
 *
 * A loop runs on one thread; everything of a loop is touched on that thread only, except
 * loop_post and loop_stop, which any thread may call. Time is read once per turn. Other modules
 * of the transport may use the uv_loop_t directly. */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

#include <uv.h>

#include "base/clock.h"
#include "base/err.h"

struct loop;

MUST_CHECK struct loop *loop_new(struct err *err);
void loop_free(struct loop **pl); /* after loop_run returned */
uv_loop_t *loop_uv(struct loop *l);
void loop_run(struct loop *l);          /* until loop_stop; runs on the calling thread */
void loop_stop(struct loop *l);         /* from any thread; pending posts are still delivered */
mono_ns loop_now(const struct loop *l); /* monotonic, of this turn */

/* Intrusive work item: embed it, fill `run`, post it; it must stay alive until run was called.
 * Posting never fails and allocates nothing; items of one poster arrive in order; the receiving
 * loop is woken once per batch. */
struct loop_work {
	void (*run)(struct loop_work *work);
	struct loop_work *next;
};
void loop_post(struct loop *l, struct loop_work *work);
/* Post a chain of items linked by `next`, in order, with a single wake-up. */
void loop_post_chain(struct loop *l, struct loop_work *first, struct loop_work *last);

/* Timers of a loop. `fire` is called on the loop's thread; a one-shot timer may be freed inside
 * fire. */
struct loop_timer;
MUST_CHECK struct loop_timer *loop_timer_new(struct loop *l, void (*fire)(void *arg), void *arg);
void loop_timer_start(struct loop_timer *t, int64_t after_ms, int64_t repeat_ms);
void loop_timer_stop(struct loop_timer *t);
void loop_timer_free(struct loop_timer **pt);

#endif
