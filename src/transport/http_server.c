/* The listening side: binding, the one timer that looks at deadlines, drain and close. What
 * happens on a connection is http_conn.c, what is answered is http_answer.c; a server is freed
 * when the last of its libuv handles was closed. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/check.h"
#include "transport/http_conn.h"

#define BACKLOG 1024
#define ACCEPTS_MAX 64 /* in a turn of the loop */

void http_limits_default(struct http_limits *l)
{
	*l = (struct http_limits){
		.max_head = 16 * 1024,
		.max_headers = 100,
		.max_body = 1024 * 1024,
		.max_conns = 10000,
		.head_ms = 10000,
		.idle_ms = 75000,
		.body_ms = 30000,
		.min_body_rate = 1024,
		.write_ms = 30000,
		.high_water = 256 * 1024,
		.body_grace_ms = 5000,
		.linger_ms = 2000,
		.max_buffered = (size_t)256 * 1024 * 1024,
		.tick_ms = 250,
		.spare_ms = 1000,
	};
}

/* --- requests' small helpers
 * ---------------------------------------------------------------------- */

struct str http_header_get(const struct http_request *req, const char *name)
{
	return http_headers_get(req->headers, req->headers_len, name);
}

struct str http_query_get(const struct http_request *req, const char *name)
{
	return http_query_find(req->arena, req->query, name);
}

struct str http_decode(struct arena *a, struct str s)
{
	return http_percent_decode(a, s, false);
}

/* --- the addresses of this process
 * ------------------------------------------------------------------ SO_REUSEPORT lets loops
 * share a port, but would also let a second process take half of our connections without anybody
 * noticing. So an address that no server of this process holds is first bound alone, which fails
 * when it is taken. */

#define ADDRESSES_MAX 64

static pthread_mutex_t addresses_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
	char text[64];
	unsigned holders;
} addresses[ADDRESSES_MAX];

static size_t address_slot(const char *text)
{
	size_t i = 0;

	while (i < ADDRESSES_MAX && !(addresses[i].holders && strcmp(addresses[i].text, text) == 0))
		i++;
	return i;
}

static bool address_is_ours(const char *text)
{
	pthread_mutex_lock(&addresses_lock);
	bool ours = address_slot(text) < ADDRESSES_MAX;
	pthread_mutex_unlock(&addresses_lock);
	return ours;
}

static void address_hold(struct http_server *s)
{
	pthread_mutex_lock(&addresses_lock);
	size_t i = address_slot(s->address);
	for (size_t slot = 0; i == ADDRESSES_MAX && slot < ADDRESSES_MAX; slot++) {
		if (!addresses[slot].holders)
			i = slot;
	}
	if (i < ADDRESSES_MAX) {
		memcpy(addresses[i].text, s->address, sizeof(s->address));
		addresses[i].holders++;
		s->registered = true;
	}
	pthread_mutex_unlock(&addresses_lock);
}

static void address_release(struct http_server *s)
{
	pthread_mutex_lock(&addresses_lock);
	size_t i = address_slot(s->address);
	if (s->registered && i < ADDRESSES_MAX)
		addresses[i].holders--;
	s->registered = false;
	pthread_mutex_unlock(&addresses_lock);
}

/* --- binding
 * ---------------------------------------------------------------------------------------- */

static int bad_listen(const char *listen, struct err *err)
{
	return err_field(err, E_INVALID, "listen",
	    "“%s” is not an address to listen on, such as 127.0.0.1:8080 or [::1]:0.", listen);
}

static int parse_listen(const char *listen, struct sockaddr_storage *ret, struct err *err)
{
	char host[64];
	const char *colon = strrchr(listen, ':');
	size_t len = colon ? (size_t)(colon - listen) : 0;
	uint64_t port;

	if (len == 0 || len >= sizeof(host) || str_to_u64(str_c(colon + 1), &port) || port > 65535)
		return bad_listen(listen, err);
	memcpy(host, listen, len);
	host[len] = '\0';
	*ret = (struct sockaddr_storage){ 0 };
	if (host[0] != '[')
		return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)ret)
		    ? bad_listen(listen, err)
		    : 0;
	if (host[len - 1] != ']')
		return bad_listen(listen, err);
	host[len - 1] = '\0';
	return uv_ip6_addr(host + 1, (int)port, (struct sockaddr_in6 *)ret)
	    ? bad_listen(listen, err)
	    : 0;
}

