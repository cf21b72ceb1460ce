/* Two queues, one per urgency, in each of two places: `inbox`, which anybody fills under the lock, and
 * `ready`, the writer thread's own, to which it moves all of the inbox at once. A batch is taken
 * from `ready` job by job, as long as the limits allow.
 *
 *   attempt   begin, run …, before_commit, commit
 *     all well             after_commit, done(0) for each
 *     a job failed         restore; one job: done(rc); several: attempt each alone
 *     the commit failed    restore with a new connection; done(rc) for each
 *   restore   roll back, reconnect and check if the store is suspect, on_rollback
 *     it cannot            broken: done(-E_STORE) for these and all that come
 *
 * Whatever of struct writer stands behind `thread_only` belongs to the writer thread. */
#include "store/writer.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <time.h>

#include "base/check.h"
#include "store/checkpoint.h"

/* In pages of 4 KiB: a log of 32 MiB is moved in the background, at 128 MiB the writer helps. A log
 * that begins anew writes over itself, which takes half the time of making a file longer; but each
 * time it does, the writer flushes what came last itself. */
#define LOG_PAGES 8192
#define LOG_PAGES_HARD 32768

#define NS_PER_MS 1000000LL

struct jobs {
	struct write_job *first, **end;
	size_t count;
};

enum urgency { URGENT, ORDINARY, URGENCIES };

/* As struct writer_stats; written by the writer thread, read by any. */
struct counters {
	_Atomic uint64_t commits, jobs, failed, rollbacks, recoveries;
	_Atomic int64_t log_pages, commit_ns_sum;
};

struct writer {
	struct store *store;
	struct writer_options opt;
	struct writer_hooks hooks;
	pthread_t thread;

	pthread_mutex_t lock;
	pthread_cond_t wake;
	struct jobs inbox[URGENCIES]; /* under lock, as the next two */
	bool asleep;
	bool stopping;

	atomic_size_t waiting; /* submitted and not taken for a batch; grows under lock only */
	atomic_bool broken;
	struct counters stats;
	struct checkpointer *checkpointer;

	struct {
		struct jobs ready[URGENCIES];
		struct store_conn *conn;
		mono_ns next_tick;
		struct err why_broken;
	} thread_only;
};

/* How far an attempt came before it failed. */
enum stage {
	AT_BEGIN, /* nothing ran */
	AT_RUN,   /* the last job taken, or before_commit */
	AT_COMMIT,
};

/* --- lists of jobs -------------------------------------------------------------------------------- */

static void jobs_init(struct jobs *q)
{
	q->first = NULL;
	q->end = &q->first;
	q->count = 0;
}

static void jobs_append(struct jobs *q, struct write_job *job)
{
	job->next = NULL;
	*q->end = job;
	q->end = &job->next;
	q->count++;
}

static struct write_job *jobs_take(struct jobs *q)
{
	struct write_job *job = q->first;

	if (!job)
		return NULL;
	q->first = job->next;
	if (!q->first)
		q->end = &q->first;
	q->count--;
	return job;
}

static void jobs_move_all(struct jobs *to, struct jobs *from)
{
	if (!from->first)
		return;
	*to->end = from->first;
	to->end = from->end;
	to->count += from->count;
	jobs_init(from);
}

/* --- answers -------------------------------------------------------------------------------------- */

#define COUNT(w, what, by) \
	(void)atomic_fetch_add_explicit(&(w)->stats.what, (by), memory_order_relaxed)

static void call_hook(const struct writer *w, void (*hook)(void *ctx))
{
	if (hook)
		hook(w->hooks.ctx);
}

static void explain(struct write_job *job, int rc, const struct err *err)
{
	if (err->text[0])
		job->err = *err;
	else
		(void)err_set(
		    &job->err, (enum err_code) - rc, "The job failed: %s.", err_meaning(rc));
}

/* The only place that calls done(); the batch is empty after it. */
static void finish(struct writer *w, struct jobs *batch, int rc, const struct err *err)
{
	struct write_job *job;

	call_hook(w, w->hooks.before_done);
	while ((job = jobs_take(batch))) {
		int one = rc < 0 ? rc : job->refused;
		if (rc < 0)
			explain(job, rc, err);
		if (one == 0)
			COUNT(w, jobs, 1);
		else
			COUNT(w, failed, 1);
		job->done(job, one);
	}
	call_hook(w, w->hooks.after_done);
}

