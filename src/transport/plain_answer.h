/* transport/plain_answer.h: one HTTP/1.x answer, from its bytes in whatever pieces they come.
 * Private to the plain client; no sockets here.
 *
 * As strict as http_parse.h, and bounded: a head of 64 KiB with 128 headers, a body of the given
 * size. Informational answers (1xx) are passed over, but for 101, which nobody asked for. */
#ifndef TRANSPORT_PLAIN_ANSWER_H
#define TRANSPORT_PLAIN_ANSWER_H

#include "transport/http_parse.h"

enum plain_answer_state {
	ANSWER_HEAD,    /* its head is being collected */
	ANSWER_COUNTED, /* a body of a known length */
	ANSWER_CHUNKED,
	ANSWER_REST, /* a body that ends with the connection */
	ANSWER_OVER,
	ANSWER_STATES
};

struct plain_answer {
	struct buf head, body;
	struct arena *arena;   /* headers */
	struct http_head said; /* valid once the head is over; its strings point into `head` */
	enum plain_answer_state state;
	struct http_scan scan;
	struct http_chunked chunked;
	uint64_t left;           /* of a counted body */
	bool to_head;            /* answers HEAD: no body, whatever it says */
	const char *why;         /* what is wrong with it, static; NULL = nothing so far */
	bool connection_goes_on; /* after ANSWER_OVER: another request may follow */
};

/* 0 or -E_NOMEM. */
MUST_CHECK int plain_answer_init(struct plain_answer *a, size_t max_body);
void plain_answer_done(struct plain_answer *a);
/* Ready for the next answer; memory is kept, but for what was unusually much. */
void plain_answer_reset(struct plain_answer *a);

/* Takes from the front of *bytes. 1: the answer is over, what is left in *bytes is not its; 0: more
 * is to come, all was taken; -E_INVALID, -E_TOO_LARGE or -E_NOMEM, and `why`. */
MUST_CHECK int plain_answer_take(struct plain_answer *a, struct str *bytes);
/* No more bytes will come: 1 when that ends the answer as it should, else -E_INVALID and `why`. */
MUST_CHECK int plain_answer_end(struct plain_answer *a);
/* The last status that was told, be it of a head that is not complete; 0 = none. */
int plain_answer_status(const struct plain_answer *a);

#endif
