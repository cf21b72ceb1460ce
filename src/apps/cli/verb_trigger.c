/* varco trigger EVENT: something happens at the simulator, as if a person or Meta had done it. What was not said (which
 * number, message or template) is taken from the gateway that sends to that simulator: the first of each kind, and the
 * newest message. Nothing but a simulator on loopback is ever asked. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/json.h"
#include "base/text.h"
#include "flow/target.h"

#define WHO "varco trigger"
#define FROM "+393331234501"
#define FAILED_CODE "131026"
#define RESTRICTED_FOR_S 259200 /* three days, as Meta's second step */
#define LOOK_BACK 50            /* decisions in which a message is looked for */

enum {
	KEY_JSON = 'j',
	KEY_SIM = 256,
	KEY_NUMBER,
	KEY_WABA,
	KEY_FROM,
	KEY_TEXT,
	KEY_WAMID,
	KEY_CODE,
	KEY_TEMPLATE,
	KEY_LANGUAGE,
};

struct options {
	struct client_options client;
	const char *sim, *event;
	const char *number, *waba, *from, *text, *wamid, *code, *template, *language;
	bool json;
};

struct run {
	struct options o;
	struct client *gateway;
	struct arena *arena;
	struct client_answer answer;
	int refused;          /* the status that ended it; 0 = none did */
	struct json_writer w; /* of `body` */
	struct buf body;
};

/* --- events ----------------------------------------------------------------------------------- */

static void write_inbound(struct run *r, const char *word)
{
	jw_member_c(&r->w, "number", r->o.number);
	jw_member_c(&r->w, "from", r->o.from ? r->o.from : FROM);
	jw_member_c(&r->w, "text", r->o.text ? r->o.text : word);
}

static void write_preference(struct run *r, const char *word)
{
	jw_member_c(&r->w, "number", r->o.number);
	jw_member_c(&r->w, "from", r->o.from ? r->o.from : FROM);
	jw_member_c(&r->w, "preference", word);
}

static void write_call(struct run *r, const char *word)
{
	(void)word;
	jw_member_c(&r->w, "number", r->o.number);
	jw_member_c(&r->w, "from", r->o.from ? r->o.from : FROM);
	jw_member_bool(&r->w, "call", true);
}

static void write_status(struct run *r, const char *word)
{
	uint64_t code;

	jw_member_c(&r->w, "wamid", r->o.wamid);
	jw_member_c(&r->w, "status", word);
	if (strcmp(word, "failed") == 0 &&
	    str_to_u64(str_c(r->o.code ? r->o.code : FAILED_CODE), &code) == 0)
		jw_member_int(&r->w, "code", (int64_t)code);
}

static void write_quality(struct run *r, const char *word)
{
	jw_member_c(&r->w, "number", r->o.number);
	jw_member_c(&r->w, "quality", word);
}

static void write_template(struct run *r)
{
	jw_member_c(&r->w, "waba", r->o.waba);
	jw_member_c(&r->w, "name", r->o.template);
	jw_member_c(&r->w, "language", r->o.language);
}

static void write_template_status(struct run *r, const char *word)
{
	write_template(r);
	jw_member_c(&r->w, "status", word);
}

static void write_template_quality(struct run *r, const char *word)
{
	write_template(r);
	jw_member_c(&r->w, "quality", word);
}

static void write_restriction(struct run *r)
{
	jw_key(&r->w, "restriction_info");
	jw_array(&r->w);
	jw_object(&r->w);
	jw_member_c(&r->w, "restriction_type", "RESTRICTED_BIZ_INITIATED_MESSAGING");
	jw_member_int(&r->w, "expiration", (int64_t)time(NULL) + RESTRICTED_FOR_S);
	jw_object_end(&r->w);
	jw_array_end(&r->w);
}

static void write_ban(struct run *r, const char *state)
{
	jw_key(&r->w, "ban_info");
	jw_object(&r->w);
	jw_member_c(&r->w, "waba_ban_state", state);
	jw_object_end(&r->w);
}

/* A state of an account, or "" for a restriction. */
static void write_account(struct run *r, const char *word)
{
	jw_member_c(&r->w, "entry", r->o.waba);
	jw_member_c(&r->w, "field", "account_update");
	jw_key(&r->w, "value");
	jw_object(&r->w);
	jw_member_c(&r->w, "event", *word ? "DISABLED_UPDATE" : "ACCOUNT_RESTRICTION");
	if (*word)
		write_ban(r, word);
	else
		write_restriction(r);
	jw_object_end(&r->w);
}

/* What must be known of the world. */
enum about { ABOUT_NUMBER, ABOUT_MESSAGE, ABOUT_TEMPLATE, ABOUT_ACCOUNT };

