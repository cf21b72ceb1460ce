/* domain/office_hours.h: when somebody is there: "mon-fri 09:00-13:00,14:00-18:00; sat 09:00-12:00".
 *
 * Days are mon tue wed thu fri sat sun, one, several with commas, or a range; times are of 24 hours,
 * the end not included, 24:00 is the end of the day. Days that are not named are closed. */
#ifndef DOMAIN_OFFICE_HOURS_H
#define DOMAIN_OFFICE_HOURS_H

#include "base/clock.h"

#define OFFICE_SPANS_MAX 32

struct office_span {
	unsigned days;    /* bit 1u << weekday, 0 = Sunday */
	int from_s, to_s; /* seconds since midnight */
};

struct office_hours {
	struct office_span spans[OFFICE_SPANS_MAX];
	size_t len;
};

/* 0 or -E_INVALID (field "hours"). */
MUST_CHECK int office_hours_read(struct str text, struct office_hours *ret, struct err *err);
/* 1 open, 0 closed at `t` in that zone; -E_NOT_FOUND for a zone that this system does not know. */
MUST_CHECK int office_hours_open(const struct office_hours *h, struct str zone, time_ms t);

#endif
