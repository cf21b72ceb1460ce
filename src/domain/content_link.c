#include "domain/content_link.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/punycode.h"
#include "base/text.h"

#define PIECE_MAX 64
#define BRAND_FAR_MIN 6 /* letters of a name that may be mistyped by one and still be meant */

static const char *const fault_names[LINK_FAULTS] = {
	[LINK_FINE] = "fine",
	[LINK_PLAIN] = "plain",
	[LINK_SCHEME] = "scheme",
	[LINK_SHORTENER] = "shortener",
	[LINK_LOOKALIKE] = "lookalike",
	[LINK_ADDRESS] = "address",
	[LINK_USERINFO] = "userinfo",
};

const char *link_fault_name(enum link_fault f)
{
	ASSERT((unsigned)f < LINK_FAULTS);
	return fault_names[f];
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* --- taking a link apart ---------------------------------------------------------------------- */

struct parts {
	struct str scheme, user, host; /* p NULL = absent */
	bool web;                      /* has an authority */
};

static size_t find(struct str s, const char *any)
{
	size_t i = 0;

	while (i < s.len && !strchr(any, s.p[i]))
		i++;
	return i;
}

static void take_authority(struct str authority, struct parts *p)
{
	size_t at = authority.len;

	while (at > 0 && authority.p[at - 1] != '@')
		at--;
	if (at > 0)
		p->user = str_sub(authority, 0, at - 1);
	for (size_t i = at; i + 3 <= authority.len; i++) {
		if (memcmp(authority.p + i, "%40", 3) == 0)
			p->user = str_sub(authority, 0, (at = i + 3) - 3);
	}
	p->host = str_sub(authority, at, authority.len);
	size_t colon = p->host.len;
	while (colon > 0 && is_digit(p->host.p[colon - 1]))
		colon--;
	if (colon > 1 && colon < p->host.len && p->host.p[colon - 1] == ':')
		p->host.len = colon - 1;
}

static bool is_page_scheme(struct str scheme)
{
	return str_eq_nocase(scheme, STR("http")) || str_eq_nocase(scheme, STR("https"));
}

/* Browsers take any number of slashes of either kind behind http: and https:. */
static struct parts parts_of(struct str url)
{
	struct parts p = { .web = true };
	size_t colon = find(url, ":/?#");

	if (colon < url.len && url.p[colon] == ':' && !memchr(url.p, '.', colon) && colon > 1 &&
	    !(colon + 1 < url.len && is_digit(url.p[colon + 1]))) {
		p.scheme = str_sub(url, 0, colon);
		p.web = is_page_scheme(p.scheme);
		url = str_sub(url, colon + 1, url.len);
		while (p.web && url.len > 0 && (url.p[0] == '/' || url.p[0] == '\\'))
			url = str_sub(url, 1, url.len);
	}
	if (p.web)
		take_authority(str_sub(url, 0, find(url, "/?#\\")), &p);
	return p;
}

/* --- judging ---------------------------------------------------------------------------------- */

static bool is_number_host(struct str host)
{
	struct str last = host;
	bool digits = host.len > 0;

	if (host.len > 0 && host.p[0] == '[')
		return true;
	for (size_t i = 0; i < host.len; i++) {
		if (host.p[i] == '.')
			last = str_sub(host, i + 1, host.len);
	}
	if (str_starts(last, STR("0x")))
		return true;
	for (size_t i = 0; i < last.len; i++)
		digits = digits && is_digit(last.p[i]);
	return digits && last.len > 0;
}

static bool is_within(struct str host, struct str domain)
{
	return str_eq_nocase(host, domain) ||
	    (host.len > domain.len && host.p[host.len - domain.len - 1] == '.' &&
		str_eq_nocase(str_sub(host, host.len - domain.len, domain.len), domain));
}

static bool is_within_any(struct str host, const struct pack_words *domains)
{
	for (size_t i = 0; i < domains->len; i++) {
		if (is_within(host, domains->items[i]))
			return true;
	}
	return false;
}

/* A piece of a host as the eye reads it: digits and pairs that look like letters replaced. True when any was. */
static bool as_read(struct str piece, char one, char *out)
{
	static const char letters[] = "oizeasgtbg";
	size_t n = 0;
	bool changed = false;

	for (size_t i = 0; i < piece.len && n + 1 < PIECE_MAX; i++) {
		char c = piece.p[i];
		bool pair = i + 1 < piece.len && c == 'r' && piece.p[i + 1] == 'n';
		bool twice = i + 1 < piece.len && c == 'v' && piece.p[i + 1] == 'v';

		if (pair || twice) {
			out[n++] = pair ? 'm' : 'w';
			i++;
			changed = true;
		} else if (is_digit(c)) {
			out[n++] = c == '1' ? one : letters[c - '0'];
			changed = true;
		} else if (c != '-') {
			out[n++] = c;
		}
	}
	out[n] = '\0';
	return changed;
}

/* One letter more, less or another. */
static bool is_mistyped(struct str piece, struct str brand)
{
	return brand.len >= BRAND_FAR_MIN && text_distance(piece, brand) == 1;
}

static bool piece_looks_like(struct str piece, struct str brand, bool whole)
{
	char read[PIECE_MAX];

	if (piece.len > 3 && str_starts(piece, STR("www")) &&
	    str_eq(str_sub(piece, 3, piece.len), brand))
		return true;
	for (const char *one = "li"; *one; one++) {
		bool changed = as_read(piece, *one, read);

		if (str_eq(str_c(read), brand))
			return changed || !whole;
	}
	return is_mistyped(piece, brand);
}

/* Pieces between dots and hyphens, and labels without their hyphens. */
static bool host_looks_like(struct str host, bool altered, struct str brand)
{
	struct str rest = host;
	char joined[PIECE_MAX];
	size_t labels = 1;

	for (size_t i = 0; i < host.len; i++)
		labels += host.p[i] == '.';
	for (size_t at = 0; at + 1 < labels; at++) {
		struct str label = str_cut(&rest, '.'), pieces = label;

		if (!label.p)
			break;
		/* amazon.it, the country's own, is not in every list */
		bool whole = at + 2 == labels && !altered;

		if (!memchr(label.p, '-', label.len) && piece_looks_like(label, brand, whole))
			return true;
		while (memchr(label.p, '-', label.len) && pieces.p) {
			if (piece_looks_like(str_cut(&pieces, '-'), brand, false))
				return true;
		}
		(void)as_read(label, 'l', joined);
		if (brand.len > 2 * BRAND_FAR_MIN - 2 && strstr(joined, brand.p) &&
		    !str_eq(label, brand))
			return true;
	}
	return false;
}

/* --- other scripts ---------------------------------------------------------------------------- */

/* A host as the eye reads it, and what gives it away. */
struct reading {
	struct buf plain; /* letters of other scripts as the Latin ones that they look like */
	bool altered;     /* it is not the host itself */
	bool disguised;
};

static uint32_t next_point(struct str *rest)
{
	unsigned char c = (unsigned char)rest->p[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	uint32_t point = n == 1 ? c : c & (0x3fu >> (n - 1));

	for (size_t i = 1; i < n && i < rest->len; i++)
		point = point << 6 | ((unsigned char)rest->p[i] & 0x3f);
	*rest = str_sub(*rest, n, rest->len);
	return point;
}

enum script { SCRIPT_NONE, SCRIPT_LATIN, SCRIPT_ALIKE, SCRIPT_OTHER, SCRIPT_DRESS };

/* Greek, Cyrillic, Armenian and Cherokee have letters that look Latin; full-width and mathematical ones are Latin letters
 * in dress. */
static enum script script_of(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		enum script script;
	} rows[] = {
		{ 'A', 'Z', SCRIPT_LATIN },
		{ 'a', 'z', SCRIPT_LATIN },
		{ 0xc0, 0x24f, SCRIPT_LATIN },
		{ 0x370, 0x58f, SCRIPT_ALIKE },
		{ 0x13a0, 0x13ff, SCRIPT_ALIKE },
		{ 0x3002, 0x3002, SCRIPT_DRESS },
		{ 0xff00, 0xffef, SCRIPT_DRESS },
		{ 0x1d400, 0x1d7ff, SCRIPT_DRESS },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (c >= rows[i].from && c <= rows[i].to)
			return rows[i].script;
	}
	return c < 0x80 ? SCRIPT_NONE : SCRIPT_OTHER;
}

/* The first word that the folding makes of a piece. */
static void add_plain(const struct content *c, struct str piece, struct buf *out)
{
	struct buf raw, folded;

	buf_init(&raw, 0);
	buf_init(&folded, 0);
	fold_words(content_signs(c), piece, NULL, &raw, &folded);
	struct str words = str_trim(buf_str(&folded));
	buf_add(out, folded.failed ? STR_NONE : str_cut(&words, ' '));
	buf_done(&raw);
	buf_done(&folded);
}

/* A label in which another script is mixed with Latin letters, or that looks Latin from end to end and is not. */
static bool is_disguised(struct str label, size_t plain_len)
{
	size_t seen[SCRIPT_DRESS + 1] = { 0 }, points = 0;

	while (label.p && label.len > 0) {
		seen[script_of(next_point(&label))]++;
		points++;
	}
	return seen[SCRIPT_DRESS] > 0 || (seen[SCRIPT_LATIN] > 0 && seen[SCRIPT_ALIKE] > 0) ||
	    (seen[SCRIPT_ALIKE] > 0 && seen[SCRIPT_OTHER] == 0 && points == plain_len);
}

static bool is_ascii(struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if ((unsigned char)s.p[i] >= 0x80)
			return false;
	}
	return true;
}

