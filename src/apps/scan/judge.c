/* A file goes through four steps: is anything of the catalogue in it; what do the parsers say of it
 * (facts, with their places); where are the hits (covered by a fact, in code, in a comment); which
 * rows speak for themselves and which rules hold. What stands in prose, comments, tests or data is
 * dropped, or kept as a note when notes are asked for. */
#include "apps/scan/joins.h"
#include "apps/scan/judge.h"

#include <pthread.h>
#include <string.h>

#include "apps/scan/judge_private.h"
#include "apps/scan/kind.h"
#include "apps/scan/lexis.h"
#include "base/check.h"
#include "base/text.h"

#define PARSE_ARENA_FIRST (64u << 10)
#define NOTES_FIRST 64
#define FINDINGS_MAX 25000
#define EVIDENCE_MAX 100000
#define HOSTS_OF_A_LIST 50
#define MINIFIED_LINE 5000

/* --- life ------------------------------------------------------------------------------------- */

static const struct {
	const char *word;
	size_t at;
} known_signals[] = {
	{ "web", offsetof(struct judge, web) },
	{ "send-link", offsetof(struct judge, send_link) },
	{ "@web-setting", offsetof(struct judge, web_setting) },
	{ "driver", offsetof(struct judge, driver) },
	{ "@unofficial-host", offsetof(struct judge, unofficial_host) },
};

static void note_project_signals(struct judge *j)
{
	for (size_t i = 0; i < j->rules_len; i++) {
		for (unsigned k = 0; j->rules[i].project && k < j->rules[i].all_len; k++)
			signal_add(&j->of_projects, j->rules[i].all[k]);
		for (unsigned k = 0; j->rules[i].project && k < j->rules[i].none_len; k++)
			signal_add(&j->of_projects, j->rules[i].none[k]);
	}
}

struct judge *judge_new(const struct catalogue *c, const struct matcher *m,
    const struct judge_options *o, size_t arena_max)
{
	struct judge *j = mem_alloc(sizeof(*j));

	if (!j)
		return NULL;
	j->catalogue = c;
	j->matcher = m;
	j->waiting = SCAN_NONE;
	j->options = *o;
	j->terms = catalogue_terms(c, &j->terms_len);
	j->rules = catalogue_rules(c, &j->rules_len);
	for (size_t i = 0; i < ARRAY_LEN(known_signals); i++)
		*(uint32_t *)((char *)j + known_signals[i].at) = catalogue_signal(
		    c, str_c(known_signals[i].word));
	note_project_signals(j);
	j->scratch = match_scratch_new(m);
	j->arena = arena_new(PARSE_ARENA_FIRST, arena_max);
	j->notes.arena = arena_new(PARSE_ARENA_FIRST, 0);
	j->hits = mem_alloc(HITS_MAX * sizeof(*j->hits));
	j->facts = mem_alloc(FACTS_MAX * sizeof(*j->facts));
	j->seen = mem_alloc(HITS_MAX * sizeof(*j->seen));
	if (!j->scratch || !j->arena || !j->notes.arena || !j->hits || !j->facts || !j->seen)
		judge_free(&j);
	return j;
}

void judge_free(struct judge **pj)
{
	struct judge *j = *pj;

	if (!j)
		return;
	match_scratch_free(&j->scratch);
	arena_free(&j->arena);
	arena_free(&j->notes.arena);
	MEM_FREE(&j->notes.findings);
	MEM_FREE(&j->notes.evidence);
	MEM_FREE(&j->hits);
	MEM_FREE(&j->facts);
	MEM_FREE(&j->seen);
	MEM_FREE(pj);
}

struct scan_notes *judge_notes(struct judge *j)
{
	return &j->notes;
}

/* --- parsers ---------------------------------------------------------------------------------- */

static bool on_fact(void *arg, const struct fact *fact)
{
	struct judge *j = arg;

	if (!judge_knows(j, fact))
		return true;
	if (j->facts_len == FACTS_MAX) {
		j->enough = true;
		return false;
	}
	if (fact->name.len == 0 || fact->name.len > 512 || fact->offset > j->file->text.len ||
	    fact->len > j->file->text.len - fact->offset)
		return true;
	j->facts[j->facts_len++] = *fact;
	return true;
}

