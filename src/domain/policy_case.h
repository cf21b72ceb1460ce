/* domain/policy_case.h: one policy case of design 7: facts, a message and a time in one JSON object.
 *
 * What `varco decide` reads and the fuzzer throws. Everything borrows from the JSON document and the
 * arena. */
#ifndef DOMAIN_POLICY_CASE_H
#define DOMAIN_POLICY_CASE_H

#include "domain/facts.h"
#include "domain/message.h"

struct policy_case {
	struct str name; /* p NULL = none */
	time_ms now;
	struct facts facts;
	struct message send;
	const struct json *expect; /* NULL = none; not looked at here */
};

/* `send.app` and `send.number` are compared with the facts' (readings 15, 16): a key of another app makes
 * the app unknown, another number makes the number unknown. 0; -E_INVALID naming the field; -E_NOMEM.
 * A `send.body` that is no message is not an error here: rule 509 reports it. */
MUST_CHECK int policy_case_read(struct arena *a, const struct pack *pack, const struct json *obj,
    struct policy_case *ret, struct err *err);

#endif
