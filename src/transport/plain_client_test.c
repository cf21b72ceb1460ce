#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "transport/upstream_test_peer.h"

/* What holds for both clients is in upstream_test.c and easy_setup_test.c. */

static void open_again(const struct upstream_options *o)
{
	upstream_close(&t.up);
	open_client(o);
}

static void open_with(long max_connections, int64_t timeout_ms, int64_t connect_timeout_ms)
{
	struct upstream_options o = usual;

	o.max_connections = max_connections;
	o.timeout_ms = timeout_ms;
	o.connect_timeout_ms = connect_timeout_ms;
	open_again(&o);
}

static void expect_request(int fd, const char *line)
{
	struct str seen = next_request(fd);

	if (!str_starts(seen, str_c(line)))
		fail_msg("%s: %.*s", line, STR_ARG(seen));
}

static void answer_one(int fd, const char *line, struct result *res)
{
	expect_request(fd, line);
	assert_true(put(t.loop, fd, answer_ok));
	expect(line, res, UPSTREAM_ANSWERED, 200);
}

static void call_at(const char *path, struct result *res)
{
	struct upstream_request r = post(path);

	start(&r, res);
}

/* The peer's side of a connection that the client closed: nothing more came on it. */
static void expect_closed(const char *name, int fd)
{
	buf_reset(&t.request);
	if (take(t.loop, fd, &t.request, 1) == 1)
		fail_msg("%s: %.*s", name, STR_ARG(buf_str(&t.request)));
	close(fd);
}

/* --- connections ----------------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct str say;
	bool kept;
} answers[] = {
	{ "1.1", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), true },
	{ "chunked",
	    BYTES("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
	    true },
	{ "no body", BYTES("HTTP/1.1 204 No\r\n\r\n"), true },
	{ "1.0 kept",
	    BYTES("HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 0\r\n\r\n"), true },
	{ "closing", BYTES("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"),
	    false },
	{ "1.0", BYTES("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"), false },
	{ "more than was asked", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nHTTP/1.1 200"),
	    false },
	{ "too many bytes", BYTES("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab"), false },
};

static void test_what_is_kept(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct result first = { 0 }, second = { 0 };
		call_at("/first", &first);
		int fd = next_conn();
		expect_request(fd, "POST /first ");
		assert_true(put(t.loop, fd, answers[i].say));
		wait_for(answers[i].name, &first);
		assert_int_equal(first.answer.outcome, UPSTREAM_ANSWERED);
		call_at("/second", &second);
		int next = answers[i].kept ? fd : next_conn();
		answer_one(next, "POST /second ", &second);
		if (!answers[i].kept)
			expect_closed(answers[i].name, fd);
		fd = next;
		nobody_else_comes(answers[i].name);
		close(fd);
		turn(t.loop);
		result_done(&first);
		result_done(&second);
	}
}

static void test_bytes_that_nobody_asked_for(void **state)
{
	struct result first = { 0 }, second = { 0 };

	(void)state;
	call_at("/first", &first);
	int fd = next_conn();
	answer_one(fd, "POST /first ", &first);
	assert_true(put(t.loop, fd, answer_ok));
	turn(t.loop);
	call_at("/second", &second);
	int next = next_conn();
	answer_one(next, "POST /second ", &second);
	expect_closed("unasked", fd);
	fd = next;
	close(fd);
	result_done(&first);
	result_done(&second);
}

/* The connection dies between the last look at it and the write, which fails: nothing was sent, so
 * the request goes to another. */
static void test_dead_before_the_write(void **state)
{
	struct result first = { 0 }, second = { 0 };

	(void)state;
	call_at("/first", &first);
	int fd = next_conn();
	answer_one(fd, "POST /first ", &first);
	call_at("/second", &second);
	reset(fd);
	fd = next_conn();
	answer_one(fd, "POST /second ", &second);
	nobody_else_comes("dead before the write");
	close(fd);
	result_done(&first);
	result_done(&second);
}

