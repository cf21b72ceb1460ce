/* Whole runs of a quiet simulator: determinism, the limit, and a month in which a number falls and recovers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "apps/sim/sim_private.h"
#include "base/check.h"
#include "base/crypto.h"
#include "base/torture.h"

#define START INT64_C(1790000000000)
#define DAY MS_PER_DAY

struct stage {
	struct sim *sim;
	struct sim_number *number;
	struct sim_template *template;
	size_t most; /* distinct people in a day, ever */
	struct sim_portfolio *portfolio;
	uint64_t codes[3]; /* 0, 368, others */
};

static void open_stage(struct stage *x, uint64_t seed, const char *category, int64_t limit)
{
	struct sim_options o;
	struct err err = { 0 };

	*x = (struct stage){ 0 };
	sim_options_default(&o);
	o.seed = seed;
	o.virtual_clock = o.alive = true;
	if (sim_open_quiet(&o, &x->sim, &err))
		fail_msg("%s", err.text);
	sim_clock_set(&x->sim->clock, START);
	sim_agenda_clear(x->sim->agenda);
	sim_alive_reset(x->sim);
	struct sim_waba *a = sim_world_waba(x->sim->world, STR("900"), NULL);
	x->portfolio = a->portfolio;
	x->portfolio->limit = limit;
	x->number = sim_world_number(x->sim->world, STR("100"), a);
	x->number->throughput = 80;
	x->template = sim_templates_generate(
	    x->sim->templates, a, STR("news"), str_c(category), START);
	assert_non_null(x->template);
}

/* To the people from `first` on, one at a time, 20 a second. */
static void send_to(struct stage *x, unsigned first, unsigned count)
{
	char phone[24];
	uint64_t n;

	for (unsigned i = first; i < first + count; i++) {
		(void)snprintf(phone, sizeof(phone), "3933310%05u", i);
		struct sim_person *p = sim_world_person(x->sim->world, str_c(phone));
		int code = sim_alive_send(x->sim, x->number, p, x->template, &n);
		x->codes[code == 0 ? 0 : code == 368 ? 1 : 2]++;
		sim_run(x->sim, sim_now(x->sim) + 50);
		size_t people = sim_portfolio_count(x->portfolio, sim_now(x->sim));
		x->most = people > x->most ? people : x->most;
	}
}

static uint64_t play(uint64_t seed)
{
	struct stage x;

	open_stage(&x, seed, "MARKETING", 0);
	for (int day = 0; day < 20; day++) {
		send_to(&x, 0, 300);
		sim_run(x.sim, START + (day + 1) * DAY);
	}
	uint64_t digest = sim_history_digest(x.sim->alive->history);
	sim_close(&x.sim);
	return digest;
}

static void test_same_seed_same_run(void **state)
{
	(void)state;
	uint64_t one = play(7);

	assert_true(one == play(7));
	assert_true(one != play(8));
}

static void test_never_over_the_limit(void **state)
{
	static const struct {
		const char *name;
		int64_t limit;
		uint64_t seed;
	} rows[] = { { "250", 250, 1 }, { "2,000", 2000, 2 }, { "250 again", 250, 3 } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct stage x;
		open_stage(&x, rows[i].seed, "UTILITY", rows[i].limit);
		for (int day = 0; day < 4; day++) {
			int64_t limit = x.portfolio->limit;
			x.most = 0;
			send_to(&x, (unsigned)day * 500, 2500);
			limit = x.portfolio->limit > limit ? x.portfolio->limit : limit;
			if ((int64_t)x.most > limit)
				fail_msg("%s: %zu people, %lld allowed", rows[i].name, x.most,
				    (long long)limit);
			assert_true(x.most > 200);
			sim_run(x.sim, START + (day + 1) * DAY);
		}
		sim_close(&x.sim);
	}
}

static bool has_line(const struct sim *s, const char *what, const char *detail, time_ms *at)
{
	const struct sim_history_line *line;

	for (size_t i = 0; (line = sim_history_at(s->alive->history, i)); i++) {
		if (line->at >= *at && strcmp(line->what, what) == 0 &&
		    strstr(line->detail, detail)) {
			*at = line->at;
			return true;
		}
	}
	return false;
}

/* Everybody is a stranger, and is written to every day: the number turns YELLOW, RED, its account is restricted; then nothing is
 * sent any more, and it comes back. */
