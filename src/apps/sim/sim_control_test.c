#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

static int64_t ms_of(struct reply reply)
{
	int64_t ms = -1;

	(void)json_int(json_get(reply.json, "ms"), &ms);
	return ms;
}

static void test_clock(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	struct reply now = get(&r, "/_sim/clock");
	assert_int_equal(ms_of(now), INT64_C(1795348800000));
	assert_true(str_eq_c(now.body,
	    "{\"now\":\"2026-11-22T12:00:00Z\",\"ms\":1795348800000,\"virtual\":true,\"runs\":false}"));
	assert_int_equal(
	    ms_of(post(&r, "/_sim/clock", "{\"advance_ms\":1500}")), INT64_C(1795348801500));
	assert_int_equal(ms_of(post(&r, "/_sim/clock", "{\"now\":\"2026-12-01T00:00:00+01:00\"}")),
	    INT64_C(1796079600000));
	assert_int_equal(ms_of(post(&r, "/_sim/clock", "{\"now\":1795348800000,\"advance_ms\":1}")),
	    INT64_C(1795348800001));
	assert_int_equal(ms_of(post(&r, "/_sim/clock", "{}")), INT64_C(1795348800001));
	assert_true(ms_of(post(&r, "/_sim/clock", "{\"run\":true}")) >= INT64_C(1795348800001));
	assert_int_equal(post(&r, "/_sim/clock", "{\"now\":\"noon\"}").status, 400);
	assert_int_equal(post(&r, "/_sim/clock", "{\"advance_ms\":-1}").status, 400);
	assert_int_equal(post(&r, "/_sim/clock", "{\"now\":-5}").status, 400);
	run_close(&r);
}

static size_t items(struct run *r, const char *query, int64_t *ret_next)
{
	struct reply reply = get(r, arena_printf(r->arena, "/_sim/log%s", query).p);

	assert_int_equal(reply.status, 200);
	assert_true(reply.whole);
	assert_true(json_int(json_get(reply.json, "next"), ret_next));
	return json_len(json_get(reply.json, "items"));
}

static void test_log(void **state)
{
	struct run r;
	int64_t next;

	(void)state;
	run_open_still(&r);
	/* More calls than an hour's quota. */
	struct reply quota = post(&r, "/_sim/config", "{\"waba\":\"900\",\"call_limit\":10000}");
	assert_int_equal(quota.status, 200);
	assert_int_equal(items(&r, "?since=0", &next), 0);
	for (int i = 0; i < 700; i++)
		(void)get(&r, "/v25.0/900?fields=name");
	assert_int_equal(items(&r, "?since=0", &next), 700);
	assert_int_equal(next, 700);
	assert_int_equal(items(&r, "", &next), 700);
	assert_int_equal(items(&r, "?since=690", &next), 10);
	assert_int_equal(items(&r, "?since=700", &next), 0);
	assert_int_equal(next, 700);
	assert_int_equal(items(&r, "?since=10&limit=5", &next), 5);
	assert_int_equal(next, 15);
	assert_int_equal(get(&r, "/_sim/log?since=x").status, 400);
	assert_int_equal(call(&r, "DELETE", "/_sim/log?until=600", "").status, 200);
	assert_int_equal(items(&r, "?since=0", &next), 100);
	assert_int_equal(call(&r, "DELETE", "/_sim/log", "").status, 200);
	assert_int_equal(items(&r, "?since=0", &next), 0);
	struct reply reply = get(&r, "/v25.0/900?fields=name");
	assert_int_equal(reply.status, 200);
	assert_int_equal(count_of(get(&r, "/_sim/log?since=700").body, "\"n\":701,"), 1);
	run_close(&r);
}

