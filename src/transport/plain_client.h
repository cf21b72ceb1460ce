/* transport/plain_client.h: the calls of upstream.h that go over plain HTTP/1.1, on connections of
 * our own. Private to upstream.c, which picks; the contract is upstream.h's. */
#ifndef TRANSPORT_PLAIN_CLIENT_H
#define TRANSPORT_PLAIN_CLIENT_H

#include "transport/plain_request.h"

struct plain_client;

/* What the calls of both clients begin with. */
struct upstream_call {
	bool plain;
};

MUST_CHECK int plain_client_open(
    struct loop *l, const struct upstream_options *o, struct plain_client **ret, struct err *err);
void plain_client_close(struct plain_client **pp); /* ends the calls under way */

/* `t` is what plain_request_split() made of `r`, which was checked. */
MUST_CHECK int plain_client_start(struct plain_client *p, const struct upstream_request *r,
    const struct plain_target *t, struct upstream_call **ret, struct err *err);
void plain_client_cancel(struct upstream_call *call);
size_t plain_client_in_flight(const struct plain_client *p);

#endif
