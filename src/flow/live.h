/* flow/live.h: the flow as it runs, on one thread besides the writer's: a core on a store of its own, a
 * lane, a server that takes sends and webhooks, and a second one that plays Meta and an app's
 * webhook. For tests only; include it behind cmocka.h.
 *
 * The wall clock stands still at NOW until live_clock(). */
#ifndef FLOW_LIVE_H
#define FLOW_LIVE_H

#include <signal.h>

#include "base/check.h"
#include "domain/account.h"
#include "domain/contact.h"
#include "domain/integration.h"
#include "flow/flow.h"
#include "flow/held.h"
#include "flow/inbound.h"
#include "store/query.h"
#include "store/scratch.h"
#include "transport/test_client.h"
#include "transport/webhook.h"

#define NOW 1795341600000LL /* 2026-11-22T10:00:00Z */
#define WABA "900800700"
#define NUMBER "100200300"
#define ALICE "+393331234510"
#define SECRET "an-app-secret"
#define ACCEPTED "{\"messaging_product\":\"whatsapp\",\"messages\":[{\"id\":\"wamid.7\"}]}"

struct live {
	struct scratch scratch;
	struct core *core;
	struct loop *loop;
	struct lanes lanes;
	struct lane *lane;
	struct http_server *gate, *meta;
	struct store_conn *reader;
	char base_url[64], hook_url[64], app[ID_TEXT_MAX], key[APP_KEY_MAX];
	/* Meta */
	int status; /* 0 = no answer */
	const char *answer;
	size_t received;
	struct buf sent; /* the last body */
	struct http_request *unanswered;
	long allocs_before; /* of the loop's thread, when the last request began its way */
	/* the app's webhook */
	int hook_status;
	size_t heard;
	struct buf hook;
};

/* --- servers ---------------------------------------------------------------------------------- */

static inline void live_gone(struct http_request *req)
{
	struct live *l = req->user;

	l->unanswered = NULL;
}

static inline void live_meta(void *ctx, struct http_request *req)
{
	struct live *l = ctx;
	bool hook = str_eq(req->path, STR("/hook"));
	struct buf *to = hook ? &l->hook : &l->sent;

	*(hook ? &l->heard : &l->received) += 1;
	buf_reset(to);
	buf_add(to, req->body);
	if (!hook && !l->status) {
		req->user = l;
		req->on_gone = live_gone;
		l->unanswered = req;
		return;
	}
	http_respond_json(
	    req, hook ? l->hook_status : l->status, NULL, 0, hook ? STR("{}") : str_c(l->answer));
}

static inline void live_gate(void *ctx, struct http_request *req)
{
	struct live *l = ctx;

	l->allocs_before = check_allocs();
	if (str_eq(req->path, STR("/webhooks/meta")))
		inbound_post(l->lane, req);
	else
		flow_start(l->lane, req, STR("v25.0"), STR(NUMBER), STR("/messages"));
}

static inline struct http_server *live_listen(
    struct live *l, void (*on_request)(void *ctx, struct http_request *req))
{
	struct http_handler handler = { .ctx = l, .on_request = on_request };
	struct http_limits limits;
	struct http_server *s = NULL;
	struct err err = { 0 };

	http_limits_default(&limits);
	limits.max_conns = 16;
	MUST(http_server_open(l->loop, "127.0.0.1:0", &limits, NULL, &handler, &s, &err), &err);
	return s;
}

/* --- the store -------------------------------------------------------------------------------- */

struct live_job {
	struct write_job job;
	struct live *live;
	int (*deed)(struct live *l, struct store_conn *c, struct err *err);
};

static inline int live_run(struct write_job *job, struct store_conn *c, struct err *err)
{
	struct live_job *j = (struct live_job *)((char *)job - offsetof(struct live_job, job));
	int r = j->deed(j->live, c, err);

	core_directory_changed(j->live->core);
	return r;
}

