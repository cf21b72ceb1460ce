#include "domain/pack_figures.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/lang.h"
#include "domain/pack_private.h"
#include "domain/pack_value.h"

/* --- tables ----------------------------------------------------------------------------------- */

#define AT(member) offsetof(struct pack, member)
#define EVIDENCE_AT(purpose) (AT(limits.consent.evidence) + (purpose) * sizeof(enum evidence))
#define FREQUENCY_AT(i) \
	(AT(limits.frequency_marketing) + (i) * sizeof(struct pack_frequency) + \
	    offsetof(struct pack_frequency, max))

/* Where each lies, and what it is called. */
static const struct place {
	const char *name;
	enum figure_kind kind;
	size_t at;
	const char *label;
} places[] = {
	{ "window.length_s", FIGURE_SECONDS, AT(limits.window.length_ms),
	    N_("The window is open after a message of the person's for") },
	{ "window.margin_s", FIGURE_SECONDS, AT(limits.window.margin_ms),
	    N_("It counts as closed before its end by") },
	{ "pair.interval_s", FIGURE_SECONDS, AT(limits.pair.interval_ms),
	    N_("Between two messages to one person") },
	{ "pair.burst", FIGURE_COUNT, AT(limits.pair.burst),
	    N_("Messages at once, borrowed from later") },
	{ "number.throughput", FIGURE_COUNT, AT(limits.number.throughput),
	    N_("Messages a second of a number") },
	{ "portfolio.marketing_share", FIGURE_SHARE, AT(limits.portfolio.marketing_share_ppm),
	    N_("Part of the portfolio's limit that marketing may use") },
	{ "cooldown.marketing_131049_s", FIGURE_SECONDS, AT(limits.cooldown_marketing_131049_ms),
	    N_("No marketing to a person after error 131049 for") },
	{ "frequency.marketing[0].max", FIGURE_COUNT, FREQUENCY_AT(0),
	    N_("Marketing to one person, in the shortest window") },
	{ "frequency.marketing[1].max", FIGURE_COUNT, FREQUENCY_AT(1),
	    N_("Marketing to one person, in the second window") },
	{ "frequency.marketing[2].max", FIGURE_COUNT, FREQUENCY_AT(2),
	    N_("Marketing to one person, in the third window") },
	{ "quiet_hours.from", FIGURE_CLOCK, AT(limits.quiet_hours.from_s),
	    N_("Marketing waits from") },
	{ "quiet_hours.to", FIGURE_CLOCK, AT(limits.quiet_hours.to_s),
	    N_("Marketing waits until") },
	{ "quiet_hours.sundays", FIGURE_YES, AT(limits.quiet_hours.sundays),
	    N_("Sundays are quiet all day") },
	{ "undeliverable.failures", FIGURE_COUNT, AT(limits.undeliverable.failures),
	    N_("Hard failures that are too many") },
	{ "undeliverable.window_s", FIGURE_SECONDS, AT(limits.undeliverable.window_ms),
	    N_("Hard failures count for") },
	{ "consent.unused_warn_days", FIGURE_DAYS, AT(limits.consent.unused_warn_ms),
	    N_("A consent warns when it was not used for") },
	{ "consent.unused_refuse_days", FIGURE_DAYS, AT(limits.consent.unused_refuse_ms),
	    N_("A consent is over when it was not used for") },
	{ "consent.evidence.marketing", FIGURE_EVIDENCE, EVIDENCE_AT(PURPOSE_MARKETING),
	    N_("Weakest evidence that is enough for marketing") },
	{ "consent.evidence.utility", FIGURE_EVIDENCE, EVIDENCE_AT(PURPOSE_UTILITY),
	    N_("Weakest evidence that is enough for utility") },
	{ "consent.evidence.authentication", FIGURE_EVIDENCE, EVIDENCE_AT(PURPOSE_AUTHENTICATION),
	    N_("Weakest evidence that is enough for authentication") },
	{ "spike.warn_ratio", FIGURE_SHARE, AT(limits.spike.warn_ppm),
	    N_("Growth over the highest day that warns") },
	{ "spike.hold_ratio", FIGURE_SHARE, AT(limits.spike.hold_ppm),
	    N_("Growth over the highest day that holds") },
	{ "spike.min_messages", FIGURE_COUNT, AT(limits.spike.min_messages),
	    N_("A day below so many messages is no peak") },
	{ "warmup.hourly_share", FIGURE_SHARE, AT(warmup.hourly_share_ppm),
	    N_("Part of the day's people in any hour") },
	{ "warmup.hourly_min", FIGURE_COUNT, AT(warmup.hourly_min),
	    N_("People in any hour, at least") },
	{ "warmup.engaged_only_days", FIGURE_COUNT, AT(warmup.engaged_only_days),
	    N_("First days for engaged people only") },
	{ "warmup.engaged_share", FIGURE_SHARE, AT(warmup.engaged_share_ppm),
	    N_("Part of the people that is engaged, later") },
	{ "warmup.template_first", FIGURE_COUNT, AT(warmup.template_first),
	    N_("People of a new template's first step") },
	{ "warmup.template_share", FIGURE_SHARE, AT(warmup.template_share_ppm),
	    N_("Part of the audience in its second step") },
};

