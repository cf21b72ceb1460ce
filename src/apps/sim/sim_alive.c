/* A message among people: asked for, perhaps held back, laid out by the crowd, delivered, and answered. What the platform
 * makes of it is in sim_alive_tick.c. */
#include "apps/sim/sim_alive.h"

#include <string.h>

#include "base/check.h"
#include "apps/sim/assumptions.h"
#include "apps/sim/sim_country.h"
#include "apps/sim/sim_private.h"

#define STREAM_PLATFORM 0x706c6174ULL
#define CODE_PAUSED 132015
#define CODE_NOT_ON_WHATSAPP 131026
#define CODE_EXPERIMENT 130472
#define CODE_PERSON_LIMIT 131049
#define CODE_SPAM 131048
#define CODE_UPGRADING 131057
#define CODE_THROUGHPUT 130429
#define CODE_PAIR 131056
#define CODE_NO_MEMORY 131000

/* --- life ---------------------------------------------------------------------------------------- */

static void appoint_tick(struct sim *s, time_ms behind)
{
	s->alive->look_at = (behind / MS_PER_HOUR + 1) * MS_PER_HOUR;
	sim_agenda_add(s->agenda, s->alive->look_at, SIM_DUE_TICK, 0);
}

void sim_alive_clock_set(struct sim *s)
{
	if (s->alive && s->alive->look_at > sim_now(s) + MS_PER_HOUR)
		appoint_tick(s, sim_now(s));
}

int sim_alive_open(struct sim *s, const struct sim_assume *a, struct err *err)
{
	struct sim_alive *x = mem_alloc(sizeof(*x));

	if (x) {
		x->assume = *a;
		x->number_rule = sim_rating_number(a);
		x->template_rule = sim_rating_template(a);
		x->crowd = sim_crowd_new(s->seed, &x->assume);
		x->history = sim_history_new();
	}
	s->alive = x;
	if (x && x->crowd && x->history)
		appoint_tick(s, sim_now(s));
	if (sim_agenda_len(s->agenda) > 0)
		return 0;
	sim_alive_close(s);
	return err_set(err, E_NOMEM, "Memory ran out.");
}

void sim_alive_close(struct sim *s)
{
	if (!s->alive)
		return;
	sim_crowd_free(&s->alive->crowd);
	sim_history_free(&s->alive->history);
	MEM_FREE(&s->alive);
}

void sim_alive_reset(struct sim *s)
{
	struct sim_alive *x = s->alive;

	sim_crowd_clear(x->crowd);
	sim_history_clear(x->history);
	memset(x->acts, 0, sizeof(x->acts));
	x->held = x->dropped = 0;
	appoint_tick(s, sim_now(s));
}

void sim_alive_see(struct sim *s, const struct sim_seen *seen)
{
	if (s->watch)
		s->watch(s->watch_arg, seen);
}

/* --- made ready ---------------------------------------------------------------------------------- */

bool sim_alive_sells(struct str text)
{
	static const char *const words[] = { ASSUME_PROMOTIONAL_WORDS };

	for (size_t i = 0; i < ARRAY_LEN(words); i++) {
		size_t len = strlen(words[i]);
		for (size_t at = 0; at + len <= text.len; at++) {
			if (strncasecmp(text.p + at, words[i], len) == 0)
				return true;
		}
	}
	return false;
}

static bool says_stop(struct str text)
{
	for (size_t at = 0; at + 4 <= text.len; at++) {
		if (strncasecmp(text.p + at, "stop", 4) == 0)
			return true;
	}
	return false;
}

bool sim_alive_is(const struct sim_template *t, const char *category)
{
	return strcasecmp(t->category, category) == 0;
}

struct sim_template_meta *sim_alive_template(struct sim *s, struct sim_template *t)
{
	struct sim_template_meta *m = &t->meta;
	struct str text = str_c(t->components ? t->components : "");

