/* What is held back until its first part was assessed: new templates, and batches of a young portfolio. */
#include "apps/sim/sim_alive.h"

#include <string.h>

#include "apps/sim/sim_private.h"

#define CODE_PAUSED 132015

static int64_t minutes(const struct sim *s, enum sim_assumption i)
{
	return (int64_t)(s->alive->assume.v[i] * (double)MS_PER_MIN);
}

static bool template_holds(struct sim *s, struct sim_message *m, struct sim_template *t)
{
	struct sim_template_meta *meta = sim_alive_template(s, t);
	const double *v = s->alive->assume.v;
	time_ms at = sim_now(s) + minutes(s, SIM_TEMPLATE_PACING_MIN);

	if (!meta->paced ||
	    sim_pacer_pass(&meta->pacer, v[SIM_TEMPLATE_PACING_FIRST], 0, sim_now(s)))
		return false;
	if (sim_pacer_hold(&meta->pacer, m->n, at))
		sim_agenda_add(s->agenda, at, SIM_DUE_PACED_TEMPLATE, t->n);
	return true;
}

static bool portfolio_holds(struct sim *s, struct sim_message *m)
{
	struct sim_portfolio_meta *meta = sim_alive_portfolio(s, m->number->waba->portfolio);
	const double *v = s->alive->assume.v;
	time_ms now = sim_now(s), at = now + minutes(s, SIM_PORTFOLIO_PACING_MIN);

	sim_portfolio_typed(meta, now);
	if (meta->pacer.decide_at == TIME_NONE &&
	    (double)sim_portfolio_typed_year(meta, now) >= v[SIM_PORTFOLIO_PACING_BELOW])
		return false;
	if (sim_pacer_pass(&meta->pacer, v[SIM_PORTFOLIO_PACING_BATCH], MS_PER_HOUR, now))
		return false;
	if (sim_pacer_hold(&meta->pacer, m->n, at))
		sim_agenda_add(s->agenda, at, SIM_DUE_PACED_PORTFOLIO, m->n);
	return true;
}

bool sim_alive_holds(struct sim *s, struct sim_message *m)
{
	struct sim_template *t = sim_alive_template_of(s, m);

	if (!m->is_typed || m->group)
		return false;
	if (t)
		sim_alive_template(s, t)->used_at = sim_now(s);
	bool held = (t && template_holds(s, m, t)) || portfolio_holds(s, m);
	s->alive->held += held;
	return held;
}

static void drop_all(struct sim *s, struct sim_pacer *p, time_ms at)
{
	struct sim_message *m;
	uint64_t n;

	while (sim_pacer_take(p, &n)) {
		s->alive->dropped++;
		if ((m = sim_messages_get(s->messages, n)))
			sim_progress_fail(s, m, at, CODE_PAUSED);
	}
	sim_pacer_restart(p, at);
}

static void release(struct sim *s, struct sim_pacer *p, double most, time_ms at)
{
	struct sim_message *m;
	uint64_t n;

	for (double i = 0; i < most && sim_pacer_take(p, &n); i++) {
		if ((m = sim_messages_get(s->messages, n)))
			sim_progress_release(s, m, at);
	}
}

void sim_alive_due_template(struct sim *s, uint64_t n, time_ms at)
{
	struct sim_template *t = sim_templates_by_counter(s->templates, n);
	struct sim_alive *x = s->alive;

	if (!t || t->meta.pacer.decide_at == TIME_NONE)
		return;
	if (sim_pacer_share(&t->meta.pacer) > x->assume.v[SIM_TEMPLATE_PACING_BAD]) {
		drop_all(s, &t->meta.pacer, at);
		t->paused_until = TIME_NONE;
		sim_history_add(x->history, at, "template_dropped", t->name, "pacing");
		sim_template_set_status(s, t, "PAUSED", "RATE_LIMITING_PAUSE");
		sim_alive_paused(s, t);
		return;
	}
	t->meta.paced = false;
	sim_history_add(x->history, at, "template_released", t->name, "");
	release(s, &t->meta.pacer, (double)t->meta.pacer.len, at);
	sim_pacer_restart(&t->meta.pacer, at);
}

/* `n` is the first message that was held: it leads to the portfolio. */
void sim_alive_due_portfolio(struct sim *s, uint64_t n, time_ms at)
{
	struct sim_message *m = sim_messages_get(s->messages, n);
	const struct sim_assume *a = &s->alive->assume;

	if (!m)
		return;
	struct sim_portfolio *p = m->number->waba->portfolio;
	struct sim_pacer *pacer = &p->meta.pacer;
	if (sim_pacer_share(pacer) > a->v[SIM_PORTFOLIO_PACING_BAD]) {
		drop_all(s, pacer, at);
		p->meta.blocked_until = at + sim_assume_hours(a, SIM_PORTFOLIO_REVIEW_HOURS);
		sim_history_add(s->alive->history, at, "portfolio_blocked", p->id, "pacing");
		return;
	}
	release(s, pacer, a->v[SIM_PORTFOLIO_PACING_BATCH], at);
	sim_pacer_restart(pacer, at);
	if (pacer->len == 0)
		return;
	pacer->decide_at = at + minutes(s, SIM_PORTFOLIO_PACING_MIN);
	sim_agenda_add(s->agenda, pacer->decide_at, SIM_DUE_PACED_PORTFOLIO, n);
}

void sim_alive_overdue(struct sim *s, struct sim_pacer *p, time_ms at)
{
	if (p->decide_at == TIME_NONE || at - p->decide_at < MS_PER_HOUR)
		return;
	release(s, p, (double)p->len, at);
	sim_pacer_restart(p, at);
}

void sim_alive_paused(struct sim *s, struct sim_template *t)
{
	struct sim_template_meta *m = sim_alive_template(s, t);
	struct sim_waba_meta *waba = sim_alive_waba(s, t->waba);

	sim_rating_clear(&m->rating);
	drop_all(s, &m->pacer, sim_now(s));
	m->paced = true;
	if (sim_alive_is(t, "UTILITY"))
		waba->utility_paced_until = sim_now(s) +
		    sim_assume_days(&s->alive->assume, SIM_TEMPLATE_PACING_UTILITY_DAYS);
}

int64_t sim_alive_pause_ms(const struct sim *s, unsigned nth)
{
	return sim_assume_hours(
	    &s->alive->assume, nth == 0 ? SIM_TEMPLATE_PAUSE_FIRST_H : SIM_TEMPLATE_PAUSE_SECOND_H);
}
