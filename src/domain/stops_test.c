#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "domain/consent.h"
#include "domain/fixture.h"
#include "domain/person.h"
#include "domain/stops.h"

#define CODE 131050
#define MOST 5
#define MARKETING PURPOSE_BIT(PURPOSE_MARKETING)
#define UTILITY PURPOSE_BIT(PURPOSE_UTILITY)

static uint64_t somebody(struct fixture *f, unsigned n)
{
	struct phone phone = { .number = 447700900000 + n };
	struct person p;

	OK(person_get(f->conn, phone, STR_NONE, STR_NONE, &f->ids, NOW, f->arena, &p, &f->err));
	return p.id;
}

static enum stop_state come(
    struct fixture *f, int64_t code, uint64_t person, time_ms at, bool burst)
{
	struct stop s = { .id = id_next(&f->ids, at), .person = person, .at = at, .code = code };
	enum stop_state state;
	bool first;

	OK(stop_note(f->conn, &s, MOST, &state, &first, &f->err));
	assert_int_equal(first, burst);
	return state;
}

static bool is_stopped(struct fixture *f, unsigned n)
{
	struct phone phone = { .number = 447700900000 + n };
	struct person p;

	assert_int_equal(person_find(f->conn, phone, STR_NONE, f->arena, &p, &f->err), 1);
	return p.flags & PERSON_META_STOP;
}

static size_t acts_of(struct fixture *f, unsigned n)
{
	const struct facts_consent *acts;
	size_t len;

	OK(consent_list(f->conn, somebody(f, n), f->arena, &acts, &len, &f->err));
	return len;
}

static void settle(
    struct fixture *f, unsigned n, enum stop_state to, unsigned purposes, time_ms now)
{
	const struct stop_word said = { .to = to, .purposes = purposes, .until = INT64_MAX };

	OK(stop_settle(f->conn, somebody(f, n), &said, now, &f->err));
}

static void settle_words(
    struct fixture *f, uint64_t person, enum stop_state to, unsigned purposes, time_ms until)
{
	const struct stop_word said = { .to = to, .purposes = purposes, .until = until };

	OK(stop_settle_words(f->conn, person, &said, NOW + HOUR, &f->err));
}

/* Four are applied, the fifth and later ones of the hour are held. */
static void burst(struct fixture *f)
{
	for (unsigned i = 1; i < MOST; i++)
		assert_int_equal(come(f, CODE, somebody(f, i), NOW + i, false), STOP_APPLIED);
	assert_int_equal(come(f, CODE, somebody(f, 5), NOW + 5, true), STOP_HELD);
	assert_int_equal(come(f, CODE, somebody(f, 6), NOW + 6, false), STOP_HELD);
}

static void test_a_burst_is_held(void **state)
{
	struct fixture *f = *state;

	burst(f);
	for (unsigned i = 1; i <= 6; i++)
		assert_true(is_stopped(f, i));
	/* Another code is another matter, and an hour later all is as before. */
	assert_int_equal(come(f, 131031, somebody(f, 7), NOW + 7, false), STOP_APPLIED);
	assert_int_equal(come(f, CODE, somebody(f, 8), NOW + HOUR + 7, false), STOP_APPLIED);
}

static void test_a_repeat_is_no_other(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 1; i < 3 * MOST; i++)
		assert_int_equal(come(f, CODE, somebody(f, 1), NOW + i, false), STOP_APPLIED);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM stop_by_code"), 1);
}

static void test_released(void **state)
{
	struct fixture *f = *state;

	/* Of the held ones, one had been stopped before. */
	OK(person_set_flag(f->conn, somebody(f, 6), PERSON_META_STOP, true, &f->err));
	burst(f);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, 131031, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 0);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 2);
	assert_false(is_stopped(f, 5));
	assert_true(is_stopped(f, 6));
	assert_true(is_stopped(f, 1));
	assert_int_equal(acts_of(f, 5), 0);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 0);
	/* The next one of that person counts anew. */
	assert_int_equal(come(f, CODE, somebody(f, 5), NOW + 10, true), STOP_HELD);
}

