/* A round: LOOK (the loop's own reader) → POST → TOLD (on the writer: how far telling came) → idle. */
#include "flow/herald.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/alert.h"

#define TIMEOUT_MS 15000
#define ANSWER_MAX 4096
#define SECRET_MIN 24
#define SECRET_MAX 64

struct herald {
	struct lane *lane;
	struct herald_options options;
	struct upstream *upstream;
	struct upstream_call *call;
	struct lane_job job;
	struct arena *arena;
	bool busy, stopping;
	uint64_t newest; /* what the round tells comes to this alarm */
	mono_ns retry_at;
	int64_t retry_ms; /* 0 = the last one arrived */
};

int herald_read_secret(struct str text, struct buf *out, struct err *err)
{
	struct str prefix = STR("whsec_");

	text = str_trim(text);
	if (!str_starts(text, prefix))
		buf_add(out, text);
	else if (base64_decode(str_sub(text, prefix.len, text.len), out) < 0)
		return err_field(err, E_INVALID, "alerts.secret_file",
		    "The secret behind whsec_ must be Base64.");
	if (out->failed)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	if (out->len < SECRET_MIN || out->len > SECRET_MAX)
		return err_field(err, E_INVALID, "alerts.secret_file",
		    "The secret of alerts must have %d to %d bytes.", SECRET_MIN, SECRET_MAX);
	return 0;
}

static void rest(struct herald *h)
{
	h->busy = false;
	arena_reset(h->arena);
}

/* --- told ----------------------------------------------------------------------------------------- */

static struct herald *herald_of(struct lane_job *j)
{
	return (struct herald *)((char *)j - offsetof(struct herald, job));
}

static int write_told(struct lane_job *j, struct store_conn *c, struct err *err)
{
	return alerts_told(c, herald_of(j)->newest, clock_now(), err);
}

static void back(struct lane_job *j)
{
	if (j->rc < 0)
		log_error("it could not be recorded how far alerts were told", "error=%s",
		    err_name(j->job.err.code));
	rest(herald_of(j));
}

/* When the queue is full, the same is told again. */
static void keep_told(struct herald *h)
{
	h->job.run = write_told;
	h->job.back = back;
	if (h->stopping || !lane_submit(h->lane, &h->job))
		rest(h);
}

static void try_later(struct herald *h, const char *why)
{
	h->retry_ms = h->retry_ms ? h->retry_ms * 2 : HERALD_RETRY_FIRST_MS;
	if (h->retry_ms > HERALD_RETRY_MAX_MS)
		h->retry_ms = HERALD_RETRY_MAX_MS;
	h->retry_at = clock_mono() + h->retry_ms * 1000000;
	log_warn("alerts could not be told", "why=%s", why);
	rest(h);
}

static void on_posted(void *arg, const struct upstream_answer *answer)
{
	struct herald *h = arg;
	char why[32];

	h->call = NULL;
	if (answer->outcome != UPSTREAM_ANSWERED) {
		try_later(h, "no answer");
	} else if (answer->status < 200 || answer->status > 299) {
		(void)snprintf(why, sizeof(why), "status %d", answer->status);
		try_later(h, why);
	} else {
		h->retry_ms = 0;
		keep_told(h);
	}
}

/* --- posting -------------------------------------------------------------------------------------- */

#define ID_MAX 32
#define STAMP_MAX 24

/* "v1,…" in the arena; p NULL when memory ran out. */
static struct str sign(struct herald *h, const char *id, const char *stamp, struct str body)
{
	struct sha256 mac;
	struct buf text;
	struct str signature = STR_NONE;

	buf_init(&text, 0);
	buf_add_c(&text, id);
	buf_add_char(&text, '.');
	buf_add_c(&text, stamp);
	buf_add_char(&text, '.');
	buf_add(&text, body);
	if (!text.failed) {
		crypto_hmac_sha256(h->options.secret, buf_str(&text), &mac);
		buf_reset(&text);
		buf_add_c(&text, "v1,");
		base64_encode(str_n((const char *)mac.b, sizeof(mac.b)), &text);
		signature = text.failed ? STR_NONE : arena_str(h->arena, buf_str(&text));
	}
	buf_done(&text);
	return signature;
}

static void post(struct herald *h, struct str body, time_ms now)
{
	char id[ID_MAX], stamp[STAMP_MAX];
	struct err err = { 0 };

	(void)snprintf(id, sizeof(id), "alert_%" PRIu64, h->newest);
	(void)snprintf(stamp, sizeof(stamp), "%" PRId64, (int64_t)(now / MS_PER_S));
	struct str signature = sign(h, id, stamp, body);
	const struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("webhook-id"), str_c(id) },
		{ STR("webhook-timestamp"), str_c(stamp) },
		{ STR("webhook-signature"), signature },
	};
	const struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = str_c(h->options.url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = body,
		.arg = h,
		.on_done = on_posted,
	};
	if (!signature.p)
		try_later(h, "memory ran out");
	else if (upstream_start(h->upstream, &r, &h->call, &err) < 0)
		try_later(h, err_name(err.code));
}

static void tell(struct herald *h, const struct alert *alerts, size_t len)
{
	time_ms now = clock_now();
	struct str text = STR_NONE;
	struct buf body;

	buf_init(&body, 0);
	if (alerts_write(alerts, len, h->options.lang, now, h->arena, &body) == 0)
		text = arena_str(h->arena, buf_str(&body));
	buf_done(&body);
	if (text.p)
		post(h, text, now);
	else
		try_later(h, "memory ran out");
}

/* --- looking -------------------------------------------------------------------------------------- */

void herald_run(struct herald *h)
{
	struct err err = { 0 };
	struct alert *alerts;
	size_t len;

	if (!h->options.url || h->busy || h->stopping || clock_mono() < h->retry_at)
		return;
	h->busy = true;
	int r = alerts_waiting(h->lane->reader, h->arena, &alerts, &len, &h->newest, &err);
	if (r < 0)
		try_later(h, err_name(err.code));
	else if (r > 0)
		keep_told(h);
	else if (len > 0)
		tell(h, alerts, len);
	else
		rest(h);
}

/* --- life ----------------------------------------------------------------------------------------- */

int herald_open(
    struct lane *l, const struct herald_options *o, struct herald **ret, struct err *err)
{
	const struct upstream_options client = {
		.connect_timeout_ms = TIMEOUT_MS,
		.timeout_ms = TIMEOUT_MS,
		.ca_file = o->ca_file,
		.max_answer = ANSWER_MAX,
		.max_connections = 1,
	};
	struct herald *h = mem_alloc(sizeof(*h));

	if (!h)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	h->lane = l;
	h->options = *o;
	h->arena = arena_new(0, 0);
	int r = h->arena ? 0 : err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r == 0)
		r = upstream_open(l->loop, &client, &h->upstream, err);
	if (r < 0) {
		herald_close(&h);
		return r;
	}
	*ret = h;
	return 0;
}

void herald_stop(struct herald *h)
{
	if (!h || h->stopping)
		return;
	h->stopping = true;
	if (h->call)
		upstream_cancel(h->call);
}

bool herald_is_idle(const struct herald *h)
{
	return !h->busy;
}

void herald_close(struct herald **ph)
{
	struct herald *h = *ph;

	if (!h)
		return;
	if (h->upstream)
		upstream_close(&h->upstream);
	arena_free(&h->arena);
	MEM_FREE(ph);
}
