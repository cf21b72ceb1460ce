/* The record is durable: now, and not before, the bytes go out. The body is the app's own but for
 * biz_opaque_callback_data, which carries our token. */
#include "flow/flow.h"

#include "base/log.h"
#include "flow/target.h"

static bool takes_token(const struct message *m)
{
	return m->kind != MESSAGE_READ && m->kind != MESSAGE_TYPING;
}

static struct str body_with_token(struct flow *f)
{
	char token[TOKEN_MAX];
	struct buf out;
	struct str body = STR_NONE;

	if (!takes_token(&f->message))
		return f->text;
	journal_token(&f->lane->core->key, f->id, token);
	buf_init(&out, 0);
	if (json_edit_member(f->text, "biz_opaque_callback_data", str_c(token), &out) == 0 &&
	    !out.failed)
		body = arena_str(f->arena, buf_str(&out));
	buf_done(&out);
	return body;
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

	f->call = NULL;
	f->outcome = answer->outcome;
	if (answer->outcome == UPSTREAM_ANSWERED)
		read_answer(f, answer);
	else
		log_warn("the upstream did not answer", "outcome=%s reason=\"%.*s\"",
		    answer->outcome == UPSTREAM_NOT_SENT ? "not_sent" : "unknown",
		    STR_ARG(answer->error));
	flow_move(f, FLOW_DISPATCHED);
	flow_walk(f);
}

/* Nothing was written: as definite as a refused connection. */
static enum step_result not_sent(struct flow *f, const char *why)
{
	log_error("a send could not be dispatched", "reason=\"%s\"", why);
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
