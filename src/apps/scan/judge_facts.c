/* Facts and hits of one file: which rows speak for themselves, and which signals count. */
#include <string.h>

#include "apps/scan/judge_private.h"
#include "base/check.h"

#define HOST_CONFIDENCE 90
#define PATTERN_CONFIDENCE 95

#define PROCESS_NAME_LEAST 8
#define REPOSITORY_NAME_LEAST 6
#define RECORDS_OF_A_TABLE 4
#define HOSTS_IN_ROW 3
#define RECORD_MOST 2000
#define TABLE_WINDOW (16u << 10)
#define REFUSAL_ABOVE 2000 /* bytes: a list is not much longer before its end is meant */

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

static bool contains_nocase(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.len; i++) {
		if (str_same_nocase(s.p + i, word, n))
			return true;
	}
	return false;
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

static uint32_t unofficial_row(const struct judge *j, enum scan_ecosystem e, struct str name)
{
	uint32_t row = name.p ? catalogue_look_up(j->catalogue, e, name) : SCAN_NONE;
	bool known = row != SCAN_NONE &&
	    catalogue_row(j->catalogue, row)->verdict == SCAN_UNOFFICIAL;

	return known ? row : SCAN_NONE;
}

/* A repository that is a dependency or cloned brings what it is called, whoever forked it: as a package, as
 * a module of Go, or as the image that is built of it. Short names are words of their own. */
static uint32_t row_of_fork(const struct judge *j, const struct fact *f, struct str repository)
{
	struct str pair = str_sub(repository, strlen("github:"), repository.len);
	const struct str parts[] = { STR("github.com/"), pair };
	struct str module = arena_join(j->arena, parts, ARRAY_LEN(parts));
	struct str lower = arena_str(j->arena, pair), name = lower;

	if ((f->how != FACT_DECLARED && f->how != FACT_RESOLVED) || !lower.p)
		return SCAN_NONE;
	for (size_t i = 0; i < lower.len; i++) {
		if (lower.p[i] >= 'A' && lower.p[i] <= 'Z')
			((char *)(uintptr_t)lower.p)[i] = (char)(lower.p[i] | 0x20);
	}
	(void)str_cut(&name, '/');
	uint32_t row = name.len >= REPOSITORY_NAME_LEAST ? unofficial_row(j, f->ecosystem, name)
							 : SCAN_NONE;
	if (row == SCAN_NONE)
		row = unofficial_row(j, SCAN_ECO_GO, module);
	return row != SCAN_NONE ? row : unofficial_row(j, SCAN_ECO_DOCKER, lower);
}

