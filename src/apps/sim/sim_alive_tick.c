/* What the platform does about what people do: grades, measures against accounts, levels of portfolios, categories of
 * templates. Once an hour it looks at everything, in the order in which accounts came into being; grades also move with
 * every complaint. */
#include "apps/sim/sim_alive.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "apps/sim/sim_private.h"

#define STREAM_APPEAL 0x61707065ULL
#define CODE_LOCKED 141008 /* of health_status, as partners report them */
#define CODE_BANNED 141014

static struct sim_history *history(const struct sim *s)
{
	return s->alive->history;
}

/* --- grades -------------------------------------------------------------------------------------- */

static void note_grade(struct sim *s, time_ms at, const char *what, const char *subject,
    const char *from, const char *to)
{
	char detail[SIM_DETAIL_MAX];

	(void)snprintf(detail, sizeof(detail), "%s > %s", from, to);
	sim_history_add(history(s), at, what, subject, detail);
}

/* Nobody is told: a number's quality has to be asked for. */
void sim_alive_grade(struct sim *s, struct sim_number *n, time_ms at)
{
	struct sim_number_meta *m = sim_alive_number(s, n);
	enum sim_grade was = m->rating.grade;

	if (!sim_rating_grade(&m->rating, &s->alive->number_rule, at))
		return;
	note_grade(s, at, "quality", n->id, sim_grade_name(was), sim_grade_name(m->rating.grade));
	sim_set_text(n->quality, sizeof(n->quality), str_c(sim_grade_name(m->rating.grade)));
	m->red_since = m->rating.grade == SIM_RED ? at : TIME_NONE;
	sim_alive_see(s, &(struct sim_seen){ .sight = SIM_SAW_QUALITY, .at = at, .number = n });
}

void sim_alive_grade_template(struct sim *s, struct sim_template *t, time_ms at)
{
	struct sim_template_meta *m = sim_alive_template(s, t);
	const char *was = sim_grade_name(m->rating.grade);

	if (!sim_rating_grade(&m->rating, &s->alive->template_rule, at))
		return;
	note_grade(s, at, "template_quality", t->name, was, sim_grade_name(m->rating.grade));
	sim_set_text(t->quality, sizeof(t->quality), str_c(sim_grade_name(m->rating.grade)));
	t->quality_at = at;
	sim_notice_quality(s, t, was);
	if (m->rating.grade == SIM_RED && strcmp(t->status, "APPROVED") == 0)
		sim_template_pause(s, t);
}

/* --- measures against an account ----------------------------------------------------------------- */

static void show_health(struct sim_waba *a)
{
	static const struct {
		const char *can_send;
		int code;
	} health[] = {
		[SIM_FREE] = { "AVAILABLE", 0 },
		[SIM_NO_TEMPLATES] = { "LIMITED", 0 },
		[SIM_NO_MESSAGES] = { "BLOCKED", 0 },
		[SIM_LOCKED] = { "BLOCKED", CODE_LOCKED },
		[SIM_DISABLED] = { "BLOCKED", CODE_BANNED },
	};
	enum sim_standing standing = a->meta.ladder.standing;

	sim_set_text(
	    a->health.can_send, sizeof(a->health.can_send), str_c(health[standing].can_send));
	a->health.code = health[standing].code;
}

void sim_alive_measure(struct sim *s, struct sim_waba *a, enum sim_measure m, time_ms at)
{
	if (m == SIM_MEASURE_NONE)
		return;
	sim_history_add(
	    history(s), at, sim_measure_name(m), a->id, sim_standing_name(a->meta.ladder.standing));
	show_health(a);
	sim_notice_measure(s, a, m, at);
	sim_alive_see(
	    s, &(struct sim_seen){ .sight = SIM_SAW_MEASURE, .at = at, .waba = a, .measure = m });
}

static bool is_violation(struct sim *s, struct sim_number *n, time_ms at)
{
	const struct sim_assume *a = &s->alive->assume;
	struct sim_number_meta *m = sim_alive_number(s, n);
	int64_t red = sim_assume_hours(a, SIM_LADDER_RED_HOURS);

	if (m->red_since != TIME_NONE && at - m->red_since >= red)
		return true;
	return sim_rating_reports(&m->rating, &s->alive->number_rule, at) >=
	    a->v[SIM_LADDER_REPORTS_SHARE];
}

