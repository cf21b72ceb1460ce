/* domain/budget.h: what may still be spent: distinct people per portfolio and warming number in a
 * rolling day, messages per second and per day of a number.
 *
 * Held in memory by the writer thread alone. Distinct people are durable as rows (`reach`) written in
 * the same transaction as the decision that spends, so a crash loses none and a race cannot
 * overspend. Hours (`number_hour`) are written when the caller flushes, about once a second; the count
 * of the present second is never written. After a rollback, budget_reload. A portfolio without a limit is not counted person by
 * person; when it gets one, budget_sync counts the last day from the journal. A reservation is a
 * decision that counted (decision.counted): released by a definite failure, turned into a count by
 * `delivered`, kept while the outcome is unknown, gone after 24 h. */
#ifndef DOMAIN_BUDGET_H
#define DOMAIN_BUDGET_H

#include "domain/directory.h"
#include "domain/warmup.h"

struct budget;

#define BUDGET_PORTFOLIO 1u /* bits of decision.counted */
#define BUDGET_WARMUP 2u
#define BUDGET_RELEASE 4u /* a place of its template's release (release.h), not kept here */
/* Once delivered the reservation is spent: the bits move up, so that it is turned into a count only
 * once. */
#define BUDGET_SPENT(counted) ((counted) << 4)

MUST_CHECK int budget_new(struct budget **ret, struct err *err);
void budget_free(struct budget **pb);
/* Everything from the rows as of `now`. What was not flushed is lost: after a rollback that is as
 * it should be, else budget_flush comes first. */
MUST_CHECK int budget_reload(struct budget *b, struct store_conn *c, const struct directory *d,
    const struct pack *pack, time_ms now, struct err *err);

/* A new directory is in force: portfolios that got a limit are counted from now on, numbers come
 * and go. */
MUST_CHECK int budget_sync(struct budget *b, struct store_conn *c, const struct directory *d,
    const struct pack *pack, time_ms now, struct err *err);

/* portfolio.unique_24h, person.counted_24h, number.sent_… and warmup of the facts. `person` 0 = not
 * known yet. With f->clock_suspect warm-up stays on the day that was told last. */
MUST_CHECK int budget_fill_facts(struct budget *b, struct store_conn *c, const struct dir_number *n,
    uint64_t person, const struct pack *pack, time_ms now, struct facts *f, struct err *err);

/* Distinct people of the portfolio's moving day, delivered to or reserved for; 0 of one without a limit. */
int64_t budget_people(const struct budget *b, struct str portfolio, time_ms now);

/* Spend for one send that goes on record as leaving. `want`: the bits that apply to it
 * (business-initiated with no window open: BUDGET_PORTFOLIO, and BUDGET_WARMUP on a warming
 * number). The number's messages are counted in any case. *ret_counted = the bits that hold a
 * reservation now. */
MUST_CHECK int budget_spend(struct budget *b, struct store_conn *c, const struct dir_number *n,
    uint64_t person, unsigned want, bool engaged, time_ms now, unsigned *ret_counted,
    struct err *err);
/* The send surely did not happen. Not for reservations older than the portfolio's window: those
 * have gone by themselves, and it would take away a younger one of the same person. */
MUST_CHECK int budget_release(struct budget *b, struct store_conn *c, const struct dir_number *n,
    uint64_t person, unsigned counted, struct err *err);
/* Meta said that the number is above its throughput: for `ms` half of what it had, and half of that
 * when it says so again meanwhile. Not kept over a restart. */
MUST_CHECK int budget_slow(struct budget *b, struct store_conn *c, const struct dir_number *n,
    int64_t ms, time_ms now, struct err *err);
/* delivered (or read) came: the day runs from `at`. */
MUST_CHECK int budget_delivered(struct budget *b, struct store_conn *c, const struct dir_number *n,
    uint64_t person, unsigned counted, time_ms at, struct err *err);

/* Before the commit: the hours that changed. */
MUST_CHECK int budget_flush(struct budget *b, struct store_conn *c, struct err *err);
/* Rows that no longer count are deleted; a bounded number is looked at per call, and the next call
 * goes on from there. */
MUST_CHECK int budget_purge(
    struct budget *b, struct store_conn *c, const struct pack *pack, time_ms now, struct err *err);

#endif
