/* Writing: printing, the canonical form and with it comparing, and the writer. */
#include "base/json.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yyjson.h>

#include "base/check.h"
#include "base/clock.h"

#define NUMBER_MOST 64
#define EXACT_INT_MOST 9007199254740992 /* 2^53: doubles hold every integer up to here */

/* --- strings --- */

/* What stands behind the backslash; 'u' for \u00xx; 0 for bytes that stand for themselves. */
static const char escapes[256] = {
	[0x00] = 'u',
	[0x01] = 'u',
	[0x02] = 'u',
	[0x03] = 'u',
	[0x04] = 'u',
	[0x05] = 'u',
	[0x06] = 'u',
	[0x07] = 'u',
	['\b'] = 'b',
	['\t'] = 't',
	['\n'] = 'n',
	[0x0b] = 'u',
	['\f'] = 'f',
	['\r'] = 'r',
	[0x0e] = 'u',
	[0x0f] = 'u',
	[0x10] = 'u',
	[0x11] = 'u',
	[0x12] = 'u',
	[0x13] = 'u',
	[0x14] = 'u',
	[0x15] = 'u',
	[0x16] = 'u',
	[0x17] = 'u',
	[0x18] = 'u',
	[0x19] = 'u',
	[0x1a] = 'u',
	[0x1b] = 'u',
	[0x1c] = 'u',
	[0x1d] = 'u',
	[0x1e] = 'u',
	[0x1f] = 'u',
	['"'] = '"',
	['\\'] = '\\',
};

static bool is_continuation(struct str s, size_t i)
{
	return i < s.len && ((unsigned char)s.p[i] & 0xc0) == 0x80;
}

/* Length of the UTF-8 sequence at i (not ASCII), or 0 when it is none. */
static size_t sequence_len(struct str s, size_t i)
{
	unsigned char lead = (unsigned char)s.p[i];
	unsigned char next = i + 1 < s.len ? (unsigned char)s.p[i + 1] : 0;

	if (lead < 0xc2 || lead > 0xf4 || !is_continuation(s, i + 1))
		return 0;
	if (lead < 0xe0)
		return 2;
	if ((lead == 0xe0 && next < 0xa0) || (lead == 0xed && next > 0x9f) ||
	    !is_continuation(s, i + 2))
		return 0;
	if (lead < 0xf0)
		return 3;
	if ((lead == 0xf0 && next < 0x90) || (lead == 0xf4 && next > 0x8f))
		return 0;
	return is_continuation(s, i + 3) ? 4 : 0;
}

/* Are these eight bytes ASCII, and stand for themselves? Taking 32, or 1 from what is 0 where a
 * quote or a backslash was, borrows into the highest bit of a byte; that a borrow goes on into the
 * next byte does no harm, for then the answer is no already. */
static bool eight_plain(const char *p)
{
	const uint64_t each = 0x0101010101010101;
	uint64_t bytes;

	memcpy(&bytes, p, sizeof(bytes));
	uint64_t quote = bytes ^ each * '"', backslash = bytes ^ each * '\\';
	uint64_t odd = bytes | (bytes - each * ' ') | (quote - each) | (backslash - each);
	return (odd & each * 0x80) == 0;
}

/* How many bytes from i on may be copied as they are. */
static size_t plain_run(struct str s, size_t i)
{
	size_t from = i;

	while (s.len - i >= 8 && eight_plain(s.p + i))
		i += 8;
	while (i < s.len) {
		unsigned char c = (unsigned char)s.p[i];
		size_t n = c < 0x80 ? !escapes[c] : sequence_len(s, i);
		if (n == 0)
			break;
		i += n;
	}
	return i - from;
}

static void put_odd_byte(struct buf *out, unsigned char c)
{
	static const char hex[] = "0123456789abcdef";

	if (c >= 0x80) {
		buf_add(out, STR("\xef\xbf\xbd")); /* U+FFFD: this was no UTF-8 */
		return;
	}
	buf_add_char(out, '\\');
	buf_add_char(out, escapes[c]);
	if (escapes[c] == 'u') {
		char digits[] = { '0', '0', hex[c >> 4], hex[c & 15] };
		buf_add(out, str_n(digits, sizeof(digits)));
	}
}

