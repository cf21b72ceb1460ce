/* Compiled databases are shared through one short list: a process reads the same pack again and again, in tests above
 * all. Scratch space belongs to one scan at a time and is handed round through a row of places; when all are empty a
 * new one is made, when all are full the one that comes back is freed. Vectorscan allocates by itself. */
#include "base/finder.h"

#include <hs.h>
#include <limits.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/check.h"
#include "base/pattern_cache.h"

#define SCRATCHES 8

/* Two sums of 64 bits and the lengths: the strings are an operator's own, nobody looks for a collision. */
struct digest {
	uint64_t a, b, len, bytes;
};

struct compiled {
	struct compiled *next;
	struct digest digest;
	hs_database_t *base;
	int users;
	hs_scratch_t *_Atomic scratches[SCRATCHES];
};

struct finder {
	const struct str *strings;
	size_t len;
	struct digest digest;
	struct compiled *_Atomic compiled;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct compiled *all;
static char cache_dir[PATH_MAX]; /* "": none */

/* --- what is shared --------------------------------------------------------------------------- */

static void compiled_free(struct compiled *c)
{
	for (size_t i = 0; i < SCRATCHES; i++)
		hs_free_scratch(atomic_load(&c->scratches[i]));
	hs_free_database(c->base);
	free(c);
}

/* Nobody's but the newest goes. */
static void drop_unused(const struct compiled *keep)
{
	for (struct compiled **at = &all; *at;) {
		struct compiled *c = *at;

		if (c == keep || c->users > 0) {
			at = &c->next;
			continue;
		}
		*at = c->next;
		compiled_free(c);
	}
}

static struct compiled *known(const struct digest *digest)
{
	struct compiled *c = all;

	while (c && memcmp(&c->digest, digest, sizeof(*digest)) != 0)
		c = c->next;
	return c;
}

struct literals {
	const char **text;
	size_t *lens;
	unsigned *flags, *ids;
};

static bool literals_make(const struct finder *f, struct literals *l)
{
	*l = (struct literals){ malloc(f->len * sizeof(*l->text)),
		malloc(f->len * sizeof(*l->lens)), calloc(f->len, sizeof(*l->flags)),
		malloc(f->len * sizeof(*l->ids)) };
	if (!l->text || !l->lens || !l->flags || !l->ids)
		return false;
	for (size_t i = 0; i < f->len; i++) {
		l->text[i] = f->strings[i].p;
		l->lens[i] = f->strings[i].len;
		l->ids[i] = (unsigned)i;
	}
	return true;
}

static hs_database_t *compile(const struct finder *f)
{
	hs_compile_error_t *why = NULL;
	hs_database_t *base = NULL;
	struct literals l;

	if (literals_make(f, &l) &&
	    hs_compile_lit_multi(l.text, l.flags, l.ids, l.lens, (unsigned)f->len, HS_MODE_BLOCK,
		NULL, &base, &why) != HS_SUCCESS)
		hs_free_compile_error(why);
	free(l.text);
	free(l.lens);
	free(l.flags);
	free(l.ids);
	return base;
}

/* Compiling takes a hundred times the memory of what it makes; the system gets that back at once. */
static hs_database_t *kept_or_compiled(const struct finder *f)
{
	const struct digest *d = &f->digest;
	struct pattern_cache cache = { cache_dir[0] ? cache_dir : NULL, "words.hsdb", STR_NONE };
	hs_database_t *base = NULL;
	char key[128];
	int n = snprintf(key, sizeof(key), "varco-scan: skip-file\nwords-1\n%llx %llx %llu %llu",
	    (unsigned long long)d->a, (unsigned long long)d->b, (unsigned long long)d->len,
	    (unsigned long long)d->bytes);

	cache.key = str_n(key, (size_t)n);
	if (pattern_cache_read(&cache, &base, 1) && base)
		return base;
	base = compile(f);
	if (base)
		pattern_cache_write(&cache, &base, 1);
	malloc_trim(0);
	return base;
}

static struct compiled *compiled_new(const struct finder *f)
{
	struct compiled *c = calloc(1, sizeof(*c));

