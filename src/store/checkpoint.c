/* The two threads share only what stands under `lock`, and `rested`.
 *
 * A round of the helper is several passes: each moves what came during the one before, so what is
 * left shrinks until it is little or stops shrinking (a reader holds the log, or too much is being
 * written). After a round `rested` allows the writer one pass of its own; one only, so that a log
 * that a reader holds does not cost the writer a vain pass after every commit. */
#include "store/checkpoint.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>

#include "base/check.h"

#define PASSES 4
/* About one batch: the writer moves so much in the time of a few commits. */
#define FEW_PAGES 64

struct checkpointer {
	struct store *store;
	struct checkpointer_options opt;
	pthread_t thread;
	struct store_conn *conn; /* the helper's; NULL after a failure, until the next round */
	int64_t next_at;         /* the writer's: pages at which to wake the helper */
	int64_t pages_before;    /* the writer's: at the last commit */
	atomic_bool rested; /* the helper's round is over, and the writer made no use of it yet */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool wanted;
	bool working;
	bool stop;
	int64_t left; /* by the last round; <0 = it failed */
	struct checkpointer_stats stats;
};

/* --- the helper's thread -------------------------------------------------------------------------- */

/* Pages left, or <0. A descriptor on which a flush failed is not used again. */
static int64_t one_pass(struct checkpointer *p)
{
	int64_t left = 0;
	int rc = p->conn ? 0 : store_connect(p->store, STORE_READ, &p->conn, NULL);

	if (rc == 0)
		rc = store_checkpoint(p->conn, &left, NULL);
	if (rc < 0 && rc != -E_BUSY)
		store_disconnect(&p->conn);
	return rc < 0 ? rc : left;
}

static int64_t one_round(struct checkpointer *p)
{
	int64_t left = one_pass(p);

	for (int i = 1; i < PASSES && left > FEW_PAGES; i++) {
		int64_t before = left;
		left = one_pass(p);
		if (left >= before)
			break;
	}
	return left;
}

static void count(struct checkpointer *p, bool ok)
{
	if (ok)
		p->stats.done++;
	else
		p->stats.failed++;
}

static void empty_log(struct checkpointer *p)
{
	int rc = p->conn ? 0 : store_connect(p->store, STORE_READ, &p->conn, NULL);

	if (rc == 0)
		rc = store_checkpoint_all(p->conn, NULL);
	count(p, rc == 0);
	store_disconnect(&p->conn);
}

static void *helper_main(void *arg)
{
	struct checkpointer *p = arg;

	(void)pthread_mutex_lock(&p->lock);
	for (;;) {
		while (!p->wanted && !p->stop)
			(void)pthread_cond_wait(&p->wake, &p->lock);
		if (p->stop)
			break;
		p->wanted = false;
		p->working = true;
		(void)pthread_mutex_unlock(&p->lock);
		int64_t left = one_round(p);
		(void)pthread_mutex_lock(&p->lock);
		count(p, left >= 0);
		p->working = false;
		p->left = left;
		atomic_store(&p->rested, true);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return NULL;
}

/* Signals are for the threads that expect them. */
static int start_thread(struct checkpointer *p)
{
	sigset_t all, before;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	int rc = pthread_create(&p->thread, NULL, helper_main, p);
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (rc == 0)
		(void)pthread_setname_np(p->thread, "checkpoint");
	return rc;
}

/* --- public --------------------------------------------------------------------------------------- */

static void checkpointer_free(struct checkpointer *p)
{
	store_disconnect(&p->conn);
	(void)pthread_cond_destroy(&p->wake);
	(void)pthread_mutex_destroy(&p->lock);
	mem_free(p);
}

int checkpointer_start(struct store *s, const struct checkpointer_options *o,
    struct checkpointer **ret, struct err *err)
{
	struct checkpointer *p = mem_alloc(sizeof(*p));

	if (!p)
		return err_set(err, E_NOMEM, "Memory ran out while starting the writer.");
	p->store = s;
	p->opt = *o;
	p->next_at = o->pages;
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_cond_init(&p->wake, NULL);
	int rc = store_connect(s, STORE_READ, &p->conn, err);
	if (rc == 0 && start_thread(p) != 0)
		rc = err_set(err, E_NOMEM, "No thread could be started for the store.");
	if (rc < 0) {
		checkpointer_free(p);
		return rc;
	}
	*ret = p;
	return 0;
}

void checkpointer_stop(struct checkpointer **pp)
{
	struct checkpointer *p = *pp;

	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stop = true;
	(void)pthread_cond_signal(&p->wake);
	(void)pthread_mutex_unlock(&p->lock);
	(void)pthread_join(p->thread, NULL);
	empty_log(p);
	checkpointer_free(p);
	*pp = NULL;
}

static void wake_if_due(struct checkpointer *p, int64_t pages)
{
	if (pages < p->next_at)
		return;
	(void)pthread_mutex_lock(&p->lock);
	/* A rest is used first, so that the two never move pages at once. */
	if (!p->working && !atomic_load(&p->rested)) {
		p->next_at = pages + p->opt.pages / 4;
		p->wanted = true;
		(void)pthread_cond_signal(&p->wake);
	}
	(void)pthread_mutex_unlock(&p->lock);
}

/* Is there little left, or too much to wait any longer? */
static bool may_lend(struct checkpointer *p, int64_t pages)
{
	if (!atomic_exchange(&p->rested, false))
		return false;
	(void)pthread_mutex_lock(&p->lock);
	bool lend = p->left >= 0 && (p->left <= FEW_PAGES || pages >= p->opt.pages_hard);
	(void)pthread_mutex_unlock(&p->lock);
	return lend;
}

void checkpointer_note(struct checkpointer *p, struct store_conn *writing)
{
	int64_t pages = store_log_pages(writing);
	bool anew = pages < p->pages_before;

	p->pages_before = pages;
	if (anew) {
		p->next_at = p->opt.pages;
		atomic_store(&p->rested, false);
		return;
	}
	if (!may_lend(p, pages)) {
		wake_if_due(p, pages);
		return;
	}
	int rc = store_checkpoint(writing, NULL, NULL);
	(void)pthread_mutex_lock(&p->lock);
	p->stats.lent++;
	p->stats.failed += rc < 0 && rc != -E_BUSY;
	(void)pthread_mutex_unlock(&p->lock);
}

void checkpointer_stats(struct checkpointer *p, struct checkpointer_stats *ret)
{
	(void)pthread_mutex_lock(&p->lock);
	*ret = p->stats;
	(void)pthread_mutex_unlock(&p->lock);
}
