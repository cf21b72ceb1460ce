#include "domain/warmup.h"

#include "base/check.h"
#include "base/stats.h"

static const char *const phase_names[] = {
	[WARMUP_RAMP] = "ramp",
	[WARMUP_AFTER_RED] = "after_red",
	[WARMUP_AFTER_RESTRICTION] = "after_restriction",
	[WARMUP_AFTER_SILENCE] = "after_silence",
	[WARMUP_OVERRIDE] = "override",
	[WARMUP_DONE] = "done",
};

const char *warmup_phase_name(enum warmup_phase p)
{
	return phase_names[p];
}

int64_t warmup_calendar_day(time_ms t)
{
	int64_t day = t / MS_PER_DAY;

	return t % MS_PER_DAY < 0 ? day - 1 : day;
}

void warmup_begin(time_ms from, struct warmup_state *ret)
{
	*ret = (struct warmup_state){
		.phase = from == TIME_NONE ? WARMUP_DONE : WARMUP_RAMP,
		.day = 1,
		.stepped_day = from == TIME_NONE ? 0 : warmup_calendar_day(from),
		.most_until = TIME_NONE,
		.frozen_until = TIME_NONE,
	};
}

/* --- today ------------------------------------------------------------------------------------ */

static int64_t uncapped(const struct pack *pack, const struct warmup_state *s)
{
	return s->phase == WARMUP_RAMP ? pack_warmup_cap(pack, s->day) : s->cap;
}

static bool is_held_down(const struct warmup_state *s, time_ms now)
{
	return s->most_until != TIME_NONE && now < s->most_until;
}

static int64_t cap_at(const struct pack *pack, const struct warmup_state *s, time_ms now)
{
	int64_t cap = uncapped(pack, s);

	return is_held_down(s, now) && cap > s->most ? s->most : cap;
}

/* Nothing is left to warm up for. A number that is held down is not through before its time. */
static bool is_through(
    const struct pack *pack, const struct warmup_state *s, int64_t limit, time_ms now)
{
	if (s->phase == WARMUP_DONE)
		return true;
	if (is_held_down(s, now))
		return false;
	return s->day > pack_warmup(pack)->max_days || (limit >= 0 && cap_at(pack, s, now) > limit);
}

void warmup_day(const struct pack *pack, bool established, const struct warmup_state *s,
    int64_t limit, time_ms now, struct warmup_day *ret)
{
	bool frozen = s->frozen_until != TIME_NONE && s->frozen_until > now;
	/* Established is who was never restricted since. */
	bool spared = established && s->phase != WARMUP_AFTER_RESTRICTION;

	*ret = (struct warmup_day){ .frozen_until = TIME_NONE };
	if (spared || (!frozen && is_through(pack, s, limit, now)))
		return;
	*ret = (struct warmup_day){
		.active = true,
		.day = s->day,
		.cap = cap_at(pack, s, now),
		.frozen_until = frozen ? s->frozen_until : TIME_NONE,
	};
}

/* --- the end of a day ------------------------------------------------------------------------- */

static bool reaches(int64_t part, int64_t of, int64_t share_ppm)
{
	return of > 0 && (double)part * PPM >= (double)of * (double)share_ppm;
}

unsigned warmup_gates(const struct pack *pack, const struct warmup_past *past, int64_t cap)
{
	const struct pack_warmup *w = pack_warmup(pack);
	double confidence = (double)pack_breaker(pack)->confidence_ppm / PPM;
	double stops = past->delivered > 0
	    ? stats_wilson_lower(past->opt_outs, past->delivered, confidence)
	    : 0;
	unsigned gates = 0;

	if (!reaches(past->used, cap, w->earn_used_share_ppm))
		gates |= WARMUP_GATE_USE;
	if (past->yellow || past->red)
		gates |= WARMUP_GATE_QUALITY;
	if (reaches(past->failed, past->sent, w->earn_failures_ppm))
		gates |= WARMUP_GATE_FAILURES;
	if (stops * PPM >= (double)w->earn_opt_outs_ppm)
		gates |= WARMUP_GATE_OPT_OUTS;
	if (past->spam > 0)
		gates |= WARMUP_GATE_SPAM;
	if (past->red_template)
		gates |= WARMUP_GATE_TEMPLATE;
	return gates;
}

static int64_t growth_of(const struct pack *pack, const struct warmup_state *s)
{
	const struct pack_warmup *w = pack_warmup(pack);

	return s->phase == WARMUP_AFTER_RED ? w->red_growth_ppm : w->growth_ppm;
}

static int64_t scale(int64_t n, int64_t up_ppm, int64_t down_ppm)
{
	double x = (double)n * (double)up_ppm / (double)down_ppm;

	return x >= 1e15 ? (int64_t)1e15 : (int64_t)x;
}

/* Never below what the first day allows. */
static int64_t at_least_first(const struct pack *pack, int64_t cap)
{
	int64_t first = pack_warmup_cap(pack, 1);

	return cap < first ? first : cap;
}

