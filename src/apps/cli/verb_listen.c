/* varco listen: what an app would be told by webhook is asked of the gateway, again and again, and posted to an address of
 * this machine as the gateway would post it. For developers: nothing is tried again, and what comes while nobody
 * listens is not kept for them. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "flow/target.h"
#include "transport/webhook.h"

#define WHO "varco listen"
#define ASK_EVERY_MS 400
#define POST_TIMEOUT_MS 10000
#define SECRET_MAX 512
#define SECRET_BYTES 16
#define HEADER_NAME "X-Hub-Signature-256: "

enum {
	KEY_JSON = 'j',
	KEY_APP = 256,
	KEY_FORWARD,
	KEY_SECRET,
	KEY_EVENTS,
};

struct options {
	struct client_options client;
	const char *app, *forward, *secret_file;
	uint64_t events; /* after which it ends; 0 = never */
	bool json;
};

struct run {
	struct options o;
	struct client *gateway, *program;
	struct str path; /* of the program, from its first slash on */
	struct buf secret;
	struct arena *arena; /* of an answer */
	struct client_answer answer;
	uint64_t next, heard;
	int refused; /* the status that ended it; 0 = none did */
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "app", KEY_APP, N_("NAME"), 0, N_("Id or name of the integration that is listened for"),
	    0 },
	{ "forward", KEY_FORWARD, "URL", 0,
	    N_("Where each event is posted, on this machine; without it they are only shown"), 0 },
	{ "secret-file", KEY_SECRET, N_("FILE"), 0,
	    N_("The secret that signs what is posted; without it one is made up and shown"), 0 },
	{ "events", KEY_EVENTS, N_("N"), 0, N_("End after so many events"), 0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static const char **text_option(struct options *o, int key)
{
	switch (key) {
	case KEY_APP:
		return &o->app;
	case KEY_FORWARD:
		return &o->forward;
	case KEY_SECRET:
		return &o->secret_file;
	default:
		return NULL;
	}
}

/* The port behind the host, when there is one: 1 to 65535. */
static bool has_good_port(struct str url)
{
	struct str host = str_sub(url, sizeof("http://") - 1, url.len);
	uint64_t port;

	host = str_cut(&host, '/');
	const char *end = host.len && host.p[0] == '[' ? memchr(host.p, ']', host.len) : NULL;
	struct str rest = end ? str_sub(host, (size_t)(end - host.p), host.len) : host;
	(void)str_cut(&rest, ':');
	return !rest.p || (str_to_u64(rest, &port) == 0 && port > 0 && port <= UINT16_MAX);
}

/* What people write to an app goes nowhere else. */
static void check_end(const struct options *o, struct argp_state *state)
{
	if (!o->app)
		verb_refuse(state, "%s", _("Say with --app for which integration."));
	if (o->forward &&
	    (strncmp(o->forward, "http://", 7) != 0 || !target_is_loopback(str_c(o->forward)) ||
		!has_good_port(str_c(o->forward))))
		verb_refuse(state,
		    _("\"%s\" is no http address of this machine, as in http://localhost:3000/hook."),
		    o->forward);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	const char **text = text_option(o, key);

	if (client_word(&o->client, key, arg))
		return 0;
	if (text) {
		*text = arg;
		return 0;
	}
	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_EVENTS:
		if (str_to_u64(str_c(arg), &o->events) < 0 || o->events == 0)
			verb_refuse_value(state, key, arg);
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	case ARGP_KEY_END:
		check_end(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp listen_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Pass on what an app would be told by webhook (messages to its numbers, statuses of what it sent)"
	    " to an address of this machine, signed in the same way, until it is interrupted. Beside the"
	    " app's own webhook, if it has one. Nothing is tried again."),
};

/* --- the program that it is for --------------------------------------------------------------- */

static int read_secret(struct run *r, struct err *err)
{
	uint8_t bytes[SECRET_BYTES];
	char hex[2 * SECRET_BYTES + 1];

	if (r->o.secret_file) {
		int rc = file_read(r->o.secret_file, SECRET_MAX, &r->secret, err);
		struct str trimmed = str_trim(buf_str(&r->secret));
		if (rc == 0 && trimmed.len == 0)
			rc = err_set(err, E_INVALID, _("\"%s\" is empty."), r->o.secret_file);
		return rc;
	}
	crypto_random(bytes, sizeof(bytes));
	hex_encode(bytes, sizeof(bytes), hex);
	buf_add_c(&r->secret, hex);
	fprintf(stderr, _("%s: signed with the secret %s\n"), WHO, hex);
	return 0;
}

/* The address up to its path, and the path. */
static int open_program(struct run *r, struct err *err)
{
	struct str all = str_c(r->o.forward);
	size_t n = sizeof("http://") - 1;

	while (n < all.len && all.p[n] != '/')
		n++;
	const char *host = arena_c(r->arena, str_sub(all, 0, n));
	const struct client_options o = { .url = host, .anonymous = true, .foreign = true };
	r->path = n < all.len ? str_sub(all, n, all.len) : STR("/");
	if (!host)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	int rc = client_open(&o, &r->program, err);
	return rc < 0 ? rc : read_secret(r, err);
}

/* The program's status; 0 = it did not answer. */
static int pass_on(struct run *r, const struct json *entry)
{
	char header[sizeof(HEADER_NAME) + 72], signature[72];
	struct client_call call = {
		.method = "POST", .target = r->path, .timeout_ms = POST_TIMEOUT_MS, .header = header
	};
	struct client_answer answer = { .status = 0 };
	struct buf body;

	buf_init(&body, 0);
	buf_init(&answer.body, 0);
	buf_add_c(&body, "{\"object\":\"whatsapp_business_account\",\"entry\":[");
	json_print(&body, entry);
	buf_add_c(&body, "]}");
	call.body = buf_str(&body);
	webhook_sign(str_trim(buf_str(&r->secret)), call.body, signature);
	(void)snprintf(header, sizeof(header), HEADER_NAME "%s", signature);
	int rc = body.failed ? -E_NOMEM : client_call(r->program, &call, &answer, NULL);
	buf_done(&answer.body);
	buf_done(&body);
	return rc < 0 ? 0 : answer.status;
}

/* --- events ----------------------------------------------------------------------------------- */

/* "messages text", "messages delivered": nobody's name, number or words. */
static void name_event(const struct json *entry, struct buf *out)
{
	const struct json *change = json_at(json_get(entry, "changes"), 0);
	const struct json *value = json_get(change, "value");
	struct str type = json_str(json_get(json_at(json_get(value, "messages"), 0), "type"));
	struct str status = json_str(json_get(json_at(json_get(value, "statuses"), 0), "status"));

	buf_add(out, json_str(json_get(change, "field")));
	if (type.len || status.len)
		buf_addf(out, " %.*s", STR_ARG(type.len ? type : status));
}

static void write_line(const struct run *r, const struct json *entry, int status, struct buf *out)
{
	struct json_writer w;

	if (r->o.json) {
		jw_init(&w, out);
		jw_object(&w);
		jw_key(&w, "entry");
		jw_value(&w, entry);
		jw_key(&w, "answer");
		if (status)
			jw_int(&w, status);
		else
			jw_null(&w);
		jw_object_end(&w);
	} else {
		name_event(entry, out);
		if (status)
			buf_addf(out, " → %d", status);
		else if (r->program)
			buf_addf(out, " → %s", _("no answer"));
	}
	buf_add_char(out, '\n');
}

static int hear(struct run *r, const struct json *entry)
{
	int status = r->program ? pass_on(r, entry) : 0;
	struct buf out;

	buf_init(&out, 0);
	write_line(r, entry, status, &out);
	int code = verb_print(WHO, &out);
	buf_done(&out);
	r->heard++;
	return code;
}

static bool is_enough(const struct run *r)
{
	return r->o.events && r->heard >= r->o.events;
}

static int hear_page(struct run *r, const struct json *page)
{
	const struct json *entry;
	struct json_iter it;
	int64_t next = 0, lost = 0;
	int code = EXIT_OK;

	json_iter_init(&it, json_get(page, "events"));
	while (code == EXIT_OK && !is_enough(r) && json_iter_next(&it, NULL, &entry))
		code = hear(r, entry);
	if (json_int(json_get(page, "last"), &next) && next > 0)
		r->next = (uint64_t)next;
	if (json_int(json_get(page, "lost"), &lost) && lost > 0)
		verb_complainf(WHO, _("%lld events came faster than they could be passed on."),
		    (long long)lost);
	return code;
}

/* --- asking ----------------------------------------------------------------------------------- */

static int call_gateway(struct run *r, struct err *err)
{
	struct client_call call = { .method = "GET" };
	struct buf target;

	buf_init(&target, 0);
	buf_add_c(&target, "/api/v1/integrations/");
	client_encode(&target, r->o.app);
	buf_addf(&target, "/events?after=%llu", (unsigned long long)r->next);
	call.target = buf_str(&target);
	buf_reset(&r->answer.body);
	int rc = target.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			       : client_call(r->gateway, &call, &r->answer, err);
	buf_done(&target);
	return rc;
}

/* The API's words; whoever stands before it may answer with something other than JSON. */
static int refused(struct run *r, struct err *err)
{
	const struct json *problem = NULL;
	struct str detail = STR_NONE;

	if (json_read(r->arena, buf_str(&r->answer.body), &problem, NULL) == 0)
		detail = json_str(json_get(problem, "detail"));
	r->refused = r->answer.status;
	if (detail.len)
		return err_set(err, E_IO, "%.*s", STR_ARG(detail));
	return err_set(err, E_IO, _("The server answered with status %d."), r->refused);
}

static int ask(struct run *r, const struct json **ret, struct err *err)
{
	int rc = call_gateway(r, err);

	*ret = NULL;
	if (rc < 0)
		return rc;
	if (client_exit_status(r->answer.status) != EXIT_OK)
		return refused(r, err);
	if (json_read(r->arena, buf_str(&r->answer.body), ret, NULL) == 0)
		return 0;
	return err_set(err, E_UNSUPPORTED, "%s", _("The server's answer is no JSON. Is it Varco?"));
}

static void rest(void)
{
	const struct timespec gap = { .tv_nsec = ASK_EVERY_MS * 1000000L };

	(void)nanosleep(&gap, NULL);
}

static int run(struct run *r)
{
	struct err err = { .code = 0 };
	int code = EXIT_OK;
	int rc = r->o.forward ? open_program(r, &err) : 0;
	bool began = false;

	if (rc == 0)
		rc = client_open(&r->o.client, &r->gateway, &err);
	while (rc == 0 && code == EXIT_OK && !is_enough(r)) {
		const struct json *page = NULL;
		rc = ask(r, &page, &err);
		if (rc == 0 && !began)
			fprintf(stderr, _("%s: listening for %s\n"), WHO, r->o.app);
		began = true;
		if (rc == 0)
			code = hear_page(r, page);
		if (rc == 0 && !is_enough(r))
			rest();
		arena_reset(r->arena);
	}
	if (rc == 0)
		return code;
	verb_complain(WHO, str_c(err.text));
	return r->refused ? client_exit_status(r->refused) : client_exit_error(err.code);
}

int verb_listen(int argc, char **argv)
{
	struct run r = { .gateway = NULL };
	int code = EXIT_FAILED;

	verb_parse(&listen_argp, argc, argv, &r.o);
	client_catch_interrupt();
	buf_init(&r.answer.body, 0);
	buf_init(&r.secret, 0);
	r.arena = arena_new(0, 0);
	if (r.arena)
		code = run(&r);
	else
		verb_complain(WHO, str_c(_("Memory ran out.")));
	client_close(&r.program);
	client_close(&r.gateway);
	buf_done(&r.secret);
	buf_done(&r.answer.body);
	arena_free(&r.arena);
	return code;
}
