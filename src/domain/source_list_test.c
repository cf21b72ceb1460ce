#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/campaign_fixture.h"
#include "domain/source_list.h"

static void add(struct fixture *f, uint64_t campaign, int64_t seq, const char *source, int state)
{
	const struct campaign_member m = {
		.seq = seq,
		.person = (uint64_t)(100 + seq),
		.fate = state ? MEMBER_GONE : MEMBER_WAITING,
		.source = str_c(source),
	};
	struct campaign_member sent = m;

	MEMBER_ADD(f, campaign, &m);
	if (!state)
		return;
	sent.decision = campaign * 1000 + (uint64_t)seq;
	sent.due_at = TIME_NONE;
	sent.state = state;
	sent.decided_at = NOW - DAY;
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision (id, at, purpose, kind, verdict, mode, state, counted, attempts, policy,"
	    " updated_at, leaf) VALUES (?1, ?2, 1, 1, 0, 1, ?3, 0, 1, 'p', ?2, 1)",
	    "imi", (int64_t)sent.decision, NOW - DAY, (int64_t)state));
	MEMBER_SET(f, campaign, &sent);
}

static void campaign(struct fixture *f, uint64_t id, enum campaign_state state)
{
	const struct campaign x = { .id = id,
		.at = NOW,
		.state = state,
		.name = STR("x"),
		.number = STR("1"),
		.waba = STR("2"),
		.plan = STR("{}"),
		.by = STR("admin"),
		.approved_at = TIME_NONE,
		.released_at = TIME_NONE,
		.starts_at = TIME_NONE,
		.ended_at = TIME_NONE,
		.next_at = TIME_NONE,
		.preflight_at = TIME_NONE };

	OK(campaign_add(f->conn, &x, &f->err));
}

static size_t list(
    struct fixture *f, struct str after, size_t limit, struct source_list **ret, bool *ret_more)
{
	size_t n = 0;

	OK(source_lists(f->conn, after, limit, f->arena, ret, &n, ret_more, &f->err));
	return n;
}

static void test_what_came_back_by_list(void **state)
{
	struct fixture *f = *state;
	struct source_list *l;
	bool more;

	campaign(f, 1, CAMPAIGN_RUNNING);
	add(f, 1, 1, "fair", 14);
	add(f, 1, 2, "fair", 13);
	add(f, 1, 3, "fair", 15);
	add(f, 1, 4, "shop", 11);
	add(f, 1, 5, "shop", 0);
	add(f, 1, 6, NULL, 0);
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO consent (person, seq, purpose, act, at, evidence, leaf) VALUES"
	    " (101, 1, 1, 1, ?1, 1, 1), (102, 1, 1, 1, ?2, 1, 2), (102, 2, 1, 2, ?3, 0, 3)",
	    "mmm", NOW - 400 * DAY, NOW - 2 * DAY, NOW - HOUR));
	OK(campaign_tally_granted(f->conn, 101, NOW - 400 * DAY, &f->err));
	OK(campaign_tally_granted(f->conn, 102, NOW - 2 * DAY, &f->err));
	OK(campaign_tally_withdrew(f->conn, 102, &f->err));
	assert_int_equal(list(f, STR_NONE, 10, &l, &more), 2);
	assert_false(more);
	assert_true(str_eq(l[0].name, STR("fair")) && l[0].people == 3 && l[0].sent == 2);
	assert_true(l[0].delivered == 2 && l[0].read == 1 && l[0].failed == 1);
	assert_true(l[0].opt_outs == 1 && l[0].oldest == NOW - 400 * DAY);
	assert_true(l[0].newest == NOW - 2 * DAY && l[0].suspended_at == TIME_NONE);
	assert_true(l[1].people == 2 && l[1].sent == 1 && l[1].oldest == TIME_NONE);
	assert_int_equal(list(f, STR_NONE, 1, &l, &more), 1);
	assert_true(more);
	assert_int_equal(list(f, STR("fair"), 1, &l, &more), 1);
	assert_true(str_eq(l[0].name, STR("shop")) && !more);
}

static void test_advice(void **state)
{
	static const struct {
		const char *name;
		int64_t sent, delivered, failed, opt_outs, newest_days;
		const char *advice;
	} cases[] = {
		{ "nothing", 0, 0, 0, 0, 1, NULL },
		{ "healthy", 1000, 990, 10, 1, 1, NULL },
		{ "too few to prove it", 20, 20, 20, 5, 1, NULL },
		{ "failures", 800, 800, 200, 0, 1, "failures" },
		{ "opt-outs", 1000, 1000, 0, 30, 1, "opt_outs" },
		{ "old", 10, 10, 0, 0, 800, "old" },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct source_list s = {
			.sent = cases[i].sent,
			.delivered = cases[i].delivered,
			.failed = cases[i].failed,
			.opt_outs = cases[i].opt_outs,
			.newest = NOW - cases[i].newest_days * DAY,
		};
		const char *advice = source_list_advice(&s, f->pack, NOW);
		if ((advice == NULL) != (cases[i].advice == NULL) ||
		    (advice && strcmp(advice, cases[i].advice) != 0))
			fail_msg("%s: %s", cases[i].name, advice ? advice : "nothing");
	}
}

