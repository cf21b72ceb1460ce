/* bench/experiment/survival.c: the same company, list and plan over ninety virtual days, sent in three ways.
 *
 * Prints, as Markdown, a table over the seeds and, on demand, the table again with each assumption halved and doubled. The
 * figures are those of a simulation: they say what follows from packs/simulator.json, not what Meta does. */
#include <argp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/check.h"
#include "base/crypto.h"
#include "bench/experiment/company.h"

#define SEEDS_DEFAULT 200
#define SEEDS_MAX 10000

static const struct arm *const arms[] = { &arm_naive, &arm_ordinary, &arm_varco, &arm_spread };
#define ARMS ARRAY_LEN(arms)

/* The fourth is another plan, and asks again and again: only on demand. */
static size_t arms_len = ARMS - 1;

struct options {
	uint64_t seeds, sensitivity, story;
	const char *assumptions, *only;
};

/* --- figures over seeds -------------------------------------------------------------------------- */

static double day_of(const struct tally *t)
{
	return t->restricted_at == TIME_NONE
	    ? COMPANY_DAYS
	    : (double)(t->restricted_at - COMPANY_START) / (double)MS_PER_DAY;
}

static double is_restricted(const struct tally *t)
{
	return t->restricted_at != TIME_NONE;
}

static double is_lost(const struct tally *t)
{
	return t->lost;
}

#define FIGURE(name) \
	static double name##_of(const struct tally *t) \
	{ \
		return (double)t->name; \
	}
FIGURE(reached)
FIGURE(marketing)
FIGURE(utility)
FIGURE(opt_outs)
FIGURE(blocks)
FIGURE(reports)
FIGURE(steps)
FIGURE(attempted)
FIGURE(agreed_marketing)

static double complaint_rate(const struct tally *t)
{
	uint64_t all = t->blocks + t->reports;

	return t->marketing ? 1000 * (double)all / (double)t->marketing : 0;
}

static double agreed_reached_share(const struct tally *t)
{
	return t->agreed ? 100 * (double)t->agreed_reached / (double)t->agreed : 0;
}

static double agreed_share(const struct tally *t)
{
	return t->marketing ? 100 * (double)t->agreed_marketing / (double)t->marketing : 0;
}

static double utility_share(const struct tally *t)
{
	return t->utility_asked ? 100 * (double)t->utility / (double)t->utility_asked : 0;
}

static const struct figure {
	const char *name;
	double (*of)(const struct tally *t);
	bool is_share; /* of runs: only the mean means anything */
} figures[] = {
	{ "runs with a restriction", is_restricted, true },
	{ "accounts lost (locked or disabled on day 90)", is_lost, true },
	{ "day of the first restriction (90 = none)", day_of, false },
	{ "violations found", steps_of, false },
	{ "people reached by marketing, of 3,000", reached_of, false },
	{ "people reached by marketing, % of those who agreed by the form", agreed_reached_share,
	    false },
	{ "marketing delivered", marketing_of, false },
	{ "marketing delivered to people who agreed by the form, %", agreed_share, false },
	{ "marketing delivered to people who agreed by the form", agreed_marketing_of, false },
	{ "order notices delivered", utility_of, false },
	{ "order notices delivered, % of those asked for", utility_share, false },
	{ "requests to stop", opt_outs_of, false },
	{ "blocks", blocks_of, false },
	{ "reports", reports_of, false },
	{ "blocks and reports per 1,000 marketing delivered", complaint_rate, false },
	{ "sends attempted at the platform", attempted_of, false },
};

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Mean, and where the middle ninety per cent of the runs lie. */
static void print_figure(
    const struct figure *f, const struct tally *tallies, size_t n, double *room)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += room[i] = f->of(&tallies[i]);
	qsort(room, n, sizeof(*room), compare);
	if (f->is_share)
		printf(" %.1f %% |", 100 * sum / (double)n);
	else
		printf(
		    " %.1f (%.1f to %.1f) |", sum / (double)n, room[n / 20], room[n - 1 - n / 20]);
}