static uint32_t row_of_url(const struct judge *j, const struct fact *f)
{
	struct str repository = repository_of(j, f->name);

	if (repository.len == 0)
		return SCAN_NONE;
	uint32_t row = catalogue_look_up(j->catalogue, SCAN_ECO_NPM, repository);
	return row != SCAN_NONE ? row : row_of_fork(j, f, repository);
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

/* "@scope\name" of Windows' paths, as the registry spells it. */
static struct str scoped_name(const struct judge *j, struct str at)
{
	struct str name = arena_str(j->arena, at);

	for (size_t i = 0; name.p && i < name.len; i++) {
		if (name.p[i] == '\\')
			((char *)(uintptr_t)name.p)[i] = '/';
	}
	return name.p ? name : STR("");
}

/* Programs are named by files below node_modules, by modules and by images: every word of a command line
 * that is a name of a library. Short names are words of their own. */
static void judge_process(struct judge *j, const struct fact *f)
{
	struct str line = f->alias.len > 0 ? f->alias : f->name, rest = line;

	while (rest.len > 0) {
		size_t n = strcspn_str(rest, " /\\=\"'");
		struct str word = str_sub(rest, 0, n);
		if (n > 0 && rest.p[0] == '@') { /* with its scope */
			n += 1 + strcspn_str(str_sub(rest, n + 1, rest.len), " /\\=\"'");
			word = scoped_name(j, str_sub(rest, 0, n));
		}
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

static bool names_refusal(struct str s)
{
	static const char *const words[] = { "block", "deny", "denied", "blacklist", "sinkhole",
		"forbid", "adblock", "nxdomain" };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		if (contains_nocase(s, words[i]))
			return true;
	}
	return false;
}

static bool is_host_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '.' || c == '*';
}

/* How many bytes of a host's name end at `to`. */
static size_t host_len_before(struct str text, size_t to)
{
	size_t n = 0;

	while (n < to && n < 255 && is_host_char(text.p[to - 1 - n]))
		n++;
	return n;
}

/* "- key: " in front of an item of a list of YAML. */
static size_t key_of_item(struct str before)
{
	struct str s = str_trim(before);
	size_t i = 1;

	if (s.len < 3 || s.p[0] != '-' || s.p[1] != ' ')
		return 0;
	while (i < s.len && (is_host_char(s.p[i]) || s.p[i] == ' '))
		i++;
	return i < s.len && s.p[i] == ':' ? (size_t)(s.p - before.p) + i + 1 : 0;
}

/* Does the host stand alone on its line, as an item of a list? */
static bool is_bare_item(struct str text, const struct hit *h)
{
	size_t from = h->from, to = h->to;

	while (from > 0 && text.p[from - 1] != '\n' && h->from - from < 64)
		from--;
	while (to < text.len && text.p[to] != '\n' && to - h->to < 64)
		to++;
	from += key_of_item(str_sub(text, from, h->from - from));
	for (size_t i = from; i < to; i++) {
		if ((i < h->from || i >= h->to) && !strchr(" \t\r-*.,|^\"'[]", text.p[i]))
			return false;
	}
	return true;
}

/* `'host'` at the start of `s`: its length with the quotes, 0 when there is none. */
static size_t quoted_host(struct str s)
{
	size_t i = 1;
	bool dot = false;

	if (s.len < 4 || (s.p[0] != '"' && s.p[0] != '\'' && s.p[0] != '`'))
		return 0;
	for (; i < s.len && is_host_char(s.p[i]); i++)
		dot = dot || s.p[i] == '.';
	return dot && i < s.len && s.p[i] == s.p[0] ? i + 1 : 0;
}

/* How many bare hosts in quotes stand in a row at the start of `s`, with commas between. */
static unsigned hosts_in_row(struct str s)
{
	unsigned found = 0;

	for (size_t n; (n = quoted_host(s)) > 0 && found < HOSTS_IN_ROW; found++) {
		s = str_sub(s, n, s.len);
		while (s.len > 0 && strchr(", \t\r\n", s.p[0]))
			s = str_sub(s, 1, s.len);
	}
	return found;
}

/* One of several bare hosts in a list of a program: what it allows, passes over or counts. */
static bool is_among_hosts(struct str text, const struct hit *h)
{
	size_t from = h->to - host_len_before(text, h->to), items = 0;

	if (from == 0 || quoted_host(str_sub(text, from - 1, text.len)) == 0)
		return false;
	size_t first = from - 1; /* the list's first item, or one early enough */
	while (items < HOSTS_IN_ROW) {
		size_t end = first;
		while (end > 0 && strchr(", \t\r\n", text.p[end - 1]))
			end--;
		size_t begin = end > 1 ? end - 1 - host_len_before(text, end - 1) : end;
		if (end == first || begin == 0 || begin == end ||
		    quoted_host(str_sub(text, begin - 1, text.len)) != end - begin + 1)
			break;
		first = begin - 1;
		items++;
	}
	return hosts_in_row(str_sub(text, first, text.len)) >= HOSTS_IN_ROW;
}

/* The next or last "key" in the text, with nothing but the end of one record and the beginning of another
 * between: records of a table. */
static bool beside_in_table(struct str between)
{
	bool open = false, close = false, dot = false;

	for (size_t i = 0; i < between.len; i++) {
		close = close || between.p[i] == '}';
		dot = dot || (close && !open && strchr("\":", between.p[i]));
		open = open || (close && between.p[i] == '{');
	}
	return open && close && !dot;
}

/* "host":"api.example" in at least so many records of one list: signatures, allow lists, directories of
 * vendors. They call nobody. */
static bool is_tabled(struct str text, const struct hit *h)
{
	size_t end = h->from, from, records = 1;

	if (h->to >= text.len || text.p[h->to] != '"' || end == 0 || text.p[end - 1] != '"')
		return false;
	for (end--; end > 0 && strchr(": \t", text.p[end - 1]); end--)
		;
	if (end < 3 || text.p[end - 1] != '"')
		return false;
	for (from = end - 1; from > 0 && text.p[from - 1] != '"' && end - from < 40; from--)
		;
	struct str key = str_sub(text, from - (from > 0), end - from + (from > 0));
	size_t above = from > TABLE_WINDOW ? from - TABLE_WINDOW : 0;
	struct str rest = str_sub(text, above, 2 * TABLE_WINDOW);
	for (const char *last = NULL; rest.len > 0;) {
		const char *at = memmem(rest.p, rest.len, key.p, key.len);
		if (!at)
			break;
		records += last && at - last < RECORD_MOST &&
		    beside_in_table(str_n(last, (size_t)(at - last)));
		last = at + key.len;
		rest = str_sub(rest, (size_t)(last - rest.p), rest.len);
	}
	return records >= RECORDS_OF_A_TABLE;
}

/* A host that some list in the settings refuses: the path or what stands above says so. */
static bool is_refused(const struct judge *j, const struct hit *h)
{
	struct str text = j->file->text;
	size_t above = h->from > REFUSAL_ABOVE ? h->from - REFUSAL_ABOVE : 0;

	if (!j->terms[h->term].literal.p)
		return false;
	if (is_tabled(text, h))
		return true;
	return is_bare_item(text, h) &&
	    (names_refusal(j->file->path) || names_refusal(str_sub(text, above, h->from - above)));
}

/* "https://" with a host to be filled in behind it: a bare host cannot be opened without. */
static bool makes_addresses(struct str text)
{
	static const char scheme[] = "https://";
	const char *at = text.p, *end = text.p + text.len;

	while ((at = memmem(at, (size_t)(end - at), scheme, sizeof(scheme) - 1)) != NULL) {
		at += sizeof(scheme) - 1;
		if (at < end && strchr("\"'`{$%", *at))
			return true;
	}
	return false;
}

/* Does the program drive a browser to hosts that it has bare: then a list of them is what it opens one after the other. */
static bool drives(const struct judge *j)
{
	if (!j->program || !makes_addresses(j->file->text))
		return false;
	for (size_t i = 0; i < j->hits_len; i++) {
		if (j->terms[j->hits[i].term].signal == j->driver)
			return true;
	}
	return false;
}

static enum scan_place place_of_hit(
    const struct judge *j, const struct hit *h, const struct fact *f)
{
	if (f)
		return place_in_file(j, f);
	if (j->place >= SCAN_PLACE_DATA)
		return j->place;
	if (j->place == SCAN_PLACE_CONFIG && is_refused(j, h))
		return SCAN_PLACE_DATA;
	if (j->terms[h->term].literal.p && !drives(j) && is_among_hosts(j->file->text, h))
		return SCAN_PLACE_DATA;
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
		if ((place < SCAN_PLACE_DATA || place == SCAN_PLACE_TEST) && !j->binary)
			judge_saw(j, signal_of_hit(j, t, h), t->row, place,
			    h->from ? h->from : h->to - 1, h->to);
	}
}
