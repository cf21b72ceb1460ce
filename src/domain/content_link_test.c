/* Links in texts, and what is wrong with them. */
#include "domain/content_link.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/crypto.h"

static struct pack *pack;
static const struct content *content;

static int setup(void **state)
{
	(void)state;
	if (crypto_init(NULL) < 0 || pack_builtin(&pack, NULL) < 0)
		return -1;
	content = pack_content(pack);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

static void test_faults(void **state)
{
	static const struct {
		const char *url, *host;
		enum link_fault fault;
		const char *like; /* NULL: none */
	} rows[] = {
		{ "https://bottega.example/ordini/123", "bottega.example", LINK_FINE, NULL },
		{ "https://Bottega.Example:8443/a", "bottega.example", LINK_FINE, NULL },
		{ "https://bottega.example/?u=mail@bottega.example", "bottega.example", LINK_FINE,
		    NULL },
		{ "https://bottega.example/@marta", "bottega.example", LINK_FINE, NULL },
		{ "https://wa.me/393331234567", "wa.me", LINK_FINE, NULL },
		{ "whatsapp://send?text=x", "", LINK_FINE, NULL },
		{ "tel:+393331234567", "", LINK_FINE, NULL },
		{ "http://bottega.example", "bottega.example", LINK_PLAIN, NULL },
		{ "bottega.it", "bottega.it", LINK_FINE, NULL },
		/* schemes */
		{ "javascript:alert(1)", "", LINK_SCHEME, NULL },
		{ "JavaScript:void(0)", "", LINK_SCHEME, NULL },
		{ "data:text/html;base64,PGI+", "", LINK_SCHEME, NULL },
		{ "intent://scan/#Intent;end", "", LINK_SCHEME, NULL },
		{ "ftp://bottega.example/a", "", LINK_SCHEME, NULL },
		{ "https://", "", LINK_SCHEME, NULL },
		/* slashes as browsers take them */
		{ "https:///evil.example", "evil.example", LINK_FINE, NULL },
		{ "https:\\\\192.0.2.7\\a", "192.0.2.7", LINK_ADDRESS, NULL },
		{ "https://evil.example\\@poste.it", "evil.example", LINK_FINE, NULL },
		/* a name before the host */
		{ "https://poste.it@evil.example/x", "evil.example", LINK_USERINFO, NULL },
		{ "https://poste.it:accesso@evil.example/x", "evil.example", LINK_USERINFO, NULL },
		{ "https://poste.it%40evil.example/", "evil.example", LINK_USERINFO, NULL },
		{ "https://a@b@192.0.2.7/", "192.0.2.7", LINK_USERINFO, NULL },
		/* addresses */
		{ "http://192.0.2.10/a", "192.0.2.10", LINK_ADDRESS, NULL },
		{ "https://3232235777/", "3232235777", LINK_ADDRESS, NULL },
		{ "https://0xC0A80001/", "0xc0a80001", LINK_ADDRESS, NULL },
		{ "https://0300.0250.0.1/", "0300.0250.0.1", LINK_ADDRESS, NULL },
		{ "https://[2001:db8::1]:8443/x", "[2001:db8::1]", LINK_ADDRESS, NULL },
		/* shorteners */
		{ "bit.ly/3abc", "bit.ly", LINK_SHORTENER, NULL },
		{ "https://www.bit.ly/3abc", "www.bit.ly", LINK_SHORTENER, NULL },
		{ "https://nobit.ly/3abc", "nobit.ly", LINK_FINE, NULL },
		/* brands */
		{ "https://www.paypal.com/x", "www.paypal.com", LINK_FINE, NULL },
		{ "https://paypa1.com", "paypa1.com", LINK_LOOKALIKE, "paypal" },
		{ "https://paypal.com.login.example", "paypal.com.login.example", LINK_LOOKALIKE,
		    "paypal" },
		{ "https://wwwamazon.it", "wwwamazon.it", LINK_LOOKALIKE, "amazon" },
		{ "https://faceboook.com", "faceboook.com", LINK_LOOKALIKE, "facebook" },
		/* other scripts: Cyrillic in Latin, the same as machines write it, from end to end, in full width */
		{ "https://раypal.com", "раypal.com", LINK_LOOKALIKE, "paypal" },
		{ "https://xn--pypal-4ve.com", "xn--pypal-4ve.com", LINK_LOOKALIKE, "paypal" },
		{ "https://xn--80ak6aa92e.com", "xn--80ak6aa92e.com", LINK_LOOKALIKE, "apple" },
		{ "https://páypal.com", "páypal.com", LINK_LOOKALIKE, "paypal" },
		{ "https://bоttega.example", "bоttega.example", LINK_LOOKALIKE, NULL },
		{ "https://xn--99999999999999.com", "xn--99999999999999.com", LINK_LOOKALIKE,
		    NULL },
		{ "https://bottega．example", "bottega．example", LINK_LOOKALIKE, NULL },
		{ "https://caffè-napoli.it", "caffè-napoli.it", LINK_FINE, NULL },
		{ "https://xn--caff-napoli-ibb.it", "xn--caff-napoli-ibb.it", LINK_FINE, NULL },
		{ "https://bücher-müller.de", "bücher-müller.de", LINK_FINE, NULL },
		{ "https://почта.example", "почта.example", LINK_FINE, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct content_link l;

		content_link_judge(content, str_c(rows[i].url), &l);
		bool like = rows[i].like ? str_eq_c(l.like, rows[i].like) : !l.like.p;
		if (l.fault != rows[i].fault || strcmp(l.host, rows[i].host) != 0 || !like)
			fail_msg("%s: %s, host \"%s\", like \"%.*s\"", rows[i].url,
			    link_fault_name(l.fault), l.host, STR_ARG(l.like));
	}
}

static void test_schemes_are_told(void **state)
{
	struct content_link l;

	(void)state;
	content_link_judge(content, STR("JavaScript:alert(1)"), &l);
	assert_string_equal(l.scheme, "javascript");
	content_link_judge(content, STR("averyveryveryverylongscheme://x"), &l);
	assert_string_equal(l.scheme, "averyveryveryverylongsc");
	content_link_judge(content, STR("bottega.it/a"), &l);
	assert_string_equal(l.scheme, "");
}

/* A host that is longer than there is room for is cut, not written past. */
static void test_long_hosts(void **state)
{
	struct buf url;
	struct content_link l;

	(void)state;
	buf_init(&url, 0);
	buf_add_c(&url, "https://");
	for (int i = 0; i < 400; i++)
		buf_add_c(&url, i % 20 == 19 ? "." : "x");
	content_link_judge(content, buf_str(&url), &l);
	assert_int_equal(strlen(l.host), LINK_HOST_MAX - 1);
	buf_done(&url);
}

static void test_in_texts(void **state)
{
	static const struct {
		const char *text, *urls; /* "; " between them */
	} rows[] = {
		{ "", "" },
		{ "Nessun link qui. Davvero.", "" },
		{ "Vai su https://a.example/x, poi https://b.example.",
		    "https://a.example/x; https://b.example" },
		{ "(https://a.example/x)", "https://a.example/x" },
		{ "*https://a.example*", "https://a.example" },
		{ "qui:https://a.example/x", "https://a.example/x" },
		{ "il sito bottega.it è aperto", "bottega.it" },
		{ "www.bottega.example è aperto", "www.bottega.example" },
		{ "BOTTEGA.IT/saldi!", "BOTTEGA.IT/saldi" },
		{ "apri javascript:alert subito", "javascript:alert" },
		{ "192.0.2.10/login", "192.0.2.10/login" },
		{ "192.0.2.10:8080", "192.0.2.10:8080" },
		{ "versione 1.2.3.4", "" },
		{ "300.1.1.1/a", "" },
		{ "scrivi a info@bottega.it", "" },
		{ "ore 10:30, prezzo:10, nota:importante", "" },
		{ "Fine.Inizio", "" },
		{ "S.p.A. e ecc.", "" },
		{ "12.50", "" },
		{ "...", "" },
		{ "https://", "" },
		{ "://a.example", "" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct str rest = str_c(rows[i].text), before;
		struct content_link l;
		struct buf told;

		buf_init(&told, 0);
		while (content_link_next(content, &rest, &before, &l)) {
			buf_add_c(&told, told.len ? "; " : "");
			buf_add(&told, l.url);
		}
		if (!str_eq_c(buf_str(&told), rows[i].urls))
			fail_msg("\"%s\": %.*s", rows[i].text, STR_ARG(buf_str(&told)));
		buf_done(&told);
	}
}

/* Without memory nothing is made up: what needs none is still seen. */
static void test_without_memory(void **state)
{
	struct content_link l;

	(void)state;
	for (long n = 0; n < 12; n++) {
		check_fail_alloc_after(n, true);
		content_link_judge(content, STR("https://user@раypal.com"), &l);
		check_fail_alloc_after(-1, false);
		assert_int_equal(l.fault, LINK_USERINFO);
		check_fail_alloc_after(n, true);
		content_link_judge(content, STR("https://xn--caff-napoli-ibb.it"), &l);
		check_fail_alloc_after(-1, false);
		assert_int_equal(l.fault, LINK_FINE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_faults),
		cmocka_unit_test(test_schemes_are_told),
		cmocka_unit_test(test_long_hosts),
		cmocka_unit_test(test_in_texts),
		cmocka_unit_test(test_without_memory),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
