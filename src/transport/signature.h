/* transport/signature.h: how shops and CRMs sign what they post, as their documentation has it
 * (docs/triggers.md names the pages). A way of signing is a word:
 *
 *   shopify      X-Shopify-Hmac-SHA256: base 64 of the HMAC-SHA-256 of the body
 *   woocommerce  X-WC-Webhook-Signature: the same
 *   hubspot      X-HubSpot-Signature-v3: base 64 of the HMAC-SHA-256 of method, address, body and
 *                X-HubSpot-Request-Timestamp, which must not be older than five minutes
 *   hubspot_v2   X-HubSpot-Signature: hex of the SHA-256 of secret, method, address and body
 *   hubspot_v1   X-HubSpot-Signature: hex of the SHA-256 of secret and body
 *   hub          X-Hub-Signature-256: "sha256=" and hex of the HMAC-SHA-256 of the body
 * Compared in constant time, over the bytes as they came. */
#ifndef TRANSPORT_SIGNATURE_H
#define TRANSPORT_SIGNATURE_H

#include "base/clock.h"
#include "base/str.h"

struct signature_way;

/* NULL when there is no such way. */
const struct signature_way *signature_way(struct str name);
/* The n-th of their names from 0; NULL behind the last. */
const char *signature_name(size_t n);
/* Headers that it looks at, in lower case; `stamp` NULL = none. */
const char *signature_header(const struct signature_way *way);
const char *signature_stamp_header(const struct signature_way *way);

struct signed_post {
	struct str method, url, body; /* url: whole, as whoever posts knows it */
	struct str signature, stamp;  /* of the headers; p NULL = absent */
};

bool signature_ok(const struct signature_way *way, struct str secret,
    const struct signed_post *post, time_ms now);

#endif
