/* domain/restored.h: a store that was brought back from a copy of it. What happened between the copy and now is not
 * in it, so whatever may have gone out meanwhile is never sent by it, and nobody is written to for marketing
 * before somebody says that the opt-outs of that time are in it again (cannot tell never sends).
 *
 *  - What waited to be sent is `unknown`: it may have been sent.
 *  - Campaigns that had not ended are cancelled: nobody can tell who had them.
 *  - Marketing of every account is paused by PAUSE_BY_RESTORE, in observe mode too, until restored_confirm(); no
 *    other end of a pause ends it.
 *  - An entry of the ledger and an alarm tell of it.
 *
 * Inside the caller's transaction. */
#ifndef DOMAIN_RESTORED_H
#define DOMAIN_RESTORED_H

#include "base/id.h"
#include "domain/facts.h"
#include "domain/ledger.h"

#define RESTORED_CAMPAIGN "restored" /* the reason of its campaigns' end */

struct restored {
	time_ms copied_at; /* when the copy was made */
	int64_t sends;     /* that waited */
	int64_t campaigns; /* that had not ended */
};
/* At the start: 1 and what was found when the store bears the mark of a copy, which it then bears no longer; 0 it
 * is the one that it was. */
MUST_CHECK int restored_meet(struct store_conn *c, struct ledger *l, struct id_gen *ids,
    time_ms now, struct restored *ret, struct err *err);
/* 1 and since when marketing waits for it; 0 it does not. */
MUST_CHECK int restored_is_open(struct store_conn *c, time_ms *ret_since, struct err *err);
/* Somebody said so: 1, or 0 when nothing waited for it. */
MUST_CHECK int restored_confirm(
    struct store_conn *c, struct id_gen *ids, time_ms now, struct err *err);

#endif
