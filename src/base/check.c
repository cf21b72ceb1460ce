/* The countdown: `left` is the number of allocations that still succeed before one fails; -1 is
 * off. Once it struck, it either stays at 0 (for ever) or goes back to -1 (once). */
#include "base/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static _Thread_local struct {
	long left;
	long made;
	long live;
	bool for_ever;
	bool armed;
	void (*on_free)(const void *p);
} countdown;

void check_broken(const char *expr, const char *file, int line)
{
	(void)fprintf(stderr, "%s:%d: broken promise: %s\n", file, line, expr);
	abort();
}

static bool must_fail(void)
{
	countdown.made++;
	if (!countdown.armed)
		return false;
	if (countdown.left > 0) {
		countdown.left--;
		return false;
	}
	countdown.armed = countdown.for_ever;
	return true;
}

void *mem_alloc(size_t size)
{
	void *p = must_fail() ? NULL : calloc(1, size ? size : 1);

	countdown.live += p != NULL;
	return p;
}

void *mem_grow(void *p, size_t size)
{
	void *grown = must_fail() ? NULL : realloc(p, size ? size : 1);

	countdown.live += grown != NULL && p == NULL;
	return grown;
}

void mem_free(void *p)
{
	if (p && countdown.on_free)
		countdown.on_free(p);
	countdown.live -= p != NULL;
	free(p);
}

void mem_wipe(void *p, size_t len)
{
	if (len)
		explicit_bzero(p, len);
}

void check_fail_alloc_after(long n, bool for_ever)
{
	countdown.left = n;
	countdown.made = 0;
	countdown.for_ever = for_ever;
	countdown.armed = n >= 0;
}

long check_allocs(void)
{
	return countdown.made;
}

long check_live(void)
{
	return countdown.live;
}

void check_watch_free(void (*seen)(const void *p))
{
	countdown.on_free = seen;
}
