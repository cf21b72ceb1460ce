/* The record is durable: now, and not before, the bytes go out. The body is the app's own but for
 * biz_opaque_callback_data, which carries our token. */
#include "flow/flow.h"

#include "base/log.h"
#include "domain/pack_overlay.h"
#include "domain/recipient.h"
#include "flow/own_send.h"
#include "flow/target.h"

static bool takes_token(const struct message *m)
{
	return m->kind != MESSAGE_READ && m->kind != MESSAGE_TYPING;
}

/* The text with one member replaced; p NULL when memory ran out. */
static struct str with_member(struct flow *f, struct str text, const char *key, struct str value)
{
	struct buf out;
	struct str body = STR_NONE;

	buf_init(&out, 0);
	if (json_set_member(text, f->message.body, key, value, &out) == 0)
		body = arena_str(f->arena, buf_str(&out));
	buf_done(&out);
	return body;
}

/* Whoever was judged must be who receives: a number that we understood by more than its bare digits (our country's code in
 * front, "00", unusual separators) leaves as the digits that were judged. "+39…" and "39…" mean the same to Meta and stay as
 * they came. */
static struct str body_to_judged(struct flow *f)
{
	char judged[PHONE_TEXT_MAX];
	const struct message *m = &f->message;

	if (!m->phone.number || !m->to.p)
		return f->text;
	phone_format(m->phone, judged);
	if (str_eq_c(m->to, judged) || str_eq_c(m->to, judged + 1))
		return f->text;
	return with_member(f, f->text, "to", str_c(judged));
}

static struct str body_with_token(struct flow *f)
{
	char token[TOKEN_MAX];
	struct str text;

	if (!takes_token(&f->message))
		return f->text;
	text = body_to_judged(f);
	journal_token(&f->lane->core->key, f->id, token);
	return text.p ? with_member(f, text, "biz_opaque_callback_data", str_c(token)) : text;
}

static void read_answer(struct flow *f, const struct upstream_answer *answer)
{
	f->upstream_status = answer->status;
	f->upstream_body = arena_str(f->arena, answer->body);
	if (!f->upstream_body.p && answer->body.len)
		f->outcome = UPSTREAM_UNKNOWN;
	else if (graph_read_answer(
		     f->arena, f->lane->core->pack, answer->status, answer->body, &f->graph) < 0)
		f->outcome = UPSTREAM_UNKNOWN;
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct flow *f = arg;

	skew_answer(f->lane->core->skew, answer);
	f->call = NULL;
	f->outcome = answer->outcome;
	if (answer->outcome == UPSTREAM_ANSWERED) {
		CORE_NOTE(f->lane->core, upstream_at);
		read_answer(f, answer);
	} else {
		log_warn("the upstream did not answer", "outcome=%s reason=%.*s",
		    answer->outcome == UPSTREAM_NOT_SENT ? "not_sent" : "unknown",
		    STR_ARG(answer->error));
	}
	flow_move(f, FLOW_DISPATCHED);
	flow_walk(f);
}

/* What the person withdrew since it was judged. Who cannot be looked up may have withdrawn. */
static bool withdrew_since(struct flow *f)
{
	enum purpose purpose = f->decision.purpose;
	struct recipient who;
	struct err err = { 0 };

	if (purpose != PURPOSE_MARKETING && purpose != PURPOSE_UTILITY)
		return false;
	int r = recipient_by_id(f->lane->reader, f->person.id, f->number_id, f->arena, &who, &err);
	if (r <= 0) /* whoever was somebody and is nobody now was forgotten */
		return r < 0 || f->person.id;
	if (who.person.flags & PERSON_SUPPRESSED)
		return true;
	const struct facts_consent *newest = facts_consent_newest(
	    who.consents, who.consents_len, purpose, INT64_MAX);
	return (newest && newest->act == CONSENT_WITHDRAW) ||
	    (purpose == PURPOSE_MARKETING &&
		who.person.flags & (PERSON_META_STOP | PERSON_STOP_DOUBT));
}

