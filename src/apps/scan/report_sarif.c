/* SARIF 2.1.0 with the fields that code scanning services read. One rule for each row that was found; a
 * finding that is allowed is suppressed, not left out, so that it does not come back as new. */
#include "apps/scan/report.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/sarif.h"

static const char *level_of(enum scan_verdict v)
{
	return v == SCAN_UNOFFICIAL ? "error" : v == SCAN_REVIEW ? "warning" : "note";
}

static const char *severity_of(enum scan_verdict v)
{
	return v == SCAN_UNOFFICIAL ? "8.0" : v == SCAN_REVIEW ? "5.0" : "1.0";
}

/* The index of each row among the rules; UINT32_MAX for those that were not found. */
static uint32_t *index_rules(const struct scan_result *r)
{
	size_t n = catalogue_rows(r->catalogue);
	uint32_t *index = mem_alloc((n + 1) * sizeof(*index)), next = 0;

	if (!index)
		return NULL;
	memset(index, 0xff, (n + 1) * sizeof(*index));
	for (size_t i = 0; i < r->findings_len; i++) {
		uint32_t row = catalogue_row_by_id(r->catalogue, str_c(r->findings[i].id));
		if (row != SCAN_NONE && index[row] == UINT32_MAX)
			index[row] = next++;
	}
	return index;
}

static void write_help(struct json_writer *w, const struct scan_row *row)
{
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%s %.*s. Instead: %.*s.", report_mechanism(LANG_EN, row->mechanism),
	    STR_ARG(row->why), STR_ARG(row->replacement));
	jw_key(w, "help");
	jw_object(w);
	jw_member_str(w, "text", buf_str(&text));
	jw_member_str(w, "markdown", buf_str(&text));
	jw_object_end(w);
	buf_done(&text);
}

static void write_rule(struct json_writer *w, const struct scan_row *row)
{
	jw_object(w);
	jw_member_c(w, "id", row->id);
	jw_member_str(w, "name", row->name);
	sarif_text(w, "shortDescription", row->name);
	sarif_text(w, "fullDescription", row->why);
	write_help(w, row);
	jw_key(w, "defaultConfiguration");
	jw_object(w);
	jw_member_c(w, "level", level_of(row->verdict));
	jw_object_end(w);
	jw_key(w, "properties");
	jw_object(w);
	jw_key(w, "tags");
	jw_array(w);
	jw_c(w, "whatsapp");
	jw_str(w, row->kind);
	jw_str(w, row->mechanism);
	jw_array_end(w);
	jw_member_c(w, "precision", row->verdict == SCAN_REVIEW ? "medium" : "high");
	jw_member_c(w, "problem.severity",
	    row->verdict == SCAN_UNOFFICIAL   ? "error"
		: row->verdict == SCAN_REVIEW ? "warning"
					      : "recommendation");
	jw_member_c(w, "security-severity", severity_of(row->verdict));
	jw_object_end(w);
	jw_object_end(w);
}

static void write_rules(struct json_writer *w, const struct scan_result *r, const uint32_t *index)
{
	uint32_t next = 0;

	jw_key(w, "rules");
	jw_array(w);
	/* In the order of their indices, which is that of the findings. */
	for (size_t i = 0; i < r->findings_len; i++) {
		uint32_t row = catalogue_row_by_id(r->catalogue, str_c(r->findings[i].id));
		if (row == SCAN_NONE || index[row] != next)
			continue;
		write_rule(w, catalogue_row(r->catalogue, row));
		next++;
	}
	jw_array_end(w);
}

static void write_result(
    struct json_writer *w, const struct scan_result *r, const struct scan_finding *f, uint32_t rule)
{
	uint32_t row = catalogue_row_by_id(r->catalogue, str_c(f->id));
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "%.*s: %.*s. Instead: %.*s.",
	    STR_ARG(catalogue_row(r->catalogue, row)->name), STR_ARG(f->why),
	    STR_ARG(f->replacement));
	jw_object(w);
	jw_member_c(w, "ruleId", f->id);
	jw_member_int(w, "ruleIndex", rule);
	jw_member_c(w, "level", level_of(f->verdict));
	sarif_text(w, "message", buf_str(&text));
	sarif_locations(w, f->path, f->line, f->column);
	jw_key(w, "partialFingerprints");
	jw_object(w);
	jw_member_c(w, "primaryLocationLineHash", f->fingerprint);
	jw_object_end(w);
	if (f->allowed_by.p) {
		jw_key(w, "suppressions");
		jw_array(w);
		jw_object(w);
		jw_member_c(w, "kind", "external");
		jw_member_str(w, "justification", f->allowed_by);
		jw_object_end(w);
		jw_array_end(w);
	}
	jw_key(w, "properties");
	jw_object(w);
	jw_member_c(w, "verdict", scan_verdict_name(f->verdict));
	jw_member_int(w, "confidence", f->confidence);
	jw_member_c(w, "place", scan_place_name(f->place));
	jw_member_str(w, "match", f->match);
	jw_object_end(w);
	jw_object_end(w);
	buf_done(&text);
}

static void write_driver(struct json_writer *w, const struct scan_result *r, const uint32_t *index)
{
	jw_key(w, "tool");
	jw_object(w);
	jw_key(w, "driver");
	jw_object(w);
	jw_member_c(w, "name", "varco scan");
	jw_member_c(w, "version", VARCO_VERSION);
	jw_member_c(w, "semanticVersion", VARCO_VERSION);
	write_rules(w, r, index);
	jw_object_end(w);
	jw_object_end(w);
}

static void write_run(struct json_writer *w, const struct scan_result *r, const uint32_t *index)
{
	jw_object(w);
	write_driver(w, r, index);
	jw_key(w, "automationDetails");
	jw_object(w);
	jw_member_c(w, "id", "varco-scan/");
	jw_object_end(w);
	jw_member_c(w, "columnKind", "utf16CodeUnits");
	jw_key(w, "invocations");
	jw_array(w);
	jw_object(w);
	jw_member_bool(w, "executionSuccessful", !r->incomplete);
	jw_object_end(w);
	jw_array_end(w);
	jw_key(w, "results");
	jw_array(w);
	for (size_t i = 0; i < r->findings_len && i < SARIF_RESULTS_MAX; i++) {
		uint32_t row = catalogue_row_by_id(r->catalogue, str_c(r->findings[i].id));
		write_result(w, r, &r->findings[i], index[row]);
	}
	jw_array_end(w);
	jw_object_end(w);
}

void report_sarif(const struct scan_result *r, struct buf *out)
{
	uint32_t *index = index_rules(r);
	struct json_writer w;

	if (!index) {
		out->failed = true;
		return;
	}
	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "$schema", SARIF_SCHEMA);
	jw_member_c(&w, "version", "2.1.0");
	jw_key(&w, "runs");
	jw_array(&w);
	write_run(&w, r, index);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
	MEM_FREE(&index);
}
