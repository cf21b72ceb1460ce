/* domain/trip.h: the circuit breaker acts.
 *
 * What was counted (signal.h) is written, each scope that changed is judged (breaker.h), and what
 * begins is told once as an alarm: "breaker.warn" or "breaker.pause", and "breaker.clear" when it is over; its scope "number:101", its
 * detail an object of the signal, its cases and the share that they prove. A pause stops marketing of
 * that scope alone; it ends by the pack's time or when someone resumes it. Replies, utility and
 * authentication go on. */
#ifndef DOMAIN_TRIP_H
#define DOMAIN_TRIP_H

#include "base/id.h"
#include "domain/breaker.h"

#define TRIP_BY "breaker" /* the maker of its pauses */

/* Inside a transaction. *ret_paused: a pause was set, and the directory is out of date. */
MUST_CHECK int trip_write(struct signals *s, struct store_conn *c, const struct pack *pack,
    struct id_gen *ids, time_ms now, bool *ret_paused, struct err *err);

#endif
