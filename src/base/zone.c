/* A TZif file is a version 1 block (32-bit times, skipped), a version 2 block (64-bit times) and
 * a footer: a POSIX TZ rule for all times after the last transition. All bytes of it are checked
 * before use; a file is at most FILE_MOST bytes, so that its counts cannot ask for more memory
 * than that. */
#include "base/zone.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"

#define ZONE_DIR "/usr/share/zoneinfo/"
#define NAME_MAX_LEN 63
#define FILE_MOST 65536
#define HEADER_LEN 44
#define S_PER_DAY 86400
#define OFFSET_MOST (26 * 3600)

/* When daylight saving time begins or ends in a year. */
enum change_kind { CHANGE_JULIAN, CHANGE_DAY, CHANGE_WEEKDAY };

struct change {
	enum change_kind kind;
	int month, week, day;
	int32_t second; /* of that local day; may lie before or behind it */
};

/* The footer: standard time alone, or with daylight saving time between two changes. */
struct tail {
	int32_t standard, daylight;
	bool has_daylight;
	struct change begin, end;
};

struct zone {
	char name[NAME_MAX_LEN + 1];
	struct zone *next;
	size_t count;
	int64_t *at;     /* ascending */
	int32_t *offset; /* from at[i] on */
	int32_t before;  /* before at[0] */
	bool has_tail;
	struct tail tail;
};

/* Zones that were read; only ever prepended to. */
static _Atomic(struct zone *) known_zones;

/* --- the footer: "CET-1CEST,M3.5.0,M10.5.0/3" --- */

static bool take_char(struct str *s, char c)
{
	if (s->len == 0 || s->p[0] != c)
		return false;
	*s = str_sub(*s, 1, s->len);
	return true;
}

