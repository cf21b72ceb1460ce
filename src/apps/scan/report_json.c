/* The report of design 8. */
#include "apps/scan/report.h"
#include "base/check.h"
#include "base/json.h"

void report_json_finding(
    struct json_writer *w, const struct scan_result *r, const struct scan_finding *f)
{
	uint32_t row = catalogue_row_by_id(r->catalogue, str_c(f->id));

	jw_object(w);
	jw_member_c(w, "id", f->id);
	jw_member_str(w, "title", catalogue_row(r->catalogue, row)->name);
	jw_member_str(w, "kind", catalogue_row(r->catalogue, row)->kind);
	jw_member_str(w, "mechanism", catalogue_row(r->catalogue, row)->mechanism);
	jw_member_c(w, "verdict", scan_verdict_name(f->verdict));
	jw_key(w, "confidence");
	jw_real(w, f->confidence / 100.0);
	jw_member_c(w, "place", scan_place_name(f->place));
	jw_member_int(w, "root", f->root);
	jw_member_str(w, "path", f->path);
	jw_member_int(w, "line", f->line);
	jw_member_int(w, "column", f->column);
	jw_member_str(w, "match", f->match);
	jw_member_str(w, "why", f->why);
	jw_member_str(w, "replacement", f->replacement);
	jw_member_c(w, "fingerprint", f->fingerprint);
	if (f->allowed_by.p)
		jw_member_str(w, "allowed", f->allowed_by);
	jw_object_end(w);
}

static void write_roots(struct json_writer *w, const struct scan_result *r)
{
	jw_key(w, "roots");
	jw_array(w);
	for (size_t i = 0; i < r->roots_len; i++)
		jw_c(w, r->roots[i]);
	jw_array_end(w);
	jw_key(w, "verdicts");
	jw_array(w);
	for (size_t i = 0; i < r->roots_len; i++)
		jw_c(w, scan_verdict_name(scan_result_verdict(r, (int)i)));
	jw_array_end(w);
}

static void write_skips(struct json_writer *w, const struct scan_coverage *c)
{
	jw_key(w, "skipped");
	jw_array(w);
	for (int s = 0; s < SCAN_SKIPS_LEN; s++) {
		if (c->skipped[s] == 0)
			continue;
		jw_object(w);
		jw_member_c(w, "reason", scan_skip_text((enum scan_skip)s));
		jw_member_int(w, "count", (int64_t)c->skipped[s]);
		jw_key(w, "examples");
		jw_array(w);
		for (size_t i = 0; i < SCAN_SAMPLES && i < c->skipped[s]; i++)
			jw_str(w, c->samples[s][i].p ? c->samples[s][i] : STR(""));
		jw_array_end(w);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_coverage(struct json_writer *w, const struct scan_result *r)
{
	const struct scan_coverage *c = &r->coverage;

	jw_key(w, "coverage");
	jw_object(w);
	jw_member_int(w, "directories", (int64_t)c->directories);
	jw_member_int(w, "archives", (int64_t)c->archives);
	jw_member_int(w, "members", (int64_t)c->members);
	jw_member_int(w, "parsed", (int64_t)c->parsed);
	jw_member_int(w, "malformed", (int64_t)c->malformed);
	jw_member_int(w, "not_parsed_for_size", (int64_t)c->too_large);
	jw_member_int(w, "marked_to_skip", (int64_t)c->marked);
	jw_member_int(w, "cut_short", (int64_t)c->truncated);
	jw_member_int(w, "findings_not_kept", (int64_t)c->dropped);
	jw_member_bool(w, "complete", !r->incomplete);
	jw_member_bool(w, "sandboxed", r->sandboxed);
	write_skips(w, c);
	jw_object_end(w);
}

void report_json_head(struct json_writer *w, const struct scan_result *r)
{
	jw_key(w, "tool");
	jw_object(w);
	jw_member_c(w, "name", "varco");
	jw_member_c(w, "version", VARCO_VERSION);
	jw_object_end(w);
	jw_key(w, "catalogue");
	jw_object(w);
	jw_member_str(w, "version", catalogue_version(r->catalogue));
	jw_member_int(w, "rows", (int64_t)catalogue_rows(r->catalogue));
	jw_member_str(w, "date", catalogue_date(r->catalogue));
	jw_member_str(w, "digest", catalogue_digest(r->catalogue));
	jw_object_end(w);
	write_roots(w, r);
	jw_member_time(w, "at", r->started);
	jw_member_int(w, "took_ms", r->took_ms);
	jw_member_int(w, "files", (int64_t)r->coverage.files);
	jw_member_int(w, "bytes", (int64_t)r->coverage.bytes);
	write_coverage(w, r);
	jw_member_c(w, "verdict", scan_verdict_name(scan_result_verdict(r, -1)));
}

void report_json(const struct scan_result *r, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	report_json_head(&w, r);
	jw_key(&w, "findings");
	jw_array(&w);
	for (size_t i = 0; i < r->findings_len; i++)
		report_json_finding(&w, r, &r->findings[i]);
	jw_array_end(&w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}
