/* flow/lane.h: one loop's share of the gateway: its loop, its upstream client, its reading
 * connection, its flows.
 *
 * Everything of a lane is touched on its loop's thread. Work that the writer finished for this lane
 * comes back bundled: one wake-up per commit and lane. */
#ifndef FLOW_LANE_H
#define FLOW_LANE_H

#include "base/list.h"
#include "base/loop.h"
#include "base/map.h"
#include "flow/campaign_names.h"
#include "flow/core.h"
#include "transport/upstream.h"

/* Refusals of unknown keys that go on record, per lane; the rest is answered alike and only not
 * recorded. */
#define LANE_STRANGERS_PER_SECOND 10

/* Work in order, for one loop. */
struct lane_chain {
	struct loop_work *first, *last;
};

struct lane {
	struct core *core;
	struct loop *loop;
	struct upstream *upstream; /* to Meta, providers or the simulator */
	struct store_conn *reader;
	struct directory *directory; /* lane_directory() keeps it fresh */
	struct list flows;           /* under way */
	size_t max_flows;
	struct arena *arenas[256]; /* to be used again */
	size_t arenas_len;
	struct imap *held; /* decisions whose held flow is under way here (held.h) */
	/* refusals of unknown keys recorded in this second */
	int64_t strangers_second, strangers;
	struct campaign_names campaigns; /* that apps named */
	unsigned index;
	atomic_size_t jobs; /* of this lane that have not come back */
	/* jobs that the writer finished in the commit under way, in order; the writer thread's
	 * until handed over */
	struct lane_chain finished;
	struct lane *next_finished;
	struct lane *next; /* of all, from lanes.first on */
};

struct lane_options {
	size_t max_flows;
	struct upstream_options upstream;
};

MUST_CHECK int lane_open(struct core *core, struct loop *loop, const struct lane_options *o,
    unsigned index, struct lane **ret, struct err *err);
/* It is quiet: what came back later would miss it. */
void lane_close(struct lane **pl);

/* The directory in force now; borrowed until the next call, which may replace it (take
 * directory_ref to keep it). */
const struct directory *lane_directory(struct lane *l);
/* An arena for one flow, used again after lane_arena_back. NULL when memory ran out. */
struct arena *lane_arena(struct lane *l);
void lane_arena_back(struct lane *l, struct arena **pa);

/* A write job that comes home: `run` on the writer thread, `back` on the lane's loop when it is
 * durable (rc 0) or failed. The struct must live until `back`.
 *
 * `fence` is set, at the latest by `run`, for a deed after which something must not start any more: an
 * opt-out, a pause. Then `back` comes when every lane has begun whatever was recorded before it, with
 * the first bytes written of all that need not wait for a connection; what waits for one asks again
 * before it goes (dispatch.c): who is answered from `back` can rely on it (reliability P6, the
 * opt-out fence). */
struct lane_job {
	struct write_job job;
	struct loop_work work;
	struct lane *lane;
	int rc;
	bool fence;
	bool once_more;   /* the fence's: this lane has one more turn to make */
	struct lane *now; /* the fence's: the lane that it is waiting for */
	int (*run)(struct lane_job *j, struct store_conn *c, struct err *err);
	void (*back)(struct lane_job *j);
};
/* False when the writer's queue is full: nothing was started. */
MUST_CHECK bool lane_submit(struct lane *l, struct lane_job *j);

/* Slow work that is neither the loop's nor the writer's, such as writing large files: `run` on a
 * worker thread, then `back` on the lane's loop. The struct must live until `back`. */
struct lane_work {
	uv_work_t work;
	struct lane *lane;
	void (*run)(struct lane_work *w);
	void (*back)(struct lane_work *w);
};
/* False when it could not be started: nothing runs then. */
MUST_CHECK bool lane_work(struct lane *l, struct lane_work *w);

/* No flow is under way, no job and no work. */
bool lane_is_quiet(const struct lane *l);

/* Hooks for core: bundle the wake-ups of one batch. */
void lanes_before_done(void *ctx);
void lanes_after_done(void *ctx);
/* The `ctx` of both. */
struct lanes {
	struct lane *finished;
	struct lane_chain fences; /* done in this batch, all on their way to `first` */
	struct lane *first;
};
/* A lane whose loop will run until all have come to rest, so that a fence may pass it. Before any of
 * the loops runs. */
void lanes_join(struct lanes *all, struct lane *l);

#endif
