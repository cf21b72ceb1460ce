/* Lock files of npm, bun, yarn and pnpm.
 *
 * What a lock resolved counts, under its real name: the key of an entry may be an alias, so "name",
 * "resolved", "resolution" and descriptors behind '@npm:' are read as well. Several say the same of one
 * entry; a name is given once an entry. */
#include "apps/scan/parse_npm.h"
#include "apps/scan/parse_tree.h"

/* The real names of one entry, said once each. */
struct entry {
	struct say *say;
	struct str said[4];
	size_t n;
};

static void entry_say(struct entry *e, struct str name, struct str version, struct str at)
{
	for (size_t i = 0; i < e->n; i++)
		if (str_eq(e->said[i], name))
			return;
	if (!name.len || e->n == sizeof(e->said) / sizeof(e->said[0]))
		return;
	e->said[e->n++] = name;
	say_package(e->say, name, version, at);
}

/* A tarball's or a repository's address. */
static void entry_say_url(struct entry *e, struct str url)
{
	struct str name = npm_name_in_tarball(url);

	if (name.len)
		entry_say(e, name, STR_NONE, name);
	else if (text_has(url, "git") || text_has(url, "://"))
		say_repository(e->say, url, false);
}

/* --- npm ----------------------------------------------------------------------------------------- */

/* The name in "node_modules/a/node_modules/@b/c". */
static struct str name_in_path(struct str path)
{
	struct str word = STR("node_modules/");

	for (size_t i = path.len >= word.len ? path.len - word.len + 1 : 0; i > 0; i--)
		if (memcmp(path.p + i - 1, word.p, word.len) == 0)
			return text_from(path, i - 1 + word.len);
	return STR_NONE;
}

/* A member of "packages" (lockfile 2 and 3). */
static void say_lock_package(struct say *s, const struct node *n)
{
	struct entry e = { .say = s };
	struct str version = node_str(node_get(n, "version"));
	struct str real = node_str(node_get(n, "name"));
	struct str key = name_in_path(n->key);

	if (!key.len)
		return;
	s->dev = node_true(node_get(n, "dev"));
	entry_say(&e, key, version, key);
	entry_say(&e, real, version, real);
	entry_say_url(&e, node_text(s->in->arena, node_get(n, "resolved")));
}

/* A member of "dependencies" (lockfile 1), however deep. */
static void say_lock_dependency(struct say *s, const struct node *n)
{
	struct entry e = { .say = s };
	struct str version = node_str(node_get(n, "version")), behind;

	s->dev = node_true(node_get(n, "dev"));
	entry_say(&e, n->key, version, n->key);
	if (str_starts(version, STR("npm:"))) {
		struct str name = npm_name_of(text_from(version, 4), &behind);
		entry_say(&e, name, behind, name);
	} else if (text_has(version, "/")) {
		entry_say_url(&e, version);
	}
	entry_say_url(&e, node_text(s->in->arena, node_get(n, "resolved")));
}

/* Members of "dependencies" stand at odd depths below the first: dependencies → name → dependencies. */
static void walk_lock_v1(struct say *s, const struct node *dependencies)
{
	struct node_walk w = { .next = dependencies };
	const struct node *n;

	while (!s->full && (n = node_walk_next(&w))) {
		bool member = w.depth > 0 && node_is(n, NODE_MAP) &&
		    (w.depth == 1 || str_eq_c(w.up[w.depth - 1]->key, "dependencies"));
		if (member && node_get(n, "version"))
			say_lock_dependency(s, n);
	}
}

int parse_npm_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NPM, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	const struct node *packages = node_get(root, "packages");
	for (const struct node *n = node_first(packages); n && !s.full; n = n->next)
		say_lock_package(&s, n);
	if (!packages)
		walk_lock_v1(&s, node_get(root, "dependencies"));
	return rc ? rc : 1;
}

/* "packages": { "key": ["name@version", …] } */
int parse_bun_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NPM, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	for (const struct node *n = node_first(node_get(root, "packages")); n && !s.full;
	    n = n->next) {
		struct entry e = { .say = &s };
		struct str version, name = npm_name_of(node_str(node_first(n)), &version);
		entry_say(&e, name, version, name);
		entry_say_url(&e, version);
	}
	return rc ? rc : 1;
}

/* --- yarn ---------------------------------------------------------------------------------------- */

/* One descriptor of an entry: "name@range", "alias@npm:name@range", "alias@https://…". */
static void say_descriptor(struct entry *e, struct str descriptor)
{
	struct str range, behind, name = npm_name_of(descriptor, &range);

	if (str_starts(range, STR("npm:"))) {
		struct str inner = text_from(range, 4);
		struct str real = npm_name_of(inner, &behind);
		bool alias = behind.len && text_name_len(real, "@/-_.") == real.len;
		entry_say(e, alias ? real : name, alias ? behind : range, alias ? real : name);
		return;
	}
	entry_say(e, name, range, name);
	if (text_has(range, "/"))
		entry_say_url(e, range);
}

