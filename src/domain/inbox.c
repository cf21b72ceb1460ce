#include "domain/inbox.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/arena.h"
#include "domain/seen.h"
#include "store/query.h"

#define PURGE_AT_ONCE 1000
#define APP_MAX 64

static struct str seal_context(const char *kind, uint64_t id, char out[40])
{
	int n = snprintf(out, 40, "%s:%" PRIu64, kind, id);

	return str_n(out, (size_t)n);
}

static struct str post_context(const struct inbox_post *p, char out[96])
{
	int n = snprintf(out, 96, "inbox:%lld:%.*s", (long long)p->at, STR_ARG(p->waba));

	return str_n(out, n < 0 || n >= 96 ? 95 : (size_t)n);
}

int inbox_seal(
    const struct seal_key *key, const struct inbox_post *p, struct str raw_body, struct buf *ret)
{
	char context[96];

	return seal(key, post_context(p, context), raw_body, ret);
}

int inbox_unseal(const struct seal_key *key, const struct inbox_post *p, struct arena *a,
    struct str *ret, struct err *err)
{
	char context[96];
	struct buf clear;

	buf_init(&clear, 0);
	int r = unseal(key, post_context(p, context), p->sealed, &clear, err);
	if (r == 0) {
		*ret = arena_str(a, buf_str(&clear));
		r = ret->p ? 0 : err_set(err, E_NOMEM, "Memory ran out.");
	}
	buf_done(&clear);
	return r;
}

int inbox_add(struct store_conn *c, uint64_t id, const struct inbox_post *p, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO inbox (id, at, waba, fields, facts, body) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    "imttib", (int64_t)id, p->at, p->waba, p->fields, p->facts, p->sealed);
}

int inbox_quarantine(struct store_conn *c, uint64_t id, const struct inbox_post *p, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO quarantine (id, at, kind, scope, body) VALUES (?1, ?2, 'webhook', ?3, ?4)",
	    "imtb", (int64_t)id, p->at, p->waba.p ? p->waba : STR(""), p->sealed);
}

int forward_add(struct store_conn *c, const struct seal_key *key, uint64_t id, struct str app,
    struct str body, time_ms now, struct err *err)
{
	char context[40];
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = seal(key, seal_context("forward", id, context), body, &sealed);
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO forward (id, app, created_at, due_at, attempts, body)"
		    " VALUES (?1, ?2, ?3, ?3, 0, ?4)",
		    "itmb", (int64_t)id, app, now, buf_str(&sealed));
	else
		(void)err_set(err, E_NOMEM, "The event could not be sealed.");
	buf_done(&sealed);
	return r;
}

static int read_forward(struct store_stmt *s, const struct seal_key *key, struct arena *a,
    struct forward_entry *ret, struct err *err)
{
	char context[40];
	struct buf clear;

	*ret = (struct forward_entry){
		.id = (uint64_t)store_col_int(s, 0),
		.app = arena_str(a, store_col_text(s, 1)),
		.created_at = store_col_time(s, 2),
		.due_at = store_col_time(s, 3),
		.attempts = store_col_int(s, 4),
	};
	buf_init(&clear, 0);
	int r = unseal(
	    key, seal_context("forward", ret->id, context), store_col_blob(s, 5), &clear, err);
	if (r == 0) {
		ret->body = arena_str(a, buf_str(&clear));
		if (!ret->app.p || !ret->body.p)
			r = err_set(
			    err, E_NOMEM, "Memory ran out while reading what waits for apps.");
	}
	buf_done(&clear);
	return r;
}

int forward_due(struct store_conn *c, const struct seal_key *key, const struct forward_ask *ask,
    time_ms now, struct arena *a, struct forward_entry **ret, size_t *ret_len, struct err *err)
{
	struct forward_entry *list = ARENA_ARRAY(a, struct forward_entry, ask->limit);
	struct store_stmt *s;
	size_t n = 0, bytes = 0;

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while reading what waits for apps.");
	int r = store_ask(c, &s, err,
	    "SELECT id, app, created_at, due_at, attempts, body FROM forward WHERE app = ?1"
	    " ORDER BY id LIMIT ?2",
	    "ti", ask->app, (int64_t)ask->limit);
	if (r < 0)
		return r;
	while (n < ask->limit && bytes < ask->max_bytes && (r = store_step(s, err)) > 0) {
		if (store_col_time(s, 3) > now)
			break;
		r = read_forward(s, key, a, &list[n], err);
		if (r == -E_CRYPTO) {
			r = 0;
			n += n == 0;
			break;
		}
		if (r < 0)
			break;
		bytes += list[n++].body.len;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int forward_done(struct store_conn *c, uint64_t id, struct err *err)
{
	return store_do(c, err, "DELETE FROM forward WHERE id = ?1", "i", (int64_t)id);
}

int forward_retry(struct store_conn *c, uint64_t id, time_ms due_at, int status, struct err *err)
{
	return store_do(c, err,
	    "UPDATE forward SET due_at = ?2, attempts = attempts + 1, last_status = ?3 WHERE id = ?1",
	    "imi", (int64_t)id, due_at, (int64_t)status);
}

/* --- events that no app will hear ------------------------------------------------------------- */

int forward_lost(struct store_conn *c, struct id_gen *ids, const struct forward_loss *l,
    time_ms now, struct err *err)
{
	char first[ID_TEXT_MAX], detail[100];

	id_format("evt", l->first, first);
	(void)snprintf(detail, sizeof(detail), "count=%" PRId64 " first=%s status=%d", l->count,
	    first, l->status);
	return alarm_add(
	    c, id_next(ids, now), STR("forward.given_up"), l->app, str_c(detail), now, err);
}

/* 1 and the oldest event that is older than `before`; 0 there is none. */
static int oldest_forward(struct store_conn *c, time_ms before, char ret_app[APP_MAX],
    struct forward_loss *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT id, app, last_status FROM forward WHERE id < ?1 ORDER BY id LIMIT 1", "i",
	    (int64_t)id_first_at(before));

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && str_to_c(store_col_text(s, 1), ret_app, APP_MAX) < 0)
		r = err_set(err, E_STORE, "An event on record is for an app that is none.");
	if (r > 0)
		*ret = (struct forward_loss){ .app = str_c(ret_app),
			.first = (uint64_t)store_col_int(s, 0),
			.status = (int)store_col_int(s, 2) };
	store_reset(s);
	return r;
}

