/* The plan: a newsletter every Tuesday at ten, an offer every Friday at half past six, a sale every fourth Saturday at half past
 * nine in the evening, each to the whole list; and forty notices a day about orders, to those who signed up. The
 * number is new; the business is verified. */
#include "bench/experiment/company.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define NOTICES_A_DAY 40
#define FIRST_PHONE 393331000000ULL
#define UTC_OFFSET_MS MS_PER_HOUR

enum { NEWS, OFFER, SALE, NOTICE };

static const struct {
	const char *name, *category;
	double relevance;
} templates[TEMPLATES] = {
	[NEWS] = { "newsletter", "MARKETING", 0.55 },
	[OFFER] = { "offer_of_the_week", "MARKETING", 0.5 },
	[SALE] = { "night_sale", "MARKETING", 0.35 },
	[NOTICE] = { "order_sent", "UTILITY", 0.6 },
};

static const struct {
	int weekday; /* 0 = Monday */
	int every;   /* weeks */
	int minute;  /* of the local day */
	int template;
} plan[] = {
	{ 1, 1, 10 * 60, NEWS },
	{ 4, 1, 18 * 60 + 30, OFFER },
	{ 5, 4, 21 * 60 + 30, SALE },
};

/* What is on file about somebody who agreed: by the form, up to so many days ago; by an old import, from one to the other.
 * Of those who agreed, so many have written within three months. */
#define FORM_DAYS 300
#define IMPORT_DAYS_FROM 400
#define IMPORT_DAYS_TO 900
#define WROTE_PERMILLE 200
#define WROTE_DAYS 90

/* --- who ----------------------------------------------------------------------------------------- */

static void write_file(struct customer *who, enum sim_consent consent, struct sim_random *r)
{
	int64_t form = sim_random_between(r, 1, FORM_DAYS);
	int64_t import = sim_random_between(r, IMPORT_DAYS_FROM, IMPORT_DAYS_TO);
	int64_t wrote = sim_random_between(r, 1, WROTE_DAYS);
	bool writes = sim_random_permille(r, WROTE_PERMILLE);

	who->by_form = consent == SIM_CONSENT_GIVEN;
	who->granted_at = TIME_NONE;
	if (consent != SIM_CONSENT_NONE)
		who->granted_at = COMPANY_START - (who->by_form ? form : import) * MS_PER_DAY;
	who->inbound_at = who->by_form && writes ? COMPANY_START - wrote * MS_PER_DAY : TIME_NONE;
	who->stopped_at = who->cooldown_until = TIME_NONE;
	who->delivered_at = who->counted_at = who->out_at = TIME_NONE;
}

static int fill_list(struct company *c, uint64_t seed, struct err *err)
{
	struct sim_random r;
	char digits[24];

	sim_random_init(&r, sim_mix(seed + 1));
	for (size_t i = 0; i < CUSTOMERS; i++) {
		struct customer *who = &c->customers[i];
		(void)snprintf(digits, sizeof(digits), "+%llu", FIRST_PHONE + i);
		int rc = phone_parse(str_c(digits), STR_NONE, &who->phone, NULL, err);
		if (rc)
			return rc;
		who->person = sim_world_person(c->sim->world, str_c(digits + 1));
		struct sim_soul *soul = who->person
		    ? sim_crowd_soul(c->sim->alive->crowd, who->person->index, str_c(digits + 1))
		    : NULL;
		if (!soul)
			return err_set(err, E_NOMEM, "Memory ran out.");
		write_file(who, soul->consent, &r);
		c->tally.agreed += who->by_form;
	}
	return 0;
}

/* --- jobs ---------------------------------------------------------------------------------------- */

static int add_job(struct company *c, uint32_t customer, int template, time_ms at)
{
	size_t room = c->jobs_room ? c->jobs_room * 2 : 4096;

	if (c->jobs_len == c->jobs_room) {
		struct job *jobs = mem_alloc(room * sizeof(*jobs));
		if (!jobs)
			return -E_NOMEM;
		if (c->jobs_len)
			memcpy(jobs, c->jobs, c->jobs_len * sizeof(*jobs));
		mem_free(c->jobs);
		c->jobs = jobs;
		c->jobs_room = room;
	}
	c->jobs[c->jobs_len] = (struct job){
		.asked_at = at, .customer = customer, .template = (uint16_t)template
	};
	c->tally.asked += template != NOTICE;
	c->tally.utility_asked += template == NOTICE;
	return heap_push(c->due, (struct heap_item){ at, c->jobs_len++ });
}

static int add_campaign(struct company *c, time_ms at, int template)
{
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < CUSTOMERS; i++)
		rc = add_job(
		    c, i, template, at + (int64_t)(i * (double)MS_PER_S / c->arm->per_second));
	return rc;
}

