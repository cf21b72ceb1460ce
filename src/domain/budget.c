/* Per portfolio with a limit and per warming number a struct reach; per number a ring of hours and
 * the present second.
 *
 * The ring holds HOURS hours by hour number modulo HOURS; an entry of another hour is empty. Hours
 * that changed since the last flush are those from `dirty_from` on. */
#include "domain/budget.h"

#include <string.h>

#include "base/check.h"
#include "base/id.h"
#include "base/map.h"
#include "domain/reach.h"
#include "store/query.h"

#define DAYS 8 /* today and the seven before */
#define HOURS (DAYS * 24 + 1)
#define CLEAN INT64_MAX
#define SCOPE_MAX 80
#define PURGE_LOOKS 1000 /* rows of `reach` looked at in one call */

struct hour {
	int64_t number; /* hours since 1970 */
	int64_t sent;
};

struct number_budget {
	char id[64];
	int64_t second, sent_in_second;
	time_ms slow_until; /* Meta wanted it slower */
	int halved;         /* so often, until then */
	struct hour hours[HOURS];
	int64_t dirty_from;          /* CLEAN, or the first hour to be written */
	int64_t highest, highest_at; /* of the earlier days, as of that hour; they change no more */
	struct reach *warmup;        /* NULL = not warming, or not asked for yet */
};

struct budget {
	struct map *portfolios; /* id → struct reach */
	struct map *numbers;    /* id → struct number_budget */
	int64_t window_ms;
	time_ms now; /* of the last call that told it: what is loaded later is loaded as of then */
	time_ms day_at;              /* when the day of warming numbers was told last; 0 = never */
	char purge_scope[SCOPE_MAX]; /* rows up to here were looked at */
	int64_t purge_person;
};

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while reading budgets.");
}

int budget_new(struct budget **ret, struct err *err)
{
	struct budget *b = mem_alloc(sizeof(*b));

	if (!b)
		return no_memory(err);
	b->portfolios = map_new();
	b->numbers = map_new();
	if (!b->portfolios || !b->numbers) {
		budget_free(&b);
		return no_memory(err);
	}
	*ret = b;
	return 0;
}

static void free_number(struct number_budget *n)
{
	reach_free(&n->warmup);
	mem_free(n);
}

static void empty(struct budget *b)
{
	struct str key;
	void *value;
	size_t iter = 0;

	while (b->portfolios && map_each(b->portfolios, &iter, &key, &value))
		reach_free(&(struct reach *){ value });
	iter = 0;
	while (b->numbers && map_each(b->numbers, &iter, &key, &value))
		free_number(value);
	map_free(&b->portfolios);
	map_free(&b->numbers);
}

void budget_free(struct budget **pb)
{
	if (!*pb)
		return;
	empty(*pb);
	MEM_FREE(pb);
}

static struct str scope_name(char kind, struct str id, char out[SCOPE_MAX])
{
	size_t len = id.len < SCOPE_MAX - 2 ? id.len : SCOPE_MAX - 2;

	out[0] = kind;
	out[1] = ':';
	memcpy(out + 2, id.p, len);
	return str_n(out, len + 2);
}

/* --- portfolios ------------------------------------------------------------------------------- */

/* The portfolio just got a limit: whoever was written to in the last day counts as delivered
 * then. */
static int adopt(
    struct store_conn *c, struct str portfolio, struct str scope, time_ms since, struct err *err)
{
	int r = store_do(c, err,
	    "INSERT INTO reach (scope, person, delivered_at, open_count, engaged)"
	    " SELECT ?1, person, max(at), 0, 0 FROM decision WHERE id >= ?2 AND (counted % 2 = 1 OR counted / 16 % 2 = 1)"
	    " AND waba IN (SELECT id FROM waba WHERE portfolio = ?3) GROUP BY person"
	    " ON CONFLICT (scope, person) DO NOTHING",
	    "tit", scope, (int64_t)id_first_at(since), portfolio);

