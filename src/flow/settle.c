/* The outcome becomes durable before the app hears it. Only a definite failure gives budgets back;
 * an unknown one keeps them. */
#include "flow/flow.h"

#include "flow/effects.h"

enum end { END_ACCEPTED, END_FAILED, END_UNKNOWN };

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
	struct recent_send send = flow_recent(f);
	int r = 0;

	if (!f->person.id || !f->number)
		return 0;
	recent_forget(core->recent, &send);
	if (f->counted)
		r = budget_release(core->budget, c, f->number, f->person.id, f->counted, err);
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
	};
	if (f->decision.purpose == PURPOSE_MARKETING)
		bits |= SIGNAL_BIT(SIGNAL_MARKETING_SENT);
	if (rejected)
		bits |= signals_of_error(code);
	return signals_count_send(f->lane->core->signals, &send, bits, f->now, err);
}

static int settle_failed(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	int64_t code = f->outcome == UPSTREAM_ANSWERED ? f->graph.code : 0;
	int r = journal_settle_sending(c, f->id, SEND_FAILED, STR_NONE, code, f->now, err);

	if (r <= 0)
		return r; /* 0: a status came first and knew better */
	r = give_back(f, c, err);
	if (r < 0 || !code)
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

	return states[end_of(f)];
}

int flow_settle(struct flow *f, struct store_conn *c, struct err *err)
{
	enum end end = end_of(f);
	int r;

	f->now = clock_now();
	if (end == END_FAILED)
		r = settle_failed(f, c, err);
	else
		r = journal_settle_sending(c, f->id, flow_outcome(f),
		    end == END_ACCEPTED ? f->graph.wamid : STR_NONE, 0, f->now, err);
	/* 0: a status came first, and counted it. */
	if (r > 0 && end == END_ACCEPTED)
		r = count(f, false, 0, err);
	return r < 0 ? r : settle_key(f, c, end, err);
}
