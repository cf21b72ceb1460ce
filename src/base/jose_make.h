/* base/jose_make.h: keys, key sets and signed texts for the tests of what checks them. For tests only; include it behind
 * cmocka.h. */
#ifndef BASE_JOSE_MAKE_H
#define BASE_JOSE_MAKE_H

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>

#include "base/check.h"
#include "base/crypto.h"

static inline void jose_add_number(
    struct buf *out, const char *member, const EVP_PKEY *key, const char *param, int len)
{
	unsigned char bytes[1024];
	BIGNUM *n = NULL;

	assert_true(EVP_PKEY_get_bn_param(key, param, &n) > 0);
	int size = len ? len : BN_num_bytes(n);
	assert_int_equal(BN_bn2binpad(n, bytes, size), size);
	buf_addf(out, ",\"%s\":\"", member);
	base64url_encode(str_n((const char *)bytes, (size_t)size), out);
	buf_add_char(out, '"');
	BN_free(n);
}

/* Its entry of a set; `more` are further members, ",\"use\":\"sig\"". */
static inline void jose_add_jwk(
    struct buf *out, const EVP_PKEY *key, const char *kid, const char *more)
{
	buf_addf(out, "{\"kid\":\"%s\"%s", kid, more);
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA) {
		buf_add_c(out, ",\"kty\":\"RSA\"");
		jose_add_number(out, "n", key, OSSL_PKEY_PARAM_RSA_N, 0);
		jose_add_number(out, "e", key, OSSL_PKEY_PARAM_RSA_E, 0);
	} else {
		buf_add_c(out, ",\"kty\":\"EC\",\"crv\":\"P-256\"");
		jose_add_number(out, "x", key, OSSL_PKEY_PARAM_EC_PUB_X, 32);
		jose_add_number(out, "y", key, OSSL_PKEY_PARAM_EC_PUB_Y, 32);
	}
	buf_add_char(out, '}');
}

/* From DER to r and s side by side. */
static inline size_t jose_flatten(const unsigned char *der, size_t len, unsigned char out[64])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)len);

	assert_non_null(sig);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(sig), out, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(sig), out + 32, 32), 32);
	ECDSA_SIG_free(sig);
	return 64;
}

/* The text, signed by SHA-256 with whatever the key is. */
static inline void jose_sign(
    struct buf *out, EVP_PKEY *key, const char *header, const char *payload)
{
	unsigned char signature[1024], flat[64];
	size_t len = sizeof(signature);
	EVP_MD_CTX *md = EVP_MD_CTX_new();

	base64url_encode(str_c(header), out);
	buf_add_char(out, '.');
	base64url_encode(str_c(payload), out);
	assert_true(EVP_DigestSignInit(md, NULL, EVP_sha256(), NULL, key) > 0);
	assert_true(
	    EVP_DigestSign(md, signature, &len, (const unsigned char *)out->p, out->len) > 0);
	EVP_MD_CTX_free(md);
	buf_add_char(out, '.');
	if (EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA)
		base64url_encode(str_n((const char *)signature, len), out);
	else
		base64url_encode(
		    str_n((const char *)flat, jose_flatten(signature, len, flat)), out);
}

#endif
