/* Statuses and webhooks that the simulator would not send by itself. */
#include "apps/sim/sim_control.h"

#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_events.h"

#define CODE_DEFAULT 131000

/* --- statuses ------------------------------------------------------------------------------------ */

/* A message that did not come through here: its number, and if given its recipient, are in the call. */
static bool post_unknown(struct sim_call *c, struct sim_status_event *e)
{
	struct sim *s = c->sim;
	struct str number = sim_control_id(c, "number"), to = sim_control_id(c, "to");
	char digits[SIM_PHONE_MAX];
	struct json_writer w;

	e->number = number.p ? sim_world_number(s->world, number, NULL) : NULL;
	if (!e->number) {
		sim_control_fail(c, 404, "wamid",
		    "There is no such message; a foreign one needs its number, too.");
		return false;
	}
	if (to.p && sim_world_digits(to, e->number->waba->country, digits))
		e->person = sim_world_person(s->world, str_c(digits));
	sim_event_begin(s, &w);
	sim_event_status(&w, e);
	(void)sim_post_number(s, e->number, "messages", sim_event_text(s), 0, 0);
	return true;
}

/* Whoever sets a status takes the message over: what was laid out for it does not happen any more. */
static void post_known(struct sim *s, struct sim_message *m, const struct sim_status_event *e)
{
	m->steps_len = m->next_step;
	(void)sim_progress_status(s, m, e->status, e->at, e->code, 0);
}

void sim_control_status(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct sim_status_event e = { .wamid = json_str(json_get(c->body, "wamid")),
		.at = sim_now(s) };
	struct sim_message *m = NULL;
	int64_t code = CODE_DEFAULT;
	uint64_t n;

	e.status = sim_status_of(json_str(json_get(c->body, "status")));
	if (sim_control_int(c, "code", 0, 10000000, &code) < 0 ||
	    sim_control_time(c, "at", &e.at) < 0)
		return;
	e.code = (int)code;
	if (e.status == SIM_NO_STATUS || e.wamid.len == 0) {
		sim_control_fail(c, 400, e.wamid.len ? "status" : "wamid",
		    "wamid, and status (sent, delivered, read, played or failed) are required.");
		return;
	}
	if (sim_wamid_parse(s->seed, SIM_OUT, e.wamid, &n))
		m = sim_messages_get(s->messages, n);
	if (m)
		post_known(s, m, &e);
	else if (!post_unknown(c, &e))
		return;
	sim_control_ok(c);
}

/* --- any event ----------------------------------------------------------------------------------- */

/* Fields that belong to a number and carry no time in their entry. */
static bool is_number_field(struct str field)
{
	static const char *const fields[] = { "messages", "calls", "user_preferences",
		"user_id_update", "message_echoes", "smb_message_echoes", "history", "standby" };

	for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
		if (str_eq_c(field, fields[i]))
			return true;
	}
	return false;
}

void sim_control_event(struct sim_call *c)
{
	struct sim *s = c->sim;
	struct str field = json_str(json_get(c->body, "field")), entry = sim_control_id(c, "entry");
	const struct json *value = json_get(c->body, "value");
	struct sim_waba *a = sim_world_find_waba(s->world, entry.p ? entry : STR(ASSUME_WABA_ID));
	struct sim_hook_event e = { .url = s->webhook, .secret = s->app_secret, .field = field };
	struct buf text;

	e.entry = arena_c(c->req->arena, entry.p ? entry : STR(ASSUME_WABA_ID));
	e.time = is_number_field(field) ? TIME_NONE : sim_now(s);
	if (field.len == 0 || !value || !e.entry) {
		sim_control_fail(c, 400, "field", "field and value are required.");
		return;
	}
	if (sim_control_time(c, "time", &e.time) < 0)
		return;
	if (a && a->webhook[0]) {
		e.url = a->webhook;
		e.secret = a->app_secret[0] ? a->app_secret : s->app_secret;
	}
	buf_init(&text, 0);
	json_print(&text, value);
	e.value = buf_str(&text);
	e.ticket = ++s->tickets;
	bool posted = !text.failed && sim_hooks_post(s->hooks, &e);
	buf_done(&text);
	jw_object(&c->w);
	jw_member_bool(&c->w, "posted", posted);
	jw_object_end(&c->w);
	if (posted)
		sim_call_ok_after(c, e.ticket);
	else
		sim_control_ok(c);
}
