/* base/sandbox.h: a deed in a child process that may do nothing but compute and write its result.
 *
 * The child is forked: it sees the caller's memory as it was. It gets rid of every descriptor but its
 * output, lets `prepare` read what the deed needs, and then gives up the rest: a filter of system
 * calls (libseccomp) leaves it memory, threads of its own, the clock and writing to that one
 * descriptor. Opening a file is an error to it, anything else the end of it. Time, memory and output
 * are limited.
 *
 *  (1) Whatever the child does, the caller goes on: a crash, an end in the filter, a limit that was
 *      reached and a child that hangs are errors with a sentence.
 *  (2) When sandbox_run returns there is no child any more.
 *
 * Any thread may call it, several at once. It waits for the child, so no loop's thread should. */
#ifndef BASE_SANDBOX_H
#define BASE_SANDBOX_H

#include <stddef.h>
#include <stdint.h>

#include "base/str.h"

struct sandbox_limits {
	int64_t time_ms;   /* by the clock on the wall, from the fork on */
	size_t memory_max; /* beyond what the caller has; not held under sanitizers */
	size_t output_max;
};

struct sandbox_deed {
	/* With the files of the system still in reach; may be NULL. */
	int (*prepare)(void *arg, struct err *err);
	/* Result appended to `out`. */
	int (*run)(void *arg, struct buf *out, struct err *err);
	void *arg;
};

/* 0 and the output appended to `out`; the error of `prepare` or `run`, sentence included; -E_TIMEOUT,
 * -E_TOO_LARGE, or -E_IO for a child that came to no good end. */
MUST_CHECK int sandbox_run(const struct sandbox_deed *deed, const struct sandbox_limits *limits,
    struct buf *out, struct err *err);

#endif
