/* Rules: signals that together mean something, in one file or in the files of one project. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apps/scan/judge_private.h"
#include "base/check.h"
#include "base/map.h"

/* --- one file --------------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	if (x->signal != y->signal)
		return x->signal < y->signal ? -1 : 1;
	return x->at < y->at ? -1 : x->at > y->at;
}

/* The signals of the file, sorted: where each one's begin. */
struct index {
	size_t from[SCAN_SIGNALS_MAX + 1];
};

static void make_index(struct judge *j, struct index *ix)
{
	size_t i = 0;

	qsort(j->seen, j->seen_len, sizeof(*j->seen), by_place);
	for (uint32_t s = 0; s <= SCAN_SIGNALS_MAX; s++) {
		while (i < j->seen_len && j->seen[i].signal < s)
			i++;
		ix->from[s] = i;
	}
}

static bool program_alone(const struct scan_rule *r, const struct judge *j, const struct seen *s)
{
	return !r->languages || (j->program && s->place == SCAN_PLACE_CODE);
}

/* A process is one line of its list. */
static bool on_one_line(const struct judge *j, const struct seen *a, const struct seen *b)
{
	uint32_t from = a->at < b->at ? a->at : b->at, to = a->at < b->at ? b->at : a->at;

	return !memchr(j->file->text.p + from, '\n', to - from);
}

static bool is_near(const struct seen *a, const struct seen *b, uint32_t within)
{
	uint32_t gap = a->at > b->at ? a->at - b->at : b->at - a->at;

	return within == 0 || gap <= within;
}

/* Is there such a signal near enough? Bisection: those of one signal stand in rising order. */
static bool has_near(const struct judge *j, const struct index *ix, uint32_t signal,
    const struct seen *anchor, uint32_t within)
{
	size_t low = ix->from[signal], high = ix->from[signal + 1], end = high, first = low;

	if (low == high)
		return false;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (j->seen[middle].at < anchor->at)
			low = middle + 1;
		else
			high = middle;
	}
	const struct seen *next = low < end ? &j->seen[low] : NULL;
	const struct seen *last = low > first ? &j->seen[low - 1] : NULL;
	bool line = anchor->place == SCAN_PLACE_PROCESS;
	return (next && is_near(next, anchor, within) && (!line || on_one_line(j, next, anchor))) ||
	    (last && is_near(last, anchor, within) && (!line || on_one_line(j, last, anchor)));
}

static bool rule_holds(const struct judge *j, const struct index *ix, const struct scan_rule *r,
    const struct seen *anchor)
{
	for (unsigned i = 1; i < r->all_len; i++) {
		if (!has_near(j, ix, r->all[i], anchor, r->within))
			return false;
	}
	for (unsigned i = 0; i < r->none_len; i++) {
		if (ix->from[r->none[i]] < ix->from[r->none[i] + 1])
			return false;
	}
	return true;
}

static const struct hit *hit_ending(const struct judge *j, const struct seen *s)
{
	for (size_t i = 0; i < j->hits_len; i++) {
		if (j->hits[i].to == s->to && j->terms[j->hits[i].term].signal == s->signal)
			return &j->hits[i];
	}
	return NULL;
}

static void add_by_rule(struct judge *j, const struct scan_rule *r, const struct seen *anchor)
{
	const struct hit *h = hit_ending(j, anchor);
	uint32_t row = r->row != SCAN_NONE ? r->row : anchor->row;
	size_t from = anchor->at;

	if (row == SCAN_NONE)
		return;

	if (h && !j->terms[h->term].literal.p)
		from = match_start(j->matcher, j->scratch, j->file->text, h);
	enum scan_place place = str_eq(
				    catalogue_row(j->catalogue, row)->kind, STR("code-pattern")) &&
		catalogue_row(j->catalogue, row)->ecosystem == SCAN_ECO_FILE
	    ? SCAN_PLACE_ARTEFACT
	    : anchor->place;
	if (place == SCAN_PLACE_TEST)
		place = SCAN_PLACE_CODE;
	if (!judge_said_on_line(j, r->verdict, from))
		judge_add(j, row, r->verdict, place, r->confidence, from, anchor->to);
}

static bool unofficial_already(const struct judge *j)
{
	for (size_t i = j->first_finding; i < j->notes.findings_len; i++) {
		if (j->notes.findings[i].verdict == SCAN_UNOFFICIAL)
			return true;
	}
	return false;
}

static void judge_rule(struct judge *j, const struct index *ix, const struct scan_rule *r)
{
	uint32_t first = r->all[0];
	unsigned found = 0;

	if ((r->alone && unofficial_already(j)) || (j->place == SCAN_PLACE_TEST && !r->tests))
		return;
	for (size_t i = ix->from[first]; i < ix->from[first + 1] && found < 20; i++) {
		const struct seen *anchor = &j->seen[i];
		if (r->process && anchor->place != SCAN_PLACE_PROCESS)
			continue;
		if (!program_alone(r, j, anchor) || !rule_holds(j, ix, r, anchor))
			continue;
		add_by_rule(j, r, anchor);
		found++;
	}
}