static void test_a_number_falls_and_recovers(void **state)
{
	static const struct {
		const char *what, *detail;
	} story[] = { { "quality", "> GREEN" }, { "quality", "> YELLOW" }, { "quality", "> RED" },
		{ "warned", "" }, { "restricted", "no_templates" }, { "restriction_ended", "free" },
		{ "quality", "RED > YELLOW" }, { "quality", "YELLOW > GREEN" } };
	struct stage x;
	time_ms at = START;

	(void)state;
	open_stage(&x, 11, "UTILITY", 100000);
	/* A notice that is none: annoying as marketing is, but not paced, so that the number falls and not the template. */
	x.sim->alive->assume.v[SIM_REACTION_UTILITY_FACTOR] = 3;
	x.sim->alive->assume.v[SIM_QUALITY_TEMPLATE_RED] = 1;
	x.sim->alive->template_rule.red = 1;
	for (int day = 0; day < 14; day++) {
		double factor = day < 3 ? 3 : day < 5 ? 8 : 16;
		x.sim->alive->assume.v[SIM_REACTION_UTILITY_FACTOR] = factor;
		send_to(&x, (unsigned)day * 400, 400);
		sim_run(x.sim, START + (day + 1) * DAY);
	}
	sim_run(x.sim, START + 45 * DAY);
	for (size_t i = 0; i < ARRAY_LEN(story); i++) {
		if (!has_line(x.sim, story[i].what, story[i].detail, &at))
			fail_msg("row %zu: no %s (%s)", i, story[i].what, story[i].detail);
	}
	assert_true(x.codes[1] > 0);
	assert_string_equal(x.number->quality, "GREEN");
	assert_int_equal(x.number->waba->meta.ladder.standing, SIM_FREE);
	sim_close(&x.sim);
}

static void test_marketing_template_is_paced_and_paused(void **state)
{
	struct stage x;
	time_ms at = START;

	(void)state;
	open_stage(&x, 5, "MARKETING", 100000);
	x.sim->alive->assume.v[SIM_TEMPLATE_PACING_FIRST] = 200;
	x.sim->alive->assume.v[SIM_REACTION_READ_DELAY_MIN] = 1;
	x.sim->alive->assume.v[SIM_REACTION_ACT_DELAY_MIN] = 1;
	x.sim->alive->assume.v[SIM_REACTION_BLOCK_SHARE] = 0.1;
	x.sim->alive->template_rule.red = 1; /* so that pacing finds out first */
	send_to(&x, 0, 600);
	assert_int_equal(x.sim->alive->held, 400);
	sim_run(x.sim, START + 12 * MS_PER_HOUR);
	assert_true(has_line(x.sim, "template_dropped", "pacing", &at));
	assert_int_equal(x.sim->alive->dropped, 400);
	assert_string_equal(x.template->status, "PAUSED");
	sim_close(&x.sim);
}

static void test_pauses_grow_and_end_in_disabling(void **state)
{
	static const struct {
		const char *status;
		int64_t back_after_h; /* 0 = never */
	} rows[] = { { "PAUSED", 3 }, { "PAUSED", 6 }, { "DISABLED", 0 } };
	struct stage x;

	(void)state;
	open_stage(&x, 5, "UTILITY", 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		time_ms from = sim_now(x.sim);
		sim_template_pause(x.sim, x.template);
		assert_string_equal(x.template->status, rows[i].status);
		sim_run(x.sim, from + rows[i].back_after_h * MS_PER_HOUR - 1);
		assert_string_equal(x.template->status, rows[i].status);
		sim_run(x.sim, from + rows[i].back_after_h * MS_PER_HOUR + 1);
		assert_string_equal(
		    x.template->status, rows[i].back_after_h ? "APPROVED" : "DISABLED");
	}
	sim_close(&x.sim);
}

static void test_a_selling_utility_template_is_found(void **state)
{
	struct stage x;

	(void)state;
	open_stage(&x, 5, "UTILITY", 0);
	sim_alive_template(x.sim, x.template)->sells = true;
	send_to(&x, 0, 30);
	sim_run(x.sim, START + 80 * MS_PER_HOUR);
	assert_string_equal(x.template->category, "UTILITY");
	assert_string_equal(x.template->correct_category, "MARKETING");
	sim_run(x.sim, START + 100 * MS_PER_HOUR);
	assert_string_equal(x.template->category, "MARKETING");
	sim_close(&x.sim);
}

static void test_idle_templates_are_archived_and_deleted(void **state)
{
	struct stage x;

	(void)state;
	open_stage(&x, 3, "UTILITY", 0);
	uint64_t n = x.template->n;
	send_to(&x, 0, 1);
	sim_run(x.sim, START + 364 * DAY);
	assert_string_equal(x.template->status, "APPROVED");
	sim_run(x.sim, START + 366 * DAY);
	assert_string_equal(x.template->status, "ARCHIVED");
	sim_run(x.sim, START + 392 * DAY);
	assert_non_null(sim_templates_by_counter(x.sim->templates, n));
	sim_run(x.sim, START + 395 * DAY);
	assert_null(sim_templates_by_counter(x.sim->templates, n));
	sim_close(&x.sim);
}

