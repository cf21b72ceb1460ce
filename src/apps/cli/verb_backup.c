/* varco backup restore: a copy of the store is checked and put in the place of the store, without a server. */
#include <argp.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/verbs.h"
#include "apps/gateway/gateway.h"
#include "base/check.h"
#include "base/json.h"
#include "flow/restore.h"

#define WHO "varco backup restore"
#define ROOM_FLOOR ((int64_t)64 << 20)

enum {
	KEY_JSON = 'j',
	KEY_STATE_DIR = 'd',
	KEY_STORE = 's',
	KEY_REPLACE = 'r',
	KEY_DRY = 'n',
};

struct options {
	bool json, replace, dry;
	const char *file, *state_dir, *store;
};

struct restoring {
	const struct options *options;
	struct arena *arena;
	struct restore_options in;
	struct restore_report report;
	bool put;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "state-dir", KEY_STATE_DIR, N_("DIR"), 0,
	    N_("The state directory; by default the one that the gateway takes"), 0 },
	{ "store", KEY_STORE, "URL", 0, N_("The store; by default varco.db in the state directory"),
	    0 },
	{ "replace", KEY_REPLACE, NULL, 0,
	    N_("A store that is there is moved aside; without this nothing is done then"), 0 },
	{ "dry-run", KEY_DRY, NULL, 0,
	    N_("Check the copy and say what would be lost; change nothing"), 0 },
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
	case KEY_STATE_DIR:
		o->state_dir = arg;
		return 0;
	case KEY_STORE:
		o->store = arg;
		return 0;
	case KEY_REPLACE:
		o->replace = true;
		return 0;
	case KEY_DRY:
		o->dry = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->file)
			verb_refuse(state, _("\"%s\" is one word too many."), arg);
		o->file = arg;
		return 0;
	case ARGP_KEY_END:
		if (!o->file)
			verb_refuse(state, "%s",
			    _("Name the copy: its file, or its name in the folder backups."));
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp backup_restore_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("FILE"),
	.doc = N_(
	    "Check a copy of the store whole (pages, schema, ledger, and whether the keys of the state "
	    "directory belong to it) and put it in the place of the store, while no gateway runs on that. "
	    "A store that is there is compared with the copy, and stays beside it under another name. The "
	    "gateway that starts on the copy sends nothing again that may have been sent, and no marketing "
	    "until somebody confirms that the opt-outs since the copy were entered again. Exit code 7: "
	    "a gateway runs, or a store is there; 8: the copy does not hold."),
};

/* --- where ------------------------------------------------------------------------------------ */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
}

static int settle_store(struct restoring *x, const char *url, struct err *err)
{
	static const char kind[] = "sqlite:";

	if (url && strncmp(url, kind, strlen(kind)) != 0)
		return err_field(err, E_UNSUPPORTED, "store.url", "%s",
		    _("A store is named by \"sqlite:\" and the path of its file."));
	x->in.store = url ? url + strlen(kind)
			  : arena_printf(x->arena, "%s/varco.db", x->in.state_dir).p;
	return x->in.store ? 0 : no_memory(err);
}

/* As for the gateway, unless the options say where. A name alone is one of the folder backups. */
static int settle(struct restoring *x, struct err *err)
{
	const struct options *o = x->options;
	const char *url = o->store;
	struct gateway_config config = { 0 };
	int r = o->state_dir ? 0 : gateway_config_load(NULL, x->arena, &config, err);

	if (r < 0)
		return r;
	x->in.state_dir = o->state_dir ? o->state_dir : config.state_dir;
	x->in.room_floor = ROOM_FLOOR;
	r = settle_store(x, url ? url : config.store_url, err);
	if (r < 0)
		return r;
	x->in.file = o->file;
	if (strchr(o->file, '/') || access(o->file, F_OK) == 0)
		return 0;
	x->in.file = arena_printf(x->arena, "%s/backups/%s", x->in.state_dir, o->file).p;
	return x->in.file ? 0 : no_memory(err);
}

/* --- telling ---------------------------------------------------------------------------------- */

static void write_newer(const struct restore_report *r, struct json_writer *w)
{
	jw_object(w);
	jw_member_bool(w, "readable", r->readable);
	jw_member_bool(w, "same_ledger", r->readable && r->same);
	jw_member_int(w, "entries", r->newer);
	jw_member_int(w, "consents", r->newer_of[LEAF_CONSENT]);
	jw_member_int(w, "withdrawals", r->withdrawals);
	jw_member_int(w, "decisions", r->newer_of[LEAF_DECISION]);
	jw_member_int(w, "operator_acts", r->newer_of[LEAF_OPERATOR]);
	jw_member_int(w, "incident_steps", r->newer_of[LEAF_INCIDENT]);
	jw_member_int(w, "erasures", r->newer_of[LEAF_ERASED]);
	jw_member_time(w, "last_at", r->last_at);
	jw_object_end(w);
}

