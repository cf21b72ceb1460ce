/* domain/policy.h: facts × message × rules → decision. Pure: same input, same output; no clock, no store, no log. */
#ifndef DOMAIN_POLICY_H
#define DOMAIN_POLICY_H

#include "domain/rules.h"

/* Every rule runs. Any refuse → refuse; else any hold → hold until the latest; else allow. "Cannot tell" is a fail for business-initiated messages and a
 * warning for service replies. Nothing in *ret outlives `a`. 0 or -E_NOMEM; on error there is no decision and nothing may be sent. */
MUST_CHECK int policy_decide(const struct facts *facts, const struct message *send,
    const struct pack *pack, time_ms now, struct arena *a, struct decision *ret);

/* What depends on nothing but the message, its template's definition (NULL = unknown, or no template) and the pack: for
 * who has time before the decision is taken, where others wait. Then it is told as facts->foreseen, and nothing is decided otherwise
 * than without. */
void policy_foresee(const struct json *components, const struct message *send,
    const struct pack *pack, struct facts_foreseen *ret);

#endif