/* Only an account that went on sending since the last one violates again. */
static void look_for_violation(struct sim *s, struct sim_waba *a, time_ms at)
{
	struct sim_waba_meta *m = sim_alive_waba(s, a);

	if ((double)m->delivered < s->alive->assume.v[SIM_QUALITY_MIN_DELIVERED])
		return;
	LIST_EACH(node, &a->numbers)
	{
		if (!is_violation(s, LIST_OF(node, struct sim_number, node), at))
			continue;
		enum sim_measure measure = sim_ladder_violate(&m->ladder, &s->alive->assume, at);
		if (measure != SIM_MEASURE_NONE)
			m->delivered = 0;
		sim_alive_measure(s, a, measure, at);
		return;
	}
}

static void tick_ladders(struct sim *s, struct sim_waba *a, time_ms at)
{
	struct sim_waba_meta *m = sim_alive_waba(s, a);
	struct sim_random r;

	sim_random_init(&r, s->seed ^ sim_mix(m->ladder.appeals + (STREAM_APPEAL << 32)));
	sim_alive_measure(
	    s, a, sim_ladder_tick(&m->ladder, &s->alive->assume, at, sim_random_share(&r)), at);
	if (sim_direct_tick(&m->direct, at)) {
		sim_history_add(
		    history(s), at, "direct_send", a->id, sim_direct_violation(&m->direct, true));
		sim_notice_direct(s, a, true);
	}
}

/* --- direct sends, categories -------------------------------------------------------------------- */

void sim_alive_direct(struct sim *s, struct sim_waba *a, time_ms at)
{
	if (!sim_direct_judge(&a->meta.direct, &s->alive->assume, at))
		return;
	sim_history_add(
	    history(s), at, "direct_send", a->id, sim_direct_violation(&a->meta.direct, false));
	sim_notice_direct(s, a, false);
}

/* Announced a day ahead; at once for accounts that were warned. */
void sim_alive_found(struct sim *s, struct sim_template *t, time_ms at)
{
	const struct sim_assume *a = &s->alive->assume;
	bool warned = sim_alive_waba(s, t->waba)->corrected >=
	    (unsigned)a->v[SIM_TEMPLATE_CATEGORY_WARNINGS];
	time_ms change_at = at + sim_assume_hours(a, SIM_TEMPLATE_CATEGORY_NOTICE_H);

	sim_set_text(t->correct_category, sizeof(t->correct_category), STR("MARKETING"));
	if (warned) {
		sim_alive_corrected(s, t, at);
		return;
	}
	sim_history_add(history(s), at, "category_announced", t->name, "MARKETING");
	sim_notice_detection(s, t);
	sim_notice_category(s, t, NULL, change_at);
	sim_agenda_add(s->agenda, change_at, SIM_DUE_CORRECTED, t->n);
}

void sim_alive_corrected(struct sim *s, struct sim_template *t, time_ms at)
{
	if (strcasecmp(t->category, t->correct_category) == 0)
		return;
	memcpy(t->previous_category, t->category, sizeof(t->previous_category));
	memcpy(t->category, t->correct_category, sizeof(t->category));
	t->waba->meta.corrected++;
	note_grade(s, at, "category", t->name, t->previous_category, t->category);
	sim_notice_category(s, t, t->previous_category, at);
}

/* --- portfolios ---------------------------------------------------------------------------------- */

void sim_alive_level(struct sim *s, struct sim_portfolio *p, int level, time_ms at)
{
	p->meta.level = level;
	p->limit = sim_level_people(&s->alive->assume, level);
	sim_history_add(history(s), at, "level", p->id, sim_level_name(level));
	sim_notice_level(s, p);
}