/* There is room. */
static void put_plain_string(struct buf *out, struct str s)
{
	char *to = out->p + out->len;

	*to = '"';
	if (s.len)
		memcpy(to + 1, s.p, s.len);
	memcpy(to + 1 + s.len, "\"", 2);
	out->len += s.len + 2;
}

static void put_string(struct buf *out, struct str s)
{
	if (plain_run(s, 0) == s.len && buf_reserve(out, s.len + 2)) {
		put_plain_string(out, s);
		return;
	}
	buf_add_char(out, '"');
	for (size_t i = 0; i < s.len;) {
		size_t run = plain_run(s, i);
		buf_add(out, str_n(s.p + i, run));
		i += run;
		if (i < s.len)
			put_odd_byte(out, (unsigned char)s.p[i++]);
	}
	buf_add_char(out, '"');
}

/* --- numbers --- */

static void put_int(struct buf *out, int64_t n)
{
	char digits[24];
	size_t i = sizeof(digits);
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;

	do
		digits[--i] = (char)('0' + left % 10);
	while (left /= 10);
	if (n < 0)
		digits[--i] = '-';
	buf_add(out, str_n(digits + i, sizeof(digits) - i));
}

static void *number_alloc(void *ctx, size_t size)
{
	return size <= NUMBER_MOST ? ctx : NULL;
}

static void *number_grow(void *ctx, void *p, size_t old_size, size_t size)
{
	(void)p;
	(void)old_size;
	return number_alloc(ctx, size);
}

static void number_free(void *ctx, void *p)
{
	(void)ctx;
	(void)p;
}

/* The shortest digits that read back as the same double, as yyjson writes them ("1.0", "1e-7"). */
static struct str shortest(double d, char room[NUMBER_MOST])
{
	const yyjson_alc alc = { number_alloc, number_grow, number_free, room };
	yyjson_val v = { 0 };
	size_t len = 0;

	ASSERT(yyjson_set_real(&v, d));
	const char *text = yyjson_val_write_opts(&v, YYJSON_WRITE_NOFLAG, &alc, &len, NULL);
	ASSERT(text);
	return str_n(text, len);
}

/* A decimal: 0.DIGITS times ten to the `point`. */
struct decimal {
	char digits[NUMBER_MOST];
	size_t len;
	int point;
};

static void decimal_parse(struct str s, struct decimal *ret)
{
	struct str exponent = s;
	struct str mantissa = str_cut(&exponent, 'e');
	bool fraction = false;

	*ret = (struct decimal){ .point = exponent.p ? atoi(exponent.p) : 0 };
	for (size_t i = 0; i < mantissa.len; i++) {
		char c = mantissa.p[i];
		if (c == '.') {
			fraction = true;
			continue;
		}
		if (ret->len || c != '0')
			ret->digits[ret->len++] = c;
		if (fraction ? ret->len == 0 : ret->len > 0)
			ret->point += fraction ? -1 : 1;
	}
	while (ret->len && ret->digits[ret->len - 1] == '0')
		ret->len--;
}

static void put_zeros(struct buf *out, int n)
{
	while (n-- > 0)
		buf_add_char(out, '0');
}

static void put_exponential(struct buf *out, const struct decimal *d)
{
	buf_add_char(out, d->digits[0]);
	if (d->len > 1) {
		buf_add_char(out, '.');
		buf_add(out, str_n(d->digits + 1, d->len - 1));
	}
	buf_addf(out, "e%+d", d->point - 1);
}

/* ECMAScript's Number::toString, 7.1.12.1: the same steps in the same order. */
static void put_ecmascript(struct buf *out, double number)
{
	struct decimal d;
	char room[NUMBER_MOST];

	if (number == 0) {
		buf_add_char(out, '0');
		return;
	}
	if (number < 0)
		buf_add_char(out, '-');
	decimal_parse(shortest(fabs(number), room), &d);
	int len = (int)d.len;
	if (len <= d.point && d.point <= 21) {
		buf_add(out, str_n(d.digits, d.len));
		put_zeros(out, d.point - len);
	} else if (0 < d.point && d.point <= 21) {
		buf_add(out, str_n(d.digits, (size_t)d.point));
		buf_add_char(out, '.');
		buf_add(out, str_n(d.digits + d.point, d.len - (size_t)d.point));
	} else if (-6 < d.point && d.point <= 0) {
		buf_add(out, STR("0."));
		put_zeros(out, -d.point);
		buf_add(out, str_n(d.digits, d.len));
	} else {
		put_exponential(out, &d);
	}
}

