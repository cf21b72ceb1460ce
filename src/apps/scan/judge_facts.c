/* Facts and hits of one file: which rows speak for themselves, and which signals count. */
#include <string.h>

#include "apps/scan/judge_private.h"
#include "base/check.h"

#define HOST_CONFIDENCE 90
#define PATTERN_CONFIDENCE 95

#define PROCESS_NAME_LEAST 8

static size_t strcspn_str(struct str s, const char *stops)
{
	size_t n = 0;

	while (n < s.len && !(s.p[n] && strchr(stops, s.p[n])))
		n++;
	return n;
}

/* --- facts ------------------------------------------------------------------------------------ */

static enum scan_place place_of_package(enum fact_how how)
{
	switch (how) {
	case FACT_RESOLVED:
		return SCAN_PLACE_LOCKFILE;
	case FACT_IMPORTED:
		return SCAN_PLACE_IMPORT;
	case FACT_USED:
		return SCAN_PLACE_CODE;
	default:
		return SCAN_PLACE_MANIFEST;
	}
}

static enum scan_place place_of_url(enum scan_ecosystem e)
{
	return e == SCAN_ECO_N8N || e == SCAN_ECO_MAKE || e == SCAN_ECO_ZAPIER ? SCAN_PLACE_WORKFLOW
									       : SCAN_PLACE_CODE;
}

static enum scan_place place_of_fact(const struct fact *f)
{
	switch (f->kind) {
	case FACT_PACKAGE:
		return place_of_package(f->how);
	case FACT_IMAGE:
		return SCAN_PLACE_IMAGE;
	case FACT_NODE:
		return SCAN_PLACE_WORKFLOW;
	case FACT_EXTENSION:
		return SCAN_PLACE_EXTENSION;
	case FACT_ANDROID:
		return f->how == FACT_INSTALLED ? SCAN_PLACE_DEVICE : SCAN_PLACE_MANIFEST;
	case FACT_PROCESS:
		return SCAN_PLACE_PROCESS;
	case FACT_URL:
		return f->how == FACT_DECLARED || f->how == FACT_RESOLVED
		    ? place_of_package(f->how)
		    : place_of_url(f->ecosystem);
	case FACT_DRIVES:
		return SCAN_PLACE_RPA;
	case FACT_SERVER:
		return SCAN_PLACE_CONFIG;
	case FACT_ROW:
		return SCAN_PLACE_CODE;
	}
	return SCAN_PLACE_CODE;
}

/* Where the file as a whole means nothing (a test, a sample), so does what stands in it. Documents
 * and data are what inventories are, so facts of theirs count. */
static enum scan_place place_in_file(const struct judge *j, const struct fact *f)
{
	if (f->how == FACT_DISABLED)
		return SCAN_PLACE_COMMENT;
	return j->place == SCAN_PLACE_TEST ? SCAN_PLACE_TEST : place_of_fact(f);
}

static bool contains(struct str s, const char *word)
{
	return s.len > 0 && memmem(s.p, s.len, word, strlen(word)) != NULL;
}

/* The row says it itself where its own pattern stands in what is driven. */
static bool speaks_inside(const struct judge *j, const struct fact *f)
{
	for (size_t i = 0; i < j->hits_len; i++) {
		const struct scan_term *t = &j->terms[j->hits[i].term];
		bool inside = j->hits[i].to > f->offset && j->hits[i].to <= f->offset + f->len;
		if (inside && t->row != SCAN_NONE &&
		    catalogue_row(j->catalogue, t->row)->ecosystem == f->ecosystem)
			return true;
	}
	return false;
}

/* What a robot drives is ours to name when it is WhatsApp: the ecosystem's own row says which. */
static uint32_t row_of_driven(const struct judge *j, const struct fact *f)
{
	size_t n = catalogue_rows(j->catalogue);

	if ((!contains(f->name, "web.whatsapp.com") && !contains(f->name, "WhatsApp")) ||
	    speaks_inside(j, f))
		return SCAN_NONE;
	for (uint32_t i = 0; i < n; i++) {
		const struct scan_row *r = catalogue_row(j->catalogue, i);
		if (r->ecosystem == f->ecosystem && str_eq(r->kind, STR("rpa")))
			return i;
	}
	return catalogue_row_by_id(j->catalogue, STR("code.driver-near-web"));
}

static uint32_t row_of_image(const struct judge *j, const struct fact *f)
{
	uint32_t row = catalogue_look_up(j->catalogue, SCAN_ECO_DOCKER, f->name);
	struct str parts[] = { f->alias, STR("/"), f->name };

	if (row != SCAN_NONE || f->alias.len == 0)
		return row;
	struct str whole = arena_join(j->arena, parts, ARRAY_LEN(parts));
	return whole.p ? catalogue_look_up(j->catalogue, SCAN_ECO_DOCKER, whole) : SCAN_NONE;
}

