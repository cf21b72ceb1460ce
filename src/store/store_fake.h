/* store/store_fake.h: a real store whose failures are scripted. For tests of any floor.
 *
 * A thin wrapper: what is not scripted goes to the real driver, what is scripted fails before the
 * real driver is asked. A failed commit is rolled back, as the contract of store_commit says.
 * Scripts may be changed at any time by any thread. The loop to write over it: fail the 1st, 2nd,
 * 3rd … until the deed ends without having met the fault (fake_met says so). */
#ifndef STORE_STORE_FAKE_H
#define STORE_STORE_FAKE_H

#include "store/store.h"

enum fake_point {
	FAKE_CONNECT,
	FAKE_BEGIN,
	FAKE_EXEC,
	FAKE_PREPARE, /* only of statements that are not in the cache yet */
	FAKE_STEP,
	FAKE_COMMIT,
	FAKE_CHECKPOINT,
	FAKE_CHECK,
	FAKE_POINTS
};

#define FAKE_FOR_EVER (-1L)

/* `url` as in store_open, which it replaces; store_close ends it like any other. */
MUST_CHECK int fake_open(const char *url, struct store **ret, struct err *err);

/* From now on the `nth` call of that kind (1 = the next), over all connections, fails with -`code`,
 * and so do those after it, `times` in all. Replaces the script of that point; nth 0 removes it. */
void fake_fail(struct store *s, enum fake_point point, long nth, long times, enum err_code code);
/* How often that point failed as its script said, since fake_fail. */
long fake_met(struct store *s, enum fake_point point);
/* Calls of that kind since the store was opened. */
long fake_calls(struct store *s, enum fake_point point);
/* Whether store_suspect is to say so of every connection; a store_check that passes ends it. */
void fake_set_suspect(struct store *s, bool suspect);

#endif
