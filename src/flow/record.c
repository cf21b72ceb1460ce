/* The decision, its ledger leaf, the reservation of every budget, the outbox row and the
 * idempotency row go into one transaction. What may go at once is recorded as `sending`: once this
 * is durable the first byte may be written, and a crash from then on leaves an outcome that is
 * unknown, never one that is sent twice. */
#include "flow/flow.h"

#include "base/check.h"
#include "base/map.h"
#include "domain/integration.h"
#include "domain/release.h"
#include "flow/own_send.h"

#define RULE_LIMITS 700 /* rules from here on spend budgets; a ready send has spent its own */

/* Nobody watches what Varco itself would say: it keeps to the rules always. */
static enum mode mode_of(const struct flow *f)
{
	return own_send_is(f->app) ? MODE_ENFORCE : f->lane->core->options.mode;
}

static bool leaves(const struct flow *f)
{
	if (f->decision.verdict == VERDICT_ALLOW)
		return true;
	return mode_of(f) == MODE_OBSERVE && !f->decision.binding;
}

/* Long enough ago to be told apart from a send: read receipts and the like spend nothing. */
static bool spends(const struct flow *f)
{
	return f->message.kind == MESSAGE_FREE_FORM || f->message.kind == MESSAGE_TEMPLATE ||
	    f->message.kind == MESSAGE_DIRECT;
}

static bool waits(const struct flow *f)
{
	const struct decision *d = &f->decision;

	return !f->held_id && d->verdict == VERDICT_HOLD && d->hold_until != TIME_NONE &&
	    d->hold_until - f->now <= f->lane->core->options.wait_ms - f->waited_ms;
}

static enum fate choose_fate(const struct flow *f)
{
	if (leaves(f))
		return FATE_GO;
	if (f->decision.verdict == VERDICT_REFUSE)
		return FATE_REFUSE;
	if (waits(f))
		return FATE_WAIT;
	return f->respond_async || f->held_id ? FATE_HOLD : FATE_REFUSE;
}

static int stored_findings(struct flow *f, struct str *ret, struct err *err)
{
	struct buf text;
	struct json_writer w;

	*ret = STR_NONE;
	if (f->decision.findings_len == 0)
		return 0;
	buf_init(&text, 0);
	jw_init(&w, &text);
	decision_write_stored(&f->decision, &w);
	if (!text.failed)
		*ret = arena_str(f->arena, buf_str(&text));
	buf_done(&text);
	return ret->p ? 0 : err_set(err, E_NOMEM, "Memory ran out while recording a decision.");
}

/* --- spending --------------------------------------------------------------------------------- */

/* Of the steps in which its template is released. */
static int take_place(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct release_key key = { f->number->waba->id, f->facts.tpl.name,
		f->facts.tpl.language };
	bool took = false;

	if (!f->facts.tpl.release.given || f->decision.purpose != PURPOSE_MARKETING)
		return 0;
	int r = release_take(
	    c, f->lane->core->pack, &key, f->now, f->facts.clock_suspect, &took, err);
	if (took)
		f->counted |= BUDGET_RELEASE;
	return r;
}

static int spend(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	const struct decision *d = &f->decision;
	unsigned want = 0;

	f->counted = 0;
	if (!spends(f) || !f->number || !f->person.id)
		return 0;
	if (d->business_initiated && !d->window_open)
		want = BUDGET_PORTFOLIO | (f->facts.number.warmup.active ? BUDGET_WARMUP : 0);
	if (f->same_text)
		bulk_add(core->bulk, f->same_text, f->now);
	int r = recent_add(core->recent, f->recent, f->now, err);
	if (r == 0)
		r = budget_spend(core->budget, c, f->number, f->person.id, want,
		    f->facts.person.engaged, f->now, &f->counted, err);
	if (r == 0 && want)
		r = take_place(f, c, err);
	for (size_t i = 0; r == 0 && i < f->resuming_len; i++)
		r = resume_spend(c, pack_breaker(core->pack), &f->resuming[i], f->now, err);
	if (r == 0 && d->purpose == PURPOSE_MARKETING)
		r = marketing_sent_add(c, f->person.id, f->now, f->id, err);
	return r;
}

