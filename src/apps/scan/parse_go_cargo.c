/* Modules of Go, crates of Rust, packages of Elixir, Swift and C++. */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"

/* --- Go ------------------------------------------------------------------------------------------ */

/* "module v1.2.3 // indirect" or "a => b v1": what is asked for, and what comes in its stead. */
static void say_module(struct say *s, struct str line)
{
	line.len = text_find(line, STR("//"));
	size_t arrow = text_find(line, STR("=>"));
	struct str left = str_n(line.p, arrow), right = text_from(line, arrow + 2);
	struct str name = text_unquote(text_word(&left)), version = text_word(&left);
	enum fact_how how = s->how;

	s->how = arrow < line.len ? FACT_REPLACED : how;
	say_package(s, name, version, name);
	s->how = how;
	if (arrow == line.len)
		return;
	name = text_unquote(text_word(&right));
	version = text_word(&right);
	if (name.len && name.p[0] != '.' && name.p[0] != '/')
		say_package(s, name, version, name);
}

int parse_go_mod(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_GO, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool block = false;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line);
		if (!rest.len || str_starts(rest, STR("//")))
			continue;
		if (rest.p[0] == ')') {
			block = false;
			continue;
		}
		struct str words = rest, verb = text_word(&words);
		bool ours = str_eq_c(verb, "require") || str_eq_c(verb, "replace") ||
		    str_eq_c(verb, "tool");
		if (str_starts(str_trim(words), STR("("))) {
			block = ours;
			continue;
		}
		if (ours || block)
			say_module(&s, block ? rest : words);
	}
	return 1;
}

/* "module v1 h1:…" and "module v1/go.mod h1:…": the first only. Without the second line nothing was
 * built of it, but then it stands in go.mod, too. */
int parse_go_sum(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_GO, FACT_RESOLVED, SURE_RESOLVED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = line, name = text_word(&rest), version = text_word(&rest);
		if (version.len && !str_ends(version, STR("/go.mod")))
			say_package(&s, name, version, name);
	}
	return 1;
}

/* --- Cargo --------------------------------------------------------------------------------------- */

/* name = "1", name = { package = "other", git = "…" }: the crate is the package's name. */
static void say_crates(struct say *s, const struct node *table)
{
	if (!node_is(table, NODE_MAP))
		return;
	for (const struct node *n = table->first; n && !s->full; n = n->next) {
		const struct node *real = node_get(n, "package"), *git = node_get(n, "git");
		if (real) {
			struct fact f = { .kind = FACT_PACKAGE,
				.how = FACT_REPLACED,
				.ecosystem = s->ecosystem,
				.name = n->key,
				.alias = node_str(real),
				.confidence = s->confidence,
				.dev = s->dev };
			say_as(s, f, n->key);
		}
		struct str name = real ? node_str(real) : n->key;
		say_package(s, name, node_str(n), name);
		if (git)
			say_repository(s, node_str(git), false);
	}
}

static void say_cargo_tables(struct say *s, const struct node *n)
{
	say_crates(s, node_get(n, "dependencies"));
	say_crates(s, node_get(n, "build-dependencies"));
	s->dev = true;
	say_crates(s, node_get(n, "dev-dependencies"));
	s->dev = false;
}

int parse_cargo(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_CARGO, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_toml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	say_cargo_tables(&s, root);
	say_crates(&s, node_path(root, "workspace.dependencies"));
	for (const struct node *n = node_first(node_get(root, "target")); n && !s.full; n = n->next)
		say_cargo_tables(&s, n);
	return rc ? rc : 1;
}

int parse_cargo_lock(const struct parse_in *in)
{
	return toml_say_packages(in, SCAN_ECO_CARGO, "package");
}

/* --- Elixir -------------------------------------------------------------------------------------- */