static void go_up(const struct pack *pack, struct warmup_state *s)
{
	s->held = 0;
	s->day++;
	if (s->phase != WARMUP_RAMP) {
		int64_t grown = scale(s->cap, growth_of(pack, s), PPM);
		s->cap = grown > s->cap ? grown : s->cap + 1;
	}
}

static void go_back(const struct pack *pack, struct warmup_state *s)
{
	s->held = 0;
	s->day = s->day > 1 ? s->day - 1 : 1;
	if (s->phase != WARMUP_RAMP)
		s->cap = at_least_first(pack, scale(s->cap, PPM, growth_of(pack, s)));
}

static enum warmup_step hold(const struct pack *pack, struct warmup_state *s)
{
	if (++s->held < pack_warmup(pack)->held_before_step_back)
		return WARMUP_HELD;
	go_back(pack, s);
	return WARMUP_BACK;
}

/* Once for each silence: another one begins with the next use. */
static bool fell_silent(const struct pack *pack, const struct warmup_state *s, int64_t today)
{
	return s->used_day > 0 && s->phase != WARMUP_AFTER_SILENCE &&
	    today - s->used_day > pack_warmup(pack)->silent_ms / MS_PER_DAY;
}

static void begin_after_silence(const struct pack *pack, struct warmup_state *s, time_ms now)
{
	const struct pack_warmup *w = pack_warmup(pack);
	int64_t cap = at_least_first(pack, scale(s->peak, w->silent_cap_share_ppm, PPM));
	int64_t before = s->phase == WARMUP_DONE ? cap : cap_at(pack, s, now);

	s->cap = cap < before ? cap : before;
	s->phase = WARMUP_AFTER_SILENCE;
	s->day = 1;
	s->held = 0;
}

static bool is_frozen(const struct warmup_state *s, time_ms now)
{
	return s->frozen_until != TIME_NONE && s->frozen_until > now;
}

static enum warmup_step judge(const struct pack *pack, struct warmup_state *s,
    const struct warmup_past *past, time_ms now, unsigned gates)
{
	if (past->used == 0 || past->yellow || is_frozen(s, now) || s->phase == WARMUP_DONE)
		return WARMUP_SAME;
	if (gates)
		return hold(pack, s);
	go_up(pack, s);
	return WARMUP_EARNED;
}

enum warmup_step warmup_end_day(const struct pack *pack, struct warmup_state *s,
    const struct warmup_past *past, int64_t limit, time_ms now, unsigned *ret_gates)
{
	int64_t today = warmup_calendar_day(now);

	*ret_gates = warmup_gates(pack, past, cap_at(pack, s, now));
	if (today <= s->stepped_day)
		return WARMUP_SAME;
	if (past->used > 0)
		s->used_day = s->stepped_day;
	if (past->used > s->peak)
		s->peak = past->used;
	enum warmup_step step = judge(pack, s, past, now, *ret_gates);
	s->stepped_day = today;
	if (fell_silent(pack, s, today))
		begin_after_silence(pack, s, now);
	if (s->phase == WARMUP_DONE || is_frozen(s, now) || !is_through(pack, s, limit, now))
		return step;
	s->phase = WARMUP_DONE;
	return WARMUP_ENDED;
}

/* --- what happens besides --------------------------------------------------------------------- */

/* What it did last, as far as it is known. */
static int64_t last_cap(const struct pack *pack, const struct warmup_state *s, time_ms now)
{
	int64_t cap = s->phase == WARMUP_DONE ? s->peak : cap_at(pack, s, now);

	return s->peak > 0 && cap > s->peak && s->phase == WARMUP_DONE ? s->peak : cap;
}

void warmup_went_red(const struct pack *pack, struct warmup_state *s, time_ms now)
{
	const struct pack_warmup *w = pack_warmup(pack);
	int64_t cap = scale(last_cap(pack, s, now), w->red_cap_share_ppm, PPM);

	if (s->red)
		return;
	s->red = true;
	s->frozen_until = now + w->red_frozen_ms;
	s->held = 0;
	if (s->phase == WARMUP_AFTER_RESTRICTION && is_held_down(s, now))
		return; /* what the restriction brought is narrower */
	s->cap = cap > 0 ? cap : 1;
	s->phase = WARMUP_AFTER_RED;
	s->day = 1;
}

void warmup_was_restricted(const struct pack *pack, struct warmup_state *s, time_ms ended)
{
	const struct pack_warmup *w = pack_warmup(pack);

	s->phase = WARMUP_AFTER_RESTRICTION;
	s->day = 1;
	s->held = 0;
	s->cap = w->restricted_cap;
	s->frozen_until = ended + w->restricted_frozen_ms;
	s->most = w->restricted_cap_max;
	s->most_until = s->frozen_until + w->restricted_ms;
}

void warmup_override(struct warmup_state *s, int64_t cap, time_ms now)
{
	s->phase = WARMUP_OVERRIDE;
	s->cap = cap;
	s->held = 0;
	s->frozen_until = TIME_NONE;
	s->most_until = TIME_NONE;
	if (s->stepped_day < warmup_calendar_day(now))
		s->stepped_day = warmup_calendar_day(now);
}
