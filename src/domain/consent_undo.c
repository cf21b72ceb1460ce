#include "domain/consent_undo.h"

#include "base/check.h"
#include "store/query.h"

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while undoing an import.");
}

/* --- what counts ------------------------------------------------------------------------------ */

/* ?2 is the first of the states in which an import counts no more. */
#define ACTS \
	"SELECT c.leaf, c.at, c.purpose, c.act, coalesce(r.import_id, 0), coalesce(u.import_id, 0)," \
	" coalesce(u.restores, 0), CASE WHEN (u.leaf IS NOT NULL OR coalesce(i.state, 0) >= ?2)" \
	" AND NOT EXISTS (SELECT 1 FROM consent_said s LEFT JOIN consent_import t ON t.id = s.import_id" \
	" WHERE s.leaf = c.leaf AND coalesce(t.state, 0) < ?2) THEN 1 ELSE 0 END" \
	" FROM consent c JOIN consent_record r ON r.leaf = c.leaf" \
	" LEFT JOIN consent_undo u ON u.leaf = c.leaf" \
	" LEFT JOIN consent_import i ON i.id = r.import_id" \
	" WHERE c.person = ?1"
#define GONE ((int64_t)IMPORT_UNDOING)

static struct consent_mark take(struct store_stmt *s)
{
	return (struct consent_mark){
		.leaf = store_col_int(s, 0),
		.at = store_col_int(s, 1),
		.purpose = (enum purpose)store_col_int(s, 2),
		.act = (enum consent_act)store_col_int(s, 3),
		.import = (uint64_t)store_col_int(s, 4),
		.undo = (uint64_t)store_col_int(s, 5),
		.restores = store_col_int(s, 6),
		.is_void = store_col_int(s, 7),
	};
}

static void renew(struct consent_mark *newest, const struct consent_mark *x)
{
	if (!newest->leaf || x->at > newest->at ||
	    (x->at == newest->at && x->act == CONSENT_WITHDRAW))
		*newest = *x;
}

typedef bool covers_fn(const struct consent_mark *x, enum purpose purpose);

static bool covers(const struct consent_mark *x, enum purpose purpose)
{
	return x->purpose == purpose || x->purpose == PURPOSE_ALL;
}

static bool is_heard(const struct consent_mark *x, enum purpose purpose)
{
	return facts_consent_speaks(x->purpose, x->act, purpose);
}

static int read_standings(struct store_conn *c, uint64_t person, covers_fn *counts,
    struct consent_standing ret[CONSENT_STANDINGS], struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, ACTS " ORDER BY c.seq", "ii", (int64_t)person, GONE);

	for (enum purpose p = PURPOSE_NONE; p < CONSENT_STANDINGS; p++)
		ret[p] = (struct consent_standing){ 0 };
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		const struct consent_mark x = take(s);
		for (enum purpose p = PURPOSE_MARKETING; p < CONSENT_STANDINGS; p++) {
			if (!counts(&x, p))
				continue;
			renew(&ret[p].now, &x);
			if (!x.is_void)
				renew(&ret[p].real, &x);
		}
	}
	store_reset(s);
	return r;
}

int consent_standings(struct store_conn *c, uint64_t person,
    struct consent_standing ret[CONSENT_STANDINGS], struct err *err)
{
	return read_standings(c, person, covers, ret, err);
}

int consent_lasting(struct store_conn *c, uint64_t person, struct arena *a,
    const struct facts_consent **ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT c.purpose, c.act, c.at, c.evidence, c.given_at FROM consent c"
	    " JOIN consent_record r ON r.leaf = c.leaf LEFT JOIN consent_undo u ON u.leaf = c.leaf"
	    " WHERE c.person = ?1 AND (c.act <> ?2 OR (r.import_id IS NULL AND u.leaf IS NULL))"
	    " ORDER BY c.seq",
	    "ii", (int64_t)person, (int64_t)CONSENT_WITHDRAW);

	if (r < 0)
		return r;
	return consent_take_acts(s, a, ret, ret_len, err);
}

/* --- the same act twice ----------------------------------------------------------------------- */

static bool is_own(const struct consent_mark *x)
{
	return !x->import && !x->undo;
}

