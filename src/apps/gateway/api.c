/* The way of a request: who calls → which row → what values → the row's handler → one answer.
 *
 * A call lives in an arena of its own, because the client may leave while its change is being
 * written. While a job is with the writer, nothing of the call but `req` is touched on the loop. */
#include "apps/gateway/api_access.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"

#define ARENA_FIRST ((size_t)16 * 1024)
#define ARENA_MAX ((size_t)512 << 20) /* a body of 64 MiB, read as JSON, several times over */
#define RETRY_AFTER "1"
#define ROOM_RETRY_AFTER "60" /* somebody has to make room */

/* --- errors ----------------------------------------------------------------------------------- */

static const struct {
	enum err_code code;
	int status;
} statuses[] = {
	{ E_NOMEM, 503 },
	{ E_IO, 500 },
	{ E_INVALID, 400 },
	{ E_RANGE, 400 },
	{ E_TOO_LARGE, 413 },
	{ E_NOT_FOUND, 404 },
	{ E_CONFLICT, 409 },
	{ E_DENIED, 403 },
	{ E_BUSY, 503 },
	{ E_CLOSED, 503 },
	{ E_TIMEOUT, 504 },
	{ E_CRYPTO, 500 },
	{ E_STORE, 503 },
	{ E_UNKNOWN_OUTCOME, 504 },
	{ E_UNSUPPORTED, 400 },
};

int api_status_of(int code)
{
	for (size_t i = 0; i < ARRAY_LEN(statuses); i++) {
		if ((int)statuses[i].code == (code < 0 ? -code : code))
			return statuses[i].status;
	}
	return 500;
}

static const struct {
	int status;
	const char *title;
} titles[] = {
	{ 400, N_("The request is not valid.") },
	{ 401, N_("Who is asking is not known.") },
	{ 403, N_("This is not allowed.") },
	{ 404, N_("There is no such thing.") },
	{ 405, N_("This path does not take that method.") },
	{ 409, N_("This does not go together with what is there.") },
	{ 413, N_("The request is too large.") },
	{ 429, N_("Too many attempts were made.") },
	{ 500, N_("Something went wrong in the gateway.") },
	{ 502, N_("The upstream could not do it.") },
	{ 503, N_("The gateway cannot do it at the moment.") },
	{ 504, N_("The upstream did not answer in time.") },
};

const char *api_title_of(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		if (titles[i].status == status)
			return titles[i].title;
	}
	return titles[0].title;
}

static void fill_err(
    struct err *err, enum err_code code, const char *field, const char *fmt, va_list ap)
{
	err->code = (int)code;
	(void)snprintf(err->field, sizeof(err->field), "%s", field);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
}

int api_err(const struct api_call *c, struct err *err, enum err_code code, const char *field,
    const char *msgid, ...)
{
	va_list ap;

	va_start(ap, msgid);
	if (err)
		fill_err(err, code, field, lang_text(c->lang, msgid), ap);
	va_end(ap);
	return err_negative(code);
}

static bool has_field(const struct noun_verb *verb, const char *name)
{
	for (size_t i = 0; i < verb->fields_len; i++) {
		if (strcmp(verb->fields[i].name, name) == 0)
			return true;
	}
	return false;
}

/* What the domain calls a secret is a file here; other names are the same on both sides. */
static struct str field_of(
    const struct api_call *c, const struct err *err, char out[sizeof(err->field) + 8])
{
	(void)snprintf(out, sizeof(err->field) + 8, "%s_file", err->field);
	if (c->verb && err->field[0] && !has_field(c->verb, err->field) && has_field(c->verb, out))
		return str_c(out);
	return str_c(err->field);
}

static void write_problem(
    const struct api_call *c, int status, const struct err *err, struct buf *out)
{
	char field[sizeof(err->field) + 8], detail[2 * sizeof(err->text)];
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_c(&w, "type", "about:blank");
	jw_member_c(&w, "title", lang_text(c->lang, api_title_of(status)));
	jw_member_int(&w, "status", status);
	jw_member_c(&w, "detail", lang_sentence(c->lang, err->text, detail, sizeof(detail)));
	jw_member_c(&w, "code", err_name(err->code));
	jw_key(&w, "field");
	if (err->field[0])
		jw_str(&w, field_of(c, err, field));
	else
		jw_null(&w);
	jw_object_end(&w);
}

