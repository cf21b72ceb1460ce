#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/torture.h"
#include "transport/upstream_test_peer.h"

/* --- outcomes -------------------------------------------------------------------------------- */

enum then { THEN_KEEP, THEN_CLOSE, THEN_RESET };

static const struct {
	const char *name;
	struct str say; /* after the whole request was read */
	enum then then;
	enum upstream_outcome outcome;
	int status;
	const char *body;
} scripts[] = {
	{ "an answer", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), THEN_KEEP,
	    UPSTREAM_ANSWERED, 200, "{}" },
	{ "a chunked answer",
	    BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"),
	    THEN_KEEP, UPSTREAM_ANSWERED, 200, "{}" },
	{ "an answer that ends with the connection", BYTES("HTTP/1.1 200 OK\r\n\r\n{}"), THEN_CLOSE,
	    UPSTREAM_ANSWERED, 200, "{}" },
	{ "an error", BYTES("HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\n\r\n{}"), THEN_KEEP,
	    UPSTREAM_ANSWERED, 400, "{}" },
	{ "a server's error", BYTES("HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n"), THEN_CLOSE,
	    UPSTREAM_ANSWERED, 500, "" },
	{ "100 first",
	    BYTES("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 OK\r\nContent-Length: 0\r\n\r\n"),
	    THEN_KEEP, UPSTREAM_ANSWERED, 201, "" },
	{ "a redirect is not followed",
	    BYTES("HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"),
	    THEN_KEEP, UPSTREAM_ANSWERED, 302, "" },
	{ "closed without a word", BYTES(""), THEN_CLOSE, UPSTREAM_UNKNOWN, 0, "" },
	{ "reset without a word", BYTES(""), THEN_RESET, UPSTREAM_UNKNOWN, 0, "" },
	{ "half a head", BYTES("HTTP/1.1 200 OK\r\nContent-Le"), THEN_CLOSE, UPSTREAM_UNKNOWN, 200,
	    "" },
	{ "half a body", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"messages"),
	    THEN_CLOSE, UPSTREAM_UNKNOWN, 200, NULL },
	{ "half a body and a reset",
	    BYTES("HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\n{\"messages"), THEN_RESET,
	    UPSTREAM_UNKNOWN, 200, NULL },
	{ "half a chunk",
	    BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\n{\"messages"),
	    THEN_CLOSE, UPSTREAM_UNKNOWN, 200, NULL },
	{ "chunks without an end",
	    BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), THEN_CLOSE,
	    UPSTREAM_UNKNOWN, 200, NULL },
	{ "only 100", BYTES("HTTP/1.1 100 Continue\r\n\r\n"), THEN_CLOSE, UPSTREAM_UNKNOWN, 100,
	    "" },
	{ "not HTTP", BYTES("220 mail.example ESMTP\r\n"), THEN_CLOSE, UPSTREAM_UNKNOWN, 0, "" },
	{ "a head without end", BYTES("HTTP/1.1 200 OK\r\nX: "), THEN_CLOSE, UPSTREAM_UNKNOWN, 200,
	    "" },
};

static void play(size_t i)
{
	struct upstream_request r = post("/v23.0/1/messages");
	struct result res = { 0 };

	start(&r, &res);
	int fd = next_conn();
	struct str seen = next_request(fd);
	if (!str_starts(seen, STR("POST /v23.0/1/messages HTTP/1.1\r\n")))
		fail_msg("%s: %.*s", scripts[i].name, STR_ARG(seen));
	assert_true(put(t.loop, fd, scripts[i].say));
	if (scripts[i].then == THEN_RESET) {
		turn(t.loop);
		reset(fd);
	} else if (scripts[i].then == THEN_CLOSE) {
		close(fd);
	}
	expect(scripts[i].name, &res, scripts[i].outcome, scripts[i].status);
	if (scripts[i].body && !str_eq_c(buf_str(&res.body), scripts[i].body))
		fail_msg("%s: %.*s", scripts[i].name, STR_ARG(buf_str(&res.body)));
	nobody_else_comes(scripts[i].name);
	if (scripts[i].then == THEN_KEEP)
		close(fd);
	turn(t.loop);
	result_done(&res);
}

static void test_outcomes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(scripts); i++)
		play(i);
	assert_int_equal(upstream_in_flight(t.up), 0);
}

static void test_reset_at_once(void **state)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };

	(void)state;
	start(&r, &res);
	reset(next_conn());
	wait_for("accepted, then reset", &res);
	assert_int_not_equal(res.answer.outcome, UPSTREAM_ANSWERED);
	nobody_else_comes("accepted, then reset");
	result_done(&res);
}

