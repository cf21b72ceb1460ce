/* apps/gateway/oidc_visit.h: who is on the way to the sign-in provider, and back.
 *
 *   begin → OUT: the browser was sent away
 *   back  → BACK: it came back with the state that it was sent away with; the code is being exchanged
 *   prove → PROVED: the provider said who it is
 *   end   → nothing is left
 *
 *  (1) A visit belongs to one browser, by a cookie, and each of its steps is made once, in this order.
 *  (2) It lasts ten minutes in all, and two from the moment that somebody is proved.
 *  (3) Beginning one takes nothing away from anybody: what a browser is sent away with follows from its cookie and a key
 *      of this process, and is kept nowhere.
 *  (4) Who comes back has a place. One network has a quarter of them at most; when there is none left the oldest makes
 *      room, those where nobody is proved first.
 * In memory only, cookies as hashes; a restart ends them all. Times are of a clock that nobody sets. From any thread. */
#ifndef APPS_GATEWAY_OIDC_VISIT_H
#define APPS_GATEWAY_OIDC_VISIT_H

#include "apps/gateway/session.h"
#include "transport/oidc.h"

#define OIDC_COOKIE "__Host-varco-oidc"
#define OIDC_VISIT_S (10 * 60)
#define OIDC_PROVED_S (2 * 60)

struct oidc_visits;

struct oidc_visit {
	char state[SESSION_SECRET_MAX], nonce[SESSION_SECRET_MAX], verifier[SESSION_SECRET_MAX];
};

struct oidc_visits *oidc_visits_new(void); /* NULL when memory ran out */
void oidc_visits_free(struct oidc_visits **pv);

/* `cookie` is what the browser holds. */
void oidc_visit_begin(const struct oidc_visits *v, mono_ns now, char cookie[SESSION_SECRET_MAX],
    struct oidc_visit *ret);
/* Each 0, or -E_DENIED: there is no such visit, it is over, or another step of it comes next. */
MUST_CHECK int oidc_visit_back(struct oidc_visits *v, struct str peer, struct str cookie,
    struct str state, mono_ns now, struct oidc_visit *ret);
MUST_CHECK int oidc_visit_prove(
    struct oidc_visits *v, struct str cookie, const struct oidc_identity *who, mono_ns now);
MUST_CHECK int oidc_visit_end(
    struct oidc_visits *v, struct str cookie, mono_ns now, struct oidc_identity *ret);

#endif
