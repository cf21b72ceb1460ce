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

size_t text_ascii_len(struct str s)
{
	const uint64_t high = UINT64_C(0x8080808080808080);
	size_t n = 0;

	for (uint64_t eight; n + sizeof(eight) <= s.len; n += sizeof(eight)) {
		memcpy(&eight, s.p + n, sizeof(eight));
		if (eight & high)
			break;
	}
	while (n < s.len && (unsigned char)s.p[n] < 0x80)
		n++;
	return n;
}

bool text_is_utf8(struct str s)
{
	utf8proc_int32_t c;

	for (size_t at = 0; at < s.len;) {
		at += text_ascii_len(str_n(s.p + at, s.len - at));
		if (at == s.len)
			return true;
		at += next_point(str_n(s.p + at, s.len - at), &c);
		if (c < 0)
			return false;
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

void text_mend(struct buf *out, struct str s)
{
	while (s.len) {
		utf8proc_int32_t c = 0;
		size_t n = text_ascii_len(s);
		if (n == 0)
			n = next_point(s, &c);
		buf_add(out, c < 0 ? STR("\xef\xbf\xbd") : str_sub(s, 0, n));
		s = str_sub(s, n, s.len);
	}
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

/* What a character of ASCII becomes; '.' = nothing. */
static const char ascii_folds[] = ".........     .."
				  "................"
				  " ..............."
				  "0123456789......"
				  ".abcdefghijklmno"
				  "pqrstuvwxyz....."
				  ".abcdefghijklmno"
				  "pqrstuvwxyz.....";

/* Below the first letter of Hangul nothing composes but marks, which are gone. */
#define COMPOSES_FROM 0x1100
#define APOSTROPHE 0x2019 /* the typographic one */
#define POINT_MOST 4      /* bytes of a code point */
#define ASCII_RUN 128

struct folder {
	struct arena *a;
	char *out;
	size_t len, room;
	size_t points, most; /* code points; it may stop when there are more than `most` */
	bool apart;          /* punctuation of ASCII is blanks */
	bool composes;       /* some of it might */
};

static bool folder_make_room(struct folder *f, size_t bytes)
{
	size_t room = f->room * 2 + bytes;

	if (f->room - f->len >= bytes)
		return true;
	char *out = arena_alloc(f->a, room);
	if (!out)
		return false;
	if (f->len)
		memcpy(out, f->out, f->len);
	f->out = out;
	f->room = room;
	return true;
}

static void folder_add_blank(struct folder *f)
{
	if (!f->len || f->out[f->len - 1] == ' ')
		return;
	f->out[f->len++] = ' ';
	f->points++;
}

static void folder_add(struct folder *f, utf8proc_int32_t c)
{
	enum fate fate = fate_of(c);

	if (fate == FATE_BLANK)
		folder_add_blank(f);
	if (fate != FATE_KEEP)
		return;
	f->len += (size_t)utf8proc_encode_char(c, (utf8proc_uint8_t *)f->out + f->len);
	f->points++;
	f->composes |= c >= COMPOSES_FROM;
}

static bool folder_add_folded(struct folder *f, utf8proc_int32_t c)
{
	const utf8proc_option_t how = UTF8PROC_COMPAT | UTF8PROC_CASEFOLD | UTF8PROC_DECOMPOSE |
	    UTF8PROC_STRIPMARK | UTF8PROC_IGNORE | UTF8PROC_LUMP;
	utf8proc_int32_t points[DECOMPOSED_MOST];
	int boundary = 0;

	if (!folder_make_room(f, DECOMPOSED_MOST * POINT_MOST))
		return false;
	/* A blank is one before its kind is lost. */
	if (fate_of(c) == FATE_BLANK || (f->apart && c == APOSTROPHE)) {
		folder_add_blank(f);
		return true;
	}
	utf8proc_ssize_t n = utf8proc_decompose_char(c, points, DECOMPOSED_MOST, how, &boundary);
	ASSERT(n <= DECOMPOSED_MOST);
	for (utf8proc_ssize_t i = 0; i < n; i++)
		folder_add(f, points[i]);
	return true;
}

/* What the letters of U+00C0 to U+00FF become, which most of the others are in Latin script; '.' = see utf8proc. */
static const char latin_folds[] = "aaaaaa.ceeeeiiii"
				  ".nooooo..uuuuy.."
				  "aaaaaa.ceeeeiiii"
				  ".nooooo..uuuuy.y";

/* 1 when it was such a letter. There is room for it. */
static bool folder_add_latin(struct folder *f, utf8proc_int32_t c)
{
	char letter = c >= 0xc0 && c <= 0xff ? latin_folds[c - 0xc0] : '.';

	if (letter == '.')
		return false;
	f->out[f->len++] = letter;
	f->points++;
	return true;
}

/* As many bytes from the beginning as are ASCII, which most letters of most texts are. There is room for them. */
static size_t folder_add_ascii(struct folder *f, struct str s)
{
	const char gap = f->apart ? ' ' : '.';
	char last = f->len ? f->out[f->len - 1] : ' ';
	char *to = f->out + f->len;
	size_t i = 0;

	for (; i < s.len && (unsigned char)s.p[i] < 0x80; i++) {
		char c = ascii_folds[(unsigned char)s.p[i]];
		if (c == '.')
			c = gap;
		if (c == '.' || (c == ' ' && last == ' '))
			continue;
		*to++ = last = c;
	}
	f->points += (size_t)(to - f->out) - f->len;
	f->len = (size_t)(to - f->out);
	return i;
}

/* Invalid bytes are dropped like symbols. */
static bool folder_add_text(struct folder *f, struct str s)
{
	utf8proc_int32_t c;

	while (s.len && f->points <= f->most) {
		if (!folder_make_room(f, ASCII_RUN))
			return false;
		s = str_sub(s, folder_add_ascii(f, str_sub(s, 0, ASCII_RUN)), s.len);
		if (!s.len || (unsigned char)s.p[0] < 0x80)
			continue;
		s = str_sub(s, next_point(s, &c), s.len);
		if (!folder_make_room(f, 1))
			return false;
		if (c >= 0 && !folder_add_latin(f, c) && !folder_add_folded(f, c))
			return false;
	}
	return true;
}

static bool folder_compose(struct folder *f)
{
	utf8proc_int32_t *points = arena_array(f->a, sizeof(*points), f->points);
	struct str rest = str_n(f->out, f->len);
	size_t len = 0;

	if (!points)
		return false;
	while (rest.len)
		rest = str_sub(rest, next_point(rest, &points[len++]), rest.len);
	/* Its only errors are of options and of lengths that no memory holds. */
	len = (size_t)utf8proc_normalize_utf32(points, (utf8proc_ssize_t)len, UTF8PROC_COMPOSE);
	f->len = 0;
	for (size_t i = 0; i < len; i++)
		f->len += (size_t)utf8proc_encode_char(
		    points[i], (utf8proc_uint8_t *)f->out + f->len);
	return true;
}

/* Room for the text as it is; ASCII takes no more, and other letters seldom. */
static struct folder folder_of(struct arena *a, struct str s, size_t most)
{
	size_t room = s.len < most ? s.len : most;
	char *out = arena_alloc(a, room + ASCII_RUN);

	return (
	    struct folder){ .a = a, .out = out, .room = out ? room + ASCII_RUN : 0, .most = most };
}

static struct str folder_end(struct folder *f)
{
	if ((f->composes && !folder_compose(f)) || !folder_make_room(f, 1))
		return STR_NONE;
	f->len -= f->len && f->out[f->len - 1] == ' ';
	f->out[f->len] = '\0';
	return str_n(f->out, f->len);
}

static struct str fold(struct arena *a, struct str s, bool apart)
{
	struct folder f = folder_of(a, s, SIZE_MAX);

	f.apart = apart;
	return f.out && folder_add_text(&f, s) ? folder_end(&f) : STR_NONE;
}

struct str text_fold(struct arena *a, struct str s)
{
	return fold(a, s, false);
}

struct str text_fold_apart(struct arena *a, struct str s)
{
	return fold(a, s, true);
}

/* Do the letters that it begins with make more than `most` bytes already? */
static bool begins_long(struct str s, size_t most)
{
	size_t len = 0;

	for (size_t i = 0; i < s.len && (unsigned char)s.p[i] < 0x80 && len <= most; i++) {
		char c = ascii_folds[(unsigned char)s.p[i]];
		len += c != ' ' && c != '.';
	}
	return len > most;
}

/* Composing takes no byte away: marks are gone before, and the three points that make one
 * syllable of Hangul make three bytes. So a text of more points than bytes are wanted, a blank at
 * its end aside, is too long. */
int text_fold_short(struct arena *a, struct str s, size_t most, struct str *ret)
{
	if (begins_long(s, most))
		return 0;
	struct folder f = folder_of(a, s, most + 1);
	if (!f.out || !folder_add_text(&f, s))
		return -E_NOMEM;
	if (f.points > f.most)
		return 0;
	struct str folded = folder_end(&f);
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
