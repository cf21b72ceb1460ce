/* Editing the text of an object without reading it into values, so that every byte that is not
 * concerned stays as the sender wrote it. */
#include "base/json.h"

#include <string.h>

#include "base/check.h"
#include "base/json_private.h"

/* Where things are in the text of an object. A cursor past the end means that the text was no
 * JSON. */
struct found {
	bool any;        /* has the object members at all */
	bool hit;        /* has it the key */
	size_t open;     /* behind '{' */
	size_t last_end; /* behind the last member's value */
	size_t from;     /* the hit member: its key's quote */
	size_t value;    /* the hit member's value: first byte */
	size_t end;      /* and behind it */
	size_t comma;    /* the comma in front of the hit member, or SIZE_MAX */
	size_t next;     /* the member behind it: its key's quote, or SIZE_MAX */
};

/* What a byte outside strings may mean. */
enum kind { PLAIN, SPACE, END, OPEN, CLOSE, QUOTE };

static const uint8_t kinds[256] = {
	[' '] = SPACE,
	['\t'] = SPACE,
	['\r'] = SPACE,
	['\n'] = SPACE,
	[','] = END,
	['}'] = CLOSE,
	[']'] = CLOSE,
	['{'] = OPEN,
	['['] = OPEN,
	['"'] = QUOTE,
};

static enum kind kind_at(struct str s, size_t i)
{
	return (enum kind)kinds[(uint8_t)s.p[i]];
}

static size_t skip_space(struct str s, size_t i)
{
	while (i < s.len && kind_at(s, i) == SPACE)
		i++;
	return i;
}

/* Behind the bracket that closes the one at i. */
static size_t skip_container(struct str s, size_t i)
{
	size_t depth = 0;

	while (i < s.len) {
		enum kind k = kind_at(s, i);
		i = k == QUOTE ? json_string_end(s, i) : i + 1;
		depth += k == OPEN;
		if (k == CLOSE && --depth == 0)
			return i;
	}
	return s.len + 1;
}

static size_t skip_value(struct str s, size_t i)
{
	if (i < s.len && kind_at(s, i) == QUOTE)
		return json_string_end(s, i);
	if (i < s.len && kind_at(s, i) == OPEN)
		return skip_container(s, i);
	while (i < s.len && kind_at(s, i) == PLAIN)
		i++;
	return i;
}

static void put_string(struct buf *out, struct str s)
{
	struct json_writer w;

	jw_init(&w, out);
	jw_str(&w, s);
}

static unsigned hex4(struct str s, size_t i)
{
	unsigned n = 0;

	for (size_t k = i; k < i + 4; k++) {
		char c = k < s.len ? s.p[k] : '0';
		n = n * 16 + (unsigned)(c <= '9' ? c - '0' : (c | 0x20) - 'a' + 10);
	}
	return n;
}

static size_t utf8_put(unsigned c, char out[4])
{
	if (c < 0x80) {
		out[0] = (char)c;
		return 1;
	}
	size_t n = c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
	unsigned mark = n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0;
	for (size_t i = n; i-- > 1; c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(mark | c);
	return n;
}

/* Decodes the escape at i (a backslash) into out; returns how many bytes of the text it took. */
static size_t decode_escape(struct str s, size_t i, char out[4], size_t *ret_len)
{
	static const char names[] = "bfnrt", bytes[] = "\b\f\n\r\t";
	char c = i + 1 < s.len ? s.p[i + 1] : '\0';
	const char *at = c ? strchr(names, c) : NULL;
	unsigned high, low;

	*ret_len = 1;
	out[0] = at ? bytes[at - names] : c;
	if (c != 'u')
		return 2;
	high = hex4(s, i + 2);
	if (high < 0xd800 || high > 0xdbff || i + 12 > s.len) {
		*ret_len = utf8_put(high, out);
		return 6;
	}
	low = hex4(s, i + 8);
	*ret_len = utf8_put(0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00), out);
	return 12;
}

/* Is the string between the quotes, which may hold escapes, this key? */
static bool is_key(struct str raw, struct str key)
{
	for (size_t i = 0; i < raw.len;) {
		char bytes[4] = { raw.p[i] };
		size_t len = 1;
		size_t taken = raw.p[i] == '\\' ? decode_escape(raw, i, bytes, &len) : 1;
		struct str part = str_n(bytes, len);
		if (!str_starts(key, part))
			return false;
		key = str_sub(key, len, key.len);
		i += taken;
	}
	return key.len == 0;
}