/* Of an import that was undone the words may be wrong, so the next that says it is kept anew. */
static bool is_same(const struct consent_mark *x, const struct consent_entry *e)
{
	if (is_own(x))
		return true;
	return e->import_id && (x->undo || x->import == e->import_id || !x->is_void);
}

/* 1 and *ret the act that `e` repeats, somebody's own before others; 0 there is none. */
static int find_same(
    struct store_conn *c, const struct consent_entry *e, struct consent_mark *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, ACTS " AND c.purpose = ?3 AND c.act = ?4 AND c.at = ?5",
	    "iiiim", (int64_t)e->person, GONE, (int64_t)e->purpose, (int64_t)e->act, e->at);

	if (r < 0)
		return r;
	*ret = (struct consent_mark){ 0 };
	while ((r = store_step(s, err)) > 0) {
		const struct consent_mark x = take(s);
		if (is_same(&x, e) && (!ret->leaf || is_own(&x)))
			*ret = x;
	}
	store_reset(s);
	return r < 0 ? r : ret->leaf != 0;
}

int consent_is_known(struct store_conn *c, const struct consent_entry *e, struct err *err)
{
	struct consent_mark same;

	return find_same(c, e, &same, err);
}

int consent_say_again(struct store_conn *c, const struct consent_entry *e, struct err *err)
{
	struct consent_mark same;
	int r = find_same(c, e, &same, err);

	if (r <= 0 || !e->import_id || is_own(&same) || same.import == e->import_id)
		return r < 0 ? r : 0;
	/* lists that grant come again every month, and one too few is a silence at most */
	r = e->act == CONSENT_GRANT
	    ? store_do(c, err, "DELETE FROM consent_said WHERE leaf = ?1", "i", same.leaf)
	    : 0;
	return r < 0 ? r
		     : store_do(c, err,
			   "INSERT INTO consent_said (leaf, import_id) VALUES (?1, ?2)"
			   " ON CONFLICT (leaf, import_id) DO NOTHING",
			   "ii", same.leaf, (int64_t)e->import_id);
}

/* --- answers ---------------------------------------------------------------------------------- */

struct answer {
	enum consent_act act; /* 0 = none is needed */
	enum purpose purpose;
	time_ms at;
	int64_t restores;
	uint64_t undo;
};

static struct answer answer_to(const struct consent_standing *x, enum purpose purpose)
{
	const struct consent_mark *now = &x->now, *real = &x->real;
	struct answer a = { .purpose = purpose, .undo = now->undo ? now->undo : now->import };

	if (!now->leaf || !now->is_void)
		return a;
	if (real->leaf && real->act == CONSENT_GRANT) {
		if (now->act == CONSENT_GRANT && now->restores == real->leaf)
			return a;
		a.act = CONSENT_GRANT;
		a.at = now->at + 1;
		a.restores = real->leaf;
		return a;
	}
	bool out_of_all = !real->leaf && purpose == PURPOSE_AUTHENTICATION &&
	    now->purpose == PURPOSE_ALL;
	if (now->act == CONSENT_GRANT && !out_of_all) {
		a.act = CONSENT_WITHDRAW;
		a.at = now->at;
	}
	return a;
}

/* Could one answer on everything stand for this purpose as well? */
static bool fits(
    const struct answer *all, const struct answer *one, const struct consent_standing *x)
{
	if (one->act)
		return one->act == all->act && one->at == all->at && one->restores == all->restores;
	return x->now.at > all->at;
}

/* Codes hear grants of everything alone. */
static bool fits_codes(
    const struct answer *all, const struct answer *one, const struct consent_standing *x)
{
	if (all->act == CONSENT_WITHDRAW)
		return true;
	return fits(all, one, x) || (!one->act && x->real.leaf == all->restores);
}

/* Where the same is to be said of everything, once is enough. *len answers remain. */
static void fold(const struct consent_standing *x, struct answer *list, size_t *len)
{
	struct answer all = { 0 };
	size_t n = 0, said = 0;

	for (size_t i = 0; i < *len && !all.act; i++)
		all = list[i].purpose == PURPOSE_AUTHENTICATION ? all : list[i];
	bool whole = all.act != 0;
	for (size_t i = 0; whole && i < *len; i++) {
		enum purpose p = list[i].purpose;
		said += list[i].act != 0;
		whole = p == PURPOSE_AUTHENTICATION ? fits_codes(&all, &list[i], &x[p])
						    : fits(&all, &list[i], &x[p]);
	}
	whole = whole && said > 1;
	all.purpose = PURPOSE_ALL;
	for (size_t i = 0; i < *len; i++) {
		bool of_codes = list[i].purpose == PURPOSE_AUTHENTICATION &&
		    all.act == CONSENT_WITHDRAW;
		if (list[i].act && (!whole || of_codes))
			list[n++] = list[i];
	}
	if (whole)
		list[n++] = all;
	*len = n;
}