static void test_answer_before_the_body_is_over(void **state)
{
	struct upstream_request r = post("/large");
	struct result res = { 0 };
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	assert_true(buf_reserve(&body, 16 * 1024 * 1024));
	memset(body.p, 'x', 16 * 1024 * 1024);
	r.body = str_n(body.p, 16 * 1024 * 1024);
	start(&r, &res);
	int fd = next_conn();
	buf_reset(&t.request);
	assert_int_equal(take(t.loop, fd, &t.request, 100000), 1);
	assert_true(put(t.loop, fd, STR("HTTP/1.1 413 Large\r\nContent-Length: 0\r\n\r\n")));
	expect("before the body is over", &res, UPSTREAM_ANSWERED, 413);
	memset(body.p, 'y', 16 * 1024 * 1024); /* ours again: none of this may be sent */
	buf_reset(&t.request);
	(void)take(t.loop, fd, &t.request, SIZE_MAX);
	assert_int_equal(count_of(buf_str(&t.request), "y"), 0);
	close(fd);
	buf_done(&body);
	result_done(&res);
}

static void test_large_body(void **state)
{
	struct upstream_request r = post("/large");
	struct result res = { 0 };
	struct buf body;

	(void)state;
	buf_init(&body, 0);
	for (int i = 0; i < 3000000; i++)
		buf_add_char(&body, (char)('a' + i % 26));
	r.body = buf_str(&body);
	start(&r, &res);
	int fd = next_conn();
	assert_true(str_ends(next_request(fd), r.body));
	assert_true(put(t.loop, fd, answer_ok));
	expect("large", &res, UPSTREAM_ANSWERED, 200);
	close(fd);
	buf_done(&body);
	result_done(&res);
}

static void test_answer_byte_by_byte(void **state)
{
	const struct str say = STR(
	    "HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 200 OK\r\nX-A: 1\r\nTransfer-Encoding: "
	    "chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n");
	struct result res = { 0 };

	(void)state;
	call_at("/", &res);
	int fd = next_conn();
	expect_request(fd, "POST / ");
	for (size_t i = 0; i < say.len; i++) {
		assert_int_equal(res.done, 0);
		assert_true(put(t.loop, fd, str_sub(say, i, 1)));
		turn(t.loop);
	}
	expect("byte by byte", &res, UPSTREAM_ANSWERED, 200);
	assert_string_equal(res.body.p, "{}");
	assert_string_equal(res.headers.p, "X-A=1\nTransfer-Encoding=chunked\n");
	close(fd);
	result_done(&res);
}

/* --- one turn, no memory --------------------------------------------------------------------- */

/* Both requests, whole, in the turn in which they were started. */
static void test_written_in_the_same_turn(void **state)
{
	struct result res[2] = { 0 };
	int fds[2];

	(void)state;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 2; i++) {
			res[i].done = 0;
			call_at("/", &res[i]);
		}
		if (round == 1)
			(void)uv_run(loop_uv(t.loop), UV_RUN_NOWAIT);
		for (int i = 0; i < 2; i++) {
			char bytes[4096];
			if (round == 0)
				fds[i] = next_conn();
			if (round == 0)
				expect_request(fds[i], "POST / ");
			else
				assert_true(recv(fds[i], bytes, sizeof(bytes), MSG_DONTWAIT) > 100);
		}
		for (int i = 0; i < 2; i++)
			assert_true(put(t.loop, fds[i], answer_ok));
		expect("first", &res[0], UPSTREAM_ANSWERED, 200);
		expect("second", &res[1], UPSTREAM_ANSWERED, 200);
	}
	close(fds[0]);
	close(fds[1]);
	result_done(&res[0]);
	result_done(&res[1]);
}

/* On a warm connection a call takes no memory at all. */
static void test_warm_call_without_memory(void **state)
{
	struct result first = { 0 }, second = { 0 };

	(void)state;
	call_at("/first", &first);
	int fd = next_conn();
	answer_one(fd, "POST /first ", &first);
	assert_true(buf_reserve(&second.body, 4096) && buf_reserve(&second.headers, 4096));
	assert_true(buf_reserve(&t.request, 4096));
	check_fail_alloc_after(0, true);
	call_at("/second", &second);
	answer_one(fd, "POST /second ", &second);
	check_fail_alloc_after(-1, false);
	close(fd);
	result_done(&first);
	result_done(&second);
}

/* --- the queue ------------------------------------------------------------------------------- */

static void test_queue_is_in_order(void **state)
{
	struct result res[4] = { 0 };

	(void)state;
	open_with(1, 10000, 5000);
	call_at("/0", &res[0]);
	call_at("/1", &res[1]);
	call_at("/2", &res[2]);
	int fd = next_conn();
	expect_request(fd, "POST /0 ");
	upstream_cancel(res[1].call);
	expect("cancelled in the queue", &res[1], UPSTREAM_NOT_SENT, 0);
	call_at("/3", &res[3]);
	assert_int_equal(upstream_in_flight(t.up), 3);
	assert_true(put(t.loop, fd, answer_ok));
	expect("/0", &res[0], UPSTREAM_ANSWERED, 200);
	answer_one(fd, "POST /2 ", &res[2]);
	answer_one(fd, "POST /3 ", &res[3]);
	nobody_else_comes("a connection too many");
	close(fd);
	for (int i = 0; i < 4; i++)
		result_done(&res[i]);
}

