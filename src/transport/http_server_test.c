#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "base/torture.h"
#include "transport/http_test_app.h"

static void two_connections(struct http_limits *l)
{
	l->max_conns = 2;
	l->linger_ms = 20;
}

static void test_too_many_connections(void **state)
{
	struct buf in;

	(void)state;
	with_limits(two_connections);
	buf_init(&in, 0);
	int first = dial(), second = dial();
	turn(app.loop);
	int third = dial();
	assert_int_equal(take(app.loop, third, &in, SIZE_MAX), 0);
	assert_int_equal(status_in(buf_str(&in)), 503);
	assert_int_equal(count_of(buf_str(&in), "Retry-After: 1\r\n"), 1);
	assert_int_equal(stats().refused_conns, 1);
	close(third);
	buf_reset(&in);
	assert_true(
	    put(app.loop, second, STR("GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n")));
	assert_int_equal(take(app.loop, second, &in, SIZE_MAX), 0);
	close(second);
	assert_int_equal(status_in(buf_str(&in)), 200);
	close(first);
	turn_until(app.loop, "all connections end", no_conns, NULL);
	answers("after the crowd", STR(GET("/hello")), 200, "hello");
	buf_done(&in);
	server_stop();
}

static void quick_to_leave(struct http_limits *l)
{
	l->max_conns = 2;
	l->spare_ms = 0;
}

static bool one_was_dropped(void *arg)
{
	(void)arg;
	return stats().dropped == 1;
}

static void served(int fd)
{
	struct buf in;

	buf_init(&in, 0);
	assert_true(
	    put(app.loop, fd, STR("GET /hello HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n")));
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_int_equal(status_in(buf_str(&in)), 200);
	buf_done(&in);
	close(fd);
}

static void hung_up(int fd)
{
	struct buf in;

	buf_init(&in, 0);
	assert_int_equal(take(app.loop, fd, &in, SIZE_MAX), 0);
	assert_int_equal(in.len, 0);
	buf_done(&in);
	close(fd);
}

static void test_an_idle_one_makes_room(void **state)
{
	(void)state;
	with_limits(quick_to_leave);
	int first = dial();
	turn(app.loop);
	int second = dial();
	turn(app.loop);
	int third = dial();
	turn_until(app.loop, "one makes room", one_was_dropped, NULL);
	hung_up(first);
	served(third);
	served(second);
	assert_int_equal(stats().refused_conns, 0);
	turn_until(app.loop, "all connections end", no_conns, NULL);
	server_stop();
}

/* --- no descriptor left ---------------------------------------------------------------------- */

static struct rlimit descriptors;

static void take_descriptors(void)
{
	int next = dup(0);

	assert_true(next >= 0);
	close(next);
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &descriptors), 0);
	struct rlimit none = { (rlim_t)next, descriptors.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void give_descriptors_back(void)
{
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &descriptors), 0);
}

/* Who comes then waits, the loop goes on, and is served as soon as it can be. */
static void test_no_descriptor_left(void **state)
{
	(void)state;
	int waiting[8];

	for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
		waiting[i] = dial();
	take_descriptors();
	for (int i = 0; i < 20; i++)
		turn(app.loop);
	size_t accepted = stats().accepted;
	give_descriptors_back();
	assert_int_equal(accepted, 0);
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++)
		served(waiting[i]);
}

static void test_without_a_descriptor_an_idle_one_goes(void **state)
{
	(void)state;
	with_limits(quick_to_leave);
	int idle = dial();
	turn(app.loop);
	assert_int_equal(stats().accepted, 1);
	int waiting = dial();
	take_descriptors();
	turn_until(app.loop, "one makes room", one_was_dropped, NULL);
	give_descriptors_back();
	hung_up(idle);
	served(waiting);
	turn_until(app.loop, "all connections end", no_conns, NULL);
	server_stop();
}

/* --- drain ----------------------------------------------------------------------------------- */

static void on_drained(void *arg)
{
	(void)arg;
	app.drained++;
}

static bool is_drained(void *arg)
{
	(void)arg;
	return app.drained > 0;
}

