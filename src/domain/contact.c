#include "domain/contact.h"

#include "base/id.h"
#include "store/query.h"

#define PURGE_LOOKS 1000 /* rows that a purge looks at in one call */

int contact_note(struct store_conn *c, uint64_t person, struct err *err)
{
	return store_do(c, err,
	    "UPDATE person SET contacts = NULL WHERE id = ?1 AND contacts IS NOT NULL", "i",
	    (int64_t)person);
}

/* A row that `update` did not change is there and newer, or is not there: `insert` puts it there. Most people who write
 * have written before, and then nothing is done to the person's row. */
static int keep_newest(struct store_conn *c, const char *update, const char *insert,
    uint64_t person, struct str number, time_ms at, struct err *err)
{
	int r = store_do(c, err, update, "itm", (int64_t)person, number, at);

	if (r < 0 || store_changes(c) > 0)
		return r;
	r = store_do(c, err, insert, "itm", (int64_t)person, number, at);
	return r < 0 || store_changes(c) == 0 ? r : contact_note(c, person, err);
}

int contact_inbound(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err)
{
	return keep_newest(c,
	    "UPDATE contact SET last_inbound_at = ?3 WHERE person = ?1 AND number = ?2"
	    " AND (last_inbound_at IS NULL OR last_inbound_at < ?3)",
	    "INSERT INTO contact (person, number, last_inbound_at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, number) DO NOTHING",
	    person, number, at, err);
}

int contact_call(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err)
{
	return keep_newest(c,
	    "UPDATE contact SET last_call_at = ?3 WHERE person = ?1 AND number = ?2"
	    " AND (last_call_at IS NULL OR last_call_at < ?3)",
	    "INSERT INTO contact (person, number, last_call_at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, number) DO NOTHING",
	    person, number, at, err);
}

int contact_waits(
    struct store_conn *c, uint64_t person, struct str number, time_ms at, struct err *err)
{
	return store_do(c, err,
	    "UPDATE contact SET waits_since = ?3 WHERE person = ?1 AND number = ?2"
	    " AND waits_since IS NULL",
	    "itm", (int64_t)person, number, at);
}

int contact_answered(struct store_conn *c, uint64_t person, struct str number, struct err *err)
{
	int r = store_do(c, err,
	    "UPDATE contact SET waits_since = NULL WHERE person = ?1 AND number = ?2"
	    " AND waits_since IS NOT NULL",
	    "it", (int64_t)person, number);

	return r < 0 ? r : store_changes(c) > 0;
}

#define GIVE_UP_AT_ONCE 200

struct waiting {
	uint64_t person;
	struct str number;
};

static int take_waiting(struct store_conn *c, time_ms before, struct arena *a,
    struct waiting *items, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT person, number FROM contact WHERE waits_since IS NOT NULL AND waits_since < ?1"
	    " ORDER BY waits_since LIMIT ?2",
	    "mi", before, (int64_t)GIVE_UP_AT_ONCE);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && n < GIVE_UP_AT_ONCE) {
		items[n].person = (uint64_t)store_col_int(s, 0);
		if (store_copy_text(s, 1, a, &items[n++].number) < 0) {
			r = err_set(err, E_NOMEM, "Memory ran out while looking at what waits.");
			break;
		}
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

int contact_give_up(struct store_conn *c, time_ms before,
    int (*left)(void *ctx, struct str number, struct err *err), void *ctx, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct waiting *items = a ? ARENA_ARRAY(a, struct waiting, GIVE_UP_AT_ONCE) : NULL;
	size_t n = 0;
	int r = items ? take_waiting(c, before, a, items, &n, err)
		      : err_set(err, E_NOMEM, "Memory ran out while looking at what waits.");

	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = contact_answered(c, items[i].person, items[i].number, err);
		if (r > 0)
			r = left(ctx, items[i].number, err);
	}
	arena_free(&a);
	return r < 0 ? r : n == GIVE_UP_AT_ONCE;
}

int contact_close_window(struct store_conn *c, uint64_t person, struct str number, struct err *err)
{
	return store_do(c, err,
	    "UPDATE contact SET last_inbound_at = NULL, last_call_at = NULL"
	    " WHERE person = ?1 AND number = ?2",
	    "it", (int64_t)person, number);
}

int contact_last_at(
    struct store_conn *c, uint64_t person, struct str number, time_ms *ret, struct err *err)
{
	int64_t at = TIME_NONE;
	int r = store_ask_int(c, &at, err,
	    "SELECT last_inbound_at FROM contact WHERE person = ?1 AND number = ?2", "it",
	    (int64_t)person, number);

	*ret = r > 0 ? at : TIME_NONE;
	return r < 0 ? r : 0;
}

int contact_last_inbound(struct store_conn *c, uint64_t person, time_ms *ret, struct err *err)
{
	int64_t at;
	int r = store_ask_int(c, &at, err,
	    "SELECT max(last_inbound_at) FROM contact WHERE person = ?1", "i", (int64_t)person);

	if (r < 0)
		return r;
	*ret = r > 0 ? at : TIME_NONE;
	return 0;
}

#define CONTACTS_MAX 1000 /* numbers of ours that one person is shown with */

