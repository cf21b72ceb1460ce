/* Three parts between dots: header → algorithm and key; payload, signature → verified → payload as JSON. Nothing of the
 * payload is read before the signature is found good. */
#include "base/jose.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include "base/check.h"
#include "base/crypto.h"

#define P256_LEN 32
#define RSA_BITS_MIN 2048
#define RSA_BITS_MAX 8192
#define RSA_EXPONENT_BITS_MAX 32

static int malformed(struct err *err)
{
	return err_set(err, E_INVALID, "The token is no JWS in its compact form.");
}

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while a token was checked.");
}

/* --- parts ------------------------------------------------------------------------------------ */

static int decode(struct str text, struct arena *a, struct str *ret)
{
	struct buf bytes;

	buf_init(&bytes, 0);
	int r = base64url_decode(text, &bytes);
	struct str copy = r == 0 ? arena_str(a, buf_str(&bytes)) : STR_NONE;
	buf_done(&bytes);
	if (r == 0 && !copy.p)
		return -E_NOMEM;
	if (r == 0)
		*ret = copy;
	return r;
}

/* A part that is an object; what is wrong with its JSON is nobody's business but that it is wrong. */
static int read_object(struct str part, struct arena *a, const struct json **ret, struct err *err)
{
	const struct json *found = NULL;
	struct str text = STR_NONE;
	int r = decode(part, a, &text);

	if (r == 0)
		r = json_read(a, text, &found, NULL);
	if (r == -E_NOMEM)
		return no_memory(err);
	if (r < 0 || json_type(found) != JSON_OBJECT)
		return malformed(err);
	*ret = found;
	return 0;
}

/* --- keys ------------------------------------------------------------------------------------- */

/* NULL: OpenSSL will not have it. Takes the builder. */
static EVP_PKEY *make_key(const char *type, OSSL_PARAM_BLD *parts)
{
	OSSL_PARAM *params = OSSL_PARAM_BLD_to_param(parts);
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *key = NULL;

	if (params && ctx && EVP_PKEY_fromdata_init(ctx) > 0 &&
	    EVP_PKEY_fromdata(ctx, &key, EVP_PKEY_PUBLIC_KEY, params) <= 0)
		key = NULL;
	EVP_PKEY_CTX_free(ctx);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(parts);
	return key;
}

static bool is_rsa(const BIGNUM *n, const BIGNUM *e)
{
	return BN_num_bits(n) >= RSA_BITS_MIN && BN_num_bits(n) <= RSA_BITS_MAX && BN_is_odd(n) &&
	    BN_num_bits(e) > 1 && BN_num_bits(e) <= RSA_EXPONENT_BITS_MAX && BN_is_odd(e);
}

static BIGNUM *number(struct str bytes)
{
	return BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.len, NULL);
}

static EVP_PKEY *rsa_of(struct str n_bytes, struct str e_bytes)
{
	BIGNUM *n = number(n_bytes), *e = number(e_bytes);
	OSSL_PARAM_BLD *parts = n && e && is_rsa(n, e) ? OSSL_PARAM_BLD_new() : NULL;
	EVP_PKEY *key = NULL;

	if (parts && OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_N, n) > 0 &&
	    OSSL_PARAM_BLD_push_BN(parts, OSSL_PKEY_PARAM_RSA_E, e) > 0)
		key = make_key("RSA", parts);
	else
		OSSL_PARAM_BLD_free(parts);
	BN_free(n);
	BN_free(e);
	return key;
}

static EVP_PKEY *ec_of(struct str x, struct str y)
{
	uint8_t point[1 + 2 * P256_LEN] = { POINT_CONVERSION_UNCOMPRESSED };
	OSSL_PARAM_BLD *parts = x.len == P256_LEN && y.len == P256_LEN ? OSSL_PARAM_BLD_new()
								       : NULL;

	if (!parts)
		return NULL;
	memcpy(point + 1, x.p, P256_LEN);
	memcpy(point + 1 + P256_LEN, y.p, P256_LEN);
	if (OSSL_PARAM_BLD_push_utf8_string(parts, OSSL_PKEY_PARAM_GROUP_NAME, "P-256", 0) > 0 &&
	    OSSL_PARAM_BLD_push_octet_string(parts, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof(point)) >
		0)
		return make_key("EC", parts);
	OSSL_PARAM_BLD_free(parts);
	return NULL;
}

/* --- signatures ------------------------------------------------------------------------------- */

static bool is_signed(EVP_PKEY *key, struct str data, const unsigned char *signature, size_t len)
{
	EVP_MD_CTX *md = EVP_MD_CTX_new();
	bool good = md && EVP_DigestVerifyInit(md, NULL, EVP_sha256(), NULL, key) > 0 &&
	    EVP_DigestVerify(md, signature, len, (const unsigned char *)data.p, data.len) == 1;

	EVP_MD_CTX_free(md);
	return good;
}

static bool is_signed_rsa(EVP_PKEY *key, struct str data, struct str signature)
{
	return is_signed(key, data, (const unsigned char *)signature.p, signature.len);
}

