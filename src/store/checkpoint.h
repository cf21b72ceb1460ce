/* store/checkpoint.h: moves the log into the store, off the commit path.
 *
 * Private to this floor: the writer's helper. It has a thread and a reading connection of its own.
 * After each commit the writer says how long the log is; when it has grown enough the helper moves
 * it while the writer goes on writing. The log begins anew only when all of it was moved at the
 * moment a transaction begins, which under steady writing never happens by itself: once the helper
 * has left little, the writer moves that little between two batches. Under the heaviest writing the
 * helper never leaves little; past a higher mark the writer then moves what there is.
 *
 * Failures are counted, never fatal: the log grows until a checkpoint succeeds. */
#ifndef STORE_CHECKPOINT_H
#define STORE_CHECKPOINT_H

#include "store/store.h"

struct checkpointer;

struct checkpointer_options {
	int64_t pages;      /* a log of so many wakes the helper */
	int64_t pages_hard; /* past so many the writer lends a hand */
};

struct checkpointer_stats {
	uint64_t done; /* rounds of the helper that moved pages or found none to move */
	uint64_t lent; /* times the writer lent a hand */
	uint64_t failed;
};

MUST_CHECK int checkpointer_start(struct store *s, const struct checkpointer_options *o,
    struct checkpointer **ret, struct err *err);
/* The log is emptied. After the writer's connection was closed. */
void checkpointer_stop(struct checkpointer **pp);
/* By the writer, between transactions, after each commit on its connection. */
void checkpointer_note(struct checkpointer *p, struct store_conn *writing);
void checkpointer_stats(struct checkpointer *p, struct checkpointer_stats *ret);

#endif
