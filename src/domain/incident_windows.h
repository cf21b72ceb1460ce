/* domain/incident_windows.h: how many windows were open when an incident was opened. Of a contact the last message
 * alone is known, and contacts are many: they are counted soon after, a slice at a time, and noted with the
 * incident. Inside the caller's transaction. */
#ifndef DOMAIN_INCIDENT_WINDOWS_H
#define DOMAIN_INCIDENT_WINDOWS_H

#include "domain/incident.h"

#define INCIDENT_WINDOWS_SLICE 10000 /* contacts */

/* How far the count came; all zero = not begun. Taken over once the transaction is durable. */
struct incident_windows {
	uint64_t incident;
	int64_t person; /* up to whom, by their ids */
	int64_t open;
};
/* One slice for the oldest incident that is not counted yet: 1 there may be more, 0 there is none. */
MUST_CHECK int incident_windows_count(
    struct store_conn *c, struct incident_windows *place, struct err *err);

/* What an incident says of that moment: held, and either since when a window was open, or how many were. */
struct incident_moment {
	int64_t held, conversations;
	int64_t windows_since; /* 0 = they are counted, or it is not known */
};
MUST_CHECK int incident_moment_read(
    const struct incident *i, struct arena *a, struct incident_moment *ret, struct err *err);
/* Of contacts with after < person ≤ last: whose window was open then, and who has not written again. */
MUST_CHECK int incident_windows_open(struct store_conn *c, const struct incident *i,
    int64_t windows_since, int64_t after, int64_t last, int64_t *ret, struct err *err);

#endif
