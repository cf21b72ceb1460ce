#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "transport/upstream_test_peer.h"

/* --- what is sent ---------------------------------------------------------------------------- */

static const struct {
	enum http_method method;
	const char *body; /* NULL: none */
	const char *line; /* the request line begins so */
	const char *also; /* part of the head; NULL = no Content-Length at all */
} methods[] = {
	{ HTTP_M_GET, NULL, "GET /x?a=%2F ", NULL },
	{ HTTP_M_POST, "abc", "POST /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_DELETE, NULL, "DELETE /x?a=%2F ", NULL },
	{ HTTP_M_DELETE, "abc", "DELETE /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_PUT, "abc", "PUT /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_PATCH, "abc", "PATCH /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_OPTIONS, NULL, "OPTIONS /x?a=%2F ", NULL },
	{ HTTP_M_GET, "abc", "GET /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_HEAD, NULL, "HEAD /x?a=%2F ", NULL },
	{ HTTP_M_POST, "abc", "POST /x?a=%2F ", "Content-Length: 3\r\n" },
	{ HTTP_M_GET, NULL, "GET /x?a=%2F ", NULL },
};

/* Each on the connection and the handle of the one before, so that nothing of it may stick. Our own
 * client takes those with a body. */
static void test_methods(void **state)
{
	int fds[2] = { -1, -1 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		struct upstream_request r = post("/x?a=%2F");
		struct result res = { 0 };
		r.method = methods[i].method;
		r.body = str_c(methods[i].body);
		int *fd = &fds[methods[i].body && !t.libcurl];
		start(&r, &res);
		*fd = *fd < 0 ? next_conn() : *fd;
		struct str seen = next_request(*fd);
		if (!str_starts(seen, str_c(methods[i].line)) || count_of(seen, "Expect") ||
		    count_of(seen, "Content-Length") != (methods[i].also ? 1 : 0) ||
		    (methods[i].also && !count_of(seen, methods[i].also)) ||
		    (methods[i].body && !str_ends(seen, STR("\r\n\r\nabc"))))
			fail_msg("%zu %s: %.*s", i, methods[i].line, STR_ARG(seen));
		struct str answer = methods[i].method == HTTP_M_HEAD
		    ? STR("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
		    : answer_ok;
		assert_true(put(t.loop, *fd, answer));
		expect(methods[i].line, &res, UPSTREAM_ANSWERED, 200);
		result_done(&res);
	}
	close(fds[0]);
	close(fds[1]);
}

static const struct {
	struct http_header headers[4];
	size_t len;
	const char *sent[3], *not_sent[2];
} header_sets[] = {
	{ { { BYTES("A"), BYTES("1") }, { BYTES("B"), BYTES("2") } }, 2, { "A: 1\r\n", "B: 2\r\n" },
	    { "Content-Type" } },
	{ { { BYTES("A"), BYTES("1") }, { BYTES("B"), BYTES("2") } }, 2, { "A: 1\r\n", "B: 2\r\n" },
	    { "Content-Type" } },
	{ { { BYTES("A"), BYTES("1") } }, 1, { "A: 1\r\n" }, { "B:" } },
	{ { { BYTES("A"), BYTES("1") }, { BYTES("B"), BYTES("3") }, { BYTES("C"), BYTES("") } }, 3,
	    { "A: 1\r\n", "B: 3\r\n", "C:\r\n" }, { "B: 2" } },
	{ { { BYTES("Content-Type"), BYTES("text/x") }, { BYTES("A"), BYTES("4") } }, 2,
	    { "Content-Type: text/x\r\n", "A: 4\r\n" }, { "B:", "C:" } },
	{ { { BYTES("host"), BYTES("evil") }, { BYTES("TRANSFER-ENCODING"), BYTES("chunked") },
	      { BYTES("Content-Length"), BYTES("1") }, { BYTES("Expect"), BYTES("100-continue") } },
	    4, { "Content-Length: 18\r\n", "Host: 127.0.0.1" }, { "evil", "chunked" } },
	{ { { BYTES(""), BYTES("") } }, 0, { "Content-Length: 18\r\n" }, { "A:", "Content-Type" } },
};

static void check_headers(size_t i, struct str seen)
{
	for (size_t k = 0; k < 3; k++) {
		if (header_sets[i].sent[k] && count_of(seen, header_sets[i].sent[k]) != 1)
			fail_msg(
			    "set %zu, without %s: %.*s", i, header_sets[i].sent[k], STR_ARG(seen));
	}
	for (size_t k = 0; k < 2; k++) {
		if (header_sets[i].not_sent[k] && count_of(seen, header_sets[i].not_sent[k]))
			fail_msg(
			    "set %zu, with %s: %.*s", i, header_sets[i].not_sent[k], STR_ARG(seen));
	}
	if (count_of(seen, "Expect"))
		fail_msg("set %zu: %.*s", i, STR_ARG(seen));
}

static void test_headers(void **state)
{
	int fd = -1;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(header_sets); i++) {
		struct upstream_request r = post("/x");
		struct result res = { 0 };
		r.headers = header_sets[i].headers;
		r.headers_len = header_sets[i].len;
		start(&r, &res);
		fd = fd < 0 ? next_conn() : fd;
		check_headers(i, next_request(fd));
		assert_true(put(t.loop, fd, answer_ok));
		expect("headers", &res, UPSTREAM_ANSWERED, 200);
		result_done(&res);
	}
	close(fd);
}

/* One request over the client that there is, into *ret. */
static void record(const struct upstream_request *r, struct buf *ret)
{
	struct result res = { 0 };

	start(r, &res);
	int fd = next_conn();
	buf_add(ret, next_request(fd));
	assert_true(put(t.loop, fd, answer_ok));
	expect("recorded", &res, UPSTREAM_ANSWERED, 200);
	close(fd);
	turn(t.loop);
	result_done(&res);
}

/* Byte by byte what libcurl sends. */
static void compare(const struct upstream_request *r)
{
	struct buf sent[2];

	for (int i = 0; i < 2; i++) {
		buf_init(&sent[i], 0);
		t.libcurl = i == 1;
		upstream_close(&t.up);
		open_client(&usual);
		record(r, &sent[i]);
	}
	if (!str_eq(buf_str(&sent[0]), buf_str(&sent[1])))
		fail_msg("%.*s\n and libcurl:\n%.*s", STR_ARG(buf_str(&sent[0])),
		    STR_ARG(buf_str(&sent[1])));
	buf_done(&sent[0]);
	buf_done(&sent[1]);
}

static void test_same_bytes(void **state)
{
	static const struct http_header accept[] = { { BYTES("accept"), BYTES("text/x") },
		{ BYTES("User-Agent"), BYTES("x") } };
	struct upstream_request r = post("/x?a=%2F&b=\"{}|\\^`<>'");

	(void)state;
	compare(&r);
	r.headers = accept;
	r.headers_len = ARRAY_LEN(accept);
	compare(&r);
	for (size_t i = 0; i < ARRAY_LEN(header_sets); i++) {
		r.headers = header_sets[i].headers;
		r.headers_len = header_sets[i].len;
		compare(&r);
	}
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		r.method = methods[i].method;
		r.body = STR("x");
		if (r.method != HTTP_M_HEAD)
			compare(&r);
	}
}

static const struct {
	const char *name, *field;
	enum http_method method;
	struct str url;
	struct http_header header;
} bad[] = {
	{ "method", "method", HTTP_M_OTHER, BYTES("http://a/"), { BYTES("A"), BYTES("1") } },
	{ "no URL", "url", HTTP_M_GET, BYTES(""), { BYTES("A"), BYTES("1") } },
	{ "URL with a line end", "url", HTTP_M_GET, BYTES("http://a/\r\nX: 1"),
	    { BYTES("A"), BYTES("1") } },
	{ "URL with a zero byte", "url", HTTP_M_GET, BYTES("http://a/\0b"),
	    { BYTES("A"), BYTES("1") } },
	{ "split value", "headers", HTTP_M_GET, BYTES("http://a/"),
	    { BYTES("A"), BYTES("1\r\nB: 2") } },
	{ "split name", "headers", HTTP_M_GET, BYTES("http://a/"),
	    { BYTES("A: 1\nB"), BYTES("2") } },
	{ "no name", "headers", HTTP_M_GET, BYTES("http://a/"), { BYTES(""), BYTES("2") } },
};

static void test_bad_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct upstream_request r = { .method = bad[i].method,
			.url = bad[i].url,
			.headers = &bad[i].header,
			.headers_len = 1,
			.on_done = on_done };
		struct err err;
		if (upstream_start(t.up, &r, NULL, &err) != -E_INVALID ||
		    strcmp(err.field, bad[i].field) != 0)
			fail_msg("%s", bad[i].name);
	}
	assert_int_equal(upstream_in_flight(t.up), 0);
}

