/* A message is folded once, and gone through word by word once: does any phrase begin there, of whatever
 * it could say. Nearly none does, and what those say is looked for one by one. */
#include "domain/pack_private.h"
#include "domain/pack_value.h"

#include <string.h>

#include "base/check.h"

#define START_LEN 4   /* bytes of a phrase's first word */
#define READ_MAX 1000 /* bytes of a message; who complains or wants out begins with it */

/* --- looking -------------------------------------------------------------------------------------- */

/* The first byte lowest. */
static uint32_t four_bytes(const char *p)
{
	const unsigned char *b = (const unsigned char *)p;

	return (uint32_t)b[0] | (uint32_t)b[1] << 8 | (uint32_t)b[2] << 16 | (uint32_t)b[3] << 24;
}

/* Phrases are kept by the first bytes of their first word. Words end where no branch would guess it: what stands from the
 * first blank on is masked out instead, which the lowest bit of `blanks` tells for certain. */
static size_t start_of(const char *at, const char *end)
{
	char last[START_LEN] = { ' ', ' ', ' ', ' ' };

	for (size_t i = 0; end - at < START_LEN && at + i < end; i++)
		last[i] = at[i];
	uint32_t n = four_bytes(end - at < START_LEN ? last : at), x = n ^ UINT32_C(0x20202020);
	uint32_t blanks = (x - UINT32_C(0x01010101)) & ~x & UINT32_C(0x80808080);
	uint32_t mask = ((blanks & -blanks) >> 7) - 1;

	return ((n & mask) * UINT32_C(2654435761)) >> (32 - PACK_STARTS_BITS);
}

static bool begins_with_phrase(struct str rest, struct str phrase)
{
	return str_starts(rest, phrase) && (rest.len == phrase.len || rest.p[phrase.len] == ' ');
}

/* Does the folded text have one of them, as whole words. */
static bool has_start(const struct pack_starts *starts, struct str folded)
{
	const char *at = folded.p, *end = folded.p + folded.len;

	while (at < end) {
		size_t n = start_of(at, end);
		for (size_t i = starts->from[n]; i < starts->from[n + 1]; i++) {
			if (begins_with_phrase(str_n(at, (size_t)(end - at)), starts->phrases[i]))
				return true;
		}
		while (at < end && *at++ != ' ')
			;
	}
	return false;
}

static bool is_complaint(const struct pack *pack, struct str folded)
{
	for (size_t i = 0; i < pack->complaints.len; i++) {
		if (pack_phrases_fit(&pack->complaints.rows[i], folded, NULL))
			return true;
	}
	return false;
}

int pack_look_through(
    const struct pack *pack, struct arena *a, struct str text, struct pack_said *ret)
{
	struct str start = text.len > READ_MAX ? str_n(text.p, READ_MAX) : text;
	struct str folded = start.len ? pack_phrase_fold(a, start) : STR("");
	struct pack_said said = { .doubts = 0 };
	int r = folded.p ? 0 : -E_NOMEM;

	if (r == 0 && has_start(&pack->said_starts, folded)) {
		said.complains = is_complaint(pack, folded);
		r = pack_find_doubts(pack, a, start, folded, &said.doubts);
	}
	if (r < 0)
		return r;
	*ret = said;
	return 0;
}

/* --- sorting -------------------------------------------------------------------------------------- */

/* Phrases go to `out`; with NULL they are only counted. */
struct taken {
	struct str *out;
	size_t len;
};

static void take(struct taken *t, const struct pack_words *phrases)
{
	for (size_t i = 0; t->out && i < phrases->len; i++)
		t->out[t->len + i] = phrases->items[i];
	t->len += phrases->len;
}

/* All that says something where it begins. */
static size_t take_all(const struct pack *pack, struct str *out)
{
	struct taken t = { .out = out };

	for (size_t i = 0; i < pack->complaints.len; i++)
		take(&t, &pack->complaints.rows[i].any);
	for (size_t i = 0; i < pack->doubts_len; i++) {
		take(&t, &pack->doubts[i].any);
		take(&t, &pack->doubts[i].heads);
		take(&t, &pack->doubts[i].verbs);
	}
	return t.len;
}

/* How many begin so, then where those end, then each put down from there: at last `from` is where they
 * begin. */
static void sort(const struct str *phrases, size_t len, struct str *sorted, struct pack_starts *ret)
{
	memset(ret->from, 0, sizeof(ret->from));
	for (size_t i = 0; i < len; i++)
		ret->from[start_of(phrases[i].p, phrases[i].p + phrases[i].len)]++;
	for (size_t n = 1; n <= PACK_STARTS; n++)
		ret->from[n] += ret->from[n - 1];
	for (size_t i = len; i-- > 0;)
		sorted[--ret->from[start_of(phrases[i].p, phrases[i].p + phrases[i].len)]] =
		    phrases[i];
	ret->phrases = sorted;
}

int pack_sort_said(struct reader *r)
{
	size_t len = take_all(r->pack, NULL);
	struct str *all = ARENA_ARRAY(r->a, struct str, len + 1);
	struct str *sorted = ARENA_ARRAY(r->a, struct str, len + 1);

	if (!all || !sorted)
		return out_of_memory(r);
	(void)take_all(r->pack, all);
	sort(all, len, sorted, &r->pack->said_starts);
	return 0;
}
