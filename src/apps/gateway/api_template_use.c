/* What came of a template: figures of all its sends, buttons that people pressed in campaigns, and what uses
 * it: campaigns and triggers. On the pool, with a reading connection. */
#include "apps/gateway/api_template.h"

#include "base/check.h"
#include "domain/campaign_report.h"
#include "domain/trigger.h"
#include "domain/trigger_store.h"

#define DAYS_DEFAULT 7
#define DAYS_MAX 30
#define CAMPAIGNS_LOOKED 200
#define CAMPAIGNS_MAX 50
#define TRIGGERS_MAX 1000

struct using
{
	struct campaign of[CAMPAIGNS_MAX]; /* that send it */
	int64_t variant[CAMPAIGNS_MAX];    /* which of their templates it is */
	size_t len;
};

int api_template_use_check(struct api_call *c, struct err *err)
{
	const struct api_value *days = api_value(c, "days");

	if (!directory_template(lane_directory(c->gate->lane), api_text(c, "waba"),
		api_text(c, "name"), api_text(c, "language")))
		return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such template."));
	if (!days->given || (days->number >= 1 && days->number <= DAYS_MAX))
		return 0;
	return api_err(c, err, E_RANGE, "days", N_("\"days\" must be between 1 and %d."), DAYS_MAX);
}

/* --- figures ---------------------------------------------------------------------------------- */

static int write_figures(
    struct api_call *c, struct store_conn *conn, time_ms since, time_ms now, struct err *err)
{
	static const struct {
		const char *name;
		enum signal what;
	} figures[] = {
		{ "sent", SIGNAL_SENT },
		{ "delivered", SIGNAL_DELIVERED },
		{ "read_of", SIGNAL_COHORT_DELIVERED },
		{ "read", SIGNAL_COHORT_READ },
		{ "failed", SIGNAL_FAILED },
		{ "withheld", SIGNAL_CAPPED },
		{ "opt_outs", SIGNAL_OPT_OUT },
		{ "complaints", SIGNAL_COMPLAINT },
	};
	struct signal_counts n = { 0 };
	struct str waba = api_text(c, "waba"), name = api_text(c, "name"),
		   language = api_text(c, "language");
	struct str id = arena_printf(
	    c->arena, "%.*s/%.*s/%.*s", STR_ARG(waba), STR_ARG(name), STR_ARG(language));
	int r = id.p ? signals_sum(conn, SIGNAL_OF_TEMPLATE, id, since, now, &n, err)
		     : api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));

	jw_key(&c->w, "figures");
	jw_object(&c->w);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++)
		jw_member_int(&c->w, figures[i].name, n.n[figures[i].what]);
	jw_object_end(&c->w);
	return r;
}

/* --- campaigns -------------------------------------------------------------------------------- */

/* Does the campaign send it? Then also its place among the campaign's templates. */
static bool sends_it(struct api_call *c, const struct campaign *x, int64_t *ret_variant)
{
	const struct json *plan = NULL, *list;

	if (!str_eq(x->waba, api_text(c, "waba")) || json_read(c->arena, x->plan, &plan, NULL) < 0)
		return false;
	list = json_get(plan, "templates");
	for (size_t i = 0; i < json_len(list); i++) {
		const struct json *t = json_at(list, i);
		if (str_eq(json_str(json_get(t, "name")), api_text(c, "name")) &&
		    str_eq(json_str(json_get(t, "language")), api_text(c, "language"))) {
			*ret_variant = (int64_t)i;
			return true;
		}
	}
	return false;
}

static int find_campaigns(
    struct api_call *c, struct store_conn *conn, struct using *u, struct err *err)
{
	struct campaign *items = NULL;
	bool more = false;
	size_t n = 0;
	int r = campaign_list(conn, 0, 0, CAMPAIGNS_LOOKED, c->arena, &items, &n, &more, err);

	for (size_t i = 0; r == 0 && i < n && u->len < CAMPAIGNS_MAX; i++) {
		if (sends_it(c, &items[i], &u->variant[u->len]))
			u->of[u->len++] = items[i];
	}
	return r;
}

static void write_campaigns(struct api_call *c, const struct using *u)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	jw_key(w, "campaigns");
	jw_array(w);
	for (size_t i = 0; i < u->len; i++) {
		id_format(CAMPAIGN_PREFIX, u->of[i].id, id);
		jw_object(w);
		jw_member_c(w, "id", id);
		jw_member_str(w, "name", u->of[i].name);
		jw_member_c(w, "state", campaign_state_name(u->of[i].state));
		jw_member_time(w, "at", u->of[i].at);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static int write_buttons(
    struct api_call *c, struct store_conn *conn, const struct using *u, struct err *err)
{
	struct campaign_button sum[CAMPAIGN_BUTTONS_MAX] = { 0 };
	struct json_writer *w = &c->w;
	int r = 0;

	for (size_t i = 0; r == 0 && i < u->len; i++)
		r = campaign_add_buttons(conn, u->of[i].id, u->variant[i], c->arena, sum, err);
	jw_key(w, "buttons");
	jw_array(w);
	for (size_t i = 0; r == 0 && i < ARRAY_LEN(sum); i++) {
		if (!sum[i].clicks)
			continue;
		jw_object(w);
		jw_member_int(w, "button", (int64_t)i);
		jw_member_str(w, "title", sum[i].title);
		jw_member_int(w, "clicks", sum[i].clicks);
		jw_object_end(w);
	}
	jw_array_end(w);
	return r;
}

/* --- triggers --------------------------------------------------------------------------------- */

static bool says_template(struct api_call *c, struct str definition)
{
	const struct json *doc = NULL;
	struct trigger t;

	return json_read(c->arena, definition, &doc, NULL) == 0 &&
	    trigger_read(doc, &t, NULL) == 0 && t.tpl &&
	    str_eq(json_str(json_get(t.tpl, "name")), api_text(c, "name")) &&
	    str_eq(json_str(json_get(t.tpl, "language")), api_text(c, "language"));
}

static int write_triggers(struct api_call *c, struct store_conn *conn, struct err *err)
{
	struct trigger_row *items = NULL;
	struct json_writer *w = &c->w;
	size_t n = 0;
	int r = trigger_list(conn, STR_NONE, TRIGGERS_MAX, c->arena, &items, &n, err);

	jw_key(w, "triggers");
	jw_array(w);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (says_template(c, items[i].v.definition))
			jw_str(w, items[i].v.name);
	}
	jw_array_end(w);
	return r;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int use_on_pool(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct api_value *days = api_value(c, "days");
	time_ms now = clock_now();
	time_ms since = now - (days->given ? days->number : DAYS_DEFAULT) * MS_PER_DAY;
	struct using *u = ARENA_NEW(c->arena, struct using);
	int r = u ? find_campaigns(c, conn, u, err)
		  : api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));

	if (r < 0)
		return r;
	jw_object(&c->w);
	jw_member_time(&c->w, "since", since);
	r = write_figures(c, conn, since, now, err);
	if (r == 0)
		r = write_buttons(c, conn, u, err);
	write_campaigns(c, u);
	if (r == 0)
		r = write_triggers(c, conn, err);
	jw_object_end(&c->w);
	return r;
}

void api_template_use_start(struct api_call *c)
{
	api_work(c, use_on_pool);
}