/* --- going back ----------------------------------------------------------------------------------- */

static void break_down(struct writer *w, const struct err *why)
{
	(void)err_set(&w->thread_only.why_broken, E_STORE,
	    "The store cannot be written any more: %s", why->text);
	atomic_store(&w->broken, true);
}

static int reload(struct writer *w, struct err *err)
{
	if (!w->hooks.on_rollback)
		return 0;
	return w->hooks.on_rollback(w->hooks.ctx, w->thread_only.conn, err);
}

static int reconnect(struct writer *w, struct err *err)
{
	store_disconnect(&w->thread_only.conn);
	int rc = store_connect(w->store, STORE_WRITE, &w->thread_only.conn, err);
	return rc < 0 ? rc : store_check(w->thread_only.conn, err);
}

/* After a transaction in which something ran was not committed. */
static void restore(struct writer *w, bool suspect)
{
	struct err err = { 0 };

	store_rollback(w->thread_only.conn);
	COUNT(w, rollbacks, 1);
	suspect = suspect || store_suspect(w->thread_only.conn);
	if (!suspect && reload(w, &err) == 0)
		return;
	if (reconnect(w, &err) < 0 || reload(w, &err) < 0) {
		break_down(w, &err);
		return;
	}
	COUNT(w, recoveries, 1);
}

/* Something outside a job's transaction (begin, a checkpoint, a tick) may have found trouble. */
static void recover_if_suspect(struct writer *w)
{
	if (!atomic_load(&w->broken) && store_suspect(w->thread_only.conn))
		restore(w, true);
}

/* --- one transaction ------------------------------------------------------------------------------ */

/* The next job lies in another core's cache, and so does all that it works on: it comes while this one runs, all at
 * once. Its own line, which says where the rest is, came with the job before. */
static void bring_near(const struct write_job *next)
{
	if (!next)
		return;
	if (next->bring_near)
		next->bring_near(next);
	__builtin_prefetch(next->next);
}

/* The next by urgency moves to the end of the batch; NULL when none is ready. */
static struct write_job *take_job(struct writer *w, struct jobs *batch)
{
	struct jobs *ready = w->thread_only.ready;
	struct write_job *job = jobs_take(&ready[URGENT]);

	if (!job)
		job = jobs_take(&ready[ORDINARY]);
	if (!job)
		return NULL;
	bring_near(ready[URGENT].first ? ready[URGENT].first : ready[ORDINARY].first);
	jobs_append(batch, job);
	(void)atomic_fetch_sub_explicit(&w->waiting, 1, memory_order_relaxed);
	return job;
}

static struct write_job *take_next(struct writer *w, struct jobs *batch)
{
	return batch->count < w->opt.max_items ? take_job(w, batch) : NULL;
}

/* Reasons of the job's own: the store has nothing to do with them. */
static bool is_refusal(int rc)
{
	static const enum err_code codes[] = { E_INVALID, E_RANGE, E_TOO_LARGE, E_NOT_FOUND,
		E_CONFLICT, E_DENIED, E_BUSY, E_UNSUPPORTED };

	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (rc == -(int)codes[i])
			return true;
	}
	return false;
}

/* 0 also for one that was refused and left nothing to undo. */
static int run_job(struct writer *w, struct write_job *job, struct err *err)
{
	struct store_conn *c = w->thread_only.conn;
	int64_t written = job->refusable ? store_written(c) : 0;

	job->refused = 0;
	int rc = job->run(job, c, err);
	if (rc >= 0 || !job->refusable || !is_refusal(rc) || store_tx_failed(c) ||
	    store_suspect(c) || store_written(c) != written)
		return rc;
	explain(job, rc, err);
	job->refused = rc;
	*err = (struct err){ 0 };
	return 0;
}

