#include "apps/sim/sim_ladder.h"

#include "base/check.h"

#define CODE_RESTRICTED 368
#define CODE_LOCKED 131031
#define CODE_DIRECT_CAPPED 131064
#define CODE_DIRECT_OFF 139200

/* Row i is what the violation number i + 1 brings. */
static const struct {
	enum sim_measure measure;
	enum sim_standing standing;
	enum sim_assumption days;
} steps[] = {
	{ SIM_MEASURE_WARN, SIM_FREE, SIM_LADDER_STEP_1_DAYS },
	{ SIM_MEASURE_RESTRICT, SIM_NO_TEMPLATES, SIM_LADDER_STEP_2_DAYS },
	{ SIM_MEASURE_RESTRICT, SIM_NO_TEMPLATES, SIM_LADDER_STEP_3_DAYS },
	{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, SIM_LADDER_STEP_4_DAYS },
	{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, SIM_LADDER_STEP_5_DAYS },
	{ SIM_MEASURE_RESTRICT, SIM_NO_MESSAGES, SIM_LADDER_STEP_6_DAYS },
	{ SIM_MEASURE_LOCK, SIM_LOCKED, SIM_LADDER_LOCK_DAYS },
};

static const char *const standing_names[] = {
	[SIM_FREE] = "free",
	[SIM_NO_TEMPLATES] = "no_templates",
	[SIM_NO_MESSAGES] = "no_messages",
	[SIM_LOCKED] = "locked",
	[SIM_DISABLED] = "disabled",
};

static const char *const measure_names[] = {
	[SIM_MEASURE_NONE] = "none",
	[SIM_MEASURE_WARN] = "warned",
	[SIM_MEASURE_RESTRICT] = "restricted",
	[SIM_MEASURE_LOCK] = "locked",
	[SIM_MEASURE_SCHEDULE] = "disable_scheduled",
	[SIM_MEASURE_DISABLE] = "disabled",
	[SIM_MEASURE_REINSTATE] = "reinstated",
	[SIM_MEASURE_END] = "restriction_ended",
	[SIM_MEASURE_REFUSED] = "appeal_refused",
};

const char *sim_standing_name(enum sim_standing s)
{
	return standing_names[s];
}

const char *sim_measure_name(enum sim_measure m)
{
	return measure_names[m];
}

void sim_ladder_init(struct sim_ladder *l)
{
	*l = (struct sim_ladder){ .last = TIME_NONE,
		.until = TIME_NONE,
		.disable_at = TIME_NONE,
		.appeal_at = TIME_NONE };
}

static void take_step(struct sim_ladder *l, const struct sim_assume *a, size_t row, time_ms now)
{
	time_ms end = now + sim_assume_days(a, steps[row].days);

	l->last = now;
	l->steps++;
	if (steps[row].standing == SIM_FREE)
		return;
	/* The milder of two never shortens or softens the harder one. */
	if (l->standing < steps[row].standing)
		l->standing = steps[row].standing;
	l->until = l->until > end ? l->until : end;
}

enum sim_measure sim_ladder_violate(struct sim_ladder *l, const struct sim_assume *a, time_ms now)
{
	size_t row = l->steps < ARRAY_LEN(steps) ? l->steps : ARRAY_LEN(steps) - 1;

	if (l->standing >= SIM_LOCKED)
		return SIM_MEASURE_NONE;
	if (l->last != TIME_NONE && now - l->last < sim_assume_hours(a, SIM_LADDER_GAP_HOURS))
		return SIM_MEASURE_NONE;
	take_step(l, a, row, now);
	return steps[row].measure;
}

enum sim_measure sim_ladder_disable(struct sim_ladder *l, time_ms now)
{
	if (l->standing == SIM_DISABLED)
		return SIM_MEASURE_NONE;
	l->standing = SIM_DISABLED;
	l->last = now;
	l->until = l->disable_at = TIME_NONE;
	return SIM_MEASURE_DISABLE;
}

bool sim_ladder_appeal(struct sim_ladder *l, const struct sim_assume *a, time_ms now)
{
	if (l->appeal_at != TIME_NONE || l->standing == SIM_FREE)
		return false;
	l->appeal_at = now + sim_assume_hours(a, SIM_LADDER_APPEAL_HOURS);
	l->appeals++;
	return true;
}

enum sim_measure sim_ladder_reinstate(struct sim_ladder *l)
{
	if (l->standing == SIM_FREE)
		return SIM_MEASURE_NONE;
	l->standing = SIM_FREE;
	l->steps -= l->steps > 0;
	l->until = l->disable_at = l->appeal_at = TIME_NONE;
	return SIM_MEASURE_REINSTATE;
}

static enum sim_measure answer_appeal(struct sim_ladder *l, const struct sim_assume *a, double draw)
{
	l->appeal_at = TIME_NONE;
	return draw < a->v[SIM_LADDER_APPEAL_REVERSED] ? sim_ladder_reinstate(l)
						       : SIM_MEASURE_REFUSED;
}

static enum sim_measure end_lock(struct sim_ladder *l, const struct sim_assume *a, time_ms now)
{
	l->until = TIME_NONE;
	l->disable_at = now + sim_assume_days(a, SIM_LADDER_NOTICE_DAYS);
	return SIM_MEASURE_SCHEDULE;
}

