/* Work for another thread waits in a list under a mutex that is held for a few instructions.
 * Whoever makes the empty list non-empty wakes the loop; the loop takes the whole list at once. A
 * lock-free list would keep the order of one poster only at the price of turning it round, and
 * measures the same.
 *
 * The bell is an eventfd of our own and not a uv_async_t: a loop that uv_async_send() wakes spins until
 * the sender has come back from its system call, and on few cores it is the sender that it keeps from
 * running. */
#include "base/loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"

struct loop {
	uv_loop_t uv;
	uv_poll_t wake; /* of the bell */
	int bell;
	pthread_mutex_t lock;
	/* Under `lock`: */
	struct loop_work *first, *last;
	bool stopping;
};

struct loop_timer {
	uv_timer_t uv;
	void (*fire)(void *arg);
	void *arg;
};

static struct loop_work *take_all(struct loop *l, bool *ret_stopping)
{
	ASSERT(pthread_mutex_lock(&l->lock) == 0);
	struct loop_work *first = l->first;
	l->first = l->last = NULL;
	*ret_stopping = l->stopping;
	ASSERT(pthread_mutex_unlock(&l->lock) == 0);
	return first;
}

/* `next` is read first: an item may be freed or posted again by its own run. */
static void run_chain(struct loop_work *work)
{
	while (work) {
		struct loop_work *next = work->next;
		/* It lies in another core's cache, and comes while this one runs. */
		__builtin_prefetch(next);
		work->run(work);
		work = next;
	}
}

static void ring(struct loop *l)
{
	const uint64_t once = 1;

	ASSERT(write(l->bell, &once, sizeof(once)) == sizeof(once));
}

/* One batch a wake-up, so that work which posts work cannot starve sockets and timers; when the
 * loop is to stop, all there is, including what that work posts. */
static void on_wake(uv_poll_t *wake, int status, int events)
{
	struct loop *l = wake->data;
	uint64_t rung;
	bool stopping;

	(void)status;
	(void)events;
	/* Before the list is taken: who finds it empty after that rings again. */
	ASSERT(read(l->bell, &rung, sizeof(rung)) == sizeof(rung) || errno == EAGAIN);
	struct loop_work *work = take_all(l, &stopping);
	run_chain(work);
	while (stopping && work) {
		work = take_all(l, &stopping);
		run_chain(work);
	}
	if (stopping)
		uv_stop(&l->uv);
}

static int uv_error(struct err *err, int code)
{
	return err_set(err, code == UV_ENOMEM ? E_NOMEM : E_IO, "An event loop cannot be made: %s.",
	    uv_strerror(code));
}

/* 0 or libuv's error. */
static int hang_bell(struct loop *l)
{
	l->bell = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (l->bell < 0)
		return uv_translate_sys_error(errno);
	l->wake.data = l;
	int rc = uv_poll_init(&l->uv, &l->wake, l->bell);
	if (rc)
		(void)close(l->bell);
	else
		ASSERT(uv_poll_start(&l->wake, UV_READABLE, on_wake) == 0);
	return rc;
}

struct loop *loop_new(struct err *err)
{
	struct loop *l = mem_alloc(sizeof(*l));

	if (!l) {
		(void)uv_error(err, UV_ENOMEM);
		return NULL;
	}
	int rc = uv_loop_init(&l->uv);
	if (rc) {
		(void)uv_error(err, rc);
		mem_free(l);
		return NULL;
	}
	rc = hang_bell(l);
	if (rc) {
		(void)uv_error(err, rc);
		(void)uv_loop_close(&l->uv);
		mem_free(l);
		return NULL;
	}
	ASSERT(pthread_mutex_init(&l->lock, NULL) == 0);
	return l;
}

static void deliver_rest(struct loop *l)
{
	struct loop_work *work;
	bool stopping;

	while ((work = take_all(l, &stopping)) != NULL)
		run_chain(work);
}

void loop_free(struct loop **pl)
{
	struct loop *l = *pl;

	if (!l)
		return;
	deliver_rest(l);
	uv_close((uv_handle_t *)&l->wake, NULL);
	/* Close callbacks still due, of timers and of others' handles, are run here. */
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	ASSERT(uv_loop_close(&l->uv) == 0);
	ASSERT(close(l->bell) == 0);
	ASSERT(pthread_mutex_destroy(&l->lock) == 0);
	MEM_FREE(pl);
}

uv_loop_t *loop_uv(struct loop *l)
{
	return &l->uv;
}

/* The stop that ends this run is used up by it; one that comes later ends the next. */
void loop_run(struct loop *l)
{
	(void)uv_run(&l->uv, UV_RUN_DEFAULT);
	deliver_rest(l);
	ASSERT(pthread_mutex_lock(&l->lock) == 0);
	l->stopping = false;
	ASSERT(pthread_mutex_unlock(&l->lock) == 0);
}

void loop_stop(struct loop *l)
{
	ASSERT(pthread_mutex_lock(&l->lock) == 0);
	l->stopping = true;
	ASSERT(pthread_mutex_unlock(&l->lock) == 0);
	ring(l);
}

mono_ns loop_now(const struct loop *l)
{
	return (mono_ns)uv_now(&l->uv) * 1000000;
}

void loop_post(struct loop *l, struct loop_work *work)
{
	work->next = NULL;
	loop_post_chain(l, work, work);
}

void loop_post_chain(struct loop *l, struct loop_work *first, struct loop_work *last)
{
	ASSERT(pthread_mutex_lock(&l->lock) == 0);
	bool was_empty = l->first == NULL;
	last->next = NULL;
	if (was_empty)
		l->first = first;
	else
		l->last->next = first;
	l->last = last;
	ASSERT(pthread_mutex_unlock(&l->lock) == 0);
	if (was_empty)
		ring(l);
}

static void on_timer(uv_timer_t *uv)
{
	struct loop_timer *t = uv->data;

	t->fire(t->arg);
}

struct loop_timer *loop_timer_new(struct loop *l, void (*fire)(void *arg), void *arg)
{
	struct loop_timer *t = mem_alloc(sizeof(*t));

	if (!t)
		return NULL;
	ASSERT(uv_timer_init(&l->uv, &t->uv) == 0);
	t->uv.data = t;
	t->fire = fire;
	t->arg = arg;
	return t;
}

void loop_timer_start(struct loop_timer *t, int64_t after_ms, int64_t repeat_ms)
{
	uint64_t after = after_ms > 0 ? (uint64_t)after_ms : 0;
	uint64_t repeat = repeat_ms > 0 ? (uint64_t)repeat_ms : 0;

	ASSERT(uv_timer_start(&t->uv, on_timer, after, repeat) == 0);
}

void loop_timer_stop(struct loop_timer *t)
{
	(void)uv_timer_stop(&t->uv);
}

static void on_timer_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void loop_timer_free(struct loop_timer **pt)
{
	if (*pt)
		uv_close((uv_handle_t *)&(*pt)->uv, on_timer_closed);
	*pt = NULL;
}