static void read_label(const struct content *c, struct str label, struct reading *r)
{
	struct buf decoded;
	size_t before = r->plain.len;

	buf_init(&decoded, 0);
	if (punycode_decode(label, &decoded))
		label = buf_str(&decoded);
	else if (str_starts(label, STR("xn--")))
		r->disguised = true; /* stands for nothing */
	if (is_ascii(label)) {
		buf_add(&r->plain, label);
	} else {
		for (struct str pieces = label; pieces.p;) {
			if (pieces.p != label.p)
				buf_add_char(&r->plain, '-');
			add_plain(c, str_cut(&pieces, '-'), &r->plain);
		}
		r->altered = true;
		r->disguised = r->disguised || is_disguised(label, r->plain.len - before);
	}
	buf_done(&decoded);
}

static void read_host(const struct content *c, struct str host, struct reading *r)
{
	for (struct str rest = host; rest.p;) {
		if (rest.p != host.p)
			buf_add_char(&r->plain, '.');
		read_label(c, str_cut(&rest, '.'), r);
	}
}

/* --- likeness --------------------------------------------------------------------------------- */

/* "negozi0-login": a digit for a letter, beside a word that baits. */
static bool is_bait(const struct content *c, struct str host)
{
	bool bait = false, digit = false;

	while (host.p) {
		struct str label = str_cut(&host, '.');

		while (label.p && host.p) {
			struct str piece = str_cut(&label, '-');
			char read[PIECE_MAX];

			(void)as_read(piece, 'l', read);
			bait = bait || pack_words_has(content_bait(c), str_c(read));
			for (size_t i = 1; i < piece.len; i++) {
				bool end = i + 1 == piece.len;
				bool like = end ? strchr("01", piece.p[i]) != NULL
						: strchr("013457", piece.p[i]) != NULL &&
					is_letter(piece.p[i + 1]);
				digit = digit || (like && is_letter(piece.p[i - 1]));
			}
		}
	}
	return bait && digit;
}

