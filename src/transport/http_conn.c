/* One connection: bytes in, requests out, one at a time.
 *
 * first byte          head whole        body whole          answer over IDLE ────────────► HEAD
 * ───────────► BODY ──────────► BUSY ─────────────────► IDLE ▲
 * (or at once)      │  ▲                    │ └───────────────── client took all ──── FLUSH
 * ◄───────┘  └── client took all  │ no keep-alive └──────────► LINGER ◄───────────────┘ any ─►
 * CLOSED: error, deadline, end of input where more was due
 *
 * conn_process() is the loop that makes these moves: it is entered with new bytes, or without
 * any when something changed (answer given, body unpaused, queue flushed), does what conn_want()
 * says until that is to wait, keeps the bytes that are left over and settles the state. Reading
 * stops while bytes are left over: a client that pipelines is held back by its own socket, and
 * `in` never exceeds one read. */
#include "transport/http_conn.h"

#include <string.h>
#include <unistd.h>

#include "base/check.h"

#define SPARE_MAX 512                  /* exchanges kept for reuse per server */
#define ARENA_FIRST ((size_t)8 * 1024) /* a usual send with all that is learned about it */
#define ARENA_MAX ((size_t)256 * 1024 * 1024)
#define BODY_FIRST ((uint64_t)64 * 1024) /* memory given on a declared length alone */
#define LINGER_BYTES ((size_t)4 * 1024 * 1024)
#define REFUSED_MAX 64 /* connections beyond max_conns that are told so */

enum want { WANT_HEAD, WANT_BODY, WANT_FINISH, WANT_DISCARD, WANT_WAIT };

/* --- exchanges
 * ----------------------------------------------------------------------------------- */

static struct exchange *exchange_new(void)
{
	struct exchange *ex = mem_alloc(sizeof(*ex));

	if (!ex)
		return NULL;
	ex->req.arena = arena_new(ARENA_FIRST, ARENA_MAX);
	if (!ex->req.arena)
		MEM_FREE(&ex);
	return ex;
}

static void body_done(struct exchange *ex)
{
	if (ex->secret)
		mem_wipe(ex->body.p, ex->body.len);
	buf_done(&ex->body);
}

static void exchange_free(struct exchange *ex)
{
	arena_free(&ex->req.arena);
	body_done(ex);
	mem_free(ex);
}

static struct exchange *exchange_take(struct http_conn *c)
{
	struct http_server *s = c->server;
	struct list_node *n = list_take_first(&s->spare);
	struct exchange *ex = n ? LIST_OF(n, struct exchange, node) : exchange_new();

	if (!ex)
		return NULL;
	struct arena *arena = ex->req.arena;
	*ex = (struct exchange){ .req = { .arena = arena, .conn = c, .server = s } };
	ex->req.started = loop_now(s->loop);
	ex->req.peer = str_c(c->peer);
	ex->plan.max_body = s->limits.max_body;
	s->stats.in_flight++;
	s->stats.requests++;
	return ex;
}

static void exchange_release(struct http_conn *c)
{
	struct http_server *s = c->server;
	struct exchange *ex = c->ex;

	ASSERT(ex);
	if (ex->req.on_gone)
		ex->req.on_gone(&ex->req);
	c->ex = NULL;
	s->stats.in_flight--;
	s->buffered -= ex->held;
	body_done(ex);
	if (s->spare.count >= SPARE_MAX || s->closed) {
		exchange_free(ex);
		return;
	}
	arena_reset(ex->req.arena);
	list_prepend(&s->spare, &ex->node);
}

void http_keep_secret(struct http_request *req)
{
	struct exchange *ex = (struct exchange *)(void *)((char *)req -
	    offsetof(struct exchange, req));

	ex->secret = true;
	arena_keep_secret(req->arena);
}

void exchange_free_spare(struct http_server *s)
{
	struct list_node *n;

	while ((n = list_take_first(&s->spare)) != NULL)
		exchange_free(LIST_OF(n, struct exchange, node));
}

/* --- states
 * -------------------------------------------------------------------------------------- */

