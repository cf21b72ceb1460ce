#include "domain/warmup_round.h"

#include <stdio.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/signal.h"
#include "store/query.h"

#define NUMBERS_MAX 10000
#define CAP_MAX 1000000000LL

/* --- rows ------------------------------------------------------------------------------------- */

struct row {
	struct str id;
	bool established;
	int64_t limit; /* of the portfolio; -1 = none */
	bool there;    /* on record */
	bool red;      /* RED or FLAGGED now */
	struct warmup_state state;
};

#define COLUMNS \
	"SELECT n.id, n.established, coalesce(p.people_limit, -1), n.warm_from, n.warm_frozen_until," \
	" n.quality, n.status, w.phase, w.day, w.cap, w.held, w.peak, w.used_day, w.stepped_day," \
	" w.most, w.most_until, w.red FROM number n" \
	" JOIN waba a ON a.id = n.waba JOIN portfolio p ON p.id = a.portfolio" \
	" LEFT JOIN warmup w ON w.number = n.id "

static bool is_red(struct str quality, struct str status)
{
	return str_eq_nocase(quality, STR("RED")) || str_eq_nocase(quality, STR("FLAGGED")) ||
	    str_eq_nocase(status, STR("FLAGGED"));
}

static void take_state(struct store_stmt *s, struct warmup_state *x)
{
	*x = (struct warmup_state){
		.phase = store_col_is_up_to(s, 7, WARMUP_DONE)
		    ? (enum warmup_phase)store_col_int(s, 7)
		    : WARMUP_RAMP,
		.day = store_col_int(s, 8),
		.cap = store_col_int(s, 9),
		.held = store_col_int(s, 10),
		.peak = store_col_int(s, 11),
		.used_day = store_col_int(s, 12),
		.stepped_day = store_col_int(s, 13),
		.most = store_col_int(s, 14),
		.most_until = store_col_time(s, 15),
		.red = store_col_int(s, 16) != 0,
	};
}

static int take_row(struct store_stmt *s, struct arena *a, struct row *x)
{
	x->established = store_col_int(s, 1) != 0;
	x->limit = store_col_int(s, 2);
	x->red = is_red(store_col_text(s, 5), store_col_text(s, 6));
	x->there = store_col_time(s, 8) != TIME_NONE;
	if (x->there)
		take_state(s, &x->state);
	else
		warmup_begin(x->established ? TIME_NONE : store_col_time(s, 3), &x->state);
	x->state.frozen_until = store_col_time(s, 4);
	return store_copy_text(s, 0, a, &x->id);
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while warming numbers up.");
}

/* `r` and `s` as store_ask left them. */
static int take_rows(int r, struct store_stmt *s, struct arena *a, struct row *rows, size_t max,
    size_t *ret_len, struct err *err)
{
	size_t n = 0;

	while (r >= 0 && n < max && (r = store_step(s, err)) > 0) {
		if (take_row(s, a, &rows[n++]) < 0)
			r = no_memory(err);
	}
	*ret_len = n;
	return r < 0 ? r : 0;
}

static int write_row(struct store_conn *c, const struct row *x, time_ms now, struct err *err)
{
	const struct warmup_state *s = &x->state;
	int r = store_do(c, err,
	    "INSERT INTO warmup (number, phase, day, cap, held, peak, used_day, stepped_day, most,"
	    " most_until, red) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)"
	    " ON CONFLICT (number) DO UPDATE SET phase = excluded.phase, day = excluded.day,"
	    " cap = excluded.cap, held = excluded.held, peak = excluded.peak,"
	    " used_day = excluded.used_day, stepped_day = excluded.stepped_day,"
	    " most = excluded.most, most_until = excluded.most_until, red = excluded.red",
	    "tiiiiiiiimi", x->id, (int64_t)s->phase, s->day, s->cap, s->held, s->peak, s->used_day,
	    s->stepped_day, s->most, s->most_until, (int64_t)s->red);

	return r < 0
	    ? r
	    : store_do(c, err,
		  "UPDATE number SET warm_frozen_until = ?2, updated_at = ?3 WHERE id = ?1", "tmm",
		  x->id, s->frozen_until, now);
}

