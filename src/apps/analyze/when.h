/* apps/analyze/when.h: times as programs and spreadsheets export them.
 *
 * RFC 3339, the same with a blank and without an offset, "22/11/2026 10:15[:30] [AM|PM]" with slashes,
 * dots or hyphens, "Sun, 22 Nov 2026 10:15:30 +0000" (RFC 5322), seconds or milliseconds since 1970, and
 * a date alone, which is its midnight. A time without an offset is one of the zone that is given. */
#ifndef APPS_ANALYZE_WHEN_H
#define APPS_ANALYZE_WHEN_H

#include "base/clock.h"

struct when {
	struct str zone;  /* IANA; "UTC" */
	bool month_first; /* of dates with slashes: 11/22/2026 */
	/* The offset found last, good within its hour: exports are long, and mostly in order. */
	int64_t hour;
	int64_t offset_ms;
};

/* -E_NOT_FOUND for a zone that this system does not know. */
MUST_CHECK int when_init(struct when *w, struct str zone, bool month_first);
/* 0 or -E_INVALID; never before 2000 or behind 2100: such a time is a mistake of the export. */
MUST_CHECK int when_read(struct when *w, struct str text, time_ms *ret);

#endif
