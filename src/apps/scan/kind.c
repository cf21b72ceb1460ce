/* Tables of names. A path is a test when one of its directories, or the file's own name, says so:
 * what stands there was written to be looked at, not to run against people. */
#include "apps/scan/kind.h"

#include <pthread.h>
#include <string.h>

#include "base/check.h"

#define GLOB_STEPS_MAX 20000

/* --- glob ------------------------------------------------------------------------------------- */

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

/* "[…]" at p[*i], which is the '['; false when it is no set. On true *i is behind the ']'. */
static bool set_fits(struct str p, size_t *i, char c, bool *ret_fits)
{
	size_t k = *i + 1;
	bool negated = k < p.len && (p.p[k] == '!' || p.p[k] == '^'), fits = false;

	k += negated;
	for (size_t first = k; k < p.len && (p.p[k] != ']' || k == first); k++) {
		char from = p.p[k], to = from;
		if (k + 2 < p.len && p.p[k + 1] == '-' && p.p[k + 2] != ']') {
			to = p.p[k + 2];
			k += 2;
		}
		fits = fits ||
		    ((unsigned char)c >= (unsigned char)from &&
			(unsigned char)c <= (unsigned char)to);
	}
	if (k >= p.len)
		return false;
	*i = k + 1;
	*ret_fits = fits != negated && c != '/';
	return true;
}

/* One element of the pattern against one byte; moves *i behind the element when it fits. */
static bool one_fits(struct str p, size_t *i, char c, bool nocase)
{
	bool fits;

	if (p.p[*i] == '[' && set_fits(p, i, c, &fits))
		return fits;
	if (p.p[*i] == '?') {
		(*i)++;
		return c != '/';
	}
	if (p.p[*i] == '\\' && *i + 1 < p.len)
		(*i)++;
	if (*i >= p.len)
		return false;
	bool same = nocase ? lower(p.p[*i]) == lower(c) : p.p[*i] == c;
	(*i)++;
	return same;
}

/* Where to go on when a later element does not fit: behind the star, one byte further. */
struct retry {
	size_t pattern, text;
	bool there;
};

static bool deep_star(struct str p, size_t i)
{
	return i + 1 < p.len && p.p[i] == '*' && p.p[i + 1] == '*' &&
	    (i == 0 || p.p[i - 1] == '/') && (i + 2 == p.len || p.p[i + 2] == '/');
}

/* "*.py": by far the most patterns are an ending; -1 when this one is not. */
static int ending_fits(struct str p, struct str t, bool nocase)
{
	if (p.len < 2 || p.p[0] != '*')
		return -1;
	for (size_t i = 1; i < p.len; i++) {
		if (strchr("*?[\\", p.p[i]))
			return -1;
	}
	struct str end = str_sub(p, 1, p.len), last;
	if (t.len < end.len)
		return 0;
	last = str_sub(t, t.len - end.len, end.len);
	if (nocase ? !str_eq_nocase(last, end) : !str_eq(last, end))
		return 0;
	return !memchr(t.p, '/', t.len - end.len);
}

bool glob_fits(struct str p, struct str t, bool nocase)
{
	int by_ending = ending_fits(p, t, nocase);
	if (by_ending >= 0)
		return by_ending;

	struct retry star = { 0 }, deep = { 0 };
	size_t i = 0, k = 0;

	for (unsigned steps = 0; steps < GLOB_STEPS_MAX; steps++) {
		if (i < p.len && deep_star(p, i)) {
			if (i + 2 == p.len)
				return true;
			i += 3;
			deep = (struct retry){ i, k, true };
			star.there = false;
			continue;
		}
		if (i < p.len && p.p[i] == '*') {
			star = (struct retry){ ++i, k, true };
			continue;
		}
		if (i == p.len && k == t.len)
			return true;
		if (i < p.len && k < t.len && one_fits(p, &i, t.p[k], nocase)) {
			k++;
			continue;
		}
		if (star.there && star.text < t.len && t.p[star.text] != '/') {
			i = star.pattern;
			k = ++star.text;
			continue;
		}
		if (!deep.there)
			return false;
		while (deep.text < t.len && t.p[deep.text] != '/')
			deep.text++;
		if (deep.text >= t.len)
			return false;
		i = deep.pattern;
		k = ++deep.text;
		star.there = false;
	}
	return false;
}

/* --- kinds ------------------------------------------------------------------------------------ */

