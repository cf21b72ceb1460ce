/* 701 to 710: how much, how fast, and when. Counts in the facts exclude this message, so a limit is
 * reached when the count equals it. */
#include <string.h>

#include "base/check.h"
#include "base/lang.h"
#include "domain/pair.h"
#include "domain/quiet_hours.h"
#include "domain/release.h"
#include "domain/rules_checks.h"

static bool is_marketing(const struct judgement *j)
{
	return j->purpose == PURPOSE_MARKETING;
}

/* --- 701 -------------------------------------------------------------------------------------- */

static void evidence_portfolio(struct judgement *j, int64_t share)
{
	jw_member_int(evidence(j), "used", j->facts->portfolio.unique_24h);
	jw_member_int(evidence(j), "limit", j->facts->portfolio.limit);
	if (is_marketing(j))
		jw_member_int(evidence(j), "share", share);
}

/* Marketing stops at its share, so that codes and notices can use the rest; on the way there it warns. */
enum answer check_limit_portfolio(struct judgement *j)
{
	const struct facts_portfolio *p = &j->facts->portfolio;
	const struct pack_portfolio *figures = &pack_limits(j->pack)->portfolio;

	if (!p->limited || !judgement_is_counted(j) || j->facts->person.counted_24h)
		return ANSWER_PASS;
	int64_t share = pack_share(p->limit, figures->marketing_share_ppm);
	int64_t stop = is_marketing(j) ? share : p->limit;
	if (p->unique_24h >= stop) {
		evidence_portfolio(j, share);
		if (!is_marketing(j))
			j->because = N_(
			    "{used} of the {limit} people that the portfolio may reach in 24 "
			    "hours have been reached.");
		return ANSWER_FAIL;
	}
	if (!is_marketing(j) || figures->alert_len == 0 ||
	    p->unique_24h < pack_share(share, figures->alert_ppm[0]))
		return ANSWER_PASS;
	evidence_portfolio(j, share);
	judgement_lower(j, LEVEL_WARN);
	return ANSWER_FAIL;
}

/* --- 702, 703 --------------------------------------------------------------------------------- */

enum answer check_limit_throughput(struct judgement *j)
{
	const struct facts_number *n = &j->facts->number;
	int64_t limit = n->throughput > 0 ? n->throughput : pack_limits(j->pack)->number.throughput;

	if (n->sent_last_second < limit || judgement_is_gesture(j))
		return ANSWER_PASS;
	jw_member_str(evidence(j), "number", n->id);
	jw_member_int(evidence(j), "sent", n->sent_last_second);
	jw_member_int(evidence(j), "limit", limit);
	j->until = (j->now / MS_PER_S + 1) * MS_PER_S;
	return ANSWER_FAIL;
}

/* From the debt that the store kept, or else from the times of the sends. */
static struct pair_debt pair_debt_of(const struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;
	const struct pack_pair *figures = &pack_limits(j->pack)->pair;
	struct pair_debt debt = PAIR_NO_DEBT;

	if (p->pair_clear_at != TIME_NONE) {
		debt = (struct pair_debt){
			.clear_at = p->pair_clear_at, .spent = p->pair_spent, .told = p->pair_told
		};
		debt.spent = debt.spent || !pair_debt_fits(&debt, figures, j->now);
		return debt;
	}
	for (size_t i = 0; i < p->pair_sent_len; i++)
		pair_debt_add(&debt, figures, p->pair_sent[i] < j->now ? p->pair_sent[i] : j->now);
	return debt;
}

enum answer check_limit_pair(struct judgement *j)
{
	const struct pack_pair *figures = &pack_limits(j->pack)->pair;
	struct pair_debt debt = pair_debt_of(j);

