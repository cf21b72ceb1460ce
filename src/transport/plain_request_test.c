#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "transport/plain_request.h"

/* What is sent is compared with libcurl's in easy_setup_test.c. */

static const struct {
	const char *url;
	const char *host; /* NULL: it is libcurl's */
	uint16_t port;
	const char *path;
	const char *said; /* in the Host header */
} urls[] = {
	{ "http://graph.example/", "graph.example", 80, "/", "graph.example" },
	{ "http://graph.example/v1/2?a=%2F&b=../c", "graph.example", 80, "/v1/2?a=%2F&b=../c",
	    "graph.example" },
	{ "http://graph.example:8080/x", "graph.example", 8080, "/x", "graph.example:8080" },
	{ "http://graph.example:80/x", "graph.example", 80, "/x", "graph.example" },
	{ "http://127.0.0.1:65535/", "127.0.0.1", 65535, "/", "127.0.0.1:65535" },
	{ "http://[::1]/", "::1", 80, "/", "[::1]" },
	{ "http://[::1]:80/", "::1", 80, "/", "[::1]" },
	{ "http://[2001:db8::1]:81/", "2001:db8::1", 81, "/", "[2001:db8::1]:81" },
	{ "http://localhost//x:y@z/", "localhost", 80, "//x:y@z/", "localhost" },
	{ "https://graph.example/", NULL, 0, NULL, NULL },
	{ "HTTP://graph.example/", NULL, 0, NULL, NULL },
	{ "http:/graph.example/", NULL, 0, NULL, NULL },
	{ "ftp://graph.example/", NULL, 0, NULL, NULL },
	{ "graph.example/", NULL, 0, NULL, NULL },
	{ "/x", NULL, 0, NULL, NULL },
	{ "http://", NULL, 0, NULL, NULL },
	{ "http:///x", NULL, 0, NULL, NULL },
	{ "http://:80/x", NULL, 0, NULL, NULL },
	{ "http://graph.example", NULL, 0, NULL, NULL },
	{ "http://graph.example?x/", NULL, 0, NULL, NULL },
	{ "http://graph.example/x#y", NULL, 0, NULL, NULL },
	{ "http://graph.example/x y", NULL, 0, NULL, NULL },
	{ "http://graph.example/caf\xc3\xa9", NULL, 0, NULL, NULL },
	{ "http://graph.ex\xc3\xa4mple/", NULL, 0, NULL, NULL },
	{ "http://user@graph.example/", NULL, 0, NULL, NULL },
	{ "http://user:word@graph.example/", NULL, 0, NULL, NULL },
	{ "http://graph.example\\@evil.example/", NULL, 0, NULL, NULL },
	{ "http://graph%2eexample/", NULL, 0, NULL, NULL },
	{ "http://graph.example:/", NULL, 0, NULL, NULL },
	{ "http://graph.example:0/", NULL, 0, NULL, NULL },
	{ "http://graph.example:080/", NULL, 0, NULL, NULL },
	{ "http://graph.example:65536/", NULL, 0, NULL, NULL },
	{ "http://graph.example:655351/", NULL, 0, NULL, NULL },
	{ "http://graph.example:+80/", NULL, 0, NULL, NULL },
	{ "http://graph.example:80:80/", NULL, 0, NULL, NULL },
	{ "http://127.1/", NULL, 0, NULL, NULL },
	{ "http://0x7f.0.0.1/", NULL, 0, NULL, NULL },
	{ "http://2130706433/", NULL, 0, NULL, NULL },
	{ "http://127.0.0.1.example/", NULL, 0, NULL, NULL },
	{ "http://[::1/", NULL, 0, NULL, NULL },
	{ "http://[]/", NULL, 0, NULL, NULL },
	{ "http://[::1]x/", NULL, 0, NULL, NULL },
	{ "http://[::1%25lo]/", NULL, 0, NULL, NULL },
	{ "http://[127.0.0.1]/", NULL, 0, NULL, NULL },
};

