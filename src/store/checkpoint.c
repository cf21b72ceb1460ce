/* The two threads share only what stands under `lock`.
 *
 * A round of the helper is several passes: each moves what came during the one before, so what is
 * left shrinks until it is small or stops shrinking (a reader holds the log). After a round
 * `caught_up` allows the writer one pass of its own; the flag keeps a log that a reader holds from
 * costing the writer a vain pass after every commit. */
#include "store/checkpoint.h"

#include <pthread.h>
#include <signal.h>

#include "base/check.h"

#define PASSES 4
/* A remainder that the writer moves in about the time of a commit. */
#define SMALL_PAGES 256

struct checkpointer {
	struct store *store;
	struct checkpointer_options opt;
	pthread_t thread;
	struct store_conn *conn; /* the helper's; NULL after a failure, until the next round */
	int64_t next_at;         /* the writer's: pages at which to wake the helper */
	int64_t pages_before;    /* the writer's: at the last commit */

	pthread_mutex_t lock;
	pthread_cond_t wake;
	bool wanted;
	bool working;
	bool caught_up;
	bool stop;
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

static bool one_round(struct checkpointer *p)
{
	int64_t left = one_pass(p);

	for (int i = 1; i < PASSES && left > SMALL_PAGES; i++) {
		int64_t before = left;
		left = one_pass(p);
		if (left >= before)
			break;
	}
	return left >= 0;
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
		bool ok = one_round(p);
		(void)pthread_mutex_lock(&p->lock);
		count(p, ok);
		p->working = false;
		p->caught_up = true;
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

/* The log was long enough for the helper. May the writer do the rest? */
static bool wake_helper(struct checkpointer *p, int64_t pages)
{
	(void)pthread_mutex_lock(&p->lock);
	bool lend_hand = pages >= p->opt.pages_hard && p->caught_up && !p->working;
	if (lend_hand) {
		p->caught_up = false;
	} else if (!p->working && pages >= p->next_at) {
		p->next_at = pages + p->opt.pages / 4;
		p->wanted = true;
		(void)pthread_cond_signal(&p->wake);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return lend_hand;
}

void checkpointer_note(struct checkpointer *p, struct store_conn *writing)
{
	int64_t pages = store_log_pages(writing);

	if (pages < p->pages_before)
		p->next_at = p->opt.pages; /* the log began anew */
	p->pages_before = pages;
	if (pages < p->next_at && pages < p->opt.pages_hard)
		return;
	if (!wake_helper(p, pages))
		return;
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
