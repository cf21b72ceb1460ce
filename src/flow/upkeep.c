#include "flow/upkeep.h"

#include "base/check.h"
#include "base/log.h"
#include "base/map.h"
#include "domain/account_state.h"
#include "domain/consent_near.h"
#include "domain/consent_request.h"
#include "domain/consent_undo.h"
#include "domain/contact.h"
#include "domain/delivery.h"
#include "domain/erasure.h"
#include "domain/inbox.h"
#include "domain/campaign_people.h"
#include "domain/incident_windows.h"
#include "domain/journal.h"
#include "domain/journal_messages.h"
#include "domain/journal_people.h"
#include "domain/notice_effect.h"
#include "domain/outbox.h"
#include "domain/bypass.h"
#include "domain/person.h"
#include "domain/register_review.h"
#include "domain/release.h"
#include "domain/resume.h"
#include "domain/stops.h"
#include "domain/trip.h"
#include "domain/unheard.h"
#include "domain/warmup_round.h"
#include "domain/restriction.h"
#include "domain/autoreply.h"
#include "domain/source_list.h"
#include "domain/trigger_store.h"
#include "flow/shares.h"

/* A walk over what was sent as marketing looks at every row; so often is enough. */
#define WALK_EVERY_NS (MS_PER_HOUR * 1000000)
/* Acts; a send waits some milliseconds behind them. */
#define UNDO_AT_ONCE 100

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
	struct release_census census, next_census;
	struct incident_windows windows, next_windows;
	struct imap *shares, *next_shares; /* what was told of portfolios (shares.h) */
	int64_t uses_day, next_uses_day;   /* up to which the use of apps was looked through */
	uint64_t undoing;                  /* the import that had its turn last */
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

