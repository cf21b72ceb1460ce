#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <signal.h>
#include <string.h>

#include "apps/gateway/console.h"
#include "base/check.h"
#include "transport/test_client.h"

#define LONG 200000

static char large[LONG];

static const struct console_file built[] = {
	{ "index.html", { "<p>page", 7 }, { NULL, 0 }, { NULL, 0 } },
	{ "licences.txt", { "MIT", 3 }, { NULL, 0 }, { NULL, 0 } },
	{ "main-AB12.js", { "plain", 5 }, { "GZ", 2 }, { "B", 1 } },
	{ "style-CD34.css", { "plain", 5 }, { "GZ", 2 }, { NULL, 0 } },
	{ "large-EF56.js", { large, LONG }, { NULL, 0 }, { NULL, 0 } },
	{ NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },
};
static const struct console_file unbuilt[] = {
	{ NULL, { NULL, 0 }, { NULL, 0 }, { NULL, 0 } },
};

struct house {
	struct loop *loop;
	struct http_server *server;
	const struct console_file *files;
};

static void on_request(void *ctx, struct http_request *req)
{
	const struct house *h = ctx;
	bool below = str_starts(req->path, STR("/console/"));

	console_answer(h->files, req, below ? str_sub(req->path, 9, req->path.len) : STR_NONE);
}

static int set_up(void **state)
{
	static struct house h;
	static const struct http_handler handler = { .ctx = &h, .on_request = on_request };
	struct http_limits limits;
	struct err err;

	(void)signal(SIGPIPE, SIG_IGN);
	http_limits_default(&limits);
	h.files = built;
	h.loop = loop_new(&err);
	*state = &h;
	return http_server_open(h.loop, "127.0.0.1:0", &limits, NULL, &handler, &h.server, &err);
}

static int tear_down(void **state)
{
	struct house *h = *state;

	http_server_close(&h->server);
	loop_free(&h->loop);
	return 0;
}

/* The whole answer, as a C string, into `in`. */
static const char *ask(
    struct house *h, struct buf *in, const char *method, const char *path, const char *headers)
{
	struct buf request;
	int fd = dial_port(port_of(http_server_address(h->server)));

	buf_init(&request, 0);
	buf_addf(&request, "%s %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n%s\r\n", method, path,
	    headers);
	buf_reset(in);
	assert_true(put(h->loop, fd, buf_str(&request)));
	(void)take(h->loop, fd, in, SIZE_MAX);
	close(fd);
	buf_done(&request);
	buf_add(in, str_n("", 1));
	assert_false(in->failed);
	return in->p;
}

static void test_each_gets_what_it_takes(void **state)
{
	static const struct {
		const char *name, *path, *headers, *body, *coding;
	} cases[] = {
		{ "nothing said", "/console/main-AB12.js", "", "plain", "" },
		{ "both", "/console/main-AB12.js", "Accept-Encoding: gzip, deflate, br\r\n", "B",
		    "br" },
		{ "gzip", "/console/main-AB12.js", "Accept-Encoding: deflate, GZIP\r\n", "GZ",
		    "gzip" },
		{ "only one is there", "/console/style-CD34.css", "Accept-Encoding: br, gzip\r\n",
		    "GZ", "gzip" },
		{ "refused", "/console/main-AB12.js", "Accept-Encoding: gzip;q=0, br; q=0.000\r\n",
		    "plain", "" },
		{ "hardly wanted", "/console/main-AB12.js", "Accept-Encoding: gzip;q=0.001\r\n",
		    "GZ", "gzip" },
		{ "another word", "/console/main-AB12.js", "Accept-Encoding: xgzip, bro\r\n",
		    "plain", "" },
		{ "the page", "/console/", "Accept-Encoding: gzip\r\n", "<p>page", "" },
	};
	struct house *h = *state;
	struct buf in;

	buf_init(&in, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = ask(h, &in, "GET", cases[i].path, cases[i].headers);
		const char *end = strstr(got, "\r\n\r\n"),
			   *coding = strstr(got, "Content-Encoding: ");

		if (strncmp(got, "HTTP/1.1 200", 12) != 0 || !end ||
		    strcmp(end + 4, cases[i].body) != 0)
			fail_msg("%s: %s", cases[i].name, got);
		if (*cases[i].coding ? !coding ||
			    strncmp(coding + 18, cases[i].coding, strlen(cases[i].coding)) != 0
				     : coding != NULL)
			fail_msg("%s: the coding in %s", cases[i].name, got);
	}
	buf_done(&in);
}

