#include "flow/campaigns.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "base/map.h"
#include "domain/campaign_edit.h"
#include "domain/inbox.h"
#include "domain/release.h"
#include "domain/source_list.h"
#include "flow/campaign_look.h"
#include "flow/own_send.h"
#include "store/query.h"

#define PERSON_AGAIN_MS MS_PER_HOUR /* somebody who is held, and nobody knows until when */
#define PAUSED_AGAIN_MS 5000        /* so often a campaign that is paused is tried */
#define SETTLE_SLICES 40            /* of what webhooks moved, a look: faster than they come */
#define COUNT_SLICES 4   /* of a store whose audiences were never counted, or of an edit, a look */
#define CHECKED_MAX 4096 /* campaigns of which the last check is remembered */
#define REASON_CHANGED "changed" /* it is not what was approved */

static int no_memory(struct err *err)
{
	return err_set(err, E_NOMEM, "Memory ran out while working on a campaign.");
}

/* --- whom to send to next --------------------------------------------------------------------- */

struct feed {
	struct campaign_desk *k;
	struct campaign *x;
	struct campaign_plan plan;
	struct campaign_sight sight;
	const struct pack_campaign *figures;
	struct arena *scratch; /* of one person */
	bool stop;             /* for this look */
};

/* Limits that all share: somebody else would be held as well. */
static bool is_shared_limit(const struct rule *rule, const struct campaign_seen *seen)
{
	switch (rule_index_of(rule)) {
	case RULE_LIMIT_PORTFOLIO:
		return !seen->facts.person.counted_24h;
	case RULE_LIMIT_THROUGHPUT:
	case RULE_LIMIT_SPIKE:
	case RULE_LIMIT_COST:
		return true;
	case RULE_LIMIT_WARMUP:
		return seen->facts.person.engaged ||
		    seen->facts.number.warmup.used >= seen->facts.number.warmup.cap;
	default:
		return false;
	}
}

static void wait_for(struct campaign *x, struct str rule, time_ms until)
{
	x->waits = rule;
	x->next_at = until;
}

static time_ms again_at(const struct feed *f, time_ms until)
{
	if (until != TIME_NONE && until > f->k->now)
		return until;
	return f->k->now + pack_limits(f->k->core->pack)->held.retry_ms;
}

static int put_off(
    struct feed *f, struct campaign_member *m, const struct finding *why, struct err *err)
{
	m->due_at = why->until != TIME_NONE && why->until > f->k->now ? why->until
								      : f->k->now + PERSON_AGAIN_MS;
	m->rule = str_c(why->rule->id);
	return campaign_member_set(f->k->conn, f->k->core->sums, f->x->id, m, err);
}

/* The same person by another row, since people were found to be one. */
static int is_twin(
    struct feed *f, const struct campaign_member *m, char key[CAMPAIGN_KEY_MAX], struct err *err)
{
	int64_t one;

	campaign_key(f->x->id, m->person, key);
	return store_ask_int(f->k->conn, &one, err,
	    "SELECT 1 FROM campaign_member WHERE person = ?1 AND campaign = ?2 AND seq <> ?3"
	    " AND fate IN (2, 3) LIMIT 1",
	    "iii", (int64_t)m->person, (int64_t)f->x->id, m->seq);
}

/* Whoever told us that they withdraw just now, by a clock that is ahead of ours. */
static bool has_withdrawn(const struct facts *facts, time_ms since)
{
	for (size_t i = 0; i < facts->person.consents_len; i++) {
		const struct facts_consent *k = &facts->person.consents[i];
		if (k->act == CONSENT_WITHDRAW && k->at >= since &&
		    k->at <= since + CAMPAIGN_OPT_OUT_MS)
			return true;
	}
	return false;
}