static const char *const kinds[] = {
	[FIGURE_COUNT] = "count",
	[FIGURE_SECONDS] = "seconds",
	[FIGURE_DAYS] = "days",
	[FIGURE_SHARE] = "share",
	[FIGURE_CLOCK] = "time_of_day",
	[FIGURE_YES] = "yes_no",
	[FIGURE_EVIDENCE] = "evidence",
};

static const char *const sources[] = {
	[FIGURE_META] = "meta",
	[FIGURE_VENDOR] = "vendor",
	[FIGURE_OWN] = "own",
};

static const char *const safer_words[] = {
	[FIGURE_FIXED] = "",
	[FIGURE_LESS] = "less",
	[FIGURE_MORE] = "more",
};

const char *figure_kind_name(enum figure_kind kind)
{
	return kinds[kind];
}

const char *figure_source_name(enum figure_source source)
{
	return sources[source];
}

/* --- values ----------------------------------------------------------------------------------- */

int64_t pack_figure_value(const struct pack *pack, const struct pack_figure *f)
{
	const char *at = (const char *)pack + f->at;
	int64_t n = 0;
	enum evidence e = EVIDENCE_NONE;
	bool yes = false;
	int seconds = 0;

	switch (f->kind) {
	case FIGURE_CLOCK:
		memcpy(&seconds, at, sizeof(seconds));
		return seconds;
	case FIGURE_YES:
		memcpy(&yes, at, sizeof(yes));
		return yes;
	case FIGURE_EVIDENCE:
		memcpy(&e, at, sizeof(e));
		return (int64_t)e;
	default:
		memcpy(&n, at, sizeof(n));
		return n;
	}
}

void pack_figure_put(struct pack *pack, const struct pack_figure *f, int64_t value)
{
	char *at = (char *)pack + f->at;
	enum evidence e = (enum evidence)value;
	bool yes = value != 0;
	int seconds = (int)value;

	if (f->kind == FIGURE_CLOCK)
		memcpy(at, &seconds, sizeof(seconds));
	else if (f->kind == FIGURE_YES)
		memcpy(at, &yes, sizeof(yes));
	else if (f->kind == FIGURE_EVIDENCE)
		memcpy(at, &e, sizeof(e));
	else
		memcpy(at, &value, sizeof(value));
}

