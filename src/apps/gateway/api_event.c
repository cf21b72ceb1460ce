/* POST /api/v1/triggers/{name}: what a CRM or a shop posts when something happened there. The body is its
 * own; who posts is known by an app key, the admin token, or as the trigger says.
 *
 *   who posts → which events → what each is turned into → one job: those not taken before are on record
 *   with their sends → 200
 * An event that is of no use is answered 200 too, for who posts would only come again with it, and in the end
 * give up the address; why it was of none is in the answer and with the trigger. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "flow/trigger_take.h"
#include "transport/signature.h"

#define PATH "/api/v1/triggers/"

struct posting {
	struct trigger_row row;
	struct trigger trigger;
	struct trigger_event *events;
	size_t len;
};

static struct str name_of(const struct http_request *req)
{
	return str_sub(req->path, sizeof(PATH) - 1, req->path.len);
}

bool api_is_event(const struct http_request *req)
{
	struct str rest = req->path;

	if (req->method != HTTP_M_POST || !str_starts(rest, STR(PATH)))
		return false;
	rest = name_of(req);
	return rest.len && !memchr(rest.p, '/', rest.len);
}

static int no_memory(struct api_call *c, struct err *err)
{
	return api_err(c, err, E_NOMEM, "", N_("The gateway is short of memory."));
}

/* --- who posts -------------------------------------------------------------------------------- */

static bool is_signed(struct api_call *c, const struct posting *p, const struct signature_way *way)
{
	const char *stamp = signature_stamp_header(way);
	struct http_request *req = c->req;
	struct str url = arena_printf(
	    c->arena, "%s%.*s", c->gate->gateway->public_url, STR_ARG(req->target));
	const struct signed_post post = {
		.method = str_c(http_method_name(req->method)),
		.url = url,
		.body = req->body,
		.signature = http_header_get(req, signature_header(way)),
		.stamp = stamp ? http_header_get(req, stamp) : STR_NONE,
	};

	return url.p && signature_ok(way, p->row.v.secret, &post, clock_now());
}

/* The key of the trigger's own app, though that may not send any more. */
static bool is_barred(struct api_call *c, const struct posting *p)
{
	const struct dir_app *app = gate_caller(lane_directory(c->gate->lane), c->req);

	return app && str_eq(app->id, p->row.v.app) && app->status != APP_ACTIVE;
}

static bool is_known(struct api_call *c, const struct posting *p)
{
	const struct dir_app *app = gate_caller(lane_directory(c->gate->lane), c->req);
	const struct signature_way *way = signature_way(p->trigger.proof);
	struct str token = http_query_get(c->req, "token");

	if (app && str_eq(app->id, p->row.v.app))
		return app->status == APP_ACTIVE;
	if (api_has_token(c->gate, c->req))
		return true;
	if (str_eq_c(p->trigger.proof, TRIGGER_BY_TOKEN))
		return token.len && str_eq_secret(token, p->row.v.secret);
	return way && is_signed(c, p, way);
}

/* WooCommerce asks an address for a 200 before it keeps it: by a form without a signature, in which
 * nothing stands but the number of the webhook. */
static bool is_greeting(const struct http_request *req, const struct posting *p)
{
	struct str digits = req->body;
	uint64_t id;

	return str_eq_c(p->trigger.proof, "woocommerce") &&
	    str_eq(str_cut(&digits, '='), STR("webhook_id")) && digits.p &&
	    str_to_u64(digits, &id) == 0;
}

/* 0 there are events to be read; 1 there are none: it only asks whether somebody is there; <0, and the status of
 * the answer. To a stranger a trigger that is not there is as one that is not theirs. */
static int find(struct api_call *c, struct posting *p, int *ret_status, struct err *err)
{
	struct lane *l = c->gate->lane;
	const struct json *definition = NULL;
	struct str name = arena_str(c->arena, name_of(c->req));
	int r = name.p ? trigger_get(l->reader, &l->core->key, name, c->arena, &p->row, err)
		       : no_memory(c, err);

	if (r == 0 && api_has_token(c->gate, c->req))
		return api_err(c, err, E_NOT_FOUND, "name", N_("There is no such trigger."));
	if (r > 0)
		r = json_read(c->arena, p->row.v.definition, &definition, err) < 0 ||
			trigger_read(definition, &p->trigger, err) < 0
		    ? err_set(err, E_STORE, "A trigger on record is broken.")
		    : 1;
	if (r > 0 && is_greeting(c->req, p))
		return 1;
	if (r < 0 || (r > 0 && is_known(c, p)))
		return r < 0 ? r : 0;
	if (r > 0 && is_barred(c, p)) {
		*ret_status = 403;
		return api_err(c, err, E_DENIED, "app",
		    N_("The integration is suspended or revoked: it posts nothing."));
	}
	*ret_status = 401;
	return api_err(c, err, E_DENIED, "",
	    N_("Who posts is not known: the key, the token or the signature is missing or wrong."));
}

/* --- what came -------------------------------------------------------------------------------- */