static int queue(struct feed *f, struct campaign_member *m, const struct campaign_seen *seen,
    bool uses_place, struct err *err)
{
	char key[CAMPAIGN_KEY_MAX], id[ID_TEXT_MAX];
	const struct pack_held *held = &pack_limits(f->k->core->pack)->held;
	int r = is_twin(f, m, key, err);

	if (r < 0)
		return r;
	m->fate = r > 0 ? MEMBER_DUPLICATE : MEMBER_QUEUED;
	m->wave = f->x->wave;
	m->variant = (int64_t)campaign_turn(f->x, &f->plan, m->seq);
	m->due_at = TIME_NONE;
	m->rule = STR_NONE;
	m->state = SEND_HELD;
	m->decided_at = f->k->now;
	m->opted_out = has_withdrawn(&seen->facts, f->k->now);
	id_format(CAMPAIGN_PREFIX, f->x->id, id);
	const struct own_send send = {
		.campaign = str_c(id),
		.number = f->plan.number,
		.body = seen->body,
		.person = m->person,
		.expires_at = f->k->now + held->expire_ms,
		.key = str_c(key),
	};
	if (r == 0) {
		r = own_send_queue(
		    f->k->core, f->k->conn, &send, f->k->now, f->scratch, &m->decision, err);
		f->x->wave_used++;
		f->sight.ahead += uses_place;
	}
	return r < 0 ? r : campaign_member_set(f->k->conn, f->k->core->sums, f->x->id, m, err);
}

static void pause_for(struct campaign_desk *k, struct campaign *x, struct str reason)
{
	x->state = CAMPAIGN_PAUSED;
	x->reason = reason;
	wait_for(x, STR("paused"), k->now + PAUSED_AGAIN_MS);
}

/* The first finding that does not let pass and is of that sort. */
static const struct finding *find(const struct campaign_seen *seen, bool all)
{
	const struct decision *d = &seen->decision;

	for (size_t i = 0; i < d->findings_len; i++) {
		const struct finding *x = &d->findings[i];
		if (x->level < LEVEL_HOLD)
			continue;
		bool by_steps = finding_is_by_steps(x);
		if (all ? campaign_rule_is_about_all(x->rule) && !by_steps
			: x->level == LEVEL_HOLD && (by_steps || is_shared_limit(x->rule, seen)))
			return x;
	}
	return NULL;
}

static bool resumes(const struct facts *facts)
{
	for (size_t i = 0; i < facts->waba.paused_len; i++) {
		if (facts->waba.paused[i].share_ppm > 0)
			return true;
	}
	return false;
}

/* What the gate would say decides whether the send is put on record now. */
static int consider(struct feed *f, struct campaign_member *m, struct err *err)
{
	struct campaign_seen *seen = ARENA_NEW(f->scratch, struct campaign_seen);
	const struct finding *why;
	int r = m->source.p ? source_list_is_suspended(f->k->conn, m->source, err) : 0;

	if (r != 0) {
		m->fate = MEMBER_SUSPENDED;
		return r < 0 ? r
			     : campaign_member_set(f->k->conn, f->k->core->sums, f->x->id, m, err);
	}
	r = seen ? campaign_look(&f->sight, f->x, &f->plan, m, f->scratch, seen, err)
		 : no_memory(err);

	if (r < 0)
		return r;
	if (r == 0) {
		m->fate = MEMBER_FORGOTTEN;
		return campaign_member_set(f->k->conn, f->k->core->sums, f->x->id, m, err);
	}
	why = find(seen, true);
	if (why) {
		pause_for(f->k, f->x, str_c(why->rule->id));
		f->stop = true;
		return 0;
	}
	if (seen->decision.verdict != VERDICT_HOLD) {
		/* While something begins again by steps, the place of the next shows only behind this one. */
		f->stop = resumes(&seen->facts);
		return queue(f, m, seen, seen->decision.verdict == VERDICT_ALLOW, err);
	}
	why = find(seen, false);
	if (!why)
		return put_off(f, m, seen->decision.leading, err);
	wait_for(f->x, str_c(why->rule->id), again_at(f, why->until));
	f->stop = true;
	return 0;
}

/* --- waves ------------------------------------------------------------------------------------ */

static const struct pack_wave *wave_of(const struct feed *f)
{
	size_t i = f->x->wave > 0 ? (size_t)f->x->wave - 1 : 0;

	return &f->figures->waves[i < f->figures->waves_len ? i : f->figures->waves_len - 1];
}

static bool is_last_wave(const struct feed *f)
{
	return f->x->wave >= (int64_t)f->figures->waves_len;
}

static int64_t wave_size(const struct feed *f)
{
	const struct pack_wave *w = wave_of(f);
	int64_t share = w->share_ppm > 0 ? pack_share(f->x->total, w->share_ppm) : 0;

	if (is_last_wave(f))
		return INT64_MAX;
	if (w->people > 0)
		return w->people;
	return share > 0 ? share : 1;
}

