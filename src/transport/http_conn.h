/* transport/http_conn.h: private to http_server.c, http_conn.c and http_answer.c: what they share.
 *  (1) A connection is in exactly one state, and each state is a list in order of `since`;
 *      conn_move() is the only door.
 *  (2) An exchange is released (on_gone, arena, request) only by the processing loop of its
 *      connection or when the connection's handle is closed: never inside a call that the
 *      application makes.
 *  (3) Callbacks of the application may close the connection under us: whoever calls one looks
 *      at the state after it. */
#ifndef TRANSPORT_HTTP_CONN_H
#define TRANSPORT_HTTP_CONN_H

#include "base/list.h"
#include "transport/http_server.h"
#include "transport/tls.h"

enum conn_state {
	CONN_IDLE,   /* nothing of a request has come; until idle_ms */
	CONN_HEAD,   /* part of a head, or of a TLS handshake; until head_ms */
	CONN_BODY,   /* part of a body; body_ms of silence, min_body_rate in all */
	CONN_BUSY,   /* the application has the word; no limit of ours */
	CONN_FLUSH,  /* answer bytes wait for the client; write_ms without any taken */
	CONN_LINGER, /* answered and shut down; input is thrown away until linger_ms or its end */
	CONN_CLOSED, /* uv_close was called */
	CONN_STATES
};

/* One request and its answer. */
struct exchange {
	struct http_request req; /* first, so that the two can be told from one another */
	struct http_plan plan;
	struct http_chunked chunked;
	uint64_t body_left; /* of a declared length */
	uint64_t body_got;
	mono_ns body_from;  /* when the clock of min_body_rate was started … */
	uint64_t body_base; /* … and body_got then */
	uint64_t held;      /* bytes of the body in memory */
	struct buf body;    /* collected from pieces */
	bool body_done;
	bool paused;    /* the application does not want more of the body now */
	bool continued; /* no 100 Continue is owed */
	bool answered, ended;
	bool secret; /* what came is overwritten when it is over */
	bool mute;   /* the answer has no body: HEAD, 204, 304 */
	bool chunked_out;
	int64_t out_left; /* declared bytes still to be written; -1 = any number */
	void (*on_drain)(struct http_request *req);
	struct list_node node; /* in server->spare */
};

struct http_conn {
	uv_tcp_t tcp;
	struct list_node node; /* in the list of its state */
	struct list_node due;  /* in server->due: to be processed before the loop sleeps */
	struct http_server *server;
	struct exchange *ex; /* NULL between requests */
	struct tls_conn *tls;
	struct buf in; /* bytes that could not be used yet */
	struct http_scan scan;
	mono_ns since;     /* entered the state, or the last progress in it */
	size_t queued;     /* answer bytes that wait for the client */
	size_t flushed_to; /* `queued` when progress was last seen */
	size_t discarded;
	enum conn_state state;
	bool closing; /* after this answer there is no next request */
	bool eof;     /* the client has said all it will */
	bool reading, processing, shut;
	char peer[46];
};

struct http_server {
	struct loop *loop;
	struct http_limits limits;
	struct http_handler handler;
	struct tls_server *tls;
	uv_poll_t listener;
	int listen_fd;  /* -1: none */
	uv_idle_t idle; /* active while `due` is not empty */
	struct loop_timer *tick;
	struct list conns[CONN_STATES];
	struct list due, spare;
	struct http_stats stats;
	uint64_t buffered;           /* bytes of bodies in memory */
	struct buf out, clear, wire; /* scratch: an answer's head, TLS both ways */
	char *read_buf;
	size_t handles; /* libuv handles not yet closed */
	size_t closing; /* connections of which only the handle is left */
	bool listening, draining, closed, registered, ticking;
	bool resting; /* nothing is accepted until the next tick */
	void (*on_drained)(void *arg);
	void *on_drained_arg;
	int64_t date_s;
	char date[48];
	char address[64];
};

#define READ_BUF ((size_t)64 * 1024)

/* --- http_conn.c ----------------------------------------------------------------------------- */
void conn_open(struct http_server *s, int fd); /* takes an accepted connection over */
void conn_close(struct http_conn *c);
void conn_fail(
    struct http_conn *c, int status, const char *why); /* answers if it still can, and closes */
void conn_touch(struct http_conn *c); /* something changed: process it before the loop sleeps */
void conn_process(struct http_conn *c, struct str bytes);
void conn_move(struct http_conn *c, enum conn_state to);
void exchange_free_spare(struct http_server *s);

/* --- http_answer.c --------------------------------------------------------------------------- */
void conn_write(struct http_conn *c, const struct str *parts, size_t n);
void conn_write_wire(struct http_conn *c, struct str bytes); /* past TLS: as they are */
void conn_shutdown(struct http_conn *c); /* no more answers: FIN behind what is queued */
void answer_fault(
    struct http_conn *c, int status, const char *why); /* a whole answer without an exchange */

/* --- http_server.c --------------------------------------------------------------------------- */
void server_handle_closed(struct http_server *s);
void server_tick_start(struct http_server *s);
/* Closes the oldest connection that has been idle for spare_ms; false when there is none. */
bool server_make_room(struct http_server *s);
void server_wake(struct http_server *s); /* s->due is looked at before the loop sleeps */

#endif
