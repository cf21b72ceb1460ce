/* One row a place. next_at is the time of the next send in an even row of them; a send that comes late
 * may be followed by one early, but the row is never ahead of its time. */
#include "domain/resume.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/breaker.h"
#include "domain/inbox.h"
#include "store/query.h"

#define WATCH_MAX 200 /* places that one look goes through */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking at what begins again.");
}

int64_t resume_share(const struct pack_breaker *b, const struct resume *r)
{
	size_t last = b->resume_len - 1;

	if (b->resume_len == 0)
		return PPM;
	return b->resume_ppm[r->step<0 ? 0 : (uint64_t)r->step>(uint64_t) last ? last
									       : (size_t)r->step];
}

int64_t resume_a_day(const struct pack_breaker *b, const struct resume *r)
{
	int64_t n = r->a_day > b->min_delivered ? r->a_day : b->min_delivered;

	return n < FACTS_COUNT_MAX ? n : FACTS_COUNT_MAX;
}

int64_t resume_interval(const struct pack_breaker *b, const struct resume *r)
{
	int64_t allowed = resume_a_day(b, r) * resume_share(b, r);

	if (allowed <= 0) /* a part of nought: once a day is what there is room to say */
		return MS_PER_DAY;
	return (MS_PER_DAY * PPM + allowed - 1) / allowed;
}

/* --- the store ------------------------------------------------------------------------------------ */

/* Columns since, next_at, a_day, step from `from` on. */
static void take(struct store_stmt *s, int from, struct resume *ret)
{
	ret->since = store_col_time(s, from);
	ret->next_at = store_col_time(s, from + 1);
	ret->a_day = store_col_int(s, from + 2);
	ret->step = store_col_int(s, from + 3);
}

static int write_back(struct store_conn *c, const struct resume *r, struct err *err)
{
	return store_do(c, err,
	    "UPDATE resume SET since = ?3, next_at = ?4, step = ?5 WHERE scope = ?1 AND id = ?2",
	    "itmmi", (int64_t)r->scope, r->id, r->since, r->next_at, r->step);
}

int resume_prepare(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms now, struct err *err)
{
	int64_t a_day = 0;
	int r = signals_busiest_day(c, scope, id, SIGNAL_MARKETING_SENT, now, &a_day, err);

	if (r < 0)
		return r;
	/* What was paused while it was slow goes by what it sent before that. */
	return store_do(c, err,
	    "INSERT INTO resume (scope, id, a_day, step) VALUES (?1, ?2, ?3, 0)"
	    " ON CONFLICT (scope, id) DO UPDATE SET step = 0, since = NULL, next_at = NULL,"
	    " a_day = CASE WHEN resume.a_day > excluded.a_day THEN resume.a_day ELSE excluded.a_day END",
	    "iti", (int64_t)scope, id, a_day);
}

/* 1 while marketing of it is paused, whoever did it. */
static int is_paused(struct store_conn *c, const struct resume *r, time_ms now, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM pause WHERE scope = ?1 AND scope_id = ?2 AND purpose IN (?3, ?4)"
	    " AND (until_at IS NULL OR until_at > ?5)",
	    "ttiim", str_c(signal_scope_name(r->scope)), r->id, (int64_t)PURPOSE_MARKETING,
	    (int64_t)PURPOSE_ALL, now);
}

/* The step's part counts from now on. What the breaker found before the pause is forgotten with
 * the first: those who are judged anew are those who get what is sent now. */
static int begin(struct store_conn *c, const struct pack_breaker *b, time_ms now, struct resume *r,
    struct err *err)
{
	int rc = r->step == 0 ? breaker_reset(c, r->scope, r->id, now, err) : 0;

	r->since = now;
	r->next_at = now + resume_interval(b, r);
	return rc < 0 ? rc : write_back(c, r, err);
}

/* 1 and the row, as it is. */
static int read_one(struct store_conn *c, struct resume *r, struct err *err)
{
	struct store_stmt *s;
	int rc = store_ask(c, &s, err,
	    "SELECT since, next_at, a_day, step FROM resume WHERE scope = ?1 AND id = ?2", "it",
	    (int64_t)r->scope, r->id);

	if (rc < 0)
		return rc;
	rc = store_step(s, err);
	if (rc > 0)
		take(s, 0, r);
	store_reset(s);
	return rc;
}

int resume_begin(struct store_conn *c, const struct pack_breaker *b, enum signal_scope scope,
    struct str id, time_ms now, struct err *err)
{
	struct resume x = { .scope = scope, .id = id };
	int r = read_one(c, &x, err);

	if (r <= 0 || x.since != TIME_NONE)
		return r < 0 ? r : 0;
	r = is_paused(c, &x, now, err);
	return r != 0 ? (r < 0 ? r : 0) : begin(c, b, now, &x, err);
}

int resume_find(struct store_conn *c, const struct pack_breaker *b, enum signal_scope scope,
    struct str id, time_ms now, struct resume *ret, struct err *err)
{
	struct resume x = { .scope = scope, .id = id };
	int r = read_one(c, &x, err);

	if (r > 0 && x.since == TIME_NONE) {
		int paused = is_paused(c, &x, now, err);
		if (paused != 0)
			return paused < 0 ? paused : 0;
		x.since = now;
		x.next_at = now + resume_interval(b, &x);
	}
	if (r > 0)
		*ret = x;
	return r;
}

