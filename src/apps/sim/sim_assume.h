/* apps/sim/sim_assume.h: what the simulator takes for granted about people and about enforcement.
 *
 * The figures stand in packs/simulator.json, each with its range and its source, and nowhere in code; that file is built in,
 * and another of the same form may take its place. Every figure is a double; shares are plain fractions, the unit of
 * a time is in the name. */
#ifndef APPS_SIM_SIM_ASSUME_H
#define APPS_SIM_SIM_ASSUME_H

#include <stdbool.h>

#include "base/str.h"

#define SIM_ASSUMPTIONS(X) \
	X(PEOPLE_CONSENT_GIVEN, "people.consent_given") \
	X(PEOPLE_CONSENT_STALE, "people.consent_stale") \
	X(PEOPLE_UNREACHABLE, "people.unreachable") \
	X(PEOPLE_INTEREST_MEAN, "people.interest_mean") \
	X(PEOPLE_INTEREST_SPREAD, "people.interest_spread") \
	X(PEOPLE_RELEVANCE, "people.relevance") \
	X(PEOPLE_ZONE_OFFSET_MIN, "people.zone_offset_min") \
	X(PEOPLE_AWAKE_FROM_H, "people.awake_from_h") \
	X(PEOPLE_AWAKE_TO_H, "people.awake_to_h") \
	X(PEOPLE_LATE_FROM_H, "people.late_from_h") \
	X(PEOPLE_LATE_TO_H, "people.late_to_h") \
	X(REACTION_OFFLINE_SHARE, "reaction.offline_share") \
	X(REACTION_OFFLINE_HOURS, "reaction.offline_hours") \
	X(REACTION_READ_SHARE, "reaction.read_share") \
	X(REACTION_READ_DELAY_MIN, "reaction.read_delay_min") \
	X(REACTION_ACT_DELAY_MIN, "reaction.act_delay_min") \
	X(REACTION_REPLY_SHARE, "reaction.reply_share") \
	X(REACTION_REPLY_UTILITY_SHARE, "reaction.reply_utility_share") \
	X(REACTION_BLOCK_SHARE, "reaction.block_share") \
	X(REACTION_REPORT_SHARE, "reaction.report_share") \
	X(REACTION_STOP_SHARE, "reaction.stop_share") \
	X(REACTION_MUTE_SHARE, "reaction.mute_share") \
	X(REACTION_MOST, "reaction.most") \
	X(REACTION_STALE_FACTOR, "reaction.stale_factor") \
	X(REACTION_NONE_FACTOR, "reaction.none_factor") \
	X(REACTION_UTILITY_FACTOR, "reaction.utility_factor") \
	X(REACTION_AUTHENTICATION_FACTOR, "reaction.authentication_factor") \
	X(REACTION_SERVICE_FACTOR, "reaction.service_factor") \
	X(REACTION_IRRELEVANCE_FACTOR, "reaction.irrelevance_factor") \
	X(REACTION_FATIGUE_FACTOR, "reaction.fatigue_factor") \
	X(REACTION_FATIGUE_HALF_LIFE_DAYS, "reaction.fatigue_half_life_days") \
	X(REACTION_LATE_FACTOR, "reaction.late_factor") \
	X(REACTION_IGNORED_STOP_FACTOR, "reaction.ignored_stop_factor") \
	X(REACTION_STOP_BY_TEXT, "reaction.stop_by_text") \
	X(REACTION_STOP_HIDDEN, "reaction.stop_hidden") \
	X(QUALITY_DAYS, "quality.days") \
	X(QUALITY_REPORT_WEIGHT, "quality.report_weight") \
	X(QUALITY_MUTE_WEIGHT, "quality.mute_weight") \
	X(QUALITY_MIN_DELIVERED, "quality.min_delivered") \
	X(QUALITY_YELLOW, "quality.yellow") \
	X(QUALITY_RED, "quality.red") \
	X(QUALITY_RECOVER_HOURS, "quality.recover_hours") \
	X(QUALITY_TEMPLATE_MIN_DELIVERED, "quality.template_min_delivered") \
	X(QUALITY_TEMPLATE_YELLOW, "quality.template_yellow") \
	X(QUALITY_TEMPLATE_RED, "quality.template_red") \
	X(QUALITY_SPAM_SHARE, "quality.spam_share") \
	X(TEMPLATE_PAUSE_FIRST_H, "template.pause_first_h") \
	X(TEMPLATE_PAUSE_SECOND_H, "template.pause_second_h") \
	X(TEMPLATE_PACING_FIRST, "template.pacing_first") \
	X(TEMPLATE_PACING_MIN, "template.pacing_min") \
	X(TEMPLATE_PACING_BAD, "template.pacing_bad") \
	X(TEMPLATE_PACING_UTILITY_DAYS, "template.pacing_utility_days") \
	X(TEMPLATE_CATEGORY_FOUND, "template.category_found") \
	X(TEMPLATE_CATEGORY_HOURS, "template.category_hours") \
	X(TEMPLATE_CATEGORY_NOTICE_H, "template.category_notice_h") \
	X(TEMPLATE_CATEGORY_WARNINGS, "template.category_warnings") \
	X(TEMPLATE_ARCHIVE_DAYS, "template.archive_days") \
	X(TEMPLATE_DELETE_DAYS, "template.delete_days") \
	X(PORTFOLIO_PACING_BELOW, "portfolio.pacing_below") \
	X(PORTFOLIO_PACING_BATCH, "portfolio.pacing_batch") \
	X(PORTFOLIO_PACING_MIN, "portfolio.pacing_min") \
	X(PORTFOLIO_PACING_BAD, "portfolio.pacing_bad") \
	X(PORTFOLIO_REVIEW_HOURS, "portfolio.review_hours") \
	X(PORTFOLIO_LEVEL_0, "portfolio.level_0") \
	X(PORTFOLIO_LEVEL_1, "portfolio.level_1") \
	X(PORTFOLIO_LEVEL_2, "portfolio.level_2") \
	X(PORTFOLIO_LEVEL_3, "portfolio.level_3") \
	X(PORTFOLIO_PROOF_PEOPLE, "portfolio.proof_people") \
	X(PORTFOLIO_PROOF_DAYS, "portfolio.proof_days") \
	X(PORTFOLIO_PROOF_HOURS, "portfolio.proof_hours") \
	X(PORTFOLIO_GROWTH_HOURS, "portfolio.growth_hours") \
	X(PORTFOLIO_GROWTH_SHARE, "portfolio.growth_share") \
	X(PORTFOLIO_GROWTH_DAYS, "portfolio.growth_days") \
	X(PORTFOLIO_THROUGHPUT_PEOPLE, "portfolio.throughput_people") \
	X(PORTFOLIO_THROUGHPUT_HIGH, "portfolio.throughput_high") \
	X(PORTFOLIO_THROUGHPUT_PAUSE_S, "portfolio.throughput_pause_s") \
	X(CAP_WEEKLY, "cap.weekly") \
	X(CAP_OTHERS_WEEKLY, "cap.others_weekly") \
	X(CAP_WAIT_H, "cap.wait_h") \
	X(CAP_RETRIES, "cap.retries") \
	X(CAP_LOCK_H, "cap.lock_h") \
	X(CAP_EXPERIMENT_SHARE, "cap.experiment_share") \
	X(LADDER_RED_HOURS, "ladder.red_hours") \
	X(LADDER_REPORTS_SHARE, "ladder.reports_share") \
	X(LADDER_GAP_HOURS, "ladder.gap_hours") \
	X(LADDER_FORGET_DAYS, "ladder.forget_days") \
	X(LADDER_STEP_1_DAYS, "ladder.step_1_days") \
	X(LADDER_STEP_2_DAYS, "ladder.step_2_days") \
	X(LADDER_STEP_3_DAYS, "ladder.step_3_days") \
	X(LADDER_STEP_4_DAYS, "ladder.step_4_days") \
	X(LADDER_STEP_5_DAYS, "ladder.step_5_days") \
	X(LADDER_STEP_6_DAYS, "ladder.step_6_days") \
	X(LADDER_LOCK_DAYS, "ladder.lock_days") \
	X(LADDER_NOTICE_DAYS, "ladder.notice_days") \
	X(LADDER_APPEAL_HOURS, "ladder.appeal_hours") \
	X(LADDER_APPEAL_REVERSED, "ladder.appeal_reversed") \
	X(DIRECT_MIN_SENT, "direct.min_sent") \
	X(DIRECT_ABUSE_SHARE, "direct.abuse_share") \
	X(DIRECT_GAP_HOURS, "direct.gap_hours") \
	X(DIRECT_RATE_DAY, "direct.rate_day") \
	X(DIRECT_RATE_DAYS, "direct.rate_days") \
	X(DIRECT_STRIKE_1_DAYS, "direct.strike_1_days") \
	X(DIRECT_STRIKE_2_DAYS, "direct.strike_2_days")

