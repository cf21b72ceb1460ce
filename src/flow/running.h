/* flow/running.h: attempts under way in this process, by decision.
 *
 * A status webhook may settle a send before its answer is there. Whoever asks with the same key
 * meanwhile must get that answer, not one put together from the status: as long as the attempt is
 * in here, its answer is still to come. A restart forgets all of it, and rightly so. From any
 * thread. */
#ifndef FLOW_RUNNING_H
#define FLOW_RUNNING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

struct running;

MUST_CHECK int running_new(struct running **ret, struct err *err);
void running_free(struct running **pr);
/* 0 or -E_NOMEM. */
MUST_CHECK int running_add(struct running *r, uint64_t decision, struct err *err);
/* Nothing happens when it is not in there; 0 never is. */
void running_drop(struct running *r, uint64_t decision);
bool running_has(struct running *r, uint64_t decision);

#endif
