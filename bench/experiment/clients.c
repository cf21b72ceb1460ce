/* Two clients without a gateway. The naive one sends as fast as the platform lets it and looks at nothing. The ordinary one
 * is a careful program of the usual kind: ten messages a second, tries again what may be tried again, takes people off
 * its list who are not on WhatsApp or asked to stop. */
#include "bench/experiment/company.h"

#define CODE_NOT_ON_WHATSAPP 131026
#define CODE_STOPPED 131050
#define TRIES_MAX 5
#define FIRST_RETRY_MS MS_PER_MIN
#define RETRY_FACTOR 4

static void naive_attempt(struct company *c, struct job *job)
{
	(void)company_send(c, job);
}

static void naive_seen(struct company *c, const struct sim_seen *seen, struct customer *who)
{
	(void)c;
	(void)seen;
	(void)who;
}

static void again_later(struct company *c, struct job *job)
{
	int64_t wait = FIRST_RETRY_MS;

	if (job->tries >= TRIES_MAX)
		return;
	for (unsigned i = 0; i < job->tries; i++)
		wait *= RETRY_FACTOR;
	job->tries++;
	company_again(c, job, company_now(c) + wait);
}

static void ordinary_attempt(struct company *c, struct job *job)
{
	const struct customer *who = &c->customers[job->customer];
	bool stopped = who->stopped_at != TIME_NONE || who->pressed_stop;

	if (who->unknown || (stopped && company_is_marketing(c, job))) {
		c->tally.refused_here++;
		return;
	}
	if (company_send(c, job))
		again_later(c, job);
}

/* Asynchronous failures are tried again, too, unless they name the person. */
static void ordinary_seen(struct company *c, const struct sim_seen *seen, struct customer *who)
{
	if (seen->sight != SIM_SAW_STATUS || seen->status != SIM_FAILED)
		return;
	if (seen->code == CODE_NOT_ON_WHATSAPP)
		who->unknown = true;
	else if (seen->code == CODE_STOPPED)
		who->pressed_stop = true;
	else
		again_later(c, company_job_of(c, seen->message));
}

const struct arm arm_naive = {
	.name = "naive", .per_second = 80, .attempt = naive_attempt, .seen = naive_seen
};

const struct arm arm_ordinary = { .name = "ordinary client",
	.per_second = 10,
	.attempt = ordinary_attempt,
	.seen = ordinary_seen };
