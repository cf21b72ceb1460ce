#include "flow/campaign_names.h"

#include <ctype.h>
#include <string.h>

#include "base/check.h"

#define NAME_MAX_BYTES 64
#define NUMBER_DIGITS 9

static bool is_between(char c)
{
	return c && strchr("_-.", c);
}

bool campaign_name_is_valid(struct str name)
{
	for (size_t i = 0; i < name.len; i++) {
		if (!isalnum((unsigned char)name.p[i]) && !is_between(name.p[i]))
			return false;
	}
	return name.len > 0 && name.len <= NAME_MAX_BYTES;
}

static int two_digits(const char *p)
{
	return (p[0] - '0') * 10 + p[1] - '0';
}

/* 20YYMMDD */
static bool is_day(const char *p)
{
	int month = two_digits(p + 4), day = two_digits(p + 6);

	return two_digits(p) == 20 && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

bool campaign_name_is_number(struct str name)
{
	char digits[NAME_MAX_BYTES];
	size_t n = 0;

	for (size_t i = 0; i < name.len && n < sizeof(digits); i++) {
		if (isdigit((unsigned char)name.p[i]))
			digits[n++] = name.p[i];
		else if (!is_between(name.p[i]))
			n = 0;
		if (n >= NUMBER_DIGITS && !is_day(digits))
			return true;
	}
	return false;
}

static bool begin_hour(struct campaign_names *n, int64_t hour)
{
	if (n->seen && n->hour == hour)
		return true;
	imap_free(&n->seen);
	n->hour = hour;
	n->seen = imap_new();
	return n->seen;
}

int campaign_names_take(struct campaign_names *n, struct str name, time_ms now, int64_t most)
{
	uint64_t hash = map_hash(name);
	int64_t unused;

	if (!begin_hour(n, now / MS_PER_HOUR))
		return -E_NOMEM;
	if (imap_get(n->seen, hash, &unused))
		return 1;
	if ((int64_t)imap_len(n->seen) >= most)
		return 0;
	return imap_put(n->seen, hash, 1) < 0 ? -E_NOMEM : 1;
}

int64_t campaign_names_wait_s(time_ms now)
{
	int64_t left = MS_PER_HOUR - now % MS_PER_HOUR;

	return (left + MS_PER_S - 1) / MS_PER_S;
}

void campaign_names_done(struct campaign_names *n)
{
	imap_free(&n->seen);
}
