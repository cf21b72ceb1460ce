#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <signal.h>
#include <stdio.h>

#include "base/check.h"
#include "transport/http_server.h"
#include "transport/test_client.h"
#include "transport/upstream.h"

#define CALLS 450 /* more than a lane holds; both ends of each fit into the usual 1,024 files */

static struct {
	struct loop *loop;
	struct http_server *server;
	struct upstream *up;
	struct http_request *waiting[CALLS];
	size_t waiting_len, hold,
	    most_conns; /* requests are answered when `hold` of them are there */
	size_t answered, other;
} t;

static void on_request(void *ctx, struct http_request *req)
{
	struct http_stats s;

	(void)ctx;
	http_server_stats(t.server, &s);
	t.most_conns = s.conns > t.most_conns ? s.conns : t.most_conns;
	assert_true(t.waiting_len < CALLS);
	t.waiting[t.waiting_len++] = req;
	if (t.waiting_len < t.hold)
		return;
	while (t.waiting_len)
		http_respond(t.waiting[--t.waiting_len], 200, NULL, 0, STR("{}"));
}

static void on_done(void *arg, const struct upstream_answer *a)
{
	(void)arg;
	if (a->outcome == UPSTREAM_ANSWERED && a->status == 200)
		t.answered++;
	else
		t.other++;
}

static void open_both(bool libcurl, long max_connections, size_t hold)
{
	const struct http_handler h = { .on_request = on_request };
	const struct upstream_options o = { .connect_timeout_ms = 10000,
		.timeout_ms = 15000,
		.max_connections = max_connections,
		.force_libcurl = libcurl };
	struct err err;

	(void)signal(SIGPIPE, SIG_IGN);
	memset(&t, 0, sizeof(t));
	t.hold = hold;
	t.loop = loop_new(&err);
	assert_non_null(t.loop);
	if (http_server_open(t.loop, "127.0.0.1:0", NULL, NULL, &h, &t.server, &err) ||
	    upstream_open(t.loop, &o, &t.up, &err))
		fail_msg("%s", err.text);
}

static void close_both(void)
{
	upstream_close(&t.up);
	http_server_close(&t.server);
	loop_free(&t.loop);
}

static void call_many(size_t n)
{
	char url[64];
	struct err err;

	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", port_of(http_server_address(t.server)));
	const struct upstream_request r = {
		.method = HTTP_M_POST, .url = str_c(url), .body = STR("{}"), .on_done = on_done
	};
	for (size_t i = 0; i < n; i++) {
		if (upstream_start(t.up, &r, NULL, &err))
			fail_msg("%s", err.text);
	}
	assert_int_equal(upstream_in_flight(t.up), n);
}

static bool nothing_in_flight(void *arg)
{
	(void)arg;
	return upstream_in_flight(t.up) == 0;
}

/* All are under way at the same time: the server answers none before it has the last. */
static void test_many_at_once(void **state)
{
	open_both(*state != NULL, 0, CALLS);
	for (int round = 0; round < 2; round++) {
		call_many(CALLS);
		turn_until(t.loop, "all are answered", nothing_in_flight, NULL);
	}
	assert_int_equal(t.answered, 2 * CALLS);
	assert_int_equal(t.most_conns, CALLS); /* and the second round used those of the first */
	close_both();
}

static void test_limit_of_connections(void **state)
{
	static const long limits[] = { 1, 40, 300 };

	for (size_t i = 0; i < ARRAY_LEN(limits); i++) {
		open_both(*state != NULL, limits[i], 1);
		call_many(CALLS);
		turn_until(t.loop, "all are answered", nothing_in_flight, NULL);
		assert_int_equal(t.answered, CALLS);
		if (t.most_conns > (size_t)limits[i])
			fail_msg("%zu connections where %ld are allowed", t.most_conns, limits[i]);
		close_both();
	}
}

static void test_closing_with_many_under_way(void **state)
{
	open_both(*state != NULL, 0, CALLS);
	call_many(CALLS - 1);
	for (int i = 0; i < 20; i++)
		turn(t.loop);
	close_both();
	assert_int_equal(t.other, CALLS - 1);
}

static char over_libcurl[] = "the initial state of a test over libcurl";

#define BOTH(test) \
	{ #test, test, NULL, NULL, NULL }, \
	{ \
		#test " over libcurl", test, NULL, NULL, over_libcurl \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(test_many_at_once),
		BOTH(test_limit_of_connections),
		BOTH(test_closing_with_many_under_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
