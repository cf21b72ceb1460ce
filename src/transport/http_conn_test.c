#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <malloc.h>

#include "transport/http_test_app.h"

static void test_cases(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	for (size_t i = 0; i < ARRAY_LEN(http_cases); i++) {
		size_t before = app.requests;
		struct str got = ask(&in, http_cases[i].bytes);
		bool fine = http_cases[i].status == 200;
		if (status_in(got) != http_cases[i].status || count_of(got, "HTTP/1.1 ") != 1 ||
		    app.requests - before != (fine ? 1 : 0) ||
		    (!fine && count_of(got, "Connection: close\r\n") != 1))
			fail_msg("%s: %.*s", http_cases[i].name, STR_ARG(got));
	}
	turn_until(app.loop, "all connections end", no_conns, NULL);
	assert_int_equal(stats().in_flight, 0);
	buf_done(&in);
}

static const struct {
	const char *name;
	struct str request;
	int status;
	const char *body;
} plain[] = {
	{ "GET", BYTES(GET("/hello")), 200, "hello" },
	{ "HEAD", BYTES("HEAD /hello HTTP/1.1\r\n" HOST "\r\n"), 200, "" },
	{ "204", BYTES(GET("/none")), 204, "" },
	{ "later", BYTES(GET("/later")), 200, "later" },
	{ "peer", BYTES(GET("/peer")), 200, "127.0.0.1" },
	{ "body", BYTES(POST("/echo", 5) "world"), 200, "world" },
	{ "chunked", BYTES(CHUNKED("/echo") "3\r\nwor\r\n2\r\nld\r\n0\r\n\r\n"), 200, "world" },
	{ "empty chunked", BYTES(CHUNKED("/echo") "0\r\n\r\n"), 200, "" },
	{ "zero bytes in a body", BYTES(POST("/echo", 3) "a\0b"), 200, NULL },
	{ "exactly the limit", BYTES(POST("/small", 4) "abcd"), 200, "abcd" },
	{ "declared too large", BYTES(POST("/small", 5)), 413, NULL },
	{ "chunked too large", BYTES(CHUNKED("/small") "3\r\nabc\r\n2\r\nde\r\n"), 413, NULL },
	{ "answered at the head", BYTES(POST("/at-head", 5) "world"), 200, "hello" },
	{ "malformed chunk", BYTES(CHUNKED("/echo") "3\r\nabcd\r\n"), 400, NULL },
	{ "HTTP/1.0", BYTES("GET /hello HTTP/1.0\r\n\r\n"), 200, "hello" },
	{ "stream to HTTP/1.0 ends with the connection", BYTES("GET /abort HTTP/1.0\r\n\r\n"), 200,
	    "some" },
};

static void test_plain(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(plain); i++)
		answers(plain[i].name, plain[i].request, plain[i].status, plain[i].body);
}

static const char mixed[] = GET("/hello") POST("/echo", 3) "one" GET("/later")
    CHUNKED("/echo") "3\r\ntwo\r\n0\r\n\r\n" POST("/at-head", 2) "xx" GET("/none") GET("/hello");

static void check_mixed(struct str got)
{
	static const char *const bodies[] = { "hello", "one", "later", "two", "hello", "hello" };
	const char *at = got.p;

	assert_int_equal(count_of(got, "HTTP/1.1 200 OK\r\n"), 6);
	assert_int_equal(count_of(got, "HTTP/1.1 204 No Content\r\n"), 1);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		char wanted[32];
		snprintf(wanted, sizeof(wanted), "\r\n\r\n%s", bodies[i]);
		at = memmem(at, got.len - (size_t)(at - got.p), wanted, strlen(wanted));
		if (!at)
			fail_msg("answer %zu is not in its place: %.*s", i, STR_ARG(got));
		at += strlen(wanted);
	}
}

static void test_pipelined(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	check_mixed(ask(&in, str_c(mixed)));
	assert_int_equal(stats().accepted, 1);
	buf_done(&in);
}

