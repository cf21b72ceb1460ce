/* Python's requirements, manifests and lock files.
 *
 * Names are given as they stand; that "_", "." and "-" are one and letters have no case is for whoever
 * compares them. "name @ git+https://…" and "-e git+…#egg=name" give the name and the address. */
#include "apps/scan/parse_text.h"
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "base/check.h"

/* One requirement as PEP 508 has it: name[extra]>=1 ; marker, or name @ URL. */
void pypi_say_requirement(struct say *s, struct str text)
{
	text = str_trim(text);
	size_t len = text_name_len(text, "-_.");
	struct str name = str_n(text.p, len), rest = text_from(text, len);
	if (!len || str_starts(rest, STR("://")) || str_starts(rest, STR("/")) ||
	    str_starts(rest, STR(":")))
		return;
	if (rest.len && rest.p[0] == '[')
		rest = text_from(rest, text_find(rest, STR("]")) + 1);
	rest = str_trim(rest);
	if (rest.len && !strchr("@=<>!~;,#(\\^*", rest.p[0]) && !str_starts(rest, STR("--")))
		return;
	say_package(s, name, STR_NONE, name);
	if (rest.len && rest.p[0] == '@')
		say_repository(s, str_trim(text_from(rest, 1)), false);
}

static void say_egg(struct say *s, struct str url)
{
	size_t at = text_find(url, STR("egg="));
	struct str egg = text_from(url, at + 4);

	if (at < url.len)
		say_package(s, str_n(egg.p, text_name_len(egg, "-_.")), STR_NONE, egg);
	say_repository(s, url, false);
}

/* One line of a requirements file. */
static void say_line(struct say *s, struct str line)
{
	line = str_trim(line);
	if (!line.len || line.p[0] == '#')
		return;
	struct str rest = line, word = text_word(&rest);
	if (str_eq_c(word, "-e") || str_eq_c(word, "--editable"))
		word = text_word(&rest);
	if (word.len && word.p[0] == '-') {
		if (str_starts(word, STR("--editable=")))
			say_egg(s, text_from(word, 11));
		return;
	}
	if (text_starts_nocase(word, "git+") || text_has(word, "://"))
		say_egg(s, word);
	else
		pypi_say_requirement(s, line);
}

int parse_requirements(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line))
		say_line(&s, line);
	return 1;
}

/* --- TOML ---------------------------------------------------------------------------------------- */

static void say_list(struct say *s, const struct node *list)
{
	if (!node_is(list, NODE_LIST))
		return;
	for (const struct node *n = list->first; n && !s->full; n = n->next)
		pypi_say_requirement(s, node_str(n));
}

/* name = "^1", name = { git = "…", version = "…" } */
static void say_table(struct say *s, const struct node *table)
{
	if (!node_is(table, NODE_MAP))
		return;
	for (const struct node *n = table->first; n && !s->full; n = n->next) {
		const struct node *git = node_get(n, "git");
		if (!str_eq_c(n->key, "python"))
			say_package(s, n->key, node_str(n), n->key);
		if (!git)
			git = node_get(n, "url");
		if (git)
			say_repository(s, node_str(git), false);
	}
}

static void say_groups(struct say *s, const struct node *groups, const char *inner)
{
	for (const struct node *n = node_first(groups); n && !s->full; n = n->next) {
		say_list(s, n);
		if (inner)
			say_table(s, node_get(n, inner));
	}
}

/* tool.uv.sources and the like: name = { git = … } */
int parse_pyproject(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_toml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	say_list(&s, node_path(root, "project.dependencies"));
	say_groups(&s, node_path(root, "project.optional-dependencies"), NULL);
	say_table(&s, node_path(root, "tool.poetry.dependencies"));
	say_list(&s, node_path(root, "build-system.requires"));
	say_table(&s, node_path(root, "tool.uv.sources"));
	s.dev = true;
	say_table(&s, node_path(root, "tool.poetry.dev-dependencies"));
	say_groups(&s, node_path(root, "tool.poetry.group"), "dependencies");
	say_groups(&s, node_get(root, "dependency-groups"), NULL);
	say_groups(&s, node_path(root, "tool.pdm.dev-dependencies"), NULL);
	say_list(&s, node_path(root, "tool.uv.dev-dependencies"));
	return rc ? rc : 1;
}

