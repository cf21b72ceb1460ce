#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/assumptions.h"
#include "apps/sim/sim_test_run.h"

static void send_template(struct run *r, const char *to)
{
	struct reply reply = post(r, MESSAGES,
	    arena_printf(r->arena,
		"{\"messaging_product\":\"whatsapp\",\"to\":\"%s\",\"type\":\"template\","
		"\"template\":{\"name\":\"order_sent\",\"language\":{\"code\":\"it\"}}}",
		to)
		.p);

	if (reply.status != 200)
		fail_msg("%s: %.*s", to, STR_ARG(reply.body));
}

/* The statuses of what was received, in their order. */
static const char *order(struct run *r)
{
	struct str rest = buf_str(&r->bodies);
	struct buf out;

	buf_init(&out, 0);
	for (const char *at; rest.len && (at = memmem(rest.p, rest.len, "\"status\":\"", 10));) {
		rest = str_sub(rest, (size_t)(at - rest.p) + 10, rest.len);
		struct str word = str_cut(&rest, '"');
		buf_addf(&out, "%.*s ", STR_ARG(word));
	}
	struct str copy = arena_str(r->arena, buf_str(&out));
	buf_done(&out);
	return copy.p;
}

/* Under a standing clock, sent and delivered follow at once, read for most. */
static void test_ordinary(void **state)
{
	struct run r;
	const char *seen;

	(void)state;
	run_open_still(&r);
	send_template(&r, PERSON);
	settle(&r);
	seen = order(&r);
	assert_true(
	    strcmp(seen, "sent delivered read ") == 0 || strcmp(seen, "sent delivered ") == 0);
	assert_int_equal(r.sim->counts.delivered, 1);
	run_close(&r);
}

static void test_statuses_until(void **state)
{
	static const struct {
		const char *statuses, *order;
	} rows[] = { { "none", "" }, { "sent", "sent " }, { "delivered", "sent delivered " } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run r;
		run_open_still(&r);
		assert_int_equal(
		    post(&r, "/_sim/config",
			arena_printf(r.arena, "{\"statuses\":\"%s\"}", rows[i].statuses).p)
			.status,
		    200);
		send_template(&r, PERSON);
		settle(&r);
		assert_string_equal(order(&r), rows[i].order);
		run_close(&r);
	}
}

static void test_spoilt(void **state)
{
	static const struct {
		const char *fault, *order;
	} rows[] = { { "duplicate_webhook", "sent sent delivered delivered " },
		{ "reordered_webhook", "delivered sent " }, { "drop_webhook", "" } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct run r;
		run_open_still(&r);
		(void)post(&r, "/_sim/config", "{\"statuses\":\"delivered\"}");
		set_fault(&r,
		    arena_printf(r.arena, "{\"path\":\"/messages\",\"kind\":\"%s\"}", rows[i].fault)
			.p);
		send_template(&r, PERSON);
		settle(&r);
		if (strcmp(order(&r), rows[i].order) != 0)
			fail_msg("%s: %s", rows[i].fault, order(&r));
		assert_int_equal(r.sim->counts.delivered, 1);
		run_close(&r);
	}
}

/* The platform's own reasons: a number of the United States, a person who stopped marketing, one without WhatsApp. */
static void test_failures(void **state)
{
	struct sim_options o;
	struct run r;

	(void)state;
	sim_options_default(&o);
	o.people = "1000";
	o.virtual_clock = true;
	run_open(&r, &o);
	const char *stop = "{\"number\":\"" NUMBER
			   "\",\"from\":\"+393331000001\",\"preference\":\"stop\"}";
	assert_int_equal(post(&r, "/_sim/inbound", stop).status, 200);
	assert_int_equal(received(&r, "\"value\":\"stop\""), 1);
	const char *bodies[] = { "+12125550100", "+393331000001", "+393331000002",
		"+393339999999" };
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		assert_int_equal(
		    post(&r, "/v25.0/" NUMBER "/marketing_messages",
			arena_printf(r.arena,
			    "{\"messaging_product\":\"whatsapp\",\"to\":\"%s\",\"type\":\"template\","
			    "\"template\":{\"name\":\"sale\",\"language\":{\"code\":\"it\"}}}",
			    bodies[i])
			    .p)
			.status,
		    200);
	settle(&r);
	assert_int_equal(received(&r, "\"code\":131049"), 1);
	assert_int_equal(received(&r, "\"code\":131050"), 1);
	assert_int_equal(received(&r, "\"code\":131026"), 1);
	assert_int_equal(r.sim->counts.failed, 3);
	assert_int_equal(r.sim->counts.delivered, 1);
	assert_int_equal(received(&r, "marketing_lite"), received(&r, "\"pricing\""));
	run_close(&r);
}

