/* Opens the catalogue and the matcher, starts the threads, waits, judges projects, sorts. */
#include "apps/scan/scan.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apps/scan/allow.h"
#include "apps/scan/own_modules.h"
#include "apps/scan/processes.h"
#include "apps/scan/sandbox.h"
#include "apps/scan/walk.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/lang.h"

#define JOBS_MAX 16
#define JOBS_DEFAULT_MAX 4
#define PARSE_MEMORY (24u << 20) /* of all threads together */

static const struct {
	const char *text;
	bool incomplete;
} skips[] = {
#define X(name, text, incomplete) { text, incomplete },
	SCAN_SKIPS(X)
#undef X
};

const char *scan_skip_text(enum scan_skip s)
{
	return skips[s].text;
}

struct worker {
	pthread_t thread;
	struct walk *walk;
	struct judge *judge;
	struct reader reader;
	struct scan_coverage coverage;
	struct arena *samples;
	bool sandboxed, started, no_sandbox;
};

/* --- threads ---------------------------------------------------------------------------------- */

static void *work(void *arg)
{
	struct worker *w = arg;

	w->sandboxed = w->no_sandbox || sandbox_thread() == 0;
	walk_work(w->walk, &w->reader);
	return NULL;
}

static unsigned jobs_of(const struct scan_options *o)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	if (o->jobs > 0)
		return o->jobs < JOBS_MAX ? o->jobs : JOBS_MAX;
	return n < 1 ? 1 : n > JOBS_DEFAULT_MAX ? JOBS_DEFAULT_MAX : (unsigned)n;
}

static int worker_init(struct worker *w, const struct scan_options *o, const struct matcher *m,
    const struct catalogue *c, struct walk *walk, unsigned jobs, struct arena *samples)
{
	struct judge_options jo = { .notes = o->notes, .now = o->now };

	w->walk = walk;
	w->no_sandbox = o->no_sandbox;
	w->judge = judge_new(c, m, &jo, PARSE_MEMORY / jobs + (8u << 20));
	w->samples = samples;
	if (!w->judge || !samples)
		return -E_NOMEM;
	return reader_init(&w->reader, w->judge, &w->coverage, samples);
}

static void add_coverage(struct scan_result *r, struct worker *w)
{
	struct scan_coverage *all = &r->coverage, *own = &w->coverage;
	const struct scan_notes *n = judge_notes(w->judge);

	all->files += own->files;
	all->bytes += own->bytes;
	all->directories += own->directories;
	all->archives += own->archives;
	all->members += own->members;
	all->parsed += n->parsed;
	all->malformed += n->malformed;
	all->too_large += n->too_large;
	all->truncated += n->truncated;
	all->dropped += n->dropped;
	all->marked += n->marked;
	for (int s = 0; s < SCAN_SKIPS_LEN; s++) {
		for (size_t i = 0; i < SCAN_SAMPLES; i++) {
			size_t at = all->skipped[s] + i;
			if (i < own->skipped[s] && at < SCAN_SAMPLES)
				all->samples[s][at] = arena_str(r->arena, own->samples[s][i]);
		}
		all->skipped[s] += own->skipped[s];
		r->incomplete = r->incomplete || (skips[s].incomplete && own->skipped[s] > 0);
	}
}

static int start_all(struct worker *workers, unsigned jobs, struct err *err)
{
	unsigned started = 0;

	for (unsigned i = 0; i < jobs; i++) {
		workers[i].started = pthread_create(&workers[i].thread, NULL, work, &workers[i]) ==
		    0;
		started += workers[i].started;
	}
	for (unsigned i = 0; i < jobs; i++) {
		if (workers[i].started)
			pthread_join(workers[i].thread, NULL);
	}
	return started > 0 ? 0 : err_set(err, E_NOMEM, "No thread could be started.");
}

/* --- putting together ------------------------------------------------------------------------- */

