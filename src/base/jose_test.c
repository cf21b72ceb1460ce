#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jose.h"
#include "base/jose_make.h"
#include "base/torture.h"

#define PAYLOAD "{\"sub\":\"248289761001\"}"

static EVP_PKEY *rsa, *other_rsa, *small_rsa, *ec, *other_ec, *wide_ec;

static int make_keys(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(NULL), 0);
	rsa = EVP_RSA_gen(2048);
	other_rsa = EVP_RSA_gen(2048);
	small_rsa = EVP_RSA_gen(1024);
	ec = EVP_EC_gen("P-256");
	other_ec = EVP_EC_gen("P-256");
	wide_ec = EVP_EC_gen("P-384");
	assert_true(rsa && other_rsa && small_rsa && ec && other_ec && wide_ec);
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(other_rsa);
	EVP_PKEY_free(small_rsa);
	EVP_PKEY_free(ec);
	EVP_PKEY_free(other_ec);
	EVP_PKEY_free(wide_ec);
	return 0;
}

/* All keys under names of their own; "twice" names two of them. */
static void write_keys(struct buf *out)
{
	buf_add_c(out, "{\"keys\":[\"no key\",");
	jose_add_jwk(out, rsa, "r", ",\"use\":\"sig\",\"alg\":\"RS256\"");
	buf_add_char(out, ',');
	jose_add_jwk(out, ec, "e", "");
	buf_add_char(out, ',');
	jose_add_jwk(out, small_rsa, "small", "");
	buf_add_char(out, ',');
	jose_add_jwk(out, rsa, "enc", ",\"use\":\"enc\"");
	buf_add_char(out, ',');
	jose_add_jwk(out, rsa, "pss", ",\"alg\":\"PS256\"");
	buf_add_char(out, ',');
	jose_add_jwk(out, rsa, "twice", "");
	buf_add_char(out, ',');
	jose_add_jwk(out, other_rsa, "twice", "");
	buf_add_c(out,
	    ",{\"kid\":\"off\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
	    "\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAI\"}"
	    ",{\"kid\":\"bare\",\"kty\":\"RSA\"},{\"kid\":\"bad\",\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"!\",\"y\":\"!\"}"
	    ",{\"kid\":\"oct\",\"kty\":\"oct\",\"k\":\"AAAA\"}]}");
	assert_false(out->failed);
}

static int verify(struct str token, struct str keys, struct str *ret_sub)
{
	struct arena *a = arena_new(0, 0);
	const struct json *set = NULL, *payload = NULL;
	struct err err = { 0 };
	static char sub[64];

	if (!a)
		return -E_NOMEM;
	int r = json_read(a, keys, &set, &err);
	if (r == 0)
		r = jose_verify(token, set, a, &payload, &err);
	if (r == 0 && ret_sub) {
		assert_int_equal(str_to_c(json_str(json_get(payload, "sub")), sub, sizeof(sub)), 0);
		*ret_sub = str_c(sub);
	}
	arena_free(&a);
	return r;
}

/* --- what is signed how ----------------------------------------------------------------------- */

