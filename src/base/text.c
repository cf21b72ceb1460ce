#include "base/text.h"

#include <limits.h>
#include <string.h>
#include <utf8proc.h>

#include "base/check.h"

#define WORD_MOST 64 /* bytes of what text_distance compares */

/* The next code point, at least one byte; -1 for a byte that begins no valid sequence. */
static size_t next_point(struct str s, utf8proc_int32_t *ret)
{
	const utf8proc_uint8_t *p = (const utf8proc_uint8_t *)s.p;

	if (p[0] < 0x80) {
		*ret = p[0];
		return 1;
	}
	/* No sequence is longer than four bytes, and a length always fits then. */
	utf8proc_ssize_t n = utf8proc_iterate(p, s.len < 4 ? (utf8proc_ssize_t)s.len : 4, ret);
	if (n > 0)
		return (size_t)n;
	*ret = -1;
	return 1;
}

bool text_is_utf8(struct str s)
{
	utf8proc_int32_t c;

	while (s.len) {
		size_t n = next_point(s, &c);
		if (c < 0)
			return false;
		s = str_sub(s, n, s.len);
	}
	return true;
}

size_t text_code_points(struct str s)
{
	utf8proc_int32_t c;
	size_t count = 0;

	for (; s.len; count++)
		s = str_sub(s, next_point(s, &c), s.len);
	return count;
}

static bool is_control(utf8proc_int32_t c)
{
	return (c >= 0 && c < 0x20) || (c >= 0x7f && c < 0xa0);
}

static bool is_layout(utf8proc_int32_t c)
{
	return c == '\t' || c == '\n' || c == '\r';
}

bool text_has_control(struct str s)
{
	utf8proc_int32_t c;

	while (s.len) {
		s = str_sub(s, next_point(s, &c), s.len);
		if (is_control(c) && !is_layout(c))
			return true;
	}
	return false;
}

/* --- folding --- */

/* One code point decomposes into 18 at most (U+FDFA). */
#define DECOMPOSED_MOST 32

enum fate { FATE_DROP, FATE_BLANK, FATE_KEEP };

static enum fate fate_of(utf8proc_int32_t c)
{
	if (is_layout(c) || c == '\v' || c == '\f' || c == 0x85)
		return FATE_BLANK;
	switch (utf8proc_category(c)) {
	case UTF8PROC_CATEGORY_LU:
	case UTF8PROC_CATEGORY_LL:
	case UTF8PROC_CATEGORY_LT:
	case UTF8PROC_CATEGORY_LM:
	case UTF8PROC_CATEGORY_LO:
	case UTF8PROC_CATEGORY_ND:
	case UTF8PROC_CATEGORY_NL:
	case UTF8PROC_CATEGORY_NO:
		return FATE_KEEP;
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP:
		return FATE_BLANK;
	default: /* marks, punctuation, symbols, so emoji too, controls, joiners, unassigned */
		return FATE_DROP;
	}
}

struct folder {
	utf8proc_int32_t *points;
	size_t len, room, most; /* it may stop when more than `most` points stand in it */
};

static bool folder_make_room(struct folder *f)
{
	size_t room = f->room * 2 + DECOMPOSED_MOST;

	if (f->room - f->len >= DECOMPOSED_MOST)
		return true;
	utf8proc_int32_t *points = mem_grow(f->points, room * sizeof(*points));
	if (!points)
		return false;
	f->points = points;
	f->room = room;
	return true;
}

static void folder_add(struct folder *f, utf8proc_int32_t c)
{
	enum fate fate = fate_of(c);

	if (fate == FATE_KEEP)
		f->points[f->len++] = c;
	else if (fate == FATE_BLANK && f->len && f->points[f->len - 1] != ' ')
		f->points[f->len++] = ' ';
}

static bool folder_add_folded(struct folder *f, utf8proc_int32_t c)
{
	const utf8proc_option_t how = UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE |
	    UTF8PROC_STRIPMARK | UTF8PROC_IGNORE | UTF8PROC_LUMP;
	utf8proc_int32_t points[DECOMPOSED_MOST];
	int boundary = 0;

	if (!folder_make_room(f))
		return false;
	utf8proc_ssize_t n = utf8proc_decompose_char(c, points, DECOMPOSED_MOST, how, &boundary);
	ASSERT(n <= DECOMPOSED_MOST);
	for (utf8proc_ssize_t i = 0; i < n; i++)
		folder_add(f, points[i]);
	return true;
}

/* Invalid bytes are dropped like symbols. */
static bool folder_add_text(struct folder *f, struct str s)
{
	utf8proc_int32_t c;

	while (s.len && f->len <= f->most) {
		s = str_sub(s, next_point(s, &c), s.len);
		bool layout = c >= 0 && fate_of(c) == FATE_BLANK;
		if (layout && folder_make_room(f))
			folder_add(f, c);
		else if (layout || (c >= 0 && !folder_add_folded(f, c)))
			return false;
	}
	return true;
}