/* One member; `i` is at its key's quote. Returns the place of what follows its value, or
 * SIZE_MAX. */
static size_t visit_member(struct str s, size_t i, size_t comma, struct str key, struct found *f)
{
	size_t key_end = json_string_end(s, i);
	size_t colon = skip_space(s, key_end);

	if (s.p[i] != '"' || colon >= s.len || s.p[colon] != ':')
		return SIZE_MAX;
	size_t value = skip_space(s, colon + 1);
	size_t end = skip_value(s, value);
	if (end > s.len || end == value)
		return SIZE_MAX;
	f->any = true;
	f->last_end = end;
	if (f->hit && f->next == SIZE_MAX)
		f->next = i;
	if (!f->hit && is_key(str_sub(s, i + 1, key_end - i - 2), key)) {
		f->hit = true;
		f->from = i;
		f->value = value;
		f->end = end;
		f->comma = comma;
	}
	return skip_space(s, end);
}

static bool find_member(struct str s, struct str key, struct found *f)
{
	size_t i = skip_space(s, 0), comma = SIZE_MAX;

	*f = (struct found){ .open = i + 1, .comma = SIZE_MAX, .next = SIZE_MAX };
	if (i >= s.len || s.p[i] != '{')
		return false;
	i = skip_space(s, i + 1);
	if (i < s.len && s.p[i] == '}')
		return true;
	while (i < s.len) {
		i = visit_member(s, i, comma, key, f);
		if (i >= s.len || (s.p[i] != ',' && s.p[i] != '}'))
			return false;
		if (s.p[i] == '}')
			return true;
		comma = i;
		i = skip_space(s, i + 1);
	}
	return false;
}

/* What is cut out takes one comma with it: the one in front, or for the first member the one
 * behind. */
static void remove_member(struct str s, const struct found *f, struct buf *out)
{
	size_t from = f->comma != SIZE_MAX ? f->comma : f->from;
	size_t to = f->comma != SIZE_MAX || f->next == SIZE_MAX ? f->end : f->next;

	buf_add(out, str_sub(s, 0, from));
	buf_add(out, str_sub(s, to, s.len));
}

/* `at` is behind the last member, or behind the brace when there is none. */
static void append_member(
    struct str s, size_t at, bool any, struct str key, struct str value, struct buf *out)
{
	/* All at once; only what must be escaped takes more. */
	(void)buf_reserve(out, s.len + key.len + value.len + strlen("\"\":\"\""));
	buf_add(out, str_sub(s, 0, at));
	if (any)
		buf_add_char(out, ',');
	put_string(out, key);
	buf_add_char(out, ':');
	put_string(out, value);
	buf_add(out, str_sub(s, at, s.len));
}

int json_edit_member(struct str text, const char *key, struct str value, struct buf *out)
{
	struct found f;

	if (!find_member(text, str_c(key), &f))
		return -E_INVALID;
	if (!value.p && f.hit) {
		remove_member(text, &f, out);
	} else if (!value.p) {
		buf_add(out, text);
	} else if (f.hit) {
		buf_add(out, str_sub(text, 0, f.value));
		put_string(out, value);
		buf_add(out, str_sub(text, f.end, text.len));
	} else {
		append_member(text, f.any ? f.last_end : f.open, f.any, str_c(key), value, out);
	}
	return out->failed ? -E_NOMEM : 0;
}

int json_set_member(
    struct str text, const struct json *obj, const char *key, struct str value, struct buf *out)
{
	struct str all = str_trim(text), inside;

	ASSERT(value.p);
	if (json_type(obj) != JSON_OBJECT || json_get(obj, key) || !str_ends(all, STR("}")))
		return json_edit_member(text, key, value, out);
	inside = str_trim(str_n(text.p, (size_t)(all.p - text.p) + all.len - 1));
	append_member(text, (size_t)(inside.p - text.p) + inside.len, json_len(obj) > 0, str_c(key),
	    value, out);
	return out->failed ? -E_NOMEM : 0;
}