static const struct event_row {
	const char *name;
	enum about about;
	const char *path;
	void (*write)(struct run *r, const char *word);
	const char *word;
	const char *doc;
} events[] = {
	{ "message.inbound", ABOUT_NUMBER, "/_sim/inbound", write_inbound, "Ciao",
	    N_("a person writes") },
	{ "message.stop", ABOUT_NUMBER, "/_sim/inbound", write_inbound, "STOP",
	    N_("a person opts out by a word") },
	{ "message.start", ABOUT_NUMBER, "/_sim/inbound", write_inbound, "START",
	    N_("a person opts in by a word") },
	{ "preference.stop", ABOUT_NUMBER, "/_sim/inbound", write_preference, "stop",
	    N_("a person stops offers inside WhatsApp") },
	{ "preference.resume", ABOUT_NUMBER, "/_sim/inbound", write_preference, "resume",
	    N_("a person takes offers again inside WhatsApp") },
	{ "call.inbound", ABOUT_NUMBER, "/_sim/inbound", write_call, "", N_("a person calls") },
	{ "status.delivered", ABOUT_MESSAGE, "/_sim/status", write_status, "delivered",
	    N_("a message arrives") },
	{ "status.read", ABOUT_MESSAGE, "/_sim/status", write_status, "read",
	    N_("a message is read") },
	{ "status.failed", ABOUT_MESSAGE, "/_sim/status", write_status, "failed",
	    N_("a message fails, by --code") },
	{ "quality.drop", ABOUT_NUMBER, "/_sim/config", write_quality, "RED",
	    N_("the quality of a number falls; nobody is told, the gateway sees it when it asks") },
	{ "quality.rise", ABOUT_NUMBER, "/_sim/config", write_quality, "GREEN",
	    N_("the quality of a number is good again") },
	{ "template.approved", ABOUT_TEMPLATE, "/_sim/template", write_template_status, "APPROVED",
	    N_("a template is approved") },
	{ "template.paused", ABOUT_TEMPLATE, "/_sim/template", write_template_status, "PAUSED",
	    N_("a template is paused for its quality") },
	{ "template.rejected", ABOUT_TEMPLATE, "/_sim/template", write_template_status, "REJECTED",
	    N_("a template is rejected") },
	{ "template.quality", ABOUT_TEMPLATE, "/_sim/template", write_template_quality, "YELLOW",
	    N_("the quality of a template falls") },
	{ "account.restricted", ABOUT_ACCOUNT, "/_sim/event", write_account, "",
	    N_("an account may begin no conversations for three days") },
	{ "account.disabled", ABOUT_ACCOUNT, "/_sim/event", write_account, "DISABLE",
	    N_("an account is disabled") },
	{ "account.reinstated", ABOUT_ACCOUNT, "/_sim/event", write_account, "REINSTATE",
	    N_("an account is given back") },
};

static const struct event_row *find_event(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(events); i++) {
		if (strcmp(events[i].name, name) == 0)
			return &events[i];
	}
	return NULL;
}

