/* Any bytes as a request. The first byte picks how they arrive: in pieces of its low bits, as a
 * head or, with the high bit, as a chunked body. Whatever comes: pieces and the whole are read
 * alike, and what is accepted is unambiguous. */
#include "transport/http_parse.h"

#include <string.h>

#include "base/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MAX_HEAD 2048
#define MAX_HEADERS 20

static int find(struct str bytes, size_t step, size_t *ret_len, struct http_fault *ret_fault)
{
	struct http_scan scan = { 0 };
	int rc = 0;

	for (size_t have = 0; rc == 0 && have < bytes.len;) {
		have = have + step < bytes.len ? have + step : bytes.len;
		rc = http_head_find(&scan, str_sub(bytes, 0, have), MAX_HEAD, ret_len, ret_fault);
	}
	return rc;
}

static void check_header(const struct http_header *h)
{
	ASSERT(h->name.len > 0 && http_one_line(h->name) && http_one_line(h->value));
	ASSERT(!memchr(h->name.p, ' ', h->name.len) && !memchr(h->name.p, ':', h->name.len));
	ASSERT(str_eq(h->value, str_trim(h->value)));
}

static void check_head(const struct http_head *h)
{
	size_t hosts = 0, lengths = 0, codings = 0;

	ASSERT(h->minor <= 1 && h->path.len > 0 && h->path.p[0] == '/');
	ASSERT(!memchr(h->path.p, '?', h->path.len) && !memchr(h->target.p, ' ', h->target.len));
	ASSERT(h->headers_len <= MAX_HEADERS);
	for (size_t i = 0; i < h->headers_len; i++) {
		check_header(&h->headers[i]);
		hosts += str_eq_nocase(h->headers[i].name, STR("host"));
		lengths += str_eq_nocase(h->headers[i].name, STR("content-length"));
		codings += str_eq_nocase(h->headers[i].name, STR("transfer-encoding"));
	}
	ASSERT(hosts <= 1 && lengths + codings <= 1 && (hosts == 1 || h->minor == 0));
	ASSERT(h->chunked == (codings == 1) && h->chunked == (h->content_length == UINT64_MAX));
}

static void fuzz_head(struct str bytes, size_t step)
{
	struct http_fault f = { 0, NULL }, whole_f = { 0, NULL };
	size_t len = 0, whole_len = 0;
	struct http_head h;
	struct arena *a = arena_new(0, 0);
	int rc = find(bytes, step, &len, &f),
	    whole = find(bytes, SIZE_MAX / 2, &whole_len, &whole_f);

	ASSERT(a && rc == whole && len == whole_len && f.status == whole_f.status);
	ASSERT(rc >= 0 || (f.status >= 400 && f.why));
	if (rc == 1) {
		ASSERT(len <= bytes.len && len <= MAX_HEAD && bytes.p[len - 1] == '\n');
		rc = http_head_parse(a, str_sub(bytes, 0, len), MAX_HEADERS, &h, &f);
		ASSERT(rc == 0 || (rc == -E_INVALID && f.status >= 400 && f.why));
		if (rc == 0)
			check_head(&h);
		if (rc == 0)
			(void)http_query_find(a, h.query, "hub.mode");
	}
	(void)http_percent_decode(a, bytes, true);
	arena_free(&a);
}

static int collect(struct str bytes, size_t step, struct buf *out, size_t *ret_used)
{
	struct http_chunked c = { 0 };
	struct str data;
	int rc = HTTP_CHUNK_MORE;
	size_t at = 0;

	while (rc == HTTP_CHUNK_MORE && at < bytes.len) {
		struct str in = str_sub(bytes, at, step);
		at += in.len;
		while ((rc = http_chunked_next(&c, &in, &data)) == HTTP_CHUNK_DATA)
			buf_add(out, data);
		*ret_used = at - in.len;
	}
	return rc;
}

static void fuzz_chunked(struct str bytes, size_t step)
{
	struct buf pieces, whole;
	size_t used = 0, whole_used = 0;

	buf_init(&pieces, 0);
	buf_init(&whole, 0);
	int rc = collect(bytes, step, &pieces, &used);
	ASSERT(rc == collect(bytes, SIZE_MAX / 2, &whole, &whole_used));
	ASSERT(str_eq(buf_str(&pieces), buf_str(&whole)));
	ASSERT(rc != HTTP_CHUNK_END || (used == whole_used && whole.len < used));
	buf_done(&pieces);
	buf_done(&whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size == 0)
		return 0;
	struct str bytes = str_n((const char *)data + 1, size - 1);
	size_t step = (size_t)(data[0] & 0x7f) + 1;
	if (data[0] & 0x80)
		fuzz_chunked(bytes, step);
	else
		fuzz_head(bytes, step);
	return 0;
}
