/* Graph paths that are no sends go through with the real token, within the app's scope: the object
 * in the path must be a number of the app, the WABA of one, a template or a media id of such a
 * WABA.
 *
 * What could carry a send past the gate is refused: Graph's method override and batch members,
 * bodies that are neither JSON nor an upload. Templates are linted before they are created or
 * edited. Uploads stream through in both directions of back-pressure; the new media id is on record
 * as the WABA's before the app hears it.
 *
 * Calls and groups reach people as messages do, but no rule judges them: each is on record before it is
 * passed on. */
#include "apps/gateway/gateway.h"
#include "apps/gateway/pass_template.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/contact.h"
#include "domain/inbox.h"
#include "domain/person.h"
#include "flow/target.h"
#include "transport/graph.h"

#define UPLOAD_WINDOW (512u << 10) /* bytes of an upload that wait here for the upstream */

/* Headers of Meta's answer that mean something to an app. */
#define PASSED_HEADERS 4
#define HEADERS_MAX (PASSED_HEADERS + 1) /* and the lint's warnings */
static const char *const passed_headers[PASSED_HEADERS] = { "content-type",
	"x-business-use-case-usage", "x-app-usage", "facebook-api-version" };

struct pass {
	struct gate *gate;
	struct arena *arena;
	struct http_request *req;    /* NULL: the client left */
	struct directory *directory; /* a reference */
	const struct dir_waba *waba;
	const struct dir_app *app;
	struct upstream_call *call;
	struct str version, id, rest; /* of the path; as long as the request */
	struct contact_made made;     /* to be put on record first; its words live here */
	struct phone callee;
	bool is_media;    /* the path names a media id */
	bool reads_media; /* by GET: its url is rewritten */
	bool contact;     /* it reaches people, which is on record first */
	bool unstarted;   /* the call could not even begin */
	struct template_call templates;
	struct str warnings;                     /* of its lint, for the app; p NULL = none */
	struct http_header headers[HEADERS_MAX]; /* of the answer that waits for the record */
	size_t headers_len;
	/* upload */
	bool upload, body_ended, paused;
	struct buf waiting;
	int status;
	struct str body;
	struct lane_job job;
};

/* --- life ------------------------------------------------------------------------------------- */

static void on_gone(struct http_request *req)
{
	struct pass *p = req->user;

	p->req = NULL;
	if (p->upload && p->call)
		upstream_cancel(p->call);
}

static struct pass *pass_new(struct gate *g, struct http_request *req)
{
	struct arena *a = lane_arena(g->lane);
	struct pass *p = a ? ARENA_NEW(a, struct pass) : NULL;

	if (!p) {
		if (a)
			lane_arena_back(g->lane, &a);
		return NULL;
	}
	p->gate = g;
	p->arena = a;
	p->req = req;
	p->directory = directory_ref((struct directory *)lane_directory(g->lane));
	buf_init(&p->waiting, 0);
	req->user = p;
	req->on_gone = on_gone;
	return p;
}

static void pass_end(struct pass *p)
{
	struct arena *a = p->arena;

	if (p->req) {
		p->req->on_gone = NULL;
		p->req->user = NULL;
	}
	buf_done(&p->waiting);
	directory_unref(&p->directory);
	lane_arena_back(p->gate->lane, &a);
}

static void fail(struct pass *p, int status, int code, const char *message, const char *details)
{
	struct http_request *req = p->req;

	pass_end(p);
	if (req)
		gate_answer_error(req, status, code, message, details);
}

/* --- scope ------------------------------------------------------------------------------------ */

static const struct dir_waba *waba_of_media(struct pass *p, struct str id)
{
	struct err err = { 0 };
	struct str waba;
	int r = media_waba(p->gate->lane->reader, id, p->arena, &waba, &err);

	if (r < 0)
		log_error("a media id could not be looked up", "error=%s", err_name(err.code));
	return r > 0 ? directory_waba(p->directory, waba) : NULL;
}