/* What people do: the call, and what the receiver must see of it by then. */
static const struct {
	const char *body, *sees;
} inbound[] = {
	{ "{\"from\":\"" PERSON "\",\"text\":\"Ciao\"}",
	    "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}" },
	{ "{\"from\":\"" PERSON "\",\"text\":\"s\xc3\xac\"}", "\"body\":\"s\\u00ec\"" },
	{ "{\"number\":810200300400501,\"from\":\"" PERSON "\",\"text\":\"a\"}",
	    "\"phone_number_id\":\"810200300400501\"" },
	{ "{\"from\":\"" PERSON "\",\"button\":\"Basta\",\"payload\":\"STOP\"}",
	    "\"button\":{\"payload\":\"STOP\",\"text\":\"Basta\"}" },
	{ "{\"from\":\"" PERSON
	  "\",\"type\":\"button_reply\",\"payload\":\"op-1\",\"text\":\"Traccia\"}",
	    "\"interactive\":{\"type\":\"button_reply\",\"button_reply\":{\"id\":\"op-1\",\"title\":\"Traccia\"}}" },
	{ "{\"from\":\"" PERSON "\",\"type\":\"list_reply\",\"text\":\"Fattura\"}",
	    "\"list_reply\":{\"id\":\"row-1\"" },
	{ "{\"from\":\"" PERSON
	  "\",\"type\":\"reaction\",\"message_id\":\"wamid.X\",\"emoji\":\"+\"}",
	    "\"reaction\":{\"message_id\":\"wamid.X\"" },
	{ "{\"from\":\"" PERSON "\",\"type\":\"location\"}", "\"latitude\":45.4642" },
	{ "{\"from\":\"" PERSON "\",\"type\":\"document\",\"filename\":\"a.pdf\"}",
	    "\"filename\":\"a.pdf\"" },
	{ "{\"from\":\"" PERSON "\",\"text\":\"a\",\"context\":\"wamid.Y\"}",
	    "\"context\":{\"from\":\"" },
	{ "{\"from\":\"" PERSON "\",\"text\":\"a\",\"name\":\"Bruno\"}",
	    "\"profile\":{\"name\":\"Bruno\"}" },
	{ "{\"from\":\"" PERSON "\",\"call\":true}", "\"field\":\"calls\"" },
	{ "{\"from\":\"" PERSON "\",\"preference\":\"stop\"}",
	    "\"category\":\"marketing_messages\",\"value\":\"stop\"" },
	{ "{\"from\":\"" PERSON "\",\"preference\":\"resume\"}", "\"value\":\"resume\"" },
	{ "{\"from\":\"" PERSON "\",\"id_change\":true}", "\"field\":\"user_id_update\"" },
	{ "{\"from\":\"" PERSON "\",\"type\":\"number_change\",\"phone\":\"+393339876543\"}",
	    "\"type\":\"user_changed_number\"" },
	{ "{\"bsuid\":\"BR.Q7tXk29LmVa4Zc\",\"text\":\"oi\"}",
	    "\"from_user_id\":\"BR.Q7tXk29LmVa4Zc\"" },
	{ "{\"from\":\"+447700900001\",\"bsuid\":\"GB.Own1\",\"text\":\"hi\"}",
	    "\"wa_id\":\"447700900001\",\"user_id\":\"GB.Own1\"" },
	{ "{\"from\":\"" PERSON "\",\"text\":\"a\",\"at\":\"2026-11-22T11:00:00Z\"}",
	    "\"timestamp\":\"1795345200\"" },
};

static void test_inbound(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(inbound); i++) {
		forget_received(&r);
		struct reply reply = post(&r, "/_sim/inbound", inbound[i].body);
		if (reply.status != 200 || received(&r, inbound[i].sees) < 1)
			fail_msg("%s: %.*s\n%s", inbound[i].body, STR_ARG(reply.body),
			    r.bodies.p ? r.bodies.p : "nothing");
	}
	assert_int_equal(r.bad_signatures, 0);
	assert_int_equal(stat_of(&r, "inbound"), ARRAY_LEN(inbound));
	run_close(&r);
}

