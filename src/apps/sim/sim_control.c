#include "apps/sim/sim_control.h"
#include "apps/sim/sim_alive.h"

#include <string.h>

#include "base/check.h"

/* --- answers and members ------------------------------------------------------------------------- */

void sim_control_ok(struct sim_call *c)
{
	struct str text = buf_str(&c->sim->out);

	http_respond_json(c->req, 200, NULL, 0, text.len ? text : STR("{}"));
}

void sim_control_fail(struct sim_call *c, int status, const char *field, const char *fmt, ...)
{
	struct sim_problem p;
	va_list ap;

	va_start(ap, fmt);
	(void)sim_problem_va(&p, status, 0, fmt, ap);
	va_end(ap);
	buf_reset(&c->sim->out);
	jw_init(&c->w, &c->sim->out);
	jw_object(&c->w);
	jw_key(&c->w, "error");
	jw_object(&c->w);
	jw_member_c(&c->w, "field", field);
	jw_member_c(&c->w, "message", p.details);
	jw_object_end(&c->w);
	jw_object_end(&c->w);
	http_respond_json(c->req, status, NULL, 0, buf_str(&c->sim->out));
}

int sim_control_time(struct sim_call *c, const char *key, time_ms *ret)
{
	const struct json *v = json_get(c->body, key);
	int64_t ms;

	if (!v || json_is_null(v))
		return 0;
	if (json_int(v, &ms)) {
		*ret = ms;
		return 1;
	}
	if (json_str(v).p && time_parse(json_str(v), ret) == 0)
		return 1;
	sim_control_fail(
	    c, 400, key, "%s must be an RFC 3339 time or milliseconds since 1970.", key);
	return -1;
}

int sim_control_int(struct sim_call *c, const char *key, int64_t min, int64_t max, int64_t *ret)
{
	const struct json *v = json_get(c->body, key);
	int64_t n;

	if (!v || json_is_null(v))
		return 0;
	if (json_int(v, &n) && n >= min && n <= max) {
		*ret = n;
		return 1;
	}
	sim_control_fail(c, 400, key, "%s must be a whole number from %lld to %lld.", key,
	    (long long)min, (long long)max);
	return -1;
}

int sim_control_bool(struct sim_call *c, const char *key, bool *ret)
{
	const struct json *v = json_get(c->body, key);

	if (!v || json_is_null(v))
		return 0;
	if (json_bool(v, ret))
		return 1;
	sim_control_fail(c, 400, key, "%s must be true or false.", key);
	return -1;
}

int sim_control_text(struct sim_call *c, const char *key, char *out, size_t size)
{
	const struct json *v = json_get(c->body, key);

	if (!v || json_is_null(v))
		return 0;
	if (json_str(v).p && str_to_c(json_str(v), out, size) == 0)
		return 1;
	sim_control_fail(c, 400, key, "%s must be a string of at most %zu bytes.", key, size - 1);
	return -1;
}

struct str sim_control_id(struct sim_call *c, const char *key)
{
	const struct json *v = json_get(c->body, key);
	int64_t n;

	return json_int(v, &n) ? arena_printf(c->req->arena, "%lld", (long long)n) : json_str(v);
}

/* --- clock --------------------------------------------------------------------------------------- */

static void clock_get(struct sim_call *c)
{
	const struct sim_clock *clock = &c->sim->clock;
	time_ms now = sim_clock_now(clock);

	jw_object(&c->w);
	jw_member_time(&c->w, "now", now);
	jw_member_int(&c->w, "ms", now);
	jw_member_bool(&c->w, "virtual", clock->is_virtual);
	jw_member_bool(&c->w, "runs", clock->runs);
	jw_object_end(&c->w);
	sim_control_ok(c);
}

static void clock_set(struct sim_call *c)
{
	struct sim *s = c->sim;
	time_ms now = sim_now(s);
	int64_t advance = 0;
	bool runs = s->clock.runs;
	int given = sim_control_time(c, "now", &now);

	if (given < 0 || sim_control_int(c, "advance_ms", 0, INT64_C(1) << 42, &advance) < 0 ||
	    sim_control_bool(c, "run", &runs) < 0)
		return;
	if (now < 0 || now > INT64_C(1) << 42) {
		sim_control_fail(c, 400, "now", "now is out of range.");
		return;
	}
	if (given || advance)
		sim_clock_set(&s->clock, now + advance);
	sim_alive_clock_set(s);
	if (runs != s->clock.runs)
		sim_clock_run(&s->clock, runs);
	sim_agenda_look(s->agenda);
	sim_hooks_look(s->hooks);
	clock_get(c);
}

/* --- faults -------------------------------------------------------------------------------------- */

static void faults_get(struct sim_call *c)
{
	jw_object(&c->w);
	jw_key(&c->w, "items");
	sim_faults_print(c->sim->faults, &c->w);
	jw_object_end(&c->w);
	sim_control_ok(c);
}

static void faults_add(struct sim_call *c)
{
	struct err err = { 0 };

	if (sim_faults_add(c->sim->faults, c->body, &err))
		sim_control_fail(c, 400, err.field, "%s", err.text);
	else
		faults_get(c);
}

