/* Webhooks to apps: where events go, what was posted and answered, and sending it again. */
#include "apps/gateway/api.h"

#include "base/check.h"
#include "domain/delivery.h"
#include "domain/inbox.h"
#include "domain/value.h"

#define REASON_MAX_CHARS 500
#define RESEND_MAX 50 /* deliveries of one call: each has up to a hundred events */

/* By id or name; it has a webhook. */
static const struct dir_app *find_app(const struct directory *d, struct str wanted)
{
	const struct dir_app *app = directory_app(d, wanted);
	size_t n;
	const struct dir_app *const *apps = directory_apps(d, &n);

	for (size_t i = 0; !app && i < n; i++)
		app = str_eq(apps[i]->name, wanted) ? apps[i] : NULL;
	return app && app->webhook_url.len ? app : NULL;
}

static int no_app(struct api_call *c, struct err *err)
{
	return api_err(
	    c, err, E_NOT_FOUND, "app", N_("No app with a webhook has this id or name."));
}

/* --- endpoints -------------------------------------------------------------------------------- */

static int write_endpoint(struct api_call *c, const struct dir_app *app, struct err *err)
{
	struct store_conn *conn = c->gate->lane->reader;
	struct delivery_row last = { .at = TIME_NONE };
	struct json_writer *w = &c->w;
	int64_t waiting = 0;
	int r = forward_count(conn, app->id, &waiting, err);

	if (r >= 0)
		r = delivery_newest(conn, app->id, c->arena, &last, err);
	if (r < 0)
		return r;
	jw_object(w);
	jw_member_str(w, "app", app->id);
	jw_member_str(w, "name", app->name);
	jw_member_str(w, "url", app->webhook_url);
	jw_member_bool(w, "enabled", !app->webhook_off);
	jw_member_int(w, "waiting", waiting);
	jw_member_time(w, "last_at", r > 0 ? last.at : TIME_NONE);
	jw_key(w, "last_status");
	if (r > 0 && last.status)
		jw_int(w, last.status);
	else
		jw_null(w);
	jw_member_c(w, "last_outcome", r > 0 ? delivery_outcome_name(last.outcome) : NULL);
	jw_object_end(w);
	return 0;
}

static int list(struct api_call *c, struct err *err)
{
	size_t n;
	const struct dir_app *const *apps = directory_apps(lane_directory(c->gate->lane), &n);
	int r = 0;

	api_list_open(c);
	for (size_t i = 0; r == 0 && i < n; i++) {
		if (apps[i]->webhook_url.len && api_may_place(c, STR("app"), apps[i]->id))
			r = write_endpoint(c, apps[i], err);
	}
	api_list_close(c, STR_NONE);
	return r;
}

/* --- deliveries ------------------------------------------------------------------------------- */

static void write_delivery(struct api_call *c, const struct delivery_row *row, bool whole)
{
	struct json_writer *w = &c->w;
	char id[ID_TEXT_MAX];

	id_format(DELIVERY_PREFIX, row->id, id);
	jw_object(w);
	jw_member_c(w, "id", id);
	jw_member_time(w, "at", row->at);
	jw_member_str(w, "app", row->app);
	jw_member_int(w, "events", row->events);
	jw_member_int(w, "attempt", row->attempt);
	jw_key(w, "status");
	if (row->status)
		jw_int(w, row->status);
	else
		jw_null(w);
	jw_member_int(w, "took_ms", row->took_ms);
	jw_member_c(w, "outcome", delivery_outcome_name(row->outcome));
	jw_member_bool(w, "kept", row->kept);
	if (whole) {
		jw_member_str(w, "request", row->request);
		jw_member_str(w, "answer", row->answer);
	}
	jw_object_end(w);
}

