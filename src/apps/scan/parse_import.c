/* Import lines of programming languages.
 *
 * One pass over the words of a file (JavaScript, scripts in markup) or over its lines (the others). Comments and strings
 * are told by the lexis, where the engine has one. Relative imports are the project's own files and are
 * not given. Names are given as the language spells them: that "import x.y" may mean the package x is for
 * whoever looks it up. */
#include "apps/scan/parse_tables.h"
#include "base/check.h"

typedef void import_fn(struct say *s, struct str text);

static bool is_code(const struct say *s, struct str at)
{
	return lexis_at(s->in->lexis, parse_offset(s->in, at)) == LEXIS_CODE;
}

/* Lines of Go's import blocks begin with a string. */
static bool is_comment(const struct say *s, struct str at)
{
	return lexis_at(s->in->lexis, parse_offset(s->in, at)) == LEXIS_COMMENT;
}

/* --- JavaScript and TypeScript ------------------------------------------------------------------- */

static bool has_scheme(struct str spec)
{
	size_t colon = text_find(spec, STR(":"));

	return colon < spec.len && colon < text_find(spec, STR("/"));
}

static void say_js_specifier(struct say *s, struct str spec)
{
	struct str name = npm_name_in_specifier(spec), version;

	if (!name.len) {
		if (!spec.len || strchr("./#~$", spec.p[0]) || has_scheme(spec))
			return;
		name = npm_name_of(npm_package_part(spec), &version);
	}
	if (text_name_len(name, "@/-_.") == name.len)
		say_package(s, name, STR_NONE, name);
}

/* The quoted string at the start of `s`, behind blanks and a bracket. */
static bool string_follows(struct str s, bool bracket, struct str *ret)
{
	size_t i = 0;

	while (i < s.len && (text_is_space(s.p[i]) || (bracket && s.p[i] == '(')))
		i++;
	s = text_from(s, i);
	if (!s.len || (s.p[0] != '"' && s.p[0] != '\'' && s.p[0] != '`'))
		return false;
	const char *end = memchr(s.p + 1, s.p[0], s.len - 1 < 300 ? s.len - 1 : 300);
	if (!end)
		return false;
	*ret = str_n(s.p + 1, (size_t)(end - s.p) - 1);
	return true;
}

static void import_js(struct say *s, struct str text)
{
	struct str spec;

	for (size_t i = 0; i < text.len && !s->full;) {
		if (!text_is_word(text.p[i])) {
			i++;
			continue;
		}
		struct str word = text_from(text, i);
		word.len = text_name_len(word, "_$");
		word.len += !word.len;
		i += word.len;
		bool call = str_eq_c(word, "require") || str_eq_c(word, "import") ||
		    str_eq_c(word, "resolve");
		if (!call && !str_eq_c(word, "from"))
			continue;
		if (string_follows(text_from(text, i), call, &spec) && is_code(s, word))
			say_js_specifier(s, spec);
	}
}

/* --- markup -------------------------------------------------------------------------------------- */

/* The tag at the start of `s`, up to its '>'. */
static struct str tag_of(struct str s)
{
	return str_n(s.p, text_find(s, STR(">")));
}

/* src="https://cdn…/package@1/file.js": only the networks that serve packages by their names. */
static void say_script_source(struct say *s, struct str tag)
{
	size_t at = text_find(tag, STR("src="));
	struct str url;

	if (at == tag.len || !string_follows(text_from(tag, at + 4), false, &url))
		return;
	struct str name = npm_name_in_specifier(url);
	if (name.len && text_name_len(name, "@/-_.") == name.len)
		say_package(s, name, STR_NONE, name);
}

static void import_html(struct say *s, struct str text)
{
	while (text.len && !s->full) {
		text = text_from(text, text_find(text, STR("<")));
		if (str_starts(text, STR("<!--"))) {
			text = text_from(text, text_find(text, STR("-->")) + 3);
		} else if (text_starts_nocase(text, "<script")) {
			struct str tag = tag_of(text), code = text_from(text, tag.len + 1);
			code.len = text_find(code, STR("</"));
			say_script_source(s, tag);
			import_js(s, code);
			text = text_from(text, tag.len + code.len);
		} else {
			text = text_from(text, 1);
		}
	}
}

/* --- Python -------------------------------------------------------------------------------------- */

static struct str dotted_name(struct str s)
{
	return str_n(s.p, text_name_len(s, "_."));
}

/* Is it a package of the project's own, in which this file stands? */
static bool is_own(const struct say *s, struct str name)
{
	struct str top = str_n(name.p, text_find(name, STR("."))), rest = s->in->path;

	while (rest.len) {
		struct str part = str_cut(&rest, '/');
		bool folder = rest.p != NULL;
		if (folder && str_eq(part, top))
			return true;
	}
	return false;
}