	if (judgement_is_gesture(j) || !pair_debt_blocks(&debt, j->now))
		return ANSWER_PASS;
	evidence_person(j);
	if (debt.told)
		j->because = N_("Meta answered that messages to this person go out too fast; the "
				"next may go at {until}.");
	else
		jw_member_int(evidence(j), "burst", figures->burst);
	jw_member_int(evidence(j), "interval_s", figures->interval_ms / MS_PER_S);
	jw_member_time(evidence(j), "until", debt.clear_at);
	j->until = debt.clear_at;
	return ANSWER_FAIL;
}

/* --- 704 -------------------------------------------------------------------------------------- */

/* What of the warm-up is reached; rows of the table below, in the order in which they are told. */
struct warmup_state {
	const struct facts_warmup *facts;
	const struct pack_warmup *figures;
	int64_t cap, hour_limit;
	bool engaged;
};

static bool is_recent(time_ms at, time_ms now, int64_t within_ms)
{
	return at != TIME_NONE && now - at <= within_ms;
}

/* People who wrote, or agreed, a short while ago (policy defaults, "Engaged first"). */
static bool is_engaged(const struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;
	const struct pack_warmup *figures = pack_warmup(j->pack);

	if (p->engaged_given)
		return p->engaged;
	const struct facts_consent *act = newest_act_for(j, j->purpose);
	bool granted = act && act->act == CONSENT_GRANT;
	return is_recent(facts_last_contact(j->facts, j->pack, j->now), j->now,
		   figures->engaged_inbound_ms) ||
	    (granted && is_recent(facts_consent_given(act), j->now, figures->engaged_grant_ms));
}

static bool is_frozen(const struct judgement *j, const struct warmup_state *w)
{
	return w->facts->frozen_until != TIME_NONE && w->facts->frozen_until > j->now;
}

static bool is_cap_reached(const struct judgement *j, const struct warmup_state *w)
{
	(void)j;
	return w->facts->used >= w->cap;
}

static bool is_hour_full(const struct judgement *j, const struct warmup_state *w)
{
	(void)j;
	return w->facts->used_last_hour >= w->hour_limit;
}

/* On a day that is not known, rules that ask for the day do not apply. */
static bool is_up_to(const struct warmup_state *w, int64_t day)
{
	return w->facts->day > 0 && w->facts->day <= day;
}

static bool is_minute_full(const struct judgement *j, const struct warmup_state *w)
{
	(void)j;
	return is_up_to(w, w->figures->per_minute_days) &&
	    w->facts->used_last_minute >= w->figures->per_minute;
}

static bool is_for_engaged(const struct judgement *j, const struct warmup_state *w)
{
	(void)j;
	return !w->engaged && is_up_to(w, w->figures->engaged_only_days);
}

static bool is_share_low(const struct judgement *j, const struct warmup_state *w)
{
	double share = (double)w->figures->engaged_share_ppm / (double)PPM;

	(void)j;
	return !w->engaged && is_up_to(w, w->figures->engaged_share_days) &&
	    w->facts->engaged_share < share;
}

static const struct {
	bool (*reached)(const struct judgement *j, const struct warmup_state *w);
	const char *because;
} warmup_brakes[] = {
	{ is_frozen, N_("Marketing from this number is frozen until {frozen_until}.") },
	{ is_cap_reached,
	    N_("The number is warming up: {used} of the {cap} people of today have been "
	       "reached.") },
	{ is_hour_full,
	    N_("The number is warming up: {used_last_hour} people were reached in the last "
	       "hour, and {hour_limit} are allowed.") },
	{ is_minute_full,
	    N_("The number is warming up: {used_last_minute} people were reached in the "
	       "last minute, and {minute_limit} are allowed.") },
	{ is_for_engaged,
	    N_("The number is warming up (day {day}): for now only people who wrote or "
	       "agreed recently are reached, and this person did neither.") },
	{ is_share_low,
	    N_("The number is warming up (day {day}): too few of the people of today wrote "
	       "or agreed recently, and this person did neither.") },
};

/* A young number whose cap has outgrown the portfolio's limit has nothing left to warm up for. */
static bool is_warm(const struct judgement *j, int64_t cap)
{
	const struct facts_warmup *w = &j->facts->number.warmup;
	const struct facts_portfolio *p = &j->facts->portfolio;

	return w->day > pack_warmup(j->pack)->max_days || (p->limited && cap > p->limit);
}

