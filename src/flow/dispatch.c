/* The record is durable: now, and not before, the bytes go out. The body is the app's own but for
 * biz_opaque_callback_data, which carries our token. */
#include "flow/flow.h"

#include "base/log.h"
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
	if (answer->outcome == UPSTREAM_ANSWERED)
		read_answer(f, answer);
	else
		log_warn("the upstream did not answer", "outcome=%s reason=%.*s",
		    answer->outcome == UPSTREAM_NOT_SENT ? "not_sent" : "unknown",
		    STR_ARG(answer->error));
	flow_move(f, FLOW_DISPATCHED);
	flow_walk(f);
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
	};
	struct err err = { 0 };
	if (upstream_start(f->lane->upstream, &r, &f->call, &err) < 0)
		return not_sent(f, err_name(err.code));
	return STEP_LATER;
}
