#include "flow/held.h"

#include "base/log.h"
#include "flow/flow.h"

#define AT_ONCE 256

bool held_is_running(const struct lane *l, uint64_t decision)
{
	int64_t unused;

	return imap_get(l->held, decision, &unused);
}

static void start(struct lane *l, uint64_t decision)
{
	if (held_is_running(l, decision) || l->flows.count >= l->max_flows)
		return;
	if (imap_put(l->held, decision, 1) == 0)
		flow_start_held(l, decision);
}

void held_poll(struct lane *l)
{
	struct arena *a = lane_arena(l);
	struct outbox_entry *due;
	struct err err = { 0 };
	size_t n;

	if (!a)
		return;
	if (outbox_due(l->reader, clock_now(), AT_ONCE, a, &due, &n, &err) < 0) {
		log_error("the outbox could not be read", "error=%s", err_name(err.code));
		n = 0;
	}
	for (size_t i = 0; i < n; i++)
		start(l, due[i].decision);
	lane_arena_back(l, &a);
}
