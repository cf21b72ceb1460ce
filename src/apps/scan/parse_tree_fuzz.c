/* Any bytes as JSON, YAML or TOML: every view lies in the text, and the walk meets every node once. */
#include <stdint.h>

#include "apps/scan/parse_tree.h"
#include "base/check.h"

typedef int read_fn(struct arena *a, struct str text, const struct node **ret);

static read_fn *const readers[] = { tree_read_json, tree_read_yaml, tree_read_toml };

static void check_view(struct str text, struct str view)
{
	if (view.len)
		ASSERT(view.p >= text.p && view.p + view.len <= text.p + text.len);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new(0, (size_t)64 << 20);
	const struct node *root = NULL, *n;

	if (!a || size < 1) {
		arena_free(&a);
		return 0;
	}
	struct str text = str_n((const char *)data + 1, size - 1);
	int rc = readers[data[0] % ARRAY_LEN(readers)](a, text, &root);
	ASSERT((rc == -E_NOMEM) == (root == NULL));
	struct node_walk w = { .next = root };
	while ((n = node_walk_next(&w))) {
		ASSERT(w.depth <= NODE_DEPTH_MAX + 1);
		check_view(text, n->key);
		check_view(text, n->value);
		ASSERT(node_text(a, n).len <= n->value.len);
	}
	arena_free(&a);
	return 0;
}
