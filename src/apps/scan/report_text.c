/* For people: grouped by row, worst first; each group says why it matters and what to use instead, and
 * where it stands. Coverage comes last, with every verdict. */
#include "apps/scan/report.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/text.h"

#define PLACES_SHOWN 10
#define PATH_SHOWN 300

static const struct {
	const char *mechanism, *sentence;
} mechanisms[] = {
	{ "reverse-engineered-protocol",
	    N_("A client of WhatsApp's own protocol, rebuilt without Meta: numbers that use it are banned.") },
	{ "web-automation",
	    N_("WhatsApp driven by a program in place of a person: Meta forbids it and bans the number.") },
	{ "unofficial-hosted-api",
	    N_("A hosted service that links a phone by QR code: not certified by Meta, and the number is at risk.") },
	{ "mod/emulator", N_("A modified or emulated client: Meta bans the numbers behind it.") },
	{ "browser-extension", N_("A browser extension that changes or drives WhatsApp Web.") },
	{ "click-to-chat", N_("A link that opens a chat: harmless unless a program follows it.") },
	{ "click-to-chat helper",
	    N_("A link that opens a chat: harmless unless a program follows it.") },
	{ "official-cloud-api", N_("The official API of Meta: document it in the register.") },
	{ "bsp", N_("A certified provider: document it in the register.") },
	{ "official-app", N_("An official app of WhatsApp.") },
};

static const struct {
	enum scan_verdict verdict;
	const char *title;
} sections[] = {
	{ SCAN_UNOFFICIAL, N_("Unofficial: remove it") },
	{ SCAN_REVIEW, N_("To be looked at by a person") },
	{ SCAN_OFFICIAL, N_("Official: document it in the register") },
	{ SCAN_CLEAN, N_("Allowed by somebody, with the reason given") },
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

const char *report_mechanism(enum lang lang, struct str mechanism)
{
	for (size_t i = 0; i < ARRAY_LEN(mechanisms); i++) {
		if (str_eq_c(mechanism, mechanisms[i].mechanism))
			return lang_text(lang, mechanisms[i].sentence);
	}
	return "";
}

/* Paths and matches are somebody else's bytes. */
static void add_clean(struct buf *out, struct str s)
{
	struct arena *a = arena_new(1024, 0);
	struct str clean = a ? text_printable(a, s, PATH_SHOWN) : STR_NONE;

	for (size_t i = 0; clean.p && i < clean.len; i++)
		buf_add_char(out, strchr("\n\r\t", clean.p[i]) ? '?' : clean.p[i]);
	arena_free(&a);
}

static bool in_group(const struct scan_finding *f, const struct scan_finding *head)
{
	return f->id == head->id && f->verdict == head->verdict &&
	    (f->allowed_by.p != NULL) == (head->allowed_by.p != NULL);
}

static void add_place(
    const struct scan_result *r, const struct scan_finding *f, enum lang lang, struct buf *out)
{
	buf_add_c(out, "    ");
	if (r->roots_len > 1 && f->root < r->roots_len)
		buf_addf(out, "[%u] ", f->root + 1);
	add_clean(out, f->path);
	if (f->line > 0)
		buf_addf(out, ":%u:%u", f->line, f->column);
	buf_addf(out, "  %s, %u %%: ", scan_place_name(f->place), f->confidence);
	add_clean(out, f->match);
	if (f->allowed_by.p) {
		buf_add_c(out, "  ");
		buf_add_c(out, lang_text(lang, N_("allowed:")));
		buf_add_char(out, ' ');
		add_clean(out, f->allowed_by);
	}
	buf_add_char(out, '\n');
}

static void add_group(const struct scan_result *r, size_t first, enum lang lang, struct buf *out)
{
	const struct scan_finding *head = &r->findings[first];
	uint32_t row = catalogue_row_by_id(r->catalogue, str_c(head->id));
	const struct scan_row *info = catalogue_row(r->catalogue, row);
	size_t places = 0;

	buf_addf(out, "\n  %.*s  (%s)\n    ", STR_ARG(info->name), head->id);
	buf_addf(out, "%s\n", report_mechanism(lang, info->mechanism));
	struct str why = catalogue_text(r->catalogue, lang, info->why),
		   instead = catalogue_text(r->catalogue, lang, info->replacement);
	buf_addf(out, lang_text(lang, N_("    Why: %.*s\n")), STR_ARG(why));
	if (head->verdict >= SCAN_REVIEW)
		buf_addf(out, lang_text(lang, N_("    Instead: %.*s\n")), STR_ARG(instead));
	for (size_t i = first; i < r->findings_len; i++) {
		if (!in_group(&r->findings[i], head))
			continue;
		if (++places <= PLACES_SHOWN)
			add_place(r, &r->findings[i], lang, out);
	}
	if (places > PLACES_SHOWN)
		buf_addf(
		    out, lang_text(lang, N_("    … and %zu more places\n")), places - PLACES_SHOWN);
}

static bool is_first(const struct scan_result *r, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (in_group(&r->findings[k], &r->findings[i]))
			return false;
	}
	return true;
}

