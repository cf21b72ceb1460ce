#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>

#include "domain/fixture.h"
#include "domain/register_review.h"

static struct register_act act_at(struct fixture *f, time_ms now)
{
	return (struct register_act){ .c = f->conn,
		.ledger = &f->ledger,
		.key = &f->key,
		.ids = &f->ids,
		.arena = f->arena,
		.by = STR("varco"),
		.now = now };
}

static int add(struct fixture *f, const char *name, time_ms review_by, char id[ID_TEXT_MAX])
{
	struct register_act act = act_at(f, NOW);
	struct integration_values v = { .name = str_c(name),
		.owner = STR("Anna"),
		.purpose = STR("B"),
		.keyless = true,
		.review_by = review_by,
		.review_given = review_by != TIME_NONE };
	char key[APP_KEY_MAX];

	return register_add(&act, &v, id, key, &f->err);
}

static int look(struct fixture *f, time_ms now)
{
	struct register_act act = act_at(f, now);

	return register_remind(&act, &pack_limits(f->pack)->registers, &f->err);
}

/* How many alarms of that kind there are. */
static int64_t alarms(struct fixture *f, const char *kind)
{
	int64_t n = -1;

	OK(store_ask_int(
	    f->conn, &n, &f->err, "SELECT count(*) FROM alarm WHERE kind = ?1", "t", str_c(kind)));
	return n;
}

#define CHECK(due, overdue) \
	do { \
		assert_int_equal(alarms(f, "integration.review_due"), due); \
		assert_int_equal(alarms(f, "integration.review_overdue"), overdue); \
	} while (0)

/* The built-in pack reminds 30 and 7 days before; the day itself is still good. */
static void test_each_reminder_once(void **state)
{
	struct fixture *f = *state;
	time_ms day = NOW - NOW % DAY + 100 * DAY;
	char id[ID_TEXT_MAX];

	OK(add(f, "a", day, id));
	OK(add(f, "b", TIME_NONE, id));
	OK(look(f, day - 30 * DAY - 1));
	CHECK(0, 0);
	OK(look(f, day - 30 * DAY));
	OK(look(f, day - 29 * DAY));
	CHECK(1, 0);
	OK(look(f, day - 7 * DAY));
	OK(look(f, day - 6 * DAY));
	CHECK(2, 0);
	OK(look(f, day + DAY - 1));
	CHECK(2, 0);
	OK(look(f, day + DAY));
	OK(look(f, day + 30 * DAY));
	CHECK(2, 1);
}

/* Whoever comes late hears the gravest only. */
static void test_late(void **state)
{
	struct fixture *f = *state;
	char id[ID_TEXT_MAX];

	OK(add(f, "a", NOW - 10 * DAY, id));
	OK(add(f, "b", NOW + 3 * DAY, id));
	OK(look(f, NOW));
	CHECK(1, 1);
}

static void test_reviewed(void **state)
{
	struct fixture *f = *state;
	struct register_act act = act_at(f, NOW);
	struct register_review review = { .by = STR("Marta"), .until = NOW + 100 * DAY };
	char id[ID_TEXT_MAX];

	OK(add(f, "a", NOW - 10 * DAY, id));
	OK(look(f, NOW));
	OK(register_review(&act, str_c(id), &review, &f->err));
	assert_int_equal(alarms(f, "integration.reviewed"), 1);
	OK(look(f, NOW + DAY));
	CHECK(0, 1);
	OK(look(f, NOW + 99 * DAY));
	CHECK(1, 1);
	review.until = NOW + 200 * DAY;
	act.now = NOW + 99 * DAY;
	OK(register_review(&act, str_c(id), &review, &f->err));
	assert_int_equal(alarms(f, "integration.reviewed"), 2);
	OK(register_review(&act, str_c(id), &review, &f->err));
	assert_int_equal(alarms(f, "integration.reviewed"), 2);
}

static void test_what_is_gone_is_left_alone(void **state)
{
	struct fixture *f = *state;
	struct register_act act = act_at(f, NOW);
	char id[ID_TEXT_MAX];

	OK(add(f, "a", NOW - 10 * DAY, id));
	OK(register_revoke(&act, str_c(id), &f->err));
	OK(look(f, NOW));
	CHECK(0, 0);
}

static void test_many(void **state)
{
	struct fixture *f = *state;
	char id[ID_TEXT_MAX], name[16];

	for (int i = 0; i < 60; i++) {
		(void)snprintf(name, sizeof(name), "a%d", i);
		OK(add(f, name, NOW - 10 * DAY, id));
	}
	assert_int_equal(look(f, NOW), 1);
	assert_int_equal(look(f, NOW), 0);
	CHECK(0, 60);
}

static void test_an_exception_ends(void **state)
{
	struct fixture *f = *state;
	struct register_act act = act_at(f, NOW);
	struct integration_values v = { .verdict = STR("unofficial"), .state = STR("accepted") };
	struct integration_entry e;
	char id[ID_TEXT_MAX];

	OK(add(f, "a", TIME_NONE, id));
	v.details.v[REGISTER_APPROVED_BY] = STR("Marta");
	v.details.v[REGISTER_REASON] = STR("r");
	v.details.v[REGISTER_EXCEPTION_UNTIL] = STR("2026-12-31");
	OK(register_set(&act, str_c(id), &v, &f->err));
	OK(look(f, NOW + 30 * DAY));
	assert_int_equal(integration_get(f->conn, str_c(id), f->arena, &e, &f->err), 1);
	assert_int_equal(e.state, REGISTER_ACCEPTED);
	OK(look(f, NOW + 45 * DAY));
	assert_int_equal(integration_get(f->conn, str_c(id), f->arena, &e, &f->err), 1);
	assert_int_equal(e.state, REGISTER_OPEN);
	assert_int_equal(alarms(f, "integration.exception_ended"), 1);
	OK(look(f, NOW + 46 * DAY));
	assert_int_equal(alarms(f, "integration.exception_ended"), 1);
}

static int work(struct fixture *f)
{
	char id[ID_TEXT_MAX];
	int r = add(f, "a", NOW - 10 * DAY, id);

	return r < 0 ? r : look(f, NOW);
}

static void test_memory_runs_out(void **state)
{
	fixture_memory_runs_out(*state, "review dates", work);
}

static void test_the_store_fails(void **state)
{
	fixture_store_fails(*state, work);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_each_reminder_once),
		FIXTURE_TEST(test_late),
		FIXTURE_TEST(test_reviewed),
		FIXTURE_TEST(test_what_is_gone_is_left_alone),
		FIXTURE_TEST(test_many),
		FIXTURE_TEST(test_an_exception_ends),
		FIXTURE_TEST(test_memory_runs_out),
		FIXTURE_TEST(test_the_store_fails),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
