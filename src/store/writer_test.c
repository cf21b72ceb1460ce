#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <pthread.h>
#include <sched.h>

#include "base/check.h"
#include "base/torture.h"
#include "store/scratch.h"
#include "store/store_fake.h"
#include "store/writer.h"

#define MAX_JOBS 2000

enum kind {
	INSERT,   /* its id as a row */
	REFUSE,   /* fails by itself after it wrote */
	MUTE,     /* as REFUSE, without saying why */
	OVERLOOK, /* meets an error of the store and goes on */
	BLOCK,    /* as INSERT, but waits for the gate to open */
	POISON,   /* as INSERT, and before_commit fails for its transaction */
	CHAIN,    /* as INSERT, and done() submits the next of the world's jobs */
};

struct world;

struct job {
	struct write_job job; /* first */
	struct world *world;
	int64_t id;
	enum kind kind;
	/* under the world's lock */
	int runs, dones, rc;
	int order; /* 1 = the first that was done */
	struct err err;
};

struct world {
	struct scratch scratch;
	struct store *store;
	struct writer *writer;

	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool gate_open;
	int done, ticks, rollbacks, fail_rollbacks;
	int batches[MAX_JOBS]; /* how many jobs each commit made durable */
	int commits, brackets;
	bool in_bracket;
	bool poisoned;
	bool tick_writes, tick_fails;
	bool chain_ended;
	int next_in_chain;
	struct job jobs[MAX_JOBS];
};

static struct world world;

/* --- hooks and jobs, on the writer's thread, where cmocka cannot end a test: ASSERT ------------------------------------------------------- */

static int insert(struct store_conn *c, int64_t id, struct err *err)
{
	struct store_stmt *st;
	int rc = store_prepare(c, "INSERT INTO item (id) VALUES (?1)", &st, err);

	if (rc < 0)
		return rc;
	store_bind_int(st, 1, id);
	return store_run(st, err);
}

static void wait_for_gate(struct world *w)
{
	while (!w->gate_open)
		(void)pthread_cond_wait(&w->changed, &w->lock);
}

static int run(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct job *j = (struct job *)job;
	struct world *w = j->world;
	int rc = insert(c, j->id, err);

	(void)pthread_mutex_lock(&w->lock);
	j->runs++;
	(void)pthread_cond_broadcast(&w->changed);
	if (j->kind == BLOCK)
		wait_for_gate(w);
	w->poisoned = w->poisoned || j->kind == POISON;
	(void)pthread_mutex_unlock(&w->lock);
	if (j->kind == REFUSE)
		return err_field(err, E_DENIED, "job", "This job refuses.");
	if (j->kind == MUTE)
		return -E_RANGE;
	if (j->kind == OVERLOOK)
		return insert(c, j->id, err) < 0 ? 0 : -E_UNSUPPORTED;
	return rc;
}

static void submit(struct job *j)
{
	assert_true(writer_submit(j->world->writer, &j->job));
}

static void submit_next(struct world *w)
{
	if (w->next_in_chain >= MAX_JOBS || w->chain_ended)
		return;
	struct job *next = &w->jobs[w->next_in_chain++];
	if (!writer_submit(w->writer, &next->job))
		w->chain_ended = true;
}

