#include "base/str.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define BUF_FIRST 256 /* most texts that are put together fit */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

bool str_same_nocase(const char *a, const char *b, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (a[i] != b[i] && lower(a[i]) != lower(b[i]))
			return false;
	}
	return true;
}

bool str_starts(struct str s, struct str prefix)
{
	return s.len >= prefix.len && str_eq(str_sub(s, 0, prefix.len), prefix);
}

bool str_ends(struct str s, struct str suffix)
{
	return s.len >= suffix.len && str_eq(str_sub(s, s.len - suffix.len, suffix.len), suffix);
}

int str_cmp(struct str a, struct str b)
{
	size_t common = a.len < b.len ? a.len : b.len;
	int order = common ? memcmp(a.p, b.p, common) : 0;

	if (order)
		return order;
	return (a.len > b.len) - (a.len < b.len);
}

struct str str_sub(struct str s, size_t from, size_t len)
{
	if (!s.p)
		return STR_NONE;
	if (from > s.len)
		from = s.len;
	if (len > s.len - from)
		len = s.len - from;
	return (struct str){ s.p + from, len };
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct str str_trim(struct str s)
{
	while (s.len && is_blank(s.p[s.len - 1]))
		s.len--;
	while (s.len && is_blank(*s.p)) {
		s.p++;
		s.len--;
	}
	return s;
}

struct str str_cut(struct str *rest, char sep)
{
	struct str all = *rest;
	const char *at = all.len ? memchr(all.p, sep, all.len) : NULL;

	if (!at) {
		*rest = STR_NONE;
		return all;
	}
	size_t before = (size_t)(at - all.p);
	*rest = (struct str){ at + 1, all.len - before - 1 };
	return (struct str){ all.p, before };
}

int str_to_u64(struct str s, uint64_t *ret)
{
	uint64_t n = 0;

	if (s.len == 0)
		return -E_INVALID;
	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] < '0' || s.p[i] > '9')
			return -E_INVALID;
	}
	for (size_t i = 0; i < s.len; i++) {
		uint64_t digit = (uint64_t)(s.p[i] - '0');
		if (n > (UINT64_MAX - digit) / 10)
			return -E_RANGE;
		n = n * 10 + digit;
	}
	*ret = n;
	return 0;
}

int str_to_i64(struct str s, int64_t *ret)
{
	bool minus = s.len && s.p[0] == '-';
	uint64_t n;
	int rc = str_to_u64(minus ? str_sub(s, 1, s.len) : s, &n);

	if (rc)
		return rc;
	if (n > (uint64_t)INT64_MAX + (minus ? 1 : 0))
		return -E_RANGE;
	if (!minus)
		*ret = (int64_t)n;
	else
		*ret = n ? -(int64_t)(n - 1) - 1 : 0;
	return 0;
}

bool str_eq_secret(struct str a, struct str b)
{
	volatile unsigned char differ = 0;

	if (a.len != b.len)
		return false;
	for (size_t i = 0; i < a.len; i++)
		differ = (unsigned char)(differ | (unsigned char)(a.p[i] ^ b.p[i]));
	return differ == 0;
}

int str_to_c(struct str s, char *out, size_t out_size)
{
	if (s.len >= out_size)
		return -E_TOO_LARGE;
	if (s.len && memchr(s.p, '\0', s.len))
		return -E_INVALID;
	if (s.len)
		memcpy(out, s.p, s.len);
	out[s.len] = '\0';
	return 0;
}

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_done(struct buf *b)
{
	mem_free(b->p);
	*b = (struct buf){ .max = b->max };
}

void buf_reset(struct buf *b)
{
	b->len = 0;
	b->failed = false;
	if (b->p)
		b->p[0] = '\0';
}

static bool fail(struct buf *b)
{
	b->failed = true;
	return false;
}

/* At least doubles, so that n appended bytes cost O(n) copies; but never beyond `max` and its zero
 * byte, so that whatever fits the memory is within the limit. */
static bool grow(struct buf *b, size_t need)
{
	size_t cap = b->cap > SIZE_MAX / 2 ? need : b->cap * 2;

	if (cap < BUF_FIRST)
		cap = BUF_FIRST;
	if (cap < need)
		cap = need;
	if (b->max && cap - 1 > b->max)
		cap = b->max + 1;
	char *p = mem_grow(b->p, cap);
	if (!p)
		return fail(b);
	b->p = p;
	b->cap = cap;
	return true;
}

bool buf_make_room(struct buf *b, size_t more)
{
	if (b->failed)
		return false;
	if (more >= SIZE_MAX - b->len)
		return fail(b);
	if (b->max && b->len + more > b->max)
		return fail(b);
	size_t need = b->len + more + 1; /* the zero byte behind */
	return need <= b->cap || grow(b, need);
}

void buf_add(struct buf *b, struct str s)
{
	if (!buf_reserve(b, s.len))
		return;
	if (s.len)
		memcpy(b->p + b->len, s.p, s.len);
	b->len += s.len;
	b->p[b->len] = '\0';
}

void buf_add_c(struct buf *b, const char *z)
{
	buf_add(b, str_c(z));
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	buf_vaddf(b, fmt, ap);
	va_end(ap);
}

void buf_vaddf(struct buf *b, const char *fmt, va_list ap)
{
	va_list again;

	if (!buf_reserve(b, 0))
		return;
	va_copy(again, ap);
	size_t room = b->cap - b->len;
	int n = vsnprintf(b->p + b->len, room, fmt, ap);
	if (n < 0 || !buf_reserve(b, (size_t)n)) {
		b->p[b->len] = '\0';
		b->failed = true;
	} else {
		if ((size_t)n >= room)
			(void)vsnprintf(b->p + b->len, (size_t)n + 1, fmt, again);
		b->len += (size_t)n;
	}
	va_end(again);
}

void buf_remove_front(struct buf *b, size_t n)
{
	if (n == 0)
		return;
	ASSERT(n <= b->len);
	b->len -= n;
	memmove(b->p, b->p + n, b->len + 1);
}

struct str buf_str(const struct buf *b)
{
	return (struct str){ b->p ? b->p : "", b->len };
}