static void test_drain(void **state)
{
	struct buf in;
	int port = port_of(http_server_address(app.server));
	int idle = dial(), busy = dial(), half = dial();

	(void)state;
	buf_init(&in, 0);
	assert_true(put(app.loop, busy, STR(GET("/never"))));
	assert_true(put(app.loop, half, STR("GET /hello HTTP/1.1\r\n")));
	turn_until(app.loop, "the request arrives", is_waiting, NULL);
	http_server_drain(app.server, on_drained, NULL);
	assert_int_equal(take(app.loop, idle, &in, SIZE_MAX), 0);
	assert_int_equal(in.len, 0);
	assert_int_equal(app.drained, 0);
	/* What was begun is finished, and closes. */
	assert_true(put(app.loop, half, STR(HOST "\r\n")));
	assert_int_equal(take(app.loop, half, &in, SIZE_MAX), 0);
	assert_int_equal(status_in(buf_str(&in)), 200);
	assert_int_equal(count_of(buf_str(&in), "Connection: close\r\n"), 1);
	close(half);
	http_respond(app.waiting, 200, NULL, 0, STR("done"));
	buf_reset(&in);
	assert_int_equal(take(app.loop, busy, &in, SIZE_MAX), 0);
	assert_true(str_eq(body_of(buf_str(&in)), STR("done")));
	close(busy);
	turn_until(app.loop, "it is drained", is_drained, NULL);
	assert_int_equal(app.drained, 1);
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)port) };
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	int late_one = socket(AF_INET, SOCK_STREAM, 0);
	assert_int_equal(connect(late_one, (const struct sockaddr *)&a, sizeof(a)), -1);
	close(late_one);
	close(idle);
	buf_done(&in);
}

static void test_drain_of_an_idle_server(void **state)
{
	(void)state;
	http_server_drain(app.server, on_drained, NULL);
	assert_int_equal(app.drained, 0); /* never inside the call */
	turn_until(app.loop, "it is drained", is_drained, NULL);
}

static void test_close_with_requests_under_way(void **state)
{
	(void)state;
	int fd = dial();
	assert_true(put(app.loop, fd, STR(GET("/never"))));
	turn_until(app.loop, "the request arrives", is_waiting, NULL);
	http_server_close(&app.server);
	turn_until(app.loop, "the application hears of it", nobody_waits, NULL);
	close(fd);
}

/* --- addresses ------------------------------------------------------------------------------- */

static const char *const bad_addresses[] = { "", ":80", "127.0.0.1",
	"127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:http", "127.0.0.1:-1", "localhost:0", "[::1:0",
	"[127.0.0.1]:0", "::1:0",
	"1.2.3.4.5.6.7.8.9.10.11.12.13.14.15.16.17.18.19.20.21.22.23.24.25:80" };

static void test_bad_addresses(void **state)
{
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad_addresses); i++) {
		struct http_server *s = NULL;
		if (http_server_open(app.loop, bad_addresses[i], NULL, NULL, &handler, &s, &err) !=
		    -E_INVALID)
			fail_msg("%s", bad_addresses[i]);
		assert_null(s);
		assert_string_equal(err.field, "listen");
	}
}

