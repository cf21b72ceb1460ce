/* apps/gateway/api_access.h: who may call which operation, as one table, and how an operation shows which portfolio it is
 * about. For the api_*.c files only.
 *
 *  (1) An operation without a row is for administrators who are bound to no portfolio.
 *  (2) A role is no ladder: each may do what its rows say. Only an administrator may do everything.
 *  (3) Who is bound to portfolios sees and does what is theirs; where an operation does not tell whose it is, it is not for
 *      them. */
#ifndef APPS_GATEWAY_API_ACCESS_H
#define APPS_GATEWAY_API_ACCESS_H

#include "apps/gateway/api.h"

enum api_scope {
	API_UNBOUND,   /* nothing tells whose it is */
	API_ANY,       /* it is about no portfolio */
	API_OWN,       /* the handler leaves out what is not theirs, by api_may_…() */
	API_PORTFOLIO, /* the field is the id of the portfolio … */
	API_WABA,
	API_NUMBER,
	API_PLACE,  /* … or of what the field "scope" says */
	API_CHANGE, /* … or "kind:id" */
	API_CAMPAIGN,
	API_DECISION,
	API_INCIDENT,
	API_LINK,
	API_REQUEST,
	API_TRIGGER, /* by their names */
	API_AUTOREPLY,
	API_APP, /* … or id or name of an integration, all of whose numbers are theirs */
};

struct api_access {
	const char *operation;
	unsigned roles; /* 1u << enum user_role */
	enum api_scope scope;
	const char *field; /* of the row in nouns.h; NULL = none is needed */
};

/* NULL: there is no row. */
const struct api_access *api_access_of(const char *operation);
bool api_role_may(enum user_role role, const char *operation);
/* May the caller do it for anything at all. */
bool api_may(const struct api_call *c, const char *operation);
/* May the caller do this: -E_DENIED with a sentence that says who may. Values must have been read for the second. */
MUST_CHECK int api_check_role(const struct api_call *c, struct err *err);
MUST_CHECK int api_check_scope(struct api_call *c, struct err *err);

#endif