static int by_place(const void *a, const void *b)
{
	const struct scan_finding *x = a, *y = b;
	int by_path = str_cmp(x->path, y->path);

	if (x->root != y->root)
		return x->root < y->root ? -1 : 1;
	if (by_path != 0)
		return by_path;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column != y->column ? (x->column < y->column ? -1 : 1) : strcmp(x->id, y->id);
}

static void digest_of(const struct scan_finding *f, unsigned nth, char out[33])
{
	struct sha256 sum;
	char hex[2 * SHA256_LEN + 1];
	struct buf b;

	buf_init(&b, 0);
	buf_addf(&b, "%s\n%.*s\n%.*s\n%u", f->id, STR_ARG(f->path), STR_ARG(f->match), nth);
	crypto_sha256(buf_str(&b), &sum);
	buf_done(&b);
	hex_encode(sum.b, sizeof(sum.b), hex);
	memcpy(out, hex, 32);
	out[32] = '\0';
}

/* Row, path and what was matched, without the line, so that it survives lines that move; the same
 * thing twice in a file is told apart by its order. */
static void give_fingerprints(struct scan_result *r)
{
	for (size_t i = 0; i < r->findings_len; i++) {
		struct scan_finding *f = &r->findings[i];
		unsigned nth = 0;
		for (size_t k = i; k > 0 && str_eq(r->findings[k - 1].path, f->path) &&
		    r->findings[k - 1].root == f->root && i - k < 200;
		    k--)
			nth += r->findings[k - 1].id == f->id &&
			    str_eq(r->findings[k - 1].match, f->match);
		digest_of(f, nth, f->fingerprint);
	}
}

/* Of a session or a profile the first file is told: the others of its directory say the same. */
static bool says_the_same(const struct scan_finding *a, const struct scan_finding *b)
{
	const char *x = memrchr(a->path.p, '/', a->path.len),
		   *y = memrchr(b->path.p, '/', b->path.len);

	return a->line == 0 && b->line == 0 && a->id == b->id && a->root == b->root && x && y &&
	    str_eq(str_sub(a->path, 0, (size_t)(x - a->path.p)),
		str_sub(b->path, 0, (size_t)(y - b->path.p)));
}

static void drop_repeated(struct scan_result *r)
{
	size_t kept = 0;

	for (size_t i = 0; i < r->findings_len; i++) {
		bool said = false;
		for (size_t k = kept; k > 0 && kept - k < 8; k--)
			said = said || says_the_same(&r->findings[k - 1], &r->findings[i]);
		if (!said)
			r->findings[kept++] = r->findings[i];
	}
	r->findings_len = kept;
}

static int gather(struct scan_result *r, struct err *err)
{
	size_t n = 0;

	for (size_t i = 0; i < r->judges_len; i++)
		n += judge_notes(r->judges[i])->findings_len;
	r->findings = mem_alloc((n + 1) * sizeof(*r->findings));
	if (!r->findings)
		return err_set(err, E_NOMEM, "Memory ran out.");
	for (size_t i = 0; i < r->judges_len; i++) {
		const struct scan_notes *notes = judge_notes(r->judges[i]);
		if (notes->findings_len > 0)
			memcpy(r->findings + r->findings_len, notes->findings,
			    notes->findings_len * sizeof(*r->findings));
		r->findings_len += notes->findings_len;
	}
	qsort(r->findings, r->findings_len, sizeof(*r->findings), by_place);
	own_modules_drop(r);
	drop_repeated(r);
	give_fingerprints(r);
	return 0;
}

/* --- the whole -------------------------------------------------------------------------------- */

