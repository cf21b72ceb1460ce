/* flow/forward.h: what apps hear: each fact in Meta's envelope, re-signed for the app, tried again
 * with growing gaps, never in the way of anything else.
 *
 * Queued in the transaction of the fact. One lane delivers: one event at a time per app, in order,
 * several apps side by side. A delivery that fails holds back only its own app, until its next try;
 * after the pack's total time an event is given up, with an alarm. An event that cannot be read is
 * put in quarantine, with an alarm, and those behind it go on. Addresses must be public https,
 * unless the upstream itself is on loopback. */
#ifndef FLOW_FORWARD_H
#define FLOW_FORWARD_H

#include "flow/events.h"
#include "flow/lane.h"

/* In the inbound transaction: queue the fact for the apps that it concerns: a status for the app
 * that sent, what carries a number for every app that may use the number. */
MUST_CHECK int forward_event(struct event_work *w);

struct forwarder;
/* Delivers on `l`'s loop; it has an upstream client of its own. */
MUST_CHECK int forwarder_open(
    struct lane *l, bool allow_loopback, struct forwarder **ret, struct err *err);
/* Begins nothing more and gives up what is on the wire: it stays queued. Idle when nothing is under
 * way any more; only then close. */
void forwarder_stop(struct forwarder *f);
bool forwarder_is_idle(const struct forwarder *f);
void forwarder_close(struct forwarder **pf);
/* Looks for what is due; called every FORWARD_POLL_MS, and after deliveries. */
#define FORWARD_POLL_MS 200
void forwarder_poll(struct forwarder *f);

#endif
