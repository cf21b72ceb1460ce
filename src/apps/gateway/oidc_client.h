/* apps/gateway/oidc_client.h: what is asked of the sign-in provider, on one loop: its document, its keys, the exchange of a
 * code. Nothing of it waits on a thread.
 *
 *  (1) https alone, and addresses of the public Internet alone, unless the configuration says otherwise; where the issuer
 *      itself is on loopback, as in tests, its endpoints may be too. No redirect is followed, and answers are bounded.
 *  (2) The document and the keys are kept for an hour at most. Whoever asks while they are fetched waits for the same
 *      answer; after a failure nothing is fetched for a second.
 *  (3) Keys are fetched again at once for a token of an unknown key, and then not for a minute, unless that failed. */
#ifndef APPS_GATEWAY_OIDC_CLIENT_H
#define APPS_GATEWAY_OIDC_CLIENT_H

#include "base/clock.h"
#include "base/loop.h"
#include "transport/oidc.h"

#define OIDC_KEPT_S (60 * 60)
#define OIDC_KEYS_AGAIN_S 60
#define OIDC_FAILED_S 1

struct oidc_client;

struct oidc_client_options {
	struct str issuer;
	const struct oidc_client_id *id;
	const char *ca_file; /* NULL = the system's */
	bool private_network;
};

/* Something that is waited for; `on_end` comes once, on the loop, perhaps before the call returns. rc 0; -E_IO: the
 * provider is not reached or says nothing of use; -E_DENIED: it refused; or what transport/oidc.h says. */
struct oidc_wait {
	void (*on_end)(struct oidc_wait *w, int rc);
	/* of an exchange, in `arena`, which lives until then */
	struct arena *arena;
	struct str token;
	/* private */
	struct oidc_wait *next;
	struct buf body;
};

/* Options are borrowed. */
MUST_CHECK int oidc_client_open(
    struct loop *l, const struct oidc_client_options *o, struct oidc_client **ret, struct err *err);
void oidc_client_close(struct oidc_client **pc); /* ends what is under way */

/* With rc 0 oidc_client_provider() is there, until the loop's next turn. */
void oidc_client_meet(struct oidc_client *c, struct oidc_wait *w);
const struct oidc_provider *oidc_client_provider(const struct oidc_client *c);
/* The provider is met. With rc 0 oidc_client_keys() is there, until the loop's next turn; `again` when those that are kept
 * did not do. */
void oidc_client_fetch_keys(struct oidc_client *c, bool again, struct oidc_wait *w);
struct str oidc_client_keys(const struct oidc_client *c);
/* The provider is met. With rc 0 w->token is there. */
void oidc_client_exchange(
    struct oidc_client *c, struct str code, struct str verifier, struct oidc_wait *w);

#endif
