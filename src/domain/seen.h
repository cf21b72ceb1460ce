/* domain/seen.h: which facts of Meta's came before, and who wrote a message.
 *
 * A fact is known again by its key, half of a SHA-256 that tells facts apart for as long as they
 * are kept, and by its own time. Keys are random, and rows at random places cost a page each; so
 * new facts are kept in the writer thread's memory first. What a transaction learned is one row of
 * `seen_log`; every SEEN_WAIT_MOST facts all that wait there go into `seen`, those of one second
 * (Meta tells whole seconds) in one row. Both happen in the transaction of the facts themselves.
 *
 *  (1) Whatever was added in a transaction that was committed is known for ever after (until it is
 *      purged), crash or not; of one that was rolled back nothing is (seen_undo).
 *  (2) Memory holds what is not in `seen` yet and the `keep` newest facts, no more.
 *  (3) `seen` is asked only about facts that are older than all that memory is sure of.
 *
 * Only the writer's thread and transaction use it. */
#ifndef DOMAIN_SEEN_H
#define DOMAIN_SEEN_H

#include "base/clock.h"
#include "store/store.h"

#define SEEN_KEY_LEN 16
#define SEEN_WAIT_MOST 4096
#define SEEN_KEEP (256u << 10) /* the ordinary `keep`: 40 bytes each, and 8 for finding them */

struct seen;

struct seen_fact {
	uint8_t key[SEEN_KEY_LEN];
	time_ms at; /* its own time; TIME_NONE without */
};

/* As the store is. `keep`: a power of two, at least SEEN_KEEP_LEAST. */
#define SEEN_KEEP_LEAST 1024
MUST_CHECK int seen_load(struct store_conn *c, size_t keep, struct seen **ret, struct err *err);
void seen_free(struct seen **ps);

/* 1 = new and now remembered; 0 = seen before. */
MUST_CHECK int seen_add(struct seen *s, struct store_conn *c, const struct seen_fact *fact,
    time_ms now, struct err *err);
/* Who wrote that message, so that a typing indicator, which names only the message, can be judged.
 * In the transaction that added it. */
void seen_set_person(struct seen *s, const uint8_t key[SEEN_KEY_LEN], uint64_t person);
/* 1 and *ret; 0 unknown, or no longer in memory. */
MUST_CHECK int seen_person(struct seen *s, struct store_conn *c, const uint8_t key[SEEN_KEY_LEN],
    uint64_t *ret, struct err *err);

/* The last thing before the commit: what was added is written. */
MUST_CHECK int seen_write(struct seen *s, struct store_conn *c, struct err *err);
void seen_committed(struct seen *s);
/* Rolled back. Of a commit that failed one cannot know: if the store has it after all, memory is
 * loaded anew. */
MUST_CHECK int seen_undo(struct seen *s, struct store_conn *c, struct err *err);

/* Retention: facts that came before `before` and are older, a bounded number of rows per call; 1 there
 * may be more, 0 there is none. */
MUST_CHECK int seen_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