/* Millionths as a plain fraction, without zeros behind. */
static void format_share(int64_t ppm, char out[FIGURE_TEXT_MAX])
{
	int n = snprintf(
	    out, FIGURE_TEXT_MAX, "%" PRId64 ".%06" PRId64, ppm / (int64_t)PPM, ppm % (int64_t)PPM);

	for (size_t i = n > 0 && n < FIGURE_TEXT_MAX ? (size_t)n : 0; i > 0; i--) {
		if (out[i - 1] != '0' && out[i - 1] != '.')
			break;
		bool point = out[i - 1] == '.';
		out[i - 1] = '\0';
		if (point)
			break;
	}
}

void figure_format(const struct pack_figure *f, int64_t value, char out[FIGURE_TEXT_MAX])
{
	int64_t unit = f->kind == FIGURE_SECONDS ? MS_PER_S
	    : f->kind == FIGURE_DAYS             ? MS_PER_DAY
						 : 1;

	switch (f->kind) {
	case FIGURE_SHARE:
		format_share(value, out);
		break;
	case FIGURE_CLOCK:
		(void)snprintf(out, FIGURE_TEXT_MAX, "%02d:%02d", (int)(value / 3600 % 24),
		    (int)(value / 60 % 60));
		break;
	case FIGURE_YES:
		(void)snprintf(out, FIGURE_TEXT_MAX, "%s", value ? "true" : "false");
		break;
	case FIGURE_EVIDENCE:
		(void)snprintf(out, FIGURE_TEXT_MAX, "%s", evidence_name((enum evidence)value));
		break;
	default:
		(void)snprintf(out, FIGURE_TEXT_MAX, "%" PRId64, value / unit);
	}
}

#define WHOLE_MAX 1000000000 /* as the pack's own reader has it */

static int parse_whole(struct str text, int64_t unit, int64_t *ret)
{
	uint64_t n;

	if (str_to_u64(text, &n) < 0 || n > WHOLE_MAX)
		return -E_INVALID;
	*ret = (int64_t)n * unit;
	return 0;
}

/* Digits, and at most six behind the point. */
static int parse_share(struct str text, int64_t *ret)
{
	struct str whole = str_cut(&text, '.');
	char digits[] = "000000";
	uint64_t n, part = 0;

	if (str_to_u64(whole, &n) < 0 || n > 1000)
		return -E_INVALID;
	if (text.p && (text.len == 0 || text.len > 6))
		return -E_INVALID;
	if (text.p)
		memcpy(digits, text.p, text.len);
	if (str_to_u64(str_c(digits), &part) < 0)
		return -E_INVALID;
	*ret = (int64_t)n * (int64_t)PPM + (int64_t)part;
	return 0;
}

static int parse_clock(struct str text, int64_t *ret)
{
	struct str hour = str_cut(&text, ':');
	uint64_t h, m;

	if (hour.len != 2 || text.len != 2 || str_to_u64(hour, &h) < 0 ||
	    str_to_u64(text, &m) < 0 || h > 23 || m > 59)
		return -E_INVALID;
	*ret = (int64_t)(h * 3600 + m * 60);
	return 0;
}

static int parse_evidence(struct str text, int64_t *ret)
{
	enum evidence e;

	if (evidence_parse(text, &e) < 0)
		return -E_INVALID;
	*ret = (int64_t)e;
	return 0;
}

int figure_parse(const struct pack_figure *f, struct str text, int64_t *ret)
{
	bool yes = str_eq(text, STR("true"));

	switch (f->kind) {
	case FIGURE_SECONDS:
		return parse_whole(text, MS_PER_S, ret);
	case FIGURE_DAYS:
		return parse_whole(text, MS_PER_DAY, ret);
	case FIGURE_SHARE:
		return parse_share(text, ret);
	case FIGURE_CLOCK:
		return parse_clock(text, ret);
	case FIGURE_EVIDENCE:
		return parse_evidence(text, ret);
	case FIGURE_YES:
		if (!yes && !str_eq(text, STR("false")))
			return -E_INVALID;
		*ret = yes;
		return 0;
	default:
		return parse_whole(text, 1, ret);
	}
}

