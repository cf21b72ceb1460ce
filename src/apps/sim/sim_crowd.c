/* People stand in chunks by their index in the world. A person is drawn when first asked for. */
#include "apps/sim/sim_crowd.h"

#include <math.h>
#include <string.h>

#include "base/check.h"

#define CHUNK 1024
#define HOURS_A_DAY 24
#define WEEK_MS (7 * MS_PER_DAY)
#define TTL_DEFAULT_MS (30 * MS_PER_DAY)
#define DELAY_MAX 8.0 /* times the mean: the longest that is drawn */
#define STREAM_PERSON 0x70657273ULL
#define STREAM_MESSAGE 0x6d657373ULL

struct sim_crowd {
	uint64_t seed;
	const struct sim_assume *assume;
	struct sim_soul **chunks;
	size_t chunks_len;
};

static const char *const act_names[SIM_ACTS] = {
	[SIM_ACT_NONE] = "none",
	[SIM_ACT_REPLY] = "reply",
	[SIM_ACT_STOP_TEXT] = "stop_text",
	[SIM_ACT_STOP_CONTROL] = "stop_control",
	[SIM_ACT_MUTE] = "mute",
	[SIM_ACT_BLOCK] = "block",
	[SIM_ACT_REPORT] = "report",
};

static const char *const consent_names[] = {
	[SIM_CONSENT_NONE] = "none",
	[SIM_CONSENT_STALE] = "stale",
	[SIM_CONSENT_GIVEN] = "given",
};

const char *sim_act_name(enum sim_act a)
{
	return act_names[a];
}

const char *sim_consent_name(enum sim_consent c)
{
	return consent_names[c];
}

bool sim_consent_of(struct str name, enum sim_consent *ret)
{
	for (size_t i = 0; i < ARRAY_LEN(consent_names); i++) {
		if (!str_eq_c(name, consent_names[i]))
			continue;
		*ret = (enum sim_consent)i;
		return true;
	}
	return false;
}

/* --- who ----------------------------------------------------------------------------------------- */

struct sim_crowd *sim_crowd_new(uint64_t seed, const struct sim_assume *assume)
{
	struct sim_crowd *c = mem_alloc(sizeof(*c));

	if (c)
		*c = (struct sim_crowd){ .seed = seed, .assume = assume };
	return c;
}

void sim_crowd_clear(struct sim_crowd *c)
{
	for (size_t i = 0; i < c->chunks_len; i++)
		mem_free(c->chunks[i]);
	mem_free(c->chunks);
	c->chunks = NULL;
	c->chunks_len = 0;
}

void sim_crowd_free(struct sim_crowd **pc)
{
	if (!*pc)
		return;
	sim_crowd_clear(*pc);
	MEM_FREE(pc);
}

static bool grow(struct sim_crowd *c, size_t chunk)
{
	size_t len = c->chunks_len ? c->chunks_len : 1;
	struct sim_soul **chunks;

	while (len <= chunk)
		len *= 2;
	if (len == c->chunks_len)
		return true;
	chunks = mem_alloc(len * sizeof(struct sim_soul *));
	if (!chunks)
		return false;
	if (c->chunks_len)
		memcpy(chunks, c->chunks, c->chunks_len * sizeof(struct sim_soul *));
	mem_free(c->chunks);
	c->chunks = chunks;
	c->chunks_len = len;
	return true;
}

static void draw_soul(const struct sim_crowd *c, struct sim_soul *soul, struct str digits)
{
	const double *v = c->assume->v;
	struct sim_random r;

	sim_random_init(&r, c->seed ^ sim_mix(sim_hash(digits) + STREAM_PERSON));
	double consent = sim_random_share(&r);
	double interest = v[SIM_PEOPLE_INTEREST_MEAN] +
	    (2 * sim_random_share(&r) - 1) * v[SIM_PEOPLE_INTEREST_SPREAD];
	*soul = (struct sim_soul){ .made = true,
		.interest = interest < 0 ? 0
		    : interest > 1       ? 1
					 : interest,
		.unreachable = sim_random_share(&r) < v[SIM_PEOPLE_UNREACHABLE],
		.fatigue_at = TIME_NONE,
		.inbox_at = TIME_NONE,
		.capped_at = TIME_NONE,
		.locked_until = TIME_NONE };
	if (consent < v[SIM_PEOPLE_CONSENT_GIVEN])
		soul->consent = SIM_CONSENT_GIVEN;
	else if (consent < v[SIM_PEOPLE_CONSENT_GIVEN] + v[SIM_PEOPLE_CONSENT_STALE])
		soul->consent = SIM_CONSENT_STALE;
}

struct sim_soul *sim_crowd_soul(struct sim_crowd *c, uint32_t person, struct str digits)
{
	size_t chunk = person / CHUNK;

