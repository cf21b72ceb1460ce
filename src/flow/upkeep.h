/* flow/upkeep.h: what time alone brings about: unknown outcomes become unresolved, and what has been
 * kept long enough (the pack's "keep" and the times of keys and forwards) is dropped.
 *
 * A round of small chores, each a job of its own on the writer and each bounded, so that nothing
 * waits for long behind it. */
#ifndef FLOW_UPKEEP_H
#define FLOW_UPKEEP_H

#include "flow/lane.h"

/* A round begins every UPKEEP_MS, and UPKEEP_AGAIN_MS behind one that left work. */
#define UPKEEP_MS 5000
#define UPKEEP_AGAIN_MS 50
struct upkeep;
MUST_CHECK int upkeep_open(struct lane *l, struct upkeep **ret, struct err *err);
/* Begins nothing more; before the loop is gone. NULL is nothing to stop. */
void upkeep_stop(struct upkeep *u);
void upkeep_close(struct upkeep **pu); /* the writer is stopped, or no job is under way */
void upkeep_run(struct upkeep *u);
bool upkeep_is_busy(const struct upkeep *u);

#endif
