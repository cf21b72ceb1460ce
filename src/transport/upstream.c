/* Calls over plain HTTP that are whole at both ends go to the plain client (plain_client.h); all else
 * is libcurl's, and here.
 *
 * A call and its easy handle live together and are used again and again; what did not change since
 * the last use (URL, headers, method, time-out) is not set again. A call is in one list:
 *
 *   SPARE ──start──► STARTING ──next turn──► RUNNING ──over, cancelled──► SPARE
 *
 * What libcurl forbids inside its own callbacks (adding, removing, unpausing) is put off to the
 * next turn: such calls are in `due`.
 *
 * Was anything written? libcurl asks before it sends (PREREQFUNCTION), with the connection made and
 * its TLS agreed: what fails before that was not sent, what fails after it may have been. It asks
 * again where it would repeat a request on another connection, and is told no (on_ready). */
#include "transport/upstream.h"

#include <string.h>

#include "base/check.h"
#include "base/list.h"
#include "transport/curl_loop.h"
#include "transport/easy_setup.h"
#include "transport/plain_client.h"

#define SPARE_MAX 512
#define ANSWER_MAX ((size_t)4 * 1024 * 1024)
#define HEAD_MAX ((size_t)64 * 1024)
#define KEEP_BYTES ((size_t)16 * 1024) /* buffers larger than this are not kept with a spare call */
#define HEADERS_MAX 128
#define IDLE_CONNECTION_S 5L

enum call_state { CALL_SPARE, CALL_STARTING, CALL_RUNNING, CALL_STATES };

struct curl_call {
	struct upstream_call call;
	struct upstream *owner;
	CURL *easy;
	struct curl_lane *lane; /* CALL_RUNNING: where it runs */
	struct list_node node;  /* in the list of its state */
	struct list_node due;
	enum call_state state;
	struct upstream_request req;
	struct easy_setup setup;
	struct buf head, body; /* of the answer */
	int status;
	bool once; /* the same request, sent twice, does something twice */
	bool head_over, cancelled, resumed;
	bool ready;   /* libcurl was let send */
	bool paused;  /* on_chunk wants no more for now */
	bool starved; /* on_read had nothing for now */
	mono_ns started;
};

struct upstream {
	struct loop *loop;
	struct curl_loop *curl;
	struct plain_client *plain; /* NULL: libcurl carries all */
	struct upstream_options options;
	char *ca_file, *proxy;
	CURLSH *share;
	struct list calls[CALL_STATES];
	struct list due;
	struct http_header headers[HEADERS_MAX]; /* of the answer that is being told */
	bool closing;
};

static const struct {
	CURLoption option;
	long value;
} fixed[] = {
	{ CURLOPT_NOSIGNAL, 1 },
	{ CURLOPT_NOPROGRESS, 1 },
	{ CURLOPT_TCP_NODELAY, 1 },
	{ CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_2TLS },
	{ CURLOPT_MAXAGE_CONN, IDLE_CONNECTION_S },
	{ CURLOPT_PATH_AS_IS, 1 }, /* or /a/../b would reach what nobody checked */
	{ CURLOPT_DISALLOW_USERNAME_IN_URL, 1 },
	{ CURLOPT_SUPPRESS_CONNECT_HEADERS, 1 },
	{ CURLOPT_FOLLOWLOCATION, 0 },
	{ CURLOPT_SSL_VERIFYPEER, 1 },
	{ CURLOPT_SSL_VERIFYHOST, 2 },
	{ CURLOPT_SSLVERSION, CURL_SSLVERSION_TLSv1_2 },
	{ CURLOPT_BUFFERSIZE, 8 * 1024 },
	{ CURLOPT_UPLOAD_BUFFERSIZE, 16 * 1024 },
};

/* --- answers --------------------------------------------------------------------------------- */

static struct str next_line(struct str *rest)
{
	struct str line = str_cut(rest, '\n');

	return str_trim(line);
}