static const char *const unreachable[] = {
	"http://127.0.0.1:1/", /* refused */
	"https://127.0.0.1:1/",
	"ftp://127.0.0.1/",
	"file:///etc/passwd",
	"http://[::1/",
	"http://user:password@127.0.0.1/",
	"/no/host",
	"gopher://127.0.0.1/",
};

static void test_never_sent(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(unreachable); i++) {
		struct upstream_request r = post("/");
		struct result res = { 0 };
		r.url = str_c(unreachable[i]);
		start(&r, &res);
		expect(unreachable[i], &res, UPSTREAM_NOT_SENT, 0);
		result_done(&res);
	}
}

/* TLS with a peer that does not speak it, or hangs up in the handshake: nothing of the request
 * was handed over. */
static void test_no_handshake(void **state)
{
	static const struct str says[] = { BYTES(""), BYTES("HTTP/1.1 400 Bad Request\r\n\r\n") };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(says); i++) {
		struct upstream_request r = post("/");
		struct result res = { 0 };
		char text[64];
		snprintf(text, sizeof(text), "https://127.0.0.1:%d/", t.port);
		r.url = str_c(text);
		start(&r, &res);
		int fd = next_conn();
		assert_int_equal(take(t.loop, fd, &t.request, t.request.len + 1), 1);
		assert_true(put(t.loop, fd, says[i]));
		close(fd);
		expect("no handshake", &res, UPSTREAM_NOT_SENT, 0);
		result_done(&res);
	}
}

static void test_timeouts(void **state)
{
	struct upstream_request r = post("/");
	struct result silent = { 0 }, drip = { 0 };

	(void)state;
	r.timeout_ms = 500; /* longer than a busy machine needs to let a request out */
	start(&r, &silent);
	int fd = next_conn();
	(void)next_request(fd);
	expect("no answer in time", &silent, UPSTREAM_UNKNOWN, 0);
	close(fd);
	start(&r, &drip);
	fd = next_conn();
	(void)next_request(fd);
	(void)put(t.loop, fd, STR("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"));
	while (!drip.done) {
		(void)put(t.loop, fd, STR("x"));
		(void)poll(NULL, 0, 3);
		turn(t.loop);
	}
	expect("an answer drop by drop", &drip, UPSTREAM_UNKNOWN, 200);
	close(fd);
	result_done(&silent);
	result_done(&drip);
}

static void test_answer_too_large(void **state)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };
	struct buf big;

	(void)state;
	buf_init(&big, 0);
	buf_addf(&big, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", usual.max_answer + 1);
	for (size_t i = 0; i <= usual.max_answer; i++)
		buf_add_char(&big, 'x');
	start(&r, &res);
	int fd = next_conn();
	(void)next_request(fd);
	(void)put(t.loop, fd, buf_str(&big));
	expect("too large", &res, UPSTREAM_UNKNOWN, 200);
	close(fd);
	buf_done(&big);
	result_done(&res);
}

/* --- never twice ----------------------------------------------------------------------------- */

static int first_call(struct result *res)
{
	struct upstream_request r = post("/first");

	start(&r, res);
	int fd = next_conn();
	(void)next_request(fd);
	assert_true(put(t.loop, fd, answer_ok));
	expect("first", res, UPSTREAM_ANSWERED, 200);
	return fd;
}

/* The peer closes an idle connection just as we use it again: our POST is under way on it. */
static void test_dying_connection_gets_one_post(void **state)
{
	static const bool resets[] = { true, false };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(resets); i++) {
		struct upstream_request r = post("/second");
		struct result first = { 0 }, second = { 0 };
		int fd = first_call(&first);
		start(&r, &second);
		struct str seen = next_request(fd); /* on the same connection */
		assert_true(str_starts(seen, STR("POST /second ")));
		if (resets[i])
			reset(fd);
		else
			close(fd);
		expect("it dies with the POST", &second, UPSTREAM_UNKNOWN, 0);
		nothing_is_repeated("it dies with the POST");
		result_done(&first);
		result_done(&second);
	}
}

/* It dies with a part of the body written: the peer stops reading a body larger than the buffers
 * between. */
