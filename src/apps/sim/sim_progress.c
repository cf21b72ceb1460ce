/* A message's way after acceptance: the model of people says what becomes of it, the platform's own rules may say
 * otherwise, and the result is laid out as steps. One appointment at a time stands in the agenda: the next step.
 * A step that fails (the portfolio's limit is known only on delivery) ends the way. */
#include "apps/sim/sim_private.h"

#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_country.h"
#include "apps/sim/sim_events.h"

/* --- posting ------------------------------------------------------------------------------------- */

void sim_event_begin(struct sim *s, struct json_writer *w)
{
	buf_reset(&s->event);
	jw_init(w, &s->event);
}

struct str sim_event_text(const struct sim *s)
{
	return s->event.failed ? STR_NONE : buf_str(&s->event);
}

/* An address that was set by a call, not by whoever started the simulator: only loopback is ever posted to. */
static bool is_loopback(const char *url)
{
	struct str rest = str_c(url);

	if (str_starts(rest, STR("http://")))
		rest = str_sub(rest, 7, rest.len);
	else if (str_starts(rest, STR("https://")))
		rest = str_sub(rest, 8, rest.len);
	struct str host = str_cut(&rest, '/');
	if (str_starts(host, STR("[::1]")))
		return true;
	host = str_cut(&host, ':');
	return str_starts(host, STR("127.")) || str_eq_c(host, "localhost");
}

static const char *app_url(const struct sim *s, const struct sim_waba *a)
{
	return a->webhook[0] ? a->webhook : s->webhook;
}

static const char *app_secret(const struct sim *s, const struct sim_waba *a)
{
	return a->app_secret[0] ? a->app_secret : s->app_secret;
}

static const char *number_url(const struct sim *s, const struct sim_number *n)
{
	const char *override = n->override_uri[0] ? n->override_uri : n->waba->override_uri;

	if (!override[0])
		return app_url(s, n->waba);
	return is_loopback(override) ? override : NULL;
}

bool sim_post_number(struct sim *s, const struct sim_number *n, const char *field, struct str value,
    unsigned spoil, uint64_t ticket)
{
	struct sim_hook_event e = { .url = number_url(s, n),
		.secret = app_secret(s, n->waba),
		.entry = n->waba->id,
		.time = TIME_NONE,
		.field = str_c(field),
		.value = value,
		.alone = (spoil & SIM_TWICE) != 0,
		.missigned = (spoil & SIM_UNSIGNED) != 0,
		.ticket = ticket };

	if (!n->waba->subscribed || (spoil & SIM_SILENT) || value.len == 0)
		return false;
	bool posted = sim_hooks_post(s->hooks, &e);
	e.ticket = 0;
	if (posted && (spoil & SIM_TWICE))
		(void)sim_hooks_post(s->hooks, &e);
	return posted;
}

bool sim_post_waba(
    struct sim *s, const struct sim_waba *a, const char *field, struct str value, uint64_t ticket)
{
	struct sim_hook_event e = { .url = app_url(s, a),
		.secret = app_secret(s, a),
		.entry = a->id,
		.time = sim_now(s),
		.field = str_c(field),
		.value = value,
		.ticket = ticket };

	return a->subscribed && value.len > 0 && sim_hooks_post(s->hooks, &e);
}

/* --- steps --------------------------------------------------------------------------------------- */

/* What the platform itself does with it, whoever the person is; 0 = it lets it through. */
static int refused_by_rule(struct sim *s, const struct sim_message *m)
{
	bool marketing = m->category == SIM_MARKETING || m->category == SIM_MARKETING_LITE;
	const struct sim_person *p = sim_world_person_at(s->world, m->person);
	const struct sim_pair *pair = sim_world_pair(s->world, m->number, p);

	if (marketing && pair && pair->stopped)
		return 131050;
	if (marketing && sim_country_is_us(str_c(p->phone)))
		return 131049;
	return p->phone[0] && !s->people.knows(s->people.ctx, str_c(p->phone)) ? 131026 : 0;
}

void sim_progress_step(struct sim *s, struct sim_message *m, enum sim_status status, int64_t at_ms)
{
	if ((status <= s->statuses_until || status == SIM_FAILED) && m->steps_len < SIM_STEPS_MAX &&
	    s->statuses_until != SIM_NO_STATUS)
		m->steps[m->steps_len++] = (struct sim_step){ (int32_t)at_ms, (int32_t)at_ms,
			status };
}

static void reverse_steps(struct sim_message *m)
{
	for (unsigned i = 0; i < m->steps_len / 2; i++) {
		struct sim_step *a = &m->steps[i], *b = &m->steps[m->steps_len - 1 - i], was = *a;
		a->at_ms = b->at_ms;
		a->status = b->status;
		b->at_ms = was.at_ms;
		b->status = was.status;
	}
}