/* What bears a hash is kept for ever, what does not is asked for each time; all of it is fenced. */
static void test_how_long_it_is_kept(void **state)
{
	static const struct {
		const char *path, *cache;
	} cases[] = {
		{ "/console/", "Cache-Control: no-store\r\n" },
		{ "/console/index.html", "Cache-Control: no-store\r\n" },
		{ "/console/licences.txt", "Cache-Control: no-store\r\n" },
		{ "/console/main-AB12.js",
		    "Cache-Control: public, max-age=31536000, immutable\r\n" },
		{ "/console/style-CD34.css",
		    "Cache-Control: public, max-age=31536000, immutable\r\n" },
	};
	struct house *h = *state;
	struct buf in;

	buf_init(&in, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *got = ask(h, &in, "GET", cases[i].path, "");

		if (!strstr(got, cases[i].cache) ||
		    !strstr(got, "require-trusted-types-for 'script'") ||
		    !strstr(got, "default-src 'none'") || !strstr(got, "nosniff") ||
		    !strstr(got, "Vary: Accept-Encoding"))
			fail_msg("%s: %s", cases[i].path, got);
	}
	buf_done(&in);
}

static void test_all_of_a_large_one(void **state)
{
	struct house *h = *state;
	struct buf in;

	memset(large, 'x', LONG);
	buf_init(&in, 0);
	const char *got = ask(
	    h, &in, "GET", "/console/large-EF56.js", "Accept-Encoding: br, gzip\r\n");
	const char *end = strstr(got, "\r\n\r\n");
	assert_non_null(end);
	assert_int_equal(strlen(end + 4), LONG);
	got = ask(h, &in, "HEAD", "/console/large-EF56.js", "");
	assert_non_null(strstr(got, "Content-Length: 200000\r\n"));
	buf_done(&in);
}

static void test_what_is_not_there(void **state)
{
	static const struct {
		const char *name, *path, *headers, *status, *text;
		const struct console_file *files;
	} cases[] = {
		{ "no slash", "/console", "", "HTTP/1.1 308", "Location: /console/\r\n", built },
		{ "no such file", "/console/main.js", "", "HTTP/1.1 404", "begins at /console/",
		    built },
		{ "up", "/console/../etc", "", "HTTP/1.1 404", "begins at /console/", built },
		{ "a part of a name", "/console/main", "", "HTTP/1.1 404", "begins at /console/",
		    built },
		{ "no console", "/console/", "", "HTTP/1.1 404", "built without the console",
		    unbuilt },
		{ "no console, in Italian", "/console/", "Accept-Language: it\r\n", "HTTP/1.1 404",
		    "lang=\"it\"", unbuilt },
		{ "no console, a file", "/console/main-AB12.js", "", "HTTP/1.1 404", "./dev build",
		    unbuilt },
	};
	struct house *h = *state;
	struct buf in;

	buf_init(&in, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		h->files = cases[i].files;
		const char *got = ask(h, &in, "GET", cases[i].path, cases[i].headers);
		if (strncmp(got, cases[i].status, 12) != 0 || !strstr(got, cases[i].text))
			fail_msg("%s: %s", cases[i].name, got);
	}
	buf_done(&in);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(test_each_gets_what_it_takes),
		IN_HOUSE(test_how_long_it_is_kept),
		IN_HOUSE(test_all_of_a_large_one),
		IN_HOUSE(test_what_is_not_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
