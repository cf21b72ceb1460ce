/* flow/campaign_settle.h: people of a campaign who are on record as sends: what became of them, and
 * calling them back while they have not left. On the writer, inside a transaction; the caller writes
 * the campaign. */
#ifndef FLOW_CAMPAIGN_SETTLE_H
#define FLOW_CAMPAIGN_SETTLE_H

#include "domain/campaign_people.h"
#include "domain/rules.h"
#include "flow/core.h"

#define CAMPAIGN_OPEN_MAX 2000 /* of one campaign on record at a time */
#define CAMPAIGN_KEY_MAX (2 * ID_TEXT_MAX)

/* What acts on a campaign inside a transaction. */
struct campaign_desk {
	struct core *core;
	struct store_conn *conn;
	struct arena *arena;
	time_ms now;
	uint64_t
	    checked; /* directory under which the campaign was found to be what was approved; 0 = none */
	bool stopped; /* told: something of it must not leave any more that may be on its way */
};

/* The Idempotency-Key under which a person gets the campaign. */
void campaign_key(uint64_t campaign, uint64_t person, char out[CAMPAIGN_KEY_MAX]);
/* Rules that forbid the campaign and not this person. */
bool campaign_rule_is_about_all(const struct rule *rule);

/* Those whose outcome is not known yet. */
struct campaign_open {
	int64_t all;
	int64_t near; /* that the gate has not judged yet, or that are leaving */
	int64_t here; /* that can be called back */
	const struct rule
	    *why;      /* that holds the first who waits; NULL = nobody waits, or for nothing */
	time_ms until; /* looked at again then */
};
MUST_CHECK int campaign_reconcile(
    struct campaign_desk *k, struct campaign *x, struct campaign_open *ret, struct err *err);
/* Everything on record that has not left yet is called back: its people wait again. What waits for a
 * connection asks before it goes (dispatch.c). */
MUST_CHECK int campaign_call_back(struct campaign_desk *k, struct campaign *x, struct err *err);
/* The same in every campaign that has somebody of that list on record. */
MUST_CHECK int campaign_call_back_list(struct campaign_desk *k, struct str source, struct err *err);

#endif
