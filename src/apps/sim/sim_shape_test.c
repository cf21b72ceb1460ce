#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "apps/sim/sim_shape.h"

#define TO "\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\","
#define TEXT "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}"
#define INTERACTIVE(type, rest) \
	TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"" type \
	   "\",\"body\":{\"text\":\"Ciao\"}," rest "}"
#define TEMPLATE(rest) \
	TO "\"type\":\"template\",\"template\":{\"name\":\"n\",\"language\":{\"code\":\"it\"}" rest \
	   "}"

/* Bodies without their braces; the word that the details must hold, NULL for those that are right. */
static const struct {
	const char *name, *body, *wrong;
} rows[] = {
	{ "text", TO TEXT, NULL },
	{ "type may be left out", TO "\"text\":{\"body\":\"Ciao\"}", NULL },
	{ "product", "\"to\":\"+393331234567\"," TEXT, "messaging_product" },
	{ "no recipient", "\"messaging_product\":\"whatsapp\"," TEXT, "to or recipient" },
	{ "letters as a phone", "\"messaging_product\":\"whatsapp\",\"to\":\"abc\"," TEXT,
	    "to is" },
	{ "a phone of 16 digits",
	    "\"messaging_product\":\"whatsapp\",\"to\":\"+3933312345678901\"," TEXT, "to is" },
	{ "a leading zero", "\"messaging_product\":\"whatsapp\",\"to\":\"+0331234567\"," TEXT,
	    "to is" },
	{ "separators", "\"messaging_product\":\"whatsapp\",\"to\":\"+39 333-123.4567\"," TEXT,
	    NULL },
	{ "a user id",
	    "\"messaging_product\":\"whatsapp\",\"recipient\":\"BR.Q7tXk29LmVa4Zc\"," TEXT, NULL },
	{ "no user id", "\"messaging_product\":\"whatsapp\",\"recipient\":\"Q7tXk29\"," TEXT,
	    "recipient is" },
	{ "recipient type", TO "\"recipient_type\":\"both\"," TEXT, "recipient_type" },
	{ "a group",
	    "\"messaging_product\":\"whatsapp\",\"recipient_type\":\"group\",\"to\":\"GRP001\"," TEXT,
	    NULL },
	{ "unknown type", TO "\"type\":\"hologram\",\"hologram\":{}", "type is none" },
	{ "object missing", TO "\"type\":\"text\"", "text is required" },
	{ "object of a wrong type", TO "\"type\":\"text\",\"text\":\"Ciao\"",
	    "text must be an object" },
	{ "empty text", TO "\"type\":\"text\",\"text\":{\"body\":\"\"}", "text.body" },
	{ "number as text", TO "\"type\":\"text\",\"text\":{\"body\":7}",
	    "text.body must be a string" },
	{ "preview", TO "\"type\":\"text\",\"text\":{\"body\":\"a\",\"preview_url\":\"yes\"}",
	    "preview_url" },
	{ "image without a source", TO "\"type\":\"image\",\"image\":{}",
	    "image.id or image.link" },
	{ "image with a strange link", TO "\"type\":\"image\",\"image\":{\"link\":\"file:///etc\"}",
	    "image.link" },
	{ "audio", TO "\"type\":\"audio\",\"audio\":{\"id\":\"1\",\"voice\":1}", "audio.voice" },
	{ "location",
	    TO "\"type\":\"location\",\"location\":{\"latitude\":\"45.5\",\"longitude\":9}", NULL },
	{ "latitude", TO "\"type\":\"location\",\"location\":{\"latitude\":91,\"longitude\":9}",
	    "latitude" },
	{ "longitude",
	    TO "\"type\":\"location\",\"location\":{\"latitude\":1,\"longitude\":\"9x\"}",
	    "longitude" },
	{ "contacts", TO "\"type\":\"contacts\",\"contacts\":[]", "contacts" },
	{ "contact's name",
	    TO "\"type\":\"contacts\",\"contacts\":[{\"name\":{\"formatted_name\":\"A\"}}]",
	    "one more" },
	{ "reaction", TO "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"m\",\"emoji\":\"\"}",
	    NULL },
	{ "reaction without emoji", TO "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"m\"}",
	    "emoji" },
	{ "callback data", TO "\"biz_opaque_callback_data\":7," TEXT, "biz_opaque_callback_data" },
	{ "context", TO "\"context\":{\"message_id\":\"\"}," TEXT, "context.message_id" },
	{ "read receipt",
	    "\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"m\"", NULL },
	{ "other receipt",
	    "\"messaging_product\":\"whatsapp\",\"status\":\"played\",\"message_id\":\"m\"",
	    "status" },
	{ "receipt of nothing", "\"messaging_product\":\"whatsapp\",\"status\":\"read\"",
	    "message_id" },
	{ "typing",
	    "\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"m\","
	    "\"typing_indicator\":{\"type\":\"voice\"}",
	    "typing_indicator" },
	{ "direct send", TO "\"category\":\"utility\"," TEXT, NULL },
	{ "direct marketing", TO "\"category\":\"marketing\"," TEXT, "category" },
	{ "direct image", TO "\"category\":\"utility\",\"type\":\"image\",\"image\":{\"id\":\"1\"}",
	    "direct send" },
	{ "direct time to live",
	    TO "\"category\":\"utility\",\"message_send_ttl_seconds\":29," TEXT, "30 to 43200" },
	{ "interactive of no type", INTERACTIVE("pie", "\"action\":{}"), "interactive.type" },
	{ "interactive without action", INTERACTIVE("button", "\"x\":1"), "interactive.action" },
	{ "four buttons",
	    INTERACTIVE("button",
		"\"action\":{\"buttons\":[{\"reply\":{\"id\":\"1\",\"title\":\"a\"}},"
		"{\"reply\":{\"id\":\"2\",\"title\":\"a\"}},{\"reply\":{\"id\":\"3\",\"title\":\"a\"}},"
		"{\"reply\":{\"id\":\"4\",\"title\":\"a\"}}]}"),
	    "1 to 3 buttons" },
	{ "a long title",
	    INTERACTIVE("button",
		"\"action\":{\"buttons\":[{\"reply\":{\"id\":\"1\",\"title\":\"123456789012345678901\"}}]}"),
	    "title" },
	{ "two sections need titles",
	    INTERACTIVE("list",
		"\"action\":{\"button\":\"b\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]},"
		"{\"rows\":[{\"id\":\"2\",\"title\":\"a\"}]}]}"),
	    "sections.title" },
	{ "a list without rows",
	    INTERACTIVE("list", "\"action\":{\"button\":\"b\",\"sections\":[{\"rows\":[]}]}"),
	    "rows" },
	{ "action of another name", INTERACTIVE("cta_url", "\"action\":{\"name\":\"flow\"}"),
	    "action.name" },
	{ "one card", INTERACTIVE("carousel", "\"action\":{\"cards\":[{}]}"), "cards" },
	{ "template", TEMPLATE(""), NULL },
	{ "template without language", TO "\"type\":\"template\",\"template\":{\"name\":\"n\"}",
	    "language" },
	{ "components as an object", TEMPLATE(",\"components\":{}"),
	    "components must be an array" },
	{ "component of no type", TEMPLATE(",\"components\":[{\"type\":\"belly\"}]"),
	    "components.type" },
	{ "button without index",
	    TEMPLATE(",\"components\":[{\"type\":\"button\",\"sub_type\":\"url\"}]"), "index" },
	{ "parameter of no type",
	    TEMPLATE(",\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"poem\"}]}]"),
	    "parameters.type" },
	{ "parameter without value",
	    TEMPLATE(",\"components\":[{\"type\":\"body\",\"parameters\":[{\"type\":\"text\"}]}]"),
	    "parameters.text" },
	{ "a number among components", TEMPLATE(",\"components\":[7]"), "must hold objects" },
};