/* All of the wave have left: the next one begins after the wait. */
static void end_wave(struct feed *f)
{
	int64_t wait = wave_of(f)->wait_ms;

	f->x->wave++;
	f->x->wave_used = 0;
	wait_for(f->x, STR("wave"), f->k->now + wait);
}

static int consider_all(struct feed *f, struct campaign_member *list, size_t n, struct err *err)
{
	int r = 0;

	for (size_t i = 0; r == 0 && i < n && !f->stop; i++) {
		if (f->x->wave_used >= wave_size(f))
			break;
		arena_reset(f->scratch);
		r = consider(f, &list[i], err);
	}
	return r;
}

/* Nobody is due: until somebody is. */
static int wait_for_people(struct feed *f, struct err *err)
{
	time_ms due;
	int r = campaign_next_due(f->k->conn, f->x->id, &due, err);

	if (r == 0 && due != TIME_NONE && due > f->k->now)
		wait_for(f->x, STR("people"), due);
	return r;
}

static int64_t batch_of(const struct pack_campaign *figures)
{
	return figures->batch < CAMPAIGN_OPEN_MAX ? figures->batch : CAMPAIGN_OPEN_MAX;
}

static int feed_some(struct feed *f, struct err *err)
{
	struct campaign_desk *k = f->k;
	struct campaign_member *list;
	size_t n = 0;
	int r = campaign_due(k->conn, &k->core->key, f->x->id, k->now, (size_t)batch_of(f->figures),
	    k->arena, &list, &n, err);

	wait_for(f->x, STR_NONE, TIME_NONE);
	if (r == 0 && n == 0)
		return wait_for_people(f, err);
	return r < 0 ? r : consider_all(f, list, n, err);
}

/* 1, or 0 and it is paused: a template or number that is there no more is as one that may not be used,
 * and one that is not what was approved is nobody's. */
static int open_plan(struct feed *f, struct err *err)
{
	struct campaign_desk *k = f->k;
	struct err why = { 0 };
	struct sha256 now;
	int r = core_directory_now(k->core, k->conn, &f->sight.directory, err);

	if (r < 0)
		return r;
	r = campaign_plan_read(f->x, f->sight.directory, k->arena, &f->plan, &why);
	if (r == -E_NOMEM || r == -E_STORE) {
		*err = why;
		return r;
	}
	if (r < 0) {
		pause_for(k, f->x, STR("template.unknown"));
		return 0;
	}
	campaign_snapshot(f->x, &f->plan, &now);
	if (memcmp(now.b, f->x->approved.b, SHA256_LEN) == 0)
		return 1;
	pause_for(k, f->x, STR(REASON_CHANGED));
	return 0;
}

/* What would be said to one who waits, by each of the templates: 1 nothing stops them all, 0 something
 * does, and it is paused for that. */
static int try_templates(struct feed *f, struct err *err)
{
	struct campaign_desk *k = f->k;
	struct campaign_member *list;
	size_t n = 0;
	int r = campaign_due(
	    k->conn, &k->core->key, f->x->id, INT64_MAX, 1, k->arena, &list, &n, err);

	for (size_t i = 0; r >= 0 && n && i < f->plan.len; i++) {
		struct campaign_seen *seen = ARENA_NEW(k->arena, struct campaign_seen);
		list[0].seq = (int64_t)i; /* whose turn it is goes by the row */
		r = seen ? campaign_look(&f->sight, f->x, &f->plan, &list[0], k->arena, seen, err)
			 : no_memory(err);
		const struct finding *why = r > 0 ? find(seen, true) : NULL;
		if (why) {
			pause_for(k, f->x, str_c(why->rule->id));
			return 0;
		}
	}
	return r < 0 ? r : 1;
}

/* A template that is released in steps goes to a part of those who get it, and they are counted. */
static int tell_audience(struct feed *f, struct err *err)
{
	int64_t each = f->x->choice >= 0 ? f->x->total : f->x->total / (int64_t)f->plan.len;
	int r = 0;

	for (size_t i = 0; r == 0 && i < f->plan.len; i++) {
		const struct dir_template *t = f->plan.fills[i].tpl;
		const struct release_key key = { f->x->waba, t->name, t->language };
		r = release_expect(f->k->conn, &key, each > 0 ? each : 1, err);
	}
	return r;
}

