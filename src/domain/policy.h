/* domain/policy.h: facts × message × rules → decision. Pure: same input, same output; no clock, no store, no log. */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include "domain/rules.h"

/* Every rule runs. Any refuse → refuse; else any hold → hold until the latest; else allow. "Cannot tell" is a fail for business-initiated messages and a
 * warning for service replies. Nothing in *ret outlives `a`. 0 or -E_NOMEM; on error there is no decision and nothing may be sent. */
MUST_CHECK int policy_decide(const struct facts *facts, const struct message *send,
    const struct pack *pack, time_ms now, struct arena *a, struct decision *ret);

#endif
