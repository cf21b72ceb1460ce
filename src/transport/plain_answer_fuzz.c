/* Any bytes as an answer. The first byte says how they arrive: in pieces of its low bits, and with
 * the high bit as the answer to HEAD. Whatever comes: pieces and the whole are read alike, what is
 * accepted keeps the limits, and the same parser reads the next answer afresh. */
#include "transport/plain_answer.h"

#include <string.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_BODY 4096

static int feed(struct plain_answer *a, struct str bytes, size_t step, size_t *ret_used)
{
	int rc = 0;

	*ret_used = 0;
	while (rc == 0 && *ret_used < bytes.len) {
		struct str piece = str_sub(bytes, *ret_used, step);
		*ret_used += piece.len;
		rc = plain_answer_take(a, &piece);
		*ret_used -= piece.len;
		ASSERT(rc != 0 || piece.len == 0);
	}
	return rc == 0 ? plain_answer_end(a) : rc;
}

static void check_over(const struct plain_answer *a)
{
	const struct http_head *h = &a->said;
	size_t lengths = 0, codings = 0;

	ASSERT(a->state == ANSWER_OVER && !a->why && a->body.len <= MAX_BODY);
	ASSERT(h->status >= 200 && h->status <= 999 && h->minor <= 1 && h->headers_len <= 128);
	for (size_t i = 0; i < h->headers_len; i++) {
		const struct http_header *one = &h->headers[i];
		ASSERT(one->name.len && http_one_line(one->name) && http_one_line(one->value));
		ASSERT(str_eq(one->value, str_trim(one->value)));
		lengths += str_eq_nocase(one->name, STR("content-length"));
		codings += str_eq_nocase(one->name, STR("transfer-encoding"));
	}
	ASSERT(lengths + codings <= 1 && h->chunked == (codings == 1));
	ASSERT(h->until_close == (lengths + codings == 0));
	ASSERT(!a->to_head || a->body.len == 0);
	ASSERT(!(h->until_close && a->body.len) || !a->connection_goes_on);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct plain_answer pieces, whole;
	size_t used, whole_used;

	if (size == 0)
		return 0;
	struct str bytes = str_n((const char *)data + 1, size - 1);
	ASSERT(!plain_answer_init(&pieces, MAX_BODY) && !plain_answer_init(&whole, MAX_BODY));
	for (int round = 0; round < 2; round++) {
		pieces.to_head = whole.to_head = (data[0] & 0x80) != 0;
		int rc = feed(&pieces, bytes, (size_t)(data[0] & 0x7f) + 1, &used);
		ASSERT(rc == feed(&whole, bytes, SIZE_MAX / 2, &whole_used));
		ASSERT(rc == 1 || (rc < 0 && pieces.why && whole.why));
		ASSERT(rc != 1 || used == whole_used);
		ASSERT(plain_answer_status(&pieces) == plain_answer_status(&whole));
		ASSERT(rc != 1 || str_eq(buf_str(&pieces.body), buf_str(&whole.body)));
		if (rc == 1)
			check_over(&pieces);
		plain_answer_reset(&pieces);
		plain_answer_reset(&whole);
	}
	plain_answer_done(&pieces);
	plain_answer_done(&whole);
	return 0;
}