static void done(struct write_job *job, int rc)
{
	struct job *j = (struct job *)job;
	struct world *w = j->world;

	(void)pthread_mutex_lock(&w->lock);
	j->rc = rc;
	j->err = job->err;
	j->dones++;
	j->order = ++w->done;
	ASSERT(w->in_bracket);
	if (rc == 0)
		w->batches[w->commits - 1]++;
	if (j->kind == CHAIN)
		submit_next(w);
	(void)pthread_cond_broadcast(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
}

static int before_commit(void *ctx, struct store_conn *c, struct err *err)
{
	struct world *w = ctx;

	(void)c;
	(void)pthread_mutex_lock(&w->lock);
	bool poisoned = w->poisoned;
	(void)pthread_mutex_unlock(&w->lock);
	return poisoned ? err_set(err, E_INVALID, "What memory held could not be written.") : 0;
}

static void after_commit(void *ctx)
{
	struct world *w = ctx;

	(void)pthread_mutex_lock(&w->lock);
	ASSERT(!w->poisoned);
	w->commits++;
	(void)pthread_mutex_unlock(&w->lock);
}

static int on_rollback(void *ctx, struct store_conn *c, struct err *err)
{
	struct world *w = ctx;

	(void)pthread_mutex_lock(&w->lock);
	w->poisoned = false;
	w->rollbacks++;
	bool fails = w->fail_rollbacks > 0;
	w->fail_rollbacks -= fails;
	(void)pthread_mutex_unlock(&w->lock);
	if (fails)
		return err_set(err, E_STORE, "Memory could not be restored.");
	return store_exec(c, "SELECT count(*) FROM item", err);
}

static int on_tick(void *ctx, struct store_conn *c)
{
	struct world *w = ctx;
	struct err err = { 0 };

	(void)pthread_mutex_lock(&w->lock);
	int n = ++w->ticks;
	bool writes = w->tick_writes, fails = w->tick_fails;
	w->tick_fails = false;
	(void)pthread_cond_broadcast(&w->changed);
	(void)pthread_mutex_unlock(&w->lock);
	if (!writes)
		return 0;
	MUST(store_begin(c, &err), &err);
	MUST(insert(c, -n, &err), &err);
	if (fails) /* in the middle of it */
		return err_set(&err, E_STORE, "The tick could not be written.");
	MUST(store_commit(c, &err), &err);
	return 0;
}

static void before_done(void *ctx)
{
	struct world *w = ctx;

	(void)pthread_mutex_lock(&w->lock);
	ASSERT(!w->in_bracket);
	w->in_bracket = true;
	w->brackets++;
	(void)pthread_mutex_unlock(&w->lock);
}

static void after_done(void *ctx)
{
	struct world *w = ctx;

	(void)pthread_mutex_lock(&w->lock);
	ASSERT(w->in_bracket);
	w->in_bracket = false;
	(void)pthread_mutex_unlock(&w->lock);
}

static const struct writer_hooks hooks = {
	.ctx = &world,
	.before_commit = before_commit,
	.after_commit = after_commit,
	.on_rollback = on_rollback,
	.on_tick = on_tick,
	.before_done = before_done,
	.after_done = after_done,
};

/* --- the world, on the test's thread -------------------------------------------------------------- */

/* No limit of time, so that no batch depends on how fast the machine is. */
static const struct writer_options usual = { 64, 600000, 1000, 0 };

static void start(const struct writer_options *o)
{
	struct err err = { 0 };

	MUST(writer_start(world.store, o, &hooks, &world.writer, &err), &err);
}

static int set_up(void **state)
{
	struct store_conn *c;
	struct err err = { 0 };

	memset(&world, 0, sizeof(world));
	(void)pthread_mutex_init(&world.lock, NULL);
	(void)pthread_cond_init(&world.changed, NULL);
	scratch_make(&world.scratch);
	MUST(fake_open(world.scratch.url, &world.store, &err), &err);
	c = scratch_connect(world.store, STORE_WRITE);
	scratch_exec(c, "CREATE TABLE item (id BIGINT NOT NULL PRIMARY KEY) {clustered}");
	store_disconnect(&c);
	for (int i = 0; i < MAX_JOBS; i++)
		world.jobs[i] = (struct job){ { .run = run, .done = done }, &world, i, INSERT, 0, 0,
			0, 0, { 0 } };
	*state = &world;
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	writer_stop(&world.writer);
	store_close(&world.store);
	scratch_remove(world.scratch.dir);
	(void)pthread_cond_destroy(&world.changed);
	(void)pthread_mutex_destroy(&world.lock);
	return 0;
}

static void wait_done(int n)
{
	(void)pthread_mutex_lock(&world.lock);
	while (world.done < n)
		(void)pthread_cond_wait(&world.changed, &world.lock);
	(void)pthread_mutex_unlock(&world.lock);
}

static void wait_ticks(int n)
{
	(void)pthread_mutex_lock(&world.lock);
	while (world.ticks < n)
		(void)pthread_cond_wait(&world.changed, &world.lock);
	(void)pthread_mutex_unlock(&world.lock);
}

/* The writer stands in a transaction of job 0 alone until the gate opens: what is submitted meanwhile
 * is the next batch. */
static void hold(void)
{
	world.gate_open = false;
	world.jobs[0].kind = BLOCK;
	submit(&world.jobs[0]);
	(void)pthread_mutex_lock(&world.lock);
	while (world.jobs[0].runs == 0 && world.jobs[0].dones == 0)
		(void)pthread_cond_wait(&world.changed, &world.lock);
	(void)pthread_mutex_unlock(&world.lock);
}

static void let_go(void)
{
	(void)pthread_mutex_lock(&world.lock);
	world.gate_open = true;
	(void)pthread_cond_broadcast(&world.changed);
	(void)pthread_mutex_unlock(&world.lock);
}

static void submit_range(int from, int to)
{
	for (int i = from; i < to; i++)
		submit(&world.jobs[i]);
}

/* Jobs `from` to `to` (excluded) as one batch, and job 0 before them in its own. */
static void run_as_one_batch(int from, int to)
{
	hold();
	submit_range(from, to);
	let_go();
	wait_done(1 + to - from);
}

static int64_t rows_in_store(void)
{
	struct store_conn *c = scratch_connect(world.store, STORE_READ);
	int64_t n = scratch_int(c, "SELECT count(*) FROM item");

	store_disconnect(&c);
	return n;
}

static bool row_is_there(int64_t id)
{
	struct store_conn *c = scratch_connect(world.store, STORE_READ);
	struct store_stmt *st;
	struct err err = { 0 };

	MUST(store_prepare(c, "SELECT 1 FROM item WHERE id = ?1", &st, &err), &err);
	store_bind_int(st, 1, id);
	int rc = store_step(st, &err);
	store_disconnect(&c);
	assert_true(rc >= 0);
	return rc > 0;
}

/* Each of the first n jobs was done once, and is in the store exactly when it was told so. */
static void check_promises(const char *name, int n)
{
	(void)pthread_mutex_lock(&world.lock);
	for (int i = 0; i < n; i++) {
		const struct job *j = &world.jobs[i];
		bool there = row_is_there(j->id);
		if (j->dones != 1 || there != (j->rc == 0) || (j->rc < 0 && !j->err.text[0]))
			fail_msg("%s: job %d: done %d times, rc %d, %s in the store, \"%s\"", name,
			    i, j->dones, j->rc, there ? "is" : "not", j->err.text);
	}
	(void)pthread_mutex_unlock(&world.lock);
}

static struct writer_stats stats(void)
{
	struct writer_stats s;

	writer_stats(world.writer, &s);
	return s;
}

/* --- batches -------------------------------------------------------------------------------------- */

static void test_what_comes_during_a_commit_is_the_next_batch(void **state)
{
	(void)state;
	start(&usual);
	hold();
	submit_range(1, 101);
	assert_int_equal(writer_waiting(world.writer), 100);
	let_go();
	wait_done(101);
	writer_stop(&world.writer);
	assert_int_equal(world.commits, 3);
	assert_int_equal(world.batches[0], 1);
	assert_int_equal(world.batches[1], 64);
	assert_int_equal(world.batches[2], 36);
	assert_int_equal(world.brackets, 3);
	for (int i = 0; i < 101; i++)
		assert_int_equal(world.jobs[i].order, i + 1);
	check_promises("batches", 101);
}

static void test_time_ends_a_batch(void **state)
{
	static const struct writer_options hasty = { 64, 0, 1000, 0 };

	(void)state;
	start(&hasty);
	run_as_one_batch(1, 11);
	assert_int_equal(stats().commits, 11);
	check_promises("hasty", 11);
}

static void test_urgent_jobs_go_first(void **state)
{
	static const int expected[] = { 0, 2, 5, 6, 8, 1, 3, 4, 7 };

	(void)state;
	start(&usual);
	for (size_t i = 1; i < 5; i++)
		world.jobs[expected[i]].job.urgent = true;
	run_as_one_batch(1, 9);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		assert_int_equal(world.jobs[expected[i]].order, i + 1);
}

static void test_statistics_begin_with_the_writer(void **state)
{
	(void)state;
	start(&usual);
	world.jobs[3].kind = REFUSE;
	run_as_one_batch(1, 6);
	struct writer_stats s = stats();
	/* job 0; jobs 1 and 2 alone; jobs 4 and 5, which the failing batch had not come to */
	assert_int_equal(s.commits, 4);
	assert_int_equal(s.jobs, 5);
	assert_int_equal(s.failed, 1);
	assert_true(s.commit_ns_sum > 0 && s.log_pages > 0);
	writer_stop(&world.writer);
	start(&usual);
	s = stats();
	assert_int_equal(s.commits + s.jobs + s.failed + s.rollbacks, 0);
}

/* --- failures of jobs ----------------------------------------------------------------------------- */

static void test_a_failing_job_fails_alone(void **state)
{
	static const struct {
		const char *name;
		enum kind kind;
		int64_t id;
		int rc;
		const char *text;
	} rows[] = {
		{ "refuses", REFUSE, 4, -E_DENIED, "This job refuses." },
		{ "refuses without a word", MUTE, 4, -E_RANGE, "The job failed" },
		{ "a key that is taken", INSERT, 3, -E_CONFLICT, "UNIQUE" },
		{ "overlooks an error", OVERLOOK, 4, -E_STORE, "went on" },
		{ "spoils the flush", POISON, 4, -E_INVALID, "could not be written" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (i > 0) {
			tear_down(state);
			set_up(state);
		}
		start(&usual);
		world.jobs[4].kind = rows[i].kind;
		world.jobs[4].id = rows[i].id;
		run_as_one_batch(1, 9);
		struct writer_stats s = stats();
		writer_stop(&world.writer);
		if (world.jobs[4].rc != rows[i].rc || !strstr(world.jobs[4].err.text, rows[i].text))
			fail_msg("%s: %d, \"%s\"", rows[i].name, world.jobs[4].rc,
			    world.jobs[4].err.text);
		world.jobs[4].id = 4; /* the taken key stays another's */
		check_promises(rows[i].name, 9);
		assert_int_equal(rows_in_store(), 8);
		/* the batch, and the bad job alone */
		assert_int_equal(world.rollbacks, 2);
		assert_int_equal(s.rollbacks, 2);
		assert_int_equal(s.jobs, 8);
		assert_int_equal(s.failed, 1);
		assert_int_equal(s.recoveries, 0);
		assert_int_equal(world.jobs[3].runs, 2);
		assert_int_equal(world.jobs[4].runs, 2);
		for (int k = 1; k < 9; k++)
			if (k != 4 && world.jobs[k].order >= world.jobs[k + 1].order && k < 8)
				fail_msg("%s: job %d was done late", rows[i].name, k);
	}
}

static void test_a_failing_job_by_itself_runs_once(void **state)
{
	(void)state;
	start(&usual);
	world.jobs[1].kind = REFUSE;
	submit(&world.jobs[1]);
	wait_done(1);
	assert_int_equal(world.jobs[1].runs, 1);
	assert_int_equal(world.jobs[1].rc, -E_DENIED);
	assert_string_equal(world.jobs[1].err.field, "job");
	assert_int_equal(world.rollbacks, 1);
}

/* --- failures of the store ------------------------------------------------------------------------ */

static void test_a_failed_commit_fails_its_batch(void **state)
{
	(void)state;
	start(&usual);
	hold();
	submit_range(1, 9);
	fake_fail(world.store, FAKE_COMMIT, 2, 1, E_STORE);
	let_go();
	wait_done(9);
	submit_range(9, 12);
	wait_done(12);
	struct writer_stats s = stats();
	writer_stop(&world.writer);
	for (int i = 0; i < 12; i++)
		assert_int_equal(world.jobs[i].rc, i >= 1 && i < 9 ? -E_STORE : 0);
	check_promises("commit", 12);
	assert_int_equal(world.rollbacks, 1);
	assert_int_equal(s.recoveries, 1);
	assert_int_equal(s.failed, 8);
}

static void test_no_transaction_no_rollback(void **state)
{
	(void)state;
	start(&usual);
	hold();
	submit_range(1, 9);
	fake_fail(world.store, FAKE_BEGIN, 1, 1, E_BUSY);
	let_go();
	wait_done(9);
	submit(&world.jobs[9]);
	wait_done(10);
	writer_stop(&world.writer);
	for (int i = 0; i < 10; i++)
		assert_int_equal(world.jobs[i].rc, i >= 1 && i < 9 ? -E_BUSY : 0);
	check_promises("begin", 10);
	assert_int_equal(world.rollbacks, 0);
}

static void test_broken_for_good(void **state)
{
	static const struct {
		const char *name;
		enum fake_point point;
		int fail_rollbacks;
		bool broken;
	} rows[] = {
		{ "check fails", FAKE_CHECK, 0, true },
		{ "no new connection", FAKE_CONNECT, 0, true },
		{ "memory cannot be restored", FAKE_POINTS, 1, true },
		{ "all is well", FAKE_POINTS, 0, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		if (i > 0) {
			tear_down(state);
			set_up(state);
		}
		start(&usual);
		hold();
		submit_range(1, 5);
		fake_fail(world.store, FAKE_COMMIT, 2, 1, E_STORE);
		if (rows[i].point < FAKE_POINTS)
			fake_fail(world.store, rows[i].point, 1, 1, E_STORE);
		world.fail_rollbacks = rows[i].fail_rollbacks;
		assert_false(writer_is_broken(world.writer));
		let_go();
		wait_done(5);
		submit_range(5, 8);
		wait_done(8);
		if (writer_is_broken(world.writer) != rows[i].broken)
			fail_msg("%s", rows[i].name);
		writer_stop(&world.writer);
		for (int k = 1; k < 8; k++)
			assert_int_equal(world.jobs[k].rc, k < 5 || rows[i].broken ? -E_STORE : 0);
		if (rows[i].broken)
			assert_non_null(
			    strstr(world.jobs[7].err.text, "cannot be written any more"));
		check_promises(rows[i].name, 8);
	}
}

static void test_memory_is_restored_at_the_second_try(void **state)
{
	(void)state;
	start(&usual);
	world.jobs[2].kind = REFUSE;
	world.fail_rollbacks = 1;
	run_as_one_batch(1, 5);
	struct writer_stats s = stats();
	writer_stop(&world.writer);
	check_promises("second try", 5);
	assert_int_equal(world.jobs[2].rc, -E_DENIED);
	assert_int_equal(world.rollbacks, 3);
	assert_int_equal(s.recoveries, 1);
}

static void test_a_suspect_store_is_checked(void **state)
{
	(void)state;
	start(&usual);
	fake_set_suspect(world.store, true);
	submit(&world.jobs[1]);
	wait_done(1);
	submit(&world.jobs[2]);
	wait_done(2);
	struct writer_stats s = stats();
	assert_int_equal(s.recoveries, 1);
	assert_int_equal(s.failed, 0);
	assert_int_equal(fake_calls(world.store, FAKE_CHECK), 1);
}

/* Each call of the store fails once, in turn: whatever happens, the promises hold and the writer goes
 * on, unless what failed was the recovery itself. */
static void test_every_store_call_may_fail(void **state)
{
	for (int point = FAKE_BEGIN; point < FAKE_CHECKPOINT; point++) {
		bool met = true;
		for (long nth = 1; met; nth++) {
			char name[40];
			tear_down(state);
			set_up(state);
			start(&usual);
			world.jobs[3].kind = REFUSE;
			world.jobs[7].kind = POISON;
			fake_fail(world.store, (enum fake_point)point, nth, 1, E_STORE);
			run_as_one_batch(1, 10);
			met = fake_met(world.store, (enum fake_point)point) > 0;
			fake_fail(world.store, (enum fake_point)point, 0, 0, E_STORE);
			submit_range(10, 12);
			wait_done(12);
			assert_false(writer_is_broken(world.writer));
			writer_stop(&world.writer);
			(void)snprintf(name, sizeof(name), "point %d, call %ld", point, nth);
			check_promises(name, 12);
			assert_int_equal(world.jobs[11].rc, 0);
		}
	}
}

/* --- limits and ends ------------------------------------------------------------------------------ */

static void test_a_full_queue(void **state)
{
	static const struct writer_options narrow = { 64, 600000, 4, 0 };

	(void)state;
	start(&narrow);
	hold();
	submit_range(1, 5);
	assert_false(writer_submit(world.writer, &world.jobs[5].job));
	assert_int_equal(writer_call(world.writer, &world.jobs[5].job), -E_BUSY);
	assert_int_equal(world.jobs[5].job.err.code, E_BUSY);
	let_go();
	wait_done(5);
	submit(&world.jobs[5]);
	wait_done(6);
	writer_stop(&world.writer);
	check_promises("full", 6);
}

static void *stop(void *arg)
{
	(void)arg;
	writer_stop(&world.writer);
	return NULL;
}

static void test_stop_finishes_what_waits(void **state)
{
	struct writer *w;
	pthread_t stopper;
	char wal[100];
	struct stat st;
	int accepted = 20;

	(void)state;
	start(&usual);
	w = world.writer;
	hold();
	submit_range(1, accepted);
	assert_int_equal(pthread_create(&stopper, NULL, stop, NULL), 0);
	/* Until the writer refuses, which it does from the moment on at which it was told to stop. */
	while (accepted < 900 && writer_submit(w, &world.jobs[accepted].job)) {
		accepted++;
		(void)usleep(20000);
	}
	assert_int_equal(writer_call(w, &world.jobs[MAX_JOBS - 1].job), -E_CLOSED);
	let_go();
	assert_int_equal(pthread_join(stopper, NULL), 0);
	assert_null(world.writer);
	assert_int_equal(world.done, accepted);
	check_promises("stop", accepted);
	(void)snprintf(wal, sizeof(wal), "%s-wal", world.scratch.path);
	assert_true(stat(wal, &st) < 0 || st.st_size == 0);
	writer_stop(&world.writer);
}

static void test_done_may_submit(void **state)
{
	(void)state;
	start(&usual);
	for (int i = 0; i < 200; i++)
		world.jobs[i].kind = i < 199 ? CHAIN : INSERT;
	world.next_in_chain = 1;
	submit(&world.jobs[0]);
	wait_done(200);
	writer_stop(&world.writer);
	check_promises("chain", 200);
}

static void test_done_may_submit_while_it_stops(void **state)
{
	(void)state;
	start(&usual);
	for (int i = 0; i < MAX_JOBS; i++)
		world.jobs[i].kind = CHAIN;
	world.next_in_chain = 1;
	submit(&world.jobs[0]);
	wait_done(50);
	writer_stop(&world.writer);
	assert_true(world.chain_ended || world.next_in_chain == MAX_JOBS);
	check_promises("chain at the end", world.done);
}

static void test_ticks(void **state)
{
	static const struct writer_options ticking = { 64, 600000, 1000, 1 };

	(void)state;
	world.tick_writes = true;
	start(&ticking);
	wait_ticks(3);
	submit_range(1, 4);
	wait_done(3);
	wait_ticks(6);
	writer_stop(&world.writer);
	assert_int_equal(rows_in_store(), 3 + world.ticks);
}

/* What a tick did in memory is undone like what a job did, and the next one comes. */
static void test_a_tick_fails(void **state)
{
	static const struct writer_options ticking = { 64, 600000, 1000, 1 };

	(void)state;
	world.tick_writes = world.tick_fails = true;
	start(&ticking);
	wait_ticks(3);
	writer_stop(&world.writer);
	assert_int_equal(world.rollbacks, 1);
	assert_int_equal(rows_in_store(), world.ticks - 1);
}

static void test_ticks_go_on_under_load(void **state)
{
	static const struct writer_options ticking = { 64, 600000, 1000, 1 };

	(void)state;
	start(&ticking);
	for (int i = 0; i < MAX_JOBS; i++)
		world.jobs[i].kind = CHAIN;
	world.next_in_chain = 1;
	submit(&world.jobs[0]);
	wait_ticks(2);
	writer_stop(&world.writer);
	check_promises("ticks", world.done);
}

/* --- calls ---------------------------------------------------------------------------------------- */

static void test_call_returns_what_done_would_get(void **state)
{
	static const struct {
		enum kind kind;
		int64_t id;
		int rc;
	} rows[] = {
		{ INSERT, 1, 0 },
		{ INSERT, 1, -E_CONFLICT },
		{ REFUSE, 2, -E_DENIED },
		{ INSERT, 2, 0 },
	};

	(void)state;
	start(&usual);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct job *j = &world.jobs[i];
		j->kind = rows[i].kind;
		j->id = rows[i].id;
		assert_int_equal(writer_call(world.writer, &j->job), rows[i].rc);
		assert_int_equal(j->job.err.code, -rows[i].rc);
		assert_int_equal(j->dones, 0);
	}
	assert_int_equal(rows_in_store(), 2);
}

struct caller {
	pthread_t thread;
	int from, to, failed;
};

static void *call_many(void *arg)
{
	struct caller *c = arg;

	for (int i = c->from; i < c->to; i++)
		c->failed += writer_call(world.writer, &world.jobs[i].job) != 0;
	return NULL;
}

static void test_many_callers(void **state)
{
	enum { CALLERS = 8, EACH = 120 };
	struct caller callers[CALLERS];
	int failed = 0;

	(void)state;
	start(&usual);
	for (int i = 0; i < CALLERS * EACH; i++) {
		world.jobs[i].kind = i % 40 == 7 ? REFUSE : INSERT;
		world.jobs[i].job.urgent = i % 3 == 0;
	}
	for (int i = 0; i < CALLERS; i++) {
		callers[i] = (struct caller){ .from = i * EACH, .to = (i + 1) * EACH };
		assert_int_equal(
		    pthread_create(&callers[i].thread, NULL, call_many, &callers[i]), 0);
	}
	for (int i = 0; i < CALLERS; i++) {
		assert_int_equal(pthread_join(callers[i].thread, NULL), 0);
		failed += callers[i].failed;
	}
	struct writer_stats s = stats();
	assert_int_equal(failed, CALLERS * EACH / 40);
	assert_int_equal(s.failed, failed);
	assert_int_equal(s.jobs, CALLERS * EACH - failed);
	assert_int_equal(rows_in_store(), CALLERS * EACH - failed);
}

/* --- starting ------------------------------------------------------------------------------------- */

static int start_and_stop(void *arg)
{
	struct writer *w = NULL;
	struct err err = { 0 };
	int rc = writer_start(arg, &usual, NULL, &w, &err);

	writer_stop(&w);
	return rc;
}

static void test_start_may_fail(void **state)
{
	(void)state;
	for (long nth = 1; nth <= 2; nth++) {
		fake_fail(world.store, FAKE_CONNECT, nth, 1, E_STORE);
		assert_int_equal(start_and_stop(world.store), -E_STORE);
	}
	assert_int_equal(start_and_stop(world.store), 0);
	torture("writer_start", start_and_stop, world.store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_comes_during_a_commit_is_the_next_batch),
		TEST(test_time_ends_a_batch),
		TEST(test_urgent_jobs_go_first),
		TEST(test_statistics_begin_with_the_writer),
		TEST(test_a_failing_job_fails_alone),
		TEST(test_a_failing_job_by_itself_runs_once),
		TEST(test_a_failed_commit_fails_its_batch),
		TEST(test_no_transaction_no_rollback),
		TEST(test_broken_for_good),
		TEST(test_memory_is_restored_at_the_second_try),
		TEST(test_a_suspect_store_is_checked),
		TEST(test_every_store_call_may_fail),
		TEST(test_a_full_queue),
		TEST(test_stop_finishes_what_waits),
		TEST(test_done_may_submit),
		TEST(test_done_may_submit_while_it_stops),
		TEST(test_ticks),
		TEST(test_a_tick_fails),
		TEST(test_ticks_go_on_under_load),
		TEST(test_call_returns_what_done_would_get),
		TEST(test_many_callers),
		TEST(test_start_may_fail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
