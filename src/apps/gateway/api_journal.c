/* What happened: decisions and alarms; and how the gateway is. */
#include "apps/gateway/api_client.h"

#include "base/check.h"
#include "domain/alert.h"
#include "domain/journal.h"
#include "domain/ledger_point.h"
#include "domain/overview.h"
#include "domain/rule_id.h"
#include "transport/http_date.h"

#define UPSTREAM_PATIENCE_MS 5000

/* --- decisions -------------------------------------------------------------------------------- */

static int read_cursor(struct api_call *c, const char *prefix, uint64_t *ret, struct err *err)
{
	struct str cursor = api_text(c, "cursor");

	*ret = 0;
	if (!cursor.p || id_parse(prefix, cursor, ret) == 0)
		return 0;
	return api_err(
	    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
}

static int read_state(struct api_call *c, struct journal_filter *f, struct err *err)
{
	struct str text = api_text(c, "state");

	f->state_given = text.p != NULL;
	if (!text.p || send_state_parse(text, &f->state) == 0)
		return 0;
	return api_err(c, err, E_INVALID, "state",
	    N_("\"state\" must be one of refused, held, ready, sending, accepted, sent,"
	       " delivered, read, failed, unknown,"
	       " unresolved, cancelled and expired."));
}

static int read_rule(struct api_call *c, struct journal_filter *f, struct err *err)
{
	enum rule_index index;

	f->rule = api_text(c, "rule");
	if (!f->rule.p || rule_index_by_id(f->rule, &index))
		return 0;
	struct str near = rule_index_nearest(f->rule);
	if (near.len)
		return api_err(c, err, E_INVALID, "rule",
		    N_("There is no such rule; the nearest is %.*s."), STR_ARG(near));
	return api_err(c, err, E_INVALID, "rule", N_("There is no such rule."));
}

static int read_verdict(struct api_call *c, struct journal_filter *f, struct err *err)
{
	struct str text = api_text(c, "verdict");

	f->verdict_given = text.p != NULL;
	for (enum verdict v = VERDICT_ALLOW; v <= VERDICT_REFUSE; v++) {
		if (!text.p || str_eq_c(text, verdict_name(v))) {
			f->verdict = v;
			return 0;
		}
	}
	return api_err(
	    c, err, E_INVALID, "verdict", N_("\"verdict\" must be one of allow, hold and refuse."));
}

static int read_person(struct api_call *c, struct journal_filter *f, struct err *err)
{
	struct str text = api_text(c, "person");

	if (!text.p)
		return 0;
	if (id_parse("per", text, &f->person) == 0)
		return person_resolve(c->gate->lane->reader, f->person, &f->person, err);
	return api_err(c, err, E_INVALID, "person",
	    N_("\"person\" must be the id of a person, as in per_0c5gq3hr8v2zk."));
}

static time_ms time_of(const struct api_call *c, const char *field)
{
	const struct api_value *v = api_value(c, field);

	return v->given ? v->at : TIME_NONE;
}

/* Of a number that is not the caller's they are told so, and are not shown an empty list. */
static int check_number(struct api_call *c, struct err *err)
{
	struct str number = api_text(c, "number");

	if (!number.p || api_may_number(c, number))
		return 0;
	return api_err(c, err, E_DENIED, "number",
	    N_("This belongs to none of the portfolios that you are bound to."));
}

static int read_filter(struct api_call *c, struct journal_filter *f, struct err *err)
{
	int r = api_limit(c, &f->limit, err);

	if (r == 0)
		r = api_client_check(c, err);
	if (r == 0)
		r = check_number(c, err);
	if (r == 0)
		r = api_client_numbers(c, &f->numbers, &f->numbers_len, err);
	f->since = time_of(c, "since");
	f->until = time_of(c, "until");
	f->app = api_text(c, "app");
	f->number = api_text(c, "number");
	f->campaign = api_text(c, "campaign");
	f->tpl = api_text(c, "template");
	f->wamid = api_text(c, "wamid");
	if (r == 0)
		r = read_state(c, f, err);
	if (r == 0)
		r = read_verdict(c, f, err);
	if (r == 0)
		r = read_person(c, f, err);
	if (r == 0)
		r = read_rule(c, f, err);
	return r < 0 ? r : read_cursor(c, "dec", &f->before, err);
}

/* On the loop, whose connection it asks. */
static int check_decisions(struct api_call *c, struct err *err)
{
	struct journal_filter *f = ARENA_NEW(c->arena, struct journal_filter);

	if (!f)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	c->state = f;
	return read_filter(c, f, err);
}

static int list_decisions(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct journal_filter *filter = c->state;
	struct journal_entry *items = NULL;
	size_t len = 0;
	uint64_t next = 0;
	char text[ID_TEXT_MAX];
	int r = journal_list(conn, filter, c->arena, &items, &len, &next, err);

	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; r == 0 && i < len; i++)
		r = journal_write(conn, c->arena, &items[i], c->lang, &c->w, err);
	id_format("dec", next, text);
	api_list_close(c, next ? str_c(text) : STR_NONE);
	return r;
}