static int run_ready(struct writer *w, struct jobs *batch, struct err *err)
{
	mono_ns until = clock_mono() + w->opt.max_ms * NS_PER_MS;
	struct write_job *job;
	int rc = 0;

	while (rc >= 0 && (job = take_next(w, batch))) {
		rc = run_job(w, job, err);
		if (clock_mono() >= until)
			break;
	}
	return rc;
}

/* Who overlooked an error of the store would take the whole batch down at the commit. */
static int before_commit(struct writer *w, struct err *err)
{
	struct store_conn *c = w->thread_only.conn;
	int rc = w->hooks.before_commit ? w->hooks.before_commit(w->hooks.ctx, c, err) : 0;

	if (rc >= 0 && store_tx_failed(c))
		rc = err_set(err, E_STORE, "The store failed and the job went on.");
	return rc;
}

static int commit(struct writer *w, struct err *err)
{
	mono_ns start = clock_mono();
	int rc = store_commit(w->thread_only.conn, err);

	if (rc < 0)
		return rc;
	COUNT(w, commit_ns_sum, clock_mono() - start);
	COUNT(w, commits, 1);
	return 0;
}

/* Runs the one job of *batch, or, when that is empty, what is ready, which it moves there. */
static int attempt(struct writer *w, struct jobs *batch, enum stage *ret_stage, struct err *err)
{
	struct write_job *alone = batch->first;

	*ret_stage = AT_BEGIN;
	int rc = store_begin(w->thread_only.conn, err);
	if (rc < 0)
		return rc;
	*ret_stage = AT_RUN;
	rc = alone ? run_job(w, alone, err) : run_ready(w, batch, err);
	if (rc >= 0)
		rc = before_commit(w, err);
	if (rc < 0)
		return rc;
	*ret_stage = AT_COMMIT;
	return commit(w, err);
}

static void settle(struct writer *w, struct jobs *batch)
{
	struct store_conn *c = w->thread_only.conn;

	call_hook(w, w->hooks.after_commit);
	finish(w, batch, 0, NULL);
	atomic_store_explicit(&w->stats.log_pages, store_log_pages(c), memory_order_relaxed);
	checkpointer_note(w->checkpointer, c);
}

static void fail_batch(
    struct writer *w, struct jobs *batch, enum stage stage, int rc, const struct err *err)
{
	if (stage == AT_BEGIN)
		while (take_next(w, batch))
			;
	else
		restore(w, stage == AT_COMMIT);
	finish(w, batch, rc, err);
}

static void refuse_batch(struct writer *w, struct jobs *batch)
{
	while (take_next(w, batch))
		;
	finish(w, batch, -E_STORE, &w->thread_only.why_broken);
}

/* Each job of *batch again, in a transaction of its own. */
static void run_each_alone(struct writer *w, struct jobs *batch)
{
	struct write_job *job;
	struct jobs one;
	enum stage stage;

	jobs_init(&one);
	while ((job = jobs_take(batch))) {
		struct err err = { 0 };
		jobs_append(&one, job);
		if (atomic_load(&w->broken)) {
			finish(w, &one, -E_STORE, &w->thread_only.why_broken);
			continue;
		}
		int rc = attempt(w, &one, &stage, &err);
		if (rc < 0)
			fail_batch(w, &one, stage, rc, &err);
		else
			settle(w, &one);
	}
}

static void run_batch(struct writer *w)
{
	struct err err = { 0 };
	struct jobs batch;
	enum stage stage;

	jobs_init(&batch);
	if (atomic_load(&w->broken)) {
		refuse_batch(w, &batch);
		return;
	}
	int rc = attempt(w, &batch, &stage, &err);
	if (rc == 0) {
		settle(w, &batch);
	} else if (stage == AT_RUN && batch.count > 1) {
		restore(w, false);
		run_each_alone(w, &batch);
	} else {
		fail_batch(w, &batch, stage, rc, &err);
	}
}

/* --- the thread ----------------------------------------------------------------------------------- */

static bool is_ready(const struct writer *w)
{
	return w->thread_only.ready[URGENT].first || w->thread_only.ready[ORDINARY].first;
}

static bool tick_is_due(const struct writer *w)
{
	return w->opt.tick_ms > 0 && clock_mono() >= w->thread_only.next_tick;
}

