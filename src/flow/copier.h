/* flow/copier.h: copies of the store made by the clock, and an alarm when the newest good one is older than it should
 * be: backup.overdue, and backup.fine once there is one again.
 *
 * Looking costs nothing while the newest good copy is known; the folder is read at first, when a copy was made or
 * checked, and now and then, for files may be taken away by hand. What could not be made is tried again after
 * COPIER_RETRY_MS. On one lane. */
#ifndef FLOW_COPIER_H
#define FLOW_COPIER_H

#include "flow/backup.h"
#include "flow/lane.h"

#define COPIER_MS 2000
#define COPIER_RETRY_MS (10 * MS_PER_MIN)

struct copier;
MUST_CHECK int copier_open(struct lane *l, struct copier **ret, struct err *err);
/* Called every COPIER_MS. */
void copier_run(struct copier *k);
/* Begins nothing more; one under way gives up because the gateway drains. NULL is nothing to stop, and idle. */
void copier_stop(struct copier *k);
bool copier_is_idle(const struct copier *k);
void copier_close(struct copier **pk); /* idle, and its loop does not run any more */

#endif
