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

/* What an alarm of that kind says happened, what was done and what is to be done: whole sentences, message ids. */
struct alert_words {
	enum alert_severity severity;
	const char *what, *done, *todo; /* todo NULL: nothing */
};
struct alert_words alert_words(struct str kind);
const char *alert_what(struct str kind); /* of these, what happened */

struct alert {
	struct str kind, scope, detail; /* detail: of the newest */
	enum alert_severity severity;
	time_ms first_at, last_at;
	int64_t count;
	const char *what, *done, *todo; /* whole sentences, message ids; NULL = nothing to do */
};

#define ALERTS_MAX 50        /* that one look takes */
#define ALERTS_ROWS_MAX 2000 /* alarms in them */

/* By which way people are told; each has its own place on record. Stored; never renumber. */
enum alert_way { ALERT_BY_WEBHOOK = 1, ALERT_BY_MAIL = 2 };

struct alerts {
	struct alert *items; /* the oldest first, in the arena */
	size_t len;
	uint64_t newest; /* the id that telling them all comes to */
	bool full;       /* there may be more behind it */
};

/* What was not told yet, grouped. 1 on the first look ever: there is nothing, and telling begins
 * behind `newest` once that is on record. */
MUST_CHECK int alerts_waiting(
    struct store_conn *c, enum alert_way way, struct arena *a, struct alerts *ret, struct err *err);
/* Everything up to `newest` was told. */
MUST_CHECK int alerts_told(
    struct store_conn *c, enum alert_way way, uint64_t newest, time_ms now, struct err *err);

/* {"type":"varco.alert","timestamp":…,"data":{"alerts":[{kind,scope,severity,count,first_at,last_at,what,done,todo,detail}]}} */
MUST_CHECK int alerts_write(const struct alert *alerts, size_t len, enum lang lang, time_ms now,
    struct arena *a, struct buf *out);

/* The same as a letter: what happened, what was done and what to do, without the detail, which may
 * hold ids of messages. `place` names this Varco. */
struct alert_letter {
	const char *subject; /* one sentence, in static storage */
	struct str text;     /* in the arena */
};
MUST_CHECK int alerts_letter(const struct alert *alerts, size_t len, enum lang lang,
    const char *place, struct arena *a, struct alert_letter *ret);

#endif
