/* flow/poll.h: asks Meta for what no webhook tells: health, limit and review of accounts, quality and
 * status of their numbers, and all templates.
 *
 * One call at a time for the whole gateway, so that sends never wait for it; how often, see
 * poll_plan.h and the pack's "polling". An account without a token is not asked about. On one lane. */
#ifndef FLOW_POLL_H
#define FLOW_POLL_H

#include "flow/lane.h"

#define POLL_EVERY_MS 1000
struct poll;
MUST_CHECK int poll_open(struct lane *l, struct poll **ret, struct err *err);
/* Begins nothing more; idle when nothing is under way, and only then closed. NULL is nothing to
 * stop, and idle. */
void poll_stop(struct poll *p);
bool poll_is_idle(const struct poll *p);
void poll_close(struct poll **pp);
/* Called every POLL_EVERY_MS. */
void poll_look(struct poll *p);

#endif
