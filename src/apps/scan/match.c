/* The first database holds all names, hosts, patterns of rows and the word WhatsApp, and stops at the
 * first hit, also of that word in two pieces: nine files in ten end there. The second has no names, which only parsers can judge, but the
 * signals, which are frequent words of code and would be costly everywhere. The third is for paths. */
#include "apps/scan/match.h"

#include <hs.h>
#include <stdlib.h>
#include <string.h>

#include "apps/scan/joins.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/pattern_cache.h"

#define TERM_HITS_MAX 512 /* of one term in one text */
#define START_WINDOW 4096 /* how far before its end a hit may begin */
#define START_GUESS 120
/* The first line keeps a scan of the cache directory off it. */
#define MAGIC "varco-scan: skip-file\nvarco-scan-5\n"

enum base { BASE_ANY, BASE_ALL, BASE_PATH, BASES };

struct matcher {
	const struct catalogue *catalogue;
	const struct scan_term *terms;
	size_t terms_len;
	hs_database_t *bases[BASES];
};

struct match_scratch {
	hs_scratch_t *hs;
	uint16_t *counts; /* hits of each term in the text under way */
	size_t terms_len;
};

/* --- compiling -------------------------------------------------------------------------------- */

struct expressions {
	const char **text;
	unsigned *flags, *ids;
	unsigned len;
};

static bool belongs(const struct scan_term *t, enum base b)
{
	switch (b) {
	case BASE_ANY:
		return !t->path && (t->row != SCAN_NONE || t->gate || t->trigger);
	case BASE_ALL:
		return !t->path && !t->gate;
	default:
		return t->path;
	}
}

static unsigned flags_of(const struct scan_term *t, enum base b)
{
	static const unsigned of_base[BASES] = {
		[BASE_ANY] = HS_FLAG_SINGLEMATCH,
		[BASE_PATH] = HS_FLAG_SINGLEMATCH,
	};

	return HS_FLAG_MULTILINE | of_base[b] | (t->caseless ? HS_FLAG_CASELESS : 0);
}

static bool expressions_make(const struct matcher *m, enum base b, struct expressions *e)
{
	size_t n = m->terms_len + 2;

	*e = (struct expressions){ mem_alloc(n * sizeof(*e->text)),
		mem_alloc(n * sizeof(*e->flags)), mem_alloc(n * sizeof(*e->ids)), 0 };
	if (!e->text || !e->flags || !e->ids)
		return false;
	for (size_t i = 0; i < m->terms_len; i++) {
		if (!belongs(&m->terms[i], b))
			continue;
		e->text[e->len] = m->terms[i].expression;
		e->flags[e->len] = flags_of(&m->terms[i], b);
		e->ids[e->len++] = (unsigned)i;
	}
	if (b == BASE_ANY) {
		e->text[e->len] = "whatsapp";
		e->flags[e->len] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		e->ids[e->len++] = (unsigned)m->terms_len;
		e->text[e->len] = joins_expression;
		e->flags[e->len] = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
		e->ids[e->len++] = (unsigned)m->terms_len + 1;
	}
	return true;
}

static void expressions_done(struct expressions *e)
{
	MEM_FREE(&e->text);
	MEM_FREE(&e->flags);
	MEM_FREE(&e->ids);
}

static int compile_failed(const struct expressions *e, hs_compile_error_t *why, struct err *err)
{
	int at = why ? why->expression : -1;
	int rc = err_set(err, E_INVALID, "The pattern %s cannot be compiled: %s.",
	    at >= 0 ? e->text[at] : "", why ? why->message : "");

	hs_free_compile_error(why);
	return rc;
}

static int compile(struct matcher *m, enum base b, struct err *err)
{
	hs_compile_error_t *why = NULL;
	struct expressions e;
	int rc = 0;

	if (!expressions_make(m, b, &e))
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	else if (e.len > 0 &&
	    hs_compile_multi(e.text, e.flags, e.ids, e.len, HS_MODE_BLOCK, NULL, &m->bases[b],
		&why) != HS_SUCCESS)
		rc = compile_failed(&e, why, err);
	expressions_done(&e);
	return rc;
}

/* --- cache ------------------------------------------------------------------------------------ */

