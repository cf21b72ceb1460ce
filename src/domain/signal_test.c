#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/signal.h"

#define SENT SIGNAL_BIT(SIGNAL_SENT)
#define DELIVERED SIGNAL_BIT(SIGNAL_DELIVERED)

static struct signals *make(struct fixture *f)
{
	struct signals *s = NULL;

	OK(signals_new(&s, &f->err));
	return s;
}

struct told {
	int calls;
	char last[SIGNAL_ID_MAX + 1];
};

static int on_change(void *ctx, enum signal_scope scope, struct str id, struct err *err)
{
	struct told *told = ctx;

	(void)scope;
	(void)err;
	told->calls++;
	return str_to_c(id, told->last, sizeof(told->last));
}

static int refuse(void *ctx, enum signal_scope scope, struct str id, struct err *err)
{
	(void)ctx;
	(void)scope;
	(void)id;
	return err_set(err, E_INVALID, "No.");
}

static int64_t sum_of(struct fixture *f, enum signal_scope scope, const char *id, enum signal what)
{
	struct signal_counts counts;

	OK(signals_sum(f->conn, scope, str_c(id), NOW - DAY, NOW + DAY, &counts, &f->err));
	return counts.n[what];
}

static void test_counts_add_up_over_writes(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };

	assert_false(signals_waiting(s));
	for (int round = 1; round <= 3; round++) {
		for (int i = 0; i < 5; i++)
			OK(signals_count(
			    s, SIGNAL_OF_NUMBER, STR("101"), SENT | DELIVERED, NOW, &f->err));
		OK(signals_count(s, SIGNAL_OF_NUMBER, STR("102"), SENT, NOW, &f->err));
		assert_true(signals_waiting(s));
		OK(signals_write(s, f->conn, on_change, &told, &f->err));
		assert_false(signals_waiting(s));
		assert_int_equal(told.calls, 2 * round);
		assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_SENT), 5 * round);
		assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_DELIVERED), 5 * round);
		assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "102", SIGNAL_SENT), round);
		assert_int_equal(sum_of(f, SIGNAL_OF_APP, "101", SIGNAL_SENT), 0);
	}
	signals_free(&s);
	assert_null(s);
	signals_free(&s);
}

/* Hours that began after `after`, up to the one of `until`. */
static void test_sums_end_at_their_hours(void **state)
{
	static const struct {
		int64_t after, until; /* hours from now */
		int64_t sum;
	} rows[] = {
		{ -3, 0, 1 + 2 + 4 },
		{ -2, 0, 2 + 4 },
		{ -1, 0, 4 },
		{ 0, 0, 0 },
		{ -4, -1, 1 + 2 },
		{ -4, -3, 0 },
		{ -1000, 1000, 1 + 2 + 4 + 8 },
	};
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };
	struct signal_counts counts;

	for (int hour = -2, n = 1; hour <= 1; hour++, n *= 2)
		for (int i = 0; i < n; i++)
			OK(signals_count(
			    s, SIGNAL_OF_APP, STR("crm"), SENT, NOW + hour * HOUR + i, &f->err));
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		OK(signals_sum(f->conn, SIGNAL_OF_APP, STR("crm"), NOW + rows[i].after * HOUR,
		    NOW + rows[i].until * HOUR, &counts, &f->err));
		if (counts.n[SIGNAL_SENT] != rows[i].sum)
			fail_msg("row %zu: %lld", i, (long long)counts.n[SIGNAL_SENT]);
	}
	signals_free(&s);
}

static void test_a_send_counts_in_four_places(void **state)
{
	static const struct signal_send whole = { STR("101"), STR("900800700"), STR("sale/it"),
		STR("crm"), STR("spring") };
	static const struct signal_send bare = { STR("101"), STR(""), STR(""), STR(""), STR("") };
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };

	OK(signals_count_send(s, &whole, SENT, NOW, &f->err));
	OK(signals_count_send(s, &bare, SENT, NOW, &f->err));
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	assert_int_equal(told.calls, 4);
	assert_int_equal(sum_of(f, SIGNAL_OF_CAMPAIGN, "spring", SIGNAL_SENT), 1);
	assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_SENT), 2);
	assert_int_equal(sum_of(f, SIGNAL_OF_TEMPLATE, "900800700/sale/it", SIGNAL_SENT), 1);
	assert_int_equal(sum_of(f, SIGNAL_OF_APP, "crm", SIGNAL_SENT), 1);
	signals_free(&s);
}

static void test_ids_that_none_can_have_count_nowhere(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	char text[SIGNAL_ID_MAX + 2];

	memset(text, 'a', sizeof(text));
	OK(signals_count(s, SIGNAL_OF_NUMBER, STR(""), SENT, NOW, &f->err));
	OK(signals_count(s, SIGNAL_OF_NUMBER, str_n(text, SIGNAL_ID_MAX + 1), SENT, NOW, &f->err));
	OK(signals_count(s, SIGNAL_OF_NUMBER, STR("101"), SENT, -1, &f->err));
	struct signal_send send = { .waba = STR("9"), .tpl = str_n(text, SIGNAL_ID_MAX) };
	OK(signals_count_send(s, &send, SENT, NOW, &f->err));
	assert_false(signals_waiting(s));
	OK(signals_count(s, SIGNAL_OF_NUMBER, str_n(text, SIGNAL_ID_MAX), SENT, NOW, &f->err));
	assert_true(signals_waiting(s));
	signals_free(&s);
}

