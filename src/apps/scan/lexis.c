/* One pass finds every comment and string and keeps them as spans in rising order; a question is a
 * binary search. What is no span is code. The reading is light on purpose: a quote that is never closed
 * ends with its line unless the language lets strings run on, and "//" behind a colon is a URL. */
#include "apps/scan/lexis.h"

#include <string.h>

#include "apps/scan/kind.h"
#include "base/check.h"

#define SPANS_FIRST 64
#define SPANS_MAX (1u << 17)

struct span {
	size_t from, to;
	enum lexis_kind kind;
};

struct language {
	const char *word, *names;
	const char *line[3]; /* what begins a comment up to the end of the line */
	struct {
		const char *open, *close;
	} block[2];
	const char *quotes;      /* strings within a line */
	const char *long_quotes; /* strings that may run on */
	bool triple;             /* """ and ''' run on, and alone are comments */
	bool markup;             /* all but what stands in <script> is for people */
};

static const struct language languages[] = {
	{ "python", "*.py *.pyw *.pyi *.robot *.resource", { "#" }, { { NULL, NULL } }, "'\"", "",
	    true, false },
	{ "javascript", "*.js *.mjs *.cjs *.jsx *.ts *.mts *.cts *.tsx *.vue *.svelte *.astro *.gs",
	    { "//" }, { { "/*", "*/" }, { "<!--", "-->" } }, "'\"", "`", false, false },
	{ "php", "*.php *.phtml *.inc", { "//", "#" }, { { "/*", "*/" } }, "", "'\"", false,
	    false },
	{ "go", "*.go", { "//" }, { { "/*", "*/" } }, "\"", "`", false, false },
	{ "c",
	    "*.java *.kt *.kts *.scala *.groovy *.gradle *.cs *.rs *.swift *.m *.mm *.c *.cc *.cpp *.cxx "
	    "*.h *.hpp *.dart *.zig *.d *.tf *.hcl *.jsonc *.json5 go.mod",
	    { "//" }, { { "/*", "*/" } }, "\"", "", false, false },
	{ "ruby", "*.rb *.rake gemfile rakefile vagrantfile *.ex *.exs *.cr *.nim *.r *.jl",
	    { "#" }, { { "=begin", "=end" } }, "'\"", "", false, false },
	{ "shell",
	    "*.sh *.bash *.zsh *.fish dockerfile* *.dockerfile containerfile* makefile* *.mk *.yml "
	    "*.yaml *.toml *.conf *.properties *.env .env* *.pl *.pm requirements*.txt pipfile procfile",
	    { "#" }, { { NULL, NULL } }, "", "", false, false },
	{ "powershell", "*.ps1 *.psm1", { "#" }, { { "<#", "#>" } }, "'\"", "", false, false },
	{ "ini", "*.ini *.cfg *.reg", { ";", "#" }, { { NULL, NULL } }, "", "", false, false },
	{ "autohotkey", "*.ahk *.au3", { ";" }, { { "/*", "*/" } }, "\"", "", false, false },
	{ "applescript", "*.applescript", { "--", "#" }, { { "(*", "*)" } }, "\"", "", false,
	    false },
	{ "basic", "*.vb *.vbs *.bas", { "'" }, { { NULL, NULL } }, "\"", "", false, false },
	{ "batch", "*.bat *.cmd", { "::", "REM ", "rem " }, { { NULL, NULL } }, "", "", false,
	    false },
	{ "lua", "*.lua *.hs *.sql", { "--" }, { { "--[[", "]]" } }, "'\"", "", false, false },
	{ "xml", "*.xml *.xaml *.csproj *.plist *.config *.props *.targets", { NULL },
	    { { "<!--", "-->" } }, "", "", false, false },
	{ "html", "*.html *.htm *.xhtml", { NULL }, { { "<!--", "-->" } }, "", "", false, true },
};

struct lexis {
	const struct language *language;
	struct str text;
	struct arena *arena;
	struct span *spans;
	size_t len, cap;
};

