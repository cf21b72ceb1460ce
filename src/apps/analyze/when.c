#include "apps/analyze/when.h"

#include "base/check.h"

#define NO_HOUR INT64_MIN
#define EARLIEST 946684800000LL /* 2000-01-01 */
#define LATEST 4102444800000LL  /* 2100-01-01 */

struct civil {
	int64_t year, month, day, hour, minute, second, ms;
};

/* What is left to read; reading stops for good at the first thing that does not fit. */
struct cursor {
	struct str s;
	bool bad;
};

/* --- pieces ----------------------------------------------------------------------------------- */

static bool next_is(const struct cursor *c, char wanted)
{
	return c->s.len > 0 && c->s.p[0] == wanted;
}

static bool digit_ahead(const struct cursor *c)
{
	return c->s.len > 0 && c->s.p[0] >= '0' && c->s.p[0] <= '9';
}

static void skip(struct cursor *c, size_t n)
{
	n = n < c->s.len ? n : c->s.len;
	c->s = str_n(c->s.p + n, c->s.len - n);
}

static int64_t number(struct cursor *c, size_t least, size_t most)
{
	int64_t n = 0;
	size_t len = 0;

	for (; len < most && digit_ahead(c); len++, skip(c, 1))
		n = n * 10 + (c->s.p[0] - '0');
	c->bad = c->bad || len < least;
	return n;
}

static void want(struct cursor *c, char wanted)
{
	if (next_is(c, wanted))
		skip(c, 1);
	else
		c->bad = true;
}

static void skip_blanks(struct cursor *c)
{
	while (next_is(c, ' ') || next_is(c, 'T') || next_is(c, ','))
		skip(c, 1);
}

static int64_t days_from_civil(int64_t y, int64_t m, int64_t d)
{
	y -= m <= 2;
	int64_t era = y / 400, yoe = y - era * 400;
	int64_t doy = (153 * (m + (m > 2 ? -3 : 9)) + 2) / 5 + d - 1;

	return era * 146097 + yoe * 365 + yoe / 4 - yoe / 100 + doy - 719468;
}

static bool is_leap(int64_t y)
{
	return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0;
}

static bool civil_is_valid(const struct civil *t)
{
	static const int8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

	if (t->month < 1 || t->month > 12 || t->day < 1 || t->hour > 23 || t->minute > 59 ||
	    t->second > 60)
		return false;
	return t->day <= days[t->month - 1] + (t->month == 2 && is_leap(t->year));
}

/* As if it were UTC. */
static time_ms civil_ms(const struct civil *t)
{
	int64_t second = t->second == 60 ? 59 : t->second;

	return days_from_civil(t->year, t->month, t->day) * MS_PER_DAY + t->hour * MS_PER_HOUR +
	    t->minute * MS_PER_MIN + second * MS_PER_S + t->ms;
}

/* --- zones ------------------------------------------------------------------------------------ */

/* How far the zone is ahead of UTC at `t`. */
static int64_t offset_at(struct str zone, time_ms t)
{
	int second = 0, weekday;

	if (time_local(zone, t, &second, &weekday) < 0)
		return 0;
	int64_t utc = (t / MS_PER_S) % 86400, ahead = second - utc;
	if (ahead < -12 * 3600)
		ahead += 86400;
	else if (ahead > 14 * 3600)
		ahead -= 86400;
	return ahead * MS_PER_S;
}

/* `local` is what the wall clock shows; of an hour that comes twice, the second is taken. */
static time_ms from_local(struct when *w, time_ms local)
{
	int64_t hour = local / MS_PER_HOUR;

	if (hour != w->hour) { /* by its beginning: the same whoever asks first */
		time_ms begin = hour * MS_PER_HOUR;
		int64_t first = offset_at(w->zone, begin);
		w->offset_ms = offset_at(w->zone, begin - first);
		w->hour = hour;
	}
	return local - w->offset_ms;
}

int when_init(struct when *w, struct str zone, bool month_first)
{
	int second, weekday;

	*w = (struct when){ .zone = zone, .month_first = month_first, .hour = NO_HOUR };
	return time_local(zone, 0, &second, &weekday);
}

/* --- shapes ----------------------------------------------------------------------------------- */

/* Behind the seconds, of any length; a comma is what some countries write. */
static void read_fraction(struct cursor *c, struct civil *t)
{
	int64_t unit = 100;

	if (!(next_is(c, '.') || next_is(c, ',')) || c->s.len < 2 || c->s.p[1] < '0' ||
	    c->s.p[1] > '9')
		return;
	for (skip(c, 1); digit_ahead(c); skip(c, 1), unit /= 10)
		t->ms += unit * (c->s.p[0] - '0');
}

static void read_half(struct cursor *c, struct civil *t)
{
	bool pm = false, said = false;

	skip_blanks(c);
	if (c->s.len >= 2 && (c->s.p[1] == 'M' || c->s.p[1] == 'm')) {
		pm = c->s.p[0] == 'P' || c->s.p[0] == 'p';
		said = pm || c->s.p[0] == 'A' || c->s.p[0] == 'a';
	}
	if (!said)
		return;
	c->bad = c->bad || t->hour < 1 || t->hour > 12;
	t->hour = t->hour % 12 + (pm ? 12 : 0);
	skip(c, 2);
}