static const char *const test_directories[] = { "test", "tests", "__tests__", "spec", "specs",
	"__mocks__", "fixtures", "__fixtures__", "testdata", "test-data", "test_data", "e2e",
	"cypress", "androidTest", "testFixtures" };

static const char *const test_names[] = { "*_test.go", "*_test.py", "test_*.py", "conftest.py",
	"*.test.?s", "*.spec.?s", "*.test.?sx", "*.spec.?sx", "*.test.?js", "*.spec.?js",
	"*Test.java", "*Tests.java", "*Tests.cs", "*Test.cs", "*Test.php", "*Test.kt", "*_spec.rb",
	"*_test.rb", "*_test.exs", "*.cy.?s", "*_test.c", "*_test.mjs" };

struct kind_row {
	const char *names; /* patterns between blanks, compared with the file's name without case */
	enum scan_place place;
	bool program;
};

static const struct kind_row kinds[] = {
	{ "*.md *.markdown *.mdx *.rst *.txt *.adoc *.asciidoc *.org *.tex *.pod *.man *.1 *.3 *.5 *.8 "
	  "*.po *.pot *.srt *.vtt *.rtf *.eml *.mbox *.docx *.odt *.pptx *.odp *.pdf readme* license* "
	  "licence* copying* changelog* changes* history* news* authors* contributors* notice* todo* "
	  "security* code_of_conduct*",
	    SCAN_PLACE_PROSE, false },
	{ "*.csv *.tsv *.log *.sql *.dump *.css *.scss *.sass *.less *.styl *.svg *.ndjson *.jsonl "
	  "*.xlsx *.ods *.parquet *.sqlite *.db *.map *.list *.hosts *.bib *.sarif *.snap *.har *.diff "
	  "*.patch *.yar *.yara *.out *.spdx *.cdx.json *.pb *.proto *.tmtheme",
	    SCAN_PLACE_DATA, false },
	{ "*.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx *.vue *.svelte *.astro *.coffee *.py *.pyw "
	  "*.pyi *.ipynb *.php *.phtml *.inc *.go *.java *.kt *.kts *.scala *.groovy *.cs *.vb *.fs "
	  "*.razor *.cshtml *.rb *.rake *.erb *.rs *.swift *.m *.mm *.c *.cc *.cpp *.cxx *.h *.hpp *.ex "
	  "*.exs *.erl *.dart *.lua *.pl *.pm *.r *.jl *.hs *.clj *.cljs *.sh *.bash *.zsh *.fish *.ps1 "
	  "*.psm1 *.bat *.cmd *.vbs *.wsf *.hta *.ahk *.au3 *.applescript *.scpt *.robot *.resource "
	  "*.tag *.robin *.xaml *.side *.nim *.zig *.d *.pas *.cfm *.jsp *.asp *.aspx *.gs *.user.js "
	  "*.html *.htm *.xhtml *.hbs *.ejs *.twig *.jinja *.j2 *.tpl *.pug *.blade.php dockerfile* "
	  "*.dockerfile containerfile* makefile* *.mk rakefile gemfile vagrantfile jenkinsfile* "
	  "procfile",
	    SCAN_PLACE_CODE, true },
	{ "*.json *.json5 *.jsonc *.yml *.yaml *.toml *.ini *.cfg *.conf *.config *.properties *.env "
	  ".env* *.env.* *.xml *.plist *.reg *.gradle *.csproj *.vbproj *.fsproj *.props *.targets "
	  "*.tf *.tfvars *.hcl *.service *.desktop *.lock *.npmrc *.editorconfig *.tmpl *.nix *.cue",
	    SCAN_PLACE_CONFIG, false },
};

static const char *const manifests[] = { "package.json", "pom.xml", "build.gradle",
	"build.gradle.kts", "requirements*.txt", "pyproject.toml", "Pipfile", "setup.py",
	"setup.cfg", "go.mod", "composer.json", "Gemfile", "*.csproj", "*.vbproj", "*.fsproj",
	"packages.config", "Cargo.toml", "manifest.json", "project.json", "mix.exs",
	"Package.swift", "pubspec.yaml", "deno.json", "environment.yml", "conanfile.txt" };

static bool name_fits_any(struct str name, const char *const *patterns, size_t n, bool nocase)
{
	for (size_t i = 0; i < n; i++) {
		if (glob_fits(str_c(patterns[i]), name, nocase))
			return true;
	}
	return false;
}