/* r and s, each of 32 bytes (RFC 7518, section 3.4); OpenSSL wants them in DER. */
static bool is_signed_ec(EVP_PKEY *key, struct str data, struct str signature)
{
	ECDSA_SIG *sig = signature.len == (size_t)2 * P256_LEN ? ECDSA_SIG_new() : NULL;
	unsigned char *der = NULL;
	int len = 0;

	if (!sig)
		return false;
	BIGNUM *r = number(str_sub(signature, 0, P256_LEN));
	BIGNUM *s = number(str_sub(signature, P256_LEN, P256_LEN));
	if (r && s && ECDSA_SIG_set0(sig, r, s) > 0)
		len = i2d_ECDSA_SIG(sig, &der);
	else {
		BN_free(r);
		BN_free(s);
	}
	bool good = len > 0 && is_signed(key, data, der, (size_t)len);
	OPENSSL_free(der);
	ECDSA_SIG_free(sig);
	return good;
}

/* --- algorithms ------------------------------------------------------------------------------- */

static const struct algorithm {
	const char *name, *kty, *crv; /* crv NULL = there are none */
	const char *first, *second;   /* members of the key */
	EVP_PKEY *(*key_of)(struct str first, struct str second);
	bool (*is_signed)(EVP_PKEY *key, struct str data, struct str signature);
} algorithms[] = {
	{ "RS256", "RSA", NULL, "n", "e", rsa_of, is_signed_rsa },
	{ "ES256", "EC", "P-256", "x", "y", ec_of, is_signed_ec },
};

static const struct algorithm *algorithm_of(const struct json *header)
{
	for (size_t i = 0; i < ARRAY_LEN(algorithms); i++) {
		if (str_eq_c(json_str(json_get(header, "alg")), algorithms[i].name))
			return &algorithms[i];
	}
	return NULL;
}

/* Absent, or that very word. */
static bool agrees(const struct json *obj, const char *member, const char *word)
{
	const struct json *v = json_get(obj, member);

	return !v || str_eq_c(json_str(v), word);
}

static bool fits(const struct json *key, const struct algorithm *alg)
{
	return str_eq_c(json_str(json_get(key, "kty")), alg->kty) &&
	    (!alg->crv || str_eq_c(json_str(json_get(key, "crv")), alg->crv)) &&
	    agrees(key, "use", "sig") && agrees(key, "alg", alg->name);
}

/* The key of that name; of a text that names none, the only one that fits. NULL: there is none, or more than one. */
static const struct json *choose(
    const struct json *keys, struct str kid, const struct algorithm *alg)
{
	const struct json *list = json_get(keys, "keys"), *found = NULL;
	size_t n = json_type(list) == JSON_ARRAY ? json_len(list) : 0;

	for (size_t i = 0; i < n && i < JOSE_KEYS_MAX; i++) {
		const struct json *key = json_at(list, i);
		struct str name = json_str(json_get(key, "kid"));
		if (!fits(key, alg) || (kid.p && !(name.p && str_eq(name, kid))))
			continue;
		if (found)
			return NULL;
		found = key;
	}
	return found;
}

static int check_signature(const struct algorithm *alg, const struct json *jwk, struct str data,
    struct str signature, struct arena *a, struct err *err)
{
	struct str first = STR_NONE, second = STR_NONE;
	int r = decode(json_str(json_get(jwk, alg->first)), a, &first);

	if (r == 0)
		r = decode(json_str(json_get(jwk, alg->second)), a, &second);
	if (r == -E_NOMEM)
		return no_memory(err);
	EVP_PKEY *key = r == 0 && first.len <= JOSE_TOKEN_MAX ? alg->key_of(first, second) : NULL;
	bool good = key && alg->is_signed(key, data, signature);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return good ? 0
		    : err_set(err, E_CRYPTO, "The token is not signed by the key that it names.");
}

/* "typ" of another kind of token, an access token above all, is none that proves who somebody is. */
static bool is_plain(const struct json *header)
{
	const struct json *typ = json_get(header, "typ"), *kid = json_get(header, "kid");

	return !json_get(header, "crit") && (!typ || str_eq_nocase(json_str(typ), STR("JWT"))) &&
	    (!kid || json_type(kid) == JSON_STRING);
}

int jose_verify(struct str token, const struct json *keys, struct arena *a,
    const struct json **ret_payload, struct err *err)
{
	const struct json *header = NULL, *payload = NULL;
	struct str rest = token, signature = STR_NONE;

	if (token.len > JOSE_TOKEN_MAX)
		return err_set(
		    err, E_TOO_LARGE, "The token is longer than %zu bytes.", JOSE_TOKEN_MAX);
	struct str head = str_cut(&rest, '.'), body = str_cut(&rest, '.');
	if (!rest.p || memchr(rest.p, '.', rest.len))
		return malformed(err);
	int r = read_object(head, a, &header, err);
	if (r < 0)
		return r;
	const struct algorithm *alg = algorithm_of(header);
	if (!alg || !is_plain(header))
		return err_set(err, E_UNSUPPORTED,
		    "The token is not signed with RS256 or ES256, or wants more understood.");
	const struct json *jwk = choose(keys, json_str(json_get(header, "kid")), alg);
	if (!jwk)
		return err_set(
		    err, E_NOT_FOUND, "No key of the provider is the one that signed the token.");
	r = decode(rest, a, &signature);
	if (r < 0)
		return r == -E_NOMEM ? no_memory(err) : malformed(err);
	r = check_signature(alg, jwk, str_n(token.p, head.len + 1 + body.len), signature, a, err);
	if (r == 0)
		r = read_object(body, a, &payload, err);
	if (r == 0)
		*ret_payload = payload;
	return r;
}
