#include "domain/delivery.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/json.h"
#include "base/lang.h"
#include "domain/inbox.h"
#include "store/query.h"

#define PURGE_AT_ONCE 1000

static const char *const outcomes[] = {
	[DELIVERY_DONE] = "delivered",
	[DELIVERY_RETRY] = "failed",
	[DELIVERY_GIVEN_UP] = "given_up",
};

const char *delivery_outcome_name(enum delivery_outcome o)
{
	return o >= DELIVERY_DONE && o <= DELIVERY_GIVEN_UP ? outcomes[o] : "?";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading deliveries.");
}

static struct str context(const char *what, uint64_t id, char out[48])
{
	int n = snprintf(out, 48, "delivery:%" PRIu64 ":%s", id, what);

	return str_n(out, n < 0 ? 0 : (size_t)n);
}

/* p NULL seals nothing: an empty buffer. */
static int seal_text(const struct seal_key *key, const char *what, uint64_t id, struct str text,
    struct buf *out, struct err *err)
{
	char name[48];

	buf_init(out, 0);
	if (!text.p || seal(key, context(what, id, name), text, out) == 0)
		return 0;
	return err_set(err, E_NOMEM, "A delivery could not be sealed.");
}

static struct str sealed(const struct buf *b)
{
	return b->len ? buf_str(b) : STR_NONE;
}

int delivery_seal(const struct seal_key *key, const struct delivery_row *row,
    struct delivery_sealed *ret, struct err *err)
{
	struct str answer = str_sub(row->answer, 0, DELIVERY_ANSWER_MAX);
	int r = seal_text(key, "request", row->id, row->request, &ret->request, err);
	int r2 = seal_text(key, "answer", row->id, answer, &ret->answer, err);

	return r < 0 ? r : r2;
}

void delivery_sealed_done(struct delivery_sealed *s)
{
	buf_done(&s->request);
	buf_done(&s->answer);
}

int delivery_add(struct store_conn *c, const struct delivery_row *row,
    const struct delivery_sealed *texts, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO delivery (id, app, at, events, attempt, status, took_ms, outcome, body,"
	    " answer) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
	    "itmiiiiibb", (int64_t)row->id, row->app, row->at, row->events, row->attempt,
	    row->status, row->took_ms, (int64_t)row->outcome, sealed(&texts->request),
	    sealed(&texts->answer));
}

/* --- reading ---------------------------------------------------------------------------------- */

#define COLUMNS "SELECT id, app, at, events, attempt, status, took_ms, outcome, body IS NOT NULL"

static int read_row(
    struct store_stmt *s, struct arena *a, struct delivery_row *ret, struct err *err)
{
	*ret = (struct delivery_row){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_int(s, 2),
		.events = store_col_int(s, 3),
		.attempt = store_col_int(s, 4),
		.status = store_col_int(s, 5),
		.took_ms = store_col_int(s, 6),
		.outcome = store_col_is_up_to(s, 7, DELIVERY_GIVEN_UP)
		    ? (enum delivery_outcome)store_col_int(s, 7)
		    : DELIVERY_RETRY,
		.kept = store_col_int(s, 8) != 0,
	};
	return store_copy_text(s, 1, a, &ret->app) < 0 ? no_memory(err) : 1;
}

