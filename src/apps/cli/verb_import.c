/* varco consent import: a table goes to a running server as a stream; the server says at once that it
 * began, and is asked from time to time how far it came. What it rejected is written into a file on
 * demand. */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "apps/cli/answer.h"
#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"

#define WHO "varco consent import"
#define FIRST_LOOK_MS 50
#define LOOK_MS 500
#define LINE_NS 10000000000LL /* between two lines, where there is no terminal */
#define BAR_END 100
#define BAR_FROM (256u << 10) /* smaller uploads are over before one could read of them */
#define STATUS_ACCEPTED 202

enum {
	KEY_JSON = 'j',
	KEY_DRY = 256,
	KEY_NAME,
	KEY_REPORT,
};

struct options {
	struct client_options client;
	const char *path, *name, *report;
	bool dry, json;
};

struct run {
	const struct options *o;
	struct client *client;
	struct arena *arena; /* of a call */
	struct client_answer answer;
	FILE *in, *report;
	int64_t in_len; /* -1 = not known */
	char id[64];    /* of the import; "" = not known */
	bool shown;     /* a line stands on the terminal */
	int percent;    /* of the upload, on the terminal */
	mono_ns began, told;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "dry-run", KEY_DRY, "true|false", OPTION_ARG_OPTIONAL, N_("Only look what would happen."),
	    0 },
	{ "name", KEY_NAME, N_("TEXT"), 0, N_("What to call the import."), 0 },
	{ "report", KEY_REPORT, N_("FILE"), 0,
	    N_("Write every row that is rejected into this file, as CSV: its number, column, value, the "
	       "reason and what to do"),
	    0 },
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print the API's answer as it is"), 0 },
	{ 0 },
};

