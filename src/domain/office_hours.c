#include "domain/office_hours.h"

#include "base/check.h"
#include "base/lang.h"

#define DAY_S 86400

static const char *const days[] = { "sun", "mon", "tue", "wed", "thu", "fri", "sat" };

static bool parse_day(struct str text, size_t *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(days); i++) {
		if (str_eq_nocase(text, str_c(days[i]))) {
			*ret = i;
			return true;
		}
	}
	return false;
}

/* "mon", "fri-mon" */
static bool add_days(struct str text, unsigned *set)
{
	struct str last = text;
	struct str first = str_cut(&last, '-');
	size_t from, to;

	if (!parse_day(first, &from) || (last.p && !parse_day(last, &to)))
		return false;
	if (!last.p)
		to = from;
	for (size_t i = from;; i = (i + 1) % ARRAY_LEN(days)) {
		*set |= 1u << i;
		if (i == to)
			return true;
	}
}

/* "09:30" */
static bool parse_time(struct str text, int *ret)
{
	struct str minute = text;
	struct str hour = str_cut(&minute, ':');
	uint64_t h, m;

	if (hour.len != 2 || minute.len != 2 || str_to_u64(hour, &h) < 0 ||
	    str_to_u64(minute, &m) < 0)
		return false;
	*ret = (int)(h * 3600 + m * 60);
	return m < 60 && *ret <= DAY_S;
}

static bool add_span(struct str text, unsigned set, struct office_hours *h)
{
	struct str end = text;
	struct str begin = str_cut(&end, '-');
	struct office_span s = { .days = set };

	if (h->len == OFFICE_SPANS_MAX || !parse_time(str_trim(begin), &s.from_s) || !end.p ||
	    !parse_time(str_trim(end), &s.to_s) || s.from_s >= s.to_s)
		return false;
	h->spans[h->len++] = s;
	return true;
}

/* "mon-fri 09:00-13:00,14:00-18:00" */
static bool add_line(struct str line, struct office_hours *h)
{
	struct str times = str_trim(line);
	struct str names = str_cut(&times, ' ');
	unsigned set = 0;

	while (names.p) {
		if (!add_days(str_cut(&names, ','), &set))
			return false;
	}
	if (!times.p)
		return false;
	while (times.p) {
		if (!add_span(str_trim(str_cut(&times, ',')), set, h))
			return false;
	}
	return true;
}

int office_hours_read(struct str text, struct office_hours *ret, struct err *err)
{
	struct office_hours h = { .len = 0 };

	while (text.p) {
		if (!add_line(str_cut(&text, ';'), &h))
			return err_field(err, E_INVALID, "hours", "%s",
			    N_("Hours are days and times, as in mon-fri 09:00-13:00,14:00-18:00; sat"
			       " 09:00-12:00."));
	}
	*ret = h;
	return 0;
}

int office_hours_open(const struct office_hours *h, struct str zone, time_ms t)
{
	int second, weekday;
	int r = time_local(zone, t, &second, &weekday);

	if (r < 0)
		return r;
	for (size_t i = 0; i < h->len; i++) {
		const struct office_span *s = &h->spans[i];
		if (s->days & 1u << weekday && second >= s->from_s && second < s->to_s)
			return 1;
	}
	return 0;
}
