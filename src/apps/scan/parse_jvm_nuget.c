/* Maven, Gradle and NuGet. Names of Maven are "group:artifact". */
#include "apps/scan/parse_tables.h"
#include "apps/scan/parse_tree.h"
#include "apps/scan/parse_xml.h"

static struct str coordinate(struct say *s, struct str group, struct str artifact)
{
	const struct str parts[] = { group, STR(":"), artifact };

	return group.len && artifact.len ? arena_join(s->in->arena, parts, 3) : STR_NONE;
}

/* --- Maven --------------------------------------------------------------------------------------- */

struct dependency {
	struct str group, artifact, version, *into;
	bool inside;
};

static void on_pom_tag(struct say *s, struct dependency *d, const struct xml *x)
{
	bool one = xml_named(x, "dependency") || xml_named(x, "plugin") ||
	    xml_named(x, "extension") || xml_named(x, "path");

	if (x->kind == XML_OPEN && one) {
		*d = (struct dependency){ .inside = true };
	} else if (x->kind == XML_CLOSE && one && d->inside) {
		if (d->group.len && d->artifact.len)
			say_package(
			    s, coordinate(s, d->group, d->artifact), d->version, d->artifact);
		d->inside = false;
	}
	if (!d->inside || x->kind != XML_OPEN)
		return;
	d->into = xml_named(x, "groupId") ? &d->group
	    : xml_named(x, "artifactId")  ? &d->artifact
	    : xml_named(x, "version")     ? &d->version
					  : NULL;
}

int parse_maven(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_MAVEN, FACT_DECLARED, SURE_DECLARED, false, false };
	struct xml x = { .rest = in->text };
	struct dependency d = { .inside = false };

	while (!s.full && xml_next(&x)) {
		if (x.kind != XML_TEXT) {
			on_pom_tag(&s, &d, &x);
			continue;
		}
		/* An exclusion inside a dependency names what is not wanted: the first names count. */
		if (d.inside && d.into && !d.into->len)
			*d.into = x.text;
		d.into = NULL;
	}
	return 1;
}

/* --- Gradle -------------------------------------------------------------------------------------- */

/* "group:artifact:version" in quotes */
static void say_notation(struct say *s, struct str one)
{
	size_t group = text_name_len(one, "-_.");
	struct str rest = text_from(one, group + 1);
	size_t artifact = text_name_len(rest, "-_.");

	if (!group || !artifact || group == one.len || one.p[group] != ':')
		return;
	struct str version = text_from(rest, artifact + 1);
	if (rest.len > artifact && rest.p[artifact] != ':')
		return;
	struct str name = str_n(one.p, group + 1 + artifact);
	say_package(s, name, version, name);
}

/* group: 'a', name: 'b' */
static void say_map_notation(struct say *s, struct str line)
{
	struct str group, artifact, rest;
	size_t at = text_find(line, STR("group"));

	if (at == line.len || !text_has(line, "name"))
		return;
	rest = text_from(line, at);
	if (!text_quoted(&rest, false, &group))
		return;
	rest = text_from(rest, text_find(rest, STR("name")));
	if (text_quoted(&rest, false, &artifact))
		say_package(s, coordinate(s, group, artifact), STR_NONE, artifact);
}

int parse_gradle(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_MAVEN, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line, one;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line);
		if (str_starts(rest, STR("//")) || str_starts(rest, STR("*")) ||
		    str_starts(rest, STR("exclude")))
			continue;
		say_map_notation(&s, rest);
		while (!s.full && text_quoted(&rest, false, &one))
			say_notation(&s, one);
	}
	return s.full; /* it is code, too */
}

/* "group" % "artifact" % "version", with "%%" for what is compiled for a Scala */
int parse_sbt(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_MAVEN, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line, group, artifact;

	while (!s.full && lines_next(&l, &line)) {
		struct str rest = str_trim(line);
		while (!str_starts(rest, STR("//")) && text_quoted(&rest, false, &group)) {
			struct str more = str_trim(rest);
			if (!str_starts(more, STR("%")) || !text_quoted(&more, false, &artifact))
				continue;
			say_package(&s, coordinate(&s, group, artifact), STR_NONE, artifact);
			break;
		}
	}
	return s.full; /* it is code, too */
}

