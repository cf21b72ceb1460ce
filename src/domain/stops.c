#include "domain/stops.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/consent.h"
#include "domain/person.h"
#include "domain/person_key.h"
#include "store/query.h"

#define AT_ONCE 200
#define SOURCE_MAX 512 /* "message:" and Meta's id of it */

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
	    "INSERT INTO stop_by_code (id, at, code, person, state, marked, number)"
	    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
	    "imiiiit", (int64_t)x.id, x.at, x.code, (int64_t)x.person, (int64_t)*ret_state,
	    (int64_t)marked, x.number);
	return r < 0 ? r : person_set_flag(c, x.person, PERSON_META_STOP, true, err);
}

static struct str head(struct str words)
{
	size_t len = words.len > STOP_WORDS_MAX ? STOP_WORDS_MAX : words.len;

	/* not in the middle of a character */
	while (len > 0 && len < words.len && ((unsigned char)words.p[len] & 0xc0) == 0x80)
		len--;
	return str_sub(words, 0, len);
}

static int add_doubt(struct store_conn *c, const struct stop *s, struct err *err)
{
	struct buf sealed;

	buf_init(&sealed, 0);
	int r = person_seal(c, s->person, (int64_t)s->id, head(s->words), &sealed, err);
	if (r == 0)
		r = store_do(c, err,
		    "INSERT INTO stop_by_code (id, at, code, person, state, marked, purposes, number,"
		    " source, sealed_for, words) VALUES (?1, ?2, 0, ?3, 2, 0, ?4, ?5, ?6, ?3, ?7)",
		    "imiittb", (int64_t)s->id, s->at, (int64_t)s->person, (int64_t)s->purposes,
		    s->number, s->source, buf_str(&sealed));
	buf_done(&sealed);
	return r < 0 ? r : person_set_flag(c, s->person, PERSON_STOP_DOUBT, true, err);
}

int stop_doubt(struct store_conn *c, const struct stop *s, bool *ret_first, struct err *err)
{
	struct stop x = *s;
	int64_t mine = 0, others = 0;
	int r = person_resolve(c, s->person, &x.person, err);

	if (r == 0)
		r = store_ask_int(c, &mine, err,
		    "SELECT count(*) FROM stop_by_code WHERE person = ?1 AND state = 2 AND code = 0"
		    " AND (purposes & ?2) = ?2",
		    "ii", (int64_t)x.person, (int64_t)s->purposes);
	if (r < 0 || mine)
		return r < 0 ? r : 0;
	r = store_ask_int(c, &others, err,
	    "SELECT count(*) FROM (SELECT 1 FROM stop_by_code WHERE code = 0 AND at > ?1"
	    " AND number = ?2 LIMIT 1) x",
	    "mt", s->at - MS_PER_HOUR, s->number);
	if (r >= 0)
		r = add_doubt(c, &x, err);
	if (r < 0)
		return r;
	*ret_first = others == 0;
	return 1;
}

/* --- held ones end ---------------------------------------------------------------------------- */

/* The mark, which keeps marketing away, goes with the last of them that is about marketing: two can come of a
 * merger. */
static int lift_doubt(struct store_conn *c, uint64_t person, struct err *err)
{
	int64_t left = 0;
	int r = store_ask_int(c, &left, err,
	    "SELECT count(*) FROM stop_by_code WHERE person = ?1 AND state = 2 AND code = 0"
	    " AND (purposes & ?2) <> 0",
	    "ii", (int64_t)person, (int64_t)PURPOSE_BIT(PURPOSE_MARKETING));

	return r < 0 || left ? (r < 0 ? r : 0)
			     : person_set_flag(c, person, PERSON_STOP_DOUBT, false, err);
}

