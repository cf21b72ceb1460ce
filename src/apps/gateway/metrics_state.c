/* Metrics of what is on record: accounts, numbers, templates, queues, the ledger. Their labels are ids of
 * the business's own objects and words of ours, so that there are as many as were registered and none that
 * input could multiply; Meta's own words are not among them. */
#include "apps/gateway/gateway.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/breaker.h"
#include "domain/ledger_point.h"
#include "domain/overview.h"
#include "domain/trip.h"
#include "store/query.h"

#define PAUSES_MAX 1000
#define SCOPE_MAX 80

static void head(struct buf *out, const char *name, const char *help)
{
	buf_addf(out, "# HELP varco_%s %s\n# TYPE varco_%s gauge\n", name, help, name);
}

static void value(struct buf *out, const char *name, double v)
{
	buf_addf(out, "varco_%s %.17g\n", name, v);
}

/* Ids are of letters and digits; whatever else they have would end the label. */
static void add_label(struct buf *out, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		unsigned char c = (unsigned char)s.p[i];
		bool plain = c > ' ' && c < 127 && c != '"' && c != '\\' && c != '{' && c != '}';
		buf_add_char(out, plain ? (char)c : '_');
	}
}

static void labelled(struct buf *out, const char *name, const char *label, struct str id, double v)
{
	buf_addf(out, "varco_%s{%s=\"", name, label);
	add_label(out, id);
	buf_addf(out, "\"} %.17g\n", v);
}

static void one(struct buf *out, const char *name, const char *help, double v)
{
	head(out, name, help);
	value(out, name, v);
}

/* --- accounts ------------------------------------------------------------------------------------- */

/* Meta may use a word that we do not know: it stops everything all the same. */
static const char *state_name(const struct dir_waba *w)
{
	return w->state == WABA_STATE_UNKNOWN ? "unknown" : waba_state_name(w->state);
}

static double restrictions_of(const struct dir_waba *w, time_ms now)
{
	double n = 0;

	for (size_t i = 0; i < w->restrictions_len; i++)
		n += w->restrictions[i].until == TIME_NONE || w->restrictions[i].until > now;
	return n;
}

static void write_accounts(struct buf *out, const struct directory *d, time_ms now)
{
	size_t len;
	const struct dir_waba *const *all = directory_wabas(d, &len);

	head(out, "account_state", "1 for the state that an account is in.");
	for (size_t i = 0; i < len; i++) {
		buf_add_c(out, "varco_account_state{waba=\"");
		add_label(out, all[i]->id);
		buf_addf(out, "\",state=\"%s\"} 1\n", state_name(all[i]));
	}
	head(out, "account_restrictions", "Restrictions of an account in force.");
	for (size_t i = 0; i < len; i++)
		labelled(
		    out, "account_restrictions", "waba", all[i]->id, restrictions_of(all[i], now));
	head(out, "account_payment_ok", "0 when Meta reported trouble with the payment.");
	for (size_t i = 0; i < len; i++)
		labelled(out, "account_payment_ok", "waba", all[i]->id, all[i]->payment_ok);
}

/* Of portfolios with a limit; each of the three is a row of it. */
static const struct {
	const char *name, *help;
} portfolio_figures[] = {
	{ "portfolio_limit", "People to whom a portfolio may begin to write in 24 hours." },
	{ "portfolio_marketing", "Of its limit, what marketing may use." },
	{ "portfolio_people", "People of the last 24 hours, delivered to or reserved for." },
};

static int write_portfolio(struct buf *out, struct store_conn *c, const struct pack *pack,
    const struct dir_portfolio *p, size_t figure, time_ms now, struct err *err)
{
	const struct pack_portfolio *f = &pack_limits(pack)->portfolio;
	const char *name = portfolio_figures[figure].name;
	char scope[SCOPE_MAX];
	int64_t people = 0;

	if (!p->limited)
		return 0;
	if (figure < 2) {
		int64_t n = figure ? pack_share(p->limit, f->marketing_share_ppm) : p->limit;
		labelled(out, name, "portfolio", p->id, (double)n);
		return 0;
	}
	(void)snprintf(scope, sizeof(scope), "p:%.*s", STR_ARG(p->id));
	int r = store_ask_int(c, &people, err,
	    "SELECT count(*) FROM reach WHERE scope = ?1"
	    " AND (delivered_at > ?2 OR (open_count > 0 AND reserved_at > ?2))",
	    "tm", str_c(scope), now - f->window_ms);
	if (r >= 0)
		labelled(out, name, "portfolio", p->id, (double)people);
	return r < 0 ? r : 0;
}

