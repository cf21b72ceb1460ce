/* apps/scan/ignore.h: rules of .gitignore and .varcoignore files.
 *
 * One set of rules stands for one directory and hangs below that of the directory above; the deepest
 * rule that fits decides, and within a file the last. Sets are counted, so that a directory's may be
 * dropped while those below still use it. In .varcoignore a comment "# reason=\"…\" until=YYYY-MM-DD"
 * holds for the rules that follow it up to the next such comment or blank line; rules whose date is past
 * no longer hide anything. A comment "# varco:allow ROW reason=\"…\"" makes the rules behind it allow: the
 * files are read, and findings of that row (which may end in "*") in them are allowed with that reason. */
#ifndef APPS_SCAN_IGNORE_H
#define APPS_SCAN_IGNORE_H

#include "base/clock.h"
#include "base/str.h"

enum ignore_answer { IGNORE_NO, IGNORE_GIT, IGNORE_VARCO };

struct ignore;

/* The rules for the directory `dir` (path below the root, "" the root itself): those of `parent` (NULL:
 * none) and of the texts, either of which may be absent (p NULL). NULL when memory ran out. */
MUST_CHECK struct ignore *ignore_new(struct ignore *parent, struct str dir, struct str gitignore,
    struct str varcoignore, time_ms now);
/* The same for a directory above the root, from which `way` leads down to the root: "a/b". */
MUST_CHECK struct ignore *ignore_new_above(struct ignore *parent, struct str way,
    struct str gitignore, struct str varcoignore, time_ms now);
struct ignore *ignore_ref(struct ignore *ig); /* NULL-safe; returns ig */
void ignore_unref(struct ignore **pig);       /* from any thread */

/* `path` is below the root. */
enum ignore_answer ignore_asks(const struct ignore *ig, struct str path, bool is_dir);
/* Does an allowance hold for a finding of the row `id` in this file? *ret_reason is the rules' own. */
bool ignore_allows(const struct ignore *ig, struct str path, struct str id, struct str *ret_reason);

#endif