static void test_byte_by_byte(void **state)
{
	struct buf in;
	int fd = dial();

	(void)state;
	buf_init(&in, 0);
	for (size_t i = 0; i < sizeof(mixed) - 1; i++)
		assert_true(put(app.loop, fd, str_n(mixed + i, 1)));
	(void)shutdown(fd, SHUT_WR);
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	check_mixed(buf_str(&in));
	close(fd);
	buf_done(&in);
}

static void test_keep_alive(void **state)
{
	struct buf in;
	int fd = dial();

	(void)state;
	buf_init(&in, 0);
	for (int i = 0; i < 20; i++) {
		buf_reset(&in);
		assert_true(put(app.loop, fd, STR(POST("/echo", 5) "world")));
		while (!str_ends(buf_str(&in), STR("world")))
			assert_int_equal(take(app.loop, fd, &in, in.len + 1), 1);
	}
	assert_int_equal(stats().accepted, 1);
	assert_int_equal(stats().requests, 20);
	buf_reset(&in);
	assert_true(
	    put(app.loop, fd, STR("GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n")));
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0); /* closed by the server */
	assert_int_equal(count_of(buf_str(&in), "Connection: close\r\n"), 1);
	close(fd);
	buf_done(&in);
}

static void test_big_bodies(void **state)
{
	static const char known[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n";
	struct buf in, out;

	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	struct str request = big_request(&out, known, 1024 * 1024);
	struct str got = ask(&in, request);
	assert_int_equal(status_in(got), 200);
	assert_true(str_eq(body_of(got), str_sub(request, request.len - 1024 * 1024, request.len)));
	assert_int_equal(status_in(ask(&in, big_request(&out, known, 1024 * 1024 + 1))), 413);
	buf_done(&in);
	buf_done(&out);
}

/* --- secrets ---------------------------------------------------------------------------------- */

#define SECRET "three red sandals"

static size_t bodies_seen, secrets_seen;

/* The body in pieces is in a block of its own, which begins with it. */
static void look_for_body(const void *block)
{
	const char *p = block;

	if (malloc_usable_size((void *)(uintptr_t)block) < 4096)
		return;
	secrets_seen += memcmp(p, SECRET, sizeof(SECRET) - 1) == 0;
	bodies_seen++;
}

static void post_in_pieces(const char *path)
{
	char head[128];
	struct buf in;
	int fd = dial();

	buf_init(&in, 0);
	(void)snprintf(head, sizeof(head),
	    "POST %s HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n", path,
	    2 * sizeof(SECRET) + 8192);
	assert_true(put(app.loop, fd, str_c(head)));
	assert_true(put(app.loop, fd, STR(SECRET)));
	for (int i = 0; i < 5; i++)
		turn(app.loop);
	char *rest = mem_alloc(2 * sizeof(SECRET) + 8192 - (sizeof(SECRET) - 1));
	assert_non_null(rest);
	assert_true(
	    put(app.loop, fd, str_n(rest, 2 * sizeof(SECRET) + 8192 - (sizeof(SECRET) - 1))));
	mem_free(rest);
	(void)shutdown(fd, SHUT_WR);
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_int_equal(status_in(buf_str(&in)), 200);
	close(fd);
	buf_done(&in);
}

static void test_secrets_are_overwritten(void **state)
{
	(void)state;
	check_watch_free(look_for_body);
	post_in_pieces("/echo");
	assert_int_equal(secrets_seen, 1);
	post_in_pieces("/secret");
	turn_until(app.loop, "all connections end", no_conns, NULL);
	check_watch_free(NULL);
	assert_true(bodies_seen > 1);
	assert_int_equal(secrets_seen, 1);
}

static void test_too_large_is_told_before_the_body(void **state)
{
	struct buf in;
	int fd = dial();

	(void)state;
	buf_init(&in, 0);
	assert_true(put(app.loop, fd, STR(POST("/echo", 99999999))));
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_int_equal(status_in(buf_str(&in)), 413);
	assert_int_equal(app.requests, 0);
	close(fd);
	buf_done(&in);
}

static void test_expect(void **state)
{
	struct buf in;
	int fd = dial();

	(void)state;
	buf_init(&in, 0);
	assert_true(put(app.loop, fd,
	    STR("POST /echo HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")));
	assert_int_equal(take(app.loop, fd, &in, 25), 1);
	assert_true(str_eq(buf_str(&in), STR("HTTP/1.1 100 Continue\r\n\r\n")));
	buf_reset(&in);
	assert_true(put(app.loop, fd, STR("world")));
	(void)shutdown(fd, SHUT_WR);
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_true(str_eq(body_of(buf_str(&in)), STR("world")));
	close(fd);
	answers("refused without 100",
	    STR("POST /small HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"),
	    413, NULL);
	/* An early answer leaves in doubt whether a body follows: the connection ends. */
	struct str got = ask(&in,
	    STR("POST /at-head HTTP/1.1\r\n" HOST
		"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n"
		"GET /hello HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(count_of(got, "HTTP/1.1 "), 1);
	assert_int_equal(count_of(got, "Connection: close"), 1);
	buf_done(&in);
}

static void test_upload_with_pauses(void **state)
{
	static const char head[] = "POST /upload HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n";
	struct buf in, out;

	(void)state;
	buf_init(&in, 0);
	buf_init(&out, 0);
	struct str got = ask(&in, big_request(&out, head, STREAM_BYTES));
	assert_true(str_eq(body_of(got), STR("12582912")));
	assert_true(app.upload_pauses >= 10);
	got = ask(&in, STR(POST("/upload", 0) GET("/hello")));
	assert_true(str_ends(got, STR("hello")));
	assert_int_equal(app.uploaded, 0);
	assert_true(app.upload_over);
	buf_done(&in);
	buf_done(&out);
}

static void test_client_goes(void **state)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };
	int fd = dial();

	(void)state;
	assert_true(put(app.loop, fd, STR(GET("/never"))));
	turn_until(app.loop, "the request arrives", is_waiting, NULL);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd); /* a reset */
	turn_until(app.loop, "the application hears of it", nobody_waits, NULL);
	assert_int_equal(app.gone, 1);
	turn_until(app.loop, "the connection ends", no_conns, NULL);
	assert_int_equal(stats().in_flight, 0);
}

