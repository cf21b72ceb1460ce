/* store/writer.h: the one thread that writes, and its group commit.
 *
 * Jobs from any thread are queued; the writer takes all that wait (at most `max_items`, for at most
 * `max_ms` of work), runs them in one transaction and commits once. Batches form by themselves: what
 * arrives during a commit is the next batch. Only after the commit is durable is `done` called for
 * each, in the order in which they ran.
 *
 * (1) run() may be called more than once: when a job of a batch fails, the batch is rolled back,
 *     on_rollback is called, and each job runs again alone in its own transaction, so that one bad
 *     job fails alone. Memory that run() changes outside the job must be restored by on_rollback.
 *     Going back costs all the others their time, so a `refusable` job that fails for a reason of its
 *     own before it wrote anything fails at once, and the batch goes on.
 * (2) done(rc) is called exactly once per job, on the writer thread: rc 0 = durable; <0 = nothing of
 *     it is in the store. `job->err` says why. The job is not touched after that call.
 * (3) When a commit itself fails, all its jobs fail with the error: nothing of it was acknowledged.
 *     After a failed commit or a failed read or write of the disk the writer is `suspect`: it rolls
 *     back, reconnects and checks (store_check); when that fails too, it is broken: every job fails
 *     with -E_STORE from then on. A full disk does not break it: jobs fail until there is room.
 * (4) At most `max_queue` jobs wait; writer_submit answers false beyond that, and the caller tells
 *     its client to come back (429/503).
 * (5) Submitting allocates nothing and wakes the writer at most once per batch. */
#ifndef STORE_WRITER_H
#define STORE_WRITER_H

#include "base/clock.h"
#include "store/store.h"

struct writer;

struct write_job {
	/* Inside a transaction; 0, or <0 and *err for a deed that must not be committed. */
	int (*run)(struct write_job *job, struct store_conn *c, struct err *err);
	void (*done)(struct write_job *job, int rc);
	/* May be NULL. Only fetches what run() will read, while the job before it runs. */
	void (*bring_near)(const struct write_job *job);
	struct write_job
	    *next;      /* the writer's; here, so that a job that is well needs one line only */
	bool urgent;    /* runs before those that are not: webhooks before sends */
	bool refusable; /* when run() fails before it wrote, memory is as it was too */
	int refused; /* the writer's: what run() failed with, the transaction going on; 0 = it did not */
	struct err err; /* filled before done() when rc < 0 */
};

/* Each may be NULL. All are called on the writer thread. */
struct writer_hooks {
	void *ctx;
	/* Inside the transaction, after the last job and before the commit: flush what memory
	 * accumulated. Fails like a job of its batch. */
	int (*before_commit)(void *ctx, struct store_conn *c, struct err *err);
	/* The commit is durable; before any done() of the batch. */
	void (*after_commit)(void *ctx);
	/* Memory must be as the store is now (reload through c, in no transaction). When it cannot, the
	 * writer reconnects and asks once more, and is broken when it fails again. */
	int (*on_rollback)(void *ctx, struct store_conn *c, struct err *err);
	/* About every `tick_ms`, between batches, in no transaction; it may open one of its own. <0: that one did not
	 * come about, and memory may be ahead of the store: what is open is rolled back, and on_rollback asked. */
	int (*on_tick)(void *ctx, struct store_conn *c);
	/* Around the done() calls of one batch, so that wake-ups can be bundled. */
	void (*before_done)(void *ctx);
	void (*after_done)(void *ctx);
};

struct writer_options {
	size_t max_items;
	int64_t max_ms;
	size_t max_queue;
	int64_t tick_ms; /* 0 = no ticks */
};

/* Starts the thread and its connection (and a checkpoint thread with its own). hooks are copied and
 * may be NULL. */
MUST_CHECK int writer_start(struct store *s, const struct writer_options *o,
    const struct writer_hooks *hooks, struct writer **ret, struct err *err);
/* False when the queue is full or the writer stops; then the job is still the caller's. */
MUST_CHECK bool writer_submit(struct writer *w, struct write_job *job);
/* Runs a job and waits for it: for tests, the command line and start-up, never on the writer thread.
 * Returns what done() would get; done() itself is not called. -E_BUSY when the queue is full,
 * -E_CLOSED when the writer stops. */
MUST_CHECK int writer_call(struct writer *w, struct write_job *job);
/* Refuses new jobs, finishes the waiting ones, checkpoints, stops the threads. Nobody may hold the
 * writer any more when it returns. */
void writer_stop(struct writer **pw);
size_t writer_waiting(const struct writer *w);
/* Broken as in (3): ready for no more work in this process. */
bool writer_is_broken(const struct writer *w);

struct writer_stats {
	uint64_t commits;
	uint64_t jobs; /* durable */
	uint64_t failed;
	uint64_t rollbacks;
	uint64_t recoveries; /* was suspect, reconnected and found the store sound */
	uint64_t checkpoints;
	uint64_t checkpoint_failures;
	int64_t log_pages; /* after the last commit */
	mono_ns commit_ns_sum;
};
void writer_stats(const struct writer *w, struct writer_stats *ret);

#endif