static void set_dry(struct options *o, const char *arg, struct argp_state *state)
{
	if (arg && strcmp(arg, "true") != 0 && strcmp(arg, "false") != 0)
		verb_refuse(state, _("%s cannot be \"%.60s\": it takes %s."), "--dry-run", arg,
		    "true|false");
	o->dry = !arg || strcmp(arg, "true") == 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (client_word(&o->client, key, arg))
		return 0;
	switch (key) {
	case KEY_DRY:
		set_dry(o, arg, state);
		return 0;
	case KEY_NAME:
		o->name = arg;
		return 0;
	case KEY_REPORT:
		o->report = arg;
		return 0;
	case KEY_JSON:
		o->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (o->path)
			verb_refuse(state, _("\"%s\" is one word too many."), arg);
		o->path = arg;
		return 0;
	case ARGP_KEY_NO_ARGS:
		verb_misuse(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp consent_import_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("FILE"),
	.doc = N_(
	    "Record a table of consents, CSV or .xlsx; - is standard input. Its first row names the columns: "
	    "phone, bsuid, purpose, act, at, evidence, text and source, in any order; further ones are kept. A "
	    "withdrawal that is as new or newer is never overruled. varco import undo takes it back."),
};

/* --- progress --------------------------------------------------------------------------------- */

static void on_sent(void *arg, uint64_t sent, uint64_t all)
{
	struct run *r = arg;
	int percent = (int)(sent * BAR_END / all);

	if (r->o->json || all < BAR_FROM || percent == r->percent || !answer_may_show_progress())
		return;
	r->percent = percent;
	r->shown = true;
	fprintf(stderr, "\r%s %3d %%\033[K",
	    percent < BAR_END ? _("Sending") : _("Looking through the table"), percent);
	fflush(stderr);
}

static void end_line(struct run *r)
{
	if (r->shown)
		fputs("\r\033[K", stderr);
	r->shown = false;
}

/* "450000 of 1000000 rows, 41000 a second, 13 s left" */
static void write_progress(const struct run *r, int64_t rows, int64_t total, struct buf *out)
{
	double seconds = (double)(clock_mono() - r->began) / 1e9;
	double rate = seconds > 0 ? (double)rows / seconds : 0;

	buf_addf(out, _("%lld of %lld rows, %.0f a second, %.0f s left"), (long long)rows,
	    (long long)total, rate, rate > 0 ? (double)(total - rows) / rate : 0.0);
}

static void show_progress(struct run *r, const struct json *import)
{
	int64_t rows = 0, total = 0;
	bool terminal = answer_may_show_progress();
	struct buf out;

	if (r->o->json || !json_int(json_get(import, "rows"), &rows) ||
	    !json_int(json_get(import, "total"), &total) || rows == 0 ||
	    (!terminal && clock_mono() - r->told < LINE_NS))
		return;
	r->told = clock_mono();
	buf_init(&out, 0);
	write_progress(r, rows, total, &out);
	fprintf(stderr, terminal ? "\r%s\033[K" : "%s\n", out.p ? out.p : "");
	fflush(stderr);
	r->shown = terminal;
	buf_done(&out);
}

/* --- calls ------------------------------------------------------------------------------------ */

static int send(struct run *r, struct err *err)
{
	struct client_call call = {
		.method = "POST",
		.upload = r->in,
		.upload_len = r->in_len,
		.type = "application/octet-stream",
		.header = "Prefer: respond-async",
		.on_sent = on_sent,
		.arg = r,
	};
	struct buf target;

	buf_init(&target, 0);
	buf_addf(&target, "/api/v1/consents/import?dry_run=%s", r->o->dry ? "true" : "false");
	if (r->o->name) {
		buf_add_c(&target, "&name=");
		client_encode(&target, r->o->name);
	}
	call.target = buf_str(&target);
	int rc = target.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out."))
			       : client_call(r->client, &call, &r->answer, err);
	buf_done(&target);
	return rc;
}

static int fetch(struct run *r, const char *behind, struct err *err)
{
	struct client_call call = { .method = "GET" };

	arena_reset(r->arena);
	call.target = arena_printf(r->arena, "/api/v1/imports/%s%s", r->id, behind);
	if (!call.target.p)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	buf_reset(&r->answer.body);
	return client_call(r->client, &call, &r->answer, err);
}

/* The answer's import; NULL when it is none. */
static const struct json *read_import(struct run *r)
{
	const struct json *import;

	if (r->answer.status / 100 != 2 ||
	    json_read(r->arena, buf_str(&r->answer.body), &import, NULL) < 0)
		return NULL;
	struct str id = json_str(json_get(import, "id"));
	if (id.p && str_to_c(id, r->id, sizeof(r->id)) < 0)
		return NULL;
	return import;
}

static void wait_ms(long ms)
{
	const struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	(void)nanosleep(&t, NULL);
}

/* Until it has ended, one way or another. */
static int follow(struct run *r, struct err *err)
{
	const struct json *import = read_import(r);
	long ms = FIRST_LOOK_MS;
	int rc = 0;

	r->began = r->told = clock_mono();
	while (rc == 0 && import && str_eq(json_str(json_get(import, "state")), STR("running"))) {
		show_progress(r, import);
		wait_ms(ms);
		ms = ms * 2 < LOOK_MS ? ms * 2 : LOOK_MS;
		rc = fetch(r, "", err);
		import = read_import(r);
	}
	return rc;
}

/* --- the report ------------------------------------------------------------------------------- */

/* Before anything is sent: a file that is there already is somebody's. */
static int open_report(struct run *r, struct err *err)
{
	r->report = r->o->report ? fopen(r->o->report, "wx") : NULL;
	if (r->report || !r->o->report)
		return 0;
	return err_set(
	    err, E_NOT_FOUND, _("%s cannot be made: %s."), r->o->report, strerror(errno));
}

/* r->answer stays the import's. */
static int write_report(struct run *r, struct err *err)
{
	struct client_answer report = { .sink = r->report };
	struct client_call call = { .method = "GET",
		.target = arena_printf(r->arena, "/api/v1/imports/%s/report", r->id) };

	buf_init(&report.body, 0);
	int rc = call.target.p ? client_call(r->client, &call, &report, err)
			       : err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	if (rc == 0 && report.status != 200)
		rc = err_set(err, E_IO, _("The server answered with status %d."), report.status);
	if (rc == 0 && fflush(r->report) != 0)
		rc = err_set(err, E_NOT_FOUND, _("%s cannot be written: %s."), r->o->report,
		    strerror(errno));
	buf_done(&report.body);
	return rc;
}

/* --- the verb --------------------------------------------------------------------------------- */

static int open_file(struct run *r, struct err *err)
{
	struct stat st;

	r->in_len = -1;
	r->in = strcmp(r->o->path, "-") == 0 ? stdin : fopen(r->o->path, "rb");
	if (!r->in)
		return err_set(
		    err, E_NOT_FOUND, _("%s cannot be read: %s."), r->o->path, strerror(errno));
	if (fstat(fileno(r->in), &st) == 0 && S_ISREG(st.st_mode) && r->in != stdin)
		r->in_len = (int64_t)st.st_size;
	if (fstat(fileno(r->in), &st) == 0 && S_ISDIR(st.st_mode))
		return err_set(err, E_INVALID, _("\"%s\" is a directory, not a file."), r->o->path);
	return 0;
}

static int run(struct run *r)
{
	const struct noun_verb *api = noun_verb_find("consent", "import");
	const struct answer a = { WHO, api, r->o->json, &r->answer, r->arena };
	struct err err = { .code = 0 };
	int rc = open_file(r, &err);

	if (rc == 0)
		rc = open_report(r, &err);
	if (rc == 0)
		rc = client_open(&r->o->client, &r->client, &err);
	if (rc == 0)
		rc = send(r, &err);
	if (rc == 0 && r->answer.status == STATUS_ACCEPTED)
		rc = follow(r, &err);
	end_line(r);
	bool good = rc == 0 && r->answer.status / 100 == 2;
	if (good && r->report && r->id[0])
		rc = write_report(r, &err);
	if (rc < 0) {
		verb_complain(WHO, str_c(err.text));
		return client_exit_error(err.code);
	}
	return good ? answer_tell(&a) : answer_tell_problem(&a);
}

int verb_consent_import(int argc, char **argv)
{
	struct options o = { .path = NULL };
	struct run r = { .o = &o, .percent = -1 };
	int code = EXIT_FAILED;

	verb_parse(&consent_import_argp, argc, argv, &o);
	client_catch_interrupt();
	buf_init(&r.answer.body, 0);
	r.arena = arena_new(0, 0);
	if (r.arena)
		code = run(&r);
	else
		verb_complain(WHO, str_c(_("Memory ran out.")));
	if (r.in && r.in != stdin)
		(void)fclose(r.in);
	if (r.report)
		(void)fclose(r.report);
	client_close(&r.client);
	buf_done(&r.answer.body);
	arena_free(&r.arena);
	return code;
}
