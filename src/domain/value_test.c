#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/torture.h"
#include "domain/value.h"

#define LONG64 "0123456789012345678901234567890123456789012345678901234567890123"

static void test_ids(void **state)
{
	static const struct {
		const char *name;
		struct str value;
		int rc;
	} rows[] = {
		{ "digits", { "900800700", 9 }, 0 },
		{ "all the others", { "Az_9.-", 6 }, 0 },
		{ "sixty-three", { LONG64, 63 }, 0 },
		{ "sixty-four", { LONG64, 64 }, -E_TOO_LARGE },
		{ "empty", { "", 0 }, -E_INVALID },
		{ "absent", { NULL, 0 }, -E_INVALID },
		{ "blank", { "a b", 3 }, -E_INVALID },
		{ "slash", { "a/b", 3 }, -E_INVALID },
		{ "colon", { "a:b", 3 }, -E_INVALID },
		{ "zero byte", { "a\0b", 3 }, -E_INVALID },
		{ "letter of another script", { "\xc3\xa9", 2 }, -E_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		int rc = value_check_id(rows[i].value, "waba", &err);
		if (rc != rows[i].rc || (rc < 0 && strcmp(err.field, "waba") != 0))
			fail_msg("%s: %s", rows[i].name, err_name(rc));
	}
}

static void test_texts(void **state)
{
	static const struct {
		const char *name, *value;
		int rc;
	} rows[] = {
		{ "a word", "Bottega", 0 },
		{ "letters count once",
		    "\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9", 0 },
		{ "one too many", "123456789", -E_TOO_LARGE },
		{ "only blanks", "   ", -E_INVALID },
		{ "empty", "", -E_INVALID },
		{ "absent", NULL, -E_INVALID },
		{ "escape character", "a\033[2J", -E_INVALID },
		{ "not UTF-8", "a\xff", -E_INVALID },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err err = { 0 };
		int rc = value_check_text(str_c(rows[i].value), "name", 8, &err);
		if (rc != rows[i].rc || (rc < 0 && strcmp(err.field, "name") != 0))
			fail_msg("%s: %s", rows[i].name, err_name(rc));
	}
}

static void test_urls(void **state)
{
	static const struct {
		const char *url;
		int rc;
	} rows[] = {
		{ "https://hooks.example.com", 0 },
		{ "https://hooks.example.com/whatsapp?shop=1", 0 },
		{ "https://hooks.example.com:8443/", 0 },
		{ "https://192.0.2.7/x", 0 },
		{ "https://[2001:db8::7]:444/x", 0 },
		{ "http://127.0.0.1:9000/hook", 0 },
		{ "http://localhost/hook", 0 },
		{ "http://[::1]:9000", 0 },
		{ "https://localhost", 0 },
		{ "http://hooks.example.com", -E_INVALID },
		{ "http://127.0.0.1.example.com", -E_INVALID },
		{ "http://192.0.2.7", -E_INVALID },
		{ "ftp://hooks.example.com", -E_INVALID },
		{ "hooks.example.com", -E_INVALID },
		{ "https://", -E_INVALID },
		{ "https:///x", -E_INVALID },
		{ "https://user@hooks.example.com", -E_INVALID },
		{ "https://hooks.example.com:0/", -E_INVALID },
		{ "https://hooks.example.com:65536/", -E_INVALID },
		{ "https://hooks.example.com:/", -E_INVALID },
		{ "https://hooks.example.com:80x/", -E_INVALID },
		{ "https://[2001:db8::7", -E_INVALID },
		{ "https://[2001:db8::7]x", -E_INVALID },
		{ "https://hooks.example.com/a b", -E_INVALID },
		{ "https://hooks.example.com/#part", -E_INVALID },
		{ "https://hooks.example.com/\r\nHost: x", -E_INVALID },
		{ "https://hooks.example.com/\xc3\xa9", -E_INVALID },
		{ "", -E_INVALID },
	};
	char text[VALUE_URL_MAX + 2];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int rc = value_check_url(str_c(rows[i].url), "webhook", NULL);
		if (rc != rows[i].rc)
			fail_msg("%s: %s", rows[i].url, err_name(rc));
	}
	memset(text, 'a', sizeof(text));
	memcpy(text, "https://a/", 10);
	assert_int_equal(value_check_url(str_n(text, VALUE_URL_MAX), "webhook", NULL), 0);
	assert_int_equal(
	    value_check_url(str_n(text, VALUE_URL_MAX + 1), "webhook", NULL), -E_TOO_LARGE);
}