	if (m->ready)
		return m;
	*m = (struct sim_template_meta){ .ready = true,
		.used_at = sim_now(s),
		.relevance = s->alive->assume.v[SIM_PEOPLE_RELEVANCE],
		.offers_stop = says_stop(text),
		.sells = sim_alive_sells(text),
		.paced = sim_alive_is(t, "MARKETING"),
		.found_at = TIME_NONE };
	m->rating.changed_at = sim_now(s);
	sim_pacer_init(&m->pacer);
	return m;
}

void sim_alive_edited(struct sim *s, struct sim_template *t)
{
	struct sim_template_meta *m = sim_alive_template(s, t);
	struct str text = str_c(t->components ? t->components : "");

	m->offers_stop = says_stop(text);
	m->sells = sim_alive_sells(text);
	m->paced = sim_alive_is(t, "MARKETING");
}

void sim_alive_reviewed(struct sim *s, struct sim_template *t)
{
	struct sim_random r;

	sim_random_init(&r, s->seed ^ sim_mix(t->n + (STREAM_PLATFORM << 32)));
	if (!sim_alive_template(s, t)->sells || !sim_alive_is(t, "UTILITY") ||
	    sim_random_share(&r) >= s->alive->assume.v[SIM_TEMPLATE_CATEGORY_FOUND])
		return;
	sim_set_text(t->category, sizeof(t->category), STR("MARKETING"));
	sim_set_text(t->correct_category, sizeof(t->correct_category), STR("MARKETING"));
	t->meta.paced = true;
}

struct sim_portfolio_meta *sim_alive_portfolio(struct sim *s, struct sim_portfolio *p)
{
	struct sim_portfolio_meta *m = &p->meta;

	if (m->ready)
		return m;
	*m = (struct sim_portfolio_meta){
		.ready = true, .blocked_until = TIME_NONE, .grow_at = TIME_NONE
	};
	sim_pacer_init(&m->pacer);
	m->level = p->limit > 0 ? sim_level_of(&s->alive->assume, p->limit) : 0;
	p->limit = sim_level_people(&s->alive->assume, m->level);
	return m;
}

struct sim_waba_meta *sim_alive_waba(struct sim *s, struct sim_waba *a)
{
	(void)s;
	if (a->meta.ready)
		return &a->meta;
	a->meta = (struct sim_waba_meta){ .ready = true, .utility_paced_until = TIME_NONE };
	sim_ladder_init(&a->meta.ladder);
	sim_direct_init(&a->meta.direct);
	return &a->meta;
}

struct sim_number_meta *sim_alive_number(struct sim *s, struct sim_number *n)
{
	if (n->meta.ready)
		return &n->meta;
	n->meta = (struct sim_number_meta){
		.ready = true, .red_since = TIME_NONE, .upgraded_at = TIME_NONE
	};
	n->meta.rating.changed_at = sim_now(s);
	(void)sim_alive_waba(s, n->waba);
	(void)sim_alive_portfolio(s, n->waba->portfolio);
	sim_set_text(n->quality, sizeof(n->quality), str_c(sim_grade_name(SIM_UNRATED)));
	return &n->meta;
}

struct sim_template *sim_alive_template_of(const struct sim *s, const struct sim_message *m)
{
	return m->template_n ? sim_templates_by_counter(s->templates, m->template_n) : NULL;
}

/* --- asked for ----------------------------------------------------------------------------------- */

static int direct_refusal(struct sim *s, const struct sim_asked *x)
{
	struct sim_waba *a = x->number->waba;
	int code = sim_direct_take(&a->meta.direct, &s->alive->assume, x->sells, sim_now(s));

	if (!code && x->sells)
		sim_alive_direct(s, a, sim_now(s));
	return code;
}

static bool is_upgrading(const struct sim *s, const struct sim_number *n)
{
	double pause = s->alive->assume.v[SIM_PORTFOLIO_THROUGHPUT_PAUSE_S];

	return n->meta.upgraded_at != TIME_NONE &&
	    (double)(sim_now(s) - n->meta.upgraded_at) < pause * (double)MS_PER_S;
}

