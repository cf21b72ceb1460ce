#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "domain/campaign_fill.h"
#include "domain/template_def.h"

#define BODY_ONLY "[{\"type\":\"BODY\",\"text\":\"Hello {{1}}, order {{2}}\"}]"
#define NAMED "[{\"type\":\"BODY\",\"text\":\"Hello {{name}}, order {{order}}\"}]"
#define RICH \
	"[{\"type\":\"HEADER\",\"format\":\"IMAGE\"},{\"type\":\"BODY\",\"text\":\"Hello {{1}}\"}," \
	"{\"type\":\"FOOTER\",\"text\":\"STOP\"},{\"type\":\"BUTTONS\",\"buttons\":[" \
	"{\"type\":\"QUICK_REPLY\",\"text\":\"Yes\"}," \
	"{\"type\":\"URL\",\"text\":\"Look\",\"url\":\"https://shop.example/{{1}}\"}," \
	"{\"type\":\"COPY_CODE\",\"example\":\"ABC\"}]}]"

struct world {
	struct arena *arena;
	struct err err;
};

static int setup(void **state)
{
	static struct world w;

	w = (struct world){ .arena = arena_new(0, 0) };
	*state = &w;
	return w.arena && crypto_init(&w.err) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;

	arena_free(&w->arena);
	return 0;
}

static struct dir_template tpl(struct world *w, const char *components)
{
	struct dir_template t = { .name = STR("offer"), .language = STR("it") };

	assert_int_equal(json_read(w->arena, str_c(components), &t.components, &w->err), 0);
	return t;
}

static const struct json *parse(struct world *w, const char *text)
{
	const struct json *v = NULL;

	if (text)
		assert_int_equal(json_read(w->arena, str_c(text), &v, &w->err), 0);
	return v;
}

/* --- mappings --------------------------------------------------------------------------------- */

static void test_mappings(void **state)
{
	static const struct {
		const char *name, *components, *maps[4];
		int rc;
		const char *field;
	} cases[] = {
		{ "all mapped", BODY_ONLY, { "1=first", "2=order|?" }, 0, "" },
		{ "always the same", BODY_ONLY, { "1=|friend", "2=order" }, 0, "" },
		{ "one is missing", BODY_ONLY, { "1=first" }, -E_INVALID, "map" },
		{ "no such variable", BODY_ONLY, { "1=a", "2=b", "3=c" }, -E_INVALID, "map" },
		{ "no equals sign", BODY_ONLY, { "1" }, -E_INVALID, "map" },
		{ "nothing behind it", BODY_ONLY, { "1=", "2=b" }, -E_INVALID, "map" },
		{ "named ones map themselves", NAMED, { NULL }, 0, "" },
		{ "named ones can be mapped", NAMED, { "name=first" }, 0, "" },
		{ "header and buttons", RICH,
		    { "header=picture", "1=first", "button.1=page", "button.2=code" }, 0, "" },
		{ "a button is missing", RICH, { "header=picture", "1=first" }, -E_INVALID, "map" },
		{ "a carousel", "[{\"type\":\"CAROUSEL\",\"cards\":[]}]", { NULL }, -E_UNSUPPORTED,
		    "template" },
		{ "a place", "[{\"type\":\"HEADER\",\"format\":\"LOCATION\"}]", { NULL },
		    -E_UNSUPPORTED, "template" },
	};
	struct world *w = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct dir_template t = tpl(w, cases[i].components);
		struct str maps[4];
		struct campaign_fill fill;
		size_t n = 0;
		while (n < 4 && cases[i].maps[n]) {
			maps[n] = str_c(cases[i].maps[n]);
			n++;
		}
		w->err = (struct err){ 0 };
		int rc = campaign_fill_read(&t, 1, maps, n, w->arena, &fill, &w->err);
		if (rc != cases[i].rc || strcmp(w->err.field, cases[i].field) != 0)
			fail_msg("%s: %d, %s: %s", cases[i].name, rc, w->err.field, w->err.text);
	}
}

static void test_what_is_given_says_each_once(void **state)
{
	static const struct str once[] = { { "1=first", 7 }, { "2=first", 7 },
		{ "header.1=x", 10 } };
	static const struct str twice[] = { { "1=first", 7 }, { "2=x", 3 }, { " 1 =|y", 6 } };
	struct world *w = *state;
	struct str many[CAMPAIGN_SLOTS_MAX + 1];

	assert_int_equal(campaign_fill_check(once, ARRAY_LEN(once), &w->err), 0);
	assert_int_equal(campaign_fill_check(NULL, 0, &w->err), 0);
	assert_int_equal(campaign_fill_check(twice, ARRAY_LEN(twice), &w->err), -E_INVALID);
	assert_string_equal(w->err.field, "map");
	assert_non_null(strstr(w->err.text, "\"1\""));
	for (size_t i = 0; i < ARRAY_LEN(many); i++)
		many[i] = arena_printf(w->arena, "%zu=x", i);
	assert_int_equal(campaign_fill_check(many, CAMPAIGN_SLOTS_MAX, &w->err), 0);
	assert_int_equal(campaign_fill_check(many, ARRAY_LEN(many), &w->err), -E_TOO_LARGE);
	assert_string_equal(w->err.field, "map");
}

