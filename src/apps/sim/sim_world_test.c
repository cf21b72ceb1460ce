#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_world.h"

#define NOON INT64_C(1795348800000)

/* --- what comes into being -------------------------------------------------------------------- */

static void test_on_first_use(void **state)
{
	struct sim_world *w = sim_world_new();

	(void)state;
	assert_null(sim_world_find_number(w, STR("100200300")));
	struct sim_number *n = sim_world_number(w, STR("100200300"), NULL);
	assert_non_null(n);
	assert_ptr_equal(sim_world_number(w, STR("100200300"), NULL), n);
	assert_string_equal(n->waba->id, ASSUME_WABA_ID);
	assert_string_equal(n->waba->portfolio->id, ASSUME_PORTFOLIO_ID);
	assert_int_equal(n->throughput, 80);
	struct sim_waba *other = sim_world_waba(w, STR("7"), sim_world_portfolio(w, STR("8")));
	assert_string_equal(other->portfolio->id, "8");
	sim_world_move_number(n, other);
	assert_ptr_equal(n->waba, other);
	assert_int_equal(other->numbers.count, 1);
	sim_world_free(&w);
	assert_null(w);
	sim_world_free(&w);
}

static void test_no_ids(void **state)
{
	static const char *const bad[] = { "", "a b", "a/b", "\xc3\xa9", "..",
		"12345678901234567890123456789012345678901234567890123456789012345" };
	struct sim_world *w = sim_world_new();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		assert_null(sim_world_number(w, str_c(bad[i]), NULL));
		assert_null(sim_world_waba(w, str_c(bad[i]), NULL));
		assert_null(sim_world_portfolio(w, str_c(bad[i])));
	}
	sim_world_free(&w);
}

static void test_digits(void **state)
{
	static const struct {
		const char *to, *country, *digits; /* NULL = no phone */
	} rows[] = {
		{ "+393331234567", "IT", "393331234567" },
		{ "+39 333 123-4567", "IT", "393331234567" },
		{ "393331234567", "IT", "393331234567" },
		{ "3331234", "IT", "393331234" },
		{ "0612345", "IT", "390612345" },
		{ "3331234", "XX", "3331234" },
		{ "+0331234567", "IT", NULL },
		{ "", "IT", NULL },
		{ "+1234567890123456", "IT", NULL },
	};
	char out[SIM_PHONE_MAX];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		bool ok = sim_world_digits(str_c(rows[i].to), rows[i].country, out);
		if (ok != (rows[i].digits != NULL) || (ok && strcmp(out, rows[i].digits) != 0))
			fail_msg(
			    "%s in %s: %s", rows[i].to, rows[i].country, ok ? out : "no phone");
	}
}

static void test_people(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_person *p = sim_world_person(w, STR("393331234567"));
	char bsuid[SIM_BSUID_MAX];

	(void)state;
	sim_person_bsuid(p, STR("5"), bsuid);
	assert_ptr_equal(sim_world_person_by_bsuid(w, str_c(bsuid), STR("5")), p);
	struct sim_person *foreign = sim_world_person_by_bsuid(
	    w, STR("BR.Q7tXk29LmVa4Zc"), STR("5"));
	assert_ptr_not_equal(foreign, p);
	assert_string_equal(foreign->phone, "");
	sim_person_bsuid(foreign, STR("5"), bsuid);
	assert_string_equal(bsuid, "BR.Q7tXk29LmVa4Zc");
	assert_int_equal(sim_world_set_bsuid(w, p, STR("BR.Q7tXk29LmVa4Zc")), -E_CONFLICT);
	assert_int_equal(sim_world_set_bsuid(w, p, STR("IT.Own1")), 0);
	assert_int_equal(sim_world_set_bsuid(w, p, STR("IT.Own1")), 0);
	assert_ptr_equal(sim_world_person_by_bsuid(w, STR("IT.Own1"), STR("5")), p);
	assert_int_equal(sim_world_people(w), 2);
	sim_world_free(&w);
}

/* Pointers stay good while thousands come in. */
static void test_many_people(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("1"), NULL);
	struct sim_person *first = sim_world_person(w, STR("393330000000"));
	struct sim_pair *pair = sim_world_pair(w, n, first);
	char digits[SIM_PHONE_MAX];

	(void)state;
	for (unsigned i = 1; i < 20000; i++) {
		(void)snprintf(digits, sizeof(digits), "39333%07u", i);
		struct sim_person *p = sim_world_person(w, str_c(digits));
		assert_ptr_equal(sim_world_person_at(w, p->index), p);
		assert_non_null(sim_world_pair(w, n, p));
	}
	assert_string_equal(first->phone, "393330000000");
	assert_ptr_equal(sim_world_pair(w, n, first), pair);
	sim_world_free(&w);
}

/* --- what is counted -------------------------------------------------------------------------- */

static void test_window(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("1"), NULL);
	struct sim_pair *pair = sim_world_pair(w, n, sim_world_person(w, STR("393331234567")));

	(void)state;
	assert_false(sim_pair_window_open(pair, NOON));
	pair->last_inbound = NOON;
	assert_true(sim_pair_window_open(pair, NOON));
	assert_true(sim_pair_window_open(pair, NOON + MS_PER_DAY - 1));
	assert_false(sim_pair_window_open(pair, NOON + MS_PER_DAY));
	pair->last_call = NOON + 1000;
	assert_true(sim_pair_window_open(pair, NOON + MS_PER_DAY));
	assert_false(sim_pair_entry_free(pair, NOON));
	pair->entry_free_until = NOON + 10;
	assert_true(sim_pair_entry_free(pair, NOON + 9));
	assert_false(sim_pair_entry_free(pair, NOON + 10));
	sim_world_free(&w);
}

