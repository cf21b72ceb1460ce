/* The words of the pack: what withdraws, what grants, and what Varco says to people by itself. */
#include "domain/pack_words.h"

#include <string.h>

#include "base/check.h"
#include "base/text.h"
#include "domain/pack_private.h"

/* --- opt-out and opt-in words ----------------------------------------------------------------- */

struct opt_row {
	struct str lang;
	unsigned purposes;
	struct pack_words words;
};

static const struct field opt_row_fields[] = {
	{ "lang", read_str, .at = offsetof(struct opt_row, lang) },
	{ "purposes", read_purposes, .at = offsetof(struct opt_row, purposes) },
	{ "words", read_words, .at = offsetof(struct opt_row, words) },
};

static void opt_lang_add(struct pack_opt *opt, struct str lang)
{
	if (opt->langs_len && str_eq(opt->langs[opt->langs_len - 1], lang))
		return;
	if (opt->langs_len < PACK_LIST_MAX)
		opt->langs[opt->langs_len++] = lang;
}

/* The word's row, made when there is none yet. */
static int opt_word(struct reader *r, struct str word, struct str lang, struct pack_opt **ret)
{
	struct str folded = text_fold(r->a, word);

	if (!folded.p)
		return out_of_memory(r);
	if (folded.len == 0)
		return bad(r, "words with at least one letter each");
	struct pack_opt *opt = map_get(r->pack->words, folded);
	if (!opt) {
		opt = ARENA_NEW(r->a, struct pack_opt);
		if (!opt || map_put(r->pack->words, folded, opt) < 0)
			return out_of_memory(r);
		if (folded.len > r->pack->longest_word)
			r->pack->longest_word = folded.len;
	}
	opt_lang_add(opt, lang);
	*ret = opt;
	return 0;
}

static int opt_word_add(struct reader *r, struct str word, const struct opt_row *row, bool out)
{
	struct pack_opt *opt = NULL;
	int rc = opt_word(r, word, row->lang, &opt);

	if (rc < 0)
		return rc;
	ASSERT(opt);
	*(out ? &opt->withdraws : &opt->grants) |= row->purposes;
	return 0;
}

static int read_opt_rows(struct reader *r, const struct json *v, bool out)
{
	struct json_iter it;
	const struct json *item;
	size_t n = 0;

	if (json_type(v) != JSON_ARRAY)
		return bad(r, "a list");
	json_iter_init(&it, v);
	while (json_iter_next(&it, NULL, &item)) {
		struct opt_row row = { .purposes = 0 };
		size_t was = path_enter_item(r, n++);
		int rc = read_fields(
		    r, item, opt_row_fields, ARRAY_LEN(opt_row_fields), (char *)&row);
		for (size_t i = 0; rc == 0 && i < row.words.len; i++)
			rc = opt_word_add(r, row.words.items[i], &row, out);
		if (rc < 0)
			return rc;
		path_leave(r, was);
	}
	return 0;
}

int read_opt_out(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	(void)f;
	(void)base;
	return read_opt_rows(r, v, true);
}

int read_opt_in(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	(void)f;
	(void)base;
	return read_opt_rows(r, v, false);
}

int read_polite(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	struct pack_words *polite = &r->pack->polite;
	int rc = read_words(r, v, f, base);

	if (rc < 0)
		return rc;
	struct str *folded = ARENA_ARRAY(r->a, struct str, polite->len + 1);
	if (!folded)
		return out_of_memory(r);
	for (size_t i = 0; rc == 0 && i < polite->len; i++) {
		folded[i] = text_fold(r->a, polite->items[i]);
		if (!folded[i].p)
			rc = out_of_memory(r);
		else if (folded[i].len > r->pack->longest_polite)
			r->pack->longest_polite = folded[i].len;
	}
	polite->items = folded;
	return rc;
}

/* --- what Varco says to people ---------------------------------------------------------------- */

static const struct field language_fields[] = {
	{ "lang", read_str, .at = offsetof(struct pack_language, lang) },
	{ "countries", read_words, .at = offsetof(struct pack_language, countries) },
	{ "stopped", read_str, .at = offsetof(struct pack_language, stopped) },
	{ "stopped_marketing", read_str, .at = offsetof(struct pack_language, stopped_marketing) },
	{ "yes", read_words, .at = offsetof(struct pack_language, yes) },
	{ "no", read_words, .at = offsetof(struct pack_language, no) },
	{ "yes_button", read_str, .at = offsetof(struct pack_language, yes_button) },
	{ "no_button", read_str, .at = offsetof(struct pack_language, no_button) },
};

static int add_replies(
    struct reader *r, const struct pack_words *words, struct str lang, enum pack_reply reply)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < words->len; i++) {
		struct pack_opt *opt = NULL;
		rc = opt_word(r, words->items[i], lang, &opt);
		if (rc == 0 && opt && opt->reply != PACK_REPLY_NO)
			opt->reply = reply;
	}
	return rc;
}

int read_languages(struct reader *r, const struct json *v, const struct field *f, char *base)
{
	const struct field rows = {
		.max_len = f->max_len,
		.sub = language_fields,
		.sub_len = ARRAY_LEN(language_fields),
	};
	struct pack *p = r->pack;
	int rc = read_items(
	    r, v, &rows, (char *)p->languages, sizeof(struct pack_language), &p->languages_len);

	(void)base;
	if (rc == 0 && p->languages_len == 0)
		rc = bad(r, "a list with at least one language");
	for (size_t i = 0; rc == 0 && i < p->languages_len; i++) {
		const struct pack_language *l = &p->languages[i];
		rc = add_replies(r, &l->yes, l->lang, PACK_REPLY_YES);
		if (rc == 0)
			rc = add_replies(r, &l->no, l->lang, PACK_REPLY_NO);
	}
	return rc;
}
