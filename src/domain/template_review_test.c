#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "base/file.h"
#include "domain/template_review.h"

/* tests/lint/cases.jsonl: {"name","definition","setting","expect":[rules that are told, in any order]}. */
#define CASES "tests/lint/cases.jsonl"

static struct pack *pack;

static int setup(void **state)
{
	(void)state;
	return crypto_init(NULL) == 0 && pack_builtin(&pack, NULL) == 0 ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	pack_free(&pack);
	return 0;
}

/* --- settings --------------------------------------------------------------------------------- */

static void add_others(struct arena *a, const struct json *list, struct template_setting *s)
{
	struct template_other *others = ARENA_ARRAY(a, struct template_other, json_len(list) + 1);
	struct json_iter it;
	const struct json *one;

	assert_non_null(others);
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		struct template_other *o = &others[s->others_len++];

		*o = (struct template_other){ json_str(json_get(one, "name")),
			json_str(json_get(one, "language")), json_get(one, "components"), false };
		(void)json_bool(json_get(one, "in_file"), &o->in_file);
	}
	s->others = others;
}

/* So many without a name. */
static void add_many(struct arena *a, size_t n, struct template_setting *s)
{
	s->others = ARENA_ARRAY(a, struct template_other, n + 1);
	assert_non_null(s->others);
	s->others_len = n;
}

static void add_dead(struct arena *a, const struct json *list, struct template_setting *s)
{
	struct template_link *dead = ARENA_ARRAY(a, struct template_link, json_len(list) + 1);
	struct json_iter it;
	const struct json *one;

	assert_non_null(dead);
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		int64_t status = 0;

		(void)json_int(json_get(one, "status"), &status);
		dead[s->dead_len++] = (struct template_link){ json_str(json_get(one, "url")),
			(int)status };
	}
	s->dead = dead;
}

static void read_setting(struct arena *a, const struct json *v, struct template_setting *ret)
{
	int64_t n = 0;

	*ret = (struct template_setting){
		.sender = json_str(json_get(v, "sender")),
		.verified_name = json_str(json_get(v, "verified_name")),
		.status = json_str(json_get(v, "status")),
		.category = json_str(json_get(v, "category")),
	};
	if (json_get(v, "correct_category"))
		assert_int_equal(purpose_parse(json_str(json_get(v, "correct_category")),
				     &ret->correct_category),
		    0);
	(void)json_bool(json_get(v, "edit"), &ret->edit);
	(void)json_bool(json_get(v, "known"), &ret->known);
	add_dead(a, json_get(v, "dead"), ret);
	if (json_int(json_get(v, "others_len"), &n))
		add_many(a, (size_t)n, ret);
	else
		add_others(a, json_get(v, "others"), ret);
}

/* --- cases ------------------------------------------------------------------------------------ */

static const struct json *review(
    struct arena *a, const struct json *definition, const struct template_setting *setting)
{
	const struct json *told = NULL;
	struct template_tally tally;
	struct json_writer w;
	struct err err = { .code = 0 };
	struct buf text;

	buf_init(&text, 0);
	jw_init(&w, &text);
	assert_int_equal(template_review(a, pack, definition, setting, &w, &tally, &err), 0);
	assert_int_equal(json_read(a, buf_str(&text), &told, &err), 0);
	buf_done(&text);
	return told;
}

static size_t count_rule(const struct json *list, const char *member, struct str rule)
{
	struct json_iter it;
	const struct json *one;
	size_t n = 0;

	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one))
		n += str_eq(json_str(member ? json_get(one, member) : one), rule);
	return n;
}

