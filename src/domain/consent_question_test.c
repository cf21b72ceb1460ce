#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "domain/consent_question.h"
#include "domain/fixture.h"
#include "domain/message.h"

#define REQUEST 4711
#define YES "varco:req_00000000004k7:yes"
#define NO "varco:req_00000000004k7:no"

#define BODY(text) "{\"type\":\"BODY\",\"text\":\"" text "\"}"
#define REPLY(text) "{\"type\":\"QUICK_REPLY\",\"text\":\"" text "\"}"
#define BUTTONS(list) ",{\"type\":\"BUTTONS\",\"buttons\":[" list "]}"

#define TWO(first, second) \
	"{\"type\":\"button\",\"sub_type\":\"quick_reply\",\"index\":" #first \
	",\"parameters\":[{\"type\":\"payload\",\"payload\":\"" YES "\"}]}," \
	"{\"type\":\"button\",\"sub_type\":\"quick_reply\",\"index\":" #second \
	",\"parameters\":[{\"type\":\"payload\",\"payload\":\"" NO "\"}]}"

static const struct {
	const char *name, *definition;
	const char *values[3];
	const char *components, *words;
} templates[] = {
	{ "nothing to fill, two replies",
	    "[" BODY("Vuoi?") BUTTONS(REPLY("Sì") "," REPLY("No")) "]", { NULL }, TWO(0, 1),
	    "Vuoi?" },
	{ "replies behind a link, and a third",
	    "[" BODY("Vuoi?") BUTTONS("{\"type\":\"URL\",\"text\":\"Leggi\"}," REPLY(
		"Sì") "," REPLY("No") "," REPLY("Poi")) "]",
	    { NULL }, TWO(1, 2), "Vuoi?" },
	{ "variables by number",
	    "[" BODY("Ciao {{1}}, da {{2}}: vuoi, {{1}}?") BUTTONS(REPLY("Sì") "," REPLY("No")) "]",
	    { "Ada", "Bottega" },
	    "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"text\":\"Ada\"},"
	    "{\"type\":\"text\",\"text\":\"Bottega\"}]}," TWO(0, 1),
	    "Ciao Ada, da Bottega: vuoi, Ada?" },
	{ "variables by name", "[" BODY("Ciao {{name}}!") BUTTONS(REPLY("Sì") "," REPLY("No")) "]",
	    { "Ada" },
	    "{\"type\":\"body\",\"parameters\":[{\"type\":\"text\",\"parameter_name\":\"name\","
	    "\"text\":\"Ada\"}]}," TWO(0, 1),
	    "Ciao Ada!" },
};

static size_t fill(const char *const from[3], struct str to[3])
{
	size_t n = 0;

	while (n < 3 && from[n]) {
		to[n] = str_c(from[n]);
		n++;
	}
	return n;
}

static struct dir_template definition(struct fixture *f, const char *components)
{
	struct dir_template t = { .name = STR("confirm"), .language = STR("it") };

	OK(json_read(f->arena, str_c(components), &t.components, &f->err));
	return t;
}

static void test_templates(void **state)
{
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(templates); i++) {
		struct dir_template t = definition(f, templates[i].definition);
		struct str values[3], body, words;
		struct consent_question q = { .request = REQUEST,
			.phone = phone_of("+393331234501"),
			.tpl = &t,
			.values = values,
			.values_len = fill(templates[i].values, values) };
		OK(consent_question_write(&q, f->arena, &body, &words, &f->err));
		struct str wanted = arena_printf(f->arena,
		    "{\"messaging_product\":\"whatsapp\",\"recipient_type\":\"individual\","
		    "\"to\":\"+393331234501\",\"type\":\"template\",\"template\":{\"name\":\"confirm\","
		    "\"language\":{\"code\":\"it\"},\"components\":[%s]}}",
		    templates[i].components);
		if (!str_eq(body, wanted) || !str_eq_c(words, templates[i].words))
			fail_msg(
			    "%s: %.*s: %.*s", templates[i].name, STR_ARG(words), STR_ARG(body));
	}
}

static void test_what_cannot_be_filled(void **state)
{
	struct fixture *f = *state;
	struct dir_template two = definition(f,
				"[" BODY("{{1}} {{2}}") BUTTONS(REPLY("Sì") "," REPLY("No")) "]"),
			    one = definition(f, "[" BODY("{{1}}") BUTTONS(REPLY("Sì")) "]"),
			    none = definition(f, "[]");
	struct str values[] = { STR("Ada") }, body, words;
	struct consent_question q = { .request = REQUEST,
		.phone = phone_of("+393331234501"),
		.tpl = &two,
		.values = values,
		.values_len = 1 };

	FAILS(consent_question_write(&q, f->arena, &body, &words, &f->err), E_INVALID, "values");
	q.tpl = &one;
	FAILS(consent_question_write(&q, f->arena, &body, &words, &f->err), E_INVALID, "template");
	q.tpl = &none;
	FAILS(consent_question_write(&q, f->arena, &body, &words, &f->err), E_INVALID, "template");
}

/* What is asked by buttons is a message that the platform takes, in every language of the pack. */
static void test_buttons(void **state)
{
	static const char *const langs[] = { "it", "en", "es", "fr", "de", "pt" };
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(langs); i++) {
		struct consent_question q = { .request = REQUEST,
			.bsuid = STR("IT.1A2b3C4d5E"),
			.text = STR("Vuoi le offerte?"),
			.language = pack_language(f->pack, str_c(langs[i])) };
		const struct json *json;
		struct message m;
		struct str body, words;
		assert_non_null(q.language);
		OK(consent_question_write(&q, f->arena, &body, &words, &f->err));
		OK(json_read(f->arena, body, &json, &f->err));
		OK(message_read(f->arena, f->pack, json, NULL, STR("/messages"), STR("IT"), &m));
		if (m.problem.code || m.to_problem.code || !str_eq(m.bsuid, q.bsuid))
			fail_msg("%s: %s %s", langs[i], m.problem.field, m.problem.text);
		assert_true(str_eq(words, q.text));
		assert_non_null(memmem(body.p, body.len, YES, sizeof(YES) - 1));
		assert_non_null(memmem(body.p, body.len, NO, sizeof(NO) - 1));
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_templates),
		FIXTURE_TEST(test_what_cannot_be_filled),
		FIXTURE_TEST(test_buttons),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
