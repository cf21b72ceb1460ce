/* Answers that take long to make, on a thread of libuv's pool with a reading connection of its own. The
 * lane counts it as one of its jobs, so that nothing is closed under it. */
#include "apps/gateway/api.h"

#include "base/check.h"

#define UNDER_WAY_MAX 3 /* the pool has four threads, and others look up addresses there */

struct task {
	uv_work_t work;
	struct api_call *call;
	int (*run)(struct api_call *c, struct store_conn *conn, struct err *err);
	struct err err;
	int rc;
};

static atomic_int under_way;

static int run_on(struct task *t, struct store_conn *conn)
{
	int r = store_begin(conn, &t->err);

	if (r == 0)
		r = t->run(t->call, conn, &t->err);
	store_rollback(conn);
	return r;
}

static void work(uv_work_t *w)
{
	struct task *t = w->data;
	struct store_conn *conn = NULL;

	t->rc = store_connect(t->call->gate->lane->core->store, STORE_READ, &conn, &t->err);
	if (t->rc == 0)
		t->rc = run_on(t, conn);
	store_disconnect(&conn);
}

static void leave(struct lane *lane)
{
	atomic_fetch_sub(&under_way, 1);
	atomic_fetch_sub(&lane->jobs, 1);
}

static void after_work(uv_work_t *w, int status)
{
	struct task *t = w->data;
	struct lane *lane = t->call->gate->lane;

	if (status < 0)
		t->rc = err_set(&t->err, E_CLOSED, "The gateway shuts down.");
	api_finish(t->call, t->rc, &t->err);
	leave(lane);
}

void api_work(
    struct api_call *c, int (*run)(struct api_call *c, struct store_conn *conn, struct err *err))
{
	struct lane *lane = c->gate->lane;
	struct task *t = ARENA_NEW(c->arena, struct task);
	struct err err = { 0 };

	if (!t) {
		(void)api_err(c, &err, E_NOMEM, "", N_("The gateway is short of memory."));
		api_fail(c, 503, &err);
		return;
	}
	*t = (struct task){ .work = { .data = t }, .call = c, .run = run };
	atomic_fetch_add(&lane->jobs, 1);
	if (atomic_fetch_add(&under_way, 1) < UNDER_WAY_MAX &&
	    uv_queue_work(loop_uv(c->gate->loop), &t->work, work, after_work) == 0)
		return;
	leave(lane);
	(void)api_err(
	    c, &err, E_BUSY, "", N_("Too many long answers are being made; try again later."));
	api_fail(c, 503, &err);
}
