#include "domain/policy_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/torture.h"

static struct pack *pack;
static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(0, 0);
	return arena && pack_builtin(&pack, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(&arena);
	pack_free(&pack);
	return 0;
}

static int read_text(const char *text, struct policy_case *ret, struct err *err)
{
	const struct json *obj;
	int rc = json_read(arena, str_c(text), &obj, err);

	return rc < 0 ? rc : policy_case_read(arena, pack, obj, ret, err);
}

#define BODY \
	"\"body\":{\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"Ciao\"}}"
#define NOW "\"now\":\"2026-11-22T10:00:00Z\""

static void test_who_sends_from_where(void **state)
{
	static const struct {
		const char *name, *facts, *send;
		bool app_known, number_known;
	} cases[] = {
		{ "nothing said", "{}", "", true, true },
		{ "nothing known", "{}", "\"app\":\"crm\",\"number\":\"1\",", true, true },
		{ "the same", "{\"app\":{\"id\":\"crm\"},\"number\":{\"id\":\"1\"}}",
		    "\"app\":\"crm\",\"number\":\"1\",", true, true },
		{ "facts without ids", "{\"app\":{},\"number\":{}}",
		    "\"app\":\"crm\",\"number\":\"1\",", true, true },
		{ "another app", "{\"app\":{\"id\":\"crm\"}}", "\"app\":\"Crm\",", false, true },
		{ "another number", "{\"number\":{\"id\":\"1\"}}", "\"number\":\"2\",", true,
		    false },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy_case c;
		struct err err = { .code = 0 };
		struct str text = arena_printf(arena,
		    "{" NOW ",\"facts\":%s,\"send\":{%s" BODY "}}", cases[i].facts, cases[i].send);
		if (read_text(text.p, &c, &err) < 0)
			fail_msg("%s: %s", cases[i].name, err.text);
		if (c.facts.app.known != cases[i].app_known ||
		    c.facts.number.known != cases[i].number_known)
			fail_msg("%s", cases[i].name);
	}
}

static void test_the_rest(void **state)
{
	struct policy_case c;
	struct err err;

	(void)state;
	assert_int_equal(
	    read_text("{\"name\":\"n\"," NOW ",\"send\":{\"path\":\"/marketing_messages\","
		      "\"idempotency_key\":\"k\",\"number\":\"7\"," BODY "},"
		      "\"expect\":{\"verdict\":\"allow\"}}",
		&c, &err),
	    0);
	assert_true(str_eq(c.name, STR("n")));
	assert_int_equal(c.now, 1795341600000);
	assert_true(c.facts.has_key && c.send.marketing_path);
	assert_true(str_eq(c.facts.number.id, STR("7")));
	assert_true(str_eq(json_str(json_get(c.expect, "verdict")), STR("allow")));
	assert_int_equal(read_text("{" NOW ",\"send\":{\"body\":\"no object\"}}", &c, &err), 0);
	assert_int_equal(c.send.kind, MESSAGE_UNREADABLE);
	assert_true(c.name.p == NULL && c.expect == NULL);
}

static void test_mistakes_are_named(void **state)
{
	static const struct {
		const char *text, *field;
	} cases[] = {
		{ "[]", "" },
		{ "{}", "now" },
		{ "{\"now\":\"today\"}", "now" },
		{ "{" NOW "}", "send" },
		{ "{" NOW ",\"send\":{}}", "send.body" },
		{ "{" NOW ",\"name\":1,\"send\":{" BODY "}}", "name" },
		{ "{" NOW ",\"send\":{\"app\":1," BODY "}}", "send.app" },
		{ "{" NOW ",\"send\":{\"number\":1," BODY "}}", "send.number" },
		{ "{" NOW ",\"send\":{\"path\":\"/media\"," BODY "}}", "send.path" },
		{ "{" NOW ",\"facts\":{\"person\":{\"phone\":1}},\"send\":{" BODY "}}",
		    "facts.person.phone" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct policy_case c;
		struct err err = { .code = 0 };
		if (read_text(cases[i].text, &c, &err) != -E_INVALID ||
		    strcmp(err.field, cases[i].field) != 0 || !err.text[0])
			fail_msg("%s: field %s", cases[i].text, err.field);
	}
}

static int read_one(void *arg)
{
	struct arena *a = arena_new(0, 0);
	const struct json *obj;
	struct policy_case c;
	int rc = a ? json_read(a, str_c(arg), &obj, NULL) : -E_NOMEM;

	if (rc == 0)
		rc = policy_case_read(a, pack, obj, &c, NULL);
	arena_free(&a);
	return rc;
}

static void test_memory_runs_out(void **state)
{
	static char text[] = "{" NOW ",\"facts\":{\"person\":{\"pair_sent\":"
			     "[\"2026-11-22T10:00:00Z\"]}},\"send\":{" BODY "}}";

	(void)state;
	torture("policy_case_read", read_one, text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_who_sends_from_where),
		cmocka_unit_test(test_the_rest),
		cmocka_unit_test(test_mistakes_are_named),
		cmocka_unit_test(test_memory_runs_out),
	};

	if (crypto_init(NULL) < 0)
		return 1;
	return cmocka_run_group_tests(tests, setup, teardown);
}
