/* flow/herald.h: alarms are told to people, at the address of the [alerts] section.
 *
 * Every few seconds what is new is posted there in one go, grouped (domain/alert.h), signed as Standard
 * Webhooks ask: webhook-id, webhook-timestamp and webhook-signature, "v1," and the HMAC-SHA256 over
 * "id.timestamp.body" in Base64. Only an answer of 200 to 299 counts as told; else the same comes
 * again, with growing pauses, whatever happens in between. A restart goes on where telling stood. */
#ifndef FLOW_HERALD_H
#define FLOW_HERALD_H

#include "base/lang.h"
#include "flow/lane.h"

#define HERALD_RETRY_FIRST_MS 5000
#define HERALD_RETRY_MAX_MS (5 * MS_PER_MIN)

struct herald_options {
	const char *url;     /* NULL = nobody is told */
	struct str secret;   /* raw bytes */
	enum lang lang;      /* of the sentences */
	const char *ca_file; /* NULL = the system's */
};

struct herald;
/* Options are borrowed. */
MUST_CHECK int herald_open(
    struct lane *l, const struct herald_options *o, struct herald **ret, struct err *err);
/* One look at what is new; called every few seconds. */
void herald_run(struct herald *h);
/* Begins nothing more; before the loop is gone. NULL is nothing to stop. */
void herald_stop(struct herald *h);
bool herald_is_idle(const struct herald *h);
void herald_close(struct herald **ph); /* idle, and its loop does not run any more */

/* A secret as it is written down: "whsec_" and Base64, or the bytes themselves; blanks around it do
 * not count. 24 to 64 bytes, else -E_INVALID. */
MUST_CHECK int herald_read_secret(struct str text, struct buf *out, struct err *err);

#endif
