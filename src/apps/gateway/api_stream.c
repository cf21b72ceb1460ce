/* A page at a time, with a turn of the loop between two, as the client takes it: memory is one page,
 * whatever the length. The call ends when the request does, however it does; while a turn is awaited
 * it is that turn that ends it. */
#include "apps/gateway/api.h"

#include <stdio.h>

#include "base/check.h"
#include "base/log.h"

#define DISPOSITION_MAX 160

#define CALL_OF(work_) ((struct api_call *)((char *)(work_) - offsetof(struct api_call, work)))

static void on_turn(struct loop_work *work);

static void await_turn(struct api_call *c)
{
	if (c->turning)
		return;
	c->turning = true;
	c->work.run = on_turn;
	loop_post(c->gate->loop, &c->work);
}

static void on_drain(struct http_request *req)
{
	struct api_call *c = req->user;

	if (c)
		await_turn(c);
}

static void on_gone(struct http_request *req)
{
	struct api_call *c = req->user;

	c->req = NULL;
	if (!c->turning)
		api_end(c);
}

static struct http_request *let_go(struct api_call *c)
{
	struct http_request *req = c->req;

	req->on_gone = NULL;
	req->user = NULL;
	c->req = NULL;
	return req;
}

static void break_off(struct api_call *c, const struct err *err)
{
	log_error("a long answer broke off", "operation=%s error=%s", c->verb->operation,
	    err_name(err->code));
	http_respond_abort(let_go(c));
	api_end(c);
}

static void on_turn(struct loop_work *work)
{
	struct api_call *c = CALL_OF(work);
	struct err err = { 0 };

	c->turning = false;
	if (!c->req) {
		api_end(c);
		return;
	}
	buf_reset(&c->body);
	int r = c->fill(c, &c->body, &err);
	if (r >= 0 && c->body.failed)
		r = err_set(&err, E_NOMEM, "Memory ran out.");
	if (r < 0) {
		break_off(c, &err);
		return;
	}
	bool takes = http_respond_write(c->req, buf_str(&c->body));
	if (!c->req)
		return; /* it is gone, and the call with it */
	if (r == 0) {
		http_respond_end(let_go(c));
		api_end(c);
	} else if (takes) {
		await_turn(c);
	}
}

void api_stream(struct api_call *c, const char *type, const char *name,
    int (*fill)(struct api_call *c, struct buf *out, struct err *err))
{
	char disposition[DISPOSITION_MAX];
	int n = snprintf(disposition, sizeof(disposition), "attachment; filename=\"%s\"", name);
	const struct http_header headers[] = {
		{ STR("Content-Type"), str_c(type) },
		{ STR("Content-Disposition"), str_n(disposition, (size_t)n) },
		{ STR("Cache-Control"), STR("no-store") },
		{ STR("X-Content-Type-Options"), STR("nosniff") },
	};

	ASSERT(n < DISPOSITION_MAX);
	c->fill = fill;
	c->req->on_gone = on_gone;
	http_respond_begin(c->req, 200, headers, ARRAY_LEN(headers), -1, on_drain);
	await_turn(c);
}