/* The WABA behind the object that a path names; NULL when it is none of ours. */
static const struct dir_waba *waba_of(struct pass *p, struct str id, bool bare)
{
	const struct dir_number *n = directory_number(p->directory, id);
	const struct dir_template *t = directory_template_by_meta_id(p->directory, id);
	const struct dir_waba *w = directory_waba(p->directory, id);

	if (n)
		return n->waba;
	if (w)
		return w;
	if (t)
		return directory_waba(p->directory, t->waba);
	w = bare ? waba_of_media(p, id) : NULL;
	p->is_media = w != NULL;
	p->reads_media = p->is_media && p->req->method == HTTP_M_GET;
	return w;
}

/* Whether every number of the WABA is the app's: only then may it take away what others use as well. */
static bool has_whole_waba(const struct pass *p, const struct dir_app *app)
{
	size_t n;
	const struct dir_number *const *numbers = directory_numbers(p->directory, &n);

	for (size_t i = 0; i < n; i++) {
		if (numbers[i]->waba == p->waba && !dir_app_has_number(app, numbers[i]->id))
			return false;
	}
	return true;
}

static bool in_scope(const struct pass *p, const struct dir_app *app, struct str id)
{
	if (directory_number(p->directory, id))
		return dir_app_has_number(app, id);
	if (p->req->method == HTTP_M_DELETE && !p->is_media && !has_whole_waba(p, app))
		return false;
	return dir_app_has_waba(p->directory, app, p->waba);
}

/* False when it was answered. */
static bool authorise(struct pass *p, struct str id, bool bare)
{
	const struct dir_app *app = gate_caller(p->directory, p->req);

	if (!app) {
		fail(p, 401, 190, "No app of this gateway has that key.",
		    "Use the key that was shown when the integration was registered.");
		return false;
	}
	if (app->status != APP_ACTIVE) {
		fail(p, 403, 200, "This integration is suspended or revoked.",
		    "Ask the operator of the gateway.");
		return false;
	}
	p->app = app;
	p->waba = waba_of(p, id, bare);
	if (!p->waba || !in_scope(p, app, id)) {
		fail(p, 403, 200, "This object is unknown here, or not in the app's scope.",
		    "Register the number for this integration, or use the id of an object that belongs to it.");
		return false;
	}
	return true;
}

/* --- what must not go round the gate ---------------------------------------------------------- */

/* Compared in any case and without blanks, as a reader more lenient than ours might. */
static const char *const overriding[] = { "method", "batch", "relative_url",
	"webhook_configuration", "override_callback_uri" };
static const char *const sending[] = { "messages", "marketing_messages" };

static bool is_among(struct str word, const char *const *list, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (str_eq_nocase(word, str_c(list[i])))
			return true;
	}
	return false;
}

/* "method", "Method", "batch[0]". */
static bool is_overriding(struct str name)
{
	struct str bare = str_cut(&name, '[');

	return is_among(str_trim(bare), overriding, ARRAY_LEN(overriding));
}

/* A name that cannot be decoded might be read as one of those. */
static bool query_overrides(struct pass *p)
{
	struct str rest = p->req->query;

	while (rest.p) {
		struct str pair = str_cut(&rest, '&');
		struct str name = http_percent_decode(p->arena, str_cut(&pair, '='), true);
		if (!name.p || is_overriding(name))
			return true;
	}
	return false;
}

static bool body_overrides(const struct json *body)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	if (json_type(body) != JSON_OBJECT)
		return false;
	json_iter_init(&it, body);
	while (json_iter_next(&it, &key, &value)) {
		if (is_overriding(key))
			return true;
	}
	return false;
}

/* The gate takes its own spelling of these edges; any other, at any depth, goes nowhere. */
static bool path_sends(struct str rest)
{
	while (rest.p) {
		if (is_among(str_cut(&rest, '/'), sending, ARRAY_LEN(sending)))
			return true;
	}
	return false;
}