/* 1 it may go on, 0 it is paused. */
static int begin(struct feed *f, struct err *err)
{
	enum campaign_state before = f->x->state;
	int r = open_plan(f, err);

	if (r > 0 && before == CAMPAIGN_PAUSED)
		r = try_templates(f, err);
	if (r > 0 && (before == CAMPAIGN_PAUSED || f->x->wave_used == 0)) {
		int t = tell_audience(f, err);
		r = t < 0 ? t : r;
	}
	return r;
}

static int feed(struct campaign_desk *k, struct campaign *x, struct err *err)
{
	struct core *core = k->core;
	struct feed f = {
		.k = k,
		.x = x,
		.figures = pack_campaign(core->pack),
		.sight = { .pack = core->pack,
		    .conn = k->conn,
		    .budget = core->budget,
		    .recent = core->recent,
		    .bulk = core->bulk,
		    .now = k->now,
		    .clock_suspect = skew_is_suspect(core->skew) },
	};
	int r = begin(&f, err);
	if (r <= 0)
		return r;
	x->state = CAMPAIGN_RUNNING;
	x->reason = STR_NONE;
	f.scratch = arena_new(0, 0);
	r = f.scratch ? feed_some(&f, err) : no_memory(err);
	arena_free(&f.scratch);
	return r;
}

/* --- one look --------------------------------------------------------------------------------- */

static bool is_due(const struct campaign_desk *k, const struct campaign *x)
{
	return x->next_at == TIME_NONE || x->next_at <= k->now;
}

static void start(struct campaign_desk *k, struct campaign *x)
{
	if (x->state != CAMPAIGN_RELEASED || k->now < x->starts_at)
		return;
	x->state = CAMPAIGN_RUNNING;
	if (x->wave == 0)
		x->wave = 1;
}

static int tell(
    struct campaign_desk *k, const struct campaign *x, const char *kind, struct err *err)
{
	char id[ID_TEXT_MAX], scope[ID_TEXT_MAX + 16];

	id_format(CAMPAIGN_PREFIX, x->id, id);
	(void)snprintf(scope, sizeof(scope), "campaign:%s", id);
	return alarm_add(k->conn, id_next(&k->core->ids, k->now), str_c(kind), str_c(scope),
	    x->reason.p ? x->reason : STR(""), k->now, err);
}

/* What is on record is called back, so that nothing of it leaves. */
static int on_paused(struct campaign_desk *k, struct campaign *x, struct err *err)
{
	int r = campaign_call_back(k, x, err);

	log_warn("a campaign was paused", "reason=%.*s", STR_ARG(x->reason));
	return r < 0 ? r : tell(k, x, "campaign.paused", err);
}

static int end_when_done(
    struct campaign_desk *k, struct campaign *x, const struct campaign_open *open, struct err *err)
{
	int r = open->all ? 1 : campaign_has_open(k->conn, x->id, err);

	if (r == 0)
		r = source_list_comes_back(k->conn, err);
	if (r != 0)
		return r < 0 ? r : 0;
	x->state = CAMPAIGN_DONE;
	x->ended_at = k->now;
	wait_for(x, STR_NONE, TIME_NONE);
	log_info("a campaign is done", NULL);
	return 0;
}

/* All of a wave are on record. What holds them says what the campaign waits for. */
static void await_wave(
    struct campaign_desk *k, struct campaign *x, const struct campaign_open *open)
{
	if (open->why && campaign_rule_is_about_all(open->why))
		pause_for(k, x, str_c(open->why->id));
	else if (open->why)
		wait_for(x, str_c(open->why->id), open->until);
	else
		wait_for(x, STR_NONE, TIME_NONE);
}

static bool wave_is_full(struct campaign_desk *k, struct campaign *x)
{
	struct feed f = { .k = k, .x = x, .figures = pack_campaign(k->core->pack) };

	return x->wave_used >= wave_size(&f);
}

/* What is on record leaves by templates as they are now: 1 they are what was approved, 0 it is paused.
 * Asked once of a directory, since a look comes four times a second. */
static int check_on_record(
    struct campaign_desk *k, struct campaign *x, const struct campaign_open *open, struct err *err)
{
	struct feed f = { .k = k, .x = x };
	const struct directory *d = NULL;

	if (x->state != CAMPAIGN_RUNNING || !open->all)
		return 1;
	int r = core_directory_now(k->core, k->conn, &d, err);
	if (r < 0 || directory_generation(d) == k->checked)
		return r < 0 ? r : 1;
	r = open_plan(&f, err);
	if (r > 0)
		k->checked = directory_generation(d);
	return r;
}

