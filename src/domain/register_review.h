/* domain/register_review.h: what falls due in the register: review dates and exceptions.
 *
 * Each reminder of the pack before a review date raises `integration.review_due` once, the end of that
 * day (readings 35) `integration.review_overdue`; a new date is told as `integration.reviewed` when
 * there was a reminder of the old one. An exception that has ended opens its entry again
 * (`integration.exception_ended`). What is revoked, removed or retired is left alone. */
#ifndef DOMAIN_REGISTER_REVIEW_H
#define DOMAIN_REGISTER_REVIEW_H

#include "domain/pack.h"
#include "domain/register.h"

/* A bounded number of entries a call: 1 there may be more, 0 there is none. */
MUST_CHECK int register_remind(
    const struct register_act *act, const struct pack_register *p, struct err *err);

/* The alarm of that kind about an entry; its id is the scope. */
MUST_CHECK int register_tell(const struct register_act *act, const char *kind,
    const struct integration_entry *e, struct err *err);

#endif
