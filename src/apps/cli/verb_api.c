/* Every verb of the public API: its words become one call, or, for a long list, as many as it has pages; the answer is
 * printed as it came, or told. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/cli/answer.h"
#include "apps/cli/api_fields.h"
#include "apps/cli/client.h"
#include "apps/cli/verbs.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/json.h"

#define PAGE_MAX 1000         /* what the API gives at once */
#define BAR_FROM (256u << 10) /* smaller uploads are over before one could read of them */
#define BAR_END 100

struct run {
	const char *who;
	struct api_words words;
	struct client *client;
	struct arena *arena;
	struct api_request request;
	struct client_answer answer;
	int percent; /* on the terminal; -1 = nothing is there */
};

/* --- talking ---------------------------------------------------------------------------------- */

static int fail(const struct run *r, const struct err *err)
{
	verb_complain(r->who, str_c(err->text));
	return client_exit_error(err->code);
}

/* How much of a large file is out. */
static void on_sent(void *arg, uint64_t sent, uint64_t all)
{
	struct run *r = arg;
	int percent = (int)(sent * BAR_END / all);

	if (all < BAR_FROM || percent == r->percent || !answer_may_show_progress())
		return;
	r->percent = percent;
	fprintf(stderr, "\r%s %3d %%", percent < BAR_END ? _("Sending") : _("Recording"), percent);
	fflush(stderr);
}

static void end_progress(struct run *r)
{
	if (r->percent >= 0)
		fputs("\r\033[K", stderr);
	r->percent = -1;
}

/* --- calls ------------------------------------------------------------------------------------ */

static int call(struct run *r, struct err *err)
{
	const struct client_call c = {
		.method = r->request.method,
		.target = r->request.target,
		.body = r->request.body,
		.on_sent = on_sent,
		.arg = r,
	};

	buf_reset(&r->answer.body);
	int rc = client_call(r->client, &c, &r->answer, err);
	end_progress(r);
	return rc;
}

static bool succeeded(const struct run *r)
{
	return r->answer.status >= 200 && r->answer.status < 300;
}

/* More than one page was asked for: how many items; 0 = one page will do. */
static uint64_t wanted(const struct run *r)
{
	const char *limit = api_word(&r->words, "cursor") ? NULL : api_word(&r->words, "limit");
	uint64_t n;

	if (!limit || strcmp(r->words.api->method, "GET") != 0 || str_to_u64(str_c(limit), &n) < 0)
		return 0;
	return n > PAGE_MAX ? n : 0;
}

struct pages {
	struct buf items; /* JSON values with commas between */
	struct str next;
	uint64_t left;
};

static int take_page(struct run *r, struct pages *p, struct err *err)
{
	const struct json *page, *item;
	struct json_iter it;
	int rc = json_read(r->arena, buf_str(&r->answer.body), &page, err);

	if (rc < 0)
		return rc;
	json_iter_init(&it, json_get(page, "items"));
	while (p->left > 0 && json_iter_next(&it, NULL, &item)) {
		buf_add_c(&p->items, p->items.len ? "," : "");
		json_print(&p->items, item);
		p->left--;
	}
	p->next = json_str(json_get(page, "next"));
	return p->items.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out.")) : 0;
}

/* All pages as one answer. */
static int join_pages(struct run *r, struct pages *p, struct err *err)
{
	struct json_writer w;

	buf_reset(&r->answer.body);
	jw_init(&w, &r->answer.body);
	buf_add_c(&r->answer.body, "{\"items\":[");
	buf_add(&r->answer.body, buf_str(&p->items));
	buf_add_c(&r->answer.body, "],\"next\":");
	jw_str(&w, p->next);
	buf_add_c(&r->answer.body, "}");
	return r->answer.body.failed ? err_set(err, E_NOMEM, "%s", _("Memory ran out.")) : 0;
}

static int call_pages(struct run *r, uint64_t n, struct err *err)
{
	struct pages p = { .left = n };
	char limit[24];
	int rc = 0;

	buf_init(&p.items, 0);
	do {
		(void)snprintf(limit, sizeof(limit), "%llu",
		    (unsigned long long)(p.left < PAGE_MAX ? p.left : PAGE_MAX));
		(void)api_word_set(&r->words, "limit", limit);
		(void)api_word_set(
		    &r->words, "cursor", p.next.p ? arena_c(r->arena, p.next) : NULL);
		rc = api_request_build(&r->words, r->arena, &r->request, err);
		if (rc == 0)
			rc = call(r, err);
		if (rc == 0 && succeeded(r))
			rc = take_page(r, &p, err);
	} while (rc == 0 && succeeded(r) && p.left > 0 && p.next.p);
	if (rc == 0 && succeeded(r))
		rc = join_pages(r, &p, err);
	buf_done(&p.items);
	return rc;
}