static int move_on(
    struct campaign_desk *k, struct campaign *x, const struct campaign_open *open, struct err *err)
{
	const struct pack_campaign *figures = pack_campaign(k->core->pack);
	struct feed f = { .k = k, .x = x, .figures = figures };
	int r = check_on_record(k, x, open, err);

	if (r <= 0)
		return r;
	if (x->state == CAMPAIGN_RUNNING && wave_is_full(k, x)) {
		if (open->all)
			await_wave(k, x, open);
		else
			end_wave(&f);
		return 0;
	}
	if (!is_due(k, x) || open->near > 0 || open->all + batch_of(figures) > CAMPAIGN_OPEN_MAX)
		return 0;
	return feed(k, x, err);
}

static int go_on(
    struct campaign_desk *k, struct campaign *x, const struct campaign_open *open, struct err *err)
{
	enum campaign_state before = x->state;
	int r = move_on(k, x, open, err);

	if (r == 0 && x->state == CAMPAIGN_PAUSED && before != CAMPAIGN_PAUSED)
		r = on_paused(k, x, err);
	if (r == 0 && x->state == CAMPAIGN_RUNNING)
		r = end_when_done(k, x, open, err);
	return r;
}

static bool differs(const struct campaign *a, const struct campaign *b)
{
	return a->state != b->state || a->wave != b->wave || a->wave_used != b->wave_used ||
	    a->next_at != b->next_at || a->unsettled != b->unsettled ||
	    !str_eq(a->waits, b->waits) || !str_eq(a->reason, b->reason);
}

int campaign_step(struct campaign_desk *k, uint64_t id, struct err *err)
{
	struct campaign_open open = { 0 };
	struct campaign x, before;
	int r = campaign_get(k->conn, id, k->arena, &x, err);

	if (r <= 0)
		return r;
	before = x;
	r = campaign_reconcile(k, &x, &open, err);
	start(k, &x);
	x.unsettled = x.unsettled && open.all > 0;
	/* Whatever came back here since it was held or cancelled. */
	if (r == 0 && x.unsettled && open.here > 0)
		r = campaign_call_back(k, &x, err);
	if (r == 0 && (x.state == CAMPAIGN_RUNNING || x.state == CAMPAIGN_PAUSED))
		r = go_on(k, &x, &open, err);
	return r < 0 || !differs(&x, &before) ? r : campaign_update(k->conn, &x, k->now, err);
}

/* --- all of them ------------------------------------------------------------------------------ */

struct campaigner {
	struct lane *lane;
	struct lane_job job;
	struct arena *arena;   /* of a job, on the writer */
	struct arena *listing; /* of a round */
	uint64_t *ids;
	size_t len, at;
	struct imap *checked; /* by campaign, struct campaign_desk's */
	uint64_t was_checked; /* by the job */
	int settles;          /* of the job: 1 = there is more that moved */
	int counts;           /* of the job: 1 = there is more that was edited, or never counted */
	int slices;           /* of either, in this round */
	bool busy, stopping;
};

static int run(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct campaigner *k = (struct campaigner *)((char *)j - offsetof(struct campaigner, job));
	struct campaign_desk desk = {
		.core = k->lane->core, .conn = c, .arena = k->arena, .now = clock_now()
	};
	int64_t checked = 0;

	arena_reset(k->arena);
	if (imap_get(k->checked, k->ids[k->at], &checked))
		desk.checked = (uint64_t)checked;
	int r = campaign_step(&desk, k->ids[k->at], err);
	j->fence = desk.stopped;
	k->was_checked = desk.checked;
	return r;
}

/* Some rows of an edit that nobody may be waiting for any more: 1 there may be others, 0 there is none. */
static int go_on_with_edit(struct campaigner *k, struct store_conn *c, struct err *err)
{
	struct core *core = k->lane->core;
	uint64_t campaign = 0;
	int r = campaign_edit_next(c, &campaign, err);

	if (r > 0)
		r = campaign_edit_step(c, &core->key, core->sums, campaign, clock_now(), err);
	return r;
}

