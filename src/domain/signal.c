/* A tally is one scope in one hour, found by the bytes of both. All of them go with each write, so
 * memory holds what one second touched. What the transaction at hand counted is kept beside the
 * whole, so that one that is undone takes its own back and nothing else. */
#include "domain/signal.h"

#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500

struct tally {
	struct tally *next;
	enum signal_scope scope;
	struct signal_counts counts; /* with `open` */
	struct signal_counts open;   /* of the transaction at hand */
	struct tally *next_open;
	bool is_open;
	size_t key_len;
	char key[]; /* scope, hour, id */
};

#define KEY_HEAD (1 + sizeof(int64_t))

struct signals {
	struct map *by_key;
	struct tally *first;
	struct tally *first_open;
	bool written; /* by the transaction at hand: gone, unless that is undone */
};

static const char *const scope_names[] = {
	[SIGNAL_OF_NUMBER] = "number",
	[SIGNAL_OF_TEMPLATE] = "template",
	[SIGNAL_OF_APP] = "app",
	[SIGNAL_OF_CAMPAIGN] = "campaign",
};

const char *signal_scope_name(enum signal_scope s)
{
	return scope_names[s];
}

int signal_scope_parse(struct str word, enum signal_scope *ret)
{
	for (size_t i = 1; i < ARRAY_LEN(scope_names); i++) {
		if (str_eq_c(word, scope_names[i])) {
			*ret = (enum signal_scope)i;
			return 0;
		}
	}
	return -E_INVALID;
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while counting signals.");
}

static int64_t hour_of(time_ms at)
{
	return at / MS_PER_HOUR;
}

static struct str key_of(const struct tally *t)
{
	return str_n(t->key, t->key_len);
}

static struct str id_of(const struct tally *t)
{
	return str_n(t->key + KEY_HEAD, t->key_len - KEY_HEAD);
}

static int64_t hour_in(const struct tally *t)
{
	int64_t hour;

	memcpy(&hour, t->key + 1, sizeof(hour));
	return hour;
}

/* --- in memory ------------------------------------------------------------------------------------ */

int signals_new(struct signals **ret, struct err *err)
{
	struct signals *s = mem_alloc(sizeof(*s));

	if (s)
		s->by_key = map_new();
	if (!s || !s->by_key) {
		mem_free(s);
		return no_memory(err);
	}
	*ret = s;
	return 0;
}

static void drop_all(struct signals *s)
{
	s->first_open = NULL;
	s->written = false;
	while (s->first) {
		struct tally *t = s->first;
		s->first = t->next;
		(void)map_take(s->by_key, key_of(t));
		mem_free(t);
	}
}

void signals_free(struct signals **ps)
{
	if (!*ps)
		return;
	drop_all(*ps);
	map_free(&(*ps)->by_key);
	MEM_FREE(ps);
}

/* NULL when memory ran out. */
static struct tally *add_tally(struct signals *s, enum signal_scope scope, struct str key)
{
	struct tally *t = mem_alloc(sizeof(*t) + key.len);

	if (!t)
		return NULL;
	*t = (struct tally){ .scope = scope, .key_len = key.len };
	memcpy(t->key, key.p, key.len);
	if (map_put(s->by_key, key, t) < 0) {
		mem_free(t);
		return NULL;
	}
	t->next = s->first;
	s->first = t;
	return t;
}

static void close_tally(struct tally *t)
{
	t->open = (struct signal_counts){ 0 };
	t->is_open = false;
}

static void open_tally(struct signals *s, struct tally *t)
{
	if (t->is_open)
		return;
	t->is_open = true;
	t->next_open = s->first_open;
	s->first_open = t;
}

void signals_committed(struct signals *s)
{
	if (s->written) {
		drop_all(s);
		return;
	}
	for (struct tally *t = s->first_open; t; t = t->next_open)
		close_tally(t);
	s->first_open = NULL;
}

void signals_undo(struct signals *s)
{
	for (struct tally *t = s->first_open; t; t = t->next_open) {
		for (int i = 0; i < SIGNALS; i++)
			t->counts.n[i] -= t->open.n[i];
		close_tally(t);
	}
	s->first_open = NULL;
	s->written = false;
}

int signals_count(struct signals *s, enum signal_scope scope, struct str id, unsigned bits,
    time_ms at, struct err *err)
{
	char bytes[KEY_HEAD + SIGNAL_ID_MAX];
	int64_t hour = hour_of(at);
	struct str key = str_n(bytes, KEY_HEAD + id.len);

	if (id.len == 0 || id.len > SIGNAL_ID_MAX || at < 0)
		return 0;
	if (s->written)
		drop_all(s);
	bytes[0] = (char)scope;
	memcpy(bytes + 1, &hour, sizeof(hour));
	memcpy(bytes + KEY_HEAD, id.p, id.len);
	struct tally *t = map_get(s->by_key, key);
	if (!t)
		t = add_tally(s, scope, key);
	if (!t)
		return no_memory(err);
	open_tally(s, t);
	for (int i = 0; i < SIGNALS; i++) {
		t->counts.n[i] += bits >> i & 1;
		t->open.n[i] += bits >> i & 1;
	}
	return 0;
}

int signals_count_send(
    struct signals *s, const struct signal_send *send, unsigned bits, time_ms at, struct err *err)
{
	char text[SIGNAL_ID_MAX + 1];
	int r = signals_count(s, SIGNAL_OF_NUMBER, send->number, bits, at, err);

