/* flow/pulse.h: what kind of thing changed since one last looked. It is seen in what was committed, by a few look-ups on a
 * reading connection: who writes knows nothing of it, and who looks a second later sees all that was written meanwhile.
 * What only memory knows first (outcomes of sends) is told twice, so that it is in the store by the second time. */
#ifndef FLOW_PULSE_H
#define FLOW_PULSE_H

#include "flow/core.h"

enum pulse_topic {
	PULSE_DECISION,
	PULSE_NUMBER,
	PULSE_PAUSE,
	PULSE_ALARM,
	PULSE_CAMPAIGN,
	PULSE_INCIDENT,
	PULSE_IMPORT,
	PULSE_PERSON,
	PULSE_TEMPLATE,
	PULSE_INTEGRATION,
	PULSE_SETTINGS,
	PULSE_TOPICS,
};
#define PULSE_BIT(topic) (1u << (topic))
const char *pulse_name(enum pulse_topic topic); /* "decision" */

struct pulse {
	bool looked; /* at least once */
	unsigned again;
	int64_t leaf, facts, alarm;
	uint64_t directory, outcomes;
};

/* Topics that changed since the last look, as PULSE_BITs; none at the first one. `conn` only reads. */
MUST_CHECK int pulse_look(
    struct pulse *p, struct core *core, struct store_conn *conn, unsigned *ret, struct err *err);

#endif
