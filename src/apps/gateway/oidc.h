/* apps/gateway/oidc.h: signing in to the console by a sign-in provider: OpenID Connect, the authorization code flow with PKCE.
 *
 *   /console/oidc/start  → the provider, with a cookie for the way
 *   the provider         → /console/oidc/back, with a code
 *   the code             → an ID token → who it is → /console/#oidc
 *   the page there       → POST /api/v1/session/provider, which signs in (api_oidc.c)
 *
 * The last step is a request of the console's own page, because the browser sends no cookie of ours that is "Strict" on
 * the way back: so the session before is ended there as with every sign-in, and who did it is on the ledger.
 *
 *  (1) A browser is only ever sent to the provider's own address, or to the console.
 *  (2) Whatever goes wrong ends at the sign-in page, "#oidc=" and a word: again, denied, refused, down or token. */
#ifndef APPS_GATEWAY_OIDC_H
#define APPS_GATEWAY_OIDC_H

#include "apps/gateway/oidc_client.h"
#include "apps/gateway/oidc_visit.h"

#define OIDC_START "/console/oidc/start"
#define OIDC_BACK "/console/oidc/back"

struct gate;
struct gateway;

/* Of a gateway whose configuration names a provider: what all its gates share. */
struct oidc {
	struct oidc_visits *visits;
	struct buf secret, redirect_url;
	struct oidc_client_id id;
	struct oidc_client_options options;
};
/* 0 and *ret NULL when no provider is configured; its public address is known. */
MUST_CHECK int oidc_new(const struct gateway *gw, struct oidc **ret, struct err *err);
void oidc_free(struct oidc **po);

/* One of the two addresses. */
void oidc_request(struct gate *g, struct http_request *req);

#endif
