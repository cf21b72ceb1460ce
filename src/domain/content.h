/* domain/content.h: what a text speaks of, by scored word lists.
 *
 * Like a spam filter: terms of a class (weapons, promotion, …) give points, contexts near them (selling, asking, a
 * denial) give more or take away, and innocent phrases (hot glue gun) make the terms inside them count for nothing. The
 * lists are those of packs/content.json, built in, and what the policy pack adds in its "content" section. Every word of
 * a list and every text goes through fold_words() first. Immutable once read, shared by threads. */
#ifndef DOMAIN_CONTENT_H
#define DOMAIN_CONTENT_H

#include "base/finder.h"
#include "base/fold.h"
#include "domain/pack.h"

/* What a class is for. */
enum content_use {
	CONTENT_PROHIBITED, /* goods and services that the policy forbids */
	CONTENT_SENSITIVE,  /* asks for data that nobody should type into a chat */
	CONTENT_CATEGORY,   /* says what kind of template this is: "promotion", "code" */
	CONTENT_SIGN,       /* is there or not: "way_out", "contact", "sender" */
	CONTENT_USES
};

struct content_term {
	struct str id; /* "named" */
	int weight;
};

struct content_near {
	unsigned context;
	int weight;
	unsigned within; /* words between; 0 = anywhere in the text */
	bool before;     /* the context stands before the term */
	bool sentence;   /* and in the same sentence */
	bool
	    cancels; /* a term that is near it counts for nothing beside others of the class that are not */
	bool
	    parted; /* it does not reach into a part of the sentence that has the context `unless` of its own */
	unsigned unless;
};

#define CONTENT_NEAR_MAX 12
#define CONTENT_CLASSES_MAX 64

struct content_class {
	struct str id;
	enum content_use use;
	int hold, refuse;          /* scores from which on; refuse INT_MAX = never */
	struct pack_words depends; /* countries where it holds at most */
	struct content_near near[CONTENT_NEAR_MAX];
	size_t near_len;
};

struct content;

/* `lists` is the text of packs/content.json; `own` the section "content" of a pack. All memory is of `a` but for the
 * finder. -E_INVALID and -E_RANGE name the member. */
MUST_CHECK int content_new(struct arena *a, struct str lists, const struct json *own,
    struct content **ret, struct err *err);
void content_free(struct content **pc);

/* So that the first text need not wait for it; some tenths of a second. As finder_prepare(). */
MUST_CHECK int content_prepare(const struct content *c, struct err *err);

struct str content_version(const struct content *c);
const struct content_class *content_class_at(const struct content *c, size_t i);
const struct content_class *content_class_of(const struct content *c, const char *id);
const struct fold_signs *content_signs(const struct content *c);

/* Same text to how many people in an hour is bulk. */
int64_t content_bulk(const struct content *c);
/* What the pack says of a class in a country ("" = not known): at most that level. */
enum level content_level(
    const struct content *c, const struct content_class *class, struct str country);

/* Of links. */
struct content_brand {
	struct str name;
	struct pack_words hosts;
};
const struct pack_words *content_shorteners(const struct content *c);
const struct pack_words *content_trusted(const struct content *c);
const struct pack_words *content_bait(const struct content *c);
const struct pack_words *content_endings(const struct content *c);
const struct content_brand *content_brand_at(const struct content *c, size_t i);

/* --- a text ----------------------------------------------------------------------------------- */

#define CONTENT_HITS_MAX 1024

struct content_reading {
	struct buf raw, folded;
	struct finder_hit hits[CONTENT_HITS_MAX];
	uint16_t words[CONTENT_HITS_MAX]; /* before the hit */
	/* Sentences that end before the hit's second and before its last byte: the blanks around are the sentence's. */
	uint32_t begins[CONTENT_HITS_MAX], ends[CONTENT_HITS_MAX];
	uint32_t mark[CONTENT_HITS_MAX]; /* the last place up to its second byte where a part of a
					    sentence ends or a word like "but" begins; 0 = none */
	size_t len;
	uint64_t terms; /* the classes of which a term is among the hits, a bit each */
	struct fold_notes notes;
};

void content_reading_init(struct content_reading *r);
void content_reading_done(struct content_reading *r);
/* 0, -E_NOMEM, or what finder_find() says. */
MUST_CHECK int content_read(
    const struct content *c, struct str text, struct content_reading *r, struct err *err);

#define CONTENT_WORDS_MAX 8

struct content_score {
	int score;
	struct str words[CONTENT_WORDS_MAX]; /* that decided, views into the reading */
	size_t words_len;
	struct content_term parts[CONTENT_WORDS_MAX]; /* "named" 6, "trade" 3 */
	size_t parts_len;
	size_t steps; /* hits that were held against a term: what it cost, whatever the text */
};

/* 0 points when no term of the class is there. */
void content_score(const struct content *c, const struct content_class *class,
    const struct content_reading *r, struct content_score *ret);

/* The words that decided as they stand in `text`, which was read into `r`: "FUCÌLI, m u n i z i o n i". Long numbers are
 * dots, for they may be somebody's. A buffer that failed tells of memory. */
void content_show(const struct content *c, struct str text, const struct content_reading *r,
    const struct content_score *score, struct buf *out);

#endif
