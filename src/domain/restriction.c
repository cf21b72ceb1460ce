#include "domain/restriction.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "store/query.h"

#define PURGE_AT_ONCE 100
#define CONTEXT_MAX 40

static struct str context_of(uint64_t id, char *out)
{
	int n = snprintf(out, CONTEXT_MAX, "restricted:%" PRIu64, id);

	return str_n(out, (size_t)n);
}

int restriction_add(
    struct store_conn *c, const struct restriction *x, struct str body, struct err *err)
{
	const struct keyring *keys;
	char context[CONTEXT_MAX];
	struct buf sealed;
	int r = keyring_of(c, &keys, err);

	if (r < 0)
		return r;
	buf_init(&sealed, 0);
	if (seal(&keys->restricted, context_of(x->id, context), body, &sealed) < 0)
		r = err_set(err, E_NOMEM, "Memory ran out while sealing.");
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO restricted (id, at, until_at, body) VALUES (?1, ?2, ?3, ?4)",
		    "immb", (int64_t)x->id, x->at, x->until, buf_str(&sealed));
	buf_done(&sealed);
	return r;
}

int restriction_open(struct store_conn *c, uint64_t id, time_ms now, struct restriction *ret,
    struct buf *out, struct err *err)
{
	const struct keyring *keys;
	char context[CONTEXT_MAX];
	struct store_stmt *s;
	int r = keyring_of(c, &keys, err);

	if (r != 0)
		return r;
	r = store_ask(c, &s, err,
	    "SELECT at, until_at, body FROM restricted WHERE id = ?1 AND until_at > ?2", "im",
	    (int64_t)id, now);
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		*ret = (struct restriction){ id, store_col_time(s, 0), store_col_time(s, 1) };
		int opened = unseal(
		    &keys->restricted, context_of(id, context), store_col_blob(s, 2), out, err);
		r = opened < 0 ? opened : 1;
	}
	store_reset(s);
	return r;
}

int restriction_list(struct store_conn *c, uint64_t after, size_t limit, struct arena *a,
    struct restriction **ret, size_t *ret_len, struct err *err)
{
	struct restriction *list = ARENA_ARRAY(a, struct restriction, limit);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while listing.");
	int r = store_ask(c, &s, err,
	    "SELECT id, at, until_at FROM restricted WHERE id > ?1 ORDER BY id LIMIT ?2", "ii",
	    (int64_t)after, (int64_t)limit);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		list[n++] = (struct restriction){ (uint64_t)store_col_int(s, 0),
			store_col_time(s, 1), store_col_time(s, 2) };
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int restriction_purge(struct store_conn *c, time_ms now, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM restricted WHERE id IN"
	    " (SELECT id FROM restricted WHERE until_at <= ?1 ORDER BY id LIMIT ?2)",
	    "mi", now, (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}
