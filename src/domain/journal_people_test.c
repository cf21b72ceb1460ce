#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/id.h"
#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/journal_people.h"

#define PEOPLE 50

/* Decisions first to last, of people 1 to PEOPLE in turn; each tenth is about nobody. */
static void fill(struct fixture *f, int64_t first, int64_t last)
{
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
	    " INSERT INTO decision (id, at, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf) SELECT i, i, CASE WHEN i % 10 = 0 THEN 0 ELSE i % 50 + 1 END,"
	    " 1, 1, 0, 1, 11, 0, 1, 'test', i, i FROM n",
	    "ii", first, last));
}

/* Exactly the decisions that are theirs. */
static void finds(struct fixture *f, uint64_t person, int64_t last)
{
	uint64_t *list;
	size_t len, n = 0;

	OK(journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err));
	for (int64_t i = 1; i <= last; i++) {
		if (i % 10 == 0 || i % PEOPLE + 1 != (int64_t)person)
			continue;
		if (n >= len || list[n] != (uint64_t)i)
			fail_msg("decision %lld of person %llu", (long long)i,
			    (unsigned long long)person);
		n++;
	}
	assert_int_equal(n, len);
}

static void finds_all(struct fixture *f, int64_t last)
{
	for (uint64_t person = 1; person <= PEOPLE; person += 7)
		finds(f, person, last);
}

static void test_before_and_after_noting(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 0);
	finds_all(f, 0);
	fill(f, 1, JOURNAL_SEGMENT - 1);
	assert_int_equal(
	    journal_people_note(f->conn, NOW, &f->err), 0); /* not a whole segment yet */
	finds_all(f, JOURNAL_SEGMENT - 1);
	fill(f, JOURNAL_SEGMENT, 2 * JOURNAL_SEGMENT + 10);
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 1);
	finds_all(f, 2 * JOURNAL_SEGMENT + 10);
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 1);
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 0);
	finds_all(f, 2 * JOURNAL_SEGMENT + 10);
}

static void test_several_people(void **state)
{
	static const uint64_t people[] = { 3, 19, 4711 }; /* two of one part */
	struct fixture *f = *state;
	uint64_t *list;
	size_t len, more;

	fill(f, 1, JOURNAL_SEGMENT + 100);
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 1);
	OK(journal_people_find(f->conn, people, 1, f->arena, &list, &len, &f->err));
	OK(journal_people_find(f->conn, people, 3, f->arena, &list, &more, &f->err));
	assert_true(more > len);
	for (size_t i = 1; i < more; i++)
		assert_true(list[i] > list[i - 1]);
}

static void test_forgetting(void **state)
{
	struct fixture *f = *state;
	uint64_t *list, person = 2;
	size_t len;

	fill(f, 1, 2 * JOURNAL_SEGMENT);
	while (journal_people_note(f->conn, NOW, &f->err) > 0)
		;
	OK(journal_people_forget(f->conn, person, &f->err));
	OK(journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err));
	assert_int_equal(len, 0);
	finds(f, 18, 2 * JOURNAL_SEGMENT); /* of the same part */
	OK(journal_people_forget(f->conn, person, &f->err));
}

/* A send that waited may be somebody else's when it is judged anew: the number changed hands, or who was forgotten came
 * back. */
static void test_judged_anew_for_somebody_else(void **state)
{
	static const int64_t decisions[] = { 10, 11, 12, JOURNAL_SEGMENT + 3 };
	struct fixture *f = *state;
	uint64_t *list, person = 4711;
	size_t len;

	fill(f, 1, JOURNAL_SEGMENT + 100);
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 1);
	for (size_t i = 0; i < 2 * ARRAY_LEN(decisions); i++) {
		const struct journal_entry e = {
			.id = (uint64_t)decisions[i / 2],
			.at = NOW,
			.hold_until = TIME_NONE,
			.person = person,
			.purpose = PURPOSE_UTILITY,
			.kind = MESSAGE_TEMPLATE,
			.verdict = VERDICT_HOLD,
			.mode = MODE_ENFORCE,
			.policy = STR("test"),
		};
		OK(journal_judge_again(f->conn, &f->ledger, &e, &f->err));
	}
	OK(journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err));
	assert_int_equal(len, ARRAY_LEN(decisions));
	for (size_t i = 0; i < len; i++)
		assert_int_equal(list[i], decisions[i]);
	const uint64_t both[] = { person, 11 % PEOPLE + 1 }; /* one since */
	OK(journal_people_find(f->conn, both, 2, f->arena, &list, &len, &f->err));
	for (size_t i = 1; i < len; i++)
		assert_true(list[i] > list[i - 1]);
	OK(journal_people_forget(f->conn, person, &f->err));
	OK(journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err));
	assert_int_equal(len, 1); /* not noted yet, and found by its row */
}