static size_t read_headers(struct upstream *u, struct str text)
{
	size_t n = 0;

	while (text.p && n < HEADERS_MAX) {
		struct str value = next_line(&text);
		struct str name = str_cut(&value, ':');
		if (name.len && value.p)
			u->headers[n++] = (struct http_header){ name, str_trim(value) };
	}
	return n;
}

static int status_of(struct str line)
{
	struct str rest = line;
	uint64_t n;

	(void)str_cut(&rest, ' ');
	return str_to_u64(str_sub(rest, 0, 3), &n) || n > 999 ? 0 : (int)n;
}

static void head_complete(struct curl_call *c)
{
	if (c->status < 200) /* 100 Continue and the like: the real one follows */
		return;
	c->head_over = true;
	if (c->req.on_head)
		c->req.on_head(c->req.arg, c->status, c->owner->headers,
		    read_headers(c->owner, buf_str(&c->head)));
}

/* One line of the answer's head at a time; trailers come here too and are not told. */
static size_t on_header(char *p, size_t size, size_t n, void *arg)
{
	struct curl_call *c = arg;
	struct str line = str_n(p, size * n);

	if (c->head_over)
		return line.len;
	if (str_starts(line, STR("HTTP/"))) {
		buf_reset(&c->head);
		c->status = status_of(line);
	} else if (str_trim(line).len == 0) {
		head_complete(c);
	} else {
		buf_add(&c->head, line);
	}
	return c->head.failed ? 0 : line.len;
}

static size_t on_answer(char *p, size_t size, size_t n, void *arg)
{
	struct curl_call *c = arg;
	struct str chunk = str_n(p, size * n);

	if (!c->req.on_chunk) {
		buf_add(&c->body, chunk);
		return c->body.failed ? 0 : chunk.len;
	}
	if (chunk.len && !c->req.on_chunk(c->req.arg, chunk) && !c->paused) {
		c->paused = true;
		(void)curl_easy_pause(c->easy, CURLPAUSE_RECV | (c->starved ? CURLPAUSE_SEND : 0));
	}
	return chunk.len;
}

static size_t on_request_body(char *out, size_t size, size_t n, void *arg)
{
	struct curl_call *c = arg;
	int64_t got = c->req.on_read(c->req.arg, out, size * n);

	c->starved = got < 0;
	return c->starved ? CURL_READFUNC_PAUSE : (size_t)got;
}

/* libcurl would repeat a POST whose reused connection died without an answer. */
static int on_ready(void *arg, char *address, char *local, int port, int local_port)
{
	struct curl_call *c = arg;

	(void)address;
	(void)local;
	(void)port;
	(void)local_port;
	if (c->ready && c->once)
		return CURL_PREREQFUNC_ABORT;
	if (!c->ready && c->req.may_start && !c->req.may_start(c->req.arg))
		return CURL_PREREQFUNC_ABORT;
	c->ready = true;
	return CURL_PREREQFUNC_OK;
}

static enum upstream_outcome outcome_of(const struct curl_call *c, CURLcode result)
{
	/* libcurl finds nothing wrong with a connection that closes inside the head. */
	if (result == CURLE_OK && c->head_over)
		return UPSTREAM_ANSWERED;
	return c->ready ? UPSTREAM_UNKNOWN : UPSTREAM_NOT_SENT;
}

/* --- calls ----------------------------------------------------------------------------------- */

static void call_move(struct curl_call *c, enum call_state to)
{
	struct upstream *u = c->owner;

	list_remove(&u->calls[c->state], &c->node);
	c->state = to;
	list_prepend(&u->calls[to], &c->node); /* of the spare ones, the last used is the warmest */
}

static void call_free(struct curl_call *c)
{
	curl_easy_cleanup(c->easy);
	easy_setup_done(&c->setup);
	buf_done(&c->head);
	buf_done(&c->body);
	mem_free(c);
}

