/* The outcome becomes durable before the app hears it. Only a definite failure gives budgets back;
 * an unknown one keeps them. */
#include "flow/flow.h"

#include "domain/campaign.h"
#include "domain/release.h"
#include "domain/source_list.h"
#include "flow/effects.h"
#include "flow/own_send.h"

enum end { END_ACCEPTED, END_FAILED, END_UNKNOWN };

/* A pause stopped it before its first byte, and nobody wants an answer now: it goes on waiting. */
static bool waits_on(const struct flow *f)
{
	return f->stopped == STOPPED_BY_PAUSE && f->outcome == UPSTREAM_NOT_SENT &&
	    (f->held_id || f->respond_async);
}

/* Read receipts and typing are answered {"success":true}, without a message id. */
static bool needs_wamid(const struct message *m)
{
	return m->kind != MESSAGE_READ && m->kind != MESSAGE_TYPING;
}

static enum end end_of(const struct flow *f)
{
	if (f->outcome == UPSTREAM_NOT_SENT)
		return END_FAILED;
	if (f->outcome == UPSTREAM_UNKNOWN)
		return END_UNKNOWN;
	if (f->graph.result == GRAPH_REJECTED)
		return END_FAILED;
	if (f->graph.result == GRAPH_ACCEPTED)
		return END_ACCEPTED;
	return f->upstream_status / 100 == 2 && !needs_wamid(&f->message) ? END_ACCEPTED
									  : END_UNKNOWN;
}

static int give_back(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int r = 0;

	if (!f->person.id || !f->number)
		return 0;
	recent_forget(core->recent, f->recent);
	if (f->counted)
		r = budget_release(core->budget, c, f->number, f->person.id, f->counted, err);
	if (r == 0)
		r = release_give_back(
		    c, f->counted, f->number->waba->id, flow_template_key(f), err);
	if (r == 0 && f->counted)
		r = journal_set_counted(c, f->id, 0, err);
	if (r == 0 && f->decision.purpose == PURPOSE_MARKETING)
		r = marketing_sent_remove(c, f->person.id, f->id, err);
	return r;
}

/* Sends of an account and an app: what Meta answered counts as sent, yes or no. */
static int count(struct flow *f, bool rejected, int64_t code, struct err *err)
{
	unsigned bits = SIGNAL_BIT(SIGNAL_SENT);

	if (!f->number || !f->app || f->message.kind != MESSAGE_TEMPLATE)
		return 0;
	struct signal_send send = {
		.number = f->number->id,
		.waba = f->number->waba->id,
		.tpl = flow_template_key(f),
		.app = f->app->id,
		.campaign = f->campaign,
	};
	if (f->decision.purpose == PURPOSE_MARKETING)
		bits |= SIGNAL_BIT(SIGNAL_MARKETING_SENT);
	if (rejected)
		bits |= signals_of_error(code);
	return signals_count_send(f->lane->core->signals, &send, bits, f->now, err);
}

/* Whoever waited when this was judged waits no more; marketing is no answer. */
static int note_answer(struct flow *f, struct store_conn *c, struct err *err)
{
	if (!f->answers || !needs_wamid(&f->message) || f->decision.purpose == PURPOSE_MARKETING)
		return 0;
	int r = contact_answered(c, f->person.id, f->number->id, err);
	return r <= 0 ? r
		      : signals_count(f->lane->core->signals, SIGNAL_OF_NUMBER, f->number->id,
			    SIGNAL_BIT(SIGNAL_ASKED), f->now, err);
}

static int settle_accepted(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int r = f->number ? silence_sent(core->silence, f->number->id, clock_mono(), err) : 0;

	wamids_note(core->wamids, f->graph.wamid, f->id);
	if (r == 0)
		r = count(f, false, 0, err);
	return r == 0 && f->number ? note_answer(f, c, err) : r;
}

