/* What the app hears. Refusals wear Graph's envelope, so that existing clients cope; what Meta said
 * is passed on byte for byte. */
#include "flow/flow.h"

#include <stdio.h>

#include "base/id.h"
#include "base/lang.h"

#define CODE_OPTED_OUT 131050 /* Meta's for the same */
#define OVERLOAD_RETRY_S 1
#define PAUSED_RETRY_S 60 /* as for any hold whose end is not known */
#define UNREACHED_RETRY_S 5

static void set(struct flow *f, int status, const struct buf *body)
{
	f->answer.status = status;
	f->answer.body = arena_str(f->arena, buf_str(body));
}

/* "dec_…" of a send on record; "" when nothing was recorded. */
static const char *id_text(const struct flow *f, char out[ID_TEXT_MAX])
{
	if (f->id)
		id_format("dec", f->id, out);
	else
		out[0] = '\0';
	return out;
}

void flow_answer_decision(struct flow *f)
{
	char id[ID_TEXT_MAX];
	struct buf body;

	/* Cancelled while it was judged: no rule said so, and nobody waits for an answer. */
	if (!f->decision.leading) {
		flow_answer_trouble(f, 400, 2, N_("The message was cancelled while it waited."),
		    N_("Nothing was sent."));
		return;
	}
	buf_init(&body, 0);
	if (graph_write_refusal(f->arena, &f->decision, f->lane->core->options.mode, id_text(f, id),
		f->lang, &body) == 0)
		set(f, decision_status(&f->decision), &body);
	else
		flow_answer_trouble(f, 503, 2, "The gateway is short of memory.",
		    "Nothing was sent; send it again later.");
	if (f->answer.status == 429)
		f->answer.retry_after_s = decision_retry_after_s(&f->decision, f->now);
	buf_done(&body);
}

void flow_answer_held(struct flow *f)
{
	char id[ID_TEXT_MAX];
	struct buf body;

	buf_init(&body, 0);
	graph_write_held(id_text(f, id), f->decision.hold_until, &body);
	set(f, 202, &body);
	buf_done(&body);
}

static void answer_unknown(struct flow *f)
{
	char id[ID_TEXT_MAX];
	struct buf body;

	buf_init(&body, 0);
	graph_write_unknown(id_text(f, id), f->lang, &body);
	set(f, 504, &body);
	f->answer.outcome = "unknown";
	buf_done(&body);
}

void flow_answer_outcome(struct flow *f)
{
	if (f->send_state == SEND_HELD) {
		flow_answer_held(f);
		return;
	}
	if (f->outcome == UPSTREAM_NOT_SENT && f->stopped == STOPPED_BY_PAUSE) {
		flow_answer_trouble(f, 503, 2,
		    N_("Sending was paused in this very moment, so nothing was sent."),
		    N_("Send it again when the pause is over."));
		f->answer.retry_after_s = PAUSED_RETRY_S;
		return;
	}
	if (f->outcome == UPSTREAM_NOT_SENT && f->stopped == STOPPED_BY_PERSON) {
		flow_answer_trouble(f, 400, CODE_OPTED_OUT,
		    N_("The person opted out in this very moment, so nothing was sent."),
		    N_("Do not send it again."));
		return;
	}
	if (f->outcome == UPSTREAM_NOT_SENT) {
		flow_answer_trouble(f, 503, 2,
		    "The upstream could not be reached, so nothing was sent.",
		    "Send it again later; a message that was not sent counts against no limit.");
		f->answer.retry_after_s = UNREACHED_RETRY_S;
		return;
	}
	if (f->outcome == UPSTREAM_UNKNOWN || f->send_state == SEND_UNKNOWN) {
		answer_unknown(f);
		return;
	}
	f->answer.status = f->upstream_status;
	f->answer.body = f->upstream_body;
}

/* --- a key that was used before --------------------------------------------------------------- */

/* The answer was cut off by a crash, but a webhook has told since: in Meta's shape, as far as it is
 * known. */
static void answer_settled(struct flow *f, const struct journal_entry *e)
{
	struct buf body;
	struct json_writer w;

	buf_init(&body, 0);
	jw_init(&w, &body);
	jw_object(&w);
	jw_member_c(&w, "messaging_product", "whatsapp");
	jw_key(&w, "messages");
	jw_array(&w);
	jw_object(&w);
	jw_member_str(&w, "id", e->wamid);
	jw_object_end(&w);
	jw_array_end(&w);
	jw_object_end(&w);
	set(f, 200, &body);
	buf_done(&body);
}

