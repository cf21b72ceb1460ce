/* domain/pack_private.h: the inside of a pack. Only pack.c, which answers from it, and pack_read.c and
 * pack_words.c, which fill it, may include this. */
#ifndef DOMAIN_PACK_PRIVATE_H
#define DOMAIN_PACK_PRIVATE_H

#include "base/map.h"
#include "domain/pack.h"

#define PACK_AREAS 1000 /* area codes have three digits */

struct pack_restriction_type {
	struct str type;
	unsigned covers;
};

struct pack_answer_classes {
	enum pack_class on_4xx, on_5xx;
};

struct pack {
	struct arena *arena; /* holds this struct too */
	struct str name, version, date;
	struct sha256 digest;
	enum level levels[RULES_COUNT];

	struct pack_limits limits;
	struct pack_warmup warmup;
	struct pack_breaker breaker;
	struct pack_template tpl;
	struct pack_words template_sendable, template_not_sendable, template_paused;
	struct pack_message message;
	struct pack_direct_send direct_send;

	struct map *words; /* folded word → struct pack_opt in the arena */
	int64_t out_max_words, in_max_words;
	size_t longest_word; /* in bytes, of `words` */
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
};

#endif