	if (r == 0)
		r = signals_count(s, SIGNAL_OF_APP, send->app, bits, at, err);
	if (r == 0)
		r = signals_count(s, SIGNAL_OF_CAMPAIGN, send->campaign, bits, at, err);
	if (r < 0 || send->tpl.len == 0 || send->waba.len + 1 + send->tpl.len > SIGNAL_ID_MAX)
		return r;
	memcpy(text, send->waba.p, send->waba.len);
	text[send->waba.len] = '/';
	memcpy(text + send->waba.len + 1, send->tpl.p, send->tpl.len);
	return signals_count(
	    s, SIGNAL_OF_TEMPLATE, str_n(text, send->waba.len + 1 + send->tpl.len), bits, at, err);
}

unsigned signals_of_error(int64_t code)
{
	/* The codes that the pack's signals are named after (platform facts 12); any other is a
	 * failure like all. */
	static const struct {
		int64_t code;
		unsigned bits;
	} rows[] = {
		{ 131026, SIGNAL_BIT(SIGNAL_UNDELIVERABLE) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131048, SIGNAL_BIT(SIGNAL_SPAM) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131049, SIGNAL_BIT(SIGNAL_CAPPED) },
		{ 130472, SIGNAL_BIT(SIGNAL_CAPPED) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131050, SIGNAL_BIT(SIGNAL_OPT_OUT) | SIGNAL_BIT(SIGNAL_FAILED) },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].code == code)
			return rows[i].bits;
	}
	return SIGNAL_BIT(SIGNAL_FAILED);
}

bool signals_waiting(const struct signals *s)
{
	return s->first && !s->written;
}

/* --- in the store --------------------------------------------------------------------------------- */

static int write_tally(const struct tally *t, struct store_conn *c, struct err *err)
{
	int r = 0;

	for (int i = 0; r == 0 && i < SIGNALS; i++) {
		if (t->counts.n[i] == 0)
			continue;
		r = store_do(c, err,
		    "INSERT INTO signal_hour (scope, id, hour, what, n) VALUES (?1, ?2, ?3, ?4, ?5)"
		    " ON CONFLICT (scope, id, hour, what) DO UPDATE SET n = signal_hour.n + excluded.n",
		    "itiii", (int64_t)t->scope, id_of(t), hour_in(t), (int64_t)i, t->counts.n[i]);
	}
	return r;
}

int signals_write(struct signals *s, struct store_conn *c,
    int (*changed)(void *ctx, enum signal_scope scope, struct str id, struct err *err), void *ctx,
    struct err *err)
{
	int r = 0;

	if (s->written)
		drop_all(s);
	for (const struct tally *t = s->first; r == 0 && t; t = t->next)
		r = write_tally(t, c, err);
	for (const struct tally *t = s->first; r == 0 && t; t = t->next)
		r = changed(ctx, t->scope, id_of(t), err);
	s->written = r == 0;
	return r;
}

int signals_sum(struct store_conn *c, enum signal_scope scope, struct str id, time_ms after,
    time_ms until, struct signal_counts *ret, struct err *err)
{
	struct signal_counts sum = { 0 };
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT what, n FROM signal_hour WHERE scope = ?1 AND id = ?2 AND hour > ?3 AND hour <= ?4",
	    "itii", (int64_t)scope, id, hour_of(after), hour_of(until));

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		int64_t what = store_col_int(s, 0);
		if (what >= 0 && what < SIGNALS)
			sum.n[what] += store_col_int(s, 1);
	}
	if (r == 0)
		*ret = sum;
	return r;
}

#define DAY_HOURS 24
#define WEEK_HOURS (7 * DAY_HOURS)

static int read_hours(
    struct store_stmt *s, int64_t first, int64_t hours[WEEK_HOURS], struct err *err)
{
	int r;

	while ((r = store_step(s, err)) > 0) {
		int64_t at = store_col_int(s, 0) - first;
		if (at >= 0 && at < WEEK_HOURS)
			hours[at] = store_col_int(s, 1);
	}
	store_reset(s);
	return r;
}

int signals_busiest_day(struct store_conn *c, enum signal_scope scope, struct str id,
    enum signal what, time_ms now, int64_t *ret, struct err *err)
{
	int64_t hours[WEEK_HOURS] = { 0 }, first = hour_of(now) - WEEK_HOURS + 1, day = 0, most = 0;
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT hour, n FROM signal_hour WHERE scope = ?1 AND id = ?2 AND what = ?3"
	    " AND hour >= ?4 AND hour <= ?5",
	    "itiii", (int64_t)scope, id, (int64_t)what, first, hour_of(now));

	if (r == 0)
		r = read_hours(s, first, hours, err);
	if (r < 0)
		return r;
	for (int i = 0; i < WEEK_HOURS; i++) {
		day += hours[i] - (i >= DAY_HOURS ? hours[i - DAY_HOURS] : 0);
		most = day > most ? day : most;
	}
	*ret = most;
	return 0;
}

int signals_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM signal_hour WHERE (scope, id, hour, what) IN (SELECT scope, id, hour, what"
	    " FROM signal_hour WHERE hour < ?1 LIMIT ?2)",
	    "ii", hour_of(before), (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}
