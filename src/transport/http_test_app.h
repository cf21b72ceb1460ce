/* transport/http_test_app.h: the application and the client that the tests of the HTTP server
 * share. Server and client are on one thread. Include it behind cmocka.h. */
#ifndef TRANSPORT_HTTP_TEST_APP_H
#define TRANSPORT_HTTP_TEST_APP_H

#include <signal.h>
#include <stdio.h>

#include "base/check.h"
#include "transport/http_cases.h"
#include "transport/http_server.h"
#include "transport/test_client.h"

#define STREAM_BYTES ((size_t)12 * 1024 * 1024)

#define GET(path) "GET " path " HTTP/1.1\r\n" HOST "\r\n"
#define POST(path, len) "POST " path " HTTP/1.1\r\n" HOST "Content-Length: " #len "\r\n\r\n"
#define CHUNKED(path) "POST " path " HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"

/* --- the application under test: what it does is the path ------------------------------------ */

static struct {
	struct loop *loop;
	struct http_server *server;
	struct http_request *waiting; /* of /never, until its client goes or the test answers */
	struct loop_timer *timer;
	struct http_request *later;
	size_t requests, gone, drained, uploaded, upload_pauses, stream_left, stream_stops;
	bool upload_over;
	struct http_limits limits;
} app;

static inline void on_gone(struct http_request *req)
{
	app.gone++;
	if (req == app.waiting)
		app.waiting = NULL;
	if (req == app.later)
		app.later = NULL;
}

static inline void on_timer(void *arg)
{
	(void)arg;
	if (app.later)
		http_respond(app.later, 200, NULL, 0, STR("later"));
	if (app.waiting && http_responded(app.waiting) == false && app.waiting->on_body)
		http_body_pause(app.waiting, false);
}

static inline void fill(char *out, size_t from, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (char)('a' + (from + i) % 26);
}

static inline void stream_more(struct http_request *req)
{
	static char piece[40000];
	bool more = true;

	while (app.stream_left && more) {
		size_t n = app.stream_left < sizeof(piece) ? app.stream_left : sizeof(piece);
		fill(piece, STREAM_BYTES - app.stream_left, n);
		app.stream_left -= n;
		more = http_respond_write(req, str_n(piece, n));
	}
	app.stream_stops += !more;
	if (!app.stream_left)
		http_respond_end(req);
}

static inline void do_stream(struct http_request *req)
{
	app.stream_left = STREAM_BYTES;
	http_respond_begin(req, 200, NULL, 0, -1, stream_more);
	stream_more(req);
}

static inline void do_stream_known(struct http_request *req)
{
	app.stream_left = STREAM_BYTES;
	http_respond_begin(req, 200, NULL, 0, (int64_t)STREAM_BYTES, stream_more);
	stream_more(req);
}

static inline void do_short(struct http_request *req)
{
	http_respond_begin(req, 200, NULL, 0, 100, NULL);
	(void)http_respond_write(req, STR("only this"));
	http_respond_end(req);
}

static inline void do_long(struct http_request *req)
{
	http_respond_begin(req, 200, NULL, 0, 3, NULL);
	assert_false(http_respond_write(req, STR("more than three")));
}

static inline void do_abort(struct http_request *req)
{
	http_respond_begin(req, 200, NULL, 0, -1, NULL);
	(void)http_respond_write(req, STR("some"));
	http_respond_abort(req);
}

static inline void do_headers(struct http_request *req)
{
	const struct http_header headers[] = {
		{ STR("X-Good"), STR("yes") },
		{ STR("X-Bad"), STR("a\r\nX-Injected: 1") },
		{ STR("X-Bad\r\nX-Injected"), STR("2") },
		{ STR(""), STR("nameless") },
	};

	http_respond_json(req, 200, headers, ARRAY_LEN(headers), STR("{}"));
}

static inline void do_echo(struct http_request *req)
{
	http_respond(req, 200, NULL, 0, req->body);
}

static inline void do_secret(struct http_request *req)
{
	http_keep_secret(req);
	http_respond(req, 200, NULL, 0, STR("kept"));
}

static inline void do_hello(struct http_request *req)
{
	http_respond(req, 200, NULL, 0, STR("hello"));
}

static inline void do_none(struct http_request *req)
{
	http_respond(req, 204, NULL, 0, STR_NONE);
}

static inline void do_later(struct http_request *req)
{
	app.later = req;
	loop_timer_start(app.timer, 1, 0);
}

static inline void do_never(struct http_request *req)
{
	app.waiting = req;
}

static inline void do_peer(struct http_request *req)
{
	http_respond(req, 200, NULL, 0, req->peer);
}

static inline void on_upload(struct http_request *req, struct str chunk)
{
	app.uploaded += chunk.len;
	if (app.uploaded / 1000000 > app.upload_pauses) {
		app.upload_pauses++;
		app.waiting = req;
		http_body_pause(req, true);
		loop_timer_start(app.timer, 1, 0);
	}
}

static inline void on_upload_end(struct http_request *req)
{
	char text[32];

	app.upload_over = true;
	snprintf(text, sizeof(text), "%zu", app.uploaded);
	http_respond(req, 200, NULL, 0, str_c(text));
}

