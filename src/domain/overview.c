#include "domain/overview.h"

#include "base/check.h"
#include "domain/consent_seal.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading what is on record.");
}

/* At most `max` rows; `take` makes one into an item of `size` bytes. */
static int take_rows(struct store_stmt *s, struct arena *a, size_t size, size_t max,
    int (*take)(struct store_stmt *s, struct arena *a, void *item), void *items, size_t *ret_len,
    struct err *err)
{
	size_t n = 0;
	int r = 0;

	while (n < max && (r = store_step(s, err)) > 0) {
		if (take(s, a, (char *)items + n * size) < 0) {
			r = no_memory(err);
			break;
		}
		n++;
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

/* --- pauses ----------------------------------------------------------------------------------- */

static int take_pause(struct store_stmt *s, struct arena *a, void *item)
{
	struct overview_pause *p = item;

	p->purpose = (enum purpose)store_col_int(s, 0);
	p->until = store_col_time(s, 1);
	p->at = store_col_time(s, 2);
	if (store_copy_text(s, 3, a, &p->by) < 0 || store_copy_text(s, 4, a, &p->reason) < 0 ||
	    store_copy_text(s, 5, a, &p->scope) < 0)
		return -E_NOMEM;
	return store_copy_text(s, 6, a, &p->id);
}

#define PAUSES_OF_ONE 64 /* a purpose, a maker and a cause each; who has more sees the newest */

int overview_pauses(struct store_conn *c, struct str scope, struct str id, struct arena *a,
    struct overview_pause **ret, size_t *ret_len, struct err *err)
{
	struct overview_pause *items = ARENA_ARRAY(a, struct overview_pause, PAUSES_OF_ONE);
	struct store_stmt *s;

	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT purpose, until_at, at, made_by, reason, scope, scope_id FROM pause"
	    " WHERE scope = ?1 AND scope_id = ?2 ORDER BY purpose, at DESC LIMIT ?3",
	    "tti", scope, id, (int64_t)PAUSES_OF_ONE);
	if (r == 0)
		r = take_rows(s, a, sizeof(*items), PAUSES_OF_ONE, take_pause, items, ret_len, err);
	if (r == 0)
		*ret = items;
	return r;
}

/* --- alarms ----------------------------------------------------------------------------------- */

static int take_alarm(struct store_stmt *s, struct arena *a, void *item)
{
	struct overview_alarm *x = item;

	x->id = (uint64_t)store_col_int(s, 0);
	x->at = store_col_time(s, 1);
	if (store_copy_text(s, 2, a, &x->kind) < 0 || store_copy_text(s, 3, a, &x->scope) < 0)
		return -E_NOMEM;
	return store_copy_text(s, 4, a, &x->detail);
}

/* One row more than asked for tells whether there are more. */
static void cut(size_t limit, size_t *len, bool *ret_more)
{
	*ret_more = *len > limit;
	*len -= *ret_more;
}

int overview_alarms(struct store_conn *c, uint64_t before, struct str kind, size_t limit,
    struct arena *a, struct overview_alarm **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct overview_alarm *items = ARENA_ARRAY(a, struct overview_alarm, limit + 1);
	struct store_stmt *s;

	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT id, at, kind, scope, detail FROM alarm"
	    " WHERE id < ?1 AND kind = coalesce(?2, kind) ORDER BY id DESC LIMIT ?3",
	    "iti", before ? (int64_t)before : INT64_MAX, kind, (int64_t)limit + 1);
	if (r == 0)
		r = take_rows(s, a, sizeof(*items), limit + 1, take_alarm, items, ret_len, err);
	if (r < 0)
		return r;
	cut(limit, ret_len, ret_more);
	*ret = items;
	return 0;
}

int overview_all_pauses(struct store_conn *c, size_t limit, struct arena *a,
    struct overview_pause **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct overview_pause *items = ARENA_ARRAY(a, struct overview_pause, limit + 1);
	struct store_stmt *s;

	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT purpose, until_at, at, made_by, reason, scope, scope_id FROM pause"
	    " ORDER BY at DESC, scope, scope_id, purpose LIMIT ?1",
	    "i", (int64_t)limit + 1);
	if (r == 0)
		r = take_rows(s, a, sizeof(*items), limit + 1, take_pause, items, ret_len, err);
	if (r < 0)
		return r;
	cut(limit, ret_len, ret_more);
	*ret = items;
	return 0;
}

