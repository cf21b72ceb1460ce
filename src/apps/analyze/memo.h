/* apps/analyze/memo.h: what a word was found to mean, for words that come again in every other row.
 *
 * A small table by a weak hash: a word that is not there, or too long for it, is looked up as ever. */
#ifndef APPS_ANALYZE_MEMO_H
#define APPS_ANALYZE_MEMO_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/str.h"

#define MEMO_SLOTS 32
#define MEMO_WORD 22

struct memo_slot {
	char word[MEMO_WORD];
	uint8_t len; /* 0 = empty */
	uint8_t value;
};

struct memo {
	struct memo_slot slots[MEMO_SLOTS + 1]; /* the last is for words that are not kept */
};

/* The word's slot; when it is not known, the caller puts its value there. */
static inline struct memo_slot *memo_find(struct memo *m, struct str word, bool *ret_known)
{
	size_t at = MEMO_SLOTS;

	if (word.len && word.len <= MEMO_WORD)
		at = (word.len * 5 + (unsigned char)word.p[0] * 3u +
			 (unsigned char)word.p[word.len - 1]) %
		    MEMO_SLOTS;
	struct memo_slot *s = &m->slots[at];
	*ret_known = at < MEMO_SLOTS && s->len == word.len &&
	    memcmp(s->word, word.p, word.len) == 0;
	if (!*ret_known && at < MEMO_SLOTS) {
		memcpy(s->word, word.p, word.len);
		s->len = (uint8_t)word.len;
	}
	return s;
}

#endif