static void test_secrets_are_trimmed(void **state)
{
	struct str token = STR("  EAAG-secret \n"), none = STR_NONE;
	char text[VALUE_SECRET_MAX + 1];
	struct err err;

	(void)state;
	assert_int_equal(value_trim_secret(&token, "token", &err), 0);
	assert_true(str_eq(token, STR("EAAG-secret")));
	assert_int_equal(value_trim_secret(&none, "token", &err), 0);
	assert_null(none.p);
	struct str bad[] = { STR(" \n"), STR("a\r\nX-Header: b"), STR("a\tb") };
	for (size_t i = 0; i < ARRAY_LEN(bad); i++)
		assert_int_equal(value_trim_secret(&bad[i], "token", &err), -E_INVALID);
	memset(text, 'a', sizeof(text));
	struct str longest = str_n(text, VALUE_SECRET_MAX), longer = str_n(text, sizeof(text));
	assert_int_equal(value_trim_secret(&longest, "token", &err), 0);
	assert_int_equal(value_trim_secret(&longer, "token", &err), -E_TOO_LARGE);
	assert_string_equal(err.field, "token");
}

static void test_same(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(value_check_same(STR_NONE, STR("a"), "name", &err), 0);
	assert_int_equal(value_check_same(STR("a"), STR_NONE, "name", &err), 0);
	assert_int_equal(value_check_same(STR("a"), STR(""), "name", &err), 0);
	assert_int_equal(value_check_same(STR("a"), STR("a"), "name", &err), 0);
	assert_int_equal(value_check_same(STR("b"), STR("a"), "name", &err), -E_CONFLICT);
	assert_string_equal(err.field, "name");
	assert_int_equal(value_check_same(STR(""), STR("a"), "name", &err), -E_CONFLICT);
}

/* A sealed value opens only where it was sealed for. */
static void test_secrets_stay_in_their_place(void **state)
{
	static const struct secret_place here = { "waba", { "900", 3 }, "token" };
	static const struct secret_place elsewhere[] = {
		{ "waba", { "901", 3 }, "token" },
		{ "waba", { "900", 3 }, "app_secret" },
		{ "app", { "900", 3 }, "token" },
	};
	struct seal_key key = { .b = { 1 } }, other = { .b = { 2 } };
	struct arena *a = arena_new(0, 0);
	struct buf sealed;
	struct str clear = STR("unset");
	struct err err = { 0 };

	(void)state;
	buf_init(&sealed, 0);
	assert_int_equal(secret_seal(&key, &here, STR("EAAG-secret"), &sealed, &err), 0);
	assert_int_equal(secret_open(&key, &here, buf_str(&sealed), a, &clear, &err), 0);
	assert_true(str_eq(clear, STR("EAAG-secret")));
	for (size_t i = 0; i < ARRAY_LEN(elsewhere); i++)
		assert_int_equal(
		    secret_open(&key, &elsewhere[i], buf_str(&sealed), a, &clear, &err), -E_CRYPTO);
	assert_int_equal(secret_open(&other, &here, buf_str(&sealed), a, &clear, &err), -E_CRYPTO);
	assert_int_equal(secret_open(&key, &here, STR_NONE, a, &clear, &err), 0);
	assert_null(clear.p);
	buf_reset(&sealed);
	assert_int_equal(secret_seal(&key, &here, STR_NONE, &sealed, &err), 0);
	assert_int_equal(sealed.len, 0);
	buf_done(&sealed);
	arena_free(&a);
}

static int seal_and_open(void *arg)
{
	static const struct secret_place here = { "waba", { "900", 3 }, "token" };
	struct arena *a = arena_new(16, 0);
	struct buf sealed;
	struct str clear;
	int rc = a ? 0 : -E_NOMEM;

	buf_init(&sealed, 0);
	if (rc == 0)
		rc = secret_seal(
		    arg, &here, STR("a secret that is longer than one block"), &sealed, NULL);
	if (rc == 0)
		rc = secret_open(arg, &here, buf_str(&sealed), a, &clear, NULL);
	buf_done(&sealed);
	arena_free(&a);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	struct seal_key key = { .b = { 1 } };

	(void)state;
	torture("sealing and opening", seal_and_open, &key);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids),
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_secrets_are_trimmed),
		cmocka_unit_test(test_same),
		cmocka_unit_test(test_secrets_stay_in_their_place),
		cmocka_unit_test(test_memory_runs_out),
	};
	struct err err;

	if (crypto_init(&err) < 0)
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
