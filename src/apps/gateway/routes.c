/* Which path goes where. Graph paths are taken apart strictly: a path that could mean a send to
 * Meta in another spelling (other case, doubled or trailing slash, percent-encoding, method
 * override) must not get round the gate. */
#include "apps/gateway/gateway.h"

#include <string.h>

#include "apps/gateway/api.h"
#include "apps/gateway/console.h"
#include "base/check.h"
#include "flow/flow.h"
#include "flow/inbound.h"
#include "transport/graph.h"

#define WEBHOOK_BODY_MAX (4u << 20)
#define SEND_BODY_MAX (1u << 20)
#define API_BODY_MAX (64u << 20)
#define UPLOAD_BODY_MAX \
	((100u << 20) + (1u << 20)) /* a document of 100 MB and its multipart frame */

enum route_kind {
	ROUTE_NONE,
	ROUTE_WEBHOOK,
	ROUTE_HEALTH,
	ROUTE_READY,
	ROUTE_METRICS,
	ROUTE_API,
	ROUTE_MEDIA,
	ROUTE_CONSOLE,
	ROUTE_OIDC,
	ROUTE_GRAPH
};

struct route {
	enum route_kind kind;
	struct str version, id, rest; /* ROUTE_GRAPH; rest "" or "/edge" */
	struct str
	    token; /* ROUTE_MEDIA; ROUTE_CONSOLE: name of a file, p NULL = not a folder yet */
};

/* --- taking a path apart ---------------------------------------------------------------------- */

static bool is_digits(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return false;
	}
	return s.len > 0;
}

/* "v25.0" */
static bool is_version(struct str s)
{
	struct str minor = str_sub(s, 1, s.len);

	if (!str_starts(s, STR("v")))
		return false;
	struct str major = str_cut(&minor, '.');
	return s.len <= 8 && is_digits(major) && is_digits(minor);
}

static bool is_word(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
			c == '_' || c == '-'))
			return false;
	}
	return s.len > 0 && s.len <= 128;
}

/* "", "/messages", "/assigned_users/…": words between single slashes, none at the end. */
static bool is_rest(struct str rest)
{
	while (rest.len) {
		if (rest.p[0] != '/')
			return false;
		rest = str_sub(rest, 1, rest.len);
		const char *slash = memchr(rest.p, '/', rest.len);
		size_t len = slash ? (size_t)(slash - rest.p) : rest.len;
		if (!is_word(str_sub(rest, 0, len)))
			return false;
		rest = str_sub(rest, len, rest.len);
	}
	return true;
}

static bool take_graph(struct str path, struct route *r)
{
	struct str rest = str_sub(path, 1, path.len);
	struct str version = str_cut(&rest, '/');
	const char *slash = rest.p ? memchr(rest.p, '/', rest.len) : NULL;
	size_t id_len = slash ? (size_t)(slash - rest.p) : rest.len;

	*r = (struct route){
		.kind = ROUTE_GRAPH,
		.version = version,
		.id = str_sub(rest, 0, id_len),
		.rest = str_sub(rest, id_len, rest.len),
	};
	return is_version(version) && is_word(r->id) && is_rest(r->rest);
}

static const struct {
	struct str path;
	enum route_kind kind;
} fixed[] = {
	{ { "/webhooks/meta", 14 }, ROUTE_WEBHOOK },
	{ { "/healthz", 8 }, ROUTE_HEALTH },
	{ { "/readyz", 7 }, ROUTE_READY },
	{ { "/metrics", 8 }, ROUTE_METRICS },
	{ { "/console", 8 }, ROUTE_CONSOLE },
	{ { OIDC_START, sizeof(OIDC_START) - 1 }, ROUTE_OIDC },
	{ { OIDC_BACK, sizeof(OIDC_BACK) - 1 }, ROUTE_OIDC },
};

static struct route route_of(struct str path)
{
	struct route r = { .kind = ROUTE_NONE };

	for (size_t i = 0; i < ARRAY_LEN(fixed); i++) {
		if (str_eq(path, fixed[i].path))
			return (struct route){ .kind = fixed[i].kind };
	}
	if (str_starts(path, STR("/api/")))
		return (struct route){ .kind = ROUTE_API };
	if (str_starts(path, STR("/media/")))
		return (struct route){ .kind = ROUTE_MEDIA, .token = str_sub(path, 7, path.len) };
	if (str_starts(path, STR("/console/")))
		return (struct route){ .kind = ROUTE_CONSOLE, .token = str_sub(path, 9, path.len) };
	if (take_graph(path, &r))
		return r;
	return (struct route){ .kind = ROUTE_NONE };
}

static bool is_send(const struct route *r)
{
	return r->kind == ROUTE_GRAPH &&
	    (str_eq(r->rest, STR("/messages")) || str_eq(r->rest, STR("/marketing_messages")));
}

static bool is_upload(const struct http_request *req, const struct route *r)
{
	return r->kind == ROUTE_GRAPH && req->method == HTTP_M_POST &&
	    str_eq(r->rest, STR("/media"));
}

/* --- what all share --------------------------------------------------------------------------- */

void gate_answer_error(
    struct http_request *req, int status, int code, const char *message, const char *details)
{
	static const struct http_header retry = { { "Retry-After", 11 }, { "1", 1 } };
	struct buf body;

