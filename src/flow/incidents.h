/* flow/incidents.h: incidents open by themselves, at once where Meta tells what it did, and by a look
 * at what is on record. Inside a write job. */
#ifndef FLOW_INCIDENTS_H
#define FLOW_INCIDENTS_H

#include "domain/incident.h"
#include "flow/core.h"
#include "flow/events.h"

struct incident_desk incidents_desk(struct core *core, struct store_conn *c);
/* What a fact of Meta's tells; after it is in force. */
MUST_CHECK int incidents_event(struct event_work *w);

#endif