/* Every step a second time, a little later than the first. */
static void double_steps(struct sim_message *m)
{
	struct sim_step twice[SIM_STEPS_MAX];
	unsigned len = 0;
	int32_t last = 0;

	for (unsigned i = 0; i < m->steps_len && len + 2 <= SIM_STEPS_MAX; i++) {
		struct sim_step step = m->steps[i];
		step.emit_ms = step.emit_ms > last ? step.emit_ms : last;
		twice[len++] = step;
		step.emit_ms += ASSUME_DUPLICATE_AFTER_MS;
		last = step.emit_ms;
		twice[len++] = step;
	}
	memcpy(m->steps, twice, len * sizeof(*twice));
	m->steps_len = len;
}

static void lay_out(struct sim *s, struct sim_message *m)
{
	struct sim_fate fate = { 0 };
	int code = m->group ? 0 : refused_by_rule(s, m);

	if (s->alive && !m->group) {
		sim_alive_lay_out(s, m, code);
		return;
	}
	s->people.decide(s->people.ctx, m, &s->random, &fate);
	m->fail_code = code ? code : fate.fail_code;
	if (m->fail_code) {
		sim_progress_step(s, m, SIM_FAILED, fate.sent_ms);
		return;
	}
	sim_progress_step(s, m, SIM_SENT, fate.sent_ms);
	sim_progress_step(s, m, SIM_DELIVERED, fate.delivered_ms);
	if (fate.read_ms >= 0)
		sim_progress_step(s, m, SIM_READ, fate.read_ms);
}

static void appoint_next(struct sim *s, const struct sim_message *m)
{
	if (m->next_step < m->steps_len)
		sim_agenda_add(
		    s->agenda, m->base_at + m->steps[m->next_step].emit_ms, SIM_DUE_STEP, m->n);
}

static void count_status(struct sim *s, enum sim_status status)
{
	s->counts.delivered += status == SIM_DELIVERED;
	s->counts.read += status == SIM_READ;
	s->counts.failed += status == SIM_FAILED;
}

static bool post_status(struct sim *s, const struct sim_message *m, enum sim_status status,
    time_ms at, int code, uint64_t ticket)
{
	char wamid[SIM_WAMID_MAX];
	struct sim_status_event e = { .number = m->number,
		.person = m->group ? NULL : sim_world_person_at(s->world, m->person),
		.message = m,
		.status = status,
		.at = at,
		.code = code };
	struct json_writer w;

	if (!s->hooks)
		return false;
	sim_wamid_format(s->seed, SIM_OUT, m->n, wamid);
	e.wamid = str_c(wamid);
	sim_event_begin(s, &w);
	sim_event_status(&w, &e);
	return sim_post_number(
	    s, m->number, "messages", sim_event_text(s), m->spoil & ~(unsigned)SIM_TWICE, ticket);
}

bool sim_progress_status(struct sim *s, struct sim_message *m, enum sim_status status, time_ms at,
    int code, uint64_t ticket)
{
	if (m->reached[status] == TIME_NONE) {
		m->reached[status] = at;
		count_status(s, status);
		if (s->alive && status == SIM_DELIVERED && !m->group)
			sim_alive_delivered(s, m, at);
		sim_alive_see(s,
		    &(struct sim_seen){ .sight = SIM_SAW_STATUS,
			.at = at,
			.message = m,
			.status = status,
			.code = code });
	}
	return post_status(s, m, status, at, code, ticket);
}

/* Delivery outside a window is where the portfolio's limit is known: over it, the message fails and its way ends. */
static bool may_deliver(const struct sim_message *m, time_ms at)
{
	if (m->in_window || m->group || m->reached[SIM_DELIVERED] != TIME_NONE)
		return true;
	return sim_portfolio_deliver(m->number->waba->portfolio, m->person, at);
}

static bool take_step(struct sim *s, struct sim_message *m, uint64_t ticket)
{
	struct sim_step step = m->steps[m->next_step++];
	time_ms at = m->base_at + step.at_ms;

	if ((step.status == SIM_DELIVERED || step.status == SIM_READ) && !may_deliver(m, at)) {
		m->steps_len = m->next_step;
		return sim_progress_status(s, m, SIM_FAILED, at, ASSUME_OVER_LIMIT_CODE, ticket);
	}
	return sim_progress_status(s, m, step.status, at, m->fail_code, ticket);
}

/* What comes before the message is read happens now; the ticket is told when the last of it was taken. */
static bool hurry(struct sim *s, struct sim_message *m, uint64_t ticket)
{
	unsigned last = 0;
	bool waits = false;

	while (last + 1 < m->steps_len && m->steps[last + 1].status != SIM_READ)
		last++;
	while (m->next_step < m->steps_len && m->next_step <= last)
		waits = take_step(s, m, m->next_step == last ? ticket : 0);
	return waits;
}