/* "a@1, b@2":  or  a@1, "b@npm:2": */
static void say_descriptors(struct entry *e, struct str line)
{
	struct str rest = line;

	if (str_starts(rest, STR("? ")))
		rest = text_from(rest, 2);
	while (rest.len && !e->say->full) {
		struct str one = str_trim(str_cut(&rest, ','));
		while (one.len && (one.p[0] == '"' || one.p[0] == '\''))
			one = text_from(one, 1);
		while (one.len && strchr("\"':", one.p[one.len - 1]))
			one.len--;
		say_descriptor(e, one);
	}
}

/* A line of an entry: resolved "…", resolution: "…" */
static void say_yarn_member(struct entry *e, struct str line)
{
	struct str rest = line, word = text_word(&rest), version;

	if (str_eq_c(word, "resolved")) {
		entry_say_url(e, text_unquote(rest));
	} else if (str_eq_c(word, "resolution:")) {
		struct str name = npm_name_of(text_unquote(rest), &version);
		entry_say(e, name, version, name);
		if (text_has(version, "/"))
			entry_say_url(e, version);
	}
}

int parse_yarn_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NPM, FACT_RESOLVED, SURE_RESOLVED, false, false };
	struct entry e = { .say = &s };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		if (!line.len || line.p[0] == '#')
			continue;
		if (text_is_space(line.p[0])) {
			say_yarn_member(&e, line);
			continue;
		}
		e.n = 0;
		if (!str_starts(line, STR("__metadata")) && line.p[0] != ':')
			say_descriptors(&e, line);
	}
	return 1;
}

/* --- pnpm ---------------------------------------------------------------------------------------- */

/* The slash in front of the version in "@scope/name/1.2_peer@3"; key.len when there is none. */
static size_t version_slash(struct str key)
{
	for (size_t i = 1; i + 1 < key.len; i++)
		if (key.p[i] == '/' && key.p[i + 1] >= '0' && key.p[i + 1] <= '9')
			return i;
	return key.len;
}

/* "/name@1.2(peer@3)" (lockfile 6), "name@1.2(peer)" (9), "/name/1.2_peer" (5) */
static struct str pnpm_name(struct str key, struct str *ret_version)
{
	bool old = key.len && key.p[0] == '/';
	struct str cut = text_from(key, old);

	cut.len = text_find(cut, STR("("));
	size_t slash = old ? version_slash(cut) : cut.len;
	if (slash == cut.len)
		return npm_name_of(cut, ret_version);
	*ret_version = text_from(cut, slash + 1);
	return str_n(cut.p, slash);
}

static void say_pnpm_packages(struct say *s, const struct node *map)
{
	for (const struct node *n = node_first(map); n && !s->full; n = n->next) {
		struct entry e = { .say = s };
		struct str version, name = pnpm_name(n->key, &version);
		const struct node *resolution = node_get(n, "resolution");
		entry_say(&e, name, version, name);
		entry_say(
		    &e, node_str(node_get(n, "name")), version, node_str(node_get(n, "name")));
		if (text_has(n->key, "github.com") || text_has(n->key, "://"))
			say_repository(s, n->key, false);
		entry_say_url(&e, node_str(node_get(resolution, "tarball")));
		entry_say_url(&e, node_str(node_get(resolution, "repo")));
	}
}

/* name: { specifier: npm:other@1, version: … }  or, before lockfile 6, name: version */
static void say_pnpm_dependencies(struct say *s, const struct node *map)
{
	for (const struct node *n = node_first(map); n && !s->full; n = n->next) {
		struct str value = node_str(node_get(n, "specifier"));
		if (!value.p)
			value = node_str(n);
		npm_say_dependency(s, n->key, value);
	}
}

static void say_pnpm_importer(struct say *s, const struct node *importer)
{
	say_pnpm_dependencies(s, node_get(importer, "dependencies"));
	say_pnpm_dependencies(s, node_get(importer, "optionalDependencies"));
	s->dev = true;
	say_pnpm_dependencies(s, node_get(importer, "devDependencies"));
	s->dev = false;
}

static void say_pnpm_document(struct say *s, const struct node *doc)
{
	say_pnpm_importer(s, doc);
	for (const struct node *n = node_first(node_get(doc, "importers")); n && !s->full;
	    n = n->next)
		say_pnpm_importer(s, n);
	say_pnpm_packages(s, node_get(doc, "packages"));
	say_pnpm_dependencies(s, node_get(doc, "catalog")); /* of pnpm-workspace.yaml */
	for (const struct node *n = node_first(node_get(doc, "catalogs")); n && !s->full;
	    n = n->next)
		say_pnpm_dependencies(s, n);
	say_pnpm_dependencies(s, node_get(doc, "overrides"));
}

int parse_pnpm_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NPM, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_yaml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	for (const struct node *n = node_first(root); n && !s.full; n = n->next)
		say_pnpm_document(&s, n);
	return rc ? rc : 1;
}
