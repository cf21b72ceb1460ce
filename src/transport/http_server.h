/* transport/http_server.h: HTTP/1.1 on a loop: llhttp behind limits and deadlines. It hands
 * requests to callbacks and decides nothing.
 *
 * One server object per loop; several share one port by SO_REUSEPORT. Strict: a request with
 * obs-fold, without Host (1.1) or with two, bare CR or LF in a header, CL with TE, a TE other than
 * "chunked", several CL, a zero byte, or a path that is not origin-form is answered 400 and the
 * connection closed. Bounded: request line + headers (431/414), body (413, refused from the
 * declared length before it is read), header count, time to the end of the headers, time of the
 * body with a minimum rate, idle time (408 or close), connections: beyond the limit the one that has
 * been idle longest makes room, or the new one gets 503 with Retry-After; when the process has no
 * descriptor left it waits in the kernel's queue, and the loop goes on. Slow readers are dropped. Pipelined requests are answered in order, one at a time.
 *
 * A struct http_request lives from on_head until its answer is written or its connection is
 * gone; it is freed by the server, in that order: `on_gone` (when set), arena, request. Who
 * answers later (from another event on the same loop) keeps the pointer and must stop using it
 * when on_gone was called. Everything runs on the server's loop. The process ignores SIGPIPE. */
#ifndef TRANSPORT_HTTP_SERVER_H
#define TRANSPORT_HTTP_SERVER_H

#include "base/arena.h"
#include "base/loop.h"
#include "base/str.h"
#include "transport/http_parse.h" /* enum http_method, struct http_header */

struct http_server;
struct http_conn;

struct http_request {
	enum http_method method;
	struct str target; /* as received */
	struct str path;   /* percent-encoded, before '?' */
	struct str query;  /* after '?', STR_NONE when absent */
	const struct http_header *headers;
	size_t headers_len;
	bool body_expected;
	uint64_t content_length; /* UINT64_MAX when chunked */
	struct str body;         /* whole, when the plan did not stream */
	struct str peer;         /* address without port */
	mono_ns started;
	unsigned minor;      /* HTTP/1.0 or 1.1 */
	struct arena *arena; /* dies with the request */
	struct http_conn *conn;
	struct http_server *server;
	void *user;                                /* the application's */
	void (*on_gone)(struct http_request *req); /* the client went away, or the answer is out */
	/* streaming of the request body, when the plan says so; on_body_end may come while
	 * paused */
	void (*on_body)(struct http_request *req, struct str chunk);
	void (*on_body_end)(struct http_request *req);
};

/* The value of the first header of that name (any case); p NULL when absent. */
struct str http_header_get(const struct http_request *req, const char *name);
/* A percent-decoded query parameter in the arena ('+' is a blank); p NULL when absent or
 * malformed. */
struct str http_query_get(const struct http_request *req, const char *name);
/* Percent-decode a path segment; p NULL when malformed or when it decodes to a zero byte. */
struct str http_decode(struct arena *a, struct str s);

/* What to do with a body; filled with the server's defaults before on_head. */
struct http_plan {
	uint64_t max_body;
	bool stream; /* hand chunks to req->on_body instead of collecting */
};

struct http_handler {
	void *ctx;
	/* Headers are complete. May answer at once (the body is then drained or the connection
	 * closed), or adjust the plan. NULL = defaults. */
	void (*on_head)(void *ctx, struct http_request *req, struct http_plan *plan);
	/* The body is complete (or streaming starts: then called right after on_head, before the
	 * first chunk). Must lead to one answer, now or later. */
	void (*on_request)(void *ctx, struct http_request *req);
};

/* Answer. `headers` are extra ones; Content-Length, Date, Connection are the server's. `body` is
 * copied or written before return. Exactly once per request. */
#define HTTP_RESPOND_HEADERS 32 /* `n` of http_respond_json at most */
void http_respond(struct http_request *req, int status, const struct http_header *headers, size_t n,
    struct str body);
void http_respond_json(struct http_request *req, int status, const struct http_header *headers,
    size_t n, struct str json);
/* Answer in pieces: length < 0 = chunked. on_drain (may be NULL) is called when the socket took
 * what was queued. When http_respond_write returns false, more than the high-water mark waits:
 * stop the source until on_drain. */
void http_respond_begin(struct http_request *req, int status, const struct http_header *headers,
    size_t n, int64_t length, void (*on_drain)(struct http_request *req));
bool http_respond_write(struct http_request *req, struct str chunk);
void http_respond_end(struct http_request *req);
/* Give up on an answer already begun: the connection is closed so that the client sees the
 * truncation. */
void http_respond_abort(struct http_request *req);
bool http_responded(const struct http_request *req);
/* It brought secrets: its body and its arena are overwritten when it is over. */
void http_keep_secret(struct http_request *req);
/* Stop and go on reading the request body (streaming): back-pressure. */
void http_body_pause(struct http_request *req, bool pause);

struct http_limits {
	size_t max_head;                   /* bytes of request line and headers: 16 KiB */
	size_t max_headers;                /* 100 */
	uint64_t max_body;                 /* 1 MiB */
	size_t max_conns;                  /* per server object */
	int64_t head_ms, idle_ms, body_ms; /* 10 s; 75 s; 30 s without any byte of a body */
	int64_t min_body_rate;             /* bytes per second after the first 5 s: 1 KiB */
	int64_t write_ms;      /* a client that takes nothing for so long is dropped: 30 s */
	size_t high_water;     /* bytes queued to a client before a source should stop: 256 KiB */
	int64_t body_grace_ms; /* min_body_rate counts from then on: 5 s */
	int64_t
	    linger_ms; /* after an answer that closes: so long is unread input thrown away: 2 s */
	size_t max_buffered; /* bytes of collected bodies in a server, then 503: 256 MiB */
	int64_t tick_ms;     /* how often deadlines are looked at: 250 */
	int64_t spare_ms;    /* idle for so long, a connection makes room for a new one: 1 s */
};
void http_limits_default(struct http_limits *l);

struct tls_server; /* transport/tls.h */

/* "127.0.0.1:8080", "[::1]:0", "0.0.0.0:443". Binds and listens. */
MUST_CHECK int http_server_open(struct loop *l, const char *listen,
    const struct http_limits *limits, struct tls_server *tls, const struct http_handler *handler,
    struct http_server **ret, struct err *err);
/* The address really bound: "127.0.0.1:43127". */
struct str http_server_address(const struct http_server *s);
/* Stop accepting; idle connections close now, busy ones after their answer ("Connection:
 * close"); on_drained on the loop when none is left. */
void http_server_drain(struct http_server *s, void (*on_drained)(void *arg), void *arg);
/* Closes everything at once; on_gone of requests under way follows when this has returned, before the
 * loop sleeps or is freed. */
void http_server_close(struct http_server **ps);

struct http_stats {
	uint64_t accepted, requests, refused_conns, bad_requests, timeouts;
	uint64_t dropped; /* idle ones that made room */
	size_t conns, in_flight;
};
void http_server_stats(const struct http_server *s, struct http_stats *ret);

const char *http_reason(int status);

#endif