void conn_move(struct http_conn *c, enum conn_state to)
{
	struct list *lists = c->server->conns;

	ASSERT(c->state != CONN_CLOSED);
	list_remove(&lists[c->state], &c->node);
	c->state = to;
	c->since = loop_now(c->server->loop);
	list_append(&lists[to], &c->node);
}

static void on_closed(uv_handle_t *h)
{
	struct http_conn *c = h->data;
	struct http_server *s = c->server;

	if (c->ex)
		exchange_release(c);
	list_remove(&s->conns[CONN_CLOSED], &c->node);
	s->closing--;
	s->stats.conns--;
	buf_done(&c->in);
	tls_conn_free(&c->tls);
	mem_free(c);
	server_handle_closed(s);
}

void conn_close(struct http_conn *c)
{
	if (c->state == CONN_CLOSED)
		return;
	conn_move(c, CONN_CLOSED);
	c->server->closing++;
	if (list_has(&c->due))
		list_remove(&c->server->due, &c->due);
	uv_close((uv_handle_t *)&c->tcp, on_closed);
}

void conn_touch(struct http_conn *c)
{
	struct http_server *s = c->server;

	if (c->processing || c->state == CONN_CLOSED || list_has(&c->due))
		return;
	list_append(&s->due, &c->due);
	server_wake(s);
}

void conn_fail(struct http_conn *c, int status, const char *why)
{
	struct exchange *ex = c->ex;

	c->closing = true;
	if (c->state == CONN_CLOSED)
		return;
	if (ex && ex->answered) {
		conn_close(c);
		return;
	}
	answer_fault(c, status, why);
	if (ex)
		ex->answered = ex->ended = true;
	conn_touch(c);
}

/* --- bodies
 * -------------------------------------------------------------------------------------- */

static void start_request(struct exchange *ex)
{
	struct http_server *s = ex->req.server;

	s->handler.on_request(s->handler.ctx, &ex->req);
}

static void body_over(struct http_conn *c)
{
	struct exchange *ex = c->ex;

	ex->body_done = true;
	if (ex->answered)
		return;
	if (ex->plan.stream) {
		if (ex->req.on_body_end)
			ex->req.on_body_end(&ex->req);
		return;
	}
	if (!ex->req.body.p)
		ex->req.body = buf_str(&ex->body);
	start_request(ex);
}

/* Counts a piece as held; false when all bodies together would be too much. */
static bool body_fits(struct http_conn *c, size_t more)
{
	struct http_server *s = c->server;

	if (s->buffered + more > s->limits.max_buffered)
		return false;
	s->buffered += more;
	c->ex->held += more;
	return true;
}

static void body_collect(struct http_conn *c, struct str piece)
{
	struct exchange *ex = c->ex;
	uint64_t declared = ex->req.content_length;

	if (!body_fits(c, piece.len)) {
		conn_fail(c, 503, "There is no memory for this request now.");
		return;
	}
	if (piece.len == declared) { /* all of it at once, the usual case */
		ex->req.body = arena_str(ex->req.arena, piece);
		if (!ex->req.body.p)
			conn_fail(c, 503, "There is no memory for this request now.");
		return;
	}
	if (!ex->body.p && declared != UINT64_MAX)
		(void)buf_reserve(
		    &ex->body, (size_t)(declared < BODY_FIRST ? declared : BODY_FIRST));
	buf_add(&ex->body, piece);
	if (ex->body.failed)
		conn_fail(c, 503, "There is no memory for this request now.");
}

static void body_piece(struct http_conn *c, struct str piece)
{
	struct exchange *ex = c->ex;

	ex->body_got += piece.len;
	if (ex->answered)
		return; /* the rest is thrown away */
	if (ex->body_got > ex->plan.max_body) {
		conn_fail(c, 413, "The body is larger than this server accepts.");
		return;
	}
	if (!ex->plan.stream)
		body_collect(c, piece);
	else if (ex->req.on_body)
		ex->req.on_body(&ex->req, piece);
}

static void take_counted(struct http_conn *c, struct str *rest)
{
	struct exchange *ex = c->ex;
	size_t n = ex->body_left < rest->len ? (size_t)ex->body_left : rest->len;
	struct str piece = str_sub(*rest, 0, n);

	*rest = str_sub(*rest, n, rest->len);
	ex->body_left -= n;
	body_piece(c, piece);
	if (c->state != CONN_CLOSED && ex->body_left == 0)
		body_over(c);
}

