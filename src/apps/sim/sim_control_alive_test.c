/* People and enforcement over HTTP, with the webhooks that announce what happens. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

#define WABA "900800700"
#define PORTFOLIO "500400300"

static void open_alive(struct run *r)
{
	struct sim_options o;

	sim_options_default(&o);
	o.virtual_clock = o.alive = true;
	run_open(r, &o);
	/* Whatever day it is: the hourly look goes by this clock from now on. */
	assert_int_equal(post(r, "/_sim/clock", "{\"now\":1795348800000}").status, 200);
	assert_int_equal(post(r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	settle(r);
	forget_received(r);
}

static struct str text_at(struct reply reply, const char *path)
{
	return json_str(json_path(reply.json, path));
}

static void test_only_while_alive(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(get(&r, "/_sim/enforcement").status, 409);
	assert_int_equal(post(&r, "/_sim/people", "{\"person\":\"" PERSON "\"}").status, 409);
	run_close(&r);
}

static void test_people(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *field;
	} rows[] = {
		{ "{}", 400, "person" },
		{ "{\"person\":\"Ana\"}", 400, "person" },
		{ "{\"person\":\"" PERSON "\",\"consent\":\"perhaps\"}", 400, "consent" },
		{ "{\"person\":\"" PERSON "\",\"interest\":2}", 400, "interest" },
		{ "{\"person\":\"" PERSON "\",\"asked_stop\":1}", 400, "asked_stop" },
		{ "{\"persons\":[\"" PERSON "\",\"+393331234568\"],\"consent\":\"none\"}", 200,
		    NULL },
		{ "{\"person\":\"" PERSON "\",\"consent\":\"given\",\"interest\":0.25}", 200,
		    NULL },
	};
	struct run r;

	(void)state;
	open_alive(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = post(&r, "/_sim/people", rows[i].body);
		if (reply.status != rows[i].status)
			fail_msg("row %zu: %d", i, reply.status);
		if (rows[i].field)
			assert_true(str_eq_c(text_at(reply, "error.field"), rows[i].field));
	}
	struct reply one = get(&r, "/_sim/people?person=%2B393331234567");
	struct reply other = get(&r, "/_sim/people?person=393331234568");
	assert_true(str_eq_c(text_at(one, "consent"), "given"));
	assert_true(str_eq_c(text_at(other, "consent"), "none"));
	run_close(&r);
}

/* Each deed: the webhook that tells it, and how the next template is answered. */
static void test_the_ladder_by_hand(void **state)
{
	static const struct {
		const char *act, *event;
		int64_t code;
	} rows[] = {
		{ "violate", "\"event\":\"ACCOUNT_VIOLATION\"", 0 },
		{ "violate", "\"restriction_type\":\"RESTRICTED_BIZ_INITIATED_MESSAGING\"", 368 },
		{ "violate", "RESTRICTED_ADD_PHONE_NUMBER_ACTION", 368 },
		{ "violate", "RESTRICTED_CUSTOMER_INITIATED_MESSAGING", 368 },
		{ "reinstate", "\"waba_ban_state\":\"REINSTATE\"", 0 },
		{ "disable",
		    "\"waba_ban_state\":\"DISABLE\",\"waba_ban_date\":\"November 22, 2026\"",
		    131031 },
		{ "reinstate", "\"event\":\"DISABLED_UPDATE\"", 0 },
	};
	struct run r;
	char body[96];

	(void)state;
	open_alive(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		(void)snprintf(
		    body, sizeof(body), "{\"waba\":\"" WABA "\",\"act\":\"%s\"}", rows[i].act);
		assert_int_equal(post(&r, "/_sim/enforcement", body).status, 200);
		settle(&r);
		if (!received(&r, rows[i].event))
			fail_msg("row %zu: no %s", i, rows[i].event);
		forget_received(&r);
		if (code_of(post(&r, MESSAGES, TEMPLATE_TO("+393331234599"))) != rows[i].code)
			fail_msg("row %zu: another code than %lld", i, (long long)rows[i].code);
		settle(&r);
		forget_received(&r);
	}
	assert_int_equal(r.bad_signatures, 0);
	run_close(&r);
}