/* Who is written to for the first time becomes a person now. */
static int know_person(struct flow *f, struct store_conn *c, struct err *err)
{
	const struct message *m = &f->message;

	if (f->person.id || (!m->phone.number && !m->bsuid.p) || !f->number)
		return 0;
	if (f->forgotten && f->fate != FATE_GO)
		return 0;
	int r = person_get(c, m->phone, m->bsuid, f->number->waba->portfolio->id,
	    &f->lane->core->ids, f->now, f->arena, &f->person, err);
	if (r == 0)
		f->recent = recent_key(&(struct recent_send){
		    f->person.id, f->number_id, f->app ? f->app->id : STR(""), &m->digest });
	return r;
}

/* --- rows ------------------------------------------------------------------------------------- */

/* Names have no slash (platform facts 6.1). */
struct str flow_template_key(const struct flow *f)
{
	const struct message *m = &f->message;

	if (m->kind != MESSAGE_TEMPLATE || !m->template_name.p)
		return STR_NONE;
	const struct str parts[] = { m->template_name, STR("/"), m->template_language };
	return arena_join(f->arena, parts, ARRAY_LEN(parts));
}

static struct journal_entry entry_of(const struct flow *f, struct str findings)
{
	const struct message *m = &f->message;
	/* Somebody who is forgotten does not come back by what was not sent to them: a digest of
	 * the body, which has the number in it, could be guessed. */
	bool tells = !f->forgotten || f->person.id;

	return (struct journal_entry){
		.id = f->id,
		.at = f->now,
		.updated_at = f->now,
		.hold_until = f->decision.verdict == VERDICT_HOLD ? f->decision.hold_until
								  : TIME_NONE,
		.app = f->app ? f->app->id : STR_NONE,
		.number = f->number_id,
		.waba = f->number ? f->number->waba->id : STR_NONE,
		.template_name = flow_template_key(f),
		.person = f->person.id,
		.purpose = f->decision.purpose,
		.kind = m->kind,
		.verdict = f->decision.verdict,
		.mode = mode_of(f),
		.state = f->send_state,
		.counted = f->counted,
		.attempts = f->send_state == SEND_SENDING,
		.digest = tells ? m->digest : (struct sha256){ { 0 } },
		.rules = findings,
		.callback = tells ? m->callback : STR_NONE,
		.policy = pack_version(f->lane->core->pack),
		.campaign = f->campaign,
	};
}

int flow_keep_body(struct flow *f, struct store_conn *c, time_ms due, struct err *err)
{
	const struct pack_held *held = &pack_limits(f->lane->core->pack)->held;
	struct outbox_entry e = {
		.decision = f->id,
		.due_at = due,
		.expires_at = f->held_id ? f->held_expires_at : f->now + held->expire_ms,
		.path = arena_printf(f->arena, "/%.*s/%.*s%.*s", STR_ARG(f->version),
		    STR_ARG(f->number_id), STR_ARG(f->path)),
		.body = f->text,
	};

	if (!e.path.p)
		return err_set(err, E_NOMEM, "Memory ran out while holding a send.");
	return outbox_add(c, &f->lane->core->key, &e, err);
}

/* When a held send is looked at again: at the end of the hold, or after a while when that is not
 * known. */
static time_ms next_look(const struct flow *f)
{
	if (f->decision.hold_until != TIME_NONE && f->decision.hold_until > f->now)
		return f->decision.hold_until;
	return f->now + pack_limits(f->lane->core->pack)->held.retry_ms;
}

/* A hold that is answered 429 keeps no key: the same key must be free to try again. */
static bool keeps_key(const struct flow *f)
{
	if (!f->key.p || !f->app || (f->forgotten && !f->person.id))
		return false;
	return f->fate != FATE_REFUSE || decision_status(&f->decision) != 429;
}

