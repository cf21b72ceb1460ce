/* Opening and closing, and where requests come in. */
#include "apps/sim/sim_private.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_api.h"

#define UPLOAD_MAX (FIG_DOCUMENT_BYTES + (1ULL << 20)) /* a file and what is around it */
#define CONTROL_BODY_MAX (4ULL << 20)
#define HOOK_CONNECTIONS 64

static const struct str control_prefix = { "/_sim/", 6 };

time_ms sim_now(const struct sim *s)
{
	return s->at != TIME_NONE ? s->at : sim_clock_now(&s->clock);
}

/* --- requests ------------------------------------------------------------------------------------ */

static void on_head(void *ctx, struct http_request *req, struct http_plan *plan)
{
	struct sim *s = ctx;
	bool control = str_starts(req->path, control_prefix);
	struct sim_call *c = sim_call_new(s, req);

	if (!c || c->fault.kind == SIM_FAULT_RESET_BEFORE) {
		http_respond_abort(req);
		return;
	}
	if (control)
		plan->max_body = CONTROL_BODY_MAX;
	else if (sim_route_streams(req)) {
		plan->max_body = UPLOAD_MAX;
		plan->stream = true;
	}
}

/* The answer of a fault that leaves the call undone; false when there is none. */
static bool fail_before(struct sim_call *c)
{
	int code = (int)c->fault.number;

	if (c->fault.kind != SIM_FAULT_ERROR && c->fault.kind != SIM_FAULT_ERROR_500_BEFORE)
		return false;
	if (c->fault.kind == SIM_FAULT_ERROR_500_BEFORE)
		code = 131000;
	sim_call_fail(c, code, "The fault that was set says so.");
	return true;
}

static void on_request(void *ctx, struct http_request *req)
{
	struct sim *s = ctx;
	struct sim_call *c = req->user;

	buf_reset(&s->out);
	jw_init(&c->w, &s->out);
	if (str_starts(req->path, control_prefix)) {
		sim_control(c);
		return;
	}
	s->counts.calls++;
	c->log_n = sim_log_add(s->log, req, req->target, sim_now(s));
	if (!fail_before(c) && sim_call_enter(c) && sim_call_has_quota(c))
		sim_route(c);
}

/* --- life ---------------------------------------------------------------------------------------- */

void sim_options_default(struct sim_options *o)
{
	*o = (struct sim_options){ .listen = "127.0.0.1:0" };
}

static void free_keys(struct map **keys)
{
	size_t iter = 0;
	struct str token;
	void *key;

	while (*keys && map_each(*keys, &iter, &token, &key))
		mem_free(key);
	map_free(keys);
}

int sim_reset(struct sim *s)
{
	struct sim_world *world = sim_world_new();
	struct map *keys = map_new();

	if (!world || !keys) {
		sim_world_free(&world);
		map_free(&keys);
		return -E_NOMEM;
	}
	s->generation++;
	sim_agenda_clear(s->agenda);
	if (s->hooks)
		sim_hooks_clear(s->hooks);
	sim_messages_clear(s->messages);
	sim_templates_clear(s->templates);
	sim_media_clear(s->media);
	sim_faults_clear(s->faults);
	sim_log_trim(s->log, sim_log_last(s->log));
	free_keys(&s->keys);
	sim_world_free(&s->world);
	s->world = world;
	s->keys = keys;
	sim_random_init(&s->random, s->seed);
	s->usage = (struct sim_usage){ { 0 }, { 0 } };
	s->statuses_until = SIM_READ;
	s->default_throughput = FIG_THROUGHPUT;
	s->counts = (struct sim_counts){ 0 };
	if (s->alive)
		sim_alive_reset(s);
	s->prefix[0] = '\0';
	sim_set_text(s->default_number, sizeof(s->default_number), STR(ASSUME_NUMBER_ID));
	memcpy(s->webhook, s->first_webhook, sizeof(s->webhook));
	memcpy(s->app_secret, s->first_secret, sizeof(s->app_secret));
	return 0;
}

static int check_listen(const char *listen, struct err *err)
{
	struct str s = str_c(listen);

	if (str_starts(s, STR("127.")) || str_starts(s, STR("[::1]:")))
		return 0;
	return err_field(err, E_DENIED, "listen",
	    "The simulator listens on loopback only (127.0.0.1:PORT or [::1]:PORT): anybody who reaches it controls it.");
}

static int check_options(const struct sim_options *o, struct err *err)
{
	if (o->webhook && (!o->app_secret || !o->app_secret[0]))
		return err_field(
		    err, E_INVALID, "app-secret-file", "Webhooks need a secret that signs them.");
	if (o->webhook && strlen(o->webhook) >= SIM_URL_MAX)
		return err_field(
		    err, E_TOO_LARGE, "webhook", "The address of the webhook is too long.");
	if (o->app_secret && strlen(o->app_secret) >= SIM_SECRET_MAX)
		return err_field(
		    err, E_TOO_LARGE, "app-secret-file", "The app secret is too long.");
	if (!o->tls_cert != !o->tls_key)
		return err_field(
		    err, E_INVALID, "tls-cert", "A certificate and its key belong together.");
	return check_listen(o->listen, err);
}

static int open_alive(struct sim *s, const struct sim_options *o, struct err *err)
{
	struct sim_assume a;
	int rc = o->assumptions ? sim_assume_file(o->assumptions, &a, err)
				: sim_assume_builtin(&a, err);

	return rc ? rc : sim_alive_open(s, &a, err);
}