static void evidence_warmup(struct judgement *j, const struct warmup_state *w)
{
	jw_member_str(evidence(j), "number", j->facts->number.id);
	if (w->facts->day > 0)
		jw_member_int(evidence(j), "day", w->facts->day);
	jw_member_int(evidence(j), "used", w->facts->used);
	jw_member_int(evidence(j), "cap", w->cap);
	jw_member_int(evidence(j), "used_last_hour", w->facts->used_last_hour);
	jw_member_int(evidence(j), "hour_limit", w->hour_limit);
	jw_member_int(evidence(j), "used_last_minute", w->facts->used_last_minute);
	jw_member_int(evidence(j), "minute_limit", w->figures->per_minute);
	jw_member_bool(evidence(j), "engaged", w->engaged);
	if (w->facts->frozen_until != TIME_NONE)
		jw_member_time(evidence(j), "frozen_until", w->facts->frozen_until);
}

/* As told, or by the day; without a day there is none. */
static int64_t cap_of(const struct judgement *j)
{
	const struct facts_warmup *w = &j->facts->number.warmup;

	if (w->cap != WARMUP_BY_DAY)
		return w->cap;
	return w->day > 0 ? pack_warmup_cap(j->pack, w->day) : INT64_MAX;
}

#define FIRST_IS_FULL \
	N_("The template {template} ({language}) is new or was paused: it has gone to the first {limit} " \
	   "people, and goes on at {opens_at}.")
#define PART_IS_FULL \
	N_("The template {template} ({language}) is being released in steps: it has gone to {taken} " \
	   "people, the part of the audience of {audience} that comes before the rest, and goes on at " \
	   "{opens_at}.")
#define NOT_COUNTED \
	N_("The template {template} ({language}) is being released in steps, and how many people its " \
	   "next step has is being counted.")
#define WAIT_FOR_IT \
	N_("Wait and look at the quality of the template and at who opts out: what is held goes on by " \
	   "itself, and `varco template set --release rest` ends the steps on the ledger.")

const struct rule_case release_cases[] = {
	{ FIRST_IS_FULL, WAIT_FOR_IT },
	{ PART_IS_FULL, WAIT_FOR_IT },
	{ NOT_COUNTED, WAIT_FOR_IT },
	{ NULL, NULL },
};

static void evidence_release(struct judgement *j, const struct facts_release *r, int64_t limit)
{
	evidence_template(j);
	jw_member_c(evidence(j), "step", release_step_name(r->step));
	jw_member_int(evidence(j), "taken", r->taken);
	jw_member_int(evidence(j), "limit", limit);
	if (r->audience >= 0)
		jw_member_int(evidence(j), "audience", r->audience);
	if (j->until != TIME_NONE)
		jw_member_time(evidence(j), "opens_at", j->until);
}

/* A template that is new or was paused goes out in steps (release.h). While our clock is suspect no
 * step begins. */
static enum answer check_release(struct judgement *j)
{
	struct facts_release r = j->facts->tpl.release;

	if (!r.given || !j->template_known)
		return ANSWER_PASS;
	if (!j->facts->clock_suspect)
		release_advance(j->pack, &r, j->now);
	int64_t limit = release_limit(j->pack, &r);
	if (limit < 0 || r.taken < limit)
		return ANSWER_PASS;
	j->until = release_opens_at(j->pack, &r);
	if (j->facts->clock_suspect && j->until != TIME_NONE && j->until <= j->now)
		j->until = TIME_NONE;
	evidence_release(j, &r, limit);
	if (r.filled_at == TIME_NONE)
		j->because = NOT_COUNTED;
	else
		j->because = r.step == RELEASE_FIRST ? FIRST_IS_FULL : PART_IS_FULL;
	return ANSWER_FAIL;
}