static void format_address(const struct sockaddr_storage *a, char *out, size_t size)
{
	char host[46] = "";

	(void)uv_ip_name((const struct sockaddr *)a, host, sizeof(host));
	if (a->ss_family == AF_INET6)
		(void)snprintf(
		    out, size, "[%s]:%d", host, ntohs(((const struct sockaddr_in6 *)a)->sin6_port));
	else
		(void)snprintf(
		    out, size, "%s:%d", host, ntohs(((const struct sockaddr_in *)a)->sin_port));
}

static socklen_t address_len(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET6 ? sizeof(struct sockaddr_in6) : sizeof(struct sockaddr_in);
}

static int cannot_bind(const char *text, int uv_error, struct err *err)
{
	return err_field(
	    err, E_IO, "listen", "Cannot listen on %s: %s.", text, uv_strerror(uv_error));
}

/* Bound alone and closed again: does anybody else hold it? */
static int probe(const struct sockaddr_storage *a, const char *text, struct err *err)
{
	int fd = socket(a->ss_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int on = 1;
	int rc = 0;

	if (fd < 0)
		return cannot_bind(text, uv_translate_sys_error(errno), err);
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)a, address_len(a)))
		rc = cannot_bind(text, uv_translate_sys_error(errno), err);
	(void)close(fd);
	return rc;
}

/* --- accepting
 * ---------------------------------------------------------------------------------------
 * Not left to libuv, which calls accept() again and again, never returning to the loop, when no
 * descriptor is left and the one it keeps in reserve was lost to another thread. Here the listener
 * rests until the next tick; whoever waits stays in the kernel's queue meanwhile. */

static void on_acceptable(uv_poll_t *p, int status, int events);

static void rest(struct http_server *s)
{
	(void)uv_poll_stop(&s->listener); /* documented never to fail on an open handle */
	s->resting = true;
	server_tick_start(s);
}

static void accept_again(struct http_server *s)
{
	s->resting = uv_poll_start(&s->listener, UV_READABLE, on_acceptable) != 0;
}

