/* apps/gateway/signin_guard.h: what keeps passwords and codes from being guessed: after some attempts that came to
 * nothing the next one has to wait, longer each time; by name, whether there is such a user or not, and by address.
 *
 *  (1) An attempt counts from its beginning, so that many at once are many.
 *  (2) Who gets in is forgiven the attempts under that name; an address only that one.
 *  (3) An hour without an attempt is forgotten. When the table is full, the least suspicious entry makes room, and
 *      leaves what was counted to whoever comes.
 *  (4) The addresses of one IPv6 network (/64) are one address.
 * In memory only, and as hashes. Times are of a clock that nobody sets. From any thread.
 *
 * Figures: NIST SP 800-63B-4, section 3.2.2, asks for at most 100 attempts in a row and suggests growing delays. */
#ifndef APPS_GATEWAY_SIGNIN_GUARD_H
#define APPS_GATEWAY_SIGNIN_GUARD_H

#include "base/clock.h"
#include "base/crypto.h"
#include "base/str.h"

#define SIGNIN_NAME_FREE 5 /* attempts without a wait */
#define SIGNIN_NAME_MOST_S (5 * 60)
#define SIGNIN_PEER_FREE 20
#define SIGNIN_PEER_MOST_S (15 * 60)
#define SIGNIN_FORGOTTEN_S (60 * 60)

/* Why somebody was not let in. */
enum signin_refusal {
	SIGNIN_WRONG_PASSWORD, /* or no such user, or one who is disabled */
	SIGNIN_WRONG_CODE,
	SIGNIN_WRONG_LINK,     /* used, over, or never given */
	SIGNIN_WRONG_PROVIDER, /* what the sign-in provider said, or did not say */
	SIGNIN_TOLD_TO_WAIT,
	SIGNIN_NO_ROOM, /* the gateway could not look: that is no guess */
	SIGNIN_REFUSALS,
};
const char *signin_refusal_name(enum signin_refusal why); /* "password", "code", … */

struct signin_guard;

struct signin_guard *signin_guard_new(void); /* NULL when memory ran out */
void signin_guard_free(struct signin_guard **pg);

/* A digest of the network of an address: of IPv6 the /64, else the address itself. */
void signin_guard_network(struct str peer, struct sha256 *ret);

/* 0: go on, and the attempt is counted; else the seconds to wait, and nothing is counted. `name` as it is compared. */
MUST_CHECK int64_t signin_guard_try(
    struct signin_guard *g, struct str name, struct str peer, mono_ns now);
/* What was no guess after all does not count. */
void signin_guard_undo(struct signin_guard *g, struct str name, struct str peer);
void signin_guard_passed(struct signin_guard *g, struct str name, struct str peer);

#endif
