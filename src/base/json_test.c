#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/clock.h"
#include "base/json.h"
#include "base/torture.h"

static struct arena *arena; /* anew for each test */

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

static const struct json *read_c(const char *text)
{
	const struct json *v = NULL;
	struct err err = { 0 };

	if (json_read(arena, str_c(text), &v, &err))
		fail_msg("%s: %s", text, err.text);
	return v;
}

/* --- reading --- */

static const char *const good[] = { "null", "true", "0", "-1", "1.5e-10", "\"\"", "[]", "{}",
	" [ 1 , 2 ] \r\n\t", "{\"a\":{\"a\":{\"a\":1}}}", "[{\"a\":1},{\"a\":1}]",
	"{\"\":1,\" \":2}", "\"\\u0000\"", "\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"",
	"\"\xef\xbf\xbf\"", "-9223372036854775808", "18446744073709551615", "1e308", "1e-400",
	"123456789012345678901234567890", "\"\x7f\"", "\"[[[[[[\"" };

static void test_good_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++)
		assert_non_null(read_c(good[i]));
}

static const char *const bad[] = { "", " ", "nul", "True", "[1,]", "[,1]", "[1 2]", "[1", "]", "{",
	"}", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{a:1}", "{'a':1}", "{1:1}", "[1]]", "[1] 2",
	"1 2", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x10", "1e309", "-1e400", "NaN",
	"Infinity", "-Infinity", "\"", "\"a", "\"\\x\"", "\"\\u12\"", "\"\\u12G4\"", "\"\\ud800\"",
	"\"\\udc00\"", "\"\\ud800\\u0041\"", "\"\n\"", "\"\t\"", "\"\x01\"", "\"\x80\"",
	"\"\xc0\x80\"", "\"\xc3\"", "\"\xed\xa0\x80\"", "\"\xf4\x90\x80\x80\"", "\"\xe2\x82\"",
	"\xef\xbb\xbf{}", "// a\n1", "/* a */ 1", "[1] // a", "{\"a\":1 /* b */}", "\xff\xfe",
	"[\"a\": 1]", "{\"a\":1 \"b\":2}", "<xml>" };

static void test_bad_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		const struct json *v = NULL;
		struct err err = { 0 };
		if (json_read(arena, str_c(bad[i]), &v, &err) != -E_INVALID || v ||
		    err.code != E_INVALID)
			fail_msg("row %zu, %s: %s", i, bad[i], err.text);
		assert_true(strlen(err.text) > 10 && err.text[strlen(err.text) - 1] == '.');
	}
	assert_int_equal(
	    json_read(arena, STR("1\0"), &(const struct json *){ NULL }, NULL), -E_INVALID);
	assert_int_equal(
	    json_read(arena, STR_NONE, &(const struct json *){ NULL }, NULL), -E_INVALID);
}

static void test_errors_say_where(void **state)
{
	const struct json *v;
	struct err err;

	(void)state;
	assert_int_equal(json_read(arena, STR("{\n  \"a\": x\n}"), &v, &err), -E_INVALID);
	assert_non_null(strstr(err.text, "line 2, column 8"));
	assert_int_equal(
	    json_read(arena, STR("{\"text\":{\"body\":1,\n\"b\":2,\"bod\\u0079\":3}}"), &v, &err),
	    -E_INVALID);
	assert_string_equal(err.field, "body");
	assert_non_null(
	    strstr(err.text, "\"body\" stands twice in the same object, at line 2, column 8"));
	assert_int_equal(
	    json_read(arena, STR("{\"a\x7f\xc3\xa8\":1,\"a\x7f\xc3\xa8\":2}"), &v, &err),
	    -E_INVALID);
	assert_string_equal(err.field, "a???");
}

static struct str nested(char open, size_t depth, struct buf *b)
{
	buf_reset(b);
	for (size_t i = 0; i < depth; i++)
		buf_addf(b, open == '{' ? "{\"a\":" : "[");
	buf_add_c(b, "1");
	for (size_t i = 0; i < depth; i++)
		buf_add_char(b, open == '{' ? '}' : ']');
	return buf_str(b);
}

