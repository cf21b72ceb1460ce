/* Answers. The head is put together in the server's scratch buffer, a short body behind it (one
 * record for TLS); a long one goes out beside it in one writev. Only what the socket does not take
 * at once is copied and queued. The application's headers are checked for line ends here, so that
 * nothing that came from elsewhere can split an answer. */
#include "transport/http_conn.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"

#define DRAIN_MAX \
	((uint64_t)64 * 1024) /* an unread body up to this is read past to keep the connection */
#define PARTS_MAX 3
#define JOINED_MAX ((size_t)4 * 1024)

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{ 200, "OK" },
	{ 201, "Created" },
	{ 202, "Accepted" },
	{ 204, "No Content" },
	{ 206, "Partial Content" },
	{ 301, "Moved Permanently" },
	{ 302, "Found" },
	{ 303, "See Other" },
	{ 304, "Not Modified" },
	{ 307, "Temporary Redirect" },
	{ 308, "Permanent Redirect" },
	{ 400, "Bad Request" },
	{ 401, "Unauthorized" },
	{ 403, "Forbidden" },
	{ 404, "Not Found" },
	{ 405, "Method Not Allowed" },
	{ 406, "Not Acceptable" },
	{ 408, "Request Timeout" },
	{ 409, "Conflict" },
	{ 410, "Gone" },
	{ 411, "Length Required" },
	{ 412, "Precondition Failed" },
	{ 413, "Content Too Large" },
	{ 414, "URI Too Long" },
	{ 415, "Unsupported Media Type" },
	{ 416, "Range Not Satisfiable" },
	{ 417, "Expectation Failed" },
	{ 421, "Misdirected Request" },
	{ 422, "Unprocessable Content" },
	{ 423, "Locked" },
	{ 425, "Too Early" },
	{ 426, "Upgrade Required" },
	{ 428, "Precondition Required" },
	{ 429, "Too Many Requests" },
	{ 431, "Request Header Fields Too Large" },
	{ 500, "Internal Server Error" },
	{ 501, "Not Implemented" },
	{ 502, "Bad Gateway" },
	{ 503, "Service Unavailable" },
	{ 504, "Gateway Timeout" },
	{ 505, "HTTP Version Not Supported" },
	{ 507, "Insufficient Storage" },
};

const char *http_reason(int status)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (reasons[i].status == status)
			return reasons[i].reason;
	}
	return "Unknown";
}

static struct exchange *exchange_of(struct http_request *req)
{
	return (struct exchange *)(void *)((char *)req - offsetof(struct exchange, req));
}

/* --- bytes out
 * ----------------------------------------------------------------------------------- */

struct pending {
	uv_write_t req;
	struct http_conn *conn;
	size_t len;
	char bytes[];
};

static void on_flushed(struct http_conn *c)
{
	struct exchange *ex = c->ex;

	if (ex && ex->answered && !ex->ended && ex->on_drain)
		ex->on_drain(&ex->req);
	conn_touch(c);
}

static void on_written(uv_write_t *w, int status)
{
	struct pending *p = w->data;
	struct http_conn *c = p->conn;

	c->queued -= p->len;
	mem_free(p);
	if (c->state == CONN_CLOSED)
		return;
	if (status < 0)
		conn_close(c);
	else if (c->queued == 0)
		on_flushed(c);
}

static void copy_from(struct pending *p, const struct str *parts, size_t n, size_t skip)
{
	char *out = p->bytes;

	for (size_t i = 0; i < n; i++) {
		size_t from = skip < parts[i].len ? skip : parts[i].len;
		skip -= from;
		if (parts[i].len > from)
			memcpy(out, parts[i].p + from, parts[i].len - from);
		out += parts[i].len - from;
	}
}

static void queue_rest(
    struct http_conn *c, const struct str *parts, size_t n, size_t sent, size_t all)
{
	struct pending *p = mem_alloc(sizeof(*p) + (all - sent));

	if (!p) {
		conn_close(c);
		return;
	}
	p->req.data = p;
	p->conn = c;
	p->len = all - sent;
	copy_from(p, parts, n, sent);
	uv_buf_t b = uv_buf_init(p->bytes, (unsigned)p->len);
	if (uv_write(&p->req, (uv_stream_t *)&c->tcp, &b, 1, on_written)) {
		mem_free(p);
		conn_close(c);
		return;
	}
	c->queued += p->len;
	conn_touch(c);
}