/* In both languages every sentence is whole: no place is left open. */
static void check_sentences(struct arena *a, struct str name, const struct json *problem)
{
	static const char *const members[] = { "message", "suggestion" };

	for (int lang = 0; lang < LANGS; lang++) {
		for (size_t i = 0; i < ARRAY_LEN(members); i++) {
			struct str text = template_problem_text(
			    a, problem, members[i], (enum lang)lang);
			const char *open = text.len ? memchr(text.p, '{', text.len) : NULL;
			bool word = open && open + 1 < text.p + text.len && open[1] >= 'a' &&
			    open[1] <= 'z' && (open == text.p || open[-1] != '{');

			/* "{{1}}" of a sentence stands in it as it is. */
			if (text.len == 0 || word || memmem(text.p, text.len, "{}", 2))
				fail_msg(
				    "%.*s: %s: %.*s", STR_ARG(name), members[i], STR_ARG(text));
		}
	}
}

static void check_case(struct arena *a, const struct json *c)
{
	struct str name = json_str(json_get(c, "name"));
	const struct json *expect = json_get(c, "expect"), *problems, *one;
	struct template_setting setting;
	struct json_iter it;
	struct buf text;

	read_setting(a, json_get(c, "setting"), &setting);
	problems = json_get(review(a, json_get(c, "definition"), &setting), "problems");
	buf_init(&text, 0);
	json_print(&text, problems);
	buf_add_c(&text, "");
	if (json_len(problems) != json_len(expect))
		fail_msg("%.*s: %s", STR_ARG(name), text.p);
	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one)) {
		struct str rule = json_str(json_get(one, "rule"));

		if (count_rule(problems, "rule", rule) != count_rule(expect, NULL, rule))
			fail_msg("%.*s: %s", STR_ARG(name), text.p);
		check_sentences(a, name, one);
	}
	buf_done(&text);
}

static void test_cases(void **state)
{
	struct str rest;
	struct buf file;
	size_t n = 0;

	(void)state;
	buf_init(&file, 0);
	assert_int_equal(file_read(CASES, 4 << 20, &file, NULL), 0);
	rest = buf_str(&file);
	while (rest.len > 0) {
		struct str line = str_cut(&rest, '\n');
		struct arena *a = arena_new(0, 0);
		const struct json *c = NULL;

		assert_non_null(a);
		assert_int_equal(json_read(a, line, &c, NULL), 0);
		check_case(a, c);
		arena_free(&a);
		n++;
	}
	assert_true(n > 150);
	buf_done(&file);
}

/* --- codes and levels ------------------------------------------------------------------------- */

static const struct {
	const char *name, *body, *rule, *level;
	int64_t code, subcode; /* 0 = none */
} codes[] = {
	{ "first", "{\"type\":\"BODY\",\"text\":\"{{1}} e il suo ordine\"}", "variable.first",
	    "error", 100, 2388299 },
	{ "example", "{\"type\":\"BODY\",\"text\":\"Il suo ordine {{1}} parte\"}",
	    "variable.example", "error", 100, 2388072 },
	{ "ratio", "{\"type\":\"BODY\",\"text\":\"Ordine {{1}}!\"}", "variable.ratio", "error", 100,
	    2388293 },
	{ "form", "{\"type\":\"BODY\",\"text\":\"Il suo ordine {{#}} parte\"}", "variable.form",
	    "error", 100, 2388039 },
	{ "header", "{\"type\":\"HEADER\",\"format\":\"IMAGE\"}", "variable.example", "error", 100,
	    2388047 },
	{ "footer", "{\"type\":\"FOOTER\",\"text\":\"Da {{1}} a noi\"}", "variable.footer", "error",
	    100, 2388073 },
	{ "length",
	    "{\"type\":\"FOOTER\",\"text\":\"0123456789012345678901234567890123456789012345678901234567890\"}",
	    "template.length", "error", 100, 2388040 },
	{ "sensitive",
	    "{\"type\":\"BODY\",\"text\":\"Scriva qui il numero della sua carta di credito e il CVV.\"}",
	    "content.sensitive", "error", 132007, 0 },
	{ "promotion",
	    "{\"type\":\"BODY\",\"text\":\"Saldi! Sconto del 20% su tutto fino a domenica.\"}",
	    "template.category", "warning", 0, 0 },
};