static int read_one(
    struct store_conn *c, struct str number, struct arena *a, struct row *ret, struct err *err)
{
	struct store_stmt *s;
	size_t n = 0;
	int r = store_ask(c, &s, err, COLUMNS "WHERE n.id = ?1", "t", number);

	if (r < 0)
		return r;
	r = take_rows(r, s, a, ret, 1, &n, err);
	store_reset(s);
	if (r == 0 && n == 0)
		return err_field(
		    err, E_NOT_FOUND, "id", N_("There is no number %.*s."), STR_ARG(number));
	return r;
}

int warmup_read(struct store_conn *c, struct str number, struct warmup_state *ret, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row x = { 0 };
	int r = a ? read_one(c, number, a, &x, err) : no_memory(err);

	arena_free(&a);
	if (r == 0)
		*ret = x.state;
	return r;
}

/* --- a day ------------------------------------------------------------------------------------ */

/* People of a warming number; of another one its messages, which are as good to see that it is used. */
static int read_used(struct store_conn *c, struct str number, time_ms from, time_ms until,
    int64_t *ret, struct err *err)
{
	char scope[80];
	int64_t people = 0, messages = 0;

	(void)snprintf(scope, sizeof(scope), "n:%.*s", STR_ARG(number));
	int r = store_ask_int(c, &people, err,
	    "SELECT count(*) FROM reach WHERE scope = ?1"
	    " AND coalesce(delivered_at, reserved_at) >= ?2"
	    " AND coalesce(delivered_at, reserved_at) < ?3",
	    "tmm", str_c(scope), from, until);
	if (r >= 0 && people == 0)
		r = store_ask_int(c, &messages, err,
		    "SELECT coalesce(sum(sent), 0) FROM number_hour"
		    " WHERE number = ?1 AND hour >= ?2 AND hour < ?3",
		    "tii", number, from / MS_PER_HOUR, until / MS_PER_HOUR);
	*ret = people ? people : messages;
	return r < 0 ? r : 0;
}

static int read_quality(
    struct store_conn *c, struct str number, struct warmup_past *ret, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT n.quality, n.status, (SELECT count(*) FROM template t"
	    " WHERE t.waba = n.waba AND t.quality = 'RED') FROM number n WHERE n.id = ?1",
	    "t", number);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0) {
		ret->yellow = str_eq_nocase(store_col_text(s, 0), STR("YELLOW"));
		ret->red = is_red(store_col_text(s, 0), store_col_text(s, 1));
		ret->red_template = store_col_int(s, 2) > 0;
	}
	store_reset(s);
	return r < 0 ? r : 0;
}

int warmup_read_past(
    struct store_conn *c, struct str number, int64_t day, struct warmup_past *ret, struct err *err)
{
	time_ms from = day * MS_PER_DAY, until = from + MS_PER_DAY;
	struct signal_counts n;
	int r = signals_sum(c, SIGNAL_OF_NUMBER, number, from - 1, until - 1, &n, err);

	*ret = (struct warmup_past){ 0 };
	if (r == 0)
		r = read_used(c, number, from, until, &ret->used, err);
	if (r == 0)
		r = read_quality(c, number, ret, err);
	if (r < 0)
		return r;
	ret->sent = n.n[SIGNAL_SENT];
	ret->failed = n.n[SIGNAL_FAILED];
	ret->delivered = n.n[SIGNAL_DELIVERED];
	ret->opt_outs = n.n[SIGNAL_OPT_OUT];
	ret->spam = n.n[SIGNAL_SPAM];
	return 0;
}

/* --- the round -------------------------------------------------------------------------------- */

