/* A connection's life:
 *
 *   NAMING ──addresses──► CONNECTING ──► IDLE ⇄ BUSY
 *      │                      │ next address: a new connection, libuv cannot use one again
 *      └──────────────────────┴───────────┴──────┴──► CLOSED, freed when libuv let go of it
 *
 * Connections are not opened for one exchange but for the length of the queue: whichever is free
 * first takes the first in it. For every attempt that fails, the first in the queue does, unless
 * the other attempts suffice.
 *
 * A connection reads all the time, so that it costs one system call to send and one to receive, and
 * one that its peer closes while it is idle is found by the loop before it could be used. */
#include "transport/plain_pool.h"

#include <string.h>

#include "base/check.h"
#include "transport/deadlines.h"

#define MS ((mono_ns)1000000)
#define IDLE_NS (5000 * MS)
#define NAME_NS (30000 * MS) /* how long the addresses of a name are believed */
#define CONNECT_DEFAULT_MS 300000
#define ADDRESSES_MAX 8 /* of a name; more are not tried */
#define HOSTS_KEPT 16   /* more than so many are looked through for unused ones */
#define READ_BUF ((size_t)64 * 1024)

enum conn_state { CONN_NAMING, CONN_CONNECTING, CONN_IDLE, CONN_BUSY, CONN_CLOSED };

struct plain_conn {
	uv_tcp_t tcp;
	uv_connect_t connect;
	uv_write_t write;
	struct plain_pool *pool;
	struct plain_host *host; /* NULL when CONN_CLOSED */
	struct list_node node;   /* in the host's list of its state */
	enum conn_state state;
	struct deadline deadline; /* of connecting, or of being idle */
	mono_ns until;            /* when all attempts to connect have to be over */
	size_t address;           /* which of the host's */
	struct plain_exchange *x; /* CONN_BUSY */
	bool writing;             /* a part of the request waits for room in the socket */
	bool used;                /* it has carried a request */
};

/* The name of a host being looked up; lives until libuv is done with it. */
struct lookup {
	uv_getaddrinfo_t req;
	struct plain_host *host; /* NULL: nobody waits any more */
};

union address {
	struct sockaddr any;
	struct sockaddr_in v4;
	struct sockaddr_in6 v6;
};

struct plain_host {
	struct list_node node;
	struct plain_pool *pool;
	char name[PLAIN_HOST_MAX + 1];
	uint16_t port;
	size_t exchanges; /* that joined */
	struct list waiting;
	struct list conns[CONN_CLOSED]; /* by state; of the idle ones, the last used comes first */
	struct lookup *lookup;
	union address addresses[ADDRESSES_MAX];
	size_t addresses_len;
	mono_ns named; /* when they were looked up */
};

struct plain_pool {
	struct loop *loop;
	mono_ns connect_ns;
	size_t max_connections; /* per host */
	struct list hosts;
	struct deadlines connecting, idle;
	size_t handles; /* connections that libuv has not let go of */
	bool stopped, closed;
	char read_buf[READ_BUF];
};

static void host_pump(struct plain_host *h);
static void conn_failed(struct plain_conn *c, const char *why);

static mono_ns pool_now(const struct plain_pool *p)
{
	return loop_now(p->loop);
}

static void pool_release(struct plain_pool *p)
{
	if (p->closed && p->handles == 0)
		mem_free(p);
}

/* --- connections ----------------------------------------------------------------------------- */

static void on_conn_closed(uv_handle_t *handle)
{
	struct plain_conn *c = handle->data;
	struct plain_pool *p = c->pool;

	mem_free(c);
	p->handles--;
	pool_release(p);
}

static void conn_clear_deadline(struct plain_conn *c)
{
	deadline_clear(c->state == CONN_IDLE ? &c->pool->idle : &c->pool->connecting, &c->deadline);
}

static void conn_move(struct plain_conn *c, enum conn_state to)
{
	struct list *conns = c->host->conns;

	conn_clear_deadline(c);
	list_remove(&conns[c->state], &c->node);
	c->state = to;
	list_prepend(&conns[to], &c->node);
}

