/* One file, no scripts, nothing fetched: it may be mailed, printed and kept. */
#include "apps/scan/report.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define SHOWN_MAX 400

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;"
    "background:#fff}h1{font-size:1.6rem}h2{font-size:1.25rem;margin-top:2rem}h3{font-size:1.05rem;"
    "margin-bottom:.2rem}.v{padding:.8rem 1rem;border-left:.4rem solid #666;background:#f4f4f4;font-weight:600}"
    ".unofficial{border-color:#a40000}.review{border-color:#8a5a00}.official,.clean,.note{border-color:#00622a}"
    "table{border-collapse:collapse;width:100%;font-size:.9rem}th,td{text-align:left;padding:.3rem .5rem;"
    "border-bottom:1px solid #ccc;vertical-align:top;overflow-wrap:anywhere}code{font-family:ui-monospace,"
    "monospace}@media(prefers-color-scheme:dark){body{color:#eee;background:#161616}.v{background:#262626}"
    "th,td{border-color:#444}}@media print{body{max-width:none;margin:0}}";

static const struct {
	enum scan_verdict verdict;
	const char *title;
} sections[] = {
	{ SCAN_UNOFFICIAL, N_("Unofficial: remove it") },
	{ SCAN_REVIEW, N_("To be looked at by a person") },
	{ SCAN_OFFICIAL, N_("Official: document it in the register") },
	{ SCAN_NOTE, N_("Notes: seen where it means nothing by itself") },
};

static const char *const verdict_lines[] = {
	[SCAN_CLEAN] = N_("Verdict: clean. Nothing that Meta forbids was found in what was read."),
	[SCAN_NOTE] = N_("Verdict: clean. Nothing that Meta forbids was found in what was read."),
	[SCAN_OFFICIAL] = N_("Verdict: official. What was found uses the authorised channel."),
	[SCAN_REVIEW] = N_("Verdict: review. A person must look at what was found."),
	[SCAN_UNOFFICIAL] = N_(
	    "Verdict: unofficial. What was found endangers the numbers that it uses."),
};

static void add_escaped(struct buf *out, struct str s)
{
	struct arena *a = arena_new(1024, 0);
	struct str clean = a ? text_printable(a, s, SHOWN_MAX) : STR_NONE;

	for (size_t i = 0; clean.p && i < clean.len; i++) {
		char c = clean.p[i];
		const char *word = c == '<' ? "&lt;"
		    : c == '>'              ? "&gt;"
		    : c == '&'              ? "&amp;"
		    : c == '"'              ? "&quot;"
		    : c == '\''             ? "&#39;"
					    : NULL;
		if (word)
			buf_add_c(out, word);
		else
			buf_add_char(out, c);
	}
	arena_free(&a);
}

static void add_element(struct buf *out, const char *tag, struct str text)
{
	buf_addf(out, "<%s>", tag);
	add_escaped(out, text);
	buf_addf(out, "</%s>", tag);
}

static void add_row(const struct scan_result *r, const struct scan_finding *f, struct buf *out)
{
	buf_add_c(out, "<tr><td><code>");
	if (r->roots_len > 1)
		buf_addf(out, "[%u] ", f->root + 1);
	add_escaped(out, f->path);
	buf_addf(out, "</code></td><td>%u</td><td>%s</td><td>%u %%</td>", f->line,
	    scan_place_name(f->place), f->confidence);
	buf_add_c(out, "<td><code>");
	add_escaped(out, f->match);
	buf_add_c(out, "</code></td>");
	add_element(out, "td", f->allowed_by.p ? f->allowed_by : STR(""));
	buf_add_c(out, "</tr>\n");
}

static void add_group(const struct scan_result *r, size_t first, enum lang lang, struct buf *out)
{
	static const char *const heads[] = { N_("Where"), N_("Line"), N_("Place"), N_("Certainty"),
		N_("What"), N_("Allowed because") };
	const struct scan_finding *head = &r->findings[first];
	const struct scan_row *row = catalogue_row(
	    r->catalogue, catalogue_row_by_id(r->catalogue, str_c(head->id)));

	add_element(out, "h3", row->name);
	buf_addf(out, "<p>%s<br><b>%s</b> ", report_mechanism(lang, row->mechanism),
	    lang_text(lang, N_("Why:")));
	add_escaped(out, catalogue_text(r->catalogue, lang, row->why));
	if (head->verdict >= SCAN_REVIEW) {
		buf_addf(out, "<br><b>%s</b> ", lang_text(lang, N_("Instead:")));
		add_escaped(out, catalogue_text(r->catalogue, lang, row->replacement));
	}
	buf_addf(out, "<br><code>%s</code></p>\n<table><thead><tr>", head->id);
	for (size_t i = 0; i < ARRAY_LEN(heads); i++)
		buf_addf(out, "<th scope=\"col\">%s</th>", lang_text(lang, heads[i]));
	buf_add_c(out, "</tr></thead><tbody>\n");
	for (size_t i = first; i < r->findings_len; i++) {
		if (r->findings[i].id == head->id && r->findings[i].verdict == head->verdict)
			add_row(r, &r->findings[i], out);
	}
	buf_add_c(out, "</tbody></table>\n");
}

static bool is_first(const struct scan_result *r, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (r->findings[k].id == r->findings[i].id &&
		    r->findings[k].verdict == r->findings[i].verdict)
			return false;
	}
	return true;
}

static void add_section(
    const struct scan_result *r, size_t section, enum lang lang, struct buf *out)
{
	bool titled = false;

	for (size_t i = 0; i < r->findings_len; i++) {
		if (r->findings[i].verdict != sections[section].verdict || !is_first(r, i))
			continue;
		if (!titled)
			buf_addf(out, "<h2>%s</h2>\n", lang_text(lang, sections[section].title));
		titled = true;
		add_group(r, i, lang, out);
	}
}

static void add_head(const struct scan_result *r, enum lang lang, struct buf *out)
{
	enum scan_verdict v = scan_result_verdict(r, -1);
	char when[TIME_TEXT_MAX];

	time_format(r->started, when);
	buf_addf(out,
	    "<!doctype html>\n<html lang=\"%s\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" "
	    "content=\"width=device-width\"><title>%s</title><style>%s</style></head><body><main>\n",
	    lang_code(lang), lang_text(lang, N_("Automations of WhatsApp: what was found")), style);
	buf_addf(out, "<h1>%s</h1>\n<p class=\"v %s\">%s</p>\n<p>%s</p>\n<ol>",
	    lang_text(lang, N_("Automations of WhatsApp: what was found")), scan_verdict_name(v),
	    lang_text(lang, verdict_lines[v]), when);
	for (size_t i = 0; i < r->roots_len; i++)
		add_element(out, "li", str_c(r->roots[i]));
	buf_add_c(out, "</ol>\n");
}

void report_html(const struct scan_result *r, enum lang lang, struct buf *out)
{
	struct buf coverage;

	add_head(r, lang, out);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		add_section(r, i, lang, out);
	buf_init(&coverage, 0);
	report_coverage_lines(r, lang, "", &coverage);
	buf_addf(out, "<h2>%s</h2>\n<ul>\n", lang_text(lang, N_("Coverage")));
	for (struct str rest = buf_str(&coverage); rest.len > 0;)
		add_element(out, "li", str_cut(&rest, '\n'));
	out->failed = out->failed || coverage.failed;
	buf_done(&coverage);
	buf_addf(out, "</ul>\n<p>varco %s</p></main></body></html>\n", VARCO_VERSION);
}
