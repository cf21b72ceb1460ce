#include "transport/http_date.h"

#include <string.h>
#include <time.h>

#include "base/check.h"

#define DATE_LEN 29

/* Where each figure stands; 9 is any digit, every other character is itself. */
static const char shape[] = "Www, 99 Mmm 9999 99:99:99 GMT";
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
static const char days[] = "SunMonTueWedThuFriSat";

/* 0 to 11, or to 6; -1 for no such name. */
static int name_index(const char *names, const char *name)
{
	for (int i = 0; names[(size_t)i * 3]; i++) {
		if (memcmp(names + (size_t)i * 3, name, 3) == 0)
			return i;
	}
	return -1;
}

static int figure(const char *p, int len)
{
	int n = 0;

	for (int i = 0; i < len; i++)
		n = n * 10 + (p[i] - '0');
	return n;
}

static bool has_shape(struct str text)
{
	if (text.len != DATE_LEN)
		return false;
	for (size_t i = 0; i < DATE_LEN; i++) {
		bool name = i < 3 || (i >= 8 && i < 11);
		bool digit = text.p[i] >= '0' && text.p[i] <= '9';
		if (!name && (shape[i] == '9' ? !digit : text.p[i] != shape[i]))
			return false;
	}
	return true;
}

bool http_date_parse(struct str text, time_ms *ret)
{
	if (!has_shape(text))
		return false;
	struct tm tm = {
		.tm_mday = figure(text.p + 5, 2),
		.tm_mon = name_index(months, text.p + 8),
		.tm_year = figure(text.p + 12, 4) - 1900,
		.tm_hour = figure(text.p + 17, 2),
		.tm_min = figure(text.p + 20, 2),
		.tm_sec = figure(text.p + 23, 2),
	};
	struct tm said = tm;
	if (tm.tm_mon < 0 || name_index(days, text.p) < 0 || tm.tm_hour > 23 || tm.tm_min > 59 ||
	    tm.tm_sec > 60)
		return false;
	time_t t = timegm(&tm);
	/* 31 April would come out as 1 May. */
	if (tm.tm_mday != said.tm_mday && said.tm_sec < 60)
		return false;
	*ret = (time_ms)t * MS_PER_S;
	return true;
}
