/* flow/shares.h: tells people how much of a portfolio's limit marketing has used, before it is held: the
 * alarm "portfolio.share" at each of the pack's levels (portfolio.alert), "portfolio.share_used" when
 * nothing is left of marketing's share, and "portfolio.share_fine" when it is below the first level
 * again. Which was told last is remembered in memory, and after a start taken from the alarms. */
#ifndef FLOW_SHARES_H
#define FLOW_SHARES_H

#include "flow/core.h"

/* Part of upkeep, on the writer. `told`: what was told last, by the hash of the portfolio's id; the
 * caller keeps it only when what was told is durable. */
MUST_CHECK int shares_watch(
    struct core *core, struct store_conn *c, struct imap *told, time_ms now, struct err *err);

#endif
