/* apps/sim/sim_usage.h: how much of its quota of management calls a WABA and the app have used in the last hour,
 * in the two headers in which the platform tells it (platform facts 9). Sends and files are not among these calls. */
#ifndef APPS_SIM_SIM_USAGE_H
#define APPS_SIM_SIM_USAGE_H

#include "base/arena.h"
#include "base/clock.h"

#define SIM_USAGE_MINUTES 60

/* Calls by minute; zeroed is none. A clock that goes back forgets what lies ahead of it. */
struct sim_usage {
	int64_t minutes[SIM_USAGE_MINUTES]; /* which minute the place is of */
	int64_t calls[SIM_USAGE_MINUTES];
};

void sim_usage_count(struct sim_usage *u, time_ms now);
/* In the hour that ends now. */
int64_t sim_usage_calls(const struct sim_usage *u, time_ms now);
/* Minutes until there is one call more; 0 = there is now. */
int64_t sim_usage_regain(const struct sim_usage *u, int64_t limit, time_ms now);

/* The values of X-Business-Use-Case-Usage and X-App-Usage; p NULL when memory ran out. */
struct str sim_usage_business(
    struct arena *a, const char *waba, const struct sim_usage *u, int64_t limit, time_ms now);
struct str sim_usage_app(struct arena *a, const struct sim_usage *u, int64_t limit, time_ms now);

#endif
