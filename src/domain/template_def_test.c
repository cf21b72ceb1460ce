/* Definitions and what fills them: count, names, types, lengths, buttons, offers and cards; and the lint, with a
 * problem of each kind. The policy cases of rule 505 say the same from outside. */
#include "domain/template_def.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/file.h"

static struct pack *pack;

static int setup(void **state)
{
	(void)state;
	return crypto_init(NULL) < 0 || pack_builtin(&pack, NULL) < 0 ? -1 : 0;
}

static int teardown(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

static const struct json *parse(struct arena *a, const char *text)
{
	const struct json *v = NULL;
	struct err err = { .code = 0 };

	if (text && json_read(a, str_c(text), &v, &err) < 0)
		fail_msg("%s: %s", err.text, text);
	return v;
}

static int fit(const struct json *definition, const struct message *send, struct err *ret_problem)
{
	int64_t limit, got;

	return template_def_check(pack, definition, send, ret_problem, &limit, &got);
}

/* --- fits ------------------------------------------------------------------------------------- */

#define BODY1 "{\"type\":\"BODY\",\"text\":\"Il suo ordine {{1}} è partito.\"}"
#define FILL1 "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"4471\"}]}"
#define VALUE(v) "{\"type\":\"text\",\"text\":\"" v "\"}"
#define FILL(v) "[{\"type\":\"body\",\"parameters\":[" VALUE(v) "]}]"
#define NAMED "[{\"type\":\"BODY\",\"text\":\"Ordine {{pedido}} per {{nome}}.\"}]"
#define OTP \
	"[{\"type\":\"BODY\",\"add_security_recommendation\":true},{\"type\":\"BUTTONS\"," \
	"\"buttons\":[{\"type\":\"OTP\",\"otp_type\":\"COPY_CODE\"}]}]"
#define BUTTON(sub, index, value) \
	"{\"type\":\"button\",\"sub_type\":\"" sub "\",\"index\":" index ",\"parameters\":[" value \
	"]}"
#define CARD(rest) "{\"components\":[{\"type\":\"HEADER\",\"format\":\"IMAGE\"}" rest "]}"
#define SENT_CARD(index, id) \
	"{\"card_index\":" index ",\"components\":[{\"type\":\"header\",\"parameters\":[" \
	"{\"type\":\"image\",\"image\":{\"id\":\"" id "\"}}]}]}"
#define PRODUCTS \
	"[{\"type\":\"BODY\",\"text\":\"Novità\"},{\"type\":\"CAROUSEL\",\"cards\":[" \
	"{\"components\":[{\"type\":\"HEADER\",\"format\":\"PRODUCT\"}]}," \
	"{\"components\":[{\"type\":\"HEADER\",\"format\":\"PRODUCT\"}]}]}]"
#define SENT_PRODUCT(index) \
	"{\"card_index\":" index ",\"components\":[{\"type\":\"header\",\"parameters\":[" \
	"{\"type\":\"product\",\"product\":{\"product_retailer_id\":\"1\"}}]}]}"

struct fit_case {
	const char *name, *definition, *sent; /* NULL = not there */
	const char *field;                    /* of the problem; NULL = it fits */
};

static const struct fit_case fits[] = {
	{ "no definition", NULL, FILL("a"), NULL },
	{ "definition of another type", "{}", FILL("a"), NULL },
	{ "no variables, nothing", "[]", NULL, NULL },
	{ "no variables, a value", "[]", FILL("a"), "template.components[0]" },
	{ "no variables, an empty component", "[]", "[{\"type\":\"body\",\"parameters\":[]}]",
	    NULL },
	{ "one and one", "[" BODY1 "]", "[" FILL1 "]", NULL },
	{ "types in any case", "[{\"type\":\"body\",\"text\":\"{{1}} a\"}]",
	    "[{\"type\":\"BODY\",\"parameters\":[{\"type\":\"TEXT\",\"text\":\"a\"}]}]", NULL },
	{ "one and none", "[" BODY1 "]", NULL, "template.components.body.parameters" },
	{ "one and two", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[" VALUE("a") "," VALUE("b") "]}]",
	    "template.components[0].parameters" },
	{ "a number used twice counts once",
	    "[{\"type\":\"BODY\",\"text\":\"{{1}}, ciao {{1}} e {{2}}!\"}]",
	    "[{\"type\":\"body\",\"parameters\":[" VALUE("a") "," VALUE("b") "]}]", NULL },
	{ "braces that are none", "[{\"type\":\"BODY\",\"text\":\"{{a b}} {{}} {1} {{1}}.\"}]",
	    FILL("a"), NULL },
	{ "blanks in the braces", "[{\"type\":\"BODY\",\"text\":\"Ordine {{ 1 }} pronto\"}]",
	    FILL("a"), NULL },
	{ "body twice", "[" BODY1 "]", "[" FILL1 "," FILL1 "]", "template.components[1].type" },
	{ "unheard-of component", "[" BODY1 "]", "[" FILL1 ",{\"type\":\"sidebar\"}]",
	    "template.components[1].type" },
	{ "component of no type", "[" BODY1 "]", "[" FILL1 ",{}]", "template.components[1].type" },
	{ "footer filled", "[" BODY1 ",{\"type\":\"FOOTER\",\"text\":\"a\"}]",
	    "[" FILL1 ",{\"type\":\"footer\",\"parameters\":[" VALUE("a") "]}]",
	    "template.components[1].parameters" },
	{ "a body without its text is not judged", "[{\"type\":\"BODY\"}]", FILL("a"), NULL },
	/* values */
	{ "empty", "[" BODY1 "]", FILL(""), "template.components[0].parameters[0].text" },
	{ "without text", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\"}]}]",
	    "template.components[0].parameters[0].text" },
	{ "a picture", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[{\"type\":\"image\",\"image\":{\"id\":\"1\"}}]}]",
	    "template.components[0].parameters[0].type" },
	{ "line break", "[" BODY1 "]", FILL("a\\nb"), "template.components[0].parameters[0].text" },
	{ "tab", "[" BODY1 "]", FILL("a\\tb"), "template.components[0].parameters[0].text" },
	{ "four blanks", "[" BODY1 "]", FILL("a    b"), NULL },
	{ "five blanks", "[" BODY1 "]", FILL("a     b"),
	    "template.components[0].parameters[0].text" },
	{ "four and four blanks", "[" BODY1 "]", FILL("a    b    c"), NULL },
	{ "money", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[{\"type\":\"currency\",\"currency\":{"
	    "\"fallback_value\":\"19,90 €\",\"code\":\"EUR\",\"amount_1000\":19900}}]}]",
	    NULL },
	{ "money without its object", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[{\"type\":\"currency\"}]}]",
	    "template.components[0].parameters[0].currency" },
	{ "a date", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":[{\"type\":\"date_time\",\"date_time\":{"
	    "\"fallback_value\":\"24 novembre\"}}]}]",
	    NULL },
	/* names */
	{ "named", NAMED,
	    "[{\"type\":\"body\",\"parameters\":["
	    "{\"type\":\"text\",\"parameter_name\":\"nome\",\"text\":\"Ada\"},"
	    "{\"type\":\"text\",\"parameter_name\":\"pedido\",\"text\":\"4471\"}]}]",
	    NULL },
	{ "named twice", NAMED,
	    "[{\"type\":\"body\",\"parameters\":["
	    "{\"type\":\"text\",\"parameter_name\":\"nome\",\"text\":\"Ada\"},"
	    "{\"type\":\"text\",\"parameter_name\":\"nome\",\"text\":\"Ada\"}]}]",
	    "template.components[0].parameters[1].parameter_name" },
	{ "named otherwise", NAMED,
	    "[{\"type\":\"body\",\"parameters\":["
	    "{\"type\":\"text\",\"parameter_name\":\"nome\",\"text\":\"Ada\"},"
	    "{\"type\":\"text\",\"parameter_name\":\"cognome\",\"text\":\"Ada\"}]}]",
	    "template.components[0].parameters[1].parameter_name" },
	{ "not named", NAMED,
	    "[{\"type\":\"body\",\"parameters\":[" VALUE("a") "," VALUE("b") "]}]",
	    "template.components[0].parameters[0].parameter_name" },
	{ "names where numbers are asked", "[" BODY1 "]",
	    "[{\"type\":\"body\",\"parameters\":["
	    "{\"type\":\"text\",\"parameter_name\":\"nome\",\"text\":\"Ada\"}]}]",
	    NULL },
	/* headers */
	{ "picture missing", "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"}]", NULL,
	    "template.components.header" },
	{ "picture with nothing in it", "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{}}]}]",
	    "template.components[0].parameters[0].image" },
	{ "a video for a picture", "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"video\",\"video\":{\"id\":\"1\"}}]}]",
	    "template.components[0].parameters[0].type" },
	{ "two pictures", "[{\"type\":\"HEADER\",\"format\":\"IMAGE\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"image\",\"image\":{\"id\":\"1\"}},"
	    "{\"type\":\"image\",\"image\":{\"id\":\"1\"}}]}]",
	    "template.components[0].parameters" },
	{ "place", "[{\"type\":\"HEADER\",\"format\":\"LOCATION\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"location\",\"location\":{"
	    "\"latitude\":\"45.07\",\"longitude\":7.69}}]}]",
	    NULL },
	{ "place without longitude", "[{\"type\":\"HEADER\",\"format\":\"LOCATION\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"location\",\"location\":{"
	    "\"latitude\":\"45.07\"}}]}]",
	    "template.components[0].parameters[0].location.longitude" },
	{ "product header", "[{\"type\":\"HEADER\",\"format\":\"PRODUCT\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"product\",\"product\":{}}]}]",
	    NULL },
	{ "a format that is not known", "[{\"type\":\"HEADER\",\"format\":\"HOLOGRAM\"}]",
	    "[{\"type\":\"header\",\"parameters\":[{\"type\":\"hologram\"}]}]", NULL },
	{ "header text filled", "[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"A {{1}}\"}]",
	    "[{\"type\":\"header\",\"parameters\":[" VALUE("a") "]}]", NULL },
	{ "header text without format", "[{\"type\":\"HEADER\",\"text\":\"A {{1}}\"}]", NULL,
	    "template.components.header.parameters" },
	/* one-time codes */
	{ "code", OTP, "[" FILL1 "," BUTTON("url", "\"0\"", VALUE("482913")) "]", NULL },
	{ "code of 15", OTP,
	    "[{\"type\":\"body\",\"parameters\":[" VALUE("482913482913482") "]}," BUTTON(
		"url", "0", VALUE("482913482913482")) "]",
	    NULL },
	{ "code of 16", OTP,
	    "[{\"type\":\"body\",\"parameters\":[" VALUE("4829134829134821") "]}," BUTTON(
		"url", "0", VALUE("482913")) "]",
	    "template.components[0].parameters[0].text" },
	{ "code in the body only", OTP, "[" FILL1 "]", "template.components.button[0]" },
	{ "code in the button only", OTP, "[" BUTTON("url", "0", VALUE("482913")) "]",
	    "template.components.body.parameters" },
	/* buttons */
	{ "address",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://a/{{1}}\"}]}]",
	    "[" BUTTON("URL", "0", VALUE("a")) "]", NULL },
	{ "address without index",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://a/{{1}}\"}]}]",
	    "[{\"type\":\"button\",\"sub_type\":\"url\",\"parameters\":[" VALUE("a") "]}]", NULL },
	{ "address missing",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://a/{{1}}\"}]}]",
	    NULL, "template.components.button[0]" },
	{ "address given empty",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://a/{{1}}\"}]}]",
	    "[" BUTTON("url", "0", "") "]", "template.components[0].parameters" },
	{ "fixed address filled",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\",\"url\":\"https://a/\"}]}]",
	    "[" BUTTON("url", "0", VALUE("a")) "]", "template.components[0].parameters" },
	{ "an address that is not told",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"URL\"}]}]", NULL, NULL },
	{ "another type", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]",
	    "[" BUTTON("url", "0", VALUE("a")) "]", "template.components[0].sub_type" },
	{ "another index", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]",
	    "[" BUTTON("quick_reply", "1", "{\"type\":\"payload\",\"payload\":\"a\"}") "]",
	    "template.components[0].index" },
	{ "index below zero", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]",
	    "[" BUTTON("quick_reply", "-1", "{\"type\":\"payload\",\"payload\":\"a\"}") "]",
	    "template.components[0].index" },
	{ "index in words", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]",
	    "[" BUTTON("quick_reply", "\"primo\"", "{\"type\":\"payload\",\"payload\":\"a\"}") "]",
	    "template.components[0].index" },
	{ "the same button twice",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]",
	    "[" BUTTON("quick_reply", "0", "{\"type\":\"payload\",\"payload\":\"a\"}") "," BUTTON(
		"quick_reply", "\"0\"", "{\"type\":\"payload\",\"payload\":\"b\"}") "]",
	    "template.components[1].index" },
	{ "a reply needs no payload",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\"}]}]", NULL, NULL },
	{ "coupon", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"COPY_CODE\"}]}]",
	    "[" BUTTON("copy_code", "0",
		"{\"type\":\"coupon_code\",\"coupon_code\":\"AZZURRO10ABCDEF\"}") "]",
	    NULL },
	{ "coupon too long", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"COPY_CODE\"}]}]",
	    "[" BUTTON("copy_code", "0",
		"{\"type\":\"coupon_code\",\"coupon_code\":\"AZZURRO10ABCDEFG\"}") "]",
	    "template.components[0].parameters[0].coupon_code" },
	{ "coupon empty", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"COPY_CODE\"}]}]",
	    "[" BUTTON("copy_code", "0", "{\"type\":\"coupon_code\"}") "]",
	    "template.components[0].parameters[0].coupon_code" },
	{ "flow", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"FLOW\"}]}]",
	    "[" BUTTON("flow", "0", "{\"type\":\"action\",\"action\":{\"flow_token\":\"t\"}}") "]",
	    NULL },
	{ "flow without action", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"FLOW\"}]}]",
	    "[" BUTTON("flow", "0", "{\"type\":\"action\"}") "]",
	    "template.components[0].parameters[0].action" },
	{ "two values", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"FLOW\"}]}]",
	    "[" BUTTON("flow", "0", "{\"type\":\"action\"},{\"type\":\"action\"}") "]",
	    "template.components[0].parameters" },
	{ "products", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"MPM\"}]}]",
	    "[" BUTTON("mpm", "0", "{\"type\":\"action\",\"action\":{}}") "]", NULL },
	{ "products missing", "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"MPM\"}]}]", NULL,
	    "template.components.button[0]" },
	{ "a button that is not known",
	    "[{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"WAVE\"}]}]",
	    "[" BUTTON("wave", "0", "{\"type\":\"sea\"}") "]", NULL },
	/* offers */
	{ "offer with its end",
	    "[{\"type\":\"LIMITED_TIME_OFFER\",\"limited_time_offer\":{\"has_expiration\":true}}]",
	    "[{\"type\":\"limited_time_offer\",\"parameters\":[{\"type\":\"limited_time_offer\","
	    "\"limited_time_offer\":{\"expiration_time_ms\":1794600000000}}]}]",
	    NULL },
	{ "offer without its end",
	    "[{\"type\":\"LIMITED_TIME_OFFER\",\"limited_time_offer\":{\"has_expiration\":true}}]",
	    NULL, "template.components.limited_time_offer" },
	{ "offer whose end is a word",
	    "[{\"type\":\"LIMITED_TIME_OFFER\",\"limited_time_offer\":{\"has_expiration\":true}}]",
	    "[{\"type\":\"limited_time_offer\",\"parameters\":[{\"type\":\"limited_time_offer\","
	    "\"limited_time_offer\":{\"expiration_time_ms\":\"domani\"}}]}]",
	    "template.components[0].parameters[0].limited_time_offer.expiration_time_ms" },
	{ "offer without end", "[{\"type\":\"LIMITED_TIME_OFFER\",\"limited_time_offer\":{}}]",
	    NULL, NULL },
	/* cards */
	{ "cards", "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "," SENT_CARD(
		"\"1\"", "2") "]}]",
	    NULL },
	{ "cards missing", "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]", NULL,
	    "template.components.carousel" },
	{ "a card missing", "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "]}]",
	    "template.components[0].cards" },
	{ "the same card twice", "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "," SENT_CARD("0", "2") "]}]",
	    "template.components[0].cards[1].card_index" },
	{ "a card beyond the last",
	    "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "," SENT_CARD("2", "2") "]}]",
	    "template.components[0].cards[1].card_index" },
	{ "a card without its picture",
	    "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("") "," CARD("") "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD(
		"0", "1") ","
			  "{\"card_index\":1,\"components\":[]}]}]",
	    "template.components[0].cards[1].components.header" },
	{ "a card's own variable",
	    "[{\"type\":\"CAROUSEL\",\"cards\":[" CARD("," BODY1) "," CARD("," BODY1) "]}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "," SENT_CARD("1", "2") "]}]",
	    "template.components[0].cards[0].components.body.parameters" },
	{ "product cards vary", PRODUCTS,
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_PRODUCT("0") "," SENT_PRODUCT(
		"1") "," SENT_PRODUCT("2") "]}]",
	    NULL },
	{ "one product card", PRODUCTS,
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_PRODUCT("0") "]}]",
	    "template.components[0].cards" },
	{ "cards that are not told", "[{\"type\":\"CAROUSEL\"}]",
	    "[{\"type\":\"carousel\",\"cards\":[" SENT_CARD("0", "1") "]}]", NULL },
};

