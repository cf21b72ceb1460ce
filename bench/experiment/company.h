/* bench/experiment/company.h: an invented company, its list and its plan of ninety days, the same for whoever sends.
 *
 * A run is one seed and one arm: the same people, the same plan, the same platform (apps/sim, quiet), another way of
 * sending. Everything happens on virtual time, on one thread, and nothing leaves the process. The plan's figures stand in
 * company.c; what is assumed of people and platform, in packs/simulator.json. */
#ifndef BENCH_EXPERIMENT_COMPANY_H
#define BENCH_EXPERIMENT_COMPANY_H

#include <stdio.h>

#include "apps/sim/sim_private.h"
#include "base/heap.h"
#include "domain/pack.h"
#include "domain/phone.h"

#define SENT_MAX 64
#define CUSTOMERS 3000
#define TEMPLATES 4

struct customer {
	struct sim_person *person;
	struct phone phone;
	/* What the company has on file. */
	time_ms granted_at; /* TIME_NONE = nothing at all */
	bool by_form;       /* else imported from an old list */
	time_ms inbound_at; /* TIME_NONE = never wrote */
	/* What it learns while sending. */
	time_ms stopped_at; /* wrote "STOP" */
	bool pressed_stop;  /* WhatsApp's own control, as Meta tells it */
	bool unknown;       /* 131026 */
	unsigned hard_failures;
	time_ms cooldown_until; /* after 131049 */
	time_ms sent[SENT_MAX]; /* marketing that went out, in turn */
	unsigned sent_len;      /* all ever; the newest SENT_MAX are kept */
	time_ms delivered_at;
	time_ms counted_at; /* last counted among the day's people */
	time_ms out_at;     /* last reached outside a window, as far as it did not fail */
	bool reached;       /* by marketing */
};

struct job {
	time_ms asked_at; /* when the company wanted it sent */
	uint32_t customer;
	uint16_t template;
	uint16_t tries;
};

struct tally {
	uint64_t asked, attempted, refused_here, refused_there, marketing, utility, utility_asked;
	uint64_t reached, opt_outs, blocks, reports;
	uint64_t stranger_marketing; /* delivered to people of whom nothing is on file */
	uint64_t stopped_marketing;  /* sent to people who had written STOP before */
	uint64_t agreed, agreed_reached, agreed_marketing; /* those who signed the form */
	time_ms restricted_at; /* the first restriction; TIME_NONE = none */
	bool lost;             /* locked, to be disabled, or disabled at the end */
	unsigned steps;        /* violations */
	uint64_t digest;       /* of all that happened */
};

struct company;

/* One way of sending. */
struct arm {
	const char *name;
	double per_second; /* how fast jobs follow each other */
	int (*open)(struct company *c);
	void (*close)(struct company *c);
	/* Sends the job, drops it, or asks for it again with company_again. */
	void (*attempt)(struct company *c, struct job *job);
	void (*seen)(struct company *c, const struct sim_seen *seen, struct customer *who);
};

struct company {
	struct sim *sim;
	struct sim_number *number;
	struct sim_template *templates[TEMPLATES];
	struct customer *customers;
	struct job *jobs;
	size_t jobs_len, jobs_room;
	struct heap *due; /* of jobs by their index */
	uint32_t *job_of_message, job_room;
	const struct arm *arm;
	void *ctx; /* the arm's own */
	struct tally tally;
};

#define COMPANY_START INT64_C(1795392000000) /* Monday 2026-11-23, 00:00 UTC */
#define COMPANY_DAYS 90

/* Plays the ninety days. What the platform did is written to `story`, a line each; NULL = nowhere. 0 or -E_NOMEM. */
MUST_CHECK int company_play(const struct arm *arm, const struct sim_assume *assume, uint64_t seed,
    FILE *story, struct tally *ret, struct err *err);

/* From within an arm: now; the job again at that time; the job goes to the platform: 0 or the code. */
time_ms company_now(const struct company *c);
void company_again(struct company *c, const struct job *job, time_ms at);
int company_send(struct company *c, const struct job *job);
bool company_is_marketing(const struct company *c, const struct job *job);
/* The job of a message that was sent. */
struct job *company_job_of(const struct company *c, const struct sim_message *m);

extern const struct arm arm_naive, arm_ordinary, arm_varco, arm_spread;

#endif
