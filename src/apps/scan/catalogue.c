/* Reading packs/automations.json. A name is kept under "ecosystem:spelling", where the spelling is
 * folded as the ecosystem's registry folds it; what parsers report is folded the same way, and cut
 * shorter part by part where an import may name a part of a package. */
#include "apps/scan/catalogue.h"

#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "base/json.h"
#include "base/map.h"

#define FILE_MAX (8u << 20)
#define MEMORY_MAX (64u << 20)
#define ROWS_MAX 20000
#define TERMS_MAX 60000
#define RULES_MAX 2000
#define NAME_MAX_LEN 512
#define SHORT_NAME 8 /* a shorter one is looked for as a whole word */

extern const unsigned char automations_json[];
extern const size_t automations_json_len;

struct catalogue {
	struct arena *arena;
	struct map *ids, *names, *signals; /* values are index + 1 */
	struct map *italian;               /* struct str of the arena */
	struct scan_row *rows;
	struct scan_term *terms;
	struct scan_rule *rules;
	size_t rows_len, terms_len, rules_len, signals_len;
	struct str version, date;
	char digest[2 * SHA256_LEN + 1];
	struct buf read; /* all that it was read from, until the digest is taken */
};

/* --- spelling --------------------------------------------------------------------------------- */

static char fold_char(enum scan_ecosystem e, char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c - 'A' + 'a');
	if (e == SCAN_ECO_PYPI && (c == '_' || c == '.'))
		return '-';
	return e == SCAN_ECO_CARGO && c == '_' ? '-' : c;
}

/* "ecosystem:name" into `out`; its length, 0 when the name is longer than any. */
static size_t fold(enum scan_ecosystem e, struct str name, char out[NAME_MAX_LEN])
{
	struct str word = str_c(scan_ecosystem_name(e));

	if (name.len == 0 || word.len + 1 + name.len > NAME_MAX_LEN)
		return 0;
	memcpy(out, word.p, word.len);
	out[word.len] = ':';
	for (size_t i = 0; i < name.len; i++)
		out[word.len + 1 + i] = fold_char(e, name.p[i]);
	return word.len + 1 + name.len;
}

/* --- building --------------------------------------------------------------------------------- */

static uint32_t map_index(const struct map *m, struct str key)
{
	uintptr_t v = (uintptr_t)map_get(m, key);

	return v ? (uint32_t)(v - 1) : SCAN_NONE;
}

static int signal_of(struct catalogue *c, struct str name, uint32_t *ret, struct err *err)
{
	uint32_t i = map_index(c->signals, name);

	if (i == SCAN_NONE) {
		i = (uint32_t)c->signals_len;
		if (i >= SCAN_SIGNALS_MAX)
			return err_set(err, E_TOO_LARGE, "The catalogue has too many signals.");
		if (map_put(c->signals, name, (void *)(uintptr_t)(i + 1)) < 0)
			return err_set(err, E_NOMEM, "Memory ran out.");
		c->signals_len++;
	}
	*ret = i;
	return 0;
}

static bool is_word(char ch)
{
	return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') ||
	    ch == '_';
}

static const char *escaped(struct arena *a, struct str literal, bool whole)
{
	char *out = arena_alloc(a, literal.len * 2 + 5), *p = out;

	if (!out)
		return NULL;
	if (whole && is_word(literal.p[0])) {
		*p++ = '\\';
		*p++ = 'b';
	}
	for (size_t i = 0; i < literal.len; i++) {
		if (!is_word(literal.p[i]) && literal.p[i] > 0)
			*p++ = '\\';
		*p++ = literal.p[i];
	}
	if (whole && is_word(literal.p[literal.len - 1])) {
		*p++ = '\\';
		*p++ = 'b';
	}
	return out;
}

static int add_term(struct catalogue *c, const struct scan_term *t, struct err *err)
{
	if (!t->expression)
		return err_set(err, E_NOMEM, "Memory ran out.");
	if (c->terms_len >= TERMS_MAX)
		return err_set(err, E_TOO_LARGE, "The catalogue has too many terms.");
	c->terms[c->terms_len++] = *t;
	return 0;
}

/* A registered name alone: its "www." is the same site. */
static bool is_apex(struct str host)
{
	const char *slash = memchr(host.p, '/', host.len);
	size_t dots = 0, n = slash ? (size_t)(slash - host.p) : host.len;

	for (size_t i = 0; i < n; i++)
		dots += host.p[i] == '.';
	return dots == 1;
}

