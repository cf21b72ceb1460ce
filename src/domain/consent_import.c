#include "domain/consent_import.h"

#include <string.h>

#include "domain/consent_undo.h"
#include "store/query.h"

static const char *const states[] = {
	[IMPORT_RUNNING] = "running",
	[IMPORT_DONE] = "done",
	[IMPORT_TRIED] = "tried",
	[IMPORT_STOPPED] = "stopped",
	[IMPORT_UNDOING] = "undoing",
	[IMPORT_UNDONE] = "undone",
};

const char *import_state_name(enum import_state state)
{
	return state >= IMPORT_RUNNING && state <= IMPORT_UNDONE ? states[state] : "";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on an import.");
}

/* --- the record ------------------------------------------------------------------------------- */

int consent_import_begin(struct store_conn *c, const struct consent_import *x, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO consent_import (id, at, made_by, name, form, digest, bytes, dry, state, total,"
	    " row_count, accepted, known, rejected, blocked, undone, kept, undo_leaf)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, 0, 0, 0, 0, 0, 0, 0, 0)",
	    "imtttbiiii", (int64_t)x->id, x->at, x->by, x->name, x->form,
	    str_n((const char *)x->digest.b, SHA256_LEN), x->bytes, (int64_t)x->dry,
	    (int64_t)x->state, x->total);

	return r < 0 ? r : consent_import_update(c, x, err);
}

int consent_import_update(struct store_conn *c, const struct consent_import *x, struct err *err)
{
	return store_do(c, err,
	    "UPDATE consent_import SET state = ?2, ended_at = ?3, row_count = ?4, accepted = ?5,"
	    " known = ?6, rejected = ?7, blocked = ?8, undone_at = ?9, undone = ?10, kept = ?11,"
	    " undo_leaf = ?12 WHERE id = ?1",
	    "iimiiiiimiii", (int64_t)x->id, (int64_t)x->state, x->ended_at, x->rows, x->accepted,
	    x->known, x->rejected, x->blocked, x->undone_at, x->undone, x->kept, x->undo_leaf);
}

#define COLUMNS \
	"id, at, ended_at, made_by, name, form, digest, bytes, dry, state, row_count, accepted, known," \
	" rejected, blocked, undone_at, undone, kept, undo_leaf, total"

static int take_import(
    struct store_stmt *s, struct arena *a, struct consent_import *ret, struct err *err)
{
	struct str digest = store_col_blob(s, 6);

	*ret = (struct consent_import){
		.id = (uint64_t)store_col_int(s, 0),
		.at = store_col_int(s, 1),
		.ended_at = store_col_time(s, 2),
		.bytes = store_col_int(s, 7),
		.dry = store_col_int(s, 8),
		.state = (enum import_state)store_col_int(s, 9),
		.rows = store_col_int(s, 10),
		.accepted = store_col_int(s, 11),
		.known = store_col_int(s, 12),
		.rejected = store_col_int(s, 13),
		.blocked = store_col_int(s, 14),
		.undone_at = store_col_time(s, 15),
		.undone = store_col_int(s, 16),
		.kept = store_col_int(s, 17),
		.undo_leaf = store_col_int(s, 18),
		.total = store_col_int(s, 19),
	};
	if (digest.len == SHA256_LEN)
		memcpy(ret->digest.b, digest.p, SHA256_LEN);
	if (store_copy_text(s, 3, a, &ret->by) < 0 || store_copy_text(s, 4, a, &ret->name) < 0 ||
	    store_copy_text(s, 5, a, &ret->form) < 0)
		return no_memory(err);
	return 1;
}

int consent_import_get(
    struct store_conn *c, uint64_t id, struct arena *a, struct consent_import *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT " COLUMNS " FROM consent_import WHERE id = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0)
		r = take_import(s, a, ret, err);
	store_reset(s);
	return r;
}

