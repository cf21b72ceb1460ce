#include "domain/stops.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/consent.h"
#include "domain/person.h"
#include "store/query.h"

#define AT_ONCE 200

static const char *const names[] = {
	[STOP_APPLIED] = "applied",
	[STOP_HELD] = "held",
	[STOP_RELEASED] = "released",
	[STOP_CONFIRMED] = "confirmed",
};

const char *stop_state_name(enum stop_state s)
{
	return s >= STOP_APPLIED && (size_t)s < ARRAY_LEN(names) ? names[s] : "";
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on opt-outs.");
}

/* --- one comes -------------------------------------------------------------------------------- */

/* How many came in the hour, how many of those are held, and what this person's is (0 = none). */
static int look_back(struct store_conn *c, const struct stop *s, int64_t *ret_all,
    int64_t *ret_held, enum stop_state *ret_own, struct err *err)
{
	struct store_stmt *q;
	int r = store_ask(c, &q, err,
	    "SELECT count(*), coalesce(sum(CASE WHEN state = 2 THEN 1 ELSE 0 END), 0),"
	    " coalesce(max(CASE WHEN person = ?3 THEN state ELSE 0 END), 0)"
	    " FROM stop_by_code WHERE code = ?1 AND at > ?2",
	    "imi", s->code, s->at - MS_PER_HOUR, (int64_t)s->person);

	if (r < 0)
		return r;
	r = store_step(q, err);
	if (r > 0) {
		*ret_all = store_col_int(q, 0);
		*ret_held = store_col_int(q, 1);
		*ret_own = (enum stop_state)store_col_int(q, 2);
	}
	store_reset(q);
	return r < 0 ? r : 0;
}

/* 1 the person bears the mark, whoever set it. */
static int is_marked(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t flags = 0;
	int r = store_ask_int(
	    c, &flags, err, "SELECT flags FROM person WHERE id = ?1", "i", (int64_t)person);

	return r < 0 ? r : (flags & PERSON_META_STOP) != 0;
}

int stop_note(struct store_conn *c, const struct stop *s, int64_t most, enum stop_state *ret_state,
    bool *ret_burst, struct err *err)
{
	int64_t all = 0, held = 0;
	enum stop_state own = 0;
	struct stop x = *s;
	int r = person_resolve(c, s->person, &x.person, err);

	*ret_burst = false;
	if (r == 0)
		r = look_back(c, &x, &all, &held, &own, err);
	if (r < 0)
		return r;
	if (own == STOP_APPLIED || own == STOP_HELD) {
		*ret_state = own;
		return person_set_flag(c, x.person, PERSON_META_STOP, true, err);
	}
	int marked = is_marked(c, x.person, err);
	if (marked < 0)
		return marked;
	*ret_state = all + 1 >= most ? STOP_HELD : STOP_APPLIED;
	*ret_burst = *ret_state == STOP_HELD && held == 0;
	r = store_do(c, err,
	    "INSERT INTO stop_by_code (id, at, code, person, state, marked) VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	    "imiiii", (int64_t)x.id, x.at, x.code, (int64_t)x.person, (int64_t)*ret_state,
	    (int64_t)marked);
	return r < 0 ? r : person_set_flag(c, x.person, PERSON_META_STOP, true, err);
}

/* --- held ones end ---------------------------------------------------------------------------- */

int stop_settle(
    struct store_conn *c, uint64_t person, enum stop_state to, time_ms now, struct err *err)
{
	return store_do(c, err,
	    "UPDATE stop_by_code SET state = ?2, ended_at = ?3 WHERE person = ?1 AND state = 2",
	    "iim", (int64_t)person, (int64_t)to, now);
}

static int withdraw(struct store_conn *c, struct ledger *ledger, const struct stop *s,
    unsigned purposes, time_ms now, struct err *err)
{
	char source[32];
	struct consent_entry e = {
		.person = s->person,
		.act = CONSENT_WITHDRAW,
		.at = s->at,
	};
	int r = 0;

	(void)snprintf(source, sizeof(source), "meta:%" PRId64, s->code);
	e.source = str_c(source);
	for (enum purpose p = PURPOSE_MARKETING; r == 0 && p < PURPOSE_ALL; p++) {
		bool fresh;
		e.purpose = p;
		if (purposes & PURPOSE_BIT(p))
			r = consent_append(c, ledger, &e, now, &fresh, err);
	}
	return r;
}

