#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"
#include "transport/signature.h"

#define NOW 1795341600000LL
#define BODY "{\"id\":820982911946154508,\"phone\":\"+39 333 123 4501\"}"
#define SECRET "hush"
#define URL "https://varco.example/api/v1/triggers/shipped"

/* HubSpot's own examples, from its pages on requests of versions 1 and 2. */
#define HUBSPOT_SECRET "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
#define HUBSPOT_BODY \
	"[{\"eventId\":1,\"subscriptionId\":12345,\"portalId\":62515,\"occurredAt\":1564113600000," \
	"\"subscriptionType\":\"contact.creation\",\"attemptNumber\":0,\"objectId\":123," \
	"\"changeSource\":\"CRM\",\"changeFlag\":\"NEW\",\"appId\":54321}]"

static const struct {
	const char *name, *way, *secret, *method, *url, *body, *signature, *stamp;
	bool ok;
} cases[] = {
	{ "hubspot's example of version 1", "hubspot_v1", HUBSPOT_SECRET, "POST", URL, HUBSPOT_BODY,
	    "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de", NULL, true },
	{ "hubspot's example of version 2", "hubspot_v2", HUBSPOT_SECRET, "GET",
	    "https://www.example.com/webhook_uri", "",
	    "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e", NULL, true },
	{ "the same in capitals", "hubspot_v2", HUBSPOT_SECRET, "GET",
	    "https://www.example.com/webhook_uri", "",
	    "EEE2DDDCC73C94D699F5E395F4B9D454A069A6855FBFA152E91E88823087200E", NULL, true },
	{ "another method", "hubspot_v2", HUBSPOT_SECRET, "POST",
	    "https://www.example.com/webhook_uri", "",
	    "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e", NULL, false },
	{ "version 1 for 2", "hubspot_v2", HUBSPOT_SECRET, "POST", URL, HUBSPOT_BODY,
	    "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de", NULL, false },
	{ "no signature", "shopify", SECRET, "POST", URL, BODY, NULL, NULL, false },
	{ "an empty one", "shopify", SECRET, "POST", URL, BODY, "", NULL, false },
	{ "hub without its prefix", "hub", SECRET, "POST", URL, BODY,
	    "232db2615f3d666fe21a8ec971ac7b5402d33b9a925784df3ca654d05f4817de", NULL, false },
};

static struct signed_post post_of(
    const char *method, const char *url, const char *body, const char *signature, const char *stamp)
{
	return (struct signed_post){ str_c(method), str_c(url), str_c(body), str_c(signature),
		str_c(stamp) };
}

static void test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct signed_post p = post_of(cases[i].method, cases[i].url, cases[i].body,
		    cases[i].signature, cases[i].stamp);
		if (signature_ok(signature_way(str_c(cases[i].way)), str_c(cases[i].secret), &p,
			NOW) != cases[i].ok)
			fail_msg("%s", cases[i].name);
	}
}

/* What a way signs, written down once more. */
static void sign(const char *way, const char *body, const char *stamp, char out[80])
{
	struct sha256 mac;
	struct buf all;

	buf_init(&all, 0);
	if (strcmp(way, "hubspot") == 0)
		buf_addf(&all, "POST%s%s%s", URL, body, stamp);
	else
		buf_add_c(&all, body);
	crypto_hmac_sha256(STR(SECRET), buf_str(&all), &mac);
	buf_done(&all);
	memcpy(out, "sha256=", 8);
	if (strcmp(way, "hub") == 0)
		hex_encode(mac.b, SHA256_LEN, out + 7);
	else
		base64_write(mac.b, SHA256_LEN, out);
}

static void check_keyed(const char *way)
{
	const struct signature_way *w = signature_way(str_c(way));
	char signature[80];

	sign(way, BODY, "1795341600000", signature);
	struct signed_post p = post_of("POST", URL, BODY, signature, "1795341600000");
	if (!signature_ok(w, STR(SECRET), &p, NOW))
		fail_msg("%s", way);
	if (signature_ok(w, STR("hush "), &p, NOW) || signature_ok(w, STR(""), &p, NOW))
		fail_msg("%s: another secret", way);
	p.body = STR(BODY " ");
	if (signature_ok(w, STR(SECRET), &p, NOW))
		fail_msg("%s: another body", way);
	p.body = STR(BODY);
	for (size_t i = 0; signature[i]; i++) {
		signature[i] ^= 1;
		if (signature_ok(w, STR(SECRET), &p, NOW))
			fail_msg("%s: byte %zu is not looked at", way, i);
		signature[i] ^= 1;
	}
}

static void test_every_way_with_a_key(void **state)
{
	static const char *const keyed[] = { "shopify", "woocommerce", "hubspot", "hub" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(keyed); i++)
		check_keyed(keyed[i]);
}

static void test_what_is_too_old(void **state)
{
	const struct signature_way *w = signature_way(STR("hubspot"));
	char signature[80];

	(void)state;
	sign("hubspot", BODY, "1795341600000", signature);
	struct signed_post p = post_of("POST", URL, BODY, signature, "1795341600000");
	assert_true(signature_ok(w, STR(SECRET), &p, NOW + 5 * MS_PER_MIN));
	assert_false(signature_ok(w, STR(SECRET), &p, NOW + 5 * MS_PER_MIN + 1));
	assert_true(signature_ok(w, STR(SECRET), &p, NOW - 5 * MS_PER_MIN));
	assert_false(signature_ok(w, STR(SECRET), &p, NOW - 5 * MS_PER_MIN - 1));
	p.stamp = STR_NONE;
	assert_false(signature_ok(w, STR(SECRET), &p, NOW));
	p.stamp = STR("soon");
	assert_false(signature_ok(w, STR(SECRET), &p, NOW));
}

static void test_names(void **state)
{
	size_t n = 0;

	(void)state;
	while (signature_name(n)) {
		assert_non_null(signature_way(str_c(signature_name(n))));
		n++;
	}
	assert_int_equal(n, 6);
	assert_null(signature_way(STR("carrier_pigeon")));
	assert_string_equal(
	    signature_header(signature_way(STR("hubspot"))), "x-hubspot-signature-v3");
	assert_string_equal(
	    signature_stamp_header(signature_way(STR("hubspot"))), "x-hubspot-request-timestamp");
	assert_null(signature_stamp_header(signature_way(STR("shopify"))));
}

static int start(void **state)
{
	(void)state;
	return crypto_init(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_every_way_with_a_key),
		cmocka_unit_test(test_what_is_too_old),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, start, NULL);
}
