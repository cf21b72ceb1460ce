/* One file: the style is inside and named by its digest in the policy that stands in the file, which
 * allows nothing else; text reaches the page through add_text alone. Values of others stand in <bdi>,
 * so that their direction stays theirs. */
#include "base/document.h"

#include "base/check.h"
#include "base/crypto.h"
#include "base/document_chart.h"

static const char style[] =
    ":root{color-scheme:light dark;--ink:#1b1f24;--soft:#57606a;--line:#d0d7de;--wash:#f3f5f7;--mark:#9a6700;"
    "--paper:#fff}"
    "@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9aa5b1;--line:#3a424c;--wash:#1b2129;"
    "--mark:#d9a520;--paper:#0f1318}}"
    "*{box-sizing:border-box}"
    "body{margin:0;background:var(--paper);color:var(--ink);"
    "font:16px/1.5 system-ui,\"DejaVu Sans\",\"Segoe UI\",Roboto,sans-serif}"
    "main,footer{max-width:60rem;margin:0 auto;padding:0 1.25rem}"
    "header{border-bottom:2px solid var(--ink);margin:2rem 0 1.5rem;padding-bottom:.75rem}"
    "h1{font-size:1.75rem;line-height:1.2;margin:0}"
    "header p{margin:.35rem 0 0;color:var(--soft)}"
    "h2{font-size:1.25rem;margin:2.25rem 0 .6rem}"
    "h3{font-size:1rem;margin:1.5rem 0 .4rem}"
    "p{margin:.6rem 0}"
    ".note{border-left:4px solid var(--mark);background:var(--wash);padding:.6rem .9rem}"
    "dl{display:grid;grid-template-columns:minmax(9rem,15rem) 1fr;margin:.5rem 0;border-top:1px solid var(--line)}"
    "dt,dd{margin:0;padding:.35rem .5rem .35rem 0;border-bottom:1px solid var(--line)}"
    "dt{color:var(--soft)}"
    "dd,td,.text{white-space:pre-wrap;overflow-wrap:anywhere}"
    "table{border-collapse:collapse;width:100%;table-layout:fixed;font-size:.875rem;margin:.75rem 0}"
    "th,td{text-align:start;vertical-align:baseline;padding:.35rem .5rem;border-bottom:1px solid var(--line)}"
    "th{background:var(--wash);color:var(--soft);font-weight:600;overflow-wrap:anywhere}"
    "pre,.mono{font-family:ui-monospace,\"DejaVu Sans Mono\",Menlo,Consolas,monospace;font-size:.85em}"
    "pre{background:var(--wash);padding:.75rem .9rem;white-space:pre-wrap;overflow-wrap:anywhere;margin:.6rem 0}"
    "footer{margin:2.5rem auto;border-top:1px solid var(--line);padding-top:.75rem;color:var(--soft);"
    "font-size:.875rem;overflow-wrap:anywhere}"
    ".wide{overflow-x:auto}"
    "figure{margin:.75rem 0}figcaption{color:var(--soft);font-size:.875rem}"
    "svg{display:block;width:100%;height:auto;font:11px system-ui,\"DejaVu Sans\",sans-serif}"
    "svg text{fill:var(--soft)}svg .rule{stroke:var(--line)}svg .mark{stroke:var(--mark);stroke-dasharray:4 3}"
    "svg .s0{fill:#3b6fb6}svg .s1{fill:#d98c1f}svg .s2{fill:#7d8794}"
    "@media(max-width:44rem){table{min-width:40rem}}"
    "@media(max-width:36rem){dl{grid-template-columns:1fr}dt{border:0;padding-bottom:0}}"
    "@page{size:A4;margin:18mm 16mm}"
    "@media print{:root{color-scheme:light;--ink:#000;--soft:#444;--line:#bbb;--wash:#f3f3f3;--mark:#9a6700;"
    "--paper:#fff}"
    "body{font-size:10pt}table{min-width:0}.wide{overflow:visible}main,footer{max-width:none;padding:0}header{margin-top:0}"
    "h2,h3{break-after:avoid}tr,dt,dd{break-inside:avoid}thead{display:table-header-group}}";