static void test_depth(void **state)
{
	struct buf b;
	const struct json *v;
	struct err err;

	(void)state;
	buf_init(&b, 0);
	for (int i = 0; i < 2; i++) {
		char open = "[{"[i];
		assert_int_equal(json_read(arena, nested(open, JSON_DEPTH_MAX, &b), &v, NULL), 0);
		assert_int_equal(
		    json_read(arena, nested(open, JSON_DEPTH_MAX + 1, &b), &v, &err), -E_INVALID);
		assert_non_null(strstr(err.text, "nested too deep"));
		assert_int_equal(
		    json_read_commented(arena, nested(open, JSON_DEPTH_MAX + 1, &b), &v, NULL),
		    -E_INVALID);
	}
	/* Many brackets, but not deep, and some that are none. */
	buf_reset(&b);
	buf_add_c(&b, "[\"[[\\\"[[\\\\\"");
	for (int i = 0; i < 1000; i++)
		buf_add_c(&b, ",[\"[[[[\",{}]");
	buf_add_c(&b, "]");
	assert_int_equal(json_read(arena, buf_str(&b), &v, &err), 0);
	assert_int_equal(json_len(v), 1001);
	buf_done(&b);
}

/* A mebibyte of each is refused without taking memory for what is never read. */
static void test_hostile_nesting(void **state)
{
	static const char *const pieces[] = { "[", "{\"a\":", "[{\"a\":", "[\"\",", "[[],",
		"{\"a\":[" };
	const struct json *v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(pieces); i++) {
		struct buf b;
		buf_init(&b, 0);
		while (b.len < 1048576)
			buf_add_c(&b, pieces[i]);
		size_t used = arena_used(arena);
		assert_int_equal(json_read(arena, buf_str(&b), &v, NULL), -E_INVALID);
		assert_int_equal(arena_used(arena), used);
		buf_done(&b);
	}
}

static struct str object_of(size_t members, size_t twice, struct buf *b)
{
	buf_reset(b);
	for (size_t i = 0; i < members; i++)
		buf_addf(b, "%c\"key%zu\":%zu", i ? ',' : '{', i == twice ? 0 : i, i);
	buf_add_c(b, "}");
	return buf_str(b);
}

static void test_duplicates(void **state)
{
	static const size_t sizes[] = { 2, 3, 15, 16, 17, 18, 100, 100000 };
	const struct json *v;
	struct err err;
	struct buf b;
	char key[32];

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		size_t n = sizes[i];
		arena_reset(arena);
		assert_int_equal(json_read(arena, object_of(n, n, &b), &v, &err), 0);
		assert_int_equal(json_len(v), n);
		assert_true(snprintf(key, sizeof(key), "key%zu", n - 1) > 0);
		assert_int_equal(json_type(json_get(v, key)), JSON_INT);
		for (size_t twice = 1; twice < n; twice += n / 3 + 1) {
			if (json_read(arena, object_of(n, twice, &b), &v, &err) != -E_INVALID)
				fail_msg("%zu members, of which %zu is a duplicate", n, twice);
			assert_string_equal(err.field, "key0");
		}
	}
	buf_done(&b);
}

static const struct {
	const char *name, *text;
} twice[] = {
	{ "in an object in an array", "[1,{\"a\":1,\"b\":2,\"a\":3}]" },
	{ "behind a nested object", "{\"a\":{\"b\":{}},\"a\":1}" },
	{ "escaped", "{\"a\\u0062\":1,\"\\u0061b\":2}" },
	{ "empty", "{\"\":1,\"\":1}" },
	{ "with a zero byte", "{\"a\\u0000b\":1,\"a\\u0000b\":1}" },
};