static bool is_used_up(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

/* May there be another one? Without a descriptor accept() does not tell, so what made room for one
 * goes back to the loop, which knows. */
static bool accept_one(struct http_server *s, bool may_make_room)
{
	int fd = accept4(s->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd >= 0) {
		conn_open(s, fd);
		return may_make_room;
	}
	if (errno == EAGAIN)
		return false;
	if (!is_used_up(errno))
		return true; /* that one connection was broken */
	if (may_make_room && server_make_room(s))
		return accept_one(s, false);
	rest(s);
	return false;
}

static void on_acceptable(uv_poll_t *p, int status, int events)
{
	struct http_server *s = p->data;

	(void)events;
	if (status < 0) {
		rest(s);
		return;
	}
	for (int i = 0; i < ACCEPTS_MAX && s->listening && !s->draining && !s->closed; i++) {
		if (!accept_one(s, true))
			return;
	}
}

bool server_make_room(struct http_server *s)
{
	struct list_node *n = list_first(&s->conns[CONN_IDLE]);
	struct http_conn *oldest = n ? LIST_OF(n, struct http_conn, node) : NULL;

	if (!oldest || loop_now(s->loop) - oldest->since < s->limits.spare_ms * 1000000)
		return false;
	conn_close(oldest);
	s->stats.dropped++;
	return true;
}

static int set_options(int fd)
{
	static const struct {
		int level, name;
	} options[] = {
		{ SOL_SOCKET, SO_REUSEADDR },
		{ SOL_SOCKET, SO_REUSEPORT },
		/* Accepted sockets inherit it on Linux: no call per connection. */
		{ IPPROTO_TCP, TCP_NODELAY },
	};
	int on = 1;

	for (size_t i = 0; i < ARRAY_LEN(options); i++) {
		if (setsockopt(fd, options[i].level, options[i].name, &on, sizeof(on)))
			return -1;
	}
	return 0;
}

static int name_address(struct http_server *s)
{
	union {
		struct sockaddr any;
		struct sockaddr_storage room;
	} a = { .room = { 0 } };
	socklen_t len = sizeof(a);

	if (getsockname(s->listen_fd, &a.any, &len))
		return -1;
	format_address(&a.room, s->address, sizeof(s->address));
	return 0;
}

/* Returns libuv's word for what went wrong. */
static int start_listening(struct http_server *s, const struct sockaddr_storage *a)
{
	s->listen_fd = socket(a->ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (s->listen_fd < 0 || set_options(s->listen_fd) ||
	    bind(s->listen_fd, (const struct sockaddr *)a, address_len(a)) ||
	    listen(s->listen_fd, BACKLOG) || name_address(s))
		return uv_translate_sys_error(errno);
	int rc = uv_poll_init(loop_uv(s->loop), &s->listener, s->listen_fd);
	if (rc)
		return rc;
	s->listener.data = s;
	s->handles++;
	s->listening = true;
	return uv_poll_start(&s->listener, UV_READABLE, on_acceptable);
}

static int bind_listener(struct http_server *s, const char *listen, struct err *err)
{
	struct sockaddr_storage a = { 0 };
	char text[64];
	int rc = parse_listen(listen, &a, err);

	if (rc)
		return rc;
	format_address(&a, text, sizeof(text));
	rc = address_is_ours(text) ? 0 : probe(&a, text, err);
	if (rc)
		return rc;
	rc = start_listening(s, &a);
	if (rc)
		return cannot_bind(text, rc, err);
	address_hold(s);
	return 0;
}

/* --- deadlines
 * -------------------------------------------------------------------------------------- */

static bool past(const struct http_conn *c, int64_t limit_ms)
{
	return loop_now(c->server->loop) - c->since > limit_ms * 1000000;
}

static void time_out(struct http_conn *c, const char *why)
{
	c->server->stats.timeouts++;
	if (why)
		conn_fail(c, 408, why);
	else
		conn_close(c);
}

static bool too_slow(const struct http_conn *c)
{
	const struct http_limits *l = &c->server->limits;
	const struct exchange *ex = c->ex;
	int64_t ms = (loop_now(c->server->loop) - ex->body_from) / 1000000 - l->body_grace_ms;

	if (past(c, l->body_ms))
		return true;
	return ms > 0 && (int64_t)(ex->body_got - ex->body_base) * 1000 < ms * l->min_body_rate;
}

static bool stalled(struct http_conn *c)
{
	if (c->queued < c->flushed_to) {
		c->flushed_to = c->queued;
		c->since = loop_now(c->server->loop);
	}
	return past(c, c->server->limits.write_ms);
}

static bool is_late(struct http_conn *c)
{
	const struct http_limits *l = &c->server->limits;

	switch (c->state) {
	case CONN_IDLE:
		return past(c, l->idle_ms);
	case CONN_HEAD:
		return past(c, l->head_ms);
	case CONN_BODY:
		return too_slow(c);
	case CONN_FLUSH:
		return stalled(c);
	case CONN_LINGER:
		return past(c, l->linger_ms);
	default:
		return false;
	}
}

/* `in_order`: the first that is not late ends the walk, those behind it are younger. */
static const struct {
	enum conn_state state;
	bool in_order;
	const char *why; /* NULL: closed without a word */
} deadlines[] = {
	{ CONN_IDLE, true, NULL },
	{ CONN_HEAD, true, "The request took too long to arrive." },
	{ CONN_BODY, false, "The body of the request arrived too slowly." },
	{ CONN_FLUSH, false, NULL },
	{ CONN_LINGER, true, NULL },
};

/* Timing out calls nobody but the connection itself and at most moves that one to the list of
 * the closed: the walk is safe. */
static void check_list(struct list *l, bool in_order, const char *why)
{
	LIST_EACH_SAFE(n, l)
	{
		struct http_conn *c = LIST_OF(n, struct http_conn, node);
		bool late = is_late(c);
		if (late)
			time_out(c, why);
		else if (in_order)
			return;
	}
}

static void on_tick(void *arg)
{
	struct http_server *s = arg;

	for (size_t i = 0; i < ARRAY_LEN(deadlines); i++)
		check_list(&s->conns[deadlines[i].state], deadlines[i].in_order, deadlines[i].why);
	if (s->resting && s->listening)
		accept_again(s);
	if (s->stats.conns == 0 && !s->resting) {
		loop_timer_stop(s->tick);
		s->ticking = false;
	}
}

void server_tick_start(struct http_server *s)
{
	if (s->ticking || !s->tick)
		return;
	loop_timer_start(s->tick, s->limits.tick_ms, s->limits.tick_ms);
	s->ticking = true;
}

/* --- life
 * ------------------------------------------------------------------------------------------- */

/* An idle handle and not a prepare handle: started from inside another handle's prepare or idle
 * callback it still keeps the loop from sleeping, so that nothing due is left until the next
 * event. */
static void on_idle(uv_idle_t *idle)
{
	struct http_server *s = idle->data;
	struct list_node *n;

	while ((n = list_take_first(&s->due)) != NULL)
		conn_process(LIST_OF(n, struct http_conn, due), STR(""));
	(void)uv_idle_stop(idle);
}

void server_wake(struct http_server *s)
{
	(void)uv_idle_start(&s->idle, on_idle); /* fails only without a callback */
}

static void server_free(struct http_server *s)
{
	exchange_free_spare(s);
	buf_done(&s->out);
	buf_done(&s->clear);
	buf_done(&s->wire);
	mem_free(s->read_buf);
	mem_free(s);
}

static void check_drained(struct http_server *s)
{
	void (*on_drained)(void *arg) = s->on_drained;

	if (!s->draining || s->listening || s->stats.conns || !on_drained)
		return;
	s->on_drained = NULL;
	on_drained(s->on_drained_arg);
}

void server_handle_closed(struct http_server *s)
{
	s->handles--;
	if (!s->closed)
		check_drained(s);
	else if (s->handles == 0)
		server_free(s);
}

static void close_listener(struct http_server *s)
{
	if (s->listen_fd >= 0)
		(void)close(s->listen_fd);
	s->listen_fd = -1;
}

static void on_listener_closed(uv_handle_t *h)
{
	struct http_server *s = h->data;

	s->listening = false;
	server_handle_closed(s);
}

static void on_idle_closed(uv_handle_t *h)
{
	server_handle_closed(h->data);
}

static struct http_server *server_new(struct loop *l, const struct http_limits *limits)
{
	struct http_server *s = mem_alloc(sizeof(*s));

	if (!s)
		return NULL;
	s->loop = l;
	if (limits)
		s->limits = *limits;
	else
		http_limits_default(&s->limits);
	for (size_t i = 0; i < CONN_STATES; i++)
		list_init(&s->conns[i]);
	list_init(&s->due);
	list_init(&s->spare);
	s->listen_fd = -1;
	s->date_s = INT64_MIN;
	s->read_buf = mem_alloc(READ_BUF);
	s->tick = loop_timer_new(l, on_tick, s);
	if (!s->read_buf || !s->tick) {
		loop_timer_free(&s->tick);
		mem_free(s->read_buf);
		MEM_FREE(&s);
	}
	return s;
}

int http_server_open(struct loop *l, const char *listen, const struct http_limits *limits,
    struct tls_server *tls, const struct http_handler *handler, struct http_server **ret,
    struct err *err)
{
	struct http_server *s = server_new(l, limits);

	if (!s)
		return err_set(err, E_NOMEM, "There is no memory for the HTTP server.");
	s->tls = tls;
	s->handler = *handler;
	(void)uv_idle_init(loop_uv(l), &s->idle); /* documented never to fail */
	s->idle.data = s;
	s->handles++;
	int rc = bind_listener(s, listen, err);
	if (rc) {
		if (!s->listening)
			close_listener(s);
		http_server_close(&s);
		return rc;
	}
	*ret = s;
	return 0;
}

struct str http_server_address(const struct http_server *s)
{
	return str_c(s->address);
}

static void stop_listening(struct http_server *s)
{
	if (!s->listening || uv_is_closing((uv_handle_t *)&s->listener))
		return;
	address_release(s);
	s->resting = false;
	uv_close((uv_handle_t *)&s->listener, on_listener_closed);
	close_listener(s);
}

static void close_all(struct http_server *s, enum conn_state state)
{
	LIST_EACH_SAFE(n, &s->conns[state])
	conn_close(LIST_OF(n, struct http_conn, node));
}

void http_server_drain(struct http_server *s, void (*on_drained)(void *arg), void *arg)
{
	s->draining = true;
	s->on_drained = on_drained;
	s->on_drained_arg = arg;
	stop_listening(s);
	close_all(s, CONN_IDLE);
}

void http_server_close(struct http_server **ps)
{
	struct http_server *s = *ps;

	*ps = NULL;
	if (!s)
		return;
	s->closed = true;
	stop_listening(s);
	for (int state = 0; state < CONN_CLOSED; state++)
		close_all(s, (enum conn_state)state);
	loop_timer_free(&s->tick);
	uv_close((uv_handle_t *)&s->idle, on_idle_closed);
}

void http_server_stats(const struct http_server *s, struct http_stats *ret)
{
	*ret = s->stats;
}
