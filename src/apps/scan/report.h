/* apps/scan/report.h: the result of a scan in the forms that people and programs read.
 *
 * Each appends to `out`; buf failure is the only error. Sentences for people are in `lang`; what the
 * catalogue says of a row is in the catalogue's language. Nothing is printed that could act on a
 * terminal: matches and paths are cleaned. Notes are printed only as far as the result has them. */
#ifndef APPS_SCAN_REPORT_H
#define APPS_SCAN_REPORT_H

#include "apps/scan/scan.h"
#include "base/lang.h"

void report_text(const struct scan_result *r, enum lang lang, struct buf *out);
void report_json(const struct scan_result *r, struct buf *out); /* design 8 */
/* Its parts, for those who keep them elsewhere: all but the findings, inside an object; and one finding. */
struct json_writer;
void report_json_head(struct json_writer *w, const struct scan_result *r);
void report_json_finding(
    struct json_writer *w, const struct scan_result *r, const struct scan_finding *f);
void report_sarif(const struct scan_result *r, struct buf *out); /* 2.1.0 */
void report_html(const struct scan_result *r, enum lang lang, struct buf *out);
void report_cyclonedx(const struct scan_result *r, struct buf *out); /* 1.6, JSON */

/* What an automation by this mechanism is, as a sentence. */
const char *report_mechanism(enum lang lang, struct str mechanism);
/* Files, bytes and what was skipped, a line each. */
void report_coverage_lines(
    const struct scan_result *r, enum lang lang, const char *indent, struct buf *out);

#endif