static enum answer check_number_warmup(struct judgement *j)
{
	const struct facts_warmup *facts = &j->facts->number.warmup;
	const struct pack_warmup *figures = pack_warmup(j->pack);

	if (!facts->active || j->facts->person.counted_24h)
		return ANSWER_PASS;
	int64_t cap = cap_of(j);
	if (is_warm(j, cap) && !(facts->frozen_until > j->now))
		return ANSWER_PASS;
	int64_t hour = pack_share(cap, figures->hourly_share_ppm);
	struct warmup_state w = {
		.facts = facts,
		.figures = figures,
		.cap = cap,
		.hour_limit = hour > figures->hourly_min ? hour : figures->hourly_min,
		.engaged = is_engaged(j),
	};
	for (size_t i = 0; i < ARRAY_LEN(warmup_brakes); i++) {
		if (!warmup_brakes[i].reached(j, &w))
			continue;
		evidence_warmup(j, &w);
		j->because = warmup_brakes[i].because;
		return ANSWER_FAIL;
	}
	return ANSWER_PASS;
}

enum answer check_limit_warmup(struct judgement *j)
{
	if (!(pack_warmup(j->pack)->holds & PURPOSE_BIT(j->purpose)) || !judgement_is_counted(j))
		return ANSWER_PASS;
	enum answer answer = check_number_warmup(j);
	return answer == ANSWER_PASS && is_marketing(j) ? check_release(j) : answer;
}

/* --- 705 -------------------------------------------------------------------------------------- */

/* Has a volume grown by at least `ppm` over the highest day; exact, without a rounded threshold. */
static bool has_grown(int64_t sent, int64_t highest, int64_t ppm)
{
	return (__int128)sent * PPM >= (__int128)highest * (PPM + ppm);
}

enum answer check_limit_spike(struct judgement *j)
{
	const struct facts_number *n = &j->facts->number;
	const struct pack_spike *figures = &pack_limits(j->pack)->spike;
	int64_t highest = n->max_24h_last_7d;

	if (!is_marketing(j) || highest == 0 || n->sent_24h < figures->min_messages ||
	    !has_grown(n->sent_24h, highest, figures->warn_ppm))
		return ANSWER_PASS;
	jw_member_str(evidence(j), "number", n->id);
	jw_member_int(evidence(j), "sent", n->sent_24h);
	jw_member_int(evidence(j), "highest", highest);
	if (!has_grown(n->sent_24h, highest, figures->hold_ppm))
		judgement_lower(j, LEVEL_WARN);
	return ANSWER_FAIL;
}

/* --- 706, 707 --------------------------------------------------------------------------------- */

static int64_t count_since(const struct facts_person *p, time_ms since)
{
	int64_t n = 0;

	for (size_t i = 0; i < p->marketing_sent_len; i++)
		n += p->marketing_sent[i] > since;
	return n;
}

/* The k-th newest of the sends, which come in any order. There are at least k. */
static time_ms nth_newest(const struct facts_person *p, int64_t k)
{
	time_ms newest = INT64_MAX;

	for (int64_t seen = 0; seen < k;) {
		time_ms below = newest;
		newest = TIME_NONE;
		for (size_t i = 0; i < p->marketing_sent_len; i++) {
			if (p->marketing_sent[i] < below && p->marketing_sent[i] > newest)
				newest = p->marketing_sent[i];
		}
		for (size_t i = 0; i < p->marketing_sent_len; i++)
			seen += p->marketing_sent[i] == newest;
	}
	return newest;
}

/* One more fits when the max-th newest has left the window. */
enum answer check_limit_frequency(struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;
	const struct pack_limits *l = pack_limits(j->pack);

	if (!is_marketing(j) || p->marketing_sent_len == 0)
		return ANSWER_PASS;
	for (size_t i = 0; i < l->frequency_marketing_len; i++) {
		const struct pack_frequency *f = &l->frequency_marketing[i];
		int64_t sent = count_since(p, j->now - f->window_ms);
		if (sent < f->max)
			continue;
		j->until = nth_newest(p, f->max) + f->window_ms;
		evidence_person(j);
		jw_member_int(evidence(j), "sent", sent);
		jw_member_int(evidence(j), "max", f->max);
		jw_member_int(evidence(j), "window_s", f->window_ms / MS_PER_S);
		jw_member_time(evidence(j), "until", j->until);
		return ANSWER_FAIL;
	}
	return ANSWER_PASS;
}

