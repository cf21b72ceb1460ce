#include "domain/warmup.h"

/* Days are calendar days in UTC: the day on which it began is day 1 however late it began. */
static int64_t calendar_day(time_ms t)
{
	int64_t day = t / MS_PER_DAY;

	return t % MS_PER_DAY < 0 ? day - 1 : day;
}

void warmup_day(const struct pack *pack, bool established, time_ms from, int64_t limit, time_ms now,
    struct warmup_day *ret)
{
	*ret = (struct warmup_day){ .active = false };
	if (established || from == TIME_NONE)
		return;
	int64_t day = now < from ? 1 : calendar_day(now) - calendar_day(from) + 1;
	if (day > pack_warmup(pack)->max_days)
		return;
	int64_t cap = pack_warmup_cap(pack, day);
	if (limit >= 0 && cap > limit)
		return;
	*ret = (struct warmup_day){ .active = true, .day = day, .cap = cap };
}
