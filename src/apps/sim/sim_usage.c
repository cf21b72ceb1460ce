#include "apps/sim/sim_usage.h"

#include "apps/sim/assumptions.h"

static int64_t minute_of(time_ms t)
{
	return t / MS_PER_MIN;
}

void sim_usage_count(struct sim_usage *u, time_ms now)
{
	int64_t minute = minute_of(now);
	size_t i = (size_t)(minute % SIM_USAGE_MINUTES);

	if (u->minutes[i] != minute)
		u->calls[i] = 0;
	u->minutes[i] = minute;
	u->calls[i]++;
}

/* In the minutes after `since`, up to `until`. */
static int64_t sum(const struct sim_usage *u, int64_t since, int64_t until)
{
	int64_t n = 0;

	for (size_t i = 0; i < SIM_USAGE_MINUTES; i++)
		n += u->minutes[i] > since && u->minutes[i] <= until ? u->calls[i] : 0;
	return n;
}

int64_t sim_usage_calls(const struct sim_usage *u, time_ms now)
{
	return sum(u, minute_of(now) - SIM_USAGE_MINUTES, minute_of(now));
}

int64_t sim_usage_regain(const struct sim_usage *u, int64_t limit, time_ms now)
{
	int64_t wait = 0, minute = minute_of(now);

	while (
	    wait < SIM_USAGE_MINUTES && sum(u, minute - SIM_USAGE_MINUTES + wait, minute) >= limit)
		wait++;
	return wait;
}

static int64_t percent(int64_t calls, int64_t limit)
{
	return limit > 0 ? calls * 100 / limit : 100;
}

struct str sim_usage_business(
    struct arena *a, const char *waba, const struct sim_usage *u, int64_t limit, time_ms now)
{
	int64_t used = percent(sim_usage_calls(u, now), limit);

	return arena_printf(a,
	    "{\"%s\":[{\"type\":\"whatsapp_business_management\",\"call_count\":%lld,"
	    "\"total_cputime\":%lld,\"total_time\":%lld,\"estimated_time_to_regain_access\":%lld}]}",
	    waba, (long long)used, (long long)(used * ASSUME_TIME_PERCENT / 100),
	    (long long)(used * ASSUME_TIME_PERCENT / 100),
	    (long long)sim_usage_regain(u, limit, now));
}

struct str sim_usage_app(struct arena *a, const struct sim_usage *u, int64_t limit, time_ms now)
{
	int64_t used = percent(sim_usage_calls(u, now), limit);

	return arena_printf(a, "{\"call_count\":%lld,\"total_cputime\":%lld,\"total_time\":%lld}",
	    (long long)used, (long long)(used * ASSUME_TIME_PERCENT / 100),
	    (long long)(used * ASSUME_TIME_PERCENT / 100));
}
