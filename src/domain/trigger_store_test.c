#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/fixture.h"
#include "domain/trigger_store.h"

static const struct trigger_values shipped = {
	.name = { "shipped", 7 },
	.app = { "app_1", 5 },
	.number = { "100200300", 9 },
	.definition = { "{\"to\":\"/p\"}", 11 },
	.secret = { "a secret of sixteen", 19 },
};

static void test_added_once(void **state)
{
	struct fixture *f = *state;
	struct trigger_values other = shipped;
	struct trigger_row row;
	bool created = false;

	OK(trigger_add(f->conn, &f->key, &shipped, NOW, &created, &f->err));
	assert_true(created);
	OK(trigger_add(f->conn, &f->key, &shipped, NOW + 1, &created, &f->err));
	assert_false(created);
	other.secret = STR("another of sixteen");
	FAILS(trigger_add(f->conn, &f->key, &other, NOW, &created, &f->err), E_CONFLICT,
	    "secret_file");
	other = shipped;
	other.definition = STR("{}");
	FAILS(trigger_add(f->conn, &f->key, &other, NOW, &created, &f->err), E_CONFLICT, "file");
	assert_int_equal(trigger_get(f->conn, &f->key, STR("shipped"), f->arena, &row, &f->err), 1);
	assert_true(str_eq(row.v.secret, shipped.secret) && str_eq(row.v.app, shipped.app));
	assert_true(str_eq(row.v.definition, shipped.definition));
	assert_true(row.created_at == NOW && row.last_at == TIME_NONE && !row.problem.p);
	assert_int_equal(trigger_get(f->conn, &f->key, STR("other"), f->arena, &row, &f->err), 0);
}

static void test_its_secret_is_sealed(void **state)
{
	struct fixture *f = *state;
	bool created;

	OK(trigger_add(f->conn, &f->key, &shipped, NOW, &created, &f->err));
	assert_int_equal(scratch_int(f->conn,
			     "SELECT count(*) FROM event_trigger WHERE instr(secret, 'sixteen')"),
	    0);
}

static void test_a_list(void **state)
{
	struct fixture *f = *state;
	struct trigger_values v = shipped;
	struct trigger_row *rows;
	bool created;
	size_t len = 0;

	v.secret = STR_NONE;
	for (char c = 'c'; c >= 'a'; c--) {
		v.name = arena_str(f->arena, str_n(&c, 1));
		OK(trigger_add(f->conn, &f->key, &v, NOW, &created, &f->err));
	}
	OK(trigger_list(f->conn, STR_NONE, 2, f->arena, &rows, &len, &f->err));
	assert_int_equal(len, 2);
	assert_true(str_eq_c(rows[0].v.name, "a") && str_eq_c(rows[1].v.name, "b"));
	OK(trigger_list(f->conn, STR("b"), 2, f->arena, &rows, &len, &f->err));
	assert_int_equal(len, 1);
	assert_null(rows[0].v.secret.p);
	assert_int_equal(trigger_remove(f->conn, STR("c"), &f->err), 1);
	assert_int_equal(trigger_remove(f->conn, STR("c"), &f->err), 0);
}

static void test_what_came(void **state)
{
	struct fixture *f = *state;
	struct trigger_tally tally = { 2, 1, 1, 0, STR("It is no use."), STR("/phone") };
	struct trigger_row row;
	bool created;

	OK(trigger_add(f->conn, &f->key, &shipped, NOW, &created, &f->err));
	OK(trigger_count_in(f->conn, shipped.name, &tally, NOW + 5, &f->err));
	tally = (struct trigger_tally){ 1, 0, 0, 0, STR_NONE, STR_NONE };
	OK(trigger_count_in(f->conn, shipped.name, &tally, NOW + 9, &f->err));
	OK(trigger_get(f->conn, &f->key, shipped.name, f->arena, &row, &f->err));
	assert_int_equal(row.queued, 3);
	assert_int_equal(row.repeated, 1);
	assert_int_equal(row.skipped, 1);
	assert_true(row.last_at == NOW + 9 && row.problem_at == NOW + 5);
	assert_true(str_eq_c(row.problem, "It is no use.") && str_eq_c(row.place, "/phone"));
}

