/* apps/analyze/walk.h: one person after the other, through what happened to them.
 *
 * Private to the analysis. Facts are put together as the gateway has them at each send (domain/facts.h),
 * out of the events before it, and policy_decide() says what would have become of it. */
#ifndef APPS_ANALYZE_WALK_H
#define APPS_ANALYZE_WALK_H

#include "apps/analyze/analyze.h"
#include "apps/analyze/sorter.h"

/* Through all events, with so many threads; what is found goes into the analysis. */
MUST_CHECK int walk_run(struct analysis *a, const struct analyze_options *o,
    const struct sorter *events, size_t threads, struct err *err);

#endif