static void test_the_young_are_not_noted(void **state)
{
	struct fixture *f = *state;
	int64_t first = (int64_t)id_first_at(NOW - JOURNAL_SETTLED_MS);

	fill(f, first - 1, first + JOURNAL_SEGMENT - 2); /* one is old enough */
	assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 0);
	assert_int_equal(journal_people_note(f->conn, NOW + 1, &f->err), 1);
}

/* --- on their way ----------------------------------------------------------------------------- */

static bool is_sending(int64_t id)
{
	return id % 97 == 0 || id % 1000 == 1;
}

/* Those at once, and those that were ready before, whose ids are older than when they went. */
static void fill_sending(struct fixture *f, int64_t last)
{
	fill(f, 1, last);
	OK(store_exec(f->conn, "UPDATE decision SET state = 9 WHERE id % 97 = 0", &f->err));
	OK(store_exec(f->conn, "UPDATE decision SET state = 3 WHERE id % 1000 = 1", &f->err));
}

/* Exactly those from `first` to `last` are on their way, by every question. */
static void sending(struct fixture *f, int64_t first, int64_t last)
{
	const struct journal_filter filter = {
		.since = TIME_NONE, .until = TIME_NONE, .state_given = true, .state = SEND_SENDING
	};
	struct journal_entry *list;
	uint64_t next;
	int64_t count;
	size_t len, n = 0;

	OK(journal_count_open(f->conn, SEND_SENDING, &count, &f->err));
	OK(journal_list(f->conn, &filter, f->arena, &list, &len, &next, &f->err));
	assert_int_equal(next, 0);
	for (int64_t id = last; id >= first; id--) {
		if (!is_sending(id))
			continue;
		if (n == len || list[n].id != (uint64_t)id || list[n].state != SEND_SENDING)
			fail_msg("decision %lld is not on its way", (long long)id);
		n++;
	}
	assert_int_equal(len, n);
	assert_int_equal(count, n);
}

static void settle(struct fixture *f, int64_t id)
{
	struct str wamid = STR("wamid.A");

	assert_int_equal(
	    journal_settle_sending(f->conn, (uint64_t)id, SEND_ACCEPTED, wamid, 0, NOW, &f->err),
	    1);
	assert_int_equal(
	    journal_settle_sending(f->conn, (uint64_t)id, SEND_ACCEPTED, wamid, 0, NOW, &f->err),
	    0);
}

/* Whether nothing, some or all of it was noted since: nothing under way is overlooked, at start-up
 * least of all. */
static void test_what_is_on_its_way_is_found(void **state)
{
	enum { LAST = 2 * JOURNAL_SEGMENT + 100 };
	struct fixture *f = *state;
	int64_t count, first = 1;

	for (int noted = 0; noted <= 3; noted++) {
		fill_sending(f, LAST);
		for (int i = 0; i < noted; i++)
			assert_true(journal_people_note(f->conn, NOW, &f->err) >= 0);
		sending(f, 1, LAST);
		for (first = 1; first <= LAST / 2; first++) {
			if (is_sending(first))
				settle(f, first);
		}
		sending(f, first, LAST);
		OK(journal_recover(f->conn, NOW, &count, &f->err));
		sending(f, 1, 0);
		OK(journal_count_open(f->conn, SEND_UNKNOWN, &first, &f->err));
		assert_int_equal(count, first);
		assert_true(count > 40);
		assert_int_equal(scratch_int(f->conn,
				     "SELECT count(*) FROM decision WHERE state NOT IN (4, 11)"),
		    0);
		OK(store_exec(f->conn,
		    "DELETE FROM decision; DELETE FROM people_segment; DELETE FROM people_pairs;"
		    "DELETE FROM people_messages; DELETE FROM people_bare",
		    &f->err));
	}
}

