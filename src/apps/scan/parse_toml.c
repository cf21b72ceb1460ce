/* TOML as manifests and lock files use it: see apps/scan/parse_tree.h. */
#include "apps/scan/parse_text.h"
#include "apps/scan/parse_tree_private.h"

/* Members looked through for the table that a header names; behind them it becomes a new one. */
#define LOOK_MAX 256

struct toml {
	struct arena *arena;
	struct str text;
	size_t at;
	struct node *root, *table;
};

static struct node *child_of(struct toml *t, struct node *map, struct str key)
{
	size_t looked = 0;

	for (struct node *c = map->first; c && looked < LOOK_MAX; c = c->next, looked++)
		if (str_eq(c->key, key))
			return c;
	struct node *n = tree_add(t->arena, map, key);
	if (n) {
		n->kind = NODE_MAP;
		n->value = str_n(key.p, 0);
	}
	return n;
}

/* A list of tables stands for its last one. */
static struct node *last_table(struct node *n)
{
	return n && n->kind == NODE_LIST && n->last ? n->last : n;
}

/* One name of a dotted key, quoted or bare; empty when there is none. */
static struct str read_name(struct toml *t, size_t *at)
{
	struct node name = { .kind = NODE_NONE };

	while (*at < t->text.len && (t->text.p[*at] == ' ' || t->text.p[*at] == '\t'))
		(*at)++;
	if (*at < t->text.len && (t->text.p[*at] == '"' || t->text.p[*at] == '\'')) {
		int rc = tree_read_string(t->text, FLOW_JSON, at, &name);
		return rc ? STR_NONE : name.value;
	}
	size_t len = text_name_len(text_from(t->text, *at), "-_");
	struct str bare = str_n(t->text.p + *at, len);
	*at += len;
	return bare;
}

static bool skip_char(struct toml *t, size_t *at, char c)
{
	while (*at < t->text.len && (t->text.p[*at] == ' ' || t->text.p[*at] == '\t'))
		(*at)++;
	if (*at >= t->text.len || t->text.p[*at] != c)
		return false;
	(*at)++;
	return true;
}

/* "a.b.c": everything but the last name leads to a table below `from`; the last is given back. NULL with
 * *ret_rc 0 when there is no name. */
static struct node *read_dotted(
    struct toml *t, struct node *from, size_t *at, struct str *ret_last, int *ret_rc)
{
	*ret_rc = 0;
	for (size_t depth = 0; depth < NODE_DEPTH_MAX / 4; depth++) {
		*ret_last = read_name(t, at);
		if (!ret_last->len)
			return NULL;
		if (!skip_char(t, at, '.'))
			return from;
		from = last_table(child_of(t, from, *ret_last));
		if (!from) {
			*ret_rc = -E_NOMEM;
			return NULL;
		}
	}
	return NULL;
}

static void skip_line(struct toml *t)
{
	const char *end = memchr(t->text.p + t->at, '\n', t->text.len - t->at);

	t->at = end ? (size_t)(end - t->text.p) + 1 : t->text.len;
}

/* "[a.b]" or "[[a.b]]" */
static int read_header(struct toml *t)
{
	bool many = str_starts(text_from(t->text, t->at), STR("[["));
	size_t at = t->at + (many ? 2 : 1);
	struct str last;
	int rc;
	struct node *up = read_dotted(t, t->root, &at, &last, &rc);

	if (!up)
		return rc ? rc : -E_INVALID;
	struct node *n = child_of(t, up, last);
	if (n && many) {
		n->kind = NODE_LIST;
		n = tree_add(t->arena, n, STR_NONE);
		if (n)
			n->kind = NODE_MAP;
	}
	t->table = last_table(n);
	t->at = at;
	skip_line(t);
	return t->table ? 0 : -E_NOMEM;
}

static int read_pair(struct toml *t)
{
	struct str last;
	int rc;
	struct node *up = read_dotted(t, t->table, &t->at, &last, &rc);

	if (!up)
		return rc ? rc : -E_INVALID;
	if (!skip_char(t, &t->at, '='))
		return -E_INVALID;
	struct node *n = tree_add(t->arena, up, last);
	return n ? tree_read_value(t->arena, t->text, FLOW_TOML, &t->at, n) : -E_NOMEM;
}

int tree_read_toml(struct arena *a, struct str text, const struct node **ret)
{
	struct toml t = { .arena = a, .text = text, .root = ARENA_NEW(a, struct node) };
	int rc = 0;

	if (!t.root)
		return -E_NOMEM;
	t.root->kind = NODE_MAP;
	t.root->value = str_n(text.p, 0);
	t.table = t.root;
	for (;;) {
		t.at = tree_skip_blank(text, FLOW_TOML, t.at);
		if (t.at >= text.len)
			break;
		int now = text.p[t.at] == '[' ? read_header(&t) : read_pair(&t);
		if (now == -E_NOMEM)
			return now;
		if (!now)
			continue;
		rc = now; /* the line is lost, those behind it are not */
		skip_line(&t);
	}
	*ret = t.root;
	return rc;
}
