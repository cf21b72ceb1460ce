/* transport/upstream.h: calls to the Cloud API (and to apps' webhooks) on a loop. "Outcome
 * unknown" is a result.
 *
 * One client per loop. What a request holds is copied when the call starts, but for its body, which
 * is borrowed until on_done. Every started call has exactly one on_done, on the loop, never inside
 * upstream_start, upstream_resume or upstream_cancel.
 *
 * Whole requests with a body and whole answers over http:// go out on connections of our own, all
 * else over libcurl: HTTPS and HTTP/2, proxies, streams, public_only. The contract is the same.
 *
 * libcurl repeats a POST by itself when a reused connection dies without an answer. It asks before
 * every attempt, and the second of a POST or PATCH is refused (design 5): the call ends as
 * UPSTREAM_UNKNOWN. Our own client repeats nothing.
 * Redirects are not followed, cookies, .netrc and proxy variables not read, paths sent as they
 * are. Connections idle for more than 5 s are not used again. The process ignores SIGPIPE. */
#ifndef TRANSPORT_UPSTREAM_H
#define TRANSPORT_UPSTREAM_H

#include "base/loop.h"
#include "base/str.h"
#include "transport/http_parse.h" /* struct http_header, enum http_method */

enum upstream_outcome {
	UPSTREAM_ANSWERED, /* a complete HTTP answer of any status */
	UPSTREAM_NOT_SENT, /* it failed before a byte of it was written: surely not received */
	UPSTREAM_UNKNOWN,  /* bytes were written and no complete answer came */
};

struct upstream;
struct upstream_options {
	int64_t connect_timeout_ms, timeout_ms;
	const char *ca_file;  /* NULL = the system's */
	const char *proxy;    /* NULL = none */
	size_t max_answer;    /* bytes of a collected answer, more is UNKNOWN; 0 = 4 MiB */
	long max_connections; /* per host; 0 = no limit */
	/* Refuse every address that is not the public Internet's (transport/address.h), looking at
	 * the one that is really connected to; with a proxy that is the proxy's. */
	bool public_only;
	/* Have libcurl carry plain HTTP too. For the tests, which hold both clients to one table. */
	bool force_libcurl;
};

struct upstream_answer {
	enum upstream_outcome outcome;
	int status;                        /* 0 when none came */
	struct str body;                   /* whole, unless streamed; borrowed during on_done */
	const struct http_header *headers; /* of the answer, borrowed during on_done */
	size_t headers_len;
	struct str error; /* for the log: a few words, without address or token; "" when ANSWERED */
	mono_ns took;
};

struct upstream_request {
	enum http_method method; /* HTTP_M_OTHER is refused */
	struct str url;          /* absolute; see upstream_url */
	const struct http_header
	    *headers; /* hop-by-hop ones, Host and Content-Length are left out */
	size_t headers_len;
	struct str body;    /* borrowed until on_done; p NULL = none */
	int64_t timeout_ms; /* for the whole call; 0 = the client's */
	void *arg;
	void (*on_done)(void *arg, const struct upstream_answer *answer);
	/* Asked when there is a connection, right before the first byte would be written, which may be
	 * long after upstream_start: false ends the call as UPSTREAM_NOT_SENT. NULL = always. */
	bool (*may_start)(void *arg);
	/* Streaming of the answer's body, for media; NULL = collect. on_head comes first, and
	 * may be used alone. on_chunk takes the whole chunk and returns false to have no more
	 * until upstream_resume. */
	void (*on_head)(void *arg, int status, const struct http_header *headers, size_t n);
	bool (*on_chunk)(void *arg, struct str chunk);
	/* Streaming of the request's body: returns bytes filled in, 0 = end, -1 = wait (then
	 * upstream_resume). */
	int64_t (*on_read)(void *arg, char *out, size_t max);
	int64_t read_length; /* Content-Length with on_read; -1 = chunked */
};

struct upstream_call;

MUST_CHECK int upstream_open(
    struct loop *l, const struct upstream_options *o, struct upstream **ret, struct err *err);
/* Calls under way end here, with on_done, as UNKNOWN or NOT_SENT. Never inside a callback of
 * ours. */
void upstream_close(struct upstream **pu);
/* `ret` may be NULL. The call may be used until its on_done. -E_INVALID names a bad part of the
 * request, -E_CLOSED during upstream_close, -E_NOMEM; then there is no on_done. */
MUST_CHECK int upstream_start(struct upstream *u, const struct upstream_request *r,
    struct upstream_call **ret, struct err *err);
/* Goes on with what on_chunk or on_read stopped. */
void upstream_resume(struct upstream_call *c);
/* Give up: on_done follows with what is known. */
void upstream_cancel(struct upstream_call *c);
size_t upstream_in_flight(const struct upstream *u);

/* `base` ("https://graph.facebook.com", with or without a path or a '/' at its end) and a target
 * ("/v23.0/1/messages", query included). p NULL when memory ran out. */
struct str upstream_url(struct arena *a, struct str base, struct str target);

#endif