static void test_tokens(void **state)
{
	const struct {
		const char *name, *header, *payload;
		EVP_PKEY *key;
		enum err_code code;
	} cases[] = {
		{ "RS256", "{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"JWT\"}", PAYLOAD, rsa, 0 },
		{ "ES256", "{\"alg\":\"ES256\",\"kid\":\"e\"}", PAYLOAD, ec, 0 },
		{ "typ in small letters", "{\"alg\":\"ES256\",\"kid\":\"e\",\"typ\":\"jwt\"}",
		    PAYLOAD, ec, 0 },
		{ "another's RSA key", "{\"alg\":\"RS256\",\"kid\":\"r\"}", PAYLOAD, other_rsa,
		    E_CRYPTO },
		{ "another's EC key", "{\"alg\":\"ES256\",\"kid\":\"e\"}", PAYLOAD, other_ec,
		    E_CRYPTO },
		{ "none", "{\"alg\":\"none\",\"kid\":\"r\"}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "None", "{\"alg\":\"None\"}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "no alg", "{\"kid\":\"r\"}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "alg is a list", "{\"alg\":[\"RS256\"],\"kid\":\"r\"}", PAYLOAD, rsa,
		    E_UNSUPPORTED },
		{ "RS512", "{\"alg\":\"RS512\",\"kid\":\"r\"}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "HS256", "{\"alg\":\"HS256\",\"kid\":\"oct\"}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "an EC key for RS256", "{\"alg\":\"RS256\",\"kid\":\"e\"}", PAYLOAD, ec,
		    E_NOT_FOUND },
		{ "an RSA key for ES256", "{\"alg\":\"ES256\",\"kid\":\"r\"}", PAYLOAD, rsa,
		    E_NOT_FOUND },
		{ "unknown kid", "{\"alg\":\"RS256\",\"kid\":\"x\"}", PAYLOAD, rsa, E_NOT_FOUND },
		{ "kid is a number", "{\"alg\":\"RS256\",\"kid\":1}", PAYLOAD, rsa, E_UNSUPPORTED },
		{ "kid of two", "{\"alg\":\"RS256\",\"kid\":\"twice\"}", PAYLOAD, rsa,
		    E_NOT_FOUND },
		{ "no kid, many keys", "{\"alg\":\"RS256\"}", PAYLOAD, rsa, E_NOT_FOUND },
		{ "a key to encrypt by", "{\"alg\":\"RS256\",\"kid\":\"enc\"}", PAYLOAD, rsa,
		    E_NOT_FOUND },
		{ "a key of another algorithm", "{\"alg\":\"RS256\",\"kid\":\"pss\"}", PAYLOAD, rsa,
		    E_NOT_FOUND },
		{ "a small key", "{\"alg\":\"RS256\",\"kid\":\"small\"}", PAYLOAD, small_rsa,
		    E_CRYPTO },
		{ "a point off the curve", "{\"alg\":\"ES256\",\"kid\":\"off\"}", PAYLOAD, ec,
		    E_CRYPTO },
		{ "a key without its numbers", "{\"alg\":\"RS256\",\"kid\":\"bare\"}", PAYLOAD, rsa,
		    E_CRYPTO },
		{ "a key that is no base 64", "{\"alg\":\"ES256\",\"kid\":\"bad\"}", PAYLOAD, ec,
		    E_CRYPTO },
		{ "crit", "{\"alg\":\"RS256\",\"kid\":\"r\",\"crit\":[\"exp\"]}", PAYLOAD, rsa,
		    E_UNSUPPORTED },
		{ "an access token", "{\"alg\":\"RS256\",\"kid\":\"r\",\"typ\":\"at+jwt\"}",
		    PAYLOAD, rsa, E_UNSUPPORTED },
		{ "alg twice", "{\"alg\":\"none\",\"alg\":\"RS256\",\"kid\":\"r\"}", PAYLOAD, rsa,
		    E_INVALID },
		{ "no header", "", PAYLOAD, rsa, E_INVALID },
		{ "header no object", "[\"RS256\"]", PAYLOAD, rsa, E_INVALID },
		{ "payload no JSON", "{\"alg\":\"RS256\",\"kid\":\"r\"}", "sub", rsa, E_INVALID },
		{ "payload no object", "{\"alg\":\"RS256\",\"kid\":\"r\"}", "[]", rsa, E_INVALID },
		{ "sub twice", "{\"alg\":\"RS256\",\"kid\":\"r\"}",
		    "{\"sub\":\"a\",\"sub\":\"248289761001\"}", rsa, E_INVALID },
	};
	struct buf keys, token;
	struct str sub;

	(void)state;
	buf_init(&keys, 0);
	buf_init(&token, 0);
	write_keys(&keys);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		buf_reset(&token);
		jose_sign(&token, cases[i].key, cases[i].header, cases[i].payload);
		int r = verify(buf_str(&token), buf_str(&keys), &sub);
		if (r != -(int)cases[i].code)
			fail_msg("%s: %s", cases[i].name, err_name(r));
		if (r == 0 && !str_eq_c(sub, "248289761001"))
			fail_msg("%s: another payload", cases[i].name);
	}
	buf_done(&token);
	buf_done(&keys);
}

/* The oldest trick: the public key, which everybody has, as the secret of an HMAC. */
static void test_public_key_as_a_secret(void **state)
{
	static const char header[] = "{\"alg\":\"HS256\",\"kid\":\"r\"}";
	struct buf keys, token;
	struct sha256 mac;

	(void)state;
	buf_init(&keys, 0);
	buf_init(&token, 0);
	write_keys(&keys);
	base64url_encode(str_c(header), &token);
	buf_add_char(&token, '.');
	base64url_encode(STR(PAYLOAD), &token);
	crypto_hmac_sha256(buf_str(&keys), buf_str(&token), &mac);
	buf_add_char(&token, '.');
	base64url_encode(str_n((const char *)mac.b, SHA256_LEN), &token);
	assert_int_equal(verify(buf_str(&token), buf_str(&keys), NULL), -E_UNSUPPORTED);
	buf_done(&token);
	buf_done(&keys);
}

static void test_the_only_key_needs_no_name(void **state)
{
	struct buf keys, token;

	(void)state;
	buf_init(&keys, 0);
	buf_init(&token, 0);
	buf_add_c(&keys, "{\"keys\":[");
	jose_add_jwk(&keys, ec, "e", "");
	buf_add_c(&keys, "]}");
	jose_sign(&token, ec, "{\"alg\":\"ES256\"}", PAYLOAD);
	assert_int_equal(verify(buf_str(&token), buf_str(&keys), NULL), 0);
	assert_int_equal(verify(buf_str(&token), STR("{\"keys\":{}}"), NULL), -E_NOT_FOUND);
	assert_int_equal(verify(buf_str(&token), STR("{}"), NULL), -E_NOT_FOUND);
	buf_done(&token);
	buf_done(&keys);
}

/* --- what is left of one, or too much of it --------------------------------------------------- */

/* No beginning of a good token is one, and no bit of it may be another. */
static void test_mutations(void **state)
{
	struct buf keys, token;

	(void)state;
	buf_init(&keys, 0);
	buf_init(&token, 0);
	write_keys(&keys);
	jose_sign(&token, ec, "{\"alg\":\"ES256\",\"kid\":\"e\"}", PAYLOAD);
	for (size_t n = 0; n < token.len; n++) {
		if (verify(str_n(token.p, n), buf_str(&keys), NULL) == 0)
			fail_msg("the first %zu bytes are taken", n);
	}
	for (size_t i = 0; i < token.len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			token.p[i] = (char)(token.p[i] ^ 1 << bit);
			if (verify(buf_str(&token), buf_str(&keys), NULL) == 0)
				fail_msg("bit %d of byte %zu does not count", bit, i);
			token.p[i] = (char)(token.p[i] ^ 1 << bit);
		}
	}
	assert_int_equal(verify(buf_str(&token), buf_str(&keys), NULL), 0);
	buf_add_c(&token, ".");
	assert_int_equal(verify(buf_str(&token), buf_str(&keys), NULL), -E_INVALID);
	buf_done(&token);
	buf_done(&keys);
}

static void test_sizes(void **state)
{
	char huge[JOSE_TOKEN_MAX + 1];
	struct buf keys;

	(void)state;
	memset(huge, 'A', sizeof(huge));
	buf_init(&keys, 0);
	write_keys(&keys);
	assert_int_equal(verify(str_n(huge, sizeof(huge)), buf_str(&keys), NULL), -E_TOO_LARGE);
	assert_int_equal(verify(str_n(huge, JOSE_TOKEN_MAX), buf_str(&keys), NULL), -E_INVALID);
	assert_int_equal(verify(STR_NONE, buf_str(&keys), NULL), -E_INVALID);
	assert_int_equal(verify(STR(".."), buf_str(&keys), NULL), -E_INVALID);
	buf_done(&keys);
}

struct deed {
	struct str token, keys;
};

static int verify_again(void *arg)
{
	const struct deed *d = arg;

	return verify(d->token, d->keys, NULL);
}

static void test_torture(void **state)
{
	struct buf keys, token;

	(void)state;
	buf_init(&keys, 0);
	buf_init(&token, 0);
	write_keys(&keys);
	jose_sign(&token, rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", PAYLOAD);
	struct deed d = { buf_str(&token), buf_str(&keys) };
	torture("verify", verify_again, &d);
	buf_done(&token);
	buf_done(&keys);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_public_key_as_a_secret),
		cmocka_unit_test(test_the_only_key_needs_no_name),
		cmocka_unit_test(test_mutations),
		cmocka_unit_test(test_sizes),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
