#include "apps/sim/sim_meta.h"

#include <string.h>

#include "base/check.h"

#define FIRST_ROOM 64
#define YEAR_SLOT_MS (365 * MS_PER_DAY / SIM_YEAR_SLOTS)
#define TOP (SIM_LEVELS - 1)

/* --- pacing -------------------------------------------------------------------------------------- */

void sim_pacer_init(struct sim_pacer *p)
{
	*p = (struct sim_pacer){ .since = TIME_NONE, .decide_at = TIME_NONE };
}

void sim_pacer_done(struct sim_pacer *p)
{
	mem_free(p->held);
	sim_pacer_init(p);
}

void sim_pacer_restart(struct sim_pacer *p, time_ms now)
{
	p->passed = 0;
	p->since = now;
	p->decide_at = TIME_NONE;
	p->delivered = p->bad = 0;
}

bool sim_pacer_pass(struct sim_pacer *p, double batch, int64_t window_ms, time_ms now)
{
	bool over = window_ms && p->since != TIME_NONE && now - p->since >= window_ms;

	if (p->decide_at != TIME_NONE)
		return false;
	if (p->since == TIME_NONE || over)
		sim_pacer_restart(p, now);
	if ((double)p->passed >= batch)
		return false;
	p->passed++;
	return true;
}

static bool make_room(struct sim_pacer *p)
{
	size_t room = p->room ? p->room * 2 : FIRST_ROOM;
	uint64_t *held;

	if (p->first + p->len < p->room)
		return true;
	held = mem_alloc(room * sizeof(*held));
	if (!held)
		return false;
	if (p->len)
		memcpy(held, p->held + p->first, p->len * sizeof(*held));
	mem_free(p->held);
	p->held = held;
	p->first = 0;
	p->room = room;
	return true;
}

bool sim_pacer_hold(struct sim_pacer *p, uint64_t message, time_ms decide_at)
{
	if (!make_room(p))
		return false;
	p->held[p->first + p->len++] = message;
	if (p->decide_at != TIME_NONE)
		return false;
	p->decide_at = decide_at;
	return true;
}

bool sim_pacer_take(struct sim_pacer *p, uint64_t *ret)
{
	if (p->len == 0)
		return false;
	*ret = p->held[p->first++];
	if (--p->len == 0)
		p->first = 0;
	return true;
}

double sim_pacer_share(const struct sim_pacer *p)
{
	return p->delivered > 0 ? p->bad / p->delivered : 0;
}

/* --- levels -------------------------------------------------------------------------------------- */

static const struct {
	const char *name;
	enum sim_assumption people;
} levels[SIM_LEVELS] = {
	{ "TIER_250", SIM_PORTFOLIO_LEVEL_0 },
	{ "TIER_2K", SIM_PORTFOLIO_LEVEL_1 },
	{ "TIER_10K", SIM_PORTFOLIO_LEVEL_2 },
	{ "TIER_100K", SIM_PORTFOLIO_LEVEL_3 },
	{ "TIER_UNLIMITED", SIM_ASSUMPTIONS_LEN },
};

const char *sim_level_name(int level)
{
	return levels[level].name;
}

int64_t sim_level_people(const struct sim_assume *a, int level)
{
	return level < TOP ? (int64_t)a->v[levels[level].people] : 0;
}

int sim_level_of(const struct sim_assume *a, int64_t people)
{
	int level = 0;

	while (level < TOP && (people == 0 || sim_level_people(a, level) < people))
		level++;
	return level;
}

void sim_portfolio_meta_done(struct sim_portfolio_meta *m)
{
	sim_pacer_done(&m->pacer);
	imap_free(&m->proof);
}

/* --- what was sent ------------------------------------------------------------------------------- */

static void turn_year(struct sim_portfolio_meta *m, time_ms now)
{
	int64_t slot = now / YEAR_SLOT_MS;

	if (slot - m->typed_slot >= SIM_YEAR_SLOTS)
		memset(m->typed, 0, sizeof(m->typed));
	for (int64_t i = m->typed_slot + 1; i <= slot && slot - i < SIM_YEAR_SLOTS; i++)
		m->typed[i % SIM_YEAR_SLOTS] = 0;
	m->typed_slot = slot;
}