/* {:name, "~> 1"}, {:name, github: "owner/repo"}; in the lock "name": {:hex, :name, "1", …} */
static void say_mix_line(struct say *s, struct str line)
{
	struct str rest = str_trim(line), other;
	size_t brace = text_find(rest, STR("{:"));

	if (!rest.len || rest.p[0] == '#' || brace == rest.len)
		return;
	struct str atom = text_from(rest, brace + 2);
	if (str_starts(atom, STR("hex, :")))
		atom = text_from(atom, 6);
	struct str name = str_n(atom.p, text_name_len(atom, "_"));
	struct str tail = text_from(atom, name.len);
	bool git = text_has(tail, "github:") || text_has(tail, "git:");
	if (!str_starts(tail, STR(", \"")) && !git)
		return;
	say_package(s, name, STR_NONE, name);
	while (git && text_quoted(&tail, false, &other))
		say_repository(s, other, true);
}

int parse_mix(const struct parse_in *in)
{
	bool lock = str_eq_c(in->name, "mix.lock");
	struct say s = { in, SCAN_ECO_HEX, lock ? FACT_RESOLVED : FACT_DECLARED, SURE_DECLARED,
		false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line))
		say_mix_line(&s, line);
	return lock || s.full; /* mix.exs is code, too */
}

/* --- Swift and C++: repositories are the packages ------------------------------------------------- */

/* "owner/repository" of a URL at GitHub, as FACT_PACKAGE; the URL besides. */
static void say_git_package(struct say *s, struct str url)
{
	static const char host[] = "github.com";
	size_t at = text_find(url, str_c(host));
	struct str pair = text_from(url, at + strlen(host) + 1);

	if (at < url.len && pair.len) {
		size_t owner = text_name_len(pair, "-_.");
		struct str name = text_from(pair, owner + 1);
		size_t len = text_name_len(name, "-_.");
		struct str all = str_n(pair.p, owner + 1 + len);
		if (len && str_ends(all, STR(".git")))
			all.len -= 4;
		if (owner && len && pair.p[owner] == '/')
			say_package(s, all, STR_NONE, all);
	}
	say_repository(s, url, false);
}

/* .package(url: "https://github.com/owner/repo", from: "1"); in Package.resolved "location": "…" */
int parse_swift(const struct parse_in *in)
{
	bool lock = str_ends(in->name, STR(".resolved"));
	struct say s = { in, SCAN_ECO_SWIFT, lock ? FACT_RESOLVED : FACT_DECLARED, SURE_DECLARED,
		false, false };
	struct str rest = in->text, one;

	while (!s.full && text_quoted(&rest, false, &one)) {
		bool url = str_starts(one, STR("https://")) || str_starts(one, STR("git@"));
		if (url &&
		    (!in->lexis || lexis_at(in->lexis, parse_offset(in, one)) != LEXIS_COMMENT))
			say_git_package(&s, one);
	}
	return lock || s.full;
}

/* GIT_REPOSITORY <url>, URL <url>, CPMAddPackage("gh:owner/repo#1"), "url = …" of .gitmodules */
static void say_cmake_line(struct say *s, struct str line)
{
	static const char *const words[] = { "GIT_REPOSITORY", "URL", "GITHUB_REPOSITORY", "url" };
	struct str rest = str_trim(line);
	size_t gh = text_find(rest, STR("\"gh:"));

	if (!rest.len || rest.p[0] == '#')
		return;
	if (gh < rest.len) {
		struct str pair = text_from(rest, gh + 4);
		say_package(s, str_n(pair.p, text_name_len(pair, "-_./")), STR_NONE, pair);
		return;
	}
	for (struct str word = text_word(&rest); word.len; word = text_word(&rest)) {
		size_t i = 0;
		while (i < sizeof(words) / sizeof(words[0]) && !str_eq_c(word, words[i]))
			i++;
		if (i == sizeof(words) / sizeof(words[0]))
			continue;
		word = text_word(&rest);
		if (str_eq_c(word, "="))
			word = text_word(&rest);
		word = text_unquote(word);
		word.len = text_find(word, STR(")"));
		if (i == 2)
			say_package(s, word, STR_NONE, word);
		else
			say_git_package(s, word);
	}
}

int parse_cmake(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_CPP, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line))
		say_cmake_line(&s, line);
	return 1;
}