static void test_useless_ones_in_a_row(void **state)
{
	/* queued, repeated, skipped, unmet; and what there is then */
	static const struct {
		struct trigger_tally tally;
		int64_t useless, unmet;
	} steps[] = {
		{ { 0, 0, 3, 1, { NULL, 0 }, { NULL, 0 } }, 2, 1 },
		{ { 0, 0, 2, 2, { NULL, 0 }, { NULL, 0 } }, 2, 3 },
		{ { 0, 1, 4, 0, { NULL, 0 }, { NULL, 0 } }, 0, 0 },
		{ { 0, 0, 1, 0, { NULL, 0 }, { NULL, 0 } }, 1, 0 },
		{ { 1, 0, 0, 0, { NULL, 0 }, { NULL, 0 } }, 0, 0 },
	};
	struct fixture *f = *state;
	struct trigger_row row;
	bool created;

	OK(trigger_add(f->conn, &f->key, &shipped, NOW, &created, &f->err));
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		OK(trigger_count_in(f->conn, shipped.name, &steps[i].tally, NOW, &f->err));
		OK(trigger_get(f->conn, &f->key, shipped.name, f->arena, &row, &f->err));
		if (row.useless != steps[i].useless || row.unmet != steps[i].unmet)
			fail_msg("step %zu: %lld, %lld", i, (long long)row.useless,
			    (long long)row.unmet);
	}
}

static void test_set(void **state)
{
	struct fixture *f = *state;
	struct trigger_tally tally = { 0, 0, 2, 1, STR("It is no use."), STR("/phone") };
	struct trigger_values v = shipped;
	struct trigger_row row;
	bool created;

	assert_int_equal(trigger_set(f->conn, &f->key, &v, &f->err), 0);
	OK(trigger_add(f->conn, &f->key, &shipped, NOW, &created, &f->err));
	OK(trigger_count_in(f->conn, shipped.name, &tally, NOW + 5, &f->err));
	v.definition = STR("{\"to\":\"/other\"}");
	v.secret = STR_NONE;
	assert_int_equal(trigger_set(f->conn, &f->key, &v, &f->err), 1);
	OK(trigger_get(f->conn, &f->key, shipped.name, f->arena, &row, &f->err));
	assert_true(str_eq(row.v.definition, v.definition) && !row.v.secret.p);
	assert_true(!row.problem.p && row.useless == 0 && row.unmet == 0);
	assert_true(row.skipped == 2 && row.created_at == NOW);
}

static void test_events(void **state)
{
	struct fixture *f = *state;
	struct str name = STR("shipped"), id = STR("+393331234501");
	uint64_t decision = 0;

	assert_int_equal(trigger_event_get(f->conn, &f->key, name, id, &decision, &f->err), 0);
	OK(trigger_event_add(f->conn, &f->key, name, id, 7, NOW, &f->err));
	assert_int_equal(trigger_event_get(f->conn, &f->key, name, id, &decision, &f->err), 1);
	assert_int_equal(decision, 7);
	assert_int_equal(trigger_event_get(f->conn, &f->key, STR("x"), id, &decision, &f->err), 0);
	assert_int_equal(
	    scratch_int(f->conn, "SELECT count(*) FROM trigger_event WHERE instr(event, '333')"),
	    0);
	OK(trigger_event_add(f->conn, &f->key, name, STR("late"), 8, NOW + 10, &f->err));
	assert_int_equal(trigger_event_purge(f->conn, NOW, &f->err), 0);
	assert_int_equal(trigger_event_purge(f->conn, NOW + 1, &f->err), 0);
	assert_int_equal(trigger_event_get(f->conn, &f->key, name, id, &decision, &f->err), 0);
	assert_int_equal(
	    trigger_event_get(f->conn, &f->key, name, STR("late"), &decision, &f->err), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_added_once),
		FIXTURE_TEST(test_its_secret_is_sealed),
		FIXTURE_TEST(test_a_list),
		FIXTURE_TEST(test_what_came),
		FIXTURE_TEST(test_useless_ones_in_a_row),
		FIXTURE_TEST(test_set),
		FIXTURE_TEST(test_events),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