/* Code 0 is Meta's too, and means the token (platform facts 10); other errors without a code are not. */
static bool is_auth_exception(const struct flow *f)
{
	return f->outcome == UPSTREAM_ANSWERED && f->graph.result == GRAPH_REJECTED &&
	    f->graph.code == 0 && f->upstream_status == 401;
}

static int settle_failed(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int64_t code = f->outcome == UPSTREAM_ANSWERED ? f->graph.code : 0;
	int r = journal_settle_sending(c, f->id, SEND_FAILED, STR_NONE, code, f->now, err);

	if (r <= 0)
		return r; /* 0: a status came first and knew better */
	r = give_back(f, c, err);
	if (r < 0 || !(code || is_auth_exception(f)))
		return r;
	r = count(f, true, code, err);
	if (r < 0)
		return r;
	struct effect_scope scope = {
		.person = f->person.id,
		.number = f->number,
		.phone = f->person.phone,
		.tpl = flow_template_key(f),
	};
	return effects_apply(core, c, code, &scope, f->now, err);
}

static int settle_key(struct flow *f, struct store_conn *c, enum end end, struct err *err)
{
	if (!f->key.p || !f->app)
		return 0;
	/* Nothing left us: the same key may try again. */
	if (f->outcome == UPSTREAM_NOT_SENT)
		return idem_remove(c, f->app->id, f->key, err);
	if (end == END_UNKNOWN)
		return 0; /* answered from the journal, which a webhook may settle (replay.c) */
	return idem_answer(c, f->app->id, f->key, f->upstream_status, f->upstream_body, err);
}

enum send_state flow_outcome(const struct flow *f)
{
	static const enum send_state states[] = {
		[END_ACCEPTED] = SEND_ACCEPTED,
		[END_FAILED] = SEND_FAILED,
		[END_UNKNOWN] = SEND_UNKNOWN,
	};

	return waits_on(f) ? SEND_HELD : states[end_of(f)];
}

/* As if the attempt had not been: what was spent is free, and the body is back in the outbox, to be
 * judged anew. */
static int hold_again(struct flow *f, struct store_conn *c, struct err *err)
{
	struct journal_entry e;
	int r = journal_get(c, f->id, f->arena, &e, err);

	if (r <= 0 || e.state != SEND_SENDING)
		return r < 0 ? r : 0;
	r = give_back(f, c, err);
	if (r < 0)
		return r;
	e.counted = 0; /* the flow's own stays: this may run twice */
	e.attempts -= e.attempts > 0;
	r = journal_move(c, &e, SEND_HELD, STR_NONE, 0, f->now, err);
	return r < 0 ? r : flow_keep_body(f, c, f->now, err);
}

int flow_campaign_stopped(const struct flow *f, struct store_conn *c, struct err *err)
{
	if (!own_send_is(f->app) || !f->campaign.p)
		return 0;
	int r = campaign_may_send(c, f->campaign, err);

	if (r <= 0)
		return r < 0 ? r : 1;
	return source_list_stops_send(c, f->id, err);
}

int flow_settle(struct flow *f, struct store_conn *c, struct err *err)
{
	enum end end = end_of(f);
	int r = waits_on(f) ? flow_campaign_stopped(f, c, err) : 0;

	if (r < 0)
		return r;
	if (r > 0) { /* nobody would call it back any more: it must not wait here */
		f->stopped = STOPPED_BY_CAMPAIGN;
		f->send_state = flow_outcome(f);
	}
	f->now = clock_now();
	if (waits_on(f))
		return hold_again(f, c, err);
	if (end == END_FAILED)
		r = settle_failed(f, c, err);
	else
		r = journal_settle_sending(c, f->id, flow_outcome(f),
		    end == END_ACCEPTED ? f->graph.wamid : STR_NONE, 0, f->now, err);
	/* 0: a status came first, and counted it. */
	if (r > 0 && end == END_ACCEPTED)
		r = settle_accepted(f, c, err);
	return r < 0 ? r : settle_key(f, c, end, err);
}
