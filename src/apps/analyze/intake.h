/* apps/analyze/intake.h: files into events.
 *
 * Private to the analysis. A CSV file is cut into pieces at the ends of records, which several threads read
 * at the same time (rows.h); a workbook is read by one. A row that cannot be used does not stop the run; a
 * table that lacks what it must have does, and one that is no table. */
#ifndef APPS_ANALYZE_INTAKE_H
#define APPS_ANALYZE_INTAKE_H

#include "apps/analyze/rows.h"

struct intake;

/* So many threads; everything is borrowed. NULL when memory ran out. */
MUST_CHECK struct intake *intake_new(const struct analyze_options *o, struct analysis *a,
    struct sorter *sorter, const struct defs *defs, size_t threads);
void intake_free(struct intake **pi);

/* Sends, and what people wrote when the table has a direction; what people wrote: time, from (the person),
 * to (the number), and text or button; consents as `varco consent import` takes them. */
MUST_CHECK int intake_table(
    struct intake *in, enum rows_kind kind, const char *path, struct err *err);

#endif