static void test_fits(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(fits); i++) {
		const struct fit_case *c = &fits[i];
		struct arena *a = arena_new(0, 0);
		struct message send = { .kind = MESSAGE_TEMPLATE };
		struct err problem = { .code = 0 };
		int rc;

		assert_non_null(a);
		send.template_components = parse(a, c->sent);
		rc = fit(parse(a, c->definition), &send, &problem);
		if (rc != (c->field ? 0 : 1) ||
		    strcmp(problem.field, c->field ? c->field : "") != 0)
			fail_msg("%s: %d '%s' %s", c->name, rc, problem.field, problem.text);
		assert_true((problem.code != 0) == (rc == 0));
		arena_free(&a);
	}
}

/* What the definition asks for, and what came. */
static void test_figures(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct message send = { .kind = MESSAGE_TEMPLATE };
	struct err problem;
	int64_t limit, got;

	(void)state;
	send.template_components = parse(a, FILL("a"));
	assert_int_equal(
	    template_def_check(pack, parse(a, NAMED), &send, &problem, &limit, &got), 0);
	assert_int_equal(limit, 2);
	assert_int_equal(got, 1);
	arena_free(&a);
}

/* The filled text is as long as it may be, and one longer, in code points. */
static void test_filled_length(void **state)
{
	static const struct {
		const char *definition, *type;
		int max;
	} cases[] = {
		{ "[{\"type\":\"BODY\",\"text\":\"Ordine {{1}} è {{1}}.\"}]", "body", 1024 - 11 },
		{ "[{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"Ordine {{1}}\"}]", "header",
		    60 - 7 },
	};
	char value[1100];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases) * 2; i++) {
		struct arena *a = arena_new(0, 0);
		struct message send = { .kind = MESSAGE_TEMPLATE };
		struct err problem = { .code = 0 };
		bool body = i < 2, over = i % 2 == 1;
		/* The body has its variable twice. */
		int n = (body ? cases[0].max / 2 : cases[1].max) + over;
		struct str sent;

		memset(value, 'x', sizeof(value));
		sent = arena_printf(a,
		    "[{\"type\":\"%s\",\"parameters\":[{\"type\":\"text\",\"text\":\"%.*s\"}]}]",
		    cases[!body].type, n, value);
		send.template_components = parse(a, sent.p);
		if (fit(parse(a, cases[!body].definition), &send, &problem) != (over ? 0 : 1))
			fail_msg("%s of %d: %s", cases[!body].type, n, problem.text);
		arena_free(&a);
	}
}

