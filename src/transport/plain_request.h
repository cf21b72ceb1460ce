/* transport/plain_request.h: which requests the plain client takes, and their heads as bytes.
 * Private to the clients of upstream.h; no sockets here.
 *
 * It takes what applications send most: whole bodies to an http:// address of the ordinary form,
 * with whole answers. All else, and every address that libcurl would rewrite before it uses it, is
 * libcurl's. What is sent is what libcurl sends, header for header. */
#ifndef TRANSPORT_PLAIN_REQUEST_H
#define TRANSPORT_PLAIN_REQUEST_H

#include "transport/upstream.h"

#define PLAIN_HOST_MAX 253 /* the longest name of a host (RFC 1035, 2.3.4) */

/* Where a request goes; views of its URL. */
struct plain_target {
	struct str host; /* a name, or a literal address; one of IPv6 without its brackets */
	uint16_t port;
	struct str authority; /* host and port as they were spelt */
	struct str path;      /* with the query */
};

bool plain_request_split(const struct upstream_request *r, struct plain_target *ret);
/* Appends the head with its empty line. */
void plain_request_head(
    struct buf *out, const struct upstream_request *r, const struct plain_target *t);

/* Hop by hop, or the client's to say: not passed on by either client. */
bool plain_request_leaves_out(struct str header);

#endif
