#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "domain/breaker.h"
#include "domain/fixture.h"

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
		bool late;
	} rows[] = {
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 0, 100000, BREAKER_OK, false },
		/* too few to say anything */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 50, 99, BREAKER_OK, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 50, 100, BREAKER_PAUSE, false },
		/* 0.0018, 0.0055, 0.0102, 0.0194, 0.0202 */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 1, 100, BREAKER_OK, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2, 100, BREAKER_WARN, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 3, 100, BREAKER_WARN, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 5, 100, BREAKER_PAUSE, false },
		/* one in two hundred of very many, just below and just above the half per cent */
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 500, 100000, BREAKER_OK, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 560, 100000, BREAKER_WARN, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2000, 100000, BREAKER_WARN, false },
		{ "opt_outs", SIGNAL_OPT_OUT, SIGNAL_DELIVERED, 2100, 100000, BREAKER_PAUSE,
		    false },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 50, 1000, BREAKER_OK, false },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 70, 1000, BREAKER_WARN,
		    false },
		{ "error_131026", SIGNAL_UNDELIVERABLE, SIGNAL_SENT, 130, 1000, BREAKER_PAUSE,
		    false },
		{ "failures_but_131049", SIGNAL_FAILED, SIGNAL_SENT, 100, 1000, BREAKER_WARN,
		    false },
		{ "failures_but_131049", SIGNAL_FAILED, SIGNAL_SENT, 1000, 1000, BREAKER_PAUSE,
		    false },
		{ "error_131049_130472", SIGNAL_CAPPED, SIGNAL_MARKETING_SENT, 130, 1000,
		    BREAKER_WARN, false },
		{ "error_131049_130472", SIGNAL_CAPPED, SIGNAL_MARKETING_SENT, 290, 1000,
		    BREAKER_PAUSE, false },
		/* 0.0099, 0.0106; 0.0295, 0.0304 */
		{ "only_sent_48h", SIGNAL_ONLY_SENT, SIGNAL_KNOWN, 16, 1000, BREAKER_OK, true },
		{ "only_sent_48h", SIGNAL_ONLY_SENT, SIGNAL_KNOWN, 17, 1000, BREAKER_WARN, true },
		{ "only_sent_48h", SIGNAL_ONLY_SENT, SIGNAL_KNOWN, 40, 1000, BREAKER_WARN, true },
		{ "only_sent_48h", SIGNAL_ONLY_SENT, SIGNAL_KNOWN, 41, 1000, BREAKER_PAUSE, true },
		/* 0.0028, 0.0034; 0.0099, 0.0106 */
		{ "complaints", SIGNAL_COMPLAINT, SIGNAL_DELIVERED, 6, 1000, BREAKER_OK, false },
		{ "complaints", SIGNAL_COMPLAINT, SIGNAL_DELIVERED, 7, 1000, BREAKER_WARN, false },
		{ "complaints", SIGNAL_COMPLAINT, SIGNAL_DELIVERED, 16, 1000, BREAKER_WARN, false },
		{ "complaints", SIGNAL_COMPLAINT, SIGNAL_DELIVERED, 17, 1000, BREAKER_PAUSE,
		    false },
		/* 0.2918, 0.3006; a warning is all that it ever comes to */
		{ "unanswered_24h", SIGNAL_UNANSWERED, SIGNAL_ASKED, 320, 1000, BREAKER_OK, false },
		{ "unanswered_24h", SIGNAL_UNANSWERED, SIGNAL_ASKED, 329, 1000, BREAKER_WARN,
		    false },
		{ "unanswered_24h", SIGNAL_UNANSWERED, SIGNAL_ASKED, 1000, 1000, BREAKER_WARN,
		    false },
		{ "unanswered_24h", SIGNAL_UNANSWERED, SIGNAL_ASKED, 99, 99, BREAKER_OK, false },
	};
	struct fixture *f = *state;
	struct breaker_finding found[BREAKER_FINDINGS_MAX];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct breaker_figures figures = { 0 };
		struct signal_counts *hours = rows[i].late ? &figures.late : &figures.day;
		hours->n[rows[i].of] = rows[i].all;
		hours->n[rows[i].part] = rows[i].n;
		size_t n = breaker_judge(pack_breaker(f->pack), &figures, found);
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
		struct breaker_figures figures = { 0 };
		figures.cohort.n[SIGNAL_COHORT_READ] = rows[i].read;
		figures.cohort.n[SIGNAL_COHORT_DELIVERED] = rows[i].delivered;
		figures.week.n[SIGNAL_COHORT_READ] = rows[i].usual_read;
		figures.week.n[SIGNAL_COHORT_DELIVERED] = rows[i].usual_delivered;
		size_t n = breaker_judge(pack_breaker(f->pack), &figures, found);
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
		struct breaker_figures figures = { 0 };
		figures.day.n[SIGNAL_DELIVERED] = 500;
		figures.day.n[SIGNAL_OPT_OUT] = part;
		size_t n = breaker_judge(pack_breaker(f->pack), &figures, found);
		enum breaker_level level = find(found, n, "opt_outs")->level;
		assert_true(level >= before);
		before = level;
	}
	assert_int_equal(before, BREAKER_PAUSE);
}

static void test_silence(void **state)
{
	static const struct {
		int64_t ms;
		enum breaker_level level;
	} rows[] = {
		{ 0, BREAKER_OK },
		{ 5 * MINUTE - 1, BREAKER_OK },
		{ 5 * MINUTE, BREAKER_WARN },
		{ 30 * MINUTE - 1, BREAKER_WARN },
		{ 30 * MINUTE, BREAKER_PAUSE },
		{ 30 * DAY, BREAKER_PAUSE },
	};
	struct fixture *f = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		assert_int_equal(
		    breaker_judge_silence(pack_breaker(f->pack), rows[i].ms), rows[i].level);
}

/* Every signal of the pack is one that is counted, and has its sentence; a proxy says that it is one. */
static void test_signals_have_words(void **state)
{
	static const char *const others[] = { "read_rate", BREAKER_SILENCE, "131048", "quality" };
	struct fixture *f = *state;
	const struct pack_breaker *b = pack_breaker(f->pack);
	struct breaker_figures figures = { 0 };
	struct breaker_finding found[BREAKER_FINDINGS_MAX];
	size_t n = breaker_judge(b, &figures, found);

	assert_int_equal(n, b->signals_len + 1);
	for (size_t i = 0; i < n; i++) {
		const char *means = breaker_signal_means(found[i].signal);
		assert_non_null(means);
		assert_int_equal(
		    breaker_is_proxy(found[i].signal), strncmp(means, "A proxy for", 11) == 0);
	}
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		assert_non_null(breaker_signal_means(str_c(others[i])));
	assert_null(breaker_signal_means(STR("hearsay")));
	assert_true(breaker_is_proxy(STR("only_sent_48h")) && breaker_is_proxy(STR("complaints")));
	assert_false(breaker_is_proxy(STR("opt_outs")));
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
		FIXTURE_TEST(test_silence),
		FIXTURE_TEST(test_signals_have_words),
		FIXTURE_TEST(test_levels_on_record),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