static void test_answer_headers(void **state)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };

	(void)state;
	start(&r, &res);
	int fd = next_conn();
	(void)next_request(fd);
	assert_true(put(t.loop, fd,
	    STR("HTTP/1.1 100 Continue\r\nX-Not: this\r\n\r\nHTTP/1.1 200 OK\r\nX-A:  1 \r\nx-b:\r\n"
		"Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\nX-Trailer: 2\r\n\r\n")));
	expect("headers", &res, UPSTREAM_ANSWERED, 200);
	assert_string_equal(res.headers.p, "X-A=1\nx-b=\nTransfer-Encoding=chunked\n");
	close(fd);
	result_done(&res);
}

/* --- streams --------------------------------------------------------------------------------- */

static void on_head(void *arg, int status, const struct http_header *headers, size_t n)
{
	struct result *res = arg;

	(void)headers;
	assert_int_equal(status, 200);
	assert_int_equal(n, 1);
	assert_int_equal(res->chunks, 0);
}

static bool on_chunk(void *arg, struct str chunk)
{
	struct result *res = arg;

	res->chunks++;
	buf_add(&res->body, chunk);
	if (res->body.len / 100000 <= res->pauses)
		return true;
	res->pauses++;
	return false;
}

/* While it is paused nothing comes; every pause is ended from outside. */
static void test_answer_in_pieces(void **state)
{
	struct upstream_request r = post("/media");
	struct result res = { 0 };
	struct buf big;
	size_t resumed = 0;

	(void)state;
	buf_init(&big, 0);
	buf_add_c(&big, "HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n");
	for (int i = 0; i < 2000000; i++)
		buf_add_char(&big, (char)('a' + i % 26));
	r.on_head = on_head;
	r.on_chunk = on_chunk;
	start(&r, &res);
	int fd = next_conn();
	(void)next_request(fd);
	struct str left = buf_str(&big);
	while (!res.done) {
		ssize_t n = send(fd, left.p, left.len, MSG_DONTWAIT | MSG_NOSIGNAL);
		left = n > 0 ? str_sub(left, (size_t)n, left.len) : left;
		turn(t.loop);
		if (res.pauses > resumed && !res.done) {
			size_t before = res.chunks;
			turn(t.loop);
			assert_int_equal(res.chunks, before);
			resumed = res.pauses;
			upstream_resume(res.call);
		}
	}
	expect("pieces", &res, UPSTREAM_ANSWERED, 200);
	assert_true(res.pauses >= 10);
	assert_true(str_eq(buf_str(&res.body), str_sub(buf_str(&big), big.len - 2000000, big.len)));
	close(fd);
	buf_done(&big);
	result_done(&res);
}