static bool take_number(struct str *s, int most, int *ret)
{
	int n = 0;
	size_t i = 0;

	for (; i < s->len && s->p[i] >= '0' && s->p[i] <= '9' && n <= most; i++)
		n = n * 10 + (s->p[i] - '0');
	if (i == 0 || n > most)
		return false;
	*s = str_sub(*s, i, s->len);
	*ret = n;
	return true;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* "CEST" or "<+0330>" */
static bool skip_abbreviation(struct str *s)
{
	size_t i = 0;

	if (take_char(s, '<')) {
		struct str rest = *s;
		(void)str_cut(&rest, '>');
		bool closed = rest.p != NULL;
		*s = rest;
		return closed;
	}
	while (i < s->len && is_letter(s->p[i]))
		i++;
	*s = str_sub(*s, i, s->len);
	return i >= 3;
}

/* [+-]hh[:mm[:ss]], in seconds; hours up to 167 as RFC 9636 allows. */
static bool take_time(struct str *s, int32_t *ret)
{
	int hour, minute = 0, second = 0;
	bool minus = take_char(s, '-');

	if (!minus)
		(void)take_char(s, '+');
	if (!take_number(s, 167, &hour))
		return false;
	if (take_char(s, ':') && !take_number(s, 59, &minute))
		return false;
	if (take_char(s, ':') && !take_number(s, 59, &second))
		return false;
	int total = hour * 3600 + minute * 60 + second;
	*ret = minus ? -total : total;
	return true;
}

static bool take_weekday_change(struct str *s, struct change *c)
{
	c->kind = CHANGE_WEEKDAY;
	return take_number(s, 12, &c->month) && c->month >= 1 && take_char(s, '.') &&
	    take_number(s, 5, &c->week) && c->week >= 1 && take_char(s, '.') &&
	    take_number(s, 6, &c->day);
}

static bool take_change(struct str *s, struct change *c)
{
	bool ok;

	if (take_char(s, 'M')) {
		ok = take_weekday_change(s, c);
	} else {
		c->kind = take_char(s, 'J') ? CHANGE_JULIAN : CHANGE_DAY;
		ok = take_number(s, 365, &c->day) && (c->day > 0 || c->kind == CHANGE_DAY);
	}
	c->second = 2 * 3600;
	if (ok && take_char(s, '/'))
		ok = take_time(s, &c->second);
	return ok;
}

static bool tail_parse(struct str s, struct tail *t)
{
	int32_t west;

	if (!skip_abbreviation(&s) || !take_time(&s, &west))
		return false;
	t->standard = -west;
	t->has_daylight = s.len > 0;
	if (!t->has_daylight)
		return true;
	if (!skip_abbreviation(&s))
		return false;
	t->daylight = t->standard + 3600;
	if (s.len && s.p[0] != ',') {
		if (!take_time(&s, &west))
			return false;
		t->daylight = -west;
	}
	return take_char(&s, ',') && take_change(&s, &t->begin) && take_char(&s, ',') &&
	    take_change(&s, &t->end) && s.len == 0;
}

/* --- the rule of the footer applied --- */

static int64_t floor_div(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

/* Days from 1970-01-01 to the first of January. */
static int64_t days_to_year(int64_t year)
{
	int64_t y = year - 1;

	return y * 365 + floor_div(y, 4) - floor_div(y, 100) + floor_div(y, 400) - 719162;
}

static int64_t year_of(int64_t day)
{
	int64_t year = 1970 + floor_div(day * 400, 146097);

	while (days_to_year(year) > day)
		year--;
	while (days_to_year(year + 1) <= day)
		year++;
	return year;
}

static int64_t weekday_change_day(const struct change *c, int64_t year)
{
	static const int month_starts[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334,
		365 };
	int leap = is_leap(year);
	int64_t first = days_to_year(year) + month_starts[c->month - 1] + (c->month > 2 ? leap : 0);
	int64_t next = days_to_year(year) + month_starts[c->month] + (c->month > 1 ? leap : 0);
	int64_t weekday = ((first + 4) % 7 + 7) % 7; /* 1970-01-01 was a Thursday */
	int64_t day = first + (c->day - weekday + 7) % 7 + 7 * (c->week - 1);

	return day >= next ? day - 7 : day;
}

static int64_t change_day(const struct change *c, int64_t year)
{
	switch (c->kind) {
	case CHANGE_JULIAN: /* 1 to 365; 29 February is never counted */
		return days_to_year(year) + c->day - 1 + (is_leap(year) && c->day >= 60);
	case CHANGE_DAY:
		return days_to_year(year) + c->day;
	default:
		return weekday_change_day(c, year);
	}
}

static int32_t tail_offset(const struct tail *t, int64_t second)
{
	if (!t->has_daylight)
		return t->standard;
	int64_t year = year_of(floor_div(second + t->standard, S_PER_DAY));
	int64_t begin = change_day(&t->begin, year) * S_PER_DAY + t->begin.second - t->standard;
	int64_t end = change_day(&t->end, year) * S_PER_DAY + t->end.second - t->daylight;
	bool daylight = begin < end ? second >= begin && second < end
				    : second >= begin || second < end;
	return daylight ? t->daylight : t->standard;
}

int32_t zone_offset(const struct zone *z, int64_t second)
{
	size_t low = 0, high = z->count; /* at[low - 1] <= second < at[high] */

	if (z->count == 0 || second >= z->at[z->count - 1]) {
		if (z->has_tail)
			return tail_offset(&z->tail, second);
		return z->count ? z->offset[z->count - 1] : z->before;
	}
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (z->at[middle] <= second)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? z->offset[low - 1] : z->before;
}

/* --- the file --- */

struct tzif {
	unsigned version;
	size_t isut, isstd, leap, times, types, chars;
	struct str data; /* what follows the header */
};

static uint32_t be32(const char *p)
{
	const unsigned char *u = (const unsigned char *)p;

	return (uint32_t)u[0] << 24 | (uint32_t)u[1] << 16 | (uint32_t)u[2] << 8 | u[3];
}

static int64_t be64(const char *p)
{
	return (int64_t)((uint64_t)be32(p) << 32 | be32(p + 4));
}

static size_t data_len(const struct tzif *f, size_t time_size)
{
	return f->times * (time_size + 1) + f->types * 6 + f->chars + f->leap * (time_size + 4) +
	    f->isstd + f->isut;
}

static bool header_parse(struct str s, size_t time_size, struct tzif *f)
{
	if (s.len < HEADER_LEN || memcmp(s.p, "TZif", 4) != 0)
		return false;
	f->version = (unsigned char)s.p[4];
	f->isut = be32(s.p + 20);
	f->isstd = be32(s.p + 24);
	f->leap = be32(s.p + 28);
	f->times = be32(s.p + 32);
	f->types = be32(s.p + 36);
	f->chars = be32(s.p + 40);
	f->data = str_sub(s, HEADER_LEN, s.len);
	return f->types > 0 && f->types <= 256 && data_len(f, time_size) <= f->data.len;
}

static bool offset_of_type(const struct tzif *f, size_t type, int32_t *ret)
{
	if (type >= f->types)
		return false;
	*ret = (int32_t)be32(f->data.p + f->times * 9 + type * 6);
	return *ret > -OFFSET_MOST && *ret < OFFSET_MOST;
}

static bool transitions_parse(const struct tzif *f, struct zone *z)
{
	if (!offset_of_type(f, 0, &z->before))
		return false;
	for (size_t i = 0; i < f->times; i++) {
		size_t type = (unsigned char)f->data.p[f->times * 8 + i];
		z->at[i] = be64(f->data.p + i * 8);
		if (!offset_of_type(f, type, &z->offset[i]) || (i && z->at[i] <= z->at[i - 1]))
			return false;
	}
	return true;
}

/* The footer stands between two line feeds; an empty one says nothing about later times. */
static bool footer_parse(struct str s, struct zone *z)
{
	if (!take_char(&s, '\n'))
		return false;
	struct str rule = str_cut(&s, '\n');
	if (!s.p)
		return false;
	z->has_tail = rule.len > 0;
	return !z->has_tail || tail_parse(rule, &z->tail);
}

static int fill(struct zone *z, const struct tzif *f)
{
	z->count = f->times;
	z->at = mem_alloc(f->times * sizeof(*z->at));
	z->offset = mem_alloc(f->times * sizeof(*z->offset));
	if (!z->at || !z->offset)
		return -E_NOMEM;
	struct str footer = str_sub(f->data, data_len(f, 8), f->data.len);
	return transitions_parse(f, z) && footer_parse(footer, z) ? 0 : -E_INVALID;
}

int zone_parse(struct str file, struct zone **ret)
{
	struct tzif f;

	if (!header_parse(file, 4, &f) || f.version < '2')
		return -E_INVALID;
	/* Leap seconds are in no zone that people live by ("right/…"). */
	if (!header_parse(str_sub(f.data, data_len(&f, 4), f.data.len), 8, &f) || f.leap)
		return -E_INVALID;
	struct zone *z = mem_alloc(sizeof(*z));
	if (!z)
		return -E_NOMEM;
	int rc = fill(z, &f);
	if (rc)
		zone_free(&z);
	else
		*ret = z;
	return rc;
}

void zone_free(struct zone **pz)
{
	struct zone *z = *pz;

	if (!z)
		return;
	mem_free(z->at);
	mem_free(z->offset);
	MEM_FREE(pz);
}

static bool is_name(struct str name)
{
	if (name.len == 0 || name.len > NAME_MAX_LEN || !is_letter(name.p[0]))
		return false;
	for (size_t i = 0; i < name.len; i++) {
		char c = name.p[i];
		if (!is_letter(c) && !(c >= '0' && c <= '9') && !memchr("_+-/", c, 4))
			return false;
	}
	return true;
}

static int zone_load(struct str name, struct zone **ret)
{
	struct buf file;
	char path[sizeof(ZONE_DIR) + NAME_MAX_LEN];

	(void)snprintf(path, sizeof(path), ZONE_DIR "%.*s", STR_ARG(name));
	buf_init(&file, 0);
	int rc = file_read(path, FILE_MOST, &file, NULL);
	if (rc == 0)
		rc = zone_parse(buf_str(&file), ret);
	buf_done(&file);
	/* Whatever else is wrong with it, it is no zone that we know. */
	return rc == 0 || rc == -E_NOMEM ? rc : -E_NOT_FOUND;
}

static const struct zone *search(const struct zone *z, struct str name)
{
	while (z && !str_eq_c(name, z->name))
		z = z->next;
	return z;
}

/* Two threads may read the same zone at once; then it is in the list twice, which harms nobody. */
int zone_find(struct str name, const struct zone **ret)
{
	struct zone *z = NULL;

	if (!is_name(name))
		return -E_NOT_FOUND;
	const struct zone *known = search(atomic_load(&known_zones), name);
	if (known) {
		*ret = known;
		return 0;
	}
	int rc = zone_load(name, &z);
	if (rc)
		return rc;
	memcpy(z->name, name.p, name.len);
	z->next = atomic_load(&known_zones);
	while (!atomic_compare_exchange_weak(&known_zones, &z->next, z))
		;
	*ret = z;
	return 0;
}