static void say_module(struct say *s, struct str name)
{
	if (name.len && name.p[0] != '.' && !is_own(s, name))
		say_package(s, name, STR_NONE, name);
}

/* import a.b as c, d */
static void say_python_names(struct say *s, struct str rest)
{
	while (rest.len)
		say_module(s, dotted_name(str_trim(str_cut(&rest, ','))));
}

static void python_line(struct say *s, struct str line)
{
	static const char *const calls[] = { "import_module(", "__import__(" };
	struct str rest = line, word = text_word(&rest), name;

	if (str_eq_c(word, "import")) {
		rest.len = text_find(rest, STR("#"));
		say_python_names(s, rest);
	} else if (str_eq_c(word, "from")) {
		name = dotted_name(text_word(&rest));
		if (str_eq_c(text_word(&rest), "import"))
			say_module(s, name);
	}
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		size_t at = text_find(line, str_c(calls[i]));
		if (at < line.len &&
		    string_follows(text_from(line, at + strlen(calls[i])), false, &name))
			say_module(s, dotted_name(name));
	}
}

/* --- one line, one import ------------------------------------------------------------------------ */

static void say_dotted(struct say *s, struct str rest)
{
	struct str name = dotted_name(str_trim(rest));

	if (name.len && name.p[name.len - 1] == '.') /* of "x.*" */
		name.len--;
	say_package(s, name, STR_NONE, name);
}

/* import a.b.C;  import static a.b.C.*;  import a.b.C (Kotlin, Scala) */
static void java_line(struct say *s, struct str line)
{
	struct str rest = line;

	if (!str_eq_c(text_word(&rest), "import"))
		return;
	struct str more = rest;
	if (str_eq_c(text_word(&more), "static"))
		rest = more;
	say_dotted(s, rest);
}

/* #r "nuget: Name, 1.0" of scripts and notebooks, #:package Name@1.0 of single files. What "using" names
 * is a namespace, very often the project's own; its packages stand in the project file. */
static void dotnet_line(struct say *s, struct str line)
{
	struct str rest = line, word = text_word(&rest);

	if (str_eq_c(word, "#:package"))
		rest = str_trim(rest);
	else if (str_eq_c(word, "#r") && text_has(rest, "nuget:"))
		rest = str_trim(text_from(rest, text_find(rest, STR(":")) + 1));
	else
		return;
	struct str name = str_n(rest.p, text_name_len(rest, "-_."));
	say_package(s, name, STR_NONE, name);
}

/* use A\B\C;  use function A\b; */
static void php_line(struct say *s, struct str line)
{
	struct str rest = line;

	if (!str_eq_c(text_word(&rest), "use"))
		return;
	struct str more = rest, word = text_word(&more);
	if (str_eq_c(word, "function") || str_eq_c(word, "const"))
		rest = more;
	rest = str_trim(rest);
	if (rest.len && rest.p[0] == '\\')
		rest = text_from(rest, 1);
	struct str name = str_n(rest.p, text_name_len(rest, "_\\"));
	if (text_has(name, "\\"))
		say_package(s, name, STR_NONE, name);
}

/* require "x", require_relative is the project's own */
static void ruby_line(struct say *s, struct str line)
{
	struct str rest = line, name;

	if (str_starts(line, STR("gem ")) || str_starts(line, STR("require ")) ||
	    str_starts(line, STR("require("))) {
		if (text_quoted(&rest, false, &name) && name.len && name.p[0] != '.')
			say_package(s, name, STR_NONE, name);
	}
}

/* use a::b;  extern crate a;  pub use a; */
static void rust_line(struct say *s, struct str line)
{
	struct str rest = line, word = text_word(&rest);

	if (str_starts(word, STR("pub")))
		word = text_word(&rest);
	if (str_eq_c(word, "extern"))
		word = text_word(&rest);
	if (!str_eq_c(word, "use") && !str_eq_c(word, "crate"))
		return;
	rest = str_trim(rest);
	if (str_starts(rest, STR("::")))
		rest = text_from(rest, 2);
	struct str name = str_n(rest.p, text_name_len(rest, "_"));
	if (!str_eq_c(name, "crate") && !str_eq_c(name, "self") && !str_eq_c(name, "super"))
		say_package(s, name, STR_NONE, name);
}

/* --- Go ------------------------------------------------------------------------------------------ */

static void import_go(struct say *s, struct str text)
{
	struct lines l = { text };
	struct str line, name;
	bool block = false;

	while (!s->full && lines_next(&l, &line)) {
		struct str rest = str_trim(line), words = rest;
		if (!rest.len || is_comment(s, rest))
			continue;
		if (block && rest.p[0] == ')') {
			block = false;
			continue;
		}
		bool import = str_eq_c(text_word(&words), "import") ||
		    str_starts(rest, STR("import("));
		if (import && text_has(rest, "(")) {
			block = true;
			rest = text_from(rest, text_find(rest, STR("(")));
		}
		if ((import || block) && text_quoted(&rest, true, &name))
			say_package(s, name, STR_NONE, name);
	}
}

