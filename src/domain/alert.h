/* domain/alert.h: alarms in words: what happened, what Varco did already, what a person must do.
 *
 * An alarm (inbox.h) is one event; an alert is all that were not told yet of one kind and scope. How
 * far telling came is on record, so that a restart tells nothing twice that arrived, and nothing
 * that happened before anybody was to be told. */
#ifndef DOMAIN_ALERT_H
#define DOMAIN_ALERT_H

#include "base/lang.h"
#include "domain/overview.h"

enum alert_severity { ALERT_CLEAR, ALERT_WARN, ALERT_ACT };
const char *alert_severity_name(enum alert_severity s); /* "clear", "warn", "act" */

struct alert {
	struct str kind, scope, detail; /* detail: of the newest */
	enum alert_severity severity;
	time_ms first_at, last_at;
	int64_t count;
	const char *what, *done, *todo; /* whole sentences, message ids; NULL = nothing to do */
};

#define ALERTS_MAX 50 /* alarms that one look takes */

/* What was not told yet, the oldest first, grouped; *ret_newest: the id that telling them all comes
 * to. 1 on the first look ever: there is nothing, and telling begins behind *ret_newest once that
 * is on record. */
MUST_CHECK int alerts_waiting(struct store_conn *c, struct arena *a, struct alert **ret,
    size_t *ret_len, uint64_t *ret_newest, struct err *err);
/* Everything up to `newest` was told. */
MUST_CHECK int alerts_told(struct store_conn *c, uint64_t newest, time_ms now, struct err *err);

/* {"type":"varco.alert","timestamp":…,"data":{"alerts":[{kind,scope,severity,count,first_at,last_at,what,done,todo,detail}]}} */
MUST_CHECK int alerts_write(const struct alert *alerts, size_t len, enum lang lang, time_ms now,
    struct arena *a, struct buf *out);

#endif
