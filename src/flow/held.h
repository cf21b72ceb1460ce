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

#endif