int parse_pipfile(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_toml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	say_table(&s, node_get(root, "packages"));
	s.dev = true;
	say_table(&s, node_get(root, "dev-packages"));
	return rc ? rc : 1;
}

int parse_pipfile_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	say_table(&s, node_get(root, "default"));
	s.dev = true;
	say_table(&s, node_get(root, "develop"));
	return rc ? rc : 1;
}

/* poetry.lock, uv.lock, pdm.lock, Cargo.lock, pylock.toml: [[package]] name, version, source. */
int toml_say_packages(const struct parse_in *in, enum scan_ecosystem ecosystem, const char *list)
{
	struct say s = { in, ecosystem, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_toml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	for (const struct node *n = node_first(node_get(root, list)); n && !s.full; n = n->next) {
		const struct node *name = node_get(n, "name"), *source = node_get(n, "source");
		say_package(&s, node_str(name), node_str(node_get(n, "version")), node_str(name));
		if (node_is(source, NODE_MAP)) {
			const struct node *git = node_get(source, "git");
			source = git ? git : node_get(source, "url");
		}
		if (text_has(node_str(source), "git"))
			say_repository(&s, node_str(source), false);
	}
	return rc ? rc : 1;
}

int parse_python_lock(const struct parse_in *in)
{
	bool pylock = str_starts(in->name, STR("pylock"));

	return toml_say_packages(in, SCAN_ECO_PYPI, pylock ? "packages" : "package");
}

/* --- setup.py, setup.cfg, environment.yml --------------------------------------------------------- */

/* The quoted strings between brackets behind a word, as requirements. */
static void say_quoted_after(struct say *s, struct str text, const char *word)
{
	size_t at = text_find(text, str_c(word));
	struct str rest = text_from(text, at + strlen(word)), one;
	size_t open = text_find(rest, STR("["));

	if (at == text.len || open == rest.len || open > 16)
		return;
	rest = text_from(rest, open);
	rest.len = text_find(rest, STR("]"));
	while (!s->full && text_quoted(&rest, false, &one))
		if (!s->in->lexis ||
		    lexis_at(s->in->lexis, parse_offset(s->in, one)) != LEXIS_COMMENT)
			pypi_say_requirement(s, one);
}

int parse_setup_py(const struct parse_in *in)
{
	static const char *const words[] = { "install_requires", "setup_requires",
		"tests_require" };
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		s.dev = i > 0;
		say_quoted_after(&s, in->text, words[i]);
	}
	return s.full; /* its imports and calls are code like any other */
}

int parse_setup_cfg(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool inside = false;

	while (!s.full && lines_next(&l, &line)) {
		if (line.len && !text_is_space(line.p[0])) {
			inside = str_starts(line, STR("install_requires")) ||
			    str_starts(line, STR("tests_require"));
			struct str rest = line;
			str_cut(&rest, '=');
			line = inside ? rest : STR_NONE;
		}
		if (inside)
			say_line(&s, line);
	}
	return 1;
}

/* conda: dependencies: [ "python=3.11", { pip: [ … ] } ] */
int parse_conda(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_PYPI, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_yaml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	const struct node *list = node_get(node_first(root), "dependencies");
	if (!node_is(list, NODE_LIST))
		return 0;
	for (const struct node *n = list->first; n && !s.full; n = n->next) {
		if (node_is_text(n))
			pypi_say_requirement(&s, node_str(n));
		else
			say_list(&s, node_get(n, "pip"));
	}
	return rc ? rc : 1;
}