static bool is_good(struct sim *s, const struct sim_portfolio *p)
{
	LIST_EACH(waba, sim_world_wabas(s->world))
	{
		struct sim_waba *a = LIST_OF(waba, struct sim_waba, node);
		if (a->portfolio != p)
			continue;
		if (a->meta.ladder.standing != SIM_FREE)
			return false;
		LIST_EACH(node, &a->numbers)
		{
			if (LIST_OF(node, struct sim_number, node)->meta.rating.grade >= SIM_YELLOW)
				return false;
		}
		LIST_EACH(node, &a->templates)
		{
			if (LIST_OF(node, struct sim_template, node)->meta.rating.grade == SIM_RED)
				return false;
		}
	}
	return true;
}

static void tick_portfolio(struct sim *s, struct sim_portfolio *p, time_ms at)
{
	struct sim_portfolio_meta *m = sim_alive_portfolio(s, p);

	sim_alive_overdue(s, &m->pacer, at);
	sim_portfolio_peak(m, (int64_t)sim_portfolio_count(p, at), at);
	if (m->blocked_until != TIME_NONE && at >= m->blocked_until) {
		m->blocked_until = TIME_NONE;
		sim_history_add(history(s), at, "portfolio_unblocked", p->id, "");
	}
	bool good = is_good(s, p);
	if (!m->denied && !good && m->level == 0 &&
	    sim_portfolio_is_proven(m, &s->alive->assume, at)) {
		m->denied = true;
		sim_history_add(history(s), at, "level_denied", p->id, "");
		sim_notice_denied(s, p);
	}
	if (sim_portfolio_grow(m, &s->alive->assume, good, at))
		sim_alive_level(s, p, m->level, at);
}

/* Throughput grows with reach, where there is no limit any more. */
static void tick_throughput(struct sim *s, struct sim_number *n, time_ms at)
{
	const double *v = s->alive->assume.v;
	struct sim_portfolio *p = n->waba->portfolio;
	int64_t high = (int64_t)v[SIM_PORTFOLIO_THROUGHPUT_HIGH];

	if (p->limit != 0 || n->throughput >= high || n->meta.rating.grade == SIM_RED ||
	    (double)sim_portfolio_count(p, at) < v[SIM_PORTFOLIO_THROUGHPUT_PEOPLE])
		return;
	n->throughput = high;
	n->meta.upgraded_at = at;
	sim_history_add(history(s), at, "throughput", n->id, "HIGH");
	sim_notice_throughput(s, n);
}

/* --- idle templates ------------------------------------------------------------------------------ */

static void tick_archive(struct sim *s, struct sim_template *t, time_ms at)
{
	const struct sim_assume *a = &s->alive->assume;
	int64_t idle = at - sim_alive_template(s, t)->used_at;

	if (strcmp(t->status, "APPROVED") == 0 &&
	    idle >= sim_assume_days(a, SIM_TEMPLATE_ARCHIVE_DAYS)) {
		sim_template_set_status(s, t, "ARCHIVED", NULL);
		t->meta.used_at = at;
	} else if (strcmp(t->status, "ARCHIVED") == 0 &&
	    idle >= sim_assume_days(a, SIM_TEMPLATE_DELETE_DAYS)) {
		sim_template_set_status(s, t, "DELETED", NULL);
		sim_templates_delete(s->templates, t);
	}
}

/* --- once an hour -------------------------------------------------------------------------------- */

static void tick_waba(struct sim *s, struct sim_waba *a, time_ms at)
{
	(void)sim_alive_waba(s, a);
	LIST_EACH(node, &a->numbers)
	{
		struct sim_number *n = LIST_OF(node, struct sim_number, node);
		sim_alive_grade(s, n, at);
		tick_throughput(s, n, at);
	}
	LIST_EACH_SAFE(node, &a->templates)
	{
		struct sim_template *t = LIST_OF(node, struct sim_template, node);
		bool paced = a->meta.utility_paced_until > at &&
		    strcasecmp(t->category, "UTILITY") == 0;
		sim_alive_grade_template(s, t, at);
		t->meta.paced = t->meta.paced || paced;
		tick_archive(s, t, at);
	}
	tick_ladders(s, a, at);
	look_for_violation(s, a, at);
	tick_portfolio(s, a->portfolio, at);
}

void sim_alive_tick(struct sim *s, time_ms at)
{
	LIST_EACH(node, sim_world_wabas(s->world))
	tick_waba(s, LIST_OF(node, struct sim_waba, node), at);
}