static void tick_if_due(struct writer *w)
{
	if (!tick_is_due(w))
		return;
	w->thread_only.next_tick = clock_mono() + w->opt.tick_ms * NS_PER_MS;
	if (w->hooks.on_tick && !atomic_load(&w->broken) &&
	    w->hooks.on_tick(w->hooks.ctx, w->thread_only.conn) < 0)
		restore(w, false);
}

/* Under lock. */
static void sleep_until_woken(struct writer *w)
{
	mono_ns at = w->thread_only.next_tick;
	struct timespec until = { .tv_sec = at / 1000000000, .tv_nsec = at % 1000000000 };

	w->asleep = true;
	if (w->opt.tick_ms > 0)
		(void)pthread_cond_timedwait(&w->wake, &w->lock, &until);
	else
		(void)pthread_cond_wait(&w->wake, &w->lock);
	w->asleep = false;
}

/* Until there is something to do; false when it was the last. */
static bool wait_for_work(struct writer *w)
{
	struct jobs *inbox = w->inbox;

	(void)pthread_mutex_lock(&w->lock);
	while (!inbox[URGENT].first && !inbox[ORDINARY].first && !is_ready(w) && !w->stopping &&
	    !tick_is_due(w))
		sleep_until_woken(w);
	for (int i = 0; i < URGENCIES; i++)
		jobs_move_all(&w->thread_only.ready[i], &inbox[i]);
	bool go_on = is_ready(w) || !w->stopping;
	(void)pthread_mutex_unlock(&w->lock);
	return go_on;
}

static void *writer_main(void *arg)
{
	struct writer *w = arg;

	while (wait_for_work(w)) {
		if (is_ready(w))
			run_batch(w);
		tick_if_due(w);
		recover_if_suspect(w);
	}
	return NULL;
}

/* Signals are for the threads that expect them. */
static int start_thread(struct writer *w, struct err *err)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&w->thread, NULL, writer_main, w);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc != 0)
		return err_set(err, E_NOMEM, "No thread could be started for the store.");
	(void)pthread_setname_np(w->thread, "writer");
	return 0;
}

/* --- public --------------------------------------------------------------------------------------- */

