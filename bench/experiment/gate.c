/* The ordinary client behind Varco with its defaults: every message is judged by the gateway's own policy_decide, with the
 * built-in pack, on facts that are filled as the gateway fills them: consents, the people of the day, the days of
 * warm-up that were earned, the steps in which templates are released, the number's quality as polled, templates and
 * restrictions as webhooks tell them.
 *
 * What the real gateway also does and this does not: the circuit breaker, alerts and the people who act on them; nor
 * anything about durability. A hold without a known end that concerns the
 * whole number keeps back everything else for half an hour, where the gateway looks again every minute. */
#include "bench/experiment/company.h"

#include <string.h>

#include "base/check.h"
#include "domain/policy.h"
#include "domain/release.h"
#include "domain/signal.h"
#include "domain/warmup.h"

#define POLL_MS (10 * MS_PER_MIN)
#define BRAKE_MS (30 * MS_PER_MIN)
#define CODE_NOT_ON_WHATSAPP 131026
#define CODE_PERSON_LIMIT 131049
#define PER_SECOND 10
#define PATIENCE_MS (6 * MS_PER_DAY)

/* A person counted among the day's. */
struct counted {
	time_ms at;
	bool engaged;
};

struct gate {
	struct pack *pack;
	struct arena *arena, *kept;
	struct message message[TEMPLATES];
	struct facts facts;
	struct facts_restriction restriction[2];
	struct str app_number;
	time_ms polled_at, brake_until;
	char quality[SIM_WORD_MAX];
	struct counted *day; /* ring: people counted in the last day */
	size_t head, hour, minute, tail, engaged;
	int64_t by_hour[COMPANY_DAYS * 24 + 1];
	int64_t second, sent_in_second;
	int64_t patience_ms; /* how long a message is asked for */
	int64_t highest, highest_hour;
	struct warmup_state ramp;
	struct warmup_past days[COMPANY_DAYS + 2]; /* what came back on each */
	time_ms restricted_until; /* TIME_NONE = no restriction whose end is to come */
	struct facts_release release[TEMPLATES];
	bool was_on[TEMPLATES]; /* sendable, as seen last */
	struct decision decision;
};

#define RING (CUSTOMERS * 2)

/* --- opening ------------------------------------------------------------------------------------- */

static const char component[] =
    "[{\"type\":\"BODY\",\"text\":\"Notizie dalla bottega. Scrivi STOP per non riceverne.\"}]";

static int read_message(struct gate *g, struct company *c, size_t i)
{
	const struct json *body;
	struct str text = arena_printf(g->kept,
	    "{\"messaging_product\":\"whatsapp\",\"to\":\"+393331000000\",\"type\":\"template\","
	    "\"template\":{\"name\":\"%s\",\"language\":{\"code\":\"%s\"}}}",
	    c->templates[i]->name, c->templates[i]->language);

	if (!text.p || json_read(g->kept, text, &body, NULL))
		return -E_NOMEM;
	return message_read(
	    g->kept, g->pack, body, NULL, STR("/messages"), STR("IT"), &g->message[i]);
}

static int open_facts(struct gate *g)
{
	struct facts *f = &g->facts;

	facts_init(f);
	f->app.given = f->app.known = f->app.any_number = f->app.any_purpose = true;
	f->app.id = STR("shop");
	f->waba.id = STR("900800700");
	f->waba.country = STR("IT");
	f->waba.restrictions = g->restriction;
	f->number.given = f->number.known = true;
	f->number.id = STR("100200300");
	f->number.status = STR("CONNECTED");
	f->tpl.known = true;
	f->has_key = true;
	f->person.engaged_given = true;
	return json_read(
	    g->kept, str_n(component, sizeof(component) - 1), &f->tpl.components, NULL);
}

static int gate_open(struct company *c)
{
	struct gate *g = mem_alloc(sizeof(*g));
	struct err err = { 0 };
	int rc = 0;

	c->ctx = g;
	if (!g)
		return -E_NOMEM;
	g->polled_at = g->brake_until = g->restricted_until = TIME_NONE;
	warmup_begin(COMPANY_START, &g->ramp);
	g->highest_hour = -1;
	g->arena = arena_new(0, 0);
	g->kept = arena_new(0, 0);
	g->day = mem_alloc(RING * sizeof(*g->day));
	if (!g->arena || !g->kept || !g->day || pack_builtin(&g->pack, &err))
		return -E_NOMEM;
	for (size_t i = 0; rc == 0 && i < TEMPLATES; i++)
		rc = read_message(g, c, i);
	g->patience_ms = pack_limits(g->pack)->held.expire_ms;
	return rc ? rc : open_facts(g);
}

