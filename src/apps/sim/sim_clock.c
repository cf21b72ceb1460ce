#include "apps/sim/sim_clock.h"

#include <time.h>

#define NS_PER_MS 1000000LL

static time_ms system_now(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_REALTIME, &ts);
	return (time_ms)ts.tv_sec * MS_PER_S + ts.tv_nsec / NS_PER_MS;
}

void sim_clock_init(struct sim_clock *c, bool is_virtual, time_ms start)
{
	*c = (struct sim_clock){ .is_virtual = is_virtual, .runs = !is_virtual };
	c->base = start == TIME_NONE ? system_now() : start;
	c->since = clock_mono();
}

time_ms sim_clock_now(const struct sim_clock *c)
{
	if (!c->is_virtual)
		return system_now();
	return c->runs ? c->base + (clock_mono() - c->since) / NS_PER_MS : c->base;
}

void sim_clock_set(struct sim_clock *c, time_ms now)
{
	c->is_virtual = true;
	c->base = now;
	c->since = clock_mono();
}

void sim_clock_run(struct sim_clock *c, bool runs)
{
	sim_clock_set(c, sim_clock_now(c));
	c->runs = runs;
}
