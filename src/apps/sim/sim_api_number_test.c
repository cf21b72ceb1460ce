#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

#define OWN "/v25.0/" NUMBER

static void test_registering(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, OWN "/register", "{\"messaging_product\":\"whatsapp\",\"pin\":\"402917\"}")
		.status,
	    200);
	assert_int_equal(code_of(post(&r, OWN "/register",
			     "{\"messaging_product\":\"whatsapp\",\"pin\":\"111111\"}")),
	    133005);
	assert_int_equal(code_of(post(&r, OWN "/register",
			     "{\"messaging_product\":\"whatsapp\",\"pin\":\"12\"}")),
	    100);
	assert_int_equal(call(&r, "POST", OWN "/deregister", "").status, 200);
	assert_int_equal(code_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON))), 133010);
	for (int i = 0; i < 6; i++)
		assert_int_equal(post(&r, OWN "/register",
				     "{\"messaging_product\":\"whatsapp\",\"pin\":\"402917\"}")
				     .status,
		    200);
	assert_int_equal(code_of(post(&r, OWN "/register",
			     "{\"messaging_product\":\"whatsapp\",\"pin\":\"402917\"}")),
	    133016);
	assert_int_equal(post(&r, MESSAGES, TEMPLATE_TO(PERSON)).status, 200);
	run_close(&r);
}

static void test_small_calls(void **state)
{
	static const struct {
		const char *path, *body;
		int64_t code;
	} rows[] = {
		{ OWN "/request_code", "{\"code_method\":\"SMS\",\"language\":\"pt_BR\"}", 0 },
		{ OWN "/request_code", "{\"code_method\":\"PIGEON\",\"language\":\"pt_BR\"}", 100 },
		{ OWN "/request_code", "{\"code_method\":\"SMS\"}", 100 },
		{ OWN "/verify_code", "{\"code\":\"908172\"}", 0 },
		{ OWN "/verify_code", "{\"code\":\"90-817\"}", 100 },
		{ OWN, "{\"pin\":\"123456\"}", 0 },
		{ OWN, "{\"pin\":\"12345\"}", 100 },
		{ OWN "/settings", "{\"calling\":{\"status\":\"ENABLED\"}}", 0 },
		{ OWN "/whatsapp_business_profile",
		    "{\"messaging_product\":\"whatsapp\",\"about\":\"Hi\",\"websites\":[\"https://a.example\"]}",
		    0 },
		{ OWN "/whatsapp_business_profile", "{\"about\":7}", 100 },
		{ OWN "/whatsapp_business_profile", "{\"websites\":[\"1\",\"2\",\"3\"]}", 100 },
	};
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = post(&r, rows[i].path, rows[i].body);
		if (code_of(reply) != rows[i].code || (reply.status == 200) != (rows[i].code == 0))
			fail_msg("%s %s: %.*s", rows[i].path, rows[i].body, STR_ARG(reply.body));
	}
	assert_true(
	    str_eq_c(get(&r, OWN "/settings").body, "{\"calling\":{\"status\":\"ENABLED\"}}"));
	struct reply profile = get(&r, OWN "/whatsapp_business_profile");
	assert_int_equal(count_of(profile.body, "\"about\":\"Hi\""), 1);
	assert_int_equal(count_of(profile.body, "\"websites\":[\"https://a.example\"]"), 1);
	assert_int_equal(count_of(get(&r, OWN "?fields=is_pin_enabled").body, "true"), 1);
	run_close(&r);
}

/* Only who wrote lately can be blocked, and whoever is blocked is not written to. */
static void test_block_list(void **state)
{
	struct run r;
	const char *both =
	    "{\"messaging_product\":\"whatsapp\",\"block_users\":[{\"user\":\"" PERSON
	    "\"},{\"user\":\"+447700900001\"}]}";

	(void)state;
	run_open_still(&r);
	open_window(&r);
	struct reply reply = call(&r, "POST", OWN "/block_users", both);
	assert_int_equal(reply.status, 400);
	assert_int_equal(code_of(reply), 139100);
	assert_int_equal(
	    count_of(reply.body,
		"\"added_users\":[{\"input\":\"" PERSON "\",\"wa_id\":\"393331234567\"}]"),
	    1);
	assert_int_equal(count_of(reply.body, "\"failed_users\":[{\"input\":\"+447700900001\""), 1);
	assert_int_equal(code_of(post(&r, MESSAGES, SEND_TO(PERSON))), 130403);
	assert_int_equal(
	    count_of(get(&r, OWN "/block_users").body, "\"wa_id\":\"393331234567\""), 1);
	reply = call(&r, "DELETE", OWN "/block_users", both);
	assert_int_equal(reply.status, 200);
	assert_int_equal(post(&r, MESSAGES, SEND_TO(PERSON)).status, 200);
	assert_int_equal(code_of(post(&r, OWN "/block_users", "{\"block_users\":[]}")), 100);
	run_close(&r);
}

static void test_history(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	struct str wamid = wamid_of(post(&r, MESSAGES, TEMPLATE_TO(PERSON)));
	settle(&r);
	struct reply history = get(
	    &r, arena_printf(r.arena, OWN "/message_history?message_id=%.*s", STR_ARG(wamid)).p);
	assert_int_equal(count_of(history.body, "\"delivery_status\":\"ACCEPTED\""), 1);
	assert_int_equal(count_of(history.body, "\"delivery_status\":\"DELIVERED\""), 1);
	/* the row, and each of its events: accepted, sent, delivered, read */
	assert_int_equal(count_of(history.body, "\"id\":\""), 5);
	assert_true(
	    str_eq_c(get(&r, OWN "/message_history?message_id=wamid.X").body, "{\"data\":[]}"));
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_registering),
		cmocka_unit_test(test_small_calls),
		cmocka_unit_test(test_block_list),
		cmocka_unit_test(test_history),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