static void test_inbound_refused(void **state)
{
	static const char *const bad[] = { "{}", "{\"text\":\"a\"}", "{\"from\":\"x\"}",
		"{\"from\":7000000}", "{\"from\":\"" PERSON "\",\"type\":\"telepathy\"}",
		"{\"from\":\"" PERSON "\",\"preference\":\"maybe\"}",
		"{\"from\":\"" PERSON "\",\"type\":\"number_change\"}", "{\"bsuid\":\"x\"}", "[]",
		"{", "{\"from\":\"" PERSON "\",\"wait\":\"no\"}",
		"{\"number\":\"a b\",\"from\":\"" PERSON "\"}" };
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct reply reply = post(&r, "/_sim/inbound", bad[i]);
		if (i != 3 &&
		    (reply.status < 400 || !json_str(json_path(reply.json, "error.message")).len))
			fail_msg("%s: %d %.*s", bad[i], reply.status, STR_ARG(reply.body));
	}
	run_close(&r);
}

/* A hidden phone is in no webhook, and an id change is followed by the new id. */
static void test_identities(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/inbound",
			     "{\"from\":\"" PERSON "\",\"hides_phone\":true,\"text\":\"a\"}")
			     .status,
	    200);
	assert_int_equal(received(&r, "393331234567"), 0);
	struct reply before = post(&r, "/_sim/inbound", "{\"from\":\"" PERSON "\",\"text\":\"a\"}");
	assert_int_equal(
	    post(&r, "/_sim/inbound", "{\"from\":\"" PERSON "\",\"id_change\":true}").status, 200);
	struct reply after = post(&r, "/_sim/inbound", "{\"from\":\"" PERSON "\",\"text\":\"a\"}");
	struct str old = json_str(json_get(before.json, "user_id")),
		   new = json_str(json_get(after.json, "user_id"));
	assert_false(str_eq(old, new));
	assert_int_equal(received(&r,
			     arena_printf(r.arena, "\"previous\":\"%.*s\",\"current\":\"%.*s\"",
				 STR_ARG(old), STR_ARG(new))
				 .p),
	    1);
	assert_int_equal(received(&r, "393331234567"), 0);
	run_close(&r);
}

static void test_faults_on_inbound(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	set_fault(&r, "{\"path\":\"/_sim/inbound\",\"kind\":\"duplicate_webhook\"}");
	open_window(&r);
	settle(&r);
	assert_int_equal(received(&r, "\"body\":\"Ciao\""), 2);
	assert_int_equal(r.posts, 2);
	set_fault(&r, "{\"path\":\"/_sim/inbound\",\"kind\":\"drop_webhook\"}");
	open_window(&r);
	settle(&r);
	assert_int_equal(r.posts, 2);
	set_fault(&r, "{\"path\":\"/_sim/inbound\",\"kind\":\"bad_signature\"}");
	open_window(&r);
	settle(&r);
	assert_int_equal(r.bad_signatures, 1);
	assert_int_equal(json_len(json_get(get(&r, "/_sim/faults").json, "items")), 0);
	set_fault(&r, "{\"kind\":\"drip\"}");
	assert_int_equal(json_len(json_get(get(&r, "/_sim/faults").json, "items")), 1);
	assert_int_equal(call(&r, "DELETE", "/_sim/faults", "").status, 200);
	assert_int_equal(json_len(json_get(get(&r, "/_sim/faults").json, "items")), 0);
	run_close(&r);
}