int stop_settle_words(struct store_conn *c, uint64_t person, const struct stop_word *said,
    time_ms now, struct err *err)
{
	unsigned rest = ~said->purposes;
	int64_t others = rest;
	int r = store_do(c, err,
	    "UPDATE stop_by_code SET state = ?2, ended_at = ?3 WHERE person = ?1 AND state = 2"
	    " AND code = 0 AND at <= ?4 AND (purposes & ?5) = 0",
	    "iimii", (int64_t)person, (int64_t)said->to, now, said->until, others);

	if (r == 0)
		r = store_do(c, err,
		    "UPDATE stop_by_code SET purposes = (purposes & ?3) WHERE person = ?1"
		    " AND state = 2 AND code = 0 AND at <= ?2",
		    "iii", (int64_t)person, said->until, others);
	return r < 0 ? r : lift_doubt(c, person, err);
}

int stop_settle(struct store_conn *c, uint64_t person, const struct stop_word *said, time_ms now,
    struct err *err)
{
	int r = stop_settle_words(c, person, said, now, err);

	return r < 0 ? r
		     : store_do(c, err,
			   "UPDATE stop_by_code SET state = ?2, ended_at = ?3 WHERE person = ?1"
			   " AND state = 2 AND code <> 0",
			   "iim", (int64_t)person, (int64_t)said->to, now);
}

static int withdraw(struct store_conn *c, struct ledger *ledger, const struct stop *s,
    unsigned purposes, time_ms now, struct err *err)
{
	char source[32];
	struct consent_entry e = {
		.person = s->person,
		.act = CONSENT_WITHDRAW,
		.at = s->at,
		.source = s->source,
	};
	int r = 0;

	(void)snprintf(source, sizeof(source), "meta:%" PRId64, s->code);
	if (s->code != STOP_BY_WORDS)
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
	bool words = h->stop.code == STOP_BY_WORDS;
	int r = 0;

	if (to == STOP_CONFIRMED)
		r = withdraw(c, ledger, &h->stop, words ? h->stop.purposes : purposes, now, err);
	else if (!words && !h->marked)
		r = person_set_flag(c, h->stop.person, PERSON_META_STOP, false, err);
	if (r == 0)
		r = store_do(c, err,
		    "UPDATE stop_by_code SET state = ?2, ended_at = ?3 WHERE id = ?1", "iim",
		    (int64_t)h->stop.id, (int64_t)to, now);
	return r == 0 && words ? lift_doubt(c, h->stop.person, err) : r;
}

int stop_end_one(struct store_conn *c, struct ledger *ledger, uint64_t id, enum stop_state to,
    unsigned purposes, time_ms now, struct err *err)
{
	struct held h = { .marked = false };
	char source[SOURCE_MAX];
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT at, code, person, marked, purposes, source FROM stop_by_code"
	    " WHERE id = ?1 AND state = 2",
	    "i", (int64_t)id);

	ASSERT(to == STOP_CONFIRMED || to == STOP_RELEASED);
	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		struct str text = store_col_text(s, 5);
		h.stop = (struct stop){ .id = id,
			.at = store_col_int(s, 0),
			.code = store_col_int(s, 1),
			.person = (uint64_t)store_col_int(s, 2),
			.purposes = (unsigned)store_col_int(s, 4) };
		h.marked = store_col_int(s, 3) != 0;
		if (str_to_c(text, source, sizeof(source)) == 0)
			h.stop.source = str_c(source);
	}
	store_reset(s);
	if (r > 0)
		r = end_one(c, ledger, &h, to, purposes, now, err);
	else
		return r;
	return r < 0 ? r : 1;
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

/* The words as they were written; none when they cannot be read any more. */
static int unseal_words(
    struct store_conn *c, uint64_t sealed_for, struct stop *x, struct arena *a, struct err *err)
{
	struct str sealed = x->words;
	struct buf plain;

	x->words = STR_NONE;
	if (!sealed.len)
		return 0;
	buf_init(&plain, 0);
	int r = person_unseal(c, sealed_for, (int64_t)x->id, sealed, &plain, err);
	if (r > 0)
		x->words = arena_str(a, buf_str(&plain));
	buf_done(&plain);
	if (r > 0 && !x->words.p)
		return no_memory(err);
	return r < 0 ? r : 0;
}