static const struct json *find_problem(const struct json *problems, const char *rule)
{
	struct json_iter it;
	const struct json *one;

	json_iter_init(&it, problems);
	while (json_iter_next(&it, NULL, &one)) {
		if (str_eq_c(json_str(json_get(one, "rule")), rule))
			return one;
	}
	return NULL;
}

static void test_codes(void **state)
{
	const struct template_setting setting = { .edit = false };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		struct arena *a = arena_new(0, 0);
		int64_t code = 0, subcode = 0;
		char text[1024];
		const struct json *definition = NULL, *one;

		(void)snprintf(text, sizeof(text),
		    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[%s]}",
		    codes[i].body);
		assert_int_equal(json_read(a, str_c(text), &definition, NULL), 0);
		one = find_problem(
		    json_get(review(a, definition, &setting), "problems"), codes[i].rule);
		(void)json_int(json_get(one, "code"), &code);
		(void)json_int(json_get(one, "subcode"), &subcode);
		if (!one || code != codes[i].code || subcode != codes[i].subcode ||
		    !str_eq_c(json_str(json_get(one, "level")), codes[i].level))
			fail_msg(
			    "%s: %lld %lld", codes[i].name, (long long)code, (long long)subcode);
		arena_free(&a);
	}
}

/* Every rule that a sentence is of is in the list of rules, and each of the list is of one. */
static void test_rules(void **state)
{
	const struct lint_rule *rule, *other;

	(void)state;
	for (size_t i = 0; (rule = lint_rule_at(i)); i++) {
		for (size_t k = 0; k < i && (other = lint_rule_at(k)); k++)
			assert_string_not_equal(rule->id, other->id);
	}
	for (size_t i = 0; i < LINT_LEVELS; i++) {
		enum lint_level level = LINT_LEVELS;

		assert_int_equal(
		    lint_level_parse(str_c(lint_level_name((enum lint_level)i)), &level), 0);
		assert_int_equal(level, i);
	}
	enum lint_level level;
	assert_int_equal(lint_level_parse(STR("fatal"), &level), -E_INVALID);
}

/* One list of others serves all that stand in it: each is passed over where it is itself. */
static void test_itself(void **state)
{
	static const char definition[] =
	    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"UTILITY\",\"components\":[{\"type\":"
	    "\"BODY\",\"text\":\"Il tuo ordine di ieri è pronto in negozio.\"}]}";
	size_t room = (size_t)pack_template(pack)->unverified_max;
	struct arena *a = arena_new(0, 0);
	const struct json *d = NULL;

	(void)state;
	assert_int_equal(json_read(a, str_c(definition), &d, NULL), 0);
	struct template_other *others = ARENA_ARRAY(a, struct template_other, room + 1);
	assert_non_null(others);
	others[0] = others[room] = (struct template_other){
		.name = STR("a"), .language = STR("it"), .components = json_get(d, "components")
	};
	others[room].in_file = true;
	struct template_setting setting = {
		.others = others, .others_len = room + 1, .known = true
	};
	const struct json *found = json_get(review(a, d, &setting), "problems");
	assert_non_null(find_problem(found, "template.same"));
	setting.itself[0] = &others[0];
	setting.itself[1] = &others[room];
	setting.known = false;
	found = json_get(review(a, d, &setting), "problems");
	assert_null(find_problem(found, "template.same"));
	assert_null(find_problem(found, "template.full"));
	setting.itself[0] = NULL;
	found = json_get(review(a, d, &setting), "problems");
	assert_non_null(find_problem(found, "template.full"));
	arena_free(&a);
}

