/* libcurl says by socket_callback which sockets it waits for, and asks for REMOVE when a transfer lets go of a connection
 * that stays in its pool. Obeying that costs an epoll_ctl pair a request, so sockets that we opened ourselves stay
 * registered for reading until libcurl closes them (on_close_socket); an event on one that nobody uses (the peer
 * closed it, usually) only ends the watching, and libcurl finds out when it looks at the connection again. Sockets
 * that libcurl made behind our back (the resolver's wake-up pair) are watched exactly as it says.
 *
 * A timer of 0 ms, which every new transfer asks for, is served by the idle handle before the loop sleeps. */
#include "transport/curl_loop.h"

#include <pthread.h>
#include <unistd.h>

#include "base/check.h"
#include "transport/address.h"

struct watch {
	uv_poll_t poll;
	struct curl_loop *owner;
	curl_socket_t fd;
	int events; /* what libuv watches for now */
	bool ours;  /* opened by on_open_socket */
	bool idle;  /* libcurl does not wait for it now */
};

struct curl_loop {
	struct loop *loop;
	struct curl_loop_owner owner;
	CURLM *multi;
	uv_idle_t idle;
	uv_timer_t timer;
	struct watch **watches; /* by file descriptor */
	size_t watches_len;
	size_t handles; /* libuv handles not yet closed */
	bool public_only, woken, kick, closed;
};

static pthread_once_t global_once = PTHREAD_ONCE_INIT;
static CURLcode global_result;

static void global_init(void)
{
	global_result = curl_global_init(CURL_GLOBAL_DEFAULT);
}

/* --- libuv handles -------------------------------------------------------------------------------- */

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
	*w = (struct watch){ .poll = w->poll, .owner = c, .fd = fd, .ours = ours, .idle = true };
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

/* --- events ----------------------------------------------------------------------------------------- */

static void report_over(struct curl_loop *c)
{
	CURLMsg *m;
	int left;

	while ((m = curl_multi_info_read(c->multi, &left)) != NULL) {
		if (m->msg != CURLMSG_DONE)
			continue;
		CURL *easy = m->easy_handle;
		CURLcode result = m->data.result;
		(void)curl_multi_remove_handle(c->multi, easy);
		c->owner.on_over(c->owner.arg, easy, result);
	}
}

static void act(struct curl_loop *c, curl_socket_t fd, int what)
{
	int running;

	(void)curl_multi_socket_action(c->multi, fd, what, &running);
	report_over(c);
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
	act(w->owner, w->fd, what);
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
	struct curl_loop *c = arg;
	struct watch *w = watch_of(c, fd);

	(void)easy;
	(void)socket_arg;
	if (what == CURL_POLL_REMOVE)
		return w ? stop_watching(w) : 0;
	if (!w)
		w = watch_new(c, fd, false);
	if (!w)
		return -1;
	int events = what & CURL_POLL_IN ? UV_READABLE : 0;
	events |= what & CURL_POLL_OUT ? UV_WRITABLE : 0;
	return watch_for(w, events);
}

static curl_socket_t on_open_socket(void *arg, curlsocktype purpose, struct curl_sockaddr *a)
{
	struct curl_loop *c = arg;

	(void)purpose;
	if (c->public_only && !address_is_public(&a->addr))
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

/* --- time --------------------------------------------------------------------------------------------- */

static void on_timer(uv_timer_t *t)
{
	act(t->data, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timeout_wanted(CURLM *multi, long timeout_ms, void *arg)
{
	struct curl_loop *c = arg;

	(void)multi;
	c->kick = timeout_ms == 0;
	if (timeout_ms <= 0)
		(void)uv_timer_stop(&c->timer);
	else
		(void)uv_timer_start(&c->timer, on_timer, (uint64_t)timeout_ms, 0);
	if (c->kick)
		curl_loop_wake(c);
	return 0;
}

/* Until nothing new is to be done: what the owner starts here has its first bytes written before the loop sleeps. */
static void on_idle(uv_idle_t *idle)
{
	struct curl_loop *c = idle->data;

	while (c->woken || c->kick) {
		bool kick = c->kick;
		c->woken = c->kick = false;
		c->owner.on_turn(c->owner.arg);
		if (kick || c->kick) {
			c->kick = false;
			act(c, CURL_SOCKET_TIMEOUT, 0);
		}
	}
	(void)uv_idle_stop(idle);
}

/* An idle handle and not a prepare handle: started inside another handle's callback of the same phase it
 * still keeps the loop from sleeping. */
void curl_loop_wake(struct curl_loop *c)
{
	if (c->closed)
		return;
	c->woken = true;
	(void)uv_idle_start(&c->idle, on_idle); /* fails only without a callback */
}

/* --- life --------------------------------------------------------------------------------------------- */

static void start_handles(struct curl_loop *c)
{
	(void)uv_idle_init(loop_uv(c->loop), &c->idle); /* neither can fail */
	(void)uv_timer_init(loop_uv(c->loop), &c->timer);
	c->idle.data = c;
	c->timer.data = c;
	c->handles = 2;
}

int curl_loop_open(struct loop *l, const struct curl_loop_owner *owner, bool public_only,
    struct curl_loop **ret, struct err *err)
{
	pthread_once(&global_once, global_init);
	if (global_result)
		return err_set(
		    err, E_IO, "libcurl cannot be used: %s.", curl_easy_strerror(global_result));
	struct curl_loop *c = mem_alloc(sizeof(*c));
	if (c)
		c->multi = curl_multi_init();
	if (!c || !c->multi) {
		mem_free(c);
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	}
	c->loop = l;
	c->owner = *owner;
	c->public_only = public_only;
	start_handles(c);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(c->multi, CURLMOPT_SOCKETDATA, c);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERFUNCTION, on_timeout_wanted);
	curl_multi_setopt(c->multi, CURLMOPT_TIMERDATA, c);
	*ret = c;
	return 0;
}

void curl_loop_close(struct curl_loop **pc)
{
	struct curl_loop *c = *pc;

	*pc = NULL;
	if (!c)
		return;
	(void)curl_multi_cleanup(
	    c->multi); /* closes the pooled connections through on_close_socket */
	c->closed = true;
	for (size_t i = 0; i < c->watches_len; i++) {
		if (c->watches[i])
			watch_drop(c->watches[i]);
	}
	uv_close((uv_handle_t *)&c->idle, on_handle_closed);
	uv_close((uv_handle_t *)&c->timer, on_handle_closed);
}

CURLM *curl_loop_multi(struct curl_loop *c)
{
	return c->multi;
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