/* Whom a campaign did not reach is asked for again every day, until shortly before the next one. */
static int patient_open(struct company *c)
{
	int rc = gate_open(c);

	if (rc == 0)
		((struct gate *)c->ctx)->patience_ms = PATIENCE_MS;
	return rc;
}

static void gate_close(struct company *c)
{
	struct gate *g = c->ctx;

	if (!g)
		return;
	arena_free(&g->arena);
	arena_free(&g->kept);
	mem_free(g->day);
	pack_free(&g->pack);
	mem_free(g);
}

/* --- the day's people ---------------------------------------------------------------------------- */

static void forget_old(struct gate *g, time_ms now)
{
	for (; g->head < g->tail && now - g->day[g->head % RING].at >= MS_PER_DAY; g->head++)
		g->engaged -= g->day[g->head % RING].engaged;
	g->hour = g->hour > g->head ? g->hour : g->head;
	while (g->hour < g->tail && now - g->day[g->hour % RING].at >= MS_PER_HOUR)
		g->hour++;
	g->minute = g->minute > g->hour ? g->minute : g->hour;
	while (g->minute < g->tail && now - g->day[g->minute % RING].at >= MS_PER_MIN)
		g->minute++;
}

static bool is_counted(const struct customer *who, time_ms now)
{
	return who->counted_at != TIME_NONE && now - who->counted_at < MS_PER_DAY;
}

static void count(struct gate *g, struct customer *who, bool counts, bool engaged, time_ms now)
{
	g->by_hour[(now - COMPANY_START) / MS_PER_HOUR]++;
	g->sent_in_second = g->second == now / MS_PER_S ? g->sent_in_second + 1 : 1;
	g->second = now / MS_PER_S;
	if (!counts || is_counted(who, now) || g->tail - g->head >= RING)
		return;
	who->counted_at = now;
	g->day[g->tail++ % RING] = (struct counted){ now, engaged };
	g->engaged += engaged;
}

static int64_t sum_hours(const struct gate *g, int64_t from, int64_t to)
{
	int64_t all = 0;

	for (int64_t i = from < 0 ? 0 : from; i < to; i++)
		all += g->by_hour[i];
	return all;
}

/* The most of 24 hours within the last seven days, looked at once an hour. */
static int64_t highest_day(struct gate *g, int64_t hour)
{
	if (hour == g->highest_hour)
		return g->highest;
	g->highest_hour = hour;
	g->highest = 0;
	for (int64_t days = 1; days <= 7; days++) {
		int64_t sent = sum_hours(g, hour - 24 * (days + 1), hour - 24 * days + 1);
		g->highest = sent > g->highest ? sent : g->highest;
	}
	return g->highest;
}

/* --- facts --------------------------------------------------------------------------------------- */

static void poll(struct gate *g, const struct company *c, time_ms now)
{
	if (g->polled_at != TIME_NONE && now - g->polled_at < POLL_MS)
		return;
	g->polled_at = now;
	sim_set_text(g->quality, sizeof(g->quality), str_c(c->number->quality));
	g->facts.number.quality = str_c(g->quality);
	g->facts.portfolio.limited = c->number->waba->portfolio->limit > 0;
	g->facts.portfolio.limit = c->number->waba->portfolio->limit;
}

/* --- warm-up ------------------------------------------------------------------------------------- */

static struct warmup_past *day_of(struct gate *g, int64_t calendar_day)
{
	int64_t i = calendar_day - warmup_calendar_day(COMPANY_START);

	return &g->days[i < 0 ? 0 : i > COMPANY_DAYS ? COMPANY_DAYS : i];
}

static int64_t people_of(const struct company *c, int64_t calendar_day)
{
	int64_t n = 0;

	for (size_t i = 0; i < CUSTOMERS; i++)
		n += c->customers[i].out_at != TIME_NONE &&
		    warmup_calendar_day(c->customers[i].out_at) == calendar_day;
	return n;
}

static bool is_red(const char *quality)
{
	return strcmp(quality, "RED") == 0 || strcmp(quality, "FLAGGED") == 0;
}

static bool has_red_template(const struct company *c)
{
	for (size_t i = 0; i < TEMPLATES; i++) {
		if (is_red(c->templates[i]->quality))
			return true;
	}
	return false;
}