/* What a pack turns off is not told. */
static void test_off(void **state)
{
	static const enum rule_index rules[] = { RULE_TEMPLATE_CATEGORY, RULE_TEMPLATE_OPT_OUT,
		RULE_TEMPLATE_IDENTITY, RULE_CONTENT_LINK, RULE_CONTENT_PROHIBITED };
	static const char definition[] =
	    "{\"name\":\"a\",\"language\":\"it\",\"category\":\"MARKETING\",\"components\":[{\"type\":"
	    "\"BODY\",\"text\":\"Vendo pistole e munizioni, spedizione anonima, 200 euro: bit.ly/a\"}]}";
	const struct template_setting setting = { .sender = STR("Bottega Esempio"),
		.correct_category = PURPOSE_UTILITY };
	struct arena *a = arena_new(0, 0);
	const struct json *d = NULL;

	(void)state;
	assert_int_equal(json_read(a, str_c(definition), &d, NULL), 0);
	assert_int_equal(json_len(json_get(review(a, d, &setting), "problems")), 5);
	for (size_t i = 0; i < ARRAY_LEN(rules); i++) {
		enum level was = pack_level(pack, rules[i]);

		pack_set_level(pack, rules[i], LEVEL_OFF);
		assert_int_equal(json_len(json_get(review(a, d, &setting), "problems")), 4);
		pack_set_level(pack, rules[i], was);
	}
	arena_free(&a);
}

/* Proposals are what they promise: short enough, and heard as a way out. */
static void test_proposals(void **state)
{
	const struct pack_lint *lint = pack_lint(pack);
	const struct pack_template *figures = pack_template(pack);

	(void)state;
	assert_true(lint->proposals_len > 0);
	for (size_t i = 0; i < lint->proposals_len; i++) {
		const struct pack_proposal *p = &lint->proposals[i];
		struct pack_opt opt = { .withdraws = 0 };
		struct arena *a = arena_new(0, 0);

		assert_true((int64_t)p->button.len <= figures->button_text_max + 4);
		assert_true((int64_t)p->footer.len <= figures->footer_max + 4);
		assert_int_equal(pack_opt_message(pack, a, p->button, &opt), 1);
		if (!(opt.withdraws & PURPOSE_BIT(PURPOSE_MARKETING)))
			fail_msg("%.*s", STR_ARG(p->button));
		arena_free(&a);
	}
}

static void test_starved(void **state)
{
	static const char definition[] =
	    "{\"name\":\"A b\",\"language\":\"it\",\"category\":\"MARKETING\",\"components\":[{\"type\":"
	    "\"BODY\",\"text\":\"Sconto {{1}} oggi su tutto: bit.ly/a\",\"example\":{\"body_text\":[[\"x\"]]}},"
	    "{\"type\":\"BUTTONS\",\"buttons\":[{\"type\":\"QUICK_REPLY\",\"text\":\"Non mi interessa\"}]}]}";
	const struct template_setting setting = { .sender = STR("Bottega Esempio") };
	struct arena *a = arena_new(0, 0);
	const struct json *d = NULL;
	int rc = -1;

	(void)state;
	assert_int_equal(json_read(a, str_c(definition), &d, NULL), 0);
	(void)review(a, d, &setting);
	for (int i = 0; i < 200 && rc < 0; i++) {
		struct template_tally tally;
		struct json_writer w;
		struct buf text;

		buf_init(&text, 0);
		jw_init(&w, &text);
		check_fail_alloc_after(i, true);
		rc = template_review(a, pack, d, &setting, &w, &tally, NULL);
		check_fail_alloc_after(-1, false);
		assert_true(rc == 0 || rc == -E_NOMEM);
		buf_done(&text);
	}
	assert_int_equal(rc, 0);
	arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_cases),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_rules),
		cmocka_unit_test(test_itself),
		cmocka_unit_test(test_off),
		cmocka_unit_test(test_proposals),
		cmocka_unit_test(test_starved),
	};

	return cmocka_run_group_tests_name("template_review", tests, setup, teardown);
}
