#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>

#include "base/file.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_test_run.h"

#define BODY(to, rest) "{\"messaging_product\":\"whatsapp\",\"to\":\"" to "\"," rest "}"
#define TEXT "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}"
#define NAMED(name) \
	"\"type\":\"template\",\"template\":{\"name\":\"" name "\",\"language\":{\"code\":\"it\"}}"

static void test_the_answer(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	open_window(&r);
	struct reply reply = post(&r, MESSAGES, BODY("+39 333 1234567", TEXT));
	assert_int_equal(reply.status, 200);
	const struct json *contact = json_at(json_get(reply.json, "contacts"), 0);
	assert_true(str_eq_c(json_str(json_get(contact, "input")), "+39 333 1234567"));
	assert_true(str_eq_c(json_str(json_get(contact, "wa_id")), "393331234567"));
	assert_true(sim_bsuid_is_shaped(json_str(json_get(contact, "user_id"))));
	assert_true(str_starts(wamid_of(reply), STR("wamid.")));
	/* The user id leads to the same person. */
	struct reply again = post(&r, MESSAGES,
	    arena_printf(r.arena,
		"{\"messaging_product\":\"whatsapp\",\"recipient\":\"%.*s\"," TEXT "}",
		STR_ARG(json_str(json_get(contact, "user_id"))))
		.p);
	assert_int_equal(again.status, 200);
	assert_int_equal(sim_world_people(r.sim->world), 1);
	settle(&r);
	assert_int_equal(received(&r, "\"recipient_id\":\"393331234567\""),
	    received(&r, "\"recipient_user_id\""));
	run_close(&r);
}

static void test_window(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(code_of(post(&r, MESSAGES, SEND_TO(PERSON))), 131047);
	open_window(&r);
	assert_int_equal(post(&r, MESSAGES, SEND_TO(PERSON)).status, 200);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_DAY - 1);
	assert_int_equal(post(&r, MESSAGES, SEND_TO(PERSON)).status, 200);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + 1);
	assert_int_equal(code_of(post(&r, MESSAGES, SEND_TO(PERSON))), 131047);
	assert_int_equal(post(&r, "/_sim/inbound",
			     "{\"number\":\"" NUMBER "\",\"from\":\"" PERSON "\",\"call\":true}")
			     .status,
	    200);
	assert_int_equal(received(&r, "\"field\":\"calls\""), 1);
	assert_int_equal(post(&r, MESSAGES, SEND_TO(PERSON)).status, 200);
	/* One window a number: the neighbour has none. */
	assert_int_equal(code_of(post(&r, "/v25.0/100200301/messages", SEND_TO(PERSON))), 131047);
	run_close(&r);
}

static void test_pair_rate(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	for (int i = 0; i < FIG_PAIR_BURST; i++)
		assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 131056);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO("+447700900001")).status, 200);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + FIG_PAIR_BURST * FIG_PAIR_MS);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	run_close(&r);
}

static void test_throughput(void **state)
{
	struct run r;
	int sent = 0;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"number\":\"" NUMBER "\",\"throughput\":8}").status, 200);
	for (int i = 0; i < 20; i++) {
		struct reply reply = post(
		    &r, MESSAGES, arena_printf(r.arena, BODY("+4477009000%02d", NAMED("x")), i).p);
		sent += reply.status == 200;
		assert_true(reply.status == 200 || code_of(reply) == 130429);
	}
	assert_int_equal(sent, 8 * (100 + ASSUME_THROUGHPUT_GRACE_PERCENT) / 100);
	run_close(&r);
}

static void test_templates(void **state)
{
	static const struct {
		const char *status;
		int64_t code;
	} rows[] = { { "APPROVED", 0 }, { "PAUSED", 132015 }, { "DISABLED", 132016 },
		{ "REJECTED", 132001 }, { "FLAGGED", 0 } };
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, MESSAGES, BODY(PERSON, NAMED("whatever"))).status, 200);
	assert_int_equal(
	    post(&r, "/v25.0/900800700/message_templates",
		"{\"name\":\"order_sent\",\"language\":\"it\",\"category\":\"AUTHENTICATION\","
		"\"components\":[{\"type\":\"BODY\"}]}")
		.status,
	    200);
	assert_int_equal(code_of(post(&r, MESSAGES, BODY(PERSON, NAMED("whatever")))), 132001);
	settle(&r);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 132000);
	struct sim_template *t = sim_templates_find(r.sim->templates,
	    sim_world_find_waba(r.sim->world, STR("900800700")), STR("order_sent"), STR("it"));
#define CODE \
	"\"type\":\"template\",\"template\":{\"name\":\"order_sent\",\"language\":{\"code\":\"it\"}," \
	"\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"908172\"}]}]}"
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		sim_set_text(t->status, sizeof(t->status), str_c(rows[i].status));
		struct reply reply = post(&r, MESSAGES, BODY(PERSON, CODE));
		if (code_of(reply) != rows[i].code)
			fail_msg("%s: %.*s", rows[i].status, STR_ARG(reply.body));
	}
	/* Codes go to phone numbers only; only marketing goes the marketing way. */
	assert_int_equal(
	    code_of(post(&r, MESSAGES,
		"{\"messaging_product\":\"whatsapp\",\"recipient\":\"BR.Q7tXk29LmVa4Zc\"," CODE
		"}")),
	    131062);
	assert_int_equal(
	    code_of(post(&r, "/v25.0/" NUMBER "/marketing_messages", BODY(PERSON, CODE))), 134100);
	assert_int_equal(
	    code_of(post(&r, "/v25.0/" NUMBER "/marketing_messages", SEND_TO(PERSON))), 134100);
	run_close(&r);
}