	if (r < 0)
		return r;
	return store_do(c, err, "UPDATE portfolio SET counting = 1 WHERE id = ?1", "t", portfolio);
}

static int load_portfolio(
    struct budget *b, struct store_conn *c, const struct dir_portfolio *p, struct err *err)
{
	char name[SCOPE_MAX];
	struct str scope = scope_name('p', p->id, name);
	struct reach *reach = NULL;
	int64_t counting = 0;
	int r = store_ask_int(
	    c, &counting, err, "SELECT counting FROM portfolio WHERE id = ?1", "t", p->id);

	if (r >= 0 && !counting)
		r = adopt(c, p->id, scope, b->now - b->window_ms, err);
	if (r >= 0)
		r = reach_load(c, scope, b->window_ms, b->now, &reach, err);
	if (r >= 0 && map_put(b->portfolios, p->id, reach) < 0) {
		reach_free(&reach);
		r = no_memory(err);
	}
	return r < 0 ? r : 0;
}

/* Without a limit there are no rows; they would be out of date when a limit comes back. */
static int forget_portfolio(struct budget *b, struct store_conn *c, struct str id, struct err *err)
{
	char name[SCOPE_MAX];
	struct reach *reach = map_take(b->portfolios, id);

	reach_free(&reach);
	int r = store_do(
	    c, err, "DELETE FROM reach WHERE scope = ?1", "t", scope_name('p', id, name));
	if (r < 0)
		return r;
	return store_do(c, err, "UPDATE portfolio SET counting = 0 WHERE id = ?1", "t", id);
}

static int sync_portfolio(
    struct budget *b, struct store_conn *c, const struct dir_portfolio *p, struct err *err)
{
	bool counted = map_get(b->portfolios, p->id) != NULL;

	if (p->limited && !counted)
		return load_portfolio(b, c, p, err);
	if (!p->limited && counted)
		return forget_portfolio(b, c, p->id, err);
	return 0;
}

/* --- numbers ---------------------------------------------------------------------------------- */

static int64_t hour_of(time_ms t)
{
	return t / MS_PER_HOUR;
}

static struct hour *hour_slot(struct number_budget *n, int64_t hour)
{
	struct hour *h = &n->hours[hour % HOURS];

	if (h->number != hour)
		*h = (struct hour){ .number = hour };
	return h;
}

static int load_hours(struct number_budget *n, struct store_conn *c, time_ms now, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT hour, sent FROM number_hour WHERE number = ?1 AND hour > ?2", "ti",
	    str_c(n->id), hour_of(now) - HOURS);

	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0)
		hour_slot(n, store_col_int(s, 0))->sent = store_col_int(s, 1);
	store_reset(s);
	return r;
}

static int load_number(struct budget *b, struct store_conn *c, const struct dir_number *d,
    struct number_budget **ret, struct err *err)
{
	struct number_budget *n = mem_alloc(sizeof(*n));

	if (!n)
		return no_memory(err);
	n->dirty_from = CLEAN;
	n->highest_at = -1;
	int r = str_to_c(d->id, n->id, sizeof(n->id));
	ASSERT(r == 0); /* account.c bounds ids */
	r = load_hours(n, c, b->now, err);
	if (r >= 0 && map_put(b->numbers, d->id, n) < 0)
		r = no_memory(err);
	if (r < 0) {
		free_number(n);
		return r;
	}
	*ret = n;
	return 0;
}

/* The memory of a number, made on first use. */
static int number_of(struct budget *b, struct store_conn *c, const struct dir_number *d,
    struct number_budget **ret, struct err *err)
{
	struct number_budget *n = map_get(b->numbers, d->id);

	if (!n)
		return load_number(b, c, d, ret, err);
	*ret = n;
	return 0;
}

static int64_t sent_in_hours(const struct number_budget *n, int64_t after, int64_t until)
{
	int64_t sum = 0;

	for (int64_t hour = after + 1; hour <= until; hour++) {
		const struct hour *h = &n->hours[hour % HOURS];
		sum += h->number == hour ? h->sent : 0;
	}
	return sum;
}

