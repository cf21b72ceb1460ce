/* apps/sim/sim_crowd.h: people: whether they agreed, what interests them, how tired they are of it, what time it is for
 * them, and from that: when they read a message and whether they answer, ask to stop, mute, block or report.
 *
 * Who a person is follows from the seed and the phone alone; what becomes of a message follows from the seed, the message's
 * counter and what the person remembers. No draw depends on the order of others, so equal runs are equal. The figures are in
 * sim_assume; all of them are assumptions. */
#ifndef APPS_SIM_SIM_CROWD_H
#define APPS_SIM_SIM_CROWD_H

#include "apps/sim/sim_assume.h"
#include "apps/sim/sim_messages.h"
#include "apps/sim/sim_random.h"

enum sim_consent { SIM_CONSENT_NONE, SIM_CONSENT_STALE, SIM_CONSENT_GIVEN };

enum sim_act {
	SIM_ACT_NONE,
	SIM_ACT_REPLY,
	SIM_ACT_STOP_TEXT,    /* writes the word */
	SIM_ACT_STOP_CONTROL, /* WhatsApp's own "stop offers" */
	SIM_ACT_MUTE,
	SIM_ACT_BLOCK,
	SIM_ACT_REPORT, /* and blocks */
	SIM_ACTS
};

/* What one person remembers. */
struct sim_soul {
	bool made, unreachable, asked_stop;
	enum sim_consent consent;
	double interest; /* 0 to 1 */
	double fatigue;  /* marketing messages remembered at fatigue_at */
	time_ms fatigue_at;
	double inbox; /* marketing of ours in the last week, fading, at inbox_at */
	time_ms inbox_at;
	time_ms capped_at, locked_until; /* of the limit per person; TIME_NONE = never */
	unsigned capped_tries;
};

struct sim_impression {
	uint64_t n; /* the message's counter */
	enum sim_category category;
	double relevance;
	bool offers_stop;
	int64_t ttl_ms; /* when the phone is off for longer nothing comes; 0 = 30 days */
	time_ms at;
};

struct sim_reaction {
	bool arrives;
	int64_t delivered_ms, read_ms, act_ms; /* after `at`; read_ms -1 = never read */
	enum sim_act act;
};

struct sim_crowd;

/* The assumptions are borrowed. */
MUST_CHECK struct sim_crowd *sim_crowd_new(uint64_t seed, const struct sim_assume *assume);
void sim_crowd_free(struct sim_crowd **pc);
void sim_crowd_clear(struct sim_crowd *c);

/* The person with this index in the world and these digits; NULL when memory ran out. */
struct sim_soul *sim_crowd_soul(struct sim_crowd *c, uint32_t person, struct str digits);

/* What this message does to somebody it reaches. The memory of it is kept. */
void sim_crowd_react(struct sim_crowd *c, struct sim_soul *soul, const struct sim_impression *i,
    struct sim_reaction *ret);
/* How easily this message annoys this person, 1 = rested, agreed, middling interest, by day. */
double sim_crowd_annoyance(
    const struct sim_crowd *c, const struct sim_soul *soul, const struct sim_impression *i);

/* May one more marketing message come to this person now, all businesses counted? When it may it is counted, else the time is
 * remembered, and who is tried too often within the wait is locked. `uncapped`: where there is no such limit. */
bool sim_crowd_may_market(struct sim_crowd *c, struct sim_soul *soul, bool uncapped, time_ms now);

const char *sim_act_name(enum sim_act a);         /* "stop_text" */
const char *sim_consent_name(enum sim_consent c); /* "given" */
bool sim_consent_of(struct str name, enum sim_consent *ret);

#endif
