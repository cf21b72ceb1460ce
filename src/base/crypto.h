/* base/crypto.h: hashes, MACs, random bytes, signatures, sealed secrets: OpenSSL and libsodium in our words.
 *
 * crypto_init once per process before anything else here. Functions without an error cannot fail
 * after crypto_init (a broken library is an ASSERT). */
#ifndef BASE_CRYPTO_H
#define BASE_CRYPTO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/str.h"

#define SHA256_LEN 32
#define SEAL_KEY_LEN 32

struct sha256 {
	uint8_t b[SHA256_LEN];
};

MUST_CHECK int crypto_init(struct err *err);
void crypto_sha256(struct str data, struct sha256 *ret);
/* Of one text right behind the other. */
void crypto_sha256_of_two(struct str first, struct str second, struct sha256 *ret);
void crypto_hmac_sha256(struct str key, struct str data, struct sha256 *ret);
/* The same over what comes piece by piece. */
struct crypto_hash;
MUST_CHECK struct crypto_hash *crypto_hash_new(void); /* NULL when memory ran out */
void crypto_hash_add(struct crypto_hash *h, struct str data);
void crypto_hash_end(
    struct crypto_hash **ph, struct sha256 *ret); /* and frees it; ret may be NULL */
void crypto_random(void *out, size_t len);

/* Lower case; `out` has room for 2 * len + 1 bytes. */
void hex_encode(const void *data, size_t len, char *out);
/* Exactly out_len bytes, digits of any case; else -E_INVALID and nothing is written. */
MUST_CHECK int hex_decode(struct str hex, void *out, size_t out_len);
/* RFC 4648: base 32 in lower case and without padding, base 64 with it. */
void base32_encode(const void *data, size_t len, struct buf *out);
void base64_encode(struct str data, struct buf *out);
MUST_CHECK int base64_decode(struct str text, struct buf *out);
/* The same without memory of their own, for what has a known length. Room for BASE64_LEN(len) + 1
 * bytes; exactly out_len bytes in the one form that they have, else -E_INVALID and what `out` then
 * holds means nothing. */
#define BASE64_LEN(len_) (((len_) + 2) / 3 * 4)
void base64_write(const void *data, size_t len, char *out);
MUST_CHECK int base64_read(struct str text, void *out, size_t out_len);
/* Base 64 for the web (RFC 4648, section 5), without padding. */
void base64url_encode(struct str data, struct buf *out);
MUST_CHECK int base64url_decode(struct str text, struct buf *out);

/* Signatures: Ed25519 (RFC 8032). The same seed always gives the same keys, and the same key the
 * same signature of the same data. */
#define ED25519_SEED_LEN 32
#define ED25519_PUBLIC_LEN 32
#define ED25519_SECRET_LEN 64
#define ED25519_SIGNATURE_LEN 64

struct ed25519_public {
	uint8_t b[ED25519_PUBLIC_LEN];
};
struct ed25519_secret {
	uint8_t b[ED25519_SECRET_LEN];
};
void ed25519_keys(const uint8_t seed[ED25519_SEED_LEN], struct ed25519_secret *ret_secret,
    struct ed25519_public *ret_public);
void ed25519_sign(
    const struct ed25519_secret *key, struct str data, uint8_t out[ED25519_SIGNATURE_LEN]);
bool ed25519_is_signed(const struct ed25519_public *key, struct str data,
    const uint8_t signature[ED25519_SIGNATURE_LEN]);

/* Secrets at rest: XChaCha20-Poly1305 with a random nonce in front; `context` is authenticated,
 * not stored, and must be the same when opening (for example "waba:900800700:token"), so that
 * sealed values cannot be swapped. */
struct seal_key {
	uint8_t b[SEAL_KEY_LEN];
};
/* Reads the key file, which must be a regular file of exactly 32 bytes, mode 0600 or stricter;
 * creates it (whole or not at all, fsynced, its directory too) when it does not exist and
 * `create`. */
MUST_CHECK int seal_key_load(const char *path, bool create, struct seal_key *ret, struct err *err);
void seal_key_wipe(struct seal_key *key);
MUST_CHECK int seal(
    const struct seal_key *key, struct str context, struct str plain, struct buf *out);
MUST_CHECK int unseal(const struct seal_key *key, struct str context, struct str sealed,
    struct buf *out, struct err *err);
void crypto_wipe(void *p, size_t len);

#endif