/* --- by ending ----------------------------------------------------------------------------------- */

typedef void line_fn(struct say *s, struct str line);

static const struct language {
	const char *ending;
	enum scan_ecosystem ecosystem;
	import_fn *whole; /* or */
	line_fn *line;
} languages[] = {
	{ ".js", SCAN_ECO_NPM, import_js, NULL },
	{ ".mjs", SCAN_ECO_NPM, import_js, NULL },
	{ ".cjs", SCAN_ECO_NPM, import_js, NULL },
	{ ".jsx", SCAN_ECO_NPM, import_js, NULL },
	{ ".ts", SCAN_ECO_NPM, import_js, NULL },
	{ ".mts", SCAN_ECO_NPM, import_js, NULL },
	{ ".cts", SCAN_ECO_NPM, import_js, NULL },
	{ ".tsx", SCAN_ECO_NPM, import_js, NULL },
	{ ".vue", SCAN_ECO_NPM, import_js, NULL },
	{ ".svelte", SCAN_ECO_NPM, import_js, NULL },
	{ ".astro", SCAN_ECO_NPM, import_js, NULL },
	{ ".html", SCAN_ECO_NPM, import_html, NULL },
	{ ".htm", SCAN_ECO_NPM, import_html, NULL },
	{ ".xhtml", SCAN_ECO_NPM, import_html, NULL },
	{ ".hbs", SCAN_ECO_NPM, import_html, NULL },
	{ ".ejs", SCAN_ECO_NPM, import_html, NULL },
	{ ".py", SCAN_ECO_PYPI, NULL, python_line },
	{ ".pyw", SCAN_ECO_PYPI, NULL, python_line },
	{ ".php", SCAN_ECO_PACKAGIST, NULL, php_line },
	{ ".go", SCAN_ECO_GO, import_go, NULL },
	{ ".java", SCAN_ECO_MAVEN, NULL, java_line },
	{ ".kt", SCAN_ECO_MAVEN, NULL, java_line },
	{ ".kts", SCAN_ECO_MAVEN, NULL, java_line },
	{ ".scala", SCAN_ECO_MAVEN, NULL, java_line },
	{ ".groovy", SCAN_ECO_MAVEN, NULL, java_line },
	{ ".cs", SCAN_ECO_NUGET, NULL, dotnet_line },
	{ ".csx", SCAN_ECO_NUGET, NULL, dotnet_line },
	{ ".fsx", SCAN_ECO_NUGET, NULL, dotnet_line },
	{ ".vb", SCAN_ECO_NUGET, NULL, dotnet_line },
	{ ".fs", SCAN_ECO_NUGET, NULL, dotnet_line },
	{ ".rb", SCAN_ECO_RUBYGEMS, NULL, ruby_line },
	{ ".rs", SCAN_ECO_CARGO, NULL, rust_line },
};

static void each_line(struct say *s, struct str text, line_fn *read)
{
	struct lines l = { text };
	struct str line;

	while (!s->full && lines_next(&l, &line)) {
		line = str_trim(line);
		if (line.len && is_code(s, line))
			read(s, line);
	}
}

bool import_say_lines(const struct parse_in *in, struct str text, struct str ending)
{
	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		const struct language *l = &languages[i];
		if (!str_eq_nocase(ending, str_c(l->ending)))
			continue;
		struct say s = { in, l->ecosystem, FACT_IMPORTED, SURE_IMPORTED, false, false };
		if (l->whole)
			l->whole(&s, text);
		else
			each_line(&s, text, l->line);
		return !s.full;
	}
	return true;
}

/* Programs that start containers: { image: "owner/name" }. */
static bool say_assigned_images(const struct parse_in *in)
{
	struct say s = { in, SCAN_ECO_DOCKER, FACT_USED, SURE_USED, false, false };
	struct lines l = { in->text };
	struct str line;

	while (!s.full && lines_next(&l, &line))
		if (text_has(line, "mage") && !is_comment(&s, line))
			docker_say_assigned(&s, line);
	return !s.full;
}

int parse_imports(const struct parse_in *in)
{
	size_t dot = in->name.len;

	while (dot > 0 && in->name.p[dot - 1] != '.')
		dot--;
	bool more = !dot || import_say_lines(in, in->text, text_from(in->name, dot - 1));
	more = more && say_assigned_images(in);
	return more ? 0 : 1; /* it is code: the engine goes on with it */
}