static int add_host(
    struct catalogue *c, uint32_t row, uint32_t signal, struct str host, struct err *err)
{
	bool any = str_starts(host, STR("*."));
	struct str rest = any ? str_sub(host, 1, host.len) : host;

	if (rest.len < 4)
		return err_set(err, E_INVALID, "A host is too short.");
	struct scan_term t = { .row = row,
		.signal = signal,
		.literal = rest,
		.any_label = any,
		.caseless = true,
		.expression = escaped(c->arena, rest, false) };
	int rc = add_term(c, &t, err);
	if (rc < 0 || any || !is_apex(rest))
		return rc;
	const struct str parts[] = { STR("www."), rest };
	struct str www = arena_join(c->arena, parts, ARRAY_LEN(parts));
	return www.p ? add_host(c, row, signal, www, err)
		     : err_set(err, E_NOMEM, "Memory ran out.");
}

/* "(?i)" in front becomes the flag, which costs the matcher nothing. */
static int add_pattern(struct catalogue *c, uint32_t row, uint32_t signal, struct str pattern,
    bool path, struct err *err)
{
	bool caseless = str_starts(pattern, STR("(?i)")) &&
	    !memmem(pattern.p + 4, pattern.len - 4, "(?i)", 4);
	struct str rest = caseless ? str_sub(pattern, 4, pattern.len) : pattern;
	struct scan_term t = { .row = row,
		.signal = signal,
		.caseless = caseless,
		.path = path,
		.expression = arena_c(c->arena, rest) };

	return add_term(c, &t, err);
}

static int add_name(struct catalogue *c, uint32_t row, struct str name, struct err *err)
{
	char key[NAME_MAX_LEN];
	size_t len = fold(c->rows[row].ecosystem, name, key);

	if (len == 0)
		return err_set(err, E_INVALID, "A name is empty or too long.");
	if (map_put(c->names, str_n(key, len), (void *)(uintptr_t)(row + 1)) < 0)
		return err_set(err, E_NOMEM, "Memory ran out.");
	/* Group and artifact stand apart in pom.xml and build.sbt: the group opens the file. */
	struct str gate = name;
	if (c->rows[row].ecosystem == SCAN_ECO_MAVEN)
		gate = str_cut(&name, ':');
	struct scan_term t = { .row = row,
		.signal = SCAN_NONE,
		.gate = true,
		.caseless = true,
		.expression = escaped(c->arena, gate, gate.len < SHORT_NAME) };
	return add_term(c, &t, err);
}

/* --- rows ------------------------------------------------------------------------------------- */

static enum row_alone alone_of(const struct json *v)
{
	struct str s = json_str(json_get(v, "alone"));

	if (str_eq(s, STR("silent")))
		return ROW_SILENT;
	return str_eq(s, STR("process")) ? ROW_PROCESS : ROW_SPEAKS;
}

static struct str kept(struct catalogue *c, const struct json *v, const char *key)
{
	struct str s = json_str(json_get(v, key));

	return s.p ? arena_str(c->arena, s) : STR("");
}

static int fill_list(
    struct catalogue *c, const struct json *list, const struct str **ret, size_t *ret_len)
{
	size_t n = json_len(list);
	struct str *words = n > 0 ? ARENA_ARRAY(c->arena, struct str, n) : NULL;

	for (size_t i = 0; words && i < n; i++)
		words[i] = arena_str(c->arena, json_str(json_at(list, i)));
	*ret = words;
	*ret_len = words ? n : 0;
	return n > 0 && !words ? -E_NOMEM : 0;
}

static int fill_row(struct catalogue *c, const struct json *v, struct scan_row *r, struct err *err)
{
	struct str signal = json_str(json_get(v, "signal"));
	bool checked;

	r->id = arena_c(c->arena, json_str(json_get(v, "id")));
	r->name = kept(c, v, "name");
	r->kind = kept(c, v, "kind");
	r->mechanism = kept(c, v, "mechanism");
	r->why = kept(c, v, "why");
	r->replacement = kept(c, v, "replacement");
	r->source = kept(c, v, "source");
	r->alone = alone_of(v);
	r->signal = SCAN_NONE;
	r->checked = !json_bool(json_get(v, "checked"), &checked) || checked;
	if (!json_bool(json_get(v, "anywhere"), &r->anywhere))
		r->anywhere = false;
	if (!r->id || fill_list(c, json_get(v, "unless"), &r->unless, &r->unless_len) < 0 ||
	    fill_list(c, json_get(v, "holds"), &r->holds, &r->holds_len) < 0)
		return err_set(err, E_NOMEM, "Memory ran out.");
	if (!scan_verdict_parse(json_str(json_get(v, "verdict")), &r->verdict))
		return err_set(err, E_INVALID, "verdict is official, review or unofficial.");
	if (!scan_ecosystem_parse(json_str(json_get(v, "ecosystem")), &r->ecosystem))
		return err_set(err, E_INVALID, "ecosystem is none that a scan knows.");
	return signal.p ? signal_of(c, signal, &r->signal, err) : 0;
}