/* A pause that was made since it was judged, of whatever it belongs to. In observe mode, where
 * the policy only warns of it and where an exception lets it pass, none binds. */
static bool paused_since(struct flow *f)
{
	const struct directory *d = lane_directory(f->lane);
	const struct dir_app *app = own_send_app(d, f->app->id);
	const struct facts_pause *paused;
	struct facts facts;
	size_t len;

	if (f->lane->core->options.mode == MODE_OBSERVE && !own_send_is(f->app))
		return false;
	if (pack_level(f->lane->core->pack, RULE_ACCOUNT_PAUSED) < LEVEL_HOLD)
		return false;
	facts_init(&facts);
	directory_fill_facts(
	    d, app, directory_number(d, f->number_id), f->number_id, &f->message, f->arena, &facts);
	paused = directory_campaign_pauses(d, f->campaign, &len);
	directory_add_pauses(&facts.waba, paused, len, f->arena);
	if (pack_exception_of(
		f->lane->core->pack, RULE_ACCOUNT_PAUSED, &facts, &f->message, clock_now()))
		return false;
	for (size_t i = 0; i < facts.waba.paused_len; i++) {
		const struct facts_pause *p = &facts.waba.paused[i];
		bool covers = p->purpose == PURPOSE_ALL || p->purpose == f->decision.purpose;
		if (covers && (p->until == TIME_NONE || p->until > clock_now()))
			return true;
	}
	return false;
}

/* Whoever stopped its campaign or its list was told that nothing more leaves. What cannot be looked up
 * may have been stopped. */
static bool campaign_stopped(struct flow *f)
{
	struct err err = { 0 };

	return flow_campaign_stopped(f, f->lane->reader, &err) != 0;
}

/* There is a connection now, and the first byte would go out: on a new one that may be long after the
 * record. Somebody may have opted out meanwhile, and been told so: that one must not hear from us
 * any more (reliability P6); or somebody paused what it belongs to, or stopped its campaign. Most often nobody did anything, and this is a look at a counter. */
static bool may_start(void *arg)
{
	struct flow *f = arg;

	if (!f->person.id || atomic_load(&f->lane->core->stops) == f->stops)
		return true;
	if (withdrew_since(f))
		f->stopped = STOPPED_BY_PERSON;
	else if (campaign_stopped(f))
		f->stopped = STOPPED_BY_CAMPAIGN; /* which gets it back: it must not wait here */
	else if (f->app && paused_since(f))
		f->stopped = STOPPED_BY_PAUSE;
	return f->stopped == STOPPED_NOT;
}

/* Nothing was written: as definite as a refused connection. */
static enum step_result not_sent(struct flow *f, const char *why)
{
	log_error("a send could not be dispatched", "reason=%s", why);
	f->outcome = UPSTREAM_NOT_SENT;
	flow_move(f, FLOW_DISPATCHED);
	return STEP_NEXT;
}

enum step_result flow_dispatch(struct flow *f)
{
	struct target target;
	struct str body = body_with_token(f);

	if (!body.p)
		return not_sent(f, "memory ran out");
	if (!f->number ||
	    !target_for(f->lane->core, f->number->waba, f->arena, f->version, f->number_id, f->path,
		&target))
		return not_sent(f, "the account has no token, or no upstream");
	struct http_header headers[] = {
		target.auth,
		{ STR("Content-Type"), STR("application/json") },
	};
	struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = target.url,
		.headers = headers,
		.headers_len = 2,
		.body = body,
		.arg = f,
		.on_done = on_done,
		.may_start = may_start,
	};
	struct err err = { 0 };
	if (upstream_start(f->lane->upstream, &r, &f->call, &err) < 0)
		return not_sent(f, err_name(err.code));
	return STEP_LATER;
}
