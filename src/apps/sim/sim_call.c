#include "apps/sim/sim_call.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/figures.h"

#define BODY_500 131000

/* --- beginning ----------------------------------------------------------------------------------- */

static void on_gone(struct http_request *req)
{
	struct sim_call *c = req->user;

	if (c->on_gone)
		c->on_gone(c);
	loop_timer_free(&c->timer);
	if (list_has(&c->node))
		list_remove(&c->sim->waiting, &c->node);
}

struct sim_call *sim_call_new(struct sim *s, struct http_request *req)
{
	struct sim_call *c = ARENA_NEW(req->arena, struct sim_call);

	if (!c)
		return NULL;
	c->sim = s;
	c->req = req;
	c->fault = sim_faults_meet(s->faults, req->method, req->path);
	req->user = c;
	req->on_gone = on_gone;
	return c;
}

/* "v25.0" */
static bool is_version(struct str s)
{
	struct str major = str_sub(s, 1, s.len), minor;
	uint64_t n;

	if (s.len < 4 || s.len > 7 || s.p[0] != 'v')
		return false;
	minor = major;
	major = str_cut(&minor, '.');
	return str_to_u64(major, &n) == 0 && minor.p && str_to_u64(minor, &n) == 0;
}

/* What stands behind the version, or behind the provider's prefix where there is no version. */
static struct str behind_version(const struct sim *s, struct str path)
{
	struct str prefix = str_c(s->prefix), rest = path;

	for (int i = 0; i < SIM_SEGMENTS_MAX && rest.p; i++) {
		struct str segment = str_cut(&rest, '/');
		if (is_version(segment))
			return rest;
	}
	if (prefix.len && str_starts(path, prefix))
		return str_sub(path, prefix.len, path.len);
	return path;
}

static bool split(struct sim_call *c)
{
	struct str rest = behind_version(c->sim, c->req->path);

	c->segs_len = 0;
	while (rest.p && rest.len) {
		struct str segment = str_cut(&rest, '/');
		if (segment.len == 0)
			continue;
		if (c->segs_len == SIM_SEGMENTS_MAX)
			return false;
		c->segs[c->segs_len] = http_decode(c->req->arena, segment);
		if (!c->segs[c->segs_len++].p)
			return false;
	}
	return c->segs_len > 0;
}

/* The credentials, as Meta takes them or as a provider does: a header that speaks of a key or a token. */
static struct str token_of(const struct http_request *req)
{
	struct str token = http_header_get(req, "authorization");

	if (token.p) {
		struct str rest = token;
		(void)str_cut(&rest, ' ');
		return rest.p ? str_trim(rest) : token;
	}
	for (size_t i = 0; i < req->headers_len; i++) {
		struct str name = req->headers[i].name;
		if (str_eq_nocase(name, STR("d360-api-key")) ||
		    str_eq_nocase(name, STR("x-api-key")) || str_eq_nocase(name, STR("api-key")) ||
		    str_eq_nocase(name, STR("x-access-token")))
			return req->headers[i].value;
	}
	return http_query_get(req, "access_token");
}

bool sim_call_enter(struct sim_call *c)
{
	struct str token = token_of(c->req);

	if (!split(c)) {
		sim_call_fail(c, 100, "The path names no object.");
		return false;
	}
	if (!token.p || token.len == 0) {
		sim_call_fail(c, 190, "There is no access token.");
		return false;
	}
	c->key = map_get(c->sim->keys, token);
	if (c->sim->strict && !c->key) {
		sim_call_fail(c, 190, "The access token is not one of those configured.");
		return false;
	}
	return true;
}

/* --- quota --------------------------------------------------------------------------------------- */

/* The WABA that the call is about; NULL = none that is known yet. */
static struct sim_waba *waba_of(const struct sim_call *c)
{
	struct str id = c->segs[0];
	const struct sim_number *n = sim_world_find_number(c->sim->world, id);
	const struct sim_template *t = n ? NULL : sim_templates_get(c->sim->templates, id);
	struct sim_waba *a = n ? n->waba : t ? t->waba : sim_world_find_waba(c->sim->world, id);

	return a || !c->key ? a : c->key->waba;
}

/* 200 an hour, 5,000 for a WABA with a registered number. */
static int64_t call_limit(const struct sim_waba *a)
{
	if (a->call_limit)
		return a->call_limit;
	return list_is_empty(&a->numbers) ? FIG_CALLS_PER_HOUR : FIG_CALLS_PER_HOUR_WITH_NUMBER;
}

/* Sends have limits of their own, and files have none that is documented. */
static bool is_management(const struct sim_call *c)
{
	static const char *const others[] = { "messages", "marketing_messages", "media",
		"lookaside" };
	struct str edge = c->segs[c->segs_len - 1];

	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (str_eq_c(edge, others[i]) || str_eq_c(c->segs[0], others[i]))
			return false;
	}
	return !sim_media_get(c->sim->media, c->segs[0], sim_now(c->sim));
}