static inline void do_upload(struct http_request *req)
{
	app.uploaded = app.upload_pauses = 0;
	app.upload_over = false;
	req->on_body = on_upload;
	req->on_body_end = on_upload_end;
}

static const struct {
	const char *path;
	void (*run)(struct http_request *req);
	bool at_head, stream;
	uint64_t max_body;
} routes[] = {
	{ "/hello", do_hello, false, false, 0 },
	{ "/echo", do_echo, false, false, 0 },
	{ "/secret", do_secret, false, false, 0 },
	{ "/none", do_none, false, false, 0 },
	{ "/later", do_later, false, false, 0 },
	{ "/never", do_never, false, false, 0 },
	{ "/peer", do_peer, false, false, 0 },
	{ "/headers", do_headers, false, false, 0 },
	{ "/stream", do_stream, false, false, 0 },
	{ "/stream-known", do_stream_known, false, false, 0 },
	{ "/short", do_short, false, false, 0 },
	{ "/long", do_long, false, false, 0 },
	{ "/abort", do_abort, false, false, 0 },
	{ "/at-head", do_hello, true, false, 0 },
	{ "/upload", do_upload, false, true, 100 * 1024 * 1024 },
	{ "/small", do_echo, false, false, 4 },
};

static inline size_t route_of(struct http_request *req)
{
	for (size_t i = 0; i < ARRAY_LEN(routes); i++) {
		if (str_eq_c(req->path, routes[i].path))
			return i;
	}
	return 0;
}

static inline void on_head(void *ctx, struct http_request *req, struct http_plan *plan)
{
	size_t r = route_of(req);

	(void)ctx;
	req->on_gone = on_gone;
	plan->stream = routes[r].stream;
	if (routes[r].max_body)
		plan->max_body = routes[r].max_body;
	if (routes[r].at_head)
		routes[r].run(req);
}

static inline void on_request(void *ctx, struct http_request *req)
{
	(void)ctx;
	app.requests++;
	routes[route_of(req)].run(req);
}

static const struct http_handler handler = { .on_head = on_head, .on_request = on_request };

/* --- set-up ---------------------------------------------------------------------------------- */

static inline void server_start(const struct http_limits *limits)
{
	struct err err;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(&app, 0, sizeof(app));
	app.loop = loop_new(&err);
	assert_non_null(app.loop);
	app.timer = loop_timer_new(app.loop, on_timer, NULL);
	assert_non_null(app.timer);
	if (http_server_open(app.loop, "127.0.0.1:0", limits, NULL, &handler, &app.server, &err))
		fail_msg("%s", err.text);
}

static inline void server_stop(void)
{
	http_server_close(&app.server);
	loop_timer_free(&app.timer);
	loop_free(&app.loop);
}

static inline int with_server(void **state)
{
	struct http_limits l;

	(void)state;
	http_limits_default(&l);
	server_start(&l);
	return 0;
}

static inline int without_server(void **state)
{
	(void)state;
	server_stop();
	return 0;
}

static inline int dial(void)
{
	return dial_port(port_of(http_server_address(app.server)));
}

/* Says it, ends its side, and returns all that comes back. */
static inline struct str ask(struct buf *in, struct str request)
{
	int fd = dial();

	buf_reset(in);
	(void)put(app.loop, fd, request);
	(void)shutdown(fd, SHUT_WR);
	(void)take(app.loop, fd, in, SIZE_MAX);
	close(fd);
	return buf_str(in);
}

static inline struct str body_of(struct str answer)
{
	const char *end = NULL;

	if (answer.p)
		end = memmem(answer.p, answer.len, "\r\n\r\n", 4);
	if (!end) {
		fail_msg("there is no end of a head: %.*s", STR_ARG(answer));
		return STR_NONE;
	}
	return str_sub(answer, (size_t)(end + 4 - answer.p), answer.len);
}

static inline void answers(const char *name, struct str request, int status, const char *body)
{
	struct buf in;

	buf_init(&in, 0);
	struct str got = ask(&in, request);
	if (status_in(got) != status || (body && !str_eq_c(body_of(got), body)))
		fail_msg("%s: %.*s", name, STR_ARG(got));
	buf_done(&in);
}

static inline struct http_stats stats(void)
{
	struct http_stats s;

	http_server_stats(app.server, &s);
	return s;
}

static inline bool no_conns(void *arg)
{
	(void)arg;
	return stats().conns == 0;
}

static inline bool is_waiting(void *arg)
{
	(void)arg;
	return app.waiting != NULL;
}

static inline bool nobody_waits(void *arg)
{
	(void)arg;
	return app.waiting == NULL;
}

static inline void with_limits(void (*set)(struct http_limits *l))
{
	struct http_limits l;

	http_limits_default(&l);
	l.tick_ms = 5;
	set(&l);
	server_start(&l);
}

static inline void hasty(struct http_limits *l)
{
	/* Longer than a busy machine lets a program stand: what was said in time must be read in time. */
	l->head_ms = l->idle_ms = l->body_ms = l->write_ms = 300;
}

static inline struct str big_request(struct buf *b, const char *head, size_t body)
{
	buf_reset(b);
	buf_addf(b, head, body);
	assert_true(buf_reserve(b, body));
	fill(b->p + b->len, 0, body);
	b->len += body;
	return buf_str(b);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, with_server, without_server)

#endif