/* The deed on the writer, and durable. */
static inline void live_do(
    struct live *l, int (*deed)(struct live *l, struct store_conn *c, struct err *err))
{
	struct live_job j = { .job = { .run = live_run }, .live = l, .deed = deed };

	MUST(writer_call(l->core->writer, &j.job), &j.job.err);
}

/* One figure of what is durable, by a literal that takes no parameters. */
static inline int64_t live_int(struct live *l, const char *sql)
{
	return scratch_int(l->reader, sql);
}

static inline int live_seed(struct live *l, struct store_conn *c, struct err *err)
{
	struct core *core = l->core;
	struct str numbers[] = { STR(NUMBER) };
	struct account_values account = { .waba = STR(WABA),
		.portfolio = STR("500"),
		.name = STR("Bottega"),
		.country = STR("IT"),
		.token = STR("invented-token"),
		.app_secret = STR(SECRET),
		.verify_token = STR("invented-word") };
	struct number_values number = { .waba = STR(WABA),
		.id = STR(NUMBER),
		.display = STR("+393331234500"),
		.established_given = true,
		.established = true };
	struct integration_values app = { .name = STR("crm"),
		.owner = STR("Ada"),
		.purpose = STR("Orders"),
		.webhook_url = str_c(l->hook_url),
		.webhook_secret = STR("0123456789abcdef0123456789abcdef"),
		.numbers = numbers,
		.numbers_len = 1,
		.numbers_given = true,
		.purposes = PURPOSE_BIT(PURPOSE_MARKETING) | PURPOSE_BIT(PURPOSE_SERVICE),
		.purposes_given = true,
		.review_by = NOW + 365 * MS_PER_DAY,
		.review_given = true };
	struct phone alice = { 0 };
	struct arena *a = arena_new(0, 0);
	struct person person;
	bool created;
	int r = account_add(c, &core->key, &account, NOW, &created, err);

	if (r == 0)
		r = number_add(c, &number, NOW, &created, err);
	if (r == 0)
		r = integration_add(c, &core->key, &app, &core->ids, NOW, l->app, l->key, err);
	if (r == 0)
		r = phone_parse(STR(ALICE), STR_NONE, &alice, NULL, err);
	if (r == 0)
		r = person_get(c, alice, STR_NONE, STR("500"), &core->ids, NOW, a, &person, err);
	if (r == 0)
		r = contact_inbound(c, person.id, STR(NUMBER), NOW, err);
	arena_free(&a);
	return r;
}

/* --- life ------------------------------------------------------------------------------------- */

/* `adjust` may be NULL. */
static inline void live_open_with(struct live *l, void (*adjust)(struct core_options *o))
{
	struct err err = { 0 };
	struct lane_options lane = { .max_flows = 16,
		.upstream = { .connect_timeout_ms = 5000, .timeout_ms = 10000 } };

	*l = (struct live){ .status = 200, .answer = ACCEPTED, .hook_status = 200 };
	(void)signal(SIGPIPE, SIG_IGN);
	clock_set_wall(NOW, true);
	scratch_make(&l->scratch);
	l->loop = loop_new(&err);
	assert_non_null(l->loop);
	l->meta = live_listen(l, live_meta);
	struct str address = http_server_address(l->meta);
	(void)snprintf(l->base_url, sizeof(l->base_url), "http://%.*s", STR_ARG(address));
	(void)snprintf(l->hook_url, sizeof(l->hook_url), "http://%.*s/hook", STR_ARG(address));
	struct core_options core = { .state_dir = l->scratch.dir,
		.mode = MODE_ENFORCE,
		.base_url = l->base_url,
		.public_url = l->base_url,
		.wait_ms = 30000,
		.max_queue = 64 };
	if (adjust)
		adjust(&core);
	MUST(core_open(&core, &l->core, &err), &err);
	l->core->done_ctx = &l->lanes;
	l->core->before_done = lanes_before_done;
	l->core->after_done = lanes_after_done;
	live_do(l, live_seed);
	MUST(lane_open(l->core, l->loop, &lane, 0, &l->lane, &err), &err);
	MUST(store_connect(l->core->store, STORE_READ, &l->reader, &err), &err);
	l->gate = live_listen(l, live_gate);
	buf_init(&l->sent, 0);
	buf_init(&l->hook, 0);
}