static void write_json(const struct restoring *x, struct buf *out)
{
	const struct restore_report *r = &x->report;
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_bool(&w, "restored", x->put);
	jw_member_c(&w, "file", x->in.file);
	jw_member_c(&w, "store", x->in.store);
	jw_member_time(&w, "copied_at", r->copied_at);
	jw_member_int(&w, "entries", r->entries);
	jw_member_int(&w, "migrations_behind", r->behind);
	jw_key(&w, "newer");
	if (r->there)
		write_newer(r, &w);
	else
		jw_null(&w);
	jw_member_str(&w, "aside",
	    x->put && r->there ? arena_printf(x->arena, "%s%s", x->in.store, r->aside) : STR_NONE);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static void add_line(struct buf *out, const char *text)
{
	buf_add_c(out, text);
	buf_add_char(out, '\n');
}

static void write_lost(const struct restore_report *r, struct buf *out)
{
	char at[TIME_TEXT_MAX] = "";

	if (!r->there)
		return;
	if (!r->readable) {
		add_line(out,
		    _("The store that is there cannot be read: what is newer in it cannot be told."));
		return;
	}
	if (!r->same)
		add_line(out,
		    _("The store that is there has another history than the copy: all of it would be lost."));
	if (r->newer == 0) {
		add_line(
		    out, _("The store that is there has nothing that the copy does not have."));
		return;
	}
	time_format(r->last_at, at);
	buf_addf(out,
	    _("The copy does not have, up to %s: %lld acts of consent (%lld of them withdrawals), %lld decisions, %lld acts of operators, %lld steps of incidents, %lld erasures."),
	    at, (long long)r->newer_of[LEAF_CONSENT], (long long)r->withdrawals,
	    (long long)r->newer_of[LEAF_DECISION], (long long)r->newer_of[LEAF_OPERATOR],
	    (long long)r->newer_of[LEAF_INCIDENT], (long long)r->newer_of[LEAF_ERASED]);
	buf_add_char(out, '\n');
}

static void write_after(const struct restoring *x, struct buf *out)
{
	static const char *const lines[] = {
		N_("What is to be done now:"),
		N_("1. Start the gateway. Marketing waits in it, campaigns are cancelled, and what waited to be sent counts as perhaps sent: nothing goes out again by itself."),
		N_("2. Enter the opt-outs and erasures since the copy again: from the store that was moved aside, the mailbox, the shop, the telephone."),
		N_("3. Do again what people changed since: keys that were revoked, users, pauses, the policy. What was revoked then is in force again."),
		N_("4. Tell the apps: sends since the copy have no record, and idempotency keys since then are gone, so what is repeated with one is sent again."),
		N_("5. Confirm it: varco backup confirm --reason TEXT. Marketing goes on from then on."),
	};

	if (x->report.there)
		buf_addf(out,
		    _("The former store is %s%s now; remove it when nobody needs it any more.\n"),
		    x->in.store, x->report.aside);
	for (size_t i = 0; i < ARRAY_LEN(lines); i++)
		add_line(out, _(lines[i]));
}

static void write_text(const struct restoring *x, struct buf *out)
{
	char at[TIME_TEXT_MAX] = "";

	if (x->report.copied_at != TIME_NONE)
		time_format(x->report.copied_at, at);
	buf_addf(out, _("The copy of %s is sound: %lld entries of the ledger."), at,
	    (long long)x->report.entries);
	buf_add_char(out, '\n');
	if (x->report.behind)
		add_line(out,
		    _("It is of an older version: the gateway brings it up to date at its start. Whether varco.key opens it shows only then."));
	write_lost(&x->report, out);
	if (x->put) {
		buf_addf(out, _("It is the store %s now."), x->in.store);
		buf_add_char(out, '\n');
		write_after(x, out);
	}
}

static int tell(const struct restoring *x)
{
	struct buf out;

	buf_init(&out, 0);
	(x->options->json ? write_json : write_text)(x, &out);
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

/* --- the verb --------------------------------------------------------------------------------- */

static int put(struct restoring *x, struct restore *r, struct err *err)
{
	if (x->options->dry)
		return 0;
	if (x->report.there && !x->options->replace)
		return err_set(err, E_CONFLICT, "%s",
		    _("A store is there already: nothing was changed. With --replace it is moved aside."));
	int rc = restore_put(r, err);
	x->put = rc == 0;
	return rc;
}

static int code_of(int rc)
{
	switch (-rc) {
	case E_BUSY:
	case E_CONFLICT:
		return EXIT_CONFLICT;
	case E_CRYPTO:
	case E_STORE:
	case E_INVALID:
	case E_UNSUPPORTED:
		return EXIT_NOT_VERIFIED;
	default:
		return EXIT_FAILED;
	}
}

static int restore(struct restoring *x, struct err *err)
{
	struct restore *r = NULL;
	int rc = crypto_init(err);

	if (rc == 0)
		rc = settle(x, err);
	if (rc == 0)
		rc = restore_prepare(&x->in, clock_now(), &r, &x->report, err);
	if (rc < 0)
		return rc;
	rc = put(x, r, err);
	restore_close(&r);
	/* What would be lost is said above all where nothing was done. */
	int code = tell(x);
	return rc < 0 || code == EXIT_OK
	    ? rc
	    : err_set(err, E_IO, "%s", _("It was done, but the answer could not be written."));
}

int verb_backup_restore(int argc, char **argv)
{
	struct options o = { .json = false };
	struct restoring x = { .options = &o };
	struct err err = { .code = 0 };

	verb_parse(&backup_restore_argp, argc, argv, &o);
	x.arena = arena_new(0, 0);
	int r = x.arena ? restore(&x, &err) : no_memory(&err);
	if (r < 0)
		verb_complain(WHO, str_c(err.text));
	arena_free(&x.arena);
	return r < 0 ? code_of(r) : EXIT_OK;
}
