/* apps/analyze/crew.h: work cut into pieces that several threads do, with the outcome that one thread
 * would have.
 *
 * Each thread has a slot of its own, in which it takes a piece, works on it, and gives what came of it.
 * Pieces are given in the order in which they were taken, so what is told, and which error of several,
 * does not depend on the threads. */
#ifndef APPS_ANALYZE_CREW_H
#define APPS_ANALYZE_CREW_H

#include <stddef.h>

#include "base/err.h"

#define CREW_MAX 16 /* threads */

/* Each is 0 or <0 and *err but take(), which is 1, or 0 when nothing is left. */
struct crew_work {
	/* By one thread at a time. */
	int (*take)(void *user, void *slot, struct err *err);
	/* By all at the same time: touches nothing but the slot, and what nobody changes. */
	int (*work)(void *user, void *slot, struct err *err);
	/* By one thread at a time, in the order of take(); not before everything that was taken earlier. */
	int (*give)(void *user, void *slot, struct err *err);
	/* Behind give(), by all at the same time; NULL = nothing. */
	int (*after)(void *user, void *slot, struct err *err);
};

/* As many threads as there are slots, the caller's among them; fewer when the system gives no more. Back
 * when all is done. The first error in the order of pieces ends the work. */
MUST_CHECK int crew_run(const struct crew_work *work, void *user, void *const *slots,
    size_t slots_len, struct err *err);

/* How many threads are worth while on this machine, at most CREW_MAX. */
size_t crew_size(void);

#endif
