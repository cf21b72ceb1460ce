/* The words of e-mail notices and of complaints: read, and looked for in a text. */
#include "domain/pack_notices.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "domain/pack_private.h"

/* --- looking -------------------------------------------------------------------------------------- */

struct str pack_phrase_fold(struct arena *a, struct str s)
{
	return text_fold_apart(a, s);
}

bool pack_phrase_in(struct str folded, struct str phrase)
{
	const char *at = folded.p, *end = folded.p + folded.len;

	if (!phrase.len || !folded.len)
		return false;
	while ((at = memmem(at, (size_t)(end - at), phrase.p, phrase.len)) != NULL) {
		const char *behind = at + phrase.len;
		if ((at == folded.p || at[-1] == ' ') && (behind == end || *behind == ' '))
			return true;
		at++;
	}
	return false;
}

bool pack_phrases_fit(const struct pack_phrases *row, struct str folded, struct str *ret_phrase)
{
	for (size_t i = 0; i < row->none.len; i++) {
		if (pack_phrase_in(folded, row->none.items[i]))
			return false;
	}
	for (size_t i = 0; i < row->any.len; i++) {
		if (!pack_phrase_in(folded, row->any.items[i]))
			continue;
		if (ret_phrase)
			*ret_phrase = row->any.items[i];
		return true;
	}
	return false;
}

const struct pack_notices *pack_notices(const struct pack *pack)
{
	return &pack->notices;
}

/* --- reading -------------------------------------------------------------------------------------- */

static int fold_words(struct reader *r, struct pack_words *w)
{
	struct str *items = ARENA_ARRAY(r->a, struct str, w->len ? w->len : 1);

	if (!items)
		return out_of_memory(r);
	for (size_t i = 0; i < w->len; i++) {
		items[i] = pack_phrase_fold(r->a, w->items[i]);
		if (!items[i].p)
			return out_of_memory(r);
		if (!items[i].len)
			return bad(r, "phrases with at least one letter each");
	}
	w->items = items;
	return 0;
}

int read_phrases(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	int rc = read_words(r, v, f, base);

	return rc < 0 ? rc : fold_words(r, (struct pack_words *)(void *)(base + f->at));
}

static const struct field row_fields[] = {
	{ "what", read_str, .at = offsetof(struct pack_phrases, what) },
	{ "any", read_phrases, .at = offsetof(struct pack_phrases, any) },
	{ "none", read_phrases, .at = offsetof(struct pack_phrases, none) },
};

static int read_rows(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	const struct field rows = {
		.max_len = PACK_NOTICE_ROWS_MAX, .sub = row_fields, .sub_len = ARRAY_LEN(row_fields)
	};
	struct pack_phrase_rows *to = (struct pack_phrase_rows *)(void *)(base + f->at);

	return read_items(r, v, &rows, (char *)to->rows, sizeof(struct pack_phrases), &to->len);
}

#define AT(member) .at = offsetof(struct pack_notices, member)

static const struct field notices_fields[] = {
	{ "senders", read_words, AT(senders) },
	{ "links", read_words, AT(links) },
	{ "brands", read_words, AT(brands) },
	{ "kinds", read_rows, AT(kinds) },
	{ "covers", read_rows, AT(covers) },
	{ "labels", read_rows, AT(labels) },
	{ "words", read_rows, AT(words) },
	{ "sending", read_words, AT(sending) },
	{ "all", read_words, AT(all) },
	{ "sending_days", read_count, AT(sending_days) },
	{ "unknown_days", read_count, AT(unknown_days) },
};

int read_complaints(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	const struct field rows = { .at = 0 };

	(void)f;
	(void)base;
	return read_rows(r, v, &rows, (char *)&r->pack->complaints);
}

int read_notices(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	(void)f;
	(void)base;
	return read_fields(
	    r, v, notices_fields, ARRAY_LEN(notices_fields), (char *)&r->pack->notices);
}