static void write_parts(struct http_conn *c, const struct str *parts, size_t n)
{
	uv_buf_t bufs[PARTS_MAX] = { 0 };
	size_t all = 0;

	for (size_t i = 0; i < n; i++) {
		bufs[i] = uv_buf_init((char *)(uintptr_t)parts[i].p, (unsigned)parts[i].len);
		all += parts[i].len;
	}
	int sent = c->queued ? UV_EAGAIN : uv_try_write((uv_stream_t *)&c->tcp, bufs, (unsigned)n);
	if (sent == UV_EAGAIN)
		sent = 0;
	if (sent < 0)
		conn_close(c);
	else if ((size_t)sent < all)
		queue_rest(c, parts, n, (size_t)sent, all);
}

void conn_write_wire(struct http_conn *c, struct str bytes)
{
	if (c->state != CONN_CLOSED && bytes.len)
		write_parts(c, &bytes, 1);
}

static int encrypt(struct http_conn *c, const struct str *parts, size_t n)
{
	struct buf *wire = &c->server->wire;
	int rc = 0;

	buf_reset(wire);
	for (size_t i = 0; !rc && i < n; i++)
		rc = parts[i].len ? tls_conn_send(c->tls, parts[i], wire) : 0;
	return rc ? rc : wire->failed ? -E_NOMEM : 0;
}

void conn_write(struct http_conn *c, const struct str *parts, size_t n)
{
	ASSERT(n <= PARTS_MAX);
	if (c->state == CONN_CLOSED)
		return;
	if (!c->tls)
		write_parts(c, parts, n);
	else if (encrypt(c, parts, n))
		conn_close(c);
	else
		conn_write_wire(c, buf_str(&c->server->wire));
}

static void on_shutdown(uv_shutdown_t *s, int status)
{
	(void)status;
	mem_free(s);
}

void conn_shutdown(struct http_conn *c)
{
	uv_shutdown_t *req = mem_alloc(sizeof(*req));

	c->shut = true;
	if (c->tls) {
		buf_reset(&c->server->wire);
		tls_conn_close(c->tls, &c->server->wire);
		conn_write_wire(c, buf_str(&c->server->wire));
	}
	if (!req || c->state == CONN_CLOSED ||
	    uv_shutdown(req, (uv_stream_t *)&c->tcp, on_shutdown)) {
		mem_free(req);
		conn_close(c);
	}
}

/* --- heads
 * --------------------------------------------------------------------------------------- */

static struct str date_text(struct http_server *s)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	int64_t now = clock_now() / MS_PER_S;
	struct tm tm;
	time_t t = (time_t)now;

	if (now == s->date_s)
		return str_n(s->date, 29);
	s->date_s = now;
	gmtime_r(&t, &tm);
	(void)snprintf(s->date, sizeof(s->date), "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT",
	    days + 3 * tm.tm_wday, tm.tm_mday % 100, months + 3 * tm.tm_mon,
	    (tm.tm_year + 1900) % 10000, tm.tm_hour % 100, tm.tm_min % 100, tm.tm_sec % 100);
	return str_n(s->date, 29);
}

/* A head is written with one reservation for all of it: the fixed lines, then what the headers
 * need. */
#define HEAD_FIXED ((size_t)320)

static void put(struct buf *out, struct str s)
{
	if (s.len)
		memcpy(out->p + out->len, s.p, s.len);
	out->len += s.len;
}

static void put_number(struct buf *out, uint64_t n)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + n % 10);
		n /= 10;
	} while (n);
	put(out, str_n(digits + at, sizeof(digits) - at));
}

static void put_header(struct buf *out, const struct http_header *h)
{
	if (!h->name.len || !http_one_line(h->name) || !http_one_line(h->value))
		return;
	put(out, h->name);
	put(out, STR(": "));
	put(out, h->value);
	put(out, STR("\r\n"));
}

static size_t headers_size(const struct http_header *headers, size_t n)
{
	size_t size = HEAD_FIXED;

	for (size_t i = 0; i < n; i++)
		size += headers[i].name.len + headers[i].value.len + 4;
	return size;
}