static inline void live_open(struct live *l)
{
	live_open_with(l, NULL);
}

static inline void live_close(struct live *l)
{
	http_server_close(&l->gate);
	http_server_close(&l->meta);
	turn(l->loop);
	writer_stop(&l->core->writer);
	store_disconnect(&l->reader);
	lane_close(&l->lane);
	loop_free(&l->loop);
	core_close(&l->core);
	buf_done(&l->sent);
	buf_done(&l->hook);
	scratch_remove(l->scratch.dir);
	clock_reset();
}

static inline void live_clock(time_ms now)
{
	clock_set_wall(now, true);
}

/* --- clients ---------------------------------------------------------------------------------- */

/* A request on a connection of its own; its descriptor. */
static inline int live_post(struct live *l, const char *path, const char *headers, struct str body)
{
	int fd = dial_port(port_of(http_server_address(l->gate)));
	struct buf out;

	buf_init(&out, 0);
	buf_addf(&out,
	    "POST %s HTTP/1.1\r\nHost: gate.example\r\nConnection: close\r\n%sContent-Length: %zu\r\n\r\n",
	    path, headers, body.len);
	buf_add(&out, body);
	(void)put(l->loop, fd, buf_str(&out));
	buf_done(&out);
	return fd;
}

#define LIVE_BODY \
	"{\"messaging_product\":\"whatsapp\",\"to\":\"" ALICE "\",\"type\":\"text\"," \
	"\"text\":{\"body\":\"Hello\"}}"

static inline int live_send(struct live *l, const char *headers, const char *body)
{
	char all[400];

	(void)snprintf(all, sizeof(all), "Authorization: Bearer %s\r\n%s", l->key, headers);
	return live_post(l, "/v25.0/" NUMBER "/messages", all, str_c(body));
}

static inline int live_webhook(struct live *l, const char *body)
{
	char signature[72], header[120];

	webhook_sign(STR(SECRET), str_c(body), signature);
	(void)snprintf(header, sizeof(header), "X-Hub-Signature-256: %s\r\n", signature);
	return live_post(l, "/webhooks/meta", header, str_c(body));
}

/* What came back: the status, 0 when the connection ended without one. The text goes to `in`, which
 * may be NULL. */
static inline int live_answer(struct live *l, int fd, struct buf *in)
{
	struct buf own;

	buf_init(&own, 0);
	(void)take(l->loop, fd, in ? in : &own, SIZE_MAX);
	close(fd);
	int status = status_in(buf_str(in ? in : &own));
	buf_done(&own);
	return status;
}

/* The client goes away for good: a mere end of its stream might still wait for the answer. */
static inline void live_reset(int fd)
{
	struct linger now = { .l_onoff = 1, .l_linger = 0 };

	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now)), 0);
	close(fd);
}

static inline bool live_is_quiet(void *arg)
{
	struct live *l = arg;

	return list_is_empty(&l->lane->flows) && writer_waiting(l->core->writer) == 0;
}

/* No flow is under way any more. */
static inline void live_rest(struct live *l)
{
	turn_until(l->loop, "the flows to end", live_is_quiet, l);
}

/* A test of a world of its own. */
#define LIVE_TEST(fn) cmocka_unit_test_setup_teardown(fn, live_begin, live_end)

static inline int live_begin(void **state)
{
	struct live *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	live_open(l);
	*state = l;
	return 0;
}

static inline int live_end(void **state)
{
	live_close(*state);
	free(*state);
	return 0;
}

#endif
