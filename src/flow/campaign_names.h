/* flow/campaign_names.h: which campaigns the sends of apps name (Varco-Campaign). A name goes where
 * everybody looks: into lists, alarms and logs, and every name has counts of its own, hour by hour. So
 * it must tell of no person, and there are only so many of them an hour: an app that names each message
 * would otherwise fill the store. Of a lane, on its loop. */
#ifndef FLOW_CAMPAIGN_NAMES_H
#define FLOW_CAMPAIGN_NAMES_H

#include "base/clock.h"
#include "base/err.h"
#include "base/map.h"

struct campaign_names {
	struct imap *seen; /* in this hour; NULL = none */
	int64_t hour;
};

/* 1 to 64 letters, digits, dots, dashes and underscores. */
bool campaign_name_is_valid(struct str name);
/* Nine digits or more behind one another, whatever stands between them, are as good as a telephone
 * number, unless they begin with a day as 20261122. */
bool campaign_name_is_number(struct str name);
/* Whether there is room for it among `most` of this hour: 1, 0, or -E_NOMEM. */
MUST_CHECK int campaign_names_take(
    struct campaign_names *n, struct str name, time_ms now, int64_t most);
/* Until there is room again: seconds to the end of the hour, at least 1. */
int64_t campaign_names_wait_s(time_ms now);
void campaign_names_done(struct campaign_names *n);

#endif