static void end_day(struct company *c, struct gate *g, time_ms now)
{
	struct warmup_past *past = day_of(g, g->ramp.stepped_day);
	const struct facts_portfolio *p = &g->facts.portfolio;
	unsigned gates;

	past->used = people_of(c, g->ramp.stepped_day);
	past->yellow = strcmp(g->quality, "YELLOW") == 0;
	past->red = is_red(g->quality);
	past->red_template = has_red_template(c);
	(void)warmup_end_day(g->pack, &g->ramp, past, p->limited ? p->limit : -1, now, &gates);
}

/* As warmup_round() does with what is on record. */
static void turn_ramp(struct company *c, struct gate *g, time_ms now)
{
	bool red = is_red(g->quality);

	if (warmup_calendar_day(now) > g->ramp.stepped_day)
		end_day(c, g, now);
	if (red && !g->ramp.red)
		warmup_went_red(g->pack, &g->ramp, now);
	g->ramp.red = red;
	if (g->restricted_until == TIME_NONE || now < g->restricted_until)
		return;
	warmup_was_restricted(g->pack, &g->ramp, g->restricted_until);
	g->restricted_until = TIME_NONE;
}

/* --- releases ------------------------------------------------------------------------------------ */

static int64_t audience_of(const struct company *c)
{
	int64_t n = 0;

	for (size_t i = 0; i < CUSTOMERS; i++)
		n += c->customers[i].granted_at != TIME_NONE &&
		    c->customers[i].stopped_at == TIME_NONE;
	return n;
}

/* What is new on the first day, or comes back from a pause, begins anew. */
static void fill_release(struct company *c, struct gate *g, size_t template, time_ms now)
{
	struct facts_release *r = &g->release[template];
	bool on = strcmp(c->templates[template]->status, "APPROVED") == 0;

	if (on && !g->was_on[template])
		*r = (struct facts_release){ true, RELEASE_FIRST, 0, -1, TIME_NONE };
	g->was_on[template] = on;
	if (r->audience < 0 && r->filled_at != TIME_NONE)
		r->audience = audience_of(c);
	release_advance(g->pack, r, now);
	g->facts.tpl.release = *r;
}

static void fill_number(struct gate *g, time_ms now)
{
	struct facts *f = &g->facts;
	int64_t hour = (now - COMPANY_START) / MS_PER_HOUR;
	int64_t people = (int64_t)(g->tail - g->head);
	struct warmup_day day;

	warmup_day(
	    g->pack, false, &g->ramp, f->portfolio.limited ? f->portfolio.limit : -1, now, &day);
	f->portfolio.unique_24h = people;
	f->number.sent_last_second = g->second == now / MS_PER_S ? g->sent_in_second : 0;
	f->number.sent_24h = sum_hours(g, hour - 23, hour + 1);
	f->number.max_24h_last_7d = highest_day(g, hour);
	f->number.warmup = (struct facts_warmup){ .active = day.active,
		.cap = day.cap,
		.day = day.day,
		.used = people,
		.used_last_hour = (int64_t)(g->tail - g->hour),
		.used_last_minute = (int64_t)(g->tail - g->minute),
		.engaged_share = people ? (double)g->engaged / (double)people : 1,
		.frozen_until = day.frozen_until };
}

static void fill_template(struct gate *g, const struct sim_template *t)
{
	struct facts_template *f = &g->facts.tpl;

	f->name = str_c(t->name);
	f->language = str_c(t->language);
	f->status = str_c(t->status);
	f->quality = str_c(t->quality);
	f->category = strcasecmp(t->category, "MARKETING") == 0 ? PURPOSE_MARKETING
								: PURPOSE_UTILITY;
	f->correct_category = PURPOSE_NONE;
	f->paused_until = t->paused_until;
	f->paused_until_given = t->paused_until != TIME_NONE;
	f->category_change_at = TIME_NONE;
}

