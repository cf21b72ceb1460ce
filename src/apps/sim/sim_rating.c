#include "apps/sim/sim_rating.h"

#include <string.h>

static const char *const grade_names[] = {
	[SIM_UNRATED] = "UNKNOWN",
	[SIM_GREEN] = "GREEN",
	[SIM_YELLOW] = "YELLOW",
	[SIM_RED] = "RED",
};

const char *sim_grade_name(enum sim_grade g)
{
	return grade_names[g];
}

struct sim_rating_rule sim_rating_number(const struct sim_assume *a)
{
	return (struct sim_rating_rule){ .span_ms = sim_assume_days(a, SIM_QUALITY_DAYS),
		.recover_ms = sim_assume_hours(a, SIM_QUALITY_RECOVER_HOURS),
		.min_delivered = a->v[SIM_QUALITY_MIN_DELIVERED],
		.yellow = a->v[SIM_QUALITY_YELLOW],
		.red = a->v[SIM_QUALITY_RED] };
}

struct sim_rating_rule sim_rating_template(const struct sim_assume *a)
{
	struct sim_rating_rule rule = sim_rating_number(a);

	rule.min_delivered = a->v[SIM_QUALITY_TEMPLATE_MIN_DELIVERED];
	rule.yellow = a->v[SIM_QUALITY_TEMPLATE_YELLOW];
	rule.red = a->v[SIM_QUALITY_TEMPLATE_RED];
	return rule;
}

void sim_rating_clear(struct sim_rating *r)
{
	memset(r->delivered, 0, sizeof(r->delivered));
	memset(r->bad, 0, sizeof(r->bad));
	memset(r->reports, 0, sizeof(r->reports));
}

/* The slot of that time; slots that the newest one leaves behind are emptied. What is older than all of them counts in the
 * oldest. */
static unsigned slot_of(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms at)
{
	int64_t n = at / (rule->span_ms / SIM_RATING_SLOTS);

	if (n - r->newest >= SIM_RATING_SLOTS)
		sim_rating_clear(r);
	for (int64_t i = r->newest + 1; i <= n && n - i < SIM_RATING_SLOTS; i++) {
		unsigned slot = (unsigned)(i % SIM_RATING_SLOTS);
		r->delivered[slot] = r->bad[slot] = r->reports[slot] = 0;
	}
	r->newest = n > r->newest ? n : r->newest;
	if (r->newest - n >= SIM_RATING_SLOTS)
		n = r->newest - SIM_RATING_SLOTS + 1;
	return (unsigned)(n % SIM_RATING_SLOTS);
}

void sim_rating_delivered(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms at)
{
	r->delivered[slot_of(r, rule, at)] += 1;
}

void sim_rating_bad(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms at,
    double weight, bool is_report)
{
	unsigned slot = slot_of(r, rule, at);

	r->bad[slot] += weight;
	r->reports[slot] += is_report;
}

static double weigh(
    struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now, const double *counted)
{
	double all = 0, delivered = 0, found = 0;

	(void)slot_of(r, rule, now);
	for (int64_t age = 0; age < SIM_RATING_SLOTS && age <= r->newest; age++) {
		unsigned slot = (unsigned)((r->newest - age) % SIM_RATING_SLOTS);
		double weight = (double)(SIM_RATING_SLOTS - age);
		all += r->delivered[slot];
		delivered += weight * r->delivered[slot];
		found += weight * counted[slot];
	}
	return all >= rule->min_delivered && delivered > 0 ? found / delivered : 0;
}

double sim_rating_share(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now)
{
	return weigh(r, rule, now, r->bad);
}

double sim_rating_reports(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now)
{
	return weigh(r, rule, now, r->reports);
}

static bool has_enough(const struct sim_rating *r, const struct sim_rating_rule *rule)
{
	double all = 0;

	for (int i = 0; i < SIM_RATING_SLOTS; i++)
		all += r->delivered[i];
	return all >= rule->min_delivered;
}

static enum sim_grade grade_of(
    struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now)
{
	double share = sim_rating_share(r, rule, now);

	if (share >= rule->red)
		return SIM_RED;
	if (share >= rule->yellow)
		return SIM_YELLOW;
	if (r->grade == SIM_UNRATED && !has_enough(r, rule))
		return SIM_UNRATED;
	return SIM_GREEN;
}

bool sim_rating_grade(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now)
{
	enum sim_grade grade = grade_of(r, rule, now);

	if (grade < r->grade && now - r->changed_at < rule->recover_ms)
		return false;
	if (grade < r->grade)
		grade = r->grade - 1;
	if (grade == r->grade)
		return false;
	r->grade = grade;
	r->changed_at = now;
	return true;
}
