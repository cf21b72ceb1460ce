/* The wall clock is either the system's plus `offset_ms`, or stands at `frozen_at`. A reader that
 * meets a change half way sees the clock as it was before or after it, never a mixture:
 * `frozen_at` alone says which of the two is valid, and is stored last when the clock starts to
 * run. */
#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "base/check.h"
#include "base/err.h"
#include "base/zone.h"

#define S_PER_DAY 86400
#define YEAR_0_MS (-62167219200000LL)  /* 0000-01-01T00:00:00Z */
#define YEAR_9999_MS 253402300799999LL /* 9999-12-31T23:59:59.999Z */

static _Atomic int64_t offset_ms;
static _Atomic int64_t frozen_at = TIME_NONE;

static time_ms system_now(void)
{
	struct timespec ts;

	ASSERT(clock_gettime(CLOCK_REALTIME, &ts) == 0);
	return ts.tv_sec * MS_PER_S + ts.tv_nsec / 1000000;
}

time_ms clock_now(void)
{
	time_ms at = atomic_load(&frozen_at);

	return at != TIME_NONE ? at : system_now() + atomic_load(&offset_ms);
}

mono_ns clock_mono(void)
{
	struct timespec ts;

	ASSERT(clock_gettime(CLOCK_MONOTONIC, &ts) == 0);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

void clock_set_wall(time_ms now, bool frozen)
{
	atomic_store(&offset_ms, now - system_now());
	atomic_store(&frozen_at, frozen ? now : TIME_NONE);
}

void clock_reset(void)
{
	atomic_store(&offset_ms, 0);
	atomic_store(&frozen_at, TIME_NONE);
}

/* --- the calendar --- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static int64_t floor_mod(int64_t a, int64_t b)
{
	return a - floor_div(a, b) * b;
}

/* Days since 1970-01-01 of a date of the proleptic Gregorian calendar. Years begin in March here,
 * so that the leap day is the last of its year. */
static int64_t days_from_date(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t era = floor_div(y, 400);
	int64_t year_of_era = y - era * 400;
	int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

struct date {
	int year, month, day;
};

static struct date date_from_days(int64_t days)
{
	int64_t z = days + 719468;
	int64_t era = floor_div(z, 146097);
	int64_t day_of_era = z - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 -
				  day_of_era / 146096) /
	    365;
	int64_t day_of_year = day_of_era -
	    (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t m = (5 * day_of_year + 2) / 153;
	int64_t month = m < 10 ? m + 3 : m - 9;

	return (struct date){ .year = (int)(year_of_era + era * 400 + (month <= 2)),
		.month = (int)month,
		.day = (int)(day_of_year - (153 * m + 2) / 5 + 1) };
}

static int days_in_month(int year, int month)
{
	static const int days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && leap ? 29 : days[month - 1];
}

/* --- RFC 3339 --- */

void time_format(time_ms t, char out[TIME_TEXT_MAX])
{
	if (t < YEAR_0_MS)
		t = YEAR_0_MS;
	if (t > YEAR_9999_MS)
		t = YEAR_9999_MS;
	struct date d = date_from_days(floor_div(t, MS_PER_DAY));
	int ms_of_day = (int)floor_mod(t, MS_PER_DAY);
	int s = ms_of_day / 1000, ms = ms_of_day % 1000;
	int n = snprintf(out, TIME_TEXT_MAX, "%04d-%02d-%02dT%02d:%02d:%02d", d.year, d.month,
	    d.day, s / 3600, s / 60 % 60, s % 60);
	ASSERT(n == 19);
	(void)snprintf(out + n, TIME_TEXT_MAX - (size_t)n, ms ? ".%03dZ" : "Z", ms);
}

/* A reader over the text; once something did not fit, `bad` stays. */
struct reader {
	struct str s;
	bool bad;
};

static char take(struct reader *r)
{
	if (r->s.len == 0) {
		r->bad = true;
		return '\0';
	}
	char c = r->s.p[0];
	r->s = str_sub(r->s, 1, r->s.len);
	return c;
}

static void expect(struct reader *r, const char *one_of)
{
	char c = take(r);

	if (c == '\0' || (c != one_of[0] && c != one_of[1]))
		r->bad = true;
}

static int digits(struct reader *r, int count, int low, int high)
{
	int n = 0;

	for (int i = 0; i < count; i++) {
		char c = take(r);
		if (c < '0' || c > '9')
			r->bad = true;
		n = n * 10 + (c - '0');
	}
	if (n < low || n > high)
		r->bad = true;
	return r->bad ? low : n;
}

static int64_t read_date(struct reader *r)
{
	int year = digits(r, 4, 0, 9999);
	expect(r, "-");
	int month = digits(r, 2, 1, 12);
	expect(r, "-");
	int day = digits(r, 2, 1, days_in_month(year, month));

	return days_from_date(year, month, day);
}

/* ".25" is 250; digits behind the third are cut off. */
static int read_fraction(struct reader *r)
{
	int ms = 0, unit = 100;

	if (r->s.len == 0 || r->s.p[0] != '.')
		return 0;
	(void)take(r);
	do {
		ms += digits(r, 1, 0, 9) * unit;
		unit /= 10;
	} while (!r->bad && r->s.len && r->s.p[0] >= '0' && r->s.p[0] <= '9');
	return ms;
}

static int read_offset_minutes(struct reader *r)
{
	char c = take(r);

	if (c == 'Z' || c == 'z')
		return 0;
	if (c != '+' && c != '-')
		r->bad = true;
	int hours = digits(r, 2, 0, 23);
	expect(r, ":");
	int minutes = hours * 60 + digits(r, 2, 0, 59);
	return c == '-' ? -minutes : minutes;
}

int time_parse(struct str text, time_ms *ret)
{
	struct reader r = { .s = text };

	int64_t days = read_date(&r);
	expect(&r, "Tt");
	int hour = digits(&r, 2, 0, 23);
	expect(&r, ":");
	int minute = digits(&r, 2, 0, 59);
	expect(&r, ":");
	int second = digits(&r, 2, 0, 60);
	int ms = read_fraction(&r);
	int offset = read_offset_minutes(&r);
	if (r.bad || r.s.len)
		return -E_INVALID;
	if (second == 60) {
		second = 59;
		ms = 999;
	}
	*ret = days * MS_PER_DAY + (hour * 60 + minute - offset) * MS_PER_MIN + second * MS_PER_S +
	    ms;
	return 0;
}

int time_parse_date(struct str text, time_ms *ret)
{
	struct reader r = { .s = text };

	int64_t days = read_date(&r);
	if (r.bad || r.s.len)
		return -E_INVALID;
	*ret = days * MS_PER_DAY;
	return 0;
}

/* --- local time --- */

/* Times that anything here is asked about; far from where sums could overflow. */
static bool is_sane(time_ms t)
{
	return t >= YEAR_0_MS && t <= YEAR_9999_MS;
}

int time_local(struct str name, time_ms t, int *ret_second_of_day, int *ret_weekday)
{
	const struct zone *zone;

	if (!is_sane(t))
		return -E_RANGE;
	int rc = zone_find(name, &zone);
	if (rc)
		return rc;
	int64_t second = floor_div(t, MS_PER_S);
	int64_t local = second + zone_offset(zone, second);
	*ret_second_of_day = (int)floor_mod(local, S_PER_DAY);
	*ret_weekday = (int)floor_mod(floor_div(local, S_PER_DAY) + 4, 7);
	return 0;
}

/* The first second in (low, high] from which on the clock shows `local` or later; the clock shows
 * less at `low` and not less at `high`. It jumps over `local` between them. */
static int64_t end_of_jump(const struct zone *zone, int64_t low, int64_t high, int64_t local)
{
	while (high - low > 1) {
		int64_t middle = low + (high - low) / 2;
		if (middle + zone_offset(zone, middle) < local)
			low = middle;
		else
			high = middle;
	}
	return high;
}

/* The first second after `after` at which the clock shows `local`; when it jumps over `local`,
 * the end of that jump. INT64_MAX when that was not after `after`. An offset changes at most once
 * in a day or two, so the ones well before and well behind are all there are. */
static int64_t second_of_local(const struct zone *zone, int64_t local, int64_t after)
{
	int64_t early = local - 2 * S_PER_DAY, late = local + 2 * S_PER_DAY;
	int64_t first = local - zone_offset(zone, early), second = local - zone_offset(zone, late);
	bool has_first = first + zone_offset(zone, first) == local;
	bool has_second = second + zone_offset(zone, second) == local;

	if (!has_first && !has_second) {
		first = end_of_jump(zone, early, late, local);
		has_first = true;
	}
	if (has_first && first > after)
		return first;
	return has_second && second > after ? second : INT64_MAX;
}

int time_next_local(struct str name, time_ms t, int second_of_day, time_ms *ret)
{
	const struct zone *zone;

	if (!is_sane(t) || second_of_day < 0 || second_of_day >= S_PER_DAY)
		return -E_RANGE;
	int rc = zone_find(name, &zone);
	if (rc)
		return rc;
	int64_t now = floor_div(t, MS_PER_S);
	int64_t today = floor_div(now + zone_offset(zone, now), S_PER_DAY);
	int64_t best = INT64_MAX;
	for (int64_t day = today - 1; best == INT64_MAX; day++)
		best = second_of_local(zone, day * S_PER_DAY + second_of_day, now);
	*ret = best * MS_PER_S;
	return 0;
}
