/* domain/trigger_sense.h: can a definition do anything at all. What contradicts itself is found when it is written: of an
 * event that is passed over for ever nobody would hear. */
#ifndef DOMAIN_TRIGGER_SENSE_H
#define DOMAIN_TRIGGER_SENSE_H

#include "domain/trigger.h"

/* `t` has been read, each member for itself. 0, or -E_INVALID with the member: no event can fulfil `when` and fill what
 * is needed, or all events have one `event_id`. */
MUST_CHECK int trigger_sense_check(const struct trigger *t, struct err *err);

#endif