/* The highest of the seven days before the last 24 hours. */
static int64_t highest_day(struct number_budget *n, int64_t hour)
{
	int64_t highest = 0;

	if (n->highest_at == hour)
		return n->highest;
	for (int64_t day = 1; day < DAYS; day++) {
		int64_t until = hour - 24 * day;
		int64_t sent = sent_in_hours(n, until - 24, until);
		highest = sent > highest ? sent : highest;
	}
	n->highest_at = hour;
	n->highest = highest;
	return highest;
}

static void count_message(struct number_budget *n, time_ms now)
{
	int64_t second = now / MS_PER_S, hour = hour_of(now);

	if (n->second != second) {
		n->second = second;
		n->sent_in_second = 0;
	}
	n->sent_in_second++;
	hour_slot(n, hour)->sent++;
	if (hour < n->dirty_from)
		n->dirty_from = hour;
}

static int warmup_reach(
    struct budget *b, struct number_budget *n, struct store_conn *c, struct err *err)
{
	char name[SCOPE_MAX];

	if (n->warmup)
		return 0;
	return reach_load(
	    c, scope_name('n', str_c(n->id), name), b->window_ms, b->now, &n->warmup, err);
}

static int fill_warmup(struct budget *b, struct number_budget *n, struct store_conn *c,
    const struct warmup_day *day, time_ms now, struct facts_warmup *f, struct err *err)
{
	int r = warmup_reach(b, n, c, err);

	if (r < 0)
		return r;
	f->active = true;
	f->day = day->day;
	f->cap = day->cap;
	f->used = reach_count(n->warmup, now);
	f->used_last_hour = reach_since(n->warmup, now - MS_PER_HOUR);
	f->used_last_minute = reach_since(n->warmup, now - MS_PER_MIN);
	f->engaged_share = reach_engaged_share(n->warmup);
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

int budget_reload(struct budget *b, struct store_conn *c, const struct directory *d,
    const struct pack *pack, time_ms now, struct err *err)
{
	empty(b);
	b->portfolios = map_new();
	b->numbers = map_new();
	if (!b->portfolios || !b->numbers)
		return no_memory(err);
	return budget_sync(b, c, d, pack, now, err);
}

int budget_sync(struct budget *b, struct store_conn *c, const struct directory *d,
    const struct pack *pack, time_ms now, struct err *err)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(d, &n);
	int r = 0;

	b->now = now;
	b->window_ms = pack_limits(pack)->portfolio.window_ms;
	for (size_t i = 0; r == 0 && i < n; i++)
		r = sync_portfolio(b, c, wabas[i]->portfolio, err);
	return r;
}

#define HALVED_MAX 10 /* 1,000 messages a second come to one */

static void slow_down(
    const struct number_budget *n, const struct pack *pack, time_ms now, struct facts_number *f)
{
	int64_t limit = f->throughput > 0 ? f->throughput : pack_limits(pack)->number.throughput;

	if (now >= n->slow_until)
		return;
	limit >>= n->halved;
	f->throughput = limit > 0 ? limit : 1;
}

int budget_slow(struct budget *b, struct store_conn *c, const struct dir_number *d, int64_t ms,
    time_ms now, struct err *err)
{
	struct number_budget *n = NULL;
	int r = number_of(b, c, d, &n, err);

	if (r < 0)
		return r;
	if (now >= n->slow_until)
		n->halved = 0;
	/* Those that were under way together are one word of Meta's. */
	bool again = now >= n->slow_until || now >= n->slow_until - ms + MS_PER_S;
	n->halved += again && n->halved < HALVED_MAX;
	n->slow_until = now + ms;
	return 0;
}

