/* base/sandbox.h: a deed in a process of its own that may do nothing but compute and write its result.
 *
 * The process is this program, started anew: it has no secret of the caller's in its memory, none of
 * its locks, and is given one text. It reads that, lets `prepare` read what the deed needs, and then
 * gives up the rest: a filter of system calls (libseccomp) leaves it memory, threads of its own, the
 * clock and writing its result. Opening a file is an error to it, anything else the end of it. Time,
 * memory and output are limited.
 *
 *  (1) Whatever the process does, the caller goes on: a crash, an end in the filter, a limit that was
 *      reached and a process that hangs are errors with a sentence.
 *  (2) When sandbox_run returns the process is gone.
 *
 * Any thread may call it, several at once. It waits, so no loop's thread should. A program whose
 * deeds these are begins its main with sandbox_main. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sandbox_limits {
	int64_t time_ms;   /* by the clock on the wall */
	size_t memory_max; /* beyond what the program takes; not held under sanitizers */
	size_t output_max;
};

struct sandbox_deed {
	const char *name;
	struct sandbox_limits limits;
	/* With the files of the system still in reach; *ret_state is handed to `run`. May be NULL. */
	int (*prepare)(struct str input, void **ret_state, struct err *err);
	/* The result goes to `out`. */
	int (*run)(void *state, struct str input, struct buf *out, struct err *err);
};

/* Does not return in a process that was started for one of the deeds; NULL ends the list. */
void sandbox_main(int argc, char **argv, const struct sandbox_deed *const *deeds);

/* 0 and the result appended to `out`; the error of `prepare` or `run`, sentence included; -E_TIMEOUT,
 * -E_TOO_LARGE, or -E_IO for a process that came to no good end. */
MUST_CHECK int sandbox_run(
    const struct sandbox_deed *deed, struct str input, struct buf *out, struct err *err);

#endif
