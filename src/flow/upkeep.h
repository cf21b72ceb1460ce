/* flow/upkeep.h: what time alone brings about: unknown outcomes become unresolved, old keys, facts
 * and events are dropped. */
#ifndef FLOW_UPKEEP_H
#define FLOW_UPKEEP_H

#include "flow/lane.h"

/* Every UPKEEP_MS on one lane: one small job; it takes bounded bites, so nothing waits for it. */
#define UPKEEP_MS 5000
struct upkeep;
MUST_CHECK int upkeep_open(struct lane *l, struct upkeep **ret, struct err *err);
void upkeep_close(struct upkeep **pu); /* the writer is stopped, or no job is under way */
void upkeep_run(struct upkeep *u);
bool upkeep_is_busy(const struct upkeep *u);

#endif