static int add_row_terms(struct catalogue *c, const struct json *v, uint32_t row, struct err *err)
{
	struct str host = json_str(json_get(v, "host")), pattern = json_str(json_get(v, "pattern"));
	struct str path = json_str(json_get(v, "path"));
	const struct json *names = json_get(v, "names");
	uint32_t signal = c->rows[row].signal;
	int rc = 0;

	if (host.p)
		rc = add_host(c, row, signal, arena_str(c->arena, host), err);
	if (rc == 0 && pattern.p)
		rc = add_pattern(c, row, signal, pattern, false, err);
	if (rc == 0 && path.p)
		rc = add_pattern(c, row, SCAN_NONE, path, true, err);
	for (size_t i = 0; rc == 0 && i < json_len(names); i++)
		rc = add_name(c, row, json_str(json_at(names, i)), err);
	return rc;
}

static int read_row(struct catalogue *c, const struct json *v, struct err *err)
{
	struct str id = json_str(json_get(v, "id"));
	uint32_t row = map_index(c->ids, id);

	if (!id.p || id.len == 0 || id.len > 120)
		return err_set(err, E_INVALID, "A row needs an id.");
	if (row == SCAN_NONE) {
		row = (uint32_t)c->rows_len;
		if (row >= ROWS_MAX)
			return err_set(err, E_TOO_LARGE, "The catalogue has too many rows.");
		if (map_put(c->ids, id, (void *)(uintptr_t)(row + 1)) < 0)
			return err_set(err, E_NOMEM, "Memory ran out.");
		c->rows_len++;
	}
	int rc = fill_row(c, v, &c->rows[row], err);
	return rc < 0 ? rc : add_row_terms(c, v, row, err);
}

/* --- signals and rules ------------------------------------------------------------------------ */

static bool flag(const struct json *v, const char *key)
{
	bool b;

	return json_bool(json_get(v, key), &b) && b;
}

static int read_signal(struct catalogue *c, const struct json *v, struct err *err)
{
	const struct json *patterns = json_get(v, "patterns");
	struct str id = json_str(json_get(v, "id"));
	uint32_t signal;

	if (!id.p || json_len(patterns) == 0)
		return err_set(err, E_INVALID, "A signal needs an id and patterns.");
	size_t first = c->terms_len;
	int rc = signal_of(c, id, &signal, err);
	for (size_t i = 0; rc == 0 && i < json_len(patterns); i++) {
		struct str p = json_str(json_at(patterns, i));
		rc = p.p ? add_pattern(c, SCAN_NONE, signal, p, false, err)
			 : err_set(err, E_INVALID, "A pattern is a string.");
	}
	for (size_t i = first; i < c->terms_len; i++)
		c->terms[i].trigger = flag(v, "trigger");
	return rc;
}

static int read_signals(struct catalogue *c, const struct json *list,
    uint32_t out[SCAN_RULE_SIGNALS], unsigned *ret_len, struct err *err)
{
	if (json_len(list) > SCAN_RULE_SIGNALS)
		return err_set(
		    err, E_TOO_LARGE, "A rule names at most %d signals.", SCAN_RULE_SIGNALS);
	for (size_t i = 0; i < json_len(list); i++) {
		struct str s = json_str(json_at(list, i));
		if (!s.p)
			return err_set(err, E_INVALID, "A signal is a string.");
		int rc = signal_of(c, s, &out[i], err);
		if (rc < 0)
			return rc;
	}
	*ret_len = (unsigned)json_len(list);
	return 0;
}

static int64_t number(const struct json *v, const char *key, int64_t otherwise)
{
	int64_t n;

	return json_int(json_get(v, key), &n) ? n : otherwise;
}

