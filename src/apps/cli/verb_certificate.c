/* varco consent certificate: what is on record of a person's consent, as a directory with all three
 * forms, or one of them. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"

#define WHO "varco consent certificate"
#define PATH_MAX_LEN 4096
#define FILE_MODE 0600 /* it tells of a person */

enum {
	KEY_JSON = 'j',
	KEY_OUTPUT = 'o',
	KEY_PHONE = 256,
	KEY_BSUID,
	KEY_LANG,
	KEY_FORMAT,
	KEY_OUT,
	KEY_UNMASKED,
};

static const char *const formats[] = { "json", "html", "pdf" };

struct options {
	struct client_options client;
	const char *phone, *bsuid, *format, *output, *out;
	enum lang lang;
	bool json, unmasked;
};

struct run {
	const struct options *options;
	struct client *client;
	struct client_answer answer;
	struct buf body;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "phone", KEY_PHONE, N_("NUMBER"), 0, N_("Telephone number of the person"), 0 },
	{ "bsuid", KEY_BSUID, "ID", 0,
	    N_("Business-scoped user id of the person, instead of the number"), 0 },
	{ "out", KEY_OUT, N_("DIRECTORY"), 0,
	    N_("Where certificate.html, certificate.pdf and certificate.json are put; it is made when it is not there"),
	    0 },
	{ "format", KEY_FORMAT, "json|html|pdf", 0,
	    N_("Only this form; json unless told otherwise"), 0 },
	{ "output", KEY_OUTPUT, N_("FILE"), 0, N_("Where it is put, instead of on standard output"),
	    0 },
	{ "lang", KEY_LANG, "it|en", 0,
	    N_("Language of html and pdf; that of the terminal unless told otherwise"), 0 },
	{ "unmasked", KEY_UNMASKED, NULL, 0,
	    N_("Show the whole telephone number; that it was shown is recorded"), 0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static bool is_format(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i], word) == 0)
			return true;
	}
	return false;
}