/* Its exchange was taken off it before. */
static void conn_close(struct plain_conn *c)
{
	conn_clear_deadline(c);
	list_remove(&c->host->conns[c->state], &c->node);
	c->state = CONN_CLOSED;
	c->host = NULL;
	uv_close((uv_handle_t *)&c->tcp, on_conn_closed);
}

static void conn_idle(struct plain_conn *c)
{
	conn_move(c, CONN_IDLE);
	deadline_set(&c->pool->idle, &c->deadline, pool_now(c->pool) + IDLE_NS);
}

static void on_idle_due(struct deadline *d)
{
	conn_close(LIST_OF(d, struct plain_conn, deadline));
}

static struct plain_exchange *conn_detach(struct plain_conn *c)
{
	struct plain_exchange *x = c->x;

	c->x = NULL;
	x->conn = NULL;
	return x;
}

/* The connection of an exchange that has ended, and its end. */
static void conn_over(struct plain_conn *c, bool goes_on, const char *why)
{
	struct plain_exchange *x = conn_detach(c);
	struct plain_host *h = c->host;

	if (goes_on && !c->writing)
		conn_idle(c);
	else
		conn_close(c);
	host_pump(h);
	x->on_over(x, why);
}

/* --- reading --------------------------------------------------------------------------------- */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret)
{
	struct plain_conn *c = handle->data;

	(void)suggested;
	*ret = uv_buf_init(c->pool->read_buf, READ_BUF);
}

static void receive(struct plain_conn *c, struct str bytes)
{
	struct plain_answer *a = &c->x->answer;
	int rc = plain_answer_take(a, &bytes);

	if (rc)
		conn_over(c, rc > 0 && a->connection_goes_on && bytes.len == 0, a->why);
}

static void received_end(struct plain_conn *c, int status)
{
	struct plain_answer *a = &c->x->answer;

	if (status != UV_EOF)
		conn_over(c, false, uv_strerror(status));
	else
		conn_over(c, false, plain_answer_end(a) > 0 ? NULL : a->why);
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct plain_conn *c = stream->data;

	if (n == 0 || c->state == CONN_CLOSED)
		return;
	if (c->state != CONN_BUSY)
		conn_close(c); /* nothing was asked on it */
	else if (n > 0)
		receive(c, str_n(buf->base, (size_t)n));
	else
		received_end(c, (int)n);
}

/* --- writing --------------------------------------------------------------------------------- */

/* What went wrong is also told to the reading side, where an answer may have come before it. */
static void on_written(uv_write_t *req, int status)
{
	struct plain_conn *c = req->data;

	if (status == 0)
		c->writing = false;
}

/* Not uv_buf_init(), whose length is an unsigned int. */
static uv_buf_t buf_of(struct str s)
{
	return (uv_buf_t){ .base = (char *)(uintptr_t)s.p, .len = s.len };
}

static int write_rest(struct plain_conn *c, struct str head, struct str body, size_t skip)
{
	struct str rest[] = { str_sub(head, skip, head.len),
		str_sub(body, skip > head.len ? skip - head.len : 0, body.len) };
	uv_buf_t bufs[2];
	unsigned n = 0;

	for (size_t i = 0; i < ARRAY_LEN(rest); i++) {
		if (rest[i].len)
			bufs[n++] = buf_of(rest[i]);
	}
	c->write.data = c;
	c->writing = true;
	return uv_write(&c->write, (uv_stream_t *)&c->tcp, bufs, n, on_written);
}

static int write_now(struct plain_conn *c, struct str head, struct str body)
{
	const uv_buf_t bufs[] = { buf_of(head), buf_of(body) };
	int n = uv_try_write((uv_stream_t *)&c->tcp, bufs, body.len ? 2 : 1);

	return n == UV_EAGAIN ? 0 : n;
}

/* 0, or libuv's error; x->written tells whether any of it went out. */
static int conn_send(struct plain_conn *c, struct plain_exchange *x)
{
	conn_move(c, CONN_BUSY);
	c->used = true;
	c->x = x;
	x->conn = c;
	int n = write_now(c, x->head, x->body);
	if (n < 0)
		return n;
	x->written = n > 0;
	if ((size_t)n == x->head.len + x->body.len)
		return 0;
	int rc = write_rest(c, x->head, x->body, (size_t)n);
	x->written = x->written || rc == 0;
	return rc;
}