static int take_extras(struct api_call *c, struct trigger_input *in, struct err *err)
{
	const struct http_request *req = c->req;
	struct trigger_extra *extras = ARENA_ARRAY(
	    c->arena, struct trigger_extra, req->headers_len + 1);

	for (size_t i = 0; extras && i < req->headers_len; i++) {
		char *name = arena_c(c->arena, req->headers[i].name);
		struct str value = arena_str(c->arena, str_trim(req->headers[i].value));
		if (!name || !value.p)
			return no_memory(c, err);
		for (char *p = name; *p; p++)
			*p = (char)(*p >= 'A' && *p <= 'Z' ? *p + 32 : *p);
		extras[i] = (struct trigger_extra){ str_c(name), value };
	}
	in->extras = extras;
	in->extras_len = extras ? req->headers_len : 0;
	return extras ? 0 : no_memory(c, err);
}

static int map_all(struct api_call *c, struct posting *p, const struct json *post, struct err *err)
{
	struct trigger_input in = { .event = NULL };
	int r = take_extras(c, &in, err);

	if (r < 0)
		return r;
	r = trigger_events_of(
	    c->gate->lane, &p->row, &p->trigger, post, &in, c->arena, &p->events, &p->len);
	if (r == -E_TOO_LARGE)
		return api_err(c, err, E_TOO_LARGE, "", N_("One post may hold at most %d events."),
		    TRIGGER_ITEMS_MAX);
	return r < 0 ? no_memory(c, err) : 0;
}

static int read_post(struct api_call *c, struct posting *p, struct err *err)
{
	const struct json *post = NULL;
	struct err why = { 0 };
	int r = json_read(c->arena, c->req->body, &post, &why);

	if (r == -E_NOMEM)
		return no_memory(c, err);
	if (r < 0)
		return api_err(c, err, E_INVALID, "", N_("The body is not JSON: %s"), why.text);
	return map_all(c, p, post, err);
}

/* --- on record -------------------------------------------------------------------------------- */

static void write_event(struct api_call *c, const struct trigger_event *e)
{
	struct json_writer *w = &c->w;
	bool skipped = e->fate == TRIGGER_SKIPPED;
	char id[ID_TEXT_MAX];

	id_format("dec", e->decision, id);
	jw_object(w);
	jw_member_c(w, "state", trigger_fate_name(e->fate));
	jw_member_c(w, "decision", e->decision ? id : NULL);
	jw_member_time(w, "due_at", e->fate == TRIGGER_QUEUED ? e->due_at : TIME_NONE);
	jw_member_c(w, "reason", skipped ? api_sentence(c, e->why.text) : NULL);
	jw_member_c(w, "place", skipped && e->why.field[0] ? e->why.field : NULL);
	jw_object_end(w);
}

static int run(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct posting *p = c->state;

	return trigger_take(
	    c->gate->lane->core, conn, &p->row, &p->trigger, p->events, p->len, c->arena, err);
}

static void write_events(struct api_call *c)
{
	const struct posting *p = c->state;

	jw_object(&c->w);
	jw_member_str(&c->w, "trigger", p->row.v.name);
	jw_key(&c->w, "items");
	jw_array(&c->w);
	for (size_t i = 0; i < p->len; i++)
		write_event(c, &p->events[i]);
	jw_array_end(&c->w);
	jw_object_end(&c->w);
}

/* What is durable now. */
static void count(struct core *core, const struct posting *p)
{
	for (size_t i = 0; i < p->len; i++) {
		enum trigger_fate fate = p->events[i].fate;
		if (fate == TRIGGER_QUEUED)
			CORE_COUNT(core, events_queued);
		else if (fate == TRIGGER_REPEATED)
			CORE_COUNT(core, events_repeated);
		else
			CORE_COUNT(core, events_skipped);
	}
}

static void back(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc == 0) {
		count(c->gate->lane->core, c->state);
		write_events(c);
	}
	api_finish(c, j->rc, &j->job.err);
}

/* What can wait is not begun on a disk that is low, nor while everything comes to an end. */
static bool is_open(const struct core *core)
{
	return !atomic_load(&core->draining) && headroom_stage(core->headroom) == HEADROOM_FINE;
}

static void submit(struct api_call *c)
{
	struct err err = { 0 };

	c->job.run = run;
	c->job.back = back;
	if (is_open(c->gate->lane->core) && lane_submit(c->gate->lane, &c->job))
		return;
	(void)api_err(
	    c, &err, E_BUSY, "", N_("The gateway takes no events now; post it again later."));
	api_fail(c, 503, &err);
}

void api_event(struct gate *g, struct http_request *req)
{
	struct api_call *c = api_call_new(g, req);
	struct posting *p = c ? ARENA_NEW(c->arena, struct posting) : NULL;
	struct err err = { 0 };

	if (!c) {
		api_refuse_memory(req);
		return;
	}
	if (!p) {
		api_finish(c, no_memory(c, &err), &err);
		return;
	}
	c->state = p;
	int status = 0;
	int r = find(c, p, &status, &err);
	if (status) {
		CORE_COUNT(g->lane->core, events_refused);
		api_fail(c, status, &err);
		return;
	}
	bool greeting = r > 0;
	if (r == 0)
		r = read_post(c, p, &err);
	if (greeting)
		write_events(c);
	if (r < 0 || greeting)
		api_finish(c, r, &err);
	else
		submit(c);
}
