#include "transport/graph.h"

#include <stdio.h>

#include "base/check.h"
#include "domain/rules.h"

#define CODE_SOMETHING_WENT_WRONG 131000

static const char unknown_title[] = N_("Outcome not known");
static const char unknown_message[] = N_(
    "The request was sent to WhatsApp, but no complete answer came back.");
static const char unknown_remedy[] = N_(
    "Do not send it again by yourself: a status webhook will tell whether it arrived.");

/* --- what we answer -------------------------------------------------------------------------- */

static void error_open(struct json_writer *w, struct buf *out)
{
	jw_init(w, out);
	jw_object(w);
	jw_key(w, "error");
	jw_object(w);
}

static void error_close(struct json_writer *w)
{
	jw_object_end(w);
	jw_object_end(w);
}

static void write_data(struct json_writer *w, const char *details)
{
	jw_key(w, "error_data");
	jw_object(w);
	jw_member_c(w, "messaging_product", "whatsapp");
	jw_member_c(w, "details", details);
	jw_object_end(w);
}

static void write_user(struct json_writer *w, struct str title, struct str msg)
{
	jw_member_str(w, "error_user_title", title);
	jw_member_str(w, "error_user_msg", msg);
}

static void write_trace(struct json_writer *w, const char *id_text, bool transient)
{
	jw_member_c(w, "fbtrace_id", id_text);
	jw_member_bool(w, "is_transient", transient);
}

static void write_decision(struct arena *a, struct json_writer *w, const struct decision *d,
    enum mode mode, const char *id_text)
{
	jw_key(w, "varco");
	jw_object(w);
	jw_member_c(w, "decision", id_text);
	jw_member_c(w, "verdict", verdict_name(d->verdict));
	jw_member_c(w, "mode", mode_name(mode));
	jw_key(w, "rules");
	decision_write_rules(a, d, LANG_EN, LEVEL_WARN, w);
	jw_member_time(w, "hold_until", d->verdict == VERDICT_HOLD ? d->hold_until : TIME_NONE);
	jw_object_end(w);
}

struct refusal {
	struct str message, user_msg;
};

static int make_texts(
    struct arena *a, const struct decision *d, enum lang lang, struct refusal *ret)
{
	const struct finding *f = d->leading;
	struct str english = finding_because(a, f, LANG_EN);
	struct str local = finding_because(a, f, lang);

	if (!english.p || !local.p)
		return -E_NOMEM;
	ret->message = arena_printf(
	    a, "(#%d) %s: %.*s", decision_graph_code(d), f->rule->id, STR_ARG(english));
	ret->user_msg = arena_printf(
	    a, "%.*s %s", STR_ARG(local), lang_text(lang, finding_remedy(f)));
	return ret->message.p && ret->user_msg.p ? 0 : -E_NOMEM;
}

int graph_write_refusal(struct arena *a, const struct decision *d, enum mode mode,
    const char *id_text, enum lang lang, struct buf *out)
{
	struct json_writer w;
	struct refusal texts;

	ASSERT(d->leading);
	if (make_texts(a, d, lang, &texts))
		return -E_NOMEM;
	error_open(&w, out);
	jw_member_str(&w, "message", texts.message);
	jw_member_c(&w, "type", "VarcoPolicyException");
	jw_member_int(&w, "code", decision_graph_code(d));
	write_data(&w, finding_remedy(d->leading));
	write_user(&w, str_c(lang_text(lang, d->leading->rule->title)), texts.user_msg);
	write_trace(&w, id_text, d->verdict == VERDICT_HOLD);
	write_decision(a, &w, d, mode, id_text);
	error_close(&w);
	return out->failed ? -E_NOMEM : 0;
}

void graph_write_held(const char *id_text, time_ms until, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_key(&w, "varco");
	jw_object(&w);
	jw_member_c(&w, "decision", id_text);
	jw_member_c(&w, "state", "held");
	jw_member_time(&w, "until", until);
	jw_object_end(&w);
	jw_object_end(&w);
}

