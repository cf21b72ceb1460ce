/* All templates of an account, from upstream: page after page into memory, then one job that
 * stores them, so that a list that breaks off in the middle changes nothing. Addresses of further
 * pages are made here from the cursor, never taken from the answer. What is on record and was not
 * in the list is told and kept. */
#include "apps/gateway/api.h"

#include <string.h>

#include "base/check.h"
#include "base/map.h"
#include "base/text.h"
#include "domain/release.h"
#include "domain/template.h"
#include "flow/target.h"
#include "flow/told.h"

/* Graph versions live two years and more; v25.0 (2026-02-18) is the one of Meta's own examples
 * (platform facts 2). */
#define VERSION "v25.0"
#define FIELDS \
	"id,name,language,category,status,components,parameter_format,quality_score," \
	"correct_category"
#define PER_PAGE 100
/* An account has at most 6,000 templates (platform facts 6.1); Direct Send makes more. */
#define PAGES_MAX 500
#define UPSTREAM_WORDS 200 /* bytes of the upstream's own message in ours */

struct problem {
	struct str name, language;
	const char *field, *reason;
};

struct sync {
	const struct json *pages[PAGES_MAX]; /* "data" arrays */
	size_t pages_len;
	struct str after; /* p NULL = the first page */
	/* of the job, which may run twice */
	size_t read, created;
	struct problem *problems;
	size_t problems_len;
};

/* --- asking ----------------------------------------------------------------------------------- */

static struct str escape(struct arena *a, struct str s)
{
	struct buf out;