static const struct language *language_of(struct str name)
{
	for (size_t i = 0; i < ARRAY_LEN(languages); i++) {
		struct str rest = str_c(languages[i].names);
		while (rest.len > 0) {
			if (glob_fits(str_cut(&rest, ' '), name, true))
				return &languages[i];
		}
	}
	return NULL;
}

/* False when there is no more room: what follows counts as code. */
static bool add_span(struct lexis *lx, size_t from, size_t to, enum lexis_kind kind)
{
	if (lx->len == lx->cap) {
		size_t cap = lx->cap ? lx->cap * 2 : SPANS_FIRST;
		struct span *more = cap <= SPANS_MAX ? ARENA_ARRAY(lx->arena, struct span, cap)
						     : NULL;
		if (!more)
			return false;
		if (lx->len > 0)
			memcpy(more, lx->spans, lx->len * sizeof(*more));
		lx->spans = more;
		lx->cap = cap;
	}
	lx->spans[lx->len++] = (struct span){ from, to, kind };
	return true;
}

static bool stands_at(struct str text, size_t i, const char *word)
{
	size_t n = strlen(word);

	return i + n <= text.len && memcmp(text.p + i, word, n) == 0;
}

static size_t end_of(struct str text, size_t from, const char *close)
{
	size_t n = strlen(close);
	const char *at = from < text.len ? memmem(text.p + from, text.len - from, close, n) : NULL;

	return at ? (size_t)(at - text.p) + n : text.len;
}

static size_t end_of_line(struct str text, size_t from)
{
	const char *at = from < text.len ? memchr(text.p + from, '\n', text.len - from) : NULL;

	return at ? (size_t)(at - text.p) : text.len;
}

static bool begins_word(struct str text, size_t i)
{
	return i == 0 || strchr(" \t\n\r;({[,", text.p[i - 1]) != NULL;
}

static bool line_comment_at(const struct lexis *lx, size_t i)
{
	for (size_t k = 0; k < ARRAY_LEN(lx->language->line) && lx->language->line[k]; k++) {
		const char *mark = lx->language->line[k];
		if (!stands_at(lx->text, i, mark))
			continue;
		if (mark[0] == '/' ? i == 0 || lx->text.p[i - 1] != ':' : begins_word(lx->text, i))
			return true;
	}
	return false;
}

static size_t string_end(struct str text, size_t from, char quote, bool runs_on)
{
	for (size_t i = from; i < text.len; i++) {
		if (text.p[i] == '\\')
			i++;
		else if (text.p[i] == quote)
			return i + 1;
		else if (text.p[i] == '\n' && !runs_on)
			return i;
	}
	return text.len;
}

/* A string that is a statement of its own explains; one behind '=' or '(' is a value. */
static bool alone(struct str text, size_t i)
{
	while (i > 0 && strchr(" \t\r\nrRbBuU", text.p[i - 1]))
		i--;
	return i == 0 || !strchr("=([{,+%\\:&|", text.p[i - 1]) || text.p[i - 1] == ':';
}

/* The end of what begins at i, with its kind; i when it is code. */
static size_t span_at(const struct lexis *lx, size_t i, enum lexis_kind *ret_kind)
{
	const struct language *l = lx->language;
	struct str text = lx->text;
	char c = text.p[i];

	*ret_kind = LEXIS_COMMENT;
	for (size_t k = 0; k < ARRAY_LEN(l->block) && l->block[k].open; k++) {
		if (stands_at(text, i, l->block[k].open))
			return end_of(text, i + strlen(l->block[k].open), l->block[k].close);
	}
	if (line_comment_at(lx, i))
		return end_of_line(text, i);
	if (c == '\0')
		return i;
	*ret_kind = LEXIS_STRING;
	if (l->triple && (stands_at(text, i, "\"\"\"") || stands_at(text, i, "'''"))) {
		if (alone(text, i))
			*ret_kind = LEXIS_COMMENT;
		return end_of(text, i + 3, c == '"' ? "\"\"\"" : "'''");
	}
	if (strchr(l->quotes, c))
		return string_end(text, i + 1, c, false);
	return strchr(l->long_quotes, c) ? string_end(text, i + 1, c, true) : i;
}

