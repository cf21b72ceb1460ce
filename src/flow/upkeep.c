#include "flow/upkeep.h"

#include "base/check.h"
#include "base/log.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/outbox.h"

/* Meta repeats webhooks for up to seven days (platform facts 16); a day more keeps the last repeat
 * from counting twice. */
#define SEEN_KEEP_MS (8 * MS_PER_DAY)

struct upkeep {
	struct lane *lane;
	struct lane_job job;
	bool busy;
};

static int run(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct core *core = j->lane->core;
	const struct pack_limits *l = pack_limits(core->pack);
	time_ms now = clock_now();
	int64_t expired;
	int r = journal_expire_unknown(c, now - l->unknown.to_unresolved_ms, now, &expired, err);

	if (r == 0)
		r = idem_purge(c, now - l->idempotency_keep_ms, err);
	if (r == 0)
		r = inbox_purge(c, now - SEEN_KEEP_MS, err);
	if (r == 0)
		r = forward_purge(c, now - l->forward.total_ms - MS_PER_DAY, err);
	if (r == 0)
		r = budget_purge(core->budget, c, core->pack, now, err);
	return r;
}

static void back(struct lane_job *j)
{
	struct upkeep *u = (struct upkeep *)((char *)j - offsetof(struct upkeep, job));

	u->busy = false;
	if (j->rc < 0)
		log_error("upkeep of the store failed", "error=%s", err_name(j->job.err.code));
}

int upkeep_open(struct lane *l, struct upkeep **ret, struct err *err)
{
	struct upkeep *u = mem_alloc(sizeof(*u));

	if (!u)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	u->lane = l;
	*ret = u;
	return 0;
}

void upkeep_close(struct upkeep **pu)
{
	MEM_FREE(pu);
}

void upkeep_run(struct upkeep *u)
{
	if (u->busy)
		return;
	u->job.run = run;
	u->job.back = back;
	u->busy = lane_submit(u->lane, &u->job);
}

bool upkeep_is_busy(const struct upkeep *u)
{
	return u->busy;
}