static void check_words(const struct options *o, struct argp_state *state)
{
	if (!o->phone && !o->bsuid)
		verb_refuse(state, "%s", _("Say whose: --phone or --bsuid."));
	if (o->format && !is_format(o->format))
		verb_refuse(state, "%s", _("--format is json, html or pdf."));
	if (o->out && (o->format || o->output))
		verb_refuse(state, "%s",
		    _("--out makes all three forms; --format and --output are for one."));
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;
	struct {
		int key;
		const char **to;
	} const words[] = {
		{ KEY_PHONE, &o->phone },
		{ KEY_BSUID, &o->bsuid },
		{ KEY_FORMAT, &o->format },
		{ KEY_OUTPUT, &o->output },
		{ KEY_OUT, &o->out },
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
	case KEY_UNMASKED:
		o->unmasked = true;
		return 0;
	case KEY_LANG:
		if (!verb_lang(arg, &o->lang))
			verb_refuse(state, "%s", _("--lang is it or en."));
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	case ARGP_KEY_END:
		check_words(o, state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp certificate_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "What is on record of a person's consent: what was agreed, when, how and in which words, what "
	    "changed, and every message that was decided about, with entries and proofs of the ledger. "
	    "tools/ledger_verify.py checks the JSON without Varco. The files hold personal data."),
};

/* --- one form --------------------------------------------------------------------------------- */

static int ask(struct run *r, const char *format, struct err *err)
{
	const struct options *o = r->options;
	struct client_call call = { .method = "POST",
		.target = STR("/api/v1/consents/certificate") };
	struct json_writer w;

	buf_reset(&r->body);
	buf_reset(&r->answer.body);
	jw_init(&w, &r->body);
	jw_object(&w);
	if (o->phone)
		jw_member_c(&w, "phone", o->phone);
	if (o->bsuid)
		jw_member_c(&w, "bsuid", o->bsuid);
	jw_member_c(&w, "format", format);
	jw_member_c(&w, "lang", lang_code(o->lang));
	if (o->unmasked)
		jw_member_bool(&w, "unmasked", true);
	jw_object_end(&w);
	if (r->body.failed)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	call.body = buf_str(&r->body);
	return client_call(r->client, &call, &r->answer, err);
}

static int tell_problem(const struct run *r)
{
	struct arena *a = arena_new(0, 0);
	const struct json *problem = NULL;
	struct str detail = STR_NONE;

	if (a && json_read(a, buf_str(&r->answer.body), &problem, NULL) == 0)
		detail = json_str(json_get(problem, "detail"));
	if (detail.p)
		verb_complain(WHO, detail);
	else
		verb_complainf(WHO, _("The server answered with status %d."), r->answer.status);
	arena_free(&a);
	return client_exit_status(r->answer.status);
}

/* To a file, or, for path NULL, to standard output. An exit code. */
static int put(struct run *r, const char *format, const char *path)
{
	struct err err = { .code = 0 };
	int rc = ask(r, format, &err);

	if (rc < 0) {
		verb_complain(WHO, str_c(err.text));
		return client_exit_error(err.code);
	}
	if (r->answer.status != 200)
		return tell_problem(r);
	if (!path)
		return verb_print(WHO, &r->answer.body);
	rc = file_write_atomic(path, buf_str(&r->answer.body), FILE_MODE, &err);
	if (rc == 0)
		return EXIT_OK;
	verb_complain(WHO, str_c(err.text));
	return EXIT_FAILED;
}

/* --- all three -------------------------------------------------------------------------------- */

static int put_all(struct run *r)
{
	const struct options *o = r->options;
	char path[PATH_MAX_LEN];
	struct err err = { .code = 0 };
	int code = EXIT_OK;

	if (dir_ensure(o->out, &err) < 0) {
		verb_complain(WHO, str_c(err.text));
		return EXIT_FAILED;
	}
	for (size_t i = 0; code == EXIT_OK && i < ARRAY_LEN(formats); i++) {
		int n = snprintf(path, sizeof(path), "%s/certificate.%s", o->out, formats[i]);
		if (n < 0 || (size_t)n >= sizeof(path)) {
			verb_complain(WHO, str_c(_("The name of the directory is too long.")));
			return EXIT_USAGE;
		}
		code = put(r, formats[i], path);
	}
	return code;
}

static int tell(const struct options *o)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	if (o->json) {
		jw_object(&w);
		jw_member_c(&w, "out", o->out);
		jw_key(&w, "files");
		jw_array(&w);
		for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
			char name[32];
			(void)snprintf(name, sizeof(name), "certificate.%s", formats[i]);
			jw_c(&w, name);
		}
		jw_array_end(&w);
		jw_object_end(&w);
	} else {
		buf_addf(&out,
		    _("certificate.json, certificate.html and certificate.pdf are in %s."), o->out);
	}
	buf_add_char(&out, '\n');
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

/* --- the verb --------------------------------------------------------------------------------- */

static int certify(struct run *r)
{
	const struct options *o = r->options;
	const char *format = o->format ? o->format : "json";

	if (o->out) {
		int code = put_all(r);
		return code == EXIT_OK ? tell(o) : code;
	}
	if (!o->output && strcmp(format, "pdf") == 0 && isatty(STDOUT_FILENO)) {
		verb_complain(
		    WHO, str_c(_("A PDF is nothing for a terminal; name a file with --output.")));
		return EXIT_USAGE;
	}
	return put(r, format, o->output && strcmp(o->output, "-") != 0 ? o->output : NULL);
}

int verb_certificate(int argc, char **argv)
{
	struct options o = { .lang = lang_process() };
	struct run r = { .options = &o };
	struct err err = { .code = 0 };
	int code;

	verb_parse(&certificate_argp, argc, argv, &o);
	client_catch_interrupt();
	buf_init(&r.answer.body, 0);
	buf_init(&r.body, 0);
	if (client_open(&o.client, &r.client, &err) == 0) {
		code = certify(&r);
	} else {
		verb_complain(WHO, str_c(err.text));
		code = client_exit_error(err.code);
	}
	client_close(&r.client);
	buf_done(&r.body);
	buf_done(&r.answer.body);
	return code;
}
