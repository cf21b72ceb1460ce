#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "domain/account.h"
#include "domain/account_state.h"
#include "domain/fixture.h"

#define WABA STR("10")
#define BIZ "RESTRICTED_BIZ_INITIATED_MESSAGING"
#define REPLIES "RESTRICTED_CUSTOMER_INITIATED_MESSAGING"

static void test_steps(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *name, *state, *warning, *first, *second;
		time_ms until;
		enum standing_step step;
		const char *word;
		time_ms ends;
		bool begin, reply;
	} rows[] = {
		{ "nothing", "active", "", "", "", 0, STANDING_FINE, NULL, TIME_NONE, true, true },
		{ "warned", "active", "SCAM", "", "", 0, STANDING_WARNED, "SCAM", NOW + 90 * DAY,
		    true, true },
		{ "one half", "active", "SCAM", BIZ, "", NOW + DAY, STANDING_NO_BEGINNING, BIZ,
		    NOW + DAY, false, true },
		{ "the other half", "active", "", REPLIES, "", NOW + DAY, STANDING_PARTLY, REPLIES,
		    NOW + DAY, true, false },
		{ "both", "active", "", BIZ, REPLIES, NOW + DAY, STANDING_SILENCED, REPLIES,
		    NOW + DAY, false, false },
		{ "over", "active", "", BIZ, REPLIES, NOW, STANDING_FINE, NULL, TIME_NONE, true,
		    true },
		{ "no end", "active", "", BIZ, "", TIME_NONE, STANDING_NO_BEGINNING, BIZ, TIME_NONE,
		    false, true },
		{ "unheard-of", "active", "", "RESTRICTED_SOMETHING_NEW", "", TIME_NONE,
		    STANDING_SILENCED, "RESTRICTED_SOMETHING_NEW", TIME_NONE, false, false },
		{ "no message", "active", "", "RESTRICTED_ADD_PHONE_NUMBER_ACTION", "", TIME_NONE,
		    STANDING_FINE, NULL, TIME_NONE, true, true },
		{ "locked", "locked", "SCAM", BIZ, "", NOW + DAY, STANDING_LOCKED, "locked",
		    TIME_NONE, false, false },
		{ "announced", "scheduled_for_disable", "", "", "", 0, STANDING_DISABLE_SCHEDULED,
		    "scheduled_for_disable", NOW + 9 * DAY, true, true },
		{ "disabled", "disabled", "", "", "", 0, STANDING_DISABLED, "disabled", TIME_NONE,
		    false, false },
		{ "a new word", "SHADOWED", "", BIZ, "", TIME_NONE, STANDING_UNKNOWN, "SHADOWED",
		    TIME_NONE, false, true },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct facts_restriction list[] = {
			{ .type = str_c(rows[i].first), .until = rows[i].until },
			{ .type = str_c(rows[i].second), .until = rows[i].until },
		};
		struct dir_waba w = {
			.state_word = str_c(rows[i].state),
			.state = waba_state_of(str_c(rows[i].state)),
			.warning = str_c(rows[i].warning),
			.warned_at = NOW,
			.disable_at = NOW + 9 * DAY,
			.restrictions = list,
			.restrictions_len = (size_t)(*rows[i].first != 0) + (*rows[i].second != 0),
		};
		struct standing got;
		standing_of(&w, f->pack, NOW, &got);
		if (got.step != rows[i].step || got.until != rows[i].ends ||
		    got.may_begin != rows[i].begin || got.may_reply != rows[i].reply ||
		    (rows[i].word ? !str_eq_c(got.word, rows[i].word) : got.word.p != NULL))
			fail_msg("%s: %s %.*s begin=%d reply=%d until=%lld", rows[i].name,
			    standing_name(got.step), STR_ARG(got.word), got.may_begin,
			    got.may_reply, (long long)got.until);
	}
}

static void add_account(struct fixture *f)
{
	const struct account_values account = {
		.waba = WABA,
		.portfolio = STR("500"),
		.name = STR("Calzature"),
	};
	const struct number_values number = {
		.waba = WABA,
		.id = STR("101"),
		.display = STR("+393331234500"),
	};
	bool created;

	OK(account_add(f->conn, &f->key, &account, NOW, &created, &f->err));
	OK(number_add(f->conn, &number, NOW, &created, &f->err));
}

static enum standing_step step_now(struct fixture *f)
{
	struct directory *d;
	struct standing s;

	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	standing_of(directory_waba(d, WABA), f->pack, NOW, &s);
	directory_unref(&d);
	return s.step;
}

static void test_a_review_that_fails_silences(void **state)
{
	struct fixture *f = *state;

	add_account(f);
	OK(waba_set_review(f->conn, WABA, STR("PENDING"), NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	OK(waba_set_review(f->conn, WABA, STR("REJECTED"), NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_SILENCED);
	OK(waba_set_review(f->conn, WABA, STR("APPROVED"), NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
}

static void test_health_silences_and_unlocks(void **state)
{
	struct fixture *f = *state;

	add_account(f);
	OK(waba_set_health(f->conn, WABA, STR("LIMITED"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), true, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_SILENCED);
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	/* a lock that health never knew of stays */
	OK(waba_set_state(f->conn, WABA, STR("locked"), NOW, &f->err));
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_LOCKED);
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), true, NOW, &f->err));
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	/* nor does what health said before the lock say anything of it */
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), true, NOW, &f->err));
	OK(waba_set_state(f->conn, WABA, STR("locked"), NOW + 1, &f->err));
	assert_int_equal(
	    history_is_news(f->conn, HISTORY_WABA, WABA, STR("state"), NOW + 1, &f->err), 1);
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW + 2, &f->err));
	assert_int_equal(step_now(f), STANDING_LOCKED);
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), true, NOW + 3, &f->err));
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW + 4, &f->err));
	assert_int_equal(step_now(f), STANDING_FINE);
	/* a disabled account only Meta's REINSTATE brings back */
	OK(waba_set_state(f->conn, WABA, STR("disabled"), NOW, &f->err));
	OK(waba_set_health(f->conn, WABA, STR("BLOCKED"), true, NOW, &f->err));
	OK(waba_set_health(f->conn, WABA, STR("AVAILABLE"), false, NOW, &f->err));
	assert_int_equal(step_now(f), STANDING_DISABLED);
}