static int fill_consents(struct gate *g, const struct customer *who)
{
	struct facts_consent *acts = arena_array(g->arena, sizeof(*acts), 3);
	size_t n = 0;

	if (!acts)
		return -E_NOMEM;
	if (who->granted_at != TIME_NONE)
		acts[n++] = (struct facts_consent){ .purpose = PURPOSE_ALL,
			.act = CONSENT_GRANT,
			.at = who->granted_at,
			.evidence = who->by_form ? EVIDENCE_FORM : EVIDENCE_IMPORTED };
	for (enum purpose p = PURPOSE_MARKETING;
	    who->stopped_at != TIME_NONE && p <= PURPOSE_UTILITY; p++)
		acts[n++] = (struct facts_consent){ .purpose = p,
			.act = CONSENT_WITHDRAW,
			.at = who->stopped_at,
			.evidence = EVIDENCE_INBOUND };
	g->facts.person.consents = acts;
	g->facts.person.consents_len = n;
	return 0;
}

static bool is_engaged(const struct gate *g, const struct customer *who, time_ms now)
{
	const struct pack_warmup *w = pack_warmup(g->pack);

	return (who->inbound_at != TIME_NONE && who->inbound_at > now - w->engaged_inbound_ms) ||
	    (who->granted_at != TIME_NONE && who->granted_at > now - w->engaged_grant_ms);
}

static int fill_person(struct gate *g, struct customer *who, time_ms now)
{
	struct facts_person *f = &g->facts.person;

	f->phone = who->phone;
	f->last_inbound_at = who->inbound_at;
	f->meta_stop = who->pressed_stop;
	f->hard_failures = who->hard_failures;
	f->cooldown_until = who->cooldown_until;
	f->marketing_sent = who->sent;
	f->marketing_sent_len = who->sent_len < SENT_MAX ? who->sent_len : SENT_MAX;
	f->counted_24h = is_counted(who, now);
	f->engaged = is_engaged(g, who, now);
	for (int i = 0; i <= PURPOSE_ALL; i++)
		f->last_delivered[i] = who->delivered_at;
	return fill_consents(g, who);
}

/* --- judgement ----------------------------------------------------------------------------------- */

/* Only people who wrote or agreed lately are reached in the first days: the others wait, whatever is left of the day. */
static bool is_unengaged(const struct gate *g, const struct facts_warmup *f)
{
	return !g->facts.person.engaged && f->day <= pack_warmup(g->pack)->engaged_share_days;
}

/* How long until a hold of the warm-up may have passed. */
static int64_t warmup_wait(const struct gate *g, bool *ret_of_number)
{
	const struct facts_warmup *f = &g->facts.number.warmup;
	const struct pack_warmup *w = pack_warmup(g->pack);
	int64_t hour = f->cap * w->hourly_share_ppm / 1000000;

	*ret_of_number = true;
	if (f->used >= f->cap)
		return BRAKE_MS;
	if (f->used_last_hour >= (hour > w->hourly_min ? hour : w->hourly_min))
		return BRAKE_MS / 3;
	*ret_of_number = !is_unengaged(g, f);
	return *ret_of_number ? MS_PER_MIN : MS_PER_DAY / 4;
}

/* A hold of the whole number keeps everything else of it back, too. */
static void wait(struct company *c, struct gate *g, const struct job *job)
{
	const char *id = g->decision.leading->rule->id;
	time_ms now = company_now(c), until = g->decision.hold_until;
	bool of_number = strcmp(id, "limit.portfolio") == 0 || strcmp(id, "limit.spike") == 0 ||
	    strncmp(id, "limit.", 6) != 0;

	if (until == TIME_NONE && strcmp(id, "limit.warmup") == 0)
		until = now + warmup_wait(g, &of_number);
	else if (until == TIME_NONE)
		until = now + BRAKE_MS;
	else
		of_number = false;
	if (of_number)
		g->brake_until = until;
	company_again(c, job, until > now ? until : now + MS_PER_S);
}

static int judge(struct company *c, struct gate *g, const struct job *job, time_ms now)
{
	struct customer *who = &c->customers[job->customer];

	arena_reset(g->arena);
	forget_old(g, now);
	poll(g, c, now);
	turn_ramp(c, g, now);
	fill_number(g, now);
	fill_template(g, c->templates[job->template]);
	fill_release(c, g, job->template, now);
	g->message[job->template].phone = who->phone;
	int rc = fill_person(g, who, now);
	return rc ? rc
		  : policy_decide(&g->facts, &g->message[job->template], g->pack, now, g->arena,
			&g->decision);
}

static void come_back(struct gate *g, int64_t code, time_ms at)
{
	struct warmup_past *day = day_of(g, warmup_calendar_day(at));
	unsigned bits = signals_of_error(code);

	day->failed += !!(bits & SIGNAL_BIT(SIGNAL_FAILED));
	day->spam += !!(bits & SIGNAL_BIT(SIGNAL_SPAM));
	day->opt_outs += !!(bits & SIGNAL_BIT(SIGNAL_OPT_OUT));
}

