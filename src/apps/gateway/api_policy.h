/* apps/gateway/api_policy.h: what api_policy.c, which shows, and api_policy_change.c, which changes, share;
 * only for the two. */
#ifndef APPS_GATEWAY_API_POLICY_H
#define APPS_GATEWAY_API_POLICY_H

#include "apps/gateway/api.h"
#include "domain/policy_log.h"

/* What a call is about: filled on the loop, but for what the job finds. */
struct policy_call {
	struct policy_proposal proposal;
	bool at_once;
	struct pack_overlay from, to;
	int64_t number; /* of the version in force */
};

/* The call's, made by the first who asks. */
MUST_CHECK int policy_call_of(struct api_call *c, struct policy_call **ret, struct err *err);
/* x->from is in force, and x->to is the same. */
MUST_CHECK int policy_call_load(
    struct api_call *c, struct store_conn *conn, struct policy_call *x, struct err *err);
/* That of the path, or that was just made. */
MUST_CHECK int policy_call_find(
    struct api_call *c, struct store_conn *conn, struct policy_proposal *ret, struct err *err);
int policy_call_closed(struct api_call *c, struct err *err);
/* Its answer. */
MUST_CHECK int policy_call_show(struct api_call *c, struct err *err);

#endif