static struct {
	size_t left;
	bool wait;
	int waits;
} source;

static int64_t on_read(void *arg, char *out, size_t max)
{
	size_t n = source.left < max ? source.left : max;

	(void)arg;
	if (source.wait) {
		source.wait = false;
		source.waits++;
		return -1;
	}
	memset(out, 'y', n);
	source.left -= n;
	source.wait = source.left / 100000 != (source.left + n) / 100000;
	return (int64_t)n;
}

static void upload(int64_t length, struct str end)
{
	struct upstream_request r = post("/media");
	struct result res = { 0 };
	int waits = 0;

	source.left = 500000;
	source.wait = true;
	source.waits = 0;
	r.body = STR_NONE;
	r.on_read = on_read;
	r.read_length = length;
	start(&r, &res);
	int fd = next_conn();
	buf_reset(&t.request);
	while (t.request.len < 500000 || !str_ends(buf_str(&t.request), end)) {
		static char piece[65536];
		ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
		if (n > 0)
			buf_add(&t.request, str_n(piece, (size_t)n));
		turn(t.loop);
		assert_int_equal(res.done, 0);
		if (source.waits > waits)
			upstream_resume(res.call);
		waits = source.waits;
	}
	assert_true(put(t.loop, fd, answer_ok));
	expect("upload", &res, UPSTREAM_ANSWERED, 200);
	assert_true(waits > 3);
	close(fd);
	turn(t.loop);
	result_done(&res);
}

static void test_body_in_pieces(void **state)
{
	(void)state;
	upload(500000, STR("yyyyyyyy"));
	assert_int_equal(
	    count_of(str_sub(buf_str(&t.request), 0, 400), "Content-Length: 500000\r\n"), 1);
	upload(-1, STR("0\r\n\r\n"));
	assert_int_equal(
	    count_of(str_sub(buf_str(&t.request), 0, 400), "Transfer-Encoding: chunked\r\n"), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_methods),
		BOTH(test_headers),
		BOTH(test_bad_requests),
		BOTH(test_answer_headers),
		LIBCURL(test_answer_in_pieces),
		LIBCURL(test_body_in_pieces),
		PLAIN(test_same_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