static void forgive(struct sim_ladder *l, const struct sim_assume *a, time_ms now)
{
	int64_t after = sim_assume_days(a, SIM_LADDER_FORGET_DAYS);

	while (l->steps > 0 && now - l->last >= after) {
		l->steps--;
		l->last += after;
	}
}

enum sim_measure sim_ladder_tick(
    struct sim_ladder *l, const struct sim_assume *a, time_ms now, double draw)
{
	if (l->appeal_at != TIME_NONE && now >= l->appeal_at)
		return answer_appeal(l, a, draw);
	if (l->disable_at != TIME_NONE && now >= l->disable_at)
		return sim_ladder_disable(l, now);
	if (l->until != TIME_NONE && now >= l->until) {
		if (l->standing == SIM_LOCKED)
			return end_lock(l, a, now);
		l->standing = SIM_FREE;
		l->until = TIME_NONE;
		return SIM_MEASURE_END;
	}
	if (l->standing == SIM_FREE)
		forgive(l, a, now);
	return SIM_MEASURE_NONE;
}

int sim_ladder_refusal(const struct sim_ladder *l, bool begun, time_ms now)
{
	if (l->standing >= SIM_LOCKED)
		return CODE_LOCKED;
	if (l->standing == SIM_FREE || now >= l->until)
		return 0;
	return l->standing == SIM_NO_MESSAGES || begun ? CODE_RESTRICTED : 0;
}

/* --- direct sends -------------------------------------------------------------------------------- */

#define DIRECT(word) "DIRECT_SEND_UTILITY_CATEGORY_ABUSE_" word

static const char *const direct_violations[] = {
	[SIM_DIRECT_FREE] = "",
	[SIM_DIRECT_WARNED] = DIRECT("WARN"),
	[SIM_DIRECT_CAPPED] = DIRECT("RATE_LIMIT"),
	[SIM_DIRECT_STRIKE_1] = DIRECT("STRIKE_1"),
	[SIM_DIRECT_STRIKE_2] = DIRECT("STRIKE_2"),
	[SIM_DIRECT_OFF] = DIRECT("OFFBOARD"),
};

const char *sim_direct_violation(const struct sim_direct *d, bool ended)
{
	if (!ended)
		return direct_violations[d->step];
	return d->step == SIM_DIRECT_CAPPED ? DIRECT("RATE_LIMIT_RECOVERY") : DIRECT("UNBAN");
}

void sim_direct_init(struct sim_direct *d)
{
	*d = (struct sim_direct){ .last = TIME_NONE, .until = TIME_NONE };
}

static int direct_refusal(const struct sim_direct *d, const struct sim_assume *a)
{
	if (!d->in_force)
		return 0;
	if (d->step >= SIM_DIRECT_STRIKE_1)
		return CODE_DIRECT_OFF;
	return (double)d->sent_today >= a->v[SIM_DIRECT_RATE_DAY] ? CODE_DIRECT_CAPPED : 0;
}

int sim_direct_take(struct sim_direct *d, const struct sim_assume *a, bool sells, time_ms now)
{
	if (now / MS_PER_DAY != d->day) {
		d->day = now / MS_PER_DAY;
		d->sent_today = 0;
	}
	int code = direct_refusal(d, a);
	if (code)
		return code;
	d->sent_today++;
	d->sent += 1;
	d->selling += sells;
	return 0;
}

static time_ms direct_end(const struct sim_direct *d, const struct sim_assume *a, time_ms now)
{
	switch (d->step) {
	case SIM_DIRECT_CAPPED:
		return now + sim_assume_days(a, SIM_DIRECT_RATE_DAYS);
	case SIM_DIRECT_STRIKE_1:
		return now + sim_assume_days(a, SIM_DIRECT_STRIKE_1_DAYS);
	case SIM_DIRECT_STRIKE_2:
		return now + sim_assume_days(a, SIM_DIRECT_STRIKE_2_DAYS);
	case SIM_DIRECT_FREE:
	case SIM_DIRECT_WARNED:
	case SIM_DIRECT_OFF:
		break;
	}
	return TIME_NONE;
}

bool sim_direct_judge(struct sim_direct *d, const struct sim_assume *a, time_ms now)
{
	if (d->step == SIM_DIRECT_OFF || d->sent < a->v[SIM_DIRECT_MIN_SENT] ||
	    d->selling < d->sent * a->v[SIM_DIRECT_ABUSE_SHARE])
		return false;
	if (d->last != TIME_NONE && now - d->last < sim_assume_hours(a, SIM_DIRECT_GAP_HOURS))
		return false;
	d->step++;
	d->last = now;
	d->until = direct_end(d, a, now);
	d->in_force = d->step > SIM_DIRECT_WARNED;
	d->sent = d->selling = 0;
	return true;
}

bool sim_direct_tick(struct sim_direct *d, time_ms now)
{
	if (!d->in_force || d->until == TIME_NONE || now < d->until)
		return false;
	d->in_force = false;
	d->until = TIME_NONE;
	return true;
}