static void test_duplicates_of_all_kinds(void **state)
{
	const struct json *v;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(twice); i++) {
		if (json_read(arena, str_c(twice[i].text), &v, NULL) != -E_INVALID)
			fail_msg("%s", twice[i].name);
	}
	assert_non_null(read_c("{\"a\\u0000b\":1,\"a\\u0000c\":1,\"a\":1}"));
	assert_non_null(read_c("{\"a\":{\"a\":1},\"b\":{\"a\":1}}"));
}

static const struct {
	const char *text, *printed; /* NULL = refused */
} commented[] = {
	{ "// one\n{ /* two */ \"a\": 1 // three\n}", "{\"a\":1}" },
	{ "{\"a\":\"// no /* comment */\"}", "{\"a\":\"// no /* comment */\"}" },
	{ "/* [[[[ */ [1] // ]]]", "[1]" },
	{ "/**/1/***/", "1" },
	{ "[1] /* open", NULL },
	{ "[1,] // trailing", NULL },
	{ "[1] / 2", NULL },
	{ "{\"a\":1,/**/\"a\":2}", NULL },
};

static void test_comments(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(commented); i++) {
		const struct json *v = NULL;
		int rc = json_read_commented(arena, str_c(commented[i].text), &v, NULL);
		buf_reset(&b);
		if (rc == 0)
			json_print(&b, v);
		if ((rc == 0) != (commented[i].printed != NULL) ||
		    (rc == 0 && strcmp(b.p, commented[i].printed) != 0))
			fail_msg("%s: %d, %s", commented[i].text, rc, buf_str(&b).p);
	}
	/* Comments full of quotes and brackets, in a text that is looked at for its depth. */
	buf_reset(&b);
	for (int i = 0; i < 200; i++)
		buf_add_c(&b, "// \" [\n/* [ \" */");
	buf_add_c(&b, "[1]");
	assert_int_equal(
	    json_read_commented(arena, buf_str(&b), &(const struct json *){ NULL }, NULL), 0);
	buf_done(&b);
}

/* --- looking --- */

static void test_absent_is_harmless(void **state)
{
	struct json_iter it;
	struct str key;
	const struct json *v;
	int64_t i;
	double d;
	bool b;

	(void)state;
	assert_int_equal(json_type(NULL), JSON_NONE);
	assert_null(json_get(NULL, "a"));
	assert_null(json_path(NULL, "a.b"));
	assert_null(json_at(NULL, 0));
	assert_int_equal(json_len(NULL), 0);
	assert_null(json_str(NULL).p);
	assert_false(
	    json_int(NULL, &i) || json_real(NULL, &d) || json_bool(NULL, &b) || json_is_null(NULL));
	json_iter_init(&it, NULL);
	assert_false(json_iter_next(&it, &key, &v));
	assert_true(json_equal(NULL, NULL));
	assert_false(json_equal(NULL, read_c("null")));
}

static const struct {
	const char *text;
	enum json_type type;
} types[] = {
	{ "null", JSON_NULL },
	{ "false", JSON_BOOL },
	{ "0", JSON_INT },
	{ "-9223372036854775808", JSON_INT },
	{ "9223372036854775807", JSON_INT },
	{ "9223372036854775808", JSON_REAL },
	{ "0.0", JSON_REAL },
	{ "1e2", JSON_REAL },
	{ "\"\"", JSON_STRING },
	{ "[]", JSON_ARRAY },
	{ "{}", JSON_OBJECT },
};

static void test_types(void **state)
{
	(void)state;
	for (size_t k = 0; k < ARRAY_LEN(types); k++) {
		const struct json *v = read_c(types[k].text);
		enum json_type t = types[k].type;
		int64_t i;
		double d;
		bool b;
		if (json_type(v) != t || json_int(v, &i) != (t == JSON_INT) ||
		    json_real(v, &d) != (t == JSON_INT || t == JSON_REAL) ||
		    json_bool(v, &b) != (t == JSON_BOOL) || json_is_null(v) != (t == JSON_NULL) ||
		    (json_str(v).p != NULL) != (t == JSON_STRING))
			fail_msg("%s is %s", types[k].text, json_type_name(json_type(v)));
		assert_true(strlen(json_type_name(json_type(v))) >= 4);
	}
}