/* More variables than anybody needs: not understood, so not judged. */
static void test_too_many_variables(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct message send = { .kind = MESSAGE_TEMPLATE };
	struct err problem;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	buf_add_c(&text, "[{\"type\":\"BODY\",\"text\":\"");
	for (int i = 1; i <= 400; i++)
		buf_addf(&text, "{{%d}} ", i);
	buf_add_c(&text, "\"}]");
	assert_int_equal(fit(parse(a, text.p), &send, &problem), 1);
	buf_done(&text);
	arena_free(&a);
}

/* --- lint ------------------------------------------------------------------------------------- */

#define NEW(category, components) \
	"{\"name\":\"a_1\",\"language\":\"it\",\"category\":\"" category \
	"\",\"components\":[" components "]}"
#define PLAIN "{\"type\":\"BODY\",\"text\":\"Il suo ordine parte oggi.\"}"
#define BUTTONS(list) NEW("UTILITY", PLAIN ",{\"type\":\"BUTTONS\",\"buttons\":[" list "]}")
#define REPLY "{\"type\":\"QUICK_REPLY\",\"text\":\"Sì\"}"
#define LINK "{\"type\":\"URL\",\"text\":\"Apri\",\"url\":\"https://negozio.example/\"}"

struct lint_case {
	const char *name, *definition;
	bool edit;
	const char *fields; /* of the problems, in order, with a blank between; "" = none */
};

