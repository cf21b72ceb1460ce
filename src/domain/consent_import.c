#include "domain/consent_import.h"

#include <string.h>

#include "base/check.h"
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

static bool covers(const struct consent_entry *act, enum purpose purpose)
{
	return act->purpose == purpose || act->purpose == PURPOSE_ALL;
}

static bool is_newer(const struct consent_entry *act, const struct consent_entry *than)
{
	return !than || act->at > than->at || (act->at == than->at && act->act == CONSENT_WITHDRAW);
}

/* Does the act answer one of an import that was undone, or was it answered itself? Both count as if
 * they had never been. */
static int is_void(struct store_conn *c, const struct consent_entry *act, struct err *err)
{
	int64_t n;
	int r = store_ask_int(c, &n, err,
	    "SELECT (SELECT count(*) FROM consent_undo WHERE leaf = ?1)"
	    " + (SELECT count(*) FROM consent_import WHERE id = ?2 AND state = ?3)",
	    "iii", act->leaf, (int64_t)act->import_id, (int64_t)IMPORT_UNDONE);

	return r < 0 ? r : n > 0;
}

/* The newest act that covers the purpose and was somebody's own. 1, or 0 when there is none. */
static int newest_real(struct store_conn *c, uint64_t person, enum purpose purpose, struct arena *a,
    struct consent_entry *ret, struct err *err)
{
	const struct consent_entry *newest = NULL;
	struct consent_entry *acts;
	size_t len;
	int r = consent_list_full(c, person, a, &acts, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (!covers(&acts[i], purpose) || !is_newer(&acts[i], newest))
			continue;
		int gone = is_void(c, &acts[i], err);
		if (gone < 0)
			return gone;
		newest = gone ? newest : &acts[i];
	}
	if (r < 0 || !newest)
		return r;
	*ret = *newest;
	return 1;
}

static bool is_on_record(
    const struct facts_consent *acts, size_t len, const struct consent_entry *e)
{
	for (size_t i = 0; i < len; i++) {
		if (acts[i].purpose == e->purpose && acts[i].act == e->act && acts[i].at == e->at)
			return true;
	}
	return false;
}

/* May the grant not overrule this withdrawal? */
static bool blocks(enum consent_act act, time_ms at, const struct consent_entry *grant)
{
	return act == CONSENT_WITHDRAW && (at >= grant->at || grant->evidence == EVIDENCE_IMPORTED);
}

/* The newest act withdraws; whether somebody's own act does is what counts. */
static int judge_grant(struct store_conn *c, const struct consent_entry *e, uint64_t person,
    time_ms withdrawn_at, struct arena *a, enum import_fate *ret, time_ms *ret_at, struct err *err)
{
	struct consent_entry real = { .at = TIME_NONE };
	int r = newest_real(c, person, e->purpose, a, &real, err);

	if (r < 0)
		return r;
	if (r > 0 && blocks(real.act, real.at, e)) {
		*ret = real.at >= e->at ? IMPORT_BLOCKED : IMPORT_UNPROVEN;
		return 0;
	}
	*ret = IMPORT_RECORDED;
	if (withdrawn_at >= e->at)
		*ret_at = withdrawn_at + 1;
	return 0;
}

int consent_import_judge(struct store_conn *c, const struct consent_entry *e, struct arena *a,
    enum import_fate *ret, time_ms *ret_at, struct err *err)
{
	const struct facts_consent *acts = NULL, *newest;
	uint64_t person = 0;
	size_t len = 0;
	int r = person_resolve(c, e->person, &person, err);

	if (r == 0)
		r = consent_list(c, person, a, &acts, &len, err);
	if (r < 0)
		return r;
	newest = e->act == CONSENT_GRANT ? facts_consent_newest(acts, len, e->purpose, INT64_MAX)
					 : NULL;
	*ret_at = e->at;
	if (newest && blocks(newest->act, newest->at, e))
		return judge_grant(c, e, person, newest->at, a, ret, ret_at, err);
	*ret = is_on_record(acts, len, e) ? IMPORT_KNOWN : IMPORT_RECORDED;
	return 0;
}

int consent_import_act(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, struct arena *a, enum import_fate *ret, struct err *err)
{
	struct consent_entry x = *e;
	bool fresh;
	int r = consent_import_judge(c, e, a, ret, &x.at, err);

	if (r < 0 || *ret != IMPORT_RECORDED)
		return r;
	r = consent_append(c, ledger, &x, now, &fresh, err);
	if (r == 0 && !fresh)
		*ret = IMPORT_KNOWN;
	return r;
}

/* --- undoing ---------------------------------------------------------------------------------- */

/* One act of the import, what counts now, and what counted before it. */
struct answered {
	const struct consent_entry *act, *now, *before;
};

