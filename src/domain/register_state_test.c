#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/check.h"
#include "domain/register_state.h"

/* One letter a target: . stays, p by a person, s by a scan, b by both, - by nobody. */
static void check_row(enum register_state from, bool scanned, const char *row)
{
	for (int to = 0; to < REGISTER_STATES; to++) {
		bool person = register_may_move(
		    from, (enum register_state)to, MOVED_BY_PERSON, scanned);
		bool scan = register_may_move(
		    from, (enum register_state)to, MOVED_BY_SCAN, scanned);
		char is = to == (int)from ? '.'
		    : person && scan      ? 'b'
		    : person              ? 'p'
		    : scan                ? 's'
					  : '-';
		if (is != row[to])
			fail_msg("%s to %s (%s): %c, not %c", register_state_name(from),
			    register_state_name((enum register_state)to),
			    scanned ? "scanned" : "not scanned", is, row[to]);
	}
}

static void test_moves(void **state)
{
	static const struct {
		enum register_state from;
		const char *scanned, *other;
	} rows[] = {
		{ REGISTER_OPEN, ".pps-", ".pp-p" },
		{ REGISTER_ACCEPTED, "b.ps-", "b.p-p" },
		{ REGISTER_REMOVING, "p-.s-", "p-.-p" },
		{ REGISTER_REMOVED, "s--.p", "---.-" },
		{ REGISTER_RETIRED, "s---.", "b---." },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		check_row(rows[i].from, true, rows[i].scanned);
		check_row(rows[i].from, false, rows[i].other);
	}
}

static void test_what_is_said(void **state)
{
	struct err err = { 0 };

	(void)state;
	assert_int_equal(register_check_move(REGISTER_OPEN, REGISTER_REMOVING, true, &err), 0);
	assert_int_equal(err.code, 0);
	assert_int_equal(
	    register_check_move(REGISTER_REMOVING, REGISTER_REMOVED, true, &err), -E_CONFLICT);
	assert_string_equal(err.field, "state");
	assert_non_null(strstr(err.text, "later scan"));
	assert_int_equal(
	    register_check_move(REGISTER_REMOVING, REGISTER_RETIRED, true, &err), -E_CONFLICT);
	assert_non_null(strstr(err.text, "retired"));
	assert_int_equal(
	    register_check_move(REGISTER_REMOVED, REGISTER_ACCEPTED, true, &err), -E_CONFLICT);
	assert_non_null(strstr(err.text, "from removed to accepted"));
}

static void test_words(void **state)
{
	enum register_state s = REGISTER_OPEN;

	(void)state;
	for (int i = 0; i < REGISTER_STATES; i++) {
		assert_true(
		    register_state_parse(str_c(register_state_name((enum register_state)i)), &s));
		assert_int_equal(s, i);
	}
	assert_false(register_state_parse(STR("Open"), &s));
	assert_true(register_is_verdict(STR("unofficial")));
	assert_false(register_is_verdict(STR("clean")));
	assert_false(register_is_verdict(STR_NONE));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_moves),
		cmocka_unit_test(test_what_is_said),
		cmocka_unit_test(test_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