void judge_rules(struct judge *j)
{
	struct index ix;

	make_index(j, &ix);
	for (size_t i = 0; i < j->rules_len; i++) {
		if (!j->rules[i].project)
			judge_rule(j, &ix, &j->rules[i]);
	}
	for (uint32_t s = 0; s < SCAN_SIGNALS_MAX && j->place != SCAN_PLACE_TEST; s++) {
		const struct seen *first = &j->seen[ix.from[s]];
		if (ix.from[s] == ix.from[s + 1] || first->place == SCAN_PLACE_MANIFEST ||
		    first->place == SCAN_PLACE_LOCKFILE)
			continue; /* facts gave theirs themselves */
		/* An address in settings allows more often than it drives. */
		bool setting = s == j->web && first->place != SCAN_PLACE_CODE;
		judge_add_evidence(j, setting ? j->web_setting : s, first->row, first->place,
		    first->at, first->to);
	}
}

/* --- projects --------------------------------------------------------------------------------- */

/* The nearest directory above with a manifest, as "root:path"; "root:" when there is none. */
static struct str project_of(
    const struct map *manifests, const struct scan_evidence *e, char *out, size_t out_size)
{
	int head = snprintf(out, out_size, "%u:", e->root);
	size_t len = e->path.len;

	if (head < 0 || (size_t)head + len >= out_size)
		return STR_NONE;
	memcpy(out + head, e->path.p, len);
	while (len > 0) {
		while (len > 0 && out[(size_t)head + len - 1] != '/')
			len--;
		len -= len > 0;
		struct str key = str_n(out, (size_t)head + len);
		if (map_get(manifests, key))
			return key;
	}
	return str_n(out, (size_t)head);
}

struct project {
	struct signal_set has;
	const struct scan_evidence *first[SCAN_SIGNALS_MAX];
};

static struct project *project_get(struct map *projects, struct arena *a, struct str key)
{
	struct project *p = map_get(projects, key);

	if (p)
		return p;
	p = ARENA_NEW(a, struct project);
	return p && map_put(projects, key, p) == 0 ? p : NULL;
}

static void collect(
    struct map *projects, struct arena *a, const struct map *manifests, const struct scan_notes *n)
{
	char key[4200];

	for (size_t i = 0; i < n->evidence_len; i++) {
		const struct scan_evidence *e = &n->evidence[i];
		struct str name = project_of(manifests, e, key, sizeof(key));
		struct project *p = name.p ? project_get(projects, a, name) : NULL;
		if (!p)
			continue;
		/* The first by path, whichever thread was faster. */
		const struct scan_evidence *other = p->first[e->signal];
		if (!other || str_cmp(e->path, other->path) < 0)
			p->first[e->signal] = e;
		signal_add(&p->has, e->signal);
	}
}

static bool project_rule_holds(const struct project *p, const struct scan_rule *r)
{
	for (unsigned i = 0; i < r->all_len; i++) {
		if (!signal_has(&p->has, r->all[i]))
			return false;
	}
	for (unsigned i = 0; i < r->none_len; i++) {
		if (signal_has(&p->has, r->none[i]))
			return false;
	}
	return true;
}

static bool already_said(
    struct judge *const *judges, size_t n, const char *id, const struct scan_evidence *e)
{
	for (size_t k = 0; k < n; k++) {
		const struct scan_notes *notes = judge_notes(judges[k]);
		for (size_t i = 0; i < notes->findings_len; i++) {
			const struct scan_finding *f = &notes->findings[i];
			if ((f->id == id || f->line == e->line) && f->root == e->root &&
			    str_eq(f->path, e->path) && f->verdict > SCAN_NOTE)
				return true;
		}
	}
	return false;
}

static void add_for_project(
    struct judge *j, const struct scan_rule *r, uint32_t row, const struct scan_evidence *e)
{
	struct judged f = { .path = e->path, .root = e->root, .text = e->match };
	struct scan_notes *n = &j->notes;
	size_t before = n->findings_len;

	j->file = &f;
	j->path_kept = e->path;
	j->first_finding = before;
	j->line_at = j->line_start = 0;
	judge_add(j, row, r->verdict, e->place, r->confidence, 0, e->match.len);
	if (n->findings_len == before)
		return;
	n->findings[before].line = e->line;
	n->findings[before].column = e->column;
	n->findings[before].offset = e->offset;
}

void judge_projects(struct judge *const *judges, size_t n, const struct map *manifests)
{
	struct arena *a = arena_new(0, 0);
	struct map *projects = map_new();
	struct str key;
	void *value;
	size_t it = 0;

	for (size_t i = 0; a && projects && i < n; i++)
		collect(projects, a, manifests, judge_notes(judges[i]));
	while (projects && map_each(projects, &it, &key, &value)) {
		const struct project *p = value;
		for (size_t i = 0; i < judges[0]->rules_len; i++) {
			const struct scan_rule *r = &judges[0]->rules[i];
			if (!r->project || !project_rule_holds(p, r))
				continue;
			const struct scan_evidence *e = p->first[r->all[0]];
			uint32_t row = r->row != SCAN_NONE ? r->row : e->row;
			if (row == SCAN_NONE)
				continue;
			if (!already_said(
				judges, n, catalogue_row(judges[0]->catalogue, row)->id, e))
				add_for_project(judges[0], r, row, e);
		}
	}
	map_free(&projects);
	arena_free(&a);
}
