#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/check.h"
#include "base/torture.h"
#include "transport/plain_answer.h"

#define BYTES(lit) { lit, sizeof(lit) - 1 }
#define OK "HTTP/1.1 200 OK\r\n"
#define MAX_BODY 1000

enum end {
	OVER,  /* its own end */
	EOF_,  /* it ends with the connection, as it says */
	MORE,  /* not over yet, and wrong when the connection ends here */
	WRONG, /* refused */
};

static const struct {
	const char *name;
	struct str bytes;
	enum end end;
	int status;
	const char *body;
	bool goes_on;
	size_t left; /* bytes behind it */
} cases[] = {
	{ "counted", BYTES(OK "Content-Length: 2\r\n\r\n{}"), OVER, 200, "{}", true, 0 },
	{ "empty", BYTES(OK "Content-Length: 0\r\n\r\n"), OVER, 200, "", true, 0 },
	{ "no reason", BYTES("HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n"), OVER, 200, "", true,
	    0 },
	{ "not even a blank", BYTES("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n"), OVER, 200, "",
	    true, 0 },
	{ "chunked",
	    BYTES(OK "Transfer-Encoding: chunked\r\n\r\n1\r\n{\r\n1;x=y\r\n}\r\n0\r\n\r\n"), OVER,
	    200, "{}", true, 0 },
	{ "trailers", BYTES(OK "transfer-encoding: Chunked\r\n\r\n1\r\n{\r\n0\r\nX: 1\r\n\r\n"),
	    OVER, 200, "{", true, 0 },
	{ "until the end", BYTES(OK "\r\nabc"), EOF_, 200, "abc", false, 0 },
	{ "nothing until the end", BYTES(OK "\r\n"), EOF_, 200, "", false, 0 },
	{ "close", BYTES(OK "Connection: x, Close\r\nContent-Length: 0\r\n\r\n"), OVER, 200, "",
	    false, 0 },
	{ "1.0", BYTES("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"), OVER, 200, "a", false, 0 },
	{ "1.0 kept alive",
	    BYTES("HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\na"), OVER,
	    200, "a", true, 0 },
	{ "204", BYTES("HTTP/1.1 204 No\r\n\r\n"), OVER, 204, "", true, 0 },
	{ "304 of something", BYTES("HTTP/1.1 304 Same\r\nContent-Length: 9\r\n\r\n"), OVER, 304,
	    "", true, 0 },
	{ "100 and 103 first",
	    BYTES("HTTP/1.1 100 Go\r\n\r\nHTTP/1.1 103 Hm\r\nLink: x\r\n\r\nHTTP/1.1 500 No\r\n"
		  "Content-Length: 1\r\n\r\na"),
	    OVER, 500, "a", true, 0 },
	{ "garbage behind", BYTES(OK "Content-Length: 2\r\n\r\n{}xyz"), OVER, 200, "{}", true, 3 },
	{ "a second answer behind", BYTES("HTTP/1.1 204 No\r\n\r\nHTTP/1.1 204 No\r\n\r\n"), OVER,
	    204, "", true, 19 },
	{ "garbage behind chunks", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n\r\n"),
	    OVER, 200, "", true, 2 },
	{ "strange status", BYTES("HTTP/1.1 999 ?\r\nContent-Length: 0\r\n\r\n"), OVER, 999, "",
	    true, 0 },
	/* not whole */
	{ "half a version", BYTES("HTTP/1."), MORE, 0, "", false, 0 },
	{ "half a status line", BYTES("HTTP/1.1 2"), MORE, 0, "", false, 0 },
	{ "half a head", BYTES(OK "Content-Le"), MORE, 200, "", false, 0 },
	{ "half a body", BYTES(OK "Content-Length: 9\r\n\r\nabc"), MORE, 200, "abc", false, 0 },
	{ "half a chunk", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n9\r\nabc"), MORE, 200, "abc",
	    false, 0 },
	{ "no last chunk", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"), MORE, 200, "a",
	    false, 0 },
	{ "no end of the trailers", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n"), MORE, 200,
	    "", false, 0 },
	{ "only 100", BYTES("HTTP/1.1 100 Go\r\n\r\n"), MORE, 100, "", false, 0 },
	/* wrong */
	{ "another protocol", BYTES("220 mail.example ESMTP\r\n"), WRONG, 0, "", false, 0 },
	{ "HTTP/2", BYTES("HTTP/2 200 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "1.2", BYTES("HTTP/1.2 200 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "a blank line first", BYTES("\r\n" OK "Content-Length: 0\r\n\r\n"), WRONG, 0, "", false,
	    0 },
	{ "no status", BYTES("HTTP/1.1 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "two digits", BYTES("HTTP/1.1 20 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "four digits", BYTES("HTTP/1.1 2000 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "status 099", BYTES("HTTP/1.1 099 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "two blanks", BYTES("HTTP/1.1  200 OK\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "a request", BYTES("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), WRONG, 0, "", false, 0 },
	{ "switching", BYTES("HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), WRONG,
	    101, "", false, 0 },
	{ "bare LF", BYTES("HTTP/1.1 200 OK\nContent-Length: 0\n\n"), WRONG, 200, "", false, 0 },
	{ "bare LF behind a header", BYTES(OK "Content-Length: 0\n\r\n"), WRONG, 200, "", false,
	    0 },
	{ "bare CR", BYTES(OK "A: 1\rB: 2\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "zero byte", BYTES(OK "A: 1\0\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "folded", BYTES(OK "A: 1\r\n 2\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "no colon", BYTES(OK "A 1\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "no name", BYTES(OK ": 1\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "blank behind a name", BYTES(OK "Content-Length : 2\r\n\r\n{}"), WRONG, 200, "", false,
	    0 },
	{ "two lengths", BYTES(OK "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}}"), WRONG, 200,
	    "", false, 0 },
	{ "the same length twice", BYTES(OK "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}"),
	    WRONG, 200, "", false, 0 },
	{ "a list of lengths", BYTES(OK "Content-Length: 2, 2\r\n\r\n{}"), WRONG, 200, "", false,
	    0 },
	{ "length with a sign", BYTES(OK "Content-Length: +2\r\n\r\n{}"), WRONG, 200, "", false,
	    0 },
	{ "length in hex", BYTES(OK "Content-Length: 0x2\r\n\r\n{}"), WRONG, 200, "", false, 0 },
	{ "no length in it", BYTES(OK "Content-Length:\r\n\r\n"), WRONG, 200, "", false, 0 },
	{ "length beyond 64 bits", BYTES(OK "Content-Length: 18446744073709551616\r\n\r\n"), WRONG,
	    200, "", false, 0 },
	{ "length beyond what is taken", BYTES(OK "Content-Length: 1001\r\n\r\n"), WRONG, 200, "",
	    false, 0 },
	{ "length and chunks",
	    BYTES(OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"), WRONG,
	    200, "", false, 0 },
	{ "another coding", BYTES(OK "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"), WRONG,
	    200, "", false, 0 },
	{ "two codings",
	    BYTES(OK "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    WRONG, 200, "", false, 0 },
	{ "chunks in 1.0", BYTES("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
	    WRONG, 200, "", false, 0 },
	{ "chunk without size", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n\r\n"), WRONG, 200, "",
	    false, 0 },
	{ "chunk longer than told", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n"),
	    WRONG, 200, "a", false, 0 },
	{ "chunk of a negative size", BYTES(OK "Transfer-Encoding: chunked\r\n\r\n-1\r\n"), WRONG,
	    200, "", false, 0 },
	{ "chunk of 16 digits", BYTES(OK "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n"),
	    WRONG, 200, "", false, 0 },
};

/* The bytes `step` at a time. 1, 0 or an error; what is left of them goes to *ret_left. */
static int feed(struct plain_answer *a, struct str bytes, size_t step, size_t *ret_left)
{
	int rc = 0;
	size_t at = 0;

	*ret_left = 0;
	while (rc == 0 && at < bytes.len) {
		struct str piece = str_sub(bytes, at, step);
		at += piece.len;
		rc = plain_answer_take(a, &piece);
		*ret_left = piece.len + bytes.len - at;
	}
	return rc;
}

static bool as_told(size_t i, struct plain_answer *a, int rc, size_t left)
{
	static const int wanted[] = { [OVER] = 1, [EOF_] = 0, [MORE] = 0, [WRONG] = -1 };
	enum end end = cases[i].end;

	if ((rc < 0 ? -1 : rc) != wanted[end] || plain_answer_status(a) != cases[i].status ||
	    !str_eq_c(buf_str(&a->body), cases[i].body))
		return false;
	if (end == OVER && left != cases[i].left)
		return false;
	if (end == EOF_ || end == MORE)
		rc = plain_answer_end(a);
	if ((rc == 1) != (end == OVER || end == EOF_) || (rc == 1) != (a->why == NULL))
		return false;
	return rc != 1 || a->connection_goes_on == cases[i].goes_on;
}

/* Whole, byte by byte, and so on: however it is cut, it is read alike. */
static void test_cases(void **state)
{
	struct plain_answer a;

	(void)state;
	assert_int_equal(plain_answer_init(&a, MAX_BODY), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t step = 1; step <= cases[i].bytes.len; step++) {
			size_t left;
			int rc = feed(&a, cases[i].bytes, step, &left);
			if (!as_told(i, &a, rc, left))
				fail_msg("%s, %zu bytes at a time: %d, status %d, %s",
				    cases[i].name, step, rc, plain_answer_status(&a),
				    a.why ? a.why : "");
			plain_answer_reset(&a);
		}
	}
	plain_answer_done(&a);
}

static void test_split_in_two(void **state)
{
	struct plain_answer a;

	(void)state;
	assert_int_equal(plain_answer_init(&a, MAX_BODY), 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		for (size_t cut = 1; cut < cases[i].bytes.len; cut++) {
			struct str bytes = str_sub(cases[i].bytes, 0, cut);
			size_t left;
			int rc = plain_answer_take(&a, &bytes);
			left = bytes.len + cases[i].bytes.len - cut;
			if (rc == 0)
				rc = feed(&a, str_sub(cases[i].bytes, cut, SIZE_MAX / 2),
				    SIZE_MAX / 2, &left);
			if (!as_told(i, &a, rc, left))
				fail_msg("%s, cut at %zu", cases[i].name, cut);
			plain_answer_reset(&a);
		}
	}
	plain_answer_done(&a);
}

static void test_answer_to_head(void **state)
{
	struct str bytes = STR(OK "Content-Length: 5\r\n\r\n");
	struct plain_answer a;

	(void)state;
	assert_int_equal(plain_answer_init(&a, MAX_BODY), 0);
	a.to_head = true;
	assert_int_equal(plain_answer_take(&a, &bytes), 1);
	assert_true(a.connection_goes_on);
	plain_answer_reset(&a);
	assert_false(a.to_head);
	plain_answer_done(&a);
}

static void test_headers(void **state)
{
	static const char *const lines[] = { "A=1", "b=", "Host=two", "Content-Length=0" };
	struct str bytes = STR("HTTP/1.1 100 Go\r\nX: y\r\n\r\n" OK
			       "A:  1 \r\nb:\r\nHost: two\r\nContent-Length: 0\r\n\r\n");
	struct plain_answer a;
	struct buf told;

	(void)state;
	buf_init(&told, 0);
	assert_int_equal(plain_answer_init(&a, MAX_BODY), 0);
	assert_int_equal(plain_answer_take(&a, &bytes), 1);
	assert_int_equal(a.said.headers_len, ARRAY_LEN(lines));
	for (size_t i = 0; i < ARRAY_LEN(lines); i++) {
		buf_reset(&told);
		buf_addf(&told, "%.*s=%.*s", STR_ARG(a.said.headers[i].name),
		    STR_ARG(a.said.headers[i].value));
		assert_string_equal(told.p, lines[i]);
	}
	buf_done(&told);
	plain_answer_done(&a);
}

/* --- limits ---------------------------------------------------------------------------------- */

static int take_all(struct plain_answer *a, const struct buf *b)
{
	struct str bytes = buf_str(b);
	int rc = plain_answer_take(a, &bytes);

	plain_answer_reset(a);
	return rc;
}

static void test_limits(void **state)
{
	struct plain_answer a;
	struct buf b;

	(void)state;
	buf_init(&b, 0);
	assert_int_equal(plain_answer_init(&a, MAX_BODY), 0);
	buf_add_c(&b, OK "X: ");
	while (b.len < 64 * 1024)
		buf_add_char(&b, 'x');
	assert_int_equal(take_all(&a, &b), -E_INVALID);
	b.len = 64 * 1024 - 1;
	assert_int_equal(take_all(&a, &b), 0);
	for (int n = 128; n <= 129; n++) {
		buf_reset(&b);
		buf_add_c(&b, OK);
		for (int i = 1; i < n; i++)
			buf_add_c(&b, "X: y\r\n");
		buf_add_c(&b, "Content-Length: 0\r\n\r\n");
		assert_int_equal(take_all(&a, &b), n == 128 ? 1 : -E_INVALID);
	}
	for (int n = MAX_BODY; n <= MAX_BODY + 1; n++) {
		buf_reset(&b);
		buf_add_c(&b, OK "\r\n");
		for (int i = 0; i < n; i++)
			buf_add_char(&b, 'x');
		assert_int_equal(take_all(&a, &b), n == MAX_BODY ? 0 : -E_TOO_LARGE);
	}
	buf_reset(&b);
	buf_addf(&b, OK "Transfer-Encoding: chunked\r\n\r\n%x\r\n", MAX_BODY + 1);
	for (int i = 0; i <= MAX_BODY; i++)
		buf_add_char(&b, 'x');
	assert_int_equal(take_all(&a, &b), -E_TOO_LARGE);
	buf_done(&b);
	plain_answer_done(&a);
}

static int read_one(void *arg)
{
	struct plain_answer a;
	size_t left;
	int rc = plain_answer_init(&a, MAX_BODY);

	(void)arg;
	if (!rc)
		rc = feed(&a, cases[4].bytes, 5, &left);
	plain_answer_done(&a);
	return rc == 1 ? 0 : rc;
}

static void test_no_memory(void **state)
{
	(void)state;
	torture("answer", read_one, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_split_in_two),
		cmocka_unit_test(test_answer_to_head),
		cmocka_unit_test(test_headers),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
