/* Trees of JSON, YAML and TOML: see apps/scan/parse_tree.h.
 *
 * tree_read_value() reads what stands in brackets for all three, with a stack of its own: FLOW_YAML
 * and FLOW_TOML differ from JSON in the separator of keys and in what a bare word may hold. */
#include "apps/scan/parse_text.h"
#include "apps/scan/parse_tree_private.h"

struct node *tree_add(struct arena *a, struct node *parent, struct str key)
{
	struct node *n = ARENA_NEW(a, struct node);

	if (!n)
		return NULL;
	n->key = key;
	if (parent->last)
		parent->last->next = n;
	else
		parent->first = n;
	parent->last = n;
	return n;
}

/* --- bytes --------------------------------------------------------------------------------------- */

static size_t line_end(struct str text, size_t at)
{
	const char *end = at < text.len ? memchr(text.p + at, '\n', text.len - at) : NULL;

	return end ? (size_t)(end - text.p) : text.len;
}

static size_t comment_end(struct str text, enum flow_style style, size_t at)
{
	char c = text.p[at], next = at + 1 < text.len ? text.p[at + 1] : '\0';

	if (style != FLOW_JSON)
		return c == '#' ? line_end(text, at) : at;
	if (c == '/' && next == '/')
		return line_end(text, at);
	if (c != '/' || next != '*')
		return at;
	size_t end = text_find(text_from(text, at + 2), STR("*/"));
	return at + 2 + end + 2 > text.len ? text.len : at + 2 + end + 2;
}

size_t tree_skip_blank(struct str text, enum flow_style style, size_t at)
{
	while (at < text.len) {
		if (text_is_space(text.p[at])) {
			at++;
			continue;
		}
		size_t end = comment_end(text, style, at);
		if (end == at)
			break;
		at = end;
	}
	return at;
}

static int read_long_string(struct str text, size_t *at, struct node *into)
{
	struct str quotes = str_n(text.p + *at, 3);
	struct str rest = text_from(text, *at + 3);
	size_t len = text_find(rest, quotes);

	into->kind = NODE_STRING;
	into->value = str_n(rest.p, len);
	*at = len == rest.len ? text.len : *at + 3 + len + 3;
	return len == rest.len ? -E_INVALID : 0;
}

int tree_read_string(struct str text, enum flow_style style, size_t *at, struct node *into)
{
	char quote = text.p[*at];
	size_t i = *at + 1;

	if (style == FLOW_TOML && i + 1 < text.len && text.p[i] == quote && text.p[i + 1] == quote)
		return read_long_string(text, at, into);
	while (i < text.len && text.p[i] != quote) {
		bool escape = text.p[i] == '\\' && quote == '"';
		into->escaped |= escape;
		i += escape ? 2 : 1;
	}
	if (i > text.len)
		i = text.len;
	into->kind = NODE_STRING;
	into->value = str_n(text.p + *at + 1, i - *at - 1);
	*at = i < text.len ? i + 1 : i;
	return i < text.len ? 0 : -E_INVALID;
}

/* Does a bare word end here? */
static bool word_ends(struct str text, enum flow_style style, size_t at)
{
	char c = text.p[at];

	if (c == ',' || c == ']' || c == '}' || c == '\n' || c == '[' || c == '{')
		return true;
	if (style == FLOW_TOML)
		return c == '=' || c == '#';
	if (c != ':')
		return c == '#' && style == FLOW_YAML && at && text_is_space(text.p[at - 1]);
	return style == FLOW_JSON || at + 1 == text.len || text_is_space(text.p[at + 1]);
}

static void read_word(struct str text, enum flow_style style, size_t *at, struct node *into)
{
	size_t from = *at;

	while (*at < text.len && !word_ends(text, style, *at))
		(*at)++;
	into->kind = NODE_SCALAR;
	into->value = str_trim(str_n(text.p + from, *at - from));
}

/* --- what stands in brackets --------------------------------------------------------------------- */

struct flow {
	struct arena *arena;
	struct str text;
	enum flow_style style;
	size_t at;
	struct node *up[NODE_DEPTH_MAX];
	size_t depth;
};

static bool is_quote(char c)
{
	return c == '"' || c == '\'';
}

/* A string or a word; what it is for is the caller's to say. */
static int read_plain(struct flow *f, struct node *into)
{
	if (is_quote(f->text.p[f->at]))
		return tree_read_string(f->text, f->style, &f->at, into);
	size_t from = f->at;
	read_word(f->text, f->style, &f->at, into);
	return f->at == from ? -E_INVALID : 0;
}

static int open_level(struct flow *f, struct node *into)
{
	if (f->depth == NODE_DEPTH_MAX)
		return -E_INVALID;
	into->kind = f->text.p[f->at] == '{' ? NODE_MAP : NODE_LIST;
	into->value = str_n(f->text.p + f->at, 0);
	f->up[f->depth++] = into;
	f->at++;
	return 0;
}

static int read_any(struct flow *f, struct node *into)
{
	f->at = tree_skip_blank(f->text, f->style, f->at);
	if (f->at >= f->text.len)
		return -E_INVALID;
	char c = f->text.p[f->at];
	return c == '{' || c == '[' ? open_level(f, into) : read_plain(f, into);
}

/* Behind the separator of a key; false when there is none. */
static bool skip_separator(struct flow *f)
{
	char want = f->style == FLOW_TOML ? '=' : ':';

	f->at = tree_skip_blank(f->text, f->style, f->at);
	if (f->at >= f->text.len || f->text.p[f->at] != want)
		return false;
	f->at++;
	return true;
}