static void test_what_is_refused(void **state)
{
	static const struct {
		const char *body;
		int status;
		const char *field;
	} rows[] = {
		{ "{\"waba\":\"1\",\"act\":\"violate\"}", 404, "waba" },
		{ "{\"waba\":\"" WABA "\",\"act\":\"forgive\"}", 400, "act" },
		{ "{\"template\":\"77\"}", 404, "template" },
		{ "{\"portfolio\":\"no id\"}", 400, "portfolio" },
		{ "{\"portfolio\":\"" PORTFOLIO "\",\"verified\":\"yes\"}", 400, "verified" },
	};
	struct run r;

	(void)state;
	open_alive(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = post(&r, "/_sim/enforcement", rows[i].body);
		if (reply.status != rows[i].status ||
		    !str_eq_c(text_at(reply, "error.field"), rows[i].field))
			fail_msg("row %zu: %d", i, reply.status);
	}
	run_close(&r);
}

/* A verified portfolio rises after a day, and its accounts are told. */
static void test_levels_are_told(void **state)
{
	struct run r;

	(void)state;
	open_alive(&r);
	assert_true(str_eq_c(
	    json_str(json_get(
		json_at(json_get(get(&r, "/_sim/enforcement").json, "wabas"), 0), "level")),
	    "TIER_250"));
	assert_int_equal(
	    post(&r, "/_sim/enforcement", "{\"portfolio\":\"" PORTFOLIO "\",\"verified\":true}")
		.status,
	    200);
	assert_int_equal(post(&r, "/_sim/clock", "{\"advance_ms\":100000000}").status, 200);
	settle(&r);
	assert_true(received(&r, "\"max_daily_conversations_per_business\":\"TIER_2K\""));
	run_close(&r);
}

/* Of templates that say utility and sell, some are approved as marketing. */
static void test_mislabelled_templates(void **state)
{
	static const char body[] =
	    "{\"name\":\"saldi_%d\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":"
	    "[{\"type\":\"BODY\",\"text\":\"%s numero %d\"}]}";
	struct run r;
	char text[256];

	(void)state;
	open_alive(&r);
	for (int i = 0; i < 40; i++) {
		(void)snprintf(
		    text, sizeof(text), body, i, i < 20 ? "Saldi ovunque" : "Il pacco", i);
		assert_int_equal(post(&r, "/v25.0/" WABA "/message_templates", text).status, 200);
	}
	settle(&r);
	size_t marketing = received(&r, "\"message_template_category\":\"MARKETING\"");
	assert_in_range(marketing, 4, 16);
	assert_int_equal(received(&r, "\"message_template_category\":\"UTILITY\""), 40 - marketing);
	run_close(&r);
}

/* Texts that sell, sent as utility without a template: the steps of direct sends, with their webhooks. */
static void test_direct_sends_that_sell(void **state)
{
	static const char body[] =
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"+3933312%05d\",\"category\":\"utility\","
	    "\"type\":\"text\",\"text\":{\"body\":\"Saldi: sconto del 20%% su tutto\"}}";
	struct run r;
	char text[256];

	(void)state;
	open_alive(&r);
	for (int i = 0; i < 60; i++) {
		(void)snprintf(text, sizeof(text), body, i);
		assert_int_equal(post(&r, MESSAGES, text).status, 200);
		assert_int_equal(post(&r, "/_sim/clock", "{\"advance_ms\":1000}").status, 200);
	}
	settle(&r);
	assert_true(received(&r, "DIRECT_SEND_UTILITY_CATEGORY_ABUSE_WARN"));
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_only_while_alive),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_the_ladder_by_hand),
		cmocka_unit_test(test_what_is_refused),
		cmocka_unit_test(test_levels_are_told),
		cmocka_unit_test(test_mislabelled_templates),
		cmocka_unit_test(test_direct_sends_that_sell),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