/* --- text ------------------------------------------------------------------------------------- */

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void add_text(struct buf *out, struct str s)
{
	size_t from = 0;

	for (size_t i = 0; i < s.len; i++) {
		const char *entity = entity_of(s.p[i]);
		if (!entity)
			continue;
		buf_add(out, str_sub(s, from, i - from));
		buf_add_c(out, entity);
		from = i + 1;
	}
	buf_add(out, str_sub(s, from, s.len - from));
}

static void add_element(struct buf *out, const char *open, struct str text, const char *close)
{
	buf_add_c(out, open);
	add_text(out, text);
	buf_add_c(out, close);
}

/* --- blocks ----------------------------------------------------------------------------------- */

static void add_lines(const struct document_block *b, struct buf *out)
{
	buf_add_c(out, "<dl>\n");
	for (const struct document_row *r = b->rows; r; r = r->next) {
		add_element(out, "<dt>", r->cells[0], "</dt>");
		add_element(out, r->mono ? "<dd class=\"mono\"><bdi>" : "<dd><bdi>", r->cells[1],
		    "</bdi></dd>\n");
	}
	buf_add_c(out, "</dl>\n");
}

static unsigned share_percent(const struct document_block *b, size_t column)
{
	unsigned all = 0;

	for (size_t i = 0; i < b->columns_len; i++)
		all += b->columns[i].share;
	return all ? b->columns[column].share * 100 / all : 0;
}

/* Widths are attributes: the policy lets no style stand in an element. */
static void add_columns(const struct document_block *b, struct buf *out)
{
	buf_add_c(out, "<div class=\"wide\" tabindex=\"0\">\n<table>\n<colgroup>");
	for (size_t i = 0; i < b->columns_len; i++)
		buf_addf(out, "<col width=\"%u%%\">", share_percent(b, i));
	buf_add_c(out, "</colgroup>\n<thead><tr>");
	for (size_t i = 0; i < b->columns_len; i++)
		add_element(out, "<th scope=\"col\">", str_c(b->columns[i].title), "</th>");
	buf_add_c(out, "</tr></thead>\n<tbody>\n");
}

static void add_table(const struct document_block *b, struct buf *out)
{
	add_columns(b, out);
	for (const struct document_row *r = b->rows; r; r = r->next) {
		buf_add_c(out, "<tr>");
		for (size_t i = 0; i < b->columns_len; i++)
			add_element(out,
			    b->columns[i].mono ? "<td class=\"mono\"><bdi>" : "<td><bdi>",
			    r->cells[i], "</bdi></td>");
		buf_add_c(out, "</tr>\n");
	}
	buf_add_c(out, "</tbody>\n</table>\n</div>\n");
}

/* --- charts ----------------------------------------------------------------------------------- */

#define CHART_W 720.0
#define CHART_H 220.0

static void add_rule(const struct chart *c, double share, struct buf *out)
{
	double y = c->y + c->h * (1 - share);

	buf_addf(out, "<line class=\"rule\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
	    c->x, c->x + c->w, y, y);
	buf_addf(out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%lld</text>", c->x - 6,
	    y + 4, (long long)((double)c->top * share));
}

static void add_point(
    const struct chart *c, const struct document_row *r, size_t point, struct buf *out)
{
	double middle = chart_middle(c, point);

	for (size_t i = 0; i < c->series; i++) {
		struct chart_bar bar = chart_bar(c, r, point, i);
		if (bar.h > 0)
			buf_addf(out,
			    "<rect class=\"s%zu\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\"/>",
			    i, bar.x, bar.y, bar.w, bar.h);
	}
	if (r->mono)
		buf_addf(out,
		    "<line class=\"mark\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>",
		    middle, middle, c->y, c->y + c->h);
	if (!chart_is_labelled(c, point))
		return;
	buf_addf(
	    out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"middle\">", middle, c->y + c->h + 16);
	add_element(out, "", r->cells[0], "</text>");
}

