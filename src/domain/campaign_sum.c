/* A delta is one row of campaign_sum, or of campaign_fate, that changes: found by the bytes of campaign,
 * group, number and name. A group without a name has '' as its name: labels are never empty. */
#include "domain/campaign_sum.h"

#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "store/query.h"

#define BY_FATE 100 /* in memory only: rows of campaign_fate */

struct delta {
	struct delta *next;
	int64_t n[CAMPAIGN_FIGURES];
	time_ms used_at; /* 0 = not told */
	uint64_t campaign;
	int64_t by, number;
	size_t name_len;
	char name[];
};

struct campaign_sums {
	struct map *by_key;
	struct delta *first;
	struct buf key;
	struct buf moved; /* decisions, eight bytes each, first byte first */
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while counting the people of campaigns.");
}

/* --- in memory -------------------------------------------------------------------------------- */

int campaign_sums_new(struct campaign_sums **ret, struct err *err)
{
	struct campaign_sums *s = mem_alloc(sizeof(*s));

	if (s)
		s->by_key = map_new();
	if (!s || !s->by_key) {
		mem_free(s);
		return no_memory(err);
	}
	buf_init(&s->key, 0);
	buf_init(&s->moved, 0);
	*ret = s;
	return 0;
}

static struct str key_of(
    struct buf *key, uint64_t campaign, int64_t by, int64_t number, struct str name)
{
	int64_t head[3] = { (int64_t)campaign, by, number };

	buf_reset(key);
	buf_add(key, str_n((const char *)head, sizeof(head)));
	if (name.len)
		buf_add(key, name);
	return buf_str(key);
}

void campaign_sums_undo(struct campaign_sums *s)
{
	while (s->first) {
		struct delta *d = s->first;
		s->first = d->next;
		(void)map_take(s->by_key,
		    key_of(&s->key, d->campaign, d->by, d->number, str_n(d->name, d->name_len)));
		mem_free(d);
	}
	buf_reset(&s->moved);
}

void campaign_sums_free(struct campaign_sums **ps)
{
	struct campaign_sums *s = *ps;

	if (!s)
		return;
	campaign_sums_undo(s);
	map_free(&s->by_key);
	buf_done(&s->key);
	buf_done(&s->moved);
	MEM_FREE(ps);
}

static struct delta *make(struct campaign_sums *s, struct str key, uint64_t campaign, int64_t by,
    int64_t number, struct str name)
{
	struct delta *d = mem_alloc(sizeof(*d) + name.len + 1);

	if (!d)
		return NULL;
	d->campaign = campaign;
	d->by = by;
	d->number = number;
	d->name_len = name.len;
	if (name.len)
		memcpy(d->name, name.p, name.len);
	if (map_put(s->by_key, key, d) < 0) {
		mem_free(d);
		return NULL;
	}
	d->next = s->first;
	s->first = d;
	return d;
}

static struct delta *delta_of(
    struct campaign_sums *s, uint64_t campaign, int64_t by, int64_t number, struct str name)
{
	struct str key = key_of(&s->key, campaign, by, number, name);

	if (s->key.failed)
		return NULL;
	struct delta *d = map_get(s->by_key, key);
	return d ? d : make(s, key, campaign, by, number, name);
}

int campaign_sums_add_fate(
    struct campaign_sums *s, uint64_t campaign, int64_t fate, int64_t n, struct err *err)
{
	struct delta *d = delta_of(s, campaign, BY_FATE, fate, STR_NONE);

	if (!d)
		return no_memory(err);
	d->n[CAMPAIGN_PEOPLE] += n;
	return 0;
}

static int add_to(struct campaign_sums *s, uint64_t campaign, enum campaign_group by,
    int64_t number, struct str name, const struct campaign_counted *x, int64_t n, struct err *err)
{
	struct delta *d = delta_of(s, campaign, by, number, name);

	if (!d)
		return no_memory(err);
	d->n[CAMPAIGN_PEOPLE] += n;
	if (by == BY_RULE || by == BY_ERROR)
		return 0;
	d->n[x->figure] += n;
	d->n[CAMPAIGN_OPT_OUTS] += x->marks & CAMPAIGN_MARK_OPT_OUT ? n : 0;
	d->n[CAMPAIGN_CLICKS] += x->marks & CAMPAIGN_MARK_CLICK ? n : 0;
	if (!campaign && n > 0 && x->used_at != TIME_NONE && x->used_at > d->used_at)
		d->used_at = x->used_at;
	return 0;
}

/* A row that is of no wave bears 0 as its variant, which is the place of the first template. */
static int64_t template_of(const struct campaign_counted *x)
{
	return x->wave > 0 ? x->variant : CAMPAIGN_NO_TEMPLATE;
}