struct held {
	struct stop stop;
	bool marked; /* before it was held: the mark is not ours to take */
};

static int take_held(
    struct store_conn *c, int64_t code, struct held *ret, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err,
	    "SELECT id, at, person, marked FROM stop_by_code WHERE state = 2 AND code = ?1"
	    " ORDER BY id LIMIT ?2",
	    "ii", code, (int64_t)AT_ONCE);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && n < AT_ONCE) {
		ret[n++] = (struct held){
			.stop = { .id = (uint64_t)store_col_int(s, 0),
			    .at = store_col_int(s, 1),
			    .person = (uint64_t)store_col_int(s, 2),
			    .code = code },
			.marked = store_col_int(s, 3) != 0,
		};
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

static int end_one(struct store_conn *c, struct ledger *ledger, const struct held *h,
    enum stop_state to, unsigned purposes, time_ms now, struct err *err)
{
	int r = 0;

	if (to == STOP_CONFIRMED)
		r = withdraw(c, ledger, &h->stop, purposes, now, err);
	else if (!h->marked)
		r = person_set_flag(c, h->stop.person, PERSON_META_STOP, false, err);
	return r < 0
	    ? r
	    : store_do(c, err, "UPDATE stop_by_code SET state = ?2, ended_at = ?3 WHERE id = ?1",
		  "iim", (int64_t)h->stop.id, (int64_t)to, now);
}

int stop_end(struct store_conn *c, struct ledger *ledger, int64_t code, enum stop_state to,
    unsigned purposes, time_ms now, struct err *err)
{
	struct held *list = mem_alloc(AT_ONCE * sizeof(*list));
	size_t n = 0;
	int r = list ? take_held(c, code, list, &n, err) : no_memory(err);

	ASSERT(to == STOP_CONFIRMED || to == STOP_RELEASED);
	for (size_t i = 0; r == 0 && i < n; i++)
		r = end_one(c, ledger, &list[i], to, purposes, now, err);
	mem_free(list);
	return r < 0 ? r : (int)n;
}

int stop_purge(struct store_conn *c, time_ms before, struct err *err)
{
	int64_t left = 0;
	int r = store_do(c, err,
	    "DELETE FROM stop_by_code WHERE id IN (SELECT id FROM stop_by_code WHERE id < ?1"
	    " AND state <> 2 ORDER BY id LIMIT ?2)",
	    "ii", (int64_t)id_first_at(before), (int64_t)AT_ONCE);

	if (r == 0)
		r = store_ask_int(c, &left, err,
		    "SELECT count(*) FROM (SELECT id FROM stop_by_code WHERE id < ?1 AND state <> 2"
		    " LIMIT 1) x",
		    "i", (int64_t)id_first_at(before));
	return r < 0 ? r : left > 0;
}

/* --- lists ------------------------------------------------------------------------------------ */

int stop_list(struct store_conn *c, const struct stop_filter *f, struct arena *a, struct stop **ret,
    size_t *ret_len, bool *ret_more, struct err *err)
{
	struct stop *items = ARENA_ARRAY(a, struct stop, f->limit + 1);
	struct store_stmt *s;
	size_t n = 0;
	int r = items ? store_ask(c, &s, err,
			    "SELECT id, at, code, person, state, ended_at FROM stop_by_code"
			    " WHERE id < ?1 AND (?2 = 0 OR code = ?2) AND (?3 = 0 OR state = ?3)"
			    " ORDER BY id DESC LIMIT ?4",
			    "iiii", f->before ? (int64_t)f->before : INT64_MAX, f->code,
			    (int64_t)f->state, (int64_t)f->limit + 1)
		      : no_memory(err);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		items[n++] = (struct stop){
			.id = (uint64_t)store_col_int(s, 0),
			.at = store_col_int(s, 1),
			.code = store_col_int(s, 2),
			.person = (uint64_t)store_col_int(s, 3),
			.state = (enum stop_state)store_col_int(s, 4),
			.ended_at = store_col_time(s, 5),
		};
	store_reset(s);
	if (r < 0)
		return r;
	*ret_more = n > f->limit;
	*ret_len = *ret_more ? f->limit : n;
	*ret = items;
	return 0;
}
