/* transport/upstream_test_peer.h: the peer and the calls that the tests of the upstream client
 * share. Peer and client are on one thread. Include it behind cmocka.h.
 *
 * What a test asks over plain HTTP goes out by our own client or by libcurl, and most tests must
 * hold for both: BOTH() runs them twice. */
#ifndef TRANSPORT_UPSTREAM_TEST_PEER_H
#define TRANSPORT_UPSTREAM_TEST_PEER_H

#include <signal.h>
#include <stdio.h>

#include "base/check.h"
#include "transport/test_client.h"
#include "transport/upstream.h"

#define BYTES(lit) { lit, sizeof(lit) - 1 }

/* --- the peer: a listening socket that does what the test says ------------------------------- */

static struct {
	struct loop *loop;
	struct upstream *up;
	int listener, port;
	bool libcurl;       /* carries all */
	struct buf request; /* what the last connection sent */
} t;

/* What became of one call. */
struct result {
	int done;
	struct upstream_answer answer;
	struct buf body, headers;
	struct upstream_call *call;
	size_t chunks, pauses;
	bool restart; /* start another one inside on_done */
};

static inline void listen_here(void)
{
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	t.listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	assert_true(t.listener >= 0);
	assert_int_equal(bind(t.listener, (const struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(t.listener, 64), 0);
	assert_int_equal(getsockname(t.listener, (struct sockaddr *)&a, &len), 0);
	t.port = ntohs(a.sin_port);
}

static inline void open_client(const struct upstream_options *o)
{
	struct upstream_options mine = *o;
	struct err err;

	mine.force_libcurl = t.libcurl;
	if (upstream_open(t.loop, &mine, &t.up, &err))
		fail_msg("%s", err.text);
}

static const struct upstream_options usual = {
	.connect_timeout_ms = 5000, .timeout_ms = 10000, .max_answer = 1024 * 1024
};

static inline int set_up(void **state)
{
	struct err err;

	t.libcurl = state && *state;
	(void)signal(SIGPIPE, SIG_IGN);
	t.loop = loop_new(&err);
	assert_non_null(t.loop);
	buf_init(&t.request, 0);
	listen_here();
	open_client(&usual);
	return 0;
}

static inline int tear_down(void **state)
{
	(void)state;
	upstream_close(&t.up);
	loop_free(&t.loop);
	close(t.listener);
	buf_done(&t.request);
	return 0;
}

static inline bool somebody_comes(void *arg)
{
	int *fd = arg;

	*fd = accept4(t.listener, NULL, NULL, SOCK_CLOEXEC);
	return *fd >= 0;
}

static inline int next_conn(void)
{
	int fd = -1;

	turn_until(t.loop, "a connection", somebody_comes, &fd);
	return fd;
}

/* libcurl may connect once more before it finds that it cannot repeat the body: not a byte may
 * come there. */
static inline void nothing_is_repeated(const char *name)
{
	int fd = -1;

	buf_reset(&t.request);
	for (int i = 0; i < 10; i++) {
		turn(t.loop);
		(void)poll(NULL, 0, 1);
		if (fd >= 0 || !somebody_comes(&fd))
			continue;
		(void)take(t.loop, fd, &t.request, 1);
		close(fd);
	}
	if (t.request.len)
		fail_msg("%s: repeated: %.*s", name, STR_ARG(buf_str(&t.request)));
}

static inline void nobody_else_comes(const char *name)
{
	int fd = -1;

	for (int i = 0; i < 10; i++) {
		turn(t.loop);
		if (somebody_comes(&fd))
			fail_msg("%s: there was another connection", name);
	}
}

static inline size_t declared_length(struct str head)
{
	const char *at = head.p ? memmem(head.p, head.len, "Content-Length: ", 16) : NULL;

	return at ? (size_t)atol(at + 16) : 0;
}

/* One request, whole, into t.request. */
static inline struct str next_request(int fd)
{
	const char *end = NULL;

	buf_reset(&t.request);
	while (!end) {
		assert_int_equal(take(t.loop, fd, &t.request, t.request.len + 1), 1);
		end = memmem(t.request.p, t.request.len, "\r\n\r\n", 4);
	}
	size_t head = (size_t)(end + 4 - t.request.p);
	assert_int_equal(
	    take(t.loop, fd, &t.request, head + declared_length(buf_str(&t.request))), 1);
	return buf_str(&t.request);
}

static inline void reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

static inline struct str url(const char *path)
{
	static char texts[8][128];
	static unsigned next;
	char *text = texts[next++ % ARRAY_LEN(texts)];

	snprintf(text, sizeof(texts[0]), "http://127.0.0.1:%d%s", t.port, path);
	return str_c(text);
}

/* --- calls ----------------------------------------------------------------------------------- */

static const struct http_header json_headers[] = {
	{ { "Authorization", 13 }, { "Bearer invented", 15 } },
	{ { "Content-Type", 12 }, { "application/json", 16 } },
};

static inline void on_done(void *arg, const struct upstream_answer *answer);

static inline struct upstream_request post(const char *path)
{
	return (struct upstream_request){ .method = HTTP_M_POST,
		.url = url(path),
		.headers = json_headers,
		.headers_len = 2,
		.body = STR("{\"to\":\"+15550100\"}"),
		.on_done = on_done };
}

static inline void start(const struct upstream_request *r, struct result *res)
{
	struct upstream_request mine = *r;
	struct err err;

	mine.arg = res;
	if (upstream_start(t.up, &mine, &res->call, &err))
		fail_msg("%s", err.text);
	assert_int_equal(res->done, 0);
}

static inline void on_done(void *arg, const struct upstream_answer *answer)
{
	struct result *res = arg;

	res->done++;
	res->answer = *answer;
	buf_add(&res->body, answer->body);
	for (size_t i = 0; i < answer->headers_len; i++)
		buf_addf(&res->headers, "%.*s=%.*s\n", STR_ARG(answer->headers[i].name),
		    STR_ARG(answer->headers[i].value));
	if (res->restart) {
		struct upstream_request r = post("/again");
		res->restart = false;
		res->done = 0;
		start(&r, res);
	}
}

static inline bool is_done(void *arg)
{
	return ((struct result *)arg)->done > 0;
}

static inline void wait_for(const char *name, struct result *res)
{
	turn_until(t.loop, name, is_done, res);
	turn(t.loop);
	if (res->done != 1)
		fail_msg("%s: on_done came %d times", name, res->done);
}

static inline void result_done(struct result *res)
{
	buf_done(&res->body);
	buf_done(&res->headers);
}

static inline void expect(
    const char *name, struct result *res, enum upstream_outcome outcome, int status)
{
	wait_for(name, res);
	if (res->answer.outcome != outcome || res->answer.status != status)
		fail_msg("%s: outcome %d, status %d (%.*s)", name, (int)res->answer.outcome,
		    res->answer.status, STR_ARG(res->answer.error));
	if ((outcome == UPSTREAM_ANSWERED) != (res->answer.error.len == 0))
		fail_msg("%s: error \"%.*s\"", name, STR_ARG(res->answer.error));
}

static const struct str answer_ok = BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");

static char over_libcurl[] = "the initial state of a test over libcurl";

#define PLAIN(test) { #test, test, set_up, tear_down, NULL }
#define LIBCURL(test) { #test " over libcurl", test, set_up, tear_down, over_libcurl }
#define BOTH(test) PLAIN(test), LIBCURL(test)

#endif
