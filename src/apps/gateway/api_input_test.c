#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "apps/gateway/api.h"
#include "base/check.h"

/* A call that has got as far as its row. */
struct world {
	struct http_request req;
	struct api_call call;
	struct err err;
};

static void world_open(struct world *w, const char *noun, const char *verb, bool in_query)
{
	memset(w, 0, sizeof(*w));
	w->call.arena = arena_new(0, 0);
	assert_non_null(w->call.arena);
	w->call.req = &w->req;
	w->call.verb = noun_verb_find(noun, verb);
	assert_non_null(w->call.verb);
	w->req.method = in_query ? HTTP_M_GET : HTTP_M_POST;
}

static void world_close(struct world *w)
{
	arena_free(&w->call.arena);
}

static int read_query(struct world *w, const struct str *params, const char *query)
{
	return api_input_read(&w->call, params, str_c(query), STR_NONE, &w->err);
}

static int read_body(struct world *w, const struct str *params, const char *body)
{
	return api_input_read(&w->call, params, STR_NONE, str_c(body), &w->err);
}

static const struct str no_params[API_FIELDS_MAX];

/* --- bodies ----------------------------------------------------------------------------------- */

struct bad {
	const char *name, *noun, *verb, *input;
	enum err_code code;
	const char *field;
	const char *says; /* part of the sentence */
};

static const struct bad bodies[] = {
	{ "no JSON", "account", "add", "{", E_INVALID, "", "not JSON" },
	{ "twice the same member", "account", "add", "{\"waba\":\"1\",\"waba\":\"1\"}", E_INVALID,
	    "", "not JSON" },
	{ "an array", "account", "add", "[]", E_INVALID, "", "must be a JSON object" },
	{ "a number", "account", "add", "7", E_INVALID, "", "must be a JSON object" },
	{ "null", "account", "add", "null", E_INVALID, "", "must be a JSON object" },
	{ "nothing", "account", "add", "", E_INVALID, "waba", "is missing" },
	{ "an empty object", "account", "add", "{}", E_INVALID, "waba", "is missing" },
	{ "a mistyped member", "account", "add", "{\"wabba\":\"1\"}", E_INVALID, "wabba",
	    "nearest is \"waba\"" },
	{ "a member of another verb", "account", "add", "{\"state\":\"active\"}", E_INVALID,
	    "state", "nearest is" },
	{ "a member with a control character", "account", "add", "{\"w\\u0007\":\"1\"}", E_INVALID,
	    "w?", "nearest is" },
	{ "an empty name", "account", "add", "{\"\":\"1\"}", E_INVALID, "", "nearest is" },
	{ "an operation without members", "integration", "rotate", "{\"id\":\"x\"}", E_INVALID,
	    "id", "not known" },
	{ "string: number", "account", "add", "{\"waba\":1}", E_INVALID, "waba",
	    "must be a string" },
	{ "string: null", "account", "add", "{\"waba\":null}", E_INVALID, "waba",
	    "must be a string" },
	{ "string: object", "account", "add", "{\"waba\":{}}", E_INVALID, "waba",
	    "must be a string" },
	{ "string: zero byte", "account", "add", "{\"waba\":\"1\\u0000\"}", E_INVALID, "waba",
	    "zero byte" },
	{ "integer: string", "number", "add", "{\"throughput\":\"80\"}", E_INVALID, "throughput",
	    "whole number" },
	{ "integer: fraction", "number", "add", "{\"throughput\":8.5}", E_INVALID, "throughput",
	    "whole number" },
	{ "integer: too large", "number", "add", "{\"throughput\":1e30}", E_INVALID, "throughput",
	    "whole number" },
	{ "boolean: string", "number", "add", "{\"established\":\"true\"}", E_INVALID,
	    "established", "true or false" },
	{ "boolean: number", "number", "add", "{\"established\":1}", E_INVALID, "established",
	    "true or false" },
	{ "list: object", "integration", "add", "{\"numbers\":{}}", E_INVALID, "numbers",
	    "array of strings" },
	{ "list: number in it", "integration", "add", "{\"numbers\":[\"1\",2]}", E_INVALID,
	    "numbers", "array of strings" },
	{ "file: number", "account", "add", "{\"token_file\":1}", E_INVALID, "token_file",
	    "content of the file" },
	{ "file: object, where it is no definition", "account", "add", "{\"token_file\":{}}",
	    E_INVALID, "token_file", "content of the file" },
	{ "table: array", "consent", "import", "{\"file\":[]}", E_INVALID, "file",
	    "content of the file" },
	{ "definition: number", "template", "add", "{\"waba\":\"1\",\"file\":1}", E_INVALID, "file",
	    "content of the file" },
	{ "time: date", "consent", "record", "{\"at\":\"2026-11-22\"}", E_INVALID, "at",
	    "must be a time" },
	{ "time: number", "consent", "record", "{\"at\":1795341600}", E_INVALID, "at",
	    "must be a time" },
	{ "date: time", "integration", "add", "{\"review_by\":\"2026-11-22T10:00:00Z\"}", E_INVALID,
	    "review_by", "a day" },
	{ "date: no such day", "integration", "add", "{\"review_by\":\"2026-02-30\"}", E_INVALID,
	    "review_by", "a day" },
	{ "duration: bare number", "number", "pause", "{\"for\":\"24\"}", E_INVALID, "for",
	    "length of time" },
	{ "duration: zero", "number", "pause", "{\"for\":\"0h\"}", E_INVALID, "for",
	    "length of time" },
	{ "duration: for ever", "number", "pause", "{\"for\":\"4000d\"}", E_INVALID, "for",
	    "length of time" },
	{ "duration: number", "number", "pause", "{\"for\":24}", E_INVALID, "for",
	    "length of time" },
	{ "limit: word", "account", "add", "{\"limit\":\"many\"}", E_INVALID, "limit",
	    "unlimited" },
	{ "limit: boolean", "account", "add", "{\"limit\":true}", E_INVALID, "limit", "unlimited" },
	{ "limit: fraction", "account", "add", "{\"limit\":2.5}", E_INVALID, "limit", "unlimited" },
};