/* Either what is open with one verdict, or (SCAN_CLEAN) all that is allowed. */
static bool in_section(const struct scan_finding *f, enum scan_verdict v)
{
	if (v == SCAN_CLEAN || f->verdict == SCAN_NOTE)
		return v == SCAN_CLEAN ? f->allowed_by.p && f->verdict > SCAN_NOTE : v == SCAN_NOTE;
	return f->verdict == v && !f->allowed_by.p;
}

static void add_section(const struct scan_result *r, enum scan_verdict v, const char *title,
    enum lang lang, struct buf *out)
{
	bool titled = false;

	for (size_t i = 0; i < r->findings_len; i++) {
		if (!in_section(&r->findings[i], v) || !is_first(r, i))
			continue;
		if (!titled)
			buf_addf(out, "\n%s\n", lang_text(lang, title));
		titled = true;
		add_group(r, i, lang, out);
	}
}

static void add_skip(const struct scan_coverage *c, enum scan_skip s, enum lang lang,
    const char *indent, struct buf *out)
{
	if (c->skipped[s] == 0)
		return;
	buf_addf(out, lang_text(lang, N_("%sskipped: %llu, %s: ")), indent,
	    (unsigned long long)c->skipped[s], lang_text(lang, scan_skip_text(s)));
	for (size_t i = 0; i < SCAN_SAMPLES && i < c->skipped[s]; i++) {
		if (i > 0)
			buf_add_c(out, ", ");
		add_clean(out, c->samples[s][i].p ? c->samples[s][i] : STR("?"));
	}
	buf_add_c(out, c->skipped[s] > SCAN_SAMPLES ? ", …\n" : "\n");
}

static void add_count(struct buf *out, const char *indent, const char *sentence, uint64_t n)
{
	if (n == 0)
		return;
	buf_add_c(out, indent);
	buf_addf(out, sentence, (unsigned long long)n);
	buf_add_char(out, '\n');
}

void report_coverage_lines(
    const struct scan_result *r, enum lang lang, const char *indent, struct buf *out)
{
	const struct scan_coverage *c = &r->coverage;

	buf_addf(out,
	    lang_text(lang,
		N_("%sread: %llu files in %llu directories, %llu bytes, %llu members of %llu archives, in %lld ms\n")),
	    indent, (unsigned long long)c->files, (unsigned long long)c->directories,
	    (unsigned long long)c->bytes, (unsigned long long)c->members,
	    (unsigned long long)c->archives, (long long)r->took_ms);
	add_count(out, indent, lang_text(lang, N_("structured files understood: %llu")), c->parsed);
	add_count(out, indent,
	    lang_text(lang, N_("structured files that are malformed, read as text: %llu")),
	    c->malformed);
	add_count(out, indent,
	    lang_text(lang, N_("structured files too large for their parser, read as text: %llu")),
	    c->too_large);
	add_count(out, indent, lang_text(lang, N_("files that carry the mark to skip them: %llu")),
	    c->marked);
	add_count(out, indent, lang_text(lang, N_("files with more hits than are looked at: %llu")),
	    c->truncated);
	add_count(
	    out, indent, lang_text(lang, N_("findings beyond what is kept: %llu")), c->dropped);
	for (int s = 0; s < SCAN_SKIPS_LEN; s++)
		add_skip(c, (enum scan_skip)s, lang, indent, out);
	if (!r->sandboxed) {
		buf_add_c(out, indent);
		buf_add_c(out,
		    lang_text(lang,
			N_("this system has no seccomp: the scan kept rights that it gives up elsewhere\n")));
	}
	buf_addf(out, lang_text(lang, N_("%scatalogue %.*s, %zu rows\n")), indent,
	    STR_ARG(catalogue_version(r->catalogue)), catalogue_rows(r->catalogue));
}

void report_text(const struct scan_result *r, enum lang lang, struct buf *out)
{
	for (size_t i = 0; r->roots_len > 1 && i < r->roots_len; i++)
		buf_addf(out, "[%zu] %s\n", i + 1, r->roots[i]);
	for (size_t i = 0; i < ARRAY_LEN(sections); i++)
		add_section(r, sections[i].verdict, sections[i].title, lang, out);
	buf_addf(out, "\n%s\n", lang_text(lang, verdict_lines[scan_result_verdict(r, -1)]));
	buf_addf(out, "%s\n", lang_text(lang, N_("Coverage")));
	report_coverage_lines(r, lang, "  ", out);
}
