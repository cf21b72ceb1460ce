/* A call is SPARE or LIVE. What upstream_start and upstream_cancel may not do themselves (ending a
 * call) is put off to the end of the loop's turn: such calls are in `due`. There a new call is
 * submitted to the pool, so that all calls started in one turn are written in it, after every
 * event of the turn was seen: also that a connection has died.
 *
 * A call ends in one place (call_over): its exchange is over, its time is, it was cancelled, or the
 * client closes. */
#include "transport/plain_client.h"

#include "base/check.h"
#include "transport/deadlines.h"
#include "transport/plain_pool.h"

#define MS ((mono_ns)1000000)
#define SPARE_MAX 512
#define TIMEOUT_DEFAULT_MS 300000
#define KEEP_BYTES ((size_t)16 * 1024)

enum call_state { CALL_SPARE, CALL_LIVE, CALL_STATES };

struct plain_call {
	struct upstream_call call;
	struct plain_client *owner;
	enum call_state state;
	struct list_node node; /* in the list of its state */
	struct list_node due;
	struct deadline deadline;
	struct plain_exchange x;
	struct buf head; /* of the request */
	bool cancelled;
	mono_ns started;
	void *arg;
	void (*on_done)(void *arg, const struct upstream_answer *answer);
	bool (*may_start)(void *arg);
};

struct plain_client {
	struct loop *loop;
	struct plain_pool *pool;
	struct deadlines deadlines;
	uv_idle_t turn;
	int64_t timeout_ms;
	size_t max_answer;
	struct list calls[CALL_STATES];
	struct list due;
};

/* --- calls ----------------------------------------------------------------------------------- */

static void call_move(struct plain_call *c, enum call_state to)
{
	struct plain_client *p = c->owner;

	list_remove(&p->calls[c->state], &c->node);
	c->state = to;
	list_prepend(&p->calls[to], &c->node); /* of the spare ones, the last used is the warmest */
}

static void call_free(struct plain_call *c)
{
	plain_answer_done(&c->x.answer);
	buf_done(&c->head);
	mem_free(c);
}

static void on_over(struct plain_exchange *x, const char *why);

static struct plain_call *call_new(struct plain_client *p)
{
	struct plain_call *c = mem_alloc(sizeof(*c));

	if (!c)
		return NULL;
	if (plain_answer_init(&c->x.answer, p->max_answer)) {
		call_free(c);
		return NULL;
	}
	c->call.plain = true;
	c->owner = p;
	c->x.on_over = on_over;
	buf_init(&c->head, 0);
	list_append(&p->calls[CALL_SPARE], &c->node);
	return c;
}

static struct plain_call *call_take(struct plain_client *p)
{
	struct list_node *n = list_first(&p->calls[CALL_SPARE]);

	return n ? LIST_OF(n, struct plain_call, node) : call_new(p);
}

static void call_recycle(struct plain_call *c)
{
	struct plain_client *p = c->owner;

	plain_answer_reset(&c->x.answer);
	if (c->head.cap > KEEP_BYTES)
		buf_done(&c->head);
	call_move(c, CALL_SPARE);
	if (p->calls[CALL_SPARE].count > SPARE_MAX) {
		list_remove(&p->calls[CALL_SPARE], &c->node);
		call_free(c);
	}
}

static enum upstream_outcome outcome_of(const struct plain_call *c, const char *why)
{
	if (!why)
		return UPSTREAM_ANSWERED;
	return c->x.written ? UPSTREAM_UNKNOWN : UPSTREAM_NOT_SENT;
}

/* `why`: static words, NULL when it was answered. */
static void call_over(struct plain_call *c, const char *why)
{
	struct plain_client *p = c->owner;
	const struct plain_answer *got = &c->x.answer;
	bool headed = got->state != ANSWER_HEAD;
	const struct upstream_answer a = {
		.outcome = outcome_of(c, why),
		.status = plain_answer_status(got),
		.body = got->body.p ? buf_str(&got->body) : STR(""),
		.headers = headed ? got->said.headers : NULL,
		.headers_len = headed ? got->said.headers_len : 0,
		.error = why ? str_c(why) : STR(""),
		.took = loop_now(p->loop) - c->started,
	};

	deadline_clear(&p->deadlines, &c->deadline);
	if (list_has(&c->due))
		list_remove(&p->due, &c->due);
	plain_pool_leave(&c->x);
	c->on_done(c->arg, &a);
	call_recycle(c);
}

static void on_over(struct plain_exchange *x, const char *why)
{
	call_over(LIST_OF(x, struct plain_call, x), why);
}