int consent_import_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct consent_import **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct consent_import *list = ARENA_ARRAY(a, struct consent_import, limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = !list
	    ? no_memory(err)
	    : store_ask(c, &s, err,
		  "SELECT " COLUMNS
		  " FROM consent_import WHERE ?1 = 0 OR id < ?1 ORDER BY id DESC LIMIT ?2",
		  "ii", (int64_t)before, (int64_t)limit + 1);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take_import(s, a, &list[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

/* --- what was not taken ----------------------------------------------------------------------- */

int consent_import_note(
    struct store_conn *c, uint64_t import, const struct import_problem *p, struct err *err)
{
	return store_do(c, err,
	    "INSERT INTO consent_import_problem (import_id, row_number, blocked, column_name, value,"
	    " reason, fix, suggestion) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
	    "iiittttt", (int64_t)import, (int64_t)p->row, (int64_t)p->blocked, p->column, p->value,
	    p->reason, p->fix, p->suggestion);
}

static int take_problem(
    struct store_stmt *s, struct arena *a, struct import_problem *ret, struct err *err)
{
	ret->row = (uint64_t)store_col_int(s, 0);
	ret->blocked = store_col_int(s, 1);
	if (store_copy_text(s, 2, a, &ret->column) < 0 ||
	    store_copy_text(s, 3, a, &ret->value) < 0 ||
	    store_copy_text(s, 4, a, &ret->reason) < 0 || store_copy_text(s, 5, a, &ret->fix) < 0 ||
	    store_copy_text(s, 6, a, &ret->suggestion) < 0)
		return no_memory(err);
	return 1;
}

int consent_import_problems(struct store_conn *c, uint64_t import, uint64_t after, size_t limit,
    struct arena *a, struct import_problem **ret, size_t *ret_len, bool *ret_more, struct err *err)
{
	struct import_problem *list = ARENA_ARRAY(a, struct import_problem, limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = !list
	    ? no_memory(err)
	    : store_ask(c, &s, err,
		  "SELECT row_number, blocked, column_name, value, reason, fix, suggestion"
		  " FROM consent_import_problem WHERE import_id = ?1 AND row_number > ?2"
		  " ORDER BY row_number LIMIT ?3",
		  "iii", (int64_t)import, (int64_t)after, (int64_t)limit + 1);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && (r = take_problem(s, a, &list[n], err)) > 0)
		n++;
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_more = n > limit;
	*ret_len = n > limit ? limit : n;
	return 0;
}

/* --- the rule of imports ---------------------------------------------------------------------- */

/* May the grant not overrule what is real? Withdrawals that answer an act stand for nobody's wish. */
static bool blocks(const struct consent_mark *real, const struct consent_entry *grant)
{
	return real->leaf && real->act == CONSENT_WITHDRAW &&
	    (real->at >= grant->at || grant->evidence == EVIDENCE_IMPORTED);
}

/* A grant of everything is kept away by a withdrawal of one purpose that it would overrule, and by
 * newer ones of every purpose. */
static enum import_fate judge_grant(
    const struct consent_standing x[CONSENT_STANDINGS], const struct consent_entry *e)
{
	int purposes = 0, newer = 0;

	for (enum purpose p = PURPOSE_MARKETING; p < CONSENT_STANDINGS; p++) {
		if (e->purpose != p && e->purpose != PURPOSE_ALL)
			continue;
		purposes++;
		if (!blocks(&x[p].real, e))
			continue;
		if (x[p].real.at < e->at)
			return IMPORT_UNPROVEN;
		newer++;
	}
	return newer == purposes ? IMPORT_BLOCKED : IMPORT_RECORDED;
}

int consent_import_judge(
    struct store_conn *c, const struct consent_entry *e, enum import_fate *ret, struct err *err)
{
	struct consent_standing standings[CONSENT_STANDINGS];
	struct consent_entry x = *e;
	int r = person_resolve(c, e->person, &x.person, err);

	*ret = IMPORT_RECORDED;
	if (r == 0 && e->act == CONSENT_GRANT) {
		r = consent_standings(c, x.person, standings, err);
		*ret = r == 0 ? judge_grant(standings, e) : *ret;
	}
	if (r < 0 || *ret != IMPORT_RECORDED)
		return r;
	r = consent_is_known(c, &x, err);
	if (r > 0)
		*ret = IMPORT_KNOWN;
	return r < 0 ? r : 0;
}

int consent_import_act(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, enum import_fate *ret, struct err *err)
{
	bool fresh;
	int r = consent_import_judge(c, e, ret, err);

	if (r < 0 || (*ret != IMPORT_RECORDED && *ret != IMPORT_KNOWN))
		return r;
	return consent_append(c, ledger, e, now, &fresh, err);
}
