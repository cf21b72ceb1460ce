#include "flow/upkeep.h"

#include "base/check.h"
#include "base/log.h"
#include "domain/consent_request.h"
#include "domain/contact.h"
#include "domain/erasure.h"
#include "domain/inbox.h"
#include "domain/journal.h"
#include "domain/journal_people.h"
#include "domain/outbox.h"
#include "domain/person.h"
#include "domain/stops.h"
#include "domain/restriction.h"

/* A walk over what was sent as marketing looks at every row; so often is enough. */
#define WALK_EVERY_NS (MS_PER_HOUR * 1000000)

struct upkeep {
	struct lane *lane;
	struct lane_job job;
	struct loop_timer *again;
	size_t chore; /* under way */
	bool busy, stopping;
	bool more; /* a chore of this round left work */
	int left;  /* of the chore under way: 1 = it left work */
	int64_t given_up;
	struct marketing_place place, next_place; /* the walk: as it is, and after the chore */
	bool walked;                              /* by the chore, which looks at the clock once */
	mono_ns walk_due;
	int64_t decision, next_decision, act, next_act; /* as with the walk */
};

/* --- chores, on the writer: 1 there is more to do, 0 there is not ------------------------------- */

static const struct pack_limits *limits(const struct upkeep *u)
{
	return pack_limits(u->lane->core->pack);
}

static int unknown(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	int64_t count = 0;
	int r = journal_expire_unknown(
	    c, now - limits(u)->unknown.to_unresolved_ms, now, &count, err);

	return r < 0 ? r : count > 0;
}

static int keys(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return idem_purge(c, now - limits(u)->idempotency_keep_ms, err);
}

static int webhooks(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return inbox_purge(c, now - limits(u)->keep.webhooks_ms, err);
}

/* Events of apps that have no webhook any more; the others are given up by who delivers them. */
static int forwards(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return forward_purge(c, &u->lane->core->ids, now - limits(u)->forward.total_ms - MS_PER_DAY,
	    now, &u->given_up, err);
}

static int budgets(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;

	return budget_purge(core->budget, c, core->pack, now, err);
}

static int media(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return media_purge(c, now - limits(u)->keep.media_ms, err);
}

static int marks(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return person_marks_purge(c, now - limits(u)->keep.person_marks_ms, err);
}

static int alarms(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return alarm_purge(c, now - limits(u)->keep.alarms_ms, err);
}

static int contacts(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return contact_made_purge(c, now - limits(u)->keep.contacts_made_ms, err);
}

static int quarantine(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return quarantine_purge(c, now - limits(u)->keep.quarantine_ms, err);
}

static int requests(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return request_purge(c, now - limits(u)->keep.requests_ms, err);
}

static int stops(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return stop_purge(c, now - limits(u)->keep.alarms_ms, err);
}

static int signals(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return signals_purge(c, now - limits(u)->keep.signals_ms, err);
}

static int restrictions(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	(void)u;
	return restriction_purge(c, now, err);
}

/* Where these walks stand is taken over once it is durable, as with marketing below. */
static int decisions(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;

	u->next_decision = u->decision;
	return erasure_age_decisions(c, &core->ledger, &core->ids, &u->next_decision,
	    now - limits(u)->keep.decisions_ms, now, err);
}

static int acts(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;

	u->next_act = u->act;
	return erasure_age_acts(
	    c, &core->ledger, &core->ids, &u->next_act, now - limits(u)->keep.audit_ms, now, err);
}

/* The job may run twice: where the walk stands is taken over once this is durable. */
static int marketing(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	u->next_place = u->place;
	u->walked = clock_mono() >= u->walk_due;
	if (!u->walked)
		return 0;
	return marketing_sent_purge(
	    c, &u->next_place, now - limits(u)->keep.marketing_sent_ms, err);
}

static int people(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	(void)u;
	(void)now;
	return journal_people_note(c, err);
}

static int (*const chores[])(
    struct upkeep *u, struct store_conn *c, time_ms now, struct err *err) = {
	unknown,
	keys,
	webhooks,
	forwards,
	budgets,
	media,
	marks,
	alarms,
	contacts,
	quarantine,
	requests,
	stops,
	signals,
	restrictions,
	decisions,
	acts,
	marketing,
	people,
};

static int run(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct upkeep *u = (struct upkeep *)((char *)j - offsetof(struct upkeep, job));

	u->given_up = 0;
	u->left = chores[u->chore](u, c, clock_now(), err);
	return u->left < 0 ? u->left : 0;
}

/* --- rounds ----------------------------------------------------------------------------------- */

static void end_round(struct upkeep *u)
{
	u->busy = false;
	if (u->more && !u->stopping)
		loop_timer_start(u->again, UPKEEP_AGAIN_MS, 0);
}

static void back(struct lane_job *j);

static void begin(struct upkeep *u, size_t chore)
{
	u->chore = chore;
	u->job.run = run;
	u->job.back = back;
	u->busy = true;
	/* When the queue is full, the next round comes by itself. */
	if (u->stopping || !lane_submit(u->lane, &u->job))
		end_round(u);
}

static void take_over(struct upkeep *u)
{
	u->more |= u->left > 0;
	atomic_fetch_add(&u->lane->core->counters.forwards_given_up, (uint64_t)u->given_up);
	if (chores[u->chore] == decisions)
		u->decision = u->next_decision;
	if (chores[u->chore] == acts)
		u->act = u->next_act;
	if (chores[u->chore] != marketing)
		return;
	if (u->walked && !u->left) /* it is through */
		u->walk_due = clock_mono() + WALK_EVERY_NS;
	u->place = u->next_place;
}

static void back(struct lane_job *j)
{
	struct upkeep *u = (struct upkeep *)((char *)j - offsetof(struct upkeep, job));

	if (j->rc < 0)
		log_error("upkeep of the store failed", "error=%s", err_name(j->job.err.code));
	else
		take_over(u);
	if (u->chore + 1 < ARRAY_LEN(chores))
		begin(u, u->chore + 1);
	else
		end_round(u);
}

void upkeep_run(struct upkeep *u)
{
	if (u->busy || u->stopping)
		return;
	u->more = false;
	begin(u, 0);
}

static void on_again(void *arg)
{
	upkeep_run(arg);
}

/* --- life ------------------------------------------------------------------------------------- */

int upkeep_open(struct lane *l, struct upkeep **ret, struct err *err)
{
	struct upkeep *u = mem_alloc(sizeof(*u));

	if (u)
		u->again = loop_timer_new(l->loop, on_again, u);
	if (!u || !u->again) {
		mem_free(u);
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	}
	u->lane = l;
	*ret = u;
	return 0;
}

void upkeep_stop(struct upkeep *u)
{
	if (!u)
		return;
	u->stopping = true;
	loop_timer_free(&u->again);
}

void upkeep_close(struct upkeep **pu)
{
	MEM_FREE(pu);
}

bool upkeep_is_busy(const struct upkeep *u)
{
	return u->busy;
}
