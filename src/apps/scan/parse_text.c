/* Lines, words and facts: see apps/scan/parse_text.h. */
#include "apps/scan/parse_text.h"

bool lines_next(struct lines *l, struct str *ret_line)
{
	if (!l->rest.len)
		return false;
	const char *end = memchr(l->rest.p, '\n', l->rest.len);
	size_t len = end ? (size_t)(end - l->rest.p) : l->rest.len;
	const char *cr = memchr(l->rest.p, '\r', len);
	size_t line = cr ? (size_t)(cr - l->rest.p) : len;
	bool both = cr && end == cr + 1;

	*ret_line = str_n(l->rest.p, line);
	l->rest = text_from(l->rest, line + (line < l->rest.len) + both);
	return true;
}

bool text_is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static bool is_alnum(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

bool text_is_word(char c)
{
	return is_alnum(c) || c == '_';
}

size_t text_find(struct str s, struct str needle)
{
	const char *at = s.len ? memmem(s.p, s.len, needle.p, needle.len) : NULL;

	return at ? (size_t)(at - s.p) : s.len;
}

bool text_has(struct str s, const char *needle)
{
	return text_find(s, str_c(needle)) < s.len;
}

bool text_has_nocase(struct str s, const char *needle)
{
	size_t n = strlen(needle);

	for (size_t i = 0; i + n <= s.len; i++)
		if (str_same_nocase(s.p + i, needle, n))
			return true;
	return false;
}

bool text_starts_nocase(struct str s, const char *prefix)
{
	size_t n = strlen(prefix);

	return s.len >= n && str_same_nocase(s.p, prefix, n);
}

struct str text_from(struct str s, size_t at)
{
	if (at > s.len)
		at = s.len;
	return at ? str_n(s.p + at, s.len - at) : s; /* no sums with a NULL */
}

static size_t word_len(struct str s)
{
	size_t i = 0;

	if (s.len && (s.p[0] == '"' || s.p[0] == '\'')) {
		const char *end = memchr(s.p + 1, s.p[0], s.len - 1);
		i = end ? (size_t)(end - s.p) + 1 : s.len;
	}
	while (i < s.len && !text_is_space(s.p[i]))
		i++;
	return i;
}

struct str text_word(struct str *rest)
{
	size_t skip = 0;

	while (skip < rest->len && text_is_space(rest->p[skip]))
		skip++;
	struct str s = text_from(*rest, skip);
	size_t len = word_len(s);
	*rest = text_from(s, len);
	return str_n(s.p, len);
}

struct str text_unquote(struct str s)
{
	s = str_trim(s);
	if (s.len < 2 || s.p[0] != s.p[s.len - 1])
		return s;
	if (s.p[0] != '"' && s.p[0] != '\'' && s.p[0] != '`')
		return s;
	return str_n(s.p + 1, s.len - 2);
}

size_t text_name_len(struct str s, const char *more)
{
	size_t i = 0;

	while (i < s.len && (is_alnum(s.p[i]) || (s.p[i] && strchr(more, s.p[i]))))
		i++;
	return i;
}

/* Longer ones are no names; the limit keeps what never ends from being searched again and again. */
#define QUOTED_MAX 512

/* Where the string that opens at `open` ends; s.len when it does not. */
static size_t quote_end(struct str s, size_t open)
{
	size_t end = open + 1, limit = s.len - open > QUOTED_MAX ? open + QUOTED_MAX : s.len;

	while (end < limit && s.p[end] != s.p[open] && s.p[end] != '\n')
		end += s.p[end] == '\\' ? 2 : 1;
	return end < limit && s.p[end] == s.p[open] ? end : s.len;
}

bool text_quoted(struct str *rest, bool ticks, struct str *ret)
{
	for (size_t i = 0; i < rest->len; i++) {
		char quote = rest->p[i];
		if (quote != '"' && quote != '\'' && !(ticks && quote == '`'))
			continue;
		size_t end = quote_end(*rest, i);
		if (end == rest->len)
			continue;
		*ret = str_n(rest->p + i + 1, end - i - 1);
		*rest = text_from(*rest, end + 1);
		return true;
	}
	*rest = text_from(*rest, rest->len);
	return false;
}

struct str text_base(struct str path)
{
	for (size_t i = path.len; i > 0; i--)
		if (path.p[i - 1] == '/' || path.p[i - 1] == '\\')
			return text_from(path, i);
	return path;
}

size_t parse_offset(const struct parse_in *in, struct str view)
{
	uintptr_t base = (uintptr_t)in->text.p, at = (uintptr_t)view.p;

	return at >= base && at <= base + in->text.len ? (size_t)(at - base) : 0;
}

bool say_as(struct say *s, struct fact f, struct str at)
{
	if (s->full)
		return false;
	if (!f.name.len)
		return true;
	f.offset = parse_offset(s->in, at);
	f.len = at.len < s->in->text.len - f.offset ? at.len : s->in->text.len - f.offset;
	s->full = !scan_give(s->in, &f);
	return !s->full;
}

bool say_fact(
    struct say *s, enum fact_kind kind, struct str name, struct str version, struct str at)
{
	struct fact f = { .kind = kind,
		.how = s->how,
		.ecosystem = s->ecosystem,
		.name = name,
		.version = version,
		.confidence = s->confidence,
		.dev = s->dev };

	return say_as(s, f, at);
}

bool say_package(struct say *s, struct str name, struct str version, struct str at)
{
	return say_fact(s, FACT_PACKAGE, name, version, at);
}

/* --- repositories -------------------------------------------------------------------------------- */

/* "owner/repo" at the start of `s`, without ".git"; empty when it is none. */
static struct str owner_repository(struct str s)
{
	size_t owner = text_name_len(s, "-_.");
	if (!owner || owner == s.len || s.p[owner] != '/' || s.p[0] == '.')
		return STR_NONE;
	size_t name = text_name_len(text_from(s, owner + 1), "-_.");
	if (!name)
		return STR_NONE;
	struct str all = str_n(s.p, owner + 1 + name);
	if (str_ends(all, STR(".git")))
		all.len -= 4;
	return all;
}

static bool say_github(struct say *s, struct str value, struct str pair)
{
	const struct str parts[] = { STR("github:"), pair };
	struct str name = arena_join(s->in->arena, parts, 2);

	return name.p ? say_fact(s, FACT_URL, name, STR_NONE, value) : true;
}

/* Where "owner/repo" of GitHub begins in a URL of any of the forms; empty when it is none. */
static struct str github_part(struct str value)
{
	static const char *const hosts[] = { "github.com/",
		"github.com:", "github:", "codeload.github.com/" };

	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		size_t at = text_find(value, str_c(hosts[i]));
		if (at < value.len)
			return owner_repository(text_from(value, at + strlen(hosts[i])));
	}
	return STR_NONE;
}

static bool is_url(struct str v)
{
	static const char *const starts[] = { "http://", "https://", "git+", "git:", "git@",
		"ssh:", "github:", "gitlab:", "bitbucket:" };

	for (size_t i = 0; i < sizeof(starts) / sizeof(starts[0]); i++)
		if (text_starts_nocase(v, starts[i]))
			return true;
	return false;
}

bool say_repository(struct say *s, struct str value, bool bare)
{
	struct str pair;

	if (!is_url(value)) {
		pair = bare ? owner_repository(value) : STR_NONE;
		if (!pair.len ||
		    (pair.len < value.len && value.p[pair.len] != '#' && value.p[pair.len] != '.'))
			return false;
		say_github(s, value, pair);
		return true;
	}
	pair = github_part(value);
	if (pair.len)
		say_github(s, value, pair);
	else
		say_fact(s, FACT_URL, value, STR_NONE, value);
	return true;
}
