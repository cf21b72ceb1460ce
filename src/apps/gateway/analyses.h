/* apps/gateway/analyses.h: analyses of past traffic that somebody asked the gateway for (apps/analyze).
 *
 * Each runs in a process of its own, this program started anew as `varco analyze`, which gets the files as
 * descriptors and has neither the store nor a secret: one at a time, with bounds on time, memory and disk.
 * A thread waits for it. What comes of it is kept in files that have no name any more, for an hour, or
 * until somebody drops it, or until the gateway ends: nothing is left behind. Any thread may call. */
#ifndef APPS_GATEWAY_ANALYSES_H
#define APPS_GATEWAY_ANALYSES_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/lang.h"
#include "base/spool.h"

#define ANALYSES_MAX 4 /* kept at once */
#define ANALYSIS_KEEP_MS MS_PER_HOUR
#define ANALYSIS_REPORT_MAX ((size_t)16 << 20)
#define ANALYSIS_NAME_MAX 200

enum analysis_file {
	ANALYSIS_TRAFFIC,
	ANALYSIS_CONSENTS,
	ANALYSIS_INBOUND,
	ANALYSIS_TEMPLATES,
	ANALYSIS_FILES
};
enum analysis_state { ANALYSIS_RUNNING, ANALYSIS_DONE, ANALYSIS_FAILED };
const char *analysis_state_name(enum analysis_state s); /* "running", "done", "failed" */
enum analysis_form { ANALYSIS_JSON, ANALYSIS_HTML, ANALYSIS_PEOPLE, ANALYSIS_FORMS };

struct analysis_ask {
	uint64_t id;
	time_ms at;
	enum lang lang;
	struct str name; /* of the traffic */
	struct spool
	    *files[ANALYSIS_FILES]; /* NULL = none; they stay the caller's, and may go at once */
	struct str map, country, zone, policy; /* p NULL = not told; policy: path of a pack */
	bool month_first;
};

struct analysis_seen {
	uint64_t id;
	time_ms at, ended_at; /* TIME_NONE = not yet */
	struct str name;
	enum analysis_state state;
	bool judges;     /* it has read everything */
	struct str file; /* that is being read; p NULL = none */
	int64_t rows, percent;
	struct str problem; /* why it failed, a sentence; p NULL = it did not */
};

struct analyses_limits {
	int64_t time_ms;
	uint64_t memory_max, disk_max; /* bytes; not held under sanitizers: memory */
};

struct analyses;
/* In `dir`, which is made when it is not there, and emptied; `program` NULL = this one. */
MUST_CHECK int analyses_new(const char *dir, const char *program,
    const struct analyses_limits *limits, struct analyses **ret, struct err *err);
/* Ends what runs. */
void analyses_free(struct analyses **pa);

/* -E_BUSY: one is under way, or none of those that are kept is old enough to go; -E_IO, -E_NOMEM. */
MUST_CHECK int analyses_start(struct analyses *a, const struct analysis_ask *ask, struct err *err);
/* Strings lie in the arena. True, or false when there is none. */
bool analyses_get(struct analyses *a, uint64_t id, struct arena *arena, struct analysis_seen *ret);
/* The newest first; returns how many. */
size_t analyses_list(
    struct analyses *a, struct arena *arena, struct analysis_seen ret[ANALYSES_MAX]);
/* A descriptor of the caller's own, to read from its start with pread(); -1 = there is no such one, or it
 * is not done. */
int analyses_open(struct analyses *a, uint64_t id, enum analysis_form form);
/* Ends it, if it runs, and drops what came of it. False: there was none. */
bool analyses_drop(struct analyses *a, uint64_t id);

#endif