/* Figures that webhooks moved, edits, and rows of before there were figures. */
static int run_count(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct campaigner *k = (struct campaigner *)((char *)j - offsetof(struct campaigner, job));
	struct campaign_sums *sums = k->lane->core->sums;
	int r = campaign_tally_settle(c, sums, err);

	k->settles = r;
	if (r == 0)
		r = go_on_with_edit(k, c, err);
	if (r == 0)
		r = campaign_tally_catch_up(c, sums, err);
	k->counts = k->settles == 0 && r > 0;
	return r < 0 ? r : 0;
}

static void back(struct lane_job *j);

static void next(struct campaigner *k)
{
	k->busy = !k->stopping && k->at < k->len;
	if (!k->busy)
		return;
	k->job.run = run;
	k->job.back = back;
	k->busy = lane_submit(k->lane, &k->job);
}

static void back(struct lane_job *j)
{
	struct campaigner *k = (struct campaigner *)((char *)j - offsetof(struct campaigner, job));

	if (j->rc < 0)
		log_error(
		    "a campaign could not be looked at", "error=%s", err_name(j->job.err.code));
	else if (imap_put(k->checked, k->ids[k->at], (int64_t)k->was_checked) < 0)
		log_warn("a campaign will be checked again", "reason=memory");
	k->at++;
	next(k);
}

/* Of campaigns that ended; the others are checked once more. */
static void forget_checked(struct campaigner *k)
{
	struct imap *empty = imap_len(k->checked) > CHECKED_MAX ? imap_new() : NULL;

	if (!empty)
		return;
	imap_free(&k->checked);
	k->checked = empty;
}

static void begin_round(struct campaigner *k)
{
	struct err err = { 0 };

	arena_reset(k->listing);
	forget_checked(k);
	k->at = k->len = 0;
	if (campaign_active(k->lane->reader, k->listing, &k->ids, &k->len, &err) < 0) {
		log_error("campaigns could not be read", "error=%s", err_name(err.code));
		k->len = 0;
	}
	next(k);
}

static void counted(struct lane_job *j);

static bool submit_count(struct campaigner *k)
{
	k->job.run = run_count;
	k->job.back = counted;
	k->busy = !k->stopping && lane_submit(k->lane, &k->job);
	return k->busy;
}

/* Of what was never counted less a look than of what webhooks moved, so that sends hardly wait for it. */
static void counted(struct lane_job *j)
{
	struct campaigner *k = (struct campaigner *)((char *)j - offsetof(struct campaigner, job));

	if (j->rc < 0)
		log_error("figures of campaigns could not be counted", "error=%s",
		    err_name(j->job.err.code));
	int most = k->settles > 0 ? SETTLE_SLICES : k->counts > 0 ? COUNT_SLICES : 0;
	bool more = ++k->slices < most;
	if (j->rc == 0 && more && submit_count(k))
		return;
	begin_round(k);
}

void campaigner_look(struct campaigner *k)
{
	/* On a disk that is low nothing is begun that can wait. */
	bool may = headroom_stage(k->lane->core->headroom) == HEADROOM_FINE;
	struct err err = { 0 };

	if (k->busy || k->stopping || !may)
		return;
	k->slices = 0;
	uint64_t edited;
	int behind = campaign_tally_is_behind(k->lane->reader, &err);
	if (behind == 0)
		behind = campaign_edit_next(k->lane->reader, &edited, &err);
	if (behind < 0)
		log_error(
		    "figures of campaigns could not be looked at", "error=%s", err_name(err.code));
	if (behind <= 0 || !submit_count(k))
		begin_round(k);
}

int campaigner_open(struct lane *l, struct campaigner **ret, struct err *err)
{
	struct campaigner *k = mem_alloc(sizeof(*k));

	if (k) {
		k->lane = l;
		k->arena = arena_new(0, 0);
		k->listing = arena_new(0, 0);
		k->checked = imap_new();
	}
	if (!k || !k->arena || !k->listing || !k->checked) {
		campaigner_close(&k);
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	}
	*ret = k;
	return 0;
}

void campaigner_stop(struct campaigner *k)
{
	if (k)
		k->stopping = true;
}

void campaigner_close(struct campaigner **pk)
{
	struct campaigner *k = *pk;

	if (!k)
		return;
	arena_free(&k->arena);
	arena_free(&k->listing);
	imap_free(&k->checked);
	MEM_FREE(pk);
}

bool campaigner_is_idle(const struct campaigner *k)
{
	return !k->busy;
}