static int write_portfolios(struct buf *out, struct store_conn *c, const struct pack *pack,
    const struct directory *d, time_ms now, struct err *err)
{
	size_t len;
	const struct dir_waba *const *all = directory_wabas(d, &len);
	int r = 0;

	for (size_t f = 0; f < ARRAY_LEN(portfolio_figures); f++) {
		head(out, portfolio_figures[f].name, portfolio_figures[f].help);
		for (size_t i = 0; r == 0 && i < len; i++) {
			bool first = true;
			for (size_t k = 0; k < i; k++)
				first = first && all[k]->portfolio != all[i]->portfolio;
			if (first)
				r = write_portfolio(out, c, pack, all[i]->portfolio, f, now, err);
		}
	}
	return r;
}

/* --- numbers -------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	double v;
} qualities[] = { { "GREEN", 2 }, { "YELLOW", 1 }, { "RED", 0 } };

/* One that is not known has no figure. */
static void write_quality(struct buf *out, const struct dir_number *n)
{
	for (size_t i = 0; i < ARRAY_LEN(qualities); i++) {
		if (str_eq_nocase(n->quality, str_c(qualities[i].word)))
			labelled(out, "number_quality", "number", n->id, qualities[i].v);
	}
}

static bool is_paused(const struct dir_number *n, time_ms now)
{
	for (size_t i = 0; i < n->paused_len; i++) {
		if (n->paused[i].until == TIME_NONE || n->paused[i].until > now)
			return true;
	}
	return false;
}

static void write_numbers(
    struct buf *out, const struct directory *d, const struct pack *pack, time_ms now)
{
	const struct pack_words *sendable = &pack_limits(pack)->number.sendable;
	size_t len;
	const struct dir_number *const *all = directory_numbers(d, &len);

	head(out, "number_quality", "Meta's rating of a number: 2 green, 1 yellow, 0 red.");
	for (size_t i = 0; i < len; i++)
		write_quality(out, all[i]);
	head(out, "number_sendable", "1 when Meta lets the number send.");
	for (size_t i = 0; i < len; i++)
		labelled(out, "number_sendable", "number", all[i]->id,
		    pack_words_has(sendable, all[i]->status));
	head(out, "number_paused", "1 when some of what the number sends is paused here.");
	for (size_t i = 0; i < len; i++)
		labelled(out, "number_paused", "number", all[i]->id, is_paused(all[i], now));
}

/* --- templates ------------------------------------------------------------------------------------ */

static const char *const template_states[] = {
	[PACK_STATUS_UNKNOWN] = "unknown",
	[PACK_STATUS_SENDABLE] = "sendable",
	[PACK_STATUS_NOT_SENDABLE] = "not_sendable",
	[PACK_STATUS_PAUSED] = "paused",
};

static void write_templates(struct buf *out, const struct directory *d, const struct pack *pack)
{
	double counts[ARRAY_LEN(template_states)] = { 0 };
	size_t len;
	const struct dir_template *const *all = directory_templates(d, &len);

	for (size_t i = 0; i < len; i++)
		counts[pack_template_status(pack, all[i]->status)]++;
	head(out, "templates", "Templates by what Meta lets be done with them.");
	for (size_t i = 0; i < ARRAY_LEN(template_states); i++)
		labelled(out, "templates", "state", str_c(template_states[i]), counts[i]);
}

/* --- what the store has --------------------------------------------------------------------------- */

static int write_queues(struct buf *out, struct store_conn *c, time_ms now, struct err *err)
{
	struct overview_queues q = { 0 };
	int64_t due = 0;
	int r = overview_queues(c, &q, err);

	/* A send that waits in vain for somebody to take it up is due for long. */
	if (r == 0)
		r = store_ask_int(c, &due, err, "SELECT coalesce(min(due_at), 0) FROM outbox", "");
	if (r < 0)
		return r;
	const struct {
		const char *state;
		int64_t n;
	} rows[] = { { "held", q.held }, { "ready", q.ready }, { "sending", q.sending },
		{ "unknown", q.unknown } };
	head(out, "outbox_depth", "Sends on record that are not settled, by state.");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		labelled(out, "outbox_depth", "state", str_c(rows[i].state), (double)rows[i].n);
	one(out, "outbox_overdue_seconds", "How long ago the oldest send that waits was due.",
	    due && due < now ? (double)(now - due) / 1e3 : 0);
	one(out, "forward_waiting", "Events that wait to be delivered to apps.", (double)q.forward);
	return 0;
}