static void test_direct_send(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, MESSAGES, BODY(PERSON, "\"category\":\"utility\"," TEXT)).status, 200);
	settle(&r);
	assert_true(received(&r, "\"template_id\":\"") > 0);
	assert_true(received(&r, "\"category\":\"utility\"") > 0);
	struct sim_waba *a = sim_world_find_waba(r.sim->world, STR("900800700"));
	assert_int_equal(a->templates.count, 1);
	assert_int_equal(a->own_templates, 0);
	/* Equal texts share the generated template: paused, the next one is refused; another text is not. */
	assert_int_equal(
	    post(&r, MESSAGES, BODY("+447700900001", "\"category\":\"utility\"," TEXT)).status,
	    200);
	assert_int_equal(a->templates.count, 1);
	struct sim_template *t = LIST_OF(list_first(&a->templates), struct sim_template, node);
	sim_set_text(t->status, sizeof(t->status), STR("PAUSED"));
	assert_int_equal(
	    code_of(post(&r, MESSAGES, BODY("+447700900001", "\"category\":\"utility\"," TEXT))),
	    132015);
	assert_int_equal(post(&r, MESSAGES,
			     BODY(PERSON, "\"category\":\"utility\",\"text\":{\"body\":\"Altro\"}"))
			     .status,
	    200);
	assert_int_equal(
	    code_of(post(&r, MESSAGES,
		"{\"messaging_product\":\"whatsapp\",\"recipient\":\"BR.Q7tXk29LmVa4Zc\",\"category\":\"authentication\"," TEXT
		"}")),
	    131062);
	run_close(&r);
}

static void test_refusals(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"number\":\"" NUMBER "\",\"display\":\"+39 02 1234567\"}")
		.status,
	    200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO("+39021234567"))), 131021);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"number\":\"" NUMBER "\",\"status\":\"BANNED\"}").status,
	    200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 133010);
	assert_int_equal(
	    post(&r, "/_sim/config",
		"{\"number\":\"" NUMBER "\",\"status\":\"CONNECTED\",\"refuse_code\":131031}")
		.status,
	    200);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 403);
	run_close(&r);
}

/* The free 72 hours begin with the answer to a click-to-WhatsApp message. */
static void test_entry_point(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/inbound",
			     "{\"number\":\"" NUMBER "\",\"from\":\"" PERSON
			     "\",\"text\":\"Ciao\",\"referral\":true}")
			     .status,
	    200);
	assert_int_equal(received(&r, "\"ctwa_clid\""), 1);
	assert_int_equal(post(&r, MESSAGES, SEND_TO(PERSON)).status, 200);
	sim_clock_set(&r.sim->clock, sim_now(r.sim) + FIG_ENTRY_FREE_MS - 1);
	settle(&r);
	forget_received(&r);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	settle(&r);
	assert_true(received(&r, "\"type\":\"free_entry_point\"") >= 2);
	assert_int_equal(received(&r, "\"type\":\"regular\""), 0);
	assert_int_equal(code_of(post(&r, MESSAGES, SEND_TO(PERSON))), 131047);
	run_close(&r);
}

static void test_receipts(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	struct reply reply = post(&r, MESSAGES,
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.X\",\"typing_indicator\":{\"type\":\"text\"}}");
	assert_int_equal(reply.status, 200);
	assert_true(str_eq_c(reply.body, "{\"success\":true}"));
	run_close(&r);
}

/* Every documented send is accepted once the person has written, as it stands in the collection. */
static void test_requests(void **state)
{
	struct run r;
	DIR *dir = opendir("tests/requests");
	size_t sends = 0;

	(void)state;
	run_open_still(&r);
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		struct str path = arena_printf(r.arena, "tests/requests/%s", e->d_name);
		struct buf file, body;
		const struct json *o = NULL;
		if (e->d_name[0] == '.' || e->d_name[0] == '_')
			continue;
		buf_init(&file, 0);
		buf_init(&body, 0);
		assert_int_equal(file_read(path.p, 1 << 20, &file, NULL), 0);
		assert_int_equal(json_read(r.arena, buf_str(&file), &o, NULL), 0);
		struct str target = json_str(json_get(o, "path"));
		if (str_ends(target, STR("messages")) && json_get(o, "body")) {
			assert_int_equal(
			    post(&r, "/_sim/inbound",
				"{\"number\":\"810200300400501\",\"from\":\"+5511900000011\",\"text\":\"oi\"}")
				.status,
			    200);
			assert_int_equal(
			    post(&r, "/_sim/inbound",
				"{\"number\":\"810200300400501\",\"bsuid\":\"BR.Q7tXk29LmVa4Zc\",\"text\":\"oi\"}")
				.status,
			    200);
			json_print(&body, json_get(o, "body"));
			struct reply reply = post(&r, arena_c(r.arena, target), body.p);
			if (reply.status != 200)
				fail_msg("%s: %.*s", e->d_name, STR_ARG(reply.body));
			sends++;
			sim_clock_set(&r.sim->clock, sim_now(r.sim) + MS_PER_MIN);
		}
		buf_done(&body);
		buf_done(&file);
	}
	(void)closedir(dir);
	assert_true(sends > 40);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_answer),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_pair_rate),
		cmocka_unit_test(test_throughput),
		cmocka_unit_test(test_templates),
		cmocka_unit_test(test_direct_send),
		cmocka_unit_test(test_refusals),
		cmocka_unit_test(test_entry_point),
		cmocka_unit_test(test_receipts),
		cmocka_unit_test(test_requests),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
