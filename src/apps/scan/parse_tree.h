/* apps/scan/parse_tree.h: JSON, YAML and TOML files as one kind of tree.
 *
 * Parsers want keys, values and where they stand, whatever the notation. base/json says no positions
 * and refuses what people's files have (comments, trailing commas, a cut end); here a file is read as
 * far as it goes. Not a validator: of YAML and TOML, what lock files, manifests, compose files and
 * Kubernetes use. No recursion; nesting up to NODE_DEPTH_MAX; one pass.
 *
 * Values are views of the text, escapes and all; node_text() undoes JSON's. Anchors, tags and aliases
 * of YAML are skipped. Several documents of one file are members of one list. */
#ifndef APPS_SCAN_PARSE_TREE_H
#define APPS_SCAN_PARSE_TREE_H

#include "base/arena.h"
#include "base/str.h"

#define NODE_DEPTH_MAX 64

enum node_kind {
	NODE_NONE, /* a key without a value */
	NODE_SCALAR,
	NODE_STRING, /* quoted, or a block of text */
	NODE_MAP,
	NODE_LIST,
};

struct node {
	struct str key;   /* len 0 in lists and at the root */
	struct str value; /* of scalars and strings, without quotes */
	struct node *first, *last, *next;
	enum node_kind kind;
	bool escaped; /* a backslash stands in the value */
};

/* 0; -E_INVALID when the text ends or breaks off (*ret holds what was read up to there); -E_NOMEM
 * (*ret is as it was). */
MUST_CHECK int tree_read_json(struct arena *a, struct str text, const struct node **ret);
MUST_CHECK int tree_read_yaml(struct arena *a, struct str text, const struct node **ret);
MUST_CHECK int tree_read_toml(struct arena *a, struct str text, const struct node **ret);

/* NULL when absent, or not a map; all take NULL. */
const struct node *node_get(const struct node *map, const char *key);
const struct node *node_path(const struct node *map, const char *dotted);
const struct node *node_first(const struct node *n); /* NULL for what is no map and no list */
bool node_is(const struct node *n, enum node_kind kind);
bool node_is_text(const struct node *n);   /* a scalar or a string */
bool node_true(const struct node *n);      /* the scalar true */
struct str node_str(const struct node *n); /* the value as it stands; STR_NONE when it has none */
/* Escapes undone; the value itself when it has none. Empty when memory ran out. */
struct str node_text(struct arena *a, const struct node *n);

/* All nodes of a tree in the order of the text, without recursion: starts as { root }. */
struct node_walk {
	const struct node *next;
	const struct node
	    *up[NODE_DEPTH_MAX + 2]; /* up[depth] came last, its parents stand before it */
	size_t depth;                /* the root's is 0 */
	size_t next_depth;
};
const struct node *node_walk_next(struct node_walk *w);

#endif
