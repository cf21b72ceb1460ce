#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

static void test_options(void **state)
{
	static const struct {
		const char *listen, *webhook, *secret, *cert, *people;
		int rc;
	} rows[] = {
		{ "127.0.0.1:0", NULL, NULL, NULL, NULL, 0 },
		{ "127.0.0.2:0", NULL, NULL, NULL, NULL, 0 },
		{ "0.0.0.0:0", NULL, NULL, NULL, NULL, -E_DENIED },
		{ "[::]:0", NULL, NULL, NULL, NULL, -E_DENIED },
		{ "192.0.2.1:0", NULL, NULL, NULL, NULL, -E_DENIED },
		{ "localhost:0", NULL, NULL, NULL, NULL, -E_DENIED },
		{ "127.0.0.1", NULL, NULL, NULL, NULL, -E_INVALID },
		{ "127.0.0.1:99999", NULL, NULL, NULL, NULL, -E_INVALID },
		{ "127.0.0.1:0", "http://127.0.0.1:1/", NULL, NULL, NULL, -E_INVALID },
		{ "127.0.0.1:0", "http://127.0.0.1:1/", "", NULL, NULL, -E_INVALID },
		{ "127.0.0.1:0", "http://127.0.0.1:1/", "s", NULL, NULL, 0 },
		{ "127.0.0.1:0", NULL, NULL, "/nonexistent", NULL, -E_INVALID },
		{ "127.0.0.1:0", NULL, NULL, NULL, "0", -E_RANGE },
	};
	struct loop *l = loop_new(NULL);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_options o;
		struct sim *s = NULL;
		struct err err = { .code = 0 };
		sim_options_default(&o);
		o.listen = rows[i].listen;
		o.webhook = rows[i].webhook;
		o.app_secret = rows[i].secret;
		o.tls_cert = rows[i].cert;
		o.people = rows[i].people;
		int rc = sim_open(l, &o, &s, &err);
		if (rc != rows[i].rc)
			fail_msg("row %zu: %d, %s", i, rc, err.text);
		assert_int_equal(s != NULL, rc == 0);
		assert_int_equal(err.text[0] != '\0', rc != 0);
		sim_close(&s);
		assert_null(s);
		turn(l);
	}
	loop_free(&l);
}

/* What a fixed script of calls makes the receiver see, without the addresses that differ from run to run. */
static struct str play(struct run *r)
{
	run_open_still(r);
	for (int i = 0; i < 20; i++) {
		open_window(r);
		assert_int_equal(post(r, MESSAGES, SEND_TO(PERSON)).status, 200);
		assert_int_equal(post(r, MESSAGES, TEMPLATE_TO("+447700900001")).status, 200);
		settle(r);
		assert_int_equal(post(r, "/_sim/clock", "{\"advance_ms\":60000}").status, 200);
		settle(r);
	}
	return buf_str(&r->bodies);
}

static void test_same_seed_same_run(void **state)
{
	struct run one, two;

	(void)state;
	struct str first = play(&one), second = play(&two);
	assert_true(count_of(first, "\"status\":\"read\"") > 5);
	assert_int_equal(first.len, second.len);
	assert_memory_equal(first.p, second.p, first.len);
	run_close(&one);
	run_close(&two);
}

/* Every allocation of a send fails once: an answer or a closed connection, and the next send passes. */
static void test_without_memory(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/config", "{\"throughput\":100000}").status, 200);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	for (long fail = 0; fail < 40; fail++) {
		char path[64];
		(void)snprintf(path, sizeof(path), "/v25.0/%ld/messages", 1000 + fail);
		int fd = dial_port(port_of(sim_address(r.sim)));
		struct str request = arena_printf(r.arena,
		    "POST %s HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: Bearer x\r\nContent-Length: %zu\r\n\r\n%s",
		    path, sizeof(TEMPLATE_TO("+447700900001")) - 1, TEMPLATE_TO("+447700900001"));
		assert_int_equal(
		    send(fd, request.p, request.len, MSG_NOSIGNAL), (ssize_t)request.len);
		check_fail_alloc_after(fail, false);
		for (int i = 0; i < 30; i++)
			turn(r.loop);
		check_fail_alloc_after(-1, false);
		(void)close(fd);
		assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
		sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_MIN);
	}
	run_close(&r);
}

/* Bytes that are no requests, and requests that are none of ours. */
static void test_hostile_bytes(void **state)
{
	static const char *const requests[] = {
		"GET\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
		"POST / HTTP/1.1\r\n\r\n",
		"POST " MESSAGES
		" HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
		"GET /v25.0/%zz HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: x\r\n\r\n",
		"GET /_sim/log?since=%00 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n",
		"GET /v25.0/1?fields={{{{((((,,,, HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: x\r\n\r\n",
		"DELETE /v25.0/1/message_templates?hsm_ids=[[[ HTTP/1.1\r\nHost: a\r\nConnection: close\r\nAuthorization: x\r\n\r\n"
	};
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		int fd = dial_port(port_of(sim_address(r.sim)));
		assert_int_equal(send(fd, requests[i], str_c(requests[i]).len, MSG_NOSIGNAL),
		    (ssize_t)str_c(requests[i]).len);
		for (int k = 0; k < 20; k++)
			turn(r.loop);
		(void)close(fd);
	}
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_options),
		cmocka_unit_test(test_same_seed_same_run),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_hostile_bytes),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
