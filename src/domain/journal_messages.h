/* domain/journal_messages.h: in which segments of the journal (journal_people.h) a message id of Meta's may be,
 * without an index that every send would pay for.
 *
 * Of each segment upkeep keeps Bloom filters of its sends' message ids: what is looked for by its id is in none of
 * the segments whose filter lacks it, and of twenty thousand others one seems to have it. A segment has none as long
 * as one of its sends may still get an id, and loses them when one does: then it may be in it. Nothing can be
 * read out of a filter, and those with somebody's ids in them go when they are forgotten. Inside the caller's transaction.
 *
 * A segment's filter is in parts, by the id; the parts of all segments lie together: who asks reads one. */
#ifndef DOMAIN_JOURNAL_MESSAGES_H
#define DOMAIN_JOURNAL_MESSAGES_H

#include "base/arena.h"
#include "store/store.h"

#define JOURNAL_MESSAGES_PARTS 8
#define JOURNAL_MESSAGES_BYTES 1536 /* of a part: all of them have 24 bits a send */

struct journal_messages {
	unsigned char bits[JOURNAL_MESSAGES_PARTS][JOURNAL_MESSAGES_BYTES];
	bool open; /* one of them may still get an id */
};

/* To begin with all is zero. `stored`: its state, as the row has it. */
void journal_messages_add(struct journal_messages *m, struct str wamid, int64_t stored);
/* Of a segment that is noted now. */
MUST_CHECK int journal_messages_keep(
    struct store_conn *c, int64_t segment, const struct journal_messages *m, struct err *err);
/* Makes the filter of at most one segment that has none, and could have one: 1 it did, 0 there is none. */
MUST_CHECK int journal_messages_note(struct store_conn *c, struct err *err);
/* The decision has an id that it did not have. */
MUST_CHECK int journal_messages_changed(struct store_conn *c, uint64_t decision, struct err *err);
MUST_CHECK int journal_messages_forget(struct store_conn *c, int64_t segment, struct err *err);
/* The segments where it may be, rising, in the arena. */
MUST_CHECK int journal_messages_find(struct store_conn *c, struct str wamid, struct arena *a,
    int64_t **ret, size_t *ret_len, struct err *err);

#endif