static uint32_t row_of_node(const struct judge *j, const struct fact *f)
{
	uint32_t row = catalogue_look_up(j->catalogue, f->ecosystem, f->name);

	return row == SCAN_NONE && f->ecosystem == SCAN_ECO_N8N
	    ? catalogue_look_up(j->catalogue, SCAN_ECO_NPM, f->name)
	    : row;
}

/* "github:owner/repository" of a URL that names one; empty when it does not. */
static struct str repository_of(const struct judge *j, struct str url)
{
	static const char *const hosts[] = { "github.com/", "github.com:", "github:" };
	struct str rest = STR_NONE, name;

	for (size_t i = 0; i < ARRAY_LEN(hosts) && !rest.p; i++) {
		const char *at = memmem(url.p, url.len, hosts[i], strlen(hosts[i]));
		if (at)
			rest = str_sub(url, (size_t)(at - url.p) + strlen(hosts[i]), url.len);
	}
	if (!rest.p)
		return STR("");
	rest = str_cut(&rest, '#');
	struct str owner = str_cut(&rest, '/');
	name = rest.p ? str_cut(&rest, '/') : STR("");
	name = str_cut(&name, '@');
	if (str_ends(name, STR(".git")))
		name.len -= 4;
	struct str parts[] = { STR("github:"), owner, STR("/"), name };
	return owner.len > 0 && name.len > 0 ? arena_join(j->arena, parts, ARRAY_LEN(parts))
					     : STR("");
}

static uint32_t row_of_url(const struct judge *j, const struct fact *f)
{
	struct str repository = repository_of(j, f->name);

	return repository.len > 0 ? catalogue_look_up(j->catalogue, SCAN_ECO_NPM, repository)
				  : SCAN_NONE;
}

static uint32_t row_of_fact(const struct judge *j, const struct fact *f)
{
	switch (f->kind) {
	case FACT_PACKAGE: {
		uint32_t row = catalogue_look_up(j->catalogue, f->ecosystem, f->name);
		/* Community nodes of n8n are packages of npm. */
		return row == SCAN_NONE && f->ecosystem == SCAN_ECO_NPM
		    ? catalogue_look_up(j->catalogue, SCAN_ECO_N8N, f->name)
		    : row;
	}
	case FACT_IMAGE:
		return row_of_image(j, f);
	case FACT_NODE:
		return row_of_node(j, f);
	case FACT_EXTENSION:
	case FACT_PROCESS:
		return catalogue_look_up(j->catalogue, f->ecosystem, f->name);
	case FACT_ANDROID:
		return catalogue_look_up(j->catalogue, SCAN_ECO_ANDROID, f->name);
	case FACT_DRIVES:
		return row_of_driven(j, f);
	case FACT_ROW:
		return catalogue_row_by_id(j->catalogue, f->name);
	case FACT_URL:
		return row_of_url(j, f);
	case FACT_SERVER:
		return SCAN_NONE; /* what they name is found as text, in their place */
	}
	return SCAN_NONE;
}

bool judge_knows(const struct judge *j, const struct fact *f)
{
	bool name_only = f->kind == FACT_PACKAGE || f->kind == FACT_IMAGE;

	return !name_only || row_of_fact(j, f) != SCAN_NONE;
}

static enum scan_verdict verdict_of_fact(const struct scan_row *r, const struct fact *f)
{
	if (f->lean == FACT_LEAN_OFFICIAL)
		return SCAN_OFFICIAL;
	if (f->lean == FACT_LEAN_UNOFFICIAL)
		return SCAN_UNOFFICIAL;
	if (f->lean == FACT_LEAN_SILENT)
		return SCAN_CLEAN;
	if (f->kind == FACT_ANDROID && f->how == FACT_DECLARED)
		return SCAN_CLEAN;
	if (r->alone == ROW_SILENT && f->kind != FACT_ROW)
		return SCAN_CLEAN;
	if (f->how == FACT_REPLACED && r->verdict == SCAN_UNOFFICIAL && f->confidence < 80)
		return SCAN_REVIEW;
	return r->verdict;
}

static void judge_fact(struct judge *j, const struct fact *f)
{
	uint32_t row = row_of_fact(j, f);

	if (row == SCAN_NONE)
		return;
	const struct scan_row *r = catalogue_row(j->catalogue, row);
	enum scan_place place = place_in_file(j, f);
	enum scan_verdict verdict = verdict_of_fact(r, f);
	size_t to = f->offset + f->len;

	if (place != SCAN_PLACE_TEST && place != SCAN_PLACE_COMMENT && f->lean != FACT_LEAN_SILENT)
		judge_saw(j, r->signal, row, place, f->offset, to);
	/* Drivers for tests drive tests. */
	if (!f->dev && place < SCAN_PLACE_DATA)
		judge_add_evidence(j, r->signal, row, place, f->offset, to);
	if (verdict != SCAN_CLEAN)
		judge_add(j, row, verdict, place, f->confidence, f->offset, to);
}

/* Programs are named by files below node_modules, by modules and by images: every word of a command line
 * that is a name of a library. Short names are words of their own. */
