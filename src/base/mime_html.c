/* HTML as a reader would see it, read in one pass: tags end at '>', what stands inside script, style and
 * the like is passed over, blocks begin a new line, entities become their characters. */
#include "base/mime_private.h"

#include "base/check.h"

#define TAG_MAX 12

struct page {
	struct str rest;
	struct buf *out;
	struct arena *arena;
	struct mime_mail *mail;
	bool space; /* a blank is due before the next character */
};

/* --- characters ------------------------------------------------------------------------------- */

/* What notices really have; others stay as they are written. */
static const struct {
	const char *name, *text;
} entities[] = {
	{ "amp", "&" },
	{ "lt", "<" },
	{ "gt", ">" },
	{ "quot", "\"" },
	{ "apos", "'" },
	{ "nbsp", " " },
	{ "agrave", "\xC3\xA0" },
	{ "egrave", "\xC3\xA8" },
	{ "eacute", "\xC3\xA9" },
	{ "igrave", "\xC3\xAC" },
	{ "ograve", "\xC3\xB2" },
	{ "ugrave", "\xC3\xB9" },
	{ "Agrave", "\xC3\x80" },
	{ "Egrave", "\xC3\x88" },
	{ "Eacute", "\xC3\x89" },
	{ "lsquo", "\xE2\x80\x98" },
	{ "rsquo", "\xE2\x80\x99" },
	{ "ldquo", "\xE2\x80\x9C" },
	{ "rdquo", "\xE2\x80\x9D" },
	{ "laquo", "\xC2\xAB" },
	{ "raquo", "\xC2\xBB" },
	{ "ndash", "\xE2\x80\x93" },
	{ "mdash", "\xE2\x80\x94" },
	{ "hellip", "\xE2\x80\xA6" },
	{ "middot", "\xC2\xB7" },
	{ "bull", "\xE2\x80\xA2" },
	{ "euro", "\xE2\x82\xAC" },
	{ "copy", "\xC2\xA9" },
	{ "reg", "\xC2\xAE" },
	{ "zwnj", "" },
	{ "shy", "" },
};

static int digit_of(char c, unsigned base)
{
	int d = c >= '0' && c <= '9' ? c - '0'
	    : c >= 'a' && c <= 'f'   ? c - 'a' + 10
	    : c >= 'A' && c <= 'F'   ? c - 'A' + 10
				     : 99;

	return d < (int)base ? d : -1;
}

/* 0 when it is none. */
static unsigned number_of(struct str s)
{
	bool hex = s.len > 1 && (s.p[1] == 'x' || s.p[1] == 'X');
	unsigned base = hex ? 16 : 10, n = 0;

	for (size_t i = hex ? 2 : 1; i < s.len; i++) {
		int d = digit_of(s.p[i], base);
		if (d < 0 || n > 0x10FFFF)
			return 0;
		n = n * base + (unsigned)d;
	}
	bool surrogate = n >= 0xD800 && n <= 0xDFFF;
	return n > 0x10FFFF || surrogate ? 0 : n;
}

static void add_unicode(struct buf *out, unsigned n)
{
	int more = n < 0x80 ? 0 : n < 0x800 ? 1 : n < 0x10000 ? 2 : 3;
	static const unsigned first[] = { 0, 0xC0, 0xE0, 0xF0 };

	buf_add_char(out, (char)(first[more] | (n >> (6 * more))));
	while (more-- > 0)
		buf_add_char(out, (char)(0x80 | ((n >> (6 * more)) & 0x3F)));
}

static void put_blank(struct page *p)
{
	if (p->space && p->out->len && p->out->p[p->out->len - 1] != '\n')
		buf_add_char(p->out, ' ');
	p->space = false;
}

static bool is_white(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == '\f';
}

static void put(struct page *p, struct str s)
{
	for (size_t i = 0; i < s.len; i++) {
		if (is_white(s.p[i])) {
			p->space = true;
			continue;
		}
		put_blank(p);
		buf_add_char(p->out, s.p[i]);
	}
}

/* Behind "&"; false when it is none. */
static bool put_entity(struct page *p)
{
	struct str rest = str_sub(p->rest, 1, 10), name = str_cut(&rest, ';');

	if (!rest.p || !name.len)
		return false;
	unsigned code = name.p[0] == '#' ? number_of(name) : 0;
	const char *text = NULL;
	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		if (str_eq_c(name, entities[i].name))
			text = entities[i].text;
	}
	if (code == 0xA0 || (code && code <= ' ')) {
		put(p, STR(" "));
	} else if (code) {
		put_blank(p);
		add_unicode(p->out, code);
	} else if (text) {
		put(p, str_c(text));
	} else {
		return false;
	}
	p->rest = str_sub(p->rest, name.len + 2, p->rest.len);
	return true;
}

/* --- tags ------------------------------------------------------------------------------------- */

enum tag_kind { TAG_INLINE, TAG_LINE, TAG_CELL, TAG_SILENT, TAG_LINK };

