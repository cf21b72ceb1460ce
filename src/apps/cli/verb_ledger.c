/* varco ledger verify: the ledger held against itself and against checkpoints that somebody kept, without a server. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/verbs.h"
#include "apps/cli/verify.h"
#include "apps/gateway/gateway.h"
#include "base/check.h"
#include "base/file.h"
#include "base/json.h"
#include "domain/keyring.h"
#include "domain/ledger_check.h"

#define WHO "varco ledger verify"
#define POINTS_MAX 64

enum {
	KEY_JSON = 'j',
	KEY_STATE_DIR = 'd',
	KEY_STORE = 's',
	KEY_POINT = 'c',
	KEY_KEY = 'k',
};

struct options {
	bool json;
	const char *state_dir, *store, *key;
	const char *points[POINTS_MAX];
	size_t points_len;
};

struct verify {
	const struct options *options;
	struct arena *arena;
	struct store *store;
	struct store_conn *conn;
	struct note_verifier verifier;
	struct keyring keyring;
	struct note_point given[POINTS_MAX];
	struct ledger_report report;
	mono_ns began, took;
	int percent; /* on the terminal; -1 = nothing is there */
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "state-dir", KEY_STATE_DIR, N_("DIR"), 0,
	    N_("The state directory; by default the one that the gateway takes"), 0 },
	{ "store", KEY_STORE, "URL", 0, N_("The store; by default varco.db in the state directory"),
	    0 },
	{ "checkpoint", KEY_POINT, N_("FILE"), 0,
	    N_("A checkpoint that was kept elsewhere; may be repeated"), 0 },
	{ "key", KEY_KEY, N_("FILE"), 0,
	    N_("The verifier key; by default ledger.pub in the state directory"), 0 },
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
	case KEY_KEY:
		o->key = arg;
		return 0;
	case KEY_POINT:
		if (o->points_len == POINTS_MAX)
			verb_refuse(state, _("More than %d checkpoints are given."), POINTS_MAX);
		else
			o->points[o->points_len++] = arg;
		return 0;
	case ARGP_KEY_ARG:
		verb_refuse(state, _("\"%s\" is one word too many."), arg);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp ledger_verify_argp = {
	.options = options_table,
	.parser = parse_option,
	.doc = N_(
	    "Read the whole ledger again: entries, the records that they commit to, the tree and every "
	    "checkpoint. The first thing that is wrong is named; then the exit code is 8. A checkpoint "
	    "that was kept elsewhere shows as well that nothing was rolled back. No server is needed, "
	    "and one that runs is not disturbed."),
};

/* --- opening ---------------------------------------------------------------------------------- */

/* As for the gateway, unless the options say where. */
static int settle_from_config(struct verify *v, struct options *o, struct err *err)
{
	struct gateway_config config;
	int r = gateway_config_load(NULL, v->arena, &config, err);

	if (r < 0)
		return r;
	o->state_dir = config.state_dir;
	if (!o->store)
		o->store = config.store_url;
	return 0;
}

static int settle(struct verify *v, struct options *o, struct err *err)
{
	bool told = o->state_dir || (o->store && o->key);
	int r = told ? 0 : settle_from_config(v, o, err);

	if (r < 0)
		return r;
	if (!o->store)
		o->store = arena_printf(v->arena, "sqlite:%s/varco.db", o->state_dir).p;
	if (!o->key)
		o->key = arena_printf(v->arena, "%s/ledger.pub", o->state_dir).p;
	return o->store && o->key ? 0 : err_set(err, E_NOMEM, "%s", _("Memory ran out."));
}

/* Opening would make one. */
static int look_for_store(const char *url, struct err *err)
{
	static const char kind[] = "sqlite:";

	if (strncmp(url, kind, strlen(kind)) == 0 && access(url + strlen(kind), R_OK) < 0)
		return err_set(err, E_IO, _("The store %s cannot be read: %s."), url + strlen(kind),
		    strerror(errno));
	return 0;
}

static int read_point(struct verify *v, size_t i, struct err *err)
{
	const char *path = v->options->points[i];
	struct buf text;

	buf_init(&text, 0);
	int r = file_read(path, NOTE_MAX, &text, err);
	struct str kept = r == 0 ? arena_str(v->arena, buf_str(&text)) : STR_NONE;
	if (r == 0 && (!kept.p || note_read(kept, &v->given[i], NULL) < 0))
		r = err_set(err, E_INVALID, _("%s is no checkpoint of a ledger."), path);
	buf_done(&text);
	return r;
}

/* What acts of consent say in words is sealed. Without the key the rest is checked, up to the first of them. */
static int read_people_key(struct verify *v, const struct options *o, struct err *err)
{
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	struct str path = arena_printf(
	    v->arena, "%s/varco.key", credentials ? credentials : o->state_dir);
	int r = path.p ? seal_key_load(path.p, false, &v->keyring.people, err)
		       : err_set(err, E_NOMEM, "%s", _("Memory ran out."));

	if (r == -E_NOT_FOUND && credentials) {
		path = arena_printf(v->arena, "%s/varco.key", o->state_dir);
		r = path.p ? seal_key_load(path.p, false, &v->keyring.people, err) : r;
	}
	if (r == 0)
		store_set_keys(v->store, &v->keyring);
	return r == -E_NOT_FOUND ? 0 : r;
}