	buf_init(&body, 0);
	graph_write_error(code, "VarcoException", message, details, "", status >= 500, &body);
	http_respond_json(req, status, &retry, status == 503, buf_str(&body));
	buf_done(&body);
}

void gate_answer_method(
    struct http_request *req, const char *allow, const char *message, const char *details)
{
	const struct http_header allowed = { STR("Allow"), str_c(allow) };
	struct buf body;

	buf_init(&body, 0);
	graph_write_error(100, "VarcoException", message, details, "", false, &body);
	http_respond_json(req, 405, &allowed, 1, buf_str(&body));
	buf_done(&body);
}

bool gate_reads(const struct http_request *req)
{
	return req->method == HTTP_M_GET || req->method == HTTP_M_HEAD;
}

static struct str bearer(struct http_request *req)
{
	struct str value = http_header_get(req, "authorization"), scheme = str_cut(&value, ' ');

	return str_eq_nocase(scheme, STR("bearer")) ? str_trim(value) : STR_NONE;
}

const struct dir_app *gate_caller(const struct directory *d, struct http_request *req)
{
	struct str key = bearer(req);

	if (!key.p)
		key = http_query_get(req, "access_token");
	return key.p ? directory_app_by_key(d, key) : NULL;
}

/* --- dispatching ------------------------------------------------------------------------------ */

static void webhook(struct gate *g, struct http_request *req)
{
	if (req->method == HTTP_M_POST)
		inbound_post(g->lane, req);
	else if (req->method == HTTP_M_GET)
		inbound_verify(g->lane, req);
	else
		gate_answer_method(req, "GET, POST",
		    "Webhooks are verified by GET and posted by POST.",
		    "Use one of these methods.");
}

static void graph(struct gate *g, struct http_request *req, const struct route *r)
{
	if (!is_send(r)) {
		pass_start(g, req, r->version, r->id, r->rest);
		return;
	}
	if (req->method == HTTP_M_POST)
		flow_start(g->lane, req, r->version, r->id, r->rest);
	else
		gate_answer_method(
		    req, "POST", "Messages are sent by POST.", "Use POST with a JSON body.");
}

/* Each of these does something, so HEAD is none of theirs. */
static void oidc(struct gate *g, struct http_request *req)
{
	if (!g->gateway->oidc)
		console_answer(console_files, req, STR("oidc"));
	else if (req->method == HTTP_M_GET)
		oidc_request(g, req);
	else
		gate_answer_method(req, "GET", "Signing in is begun and ended by GET.", "Use GET.");
}

static void go(struct gate *g, struct http_request *req)
{
	struct route r = route_of(req->path);
	bool reads_only = r.kind == ROUTE_MEDIA || r.kind == ROUTE_METRICS ||
	    r.kind == ROUTE_HEALTH || r.kind == ROUTE_READY || r.kind == ROUTE_CONSOLE;

	if (reads_only && !gate_reads(req)) {
		gate_answer_method(req, "GET, HEAD", "This can only be read.", "Use GET or HEAD.");
		return;
	}
	switch (r.kind) {
	case ROUTE_GRAPH:
		graph(g, req, &r);
		break;
	case ROUTE_WEBHOOK:
		webhook(g, req);
		break;
	case ROUTE_API:
		if (api_is_event(req))
			api_event(g, req);
		else
			api_request(g, req);
		break;
	case ROUTE_MEDIA:
		media_start(g, req, r.token);
		break;
	case ROUTE_CONSOLE:
		console_answer(console_files, req, r.token);
		break;
	case ROUTE_OIDC:
		oidc(g, req);
		break;
	case ROUTE_METRICS:
		metrics_request(g, req);
		break;
	case ROUTE_HEALTH:
	case ROUTE_READY:
		health_request(g, req, r.kind == ROUTE_READY);
		break;
	case ROUTE_NONE:
		gate_answer_error(req, 404, 100, "There is nothing at this path.",
		    "Graph paths are /vN.N/ID/EDGE; Varco's own begin with /api/v1/.");
		break;
	}
}

void routes_on_head(void *ctx, struct http_request *req, struct http_plan *plan)
{
	struct route r = route_of(req->path);
	struct gate *g = ctx;

	plan->max_body = SEND_BODY_MAX;
	if (r.kind == ROUTE_WEBHOOK)
		plan->max_body = WEBHOOK_BODY_MAX;
	else if (r.kind == ROUTE_API && api_takes_stream(g, req)) {
		plan->max_body = API_UPLOAD_MAX;
		plan->stream = true;
	} else if (r.kind == ROUTE_API)
		plan->max_body = API_BODY_MAX;
	else if (is_upload(req, &r)) {
		plan->max_body = UPLOAD_BODY_MAX;
		plan->stream = true;
	}
	/* Nobody but the operator may have the gateway collect a large body. */
	if (r.kind == ROUTE_API && !api_is_known(g, req))
		plan->max_body = SEND_BODY_MAX;
}

void routes_on_request(void *ctx, struct http_request *req)
{
	struct gate *g = ctx;
	struct route r = route_of(req->path);

	if (is_upload(req, &r))
		pass_start_upload(g, req, r.version, r.id);
	else if (r.kind == ROUTE_API && api_takes_stream(g, req))
		api_upload(g, req);
	else if (r.kind == ROUTE_HEALTH || r.kind == ROUTE_CONSOLE || r.kind == ROUTE_OIDC ||
	    !g->gateway->config->clock)
		go(g, req);
	else
		gate_with_clock(g, req, go);
}
