/* base/check.h: promises inside the house, and failing on purpose.
 *
 * ASSERT is for what can only be wrong if our own code is wrong; bad input never reaches it. It
 * stays on in release builds, prints file, line and the expression, and aborts.
 *
 * The countdown allocator: every allocation of the house goes through
 * mem_alloc/mem_grow/mem_free. A test calls check_fail_alloc_after(n): the n-th allocation from
 * now (0 = the next) fails, once or for ever; -1 switches it off. It is per thread, and compiled
 * into every build because it costs one test of a thread-local variable. */
#ifndef BASE_CHECK_H
#define BASE_CHECK_H

#include <stdbool.h>
#include <stddef.h>

#define ASSERT(e) ((e) ? (void)0 : check_broken(#e, __FILE__, __LINE__))
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

_Noreturn void check_broken(const char *expr, const char *file, int line);

/* malloc, realloc, free; NULL when memory ran out or a test made it so. mem_alloc zeroes. */
void *mem_alloc(size_t size);
void *mem_grow(void *p, size_t size);
void mem_free(void *p);
/* Overwrites what nobody reads again, which a compiler would leave out. */
void mem_wipe(void *p, size_t len);

/* Frees *pp and stores NULL; `pp` is the address of any pointer. */
#define MEM_FREE(pp) \
	do { \
		mem_free(*(pp)); \
		*(pp) = NULL; \
	} while (0)

void check_fail_alloc_after(long n, bool for_ever);
/* How many allocations this thread made since the last check_fail_alloc_after(). */
long check_allocs(void);
/* Allocations of this thread less those it freed: the same before and after means that nothing
 * leaked. */
long check_live(void);
/* `seen` looks at each block of this thread before it is freed; NULL switches it off. */
void check_watch_free(void (*seen)(const void *p));

#endif