	if (!c)
		return NULL;
	c->digest = f->digest;
	c->base = kept_or_compiled(f);
	if (!c->base) {
		free(c);
		return NULL;
	}
	c->next = all;
	all = c;
	return c;
}

void finder_cache_in(const char *dir)
{
	pthread_mutex_lock(&lock);
	if (str_to_c(str_c(dir), cache_dir, sizeof(cache_dir)) < 0)
		cache_dir[0] = '\0';
	pthread_mutex_unlock(&lock);
}

int finder_prepare(struct finder *f, struct err *err)
{
	struct compiled *c;

	if (f->len == 0 || atomic_load(&f->compiled))
		return 0;
	if (hs_valid_platform() != HS_SUCCESS)
		return err_set(err, E_UNSUPPORTED, "This processor lacks what vectorscan needs.");
	pthread_mutex_lock(&lock);
	c = atomic_load(&f->compiled);
	if (!c) {
		c = known(&f->digest);
		c = c ? c : compiled_new(f);
		if (c) {
			c->users++;
			atomic_store(&f->compiled, c);
			drop_unused(c);
		}
	}
	pthread_mutex_unlock(&lock);
	return c ? 0 : err_set(err, E_NOMEM, "Memory ran out.");
}

/* --- life ------------------------------------------------------------------------------------- */

static void digest_add(struct digest *d, unsigned char byte)
{
	d->a = (d->a ^ byte) * 0x100000001b3u;
	d->b = (d->b + byte) * 0x9e3779b97f4a7c15u;
	d->b ^= d->b >> 29;
	d->bytes++;
}

static struct digest digest_of(const struct str *strings, size_t len)
{
	struct digest d = { 0xcbf29ce484222325u, 1, len, 0 };

	for (size_t i = 0; i < len; i++) {
		for (size_t k = 0; k < strings[i].len; k++)
			digest_add(&d, (unsigned char)strings[i].p[k]);
		digest_add(&d, '\n');
	}
	return d;
}

int finder_new(const struct str *strings, size_t len, struct finder **ret, struct err *err)
{
	struct finder *f;

	if (len > FINDER_STRINGS_MAX)
		return err_set(err, E_TOO_LARGE, "There are too many strings to look for.");
	f = mem_alloc(sizeof(*f));
	if (!f)
		return err_set(err, E_NOMEM, "Memory ran out.");
	f->digest = digest_of(strings, len);
	f->strings = strings;
	f->len = len;
	*ret = f;
	return 0;
}

void finder_free(struct finder **pf)
{
	struct finder *f = *pf;

	if (!f)
		return;
	*pf = NULL;
	struct compiled *c = atomic_load(&f->compiled);
	if (c) {
		pthread_mutex_lock(&lock);
		c->users--;
		drop_unused(c);
		pthread_mutex_unlock(&lock);
	}
	mem_free(f);
}

/* --- finding ---------------------------------------------------------------------------------- */

static hs_scratch_t *scratch_take(struct compiled *c)
{
	hs_scratch_t *s = NULL;

	for (size_t i = 0; !s && i < SCRATCHES; i++)
		s = atomic_exchange(&c->scratches[i], NULL);
	if (!s && hs_alloc_scratch(c->base, &s) != HS_SUCCESS)
		return NULL;
	return s;
}

static void scratch_give(struct compiled *c, hs_scratch_t *s)
{
	for (size_t i = 0; s && i < SCRATCHES; i++)
		s = atomic_exchange(&c->scratches[i], s);
	hs_free_scratch(s);
}

struct finding {
	const struct str *strings;
	struct finder_hit *out;
	size_t len, max;
};

static int on_hit(
    unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *arg)
{
	struct finding *f = arg;

	(void)from, (void)flags;
	if (f->len == f->max)
		return 1;
	f->out[f->len++] = (struct finder_hit){ (uint32_t)(to - f->strings[id].len), (uint32_t)to,
		(uint32_t)id };
	return 0;
}

int finder_find(struct finder *f, struct str text, struct finder_hit *out, size_t max,
    size_t *ret_len, struct err *err)
{
	struct finding found = { f->strings, out, 0, max };
	int rc = finder_prepare(f, err);

	if (rc < 0)
		return rc;
	if (f->len > 0 && text.len > 0 && text.len <= UINT32_MAX) {
		struct compiled *c = atomic_load(&f->compiled);
		hs_scratch_t *s = scratch_take(c);

		if (!s)
			return err_set(err, E_NOMEM, "Memory ran out.");
		hs_error_t done = hs_scan(
		    c->base, text.p, (unsigned)text.len, 0, s, on_hit, &found);
		ASSERT(done == HS_SUCCESS || done == HS_SCAN_TERMINATED);
		scratch_give(c, s);
	}
	*ret_len = found.len;
	return 0;
}