/* Whatever ends the call that has the connection, the next in the queue gets a new one. */
static void test_queue_goes_on(void **state)
{
	struct result res[3] = { 0 };

	(void)state;
	open_with(1, 10000, 5000);
	for (int i = 0; i < 3; i++)
		call_at("/", &res[i]);
	int fd = next_conn();
	expect_request(fd, "POST / ");
	upstream_cancel(res[0].call);
	expect("cancelled", &res[0], UPSTREAM_UNKNOWN, 0);
	expect_closed("cancelled", fd);
	fd = next_conn();
	expect_request(fd, "POST / ");
	close(fd);
	expect("closed", &res[1], UPSTREAM_UNKNOWN, 0);
	fd = next_conn();
	answer_one(fd, "POST / ", &res[2]);
	close(fd);
	for (int i = 0; i < 3; i++)
		result_done(&res[i]);
}

static void test_time_over_in_the_queue(void **state)
{
	struct result sent = { 0 }, waiting = { 0 };

	(void)state;
	open_with(1, 80, 5000);
	call_at("/", &sent);
	int fd = next_conn();
	expect_request(fd, "POST / ");
	call_at("/", &waiting);
	expect("sent", &sent, UPSTREAM_UNKNOWN, 0);
	wait_for("waiting", &waiting);
	assert_int_not_equal(waiting.answer.outcome, UPSTREAM_ANSWERED);
	close(fd);
	result_done(&sent);
	result_done(&waiting);
}

static void test_close_sends_nothing_more(void **state)
{
	struct result res[3] = { 0 };

	(void)state;
	open_with(1, 10000, 5000);
	for (int i = 0; i < 3; i++)
		call_at("/", &res[i]);
	int fd = next_conn();
	expect_request(fd, "POST / ");
	upstream_close(&t.up);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(res[i].done, 1);
		assert_int_equal(
		    res[i].answer.outcome, i == 0 ? UPSTREAM_UNKNOWN : UPSTREAM_NOT_SENT);
		result_done(&res[i]);
	}
	expect_closed("closing", fd);
	nobody_else_comes("closing");
}

/* --- where to -------------------------------------------------------------------------------- */

static void expect_at(const char *host, int port, bool answered)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };
	char text[320];

	snprintf(text, sizeof(text), "http://%s:%d/", host, port);
	r.url = str_c(text);
	start(&r, &res);
	if (answered) {
		int fd = next_conn();
		answer_one(fd, "POST / ", &res);
		close(fd);
	} else {
		expect(host, &res, UPSTREAM_NOT_SENT, 0);
	}
	turn(t.loop);
	result_done(&res);
}

/* Of a name's addresses the one that answers is found, whichever comes first; a label is too long
 * beyond 63, which the resolver says without asking anybody. */
static void test_names(void **state)
{
	char label[80] = "";

	(void)state;
	expect_at("localhost", t.port, true);
	expect_at("localhost", t.port, true);
	memset(label, 'a', 64);
	expect_at(label, t.port, false);
	expect_at(label, t.port, false);
	expect_at("127.0.0.1", t.port, true);
}

/* A call by name with the n-th allocation failing; true when it was answered. */
static bool named_call_without(long n, long *ret_made)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };
	struct err err;
	char text[64];
	int fd = -1;

	snprintf(text, sizeof(text), "http://localhost:%d/", t.port);
	r.url = str_c(text);
	r.arg = &res;
	assert_true(buf_reserve(&res.body, 4096) && buf_reserve(&res.headers, 4096));
	check_fail_alloc_after(n, false);
	int rc = upstream_start(t.up, &r, &res.call, &err);
	while (!rc && !res.done) {
		(void)uv_run(loop_uv(t.loop), UV_RUN_NOWAIT);
		if (fd < 0 && somebody_comes(&fd))
			(void)put(t.loop, fd, answer_ok);
	}
	*ret_made = check_allocs();
	check_fail_alloc_after(-1, false);
	bool answered = res.done == 1 && res.answer.outcome == UPSTREAM_ANSWERED;
	if (rc ? rc != -E_NOMEM : !answered && fd < 0 && res.answer.outcome != UPSTREAM_NOT_SENT)
		fail_msg("allocation %ld: %d, outcome %d", n, rc, (int)res.answer.outcome);
	if (fd >= 0)
		close(fd);
	result_done(&res);
	return answered;
}

