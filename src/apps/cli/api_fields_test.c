#include "apps/cli/api_fields.h"

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
#include "base/torture.h"

#define WORDS 8

/* A row with one field of every kind. */
static const struct noun_field fields[] = {
	{ "id", FIELD_STR, true, true, false, "Id." },
	{ "name", FIELD_STR, true, false, false, "Name." },
	{ "count", FIELD_INT, false, false, false, "Count." },
	{ "is_old", FIELD_BOOL, false, false, false, "Old." },
	{ "numbers", FIELD_LIST, false, false, false, "Numbers." },
	{ "secret_file", FIELD_FILE, false, false, false, "Secret." },
	{ "at", FIELD_TIME, false, false, false, "When." },
	{ "review_by", FIELD_DATE, false, false, false, "Day." },
	{ "for", FIELD_DURATION, false, false, false, "How long." },
	{ "limit", FIELD_LIMIT, false, false, false, "Limit." },
};

static const struct noun_verb post = { "thing", "add", "POST", "/api/v1/things/{id}/x", fields,
	ARRAY_LEN(fields), "Adds.", "varco thing add 1 --name N", "addThing" };
static const struct noun_verb get = { "thing", "list", "GET", "/api/v1/things/{id}", fields,
	ARRAY_LEN(fields), "Lists.", "varco thing list 1 --name N", "listThing" };

