#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/torture.h"
#include "transport/http_cases.h"
#include "transport/http_parse.h"

#define MAX_HEAD 16384

/* --- heads ----------------------------------------------------------------------------------- */

/* 200, or the fault's status; 0 when more bytes were wanted. The bytes come `step` at a time. */
static int read_head(struct arena *a, struct str bytes, size_t step, struct http_head *ret)
{
	struct http_scan scan = { 0 };
	struct http_fault f = { 0, NULL };
	size_t len = 0;
	int rc = 0;

	for (size_t have = 0; rc == 0 && have < bytes.len;) {
		have = have + step < bytes.len ? have + step : bytes.len;
		rc = http_head_find(&scan, str_sub(bytes, 0, have), MAX_HEAD, &len, &f);
	}
	if (rc == 1)
		rc = http_head_parse(a, str_sub(bytes, 0, len), 100, ret, &f) ? -E_INVALID : 1;
	if (rc < 0)
		assert_true(f.why && f.why[0]);
	return rc == 1 ? 200 : f.status;
}

static void test_cases(void **state)
{
	static const size_t steps[] = { 100000, 1, 2, 7 };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(http_cases); i++) {
		for (size_t k = 0; k < ARRAY_LEN(steps); k++) {
			struct arena *a = arena_new(0, 0);
			struct http_head h;
			int status = read_head(a, http_cases[i].bytes, steps[k], &h);
			if (status != http_cases[i].status)
				fail_msg("%s, %zu bytes at a time: %d", http_cases[i].name,
				    steps[k], status);
			arena_free(&a);
		}
	}
}

static void test_fields(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct http_head h;

	(void)state;
	assert_int_equal(
	    read_head(a,
		STR("POST /v23.0/100200300/messages?a=1&b HTTP/1.1\r\nHost: h\r\nX-One:  a b \r\n"
		    "x-one: second\r\nContent-Length: 12\r\nExpect: 100-Continue\r\n\r\n"),
		1000, &h),
	    200);
	assert_int_equal(h.method, HTTP_M_POST);
	assert_true(str_eq(h.target, STR("/v23.0/100200300/messages?a=1&b")));
	assert_true(str_eq(h.path, STR("/v23.0/100200300/messages")));
	assert_true(str_eq(h.query, STR("a=1&b")));
	assert_int_equal(h.headers_len, 5);
	assert_true(str_eq(http_headers_get(h.headers, h.headers_len, "X-ONE"), STR("a b")));
	assert_null(http_headers_get(h.headers, h.headers_len, "X-Two").p);
	assert_int_equal(h.content_length, 12);
	assert_true(h.expect_continue && h.keep_alive && !h.chunked);
	assert_int_equal(read_head(a, STR("GET / HTTP/1.1\r\nHost: h\r\n\r\n"), 1000, &h), 200);
	assert_null(h.query.p);
	assert_int_equal(h.content_length, 0);
	assert_int_equal(read_head(a, STR("GET /? HTTP/1.1\r\nHost: h\r\n\r\n"), 1000, &h), 200);
	assert_non_null(h.query.p);
	arena_free(&a);
}

