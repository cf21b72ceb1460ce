/* Figures of messages: both sides of every length, in letters of one to four bytes, and of every count. */
#include "domain/message.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"

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

/* Reads `text` into *ret; the document lives in `a`. */
static void read_path(struct arena *a, struct str text, const char *path, struct message *ret)
{
	const struct json *body = NULL;
	struct err err = { .code = 0 };

	if (json_read(a, text, &body, &err) < 0)
		body = NULL;
	assert_int_equal(message_read(a, pack, body, &err, str_c(path), STR("IT"), ret), 0);
}

#define TO "\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\","
#define TEXT "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}"
#define ACTIVE(type, rest) \
	"{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"" type "\"," rest "}}"
#define ASK "\"body\":{\"text\":\"Che cosa desidera?\"},"

/* --- lengths, on both sides ------------------------------------------------------------------- */

struct length_case {
	const char *field; /* where the problem must be; also the case's name */
	const char *before, *after;
	int64_t max;
};

static const struct length_case lengths[] = {
	{ "text.body", "{" TO "\"type\":\"text\",\"text\":{\"body\":\"", "\"}}", 4096 },
	{ "biz_opaque_callback_data", "{" TO TEXT ",\"biz_opaque_callback_data\":\"", "\"}", 512 },
	{ "image.caption", "{" TO "\"type\":\"image\",\"image\":{\"id\":\"1\",\"caption\":\"",
	    "\"}}", 1024 },
	{ "video.caption", "{" TO "\"type\":\"video\",\"video\":{\"id\":\"1\",\"caption\":\"",
	    "\"}}", 1024 },
	{ "document.caption",
	    "{" TO "\"type\":\"document\",\"document\":{\"id\":\"1\",\"caption\":\"", "\"}}",
	    1024 },
	{ "interactive.body.text",
	    "{" TO
	    "\"type\":\"interactive\",\"interactive\":{\"type\":\"location_request_message\","
	    "\"action\":{\"name\":\"send_location\"},\"body\":{\"text\":\"",
	    "\"}}}", 1024 },
	{ "interactive.footer.text",
	    "{" TO
	    "\"type\":\"interactive\",\"interactive\":{\"type\":\"location_request_message\"," ASK
	    "\"action\":{\"name\":\"send_location\"},\"footer\":{\"text\":\"",
	    "\"}}}", 60 },
	{ "interactive.header.text",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"cta_url\"," ASK
	    "\"action\":{\"name\":\"cta_url\",\"parameters\":{\"display_text\":\"a\",\"url\":\"a\"}},"
	    "\"header\":{\"type\":\"text\",\"text\":\"",
	    "\"}}}", 60 },
	{ "interactive.action.parameters.display_text",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"cta_url\"," ASK
	    "\"action\":{\"name\":\"cta_url\",\"parameters\":{\"url\":\"a\",\"display_text\":\"",
	    "\"}}}}", 20 },
	{ "interactive.action.buttons[0].reply.title",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"",
	    "\"}}]}}}", 20 },
	{ "interactive.action.buttons[0].reply.id",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"title\":\"1\",\"id\":\"",
	    "\"}}]}}}", 256 },
	{ "interactive.body.text",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\","
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]}]},"
	    "\"body\":{\"text\":\"",
	    "\"}}}", 4096 },
	{ "interactive.action.button",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]}],\"button\":\"",
	    "\"}}}", 20 },
	{ "interactive.action.sections[0].title",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\"}],"
	    "\"title\":\"",
	    "\"}]}}}", 24 },
	{ "interactive.action.sections[0].rows[0].id",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[{\"title\":\"1\",\"id\":\"",
	    "\"}]}]}}}", 200 },
	{ "interactive.action.sections[0].rows[0].title",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"",
	    "\"}]}]}}}", 24 },
	{ "interactive.action.sections[0].rows[0].description",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\","
	    "\"description\":\"",
	    "\"}]}]}}}", 72 },
	{ "interactive.action.parameters.flow_cta",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"flow\"," ASK
	    "\"action\":{\"name\":\"flow\",\"parameters\":{\"flow_id\":\"1\",\"flow_cta\":\"",
	    "\"}}}}", 30 },
	{ "template.name",
	    "{" TO "\"type\":\"template\",\"template\":{\"language\":{\"code\":\"it\"},\"name\":\"",
	    "\"}}", 512 },
	{ "text.body", "{" TO "\"category\":\"utility\",\"type\":\"text\",\"text\":{\"body\":\"",
	    "\"}}", 1024 },
};

static void check_length(const struct length_case *c, const char *letter, int64_t n)
{
	struct arena *a = arena_new(0, 0);
	struct message m;
	struct buf text;

	buf_init(&text, 0);
	buf_add_c(&text, c->before);
	for (int64_t i = 0; i < n; i++)
		buf_add_c(&text, letter);
	buf_add_c(&text, c->after);
	read_path(a, buf_str(&text), "/messages", &m);
	if (n <= c->max && m.problem.code)
		fail_msg("%s of %d: %s", c->field, (int)n, m.problem.text);
	if (n > c->max &&
	    (strcmp(m.problem.field, c->field) != 0 || m.problem_limit != c->max ||
		m.problem_got != n))
		fail_msg("%s of %d: '%s'", c->field, (int)n, m.problem.field);
	buf_done(&text);
	arena_free(&a);
}

static void test_lengths(void **state)
{
	static const char *const letters[] = { "x", "è", "😀", "\\u00e8" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(lengths); i++) {
		for (size_t l = 0; l < ARRAY_LEN(letters); l++) {
			check_length(&lengths[i], letters[l], lengths[i].max);
			check_length(&lengths[i], letters[l], lengths[i].max + 1);
		}
	}
}

/* --- counts, on both sides -------------------------------------------------------------------- */

struct count_case {
	const char *field, *before, *entry, *after;
	int64_t min, max;
};

static const struct count_case counts[] = {
	{ "interactive.action.buttons",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[",
	    "{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"a\"}}", "]}}}", 1, 3 },
	{ "interactive.action.buttons",
	    "{" TO
	    "\"category\":\"utility\",\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[",
	    "{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"a\"}}", "]}}}", 1, 10 },
	{ "interactive.action.sections",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[",
	    "{\"title\":\"a\",\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]}", "]}}}", 1, 10 },
	{ "interactive.action.sections[0].rows",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"rows\":[",
	    "{\"id\":\"1\",\"title\":\"a\"}", "]}]}}}", 1, 10 },
	{ "interactive.action.sections",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"A\",\"sections\":[{\"title\":\"a\",\"rows\":["
	    "{\"id\":\"1\",\"title\":\"a\"}]},{\"title\":\"b\",\"rows\":[",
	    "{\"id\":\"1\",\"title\":\"a\"}", "]}]}}}", -1, 9 },
	{ "interactive.action.sections[0].product_items",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"product_list\"," ASK
	    "\"header\":{\"type\":\"text\",\"text\":\"a\"},"
	    "\"action\":{\"catalog_id\":\"1\",\"sections\":[{\"product_items\":[",
	    "{\"product_retailer_id\":\"1\"}", "]}]}}}", 1, 30 },
	{ "interactive.action.cards",
	    "{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"carousel\"," ASK
	    "\"action\":{\"cards\":[",
	    "{\"card_index\":0,\"type\":\"product\",\"action\":{\"catalog_id\":\"1\"}}", "]}}}", 2,
	    10 },
	{ "contacts", "{" TO "\"type\":\"contacts\",\"contacts\":[",
	    "{\"name\":{\"formatted_name\":\"A\",\"first_name\":\"A\"}}", "]}", 1, 257 },
};

static void check_count(const struct count_case *c, int64_t n)
{
	struct arena *a = arena_new(0, 0);
	struct message m;
	struct buf text;
	bool fine = n >= c->min && n <= c->max;

	buf_init(&text, 0);
	buf_add_c(&text, c->before);
	for (int64_t i = 0; i < n; i++) {
		buf_add_c(&text, i > 0 ? "," : "");
		buf_add_c(&text, c->entry);
	}
	buf_add_c(&text, c->after);
	read_path(a, buf_str(&text), "/messages", &m);
	if (fine != (m.problem.code == 0) || (!fine && strcmp(m.problem.field, c->field) != 0))
		fail_msg("%s of %d: '%s' %s", c->field, (int)n, m.problem.field, m.problem.text);
	buf_done(&text);
	arena_free(&a);
}

static void test_counts(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(counts); i++) {
		if (counts[i].min > 0) {
			check_count(&counts[i], counts[i].min - 1);
			check_count(&counts[i], counts[i].min);
		}
		check_count(&counts[i], counts[i].max);
		check_count(&counts[i], counts[i].max + 1);
	}
}

static void test_life(void **state)
{
	static const struct {
		int seconds;
		bool fine;
	} cases[] = { { 29, false }, { 30, true }, { 43200, true }, { 43201, false },
		{ -1, false } };
	struct message m;
	struct arena *a = arena_new(0, 0);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct str text = arena_printf(a,
		    "{" TO TEXT ",\"category\":\"utility\",\"message_send_ttl_seconds\":%d}",
		    cases[i].seconds);

		read_path(a, text, "/messages", &m);
		if ((m.problem.code == 0) != cases[i].fine)
			fail_msg("%d seconds: %s", cases[i].seconds, m.problem.text);
	}
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_counts),
		cmocka_unit_test(test_life),
	};

	return cmocka_run_group_tests_name("message_types", tests, setup, teardown);
}
