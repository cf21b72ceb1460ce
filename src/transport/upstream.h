/* transport/upstream.h: calls to the Cloud API (and to apps' webhooks) over libcurl multi on a
 * loop. "Outcome unknown" is a result.
 *
 * One client per loop. A call is copied in as far as it must be; the body is borrowed until
 * on_done. Exactly one on_done per call, on the loop, never inside upstream_call. The request
 * body is given to libcurl by a read callback without a seek callback, so that libcurl can never
 * repeat a POST on its own (design 5): it then ends as UPSTREAM_UNKNOWN, because bytes were
 * written. No redirects are followed. Connections idle for more than 5 s are not reused. */
#ifndef TRANSPORT_UPSTREAM_H
#define TRANSPORT_UPSTREAM_H

#include "base/loop.h"
#include "base/str.h"
#include "transport/http_server.h" /* struct http_header, enum http_method */

enum upstream_outcome {
	UPSTREAM_ANSWERED, /* a complete HTTP answer of any status */
	UPSTREAM_NOT_SENT, /* it failed before any byte of the request was written: surely not received */
	UPSTREAM_UNKNOWN, /* bytes were written and no complete answer came */
};

struct upstream;
struct upstream_options {
	int64_t connect_timeout_ms, timeout_ms;
	const char *ca_file;  /* NULL = the system's */
	const char *proxy;    /* NULL = none */
	size_t max_answer;    /* bytes kept of an answer: 4 MiB */
	long max_connections; /* per host */
	bool
	    public_only; /* refuse loopback, private, link-local, CGNAT, ULA, multicast, mapped addresses: checked on the address really connected to */
};

struct upstream_answer {
	enum upstream_outcome outcome;
	int status;                        /* ANSWERED */
	struct str body;                   /* whole, unless streamed; borrowed during on_done */
	const struct http_header *headers; /* of the answer, borrowed during on_done */
	size_t headers_len;
	struct str error; /* for the log: libcurl's words without address or token */
	mono_ns took;
};

struct upstream_request {
	enum http_method method;
	struct str url;                    /* absolute; made by upstream_url */
	const struct http_header *headers; /* copied */
	size_t headers_len;
	struct str body;    /* borrowed until on_done; p NULL = none */
	int64_t timeout_ms; /* 0 = the client's */
	void *arg;
	void (*on_done)(void *arg, const struct upstream_answer *answer);
	/* Streaming of the answer's body, for media; NULL = collect. on_head comes first. Return
	 * false to pause (then upstream_resume) . */
	void (*on_head)(void *arg, int status, const struct http_header *headers, size_t n);
	bool (*on_chunk)(void *arg, struct str chunk);
	/* Streaming of the request's body: return bytes filled, 0 = end, -1 = wait (then
	 * upstream_resume). */
	int64_t (*on_read)(void *arg, char *out, size_t max);
	int64_t read_length; /* Content-Length with on_read; -1 = chunked */
};

struct upstream_call;

MUST_CHECK int upstream_open(
    struct loop *l, const struct upstream_options *o, struct upstream **ret, struct err *err);
void upstream_close(
    struct upstream **pu); /* calls under way end as UNKNOWN or NOT_SENT, with on_done */
MUST_CHECK int upstream_start(struct upstream *u, const struct upstream_request *r,
    struct upstream_call **ret, struct err *err);
void upstream_resume(struct upstream_call *c);
/* Give up: on_done follows with what is known. */
void upstream_cancel(struct upstream_call *c);
size_t upstream_in_flight(const struct upstream *u);

#endif
