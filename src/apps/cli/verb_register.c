/* varco integration export: the register as one document, in a file or on standard output. */
#include <argp.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/arena.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"

#define WHO "varco integration export"
#define FILE_MODE 0600 /* it names people, and places of credentials */

enum {
	KEY_JSON = 'j',
	KEY_OUT = 'o',
	KEY_FORMAT = 'f',
	KEY_LANG = 'l',
};

static const char *const formats[] = { "json", "html", "pdf", "csv" };

struct options {
	struct client_options client;
	const char *format, *out;
	enum lang lang;
};

static const struct argp_option options_table[] = {
	{ "format", KEY_FORMAT, "json|html|pdf|csv", 0,
	    N_("Form of it; json unless told otherwise"), 0 },
	{ "lang", KEY_LANG, "it|en", 0,
	    N_("Language of html and pdf; that of the terminal unless told otherwise"), 0 },
	{ "out", KEY_OUT, N_("FILE"), 0, N_("Where it is put, instead of on standard output"), 0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("The same as --format json"), 0 },
	{ 0 },
};

static bool parse_format(const char *word, const char **ret)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i], word) != 0)
			continue;
		*ret = formats[i];
		return true;
	}
	return false;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (client_word(&o->client, key, arg))
		return 0;
	switch (key) {
	case KEY_JSON:
		o->format = formats[0];
		return 0;
	case KEY_FORMAT:
		if (!parse_format(arg, &o->format))
			verb_refuse(state, "%s", _("--format is json, html, pdf or csv."));
		return 0;
	case KEY_LANG:
		if (!verb_lang(arg, &o->lang))
			verb_refuse(state, "%s", _("--lang is it or en."));
		return 0;
	case KEY_OUT:
		o->out = arg;
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp register_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "The documentation of the integrations: every entry of the register with owner, purpose, data, "
	    "numbers, the places of credentials, evidence, approvals and states, what scans covered, and the "
	    "checkpoint of the ledger behind it. Nothing in it is a credential."),
};

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

static int put(const struct options *o, const struct client_answer *answer)
{
	struct err err = { .code = 0 };

	if (!o->out || strcmp(o->out, "-") == 0)
		return verb_print(WHO, &answer->body);
	if (file_write_atomic(o->out, buf_str(&answer->body), FILE_MODE, &err) == 0)
		return EXIT_OK;
	verb_complain(WHO, str_c(err.text));
	return EXIT_FAILED;
}

static int export(
    const struct options *o, struct client *client, struct client_answer *answer, struct err *err)
{
	struct client_call call = { .method = "GET" };
	struct buf target;

	buf_init(&target, 0);
	buf_addf(&target, "/api/v1/integrations/export?format=%s&lang=%s", o->format,
	    lang_code(o->lang));
	call.target = buf_str(&target);
	int rc = target.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			       : client_call(client, &call, answer, err);
	buf_done(&target);
	return rc;
}

int verb_register(int argc, char **argv)
{
	struct options o = { .lang = lang_process(), .format = formats[0] };
	struct client_answer answer = { .status = 0 };
	struct client *client = NULL;
	struct err err = { .code = 0 };
	int code;

	verb_parse(&register_argp, argc, argv, &o);
	if (!o.out && strcmp(o.format, "pdf") == 0 && isatty(STDOUT_FILENO)) {
		verb_complain(
		    WHO, str_c(_("A PDF is nothing for a terminal; name a file with --out.")));
		return EXIT_USAGE;
	}
	client_catch_interrupt();
	buf_init(&answer.body, 0);
	int rc = client_open(&o.client, &client, &err);
	if (rc == 0)
		rc = export(&o, client, &answer, &err);
	if (rc < 0) {
		verb_complain(WHO, str_c(err.text));
		code = client_exit_error(err.code);
	} else {
		code = answer.status == 200 ? put(&o, &answer) : tell_problem(&answer);
	}
	client_close(&client);
	buf_done(&answer.body);
	return code;
}
