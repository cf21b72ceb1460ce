/* transport/oidc.h: OpenID Connect in our words: what a sign-in provider says of itself, the address that a browser is sent
 * to, the code that is exchanged, and whether the ID token that comes back proves who somebody is. No sockets.
 *
 * OpenID Connect Core 1.0, Discovery 1.0; RFC 7636 (PKCE, S256 alone), RFC 9207 (the issuer beside a code).
 *
 *  (1) The issuer is compared byte by byte, in the document, in the token and beside the code.
 *  (2) Where a provider may be, and where it may send us, is the caller's to judge: addresses here are only well formed.
 *  (3) Errors say what was wrong for the log, without a word of the token. */
#ifndef TRANSPORT_OIDC_H
#define TRANSPORT_OIDC_H

#include "base/crypto.h"
#include "base/json.h"

#define OIDC_DOCUMENT_MAX ((size_t)256 << 10) /* of each thing that a provider answers */
#define OIDC_URL_MAX 2000
#define OIDC_VALUE_MAX 255 /* bytes of what tells who somebody is; Core 2 says so of "sub" */
/* Clocks differ by so much. */
#define OIDC_LEEWAY_S 60
/* A token that was made longer ago than a sign-in may take is another's. */
#define OIDC_TOKEN_AGE_S (15 * 60)

struct oidc_provider {
	struct str issuer, authorize_url, token_url, keys_url;
	bool secret_in_header; /* client_secret_basic; else it goes into the body */
	bool names_itself;     /* RFC 9207: "iss" comes beside every code */
};

/* Its document, "/.well-known/openid-configuration" behind the issuer. Strings in the arena. -E_INVALID, -E_DENIED: of
 * another issuer, -E_UNSUPPORTED, -E_NOMEM. */
MUST_CHECK int oidc_read_provider(struct str document, struct str issuer, struct arena *a,
    struct oidc_provider *ret, struct err *err);
/* Where that document is. p NULL when memory ran out. */
struct str oidc_document_url(struct arena *a, struct str issuer);
/* An address of at most OIDC_URL_MAX bytes that can be printed, without a fragment. */
bool oidc_is_url(struct str url);

struct oidc_client_id {
	struct str id, secret; /* secret p NULL: a public client, which PKCE alone proves */
	struct str redirect_url;
};

struct oidc_asking {
	struct str scopes, state, nonce, verifier; /* the verifier itself stays here */
};
void oidc_write_authorize_url(const struct oidc_provider *p, const struct oidc_client_id *c,
    const struct oidc_asking *asking, struct buf *out);
/* The form that exchanges a code. */
void oidc_write_exchange(const struct oidc_provider *p, const struct oidc_client_id *c,
    struct str code, struct str verifier, struct buf *out);
/* The value of the header Authorization of that; nothing is written when there is none. */
void oidc_write_authorization(
    const struct oidc_provider *p, const struct oidc_client_id *c, struct buf *out);
/* The ID token of its answer, in the arena. */
MUST_CHECK int oidc_read_exchanged(
    struct str answer, struct arena *a, struct str *ret_token, struct err *err);

struct oidc_expected {
	struct str issuer, client_id, nonce;
	const char *claim; /* the one that users are found by, "email" or "sub" above all */
	int64_t now_s;     /* by the real clock, since 1970 */
};

struct oidc_identity {
	struct sha256 subject; /* of issuer and "sub": who it is, whatever they are called */
	char value[OIDC_VALUE_MAX + 1]; /* of the claim; an e-mail address in lower case (ASCII) */
	bool verified; /* of an e-mail address, that the provider says so; of other claims true */
};
/* 0; -E_NOT_FOUND: no key is meant, newer ones may be; everything else but -E_NOMEM is a token that proves nothing.
 * `keys`: the provider's set as JSON. */
MUST_CHECK int oidc_check_token(struct str token, struct str keys,
    const struct oidc_expected *expected, struct arena *a, struct oidc_identity *ret,
    struct err *err);

/* The address of an e-mail as it is compared, in place. */
void oidc_fold_value(const char *claim, char *value);

#endif
