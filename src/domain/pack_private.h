/* domain/pack_private.h: the inside of a pack. Only pack.c, which answers from it, and the pack_*.c
 * that fill it may include this. */
#ifndef DOMAIN_PACK_PRIVATE_H
#define DOMAIN_PACK_PRIVATE_H

#include "base/map.h"
#include "domain/pack.h"
#include "domain/pack_figures.h"
#include "domain/pack_overlay.h"

#define PACK_AREAS 1000 /* area codes have three digits */

struct pack_restriction_type {
	struct str type;
	unsigned covers;
};

struct pack_answer_classes {
	enum pack_class on_4xx, on_5xx;
};

/* Phrases by how they begin, so that a text is looked through once for all of them. */
#define PACK_STARTS_BITS 10
#define PACK_STARTS (1u << PACK_STARTS_BITS)
struct pack_starts {
	uint32_t from[PACK_STARTS + 1]; /* places in `phrases` */
	const struct str *phrases;
};

/* What is probably an opt-out, of one language: one of `any`; one of `verbs` with one of `things` within so many words
 * behind it; or a message whose first clause, before a mark, is one of `heads`. One of `none` rules all of it out. Phrases
 * in the form of pack_phrase_fold(). */
struct pack_doubt {
	struct str lang;
	unsigned purposes;
	struct pack_words any, heads, verbs, things, none;
	int64_t within;
};
#define PACK_DOUBTS_MAX 24

struct pack {
	struct arena *arena; /* holds this struct too */
	struct str name, version, date;
	struct sha256 digest;
	enum level levels[RULES_COUNT];

	struct pack_limits limits;
	struct pack_warmup warmup;
	struct pack_polling polling;
	struct pack_breaker breaker;
	struct pack_incidents incidents;
	struct pack_campaign campaign;
	struct pack_template tpl;
	struct pack_lint lint;
	struct pack_words template_sendable, template_not_sendable, template_paused;
	struct pack_message message;
	struct pack_direct_send direct_send;

	struct map *words; /* folded word → struct pack_opt in the arena */
	int64_t out_max_words, in_max_words;
	size_t longest_word;      /* in bytes, of `words` */
	struct pack_words polite; /* what may stand beside an opt-out word; folded */
	size_t longest_polite;
	struct pack_doubt doubts[PACK_DOUBTS_MAX];
	size_t doubts_len;
	unsigned meta_stop;
	enum evidence opt_in_evidence;
	int64_t confirm_again_ms, request_valid_ms;
	struct pack_language languages[PACK_LIST_MAX];
	size_t languages_len;

	unsigned unknown_restriction;
	const struct pack_restriction_type *restrictions;
	size_t restrictions_len;

	struct pack_answer_classes unlisted;
	const struct pack_code *codes; /* by rising code */
	size_t codes_len;

	const struct pack_upstream *upstreams;
	size_t upstreams_len;

	bool us_area[PACK_AREAS];

	struct pack_notices notices;
	struct pack_phrase_rows complaints; /* what: the language */
	/* of the `any` of complaints, and the `any`, `heads` and `verbs` of doubts */
	struct pack_starts said_starts;
	struct content *content;

	const struct pack_figure *figures;
	size_t figures_len;

	/* Of one that was made from another (pack_overlay.h), which owns everything but the arena: */
	const struct pack *made_from;
	const struct pack_exception *exceptions;
	size_t exceptions_len;
};

/* Do its members fit together: 0, or -E_RANGE naming one. (pack_read.c) */
MUST_CHECK int pack_check(struct pack *pack, struct err *err);
/* Once complaints and doubts are read; -E_NOMEM with *r->err filled. (pack_said.c) */
struct reader;
MUST_CHECK int pack_sort_said(struct reader *r);
/* Is what the folded text says one of the doubts: 1 and *ret_purposes, 0, -E_NOMEM. `text` is the same as
 * it came. (pack_doubts.c) */
MUST_CHECK int pack_find_doubts(const struct pack *pack, struct arena *a, struct str text,
    struct str folded, unsigned *ret_purposes);

#endif
