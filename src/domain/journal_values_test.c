#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <cmocka.h>

#include "base/check.h"
#include "domain/fixture.h"
#include "domain/journal_values.h"

static struct str noted(struct fixture *f, const struct journal_values *v)
{
	struct buf out;

	buf_init(&out, 0);
	journal_values_write(v, &out);
	struct str ret = arena_str(f->arena, buf_str(&out));
	buf_done(&out);
	return ret;
}

static void test_what_was_added(void **state)
{
	static const struct {
		enum journal_value what;
		const char *value;
		bool bears;
	} rows[] = {
		{ VALUE_APP, "app_1", true }, { VALUE_APP, "app_2", false },
		{ VALUE_NUMBER, "app_1", false }, /* of another kind */
		{ VALUE_NUMBER, "101", true }, { VALUE_TEMPLATE, "offer", true },
		{ VALUE_TEMPLATE, "offer/it", true }, { VALUE_TEMPLATE, "offer/en", false },
		{ VALUE_TEMPLATE, "off", false }, { VALUE_RULE, "window.closed", true },
		{ VALUE_RULE, "template.opt_out", true }, { VALUE_RULE, "consent.missing", false },
		{ VALUE_CAMPAIGN, "spring", false }, /* there was none */
	};
	static const char rules[] =
	    "[{\"id\":\"window.closed\",\"level\":\"refuse\",\"evidence\":{\"person\":\"x\"}},"
	    "{\"id\":\"template.opt_out\",\"level\":\"warn\"}]";
	struct fixture *f = *state;
	struct journal_values v = { .len = 0 };

	journal_values_add(&v, VALUE_APP, STR("app_1"));
	journal_values_add(&v, VALUE_NUMBER, STR("101"));
	journal_values_add(&v, VALUE_CAMPAIGN, STR_NONE);
	journal_values_add_template(&v, STR("offer/it"));
	journal_values_add_template(&v, STR_NONE);
	journal_values_add_rules(&v, str_c(rules));
	journal_values_add_rules(&v, STR_NONE);
	assert_int_equal(v.len, 6);
	journal_values_add(&v, VALUE_APP, STR("app_1"));
	assert_int_equal(v.len, 6);
	struct str text = noted(f, &v);
	assert_int_equal(text.len, 6 * 4);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (journal_values_may_bear(text, rows[i].what, str_c(rows[i].value)) !=
		    rows[i].bears)
			fail_msg("%c %s", (int)rows[i].what, rows[i].value);
	}
}

static void test_any(void **state)
{
	struct fixture *f = *state;
	struct journal_values v = { .len = 0 }, many = { .len = 0 };
	char text[16];

	journal_values_add_any_rule(&v);
	assert_true(journal_values_may_bear(noted(f, &v), VALUE_RULE, STR("window.closed")));
	assert_false(journal_values_may_bear(noted(f, &v), VALUE_APP, STR("app_1")));
	/* nothing noted, and too much to be noted */
	assert_true(journal_values_may_bear(STR_NONE, VALUE_APP, STR("app_1")));
	for (int i = 0; i < JOURNAL_VALUES_MAX; i++) {
		(void)snprintf(text, sizeof(text), "app_%d", i);
		journal_values_add(&many, VALUE_APP, str_c(text));
	}
	assert_false(journal_values_may_bear(noted(f, &many), VALUE_APP, STR("nobody")));
	assert_true(journal_values_may_bear(noted(f, &many), VALUE_APP, STR("app_0")));
	for (int i = 0; i < 2 * JOURNAL_VALUES_SLOTS; i++) {
		(void)snprintf(text, sizeof(text), "more_%d", i);
		journal_values_add(&many, VALUE_APP, str_c(text));
	}
	assert_int_equal(noted(f, &many).len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_was_added),
		FIXTURE_TEST(test_any),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