/* A connection that had died unnoticed leaves the exchange to another one. */
static void host_send(struct plain_host *h, struct plain_conn *c)
{
	struct plain_exchange *x = LIST_OF(
	    list_take_first(&h->waiting), struct plain_exchange, node);
	bool used = c->used;

	if (x->may_start && !x->may_start(x)) {
		x->on_over(x, "It may not go any more");
		return;
	}
	int rc = conn_send(c, x);

	if (rc == 0)
		return;
	(void)conn_detach(c);
	conn_close(c);
	if (used && !x->written)
		list_prepend(&h->waiting, &x->node);
	else
		x->on_over(x, uv_strerror(rc));
}

/* --- connecting ------------------------------------------------------------------------------ */

/* A share of the time that is left for each address that is left. */
static void set_patience(struct plain_conn *c)
{
	mono_ns now = pool_now(c->pool), left = c->until - now;
	size_t n = c->host->addresses_len - c->address;

	deadline_set(&c->pool->connecting, &c->deadline, now + left / (mono_ns)n);
}

static void on_connected(uv_connect_t *req, int status)
{
	struct plain_conn *c = req->data;

	if (c->state == CONN_CLOSED)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read);
	struct plain_host *h = c->host;
	if (status)
		conn_failed(c, uv_strerror(status));
	else
		conn_idle(c);
	host_pump(h);
}

static void conn_connect(struct plain_conn *c)
{
	struct plain_host *h = c->host;

	conn_move(c, CONN_CONNECTING);
	set_patience(c);
	c->connect.data = c;
	int rc = uv_tcp_nodelay(&c->tcp, 1);
	if (!rc)
		rc = uv_tcp_connect(
		    &c->connect, &c->tcp, &h->addresses[c->address].any, on_connected);
	if (rc)
		conn_failed(c, uv_strerror(rc));
}

static struct plain_conn *conn_new(struct plain_host *h, size_t address, mono_ns until)
{
	struct plain_pool *p = h->pool;
	struct plain_conn *c = mem_alloc(sizeof(*c));

	if (!c)
		return NULL;
	if (uv_tcp_init(loop_uv(p->loop), &c->tcp)) {
		mem_free(c);
		return NULL;
	}
	c->tcp.data = c;
	c->pool = p;
	c->host = h;
	c->address = address;
	c->until = until;
	p->handles++;
	list_append(&h->conns[CONN_NAMING], &c->node);
	deadline_set(&p->connecting, &c->deadline, until);
	return c;
}

/* --- names ----------------------------------------------------------------------------------- */

static void add_address(struct plain_host *h, const struct sockaddr *a)
{
	union address *to = &h->addresses[h->addresses_len];

	if (h->addresses_len == ADDRESSES_MAX)
		return;
	if (a->sa_family == AF_INET) {
		memcpy(&to->v4, a, sizeof(to->v4));
		to->v4.sin_port = htons(h->port);
		h->addresses_len++;
	} else if (a->sa_family == AF_INET6) {
		memcpy(&to->v6, a, sizeof(to->v6));
		to->v6.sin6_port = htons(h->port);
		h->addresses_len++;
	}
}

static void host_named(struct plain_host *h, int status, const struct addrinfo *list)
{
	struct list_node *n;

	h->addresses_len = 0;
	for (const struct addrinfo *i = list; !status && i; i = i->ai_next)
		add_address(h, i->ai_addr);
	h->named = pool_now(h->pool);
	const char *why = status ? uv_strerror(status) : "The name has no address";
	while ((n = list_first(&h->conns[CONN_NAMING])) != NULL) {
		struct plain_conn *c = LIST_OF(n, struct plain_conn, node);
		if (h->addresses_len)
			conn_connect(c);
		else
			conn_failed(c, why);
	}
	host_pump(h);
}

static void on_named(uv_getaddrinfo_t *req, int status, struct addrinfo *list)
{
	struct lookup *look = req->data;
	struct plain_host *h = look->host;

	mem_free(look);
	if (h) {
		h->lookup = NULL;
		host_named(h, status, list);
	}
	uv_freeaddrinfo(list);
}

