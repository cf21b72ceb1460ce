/* apps/scan/parse_fuzz.h: any bytes through some parsers. For parse_*_fuzz.c only.
 *
 * The first byte picks one of the rows. What a parser gives stays in the text, and nothing comes behind
 * "enough". */
#ifndef APPS_SCAN_PARSE_FUZZ_H
#define APPS_SCAN_PARSE_FUZZ_H

#include <stdint.h>

#include "apps/scan/parse_tables.h"
#include "base/check.h"

#define FUZZ_MEMORY ((size_t)64 << 20)
#define FUZZ_FACTS 1000

struct fuzz_row {
	parse_fn *parse;
	const char *path;
};

struct fuzz_sink {
	const struct parse_in *in;
	size_t facts;
};

static inline bool fuzz_give(void *arg, const struct fact *f)
{
	struct fuzz_sink *s = arg;

	ASSERT(s->facts < FUZZ_FACTS);
	ASSERT(f->name.len > 0 && f->confidence >= 1 && f->confidence <= 100);
	ASSERT(f->offset <= s->in->text.len && f->len <= s->in->text.len - f->offset);
	return ++s->facts < FUZZ_FACTS;
}

static inline int fuzz_parsers(
    const struct fuzz_row *rows, size_t rows_len, const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, FUZZ_MEMORY);

	if (!a || size < 1) {
		arena_free(&a);
		return 0;
	}
	const struct fuzz_row *row = &rows[data[0] % rows_len];
	struct fuzz_sink taken = { .facts = 0 };
	const struct fact_sink sink = { fuzz_give, &taken };
	struct parse_in in = { .path = str_c(row->path),
		.name = text_base(str_c(row->path)),
		.text = str_n((const char *)data + 1, size - 1),
		.arena = a,
		.sink = &sink };
	taken.in = &in;
	int rc = row->parse(&in);
	ASSERT(rc == 0 || rc == 1 || rc == -E_INVALID || rc == -E_TOO_LARGE || rc == -E_NOMEM);
	arena_free(&a);
	return 0;
}

#define PARSE_FUZZ(rows) \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size); \
	int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) \
	{ \
		return fuzz_parsers((rows), ARRAY_LEN(rows), data, size); \
	}

#endif
