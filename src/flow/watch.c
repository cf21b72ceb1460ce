#include "flow/watch.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/inbox.h"

#define ASK_EVERY_NS (5LL * 1000000000)
#define ASK_TIMEOUT_MS 5000
#define MIB (1024ULL * 1024)

struct watch {
	struct lane *lane;
	struct lane_job job;
	bool busy, stopping;
	/* as seen by the last look, and as the last alarm told */
	enum headroom_stage stage, told_stage;
	enum skew_grade grade, told_grade;
	enum headroom_stage telling_stage; /* by the job under way */
	enum skew_grade telling_grade;
	struct upstream_call *asking;
	mono_ns asked_at;
};

static const char *const stage_kinds[] = {
	[HEADROOM_FINE] = "disk.fine",
	[HEADROOM_LOW] = "disk.low",
	[HEADROOM_GONE] = "disk.full",
};

/* A difference that only warns is as good as none to an alarm. */
static const char *const grade_kinds[] = {
	[SKEW_FINE] = "clock.trusted",
	[SKEW_WARN] = "clock.trusted",
	[SKEW_ALARM] = "clock.skew",
	[SKEW_SUSPECT] = "clock.suspect",
};

/* --- alarms ----------------------------------------------------------------------------------- */

static enum skew_grade worth_telling(enum skew_grade g)
{
	return g == SKEW_WARN ? SKEW_FINE : g;
}

static int tell_disk(struct watch *w, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = w->lane->core;
	struct headroom_figures f;
	char detail[100];

	headroom_figures(core->headroom, &f);
	(void)snprintf(detail, sizeof(detail), "free_mib=%" PRIu64 " total_mib=%" PRIu64,
	    (uint64_t)(f.free / MIB), (uint64_t)(f.total / MIB));
	return alarm_add(c, id_next(&core->ids, now), str_c(stage_kinds[w->telling_stage]), STR(""),
	    str_c(detail), now, err);
}

static int tell_clock(struct watch *w, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = w->lane->core;
	char detail[100];

	(void)snprintf(detail, sizeof(detail), "ours_less_theirs_s=%lld next_entry=%lld",
	    (long long)(skew_ms(core->skew) / MS_PER_S), (long long)core->ledger.next_seq);
	return alarm_add(c, id_next(&core->ids, now), str_c(grade_kinds[w->telling_grade]), STR(""),
	    str_c(detail), now, err);
}

static int tell(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct watch *w = (struct watch *)((char *)j - offsetof(struct watch, job));
	time_ms now = clock_now();
	int r = 0;

	if (w->telling_stage != w->told_stage)
		r = tell_disk(w, c, now, err);
	if (r == 0 && w->telling_grade != w->told_grade)
		r = tell_clock(w, c, now, err);
	return r;
}

/* What could not be written is told by a later look. */
static void told(struct lane_job *j)
{
	struct watch *w = (struct watch *)((char *)j - offsetof(struct watch, job));

	w->busy = false;
	if (j->rc < 0)
		return;
	w->told_stage = w->telling_stage;
	w->told_grade = w->telling_grade;
}

static void tell_changes(struct watch *w)
{
	if (w->busy) /* the writer reads what it is told to tell */
		return;
	w->telling_stage = w->stage;
	w->telling_grade = worth_telling(w->grade);
	if (w->telling_stage == w->told_stage && w->telling_grade == w->told_grade)
		return;
	w->job.run = tell;
	w->job.back = told;
	w->busy = lane_submit(w->lane, &w->job);
}

/* --- looking ---------------------------------------------------------------------------------- */

static void look_at_disk(struct watch *w)
{
	struct core *core = w->lane->core;
	struct headroom_figures f;

	if (!core->headroom)
		return;
	headroom_look(core->headroom);
	enum headroom_stage stage = headroom_stage(core->headroom);
	if (stage == w->stage)
		return;
	w->stage = stage;
	headroom_figures(core->headroom, &f);
	log_warn("the room on the disk has changed", "stage=%s free_mib=%" PRIu64,
	    stage_kinds[stage], (uint64_t)(f.free / MIB));
}

static void look_at_clock(struct watch *w)
{
	struct skew *skew = w->lane->core->skew;
	enum skew_grade grade = skew_grade(skew);

	if (grade == w->grade)
		return;
	w->grade = grade;
	if (grade == SKEW_FINE)
		log_info("the clock agrees with the platform's", NULL);
	else
		log_warn("the clock differs from the platform's", "ours_less_theirs_s=%lld",
		    (long long)(skew_ms(skew) / MS_PER_S));
}

static void on_time(void *arg, const struct upstream_answer *answer)
{
	struct watch *w = arg;

	w->asking = NULL;
	skew_answer(w->lane->core->skew, answer);
}

/* Any answer will do, also a refusal. */
static void ask_for_time(struct watch *w)
{
	char url[512];
	struct err err = { 0 };
	int n = snprintf(url, sizeof(url), "%s/", w->lane->core->options.base_url);
	struct upstream_request r = {
		.method = HTTP_M_GET,
		.url = str_c(url),
		.timeout_ms = ASK_TIMEOUT_MS,
		.arg = w,
		.on_done = on_time,
	};
	mono_ns now = clock_mono();

	if (n < 0 || (size_t)n >= sizeof(url) || w->asking || now - w->asked_at < ASK_EVERY_NS)
		return;
	w->asked_at = now;
	if (upstream_start(w->lane->upstream, &r, &w->asking, &err) < 0)
		log_warn(
		    "the upstream could not be asked for the time", "error=%s", err_name(err.code));
}

void watch_look(struct watch *w)
{
	if (w->stopping)
		return;
	look_at_disk(w);
	look_at_clock(w);
	if (w->grade == SKEW_SUSPECT)
		ask_for_time(w);
	tell_changes(w);
}

/* --- life ------------------------------------------------------------------------------------- */

int watch_open(struct lane *l, struct watch **ret, struct err *err)
{
	struct watch *w = mem_alloc(sizeof(*w));

	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	w->lane = l;
	w->asked_at = clock_mono() - ASK_EVERY_NS;
	*ret = w;
	return 0;
}

void watch_stop(struct watch *w)
{
	if (!w)
		return;
	w->stopping = true;
	if (w->asking)
		upstream_cancel(w->asking);
}

bool watch_is_idle(const struct watch *w)
{
	return !w || (!w->busy && !w->asking);
}

void watch_close(struct watch **pw)
{
	MEM_FREE(pw);
}