static void take_chunked(struct http_conn *c, struct str *rest)
{
	struct exchange *ex = c->ex;
	struct str piece;
	int got = http_chunked_next(&ex->chunked, rest, &piece);

	if (got == HTTP_CHUNK_DATA)
		body_piece(c, piece);
	else if (got == HTTP_CHUNK_END)
		body_over(c);
	else if (got < 0)
		conn_fail(c, 400, "The chunked body is malformed.");
}

static void take_body(struct http_conn *c, struct str *rest)
{
	ASSERT(c->ex);
	if (c->ex->req.content_length == UINT64_MAX)
		take_chunked(c, rest);
	else
		take_counted(c, rest);
}

/* --- heads
 * --------------------------------------------------------------------------------------- */

static void fill_request(struct exchange *ex, const struct http_head *h)
{
	struct http_request *req = &ex->req;

	req->method = h->method;
	req->target = h->target;
	req->path = h->path;
	req->query = h->query;
	req->headers = h->headers;
	req->headers_len = h->headers_len;
	req->content_length = h->content_length;
	req->body_expected = h->content_length > 0;
	req->minor = h->minor;
	ex->body_left = h->chunked ? 0 : h->content_length;
	ex->body_done = h->content_length == 0;
	ex->continued = !h->expect_continue || ex->body_done;
	ex->mute = h->method == HTTP_M_HEAD;
	ex->body_from = req->started;
}

static void send_continue(struct http_conn *c, bool body_came)
{
	struct str line = STR("HTTP/1.1 100 Continue\r\n\r\n");

	if (!c->ex->continued && !body_came)
		conn_write(c, &line, 1);
	c->ex->continued = true;
}

/* The application has seen the head and not answered. */
static void go_on_to_body(struct http_conn *c, bool body_came)
{
	struct exchange *ex = c->ex;

	if (ex->req.content_length != UINT64_MAX && ex->req.content_length > ex->plan.max_body) {
		conn_fail(c, 413, "The body is larger than this server accepts.");
		return;
	}
	send_continue(c, body_came);
	if (c->state != CONN_CLOSED && (ex->body_done || ex->plan.stream))
		start_request(ex);
	if (c->state != CONN_CLOSED && ex->body_done && ex->plan.stream && !ex->answered)
		body_over(c);
}

static int read_head(struct http_conn *c, struct str head, struct http_fault *ret_fault)
{
	struct exchange *ex = c->ex;
	struct http_head h;
	struct str copy = arena_str(ex->req.arena, head);

	if (!copy.p)
		return -E_NOMEM;
	int rc = http_head_parse(ex->req.arena, copy, c->server->limits.max_headers, &h, ret_fault);
	if (rc)
		return rc;
	fill_request(ex, &h);
	if (!h.keep_alive || c->server->draining)
		c->closing = true;
	return 0;
}

static void bad_head(struct http_conn *c, int rc, const struct http_fault *f)
{
	if (rc == -E_NOMEM) {
		conn_fail(c, 503, "There is no memory for this request now.");
		return;
	}
	c->server->stats.bad_requests++;
	conn_fail(c, f->status, f->why);
}

static void begin_exchange(struct http_conn *c, struct str head, bool body_came)
{
	struct http_server *s = c->server;
	struct http_fault f = { 400, "" };

	c->ex = exchange_take(c);
	int rc = c->ex ? read_head(c, head, &f) : -E_NOMEM;
	if (rc) {
		bad_head(c, rc, &f);
		return;
	}
	if (s->handler.on_head)
		s->handler.on_head(s->handler.ctx, &c->ex->req, &c->ex->plan);
	if (c->state != CONN_CLOSED && !c->ex->answered)
		go_on_to_body(c, body_came);
}

/* False when the head is not all there. */
static bool take_head(struct http_conn *c, struct str *rest)
{
	struct http_fault f;
	size_t len = 0;
	int rc = http_head_find(&c->scan, *rest, c->server->limits.max_head, &len, &f);

	if (rc == 0)
		return false;
	c->scan = (struct http_scan){ 0 };
	if (rc < 0) {
		bad_head(c, rc, &f);
		return true;
	}
	struct str head = str_sub(*rest, 0, len);
	*rest = str_sub(*rest, len, rest->len);
	begin_exchange(c, head, rest->len > 0);
	return true;
}

