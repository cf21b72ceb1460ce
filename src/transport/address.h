/* transport/address.h: which network addresses are the public Internet's.
 *
 * For what we fetch or post on somebody else's word (webhooks of apps): loopback, private,
 * link-local, shared (CGNAT), unique local, multicast, documentation, benchmarking and reserved
 * addresses are not public, nor are IPv6 addresses that carry an IPv4 address inside (mapped,
 * NAT64, 6to4, Teredo). Source: IANA's special-purpose address registries, 2026-11. */
#ifndef TRANSPORT_ADDRESS_H
#define TRANSPORT_ADDRESS_H

#include <stdbool.h>
#include <sys/socket.h>

#include "base/str.h"

/* False for every family but IPv4 and IPv6. */
bool address_is_public(const struct sockaddr *a);
bool address_is_loopback(const struct sockaddr *a);
/* Is the host of a URL ("127.0.0.1", "[::1]", "localhost") this very machine, by its spelling
 * alone. */
bool address_host_is_loopback(struct str host);
/* Could it be public, by its spelling alone: a name other than localhost, or a public address, in whatever
 * way its numbers are written. */
bool address_host_may_be_public(struct str host);

#endif