/* Whoever ends its side but waits is answered, and pipelined requests behind an unanswered one
 * wait in the socket. */
static void test_half_close_and_back_pressure(void **state)
{
	struct buf in, many;
	int fd = dial();

	(void)state;
	buf_init(&in, 0);
	buf_init(&many, 0);
	assert_true(put(app.loop, fd, STR(GET("/never"))));
	turn_until(app.loop, "the request arrives", is_waiting, NULL);
	for (int i = 0; i < 100; i++)
		buf_add(&many, STR(GET("/hello")));
	assert_true(put(app.loop, fd, buf_str(&many)));
	(void)shutdown(fd, SHUT_WR);
	for (int i = 0; i < 20; i++)
		turn(app.loop);
	assert_int_equal(app.requests, 1);
	http_respond(app.waiting, 200, NULL, 0, STR("at last"));
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_int_equal(count_of(buf_str(&in), "HTTP/1.1 200 OK"), 101);
	assert_int_equal(app.requests, 101);
	close(fd);
	buf_done(&in);
	buf_done(&many);
}

/* --- limits of time and number --------------------------------------------------------------- */

static void at_least_a_megabyte_a_second(struct http_limits *l)
{
	l->body_grace_ms = 300;
	l->min_body_rate = 1000000;
}

static const struct {
	const char *name;
	void (*limits)(struct http_limits *l);
	struct str say;
	const char *drip; /* then this, again and again */
	int status;       /* 0: closed without a word */
} late[] = {
	{ "nothing is said", hasty, BYTES(""), NULL, 0 },
	{ "half a head", hasty, BYTES("GET / HTTP/1.1\r\nHos"), NULL, 408 },
	{ "a head drop by drop", hasty, BYTES("GET / HTTP/1.1\r\nX: "), "x", 408 },
	{ "nothing behind an answer", hasty, BYTES(GET("/hello")), NULL, 200 },
	{ "half a body", hasty, BYTES(POST("/echo", 10) "half"), NULL, 408 },
	{ "half a chunk", hasty, BYTES(CHUNKED("/echo") "5\r\nha"), NULL, 408 },
	{ "a body drop by drop", at_least_a_megabyte_a_second, BYTES(POST("/echo", 100000)), "x",
	    408 },
	{ "an upload drop by drop", at_least_a_megabyte_a_second, BYTES(POST("/upload", 100000)),
	    "x", 408 },
};

