/* varco ledger export: every entry with what it commits to, as JSON Lines, page by page from a running server; and
 * varco ledger tail N. */
#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/client_words.h"
#include "apps/cli/verbs.h"
#include "apps/gateway/nouns.h"
#include "base/check.h"
#include "base/json.h"

#define WHO "varco ledger export"
#define PAGE 1000

enum {
	KEY_JSON = 'j',
};

struct options {
	struct client_options client;
	const char *path;
	bool json;
};

struct run {
	struct client *client;
	struct arena *arena; /* of a page */
	struct client_answer answer;
	struct buf line;
	FILE *out;
	char next[32]; /* "" = from the start */
	bool started;
	long long entries;
};

/* --- options ---------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	CLIENT_WORDS(CLIENT_URL_DEFAULT),
	{ "json", KEY_JSON, NULL, 0, N_("Print JSON"), 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	if (client_word(&o->client, key, arg))
		return 0;
	switch (key) {
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

const struct argp ledger_export_argp = {
	.options = options_table,
	.parser = parse_option,
	.args_doc = N_("FILE"),
	.doc = N_(
	    "Write every entry of the ledger, with what it commits to where that is still there, into a "
	    "file, one JSON object on a line; - is standard output. It holds personal data. "
	    "tools/ledger_verify.py checks it, and docs/ledger.md tells how anybody could."),
};

/* --- pages ------------------------------------------------------------------------------------ */

static int fetch(struct run *r, struct err *err)
{
	struct client_call call = { .method = "GET" };

	arena_reset(r->arena);
	call.target = arena_printf(r->arena, "/api/v1/ledger/entries?limit=%d%s%s", PAGE,
	    r->next[0] ? "&cursor=" : "", r->next);
	if (!call.target.p)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	buf_reset(&r->answer.body);
	return client_call(r->client, &call, &r->answer, err);
}

static int put_line(struct run *r, struct err *err)
{
	buf_add_char(&r->line, '\n');
	if (r->line.failed)
		return err_set(err, E_NOMEM, "%s", _("Memory ran out."));
	if (fwrite(r->line.p, 1, r->line.len, r->out) != r->line.len)
		return err_set(err, E_IO, _("The export cannot be written: %s."), strerror(errno));
	buf_reset(&r->line);
	return 0;
}

/* The first line says what follows. */
static int put_head(struct run *r, struct str key, struct err *err)
{
	struct json_writer w;

	r->started = true;
	jw_init(&w, &r->line);
	jw_object(&w);
	jw_member_c(&w, "format", "varco-ledger-export/1");
	jw_member_str(&w, "key", key);
	jw_object_end(&w);
	return put_line(r, err);
}

static int put_page(struct run *r, struct err *err)
{
	const struct json *page, *item;
	struct json_iter it;
	int rc = json_read(r->arena, buf_str(&r->answer.body), &page, err);

	if (rc == 0 && !r->started)
		rc = put_head(r, json_str(json_get(page, "key")), err);
	if (rc < 0)
		return rc;
	json_iter_init(&it, json_get(page, "items"));
	while (rc == 0 && json_iter_next(&it, NULL, &item)) {
		json_print(&r->line, item);
		rc = put_line(r, err);
		r->entries++;
	}
	struct str next = json_str(json_get(page, "next"));
	if (!next.p || str_to_c(next, r->next, sizeof(r->next)) < 0)
		r->next[0] = '\0';
	return rc;
}

static int export(struct run *r, struct err *err)
{
	int rc;

	do {
		rc = fetch(r, err);
		if (rc == 0 && r->answer.status != 200)
			return err_set(err, E_DENIED, _("The server answered with status %d."),
			    r->answer.status);
		if (rc == 0)
			rc = put_page(r, err);
	} while (rc == 0 && r->next[0]);
	return rc;
}

/* --- the verbs -------------------------------------------------------------------------------- */

/* A new file, which holds personal data. */
static FILE *make_file(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (fd >= 0 && !f)
		(void)close(fd);
	return f;
}

static int open_out(struct run *r, const char *path, struct err *err)
{
	r->out = strcmp(path, "-") == 0 ? stdout : make_file(path);
	if (r->out)
		return 0;
	return err_set(err, E_IO, _("%s cannot be made: %s."), path, strerror(errno));
}

/* Half an export passes for a whole one until a checkpoint is held against it. */
static void discard_out(struct run *r, const char *path)
{
	if (!r->out || r->out == stdout)
		return;
	(void)fclose(r->out);
	(void)unlink(path);
}

static int close_out(struct run *r, struct err *err)
{
	int rc = fflush(r->out);

	if (rc == 0 && r->out != stdout)
		rc = fsync(fileno(r->out));
	if (rc != 0)
		return err_set(err, E_IO, _("The export cannot be written: %s."), strerror(errno));
	if (r->out != stdout)
		(void)fclose(r->out);
	r->out = NULL;
	return 0;
}

/* Beside the file; standard output has the export itself when it goes there. */
static int tell(const struct options *o, const struct run *r)
{
	struct buf out;

	if (strcmp(o->path, "-") == 0)
		return EXIT_OK;
	buf_init(&out, 0);
	if (o->json)
		buf_addf(&out, "{\"entries\":%lld}", r->entries);
	else
		buf_addf(&out, _("%lld entries were written."), r->entries);
	buf_add_char(&out, '\n');
	int code = verb_print(WHO, &out);
	buf_done(&out);
	return code;
}

int verb_ledger_export(int argc, char **argv)
{
	struct options o = { .path = NULL };
	struct run r = { .client = NULL };
	struct err err = { .code = 0 };

	verb_parse(&ledger_export_argp, argc, argv, &o);
	client_catch_interrupt();
	buf_init(&r.answer.body, 0);
	buf_init(&r.line, 0);
	r.arena = arena_new(0, 0);
	int rc = r.arena ? client_open(&o.client, &r.client, &err)
			 : err_set(&err, E_NOMEM, "%s", _("Memory ran out."));
	if (rc == 0)
		rc = open_out(&r, o.path, &err);
	if (rc == 0)
		rc = export(&r, &err);
	if (rc == 0)
		rc = close_out(&r, &err);
	if (rc < 0) {
		verb_complain(WHO, str_c(err.text));
		discard_out(&r, o.path);
	}
	client_close(&r.client);
	arena_free(&r.arena);
	buf_done(&r.line);
	buf_done(&r.answer.body);
	if (rc == 0)
		return tell(&o, &r);
	return r.answer.status > 299 ? client_exit_status(r.answer.status) : client_exit_error(rc);
}

/* "tail 20" is "tail --limit 20". */
int verb_ledger_tail(int argc, char **argv)
{
	static char limit[] = "--limit";
	const struct noun_verb *api = noun_verb_find("ledger", "tail");
	char *words[] = { argv[0], limit, argc > 1 ? argv[1] : NULL, NULL };
	uint64_t n;

	if (argc != 2 || str_to_u64(str_c(argv[1]), &n) < 0)
		return verb_api(api, argc, argv);
	return verb_api(api, 3, words);
}
