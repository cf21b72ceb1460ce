#include "flow/flow.h"

#include "base/check.h"
#include "base/lang.h"
#include "base/log.h"

#define TWIN_POLL_MS 25
#define TWIN_WAIT_MS 10000
#define SETTLE_AGAIN_MS 1000
#define ROOM_RETRY_S 60 /* somebody has to make room */

static const char *const state_names[] = {
	[FLOW_NEW] = "new",
	[FLOW_ACCEPTED] = "accepted",
	[FLOW_PARSED] = "parsed",
	[FLOW_DECIDED] = "decided",
	[FLOW_WAITING] = "waiting",
	[FLOW_RECORDED] = "recorded",
	[FLOW_DISPATCHED] = "dispatched",
	[FLOW_SETTLED] = "settled",
	[FLOW_ANSWERED] = "answered",
};

#define BIT(s) (1u << (s))

static const unsigned moves[] = {
	[FLOW_NEW] = BIT(FLOW_ACCEPTED) | BIT(FLOW_ANSWERED),
	[FLOW_ACCEPTED] = BIT(FLOW_PARSED) | BIT(FLOW_ANSWERED),
	[FLOW_PARSED] = BIT(FLOW_DECIDED) | BIT(FLOW_ANSWERED),
	[FLOW_DECIDED] = BIT(FLOW_RECORDED) | BIT(FLOW_WAITING) | BIT(FLOW_ANSWERED),
	[FLOW_WAITING] = BIT(FLOW_PARSED) | BIT(FLOW_ANSWERED),
	[FLOW_RECORDED] = BIT(FLOW_DISPATCHED) | BIT(FLOW_ANSWERED),
	[FLOW_DISPATCHED] = BIT(FLOW_SETTLED) | BIT(FLOW_ANSWERED),
	[FLOW_SETTLED] = BIT(FLOW_ANSWERED),
};

const char *flow_state_name(enum flow_state s)
{
	return state_names[s];
}

void flow_move(struct flow *f, enum flow_state to)
{
	ASSERT(f->state != FLOW_ANSWERED && moves[f->state] & BIT(to));
	log_debug("flow", "from=%s to=%s", flow_state_name(f->state), flow_state_name(to));
	f->state = to;
}

/* --- birth and death -------------------------------------------------------------------------- */

static struct flow *flow_new(struct lane *l)
{
	struct arena *a = lane_arena(l);
	struct flow *f = a ? ARENA_NEW(a, struct flow) : NULL;

	if (!f) {
		if (a)
			lane_arena_back(l, &a);
		return NULL;
	}
	f->arena = a;
	f->lane = l;
	f->started = loop_now(l->loop);
	list_append(&l->flows, &f->node);
	return f;
}

static void flow_end(struct flow *f)
{
	struct lane *l = f->lane;
	struct arena *a = f->arena;

	flow_move(f, FLOW_ANSWERED);
	if (f->req) {
		flow_respond(f);
		f->req = NULL;
	}
	running_drop(l->core->running, f->running);
	loop_timer_free(&f->timer);
	directory_unref(&f->directory);
	list_remove(&l->flows, &f->node);
	if (f->held_id)
		(void)imap_take(l->held, f->held_id, &(int64_t){ 0 });
	lane_arena_back(l, &a);
}

/* The client left. What is on record goes on; only nobody hears the answer. */
static void on_gone(struct http_request *req)
{
	struct flow *f = req->user;

	f->req = NULL;
}

/* --- timers ----------------------------------------------------------------------------------- */

/* Waits for its hold or its twin; or its outcome is to be written once more. */
static void on_timer(void *arg)
{
	struct flow *f = arg;

	if (f->state == FLOW_WAITING) {
		/* Nothing is on record, and who asked has gone: they will ask again. */
		if (!f->req && !f->held_id) {
			flow_end(f);
			return;
		}
		flow_move(f, FLOW_PARSED);
	}
	flow_walk(f);
}

