/* flow/watch.h: looks after the disk and the clock, and tells the operator when either changes: a line
 * in the log and an alarm, of kind disk.low, disk.full and disk.fine, clock.skew, clock.suspect and
 * clock.trusted.
 *
 * An alarm of the clock names the next entry of the ledger: what lies between clock.suspect and
 * clock.trusted bears times of a suspect clock; its order is that of the entries. While the clock is
 * suspect the upstream is asked for the time now and then, because closed windows may leave nobody
 * else to ask. On one lane. */
#ifndef FLOW_WATCH_H
#define FLOW_WATCH_H

#include "flow/lane.h"

#define WATCH_MS 1000
struct watch;
MUST_CHECK int watch_open(struct lane *l, struct watch **ret, struct err *err);
/* Begins nothing more; idle when nothing is under way, and only then closed. NULL is nothing to
 * stop, and idle. */
void watch_stop(struct watch *w);
bool watch_is_idle(const struct watch *w);
void watch_close(struct watch **pw);
/* Called every WATCH_MS. */
void watch_look(struct watch *w);

#endif
