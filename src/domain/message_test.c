/* Messages: every documented request reads without a problem, every field of theirs of a wrong type is a
 * problem, and what each body is and is for. Lengths and counts: message_types_test.c. */
#include "domain/message.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
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

/* Reads `text` into *ret; the document lives in `a`. */
static void read_path(struct arena *a, struct str text, const char *path, struct message *ret)
{
	const struct json *body = NULL;
	struct err err = { .code = 0 };

	if (json_read(a, text, &body, &err) < 0)
		body = NULL;
	assert_int_equal(message_read(a, pack, body, &err, str_c(path), STR("IT"), ret), 0);
}

/* --- the documented requests ------------------------------------------------------------------ */

#define REQUESTS "tests/requests"

typedef void request_fn(
    const char *name, const char *path, const struct json *body, struct arena *a);

static bool is_send(struct str method, struct str path)
{
	return str_eq_c(method, "POST") &&
	    (str_ends(path, STR("/messages")) || str_ends(path, STR("/marketing_messages")));
}

static bool each_request_in(const char *file, request_fn *fn)
{
	char name[300];
	struct buf text;
	struct arena *a = arena_new(0, 0);
	const struct json *doc;
	struct str path;
	bool send;

	(void)snprintf(name, sizeof(name), REQUESTS "/%s", file);
	buf_init(&text, 0);
	assert_non_null(a);
	assert_int_equal(file_read(name, 1 << 20, &text, NULL), 0);
	assert_int_equal(json_read(a, buf_str(&text), &doc, NULL), 0);
	path = json_str(json_get(doc, "path"));
	send = is_send(json_str(json_get(doc, "method")), path);
	if (send)
		fn(file, strrchr(path.p, '/'), json_get(doc, "body"), a);
	buf_done(&text);
	arena_free(&a);
	return send;
}

/* How many sends there were. */
static int each_request(request_fn *fn)
{
	DIR *dir = opendir(REQUESTS);
	struct dirent *entry;
	int n = 0;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (str_ends(str_c(entry->d_name), STR(".json")))
			n += each_request_in(entry->d_name, fn);
	}
	(void)closedir(dir);
	return n;
}

static bool is_group(const char *name)
{
	return strcmp(name, "text_to_group.json") == 0;
}

static void request_reads(
    const char *name, const char *path, const struct json *body, struct arena *a)
{
	struct message m;

	assert_int_equal(message_read(a, pack, body, NULL, str_c(path), STR_NONE, &m), 0);
	if (is_group(name)) {
		assert_string_equal(m.problem.field, "recipient_type");
		return;
	}
	if (m.problem.code || m.to_problem.code)
		fail_msg("%s: %s %s %s", name, m.problem.field, m.problem.text, m.to_problem.text);
	if (m.kind == MESSAGE_READ || m.kind == MESSAGE_TYPING)
		assert_true(m.message_id.len > 0);
	else
		assert_true(
		    m.phone.number == 5511900000011 || str_eq_c(m.bsuid, "BR.Q7tXk29LmVa4Zc"));
}

static void test_requests(void **state)
{
	(void)state;
	assert_true(each_request(request_reads) >= 45);
}

/* --- every field of a wrong type -------------------------------------------------------------- */

/* Objects of template values whose inside their definition is held against (domain/template_def.h), or that are the
 * app's own business. */
static const char *const opaque[] = { "flow_action_data", "limited_time_offer", "image", "video",
	"document" };

struct mutation {
	struct json_writer *w;
	int at, target; /* the value that is replaced */
	char path[200];
	bool in_template;
	bool hit;
};

static bool is_opaque(const struct mutation *mu, struct str key)
{
	for (size_t i = 0; mu->in_template && i < ARRAY_LEN(opaque); i++) {
		if (str_eq_c(key, opaque[i]))
			return true;
	}
	return false;
}

static void write_wrong(struct json_writer *w, enum json_type was)
{
	if (was == JSON_ARRAY)
		jw_bool(w, false);
	else
		jw_raw(w, was == JSON_OBJECT ? STR("[7]") : STR("{\"no\":[]}"));
}