bool figure_is_laxer(const struct pack_figure *f, int64_t from, int64_t to)
{
	return f->safer == FIGURE_LESS ? to > from : to < from;
}

/* --- the section of the file ------------------------------------------------------------------ */

struct figure_row {
	struct str figure, rule, source, least, most, safer;
};

#define ROW_AT(member) .at = offsetof(struct figure_row, member)
static const struct field row_fields[] = {
	{ "figure", read_str, ROW_AT(figure) },
	{ "rule", read_str, ROW_AT(rule) },
	{ "source", read_str, ROW_AT(source) },
	{ "least", read_str, ROW_AT(least) },
	{ "most", read_str, ROW_AT(most) },
	{ "safer", read_str, ROW_AT(safer) },
};

static int word_of(struct str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_c(word, words[i]))
			return (int)i;
	}
	return -1;
}

static const struct place *place_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		if (str_eq_c(name, places[i].name))
			return &places[i];
	}
	return NULL;
}

static int read_bounds(struct reader *r, const struct figure_row *row, struct pack_figure *f)
{
	if (f->safer == FIGURE_FIXED)
		return row->least.len || row->most.len ? bad(r, "without bounds, or settable") : 0;
	if (figure_parse(f, row->least, &f->least) < 0 ||
	    figure_parse(f, row->most, &f->most) < 0 || f->least > f->most)
		return bad(r, "a figure with bounds of its kind");
	return 0;
}

static int read_row(struct reader *r, const struct figure_row *row, struct pack_figure *f)
{
	const struct place *place = place_of(row->figure);
	int source = word_of(row->source, sources, ARRAY_LEN(sources));
	int safer = word_of(row->safer, safer_words, ARRAY_LEN(safer_words));

	if (!place || pack_figure(r->pack, row->figure))
		return bad(r, "a figure that is known, once");
	if (!rule_index_by_id(row->rule, &f->rule))
		return bad(r, "of a rule");
	if (source < 0)
		return bad(r, "of meta, vendor or own as source");
	if (safer < 0)
		return bad(r, "safer with less, with more, or \"\"");
	f->name = place->name;
	f->label = place->label;
	f->kind = place->kind;
	f->at = place->at;
	f->source = (enum figure_source)source;
	f->safer = (enum figure_safer)safer;
	return read_bounds(r, row, f);
}

int read_figures(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	static const struct field items = { .name = "figures",
		.max_len = PACK_FIGURES_MAX,
		.sub = row_fields,
		.sub_len = ARRAY_LEN(row_fields) };
	struct pack *pack = (struct pack *)(void *)base;
	struct figure_row *rows = ARENA_ARRAY(r->a, struct figure_row, PACK_FIGURES_MAX);
	struct pack_figure *figures = ARENA_ARRAY(r->a, struct pack_figure, PACK_FIGURES_MAX);
	size_t n = 0;

	(void)f;
	if (!rows || !figures)
		return out_of_memory(r);
	int rc = read_items(r, v, &items, (char *)rows, sizeof(*rows), &n);
	pack->figures = figures;
	for (size_t i = 0; rc == 0 && i < n; i++) {
		size_t was = path_enter_item(r, i);
		rc = read_row(r, &rows[i], &figures[i]);
		pack->figures_len = i + 1;
		if (rc == 0)
			path_leave(r, was);
	}
	return rc;
}

/* --- looking up ------------------------------------------------------------------------------- */

const struct pack_figure *pack_figures(const struct pack *pack, size_t *ret_len)
{
	*ret_len = pack->figures_len;
	return pack->figures;
}

const struct pack_figure *pack_figure(const struct pack *pack, struct str name)
{
	for (size_t i = 0; i < pack->figures_len; i++) {
		if (str_eq_c(name, pack->figures[i].name))
			return &pack->figures[i];
	}
	return NULL;
}