static size_t answers_to(const struct consent_standing x[CONSENT_STANDINGS], enum purpose purpose,
    struct answer list[CONSENT_STANDINGS])
{
	size_t n = 0;

	for (enum purpose p = PURPOSE_MARKETING; p < CONSENT_STANDINGS; p++) {
		if (purpose == p || purpose == PURPOSE_ALL)
			list[n++] = answer_to(&x[p], p);
	}
	fold(x, list, &n);
	return n;
}

/* As the act was that comes back, but for its time. */
static int bring_back(struct store_conn *c, uint64_t person, const struct answer *x,
    const char *undo, struct arena *a, struct consent_entry *ret, struct err *err)
{
	struct consent_entry *acts;
	size_t len;
	int r = consent_list_full(c, person, a, &acts, &len, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (acts[i].leaf == x->restores)
			*ret = acts[i];
	}
	if (!ret->given_at)
		ret->given_at = ret->at;
	ret->import_id = 0;
	ret->attributes = arena_printf(
	    a, "{\"restores\":%lld,\"undo\":\"%s\"}", (long long)x->restores, undo);
	return r == 0 && !ret->attributes.p ? no_memory(err) : r;
}

static int append(struct store_conn *c, struct ledger *ledger, uint64_t person,
    const struct answer *x, time_ms now, struct arena *a, struct err *err)
{
	char undo[ID_TEXT_MAX];
	struct consent_entry e = { 0 };
	bool fresh;
	int r = 0;

	id_format("imp", x->undo, undo);
	if (x->restores)
		r = bring_back(c, person, x, undo, a, &e, err);
	else
		e.source = arena_printf(a, "undo of %s", undo);
	if (r == 0 && !x->restores && !e.source.p)
		r = no_memory(err);
	e.person = person;
	e.purpose = x->purpose;
	e.act = x->act;
	e.at = x->at;
	e.undo_of = x->undo;
	e.restores = x->restores;
	return r < 0 ? r : consent_append(c, ledger, &e, now, &fresh, err);
}

static int append_all(struct store_conn *c, struct ledger *ledger, uint64_t person,
    const struct answer *list, size_t len, time_ms now, struct err *err)
{
	struct arena *a = len ? arena_new(0, 0) : NULL;
	int r = len && !a ? no_memory(err) : 0;

	for (size_t i = 0; r == 0 && i < len; i++)
		r = append(c, ledger, person, &list[i], now, a, err);
	arena_free(&a);
	return r;
}

/* Is there a void act that an act of that time does not outrank? Most people have none, and whoever acts
 * a thousand times acts now. */
static int has_void(
    struct store_conn *c, uint64_t person, time_ms since, bool *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, ACTS " AND c.at >= ?3", "iim", (int64_t)person, GONE, since);

	*ret = false;
	if (r < 0)
		return r;
	while (!*ret && (r = store_step(s, err)) > 0)
		*ret = take(s).is_void;
	store_reset(s);
	return r < 0 ? r : 0;
}

int consent_settle(struct store_conn *c, struct ledger *ledger, const struct consent_entry *e,
    time_ms now, struct err *err)
{
	struct consent_standing x[CONSENT_STANDINGS];
	struct answer list[CONSENT_STANDINGS];
	bool any;
	int r = has_void(c, e->person, e->at, &any, err);

	if (r < 0 || !any)
		return r;
	r = read_standings(c, e->person, is_heard, x, err);
	if (r < 0)
		return r;
	return append_all(c, ledger, e->person, list, answers_to(x, e->purpose, list), now, err);
}

/* --- an import -------------------------------------------------------------------------------- */

struct place {
	int64_t leaf;
	uint64_t person;
};

/* The next acts that the import brought or said again; *ret_len below `limit` when there are no
 * more. */
