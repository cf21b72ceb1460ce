/* apps/cli/lint_report.h: what `varco template lint` found, as text, JSON and SARIF.
 *
 * A part is one file, or one account; its answer is that of the API's lintTemplate, sentences told. */
#ifndef APPS_CLI_LINT_REPORT_H
#define APPS_CLI_LINT_REPORT_H

#include "base/json.h"
#include "base/json_place.h"

struct lint_part {
	const char *path; /* NULL = an account's own templates */
	struct str text;  /* of the file, for places in it */
	const char *
	    prefix; /* where its definitions are: "" one object, "[]" an array, "data[]" Graph's list */
	const struct json *answer;
	const char *failure; /* why it could not be checked; NULL = it was */
};

struct lint_report {
	const struct lint_part *parts;
	size_t parts_len;
	struct arena *arena;
};

size_t lint_report_unread(const struct lint_report *r); /* parts that could not be checked */
void lint_report_text(const struct lint_report *r, struct buf *out);
void lint_report_json(const struct lint_report *r, struct buf *out);
void lint_report_sarif(const struct lint_report *r, struct buf *out);

#endif