/* False when it was answered. */
/* Where Meta posts events is the gateway's own: an app that turned them elsewhere would cut it off from opt-outs. */
static bool turns_events_away(const struct pass *p, struct str rest)
{
	return p->req->method != HTTP_M_GET && str_eq_nocase(rest, STR("/subscribed_apps"));
}

static bool keeps_to_the_gate(struct pass *p, struct str rest)
{
	if (turns_events_away(p, rest)) {
		fail(p, 403, 200, "Webhooks are not redirected through the gateway.",
		    "Events come to the gateway and are passed on to the app's own webhook.");
		return false;
	}
	if (path_sends(rest)) {
		fail(p, 403, 200, "Messages are not sent this way.",
		    "Send them by POST to /vN.N/PHONE-NUMBER-ID/messages.");
		return false;
	}
	if (query_overrides(p)) {
		fail(p, 403, 200, "Batches and method overrides are not passed on.",
		    "Make each call by itself.");
		return false;
	}
	return true;
}

/* Meta's review would take a day to say the same. False when it was answered. */
static bool lint_passes(struct pass *p)
{
	struct http_request *req = p->req;
	struct template_verdict verdict;
	struct err err = { 0 };
	struct buf body;
	int rc = template_call_lint(
	    &p->templates, p->directory, p->gate->lane->core, p->arena, &verdict, &err);

	if (rc < 0)
		fail(p, 503, 2, "The template cannot be checked now.", "Try again later.");
	if (rc < 0)
		return false;
	p->warnings = verdict.warnings;
	if (!verdict.refused)
		return true;
	buf_init(&body, 0);
	template_call_refuse(verdict.problems,
	    lang_from_accept(http_header_get(req, "accept-language")), p->arena, &body);
	pass_end(p);
	http_respond_json(req, 400, NULL, 0, buf_str(&body));
	buf_done(&body);
	return false;
}

/* The body is JSON or absent, and carries nothing that Graph would take for another call. */
static bool body_is_fine(struct pass *p)
{
	const struct json *body = NULL;
	struct err err = { 0 };

	template_call_read(
	    p->directory, p->req, p->waba->id, p->id, p->rest, p->arena, &p->templates);
	if (p->req->body.len == 0)
		return true;
	if (json_read(p->arena, p->req->body, &body, &err) < 0) {
		fail(p, 400, 100, "The body is not JSON.",
		    "Send application/json; only media are uploaded as multipart.");
		return false;
	}
	if (body_overrides(body)) {
		fail(p, 403, 200, "Batches and method overrides are not passed on.",
		    "Make each call by itself.");
		return false;
	}
	p->templates.body = body;
	return !template_is_defined(&p->templates) || lint_passes(p);
}

/* --- the call --------------------------------------------------------------------------------- */

/* However its name is spelled: whatever http_query_get would take for the app's key. */
static bool is_key(struct pass *p, struct str pair)
{
	struct str name = http_percent_decode(p->arena, str_cut(&pair, '='), true);

	return !name.p || str_eq(name, STR("access_token"));
}

/* The query without the app's key. */
static struct str query_to_pass(struct pass *p)
{
	struct str rest = p->req->query;
	struct buf out;

	buf_init(&out, 0);
	while (rest.p) {
		struct str one = str_cut(&rest, '&');
		if (one.len == 0 || is_key(p, one))
			continue;
		buf_add_char(&out, out.len ? '&' : '?');
		buf_add(&out, one);
	}
	struct str query = arena_str(p->arena, buf_str(&out));
	buf_done(&out);
	return query;
}

