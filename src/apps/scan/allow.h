/* apps/scan/allow.h: findings that somebody took responsibility for.
 *
 * In a file, on the finding's line or the one above it: varco:allow ROW reason="…" until=YYYY-MM-DD.
 * In .varcoignore: as a comment before patterns, for all files that these fit. In a baseline: the fingerprints that a former scan wrote. Without a reason, or behind its date, an
 * allowance allows nothing. What is allowed stays in the reports, with the reason. */
#ifndef APPS_SCAN_ALLOW_H
#define APPS_SCAN_ALLOW_H

#include "apps/scan/scan.h"

/* Reads the lines of findings again: only files with findings are opened, below their roots. */
MUST_CHECK int allow_inline(struct scan_result *r, time_ms now, struct err *err);

/* By the .varcoignore files between the root and the finding's file. */
MUST_CHECK int allow_by_rules(struct scan_result *r, time_ms now, struct err *err);

/* A baseline is JSON: {"baseline":1,"findings":[{"fingerprint","id","path","reason","until"}]}; reason
 * and until are optional there, since writing it is the decision. */
MUST_CHECK int allow_baseline(
    struct scan_result *r, const char *file, time_ms now, struct err *err);
/* Atomically; findings of review and unofficial that nothing else allows. */
MUST_CHECK int allow_write_baseline(const struct scan_result *r, const char *file, struct err *err);

/* "ROW reason=\"…\" until=…" behind the mark: true when it allows `id` on the day of `now`; *ret_reason
 * is a view of the line. */
bool allow_line_reads(struct str line, const char *id, time_ms now, struct str *ret_reason);

#endif
