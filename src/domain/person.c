/* Finding, marking, and ids that are gone. What events teach, and merging: person_learn.c. */
#include "domain/person_private.h"

#include "base/check.h"
#include "base/lang.h"
#include "domain/suppression.h"
#include "store/query.h"

#define PURGE_AT_ONCE 500

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while looking a person up.");
}

/* --- finding ---------------------------------------------------------------------------------- */

/* 1 and *ret; 0 none. `r` and `s` as store_ask left them; columns: id, phone, flags, timezone, and
 * one of *ret_fifth, where that is wanted. */
static int one_person(int r, struct store_stmt *s, struct arena *a, struct person *ret,
    bool *ret_fifth, struct err *err)
{
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		*ret = (struct person){
			.id = (uint64_t)store_col_int(s, 0),
			.phone = { (uint64_t)store_col_int(s, 1) },
			.flags = (unsigned)store_col_int(s, 2),
		};
		if (ret_fifth)
			*ret_fifth = store_col_int(s, 4);
		if (store_copy_text(s, 3, a, &ret->timezone) < 0)
			r = no_memory(err);
	}
	store_reset(s);
	return r;
}

int person_by_id(
    struct store_conn *c, uint64_t id, struct arena *a, struct person *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err, "SELECT id, phone, flags, timezone FROM person WHERE id = ?1",
	    "i", (int64_t)id);

	return one_person(r, s, a, ret, NULL, err);
}

int person_by_phone(
    struct store_conn *c, struct phone phone, struct arena *a, struct person *ret, struct err *err)
{
	struct store_stmt *s;

	if (!phone.number)
		return 0;
	int r = store_ask(c, &s, err,
	    "SELECT id, phone, flags, timezone FROM person WHERE place = ?1", "i",
	    (int64_t)phone.number);
	return one_person(r, s, a, ret, NULL, err);
}

int person_by_bsuid(struct store_conn *c, struct str bsuid, struct phone guess, struct arena *a,
    struct person *ret, bool *ret_placed, struct err *err)
{
	struct store_stmt *s;
	int r;

	if (!bsuid.len)
		return 0;
	if (guess.number) {
		/* The row lies by its number (tables.c): the sign keeps p.id from being the way to it. */
		r = store_ask(c, &s, err,
		    "SELECT p.id, p.phone, p.flags, p.timezone, b.portfolio IS NOT NULL"
		    " FROM person_bsuid b LEFT JOIN person p ON p.place = ?2 AND +p.id = b.person"
		    " WHERE b.bsuid = ?1",
		    "ti", bsuid, (int64_t)guess.number);
		r = one_person(r, s, a, ret, ret_placed, err);
		if (r <= 0 || ret->id)
			return r;
	}
	r = store_ask(c, &s, err,
	    "SELECT p.id, p.phone, p.flags, p.timezone, b.portfolio IS NOT NULL FROM person_bsuid b"
	    " JOIN person p ON p.id = b.person WHERE b.bsuid = ?1",
	    "t", bsuid);
	return one_person(r, s, a, ret, ret_placed, err);
}

int person_find(struct store_conn *c, struct phone phone, struct str bsuid, struct arena *a,
    struct person *ret, struct err *err)
{
	int r = person_by_phone(c, phone, a, ret, err);

	return r == 0 ? person_by_bsuid(c, bsuid, (struct phone){ 0 }, a, ret, NULL, err) : r;
}

int64_t person_place(const struct person *p)
{
	return p->phone.number ? (int64_t)p->phone.number : -(int64_t)p->id;
}

/* --- creating --------------------------------------------------------------------------------- */

int person_create(struct store_conn *c, struct phone phone, struct id_gen *ids, time_ms now,
    struct person *ret, struct err *err)
{
	struct person p = { .id = id_next(ids, now), .phone = phone };
	struct store_stmt *s;
	int r = suppression_has(c, phone, STR_NONE, err);