static const struct lint_case lints[] = {
	{ "plain", NEW("UTILITY", PLAIN), false, "" },
	{ "not an object", "[]", false, "" },
	{ "empty", "{}", false, "name language category components" },
	{ "an edit may be short", "{\"components\":[" PLAIN "]}", true, "" },
	{ "no components",
	    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[]}",
	    false, "components" },
	{ "name in capitals",
	    "{\"name\":\"Ordine\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[" PLAIN
	    "]}",
	    false, "name" },
	{ "language in words",
	    "{\"name\":\"a\",\"language\":\"italiano\",\"category\":\"UTILITY\",\"components\":[" PLAIN
	    "]}",
	    false, "language" },
	{ "language with a place",
	    "{\"name\":\"a\",\"language\":\"pt_BR\",\"category\":\"UTILITY\",\"components\":[" PLAIN
	    "]}",
	    false, "" },
	{ "another category", NEW("SERVICE", PLAIN), false, "category" },
	{ "life too long",
	    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"UTILITY\","
	    "\"message_send_ttl_seconds\":43201,\"components\":[" PLAIN "]}",
	    false, "message_send_ttl_seconds" },
	{ "the longest life",
	    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"UTILITY\","
	    "\"message_send_ttl_seconds\":-1,\"components\":[" PLAIN "]}",
	    false, "" },
	{ "no body", NEW("UTILITY", "{\"type\":\"FOOTER\",\"text\":\"a\"}"), false, "components" },
	{ "two bodies", NEW("UTILITY", PLAIN "," PLAIN), false, "components" },
	{ "a component that is none", NEW("UTILITY", PLAIN ",7"), false, "components[1]" },
	{ "a component of no type", NEW("UTILITY", PLAIN ",{}"), false, "components[1].type" },
	{ "a component that is not known", NEW("UTILITY", PLAIN ",{\"type\":\"SIDEBAR\"}"), false,
	    "" },
	/* variables */
	{ "a variable with its example",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{1}} pronto\","
		"\"example\":{\"body_text\":[[\"4471\"]]}}"),
	    false, "" },
	{ "no example", NEW("UTILITY", "{\"type\":\"BODY\",\"text\":\"Ordine {{1}} pronto\"}"),
	    false, "components[0].example" },
	{ "one example of two",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{1}} del {{2}} pronto\","
		"\"example\":{\"body_text\":[[\"4471\"]]}}"),
	    false, "components[0].example" },
	{ "named example",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{numero}} pronto\",\"example\":{"
		"\"body_text_named_params\":[{\"param_name\":\"numero\",\"example\":\"1\"}]}}"),
	    false, "" },
	{ "example of another name",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{numero}} pronto\",\"example\":{"
		"\"body_text_named_params\":[{\"param_name\":\"altro\",\"example\":\"1\"}]}}"),
	    false, "components[0].example" },
	{ "at the start and the end",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"{{1}} ordine pronto per {{2}}\","
		"\"example\":{\"body_text\":[[\"a\",\"b\"]]}}"),
	    false, "components[0].text components[0].text" },
	{ "side by side",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Il suo ordine {{1}}{{2}} ora parte\","
		"\"example\":{\"body_text\":[[\"a\",\"b\"]]}}"),
	    false, "components[0].text" },
	{ "a gap in the numbers",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{1}} del {{3}} pronto\","
		"\"example\":{\"body_text\":[[\"a\",\"b\"]]}}"),
	    false, "components[0].text" },
	{ "names and numbers",
	    NEW("UTILITY",
		"{\"type\":\"BODY\",\"text\":\"Ordine {{1}} del {{giorno}} pronto\","
		"\"example\":{\"body_text_named_params\":[{\"param_name\":\"1\"},{\"param_name\":\"giorno\"}]}}"),
	    false, "components[0].text" },
	{ "a sign in the braces",
	    NEW("UTILITY", "{\"type\":\"BODY\",\"text\":\"Ordine {{#1}} pronto\"}"), false,
	    "components[0].text" },
	{ "braces left open", NEW("UTILITY", "{\"type\":\"BODY\",\"text\":\"Ordine {{1 pronto\"}"),
	    false, "components[0].text" },
	/* header and footer */
	{ "header of two variables",
	    NEW("UTILITY",
		PLAIN ",{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\"{{1}} e {{2}}\","
		      "\"example\":{\"header_text\":[\"a\",\"b\"]}}"),
	    false, "components[1].text" },
	{ "header of 61",
	    NEW("UTILITY",
		PLAIN ",{\"type\":\"HEADER\",\"format\":\"TEXT\",\"text\":\""
		      "1234567890123456789012345678901234567890123456789012345678901\"}"),
	    false, "components[1].text" },
	{ "picture without sample",
	    NEW("UTILITY", PLAIN ",{\"type\":\"HEADER\",\"format\":\"IMAGE\"}"), false,
	    "components[1].example" },
	{ "place", NEW("UTILITY", PLAIN ",{\"type\":\"HEADER\",\"format\":\"LOCATION\"}"), false,
	    "" },
	{ "header of no format", NEW("UTILITY", PLAIN ",{\"type\":\"HEADER\",\"text\":\"a\"}"),
	    false, "components[1].format" },
	{ "header of another format",
	    NEW("UTILITY", PLAIN ",{\"type\":\"HEADER\",\"format\":\"AUDIO\"}"), false,
	    "components[1].format" },
	{ "footer with a variable",
	    NEW("UTILITY", PLAIN ",{\"type\":\"FOOTER\",\"text\":\"a {{1}}\"}"), false,
	    "components[1].text" },
	/* buttons */
	{ "replies together", BUTTONS(REPLY "," REPLY "," LINK), false, "" },
	{ "replies apart", BUTTONS(REPLY "," LINK "," REPLY), false, "components[1].buttons" },
	{ "three addresses", BUTTONS(LINK "," LINK "," LINK), false, "components[1].buttons" },
	{ "no buttons", BUTTONS(""), false, "components[1].buttons" },
	{ "a button that is none", BUTTONS("7"), false, "components[1].buttons[0]" },
	{ "a reply without text", BUTTONS("{\"type\":\"QUICK_REPLY\"}"), false,
	    "components[1].buttons[0].text" },
	{ "a text of 26",
	    BUTTONS("{\"type\":\"QUICK_REPLY\",\"text\":\"12345678901234567890123456\"}"), false,
	    "components[1].buttons[0].text" },
	{ "an address with its example",
	    BUTTONS(
		"{\"type\":\"URL\",\"text\":\"a\",\"url\":\"https://a/{{1}}\",\"example\":[\"b\"]}"),
	    false, "" },
	{ "an address without example",
	    BUTTONS("{\"type\":\"URL\",\"text\":\"a\",\"url\":\"https://a/{{1}}\"}"), false,
	    "components[1].buttons[0].example" },
	{ "a variable inside the address",
	    BUTTONS(
		"{\"type\":\"URL\",\"text\":\"a\",\"url\":\"https://a/{{1}}/b\",\"example\":[\"b\"]}"),
	    false, "components[1].buttons[0].url" },
	{ "a phone too long",
	    BUTTONS(
		"{\"type\":\"PHONE_NUMBER\",\"text\":\"a\",\"phone_number\":\"+39333123450012345678\"}"),
	    false, "components[1].buttons[0].phone_number" },
	{ "a coupon in a utility template", BUTTONS("{\"type\":\"COPY_CODE\",\"example\":\"A\"}"),
	    false, "components[1].buttons[0].type" },
	{ "a coupon",
	    NEW("MARKETING",
		PLAIN ",{\"type\":\"BUTTONS\",\"buttons\":["
		      "{\"type\":\"COPY_CODE\",\"example\":[\"AZZURRO10ABCDEF\"]}]}"),
	    false, "" },
	{ "a coupon of 16",
	    NEW("MARKETING",
		PLAIN ",{\"type\":\"BUTTONS\",\"buttons\":["
		      "{\"type\":\"COPY_CODE\",\"example\":\"AZZURRO10ABCDEFG\"}]}"),
	    false, "components[1].buttons[0].example" },
	{ "a code button elsewhere", BUTTONS("{\"type\":\"OTP\",\"otp_type\":\"COPY_CODE\"}"),
	    false, "components[1].buttons[0].type" },
	/* one-time codes */
	{ "codes",
	    NEW("AUTHENTICATION",
		"{\"type\":\"BODY\"},{\"type\":\"FOOTER\",\"code_expiration_minutes\":90},"
		"{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"OTP\",\"otp_type\":\"one_tap\"}]}"),
	    false, "" },
	{ "a code's life and type",
	    NEW("AUTHENTICATION",
		"{\"type\":\"BODY\"},{\"type\":\"FOOTER\",\"code_expiration_minutes\":91},"
		"{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"OTP\",\"otp_type\":\"PIGEON\"}]}"),
	    false, "components[1].code_expiration_minutes components[2].buttons[0].otp_type" },
	{ "a code without its button", NEW("AUTHENTICATION", "{\"type\":\"BODY\"}"), false,
	    "components" },
	{ "a code with a link and a header",
	    NEW("AUTHENTICATION",
		"{\"type\":\"HEADER\",\"format\":\"LOCATION\"},{\"type\":\"BODY\"},"
		"{\"type\":\"BUTTONS\",\"buttons\":[" LINK "]}"),
	    false, "components[0] components[2].buttons[0].type" },
	/* offers and cards */
	{ "an offer in a utility template",
	    NEW("UTILITY",
		PLAIN ",{\"type\":\"LIMITED_TIME_OFFER\",\"limited_time_offer\":{\"text\":\"a\"}}"),
	    false, "components[1]" },
	{ "one card",
	    NEW("MARKETING",
		PLAIN ",{\"type\":\"CAROUSEL\",\"cards\":[{\"components\":[" PLAIN "]}]}"),
	    false, "components[1].cards" },
	{ "two cards",
	    NEW("MARKETING",
		PLAIN ",{\"type\":\"CAROUSEL\",\"cards\":[{\"components\":[" PLAIN "]},"
		      "{\"components\":[" PLAIN "]}]}"),
	    false, "" },
	{ "cards of two shapes",
	    NEW("MARKETING",
		PLAIN ",{\"type\":\"CAROUSEL\",\"cards\":[{\"components\":[" PLAIN "]},"
		      "{\"components\":[{\"type\":\"HEADER\",\"format\":\"LOCATION\"}]}]}"),
	    false, "components[1].cards" },
	{ "cards in cards",
	    NEW("MARKETING",
		PLAIN
		",{\"type\":\"CAROUSEL\",\"cards\":["
		"{\"components\":[{\"type\":\"CAROUSEL\"}]},{\"components\":[{\"type\":\"CAROUSEL\"}]}]}"),
	    false, "components[1].cards[0].components[0] components[1].cards[1].components[0]" },
};

