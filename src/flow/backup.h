/* flow/backup.h: copies of the store in the folder "backups" of the state directory, each beside what was
 * found when it was checked.
 *
 * Made and checked away from the loop and the writer, on a reading connection; sends go on. A copy has the
 * store of one moment and no key: keys lie in the state directory, and belong somewhere else
 * (docs/backup.md). Names are "varco-20261122T100000Z.db". */
#ifndef FLOW_BACKUP_H
#define FLOW_BACKUP_H

#include "flow/core.h"

#define BACKUP_NAME_MAX 40

enum backup_state {
	BACKUP_UNCHECKED,
	BACKUP_GOOD,
	BACKUP_DAMAGED,
};
const char *backup_state_name(enum backup_state s); /* "good" */

struct backup {
	char name[BACKUP_NAME_MAX];
	time_ms at;
	int64_t bytes;
	enum backup_state state;
	time_ms checked_at; /* TIME_NONE = never */
	int64_t entries;    /* of the ledger in it */
	struct str problem; /* a sentence; p NULL = none */
};

/* What the clock does, and how far it is. */
struct backup_plan {
	int64_t every_ms, keep; /* every_ms 0 = nothing by the clock */
	time_ms good_at;        /* of the newest good copy; TIME_NONE = there is none */
	time_ms since;          /* its age counts from here: that, or when this Varco was set up */
};
MUST_CHECK int backup_plan(
    const struct core *core, struct arena *a, struct backup_plan *ret, struct err *err);
bool backup_is_due(const struct backup_plan *p, time_ms now);
/* Half as long again as it should be: one that failed was tried again by then. */
bool backup_is_overdue(const struct backup_plan *p, time_ms now);

/* In the transaction of `c`, a reading connection: the copy is checked before it counts, and of the good
 * ones only the newest `keep` stay (0 = all). -E_BUSY while another is made or checked, and when the disk
 * is low or would be before the copy is whole, which is looked at again with every MiB; -E_CONFLICT for a
 * second one in the same second; -E_TIMEOUT; -E_CLOSED once the gateway shuts down. On error nothing is
 * left of it. */
MUST_CHECK int backup_make(struct core *core, struct store_conn *c, int64_t keep, time_ms now,
    struct arena *a, struct backup *ret, struct err *err);
/* Opens it, and reads its whole ledger again. What is wrong with it is in *ret; <0 when nothing could be
 * said. -E_NOT_FOUND. */
MUST_CHECK int backup_verify(struct core *core, struct str name, time_ms now, struct arena *a,
    struct backup *ret, struct err *err);
/* What a crash left of copies that were being made: only files of such names, in that folder. Before the
 * first is made. */
void backup_sweep(const struct core *core);
/* Newest first. */
#define BACKUPS_MAX 500
MUST_CHECK int backup_list(const struct core *core, struct arena *a, struct backup **ret,
    size_t *ret_len, struct err *err);
/* -E_NOT_FOUND. */
MUST_CHECK int backup_find(
    const struct core *core, struct str name, struct arena *a, struct backup *ret, struct err *err);

#endif
