#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

/* --- who may come in, and by which paths ------------------------------------------------------ */

static struct str raw(struct run *r, const char *head, const char *body)
{
	struct str request = arena_printf(r->arena,
	    "%s\r\nHost: sim\r\nConnection: close\r\nContent-Length: %zu\r\n\r\n%s", head,
	    str_c(body).len, body);

	return exchange_bytes(r, request);
}

static void test_paths_and_credentials(void **state)
{
	static const struct {
		const char *head;
		int status, code;
	} rows[] = {
		{ "POST /v25.0/1/messages HTTP/1.1\r\nAuthorization: Bearer x", 200, 0 },
		{ "POST /v9.1/1/messages HTTP/1.1\r\nAuthorization: Bearer x", 200, 0 },
		{ "POST /1/messages HTTP/1.1\r\nAuthorization: Bearer x", 200, 0 },
		{ "POST /meta/whatsapp/v25.0/1/messages HTTP/1.1\r\nX-API-Key: x", 200, 0 },
		{ "POST /messages HTTP/1.1\r\nD360-API-KEY: x", 200, 0 },
		{ "POST /v25.0/1/messages?access_token=x HTTP/1.1", 200, 0 },
		{ "POST /v25.0/1/messages HTTP/1.1", 401, 190 },
		{ "POST /v25.0/1/nonsense HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
		{ "POST /v25.0/1/2/messages HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
		{ "POST / HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
		{ "POST /v25.0/a%20b/messages HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
		{ "POST /v25.0/1%00/messages HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
		{ "PUT /v25.0/1/messages HTTP/1.1\r\nAuthorization: Bearer x", 400, 100 },
	};
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = read_reply(&r, raw(&r, rows[i].head, TEMPLATE_TO(PERSON)));
		if (reply.status != rows[i].status || code_of(reply) != rows[i].code)
			fail_msg("%s: %d %.*s", rows[i].head, reply.status, STR_ARG(reply.body));
	}
	run_close(&r);
}

static void test_a_providers_prefix(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"prefix\":\"/gate\",\"default_number\":\"77\"}").status,
	    200);
	assert_int_equal(post(&r, "/gate/messages", TEMPLATE_TO(PERSON)).status, 200);
	assert_non_null(sim_world_find_number(r.sim->world, STR("77")));
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"number\":\"78\",\"token\":\"token-1\"}").status, 200);
	assert_int_equal(post(&r, "/gate/messages", TEMPLATE_TO(PERSON)).status, 200);
	assert_int_equal(sim_messages_get(r.sim->messages, 2)->number->id[1], '8');
	run_close(&r);
}

static void test_strict(void **state)
{
	struct sim_options o;
	struct run r;

	(void)state;
	sim_options_default(&o);
	o.strict = true;
	run_open(&r, &o);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 190);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"waba\":\"900\",\"token\":\"token-1\"}").status, 200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 100);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"waba\":\"900\",\"number\":\"" NUMBER "\"}").status, 200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 132001);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"waba\":\"901\",\"number\":\"555\"}").status, 200);
	assert_int_equal(code_of(post(&r, "/v25.0/555/messages", TEMPLATE_TO(PERSON))), 100);
	assert_int_equal(code_of(get(&r, "/v25.0/91001")), 100);
	run_close(&r);
}

/* --- faults ----------------------------------------------------------------------------------- */

/* What a call meets, what it sees of it, and whether the message exists afterwards. */
static const struct {
	const char *fault;
	int status;
	bool whole, accepted;
} faults[] = {
	{ "accept_then_reset", 0, false, true },
	{ "reset_before", 0, false, false },
	{ "truncate", 200, false, true },
	{ "error_500_after_accept", 500, true, true },
	{ "error_500_before", 500, true, false },
	{ "drip:1", 200, true, true },
	{ "delay_ms:20", 200, true, true },
	{ "wrong_id", 200, true, true },
	{ "status_before_answer", 200, true, true },
	{ "duplicate_webhook", 200, true, true },
	{ "reordered_webhook", 200, true, true },
	{ "drop_webhook", 200, true, true },
	{ "bad_signature", 200, true, true },
	{ "error:131026", 400, true, false },
	{ "error:133004", 503, true, false },
	{ "close_idle", 200, true, true },
};