static void test_values(void **state)
{
	const struct json *v = read_c(
	    "{\"a\":{\"b\":[10,\"x\\u0000y\",2.5,true]},\"n\":-9223372036854775808,\"u\":18446744073709551615}");
	int64_t i;
	double d;
	bool b;

	(void)state;
	const struct json *list = json_path(v, "a.b");
	assert_int_equal(json_len(list), 4);
	assert_true(json_int(json_at(list, 0), &i) && i == 10);
	assert_true(json_real(json_at(list, 0), &d) && d == 10);
	assert_true(str_eq(json_str(json_at(list, 1)), STR("x\0y")));
	assert_true(json_real(json_at(list, 2), &d) && d == 2.5);
	assert_true(json_bool(json_at(list, 3), &b) && b);
	assert_null(json_at(list, 4));
	assert_null(json_at(list, SIZE_MAX));
	assert_null(json_at(v, 0));
	assert_null(json_get(list, "b"));
	assert_null(json_path(v, "a.b.c"));
	assert_null(json_path(v, "a..b"));
	assert_null(json_path(v, ""));
	assert_true(json_int(json_get(v, "n"), &i) && i == INT64_MIN);
	assert_true(json_real(json_get(v, "u"), &d) && d == 18446744073709551616.0);
}

static void test_iteration(void **state)
{
	const struct json *v = read_c("{\"a\":[1,[2]],\"b\":{},\"c\":3}"), *item;
	struct json_iter it;
	struct str key;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &item)) {
		buf_add(&b, key);
		json_print(&b, item);
	}
	json_iter_init(&it, json_get(v, "a"));
	while (json_iter_next(&it, NULL, &item))
		json_print(&b, item);
	assert_string_equal(b.p, "a[1,[2]]b{}c31[2]");
	json_iter_init(&it, json_get(v, "c"));
	assert_false(json_iter_next(&it, &key, &item));
	buf_done(&b);
}

/* --- comparing --- */

static const struct {
	const char *a, *b;
	bool equal;
} comparisons[] = {
	{ "null", "null", true },
	{ "null", "false", false },
	{ "true", "false", false },
	{ "1", "1", true },
	{ "1", "1.0", true },
	{ "1", "-1", false },
	{ "0", "-0.0", true },
	{ "9007199254740993", "9007199254740992", false },
	{ "18446744073709551615", "18446744073709551614", false },
	{ "18446744073709551615", "-1", false },
	{ "\"a\"", "\"\\u0061\"", true },
	{ "\"a\"", "\"b\"", false },
	{ "\"1\"", "1", false },
	{ "[1,2]", "[1,2]", true },
	{ "[1,2]", "[2,1]", false },
	{ "[1]", "[1,2]", false },
	{ "[]", "{}", false },
	{ "{\"a\":1,\"b\":[2]}", "{\"b\":[2],\"a\":1}", true },
	{ "{\"a\":1}", "{\"b\":1}", false },
	{ "{\"a\":1}", "{\"a\":2}", false },
	{ "{\"a\":1}", "{\"a\":1,\"b\":1}", false },
	{ "{\"a\":{\"b\":1,\"c\":2}}", "{\"a\":{\"c\":2,\"b\":1}}", true },
};

static void test_equal(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(comparisons); i++) {
		const struct json *a = read_c(comparisons[i].a), *b = read_c(comparisons[i].b);
		if (json_equal(a, b) != comparisons[i].equal ||
		    json_equal(b, a) != comparisons[i].equal)
			fail_msg("%s and %s", comparisons[i].a, comparisons[i].b);
		check_fail_alloc_after(0, true);
		bool equal = json_equal(a, b);
		check_fail_alloc_after(-1, false);
		if (equal != comparisons[i].equal)
			fail_msg("%s and %s without memory", comparisons[i].a, comparisons[i].b);
	}
}

/* --- writing --- */

