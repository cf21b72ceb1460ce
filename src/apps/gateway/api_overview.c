/* How it goes, in one answer: what the first page of a console shows, and what a morning's look at many numbers
 * asks for. */
#include "apps/gateway/api.h"

#include <stdlib.h>

#include "base/check.h"
#include "domain/budget_view.h"
#include "domain/indicators.h"
#include "domain/rules.h"

struct looking {
	struct api_call *call;
	const struct directory *directory;
	struct indicator_number *numbers;
	size_t numbers_len;
	struct indicator_reasons reasons;
	time_ms since, now;
};

/* Is the number one of those that the caller may see: by the directory that is looked at, away from the loop. */
static bool is_theirs(void *arg, struct str number)
{
	const struct looking *x = arg;
	const struct dir_number *n = number.p ? directory_number(x->directory, number) : NULL;

	return api_may_portfolio(x->call, n ? n->waba->portfolio->id : STR_NONE);
}

/* What is counted, and the most frequent first. */
struct counted {
	int64_t what, n;
};

static int more_first(const void *a, const void *b)
{
	const struct counted *x = a, *y = b;

	return x->n == y->n ? (x->what > y->what) - (x->what < y->what) : x->n < y->n ? 1 : -1;
}

/* --- capacity --------------------------------------------------------------------------------- */

static int64_t sent_by(const struct looking *x, struct str number)
{
	for (size_t i = 0; i < x->numbers_len; i++) {
		if (str_eq(x->numbers[i].number, number))
			return x->numbers[i].sent_24h;
	}
	return 0;
}

static int write_eaters(
    struct api_call *c, const struct looking *x, const struct dir_portfolio *p, struct err *err)
{
	size_t n, len = 0;
	const struct dir_number *const *all = directory_numbers(x->directory, &n);
	struct counted *list = ARENA_ARRAY(c->arena, struct counted, n + 1);

	if (!list)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	for (size_t i = 0; i < n; i++) {
		if (all[i]->waba->portfolio == p)
			list[len++] = (struct counted){ (int64_t)i, sent_by(x, all[i]->id) };
	}
	qsort(list, len, sizeof(*list), more_first);
	jw_key(&c->w, "numbers");
	jw_array(&c->w);
	for (size_t i = 0; i < len; i++) {
		jw_object(&c->w);
		jw_member_str(&c->w, "number", all[list[i].what]->id);
		jw_member_int(&c->w, "sent_24h", list[i].n);
		jw_object_end(&c->w);
	}
	jw_array_end(&c->w);
	return 0;
}

static void member_limit(struct json_writer *w, const char *key, bool limited, int64_t n)
{
	jw_key(w, key);
	if (limited)
		jw_int(w, n);
	else
		jw_c(w, "unlimited");
}

static int write_portfolio(struct api_call *c, struct store_conn *conn, const struct looking *x,
    const struct dir_portfolio *p, struct err *err)
{
	const struct pack *pack = c->gate->lane->core->pack;
	struct json_writer *w = &c->w;
	int64_t used = 0, reserved = 0;
	int r = p->limited ? budget_view_people(conn, pack, p, x->now, &used, &reserved, err) : 0;

	if (r < 0)
		return r;
	jw_object(w);
	jw_member_str(w, "portfolio", p->id);
	member_limit(w, "limit", p->limited, p->limit);
	member_limit(w, "marketing", p->limited, budget_view_marketing(pack, p->limit));
	jw_member_int(w, "used", used);
	jw_member_int(w, "reserved", reserved);
	r = write_eaters(c, x, p, err);
	jw_object_end(w);
	return r;
}

/* The accounts stand in the order of their ids: a portfolio is written with its first one. */
static bool is_first(const struct dir_waba *const *wabas, size_t i)
{
	for (size_t k = 0; k < i; k++) {
		if (wabas[k]->portfolio == wabas[i]->portfolio)
			return false;
	}
	return true;
}

static int write_portfolios(
    struct api_call *c, struct store_conn *conn, const struct looking *x, struct err *err)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(x->directory, &n);
	int r = 0;

	jw_key(&c->w, "portfolios");
	jw_array(&c->w);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (is_first(wabas, i) && api_may_portfolio(c, wabas[i]->portfolio->id))
			r = write_portfolio(c, conn, x, wabas[i]->portfolio, err);
	}
	jw_array_end(&c->w);
	return r;
}

