/* Whatever the bytes are, reading them ends, and reading them in pieces gives what reading them at
 * once gives. The first byte of the input chooses separator and size of the pieces. */
#include <stdint.h>
#include <string.h>

#include "base/check.h"
#include "base/csv.h"

static const struct csv_limits limits = { 16, 200 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void note(struct buf *out, const struct csv *c, const struct str *fields, size_t n)
{
	ASSERT(n > 0 && n <= limits.fields);
	buf_addf(out, "%llu %llu", (unsigned long long)csv_row(c), (unsigned long long)csv_line(c));
	for (size_t i = 0; i < n; i++) {
		buf_add_char(out, '|');
		buf_add(out, fields[i]);
	}
	buf_add_char(out, '\n');
}

static void read_all(struct str text, char separator, size_t piece, struct buf *out)
{
	struct csv *c = csv_new(separator, &limits);
	const struct str *fields;
	struct err err = { 0 };
	size_t n, at = 0;
	int r;

	ASSERT(c);
	while ((r = csv_next(c, &fields, &n, &err)) >= 0) {
		if (r > 0) {
			note(out, c, fields, n);
			continue;
		}
		if (at == text.len)
			break;
		csv_feed(c, str_sub(text, at, piece));
		at += str_sub(text, at, piece).len;
		if (at == text.len)
			csv_end(c);
	}
	if (r < 0)
		buf_addf(out, "%d %s", r, err.text);
	csv_free(&c);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char separators[] = { 0, ',', ';' };
	struct buf whole, pieces;

	if (size < 1)
		return 0;
	struct str text = str_n((const char *)data + 1, size - 1);
	char separator = separators[data[0] % 3];
	buf_init(&whole, 0);
	buf_init(&pieces, 0);
	read_all(text, separator, size, &whole);
	read_all(text, separator, 1 + data[0] / 3, &pieces);
	ASSERT(!whole.failed && !pieces.failed);
	ASSERT(str_eq(buf_str(&whole), buf_str(&pieces)));
	buf_done(&whole);
	buf_done(&pieces);
	return 0;
}