static void test_what_is_not_there(void **state)
{
	struct fixture *f = *state;

	FAILS(waba_warn(f->conn, WABA, STR("SCAM"), NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_set_review(f->conn, WABA, STR("OK"), NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_set_disable_at(f->conn, WABA, NOW, NOW, &f->err), E_NOT_FOUND, "waba");
	FAILS(waba_set_health(f->conn, WABA, STR("LIMITED"), false, NOW, &f->err), E_NOT_FOUND,
	    "waba");
	FAILS(number_set_health(f->conn, STR("1"), STR("LIMITED"), NOW, &f->err), E_NOT_FOUND,
	    "number");
	FAILS(number_set_name_status(f->conn, STR("1"), STR("APPROVED"), NOW, &f->err), E_NOT_FOUND,
	    "number");
	add_account(f);
	FAILS(waba_warn(f->conn, WABA, STR(""), NOW, &f->err), E_INVALID, "violation_type");
	OK(number_set_health(f->conn, STR("101"), STR("LIMITED"), NOW, &f->err));
	OK(number_set_name_status(f->conn, STR("101"), STR("APPROVED"), NOW, &f->err));
}

static void test_every_step_has_words(void **state)
{
	(void)state;
	for (enum standing_step s = STANDING_FINE; s <= STANDING_UNKNOWN; s++) {
		assert_true(standing_name(s)[0] != '\0');
		assert_true(standing_sentence(s)[0] != '\0');
	}
}

static void test_a_person_lifts_what_has_no_end(void **state)
{
	struct fixture *f = *state;
	const time_ms told = NOW + 300, lifted = NOW + 1700;
	bool blocked;

	add_account(f);
	OK(waba_restrict(f->conn, WABA, STR(BIZ), TIME_NONE, told, &f->err));
	OK(waba_restrict(f->conn, WABA, STR(REPLIES), TIME_NONE, told, &f->err));
	OK(waba_block_country(f->conn, WABA, STR("FR"), told, &f->err));
	assert_int_equal(step_now(f), STANDING_SILENCED);
	assert_int_equal(
	    waba_lift_restriction(f->conn, f->pack, STR("11"), STR(REPLIES), lifted, &f->err), 0);
	assert_int_equal(
	    waba_lift_restriction(f->conn, f->pack, WABA, STR("OTHER"), lifted, &f->err), 0);
	assert_int_equal(
	    waba_lift_restriction(f->conn, f->pack, WABA, STR(REPLIES), lifted, &f->err), 1);
	assert_int_equal(step_now(f), STANDING_NO_BEGINNING);
	assert_int_equal(
	    waba_lift_restriction(f->conn, f->pack, WABA, STR(REPLIES), lifted, &f->err), 0);
	/* what was told before comes late, what came after counts */
	const struct str field = STR("restriction:" REPLIES);
	assert_int_equal(history_is_news(f->conn, HISTORY_WABA, WABA, field, NOW, &f->err), 0);
	assert_int_equal(
	    history_is_news(f->conn, HISTORY_WABA, WABA, field, NOW + 1000, &f->err), 1);

	assert_int_equal(waba_lift_country(f->conn, WABA, STR("IT"), lifted, &f->err), 0);
	assert_int_equal(waba_lift_country(f->conn, WABA, STR("FR"), lifted, &f->err), 1);
	struct directory *d;
	OK(directory_load(f->conn, &f->key, 1, &d, &f->err));
	blocked = directory_waba(d, WABA)->blocked_countries_len > 0;
	directory_unref(&d);
	assert_false(blocked);
}

static void test_a_person_lifts_a_lock_only(void **state)
{
	struct fixture *f = *state;

	add_account(f);
	assert_int_equal(waba_lift_lock(f->conn, WABA, NOW, &f->err), 0);
	OK(waba_set_state(f->conn, WABA, STR("disabled"), NOW, &f->err));
	assert_int_equal(waba_lift_lock(f->conn, WABA, NOW, &f->err), 0);
	assert_int_equal(step_now(f), STANDING_DISABLED);
	OK(waba_set_state(f->conn, WABA, STR("locked"), NOW, &f->err));
	assert_int_equal(waba_lift_lock(f->conn, WABA, NOW, &f->err), 1);
	assert_int_equal(step_now(f), STANDING_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_steps),
		FIXTURE_TEST(test_a_review_that_fails_silences),
		FIXTURE_TEST(test_health_silences_and_unlocks),
		FIXTURE_TEST(test_a_person_lifts_what_has_no_end),
		FIXTURE_TEST(test_a_person_lifts_a_lock_only),
		FIXTURE_TEST(test_what_is_not_there),
		FIXTURE_TEST(test_every_step_has_words),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