int resume_spend(struct store_conn *c, const struct pack_breaker *b, const struct resume *r,
    time_ms now, struct err *err)
{
	int64_t interval = resume_interval(b, r);
	struct resume x = *r;
	int rc = read_one(c, &x, err);

	if (rc <= 0)
		return rc;
	/* In observe mode the first send may go before anybody has begun the steps. */
	if (x.since == TIME_NONE)
		return begin(c, b, now, &x, err);
	if (x.next_at < now - interval)
		x.next_at = now - interval;
	x.next_at += interval;
	return write_back(c, &x, err);
}

int resume_end(struct store_conn *c, enum signal_scope scope, struct str id, struct err *err)
{
	int r = store_do(
	    c, err, "DELETE FROM resume WHERE scope = ?1 AND id = ?2", "it", (int64_t)scope, id);

	return r < 0 ? r : store_changes(c) > 0;
}

/* --- steps ---------------------------------------------------------------------------------------- */

static int read_rows(struct store_stmt *s, struct arena *a, size_t limit, struct resume *items,
    size_t *ret_len, struct err *err)
{
	size_t n = 0;
	int r;

	while ((r = store_step(s, err)) > 0 && n < limit) {
		struct resume *x = &items[n++];
		*x = (struct resume){ .scope = (enum signal_scope)store_col_int(s, 0) };
		take(s, 2, x);
		if (store_copy_text(s, 1, a, &x->id) < 0) {
			r = no_memory(err);
			break;
		}
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

/* With `begun` false those that wait for the end of their pause, too. */
static int rows(struct store_conn *c, bool begun, size_t limit, struct arena *a,
    struct resume **ret, size_t *ret_len, struct err *err)
{
	struct resume *items = ARENA_ARRAY(a, struct resume, limit);
	struct store_stmt *s;

	*ret_len = 0;
	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT scope, id, since, next_at, a_day, step FROM resume WHERE scope BETWEEN 1 AND ?1"
	    " AND (?2 = 0 OR since IS NOT NULL) ORDER BY scope, id LIMIT ?3",
	    "iii", (int64_t)SIGNAL_SCOPES, (int64_t)begun, (int64_t)limit);
	if (r == 0)
		r = read_rows(s, a, limit, items, ret_len, err);
	if (r == 0)
		*ret = items;
	return r;
}

int resume_list(struct store_conn *c, size_t limit, struct arena *a, struct resume **ret,
    size_t *ret_len, struct err *err)
{
	return rows(c, true, limit, a, ret, ret_len, err);
}

struct watch {
	struct store_conn *c;
	const struct pack_breaker *b;
	struct id_gen *ids;
	time_ms now;
	bool changed;
};

/* 1 while one of its signals is at "warn" or above. */
static int is_warned(struct watch *w, const struct resume *r, struct err *err)
{
	int64_t one;

	return store_ask_int(w->c, &one, err,
	    "SELECT 1 FROM breaker WHERE scope = ?1 AND id = ?2 AND signal <> '' AND level >= ?3",
	    "iti", (int64_t)r->scope, r->id, (int64_t)BREAKER_WARN);
}

static int end_steps(struct watch *w, const struct resume *r, struct err *err)
{
	char scope[SIGNAL_ID_MAX + 16];
	int rc = resume_end(w->c, r->scope, r->id, err);

	if (rc < 0)
		return rc;
	w->changed = true;
	(void)snprintf(
	    scope, sizeof(scope), "%s:%.*s", signal_scope_name(r->scope), STR_ARG(r->id));
	return alarm_add(w->c, id_next(w->ids, w->now), STR("breaker.resumed"), str_c(scope),
	    STR("{}"), w->now, err);
}

static int step_on(struct watch *w, struct resume *r, struct err *err)
{
	r->step++;
	if (r->step >= (int64_t)w->b->resume_len)
		return end_steps(w, r, err);
	return begin(w->c, w->b, w->now, r, err);
}

/* Whoever pauses it by hand stops its steps, too. */
static int look(struct watch *w, struct resume *r, struct err *err)
{
	int paused = is_paused(w->c, r, w->now, err);

	if (paused < 0)
		return paused;
	if (r->since == TIME_NONE)
		return paused ? 0 : begin(w->c, w->b, w->now, r, err);
	int warned = paused ? 0 : is_warned(w, r, err);
	if (warned < 0)
		return warned;
	if (paused || warned) {
		r->since = paused ? TIME_NONE : w->now;
		return write_back(w->c, r, err);
	}
	return w->now - r->since >= w->b->resume_step_ms ? step_on(w, r, err) : 0;
}

int resume_watch(struct store_conn *c, const struct pack_breaker *b, struct id_gen *ids,
    time_ms now, bool *ret_changed, struct err *err)
{
	struct watch w = { .c = c, .b = b, .ids = ids, .now = now };
	struct arena *a = arena_new(0, 0);
	struct resume *items = NULL;
	size_t n = 0;
	int r = a ? rows(c, false, WATCH_MAX, a, &items, &n, err) : no_memory(err);

	for (size_t i = 0; r == 0 && i < n; i++)
		r = look(&w, &items[i], err);
	arena_free(&a);
	if (r == 0)
		*ret_changed = w.changed;
	return r;
}
