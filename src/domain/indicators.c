#include "domain/indicators.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/id.h"
#include "domain/decision.h"
#include "domain/rules.h"
#include "store/query.h"

#define NUMBERS_MAX 1000
#define HOURS_A_DAY 24

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while counting what came back.");
}

static int64_t hour_of(time_ms t)
{
	return t / MS_PER_HOUR;
}

/* --- numbers ---------------------------------------------------------------------------------- */

struct counting {
	struct arena *a;
	struct indicator_number *list;
	size_t len;
};

/* That of the list, or a new one at its end; NULL when memory or the list is at its end. Rows come number by number, so that
 * the last one is nearly always it. */
static struct indicator_number *place_of(struct counting *x, struct str number)
{
	for (size_t i = x->len; i-- > 0;) {
		if (str_eq(x->list[i].number, number))
			return &x->list[i];
	}
	if (x->len == NUMBERS_MAX)
		return NULL;
	struct indicator_number *n = &x->list[x->len];
	*n = (struct indicator_number){ .number = arena_str(x->a, number) };
	x->len += n->number.p != NULL;
	return n->number.p ? n : NULL;
}

static void take_signal(struct indicator_number *n, struct store_stmt *s)
{
	int64_t what = store_col_int(s, 1);

	if (what >= 0 && what < SIGNALS)
		n->counts.n[what] += store_col_int(s, 2);
}

static void take_sent(struct indicator_number *n, struct store_stmt *s)
{
	n->sent_24h += store_col_int(s, 1);
}

static void take_bypassed(struct indicator_number *n, struct store_stmt *s)
{
	n->bypassed += store_col_int(s, 1);
}

static int walk(struct counting *x, struct store_stmt *s,
    void (*take)(struct indicator_number *n, struct store_stmt *s), struct err *err)
{
	int r;

	while ((r = store_step(s, err)) > 0) {
		struct indicator_number *n = place_of(x, store_col_text(s, 0));
		if (!n && x->len < NUMBERS_MAX) {
			r = no_memory(err);
			break;
		}
		if (n)
			take(n, s);
	}
	store_reset(s);
	return r;
}

static int compare(const void *a, const void *b)
{
	const struct indicator_number *x = a, *y = b;

	return str_cmp(x->number, y->number);
}

int indicators_numbers(struct store_conn *c, time_ms since, time_ms now, struct arena *a,
    struct indicator_number **ret, size_t *ret_len, struct err *err)
{
	struct counting x = { .a = a,
		.list = ARENA_ARRAY(a, struct indicator_number, NUMBERS_MAX) };
	struct store_stmt *s;

	if (!x.list)
		return no_memory(err);
	/* From number to number, each one's hours in one stretch. Summed up here: the store would sort them first. */
	int r = store_ask(c, &s, err,
	    "WITH RECURSIVE ids (id) AS (SELECT min(id) FROM signal_hour WHERE scope = 1 UNION ALL"
	    " SELECT (SELECT min(s.id) FROM signal_hour s WHERE s.scope = 1 AND s.id > ids.id) FROM ids"
	    " WHERE ids.id IS NOT NULL)"
	    " SELECT h.id, h.what, h.n FROM ids CROSS JOIN signal_hour h"
	    " WHERE h.scope = 1 AND h.id = ids.id AND h.hour >= ?1",
	    "i", hour_of(since));
	if (r == 0)
		r = walk(&x, s, take_signal, err);
	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT number, sum(sent) FROM number_hour WHERE hour > ?1 GROUP BY number",
		    "i", hour_of(now) - HOURS_A_DAY);
	if (r == 0)
		r = walk(&x, s, take_sent, err);
	if (r == 0)
		r = store_ask(c, &s, err,
		    "SELECT number, sum(n) FROM bypass_hour WHERE hour >= ?1 GROUP BY number", "i",
		    hour_of(since));
	if (r == 0)
		r = walk(&x, s, take_bypassed, err);
	if (r < 0)
		return r;
	qsort(x.list, x.len, sizeof(*x.list), compare);
	*ret = x.list;
	*ret_len = x.len;
	return 0;
}

