/* libcurl says by on_socket() which sockets it waits for, and asks for REMOVE when a transfer lets
 * go of a connection that stays in its pool. Obeying that costs an epoll_ctl pair a request, so
 * sockets that we opened ourselves stay registered for reading until libcurl closes them
 * (on_close_socket); an event on one that nobody uses (the peer closed it, usually) only ends the
 * watching, and libcurl finds out when it looks at the connection again. Sockets that libcurl made
 * behind our back (the resolver's wake-up pair) are watched exactly as it says.
 *
 * A timer of 0 ms, which every new transfer asks for, is served by the idle handle before the
 * loop sleeps. */
#include "transport/curl_loop.h"

#include <pthread.h>
#include <unistd.h>

#include "base/check.h"
#include "transport/address.h"

#define LANES_MAX 16
#define LANE_TRANSFERS 256         /* a lane is full with so many */
#define LANE_CONNECTIONS 2048L     /* kept open in a lane */
#define SWEEP_MS ((uint64_t)10000) /* how often lanes that are not used any more are closed */

struct curl_lane {
	struct curl_loop *owner;
	CURLM *multi;
	uv_timer_t timer;
	size_t transfers;
	bool kick;  /* libcurl wants to be called now */
	bool quiet; /* it had no transfer at the last sweep */
};

struct watch {
	uv_poll_t poll;
	struct curl_loop *owner;
	struct curl_lane *lane; /* that waits for it; stale while idle */
	curl_socket_t fd;
	int events; /* what libuv watches for now */
	bool ours;  /* opened by on_open_socket */
	bool idle;  /* libcurl does not wait for it now */
};

struct curl_loop {
	struct loop *loop;
	struct curl_loop_options options;
	struct curl_lane
	    *lanes[LANES_MAX]; /* filled from the front; a gap is a lane that was closed */
	uv_idle_t idle;
	uv_timer_t sweep;
	struct watch **watches; /* by file descriptor */
	size_t watches_len;
	size_t handles; /* libuv handles not yet closed */
	bool woken, closed;
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- libuv handles --------------------------------------------------------------------------- */

static void handle_closed(struct curl_loop *c)
{
	c->handles--;
	if (!c->closed || c->handles)
		return;
	mem_free(c->watches);
	mem_free(c);
}

static void on_handle_closed(uv_handle_t *h)
{
	handle_closed(h->data);
}

static void on_watch_closed(uv_handle_t *h)
{
	struct watch *w = h->data;
	struct curl_loop *c = w->owner;

	mem_free(w);
	handle_closed(c);
}

static void on_lane_closed(uv_handle_t *h)
{
	struct curl_lane *lane = h->data;
	struct curl_loop *c = lane->owner;

	mem_free(lane);
	handle_closed(c);
}

static struct watch *watch_of(const struct curl_loop *c, curl_socket_t fd)
{
	return (size_t)fd < c->watches_len ? c->watches[fd] : NULL;
}

static bool watches_fit(struct curl_loop *c, curl_socket_t fd)
{
	size_t len = c->watches_len ? c->watches_len : 64;

	if ((size_t)fd < c->watches_len)
		return true;
	while (len <= (size_t)fd)
		len *= 2;
	struct watch **more = mem_grow(c->watches, len * sizeof(*more));
	if (!more)
		return false;
	for (size_t i = c->watches_len; i < len; i++)
		more[i] = NULL;
	c->watches = more;
	c->watches_len = len;
	return true;
}

static struct watch *watch_new(struct curl_loop *c, curl_socket_t fd, bool ours)
{
	struct watch *w = watches_fit(c, fd) ? mem_alloc(sizeof(*w)) : NULL;