int campaign_sums_add(
    struct campaign_sums *s, const struct campaign_counted *x, int64_t n, struct err *err)
{
	const struct {
		bool counts;
		uint64_t campaign;
		enum campaign_group by;
		int64_t number;
		struct str name;
	} groups[] = {
		{ true, x->campaign, CAMPAIGN_ALL, 0, STR_NONE },
		{ true, x->campaign, BY_TEMPLATE, template_of(x), STR_NONE },
		{ true, x->campaign, BY_SEGMENT, 0, x->segment },
		{ true, x->campaign, BY_SOURCE, 0, x->source },
		{ true, x->campaign, BY_WAVE, x->wave, STR_NONE },
		{ x->figure == CAMPAIGN_REFUSED && x->rule.p, x->campaign, BY_RULE, 0, x->rule },
		{ x->code != 0, x->campaign, BY_ERROR, x->code, STR_NONE },
		{ x->source.p, 0, BY_SOURCE, 0, x->source },
	};
	int r = 0;

	ASSERT(x->figure > CAMPAIGN_PEOPLE && x->figure <= CAMPAIGN_NOT_SENT);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(groups); i++) {
		if (groups[i].counts)
			r = add_to(s, groups[i].campaign, groups[i].by, groups[i].number,
			    groups[i].name, x, n, err);
	}
	return r;
}

int campaign_sums_moved(struct campaign_sums *s, uint64_t decision, struct err *err)
{
	char bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (char)(decision >> (56 - 8 * i));
	buf_add(&s->moved, str_n(bytes, sizeof(bytes)));
	if (!s->moved.failed)
		return 0;
	buf_reset(&s->moved);
	return no_memory(err);
}

/* --- writing ---------------------------------------------------------------------------------- */

static int write_fate(struct store_conn *c, const struct delta *d, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO campaign_fate (campaign, fate, people) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (campaign, fate) DO UPDATE SET people = campaign_fate.people + excluded.people",
	    "iii", (int64_t)d->campaign, d->number, d->n[CAMPAIGN_PEOPLE]);
}

static int write_sum(struct store_conn *c, const struct delta *d, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "INSERT INTO campaign_sum (campaign, kind, name, number, used_at, people, waiting, under_way,"
	    " unknown, refused, sent, delivered, was_read, failed, not_sent, opt_outs, clicks)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17)"
	    " ON CONFLICT (campaign, kind, name, number) DO UPDATE SET"
	    " used_at = CASE WHEN excluded.used_at > campaign_sum.used_at THEN excluded.used_at"
	    " ELSE campaign_sum.used_at END,"
	    " people = campaign_sum.people + excluded.people,"
	    " waiting = campaign_sum.waiting + excluded.waiting,"
	    " under_way = campaign_sum.under_way + excluded.under_way,"
	    " unknown = campaign_sum.unknown + excluded.unknown,"
	    " refused = campaign_sum.refused + excluded.refused,"
	    " sent = campaign_sum.sent + excluded.sent,"
	    " delivered = campaign_sum.delivered + excluded.delivered,"
	    " was_read = campaign_sum.was_read + excluded.was_read,"
	    " failed = campaign_sum.failed + excluded.failed,"
	    " not_sent = campaign_sum.not_sent + excluded.not_sent,"
	    " opt_outs = campaign_sum.opt_outs + excluded.opt_outs,"
	    " clicks = campaign_sum.clicks + excluded.clicks",
	    "iitii", (int64_t)d->campaign, d->by, str_n(d->name, d->name_len), d->number,
	    d->used_at);

	if (r < 0)
		return r;
	for (int i = 0; i < CAMPAIGN_FIGURES; i++)
		store_bind_int(s, 6 + i, d->n[i]);
	return store_run(s, err);
}

static bool says_nothing(const struct delta *d)
{
	for (int i = 0; i < CAMPAIGN_FIGURES; i++) {
		if (d->n[i])
			return false;
	}
	return d->used_at == 0;
}

static int write_moved(struct campaign_sums *s, struct store_conn *c, struct err *err)
{
	if (!s->moved.len)
		return 0;
	return store_do(c, err,
	    "INSERT INTO campaign_moved (id, decisions) SELECT coalesce(max(id), 0) + 1, ?1"
	    " FROM campaign_moved",
	    "b", buf_str(&s->moved));
}

int campaign_sums_write(struct campaign_sums *s, struct store_conn *c, struct err *err)
{
	int r = write_moved(s, c, err);

	for (const struct delta *d = s->first; r == 0 && d; d = d->next) {
		if (!says_nothing(d))
			r = d->by == BY_FATE ? write_fate(c, d, err) : write_sum(c, d, err);
	}
	if (r == 0)
		campaign_sums_undo(s);
	return r;
}

/* --- reading ---------------------------------------------------------------------------------- */

static int take(struct store_stmt *s, struct arena *a, struct campaign_sum *ret, struct err *err)
{
	time_ms used = store_col_int(s, 2);

	*ret = (struct campaign_sum){
		.name = STR_NONE, .number = store_col_int(s, 1), .used_at = used ? used : TIME_NONE
	};
	for (int i = 0; i < CAMPAIGN_FIGURES; i++)
		ret->n[i] = store_col_int(s, 3 + i);
	if (store_col_text(s, 0).len && store_copy_text(s, 0, a, &ret->name) < 0)
		return no_memory(err);
	return 0;
}

