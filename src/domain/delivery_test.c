#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "domain/delivery.h"
#include "domain/fixture.h"
#include "domain/inbox.h"

static uint64_t add(struct fixture *f, const char *app, enum delivery_outcome outcome, time_ms ago)
{
	const struct delivery_row row = {
		.id = id_next(&f->ids, NOW - ago),
		.at = NOW - ago,
		.app = str_c(app),
		.events = 2,
		.attempt = 1,
		.status = outcome == DELIVERY_DONE ? 200 : 500,
		.took_ms = 12,
		.outcome = outcome,
		.request = outcome == DELIVERY_RETRY
		    ? STR_NONE
		    : STR("{\"object\":\"x\",\"entry\":[{\"id\":\"1\"},{\"id\":\"2\"}]}"),
		.answer = STR("ok"),
	};

	struct delivery_sealed texts;

	OK(delivery_seal(&f->key, &row, &texts, &f->err));
	OK(delivery_add(f->conn, &row, &texts, &f->err));
	delivery_sealed_done(&texts);
	return row.id;
}

static size_t list(
    struct fixture *f, const struct delivery_filter *x, struct delivery_row **ret, bool *more)
{
	size_t n = 0;

	OK(delivery_list(f->conn, x, f->arena, ret, &n, more, &f->err));
	return n;
}

static void test_what_was_posted_is_found_again(void **state)
{
	struct fixture *f = *state;
	struct delivery_row *l, one;
	bool more;
	uint64_t first = add(f, "app_1", DELIVERY_DONE, 3 * HOUR);

	(void)add(f, "app_2", DELIVERY_RETRY, 2 * HOUR);
	uint64_t last = add(f, "app_1", DELIVERY_GIVEN_UP, HOUR);
	assert_int_equal(list(f, &(struct delivery_filter){ .limit = 10 }, &l, &more), 3);
	assert_true(l[0].id == last && !more && l[0].kept && !l[1].kept && !l[0].request.p);
	assert_int_equal(
	    list(f, &(struct delivery_filter){ .app = STR("app_1"), .limit = 1 }, &l, &more), 1);
	assert_true(l[0].id == last && more);
	assert_int_equal(
	    list(f, &(struct delivery_filter){ .failed = true, .limit = 9 }, &l, &more), 2);
	assert_int_equal(
	    list(f, &(struct delivery_filter){ .before = last, .limit = 9 }, &l, &more), 2);
	assert_int_equal(delivery_get(f->conn, &f->key, first, f->arena, &one, &f->err), 1);
	assert_true(str_starts(one.request, STR("{\"object\"")) && str_eq(one.answer, STR("ok")));
	assert_string_equal(delivery_outcome_name(one.outcome), "delivered");
	assert_int_equal(delivery_get(f->conn, &f->key, 5, f->arena, &one, &f->err), 0);
	assert_int_equal(delivery_newest(f->conn, STR("app_1"), f->arena, &one, &f->err), 1);
	assert_true(one.id == last);
	/* Nothing of it can be read in the store's rows. */
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM delivery WHERE instr(body, 'object') > 0"),
	    0);
}

static void test_what_is_kept_is_sent_again(void **state)
{
	struct fixture *f = *state;
	uint64_t first = add(f, "app_1", DELIVERY_DONE, 3 * HOUR), *ids;
	uint64_t retry = add(f, "app_1", DELIVERY_RETRY, 2 * HOUR);
	struct delivery_events e = { .len = 0 };
	size_t n;

	(void)add(f, "app_1", DELIVERY_GIVEN_UP, HOUR);
	OK(delivery_range(f->conn, STR("app_1"), NOW - 4 * HOUR, NOW - 90 * MINUTE, 10, f->arena,
	    &ids, &n, &f->err));
	assert_true(n == 1 && ids[0] == first);
	assert_int_equal(delivery_open(f->conn, &f->key, retry, f->arena, &e, &f->err), 0);
	assert_int_equal(delivery_open(f->conn, &f->key, 5, f->arena, &e, &f->err), 0);
	assert_int_equal(delivery_open(f->conn, &f->key, first, f->arena, &e, &f->err), 1);
	assert_true(e.len == 2 && str_eq(e.app, STR("app_1")));
	assert_true(str_eq(e.bodies[1], STR("{\"id\":\"2\"}")));
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM forward"), 0);
	OK(delivery_resend(f->conn, &f->key, &f->ids, &e, NOW, &f->err));
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM forward WHERE app = 'app_1'"), 2);
}

static void test_old_ones_go(void **state)
{
	struct fixture *f = *state;

	(void)add(f, "app_1", DELIVERY_DONE, 9 * DAY);
	(void)add(f, "app_1", DELIVERY_DONE, HOUR);
	assert_int_equal(delivery_purge(f->conn, NOW - 8 * DAY, &f->err), 0);
	assert_int_equal(scratch_int(f->conn, "SELECT count(*) FROM delivery"), 1);
	FAILS(delivery_switch(f->conn, STR("app_9"), false, NOW, &f->err), E_NOT_FOUND, "app");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_what_was_posted_is_found_again),
		FIXTURE_TEST(test_what_is_kept_is_sent_again),
		FIXTURE_TEST(test_old_ones_go),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