int delivery_list(struct store_conn *c, const struct delivery_filter *f, struct arena *a,
    struct delivery_row **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct delivery_row *list = ARENA_ARRAY(a, struct delivery_row, f->limit + 1);
	struct store_stmt *s = NULL;
	size_t n = 0;
	int64_t before = f->before ? (int64_t)f->before : INT64_MAX;
	int64_t most = (int64_t)f->limit + 1;
	int r = !list ? no_memory(err)
	    : f->app.p && f->failed
	    ? store_ask(c, &s, err,
		  COLUMNS " FROM delivery WHERE app = ?1 AND outcome <> 1 AND id < ?2"
			  " ORDER BY id DESC LIMIT ?3",
		  "tii", f->app, before, most)
	    : f->app.p
	    ? store_ask(c, &s, err,
		  COLUMNS " FROM delivery WHERE app = ?1 AND id < ?2 ORDER BY id DESC LIMIT ?3",
		  "tii", f->app, before, most)
	    : f->failed
	    ? store_ask(c, &s, err,
		  COLUMNS " FROM delivery WHERE outcome <> 1 AND id < ?1 ORDER BY id DESC LIMIT ?2",
		  "ii", before, most)
	    : store_ask(c, &s, err,
		  COLUMNS " FROM delivery WHERE id < ?1 ORDER BY id DESC LIMIT ?2", "ii", before,
		  most);

	if (r < 0)
		return r;
	while (n <= f->limit && (r = store_step(s, err)) > 0) {
		r = read_row(s, a, &list[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > f->limit;
	*ret_len = n > f->limit ? f->limit : n;
	return 0;
}

static int open_text(const struct seal_key *key, const char *what, uint64_t id, struct str blob,
    struct arena *a, struct str *ret, struct err *err)
{
	char name[48];
	struct buf clear;

	*ret = STR_NONE;
	if (!blob.p)
		return 0;
	buf_init(&clear, 0);
	int r = unseal(key, context(what, id, name), blob, &clear, err);
	if (r == 0)
		*ret = arena_str(a, buf_str(&clear));
	buf_done(&clear);
	return r == 0 && !ret->p ? no_memory(err) : r;
}

int delivery_get(struct store_conn *c, const struct seal_key *key, uint64_t id, struct arena *a,
    struct delivery_row *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, COLUMNS ", body, answer FROM delivery WHERE id = ?1", "i", (int64_t)id);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = read_row(s, a, ret, err);
	if (r > 0)
		r = open_text(key, "request", id, store_col_blob(s, 9), a, &ret->request, err);
	if (r == 0)
		r = open_text(key, "answer", id, store_col_blob(s, 10), a, &ret->answer, err);
	store_reset(s);
	return r < 0 ? r : 1;
}

int delivery_newest(struct store_conn *c, struct str app, struct arena *a, struct delivery_row *ret,
    struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, COLUMNS " FROM delivery WHERE app = ?1 ORDER BY id DESC LIMIT 1", "t", app);

	if (r < 0 || (r = store_step(s, err)) <= 0)
		return r;
	r = read_row(s, a, ret, err);
	store_reset(s);
	return r;
}

/* --- sending again ---------------------------------------------------------------------------- */

int delivery_range(struct store_conn *c, struct str app, time_ms since, time_ms until, size_t limit,
    struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err)
{
	uint64_t *list = ARENA_ARRAY(a, uint64_t, limit);
	struct store_stmt *s = NULL;
	size_t n = 0;
	int r = list ? store_ask(c, &s, err,
			   "SELECT id FROM delivery WHERE app = ?1 AND id >= ?2 AND id < ?3"
			   " AND body IS NOT NULL ORDER BY id LIMIT ?4",
			   "tiii", app, (int64_t)id_first_at(since), (int64_t)id_first_at(until),
			   (int64_t)limit)
		     : no_memory(err);

	if (r < 0)
		return r;
	while (n < limit && (r = store_step(s, err)) > 0)
		list[n++] = (uint64_t)store_col_int(s, 0);
	store_reset(s);
	*ret = list;
	*ret_len = n;
	return r < 0 ? r : 0;
}

static struct str print_entry(const struct json *entry, struct arena *a)
{
	struct buf body;

	buf_init(&body, 0);
	json_print(&body, entry);
	struct str text = body.failed ? STR_NONE : arena_str(a, buf_str(&body));
	buf_done(&body);
	return text;
}

static int split(struct str request, struct arena *a, struct delivery_events *ret, struct err *err)
{
	const struct json *doc = NULL, *entries;
	int r = json_read(a, request, &doc, err);

	if (r < 0)
		return r;
	entries = json_get(doc, "entry");
	ret->len = 0;
	ret->bodies = ARENA_ARRAY(a, struct str, json_len(entries) + 1);
	for (size_t i = 0; ret->bodies && i < json_len(entries); i++) {
		ret->bodies[i] = print_entry(json_at(entries, i), a);
		if (!ret->bodies[i].p)
			return no_memory(err);
		ret->len++;
	}
	return ret->bodies ? 0 : no_memory(err);
}

int delivery_open(struct store_conn *c, const struct seal_key *key, uint64_t id, struct arena *a,
    struct delivery_events *ret, struct err *err)
{
	struct delivery_row row = { 0 };
	int r = delivery_get(c, key, id, a, &row, err);

	if (r <= 0 || !row.request.p)
		return r < 0 ? r : 0;
	ret->app = row.app;
	r = split(row.request, a, ret, err);
	return r < 0 ? r : 1;
}

int delivery_resend(struct store_conn *c, const struct seal_key *key, struct id_gen *ids,
    const struct delivery_events *events, time_ms now, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < events->len; i++)
		r = forward_add(
		    c, key, id_next(ids, now), events->app, events->bodies[i], now, err);
	return r;
}

int delivery_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery WHERE id < ?1 ORDER BY id"
	    " LIMIT ?2)",
	    "ii", (int64_t)id_first_at(before), (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) == PURGE_AT_ONCE;
}

int delivery_switch(struct store_conn *c, struct str app, bool on, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE integration SET webhook_off = ?2, updated_at = ?3 WHERE id = ?1"
	    " AND webhook_url IS NOT NULL",
	    "tim", app, (int64_t)!on, now);

	if (r == 0 && store_changes(c) == 0)
		r = err_field(
		    err, E_NOT_FOUND, "app", N_("No app with a webhook has this id or name."));
	return r;
}
