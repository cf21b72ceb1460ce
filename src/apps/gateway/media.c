/* Media addresses of Meta's need Meta's token, which no app has: in answers they become ours, with
 * Meta's address sealed into them. Whoever may use a number of that WABA may fetch it; the bytes
 * stream through. */
#include "apps/gateway/gateway.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "flow/target.h"

#define CONTEXT "media-url"
#define ADDRESS_MAX 4096

struct fetch {
	struct gate *gate;
	struct arena *arena;
	struct http_request *req;
	struct upstream_call *call;
	bool begun, waiting;
};

struct str media_public_url(struct gate *g, struct arena *a, struct str waba, struct str url)
{
	struct str plain = arena_printf(a, "%.*s\n%.*s", STR_ARG(waba), STR_ARG(url));
	struct str ours = STR_NONE;
	struct buf sealed;
	char *hex;

	buf_init(&sealed, ADDRESS_MAX);
	if (plain.p && seal(&g->lane->core->key, STR(CONTEXT), plain, &sealed) == 0) {
		hex = arena_alloc(a, 2 * sealed.len + 1);
		if (hex) {
			hex_encode(sealed.p, sealed.len, hex);
			ours = arena_printf(a, "%s/media/%s", g->gateway->public_url, hex);
		}
	}
	buf_done(&sealed);
	return ours;
}

/* The WABA and Meta's address out of a token of ours. */
static bool open_token(
    struct gate *g, struct arena *a, struct str token, struct str *ret_waba, struct str *ret_url)
{
	size_t len = token.len / 2;
	char *sealed = len && len <= ADDRESS_MAX ? arena_alloc(a, len) : NULL;
	struct buf plain;
	bool ok = false;

	buf_init(&plain, ADDRESS_MAX);
	if (sealed && hex_decode(token, sealed, len) == 0 &&
	    unseal(&g->lane->core->key, STR(CONTEXT), str_n(sealed, len), &plain, NULL) == 0) {
		*ret_url = arena_str(a, buf_str(&plain));
		*ret_waba = str_cut(ret_url, '\n');
		ok = ret_url->p != NULL;
	}
	buf_done(&plain);
	return ok;
}

static void fetch_end(struct fetch *f)
{
	struct arena *a = f->arena;

	if (f->req) {
		f->req->on_gone = NULL;
		f->req->user = NULL;
	}
	lane_arena_back(f->gate->lane, &a);
}

static void on_gone(struct http_request *req)
{
	struct fetch *f = req->user;

	f->req = NULL;
	if (f->call)
		upstream_cancel(f->call);
}

static void on_drain(struct http_request *req)
{
	struct fetch *f = req->user;

	if (f && f->waiting && f->call) {
		f->waiting = false;
		upstream_resume(f->call);
	}
}

static void on_head(void *arg, int status, const struct http_header *headers, size_t n)
{
	struct fetch *f = arg;
	struct http_header passed[2];
	size_t k = 0;
	int64_t length = -1;

	if (!f->req)
		return;
	for (size_t i = 0; i < n && k < ARRAY_LEN(passed); i++) {
		if (str_eq_nocase(headers[i].name, STR("content-length"))) {
			if (str_to_i64(str_trim(headers[i].value), &length) < 0)
				length = -1;
		} else if (str_eq_nocase(headers[i].name, STR("content-type"))) {
			passed[k++] = headers[i];
		}
	}
	f->begun = true;
	http_respond_begin(f->req, status, passed, k, length, on_drain);
}

static bool on_chunk(void *arg, struct str chunk)
{
	struct fetch *f = arg;

	if (!f->req)
		return true; /* cancelled: the rest is thrown away */
	f->waiting = !http_respond_write(f->req, chunk);
	return !f->waiting;
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct fetch *f = arg;
	struct http_request *req = f->req;

	f->call = NULL;
	bool whole = answer->outcome == UPSTREAM_ANSWERED, begun = f->begun;
	fetch_end(f);
	if (!req)
		return;
	if (!begun)
		gate_answer_error(req, 504, 2, "The medium could not be fetched.",
		    "Ask for its address again, then fetch it within five minutes.");
	else if (whole)
		http_respond_end(req);
	else
		http_respond_abort(req);
}

/* lane_directory() may replace the directory at each call, so everything is found in one. */
static const struct dir_waba *allowed_waba(
    const struct directory *d, struct http_request *req, struct str waba)
{
	const struct dir_app *app = gate_caller(d, req);
	const struct dir_waba *w = directory_waba(d, waba);

	if (!app || app->status != APP_ACTIVE || !w || !dir_app_has_waba(d, app, w))
		return NULL;
	return w;
}

static bool start(struct fetch *f, const struct dir_waba *w, struct str url)
{
	struct target target;
	struct err err = { 0 };

	/* Only for the credential; the address is Meta's own. */
	if (!target_for(f->gate->lane->core, w, f->arena, STR("v"), STR("media"), STR(""), &target))
		return false;
	struct upstream_request r = {
		.method = HTTP_M_GET,
		.url = url,
		.headers = &target.auth,
		.headers_len = 1,
		.arg = f,
		.on_done = on_done,
		.on_head = on_head,
		.on_chunk = on_chunk,
	};
	return upstream_start(f->gate->lane->upstream, &r, &f->call, &err) == 0;
}

void media_start(struct gate *g, struct http_request *req, struct str token)
{
	struct arena *a = lane_arena(g->lane);
	struct fetch *f = a ? ARENA_NEW(a, struct fetch) : NULL;
	struct str waba_id, url;
	const struct dir_waba *w = NULL;

	if (f) {
		*f = (struct fetch){ .gate = g, .arena = a, .req = req };
		if (open_token(g, a, token, &waba_id, &url))
			w = allowed_waba(lane_directory(g->lane), req, waba_id);
	}
	if (w && (str_starts(url, STR("https://")) || target_is_loopback(url))) {
		req->user = f;
		req->on_gone = on_gone;
		if (start(f, w, url))
			return;
		req->on_gone = NULL;
		req->user = NULL;
	}
	if (a)
		lane_arena_back(g->lane, &a);
	gate_answer_error(req, 403, 200, "This medium is unknown here, or not in the app's scope.",
	    "Ask for its address with GET /vN.N/MEDIA-ID and the app's key.");
}