static void test_a_list_is_suspended_and_given_back(void **state)
{
	struct fixture *f = *state;
	struct campaign_counts counts;
	struct source_list *l;
	int64_t people = 0;
	bool more;

	campaign(f, 1, CAMPAIGN_RUNNING);
	campaign(f, 2, CAMPAIGN_DONE);
	add(f, 1, 1, "fair", 0);
	add(f, 1, 2, "fair", 13);
	add(f, 1, 3, "shop", 0);
	add(f, 2, 1, "fair", 0);
	FAILS(source_list_suspend(
		  f->conn, STR("none"), STR("admin"), STR_NONE, NOW, &people, &f->err),
	    E_NOT_FOUND, "source");
	FAILS(source_list_resume(f->conn, STR("fair"), &people, &f->err), E_NOT_FOUND, "source");
	OK(source_list_suspend(
	    f->conn, STR("fair"), STR("Marta Neri"), STR("No opt-in"), NOW, &people, &f->err));
	assert_int_equal(people, 1);
	assert_int_equal(source_list_is_suspended(f->conn, STR("fair"), &f->err), 1);
	assert_int_equal(source_list_is_suspended(f->conn, STR("shop"), &f->err), 0);
	OK(store_exec(f->conn,
	    "UPDATE campaign_member SET decision = 70 + seq WHERE campaign = 1 AND seq IN (1, 3)",
	    &f->err));
	assert_int_equal(source_list_stops_send(f->conn, 71, &f->err), 1);
	assert_int_equal(source_list_stops_send(f->conn, 73, &f->err), 0);
	assert_int_equal(source_list_stops_send(f->conn, 79, &f->err), 0);
	OK(campaign_count(f->conn, 1, &counts, &f->err));
	assert_true(counts.of[MEMBER_SUSPENDED] == 1 && counts.of[MEMBER_WAITING] == 1);
	OK(campaign_count(f->conn, 2, &counts, &f->err));
	assert_int_equal(counts.of[MEMBER_SUSPENDED], 0);
	assert_int_equal(list(f, STR_NONE, 10, &l, &more), 2);
	assert_true(l[0].suspended_at == NOW && str_eq(l[0].reason, STR("No opt-in")));
	OK(source_list_resume(f->conn, STR("fair"), &people, &f->err));
	assert_int_equal(people, 1);
	assert_int_equal(source_list_stops_send(f->conn, 71, &f->err), 0);
	OK(campaign_count(f->conn, 1, &counts, &f->err));
	assert_int_equal(counts.of[MEMBER_WAITING], 2);
	assert_int_equal(source_list_sweep(f->conn, f->arena, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM source_list"), 0);
}

/* More rows than one transaction moves: nobody of the list is sent to all the same. */
static void test_a_long_list_is_suspended_by_slices(void **state)
{
	enum { PEOPLE = 4500 };
	struct fixture *f = *state;
	struct campaign_counts counts;
	int64_t people = 0;

	campaign(f, 1, CAMPAIGN_RUNNING);
	for (int64_t i = 0; i < PEOPLE; i++)
		add(f, 1, i + 1, "fair", 0);
	OK(source_list_suspend(
	    f->conn, STR("fair"), STR("admin"), STR_NONE, NOW, &people, &f->err));
	assert_int_equal(people, PEOPLE);
	assert_int_equal(source_list_is_suspended(f->conn, STR("fair"), &f->err), 1);
	OK(campaign_count(f->conn, 1, &counts, &f->err));
	assert_true(counts.of[MEMBER_WAITING] > 0 && counts.of[MEMBER_SUSPENDED] > 0);
	assert_int_equal(source_list_sweep(f->conn, f->arena, &f->err), 1);
	OK(source_list_resume(f->conn, STR("fair"), &people, &f->err)); /* it was not through */
	while (source_list_sweep(f->conn, f->arena, &f->err) > 0)
		continue;
	OK(campaign_count(f->conn, 1, &counts, &f->err));
	assert_true(counts.of[MEMBER_WAITING] == PEOPLE && counts.of[MEMBER_SUSPENDED] == 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM source_list"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_came_back_by_list),
		FIXTURE_TEST(test_advice),
		FIXTURE_TEST(test_a_list_is_suspended_and_given_back),
		FIXTURE_TEST(test_a_long_list_is_suspended_by_slices),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
