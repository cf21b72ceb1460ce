/* Whatever the bytes are, reading them ends; what comes out is UTF-8 of a bounded size without
 * controls, and reading the same again gives the same. */
#include <stdint.h>

#include "base/check.h"
#include "base/mime.h"
#include "base/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_message(const struct mime_message *m)
{
	ASSERT(m->headers_len <= MIME_HEADERS_MAX);
	for (size_t i = 0; i < m->headers_len; i++) {
		ASSERT(text_is_utf8(m->headers[i].value));
		ASSERT(m->headers[i].name.len > 0);
		ASSERT(!memchr(m->headers[i].value.p, '\n', m->headers[i].value.len));
	}
	ASSERT(m->from.len <= MIME_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str raw = str_n((const char *)data, size);
	struct arena *a = arena_new(0, 0);
	struct mime_mail first, again;
	struct err err = { 0 };

	ASSERT(a);
	int r = mime_read(raw, a, &first, &err);
	if (r == 0) {
		ASSERT(text_is_utf8(first.text));
		ASSERT(first.text.len <= 4 * size + 4 * MIME_PARTS_MAX);
		ASSERT(first.links_len <= MIME_LINKS_MAX);
		check_message(&first.outer);
		check_message(&first.inner);
		ASSERT(mime_read(raw, a, &again, &err) == 0);
		ASSERT(str_eq(first.text, again.text));
	} else {
		ASSERT(err.text[0]);
	}
	arena_free(&a);
	return 0;
}
