/* domain/restriction.h: what is kept of somebody who was forgotten, for the defence of claims only
 * (art. 17.3.e and 18 GDPR): sealed with a key of its own, opened one at a time, destroyed at a date.
 * Inside the caller's transaction. */
#ifndef DOMAIN_RESTRICTION_H
#define DOMAIN_RESTRICTION_H

#include "base/clock.h"
#include "base/id.h"
#include "domain/keyring.h"

struct restriction {
	uint64_t id; /* "res_…" */
	time_ms at, until;
};

MUST_CHECK int restriction_add(
    struct store_conn *c, const struct restriction *r, struct str body, struct err *err);
/* 1 and the body appended to `out`; 0 when there is none, or not any more at `now`. */
MUST_CHECK int restriction_open(struct store_conn *c, uint64_t id, time_ms now,
    struct restriction *ret, struct buf *out, struct err *err);
/* The oldest first, `limit` at most. */
MUST_CHECK int restriction_list(struct store_conn *c, uint64_t after, size_t limit, struct arena *a,
    struct restriction **ret, size_t *ret_len, struct err *err);
/* Those whose date has come, a bounded number per call; 1 there may be more, 0 there is none. */
MUST_CHECK int restriction_purge(struct store_conn *c, time_ms now, struct err *err);

#endif
