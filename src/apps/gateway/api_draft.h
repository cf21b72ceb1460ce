/* apps/gateway/api_draft.h: what a call says of a draft, for api_audience.c: the same checks for who makes
 * one and for who edits one. */
#ifndef APPS_GATEWAY_API_DRAFT_H
#define APPS_GATEWAY_API_DRAFT_H

#include "apps/gateway/api_campaigns.h"
#include "domain/campaign_draft.h"

/* What the call gives takes the place of what *d has. Errors name the field. */
MUST_CHECK int draft_ask(struct api_call *c, struct campaign_draft *d, struct err *err);
/* Of an edit: is it a draft, and still what the call's "revision", when it has one, was read of. -E_CONFLICT. */
MUST_CHECK int draft_may_edit(struct api_call *c, const struct campaign *x, struct err *err);
/* The number that sends, when the call gives one: it is there, the caller's, and of the same portfolio,
 * since people are known by theirs; of another one only with an audience of its own. */
MUST_CHECK int draft_number(
    struct api_call *c, const struct directory *d, struct campaign *x, struct err *err);
/* Whether the call gives any of what can be edited; people alone: another audience. */
bool draft_is_given(const struct api_call *c, bool people);
/* For the operator's entry of the ledger: of what the call changes, what stood there. */
MUST_CHECK int draft_note_before(struct api_call *c, const struct campaign *was, struct err *err);
/* The members of the object that only an edit needs. */
void draft_write(struct api_call *c, const struct campaign *x);

#endif