/* The last parts of the path, as many as the pattern has. */
static struct str last_parts(struct str path, struct str pattern)
{
	size_t slashes = 0, i = path.len;

	for (size_t k = 0; k < pattern.len; k++)
		slashes += pattern.p[k] == '/';
	for (; i > 0; i--) {
		if (path.p[i - 1] == '/' && slashes-- == 0)
			break;
	}
	return str_sub(path, i, path.len);
}

/* The parsers by the last letter of their patterns, in the table's order; those whose pattern ends in a
 * star are in all of them. Made once. */
#define PARSERS_OF_LETTER 96
static const struct parser *parsers_of[256][PARSERS_OF_LETTER];
static pthread_once_t parsers_once = PTHREAD_ONCE_INIT;

static char lower(char c)
{
	return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static void make_parsers(void)
{
	size_t len[256] = { 0 };

	for (const struct parser *p = scan_parsers; p->pattern; p++) {
		char last = lower(p->pattern[strlen(p->pattern) - 1]);
		for (size_t c = 0; c < 256; c++) {
			bool any = last == '*' || last == '?' || last == ']';
			if (!any && c != (unsigned char)last)
				continue;
			ASSERT(len[c] < PARSERS_OF_LETTER - 1);
			parsers_of[c][len[c]++] = p;
		}
	}
}

/* Parsers that may fit, up to a NULL. */
static const struct parser *const *parsers_for(struct str path)
{
	pthread_once(&parsers_once, make_parsers);
	return parsers_of[path.len > 0 ? (unsigned char)lower(path.p[path.len - 1]) : 0];
}

static bool parser_fits(const struct parser *p, struct str path)
{
	struct str pattern = str_c(p->pattern);

	return path.len > 0 && glob_fits(pattern, last_parts(path, pattern), true);
}

size_t judge_whole_bytes(struct str path)
{
	size_t most = 0;

	for (const struct parser *const *p = parsers_for(path); *p; p++) {
		if ((*p)->max_bytes > most && parser_fits(*p, path))
			most = (*p)->max_bytes;
	}
	return most;
}

bool judge_wants_binary(struct str path, struct str text)
{
	return str_starts(text, STR("SQLite format 3")) || kind_is_written(path) ||
	    judge_whole_bytes(path) > 0;
}

static struct str name_of(struct str path)
{
	const char *slash = path.len > 0 ? memrchr(path.p, '/', path.len) : NULL;

	return slash ? str_sub(path, (size_t)(slash - path.p) + 1, path.len) : path;
}

/* True when this parser took the file. */
static bool ask_parser(struct judge *j, const struct parser *p, const struct parse_in *in)
{
	if (j->file->piece || in->text.len > p->max_bytes) {
		j->notes.too_large++;
		return false;
	}
	int rc = p->parse(in);
	if (rc < 0)
		j->notes.malformed++;
	j->notes.parsed += rc > 0;
	return rc != 0;
}

static void ask_parsers(struct judge *j, bool hit)
{
	struct fact_sink sink = { on_fact, j };
	struct parse_in in = { .path = j->file->path,
		.name = name_of(j->file->path),
		.text = j->file->text,
		.arena = j->arena,
		.sink = &sink };

	for (const struct parser *const *at = parsers_for(j->file->path); *at; at++) {
		const struct parser *p = *at;
		if ((!hit && p->when == PARSE_ON_HIT) || !parser_fits(p, j->file->path))
			continue;
		if (!j->lexis_made)
			j->lexis = lexis_new(j->arena, in.name, in.text);
		j->lexis_made = true;
		in.lexis = j->lexis;
		if (ask_parser(j, p, &in))
			return;
	}
}

/* --- notes ------------------------------------------------------------------------------------ */

static bool grow(void **items, size_t *cap, size_t len, size_t item, size_t max)
{
	size_t more = *cap ? *cap * 2 : NOTES_FIRST;

	if (len < *cap)
		return true;
	if (*cap >= max)
		return false;
	void *p = mem_grow(*items, more * item);
	if (!p)
		return false;
	*items = p;
	*cap = more;
	return true;
}

/* Secrets stay in the file: of anything that looks like a key only the beginning is shown. */
static void mask_secrets(char *p, size_t len)
{
	size_t run = 0;

	for (size_t i = 0; i <= len; i++) {
		bool part = i < len &&
		    ((p[i] >= 'a' && p[i] <= 'z') || (p[i] >= 'A' && p[i] <= 'Z') ||
			(p[i] >= '0' && p[i] <= '9') || p[i] == '_' || p[i] == '=');
		if (part) {
			run++;
			continue;
		}
		bool digits = false;
		for (size_t k = i - run; k < i; k++)
			digits = digits || (p[k] >= '0' && p[k] <= '9');
		for (size_t k = i - run + 6; (run >= 24 && digits) && k < i; k++)
			p[k] = '*';
		run = 0;
	}
}

static struct str shown(struct arena *a, struct str text, size_t from, size_t to)
{
	struct str s = str_trim(str_sub(text, from, to > from ? to - from : 0));
	struct str clean = text_printable(a, s, MATCH_SHOWN_MAX);

	if (!clean.p)
		return STR("");
	for (size_t i = 0; i < clean.len; i++) {
		if (clean.p[i] == '\n' || clean.p[i] == '\r' || clean.p[i] == '\t')
			((char *)(uintptr_t)clean.p)[i] = ' ';
	}
	mask_secrets((char *)(uintptr_t)clean.p, clean.len);
	return clean;
}

/* Line and column of an offset; asked in any order, cheapest in rising order. */
static void place_of(struct judge *j, size_t offset, uint32_t *ret_line, uint32_t *ret_column)
{
	if (offset < j->line_at) {
		j->line_at = 0;
		j->line = 1;
		j->line_start = 0;
	}
	for (size_t i = j->line_at; i < offset;) {
		const char *nl = memchr(j->file->text.p + i, '\n', offset - i);
		if (!nl)
			break;
		i = (size_t)(nl - j->file->text.p) + 1;
		j->line++;
		j->line_start = i;
	}
	j->line_at = offset;
	*ret_line = j->line + j->file->lines;
	*ret_column = (uint32_t)(offset - j->line_start) + 1;
}

static struct str kept_path(struct judge *j)
{
	if (!j->path_kept.p)
		j->path_kept = arena_str(j->notes.arena, j->file->path);
	return j->path_kept.p ? j->path_kept : STR("?");
}

static bool is_minified(const struct judge *j, size_t from)
{
	struct str t = j->file->text;
	size_t least = from > MINIFIED_LINE ? from - MINIFIED_LINE : 0, i = from;

	while (i > least && t.p[i - 1] != '\n')
		i--;
	return i == least && least > 0;
}

static bool same_finding(
    const struct judge *j, const struct scan_finding *f, const char *id, uint32_t line)
{
	return f->id == id && (f->line == line || f->line == 0) && f->root == j->file->root &&
	    f->path.p == j->path_kept.p;
}

void judge_add(struct judge *j, uint32_t row, enum scan_verdict verdict, enum scan_place place,
    unsigned confidence, size_t from, size_t to)
{
	const struct scan_row *r = catalogue_row(j->catalogue, row);
	struct scan_notes *n = &j->notes;
	struct scan_finding f = { .id = r->id,
		.verdict = verdict,
		.place = place,
		.root = j->file->root,
		.offset = j->file->base + from,
		.why = r->why,
		.replacement = r->replacement };

	if (place >= SCAN_PLACE_DATA && verdict > SCAN_NOTE)
		f.verdict = SCAN_NOTE;
	if (f.verdict == SCAN_NOTE && !j->options.notes)
		return;
	f.confidence = f.verdict == SCAN_NOTE ? 20 : confidence;
	if (f.confidence > 25 && to > from && is_minified(j, from))
		f.confidence -= 20;
	f.path = kept_path(j);
	if (to > from)
		place_of(j, from, &f.line, &f.column);
	for (size_t i = n->findings_len; i > j->first_finding; i--) {
		struct scan_finding *other = &n->findings[i - 1];
		if (!same_finding(j, other, r->id, f.line))
			continue;
		if (f.verdict > other->verdict)
			other->verdict = f.verdict;
		if (f.confidence > other->confidence)
			other->confidence = f.confidence;
		return;
	}
	if (!grow((void **)&n->findings, &n->findings_cap, n->findings_len, sizeof(f),
		FINDINGS_MAX)) {
		n->dropped++;
		return;
	}
	f.match = to > from ? shown(n->arena, j->file->text, from, to)
			    : shown(n->arena, f.path, 0, f.path.len);
	n->findings[n->findings_len++] = f;
}

bool judge_said_on_line(struct judge *j, enum scan_verdict verdict, size_t from)
{
	uint32_t line, column;

	place_of(j, from, &line, &column);
	for (size_t i = j->first_finding; i < j->notes.findings_len; i++) {
		const struct scan_finding *f = &j->notes.findings[i];
		if (f->line == line && f->verdict >= verdict && f->path.p == j->path_kept.p)
			return true;
	}
	return false;
}

void judge_add_evidence(
    struct judge *j, uint32_t signal, uint32_t row, enum scan_place place, size_t from, size_t to)
{
	struct scan_notes *n = &j->notes;
	struct scan_evidence e = { .signal = signal,
		.row = row,
		.place = place,
		.root = j->file->root,
		.offset = j->file->base + from };

	if (signal == SCAN_NONE || !signal_has(&j->of_projects, signal) ||
	    signal_has(&j->evidence_given, signal))
		return;
	if (!grow(
		(void **)&n->evidence, &n->evidence_cap, n->evidence_len, sizeof(e), EVIDENCE_MAX))
		return;
	signal_add(&j->evidence_given, signal);
	e.path = kept_path(j);
	place_of(j, from, &e.line, &e.column);
	e.match = shown(n->arena, j->file->text, from, to);
	n->evidence[n->evidence_len++] = e;
}

/* --- one file --------------------------------------------------------------------------------- */

static bool looks_binary(struct str text)
{
	return memchr(text.p, '\0', text.len < 8000 ? text.len : 8000) != NULL;
}

/* Lists of hosts block or allow; they call nobody. */
static bool is_host_list(struct str text)
{
	unsigned hosts = 0, others = 0;

	for (struct str rest = text; rest.len > 0 && hosts + others < 400;) {
		struct str line = str_trim(str_cut(&rest, '\n'));
		bool dot = false, odd = line.len < 4 || line.len > 200;
		for (size_t i = 0; i < line.len && !odd; i++) {
			dot = dot || line.p[i] == '.';
			odd = strchr("(){}=;<>", line.p[i]) != NULL;
		}
		if (line.len > 0 && line.p[0] != '#' && line.p[0] != '!')
			*(dot && !odd ? &hosts : &others) += 1;
	}
	return hosts > HOSTS_OF_A_LIST && others * 4 < hosts;
}

/* Rules of content blockers, in the form that browsers take. */
static bool is_block_list(struct str text)
{
	static const char filter[] = "\"urlFilter\"", block[] = "\"block\"";

	return memmem(text.p, text.len, filter, sizeof(filter) - 1) &&
	    memmem(text.p, text.len, block, sizeof(block) - 1);
}

static enum scan_place place_for_text(struct judge *j)
{
	struct file_kind k = kind_of(j->file->path);
	struct str t = j->file->text;

	j->program = k.program;
	if (j->binary)
		return SCAN_PLACE_DATA;
	if (!k.known && k.place == SCAN_PLACE_CONFIG && t.len > 2 && t.p[0] == '#' &&
	    t.p[1] == '!') {
		j->program = true;
		return SCAN_PLACE_CODE;
	}
	if ((k.place == SCAN_PLACE_CONFIG || k.place == SCAN_PLACE_CODE) &&
	    (is_host_list(t) || is_block_list(t)))
		return SCAN_PLACE_DATA;
	return k.place;
}

static bool carries_marker(struct str text)
{
	static const char marker[] = "varco-scan: skip-file";
	size_t n = text.len < 4096 ? text.len : 4096;

	return memmem(text.p, n, marker, sizeof(marker) - 1) != NULL;
}

static void begin_file(struct judge *j, const struct judged *f)
{
	arena_reset(j->arena);
	j->file = f;
	j->facts_len = j->hits_len = j->covers_len = 0;
	j->enough = j->lexis_made = false;
	j->lexis = NULL;
	j->line_at = j->line_start = 0;
	j->line = 1;
	if (f->base > 0 && j->pieces_of == f->path.p)
		return; /* the next piece of the same file */
	j->pieces_of = f->path.p;
	bool pathed = j->pathed && j->pathed == f->path.p;
	j->path_kept = pathed ? j->pathed_kept : STR_NONE;
	j->first_finding = pathed ? j->pathed_first : j->notes.findings_len;
	j->evidence_given = (struct signal_set){ { 0 } };
}

/* Some parser reads files of this name whatever stands in them. */
static bool always_parsed(struct str path)
{
	for (const struct parser *const *p = parsers_for(path); *p; p++) {
		if ((*p)->when == PARSE_ALWAYS && parser_fits(*p, path))
			return true;
	}
	return false;
}

static void judge_hit_file(struct judge *j, bool hit)
{
	const struct judged *f = j->file;

	j->binary = looks_binary(f->text) && !kind_is_written(f->path);
	ask_parsers(j, hit);
	if (hit) {
		j->hits_len = match_all(j->matcher, j->scratch, f->text, j->hits, HITS_MAX);
		j->enough = j->enough || j->hits_len == HITS_MAX;
	}
	if (j->facts_len == 0 && j->hits_len == 0)
		return;
	j->place = place_for_text(j);
	if (!j->lexis_made && !j->binary)
		j->lexis = lexis_new(j->arena, name_of(f->path), f->text);
	j->lexis_made = true;
	judge_facts(j);
	judge_hits(j);
	judge_rules(j);
	j->notes.truncated += j->enough;
}

static void add_artefact(struct judge *j, uint32_t row)
{
	enum scan_place place = kind_of(j->file->path).place == SCAN_PLACE_TEST
	    ? SCAN_PLACE_TEST
	    : SCAN_PLACE_ARTEFACT;

	judge_add(j, row, catalogue_row(j->catalogue, row)->verdict, place, 95, 0, 0);
}

/* The name alone says too little of such a file: others have the same. */
static void judge_waiting(struct judge *j, const struct judged *f)
{
	const struct scan_row *r = catalogue_row(j->catalogue, j->waiting);
	struct judged whole = { .path = f->path, .root = f->root, .text = STR("") };
	bool holds = false;

	for (size_t i = 0; i < r->holds_len; i++)
		holds = holds || memmem(f->text.p, f->text.len, r->holds[i].p, r->holds[i].len);
	if (holds) {
		begin_file(j, &whole);
		add_artefact(j, j->waiting);
		j->pathed_first = j->first_finding;
		j->pathed_kept = j->path_kept;
	}
	j->waiting = SCAN_NONE;
}

void judge_file(struct judge *j, const struct judged *f)
{
	bool hit = match_any(j->matcher, j->scratch, f->text);

	if (j->waiting != SCAN_NONE && j->pathed == f->path.p && f->text.len > 0)
		judge_waiting(j, f);
	if (f->base == 0)
		j->database = str_starts(f->text, STR("SQLite format 3"));
	if (f->text.len == 0 || (!hit && !always_parsed(f->path)))
		return;
	if (carries_marker(f->text)) {
		j->notes.marked++;
		return;
	}
	begin_file(j, f);
	struct judged mended = *f;
	if (hit && kind_of(f->path).program)
		mended.text = joins_mend(j->arena, f->text);
	j->file = &mended;
	judge_hit_file(j, hit);
	j->file = f;
}

static bool is_excepted(const struct scan_row *r, struct str path)
{
	for (size_t i = 0; i < r->unless_len; i++) {
		if (memmem(path.p, path.len, r->unless[i].p, r->unless[i].len))
			return true;
	}
	return false;
}

void judge_path(struct judge *j, unsigned root, struct str path)
{
	struct judged f = { .path = path, .root = root, .text = STR("") };
	uint32_t rows[8];
	size_t n = match_path(j->matcher, j->scratch, path, rows, ARRAY_LEN(rows));

	j->pathed = j->pieces_of = NULL;
	j->waiting = SCAN_NONE;
	if (n == 0)
		return;
	begin_file(j, &f);
	for (size_t i = 0; i < n; i++) {
		const struct scan_row *r = catalogue_row(j->catalogue, rows[i]);
		if (is_excepted(r, path))
			continue;
		if (r->holds_len)
			j->waiting = rows[i];
		else
			add_artefact(j, rows[i]);
	}
	j->pathed = path.p;
	j->pathed_first = j->first_finding;
	j->pathed_kept = j->path_kept;
}
