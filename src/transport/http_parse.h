/* transport/http_parse.h: HTTP/1.x as bytes, requests and answers: where a head ends, what it says,
 * how a chunked body is framed.
 *
 * No sockets here. A head is first found (http_head_find, which may be called again as bytes
 * arrive), then read whole (http_head_parse, llhttp behind our own checks). What two servers
 * might read differently is refused: line ends other than CRLF, obs-fold, blanks around names,
 * zero bytes, a second Host, Content-Length or Transfer-Encoding, both of the latter, any coding
 * but "chunked", targets that are not origin-form (RFC 9112, 3.2, 5.2, 6.3, 11.2). */
#ifndef TRANSPORT_HTTP_PARSE_H
#define TRANSPORT_HTTP_PARSE_H

#include "base/arena.h"
#include "base/str.h"

enum http_method {
	HTTP_M_GET,
	HTTP_M_HEAD,
	HTTP_M_POST,
	HTTP_M_PUT,
	HTTP_M_PATCH,
	HTTP_M_DELETE,
	HTTP_M_OPTIONS,
	HTTP_M_OTHER
};
const char *http_method_name(enum http_method m); /* "GET"; "OTHER" */

struct http_header {
	struct str name, value;
};

/* Why a request was not understood: the status to answer, and one sentence. Static storage. */
struct http_fault {
	int status;
	const char *why;
};

/* How far the search for the end of a head has come; zeroed = at its start. */
struct http_scan {
	size_t line; /* where the line that is being read starts */
	size_t at;   /* bytes looked at */
	size_t lines;
};

/* `bytes` start with the head and hold what has arrived of it, the same bytes and more at every
 * call. 1 and *ret_len, the length of the head with its empty line; 0 when more bytes are
 * needed; -E_INVALID and *ret_fault. One empty line before the request line is passed over, and
 * counts in *ret_len. */
MUST_CHECK int http_head_find(struct http_scan *scan, struct str bytes, size_t max_head,
    size_t *ret_len, struct http_fault *ret_fault);

#define HTTP_HEADERS_CAP 256 /* no limit is above it */

struct http_head {
	enum http_method method;           /* of a request, as the next line and expect_continue */
	struct str target, path, query;    /* query.p NULL when there is no '?' */
	int status;                        /* of an answer, as until_close */
	bool until_close;                  /* what follows ends with the connection */
	const struct http_header *headers; /* values without blanks at their ends */
	size_t headers_len;
	unsigned minor;  /* HTTP/1.0 or 1.1 */
	bool keep_alive; /* the other side would go on */
	bool expect_continue;
	bool chunked;
	uint64_t content_length; /* 0 without a body; UINT64_MAX when chunked */
};

/* A whole head as http_head_find() found it. Strings of *ret point into `head`, the array of
 * headers lives in `a`. 0, -E_NOMEM, or -E_INVALID and *ret_fault. */
MUST_CHECK int http_head_parse(struct arena *a, struct str head, size_t max_headers,
    struct http_head *ret, struct http_fault *ret_fault);

/* The same for the head of an answer. Its body is framed by what it says about itself; whether there
 * is one at all depends on the request and the status too. */
MUST_CHECK int http_answer_parse(struct arena *a, struct str head, size_t max_headers,
    struct http_head *ret, struct http_fault *ret_fault);
/* "HTTP/1.1 200 OK": 200, and 0 when this is not the start of an answer's head. */
int http_status_of(struct str head);

/* The value of the first header of that name (any case); p NULL when absent. */
struct str http_headers_get(const struct http_header *headers, size_t n, const char *name);

/* May this stand in a header: no CR, LF or zero byte. */
bool http_one_line(struct str s);

/* Chunked transfer coding, byte by byte. Extensions and trailers are read past, at most
 * HTTP_CHUNK_EXTRA bytes of them a body. */
#define HTTP_CHUNK_EXTRA 4096

struct http_chunked {
	int state; /* an enum of http_parse.c; zeroed = start */
	unsigned digits;
	uint64_t left; /* of the chunk's data */
	size_t extra;
};

enum http_chunk { HTTP_CHUNK_MORE, HTTP_CHUNK_DATA, HTTP_CHUNK_END };

/* Takes from the front of *in. HTTP_CHUNK_DATA: a piece of the body, a view of what was taken;
 * call again. HTTP_CHUNK_MORE: all was taken. HTTP_CHUNK_END: the body is over, what is left in
 * *in is not its. -E_INVALID: malformed. */
MUST_CHECK int http_chunked_next(struct http_chunked *c, struct str *in, struct str *ret_data);

/* Percent-decode; '+' becomes a blank when `plus`. p NULL when malformed, when it decodes to a
 * zero byte, or without memory. */
struct str http_percent_decode(struct arena *a, struct str s, bool plus);
/* The first parameter of that name in "a=1&b=2", decoded; p NULL when absent or malformed. */
struct str http_query_find(struct arena *a, struct str query, const char *name);

#endif