static void add_legend(const struct chart *c, struct buf *out)
{
	double x = c->x;

	for (size_t i = 0; i < c->series; i++) {
		struct str title = str_c(c->block->columns[i + 1].title);
		buf_addf(out,
		    "<rect class=\"s%zu\" x=\"%.1f\" y=\"2\" width=\"10\" height=\"10\"/>", i, x);
		buf_addf(out, "<text x=\"%.1f\" y=\"11\">", x + 15);
		add_element(out, "", title, "</text>");
		x += 40 + 6.5 * (double)title.len;
	}
}

static void add_chart(const struct document_block *b, struct buf *out)
{
	struct chart c;
	size_t point = 0;

	chart_init(&c, b, 52, 24, CHART_W - 60, CHART_H - 50);
	buf_addf(out, "<figure>\n<svg viewBox=\"0 0 %.0f %.0f\" role=\"img\" aria-label=\"",
	    CHART_W, CHART_H);
	add_element(out, "", b->text, "\">\n");
	add_legend(&c, out);
	add_rule(&c, 0, out);
	add_rule(&c, 0.5, out);
	add_rule(&c, 1, out);
	for (const struct document_row *r = b->rows; r; r = r->next)
		add_point(&c, r, point++, out);
	add_element(out, "\n</svg>\n<figcaption>", b->text, "</figcaption>\n</figure>\n");
}

static const struct {
	const char *open, *close;
} elements[] = {
	[DOCUMENT_HEADING] = { "<h2>", "</h2>\n" },
	[DOCUMENT_SUBHEADING] = { "<h3>", "</h3>\n" },
	[DOCUMENT_PARAGRAPH] = { "<p class=\"text\">", "</p>\n" },
	[DOCUMENT_NOTE] = { "<p class=\"note text\" role=\"note\">", "</p>\n" },
	[DOCUMENT_CODE] = { "<pre dir=\"ltr\">", "</pre>\n" },
};

static void add_block(const struct document_block *b, struct buf *out)
{
	if (b->kind == DOCUMENT_LINES)
		add_lines(b, out);
	else if (b->kind == DOCUMENT_TABLE)
		add_table(b, out);
	else if (b->kind == DOCUMENT_CHART)
		add_chart(b, out);
	else
		add_element(out, elements[b->kind].open, b->text, elements[b->kind].close);
}

/* --- the page --------------------------------------------------------------------------------- */

static void add_head(const struct document *d, struct buf *out)
{
	struct sha256 digest;

	crypto_sha256(str_c(style), &digest);
	buf_addf(out, "<!DOCTYPE html>\n<html lang=\"%s\">\n<head>\n<meta charset=\"utf-8\">\n",
	    lang_code(d->lang));
	buf_add_c(out,
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'sha256-");
	base64_encode(str_n((const char *)digest.b, SHA256_LEN), out);
	buf_add_c(out,
	    "'; base-uri 'none'; form-action 'none'\">\n"
	    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
	    "<meta name=\"referrer\" content=\"no-referrer\">\n"
	    "<meta name=\"robots\" content=\"noindex\">\n");
	add_element(out, "<title>", d->title, "</title>\n");
	add_element(out, "<style>", STR_NONE, style);
	buf_add_c(out, "</style>\n</head>\n");
}

static void add_body(const struct document *d, struct buf *out)
{
	add_element(out, "<body>\n<main>\n<header>\n<h1>", d->title, "</h1>\n");
	if (d->subtitle.len)
		add_element(out, "<p><bdi>", d->subtitle, "</bdi></p>\n");
	buf_add_c(out, "</header>\n");
	for (const struct document_block *b = d->blocks; b; b = b->next)
		add_block(b, out);
	add_element(out, "</main>\n<footer><p>", d->foot, "</p></footer>\n</body>\n</html>\n");
}

int document_html(const struct document *d, struct buf *out, struct err *err)
{
	if (!d->failed) {
		add_head(d, out);
		add_body(d, out);
	}
	if (d->failed || out->failed)
		return err_set(err, E_NOMEM, N_("Memory ran out while writing a document."));
	return 0;
}
