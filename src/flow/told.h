/* flow/told.h: an object's state may have changed: what follows is the same whoever told it.
 *
 * The change goes into the history, the directory is loaded anew, and what a person should hear of
 * becomes an alarm, unless a person did it. Inside the transaction of the change. */
#ifndef FLOW_TOLD_H
#define FLOW_TOLD_H

#include "domain/history.h"
#include "flow/core.h"

MUST_CHECK int told_change(struct core *core, struct store_conn *c, enum history_kind kind,
    struct str id, const struct history_by *by, struct err *err);
/* The same for what an operator does, in the words of a reason (p NULL = none). */
MUST_CHECK int told_by_operator(struct core *core, struct store_conn *c, enum history_kind kind,
    struct str id, struct str reason, struct err *err);
/* An alarm about an object; the detail is JSON with at most those two members (p NULL = without). */
MUST_CHECK int told_alarm(struct core *core, struct store_conn *c, const char *kind,
    const char *scope, struct str id, struct str word, struct str before, struct err *err);

#endif
