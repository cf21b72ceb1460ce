/* [server] clock = upstream: before a request is judged, the simulator is asked what time it is
 * there, so that whoever moved its clock sees the effect at once. Only on loopback, only for tests
 * and demos. */
#include "apps/gateway/gateway.h"

#include "base/check.h"
#include "base/log.h"

struct asking {
	struct gate *gate;
	struct http_request *req; /* NULL: nobody waits, or the client left */
	void (*go)(struct gate *g, struct http_request *req);
	struct arena *arena;
	struct upstream_call *call;
};

static void on_gone(struct http_request *req)
{
	struct asking *q = req->user;

	q->req = NULL;
}

static void set_clock(const struct upstream_answer *answer, struct arena *a)
{
	const struct json *doc;
	int64_t ms;
	bool virtual = false;

	if (answer->outcome != UPSTREAM_ANSWERED || answer->status != 200 ||
	    json_read(a, answer->body, &doc, NULL) < 0)
		return;
	(void)json_bool(json_get(doc, "virtual"), &virtual);
	if (json_int(json_get(doc, "ms"), &ms))
		clock_set_wall(ms, virtual);
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct asking *q = arg;
	struct gate *g = q->gate;
	struct http_request *req = q->req;
	void (*go)(struct gate *, struct http_request *) = q->go;
	struct arena *a = q->arena;

	set_clock(answer, a);
	lane_arena_back(g->lane, &a);
	if (!req)
		return;
	req->on_gone = NULL;
	req->user = NULL;
	go(g, req);
}

void gate_with_clock(
    struct gate *g, struct http_request *req, void (*go)(struct gate *g, struct http_request *req))
{
	struct arena *a = lane_arena(g->lane);
	struct asking *q = a ? ARENA_NEW(a, struct asking) : NULL;
	struct str url = q ? arena_printf(a, "%s/_sim/clock", g->gateway->config->base_url)
			   : STR_NONE;
	struct upstream_request r = {
		.method = HTTP_M_GET, .url = url, .arg = q, .on_done = on_done
	};
	struct err err = { 0 };

	if (url.p) {
		*q = (struct asking){ .gate = g, .req = req, .go = go, .arena = a };
		if (req) {
			req->user = q;
			req->on_gone = on_gone;
		}
		if (upstream_start(g->lane->upstream, &r, &q->call, &err) == 0)
			return;
		log_warn(
		    "the simulator's clock could not be asked", "error=%s", err_name(err.code));
	}
	if (a)
		lane_arena_back(g->lane, &a);
	if (!req)
		return;
	req->on_gone = NULL;
	req->user = NULL;
	go(g, req);
}