	if (!w)
		return NULL;
	if (uv_poll_init(loop_uv(c->loop), &w->poll, fd)) {
		mem_free(w);
		return NULL;
	}
	w->owner = c;
	w->fd = fd;
	w->ours = ours;
	w->idle = true;
	w->poll.data = w;
	c->watches[fd] = w;
	c->handles++;
	return w;
}

static void watch_drop(struct watch *w)
{
	w->owner->watches[w->fd] = NULL;
	uv_close((uv_handle_t *)&w->poll, on_watch_closed);
}

/* --- events ---------------------------------------------------------------------------------- */

static void report_over(struct curl_lane *lane)
{
	const struct curl_loop_options *o = &lane->owner->options;
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(lane->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		CURL *easy = m->easy_handle;
		CURLcode result = m->data.result;
		curl_loop_remove(lane, easy);
		o->on_over(o->arg, easy, result);
	}
}

static void act(struct curl_lane *lane, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(lane->multi, fd, what, &running);
	report_over(lane);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
	struct watch *w = p->data;
	int what = status < 0 ? CURL_CSELECT_ERR : 0;

	if (w->idle) {
		(void)uv_poll_stop(p);
		w->events = 0;
		return;
	}
	what |= events & UV_READABLE ? CURL_CSELECT_IN : 0;
	what |= events & UV_WRITABLE ? CURL_CSELECT_OUT : 0;
	act(w->lane, w->fd, what);
}

static int watch_for(struct watch *w, int events)
{
	w->idle = false;
	if (w->events == events)
		return 0;
	w->events = events;
	return uv_poll_start(&w->poll, events, on_poll) ? -1 : 0;
}

static int stop_watching(struct watch *w)
{
	w->idle = true;
	if (!w->ours)
		watch_drop(w);
	return 0;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct curl_lane *lane = arg;
	struct watch *w = watch_of(lane->owner, fd);

	(void)easy;
	(void)socket_arg;
	if (what == CURL_POLL_REMOVE)
		return w ? stop_watching(w) : 0;
	if (!w)
		w = watch_new(lane->owner, fd, false);
	if (!w)
		return -1;
	w->lane = lane;
	int events = what & CURL_POLL_IN ? UV_READABLE : 0;
	events |= what & CURL_POLL_OUT ? UV_WRITABLE : 0;
	return watch_for(w, events);
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct curl_loop *c = arg;

	(void)purpose;
	if (c->options.public_only && !address_is_public(&a->addr))
		return CURL_SOCKET_BAD;
	int fd = socket(a->family, a->socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, a->protocol);
	if (fd < 0)
		return CURL_SOCKET_BAD;
	if (!watch_new(c, fd, true)) {
		(void)close(fd);
		return CURL_SOCKET_BAD;
	}
	return fd;
}

static int on_close_socket(void *arg, curl_socket_t fd)
{
	struct watch *w = watch_of(arg, fd);

	if (w)
		watch_drop(w);
	return close(fd);
}

/* --- time ------------------------------------------------------------------------------------ */

static void on_timer(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_lane *lane = arg;

	(void)multi;
	lane->kick = timeout_ms == 0;
	if (timeout_ms <= 0)
		(void)uv_timer_stop(&lane->timer);
	else
		(void)uv_timer_start(&lane->timer, on_timer, (uint64_t)timeout_ms, 0);
	if (lane->kick)
		curl_loop_wake(lane->owner);
	return 0;
}

static void kick_lanes(struct curl_loop *c)
{
	for (size_t i = 0; i < LANES_MAX; i++) {
		if (!c->lanes[i] || !c->lanes[i]->kick)
			continue;
		c->lanes[i]->kick = false;
		act(c->lanes[i], CURL_SOCKET_TIMEOUT, 0);
	}
}

/* Until nothing new is to be done: what the owner starts here has its first bytes written before
 * the loop sleeps. */
static void on_idle(uv_idle_t *idle)
{
	struct curl_loop *c = idle->data;

	while (c->woken) {
		c->woken = false;
		c->options.on_turn(c->options.arg);
		kick_lanes(c);
	}
	(void)uv_idle_stop(idle);
}

/* An idle handle and not a prepare handle: started inside another handle's callback of the same
 * phase it still keeps the loop from sleeping. */
void curl_loop_wake(struct curl_loop *c)
{
	if (c->closed)
		return;
	c->woken = true;
	(void)uv_idle_start(&c->idle, on_idle); /* fails only without a callback */
}

/* --- lanes ----------------------------------------------------------------------------------- */

/* Shares of the limit, so that all lanes together keep it. */
static size_t lanes_allowed(const struct curl_loop *c)
{
	size_t limit = (size_t)c->options.max_connections;
	size_t n = (limit + LANE_TRANSFERS - 1) / LANE_TRANSFERS;

	return limit == 0 || n > LANES_MAX ? LANES_MAX : n;
}

static void tune(struct curl_loop *c, CURLM *multi)
{
	long lanes = (long)lanes_allowed(c);

	if (c->options.max_connections > 0)
		(void)curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS,
		    (c->options.max_connections + lanes - 1) / lanes);
	/* By default four times the calls under way: connections would be closed whenever a
	 * burst ends. */
	(void)curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, LANE_CONNECTIONS);
	(void)curl_multi_setopt(multi, CURLMOPT_PIPELINING, (long)CURLPIPE_MULTIPLEX);
}

static struct curl_lane *lane_new(struct curl_loop *c)
{
	struct curl_lane *lane = mem_alloc(sizeof(*lane));

