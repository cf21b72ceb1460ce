/* domain/budget_view.h: what a number may still do today, for whoever asks why it is not more. Reads
 * what is on record; the writer's memory may be a commit ahead. */
#ifndef DOMAIN_BUDGET_VIEW_H
#define DOMAIN_BUDGET_VIEW_H

#include "domain/directory.h"
#include "domain/pack.h"

struct budget_view {
	/* The portfolio: distinct people of the moving day. */
	bool limited;
	int64_t limit, marketing; /* of the limit, what marketing may use */
	int64_t used;             /* messages were delivered to so many */
	int64_t reserved;         /* so many more have one under way */
	int64_t next_level;  /* that Meta would grant next; 0 = none, INT64_MAX = without a limit */
	int64_t grow_people; /* as many are to be reached for it */
	int64_t grow_days;   /* in so many days */
	int64_t sent_7d;     /* messages of all its numbers, a proxy for people */
	bool quality_good;   /* of all its numbers */
	/* Warm-up of the number; cap 0 = it is not warming up. */
	struct warmup_day day;
	enum warmup_phase phase;
	int64_t warm_used, warm_last_hour, hour_limit, next_cap;
	unsigned gates;                         /* not green so far today (warmup.h) */
	int64_t warm_last_minute, minute_limit; /* limit 0 = none today */
	int64_t
	    engaged_ppm; /* at least that part of today's people is to be engaged; 0 = none, PPM = all */
	/* The number's own history: messages; most 0 = it has none, and no spike. */
	int64_t sent_24h, highest, most;
	/* People whom marketing may still begin to write to now. INT64_MAX = no limit. */
	int64_t left;
};
/* Of a portfolio that has a limit: people reached, and people with a message under way. */
MUST_CHECK int budget_view_people(struct store_conn *c, const struct pack *pack,
    const struct dir_portfolio *p, time_ms now, int64_t *ret_used, int64_t *ret_reserved,
    struct err *err);
/* The part of its limit that marketing may use. */
int64_t budget_view_marketing(const struct pack *pack, int64_t limit);
MUST_CHECK int budget_view_read(struct store_conn *c, const struct pack *pack,
    const struct directory *d, const struct dir_number *n, time_ms now, struct budget_view *ret,
    struct err *err);

#endif