static struct str folder_encode(struct folder *f, struct arena *a)
{
	const utf8proc_option_t how = UTF8PROC_COMPOSE;
	utf8proc_uint8_t bytes[4];
	size_t size = 0;

	/* Its only errors are of options and of lengths that no memory holds. */
	if (f->len)
		f->len = (size_t)utf8proc_normalize_utf32(f->points, (utf8proc_ssize_t)f->len, how);
	if (f->len && f->points[f->len - 1] == ' ')
		f->len--;
	for (size_t i = 0; i < f->len; i++)
		size += (size_t)utf8proc_encode_char(f->points[i], bytes);
	utf8proc_uint8_t *out = arena_alloc(a, size + 1);
	if (!out)
		return STR_NONE;
	utf8proc_uint8_t *to = out;
	for (size_t i = 0; i < f->len; i++)
		to += utf8proc_encode_char(f->points[i], to);
	return str_n((char *)out, size);
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

/* What a character of ASCII becomes; '\0' = nothing. */
static char ascii_fold(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'))
		return c;
	return c == ' ' || (c >= '\t' && c <= '\r') ? ' ' : '\0';
}

/* The same as the long way, for the texts that most messages are. */
static struct str fold_ascii(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.len + 1);
	size_t len = 0;

	if (!out)
		return STR_NONE;
	for (size_t i = 0; i < s.len; i++) {
		char c = ascii_fold(s.p[i]);
		if (c && (c != ' ' || (len && out[len - 1] != ' ')))
			out[len++] = c;
	}
	len -= len && out[len - 1] == ' ';
	out[len] = '\0';
	return str_n(out, len);
}

struct str text_fold(struct arena *a, struct str s)
{
	struct folder f = { .most = SIZE_MAX };
	struct str folded = STR_NONE;

	if (is_ascii(s))
		return fold_ascii(a, s);
	if (folder_add_text(&f, s))
		folded = folder_encode(&f, a);
	mem_free(f.points);
	return folded;
}

/* Do the letters that it begins with make more than `most` bytes already? */
static bool begins_long(struct str s, size_t most)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len && (unsigned char)s.p[i] < 0x80 && len <= most; i++) {
		char c = ascii_fold(s.p[i]);
		len += c && c != ' ';
	}
	return len > most;
}

/* Composing takes no byte away: marks are gone before, and the three points that make one
 * syllable of Hangul make three bytes. So a text of more points than bytes are wanted, a blank at
 * its end aside, is too long. */
int text_fold_short(struct arena *a, struct str s, size_t most, struct str *ret)
{
	struct folder f = { .most = most + 1 };
	struct str folded = STR_NONE;

	if (begins_long(s, most))
		return 0;
	if (is_ascii(s))
		folded = fold_ascii(a, s);
	else if (folder_add_text(&f, s) && f.len <= f.most)
		folded = folder_encode(&f, a);
	mem_free(f.points);
	if (f.len > f.most)
		return 0;
	if (!folded.p)
		return -E_NOMEM;
	if (folded.len > most)
		return 0;
	*ret = folded;
	return 1;
}

size_t text_words(struct str folded)
{
	size_t words = folded.len > 0;

	for (size_t i = 0; i < folded.len; i++)
		words += folded.p[i] == ' ';
	return words;
}

/* --- for terminals --- */

/* Besides controls: marks that turn the direction of what follows, and separators of lines. */
static bool is_treacherous(utf8proc_int32_t c)
{
	return c < 0 || is_control(c) || c == 0x61c || c == 0x200e || c == 0x200f ||
	    (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

struct str text_printable(struct arena *a, struct str s, size_t max)
{
	utf8proc_int32_t c;
	size_t len = 0;
	char *out = arena_alloc(a, (s.len < max ? s.len : max) + 1);

	if (!out)
		return STR_NONE;
	while (s.len) {
		size_t n = next_point(s, &c);
		size_t put = is_treacherous(c) ? 1 : n;
		if (put > max - len)
			break;
		memcpy(out + len, is_treacherous(c) ? "?" : s.p, put);
		len += put;
		s = str_sub(s, n, s.len);
	}
	return str_n(out, len);
}

/* --- did you mean --- */

static unsigned least(unsigned a, unsigned b, unsigned c)
{
	unsigned ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* One row of the usual table: row[j] is the distance of what was seen of `a` to the first j of
 * `b`. */
unsigned text_distance(struct str a, struct str b)
{
	unsigned row[WORD_MOST + 1];

	if (a.len > WORD_MOST || b.len > WORD_MOST)
		return UINT_MAX;
	for (unsigned j = 0; j <= b.len; j++)
		row[j] = j;
	for (unsigned i = 0; i < a.len; i++) {
		unsigned diagonal = row[0];
		row[0] = i + 1;
		for (unsigned j = 0; j < b.len; j++) {
			unsigned above = row[j + 1];
			row[j + 1] = least(above + 1, row[j] + 1, diagonal + (a.p[i] != b.p[j]));
			diagonal = above;
		}
	}
	return row[b.len];
}