static bool is_like_a_brand(
    const struct content *c, struct str host, bool altered, struct str *ret_like)
{
	const struct content_brand *b;

	for (size_t i = 0; (b = content_brand_at(c, i)); i++) {
		if (host_looks_like(host, altered, b->name)) {
			*ret_like = b->name;
			return true;
		}
	}
	return false;
}

/* Most hosts are what they look like; only others take memory. */
static bool is_plain(struct str host)
{
	if (!is_ascii(host))
		return false;
	while (host.p) {
		if (str_starts(str_cut(&host, '.'), STR("xn--")))
			return false;
	}
	return true;
}

static bool is_foreign_disguise(const struct content *c, struct str host, struct str *ret_like)
{
	struct reading r = { .altered = false };

	buf_init(&r.plain, 0);
	read_host(c, host, &r);
	bool like = !r.plain.failed && is_like_a_brand(c, buf_str(&r.plain), r.altered, ret_like);
	buf_done(&r.plain);
	return like || r.disguised;
}

static bool looks_like_another(const struct content *c, struct str host, struct str *ret_like)
{
	const struct content_brand *b;

	for (size_t i = 0; (b = content_brand_at(c, i)); i++) {
		if (is_within_any(host, &b->hosts))
			return false;
	}
	if (is_plain(host) ? is_like_a_brand(c, host, false, ret_like)
			   : is_foreign_disguise(c, host, ret_like))
		return true;
	return memchr(host.p, '%', host.len) || is_bait(c, host);
}