/* [libraries] name = "group:artifact:1", { module = "group:artifact" }, { group = …, name = … } */
int parse_gradle_catalog(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_MAVEN, FACT_DECLARED, SURE_DECLARED, false, false };
	const struct node *root;
	int rc = tree_read_toml(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	for (const struct node *n = node_first(node_get(root, "libraries")); n && !s.full;
	    n = n->next) {
		struct str group = node_str(node_get(n, "group")),
			   name = node_str(node_get(n, "name"));
		say_notation(&s, node_str(n));
		say_notation(&s, node_str(node_get(n, "module")));
		if (group.len && name.len)
			say_package(&s, coordinate(&s, group, name), STR_NONE, name);
	}
	return rc ? rc : 1;
}

/* gradle.lockfile: group:artifact:version=configurations */
int parse_gradle_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_MAVEN, FACT_RESOLVED, SURE_RESOLVED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line)) {
		line.len = text_find(line, STR("="));
		say_notation(&s, line);
	}
	return 1;
}

/* --- NuGet --------------------------------------------------------------------------------------- */

/* <PackageReference Include="…">, <package id="…">, <ProjectReference Include="..\X\X.csproj"> */
int parse_nuget_xml(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NUGET, FACT_DECLARED, SURE_DECLARED, false, false };
	struct xml x = { .rest = in->text };

	while (!s.full && xml_next(&x)) {
		if (x.kind != XML_OPEN)
			continue;
		struct str name = STR_NONE;
		if (xml_named(&x, "PackageReference") || xml_named(&x, "PackageVersion") ||
		    xml_named(&x, "GlobalPackageReference") || xml_named(&x, "Reference")) {
			name = xml_attribute(&x, "Include");
			if (!name.p)
				name = xml_attribute(&x, "Update");
			name.len = text_find(name, STR(",")); /* of an assembly's full name */
		} else if (xml_named(&x, "package") || xml_named(&x, "dependency")) {
			name = xml_attribute(&x, "id");
		} else if (xml_named(&x, "ProjectReference")) {
			name = text_base(xml_attribute(&x, "Include"));
			name.len = text_find(name, STR(".csproj"));
		}
		struct str version = xml_attribute(&x, "Version");
		if (name.len)
			say_package(
			    &s, name, version.p ? version : xml_attribute(&x, "version"), name);
	}
	return 1;
}

/* Paket: "nuget Name ~> 1.0"; in its lock file "    Name (1.0)". */
int parse_paket(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NUGET, FACT_DECLARED, SURE_DECLARED, false, false };
	struct lines l = { in->text };
	struct str line;
	bool locked = str_ends(in->name, STR(".lock"));

	if (locked) {
		s.how = FACT_RESOLVED;
		s.confidence = SURE_RESOLVED;
	}
	while (!s.full && lines_next(&l, &line)) {
		struct str rest = line, name = text_word(&rest);
		bool one = locked ? str_starts(str_trim(rest), STR("(")) : str_eq_c(name, "nuget");
		if (one)
			name = locked ? name : text_word(&rest);
		if (one)
			say_package(&s, name, STR_NONE, name);
	}
	return 1;
}

/* packages.lock.json: dependencies → framework → name → { resolved } */
int parse_nuget_lock(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_NUGET, FACT_RESOLVED, SURE_RESOLVED, false, false };
	const struct node *root;
	int rc = tree_read_json(in->arena, in->text, &root);

	if (rc == -E_NOMEM)
		return rc;
	const struct node *frameworks = node_get(root, "dependencies");
	for (const struct node *f = node_first(frameworks); f && !s.full; f = f->next)
		for (const struct node *n = node_first(f); n && !s.full; n = n->next)
			say_package(&s, n->key, node_str(node_get(n, "resolved")), n->key);
	/* project.assets.json: libraries → "name/1.2" */
	for (const struct node *n = node_first(node_get(root, "libraries")); n && !s.full;
	    n = n->next) {
		size_t slash = text_find(n->key, STR("/"));
		say_package(&s, str_n(n->key.p, slash), text_from(n->key, slash + 1), n->key);
	}
	return rc ? rc : 1;
}
