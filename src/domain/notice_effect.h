/* domain/notice_effect.h: what a notice that came by e-mail changes: the same rows that Meta's webhook
 * would change, but only ever to the stricter side, and nothing at all when the e-mail looks forged.
 *
 * Whoever writes such an e-mail can stop somebody's sending at the worst, if they get an operator to
 * import it; they can never start it. What a notice says is on record once: the same e-mail again adds
 * nothing. Inside the caller's transaction, who loads a new directory and leaves a ledger leaf. */
#ifndef DOMAIN_NOTICE_EFFECT_H
#define DOMAIN_NOTICE_EFFECT_H

#include "base/crypto.h"
#include "domain/directory.h"
#include "domain/incident.h"
#include "domain/notice.h"

#define NOTICE_CHANGES_MAX 16

/* One thing that was made stricter: "waba.state", "waba.restriction", "template.status",
 * "number.quality", "portfolio.limit". */
struct notice_change {
	const char *what;
	struct str id;       /* of the object */
	struct str from, to; /* from p NULL = there was none */
	time_ms until;       /* TIME_NONE = none told */
};

struct notice_record {
	uint64_t id;             /* "ntc_…" */
	time_ms at;              /* when it was imported */
	bool known;              /* the same e-mail was imported before */
	struct str waba, number; /* the objects it was found to be about; p NULL = none */
	struct notice_change changes[NOTICE_CHANGES_MAX];
	size_t changes_len;
	uint64_t incident; /* that it opened, was told to or answered; 0 = none */
};

/* What the notice is about, and what it changes now; nothing is written. `a` keeps the strings. */
MUST_CHECK int notice_plan(const struct pack *pack, const struct directory *d,
    const struct notice *n, struct arena *a, struct notice_record *ret, struct err *err);
/* Makes the changes of the plan, with an alarm, an incident for what is bad, the answer in the incident
 * of which it is one, and a row that keeps what
 * was understood, as JSON. `digest` is the e-mail's: one that is on record already only sets
 * ret->known and its id. */
MUST_CHECK int notice_apply(struct incident_desk *d, const struct notice *n, struct str understood,
    const struct sha256 *digest, struct notice_record *r, struct err *err);
/* Members of an object under construction. */
void notice_record_write(const struct notice_record *r, struct json_writer *w);

struct notice_row {
	uint64_t id;
	time_ms at;
	struct str understood; /* JSON */
};
/* Newest first, ids below `before` (0 = any); at most `limit`, and then *ret_more. */
MUST_CHECK int notice_list(struct store_conn *c, uint64_t before, size_t limit, struct arena *a,
    struct notice_row **ret, size_t *ret_len, bool *ret_more, struct err *err);
/* Retention: what is older than `before` is dropped, a bounded number per call; 1 there may be more,
 * 0 there is none. */
MUST_CHECK int notice_purge(struct store_conn *c, time_ms before, struct err *err);

#endif