/* --- the loop
 * ------------------------------------------------------------------------------------ */

static enum want conn_want(const struct http_conn *c)
{
	const struct exchange *ex = c->ex;

	if (c->state == CONN_CLOSED || c->state == CONN_LINGER)
		return WANT_DISCARD;
	if (!ex)
		return c->closing ? WANT_DISCARD : c->queued ? WANT_WAIT : WANT_HEAD;
	if (ex->ended && (ex->body_done || c->closing))
		return WANT_FINISH;
	if (ex->answered && c->closing)
		return WANT_DISCARD;
	return ex->body_done || ex->paused ? WANT_WAIT : WANT_BODY;
}

static bool discard(struct http_conn *c, struct str *rest)
{
	c->discarded += rest->len;
	*rest = str_sub(*rest, rest->len, 0);
	if (c->discarded > LINGER_BYTES)
		conn_close(c);
	return false;
}

/* Does one thing; false when there is nothing more to do now. */
static bool conn_step(struct http_conn *c, struct str *rest)
{
	switch (conn_want(c)) {
	case WANT_HEAD:
		return rest->len && take_head(c, rest);
	case WANT_BODY:
		if (!rest->len)
			return false;
		c->since = loop_now(c->server->loop);
		take_body(c, rest);
		return true;
	case WANT_FINISH:
		exchange_release(c);
		return true;
	case WANT_DISCARD:
		return discard(c, rest);
	default:
		return false;
	}
}

/* Is the handshake, or a head, half done? */
static bool half_head(const struct http_conn *c)
{
	return c->in.len > 0 || (c->tls && !tls_conn_ready(c->tls));
}

static enum conn_state next_state(const struct http_conn *c)
{
	const struct exchange *ex = c->ex;

	if (c->state == CONN_LINGER)
		return CONN_LINGER;
	if (!ex && c->closing)
		return c->queued ? CONN_FLUSH : CONN_LINGER;
	if (!ex)
		return c->queued ? CONN_FLUSH : half_head(c) ? CONN_HEAD : CONN_IDLE;
	if (!ex->body_done && !ex->paused && !(ex->answered && c->closing))
		return CONN_BODY;
	return c->queued ? CONN_FLUSH : CONN_BUSY;
}

/* Input is over: where it ends in the middle of something, or nothing is owed any more, so does
 * the connection. */
static bool eof_ends(const struct http_conn *c, enum conn_state to)
{
	return c->eof &&
	    (to == CONN_IDLE || to == CONN_HEAD || to == CONN_BODY || to == CONN_LINGER);
}

static void on_alloc(uv_handle_t *h, size_t suggested, uv_buf_t *ret)
{
	struct http_conn *c = h->data;

	(void)suggested;
	*ret = uv_buf_init(c->server->read_buf, READ_BUF);
}

static void receive_tls(struct http_conn *c, struct str wire)
{
	struct http_server *s = c->server;

	buf_reset(&s->clear);
	buf_reset(&s->wire);
	int rc = tls_conn_receive(c->tls, wire, &s->clear, &s->wire);
	struct str out = buf_str(&s->wire);
	if (out.len)
		conn_write_wire(c, out);
	c->eof = c->eof || rc == -E_CLOSED;
	if (rc && rc != -E_CLOSED)
		conn_close(c);
	else
		conn_process(c, buf_str(&s->clear));
}

static void on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *buf)
{
	struct http_conn *c = stream->data;

	if (n == 0 || c->state == CONN_CLOSED)
		return;
	if (n < 0 && n != UV_EOF) {
		conn_close(c);
		return;
	}
	c->eof = n < 0;
	struct str bytes = n < 0 ? STR("") : str_n(buf->base, (size_t)n);
	if (c->tls && bytes.len)
		receive_tls(c, bytes);
	else
		conn_process(c, bytes);
}