static void on_time_over(struct deadline *d)
{
	call_over(LIST_OF(d, struct plain_call, deadline), "The call took too long");
}

/* --- the turn -------------------------------------------------------------------------------- */

static void on_turn(uv_idle_t *idle)
{
	struct plain_client *p = idle->data;
	struct list_node *n;

	while ((n = list_take_first(&p->due)) != NULL) {
		struct plain_call *c = LIST_OF(n, struct plain_call, due);
		if (c->cancelled)
			call_over(c, "The call was given up");
		else
			plain_pool_submit(&c->x);
	}
	(void)uv_idle_stop(idle);
}

/* An idle handle and not a prepare handle: started inside another handle's callback of the same
 * phase it still keeps the loop from sleeping. */
static void call_due(struct plain_call *c)
{
	if (!list_has(&c->due))
		list_append(&c->owner->due, &c->due);
	(void)uv_idle_start(&c->owner->turn, on_turn); /* fails only without a callback */
}

static bool may_start(struct plain_exchange *x)
{
	struct plain_call *c = LIST_OF(x, struct plain_call, x);

	return c->may_start(c->arg);
}

static void call_prepare(struct plain_call *c, const struct upstream_request *r)
{
	struct plain_client *p = c->owner;
	int64_t ms = r->timeout_ms > 0 ? r->timeout_ms : p->timeout_ms;

	c->x.head = buf_str(&c->head);
	c->x.body = r->body;
	c->x.answer.to_head = r->method == HTTP_M_HEAD;
	c->arg = r->arg;
	c->on_done = r->on_done;
	c->may_start = r->may_start;
	c->x.may_start = r->may_start ? may_start : NULL;
	c->cancelled = false;
	c->started = loop_now(p->loop);
	deadline_set(&p->deadlines, &c->deadline, c->started + ms * MS);
}

int plain_client_start(struct plain_client *p, const struct upstream_request *r,
    const struct plain_target *t, struct upstream_call **ret, struct err *err)
{
	struct plain_call *c = call_take(p);

	if (c) {
		buf_reset(&c->head);
		plain_request_head(&c->head, r, t);
	}
	if (!c || c->head.failed || plain_pool_join(p->pool, t, &c->x))
		return err_set(err, E_NOMEM, "There is no memory for a call to the upstream.");
	call_prepare(c, r);
	call_move(c, CALL_LIVE);
	call_due(c);
	if (ret)
		*ret = &c->call;
	return 0;
}

void plain_client_cancel(struct upstream_call *call)
{
	struct plain_call *c = LIST_OF(call, struct plain_call, call);

	ASSERT(c->state == CALL_LIVE);
	c->cancelled = true;
	call_due(c);
}

size_t plain_client_in_flight(const struct plain_client *p)
{
	return p->calls[CALL_LIVE].count;
}

/* --- life ------------------------------------------------------------------------------------ */

int plain_client_open(
    struct loop *l, const struct upstream_options *o, struct plain_client **ret, struct err *err)
{
	struct plain_client *p = mem_alloc(sizeof(*p));

	if (!p)
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	p->loop = l;
	p->timeout_ms = o->timeout_ms > 0 ? o->timeout_ms : TIMEOUT_DEFAULT_MS;
	p->max_answer = o->max_answer;
	for (size_t i = 0; i < CALL_STATES; i++)
		list_init(&p->calls[i]);
	list_init(&p->due);
	(void)uv_idle_init(loop_uv(l), &p->turn); /* cannot fail */
	p->turn.data = p;
	int rc = deadlines_init(&p->deadlines, l, on_time_over);
	if (!rc)
		rc = plain_pool_open(l, o->connect_timeout_ms, o->max_connections, &p->pool);
	if (rc) {
		plain_client_close(&p);
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	}
	*ret = p;
	return 0;
}

static void on_turn_closed(uv_handle_t *handle)
{
	mem_free(handle->data);
}

void plain_client_close(struct plain_client **pp)
{
	struct plain_client *p = *pp;
	struct list_node *n;

	*pp = NULL;
	if (!p)
		return;
	if (p->pool)
		plain_pool_stop(p->pool);
	while ((n = list_first(&p->calls[CALL_LIVE])) != NULL)
		call_over(LIST_OF(n, struct plain_call, node), "The client closes");
	while ((n = list_take_first(&p->calls[CALL_SPARE])) != NULL)
		call_free(LIST_OF(n, struct plain_call, node));
	plain_pool_close(&p->pool);
	deadlines_done(&p->deadlines);
	uv_close((uv_handle_t *)&p->turn, on_turn_closed);
}