/* Nobody in the lands of the cap: more than its figure a week is not given; the own country is none of them. */
static void test_the_limit_per_person(void **state)
{
	static const struct {
		const char *country, *phone;
		bool capped;
	} rows[] = { { "IT", "39333100", false }, { "BR", "39333100", false },
		{ "IT", "551199900", false }, { "BR", "551199900", true } };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct stage x;
		char phone[24];
		uint64_t n;
		open_stage(&x, 5, "MARKETING", 0);
		sim_set_text(x.number->waba->country, 3, str_c(rows[i].country));
		for (int k = 0; k < 200; k++) {
			(void)snprintf(phone, sizeof(phone), "%s%04d", rows[i].phone, k % 20);
			struct sim_person *p = sim_world_person(x.sim->world, str_c(phone));
			(void)sim_alive_send(x.sim, x.number, p, x.template, &n);
			sim_run(x.sim, sim_now(x.sim) + MS_PER_MIN);
		}
		/* Without the cap few fail: no WhatsApp, or part of an experiment. */
		if ((x.sim->counts.failed > 60) != rows[i].capped)
			fail_msg(
			    "row %zu: %llu failed", i, (unsigned long long)x.sim->counts.failed);
		sim_close(&x.sim);
	}
}

static void test_levels_rise(void **state)
{
	struct stage x;

	(void)state;
	open_stage(&x, 3, "UTILITY", 0);
	assert_int_equal(sim_alive_portfolio(x.sim, x.portfolio)->level, 0);
	x.portfolio->meta.verified = true;
	for (int day = 0; day < 8; day++) {
		send_to(&x, 0, 1500);
		sim_run(x.sim, START + (day + 1) * DAY);
	}
	assert_true(x.portfolio->meta.level >= 2);
	assert_true(x.portfolio->limit >= 10000);
	sim_close(&x.sim);
}

static void test_portfolio_pacing_drops_a_bad_batch(void **state)
{
	struct stage x;
	time_ms at = START;
	uint64_t n;

	(void)state;
	open_stage(&x, 3, "UTILITY", 100000);
	x.sim->alive->assume.v[SIM_PORTFOLIO_PACING_BATCH] = 300;
	x.sim->alive->assume.v[SIM_REACTION_UTILITY_FACTOR] = 60;
	x.sim->alive->assume.v[SIM_REACTION_READ_DELAY_MIN] = 0.5;
	x.sim->alive->assume.v[SIM_REACTION_ACT_DELAY_MIN] = 0.5;
	x.sim->alive->template_rule.red = 1;
	send_to(&x, 0, 500);
	sim_run(x.sim, START + MS_PER_HOUR);
	assert_true(has_line(x.sim, "portfolio_blocked", "pacing", &at));
	struct sim_person *p = sim_world_person(x.sim->world, STR("393339999999"));
	assert_int_equal(sim_alive_send(x.sim, x.number, p, x.template, &n), 132015);
	sim_run(x.sim, START + 30 * MS_PER_HOUR);
	assert_int_equal(sim_alive_send(x.sim, x.number, p, x.template, &n), 0);
	sim_close(&x.sim);
}

/* Opened, one message sent, closed, with each allocation failing in turn. A send without memory is refused or goes unanswered;
 * only opening reports it. */
static int open_and_close(void *arg)
{
	struct sim_options o;
	struct sim *s = NULL;

	(void)arg;
	sim_options_default(&o);
	o.seed = 7;
	o.virtual_clock = o.alive = true;
	int rc = sim_open_quiet(&o, &s, NULL);
	sim_close(&s);
	return rc;
}

static void test_opening_without_memory(void **state)
{
	(void)state;
	torture("open", open_and_close, NULL);
}

static void test_sending_without_memory(void **state)
{
	struct stage x;
	uint64_t n;

	(void)state;
	open_stage(&x, 5, "MARKETING", 0);
	struct sim_person *p = sim_world_person(x.sim->world, STR("393331000001"));
	for (long k = 0; k < 12; k++) {
		check_fail_alloc_after(k, false);
		int code = sim_alive_send(x.sim, x.number, p, x.template, &n);
		check_fail_alloc_after(-1, false);
		assert_true(code == 0 || code == 131000 || code == 131056);
		sim_run(x.sim, sim_now(x.sim) + MS_PER_HOUR);
	}
	assert_true(x.sim->counts.delivered > 0);
	sim_close(&x.sim);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_seed_same_run),
		cmocka_unit_test(test_never_over_the_limit),
		cmocka_unit_test(test_a_number_falls_and_recovers),
		cmocka_unit_test(test_marketing_template_is_paced_and_paused),
		cmocka_unit_test(test_pauses_grow_and_end_in_disabling),
		cmocka_unit_test(test_a_selling_utility_template_is_found),
		cmocka_unit_test(test_idle_templates_are_archived_and_deleted),
		cmocka_unit_test(test_the_limit_per_person),
		cmocka_unit_test(test_levels_rise),
		cmocka_unit_test(test_portfolio_pacing_drops_a_bad_batch),
		cmocka_unit_test(test_opening_without_memory),
		cmocka_unit_test(test_sending_without_memory),
	};

	if (crypto_init(NULL))
		return 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