static int drip_until_closed(int fd, const char *drop, struct buf *in)
{
	int rc = 1;

	while (rc == 1) {
		(void)put(app.loop, fd, str_c(drop));
		(void)poll(NULL, 0, 2);
		turn(app.loop);
		char piece[4096];
		ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
		rc = n == 0 ? 0 : n < 0 && errno != EAGAIN ? -1 : 1;
		if (n > 0)
			buf_add(in, str_n(piece, (size_t)n));
	}
	return rc;
}

static void test_deadlines(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(late); i++) {
		struct buf in;
		with_limits(late[i].limits);
		int fd = dial();
		buf_init(&in, 0);
		assert_true(put(app.loop, fd, late[i].say));
		if (late[i].drip)
			(void)drip_until_closed(fd, late[i].drip, &in);
		else
			(void)take(app.loop, fd, &in, SIZE_MAX);
		if (status_in(buf_str(&in)) != late[i].status ||
		    count_of(buf_str(&in), "HTTP/1.1 ") > 1)
			fail_msg("%s: %.*s", late[i].name, STR_ARG(buf_str(&in)));
		assert_int_equal(stats().timeouts > 0, true);
		close(fd);
		buf_done(&in);
		turn_until(app.loop, late[i].name, no_conns, NULL);
		server_stop();
	}
}

static void a_megabyte_for_all(struct http_limits *l)
{
	l->max_buffered = 1024 * 1024;
}

/* Bodies that wait are counted together; when one goes, there is room again. */
static void test_all_bodies_together(void **state)
{
	static const char head[] = "POST /echo HTTP/1.1\r\n" HOST "Content-Length: %zu\r\n\r\n";
	struct buf half, in;

	(void)state;
	with_limits(a_megabyte_for_all);
	buf_init(&half, 0);
	buf_init(&in, 0);
	struct str request = big_request(&half, head, 700 * 1024);
	int first = dial();
	assert_true(put(app.loop, first, str_sub(request, 0, 600 * 1024)));
	for (int i = 0; i < 20; i++)
		turn(app.loop);
	assert_int_equal(status_in(ask(&in, request)), 503);
	assert_true(put(app.loop, first, str_sub(request, 600 * 1024, request.len)));
	buf_reset(&in);
	assert_int_equal(take(app.loop, first, &in, 700 * 1024), 1);
	assert_int_equal(status_in(buf_str(&in)), 200);
	close(first);
	assert_int_equal(status_in(ask(&in, request)), 200);
	buf_done(&half);
	buf_done(&in);
	server_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_cases),
		ON(test_plain),
		ON(test_pipelined),
		ON(test_byte_by_byte),
		ON(test_keep_alive),
		ON(test_big_bodies),
		ON(test_secrets_are_overwritten),
		ON(test_too_large_is_told_before_the_body),
		ON(test_expect),
		ON(test_upload_with_pauses),
		ON(test_client_goes),
		ON(test_half_close_and_back_pressure),
		cmocka_unit_test(test_deadlines),
		cmocka_unit_test(test_all_bodies_together),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