static void write_mutated(struct mutation *mu, const struct json *v);

static void write_object(struct mutation *mu, const struct json *v)
{
	struct json_iter it;
	struct str key;
	const struct json *member;
	size_t len = strlen(mu->path);

	jw_object(mu->w);
	json_iter_init(&it, v);
	while (json_iter_next(&it, &key, &member)) {
		bool template = mu->in_template;

		jw_key_str(mu->w, key);
		if (is_opaque(mu, key)) {
			jw_value(mu->w, member);
			continue;
		}
		if (!mu->hit)
			(void)snprintf(
			    mu->path + len, sizeof(mu->path) - len, ".%.*s", STR_ARG(key));
		mu->in_template = template || str_eq_c(key, "template");
		write_mutated(mu, member);
		mu->in_template = template;
		if (!mu->hit)
			mu->path[len] = '\0';
	}
	jw_object_end(mu->w);
}

static void write_mutated(struct mutation *mu, const struct json *v)
{
	struct json_iter it;
	const struct json *entry;

	if (mu->at++ == mu->target) {
		mu->hit = true;
		write_wrong(mu->w, json_type(v));
	} else if (json_type(v) == JSON_OBJECT) {
		write_object(mu, v);
	} else if (json_type(v) == JSON_ARRAY) {
		jw_array(mu->w);
		json_iter_init(&it, v);
		while (json_iter_next(&it, NULL, &entry))
			write_mutated(mu, entry);
		jw_array_end(mu->w);
	} else {
		jw_value(mu->w, v);
	}
}

/* The first value is the body itself. */
static void request_mutated(
    const char *name, const char *path, const struct json *body, struct arena *a)
{
	for (int target = 0;; target++) {
		struct mutation mu = { .target = target };
		struct json_writer w;
		struct message m;
		struct buf text;

		buf_init(&text, 0);
		jw_init(&w, &text);
		mu.w = &w;
		write_mutated(&mu, body);
		if (mu.hit) {
			read_path(a, buf_str(&text), path, &m);
			if (!m.problem.code)
				fail_msg("%s: %s of a wrong type passes", name, mu.path);
			assert_true(m.problem.text[0] != '\0');
		}
		buf_done(&text);
		if (!mu.hit)
			return;
	}
}

static void test_wrong_types(void **state)
{
	(void)state;
	(void)each_request(request_mutated);
}

/* --- single bodies ---------------------------------------------------------------------------- */

#define TO "\"messaging_product\":\"whatsapp\",\"to\":\"+393331234567\","
#define TEXT "\"type\":\"text\",\"text\":{\"body\":\"Ciao\"}"
#define ACTIVE(type, rest) \
	"{" TO "\"type\":\"interactive\",\"interactive\":{\"type\":\"" type "\"," rest "}}"
#define ASK "\"body\":{\"text\":\"Che cosa desidera?\"},"

struct body_case {
	const char *name, *path, *body;
	enum message_kind kind;
	const char *field;    /* of the problem; NULL = none */
	const char *to_field; /* of the recipient's problem; NULL = none */
};

