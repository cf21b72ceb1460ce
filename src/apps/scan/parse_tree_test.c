/* JSON, YAML and TOML as trees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "apps/scan/parse_tree.h"
#include "base/check.h"

typedef int read_fn(struct arena *a, struct str text, const struct node **ret);

/* One line a node: a blank for each depth, the key, and how the value is written: 'text' for strings, text
 * for words, {} and [] for what holds others, - for nothing. */
struct row {
	const char *name, *text, *tree;
};

static const struct row json_rows[] = {
	{ "nothing", "", "-\nE_INVALID\n" },
	{ "a word", " true ", "true\n" },
	{ "a map", "{\"a\": 1, \"b\": \"c\"}", "{}\n a 1\n b 'c'\n" },
	{ "nested", "{\"a\": [1, [2], {}]}", "{}\n a []\n  1\n  []\n   2\n  {}\n" },
	{ "comments and commas", "{ // x\n\"a\": 1, /* y */ }", "{}\n a 1\n" },
	{ "escapes stay", "[\"a\\\"b\\u0041\"]", "[]\n 'a\\\"b\\u0041'\n" },
	{ "a comment that does not end", "{ /* ", "{}\nE_INVALID\n" },
	{ "a string that does not end", "[\"a", "[]\n 'a'\nE_INVALID\n" },
	{ "a key alone", "{\"a\"", "{}\n a -\nE_INVALID\n" },
	{ "the wrong bracket", "[1}", "[]\n 1\nE_INVALID\n" },
	{ "twice the same key", "{\"a\": 1, \"a\": 2}", "{}\n a 1\n a 2\n" },
};

static const struct row yaml_rows[] = {
	{ "nothing", "", "[]\n -\n" },
	{ "a map", "a: 1\nb: 'c'\n\"d e\": f # g\n", "[]\n {}\n  a 1\n  b 'c'\n  d e f\n" },
	{ "nested", "a:\n  b:\n    c: 1\n  d: 2\ne: 3\n",
	    "[]\n {}\n  a {}\n   b {}\n    c 1\n   d 2\n  e 3\n" },
	{ "a list under its key", "a:\n- 1\n- 2\nb: 3\n", "[]\n {}\n  a []\n   1\n   2\n  b 3\n" },
	{ "a deeper list", "a:\n  - 1\n  - b: 2\n    c: 3\n  - - 4\n",
	    "[]\n {}\n  a []\n   1\n   {}\n    b 2\n    c 3\n   []\n    4\n" },
	{ "flow", "a: {b: c, d: [e, 'f']}\ng: [\n  1,\n  2 ]\nh: 3\n",
	    "[]\n {}\n  a {}\n   b c\n   d []\n    e\n    'f'\n  g []\n   1\n   2\n  h 3\n" },
	{ "a block of text", "a: |\n  one: two\n\n  three\nb: >-\n  four\n",
	    "[]\n {}\n  a '  one: two\n\n  three\n'\n  b '  four\n'\n" },
	{ "documents", "---\na: 1\n---\nb: 2\n", "[]\n -\n {}\n  a 1\n {}\n  b 2\n" },
	{ "anchors and tags", "a: &x 1\nb: !!str 2\nc: *x\n", "[]\n {}\n  a 1\n  b 2\n  c *x\n" },
	{ "a colon in a word", "a: b:c\nd: http://e\n", "[]\n {}\n  a b:c\n  d http://e\n" },
	{ "a template", "{{ if x }}\na: {{ b }}\n", "[]\n {}\n  a {{ b }}\n" },
	{ "a plain word that goes on", "a: b\n  c\nd: 1\n", "[]\n {}\n  a b\n  d 1\n" },
	{ "a list of maps at the top", "- a: 1\n  b: 2\n-\n  c: 3\n",
	    "[]\n []\n  {}\n   a 1\n   b 2\n  {}\n   c 3\n" },
	{ "brackets that do not end", "a: [1,\nb: 2\n",
	    "[]\n {}\n  a []\n   1\n   b\n   \nE_INVALID\n" },
};

static const struct row toml_rows[] = {
	{ "nothing", "", "{}\n" },
	{ "pairs", "a = 1\n\"b c\" = 'd' # e\nf.g = true\n",
	    "{}\n a 1\n b c 'd'\n f {}\n  g true\n" },
	{ "tables", "[a]\nb = 1\n[a.c]\nd = 2\n['e.f']\n",
	    "{}\n a {}\n  b 1\n  c {}\n   d 2\n e.f {}\n" },
	{ "lists of tables", "[[a]]\nb = 1\n[a.c]\nd = 2\n[[a]]\nb = 3\n",
	    "{}\n a []\n  {}\n   b 1\n   c {}\n    d 2\n  {}\n   b 3\n" },
	{ "inline", "a = { b = \"c\", d = [1, # x\n 2] }\n",
	    "{}\n a {}\n  b 'c'\n  d []\n   1\n   2\n" },
	{ "long strings", "a = \"\"\"b\nc\"\"\"\nd = 1\n", "{}\n a 'b\nc'\n d 1\n" },
	{ "a line that breaks off", "a = 1\nb == 2\nc = 3\n", "{}\n a 1\n b \n c 3\nE_INVALID\n" },
	{ "a header that breaks off", "[a\nb = 1\n[", "{}\n a {}\n  b 1\nE_INVALID\n" },
};

