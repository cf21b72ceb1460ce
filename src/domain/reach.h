/* domain/reach.h: the distinct people of one scope in a rolling day: in memory for the answer, as
 * rows for the proof.
 *
 * A scope is a portfolio or a warming number. A person counts from a reservation (while any of
 * theirs is open) or from a delivery, for `window_ms` from the later of the two. The rows (table
 * `reach`) are written in the caller's transaction together with the memory; after a rollback the
 * caller reloads. Belongs to the writer thread. */
#ifndef DOMAIN_REACH_H
#define DOMAIN_REACH_H

#include "base/clock.h"
#include "store/store.h"

struct reach;

/* `scope` is copied. Reads the rows that still count at `now`. */
MUST_CHECK int reach_load(struct store_conn *c, struct str scope, int64_t window_ms, time_ms now,
    struct reach **ret, struct err *err);
void reach_free(struct reach **pr);

/* Distinct people who count at `now`. */
int64_t reach_count(struct reach *r, time_ms now);
bool reach_has(struct reach *r, uint64_t person, time_ms now);
/* Of those who count: how many were reserved after `since`. O(people). */
int64_t reach_since(const struct reach *r, time_ms since);
/* The share of engaged ones among those who count; 1 when nobody does. O(people). */
double reach_engaged_share(const struct reach *r);

MUST_CHECK int reach_reserve(struct reach *r, struct store_conn *c, uint64_t person, bool engaged,
    time_ms now, struct err *err);
/* One reservation surely came to nothing. */
MUST_CHECK int reach_release(
    struct reach *r, struct store_conn *c, uint64_t person, struct err *err);
/* One reservation was delivered at `at`. A person who was reserved after that counts from then. */
MUST_CHECK int reach_deliver(
    struct reach *r, struct store_conn *c, uint64_t person, time_ms at, struct err *err);

#endif
