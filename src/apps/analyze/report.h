/* apps/analyze/report.h: what an analysis found, for programs and for people.
 *
 * Programs get JSON, with the people without opt-in in it; people get a document, whose text, HTML and
 * PDF are base/document.h's to write, and in which numbers are masked. The list of all people whom a
 * finding is about is CSV, written while the analysis runs. Nothing here fails but for memory: the
 * buffer or the document is then failed. */
#ifndef APPS_ANALYZE_REPORT_H
#define APPS_ANALYZE_REPORT_H

#include "apps/analyze/analyze.h"
#include "base/document.h"

/* What was looked at for which no file was there, and what would tell: msgids. NULL behind the last. */
const char *analysis_gap(const struct analysis *a, size_t i);

/* Rules with findings, the weightiest first: refused before held before warned about, then by sends.
 * Returns how many; `out` has room for RULES_COUNT. */
size_t analysis_order(const struct analysis *a, enum rule_index out[RULES_COUNT]);

/* Ids of a tally with sends, most sends first, at most `max`. */
size_t analysis_top(const struct tallies *t, uint32_t *out, size_t max);

/* Without `people` the list of those without opt-in is left out, and nobody is named. */
void analysis_json(
    const struct analysis *a, const char *file, enum lang lang, bool people, struct buf *out);
/* NULL when memory ran out. */
MUST_CHECK struct document *analysis_document(
    const struct analysis *a, struct str file, enum lang lang, time_ms now, struct arena *arena);

/* The head of the list of people, and one line of it. */
void analysis_people_head(struct buf *out);
void analysis_person(const struct analyze_person *p, enum lang lang, struct buf *out);

#endif