	buf_init(&out, 0);
	for (size_t i = 0; i < s.len; i++) {
		unsigned char b = (unsigned char)s.p[i];
		if ((b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z') || (b >= '0' && b <= '9'))
			buf_add_char(&out, (char)b);
		else
			buf_addf(&out, "%%%02X", b);
	}
	struct str ret = arena_str(a, buf_str(&out));
	buf_done(&out);
	return ret;
}

static struct str page_path(struct api_call *c, const struct sync *s)
{
	struct str after = s->after.p ? escape(c->arena, s->after) : STR("");

	if (!after.p)
		return STR_NONE;
	return arena_printf(c->arena, "/message_templates?limit=%d&fields=" FIELDS "%s%.*s",
	    PER_PAGE, after.len ? "&after=" : "", STR_ARG(after));
}

static void on_page(void *arg, const struct upstream_answer *answer);
static void store(struct api_call *c);

static int start_page(struct api_call *c, struct sync *s, struct err *err)
{
	const struct dir_waba *waba = directory_waba(
	    lane_directory(c->gate->lane), api_text(c, "waba"));
	struct str path = page_path(c, s);
	struct target target;

	if (!waba)
		return api_err(c, err, E_NOT_FOUND, "waba", N_("There is no such account."));
	if (waba->token.len == 0)
		return api_err(c, err, E_INVALID, "waba",
		    N_("The account has no access token; set it first."));
	if (!path.p ||
	    !target_for(c->gate->lane->core, waba, c->arena, STR(VERSION), waba->id, path, &target))
		return api_err(
		    c, err, E_INVALID, "waba", N_("The upstream of the account cannot be called."));
	struct upstream_request r = {
		.method = HTTP_M_GET,
		.url = target.url,
		.headers = &target.auth,
		.headers_len = 1,
		.arg = c,
		.on_done = on_page,
	};
	return upstream_start(c->gate->lane->upstream, &r, &c->upstream, err);
}

static void ask(struct api_call *c)
{
	struct err err = { 0 };
	int r = start_page(c, c->state, &err);

	if (r < 0)
		api_finish(c, r, &err);
}

void api_sync_start(struct api_call *c)
{
	c->state = ARENA_NEW(c->arena, struct sync);
	if (!c->state) {
		struct err err = { 0 };
		(void)api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
		api_fail(c, 503, &err);
		return;
	}
	ask(c);
}

/* --- reading ---------------------------------------------------------------------------------- */

static void fail_outcome(struct api_call *c, const struct upstream_answer *answer)
{
	struct err err = { 0 };

	if (answer->outcome == UPSTREAM_NOT_SENT) {
		(void)api_err(c, &err, E_IO, "", N_("The upstream could not be reached."));
		api_fail(c, 502, &err);
	} else {
		(void)api_err(c, &err, E_TIMEOUT, "", N_("The upstream did not answer."));
		api_fail(c, 504, &err);
	}
}

static void fail_answer(struct api_call *c, int status, const struct json *doc)
{
	struct str words = text_printable(
	    c->arena, json_str(json_path(doc, "error.message")), UPSTREAM_WORDS);
	struct err err = { 0 };

	if (words.len)
		(void)api_err(c, &err, E_IO, "", N_("The upstream answered %d: %.*s"), status,
		    STR_ARG(words));
	else
		(void)api_err(c, &err, E_IO, "",
		    N_("The upstream answered %d, and not with a list of templates."), status);
	api_fail(c, 502, &err);
}

static void fail_too_many(struct api_call *c)
{
	struct err err = { 0 };

	(void)api_err(c, &err, E_TOO_LARGE, "",
	    N_("The upstream lists more templates than an account can have."));
	api_fail(c, 502, &err);
}

/* The cursor of the next page; p NULL behind the last. */
static struct str next_cursor(const struct json *doc)
{
	bool more = json_str(json_path(doc, "paging.next")).len > 0;
	struct str after = json_str(json_path(doc, "paging.cursors.after"));

	return more && after.len ? after : STR_NONE;
}

static void on_page(void *arg, const struct upstream_answer *answer)
{
	struct api_call *c = arg;
	struct sync *s = c->state;
	const struct json *doc = NULL;

	c->upstream = NULL;
	if (answer->outcome != UPSTREAM_ANSWERED) {
		fail_outcome(c, answer);
		return;
	}
	bool readable = json_read(c->arena, answer->body, &doc, NULL) == 0;
	if (answer->status != 200 || !readable || json_type(json_get(doc, "data")) != JSON_ARRAY) {
		fail_answer(c, answer->status, readable ? doc : NULL);
		return;
	}
	s->pages[s->pages_len++] = json_get(doc, "data");
	s->after = next_cursor(doc);
	if (!s->after.p)
		store(c);
	else if (s->pages_len == PAGES_MAX)
		fail_too_many(c);
	else
		ask(c);
}

/* --- storing ---------------------------------------------------------------------------------- */

static size_t count_all(const struct sync *s)
{
	size_t n = 0;

	for (size_t i = 0; i < s->pages_len; i++)
		n += json_len(s->pages[i]);
	return n;
}

static int note_problem(struct api_call *c, struct sync *s, const struct json *definition,
    const struct err *why, struct err *err)
{
	char *field = arena_c(c->arena, str_c(why->field)),
	     *reason = arena_c(c->arena, str_c(why->text));

	if (!field || !reason)
		return err_set(err, E_NOMEM, "Memory ran out while storing templates.");
	s->problems[s->problems_len++] = (struct problem){
		.name = json_str(json_get(definition, "name")),
		.language = json_str(json_get(definition, "language")),
		.field = field,
		.reason = reason,
	};
	return 0;
}

static int note(struct api_call *c, struct store_conn *conn, const struct json *definition,
    time_ms now, struct err *err)
{
	const struct history_by by = { .source = HISTORY_POLL, .at = now };
	struct str id = arena_printf(c->arena, "%.*s/%.*s/%.*s", STR_ARG(api_text(c, "waba")),
	    STR_ARG(json_str(json_get(definition, "name"))),
	    STR_ARG(json_str(json_get(definition, "language"))));

	if (!id.p)
		return err_set(err, E_NOMEM, "Memory ran out while storing templates.");
	return told_change(c->gate->lane->core, conn, HISTORY_TEMPLATE, id, &by, err);
}

/* One that makes no sense here does not keep the others away. */
static int store_one(struct api_call *c, struct store_conn *conn, const struct json *definition,
    time_ms now, struct err *err)
{
	struct sync *s = c->state;
	struct err why = { 0 };
	bool created = false;
	int r = template_put(conn, api_text(c, "waba"), definition, true, now, &created, &why);

	s->read++;
	s->created += created;
	if (r == 0 && created)
		r = release_begin_if_new(conn,
		    &(struct release_key){ api_text(c, "waba"),
			json_str(json_get(definition, "name")),
			json_str(json_get(definition, "language")) },
		    now, &why);
	if (r == 0)
		return note(c, conn, definition, now, err);
	bool its_own = (why.code == E_INVALID || why.code == E_TOO_LARGE) &&
	    strcmp(why.field, "waba") != 0;
	if (its_own && !store_tx_failed(conn))
		return note_problem(c, s, definition, &why, err);
	if (err)
		*err = why;
	return r;
}

static int run_store(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	struct sync *s = c->state;
	time_ms now = clock_now();
	int r = 0;

	s->read = s->created = s->problems_len = 0;
	for (size_t i = 0; r == 0 && i < s->pages_len; i++) {
		const struct json *definition;
		struct json_iter it;
		json_iter_init(&it, s->pages[i]);
		while (r == 0 && json_iter_next(&it, NULL, &definition))
			r = store_one(c, conn, definition, now, err);
	}
	if (r == 0)
		r = release_templates_read(conn, api_text(c, "waba"), now, err);
	if (r == 0)
		core_directory_changed(c->gate->lane->core);
	return r < 0 ? r : api_leaf(c, conn, err);
}

/* --- answering -------------------------------------------------------------------------------- */

static struct str key_of(struct arena *a, struct str name, struct str language)
{
	return arena_printf(a, "%.*s %.*s", STR_ARG(name), STR_ARG(language));
}

/* The keys of all that was read. */
static int gather(struct api_call *c, struct map *seen, const struct sync *s)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < s->pages_len; i++) {
		const struct json *d;
		struct json_iter it;
		json_iter_init(&it, s->pages[i]);
		while (r == 0 && json_iter_next(&it, NULL, &d)) {
			struct str key = key_of(c->arena, json_str(json_get(d, "name")),
			    json_str(json_get(d, "language")));
			r = key.p ? map_put(seen, key, c) : -E_NOMEM;
		}
	}
	return r;
}

