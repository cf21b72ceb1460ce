/* apps/analyze/volume.h: how much each number sent when: peaks, growth, and the ramps of young numbers.
 *
 * Hours are those of UTC. What is counted comes in any order; memory grows with the hours in which a
 * number sent. People are those whom a business wrote to outside their windows, within 24 hours. */
#ifndef APPS_ANALYZE_VOLUME_H
#define APPS_ANALYZE_VOLUME_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/clock.h"
#include "domain/pack.h"

struct volume;

MUST_CHECK struct volume *volume_new(void); /* NULL when memory ran out */
void volume_free(struct volume **pv);

/* A send of number `number` (of a pool). -E_NOMEM. */
MUST_CHECK int volume_add(struct volume *v, uint32_t number, time_ms at);
/* So many on that day, at hours that nobody knows: then there are no peaks. -E_NOMEM. */
MUST_CHECK int volume_add_day(struct volume *v, uint32_t number, time_ms at, int64_t messages);
#define VOLUME_ALL UINT32_MAX /* all numbers together */
/* A person was written to at `at`, and for that counts from `from` on (later, when they counted until then)
 * to before `to`, for that number or for VOLUME_ALL; to the minute. -E_NOMEM. */
MUST_CHECK int volume_add_person(
    struct volume *v, uint32_t number, time_ms at, time_ms from, time_ms to);

/* All that the other counted, too. -E_NOMEM. */
MUST_CHECK int volume_add_all(struct volume *v, const struct volume *other);

struct volume_day {
	time_ms day; /* its midnight, UTC */
	int64_t messages,
	    people; /* people: the most within 24 hours that ended with a send of that day */
	int64_t
	    former; /* the most messages of a day within the pack's history before; -1 = too little is known */
	int64_t cap; /* warm-up's, of a young number; -1 = none */
};

struct volume_number {
	uint32_t number;
	time_ms first, last;
	int64_t messages;
	time_ms peak_hour_at, peak_minute_at;
	int64_t peak_hour, peak_minute; /* 0 = not known */
	int64_t people;                 /* the most within 24 hours */
	bool young;                     /* it began more than a day behind the data */
	struct volume_day *days;
	size_t days_len;
	int64_t over_cap, spikes; /* days */
};

struct volume_report {
	struct volume_number *numbers; /* busiest first */
	size_t numbers_len;
	int64_t people; /* the most within 24 hours, over all numbers */
	time_ms people_at;
};

/* More than the pack's share over the highest day before. */
bool volume_day_is_spike(const struct volume_day *d, const struct pack_spike *s);

/* A rule about numbers that the days of one broke, and on how many; the level is the highest. */
struct volume_rule {
	enum rule_index rule;
	enum level level;
	int64_t days;
};

/* limit.warmup, then limit.spike; how many there are. */
#define VOLUME_RULES 2
size_t volume_rules(
    const struct volume_number *n, const struct pack *pack, struct volume_rule ret[VOLUME_RULES]);

/* What came of it; `begin` is the first moment of the data. Lives in the arena. */
MUST_CHECK int volume_report(const struct volume *v, const struct pack *pack, time_ms begin,
    struct arena *a, struct volume_report *ret, struct err *err);

#endif
