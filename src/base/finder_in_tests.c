/* Linked into the tests above this floor: what one of them compiled serves the next, as it does for the processes of
 * the binary (main.c). Hundreds of programs start in a run, and half of the time of many went into compiling the
 * built-in pack again. */
#include <limits.h>
#include <stdlib.h>

#include "base/finder.h"
#include "base/pattern_cache.h"

__attribute__((constructor)) static void keep_compiled(void)
{
	char dir[PATH_MAX];

	/* Never where whoever runs a test by hand keeps theirs. */
	if (getenv("XDG_CACHE_HOME") && pattern_cache_dir("varco", dir, sizeof(dir)))
		finder_cache_in(dir);
}
