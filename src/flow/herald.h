/* flow/herald.h: alarms are told to people by the ways of the [alerts] section: posted to an address,
 * sent as letters. Each way has its own pace and its own place on record, so one that is stuck does not
 * stop the other; a restart goes on where telling stood.
 *
 * Posts: every few seconds what is new in one go, grouped (domain/alert.h), signed as Standard Webhooks
 * ask: webhook-id, webhook-timestamp and webhook-signature, "v1," and the HMAC-SHA256 over
 * "id.timestamp.body" in Base64.
 *
 * Letters: what came within `mail_window_ms` of the first is one letter. What was told within
 * HERALD_REPEAT_MS before is not told again at once: it waits for something new, or for that time to be over,
 * so that something that goes on for hours is a letter an hour.
 *
 * What did not arrive comes again, with growing pauses, whatever happens in between. */
#ifndef FLOW_HERALD_H
#define FLOW_HERALD_H

#include "base/lang.h"
#include "flow/lane.h"
#include "flow/teller.h"

#define HERALD_RETRY_FIRST_MS 5000
#define HERALD_RETRY_MAX_MS (5 * MS_PER_MIN)
#define HERALD_MAIL_WINDOW_MS 10000
#define HERALD_REPEAT_MS MS_PER_HOUR

struct herald_options {
	const char *url;                          /* NULL = nothing is posted */
	struct str secret;                        /* raw bytes */
	const struct teller_mailboxes *mailboxes; /* to_len 0 or NULL = no letters */
	int64_t mail_window_ms;
	int64_t retry_first_ms; /* the first pause behind what did not arrive; 0 = none at all */
	enum lang lang;         /* of the sentences */
	const char *place;      /* names this Varco in letters: its public address */
	const char *ca_file;    /* NULL = the system's */
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