/* --- printing --- */

static yyjson_val *yy(const struct json *v)
{
	return (yyjson_val *)(uintptr_t)v;
}

static void print_number(struct buf *out, const struct json *v)
{
	char room[NUMBER_MOST];

	if (yyjson_is_real(yy(v)))
		buf_add(out, shortest(yyjson_get_real(yy(v)), room));
	else if (yyjson_is_uint(yy(v)) && yyjson_get_uint(yy(v)) > INT64_MAX)
		buf_addf(out, "%llu", (unsigned long long)yyjson_get_uint(yy(v)));
	else
		put_int(out, yyjson_get_sint(yy(v)));
}

static void print_scalar(struct buf *out, const struct json *v)
{
	if (yyjson_is_str(yy(v)))
		put_string(out, json_str(v));
	else if (yyjson_is_num(yy(v)))
		print_number(out, v);
	else if (yyjson_is_bool(yy(v)))
		buf_add_c(out, yyjson_get_bool(yy(v)) ? "true" : "false");
	else
		buf_add_c(out, "null");
}

void json_print(struct buf *out, const struct json *v)
{
	struct json_iter it;
	struct str key;
	const struct json *item;

	if (!yyjson_is_ctn(yy(v))) {
		print_scalar(out, v);
		return;
	}
	json_iter_init(&it, v);
	buf_add_char(out, it.object ? '{' : '[');
	for (bool first = true; json_iter_next(&it, &key, &item); first = false) {
		if (!first)
			buf_add_char(out, ',');
		if (it.object) {
			put_string(out, key);
			buf_add_char(out, ':');
		}
		json_print(out, item);
	}
	buf_add_char(out, it.object ? '}' : ']');
}

/* --- members in order --- */

struct member {
	struct str key;
	const struct json *value;
};

/* Where a byte of UTF-8 sorts so that byte order becomes the order of UTF-16 code units:
 * characters beyond U+FFFF are surrogates there and come before U+E000 to U+FFFF. */
static int utf16_rank(char c)
{
	unsigned char u = (unsigned char)c;

	return u == 0xee || u == 0xef ? u + 0x10 : u;
}

static int member_cmp(const void *left, const void *right)
{
	struct str a = ((const struct member *)left)->key, b = ((const struct member *)right)->key;
	size_t common = a.len < b.len ? a.len : b.len, i = 0;

	while (i < common && a.p[i] == b.p[i])
		i++;
	if (i < common)
		return utf16_rank(a.p[i]) - utf16_rank(b.p[i]);
	return (a.len > b.len) - (a.len < b.len);
}

/* Nearly all objects have so few that they need no memory from the heap, and no better way of
 * sorting. */
#define FEW_MEMBERS 16

struct members {
	struct member *sorted; /* NULL when memory ran out */
	struct member few[FEW_MEMBERS];
};

static void sort_few(struct member *m, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct member one = m[i];
		size_t at = i;
		for (; at > 0 && member_cmp(&one, &m[at - 1]) < 0; at--)
			m[at] = m[at - 1];
		m[at] = one;
	}
}

static void members_init(struct members *ret, const struct json *obj)
{
	size_t n = json_len(obj);
	struct member *all = n <= FEW_MEMBERS ? ret->few : mem_alloc(n * sizeof(*all));
	struct json_iter it;

	ret->sorted = all;
	if (!all)
		return;
	json_iter_init(&it, obj);
	for (size_t i = 0; json_iter_next(&it, &all[i].key, &all[i].value);)
		i++;
	if (all == ret->few)
		sort_few(all, n);
	else
		qsort(all, n, sizeof(*all), member_cmp);
}