enum sim_assumption {
#define X(id, name) SIM_##id,
	SIM_ASSUMPTIONS(X)
#undef X
	    SIM_ASSUMPTIONS_LEN
};

#define SIM_COUNTRIES_MAX 64

struct sim_assume {
	double v[SIM_ASSUMPTIONS_LEN];
	double min[SIM_ASSUMPTIONS_LEN], max[SIM_ASSUMPTIONS_LEN];
	bool assumed[SIM_ASSUMPTIONS_LEN]; /* ours: its source begins with "assumption" */
	char uncapped[SIM_COUNTRIES_MAX][3];
	size_t uncapped_len;
};

/* The built-in file. 0 or -E_NOMEM. */
MUST_CHECK int sim_assume_builtin(struct sim_assume *ret, struct err *err);
/* A file's text. -E_INVALID names what is missing, unheard of, without a source, or out of its own range. */
MUST_CHECK int sim_assume_read(struct str text, struct sim_assume *ret, struct err *err);
MUST_CHECK int sim_assume_file(const char *path, struct sim_assume *ret, struct err *err);

const char *sim_assume_name(enum sim_assumption i); /* "people.relevance" */
/* The figure times a factor, kept within its range. */
void sim_assume_scale(struct sim_assume *a, enum sim_assumption i, double factor);
bool sim_assume_is_uncapped(const struct sim_assume *a, const char *country);

/* A figure in hours or days as milliseconds. */
int64_t sim_assume_hours(const struct sim_assume *a, enum sim_assumption i);
int64_t sim_assume_days(const struct sim_assume *a, enum sim_assumption i);

#endif