/* What a head says beside the application's headers. */
struct answer {
	int status;
	unsigned minor;
	bool has_length, chunked;
	uint64_t length;
};

static void put_framing(struct buf *out, const struct answer *a, bool closing)
{
	if (closing)
		put(out, STR("Connection: close\r\n"));
	else if (a->minor == 0)
		put(out, STR("Connection: keep-alive\r\n"));
	if (a->chunked)
		put(out, STR("Transfer-Encoding: chunked\r\n"));
	if (a->has_length) {
		put(out, STR("Content-Length: "));
		put_number(out, a->length);
		put(out, STR("\r\n"));
	}
}

/* The whole head in s->out; false, and the connection is closed, without memory for it. */
static bool make_head(
    struct http_conn *c, const struct answer *a, const struct http_header *headers, size_t n)
{
	struct buf *out = &c->server->out;

	buf_reset(out);
	if (!buf_reserve(out, headers_size(headers, n))) {
		conn_close(c);
		return false;
	}
	put(out, STR("HTTP/1.1 "));
	put_number(out, (uint64_t)a->status);
	put(out, STR(" "));
	put(out, str_c(http_reason(a->status)));
	put(out, STR("\r\nDate: "));
	put(out, date_text(c->server));
	put(out, STR("\r\n"));
	put_framing(out, a, c->closing);
	for (size_t i = 0; i < n; i++)
		put_header(out, &headers[i]);
	put(out, STR("\r\n"));
	return true;
}

static bool without_body(int status)
{
	return status == 204 || status == 304 || status < 200;
}

/* --- our own errors
 * ------------------------------------------------------------------------------ */

/* Both a problem (RFC 9457) and what a Graph client looks for: these answers are given before
 * anyone knows whose path it is. Codes 100 (invalid parameter) and 2 (try later) are Graph's
 * own. */
static void fault_body(char *out, size_t size, int status, const char *why)
{
	bool later = status == 503 || status == 408;

	(void)snprintf(out, size,
	    "{\"type\":\"about:blank\",\"title\":\"%s\",\"status\":%d,\"detail\":\"%s\","
	    "\"error\":{\"message\":\"%s\",\"type\":\"VarcoHttpException\",\"code\":%d,"
	    "\"is_transient\":%s}}",
	    http_reason(status), status, why, why, later ? 2 : 100, later ? "true" : "false");
}

void answer_fault(struct http_conn *c, int status, const char *why)
{
	static const struct http_header headers[] = {
		{ { "Content-Type", 12 }, { "application/problem+json", 24 } },
		{ { "Retry-After", 11 }, { "1", 1 } },
	};
	char body[768];

	if (c->tls && !tls_conn_ready(c->tls)) {
		conn_close(c);
		return;
	}
	fault_body(body, sizeof(body), status, why);
	struct answer a = {
		.status = status, .minor = 1, .has_length = true, .length = strlen(body)
	};
	if (!make_head(c, &a, headers, status == 503 ? 2 : 1))
		return;
	const struct str parts[] = { buf_str(&c->server->out), str_c(body) };
	conn_write(c, parts, c->ex && c->ex->mute ? 1 : 2);
}

/* --- answers of the application
 * ------------------------------------------------------------------ */

/* An answer before the end of the body: a short rest is read past, a long or uncertain one ends
 * the connection. */
static void decide_closing(struct http_conn *c, const struct exchange *ex)
{
	if (c->server->draining)
		c->closing = true;
	if (ex->body_done)
		return;
	if (!ex->continued || ex->req.content_length == UINT64_MAX || ex->body_left > DRAIN_MAX)
		c->closing = true;
}

static bool begin_answer(struct exchange *ex, int status)
{
	struct http_conn *c = ex->req.conn;

	ASSERT(!ex->answered);
	ex->answered = true;
	ex->paused = false;
	ex->mute = ex->mute || without_body(status);
	if (c->state == CONN_CLOSED)
		return false;
	decide_closing(c, ex);
	return true;
}

static void end_answer(struct exchange *ex)
{
	ex->ended = true;
	conn_touch(ex->req.conn);
}

void http_respond(struct http_request *req, int status, const struct http_header *headers, size_t n,
    struct str body)
{
	struct exchange *ex = exchange_of(req);
	struct http_conn *c = req->conn;

