/* flow/held.h: sends that wait for their time: looked at again when due, on one lane. */
#ifndef FLOW_HELD_H
#define FLOW_HELD_H

#include "flow/lane.h"

/* Starts a flow for each send of the outbox that is due and not under way already; a bounded number
 * a call, and none while the disk is low. Called about every HELD_POLL_MS on lane 0. */
#define HELD_POLL_MS 250
void held_poll(struct lane *l);
/* Whether the send is under way on this lane. */
bool held_is_running(const struct lane *l, uint64_t decision);
/* A send that has not left yet is cancelled, and what it had reserved given back. Inside a
 * transaction: 1, or 0 when it has left or ended already. */
MUST_CHECK int held_call_back(struct core *core, struct store_conn *c, uint64_t decision,
    time_ms now, struct arena *a, struct err *err);

#endif
