/* A field's last value is its newest entry: there is no second copy of the state that could differ.
 * Fields that an object may have several of, such as restrictions, bear their word in the field's
 * name; one that is gone had a value and has none now. */
#include "domain/history.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "store/query.h"

#define FIELD_MAX 240
#define FIELDS_MAX 600 /* an account may be refused by every country, and more */

static const char *const kind_names[] = {
	[HISTORY_PORTFOLIO] = "portfolio",
	[HISTORY_WABA] = "waba",
	[HISTORY_NUMBER] = "number",
	[HISTORY_TEMPLATE] = "template",
};

static const char *const source_names[] = {
	[HISTORY_WEBHOOK] = "webhook",
	[HISTORY_POLL] = "poll",
	[HISTORY_OPERATOR] = "operator",
	[HISTORY_CLOCK] = "clock",
	[HISTORY_HEALTH] = "health",
	[HISTORY_ANSWER] = "answer",
	[HISTORY_WARMUP] = "warmup",
	[HISTORY_NOTICE] = "notice",
};

/* What is noted of an object: field, value as text, value as a time. */
static const char *const snapshots[] = {
	[HISTORY_PORTFOLIO] =
	    "SELECT 'limit', coalesce(CAST(people_limit AS TEXT), 'unlimited'), CAST(NULL AS BIGINT)"
	    " FROM portfolio WHERE id = ?1",
	[HISTORY_WABA] =
	    "SELECT 'state', state, CAST(NULL AS BIGINT) FROM waba WHERE id = ?1"
	    " UNION ALL SELECT 'payment', CASE payment_ok WHEN 0 THEN 'blocked' ELSE 'ok' END, NULL"
	    " FROM waba WHERE id = ?1"
	    " UNION ALL SELECT 'disable_at', NULL, disable_at FROM waba"
	    " WHERE id = ?1 AND disable_at IS NOT NULL"
	    " UNION ALL SELECT 'warning', warning, NULL FROM waba"
	    " WHERE id = ?1 AND warning IS NOT NULL"
	    " UNION ALL SELECT 'review', review, NULL FROM waba WHERE id = ?1 AND review IS NOT NULL"
	    " UNION ALL SELECT 'health', health, NULL FROM waba WHERE id = ?1 AND health IS NOT NULL"
	    " UNION ALL SELECT 'restriction:' || type, NULL, coalesce(until_at, 0)"
	    " FROM waba_restriction WHERE waba = ?1"
	    " UNION ALL SELECT 'blocked_country:' || country, 'blocked', NULL"
	    " FROM waba_blocked_country WHERE waba = ?1",
	[HISTORY_NUMBER] =
	    "SELECT 'status', status, CAST(NULL AS BIGINT) FROM number WHERE id = ?1"
	    " UNION ALL SELECT 'quality', quality, NULL FROM number WHERE id = ?1"
	    " UNION ALL SELECT 'throughput', CAST(throughput AS TEXT), NULL FROM number"
	    " WHERE id = ?1 AND throughput > 0"
	    " UNION ALL SELECT 'verified_name', verified_name, NULL FROM number"
	    " WHERE id = ?1 AND verified_name IS NOT NULL"
	    " UNION ALL SELECT 'name_status', name_status, NULL FROM number"
	    " WHERE id = ?1 AND name_status IS NOT NULL"
	    " UNION ALL SELECT 'health', health, NULL FROM number WHERE id = ?1 AND health IS NOT NULL"
	    " UNION ALL SELECT 'warmup_phase', CASE phase WHEN 0 THEN 'ramp' WHEN 1 THEN 'after_red'"
	    " WHEN 2 THEN 'after_restriction' WHEN 3 THEN 'after_silence' WHEN 4 THEN 'override'"
	    " ELSE 'done' END, NULL FROM warmup WHERE number = ?1"
	    " UNION ALL SELECT 'warmup_frozen_until', NULL, warm_frozen_until FROM number"
	    " WHERE id = ?1 AND warm_frozen_until IS NOT NULL",
	[HISTORY_TEMPLATE] =
	    "SELECT 'status', status, CAST(NULL AS BIGINT) FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3"
	    " UNION ALL SELECT 'quality', quality, NULL FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3"
	    " UNION ALL SELECT 'category', CASE category WHEN 1 THEN 'marketing' WHEN 2 THEN 'utility'"
	    " WHEN 3 THEN 'authentication' END, NULL FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3"
	    " UNION ALL SELECT 'correct_category', CASE correct_category WHEN 1 THEN 'marketing'"
	    " WHEN 2 THEN 'utility' ELSE 'authentication' END, NULL FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3 AND correct_category BETWEEN 1 AND 3"
	    " UNION ALL SELECT 'category_change_at', NULL, category_change_at FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3 AND category_change_at IS NOT NULL"
	    " UNION ALL SELECT 'paused_until', NULL, paused_until FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3 AND paused_until IS NOT NULL"
	    " UNION ALL SELECT 'reason', reason, NULL FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3 AND reason IS NOT NULL"
	    " UNION ALL SELECT 'content', content, NULL FROM template"
	    " WHERE waba = ?1 AND name = ?2 AND language = ?3 AND content IS NOT NULL",
};