bool kind_is_manifest(struct str name)
{
	/* Asked for every file: the last letters of all of them. */
	if (name.len == 0 || !strchr("degjlnsty", name.p[name.len - 1] | 0x20))
		return false;
	return name_fits_any(name, manifests, ARRAY_LEN(manifests), true);
}

/* The patterns by their last letter, since most end in one; those that end in a star are asked for every
 * name. Made once. */
#define PATTERNS_MAX 512

static struct pattern {
	struct str whole, ending; /* ending: of "*.x"; p NULL for others */
	unsigned char row;
	uint16_t next; /* of the same letter, in the table's order; 0 ends */
} patterns[PATTERNS_MAX];
static uint16_t first_of[256];
static pthread_once_t patterns_once = PTHREAD_ONCE_INIT;

static void add_pattern(size_t n, struct str p, size_t row)
{
	struct str ending = str_sub(p, 1, p.len);
	bool plain = p.p[0] == '*';
	unsigned char last = (unsigned char)p.p[p.len - 1];

	for (size_t i = 0; i < ending.len; i++)
		plain = plain && !strchr("*?[\\", ending.p[i]);
	patterns[n] = (struct pattern){ p, plain ? ending : STR_NONE, (unsigned char)row, 0 };
	uint16_t *at = &first_of[last];
	while (*at)
		at = &patterns[*at].next;
	*at = (uint16_t)n;
}

static void make_patterns(void)
{
	size_t n = 1;

	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct str rest = str_c(kinds[i].names);
		while (rest.len > 0 && n < PATTERNS_MAX)
			add_pattern(n++, str_cut(&rest, ' '), i);
	}
}

static bool pattern_fits(const struct pattern *p, struct str name)
{
	size_t n = p->ending.len;

	if (!p->ending.p)
		return glob_fits(p->whole, name, true);
	return name.len >= n && str_same_nocase(name.p + name.len - n, p->ending.p, n);
}

/* The first row that fits; its number, or ARRAY_LEN(kinds). */
static size_t row_of(struct str name)
{
	const char lists[] = { name.len > 0 ? lower(name.p[name.len - 1]) : '*', '*' };
	size_t best = ARRAY_LEN(kinds);

	pthread_once(&patterns_once, make_patterns);
	for (size_t l = 0; l < ARRAY_LEN(lists); l++) {
		for (uint16_t i = first_of[(unsigned char)lists[l]]; i; i = patterns[i].next) {
			if (patterns[i].row < best && pattern_fits(&patterns[i], name))
				best = patterns[i].row;
		}
	}
	return best;
}

static bool is_test(struct str path)
{
	struct str rest = path, part = str_cut(&rest, '/');

	for (; rest.p; part = str_cut(&rest, '/')) {
		for (size_t i = 0; i < ARRAY_LEN(test_directories); i++) {
			if (str_eq_nocase(part, str_c(test_directories[i])))
				return true;
		}
	}
	return name_fits_any(part, test_names, ARRAY_LEN(test_names), false);
}

/* A member of an office document is part of that document. */
static struct str outermost(struct str path)
{
	const char *bang = memmem(path.p, path.len, "!/", 2);
	struct str outer = bang ? str_sub(path, 0, (size_t)(bang - path.p)) : path;
	enum scan_place place = bang ? kind_of(outer).place : SCAN_PLACE_CODE;

	return place == SCAN_PLACE_PROSE || place == SCAN_PLACE_DATA ? outer : path;
}

static struct str name_of(struct str path)
{
	const char *slash = path.len > 0 ? memrchr(path.p, '/', path.len) : NULL;

	return slash ? str_sub(path, (size_t)(slash - path.p) + 1, path.len) : path;
}

struct file_kind kind_of(struct str path)
{
	struct file_kind k = { .place = SCAN_PLACE_CONFIG };

	path = outermost(path);
	size_t row = row_of(name_of(path));
	if (row < ARRAY_LEN(kinds))
		k = (struct file_kind){ kinds[row].place, kinds[row].program, true };
	if (is_test(path))
		k.place = SCAN_PLACE_TEST;
	return k;
}

bool kind_is_written(struct str path)
{
	size_t row = row_of(name_of(path));

	return row < ARRAY_LEN(kinds) &&
	    (kinds[row].place == SCAN_PLACE_CODE || kinds[row].place == SCAN_PLACE_CONFIG);
}
