/* The figures are those of RFC 3492, section 5; the walk is its section 6.2. */
#include "base/punycode.h"

#include <stdint.h>
#include <string.h>

#include "base/check.h"

#define BASE 36u
#define T_MIN 1u
#define T_MAX 26u
#define SKEW 38u
#define DAMP 700u
#define FIRST_BIAS 72u
#define FIRST_POINT 0x80u
#define FIRST_LETTER 0xa0u /* what is below controls machines */
#define LAST_POINT 0x10ffffu

static uint32_t adapted(uint32_t delta, uint32_t points, bool first)
{
	uint32_t k = 0;

	delta = first ? delta / DAMP : delta / 2;
	delta += delta / points;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE)
		delta /= BASE - T_MIN;
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

static uint32_t digit_of(char c)
{
	if (c >= 'a' && c <= 'z')
		return (uint32_t)(c - 'a');
	if (c >= 'A' && c <= 'Z')
		return (uint32_t)(c - 'A');
	return c >= '0' && c <= '9' ? (uint32_t)(c - '0') + 26 : BASE;
}

/* One number of variable length; false when it is none, or too large. */
static bool take_number(struct str *rest, uint32_t bias, uint32_t *ret)
{
	uint32_t n = 0, weight = 1;

	for (uint32_t k = BASE;; k += BASE) {
		uint32_t digit = rest->len > 0 ? digit_of(rest->p[0]) : BASE;
		uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;

		if (digit >= BASE || weight > LAST_POINT ||
		    digit * (uint64_t)weight > UINT32_MAX / 2 || n > UINT32_MAX / 2)
			return false;
		n += digit * weight;
		*rest = str_sub(*rest, 1, rest->len);
		if (digit < t) {
			*ret = n;
			return true;
		}
		weight *= BASE - t;
	}
}

static bool decode(struct str rest, uint32_t *points, size_t *len)
{
	uint32_t point = FIRST_POINT, at = 0, bias = FIRST_BIAS;
	bool first = true;

	while (rest.len > 0) {
		uint32_t delta = 0, count = (uint32_t)*len + 1;

		if (*len == PUNYCODE_LABEL_MAX || !take_number(&rest, bias, &delta))
			return false;
		bias = adapted(delta, count, first);
		first = false;
		at += delta;
		point += at / count;
		at %= count;
		if (point < FIRST_LETTER || point > LAST_POINT ||
		    (point >= 0xd800 && point < 0xe000))
			return false;
		memmove(points + at + 1, points + at, (*len - at) * sizeof(*points));
		points[at++] = point;
		++*len;
	}
	return true;
}

static void add_point(struct buf *out, uint32_t c)
{
	char b[4];
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;

	for (size_t i = n - 1; i > 0; i--, c >>= 6)
		b[i] = (char)(0x80 | (c & 0x3f));
	b[0] = (char)(n == 1 ? c : (0xf00u >> n & 0xf0u) | c);
	buf_add(out, str_n(b, n));
}

bool punycode_decode(struct str label, struct buf *out)
{
	uint32_t points[PUNYCODE_LABEL_MAX];
	size_t len = 0, dash = label.len;

	if (label.len <= 4 || label.len >= PUNYCODE_LABEL_MAX ||
	    !str_eq_nocase(str_sub(label, 0, 4), STR("xn--")))
		return false;
	while (dash > 4 && label.p[dash - 1] != '-')
		dash--;
	for (size_t i = 4; i + 1 < dash; i++)
		points[len++] = (unsigned char)label.p[i];
	if (!decode(str_sub(label, dash, label.len), points, &len))
		return false;
	for (size_t i = 0; i < len; i++)
		add_point(out, points[i]);
	return len > 0;
}