int contact_list(struct store_conn *c, uint64_t person, struct arena *a, struct contact_of **ret,
    size_t *ret_len, struct err *err)
{
	struct contact_of *list = ARENA_ARRAY(a, struct contact_of, CONTACTS_MAX);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return err_set(err, E_NOMEM, "Memory ran out while reading about a person.");
	int r = store_ask(c, &s, err,
	    "SELECT number, last_inbound_at, last_call_at FROM contact WHERE person = ?1"
	    " ORDER BY number LIMIT ?2",
	    "ii", (int64_t)person, (int64_t)CONTACTS_MAX);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		list[n].last = (struct contact){ store_col_time(s, 1), store_col_time(s, 2) };
		if (store_copy_text(s, 0, a, &list[n].number) < 0) {
			r = err_set(err, E_NOMEM, "Memory ran out while reading about a person.");
			break;
		}
		n++;
	}
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

int marketing_sent_add(
    struct store_conn *c, uint64_t person, time_ms at, uint64_t decision, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO marketing_sent (person, at, decision) VALUES (?1, ?2, ?3)", "imi",
	    (int64_t)person, at, (int64_t)decision);
}

int marketing_sent_remove(struct store_conn *c, uint64_t person, uint64_t decision, struct err *err)
{
	return store_do(c, err, "DELETE FROM marketing_sent WHERE person = ?1 AND decision = ?2",
	    "ii", (int64_t)person, (int64_t)decision);
}

/* A person gets a handful of marketing messages in a month; more than this are as good as all. */
#define MARKETING_MAX 64

int marketing_sent_list(struct store_conn *c, uint64_t person, time_ms since, struct arena *a,
    const time_ms **ret, size_t *ret_len, struct err *err)
{
	time_ms *list = ARENA_ARRAY(a, time_ms, MARKETING_MAX);
	struct store_stmt *s;
	size_t n = 0;

	if (!list)
		return err_set(
		    err, E_NOMEM, "Memory ran out while reading what a person was sent.");
	int r = store_ask(c, &s, err,
	    "SELECT at FROM marketing_sent WHERE person = ?1 AND at > ?2 ORDER BY at DESC LIMIT ?3",
	    "iii", (int64_t)person, since, (int64_t)MARKETING_MAX);
	if (r < 0)
		return r;
	while (n < MARKETING_MAX && (r = store_step(s, err)) > 0)
		list[n++] = store_col_int(s, 0);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}

/* 1 and the last of the walk's next rows; 0 there are fewer. */
static int purge_end(struct store_conn *c, const struct marketing_place *from,
    struct marketing_place *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT person, at FROM marketing_sent WHERE (person, at) > (?1, ?2)"
	    " ORDER BY person, at LIMIT 1 OFFSET ?3",
	    "iii", from->person, from->at, (int64_t)PURGE_LOOKS - 1);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		*ret = (struct marketing_place){ store_col_int(s, 0), store_col_int(s, 1) };
	store_reset(s);
	return r;
}

/* The rows have no index by time, for every send would pay for it: they are walked through, some at
 * a time. */
int marketing_sent_purge(
    struct store_conn *c, struct marketing_place *place, time_ms before, struct err *err)
{
	struct marketing_place end = { INT64_MAX, INT64_MAX };
	int more = purge_end(c, place, &end, err);

	if (more < 0)
		return more;
	int r = store_do(c, err,
	    "DELETE FROM marketing_sent WHERE (person, at) > (?1, ?2) AND (person, at) <= (?3, ?4)"
	    " AND at < ?5",
	    "iiiim", place->person, place->at, end.person, end.at, before);
	if (r < 0)
		return r;
	*place = more ? end : (struct marketing_place){ 0 };
	return more;
}

int contact_made_add(struct store_conn *c, const struct contact_made *m, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "INSERT INTO contact_made (id, at, app, number, edge, action, person)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    "imtttti", (int64_t)m->id, m->at, m->app, m->number, m->edge, m->action,
	    (int64_t)m->person);

	if (r < 0)
		return r;
	if (!m->person)
		store_bind_null(s, 7);
	return store_run(s, err);
}

int contact_made_purge(struct store_conn *c, time_ms before, struct err *err)
{
	return store_purge(c,
	    "DELETE FROM contact_made WHERE id IN"
	    " (SELECT id FROM contact_made WHERE id < ?1 ORDER BY id LIMIT ?2)",
	    (int64_t)id_first_at(before), PURGE_LOOKS, err);
}

int delivered_set(
    struct store_conn *c, uint64_t person, enum purpose purpose, time_ms at, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO delivered (person, purpose, at) VALUES (?1, ?2, ?3)"
	    " ON CONFLICT (person, purpose) DO UPDATE SET at = excluded.at"
	    " WHERE delivered.at < excluded.at",
	    "iim", (int64_t)person, (int64_t)purpose, at);
}

int delivered_fill(struct store_conn *c, uint64_t person, struct facts_person *f, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT purpose, at FROM delivered WHERE person = ?1", "i",
	    (int64_t)person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		int64_t purpose = store_col_int(s, 0);
		if (purpose > PURPOSE_NONE && purpose <= PURPOSE_ALL)
			f->last_delivered[purpose] = store_col_int(s, 1);
	}
	store_reset(s);
	return r;
}
