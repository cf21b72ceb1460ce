/* What npm, yarn, pnpm, bun and Deno ask for: package.json, deno.json, import maps.
 *
 * The key of a dependency is what the code imports; the value may bring something else ("npm:other@1",
 * "github:owner/fork", a tarball). Then the value's name is the package that is declared, the key the
 * one that was replaced, and both are said. */
#include "apps/scan/parse_npm.h"
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "base/check.h"

struct str npm_name_of(struct str spec, struct str *ret_version)
{
	size_t scope = spec.len && spec.p[0] == '@' ? 1 : 0;

	*ret_version = STR_NONE;
	for (size_t i = scope; i < spec.len; i++) {
		if (spec.p[i] != '@')
			continue;
		*ret_version = text_from(spec, i + 1);
		return str_n(spec.p, i);
	}
	return spec;
}

struct str npm_name_in_tarball(struct str url)
{
	size_t at = text_find(url, STR("/-/"));
	struct str path = str_n(url.p, at);

	if (at == url.len || !at)
		return STR_NONE;
	size_t slash = path.len;
	while (slash > 0 && path.p[slash - 1] != '/')
		slash--;
	size_t scope = slash > 1 ? slash - 1 : 0;
	while (scope > 0 && path.p[scope - 1] != '/')
		scope--;
	bool scoped = slash > 1 && path.p[scope] == '@';
	return text_from(path, scoped ? scope : slash);
}

/* A value that is no plain version: true when it brings a package of another name. */
static bool say_value(struct say *s, struct str key, struct str value)
{
	struct str version;

	if (str_starts(value, STR("npm:"))) {
		struct str name = npm_name_of(text_from(value, 4), &version);
		if (!name.len || (name.p[0] != '@' && !text_name_len(name, "-_.")))
			return false;
		bool same = str_eq(name, key);
		if (!same)
			say_package(s, name, version, name);
		return !same;
	}
	if (!say_repository(s, value, true))
		return false;
	struct str name = npm_name_in_tarball(value);
	if (name.len && !str_eq(name, key))
		say_package(s, name, STR_NONE, value);
	return true;
}

static void say_key(struct say *s, struct str key, struct str value, bool replaced)
{
	struct fact f = { .kind = FACT_PACKAGE,
		.how = replaced ? FACT_REPLACED : s->how,
		.ecosystem = s->ecosystem,
		.name = key,
		.version = value,
		.alias = replaced ? value : STR_NONE,
		.confidence = s->confidence,
		.dev = s->dev };

	say_as(s, f, key);
}

void npm_say_dependency(struct say *s, struct str key, struct str value)
{
	say_key(s, key, value, say_value(s, key, value));
}

static void say_map(struct say *s, const struct node *map)
{
	if (!node_is(map, NODE_MAP))
		return;
	for (const struct node *n = map->first; n && !s->full; n = n->next)
		npm_say_dependency(s, n->key, node_text(s->in->arena, n));
}

/* "overrides" nest, and may name a version behind the package: "a@1": { ".": "npm:b" }.
 * "resolutions" name a way: "x/ ** /baileys". */
static void say_overrides(struct say *s, const struct node *map)
{
	struct node_walk w = { .next = map };
	const struct node *n;
	struct str version;

	while (!s->full && (n = node_walk_next(&w))) {
		if (!node_is_text(n) || !n->key.len || str_eq_c(n->key, "."))
			continue;
		struct str key = n->key;
		for (size_t at = text_find(key, STR("**/")); at < key.len;
		    at = text_find(key, STR("**/")))
			key = text_from(key, at + 3);
		key = npm_name_of(key, &version);
		npm_say_dependency(s, key, node_text(s->in->arena, n));
	}
}

static void say_bundled(struct say *s, const struct node *list)
{
	if (!node_is(list, NODE_LIST))
		return;
	for (const struct node *n = list->first; n && !s->full; n = n->next)
		say_package(s, node_str(n), STR_NONE, node_str(n));
}

/* Scripts run packages, too: "npx name". */
static void say_scripts(struct say *s, const struct node *map)
{
	for (const struct node *n = node_first(map); n && !s->full; n = n->next)
		if (node_is_text(n))
			s->full = !shell_say_command(s->in, node_str(n));
}

int parse_npm_manifest(const struct parse_in *in)
{
	static const struct {
		const char *key;
		bool dev;
	} maps[] = { { "dependencies", false }, { "optionalDependencies", false },
		{ "peerDependencies", false }, { "devDependencies", true } };
	struct say s = { in, SCAN_ECO_NPM, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	for (size_t i = 0; i < ARRAY_LEN(maps); i++) {
		s.dev = maps[i].dev;
		say_map(&s, node_get(root, maps[i].key));
	}
	s.dev = false;
	say_bundled(&s, node_get(root, "bundledDependencies"));
	say_bundled(&s, node_get(root, "bundleDependencies"));
	say_overrides(&s, node_get(root, "overrides"));
	say_overrides(&s, node_get(root, "resolutions"));
	say_overrides(&s, node_path(root, "pnpm.overrides"));
	if (!s.full)
		say_scripts(&s, node_get(root, "scripts"));
	return rc ? rc : 1;
}

/* --- Deno ---------------------------------------------------------------------------------------- */

struct str npm_name_in_specifier(struct str spec)
{
	static const char *const cdns[] = { "https://esm.sh/", "https://cdn.skypack.dev/",
		"https://unpkg.com/", "https://cdn.jsdelivr.net/npm/", "https://esm.run/" };
	struct str version;

	for (size_t i = 0; i < ARRAY_LEN(cdns); i++)
		if (str_starts(spec, str_c(cdns[i])))
			return npm_name_of(
			    npm_package_part(text_from(spec, strlen(cdns[i]))), &version);
	if (str_starts(spec, STR("npm:/")))
		return npm_name_of(npm_package_part(text_from(spec, 5)), &version);
	if (str_starts(spec, STR("npm:")))
		return npm_name_of(npm_package_part(text_from(spec, 4)), &version);
	return STR_NONE;
}

struct str npm_package_part(struct str spec)
{
	size_t slash = text_find(spec, STR("/"));

	if (spec.len && spec.p[0] == '@' && slash < spec.len)
		slash += 1 + text_find(text_from(spec, slash + 1), STR("/"));
	return str_n(spec.p, slash < spec.len ? slash : spec.len);
}

/* deno.json, deno.jsonc, import_map.json, deno.lock's specifiers */
int parse_deno(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NPM, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	struct node_walk w = { .next = node_get(root, "imports") };
	const struct node *n;
	while (!s.full && (n = node_walk_next(&w))) {
		if (w.depth != 1)
			continue;
		struct str name = npm_name_in_specifier(node_str(n));
		say_package(&s, name, STR_NONE, name);
	}
	return rc ? rc : 1;
}
