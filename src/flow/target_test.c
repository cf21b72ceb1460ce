#include "base/check.h"
#include "flow/target.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static const struct {
	const char *url;
	bool loopback, allowed;
} urls[] = {
	{ "https://graph.facebook.com", false, true },
	{ "https://graph.facebook.com/v25.0", false, true },
	{ "https://graph.facebook.com:443", false, true },
	{ "https://GRAPH.facebook.com", false, true },
	{ "http://graph.facebook.com", false, false },
	{ "HTTPS://graph.facebook.com", false, false },
	{ "https://graph.facebook.com.example.com", false, false },
	{ "https://graph.facebook.com@example.com", false, false },
	{ "https://graph.facebook.com:443@example.com/", false, false },
	{ "https://example.com/graph.facebook.com", false, false },
	{ "https://example.com#graph.facebook.com", false, false },
	{ "https://graph.facebook.com#.example.com", false, false },
	{ "https://graph.facebook.com?.example.com", false, false },
	{ "https://", false, false },
	{ "", false, false },
	{ "ftp://127.0.0.1", false, false },
	{ "http://127.0.0.1", true, true },
	{ "http://127.0.0.1:8080/x", true, true },
	{ "https://127.9.9.9", true, true },
	{ "http://localhost:1", true, true },
	{ "http://LOCALHOST:1", true, true },
	{ "http://[::1]:8080/x", true, true },
	{ "http://[::1]", true, true },
	{ "http://[::1]x", false, false },
	{ "http://[::1", false, false },
	{ "http://localhost.example.com", false, false },
	{ "http://127.0.0.1.example.com", false, false },
	{ "http://127.0.0.1@example.com", false, false },
	{ "http://x@127.0.0.1", false, false },
	{ "http://128.0.0.1", false, false },
	{ "http://[2001:db8::1]", false, false },
};

static void where_tokens_may_go(void **state)
{
	struct pack *pack;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(crypto_init(&err), 0);
	assert_int_equal(pack_builtin(&pack, &err), 0);
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct str url = str_c(urls[i].url);
		if (target_is_loopback(url) != urls[i].loopback)
			fail_msg("%s: loopback", urls[i].url);
		if (target_is_allowed(pack, url) != urls[i].allowed)
			fail_msg("%s: allowed", urls[i].url);
	}
	pack_free(&pack);
}

static void where_apps_may_hear(void **state)
{
	static const struct {
		const char *url;
		bool may;
	} rows[] = {
		{ "https://shop.example/hook", true },
		{ "https://shop.example:8443", true },
		{ "https://shop.example?x=1", true },
		{ "https://[2606:4700::1111]:8443/", true },
		{ "http://shop.example/hook", false },
		{ "https://127.0.0.1?x", false },
		{ "https://10.0.0.1:8443/hook", false },
		{ "https://[::1]:8443/hook", false },
		{ "https://user@shop.example/", false },
		{ "https://localhost#x", false },
		{ "https:///hook", false },
		{ "", false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (target_may_be_public(str_c(rows[i].url)) != rows[i].may)
			fail_msg("%s", rows[i].url);
	}
}

static void the_call_and_its_credential(void **state)
{
	struct core core = { .options.base_url = "http://127.0.0.1:9" };
	struct pack *pack = NULL;
	struct dir_waba waba = { .token = STR("secret"), .upstream = STR("") };
	struct arena *a = arena_new(0, 0);
	struct target t;
	struct err err = { 0 };

	(void)state;
	assert_int_equal(pack_builtin(&pack, &err), 0);
	core.pack = pack;
	assert_true(
	    target_for(&core, &waba, a, STR("v25.0"), STR("100200300"), STR("/messages"), &t));
	assert_true(str_eq(t.url, STR("http://127.0.0.1:9/v25.0/100200300/messages")));
	assert_true(str_eq(t.auth.name, STR("Authorization")));
	assert_true(str_eq(t.auth.value, STR("Bearer secret")));
	waba.upstream = STR("nobody");
	assert_false(target_for(&core, &waba, a, STR("v25.0"), STR("1"), STR(""), &t));
	waba.upstream = waba.token = STR("");
	assert_false(target_for(&core, &waba, a, STR("v25.0"), STR("1"), STR(""), &t));
	arena_free(&a);
	pack_free(&pack);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(where_tokens_may_go),
		cmocka_unit_test(where_apps_may_hear),
		cmocka_unit_test(the_call_and_its_credential),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