/* --- ends ------------------------------------------------------------------------------------- */

void api_end(struct api_call *c)
{
	struct arena *a = c->arena;

	if (c->req) {
		c->req->on_gone = NULL;
		c->req->user = NULL;
	}
	crypto_wipe(c->key, sizeof(c->key));
	crypto_wipe(c->cookie, sizeof(c->cookie));
	if (c->secret)
		mem_wipe(c->body.p, c->body.len);
	buf_done(&c->body);
	spool_free(&c->upload);
	arena_free(&a);
}

static void respond(struct api_call *c, int status, const char *type, const char *extra,
    const char *value, struct str body)
{
	struct http_request *req = c->req;
	struct http_header headers[] = {
		{ STR("Content-Type"), str_c(type) },
		{ STR("Cache-Control"), STR("no-store") },
		{ str_c(extra), str_c(value) },
	};

	if (!req)
		return;
	req->on_gone = NULL;
	req->user = NULL;
	c->req = NULL;
	http_respond(req, status, headers, extra ? 3 : 2, body);
}

/* Headers that a status calls for. */
static void fail_with(
    struct api_call *c, int status, const struct err *err, const char *extra, const char *value)
{
	struct buf body;

	if (status >= 500)
		log_error("a request of an operator failed", "operation=%s error=%s",
		    c->verb ? c->verb->operation : "-", err_name(err->code));
	buf_init(&body, 0);
	write_problem(c, status, err, &body);
	respond(c, status, "application/problem+json", extra, value, buf_str(&body));
	buf_done(&body);
	api_end(c);
}

void api_fail(struct api_call *c, int status, const struct err *err)
{
	if (status == 503)
		fail_with(c, status, err, "Retry-After", RETRY_AFTER);
	else
		fail_with(c, status, err, NULL, NULL);
}

void api_fail_wait(struct api_call *c, int status, int64_t wait_s, const struct err *err)
{
	char text[24];

	(void)snprintf(text, sizeof(text), "%lld", (long long)wait_s);
	fail_with(c, status, err, "Retry-After", text);
}

void api_finish(struct api_call *c, int rc, const struct err *err)
{
	struct err why = { 0 };

	if (rc >= 0 && c->body.failed)
		rc = api_err(c, &why, E_NOMEM, "", N_("The gateway is short of memory."));
	else if (rc < 0)
		why = *err;
	if (rc < 0) {
		api_fail(c, api_status_of(why.code), &why);
		return;
	}
	if (c->type)
		respond(c, 200, c->type, "Content-Disposition", "attachment", buf_str(&c->body));
	else
		respond(c, 200, "application/json", c->cookie[0] ? "Set-Cookie" : NULL, c->cookie,
		    buf_str(&c->body));
	api_end(c);
}

void api_accept(struct api_call *c)
{
	respond(
	    c, 202, "application/json", "Preference-Applied", "respond-async", buf_str(&c->body));
	buf_reset(&c->body);
	jw_init(&c->w, &c->body);
}

static void answer(struct api_call *c)
{
	struct err err = { 0 };
	int r = c->handler->answer ? c->handler->answer(c, &err) : 0;

	api_finish(c, r, &err);
}

/* --- changes ---------------------------------------------------------------------------------- */

/* What withdraws or stops something is taken also on a disk that is as good as full. */
static const char *const always_taken[] = { "withdrawConsent", "pauseNumber", "addPause",
	"revokeIntegration", "beginSession", "enterSession", "endSession", "dropSession", "setUser",
	"removeUser", "resetUser" };

static bool has_room(const struct api_call *c)
{
	if (headroom_stage(c->gate->lane->core->headroom) != HEADROOM_GONE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(always_taken); i++) {
		if (strcmp(c->verb->operation, always_taken[i]) == 0)
			return true;
	}
	return false;
}

bool api_submit(struct api_call *c,
    int (*run)(struct lane_job *j, struct store_conn *conn, struct err *err),
    void (*back)(struct lane_job *j))
{
	struct err err = { 0 };

	if (!has_room(c)) {
		(void)api_err(c, &err, E_BUSY, "",
		    N_("The gateway's disk is as good as full; make room and try again."));
		fail_with(c, 503, &err, "Retry-After", ROOM_RETRY_AFTER);
		return false;
	}
	c->job.run = run;
	c->job.back = back;
	c->job.job.refusable = true;
	c->job.fence = true; /* what was changed holds for all that starts after the answer */
	if (lane_submit(c->gate->lane, &c->job))
		return true;
	(void)api_err(
	    c, &err, E_BUSY, "", N_("Too much is waiting to be written; try again later."));
	api_fail(c, 503, &err);
	return false;
}