static CURLcode set_fixed(CURL *easy)
{
	CURLcode rc = CURLE_OK;

	for (size_t i = 0; !rc && i < ARRAY_LEN(fixed); i++)
		rc = curl_easy_setopt(easy, fixed[i].option, fixed[i].value);
	return rc ? rc : curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
}

static CURLcode set_callbacks(struct curl_call *c)
{
	const struct {
		CURLoption option;
		void *value;
	} data[] = { { CURLOPT_HEADERDATA, c }, { CURLOPT_WRITEDATA, c }, { CURLOPT_READDATA, c },
		{ CURLOPT_PREREQDATA, c }, { CURLOPT_PRIVATE, c } };
	CURLcode rc = curl_easy_setopt(c->easy, CURLOPT_HEADERFUNCTION, on_header);

	if (!rc)
		rc = curl_easy_setopt(c->easy, CURLOPT_WRITEFUNCTION, on_answer);
	if (!rc)
		rc = curl_easy_setopt(c->easy, CURLOPT_READFUNCTION, on_request_body);
	if (!rc)
		rc = curl_easy_setopt(c->easy, CURLOPT_PREREQFUNCTION, on_ready);
	for (size_t i = 0; !rc && i < ARRAY_LEN(data); i++)
		rc = curl_easy_setopt(c->easy, data[i].option, data[i].value);
	return rc;
}

static CURLcode set_options(const struct upstream *u, CURL *easy)
{
	CURLcode rc = curl_easy_setopt(easy, CURLOPT_PROXY, u->proxy ? u->proxy : "");

	if (!rc && u->ca_file)
		rc = curl_easy_setopt(easy, CURLOPT_CAINFO, u->ca_file);
	if (!rc && u->options.connect_timeout_ms > 0)
		rc = curl_easy_setopt(
		    easy, CURLOPT_CONNECTTIMEOUT_MS, (long)u->options.connect_timeout_ms);
	return rc ? rc : curl_easy_setopt(easy, CURLOPT_SHARE, u->share);
}

static struct curl_call *call_new(struct upstream *u)
{
	struct curl_call *c = mem_alloc(sizeof(*c));

	if (!c)
		return NULL;
	c->owner = u;
	c->easy = curl_easy_init();
	easy_setup_init(&c->setup, c->easy);
	buf_init(&c->head, HEAD_MAX);
	buf_init(&c->body, u->options.max_answer);
	if (!c->easy || set_fixed(c->easy) || set_callbacks(c) || set_options(u, c->easy) ||
	    curl_loop_adopt(u->curl, c->easy)) {
		call_free(c);
		return NULL;
	}
	list_append(&u->calls[CALL_SPARE], &c->node);
	return c;
}

static struct curl_call *call_take(struct upstream *u)
{
	struct list_node *n = list_first(&u->calls[CALL_SPARE]);

	return n ? LIST_OF(n, struct curl_call, node) : call_new(u);
}

static void trim(struct buf *b)
{
	if (b->cap > KEEP_BYTES)
		buf_done(b);
	else
		buf_reset(b);
}

static void call_recycle(struct curl_call *c)
{
	struct upstream *u = c->owner;

	call_move(c, CALL_SPARE);
	trim(&c->head);
	trim(&c->body);
	if (u->calls[CALL_SPARE].count > SPARE_MAX) {
		list_remove(&u->calls[CALL_SPARE], &c->node);
		call_free(c);
	}
}

static struct str error_text(enum upstream_outcome outcome, CURLcode result)
{
	if (outcome == UPSTREAM_ANSWERED)
		return STR("");
	return result ? str_c(curl_easy_strerror(result)) : STR("The answer broke off in its head");
}

static void call_over(struct curl_call *c, CURLcode result)
{
	struct upstream *u = c->owner;
	struct upstream_answer a = {
		.outcome = outcome_of(c, result),
		.status = c->status,
		.body = buf_str(&c->body),
		.headers = u->headers,
		.took = loop_now(u->loop) - c->started,
	};

	if (list_has(&c->due))
		list_remove(&u->due, &c->due);
	a.headers_len = read_headers(u, buf_str(&c->head));
	a.error = error_text(a.outcome, result);
	c->req.on_done(c->req.arg, &a);
	call_recycle(c);
}

