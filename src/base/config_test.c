#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "base/config.h"
#include "base/file.h"
#include "base/torture.h"

struct settings {
	const char *listen;
	const char *cert;
	int64_t timeout_ms;
	int64_t level;
	bool strict;
};

#define OPTION(section, key, type, dflt, min, max, values, field, doc) \
	{ section, key, type, dflt, min, max, values, offsetof(struct settings, field), doc }

static const struct config_option options[] = {
	OPTION("server", "listen", CONFIG_STR, "127.0.0.1:8080", 0, 0, NULL, listen,
	    "Where to listen."),
	OPTION("server", "tls_cert", CONFIG_STR, NULL, 0, 0, NULL, cert, "The certificate."),
	OPTION(
	    "upstream", "timeout_ms", CONFIG_INT, "5000", 1, 60000, NULL, timeout_ms, "How long."),
	OPTION("log", "level", CONFIG_ENUM, "info", 0, 0, "debug|info|warn", level, "How much."),
	OPTION("log", "strict", CONFIG_BOOL, "false", 0, 0, NULL, strict, "Whether."),
};

static struct arena *arena;

static int begin(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena ? 0 : -1;
}

static int end(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static int parse(const char *text, struct settings *s, struct err *err)
{
	memset(s, 0xff, sizeof(*s));
	return config_parse(options, ARRAY_LEN(options), "varco.conf", str_c(text), arena, s, err);
}

static const struct {
	const char *text, *listen, *cert;
	int64_t timeout_ms, level;
	bool strict;
} good[] = {
	{ "", "127.0.0.1:8080", NULL, 5000, 1, false },
	{ "[server]\nlisten = :80\n", ":80", NULL, 5000, 1, false },
	{ "[server]\nlisten: 0.0.0.0:80", "0.0.0.0:80", NULL, 5000, 1, false },
	{ "\xef\xbb\xbf[server]\r\n\r\n  listen=a b ; comment\r\n\ttls_cert = /x=y;z\r\n", "a b",
	    "/x=y;z", 5000, 1, false },
	{ "# one\n; two\n[log]\nlevel=debug\nstrict=Yes\n[upstream]\ntimeout_ms=1\n[log] ; again\n",
	    "127.0.0.1:8080", NULL, 1, 0, true },
	{ "[upstream]\ntimeout_ms = 60000\n[log]\nlevel = warn\nstrict = 1", "127.0.0.1:8080", NULL,
	    60000, 2, true },
	{ "[log]\nstrict = OFF\n[server]\nlisten =\n", "", NULL, 5000, 1, false },
};

static bool same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

static void test_good(void **state)
{
	struct settings s;
	struct err err;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		err.text[0] = '\0';
		if (parse(good[i].text, &s, &err) || !same(s.listen, good[i].listen) ||
		    !same(s.cert, good[i].cert) || s.timeout_ms != good[i].timeout_ms ||
		    s.level != good[i].level || s.strict != good[i].strict)
			fail_msg("row %zu: %s", i, err.text);
	}
}