/* --- when memory runs out --------------------------------------------------------------------- */

static int note_and_find(struct fixture *f)
{
	uint64_t *list, person = 3;
	size_t len;
	int r = store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4096)"
	    " INSERT INTO decision (id, at, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf) SELECT i, i, 3, 1, 1, 0, 1, 11, 0, 1, 'test', i, i FROM n",
	    "");

	if (r == 0)
		r = journal_people_note(f->conn, NOW, &f->err);
	if (r >= 0)
		r = journal_people_changed(f->conn, 7, 4, &f->err);
	if (r == 0)
		r = journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err);
	return r < 0 ? r : journal_people_forget(f->conn, person, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "decisions by person", note_and_find);
}

/* Decisions first to last of one app, each 1,000th by a rule, each 512th failed; every second one of app_2 is of a
 * campaign. */
static void fill_named(
    struct fixture *f, int64_t first, int64_t last, struct str app, struct str rules)
{
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
	    " INSERT INTO decision (id, at, app, number, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " rules, policy, updated_at, leaf, campaign) SELECT i, i, ?3, replace(?3, 'app', 'number'), 1, 1, 1, 0, 1,"
	    " CASE WHEN i % 512 = 1 THEN 15 ELSE 11 END, 0, 1, CASE WHEN i % 1000 = 0 THEN ?4 END,"
	    " 'test', i, i, CASE WHEN ?3 = 'app_2' AND i % 2 = 1 THEN 'spring' END FROM n",
	    "iitt", first, last, app, rules));
}

#define CLOSED "[{\"id\":\"window.closed\",\"level\":\"warn\"}]"
#define MISSING "[{\"id\":\"consent.missing\",\"level\":\"warn\"}]"

/* Three segments and some that are not noted: the second has another app and another rule. */
static void fill_segments(struct fixture *f)
{
	const int64_t n = JOURNAL_SEGMENT;

	fill_named(f, 1, n, STR("app_1"), STR(CLOSED));
	fill_named(f, n + 1, 2 * n, STR("app_2"), STR(MISSING));
	fill_named(f, 2 * n + 1, 3 * n, STR("app_1"), STR(CLOSED));
	fill_named(f, 3 * n + 1, 3 * n + 10, STR("app_3"), STR(CLOSED));
	for (int i = 0; i < 3; i++)
		assert_int_equal(journal_people_note(f->conn, NOW, &f->err), 1);
}

static const struct str some_numbers[] = { { "number_2", 8 }, { "number_9", 8 },
	{ "number_3", 8 } };

static void test_lists_over_segments(void **state)
{
	static const struct {
		const char *name;
		struct journal_filter filter;
		size_t len;
		uint64_t newest;
	} rows[] = {
		{ "app in the middle", { .app = { "app_2", 5 }, .limit = 7 }, 7, 8192 },
		{ "app around it", { .app = { "app_1", 5 }, .limit = 7 }, 7, 12288 },
		{ "app not noted yet", { .app = { "app_3", 5 } }, 10, 12298 },
		{ "app of nobody", { .app = { "app_9", 5 } }, 0, 0 },
		{ "rule in the middle", { .rule = { "consent.missing", 15 } }, 4, 8000 },
		{ "rule around it", { .rule = { "window.closed", 13 } }, 8, 12000 },
		{ "rule of nobody", { .rule = { "template.unknown", 16 } }, 0, 0 },
		{ "rule and app apart",
		    { .rule = { "consent.missing", 15 }, .app = { "app_1", 5 } }, 0, 0 },
		{ "some numbers", { .numbers = some_numbers, .numbers_len = 2, .limit = 7 }, 7,
		    2 * JOURNAL_SEGMENT },
		{ "numbers not noted yet", { .numbers = some_numbers + 1, .numbers_len = 2 }, 10,
		    12298 },
		{ "numbers of nobody", { .numbers = some_numbers + 1, .numbers_len = 1 }, 0, 0 },
		{ "behind a cursor", { .app = { "app_1", 5 }, .before = 5000, .limit = 7 }, 7,
		    4096 },
		{ "failed", { .state_given = true, .state = SEND_FAILED }, 25, 12289 },
		{ "failed, of a campaign",
		    { .state_given = true, .state = SEND_FAILED, .campaign = { "spring", 6 } }, 8,
		    7681 },
		{ "failed, of a campaign, behind a cursor",
		    { .state_given = true,
			.state = SEND_FAILED,
			.campaign = { "spring", 6 },
			.before = 7681 },
		    7, 7169 },
		{ "failed, of a campaign that none is of",
		    { .state_given = true, .state = SEND_FAILED, .campaign = { "autumn", 6 } }, 0,
		    0 },
		{ "cancelled, of a campaign",
		    { .state_given = true, .state = SEND_CANCELLED, .campaign = { "spring", 6 } },
		    0, 0 },
		{ "accepted, of a campaign",
		    { .state_given = true,
			.state = SEND_ACCEPTED,
			.campaign = { "spring", 6 },
			.limit = 7 },
		    7, 8191 },
		{ "of a verdict that none has",
		    { .verdict_given = true, .verdict = VERDICT_REFUSE }, 0, 0 },
	};
	struct fixture *f = *state;

	fill_segments(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal_filter filter = rows[i].filter;
		struct journal_entry *list;
		uint64_t next;
		size_t len;
		filter.since = filter.until = TIME_NONE;
		OK(journal_list(f->conn, &filter, f->arena, &list, &len, &next, &f->err));
		if (len != rows[i].len || (len && list[0].id != rows[i].newest))
			fail_msg("%s: %zu, the newest %llu", rows[i].name, len,
			    len ? (unsigned long long)list[0].id : 0);
	}
}

