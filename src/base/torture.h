/* base/torture.h: a deed done again and again, each time with another allocation failing. For
 * tests only; include it behind cmocka.h.
 *
 * The deed returns 0 or -E_NOMEM and undoes itself: whether it succeeded or not, nothing it made
 * is left. */
#ifndef BASE_TORTURE_H
#define BASE_TORTURE_H

#include "base/check.h"
#include "base/err.h"

/* Fails the first allocation, then the second, and so on until none was left to fail. */
static inline void torture(const char *name, int (*deed)(void *arg), void *arg)
{
	long made = 0;
	int rc;

	for (long n = 0; n <= made; n++) {
		long live = check_live();
		check_fail_alloc_after(n, false);
		rc = deed(arg);
		made = check_allocs();
		check_fail_alloc_after(-1, false);
		if (rc != (n < made ? -E_NOMEM : 0))
			fail_msg("%s: %s when allocation %ld of %ld failed", name, err_name(rc), n,
			    made);
		if (check_live() != live)
			fail_msg("%s: %ld blocks left when allocation %ld failed", name,
			    check_live() - live, n);
	}
}

#endif
