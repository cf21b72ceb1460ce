/* flow/witness.h: the ledger's upkeep: hashes of its tree are kept as it grows, a checkpoint is signed
 * every hour in which something came, and the newest one, which somebody may have asked for, is told
 * elsewhere: written to a file or into a directory, posted to an address, sent as a letter whose body is
 * the note. Who holds a checkpoint can tell when the ledger has been changed or rolled back since.
 *
 * What cannot be told leaves an alarm, once for each checkpoint, and is tried again every few
 * minutes; a newer checkpoint takes the place of one that was not told. When the place is reached
 * again, that is an alarm too: the all clear. */
#ifndef FLOW_WITNESS_H
#define FLOW_WITNESS_H

#include "flow/lane.h"
#include "flow/teller.h"

/* A checkpoint is due when the last one is as old. */
#define WITNESS_EVERY_MS MS_PER_HOUR
#define WITNESS_RETRY_MS (5 * MS_PER_MIN)

struct witness_options {
	const char *file; /* replaced each time; a directory gets a file for each; NULL = nowhere */
	const char *url;  /* gets the note as text/plain; NULL = nowhere */
	const struct teller_mailboxes *mailboxes; /* to_len 0 or NULL = no letters */
	const char *ca_file;                      /* NULL = the system's */
	int64_t retry_ms;                         /* before what could not be told is tried again */
};

struct witness;
/* Options are borrowed. */
MUST_CHECK int witness_open(
    struct lane *l, const struct witness_options *o, struct witness **ret, struct err *err);
/* One look at what is due; called every few seconds. */
void witness_run(struct witness *w);
/* Begins nothing more; before the loop is gone. NULL is nothing to stop. */
void witness_stop(struct witness *w);
bool witness_is_idle(const struct witness *w);
void witness_close(struct witness **pw); /* idle, and its loop does not run any more */

#endif