int budget_fill_facts(struct budget *b, struct store_conn *c, const struct dir_number *d,
    uint64_t person, const struct pack *pack, time_ms now, struct facts *f, struct err *err)
{
	struct reach *people = map_get(b->portfolios, d->waba->portfolio->id);
	struct number_budget *n;
	b->now = now;
	int r = number_of(b, c, d, &n, err);

	if (r < 0)
		return r;
	if (people) {
		f->portfolio.unique_24h = reach_count(people, now);
		f->person.counted_24h = person && reach_has(people, person, now);
	}
	f->number.sent_last_second = n->second == now / MS_PER_S ? n->sent_in_second : 0;
	slow_down(n, pack, now, &f->number);
	f->number.sent_24h = sent_in_hours(n, hour_of(now) - 24, hour_of(now));
	f->number.max_24h_last_7d = highest_day(n, hour_of(now));
	const struct dir_portfolio *p = d->waba->portfolio;
	struct warmup_day day;
	/* While the clock is suspect no new day begins. */
	if (!f->clock_suspect || !b->day_at)
		b->day_at = now;
	warmup_day(pack, d->established, &d->warmup, p->limited ? p->limit : -1, b->day_at, &day);
	if (!day.active)
		return 0;
	f->number.warmup.frozen_until = day.frozen_until;
	return fill_warmup(b, n, c, &day, now, &f->number.warmup, err);
}

int64_t budget_people(const struct budget *b, struct str portfolio, time_ms now)
{
	struct reach *people = map_get(b->portfolios, portfolio);

	return people ? reach_count(people, now) : 0;
}

int budget_spend(struct budget *b, struct store_conn *c, const struct dir_number *d,
    uint64_t person, unsigned want, bool engaged, time_ms now, unsigned *ret_counted,
    struct err *err)
{
	struct reach *people = map_get(b->portfolios, d->waba->portfolio->id);
	struct number_budget *n;
	b->now = now;
	int r = number_of(b, c, d, &n, err);

	if (r == 0 && people && want & BUDGET_PORTFOLIO)
		r = reach_reserve(people, c, person, engaged, now, err);
	if (r == 0 && want & BUDGET_WARMUP)
		r = warmup_reach(b, n, c, err);
	if (r == 0 && want & BUDGET_WARMUP)
		r = reach_reserve(n->warmup, c, person, engaged, now, err);
	if (r < 0)
		return r;
	count_message(n, now);
	/* The portfolio's bit is kept without a limit too: a limit that comes later counts from
	 * it. */
	*ret_counted = want;
	return 0;
}

/* Those who count a reservation with these bits; NULL = not counted there. */
struct counters {
	struct reach *portfolio, *warmup;
};

/* A number whose warm-up was not asked for since the start has its people in the store only. */
static int counters_of(struct budget *b, struct store_conn *c, const struct dir_number *d,
    unsigned counted, struct counters *ret, struct err *err)
{
	struct number_budget *n;
	int r = 0;

	*ret = (struct counters){ NULL, NULL };
	if (counted & BUDGET_PORTFOLIO)
		ret->portfolio = map_get(b->portfolios, d->waba->portfolio->id);
	if (!(counted & BUDGET_WARMUP))
		return 0;
	r = number_of(b, c, d, &n, err);
	if (r == 0)
		r = warmup_reach(b, n, c, err);
	if (r == 0)
		ret->warmup = n->warmup;
	return r;
}

int budget_release(struct budget *b, struct store_conn *c, const struct dir_number *d,
    uint64_t person, unsigned counted, struct err *err)
{
	struct counters k;
	int r = counters_of(b, c, d, counted, &k, err);

	if (r == 0 && k.portfolio)
		r = reach_release(k.portfolio, c, person, err);
	if (r == 0 && k.warmup)
		r = reach_release(k.warmup, c, person, err);
	return r;
}

