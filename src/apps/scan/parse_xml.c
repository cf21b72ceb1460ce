/* The tags of an XML file: see apps/scan/parse_xml.h. */
#include "apps/scan/parse_text.h"
#include "apps/scan/parse_xml.h"
#include "base/check.h"

/* Behind `end`, or the end of the text. */
static struct str behind(struct str s, const char *end)
{
	return text_from(s, text_find(s, str_c(end)) + strlen(end));
}

/* The length of a tag up to its '>', quotes respected; s.len when it does not end. */
static size_t tag_len(struct str s)
{
	char quote = '\0';

	for (size_t i = 0; i < s.len; i++) {
		char c = s.p[i];
		if (quote)
			quote = c == quote ? '\0' : quote;
		else if (c == '"' || c == '\'')
			quote = c;
		else if (c == '>')
			return i;
	}
	return s.len;
}

static size_t name_len(struct str s)
{
	size_t i = 0;

	while (i < s.len && !text_is_space(s.p[i]) && !strchr("/>=", s.p[i]))
		i++;
	return i;
}

/* `s` begins behind '<'. */
static bool read_tag(struct xml *x, struct str s)
{
	size_t len = tag_len(s);

	if (len == s.len)
		return false;
	x->rest = text_from(s, len + 1);
	struct str tag = str_n(s.p, len);
	x->kind = tag.len && tag.p[0] == '/' ? XML_CLOSE : XML_OPEN;
	tag = text_from(tag, x->kind == XML_CLOSE ? 1 : 0);
	x->name = str_n(tag.p, name_len(tag));
	x->attributes = text_from(tag, x->name.len);
	return true;
}

static bool read_text(struct xml *x, size_t len)
{
	x->kind = XML_TEXT;
	x->text = str_trim(str_n(x->rest.p, len));
	x->rest = text_from(x->rest, len);
	return x->text.len > 0;
}

static bool read_cdata(struct xml *x)
{
	struct str s = text_from(x->rest, 9);

	x->kind = XML_TEXT;
	x->text = str_trim(str_n(s.p, text_find(s, STR("]]>"))));
	x->rest = behind(s, "]]>");
	return x->text.len > 0;
}

bool xml_next(struct xml *x)
{
	while (x->rest.len) {
		size_t open = text_find(x->rest, STR("<"));
		if (open) {
			if (read_text(x, open))
				return true;
			continue;
		}
		if (str_starts(x->rest, STR("<!--"))) {
			x->rest = behind(x->rest, "-->");
		} else if (str_starts(x->rest, STR("<![CDATA["))) {
			if (read_cdata(x))
				return true;
		} else if (str_starts(x->rest, STR("<?")) || str_starts(x->rest, STR("<!"))) {
			x->rest = behind(x->rest, ">");
		} else {
			return read_tag(x, text_from(x->rest, 1));
		}
	}
	return false;
}

bool xml_attribute_next(struct str *rest, struct str *ret_name, struct str *ret_value)
{
	struct str s = *rest;

	while (s.len && (text_is_space(s.p[0]) || s.p[0] == '/'))
		s = text_from(s, 1);
	struct str name = str_n(s.p, name_len(s));
	s = str_trim(text_from(s, name.len));
	if (!name.len || !s.len || s.p[0] != '=')
		return false;
	s = str_trim(text_from(s, 1));
	if (!s.len || (s.p[0] != '"' && s.p[0] != '\''))
		return false;
	struct str value = text_from(s, 1);
	const char *end = value.len ? memchr(value.p, s.p[0], value.len) : NULL;
	if (!end)
		return false;
	*ret_name = name;
	*ret_value = str_n(value.p, (size_t)(end - value.p));
	*rest = text_from(value, ret_value->len + 1);
	return true;
}

struct str xml_attribute(const struct xml *x, const char *name)
{
	struct str rest = x->attributes, key, value;

	while (xml_attribute_next(&rest, &key, &value))
		if (str_eq_c(key, name))
			return value;
	return STR_NONE;
}

bool xml_named(const struct xml *x, const char *name)
{
	size_t colon = text_find(x->name, STR(":"));

	return str_eq_c(colon < x->name.len ? text_from(x->name, colon + 1) : x->name, name);
}

/* The character that stands for the entity at the start of `s`; its length in *ret_len, 0 for none. */
static char entity(struct str s, size_t *ret_len)
{
	static const struct {
		const char *word;
		char c;
	} entities[] = { { "&amp;", '&' }, { "&lt;", '<' }, { "&gt;", '>' }, { "&quot;", '"' },
		{ "&apos;", '\'' }, { "&#xA;", '\n' }, { "&#xa;", '\n' }, { "&#10;", '\n' },
		{ "&#xD;", '\r' }, { "&#13;", '\r' }, { "&#9;", '\t' }, { "&#x9;", '\t' },
		{ "&#39;", '\'' }, { "&#34;", '"' } };

	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		if (!str_starts(s, str_c(entities[i].word)))
			continue;
		*ret_len = strlen(entities[i].word);
		return entities[i].c;
	}
	*ret_len = 0;
	return '\0';
}

struct str xml_decode(struct arena *a, struct str value)
{
	if (!text_has(value, "&"))
		return value;
	char *out = arena_alloc(a, value.len);
	if (!out)
		return value;
	size_t len = 0, skip;
	for (size_t i = 0; i < value.len; i += skip ? skip : 1) {
		char c = entity(text_from(value, i), &skip);
		out[len++] = skip ? c : value.p[i];
	}
	return str_n(out, len);
}