	if (r < 0)
		return r;
	p.flags = r > 0 ? PERSON_SUPPRESSED : 0;
	r = store_ask(c, &s, err,
	    "INSERT INTO person (id, phone, flags, created_at, place, contacts)"
	    " VALUES (?1, ?2, ?5, ?3, ?4, 0)",
	    "iimii", (int64_t)p.id, (int64_t)phone.number, now, person_place(&p), (int64_t)p.flags);
	if (r < 0)
		return r;
	if (!phone.number)
		store_bind_null(s, 2);
	r = store_run(s, err);
	if (r == 0)
		*ret = p;
	return r;
}

int person_add_bsuid(struct store_conn *c, uint64_t person, struct str bsuid, struct str portfolio,
    time_ms now, struct err *err)
{
	const struct phone none = { 0 };

	if (!bsuid.len)
		return 0;
	int r = suppression_has(c, none, bsuid, err);
	if (r > 0)
		r = person_set_flag(c, person, PERSON_SUPPRESSED, true, err);
	if (r < 0)
		return r;
	return store_do(c, err,
	    "INSERT INTO person_bsuid (bsuid, person, portfolio, at) VALUES (?1, ?2, ?3, ?4)"
	    " ON CONFLICT (bsuid) DO UPDATE SET person = excluded.person,"
	    " portfolio = coalesce(excluded.portfolio, person_bsuid.portfolio)",
	    "titm", bsuid, (int64_t)person, portfolio, now);
}