static size_t headers_to_pass(
    const struct pass *p, const struct upstream_answer *answer, struct http_header *out)
{
	size_t n = 0;

	for (size_t i = 0; i < answer->headers_len; i++) {
		for (size_t k = 0; k < ARRAY_LEN(passed_headers) && n < PASSED_HEADERS; k++) {
			if (str_eq_nocase(answer->headers[i].name, str_c(passed_headers[k])))
				out[n++] = answer->headers[i];
		}
	}
	if (p->warnings.p)
		out[n++] = (struct http_header){ STR("Varco-Warnings"), p->warnings };
	return n;
}

static struct str rewrite_media(struct pass *p, struct str body)
{
	const struct json *doc;
	struct buf out;

	if (json_read(p->arena, body, &doc, NULL) < 0 || json_str(json_get(doc, "url")).len == 0)
		return body;
	struct str ours = media_public_url(
	    p->gate, p->arena, p->waba->id, json_str(json_get(doc, "url")));
	buf_init(&out, 0);
	if (ours.p && json_edit_member(body, "url", ours, &out) == 0 && !out.failed)
		body = arena_str(p->arena, buf_str(&out));
	buf_done(&out);
	return body;
}

static void answer_app(
    struct pass *p, int status, const struct http_header *headers, size_t n, struct str body)
{
	struct http_request *req = p->req;

	if (p->reads_media && status == 200)
		body = rewrite_media(p, body);
	req->on_gone = NULL;
	req->user = NULL;
	p->req = NULL;
	http_respond(req, status, headers, n, body);
	pass_end(p);
}

static void answer_now(struct pass *p, const struct upstream_answer *answer)
{
	struct http_header headers[HEADERS_MAX];
	size_t n = headers_to_pass(p, answer, headers);

	answer_app(p, answer->status, headers, n, answer->body);
}

/* --- templates -------------------------------------------------------------------------------- */

static int record_template(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));
	int r = template_call_record(
	    c, &p->templates, p->status, p->body, clock_now(), p->arena, err);

	if (r == 0)
		r = template_call_tell(
		    p->gate->lane->core, c, &p->templates, p->directory, p->app->id, p->arena, err);
	return r;
}

/* The upstream did it, whatever became of our record: the app hears so. */
static void on_template_recorded(struct lane_job *j)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));

	if (j->rc < 0)
		log_error("a template that an app changed could not be recorded; sync templates",
		    "waba=%.*s error=%s", STR_ARG(p->waba->id), err_name(j->rc));
	if (p->req)
		answer_app(p, p->status, p->headers, p->headers_len, p->body);
	else
		pass_end(p);
}

/* False when it cannot wait for the record. */
static bool record_first(struct pass *p, const struct upstream_answer *answer)
{
	bool copied = true;

	p->status = answer->status;
	p->body = arena_str(p->arena, answer->body);
	p->headers_len = headers_to_pass(p, answer, p->headers);
	for (size_t i = 0; i < p->headers_len; i++) {
		p->headers[i].name = arena_str(p->arena, p->headers[i].name);
		p->headers[i].value = arena_str(p->arena, p->headers[i].value);
		copied = copied && p->headers[i].name.p && p->headers[i].value.p;
	}
	p->job.run = record_template;
	p->job.back = on_template_recorded;
	p->job.fence = true;
	return copied && p->body.p && lane_submit(p->gate->lane, &p->job);
}

static void on_answered(struct pass *p, const struct upstream_answer *answer)
{
	bool changed = p->templates.change != TEMPLATE_UNCHANGED &&
	    (answer->status == 200 || p->templates.expected);

	if (changed && record_first(p, answer))
		return;
	if (changed)
		log_error("a template that an app changed could not be recorded; sync templates",
		    "waba=%.*s", STR_ARG(p->waba->id));
	if (p->req)
		answer_now(p, answer);
	else
		pass_end(p);
}

static void answer_trouble(struct pass *p, enum upstream_outcome outcome)
{
	if (outcome == UPSTREAM_NOT_SENT)
		fail(p, 503, 2, "The upstream could not be reached.", "Try again later.");
	else
		fail(p, 504, 2, "The upstream did not answer.",
		    "Look whether the change was made before you repeat it.");
}