bool sim_progress_begin(struct sim *s, struct sim_message *m, uint64_t ticket)
{
	lay_out(s, m);
	if (m->spoil & SIM_REVERSED)
		reverse_steps(m);
	if (m->spoil & SIM_TWICE)
		double_steps(m);
	bool waits = ticket && hurry(s, m, ticket);
	appoint_next(s, m);
	return waits;
}

void sim_progress_release(struct sim *s, struct sim_message *m, time_ms at)
{
	m->base_at = at;
	(void)sim_progress_begin(s, m, 0);
}

void sim_progress_fail(struct sim *s, struct sim_message *m, time_ms at, int code)
{
	m->fail_code = code;
	m->steps_len = m->next_step;
	(void)sim_progress_status(s, m, SIM_FAILED, at, code, 0);
}

static void due_step(struct sim *s, uint64_t n)
{
	struct sim_message *m = sim_messages_get(s->messages, n);

	if (!m || m->next_step >= m->steps_len)
		return;
	(void)take_step(s, m, 0);
	appoint_next(s, m);
}

/* --- templates ----------------------------------------------------------------------------------- */

void sim_template_set_status(
    struct sim *s, struct sim_template *t, const char *status, const char *title)
{
	struct json_writer w;

	sim_set_text(t->status, sizeof(t->status), str_c(status));
	if (s->alive)
		sim_history_add(s->alive->history, sim_now(s), "template", t->name, status);
	sim_alive_see(
	    s, &(struct sim_seen){ .sight = SIM_SAW_TEMPLATE, .at = sim_now(s), .template = t });
	if (!s->hooks)
		return;
	sim_event_begin(s, &w);
	sim_event_template_status(&w, t, status, title);
	(void)sim_post_waba(s, t->waba, "message_template_status_update", sim_event_text(s), 0);
}

void sim_template_pause(struct sim *s, struct sim_template *t)
{
	static const struct {
		const char *title;
		int64_t ms;
	} pauses[] = { { "FIRST_PAUSE", FIG_PAUSE_FIRST_MS },
		{ "SECOND_PAUSE", FIG_PAUSE_SECOND_MS } };

	if (t->pauses >= ARRAY_LEN(pauses)) {
		sim_template_set_status(s, t, "DISABLED", NULL);
		return;
	}
	t->paused_until = sim_now(s) +
	    (s->alive ? sim_alive_pause_ms(s, t->pauses) : pauses[t->pauses].ms);
	sim_template_set_status(s, t, "PAUSED", pauses[t->pauses].title);
	t->pauses++;
	if (s->alive)
		sim_alive_paused(s, t);
	sim_agenda_add(s->agenda, t->paused_until, SIM_DUE_UNPAUSE, t->n);
}

static void due_review(struct sim *s, uint64_t n)
{
	struct sim_template *t = sim_templates_by_counter(s->templates, n);

	if (!t || strcmp(t->status, "PENDING") != 0)
		return;
	if (s->alive)
		sim_alive_reviewed(s, t);
	sim_template_set_status(s, t, "APPROVED", NULL);
}

static void due_unpause(struct sim *s, uint64_t n, time_ms at)
{
	struct sim_template *t = sim_templates_by_counter(s->templates, n);

	if (t && strcmp(t->status, "PAUSED") == 0 && t->paused_until != TIME_NONE &&
	    t->paused_until <= at)
		sim_template_set_status(s, t, "APPROVED", "UNPAUSE");
}

/* --- appointments -------------------------------------------------------------------------------- */

static void keep(struct sim *s, enum sim_due kind, uint64_t ref, time_ms at)
{
	switch (kind) {
	case SIM_DUE_STEP:
		due_step(s, ref);
		return;
	case SIM_DUE_REVIEW:
		due_review(s, ref);
		return;
	case SIM_DUE_UNPAUSE:
		due_unpause(s, ref, at);
		return;
	case SIM_DUE_ACT:
	case SIM_DUE_TICK:
	case SIM_DUE_PACED_TEMPLATE:
	case SIM_DUE_PACED_PORTFOLIO:
	case SIM_DUE_FOUND:
	case SIM_DUE_CORRECTED:
		sim_alive_due(s, kind, ref, at);
		return;
	}
}

/* While an appointment is kept it is its own time, however far the clock was moved past it. */
void sim_progress_due(void *arg, enum sim_due kind, uint64_t ref, time_ms at)
{
	struct sim *s = arg;

	s->at = at;
	keep(s, kind, ref, at);
	s->at = TIME_NONE;
}
