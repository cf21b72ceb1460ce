/* Bodies are sealed under "outbox:<decision>", so that a row's body cannot be put under another
 * decision. */
#include "domain/outbox.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/inbox.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500

static struct str seal_context(uint64_t decision, char out[40])
{
	int n = snprintf(out, 40, "outbox:%" PRIu64, decision);

	return str_n(out, (size_t)n);
}

static struct str digest_str(const struct sha256 *d)
{
	return str_n((const char *)d->b, sizeof(d->b));
}

int outbox_add(
    struct store_conn *c, const struct seal_key *key, const struct outbox_entry *e, struct err *err)
{
	char context[40];
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = seal(key, seal_context(e->decision, context), e->body, &sealed);
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO outbox (decision, due_at, expires_at, path, body)"
		    " VALUES (?1, ?2, ?3, ?4, ?5)",
		    "immtb", (int64_t)e->decision, e->due_at, e->expires_at, e->path,
		    buf_str(&sealed));
	else
		(void)err_set(err, E_NOMEM, "The body could not be sealed.");
	buf_done(&sealed);
	return r;
}

int outbox_remove(struct store_conn *c, uint64_t decision, struct err *err)
{
	return store_do(c, err, "DELETE FROM outbox WHERE decision = ?1", "i", (int64_t)decision);
}

int outbox_postpone(struct store_conn *c, uint64_t decision, time_ms due_at, struct err *err)
{
	return store_do(c, err, "UPDATE outbox SET due_at = ?2 WHERE decision = ?1", "im",
	    (int64_t)decision, due_at);
}

int outbox_wake(struct store_conn *c, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE outbox SET due_at = ?1 WHERE due_at > ?1 AND EXISTS"
	    " (SELECT 1 FROM decision d WHERE d.id = outbox.decision AND d.rules IS NOT NULL)",
	    "m", now);
}

int outbox_due(struct store_conn *c, time_ms now, size_t limit, struct arena *a,
    struct outbox_entry **ret, size_t *ret_len, struct err *err)
{
	struct outbox_entry *list = ARENA_ARRAY(a, struct outbox_entry, limit);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while reading the outbox.");
	int r = store_ask(c, &s, err,
	    "SELECT decision, due_at, expires_at FROM outbox WHERE due_at <= ?1"
	    " ORDER BY due_at LIMIT ?2",
	    "mi", now, (int64_t)limit);
	if (r < 0)
		return r;
	while (n < limit && (r = store_step(s, err)) > 0) {
		list[n].decision = (uint64_t)store_col_int(s, 0);
		list[n].due_at = store_col_time(s, 1);
		list[n++].expires_at = store_col_time(s, 2);
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

static int read_entry(struct store_stmt *s, const struct seal_key *key, uint64_t decision,
    struct arena *a, struct outbox_entry *ret, struct err *err)
{
	char context[40];
	struct buf clear;

	buf_init(&clear, 0);
	int r = unseal(key, seal_context(decision, context), store_col_blob(s, 3), &clear, err);
	if (r == 0) {
		*ret = (struct outbox_entry){
			.decision = decision,
			.due_at = store_col_time(s, 0),
			.expires_at = store_col_time(s, 1),
			.path = arena_str(a, store_col_text(s, 2)),
			.body = arena_str(a, buf_str(&clear)),
		};
		if (!ret->path.p || !ret->body.p)
			r = err_set(err, E_NOMEM, "Memory ran out while reading the outbox.");
	}
	buf_done(&clear);
	return r;
}

int outbox_get(struct store_conn *c, const struct seal_key *key, uint64_t decision, struct arena *a,
    struct outbox_entry *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT due_at, expires_at, path, body FROM outbox WHERE decision = ?1", "i",
	    (int64_t)decision);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		r = read_entry(s, key, decision, a, ret, err);
		r = r < 0 ? r : 1;
	}
	store_reset(s);
	return r;
}

