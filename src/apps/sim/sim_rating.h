/* apps/sim/sim_rating.h: quality from what people do: complaints per delivery over the last days.
 *
 * Deliveries and weighted complaints are kept in SIM_RATING_SLOTS slots that together span the days of the rule; the
 * newest weighs most, the oldest least, evenly falling. A worse grade is given at once, a better one a step at a
 * time and only a while after the last change. Times must not go backwards by more than the span. */
#ifndef APPS_SIM_SIM_RATING_H
#define APPS_SIM_SIM_RATING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/clock.h"
#include "apps/sim/sim_assume.h"

#define SIM_RATING_SLOTS 28

enum sim_grade { SIM_UNRATED, SIM_GREEN, SIM_YELLOW, SIM_RED };

struct sim_rating {
	double delivered[SIM_RATING_SLOTS], bad[SIM_RATING_SLOTS], reports[SIM_RATING_SLOTS];
	int64_t newest; /* number of the newest slot since 1970 */
	enum sim_grade grade;
	time_ms changed_at;
};

struct sim_rating_rule {
	int64_t span_ms, recover_ms;
	double min_delivered, yellow, red;
};

/* The rule of numbers, and the one of templates. */
struct sim_rating_rule sim_rating_number(const struct sim_assume *a);
struct sim_rating_rule sim_rating_template(const struct sim_assume *a);

void sim_rating_delivered(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms at);
/* A complaint about something that was delivered at `at`. */
void sim_rating_bad(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms at,
    double weight, bool is_report);
/* Complaints per delivery, recent ones weighing more; 0 while too few were delivered. */
double sim_rating_share(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now);
/* Reports per delivery, the same way. */
double sim_rating_reports(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now);
/* Grades anew; true when the grade changed. */
bool sim_rating_grade(struct sim_rating *r, const struct sim_rating_rule *rule, time_ms now);
/* Forgets what was counted, but not the grade. */
void sim_rating_clear(struct sim_rating *r);

const char *sim_grade_name(enum sim_grade g); /* "GREEN"; "UNKNOWN" */

#endif