static void check_lint(const struct lint_case *c, const struct json *definition, struct arena *a)
{
	struct json_writer w;
	struct buf text, fields;
	struct json_iter it;
	const struct json *problem;
	int n;

	buf_init(&text, 0);
	buf_init(&fields, 0);
	jw_init(&w, &text);
	jw_array(&w);
	n = template_def_lint(a, pack, definition, c->edit, &w);
	jw_array_end(&w);
	buf_add_c(&fields, "");
	json_iter_init(&it, parse(a, text.p));
	for (int i = 0; json_iter_next(&it, NULL, &problem); i++) {
		buf_addf(&fields, "%s%.*s", i > 0 ? " " : "",
		    STR_ARG(json_str(json_get(problem, "field"))));
		assert_true(json_str(json_get(problem, "message")).len > 0);
	}
	if (!str_eq_c(buf_str(&fields), c->fields) || n != (int)json_len(parse(a, text.p)))
		fail_msg(
		    "%s: %d problems at '%s': %s", c->name, n, fields.p ? fields.p : "", text.p);
	buf_done(&text);
	buf_done(&fields);
}

static void test_lints(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lints); i++) {
		struct arena *a = arena_new(0, 0);

		assert_non_null(a);
		check_lint(&lints[i], parse(a, lints[i].definition), a);
		arena_free(&a);
	}
}

