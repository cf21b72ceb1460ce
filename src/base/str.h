/* base/str.h: borrowed views and owned growing buffers.
 *
 * struct str never owns: who made the bytes keeps them alive. It may hold zero bytes and need not
 * be terminated. `p` is never NULL when len > 0; a NULL `p` means "absent" where a header says
 * so. struct buf owns its bytes; buf_done frees them. Once an append fails the buffer is `failed`
 * and stays so; further appends do nothing, so that one check at the end is enough. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/err.h"

struct str {
	const char *p;
	size_t len;
};

#define STR(lit) ((struct str){ "" lit, sizeof(lit) - 1 })
#define STR_NONE ((struct str){ NULL, 0 })
/* For printf: "%.*s", STR_ARG(s) */
#define STR_ARG(s) (int)(s).len, (s).p ? (s).p : ""

/* These few are in the header so that the length of a literal, and most comparisons with one, are
 * known when they are compiled. */

/* View of a C string; NULL gives STR_NONE. */
#ifdef __clang_analyzer__ /* a question that it can see means to it that callers pass NULL */
struct str str_c(const char *z);
#else
static inline struct str str_c(const char *z)
{
	return z ? (struct str){ z, strlen(z) } : STR_NONE;
}
#endif

static inline struct str str_n(const char *p, size_t len)
{
	return (struct str){ p, len };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.len == b.len && (a.len == 0 || memcmp(a.p, b.p, a.len) == 0);
}

static inline bool str_eq_c(struct str a, const char *z)
{
	return str_eq(a, str_c(z));
}

bool str_same_nocase(const char *a, const char *b, size_t len);
/* ASCII only. */
static inline bool str_eq_nocase(struct str a, struct str b)
{
	return a.len == b.len && str_same_nocase(a.p, b.p, a.len);
}

bool str_starts(struct str s, struct str prefix);
bool str_ends(struct str s, struct str suffix);
int str_cmp(struct str a, struct str b);                   /* memcmp order, shorter first */
struct str str_sub(struct str s, size_t from, size_t len); /* clipped */
struct str str_trim(struct str s); /* ASCII spaces, tabs, CR, LF at both ends */
/* Cuts *rest at the first `sep`: returns what is before it and leaves what is after; when there
 * is no `sep`, returns all and leaves STR_NONE. */
struct str str_cut(struct str *rest, char sep);
/* Decimal, whole string, no sign for u64; 0 or -E_INVALID / -E_RANGE. */
MUST_CHECK int str_to_u64(struct str s, uint64_t *ret);
MUST_CHECK int str_to_i64(struct str s, int64_t *ret);
/* Constant time for equal lengths. */
bool str_eq_secret(struct str a, struct str b);
/* Copies into a C array with termination; -E_TOO_LARGE when it does not fit (nothing is copied),
 * and -E_INVALID when `s` holds a zero byte. */
MUST_CHECK int str_to_c(struct str s, char *out, size_t out_size);

struct buf {
	char *p; /* always terminated by a zero byte behind len, once anything was appended */
	size_t len;
	size_t cap;
	size_t max; /* 0 = no limit; an append past it fails the buffer */
	bool failed;
};

void buf_init(struct buf *b, size_t max);
void buf_done(struct buf *b);
void buf_reset(struct buf *b);                  /* empty, keeps memory, clears failed */
bool buf_make_room(struct buf *b, size_t more); /* buf_reserve() when there is none yet */
static inline bool buf_reserve(struct buf *b, size_t more)
{
	return (more < b->cap - b->len && !b->failed) || buf_make_room(b, more);
}
void buf_add(struct buf *b, struct str s);
void buf_add_c(struct buf *b, const char *z);
static inline void buf_add_char(struct buf *b, char c)
{
	if (!buf_reserve(b, 1))
		return;
	b->p[b->len++] = c;
	b->p[b->len] = '\0';
}
void buf_addf(struct buf *b, const char *fmt, ...) PRINTF_LIKE(2, 3);
void buf_vaddf(struct buf *b, const char *fmt, va_list ap);
void buf_remove_front(struct buf *b, size_t n);
struct str buf_str(const struct buf *b);

#endif