static int note(struct store_conn *c, const struct row *x, time_ms at, struct err *err)
{
	const struct history_by by = { .source = HISTORY_WARMUP, .at = at };

	return history_note(c, HISTORY_NUMBER, x->id, &by, NULL, err);
}

/* 1 its row changed. */
static int look_at(
    struct store_conn *c, const struct pack *pack, struct row *x, time_ms now, struct err *err)
{
	struct warmup_past past = { 0 };
	bool day_ended = warmup_calendar_day(now) > x->state.stepped_day;
	bool went_red = x->red && !x->state.red, recovered = !x->red && x->state.red;
	unsigned gates;
	int r = 0;

	if (!day_ended && !went_red && !recovered && x->there)
		return 0;
	if (day_ended)
		r = warmup_read_past(c, x->id, x->state.stepped_day, &past, err);
	if (r < 0)
		return r;
	if (day_ended)
		(void)warmup_end_day(pack, &x->state, &past, x->limit, now, &gates);
	if (went_red && !x->established)
		warmup_went_red(pack, &x->state, now);
	x->state.red = x->red;
	r = write_row(c, x, now, err);
	if (r == 0)
		r = note(c, x, now, err);
	return r < 0 ? r : 1;
}

/* Established numbers without a row never had anything to warm up for. */
#define CONCERNED "WHERE n.established = 0 OR w.number IS NOT NULL ORDER BY n.id"

int warmup_round(
    struct store_conn *c, const struct pack *pack, time_ms now, bool *ret_changed, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row *rows = a ? ARENA_ARRAY(a, struct row, NUMBERS_MAX) : NULL;
	struct store_stmt *s = NULL;
	bool changed = false;
	size_t n = 0;
	int r = rows ? store_ask(c, &s, err, COLUMNS CONCERNED, "") : no_memory(err);

	if (r == 0) {
		r = take_rows(r, s, a, rows, NUMBERS_MAX, &n, err);
		store_reset(s);
	}
	for (size_t i = 0; r >= 0 && i < n; i++) {
		r = look_at(c, pack, &rows[i], now, err);
		changed = changed || r > 0;
	}
	arena_free(&a);
	if (r < 0)
		return r;
	*ret_changed = changed;
	return 0;
}

/* --- what happens besides --------------------------------------------------------------------- */

int warmup_after_restriction(
    struct store_conn *c, const struct pack *pack, struct str waba, time_ms ended, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row *rows = a ? ARENA_ARRAY(a, struct row, NUMBERS_MAX) : NULL;
	struct store_stmt *s = NULL;
	size_t n = 0;
	int r = rows ? store_ask(c, &s, err, COLUMNS "WHERE n.waba = ?1 ORDER BY n.id", "t", waba)
		     : no_memory(err);

	if (r == 0) {
		r = take_rows(r, s, a, rows, NUMBERS_MAX, &n, err);
		store_reset(s);
	}
	for (size_t i = 0; r == 0 && i < n; i++) {
		warmup_was_restricted(pack, &rows[i].state, ended);
		if (rows[i].state.stepped_day == 0)
			rows[i].state.stepped_day = warmup_calendar_day(ended);
		r = write_row(c, &rows[i], ended, err);
		if (r == 0)
			r = note(c, &rows[i], ended, err);
	}
	arena_free(&a);
	return r;
}

int warmup_set_cap(
    struct store_conn *c, struct str number, int64_t cap, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	struct row x = { 0 };
	int r = a ? read_one(c, number, a, &x, err) : no_memory(err);

	if (r == 0 && (cap < 1 || cap > CAP_MAX))
		r = err_field(err, E_RANGE, "warmup_cap",
		    N_("The cap of warm-up must be at least 1 person a day."));
	if (r == 0) {
		warmup_override(&x.state, cap, now);
		r = write_row(c, &x, now, err);
	}
	arena_free(&a);
	return r;
}