const char *history_kind_name(enum history_kind k)
{
	return kind_names[k];
}

const char *history_source_name(enum history_source s)
{
	return source_names[s];
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while noting a change.");
}

/* --- what is, and what was noted -------------------------------------------------------------- */

struct field {
	struct str name, value;
};

struct fields {
	struct field *items;
	size_t len;
};

/* Times are kept as people write them; 0 stands for an end that is not known. */
static int take_value(struct store_stmt *s, struct arena *a, struct str *ret)
{
	time_ms at = store_col_time(s, 2);
	char text[TIME_TEXT_MAX];

	if (at == TIME_NONE)
		return store_copy_text(s, 1, a, ret);
	if (at == 0) {
		*ret = STR("open");
		return 0;
	}
	time_format(at, text);
	*ret = arena_str(a, str_c(text));
	return ret->p ? 0 : -E_NOMEM;
}

static int take_field(struct store_stmt *s, struct arena *a, struct fields *f, struct err *err)
{
	if (f->len == FIELDS_MAX)
		return 0;
	struct field *x = &f->items[f->len];
	if (store_copy_text(s, 0, a, &x->name) < 0 || take_value(s, a, &x->value) < 0)
		return no_memory(err);
	f->len += x->value.p != NULL;
	return 0;
}

static int take_fields(struct store_stmt *s, struct arena *a, struct fields *ret, struct err *err)
{
	int r = 0;

	ret->len = 0;
	ret->items = ARENA_ARRAY(a, struct field, FIELDS_MAX);
	if (!ret->items)
		r = no_memory(err);
	while (r >= 0) {
		r = store_step(s, err);
		if (r <= 0)
			break;
		r = take_field(s, a, ret, err);
	}
	store_reset(s);
	return r;
}

static int read_present(struct store_conn *c, enum history_kind kind, struct str id,
    struct arena *a, struct fields *ret, struct err *err)
{
	struct str rest = id, waba, name;
	struct store_stmt *s;
	int r;

	if (kind == HISTORY_TEMPLATE) {
		waba = str_cut(&rest, '/');
		name = str_cut(&rest, '/');
		r = store_ask(c, &s, err, snapshots[HISTORY_TEMPLATE], "ttt", waba, name, rest);
	} else {
		r = store_ask(c, &s, err, snapshots[kind], "t", id);
	}
	return r < 0 ? r : take_fields(s, a, ret, err);
}

static int read_noted(struct store_conn *c, enum history_kind kind, struct str id, struct arena *a,
    struct fields *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT field, new_value, CAST(NULL AS BIGINT) FROM object_change WHERE id IN"
	    " (SELECT max(id) FROM object_change WHERE kind = ?1 AND object = ?2 GROUP BY field)"
	    " ORDER BY field",
	    "it", (int64_t)kind, id);

	return r < 0 ? r : take_fields(s, a, ret, err);
}

/* p NULL = it has none. */
static struct str value_in(const struct fields *f, struct str name)
{
	for (size_t i = 0; i < f->len; i++) {
		if (str_eq(f->items[i].name, name))
			return f->items[i].value;
	}
	return STR_NONE;
}

/* --- noting ----------------------------------------------------------------------------------- */

struct note {
	struct store_conn *c;
	enum history_kind kind;
	struct str id;
	const struct history_by *by;
	int changes;
};

static bool same(struct str a, struct str b)
{
	return (a.p == NULL) == (b.p == NULL) && str_eq(a, b);
}

/* Not in the middle of a character. */
static struct str cut(struct str words)
{
	if (words.len <= HISTORY_WORDS_MAX)
		return words;
	words.len = HISTORY_WORDS_MAX;
	while (words.len && ((unsigned char)words.p[words.len] & 0xc0) == 0x80)
		words.len--;
	return words;
}

static int add(
    struct note *n, struct str field, struct str before, struct str after, struct err *err)
{
	if (same(before, after))
		return 0;
	n->changes++;
	return store_do(n->c, err,
	    "INSERT INTO object_change (id, at, kind, object, field, old_value, new_value, source, words)"
	    " VALUES ((SELECT coalesce(max(id), 0) + 1 FROM object_change), ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    "mittttit", n->by->at, (int64_t)n->kind, n->id, field, before, after,
	    (int64_t)n->by->source, cut(n->by->words));
}

static int compare(
    struct note *n, const struct fields *was, const struct fields *is, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < is->len; i++)
		r = add(n, is->items[i].name, value_in(was, is->items[i].name), is->items[i].value,
		    err);
	for (size_t i = 0; r == 0 && i < was->len; i++) {
		if (!value_in(is, was->items[i].name).p)
			r = add(n, was->items[i].name, was->items[i].value, STR_NONE, err);
	}
	return r;
}

