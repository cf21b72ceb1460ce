/* apps/sim/sim_meta.h: what the platform keeps about numbers, templates, accounts and portfolios when it enforces: ratings,
 * ladders, what is held back for assessment, and how a portfolio's limit grows.
 *
 * Plain members of the world's structs; whoever calls gives the time. They are made ready when first looked at
 * (sim_alive.c), so a simulator that does not enforce never touches them. */
#ifndef APPS_SIM_SIM_META_H
#define APPS_SIM_SIM_META_H

#include "base/map.h"
#include "apps/sim/sim_ladder.h"
#include "apps/sim/sim_rating.h"

/* Lets the first ones of a batch through and keeps the others until it was assessed. */
struct sim_pacer {
	int64_t passed;    /* of the present batch */
	time_ms since;     /* when it began */
	time_ms decide_at; /* TIME_NONE = nothing is held */
	double delivered, bad;
	uint64_t *held; /* counters of messages, in order */
	size_t first, len, room;
};

void sim_pacer_init(struct sim_pacer *p);
void sim_pacer_done(struct sim_pacer *p);
/* One more of at most `batch`; a batch is over after `window_ms` (0 = never). False: it must wait. */
bool sim_pacer_pass(struct sim_pacer *p, double batch, int64_t window_ms, time_ms now);
/* Keeps a message for a decision at `decide_at`, unless one is due sooner. True when that is a new appointment; when memory
 * ran out the message is lost: nothing ever comes of it. */
bool sim_pacer_hold(struct sim_pacer *p, uint64_t message, time_ms decide_at);
/* The oldest one held; false when there is none. */
bool sim_pacer_take(struct sim_pacer *p, uint64_t *ret);
double sim_pacer_share(const struct sim_pacer *p); /* complaints per delivery of the batch */
void sim_pacer_restart(struct sim_pacer *p, time_ms now);

struct sim_number_meta {
	bool ready;
	struct sim_rating rating;
	time_ms red_since;   /* TIME_NONE = not RED */
	time_ms upgraded_at; /* throughput; TIME_NONE = not */
};

struct sim_template_meta {
	bool ready;
	time_ms used_at; /* or archived */
	bool paced;      /* its first messages are not assessed yet */
	bool relevance_set, offers_stop, sells;
	double relevance;
	struct sim_rating rating;
	struct sim_pacer pacer;
	time_ms found_at; /* when it will be found to sell; TIME_NONE = not appointed */
};

struct sim_waba_meta {
	bool ready;
	struct sim_ladder ladder;
	struct sim_direct direct;
	unsigned corrected; /* templates whose category was wrong */
	int64_t delivered;  /* template messages since the last violation */
	time_ms utility_paced_until;
};

#define SIM_LEVELS 5 /* the last one has no limit */
#define SIM_PEAK_DAYS 32
#define SIM_YEAR_SLOTS 12

struct sim_portfolio_meta {
	bool ready, verified;
	bool denied; /* was told that it may not rise */
	int level;
	struct sim_pacer pacer;
	time_ms blocked_until;       /* template messages, by pacing; TIME_NONE = not */
	time_ms grow_at;             /* TIME_NONE = does not fulfil the conditions */
	int64_t peak[SIM_PEAK_DAYS]; /* most people of a day, by day */
	int64_t peak_day;
	int64_t typed[SIM_YEAR_SLOTS]; /* template messages of the last year */
	int64_t typed_slot;
	struct imap *proof; /* person → last delivery; only on the lowest level */
};

void sim_portfolio_meta_done(struct sim_portfolio_meta *m);
/* People of a level, 0 = no limit. */
int64_t sim_level_people(const struct sim_assume *a, int level);
const char *sim_level_name(int level); /* "TIER_2K" */
/* The lowest level that allows so many people (0 = no limit). */
int sim_level_of(const struct sim_assume *a, int64_t people);

void sim_portfolio_typed(struct sim_portfolio_meta *m, time_ms now);
int64_t sim_portfolio_typed_year(struct sim_portfolio_meta *m, time_ms now);
/* So many people were reached in the day before `now`. */
void sim_portfolio_peak(struct sim_portfolio_meta *m, int64_t people, time_ms now);
/* The most on one of the last days. */
int64_t sim_portfolio_highest(const struct sim_portfolio_meta *m, int64_t days, time_ms now);
void sim_portfolio_prove(struct sim_portfolio_meta *m, uint32_t person, time_ms now);
int64_t sim_portfolio_proven(const struct sim_portfolio_meta *m, int64_t span_ms, time_ms now);
/* Has an unverified one reached as many people as it takes to leave the lowest level? */
bool sim_portfolio_is_proven(
    const struct sim_portfolio_meta *m, const struct sim_assume *a, time_ms now);
/* Does it go one level up now? `good`: nothing of the portfolio is rated badly. At most one level a call. */
bool sim_portfolio_grow(
    struct sim_portfolio_meta *m, const struct sim_assume *a, bool good, time_ms now);

#endif