enum answer check_limit_cooldown(struct judgement *j)
{
	time_ms until = j->facts->person.cooldown_until;

	if (!is_marketing(j) || until == TIME_NONE || until <= j->now)
		return ANSWER_PASS;
	evidence_person(j);
	jw_member_time(evidence(j), "until", until);
	j->until = until;
	return ANSWER_FAIL;
}

/* --- 708 -------------------------------------------------------------------------------------- */

enum answer check_limit_quiet_hours(struct judgement *j)
{
	const struct pack_quiet_hours *q = &pack_limits(j->pack)->quiet_hours;
	const struct facts_person *p = &j->facts->person;
	struct phone phone = j->send->phone.number != 0 ? j->send->phone : p->phone;
	struct quiet_zones zones;

	if (!is_marketing(j))
		return ANSWER_PASS;
	quiet_zones_of(p->timezone, phone, j->facts->waba.country, j->now, &zones);
	struct str zone = quiet_where(q, &zones, j->now);
	if (!zone.p)
		return ANSWER_PASS;
	j->until = quiet_over_at(q, &zones, j->now);
	evidence_person(j);
	jw_member_str(evidence(j), "zone", zone);
	jw_member_time(evidence(j), "until", j->until);
	return ANSWER_FAIL;
}

/* --- 709, 710 --------------------------------------------------------------------------------- */

static bool is_same_or_unsaid(struct str said, struct str ours)
{
	return said.len == 0 || str_eq(said, ours);
}

/* The newest earlier send of the same content; TIME_NONE when there is none within the window. */
static time_ms last_twin(const struct judgement *j)
{
	const struct facts_person *p = &j->facts->person;
	time_ms since = j->now - pack_limits(j->pack)->duplicate_window_ms, last = TIME_NONE;

	for (size_t i = 0; i < p->recent_digests_len; i++) {
		const struct facts_digest *d = &p->recent_digests[i];
		if (d->at <= since || d->at <= last ||
		    memcmp(d->digest.b, j->send->digest.b, SHA256_LEN) != 0)
			continue;
		if (is_same_or_unsaid(d->app, j->facts->app.id) &&
		    is_same_or_unsaid(d->number, j->facts->number.id))
			last = d->at;
	}
	return last;
}

/* A send with a key is a repetition only if its key says so, and then it never comes here. */
enum answer check_limit_duplicate(struct judgement *j)
{
	time_ms last = j->facts->repeats_at;

	if (j->facts->has_key || (j->facts->person.recent_digests_len == 0 && last == TIME_NONE) ||
	    j->send->kind == MESSAGE_UNREADABLE || judgement_is_gesture(j))
		return ANSWER_PASS;
	if (last == TIME_NONE)
		last = last_twin(j);
	if (last == TIME_NONE)
		return ANSWER_PASS;
	evidence_person(j);
	jw_member_time(evidence(j), "sent_at", last);
	jw_member_int(
	    evidence(j), "window_s", pack_limits(j->pack)->duplicate_window_ms / MS_PER_S);
	return ANSWER_FAIL;
}

enum answer check_limit_cost(struct judgement *j)
{
	const struct facts_app *app = &j->facts->app;

	if (!app->has_budget || app->cost_left > 0 || judgement_is_gesture(j))
		return ANSWER_PASS;
	if (app->id.len > 0)
		jw_member_str(evidence(j), "app", app->id);
	jw_key(evidence(j), "cost_left");
	jw_real(evidence(j), app->cost_left);
	return ANSWER_FAIL;
}