static int open_all(struct verify *v, struct options *o, struct err *err)
{
	int r = crypto_init(err);

	if (r == 0)
		r = settle(v, o, err);
	if (r == 0)
		r = look_for_store(o->store, err);
	if (r == 0)
		r = verify_key(o->key, &v->verifier, err);
	for (size_t i = 0; r == 0 && i < o->points_len; i++)
		r = read_point(v, i, err);
	if (r == 0)
		r = store_open_reading(o->store, &v->store, err);
	if (r == 0)
		r = read_people_key(v, o, err);
	if (r == 0)
		r = store_connect(v->store, STORE_READ, &v->conn, err);
	return r;
}

/* --- telling ---------------------------------------------------------------------------------- */

static void on_progress(void *arg, int64_t done, int64_t all)
{
	const char *term = getenv("TERM"), *spoken = getenv("VARCO_A11Y");
	struct verify *v = arg;
	int percent = all > 0 ? (int)(done * 100 / all) : 100;

	if (percent == v->percent || !isatty(STDERR_FILENO) || !term || strcmp(term, "dumb") == 0 ||
	    (spoken && *spoken))
		return;
	v->percent = percent;
	fprintf(stderr, "\r%s %3d %%", _("Checking"), percent);
	fflush(stderr);
}

static void end_progress(struct verify *v)
{
	if (v->percent >= 0)
		fputs("\r\033[K", stderr);
	v->percent = -1;
}

static void write_finding(const struct ledger_finding *f, struct json_writer *w)
{
	struct buf text;

	buf_init(&text, 0);
	ledger_finding_write(f, &text);
	jw_object(w);
	jw_member_c(w, "fault", ledger_fault_name(f->fault));
	jw_member_int(w, "entry", f->seq);
	jw_member_int(w, "until", f->until);
	jw_member_c(w, "record", f->record[0] ? f->record : NULL);
	jw_member_str(w, "message", buf_str(&text));
	jw_object_end(w);
	buf_done(&text);
}

static void write_json(const struct verify *v, struct buf *out)
{
	const struct ledger_report *r = &v->report;
	bool sound = r->finding.fault == LEDGER_SOUND;
	char root[2 * SHA256_LEN + 1];
	struct json_writer w;

	hex_encode(r->root.b, SHA256_LEN, root);
	jw_init(&w, out);
	jw_object(&w);
	jw_member_bool(&w, "ok", sound);
	jw_member_c(&w, "ledger", v->verifier.name);
	jw_member_int(&w, "entries", r->entries);
	jw_member_int(&w, "covered", r->covered);
	jw_member_int(&w, "checkpoints", r->checkpoints);
	jw_member_int(&w, "given", r->given);
	jw_member_c(&w, "root", sound ? root : NULL);
	jw_member_int(&w, "took_ms", v->took / 1000000);
	jw_key(&w, "finding");
	if (sound)
		jw_null(&w);
	else
		write_finding(&r->finding, &w);
	jw_object_end(&w);
	buf_add_char(out, '\n');
}

static void write_text(const struct verify *v, struct buf *out)
{
	const struct ledger_report *r = &v->report;
	char root[2 * SHA256_LEN + 1];

	if (r->finding.fault != LEDGER_SOUND) {
		ledger_finding_write(&r->finding, out);
		buf_add_char(out, '\n');
		return;
	}
	hex_encode(r->root.b, SHA256_LEN, root);
	buf_addf(
	    out, _("The ledger is sound: %lld entries, root %s."), (long long)r->entries, root);
	buf_add_char(out, '\n');
	buf_addf(out,
	    _("Checkpoints that hold: %lld of its own, %lld given; the newest signs %lld entries."),
	    (long long)r->checkpoints, (long long)r->given, (long long)r->covered);
	buf_add_char(out, '\n');
}

static int tell(const struct verify *v)
{
	struct buf out;

	buf_init(&out, 0);
	(v->options->json ? write_json : write_text)(v, &out);
	int code = verb_print(WHO, &out);
	buf_done(&out);
	if (code != EXIT_OK)
		return code;
	return v->report.finding.fault == LEDGER_SOUND ? EXIT_OK : EXIT_NOT_VERIFIED;
}

/* --- the verb --------------------------------------------------------------------------------- */

static int verify(struct verify *v, struct err *err)
{
	const struct ledger_check in = {
		.conn = v->conn,
		.verifier = &v->verifier,
		.given = v->given,
		.given_len = v->options->points_len,
		.on_progress = on_progress,
		.arg = v,
	};

	v->began = clock_mono();
	int r = ledger_check(&in, &v->report, err);
	v->took = clock_mono() - v->began;
	end_progress(v);
	return r;
}

int verb_ledger_verify(int argc, char **argv)
{
	struct options o = { .json = false };
	struct verify v = { .options = &o, .percent = -1 };
	struct err err = { .code = 0 };
	bool opened = false;
	int r;

	verb_parse(&ledger_verify_argp, argc, argv, &o);
	v.arena = arena_new(0, 0);
	r = v.arena ? open_all(&v, &o, &err) : err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (r == 0) {
		opened = true;
		r = verify(&v, &err);
	}
	int code = r == 0 ? tell(&v) : opened && r == -E_STORE ? EXIT_NOT_VERIFIED : EXIT_FAILED;
	if (r < 0)
		verb_complain(WHO, str_c(err.text));
	store_disconnect(&v.conn);
	store_close(&v.store);
	arena_free(&v.arena);
	return code;
}