static void test_no_memory_for_a_name(void **state)
{
	bool answered = false;
	long made = 0;

	(void)state;
	for (long n = 0; n <= made; n++) {
		open_again(&usual);
		answered = named_call_without(n, &made);
		assert_int_equal(upstream_in_flight(t.up), 0);
	}
	assert_true(answered);
}

static void test_close_while_looking_up(void **state)
{
	struct upstream_request r = post("/");
	struct result res = { 0 };

	(void)state;
	r.url = STR("http://localhost:1/");
	start(&r, &res);
	(void)uv_run(loop_uv(t.loop), UV_RUN_NOWAIT);
	upstream_close(&t.up);
	assert_int_equal(res.done, 1);
	assert_int_equal(res.answer.outcome, UPSTREAM_NOT_SENT);
	result_done(&res);
}

/* Hosts that are not used any more are forgotten. */
static void test_many_hosts(void **state)
{
	(void)state;
	for (int i = 2; i < 100; i++) {
		char host[32];
		snprintf(host, sizeof(host), "127.0.0.%d", i);
		expect_at(host, 1, false);
		if (i % 10 == 0)
			expect_at("127.0.0.1", t.port, true);
	}
}

static void test_refused(void **state)
{
	struct upstream_request r = post("/");
	struct result res[5] = { 0 };

	(void)state;
	open_with(2, 10000, 5000);
	r.url = STR("http://127.0.0.1:1/");
	for (int i = 0; i < 5; i++)
		start(&r, &res[i]);
	for (int i = 0; i < 5; i++) {
		expect("refused", &res[i], UPSTREAM_NOT_SENT, 0);
		result_done(&res[i]);
	}
}

/* A listener whose queue is full answers no handshake. */
static void fill_queue(int fds[4])
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)t.port) };

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(listen(t.listener, 0), 0);
	for (size_t i = 0; i < 4; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		assert_true(fds[i] >= 0);
		(void)connect(fds[i], (const struct sockaddr *)&a, sizeof(a));
	}
}

static void close_all(const int fds[4])
{
	for (size_t i = 0; i < 4; i++)
		close(fds[i]);
}

static void test_no_connection_in_time(void **state)
{
	struct result res[3] = { 0 };
	int fillers[4];

	(void)state;
	fill_queue(fillers);
	open_with(1, 600000, 60);
	for (int i = 0; i < 3; i++)
		call_at("/", &res[i]);
	for (int i = 0; i < 3; i++) {
		expect("no handshake", &res[i], UPSTREAM_NOT_SENT, 0);
		result_done(&res[i]);
	}
	close_all(fillers);
}

static void test_end_while_connecting(void **state)
{
	struct result cancelled = { 0 }, closed = { 0 };
	int fillers[4];

	(void)state;
	fill_queue(fillers);
	call_at("/", &cancelled);
	call_at("/", &closed);
	turn(t.loop);
	turn(t.loop);
	upstream_cancel(cancelled.call);
	expect("cancelled", &cancelled, UPSTREAM_NOT_SENT, 0);
	assert_int_equal(closed.done, 0);
	upstream_close(&t.up);
	assert_int_equal(closed.done, 1);
	assert_int_equal(closed.answer.outcome, UPSTREAM_NOT_SENT);
	close_all(fillers);
	result_done(&cancelled);
	result_done(&closed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PLAIN(test_what_is_kept),
		PLAIN(test_bytes_that_nobody_asked_for),
		PLAIN(test_dead_before_the_write),
		PLAIN(test_answer_before_the_body_is_over),
		BOTH(test_large_body),
		BOTH(test_answer_byte_by_byte),
		PLAIN(test_written_in_the_same_turn),
		PLAIN(test_warm_call_without_memory),
		PLAIN(test_queue_is_in_order),
		PLAIN(test_queue_goes_on),
		PLAIN(test_time_over_in_the_queue),
		PLAIN(test_close_sends_nothing_more),
		PLAIN(test_names),
		PLAIN(test_no_memory_for_a_name),
		PLAIN(test_close_while_looking_up),
		BOTH(test_many_hosts),
		BOTH(test_refused),
		BOTH(test_no_connection_in_time),
		BOTH(test_end_while_connecting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
