#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/json_pointer.h"

/* The document of RFC 6901, section 5, and a little more. */
#define DOCUMENT \
	"{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,\"i\\\\j\":5," \
	"\"k\\\"l\":6,\" \":7,\"m~n\":8,\"deep\":[{\"x\":[9]}],\"null\":null,\"~1\":10}"

static const struct {
	const char *pointer, *is; /* NULL = nothing is there */
} cases[] = {
	{ "/foo", "[\"bar\",\"baz\"]" },
	{ "/foo/0", "\"bar\"" },
	{ "/foo/1", "\"baz\"" },
	{ "/", "0" },
	{ "/a~1b", "1" },
	{ "/c%d", "2" },
	{ "/e^f", "3" },
	{ "/g|h", "4" },
	{ "/i\\j", "5" },
	{ "/k\"l", "6" },
	{ "/ ", "7" },
	{ "/m~0n", "8" },
	{ "/~01", "10" },
	{ "/deep/0/x/0", "9" },
	{ "/null", "null" },
	{ "/foo/2", NULL },
	{ "/foo/00", NULL },
	{ "/foo/01", NULL },
	{ "/foo/-", NULL },
	{ "/foo/-1", NULL },
	{ "/foo/+1", NULL },
	{ "/foo/1e0", NULL },
	{ "/foo/", NULL },
	{ "/foo/0/x", NULL },
	{ "/foo/99999999999999999999", NULL },
	{ "/nothing", NULL },
	{ "/nothing/at/all", NULL },
	{ "/null/x", NULL },
	{ "//", NULL },
	{ "foo", NULL },
	{ "/m~n", NULL },
	{ "/m~2n", NULL },
	{ "/m~", NULL },
};

static void check_case(const struct json *root, const char *pointer, const char *is)
{
	const struct json *found = json_pointer(root, str_c(pointer));
	struct buf out;

	if (!is && !found)
		return;
	if (!is || !found)
		fail_msg("\"%s\": there is %s", pointer, found ? "something" : "nothing");
	buf_init(&out, 0);
	json_print(&out, found);
	if (!str_eq_c(buf_str(&out), is))
		fail_msg("\"%s\": %s", pointer, out.p);
	buf_done(&out);
}

static void test_places(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *root;

	(void)state;
	assert_int_equal(json_read(a, STR(DOCUMENT), &root, NULL), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++)
		check_case(root, cases[i].pointer, cases[i].is);
	assert_ptr_equal(json_pointer(root, STR("")), root);
	assert_null(json_pointer(NULL, STR("/foo")));
	assert_null(json_pointer(root, STR_NONE));
	arena_free(&a);
}

static void test_what_is_none(void **state)
{
	char slashes[JSON_POINTER_MAX + 1];

	(void)state;
	memset(slashes, '/', sizeof(slashes));
	assert_true(json_pointer_is_valid(str_n(slashes, JSON_POINTER_MAX)));
	assert_false(json_pointer_is_valid(str_n(slashes, JSON_POINTER_MAX + 1)));
	assert_true(json_pointer_is_valid(STR("")));
	assert_false(json_pointer_is_valid(STR_NONE));
	assert_false(json_pointer_is_valid(STR("a")));
	assert_false(json_pointer_is_valid(STR("/a~")));
	assert_false(json_pointer_is_valid(STR("/a~2")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places),
		cmocka_unit_test(test_what_is_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
