/* GET /api/v1/events: which kinds of things changed, as server-sent events. Names of topics go out and nothing else: who
 * listens asks the API for what it may see. Once a second one look at the store (flow/pulse.h) for all who listen on this
 * loop; nothing is done while nobody does. What a reader does not take is not queued: its topics are added up until it takes
 * again, or it is let go. Nobody is promised to hear of everything that happened while not connected: each stream begins with
 * "hello", upon which a client asks for all that it shows. */
#include "apps/gateway/api.h"

#include <stdlib.h>

#include "base/check.h"
#include "base/log.h"
#include "flow/pulse.h"

#define STREAMS_MAX 128 /* on one loop */
#define TICK_MS 1000
#define BEAT_TICKS 5   /* something is written at least so often, which finds out who is gone */
#define STUCK_TICKS 30 /* who takes nothing for so long is let go */
#define LIFE_TICKS 600 /* then it begins anew, and is asked anew who it is */
#define LINE_BYTES 256

struct stream {
	struct stream *next;
	struct live *live;
	struct api_call *call;
	bool greeted;
	unsigned topics;            /* to be told */
	unsigned age, quiet, stuck; /* ticks */
	bool full;
};

struct live {
	struct gate *gate;
	struct loop_timer *timer;
	struct pulse pulse;
	struct stream *streams;
	size_t len;
};

/* --- one stream ------------------------------------------------------------------------------- */

static void unlink_stream(struct stream *s)
{
	struct live *v = s->live;
	struct stream **at = &v->streams;

	while (*at && *at != s)
		at = &(*at)->next;
	ASSERT(*at);
	*at = s->next;
	v->len--;
	if (!v->streams) {
		loop_timer_stop(v->timer);
		v->pulse = (struct pulse){ .looked = false };
	}
}

/* The stream is in the call's arena. */
static void forget(struct stream *s)
{
	struct api_call *c = s->call;

	unlink_stream(s);
	c->req = NULL;
	api_end(c);
}

static void on_gone(struct http_request *req)
{
	struct api_call *c = req->user;

	forget(c->state);
}

static void let_go(struct stream *s, void (*end)(struct http_request *req))
{
	struct http_request *req = s->call->req;

	req->on_gone = NULL;
	req->user = NULL;
	end(req);
	forget(s);
}

static void on_drain(struct http_request *req)
{
	struct api_call *c = req->user;
	struct stream *s = c ? c->state : NULL;

	if (s)
		s->full = false;
}

/* The stream may be gone when this returns. */
static void write_to(struct stream *s, struct str text)
{
	struct api_call *c = s->call;

	s->quiet = 0;
	s->full = true;
	if (http_respond_write(c->req, text))
		s->full = false;
}

/* "event: changed\ndata: decision number\n\n" */
static struct str changed(unsigned topics, struct buf *out)
{
	const char *between = "";

	buf_reset(out);
	buf_add(out, STR("event: changed\ndata: "));
	for (unsigned i = 0; i < PULSE_TOPICS; i++) {
		if (topics & PULSE_BIT(i)) {
			buf_addf(out, "%s%s", between, pulse_name((enum pulse_topic)i));
			between = " ";
		}
	}
	buf_add(out, STR("\n\n"));
	return buf_str(out);
}

/* A session may have ended, or its user may be gone, since. */
static bool may_stay(struct stream *s)
{
	return api_who_stays(s->live->gate, s->call->req, s->call->arena);
}

static void tick_stream(struct stream *s, struct buf *line)
{
	s->age++;
	s->quiet++;
	s->stuck = s->full ? s->stuck + 1 : 0;
	if (s->stuck > STUCK_TICKS) {
		let_go(s, http_respond_abort);
	} else if (s->age > LIFE_TICKS || (s->age % BEAT_TICKS == 0 && !may_stay(s))) {
		let_go(s, http_respond_end);
	} else if (!s->greeted) {
		s->greeted = true;
		write_to(s, STR("retry: 2000\nevent: hello\ndata: all\n\n"));
	} else if (!s->full && s->topics) {
		struct str text = changed(s->topics, line);
		s->topics = 0;
		write_to(s, text);
	} else if (!s->full && s->quiet >= BEAT_TICKS) {
		write_to(s, STR(":\n\n"));
	}
}

/* --- all of them ------------------------------------------------------------------------------ */

static void on_tick(void *arg)
{
	struct live *v = arg;
	struct stream *next = NULL;
	unsigned topics = 0;
	struct err err = { 0 };
	struct buf line;

	if (pulse_look(&v->pulse, v->gate->lane->core, v->gate->lane->reader, &topics, &err) < 0)
		log_warn("what changed could not be read", "error=%s", err_name(err.code));
	buf_init(&line, LINE_BYTES);
	for (struct stream *s = v->streams; s; s = next) {
		next = s->next;
		s->topics |= topics;
		tick_stream(s, &line);
	}
	buf_done(&line);
}

int live_new(struct gate *g, struct live **ret, struct err *err)
{
	struct live *v = calloc(1, sizeof(*v));

	if (!v)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	v->gate = g;
	v->timer = loop_timer_new(g->loop, on_tick, v);
	if (!v->timer) {
		free(v);
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	}
	*ret = v;
	return 0;
}

void live_end(struct live *v)
{
	while (v && v->streams)
		let_go(v->streams, http_respond_end);
}

void live_free(struct live **pv)
{
	struct live *v = *pv;

	if (!v)
		return;
	loop_timer_free(&v->timer);
	free(v);
	*pv = NULL;
}

/* --- the way in ------------------------------------------------------------------------------- */

bool api_is_live(const struct http_request *req)
{
	return str_eq(req->path, STR("/api/v1/events"));
}

static void refuse_more(struct api_call *c)
{
	struct err err = { 0 };

	(void)api_err(c, &err, E_BUSY, "",
	    N_("Too many listen for changes here; ask again in a few seconds, or look now and then."));
	api_fail(c, 503, &err);
}

void api_live(struct api_call *c)
{
	static const struct http_header headers[] = {
		{ { "Content-Type", 12 }, { "text/event-stream", 17 } },
		{ { "Cache-Control", 13 }, { "no-store", 8 } },
		{ { "X-Content-Type-Options", 22 }, { "nosniff", 7 } },
		{ { "X-Accel-Buffering", 17 }, { "no", 2 } },
	};
	struct live *v = c->gate->live;
	struct stream *s = ARENA_NEW(c->arena, struct stream);

	if (!s || v->len >= STREAMS_MAX || atomic_load(&c->gate->lane->core->draining)) {
		refuse_more(c);
		return;
	}
	*s = (struct stream){ .next = v->streams, .live = v, .call = c };
	v->streams = s;
	v->len++;
	c->state = s;
	c->req->on_gone = on_gone;
	loop_timer_start(v->timer, 1, TICK_MS); /* who is new is greeted at once */
	http_respond_begin(c->req, 200, headers, ARRAY_LEN(headers), -1, on_drain);
}