static void init_wake(pthread_cond_t *wake)
{
	pthread_condattr_t attr;

	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(wake, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static struct writer *writer_new(
    struct store *s, const struct writer_options *o, const struct writer_hooks *hooks)
{
	struct writer *w = mem_alloc(sizeof(*w));

	if (!w)
		return NULL;
	w->store = s;
	w->opt = *o;
	if (hooks)
		w->hooks = *hooks;
	for (int i = 0; i < URGENCIES; i++) {
		jobs_init(&w->inbox[i]);
		jobs_init(&w->thread_only.ready[i]);
	}
	w->thread_only.next_tick = clock_mono() + o->tick_ms * NS_PER_MS;
	(void)pthread_mutex_init(&w->lock, NULL);
	init_wake(&w->wake);
	return w;
}

static void writer_free(struct writer *w)
{
	store_disconnect(&w->thread_only.conn);
	checkpointer_stop(&w->checkpointer);
	(void)pthread_cond_destroy(&w->wake);
	(void)pthread_mutex_destroy(&w->lock);
	mem_free(w);
}

int writer_start(struct store *s, const struct writer_options *o, const struct writer_hooks *hooks,
    struct writer **ret, struct err *err)
{
	static const struct checkpointer_options log = { LOG_PAGES, LOG_PAGES_HARD };

	ASSERT(o->max_items > 0 && o->max_queue > 0);
	struct writer *w = writer_new(s, o, hooks);
	if (!w)
		return err_set(err, E_NOMEM, "Memory ran out while starting the writer.");
	int rc = store_connect(s, STORE_WRITE, &w->thread_only.conn, err);
	if (rc == 0)
		rc = checkpointer_start(s, &log, &w->checkpointer, err);
	if (rc == 0)
		rc = start_thread(w, err);
	if (rc < 0) {
		writer_free(w);
		return rc;
	}
	*ret = w;
	return 0;
}

/* 0, -E_CLOSED or -E_BUSY. */
static int submit(struct writer *w, struct write_job *job)
{
	int rc = 0;

	(void)pthread_mutex_lock(&w->lock);
	if (w->stopping)
		rc = -E_CLOSED;
	else if (writer_waiting(w) >= w->opt.max_queue)
		rc = -E_BUSY;
	else
		jobs_append(&w->inbox[job->urgent ? URGENT : ORDINARY], job);
	bool wake = rc == 0 && w->asleep;
	if (rc == 0)
		(void)atomic_fetch_add_explicit(&w->waiting, 1, memory_order_relaxed);
	if (wake)
		w->asleep = false;
	(void)pthread_mutex_unlock(&w->lock);
	if (wake)
		(void)pthread_cond_signal(&w->wake);
	return rc;
}

bool writer_submit(struct writer *w, struct write_job *job)
{
	return submit(w, job) == 0;
}

/* The job of writer_call, around the caller's. */
struct call {
	struct write_job job; /* first: done() and run() find the call by it */
	struct write_job *inner;
	pthread_mutex_t lock;
	pthread_cond_t ended_cond;
	bool ended;
	int rc;
};

static int call_run(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct call *call = (struct call *)job;

	return call->inner->run(call->inner, c, err);
}

static void call_done(struct write_job *job, int rc)
{
	struct call *call = (struct call *)job;

	(void)pthread_mutex_lock(&call->lock);
	call->rc = rc;
	call->ended = true;
	(void)pthread_cond_signal(&call->ended_cond);
	(void)pthread_mutex_unlock(&call->lock);
}

static void call_wait(struct call *call)
{
	(void)pthread_mutex_lock(&call->lock);
	while (!call->ended)
		(void)pthread_cond_wait(&call->ended_cond, &call->lock);
	(void)pthread_mutex_unlock(&call->lock);
}

int writer_call(struct writer *w, struct write_job *job)
{
	struct call call = {
		.job = { .run = call_run, .done = call_done, .urgent = job->urgent },
		.inner = job,
		.lock = PTHREAD_MUTEX_INITIALIZER,
		.ended_cond = PTHREAD_COND_INITIALIZER,
	};

	ASSERT(!pthread_equal(pthread_self(), w->thread));
	int rc = submit(w, &call.job);
	if (rc < 0)
		return err_set(&job->err, (enum err_code) - rc, "The writer takes no job: %s.",
		    err_meaning(rc));
	call_wait(&call);
	if (call.rc < 0)
		job->err = call.job.err;
	(void)pthread_cond_destroy(&call.ended_cond);
	(void)pthread_mutex_destroy(&call.lock);
	return call.rc;
}

void writer_stop(struct writer **pw)
{
	struct writer *w = *pw;

	if (!w)
		return;
	(void)pthread_mutex_lock(&w->lock);
	w->stopping = true;
	(void)pthread_cond_signal(&w->wake);
	(void)pthread_mutex_unlock(&w->lock);
	(void)pthread_join(w->thread, NULL);
	ASSERT(writer_waiting(w) == 0);
	writer_free(w);
	*pw = NULL;
}

size_t writer_waiting(const struct writer *w)
{
	return atomic_load_explicit(&w->waiting, memory_order_relaxed);
}

bool writer_is_broken(const struct writer *w)
{
	return atomic_load(&w->broken);
}

#define READ(w, what) atomic_load_explicit(&(w)->stats.what, memory_order_relaxed)

void writer_stats(const struct writer *w, struct writer_stats *ret)
{
	struct checkpointer_stats checkpoints;

	checkpointer_stats(w->checkpointer, &checkpoints);
	*ret = (struct writer_stats){
		.commits = READ(w, commits),
		.jobs = READ(w, jobs),
		.failed = READ(w, failed),
		.rollbacks = READ(w, rollbacks),
		.recoveries = READ(w, recoveries),
		.checkpoints = checkpoints.done,
		.checkpoint_failures = checkpoints.failed,
		.log_pages = READ(w, log_pages),
		.commit_ns_sum = READ(w, commit_ns_sum),
	};
}
