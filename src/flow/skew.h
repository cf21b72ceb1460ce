/* flow/skew.h: how far our wall clock is from the platform's, measured all the time.
 *
 * Every answer of the upstream bears a Date, a whole second that was true at some moment between
 * question and answer; and no fact of a webhook can have happened later than it came. Both bound the
 * platform's time against our monotonic clock, so a jump of our wall clock shows at once, without
 * waiting for the next answer, and a slow answer never looks like a wrong clock. One fact dated
 * ahead proves nothing: only when all of the last SKEW_FACTS were, it is our clock that is behind.
 * Late facts say nothing at all: Meta repeats for days what it could not deliver.
 *
 * From any thread. NULL is a clock that nobody watches: never off. Source of the figures:
 * reliability 2.3; they are the pack's ("clock"). */
#ifndef FLOW_SKEW_H
#define FLOW_SKEW_H

#include "base/clock.h"
#include "domain/pack.h"
#include "transport/upstream.h"

#define SKEW_FACTS 16

enum skew_grade {
	SKEW_FINE,
	SKEW_WARN,
	SKEW_ALARM,
	SKEW_SUSPECT, /* windows count as closed, warm-up stays on its day */
};

struct skew;
/* Our clock is taken to be right until somebody says otherwise. */
MUST_CHECK int skew_new(const struct pack_clock *limits, struct skew **ret, struct err *err);
void skew_free(struct skew **ps);

void skew_heard(struct skew *s, time_ms date, mono_ns asked, mono_ns answered);
/* The same from an answer that has just come, if it bears a date. */
void skew_answer(struct skew *s, const struct upstream_answer *answer);
void skew_fact(struct skew *s, time_ms at, mono_ns came);

/* Ours less theirs, now. */
int64_t skew_ms(struct skew *s);
enum skew_grade skew_grade(struct skew *s);
bool skew_is_suspect(struct skew *s);

#endif