bool sim_call_has_quota(struct sim_call *c)
{
	time_ms now = sim_now(c->sim);
	const struct sim_waba *a;

	c->manages = is_management(c);
	a = c->manages ? waba_of(c) : NULL;
	if (a && sim_usage_calls(&a->usage, now) >= call_limit(a)) {
		sim_call_fail(c, 80007, "This account was asked too often in the last hour.");
		return false;
	}
	if (c->manages && sim_usage_calls(&c->sim->usage, now) >= ASSUME_APP_CALLS_PER_HOUR) {
		sim_call_fail(c, 4, "This app made too many calls in the last hour.");
		return false;
	}
	return true;
}

/* With the answer, for the call itself may have made the WABA. What is refused counts too. */
static void tell_usage(struct sim_call *c)
{
	time_ms now = sim_now(c->sim);
	struct sim_waba *a = c->manages ? waba_of(c) : NULL;
	struct arena *arena = c->req->arena;

	if (!a)
		return;
	c->manages = false;
	sim_usage_count(&a->usage, now);
	sim_usage_count(&c->sim->usage, now);
	const struct http_header told[] = {
		{ STR("X-Business-Use-Case-Usage"),
		    sim_usage_business(arena, a->id, &a->usage, call_limit(a), now) },
		{ STR("X-App-Usage"),
		    sim_usage_app(arena, &c->sim->usage, ASSUME_APP_CALLS_PER_HOUR, now) },
	};
	for (size_t i = 0; i < ARRAY_LEN(told); i++) {
		if (told[i].value.p)
			c->usage[c->usage_len++] = told[i];
	}
}

bool sim_call_body(struct sim_call *c)
{
	struct err err = { 0 };

	if (json_read(c->req->arena, c->req->body, &c->body, &err)) {
		sim_call_fail(c, 100, "The body is not valid JSON: %s", err.text);
		return false;
	}
	if (json_type(c->body) != JSON_OBJECT) {
		sim_call_fail(c, 100, "The body must be a JSON object.");
		return false;
	}
	return true;
}

/* --- objects ------------------------------------------------------------------------------------- */

/* May this call's token see what belongs to that WABA? Only --strict asks. */
static bool may_see(const struct sim_call *c, const struct sim_waba *a)
{
	return !c->sim->strict || !c->key || c->key->waba == a;
}

struct sim_number *sim_call_number(struct sim_call *c, struct str id)
{
	struct sim *s = c->sim;
	bool known = sim_world_find_number(s->world, id) != NULL;
	struct sim_number *n = NULL;

	if (known || !s->strict)
		n = sim_world_number(s->world, id, c->key ? c->key->waba : NULL);
	if (n && !known && s->default_throughput)
		n->throughput = s->default_throughput;
	if (n && may_see(c, n->waba))
		return n;
	sim_call_no_object(c, id);
	return NULL;
}

struct sim_waba *sim_call_waba(struct sim_call *c, struct str id)
{
	struct sim *s = c->sim;
	struct sim_waba *a = s->strict ? sim_world_find_waba(s->world, id)
				       : sim_world_waba(s->world, id, NULL);

	if (a && may_see(c, a))
		return a;
	sim_call_no_object(c, id);
	return NULL;
}

/* --- answers ------------------------------------------------------------------------------------- */

static void respond(struct sim_call *c, int status, struct str body)
{
	http_respond_json(c->req, status, c->usage, c->usage_len, body);
}

void sim_call_log(struct sim_call *c, int status)
{
	sim_log_settle(c->sim->log, c->log_n, status, c->wamid);
}

/* Half of the answer under the whole one's length. */
static void respond_half(struct sim_call *c, int status, struct str body)
{
	const struct http_header type = { STR("Content-Type"), STR("application/json") };

	http_respond_begin(c->req, status, &type, 1, (int64_t)body.len, NULL);
	(void)http_respond_write(c->req, str_sub(body, 0, body.len / 2));
	http_respond_abort(c->req);
}

static void on_drip(void *arg)
{
	struct sim_call *c = arg;

	(void)http_respond_write(c->req, str_sub(c->answer, c->dripped++, 1));
	if (c->dripped < c->answer.len)
		return;
	list_remove(&c->sim->waiting, &c->node);
	loop_timer_stop(c->timer);
	http_respond_end(c->req);
}

static void on_late(void *arg)
{
	struct sim_call *c = arg;

	if (list_has(&c->node))
		list_remove(&c->sim->waiting, &c->node);
	loop_timer_stop(c->timer);
	c->ticket = 0;
	sim_call_log(c, c->status);
	respond(c, c->status, c->answer);
}

/* Keeps the answer for later; false when memory ran out, then it is given now. */
static bool keep(struct sim_call *c, int status, struct str body, void (*fire)(void *))
{
	c->status = status;
	c->answer = arena_str(c->req->arena, body);
	if (c->answer.p && !c->timer)
		c->timer = loop_timer_new(c->sim->loop, fire, c);
	if (c->answer.p && c->timer)
		return true;
	sim_call_log(c, status);
	respond(c, status, body);
	return false;
}

