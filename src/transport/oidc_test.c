#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/jose_make.h"
#include "base/torture.h"
#include "transport/oidc.h"

#define NOW_S 1795000000 /* 2026-11-18 */
#define ISSUER "https://login.shop.example"

static EVP_PKEY *rsa, *ec;
static struct buf keys;

static int make_keys(void **state)
{
	(void)state;
	assert_int_equal(crypto_init(NULL), 0);
	rsa = EVP_RSA_gen(2048);
	ec = EVP_EC_gen("P-256");
	assert_true(rsa && ec);
	buf_init(&keys, 0);
	buf_add_c(&keys, "{\"keys\":[");
	jose_add_jwk(&keys, rsa, "r", ",\"use\":\"sig\"");
	buf_add_char(&keys, ',');
	jose_add_jwk(&keys, ec, "e", ",\"alg\":\"ES256\"");
	buf_add_c(&keys, "]}");
	return 0;
}

static int drop_keys(void **state)
{
	(void)state;
	EVP_PKEY_free(rsa);
	EVP_PKEY_free(ec);
	buf_done(&keys);
	return 0;
}

/* --- the provider's document ------------------------------------------------------------------ */

#define URLS \
	"\"authorization_endpoint\":\"" ISSUER \
	"/authorize?tenant=a\",\"token_endpoint\":\"" ISSUER "/token\",\"jwks_uri\":\"" ISSUER \
	"/keys\""

static void test_documents(void **state)
{
	static const struct {
		const char *name, *document;
		enum err_code code;
	} cases[] = {
		{ "the least", "{\"issuer\":\"" ISSUER "\"," URLS "}", 0 },
		{ "with S256",
		    "{\"issuer\":\"" ISSUER "\"," URLS
		    ",\"code_challenge_methods_supported\":[\"plain\",\"S256\"]}",
		    0 },
		{ "plain alone",
		    "{\"issuer\":\"" ISSUER "\"," URLS
		    ",\"code_challenge_methods_supported\":[\"plain\"]}",
		    E_UNSUPPORTED },
		{ "another issuer", "{\"issuer\":\"https://login.other.example\"," URLS "}",
		    E_DENIED },
		{ "a slash more", "{\"issuer\":\"" ISSUER "/\"," URLS "}", E_DENIED },
		{ "no issuer", "{" URLS "}", E_DENIED },
		{ "issuer twice",
		    "{\"issuer\":\"https://x.example\",\"issuer\":\"" ISSUER "\"," URLS "}",
		    E_INVALID },
		{ "no addresses", "{\"issuer\":\"" ISSUER "\"}", E_INVALID },
		{ "an address with a line end",
		    "{\"issuer\":\"" ISSUER
		    "\",\"authorization_endpoint\":\"https://a.example/\\r\\nX: y\",\"token_endpoint\":"
		    "\"https://a.example/\",\"jwks_uri\":\"https://a.example/\"}",
		    E_INVALID },
		{ "a list", "[]", E_INVALID },
		{ "nothing", "", E_INVALID },
		{ "a page", "<!doctype html>", E_INVALID },
	};
	struct arena *a = arena_new(0, 0);
	struct oidc_provider p;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		int r = oidc_read_provider(str_c(cases[i].document), STR(ISSUER), a, &p, NULL);
		if (r != -(int)cases[i].code)
			fail_msg("%s: %s", cases[i].name, err_name(r));
	}
	arena_free(&a);
}

static void test_document_url(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	assert_true(str_eq_c(oidc_document_url(a, STR("https://a.example")),
	    "https://a.example/.well-known/openid-configuration"));
	assert_true(str_eq_c(oidc_document_url(a, STR("https://a.example/t/")),
	    "https://a.example/t/.well-known/openid-configuration"));
	arena_free(&a);
}

/* --- asking ----------------------------------------------------------------------------------- */

static const struct oidc_client_id client = { { "va:rco", 6 }, { "s/1", 3 },
	{ "https://gate.example/back", 25 } };
static const struct oidc_client_id public_client = { { "va:rco", 6 }, { NULL, 0 },
	{ "https://gate.example/back", 25 } };

