#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
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

	assert_int_equal(journal_people_note(f->conn, &f->err), 0);
	finds_all(f, 0);
	fill(f, 1, JOURNAL_SEGMENT - 1);
	assert_int_equal(journal_people_note(f->conn, &f->err), 0); /* not a whole segment yet */
	finds_all(f, JOURNAL_SEGMENT - 1);
	fill(f, JOURNAL_SEGMENT, 2 * JOURNAL_SEGMENT + 10);
	assert_int_equal(journal_people_note(f->conn, &f->err), 1);
	finds_all(f, 2 * JOURNAL_SEGMENT + 10);
	assert_int_equal(journal_people_note(f->conn, &f->err), 1);
	assert_int_equal(journal_people_note(f->conn, &f->err), 0);
	finds_all(f, 2 * JOURNAL_SEGMENT + 10);
}

static void test_several_people(void **state)
{
	static const uint64_t people[] = { 3, 19, 4711 }; /* two of one part */
	struct fixture *f = *state;
	uint64_t *list;
	size_t len, more;

	fill(f, 1, JOURNAL_SEGMENT + 100);
	assert_int_equal(journal_people_note(f->conn, &f->err), 1);
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
	while (journal_people_note(f->conn, &f->err) > 0)
		;
	OK(journal_people_forget(f->conn, person, &f->err));
	OK(journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err));
	assert_int_equal(len, 0);
	finds(f, 18, 2 * JOURNAL_SEGMENT); /* of the same part */
	OK(journal_people_forget(f->conn, person, &f->err));
}

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
		r = journal_people_note(f->conn, &f->err);
	if (r >= 0)
		r = journal_people_find(f->conn, &person, 1, f->arena, &list, &len, &f->err);
	return r < 0 ? r : journal_people_forget(f->conn, person, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "decisions by person", note_and_find);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_before_and_after_noting),
		FIXTURE_TEST(test_several_people),
		FIXTURE_TEST(test_forgetting),
		FIXTURE_TEST(test_memory_runs_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
