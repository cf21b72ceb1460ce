/* apps/sim/sim_ladder.h: the steps that Meta takes against an account, and against direct sends.
 *
 * A violation takes the next step: a warning, days without templates, days without messages, the lock; a lock that nobody
 * appeals against ends in the disabling, announced before. Restrictions end by the clock and are announced by nobody. Long
 * quiet forgives a step. Only an appeal ends a lock or a disabling. Direct sends have steps of their own, whose ends are announced.
 *  (1) Without an appeal and without forgiving, a violation never makes it milder (sim_ladder_test.c).
 * Pure: times are given. The figures: "ladder" and "direct" of packs/simulator.json. */
#ifndef APPS_SIM_SIM_LADDER_H
#define APPS_SIM_SIM_LADDER_H

#include "base/clock.h"
#include "apps/sim/sim_assume.h"

enum sim_standing {
	SIM_FREE,
	SIM_NO_TEMPLATES, /* nothing that the business begins */
	SIM_NO_MESSAGES,
	SIM_LOCKED,
	SIM_DISABLED
};

enum sim_measure {
	SIM_MEASURE_NONE,
	SIM_MEASURE_WARN,
	SIM_MEASURE_RESTRICT, /* see standing and until */
	SIM_MEASURE_LOCK,
	SIM_MEASURE_SCHEDULE, /* disabling is announced for disable_at */
	SIM_MEASURE_DISABLE,
	SIM_MEASURE_REINSTATE,
	SIM_MEASURE_END,    /* a restriction ran out: nobody is told */
	SIM_MEASURE_REFUSED /* an appeal changed nothing */
};

struct sim_ladder {
	enum sim_standing standing;
	unsigned steps;      /* taken */
	time_ms last, until; /* the last violation; the end of a restriction. TIME_NONE = none */
	time_ms disable_at;  /* TIME_NONE = not announced */
	time_ms appeal_at;   /* when it is answered; TIME_NONE = none under way */
	unsigned appeals;
};

void sim_ladder_init(struct sim_ladder *l);
/* One violation. SIM_MEASURE_NONE when it is too soon after the last one or nothing is left to do. */
enum sim_measure sim_ladder_violate(struct sim_ladder *l, const struct sim_assume *a, time_ms now);
/* One of the kind that has no ladder (fraud and worse): disabled at once. */
enum sim_measure sim_ladder_disable(struct sim_ladder *l, time_ms now);
/* Somebody asks for a review; it is answered later by sim_ladder_tick. False when one is under way or there is nothing to ask about. */
bool sim_ladder_appeal(struct sim_ladder *l, const struct sim_assume *a, time_ms now);
enum sim_measure sim_ladder_reinstate(struct sim_ladder *l);
/* What the clock brings; at most one measure a call, and `draw` (0 to 1) decides an appeal. */
enum sim_measure sim_ladder_tick(
    struct sim_ladder *l, const struct sim_assume *a, time_ms now, double draw);

/* The code a send is answered with, 0 = it may go. `begun`: by the business, no answer inside a window. */
int sim_ladder_refusal(const struct sim_ladder *l, bool begun, time_ms now);

/* --- direct sends -------------------------------------------------------------------------------- */

enum sim_direct_step {
	SIM_DIRECT_FREE,
	SIM_DIRECT_WARNED,
	SIM_DIRECT_CAPPED,
	SIM_DIRECT_STRIKE_1,
	SIM_DIRECT_STRIKE_2,
	SIM_DIRECT_OFF
};

struct sim_direct {
	enum sim_direct_step step;
	bool in_force;       /* the step's restriction */
	time_ms last, until; /* TIME_NONE: none, without end */
	double sent, selling;
	int64_t day, sent_today;
};

void sim_direct_init(struct sim_direct *d);
/* The code a direct send is answered with, 0 = it may go and is counted. */
int sim_direct_take(struct sim_direct *d, const struct sim_assume *a, bool sells, time_ms now);
/* True when the next step is taken now. */
bool sim_direct_judge(struct sim_direct *d, const struct sim_assume *a, time_ms now);
/* True when a restriction ended now. */
bool sim_direct_tick(struct sim_direct *d, time_ms now);

const char *sim_standing_name(enum sim_standing s);
const char *sim_measure_name(enum sim_measure m);
/* violation_type of the step, or of its end ("…_UNBAN"). */
const char *sim_direct_violation(const struct sim_direct *d, bool ended);

#endif