static void test_statuses(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/config", "{\"statuses\":\"sent\"}").status, 200);
	struct str wamid = wamid_of(post(&r, MESSAGES,
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"" PERSON
	    "\",\"type\":\"template\",\"biz_opaque_callback_data\":\"tok\","
	    "\"template\":{\"name\":\"n\",\"language\":{\"code\":\"it\"}}}"));
	settle(&r);
	const char *body = arena_printf(
	    r.arena, "{\"wamid\":\"%.*s\",\"status\":\"failed\",\"code\":131026}", STR_ARG(wamid))
			       .p;
	assert_int_equal(post(&r, "/_sim/status", body).status, 200);
	settle(&r);
	assert_int_equal(received(&r, "\"code\":131026"), 1);
	assert_int_equal(received(&r, "\"biz_opaque_callback_data\":\"tok\""), 2);
	/* A message that never came through here. */
	assert_int_equal(
	    post(&r, "/_sim/status", "{\"wamid\":\"wamid.foreign\",\"status\":\"delivered\"}")
		.status,
	    404);
	assert_int_equal(
	    post(&r, "/_sim/status",
		"{\"wamid\":\"wamid.foreign\",\"status\":\"delivered\",\"number\":\"" NUMBER
		"\",\"to\":\"" PERSON "\"}")
		.status,
	    200);
	settle(&r);
	assert_int_equal(received(&r, "\"id\":\"wamid.foreign\",\"status\":\"delivered\""), 1);
	assert_int_equal(
	    post(&r, "/_sim/status", "{\"wamid\":\"wamid.foreign\",\"status\":\"lost\"}").status,
	    400);
	assert_int_equal(post(&r, "/_sim/status", "{\"status\":\"sent\"}").status, 400);
	run_close(&r);
}

/* A status that is set takes the message over: what was laid out for it does not happen. */
static void test_status_takes_over(void **state)
{
	struct sim_options o;
	struct run r;

	(void)state;
	sim_options_default(&o);
	run_open(&r, &o);
	struct str wamid = wamid_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON)));
	const char *body = arena_printf(
	    r.arena, "{\"wamid\":\"%.*s\",\"status\":\"failed\",\"code\":131049}", STR_ARG(wamid))
			       .p;
	assert_int_equal(post(&r, "/_sim/status", body).status, 200);
	while (sim_agenda_len(r.sim->agenda) > 0)
		turn(r.loop);
	settle(&r);
	assert_int_equal(received(&r, "\"status\":\"failed\""), 1);
	assert_int_equal(received(&r, "\"status\":\"delivered\""), 0);
	run_close(&r);
}

static void test_events(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/event",
		"{\"field\":\"account_update\",\"entry\":\"900\",\"value\":{\"event\":\"ACCOUNT_VIOLATION\"}}")
		.status,
	    200);
	assert_int_equal(
	    received(&r,
		"{\"id\":\"900\",\"time\":1795348800,\"changes\":[{\"value\":{\"event\":\"ACCOUNT_VIOLATION\"},\"field\":\"account_update\"}]}"),
	    1);
	assert_int_equal(
	    post(&r, "/_sim/event", "{\"field\":\"messages\",\"value\":{\"x\":\"\xc3\xa9\"}}")
		.status,
	    200);
	assert_int_equal(
	    received(&r,
		"{\"id\":\"900800700\",\"changes\":[{\"value\":{\"x\":\"\\u00e9\"},\"field\":\"messages\"}]}"),
	    1);
	assert_int_equal(post(&r, "/_sim/event", "{\"field\":\"messages\"}").status, 400);
	assert_int_equal(post(&r, "/_sim/event", "{\"value\":{}}").status, 400);
	run_close(&r);
}