static void respond_late(struct sim_call *c, int status, struct str body, int64_t ms)
{
	if (!keep(c, status, body, on_late))
		return;
	list_append(&c->sim->waiting, &c->node);
	loop_timer_start(c->timer, ms, 0);
}

static void respond_dripping(struct sim_call *c, int status, struct str body, int64_t ms)
{
	const struct http_header type = { STR("Content-Type"), STR("application/json") };

	if (!keep(c, status, body, on_drip))
		return;
	http_respond_begin(c->req, status, &type, 1, (int64_t)c->answer.len, NULL);
	list_append(&c->sim->waiting, &c->node);
	loop_timer_start(c->timer, ms, ms > 0 ? ms : 1);
}

void sim_call_error(struct sim_call *c, const struct sim_problem *p)
{
	char trace[24];

	(void)snprintf(
	    trace, sizeof(trace), "A%016" PRIX64, sim_mix(c->sim->seed + ++c->sim->traces));
	sim_error_member(&c->w, p, trace);
}

static void print_error(struct sim_call *c, const struct sim_problem *p)
{
	buf_reset(&c->sim->out);
	jw_init(&c->w, &c->sim->out);
	jw_object(&c->w);
	sim_call_error(c, p);
	jw_object_end(&c->w);
}

static void respond_500(struct sim_call *c)
{
	struct sim_problem p;

	(void)sim_problem(&p, BODY_500, "The fault that was set says so.");
	print_error(c, &p);
	sim_call_log(c, 500);
	respond(c, 500, buf_str(&c->sim->out));
}

void sim_call_answer(struct sim_call *c, int status)
{
	struct str body = buf_str(&c->sim->out);

	if (c->sim->out.failed) {
		http_respond_abort(c->req);
		return;
	}
	tell_usage(c);
	switch (c->fault.kind) {
	case SIM_FAULT_ACCEPT_THEN_RESET:
		sim_call_log(c, 0);
		http_respond_abort(c->req);
		return;
	case SIM_FAULT_TRUNCATE:
		sim_call_log(c, status);
		respond_half(c, status, body);
		return;
	case SIM_FAULT_ERROR_500_AFTER_ACCEPT:
		respond_500(c);
		return;
	case SIM_FAULT_DRIP:
		sim_call_log(c, status);
		respond_dripping(c, status, body, c->fault.number);
		return;
	case SIM_FAULT_DELAY:
		respond_late(c, status, body, c->fault.number);
		return;
	case SIM_FAULT_CLOSE_IDLE:
		sim_call_log(c, status);
		respond(c, status, body);
		http_respond_abort(c->req);
		return;
	default:
		sim_call_log(c, status);
		respond(c, status, body);
	}
}

void sim_call_ok(struct sim_call *c)
{
	sim_call_answer(c, 200);
}

void sim_call_success(struct sim_call *c)
{
	jw_object(&c->w);
	jw_member_bool(&c->w, "success", true);
	jw_object_end(&c->w);
	sim_call_answer(c, 200);
}

void sim_call_problem(struct sim_call *c, const struct sim_problem *p)
{
	c->sim->counts.refused++;
	print_error(c, p);
	sim_call_answer(c, sim_error_status(p->code));
}

void sim_call_fail(struct sim_call *c, int code, const char *fmt, ...)
{
	struct sim_problem p;
	va_list ap;

	va_start(ap, fmt);
	(void)sim_problem_va(&p, code, 0, fmt, ap);
	va_end(ap);
	sim_call_problem(c, &p);
}

void sim_call_no_object(struct sim_call *c, struct str id)
{
	struct sim_problem p;

	(void)sim_problem_sub(&p, 100, 33, "There is no object %.*s, or this token may not see it.",
	    id.len > 64 ? 64 : (int)id.len, id.p);
	sim_call_problem(c, &p);
}

void sim_call_ok_after(struct sim_call *c, uint64_t ticket)
{
	c->ticket = ticket;
	if (c->sim->told_ticket == ticket) {
		sim_call_answer(c, 200);
		return;
	}
	respond_late(c, 200, buf_str(&c->sim->out), ASSUME_WAIT_HOOK_MS);
}

void sim_call_ticket(void *arg, uint64_t ticket, bool ok)
{
	struct sim *s = arg;

	(void)ok;
	s->told_ticket = ticket;
	LIST_EACH(node, &s->waiting)
	{
		struct sim_call *c = LIST_OF(node, struct sim_call, node);
		if (c->ticket == ticket) {
			on_late(c);
			return;
		}
	}
}

void sim_call_abandon_all(struct sim *s)
{
	for (struct list_node *n; (n = list_take_first(&s->waiting));)
		loop_timer_free(&LIST_OF(n, struct sim_call, node)->timer);
}