static int list_deliveries(struct api_call *c, struct err *err)
{
	struct delivery_filter f = { .failed = api_value(c, "failed")->flag };
	struct str cursor = api_text(c, "cursor"), wanted = api_text(c, "app");
	const struct dir_app *app = wanted.p ? find_app(lane_directory(c->gate->lane), wanted)
					     : NULL;
	struct delivery_row *items = NULL;
	char next[ID_TEXT_MAX] = "";
	size_t n = 0;
	bool more = false;
	int r = wanted.p && !app ? no_app(c, err) : api_limit(c, &f.limit, err);

	if (r == 0 && cursor.p && id_parse(DELIVERY_PREFIX, cursor, &f.before) < 0)
		r = api_err(
		    c, err, E_INVALID, "cursor", N_("\"cursor\" is none that was given before."));
	f.app = app ? app->id : STR_NONE;
	if (r == 0)
		r = delivery_list(c->gate->lane->reader, &f, c->arena, &items, &n, &more, err);
	if (r < 0)
		return r;
	api_list_open(c);
	for (size_t i = 0; i < n; i++)
		write_delivery(c, &items[i], false);
	if (more)
		id_format(DELIVERY_PREFIX, items[n - 1].id, next);
	api_list_close(c, more ? str_c(next) : STR_NONE);
	return 0;
}

static int show_delivery(struct api_call *c, struct err *err)
{
	struct core *core = c->gate->lane->core;
	struct delivery_row row = { 0 };
	uint64_t id;
	int r = id_parse(DELIVERY_PREFIX, api_text(c, "id"), &id) < 0
	    ? 0
	    : delivery_get(c->gate->lane->reader, &core->key, id, c->arena, &row, err);

	if (r == 0)
		return api_err(c, err, E_NOT_FOUND, "id", N_("There is no such delivery."));
	if (r > 0)
		write_delivery(c, &row, true);
	return r < 0 ? r : 0;
}

/* --- sending again ---------------------------------------------------------------------------- */

/* One delivery is one job of the writer's: of many, each waits for the one before, so that sends get their turn between
 * them. What was posted is opened here, on the loop. */
struct resending {
	uint64_t *ids; /* oldest first */
	size_t len, at;
	struct arena *page;
	struct delivery_events open; /* of the job under way; len 0 = of none */
	bool noted;                  /* that somebody asked for it is on the ledger */
	int64_t deliveries, events;
	time_ms next; /* of the first that found no place; TIME_NONE = none was left */
};

static void resending_done(void *arg)
{
	struct resending *x = arg;

	arena_free(&x->page);
}

static int check_resend(struct api_call *c, struct err *err)
{
	bool one = api_text(c, "id").p, many = api_text(c, "app").p;
	struct resending *x = ARENA_NEW(c->arena, struct resending);

	if (!x || arena_defer(c->arena, resending_done, x) < 0 || !(x->page = arena_new(0, 0)))
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	x->next = TIME_NONE;
	c->state = x;
	if (one == many || (many && !api_value(c, "since")->given))
		return api_err(c, err, E_INVALID, "id",
		    N_("Name a delivery by \"id\", or those of an \"app\" from \"since\" on."));
	return 0;
}

static int no_delivery(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOT_FOUND, "id",
	    N_("There is no such delivery, or what was sent is not kept."));
}

static int find_one(struct api_call *c, struct resending *x, struct err *err)
{
	x->ids = ARENA_NEW(c->arena, uint64_t);
	if (!x->ids)
		return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
	if (id_parse(DELIVERY_PREFIX, api_text(c, "id"), x->ids) < 0)
		return no_delivery(c, err);
	x->len = 1;
	return 0;
}

static int find_range(struct api_call *c, struct resending *x, struct err *err)
{
	const struct api_value *until = api_value(c, "until");
	const struct dir_app *app = find_app(lane_directory(c->gate->lane), api_text(c, "app"));

	if (!app)
		return no_app(c, err);
	int r = delivery_range(c->gate->lane->reader, app->id, api_value(c, "since")->at,
	    until->given ? until->at : clock_now(), RESEND_MAX + 1, c->arena, &x->ids, &x->len,
	    err);
	if (r == 0 && x->len > RESEND_MAX) {
		x->next = id_time(x->ids[RESEND_MAX]);
		x->len = RESEND_MAX;
	}
	return r;
}

/* 1 there is one to be queued, 0 there are no more. */
static int open_next(struct api_call *c, struct resending *x, struct err *err)
{
	struct core *core = c->gate->lane->core;
	int r = 0;

	x->open.len = 0;
	while (r == 0 && x->at < x->len) {
		arena_reset(x->page);
		r = delivery_open(
		    c->gate->lane->reader, &core->key, x->ids[x->at++], x->page, &x->open, err);
	}
	return r;
}