void sim_portfolio_typed(struct sim_portfolio_meta *m, time_ms now)
{
	turn_year(m, now);
	m->typed[m->typed_slot % SIM_YEAR_SLOTS]++;
}

int64_t sim_portfolio_typed_year(struct sim_portfolio_meta *m, time_ms now)
{
	int64_t all = 0;

	turn_year(m, now);
	for (int i = 0; i < SIM_YEAR_SLOTS; i++)
		all += m->typed[i];
	return all;
}

void sim_portfolio_peak(struct sim_portfolio_meta *m, int64_t people, time_ms now)
{
	int64_t day = now / MS_PER_DAY;

	if (day - m->peak_day >= SIM_PEAK_DAYS)
		memset(m->peak, 0, sizeof(m->peak));
	for (int64_t i = m->peak_day + 1; i <= day && day - i < SIM_PEAK_DAYS; i++)
		m->peak[i % SIM_PEAK_DAYS] = 0;
	m->peak_day = day;
	if (people > m->peak[day % SIM_PEAK_DAYS])
		m->peak[day % SIM_PEAK_DAYS] = people;
}

int64_t sim_portfolio_highest(const struct sim_portfolio_meta *m, int64_t days, time_ms now)
{
	int64_t day = now / MS_PER_DAY, highest = 0;

	for (int64_t i = 0; i < days && i < SIM_PEAK_DAYS; i++) {
		int64_t of_day = m->peak[(day - i) % SIM_PEAK_DAYS];
		if (m->peak_day - (day - i) < SIM_PEAK_DAYS && of_day > highest)
			highest = of_day;
	}
	return highest;
}

void sim_portfolio_prove(struct sim_portfolio_meta *m, uint32_t person, time_ms now)
{
	if (m->level > 0)
		return;
	if (!m->proof)
		m->proof = imap_new();
	if (m->proof && imap_put(m->proof, person, now))
		return; /* without memory the person does not count: the level only comes later */
}

int64_t sim_portfolio_proven(const struct sim_portfolio_meta *m, int64_t span_ms, time_ms now)
{
	size_t iter = 0;
	uint64_t person;
	int64_t at, people = 0;

	while (m->proof && imap_each(m->proof, &iter, &person, &at))
		people += now - at < span_ms;
	return people;
}

/* --- growth -------------------------------------------------------------------------------------- */

bool sim_portfolio_is_proven(
    const struct sim_portfolio_meta *m, const struct sim_assume *a, time_ms now)
{
	int64_t span = sim_assume_days(a, SIM_PORTFOLIO_PROOF_DAYS);

	return m->verified ||
	    (double)sim_portfolio_proven(m, span, now) >= a->v[SIM_PORTFOLIO_PROOF_PEOPLE];
}

static bool used_enough(const struct sim_portfolio_meta *m, const struct sim_assume *a, time_ms now)
{
	int64_t highest = sim_portfolio_highest(m, (int64_t)a->v[SIM_PORTFOLIO_GROWTH_DAYS], now);

	return (double)highest >=
	    (double)sim_level_people(a, m->level) * a->v[SIM_PORTFOLIO_GROWTH_SHARE];
}

bool sim_portfolio_grow(
    struct sim_portfolio_meta *m, const struct sim_assume *a, bool good, time_ms now)
{
	int64_t wait = sim_assume_hours(
	    a, m->level == 0 ? SIM_PORTFOLIO_PROOF_HOURS : SIM_PORTFOLIO_GROWTH_HOURS);
	bool may = m->level < TOP && good &&
	    (m->level == 0 ? sim_portfolio_is_proven(m, a, now) : used_enough(m, a, now));

	if (!may) {
		m->grow_at = TIME_NONE;
		return false;
	}
	if (m->grow_at == TIME_NONE)
		m->grow_at = now + wait;
	if (now < m->grow_at)
		return false;
	m->level++;
	m->grow_at = TIME_NONE;
	imap_free(&m->proof);
	return true;
}