/* The documented definitions have nothing wrong. */
static void test_documented(void **state)
{
	static const struct {
		const char *file;
		bool edit;
	} cases[] = {
		{ "tests/requests/template_create_authentication.json", false },
		{ "tests/requests/template_create_marketing.json", false },
		{ "tests/requests/template_create_utility_named.json", false },
		{ "tests/requests/template_edit.json", true },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct arena *a = arena_new(0, 0);
		struct lint_case c = { cases[i].file, NULL, cases[i].edit, "" };
		const struct json *doc;
		struct buf text;

		buf_init(&text, 0);
		assert_int_equal(file_read(cases[i].file, 1 << 20, &text, NULL), 0);
		assert_int_equal(json_read(a, buf_str(&text), &doc, NULL), 0);
		check_lint(&c, json_get(doc, "body"), a);
		buf_done(&text);
		arena_free(&a);
	}
}

static void test_lint_starved(void **state)
{
	struct arena *a = arena_new(0, 0);
	const struct json *definition = parse(a, "{}");
	struct json_writer w;
	struct buf text;

	(void)state;
	buf_init(&text, 0);
	jw_init(&w, &text);
	check_fail_alloc_after(0, true);
	jw_array(&w);
	assert_int_equal(template_def_lint(a, pack, definition, false, &w), -E_NOMEM);
	check_fail_alloc_after(-1, false);
	buf_done(&text);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fits),
		cmocka_unit_test(test_figures),
		cmocka_unit_test(test_filled_length),
		cmocka_unit_test(test_too_many_variables),
		cmocka_unit_test(test_lints),
		cmocka_unit_test(test_documented),
		cmocka_unit_test(test_lint_starved),
	};

	return cmocka_run_group_tests_name("template_def", tests, setup, teardown);
}