static void look_back(const struct consent_entry *acts, size_t len, int64_t leaf, uint64_t import,
    struct answered *ret)
{
	*ret = (struct answered){ 0 };
	for (size_t i = 0; i < len; i++) {
		if (acts[i].leaf == leaf)
			ret->act = &acts[i];
	}
	for (size_t i = 0; ret->act && i < len; i++) {
		if (!covers(&acts[i], ret->act->purpose))
			continue;
		if (is_newer(&acts[i], ret->now))
			ret->now = &acts[i];
		if (acts[i].import_id != import && is_newer(&acts[i], ret->before))
			ret->before = &acts[i];
	}
}

/* Who withdrew by the import, and had agreed to nothing before, stays withdrawn: there is no act that
 * says nothing, and a wrong silence is the smaller wrong. */
static bool needs_answer(const struct answered *x, uint64_t import)
{
	if (!x->act || x->now->import_id != import)
		return false;
	return x->act->act == CONSENT_GRANT || (x->before && x->before->act == CONSENT_GRANT);
}

static int note_answer(struct store_conn *c, int64_t leaf, uint64_t import, struct err *err)
{
	return store_do(c, err, "INSERT INTO consent_undo (leaf, import_id) VALUES (?1, ?2)", "ii",
	    leaf, (int64_t)import);
}

static struct consent_entry withdrawal(const struct consent_entry *act, struct str source)
{
	return (struct consent_entry){
		.person = act->person,
		.purpose = act->purpose,
		.act = CONSENT_WITHDRAW,
		.at = act->at,
		.evidence = EVIDENCE_NONE,
		.source = source,
	};
}

/* A withdrawal would win at the same time, so what was agreed comes a moment behind. */
static struct consent_entry restored(
    const struct consent_entry *act, const struct consent_entry *before, struct str attributes)
{
	struct consent_entry e = *before;

	e.purpose = act->purpose;
	e.at = act->at + 1;
	e.attributes = attributes;
	e.import_id = 0;
	return e;
}

static int answer(struct store_conn *c, struct ledger *ledger, const struct answered *x,
    uint64_t import, time_ms now, struct arena *a, struct err *err)
{
	char id[ID_TEXT_MAX];
	struct consent_entry e;
	struct str text;
	bool fresh;

	id_format("imp", import, id);
	if (x->before && x->before->act == CONSENT_GRANT) {
		text = arena_printf(
		    a, "{\"restores\":%lld,\"undo\":\"%s\"}", (long long)x->before->leaf, id);
		e = restored(x->act, x->before, text);
	} else {
		text = arena_printf(a, "undo of %s", id);
		e = withdrawal(x->act, text);
	}
	int r = text.p ? consent_append(c, ledger, &e, now, &fresh, err) : no_memory(err);
	return r < 0 || !fresh ? r : note_answer(c, ledger->next_seq - 1, import, err);
}

static int undo_act(struct store_conn *c, struct ledger *ledger, int64_t leaf, uint64_t person,
    time_ms now, struct arena *a, struct consent_import *x, struct err *err)
{
	struct consent_entry *acts;
	struct answered found;
	size_t len;
	int r = consent_list_full(c, person, a, &acts, &len, err);

	if (r < 0)
		return r;
	look_back(acts, len, leaf, x->id, &found);
	bool answers = needs_answer(&found, x->id);
	if (answers)
		r = answer(c, ledger, &found, x->id, now, a, err);
	x->undone += answers;
	x->kept += !answers;
	x->undo_leaf = leaf;
	return r;
}

struct place {
	int64_t leaf;
	uint64_t person;
};

/* The next acts of the import; *ret_len below `limit` when there are no more. */
static int next_acts(struct store_conn *c, const struct consent_import *x, size_t limit,
    struct place *ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT r.leaf, coalesce(m.person, r.recorded_for) FROM consent_record r"
	    " LEFT JOIN person_merged m ON m.gone = r.recorded_for"
	    " WHERE r.import_id = ?1 AND r.leaf > ?2 ORDER BY r.leaf LIMIT ?3",
	    "iii", (int64_t)x->id, x->undo_leaf, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		ret[n++] = (struct place){ store_col_int(s, 0), (uint64_t)store_col_int(s, 1) };
	store_reset(s);
	*ret_len = n;
	return r;
}

int consent_import_undo(struct store_conn *c, struct ledger *ledger, size_t limit, time_ms now,
    struct arena *a, struct consent_import *x, struct err *err)
{
	struct place *acts = ARENA_ARRAY(a, struct place, limit);
	struct consent_import after = *x;
	size_t n = 0;
	int r = acts ? next_acts(c, x, limit, acts, &n, err) : no_memory(err);

	ASSERT(x->state == IMPORT_DONE || x->state == IMPORT_STOPPED || x->state == IMPORT_UNDOING);
	after.state = IMPORT_UNDOING;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = undo_act(c, ledger, acts[i].leaf, acts[i].person, now, a, &after, err);
	if (r == 0 && n < limit) {
		after.state = IMPORT_UNDONE;
		after.undone_at = now;
	}
	if (r == 0)
		r = consent_import_update(c, &after, err);
	if (r < 0)
		return r;
	*x = after;
	return n == limit;
}
