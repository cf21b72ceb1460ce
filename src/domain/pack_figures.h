/* domain/pack_figures.h: single figures of a pack by name, as people read them and may set them.
 *
 * Which figures a pack shows, whose rule they belong to, where they come from and within which bounds a
 * company may set them is the pack's ("figures"); here is only where each lies and what it is called.
 * A value is one integer: a count, milliseconds, millionths, seconds of the day, 0 or 1, or an enum
 * evidence, by the figure's kind. As text it has the unit of the pack's file ("86400", "0.8", "21:00"). */
#ifndef DOMAIN_PACK_FIGURES_H
#define DOMAIN_PACK_FIGURES_H

#include "domain/pack.h"

enum figure_kind {
	FIGURE_COUNT,
	FIGURE_SECONDS, /* value in milliseconds */
	FIGURE_DAYS,    /* value in milliseconds */
	FIGURE_SHARE,   /* value in millionths */
	FIGURE_CLOCK,   /* value in seconds of the day */
	FIGURE_YES,
	FIGURE_EVIDENCE,
};

enum figure_source {
	FIGURE_META,   /* the platform's */
	FIGURE_VENDOR, /* a provider's page, unverified */
	FIGURE_OWN,    /* a judgement of whoever made the pack */
};

enum figure_safer {
	FIGURE_FIXED, /* may not be set */
	FIGURE_LESS,  /* the smaller, the more careful */
	FIGURE_MORE,
};

#define PACK_FIGURES_MAX 64
struct pack_figure {
	const char *name;  /* "quiet_hours.from" */
	const char *label; /* N_(): a few words */
	enum figure_kind kind;
	enum rule_index rule;
	enum figure_source source;
	enum figure_safer safer;
	int64_t least, most; /* bounds of what is set; the pack's own value may lie outside */
	size_t at;           /* of the value in the pack */
};

const struct pack_figure *pack_figures(const struct pack *pack, size_t *ret_len);
/* NULL when the pack shows none of that name. */
const struct pack_figure *pack_figure(const struct pack *pack, struct str name);
int64_t pack_figure_value(const struct pack *pack, const struct pack_figure *f);

#define FIGURE_TEXT_MAX 32
void figure_format(const struct pack_figure *f, int64_t value, char out[FIGURE_TEXT_MAX]);
/* -E_INVALID when it is none of that kind; whether it is within bounds is another question. */
MUST_CHECK int figure_parse(const struct pack_figure *f, struct str text, int64_t *ret);
/* Of two values, is `to` the less careful one. */
bool figure_is_laxer(const struct pack_figure *f, int64_t from, int64_t to);

const char *figure_kind_name(enum figure_kind kind);       /* "seconds" */
const char *figure_source_name(enum figure_source source); /* "meta", "vendor", "own" */

/* For pack_read.c and pack_overlay.c. */
struct reader;
struct field;
MUST_CHECK int read_figures(
    struct reader *r, const struct json *v, const struct field *f, char *base);
void pack_figure_put(struct pack *pack, const struct pack_figure *f, int64_t value);

#endif
