#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/breaker.h"
#include "domain/fixture.h"

static const struct signal_counts nothing;

static const struct breaker_finding *find(
    const struct breaker_finding *found, size_t n, const char *signal)
{
	for (size_t i = 0; i < n; i++) {
		if (str_eq_c(found[i].signal, signal))
			return &found[i];
	}
	return NULL;
}

/* Series with known answers: the figures beside each are Wilson's lower bounds. */
static void test_shares(void **state)
{
	static const struct {
		const char *signal;
		enum signal part, of;
		int64_t n, all;
		enum breaker_level level;
	} rows[] = {
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 0, 100000, BREAKER_OK },
		/* too few to say anything */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 50, 99, BREAKER_OK },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 50, 100, BREAKER_PAUSE },
		/* 0.0018, 0.0055, 0.0102, 0.0194, 0.0202 */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 1, 100, BREAKER_OK },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2, 100, BREAKER_WARN },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 3, 100, BREAKER_WARN },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 5, 100, BREAKER_PAUSE },
		/* one in two hundred of very many, just below and just above the half per cent */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 500, 100000, BREAKER_OK },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 560, 100000, BREAKER_WARN },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2000, 100000, BREAKER_WARN },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2100, 100000, BREAKER_PAUSE },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 50, 1000, BREAKER_OK },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 70, 1000, BREAKER_WARN },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 130, 1000, BREAKER_PAUSE },
		{ "failures_but_131049", SIGNAL_FAILED, SIGNAL_SENT, 100, 1000, BREAKER_WARN },
		{ "failures_but_131049", SIGNAL_FAILED, SIGNAL_SENT, 1000, 1000, BREAKER_PAUSE },
		{ "error_131049_130472", SIGNAL_CAPPED, SIGNAL_MARKETING_SENT, 130, 1000,
		    BREAKER_WARN },
		{ "error_131049_130472", SIGNAL_CAPPED, SIGNAL_MARKETING_SENT, 290, 1000,
		    BREAKER_PAUSE },
	};
	struct fixture *f = *state;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct signal_counts day = { 0 };
		day.n[rows[i].of] = rows[i].all;
		day.n[rows[i].part] = rows[i].n;
		size_t n = breaker_judge(pack_breaker(f->pack), &day, &nothing, &nothing, found);
		const struct breaker_finding *x = find(found, n, rows[i].signal);
		assert_non_null(x);
		if (x->level != rows[i].level)
			fail_msg("row %zu: %s at %lld ppm", i, breaker_level_name(x->level),
			    (long long)x->at_least_ppm);
		assert_int_equal(x->part, rows[i].n);
		assert_int_equal(x->of, rows[i].all);
	}
}

static void test_read_rates(void **state)
{
	static const struct {
		int64_t read, delivered, usual_read, usual_delivered;
		enum breaker_level level;
	} rows[] = {
		{ 0, 99, 0, 0, BREAKER_OK }, { 30, 100, 0, 0, BREAKER_OK },
		{ 29, 100, 0, 0, BREAKER_WARN },
		{ 0, 499, 0, 0, BREAKER_WARN }, /* a pause asks for 500 */
		{ 74, 500, 0, 0, BREAKER_PAUSE }, { 75, 500, 0, 0, BREAKER_WARN },
		/* against a usual share of 80 %: a quarter below is 60 %, half is 40 % */
		{ 300, 500, 800, 1000, BREAKER_OK }, { 299, 500, 800, 1000, BREAKER_WARN },
		{ 200, 500, 800, 1000, BREAKER_WARN }, { 199, 500, 800, 1000, BREAKER_PAUSE },
		{ 199, 500, 80, 99, BREAKER_OK }, /* too short a week to compare with */
	};
	struct fixture *f = *state;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct signal_counts cohort = { 0 }, week = { 0 };
		cohort.n[SIGNAL_COHORT_READ] = rows[i].read;
		cohort.n[SIGNAL_COHORT_DELIVERED] = rows[i].delivered;
		week.n[SIGNAL_COHORT_READ] = rows[i].usual_read;
		week.n[SIGNAL_COHORT_DELIVERED] = rows[i].usual_delivered;
		size_t n = breaker_judge(pack_breaker(f->pack), &nothing, &cohort, &week, found);
		const struct breaker_finding *x = find(found, n, "read_rate");
		assert_non_null(x);
		if (x->level != rows[i].level)
			fail_msg("row %zu: %s", i, breaker_level_name(x->level));
	}
}

/* More of what is bad never makes it better. */
static void test_worse_is_never_better(void **state)
{
	struct fixture *f = *state;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];
	enum breaker_level before = BREAKER_OK;

	for (int64_t part = 0; part <= 500; part++) {
		struct signal_counts day = { 0 };
		day.n[SIGNAL_DELIVERED] = 500;
		day.n[SIGNAL_OPT_OUT] = part;
		size_t n = breaker_judge(pack_breaker(f->pack), &day, &nothing, &nothing, found);
		enum breaker_level level = find(found, n, "opt_outs")->level;
		assert_true(level >= before);
		before = level;
	}
	assert_int_equal(before, BREAKER_PAUSE);
}

static void test_levels_on_record(void **state)
{
	struct fixture *f = *state;
	enum breaker_level level;
	time_ms from;

	OK(breaker_level(f->conn, SIGNAL_OF_NUMBER, STR("101"), STR("opt_outs"), &level, &f->err));
	assert_int_equal(level, BREAKER_OK);
	OK(breaker_from(f->conn, SIGNAL_OF_NUMBER, STR("101"), &from, &f->err));
	assert_int_equal(from, 0);
	OK(breaker_set_level(
	    f->conn, SIGNAL_OF_NUMBER, STR("101"), STR("opt_outs"), BREAKER_WARN, NOW, &f->err));
	OK(breaker_set_level(
	    f->conn, SIGNAL_OF_NUMBER, STR("101"), STR("opt_outs"), BREAKER_PAUSE, NOW, &f->err));
	OK(breaker_level(f->conn, SIGNAL_OF_NUMBER, STR("101"), STR("opt_outs"), &level, &f->err));
	assert_int_equal(level, BREAKER_PAUSE);
	OK(breaker_level(f->conn, SIGNAL_OF_APP, STR("101"), STR("opt_outs"), &level, &f->err));
	assert_int_equal(level, BREAKER_OK);
	OK(breaker_reset(f->conn, SIGNAL_OF_NUMBER, STR("101"), NOW + 5, &f->err));
	OK(breaker_level(f->conn, SIGNAL_OF_NUMBER, STR("101"), STR("opt_outs"), &level, &f->err));
	assert_int_equal(level, BREAKER_OK);
	OK(breaker_from(f->conn, SIGNAL_OF_NUMBER, STR("101"), &from, &f->err));
	assert_int_equal(from, NOW + 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		FIXTURE_TEST(test_shares),
		FIXTURE_TEST(test_read_rates),
		FIXTURE_TEST(test_worse_is_never_better),
		FIXTURE_TEST(test_levels_on_record),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
