/* varco consent verify: does a certificate hold? Without a server; tools/ledger_verify.py does it without
 * this program too. */
#include <argp.h>
#include <stdio.h>

#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/certificate_check.h"

#define WHO "varco consent verify"
#define KEY_MAX 4096

enum {
	KEY_JSON = 'j',
	KEY_KEY = 'k',
};

struct options {
	const char *path, *key;
	bool json;
};

static const struct argp_option options_table[] = {
	{ "key", KEY_KEY, N_("FILE"), 0,
	    N_("The ledger's verifier key, ledger.pub, from where you trust it"), 0 },
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case KEY_JSON:
		o->json = true;
		return 0;
	case KEY_KEY:
		o->key = arg;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			argp_error(state, _("\"%s\" is one word too many."), arg);
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path || !o->key)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp certificate_verify_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("FILE"),
	.doc = N_(
	    "Check a certificate of consent in JSON: every entry gives its commitment, each path leads to "
	    "the root that the key signed, all are about one person. - is standard input. Exit code 8: it "
	    "does not hold."),
};

static int read_key(const char *path, struct note_verifier *ret, struct err *err)
{
	struct buf line;

	buf_init(&line, 0);
	int r = file_read(path, KEY_MAX, &line, err);
	if (r == 0)
		r = note_verifier_read(buf_str(&line), ret, err);
	buf_done(&line);
	return r;
}

static int tell(const struct options *o, const struct certificate_report *report)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	if (o->json) {
		jw_object(&w);
		jw_member_bool(&w, "ok", true);
		jw_member_int(&w, "acts", (int64_t)report->acts);
		jw_member_int(&w, "messages", (int64_t)report->messages);
		jw_member_int(&w, "covered", (int64_t)report->covered);
		jw_member_int(&w, "checkpoint", (int64_t)report->checkpoint);
		jw_object_end(&w);
	} else {
		buf_addf(&out,
		    _("The certificate holds: %zu acts and %zu messages, %zu of them under the checkpoint of %llu entries."),
		    report->acts, report->messages, report->covered,
		    (unsigned long long)report->checkpoint);
	}
	buf_add_char(&out, '\n');
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

/* It does not hold, and why. */
static int complain(const struct options *o, const struct err *err)
{
	struct json_writer w;
	struct buf out;

	verb_complain(WHO, str_c(err->text));
	if (!o->json)
		return EXIT_NOT_VERIFIED;
	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_bool(&w, "ok", false);
	jw_member_c(&w, "message", err->text);
	jw_object_end(&w);
	buf_add_char(&out, '\n');
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code == EXIT_OK ? EXIT_NOT_VERIFIED : code;
}

int verb_certificate_verify(int argc, char **argv)
{
	struct options o = { .path = NULL };
	struct certificate_report report;
	struct note_verifier key;
	struct err err = { .code = 0 };
	struct buf text;

	verb_parse(&certificate_verify_argp, argc, argv, &o);
	struct arena *a = arena_new(0, 0);
	buf_init(&text, 0);
	int r = a ? crypto_init(&err) : err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (r == 0)
		r = read_key(o.key, &key, &err);
	if (r == 0)
		r = file_read(o.path, CERTIFICATE_MAX, &text, &err);
	bool read = r == 0;
	if (read)
		r = certificate_check(buf_str(&text), &key, a, &report, &err);
	int code = r == 0                          ? tell(&o, &report)
	    : read && r == err_negative(E_INVALID) ? complain(&o, &err)
						   : EXIT_FAILED;
	if (code == EXIT_FAILED && r < 0)
		verb_complain(WHO, str_c(err.text));
	buf_done(&text);
	arena_free(&a);
	return code;
}