/* The limit counts people to whom something was delivered outside windows; the one above it fails after acceptance. */
static void test_portfolio_limit(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config",
		"{\"portfolio\":\"5\",\"waba\":\"900\",\"number\":\"" NUMBER "\",\"limit\":2}")
		.status,
	    200);
	open_window(&r);
	send_template(&r, PERSON);
	send_template(&r, "+447700900001");
	send_template(&r, "+447700900002");
	settle(&r);
	send_template(&r, "+447700900001");
	settle(&r);
	assert_int_equal(r.sim->counts.failed, 0);
	send_template(&r, "+447700900003");
	settle(&r);
	assert_int_equal(r.sim->counts.failed, 1);
	assert_int_equal(received(&r, "\"code\":131048"), 1);
	assert_int_equal(r.sim->counts.delivered, 4);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_DAY + MS_PER_MIN);
	send_template(&r, "+447700900003");
	settle(&r);
	assert_int_equal(r.sim->counts.failed, 1);
	run_close(&r);
}

/* Review, three pauses and what ends them. */
static void test_templates_over_time(void **state)
{
	struct run r;
	struct reply reply;
	char id[SIM_OBJECT_ID_MAX];

	(void)state;
	run_open_still(&r);
	reply = post(&r, "/v25.0/900/message_templates",
	    "{\"name\":\"hello\",\"language\":\"it\",\"category\":\"UTILITY\","
	    "\"components\":[{\"type\":\"BODY\",\"text\":\"Hello there.\"}]}");
	assert_int_equal(reply.status, 200);
	sim_set_text(id, sizeof(id), json_str(json_get(reply.json, "id")));
	settle(&r);
	struct sim_template *t = sim_templates_get(r.sim->templates, str_c(id));
	assert_string_equal(t->status, "APPROVED");
	assert_int_equal(received(&r, "\"event\":\"APPROVED\""), 1);
	static const struct {
		int64_t ms;
		const char *title;
	} pauses[] = { { FIG_PAUSE_FIRST_MS, "FIRST_PAUSE" },
		{ FIG_PAUSE_SECOND_MS, "SECOND_PAUSE" } };
	for (size_t i = 0; i < ARRAY_LEN(pauses); i++) {
		sim_template_pause(r.sim, t);
		settle(&r);
		assert_string_equal(t->status, "PAUSED");
		assert_int_equal(received(&r, pauses[i].title), 1);
		sim_clock_set(&r.sim->clock, sim_now(r.sim) + pauses[i].ms);
		sim_agenda_look(r.sim->agenda);
		settle(&r);
		assert_string_equal(t->status, "APPROVED");
		assert_int_equal(received(&r, "UNPAUSE"), i + 1);
	}
	sim_template_pause(r.sim, t);
	settle(&r);
	assert_string_equal(t->status, "DISABLED");
	run_close(&r);
}

/* An override decides where a number's events go; one that is not on loopback is never posted to. */
static void test_overrides(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	send_template(&r, PERSON);
	settle(&r);
	size_t before = r.posts;
	(void)post(&r, "/v25.0/900800700/subscribed_apps",
	    "{\"override_callback_uri\":\"https://varco.example.invalid/w\",\"verify_token\":\"t\"}");
	send_template(&r, PERSON);
	settle(&r);
	assert_int_equal(r.posts, before);
	(void)post(&r, "/v25.0/" NUMBER,
	    arena_printf(
		r.arena, "{\"webhook_configuration\":{\"override_callback_uri\":\"%s2\"}}", r.hook)
		.p);
	send_template(&r, PERSON);
	settle(&r);
	assert_true(r.posts > before);
	before = r.posts;
	assert_int_equal(call(&r, "DELETE", "/v25.0/900800700/subscribed_apps", "").status, 200);
	send_template(&r, PERSON);
	settle(&r);
	assert_int_equal(r.posts, before);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary),
		cmocka_unit_test(test_statuses_until),
		cmocka_unit_test(test_spoilt),
		cmocka_unit_test(test_failures),
		cmocka_unit_test(test_portfolio_limit),
		cmocka_unit_test(test_templates_over_time),
		cmocka_unit_test(test_overrides),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