static void write_value(
    struct json_writer *w, const struct noun_field *field, const struct api_value *v)
{
	switch (field->type) {
	case FIELD_BOOL:
		jw_bool(w, v->flag);
		break;
	case FIELD_INT:
		jw_int(w, v->number);
		break;
	case FIELD_LIMIT:
		if (v->flag)
			jw_int(w, v->number);
		else
			jw_c(w, "unlimited");
		break;
	case FIELD_LIST:
		jw_array(w);
		for (size_t i = 0; i < v->items_len; i++)
			jw_str(w, v->items[i]);
		jw_array_end(w);
		break;
	default:
		jw_str(w, v->text);
		break;
	}
}

/* Of a file only its digest, and of a secret nothing but that it was given. */
static void write_digest(const struct api_call *c, struct json_writer *w, const struct api_value *v)
{
	char hex[2 * SHA256_LEN + 1];
	struct sha256 digest;
	struct buf text;

	buf_init(&text, 0);
	if (v->json)
		json_canonical(&text, v->json, NULL);
	if (c->upload)
		digest = *spool_digest(c->upload);
	else
		crypto_sha256(v->json ? buf_str(&text) : v->text, &digest);
	buf_done(&text);
	hex_encode(digest.b, SHA256_LEN, hex);
	jw_c(w, hex);
}

static bool is_secret(const struct noun_field *field)
{
	return field->type == FIELD_FILE && strcmp(field->name, "file") != 0 &&
	    strcmp(field->name, "audience") != 0;
}

/* Of what tells of a person: their own entry of the ledger has it, and can be forgotten with them; the
 * operator's has their id (write_people). */
static void write_values(const struct api_call *c, struct json_writer *w)
{
	for (size_t i = 0; i < c->verb->fields_len; i++) {
		const struct noun_field *field = &c->verb->fields[i];
		const struct api_value *v = &c->values[i];
		if (!v->given)
			continue;
		jw_key(w, field->name);
		if (is_secret(field) || field->personal)
			jw_c(w, "given");
		else if (field->type == FIELD_FILE)
			write_digest(c, w, v);
		else
			write_value(w, field, v);
	}
}

static void write_people(const struct people *people, struct json_writer *w)
{
	char id[ID_TEXT_MAX];

	jw_array(w);
	for (size_t i = 0; i < people->len; i++) {
		id_format("per", people->list[i].id, id);
		jw_c(w, id);
	}
	jw_array_end(w);
}

static void write_act(const struct api_call *c, time_ms now, struct buf *out)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_int(&w, "at", now);
	if (c->before.p) {
		jw_key(&w, "before");
		jw_raw(&w, c->before);
	}
	jw_member_str(&w, "by", c->who.user.name);
	jw_member_c(&w, "from", c->peer[0] ? c->peer : NULL);
	jw_member_c(&w, "id", c->id[0] ? c->id : NULL);
	jw_member_c(&w, "operation", c->verb->operation);
	jw_key(&w, "people");
	write_people(&c->people, &w);
	jw_key(&w, "values");
	jw_object(&w);
	write_values(c, &w);
	jw_object_end(&w);
	jw_object_end(&w);
}

/* What it is about: what the handler said, or what the path or the field "id" names. */
static struct str object_of(const struct api_call *c)
{
	for (size_t i = 0; !c->id[0] && i < c->verb->fields_len; i++) {
		const struct noun_field *f = &c->verb->fields[i];
		bool names = f->type == FIELD_STR && !f->personal &&
		    (f->positional || strcmp(f->name, "id") == 0);
		if (names && c->values[i].given)
			return c->values[i].text;
	}
	return c->id[0] ? str_c(c->id) : STR_NONE;
}

static int note_act(
    struct api_call *c, struct store_conn *conn, struct str content, time_ms now, struct err *err)
{
	const struct audit_act act = { .at = now,
		.by = c->who.user.name,
		.operation = str_c(c->verb->operation),
		.object = object_of(c) };

	return core_operator_act(c->gate->lane->core, conn, &act, content, err);
}

