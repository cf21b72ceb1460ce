/* domain/register_use.h: what apps really send: from which numbers, for which purposes, how much a
 * day and when last.
 *
 * Counts gather in memory, on the writer thread, and are written every few seconds by upkeep: a crash
 * or a batch that was undone may forget those seconds, never more. */
#ifndef DOMAIN_REGISTER_USE_H
#define DOMAIN_REGISTER_USE_H

#include "base/clock.h"
#include "domain/purpose.h"
#include "store/store.h"

struct uses;
MUST_CHECK int uses_new(struct uses **ret, struct err *err);
void uses_free(struct uses **pu);
/* One send was recorded that was not refused. */
MUST_CHECK int uses_count(struct uses *u, struct str app, struct str number, enum purpose purpose,
    time_ms at, struct err *err);
bool uses_waiting(const struct uses *u);
/* Inside a transaction. Memory is empty after success. */
MUST_CHECK int uses_write(struct uses *u, struct store_conn *c, struct err *err);

struct use {
	struct str number;
	enum purpose purpose;
	int64_t n; /* since `since` */
	time_ms last_at;
};
/* Of one app in the days from `since` on, by number and purpose. */
MUST_CHECK int uses_of(struct store_conn *c, struct str app, time_ms since, struct arena *a,
    struct use **ret, size_t *ret_len, struct err *err);
/* Retention: a bounded number of days from before `before` a call; 1 there may be more. */
MUST_CHECK int uses_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