/* --- reasons ---------------------------------------------------------------------------------- */

static void count_code(struct indicator_reasons *x, int64_t code)
{
	size_t i = 0;

	while (i < x->codes_len && x->codes[i].code != code)
		i++;
	if (i == INDICATOR_CODES_MAX)
		return;
	if (i == x->codes_len) {
		x->codes[x->codes_len].code = code;
		x->codes[x->codes_len++].n = 0;
	}
	x->codes[i].n++;
}

/* What this version does not know is not counted: the decision is an older one's. */
static int count_rules(struct indicator_reasons *x, struct str stored, struct arena *a)
{
	struct decision d = { .verdict = VERDICT_ALLOW };
	int r = decision_read_stored(a, stored, &d, NULL);

	if (r == -E_NOMEM)
		return r;
	for (size_t i = 0; r == 0 && i < d.findings_len; i++) {
		if (d.findings[i].level >= LEVEL_HOLD)
			x->rules[rule_index_of(d.findings[i].rule)]++;
	}
	return 0;
}

static int take_decision(
    struct indicator_reasons *x, struct store_stmt *s, struct arena *a, struct err *err)
{
	int64_t code = store_col_int(s, 2);

	x->looked_at++;
	if (store_col_is_up_to(s, 0, VERDICT_REFUSE))
		x->verdicts[store_col_int(s, 0)]++;
	if (code)
		count_code(x, code);
	if (store_col_int(s, 0) == VERDICT_ALLOW || !store_col_text(s, 1).p)
		return 0;
	return count_rules(x, store_col_text(s, 1), a) < 0 ? no_memory(err) : 0;
}

int indicators_reasons(struct store_conn *c, time_ms since,
    bool (*counts)(void *arg, struct str number), void *arg, struct indicator_reasons *ret,
    struct err *err)
{
	struct arena *row = arena_new(0, 0);
	struct store_stmt *s = NULL;

	*ret = (struct indicator_reasons){ .all = true };
	if (!row)
		return no_memory(err);
	int r = store_ask(c, &s, err,
	    "SELECT verdict, rules, error_code, number FROM decision WHERE id >= ?1 ORDER BY id DESC LIMIT ?2",
	    "ii", (int64_t)id_first_at(since), (int64_t)INDICATOR_DECISIONS_MAX + 1);
	for (int64_t n = 0; r >= 0 && (r = store_step(s, err)) > 0; n++) {
		ret->all = n < INDICATOR_DECISIONS_MAX;
		if (!ret->all)
			break;
		if (!counts || counts(arg, store_col_text(s, 3)))
			r = take_decision(ret, s, row, err);
		arena_reset(row);
	}
	if (s)
		store_reset(s);
	arena_free(&row);
	return r < 0 ? r : 0;
}

/* --- days ------------------------------------------------------------------------------------- */

int indicators_days(struct store_conn *c, struct str number, size_t days, time_ms now,
    struct arena *a, struct indicator_day **ret, struct err *err)
{
	struct indicator_day *list = ARENA_ARRAY(a, struct indicator_day, days);
	int64_t first = now / MS_PER_DAY - (int64_t)days + 1;
	struct store_stmt *s;

	if (!list)
		return no_memory(err);
	for (size_t i = 0; i < days; i++)
		list[i] = (struct indicator_day){ .at = (first + (int64_t)i) * MS_PER_DAY };
	int r = store_ask(c, &s, err,
	    "SELECT hour / 24, what, n FROM signal_hour WHERE scope = 1 AND id = ?1 AND hour >= ?2",
	    "ti", number, first * HOURS_A_DAY);
	if (r < 0)
		return r;
	while ((r = store_step(s, err)) > 0) {
		int64_t day = store_col_int(s, 0) - first, what = store_col_int(s, 1);
		if (day >= 0 && day < (int64_t)days && what >= 0 && what < SIGNALS)
			list[day].counts.n[what] += store_col_int(s, 2);
	}
	store_reset(s);
	if (r == 0)
		*ret = list;
	return r;
}