static const struct {
	const char *request;
	bool keep_alive;
} connections[] = {
	{ "GET / HTTP/1.1\r\nHost: h\r\n\r\n", true },
	{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n", false },
	{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: upgrade, Close\r\n\r\n", false },
	{ "GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive\r\nConnection: close\r\n\r\n",
	    false },
	{ "GET / HTTP/1.0\r\n\r\n", false },
	{ "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n", true },
	{ "GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n", false },
};

static void test_keep_alive(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(connections); i++) {
		struct arena *a = arena_new(0, 0);
		struct http_head h;
		assert_int_equal(read_head(a, str_c(connections[i].request), 1000, &h), 200);
		if (h.keep_alive != connections[i].keep_alive)
			fail_msg("%s", connections[i].request);
		arena_free(&a);
	}
}

static struct str repeat(
    struct buf *b, const char *head, const char *piece, size_t n, const char *tail)
{
	buf_reset(b);
	buf_add_c(b, head);
	for (size_t i = 0; i < n; i++)
		buf_add_c(b, piece);
	buf_add_c(b, tail);
	assert_false(b->failed);
	return buf_str(b);
}

static void test_limits(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct http_head h;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(read_head(a, repeat(&b, "GET /", "a", MAX_HEAD, ""), 1000, &h), 414);
	assert_int_equal(
	    read_head(a, repeat(&b, "GET /", "a", MAX_HEAD, " HTTP/1.1\r\n\r\n"), 50000, &h), 414);
	const char *start = "GET / HTTP/1.1\r\n" HOST;
	assert_int_equal(read_head(a, repeat(&b, start, "X-A: b\r\n", 2100, ""), 1000, &h), 431);
	assert_int_equal(read_head(a, repeat(&b, start, "X-A: b\r\n", 99, "\r\n"), 50000, &h), 200);
	assert_int_equal(h.headers_len, 100);
	assert_int_equal(
	    read_head(a, repeat(&b, start, "X-A: b\r\n", 100, "\r\n"), 50000, &h), 431);
	/* Exactly the limit is taken, one byte more is not. */
	size_t fixed = strlen(start) + strlen("X-A: \r\n\r\n");
	assert_int_equal(
	    read_head(a,
		repeat(&b, "GET / HTTP/1.1\r\n" HOST "X-A: ", "b", MAX_HEAD - fixed, "\r\n\r\n"),
		50000, &h),
	    200);
	assert_int_equal(read_head(a,
			     repeat(&b, "GET / HTTP/1.1\r\n" HOST "X-A: ", "b",
				 MAX_HEAD - fixed + 1, "\r\n\r\n"),
			     50000, &h),
	    431);
	buf_done(&b);
	arena_free(&a);
}

/* --- chunked bodies -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	struct str bytes, body;
	int end;     /* HTTP_CHUNK_END, HTTP_CHUNK_MORE or -E_INVALID */
	size_t left; /* bytes that are not the body's */
} chunked[] = {
	{ "one", BYTES("5\r\nhello\r\n0\r\n\r\n"), BYTES("hello"), HTTP_CHUNK_END, 0 },
	{ "two", BYTES("1\r\na\r\n02\r\nbc\r\n000\r\n\r\n"), BYTES("abc"), HTTP_CHUNK_END, 0 },
	{ "empty", BYTES("0\r\n\r\n"), BYTES(""), HTTP_CHUNK_END, 0 },
	{ "hex", BYTES("A\r\n0123456789\r\n0\r\n\r\n"), BYTES("0123456789"), HTTP_CHUNK_END, 0 },
	{ "next request", BYTES("1\r\na\r\n0\r\n\r\nGET"), BYTES("a"), HTTP_CHUNK_END, 3 },
	{ "extension", BYTES("1;a=\"b c\"\r\na\r\n0;x\r\n\r\n"), BYTES("a"), HTTP_CHUNK_END, 0 },
	{ "trailers", BYTES("1\r\na\r\n0\r\nX-A: b\r\nX-C: d\r\n\r\n"), BYTES("a"), HTTP_CHUNK_END,
	    0 },
	{ "CRLF as data", BYTES("2\r\n\r\n\r\n0\r\n\r\n"), BYTES("\r\n"), HTTP_CHUNK_END, 0 },
	{ "half", BYTES("5\r\nhel"), BYTES("hel"), HTTP_CHUNK_MORE, 0 },
	{ "half a size", BYTES("5"), BYTES(""), HTTP_CHUNK_MORE, 0 },
	{ "no digits", BYTES("\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "blank before", BYTES(" 5\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "blank behind", BYTES("5 \r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "0x", BYTES("0x5\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "sign", BYTES("+5\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "negative", BYTES("-1\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "bare LF behind the size", BYTES("5\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "bare LF in an extension", BYTES("5;a\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "bare CR in an extension", BYTES("5;a\rb\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "zero byte in an extension", BYTES("5;a\0\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "data too long", BYTES("5\r\nhello!\r\n"), BYTES("hello"), -E_INVALID, 0 },
	{ "bare LF behind data", BYTES("5\r\nhello\n0\r\n\r\n"), BYTES("hello"), -E_INVALID, 0 },
	{ "bare LF at the end", BYTES("0\r\n\n"), BYTES(""), -E_INVALID, 0 },
	{ "folded trailer", BYTES("0\r\nX-A: b\r\n c\r\n\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "zero byte in a trailer", BYTES("0\r\nX: \0\r\n\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "sixteen digits", BYTES("0000000000000005\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
	{ "2^64 + 5", BYTES("10000000000000005\r\nhello\r\n"), BYTES(""), -E_INVALID, 0 },
};

static int read_chunks(struct str bytes, size_t step, struct buf *body, size_t *ret_left)
{
	struct http_chunked c = { 0 };
	struct str data;
	int rc = HTTP_CHUNK_MORE;
	size_t at = 0;

	while (rc == HTTP_CHUNK_MORE && at < bytes.len) {
		struct str in = str_sub(bytes, at, step);
		at += in.len;
		while ((rc = http_chunked_next(&c, &in, &data)) == HTTP_CHUNK_DATA)
			buf_add(body, data);
		*ret_left = in.len + (bytes.len - at);
	}
	return rc;
}

static void test_chunked(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(chunked); i++) {
		for (size_t step = 1; step < 40; step++) {
			struct buf body;
			size_t left = 0;
			buf_init(&body, 0);
			int rc = read_chunks(chunked[i].bytes, step, &body, &left);
			if (rc != chunked[i].end || !str_eq(buf_str(&body), chunked[i].body) ||
			    (rc == HTTP_CHUNK_END && left != chunked[i].left))
				fail_msg("%s, %zu bytes at a time: %d", chunked[i].name, step, rc);
			buf_done(&body);
		}
	}
}

static void test_chunk_extras_are_bounded(void **state)
{
	struct buf b, body;
	size_t left = 0;

	(void)state;
	buf_init(&b, 0);
	buf_init(&body, 0);
	assert_int_equal(
	    read_chunks(repeat(&b, "0\r\n", "X-A: b\r\n", 600, "\r\n"), 64, &body, &left),
	    HTTP_CHUNK_END);
	assert_int_equal(
	    read_chunks(repeat(&b, "0\r\n", "X-A: b\r\n", 700, "\r\n"), 64, &body, &left),
	    -E_INVALID);
	assert_int_equal(
	    read_chunks(repeat(&b, "1;", "x", HTTP_CHUNK_EXTRA + 1, "\r\n"), 64, &body, &left),
	    -E_INVALID);
	buf_done(&b);
	buf_done(&body);
}

/* --- percent encoding ------------------------------------------------------------------------ */

static const struct {
	const char *text, *as_path, *as_query; /* NULL: refused */
} escapes[] = {
	{ "", "", "" },
	{ "abc", "abc", "abc" },
	{ "a+b", "a+b", "a b" },
	{ "a%20b%2fC", "a b/C", "a b/C" },
	{ "%c3%A9", "\xc3\xa9", "\xc3\xa9" },
	{ "%", NULL, NULL },
	{ "%4", NULL, NULL },
	{ "%4g", NULL, NULL },
	{ "%%41", NULL, NULL },
	{ "a%00b", NULL, NULL },
};

static void check_text(const char *name, struct str got, const char *expected)
{
	if (expected ? !got.p || !str_eq_c(got, expected) : got.p != NULL)
		fail_msg("%s gives %.*s", name, STR_ARG(got));
}

static void test_percent(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(escapes); i++) {
		check_text(escapes[i].text, http_percent_decode(a, str_c(escapes[i].text), false),
		    escapes[i].as_path);
		check_text(escapes[i].text, http_percent_decode(a, str_c(escapes[i].text), true),
		    escapes[i].as_query);
	}
	arena_free(&a);
}

static const struct {
	const char *query, *name, *value;
} parameters[] = {
	{ "hub.mode=subscribe&hub.challenge=12+3", "hub.challenge", "12 3" },
	{ "hub%2Emode=subscribe", "hub.mode", "subscribe" },
	{ "a=1&a=2", "a", "1" },
	{ "a", "a", "" },
	{ "a=", "a", "" },
	{ "&&a=1&", "a", "1" },
	{ "", "a", NULL },
	{ "ab=1", "a", NULL },
	{ "a=%zz", "a", NULL },
	{ "%zz=1&a=2", "a", "2" },
	{ "=1", "", "1" },
};

static void test_query(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(parameters); i++)
		check_text(parameters[i].query,
		    http_query_find(a, str_c(parameters[i].query), parameters[i].name),
		    parameters[i].value);
	check_text("no query", http_query_find(a, STR_NONE, "a"), NULL);
	arena_free(&a);
}

static int parse_once(void *arg)
{
	struct arena *a = arena_new(16, 0);
	struct http_head h;
	struct http_fault f;

	(void)arg;
	if (!a)
		return -E_NOMEM;
	int rc = http_head_parse(
	    a, STR("GET / HTTP/1.1\r\nHost: h\r\nX-A: b\r\n\r\n"), 100, &h, &f);
	arena_free(&a);
	return rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	torture("a head", parse_once, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_fields),
		cmocka_unit_test(test_keep_alive),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_chunked),
		cmocka_unit_test(test_chunk_extras_are_bounded),
		cmocka_unit_test(test_percent),
		cmocka_unit_test(test_query),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