/* False when memory ran out: nothing will happen by itself. */
static bool come_again(struct flow *f, int64_t ms)
{
	if (!f->timer)
		f->timer = loop_timer_new(f->lane->loop, on_timer, f);
	if (f->timer)
		loop_timer_start(f->timer, ms > 0 ? ms : 1, 0);
	return f->timer != NULL;
}

/* --- what is counted, once a send ------------------------------------------------------------- */

static void count_verdict(const struct flow *f)
{
	struct core *core = f->lane->core;

	/* A held send was counted when it was first held, and counts again when that ends. */
	if (f->held_id && (f->fate == FATE_HOLD || !f->id))
		return;
	if (f->decision.verdict == VERDICT_ALLOW)
		CORE_COUNT(core, sends_allowed);
	else if (f->fate == FATE_GO)
		CORE_COUNT(core, sends_observed);
	else if (f->decision.verdict == VERDICT_HOLD)
		CORE_COUNT(core, sends_held);
	else
		CORE_COUNT(core, sends_refused);
}

static void count_judged(const struct flow *f)
{
	if (f->fate != FATE_REPLAY)
		count_verdict(f);
	else if (f->replay != REPLAY_OTHER_BODY)
		CORE_COUNT(f->lane->core, keys_replayed);
}

static void count_outcome(const struct flow *f)
{
	struct core *core = f->lane->core;

	if (f->send_state == SEND_ACCEPTED)
		CORE_COUNT(core, sends_accepted);
	else if (f->send_state == SEND_FAILED)
		CORE_COUNT(core, sends_failed);
	else if (f->send_state == SEND_HELD)
		CORE_COUNT(core, sends_held);
	else
		CORE_COUNT(core, sends_unknown);
}

/* --- writer jobs ------------------------------------------------------------------------------ */

/* The message is out, or surely is not, and its row still says `sending`. The app hears which, for
 * that is true all the same. The row, the reservation and the key are settled as soon as the store
 * takes it; in a process that ends, start-up makes the row `unknown`. */
static void settle_later(struct flow *f)
{
	if (f->req) {
		flow_answer_outcome(f);
		flow_respond(f);
		f->req = NULL;
	}
	if (!atomic_load(&f->lane->core->draining) && come_again(f, SETTLE_AGAIN_MS))
		return;
	count_outcome(f);
	flow_end(f);
}

#define LINE 64

/* Members from `first` to the one before `behind`. */
#define FETCH(f, first, behind) \
	fetch(f, offsetof(struct flow, first), offsetof(struct flow, behind))

static void fetch(const struct flow *f, size_t from, size_t to)
{
	for (size_t i = from; i < to; i += LINE)
		__builtin_prefetch((const char *)f + i, 1);
}

/* On the writer, of a flow that another core wrote last: its job's own line is all that may be read. Without what is there
 * for the few sends that go wrong. */
static void bring_near_to_settle(const struct write_job *j)
{
	const struct flow *f = (const struct flow *)((const char *)j - offsetof(struct flow, job) -
	    offsetof(struct lane_job, job));

	FETCH(f, lane, message.to_problem);
	FETCH(f, decision.findings_len, resuming);
	FETCH(f, resuming_len, held);
	FETCH(f, call, job);
}

static void bring_near_to_judge(const struct write_job *j)
{
	const struct flow *f = (const struct flow *)((const char *)j - offsetof(struct flow, job) -
	    offsetof(struct lane_job, job));

	bring_near_to_settle(j);
	FETCH(f, message.template_name, message.problem);
	FETCH(f, foreseen, decision.findings);
}

static void submit(struct flow *f, int (*run)(struct lane_job *, struct store_conn *, struct err *),
    void (*back)(struct lane_job *))
{
	f->job.run = run;
	f->job.back = back;
	f->job.job.bring_near = f->state == FLOW_PARSED ? bring_near_to_judge
							: bring_near_to_settle;
	if (lane_submit(f->lane, &f->job))
		return;
	/* The writer's queue is full. Before the record nothing happened; after the dispatch the
	 * message did. */
	if (f->state == FLOW_DISPATCHED) {
		settle_later(f);
		return;
	}
	CORE_COUNT(f->lane->core, sends_overloaded);
	flow_answer_trouble(f, 503, 4, "Too many messages are waiting to be recorded.",
	    "Send it again after the time that Retry-After names.");
	flow_end(f);
}

