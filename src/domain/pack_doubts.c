/* Free sentences that are probably opt-outs: read from the pack, and looked for in a message.
 *
 * "Non voglio più ricevere i vostri messaggi" is no word of the list, and withdraws nothing by itself: a
 * sentence can mean its opposite. What is here only says that a person should look. */
#include "domain/pack_notices.h"
#include "domain/pack_words.h"

#include "base/check.h"
#include "base/text.h"
#include "domain/pack_private.h"

/* --- looking -------------------------------------------------------------------------------------- */

static bool has_any(const struct pack_words *phrases, struct str folded)
{
	for (size_t i = 0; i < phrases->len; i++) {
		if (pack_phrase_in(folded, phrases->items[i]))
			return true;
	}
	return false;
}

/* The first `n` words. */
static struct str first_words(struct str folded, int64_t n)
{
	size_t len = 0;

	for (int64_t i = 0; i < n && len < folded.len; i++) {
		len += i > 0;
		while (len < folded.len && folded.p[len] != ' ')
			len++;
	}
	return str_sub(folded, 0, len);
}

/* One of `things` within so many words behind one of the places where `verb` stands. */
static bool verb_has_thing(const struct pack_doubt *d, struct str verb, struct str folded)
{
	struct str rest = folded;

	while (rest.len) {
		bool here = str_starts(rest, verb) &&
		    (rest.len == verb.len || rest.p[verb.len] == ' ');
		struct str behind = here && rest.len > verb.len
		    ? str_sub(rest, verb.len + 1, rest.len)
		    : STR("");
		if (here && has_any(&d->things, first_words(behind, d->within)))
			return true;
		size_t word = first_words(rest, 1).len;
		rest = str_sub(rest, word < rest.len ? word + 1 : rest.len, rest.len);
	}
	return false;
}

static bool is_doubt(const struct pack_doubt *d, struct str head, struct str folded)
{
	if (has_any(&d->none, folded))
		return false;
	if (has_any(&d->any, folded))
		return true;
	for (size_t i = 0; i < d->heads.len; i++) {
		if (str_eq(head, d->heads.items[i]))
			return true;
	}
	for (size_t i = 0; i < d->verbs.len; i++) {
		if (verb_has_thing(d, d->verbs.items[i], folded))
			return true;
	}
	return false;
}

/* What stands before the first mark, where something stands behind it. */
static struct str first_clause(struct str text)
{
	static const char marks[] = ".,;:!?\n";

	for (size_t i = 0; i < text.len; i++) {
		for (const char *m = marks; *m; m++) {
			if (text.p[i] == *m)
				return str_sub(text, 0, i);
		}
	}
	return STR("");
}

int pack_find_doubts(const struct pack *pack, struct arena *a, struct str text, struct str folded,
    unsigned *ret_purposes)
{
	struct str clause = first_clause(text);
	struct str head = clause.len ? pack_phrase_fold(a, clause) : STR("");
	unsigned purposes = 0;

	if (!head.p)
		return -E_NOMEM;
	for (size_t i = 0; i < pack->doubts_len; i++) {
		if (is_doubt(&pack->doubts[i], head, folded))
			purposes |= pack->doubts[i].purposes;
	}
	if (purposes)
		*ret_purposes = purposes;
	return purposes != 0;
}

/* --- reading -------------------------------------------------------------------------------------- */

#define AT(member) .at = offsetof(struct pack_doubt, member)

static const struct field doubt_fields[] = {
	{ "lang", read_str, AT(lang) },
	{ "purposes", read_purposes, AT(purposes) },
	{ "any", read_phrases, AT(any) },
	{ "heads", read_phrases, AT(heads) },
	{ "verbs", read_phrases, AT(verbs) },
	{ "things", read_phrases, AT(things) },
	{ "within", read_count, AT(within) },
	{ "none", read_phrases, AT(none) },
};

int read_doubts(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	const struct field rows = {
		.max_len = PACK_DOUBTS_MAX, .sub = doubt_fields, .sub_len = ARRAY_LEN(doubt_fields)
	};
	struct pack *p = r->pack;

	(void)f;
	(void)base;
	return read_items(
	    r, v, &rows, (char *)p->doubts, sizeof(struct pack_doubt), &p->doubts_len);
}
