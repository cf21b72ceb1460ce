/* apps/gateway/api_client.h: lists of one client: only what is of the portfolio that the field "portfolio" names. It
 * takes away from what the caller may see, and adds nothing. What is of no portfolio, or of none that is known,
 * belongs to all of them together and shows only without the field. */
#ifndef APPS_GATEWAY_API_CLIENT_H
#define APPS_GATEWAY_API_CLIENT_H

#include "apps/gateway/api.h"

/* A list that is narrowed looks at so many rows for one page; whoever wants more goes on from there. */
#define API_LOOK_MAX 2000

/* Is it here, and the caller's: 0, -E_DENIED or -E_NOT_FOUND. */
MUST_CHECK int api_client_check(struct api_call *c, struct err *err);
/* Without the field: true, 1. An app that may use numbers of several portfolios is of each. */
bool api_client_has_numbers(const struct api_call *c, const struct str *numbers, size_t len);
bool api_client_has_place(struct api_call *c, struct str scope, struct str id);
MUST_CHECK int api_client_has_object(struct api_call *c, struct str object, struct err *err);
/* The phone-number-ids of it, in the arena; without the field as api_bound_numbers(). -E_NOMEM. */
MUST_CHECK int api_client_numbers(
    struct api_call *c, const struct str **ret, size_t *ret_len, struct err *err);
/* Those of all portfolios that the caller is bound to; *ret NULL for who is bound to none: any number. For operations without
 * the field, too. */
MUST_CHECK int api_bound_numbers(
    struct api_call *c, const struct str **ret, size_t *ret_len, struct err *err);

#endif