static const char *const printed[][2] = {
	{ " { \"b\" : [ 1 , 2.50 , -0.0, 1E3 ] , \"a\" : null } ",
	    "{\"b\":[1,2.5,-0.0,1000.0],\"a\":null}" },
	{ "\"\\u0041\\/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\\u007f\\u20ac\"",
	    "\"A/\\\"\\\\\\b\\f\\n\\r\\t\\u0000\\u001f\x7f\xe2\x82\xac\"" },
	{ "[18446744073709551615,-9223372036854775808,0]",
	    "[18446744073709551615,-9223372036854775808,0]" },
	{ "[true,false,[],{}]", "[true,false,[],{}]" },
};

static void test_print(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(printed); i++) {
		buf_reset(&b);
		json_print(&b, read_c(printed[i][0]));
		assert_string_equal(b.p, printed[i][1]);
	}
	buf_done(&b);
}

/* RFC 8785, appendix B. */
static const struct {
	uint64_t bits;
	const char *text;
} numbers[] = {
	{ 0x0000000000000000, "0" },
	{ 0x8000000000000000, "0" },
	{ 0x0000000000000001, "5e-324" },
	{ 0x8000000000000001, "-5e-324" },
	{ 0x7fefffffffffffff, "1.7976931348623157e+308" },
	{ 0xffefffffffffffff, "-1.7976931348623157e+308" },
	{ 0x4340000000000000, "9007199254740992" },
	{ 0xc340000000000000, "-9007199254740992" },
	{ 0x4430000000000000, "295147905179352830000" },
	{ 0x44b52d02c7e14af5, "9.999999999999997e+22" },
	{ 0x44b52d02c7e14af6, "1e+23" },
	{ 0x44b52d02c7e14af7, "1.0000000000000001e+23" },
	{ 0x444b1ae4d6e2ef4e, "999999999999999700000" },
	{ 0x444b1ae4d6e2ef4f, "999999999999999900000" },
	{ 0x444b1ae4d6e2ef50, "1e+21" },
	{ 0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7" },
	{ 0x3eb0c6f7a0b5ed8d, "0.000001" },
	{ 0x41b3de4355555553, "333333333.3333332" },
	{ 0x41b3de4355555554, "333333333.33333325" },
	{ 0x41b3de4355555555, "333333333.3333333" },
	{ 0x41b3de4355555556, "333333333.3333334" },
	{ 0x41b3de4355555557, "333333333.33333343" },
	{ 0xbecbf647612f3696, "-0.0000033333333333333333" },
	{ 0x43143ff3c1cb0959, "1424953923781206.2" },
	/* and some of our own */
	{ 0x3fb999999999999a, "0.1" },
	{ 0x3ff0000000000000, "1" },
	{ 0x4059000000000000, "100" },
	{ 0x4415af1d78b58c40, "100000000000000000000" },
	{ 0x3eb0c6f7a0b5ed8e, "0.0000010000000000000002" },
	{ 0x3e7ad7f29abcaf48, "1e-7" },
};

static void test_ecmascript_numbers(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(numbers); i++) {
		double d;
		memcpy(&d, &numbers[i].bits, sizeof(d));
		buf_reset(&b);
		jw_init(&w, &b);
		jw_real(&w, d);
		if (strcmp(b.p, numbers[i].text) != 0)
			fail_msg("%s instead of %s", b.p, numbers[i].text);
	}
	buf_done(&b);
}