static void members_done(struct members *m)
{
	if (m->sorted != m->few)
		mem_free(m->sorted);
}

/* --- the canonical form --- */

static void canonical_number(struct buf *out, const struct json *v)
{
	int64_t n;
	double d = 0;

	if (json_int(v, &n) && n >= -EXACT_INT_MOST && n <= EXACT_INT_MOST) {
		put_int(out, n);
		return;
	}
	(void)json_real(v, &d);
	put_ecmascript(out, d);
}

static void canonical_object(struct buf *out, const struct json *obj, const char *skip)
{
	struct members members;
	bool first = true;

	members_init(&members, obj);
	if (!members.sorted) {
		out->failed = true;
		return;
	}
	buf_add_char(out, '{');
	for (size_t i = 0; i < json_len(obj); i++) {
		const struct member *m = &members.sorted[i];
		if (skip && str_eq_c(m->key, skip))
			continue;
		if (!first)
			buf_add_char(out, ',');
		first = false;
		put_string(out, m->key);
		buf_add_char(out, ':');
		json_canonical(out, m->value, NULL);
	}
	buf_add_char(out, '}');
	members_done(&members);
}

static void canonical_array(struct buf *out, const struct json *arr)
{
	struct json_iter it;
	const struct json *item;

	json_iter_init(&it, arr);
	buf_add_char(out, '[');
	for (bool first = true; json_iter_next(&it, NULL, &item); first = false) {
		if (!first)
			buf_add_char(out, ',');
		json_canonical(out, item, NULL);
	}
	buf_add_char(out, ']');
}

void json_canonical(struct buf *out, const struct json *v, const char *skip)
{
	if (yyjson_is_obj(yy(v)))
		canonical_object(out, v, skip);
	else if (yyjson_is_arr(yy(v)))
		canonical_array(out, v);
	else if (yyjson_is_num(yy(v)))
		canonical_number(out, v);
	else
		print_scalar(out, v);
}

/* --- comparing --- */

static bool numbers_equal(const struct json *a, const struct json *b)
{
	int64_t m, n;
	double x = 0, y = 0;

	if (json_int(a, &m) && json_int(b, &n))
		return m == n;
	if (yyjson_is_uint(yy(a)) && yyjson_is_uint(yy(b)))
		return yyjson_get_uint(yy(a)) == yyjson_get_uint(yy(b));
	(void)json_real(a, &x);
	(void)json_real(b, &y);
	return x == y;
}

static bool arrays_equal(const struct json *a, const struct json *b)
{
	struct json_iter i, j;
	const struct json *x, *y;

	json_iter_init(&i, a);
	json_iter_init(&j, b);
	while (json_iter_next(&i, NULL, &x) && json_iter_next(&j, NULL, &y)) {
		if (!json_equal(x, y))
			return false;
	}
	return true;
}

/* Slow for many members: only when there is no memory to sort them. */
static bool objects_equal_unsorted(const struct json *a, const struct json *b)
{
	struct json_iter it;
	struct str key;
	const struct json *x;

	json_iter_init(&it, a);
	while (json_iter_next(&it, &key, &x)) {
		const struct json *y = (const struct json *)yyjson_obj_getn(yy(b), key.p, key.len);
		if (!y || !json_equal(x, y))
			return false;
	}
	return true;
}

static bool objects_equal(const struct json *a, const struct json *b)
{
	struct members m, n;
	bool equal = true, sorted;

	members_init(&m, a);
	members_init(&n, b);
	sorted = m.sorted && n.sorted;
	if (!sorted)
		equal = objects_equal_unsorted(a, b);
	for (size_t i = 0; sorted && equal && i < json_len(a); i++) {
		const struct member *x = &m.sorted[i], *y = &n.sorted[i];
		equal = str_eq(x->key, y->key) && json_equal(x->value, y->value);
	}
	members_done(&m);
	members_done(&n);
	return equal;
}

