#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apps/sim/sim_test_run.h"

/* What an unknown id becomes: the fields that are asked for say it. */
static void test_unknown_ids(void **state)
{
	static const struct {
		const char *path, *holds;
	} rows[] = {
		{ "/v25.0/11?fields=verified_name,display_phone_number,quality_rating,status",
		    "\"status\":\"CONNECTED\"" },
		{ "/v25.0/12?fields=name,currency,timezone_id", "\"currency\":\"EUR\"" },
		{ "/v25.0/13?fields=health_status", "\"entity_type\":\"WABA\"" },
		{ "/v25.0/14", "\"mime_type\":\"image/png\"" },
		{ "/v25.0/11?fields=health_status", "\"entity_type\":\"PHONE_NUMBER\"" },
		{ "/v25.0/11", "\"code_verification_status\":\"VERIFIED\"" },
		{ "/v25.0/500400300?fields=whatsapp_business_manager_messaging_limit",
		    "TIER_UNLIMITED" },
	};
	struct run r;

	(void)state;
	run_open_still(&r);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct reply reply = get(&r, rows[i].path);
		if (reply.status != 200 || count_of(reply.body, rows[i].holds) != 1)
			fail_msg("%s: %d %.*s", rows[i].path, reply.status, STR_ARG(reply.body));
	}
	run_close(&r);
}

static void test_wabas(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(post(&r, "/_sim/config", "{\"waba\":900,\"number\":1}").status, 200);
	assert_int_equal(post(&r, "/_sim/config", "{\"waba\":900,\"number\":2}").status, 200);
	assert_int_equal(json_len(json_get(get(&r, "/v25.0/900/phone_numbers").json, "data")), 2);
	assert_int_equal(
	    count_of(get(&r, "/v25.0/900/subscribed_apps").body, "whatsapp_business_api_data"), 1);
	assert_int_equal(call(&r, "DELETE", "/v25.0/900/subscribed_apps", "").status, 200);
	assert_int_equal(
	    count_of(get(&r, "/v25.0/900/subscribed_apps").body, "whatsapp_business_api_data"), 0);
	assert_int_equal(code_of(post(&r, "/v25.0/900/subscribed_apps",
			     "{\"override_callback_uri\":\"https://a.example\"}")),
	    100);
	assert_int_equal(
	    post(&r, "/v25.0/900/subscribed_apps",
		"{\"override_callback_uri\":\"https://a.example\",\"verify_token\":\"t\"}")
		.status,
	    200);
	assert_int_equal(count_of(get(&r, "/v25.0/900/subscribed_apps").body,
			     "\"override_callback_uri\":\"https://a.example\""),
	    1);
	assert_int_equal(post(&r, "/v25.0/900/subscribed_apps", "").status, 200);
	assert_int_equal(
	    count_of(get(&r, "/v25.0/900/subscribed_apps").body, "override_callback_uri"), 0);
	run_close(&r);
}

static void test_health(void **state)
{
	struct run r;

	(void)state;
	run_open_still(&r);
	assert_int_equal(
	    post(&r, "/_sim/config", "{\"waba\":900,\"health\":\"BLOCKED\",\"health_code\":141014}")
		.status,
	    200);
	struct reply reply = get(&r, "/v25.0/900?fields=health_status");
	assert_true(
	    str_eq_c(json_str(json_path(reply.json, "health_status.can_send_message")), "BLOCKED"));
	assert_int_equal(count_of(reply.body, "\"error_code\":141014"), 1);
	run_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_unknown_ids),
		cmocka_unit_test(test_wabas),
		cmocka_unit_test(test_health),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