static int add_notices(struct company *c, int day, struct sim_random *r)
{
	time_ms from = COMPANY_START + day * MS_PER_DAY + 9 * MS_PER_HOUR - UTC_OFFSET_MS;
	int rc = 0;

	for (int sent = 0; rc == 0 && sent < NOTICES_A_DAY;) {
		uint32_t i = (uint32_t)sim_random_between(r, 0, CUSTOMERS - 1);
		time_ms at = from + sim_random_between(r, 0, 9 * MS_PER_HOUR);
		if (!c->customers[i].by_form)
			continue;
		rc = add_job(c, i, NOTICE, at);
		sent++;
	}
	return rc;
}

static bool is_planned(size_t row, int day)
{
	return day % 7 == plan[row].weekday && day / 7 % plan[row].every == plan[row].every - 1;
}

static int make_plan(struct company *c, uint64_t seed)
{
	struct sim_random r;
	int rc = 0;

	sim_random_init(&r, sim_mix(seed + 2));
	for (int day = 0; rc == 0 && day < COMPANY_DAYS; day++) {
		rc = add_notices(c, day, &r);
		for (size_t i = 0; rc == 0 && i < ARRAY_LEN(plan); i++) {
			time_ms at = COMPANY_START + day * MS_PER_DAY - UTC_OFFSET_MS +
			    plan[i].minute * MS_PER_MIN;
			if (is_planned(i, day))
				rc = add_campaign(c, at, plan[i].template);
		}
	}
	return rc;
}

/* --- what an arm does ---------------------------------------------------------------------------- */

time_ms company_now(const struct company *c)
{
	return sim_now(c->sim);
}

void company_again(struct company *c, const struct job *job, time_ms at)
{
	size_t index = (size_t)(job - c->jobs);

	if (heap_push(c->due, (struct heap_item){ at, index }))
		c->tally.refused_here++; /* without memory it is dropped */
}

bool company_is_marketing(const struct company *c, const struct job *job)
{
	(void)c;
	return job->template != NOTICE;
}

static bool remember(struct company *c, uint64_t n, const struct job *job)
{
	uint32_t room = c->job_room ? c->job_room : 65536;
	uint32_t *grown;

	while (room <= n)
		room *= 2;
	if (room != c->job_room) {
		grown = mem_alloc(room * sizeof(*grown));
		if (!grown)
			return false;
		if (c->job_room)
			memcpy(grown, c->job_of_message, c->job_room * sizeof(*grown));
		mem_free(c->job_of_message);
		c->job_of_message = grown;
		c->job_room = room;
	}
	c->job_of_message[n] = (uint32_t)(job - c->jobs);
	return true;
}

int company_send(struct company *c, const struct job *job)
{
	struct customer *who = &c->customers[job->customer];
	uint64_t n = 0;

	c->tally.attempted++;
	int code = sim_alive_send(c->sim, c->number, who->person, c->templates[job->template], &n);
	c->tally.refused_there += code != 0;
	if (code || !remember(c, n, job))
		return code;
	c->tally.stopped_marketing += company_is_marketing(c, job) && who->stopped_at != TIME_NONE;
	if (company_is_marketing(c, job))
		who->sent[who->sent_len++ % SENT_MAX] = company_now(c);
	return 0;
}

struct job *company_job_of(const struct company *c, const struct sim_message *m)
{
	return m->n < c->job_room ? &c->jobs[c->job_of_message[m->n]] : NULL;
}

/* --- what happens -------------------------------------------------------------------------------- */

static void count_delivery(struct company *c, struct customer *who, bool marketing, time_ms at)
{
	c->tally.marketing += marketing;
	c->tally.utility += !marketing;
	c->tally.reached += marketing && !who->reached;
	c->tally.agreed_reached += marketing && !who->reached && who->by_form;
	c->tally.agreed_marketing += marketing && who->by_form;
	c->tally.stranger_marketing += marketing && who->granted_at == TIME_NONE;
	who->reached = who->reached || marketing;
	who->delivered_at = at;
}

static void count_act(struct company *c, struct customer *who, enum sim_act act, time_ms at)
{
	c->tally.opt_outs += act == SIM_ACT_STOP_TEXT || act == SIM_ACT_STOP_CONTROL;
	c->tally.blocks += act == SIM_ACT_BLOCK;
	c->tally.reports += act == SIM_ACT_REPORT;
	if (act == SIM_ACT_STOP_TEXT || act == SIM_ACT_REPLY)
		who->inbound_at = at;
	if (act == SIM_ACT_STOP_TEXT)
		who->stopped_at = at;
	who->pressed_stop = who->pressed_stop || act == SIM_ACT_STOP_CONTROL;
}

static bool is_harsh(enum sim_measure m)
{
	return m == SIM_MEASURE_RESTRICT || m == SIM_MEASURE_LOCK || m == SIM_MEASURE_DISABLE;
}

