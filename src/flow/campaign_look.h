/* flow/campaign_look.h: what the gate would say now to one person of a campaign: the message as it
 * would be sent, the facts as a send reads them, the decision that policy makes of both. Changes
 * nothing. The same for a preflight, on a reading connection with budgets of its own, and for the
 * step that decides whom to put on record next. */
#ifndef FLOW_CAMPAIGN_LOOK_H
#define FLOW_CAMPAIGN_LOOK_H

#include "domain/campaign_people.h"
#include "domain/campaign_plan.h"
#include "domain/policy.h"
#include "flow/gather.h"

/* From where it is looked. */
struct campaign_sight {
	const struct pack *pack;
	struct store_conn *conn;
	struct budget *budget;
	struct recent *recent;
	struct bulk *bulk; /* NULL = not asked */
	const struct directory *directory;
	time_ms now;
	bool clock_suspect;
	/* People who are put on record by the same look, and are in no budget yet. */
	int64_t ahead;
};

struct campaign_seen {
	struct str body; /* as an app would post it */
	size_t empty;    /* variables with neither cell nor fallback */
	struct message message;
	struct facts facts;
	struct facts_digest twin;
	struct person person;
	struct decision decision;
};

/* 1 and *ret, with strings in `a`; 0 when the row stands for nobody any more. */
MUST_CHECK int campaign_look(const struct campaign_sight *s, const struct campaign *x,
    const struct campaign_plan *p, const struct campaign_member *m, struct arena *a,
    struct campaign_seen *ret, struct err *err);

#endif