/* The verifier and its challenge are those of RFC 7636, appendix B. */
static void test_authorize_url(void **state)
{
	const struct oidc_provider p = { .authorize_url = STR(ISSUER "/authorize") };
	const struct oidc_asking asking = { STR("openid email"), STR("st"), STR("no"),
		STR("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk") };
	struct buf out;

	(void)state;
	buf_init(&out, 0);
	oidc_write_authorize_url(&p, &client, &asking, &out);
	assert_string_equal(out.p,
	    ISSUER
	    "/authorize?response_type=code&client_id=va%3Arco&redirect_uri="
	    "https%3A%2F%2Fgate.example%2Fback&scope=openid%20email&state=st&nonce=no"
	    "&code_challenge_method=S256&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
	buf_done(&out);
}

static void test_exchange(void **state)
{
	static const char both[] = "grant_type=authorization_code&code=a%26b&redirect_uri="
				   "https%3A%2F%2Fgate.example%2Fback&code_verifier=v";
	const struct {
		const char *name;
		const struct oidc_client_id *client;
		bool in_header;
		const char *rest, *authorization;
	} cases[] = {
		{ "header", &client, true, "", "Basic dmElM0FyY286cyUyRjE=" },
		{ "body", &client, false, "&client_id=va%3Arco&client_secret=s%2F1", "" },
		{ "public", &public_client, true, "&client_id=va%3Arco", "" },
	};
	struct buf out, authorization;

	(void)state;
	buf_init(&out, 0);
	buf_init(&authorization, 0);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct oidc_provider p = { .secret_in_header = cases[i].in_header };
		buf_reset(&out);
		buf_reset(&authorization);
		oidc_write_exchange(&p, cases[i].client, STR("a&b"), STR("v"), &out);
		oidc_write_authorization(&p, cases[i].client, &authorization);
		if (!str_starts(buf_str(&out), str_c(both)) ||
		    !str_eq_c(str_sub(buf_str(&out), sizeof(both) - 1, out.len), cases[i].rest))
			fail_msg("%s: %s", cases[i].name, out.p);
		if (!str_eq_c(buf_str(&authorization), cases[i].authorization))
			fail_msg("%s: %s", cases[i].name, authorization.p);
	}
	buf_done(&authorization);
	buf_done(&out);
}

static void test_exchanged(void **state)
{
	static const struct {
		const char *answer, *token; /* NULL = it is refused */
	} cases[] = {
		{ "{\"access_token\":\"x\",\"id_token\":\"a.b.c\"}", "a.b.c" },
		{ "{\"access_token\":\"x\"}", NULL },
		{ "{\"id_token\":7}", NULL },
		{ "{\"id_token\":\"\"}", NULL },
		{ "{\"error\":\"invalid_grant\"}", NULL },
		{ "", NULL },
	};
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str token = STR_NONE;
		int r = oidc_read_exchanged(str_c(cases[i].answer), a, &token, NULL);
		if ((r == 0) != (cases[i].token != NULL) ||
		    (r == 0 && !str_eq_c(token, cases[i].token)))
			fail_msg("%s: %s", cases[i].answer, err_name(r));
	}
	arena_free(&a);
}

/* --- the token -------------------------------------------------------------------------------- */

#define CLAIMS(iss, aud, times, nonce, rest) \
	"{\"iss\":" iss ",\"aud\":" aud "," times ",\"nonce\":" nonce rest "}"
#define ISS "\"" ISSUER "\""
#define US "\"varco\""
#define TIMES "\"iat\":1794999990,\"exp\":1795000290"
#define NONCE "\"n-1\""
#define MARTA \
	",\"sub\":\"248289761001\",\"email\":\"Marta.Neri@Shop.example\",\"email_verified\":true"
#define GOOD CLAIMS(ISS, US, TIMES, NONCE, MARTA)

