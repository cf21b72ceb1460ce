#include "domain/consent_link.h"

#include <string.h>

#include "base/arena.h"
#include "base/crypto.h"
#include "base/text.h"
#include "store/query.h"

/* Crockford's: nothing that is read as something else. */
static const char letters[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on links.");
}

/* --- writing ---------------------------------------------------------------------------------- */

static void make_code(char out[LINK_CODE_LEN + 1])
{
	uint8_t bytes[LINK_CODE_LEN];

	crypto_random(bytes, sizeof(bytes));
	for (size_t i = 0; i < LINK_CODE_LEN; i++)
		out[i] = letters[bytes[i] % 32];
	out[LINK_CODE_LEN] = '\0';
}

int link_add(struct store_conn *c, struct consent_link *l, struct err *err)
{
	make_code(l->code);
	return store_do(c, err,
	    "INSERT INTO consent_link (id, code, number, purpose, at, uses, wording, source, details)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, 0, ?6, ?7, ?8)",
	    "ittimttt", (int64_t)l->id, str_c(l->code), l->number, (int64_t)l->purpose, l->at,
	    l->wording, l->source, l->details);
}

int link_used(struct store_conn *c, uint64_t id, struct err *err)
{
	return store_do(
	    c, err, "UPDATE consent_link SET uses = uses + 1 WHERE id = ?1", "i", (int64_t)id);
}

int link_end(struct store_conn *c, uint64_t id, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE consent_link SET ended_at = ?2 WHERE id = ?1 AND ended_at IS NULL", "im",
	    (int64_t)id, now);
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS "id, code, number, purpose, at, ended_at, uses, wording, source, details"

static int take(struct store_stmt *s, struct arena *a, struct consent_link *ret, struct err *err)
{
	*ret = (struct consent_link){
		.id = (uint64_t)store_col_int(s, 0),
		.purpose = (enum purpose)store_col_int(s, 3),
		.at = store_col_int(s, 4),
		.ended_at = store_col_time(s, 5),
		.uses = store_col_int(s, 6),
	};
	if (str_to_c(store_col_text(s, 1), ret->code, sizeof(ret->code)) < 0)
		return err_set(err, E_STORE, "A link in the store has a code that is none.");
	if (store_copy_text(s, 2, a, &ret->number) < 0 ||
	    store_copy_text(s, 7, a, &ret->wording) < 0 ||
	    store_copy_text(s, 8, a, &ret->source) < 0 ||
	    store_copy_text(s, 9, a, &ret->details) < 0)
		return no_memory(err);
	return 1;
}

static int take_one(
    struct store_stmt *s, struct arena *a, struct consent_link *ret, struct err *err)
{
	int r = store_step(s, err);

	if (r > 0)
		r = take(s, a, ret, err);
	store_reset(s);
	return r;
}

int link_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct consent_link *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT " COLUMNS " FROM consent_link WHERE id = ?1", "i", (int64_t)id);

	return r < 0 ? r : take_one(s, a, ret, err);
}

int link_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct consent_link **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct consent_link *items = ARENA_ARRAY(a, struct consent_link, limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? store_ask(c, &s, err,
			    "SELECT " COLUMNS " FROM consent_link WHERE id < ?1 ORDER BY id DESC"
			    " LIMIT ?2",
			    "ii", before ? (int64_t)before : INT64_MAX, (int64_t)limit + 1)
		      : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take(s, a, &items[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > limit;
	*ret_len = *ret_more ? limit : n;
	*ret = items;
	return 0;
}

/* --- messages --------------------------------------------------------------------------------- */

/* "… #K7Q2M9XW" → the words and the code in capitals. */
static bool split(struct str text, struct str *ret_words, char ret_code[LINK_CODE_LEN + 1])
{
	struct str t = str_trim(text);

	if (t.len < LINK_CODE_LEN + 2 || t.p[t.len - LINK_CODE_LEN - 1] != '#')
		return false;
	for (size_t i = 0; i < LINK_CODE_LEN; i++) {
		char x = t.p[t.len - LINK_CODE_LEN + i];
		x = x >= 'a' && x <= 'z' ? (char)(x - 'a' + 'A') : x;
		if (!x || !strchr(letters, x))
			return false;
		ret_code[i] = x;
	}
	ret_code[LINK_CODE_LEN] = '\0';
	*ret_words = str_sub(t, 0, t.len - LINK_CODE_LEN - 1);
	return true;
}

/* 1 the same words, 0 others. */
static int same_words(struct str x, struct str y, struct arena *a, struct err *err)
{
	struct str left = text_fold(a, x), right = text_fold(a, y);

	return left.p && right.p ? str_eq(left, right) : no_memory(err);
}

int link_of_message(struct store_conn *c, struct str text, struct str number, time_ms at,
    struct arena *a, struct consent_link *ret, struct err *err)
{
	char code[LINK_CODE_LEN + 1];
	struct consent_link found = { .ended_at = TIME_NONE };
	struct store_stmt *s;
	struct str words;

	if (!split(text, &words, code))
		return 0;
	int r = store_ask(c, &s, err,
	    "SELECT " COLUMNS " FROM consent_link WHERE code = ?1 AND number = ?2", "tt",
	    str_c(code), number);
	if (r == 0)
		r = take_one(s, a, &found, err);
	/* Meta tells whole seconds: whoever wrote in the second in which it ended came too late. */
	if (r > 0 && found.ended_at != TIME_NONE && at + MS_PER_S > found.ended_at)
		r = 0;
	if (r > 0)
		r = same_words(words, found.wording, a, err);
	if (r > 0)
		*ret = found;
	return r;
}

struct str link_message(const struct consent_link *l, struct arena *a)
{
	return arena_printf(a, "%.*s #%s", STR_ARG(l->wording), l->code);
}

static bool is_plain(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    (c && strchr("-_.~", c));
}

struct str link_url(const struct consent_link *l, struct phone business, struct arena *a)
{
	char digits[PHONE_TEXT_MAX];
	struct str message = link_message(l, a);
	struct buf out;

	phone_format_digits(business, digits);
	buf_init(&out, 0);
	buf_addf(&out, "https://wa.me/%s?text=", digits);
	for (size_t i = 0; i < message.len; i++) {
		if (is_plain(message.p[i]))
			buf_add_char(&out, message.p[i]);
		else
			buf_addf(&out, "%%%02X", (unsigned)(unsigned char)message.p[i]);
	}
	struct str url = out.failed || !message.p ? STR_NONE : arena_str(a, buf_str(&out));
	buf_done(&out);
	return url;
}