/* Times in ms after noon and whether the message goes. */
static void test_pair_rate(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("1"), NULL);
	struct sim_pair *pair = sim_world_pair(w, n, sim_world_person(w, STR("393331234567")));

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_true(sim_pair_take(pair, NOON + i * FIG_PAIR_MS));
	time_ms later = NOON + MS_PER_DAY;
	for (int i = 0; i < FIG_PAIR_BURST; i++)
		assert_true(sim_pair_take(pair, later + i));
	assert_false(sim_pair_take(pair, later + 100));
	assert_false(sim_pair_take(pair, later + 7000));
	assert_false(sim_pair_take(pair, later + FIG_PAIR_BURST * FIG_PAIR_MS - 1));
	assert_true(sim_pair_take(pair, later + FIG_PAIR_BURST * FIG_PAIR_MS));
	/* One in two and a half seconds borrows three and a half of them each time: the debt of the 75th is the whole burst. */
	later += MS_PER_DAY;
	for (int i = 0; i < 75; i++)
		assert_true(sim_pair_take(pair, later + i * 2500));
	assert_false(sim_pair_take(pair, later + 75 * 2500));
	assert_true(sim_pair_take(pair, later + 75 * FIG_PAIR_MS));
	sim_world_free(&w);
}

static void test_throughput(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("1"), NULL);

	(void)state;
	for (int i = 0; i < 80; i++)
		assert_true(sim_number_take(n, NOON + i, 0));
	assert_false(sim_number_take(n, NOON + 999, 0));
	for (int i = 0; i < 20; i++)
		assert_true(sim_number_take(n, NOON + 999, 25));
	assert_false(sim_number_take(n, NOON + 999, 25));
	assert_true(sim_number_take(n, NOON + 1000, 0));
	sim_world_free(&w);
}

static void test_registering(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_number *n = sim_world_number(w, STR("1"), NULL);

	(void)state;
	for (int i = 0; i < FIG_REGISTER_CALLS; i++)
		assert_true(sim_number_take_register(n, NOON + i));
	assert_false(sim_number_take_register(n, NOON + FIG_REGISTER_SPAN_MS - 1));
	assert_true(sim_number_take_register(n, NOON + FIG_REGISTER_SPAN_MS));
	assert_false(sim_number_take_register(n, NOON + FIG_REGISTER_SPAN_MS));
	sim_world_free(&w);
}

static void test_portfolio_limit(void **state)
{
	struct sim_world *w = sim_world_new();
	struct sim_portfolio *p = sim_world_portfolio(w, STR("5"));

	(void)state;
	p->limit = 3;
	assert_true(sim_portfolio_deliver(p, 1, NOON));
	assert_true(sim_portfolio_deliver(p, 2, NOON + 1000));
	assert_true(sim_portfolio_deliver(p, 1, NOON + 2000)); /* the same person counts once … */
	assert_true(sim_portfolio_deliver(p, 3, NOON + 3000));
	assert_false(sim_portfolio_deliver(p, 4, NOON + 4000));
	assert_true(sim_portfolio_deliver(p, 2, NOON + 5000));
	assert_int_equal(sim_portfolio_count(p, NOON + 5000), 3);
	/* … for a day after the newest delivery: 1 since 2000, 3 since 3000, 2 since 5000. */
	assert_false(sim_portfolio_deliver(p, 4, NOON + MS_PER_DAY + 1999));
	assert_true(sim_portfolio_deliver(p, 4, NOON + MS_PER_DAY + 2000));
	assert_int_equal(sim_portfolio_count(p, NOON + MS_PER_DAY + 3000), 2);
	p->limit = 0;
	for (uint32_t i = 100; i < 1100; i++)
		assert_true(sim_portfolio_deliver(p, i, NOON + 2 * MS_PER_DAY));
	assert_int_equal(sim_portfolio_count(p, NOON + 3 * MS_PER_DAY), 0);
	sim_world_free(&w);
}

/* Memory may run out at any allocation: nothing is half made. */
static void test_without_memory(void **state)
{
	(void)state;
	for (long fail = 0; fail < 60; fail++) {
		check_fail_alloc_after(fail, true);
		struct sim_world *w = sim_world_new();
		if (w) {
			struct sim_number *n = sim_world_number(w, STR("1"), NULL);
			struct sim_person *p = sim_world_person(w, STR("393331234567"));
			if (n && p)
				(void)sim_world_pair(w, n, p);
			if (n)
				(void)sim_portfolio_deliver(n->waba->portfolio, 0, NOON);
		}
		sim_world_free(&w);
		check_fail_alloc_after(-1, false);
	}
}

static void test_set_text(void **state)
{
	char out[6];

	(void)state;
	sim_set_text(out, sizeof(out), STR("abc"));
	assert_string_equal(out, "abc");
	sim_set_text(out, sizeof(out), STR("abcd\xc3\xa9"));
	assert_string_equal(out, "abcd");
	sim_set_text(out, sizeof(out), STR_NONE);
	assert_string_equal(out, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_on_first_use),
		cmocka_unit_test(test_no_ids),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_people),
		cmocka_unit_test(test_many_people),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_pair_rate),
		cmocka_unit_test(test_throughput),
		cmocka_unit_test(test_registering),
		cmocka_unit_test(test_portfolio_limit),
		cmocka_unit_test(test_without_memory),
		cmocka_unit_test(test_set_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