static const struct {
	const char *text;
	int rc;
	const char *field, *message;
} bad[] = {
	{ "[server]\n\n  lisen = x\n", -E_INVALID, "server.lisen",
	    "varco.conf:3:3: There is no key \"lisen\" in [server]; the nearest is \"listen\" in [server]." },
	{ "[server]\ntimeout_ms = 5\n", -E_INVALID, "server.timeout_ms",
	    "varco.conf:2:1: There is no key \"timeout_ms\" in [server]; the nearest is \"timeout_ms\" in "
	    "[upstream]." },
	{ " [servr]\nlisten = x\n", -E_INVALID, "servr",
	    "varco.conf:1:3: There is no section [servr]; the nearest is [server]." },
	{ "[server]\n[nowhere]\n", -E_INVALID, "nowhere",
	    "varco.conf:2:2: There is no section [nowhere]; the nearest is [server]." },
	{ "listen = x\n", -E_INVALID, "", "varco.conf:1:1: This key stands before any [section]." },
	{ "[upstream]\ntimeout_ms = 0\n", -E_RANGE, "upstream.timeout_ms",
	    "varco.conf:2:14: upstream.timeout_ms must be a whole number from 1 to 60000." },
	{ "[upstream]\ntimeout_ms = 60001\n", -E_RANGE, "upstream.timeout_ms",
	    "varco.conf:2:14: upstream.timeout_ms must be a whole number from 1 to 60000." },
	{ "[upstream]\n  timeout_ms:5s\n", -E_INVALID, "upstream.timeout_ms",
	    "varco.conf:2:14: upstream.timeout_ms must be a whole number from 1 to 60000." },
	{ "[upstream]\ntimeout_ms =\n", -E_INVALID, "upstream.timeout_ms",
	    "varco.conf:2:13: upstream.timeout_ms must be a whole number from 1 to 60000." },
	{ "[log]\nlevel = loud\n", -E_INVALID, "log.level",
	    "varco.conf:2:9: log.level must be one of debug|info|warn." },
	{ "[log]\nlevel = debug|info\n", -E_INVALID, "log.level",
	    "varco.conf:2:9: log.level must be one of debug|info|warn." },
	{ "[log]\nstrict = maybe\n", -E_INVALID, "log.strict",
	    "varco.conf:2:10: log.strict must be true or false." },
	{ "[server]\nlisten = a\nlisten = b\n", -E_CONFLICT, "server.listen",
	    "varco.conf:3:1: server.listen is set a second time." },
	{ "[server]\nlisten\n", -E_INVALID, "",
	    "varco.conf:2:1: This is neither a [section] nor a key = value." },
	{ " [server\nlisten = x\n", -E_INVALID, "",
	    "varco.conf:1:2: This [section] has no closing bracket." },
	{ "[server] listen = x\n", -E_INVALID, "",
	    "varco.conf:1:10: Nothing but a comment may follow a [section]." },
	/* the first of several */
	{ "[log]\nlevel = x\nnothing\n[bad]\n", -E_INVALID, "log.level",
	    "varco.conf:2:9: log.level must be one of debug|info|warn." },
	{ "[log]\nnothing\nlevel = x\n", -E_INVALID, "",
	    "varco.conf:2:1: This is neither a [section] nor a key = value." },
	/* hostile names come back harmless */
	{ "[server]\na\x1b[31m\xc3\xa8 = 1\n", -E_INVALID, "server.a?[31m??",
	    "varco.conf:2:1: There is no key \"a?[31m??\" in [server]; the nearest is \"listen\" in [server]." },
	{ "[\x1b]\n", -E_INVALID, "?",
	    "varco.conf:1:2: There is no section [?]; the nearest is [log]." },
	{ "[]\n", -E_INVALID, "", "varco.conf:1:2: There is no section []; the nearest is [log]." },
};

static void test_bad(void **state)
{
	struct settings s;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct err err = { 0 };
		if (parse(bad[i].text, &s, &err) != bad[i].rc ||
		    strcmp(err.field, bad[i].field) != 0 || strcmp(err.text, bad[i].message) != 0)
			fail_msg("row %zu: %s, %s: %s", i, err_name(err.code), err.field, err.text);
	}
}