/* --- queues ----------------------------------------------------------------------------------- */

int overview_queues(struct store_conn *c, struct overview_queues *ret, struct err *err)
{
	struct overview_queues q = { 0 };
	const struct {
		enum send_state state;
		int64_t *to;
	} states[] = {
		{ SEND_HELD, &q.held },
		{ SEND_READY, &q.ready },
		{ SEND_SENDING, &q.sending },
		{ SEND_UNKNOWN, &q.unknown },
	};
	int r = forward_count(c, STR_NONE, &q.forward, err);

	for (size_t i = 0; r == 0 && i < ARRAY_LEN(states); i++)
		r = journal_count_open(c, states[i].state, states[i].to, err);
	if (r == 0)
		*ret = q;
	return r;
}

/* --- consents --------------------------------------------------------------------------------- */

static int take_consent(struct store_stmt *s, struct arena *a, void *item)
{
	struct overview_consent *x = item;
	struct consent_entry *e = &x->entry;

	x->place = (struct overview_place){ (uint64_t)store_col_int(s, 0), store_col_int(s, 1) };
	x->phone.number = (uint64_t)store_col_int(s, 2);
	*e = (struct consent_entry){
		.person = x->place.person,
		.purpose = (enum purpose)store_col_int(s, 3),
		.act = (enum consent_act)store_col_int(s, 4),
		.at = store_col_int(s, 5),
		.evidence = (enum evidence)store_col_int(s, 6),
		.import_id = (uint64_t)store_col_int(s, 8),
		.recorded_at = store_col_int(s, 9),
		.recorded_for = (uint64_t)store_col_int(s, 10),
		.leaf = store_col_int(s, 11),
	};
	return store_copy_text(s, 7, a, &x->sealed);
}

static int open_words(struct store_conn *c, struct arena *a, struct overview_consent *items,
    size_t len, struct err *err)
{
	for (size_t i = 0; i < len; i++) {
		int r = consent_unseal(c, items[i].sealed, a, &items[i].entry, err);
		if (r == 0)
			r = err_set(err, E_CRYPTO,
			    "What a consent says cannot be opened; see \"varco ledger verify\".");
		if (r < 0)
			return r;
	}
	return 0;
}

static int find_bsuids(struct store_conn *c, struct arena *a, struct overview_consent *items,
    size_t len, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (i && items[i].place.person == items[i - 1].place.person)
			items[i].bsuid = items[i - 1].bsuid;
		else
			r = person_bsuid(
			    c, items[i].place.person, STR_NONE, a, &items[i].bsuid, err);
	}
	return r;
}

int overview_consents(struct store_conn *c, const struct overview_place *after, size_t limit,
    struct arena *a, struct overview_consent **ret, size_t *ret_len, bool *ret_more,
    struct err *err)
{
	struct overview_consent *items = ARENA_ARRAY(a, struct overview_consent, limit + 1);
	struct store_stmt *s;

	if (!items)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT c.person, c.seq, p.phone, c.purpose, c.act, c.at, c.evidence, r.sealed,"
	    " r.import_id, r.recorded_at, r.recorded_for, c.leaf"
	    " FROM consent c JOIN person p ON p.id = c.person"
	    " JOIN consent_record r ON r.leaf = c.leaf"
	    " WHERE (c.person, c.seq) > (?1, ?2) ORDER BY c.person, c.seq LIMIT ?3",
	    "iii", (int64_t)after->person, after->seq, (int64_t)limit + 1);
	if (r == 0)
		r = take_rows(s, a, sizeof(*items), limit + 1, take_consent, items, ret_len, err);
	if (r < 0)
		return r;
	cut(limit, ret_len, ret_more);
	*ret = items;
	r = open_words(c, a, items, *ret_len, err);
	return r < 0 ? r : find_bsuids(c, a, items, *ret_len, err);
}