static const struct {
	const char *text, *skip, *canonical;
} canonicals[] = {
	/* RFC 8785, 3.2.2 and 3.2.3 */
	{ "{\"numbers\":[333333333.33333329,1E30,4.50,2e-3,0.000000000000000000000000001],"
	  "\"string\":\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\","
	  "\"literals\":[null,true,false]}",
	    NULL,
	    "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
	    "\"string\":\"\xe2\x82\xac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}" },
	{ "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew\",\"1\":\"One\","
	  "\"\\ud83d\\ude00\":\"Smiley\",\"\\u0080\":\"Control\",\"\\u00f6\":\"O\"}",
	    NULL,
	    "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"O\","
	    "\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Smiley\",\"\xef\xac\xb3\":\"Hebrew\"}" },
	{ "[-0.0, 0, 1.0, 9007199254740993, 18446744073709551615, -5]", NULL,
	    "[0,0,1,9007199254740992,18446744073709552000,-5]" },
	{ "{\"sig\":1,\"a\":{\"sig\":2},\"b\":[{\"sig\":3}]}", "sig",
	    "{\"a\":{\"sig\":2},\"b\":[{\"sig\":3}]}" },
	{ "{\"sig\":1}", "sig", "{}" },
	{ "[{\"sig\":1}]", "sig", "[{\"sig\":1}]" },
	{ "{\"ab\":1,\"a\":2,\"\":3,\"B\":4}", NULL, "{\"\":3,\"B\":4,\"a\":2,\"ab\":1}" },
	{ "{\"b\":{\"d\":1,\"c\":2},\"a\":[]}", NULL, "{\"a\":[],\"b\":{\"c\":2,\"d\":1}}" },
	{ "\"x\"", "sig", "\"x\"" },
};

static void test_canonical(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(canonicals); i++) {
		buf_reset(&b);
		json_canonical(&b, read_c(canonicals[i].text), canonicals[i].skip);
		if (strcmp(b.p, canonicals[i].canonical) != 0)
			fail_msg("%s instead of %s", b.p, canonicals[i].canonical);
	}
	buf_done(&b);
}

static void test_writer(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	jw_init(&w, &b);
	jw_object(&w);
	jw_member_str(&w, "s", STR("a\"b"));
	jw_member_str(&w, "none", STR_NONE);
	jw_member_c(&w, "c", "x");
	jw_member_c(&w, "no c", NULL);
	jw_member_int(&w, "i", INT64_MIN);
	jw_member_bool(&w, "b", false);
	jw_member_time(&w, "t", 0);
	jw_member_time(&w, "never", TIME_NONE);
	jw_key_str(&w, STR("k\n"));
	jw_array(&w);
	jw_int(&w, INT64_MAX);
	jw_real(&w, 0.5);
	jw_real(&w, (double)NAN);
	jw_real(&w, -(double)INFINITY);
	jw_array(&w);
	jw_array_end(&w);
	jw_object(&w);
	jw_object_end(&w);
	jw_bool(&w, true);
	jw_null(&w);
	jw_raw(&w, STR("{\"raw\": 1}"));
	jw_value(&w, read_c("[ 1 ]"));
	jw_array_end(&w);
	jw_object_end(&w);
	assert_string_equal(b.p,
	    "{\"s\":\"a\\\"b\",\"none\":null,\"c\":\"x\",\"no c\":null,\"i\":-9223372036854775808,"
	    "\"b\":false,\"t\":\"1970-01-01T00:00:00Z\",\"never\":null,\"k\\n\":[9223372036854775807,0.5,"
	    "null,null,[],{},true,null,{\"raw\": 1},[1]]}");
	buf_done(&b);
}

static void test_writer_at_its_deepest(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	jw_init(&w, &b);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		jw_array(&w);
	jw_int(&w, 1);
	jw_int(&w, 2);
	for (int i = 0; i < JSON_DEPTH_MAX; i++)
		jw_array_end(&w);
	assert_non_null(read_c(b.p));
	buf_done(&b);
}

static const char *const invalid_utf8[][2] = {
	{ "a\x80z", "\"a\xef\xbf\xbdz\"" },
	{ "\xc3", "\"\xef\xbf\xbd\"" },
	{ "\xe2\x82", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xc0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xf5\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xf0\x9f\x98\x80\xf0\x9f\x98",
	    "\"\xf0\x9f\x98\x80\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
};

static void test_what_is_no_utf8_does_not_get_out(void **state)
{
	struct json_writer w;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(invalid_utf8); i++) {
		buf_reset(&b);
		jw_init(&w, &b);
		jw_c(&w, invalid_utf8[i][0]);
		assert_string_equal(b.p, invalid_utf8[i][1]);
		assert_non_null(read_c(b.p));
	}
	buf_done(&b);
}