static int open_stores(struct sim *s, const struct sim_options *o, struct err *err)
{
	int rc = sim_people_plain(o->people, &s->people, err);

	if (rc)
		return rc;
	s->templates = sim_templates_new(s->seed);
	s->messages = sim_messages_new();
	s->media = sim_media_new(s->seed);
	s->faults = sim_faults_new();
	s->log = sim_log_new();
	if (!s->templates || !s->messages || !s->media || !s->faults || !s->log)
		return err_set(err, E_NOMEM, "Memory ran out.");
	rc = sim_agenda_new(s->loop, &s->clock, sim_progress_due, s, &s->agenda, err);
	if (!rc && s->loop)
		rc = sim_hooks_new(s->loop, s->up, &s->clock, sim_call_ticket, s, &s->hooks, err);
	if (!rc && sim_reset(s))
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	if (!rc && o->alive)
		rc = open_alive(s, o, err);
	return rc;
}

static int open_upstream(struct sim *s, const struct sim_options *o, struct err *err)
{
	const struct upstream_options options = { .connect_timeout_ms = ASSUME_HOOK_TIMEOUT_MS,
		.timeout_ms = ASSUME_HOOK_TIMEOUT_MS,
		.ca_file = o->webhook_ca_file,
		.max_answer = 65536,
		.max_connections = HOOK_CONNECTIONS };

	return upstream_open(s->loop, &options, &s->up, err);
}

static int open_server(struct sim *s, const struct sim_options *o, struct err *err)
{
	const struct http_handler handler = { s, on_head, on_request };
	struct http_limits limits;
	int rc = 0;

	http_limits_default(&limits);
	if (o->tls_cert)
		rc = tls_server_new(o->tls_cert, o->tls_key, &s->tls, err);
	if (!rc)
		rc = http_server_open(
		    s->loop, o->listen, &limits, s->tls, &handler, &s->server, err);
	if (!rc)
		(void)snprintf(s->url, sizeof(s->url), "%s://%.*s", s->tls ? "https" : "http",
		    STR_ARG(http_server_address(s->server)));
	return rc;
}

static struct sim *new_sim(struct loop *l, const struct sim_options *o)
{
	struct sim *s = mem_alloc(sizeof(*s));

	if (!s)
		return NULL;
	s->loop = l;
	s->at = TIME_NONE;
	s->strict = o->strict;
	s->seed = o->seed;
	if (!s->seed)
		crypto_random(&s->seed, sizeof(s->seed));
	list_init(&s->waiting);
	buf_init(&s->out, 0);
	buf_init(&s->event, 0);
	sim_clock_init(&s->clock, o->virtual_clock, TIME_NONE);
	sim_set_text(s->first_webhook, sizeof(s->first_webhook), str_c(o->webhook));
	sim_set_text(s->first_secret, sizeof(s->first_secret), str_c(o->app_secret));
	return s;
}

int sim_open(struct loop *l, const struct sim_options *o, struct sim **ret, struct err *err)
{
	struct sim *s = NULL;
	int rc = check_options(o, err);

	if (!rc && o->assumptions && !o->alive)
		rc = err_field(err, E_INVALID, "assumptions",
		    "Assumptions are about people and enforcement: they need --alive.");
	if (!rc && !(s = new_sim(l, o)))
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	if (!rc)
		rc = open_upstream(s, o, err);
	if (!rc)
		rc = open_stores(s, o, err);
	if (!rc)
		rc = open_server(s, o, err);
	if (rc) {
		sim_close(&s);
		return rc;
	}
	*ret = s;
	return 0;
}

int sim_open_quiet(const struct sim_options *o, struct sim **ret, struct err *err)
{
	struct sim *s = new_sim(NULL, o);
	int rc = s ? open_stores(s, o, err) : err_set(err, E_NOMEM, "Memory ran out.");

	if (rc) {
		sim_close(&s);
		return rc;
	}
	*ret = s;
	return 0;
}

void sim_run(struct sim *s, time_ms until)
{
	sim_agenda_run(s->agenda, until);
	sim_clock_set(&s->clock, until);
}

struct str sim_address(const struct sim *s)
{
	return str_c(s->url);
}

/* The server first, so that no call comes in (its connections end on a later turn of the loop, when the calls that waited
 * must not remember us); the upstream before the queues, because it still tells them the end of what is under way;
 * templates before the world whose lists they are in. */
void sim_close(struct sim **ps)
{
	struct sim *s = *ps;

	if (!s)
		return;
	if (s->server)
		http_server_close(&s->server);
	sim_call_abandon_all(s);
	if (s->hooks)
		sim_hooks_clear(s->hooks);
	if (s->up)
		upstream_close(&s->up);
	sim_hooks_free(&s->hooks);
	sim_agenda_free(&s->agenda);
	sim_templates_free(&s->templates);
	sim_messages_free(&s->messages);
	sim_media_free(&s->media);
	sim_faults_free(&s->faults);
	sim_log_free(&s->log);
	free_keys(&s->keys);
	sim_world_free(&s->world);
	sim_people_done(&s->people);
	sim_alive_close(s);
	tls_server_free(&s->tls);
	buf_done(&s->out);
	buf_done(&s->event);
	MEM_FREE(ps);
}