/* Two sentences as one text, in the reader's language. */
static void write_unknown_user(struct json_writer *w, enum lang lang)
{
	struct buf both;

	buf_init(&both, 0);
	buf_addf(&both, "%s %s", lang_text(lang, unknown_message), lang_text(lang, unknown_remedy));
	write_user(w, str_c(lang_text(lang, unknown_title)),
	    both.failed ? str_c(lang_text(lang, unknown_message)) : buf_str(&both));
	buf_done(&both);
}

void graph_write_unknown(const char *id_text, enum lang lang, struct buf *out)
{
	struct json_writer w;
	char message[160];

	(void)snprintf(
	    message, sizeof(message), "(#%d) %s", CODE_SOMETHING_WENT_WRONG, unknown_message);
	error_open(&w, out);
	jw_member_c(&w, "message", message);
	jw_member_c(&w, "type", "VarcoException");
	jw_member_int(&w, "code", CODE_SOMETHING_WENT_WRONG);
	write_data(&w, unknown_remedy);
	write_unknown_user(&w, lang);
	write_trace(&w, id_text, false);
	jw_key(&w, "varco");
	jw_object(&w);
	jw_member_c(&w, "decision", id_text);
	jw_member_c(&w, "state", "unknown");
	jw_object_end(&w);
	error_close(&w);
}

void graph_write_error(int graph_code, const char *type, const char *message, const char *details,
    const char *id_text, bool transient, struct buf *out)
{
	struct json_writer w;
	struct buf text;

	buf_init(&text, 0);
	buf_addf(&text, "(#%d) %s", graph_code, message);
	error_open(&w, out);
	jw_member_str(&w, "message", text.failed ? str_c(message) : buf_str(&text));
	jw_member_c(&w, "type", type);
	jw_member_int(&w, "code", graph_code);
	if (details && details[0])
		write_data(&w, details);
	write_trace(&w, id_text, transient);
	error_close(&w);
	buf_done(&text);
}

/* --- what Meta answers ----------------------------------------------------------------------- */

static struct str member(const struct json *obj, const char *key)
{
	struct str s = json_str(json_get(obj, key));

	return s.p ? s : STR("");
}

static void read_accepted(const struct json *root, struct graph_answer *ret)
{
	const struct json *message = json_at(json_get(root, "messages"), 0);
	const struct json *contact = json_at(json_get(root, "contacts"), 0);
	bool success = false;

	ret->wamid = member(message, "id");
	ret->message_status = member(message, "message_status");
	ret->wa_id = member(contact, "wa_id");
	ret->user_id = member(contact, "user_id");
	if (ret->wamid.len || (json_bool(json_get(root, "success"), &success) && success))
		ret->result = GRAPH_ACCEPTED;
}

/* Only Meta's own error is definite: what something between us and Meta says tells nothing of what
 * became of the message. */
static void read_error(
    const struct pack *pack, int status, const struct json *root, struct graph_answer *ret)
{
	int64_t code;

	if (!json_int(json_path(root, "error.code"), &code))
		return;
	ret->code = code;
	if (status >= 400 && pack_answer_class(pack, code, status) == PACK_CLASS_REJECTED)
		ret->result = GRAPH_REJECTED;
}

int graph_read_answer(
    struct arena *a, const struct pack *pack, int status, struct str body, struct graph_answer *ret)
{
	const struct str none = STR("");
	const struct json *root = NULL;
	struct graph_answer answer = { .result = GRAPH_UNCLEAR };

	answer.wamid = answer.wa_id = answer.user_id = answer.message_status = none;
	if (json_read(a, body, &root, NULL) == -E_NOMEM)
		return -E_NOMEM;
	if (status >= 200 && status < 300)
		read_accepted(root, &answer);
	else
		read_error(pack, status, root, &answer);
	*ret = answer;
	return 0;
}