bool json_equal(const struct json *a, const struct json *b)
{
	yyjson_type type = yyjson_get_type(yy(a));

	if (type != yyjson_get_type(yy(b)) || json_len(a) != json_len(b))
		return false;
	switch (type) {
	case YYJSON_TYPE_OBJ:
		return objects_equal(a, b);
	case YYJSON_TYPE_ARR:
		return arrays_equal(a, b);
	case YYJSON_TYPE_NUM:
		return numbers_equal(a, b);
	case YYJSON_TYPE_STR:
		return str_eq(json_str(a), json_str(b));
	case YYJSON_TYPE_BOOL:
		return yyjson_get_bool(yy(a)) == yyjson_get_bool(yy(b));
	default:
		return true;
	}
}

/* --- the writer --- */

void jw_init(struct json_writer *w, struct buf *out)
{
	*w = (struct json_writer){ .out = out };
}

/* Before every value: the comma, unless it is the first of its container or stands behind its
 * key. */
static void separate(struct json_writer *w)
{
	if (w->after_key || w->depth == 0) {
		w->after_key = false;
		return;
	}
	uint64_t level = 1ULL << (w->depth - 1);
	if (!(w->first & level))
		buf_add_char(w->out, ',');
	w->first &= ~level;
}

static void open_container(struct json_writer *w, char bracket)
{
	separate(w);
	ASSERT(w->depth < JSON_DEPTH_MAX);
	w->first |= 1ULL << w->depth++;
	buf_add_char(w->out, bracket);
}

static void close_container(struct json_writer *w, char bracket)
{
	ASSERT(w->depth > 0 && !w->after_key);
	w->depth--;
	buf_add_char(w->out, bracket);
}

void jw_object(struct json_writer *w)
{
	open_container(w, '{');
}

void jw_object_end(struct json_writer *w)
{
	close_container(w, '}');
}

void jw_array(struct json_writer *w)
{
	open_container(w, '[');
}

void jw_array_end(struct json_writer *w)
{
	close_container(w, ']');
}

void jw_key(struct json_writer *w, const char *key)
{
	jw_key_str(w, str_c(key));
}

void jw_key_str(struct json_writer *w, struct str key)
{
	ASSERT(!w->after_key);
	separate(w);
	put_string(w->out, key);
	buf_add_char(w->out, ':');
	w->after_key = true;
}

void jw_str(struct json_writer *w, struct str s)
{
	if (!s.p) {
		jw_null(w);
		return;
	}
	separate(w);
	put_string(w->out, s);
}

void jw_c(struct json_writer *w, const char *z)
{
	jw_str(w, str_c(z));
}

void jw_int(struct json_writer *w, int64_t n)
{
	separate(w);
	put_int(w->out, n);
}

void jw_real(struct json_writer *w, double d)
{
	if (!isfinite(d)) {
		jw_null(w);
		return;
	}
	separate(w);
	put_ecmascript(w->out, d);
}

void jw_bool(struct json_writer *w, bool b)
{
	jw_raw(w, b ? STR("true") : STR("false"));
}

void jw_null(struct json_writer *w)
{
	jw_raw(w, STR("null"));
}

void jw_time(struct json_writer *w, int64_t time_ms_or_none)
{
	char text[TIME_TEXT_MAX];

	if (time_ms_or_none == TIME_NONE) {
		jw_null(w);
		return;
	}
	time_format(time_ms_or_none, text);
	jw_c(w, text);
}

void jw_raw(struct json_writer *w, struct str json_text)
{
	separate(w);
	buf_add(w->out, json_text);
}

void jw_value(struct json_writer *w, const struct json *v)
{
	separate(w);
	json_print(w->out, v);
}

void jw_member_str(struct json_writer *w, const char *key, struct str s)
{
	jw_key(w, key);
	jw_str(w, s);
}

void jw_member_c(struct json_writer *w, const char *key, const char *z)
{
	jw_key(w, key);
	jw_c(w, z);
}

void jw_member_int(struct json_writer *w, const char *key, int64_t n)
{
	jw_key(w, key);
	jw_int(w, n);
}

void jw_member_bool(struct json_writer *w, const char *key, bool b)
{
	jw_key(w, key);
	jw_bool(w, b);
}

void jw_member_time(struct json_writer *w, const char *key, int64_t time_ms_or_none)
{
	jw_key(w, key);
	jw_time(w, time_ms_or_none);
}
