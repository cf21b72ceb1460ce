/* base/jose.h: is a text signed by one of these keys: JWS in its compact form (RFC 7515) against a JSON Web Key Set
 * (RFC 7517), as sign-in providers use them.
 *
 *  (1) Two algorithms are known: RS256 and ES256. Whatever else a header asks for, "none" and those with a shared secret
 *      above all, is refused; so the kind of a key is never chosen by who made the text.
 *  (2) Keys come from the set alone; what a header brings along (jwk, jku, x5c, x5u) is not looked at, and one that wants
 *      something understood ("crit") is refused.
 *  (3) An RSA key has 2048 to 8192 bits and an odd exponent of at most 32 bits; an EC key is a point of P-256.
 *  (4) Nothing is waited for, and memory is bounded; some hundred microseconds of work, so not on a loop.
 * What the payload says is another's to judge (transport/oidc.h). */
#ifndef BASE_JOSE_H
#define BASE_JOSE_H

#include "base/json.h"

#define JOSE_TOKEN_MAX ((size_t)16 << 10)
#define JOSE_KEYS_MAX 64

/* `keys`: the set, with its member "keys"; more than JOSE_KEYS_MAX are not looked at. 0 and the payload's JSON, in the
 * arena. -E_INVALID or -E_TOO_LARGE: no such text; -E_UNSUPPORTED: another algorithm; -E_NOT_FOUND: none of the keys is
 * meant, newer ones may be; -E_CRYPTO: it is not signed by the key; -E_NOMEM. */
MUST_CHECK int jose_verify(struct str token, const struct json *keys, struct arena *a,
    const struct json **ret_payload, struct err *err);

#endif
