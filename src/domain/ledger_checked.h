/* domain/ledger_checked.h: what the last check of the ledger (ledger_check.h) by this gateway found, and when. A note for
 * those who look at it: whoever could change the ledger could change this as well, and a verifier elsewhere believes
 * neither. */
#ifndef DOMAIN_LEDGER_CHECKED_H
#define DOMAIN_LEDGER_CHECKED_H

#include "base/arena.h"
#include "base/clock.h"
#include "domain/ledger_check.h"

struct ledger_checked {
	time_ms at;
	int64_t entries, covered, checkpoints;
	struct ledger_finding finding;
};
/* In the caller's transaction, in place of the one before. */
MUST_CHECK int ledger_checked_set(
    struct store_conn *c, const struct ledger_report *report, time_ms at, struct err *err);
/* 1, or 0 when it was never checked. */
MUST_CHECK int ledger_checked_get(
    struct store_conn *c, struct ledger_checked *ret, struct err *err);

#endif