static int write_pauses(
    struct buf *out, struct store_conn *c, struct arena *a, time_ms now, struct err *err)
{
	struct overview_pause *items;
	double breaker = 0, meta = 0, people = 0;
	size_t len = 0;
	bool more;
	int r = overview_all_pauses(c, PAUSES_MAX, a, &items, &len, &more, err);

	for (size_t i = 0; r == 0 && i < len; i++) {
		if (items[i].until != TIME_NONE && items[i].until <= now)
			continue;
		*(str_eq(items[i].by, STR(TRIP_BY))               ? &breaker
			: str_eq(items[i].by, STR(PAUSE_BY_META)) ? &meta
								  : &people) += 1;
	}
	if (r < 0)
		return r;
	head(out, "pauses_active", "Pauses in force, by who made them.");
	labelled(out, "pauses_active", "by", STR("breaker"), breaker);
	labelled(out, "pauses_active", "by", STR("meta"), meta);
	labelled(out, "pauses_active", "by", STR("operator"), people);
	return 0;
}

/* By their words in the policy pack; which of them are proxies is in docs/monitoring.md. */
static int write_signals(struct buf *out, struct store_conn *c, struct err *err)
{
	struct store_stmt *s;
	int r = store_ask(c, &s, err,
	    "SELECT signal, level, count(*) FROM breaker WHERE signal <> '' AND level BETWEEN 1 AND 2"
	    " GROUP BY signal, level ORDER BY signal, level",
	    "");

	if (r < 0)
		return r;
	head(out, "breaker_signals",
	    "Places whose signal warns or paused; only_sent_48h and complaints are proxies.");
	while ((r = store_step(s, err)) > 0) {
		buf_add_c(out, "varco_breaker_signals{signal=\"");
		add_label(out, store_col_text(s, 0));
		buf_addf(out, "\",level=\"%s\"} %.17g\n",
		    breaker_level_name((enum breaker_level)store_col_int(s, 1)),
		    (double)store_col_int(s, 2));
	}
	store_reset(s);
	return r;
}

static int write_ledger(struct buf *out, struct store_conn *c, struct arena *a, struct err *err)
{
	struct ledger_point point = { .size = 0 };
	int64_t last = 0;
	int r = ledger_last(c, &last, err);

	if (r >= 0)
		r = ledger_point_last(c, a, &point, err);
	if (r < 0)
		return r;
	one(out, "ledger_entries", "Entries of the ledger.", (double)last);
	one(out, "ledger_checkpoint_entries", "Entries under its newest checkpoint.",
	    (double)point.size);
	one(out, "ledger_checkpoint_timestamp_seconds", "When that was made; 0 = never.",
	    point.size ? (double)point.at / 1e3 : 0);
	return 0;
}

int metrics_write_state(struct gate *g, struct buf *out)
{
	const struct directory *d = lane_directory(g->lane);
	const struct pack *pack = g->lane->core->pack;
	struct arena *a = arena_new(0, 0);
	struct err err = { 0 };
	time_ms now = clock_now();
	int r = a ? 0 : -E_NOMEM;

	write_accounts(out, d, now);
	write_numbers(out, d, pack, now);
	write_templates(out, d, pack);
	if (r == 0)
		r = write_portfolios(out, g->lane->reader, pack, d, now, &err);
	if (r == 0)
		r = write_queues(out, g->lane->reader, now, &err);
	if (r == 0)
		r = write_pauses(out, g->lane->reader, a, now, &err);
	if (r == 0)
		r = write_signals(out, g->lane->reader, &err);
	if (r == 0)
		r = write_ledger(out, g->lane->reader, a, &err);
	buf_add_c(
	    out, "# HELP varco_build_info The version that runs.\n# TYPE varco_build_info gauge\n");
	labelled(out, "build_info", "version", STR(VARCO_VERSION), 1);
	buf_add_c(out,
	    "# HELP varco_policy_info The policy that judges.\n# TYPE varco_policy_info gauge\n");
	labelled(out, "policy_info", "version", pack_version(pack), 1);
	arena_free(&a);
	return r;
}