/* Strings are looked at eight bytes at a time: every byte of ASCII at every place of twenty. */
static void test_every_byte_everywhere(void **state)
{
	struct buf b;
	struct json_writer w;

	(void)state;
	buf_init(&b, 0);
	for (unsigned i = 0; i < 128 * 20; i++) {
		char text[20];
		struct arena *a = arena_new(0, 0);
		const struct json *v;
		assert_non_null(a);
		memset(text, 'z', sizeof(text));
		text[i % 20] = (char)(i / 20);
		buf_reset(&b);
		jw_init(&w, &b);
		jw_str(&w, str_n(text, sizeof(text)));
		if (json_read(a, buf_str(&b), &v, NULL) < 0 ||
		    !str_eq(json_str(v), str_n(text, sizeof(text))))
			fail_msg("byte %u at %u: %s", i / 20, i % 20, b.p);
		arena_free(&a);
	}
	buf_done(&b);
}

/* --- editing --- */

static const struct {
	const char *text, *value, *edited; /* of the member "id"; value NULL = remove */
} edits[] = {
	{ "{}", "x", "{\"id\":\"x\"}" },
	{ " { } ", "x", " {\"id\":\"x\" } " },
	{ "{}", NULL, "{}" },
	{ "{\"a\":1}", "x", "{\"a\":1,\"id\":\"x\"}" },
	{ "{ \"a\" : 1 }", "x", "{ \"a\" : 1,\"id\":\"x\" }" },
	{ "{\"a\":1}", NULL, "{\"a\":1}" },
	{ "{\"id\":\"y\"}", "x", "{\"id\":\"x\"}" },
	{ "{\"id\" : \"y\" , \"b\":2}", "x", "{\"id\" : \"x\" , \"b\":2}" },
	{ "{\"id\":{\"id\":[1,\"}\"]},\"b\":2}", "x", "{\"id\":\"x\",\"b\":2}" },
	{ "{\"id\":12}", "x", "{\"id\":\"x\"}" },
	{ "{\"a\":1,\"id\":null}", "a\"\n", "{\"a\":1,\"id\":\"a\\\"\\n\"}" },
	{ "{\"id\":\"y\"}", NULL, "{}" },
	{ "{ \"id\":\"y\" }", NULL, "{  }" },
	{ "{\"id\":\"y\", \"b\":2}", NULL, "{\"b\":2}" },
	{ "{\"a\":1, \"id\":\"y\", \"b\":2}", NULL, "{\"a\":1, \"b\":2}" },
	{ "{\"a\":1 , \"id\":\"y\" }", NULL, "{\"a\":1  }" },
	{ "{\"a\":\"id\",\"b\":{\"id\":1}}", NULL, "{\"a\":\"id\",\"b\":{\"id\":1}}" },
	{ "{\"\\u0069\\u0064\":1}", "x", "{\"\\u0069\\u0064\":\"x\"}" },
	{ "{\"id\\\"\":2,\"idd\":3,\"i\":4}", NULL, "{\"id\\\"\":2,\"idd\":3,\"i\":4}" },
	{ "[]", "x", NULL },
	{ "\"id\"", "x", NULL },
	{ "", "x", NULL },
	{ "{", "x", NULL },
	{ "{\"a\"", "x", NULL },
	{ "{\"a\":", "x", NULL },
	{ "{\"a\":1", "x", NULL },
	{ "{\"a\":1,", "x", NULL },
	{ "{\"a", "x", NULL },
	{ "{\"a\\", "x", NULL },
	{ "{\"id\":\"x", "x", NULL },
	{ "{\"id\":[1", "x", NULL },
	{ "{x:1}", "x", NULL },
};

static void test_edit(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		buf_reset(&b);
		int rc = json_edit_member(str_c(edits[i].text), "id", str_c(edits[i].value), &b);
		if (edits[i].edited ? rc != 0 || strcmp(b.p, edits[i].edited) != 0
				    : rc != -E_INVALID)
			fail_msg("row %zu, %s: %d, %s", i, edits[i].text, rc, buf_str(&b).p);
	}
	buf_done(&b);
}