static void test_port_is_shared_among_us_only(void **state)
{
	char address[64];
	struct http_server *second = NULL;
	struct err err;

	(void)state;
	assert_int_equal(str_to_c(http_server_address(app.server), address, sizeof(address)), 0);
	assert_int_equal(
	    http_server_open(app.loop, address, NULL, NULL, &handler, &second, &err), 0);
	assert_string_equal(http_server_address(second).p, address);
	http_server_close(&second);
	/* A stranger's port. */
	struct sockaddr_in a = { .sin_family = AF_INET };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
	assert_int_equal(bind(fd, (const struct sockaddr *)&a, len), 0);
	assert_int_equal(listen(fd, 1), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	snprintf(address, sizeof(address), "127.0.0.1:%d", ntohs(a.sin_port));
	assert_int_equal(
	    http_server_open(app.loop, address, NULL, NULL, &handler, &second, &err), -E_IO);
	assert_non_null(strstr(err.text, address));
	close(fd);
}

/* --- memory ---------------------------------------------------------------------------------- */

/* Whichever allocation fails: an answer or a closed connection, never half an answer, and
 * nothing is left. */
static void test_no_memory(void **state)
{
	static const char request[] = POST("/echo", 5) "world" GET("/later");
	long made = 0;
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	assert_true(buf_reserve(&in, 65536));
	for (long n = 0; n <= made; n++) {
		long live = check_live();
		buf_reset(&in);
		int fd = dial();
		check_fail_alloc_after(n, false);
		(void)put(app.loop, fd, str_c(request));
		(void)shutdown(fd, SHUT_WR);
		(void)take(app.loop, fd, &in, SIZE_MAX);
		made = check_allocs();
		check_fail_alloc_after(-1, false);
		close(fd);
		turn_until(app.loop, "the connection ends", no_conns, NULL);
		size_t answered = count_of(buf_str(&in), "HTTP/1.1 ");
		size_t fine = count_of(buf_str(&in), "\r\n\r\nworld") +
		    count_of(buf_str(&in), "\r\n\r\nlater") +
		    count_of(buf_str(&in), "HTTP/1.1 503 ");
		if (answered != fine)
			fail_msg("allocation %ld: %.*s", n, STR_ARG(buf_str(&in)));
		if (n >= made && fine != 2)
			fail_msg("without a failure: %.*s", STR_ARG(buf_str(&in)));
		assert_int_equal(stats().in_flight, 0);
		assert_true(check_live() <= live + 8); /* spare exchanges stay */
	}
	buf_done(&in);
}

static int open_once(void *arg)
{
	struct http_server *s = NULL;
	struct loop *l = arg;
	int rc = http_server_open(l, "127.0.0.1:0", NULL, NULL, &handler, &s, NULL);

	http_server_close(&s);
	turn(l);
	turn(l);
	return rc;
}

static void test_no_memory_to_open(void **state)
{
	(void)state;
	torture("open", open_once, app.loop);
}

/* --- loops on threads ------------------------------------------------------------------------ */

#define SHARERS 4

struct sharer {
	uv_thread_t thread;
	struct loop *loop;
	struct http_server *server;
	struct loop_work stop;
	size_t requests; /* read when the thread has ended */
};

static void on_shared(void *ctx, struct http_request *req)
{
	struct sharer *s = ctx;

	s->requests++;
	http_respond(req, 200, NULL, 0, STR("hello"));
}

static void share(void *arg)
{
	struct sharer *s = arg;

	loop_run(s->loop);
}

static void stop_sharing(struct loop_work *work)
{
	struct sharer *s = (struct sharer *)(void *)((char *)work - offsetof(struct sharer, stop));

	http_server_close(&s->server);
	loop_stop(s->loop);
}

static void share_open(struct sharer *s, const char *listen)
{
	const struct http_handler h = { .ctx = s, .on_request = on_shared };
	struct err err;

	s->stop.run = stop_sharing;
	s->loop = loop_new(&err);
	assert_non_null(s->loop);
	if (http_server_open(s->loop, listen, NULL, NULL, &h, &s->server, &err))
		fail_msg("%s", err.text);
}

static void ask_once(int port)
{
	static const char request[] = "GET / HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n";
	char answer[1024];
	size_t got = 0;
	ssize_t n;
	int fd = dial_port(port);

	assert_int_equal(send(fd, request, sizeof(request) - 1, MSG_NOSIGNAL), sizeof(request) - 1);
	while (got < sizeof(answer) && (n = recv(fd, answer + got, sizeof(answer) - got, 0)) > 0)
		got += (size_t)n;
	assert_true(str_ends(str_n(answer, got), STR("\r\n\r\nhello")));
	close(fd);
}

/* One port, a loop and a server on each thread: the kernel deals out the connections. */
static void test_one_port_many_loops(void **state)
{
	static struct sharer sharers[SHARERS];
	char address[64];
	size_t requests = 0, busy = 0;

	(void)state;
	memset(sharers, 0, sizeof(sharers));
	share_open(&sharers[0], "127.0.0.1:0");
	assert_int_equal(
	    str_to_c(http_server_address(sharers[0].server), address, sizeof(address)), 0);
	for (size_t i = 1; i < SHARERS; i++)
		share_open(&sharers[i], address);
	for (size_t i = 0; i < SHARERS; i++)
		assert_int_equal(uv_thread_create(&sharers[i].thread, share, &sharers[i]), 0);
	for (int i = 0; i < 200; i++)
		ask_once(port_of(str_c(address)));
	for (size_t i = 0; i < SHARERS; i++) {
		loop_post(sharers[i].loop, &sharers[i].stop);
		assert_int_equal(uv_thread_join(&sharers[i].thread), 0);
		loop_free(&sharers[i].loop);
		requests += sharers[i].requests;
		busy += sharers[i].requests > 0;
	}
	assert_int_equal(requests, 200);
	assert_true(busy > 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_no_descriptor_left),
		ON(test_drain),
		ON(test_drain_of_an_idle_server),
		ON(test_close_with_requests_under_way),
		ON(test_bad_addresses),
		ON(test_port_is_shared_among_us_only),
		ON(test_no_memory),
		ON(test_no_memory_to_open),
		cmocka_unit_test(test_too_many_connections),
		cmocka_unit_test(test_an_idle_one_makes_room),
		cmocka_unit_test(test_without_a_descriptor_an_idle_one_goes),
		cmocka_unit_test(test_one_port_many_loops),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