int history_note(struct store_conn *c, enum history_kind kind, struct str id,
    const struct history_by *by, int *ret_changes, struct err *err)
{
	struct note n = { .c = c, .kind = kind, .id = id, .by = by };
	struct fields was = { 0 }, is = { 0 };
	struct arena *a = arena_new(0, 0);
	int r = a ? read_present(c, kind, id, a, &is, err) : no_memory(err);

	if (r == 0)
		r = read_noted(c, kind, id, a, &was, err);
	if (r == 0)
		r = compare(&n, &was, &is, err);
	arena_free(&a);
	if (r == 0 && ret_changes)
		*ret_changes = n.changes;
	return r;
}

/* --- what is news ----------------------------------------------------------------------------- */

int history_was_told_since(struct store_conn *c, enum history_kind kind, struct str id,
    struct str field, time_ms at, struct err *err)
{
	int64_t newest;
	int r = store_ask_int(c, &newest, err,
	    "SELECT at FROM object_told WHERE kind = ?1 AND object = ?2 AND field = ?3", "itt",
	    (int64_t)kind, id, field);

	return r <= 0 ? r : newest > at;
}

int history_is_news(struct store_conn *c, enum history_kind kind, struct str id, struct str field,
    time_ms at, struct err *err)
{
	int r = history_was_told_since(c, kind, id, field, at, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = store_do(c, err,
	    "INSERT INTO object_told (kind, object, field, at) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (kind, object, field) DO UPDATE SET at = excluded.at",
	    "ittm", (int64_t)kind, id, field, at);
	return r < 0 ? r : 1;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int take_entry(
    struct store_stmt *s, struct arena *a, struct history_entry *x, struct err *err)
{
	const struct {
		int column;
		struct str *to;
	} texts[] = {
		{ 3, &x->object },
		{ 4, &x->field },
		{ 5, &x->before },
		{ 6, &x->after },
		{ 8, &x->words },
	};

	if (!store_col_is_up_to(s, 2, HISTORY_TEMPLATE) ||
	    !store_col_is_up_to(s, 7, HISTORY_NOTICE))
		return err_set(err, E_STORE, "A change on record is broken.");
	x->id = store_col_int(s, 0);
	x->at = store_col_time(s, 1);
	x->kind = (enum history_kind)store_col_int(s, 2);
	x->source = (enum history_source)store_col_int(s, 7);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (store_copy_text(s, texts[i].column, a, texts[i].to) < 0)
			return no_memory(err);
	}
	return 0;
}

#define COLUMNS \
	"SELECT id, at, kind, object, field, old_value, new_value, source, words FROM object_change "
#define BOUNDS "AND id < ?1 AND at >= ?2 AND at < ?3 ORDER BY id DESC LIMIT ?4"

static int ask_entries(
    struct store_conn *c, const struct history_ask *q, struct store_stmt **ret, struct err *err)
{
	int64_t below = q->below ? q->below : INT64_MAX;
	time_ms since = q->since == TIME_NONE ? 0 : q->since;
	int64_t until = q->until == TIME_NONE ? INT64_MAX : q->until;
	int64_t limit = (int64_t)q->limit + 1;

	if (q->kind && q->object.p)
		return store_ask(c, ret, err, COLUMNS "WHERE kind = ?5 AND object = ?6 " BOUNDS,
		    "iiiiit", below, since, until, limit, (int64_t)q->kind, q->object);
	return store_ask(c, ret, err, COLUMNS "WHERE (kind = ?5 OR ?5 = 0) " BOUNDS, "iiiii", below,
	    since, until, limit, (int64_t)q->kind);
}

int history_read(struct store_conn *c, const struct history_ask *ask, struct arena *a,
    struct history_entry **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct history_entry *items = ARENA_ARRAY(a, struct history_entry, ask->limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? ask_entries(c, ask, &s, err) : no_memory(err);

	if (r < 0)
		return r;
	while (n <= ask->limit && (r = store_step(s, err)) > 0) {
		r = take_entry(s, a, &items[n++], err);
		if (r < 0)
			break;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > ask->limit;
	*ret_len = n - *ret_more;
	*ret = items;
	return 0;
}

int history_last(struct store_conn *c, enum history_kind kind, struct str id, struct str field,
    struct arena *a, struct history_entry *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    COLUMNS "WHERE kind = ?1 AND object = ?2 AND field = ?3 ORDER BY id DESC LIMIT 1",
	    "itt", (int64_t)kind, id, field);

	if (r < 0)
		return r;
	r = store_step(s, err);
	int taken = r > 0 ? take_entry(s, a, ret, err) : 0;
	store_reset(s);
	return taken < 0 ? taken : r;
}

int history_object_parse(
    struct str text, enum history_kind *ret_kind, struct str *ret_id, struct err *err)
{
	struct str id = text, kind = str_cut(&id, ':');

	for (enum history_kind k = HISTORY_PORTFOLIO; k <= HISTORY_TEMPLATE; k++) {
		if (!str_eq_c(kind, kind_names[k]))
			continue;
		*ret_kind = k;
		*ret_id = id.len ? id : STR_NONE;
		return 0;
	}
	return err_field(err, E_INVALID, "object",
	    N_("The value of \"object\" must be portfolio, waba, number or template, a colon and its id."));
}
