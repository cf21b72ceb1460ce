/* YAML as lock files, compose files and Kubernetes use it: see apps/scan/parse_tree.h.
 *
 * One line after the other. A stack holds the open maps and lists with the column where their members
 * begin; the last entry may be a key or a dash whose value did not come yet (UNKNOWN). A line closes
 * what begins to the right of it, then adds a member to what is left. Lines that fit nowhere (the
 * second line of a plain word) are passed over. */
#include "apps/scan/parse_text.h"
#include "apps/scan/parse_tree_private.h"

#define UNKNOWN ((size_t)-1)

struct block {
	struct node *node;
	size_t column; /* of its members; UNKNOWN while there are none */
	size_t parent; /* column of the key or dash that it belongs to */
};

struct yaml {
	struct arena *arena;
	struct str text;
	size_t at; /* begin of the line that comes next */
	struct node *root;
	struct block up[NODE_DEPTH_MAX];
	size_t depth;
	int rc;
};

static struct block *top(struct yaml *y)
{
	return &y->up[y->depth - 1];
}

static bool push(struct yaml *y, struct node *n, size_t parent)
{
	if (y->depth == NODE_DEPTH_MAX) {
		y->rc = -E_INVALID;
		return false;
	}
	y->up[y->depth++] = (struct block){ n, UNKNOWN, parent };
	return true;
}

static struct node *add(struct yaml *y, struct str key)
{
	struct node *n = tree_add(y->arena, top(y)->node, key);

	if (!n)
		y->rc = -E_NOMEM;
	return n;
}

static size_t next_line(const struct yaml *y, size_t at)
{
	const char *end = memchr(y->text.p + at, '\n', y->text.len - at);

	return end ? (size_t)(end - y->text.p) + 1 : y->text.len;
}

static size_t indent_of(struct str line)
{
	size_t i = 0;

	while (i < line.len && line.p[i] == ' ')
		i++;
	return i;
}

/* --- values -------------------------------------------------------------------------------------- */

/* Behind anchors ("&x "), tags ("!!str ") and blanks. */
static size_t skip_marks(const struct yaml *y, size_t at, size_t end)
{
	while (at < end) {
		char c = y->text.p[at];
		if (c == ' ' || c == '\t') {
			at++;
			continue;
		}
		if (c != '&' && c != '!')
			break;
		while (at < end && !text_is_space(y->text.p[at]))
			at++;
	}
	return at;
}

/* The lines of a "|" or ">" block, which are deeper than `column`. */
static void read_block_text(struct yaml *y, struct node *n, size_t column)
{
	size_t from = y->at, end = y->at;

	while (y->at < y->text.len) {
		size_t next = next_line(y, y->at);
		struct str line = str_n(y->text.p + y->at, next - y->at);
		bool blank = !str_trim(line).len;
		if (!blank && indent_of(line) <= column)
			break;
		y->at = next;
		end = blank ? end : next;
	}
	n->kind = NODE_STRING;
	n->value = str_n(y->text.p + from, end - from);
}

/* A word to the end of the line or to a comment. */
static struct str plain_word(struct str line)
{
	for (size_t i = 1; i < line.len; i++)
		if (line.p[i] == '#' && text_is_space(line.p[i - 1]))
			return str_trim(str_n(line.p, i));
	return str_trim(line);
}

static void read_flow(struct yaml *y, size_t at, struct node *n)
{
	int rc = tree_read_value(y->arena, y->text, FLOW_YAML, &at, n);

	if (rc)
		y->rc = rc;
	y->at = at ? next_line(y, at - 1) : y->at;
}

/* What stands behind a key or a dash at [at, end) of the line; y->at is the next line. */
static void read_value(struct yaml *y, struct node *n, size_t at, size_t end, size_t column)
{
	at = skip_marks(y, at, end);
	char c = at < end ? y->text.p[at] : '#';
	bool template = c == '{' && at + 1 < end && y->text.p[at + 1] == '{';

	if (c == '#') {
		push(y, n, column);
	} else if (c == '|' || c == '>') {
		read_block_text(y, n, column);
	} else if (c == '"' || c == '\'' || c == '[' || (c == '{' && !template)) {
		read_flow(y, at, n);
	} else {
		n->kind = NODE_SCALAR;
		n->value = plain_word(str_n(y->text.p + at, end - at));
	}
}