static enum link_fault scheme_fault(struct str scheme)
{
	static const char *const fine[] = { "https", "tel", "mailto", "sms", "whatsapp", "geo" };

	if (!scheme.p)
		return LINK_FINE;
	for (size_t i = 0; i < ARRAY_LEN(fine); i++) {
		if (str_eq_nocase(scheme, str_c(fine[i])))
			return LINK_FINE;
	}
	return str_eq_nocase(scheme, STR("http")) ? LINK_PLAIN : LINK_SCHEME;
}

static bool is_shortener(const struct content *c, struct str host)
{
	if (str_starts(host, STR("www.")))
		host = str_sub(host, 4, host.len);
	return pack_words_has(content_shorteners(c), host);
}

static enum link_fault host_fault(const struct content *c, struct str host, struct str *ret_like)
{
	if (is_number_host(host))
		return LINK_ADDRESS;
	if (is_within_any(host, content_trusted(c)))
		return LINK_FINE;
	if (is_shortener(c, host))
		return LINK_SHORTENER;
	return looks_like_another(c, host, ret_like) ? LINK_LOOKALIKE : LINK_FINE;
}

static void copy_lower(struct str from, char *to, size_t room)
{
	size_t n = from.len < room - 1 ? from.len : room - 1;

	for (size_t i = 0; i < n; i++)
		to[i] = from.p[i] >= 'A' && from.p[i] <= 'Z' ? (char)(from.p[i] | 0x20) : from.p[i];
	to[n] = '\0';
}

void content_link_judge(const struct content *c, struct str url, struct content_link *ret)
{
	struct parts p = parts_of(url);

	ret->url = url;
	ret->like = STR_NONE;
	copy_lower(p.scheme, ret->scheme, sizeof(ret->scheme));
	copy_lower(p.host, ret->host, sizeof(ret->host));
	ret->fault = scheme_fault(p.scheme);
	if (!p.web)
		return;
	enum link_fault worse = host_fault(c, str_c(ret->host), &ret->like);
	if (p.user.p)
		worse = LINK_USERINFO;
	if (ret->host[0] == '\0')
		worse = LINK_SCHEME;
	if (worse > ret->fault)
		ret->fault = worse;
}

/* --- finding ---------------------------------------------------------------------------------- */

