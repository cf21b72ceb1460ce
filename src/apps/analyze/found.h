/* apps/analyze/found.h: what is counted while people are judged.
 *
 * Private to the analysis. Each thread counts into a part of its own; parts are added up in the end, and
 * their sum is the same however people were shared out among them. A person is in one part only. */
#ifndef APPS_ANALYZE_FOUND_H
#define APPS_ANALYZE_FOUND_H

#include "apps/analyze/analyze.h"
#include "apps/analyze/event.h"

/* An analysis that has read everything, with its own counts at nothing; what it knows is borrowed from `a`.
 * NULL when memory ran out. */
MUST_CHECK struct analysis *part_new(const struct analysis *a);
void part_free(struct analysis **pp);
/* -E_NOMEM. */
MUST_CHECK int part_add(struct analysis *a, struct analysis *part);
/* Behind the last part: what is made of sums. */
void parts_end(struct analysis *a);
/* What part_new() and part_add() made. */
void counts_free(struct analysis *a);

/* A rule that a send failed, by everything that it is counted by. */
MUST_CHECK int found_add(struct analysis *a, enum rule_index rule, enum level level,
    const struct event *e, struct phone phone, struct err *err);
/* All -E_NOMEM. */
MUST_CHECK int found_tap(struct analysis *a, uint32_t template, uint32_t button, bool stops);
MUST_CHECK int found_code(struct analysis *a, uint32_t template, int32_t code);
MUST_CHECK int found_day(struct analysis *a, time_ms at, enum verdict v);
MUST_CHECK int found_missing(struct analysis *a, const struct missing_person *m);

#endif