int sim_alive_refusal(struct sim *s, const struct sim_asked *x)
{
	struct sim_number *n = (struct sim_number *)x->number;
	time_ms now = sim_now(s);

	(void)sim_alive_number(s, n);
	int code = sim_ladder_refusal(&n->waba->meta.ladder, x->is_typed, now);
	if (code)
		return code;
	if (x->is_typed && now < n->waba->portfolio->meta.blocked_until)
		return CODE_PAUSED;
	if (is_upgrading(s, n))
		return CODE_UPGRADING;
	return x->is_direct ? direct_refusal(s, x) : 0;
}

/* --- laid out ------------------------------------------------------------------------------------ */

static bool is_marketing(const struct sim_message *m)
{
	return m->category == SIM_MARKETING || m->category == SIM_MARKETING_LITE;
}

static bool is_uncapped(const struct sim *s, const struct sim_message *m, struct str phone)
{
	const struct sim_assume *a = &s->alive->assume;

	return m->in_window || sim_assume_is_uncapped(a, m->number->waba->country) ||
	    sim_assume_is_uncapped(a, sim_country_of(phone));
}

/* What the platform and the person's phone do to it before anybody sees it; 0 = nothing. */
static int failure_of(
    struct sim *s, const struct sim_message *m, struct sim_soul *soul, struct str phone)
{
	const double *v = s->alive->assume.v;
	struct sim_random r;

	sim_random_init(&r, s->seed ^ sim_mix(m->n + (STREAM_PLATFORM << 32)));
	if (soul->unreachable)
		return CODE_NOT_ON_WHATSAPP;
	if (m->is_typed && m->number->meta.rating.grade == SIM_RED &&
	    sim_random_share(&r) < v[SIM_QUALITY_SPAM_SHARE])
		return CODE_SPAM;
	if (!is_marketing(m))
		return 0;
	if (sim_random_share(&r) < v[SIM_CAP_EXPERIMENT_SHARE])
		return CODE_EXPERIMENT;
	bool uncapped = is_uncapped(s, m, phone);
	return sim_crowd_may_market(s->alive->crowd, soul, uncapped, m->base_at)
	    ? 0
	    : CODE_PERSON_LIMIT;
}

static int64_t life_of(const struct sim_message *m, const struct sim_template *t)
{
	if (t && t->ttl_s > 0)
		return t->ttl_s * MS_PER_S;
	return m->category == SIM_AUTHENTICATION ? FIG_AUTH_TTL_MS : FIG_TTL_MS;
}

static int32_t bounded(int64_t ms)
{
	return ms < INT32_MAX ? (int32_t)ms : INT32_MAX;
}

static void lay_out_reaction(struct sim *s, struct sim_message *m, struct sim_soul *soul)
{
	struct sim_template *t = sim_alive_template_of(s, m);
	const struct sim_template_meta *meta = t ? sim_alive_template(s, t) : NULL;
	const struct sim_impression i = { .n = m->n,
		.category = m->category,
		.relevance = meta ? meta->relevance : s->alive->assume.v[SIM_PEOPLE_RELEVANCE],
		.offers_stop = meta && meta->offers_stop,
		.ttl_ms = life_of(m, t),
		.at = m->base_at };
	struct sim_reaction reaction;

	sim_crowd_react(s->alive->crowd, soul, &i, &reaction);
	if (!reaction.arrives)
		return;
	sim_progress_step(s, m, SIM_DELIVERED, bounded(reaction.delivered_ms));
	if (reaction.read_ms >= 0)
		sim_progress_step(s, m, SIM_READ, bounded(reaction.read_ms));
	m->act = (int)reaction.act;
	m->act_ms = bounded(reaction.act_ms);
}

void sim_alive_lay_out(struct sim *s, struct sim_message *m, int code)
{
	const struct sim_person *p = sim_world_person_at(s->world, m->person);
	const struct sim_pair *pair = sim_world_pair(s->world, m->number, p);
	struct sim_soul *soul = sim_crowd_soul(s->alive->crowd, m->person, str_c(p->phone));
	struct sim_random r;

	sim_random_init(&r, s->seed ^ m->n);
	int64_t sent_ms = sim_random_between(&r, ASSUME_SENT_MS_MIN, ASSUME_SENT_MS_MAX);
	if (!soul)
		code = CODE_NO_MEMORY;
	m->fail_code = code ? code : failure_of(s, m, soul, str_c(p->phone));
	if (m->fail_code) {
		sim_progress_step(s, m, SIM_FAILED, sent_ms);
		return;
	}
	sim_progress_step(s, m, SIM_SENT, sent_ms);
	if (!pair || !pair->shut)
		lay_out_reaction(s, m, soul);
}

