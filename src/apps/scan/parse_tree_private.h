/* apps/scan/parse_tree_private.h: the builder that the readers of JSON, YAML and TOML share. For
 * parse_tree.c, parse_yaml.c and parse_toml.c only. */
#ifndef APPS_SCAN_PARSE_TREE_PRIVATE_H
#define APPS_SCAN_PARSE_TREE_PRIVATE_H

#include "apps/scan/parse_tree.h"

enum flow_style {
	FLOW_JSON, /* key: value; comments with // and block comments */
	FLOW_YAML, /* key: value, plain words; comments with # */
	FLOW_TOML, /* key = value; comments with # */
};

/* Appends a child; NULL when memory ran out. */
struct node *tree_add(struct arena *a, struct node *parent, struct str key);
/* Reads one value that begins at text.p[*at], brackets and all, into `into`, and moves *at behind
 * it. 0, -E_INVALID (what was read stays), -E_NOMEM. */
MUST_CHECK int tree_read_value(
    struct arena *a, struct str text, enum flow_style style, size_t *at, struct node *into);
/* Behind white space (line ends too) and comments. */
size_t tree_skip_blank(struct str text, enum flow_style style, size_t at);
/* The string whose quote stands at text.p[*at]: sets value, kind and escaped. -E_INVALID when it does not
 * end. Three quotes are TOML's long form. */
MUST_CHECK int tree_read_string(
    struct str text, enum flow_style style, size_t *at, struct node *into);

#endif
