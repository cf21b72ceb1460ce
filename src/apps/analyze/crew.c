/* Two locks: pieces are taken under one and given under the other, so that reading goes on while
 * results are put together. A piece's number is its place in the order. */
#include "apps/analyze/crew.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <unistd.h>

#include "base/check.h"

struct crew {
	const struct crew_work *work;
	void *user;
	pthread_mutex_t take_lock;
	uint64_t taken;
	bool at_end;
	pthread_mutex_t give_lock;
	pthread_cond_t given_more;
	uint64_t given;
	struct err problem; /* the first; under give_lock */
	int rc;
	atomic_bool failed; /* rc < 0: a thread may look without the lock */
};

struct member {
	struct crew *crew;
	void *slot;
	pthread_t thread;
};

static void lock(pthread_mutex_t *m)
{
	ASSERT(pthread_mutex_lock(m) == 0);
}

static void unlock(pthread_mutex_t *m)
{
	ASSERT(pthread_mutex_unlock(m) == 0);
}

/* Under give_lock. */
static void fail(struct crew *c, int rc, const struct err *err)
{
	if (c->rc < 0)
		return;
	c->rc = rc;
	c->problem = *err;
	atomic_store(&c->failed, true);
}

/* 1 and the piece's number, 0 nothing is left; an error has a number, too. */
static int take(struct crew *c, void *slot, uint64_t *ret_n, struct err *err)
{
	lock(&c->take_lock);
	int r = c->at_end || atomic_load(&c->failed) ? 0 : c->work->take(c->user, slot, err);
	c->at_end = c->at_end || r <= 0;
	if (r != 0)
		*ret_n = c->taken++;
	unlock(&c->take_lock);
	return r;
}

/* False when it came to nothing, here or before. */
static bool give(struct crew *c, void *slot, uint64_t n, int r, struct err *err)
{
	lock(&c->give_lock);
	while (c->given != n && c->rc == 0)
		ASSERT(pthread_cond_wait(&c->given_more, &c->give_lock) == 0);
	if (c->rc == 0 && r >= 0)
		r = c->work->give(c->user, slot, err);
	if (r < 0)
		fail(c, r, err);
	c->given++;
	bool goes_on = c->rc == 0;
	ASSERT(pthread_cond_broadcast(&c->given_more) == 0);
	unlock(&c->give_lock);
	return goes_on;
}

static bool do_after(struct crew *c, void *slot, struct err *err)
{
	int r = c->work->after ? c->work->after(c->user, slot, err) : 0;

	if (r >= 0)
		return true;
	lock(&c->give_lock);
	fail(c, r, err);
	ASSERT(pthread_cond_broadcast(&c->given_more) == 0);
	unlock(&c->give_lock);
	return false;
}

static void *run(void *arg)
{
	const struct member *m = arg;
	struct crew *c = m->crew;
	bool goes_on = true;

	while (goes_on) {
		struct err err = { .code = 0 };
		uint64_t n = 0;
		int r = take(c, m->slot, &n, &err);
		if (r == 0)
			break;
		if (r > 0)
			r = c->work->work(c->user, m->slot, &err);
		goes_on = give(c, m->slot, n, r, &err) && do_after(c, m->slot, &err);
	}
	return NULL;
}

int crew_run(
    const struct crew_work *work, void *user, void *const *slots, size_t slots_len, struct err *err)
{
	struct crew c = { .work = work, .user = user };
	struct member members[CREW_MAX];
	size_t n = 1;

	ASSERT(slots_len > 0 && slots_len <= CREW_MAX);
	atomic_init(&c.failed, false);
	ASSERT(pthread_mutex_init(&c.take_lock, NULL) == 0 &&
	    pthread_mutex_init(&c.give_lock, NULL) == 0 &&
	    pthread_cond_init(&c.given_more, NULL) == 0);
	for (size_t i = 0; i < slots_len; i++)
		members[i] = (struct member){ .crew = &c, .slot = slots[i] };
	while (n < slots_len && pthread_create(&members[n].thread, NULL, run, &members[n]) == 0)
		n++;
	(void)run(&members[0]);
	while (n > 1)
		ASSERT(pthread_join(members[--n].thread, NULL) == 0);
	ASSERT(pthread_cond_destroy(&c.given_more) == 0 &&
	    pthread_mutex_destroy(&c.give_lock) == 0 && pthread_mutex_destroy(&c.take_lock) == 0);
	if (c.rc < 0)
		*err = c.problem;
	return c.rc;
}

size_t crew_size(void)
{
	long n = sysconf(_SC_NPROCESSORS_ONLN);

	return n < 1 ? 1 : n > CREW_MAX ? CREW_MAX : (size_t)n;
}
