#include "domain/budget_view.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/warmup_round.h"
#include "store/query.h"

#define SCOPE_MAX 80

static int64_t share(int64_t n, int64_t ppm)
{
	return (int64_t)((double)n * (double)ppm / PPM);
}

static int64_t smaller(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t at_least_none(int64_t n)
{
	return n > 0 ? n : 0;
}

/* Those of a scope who count at `now`: delivered to, and only reserved for. */
static int count_people(struct store_conn *c, char kind, struct str id, time_ms since,
    int64_t *ret_delivered, int64_t *ret_reserved, struct err *err)
{
	char scope[SCOPE_MAX];
	int64_t delivered = 0, reserved = 0;

	(void)snprintf(scope, sizeof(scope), "%c:%.*s", kind, STR_ARG(id));
	int r = store_ask_int(c, &delivered, err,
	    "SELECT count(*) FROM reach WHERE scope = ?1 AND delivered_at > ?2", "tm", str_c(scope),
	    since);
	if (r >= 0)
		r = store_ask_int(c, &reserved, err,
		    "SELECT count(*) FROM reach WHERE scope = ?1 AND open_count > 0"
		    " AND reserved_at > ?2 AND (delivered_at IS NULL OR delivered_at <= ?2)",
		    "tm", str_c(scope), since);
	*ret_delivered = delivered;
	*ret_reserved = reserved;
	return r < 0 ? r : 0;
}

/* --- the portfolio ---------------------------------------------------------------------------- */

static int64_t next_level(const struct pack_portfolio *p, int64_t limit)
{
	int64_t next = 0;

	for (size_t i = 0; i < p->level_names.len; i++) {
		bool above = p->levels[i] > limit && p->levels[i] > p->first_limit;
		if (above && (next == 0 || p->levels[i] < next))
			next = p->levels[i];
	}
	return next;
}

static bool is_good(struct str quality)
{
	return str_eq_nocase(quality, STR("GREEN")) || str_eq_nocase(quality, STR("UNKNOWN"));
}

static int read_numbers(struct store_conn *c, const struct directory *d,
    const struct dir_portfolio *p, time_ms now, struct budget_view *v, struct err *err)
{
	size_t n;
	const struct dir_number *const *numbers = directory_numbers(d, &n);

	v->quality_good = true;
	for (size_t i = 0; i < n; i++) {
		if (numbers[i]->waba->portfolio == p && !is_good(numbers[i]->quality))
			v->quality_good = false;
	}
	int r = store_ask_int(c, &v->sent_7d, err,
	    "SELECT coalesce(sum(sent), 0) FROM number_hour WHERE hour > ?2 AND number IN"
	    " (SELECT n.id FROM number n JOIN waba w ON w.id = n.waba WHERE w.portfolio = ?1)",
	    "ti", p->id, now / MS_PER_HOUR - 7 * 24);
	return r < 0 ? r : 0;
}

static int read_portfolio(struct store_conn *c, const struct pack *pack, const struct directory *d,
    const struct dir_portfolio *p, time_ms now, struct budget_view *v, struct err *err)
{
	const struct pack_portfolio *figures = &pack_limits(pack)->portfolio;

	v->limited = p->limited;
	if (!p->limited)
		return 0;
	v->limit = p->limit;
	v->marketing = budget_view_marketing(pack, p->limit);
	v->next_level = next_level(figures, p->limit);
	bool first = p->limit <= figures->first_limit;
	v->grow_people = first ? figures->first_people : share(p->limit, figures->growth_ppm);
	v->grow_days = first ? figures->first_days : figures->growth_days;
	int r = budget_view_people(c, pack, p, now, &v->used, &v->reserved, err);
	return r < 0 ? r : read_numbers(c, d, p, now, v, err);
}

int budget_view_people(struct store_conn *c, const struct pack *pack, const struct dir_portfolio *p,
    time_ms now, int64_t *ret_used, int64_t *ret_reserved, struct err *err)
{
	return count_people(c, 'p', p->id, now - pack_limits(pack)->portfolio.window_ms, ret_used,
	    ret_reserved, err);
}

int64_t budget_view_marketing(const struct pack *pack, int64_t limit)
{
	return share(limit, pack_limits(pack)->portfolio.marketing_share_ppm);
}

/* --- warm-up ---------------------------------------------------------------------------------- */

static int read_warmup(struct store_conn *c, const struct pack *pack, const struct dir_number *n,
    time_ms now, struct budget_view *v, struct err *err)
{
	const struct pack_warmup *figures = pack_warmup(pack);
	struct warmup_state next = n->warmup;
	struct warmup_past past;
	int64_t reserved = 0, hour_reserved = 0, limit = v->limited ? v->limit : -1;
	unsigned none;

	v->phase = n->warmup.phase;
	warmup_day(pack, n->established, &n->warmup, limit, now, &v->day);
	if (!v->day.active)
		return 0;
	v->hour_limit = share(v->day.cap, figures->hourly_share_ppm);
	if (v->hour_limit < figures->hourly_min)
		v->hour_limit = figures->hourly_min;
	int r = count_people(c, 'n', n->id, now - pack_limits(pack)->portfolio.window_ms,
	    &v->warm_used, &reserved, err);
	if (r == 0)
		r = count_people(
		    c, 'n', n->id, now - MS_PER_HOUR, &v->warm_last_hour, &hour_reserved, err);
	if (r == 0)
		r = warmup_read_past(c, n->id, warmup_calendar_day(now), &past, err);
	if (r < 0)
		return r;
	int64_t minute = 0, minute_reserved = 0;
	r = count_people(c, 'n', n->id, now - MS_PER_MIN, &minute, &minute_reserved, err);
	if (r < 0)
		return r;
	v->warm_last_minute = minute + minute_reserved;
	v->warm_used += reserved;
	v->warm_last_hour += hour_reserved;
	v->gates = warmup_gates(pack, &past, v->day.cap);
	if (v->day.day <= figures->per_minute_days)
		v->minute_limit = figures->per_minute;
	if (v->day.day <= figures->engaged_only_days)
		v->engaged_ppm = PPM;
	else if (v->day.day <= figures->engaged_share_days)
		v->engaged_ppm = figures->engaged_share_ppm;
	/* What tomorrow brings when all goes well. */
	past = (struct warmup_past){ .used = v->day.cap };
	next.stepped_day = warmup_calendar_day(now);
	(void)warmup_end_day(pack, &next, &past, limit, now + MS_PER_DAY, &none);
	struct warmup_day tomorrow;
	warmup_day(pack, n->established, &next, limit, now + MS_PER_DAY, &tomorrow);
	v->next_cap = tomorrow.active ? tomorrow.cap : 0;
	return 0;
}

/* --- the number's own history -------------------------------------------------------------------- */

static int sent_between(struct store_conn *c, struct str number, int64_t after, int64_t until,
    int64_t *ret, struct err *err)
{
	int r = store_ask_int(c, ret, err,
	    "SELECT coalesce(sum(sent), 0) FROM number_hour WHERE number = ?1 AND hour > ?2 AND hour <= ?3",
	    "tii", number, after, until);

	return r < 0 ? r : 0;
}

/* As limit.spike counts it. */
static int read_history(struct store_conn *c, const struct pack *pack, const struct dir_number *n,
    time_ms now, struct budget_view *v, struct err *err)
{
	const struct pack_spike *figures = &pack_limits(pack)->spike;
	int64_t hour = now / MS_PER_HOUR, sent = 0;
	int r = sent_between(c, n->id, hour - 24, hour, &v->sent_24h, err);

	for (int64_t day = 1; r == 0 && day <= 7; day++) {
		int64_t until = hour - 24 * day;
		r = sent_between(c, n->id, until - 24, until, &sent, err);
		v->highest = sent > v->highest ? sent : v->highest;
	}
	if (r < 0 || v->highest == 0)
		return r;
	v->most = v->highest + share(v->highest, figures->hold_ppm);
	if (v->most < figures->min_messages)
		v->most = figures->min_messages;
	return 0;
}

/* --- together --------------------------------------------------------------------------------- */

static int64_t left(const struct budget_view *v)
{
	int64_t n = v->limited ? at_least_none(v->marketing - v->used - v->reserved) : INT64_MAX;

	if (v->most)
		n = smaller(n, at_least_none(v->most - v->sent_24h));
	if (!v->day.active)
		return n;
	if (v->day.frozen_until != TIME_NONE)
		return 0;
	n = smaller(n, at_least_none(v->day.cap - v->warm_used));
	return smaller(n, at_least_none(v->hour_limit - v->warm_last_hour));
}

int budget_view_read(struct store_conn *c, const struct pack *pack, const struct directory *d,
    const struct dir_number *n, time_ms now, struct budget_view *ret, struct err *err)
{
	struct budget_view v = { .day = { .frozen_until = TIME_NONE } };
	int r = read_portfolio(c, pack, d, n->waba->portfolio, now, &v, err);

	if (r == 0)
		r = read_warmup(c, pack, n, now, &v, err);
	if (r == 0)
		r = read_history(c, pack, n, now, &v, err);
	if (r < 0)
		return r;
	v.left = left(&v);
	*ret = v;
	return 0;
}