static void faults_clear(struct sim_call *c)
{
	sim_faults_clear(c->sim->faults);
	faults_get(c);
}

/* --- the rest ------------------------------------------------------------------------------------ */

static void reset(struct sim_call *c)
{
	if (sim_reset(c->sim)) {
		sim_control_fail(c, 503, "", "Memory ran out.");
		return;
	}
	sim_control_ok(c);
}

/* `idle`: nothing is due and no webhook waits or is under way; what is appointed for later does not count. */
static void stats(struct sim_call *c)
{
	const struct sim *s = c->sim;
	const struct sim_counts counts = s->counts;
	struct sim_hook_stats hooks;

	sim_hooks_stats(s->hooks, &hooks);
	jw_object(&c->w);
	jw_member_int(&c->w, "calls", (int64_t)counts.calls);
	jw_member_int(&c->w, "accepted", (int64_t)counts.accepted);
	jw_member_int(&c->w, "refused", (int64_t)counts.refused);
	jw_member_int(&c->w, "delivered", (int64_t)counts.delivered);
	jw_member_int(&c->w, "read", (int64_t)counts.read);
	jw_member_int(&c->w, "failed", (int64_t)counts.failed);
	jw_member_int(&c->w, "inbound", (int64_t)counts.inbound);
	jw_member_int(&c->w, "people", (int64_t)sim_world_people(s->world));
	jw_member_int(&c->w, "appointments", (int64_t)sim_agenda_len(s->agenda));
	jw_key(&c->w, "log");
	jw_object(&c->w);
	jw_member_int(&c->w, "items", (int64_t)sim_log_count(s->log));
	jw_member_int(&c->w, "last", (int64_t)sim_log_last(s->log));
	jw_object_end(&c->w);
	jw_key(&c->w, "webhooks");
	jw_object(&c->w);
	jw_member_int(&c->w, "events", (int64_t)hooks.events);
	jw_member_int(&c->w, "posts", (int64_t)hooks.posts);
	jw_member_int(&c->w, "answered", (int64_t)hooks.answered);
	jw_member_int(&c->w, "failed", (int64_t)hooks.failed);
	jw_member_int(&c->w, "dropped", (int64_t)hooks.dropped);
	jw_member_int(&c->w, "expired", (int64_t)hooks.expired);
	jw_member_int(&c->w, "waiting", (int64_t)hooks.waiting);
	jw_member_int(&c->w, "retrying", (int64_t)hooks.retrying);
	jw_member_int(&c->w, "under_way", (int64_t)hooks.under_way);
	jw_object_end(&c->w);
	jw_member_bool(&c->w, "idle",
	    !sim_agenda_is_due(s->agenda) && hooks.waiting + hooks.retrying + hooks.under_way == 0);
	jw_object_end(&c->w);
	sim_control_ok(c);
}

static const struct control_row {
	enum http_method method;
	const char *path;
	void (*handle)(struct sim_call *c);
} rows[] = {
	{ HTTP_M_GET, "log", sim_control_log_get },
	{ HTTP_M_DELETE, "log", sim_control_log_delete },
	{ HTTP_M_GET, "clock", clock_get },
	{ HTTP_M_POST, "clock", clock_set },
	{ HTTP_M_GET, "faults", faults_get },
	{ HTTP_M_POST, "faults", faults_add },
	{ HTTP_M_DELETE, "faults", faults_clear },
	{ HTTP_M_POST, "inbound", sim_control_inbound },
	{ HTTP_M_POST, "status", sim_control_status },
	{ HTTP_M_POST, "event", sim_control_event },
	{ HTTP_M_GET, "config", sim_control_config_get },
	{ HTTP_M_POST, "config", sim_control_config_set },
	{ HTTP_M_POST, "template", sim_control_template },
	{ HTTP_M_GET, "people", sim_control_people_get },
	{ HTTP_M_POST, "people", sim_control_people },
	{ HTTP_M_GET, "enforcement", sim_control_enforcement_get },
	{ HTTP_M_POST, "enforcement", sim_control_enforcement },
	{ HTTP_M_POST, "reset", reset },
	{ HTTP_M_GET, "stats", stats },
};

/* An empty body is an empty object. */
static bool read_body(struct sim_call *c)
{
	struct err err = { 0 };
	struct str text = c->req->body.len ? c->req->body : STR("{}");

	if (json_read(c->req->arena, text, &c->body, &err) == 0 &&
	    json_type(c->body) == JSON_OBJECT)
		return true;
	sim_control_fail(c, 400, "", "The body must be a JSON object. %s", err.text);
	return false;
}

void sim_control(struct sim_call *c)
{
	struct str path = str_sub(c->req->path, sizeof("/_sim/") - 1, c->req->path.len);

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].method != c->req->method || !str_eq_c(path, rows[i].path))
			continue;
		if (rows[i].method == HTTP_M_GET || read_body(c))
			rows[i].handle(c);
		return;
	}
	sim_control_fail(c, 404, "", "There is no such control path, or not by this method.");
}