static const struct {
	const char *name;
	enum tag_kind kind;
} tags[] = {
	{ "p", TAG_LINE },
	{ "div", TAG_LINE },
	{ "br", TAG_LINE },
	{ "tr", TAG_LINE },
	{ "li", TAG_LINE },
	{ "ul", TAG_LINE },
	{ "ol", TAG_LINE },
	{ "table", TAG_LINE },
	{ "h1", TAG_LINE },
	{ "h2", TAG_LINE },
	{ "h3", TAG_LINE },
	{ "h4", TAG_LINE },
	{ "blockquote", TAG_LINE },
	{ "hr", TAG_LINE },
	{ "body", TAG_LINE },
	{ "td", TAG_CELL },
	{ "th", TAG_CELL },
	{ "script", TAG_SILENT },
	{ "style", TAG_SILENT },
	{ "head", TAG_SILENT },
	{ "title", TAG_SILENT },
	{ "template", TAG_SILENT },
	{ "a", TAG_LINK },
};

static enum tag_kind kind_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		if (str_eq_nocase(name, str_c(tags[i].name)))
			return tags[i].kind;
	}
	return TAG_INLINE;
}

static void end_line(struct page *p)
{
	if (p->out->len && p->out->p[p->out->len - 1] != '\n')
		buf_add_char(p->out, '\n');
	p->space = false;
}

/* A value of an attribute, with its quotes or without. */
static struct str value_in(struct str s)
{
	s = str_trim(s);
	if (s.len && (s.p[0] == '"' || s.p[0] == '\'')) {
		char quote = s.p[0];
		s = str_sub(s, 1, s.len);
		return str_cut(&s, quote);
	}
	size_t n = 0;
	while (n < s.len && !is_white(s.p[n]))
		n++;
	return str_sub(s, 0, n);
}

/* "href=…" anywhere in the tag, as a word of its own. */
static struct str href_in(struct str tag)
{
	for (size_t i = 1; i + 5 <= tag.len; i++) {
		struct str word = str_sub(tag, i, 4);
		if (!is_white(tag.p[i - 1]) || !str_eq_nocase(word, STR("href")))
			continue;
		struct str rest = str_trim(str_sub(tag, i + 4, tag.len));
		if (str_starts(rest, STR("=")))
			return str_trim(value_in(str_sub(rest, 1, rest.len)));
	}
	return STR_NONE;
}

static int keep_link(struct page *p, struct str tag)
{
	struct str href = href_in(tag);
	struct mime_mail *m = p->mail;

	if (!href.len || m->links_len == MIME_LINKS_MAX)
		return 0;
	m->links[m->links_len] = arena_str(p->arena, str_sub(href, 0, MIME_LINK_MAX));
	return m->links[m->links_len++].p ? 0 : -E_NOMEM;
}

/* Up to the end of the element, which may never come. */
static void skip_element(struct page *p, struct str name)
{
	while (p->rest.len) {
		(void)str_cut(&p->rest, '<');
		if (str_starts(p->rest, STR("/")) &&
		    str_eq_nocase(str_sub(p->rest, 1, name.len), name))
			break;
	}
	(void)str_cut(&p->rest, '>');
}

static struct str name_in(struct str tag)
{
	size_t from = str_starts(tag, STR("/")) ? 1 : 0, n = from;

	while (n < tag.len && n < from + TAG_MAX && !is_white(tag.p[n]) && tag.p[n] != '/')
		n++;
	return str_sub(tag, from, n - from);
}

static void skip_comment(struct page *p)
{
	size_t i = 3;

	while (i < p->rest.len && !str_starts(str_sub(p->rest, i, 3), STR("-->")))
		i++;
	p->rest = str_sub(p->rest, i + 3, p->rest.len);
}

/* The end of a tag: a '>' inside quotes is none. */
static struct str cut_tag(struct page *p)
{
	char quote = '\0';
	size_t i = 0;

	for (; i < p->rest.len; i++) {
		char c = p->rest.p[i];
		if (quote ? c == quote : c == '"' || c == '\'')
			quote = quote ? '\0' : c;
		else if (c == '>' && !quote)
			break;
	}
	struct str tag = str_sub(p->rest, 0, i);
	p->rest = str_sub(p->rest, i + 1, p->rest.len);
	return tag;
}

static int take_tag(struct page *p)
{
	p->rest = str_sub(p->rest, 1, p->rest.len);
	if (str_starts(p->rest, STR("!--"))) {
		skip_comment(p);
		return 0;
	}
	struct str tag = cut_tag(p), name = name_in(tag);
	switch (kind_of(name)) {
	case TAG_LINE:
		end_line(p);
		return 0;
	case TAG_CELL:
		p->space = true;
		return 0;
	case TAG_SILENT:
		if (!str_starts(tag, STR("/")))
			skip_element(p, name);
		return 0;
	case TAG_LINK:
		return keep_link(p, tag);
	default:
		return 0;
	}
}

/* "<" begins a tag only before a letter, "/" or "!". */
static bool is_tag(struct str s)
{
	char c = s.len > 1 ? s.p[1] : ' ';

	return s.p[0] == '<' &&
	    ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '/' || c == '!');
}

int mime_html_text(struct str html, struct arena *a, struct mime_mail *mail, struct buf *out)
{
	struct page p = { .rest = html, .out = out, .arena = a, .mail = mail };
	int r = 0;

	while (r == 0 && p.rest.len) {
		if (is_tag(p.rest)) {
			r = take_tag(&p);
		} else if (p.rest.p[0] != '&' || !put_entity(&p)) {
			put(&p, str_sub(p.rest, 0, 1));
			p.rest = str_sub(p.rest, 1, p.rest.len);
		}
	}
	end_line(&p);
	return r;
}
