/* varco consent verify: does a certificate hold? Without a server; tools/ledger_verify.py does it without
 * this program too. */
#include <argp.h>
#include <stdio.h>

#include "apps/cli/verbs.h"
#include "apps/cli/verify.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/certificate_check.h"

#define WHO "varco consent verify"

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
			verb_refuse(state, _("\"%s\" is one word too many."), arg);
		o->path = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->path)
			verb_refuse(state, "%s",
			    _("Name the certificate to verify, or - for standard input."));
		if (!o->key)
			verb_refuse(state, "%s",
			    _("Name the ledger's verifier key with --key FILE: ledger.pub, from where you trust it."));
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
		r = verify_key(o.key, &key, &err);
	if (r == 0)
		r = file_read(o.path, CERTIFICATE_MAX, &text, &err);
	bool bad = false;
	if (r == 0) {
		r = certificate_check(buf_str(&text), &key, a, &report, &err);
		bad = r == err_negative(E_INVALID);
	}
	int code = r == 0 ? tell(&o, &report)
	    : bad         ? verify_complain(WHO, o.json, &err)
			  : verb_exit(r);
	if (r < 0 && !bad)
		verb_complain(WHO, str_c(err.text));
	buf_done(&text);
	arena_free(&a);
	return code;
}
