/* varco incident dossier: the one file that goes with a request for review. */
#include <argp.h>
#include <stdio.h>
#include <string.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"

#define WHO "varco incident dossier"
#define FILE_MODE 0600 /* it may tell of people */

enum {
	KEY_JSON = 'j',
	KEY_OUT = 'o',
	KEY_PERSONAL = 256,
	KEY_SEED,
	KEY_BY,
};

struct options {
	struct client_options client;
	const char *id, *out, *personal, *seed, *by;
	bool json;
};

static const struct argp_option options_table[] = {
	{ "out", KEY_OUT, N_("FILE.zip"), 0, N_("Where it is put"), 0 },
	{ "personal-data", KEY_PERSONAL, "yes|no", 0,
	    N_("yes: with whole telephone numbers and the list of all people, which is on record"),
	    0 },
	{ "seed", KEY_SEED, N_("HEX"), 0,
	    N_("32 hexadecimal digits that the sample is drawn with; drawn by lot once, and kept, unless told otherwise"),
	    0 },
	{ "by", KEY_BY, N_("NAME"), 0, N_("Who makes it"), 0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct {
		int key;
		const char **to;
	} const words[] = {
		{ KEY_OUT, &o->out },
		{ KEY_PERSONAL, &o->personal },
		{ KEY_SEED, &o->seed },
		{ KEY_BY, &o->by },
	};

	if (client_word(&o->client, key, arg))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (words[i].key == key) {
			*words[i].to = arg;
			return 0;
		}
	}
	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->id)
			verb_refuse(state, _("\"%s\" is one word too many."), arg);
		o->id = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->id || !o->out)
			verb_misuse(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dossier_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("ID"),
	.doc = N_(
	    "One file with what happened, what stood around it, the cause by your own analysis, the evidence of "
	    "consent for a random sample, what was done since, and the texts to send, in English and Italian, "
	    "with proofs. varco dossier-verify checks it, and so does the program that lies in it."),
};

/* The id goes into an address: letters, digits and _ alone. */
static bool is_plain(const char *id)
{
	for (; *id; id++) {
		if (!((*id >= 'a' && *id <= 'z') || (*id >= '0' && *id <= '9') || *id == '_'))
			return false;
	}
	return true;
}

static int ask(struct client *client, const struct options *o, struct buf *body,
    struct client_answer *answer, struct err *err)
{
	char target[128];
	struct client_call call = { .method = "POST" };
	struct json_writer w;

	if (!is_plain(o->id) || strlen(o->id) > 64)
		return err_set(err, E_INVALID, "%s", _("There is no such incident."));
	(void)snprintf(target, sizeof(target), "/api/v1/incidents/%s/dossier", o->id);
	call.target = str_c(target);
	jw_init(&w, body);
	jw_object(&w);
	if (o->personal)
		jw_member_c(&w, "personal_data", o->personal);
	if (o->seed)
		jw_member_c(&w, "seed", o->seed);
	if (o->by)
		jw_member_c(&w, "by", o->by);
	jw_object_end(&w);
	if (body->failed)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	call.body = buf_str(body);
	return client_call(client, &call, answer, err);
}

static int tell_problem(const struct client_answer *answer)
{
	struct arena *a = arena_new(0, 0);
	const struct json *problem = NULL;
	struct str detail = STR_NONE;

	if (a && json_read(a, buf_str(&answer->body), &problem, NULL) == 0)
		detail = json_str(json_get(problem, "detail"));
	if (detail.p)
		verb_complain(WHO, detail);
	else
		verb_complainf(WHO, _("The server answered with status %d."), answer->status);
	arena_free(&a);
	return client_exit_status(answer->status);
}

static int tell(const struct options *o, size_t bytes)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	if (o->json) {
		jw_object(&w);
		jw_member_c(&w, "out", o->out);
		jw_member_int(&w, "bytes", (int64_t)bytes);
		jw_object_end(&w);
	} else {
		buf_addf(&out, _("The dossier is in %s. Check it with: varco dossier-verify %s"),
		    o->out, o->out);
	}
	buf_add_char(&out, '\n');
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

static int make(struct client *client, const struct options *o)
{
	struct client_answer answer = { .status = 0 };
	struct err err = { .code = 0 };
	struct buf body;
	int code = EXIT_FAILED;

	buf_init(&body, 0);
	buf_init(&answer.body, 0);
	int r = ask(client, o, &body, &answer, &err);
	if (r == 0 && answer.status == 200)
		r = file_write_atomic(o->out, buf_str(&answer.body), FILE_MODE, &err);
	if (r < 0) {
		verb_complain(WHO, str_c(err.text));
		code = client_exit_error(err.code);
	} else {
		code = answer.status == 200 ? tell(o, answer.body.len) : tell_problem(&answer);
	}
	buf_done(&answer.body);
	buf_done(&body);
	return code;
}

int verb_dossier(int argc, char **argv)
{
	struct options o = { .id = NULL };
	struct client *client = NULL;
	struct err err = { .code = 0 };
	int code;

	verb_parse(&dossier_argp, argc, argv, &o);
	client_catch_interrupt();
	if (client_open(&o.client, &client, &err) == 0) {
		code = make(client, &o);
	} else {
		verb_complain(WHO, str_c(err.text));
		code = client_exit_error(err.code);
	}
	client_close(&client);
	return code;
}
