/* domain/bulk.h: how often the same text went out in the last hour, for content.generic.
 *
 * Held in memory of a fixed size and begun anew at each start: it decides about a warning, nothing else. From any thread; the
 * writer's counts, and whoever looks ahead takes a copy. Where more texts go out in an hour than there is room for, those that came least often are forgotten
 * first: a count may be too low, and too high only by what a failing store took back. It runs in steps of five minutes, so that an hour is one of 55 to 60.
 * A struct bulk that is NULL counts nothing. */
#ifndef DOMAIN_BULK_H
#define DOMAIN_BULK_H

#include "base/clock.h"
#include "domain/message.h"

#define BULK_TEXTS 8192 /* that are remembered at most */

struct bulk;

MUST_CHECK int bulk_new(struct bulk **ret, struct err *err);
void bulk_free(struct bulk **pb);
/* As it is now; NULL gives NULL. -E_NOMEM. */
MUST_CHECK int bulk_copy(struct bulk *b, struct bulk **ret, struct err *err);

/* What `app` says from `number`, whoever it is said to: the same for the same type with the same members. Good for this
 * process only. */
uint64_t bulk_key(struct str app, struct str number, const struct message *send);
int64_t bulk_count(struct bulk *b, uint64_t key, time_ms now);
void bulk_add(struct bulk *b, uint64_t key, time_ms now);

#endif