/* Trying again helps against the one, not against the other. */
static void fail_unstarted(struct pass *p)
{
	if (p->waba->token.len == 0)
		fail(p, 400, 100,
		    "The account has no access token here, so nothing can be asked of Meta.",
		    "The operator of the gateway enters it with varco account set --token-file.");
	else
		fail(p, 503, 2, "The upstream could not be called.",
		    "The gateway is short of memory; try again later.");
}

static void end_unsent(struct pass *p)
{
	if (!p->req)
		pass_end(p);
	else if (p->unstarted)
		fail_unstarted(p);
	else
		answer_trouble(p, UPSTREAM_NOT_SENT);
}

static void on_called_off(struct lane_job *j)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));

	if (j->rc < 0)
		log_error(
		    "a template that never reached the upstream stays on record; sync templates",
		    "waba=%.*s error=%s", STR_ARG(p->waba->id), err_name(j->rc));
	end_unsent(p);
}

#define NEVER_SENT 499 /* as good as refused */

/* Nothing left: a template that was expected will not be there. */
static void call_off(struct pass *p, bool unstarted)
{
	p->unstarted = unstarted;
	p->status = NEVER_SENT;
	p->body = STR("");
	p->job.run = record_template;
	p->job.back = on_called_off;
	p->job.fence = true;
	if (!p->templates.expected || !lane_submit(p->gate->lane, &p->job))
		end_unsent(p);
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct pass *p = arg;

	skew_answer(p->gate->lane->core->skew, answer);
	p->call = NULL;
	if (answer->outcome == UPSTREAM_ANSWERED)
		on_answered(p, answer);
	else if (answer->outcome == UPSTREAM_NOT_SENT)
		call_off(p, false);
	else if (p->req)
		answer_trouble(p, answer->outcome);
	else
		pass_end(p);
}

static bool start_call(struct pass *p, struct str version, struct str id, struct str rest)
{
	struct target target;
	struct str query = query_to_pass(p);
	struct str path = query.p
	    ? arena_printf(p->arena, "%.*s%.*s", STR_ARG(rest), STR_ARG(query))
	    : STR_NONE;
	struct str body = p->req->body.len ? arena_str(p->arena, p->req->body) : STR_NONE;
	struct err err = { 0 };

	if (!path.p ||
	    !target_for(p->gate->lane->core, p->waba, p->arena, version, id, path, &target))
		return false;
	struct http_header headers[] = { target.auth,
		{ STR("Content-Type"), STR("application/json") } };
	struct upstream_request r = {
		.method = p->req->method,
		.url = target.url,
		.headers = headers,
		.headers_len = body.p ? 2 : 1,
		.body = body,
		.arg = p,
		.on_done = on_done,
	};
	return upstream_start(p->gate->lane->upstream, &r, &p->call, &err) == 0;
}

static void go(struct pass *p)
{
	if (!start_call(p, p->version, p->id, p->rest))
		call_off(p, true);
}

/* --- what must be on record first ------------------------------------------------------------- */

static const char *const reaching[] = { "calls", "groups" };

static bool reaches_people(const struct pass *p)
{
	struct str edge = str_sub(p->rest, 1, p->rest.len);

	return p->req->method != HTTP_M_GET && is_among(edge, reaching, ARRAY_LEN(reaching));
}

/* A word of the platform's, never one that could be about a person. */
static bool is_action(struct str word)
{
	for (size_t i = 0; i < word.len; i++) {
		if ((word.p[i] < 'a' || word.p[i] > 'z') && word.p[i] != '_')
			return false;
	}
	return word.len > 0 && word.len <= 32;
}