static void drop_bases(struct matcher *m)
{
	for (int b = 0; b < BASES; b++) {
		hs_free_database(m->bases[b]);
		m->bases[b] = NULL;
	}
}

/* Not the catalogue's digest: which expressions a program makes of a catalogue is the program's. */
static void add_key(const struct matcher *m, struct buf *key)
{
	struct sha256 sum;
	char hex[2 * SHA256_LEN + 1];
	struct buf all;

	buf_init(&all, 0);
	for (size_t i = 0; i < m->terms_len; i++) {
		const struct scan_term *t = &m->terms[i];
		buf_addf(&all, "%d%d%d%d%d %s\n", t->caseless, t->path, t->gate, t->trigger,
		    t->row != SCAN_NONE, t->expression);
	}
	crypto_sha256(buf_str(&all), &sum);
	hex_encode(sum.b, sizeof(sum.b), hex);
	buf_addf(key, MAGIC "%s", hex);
	key->failed = key->failed || all.failed;
	buf_done(&all);
}

static int open_bases(struct matcher *m, const char *cache_dir, struct err *err)
{
	struct buf key;
	int rc = 0;

	buf_init(&key, 0);
	add_key(m, &key);
	struct pattern_cache cache = { key.failed ? NULL : cache_dir, "scan.hsdb", buf_str(&key) };
	bool cached = pattern_cache_read(&cache, m->bases, BASES);
	for (int b = 0; rc == 0 && !cached && b < BASES; b++)
		rc = compile(m, (enum base)b, err);
	if (rc == 0 && !cached)
		pattern_cache_write(&cache, m->bases, BASES);
	buf_done(&key);
	return rc;
}

/* --- life ------------------------------------------------------------------------------------- */

int matcher_open(
    const struct catalogue *c, const char *cache_dir, struct matcher **ret, struct err *err)
{
	struct matcher *m = mem_alloc(sizeof(*m));
	int rc;

	if (!m)
		return err_set(err, E_NOMEM, "Memory ran out.");
	m->catalogue = c;
	m->terms = catalogue_terms(c, &m->terms_len);
	rc = hs_valid_platform() == HS_SUCCESS
	    ? open_bases(m, cache_dir, err)
	    : err_set(err, E_UNSUPPORTED, "This processor lacks what vectorscan needs.");
	if (rc < 0) {
		matcher_close(&m);
		return rc;
	}
	*ret = m;
	return 0;
}

void matcher_close(struct matcher **pm)
{
	if (!*pm)
		return;
	drop_bases(*pm);
	MEM_FREE(pm);
}

struct match_scratch *match_scratch_new(const struct matcher *m)
{
	struct match_scratch *s = mem_alloc(sizeof(*s));
	bool ok = s != NULL;

	for (int b = 0; ok && b < BASES; b++)
		ok = !m->bases[b] || hs_alloc_scratch(m->bases[b], &s->hs) == HS_SUCCESS;
	if (ok) {
		s->terms_len = m->terms_len;
		s->counts = mem_alloc((m->terms_len + 1) * sizeof(*s->counts));
		ok = s->counts != NULL;
	}
	if (!ok)
		match_scratch_free(&s);
	return s;
}

void match_scratch_free(struct match_scratch **ps)
{
	if (!*ps)
		return;
	hs_free_scratch((*ps)->hs);
	MEM_FREE(&(*ps)->counts);
	MEM_FREE(ps);
}

/* --- scanning --------------------------------------------------------------------------------- */

static int on_any(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	(void)id, (void)from, (void)to, (void)flags;
	*(bool *)arg = true;
	return 1;
}

static void run(const struct matcher *m, enum base b, struct match_scratch *s, struct str text,
    match_event_handler on_match, void *arg)
{
	if (!m->bases[b] || text.len == 0 || text.len > UINT32_MAX)
		return;
	hs_error_t rc = hs_scan(m->bases[b], text.p, (unsigned)text.len, 0, s->hs, on_match, arg);
	ASSERT(rc == HS_SUCCESS || rc == HS_SCAN_TERMINATED);
}

bool match_any(const struct matcher *m, struct match_scratch *s, struct str text)
{
	bool found = false;

	run(m, BASE_ANY, s, text, on_any, &found);
	return found;
}