static void mark_all(bool begins[256], const char *bytes)
{
	for (; *bytes; bytes++)
		begins[(unsigned char)*bytes] = true;
}

/* The bytes with which a span may begin: all others are code, and most are others. */
static void mark_begins(const struct language *l, bool begins[256])
{
	for (size_t i = 0; i < ARRAY_LEN(l->line) && l->line[i]; i++)
		begins[(unsigned char)l->line[i][0]] = true;
	for (size_t i = 0; i < ARRAY_LEN(l->block) && l->block[i].open; i++)
		begins[(unsigned char)l->block[i].open[0]] = true;
	mark_all(begins, l->quotes);
	mark_all(begins, l->long_quotes);
	if (l->triple)
		mark_all(begins, "\"'");
	begins['\\'] = true;
}

static bool read_code(struct lexis *lx, size_t from)
{
	bool begins[256] = { false };

	mark_begins(lx->language, begins);
	for (size_t i = from; i < lx->text.len;) {
		enum lexis_kind kind;
		if (!begins[(unsigned char)lx->text.p[i]]) {
			i++;
			continue;
		}
		size_t to = lx->text.p[i] == '\\' ? i : span_at(lx, i, &kind);
		if (to > i && !add_span(lx, i, to, kind))
			return false;
		i = to > i ? to : i + (lx->text.p[i] == '\\' ? 2 : 1);
	}
	return true;
}

/* What stands in a script is read as JavaScript. */
static bool read_script(struct lexis *lx, size_t from, size_t to)
{
	const struct language *markup = lx->language;
	struct str all = lx->text;

	lx->language = language_of(STR("a.js"));
	lx->text = str_sub(all, 0, to);
	bool room = read_code(lx, from);
	lx->language = markup;
	lx->text = all;
	return room;
}

/* Where the next script begins, comments passed over. */
static size_t next_script(struct str text, size_t from)
{
	for (size_t i = from; i < text.len; i++) {
		const char *open = memchr(text.p + i, '<', text.len - i);
		if (!open)
			break;
		i = (size_t)(open - text.p);
		if (stands_at(text, i, "<!--"))
			i = end_of(text, i + 4, "-->") - 1;
		else if (i + 7 <= text.len && str_same_nocase(open, "<script", 7))
			return i;
	}
	return text.len;
}

/* Everything but the inside of scripts. */
static void read_markup(struct lexis *lx)
{
	size_t from = 0;

	while (from < lx->text.len) {
		size_t code = end_of(lx->text, next_script(lx->text, from), ">");
		if (!add_span(lx, from, code, LEXIS_COMMENT))
			return;
		const char *close = code < lx->text.len
		    ? memmem(lx->text.p + code, lx->text.len - code, "</script", 8)
		    : NULL;
		from = close ? (size_t)(close - lx->text.p) : lx->text.len;
		if (!read_script(lx, code, from))
			return;
	}
}

struct lexis *lexis_new(struct arena *a, struct str name, struct str text)
{
	const struct language *language = language_of(name);
	struct lexis *lx = language ? ARENA_NEW(a, struct lexis) : NULL;

	if (!lx)
		return NULL;
	lx->language = language;
	lx->text = text;
	lx->arena = a;
	if (language->markup)
		read_markup(lx);
	else
		read_code(lx, 0);
	return lx;
}

enum lexis_kind lexis_at(const struct lexis *lx, size_t offset)
{
	size_t low = 0, high = lx ? lx->len : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (offset < lx->spans[middle].from)
			high = middle;
		else if (offset >= lx->spans[middle].to)
			low = middle + 1;
		else
			return lx->spans[middle].kind;
	}
	return LEXIS_CODE;
}

const char *lexis_language(const struct lexis *lx)
{
	return lx ? lx->language->word : NULL;
}