int api_leaf(struct api_call *c, struct store_conn *conn, struct err *err)
{
	const struct json *act;
	struct buf text, canonical;
	time_ms now = clock_now();
	int r;

	buf_init(&text, 0);
	buf_init(&canonical, 0);
	write_act(c, now, &text);
	r = text.failed ? err_set(err, E_NOMEM, "Memory ran out.")
			: json_read(c->arena, buf_str(&text), &act, err);
	if (r == 0) {
		json_canonical(&canonical, act, NULL);
		r = canonical.failed ? err_set(err, E_NOMEM, "Memory ran out.")
				     : note_act(c, conn, buf_str(&canonical), now, err);
	}
	buf_done(&canonical);
	buf_done(&text);
	return r;
}

static int run_change(struct lane_job *j, struct store_conn *conn, struct err *err)
{
	struct api_call *c = API_CALL_OF(j);
	int r = c->handler->change(c, conn, err);

	return r < 0 ? r : api_leaf(c, conn, err);
}

static void on_changed(struct lane_job *j)
{
	struct api_call *c = API_CALL_OF(j);

	if (j->rc < 0) {
		api_finish(c, j->rc, &j->job.err);
		return;
	}
	log_info("an operator made a change", "operation=%s", c->verb->operation);
	answer(c);
}

void api_change(struct api_call *c)
{
	api_before(c);
	(void)api_submit(c, run_change, on_changed);
}

/* --- the way in ------------------------------------------------------------------------------- */

static void on_gone(struct http_request *req)
{
	struct api_call *c = req->user;

	c->req = NULL;
}

struct api_call *api_call_new(struct gate *g, struct http_request *req)
{
	struct arena *a = arena_new(ARENA_FIRST, ARENA_MAX);
	struct api_call *c = a ? ARENA_NEW(a, struct api_call) : NULL;

	if (!c) {
		arena_free(&a);
		return NULL;
	}
	c->gate = g;
	c->arena = a;
	c->req = req;
	c->lang = lang_from_accept(http_header_get(req, "accept-language"));
	buf_init(&c->body, 0);
	jw_init(&c->w, &c->body);
	req->user = c;
	req->on_gone = on_gone;
	return c;
}

/* What is there for who is not known yet. */
static bool signs_in(const struct http_request *req)
{
	static const struct {
		enum http_method method;
		const char *path;
	} ways[] = {
		{ HTTP_M_POST, "/api/v1/session" },
		{ HTTP_M_POST, "/api/v1/session/look" },
		{ HTTP_M_POST, "/api/v1/session/setup" },
		{ HTTP_M_POST, "/api/v1/session/provider" },
		{ HTTP_M_GET, "/api/v1/session/provider" },
	};

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (req->method == ways[i].method && str_eq_c(req->path, ways[i].path))
			return session_is_own_page(req);
	}
	return false;
}

/* Without an arena there is nothing to write a problem with. */
void api_refuse_memory(struct http_request *req)
{
	static const struct http_header headers[] = {
		{ { "Content-Type", 12 }, { "application/problem+json", 24 } },
		{ { "Retry-After", 11 }, { RETRY_AFTER, sizeof(RETRY_AFTER) - 1 } },
	};

	http_respond(req, 503, headers, ARRAY_LEN(headers),
	    STR("{\"type\":\"about:blank\",\"title\":\"The gateway cannot do it at the"
		" moment.\",\"status\":503,"
		"\"detail\":\"The gateway is short of"
		" memory.\",\"code\":\"E_NOMEM\",\"field\":null}"));
}

static void refuse_stranger(struct api_call *c)
{
	struct err err = { 0 };

	(void)api_err(c, &err, E_DENIED, "",
	    N_("Send the admin token as \"Authorization: Bearer …\"; it lies in admin.token in"
	       " the state directory."));
	fail_with(c, 401, &err, "WWW-Authenticate", "Bearer");
}

static void refuse_route(struct api_call *c, const struct api_route *route)
{
	struct err err = { 0 };

	if (!route->allow[0]) {
		(void)api_err(c, &err, E_NOT_FOUND, "",
		    N_("There is nothing at this path; /api/openapi.json describes what there"
		       " is."));
		fail_with(c, 404, &err, NULL, NULL);
		return;
	}
	char allow[sizeof(route->allow) + sizeof(", HEAD")];
	(void)snprintf(allow, sizeof(allow), "%s%s", route->allow,
	    strstr(route->allow, "GET") ? ", HEAD" : "");
	(void)api_err(c, &err, E_UNSUPPORTED, "", N_("This path takes only %s."), allow);
	fail_with(c, 405, &err, "Allow", allow);
}