static void read_contact(struct pass *p)
{
	const struct json *body = NULL;
	struct str action, to;

	if (p->req->body.len && json_read(p->arena, p->req->body, &body, NULL) < 0)
		body = NULL;
	action = json_str(json_get(body, "action"));
	to = json_str(json_get(body, "to"));
	if (to.len && to.p[0] != '+')
		to = arena_printf(p->arena, "+%.*s", STR_ARG(to));
	if (!to.len || phone_parse(to, STR_NONE, &p->callee, NULL, NULL) < 0)
		p->callee = (struct phone){ 0 };
	p->made = (struct contact_made){
		.app = p->app->id,
		.number = arena_str(p->arena, p->id),
		.edge = arena_str(p->arena, str_sub(p->rest, 1, p->rest.len)),
		.action = is_action(action) ? action : STR(""),
	};
}

static int record_contact(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));
	struct core *core = p->gate->lane->core;
	struct person person = { 0 };
	int r = p->callee.number ? person_find(c, p->callee, STR_NONE, p->arena, &person, err) : 0;

	p->made.at = clock_now();
	p->made.id = id_next(&core->ids, p->made.at);
	p->made.person = r > 0 ? person.id : 0;
	return r < 0 ? r : contact_made_add(c, &p->made, err);
}

/* On record: now, and not before, it goes on. */
static void on_made_record(struct lane_job *j)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));

	if (j->rc < 0) {
		fail(p, 503, 2, "It could not be recorded, so nothing was passed on.",
		    "Try again later; the operator of the gateway finds the cause in its log.");
		return;
	}
	if (p->contact)
		CORE_COUNT(p->gate->lane->core, contacts_passed);
	if (p->req)
		go(p);
	else
		call_off(p, false);
}

static int expect_template(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));
	int r = template_call_expect(c, &p->templates, clock_now(), p->arena, err);

	if (r == 0)
		core_directory_changed(p->gate->lane->core);
	return r;
}

static bool must_be_recorded(const struct pass *p)
{
	return reaches_people(p) || p->templates.change == TEMPLATE_CREATED;
}

static void record_and_go(struct pass *p)
{
	p->contact = reaches_people(p);
	if (p->contact)
		read_contact(p);
	p->job.run = p->contact ? record_contact : expect_template;
	p->job.back = on_made_record;
	if (headroom_stage(p->gate->lane->core->headroom) == HEADROOM_GONE ||
	    (p->contact && (!p->made.number.p || !p->made.edge.p)) ||
	    !lane_submit(p->gate->lane, &p->job))
		fail(p, 503, 2, "It cannot be recorded now, so nothing was passed on.",
		    "Try again later.");
}

void pass_start(
    struct gate *g, struct http_request *req, struct str version, struct str id, struct str rest)
{
	struct pass *p = pass_new(g, req);

	if (!p) {
		gate_answer_error(
		    req, 503, 2, "The gateway is short of memory.", "Try again later.");
		return;
	}
	p->version = version;
	p->id = id;
	p->rest = rest;
	if (!authorise(p, id, rest.len == 0))
		return;
	if (!keeps_to_the_gate(p, rest) || !body_is_fine(p))
		return;
	if (must_be_recorded(p))
		record_and_go(p);
	else
		go(p);
}

/* --- uploads ---------------------------------------------------------------------------------- */

static int record_media(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));
	const struct json *doc;

	if (json_read(p->arena, p->body, &doc, err) < 0)
		return 0; /* no id that an app could use later */
	struct str id = json_str(json_get(doc, "id"));
	return id.len ? media_add(c, id, p->waba->id, clock_now(), err) : 0;
}

static void on_recorded(struct lane_job *j)
{
	struct pass *p = (struct pass *)((char *)j - offsetof(struct pass, job));
	struct http_request *req = p->req;
	int status = p->status;

	if (j->rc < 0) {
		fail(p, 503, 2, "The uploaded medium could not be recorded.",
		    "Upload it again later.");
		return;
	}
	if (req) {
		req->on_gone = NULL;
		req->user = NULL;
		p->req = NULL;
		http_respond_json(req, status, NULL, 0, p->body);
	}
	pass_end(p);
}