struct row {
	struct stop stop;
	uint64_t sealed_for;
};

/* -E_NOMEM when what lives in the arena does not fit. */
static int read_row(struct store_stmt *s, struct arena *a, struct row *ret, struct err *err)
{
	struct str number = store_col_text(s, 7), words = store_col_blob(s, 9);

	*ret = (struct row){
		.stop = { .id = (uint64_t)store_col_int(s, 0),
		    .at = store_col_int(s, 1),
		    .code = store_col_int(s, 2),
		    .person = (uint64_t)store_col_int(s, 3),
		    .state = (enum stop_state)store_col_int(s, 4),
		    .ended_at = store_col_time(s, 5),
		    .purposes = (unsigned)store_col_int(s, 6),
		    .number = number.len ? arena_str(a, number) : STR_NONE,
		    .words = words.len ? arena_str(a, words) : STR_NONE,
		    .phone = { .number = (uint64_t)store_col_int(s, 10) } },
		.sealed_for = (uint64_t)store_col_int(s, 8),
	};
	if ((number.len && !ret->stop.number.p) || (words.len && !ret->stop.words.p))
		return no_memory(err);
	return 0;
}

/* ",100200300,100200301,": a statement has no lists. */
static int join_numbers(
    const struct stop_filter *f, struct arena *a, struct str *ret, struct err *err)
{
	struct buf text;

	*ret = STR_NONE;
	if (!f->numbers)
		return 0;
	buf_init(&text, 0);
	buf_add_c(&text, ",");
	for (size_t i = 0; i < f->numbers_len; i++) {
		buf_add(&text, f->numbers[i]);
		buf_add_c(&text, ",");
	}
	*ret = text.failed ? STR_NONE : arena_str(a, buf_str(&text));
	buf_done(&text);
	return ret->p ? 0 : no_memory(err);
}

static int read_rows(struct store_conn *c, const struct stop_filter *f, struct arena *a,
    struct row *rows, size_t *ret_len, struct err *err)
{
	struct store_stmt *s;
	struct str numbers;
	size_t n = 0;
	int r = join_numbers(f, a, &numbers, err);

	if (r < 0)
		return r;
	r = store_ask(c, &s, err,
	    "SELECT x.id, x.at, x.code, x.person, x.state, x.ended_at, x.purposes, x.number,"
	    " x.sealed_for, x.words, p.phone FROM stop_by_code x LEFT JOIN person p ON p.id = x.person"
	    " WHERE x.id < ?1 AND (?2 = 0 OR x.code = ?2) AND (?3 = 0 OR x.state = ?3)"
	    " AND (?5 IS NULL OR ?5 LIKE '%,' || x.number || ',%') ORDER BY x.id DESC LIMIT ?4",
	    "iiiit", f->before ? (int64_t)f->before : INT64_MAX, f->code, (int64_t)f->state,
	    (int64_t)f->limit + 1, numbers);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0 && n <= f->limit) {
		r = read_row(s, a, &rows[n], err);
		if (r < 0)
			break;
		n++;
	}
	store_reset(s);
	*ret_len = n;
	return r < 0 ? r : 0;
}

int stop_list(struct store_conn *c, const struct stop_filter *f, struct arena *a, struct stop **ret,
    size_t *ret_len, bool *ret_more, struct err *err)
{
	struct row *rows = ARENA_ARRAY(a, struct row, f->limit + 1);
	struct stop *items = ARENA_ARRAY(a, struct stop, f->limit + 1);
	size_t n = 0;
	int r = rows && items ? read_rows(c, f, a, rows, &n, err) : no_memory(err);

	for (size_t i = 0; r == 0 && i < n; i++) {
		items[i] = rows[i].stop;
		r = unseal_words(c, rows[i].sealed_for, &items[i], a, err);
	}
	if (r < 0)
		return r;
	*ret_more = n > f->limit;
	*ret_len = *ret_more ? f->limit : n;
	*ret = items;
	return 0;
}
