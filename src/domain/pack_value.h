/* domain/pack_value.h: reading a JSON object against a table: one row a member.
 *
 * Private to pack_read.c, pack_words.c and pack_value.c. What a table does not name is an error, and so is what it
 * names and the file lacks; a member whose shape is its own has its own reader in the row. The reader
 * keeps the dotted path of where it is, for its complaints. Readers return 0, or -E_INVALID or -E_NOMEM
 * with *r->err filled. */
#ifndef DOMAIN_PACK_VALUE_H
#define DOMAIN_PACK_VALUE_H

#include "domain/pack.h"

struct reader {
	struct arena *a;
	struct pack *pack;
	char path[sizeof(((struct err *)NULL)->field)];
	struct err *err;
};

struct field {
	const char *name;
	int (*read)(struct reader *r, const struct json *v, const struct field *f, char *base);
	size_t at;      /* of the value in the struct that `base` points to */
	size_t at_len;  /* of its count, for lists */
	size_t max_len; /* of lists */
	const struct field *sub;
	size_t sub_len;
};

/* Steps into a member or item; hands out what to give to path_leave(). */
size_t path_enter(struct reader *r, struct str name);
size_t path_enter_item(struct reader *r, size_t i);
void path_leave(struct reader *r, size_t was);
/* -E_INVALID: the member where we are must be `wanted`. */
int bad(struct reader *r, const char *wanted);
int out_of_memory(struct reader *r);

MUST_CHECK int read_fields(
    struct reader *r, const struct json *v, const struct field *fields, size_t n, char *base);
/* Each item of a list of objects (f->sub) into the next struct of `size` bytes; *len counts them. */
MUST_CHECK int read_items(struct reader *r, const struct json *v, const struct field *f,
    char *first, size_t size, size_t *len);
MUST_CHECK int words_of(struct reader *r, const struct json *v, struct pack_words *ret);
MUST_CHECK int count_of(struct reader *r, const struct json *v, int64_t *ret);

/* For rows: the value goes to base + f->at. */
#define FIELD_READERS(X) \
	X(read_object)          /* by f->sub */ \
	X(read_count)           /* int64_t */ \
	X(read_seconds)         /* int64_t, milliseconds */ \
	X(read_seconds_or_null) /* int64_t, milliseconds, null is 0 */ \
	X(read_days)            /* int64_t, milliseconds */ \
	X(read_ratio)           /* int64_t, millionths */ \
	X(read_ratio_or_null)   /* int64_t, millionths, null is PACK_NO_SHARE */ \
	X(read_growth)          /* int64_t, millionths, above PPM */ \
	X(read_confidence)      /* int64_t, millionths, half of PPM to below it */ \
	X(read_bool) \
	X(read_str) \
	X(read_clock)         /* int, seconds of the day */ \
	X(read_evidence_word) /* enum evidence */ \
	X(read_counts)        /* int64_t[], its length to f->at_len */ \
	X(read_ratios)        /* int64_t[], its length to f->at_len */ \
	X(read_words)         /* struct pack_words */ \
	X(read_purposes)      /* unsigned, PURPOSE_BITs */
#define X(name) \
	MUST_CHECK int name( \
	    struct reader *r, const struct json *v, const struct field *f, char *base);
FIELD_READERS(X)
#undef X

#endif