static void test_faults(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		uint64_t before = sim_messages_count(r.sim->messages),
			 last = sim_log_last(r.sim->log);
		set_fault(&r,
		    arena_printf(
			r.arena, "{\"path\":\"/messages\",\"kind\":\"%s\"}", faults[i].fault)
			.p);
		struct reply reply = post(&r, MESSAGES, TEMPLATE_TO(PERSON));
		bool accepted = sim_messages_count(r.sim->messages) > before;
		if (reply.status != faults[i].status || reply.whole != faults[i].whole ||
		    accepted != faults[i].accepted)
			fail_msg("%s: %d, %zu bytes, %s", faults[i].fault, reply.status,
			    reply.body.len, accepted ? "accepted" : "not accepted");
		/* What was not even read is not in the log. */
		assert_int_equal(sim_log_last(r.sim->log) - last,
		    str_eq_c(str_c(faults[i].fault), "reset_before") ? 0 : 1);
		assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
		settle(&r);
		sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_MIN);
	}
	run_close(&r);
}

static struct str logged(struct run *r, uint64_t n)
{
	struct json_writer w;
	struct buf out;

	buf_init(&out, 0);
	jw_init(&w, &out);
	assert_int_equal(sim_log_print(r->sim->log, n - 1, &w), n);
	struct str copy = arena_str(r->arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

/* The log says what was answered and which message there is, whatever the caller saw. */
static void test_what_is_logged(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	set_fault(&r, "{\"kind\":\"accept_then_reset\"}");
	(void)post(&r, MESSAGES, TEMPLATE_TO(PERSON));
	assert_int_equal(count_of(logged(&r, 1), "\"status\":0,\"wamid\":\"wamid."), 1);
	set_fault(&r, "{\"kind\":\"error_500_before\"}");
	(void)post(&r, MESSAGES, TEMPLATE_TO(PERSON));
	assert_int_equal(count_of(logged(&r, 2), "\"status\":500,\"wamid\":null"), 1);
	set_fault(&r, "{\"kind\":\"wrong_id\"}");
	struct str told = wamid_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON)));
	assert_int_equal(count_of(logged(&r, 3), "\"status\":200,\"wamid\":\"wamid."), 1);
	assert_true(told.len > 0);
	assert_int_equal(
	    count_of(logged(&r, 3), arena_printf(r.arena, "%.*s", STR_ARG(told)).p), 0);
	run_close(&r);
}

/* Statuses are there when the answer comes. */
static void test_status_before_answer(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	set_fault(&r, "{\"path\":\"/messages\",\"kind\":\"status_before_answer\"}");
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	assert_int_equal(received(&r, "\"status\":\"sent\""), 1);
	assert_int_equal(received(&r, "\"status\":\"delivered\""), 1);
	/* A receiver that keeps silent delays the answer, but not for ever. */
	r.answers = 0;
	set_fault(&r, "{\"path\":\"/messages\",\"kind\":\"status_before_answer\"}");
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	run_close(&r);
}

/* Calls that wait when the simulator closes are not remembered. */
static void test_close_while_waiting(void **state)
{
	struct run r;
	int fds[3];

	(void)state;
	run_open_still(&r);
	set_fault(&r, "{\"path\":\"/messages\",\"kind\":\"delay_ms:60000\"}");
	set_fault(&r, "{\"path\":\"/messages\",\"kind\":\"drip:60000\"}");
	for (int i = 0; i < 3; i++) {
		struct str request = arena_printf(r.arena,
		    "POST " MESSAGES
		    " HTTP/1.1\r\nHost: sim\r\nAuthorization: Bearer x\r\nContent-Length: %zu\r\n\r\n%s",
		    sizeof(TEMPLATE_TO(PERSON)) - 1, TEMPLATE_TO(PERSON));
		fds[i] = dial_port(port_of(sim_address(r.sim)));
		assert_true(put(r.loop, fds[i], request));
	}
	for (int i = 0; i < 50; i++)
		turn(r.loop);
	assert_int_equal(r.sim->waiting.count, 2);
	run_close(&r);
	for (int i = 0; i < 3; i++)
		(void)close(fds[i]);
}

static void test_bad_bodies(void **state)
{
	static const char *const bodies[] = { "", "{", "[]", "7", "null", "\"text\"",
		"{\"a\":1,\"a\":2}", "{\"a\":\"\xff\"}",
		"{\"messaging_product\":\"whatsapp\",\"type\":\"text\",\"text\":[[[[[[]]]]]]}" };
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct reply reply = post(&r, MESSAGES, bodies[i]);
		if (reply.status != 400 || code_of(reply) != 100)
			fail_msg("%s: %d %.*s", bodies[i], reply.status, STR_ARG(reply.body));
	}
	assert_int_equal(sim_messages_count(r.sim->messages), 0);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_paths_and_credentials),
		cmocka_unit_test(test_a_providers_prefix),
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_what_is_logged),
		cmocka_unit_test(test_status_before_answer),
		cmocka_unit_test(test_close_while_waiting),
		cmocka_unit_test(test_bad_bodies),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