static void settle_reading(struct http_conn *c)
{
	bool waits = c->state == CONN_BUSY || c->state == CONN_FLUSH;
	bool want = !c->eof && !(waits && (c->in.len > 0 || (c->ex && c->ex->paused)));

	if (want == c->reading)
		return;
	c->reading = want;
	if (!want)
		(void)uv_read_stop((uv_stream_t *)&c->tcp);
	else if (uv_read_start((uv_stream_t *)&c->tcp, on_alloc, on_read))
		conn_close(c);
}

static void conn_settle(struct http_conn *c)
{
	enum conn_state to = next_state(c);

	if (eof_ends(c, to)) {
		conn_close(c);
		return;
	}
	if (to != c->state)
		conn_move(c, to);
	if (to == CONN_FLUSH)
		c->flushed_to = c->queued;
	if (to == CONN_LINGER && !c->shut)
		conn_shutdown(c);
	if (c->state != CONN_CLOSED)
		settle_reading(c);
}

/* Keep what was not used. `stashed`: the bytes are c->in itself. */
static void keep_rest(struct http_conn *c, bool stashed, struct str rest)
{
	if (stashed)
		buf_remove_front(&c->in, c->in.len - rest.len);
	else
		buf_add(&c->in, rest);
	if (c->in.failed)
		conn_close(c);
	if (c->in.len == 0)
		buf_done(&c->in);
}

void conn_process(struct http_conn *c, struct str bytes)
{
	bool stashed = c->in.len > 0;

	ASSERT(!c->processing);
	if (c->state == CONN_CLOSED)
		return;
	if (stashed)
		buf_add(&c->in, bytes);
	struct str rest = stashed ? buf_str(&c->in) : bytes;
	c->processing = true;
	while (conn_step(c, &rest))
		continue;
	c->processing = false;
	if (c->state != CONN_CLOSED)
		keep_rest(c, stashed, rest);
	if (c->state != CONN_CLOSED)
		conn_settle(c);
}

/* --- opening
 * ------------------------------------------------------------------------------------- */

static void read_peer(struct http_conn *c)
{
	struct sockaddr_storage a;
	int len = sizeof(a);

	if (uv_tcp_getpeername(&c->tcp, (struct sockaddr *)&a, &len))
		return;
	(void)uv_ip_name((const struct sockaddr *)&a, c->peer, sizeof(c->peer));
	if (strncmp(c->peer, "::ffff:", 7) == 0 && strchr(c->peer, '.'))
		memmove(c->peer, c->peer + 7, strlen(c->peer + 7) + 1);
}

/* More than max_conns: told so while there are few of them, else just closed. */
static void refuse(struct http_conn *c)
{
	struct http_server *s = c->server;

	s->stats.refused_conns++;
	if (c->tls || s->stats.conns > s->limits.max_conns + REFUSED_MAX) {
		conn_close(c);
		return;
	}
	conn_fail(c, 503, "All connections of this server are taken.");
}

static bool conn_take(struct http_conn *c, int fd)
{
	struct http_server *s = c->server;

	if (uv_tcp_open(&c->tcp, fd)) {
		(void)close(fd);
		return false;
	}
	read_peer(c);
	if (s->tls) {
		c->tls = tls_conn_new(s->tls);
		return c->tls != NULL;
	}
	return true;
}

/* Those that make room are counted until their handles are closed. */
static bool is_full(const struct http_server *s)
{
	return s->stats.conns - s->closing >= s->limits.max_conns;
}

void conn_open(struct http_server *s, int fd)
{
	struct http_conn *c = mem_alloc(sizeof(*c));

	server_tick_start(s);
	if (!c || uv_tcp_init(loop_uv(s->loop), &c->tcp)) {
		mem_free(c);
		(void)close(fd);
		return;
	}
	bool full = is_full(s) && !server_make_room(s);
	c->tcp.data = c;
	c->server = s;
	c->state = CONN_IDLE;
	c->since = loop_now(s->loop);
	list_append(&s->conns[CONN_IDLE], &c->node);
	s->handles++;
	s->stats.conns++;
	s->stats.accepted++;
	if (!conn_take(c, fd))
		conn_close(c);
	else if (full)
		refuse(c);
	conn_process(c, STR(""));
}
