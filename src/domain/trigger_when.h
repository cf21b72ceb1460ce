/* domain/trigger_when.h: the conditions of a trigger, an array of {"at": pointer, TEST: value} that must all hold.
 *   is, is_not      a value, or one of several; is_not holds where nothing is
 *   above, below    a number; a text that is one counts as a number
 *   present         true or false; null is as nothing
 * Strings borrow from the document. */
#ifndef DOMAIN_TRIGGER_WHEN_H
#define DOMAIN_TRIGGER_WHEN_H

#include "base/json.h"

/* Are they conditions, and can they hold together. `when` NULL = none. 0, or -E_INVALID or -E_RANGE with
 * the field "when". */
MUST_CHECK int trigger_when_check(const struct json *when, struct err *err);
/* Does the event fulfil them all; *ret_at is where it does not. `when` passed the check, or is NULL. */
bool trigger_when_holds(const struct json *when, const struct json *event, struct str *ret_at);

/* No event that fulfils them all has a text or a number there: they ask that nothing be there, or above it. */
bool trigger_when_bars(const struct json *when, struct str pointer);
/* What is there is one of a few values that they name, or nothing. */
bool trigger_when_pins(const struct json *when, struct str pointer);

/* Is it a JSON pointer. 0 or -E_INVALID with the member. */
MUST_CHECK int trigger_check_pointer(const struct json *v, const char *member, struct err *err);

#endif