static int look_up(struct plain_host *h)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM, .ai_protocol = IPPROTO_TCP };
	struct lookup *look = mem_alloc(sizeof(*look));

	if (!look)
		return -E_NOMEM;
	look->host = h;
	look->req.data = look;
	if (uv_getaddrinfo(loop_uv(h->pool->loop), &look->req, on_named, h->name, NULL, &hints)) {
		mem_free(look);
		return -E_NOMEM;
	}
	h->lookup = look;
	return 0;
}

/* An address spelt out needs no looking up, and is always believed. */
static void take_literal(struct plain_host *h)
{
	union address a;

	if (uv_ip4_addr(h->name, h->port, &a.v4) == 0 ||
	    uv_ip6_addr(h->name, h->port, &a.v6) == 0) {
		add_address(h, &a.any);
		h->named = INT64_MAX - NAME_NS;
	}
}

/* --- hosts ----------------------------------------------------------------------------------- */

static size_t attempts(const struct plain_host *h)
{
	return h->conns[CONN_NAMING].count + h->conns[CONN_CONNECTING].count;
}

static bool host_is_full(const struct plain_host *h)
{
	size_t open = attempts(h) + h->conns[CONN_IDLE].count + h->conns[CONN_BUSY].count;

	return h->pool->max_connections && open >= h->pool->max_connections;
}

static bool believed(const struct plain_host *h)
{
	return h->addresses_len && pool_now(h->pool) < h->named + NAME_NS;
}

/* An attempt less than the queue needs: its first is over. */
static void attempt_failed(struct plain_host *h, const char *why)
{
	if (h->waiting.count <= attempts(h))
		return;
	struct plain_exchange *x = LIST_OF(
	    list_take_first(&h->waiting), struct plain_exchange, node);
	x->on_over(x, why);
}

static void host_connect(struct plain_host *h, size_t address, mono_ns until)
{
	struct plain_conn *c = conn_new(h, address, until);

	if (!c) {
		attempt_failed(h, "There is no memory for a connection");
		return;
	}
	if (believed(h)) {
		conn_connect(c);
		return;
	}
	c->address = 0;
	if (!h->lookup && look_up(h))
		conn_failed(c, "There is no memory for a connection");
}

/* Tries the next address, unless nobody waits for it any more. */
static void conn_failed(struct plain_conn *c, const char *why)
{
	struct plain_host *h = c->host;
	size_t next = c->state == CONN_CONNECTING ? c->address + 1 : h->addresses_len;
	mono_ns until = c->until;

	conn_close(c);
	if (next < h->addresses_len && pool_now(h->pool) < until && h->waiting.count > attempts(h))
		host_connect(h, next, until);
	else
		attempt_failed(h, why);
}

static void on_connecting_due(struct deadline *d)
{
	struct plain_conn *c = LIST_OF(d, struct plain_conn, deadline);
	struct plain_host *h = c->host;

	conn_failed(c, uv_strerror(UV_ETIMEDOUT));
	host_pump(h);
}

static struct plain_conn *host_idle_conn(struct plain_host *h)
{
	struct list_node *n;

	while ((n = list_first(&h->conns[CONN_IDLE])) != NULL) {
		struct plain_conn *c = LIST_OF(n, struct plain_conn, node);
		if (c->deadline.at > pool_now(h->pool))
			return c;
		conn_close(c); /* the timer is late */
	}
	return NULL;
}

/* Gives the queue what connections there are, and opens those that it lacks. */
static void host_pump(struct plain_host *h)
{
	struct plain_conn *c;

	if (h->pool->stopped)
		return;
	while (h->waiting.count && (c = host_idle_conn(h)) != NULL)
		host_send(h, c);
	while (h->waiting.count > attempts(h) && !host_is_full(h))
		host_connect(h, 0, pool_now(h->pool) + h->pool->connect_ns);
}

static void host_free(struct plain_host *h)
{
	list_remove(&h->pool->hosts, &h->node);
	mem_free(h);
}

static bool host_is_unused(const struct plain_host *h)
{
	return !h->exchanges && !h->lookup && !attempts(h) && !h->conns[CONN_IDLE].count &&
	    !h->conns[CONN_BUSY].count;
}