static void test_only_columns_that_are_taken(void **state)
{
	struct world *w = *state;
	struct dir_template t = tpl(w, BODY_ONLY);
	const struct str maps[] = { STR("1=First|x"), STR("2=|y") };
	struct campaign_fill fill;

	assert_int_equal(campaign_fill_read(&t, 1, maps, 2, w->arena, &fill, &w->err), 0);
	assert_true(campaign_fill_takes(&fill, STR("first")));
	assert_false(campaign_fill_takes(&fill, STR("order")));
}

/* --- messages --------------------------------------------------------------------------------- */

static struct str write(
    struct world *w, const struct campaign_fill *fill, const char *fields, size_t *ret_empty)
{
	const struct campaign_address to = { .phone = { 393331234501ULL } };
	struct str body = STR_NONE;

	assert_int_equal(
	    campaign_fill_write(fill, &to, parse(w, fields), w->arena, &body, ret_empty, &w->err),
	    0);
	return body;
}

static void test_values_fallbacks_and_nothing(void **state)
{
	struct world *w = *state;
	struct dir_template t = tpl(w, BODY_ONLY);
	const struct str maps[] = { STR("1=first|friend"), STR("2=order") };
	static const struct {
		const char *fields, *first, *second;
		size_t empty;
	} cases[] = {
		{ "{\"First\":\" Anna \",\"order\":\"7\"}", "Anna", "7", 0 },
		{ "{\"order\":\"7\"}", "friend", "7", 0 },
		{ "{\"first\":\"\",\"order\":\"\"}", "friend", "", 1 },
		{ NULL, "friend", "", 1 },
	};
	struct campaign_fill fill;

	assert_int_equal(campaign_fill_read(&t, 1, maps, 2, w->arena, &fill, &w->err), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		size_t empty = 9;
		struct str body = write(w, &fill, cases[i].fields, &empty);
		const struct json *values = json_get(
		    json_at(json_path(parse(w, body.p), "template.components"), 0), "parameters");
		if (!str_eq_c(json_str(json_get(json_at(values, 0), "text")), cases[i].first) ||
		    !str_eq_c(json_str(json_get(json_at(values, 1), "text")), cases[i].second) ||
		    empty != cases[i].empty)
			fail_msg("row %zu: %s", i, body.p);
	}
}

/* What is written is a message that fits its template. */
static void test_everything_fits_the_template(void **state)
{
	struct world *w = *state;
	struct dir_template t = tpl(w, RICH);
	const struct str maps[] = { STR("header=picture"), STR("1=first"), STR("button.1=page"),
		STR("button.2=code") };
	struct campaign_fill fill;
	struct message m;
	struct pack *pack;
	uint64_t campaign = 0;
	int64_t button = -1;
	size_t empty;

	assert_int_equal(pack_builtin(&pack, &w->err), 0);
	assert_int_equal(campaign_fill_read(&t, 77, maps, 4, w->arena, &fill, &w->err), 0);
	struct str body = write(w, &fill,
	    "{\"picture\":\"https://shop.example/a.jpg\",\"first\":\"Anna\",\"page\":\"42\",\"code\":\"X1\"}",
	    &empty);
	const struct json *doc = parse(w, body.p);
	assert_int_equal(
	    message_read(w->arena, pack, doc, NULL, STR("/messages"), STR("IT"), &m), 0);
	if (m.problem.code || m.to_problem.code)
		fail_msg("%s: %s", m.problem.field, m.problem.text);
	assert_int_equal(json_len(m.template_components), 5);
	const struct json *reply = json_at(m.template_components, 2);
	assert_true(campaign_payload_read(
	    json_str(json_get(json_at(json_get(reply, "parameters"), 0), "payload")), &campaign,
	    &button));
	assert_true(campaign == 77 && button == 0);
	pack_free(&pack);
}

static void test_payloads(void **state)
{
	static const char *const others[] = { "", "stop", "cmp_0c5gq3hr8v2zk", "cmp_0c5gq3hr8v2zk.",
		"cmp_0c5gq3hr8v2zk.-1", "cmp_0c5gq3hr8v2zk.99", "req_0c5gq3hr8v2zk.1",
		"cmp_0c5gq3hr8v2zk.1x" };
	char text[CAMPAIGN_PAYLOAD_MAX];
	uint64_t campaign = 0;
	int64_t button = -1;

	(void)state;
	campaign_payload(123456789, 2, text);
	assert_true(campaign_payload_read(str_c(text), &campaign, &button));
	assert_true(campaign == 123456789 && button == 2);
	for (size_t i = 0; i < ARRAY_LEN(others); i++) {
		if (campaign_payload_read(str_c(others[i]), &campaign, &button))
			fail_msg("\"%s\" was taken", others[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_mappings, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_given_says_each_once, setup, teardown),
		cmocka_unit_test_setup_teardown(test_only_columns_that_are_taken, setup, teardown),
		cmocka_unit_test_setup_teardown(test_values_fallbacks_and_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_everything_fits_the_template, setup, teardown),
		cmocka_unit_test(test_payloads),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
