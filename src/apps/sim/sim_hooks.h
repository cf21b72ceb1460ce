/* apps/sim/sim_hooks.h: webhooks on their way to those who listen.
 *
 * An endpoint is an address and the secret that signs for it; its events wait in a queue, go in batches, one POST at a time,
 * and in the order in which they came. What is not answered 200 is tried again with growing gaps (real time, or
 * sooner when the simulator's clock is moved past the gap) for seven days of the simulator's clock, while later events pass
 * it. Bodies are pure ASCII, other characters \u-escaped, and signed over exactly these bytes.
 * Queues are bounded: what does not fit is dropped and counted. */
#ifndef APPS_SIM_SIM_HOOKS_H
#define APPS_SIM_SIM_HOOKS_H

#include "base/loop.h"
#include "apps/sim/sim_clock.h"
#include "apps/sim/sim_world.h"
#include "transport/upstream.h"

struct sim_hook_event {
	const char *url, *secret; /* "" or NULL url: nobody listens, nothing happens */
	const char *entry;        /* entry[].id */
	time_ms time;             /* entry[].time; TIME_NONE = without, as in `messages` */
	struct str field;
	struct str value; /* JSON text; copied */
	bool alone;       /* in a POST of its own */
	bool missigned;   /* with a signature by another secret; never tried again */
	uint64_t ticket;  /* told to on_tried after the first try; 0 = nobody asks */
};

struct sim_hook_stats {
	uint64_t events, posts, answered, failed, dropped, expired;
	size_t waiting, retrying, under_way; /* events; posts; posts */
};

struct sim_hooks;

MUST_CHECK int sim_hooks_new(struct loop *l, struct upstream *up, const struct sim_clock *clock,
    void (*on_tried)(void *arg, uint64_t ticket, bool ok), void *arg, struct sim_hooks **ret,
    struct err *err);
/* Calls under way must have ended: close the upstream first. */
void sim_hooks_free(struct sim_hooks **ph);

/* True when it is on its way (a ticket will be told), false when nobody listens or there is no room. */
bool sim_hooks_post(struct sim_hooks *h, const struct sim_hook_event *e);
/* The clock was moved: what its gap kept back may go. */
void sim_hooks_look(struct sim_hooks *h);
/* Forget all that waits; what is under way ends unseen. */
void sim_hooks_clear(struct sim_hooks *h);
void sim_hooks_stats(const struct sim_hooks *h, struct sim_hook_stats *ret);

/* The same JSON text in ASCII: other characters as \uXXXX, pairs of surrogates above the first plane. */
void sim_hooks_escape(struct buf *out, struct str json);

#endif