static void test_long_lines(void **state)
{
	struct settings s;
	struct err err;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	buf_add_c(&b, "[server]\nlisten = ");
	for (int i = 0; i < 180; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(parse(b.p, &s, &err), 0);
	assert_int_equal(strlen(s.listen), 180);
	for (int i = 0; i < 1000; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(parse(b.p, &s, &err), -E_TOO_LARGE);
	assert_string_equal(err.text, "varco.conf:2:1: This line is too long.");
	buf_done(&b);
}

static void test_zero_bytes(void **state)
{
	struct settings s;
	struct err err;

	(void)state;
	assert_int_equal(config_parse(options, ARRAY_LEN(options), "varco.conf",
			     STR("[server]\nlisten = a\0b\n"), arena, &s, &err),
	    -E_INVALID);
	assert_string_equal(err.text, "varco.conf holds a zero byte; it must be a text.");
}

/* --- file and environment --- */

static int load(const char *path, struct settings *s, struct err *err)
{
	return config_load(options, ARRAY_LEN(options), path, "varcotest", arena, s, err);
}

static void test_load(void **state)
{
	char path[] = "/tmp/varco-config-test-XXXXXX";
	struct settings s;
	struct err err;

	(void)state;
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	(void)close(fd);
	assert_int_equal(
	    file_write_atomic(path, STR("[server]\nlisten = file\ntls_cert = file\n"), 0600, &err),
	    0);
	assert_int_equal(load(NULL, &s, &err), 0);
	assert_string_equal(s.listen, "127.0.0.1:8080");
	assert_int_equal(load(path, &s, &err), 0);
	assert_string_equal(s.listen, "file");
	assert_int_equal(setenv("VARCOTEST_SERVER_LISTEN", "environment", 1), 0);
	assert_int_equal(setenv("VARCOTEST_UPSTREAM_TIMEOUT_MS", "7", 1), 0);
	assert_int_equal(load(path, &s, &err), 0);
	assert_string_equal(s.listen, "environment");
	assert_string_equal(s.cert, "file");
	assert_int_equal(s.timeout_ms, 7);
	assert_int_equal(setenv("VARCOTEST_LOG_LEVEL", "loud", 1), 0);
	assert_int_equal(load(path, &s, &err), -E_INVALID);
	assert_string_equal(err.field, "log.level");
	assert_string_equal(
	    err.text, "In the environment, VARCOTEST_LOG_LEVEL must be one of debug|info|warn.");
	assert_int_equal(unsetenv("VARCOTEST_SERVER_LISTEN"), 0);
	assert_int_equal(unsetenv("VARCOTEST_UPSTREAM_TIMEOUT_MS"), 0);
	assert_int_equal(unsetenv("VARCOTEST_LOG_LEVEL"), 0);
	assert_int_equal(unlink(path), 0);
	assert_int_equal(load(path, &s, &err), -E_NOT_FOUND);
}

/* --- printing --- */

static void test_print(void **state)
{
	struct settings s, again;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(
	    parse("[server]\nlisten = x\n[log]\nlevel = warn\nstrict = on\n", &s, NULL), 0);
	config_print(options, ARRAY_LEN(options), &s, &b);
	assert_string_equal(b.p,
	    "[server]\n; Where to listen.\nlisten = x\n; The certificate.\n;tls_cert =\n"
	    "\n[upstream]\n; How long.\ntimeout_ms = 5000\n"
	    "\n[log]\n; How much.\nlevel = warn\n; Whether.\nstrict = true\n");
	assert_int_equal(parse(b.p, &again, NULL), 0);
	assert_string_equal(again.listen, "x");
	assert_null(again.cert);
	assert_true(again.timeout_ms == 5000 && again.level == 2 && again.strict);
	buf_done(&b);
}

/* --- without memory --- */

static int parse_in_own_arena(void *arg)
{
	struct arena *a = arena_new(32, 0);
	struct settings s;
	int rc = -E_NOMEM;

	if (a)
		rc = config_parse(
		    options, ARRAY_LEN(options), "varco.conf", str_c(arg), a, &s, NULL);
	arena_free(&a);
	return rc;
}

static int load_in_own_arena(void *arg)
{
	struct arena *a = arena_new(32, 0);
	struct settings s;
	int rc = -E_NOMEM;

	if (a)
		rc = config_load(options, ARRAY_LEN(options), arg, "varcotest", a, &s, NULL);
	arena_free(&a);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	assert_int_equal(setenv("VARCOTEST_SERVER_LISTEN", "another text that is too long", 1), 0);
	torture("load", load_in_own_arena, NULL);
	assert_int_equal(unsetenv("VARCOTEST_SERVER_LISTEN"), 0);
	torture("parse", parse_in_own_arena,
	    "[server]\nlisten = a long text that does not fit into the first block\ntls_cert = x\n");
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good),
		TEST(test_bad),
		TEST(test_long_lines),
		TEST(test_zero_bytes),
		TEST(test_load),
		TEST(test_print),
		TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