/* What was judged anew behind the noting is found by its newest rule and by its former one. */
static void test_judged_anew(void **state)
{
	struct fixture *f = *state;
	struct journal_filter filter = {
		.since = TIME_NONE, .until = TIME_NONE, .rule = STR("template.unknown")
	};
	struct journal_entry *list;
	uint64_t next;
	size_t len;

	fill_segments(f);
	OK(store_do(f->conn, &f->err,
	    "UPDATE decision SET rules = '[{\"id\":\"template.unknown\",\"level\":\"warn\"}]' WHERE id = 5000",
	    ""));
	OK(store_do(f->conn, &f->err,
	    "INSERT INTO decision_former (decision, leaf, judged)"
	    " VALUES (5000, 1, '{\"verdict\":\"hold\",\"rules\":[\"account.country\"],\"warnings\":[]}')",
	    ""));
	OK(journal_list(f->conn, &filter, f->arena, &list, &len, &next, &f->err));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].id, 5000);
	filter.rule = STR("account.country");
	OK(journal_list(f->conn, &filter, f->arena, &list, &len, &next, &f->err));
	assert_int_equal(len, 1);
	assert_int_equal(list[0].id, 5000);
}

static void test_stretches(void **state)
{
	static const struct {
		const char *name;
		struct str rule;
		struct journal_stretch within;
		size_t len;
		struct journal_stretch first;
	} rows[] = {
		/* what is not noted may name any */
		{ "of nobody", { "template.unknown", 16 }, { 1, 20000 }, 1, { 12289, 20000 } },
		{ "in the middle", { "consent.missing", 15 }, { 1, 12289 }, 1, { 4097, 8193 } },
		{ "around it", { "window.closed", 13 }, { 1, 20000 }, 2, { 1, 4097 } },
		{ "a part", { "window.closed", 13 }, { 100, 9000 }, 2, { 100, 4097 } },
		{ "nothing", { "consent.missing", 15 }, { 100, 200 }, 0, { 0, 0 } },
	};
	struct fixture *f = *state;

	fill_segments(f);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct journal_stretch *list;
		size_t len;
		OK(journal_people_stretches(
		    f->conn, rows[i].within, &rows[i].rule, 1, f->arena, &list, &len, &f->err));
		if (len != rows[i].len ||
		    (len && memcmp(&list[0], &rows[i].first, sizeof(list[0])) != 0))
			fail_msg("%s: %zu", rows[i].name, len);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_before_and_after_noting),
		FIXTURE_TEST(test_several_people),
		FIXTURE_TEST(test_forgetting),
		FIXTURE_TEST(test_judged_anew_for_somebody_else),
		FIXTURE_TEST(test_the_young_are_not_noted),
		FIXTURE_TEST(test_what_is_on_its_way_is_found),
		FIXTURE_TEST(test_lists_over_segments),
		FIXTURE_TEST(test_judged_anew),
		FIXTURE_TEST(test_stretches),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
