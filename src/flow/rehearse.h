/* flow/rehearse.h: what policy would say of a send at this moment, or at another, and if something were
 * otherwise, without a trace: nothing is recorded, spent or sent. On the writer's thread, where limits are as
 * they are. */
#ifndef FLOW_REHEARSE_H
#define FLOW_REHEARSE_H

#include "domain/decision.h"
#include "flow/lane.h"

struct rehearsal {
	struct str app;    /* id of an integration, or OWN_APP; unknown: rule 101 says so */
	struct str number; /* a phone-number-id; unknown: rule 211 says so */
	struct str body;   /* as an app would post it to /messages */
	const struct json
	    *facts; /* what takes the place of what is known (facts_change); NULL = nothing */
	time_ms at; /* when it would be judged; TIME_NONE = now */
	const struct pack *pack; /* written: by which it was judged; lives as long as the core */
	bool shape_only; /* the body stands for one whose words are not known: what policy says of
				    * words is not asked */
};
/* *ret lies in the arena. -E_INVALID names a member of the facts. */
MUST_CHECK int flow_rehearse(struct lane *l, struct store_conn *c, struct rehearsal *x,
    struct arena *a, const struct decision **ret, struct err *err);

#endif
