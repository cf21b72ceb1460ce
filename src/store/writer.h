/* store/writer.h: the one thread that writes, and its group commit.
 *
 * Jobs from any thread are queued; the writer takes all that wait (at most `max_items`, for at most `max_ms` of work), runs them in one transaction and
 * commits once. Batches form by themselves: what arrives during a commit is the next batch. Only after the commit is durable is `done` called for each.
 *
 * (1) run() may be called more than once: when a job of a batch fails, the batch is rolled back, on_rollback is called, and each job runs again alone in its own
 *     transaction, so that one bad job fails alone. Memory that run() changes outside the job must be restored by on_rollback.
 * (2) done(rc) is called exactly once per job, on the writer thread: rc 0 = durable; <0 = nothing of it is in the store. `job->err` says why.
 * (3) When a commit itself fails, all its jobs fail with the error: nothing of it was acknowledged. After a failed commit or fsync the writer is `suspect`: it
 *     rolls back, reconnects and checks; when that fails too, every job fails with -E_STORE from then on.
 * (4) At most `max_queue` jobs wait; writer_submit answers false beyond that, and the caller tells its client to come back (429/503). */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/clock.h"
#include "store/store.h"

struct writer;

struct write_job {
	int  (*run)(struct write_job *job, struct store_conn *c, struct err *err);
	void (*done)(struct write_job *job, int rc);
	bool  urgent;               /* runs before those that are not: opt-outs and webhooks before sends */
	struct err err;             /* filled before done() when rc < 0 */
	struct write_job *next;     /* the writer's */
};

struct writer_hooks {
	void *ctx;
	/* Inside the transaction, after the last job and before the commit: flush what memory accumulated. */
	int  (*before_commit)(void *ctx, struct store_conn *c, struct err *err);
	/* The commit is durable; before any done() of the batch. */
	void (*after_commit)(void *ctx);
	/* Memory must be as the store is now (reload through c). */
	int  (*on_rollback)(void *ctx, struct store_conn *c, struct err *err);
	/* About every `tick_ms` when no job came, in no transaction; may be NULL. */
	void (*on_tick)(void *ctx, struct store_conn *c);
	/* Around the done() calls of one batch, so that wake-ups can be bundled; may be NULL. */
	void (*before_done)(void *ctx);
	void (*after_done)(void *ctx);
};

struct writer_options {
	size_t  max_items;          /* 64 */
	int64_t max_ms;             /* 5 */
	size_t  max_queue;
	int64_t tick_ms;
};

/* Starts the thread and its connection (and a checkpoint thread with its own). hooks are copied. */
MUST_CHECK int writer_start(struct store *s, const struct writer_options *o, const struct writer_hooks *hooks, struct writer **ret, struct err *err);
MUST_CHECK bool writer_submit(struct writer *w, struct write_job *job);
/* Runs a job and waits for it: for tests, the command line and start-up. Returns what done() would get. */
MUST_CHECK int writer_call(struct writer *w, struct write_job *job);
/* Refuses new jobs, finishes the waiting ones, checkpoints, stops the threads. */
void writer_stop(struct writer **pw);
size_t writer_waiting(const struct writer *w);

struct writer_stats { uint64_t commits, jobs, rollbacks, failed; mono_ns commit_ns_sum; };
void writer_stats(const struct writer *w, struct writer_stats *ret);

#endif
