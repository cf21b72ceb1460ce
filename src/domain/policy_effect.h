/* domain/policy_effect.h: what the decisions on record would have been under another policy.
 *
 * Pure: nothing is written, and nothing is asked but what is on record. A decision keeps the rules that
 * did not pass, with their levels; what passed left no trace. So levels and exceptions can be told of
 * what failed. Rules whose figures change are judged anew where their facts are known: from the store
 * (limit.quiet_hours, limit.frequency), or from what the finding tells and else from the store
 * (policy_again.h). Where they are not, a failing rule cannot be told when its figure becomes laxer, and
 * a passing one when it becomes stricter. What cannot be told is counted, and only
 * where it would matter for the verdict. Each decision is looked at by itself, as the others went. */
#ifndef DOMAIN_POLICY_EFFECT_H
#define DOMAIN_POLICY_EFFECT_H

#include "domain/decision.h"
#include "domain/pack_overlay.h"
#include "store/store.h"

#define EFFECT_EXAMPLES 10
#define EFFECT_ROWS_MAX 200000

struct policy_effect {
	time_ms since, until;
	int64_t decisions;   /* looked at */
	bool complete;       /* false: there were more, older ones than could be looked at */
	time_ms reached;     /* the oldest that was; TIME_NONE = none */
	int64_t same;        /* verdicts that stay */
	int64_t cannot_tell; /* verdicts of which that cannot be told */
	int64_t moved[VERDICT_REFUSE + 1][VERDICT_REFUSE + 1]; /* from, to */
	struct {
		int64_t fails, passes; /* more and no more: at hold or refuse */
		int64_t cannot_tell;
	} rules[RULES_COUNT];
	uint64_t examples[EFFECT_EXAMPLES]; /* newest decisions whose verdict moves */
	size_t examples_len;
};

/* Of the decisions from `since` on, the newest first, until `deadline` or EFFECT_ROWS_MAX. `from` is the
 * policy in force, `to` the other one. 0, or a store error. */
MUST_CHECK int policy_effect(struct store_conn *c, const struct pack *from, const struct pack *to,
    time_ms since, time_ms now, mono_ns deadline, struct policy_effect *ret, struct err *err);

#endif