/* --- lines --------------------------------------------------------------------------------------- */

/* Length of the key at the start of `s` up to its colon; s.len when there is none. */
static size_t key_len(struct str s)
{
	size_t i = 0;

	if (s.len && (s.p[0] == '"' || s.p[0] == '\'')) {
		for (i = 1; i < s.len && s.p[i] != s.p[0]; i++)
			;
		i += i < s.len;
	}
	for (; i < s.len; i++)
		if (s.p[i] == ':' && (i + 1 == s.len || text_is_space(s.p[i + 1])))
			return i;
	return s.len;
}

static bool is_dash(struct str s)
{
	return s.len && s.p[0] == '-' && (s.len == 1 || text_is_space(s.p[1]));
}

/* Closes what the column is to the left of, and makes the top a map or a list that begins there;
 * false when nothing fits. */
static bool settle(struct yaml *y, size_t column, bool dash)
{
	enum node_kind kind = dash ? NODE_LIST : NODE_MAP;

	while (y->depth) {
		struct block *b = top(y);
		bool root = y->depth == 1;
		if (b->column == UNKNOWN &&
		    (root || column > b->parent || (dash && column == b->parent))) {
			b->column = column;
			b->node->kind = kind;
			b->node->value = str_n(y->text.p, 0);
			return true;
		}
		if (b->column == column && b->node->kind == kind)
			return true;
		if (root || (b->column != UNKNOWN && column > b->column))
			return false;
		y->depth--;
	}
	return false;
}

static struct str clean_key(struct str key)
{
	return text_unquote(str_starts(key, STR("? ")) ? text_from(key, 2) : key);
}

/* The members of one line: "- - key: value" opens three. */
static void read_line(struct yaml *y, size_t at, size_t end, size_t column)
{
	while (!y->rc || y->rc == -E_INVALID) {
		struct str s = str_n(y->text.p + at, end - at);
		bool dash = is_dash(s);
		size_t key = dash ? 0 : key_len(s);
		if (!dash && key == s.len)
			return;
		if (!settle(y, column, dash))
			return;
		struct node *n = add(y, dash ? STR_NONE : clean_key(str_n(s.p, key)));
		if (!n)
			return;
		if (!dash) {
			read_value(y, n, at + key + 1, end, column);
			return;
		}
		struct str rest = text_from(s, 1);
		size_t skip = 1 + indent_of(rest);
		struct str inner = text_from(s, skip);
		if (!is_dash(inner) &&
		    (key_len(inner) == inner.len || inner.p[0] == '{' || inner.p[0] == '[')) {
			read_value(y, n, at + 1, end, column);
			return;
		}
		if (!push(y, n, column))
			return;
		at += skip;
		column += skip;
	}
}

/* A new document: the list of documents gets one more member. */
static void next_document(struct yaml *y)
{
	y->depth = 0;
	struct node *n = tree_add(y->arena, y->root, STR_NONE);
	if (n)
		push(y, n, 0);
	else
		y->rc = -E_NOMEM;
}

static void read_one(struct yaml *y)
{
	size_t from = y->at;
	y->at = next_line(y, from);
	struct str line = str_trim(str_n(y->text.p + from, y->at - from));
	if (!line.len || line.p[0] == '#' || line.p[0] == '%')
		return;
	size_t column = (size_t)(line.p - (y->text.p + from));
	if (column == 0 && (str_eq_c(line, "---") || str_starts(line, STR("--- ")))) {
		next_document(y);
		return;
	}
	size_t begin = from + column;
	if (y->root->last->kind == NODE_NONE && (line.p[0] == '{' || line.p[0] == '[') &&
	    !str_starts(line, STR("{{"))) {
		read_flow(y, begin, y->root->last);
		return;
	}
	read_line(y, begin, begin + line.len, column);
}

int tree_read_yaml(struct arena *a, struct str text, const struct node **ret)
{
	struct yaml y = { .arena = a, .text = text, .root = ARENA_NEW(a, struct node) };

	if (!y.root)
		return -E_NOMEM;
	y.root->kind = NODE_LIST;
	y.root->value = str_n(text.p, 0);
	next_document(&y);
	while (y.rc != -E_NOMEM && y.at < text.len)
		read_one(&y);
	if (y.rc == -E_NOMEM)
		return y.rc;
	*ret = y.root;
	return y.rc;
}