static int queue_one(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct core *core = c->gate->lane->core;
	struct resending *x = c->state;
	int r = delivery_resend(conn, &core->key, &core->ids, &x->open, clock_now(), err);

	return r == 0 && !x->noted ? api_leaf(c, conn, err) : r;
}

static void write_resent(struct api_call *c, const struct resending *x)
{
	jw_object(&c->w);
	jw_member_int(&c->w, "deliveries", x->deliveries);
	jw_member_int(&c->w, "events", x->events);
	jw_member_bool(&c->w, "more", x->next != TIME_NONE);
	jw_member_time(&c->w, "next_since", x->next);
	jw_object_end(&c->w);
}

/* What was queued is: when the rest finds no place, the answer says where to go on. */
static void end_resending(struct api_call *c, int rc, const struct err *err)
{
	struct resending *x = c->state;

	if (rc < 0 && !x->noted) {
		api_finish(c, rc, err);
		return;
	}
	if (rc < 0)
		x->next = id_time(x->ids[x->at - 1]);
	write_resent(c, x);
	api_finish(c, 0, NULL);
}

static void queue_next(struct api_call *c);

static void was_queued(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct resending *x = c->state;

	if (j->rc < 0) {
		end_resending(c, j->rc, &j->job.err);
		return;
	}
	x->noted = true;
	x->deliveries += x->open.len > 0;
	x->events += (int64_t)x->open.len;
	queue_next(c);
}

static void queue_next(struct api_call *c)
{
	struct resending *x = c->state;
	struct err err = { 0 };
	int r = open_next(c, x, &err);

	if (r == 0 && !x->noted && api_text(c, "id").p)
		r = no_delivery(c, &err);
	if (r < 0 || (r == 0 && x->noted))
		end_resending(c, r, &err);
	else if (!x->noted)
		(void)api_submit(c, queue_one, was_queued);
	else if (!lane_submit(c->gate->lane, &c->job))
		end_resending(c, err_set(&err, E_BUSY, "The writer's queue is full."), &err);
}

static void start_resending(struct api_call *c)
{
	struct resending *x = c->state;
	struct err err = { 0 };
	int r = api_text(c, "id").p ? find_one(c, x, &err) : find_range(c, x, &err);

	if (r < 0)
		api_finish(c, r, &err);
	else
		queue_next(c);
}

/* --- off and on ------------------------------------------------------------------------------- */

static int check_switch(struct api_call *c, struct err *err)
{
	return api_text(c, "reason").p
	    ? value_check_text(api_text(c, "reason"), "reason", REASON_MAX_CHARS, err)
	    : 0;
}

static int set_on(struct api_call *c, struct store_conn *conn, bool on, struct err *err)
{
	struct core *core = c->gate->lane->core;
	const struct directory *d;
	int r = core_directory_now(core, conn, &d, err);
	const struct dir_app *app = r == 0 ? find_app(d, api_text(c, "app")) : NULL;

	if (r == 0 && !app)
		r = no_app(c, err);
	if (r == 0 && app) {
		api_name(c, app->id);
		r = delivery_switch(conn, app->id, on, clock_now(), err);
	}
	if (r == 0)
		core_directory_changed(core);
	return r;
}

static int disable(struct api_call *c, struct store_conn *conn, struct err *err)
{
	return set_on(c, conn, false, err);
}

static int enable(struct api_call *c, struct store_conn *conn, struct err *err)
{
	return set_on(c, conn, true, err);
}

static int show_endpoint(struct api_call *c, struct err *err)
{
	const struct dir_app *app = find_app(lane_directory(c->gate->lane), api_text(c, "app"));

	return app ? write_endpoint(c, app, err) : no_app(c, err);
}

const struct api_handler api_webhook_handlers[] = {
	{ "listWebhooks", NULL, NULL, list, NULL },
	{ "listDeliveries", NULL, NULL, list_deliveries, NULL },
	{ "showDelivery", NULL, NULL, show_delivery, NULL },
	{ "resendDeliveries", check_resend, NULL, NULL, start_resending },
	{ "disableWebhook", check_switch, disable, show_endpoint, NULL },
	{ "enableWebhook", check_switch, enable, show_endpoint, NULL },
	{ NULL, NULL, NULL, NULL, NULL },
};
