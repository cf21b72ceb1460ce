#include "domain/ledger_erasure.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/json.h"
#include "store/query.h"

#define SET_FIRST 64

/* --- sets ------------------------------------------------------------------------------------- */

void ledger_set_init(struct ledger_set *s)
{
	*s = (struct ledger_set){ .len = 0 };
}

void ledger_set_done(struct ledger_set *s)
{
	mem_free(s->items);
	ledger_set_init(s);
}

int ledger_set_add(struct ledger_set *s, int64_t seq, struct err *err)
{
	if (s->len == s->cap) {
		size_t cap = s->cap ? s->cap * 2 : SET_FIRST;
		int64_t *more = mem_grow(s->items, cap * sizeof(*more));
		if (!more)
			return err_set(err, E_NOMEM, "Memory ran out while erasing.");
		s->items = more;
		s->cap = cap;
	}
	s->items[s->len++] = seq;
	return 0;
}

static int by_number(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static void sort(struct ledger_set *s)
{
	size_t n = 0;

	if (s->len == 0)
		return;
	qsort(s->items, s->len, sizeof(*s->items), by_number);
	for (size_t i = 1; i < s->len; i++) {
		if (s->items[i] != s->items[n])
			s->items[++n] = s->items[i];
	}
	s->len = n + 1;
}

/* --- writing ---------------------------------------------------------------------------------- */

static void write_entries(const struct ledger_set *s, struct json_writer *w)
{
	jw_key(w, "entries");
	jw_array(w);
	for (size_t i = 0; i < s->len;) {
		size_t end = i + 1;
		while (end < s->len && s->items[end] == s->items[end - 1] + 1)
			end++;
		jw_array(w);
		jw_int(w, s->items[i]);
		jw_int(w, s->items[end - 1]);
		jw_array_end(w);
		i = end;
	}
	jw_array_end(w);
}

static void write_names(const char *member, struct str names, struct json_writer *w)
{
	if (!names.p)
		return;
	jw_key(w, member);
	jw_raw(w, names);
}

static void write_content(const struct ledger_erasure *what, const struct ledger_set *entries,
    time_ms now, struct buf *out)
{
	char id[ID_TEXT_MAX];
	struct json_writer w;

	id_format("era", what->id, id);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_int(&w, "at", now);
	jw_member_c(&w, "category", what->category);
	write_entries(entries, &w);
	jw_member_c(&w, "erasure", what->id ? id : NULL);
	jw_member_c(&w, "ground", what->ground);
	write_names("returned", what->returned, &w);
	write_names("suppressed", what->suppressed, &w);
	jw_object_end(&w);
}

static int empty_salts(struct store_conn *c, const struct ledger_set *s, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->len; i++)
		r = store_do(c, err,
		    "UPDATE ledger_leaf SET salt = ?2, ref = CASE type WHEN 1 THEN 0 ELSE ref END"
		    " WHERE seq = ?1",
		    "ib", s->items[i], STR(""));
	return r;
}

int ledger_erase(struct store_conn *c, struct ledger *l, const struct ledger_erasure *what,
    struct ledger_set *entries, time_ms now, int64_t *ret_seq, struct err *err)
{
	struct buf content;
	int64_t seq = 0;

	_Static_assert(LEAF_CONSENT == 1, "the figure in the statement above");
	sort(entries);
	buf_init(&content, 0);
	write_content(what, entries, now, &content);
	int r = content.failed ? err_set(err, E_NOMEM, "Memory ran out while erasing.")
			       : empty_salts(c, entries, err);
	if (r == 0)
		r = ledger_append(c, l, LEAF_ERASED, 0, buf_str(&content), now, &seq, err);
	if (r == 0)
		r = ledger_keep(c, seq, buf_str(&content), err);
	buf_done(&content);
	if (r == 0 && ret_seq)
		*ret_seq = seq;
	return r;
}

/* --- reading ---------------------------------------------------------------------------------- */

static bool read_pair(const struct json *pair, int64_t *ret_first, int64_t *ret_last)
{
	return json_len(pair) == 2 && json_int(json_at(pair, 0), ret_first) &&
	    json_int(json_at(pair, 1), ret_last);
}

static int read_pairs(const struct json *entries, int64_t seq,
    int (*each)(void *arg, int64_t first, int64_t last), void *arg)
{
	int64_t first, last, before = 0;
	const struct json *pair;
	struct json_iter it;
	int r = 0;

	json_iter_init(&it, entries);
	while (r == 0 && json_iter_next(&it, NULL, &pair)) {
		if (!read_pair(pair, &first, &last) || first <= before || last < first ||
		    last >= seq)
			return -E_INVALID;
		before = last;
		r = each(arg, first, last);
	}
	return r;
}

int ledger_erasure_read(
    struct str content, int64_t seq, int (*each)(void *arg, int64_t first, int64_t last), void *arg)
{
	struct arena *a = arena_new(0, 0);
	const struct json *v;
	int r = a ? json_read(a, content, &v, NULL) : -E_NOMEM;

	if (r == 0 && json_type(json_get(v, "entries")) != JSON_ARRAY)
		r = -E_INVALID;
	if (r == 0)
		r = read_pairs(json_get(v, "entries"), seq, each, arg);
	arena_free(&a);
	return r;
}

static int read_names(const struct json *list, bool returned,
    int (*each)(void *arg, const struct sha256 *name, bool returned), void *arg)
{
	const struct json *item;
	struct json_iter it;
	struct sha256 name;
	int r = 0;

	json_iter_init(&it, list);
	while (r == 0 && json_iter_next(&it, NULL, &item)) {
		if (hex_decode(json_str(item), name.b, SHA256_LEN) < 0)
			return -E_INVALID;
		r = each(arg, &name, returned);
	}
	return r;
}

int ledger_erasure_names(
    struct str content, int (*each)(void *arg, const struct sha256 *name, bool returned), void *arg)
{
	struct arena *a = arena_new(0, 0);
	const struct json *v;
	int r = a ? json_read(a, content, &v, NULL) : -E_NOMEM;

	if (r == 0)
		r = read_names(json_get(v, "suppressed"), false, each, arg);
	if (r == 0)
		r = read_names(json_get(v, "returned"), true, each, arg);
	arena_free(&a);
	return r;
}