static void go(struct company *c, struct gate *g, const struct job *job, struct customer *who)
{
	bool counts = g->decision.business_initiated && !g->decision.window_open;
	time_ms now = company_now(c);
	int code = company_send(c, job);

	day_of(g, warmup_calendar_day(now))->sent++;
	if (code) {
		come_back(g, code, now);
		return;
	}
	count(g, who, counts, g->facts.person.engaged, now);
	if (counts)
		who->out_at = now;
	if (counts && company_is_marketing(c, job))
		release_place(g->pack, &g->release[job->template], now);
}

static void gate_attempt(struct company *c, struct job *job)
{
	struct gate *g = c->ctx;
	struct customer *who = &c->customers[job->customer];
	time_ms now = company_now(c);
	bool marketing = company_is_marketing(c, job);

	if (now - job->asked_at > g->patience_ms) {
		c->tally.refused_here++;
		return;
	}
	if (marketing && now < g->brake_until) {
		company_again(c, job, g->brake_until);
		return;
	}
	if (judge(c, g, job, now) || g->decision.verdict == VERDICT_REFUSE) {
		c->tally.refused_here++;
		return;
	}
	if (g->decision.verdict == VERDICT_HOLD)
		wait(c, g, job);
	else
		go(c, g, job, who);
}

/* --- webhooks ------------------------------------------------------------------------------------ */

static void learn_measure(struct gate *g, const struct sim_seen *seen)
{
	const struct sim_ladder *l = &seen->waba->meta.ladder;
	struct facts_waba *f = &g->facts.waba;

	if (seen->measure == SIM_MEASURE_RESTRICT) {
		g->restriction[0] = (struct facts_restriction){
			STR("RESTRICTED_BIZ_INITIATED_MESSAGING"), l->until
		};
		g->restriction[1] = (struct facts_restriction){
			STR("RESTRICTED_CUSTOMER_INITIATED_MESSAGING"), l->until
		};
		f->restrictions_len = l->standing >= SIM_NO_MESSAGES ? 2 : 1;
		g->restricted_until = l->until;
	} else if (seen->measure == SIM_MEASURE_LOCK) {
		f->state = WABA_LOCKED;
	} else if (seen->measure == SIM_MEASURE_SCHEDULE) {
		f->state = WABA_SCHEDULED_FOR_DISABLE;
	} else if (seen->measure == SIM_MEASURE_DISABLE) {
		f->state = WABA_DISABLED;
	}
}

static void gate_seen(struct company *c, const struct sim_seen *seen, struct customer *who)
{
	struct gate *g = c->ctx;

	struct warmup_past *day = day_of(g, warmup_calendar_day(seen->at));

	if (seen->sight == SIM_SAW_MEASURE)
		learn_measure(g, seen);
	if (seen->sight == SIM_SAW_ACT)
		day->opt_outs += seen->act == SIM_ACT_STOP_TEXT ||
		    seen->act == SIM_ACT_STOP_CONTROL;
	if (seen->sight != SIM_SAW_STATUS)
		return;
	day->delivered += seen->status == SIM_DELIVERED;
	if (seen->status == SIM_DELIVERED && who->out_at != TIME_NONE)
		who->out_at = seen->at;
	if (seen->status != SIM_FAILED)
		return;
	come_back(g, seen->code, seen->at);
	who->out_at = who->delivered_at;
	struct job *job = company_job_of(c, seen->message);
	if (job && company_is_marketing(c, job) && g->release[job->template].taken > 0)
		g->release[job->template].taken--;
	who->hard_failures += seen->code == CODE_NOT_ON_WHATSAPP;
	if (seen->code == CODE_PERSON_LIMIT)
		who->cooldown_until = seen->at + pack_limits(g->pack)->cooldown_marketing_131049_ms;
}

const struct arm arm_varco = { .name = "Varco, defaults",
	.per_second = PER_SECOND,
	.open = gate_open,
	.close = gate_close,
	.attempt = gate_attempt,
	.seen = gate_seen };

const struct arm arm_spread = { .name = "Varco, lists spread over the week",
	.per_second = PER_SECOND,
	.open = patient_open,
	.close = gate_close,
	.attempt = gate_attempt,
	.seen = gate_seen };