/* --- verbs ----------------------------------------------------------------------------------- */

static void call_due(struct curl_call *c)
{
	if (!list_has(&c->due))
		list_append(&c->owner->due, &c->due);
	curl_loop_wake(c->owner->curl);
}

static int start_curl(struct upstream *u, const struct upstream_request *r,
    struct upstream_call **ret, struct err *err)
{
	int64_t timeout_ms = r->timeout_ms > 0 ? r->timeout_ms : u->options.timeout_ms;
	struct curl_call *c = call_take(u);

	if (!c || easy_setup_apply(&c->setup, r, timeout_ms))
		return err_set(err, E_NOMEM, "There is no memory for a call to the upstream.");
	c->req = *r;
	c->req.headers = NULL;
	c->req.url = STR_NONE;
	c->once = r->method == HTTP_M_POST || r->method == HTTP_M_PATCH;
	c->status = 0;
	c->head_over = c->ready = c->cancelled = c->resumed = c->paused = c->starved = false;
	c->started = loop_now(u->loop);
	call_move(c, CALL_STARTING);
	call_due(c);
	if (ret)
		*ret = &c->call;
	return 0;
}

int upstream_start(struct upstream *u, const struct upstream_request *r, struct upstream_call **ret,
    struct err *err)
{
	int rc = u->closing ? err_set(err, E_CLOSED, "The upstream client is closing.")
			    : easy_setup_check(r, err);
	struct plain_target target;

	if (rc)
		return rc;
	if (u->plain && plain_request_split(r, &target))
		return plain_client_start(u->plain, r, &target, ret, err);
	return start_curl(u, r, ret, err);
}

void upstream_resume(struct upstream_call *call)
{
	struct curl_call *c = LIST_OF(call, struct curl_call, call);

	if (call->plain) /* which streams nothing */
		return;
	ASSERT(c->state != CALL_SPARE);
	c->resumed = true;
	call_due(c);
}

void upstream_cancel(struct upstream_call *call)
{
	struct curl_call *c = LIST_OF(call, struct curl_call, call);

	if (call->plain) {
		plain_client_cancel(call);
		return;
	}
	ASSERT(c->state != CALL_SPARE);
	c->cancelled = true;
	call_due(c);
}

size_t upstream_in_flight(const struct upstream *u)
{
	size_t plain = u->plain ? plain_client_in_flight(u->plain) : 0;

	return plain + u->calls[CALL_STARTING].count + u->calls[CALL_RUNNING].count;
}

/* --- the turn -------------------------------------------------------------------------------- */

static void end_early(struct curl_call *c)
{
	if (c->state == CALL_RUNNING)
		curl_loop_remove(c->lane, c->easy);
	call_over(c, CURLE_ABORTED_BY_CALLBACK);
}

/* libcurl keeps the counters of the last transfer until the next one begins: a call that never
 * began has none. */
static void not_begun(struct curl_call *c, CURLcode why)
{
	struct upstream_answer a = {
		.outcome = UPSTREAM_NOT_SENT,
		.body = STR(""),
		.error = str_c(curl_easy_strerror(why)),
	};

	c->req.on_done(c->req.arg, &a);
	call_recycle(c);
}

static void begin_call(struct curl_call *c)
{
	call_move(c, CALL_RUNNING);
	if (c->cancelled)
		not_begun(c, CURLE_ABORTED_BY_CALLBACK);
	else if (curl_loop_add(c->owner->curl, c->easy, &c->lane))
		not_begun(c, CURLE_OUT_OF_MEMORY);
}

static void go_on(struct curl_call *c)
{
	if (!c->resumed)
		return;
	c->resumed = c->paused = c->starved = false;
	(void)curl_easy_pause(c->easy, CURLPAUSE_CONT);
}