/* Away from the loop: many rows may be looked at. */
static void start_decisions(struct api_call *c)
{
	api_work(c, list_decisions);
}

static int show_decision(struct api_call *c, struct err *err)
{
	struct journal_entry e;
	uint64_t id;
	int r = id_parse("dec", api_text(c, "id"), &id) == 0
	    ? journal_get(c->gate->lane->reader, id, c->arena, &e, err)
	    : 0;

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such decision."));
	return r < 0
	    ? r
	    : journal_write_ladder(c->gate->lane->reader, c->arena, &e, c->lang, &c->w, err);
}

/* --- alarms ----------------------------------------------------------------------------------- */

static void write_alarm(struct api_call *c, const struct overview_alarm *x)
{
	const struct alert_words words = alert_words(x->kind);
	struct json_writer *w = &c->w;
	const struct json *detail;
	char id[ID_TEXT_MAX];

	id_format("alm", x->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_time(w, "at", x->at);
	jw_member_str(w, "kind", x->kind);
	jw_member_str(w, "scope", x->scope);
	jw_member_c(w, "severity", alert_severity_name(words.severity));
	jw_member_c(w, "what", lang_text(c->lang, words.what));
	jw_member_c(w, "done", lang_text(c->lang, words.done));
	jw_member_c(w, "todo", words.todo ? lang_text(c->lang, words.todo) : NULL);
	jw_key(w, "detail");
	if (json_read(c->arena, x->detail, &detail, NULL) == 0)
		jw_value(w, detail);
	else
		jw_str(w, x->detail);
	jw_object_end(w);
}

struct alarm_page {
	size_t limit, left;
	uint64_t before; /* behind the last one that was looked at */
	bool more;
};

static int list_some_alarms(struct api_call *c, struct alarm_page *p, struct err *err)
{
	struct overview_alarm *items = NULL;
	size_t len = 0;
	int r = overview_alarms(c->gate->lane->reader, p->before, api_text(c, "kind"), p->limit,
	    c->arena, &items, &len, &p->more, err);

	for (size_t i = 0; r >= 0 && i < len && p->left; i++) {
		p->before = items[i].id;
		p->more = p->more || i + 1 < len;
		r = api_may_object(c, items[i].scope, err);
		if (r > 0)
			r = api_client_has_object(c, items[i].scope, err);
		if (r <= 0)
			continue;
		write_alarm(c, &items[i]);
		p->left--;
	}
	return r < 0 ? r : 0;
}

static int list_alarms(struct api_call *c, struct err *err)
{
	struct alarm_page p = { .more = true };
	char text[ID_TEXT_MAX];
	int r = api_limit(c, &p.limit, err);

	if (r == 0)
		r = api_client_check(c, err);
	if (r == 0)
		r = read_cursor(c, "alm", &p.before, err);
	if (r < 0)
		return r;
	p.left = p.limit;
	api_list_open(c);
	for (size_t looked = 0; r == 0 && p.more && p.left && looked < API_LOOK_MAX;
	    looked += p.limit)
		r = list_some_alarms(c, &p, err);
	if (p.more)
		id_format("alm", p.before, text);
	api_list_close(c, p.more ? str_c(text) : STR_NONE);
	return r;
}

/* --- status ----------------------------------------------------------------------------------- */

/* What asking the upstream gave. */
struct asked {
	bool done, answered;
	int64_t skew_ms; /* ours less theirs */
	bool skew_known;
};

static void write_policy(struct json_writer *w, const struct pack *pack)
{
	char hex[2 * SHA256_LEN + 1];

	hex_encode(pack_digest(pack)->b, SHA256_LEN, hex);
	jw_key(w, "policy");
	jw_object(w);
	jw_member_str(w, "name", pack_name(pack));
	jw_member_str(w, "version", pack_version(pack));
	jw_member_c(w, "digest", hex);
	jw_object_end(w);
}

static void write_counts(struct json_writer *w, const struct directory *d)
{
	size_t wabas, numbers, templates, apps;

	(void)directory_wabas(d, &wabas);
	(void)directory_numbers(d, &numbers);
	(void)directory_templates(d, &templates);
	(void)directory_apps(d, &apps);
	jw_key(w, "counts");
	jw_object(w);
	jw_member_int(w, "accounts", (int64_t)wabas);
	jw_member_int(w, "numbers", (int64_t)numbers);
	jw_member_int(w, "templates", (int64_t)templates);
	jw_member_int(w, "integrations", (int64_t)apps);
	jw_object_end(w);
}

static int write_queues(struct api_call *c, struct err *err)
{
	struct lane *l = c->gate->lane;
	struct json_writer *w = &c->w;
	struct overview_queues q;
	int r = overview_queues(l->reader, &q, err);

	if (r < 0)
		return r;
	jw_key(w, "queues");
	jw_object(w);
	jw_member_int(w, "held", q.held);
	jw_member_int(w, "ready", q.ready);
	jw_member_int(w, "sending", q.sending);
	jw_member_int(w, "unknown", q.unknown);
	jw_member_int(w, "forward", q.forward);
	jw_member_int(w, "writer", (int64_t)writer_waiting(l->core->writer));
	jw_object_end(w);
	return 0;
}

static void write_clock(struct api_call *c, const struct asked *asked)
{
	struct json_writer *w = &c->w;

	jw_key(w, "clock");
	jw_object(w);
	jw_member_c(w, "source", c->gate->gateway->config->clock ? "upstream" : "system");
	jw_member_time(w, "now", clock_now());
	jw_key(w, "skew_ms");
	if (asked->skew_known)
		jw_int(w, asked->skew_ms);
	else
		jw_null(w);
	jw_object_end(w);
}

static void write_upstream(struct api_call *c, const struct asked *asked)
{
	struct json_writer *w = &c->w;

	jw_key(w, "upstream");
	jw_object(w);
	jw_member_c(w, "base_url", c->gate->gateway->config->base_url);
	jw_key(w, "answers");
	if (asked->done)
		jw_bool(w, asked->answered);
	else
		jw_null(w);
	jw_object_end(w);
}

static void write_moment(struct json_writer *w, const char *name, time_ms at)
{
	if (at)
		jw_member_time(w, name, at);
	else
		jw_member_c(w, name, NULL);
}

static int write_freshness(struct api_call *c, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct ledger_point point = { .size = 0 };
	int r = ledger_point_last(c->gate->lane->reader, c->arena, &point, err);

	if (r < 0)
		return r;
	jw_key(&c->w, "freshness");
	jw_object(&c->w);
	write_moment(&c->w, "webhook_at", atomic_load(&core->webhook_at));
	write_moment(&c->w, "upstream_at", atomic_load(&core->upstream_at));
	write_moment(&c->w, "checkpoint_at", point.size ? point.at : 0);
	jw_object_end(&c->w);
	return 0;
}

static int write_status(struct api_call *c, const struct asked *asked, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct json_writer *w = &c->w;

	jw_object(w);
	jw_member_c(w, "version", VARCO_VERSION);
	jw_member_c(w, "mode", mode_name(core->options.mode));
	write_policy(w, core->pack);
	jw_member_time(w, "started_at", c->gate->gateway->started_at);
	jw_member_time(w, "installed_at", core->installed_at);
	jw_member_bool(
	    w, "ready", !atomic_load(&core->draining) && !writer_is_broken(core->writer));
	write_clock(c, asked);
	write_upstream(c, asked);
	write_counts(w, lane_directory(c->gate->lane));
	int r = write_queues(c, err);
	if (r == 0)
		r = write_freshness(c, err);
	jw_object_end(w);
	return r;
}

static void finish_status(struct api_call *c, const struct asked *asked)
{
	struct err err = { 0 };
	int r = write_status(c, asked, &err);

	api_finish(c, r, &err);
}

static void on_upstream(void *arg, const struct upstream_answer *answer)
{
	struct api_call *c = arg;
	struct asked asked = { .done = true, .answered = answer->outcome == UPSTREAM_ANSWERED };
	struct str date = http_headers_get(answer->headers, answer->headers_len, "date");
	time_ms theirs, ours = clock_now() - answer->took / 2000000;

	if (date.p && http_date_parse(date, &theirs)) {
		asked.skew_known = true;
		asked.skew_ms = ours - (theirs + MS_PER_S / 2); /* some moment of that second */
	}
	finish_status(c, &asked);
}

void api_status_start(struct api_call *c)
{
	struct asked asked = { 0 };
	struct str base = str_c(c->gate->gateway->config->base_url);
	struct upstream_request r = {
		.method = HTTP_M_GET,
		.url = upstream_url(c->arena, base, STR("/")),
		.timeout_ms = UPSTREAM_PATIENCE_MS,
		.arg = c,
		.on_done = on_upstream,
	};

	if (api_value(c, "check_upstream")->flag && r.url.p &&
	    upstream_start(c->gate->lane->upstream, &r, &c->upstream, NULL) == 0)
		return;
	finish_status(c, &asked);
}

const struct api_handler api_journal_handlers[] = {
	{ "listDecisions", check_decisions, NULL, NULL, start_decisions },
	{ "showDecision", NULL, NULL, show_decision, NULL },
	{ "listAlarms", NULL, NULL, list_alarms, NULL },
	{ "showStatus", NULL, NULL, NULL, api_status_start },
	{ NULL, NULL, NULL, NULL, NULL },
};