/* What is set with the help of what was read comes out as what is set without. */
static void test_set(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct buf b;
	const struct json *obj;

	(void)state;
	assert_non_null(a);
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		struct str text = str_c(edits[i].text);
		if (!edits[i].value || json_read(a, text, &obj, NULL) < 0)
			continue;
		buf_reset(&b);
		int rc = json_set_member(text, obj, "id", str_c(edits[i].value), &b);
		if (edits[i].edited ? rc != 0 || strcmp(b.p, edits[i].edited) != 0
				    : rc != -E_INVALID)
			fail_msg("row %zu, %s: %d, %s", i, edits[i].text, rc, buf_str(&b).p);
	}
	buf_done(&b);
	arena_free(&a);
}

static void test_edit_of_keys_beyond_ascii(void **state)
{
	static const char *const texts[] = { "{\"\xc3\xa8\xf0\x9f\x98\x80\":1}",
		"{\"\\u00E8\\ud83d\\uDE00\":1}", "{\"\\u00e8\xf0\x9f\x98\x80\":1}" };
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		buf_reset(&b);
		assert_int_equal(
		    json_edit_member(str_c(texts[i]), "\xc3\xa8\xf0\x9f\x98\x80", STR_NONE, &b), 0);
		assert_string_equal(b.p, "{}");
	}
	buf_done(&b);
}

/* --- without memory --- */

static int read_print_and_so_on(void *arg)
{
	struct arena *a = arena_new(100, 0);
	const struct json *v;
	struct buf b;

	buf_init(&b, 0);
	int rc = a ? json_read(a, *(struct str *)arg, &v, NULL) : -E_NOMEM;
	if (rc == 0) {
		json_print(&b, v);
		json_canonical(&b, v, NULL);
		rc = json_edit_member(*(struct str *)arg, "new", STR("x"), &b);
	}
	if (rc == 0 && b.failed)
		rc = -E_NOMEM;
	buf_done(&b);
	arena_free(&a);
	return rc;
}

static void test_without_memory(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	struct str text = STR("{\"b\":{\"d\":[1,2.5,{\"f\":\"x\"}],\"c\":null},\"a\":true}");
	torture("small", read_print_and_so_on, &text);
	text = object_of(100, 100, &b);
	torture("large", read_print_and_so_on, &text);
	buf_done(&b);
}

static void test_small_arena(void **state)
{
	struct arena *small = arena_new(0, 4096);
	struct buf b;
	const struct json *v = NULL;
	struct err err;

	(void)state;
	buf_init(&b, 0);
	assert_non_null(small);
	assert_int_equal(json_read(small, object_of(1000, 1000, &b), &v, &err), -E_NOMEM);
	assert_null(v);
	arena_reset(small);
	assert_int_equal(json_read(small, STR("[1]"), &v, &err), 0);
	arena_free(&small);
	buf_done(&b);
}

#define TEST(t) cmocka_unit_test_setup_teardown(t, begin, end)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_good_texts),
		TEST(test_bad_texts),
		TEST(test_errors_say_where),
		TEST(test_depth),
		TEST(test_hostile_nesting),
		TEST(test_duplicates),
		TEST(test_duplicates_of_all_kinds),
		TEST(test_comments),
		TEST(test_absent_is_harmless),
		TEST(test_types),
		TEST(test_values),
		TEST(test_iteration),
		TEST(test_equal),
		TEST(test_print),
		TEST(test_ecmascript_numbers),
		TEST(test_canonical),
		TEST(test_writer),
		TEST(test_writer_at_its_deepest),
		TEST(test_what_is_no_utf8_does_not_get_out),
		TEST(test_every_byte_everywhere),
		TEST(test_edit),
		TEST(test_set),
		TEST(test_edit_of_keys_beyond_ascii),
		TEST(test_without_memory),
		TEST(test_small_arena),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