/* --- runs ---------------------------------------------------------------------------------------- */

static int play_all(const struct sim_assume *a, size_t seeds, struct tally *tallies[ARMS])
{
	struct err err = { 0 };

	for (size_t arm = 0; arm < arms_len; arm++) {
		for (size_t seed = 0; seed < seeds; seed++) {
			if (company_play(arms[arm], a, seed + 1, NULL, &tallies[arm][seed], &err) ==
			    0)
				continue;
			(void)fprintf(stderr, "survival: %s\n", err.text);
			return -1;
		}
	}
	return 0;
}

static double mean(const struct tally *tallies, size_t n, double (*of)(const struct tally *t))
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += of(&tallies[i]);
	return n ? sum / (double)n : 0;
}

static void print_heads(bool with_value)
{
	for (size_t arm = 0; arm < arms_len; arm++)
		printf(" %s |", arms[arm]->name);
	printf("\n|---|%s", with_value ? "---|" : "");
	for (size_t arm = 0; arm < arms_len; arm++)
		printf("---|");
	printf("\n");
}

static void print_table(struct tally *tallies[ARMS], size_t seeds, double *room)
{
	printf("| mean over %zu seeds (5 to 95 %%) |", seeds);
	print_heads(false);
	for (size_t i = 0; i < ARRAY_LEN(figures); i++) {
		printf("| %s |", figures[i].name);
		for (size_t arm = 0; arm < arms_len; arm++)
			print_figure(&figures[i], tallies[arm], seeds, room);
		printf("\n");
	}
}

static void print_row(const char *name, double value, struct tally *tallies[ARMS], size_t seeds)
{
	printf("| %s | %g |", name, value);
	for (size_t arm = 0; arm < arms_len; arm++)
		printf(" %.0f %% · %.0f %% · %.0f |",
		    100 * mean(tallies[arm], seeds, is_restricted),
		    100 * mean(tallies[arm], seeds, is_lost),
		    mean(tallies[arm], seeds, marketing_of));
	printf("\n");
	(void)fflush(stdout);
}

static int vary(
    const struct sim_assume *base, enum sim_assumption i, size_t seeds, struct tally *tallies[ARMS])
{
	static const double factors[] = { 0.5, 2 };

	for (size_t k = 0; k < ARRAY_LEN(factors); k++) {
		struct sim_assume a = *base;
		sim_assume_scale(&a, i, factors[k]);
		if (a.v[i] == base->v[i])
			continue;
		if (play_all(&a, seeds, tallies))
			return -1;
		print_row(sim_assume_name(i), a.v[i], tallies, seeds);
	}
	return 0;
}

/* What this plan never meets: direct sends, the limit per person (the company is in the European Union), appeals, utility
 * templates that sell. */
static bool is_idle(enum sim_assumption i)
{
	static const char *const idle[] = { "direct.", "cap.wait", "cap.weekly", "cap.others",
		"cap.retries", "cap.lock", "ladder.appeal", "template.category" };

	for (size_t k = 0; k < ARRAY_LEN(idle); k++) {
		if (str_starts(str_c(sim_assume_name(i)), str_c(idle[k])))
			return true;
	}
	return false;
}

static int print_sensitivity(
    const struct sim_assume *base, size_t seeds, const char *only, struct tally *tallies[ARMS])
{
	printf("\n| assumption (%zu seeds) | value |", seeds);
	print_heads(true);
	if (play_all(base, seeds, tallies))
		return -1;
	print_row("as they stand", 1, tallies, seeds);
	for (int i = 0; i < SIM_ASSUMPTIONS_LEN; i++) {
		enum sim_assumption assumption = (enum sim_assumption)i;
		bool asked = !only || str_starts(str_c(sim_assume_name(assumption)), str_c(only));
		if (base->assumed[i] && asked && !is_idle(assumption) &&
		    vary(base, assumption, seeds, tallies))
			return -1;
	}
	return 0;
}