static bool check(struct arena *a, const char *inner, struct sim_problem *p)
{
	struct str text = arena_printf(a, "{%s}", inner);
	const struct json *body = NULL;
	struct sim_send send;

	assert_int_equal(json_read(a, text, &body, NULL), 0);
	return sim_shape_check(body, &send, p);
}

static void test_rows(void **state)
{
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct sim_problem p = { 0 };
		bool ok = check(a, rows[i].body, &p);
		if (ok != !rows[i].wrong)
			fail_msg("%s: %s", rows[i].name, ok ? "was taken" : p.details);
		if (!ok && rows[i].wrong && !strstr(p.details, rows[i].wrong))
			fail_msg("%s: \"%s\"", rows[i].name, p.details);
		if (!ok && p.code != 100 && p.code != 131009)
			fail_msg("%s: code %d", rows[i].name, p.code);
	}
	arena_free(&a);
}

/* Lengths are in characters, and the last allowed one is. */
static void test_lengths(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct buf body;

	(void)state;
	for (int over = 0; over < 2; over++) {
		struct sim_problem p = { 0 };
		buf_init(&body, 0);
		buf_add_c(&body, TO "\"type\":\"text\",\"text\":{\"body\":\"");
		for (int i = 0; i < 4096 + over; i++)
			buf_add_c(&body, "\xc3\xa9");
		buf_add_c(&body, "\"}");
		assert_int_equal(check(a, buf_str(&body).p, &p), over == 0);
		buf_done(&body);
	}
	arena_free(&a);
}

/* Every documented send of the collection has the right shape. */
static void test_requests(void **state)
{
	struct arena *a = arena_new(0, 0);
	DIR *dir = opendir("tests/requests");
	size_t sends = 0;

	(void)state;
	assert_non_null(dir);
	for (struct dirent *e; (e = readdir(dir));) {
		char path[600];
		struct buf file;
		const struct json *o = NULL;
		struct sim_send send;
		struct sim_problem p = { 0 };
		(void)snprintf(path, sizeof(path), "tests/requests/%s", e->d_name);
		if (e->d_name[0] == '.' || e->d_name[0] == '_')
			continue;
		buf_init(&file, 0);
		assert_int_equal(file_read(path, 1 << 20, &file, NULL), 0);
		assert_int_equal(json_read(a, buf_str(&file), &o, NULL), 0);
		if (str_ends(json_str(json_get(o, "path")), STR("messages")) &&
		    json_get(o, "body")) {
			if (!sim_shape_check(json_get(o, "body"), &send, &p))
				fail_msg("%s: %s", e->d_name, p.details);
			sends++;
		}
		buf_done(&file);
	}
	(void)closedir(dir);
	assert_true(sends > 40);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