static void judge_process(struct judge *j, const struct fact *f)
{
	struct str line = f->alias.len > 0 ? f->alias : f->name, rest = line;

	while (rest.len > 0) {
		size_t n = strcspn_str(rest, " /=\"'");
		struct str word = str_sub(rest, 0, n);
		uint32_t row = word.len >= PROCESS_NAME_LEAST
		    ? catalogue_look_up(j->catalogue, SCAN_ECO_NPM, word)
		    : SCAN_NONE;
		if (row != SCAN_NONE && catalogue_row(j->catalogue, row)->alone == ROW_SPEAKS &&
		    catalogue_row(j->catalogue, row)->verdict == SCAN_UNOFFICIAL)
			judge_add(j, row, SCAN_UNOFFICIAL, place_in_file(j, f), 95, f->offset,
			    f->offset + f->len);
		rest = str_sub(rest, n + 1, rest.len);
	}
}

void judge_facts(struct judge *j)
{
	j->seen_len = j->covers_len = 0;
	for (size_t i = 0; i < j->facts_len; i++) {
		const struct fact *f = &j->facts[i];
		judge_fact(j, f);
		if (f->kind == FACT_PROCESS)
			judge_process(j, f);
		if (f->kind != FACT_PACKAGE && f->kind != FACT_IMAGE && j->covers_len < COVERS_MAX)
			j->covers[j->covers_len++] = f;
	}
}

/* --- hits ------------------------------------------------------------------------------------- */

void judge_saw(
    struct judge *j, uint32_t signal, uint32_t row, enum scan_place place, size_t from, size_t to)
{
	if (signal == SCAN_NONE || j->seen_len == HITS_MAX)
		return;
	j->seen[j->seen_len++] = (struct seen){ .signal = signal,
		.row = row,
		.at = (uint32_t)from,
		.to = (uint32_t)to,
		.place = place };
}

/* A workflow, robot, process or server around the hit says more than the file's name. Packages and
 * images cover their own names only, which are no terms of text. */
static const struct fact *covering_fact(const struct judge *j, size_t at)
{
	for (size_t i = 0; i < j->covers_len; i++) {
		const struct fact *f = j->covers[i];
		if (at > f->offset && at <= f->offset + f->len)
			return f;
	}
	return NULL;
}

static enum scan_place place_of_hit(
    const struct judge *j, const struct hit *h, const struct fact *f)
{
	if (f)
		return place_in_file(j, f);
	if (j->place >= SCAN_PLACE_DATA)
		return j->place;
	return lexis_at(j->lexis, h->to - 1) == LEXIS_COMMENT ? SCAN_PLACE_COMMENT : j->place;
}

static bool followed_by(const struct judge *j, const struct hit *h, const char *word)
{
	return str_starts(str_sub(j->file->text, h->to, 40), str_c(word));
}

/* web.whatsapp.com/send is the share link that people click, not the page that robots read. */
static uint32_t signal_of_hit(const struct judge *j, const struct scan_term *t, const struct hit *h)
{
	if (t->signal != SCAN_NONE && t->signal == j->web && followed_by(j, h, "/send"))
		return SCAN_NONE;
	return t->signal;
}

static bool row_speaks(const struct judge *j, const struct scan_row *r, const struct fact *f)
{
	if (j->binary && !(r->anywhere && j->database))
		return false;
	if (r->ecosystem == SCAN_ECO_MCP)
		return f && f->kind == FACT_SERVER;
	if (r->alone == ROW_PROCESS)
		return f && f->kind == FACT_PROCESS;
	return r->alone == ROW_SPEAKS;
}

static void judge_row_hit(
    struct judge *j, struct hit *h, const struct fact *f, enum scan_place place)
{
	const struct scan_term *t = &j->terms[h->term];
	const struct scan_row *r = catalogue_row(j->catalogue, t->row);

	if (!row_speaks(j, r, f))
		return;
	if (r->anywhere && place == SCAN_PLACE_DATA)
		place = SCAN_PLACE_ARTEFACT;
	if (place >= SCAN_PLACE_DATA && !j->options.notes)
		return;
	if (t->literal.p && r->verdict == SCAN_UNOFFICIAL && place < SCAN_PLACE_DATA)
		judge_saw(j, j->unofficial_host, t->row, place, h->from, h->to);
	if (!t->literal.p)
		h->from = match_start(j->matcher, j->scratch, j->file->text, h);
	judge_add(j, t->row, r->verdict, place, t->literal.p ? HOST_CONFIDENCE : PATTERN_CONFIDENCE,
	    h->from, h->to);
}

void judge_hits(struct judge *j)
{
	for (size_t i = 0; i < j->hits_len; i++) {
		struct hit *h = &j->hits[i];
		const struct scan_term *t = &j->terms[h->term];
		const struct fact *f = covering_fact(j, h->to);
		enum scan_place place = place_of_hit(j, h, f);

		if (t->row != SCAN_NONE)
			judge_row_hit(j, h, f, place);
		if (place < SCAN_PLACE_DATA && !j->binary)
			judge_saw(j, signal_of_hit(j, t, h), t->row, place,
			    h->from ? h->from : h->to - 1, h->to);
	}
}