/* --- answers ---------------------------------------------------------------------------------- */

/* Operations that answer with a file, which goes to standard output as it comes: in that format, or in
 * any. */
static const struct {
	const char *operation, *format;
	bool binary; /* nothing for a terminal */
} streams[] = {
	{ "reportImport", NULL, false },
	{ "listRefused", NULL, false },
	{ "exportConsents", "csv", false },
	{ "listAudit", "csv", false },
	{ "exportConsents", "xlsx", true },
	{ "exportPerson", "html", false },
	{ "exportPerson", "pdf", true },
};

/* ARRAY_LEN(streams) = none of them. */
static size_t stream_of(const struct run *r)
{
	const char *format = api_word(&r->words, "format");
	size_t i = 0;

	while (i < ARRAY_LEN(streams) &&
	    (strcmp(r->words.api->operation, streams[i].operation) != 0 ||
		(streams[i].format && (!format || strcmp(format, streams[i].format) != 0))))
		i++;
	return i;
}

/* Answers that are a file: on the output it is that file. */
static const struct {
	const char *operation, *member;
	bool base64;
} files[] = {
	{ "drawLink", "svg", false },
	{ "fetchAttachment", "content", true },
};

static const size_t no_file = ARRAY_LEN(files);

static size_t file_of(const struct run *r)
{
	size_t i = 0;

	while (i < no_file && strcmp(files[i].operation, r->words.api->operation) != 0)
		i++;
	return i;
}

static bool tells_file(const struct run *r)
{
	return !r->words.json && file_of(r) < no_file;
}

static bool write_file(const struct run *r, const struct json *answer, struct buf *out)
{
	size_t i = file_of(r);
	struct str text = json_str(json_get(answer, files[i].member));

	if (files[i].base64)
		return base64_decode(text, out) < 0;
	buf_add(out, text);
	return false;
}

static int tell_file(struct run *r)
{
	const struct json *answer;
	struct buf out;

	buf_init(&out, 0);
	bool failed = json_read(r->arena, buf_str(&r->answer.body), &answer, NULL) < 0 ||
	    write_file(r, answer, &out);
	if (failed)
		verb_complain(r->who, str_c(_("The server's answer is no JSON. Is it Varco?")));
	int code = failed ? EXIT_FAILED : verb_print(r->who, &out);
	buf_done(&out);
	return code;
}

static int tell(struct run *r)
{
	const struct answer a = { r->who, r->words.api, r->words.json, &r->answer, r->arena };

	if (!succeeded(r))
		return answer_tell_problem(&a);
	if (r->answer.sink)
		return fflush(r->answer.sink) == 0 ? EXIT_OK : EXIT_FAILED;
	return tells_file(r) ? tell_file(r) : answer_tell(&a);
}

static int run(struct run *r)
{
	struct err err = { .code = 0 };
	uint64_t n = wanted(r);
	/* Before a server is looked for: what is wrong with the words is wrong without one. */
	int rc = api_request_build(&r->words, r->arena, &r->request, &err);
	size_t stream = stream_of(r);

	if (rc < 0) {
		verb_complain(r->who, str_c(err.text));
		return verb_exit(rc);
	}
	if (stream < ARRAY_LEN(streams) && streams[stream].binary && isatty(STDOUT_FILENO)) {
		verb_complain(r->who,
		    str_c(_("This is nothing for a terminal; send it to a file with \">\".")));
		return EXIT_USAGE;
	}
	const char *format = api_word(&r->words, "format");
	r->words.json = r->words.json || (format && strcmp(format, "json") == 0);
	r->answer.sink = stream < ARRAY_LEN(streams) ? stdout : NULL;
	rc = client_open(&r->words.client, &r->client, &err);
	if (rc == 0)
		rc = n ? call_pages(r, n, &err) : call(r, &err);
	if (rc < 0)
		return fail(r, &err);
	return tell(r);
}

int verb_api(const struct noun_verb *api, int argc, char **argv)
{
	struct run r = { .who = argv[0], .words = { .api = api }, .percent = -1 };
	struct argp argp;
	int code = EXIT_FAILED;

	buf_init(&r.answer.body, 0);
	r.arena = arena_new(0, 0);
	if (r.arena && api_fields_argp(api, r.arena, &argp)) {
		verb_parse(&argp, argc, argv, &r.words);
		client_catch_interrupt();
		code = run(&r);
	} else {
		verb_complain(r.who, str_c(_("Memory ran out.")));
	}
	client_close(&r.client);
	buf_done(&r.answer.body);
	arena_free(&r.arena);
	return code;
}