int outbox_quarantine(struct store_conn *c, struct id_gen *ids, uint64_t decision, struct str app,
    time_ms now, struct err *err)
{
	struct str scope = app.p ? app : STR("");
	char detail[ID_TEXT_MAX];
	int r = store_do(c, err,
	    "INSERT INTO quarantine (id, at, kind, scope, body)"
	    " SELECT decision, ?2, 'outbox', ?3, body FROM outbox WHERE decision = ?1",
	    "imt", (int64_t)decision, now, scope);

	id_format("dec", decision, detail);
	if (r == 0)
		r = alarm_add(
		    c, id_next(ids, now), STR("outbox.unreadable"), scope, str_c(detail), now, err);
	return r < 0 ? r : outbox_remove(c, decision, err);
}

int outbox_next(struct store_conn *c, time_ms *ret, struct err *err)
{
	int64_t due;
	int r = store_ask_int(c, &due, err, "SELECT min(due_at) FROM outbox", "");

	if (r < 0)
		return r;
	*ret = r > 0 ? due : TIME_NONE;
	return 0;
}

static struct sha256 key_hash(struct str key)
{
	struct sha256 h;

	crypto_sha256(key, &h);
	return h;
}

int idem_get(struct store_conn *c, struct str app, struct str key, time_ms not_before,
    struct arena *a, struct idem_entry *ret, struct err *err)
{
	struct sha256 h = key_hash(key);
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT decision, digest, status, answer FROM idempotency"
	    " WHERE app = ?1 AND key_hash = ?2 AND at >= ?3",
	    "tbm", app, digest_str(&h), not_before);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		struct str digest = store_col_blob(s, 1);
		*ret = (struct idem_entry){
			.decision = (uint64_t)store_col_int(s, 0),
			.answered = !store_col_null(s, 2),
			.status = (int)store_col_int(s, 2),
		};
		if (digest.len == sizeof(ret->digest.b))
			memcpy(ret->digest.b, digest.p, digest.len);
		if (ret->answered) {
			ret->answer = arena_str(a, store_col_blob(s, 3));
			if (!ret->answer.p && store_col_blob(s, 3).len)
				r = err_set(
				    err, E_NOMEM, "Memory ran out while reading an answer.");
		}
	}
	store_reset(s);
	return r;
}

int idem_add(struct store_conn *c, struct str app, struct str key, const struct sha256 *digest,
    uint64_t decision, time_ms now, struct err *err)
{
	struct sha256 h = key_hash(key);

	/* A key that outlived its time but was not purged yet starts anew. */
	return store_do(c, err,
	    "INSERT INTO idempotency (app, key_hash, at, digest, decision) VALUES (?1, ?2, ?3, ?4, ?5)"
	    " ON CONFLICT (app, key_hash) DO UPDATE SET at = excluded.at, digest = excluded.digest,"
	    " decision = excluded.decision, status = NULL, answer = NULL",
	    "tbmbi", app, digest_str(&h), now, digest_str(digest), (int64_t)decision);
}

int idem_names(struct store_conn *c, time_ms at, uint64_t decision, struct err *err)
{
	int64_t one;

	return store_ask_int(c, &one, err,
	    "SELECT 1 FROM idempotency WHERE at = ?1 AND decision = ?2 LIMIT 1", "mi", at,
	    (int64_t)decision);
}

int idem_answer(struct store_conn *c, struct str app, struct str key, int status, struct str answer,
    struct err *err)
{
	struct sha256 h = key_hash(key);

	return store_do(c, err,
	    "UPDATE idempotency SET status = ?3, answer = ?4 WHERE app = ?1 AND key_hash = ?2",
	    "tbib", app, digest_str(&h), (int64_t)status, answer);
}

int idem_remove(struct store_conn *c, struct str app, struct str key, struct err *err)
{
	struct sha256 h = key_hash(key);

	return store_do(c, err, "DELETE FROM idempotency WHERE app = ?1 AND key_hash = ?2", "tb",
	    app, digest_str(&h));
}

int idem_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM idempotency WHERE (app, key_hash) IN"
	    " (SELECT app, key_hash FROM idempotency WHERE at < ?1 ORDER BY at LIMIT ?2)",
	    "mi", before, (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}
