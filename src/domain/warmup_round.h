/* domain/warmup_round.h: warm-up of every number as time goes by: days end, Meta's RED is seen,
 * restrictions have ended, people override. Inside the caller's transaction; what changed is noted in
 * the history of the number, and the caller loads a new directory. */
#ifndef DOMAIN_WARMUP_ROUND_H
#define DOMAIN_WARMUP_ROUND_H

#include "domain/history.h"
#include "domain/warmup.h"

/* As on record, or as it begins. -E_NOT_FOUND (id). */
MUST_CHECK int warmup_read(
    struct store_conn *c, struct str number, struct warmup_state *ret, struct err *err);
/* What a number did on that calendar day, and how it stands now. */
MUST_CHECK int warmup_read_past(
    struct store_conn *c, struct str number, int64_t day, struct warmup_past *ret, struct err *err);
/* Called every few seconds: what there is to do for any number is done, once. *ret_changed: some
 * number may do more or less than before. */
MUST_CHECK int warmup_round(
    struct store_conn *c, const struct pack *pack, time_ms now, bool *ret_changed, struct err *err);
/* A restriction of the account, of sending, has ended: its numbers begin anew. */
MUST_CHECK int warmup_after_restriction(
    struct store_conn *c, const struct pack *pack, struct str waba, time_ms ended, struct err *err);
/* A person sets the cap, and says why: -E_RANGE (warmup_cap), -E_NOT_FOUND (id). */
MUST_CHECK int warmup_set_cap(
    struct store_conn *c, struct str number, int64_t cap, time_ms now, struct err *err);

#endif
