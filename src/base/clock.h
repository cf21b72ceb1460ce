/* base/clock.h: the two clocks, and times as text.
 *
 * time_ms: milliseconds since 1970-01-01 UTC, wall clock: windows, legal time. mono_ns:
 * monotonic, for time-outs and rates only. The wall clock of a process is `offset` away from the
 * system's, so that a process can follow a simulator's virtual clock and tests can set it
 * (clock_set_wall); it is atomic and shared by all threads. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

typedef int64_t time_ms; /* wall time; the two integer types of the house are the only typedefs */
typedef int64_t mono_ns;

#define TIME_NONE INT64_MIN /* "never" or "unknown", as the header that uses it says */
#define MS_PER_S 1000LL
#define MS_PER_MIN 60000LL
#define MS_PER_HOUR 3600000LL
#define MS_PER_DAY 86400000LL

time_ms clock_now(void);
mono_ns clock_mono(void);
/* From now on clock_now() is `now` and runs on at system speed, or stands still when `frozen`. */
void clock_set_wall(time_ms now, bool frozen);
void clock_reset(void); /* back to the system's clock */

#define TIME_TEXT_MAX 32
/* RFC 3339 in UTC, "2026-11-22T10:00:00Z", with ".123" only when the milliseconds are not zero. */
void time_format(time_ms t, char out[TIME_TEXT_MAX]);
/* Any RFC 3339 time: offsets, fractions, lower-case t and z, a leap second read as :59.999. */
MUST_CHECK int time_parse(struct str text, time_ms *ret);
/* "2026-11-22" → 00:00 UTC of that day. */
MUST_CHECK int time_parse_date(struct str text, time_ms *ret);

/* Local time of an IANA zone ("Europe/Rome") at `t`: seconds since local midnight and weekday (0
 * = Sunday). 0, or -E_NOT_FOUND for a zone that this system does not know. Thread-safe; never
 * touches TZ. */
MUST_CHECK int time_local(struct str zone, time_ms t, int *ret_second_of_day, int *ret_weekday);
/* The next instant after `t` at which that zone's wall clock shows `second_of_day`; where the
 * clock jumps over it, as in the night that loses an hour, the end of the jump stands for it.
 * -E_RANGE for a second that no day has. Times outside the years 0 to 9999 are -E_RANGE for
 * both.
 * */
MUST_CHECK int time_next_local(struct str zone, time_ms t, int second_of_day, time_ms *ret);

#endif