int person_get(struct store_conn *c, struct phone phone, struct str bsuid, struct str portfolio,
    struct id_gen *ids, time_ms now, struct arena *a, struct person *ret, struct err *err)
{
	if (!phone.number && !bsuid.len)
		return err_field(
		    err, E_INVALID, "phone", N_("A person needs a telephone number or a BSUID."));
	int r = person_find(c, phone, bsuid, a, ret, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = person_create(c, phone, ids, now, ret, err);
	return r < 0 ? r : person_add_bsuid(c, ret->id, bsuid, portfolio, now, err);
}

static int get(struct store_conn *c, const struct person_lesson *l, struct phone phone,
    struct str bsuid, struct arena *a, struct person *ret, struct err *err)
{
	return person_get(c, phone, bsuid, l->portfolio, l->ids, l->now, a, ret, err);
}

/* The first one is behind one of the keys already: at most one key leads to somebody else. */
static int get_other(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct people *p, struct err *err)
{
	const struct phone none = { 0 };
	struct person other = { 0 };
	int r = get(c, l, keys->phone, STR_NONE, a, &other, err);

	if (r == 0 && other.id == p->list[0].id)
		r = get(c, l, none, keys->bsuid, a, &other, err);
	if (r == 0 && other.id != p->list[0].id)
		p->list[p->len++] = other;
	return r;
}

int person_get_all(struct store_conn *c, const struct person_lesson *l,
    const struct person_keys *keys, struct arena *a, struct people *ret, struct err *err)
{
	struct people p = { .len = 1 };
	int r = get(c, l, keys->phone, keys->bsuid, a, &p.list[0], err);

	if (r == 0 && keys->phone.number && keys->bsuid.len)
		r = get_other(c, l, keys, a, &p, err);
	if (r == 0)
		*ret = p;
	return r;
}

/* --- ids that are gone ------------------------------------------------------------------------ */

int person_resolve(struct store_conn *c, uint64_t id, uint64_t *ret, struct err *err)
{
	int64_t present;
	int r = store_ask_int(
	    c, &present, err, "SELECT person FROM person_merged WHERE gone = ?1", "i", (int64_t)id);

	if (r < 0)
		return r;
	*ret = r > 0 ? (uint64_t)present : id;
	return 0;
}

/* --- flags and marks -------------------------------------------------------------------------- */

int person_set_flag(struct store_conn *c, uint64_t person, unsigned flag, bool on, struct err *err)
{
	uint64_t id;
	int r = person_resolve(c, person, &id, err);

	if (r < 0)
		return r;
	if (on)
		return store_do(c, err, "UPDATE person SET flags = flags | ?2 WHERE id = ?1", "ii",
		    (int64_t)id, (int64_t)flag);
	return store_do(c, err, "UPDATE person SET flags = flags & ?2 WHERE id = ?1", "ii",
	    (int64_t)id, ~(int64_t)flag);
}

static int unsuppress_bsuids(
    struct store_conn *c, uint64_t person, struct json_writer *names, struct err *err)
{
	const struct phone none = { 0 };
	struct store_stmt *s;
	int r = store_ask(
	    c, &s, err, "SELECT bsuid FROM person_bsuid WHERE person = ?1", "i", (int64_t)person);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		r = suppression_remove(c, none, store_col_text(s, 0), names, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

/* 1 one of the person's keys was put on the list behind `at`. */
static int forgotten_since(
    struct store_conn *c, const struct person *p, time_ms at, struct err *err)
{
	struct store_stmt *s;
	time_ms since = INT64_MIN;
	int r = suppression_since(c, p->phone, STR_NONE, &since, err);

	if (r >= 0 && since <= at)
		r = store_ask(c, &s, err, "SELECT bsuid FROM person_bsuid WHERE person = ?1", "i",
		    (int64_t)p->id);
	if (r < 0 || since > at)
		return r < 0 ? r : 1;
	while (since <= at && (r = store_step(s, err)) > 0) {
		r = suppression_since(c, (struct phone){ 0 }, store_col_text(s, 0), &since, err);
		if (r < 0)
			break;
	}
	store_reset(s);
	return r < 0 ? r : since > at;
}

int person_welcome_back(struct store_conn *c, uint64_t person, time_ms at, struct arena *a,
    struct json_writer *names, struct err *err)
{
	struct person p;
	int r = person_by_id(c, person, a, &p, err);

	if (r <= 0 || !(p.flags & PERSON_SUPPRESSED))
		return r < 0 ? r : 0;
	r = forgotten_since(c, &p, at, err);
	if (r != 0)
		return r < 0 ? r : 0;
	r = suppression_remove(c, p.phone, STR_NONE, names, err);
	if (r >= 0)
		r = unsuppress_bsuids(c, person, names, err);
	return r < 0 ? r : person_set_flag(c, person, PERSON_SUPPRESSED, false, err);
}

int person_mark(struct store_conn *c, uint64_t person, enum person_mark kind, struct str scope,
    time_ms at, time_ms until, struct err *err)
{
	uint64_t id;
	int r = person_resolve(c, person, &id, err);

	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO person_mark (person, kind, scope, at, until_at) VALUES (?1, ?2, ?3, ?4, ?5)"
		    " ON CONFLICT (person, kind, scope, at) DO UPDATE SET until_at = excluded.until_at"
		    " WHERE person_mark.until_at < excluded.until_at",
		    "iitmm", (int64_t)id, (int64_t)kind, scope.p ? scope : STR(""), at, until);
	return r < 0 ? r : person_set_flag(c, id, PERSON_HAS_MARKS, true, err);
}

int person_marks(struct store_conn *c, uint64_t person, struct str waba, time_ms since,
    time_ms last_inbound, time_ms now, int64_t *ret_failures, time_ms *ret_cooldown,
    struct err *err)
{
	int64_t failures = 0, until = 0;
	int r = store_ask_int(c, &failures, err,
	    "SELECT count(*) FROM person_mark WHERE person = ?1 AND kind = ?2 AND at > ?3", "iii",
	    (int64_t)person, (int64_t)MARK_HARD_FAILURE,
	    since > last_inbound ? since : last_inbound);

	if (r < 0)
		return r;
	r = store_ask_int(c, &until, err,
	    "SELECT max(until_at) FROM person_mark WHERE person = ?1 AND kind = ?2 AND scope = ?3"
	    " AND until_at > ?4",
	    "iiti", (int64_t)person, (int64_t)MARK_COOLDOWN, waba, now);
	if (r < 0)
		return r;
	*ret_failures = failures;
	*ret_cooldown = r > 0 ? until : TIME_NONE;
	return 0;
}

int person_has_mark(
    struct store_conn *c, uint64_t person, enum person_mark kind, time_ms since, struct err *err)
{
	int64_t n = 0;
	int r = store_ask_int(c, &n, err,
	    "SELECT count(*) FROM person_mark WHERE person = ?1 AND kind = ?2 AND at > ?3", "iii",
	    (int64_t)person, (int64_t)kind, since);