static int read_member(struct flow *f, struct node *up)
{
	struct node key = { .kind = NODE_NONE };
	int rc = read_plain(f, &key);

	if (rc)
		return rc;
	struct node *n = tree_add(f->arena, up, key.value);
	if (!n)
		return -E_NOMEM;
	if (!skip_separator(f))
		return f->style == FLOW_YAML ? 0 : -E_INVALID;
	return read_any(f, n);
}

static int read_item(struct flow *f, struct node *up)
{
	struct node *n = tree_add(f->arena, up, STR_NONE);

	return n ? read_any(f, n) : -E_NOMEM;
}

/* One step: a bracket that closes, a comma, or what comes next. */
static int read_step(struct flow *f)
{
	struct node *up = f->up[f->depth - 1];

	f->at = tree_skip_blank(f->text, f->style, f->at);
	if (f->at >= f->text.len)
		return -E_INVALID;
	char c = f->text.p[f->at];
	if (c == '}' || c == ']') {
		bool fits = (c == '}') == (up->kind == NODE_MAP);
		f->depth--;
		f->at++;
		return fits ? 0 : -E_INVALID;
	}
	if (c == ',') {
		f->at++;
		return 0;
	}
	return up->kind == NODE_MAP ? read_member(f, up) : read_item(f, up);
}

int tree_read_value(
    struct arena *a, struct str text, enum flow_style style, size_t *at, struct node *into)
{
	struct flow f = { .arena = a, .text = text, .style = style, .at = *at };
	int rc = read_any(&f, into);

	while (!rc && f.depth)
		rc = read_step(&f);
	*at = f.at;
	return rc;
}

int tree_read_json(struct arena *a, struct str text, const struct node **ret)
{
	struct node *root = ARENA_NEW(a, struct node);
	size_t at = 0;

	if (!root)
		return -E_NOMEM;
	int rc = tree_read_value(a, text, FLOW_JSON, &at, root);
	if (rc == -E_NOMEM)
		return rc;
	*ret = root;
	return rc;
}

/* --- looking at it ------------------------------------------------------------------------------- */

bool node_is(const struct node *n, enum node_kind kind)
{
	return n && n->kind == kind;
}

bool node_is_text(const struct node *n)
{
	return node_is(n, NODE_SCALAR) || node_is(n, NODE_STRING);
}

bool node_true(const struct node *n)
{
	return node_is_text(n) && str_eq_c(n->value, "true");
}

const struct node *node_first(const struct node *n)
{
	return n ? n->first : NULL;
}

static const struct node *get_member(const struct node *map, struct str key)
{
	if (!node_is(map, NODE_MAP))
		return NULL;
	for (const struct node *n = map->first; n; n = n->next)
		if (str_eq(n->key, key))
			return n;
	return NULL;
}

const struct node *node_get(const struct node *map, const char *key)
{
	return get_member(map, str_c(key));
}

const struct node *node_path(const struct node *map, const char *dotted)
{
	struct str rest = str_c(dotted);

	while (map && rest.len)
		map = get_member(map, str_cut(&rest, '.'));
	return map;
}

struct str node_str(const struct node *n)
{
	return node_is_text(n) ? n->value : STR_NONE;
}

static unsigned hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return (unsigned)(c - '0');
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? (unsigned)(c - 'a') + 10 : 16;
}

/* The character of \uXXXX as far as it is ASCII; '?' else: names looked for are ASCII. */
static char unescape_u(struct str digits)
{
	unsigned code = 0;

	for (size_t i = 0; i < digits.len; i++)
		code = code * 16 + (hex_digit(digits.p[i]) & 15);
	return code > 0 && code < 128 ? (char)code : '?';
}

static char unescape(char c)
{
	static const char from[] = "nrtbf", to[] = "\n\r\t\b\f";
	const char *at = c ? strchr(from, c) : NULL;

	return at ? to[at - from] : c;
}

struct str node_text(struct arena *a, const struct node *n)
{
	struct str v = node_str(n);

	if (!v.len || !n->escaped)
		return v;
	char *out = arena_alloc(a, v.len);
	if (!out)
		return STR_NONE;
	size_t len = 0;
	for (size_t i = 0; i < v.len; i++) {
		if (v.p[i] != '\\' || i + 1 == v.len) {
			out[len++] = v.p[i];
			continue;
		}
		i++;
		bool code = v.p[i] == 'u' && i + 4 < v.len;
		out[len++] = code ? unescape_u(str_n(v.p + i + 1, 4)) : unescape(v.p[i]);
		i += code ? 4 : 0;
	}
	return str_n(out, len);
}

/* The nearest that has a next one, from the node at `depth` upwards. */
static void walk_up(struct node_walk *w)
{
	for (size_t depth = w->depth + 1; depth > 0; depth--) {
		if (!w->up[depth - 1]->next || depth == 1)
			continue;
		w->next = w->up[depth - 1]->next;
		w->next_depth = depth - 1;
		return;
	}
}

const struct node *node_walk_next(struct node_walk *w)
{
	const struct node *n = w->next;

	if (!n)
		return NULL;
	w->depth = w->next_depth;
	w->up[w->depth] = n;
	w->next = NULL;
	if (n->first && w->depth <= NODE_DEPTH_MAX) {
		w->next = n->first;
		w->next_depth = w->depth + 1;
	} else {
		walk_up(w);
	}
	return n;
}