static struct flow *flow_of(struct lane_job *j)
{
	return (struct flow *)((char *)j - offsetof(struct flow, job));
}

static int judge(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct flow *f = flow_of(j);
	int r = flow_replay(f, c, err);

	if (r != 0)
		return r < 0 ? r : 0;
	r = flow_decide(f, c, err);
	return r < 0 ? r : flow_record(f, c, err);
}

static void refuse_unrecorded(struct flow *f)
{
	log_error("a send could not be recorded", "error=%s", err_name(f->job.job.err.code));
	flow_answer_trouble(f, 503, 2, "The decision could not be recorded, so nothing was sent.",
	    "Send it again later; the operator of the gateway finds the cause in its log.");
	flow_end(f);
}

/* Whether the disk has no room for what this send would put on record (headroom.h). */
static bool has_no_room(const struct flow *f)
{
	enum headroom_stage stage = headroom_stage(f->lane->core->headroom);
	bool ours = f->message.kind == MESSAGE_TEMPLATE || f->message.kind == MESSAGE_DIRECT;

	return stage == HEADROOM_GONE || (stage == HEADROOM_LOW && (ours || f->held_id));
}

static enum step_result refuse_for_room(struct flow *f)
{
	CORE_COUNT(f->lane->core, sends_no_room);
	flow_answer_trouble(f, 503, 2,
	    N_("The gateway's disk has too little room, so nothing was sent."),
	    N_("Send it again later; the operator of the gateway has to make room."));
	f->answer.retry_after_s = ROOM_RETRY_S;
	return STEP_ANSWER;
}

/* Judged again after `ms`. */
static void wait_and_judge(struct flow *f, int64_t ms)
{
	flow_move(f, FLOW_WAITING);
	if (come_again(f, ms))
		return;
	flow_answer_trouble(
	    f, 503, 2, "The gateway is short of memory.", "Nothing was sent; send it again later.");
	flow_end(f);
}

/* The same key is under way: most often its answer is there in a moment. */
static bool waits_for_twin(const struct flow *f)
{
	int64_t waited_ms = (loop_now(f->lane->loop) - f->started) / 1000000;

	return f->fate == FATE_REPLAY && f->replay == REPLAY_RUNNING && waited_ms < TWIN_WAIT_MS;
}

/* Judged and, unless it waits, on record. */
static void on_judged(struct lane_job *j)
{
	struct flow *f = flow_of(j);

	flow_move(f, FLOW_DECIDED);
	if (j->rc < 0) {
		refuse_unrecorded(f);
	} else if (f->fate == FATE_WAIT) {
		wait_and_judge(f, f->decision.hold_until - f->now);
	} else if (waits_for_twin(f)) {
		wait_and_judge(f, TWIN_POLL_MS);
	} else {
		count_judged(f);
		flow_move(f, FLOW_RECORDED);
		flow_walk(f);
	}
}

static int settle(struct lane_job *j, struct store_conn *c, struct err *err)
{
	return flow_settle(flow_of(j), c, err);
}

static void on_settled(struct lane_job *j)
{
	struct flow *f = flow_of(j);

	if (j->rc < 0) {
		log_error(
		    "an outcome could not be recorded", "error=%s", err_name(j->job.err.code));
		settle_later(f);
		return;
	}
	count_outcome(f);
	flow_move(f, FLOW_SETTLED);
	flow_answer_outcome(f);
	flow_end(f);
}

static int release(struct lane_job *j, struct store_conn *c, struct err *err)
{
	return flow_release(flow_of(j), c, err);
}

static void on_released(struct lane_job *j)
{
	struct flow *f = flow_of(j);

	if (j->rc < 0 || f->fate != FATE_GO)
		flow_end(f);
	else
		flow_walk(f);
}

static int bury(struct lane_job *j, struct store_conn *c, struct err *err)
{
	return flow_bury(flow_of(j), c, err);
}

