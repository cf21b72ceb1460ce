/* domain/journal_people.h: which decisions are about a person, without an index that every send would
 * pay for.
 *
 * Some time after they were made, decisions are noted by upkeep, a segment of JOURNAL_SEGMENT at a time:
 * each segment leaves one row in each of JOURNAL_PARTS parts, and what is asked about a person reads one
 * part. Those not noted yet are looked through. What is found are candidates: the decision's row says
 * whose it is now. Inside the caller's transaction.
 *
 * What is noted is in the order of ids, and no decision gets an id below one that is on record. So
 * whatever is still on its way was noted, and then stands in the index of open sends, or has an id
 * behind the last one noted: start-up finds it without an index that every send would enter. */
#ifndef DOMAIN_JOURNAL_PEOPLE_H
#define DOMAIN_JOURNAL_PEOPLE_H

#include "base/arena.h"
#include "base/clock.h"
#include "store/store.h"

#define JOURNAL_SEGMENT 4096
#define JOURNAL_SETTLED_MS 10000 /* younger ones are not noted: they may still be on their way */
#define JOURNAL_PARTS 64

/* Notes at most one segment, with its message ids (journal_messages.h): 1 there is more to note, 0 there is not. */
MUST_CHECK int journal_people_note(struct store_conn *c, time_ms now, struct err *err);
/* The decision is about this person from now on, who it was not about. */
MUST_CHECK int journal_people_changed(
    struct store_conn *c, uint64_t decision, uint64_t person, struct err *err);
/* The ids of decisions about any of these people, rising, in the arena. */
MUST_CHECK int journal_people_find(struct store_conn *c, const uint64_t *people, size_t people_len,
    struct arena *a, uint64_t **ret, size_t *ret_len, struct err *err);
/* Where decisions may be that name one of these rules now: stretches of ids (from ≤ id < before), rising, in
 * the arena; the others name none of them. */
struct journal_stretch {
	uint64_t from, before;
};
MUST_CHECK int journal_people_stretches(struct store_conn *c, struct journal_stretch within,
    const struct str *rules, size_t rules_len, struct arena *a, struct journal_stretch **ret,
    size_t *ret_len, struct err *err);
/* Nothing that was noted names this person any more: for who forgets them. */
MUST_CHECK int journal_people_forget(struct store_conn *c, uint64_t person, struct err *err);

#endif
