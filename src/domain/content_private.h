/* domain/content_private.h: the inside of the lists. Only content.c, which answers from it, and content_lists.c, which
 * fills it, may include this. */
#ifndef DOMAIN_CONTENT_PRIVATE_H
#define DOMAIN_CONTENT_PRIVATE_H

#include <stdatomic.h>

#include "base/map.h"
#include "domain/content.h"

enum pattern_kind { PATTERN_TERM, PATTERN_CONTEXT, PATTERN_INNOCENT };

struct content_pattern {
	enum pattern_kind kind;
	unsigned owner;           /* class of a term or of what is innocent, context */
	struct content_term term; /* of a term */
};

#define CONTENT_EVERY_CLASS (~0u) /* owner of what is innocent always */
#define CONTENT_CONTEXTS_MAX 32
#define CONTENT_OWN_LEVELS_MAX 64
#define CONTENT_BRANDS_MAX 128

struct content_own_level {
	unsigned class;
	struct pack_words countries; /* "*" is every one */
	enum level level;
};

#define CONTENT_SPARE 8

struct content_seen;

/* Readings that nobody uses now. */
struct content_spare {
	struct content_seen *_Atomic places[CONTENT_SPARE];
};

struct content {
	struct arena *arena;
	struct str version;
	struct fold_signs signs;
	struct content_class classes[CONTENT_CLASSES_MAX];
	size_t classes_len;
	struct str contexts[CONTENT_CONTEXTS_MAX];
	size_t contexts_len;
	unsigned turn; /* the context of words like "but" */
	struct content_own_level levels[CONTENT_OWN_LEVELS_MAX];
	size_t levels_len;
	int64_t bulk;
	struct pack_words shorteners, trusted, bait, endings;
	struct content_brand brands[CONTENT_BRANDS_MAX];
	size_t brands_len;
	struct content_pattern *patterns;
	struct str *strings; /* beside patterns */
	size_t patterns_len, patterns_room;
	struct finder *finder;
	struct map *words; /* of the lists, by which a sentence of letters set apart is cut */
	struct content_spare *spare;
};

#endif
