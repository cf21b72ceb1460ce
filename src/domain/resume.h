/* domain/resume.h: marketing that the circuit breaker paused begins again by steps (the pack's
 * breaker.resume): a part of what it sent a day before, a larger one with each step, and one step
 * each step_ms for as long as every signal of the place stays under "warn".
 *
 * The part is kept by time: between two sends lies at least a day divided by what the part allows, and
 * the first comes as much behind the beginning of its step. So no stretch of time from there on has more than its
 * part, however busy it is and whatever was left unused. All of it is in the store: a restart changes
 * nothing. What a place sent a day before is the most that its hours of seven days add up to in any
 * 24, and never less than min_delivered, below which nothing would be judged. */
#ifndef DOMAIN_RESUME_H
#define DOMAIN_RESUME_H

#include "base/id.h"
#include "domain/facts.h"
#include "domain/pack.h"
#include "domain/signal.h"

struct resume {
	enum signal_scope scope;
	struct str id;
	int64_t a_day; /* marketing before the pause */
	int64_t step;  /* from 0 on */
	time_ms
	    since; /* the step began, or its signals were last at "warn"; TIME_NONE = the pause lasts */
	time_ms next_at; /* when the next may go */
};

/* The pack's part, in millionths, and the time between two sends, at least 1 ms. */
int64_t resume_share(const struct pack_breaker *b, const struct resume *r);
/* What its parts are of: never less than min_delivered. */
int64_t resume_a_day(const struct pack_breaker *b, const struct resume *r);
int64_t resume_interval(const struct pack_breaker *b, const struct resume *r);

/* A pause of the breaker's was set there: when it is over, the steps begin at the first. */
MUST_CHECK int resume_prepare(
    struct store_conn *c, enum signal_scope scope, struct str id, time_ms now, struct err *err);
/* Of a place that is paused no more and not at its full rate yet: 1 and *ret (its strings are the
 * caller's), else 0. Only reads: until somebody begins its steps, the first send is an interval away. */
MUST_CHECK int resume_find(struct store_conn *c, const struct pack_breaker *b,
    enum signal_scope scope, struct str id, time_ms now, struct resume *ret, struct err *err);
/* Its steps begin, unless something still pauses it or they began already. */
MUST_CHECK int resume_begin(struct store_conn *c, const struct pack_breaker *b,
    enum signal_scope scope, struct str id, time_ms now, struct err *err);
/* One send goes. */
MUST_CHECK int resume_spend(struct store_conn *c, const struct pack_breaker *b,
    const struct resume *r, time_ms now, struct err *err);
/* Somebody answers for the full rate at once: 1, or 0 when nothing was resuming there. */
MUST_CHECK int resume_end(
    struct store_conn *c, enum signal_scope scope, struct str id, struct err *err);
/* Steps of places whose pause has ended by itself begin, and the next step comes of each place whose time has come; behind the last one it is told by the alarm
 * "breaker.resumed". *ret_changed: a place is through, and the directory is out of date. */
MUST_CHECK int resume_watch(struct store_conn *c, const struct pack_breaker *b, struct id_gen *ids,
    time_ms now, bool *ret_changed, struct err *err);
/* Those whose pause is over, at most `limit`, by scope and id; in the arena. */
MUST_CHECK int resume_list(struct store_conn *c, size_t limit, struct arena *a, struct resume **ret,
    size_t *ret_len, struct err *err);

#endif
