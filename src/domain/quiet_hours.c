#include "domain/quiet_hours.h"

void quiet_zones_of(struct str timezone, struct phone phone, struct str country, time_ms now,
    struct quiet_zones *ret)
{
	int second, weekday;

	ret->len = 0;
	if (timezone.len > 0 && time_local(timezone, now, &second, &weekday) == 0)
		ret->names[ret->len++] = timezone;
	if (ret->len == 0 && phone.number != 0)
		ret->len = phone_country_zones(phone_country(phone), ret->names, PHONE_ZONES_MAX);
	if (ret->len == 0)
		ret->len = phone_country_zones(country, ret->names, PHONE_ZONES_MAX);
}

static bool is_quiet(const struct pack_quiet_hours *q, struct str zone, time_ms t)
{
	int second, weekday;

	if (time_local(zone, t, &second, &weekday) < 0)
		return false;
	if (q->sundays && weekday == 0)
		return true;
	if (q->from_s > q->to_s)
		return second >= q->from_s || second < q->to_s;
	return second >= q->from_s && second < q->to_s;
}

struct str quiet_where(
    const struct pack_quiet_hours *q, const struct quiet_zones *zones, time_ms now)
{
	size_t i = 0;

	while (i < zones->len && !is_quiet(q, zones->names[i], now))
		i++;
	return i < zones->len ? zones->names[i] : STR_NONE;
}

/* The next end of quiet hours there; a quiet Sunday ends on Monday, so a second step may be needed. */
static time_ms quiet_end(const struct pack_quiet_hours *q, struct str zone, time_ms t)
{
	for (int step = 0; step < 3 && is_quiet(q, zone, t); step++) {
		if (time_next_local(zone, t, q->to_s, &t) < 0)
			return TIME_NONE;
	}
	return t;
}

/* While it is quiet in one of the zones, go on to when that one wakes; the zones of one country wake one
 * after the other, so this ends soon, or there is no hour at which all of them are awake. */
time_ms quiet_over_at(
    const struct pack_quiet_hours *q, const struct quiet_zones *zones, time_ms now)
{
	time_ms t = now;

	for (size_t round = 0; round < 4; round++) {
		time_ms before = t;
		for (size_t i = 0; i < zones->len; i++) {
			time_ms end = quiet_end(q, zones->names[i], t);
			if (end == TIME_NONE)
				return TIME_NONE;
			t = end;
		}
		if (t == before)
			return t;
	}
	return TIME_NONE;
}
