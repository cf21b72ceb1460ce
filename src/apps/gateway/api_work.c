/* Answers that take long to make, on threads of libuv's pool with a reading connection of its own each. The
 * lane counts each as one of its jobs, so that nothing is closed under it.
 *
 * A console asks for several at once: those for which there is no thread wait in one line for all loops. A
 * runner is on a thread of the pool until nobody waits any more; whose answer it made hears of it on
 * their own loop. */
#include "apps/gateway/api.h"

#include <pthread.h>

#include "base/check.h"

#define RUNNERS_MAX 3 /* the pool has four threads, and others look up addresses there */
#define WAITING_MAX 64

struct task {
	struct loop_work home;
	struct task *next;
	struct api_call *call;
	int (*run)(struct api_call *c, struct store_conn *conn, struct err *err);
	void (*then)(struct api_call *c); /* NULL: the call ends with the result */
	void (*undo)(struct api_call *c); /* NULL: nothing is to be undone */
	struct err err;
	int rc;
};

struct runner {
	uv_work_t work;
	struct lane *lane;
};

static struct {
	pthread_mutex_t lock;
	int runners;
	size_t waiting;
	struct task *first, *last;
} line = { .lock = PTHREAD_MUTEX_INITIALIZER };

/* --- the line --------------------------------------------------------------------------------- */

/* False: it is full. *ret_runner: somebody has to come who runs it. */
static bool stand_in_line(struct task *t, bool *ret_runner)
{
	pthread_mutex_lock(&line.lock);
	bool fits = line.waiting < WAITING_MAX;
	if (fits) {
		*(line.first ? &line.last->next : &line.first) = t;
		line.last = t;
		line.waiting++;
		*ret_runner = line.runners < RUNNERS_MAX;
		line.runners += *ret_runner;
	}
	pthread_mutex_unlock(&line.lock);
	return fits;
}

/* NULL: nobody waits, and the runner is none any more. */
static struct task *call_next(void)
{
	pthread_mutex_lock(&line.lock);
	struct task *t = line.first;
	if (t) {
		line.first = t->next;
		line.waiting--;
	} else {
		line.runners--;
	}
	pthread_mutex_unlock(&line.lock);
	return t;
}

/* --- running ---------------------------------------------------------------------------------- */

static int run_on(struct task *t, struct store_conn *conn)
{
	int r = store_begin(conn, &t->err);

	if (r == 0)
		r = t->run(t->call, conn, &t->err);
	store_rollback(conn);
	return r;
}

static void run_one(struct task *t)
{
	struct store_conn *conn = NULL;

	t->rc = store_connect(t->call->gate->lane->core->store, STORE_READ, &conn, &t->err);
	if (t->rc == 0)
		t->rc = run_on(t, conn);
	store_disconnect(&conn);
}

static void run_all(uv_work_t *w)
{
	struct task *t;

	(void)w;
	while ((t = call_next()) != NULL) {
		struct loop *loop = t->call->gate->loop;
		run_one(t);
		loop_post(loop, &t->home);
	}
}

static void leave(struct lane *lane)
{
	atomic_fetch_sub(&lane->jobs, 1);
}

static void after_all(uv_work_t *w, int status)
{
	struct runner *r = w->data;

	(void)status; /* nobody cancels it */
	leave(r->lane);
	mem_free(r);
}

static void come_home(struct loop_work *w)
{
	struct task *t = (struct task *)((char *)w - offsetof(struct task, home));
	struct lane *lane = t->call->gate->lane;

	if (t->rc < 0 && t->undo)
		t->undo(t->call);
	if (t->rc == 0 && t->then && t->call->req)
		t->then(t->call);
	else
		api_finish(t->call, t->rc, &t->err);
	leave(lane);
}

/* 0, or -E_NOMEM: nobody comes. */
static int send_runner(struct api_call *c)
{
	struct runner *r = mem_alloc(sizeof(*r));

	if (!r)
		return -E_NOMEM;
	*r = (struct runner){ .work = { .data = r }, .lane = c->gate->lane };
	atomic_fetch_add(&r->lane->jobs, 1);
	if (uv_queue_work(loop_uv(c->gate->loop), &r->work, run_all, after_all) == 0)
		return 0;
	leave(r->lane);
	mem_free(r);
	return -E_NOMEM;
}

void api_work(
    struct api_call *c, int (*run)(struct api_call *c, struct store_conn *conn, struct err *err))
{
	api_work_then(c, run, NULL);
}

void api_work_then(struct api_call *c,
    int (*run)(struct api_call *c, struct store_conn *conn, struct err *err),
    void (*then)(struct api_call *c))
{
	api_work_or(c, run, then, NULL);
}

static void turn_away(
    struct api_call *c, void (*undo)(struct api_call *c), enum err_code code, const char *msgid)
{
	struct err err = { 0 };

	if (undo)
		undo(c);
	(void)api_err(c, &err, code, "", "%s", lang_text(c->lang, msgid));
	api_fail(c, 503, &err);
}

void api_work_or(struct api_call *c,
    int (*run)(struct api_call *c, struct store_conn *conn, struct err *err),
    void (*then)(struct api_call *c), void (*undo)(struct api_call *c))
{
	struct lane *lane = c->gate->lane;
	struct task *t = ARENA_NEW(c->arena, struct task);

	if (!t) {
		turn_away(c, undo, E_NOMEM, N_("The gateway is short of memory."));
		return;
	}
	*t = (struct task){
		.home = { .run = come_home }, .call = c, .run = run, .then = then, .undo = undo
	};
	bool runner = false;
	atomic_fetch_add(&lane->jobs, 1);
	if (!stand_in_line(t, &runner)) {
		leave(lane);
		turn_away(
		    c, undo, E_BUSY, N_("Too many long answers are being made; try again later."));
		return;
	}
	/* Without memory for a thread this one does it. */
	if (runner && send_runner(c) < 0)
		run_all(NULL);
}
