#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_template_rules.h"

#define TWO "[{\"type\":\"BODY\",\"text\":\"Order {{1}} comes {{2}} to you.\"}]"
#define NAMED "[{\"type\":\"BODY\",\"text\":\"Order {{order}} comes soon.\"}]"
#define IMAGE \
	"[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"Look at this.\"}]"
#define TITLE \
	"[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"Order {{1}}\"},{\"type\":\"BODY\",\"text\":\"Look.\"}]"
#define LINK \
	"[{\"type\":\"BODY\",\"text\":\"Look.\"},{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"No\"}," \
	"{\"type\":\"URL\",\"text\":\"Go\",\"url\":\"https://a.example/{{1}}\"}]}]"
#define CODE \
	"[{\"type\":\"BODY\"},{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"OTP\",\"otp_type\":\"COPY_CODE\"}]}]"
#define TEXTS(...) "{\"type\":\"body\",\"parameters\":[" __VA_ARGS__ "]}"
#define T(text) "{\"type\":\"text\",\"text\":\"" text "\"}"

static const struct {
	const char *name, *components, *category, *sent;
	int code;
} rows[] = {
	{ "as many as asked", TWO, "UTILITY", TEXTS(T("7") "," T("today")), 0 },
	{ "one too few", TWO, "UTILITY", TEXTS(T("7")), 132000 },
	{ "one too many", TWO, "UTILITY", TEXTS(T("7") "," T("a") "," T("b")), 132000 },
	{ "none at all", TWO, "UTILITY", "", 132000 },
	{ "line breaks", TWO, "UTILITY", TEXTS(T("7") "," T("a\\nb")), 132018 },
	{ "five blanks", TWO, "UTILITY", TEXTS(T("7") "," T("a     b")), 132018 },
	{ "four blanks", TWO, "UTILITY", TEXTS(T("7") "," T("a    b")), 0 },
	{ "named", NAMED, "UTILITY",
	    TEXTS("{\"type\":\"text\",\"parameter_name\":\"order\",\"text\":\"7\"}"), 0 },
	{ "named otherwise", NAMED, "UTILITY",
	    TEXTS("{\"type\":\"text\",\"parameter_name\":\"x\",\"text\":\"7\"}"), 132000 },
	{ "image", IMAGE, "UTILITY",
	    "{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{\"id\":\"1\"}}]}",
	    0 },
	{ "video for an image", IMAGE, "UTILITY",
	    "{\"type\":\"header\",\"parameters\":[{\"type\":\"video\",\"video\":{\"id\":\"1\"}}]}",
	    132012 },
	{ "no image", IMAGE, "UTILITY", "", 132012 },
	{ "title", TITLE, "UTILITY", "{\"type\":\"header\",\"parameters\":[" T("7") "]}", 0 },
	{ "no title", TITLE, "UTILITY", "", 132000 },
	{ "header where there is none", TWO, "UTILITY",
	    "{\"type\":\"header\",\"parameters\":[" T("7") "]}," TEXTS(T("7") "," T("a")), 132018 },
	{ "link", LINK, "MARKETING",
	    "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"1\",\"parameters\":[" T(
		"7") "]}",
	    0 },
	{ "link with a number for its index", LINK, "MARKETING",
	    "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":1,\"parameters\":[" T("7") "]}",
	    0 },
	{ "link without its value", LINK, "MARKETING", "", 131008 },
	{ "button that is not there", LINK, "MARKETING",
	    "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"1\",\"parameters\":[" T(
		"7") "]},"
		     "{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"2\",\"parameters\":[" T(
			 "7") "]}",
	    132018 },
	{ "code", CODE, "AUTHENTICATION",
	    TEXTS(T("908172")) ",{\"type\":\"button\",\"sub_type\":\"url\",\"index\":\"0\",\"parameters\":[" T(
		"908172") "]}",
	    0 },
	{ "code without button", CODE, "AUTHENTICATION", TEXTS(T("908172")), 131008 },
	{ "no code", CODE, "AUTHENTICATION", "", 132000 },
	{ "a code of 16", CODE, "AUTHENTICATION", TEXTS(T("1234567890123456")), 132005 },
};

static void test_rows(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct json *components = NULL, *sent = NULL;
		struct sim_problem p = { 0 };
		assert_int_equal(json_read(a, str_c(rows[i].components), &components, NULL), 0);
		assert_int_equal(
		    json_read(
			a, arena_printf(a, "{\"components\":[%s]}", rows[i].sent), &sent, NULL),
		    0);
		(void)sim_template_fit(components, str_c(rows[i].category), sent, &p);
		if (p.code != rows[i].code)
			fail_msg("%s: %d %s", rows[i].name, p.code, p.details);
	}
	arena_free(&a);
}

static void test_hydrated_length(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *components = NULL, *sent = NULL;
	char value[1100] = { 0 };

	(void)state;
	assert_int_equal(json_read(a, STR(TWO), &components, NULL), 0);
	memset(value, 'a', 1000);
	struct str text = arena_printf(
	    a, "{\"components\":[" TEXTS(T("%s") "," T("b")) "]}", value);
	assert_int_equal(json_read(a, text, &sent, NULL), 0);
	struct sim_problem p = { 0 };
	assert_false(sim_template_fit(components, STR("UTILITY"), sent, &p));
	assert_int_equal(p.code, 132005);
	arena_free(&a);
}

static void test_placeholders(void **state)
{
	struct str rest = STR("a {{ 1 }} b {{name}}c{{"), before, name;

	(void)state;
	assert_true(sim_placeholder_next(&rest, &before, &name));
	assert_true(str_eq_c(before, "a ") && str_eq_c(name, "1"));
	assert_true(sim_placeholder_next(&rest, &before, &name));
	assert_true(str_eq_c(before, " b ") && str_eq_c(name, "name"));
	assert_false(sim_placeholder_next(&rest, &before, &name));
	assert_true(str_eq_c(rest, "c{{"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_hydrated_length),
		cmocka_unit_test(test_placeholders),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