/* --- what came back --------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum signal signal;
} indicators[] = {
	{ "sent", SIGNAL_SENT },
	{ "marketing", SIGNAL_MARKETING_SENT },
	{ "delivered", SIGNAL_DELIVERED },
	{ "failed", SIGNAL_FAILED },
	{ "undeliverable", SIGNAL_UNDELIVERABLE },
	{ "capped", SIGNAL_CAPPED },
	{ "spam", SIGNAL_SPAM },
	{ "opt_outs", SIGNAL_OPT_OUT },
	{ "complaints", SIGNAL_COMPLAINT },
	{ "marketing_delivered", SIGNAL_COHORT_DELIVERED },
	{ "marketing_read", SIGNAL_COHORT_READ },
	{ "asked", SIGNAL_ASKED },
	{ "unanswered", SIGNAL_UNANSWERED },
};

static void write_numbers(struct json_writer *w, struct looking *x)
{
	jw_key(w, "numbers");
	jw_array(w);
	for (size_t i = 0; i < x->numbers_len; i++) {
		const struct indicator_number *n = &x->numbers[i];
		if (!is_theirs(x, n->number))
			continue;
		jw_object(w);
		jw_member_str(w, "number", n->number);
		for (size_t k = 0; k < ARRAY_LEN(indicators); k++)
			jw_member_int(w, indicators[k].name, n->counts.n[indicators[k].signal]);
		jw_member_int(w, "bypassed", n->bypassed);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_rules(struct api_call *c, const struct indicator_reasons *x)
{
	struct counted list[RULES_COUNT];
	struct json_writer *w = &c->w;

	for (size_t i = 0; i < RULES_COUNT; i++)
		list[i] = (struct counted){ (int64_t)i, x->rules[i] };
	qsort(list, RULES_COUNT, sizeof(*list), more_first);
	jw_key(w, "rules");
	jw_array(w);
	for (size_t i = 0; i < RULES_COUNT && list[i].n; i++) {
		const struct rule *rule = &rules[list[i].what];
		jw_object(w);
		jw_member_c(w, "rule", rule->id);
		jw_member_c(w, "about", lang_text(c->lang, rule->title));
		jw_member_int(w, "decisions", list[i].n);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_codes(struct json_writer *w, const struct indicator_reasons *x)
{
	struct counted list[INDICATOR_CODES_MAX];

	for (size_t i = 0; i < x->codes_len; i++)
		list[i] = (struct counted){ x->codes[i].code, x->codes[i].n };
	qsort(list, x->codes_len, sizeof(*list), more_first);
	jw_key(w, "codes");
	jw_array(w);
	for (size_t i = 0; i < x->codes_len; i++) {
		jw_object(w);
		jw_member_int(w, "code", list[i].what);
		jw_member_int(w, "decisions", list[i].n);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_reasons(struct api_call *c, const struct indicator_reasons *x)
{
	struct json_writer *w = &c->w;

	jw_key(w, "reasons");
	jw_object(w);
	jw_member_int(w, "looked_at", x->looked_at);
	jw_member_bool(w, "all", x->all);
	jw_member_int(w, "allowed", x->verdicts[VERDICT_ALLOW]);
	jw_member_int(w, "held", x->verdicts[VERDICT_HOLD]);
	jw_member_int(w, "refused", x->verdicts[VERDICT_REFUSE]);
	write_rules(c, x);
	write_codes(w, x);
	jw_object_end(w);
}

/* --- the answer ------------------------------------------------------------------------------- */

static int write_all(
    struct api_call *c, struct store_conn *conn, struct looking *x, struct err *err)
{
	jw_object(&c->w);
	jw_member_time(&c->w, "at", x->now);
	jw_member_time(&c->w, "since", x->since);
	int r = write_portfolios(c, conn, x, err);
	write_numbers(&c->w, x);
	write_reasons(c, &x->reasons);
	jw_object_end(&c->w);
	return r;
}

static int look(struct api_call *c, struct store_conn *conn, struct looking *x, struct err *err)
{
	int r = indicators_numbers(
	    conn, x->since, x->now, c->arena, &x->numbers, &x->numbers_len, err);

	if (r == 0)
		r = indicators_reasons(conn, x->since, is_theirs, x, &x->reasons, err);
	return r < 0 ? r : write_all(c, conn, x, err);
}

static int show(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct api_value *since = api_value(c, "since");
	struct looking *x = ARENA_NEW(c->arena, struct looking);

	if (!x)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	x->call = c;
	x->now = clock_now();
	x->since = since->given ? since->at : x->now - MS_PER_DAY;
	x->since -= x->since % MS_PER_HOUR;
	struct directory *d = core_directory(c->gate->lane->core);
	x->directory = d;
	int r = look(c, conn, x, err);
	directory_unref(&d);
	return r;
}

/* Away from the loop: many rows are counted. */
static void start_show(struct api_call *c)
{
	api_work(c, show);
}

const struct api_handler api_overview_handlers[] = {
	{ "showOverview", NULL, NULL, NULL, start_show },
	{ NULL, NULL, NULL, NULL, NULL },
};
