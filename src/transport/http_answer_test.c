#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "transport/http_test_app.h"

static void test_head_tells_the_length(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	struct str got = ask(
	    &in, STR("HEAD /hello HTTP/1.1\r\n" HOST "\r\nHEAD /stream HTTP/1.1\r\n" HOST "\r\n"));
	assert_int_equal(count_of(got, "HTTP/1.1 200 OK"), 2);
	assert_int_equal(count_of(got, "Content-Length: 5\r\n"), 1);
	assert_int_equal(count_of(got, "hello"), 0);
	assert_true(str_ends(got, STR("\r\n\r\n")));
	buf_done(&in);
}

static void test_headers_cannot_be_split(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	struct str got = ask(&in, STR(GET("/headers")));
	assert_int_equal(count_of(got, "X-Good: yes\r\n"), 1);
	assert_int_equal(count_of(got, "X-Injected"), 0);
	assert_int_equal(count_of(got, "nameless"), 0);
	assert_int_equal(count_of(got, "Content-Type: application/json\r\n"), 1);
	assert_int_equal(count_of(got, "Date: "), 1);
	buf_done(&in);
}

static void check_stream(struct str body)
{
	assert_int_equal(body.len, STREAM_BYTES);
	for (size_t i = 0; i < body.len; i++) {
		if (body.p[i] != 'a' + (char)(i % 26))
			fail_msg("byte %zu of the stream is wrong", i);
	}
}

static void unchunk(struct str in, struct buf *out)
{
	struct http_chunked c = { 0 };
	struct str data;
	int rc;

	while ((rc = http_chunked_next(&c, &in, &data)) == HTTP_CHUNK_DATA)
		buf_add(out, data);
	assert_int_equal(rc, HTTP_CHUNK_END);
	assert_int_equal(in.len, 0);
}

static void test_streams(void **state)
{
	struct buf in, body;

	(void)state;
	buf_init(&in, 0);
	buf_init(&body, 0);
	struct str got = ask(&in, STR(GET("/stream")));
	assert_int_equal(count_of(str_sub(got, 0, 500), "Transfer-Encoding: chunked"), 1);
	unchunk(body_of(got), &body);
	check_stream(buf_str(&body));
	assert_true(app.stream_stops > 0); /* it was held back at the high-water mark */
	check_stream(body_of(ask(&in, STR(GET("/stream-known")))));
	buf_done(&in);
	buf_done(&body);
}

static void test_broken_streams(void **state)
{
	struct buf in;

	(void)state;
	buf_init(&in, 0);
	struct str got = ask(&in, STR(GET("/abort") GET("/hello")));
	assert_int_equal(count_of(got, "HTTP/1.1 "), 1);
	assert_false(str_ends(got, STR("0\r\n\r\n")));
	got = ask(&in, STR(GET("/short") GET("/hello")));
	assert_int_equal(count_of(got, "HTTP/1.1 "), 1);
	assert_true(str_eq(body_of(got), STR("only this")));
	got = ask(&in, STR(GET("/long") GET("/hello")));
	assert_int_equal(count_of(got, "HTTP/1.1 "), 1);
	assert_int_equal(count_of(got, "more"), 0);
	buf_done(&in);
}

static void test_slow_reader_is_dropped(void **state)
{
	(void)state;
	with_limits(hasty);
	int fd = dial();
	assert_true(put(app.loop, fd, STR(GET("/stream"))));
	turn_until(app.loop, "the connection is dropped", no_conns, NULL);
	assert_int_equal(app.gone, 1);
	assert_true(app.stream_left > 0);
	assert_true(stats().timeouts > 0);
	close(fd);
	server_stop();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_head_tells_the_length),
		ON(test_headers_cannot_be_split),
		ON(test_streams),
		ON(test_broken_streams),
		cmocka_unit_test(test_slow_reader_is_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
