/* The head is collected until it is whole, then read at once (http_parse.h says why). One step a
 * state:
 *
 *   HEAD ──1xx──► HEAD ──► COUNTED, CHUNKED or REST ──► OVER
 *     └──────────── no body ───────────────────────────► OVER                                    */
#include "transport/plain_answer.h"

#include <string.h>

#include "base/check.h"

#define HEAD_MAX ((size_t)64 * 1024)
#define HEADERS_MAX 128
#define ARENA_FIRST 1024               /* some thirty headers */
#define KEEP_BYTES ((size_t)16 * 1024) /* of a buffer that waits for its next use */

int plain_answer_init(struct plain_answer *a, size_t max_body)
{
	*a = (struct plain_answer){ .arena = arena_new(ARENA_FIRST, 0) };
	buf_init(&a->head, HEAD_MAX);
	buf_init(&a->body, max_body);
	return a->arena ? 0 : -E_NOMEM;
}

void plain_answer_done(struct plain_answer *a)
{
	arena_free(&a->arena);
	buf_done(&a->head);
	buf_done(&a->body);
}

static void trim(struct buf *b)
{
	if (b->cap > KEEP_BYTES)
		buf_done(b);
	else
		buf_reset(b);
}

void plain_answer_reset(struct plain_answer *a)
{
	trim(&a->head);
	trim(&a->body);
	arena_reset(a->arena);
	*a = (struct plain_answer){ .head = a->head, .body = a->body, .arena = a->arena };
}

static int wrong(struct plain_answer *a, int code, const char *why)
{
	a->why = why;
	return -code;
}

static int over(struct plain_answer *a, bool goes_on)
{
	a->state = ANSWER_OVER;
	a->connection_goes_on = goes_on && a->said.keep_alive;
	return 1;
}

/* --- the head -------------------------------------------------------------------------------- */

/* Whoever speaks something else is not waited for. */
static bool may_be_http(struct str head)
{
	struct str start = STR("HTTP/1.");
	size_t n = head.len < start.len ? head.len : start.len;

	return n == 0 || memcmp(head.p, start.p, n) == 0;
}

static int begin_body(struct plain_answer *a)
{
	const struct http_head *h = &a->said;

	a->left = h->content_length;
	if (a->to_head || h->status == 204 || h->status == 304)
		return over(a, true);
	if (h->chunked || h->until_close) {
		a->state = h->chunked ? ANSWER_CHUNKED : ANSWER_REST;
		return 0;
	}
	if (a->left > a->body.max)
		return wrong(a, E_TOO_LARGE, "The answer is larger than allowed");
	a->state = ANSWER_COUNTED;
	return a->left ? 0 : over(a, true);
}

static int read_head(struct plain_answer *a, struct str head)
{
	struct http_fault f;
	int rc = http_answer_parse(a->arena, head, HEADERS_MAX, &a->said, &f);

	if (rc == -E_NOMEM)
		return wrong(a, E_NOMEM, "There is no memory for the answer");
	if (rc || a->said.status == 101)
		return wrong(a, E_INVALID, "The head of the answer is malformed");
	if (a->said.status >= 200)
		return begin_body(a);
	buf_reset(&a->head);
	a->scan = (struct http_scan){ 0 };
	arena_reset(a->arena);
	return 0;
}

static int take_head(struct plain_answer *a, struct str *bytes)
{
	size_t before = a->head.len, len = 0;
	struct http_fault f;

	buf_add(&a->head, str_sub(*bytes, 0, HEAD_MAX - before));
	if (a->head.failed)
		return wrong(a, E_NOMEM, "There is no memory for the answer");
	if (!may_be_http(buf_str(&a->head)))
		return wrong(a, E_INVALID, "The answer is not HTTP/1");
	int rc = http_head_find(&a->scan, buf_str(&a->head), HEAD_MAX, &len, &f);
	if (rc < 0)
		return wrong(a, E_INVALID, "The head of the answer is malformed or too long");
	if (rc == 0)
		len = a->head.len;
	*bytes = str_sub(*bytes, len - before, bytes->len);
	return rc ? read_head(a, str_sub(buf_str(&a->head), 0, len)) : 0;
}

/* --- the body -------------------------------------------------------------------------------- */

static int add_body(struct plain_answer *a, struct str piece)
{
	if (piece.len > a->body.max - a->body.len)
		return wrong(a, E_TOO_LARGE, "The answer is larger than allowed");
	buf_add(&a->body, piece);
	return a->body.failed ? wrong(a, E_NOMEM, "There is no memory for the answer") : 0;
}

static int take_counted(struct plain_answer *a, struct str *bytes)
{
	struct str piece = str_sub(*bytes, 0, a->left < bytes->len ? (size_t)a->left : bytes->len);
	int rc = add_body(a, piece);

	*bytes = str_sub(*bytes, piece.len, bytes->len);
	a->left -= piece.len;
	return rc || a->left ? rc : over(a, true);
}

static int take_chunked(struct plain_answer *a, struct str *bytes)
{
	struct str piece;
	int rc = http_chunked_next(&a->chunked, bytes, &piece);

	if (rc == HTTP_CHUNK_DATA)
		return add_body(a, piece);
	if (rc < 0)
		return wrong(a, E_INVALID, "The chunks of the answer are malformed");
	return rc == HTTP_CHUNK_END ? over(a, true) : 0;
}

static int take_rest(struct plain_answer *a, struct str *bytes)
{
	struct str piece = *bytes;

	*bytes = str_sub(*bytes, piece.len, 0);
	return add_body(a, piece);
}

static int (*const steps[ANSWER_STATES])(struct plain_answer *a, struct str *bytes) = {
	[ANSWER_HEAD] = take_head,
	[ANSWER_COUNTED] = take_counted,
	[ANSWER_CHUNKED] = take_chunked,
	[ANSWER_REST] = take_rest,
};

int plain_answer_take(struct plain_answer *a, struct str *bytes)
{
	int rc = 0;

	ASSERT(a->state != ANSWER_OVER);
	while (rc == 0 && bytes->len)
		rc = steps[a->state](a, bytes);
	return rc;
}

int plain_answer_end(struct plain_answer *a)
{
	if (a->state == ANSWER_REST)
		return over(a, false);
	return wrong(a, E_INVALID, "The connection ended before the answer did");
}

int plain_answer_status(const struct plain_answer *a)
{
	int told = a->state == ANSWER_HEAD ? http_status_of(buf_str(&a->head)) : 0;

	return told ? told : a->said.status;
}
