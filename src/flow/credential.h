/* flow/credential.h: Meta's token of an account, refused and good again.
 *
 * An account whose token was refused sends nothing: each attempt would fail, and what may wait had
 * better wait. So all of it is paused by PAUSE_BY_META, people are told once and an incident opens
 * (incident_watch.c). A token that had expired is good again when Meta answers a question with it;
 * one that lacks a right answers questions all the same, so that only another token or a person ends
 * that pause. Inside the caller's transaction. */
#ifndef FLOW_CREDENTIAL_H
#define FLOW_CREDENTIAL_H

#include "flow/core.h"

/* Meta refused it with this code of the pack's effect "token". Told once. */
MUST_CHECK int credential_refused(
    struct core *core, struct store_conn *c, struct str waba, int64_t code, struct err *err);
/* Meta answered a question that was asked with it at that moment: what was refused since then stays. */
MUST_CHECK int credential_works(
    struct core *core, struct store_conn *c, struct str waba, time_ms asked_at, struct err *err);
/* It is another one now. */
MUST_CHECK int credential_replaced(
    struct core *core, struct store_conn *c, struct str waba, struct err *err);

#endif
