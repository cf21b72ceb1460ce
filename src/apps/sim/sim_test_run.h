/* apps/sim/sim_test_run.h: a simulator, a receiver of its webhooks and a client, all on one thread, for tests. Whoever waits turns
 * the loop meanwhile. Include it behind cmocka.h. */
#ifndef APPS_SIM_SIM_TEST_RUN_H
#define APPS_SIM_SIM_TEST_RUN_H

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/crypto.h"
#include "apps/sim/sim_private.h"
#include "transport/test_client.h"

#define SECRET "a test secret"
#define NUMBER "100200300"
#define PERSON "+393331234567"
#define MESSAGES "/v25.0/" NUMBER "/messages"
#define SEND_TO(to) \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" to "\",\"text\":{\"body\":\"Ciao\"}}"
#define TEMPLATE_TO(to) \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" to "\",\"type\":\"template\"," \
	"\"template\":{\"name\":\"order_sent\",\"language\":{\"code\":\"it\"}}}"

struct run {
	struct loop *loop;
	struct sim *sim;
	struct http_server *receiver;
	struct arena *arena;
	char hook[128];
	/* What the receiver got: */
	struct buf bodies; /* one a line */
	size_t posts, bad_signatures;
	int answers; /* status it answers with; 0 = it keeps silent */
};

struct reply {
	int status; /* 0 = none */
	struct str body;
	const struct json *json; /* NULL = the body is none */
	bool whole;              /* as long as it said */
};

/* --- the receiver ----------------------------------------------------------------------------- */

static inline void check_signature(struct run *r, const struct http_request *req)
{
	struct sha256 mac;
	char text[2 * SHA256_LEN + 8] = "sha256=";

	crypto_hmac_sha256(STR(SECRET), req->body, &mac);
	hex_encode(mac.b, SHA256_LEN, text + 7);
	r->bad_signatures += !str_eq_c(http_header_get(req, "x-hub-signature-256"), text);
}

static inline void on_hook(void *ctx, struct http_request *req)
{
	struct run *r = ctx;

	check_signature(r, req);
	r->posts++;
	buf_add(&r->bodies, req->body);
	buf_add_char(&r->bodies, '\n');
	if (r->answers)
		http_respond(req, r->answers, NULL, 0, STR(""));
}

/* --- life ------------------------------------------------------------------------------------- */

/* Options NULL = the default ones; the webhook and its secret are always the receiver's. */
static inline void run_open(struct run *r, const struct sim_options *options)
{
	struct sim_options o;
	struct http_limits limits;
	const struct http_handler handler = { .ctx = r, .on_request = on_hook };
	struct err err = { .code = 0 };

	*r = (struct run){ .answers = 200 };
	sim_options_default(&o);
	if (options)
		o = *options;
	buf_init(&r->bodies, 0);
	http_limits_default(&limits);
	limits.max_body = 8 << 20;
	r->loop = loop_new(&err);
	r->arena = arena_new(0, 0);
	assert_non_null(r->loop);
	if (http_server_open(r->loop, "127.0.0.1:0", &limits, NULL, &handler, &r->receiver, &err))
		fail_msg("%s", err.text);
	(void)snprintf(r->hook, sizeof(r->hook), "http://%.*s/hook",
	    STR_ARG(http_server_address(r->receiver)));
	o.webhook = r->hook;
	o.app_secret = SECRET;
	o.seed = o.seed ? o.seed : 7;
	if (sim_open(r->loop, &o, &r->sim, &err))
		fail_msg("%s", err.text);
}

/* A simulator whose clock stands still: the usual one in tests. */
static inline void run_open_still(struct run *r)
{
	struct sim_options o;

	sim_options_default(&o);
	o.virtual_clock = true;
	run_open(r, &o);
	sim_clock_set(&r->sim->clock, INT64_C(1795348800000));
}

static inline void run_close(struct run *r)
{
	sim_close(&r->sim);
	http_server_close(&r->receiver);
	for (int i = 0; i < 20; i++)
		turn(r->loop);
	loop_free(&r->loop);
	arena_free(&r->arena);
	buf_done(&r->bodies);
}

static inline bool is_idle(void *arg)
{
	struct run *r = arg;
	struct sim_hook_stats stats;

	sim_hooks_stats(r->sim->hooks, &stats);
	return !sim_agenda_is_due(r->sim->agenda) &&
	    stats.waiting + stats.retrying + stats.under_way == 0;
}

/* Until nothing is due and every webhook was taken. */
static inline void settle(struct run *r)
{
	turn_until(r->loop, "nothing to be due", is_idle, r);
}