static int deliveries(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return delivery_purge(c, now - limits(u)->keep.webhooks_ms, err);
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

/* What Meta did stays as long as what operators did. */
static int notices(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return notice_purge(c, now - limits(u)->keep.audit_ms, err);
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

static int trigger_events(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return trigger_event_purge(c, now - limits(u)->keep.trigger_events_ms, err);
}

static int autoreplies(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return autoreply_purge(c, u->lane->core->pack, now, err);
}

static int stops(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return stop_purge(c, now - limits(u)->keep.alarms_ms, err);
}

static int signals(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return signals_purge(c, now - limits(u)->keep.signals_ms, err);
}

/* What has ended cannot be brought back: nothing ends by a clock that is suspect. */
static int restrictions(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	if (skew_grade(u->lane->core->skew) == SKEW_SUSPECT)
		return 0;
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

static int states(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	bool changed = false;
	int r = skew_grade(core->skew) == SKEW_SUSPECT
	    ? 0
	    : account_expire(c, core->pack, now, &changed, err);

	if (r == 0 && changed)
		core_directory_changed(core);
	return r;
}

/* No day begins by a clock that is suspect. */
static int warmups(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	bool changed = false;
	int r = skew_grade(core->skew) == SKEW_SUSPECT
	    ? 0
	    : warmup_round(c, core->pack, now, &changed, err);

	if (r == 0 && changed)
		core_directory_changed(core);
	return r;
}

/* No step begins by it either. */
static int releases(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	bool changed = false;
	u->next_census = u->census;
	int r = skew_grade(core->skew) == SKEW_SUSPECT
	    ? 0
	    : release_round(c, core->pack, now, &u->next_census, &changed, err);

	if (r == 0 && changed)
		core_directory_changed(core);
	return r < 0 ? r : u->next_census.under_way;
}

/* What the circuit breaker paused begins again; no step is taken by a clock that is suspect. */
static int resumes(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	bool changed = false;
	int r = skew_grade(core->skew) == SKEW_SUSPECT
	    ? 0
	    : resume_watch(c, pack_breaker(core->pack), &core->ids, now, &changed, err);

	if (r == 0 && changed)
		core_directory_changed(core);
	return r;
}

/* Sends that should long have been delivered; no window has those from before it. */
static int unheard(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	const struct pack_breaker *b = pack_breaker(u->lane->core->pack);
	time_ms before = now - b->only_sent_after_ms;

	if (skew_grade(u->lane->core->skew) == SKEW_SUSPECT)
		return 0;
	return unheard_count(u->lane->core->signals, c, before - b->window_ms, before, err);
}

static int count_unanswered(void *ctx, struct str number, struct err *err)
{
	struct upkeep *u = ctx;

	return signals_count(u->lane->core->signals, SIGNAL_OF_NUMBER, number,
	    SIGNAL_BIT(SIGNAL_ASKED) | SIGNAL_BIT(SIGNAL_UNANSWERED), clock_now(), err);
}

static int unanswered(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	int64_t after = pack_breaker(u->lane->core->pack)->unanswered_after_ms;

	if (skew_grade(u->lane->core->skew) == SKEW_SUSPECT)
		return 0;
	return contact_give_up(c, now - after, count_unanswered, u, err);
}

/* Numbers that send and hear nothing. */
static int silences(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	const struct directory *d;
	size_t len = 0;
	int r = core_directory_now(core, c, &d, err);
	const struct dir_number *const *all = r == 0 ? directory_numbers(d, &len) : NULL;
	bool changed = false;

	for (size_t i = 0; r == 0 && i < len; i++) {
		int64_t silent = silence_ms(core->silence, all[i]->id, clock_mono());
		bool paused = false;
		r = trip_silence(c, core->pack, &core->ids, all[i]->id, silent, now, &paused, err);
		changed = changed || paused;
	}
	if (changed) {
		core_directory_changed(core);
		atomic_fetch_add(&core->stops, 1);
	}
	return r;
}

static int uses(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	int r = uses_waiting(core->uses) ? uses_write(core->uses, c, err) : 0;

	/* It is kept by day, and looking for old ones passes over all. */
	u->next_uses_day = now / MS_PER_DAY;
	if (r < 0 || u->next_uses_day == u->uses_day)
		return r;
	return uses_purge(c, now - limits(u)->keep.uses_ms, err);
}

static int passed_by(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return bypass_purge(
	    c, now - limits(u)->keep.webhooks_ms, now - limits(u)->keep.alarms_ms, err);
}

/* Review dates and exceptions of the register. */
static int reviews(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	struct arena *a = arena_new(0, 0);
	const struct register_act act = {
		.c = c,
		.ledger = &core->ledger,
		.key = &core->key,
		.ids = &core->ids,
		.arena = a,
		.by = STR("varco"),
		.now = now,
	};
	int r = a ? register_remind(&act, &limits(u)->registers, err)
		  : err_set(err, E_NOMEM, "Memory ran out while looking at the register.");

	arena_free(&a);
	return r;
}

static int people(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	int r = journal_people_note(c, now, err);

	(void)u;
	return r == 0 ? journal_messages_note(c, err) : r;
}

/* Of a store from before people had copies of their acts, a slice at a time. */
static int copies(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	(void)u;
	(void)now;
	return consent_near_fill(c, err);
}

/* Of campaigns that ended some time ago nobody needs to know any more who was in them. */
static int audiences(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	return campaign_purge(c, now - pack_campaign(u->lane->core->pack)->keep_ms, err);
}

/* Lists that were suspended or given back, a slice at a time. */
static int lists(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct arena *a = arena_new(0, 0);
	int r = a ? source_list_sweep(c, a, err)
		  : err_set(err, E_NOMEM, "Memory ran out while looking at lists.");

	(void)u;
	(void)now;
	arena_free(&a);
	return r;
}

/* Whoever asked for it may be gone, or the process may have ended in the middle of it: until it is at
 * its end grants that are taken back are still believed. */
static int undoings(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;

	/* It writes more than it takes away: what room is left is for opt-outs. */
	if (headroom_stage(core->headroom) == HEADROOM_GONE)
		return 0;
	struct arena *a = arena_new(0, 0);
	int r = a ? consent_undo_go_on(c, &core->ledger, UNDO_AT_ONCE, now, a, &u->undoing, err)
		  : err_set(err, E_NOMEM, "Memory ran out while an import was undone.");
	arena_free(&a);
	/* Among the answers may be withdrawals: who waits to go out is asked again. */
	if (r > 0)
		atomic_fetch_add(&core->stops, 1);
	return r;
}

static int incidents(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = u->lane->core;
	struct incident_desk d = { c, &core->ledger, &core->ids, core->pack, now };

	return incidents_watch(&d, err);
}

static int windows(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	(void)now;
	u->next_windows = u->windows;
	return incident_windows_count(c, &u->next_windows, err);
}

static int copy_map(const struct imap *from, struct imap *to)
{
	uint64_t key;
	int64_t value;
	size_t it = 0;
	int r = 0;

	while (r == 0 && imap_each(from, &it, &key, &value))
		r = imap_put(to, key, value) < 0 ? -E_NOMEM : 0;
	return r;
}

/* What is rolled back was not told. */
static int shares(struct upkeep *u, struct store_conn *c, time_ms now, struct err *err)
{
	imap_free(&u->next_shares);
	u->next_shares = imap_new();
	if (!u->next_shares || copy_map(u->shares, u->next_shares) < 0)
		return err_set(err, E_NOMEM, "Memory ran out while looking at portfolios.");
	return shares_watch(u->lane->core, c, u->next_shares, now, err);
}

static int (*const chores[])(
    struct upkeep *u, struct store_conn *c, time_ms now, struct err *err) = {
	warmups, /* before anything is dropped that they count */
	releases,
	unknown,
	keys,
	webhooks,
	deliveries,
	forwards,
	budgets,
	media,
	marks,
	alarms,
	notices,
	contacts,
	quarantine,
	requests,
	trigger_events,
	autoreplies,
	stops,
	signals,
	incidents,
	windows,
	shares,
	restrictions,
	decisions,
	acts,
	marketing,
	states,
	unheard,
	unanswered,
	silences,
	resumes,
	uses,
	passed_by,
	reviews,
	people,
	copies,
	audiences,
	lists,
	undoings,
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

static void take_over_shares(struct upkeep *u)
{
	imap_free(&u->shares);
	u->shares = u->next_shares;
	u->next_shares = NULL;
}

static void take_over(struct upkeep *u)
{
	u->more |= u->left > 0;
	atomic_fetch_add(&u->lane->core->counters.forwards_given_up, (uint64_t)u->given_up);
	if (chores[u->chore] == decisions)
		u->decision = u->next_decision;
	if (chores[u->chore] == acts)
		u->act = u->next_act;
	if (chores[u->chore] == releases)
		u->census = u->next_census;
	if (chores[u->chore] == windows)
		u->windows = u->next_windows;
	if (chores[u->chore] == uses && !u->left)
		u->uses_day = u->next_uses_day;
	if (chores[u->chore] == shares)
		take_over_shares(u);
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
	if (u)
		u->shares = imap_new();
	if (!u || !u->again || !u->shares) {
		upkeep_stop(u);
		upkeep_close(&u);
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
	if (*pu) {
		imap_free(&(*pu)->shares);
		imap_free(&(*pu)->next_shares);
	}
	MEM_FREE(pu);
}

bool upkeep_is_busy(const struct upkeep *u)
{
	return u->busy;
}