static void on_turn(void *arg)
{
	struct upstream *u = arg;
	struct list_node *n;

	while ((n = list_take_first(&u->due)) != NULL) {
		struct curl_call *c = LIST_OF(n, struct curl_call, due);
		if (c->state == CALL_STARTING)
			begin_call(c);
		else if (c->cancelled)
			end_early(c);
		else
			go_on(c);
	}
}

static void on_over(void *arg, CURL *easy, CURLcode result)
{
	char *call = NULL;

	(void)arg;
	ASSERT(curl_easy_getinfo(easy, CURLINFO_PRIVATE, &call) == CURLE_OK && call);
	call_over((struct curl_call *)(void *)call, result);
}

/* --- life ------------------------------------------------------------------------------------ */

static char *copy_text(const char *z, bool *failed)
{
	size_t size = z ? strlen(z) + 1 : 0;
	char *copy = size ? mem_alloc(size) : NULL;

	*failed = *failed || (size && !copy);
	return copy ? memcpy(copy, z, size) : NULL;
}

/* TLS sessions are resumed by whichever call connects next. */
static bool open_share(struct upstream *u)
{
	u->share = curl_share_init();
	return u->share &&
	    curl_share_setopt(u->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK;
}

static bool may_be_plain(const struct upstream_options *o)
{
	return !o->public_only && !o->force_libcurl && !(o->proxy && *o->proxy);
}

int upstream_open(
    struct loop *l, const struct upstream_options *o, struct upstream **ret, struct err *err)
{
	struct upstream *u = mem_alloc(sizeof(*u));
	const struct curl_loop_options ours = {
		.arg = u,
		.on_turn = on_turn,
		.on_over = on_over,
		.public_only = o->public_only,
		.max_connections = o->max_connections,
	};
	bool failed = !u;

	if (!u)
		return err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	u->loop = l;
	u->options = *o;
	if (!u->options.max_answer)
		u->options.max_answer = ANSWER_MAX;
	u->ca_file = copy_text(o->ca_file, &failed);
	u->proxy = copy_text(o->proxy, &failed);
	for (size_t i = 0; i < CALL_STATES; i++)
		list_init(&u->calls[i]);
	list_init(&u->due);
	int rc = curl_loop_open(l, &ours, &u->curl, err);
	if (!rc && (failed || !open_share(u)))
		rc = err_set(err, E_NOMEM, "There is no memory for the upstream client.");
	if (!rc && may_be_plain(o))
		rc = plain_client_open(l, &u->options, &u->plain, err);
	if (rc) {
		upstream_close(&u);
		return rc;
	}
	*ret = u;
	return 0;
}

static void end_all(struct upstream *u)
{
	struct list_node *n;

	while ((n = list_first(&u->calls[CALL_STARTING])) != NULL) {
		struct curl_call *c = LIST_OF(n, struct curl_call, node);
		if (list_has(&c->due))
			list_remove(&u->due, &c->due);
		not_begun(c, CURLE_ABORTED_BY_CALLBACK);
	}
	while ((n = list_first(&u->calls[CALL_RUNNING])) != NULL)
		end_early(LIST_OF(n, struct curl_call, node));
}

void upstream_close(struct upstream **pu)
{
	struct upstream *u = *pu;
	struct list_node *n;

	*pu = NULL;
	if (!u)
		return;
	u->closing = true;
	plain_client_close(&u->plain);
	end_all(u);
	while ((n = list_take_first(&u->calls[CALL_SPARE])) != NULL)
		call_free(LIST_OF(n, struct curl_call, node));
	curl_loop_close(&u->curl);
	(void)curl_share_cleanup(u->share);
	mem_free(u->ca_file);
	mem_free(u->proxy);
	mem_free(u);
}

struct str upstream_url(struct arena *a, struct str base, struct str target)
{
	while (base.len && base.p[base.len - 1] == '/')
		base.len--;
	return arena_printf(a, "%.*s%.*s", STR_ARG(base), STR_ARG(target));
}