static int read_rule(struct catalogue *c, const struct json *v, struct err *err)
{
	struct str row = json_str(json_get(v, "row"));
	bool own = str_eq(row, STR("@own"));
	struct scan_rule r = { .row = own ? SCAN_NONE : catalogue_row_by_id(c, row) };
	int64_t within = number(v, "within", 0), confidence = number(v, "confidence", 80);
	struct str verdict = json_str(json_get(v, "verdict"));

	if (r.row == SCAN_NONE && !own)
		return err_set(err, E_INVALID, "A rule names a row that is not there.");
	if (within < 0 || within > 1 << 20 || confidence < 1 || confidence > 100)
		return err_set(err, E_RANGE, "within or confidence is out of range.");
	r.within = (uint32_t)within;
	r.confidence = (unsigned)confidence;
	r.verdict = own ? SCAN_REVIEW : c->rows[r.row].verdict;
	if (verdict.p && !scan_verdict_parse(verdict, &r.verdict))
		return err_set(err, E_INVALID, "verdict is official, review or unofficial.");
	r.project = flag(v, "project");
	r.languages = flag(v, "languages");
	r.tests = flag(v, "tests");
	r.alone = flag(v, "alone");
	r.process = json_len(json_get(v, "places")) > 0;
	if (c->rules_len >= RULES_MAX)
		return err_set(err, E_TOO_LARGE, "The catalogue has too many rules.");
	int rc = read_signals(c, json_get(v, "all"), r.all, &r.all_len, err);
	if (rc == 0)
		rc = read_signals(c, json_get(v, "none"), r.none, &r.none_len, err);
	if (rc == 0 && r.all_len == 0)
		rc = err_set(err, E_INVALID, "A rule needs signals.");
	if (rc == 0)
		c->rules[c->rules_len++] = r;
	return rc;
}

typedef int read_fn(struct catalogue *c, const struct json *v, struct err *err);

static int read_list(struct catalogue *c, const struct json *doc, const char *key, read_fn *read,
    const char *file, struct err *err)
{
	const struct json *list = json_get(doc, key), *v;
	struct err inner = { .code = 0 };
	struct json_iter it;
	struct str none;
	size_t i = 0;

	json_iter_init(&it, list);
	for (; json_iter_next(&it, &none, &v); i++) {
		int rc = read(c, v, &inner);
		if (rc < 0)
			return err_set(
			    err, (enum err_code) - rc, "%s: %s[%zu]: %s", file, key, i, inner.text);
	}
	return 0;
}

static const struct {
	const char *key;
	read_fn *read;
} lists[] = {
	{ "rows", read_row },
	{ "signals", read_signal },
	{ "rules", read_rule },
};

/* "italian": { "English": "Italiano" } */
static int read_italian(struct catalogue *c, const struct json *texts)
{
	const struct json *v;
	struct json_iter it;
	struct str key;

	json_iter_init(&it, texts);
	while (json_iter_next(&it, &key, &v)) {
		struct str *kept_text = ARENA_NEW(c->arena, struct str);
		struct str text = json_str(v);
		if (!kept_text)
			return -E_NOMEM;
		*kept_text = text.p ? arena_str(c->arena, text) : STR_NONE;
		if (!kept_text->p || map_put(c->italian, key, kept_text) < 0)
			return -E_NOMEM;
	}
	return 0;
}

static int read_text(struct catalogue *c, struct str text, const char *file, struct err *err)
{
	struct arena *a = arena_new(1 << 20, MEMORY_MAX);
	const struct json *doc;
	int rc = a ? json_read_commented(a, text, &doc, err) : -E_NOMEM;

	for (size_t i = 0; rc == 0 && i < ARRAY_LEN(lists); i++)
		rc = read_list(c, doc, lists[i].key, lists[i].read, file, err);
	if (rc == 0 && json_type(json_get(doc, "italian")) == JSON_OBJECT)
		rc = read_italian(c, json_get(doc, "italian"));
	if (rc == 0 && !c->version.p) {
		c->version = kept(c, json_get(doc, "catalogue"), "version");
		c->date = kept(c, json_get(doc, "catalogue"), "date");
	}
	arena_free(&a);
	buf_add(&c->read, text);
	return rc;
}