static void write_missing(struct api_call *c, const struct map *seen)
{
	struct json_writer *w = &c->w;
	struct str waba = api_text(c, "waba");
	size_t n;
	const struct dir_template *const *all = directory_templates(
	    lane_directory(c->gate->lane), &n);

	jw_key(w, "missing");
	jw_array(w);
	for (size_t i = 0; i < n; i++) {
		if (!str_eq(all[i]->waba, waba) ||
		    map_get(seen, key_of(c->arena, all[i]->name, all[i]->language)))
			continue;
		jw_object(w);
		jw_member_str(w, "name", all[i]->name);
		jw_member_str(w, "language", all[i]->language);
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void write_problems(struct api_call *c, const struct sync *s)
{
	struct json_writer *w = &c->w;

	jw_key(w, "problems");
	jw_array(w);
	for (size_t i = 0; i < s->problems_len; i++) {
		jw_object(w);
		jw_member_str(w, "name", s->problems[i].name);
		jw_member_str(w, "language", s->problems[i].language);
		jw_member_c(w, "field", s->problems[i].field);
		jw_member_c(w, "reason", lang_text(c->lang, s->problems[i].reason));
		jw_object_end(w);
	}
	jw_array_end(w);
}

static void on_stored(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);
	struct sync *s = c->state;
	struct map *seen = j->rc < 0 ? NULL : map_new();
	struct err err = { 0 };
	int r = 0;

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	if (!seen || gather(c, seen, s) < 0)
		r = api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
	if (r == 0) {
		jw_object(&c->w);
		jw_member_str(&c->w, "waba", api_text(c, "waba"));
		jw_member_int(&c->w, "read", (int64_t)s->read);
		jw_member_int(&c->w, "created", (int64_t)s->created);
		write_problems(c, s);
		write_missing(c, seen);
		jw_object_end(&c->w);
	}
	map_free(&seen);
	api_finish(c, r, &err);
}

static void store(struct api_call *c)
{
	struct sync *s = c->state;

	s->problems = ARENA_ARRAY(c->arena, struct problem, count_all(s) + 1);
	if (s->problems) {
		(void)api_submit(c, run_store, on_stored);
		return;
	}
	struct err err = { 0 };
	(void)api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
	api_fail(c, 503, &err);
}
