#include "apps/cli/config_look.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/file.h"

static char path[] = "/tmp/varco-config-look-XXXXXX";

static int setup(void **state)
{
	struct err err;
	int fd = mkstemp(path);

	(void)state;
	if (fd >= 0)
		(void)close(fd);
	return fd >= 0 && crypto_init(&err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	return unlink(path);
}

/* --- what will do ----------------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
	const char *field; /* of what is wrong; NULL = nothing */
} looks[] = {
	{ "nothing", "", NULL },
	{ "IPv4", "[server]\nlisten = 0.0.0.0:443\n", NULL },
	{ "IPv6", "[server]\nlisten = [::1]:0\n", NULL },
	{ "IPv6 without brackets", "[server]\nlisten = ::1:80\n", "server.listen" },
	{ "an open bracket", "[server]\nlisten = [::1:80\n", "server.listen" },
	{ "nothing in brackets", "[server]\nlisten = []:80\n", "server.listen" },
	{ "no port", "[server]\nlisten = 127.0.0.1:\n", "server.listen" },
	{ "a port below none", "[server]\nlisten = 127.0.0.1:-1\n", "server.listen" },
	{ "no address", "[server]\nlisten = :80\n", "server.listen" },
	{ "an address too long",
	    "[server]\nlisten = 1111111111111111111111111111111111111111111111111111111111111111"
	    "111111111:80\n",
	    "server.listen" },
	{ "a simulator",
	    "[upstream]\nbase_url = http://127.0.0.1:8081\n[server]\nclock = upstream\n", NULL },
	{ "Meta's clock", "[server]\nclock = upstream\n", "server.clock" },
	{ "a stranger", "[upstream]\nbase_url = https://graph.facebook.com.evil.example\n",
	    "upstream.base_url" },
	{ "a stranger with Meta as a user",
	    "[upstream]\nbase_url = https://graph.facebook.com@evil.example\n",
	    "upstream.base_url" },
	{ "a provider of the pack", "[upstream]\nbase_url = https://waba-v2.360dialog.io\n", NULL },
	{ "a file for a store", "[store]\nurl = sqlite:/tmp/x.db\n", NULL },
	{ "no file for a store", "[store]\nurl = sqlite:\n", "store.url" },
	{ "a public address", "[server]\npublic_url = https://varco.example\n", NULL },
	{ "a public address with a slash", "[server]\npublic_url = https://varco.example/\n",
	    "server.public_url" },
	{ "no pack", "[policy]\npack = /nowhere/pack.json\n", "policy.pack" },
	{ "no authority", "[upstream]\nca_file = /nowhere/ca.pem\n", "upstream.ca_file" },
	{ "no certificate", "[server]\ntls_cert = /nowhere/c.pem\ntls_key = /nowhere/k.pem\n",
	    "server.tls_cert" },
};

static void test_looks(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(looks); i++) {
		struct gateway_config c;
		struct err err = { .code = 0 };
		assert_int_equal(config_parse(gateway_options, gateway_options_len, "test",
				     str_c(looks[i].text), a, &c, &err),
		    0);
		int r = config_look(&c, &err);
		if (r == 0 ? looks[i].field != NULL
			   : !looks[i].field || strcmp(err.field, looks[i].field) != 0)
			fail_msg("%s: %s %s: %s", looks[i].name, err_name(r), err.field, err.text);
	}
	arena_free(&a);
}

/* --- where a value stands --------------------------------------------------------------------- */

static const struct {
	const char *name, *text;
	enum config_origin origin;
	int line, column;
} origins[] = {
	{ "nowhere", "", CONFIG_DEFAULT, 0, 0 },
	{ "in its section", "[policy]\nmode = observe\nwait_ms = 5\n", CONFIG_FILE, 3, 1 },
	{ "behind blanks", "\n[policy]\n\t wait_ms=5\n", CONFIG_FILE, 3, 3 },
	{ "with a colon", "[policy]\r\nwait_ms: 5\r\n", CONFIG_FILE, 2, 1 },
	{ "behind another section", "[log]\nlevel = info\n[policy]\nwait_ms = 5", CONFIG_FILE, 4,
	    1 },
	{ "not in a comment", "[policy]\n; wait_ms = 5\n", CONFIG_DEFAULT, 0, 0 },
	{ "not a longer name", "[policy]\nwait_ms_more = 5\n", CONFIG_DEFAULT, 0, 0 },
	{ "not as a value", "[policy]\npack = wait_ms\n", CONFIG_DEFAULT, 0, 0 },
	{ "not in another section", "[log]\nwait_ms = 5\n", CONFIG_DEFAULT, 0, 0 },
};

static void test_origins(void **state)
{
	const struct config_option *o = config_option_find("policy.wait_ms");
	char name[CONFIG_ENV_MAX];

	(void)state;
	config_env_name(o, name);
	assert_string_equal(name, "VARCO_POLICY_WAIT_MS");
	(void)unsetenv(name);
	for (size_t i = 0; i < ARRAY_LEN(origins); i++) {
		int line = 0, column = 0;
		assert_int_equal(file_write_atomic(path, str_c(origins[i].text), 0600, NULL), 0);
		enum config_origin origin = config_origin(path, o, &line, &column);
		if (origin != origins[i].origin || line != origins[i].line ||
		    column != origins[i].column)
			fail_msg("%s: %d at %d:%d", origins[i].name, (int)origin, line, column);
	}
	assert_int_equal(setenv(name, "7", 1), 0);
	assert_int_equal(config_origin(path, o, NULL, NULL), CONFIG_ENVIRONMENT);
	assert_int_equal(unsetenv(name), 0);
	assert_null(config_option_find("policy.wait"));
	assert_null(config_option_find("policy"));
	assert_null(config_option_find(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_looks),
		cmocka_unit_test(test_origins),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