	if (!grow(c, chunk))
		return NULL;
	if (!c->chunks[chunk])
		c->chunks[chunk] = mem_alloc(CHUNK * sizeof(struct sim_soul));
	if (!c->chunks[chunk])
		return NULL;
	struct sim_soul *soul = &c->chunks[chunk][person % CHUNK];
	if (!soul->made)
		draw_soul(c, soul, digits);
	return soul;
}

/* --- time ---------------------------------------------------------------------------------------- */

static double local_hour(const struct sim_crowd *c, time_ms at)
{
	int64_t minute = at / MS_PER_MIN;
	double minutes = (double)minute + c->assume->v[SIM_PEOPLE_ZONE_OFFSET_MIN];

	return fmod(minutes / 60, HOURS_A_DAY);
}

/* How long until the person is awake; 0 when that is so. */
static int64_t until_awake(const struct sim_crowd *c, time_ms at)
{
	const double *v = c->assume->v;
	double hour = local_hour(c, at), from = v[SIM_PEOPLE_AWAKE_FROM_H], hours = 0;

	if (hour < from)
		hours = from - hour;
	else if (hour >= v[SIM_PEOPLE_AWAKE_TO_H])
		hours = HOURS_A_DAY - hour + from;
	return (int64_t)(hours * (double)MS_PER_HOUR);
}

static bool is_late(const struct sim_crowd *c, time_ms at)
{
	double hour = local_hour(c, at);

	return hour < c->assume->v[SIM_PEOPLE_LATE_TO_H] ||
	    hour >= c->assume->v[SIM_PEOPLE_LATE_FROM_H];
}

/* What is left of a memory that halves, or of one that fades with a mean life. */
static double left_of(double was, time_ms since, time_ms now, double life_ms)
{
	return since == TIME_NONE ? 0 : was * exp2(-(double)(now - since) / life_ms);
}

/* --- annoyance ----------------------------------------------------------------------------------- */

static bool is_marketing(enum sim_category category)
{
	return category == SIM_MARKETING || category == SIM_MARKETING_LITE;
}

static double category_factor(const double *v, enum sim_category category)
{
	switch (category) {
	case SIM_SERVICE:
		return v[SIM_REACTION_SERVICE_FACTOR];
	case SIM_UTILITY:
		return v[SIM_REACTION_UTILITY_FACTOR];
	case SIM_AUTHENTICATION:
		return v[SIM_REACTION_AUTHENTICATION_FACTOR];
	case SIM_MARKETING:
	case SIM_MARKETING_LITE:
		break;
	}
	return 1;
}

static double consent_factor(const double *v, enum sim_consent consent)
{
	if (consent == SIM_CONSENT_GIVEN)
		return 1;
	return v[consent == SIM_CONSENT_STALE ? SIM_REACTION_STALE_FACTOR
					      : SIM_REACTION_NONE_FACTOR];
}

/* -1 when both the person's interest and the message's relevance are at their best, 1 at their worst. */
static double misfit(const struct sim_soul *soul, const struct sim_impression *i)
{
	return 1 - (soul->interest + i->relevance);
}

static double fatigue_now(const struct sim_crowd *c, const struct sim_soul *soul, time_ms now)
{
	return left_of(soul->fatigue, soul->fatigue_at, now,
	    (double)sim_assume_days(c->assume, SIM_REACTION_FATIGUE_HALF_LIFE_DAYS));
}

double sim_crowd_annoyance(
    const struct sim_crowd *c, const struct sim_soul *soul, const struct sim_impression *i)
{
	const double *v = c->assume->v;
	double fit = 1 + v[SIM_REACTION_IRRELEVANCE_FACTOR] * misfit(soul, i);
	double annoyance = category_factor(v, i->category) * (fit > 0.1 ? fit : 0.1);

	if (!is_marketing(i->category))
		return annoyance;
	annoyance *= consent_factor(v, soul->consent);
	annoyance *= 1 + v[SIM_REACTION_FATIGUE_FACTOR] * fatigue_now(c, soul, i->at);
	annoyance *= is_late(c, i->at) ? v[SIM_REACTION_LATE_FACTOR] : 1;
	return annoyance * (soul->asked_stop ? v[SIM_REACTION_IGNORED_STOP_FACTOR] : 1);
}

/* --- reaction ------------------------------------------------------------------------------------ */

/* Exponential with that mean, and a longest. */
static int64_t draw_delay(struct sim_random *r, double mean_ms)
{
	double times = -log(1 - sim_random_share(r));

	return (int64_t)(mean_ms * (times < DELAY_MAX ? times : DELAY_MAX)) + 1;
}

static enum sim_act stop_act(const double *v, const struct sim_impression *i, struct sim_random *r)
{
	double draw = sim_random_share(r);

	if (i->offers_stop)
		return draw < v[SIM_REACTION_STOP_BY_TEXT] ? SIM_ACT_STOP_TEXT
							   : SIM_ACT_STOP_CONTROL;
	return draw < v[SIM_REACTION_STOP_HIDDEN] ? SIM_ACT_BLOCK : SIM_ACT_STOP_CONTROL;
}