static void test_dying_connection_with_half_a_body(void **state)
{
	struct upstream_request r = post("/second");
	struct result first = { 0 }, second = { 0 };
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	assert_true(buf_reserve(&body, 16 * 1024 * 1024));
	memset(body.p, 'x', 16 * 1024 * 1024);
	body.len = 16 * 1024 * 1024;
	int fd = first_call(&first);
	r.body = buf_str(&body);
	start(&r, &second);
	buf_reset(&t.request);
	assert_int_equal(take(t.loop, fd, &t.request, 100000), 1);
	reset(fd);
	expect("half a body", &second, UPSTREAM_UNKNOWN, 0);
	nothing_is_repeated("half a body");
	buf_done(&body);
	result_done(&first);
	result_done(&second);
}

/* It was dead before: libcurl notices and takes a new connection, and the peer gets one POST. */
static void test_dead_connection_is_not_used(void **state)
{
	struct upstream_request r = post("/second");
	struct result first = { 0 }, second = { 0 };

	(void)state;
	close(first_call(&first));
	turn(t.loop);
	start(&r, &second);
	int fd = next_conn();
	struct str seen = next_request(fd);
	assert_int_equal(count_of(seen, "POST /second "), 1);
	assert_true(put(t.loop, fd, answer_ok));
	expect("on a new connection", &second, UPSTREAM_ANSWERED, 200);
	nobody_else_comes("on a new connection");
	close(fd);
	result_done(&first);
	result_done(&second);
}

/* Neither has libcurl anything to rewind here. */
static void test_dying_connection_with_a_post_without_body(void **state)
{
	struct upstream_request r = post("/unpause");
	struct result first = { 0 }, second = { 0 };
	int fd = first_call(&first);

	(void)state;
	r.body = STR_NONE;
	start(&r, &second);
	struct str seen = next_request(fd);
	assert_true(str_starts(seen, STR("POST /unpause ")));
	assert_int_equal(count_of(seen, "Content-Length: 0\r\n"), 1);
	close(fd);
	expect("POST without a body", &second, UPSTREAM_UNKNOWN, 0);
	nothing_is_repeated("POST without a body");
	result_done(&first);
	result_done(&second);
}

/* A GET may be repeated, and is. */
static void test_dying_connection_with_a_get(void **state)
{
	struct upstream_request r = post("/media");
	struct result first = { 0 }, second = { 0 };
	int fd = first_call(&first);

	(void)state;
	r.method = HTTP_M_GET;
	r.body = STR_NONE;
	start(&r, &second);
	(void)next_request(fd);
	close(fd);
	fd = next_conn();
	assert_true(str_starts(next_request(fd), STR("GET /media ")));
	assert_true(put(t.loop, fd, answer_ok));
	expect("a GET again", &second, UPSTREAM_ANSWERED, 200);
	close(fd);
	result_done(&first);
	result_done(&second);
}

/* --- giving up ------------------------------------------------------------------------------- */

static void test_cancel(void **state)
{
	struct upstream_request r = post("/");
	struct result early = { 0 }, late = { 0 };

	(void)state;
	start(&r, &early);
	upstream_cancel(early.call);
	assert_int_equal(early.done, 0);
	expect("cancelled before it began", &early, UPSTREAM_NOT_SENT, 0);
	nobody_else_comes("cancelled before it began");
	start(&r, &late);
	int fd = next_conn();
	(void)next_request(fd);
	upstream_cancel(late.call);
	assert_int_equal(late.done, 0);
	expect("cancelled when it was sent", &late, UPSTREAM_UNKNOWN, 0);
	close(fd);
	result_done(&early);
	result_done(&late);
}

static int asked;

static bool says_no(void *arg)
{
	(void)arg;
	asked++;
	return false;
}

static bool says_yes(void *arg)
{
	(void)arg;
	asked++;
	return true;
}

/* Asked with the connection made, on a new one and on one that was used: then not a byte goes out. */
static void test_stopped_before_the_first_byte(void **state)
{
	struct upstream_request no = post("/stopped"), yes = post("/goes");
	struct result first = { 0 }, second = { 0 }, third = { 0 };

	(void)state;
	no.may_start = says_no;
	yes.may_start = says_yes;
	asked = 0;
	start(&no, &first);
	int fd = next_conn();
	expect("stopped on a new connection", &first, UPSTREAM_NOT_SENT, 0);
	assert_int_equal(asked, 1);
	nothing_is_repeated("stopped on a new connection");
	start(&yes, &second);
	if (t.libcurl) { /* it gives up a connection whose request was given up */
		close(fd);
		fd = next_conn();
	}
	struct str seen = next_request(fd);
	assert_true(str_starts(seen, STR("POST /goes ")));
	assert_true(put(t.loop, fd, answer_ok));
	expect("goes", &second, UPSTREAM_ANSWERED, 200);
	assert_int_equal(asked, 2);
	start(&no, &third);
	expect("stopped on a connection that was used", &third, UPSTREAM_NOT_SENT, 0);
	assert_int_equal(asked, 3);
	close(fd);
	result_done(&first);
	result_done(&second);
	result_done(&third);
}