static int add_roots(struct walk *w, const struct scan_options *o, struct err *err)
{
	for (size_t i = 0; i < o->roots_len; i++) {
		int rc = walk_add_root(w, (unsigned)i, o->roots[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int run_workers(struct scan_result *r, const struct scan_options *o, const struct matcher *m,
    struct worker *workers, unsigned jobs, struct err *err)
{
	struct walk *walk = walk_new(o);
	int rc = walk ? add_roots(walk, o, err) : err_set(err, E_NOMEM, "Memory ran out.");

	for (unsigned i = 0; rc == 0 && i < jobs; i++) {
		rc = worker_init(
		    &workers[i], o, m, r->catalogue, walk, jobs, arena_new(0, 1 << 20));
		if (rc < 0)
			(void)err_set(err, E_NOMEM, "Memory ran out.");
		r->judges[i] = workers[i].judge;
		r->judges_len = i + 1;
	}
	if (rc == 0 && o->processes)
		rc = processes_read(&workers[0].reader, (unsigned)o->roots_len, err);
	if (rc == 0)
		r->sandboxed = o->no_sandbox || sandbox_process() == 0;
	if (rc == 0)
		rc = start_all(workers, jobs, err);
	if (rc == 0)
		judge_projects(r->judges, r->judges_len, walk_manifests(walk));
	for (unsigned i = 0; i < jobs; i++) {
		r->sandboxed = r->sandboxed && (workers[i].sandboxed || !workers[i].started);
		if (rc == 0)
			add_coverage(r, &workers[i]);
		reader_done(&workers[i].reader);
		arena_free(&workers[i].samples);
	}
	walk_free(&walk);
	return rc;
}

static int run(struct scan_result *r, const struct scan_options *o, struct err *err)
{
	unsigned jobs = jobs_of(o);
	struct worker *workers = mem_alloc(jobs * sizeof(*workers));
	struct matcher *m = NULL;
	int rc = catalogue_open(o->catalogues, o->catalogues_len, &r->catalogue, err);

	r->judges = mem_alloc(jobs * sizeof(struct judge *));
	if (rc == 0 && (!workers || !r->judges))
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	if (rc == 0)
		rc = matcher_open(r->catalogue, o->cache_dir, &m, err);
	if (rc == 0)
		rc = run_workers(r, o, m, workers, jobs, err);
	if (rc == 0)
		rc = gather(r, err);
	if (rc == 0 && !o->no_ignore)
		rc = allow_inline(r, o->now, err);
	if (rc == 0 && !o->no_ignore)
		rc = allow_by_rules(r, o->now, err);
	matcher_close(&m);
	MEM_FREE(&workers);
	return rc;
}

int scan_run(const struct scan_options *o, struct scan_result **ret, struct err *err)
{
	struct scan_result *r = mem_alloc(sizeof(*r));
	mono_ns begun = clock_mono();
	int rc;

	if (!r)
		return err_set(err, E_NOMEM, "Memory ran out.");
	r->arena = arena_new(0, 0);
	r->roots = o->roots;
	r->roots_len = o->roots_len;
	r->started = o->now;
	rc = r->arena ? run(r, o, err) : err_set(err, E_NOMEM, "Memory ran out.");
	if (rc < 0) {
		scan_result_free(&r);
		return rc;
	}
	r->took_ms = (clock_mono() - begun) / 1000000;
	*ret = r;
	return 0;
}

void scan_result_free(struct scan_result **pr)
{
	struct scan_result *r = *pr;

	if (!r)
		return;
	for (size_t i = 0; i < r->judges_len; i++)
		judge_free(&r->judges[i]);
	MEM_FREE(&r->judges);
	MEM_FREE(&r->findings);
	arena_free(&r->arena);
	catalogue_close(&r->catalogue);
	MEM_FREE(pr);
}

enum scan_verdict scan_result_verdict(const struct scan_result *r, int root)
{
	enum scan_verdict v = SCAN_CLEAN;

	for (size_t i = 0; i < r->findings_len; i++) {
		const struct scan_finding *f = &r->findings[i];
		bool counts = (root < 0 || f->root == (unsigned)root) && !f->allowed_by.p &&
		    f->verdict > SCAN_NOTE;
		if (counts && f->verdict > v)
			v = f->verdict;
	}
	return v;
}