	if (!begin_answer(ex, status))
		return;
	struct answer a = { .status = status, .minor = req->minor, .length = body.len };
	a.has_length = !without_body(status);
	if (!make_head(c, &a, headers, n))
		return;
	struct buf *out = &c->server->out;
	bool joined = ex->mute || body.len <= JOINED_MAX;
	if (joined && !ex->mute)
		buf_add(out, body);
	if (out->failed) {
		conn_close(c);
		return;
	}
	const struct str parts[] = { buf_str(out), body };
	conn_write(c, parts, joined ? 1 : 2);
	end_answer(ex);
}

void http_respond_json(struct http_request *req, int status, const struct http_header *headers,
    size_t n, struct str json)
{
	struct http_header all[HTTP_RESPOND_HEADERS + 1] = { { STR("Content-Type"),
	    STR("application/json") } };

	ASSERT(n <= HTTP_RESPOND_HEADERS);
	if (n)
		memcpy(all + 1, headers, n * sizeof(*headers));
	http_respond(req, status, all, n + 1, json);
}

void http_respond_begin(struct http_request *req, int status, const struct http_header *headers,
    size_t n, int64_t length, void (*on_drain)(struct http_request *req))
{
	struct exchange *ex = exchange_of(req);
	struct http_conn *c = req->conn;
	bool open_end = length < 0 && !without_body(status);

	if (!begin_answer(ex, status))
		return;
	ex->on_drain = on_drain;
	ex->out_left = length < 0 ? -1 : length;
	ex->chunked_out = open_end && req->minor == 1;
	if (open_end && req->minor == 0)
		c->closing = true;
	struct answer a = { .status = status, .minor = req->minor, .chunked = ex->chunked_out };
	a.has_length = length >= 0 && !without_body(status);
	a.length = length < 0 ? 0 : (uint64_t)length;
	if (!make_head(c, &a, headers, n))
		return;
	struct str head = buf_str(&c->server->out);
	conn_write(c, &head, 1);
}

static void write_chunk(struct http_conn *c, struct str chunk)
{
	char size[24];
	int len = snprintf(size, sizeof(size), "%zx\r\n", chunk.len);

	const struct str parts[] = { str_n(size, (size_t)len), chunk, STR("\r\n") };
	conn_write(c, parts, 3);
}

bool http_respond_write(struct http_request *req, struct str chunk)
{
	struct exchange *ex = exchange_of(req);
	struct http_conn *c = req->conn;

	ASSERT(ex->answered && !ex->ended);
	if (c->state == CONN_CLOSED)
		return false;
	if (ex->out_left >= 0 && chunk.len > (uint64_t)ex->out_left) {
		http_respond_abort(req); /* more than was declared */
		return false;
	}
	if (ex->out_left >= 0)
		ex->out_left -= (int64_t)chunk.len;
	if (!ex->mute && chunk.len && ex->chunked_out)
		write_chunk(c, chunk);
	else if (!ex->mute && chunk.len)
		conn_write(c, &chunk, 1);
	return c->state != CONN_CLOSED && c->queued <= c->server->limits.high_water;
}

void http_respond_end(struct http_request *req)
{
	struct exchange *ex = exchange_of(req);

	ASSERT(ex->answered && !ex->ended);
	if (ex->out_left > 0 && !ex->mute) {
		http_respond_abort(req); /* less than was declared */
		return;
	}
	if (ex->chunked_out && !ex->mute) {
		struct str last = STR("0\r\n\r\n");
		conn_write(req->conn, &last, 1);
	}
	end_answer(ex);
}

void http_respond_abort(struct http_request *req)
{
	struct exchange *ex = exchange_of(req);

	ex->answered = ex->ended = true;
	conn_close(req->conn);
}

bool http_responded(const struct http_request *req)
{
	return ((const struct exchange *)(const void *)((const char *)req -
		    offsetof(struct exchange, req)))
	    ->answered;
}

void http_body_pause(struct http_request *req, bool pause)
{
	struct exchange *ex = exchange_of(req);

	if (ex->paused == pause || ex->answered)
		return;
	ex->paused = pause;
	ex->body_from = loop_now(req->server->loop);
	ex->body_base = ex->body_got;
	conn_touch(req->conn);
}