static int next_acts(struct store_conn *c, const struct consent_import *x, size_t limit,
    struct place *ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT r.leaf AS leaf, coalesce(m.person, r.recorded_for) FROM consent_record r"
	    " LEFT JOIN person_merged m ON m.gone = r.recorded_for"
	    " WHERE r.import_id = ?1 AND r.leaf > ?2"
	    " UNION ALL SELECT s.leaf, coalesce(m.person, r.recorded_for) FROM consent_said s"
	    " JOIN consent_record r ON r.leaf = s.leaf"
	    " LEFT JOIN person_merged m ON m.gone = r.recorded_for"
	    " WHERE s.import_id = ?1 AND s.leaf > ?2 ORDER BY leaf LIMIT ?3",
	    "iii", (int64_t)x->id, x->undo_leaf, (int64_t)limit);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		ret[n++] = (struct place){ store_col_int(s, 0), (uint64_t)store_col_int(s, 1) };
	store_reset(s);
	*ret_len = n;
	return r;
}

/* The purpose that the act speaks of. */
static int purpose_of(
    struct store_conn *c, const struct place *at, enum purpose *ret, struct err *err)
{
	int64_t purpose = PURPOSE_ALL;
	int r = store_ask_int(c, &purpose, err,
	    "SELECT purpose FROM consent WHERE person = ?1 AND leaf = ?2", "ii",
	    (int64_t)at->person, at->leaf);

	*ret = (enum purpose)purpose;
	return r < 0 ? r : 0;
}

/* Was it answered, now or along with another act of the import? */
static bool is_answered(
    const struct consent_standing x[CONSENT_STANDINGS], enum purpose purpose, uint64_t import)
{
	for (enum purpose p = PURPOSE_MARKETING; p < CONSENT_STANDINGS; p++) {
		if ((purpose == p || purpose == PURPOSE_ALL) && x[p].now.undo == import)
			return true;
	}
	return false;
}

static int undo_act(struct store_conn *c, struct ledger *ledger, const struct place *at,
    time_ms now, struct consent_import *x, struct err *err)
{
	struct consent_standing before[CONSENT_STANDINGS];
	struct answer list[CONSENT_STANDINGS];
	enum purpose purpose;
	int r = purpose_of(c, at, &purpose, err);

	if (r == 0)
		r = read_standings(c, at->person, is_heard, before, err);
	if (r < 0)
		return r;
	size_t len = answers_to(before, purpose, list);
	bool answered = len > 0 || is_answered(before, purpose, x->id);
	x->undone += answered;
	x->kept += !answered;
	x->undo_leaf = at->leaf;
	return append_all(c, ledger, at->person, list, len, now, err);
}

/* Stored before the first act is looked at: from now on what the import said is void. */
static int begin(struct store_conn *c, struct consent_import *x, struct err *err)
{
	if (x->state == IMPORT_UNDOING)
		return 0;
	x->state = IMPORT_UNDOING;
	return consent_import_update(c, x, err);
}

int consent_import_undo(struct store_conn *c, struct ledger *ledger, size_t limit, time_ms now,
    struct arena *a, struct consent_import *x, struct err *err)
{
	struct place *acts = ARENA_ARRAY(a, struct place, limit);
	struct consent_import after = *x;
	size_t n = 0;

	ASSERT(x->state == IMPORT_DONE || x->state == IMPORT_STOPPED || x->state == IMPORT_UNDOING);
	int r = acts ? next_acts(c, x, limit, acts, &n, err) : no_memory(err);
	if (r == 0)
		r = begin(c, &after, err);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = undo_act(c, ledger, &acts[i], now, &after, err);
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

int consent_undo_go_on(struct store_conn *c, struct ledger *ledger, size_t limit, time_ms now,
    struct arena *a, uint64_t *last, struct err *err)
{
	struct consent_import x;
	int64_t id;
	int r = store_ask_int(c, &id, err,
	    "SELECT id FROM consent_import WHERE state = 5 ORDER BY id <= ?1, id LIMIT 1", "i",
	    (int64_t)*last);

	_Static_assert(IMPORT_UNDOING == 5, "the statement and its index say so");
	if (r <= 0)
		return r;
	*last = (uint64_t)id;
	r = consent_import_get(c, (uint64_t)id, a, &x, err);
	if (r <= 0)
		return r;
	r = consent_import_undo(c, ledger, limit, now, a, &x, err);
	return r < 0 ? r : 1;
}