static int record_key(struct flow *f, struct store_conn *c, struct err *err)
{
	struct str app = f->app->id;
	struct sha256 digest;

	flow_idem_digest(f, &digest);
	int r = idem_add(c, app, f->key, &digest, f->id, f->now, err);

	if (r < 0 || f->fate != FATE_REFUSE)
		return r;
	flow_answer_decision(f);
	/* An answer about our own memory must not be the key's for a week. */
	if (!f->answer.body.p || f->answer.status != decision_status(&f->decision))
		return err_set(err, E_NOMEM, "Memory ran out while recording a refusal.");
	return idem_answer(c, app, f->key, f->answer.status, f->answer.body, err);
}

/* From here on until the flow ends, others with this key wait for its answer. A job may run twice:
 * the id of the first time is gone. */
static int mark_running(struct flow *f, struct err *err)
{
	struct core *core = f->lane->core;

	running_drop(core->running, f->running);
	f->running = f->id;
	return running_add(core->running, f->id, err);
}

/* The register tells when an app was last seen; once a minute is near enough. */
static int note_app(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	uint64_t app = map_hash(f->app->id);
	int64_t at;
	int r = f->fate == FATE_REFUSE || !f->number
	    ? 0
	    : uses_count(core->uses, f->app->id, f->number->id, f->decision.purpose, f->now, err);

	if (r < 0)
		return r;
	if (imap_get(core->seen, app, &at) && at > f->now - MS_PER_MIN && at <= f->now)
		return 0;
	if (imap_put(core->seen, app, f->now) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while recording a send.");
	return integration_seen(c, f->app->id, f->now, err);
}

static int record_fresh(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	struct str findings;
	int r = know_person(f, c, err);

	f->id = id_next(&core->ids, f->now);
	if (r == 0 && f->fate == FATE_GO)
		r = spend(f, c, err);
	if (r == 0)
		r = stored_findings(f, &findings, err);
	if (r < 0)
		return r;
	struct journal_entry e = entry_of(f, findings);
	r = journal_add(c, &core->ledger, &e, err);
	if (r == 0 && f->fate == FATE_HOLD)
		r = flow_keep_body(f, c, next_look(f), err);
	if (r == 0 && keeps_key(f))
		r = record_key(f, c, err);
	if (r == 0 && keeps_key(f) && f->fate == FATE_GO)
		r = mark_running(f, err);
	return r == 0 && f->app ? note_app(f, c, err) : r;
}

/* --- held sends ------------------------------------------------------------------------------- */

static int drop_held(struct flow *f, struct store_conn *c, enum send_state to, struct err *err)
{
	int r = journal_move(c, &f->held, to, STR_NONE, 0, f->now, err);

	return r < 0 ? r : outbox_remove(c, f->held_id, err);
}

/* What another look at a held send came to. */
static int record_held(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	struct str findings;
	int r = journal_get(c, f->held_id, f->arena, &f->held, err);

	if (r <= 0 || f->held.state != SEND_HELD) {
		f->fate = FATE_REFUSE; /* somebody cancelled it meanwhile */
		return r < 0 ? r : 0;
	}
	f->id = f->held_id;
	/* It may go, but the moment for it is over: whoever would get it now would wonder. */
	if (f->fate != FATE_REFUSE && f->now >= f->held_expires_at) {
		f->fate = FATE_HOLD;
		return drop_held(f, c, SEND_EXPIRED, err);
	}
	r = know_person(f, c, err);
	if (r == 0 && f->fate == FATE_GO)
		r = spend(f, c, err);
	if (r == 0)
		r = stored_findings(f, &findings, err);
	if (r < 0)
		return r;
	struct journal_entry e = entry_of(f, findings);
	r = journal_judge_again(c, &core->ledger, &e, err);
	if (r < 0)
		return r;
	f->held.counted = f->counted;
	if (f->fate == FATE_HOLD)
		return outbox_postpone(c, f->held_id, next_look(f), err);
	if (f->fate == FATE_REFUSE)
		return drop_held(f, c, SEND_REFUSED, err);
	return journal_move(c, &f->held, SEND_READY, STR_NONE, 0, f->now, err);
}

int flow_record(struct flow *f, struct store_conn *c, struct err *err)
{
	static const enum send_state states[] = {
		[FATE_GO] = SEND_SENDING,
		[FATE_HOLD] = SEND_HELD,
		[FATE_REFUSE] = SEND_REFUSED,
	};

	f->fate = choose_fate(f);
	if (f->fate == FATE_WAIT)
		return 0;
	f->send_state = f->held_id && f->fate == FATE_GO ? SEND_READY : states[f->fate];
	return f->held_id ? record_held(f, c, err) : record_fresh(f, c, err);
}

/* --- a ready send starts ---------------------------------------------------------------------- */

/* It was judged and has its reservation; limits would count it twice, everything else is asked
 * again. */
static enum fate fate_of_ready(const struct flow *f)
{
	const struct decision *d = &f->decision;
	enum fate fate = FATE_GO;

	if (mode_of(f) == MODE_OBSERVE && !d->binding)
		return FATE_GO;
	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *x = &d->findings[i];
		if (x->rule->number >= RULE_LIMITS)
			continue;
		if (x->level == LEVEL_REFUSE)
			return FATE_REFUSE;
		if (x->level == LEVEL_HOLD)
			fate = FATE_HOLD;
	}
	return fate;
}

