/* flow/inbound.h: what Meta posts: verified, stored, in force, and only then answered 200.
 *
 * Signature over the raw bytes, by the app secret of the very WABA that each entry names (of any
 * WABA of a portfolio that it names); then one transaction: facts not seen before take effect
 * (flow/events.h), the raw body is kept sealed, and what apps are to hear waits in the forward
 * queue. 200 after the commit; 401 a wrong signature, 400 a body that is not an event post, 503
 * when it could not be stored: Meta then comes again.
 *
 * A fact that cannot be applied by fault of our own, while the store works, must not hold up what
 * came with it for the week that Meta tries: the others are applied, the post goes to quarantine
 * with the alarm "webhook.quarantined", and it is answered 200. */
#ifndef FLOW_INBOUND_H
#define FLOW_INBOUND_H

#include "flow/lane.h"
#include "transport/http_server.h"

/* POST /webhooks/meta; the body is whole. */
void inbound_post(struct lane *l, struct http_request *req);
/* GET /webhooks/meta: the subscription handshake. */
void inbound_verify(struct lane *l, struct http_request *req);

#endif