static void check_bad(const struct bad *b, int r, const struct world *w)
{
	if (r != -(int)b->code || strcmp(w->err.field, b->field) != 0 ||
	    !strstr(w->err.text, b->says))
		fail_msg(
		    "%s: %s, field \"%s\": %s", b->name, err_name(r), w->err.field, w->err.text);
}

static void test_bad_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct world w;
		struct str params[API_FIELDS_MAX] = { STR_NONE };
		world_open(&w, bodies[i].noun, bodies[i].verb, false);
		if (strstr(w.call.verb->path, "{id}"))
			params[0] = STR("1");
		check_bad(&bodies[i], read_body(&w, params, bodies[i].input), &w);
		world_close(&w);
	}
}

static void test_a_good_body(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "account", "add", false);
	assert_int_equal(read_body(&w, no_params,
			     "{\"waba\":\"900\",\"portfolio\":\"7\",\"name\":\"R\",\"limit\":2000,"
			     "\"token_file\":\" t\\n\"}"),
	    0);
	assert_true(str_eq(api_text(&w.call, "waba"), STR("900")));
	assert_true(str_eq(api_text(&w.call, "token_file"), STR(" t\n")));
	assert_true(api_value(&w.call, "limit")->given && api_value(&w.call, "limit")->flag);
	assert_int_equal(api_value(&w.call, "limit")->number, 2000);
	assert_false(api_value(&w.call, "country")->given);
	assert_null(api_text(&w.call, "country").p);
	world_close(&w);
}