static void watch(void *arg, const struct sim_seen *seen)
{
	struct company *c = arg;
	struct job *job = seen->message ? company_job_of(c, seen->message) : NULL;
	struct customer *who = job ? &c->customers[job->customer] : NULL;

	if (seen->sight == SIM_SAW_STATUS && seen->status == SIM_DELIVERED)
		count_delivery(c, who, company_is_marketing(c, job), seen->at);
	else if (seen->sight == SIM_SAW_ACT)
		count_act(c, who, seen->act, seen->at);
	else if (seen->sight == SIM_SAW_MEASURE && is_harsh(seen->measure) &&
	    c->tally.restricted_at == TIME_NONE)
		c->tally.restricted_at = seen->at;
	c->arm->seen(c, seen, who);
}

/* --- a run --------------------------------------------------------------------------------------- */

static int open_world(
    struct company *c, const struct sim_assume *assume, uint64_t seed, struct err *err)
{
	struct sim_options o;

	sim_options_default(&o);
	o.seed = seed;
	o.virtual_clock = true;
	int rc = sim_open_quiet(&o, &c->sim, err);
	if (rc)
		return rc;
	sim_clock_set(&c->sim->clock, COMPANY_START - MS_PER_DAY);
	rc = sim_alive_open(c->sim, assume, err);
	if (rc)
		return rc;
	struct sim_waba *a = sim_world_waba(c->sim->world, STR("900800700"), NULL);
	c->number = a ? sim_world_number(c->sim->world, STR("100200300"), a) : NULL;
	if (!c->number)
		return err_set(err, E_NOMEM, "Memory ran out.");
	sim_alive_portfolio(c->sim, a->portfolio)->verified = true;
	(void)sim_alive_number(c->sim, c->number);
	for (size_t i = 0; i < TEMPLATES; i++) {
		c->templates[i] = sim_templates_generate(c->sim->templates, a,
		    str_c(templates[i].name), str_c(templates[i].category), COMPANY_START);
		if (!c->templates[i])
			return err_set(err, E_NOMEM, "Memory ran out.");
		sim_alive_template(c->sim, c->templates[i])->relevance = templates[i].relevance;
		c->templates[i]->meta.offers_stop = templates[i].category[0] == 'M';
	}
	return 0;
}

static int open_company(
    struct company *c, const struct sim_assume *assume, uint64_t seed, struct err *err)
{
	c->customers = mem_alloc(CUSTOMERS * sizeof(*c->customers));
	c->due = heap_new();
	if (!c->customers || !c->due)
		return err_set(err, E_NOMEM, "Memory ran out.");
	int rc = open_world(c, assume, seed, err);
	if (rc == 0)
		rc = fill_list(c, seed, err);
	if (rc == 0 && (make_plan(c, seed) || (c->arm->open && c->arm->open(c))))
		rc = err_set(err, E_NOMEM, "Memory ran out.");
	return rc;
}

static void close_company(struct company *c)
{
	if (c->arm->close)
		c->arm->close(c);
	sim_close(&c->sim);
	heap_free(&c->due);
	mem_free(c->customers);
	mem_free(c->jobs);
	mem_free(c->job_of_message);
}

static void run(struct company *c)
{
	time_ms end = COMPANY_START + COMPANY_DAYS * MS_PER_DAY;
	struct heap_item next;

	c->sim->watch = watch;
	c->sim->watch_arg = c;
	while (heap_pop(c->due, &next) && next.at < end) {
		sim_run(c->sim, next.at);
		c->arm->attempt(c, &c->jobs[next.id]);
	}
	sim_run(c->sim, end);
}

static void tell(const struct company *c, FILE *story)
{
	const struct sim_history_line *line;

	for (size_t i = 0; story && (line = sim_history_at(c->sim->alive->history, i)); i++) {
		double day = (double)(line->at - COMPANY_START) / (double)MS_PER_DAY;
		(void)fprintf(story, "day %5.1f  %-20s %-20s %s\n", day + 1, line->what,
		    line->subject, line->detail);
	}
}

int company_play(const struct arm *arm, const struct sim_assume *assume, uint64_t seed, FILE *story,
    struct tally *ret, struct err *err)
{
	struct company c = { .arm = arm, .tally.restricted_at = TIME_NONE };
	int rc = open_company(&c, assume, seed, err);

	if (rc == 0) {
		run(&c);
		const struct sim_ladder *l = &c.number->waba->meta.ladder;
		c.tally.lost = l->standing >= SIM_LOCKED;
		c.tally.steps = l->steps;
		c.tally.digest = sim_history_digest(c.sim->alive->history);
		tell(&c, story);
		*ret = c.tally;
	}
	close_company(&c);
	return rc;
}
