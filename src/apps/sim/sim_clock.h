/* apps/sim/sim_clock.h: the simulator's own time.
 *
 * Real: the system's clock. Virtual: set by the control API; it stands still, so that what happens at an instant can
 * be told exactly, or runs on at the system's speed when that is asked for. Setting a real clock makes it a
 * virtual one that runs. It never reads base/clock's wall clock: a gateway in the same process may
 * be following this very simulator. */
#ifndef APPS_SIM_SIM_CLOCK_H
#define APPS_SIM_SIM_CLOCK_H

#include <stdbool.h>

#include "base/clock.h"

struct sim_clock {
	bool is_virtual;
	bool runs;
	time_ms base; /* the time shown at `since`, when virtual */
	mono_ns since;
};

/* A virtual clock starts standing still at `start`, or at the system's time when that is TIME_NONE. */
void sim_clock_init(struct sim_clock *c, bool is_virtual, time_ms start);
time_ms sim_clock_now(const struct sim_clock *c);
void sim_clock_set(struct sim_clock *c, time_ms now);
void sim_clock_run(struct sim_clock *c, bool runs);

#endif