static void add_delta(struct campaign_sum *x, const struct delta *d)
{
	for (int i = 0; i < CAMPAIGN_FIGURES; i++)
		x->n[i] += d->n[i];
	if (d->used_at && (x->used_at == TIME_NONE || d->used_at > x->used_at))
		x->used_at = d->used_at;
}

static struct str text_of(struct str name)
{
	return name.p ? name : STR("");
}

static bool is_of(const struct delta *d, const struct campaign_asked *ask)
{
	return d->campaign == ask->campaign && d->by == (int64_t)ask->by;
}

/* Rows do not go from one group to another while they wait to be counted anew, but an error may be the
 * first of its code. */
static void overlay(const struct campaign_sums *live, const struct campaign_asked *ask,
    struct campaign_sum *list, size_t *len)
{
	for (const struct delta *d = live->first; d; d = d->next) {
		size_t i = 0;
		if (!is_of(d, ask) || says_nothing(d))
			continue;
		while (i < *len &&
		    (list[i].number != d->number ||
			!str_eq(text_of(list[i].name), str_n(d->name, d->name_len))))
			i++;
		if (i == *len && (ask->by != BY_ERROR || *len == ask->limit))
			continue;
		if (i == *len)
			list[(*len)++] = (struct campaign_sum){
				.name = STR_NONE, .number = d->number, .used_at = TIME_NONE
			};
		add_delta(&list[i], d);
	}
}

static void drop_empty(struct campaign_sum *list, size_t *len)
{
	size_t n = 0;

	for (size_t i = 0; i < *len; i++) {
		if (list[i].n[CAMPAIGN_PEOPLE] > 0)
			list[n++] = list[i];
	}
	*len = n;
}

int campaign_sum_by_name(const void *a, const void *b)
{
	const struct campaign_sum *x = a, *y = b;
	struct str left = text_of(x->name), right = text_of(y->name);
	size_t n = left.len < right.len ? left.len : right.len;
	int c = n ? memcmp(left.p, right.p, n) : 0;

	if (c == 0)
		c = (left.len > right.len) - (left.len < right.len);
	return c ? c : (x->number > y->number) - (x->number < y->number);
}

static bool is_behind(const struct delta *d, struct str after)
{
	const struct campaign_sum x = { .name = str_n(d->name, d->name_len) };
	const struct campaign_sum y = { .name = after };

	return !after.p || campaign_sum_by_name(&x, &y) > 0;
}

static int read_memory(const struct campaign_sums *live, const struct campaign_asked *ask,
    struct arena *a, struct campaign_sum **ret, size_t *ret_len, struct err *err)
{
	struct campaign_sum *list = ARENA_ARRAY(a, struct campaign_sum, map_len(live->by_key) + 1);
	size_t n = 0;

	for (const struct delta *d = live->first; list && d; d = d->next) {
		if (!is_of(d, ask) || d->n[CAMPAIGN_PEOPLE] <= 0 || !is_behind(d, ask->after))
			continue;
		list[n] = (struct campaign_sum){
			.name = STR_NONE, .number = d->number, .used_at = TIME_NONE
		};
		if (d->name_len) {
			list[n].name = arena_str(a, str_n(d->name, d->name_len));
			if (!list[n].name.p)
				return no_memory(err);
		}
		add_delta(&list[n++], d);
	}
	if (!list)
		return no_memory(err);
	qsort(list, n, sizeof(*list), campaign_sum_by_name);
	*ret = list;
	*ret_len = n < ask->limit ? n : ask->limit;
	return 0;
}

int campaign_sums_read(struct store_conn *c, const struct campaign_sums *live,
    const struct campaign_asked *ask, struct arena *a, struct campaign_sum **ret, size_t *ret_len,
    struct err *err)
{
	struct campaign_sum *list = ARENA_ARRAY(a, struct campaign_sum, ask->limit);
	struct store_stmt *s;
	size_t n = 0;

	if (!c)
		return read_memory(live, ask, a, ret, ret_len, err);
	int r = !list
	    ? no_memory(err)
	    : store_ask(c, &s, err,
		  "SELECT name, number, used_at, people, waiting, under_way, unknown, refused, sent,"
		  " delivered, was_read, failed, not_sent, opt_outs, clicks FROM campaign_sum"
		  " WHERE campaign = ?1 AND kind = ?2 AND name >= ?3 AND (?4 = 0 OR name > ?3)"
		  " AND people > 0 ORDER BY name, number LIMIT ?5",
		  "iitii", (int64_t)ask->campaign, (int64_t)ask->by, text_of(ask->after),
		  (int64_t)(ask->after.p != NULL), (int64_t)ask->limit);

	if (r < 0)
		return r;
	while (n < ask->limit && (r = store_step(s, err)) > 0) {
		r = take(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	if (live)
		overlay(live, ask, list, &n);
	drop_empty(list, &n);
	*ret = list;
	*ret_len = n;
	return 0;
}