struct all {
	struct match_scratch *scratch;
	const struct scan_term *terms;
	struct str text;
	struct hit *out;
	size_t len, max;
};

static bool is_label(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	    c == '-' || c == '_';
}

/* Hosts are compared label by label: s.whatsapp.net is not in xs.whatsapp.net, nor in
 * s.whatsapp.network or s.whatsapp.net.example. */
static bool host_stands_alone(const struct scan_term *t, struct str text, size_t from, size_t to)
{
	char before = from > 0 ? text.p[from - 1] : ' ';

	if (t->any_label ? !is_label(before) && before != '}' && before != '*' : is_label(before))
		return false;
	if (!t->any_label && before == '.')
		return false;
	if (to == text.len)
		return true;
	if (is_label(text.p[to]))
		return false;
	return text.p[to] != '.' || to + 1 == text.len || !is_label(text.p[to + 1]);
}

static int on_all(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct all *a = arg;
	const struct scan_term *t = &a->terms[id];
	struct hit *last = a->len > 0 && a->out ? &a->out[a->len - 1] : NULL;

	(void)flags, (void)from;
	if (a->scratch->counts[id] >= TERM_HITS_MAX)
		return 0;
	if (t->literal.p && !host_stands_alone(t, a->text, (size_t)to - t->literal.len, (size_t)to))
		return 0;
	/* A pattern that may end in several places is the same hit, grown. */
	if (last && last->term == id && !t->literal.p && to - last->to < 4) {
		last->to = (uint32_t)to;
		return 0;
	}
	if (a->len == a->max || !a->out)
		return 1;
	a->scratch->counts[id]++;
	a->out[a->len++] = (struct hit){ .term = id,
		.to = (uint32_t)to,
		.from = t->literal.p ? (uint32_t)(to - t->literal.len) : 0 };
	return 0;
}

size_t match_all(
    const struct matcher *m, struct match_scratch *s, struct str text, struct hit *out, size_t max)
{
	struct all a = { .scratch = s, .terms = m->terms, .text = text, .out = out, .max = max };

	memset(s->counts, 0, (s->terms_len + 1) * sizeof(*s->counts));
	run(m, BASE_ALL, s, text, on_all, &a);
	return a.len;
}

struct ending {
	uint32_t term;
	uint64_t at;
	bool found;
};

static int on_ending(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct ending *e = arg;

	(void)from, (void)flags;
	e->found = e->found || (id == e->term && to == e->at);
	return e->found;
}

/* Does the pattern still match with this end when the text begins here? */
static bool ends_from(const struct matcher *m, struct match_scratch *s, struct str text,
    const struct hit *h, uint32_t from)
{
	struct ending e = { .term = h->term, .at = h->to - from };

	/* One byte more, for the boundary behind the hit. */
	run(m, BASE_ALL, s, str_sub(text, from, e.at + 1), on_ending, &e);
	return e.found;
}

/* Vectorscan could tell begins itself, but then it is slower by a multiple, and some patterns grow too
 * large. The shortest match is what people want to see, and bisection finds it. */
uint32_t match_start(
    const struct matcher *m, struct match_scratch *s, struct str text, const struct hit *h)
{
	uint32_t low = h->to > START_WINDOW ? h->to - START_WINDOW : 0, high = h->to;

	if (m->terms[h->term].literal.p)
		return h->from;
	if (!ends_from(m, s, text, h, low))
		return h->to > START_GUESS ? h->to - START_GUESS : 0;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		if (ends_from(m, s, text, h, middle))
			low = middle;
		else
			high = middle;
	}
	return low;
}

struct paths {
	const struct scan_term *terms;
	uint32_t *out;
	size_t len, max;
};

static int on_path(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct paths *p = arg;

	(void)from, (void)to, (void)flags;
	if (p->len == p->max)
		return 1;
	p->out[p->len++] = p->terms[id].row;
	return 0;
}

size_t match_path(
    const struct matcher *m, struct match_scratch *s, struct str path, uint32_t *out, size_t max)
{
	struct paths p = { .terms = m->terms, .out = out, .max = max };

	run(m, BASE_PATH, s, path, on_path, &p);
	return p.len;
}
