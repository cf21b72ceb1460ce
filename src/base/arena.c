/* A chain of blocks; only the newest is allocated from, each is at least twice the one before up to
 * BLOCK_MOST. An invariant makes allocation a mere addition: every byte that was not handed out is
 * zero. New blocks come zeroed, and arena_reset wipes what was used of the block it keeps. */
#include "base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_POISON 1
#endif
#endif

#ifdef ARENA_POISON
#include <sanitizer/asan_interface.h>
#define HIDE(p, n) ASAN_POISON_MEMORY_REGION((p), (n))
#define SHOW(p, n) ASAN_UNPOISON_MEMORY_REGION((p), (n))
#else
#define HIDE(p, n) ((void)0)
#define SHOW(p, n) ((void)0)
#endif

#define ALIGN alignof(max_align_t)
#define FIRST_DEFAULT 2048
#define SHORT_TEXT 256
#define BLOCK_MOST ((size_t)256 * 1024)

struct block {
	struct block *older;
	size_t size, used;
	alignas(max_align_t) char bytes[];
};

struct hook {
	struct hook *older;
	void (*fn)(void *arg);
	void *arg;
};

struct arena {
	struct block *newest;
	struct hook *hooks;
	size_t used, max;
	bool secret; /* until the next reset */
};

static struct block *block_new(size_t size, struct block *older)
{
	if (size > SIZE_MAX - sizeof(struct block))
		return NULL;
	struct block *b = mem_alloc(sizeof(*b) + size);
	if (!b)
		return NULL;
	b->older = older;
	b->size = size;
	HIDE(b->bytes, size);
	return b;
}

static void block_free(struct block *b, bool secret)
{
	SHOW(b->bytes, b->size);
	if (secret)
		mem_wipe(b->bytes, b->used);
	mem_free(b);
}

static size_t round_up(size_t size)
{
	return (size + ALIGN - 1) & ~(ALIGN - 1);
}

/* The arena itself is outside its blocks, so that reset has nothing to step around. */
struct arena *arena_new(size_t first, size_t max)
{
	struct arena *a = mem_alloc(sizeof(*a));

	if (!a)
		return NULL;
	if (first > SIZE_MAX - ALIGN)
		first = SIZE_MAX - ALIGN;
	a->max = max ? max : SIZE_MAX;
	a->newest = block_new(round_up(first ? first : FIRST_DEFAULT), NULL);
	if (!a->newest)
		MEM_FREE(&a);
	return a;
}

static void run_hooks(struct arena *a)
{
	while (a->hooks) {
		struct hook *h = a->hooks;
		a->hooks = h->older;
		h->fn(h->arg);
	}
}

static void free_newer_blocks(struct arena *a)
{
	while (a->newest->older) {
		struct block *b = a->newest;
		a->newest = b->older;
		block_free(b, a->secret);
	}
}

void arena_free(struct arena **pa)
{
	struct arena *a = *pa;

	*pa = NULL;
	if (!a)
		return;
	run_hooks(a);
	free_newer_blocks(a);
	block_free(a->newest, a->secret);
	mem_free(a);
}

void arena_reset(struct arena *a)
{
	run_hooks(a);
	free_newer_blocks(a);
	struct block *first = a->newest;
	SHOW(first->bytes, first->used);
	memset(first->bytes, 0, first->used);
	HIDE(first->bytes, first->used);
	first->used = 0;
	a->used = 0;
	a->secret = false;
}

void arena_keep_secret(struct arena *a)
{
	a->secret = true;
}

static struct block *add_block(struct arena *a, size_t need)
{
	size_t size = a->newest->size < BLOCK_MOST / 2 ? a->newest->size * 2 : BLOCK_MOST;

	struct block *b = block_new(size < need ? need : size, a->newest);
	if (b)
		a->newest = b;
	return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
	struct block *b = a->newest;

	if (size > SIZE_MAX / 2)
		return NULL;
	size_t taken = round_up(size ? size : 1);
	if (taken > a->max - a->used)
		return NULL;
	if (taken > b->size - b->used)
		b = add_block(a, taken);
	if (!b)
		return NULL;
	void *p = b->bytes + b->used;
	b->used += taken;
	a->used += taken;
	SHOW(p, size);
	return p;
}

void *arena_array(struct arena *a, size_t item, size_t n)
{
	if (item && n > SIZE_MAX / item)
		return NULL;
	return arena_alloc(a, item * n);
}

struct str arena_str(struct arena *a, struct str s)
{
	char *p = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;

	if (!p)
		return STR_NONE;
	if (s.len)
		memcpy(p, s.p, s.len);
	return str_n(p, s.len);
}

char *arena_c(struct arena *a, struct str s)
{
	return (char *)arena_str(a, s).p;
}

struct str arena_join(struct arena *a, const struct str *parts, size_t n)
{
	size_t len = 0;

	for (size_t i = 0; i < n; i++)
		len = parts[i].len < SIZE_MAX - len ? len + parts[i].len : SIZE_MAX;
	char *p = len < SIZE_MAX ? arena_alloc(a, len + 1) : NULL;
	if (!p)
		return STR_NONE;
	char *to = p;
	for (size_t i = 0; i < n; i++) {
		if (parts[i].len)
			memcpy(to, parts[i].p, parts[i].len);
		to += parts[i].len;
	}
	return str_n(p, len);
}

/* Most texts are short: they are made once, and copied. */
struct str arena_printf(struct arena *a, const char *fmt, ...)
{
	char few[SHORT_TEXT];
	va_list ap;

	va_start(ap, fmt);
	int len = vsnprintf(few, sizeof(few), fmt, ap);
	va_end(ap);
	if (len >= 0 && (size_t)len < sizeof(few))
		return arena_str(a, str_n(few, (size_t)len));
	char *p = len >= 0 ? arena_alloc(a, (size_t)len + 1) : NULL;
	if (!p)
		return STR_NONE;
	va_start(ap, fmt);
	(void)vsnprintf(p, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return str_n(p, (size_t)len);
}

int arena_defer(struct arena *a, void (*fn)(void *arg), void *arg)
{
	struct hook *h = ARENA_NEW(a, struct hook);

	if (!h)
		return -E_NOMEM;
	*h = (struct hook){ .older = a->hooks, .fn = fn, .arg = arg };
	a->hooks = h;
	return 0;
}

size_t arena_used(const struct arena *a)
{
	return a->used;
}