static void on_buried(struct lane_job *j)
{
	struct flow *f = flow_of(j);

	if (j->rc == 0)
		CORE_COUNT(f->lane->core, held_unreadable);
	else
		log_error("a held send that cannot be read could not be ended", "error=%s",
		    err_name(j->job.err.code));
	flow_end(f);
}

/* --- the walk --------------------------------------------------------------------------------- */

static enum step_result on_writer(struct flow *f,
    int (*run)(struct lane_job *, struct store_conn *, struct err *),
    void (*back)(struct lane_job *))
{
	submit(f, run, back);
	return STEP_LATER;
}

enum step_result flow_end_unreadable(struct flow *f)
{
	return on_writer(f, bury, on_buried);
}

/* Here, on one of several loops, rather than on the writer, of which there is one. */
static void foresee(struct flow *f)
{
	const struct message *m = &f->message;
	const struct dir_template *t = f->number && m->kind == MESSAGE_TEMPLATE
	    ? directory_template(
		  f->directory, f->number->waba->id, m->template_name, m->template_language)
	    : NULL;

	if (f->app && f->number)
		policy_foresee(t ? t->components : NULL, m, f->lane->core->pack, &f->foreseen);
}

static enum step_result step_judge(struct flow *f)
{
	if (has_no_room(f))
		return refuse_for_room(f);
	f->waited_ms = (loop_now(f->lane->loop) - f->started) / 1000000;
	/* A send found `ready` at start was judged and reserved before. */
	if (!f->held_id || f->held.state == SEND_HELD) {
		foresee(f);
		return on_writer(f, judge, on_judged);
	}
	f->fate = FATE_GO;
	f->send_state = SEND_READY;
	f->id = f->held_id;
	flow_move(f, FLOW_DECIDED);
	flow_move(f, FLOW_RECORDED);
	return STEP_NEXT;
}

static enum step_result step_settle(struct flow *f)
{
	f->send_state = flow_outcome(f); /* what the app hears, even when it cannot be written */
	return on_writer(f, settle, on_settled);
}

static void (*const answers[])(struct flow *f) = {
	[FATE_HOLD] = flow_answer_held,
	[FATE_REFUSE] = flow_answer_decision,
	[FATE_REPLAY] = flow_answer_replay,
};

/* On record: what may go goes, the others are answered. */
static enum step_result step_go(struct flow *f)
{
	if (f->fate != FATE_GO) {
		ASSERT(f->fate != FATE_WAIT);
		answers[f->fate](f);
		return STEP_ANSWER;
	}
	if (f->send_state == SEND_READY)
		return on_writer(f, release, on_released);
	return flow_dispatch(f);
}

static const struct step {
	const char *name;
	enum step_result (*run)(struct flow *f);
} steps[] = {
	[FLOW_NEW] = { "accept", flow_accept },
	[FLOW_ACCEPTED] = { "parse", flow_parse },
	[FLOW_PARSED] = { "decide and record", step_judge },
	[FLOW_RECORDED] = { "dispatch", step_go },
	[FLOW_DISPATCHED] = { "settle", step_settle },
};

void flow_walk(struct flow *f)
{
	enum step_result r;

	do {
		ASSERT(f->state < ARRAY_LEN(steps) && steps[f->state].run);
		r = steps[f->state].run(f);
	} while (r == STEP_NEXT);
	if (r == STEP_ANSWER)
		flow_end(f);
}

void flow_start(struct lane *l, struct http_request *req, struct str version, struct str number,
    struct str path)
{
	struct flow *f = l->flows.count < l->max_flows ? flow_new(l) : NULL;

	if (!f) {
		CORE_COUNT(l->core, sends_overloaded);
		flow_turn_away(req);
		return;
	}
	f->req = req;
	req->user = f;
	req->on_gone = on_gone;
	f->version = version;
	f->number_id = number;
	f->path = path;
	flow_walk(f);
}

void flow_start_held(struct lane *l, uint64_t decision)
{
	struct flow *f = flow_new(l);

	if (!f) {
		(void)imap_take(l->held, decision, &(int64_t){ 0 });
		return;
	}
	f->held_id = decision;
	flow_walk(f);
}