static const char *nearest_event(const char *name)
{
	const char *best = events[0].name;

	for (size_t i = 1; i < ARRAY_LEN(events); i++) {
		if (text_distance(str_c(name), str_c(events[i].name)) <
		    text_distance(str_c(name), str_c(best)))
			best = events[i].name;
	}
	return best;
}

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "number", KEY_NUMBER, "ID", 0,
	    N_("The phone-number-id that it is about; else the gateway's first"), 0 },
	{ "from", KEY_FROM, N_("PHONE"), 0, N_("The person; else +39 333 123 4501"), 0 },
	{ "text", KEY_TEXT, N_("TEXT"), 0, N_("What the person writes"), 0 },
	{ "wamid", KEY_WAMID, "ID", 0,
	    N_("The message that a status is of; else the newest that was sent"), 0 },
	{ "code", KEY_CODE, N_("N"), 0, N_("Why it fails, by Meta's code; else 131026"), 0 },
	{ "waba", KEY_WABA, "ID", 0, N_("The account; else the gateway's first"), 0 },
	{ "template", KEY_TEMPLATE, N_("NAME"), 0, N_("The template; else the gateway's first"),
	    0 },
	{ "language", KEY_LANGUAGE, N_("CODE"), 0, N_("The template's language"), 0 },
	{ "sim", KEY_SIM, "URL", 0, N_("The simulator; else the one that the gateway sends to"),
	    0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static const char **text_option(struct options *o, int key)
{
	switch (key) {
	case KEY_SIM:
		return &o->sim;
	case KEY_NUMBER:
		return &o->number;
	case KEY_WABA:
		return &o->waba;
	case KEY_FROM:
		return &o->from;
	case KEY_TEXT:
		return &o->text;
	case KEY_WAMID:
		return &o->wamid;
	case KEY_CODE:
		return &o->code;
	case KEY_TEMPLATE:
		return &o->template;
	case KEY_LANGUAGE:
		return &o->language;
	default:
		return NULL;
	}
}

static error_t parse_word(struct options *o, char *arg, struct argp_state *state)
{
	if (o->event)
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
	if (!find_event(arg))
		verb_refuse(state, _("There is no event \"%s\"; the nearest is \"%s\"."), arg,
		    nearest_event(arg));
	o->event = arg;
	return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **text = text_option(o, key);
	uint64_t code;

	if (client_word(&o->client, key, arg))
		return 0;
	if (key == KEY_CODE && str_to_u64(str_c(arg), &code) < 0)
		verb_refuse_value(state, key, arg);
	if (text && !text_is_utf8(str_c(arg)))
		verb_refuse(state, "%s", _("The value of an option is no UTF-8 text."));
	if (text) {
		*text = arg;
		return 0;
	}
	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return parse_word(o, arg, state);
	case ARGP_KEY_NO_ARGS:
		verb_misuse(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp trigger_event_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("EVENT"),
	.doc = N_(
	    "Make something happen at the simulator, as if a person or Meta had done it. EVENT is one of"
	    " message.inbound, message.stop, message.start, preference.stop, preference.resume, call.inbound,"
	    " status.delivered, status.read, status.failed, quality.drop, quality.rise, template.approved,"
	    " template.paused, template.rejected, template.quality, account.restricted, account.disabled and"
	    " account.reinstated."),
};

/* --- what was not said ------------------------------------------------------------------------ */

/* The answer of the gateway, for as long as the run lasts. */
static int ask(struct run *r, const char *target, const struct json **ret, struct err *err)
{
	const struct client_call call = { .method = "GET", .target = str_c(target) };
	int rc = r->gateway ? 0 : client_open(&r->o.client, &r->gateway, err);

	*ret = NULL;
	buf_reset(&r->answer.body);
	if (rc == 0)
		rc = client_call(r->gateway, &call, &r->answer, err);
	if (rc == 0 && client_exit_status(r->answer.status) != EXIT_OK) {
		r->refused = r->answer.status;
		rc = r->refused == 401
		    ? err_set(err, E_DENIED, "%s", _("The gateway does not know this admin token."))
		    : err_set(err, E_IO, _("The gateway answered %d."), r->refused);
	}
	return rc < 0 ? rc : json_read(r->arena, buf_str(&r->answer.body), ret, err);
}

static const char *member(struct run *r, const struct json *v, const char *name)
{
	struct str text = json_str(json_get(v, name));

	return text.len ? arena_c(r->arena, text) : NULL;
}

static int first_of(struct run *r, const char *target, const struct json **ret, struct err *err)
{
	int rc = ask(r, target, ret, err);

	if (rc == 0)
		*ret = json_at(json_get(*ret, "items"), 0);
	return rc;
}

static int nothing(const char *option, struct err *err)
{
	return err_set(err, E_NOT_FOUND,
	    _("The gateway has nothing of the kind that this event is about; say it with --%s."),
	    option);
}

static int find_number(struct run *r, struct err *err)
{
	const struct json *number = NULL;
	int rc = r->o.number ? 0 : first_of(r, "/api/v1/numbers?limit=1", &number, err);

	if (rc == 0 && !r->o.number)
		r->o.number = member(r, number, "id");
	return rc < 0 ? rc : r->o.number ? 0 : nothing("number", err);
}

static int find_account(struct run *r, struct err *err)
{
	const struct json *account = NULL;
	int rc = r->o.waba ? 0 : first_of(r, "/api/v1/accounts?limit=1", &account, err);

	if (rc == 0 && !r->o.waba)
		r->o.waba = member(r, account, "waba");
	return rc < 0 ? rc : r->o.waba ? 0 : nothing("waba", err);
}

static bool is_wanted(const struct run *r, const struct json *t)
{
	return (!r->o.waba || str_eq_c(json_str(json_get(t, "waba")), r->o.waba)) &&
	    (!r->o.template || str_eq_c(json_str(json_get(t, "name")), r->o.template)) &&
	    (!r->o.language || str_eq_c(json_str(json_get(t, "language")), r->o.language));
}

/* The first that what was said of it fits. */
static int find_template(struct run *r, struct err *err)
{
	const struct json *page = NULL, *item = NULL;
	struct json_iter it;
	int rc = 0;

	if (r->o.waba && r->o.template && r->o.language)
		return 0;
	rc = ask(r, "/api/v1/templates?limit=1000", &page, err);
	if (rc < 0)
		return rc;
	json_iter_init(&it, json_get(page, "items"));
	while (json_iter_next(&it, NULL, &item)) {
		if (!is_wanted(r, item))
			continue;
		r->o.waba = member(r, item, "waba");
		r->o.template = member(r, item, "name");
		r->o.language = member(r, item, "language");
		return 0;
	}
	return nothing("template", err);
}

static int find_message(struct run *r, struct err *err)
{
	const struct json *page = NULL, *item = NULL;
	struct json_iter it;
	char target[64];
	int rc = 0;

	if (r->o.wamid)
		return 0;
	(void)snprintf(target, sizeof(target), "/api/v1/decisions?limit=%d", LOOK_BACK);
	rc = ask(r, target, &page, err);
	json_iter_init(&it, json_get(page, "items"));
	while (rc == 0 && !r->o.wamid && json_iter_next(&it, NULL, &item))
		r->o.wamid = member(r, item, "wamid");
	return rc < 0 ? rc : r->o.wamid ? 0 : nothing("wamid", err);
}

static int find_about(struct run *r, enum about about, struct err *err)
{
	static int (*const finds[])(struct run *, struct err *) = {
		[ABOUT_NUMBER] = find_number,
		[ABOUT_MESSAGE] = find_message,
		[ABOUT_TEMPLATE] = find_template,
		[ABOUT_ACCOUNT] = find_account,
	};

	return finds[about](r, err);
}

static int find_sim(struct run *r, struct err *err)
{
	const struct json *status = NULL;
	int rc = r->o.sim ? 0 : ask(r, "/api/v1/status", &status, err);

	if (rc == 0 && !r->o.sim)
		r->o.sim = member(r, json_get(status, "upstream"), "base_url");
	if (rc < 0 || (r->o.sim && target_is_loopback(str_c(r->o.sim))))
		return rc;
	return err_set(err, E_INVALID, "%s",
	    _("Events are made by a simulator on this machine only; the gateway sends elsewhere."));
}

/* --- making it happen ------------------------------------------------------------------------- */

static int refused(struct run *r, struct err *err)
{
	const struct json *answer = NULL;
	const char *why = NULL;

	if (client_exit_status(r->answer.status) == EXIT_OK)
		return 0;
	r->refused = r->answer.status;
	if (json_read(r->arena, buf_str(&r->answer.body), &answer, NULL) == 0)
		why = member(r, json_get(answer, "error"), "message");
	return err_set(
	    err, E_IO, _("The simulator did not do it (%d): %s"), r->refused, why ? why : "-");
}

static int post(struct run *r, const struct event_row *e, struct err *err)
{
	const struct client_options o = { .url = r->o.sim, .anonymous = true, .foreign = true };
	struct client_call call = { .method = "POST", .target = str_c(e->path) };
	struct client *sim = NULL;

	jw_init(&r->w, &r->body);
	jw_object(&r->w);
	e->write(r, e->word);
	jw_object_end(&r->w);
	if (r->body.failed)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	call.body = buf_str(&r->body);
	buf_reset(&r->answer.body);
	int rc = client_open(&o, &sim, err);
	if (rc == 0)
		rc = client_call(sim, &call, &r->answer, err);
	client_close(&sim);
	return rc < 0 ? rc : refused(r, err);
}

/* What was posted, so that one sees what it was about, and the simulator's answer. */
static int tell(struct run *r, const struct event_row *e)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, 0);
	if (r->o.json) {
		jw_init(&w, &out);
		jw_object(&w);
		jw_member_c(&w, "event", e->name);
		jw_member_c(&w, "simulator", r->o.sim);
		jw_key(&w, "posted");
		jw_raw(&w, buf_str(&r->body));
		jw_key(&w, "answer");
		jw_raw(&w, buf_str(&r->answer.body));
		jw_object_end(&w);
		buf_add_char(&out, '\n');
	} else {
		buf_addf(&out, "%s: %s.\n", e->name, _(e->doc));
		buf_addf(&out, "%.*s\n", STR_ARG(buf_str(&r->body)));
	}
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

static int make(struct run *r)
{
	const struct event_row *e = find_event(r->o.event);
	struct err err = { .code = 0 };

	ASSERT(e);
	int rc = find_sim(r, &err);
	if (rc == 0)
		rc = find_about(r, e->about, &err);
	if (rc == 0)
		rc = post(r, e, &err);
	if (rc == 0)
		return tell(r, e);
	verb_complain(WHO, str_c(err.text));
	return r->refused ? client_exit_status(r->refused) : client_exit_error(err.code);
}

int verb_trigger(int argc, char **argv)
{
	struct run r = { .gateway = NULL };
	int code = EXIT_FAILED;

	verb_parse(&trigger_event_argp, argc, argv, &r.o);
	client_catch_interrupt();
	buf_init(&r.answer.body, 0);
	buf_init(&r.body, 0);
	r.arena = arena_new(0, 0);
	if (r.arena)
		code = make(&r);
	else
		verb_complain(WHO, str_c(_("Memory ran out.")));
	client_close(&r.gateway);
	buf_done(&r.body);
	buf_done(&r.answer.body);
	arena_free(&r.arena);
	return code;
}
