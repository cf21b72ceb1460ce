/* apps/cli/case_stream.h: policy cases from a file, one JSON text at a time, in bounded memory.
 *
 * A file is JSON Lines, or one array, told by its first byte that is not white space. Only as much as one
 * case is held; a case of more than CASE_MAX bytes is skipped with an error. */
#ifndef APPS_CLI_CASE_STREAM_H
#define APPS_CLI_CASE_STREAM_H

#include "base/str.h"

#define CASE_MAX (4u << 20)

struct case_stream;

/* "-" is standard input. NULL and *err when it cannot be read. */
MUST_CHECK struct case_stream *case_stream_open(const char *path, struct err *err);
void case_stream_close(struct case_stream **ps);

/* The next case: 1, its text (until the next call) and the line on which it begins; 0 at the end;
 * -E_INVALID or -E_TOO_LARGE for one that is no case, with its line, after which the rest goes on; -E_IO or
 * -E_NOMEM, after which nothing does. */
MUST_CHECK int case_stream_next(
    struct case_stream *s, struct str *ret_text, int64_t *ret_line, struct err *err);

#endif
