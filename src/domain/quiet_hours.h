/* domain/quiet_hours.h: when it is night for a person, and when it is day again. */
#ifndef DOMAIN_QUIET_HOURS_H
#define DOMAIN_QUIET_HOURS_H

#include "base/clock.h"
#include "domain/pack.h"
#include "domain/phone.h"

/* The zones that a person may be in. */
struct quiet_zones {
	struct str names[PHONE_ZONES_MAX];
	size_t len;
};

/* The person's own zone; else those of the phone's country; else those of `country`, the account's
 * (readings 45). A zone that this system does not know is as good as none. Every p may be NULL. */
void quiet_zones_of(struct str timezone, struct phone phone, struct str country, time_ms now,
    struct quiet_zones *ret);
/* The first of the zones where it is quiet; p NULL = it is in none. */
struct str quiet_where(
    const struct pack_quiet_hours *q, const struct quiet_zones *zones, time_ms now);
/* From `now` on, when it is quiet in none of them; TIME_NONE when there is no such hour. */
time_ms quiet_over_at(
    const struct pack_quiet_hours *q, const struct quiet_zones *zones, time_ms now);

#endif
