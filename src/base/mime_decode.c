/* Transfer encodings, charsets and encoded words. */
#include "base/mime_private.h"

#include "base/check.h"
#include "base/crypto.h"
#include "base/text.h"

/* --- transfer encodings ----------------------------------------------------------------------- */

static bool is_base64(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
	    c == '+' || c == '/';
}

/* Blanks and line ends do not count; the end may lack its padding. */
bool mime_decode_base64(struct str s, struct buf *out)
{
	struct buf clean;
	bool good = true;

	buf_init(&clean, 0);
	for (size_t i = 0; i < s.len && s.p[i] != '='; i++) {
		if (is_base64(s.p[i]))
			buf_add_char(&clean, s.p[i]);
		else
			good = good && (s.p[i] == '\r' || s.p[i] == '\n' || s.p[i] == ' ');
	}
	if (clean.len % 4 == 1) {
		clean.len--;
		good = false;
	}
	while (clean.len % 4 && !clean.failed)
		buf_add_char(&clean, '=');
	if (clean.failed)
		out->failed = true;
	else if (clean.len && base64_decode(buf_str(&clean), out) < 0)
		good = false;
	buf_done(&clean);
	return good;
}

static int hex_of(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Behind "=": what it stands for, or how long the soft line break is; 0 = neither. */
static size_t take_quoted(struct str s, struct buf *out)
{
	int high = s.len > 1 ? hex_of(s.p[0]) : -1, low = s.len > 1 ? hex_of(s.p[1]) : -1;
	size_t n = 0;

	if (high >= 0 && low >= 0) {
		buf_add_char(out, (char)(high * 16 + low));
		return 2;
	}
	while (n < s.len && (s.p[n] == ' ' || s.p[n] == '\t' || s.p[n] == '\r'))
		n++;
	return n < s.len && s.p[n] == '\n' ? n + 1 : 0;
}

bool mime_decode_quoted(struct str s, bool header, struct buf *out)
{
	bool good = true;

	for (size_t i = 0; i < s.len; i++) {
		if (s.p[i] == '=') {
			size_t n = take_quoted(str_sub(s, i + 1, s.len), out);
			good = good && (n > 0 || i + 1 == s.len);
			i += n;
		} else {
			buf_add_char(out, header && s.p[i] == '_' ? ' ' : s.p[i]);
		}
	}
	return good;
}

/* --- charsets --------------------------------------------------------------------------------- */

/* 0x80 to 0x9F of windows-1252, which is also what is meant by iso-8859-1 there (WHATWG Encoding). */
static const uint16_t windows_1252[32] = {
	0x20AC, 0x81, 0x201A, 0x0192, 0x201E, 0x2026, 0x2020, 0x2021, /* 80 */
	0x02C6, 0x2030, 0x0160, 0x2039, 0x0152, 0x8D, 0x017D, 0x8F,   /* 88 */
	0x90, 0x2018, 0x2019, 0x201C, 0x201D, 0x2022, 0x2013, 0x2014, /* 90 */
	0x02DC, 0x2122, 0x0161, 0x203A, 0x0153, 0x9D, 0x017E, 0x0178, /* 98 */
};

static const struct {
	uint8_t byte;
	uint16_t code;
} latin_9[] = {
	{ 0xA4, 0x20AC },
	{ 0xA6, 0x0160 },
	{ 0xA8, 0x0161 },
	{ 0xB4, 0x017D },
	{ 0xB8, 0x017E },
	{ 0xBC, 0x0152 },
	{ 0xBD, 0x0153 },
	{ 0xBE, 0x0178 },
};

/* Below 0x10000. */
static void add_code(struct buf *out, unsigned code)
{
	if (code < 0x80) {
		buf_add_char(out, (char)code);
		return;
	}
	if (code >= 0x800) {
		buf_add_char(out, (char)(0xE0 | (code >> 12)));
		buf_add_char(out, (char)(0x80 | ((code >> 6) & 0x3F)));
	} else {
		buf_add_char(out, (char)(0xC0 | (code >> 6)));
	}
	buf_add_char(out, (char)(0x80 | (code & 0x3F)));
}

static unsigned code_of(uint8_t byte, bool nine)
{
	if (byte >= 0x80 && byte < 0xA0)
		return windows_1252[byte - 0x80];
	for (size_t i = 0; nine && i < ARRAY_LEN(latin_9); i++) {
		if (latin_9[i].byte == byte)
			return latin_9[i].code;
	}
	return byte;
}

static void add_bytes(struct str s, bool nine, struct buf *out)
{
	for (size_t i = 0; i < s.len; i++)
		add_code(out, code_of((uint8_t)s.p[i], nine));
}

static bool is_one_of(struct str word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_nocase(word, str_c(words[i])))
			return true;
	}
	return false;
}

bool mime_decode_charset(struct str charset, struct str s, struct buf *out)
{
	static const char *const unicode[] = { "", "utf-8", "utf8", "us-ascii", "ascii" };
	static const char *const latin[] = { "iso-8859-1", "latin1", "windows-1252", "cp1252" };
	static const char *const nine[] = { "iso-8859-15", "latin9" };
	bool is_nine = is_one_of(charset, nine, ARRAY_LEN(nine)),
	     is_latin = is_nine || is_one_of(charset, latin, ARRAY_LEN(latin));

	if (!is_latin && text_is_utf8(s)) {
		buf_add(out, s);
		return is_one_of(charset, unicode, ARRAY_LEN(unicode));
	}
	add_bytes(s, is_nine, out);
	return is_latin;
}

/* --- encoded words ---------------------------------------------------------------------------- */

/* "=?charset?B?text?=" at the beginning of *rest, which then stands behind it. */
static bool take_word(struct str *rest, struct buf *out, bool *good)
{
	struct str s = str_sub(*rest, 2, rest->len), all = *rest;
	struct buf bytes;

	if (!str_starts(all, STR("=?")))
		return false;
	struct str charset = str_cut(&s, '?'), how = str_cut(&s, '?'), text = str_cut(&s, '?');
	bool known = how.len == 1 && memchr("BbQq", how.p[0], 4);
	if (!s.p || !known || !str_starts(s, STR("=")) || !charset.len)
		return false;
	struct str name = charset; /* RFC 2231: a language may stand behind "*" */
	name = str_cut(&name, '*');
	buf_init(&bytes, 0);
	if (how.p[0] == 'B' || how.p[0] == 'b')
		*good = mime_decode_base64(text, &bytes) && *good;
	else
		*good = mime_decode_quoted(text, true, &bytes) && *good;
	*good = mime_decode_charset(name, buf_str(&bytes), out) && *good;
	if (bytes.failed)
		out->failed = true;
	buf_done(&bytes);
	*rest = str_sub(s, 1, s.len);
	return true;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Blanks between two encoded words do not count. */
bool mime_decode_words(struct str s, struct buf *out)
{
	bool good = true, behind = false;

	while (s.len) {
		size_t blanks = 0;
		while (blanks < s.len && is_blank(s.p[blanks]))
			blanks++;
		struct str rest = str_sub(s, blanks, s.len);
		size_t was = out->len;
		if (blanks && !behind)
			buf_add(out, str_sub(s, 0, blanks));
		if (take_word(&rest, out, &good)) {
			behind = true;
			s = rest;
			continue;
		}
		if (out->len == was && blanks)
			buf_add(out, str_sub(s, 0, blanks));
		behind = false;
		if (rest.len) {
			buf_add_char(out, rest.p[0]);
			rest = str_sub(rest, 1, rest.len);
		}
		s = rest;
	}
	return good;
}