int forward_purge(struct store_conn *c, struct id_gen *ids, time_ms before, time_ms now,
    int64_t *ret_count, struct err *err)
{
	struct forward_loss loss;
	char app[APP_MAX];
	int r = oldest_forward(c, before, app, &loss, err);

	if (r <= 0) {
		*ret_count = 0;
		return r;
	}
	r = store_do(c, err,
	    "DELETE FROM forward WHERE id IN"
	    " (SELECT id FROM forward WHERE app = ?1 AND id < ?2 ORDER BY id LIMIT ?3)",
	    "tii", loss.app, (int64_t)id_first_at(before), (int64_t)PURGE_AT_ONCE);
	loss.count = store_changes(c);
	if (r == 0)
		r = forward_lost(c, ids, &loss, now, err);
	if (r < 0)
		return r;
	*ret_count = loss.count;
	return 1;
}

int forward_quarantine(
    struct store_conn *c, struct id_gen *ids, uint64_t id, time_ms now, struct err *err)
{
	char detail[ID_TEXT_MAX];
	int r = store_do(c, err,
	    "INSERT INTO quarantine (id, at, kind, scope, body)"
	    " SELECT id, ?2, 'forward', app, body FROM forward WHERE id = ?1",
	    "im", (int64_t)id, now);

	id_format("evt", id, detail);
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO alarm (id, at, kind, scope, detail)"
		    " SELECT ?2, ?3, 'forward.unreadable', app, ?4 FROM forward WHERE id = ?1",
		    "iimt", (int64_t)id, (int64_t)id_next(ids, now), now, str_c(detail));
	return r < 0 ? r : forward_done(c, id, err);
}

/* --- counting --------------------------------------------------------------------------------- */

int forward_count(struct store_conn *c, struct str app, int64_t *ret, struct err *err)
{
	int r = store_ask_int(
	    c, ret, err, "SELECT count(*) FROM forward WHERE app = coalesce(?1, app)", "t", app);

	return r < 0 ? r : 0;
}

int media_add(struct store_conn *c, struct str id, struct str waba, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO media (id, waba, at) VALUES (?1, ?2, ?3) ON CONFLICT (id) DO NOTHING",
	    "ttm", id, waba, now);
}

int media_waba(
    struct store_conn *c, struct str id, struct arena *a, struct str *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT waba FROM media WHERE id = ?1", "t", id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && store_copy_text(s, 0, a, ret) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out while looking a media id up.");
	store_reset(s);
	return r;
}

int alarm_add(struct store_conn *c, uint64_t id, struct str kind, struct str scope,
    struct str detail, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO alarm (id, at, kind, scope, detail) VALUES (?1, ?2, ?3, ?4, ?5)", "imttt",
	    (int64_t)id, now, kind, scope, detail);
}

/* --- what has been kept long enough ----------------------------------------------------------- */

/* Whether a purge that stopped at its bound may have left something. */
static int maybe_more(struct store_conn *c, int r)
{
	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}

int inbox_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM inbox WHERE id IN (SELECT id FROM inbox WHERE id < ?1 ORDER BY id LIMIT ?2)",
	    "ii", (int64_t)id_first_at(before), (int64_t)PURGE_AT_ONCE);
	int more = maybe_more(c, r);

	if (more < 0)
		return more;
	r = seen_purge(c, before, err);
	return r < 0 ? r : more || r;
}

int media_purge(struct store_conn *c, time_ms before, struct err *err)
{
	return maybe_more(c,
	    store_do(c, err,
		"DELETE FROM media WHERE id IN"
		" (SELECT id FROM media WHERE at < ?1 ORDER BY at LIMIT ?2)",
		"mi", before, (int64_t)PURGE_AT_ONCE));
}

int alarm_purge(struct store_conn *c, time_ms before, struct err *err)
{
	return maybe_more(c,
	    store_do(c, err,
		"DELETE FROM alarm WHERE id IN (SELECT id FROM alarm WHERE id < ?1 ORDER BY id LIMIT ?2)",
		"ii", (int64_t)id_first_at(before), (int64_t)PURGE_AT_ONCE));
}

int quarantine_purge(struct store_conn *c, time_ms before, struct err *err)
{
	return maybe_more(c,
	    store_do(c, err,
		"DELETE FROM quarantine WHERE id IN"
		" (SELECT id FROM quarantine WHERE at < ?1 ORDER BY at LIMIT ?2)",
		"mi", before, (int64_t)PURGE_AT_ONCE));
}