static const struct token_case {
	const char *name, *claims, *claim;
	enum err_code code;
	const char *value; /* of one that is good */
	bool unverified;
} token_cases[] = {
	{ "good", GOOD, "email", 0, "marta.neri@shop.example", false },
	{ "by subject", GOOD, "sub", 0, "248289761001", false },
	{ "a list of one", CLAIMS(ISS, "[" US "]", TIMES, NONCE, MARTA), "sub", 0, "248289761001",
	    false },
	{ "several, made for us", CLAIMS(ISS, "[\"a\"," US "]", TIMES, NONCE, ",\"azp\":" US MARTA),
	    "sub", 0, "248289761001", false },
	{ "several, made for nobody", CLAIMS(ISS, "[\"a\"," US "]", TIMES, NONCE, MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "several, made for another",
	    CLAIMS(ISS, "[\"a\"," US "]", TIMES, NONCE, ",\"azp\":\"a\"" MARTA), "sub", E_DENIED,
	    NULL, false },
	{ "ours, made for another", CLAIMS(ISS, US, TIMES, NONCE, ",\"azp\":\"a\"" MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "another's", CLAIMS(ISS, "\"other\"", TIMES, NONCE, MARTA), "sub", E_DENIED, NULL,
	    false },
	{ "nobody's", CLAIMS(ISS, "[]", TIMES, NONCE, MARTA), "sub", E_DENIED, NULL, false },
	{ "no list of words", CLAIMS(ISS, "[7]", TIMES, NONCE, MARTA), "sub", E_DENIED, NULL,
	    false },
	{ "wrong issuer", CLAIMS("\"https://login.other.example\"", US, TIMES, NONCE, MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "issuer with a slash", CLAIMS("\"" ISSUER "/\"", US, TIMES, NONCE, MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "no issuer", CLAIMS("null", US, TIMES, NONCE, MARTA), "sub", E_DENIED, NULL, false },
	{ "wrong nonce", CLAIMS(ISS, US, TIMES, "\"n-2\"", MARTA), "sub", E_DENIED, NULL, false },
	{ "empty nonce", CLAIMS(ISS, US, TIMES, "\"\"", MARTA), "sub", E_DENIED, NULL, false },
	{ "no nonce", CLAIMS(ISS, US, TIMES, "null", MARTA), "sub", E_DENIED, NULL, false },
	{ "just over", CLAIMS(ISS, US, "\"iat\":1794999640,\"exp\":1794999941", NONCE, MARTA),
	    "sub", 0, "248289761001", false },
	{ "over", CLAIMS(ISS, US, "\"iat\":1794999640,\"exp\":1794999940", NONCE, MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "no end", CLAIMS(ISS, US, "\"iat\":1794999990", NONCE, MARTA), "sub", E_DENIED, NULL,
	    false },
	{ "an end in words",
	    CLAIMS(ISS, US, "\"iat\":1794999990,\"exp\":\"1795000290\"", NONCE, MARTA), "sub",
	    E_DENIED, NULL, false },
	{ "no beginning", CLAIMS(ISS, US, "\"exp\":1795000290", NONCE, MARTA), "sub", E_DENIED,
	    NULL, false },
	{ "a clock before ours",
	    CLAIMS(ISS, US, "\"iat\":1795000060,\"exp\":1795000290", NONCE, MARTA), "sub", 0,
	    "248289761001", false },
	{ "from the future", CLAIMS(ISS, US, "\"iat\":1795000061,\"exp\":1795000290", NONCE, MARTA),
	    "sub", E_DENIED, NULL, false },
	{ "of long ago", CLAIMS(ISS, US, "\"iat\":1794999099,\"exp\":1795000290", NONCE, MARTA),
	    "sub", E_DENIED, NULL, false },
	{ "not yet", CLAIMS(ISS, US, TIMES ",\"nbf\":1795000061", NONCE, MARTA), "sub", E_DENIED,
	    NULL, false },
	{ "a fraction", CLAIMS(ISS, US, "\"iat\":1794999990.5,\"exp\":1795000290.25", NONCE, MARTA),
	    "sub", 0, "248289761001", false },
	{ "no subject", CLAIMS(ISS, US, TIMES, NONCE, ",\"email\":\"a@b.example\""), "email",
	    E_DENIED, NULL, false },
	{ "a subject that is a number", CLAIMS(ISS, US, TIMES, NONCE, ",\"sub\":7"), "sub",
	    E_DENIED, NULL, false },
	{ "no such claim", GOOD, "upn", E_DENIED, NULL, false },
	{ "unverified", CLAIMS(ISS, US, TIMES, NONCE, ",\"sub\":\"s\",\"email\":\"a@b.example\""),
	    "email", 0, "a@b.example", true },
	{ "said to be unverified",
	    CLAIMS(ISS, US, TIMES, NONCE,
		",\"sub\":\"s\",\"email\":\"a@b.example\",\"email_verified\":\"false\""),
	    "email", 0, "a@b.example", true },
	{ "verified in words",
	    CLAIMS(ISS, US, TIMES, NONCE,
		",\"sub\":\"s\",\"email\":\"a@b.example\",\"email_verified\":\"true\""),
	    "email", 0, "a@b.example", false },
	{ "a zero byte",
	    CLAIMS(ISS, US, TIMES, NONCE, ",\"sub\":\"s\",\"email\":\"a\\u0000@b.example\""),
	    "email", E_DENIED, NULL, false },
	{ "nonce twice", CLAIMS(ISS, US, TIMES, NONCE, ",\"nonce\":" NONCE MARTA), "sub", E_INVALID,
	    NULL, false },
};

static int check(struct str token, const char *claim, struct oidc_identity *ret)
{
	const struct oidc_expected expected = { STR(ISSUER), STR("varco"), STR("n-1"), claim,
		NOW_S };
	struct arena *a = arena_new(0, 0);

	if (!a)
		return -E_NOMEM;
	int r = oidc_check_token(token, buf_str(&keys), &expected, a, ret, NULL);
	arena_free(&a);
	return r;
}

static void test_tokens(void **state)
{
	struct oidc_identity who;
	struct buf token;

	(void)state;
	buf_init(&token, 0);
	for (size_t i = 0; i < 2 * ARRAY_LEN(token_cases); i++) {
		const struct token_case *t = &token_cases[i / 2];
		buf_reset(&token);
		if (i % 2)
			jose_sign(&token, rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", t->claims);
		else
			jose_sign(&token, ec, "{\"alg\":\"ES256\",\"kid\":\"e\"}", t->claims);
		int r = check(buf_str(&token), t->claim, &who);
		if (r != -(int)t->code)
			fail_msg("%s: %s", t->name, err_name(r));
		if (r == 0 && (strcmp(who.value, t->value) != 0 || who.verified == t->unverified))
			fail_msg("%s: %s", t->name, who.value);
	}
	buf_done(&token);
}

static void test_subjects_are_told_apart(void **state)
{
	struct oidc_identity one, same, other;
	struct buf token;

	(void)state;
	buf_init(&token, 0);
	jose_sign(&token, ec, "{\"alg\":\"ES256\",\"kid\":\"e\"}", GOOD);
	assert_int_equal(check(buf_str(&token), "email", &one), 0);
	assert_int_equal(check(buf_str(&token), "sub", &same), 0);
	buf_reset(&token);
	jose_sign(&token, ec, "{\"alg\":\"ES256\",\"kid\":\"e\"}",
	    CLAIMS(ISS, US, TIMES, NONCE, ",\"sub\":\"24828976100\""));
	assert_int_equal(check(buf_str(&token), "sub", &other), 0);
	assert_memory_equal(&one.subject, &same.subject, sizeof(one.subject));
	assert_memory_not_equal(&one.subject, &other.subject, sizeof(one.subject));
	buf_done(&token);
}

static void test_keys_that_are_none(void **state)
{
	const struct oidc_expected expected = { STR(ISSUER), STR("varco"), STR("n-1"), "sub",
		NOW_S };
	struct arena *a = arena_new(0, 0);
	struct oidc_identity who;
	struct buf token;

	(void)state;
	buf_init(&token, 0);
	jose_sign(&token, ec, "{\"alg\":\"ES256\",\"kid\":\"new\"}", GOOD);
	assert_int_equal(check(buf_str(&token), "sub", &who), -E_NOT_FOUND);
	assert_int_equal(
	    oidc_check_token(buf_str(&token), STR("<html>"), &expected, a, &who, NULL), -E_INVALID);
	buf_done(&token);
	arena_free(&a);
}

static int check_again(void *arg)
{
	struct oidc_identity who;

	return check(buf_str(arg), "email", &who);
}

static void test_torture(void **state)
{
	struct buf token;

	(void)state;
	buf_init(&token, 0);
	jose_sign(&token, rsa, "{\"alg\":\"RS256\",\"kid\":\"r\"}", GOOD);
	torture("check", check_again, &token);
	buf_done(&token);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_documents),
		cmocka_unit_test(test_document_url),
		cmocka_unit_test(test_authorize_url),
		cmocka_unit_test(test_exchange),
		cmocka_unit_test(test_exchanged),
		cmocka_unit_test(test_tokens),
		cmocka_unit_test(test_subjects_are_told_apart),
		cmocka_unit_test(test_keys_that_are_none),
		cmocka_unit_test(test_torture),
	};

	return cmocka_run_group_tests(tests, make_keys, drop_keys);
}