/* --- the client ------------------------------------------------------------------------------- */

/* The bytes that answer these bytes, until the connection ends. */
static inline struct str exchange_bytes(struct run *r, struct str request)
{
	struct buf in;
	int fd = dial_port(port_of(sim_address(r->sim)));

	buf_init(&in, 0);
	(void)put(r->loop, fd, request);
	(void)take(r->loop, fd, &in, SIZE_MAX);
	(void)close(fd);
	struct str copy = arena_str(r->arena, buf_str(&in));
	buf_done(&in);
	return copy;
}

static inline size_t declared_length(struct str head)
{
	const char *at = head.len ? memmem(head.p, head.len, "Content-Length: ", 16) : NULL;

	return at ? (size_t)atoll(at + 16) : 0;
}

/* The data of a chunked body; `ret_whole` when its last chunk is there. */
static inline struct str join_chunks(struct run *r, struct str body, bool *ret_whole)
{
	struct buf out;
	size_t size = 1;

	buf_init(&out, 0);
	*ret_whole = false;
	while (body.len && size) {
		struct str line = str_cut(&body, '\n');
		size = (size_t)strtoull(arena_c(r->arena, line), NULL, 16);
		buf_add(&out, str_sub(body, 0, size));
		body = str_sub(body, size + 2, body.len);
		*ret_whole = size == 0;
	}
	struct str copy = arena_str(r->arena, buf_str(&out));
	buf_done(&out);
	return copy;
}

static inline bool is_chunked(struct str head)
{
	return memmem(head.p, head.len, "Transfer-Encoding: chunked", 26) != NULL;
}

static inline struct reply read_reply(struct run *r, struct str bytes)
{
	const char *end = bytes.len ? memmem(bytes.p, bytes.len, "\r\n\r\n", 4) : NULL;
	struct reply reply = { .status = 0 };

	if (!end)
		return reply;
	reply.status = status_in(bytes);
	reply.body = str_sub(bytes, (size_t)(end - bytes.p) + 4, bytes.len);
	reply.whole = reply.body.len == declared_length(bytes);
	if (is_chunked(str_n(bytes.p, (size_t)(end - bytes.p))))
		reply.body = join_chunks(r, reply.body, &reply.whole);
	if (reply.body.len == 0 || json_read(r->arena, reply.body, &reply.json, NULL))
		reply.json = NULL;
	return reply;
}

static inline struct reply call_typed(
    struct run *r, const char *method, const char *path, const char *type, struct str body)
{
	struct buf request;

	buf_init(&request, 0);
	buf_addf(&request,
	    "%s %s HTTP/1.1\r\nHost: sim\r\nConnection: close\r\nAuthorization: Bearer token-1\r\n"
	    "Content-Type: %s\r\nContent-Length: %zu\r\n\r\n",
	    method, path, type, body.len);
	buf_add(&request, body);
	struct reply reply = read_reply(r, exchange_bytes(r, buf_str(&request)));
	buf_done(&request);
	return reply;
}

static inline struct reply call(
    struct run *r, const char *method, const char *path, const char *body)
{
	return call_typed(r, method, path, "application/json", str_c(body));
}

static inline struct reply post(struct run *r, const char *path, const char *body)
{
	return call(r, "POST", path, body);
}

static inline struct reply get(struct run *r, const char *path)
{
	return call(r, "GET", path, "");
}

/* error.code of a reply, 0 when it has none. */
static inline int64_t code_of(struct reply reply)
{
	int64_t code = 0;

	(void)json_int(json_path(reply.json, "error.code"), &code);
	return code;
}

static inline struct str wamid_of(struct reply reply)
{
	return json_str(json_get(json_at(json_get(reply.json, "messages"), 0), "id"));
}

/* The person writes to the number: a window is open. */
static inline void open_window(struct run *r)
{
	struct reply reply = post(r, "/_sim/inbound",
	    "{\"number\":\"" NUMBER "\",\"from\":\"" PERSON "\",\"text\":\"Ciao\"}");

	assert_int_equal(reply.status, 200);
}

static inline void set_fault(struct run *r, const char *fault)
{
	assert_int_equal(post(r, "/_sim/faults", fault).status, 200);
}

static inline size_t received(const struct run *r, const char *needle)
{
	return count_of(buf_str(&r->bodies), needle);
}

static inline void forget_received(struct run *r)
{
	buf_reset(&r->bodies);
	r->posts = 0;
}

static inline int64_t stat_of(struct run *r, const char *path)
{
	int64_t n = -1;

	assert_true(json_int(json_path(get(r, "/_sim/stats").json, path), &n));
	return n;
}

#endif