int budget_delivered(struct budget *b, struct store_conn *c, const struct dir_number *d,
    uint64_t person, unsigned counted, time_ms at, struct err *err)
{
	struct counters k;
	int r = counters_of(b, c, d, counted, &k, err);

	if (r == 0 && k.portfolio)
		r = reach_deliver(k.portfolio, c, person, at, err);
	if (r == 0 && k.warmup)
		r = reach_deliver(k.warmup, c, person, at, err);
	return r;
}

static int flush_number(struct number_budget *n, struct store_conn *c, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < HOURS; i++) {
		const struct hour *h = &n->hours[i];
		if (h->number < n->dirty_from || h->sent == 0)
			continue;
		r = store_do(c, err,
		    "INSERT INTO number_hour (number, hour, sent) VALUES (?1, ?2, ?3)"
		    " ON CONFLICT (number, hour) DO UPDATE SET sent = excluded.sent",
		    "tii", str_c(n->id), h->number, h->sent);
	}
	if (r == 0)
		n->dirty_from = CLEAN;
	return r;
}

int budget_flush(struct budget *b, struct store_conn *c, struct err *err)
{
	struct str id;
	void *value;
	size_t iter = 0;
	int r = 0;

	while (r == 0 && map_each(b->numbers, &iter, &id, &value)) {
		struct number_budget *n = value;
		if (n->dirty_from != CLEAN)
			r = flush_number(n, c, err);
	}
	return r;
}

/* --- rows that no longer count ---------------------------------------------------------------- */

/* The last of the next PURGE_LOOKS rows: 1 and it stands in *ret_scope and *ret_person; 0 there are
 * fewer. */
static int purge_end(struct budget *b, struct store_conn *c, char ret_scope[SCOPE_MAX],
    int64_t *ret_person, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT scope, person FROM reach WHERE (scope, person) > (?1, ?2) ORDER BY scope, person"
	    " LIMIT 1 OFFSET ?3",
	    "tii", str_c(b->purge_scope), b->purge_person, (int64_t)PURGE_LOOKS - 1);

	if (r < 0)
		return r;
	r = store_step(s, err);
	if (r > 0 && str_to_c(store_col_text(s, 0), ret_scope, SCOPE_MAX) < 0)
		r = err_set(err, E_STORE, "A scope of people on record is none of ours.");
	if (r > 0)
		*ret_person = store_col_int(s, 1);
	store_reset(s);
	return r;
}

/* The rows have no index by time, for every send would pay for it: they are walked through, some at
 * a time. */
static int purge_reach(struct budget *b, struct store_conn *c, time_ms before, struct err *err)
{
	char scope[SCOPE_MAX];
	int64_t person = 0;
	int more = purge_end(b, c, scope, &person, err), r = more;

	if (more > 0)
		r = store_do(c, err,
		    "DELETE FROM reach WHERE (scope, person) > (?1, ?2) AND (scope, person) <= (?3, ?4)"
		    " AND coalesce(reserved_at, ?5) <= ?5 AND coalesce(delivered_at, ?5) <= ?5",
		    "titim", str_c(b->purge_scope), b->purge_person, str_c(scope), person, before);
	else if (more == 0)
		r = store_do(c, err,
		    "DELETE FROM reach WHERE (scope, person) > (?1, ?2)"
		    " AND coalesce(reserved_at, ?3) <= ?3 AND coalesce(delivered_at, ?3) <= ?3",
		    "tim", str_c(b->purge_scope), b->purge_person, before);
	if (r < 0)
		return r;
	memset(b->purge_scope, 0, sizeof(b->purge_scope));
	if (more > 0)
		memcpy(b->purge_scope, scope, strlen(scope));
	b->purge_person = person;
	return 0;
}

int budget_purge(
    struct budget *b, struct store_conn *c, const struct pack *pack, time_ms now, struct err *err)
{
	int r = purge_reach(b, c, now - pack_limits(pack)->portfolio.window_ms, err);

	if (r < 0)
		return r;
	return store_do(
	    c, err, "DELETE FROM number_hour WHERE hour <= ?1", "i", hour_of(now) - HOURS);
}