	return r < 0 ? r : n > 0;
}

int person_marks_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int r = store_do(c, err,
	    "DELETE FROM person_mark WHERE (person, kind, scope, at) IN"
	    " (SELECT person, kind, scope, at FROM person_mark"
	    " WHERE at < ?1 AND coalesce(until_at, at) < ?1 ORDER BY at LIMIT ?2)",
	    "mi", before, (int64_t)PURGE_AT_ONCE);

	return r < 0 ? r : store_changes(c) >= PURGE_AT_ONCE;
}

int person_bsuid(struct store_conn *c, uint64_t person, struct str portfolio, struct arena *a,
    struct str *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT bsuid FROM person_bsuid WHERE person = ?1 AND bsuid NOT LIKE '__.ENT.%'"
	    " AND coalesce(portfolio, ?2, '') = coalesce(?2, portfolio, '')"
	    " ORDER BY CASE WHEN portfolio IS NULL THEN 1 ELSE 0 END, at DESC, bsuid LIMIT 1",
	    "it", (int64_t)person, portfolio);

	if (r < 0)
		return r;
	r = store_step(s, err);
	struct str found = STR_NONE;
	if (r > 0 && store_copy_text(s, 0, a, &found) < 0)
		r = no_memory(err);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = found;
	return 0;
}

/* --- what became of them ---------------------------------------------------------------------- */

/* How many rows the next statement will find, and room for them. */
static int make_room(struct store_conn *c, const char *sql, uint64_t person, struct arena *a,
    size_t item, void **ret, size_t *ret_len, struct err *err)
{
	int64_t n = 0;
	int r = store_ask_int(c, &n, err, sql, "i", (int64_t)person);

	if (r < 0)
		return r;
	*ret = arena_array(a, item, n > 0 ? (size_t)n : 1);
	*ret_len = (size_t)n;
	return *ret ? 0 : no_memory(err);
}

int person_former(struct store_conn *c, uint64_t person, struct arena *a, const uint64_t **ret,
    size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t room, n = 0;
	void *ids;
	int r = make_room(c, "SELECT count(*) FROM person_merged WHERE person = ?1", person, a,
	    sizeof(uint64_t), &ids, &room, err);

	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT gone FROM person_merged WHERE person = ?1 ORDER BY gone", "i",
		    (int64_t)person);
	if (r < 0)
		return r;
	while (n < room && (r = store_step(s, err)) > 0)
		((uint64_t *)ids)[n++] = (uint64_t)store_col_int(s, 0);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = ids;
	*ret_len = n;
	return 0;
}

static int take_change(
    struct store_stmt *s, struct arena *a, struct person_change *ret, struct err *err)
{
	ret->at = store_col_int(s, 0);
	if (store_copy_text(s, 1, a, &ret->what) < 0 || store_copy_text(s, 2, a, &ret->detail) < 0)
		return no_memory(err);
	return 1;
}

int person_changes(struct store_conn *c, uint64_t person, struct arena *a,
    struct person_change **ret, size_t *ret_len, struct err *err)
{
	struct person_change *list;
	struct store_stmt *s;
	size_t room, n = 0;
	void *all;
	int r = make_room(c, "SELECT count(*) FROM person_history WHERE person = ?1", person, a,
	    sizeof(*list), &all, &room, err);

	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT at, what, detail FROM person_history WHERE person = ?1 ORDER BY at, seq",
		    "i", (int64_t)person);
	if (r < 0)
		return r;
	list = all;
	while (r >= 0 && n < room && (r = store_step(s, err)) > 0)
		r = take_change(s, a, &list[n++], err);
	store_reset(s);
	if (r < 0)
		return r;
	*ret = list;
	*ret_len = n;
	return 0;
}
