/* A round: LOOK (a worker thread: the folder, and a copy when one is due) → TELL (on the writer, when an alarm is
 * to be told or is over) → idle. */
#include "flow/copier.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/inbox.h"

#define LOOK_EVERY_NS (10LL * 60 * 1000000000)

struct copier {
	struct lane *lane;
	struct lane_work work;
	struct lane_job job;
	struct backup_plan plan; /* as the last look found it */
	bool looked, busy, stopping;
	bool told;     /* the alarm stands */
	bool telling;  /* what the job under way says */
	uint64_t seen; /* core->copies, at that look */
	mono_ns look_at, retry_at;
	int failed; /* why the last try was none; 0 = it was one */
	/* of the work under way */
	int rc;
	struct err err;
	struct backup made; /* name[0] = 0: none was due */
};

static struct copier *copier_of_work(struct lane_work *w)
{
	return (struct copier *)((char *)w - offsetof(struct copier, work));
}

static struct copier *copier_of_job(struct lane_job *j)
{
	return (struct copier *)((char *)j - offsetof(struct copier, job));
}

/* --- alarms ----------------------------------------------------------------------------------- */

static int tell(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct copier *k = copier_of_job(j);
	struct core *core = k->lane->core;
	time_ms now = clock_now();
	char detail[120], last[TIME_TEXT_MAX] = "never";

	if (k->plan.good_at != TIME_NONE)
		time_format(k->plan.good_at, last);
	(void)snprintf(detail, sizeof(detail), "last=%s every_s=%lld%s%s", last,
	    (long long)(k->plan.every_ms / MS_PER_S), k->failed ? " why=" : "",
	    k->failed ? err_name(k->failed) : "");
	return alarm_add(c, id_next(&core->ids, now),
	    k->telling ? STR("backup.overdue") : STR("backup.fine"), STR(""), str_c(detail), now,
	    err);
}

/* What could not be written is told by a later look. */
static void told(struct lane_job *j)
{
	struct copier *k = copier_of_job(j);

	if (j->rc == 0)
		k->told = k->telling;
	else
		log_error("an alarm could not be recorded", "error=%s", err_name(j->job.err.code));
	k->busy = false;
}

static void tell_changes(struct copier *k)
{
	bool overdue = backup_is_overdue(&k->plan, clock_now());

	if (overdue == k->told || k->stopping)
		return;
	k->telling = overdue;
	k->job.run = tell;
	k->job.back = told;
	k->busy = lane_submit(k->lane, &k->job);
}

/* --- copies ----------------------------------------------------------------------------------- */

static int copy(struct copier *k, struct arena *a)
{
	struct core *core = k->lane->core;
	struct store_conn *c = NULL;
	int r = store_connect(core->store, STORE_READ, &c, &k->err);

	if (r == 0)
		r = store_begin(c, &k->err);
	if (r == 0)
		r = backup_make(
		    core, c, core->options.backup.keep, clock_now(), a, &k->made, &k->err);
	if (c)
		store_rollback(c);
	store_disconnect(&c);
	k->made.problem = STR_NONE;
	return r;
}

static void look(struct lane_work *w)
{
	struct copier *k = copier_of_work(w);
	struct core *core = k->lane->core;
	struct arena *a = arena_new(0, 0);

	k->err = (struct err){ 0 };
	k->made.name[0] = '\0';
	k->seen = atomic_load(&core->copies);
	k->rc = a ? backup_plan(core, a, &k->plan, &k->err)
		  : err_set(&k->err, E_NOMEM, "Memory ran out while looking at backups.");
	if (k->rc == 0 && backup_is_due(&k->plan, clock_now()) && clock_mono() >= k->retry_at &&
	    !atomic_load(&core->copying)) /* else when that one is made or checked */
		k->rc = copy(k, a);
	if (k->rc == 0 && k->made.name[0])
		k->rc = backup_plan(core, a, &k->plan, &k->err);
	arena_free(&a);
}

/* The end of the gateway is no failure. */
static void note_outcome(struct copier *k)
{
	bool good = k->made.name[0] && k->made.state == BACKUP_GOOD;

	if (k->rc == 0 && good)
		log_info(
		    "the store was copied", "name=%s bytes=%" PRId64, k->made.name, k->made.bytes);
	else if (k->rc == 0 && k->made.name[0])
		log_error("the copy of the store is damaged", "name=%s", k->made.name);
	else if (k->rc < 0 && k->rc != -E_CLOSED)
		log_warn("the store could not be copied", "error=%s", err_name(k->rc));
	if (k->rc == 0 && !k->made.name[0])
		return;
	k->failed = good ? 0 : k->rc < 0 ? k->rc : -E_STORE;
	k->retry_at = clock_mono() + (good ? 0 : COPIER_RETRY_MS * 1000000LL);
}

static void looked(struct lane_work *w)
{
	struct copier *k = copier_of_work(w);

	k->busy = false;
	k->looked = true;
	k->look_at = clock_mono() + LOOK_EVERY_NS;
	atomic_store(&k->lane->core->copied_at, k->plan.good_at == TIME_NONE ? 0 : k->plan.good_at);
	note_outcome(k);
	tell_changes(k);
}

/* --- looking ---------------------------------------------------------------------------------- */

static bool wants_a_look(const struct copier *k)
{
	if (!k->looked || clock_mono() >= k->look_at ||
	    atomic_load(&k->lane->core->copies) != k->seen)
		return true;
	return backup_is_due(&k->plan, clock_now()) && clock_mono() >= k->retry_at;
}

void copier_run(struct copier *k)
{
	if (k->busy || k->stopping)
		return;
	if (!wants_a_look(k)) {
		tell_changes(k);
		return;
	}
	k->work.run = look;
	k->work.back = looked;
	k->busy = lane_work(k->lane, &k->work);
}

/* --- life ------------------------------------------------------------------------------------- */

int copier_open(struct lane *l, struct copier **ret, struct err *err)
{
	struct copier *k = mem_alloc(sizeof(*k));

	if (!k)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	k->lane = l;
	*ret = k;
	return 0;
}

void copier_stop(struct copier *k)
{
	if (k)
		k->stopping = true;
}

bool copier_is_idle(const struct copier *k)
{
	return !k || !k->busy;
}

void copier_close(struct copier **pk)
{
	MEM_FREE(pk);
}