static const struct {
	const char *name;
	const struct noun_verb *api;
	const char *words[WORDS];
	int code; /* an enum err_code */
	const char *target, *body, *field;
} cases[] = {
	{ "path and body", &post, { "7", "--name", "N" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"N\"}", NULL },
	{ "path and query", &get, { "7", "--name=N" }, E_OK, "/api/v1/things/7?name=N", NULL,
	    NULL },
	{ "words in any order", &post, { "--name", "N", "7" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"N\"}", NULL },
	{ "what is no letter is encoded", &get, { "a/b?c#d", "--name", "x&y= %+\xc3\xa8" }, E_OK,
	    "/api/v1/things/a%2Fb%3Fc%23d?name=x%26y%3D%20%25%2B%C3%A8", NULL, NULL },
	{ "a number", &post, { "7", "--name", "N", "--count", "-3" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"N\",\"count\":-3}", NULL },
	{ "no number", &post, { "7", "--name", "N", "--count", "3x" }, E_INVALID, NULL, NULL,
	    "--count" },
	{ "true by itself", &post, { "7", "--name", "N", "--is-old" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"N\",\"is_old\":true}", NULL },
	{ "false in words", &post, { "7", "--name", "N", "--is-old=false" }, E_OK,
	    "/api/v1/things/7/x", "{\"name\":\"N\",\"is_old\":false}", NULL },
	{ "neither", &post, { "7", "--name", "N", "--is-old=si" }, E_INVALID, NULL, NULL,
	    "--is-old" },
	{ "a list", &post, { "7", "--name", "N", "--numbers", "1, 2 ,,3" }, E_OK,
	    "/api/v1/things/7/x", "{\"name\":\"N\",\"numbers\":[\"1\",\"2\",\"3\"]}", NULL },
	{ "an empty list", &post, { "7", "--name", "N", "--numbers", "" }, E_OK,
	    "/api/v1/things/7/x", "{\"name\":\"N\",\"numbers\":[]}", NULL },
	{ "a limit", &post, { "7", "--name", "N", "--limit", "2000" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"N\",\"limit\":2000}", NULL },
	{ "no limit", &post, { "7", "--name", "N", "--limit", "unlimited" }, E_OK,
	    "/api/v1/things/7/x", "{\"name\":\"N\",\"limit\":\"unlimited\"}", NULL },
	{ "times are the server's to judge", &post,
	    { "7", "--name", "N", "--at=soon", "--review-by=2027-06-30", "--for=24h" }, E_OK,
	    "/api/v1/things/7/x",
	    "{\"name\":\"N\",\"at\":\"soon\",\"review_by\":\"2027-06-30\",\"for\":\"24h\"}", NULL },
	{ "an empty text is a text", &post, { "7", "--name", "" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"\"}", NULL },
	{ "what JSON escapes", &post, { "7", "--name", "\"\\\n" }, E_OK, "/api/v1/things/7/x",
	    "{\"name\":\"\\\"\\\\\\n\"}", NULL },
	{ "a flag is missing", &post, { "7" }, E_INVALID, NULL, NULL, "--name" },
	{ "an argument is missing", &post, { "--name", "N" }, E_INVALID, NULL, NULL, "ID" },
	{ "the folder above", &post, { "..", "--name", "N" }, E_INVALID, NULL, NULL, "ID" },
	{ "this folder", &get, { ".", "--name", "N" }, E_INVALID, NULL, NULL, "ID" },
	{ "no id", &get, { "", "--name", "N" }, E_INVALID, NULL, NULL, "ID" },
	{ "a file that is not there", &post, { "7", "--name", "N", "--secret-file", "/nowhere/x" },
	    E_NOT_FOUND, NULL, NULL, "" },
	{ "a directory for a file", &post, { "7", "--name", "N", "--secret-file", "/" }, E_INVALID,
	    NULL, NULL, "" },
};

static void parse(
    struct arena *a, const struct noun_verb *api, const char *const *words, struct api_words *ret)
{
	char *argv[WORDS + 2] = { "varco thing" };
	struct argp argp;
	int argc = 1;

	*ret = (struct api_words){ .api = api };
	assert_true(api_fields_argp(api, a, &argp));
	for (size_t i = 0; i < WORDS && words[i]; i++)
		argv[argc++] = (char *)(uintptr_t)words[i];
	assert_int_equal(argp_parse(&argp, argc, argv, ARGP_NO_EXIT | ARGP_NO_ERRS, NULL, ret), 0);
}

static bool same(struct str s, const char *wanted)
{
	return wanted ? str_eq_c(s, wanted) : !s.p;
}

static void test_words_become_a_request(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct api_words w;
		struct api_request r = { 0 };
		struct err err = { .code = 0 };
		parse(a, cases[i].api, cases[i].words, &w);
		int rc = api_request_build(&w, a, &r, &err);
		if (rc != -cases[i].code || err.code != cases[i].code)
			fail_msg("%s: %s: %s", cases[i].name, err_name(rc), err.text);
		if (rc < 0 && strcmp(err.field, cases[i].field) != 0)
			fail_msg("%s: field %s", cases[i].name, err.field);
		if (rc == 0 && (!same(r.target, cases[i].target) || !same(r.body, cases[i].body)))
			fail_msg(
			    "%s: %.*s %.*s", cases[i].name, STR_ARG(r.target), STR_ARG(r.body));
		arena_reset(a);
	}
	arena_free(&a);
}

static void test_a_file_is_sent_as_its_content(void **state)
{
	static const char content[] = "a \"secret\"\n\xc3\xa8";
	char path[] = "/tmp/varco-api-fields-XXXXXX";
	int fd = mkstemp(path);
	const char *words[WORDS] = { "7", "--name", "N", "--secret-file", path };
	struct arena *a = arena_new(0, 0);
	struct api_words w;
	struct api_request r;

	(void)state;
	assert_true(fd >= 0);
	assert_int_equal(write(fd, content, strlen(content)), (ssize_t)strlen(content));
	parse(a, &post, words, &w);
	assert_int_equal(api_request_build(&w, a, &r, NULL), 0);
	assert_string_equal(
	    r.body.p, "{\"name\":\"N\",\"secret_file\":\"a \\\"secret\\\"\\n\xc3\xa8\"}");
	assert_int_equal(ftruncate(fd, 0), 0);
	assert_int_equal(api_request_build(&w, a, &r, NULL), 0);
	assert_string_equal(r.body.p, "{\"name\":\"N\",\"secret_file\":\"\"}");
	(void)close(fd);
	(void)unlink(path);
	arena_free(&a);
}

static void test_words_may_be_looked_up(void **state)
{
	const char *words[WORDS] = { "7", "--name", "N" };
	struct arena *a = arena_new(0, 0);
	struct api_words w;
	char flag[API_FLAG_MAX];

	(void)state;
	parse(a, &post, words, &w);
	assert_string_equal(api_word(&w, "id"), "7");
	assert_null(api_word(&w, "count"));
	assert_null(api_word(&w, "nothing"));
	assert_true(api_word_set(&w, "count", "3"));
	assert_string_equal(api_word(&w, "count"), "3");
	assert_false(api_word_set(&w, "nothing", "3"));
	assert_true(api_field_is_required(&post, "name"));
	assert_false(api_field_is_required(&post, "id"));
	assert_false(api_field_is_required(&post, "count"));
	assert_true(api_field_flag(&post, STR("secret_file"), flag));
	assert_string_equal(flag, "--secret-file");
	assert_false(api_field_flag(&post, STR("id"), flag));
	assert_false(api_field_flag(&post, STR("nothing"), flag));
	arena_free(&a);
}

/* Every row of the real table can be made a command line of. */
static void test_every_row_has_options(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct argp argp;

	(void)state;
	for (size_t i = 0; i < noun_verbs_len; i++) {
		const struct noun_verb *v = &noun_verbs[i];
		assert_true(api_fields_argp(v, a, &argp));
		for (size_t f = 0; f < v->fields_len; f++) {
			if (v->fields[f].positional && !argp.args_doc)
				fail_msg("%s: %s is not told", v->operation, v->fields[f].name);
		}
	}
	arena_free(&a);
}

static int build(void *arg)
{
	static const char *const words[WORDS] = { "7", "--name", "N", "--secret-file",
		"/proc/self/comm" };
	struct arena *a = arena_new(0, 0);
	struct api_words w = { .api = &post };
	struct api_request r;
	struct argp argp;
	int rc = -E_NOMEM;

	(void)arg;
	if (a && api_fields_argp(&post, a, &argp)) {
		w.values[0] = words[0];
		w.values[1] = words[2];
		w.values[5] = words[4];
		rc = api_request_build(&w, a, &r, NULL);
	}
	arena_free(&a);
	return rc;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("build", build, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_words_become_a_request),
		cmocka_unit_test(test_a_file_is_sent_as_its_content),
		cmocka_unit_test(test_words_may_be_looked_up),
		cmocka_unit_test(test_every_row_has_options),
		cmocka_unit_test(test_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
