#include "domain/audit.h"

#include "base/check.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading what operators did.");
}

int audit_note(struct store_conn *c, const struct audit_act *act, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO operator_act (leaf, at, made_by, operation, object) VALUES (?1, ?2, ?3, ?4, ?5)",
	    "imttt", act->leaf, act->at, act->by, act->operation, act->object);
}

static int take(struct store_stmt *s, struct arena *a, struct audit_act *ret, struct err *err)
{
	*ret = (struct audit_act){ .leaf = store_col_int(s, 0), .at = store_col_int(s, 1) };
	if (store_copy_text(s, 2, a, &ret->by) < 0 ||
	    store_copy_text(s, 3, a, &ret->operation) < 0 ||
	    store_copy_text(s, 4, a, &ret->object) < 0 ||
	    store_copy_text(s, 5, a, &ret->content) < 0)
		return no_memory(err);
	return 0;
}

/* Times beyond all that there are stand for none. */
static int ask(
    struct store_conn *c, const struct audit_filter *f, struct store_stmt **ret, struct err *err)
{
	return store_ask(c, ret, err,
	    "SELECT leaf, at, made_by, operation, object,"
	    " (SELECT content FROM ledger_note WHERE ledger_note.leaf = operator_act.leaf)"
	    " FROM operator_act WHERE leaf < ?1 AND (?2 IS NULL OR made_by = ?2)"
	    " AND (?3 IS NULL OR operation = ?3) AND (?4 IS NULL OR object = ?4)"
	    " AND at >= ?5 AND at < ?6 ORDER BY leaf DESC LIMIT ?7",
	    "itttiii", f->before > 0 ? f->before : INT64_MAX, f->by, f->operation, f->object,
	    f->since == TIME_NONE ? INT64_MIN : f->since,
	    f->until == TIME_NONE ? INT64_MAX : f->until, (int64_t)f->limit + 1);
}

int audit_list(struct store_conn *c, const struct audit_filter *f, struct arena *a,
    struct audit_act **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct audit_act *items = ARENA_ARRAY(a, struct audit_act, f->limit + 1);
	struct store_stmt *s = NULL;
	size_t n = 0;
	int r = items ? ask(c, f, &s, err) : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = take(s, a, &items[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > f->limit;
	*ret_len = *ret_more ? f->limit : n;
	*ret = items;
	return 0;
}