static void test_confirmed(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *acts;
	size_t n;

	burst(f);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_CONFIRMED, MARKETING, NOW + 9, &f->err), 2);
	assert_true(is_stopped(f, 5) && is_stopped(f, 6));
	OK(consent_list_full(f->conn, somebody(f, 5), f->arena, &acts, &n, &f->err));
	assert_int_equal(n, 1);
	assert_int_equal(acts[0].act, CONSENT_WITHDRAW);
	assert_int_equal(acts[0].purpose, PURPOSE_MARKETING);
	assert_int_equal(acts[0].at, NOW + 5);
	assert_true(str_eq(acts[0].source, STR("meta:131050")));
}

/* What the person chose since is not undone by a release. */
static void test_they_spoke_for_themselves(void **state)
{
	struct fixture *f = *state;

	burst(f);
	settle(f, 5, STOP_CONFIRMED, STOP_EVERY_PURPOSE, NOW + 8);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 1);
	assert_true(is_stopped(f, 5));
	assert_false(is_stopped(f, 6));
}

static void test_lists(void **state)
{
	struct fixture *f = *state;
	struct stop_filter all = { .limit = 10 }, held = { .limit = 1, .state = STOP_HELD },
			   other = { .limit = 10, .code = 1 };
	struct stop *items;
	size_t n;
	bool more;

	burst(f);
	OK(stop_list(f->conn, &all, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 6 && !more);
	assert_int_equal(items[0].at, NOW + 6);
	assert_int_equal(items[0].ended_at, TIME_NONE);
	OK(stop_list(f->conn, &held, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && more);
	held.before = items[0].id;
	OK(stop_list(f->conn, &held, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && !more);
	OK(stop_list(f->conn, &other, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, 0);
}

static void test_lists_of_some_numbers(void **state)
{
	struct fixture *f = *state;
	const struct str numbers[] = { STR("100200300"), STR("100200302") };
	static const char *const froms[] = { "100200300", "100200301", "00200300", NULL };
	struct stop_filter filter = { .limit = 10, .numbers = numbers, .numbers_len = 2 };
	struct stop *items;
	size_t n;
	bool more, is_burst;
	enum stop_state is;

	for (size_t i = 0; i < ARRAY_LEN(froms); i++) {
		const struct stop s = { .id = 500 + i,
			.person = 500 + i,
			.at = NOW,
			.code = CODE,
			.number = froms[i] ? str_c(froms[i]) : STR_NONE };
		OK(stop_note(f->conn, &s, 100, &is, &is_burst, &f->err));
	}
	OK(stop_list(f->conn, &filter, f->arena, &items, &n, &more, &f->err));
	assert_true(n == 1 && !more && items[0].id == 500);
	assert_true(str_eq_c(items[0].number, "100200300"));
	filter.numbers_len = 0;
	OK(stop_list(f->conn, &filter, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, 0);
	filter.numbers = NULL;
	OK(stop_list(f->conn, &filter, f->arena, &items, &n, &more, &f->err));
	assert_int_equal(n, 4);
}

static void test_held_ones_stay(void **state)
{
	struct fixture *f = *state;

	burst(f);
	assert_int_equal(stop_purge(f->conn, NOW + 400 * DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM stop_by_code"), 2);
}

/* --- words ------------------------------------------------------------------------------------ */

#define SENTENCE "Non voglio più ricevere i vostri messaggi"
#define BOTH (MARKETING | PURPOSE_BIT(PURPOSE_UTILITY))

static int write_to(struct fixture *f, uint64_t person, time_ms at, const char *number, bool first)
{
	const struct stop s = {
		.id = id_next(&f->ids, at),
		.person = person,
		.at = at,
		.purposes = BOTH,
		.number = str_c(number),
		.source = STR("message:wamid.1"),
		.words = STR(SENTENCE),
	};
	bool is_first = false;
	int r = stop_doubt(f->conn, &s, &is_first, &f->err);

	assert_int_equal(is_first, first);
	return r;
}

static bool is_doubted(struct fixture *f, unsigned n)
{
	struct phone phone = { .number = 447700900000 + n };
	struct person p;

	assert_int_equal(person_find(f->conn, phone, STR_NONE, f->arena, &p, &f->err), 1);
	return p.flags & PERSON_STOP_DOUBT;
}

static struct stop *newest(struct fixture *f)
{
	struct stop_filter held = { .limit = 10 };
	struct stop *items;
	size_t n;
	bool more;

	OK(stop_list(f->conn, &held, f->arena, &items, &n, &more, &f->err));
	assert_true(n > 0);
	return &items[0];
}

static void test_words_are_held(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(write_to(f, somebody(f, 1), NOW, "100200300", true), 1);
	/* The same person again; another one; another one later, and at another number. */
	assert_int_equal(write_to(f, somebody(f, 1), NOW + 1, "100200300", false), 0);
	assert_int_equal(write_to(f, somebody(f, 2), NOW + 2, "100200300", false), 1);
	assert_int_equal(write_to(f, somebody(f, 3), NOW + 3, "100200301", true), 1);
	assert_int_equal(write_to(f, somebody(f, 4), NOW + 2 * HOUR, "100200300", true), 1);
	assert_true(is_doubted(f, 1) && !is_stopped(f, 1));
	assert_int_equal(acts_of(f, 1), 0);
	struct stop *s = newest(f);
	assert_int_equal(s->state, STOP_HELD);
	assert_int_equal(s->phone.number, 447700900004);
	assert_true(str_eq(s->words, STR(SENTENCE)));
	assert_true(str_eq(s->number, STR("100200300")));
	/* Nobody can read them who has the rows alone. */
	assert_int_equal(
	    scratch_int(
		f->conn, "SELECT count(*) FROM stop_by_code WHERE instr(words, 'messaggi') > 0"),
	    0);
}

static void test_words_confirmed(void **state)
{
	struct fixture *f = *state;
	struct consent_entry *acts;
	size_t n;

	(void)write_to(f, somebody(f, 1), NOW, "100200300", true);
	uint64_t id = newest(f)->id;
	assert_int_equal(
	    stop_end_one(f->conn, &f->ledger, id + 1, STOP_CONFIRMED, MARKETING, NOW + 9, &f->err),
	    0);
	assert_int_equal(
	    stop_end_one(f->conn, &f->ledger, id, STOP_CONFIRMED, MARKETING, NOW + 9, &f->err), 1);
	assert_int_equal(
	    stop_end_one(f->conn, &f->ledger, id, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 0);
	assert_false(is_doubted(f, 1));
	OK(consent_list_full(f->conn, somebody(f, 1), f->arena, &acts, &n, &f->err));
	assert_int_equal(n, 2);
	assert_true(str_eq(acts[0].source, STR("message:wamid.1")));
	assert_true(acts[0].act == CONSENT_WITHDRAW && acts[0].at == NOW);
}

static void test_words_released(void **state)
{
	struct fixture *f = *state;

	(void)write_to(f, somebody(f, 1), NOW, "100200300", true);
	assert_int_equal(stop_end_one(f->conn, &f->ledger, newest(f)->id, STOP_RELEASED, MARKETING,
			     NOW + 9, &f->err),
	    1);
	assert_false(is_doubted(f, 1));
	assert_int_equal(acts_of(f, 1), 0);
	/* The next ones of theirs are looked at again. */
	assert_int_equal(write_to(f, somebody(f, 1), NOW + 2 * HOUR, "100200300", true), 1);
}

/* A burst of a code is not settled by words, nor are words by the end of a burst. */
static void test_words_and_codes_are_apart(void **state)
{
	struct fixture *f = *state;

	burst(f);
	(void)write_to(f, somebody(f, 6), NOW + 7, "100200300", true);
	settle_words(f, somebody(f, 6), STOP_CONFIRMED, STOP_EVERY_PURPOSE, INT64_MAX);
	assert_false(is_doubted(f, 6));
	(void)write_to(f, somebody(f, 5), NOW + 8, "100200300", false);
	assert_int_equal(
	    stop_end(f->conn, &f->ledger, CODE, STOP_RELEASED, MARKETING, NOW + 9, &f->err), 2);
	assert_true(is_doubted(f, 5) && !is_stopped(f, 5));
	settle(f, 5, STOP_CONFIRMED, STOP_EVERY_PURPOSE, NOW + 10);
	assert_false(is_doubted(f, 5));
}

/* An agreement that is older than the words says nothing of them. */
static void test_words_are_settled_by_what_came_later(void **state)
{
	struct fixture *f = *state;
	uint64_t who = somebody(f, 7);

	(void)write_to(f, who, NOW, "100200300", true);
	settle_words(f, who, STOP_RELEASED, STOP_EVERY_PURPOSE, NOW - 1);
	assert_true(is_doubted(f, 7));
	settle_words(f, who, STOP_RELEASED, STOP_EVERY_PURPOSE, NOW);
	assert_false(is_doubted(f, 7));
}

/* Who wants no promotions said nothing of notices: those stay in doubt, and hold no marketing. */
static void test_words_of_one_purpose_settle_that_one(void **state)
{
	struct fixture *f = *state;
	uint64_t who = somebody(f, 7);

	(void)write_to(f, who, NOW, "100200300", true);
	settle_words(f, who, STOP_CONFIRMED, MARKETING, INT64_MAX);
	assert_false(is_doubted(f, 7));
	assert_int_equal(newest(f)->state, STOP_HELD);
	assert_int_equal(newest(f)->purposes, UTILITY);
	/* What the person writes next is about marketing as well: looked at by itself. */
	assert_int_equal(write_to(f, who, NOW + 2, "100200300", false), 1);
	assert_true(is_doubted(f, 7));
	settle_words(f, who, STOP_CONFIRMED, UTILITY, NOW + 1);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM stop_by_code WHERE state = 4"), 1);
	assert_true(is_doubted(f, 7));
	settle(f, 7, STOP_CONFIRMED, MARKETING | UTILITY, NOW + 3);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM stop_by_code WHERE state = 4"), 2);
	assert_false(is_doubted(f, 7));
}

static uint64_t learn(struct fixture *f, unsigned n, struct str bsuid)
{
	const struct person_lesson lesson = { &f->ledger, &f->ids, STR("500"), NOW, NOW };
	const struct person_keys keys = { { .number = 447700900000 + n }, bsuid, STR_NONE };
	struct person p;

	OK(person_learn(f->conn, &lesson, &keys, f->arena, &p, &f->err));
	return p.id;
}

/* Whoever settles doubts sees the one whose number it is now as well, and not the words of the other. */
static void test_a_doubt_goes_along_with_a_number(void **state)
{
	struct fixture *f = *state;
	uint64_t before = learn(f, 8, STR("GB.Before"));

	(void)write_to(f, before, NOW, "100200300", true);
	uint64_t now = learn(f, 8, STR("GB.Now"));
	assert_int_not_equal(now, before);
	assert_true(is_doubted(f, 8));
	const struct stop *copy = newest(f);
	assert_int_equal(copy->person, now);
	assert_int_equal(copy->words.len, 0);
	settle_words(f, now, STOP_RELEASED, STOP_EVERY_PURPOSE, NOW);
	assert_false(is_doubted(f, 8));
}

/* Two that were one: the mark stays until both were looked at. */
static void test_words_of_merged_people(void **state)
{
	struct fixture *f = *state;

	(void)write_to(f, somebody(f, 1), NOW, "100200300", true);
	uint64_t first = newest(f)->id;
	(void)write_to(f, somebody(f, 2), NOW + 1, "100200300", false);
	uint64_t second = newest(f)->id;
	OK(store_do(
	    f->conn, &f->err, "UPDATE stop_by_code SET person = ?1", "i", (int64_t)somebody(f, 1)));
	assert_int_equal(
	    stop_end_one(f->conn, &f->ledger, first, STOP_RELEASED, 0, NOW + 9, &f->err), 1);
	assert_true(is_doubted(f, 1));
	assert_true(str_eq(newest(f)->words, STR(SENTENCE)));
	assert_int_equal(
	    stop_end_one(f->conn, &f->ledger, second, STOP_RELEASED, 0, NOW + 9, &f->err), 1);
	assert_false(is_doubted(f, 1));
}

/* Only so much is kept, and no half characters. */
static void test_long_words(void **state)
{
	struct fixture *f = *state;
	char text[STOP_WORDS_MAX + 10];
	bool first;

	memset(text, 'a', sizeof(text));
	memcpy(text + STOP_WORDS_MAX - 1, "è", 2);
	const struct stop s = { .id = id_next(&f->ids, NOW),
		.person = somebody(f, 1),
		.at = NOW,
		.purposes = BOTH,
		.number = STR("1"),
		.source = STR("message:1"),
		.words = str_n(text, sizeof(text)) };
	assert_int_equal(stop_doubt(f->conn, &s, &first, &f->err), 1);
	assert_int_equal(newest(f)->words.len, STOP_WORDS_MAX - 1);
}

/* --- faults ----------------------------------------------------------------------------------- */

static int come_and_end(struct fixture *f, uint64_t person, enum stop_state to)
{
	struct stop s = { .id = id_next(&f->ids, NOW), .person = person, .at = NOW, .code = CODE };
	enum stop_state state;
	bool first;
	int r = stop_note(f->conn, &s, 1, &state, &first, &f->err);

	return r < 0 ? r : stop_end(f->conn, &f->ledger, CODE, to, MARKETING, NOW, &f->err);
}

static int work(struct fixture *f)
{
	const struct stop_word said = { STOP_RELEASED, STOP_EVERY_PURPOSE, INT64_MAX };
	struct stop_filter all = { .limit = 10 };
	struct phone phone = { .number = 447700900001 };
	struct person p;
	struct stop *items;
	size_t n;
	bool more;
	int r = person_get(f->conn, phone, STR_NONE, STR_NONE, &f->ids, NOW, f->arena, &p, &f->err);

	const struct stop doubt = { .id = 77,
		.person = p.id,
		.at = NOW,
		.purposes = BOTH,
		.number = STR("1"),
		.source = STR("message:1"),
		.words = STR(SENTENCE) };
	if (r == 0)
		r = come_and_end(f, p.id, STOP_RELEASED);
	if (r >= 0)
		r = come_and_end(f, p.id, STOP_CONFIRMED);
	if (r >= 0)
		r = stop_settle(f->conn, p.id, &said, NOW, &f->err);
	if (r == 0)
		r = stop_doubt(f->conn, &doubt, &more, &f->err);
	if (r >= 0)
		r = stop_end_one(f->conn, &f->ledger, doubt.id, STOP_CONFIRMED, BOTH, NOW, &f->err);
	if (r >= 0)
		r = stop_list(f->conn, &all, f->arena, &items, &n, &more, &f->err);
	return r < 0 ? r : stop_purge(f->conn, NOW, &f->err);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "stops", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_a_burst_is_held),
		FIXTURE_TEST(test_a_repeat_is_no_other),
		FIXTURE_TEST(test_released),
		FIXTURE_TEST(test_confirmed),
		FIXTURE_TEST(test_they_spoke_for_themselves),
		FIXTURE_TEST(test_lists),
		FIXTURE_TEST(test_lists_of_some_numbers),
		FIXTURE_TEST(test_held_ones_stay),
		FIXTURE_TEST(test_words_are_held),
		FIXTURE_TEST(test_words_confirmed),
		FIXTURE_TEST(test_words_released),
		FIXTURE_TEST(test_words_and_codes_are_apart),
		FIXTURE_TEST(test_words_are_settled_by_what_came_later),
		FIXTURE_TEST(test_words_of_one_purpose_settle_that_one),
		FIXTURE_TEST(test_a_doubt_goes_along_with_a_number),
		FIXTURE_TEST(test_words_of_merged_people),
		FIXTURE_TEST(test_long_words),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