static void print_value(struct buf *out, const struct node *n)
{
	static const char *const marks[] = { "-", "", "", "{}", "[]" };

	if (n->kind == NODE_STRING)
		buf_addf(out, "'%.*s'\n", STR_ARG(n->value));
	else if (n->kind == NODE_SCALAR)
		buf_addf(out, "%.*s\n", STR_ARG(n->value));
	else
		buf_addf(out, "%s\n", marks[n->kind]);
}

static void print_tree(struct buf *out, const struct node *root)
{
	struct node_walk w = { .next = root };
	const struct node *n;

	while ((n = node_walk_next(&w))) {
		buf_addf(out, "%*s", (int)w.depth, "");
		if (n->key.len)
			buf_addf(out, "%.*s ", STR_ARG(n->key));
		print_value(out, n);
	}
}

static void run_row(read_fn *read, const struct row *row)
{
	struct arena *a = arena_new(0, 0);
	const struct node *root = NULL;
	struct buf out;

	buf_init(&out, 0);
	int rc = read(a, str_c(row->text), &root);
	print_tree(&out, root);
	if (rc)
		buf_addf(&out, "%s\n", err_name(rc));
	if (strcmp(out.p, row->tree) != 0)
		fail_msg("%s:\n%s--- instead of\n%s", row->name, out.p, row->tree);
	buf_done(&out);
	arena_free(&a);
}

#define RUN_ROWS(read, rows) \
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) \
	run_row((read), &(rows)[i])

static void test_json(void **state)
{
	(void)state;
	RUN_ROWS(tree_read_json, json_rows);
}

static void test_yaml(void **state)
{
	(void)state;
	RUN_ROWS(tree_read_yaml, yaml_rows);
}

static void test_toml(void **state)
{
	(void)state;
	RUN_ROWS(tree_read_toml, toml_rows);
}

/* Deeper than any file of people: refused, and what was read so far is there to be walked. */
static void test_depth(void **state)
{
	static read_fn *const readers[] = { tree_read_json, tree_read_yaml, tree_read_toml };
	static const char *const opening[] = { "[", "{\"a\":", "- ", "a = [",
		"[a.a.a.a.a.a.a.a.a." };
	struct arena *a = arena_new(0, 0);
	struct buf text, out;

	(void)state;
	buf_init(&text, 0);
	buf_init(&out, 0);
	for (size_t i = 0; i < ARRAY_LEN(readers) * ARRAY_LEN(opening); i++) {
		const struct node *root = NULL;
		buf_reset(&text);
		buf_reset(&out);
		for (size_t n = 0; n < 10000; n++)
			buf_add_c(&text, opening[i % ARRAY_LEN(opening)]);
		int rc = readers[i / ARRAY_LEN(opening)](a, buf_str(&text), &root);
		assert_true(rc == -E_INVALID || (rc == 0 && root->kind != NODE_NONE));
		print_tree(&out, root);
		assert_true(out.len < 100000);
		arena_reset(a);
	}
	buf_done(&text);
	buf_done(&out);
	arena_free(&a);
}

static void test_look_up(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct node *root;

	(void)state;
	assert_int_equal(
	    tree_read_json(a,
		STR("{\"a\": {\"b\": \"x\\ny\\u0041\\u00e9\"}, \"c\": [1], \"d\": true}"), &root),
	    0);
	const struct node *b = node_path(root, "a.b");
	assert_true(str_eq_c(node_text(a, b), "x\nyA?"));
	assert_true(node_is_text(b) && b->escaped);
	assert_null(node_path(root, "a.b.c"));
	assert_null(node_get(node_get(root, "c"), "1"));
	assert_null(node_get(NULL, "a"));
	assert_true(node_true(node_get(root, "d")));
	assert_false(node_true(node_get(root, "a")));
	assert_null(node_str(node_get(root, "c")).p);
	assert_true(node_is(node_first(node_get(root, "c")), NODE_SCALAR));
	arena_free(&a);
}

static void test_no_memory(void **state)
{
	static read_fn *const readers[] = { tree_read_json, tree_read_yaml, tree_read_toml };
	static const char *const texts[] = { "[1, {\"a\": 2}, [3]]", "a:\n- b: 1\n- [c]\n",
		"[a]\nb = 1\n[[c]]\nd = [2]\n" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(readers); i++) {
		const struct node *root = NULL;
		struct arena *a = arena_new(64, 256);
		assert_int_equal(readers[i](a, str_c(texts[i]), &root), -E_NOMEM);
		assert_null(root);
		arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json),
		cmocka_unit_test(test_yaml),
		cmocka_unit_test(test_toml),
		cmocka_unit_test(test_depth),
		cmocka_unit_test(test_look_up),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