/* "10:15", "10:15:30.250", "10:15 PM", or nothing: midnight. */
static void read_clock(struct cursor *c, struct civil *t)
{
	skip_blanks(c);
	if (!digit_ahead(c))
		return;
	t->hour = number(c, 1, 2);
	want(c, ':');
	t->minute = number(c, 2, 2);
	if (next_is(c, ':')) {
		skip(c, 1);
		t->second = number(c, 2, 2);
		read_fraction(c, t);
	}
	read_half(c, t);
}

/* "Z", "UTC", "GMT", "+01:00", "+0100", "+01"; 1 and the offset, 0 none. */
static int read_offset(struct cursor *c, int64_t *ret_ms)
{
	bool minus = next_is(c, '-');

	*ret_ms = 0;
	skip_blanks(c);
	if (str_eq_nocase(c->s, STR("z")) || str_eq_nocase(c->s, STR("utc")) ||
	    str_eq_nocase(c->s, STR("gmt"))) {
		c->s = STR("");
		return 1;
	}
	minus = next_is(c, '-');
	if (!minus && !next_is(c, '+'))
		return 0;
	skip(c, 1);
	int64_t hours = number(c, 2, 2), minutes = 0;
	bool colon = next_is(c, ':');
	if (colon)
		skip(c, 1);
	if (colon || digit_ahead(c))
		minutes = number(c, 2, 2);
	c->bad = c->bad || hours > 14 || minutes > 59;
	*ret_ms = (hours * MS_PER_HOUR + minutes * MS_PER_MIN) * (minus ? -1 : 1);
	return 1;
}

static void read_numeric_date(const struct when *w, struct cursor *c, struct civil *t)
{
	size_t before = c->s.len;
	int64_t first = number(c, 1, 4);
	bool year_first = before - c->s.len == 4;
	char sep = c->s.len ? c->s.p[0] : '\0';

	c->bad = c->bad || (sep != '-' && sep != '/' && sep != '.');
	want(c, sep);
	int64_t second = number(c, 1, 2);
	want(c, sep);
	int64_t third = number(c, year_first ? 1 : 4, year_first ? 2 : 4);
	if (year_first)
		*t = (struct civil){ .year = first, .month = second, .day = third };
	else if (w->month_first && sep == '/')
		*t = (struct civil){ .year = third, .month = first, .day = second };
	else
		*t = (struct civil){ .year = third, .month = second, .day = first };
}

static struct str letters(struct cursor *c)
{
	size_t n = 0;

	while (n < c->s.len && ((c->s.p[n] | 0x20) >= 'a' && (c->s.p[n] | 0x20) <= 'z'))
		n++;
	struct str word = str_sub(c->s, 0, n);
	skip(c, n);
	return word;
}

/* 1 to 12; 0 when it is no month. */
static int64_t month_of(struct str word)
{
	static const char *const months[] = { "jan", "feb", "mar", "apr", "may", "jun", "jul",
		"aug", "sep", "oct", "nov", "dec" };

	for (size_t i = 0; i < ARRAY_LEN(months); i++) {
		if (str_eq_nocase(str_sub(word, 0, 3), str_c(months[i])))
			return (int64_t)i + 1;
	}
	return 0;
}

static void skip_separators(struct cursor *c)
{
	while (next_is(c, ' ') || next_is(c, ',') || next_is(c, '-') || next_is(c, '.'))
		skip(c, 1);
}

/* "Sun, 22 Nov 2026", "22-Nov-2026", "Nov 22, 2026". */
static void read_named_date(struct cursor *c, struct civil *t)
{
	while (!c->bad && !digit_ahead(c)) {
		struct str word = letters(c);
		c->bad = word.len < 3 || t->month;
		t->month = month_of(word);
		skip_separators(c);
	}
	t->day = number(c, 1, 2);
	skip_separators(c);
	if (!t->month) {
		t->month = month_of(letters(c));
		skip_separators(c);
	}
	t->year = number(c, 4, 4);
}

static bool has_month_name(struct str s)
{
	for (size_t i = 0; i < s.len && i < 12; i++) {
		char c = s.p[i];
		if (((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) && c != 'T')
			return true;
	}
	return false;
}

static int read_civil(struct when *w, struct str s, time_ms *ret)
{
	struct cursor c = { s, false };
	struct civil t = { 0 };
	int64_t offset = 0;

	if (has_month_name(s))
		read_named_date(&c, &t);
	else
		read_numeric_date(w, &c, &t);
	read_clock(&c, &t);
	int said = read_offset(&c, &offset);
	if (c.bad || c.s.len > 0 || !civil_is_valid(&t))
		return -E_INVALID;
	*ret = said ? civil_ms(&t) - offset : from_local(w, civil_ms(&t));
	return 0;
}

/* Seconds, or milliseconds, since 1970. */
static int read_unix(struct str s, time_ms *ret)
{
	uint64_t n;

	if (s.len < 9 || s.len > 13 || str_to_u64(s, &n) < 0)
		return -E_INVALID;
	*ret = (time_ms)(s.len >= 12 ? n : n * 1000);
	return 0;
}

int when_read(struct when *w, struct str text, time_ms *ret)
{
	struct str s = str_trim(text);
	time_ms t = 0;
	int r = read_unix(s, &t);

	if (r < 0)
		r = read_civil(w, s, &t);
	if (r < 0 || t < EARLIEST || t >= LATEST)
		return -E_INVALID;
	*ret = t;
	return 0;
}