static void answer_state(struct flow *f)
{
	const struct journal_entry *e = &f->replay_journal;

	switch (e->state) {
	case SEND_HELD:
		f->decision.hold_until = e->hold_until;
		flow_answer_held(f);
		break;
	case SEND_ACCEPTED:
	case SEND_SENT:
	case SEND_DELIVERED:
	case SEND_READ:
		answer_settled(f, e);
		break;
	case SEND_UNKNOWN:
	case SEND_UNRESOLVED:
		answer_unknown(f);
		break;
	default:
		flow_answer_trouble(f, 400, e->error_code ? (int)e->error_code : 131000,
		    "The send that first bore this Idempotency-Key was not delivered.",
		    "Look the decision up, then send it with a new key when it should go after all.");
	}
}

void flow_answer_replay(struct flow *f)
{
	switch (f->replay) {
	case REPLAY_ANSWER:
		f->answer.status = f->replay_entry.status;
		f->answer.body = f->replay_entry.answer;
		break;
	case REPLAY_STATE:
		answer_state(f);
		break;
	case REPLAY_RUNNING:
		flow_answer_trouble(f, 409, 100,
		    "A send with this Idempotency-Key is still under way.",
		    "Ask again with the same key in a moment.");
		f->answer.retry_after_s = OVERLOAD_RETRY_S;
		break;
	case REPLAY_OTHER_BODY:
		flow_answer_trouble(f, 409, 100, "This Idempotency-Key was used with another body.",
		    "Use a new key for a new message.");
		break;
	}
}

/* --- trouble ---------------------------------------------------------------------------------- */

void flow_answer_trouble(
    struct flow *f, int status, int graph_code, const char *message, const char *details)
{
	char id[ID_TEXT_MAX];
	struct buf body;

	buf_init(&body, 0);
	graph_write_error(graph_code, "VarcoException", lang_text(f->lang, message),
	    lang_text(f->lang, details), id_text(f, id), status >= 500, &body);
	set(f, status, &body);
	if (status == 503)
		f->answer.retry_after_s = OVERLOAD_RETRY_S;
	buf_done(&body);
}

/* --- on the wire ------------------------------------------------------------------------------ */

/* "limit.portfolio,consent.evidence": every rule that did not pass, for a send that went. */
static struct str warnings_of(struct flow *f)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; f->fate == FATE_GO && i < f->decision.findings_len; i++) {
		if (i)
			buf_add_char(&out, ',');
		buf_add_c(&out, f->decision.findings[i].rule->id);
	}
	struct str list = out.len ? arena_str(f->arena, buf_str(&out)) : STR_NONE;
	buf_done(&out);
	return list;
}

void flow_respond(struct flow *f)
{
	char id[ID_TEXT_MAX], retry[24];
	struct str warnings = warnings_of(f);
	struct http_header headers[4];
	size_t n = 0;

	if (f->id)
		headers[n++] = (struct http_header){ STR("Varco-Decision"), str_c(id_text(f, id)) };
	if (warnings.p)
		headers[n++] = (struct http_header){ STR("Varco-Warnings"), warnings };
	if (f->answer.retry_after_s) {
		snprintf(retry, sizeof(retry), "%lld", (long long)f->answer.retry_after_s);
		headers[n++] = (struct http_header){ STR("Retry-After"), str_c(retry) };
	}
	if (f->answer.outcome)
		headers[n++] = (struct http_header){ STR("Varco-Outcome"),
			str_c(f->answer.outcome) };
	f->req->on_gone = NULL;
	f->req->user = NULL;
	http_respond_json(f->req, f->answer.status, headers, n, f->answer.body);
}

void flow_turn_away(struct http_request *req)
{
	static const struct http_header retry[] = { { { "Retry-After", 11 }, { "1", 1 } } };
	struct buf body;

	buf_init(&body, 0);
	graph_write_error(4, "VarcoException", "Too many messages are under way.",
	    "Send it again after the time that Retry-After names.", "", true, &body);
	http_respond_json(req, 503, retry, 1, buf_str(&body));
	buf_done(&body);
}