static void run(struct api_call *c)
{
	struct err err = { 0 };
	int r = c->handler->check ? c->handler->check(c, &err) : 0;

	if (r < 0)
		api_finish(c, r, &err);
	else if (c->handler->start)
		c->handler->start(c);
	else if (c->handler->change)
		api_change(c);
	else
		answer(c);
}

/* A stream has no end that HEAD could tell the length of. */
static void live(struct api_call *c)
{
	const struct api_route route = { .allow = "GET" };

	if (c->req->method == HTTP_M_GET)
		api_live(c);
	else
		refuse_route(c, &route);
}

/* Passwords, links and the like are overwritten when the call is over. */
static void keep_secrets(struct api_call *c)
{
	for (size_t i = 0; !c->secret && i < c->verb->fields_len; i++)
		c->secret = is_secret(&c->verb->fields[i]);
	if (!c->secret)
		return;
	arena_keep_secret(c->arena);
	http_keep_secret(c->req);
}

/* `upload` is the call's from here on. */
static void v1(struct gate *g, struct http_request *req, struct spool *upload)
{
	struct api_call *c = api_call_new(g, req);
	struct api_route route;
	struct err err = { 0 };

	if (!c) {
		spool_free(&upload);
		api_refuse_memory(req);
		return;
	}
	c->upload = upload;
	api_peer(req, c->peer);
	int r = api_who_find(g, req, c->arena, &c->who, &err);
	if (r < 0) {
		api_finish(c, r, &err);
		return;
	}
	if (r == 0 && !signs_in(req)) {
		refuse_stranger(c);
		return;
	}
	if (api_is_live(req)) {
		live(c);
		return;
	}
	/* HEAD is answered as GET is; the connection leaves the body out. */
	api_route_find(
	    gate_reads(req) ? STR("GET") : str_c(http_method_name(req->method)), req->path, &route);
	if (!route.verb) {
		refuse_route(c, &route);
		return;
	}
	c->verb = route.verb;
	c->handler = api_handler_find(c->verb->operation);
	ASSERT(c->handler);
	keep_secrets(c);
	r = r > 0 ? api_check_role(c, &err) : 0;
	if (r == 0)
		r = api_input_read(c, route.params, req->query, req->body, &err);
	if (r == 0)
		r = api_check_scope(c, &err);
	if (r < 0)
		api_finish(c, r, &err);
	else
		run(c);
}

/* --- the description -------------------------------------------------------------------------- */

/* Made once; it is the same for everybody. Empty when memory ran out. */
static struct str description(void)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	static struct buf text;

	pthread_mutex_lock(&lock);
	if (text.len == 0) {
		buf_init(&text, 0);
		if (api_openapi_write(&text) < 0)
			buf_done(&text);
	}
	struct str ret = buf_str(&text);
	pthread_mutex_unlock(&lock);
	return ret;
}

/* For who has no token either. */
static void refuse_openapi(struct gate *g, struct http_request *req)
{
	const struct api_route route = { .allow = "GET" };
	struct api_call *c = api_call_new(g, req);

	if (c)
		refuse_route(c, &route);
	else
		api_refuse_memory(req);
}

static void openapi(struct gate *g, struct http_request *req)
{
	struct str text;

	if (!gate_reads(req)) {
		refuse_openapi(g, req);
		return;
	}
	text = description();
	if (text.len)
		http_respond_json(req, 200, NULL, 0, text);
	else
		api_refuse_memory(req);
}

void api_request(struct gate *g, struct http_request *req)
{
	if (str_eq(req->path, STR("/api/openapi.json")))
		openapi(g, req);
	else
		v1(g, req, NULL);
}

void api_request_upload(struct gate *g, struct http_request *req, struct spool *upload)
{
	v1(g, req, upload);
}

void api_refuse(struct gate *g, struct http_request *req, const struct err *err)
{
	struct api_call *c = api_call_new(g, req);

	if (c)
		api_finish(c, err_negative((enum err_code)err->code), err);
	else
		api_refuse_memory(req);
}