/* --- main ---------------------------------------------------------------------------------------- */

static const struct argp_option options_table[] = {
	{ "seeds", 'n', "N", 0, "Runs of each arm (200)", 0 },
	{ "sensitivity", 's', "N", 0, "Halve and double each assumption, N runs each (0: do not)",
	    0 },
	{ "story", 't', "SEED", 0,
	    "What the platform did in the runs of that seed, and nothing else", 0 },
	{ "spread", 'w', NULL, 0,
	    "A fourth way: through Varco, and asking for whom a campaign did not reach again every "
	    "day until shortly before the next one",
	    0 },
	{ "only", 'o', "PREFIX", 0, "Vary only assumptions whose names begin so", 0 },
	{ "assumptions", 'a', "FILE", 0, "Instead of the built-in packs/simulator.json", 0 },
	{ 0 },
};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
	struct options *o = state->input;

	switch (key) {
	case 'n':
	case 's':
		if (str_to_u64(str_c(arg), key == 'n' ? &o->seeds : &o->sensitivity))
			argp_error(state, "\"%s\" is not a number.", arg);
		return 0;
	case 't':
		if (str_to_u64(str_c(arg), &o->story) || o->story == 0)
			argp_error(state, "\"%s\" is no seed.", arg);
		return 0;
	case 'w':
		arms_len = ARMS;
		return 0;
	case 'o':
		o->only = arg;
		return 0;
	case 'a':
		o->assumptions = arg;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static double seconds(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int tell_story(uint64_t seed, const struct sim_assume *a)
{
	struct tally tally;
	struct err err = { 0 };

	for (size_t arm = 0; arm < arms_len; arm++) {
		printf("%s\n", arms[arm]->name);
		if (company_play(arms[arm], a, seed, stdout, &tally, &err)) {
			(void)fprintf(stderr, "survival: %s\n", err.text);
			return -1;
		}
	}
	return 0;
}

static int run(const struct options *o, const struct sim_assume *a)
{
	size_t most = o->seeds > o->sensitivity ? o->seeds : o->sensitivity;
	struct tally *tallies[ARMS];
	double *room = mem_alloc(most * sizeof(*room)), from = seconds(), sent = 0;
	int rc = room ? 0 : -1;

	for (size_t arm = 0; arm < ARMS; arm++) {
		tallies[arm] = mem_alloc(most * sizeof(struct tally));
		rc = tallies[arm] ? rc : -1;
	}
	if (rc == 0 && o->seeds && (rc = play_all(a, o->seeds, tallies)) == 0) {
		for (size_t arm = 0; arm < arms_len; arm++)
			sent += mean(tallies[arm], o->seeds, attempted_of) * (double)o->seeds;
		print_table(tallies, o->seeds, room);
		(void)fprintf(stderr, "%.0f messages in %.1f s: %.0f a second\n", sent,
		    seconds() - from, sent / (seconds() - from));
	}
	if (rc == 0 && o->sensitivity)
		rc = print_sensitivity(a, o->sensitivity, o->only, tallies);
	for (size_t arm = 0; arm < ARMS; arm++)
		mem_free(tallies[arm]);
	mem_free(room);
	return rc;
}

int main(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options_table,
		.parser = parse_option,
		.doc =
		    "The same company, list and plan over ninety virtual days, sent in three ways."
	};
	struct options o = { .seeds = SEEDS_DEFAULT };
	struct sim_assume a;
	struct err err = { 0 };

	argp_parse(&argp, argc, argv, 0, NULL, &o);
	if (o.seeds > SEEDS_MAX || o.sensitivity > SEEDS_MAX || crypto_init(&err))
		return 2;
	int rc = o.assumptions ? sim_assume_file(o.assumptions, &a, &err)
			       : sim_assume_builtin(&a, &err);
	if (rc) {
		(void)fprintf(stderr, "survival: %s\n", err.text);
		return 1;
	}
	return (o.story ? tell_story(o.story, &a) : run(&o, &a)) ? 1 : 0;
}