static struct upstream_request post(const char *url)
{
	return (
	    struct upstream_request){ .method = HTTP_M_POST, .url = str_c(url), .body = STR("{}") };
}

static void check_target(size_t i, const struct upstream_request *r, const struct plain_target *t)
{
	struct buf head, wanted;

	buf_init(&head, 0);
	buf_init(&wanted, 0);
	buf_addf(&wanted,
	    "POST %s HTTP/1.1\r\nHost: %s\r\nAccept: */*\r\nContent-Length: 2\r\n\r\n",
	    urls[i].path, urls[i].said);
	plain_request_head(&head, r, t);
	if (!str_eq_c(t->host, urls[i].host) || t->port != urls[i].port ||
	    !str_eq(buf_str(&head), buf_str(&wanted)))
		fail_msg("%s: %.*s, port %u, %.*s", urls[i].url, STR_ARG(t->host), t->port,
		    STR_ARG(buf_str(&head)));
	buf_done(&head);
	buf_done(&wanted);
}

static void test_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		struct upstream_request r = post(urls[i].url);
		struct plain_target t;
		bool taken = plain_request_split(&r, &t);
		if (taken != (urls[i].host != NULL))
			fail_msg("%s", urls[i].url);
		if (taken)
			check_target(i, &r, &t);
	}
}

static void test_long_host(void **state)
{
	struct plain_target t;
	struct buf url;

	(void)state;
	for (size_t n = PLAIN_HOST_MAX; n <= PLAIN_HOST_MAX + 1; n++) {
		buf_init(&url, 0);
		buf_add_c(&url, "http://");
		for (size_t i = 0; i < n; i++)
			buf_add_char(&url, 'a');
		buf_add_char(&url, '/');
		struct upstream_request r = post(url.p);
		assert_int_equal(plain_request_split(&r, &t), n == PLAIN_HOST_MAX);
		buf_done(&url);
	}
}

static const struct {
	enum http_method method;
	const char *body;
	bool taken;
} shapes[] = {
	{ HTTP_M_POST, "{}", true },
	{ HTTP_M_POST, NULL, true },
	{ HTTP_M_PUT, NULL, true },
	{ HTTP_M_PATCH, NULL, true },
	{ HTTP_M_DELETE, "{}", true },
	{ HTTP_M_DELETE, NULL, false },
	{ HTTP_M_GET, "{}", true },
	{ HTTP_M_GET, NULL, false },
	{ HTTP_M_HEAD, NULL, false },
	{ HTTP_M_OPTIONS, NULL, false },
};

static void on_head(void *arg, int status, const struct http_header *headers, size_t n)
{
	(void)arg;
	(void)status;
	(void)headers;
	(void)n;
}

static bool on_chunk(void *arg, struct str chunk)
{
	(void)arg;
	(void)chunk;
	return true;
}

static int64_t on_read(void *arg, char *out, size_t max)
{
	(void)arg;
	(void)out;
	(void)max;
	return 0;
}

static void test_shapes(void **state)
{
	struct upstream_request r = post("http://graph.example/");
	struct plain_target t;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(shapes); i++) {
		r.method = shapes[i].method;
		r.body = str_c(shapes[i].body);
		if (plain_request_split(&r, &t) != shapes[i].taken)
			fail_msg(
			    "%s %s", http_method_name(r.method), shapes[i].body ? "" : "without");
	}
	r = post("http://graph.example/");
	r.on_head = on_head;
	assert_false(plain_request_split(&r, &t));
	r.on_head = NULL;
	r.on_chunk = on_chunk;
	assert_false(plain_request_split(&r, &t));
	r.on_chunk = NULL;
	r.on_read = on_read;
	assert_false(plain_request_split(&r, &t));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_urls),
		cmocka_unit_test(test_long_host),
		cmocka_unit_test(test_shapes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