static int read_file(struct catalogue *c, const char *path, struct err *err)
{
	struct buf text;

	buf_init(&text, FILE_MAX);
	int rc = file_read(path, FILE_MAX, &text, err);
	if (rc == 0)
		rc = read_text(c, buf_str(&text), path, err);
	buf_done(&text);
	return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

static bool make_room(struct catalogue *c)
{
	c->arena = arena_new(1 << 20, MEMORY_MAX);
	c->ids = map_new();
	c->names = map_new();
	c->signals = map_new();
	c->italian = map_new();
	if (!c->arena || !c->ids || !c->names || !c->signals || !c->italian)
		return false;
	c->rows = mem_alloc(ROWS_MAX * sizeof(*c->rows));
	c->terms = mem_alloc(TERMS_MAX * sizeof(*c->terms));
	c->rules = mem_alloc(RULES_MAX * sizeof(*c->rules));
	return c->rows && c->terms && c->rules;
}

int catalogue_open(
    const char *const *files, size_t files_len, struct catalogue **ret, struct err *err)
{
	struct catalogue *c = mem_alloc(sizeof(*c));
	struct sha256 sum;
	int rc;

	if (!c)
		return err_set(err, E_NOMEM, "Memory ran out.");
	buf_init(&c->read, 0);
	rc = make_room(c) ? 0 : err_set(err, E_NOMEM, "Memory ran out.");
	if (rc == 0)
		rc = read_text(c, str_n((const char *)automations_json, automations_json_len),
		    "packs/automations.json", err);
	for (size_t i = 0; rc == 0 && i < files_len; i++)
		rc = read_file(c, files[i], err);
	if (rc == 0 && c->read.failed)
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	if (rc < 0) {
		catalogue_close(&c);
		return rc;
	}
	crypto_sha256(buf_str(&c->read), &sum);
	hex_encode(sum.b, sizeof(sum.b), c->digest);
	buf_done(&c->read);
	*ret = c;
	return 0;
}

void catalogue_close(struct catalogue **pc)
{
	struct catalogue *c = *pc;

	if (!c)
		return;
	buf_done(&c->read);
	map_free(&c->ids);
	map_free(&c->names);
	map_free(&c->signals);
	map_free(&c->italian);
	MEM_FREE(&c->rows);
	MEM_FREE(&c->terms);
	MEM_FREE(&c->rules);
	arena_free(&c->arena);
	MEM_FREE(pc);
}

struct str catalogue_version(const struct catalogue *c)
{
	return c->version;
}

struct str catalogue_date(const struct catalogue *c)
{
	return c->date;
}

struct str catalogue_digest(const struct catalogue *c)
{
	return str_c(c->digest);
}

size_t catalogue_rows(const struct catalogue *c)
{
	return c->rows_len;
}

const struct scan_row *catalogue_row(const struct catalogue *c, uint32_t row)
{
	ASSERT(row < c->rows_len);
	return &c->rows[row];
}

const struct scan_term *catalogue_terms(const struct catalogue *c, size_t *ret_len)
{
	*ret_len = c->terms_len;
	return c->terms;
}

const struct scan_rule *catalogue_rules(const struct catalogue *c, size_t *ret_len)
{
	*ret_len = c->rules_len;
	return c->rules;
}

uint32_t catalogue_row_by_id(const struct catalogue *c, struct str id)
{
	return id.p ? map_index(c->ids, id) : SCAN_NONE;
}

uint32_t catalogue_signal(const struct catalogue *c, struct str name)
{
	return map_index(c->signals, name);
}

/* Where a part of a name may stand for more than the name says: the character before which the rest is
 * cut off, from the right, until a row fits. */
static char cut_at(enum scan_ecosystem e)
{
	switch (e) {
	case SCAN_ECO_NPM:
	case SCAN_ECO_GO:
	case SCAN_ECO_PACKAGIST:
		return '/';
	case SCAN_ECO_N8N:
	case SCAN_ECO_NUGET:
	case SCAN_ECO_PYPI:
		return '.';
	case SCAN_ECO_MAKE:
		return ':';
	default:
		return '\0';
	}
}

struct str catalogue_text(const struct catalogue *c, enum lang lang, struct str text)
{
	const struct str *other = lang == LANG_IT ? map_get(c->italian, text) : NULL;

	return other ? *other : text;
}

uint32_t catalogue_look_up(const struct catalogue *c, enum scan_ecosystem e, struct str name)
{
	char key[NAME_MAX_LEN], cut = cut_at(e);

	while (name.len > 0) {
		size_t len = fold(e, name, key);
		uint32_t row = len > 0 ? map_index(c->names, str_n(key, len)) : SCAN_NONE;
		if (row != SCAN_NONE || !cut)
			return row;
		const char *last = memrchr(name.p, cut, name.len);
		name.len = last ? (size_t)(last - name.p) : 0;
	}
	return SCAN_NONE;
}
