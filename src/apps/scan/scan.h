/* apps/scan/scan.h: walks paths, reads every file once, and says what it found and what it read.
 *
 * scan_run() needs no configuration, no server and no network: while it runs, the threads that read may
 * open files for reading and nothing else (apps/scan/sandbox.h). Trees are hostile: links are not
 * followed, what is no regular file is not opened, file systems of the kernel are left alone, archives
 * and long files are read within limits, and whatever is skipped is counted with its reason. Memory is
 * bounded by the number of threads, not by the tree. */
#ifndef APPS_SCAN_SCAN_H
#define APPS_SCAN_SCAN_H

#include "apps/scan/catalogue.h"
#include "base/clock.h"
#include "base/lang.h"

/* Why something was not read, or not wholly. The last column: the scan is incomplete by it. */
#define SCAN_SKIPS(X) \
	X(GIT_RULES, N_("ignored by .gitignore"), false) \
	X(VARCO_RULES, N_("ignored by .varcoignore"), false) \
	X(HISTORY, N_("history of a version control system"), false) \
	X(LINK, N_("symbolic links"), false) \
	X(SPECIAL, N_("no regular files (pipes, sockets, devices)"), false) \
	X(KERNEL, N_("file systems of the kernel"), false) \
	X(BINARY, \
	    N_("binary files that are no archive, database or profile: only their names count"), \
	    false) \
	X(EMPTY_HOLE, N_("holes of sparse files"), false) \
	X(LIMIT, N_("the rest of very long files"), false) \
	X(ARCHIVE_LIMIT, N_("archives beyond the limits"), false) \
	X(ARCHIVE_BROKEN, N_("archives that cannot be read"), false) \
	X(DEEP, N_("paths that are too long or too deep"), false) \
	X(CHANGED, N_("files that changed while they were read"), false) \
	X(UNREADABLE, N_("what could not be opened or read"), true)

enum scan_skip {
#define X(name, text, incomplete) SCAN_SKIP_##name,
	SCAN_SKIPS(X)
#undef X
	    SCAN_SKIPS_LEN
};
const char *scan_skip_text(enum scan_skip s); /* English msgid */

#define SCAN_SAMPLES 5

struct scan_coverage {
	uint64_t files, bytes, directories, archives, members;
	uint64_t parsed, malformed, too_large, truncated, dropped, marked;
	uint64_t skipped[SCAN_SKIPS_LEN];
	struct str samples[SCAN_SKIPS_LEN][SCAN_SAMPLES]; /* the first few paths of each */
};

struct scan_options {
	const char *const *roots;
	size_t roots_len;
	const char *const *catalogues; /* files that extend the built-in one */
	size_t catalogues_len;
	const char *cache_dir; /* NULL: none */
	unsigned jobs;         /* 0: as many as processors, at most 4 */
	bool no_ignore;        /* read what ignore files hide */
	bool notes;            /* keep what means nothing by itself */
	bool processes;        /* the running processes too */
	bool no_sandbox;
	time_ms now;
};

struct scan_result {
	struct catalogue *catalogue;
	struct arena *arena;
	const char *const *roots; /* borrowed from the options */
	size_t roots_len;
	struct scan_finding *findings; /* by root, path, line, id */
	size_t findings_len;
	struct scan_coverage coverage;
	time_ms started;
	int64_t took_ms;
	bool incomplete;
	bool
	    sandboxed; /* this system let the scan give up what it does not need, or nobody asked */
	struct judge **judges; /* owners of the strings */
	size_t judges_len;
};

MUST_CHECK int scan_run(const struct scan_options *o, struct scan_result **ret, struct err *err);
void scan_result_free(struct scan_result **pr);

/* Of all findings that no baseline, ignore file or inline rule allows; `root` -1: of all roots. */
enum scan_verdict scan_result_verdict(const struct scan_result *r, int root);

#endif
