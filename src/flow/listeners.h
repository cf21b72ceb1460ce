/* flow/listeners.h: what an app would be told by webhook, for a developer who asks for it (varco listen). In memory only,
 * and only while somebody asks: whoever has not asked for LISTENERS_LEASE_MS is forgotten with all that was kept for
 * them. What does not fit is dropped, the oldest first, and counted. Any thread. */
#ifndef FLOW_LISTENERS_H
#define FLOW_LISTENERS_H

#include "base/arena.h"
#include "base/clock.h"
#include "base/str.h"

#define LISTENERS_MAX 16
#define LISTENERS_LEASE_MS 30000
#define LISTENERS_EVENTS_MAX 1000
#define LISTENERS_BYTES_MAX ((size_t)4 << 20) /* of one app */

struct listeners;

MUST_CHECK int listeners_new(struct listeners **ret, struct err *err);
void listeners_free(struct listeners **pl);

/* Does anybody ask for that app. */
bool listeners_want(struct listeners *l, struct str app, time_ms now);
/* `entry` is one object of the envelope; kept as it is for whoever asks for the app. What memory does not
 * allow counts as lost. */
void listeners_tell(struct listeners *l, struct str app, struct str entry, time_ms now);

struct listeners_page {
	struct str *entries; /* in the arena */
	size_t len;
	uint64_t next; /* to ask behind */
	uint64_t lost; /* since the last question */
};
/* What came behind number `after`; what is not behind it is forgotten. From now on the app is listened to. 0;
 * -E_BUSY when too many are; -E_NOMEM. */
MUST_CHECK int listeners_ask(struct listeners *l, struct str app, uint64_t after, time_ms now,
    struct arena *a, struct listeners_page *ret);

#endif