static void on_upload_done(void *arg, const struct upstream_answer *answer)
{
	struct pass *p = arg;

	p->call = NULL;
	if (answer->outcome != UPSTREAM_ANSWERED) {
		if (p->req)
			answer_trouble(p, answer->outcome);
		else
			pass_end(p);
		return;
	}
	p->status = answer->status;
	p->body = arena_str(p->arena, answer->body);
	p->job.run = record_media;
	p->job.back = on_recorded;
	if (!p->body.p || !lane_submit(p->gate->lane, &p->job))
		fail(p, 503, 2, "The uploaded medium could not be recorded.",
		    "Upload it again later.");
}

static int64_t on_read(void *arg, char *out, size_t max)
{
	struct pass *p = arg;
	size_t n = p->waiting.len < max ? p->waiting.len : max;

	if (n == 0)
		return p->body_ended ? 0 : -1;
	memcpy(out, p->waiting.p, n);
	buf_remove_front(&p->waiting, n);
	if (p->paused && p->waiting.len < UPLOAD_WINDOW / 2 && p->req) {
		p->paused = false;
		http_body_pause(p->req, false);
	}
	return (int64_t)n;
}

static void on_body(struct http_request *req, struct str chunk)
{
	struct pass *p = req->user;

	if (!p || !p->call)
		return;
	buf_add(&p->waiting, chunk);
	if (p->waiting.failed) {
		upstream_cancel(p->call);
		return;
	}
	if (p->waiting.len > UPLOAD_WINDOW && !p->paused) {
		p->paused = true;
		http_body_pause(req, true);
	}
	upstream_resume(p->call);
}

static void on_body_end(struct http_request *req)
{
	struct pass *p = req->user;

	if (!p)
		return;
	p->body_ended = true;
	if (p->call)
		upstream_resume(p->call);
}

static bool start_upload(struct pass *p, struct str version, struct str number)
{
	struct target target;
	struct str type = http_header_get(p->req, "content-type");
	struct str query = query_to_pass(p);
	struct str path = query.p ? arena_printf(p->arena, "/media%.*s", STR_ARG(query)) : STR_NONE;
	struct err err = { 0 };

	if (!path.p ||
	    !target_for(p->gate->lane->core, p->waba, p->arena, version, number, path, &target))
		return false;
	struct http_header headers[] = { target.auth, { STR("Content-Type"), type } };
	bool sized = p->req->content_length != UINT64_MAX;
	struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = target.url,
		.headers = headers,
		.headers_len = 2,
		.arg = p,
		.on_done = on_upload_done,
		.on_read = on_read,
		.read_length = sized ? (int64_t)p->req->content_length : -1,
	};
	return upstream_start(p->gate->lane->upstream, &r, &p->call, &err) == 0;
}

void pass_start_upload(
    struct gate *g, struct http_request *req, struct str version, struct str number)
{
	struct pass *p = pass_new(g, req);

	if (!p) {
		gate_answer_error(
		    req, 503, 2, "The gateway is short of memory.", "Try again later.");
		return;
	}
	p->upload = true;
	if (!authorise(p, number, false))
		return;
	if (headroom_stage(g->lane->core->headroom) == HEADROOM_GONE) {
		fail(p, 503, 2, "The gateway's disk is as good as full, so nothing was uploaded.",
		    "Upload it again later; the operator of the gateway has to make room.");
		return;
	}
	if (!str_starts(http_header_get(req, "content-type"), STR("multipart/form-data")) ||
	    query_overrides(p)) {
		fail(p, 400, 100, "Media are uploaded as multipart/form-data.",
		    "Send messaging_product, type and file as parts.");
		return;
	}
	req->on_body = on_body;
	req->on_body_end = on_body_end;
	if (!start_upload(p, version, number))
		fail_unstarted(p);
}