static void test_limits(void **state)
{
	static const struct {
		const char *json;
		bool limited;
		int64_t limit;
	} cases[] = { { "250", true, 250 }, { "\"250\"", true, 250 },
		{ "\"unlimited\"", false, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		char body[120];
		struct world w;
		world_open(&w, "account", "set", false);
		struct str params[API_FIELDS_MAX] = { STR("900") };
		(void)snprintf(body, sizeof(body), "{\"limit\":%s}", cases[i].json);
		assert_int_equal(read_body(&w, params, body), 0);
		const struct api_value *v = api_value(&w.call, "limit");
		if (v->flag != cases[i].limited || (v->flag && v->number != cases[i].limit))
			fail_msg("%s", cases[i].json);
		world_close(&w);
	}
}

static void check_list(struct world *w, const char *name)
{
	const struct api_value *v = api_value(&w->call, name);

	assert_int_equal(v->items_len, 2);
	assert_true(str_eq(v->items[0], STR("a")) && str_eq(v->items[1], STR("b")));
}

static void test_lists(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "integration", "set", false);
	struct str params[API_FIELDS_MAX] = { STR("x") };
	assert_int_equal(
	    read_body(&w, params, "{\"numbers\":[\"a\",\"b\"],\"categories\":\" a, ,b\"}"), 0);
	check_list(&w, "numbers");
	check_list(&w, "categories");
	assert_int_equal(read_body(&w, params, "{\"numbers\":[],\"categories\":\"\"}"), 0);
	world_close(&w);
}

static void test_a_long_list(void **state)
{
	struct world w;
	struct buf body;

	(void)state;
	world_open(&w, "integration", "set", false);
	struct str params[API_FIELDS_MAX] = { STR("x") };
	buf_init(&body, 0);
	buf_add_c(&body, "{\"numbers\":[\"1\"");
	for (int i = 0; i < 1000; i++)
		buf_add_c(&body, ",\"1\"");
	buf_add_c(&body, "]}");
	assert_int_equal(read_body(&w, params, body.p), -E_TOO_LARGE);
	assert_string_equal(w.err.field, "numbers");
	buf_done(&body);
	world_close(&w);
}

static void test_definitions(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "template", "lint", false);
	assert_int_equal(read_body(&w, no_params, "{\"file\":{\"name\":\"a\"}}"), 0);
	assert_int_equal(json_type(api_value(&w.call, "file")->json), JSON_OBJECT);
	assert_int_equal(read_body(&w, no_params, "{\"file\":[]}"), 0);
	assert_int_equal(json_type(api_value(&w.call, "file")->json), JSON_ARRAY);
	assert_int_equal(read_body(&w, no_params, "{\"file\":\"[1]\"}"), 0);
	assert_null(api_value(&w.call, "file")->json);
	assert_true(str_eq(api_text(&w.call, "file"), STR("[1]")));
	world_close(&w);
}

static void test_a_change_of_nothing(void **state)
{
	struct world w;

	(void)state;
	world_open(&w, "account", "set", false);
	struct str params[API_FIELDS_MAX] = { STR("900") };
	assert_int_equal(read_body(&w, params, "{}"), -E_INVALID);
	assert_non_null(strstr(w.err.text, "Nothing is given"));
	world_close(&w);
}

/* --- queries and paths ------------------------------------------------------------------------ */

static const struct bad queries[] = {
	{ "a mistyped parameter", "decision", "list", "stat=held", E_INVALID, "stat",
	    "nearest is \"state\"" },
	{ "twice", "decision", "list", "state=held&state=held", E_INVALID, "state", "twice" },
	{ "bad escape in a value", "decision", "list", "state=%zz", E_INVALID, "", "escaped" },
	{ "bad escape in a name", "decision", "list", "%zz=1", E_INVALID, "", "escaped" },
	{ "a zero byte", "decision", "list", "state=%00", E_INVALID, "", "escaped" },
	{ "not UTF-8", "decision", "list", "state=%ff", E_INVALID, "", "escaped" },
	{ "a time that is none", "decision", "list", "since=yesterday", E_INVALID, "since",
	    "must be a time" },
	{ "a limit that is none", "decision", "list", "limit=ten", E_INVALID, "limit",
	    "whole number" },
	{ "a boolean that is none", "status", "show", "check_upstream=yes", E_INVALID,
	    "check_upstream", "true or false" },
};

static void test_bad_queries(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(queries); i++) {
		struct world w;
		world_open(&w, queries[i].noun, queries[i].verb, true);
		check_bad(&queries[i], read_query(&w, no_params, queries[i].input), &w);
		world_close(&w);
	}
}