static const struct body_case bodies[] = {
	{ "text", "/messages", "{" TO TEXT "}", MESSAGE_FREE_FORM, NULL, NULL },
	{ "type left out", "/messages", "{" TO "\"text\":{\"body\":\"Ciao\"}}", MESSAGE_FREE_FORM,
	    NULL, NULL },
	{ "type null", "/messages", "{" TO "\"type\":null,\"text\":{\"body\":\"Ciao\"}}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "nulls are absent", "/messages",
	    "{" TO TEXT ",\"context\":null,\"recipient\":null,\"recipient_type\":null,"
	    "\"category\":null,\"status\":null}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "members of a later version", "/messages", "{" TO TEXT ",\"novelty\":{\"x\":[1]}}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "no type and no text", "/messages", "{" TO "\"image\":{\"id\":\"1\"}}",
	    MESSAGE_UNREADABLE, "type", NULL },
	{ "type is a number", "/messages", "{" TO "\"type\":7}", MESSAGE_UNREADABLE, "type", NULL },
	{ "unheard-of type", "/messages", "{" TO "\"type\":\"hologram\"}", MESSAGE_FREE_FORM,
	    "type", NULL },
	{ "type in capitals", "/messages", "{" TO "\"type\":\"TEXT\",\"text\":{\"body\":\"a\"}}",
	    MESSAGE_FREE_FORM, "type", NULL },
	{ "pin is for groups", "/messages", "{" TO "\"type\":\"pin\",\"pin\":{}}",
	    MESSAGE_FREE_FORM, "type", NULL },
	{ "no product", "/messages", "{\"to\":\"+393331234567\"," TEXT "}", MESSAGE_FREE_FORM,
	    "messaging_product", NULL },
	{ "not an object", "/messages", "[1]", MESSAGE_UNREADABLE, "", NULL },
	{ "not JSON", "/messages", "{\"to\":", MESSAGE_UNREADABLE, "", NULL },
	{ "empty object", "/messages", "{}", MESSAGE_UNREADABLE, "messaging_product", NULL },
	/* whom */
	{ "nobody", "/messages", "{\"messaging_product\":\"whatsapp\"," TEXT "}", MESSAGE_FREE_FORM,
	    "to", NULL },
	{ "to is null and no recipient", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"to\":null," TEXT "}", MESSAGE_FREE_FORM, "to",
	    NULL },
	{ "to is empty", "/messages", "{\"messaging_product\":\"whatsapp\",\"to\":\"\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, "to" },
	{ "to is a number", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"to\":393331234567," TEXT "}", MESSAGE_FREE_FORM,
	    "to", NULL },
	{ "to is a user id", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"IT.Q7tXk29\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, "to" },
	{ "recipient is a phone", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"recipient\":\"+393331234567\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, "recipient" },
	{ "recipient is a user id", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"recipient\":\"IT.ENT.Q7tXk29\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "to wins over recipient", "/messages", "{" TO "\"recipient\":\"nonsense\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "a wrong to is not saved by recipient", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"12\",\"recipient\":\"IT.Q7\"," TEXT "}",
	    MESSAGE_FREE_FORM, NULL, "to" },
	{ "to a group", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"group\",\"to\":\"GRP1\"," TEXT
	    "}",
	    MESSAGE_FREE_FORM, "recipient_type", NULL },
	{ "to a crowd", "/messages", "{" TO "\"recipient_type\":\"crowd\"," TEXT "}",
	    MESSAGE_FREE_FORM, "recipient_type", NULL },
	/* receipts */
	{ "read", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.1\"}",
	    MESSAGE_READ, NULL, NULL },
	{ "typing", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.1\","
	    "\"typing_indicator\":{\"type\":\"text\"}}",
	    MESSAGE_TYPING, NULL, NULL },
	{ "typing of another kind", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.1\","
	    "\"typing_indicator\":{\"type\":\"voice\"}}",
	    MESSAGE_TYPING, "typing_indicator.type", NULL },
	{ "another status", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"sent\",\"message_id\":\"wamid.1\"}",
	    MESSAGE_READ, "status", NULL },
	{ "status is a number", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":1,\"message_id\":\"wamid.1\"}",
	    MESSAGE_READ, "status", NULL },
	{ "read without message", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\"}", MESSAGE_READ, "message_id",
	    NULL },
	{ "status forgotten", "/messages",
	    "{\"messaging_product\":\"whatsapp\",\"message_id\":\"wamid.1\"}", MESSAGE_READ,
	    "status", NULL },
	{ "a message dressed as a receipt", "/messages",
	    "{" TO TEXT ",\"status\":\"read\",\"message_id\":\"wamid.1\"}", MESSAGE_READ, "status",
	    NULL },
	{ "a text without type dressed as a receipt", "/messages",
	    "{" TO "\"text\":{\"body\":\"Ciao\"},\"status\":\"read\",\"message_id\":\"wamid.1\"}",
	    MESSAGE_READ, "status", NULL },
	/* media */
	{ "image without source", "/messages", "{" TO "\"type\":\"image\",\"image\":{}}",
	    MESSAGE_FREE_FORM, "image", NULL },
	{ "image of another scheme", "/messages",
	    "{" TO "\"type\":\"image\",\"image\":{\"link\":\"ftp://negozio.example/a\"}}",
	    MESSAGE_FREE_FORM, "image.link", NULL },
	{ "image by a link in capitals", "/messages",
	    "{" TO "\"type\":\"image\",\"image\":{\"link\":\"HTTPS://negozio.example/a\"}}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "image by a bare scheme", "/messages",
	    "{" TO "\"type\":\"image\",\"image\":{\"link\":\"https://\"}}", MESSAGE_FREE_FORM,
	    "image.link", NULL },
	{ "the object of another type", "/messages",
	    "{" TO "\"type\":\"image\",\"text\":{\"body\":\"a\"}}", MESSAGE_FREE_FORM, "image",
	    NULL },
	/* location */
	{ "coordinates as text", "/messages",
	    "{" TO
	    "\"type\":\"location\",\"location\":{\"latitude\":\"-23.5\",\"longitude\":\"+7\"}}",
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "coordinates as words", "/messages",
	    "{" TO "\"type\":\"location\",\"location\":{\"latitude\":\"nord\",\"longitude\":7}}",
	    MESSAGE_FREE_FORM, "location.latitude", NULL },
	{ "coordinate without digits", "/messages",
	    "{" TO "\"type\":\"location\",\"location\":{\"latitude\":1,\"longitude\":\"7.\"}}",
	    MESSAGE_FREE_FORM, "location.longitude", NULL },
	/* contacts */
	{ "second contact without name part", "/messages",
	    "{" TO "\"type\":\"contacts\",\"contacts\":["
	    "{\"name\":{\"formatted_name\":\"A B\",\"last_name\":\"B\"}},"
	    "{\"name\":{\"formatted_name\":\"C D\",\"last_name\":\"\"}}]}",
	    MESSAGE_FREE_FORM, "contacts[1].name", NULL },
	/* reaction */
	{ "reaction", "/messages",
	    "{" TO
	    "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.1\",\"emoji\":\"\"}}",
	    MESSAGE_REACTION, NULL, NULL },
	{ "reaction without emoji", "/messages",
	    "{" TO "\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.1\"}}",
	    MESSAGE_REACTION, "reaction.emoji", NULL },
	/* interactive */
	{ "third button without title", "/messages",
	    ACTIVE("button",
		ASK "\"action\":{\"buttons\":["
		    "{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"A\"}},"
		    "{\"type\":\"reply\",\"reply\":{\"id\":\"2\",\"title\":\"B\"}},"
		    "{\"type\":\"reply\",\"reply\":{\"id\":\"3\"}}]}"),
	    MESSAGE_FREE_FORM, "interactive.action.buttons[2].reply.title", NULL },
	{ "a button of another type", "/messages",
	    ACTIVE("button", ASK "\"action\":{\"buttons\":[{\"type\":\"url\"}]}"),
	    MESSAGE_FREE_FORM, "interactive.action.buttons[0].type", NULL },
	{ "header of another type", "/messages",
	    ACTIVE("button",
		ASK "\"header\":{\"type\":\"audio\"},\"action\":{\"buttons\":["
		    "{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"A\"}}]}"),
	    MESSAGE_FREE_FORM, "interactive.header.type", NULL },
	{ "header without its picture", "/messages",
	    ACTIVE("button",
		ASK "\"header\":{\"type\":\"image\",\"image\":{}},"
		    "\"action\":{\"buttons\":[]}"),
	    MESSAGE_FREE_FORM, "interactive.header.image", NULL },
	{ "empty footer", "/messages",
	    ACTIVE("location_request_message",
		ASK "\"footer\":{\"text\":\"\"},\"action\":{\"name\":\"send_location\"}"),
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "second section without title", "/messages",
	    ACTIVE("list",
		ASK "\"action\":{\"button\":\"Apri\",\"sections\":["
		    "{\"title\":\"A\",\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]},"
		    "{\"rows\":[{\"id\":\"2\",\"title\":\"b\"}]}]}"),
	    MESSAGE_FREE_FORM, "interactive.action.sections[1].title", NULL },
	{ "section without rows", "/messages",
	    ACTIVE("list", ASK "\"action\":{\"button\":\"Apri\",\"sections\":[{\"rows\":[]}]}"),
	    MESSAGE_FREE_FORM, "interactive.action.sections[0].rows", NULL },
	{ "action of another name", "/messages",
	    ACTIVE("cta_url",
		ASK "\"action\":{\"name\":\"flow\",\"parameters\":{"
		    "\"display_text\":\"Apri\",\"url\":\"https://negozio.example/\"}}"),
	    MESSAGE_FREE_FORM, "interactive.action.name", NULL },
	{ "address of another country", "/messages",
	    ACTIVE("address_message",
		ASK
		"\"action\":{\"name\":\"address_message\",\"parameters\":{\"country\":\"IT\"}}"),
	    MESSAGE_FREE_FORM, "interactive.action.parameters.country", NULL },
	{ "flow by name", "/messages",
	    ACTIVE("flow",
		ASK "\"action\":{\"name\":\"flow\",\"parameters\":{\"flow_name\":\"f\","
		    "\"flow_cta\":\"Apri\"}}"),
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "flow of neither id nor name", "/messages",
	    ACTIVE("flow",
		ASK "\"action\":{\"name\":\"flow\",\"parameters\":{\"flow_cta\":\"Apri\"}}"),
	    MESSAGE_FREE_FORM, "interactive.action.parameters.flow_id", NULL },
	{ "products without header", "/messages",
	    ACTIVE("product_list",
		ASK "\"action\":{\"catalog_id\":\"1\",\"sections\":["
		    "{\"product_items\":[{\"product_retailer_id\":\"1\"}]}]}"),
	    MESSAGE_FREE_FORM, "interactive.header", NULL },
	{ "product without words", "/messages",
	    ACTIVE("product", "\"action\":{\"catalog_id\":\"1\",\"product_retailer_id\":\"2\"}"),
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "product cards have no picture", "/messages",
	    ACTIVE("carousel",
		ASK
		"\"action\":{\"cards\":["
		"{\"type\":\"product\",\"action\":{\"catalog_id\":\"1\",\"product_retailer_id\":\"1\"}},"
		"{\"type\":\"product\",\"action\":{\"catalog_id\":\"1\",\"product_retailer_id\":\"2\"}}]}"),
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "a link card has one", "/messages",
	    ACTIVE("carousel",
		ASK "\"action\":{\"cards\":["
		    "{\"type\":\"cta_url\",\"action\":{}},{\"type\":\"cta_url\",\"action\":{}}]}"),
	    MESSAGE_FREE_FORM, "interactive.action.cards[0].header", NULL },
	{ "payment types are left to Meta", "/messages",
	    ACTIVE("order_details", ASK "\"action\":{\"name\":\"review_and_pay\"}"),
	    MESSAGE_FREE_FORM, NULL, NULL },
	{ "interactive of no known type", "/messages", ACTIVE("wheel", "\"action\":{}"),
	    MESSAGE_FREE_FORM, "interactive.type", NULL },
	/* templates */
	{ "template", "/messages",
	    "{" TO
	    "\"type\":\"template\",\"template\":{\"name\":\"a\",\"language\":{\"code\":\"it\"}}}",
	    MESSAGE_TEMPLATE, NULL, NULL },
	{ "template without language", "/messages",
	    "{" TO "\"type\":\"template\",\"template\":{\"name\":\"a\"}}", MESSAGE_TEMPLATE,
	    "template.language", NULL },
	{ "template without name", "/messages",
	    "{" TO "\"type\":\"template\",\"template\":{\"language\":{\"code\":\"it\"}}}",
	    MESSAGE_TEMPLATE, "template.name", NULL },
	{ "parameter without type", "/messages",
	    "{" TO
	    "\"type\":\"template\",\"template\":{\"name\":\"a\",\"language\":{\"code\":\"it\"},"
	    "\"components\":[{\"type\":\"body\",\"parameters\":[{\"text\":\"a\"}]}]}}",
	    MESSAGE_TEMPLATE, "template.components[0].parameters[0].type", NULL },
	/* the marketing path */
	{ "template by the marketing path", "/marketing_messages",
	    "{" TO
	    "\"type\":\"template\",\"template\":{\"name\":\"a\",\"language\":{\"code\":\"it\"}},"
	    "\"product_policy\":\"CLOUD_API_FALLBACK\",\"message_activity_sharing\":false}",
	    MESSAGE_TEMPLATE, NULL, NULL },
	{ "another policy", "/marketing_messages",
	    "{" TO
	    "\"type\":\"template\",\"template\":{\"name\":\"a\",\"language\":{\"code\":\"it\"}},"
	    "\"product_policy\":\"LOOSE\"}",
	    MESSAGE_TEMPLATE, "product_policy", NULL },
	{ "text by the marketing path", "/marketing_messages", "{" TO TEXT "}", MESSAGE_FREE_FORM,
	    "type", NULL },
	{ "receipt by the marketing path", "/marketing_messages",
	    "{\"messaging_product\":\"whatsapp\",\"status\":\"read\",\"message_id\":\"wamid.1\"}",
	    MESSAGE_READ, "type", NULL },
	/* Direct Send */
	{ "direct", "/messages", "{" TO TEXT ",\"category\":\"utility\"}", MESSAGE_DIRECT, NULL,
	    NULL },
	{ "direct in capitals", "/messages", "{" TO TEXT ",\"category\":\"AUTHENTICATION\"}",
	    MESSAGE_DIRECT, NULL, NULL },
	{ "direct marketing", "/messages", "{" TO TEXT ",\"category\":\"marketing\"}",
	    MESSAGE_DIRECT, "category", NULL },
	{ "direct of no category", "/messages", "{" TO TEXT ",\"category\":\"\"}", MESSAGE_DIRECT,
	    "category", NULL },
	{ "direct category a number", "/messages", "{" TO TEXT ",\"category\":3}", MESSAGE_DIRECT,
	    "category", NULL },
	{ "direct picture", "/messages",
	    "{" TO "\"type\":\"image\",\"image\":{\"id\":\"1\"},\"category\":\"utility\"}",
	    MESSAGE_DIRECT, "type", NULL },
	{ "direct list", "/messages",
	    "{" TO
	    "\"category\":\"utility\",\"type\":\"interactive\",\"interactive\":{\"type\":\"list\"," ASK
	    "\"action\":{\"button\":\"Apri\",\"sections\":[{\"rows\":[{\"id\":\"1\",\"title\":\"a\"}]}]}}}",
	    MESSAGE_DIRECT, "interactive.type", NULL },
	{ "direct mixed buttons", "/messages",
	    "{" TO
	    "\"category\":\"utility\",\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[{\"type\":\"cta_url\"},{\"type\":\"phone_number\"},"
	    "{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"a\"}}]}}}",
	    MESSAGE_DIRECT, NULL, NULL },
	{ "direct calls behind replies", "/messages",
	    "{" TO
	    "\"category\":\"utility\",\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[{\"type\":\"reply\",\"reply\":{\"id\":\"1\",\"title\":\"a\"}},"
	    "{\"type\":\"cta_url\"}]}}}",
	    MESSAGE_DIRECT, "interactive.action.buttons", NULL },
	{ "three direct calls", "/messages",
	    "{" TO
	    "\"category\":\"utility\",\"type\":\"interactive\",\"interactive\":{\"type\":\"button\"," ASK
	    "\"action\":{\"buttons\":[{\"type\":\"cta_url\"},{\"type\":\"cta_url\"},{\"type\":\"cta_url\"}]}}}",
	    MESSAGE_DIRECT, "interactive.action.buttons", NULL },
	{ "direct life is a string", "/messages",
	    "{" TO TEXT ",\"category\":\"utility\",\"message_send_ttl_seconds\":\"60\"}",
	    MESSAGE_DIRECT, "message_send_ttl_seconds", NULL },
	{ "direct template name is a number", "/messages",
	    "{" TO TEXT ",\"category\":\"utility\",\"direct_send_config\":{\"template_name\":1}}",
	    MESSAGE_DIRECT, "direct_send_config.template_name", NULL },
	{ "a template's category is its own", "/messages",
	    "{" TO "\"type\":\"template\",\"category\":\"utility\","
	    "\"template\":{\"name\":\"a\",\"language\":{\"code\":\"it\"}}}",
	    MESSAGE_TEMPLATE, NULL, NULL },
};

static void check_body(const struct body_case *c)
{
	struct arena *a = arena_new(0, 0);
	struct message m;

	assert_non_null(a);
	read_path(a, str_c(c->body), c->path, &m);
	if (m.kind != c->kind)
		fail_msg("%s: is %s", c->name, message_kind_name(m.kind));
	if ((m.problem.code != 0) != (c->field != NULL) ||
	    strcmp(m.problem.field, c->field ? c->field : "") != 0)
		fail_msg("%s: problem '%s' at '%s'", c->name, m.problem.text, m.problem.field);
	if ((m.to_problem.code != 0) != (c->to_field != NULL) ||
	    strcmp(m.to_problem.field, c->to_field ? c->to_field : "") != 0)
		fail_msg("%s: '%s' at '%s'", c->name, m.to_problem.text, m.to_problem.field);
	if (m.problem.code)
		assert_true(m.problem.text[0] != '\0');
	arena_free(&a);
}

static void test_bodies(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++)
		check_body(&bodies[i]);
}

/* --- what is read ----------------------------------------------------------------------------- */

static void test_contents(void **state)
{
	struct arena *a = arena_new(0, 0);
	struct message m;

	(void)state;
	read_path(a,
	    STR("{\"messaging_product\":\"whatsapp\",\"to\":\"333 1234567\",\"type\":\"template\","
		"\"biz_opaque_callback_data\":\"job=42\",\"template\":{\"name\":\"a\","
		"\"language\":{\"code\":\"it\"},\"components\":[]}}"),
	    "/marketing_messages", &m);
	assert_true(m.phone.number == 393331234567 && m.to_prefixed && m.marketing_path);
	assert_true(str_eq_c(m.to, "333 1234567") && str_eq_c(m.type, "template"));
	assert_true(str_eq_c(m.template_name, "a") && str_eq_c(m.template_language, "it"));
	assert_true(str_eq_c(m.callback, "job=42") && json_len(m.template_components) == 0);
	assert_non_null(m.template_components);
	assert_null(m.bsuid.p);

	read_path(a,
	    STR("{\"messaging_product\":\"whatsapp\",\"recipient\":\"IT.Q7\"," TEXT
		",\"category\":\"utility\"}"),
	    "/messages", &m);
	assert_true(str_eq_c(m.bsuid, "IT.Q7") && m.phone.number == 0);
	assert_int_equal(m.direct_category, PURPOSE_UTILITY);

	read_path(a,
	    STR("{" TO
		"\"type\":\"reaction\",\"reaction\":{\"message_id\":\"wamid.1\",\"emoji\":\"a\"}}"),
	    "/messages", &m);
	assert_true(str_eq_c(m.message_id, "wamid.1"));
	arena_free(&a);
}

static void test_digest(void **state)
{
	static const char *const same[] = {
		"{" TO TEXT "}",
		"{" TEXT ", \"to\":\"+393331234567\", \"messaging_product\":\"whatsapp\"}",
		"{" TO TEXT ",\"biz_opaque_callback_data\":\"1\"}",
		"{" TO "\"type\":\"text\",\"text\":{\"body\":\"\\u0043iao\"}}",
	};
	struct arena *a = arena_new(0, 0);
	struct message first, m;
	struct sha256 zero = { { 0 } };

	(void)state;
	read_path(a, str_c(same[0]), "/messages", &first);
	assert_memory_not_equal(&first.digest, &zero, sizeof(zero));
	for (size_t i = 1; i < ARRAY_LEN(same); i++) {
		read_path(a, str_c(same[i]), "/messages", &m);
		assert_memory_equal(&m.digest, &first.digest, sizeof(m.digest));
	}
	read_path(
	    a, STR("{" TO "\"type\":\"text\",\"text\":{\"body\":\"Ciao!\"}}"), "/messages", &m);
	assert_memory_not_equal(&m.digest, &first.digest, sizeof(m.digest));
	read_path(a, STR("[]"), "/messages", &m);
	assert_memory_equal(&m.digest, &zero, sizeof(zero));
	arena_free(&a);
}

/* Why the body could not be read is told as it is. */
static void test_why(void **state)
{
	struct err why = { .code = 0 };
	struct arena *a = arena_new(0, 0);
	struct message m;

	(void)state;
	(void)err_set(&why, E_INVALID, "line 1, column 3: unexpected character");
	assert_int_equal(message_read(a, pack, NULL, &why, STR("/messages"), STR_NONE, &m), 0);
	assert_int_equal(m.kind, MESSAGE_UNREADABLE);
	assert_string_equal(m.problem.text, why.text);
	assert_int_equal(message_read(a, pack, NULL, NULL, STR("/messages"), STR_NONE, &m), 0);
	assert_true(m.problem.code != 0 && m.problem.text[0] != '\0');
	arena_free(&a);
}

/* Every allocation of message_read fails once: it says so, leaves *ret alone, and next time reads the same. */
static void request_starved(
    const char *name, const char *path, const struct json *body, struct arena *a)
{
	struct message whole, m;
	unsigned char untouched[sizeof(m)];
	long n;

	memset(untouched, 0x5a, sizeof(untouched));

	check_fail_alloc_after(-1, false);
	assert_int_equal(message_read(a, pack, body, NULL, str_c(path), STR_NONE, &whole), 0);
	n = check_allocs();
	assert_true(n > 0);
	for (long i = 0; i < n; i++) {
		int rc;

		memset(&m, 0x5a, sizeof(m));
		check_fail_alloc_after(i, false);
		rc = message_read(a, pack, body, NULL, str_c(path), STR_NONE, &m);
		check_fail_alloc_after(-1, false);
		if (rc == 0)
			assert_memory_equal(&m.digest, &whole.digest, sizeof(m.digest));
		else if (rc != -E_NOMEM || memcmp((unsigned char *)&m, untouched, sizeof(m)) != 0)
			fail_msg("%s: allocation %ld", name, i);
	}
}

static void test_starved(void **state)
{
	(void)state;
	assert_true(each_request(request_starved) > 0);
}

static void test_kind_names(void **state)
{
	(void)state;
	assert_string_equal(message_kind_name(MESSAGE_FREE_FORM), "free_form");
	assert_string_equal(message_kind_name(MESSAGE_UNREADABLE), "unreadable");
	assert_string_equal(message_kind_name((enum message_kind)99), "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_requests),
		cmocka_unit_test(test_wrong_types),
		cmocka_unit_test(test_bodies),
		cmocka_unit_test(test_contents),
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_why),
		cmocka_unit_test(test_starved),
		cmocka_unit_test(test_kind_names),
	};

	return cmocka_run_group_tests_name("message", tests, setup, teardown);
}
