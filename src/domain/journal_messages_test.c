#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/journal.h"
#include "domain/journal_messages.h"
#include "domain/journal_people.h"

#define SEGMENTS 3
#define ASKED 500

/* Decisions first to last, each with the id wamid.<its own>. */
static void fill(struct fixture *f, int64_t first, int64_t last)
{
	OK(store_do(f->conn, &f->err,
	    "WITH RECURSIVE n (i) AS (SELECT ?1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)"
	    " INSERT INTO decision (id, at, person, purpose, kind, verdict, mode, state, counted, attempts,"
	    " policy, updated_at, leaf, wamid) SELECT i, i, i % 50 + 1, 1, 1, 0, 1, 11, 0, 1, 'test', i, i,"
	    " 'wamid.' || i FROM n",
	    "ii", first, last));
}

static void note(struct fixture *f)
{
	while (journal_people_note(f->conn, NOW, &f->err) > 0)
		;
}

static struct str wamid_of(struct fixture *f, int64_t id)
{
	return arena_printf(f->arena, "wamid.%lld", (long long)id);
}

/* The one decision with that message id; 0 = none. */
static uint64_t found(struct fixture *f, int64_t id)
{
	const struct journal_filter filter = {
		.since = TIME_NONE, .until = TIME_NONE, .wamid = wamid_of(f, id)
	};
	struct journal_entry *list;
	uint64_t next;
	size_t len;

	OK(journal_list(f->conn, &filter, f->arena, &list, &len, &next, &f->err));
	assert_int_equal(next, 0);
	assert_true(len <= 1);
	return len ? list[0].id : 0;
}

static bool may_hold(struct fixture *f, int64_t segment, int64_t id)
{
	int64_t *list;
	size_t len;

	OK(journal_messages_find(f->conn, wamid_of(f, id), f->arena, &list, &len, &f->err));
	for (size_t i = 0; i < len; i++) {
		if (list[i] == segment)
			return true;
	}
	return false;
}

static int64_t bare(struct fixture *f)
{
	return scratch_int(f->conn, "SELECT count(*) FROM people_bare");
}

static void test_by_message_id(void **state)
{
	static const int64_t ids[] = { 1, 4096, 4097, 8000, 12288, 12290 };
	struct fixture *f = *state;

	fill(f, 1, SEGMENTS * JOURNAL_SEGMENT + 10);
	note(f);
	assert_int_equal(bare(f), 0);
	for (size_t i = 0; i < ARRAY_LEN(ids); i++)
		assert_int_equal(found(f, ids[i]), ids[i]);
	assert_int_equal(found(f, 99999), 0);
}

/* Each is in its own; of a thousand others one may seem to be. */
static void test_a_filter_lacks_nothing_and_little_else(void **state)
{
	struct fixture *f = *state;
	int others = 0;

	fill(f, 1, JOURNAL_SEGMENT);
	note(f);
	for (int64_t id = 1; id <= JOURNAL_SEGMENT; id += 16)
		assert_true(may_hold(f, 1, id));
	for (int64_t id = 0; id < ASKED; id++)
		others += may_hold(f, 1, 1000000 + id);
	assert_true(others < ASKED / 50);
}

/* As long as one may get an id, any may be there. */
static void test_what_is_open_keeps_it_bare(void **state)
{
	struct fixture *f = *state;

	fill(f, 1, 2 * JOURNAL_SEGMENT);
	scratch_exec(f->conn, "UPDATE decision SET state = 9, wamid = NULL WHERE id = 5");
	scratch_exec(f->conn, "UPDATE decision SET state = 1, wamid = NULL WHERE id = 5000");
	note(f);
	assert_int_equal(bare(f), 2);
	assert_int_equal(journal_messages_note(f->conn, &f->err), 0);
	assert_int_equal(
	    journal_settle_sending(f->conn, 5, SEND_ACCEPTED, STR("wamid.5"), 0, NOW, &f->err), 1);
	assert_int_equal(found(f, 5), 5);
	assert_int_equal(journal_messages_note(f->conn, &f->err), 1);
	assert_int_equal(bare(f), 1);
	assert_int_equal(found(f, 5), 5);
	assert_false(may_hold(f, 1, 99999));
	assert_true(may_hold(f, 2, 99999));
	scratch_exec(f->conn, "UPDATE decision SET state = 18 WHERE id = 5000");
	assert_int_equal(journal_messages_note(f->conn, &f->err), 1);
	assert_int_equal(journal_messages_note(f->conn, &f->err), 0);
	assert_int_equal(bare(f), 0);
}

/* What was given up as unresolved, and is settled by a webhook after all. */
static void test_an_id_that_comes_late(void **state)
{
	struct fixture *f = *state;
	struct journal_entry e;

	fill(f, 1, 2 * JOURNAL_SEGMENT);
	scratch_exec(f->conn, "UPDATE decision SET state = 16, wamid = NULL WHERE id IN (7, 5000)");
	note(f);
	assert_int_equal(bare(f), 0);
	assert_int_equal(found(f, 5000), 0);
	assert_int_equal(journal_get(f->conn, 5000, f->arena, &e, &f->err), 1);
	OK(journal_move(f->conn, &e, SEND_DELIVERED, wamid_of(f, 5000), 0, NOW, &f->err));
	assert_int_equal(bare(f), 1);
	assert_int_equal(found(f, 5000), 5000);
	assert_int_equal(journal_messages_note(f->conn, &f->err), 1);
	assert_true(may_hold(f, 2, 5000));
	assert_int_equal(journal_get(f->conn, 7, f->arena, &e, &f->err), 1);
	OK(journal_move(f->conn, &e, SEND_SENT, wamid_of(f, 7), 0, NOW, &f->err));
	assert_int_equal(found(f, 7), 7);
}

/* Nothing of them stays: the next filter is made of what is left. */
static void test_forgetting_somebody(void **state)
{
	struct fixture *f = *state;

	fill(f, 1, JOURNAL_SEGMENT);
	note(f);
	scratch_exec(f->conn, "UPDATE decision SET person = NULL, wamid = NULL WHERE person = 3");
	assert_true(may_hold(f, 1, 52));
	OK(journal_people_forget(f->conn, 3, &f->err));
	assert_int_equal(bare(f), 1);
	assert_int_equal(journal_messages_note(f->conn, &f->err), 1);
	assert_false(may_hold(f, 1, 52));
	assert_true(may_hold(f, 1, 53));
}

/* --- when memory runs out --------------------------------------------------------------------- */

static int note_and_find(struct fixture *f)
{
	int64_t *list;
	size_t len;
	int r = store_do(f->conn, &f->err,
	    "INSERT INTO people_segment (segment, last, bears) VALUES (1, 4096, NULL)", "");

	if (r == 0)
		r = store_do(f->conn, &f->err, "INSERT INTO people_bare (segment) VALUES (1)", "");
	if (r == 0)
		r = journal_messages_note(f->conn, &f->err);
	if (r >= 0)
		r = journal_messages_changed(f->conn, 5, &f->err);
	return r < 0
	    ? r
	    : journal_messages_find(f->conn, STR("wamid.5"), f->arena, &list, &len, &f->err);
}

static void test_every_statement_may_fail(void **state)
{
	fixture_store_fails(*state, note_and_find);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_by_message_id),
		FIXTURE_TEST(test_a_filter_lacks_nothing_and_little_else),
		FIXTURE_TEST(test_what_is_open_keeps_it_bare),
		FIXTURE_TEST(test_an_id_that_comes_late),
		FIXTURE_TEST(test_forgetting_somebody),
		FIXTURE_TEST(test_every_statement_may_fail),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
