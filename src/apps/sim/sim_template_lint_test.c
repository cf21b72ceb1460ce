#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "apps/sim/sim_template_rules.h"

#define HEAD "\"name\":\"order_sent\",\"language\":\"it\",\"category\":\"UTILITY\","
#define BODY(text) "{\"type\":\"BODY\",\"text\":\"" text "\"}"
#define EXAMPLED(text) \
	"{\"type\":\"BODY\",\"text\":\"" text "\",\"example\":{\"body_text\":[[\"a\"]]}}"
#define WITH(components) HEAD "\"components\":[" components "]"
#define GOOD BODY("Your order was sent today.")

static const struct {
	const char *name, *definition;
	int code, subcode; /* 0 = right */
} rows[] = {
	{ "plain", WITH(GOOD), 0, 0 },
	{ "a name with capitals",
	    "\"name\":\"Order\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[" GOOD
	    "]",
	    100, 0 },
	{ "no language", "\"name\":\"order\",\"category\":\"UTILITY\",\"components\":[" GOOD "]",
	    100, 0 },
	{ "another category",
	    "\"name\":\"order\",\"language\":\"it\",\"category\":\"SPAM\",\"components\":[" GOOD
	    "]",
	    100, 0 },
	{ "category in small letters",
	    "\"name\":\"order\",\"language\":\"it\",\"category\":\"utility\",\"components\":[" GOOD
	    "]",
	    0, 0 },
	{ "no components", "\"name\":\"order\",\"language\":\"it\",\"category\":\"UTILITY\"", 100,
	    0 },
	{ "no body", WITH("{\"type\":\"FOOTER\",\"text\":\"f\"}"), 100, 0 },
	{ "time to live", HEAD "\"message_send_ttl_seconds\":3600,\"components\":[" GOOD "]", 0,
	    0 },
	{ "time to live too short",
	    HEAD "\"message_send_ttl_seconds\":29,\"components\":[" GOOD "]", 100, 0 },
	{ "a variable", WITH(EXAMPLED("Your order {{1}} was sent today.")), 0, 0 },
	{ "a named variable",
	    WITH(
		"{\"type\":\"BODY\",\"text\":\"Your order {{order}} was sent today.\","
		"\"example\":{\"body_text_named_params\":[{\"param_name\":\"order\",\"example\":\"7\"}]}}"),
	    0, 0 },
	{ "without an example", WITH(BODY("Your order {{1}} was sent today.")), 100, 2388072 },
	{ "a leading variable", WITH(EXAMPLED("{{1}}, your order was sent today.")), 100, 2388299 },
	{ "a trailing variable", WITH(EXAMPLED("What was sent today is your order {{1}}")), 100,
	    2388299 },
	{ "neighbours", WITH(EXAMPLED("Your order {{1}} {{2}} was sent today by us.")), 100,
	    2388299 },
	{ "a gap", WITH(EXAMPLED("Your order {{1}} was sent today by {{3}} to you.")), 100,
	    2388073 },
	{ "a strange name", WITH(EXAMPLED("Your order {{A-b}} was sent today.")), 100, 2388073 },
	{ "few words", WITH(EXAMPLED("Order {{1}}!")), 100, 2388293 },
	{ "header", WITH("{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"Hello\"}," GOOD), 0,
	    0 },
	{ "header of no format", WITH("{\"type\":\"HEADER\",\"format\":\"SMELL\"}," GOOD), 100,
	    2388047 },
	{ "two variables in a header",
	    WITH("{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"{{1}} and {{2}}\"}," GOOD),
	    100, 2388047 },
	{ "variable in a footer", WITH(GOOD ",{\"type\":\"FOOTER\",\"text\":\"By {{1}}\"}"), 100,
	    2388073 },
	{ "buttons",
	    WITH(GOOD
		",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Stop\"}]}"),
	    0, 0 },
	{ "button of no type",
	    WITH(GOOD ",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"LEVER\"}]}"), 100, 0 },
	{ "url without url",
	    WITH(GOOD ",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"text\":\"Go\"}]}"),
	    100, 0 },
	{ "interleaved replies",
	    WITH(GOOD
		",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"a\"},"
		"{\"type\":\"URL\",\"text\":\"b\",\"url\":\"https://a.example\"},"
		"{\"type\":\"QUICK_REPLY\",\"text\":\"c\"}]}"),
	    100, 0 },
	{ "two telephones",
	    WITH(GOOD
		",{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"PHONE_NUMBER\",\"text\":\"a\",\"phone_number\":\"1\"},"
		"{\"type\":\"PHONE_NUMBER\",\"text\":\"b\",\"phone_number\":\"2\"}]}"),
	    100, 0 },
};

static void test_definitions(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct json *o = NULL;
		struct sim_problem p = { 0 };
		assert_int_equal(
		    json_read(a, arena_printf(a, "{%s}", rows[i].definition), &o, NULL), 0);
		bool ok = sim_template_lint(o, STR_NONE, &p);
		if (ok != (rows[i].code == 0) || p.code != rows[i].code ||
		    p.subcode != rows[i].subcode)
			fail_msg("%s: %d/%d %s", rows[i].name, p.code, p.subcode, p.details);
	}
	arena_free(&a);
}

static void test_long_body(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *o = NULL;
	struct sim_problem p = { 0 };
	char body[1100] = { 0 };

	(void)state;
	for (size_t over = 0; over < 2; over++) {
		memset(body, 'a', 1024 + over);
		struct str text = arena_printf(
		    a, "{" HEAD "\"components\":[{\"type\":\"BODY\",\"text\":\"%s\"}]}", body);
		assert_int_equal(json_read(a, text, &o, NULL), 0);
		assert_int_equal(sim_template_lint(o, STR_NONE, &p), over == 0);
	}
	assert_int_equal(p.subcode, 2388040);
	arena_free(&a);
}

/* The documented creations and edits pass. */
static void test_requests(void **state)
{
	static const char *const files[] = { "template_create_authentication",
		"template_create_marketing", "template_create_utility_named", "template_edit" };
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		char path[200];
		struct buf file;
		const struct json *o = NULL;
		struct sim_problem p = { 0 };
		bool edit = strcmp(files[i], "template_edit") == 0;
		buf_init(&file, 0);
		(void)snprintf(path, sizeof(path), "tests/requests/%s.json", files[i]);
		assert_int_equal(file_read(path, 1 << 20, &file, NULL), 0);
		assert_int_equal(json_read(a, buf_str(&file), &o, NULL), 0);
		if (!sim_template_lint(json_get(o, "body"), edit ? STR("UTILITY") : STR_NONE, &p))
			fail_msg("%s: %s", files[i], p.details);
		buf_done(&file);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_long_body),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