static void test_codes(void **state)
{
	static const struct {
		int64_t code;
		unsigned bits;
	} rows[] = {
		{ 131026, SIGNAL_BIT(SIGNAL_UNDELIVERABLE) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131049, SIGNAL_BIT(SIGNAL_CAPPED) },
		{ 130472, SIGNAL_BIT(SIGNAL_CAPPED) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131050, SIGNAL_BIT(SIGNAL_OPT_OUT) | SIGNAL_BIT(SIGNAL_FAILED) },
		{ 131000, SIGNAL_BIT(SIGNAL_FAILED) },
		{ 0, SIGNAL_BIT(SIGNAL_FAILED) },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(signals_of_error(rows[i].code), rows[i].bits);
}

/* Nothing is forgotten when a write fails: the same counts come with the next. */
static void test_a_write_that_fails_keeps_its_counts(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };

	OK(signals_count(s, SIGNAL_OF_NUMBER, STR("101"), SENT, NOW, &f->err));
	FAILS(signals_write(s, f->conn, refuse, NULL, &f->err), E_INVALID, "");
	assert_true(signals_waiting(s));
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	fake_fail(f->store, FAKE_STEP, 1, 1, E_STORE);
	FAILS(signals_write(s, f->conn, on_change, &told, &f->err), E_STORE, "");
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	assert_int_equal(told.calls, 1);
	assert_string_equal(told.last, "101");
	assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_SENT), 1);
	signals_free(&s);
}

static void count_sent(struct fixture *f, struct signals *s, int n)
{
	for (int i = 0; i < n; i++)
		OK(signals_count(s, SIGNAL_OF_NUMBER, STR("101"), SENT, NOW, &f->err));
}

/* One change that is refused by the store must not take with it what others counted before. */
static void test_what_is_undone_takes_its_own_back(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };

	count_sent(f, s, 4);
	signals_committed(s);
	count_sent(f, s, 2);
	OK(signals_count(s, SIGNAL_OF_NUMBER, STR("102"), SENT, NOW, &f->err));
	signals_undo(s);
	count_sent(f, s, 1);
	signals_committed(s);
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	signals_committed(s);
	assert_false(signals_waiting(s));
	assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_SENT), 5);
	assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "102", SIGNAL_SENT), 0);
	signals_free(&s);
}

static void test_a_write_that_is_undone_comes_again(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };

	count_sent(f, s, 4);
	signals_committed(s);
	count_sent(f, s, 2);
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	assert_false(signals_waiting(s));
	store_rollback(f->conn);
	OK(store_begin(f->conn, &f->err));
	signals_undo(s);
	assert_true(signals_waiting(s));
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	assert_int_equal(sum_of(f, SIGNAL_OF_NUMBER, "101", SIGNAL_SENT), 4);
	signals_free(&s);
}

static void test_old_hours_go(void **state)
{
	struct fixture *f = *state;
	struct signals *s = make(f);
	struct told told = { 0 };
	int r;

	for (int i = 0; i < 700; i++)
		OK(signals_count(s, SIGNAL_OF_NUMBER, STR("101"), SENT, NOW - i * HOUR, &f->err));
	OK(signals_write(s, f->conn, on_change, &told, &f->err));
	int64_t rows = scratch_int(f->conn, "SELECT count(*) FROM signal_hour");
	assert_int_equal(rows, 700);
	r = signals_purge(f->conn, NOW - 100 * HOUR, &f->err);
	assert_int_equal(r, 1);
	r = signals_purge(f->conn, NOW - 100 * HOUR, &f->err);
	assert_int_equal(r, 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM signal_hour"), 101);
	signals_free(&s);
}

static int new_and_count(void *arg)
{
	struct signals *s = NULL;
	struct err err = { 0 };
	int r = signals_new(&s, &err);

	(void)arg;
	if (r == 0)
		r = signals_count(s, SIGNAL_OF_NUMBER, STR("101"), SENT, NOW, &err);
	signals_free(&s);
	return r;
}

static void test_without_memory(void **state)
{
	(void)state;
	torture("signals_count", new_and_count, NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_counts_add_up_over_writes),
		FIXTURE_TEST(test_sums_end_at_their_hours),
		FIXTURE_TEST(test_a_send_counts_in_four_places),
		FIXTURE_TEST(test_ids_that_none_can_have_count_nowhere),
		FIXTURE_TEST(test_codes),
		FIXTURE_TEST(test_a_write_that_fails_keeps_its_counts),
		FIXTURE_TEST(test_what_is_undone_takes_its_own_back),
		FIXTURE_TEST(test_a_write_that_is_undone_comes_again),
		FIXTURE_TEST(test_old_hours_go),
		FIXTURE_TEST(test_without_memory),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
