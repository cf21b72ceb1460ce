/* domain/policy_again.h: the facts by which one rule judged a decision, as far as they are still known: from what its
 * finding tells, or, when the rule passed and left no trace, from what the store has. For policy_effect.c.
 *
 * Where something that bears upon the rule is not known, two readings are given that lie as far apart as may be; who asks
 * judges both, and can tell what they agree on. */
#ifndef DOMAIN_POLICY_AGAIN_H
#define DOMAIN_POLICY_AGAIN_H

#include "domain/decision.h"
#include "store/store.h"

struct past_decision {
	uint64_t id;
	time_ms at;
	struct str app, number, waba, template_name, findings;
	uint64_t person;
	enum purpose purpose;
	enum message_kind kind;
	enum verdict verdict;
};

struct policy_again {
	struct store_conn *conn;
	const struct pack *from; /* that judged */
	time_ms now;
	struct arena *a;
};

#define READINGS 2

/* What `pack` would have made of it: `found` is what the rule said then, NULL = it passed. 1 and both readings; 0 when too
 * little is known, or the rule is not among those that can be judged again. Strings and arrays in the arena. */
MUST_CHECK int policy_again_facts(const struct policy_again *x, const struct past_decision *d,
    enum rule_index rule, const struct finding *found, const struct pack *pack,
    struct facts ret[READINGS], struct err *err);

#endif
