/* domain/indicators.h: what shows early that something goes wrong, over some hours: what came back on what each number
 * sent, and for which reasons sends were refused or failed. For whoever looks at it; no decision reads it. Reads only;
 * lists lie in the arena. */
#ifndef DOMAIN_INDICATORS_H
#define DOMAIN_INDICATORS_H

#include "domain/pack.h"
#include "domain/rule_id.h"
#include "domain/signal.h"

struct indicator_number {
	struct str number;
	struct signal_counts counts;
	int64_t sent_24h; /* messages of the last 24 hours, whatever the hours asked for */
	int64_t bypassed; /* messages that did not pass Varco */
};
/* Of all numbers that something came back on in the hours from that of `since` on, by their ids. */
MUST_CHECK int indicators_numbers(struct store_conn *c, time_ms since, time_ms now, struct arena *a,
    struct indicator_number **ret, size_t *ret_len, struct err *err);

#define INDICATOR_DECISIONS_MAX 20000
#define INDICATOR_CODES_MAX 100
struct indicator_reasons {
	int64_t looked_at; /* the newest decisions, at most INDICATOR_DECISIONS_MAX of them … */
	bool all;          /* … and whether these are all from `since` on */
	int64_t verdicts[3];
	int64_t
	    rules[RULES_COUNT]; /* decisions that a rule holds or refuses; one may have several */
	struct {
		int64_t code, n;
	} codes[INDICATOR_CODES_MAX]; /* error codes of Meta's, in no order */
	size_t codes_len;
};
/* Of all, or of those that `counts` says of their number (p NULL = they have none); it may be NULL. */
MUST_CHECK int indicators_reasons(struct store_conn *c, time_ms since,
    bool (*counts)(void *arg, struct str number), void *arg, struct indicator_reasons *ret,
    struct err *err);

/* Day by day (UTC) what a number sent and what came back: `days` of them, the last is that of `now`. */
struct indicator_day {
	time_ms at; /* 00:00 UTC */
	struct signal_counts counts;
};
MUST_CHECK int indicators_days(struct store_conn *c, struct str number, size_t days, time_ms now,
    struct arena *a, struct indicator_day **ret, struct err *err);

#endif
