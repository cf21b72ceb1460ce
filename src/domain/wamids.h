/* domain/wamids.h: which send of ours has this message id of Meta's, without an index that every send
 * would pay for: ids are random, so each send would change another page of it.
 *
 * Statuses name a send by our token (journal.h), and hardly ever by the message id alone. The newest
 * ids are remembered here, at their decisions; older ones are looked for among the sends to the person
 * that the fact names, which takes a walk over what is noted of people (journal_people.h). What is
 * remembered is a hint: the decision's row says whether it is so. For the writer's thread. */
#ifndef DOMAIN_WAMIDS_H
#define DOMAIN_WAMIDS_H

#include "domain/journal.h"

#define WAMIDS_KEPT 262144 /* about so many: 4 MiB */

struct wamids;

MUST_CHECK int wamids_new(struct wamids **ret, struct err *err);
void wamids_free(struct wamids **pw);
/* At start: the newest on record. */
MUST_CHECK int wamids_load(struct wamids *w, struct store_conn *c, struct err *err);
/* Also of what is not durable yet, and never will be: it does no harm. */
void wamids_note(struct wamids *w, struct str wamid, uint64_t decision);
/* 1 found, strings in the arena; 0 not among those remembered. */
MUST_CHECK int wamids_find(const struct wamids *w, struct store_conn *c, struct str wamid,
    struct arena *a, struct journal_entry *ret, struct err *err);
/* The same among all sends to the person. */
MUST_CHECK int wamids_find_of_person(struct store_conn *c, uint64_t person, struct str wamid,
    struct arena *a, struct journal_entry *ret, struct err *err);

#endif
