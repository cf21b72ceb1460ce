/* transport/plain_pool.h: connections over plain HTTP/1.1, kept alive, by host. Private to
 * plain_client.c.
 *
 * An exchange is one request and its answer. It waits in its host's queue for a connection, in
 * order, goes out on one, and is over when its answer is, or when the connection failed. Nothing
 * is sent twice: only an exchange of which not a byte was written goes to another connection. A
 * connection that was idle for 5 s, whose peer closed it or says more than it was asked, is
 * closed. */
#ifndef TRANSPORT_PLAIN_POOL_H
#define TRANSPORT_PLAIN_POOL_H

#include "base/list.h"
#include "transport/plain_answer.h"
#include "transport/plain_request.h"

struct plain_pool;
struct plain_host;
struct plain_conn;

struct plain_exchange {
	struct plain_host *host; /* set by plain_pool_join(), cleared by plain_pool_leave() */
	struct plain_conn *conn; /* that it is on */
	struct list_node node;   /* in its host's queue */
	struct str head, body;   /* what is sent; borrowed until it is over */
	struct plain_answer answer;
	bool written; /* the kernel was handed a byte of it */
	/* Whether it may still go, now that there is a connection; NULL = yes. */
	bool (*may_start)(struct plain_exchange *x);
	/* `why` is NULL when the answer is complete; else static words without the address. */
	void (*on_over)(struct plain_exchange *x, const char *why);
};

/* 0 or -E_NOMEM. connect_timeout_ms covers the name and all addresses, 0 = 5 minutes;
 * max_connections is per host, 0 = no limit. */
MUST_CHECK int plain_pool_open(
    struct loop *l, int64_t connect_timeout_ms, long max_connections, struct plain_pool **ret);
/* Nothing is sent, and no connection opened, from now on: the exchanges are about to leave. */
void plain_pool_stop(struct plain_pool *p);
/* All exchanges have left. Never inside a callback. */
void plain_pool_close(struct plain_pool **pp);

/* The exchange belongs to that host from now on: 0 or -E_NOMEM. */
MUST_CHECK int plain_pool_join(
    struct plain_pool *p, const struct plain_target *t, struct plain_exchange *x);
/* Goes into the queue. on_over comes later, or at once. Never inside on_over. */
void plain_pool_submit(struct plain_exchange *x);
/* After on_over, or to give up: on_over does not come any more. A connection that it is on is
 * closed. It need not have been submitted, nor have joined. */
void plain_pool_leave(struct plain_exchange *x);

#endif