/* Two apps: each WABA's events go to its own address, signed with its own secret, under its own id. */
static void test_several_wabas(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/config",
			     "{\"number\":\"1\",\"waba\":\"901\",\"app_secret\":\"another\"}")
			     .status,
	    200);
	assert_int_equal(
	    post(&r, "/_sim/config",
		"{\"number\":\"2\",\"waba\":\"902\",\"portfolio\":\"55\",\"limit\":250}")
		.status,
	    200);
	assert_int_equal(
	    post(&r, "/_sim/inbound", "{\"number\":\"1\",\"from\":\"" PERSON "\",\"text\":\"a\"}")
		.status,
	    200);
	assert_int_equal(r.bad_signatures, 1);
	assert_int_equal(received(&r, "\"entry\":[{\"id\":\"901\""), 1);
	assert_int_equal(
	    post(&r, "/_sim/inbound", "{\"number\":\"2\",\"from\":\"" PERSON "\",\"text\":\"a\"}")
		.status,
	    200);
	assert_int_equal(r.bad_signatures, 1);
	assert_int_equal(received(&r, "\"entry\":[{\"id\":\"902\""), 1);
	struct reply reply = get(&r, "/_sim/config?number=2");
	assert_int_equal(
	    count_of(
		reply.body, "\"portfolio\":\"55\",\"limit\":250,\"unique_24h\":0,\"waba\":\"902\""),
	    1);
	/* The same person has another id in another portfolio. */
	const char *at = strstr(r.bodies.p, "\"user_id\":\""),
		   *other = strstr(at + 1, "\"user_id\":\"");
	assert_memory_not_equal(at, other, 28);
	run_close(&r);
}

static void test_config_refused(void **state)
{
	static const struct {
		const char *body, *field;
	} rows[] = { { "{\"number\":\"a b\"}", "number" }, { "{\"waba\":\"\"}", "waba" },
		{ "{\"portfolio\":\"/\"}", "portfolio" },
		{ "{\"portfolio\":\"5\",\"limit\":-1}", "limit" },
		{ "{\"number\":\"1\",\"throughput\":0}", "throughput" },
		{ "{\"statuses\":\"sometimes\"}", "statuses" }, { "{\"token\":\"t\"}", "token" },
		{ "{\"number\":\"1\",\"person\":\"x\"}", "person" },
		{ "{\"number\":\"1\",\"display\":7}", "display" } };
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = post(&r, "/_sim/config", rows[i].body);
		if (reply.status != 400 ||
		    !str_eq_c(json_str(json_path(reply.json, "error.field")), rows[i].field))
			fail_msg("%s: %d %.*s", rows[i].body, reply.status, STR_ARG(reply.body));
	}
	run_close(&r);
}

static void test_reset(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	open_window(&r);
	struct str first = wamid_of(post(&r, MESSAGES, SEND_TO(PERSON)));
	set_fault(&r, "{\"path\":\"/nowhere\",\"kind\":\"drip\"}");
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"webhook\":\"http://127.0.0.1:1/\",\"statuses\":\"none\"}")
		.status,
	    200);
	assert_int_equal(post(&r, "/_sim/reset", "").status, 200);
	assert_int_equal(stat_of(&r, "people"), 0);
	assert_int_equal(stat_of(&r, "log.items"), 0);
	assert_int_equal(json_len(json_get(get(&r, "/_sim/faults").json, "items")), 0);
	assert_int_equal(code_of(post(&r, MESSAGES, SEND_TO(PERSON))), 131047);
	open_window(&r);
	struct str second = wamid_of(post(&r, MESSAGES, SEND_TO(PERSON)));
	assert_false(str_eq(first, second));
	settle(&r);
	assert_true(received(&r, arena_printf(r.arena, "%.*s", STR_ARG(second)).p) > 0);
	run_close(&r);
}

static void test_unknown_paths(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(get(&r, "/_sim/nonsense").status, 404);
	assert_int_equal(get(&r, "/_sim/reset").status, 404);
	assert_int_equal(get(&r, "/_sim/").status, 404);
	assert_int_equal(stat_of(&r, "calls"), 0);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_clock),
		cmocka_unit_test(test_log),
		cmocka_unit_test(test_inbound),
		cmocka_unit_test(test_inbound_refused),
		cmocka_unit_test(test_identities),
		cmocka_unit_test(test_faults_on_inbound),
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_status_takes_over),
		cmocka_unit_test(test_events),
		cmocka_unit_test(test_several_wabas),
		cmocka_unit_test(test_config_refused),
		cmocka_unit_test(test_reset),
		cmocka_unit_test(test_unknown_paths),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
