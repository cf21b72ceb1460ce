/* domain/warmup.h: how much a young number may do today, and what it did to earn it. Pure.
 *
 * A day of the ramp is earned, not lived: the step up is taken when a day ends on which at least the
 * pack's share of the cap was used and every gate was green. Otherwise the cap stays; held twice in a row
 * it goes one step back. A day without any use, and a day under YELLOW, hold nothing against the number.
 * Days are calendar days in UTC, so that summer time makes none longer; a clock that goes back makes no
 * day count twice, one that jumps ahead makes none count that was not lived.
 *
 *      ramp ──(RED)──> after_red ─┐
 *        │ ──(restriction ends)──> after_restriction ─┤ (cap passes the limit, or the last day is earned)
 *        │ ──(30 days of silence)──> after_silence ───┤
 *        └──────────────────────────────────────────> done ──(RED, restriction, silence)──> … */
#ifndef DOMAIN_WARMUP_H
#define DOMAIN_WARMUP_H

#include "domain/pack.h"
#include "base/clock.h"

/* Stored; never renumber. */
enum warmup_phase {
	WARMUP_RAMP,              /* the pack's table, by day */
	WARMUP_AFTER_RED,         /* part of the last cap, growing slowly */
	WARMUP_AFTER_RESTRICTION, /* few a day, and never above `most` for a while */
	WARMUP_AFTER_SILENCE,
	WARMUP_OVERRIDE, /* a person set the cap */
	WARMUP_DONE,
};
const char *warmup_phase_name(enum warmup_phase p); /* "ramp", "after_red", … */

struct warmup_state {
	enum warmup_phase phase;
	int64_t day;                      /* of the ramp, 1 is the first */
	int64_t cap;                      /* outside the ramp: people a day */
	int64_t held;                     /* days in a row that were not earned */
	int64_t peak;                     /* most people on any day */
	int64_t used_day;                 /* calendar day of the last use; 0 = never used */
	int64_t stepped_day;              /* calendar day that began with the last step */
	int64_t most;                     /* the cap does not pass it until most_until */
	time_ms most_until, frozen_until; /* TIME_NONE = not */
	bool red;                         /* what RED brings was done already */
};

struct warmup_day {
	/* false: established, done, or the cap passed the portfolio's limit */
	bool active;
	int64_t day; /* 1, 2, 3 … of the ramp */
	int64_t cap;
	time_ms frozen_until; /* TIME_NONE = not frozen */
};

/* The calendar day of a time, in UTC. */
int64_t warmup_calendar_day(time_ms t);
/* A number whose warm-up begins then; TIME_NONE = it has none. */
void warmup_begin(time_ms from, struct warmup_state *ret);
/* limit -1 = the portfolio has none. */
void warmup_day(const struct pack *pack, bool established, const struct warmup_state *s,
    int64_t limit, time_ms now, struct warmup_day *ret);

/* Why a day was not earned. */
enum warmup_gate {
	WARMUP_GATE_USE = 1,
	WARMUP_GATE_QUALITY = 2,
	WARMUP_GATE_FAILURES = 4,
	WARMUP_GATE_OPT_OUTS = 8,
	WARMUP_GATE_SPAM = 16,     /* 131048 */
	WARMUP_GATE_TEMPLATE = 32, /* one is RED */
};

/* What the day was that ends now. */
struct warmup_past {
	int64_t used; /* people, or messages of a number that is done */
	int64_t sent, failed, delivered, opt_outs, spam;
	bool yellow, red, red_template;
};
enum warmup_step {
	WARMUP_SAME, /* no day has ended, or nothing counts for or against it */
	WARMUP_EARNED,
	WARMUP_HELD,
	WARMUP_BACK,
	WARMUP_ENDED,
};
/* The day that *s is in has ended when `now` is on a later one: the step that follows. *ret_gates:
 * those that were not green. */
enum warmup_step warmup_end_day(const struct pack *pack, struct warmup_state *s,
    const struct warmup_past *past, int64_t limit, time_ms now, unsigned *ret_gates);
/* Those of the day so far, for whoever asks what is missing. */
unsigned warmup_gates(const struct pack *pack, const struct warmup_past *past, int64_t cap);

/* What happens besides. */
void warmup_went_red(const struct pack *pack, struct warmup_state *s, time_ms now);
void warmup_was_restricted(const struct pack *pack, struct warmup_state *s, time_ms ended);
void warmup_override(struct warmup_state *s, int64_t cap, time_ms now);

#endif