/* --- delivered, and answered --------------------------------------------------------------------- */

void sim_alive_delivered(struct sim *s, const struct sim_message *m, time_ms at)
{
	struct sim_alive *x = s->alive;
	struct sim_template *t = sim_alive_template_of(s, m);
	struct sim_portfolio_meta *p = sim_alive_portfolio(s, m->number->waba->portfolio);

	sim_history_mark(x->history, m->n ^ (uint64_t)at << 24);
	if (m->act != SIM_ACT_NONE)
		sim_agenda_add(s->agenda, m->base_at + m->act_ms, SIM_DUE_ACT, m->n);
	if (!m->is_typed)
		return;
	sim_rating_delivered(&m->number->meta.rating, &x->number_rule, at);
	m->number->waba->meta.delivered++;
	p->pacer.delivered += 1;
	if (!m->in_window)
		sim_portfolio_prove(p, m->person, at);
	if (!t)
		return;
	sim_rating_delivered(&sim_alive_template(s, t)->rating, &x->template_rule, at);
	t->meta.pacer.delivered += 1;
	if (t->meta.sells && t->meta.found_at == TIME_NONE && sim_alive_is(t, "UTILITY")) {
		t->meta.found_at = at + sim_assume_hours(&x->assume, SIM_TEMPLATE_CATEGORY_HOURS);
		sim_agenda_add(s->agenda, t->meta.found_at, SIM_DUE_FOUND, t->n);
	}
}

/* A complaint counts where its delivery does, so that the two grow old together. */
static void complain(
    struct sim *s, const struct sim_message *m, double weight, bool report, time_ms at)
{
	struct sim_alive *x = s->alive;
	struct sim_template *t = sim_alive_template_of(s, m);

	time_ms when = m->reached[SIM_DELIVERED];

	if (!m->is_typed)
		return;
	sim_rating_bad(&m->number->meta.rating, &x->number_rule, when, weight, report);
	m->number->waba->portfolio->meta.pacer.bad += weight;
	sim_alive_grade(s, m->number, at);
	if (!t)
		return;
	sim_rating_bad(&t->meta.rating, &x->template_rule, when, weight, report);
	t->meta.pacer.bad += weight;
	sim_alive_grade_template(s, t, at);
}

static void say(struct sim *s, const struct sim_message *m, const char *text, time_ms at)
{
	const struct sim_person *p = sim_world_person_at(s->world, m->person);
	struct sim_pair *pair = sim_world_pair(s->world, m->number, p);

	if (!pair)
		return;
	if (pair->last_inbound == TIME_NONE || at > pair->last_inbound)
		pair->last_inbound = at;
	s->counts.inbound++;
	sim_notice_text(s, m, text, at);
}

static void do_act(struct sim *s, const struct sim_message *m, struct sim_soul *soul,
    struct sim_pair *pair, time_ms at)
{
	const double *v = s->alive->assume.v;

	switch ((enum sim_act)m->act) {
	case SIM_ACT_REPLY:
		say(s, m, "Ok, grazie", at);
		return;
	case SIM_ACT_STOP_TEXT:
		soul->asked_stop = true;
		say(s, m, "STOP", at);
		return;
	case SIM_ACT_STOP_CONTROL:
		pair->stopped = true;
		sim_notice_stop(s, m, at);
		return;
	case SIM_ACT_MUTE:
		complain(s, m, v[SIM_QUALITY_MUTE_WEIGHT], false, at);
		return;
	case SIM_ACT_BLOCK:
		pair->shut = true;
		complain(s, m, 1, false, at);
		return;
	case SIM_ACT_REPORT:
		pair->shut = true;
		complain(s, m, v[SIM_QUALITY_REPORT_WEIGHT], true, at);
		return;
	case SIM_ACT_NONE:
	case SIM_ACTS:
		return;
	}
}