static void test_close_ends_all(void **state)
{
	struct upstream_request r = post("/");
	struct result sent = { 0 }, not_sent = { 0 };

	(void)state;
	start(&r, &sent);
	int fd = next_conn();
	(void)next_request(fd);
	start(&r, &not_sent);
	assert_int_equal(upstream_in_flight(t.up), 2);
	upstream_close(&t.up);
	assert_null(t.up);
	assert_int_equal(sent.done, 1);
	assert_int_equal(sent.answer.outcome, UPSTREAM_UNKNOWN);
	assert_int_equal(not_sent.done, 1);
	assert_int_equal(not_sent.answer.outcome, UPSTREAM_NOT_SENT);
	close(fd);
	result_done(&sent);
	result_done(&not_sent);
}

static void test_call_from_on_done(void **state)
{
	struct upstream_request r = post("/");
	struct result res = { .restart = true };

	(void)state;
	start(&r, &res);
	int fd = next_conn();
	(void)next_request(fd);
	assert_true(put(t.loop, fd, answer_ok));
	struct str seen = next_request(fd); /* the same connection */
	assert_true(str_starts(seen, STR("POST /again ")));
	assert_true(put(t.loop, fd, answer_ok));
	expect("again", &res, UPSTREAM_ANSWERED, 200);
	close(fd);
	result_done(&res);
}

/* --- who may be called ----------------------------------------------------------------------- */

static void test_public_only(void **state)
{
	struct upstream_options o = usual;
	struct upstream_request r = post("/");
	struct result res = { 0 };

	(void)state;
	upstream_close(&t.up);
	o.public_only = true;
	open_client(&o);
	start(&r, &res);
	expect("loopback", &res, UPSTREAM_NOT_SENT, 0);
	nobody_else_comes("loopback");
	result_done(&res);
}

/* One call with the n-th allocation failing; true when it was answered. */
static bool call_without(long n, long *ret_made)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };
	struct err err;
	int fd = -1;

	buf_reset(&t.request);
	assert_true(buf_reserve(&t.request, 4096) && buf_reserve(&res.body, 4096));
	assert_true(buf_reserve(&res.headers, 4096));
	r.arg = &res;
	check_fail_alloc_after(n, false);
	int rc = upstream_start(t.up, &r, &res.call, &err);
	while (!rc && !res.done) {
		turn(t.loop);
		if (fd < 0 && somebody_comes(&fd))
			(void)put(t.loop, fd, answer_ok);
	}
	*ret_made = check_allocs();
	check_fail_alloc_after(-1, false);
	if (rc)
		assert_int_equal(rc, -E_NOMEM);
	bool answered = res.done == 1 && res.answer.outcome == UPSTREAM_ANSWERED;
	if (fd >= 0)
		close(fd);
	result_done(&res);
	return answered;
}

static void test_no_memory_in_a_call(void **state)
{
	bool answered = false;
	long made = 0;

	(void)state;
	for (long n = 0; n <= made; n++) {
		upstream_close(&t.up);
		open_client(&usual);
		answered = call_without(n, &made);
		assert_int_equal(upstream_in_flight(t.up), 0);
	}
	assert_true(answered);
}

static int open_once(void *arg)
{
	struct upstream *u = NULL;
	struct upstream_options o = usual;

	o.force_libcurl = t.libcurl;
	int rc = upstream_open(arg, &o, &u, NULL);
	upstream_close(&u);
	turn(arg);
	turn(arg);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	torture("open", open_once, t.loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_outcomes),
		BOTH(test_reset_at_once),
		BOTH(test_never_sent),
		LIBCURL(test_no_handshake),
		BOTH(test_timeouts),
		BOTH(test_answer_too_large),
		BOTH(test_dying_connection_gets_one_post),
		BOTH(test_dying_connection_with_half_a_body),
		BOTH(test_dead_connection_is_not_used),
		BOTH(test_dying_connection_with_a_post_without_body),
		LIBCURL(test_dying_connection_with_a_get),
		BOTH(test_cancel),
		BOTH(test_stopped_before_the_first_byte),
		BOTH(test_close_ends_all),
		BOTH(test_call_from_on_done),
		LIBCURL(test_public_only),
		BOTH(test_no_memory_in_a_call),
		BOTH(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
