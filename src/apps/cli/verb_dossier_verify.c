/* varco dossier-verify: does a dossier hold? Without a server; tools/ledger_verify.py, which lies in each
 * dossier, does it without this program too. */
#include <argp.h>
#include <stdio.h>

#include "apps/cli/verbs.h"
#include "apps/cli/verify.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/dossier_check.h"

#define WHO "varco dossier-verify"

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
	    N_("The ledger's verifier key, ledger.pub, from where you trust it; else the one in the dossier, which then only shows that all its parts belong together"),
	    0 },
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
			verb_misuse(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp dossier_verify_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("FILE.zip"),
	.doc = N_(
	    "Check a dossier: the archive has its one form, every file is what the signed manifest says, each "
	    "entry of the ledger gives its commitment, each path leads to the root that the key signed, and what "
	    "is told of entries is theirs. Exit code 8: it does not hold, and the first part that does not is "
	    "named."),
};

static void write_report(const struct dossier_report *x, struct json_writer *w)
{
	jw_object(w);
	jw_member_bool(w, "ok", true);
	jw_member_c(w, "incident", x->incident);
	jw_member_time(w, "made_at", x->made_at);
	jw_member_int(w, "files", (int64_t)x->files);
	jw_member_int(w, "entries", (int64_t)x->entries);
	jw_member_int(w, "covered", (int64_t)x->covered);
	jw_member_int(w, "sample", (int64_t)x->sample);
	jw_member_int(w, "checkpoint", (int64_t)x->checkpoint);
	jw_member_c(w, "key", x->key);
	jw_object_end(w);
}

static int tell(const struct options *o, const struct dossier_report *x)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	if (o->json) {
		write_report(x, &w);
		buf_add_char(&out, '\n');
	} else {
		buf_addf(&out,
		    _("The dossier of %s holds: %zu files, %zu entries of the ledger, %zu of them under the checkpoint of %llu."),
		    x->incident, x->files, x->entries, x->covered,
		    (unsigned long long)x->checkpoint);
		buf_add_char(&out, '\n');
		if (!o->key)
			buf_addf(
			    &out, _("The key was taken from the dossier itself: %s\n"), x->key);
	}
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

/* A file that is too large to be one is none. */
static int read_dossier(const char *path, struct buf *ret, bool *ret_bad, struct err *err)
{
	int r = file_read(path, PARCEL_MAX, ret, err);

	*ret_bad = r == err_negative(E_TOO_LARGE);
	return r;
}

int verb_dossier_verify(int argc, char **argv)
{
	struct options o = { .path = NULL };
	struct dossier_report report;
	struct note_verifier key;
	struct err err = { .code = 0 };
	struct buf bytes;
	bool bad = false;

	verb_parse(&dossier_verify_argp, argc, argv, &o);
	struct arena *a = arena_new(0, 0);
	buf_init(&bytes, 0);
	int r = a ? crypto_init(&err) : err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (r == 0 && o.key)
		r = verify_key(o.key, &key, &err);
	if (r == 0)
		r = read_dossier(o.path, &bytes, &bad, &err);
	if (r == 0) {
		r = dossier_check(buf_str(&bytes), o.key ? &key : NULL, a, &report, &err);
		bad = r == err_negative(E_INVALID);
	}
	int code = r == 0 ? tell(&o, &report)
	    : bad         ? verify_complain(WHO, o.json, &err)
			  : verb_exit(r);
	if (r < 0 && !bad)
		verb_complain(WHO, str_c(err.text));
	buf_done(&bytes);
	arena_free(&a);
	return code;
}
