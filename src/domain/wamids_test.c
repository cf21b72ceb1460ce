#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "domain/fixture.h"
#include "domain/journal_people.h"
#include "domain/wamids.h"

#define ALICE 4711
#define BOB 4712

static struct wamids *fresh(struct fixture *f)
{
	struct wamids *w = NULL;

	OK(wamids_new(&w, &f->err));
	return w;
}

/* A send to the person, accepted under the id when there is one. */
static uint64_t sent(struct fixture *f, uint64_t person, const char *wamid)
{
	struct journal_entry e = {
		.id = id_next(&f->ids, NOW - HOUR),
		.at = NOW - HOUR,
		.updated_at = NOW - HOUR,
		.hold_until = TIME_NONE,
		.app = STR("app_1"),
		.number = STR("101"),
		.waba = STR("10"),
		.person = person,
		.purpose = PURPOSE_UTILITY,
		.verdict = VERDICT_ALLOW,
		.mode = MODE_ENFORCE,
		.state = SEND_SENDING,
		.policy = STR("test"),
	};

	OK(journal_add(f->conn, &f->ledger, &e, &f->err));
	if (wamid)
		assert_int_equal(journal_settle_sending(
				     f->conn, e.id, SEND_ACCEPTED, str_c(wamid), 0, NOW, &f->err),
		    1);
	return e.id;
}

/* The decision remembered under the id; 0 = none. */
static uint64_t found(struct fixture *f, const struct wamids *w, const char *wamid)
{
	struct journal_entry e = { 0 };
	int r = wamids_find(w, f->conn, str_c(wamid), f->arena, &e, &f->err);

	assert_true(r >= 0);
	if (r > 0)
		assert_string_equal(e.wamid.p, wamid);
	return e.id;
}

static uint64_t found_of(struct fixture *f, uint64_t person, const char *wamid)
{
	struct journal_entry e = { 0 };

	assert_true(
	    wamids_find_of_person(f->conn, person, str_c(wamid), f->arena, &e, &f->err) >= 0);
	return e.id;
}

static void test_what_was_noted_is_found(void **state)
{
	struct fixture *f = *state;
	struct wamids *w = fresh(f);
	uint64_t a = sent(f, ALICE, "wamid.A"), b = sent(f, BOB, "wamid.B");

	assert_int_equal(found(f, w, "wamid.A"), 0);
	wamids_note(w, STR("wamid.A"), a);
	wamids_note(w, STR("wamid.A"), a);
	wamids_note(w, STR("wamid.B"), b);
	wamids_note(w, STR_NONE, b);
	assert_int_equal(found(f, w, "wamid.A"), a);
	assert_int_equal(found(f, w, "wamid.B"), b);
	assert_int_equal(found(f, w, "wamid.C"), 0);
	wamids_free(&w);
}

/* The row says whether it is so: of a commit that failed, or of somebody who was erased, it does not. */
static void test_what_is_remembered_is_a_hint(void **state)
{
	struct fixture *f = *state;
	struct wamids *w = fresh(f);
	uint64_t a = sent(f, ALICE, "wamid.A"), never = sent(f, ALICE, NULL);

	wamids_note(w, STR("wamid.A"), a);
	wamids_note(w, STR("wamid.A"), never);
	wamids_note(w, STR("wamid.lost"), never);
	wamids_note(w, STR("wamid.gone"), 17);
	assert_int_equal(found(f, w, "wamid.A"), a);
	assert_int_equal(found(f, w, "wamid.lost"), 0);
	assert_int_equal(found(f, w, "wamid.gone"), 0);
	wamids_free(&w);
}

static void test_the_newest_of_one_id(void **state)
{
	struct fixture *f = *state;
	struct wamids *w = fresh(f);
	uint64_t ids[6];

	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		ids[i] = sent(f, ALICE, "wamid.same");
	for (size_t i = ARRAY_LEN(ids); i > 0; i--)
		wamids_note(w, STR("wamid.same"), ids[i - 1]);
	assert_int_equal(found(f, w, "wamid.same"), ids[5]);
	wamids_free(&w);
}

/* More than there is room for: the newest half is there, and of the oldest hardly anything. */
static void test_the_oldest_make_room(void **state)
{
	struct fixture *f = *state;
	struct wamids *w = fresh(f);
	char name[32];
	int64_t last = 2 * WAMIDS_KEPT, there = 0;

	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)"
	    " INSERT INTO decision (id, at, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf, wamid) SELECT i, i, 1, 1, 1, 0, 1, 11, 0, 1, 'test', i, i, 'w.' || i FROM n",
	    "i", last));
	OK(wamids_load(w, f->conn, &f->err));
	for (int64_t id = 1; id <= last; id += 97) {
		(void)snprintf(name, sizeof(name), "w.%lld", (long long)id);
		uint64_t decision = found(f, w, name);
		assert_true(decision == 0 || decision == (uint64_t)id);
		assert_true(decision == 0 || id > last - WAMIDS_KEPT);
		there += decision != 0;
	}
	assert_true(there > WAMIDS_KEPT / 97 * 3 / 4);
	wamids_free(&w);
}

static void test_found_again_after_a_start(void **state)
{
	struct fixture *f = *state;
	struct wamids *w = fresh(f);
	uint64_t a = sent(f, ALICE, "wamid.A");

	(void)sent(f, BOB, NULL);
	OK(wamids_load(w, f->conn, &f->err));
	assert_int_equal(found(f, w, "wamid.A"), a);
	wamids_free(&w);
}

static void test_among_the_sends_to_a_person(void **state)
{
	struct fixture *f = *state;
	uint64_t a = sent(f, ALICE, "wamid.A"), b = sent(f, BOB, "wamid.B");

	for (int i = 0; i < JOURNAL_SEGMENT; i++)
		(void)sent(f, BOB, NULL);
	for (int noted = 0; noted < 2; noted++) {
		assert_int_equal(found_of(f, ALICE, "wamid.A"), a);
		assert_int_equal(found_of(f, BOB, "wamid.B"), b);
		assert_int_equal(found_of(f, BOB, "wamid.A"), 0);
		assert_int_equal(found_of(f, ALICE, "wamid.C"), 0);
		assert_int_equal(found_of(f, 1, "wamid.A"), 0);
		assert_int_equal(journal_people_note(f->conn, NOW, &f->err), !noted);
	}
}

static int all_of_it(struct fixture *f)
{
	struct wamids *w = NULL;
	struct journal_entry e;
	int r = wamids_new(&w, &f->err);

	if (r == 0)
		r = wamids_load(w, f->conn, &f->err);
	if (r == 0)
		r = wamids_find(w, f->conn, STR("wamid.A"), f->arena, &e, &f->err);
	if (r >= 0)
		r = wamids_find_of_person(f->conn, ALICE, STR("wamid.A"), f->arena, &e, &f->err);
	wamids_free(&w);
	return r < 0 ? r : 0;
}

static void test_memory_runs_out(void **state)
{
	struct fixture *f = *state;

	(void)sent(f, ALICE, "wamid.A");
	fixture_memory_runs_out(f, "message ids", all_of_it);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_was_noted_is_found),
		FIXTURE_TEST(test_what_is_remembered_is_a_hint),
		FIXTURE_TEST(test_the_newest_of_one_id),
		FIXTURE_TEST(test_the_oldest_make_room),
		FIXTURE_TEST(test_found_again_after_a_start),
		FIXTURE_TEST(test_among_the_sends_to_a_person),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