	if (!lane)
		return NULL;
	lane->owner = c;
	lane->multi = curl_multi_init();
	if (!lane->multi) {
		mem_free(lane);
		return NULL;
	}
	(void)uv_timer_init(loop_uv(c->loop), &lane->timer); /* cannot fail */
	lane->timer.data = lane;
	c->handles++;
	curl_multi_setopt(lane->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(lane->multi, CURLMOPT_SOCKETDATA, lane);
	curl_multi_setopt(lane->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
	curl_multi_setopt(lane->multi, CURLMOPT_TIMERDATA, lane);
	tune(c, lane->multi);
	return lane;
}

/* Its pooled connections are closed through on_close_socket(). */
static void lane_close(struct curl_lane *lane)
{
	(void)curl_multi_cleanup(lane->multi);
	uv_close((uv_handle_t *)&lane->timer, on_lane_closed);
}

/* The first lane stays; another that had nothing to do between two sweeps goes, with its
 * connections. */
static void on_sweep(uv_timer_t *t)
{
	struct curl_loop *c = t->data;
	size_t left = 0;

	for (size_t i = 1; i < LANES_MAX; i++) {
		struct curl_lane *lane = c->lanes[i];
		if (!lane)
			continue;
		if (lane->transfers == 0 && lane->quiet) {
			c->lanes[i] = NULL;
			lane_close(lane);
			continue;
		}
		lane->quiet = lane->transfers == 0;
		left++;
	}
	if (!left)
		(void)uv_timer_stop(t);
}

static struct curl_lane *lane_at(struct curl_loop *c, size_t i)
{
	if (!c->lanes[i]) {
		c->lanes[i] = lane_new(c);
		(void)uv_timer_start(&c->sweep, on_sweep, SWEEP_MS, SWEEP_MS);
	}
	return c->lanes[i];
}

/* The first that is not full; when all are, the emptiest. */
static struct curl_lane *lane_pick(struct curl_loop *c)
{
	size_t n = lanes_allowed(c);
	struct curl_lane *emptiest = NULL;

	for (size_t i = 0; i < n; i++) {
		struct curl_lane *lane = lane_at(c, i);
		if (lane && lane->transfers < LANE_TRANSFERS)
			return lane;
		if (lane && (!emptiest || lane->transfers < emptiest->transfers))
			emptiest = lane;
	}
	return emptiest;
}

int curl_loop_add(struct curl_loop *c, CURL *easy, struct curl_lane **ret)
{
	struct curl_lane *lane = lane_pick(c);

	if (!lane || curl_multi_add_handle(lane->multi, easy))
		return -E_NOMEM;
	lane->transfers++;
	lane->quiet = false;
	*ret = lane;
	return 0;
}

void curl_loop_remove(struct curl_lane *lane, CURL *easy)
{
	ASSERT(lane->transfers > 0);
	lane->transfers--;
	(void)curl_multi_remove_handle(lane->multi, easy);
}

/* --- life ------------------------------------------------------------------------------------ */

static void start_handles(struct curl_loop *c)
{
	(void)uv_idle_init(loop_uv(c->loop), &c->idle); /* neither can fail */
	(void)uv_timer_init(loop_uv(c->loop), &c->sweep);
	c->idle.data = c;
	c->sweep.data = c;
	c->handles = 2;
}

int curl_loop_open(
    struct loop *l, const struct curl_loop_options *o, struct curl_loop **ret, struct err *err)
{
	pthread_once(&global_once, global_init);
	if (global_result)
		return err_set(
		    err, E_IO, "libcurl cannot be used: %s.", curl_easy_strerror(global_result));
	struct curl_loop *c = mem_alloc(sizeof(*c));
	if (!c)
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	c->loop = l;
	c->options = *o;
	start_handles(c);
	if (!lane_at(c, 0)) {
		curl_loop_close(&c);
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	}
	*ret = c;
	return 0;
}

void curl_loop_close(struct curl_loop **pc)
{
	struct curl_loop *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	for (size_t i = 0; i < LANES_MAX; i++) {
		if (c->lanes[i])
			lane_close(c->lanes[i]);
		c->lanes[i] = NULL;
	}
	c->closed = true;
	for (size_t i = 0; i < c->watches_len; i++) {
		if (c->watches[i])
			watch_drop(c->watches[i]);
	}
	uv_close((uv_handle_t *)&c->idle, on_handle_closed);
	uv_close((uv_handle_t *)&c->sweep, on_handle_closed);
}

CURLcode curl_loop_adopt(struct curl_loop *c, CURL *easy)
{
	const struct {
		CURLoption option;
		void *value;
	} data[] = { { CURLOPT_OPENSOCKETDATA, c }, { CURLOPT_CLOSESOCKETDATA, c } };
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open_socket);

	if (!rc)
		rc = curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, on_close_socket);
	for (size_t i = 0; !rc && i < ARRAY_LEN(data); i++)
		rc = curl_easy_setopt(easy, data[i].option, data[i].value);
	return rc;
}