static void test_good_queries(void **state)
{
	struct world w;
	size_t limit;

	(void)state;
	world_open(&w, "decision", "list", true);
	assert_int_equal(
	    read_query(&w, no_params, "&&state=held&since=2026-11-22T11:00:00+01:00&app=a%2Bb&"),
	    0);
	assert_int_equal(api_value(&w.call, "since")->at, 1795341600000LL);
	assert_true(str_eq(api_text(&w.call, "app"), STR("a+b")));
	assert_int_equal(api_limit(&w.call, &limit, &w.err), 0);
	assert_int_equal(limit, API_LIMIT_DEFAULT);
	world_close(&w);
	world_open(&w, "status", "show", true);
	assert_int_equal(read_query(&w, no_params, NULL), 0);
	assert_false(api_value(&w.call, "check_upstream")->flag);
	world_close(&w);
}

static void test_page_limits(void **state)
{
	static const struct {
		const char *query;
		int rc;
		size_t limit;
	} cases[] = { { "limit=1", 0, 1 }, { "limit=1000", 0, 1000 }, { "limit=0", -E_RANGE, 0 },
		{ "limit=1001", -E_RANGE, 0 }, { "limit=-1", -E_RANGE, 0 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct world w;
		size_t limit = 0;
		world_open(&w, "account", "list", true);
		assert_int_equal(read_query(&w, no_params, cases[i].query), 0);
		int r = api_limit(&w.call, &limit, &w.err);
		if (r != cases[i].rc || limit != cases[i].limit)
			fail_msg("%s: %d, %zu", cases[i].query, r, limit);
		world_close(&w);
	}
}

static void test_paths(void **state)
{
	struct world w;
	struct str good[API_FIELDS_MAX] = { STR("a%20b") }, bad[API_FIELDS_MAX] = { STR("a%2") };

	(void)state;
	world_open(&w, "account", "show", true);
	assert_int_equal(read_query(&w, good, NULL), 0);
	assert_true(str_eq(api_text(&w.call, "id"), STR("a b")));
	assert_int_equal(read_query(&w, bad, NULL), -E_INVALID);
	assert_string_equal(w.err.field, "id");
	/* What stands in the path is not said again. */
	assert_int_equal(read_query(&w, good, "id=c"), -E_INVALID);
	world_close(&w);
}

/* --- lengths of time, pages ------------------------------------------------------------------- */

static void test_durations(void **state)
{
	static const struct {
		const char *text;
		int rc;
		int64_t ms;
	} cases[] = {
		{ "30s", 0, 30000 },
		{ "15m", 0, 900000 },
		{ "24h", 0, 86400000 },
		{ "7d", 0, 604800000 },
		{ "3660d", 0, 3660 * 86400000LL },
		{ "3661d", -E_RANGE, 0 },
		{ "99999999999999999999d", -E_INVALID, 0 },
		{ "0s", -E_RANGE, 0 },
		{ "s", -E_INVALID, 0 },
		{ "", -E_INVALID, 0 },
		{ "10", -E_INVALID, 0 },
		{ "-1h", -E_INVALID, 0 },
		{ "1.5h", -E_INVALID, 0 },
		{ "1w", -E_INVALID, 0 },
		{ "1h ", -E_INVALID, 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int64_t ms = 0;
		int r = api_duration_parse(str_c(cases[i].text), &ms);
		if (r != cases[i].rc || ms != cases[i].ms)
			fail_msg("\"%s\": %d, %lld", cases[i].text, r, (long long)ms);
	}
}

static void test_pages(void **state)
{
	struct api_page p = { .after = STR("b"), .left = 2 };

	(void)state;
	assert_false(api_page_takes(&p, STR("a")));
	assert_false(api_page_takes(&p, STR("b")));
	assert_true(api_page_takes(&p, STR("c")));
	assert_true(api_page_takes(&p, STR("d")));
	assert_false(p.more);
	assert_false(api_page_takes(&p, STR("e")));
	assert_true(p.more);
	assert_true(str_eq(p.last, STR("d")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_bodies),
		cmocka_unit_test(test_a_good_body),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_a_long_list),
		cmocka_unit_test(test_definitions),
		cmocka_unit_test(test_a_change_of_nothing),
		cmocka_unit_test(test_bad_queries),
		cmocka_unit_test(test_good_queries),
		cmocka_unit_test(test_page_limits),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_durations),
		cmocka_unit_test(test_pages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