/* Only where no function above on the stack has hold of a host. */
static void free_unused_hosts(struct plain_pool *p)
{
	LIST_EACH_SAFE(n, &p->hosts)
	{
		struct plain_host *h = LIST_OF(n, struct plain_host, node);
		if (host_is_unused(h))
			host_free(h);
	}
}

static struct plain_host *host_new(struct plain_pool *p, const struct plain_target *t)
{
	struct plain_host *h = mem_alloc(sizeof(*h));

	if (!h || str_to_c(t->host, h->name, sizeof(h->name))) {
		mem_free(h);
		return NULL;
	}
	h->pool = p;
	h->port = t->port;
	list_init(&h->waiting);
	for (size_t i = 0; i < ARRAY_LEN(h->conns); i++)
		list_init(&h->conns[i]);
	take_literal(h);
	list_prepend(&p->hosts, &h->node);
	return h;
}

static struct plain_host *host_find(struct plain_pool *p, const struct plain_target *t)
{
	LIST_EACH(n, &p->hosts)
	{
		struct plain_host *h = LIST_OF(n, struct plain_host, node);
		if (h->port == t->port && str_eq_c(t->host, h->name))
			return h;
	}
	return host_new(p, t);
}

/* --- exchanges ------------------------------------------------------------------------------- */

int plain_pool_join(struct plain_pool *p, const struct plain_target *t, struct plain_exchange *x)
{
	struct plain_host *h = host_find(p, t);

	if (!h)
		return -E_NOMEM;
	h->exchanges++;
	x->host = h;
	x->written = false;
	return 0;
}

void plain_pool_submit(struct plain_exchange *x)
{
	struct plain_host *h = x->host;

	if (h->pool->hosts.count > HOSTS_KEPT)
		free_unused_hosts(h->pool);
	list_append(&h->waiting, &x->node);
	host_pump(h);
}

void plain_pool_leave(struct plain_exchange *x)
{
	struct plain_host *h = x->host;
	struct plain_conn *c = x->conn;

	if (!h)
		return;
	x->host = NULL;
	h->exchanges--;
	if (list_has(&x->node))
		list_remove(&h->waiting, &x->node);
	if (c) {
		(void)conn_detach(c);
		conn_close(c);
		host_pump(h);
	}
}

/* --- life ------------------------------------------------------------------------------------ */

int plain_pool_open(
    struct loop *l, int64_t connect_timeout_ms, long max_connections, struct plain_pool **ret)
{
	struct plain_pool *p = mem_alloc(sizeof(*p));

	if (!p)
		return -E_NOMEM;
	p->loop = l;
	p->connect_ns = (connect_timeout_ms > 0 ? connect_timeout_ms : CONNECT_DEFAULT_MS) * MS;
	p->max_connections = max_connections > 0 ? (size_t)max_connections : 0;
	list_init(&p->hosts);
	if (deadlines_init(&p->connecting, l, on_connecting_due) ||
	    deadlines_init(&p->idle, l, on_idle_due)) {
		plain_pool_close(&p);
		return -E_NOMEM;
	}
	*ret = p;
	return 0;
}

static void host_close(struct plain_host *h)
{
	struct list_node *n;

	ASSERT(h->exchanges == 0);
	for (size_t i = 0; i < ARRAY_LEN(h->conns); i++) {
		while ((n = list_first(&h->conns[i])) != NULL)
			conn_close(LIST_OF(n, struct plain_conn, node));
	}
	if (h->lookup) {
		h->lookup->host = NULL;
		(void)uv_cancel((uv_req_t *)&h->lookup->req);
	}
	host_free(h);
}

void plain_pool_stop(struct plain_pool *p)
{
	p->stopped = true;
}

void plain_pool_close(struct plain_pool **pp)
{
	struct plain_pool *p = *pp;
	struct list_node *n;

	*pp = NULL;
	if (!p)
		return;
	while ((n = list_first(&p->hosts)) != NULL)
		host_close(LIST_OF(n, struct plain_host, node));
	deadlines_done(&p->connecting);
	deadlines_done(&p->idle);
	p->closed = true;
	pool_release(p);
}
