/* domain/warmup.h: how much a young number may do today: the pack's cap table by calendar day since
 * it began (days are earned in a later version). Pure. */
#ifndef DOMAIN_WARMUP_H
#define DOMAIN_WARMUP_H

#include "domain/pack.h"
#include "base/clock.h"

struct warmup_day {
	/* false: established, longer than the pack's max_days, or the cap passed the portfolio's
	 * limit */
	bool active;
	int64_t day; /* 1, 2, 3 … */
	int64_t cap;
};
/* from: when warm-up began; limit -1 = the portfolio has none. */
void warmup_day(const struct pack *pack, bool established, time_ms from, int64_t limit, time_ms now,
    struct warmup_day *ret);

#endif