static bool is_blank(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static struct str trimmed(struct str token)
{
	while (token.len > 0 && strchr("([<\"'*_~", token.p[0]))
		token = str_sub(token, 1, token.len);
	while (token.len > 0 && strchr(".,;:!?)]>\"'*_~", token.p[token.len - 1]))
		token.len--;
	return token;
}

/* The scheme and what follows, in "qui:https://…" too; len 0 when there is none. */
static struct str with_scheme(struct str token)
{
	static const char *const known[] = { "javascript:", "data:text",
		"vbscript:", "file:", "https:", "http:", "about:", "intent:" };
	size_t at = 0;

	while (at + 2 < token.len && memcmp(token.p + at, "://", 3) != 0)
		at++;
	if (at + 3 < token.len) {
		size_t from = at;

		while (from > 0 &&
		    (is_letter(token.p[from - 1]) || is_digit(token.p[from - 1]) ||
			token.p[from - 1] == '+'))
			from--;
		return at > from ? str_sub(token, from, token.len) : STR_NONE;
	}
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		size_t len = strlen(known[i]);

		if (token.len > len + 2 && str_same_nocase(token.p, known[i], len))
			return token;
	}
	return STR_NONE;
}

static bool is_host_char(char c)
{
	return is_letter(c) || is_digit(c) || c == '-' || c == '.' || (unsigned char)c >= 0x80;
}

/* A host without a scheme: it begins with "www.", or its ending is a known one, or it is a shortener's. */
static bool is_bare(const struct content *c, struct str token)
{
	size_t end = find(token, "/?#:");
	struct str host = str_sub(token, 0, end), ending = STR_NONE, rest = host;
	char lower[24];
	size_t dots = 0;

	for (size_t i = 0; i < host.len; i++) {
		if (!is_host_char(host.p[i]))
			return false;
		dots += host.p[i] == '.';
	}
	if (dots == 0 || host.p[0] == '.' || host.len >= LINK_HOST_MAX)
		return false;
	while (rest.p)
		ending = str_cut(&rest, '.');
	if (ending.len < 2 || ending.len >= sizeof(lower))
		return false;
	if (dots > 1 && host.len > 4 && str_same_nocase(host.p, "www.", 4))
		return true;
	for (size_t i = 0; i <= ending.len; i++)
		lower[i] = i == ending.len ? '\0' : (char)(ending.p[i] | 0x20);
	return pack_words_has(content_endings(c), str_c(lower)) || is_shortener(c, host);
}

/* 0 to 255. */
static bool is_byte(struct str s)
{
	int n = 0;

	for (size_t i = 0; i < s.len && i < 4; i++) {
		if (!is_digit(s.p[i]))
			return false;
		n = n * 10 + (s.p[i] - '0');
	}
	return s.len > 0 && s.len < 4 && n < 256;
}

/* Four numbers with dots, and a path or a port behind them: "192.0.2.10/login". */
static bool is_bare_address(struct str token)
{
	size_t end = find(token, "/:");
	struct str rest = str_sub(token, 0, end);
	size_t numbers = 0;

	if (end == token.len)
		return false;
	while (rest.p) {
		if (!is_byte(str_cut(&rest, '.')))
			return false;
		numbers++;
	}
	return numbers == 4;
}

bool content_link_next(
    const struct content *c, struct str *rest, struct str *ret_before, struct content_link *ret)
{
	struct str text = *rest;

	for (size_t i = 0; i < text.len;) {
		size_t from = i;

		while (i < text.len && !is_blank(text.p[i]))
			i++;
		struct str token = trimmed(str_sub(text, from, i - from));
		struct str url = with_scheme(token);
		if (url.len == 0 && token.len > 3 && memchr(token.p, '.', token.len) &&
		    (is_bare(c, token) || is_bare_address(token)))
			url = token;
		if (url.len > 0) {
			*ret_before = str_sub(text, 0, (size_t)(url.p - text.p));
			*rest = str_sub(text, i, text.len);
			content_link_judge(c, url, ret);
			return true;
		}
		i++;
	}
	*ret_before = text;
	*rest = STR_NONE;
	return false;
}