static enum sim_act draw_act(const struct sim_crowd *c, const struct sim_soul *soul,
    const struct sim_impression *i, struct sim_random *r)
{
	const double *v = c->assume->v;
	double annoyance = sim_crowd_annoyance(c, soul, i);
	double report = v[SIM_REACTION_REPORT_SHARE], block = v[SIM_REACTION_BLOCK_SHARE],
	       stop = v[SIM_REACTION_STOP_SHARE], mute = v[SIM_REACTION_MUTE_SHARE];
	double all = annoyance * (report + block + stop + mute);
	double scale = all > v[SIM_REACTION_MOST] ? v[SIM_REACTION_MOST] / all : 1;
	double draw = sim_random_share(r) / (annoyance * scale);

	if ((draw -= report) < 0)
		return SIM_ACT_REPORT;
	if ((draw -= block) < 0)
		return SIM_ACT_BLOCK;
	if ((draw -= stop) < 0)
		return stop_act(v, i, r);
	if (draw < mute)
		return SIM_ACT_MUTE;
	double reply = is_marketing(i->category)
	    ? v[SIM_REACTION_REPLY_SHARE] * (1 - misfit(soul, i))
	    : v[SIM_REACTION_REPLY_UTILITY_SHARE];
	return sim_random_share(r) < reply ? SIM_ACT_REPLY : SIM_ACT_NONE;
}

static int64_t draw_delivery(
    const struct sim_crowd *c, const struct sim_impression *i, struct sim_random *r)
{
	const double *v = c->assume->v;
	int64_t offline = sim_assume_hours(c->assume, SIM_REACTION_OFFLINE_HOURS);

	(void)i;
	if (sim_random_share(r) < v[SIM_REACTION_OFFLINE_SHARE])
		return sim_random_between(r, MS_PER_MIN, offline);
	return sim_random_between(r, 100, 2000);
}

static void remember(struct sim_crowd *c, struct sim_soul *soul, const struct sim_impression *i)
{
	if (!is_marketing(i->category))
		return;
	soul->fatigue = fatigue_now(c, soul, i->at) + 1;
	soul->fatigue_at = i->at;
}

void sim_crowd_react(struct sim_crowd *c, struct sim_soul *soul, const struct sim_impression *i,
    struct sim_reaction *ret)
{
	const double *v = c->assume->v;
	struct sim_random r;

	sim_random_init(&r, c->seed ^ sim_mix(i->n + (STREAM_MESSAGE << 32)));
	*ret = (struct sim_reaction){ .read_ms = -1 };
	ret->delivered_ms = draw_delivery(c, i, &r);
	if (ret->delivered_ms > (i->ttl_ms > 0 ? i->ttl_ms : TTL_DEFAULT_MS))
		return;
	ret->arrives = true;
	ret->act = draw_act(c, soul, i, &r);
	int64_t seen = ret->delivered_ms +
	    draw_delay(&r, v[SIM_REACTION_READ_DELAY_MIN] * (double)MS_PER_MIN);
	seen += until_awake(c, i->at + seen);
	if (ret->act != SIM_ACT_NONE || sim_random_share(&r) < v[SIM_REACTION_READ_SHARE])
		ret->read_ms = seen;
	ret->act_ms = seen + draw_delay(&r, v[SIM_REACTION_ACT_DELAY_MIN] * (double)MS_PER_MIN);
	remember(c, soul, i);
}

/* --- the limit per person ------------------------------------------------------------------------ */

/* Whoever is tried again and again within the wait is out of reach for a while. */
static void count_try(const struct sim_crowd *c, struct sim_soul *soul, time_ms now)
{
	int64_t wait = sim_assume_hours(c->assume, SIM_CAP_WAIT_H);

	if (soul->capped_at == TIME_NONE || now - soul->capped_at >= wait) {
		soul->capped_at = now;
		soul->capped_tries = 0;
		return;
	}
	if (++soul->capped_tries >= (unsigned)c->assume->v[SIM_CAP_RETRIES])
		soul->locked_until = now + sim_assume_hours(c->assume, SIM_CAP_LOCK_H);
}

bool sim_crowd_may_market(struct sim_crowd *c, struct sim_soul *soul, bool uncapped, time_ms now)
{
	const double *v = c->assume->v;
	double ours = left_of(soul->inbox, soul->inbox_at, now, (double)WEEK_MS * M_LN2);
	double most = v[SIM_CAP_WEEKLY] * 2 * soul->interest;

	if (!uncapped && (now < soul->locked_until || ours + 1 + v[SIM_CAP_OTHERS_WEEKLY] > most)) {
		count_try(c, soul, now);
		return false;
	}
	soul->inbox = ours + 1;
	soul->inbox_at = now;
	return true;
}