/* What it had reserved. What was reserved longer ago than the window has gone by itself
 * (domain/budget.h). */
static int take_back(struct flow *f, struct store_conn *c, struct err *err)
{
	struct core *core = f->lane->core;
	time_ms since = f->now - pack_limits(core->pack)->portfolio.window_ms;
	int r = 0;

	recent_forget(core->recent, f->recent);
	if (f->number && f->held.counted && f->held.updated_at > since)
		r = budget_release(
		    core->budget, c, f->number, f->held.person, f->held.counted, err);
	if (r == 0 && f->held.updated_at > since)
		r = release_give_back(c, f->held.counted, f->held.waba, f->held.template_name, err);
	f->held.counted = f->counted = 0;
	return r < 0 ? r : marketing_sent_remove(c, f->held.person, f->held_id, err);
}

static int refuse_ready(struct flow *f, struct store_conn *c, struct err *err)
{
	struct str findings;
	int r = stored_findings(f, &findings, err);

	if (r < 0)
		return r;
	struct journal_entry e = entry_of(f, findings);
	r = journal_judge_again(c, &f->lane->core->ledger, &e, err);
	return r < 0 ? r : drop_held(f, c, SEND_REFUSED, err);
}

/* Judged anew from the start when its time comes. */
static int hold_ready(struct flow *f, struct store_conn *c, struct err *err)
{
	time_ms due = f->now + pack_limits(f->lane->core->pack)->held.retry_ms;
	int r = journal_move(c, &f->held, SEND_HELD, STR_NONE, 0, f->now, err);

	return r < 0 ? r : outbox_postpone(c, f->held_id, due, err);
}

static int send_ready(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = journal_move(c, &f->held, SEND_SENDING, STR_NONE, 0, f->now, err);

	if (r == 0)
		r = outbox_remove(c, f->held_id, err);
	if (r == 0)
		f->send_state = SEND_SENDING;
	return r;
}

int flow_release(struct flow *f, struct store_conn *c, struct err *err)
{
	int r = journal_get(c, f->held_id, f->arena, &f->held, err);

	f->send_state = SEND_READY;
	if (r <= 0 || f->held.state != SEND_READY) {
		f->fate = FATE_REFUSE; /* somebody cancelled it meanwhile */
		return r < 0 ? r : 0;
	}
	r = flow_decide(f, c, err);
	if (r < 0)
		return r;
	f->counted = f->held.counted;
	f->fate = fate_of_ready(f);
	if (f->fate == FATE_GO)
		return send_ready(f, c, err);
	r = take_back(f, c, err);
	if (r < 0)
		return r;
	return f->fate == FATE_HOLD ? hold_ready(f, c, err) : refuse_ready(f, c, err);
}
