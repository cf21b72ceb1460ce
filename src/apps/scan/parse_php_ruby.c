/* Composer's and Bundler's files. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"

/* --- Composer ------------------------------------------------------------------------------------ */

/* "php" and "ext-json" are no packages: those have a vendor. */
static void say_require(struct say *s, const struct node *map)
{
	if (!node_is(map, NODE_MAP))
		return;
	for (const struct node *n = map->first; n && !s->full; n = n->next) {
		struct node plain = {
			.value = n->key, .kind = NODE_STRING, .escaped = text_has(n->key, "\\")
		};
		struct str name = node_text(s->in->arena, &plain);
		if (text_has(name, "/"))
			say_fact(s, FACT_PACKAGE, name, node_str(n), n->key);
	}
}

static void say_repositories(struct say *s, const struct node *list)
{
	for (const struct node *n = node_first(list); n && !s->full; n = n->next) {
		struct str url = node_text(s->in->arena, node_get(n, "url"));
		if (text_has(url, "git"))
			say_repository(s, url, false);
	}
}

int parse_composer(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PACKAGIST, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	say_require(&s, node_get(root, "require"));
	s.dev = true;
	say_require(&s, node_get(root, "require-dev"));
	s.dev = false;
	say_repositories(&s, node_get(root, "repositories"));
	s.how = FACT_REPLACED;
	say_require(&s, node_get(root, "replace"));
	return rc ? rc : 1;
}

static void say_locked(struct say *s, const struct node *list)
{
	for (const struct node *n = node_first(list); n && !s->full; n = n->next) {
		const struct node *name = node_get(n, "name");
		say_fact(s, FACT_PACKAGE, node_text(s->in->arena, name),
		    node_str(node_get(n, "version")), node_str(name));
		struct str url = node_text(s->in->arena, node_path(n, "source.url"));
		if (text_has(url, "github.com"))
			say_repository(s, url, false);
	}
}

int parse_composer_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PACKAGIST, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	if (!node_is(root, NODE_MAP))
		return 0;
	say_locked(&s, node_get(root, "packages"));
	s.dev = true;
	say_locked(&s, node_get(root, "packages-dev"));
	return rc ? rc : 1;
}

/* --- Bundler ------------------------------------------------------------------------------------- */

/* gem "name", "~> 1", git: "https://…", github: "owner/repo"
 * spec.add_dependency "name", "~> 1"; add_runtime_dependency, add_development_dependency */
static void say_gem_line(struct say *s, struct str line)
{
	struct str rest = str_trim(line), name, other;
	size_t at = text_find(rest, STR("dependency"));
	bool spec = at < rest.len && text_has(str_n(rest.p, at), ".add_");

	if (!rest.len || rest.p[0] == '#')
		return;
	if (!spec && !str_starts(rest, STR("gem ")) && !str_starts(rest, STR("gem(")))
		return;
	s->dev = spec && text_has(rest, "add_development_dependency");
	if (!text_quoted(&rest, false, &name))
		return;
	say_package(s, name, STR_NONE, name);
	bool github = text_has(rest, "github:") || text_has(rest, ":github");
	bool git = github || text_has(rest, "git:") || text_has(rest, ":git");
	while (git && text_quoted(&rest, false, &other))
		say_repository(s, other, github);
}

int parse_gemfile(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_RUBYGEMS, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line))
		say_gem_line(&s, line);
	return 1;
}

/* Under "specs:" gems stand with four blanks, what they ask for with six. */
int parse_gemfile_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_RUBYGEMS, FACT_RESOLVED, SURE_RESOLVED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		if (str_starts(line, STR("  remote: "))) {
			struct str url = str_trim(text_from(line, 10));
			if (text_has(url, "git"))
				say_repository(&s, url, false);
			continue;
		}
		if (!str_starts(line, STR("    ")) || line.len < 5 || text_is_space(line.p[4]))
			continue;
		struct str rest = line, name = text_word(&rest);
		struct str version = text_from(str_trim(rest), 1);
		version.len = text_find(version, STR(")"));
		say_package(&s, name, version, name);
	}
	return 1;
}
