/* domain/trip.h: the circuit breaker acts.
 *
 * What was counted (signal.h) is written, each scope that changed is judged (breaker.h), and what
 * begins is told once as an alarm: "breaker.warn" or "breaker.pause", and "breaker.clear" when it is over; its scope "number:101", its
 * detail an object of the signal, its cases, the share that they prove, and whether it is a proxy. A pause stops marketing of
 * that scope alone; it ends by the pack's time or when someone resumes it. Replies, utility and
 * authentication go on. */
#ifndef DOMAIN_TRIP_H
#define DOMAIN_TRIP_H

#include "base/id.h"
#include "domain/breaker.h"

#define TRIP_BY "breaker" /* the maker of its pauses */

/* Marketing of one place is paused, in words of the pack's signals or an error code; when the pause is
 * over it begins again by steps (resume.h). 0 also when there is no such place any more. */
MUST_CHECK int trip_pause(struct store_conn *c, enum signal_scope scope, struct str id,
    time_ms until, struct str why, time_ms now, struct err *err);
/* Inside a transaction. *ret_paused: a pause was set, and the directory is out of date. */
MUST_CHECK int trip_write(struct signals *s, struct store_conn *c, const struct pack *pack,
    struct id_gen *ids, time_ms now, bool *ret_paused, struct err *err);
/* What would be found of a place now; reads only. */
MUST_CHECK int trip_findings(struct store_conn *c, const struct pack *pack, enum signal_scope scope,
    struct str id, time_ms now, struct breaker_finding ret[BREAKER_FINDINGS_MAX], size_t *ret_len,
    struct err *err);
/* For so long no webhook has come for a number that sends (silence.h); its own pause ends as soon as one
 * comes. `part` of what is told are seconds. *ret_paused as above, also when a pause ended. */
MUST_CHECK int trip_silence(struct store_conn *c, const struct pack *pack, struct id_gen *ids,
    struct str number, int64_t silent_ms, time_ms now, bool *ret_paused, struct err *err);

#endif