/* Whoever has blocked the number meanwhile does nothing more. */
static void due_act(struct sim *s, uint64_t n, time_ms at)
{
	const struct sim_message *m = sim_messages_get(s->messages, n);
	const struct sim_person *p = m ? sim_world_person_at(s->world, m->person) : NULL;
	struct sim_pair *pair = p ? sim_world_pair(s->world, m->number, p) : NULL;
	struct sim_soul *soul = p ? sim_crowd_soul(s->alive->crowd, m->person, str_c(p->phone))
				  : NULL;

	if (!pair || !soul || pair->shut)
		return;
	s->alive->acts[m->act]++;
	sim_history_mark(s->alive->history, m->n ^ (uint64_t)m->act << 56);
	do_act(s, m, soul, pair, at);
	sim_alive_see(s,
	    &(struct sim_seen){
		.sight = SIM_SAW_ACT, .at = at, .message = m, .act = (enum sim_act)m->act });
}

static void due_category(struct sim *s, enum sim_due kind, uint64_t n, time_ms at)
{
	struct sim_template *t = sim_templates_by_counter(s->templates, n);

	if (!t)
		return;
	if (kind == SIM_DUE_FOUND)
		sim_alive_found(s, t, at);
	else
		sim_alive_corrected(s, t, at);
}

void sim_alive_due(struct sim *s, enum sim_due kind, uint64_t ref, time_ms at)
{
	if (!s->alive)
		return;
	if (kind == SIM_DUE_ACT)
		due_act(s, ref, at);
	else if (kind == SIM_DUE_PACED_TEMPLATE)
		sim_alive_due_template(s, ref, at);
	else if (kind == SIM_DUE_PACED_PORTFOLIO)
		sim_alive_due_portfolio(s, ref, at);
	else if (kind == SIM_DUE_FOUND || kind == SIM_DUE_CORRECTED)
		due_category(s, kind, ref, at);
	if (kind != SIM_DUE_TICK || at != s->alive->look_at)
		return;
	sim_alive_tick(s, at);
	appoint_tick(s, at);
}

/* --- from inside the process --------------------------------------------------------------------- */

static int refuse_quick(
    struct sim *s, struct sim_number *n, struct sim_pair *pair, struct sim_template *t)
{
	const struct sim_asked asked = { .number = n, .template = t, .is_typed = true };
	int code = sim_template_refusal(t);

	if (!code)
		code = sim_alive_refusal(s, &asked);
	if (!code && !sim_number_take(n, sim_now(s), 0))
		code = CODE_THROUGHPUT;
	if (!code && !sim_pair_take(pair, sim_now(s)))
		code = CODE_PAIR;
	return code;
}

static enum sim_category category_of(const struct sim_template *t)
{
	if (sim_alive_is(t, "MARKETING"))
		return SIM_MARKETING;
	return sim_alive_is(t, "AUTHENTICATION") ? SIM_AUTHENTICATION : SIM_UTILITY;
}

int sim_alive_send(struct sim *s, struct sim_number *n, struct sim_person *p,
    struct sim_template *t, uint64_t *ret)
{
	struct sim_pair *pair = sim_world_pair(s->world, n, p);
	int code = pair ? refuse_quick(s, n, pair, t) : CODE_NO_MEMORY;
	struct sim_message *m = code ? NULL : sim_messages_add(s->messages, STR_NONE, STR_NONE);

	if (!m) {
		s->counts.refused++;
		return code ? code : CODE_NO_MEMORY;
	}
	m->number = n;
	m->person = p->index;
	m->in_window = sim_pair_window_open(pair, sim_now(s));
	m->is_typed = true;
	m->category = category_of(t);
	m->template_n = t->n;
	m->accepted_at = m->base_at = sim_now(s);
	s->counts.accepted++;
	*ret = m->n;
	if (!sim_alive_holds(s, m))
		(void)sim_progress_begin(s, m, 0);
	return 0;
}
