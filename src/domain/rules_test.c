/* The table says what design 6 says, and every sentence of it can be told in both languages. */
#include "domain/rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/check.h"
#include "base/lang.h"

static void test_rows_stand_where_they_belong(void **state)
{
	(void)state;
	assert_int_equal(rules_len, RULES_COUNT);
	for (unsigned i = 0; i < RULES_COUNT; i++) {
		const char *id = rule_index_id((enum rule_index)i);
		if (!rules[i].id || strcmp(rules[i].id, id) != 0 ||
		    rules[i].number != rule_index_number((enum rule_index)i) || !rules[i].check)
			fail_msg("%s", id);
		assert_ptr_equal(rule_by_id(str_c(id)), &rules[i]);
		assert_ptr_equal(rule_by_number(rules[i].number), &rules[i]);
		assert_int_equal(rule_index_of(&rules[i]), i);
	}
	assert_null(rule_by_id(STR("no.such")));
	assert_null(rule_by_number(100));
}

/* Design 4: 101 is 401; 102 to 205 and 211 are 403; the 700s are 429; all else 400. */
static int status_of(int number)
{
	if (number == 101)
		return 401;
	if ((number >= 102 && number <= 205) || number == 211)
		return 403;
	return number >= 700 ? 429 : 400;
}

/* Design 3: what binds in observe mode too. */
static bool binds(int number)
{
	static const int binding[] = { 101, 102, 103, 201, 202, 203, 211, 301, 302, 402, 405, 509 };

	for (size_t i = 0; i < ARRAY_LEN(binding); i++) {
		if (binding[i] == number)
			return true;
	}
	return false;
}

static void test_answers(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_len; i++) {
		if (rules[i].status != status_of(rules[i].number) ||
		    rules[i].binds != binds(rules[i].number))
			fail_msg("%s", rules[i].id);
	}
}

static void test_codes(void **state)
{
	static const struct {
		const char *id;
		int code;
	} cases[] = {
		{ "app.unknown", 190 },
		{ "app.suspended", 200 },
		{ "app.scope", 200 },
		{ "app.review_overdue", 900104 },
		{ "account.disabled", 131031 },
		{ "account.locked", 368 },
		{ "account.restricted", 368 },
		{ "account.country", 130497 },
		{ "account.payment", 131042 },
		{ "account.paused", 900206 },
		{ "number.state", 131031 },
		{ "number.quality", 900212 },
		{ "recipient.invalid", 131026 },
		{ "recipient.suppressed", 131050 },
		{ "recipient.undeliverable", 131026 },
		{ "recipient.us_marketing", 131049 },
		{ "recipient.auth_needs_phone", 131062 },
		{ "consent.missing", 900401 },
		{ "consent.withdrawn", 131050 },
		{ "consent.expired", 900403 },
		{ "consent.evidence", 900404 },
		{ "consent.meta_stop", 131050 },
		{ "window.closed", 131047 },
		{ "template.unknown", 132001 },
		{ "template.not_sendable", 132016 },
		{ "template.paused", 132015 },
		{ "template.parameters", 132000 },
		{ "template.category", 132007 },
		{ "template.opt_out", 900507 },
		{ "template.identity", 900508 },
		{ "message.invalid", 100 },
		{ "content.prohibited", 368 },
		{ "content.sensitive", 368 },
		{ "content.link", 900603 },
		{ "content.generic", 900604 },
		{ "limit.portfolio", 900701 },
		{ "limit.throughput", 130429 },
		{ "limit.pair", 131056 },
		{ "limit.warmup", 900704 },
		{ "limit.spike", 900705 },
		{ "limit.frequency", 131049 },
		{ "limit.cooldown", 131049 },
		{ "limit.quiet_hours", 900708 },
		{ "limit.duplicate", 900709 },
		{ "limit.cost", 900710 },
	};

	(void)state;
	assert_int_equal(ARRAY_LEN(cases), rules_len);
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct rule *rule = rule_by_id(str_c(cases[i].id));
		if (!rule || rule_code(rule) != cases[i].code)
			fail_msg("%s", cases[i].id);
	}
}

static void test_who(void **state)
{
	(void)state;
	assert_string_equal(who_name(WHO_APP), "app");
	assert_string_equal(who_name(WHO_OPERATOR), "operator");
	assert_string_equal(who_name(WHO_COMPLIANCE), "compliance");
	assert_string_equal(who_name(WHO_META), "meta");
}

/* --- texts ------------------------------------------------------------------------------------ */

/* Does `in` have every {placeholder} of `of`. */
static bool has_placeholders(const char *in, const char *of)
{
	struct str rest = str_c(of);

	while (str_cut(&rest, '{').p && rest.p) {
		struct str name = str_cut(&rest, '}');
		char wanted[80];
		if (name.len + 3 > sizeof(wanted))
			return false;
		wanted[0] = '{';
		memcpy(wanted + 1, name.p, name.len);
		memcpy(wanted + 1 + name.len, "}", 2);
		if (!strstr(in, wanted))
			return false;
	}
	return true;
}

static void check_text(const struct rule *rule, const char *what, const char *msgid, bool sentence)
{
	const char *it = lang_text(LANG_IT, msgid ? msgid : "");

	if (!msgid || !msgid[0])
		fail_msg("%s has no %s", rule->id, what);
	if (it == msgid)
		fail_msg("%s: %s is not in Italian: %s", rule->id, what, msgid);
	if (!has_placeholders(it, msgid) || !has_placeholders(msgid, it))
		fail_msg("%s: %s has other placeholders in Italian", rule->id, what);
	char last = msgid[strlen(msgid) - 1], last_it = it[strlen(it) - 1];
	if (sentence && ((last != '.' && last != '}') || last != last_it))
		fail_msg("%s: %s is not a whole sentence in both languages", rule->id, what);
}

static void test_texts(void **state)
{
	(void)state;
	for (size_t i = 0; i < rules_len; i++) {
		check_text(&rules[i], "title", rules[i].title, false);
		check_text(&rules[i], "because", rules[i].because, true);
		check_text(&rules[i], "remedy", rules[i].remedy, true);
		check_text(&rules[i], "explain", rules[i].explain, true);
		if (strlen(rules[i].because) > 240 || strlen(rules[i].remedy) > 240)
			fail_msg("%s: too long to be read at a glance", rules[i].id);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_stand_where_they_belong),
		cmocka_unit_test(test_answers),
		cmocka_unit_test(test_codes),
		cmocka_unit_test(test_who),
		cmocka_unit_test(test_texts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
