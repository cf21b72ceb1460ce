#include "flow/inbound.h"

#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/inbox.h"
#include "flow/events.h"
#include "transport/graph.h"
#include "transport/webhook.h"

#define FIELDS_MAX 512

/* A post of Meta's has up to 3 MB (platform facts 16), which parsed is six times as much: more than
 * an arena of the lane holds. Refused once, the same post would come for seven days. */
#define LARGE_BODY (512u << 10)
#define LARGE_ARENA_MAX (96u << 20)

struct inbound {
	struct lane *lane;
	struct arena *arena;
	struct arena *scratch;       /* for one fact at a time, on the writer thread */
	bool large;                  /* the arena is its own, not one of the lane's */
	struct http_request *req;    /* NULL when the client left */
	struct directory *directory; /* a reference */
	struct str raw, secret;
	struct event_list events;
	struct str fields; /* "messages,account_update" */
	uint64_t fresh, repeated;
	struct events_tally tally;
	struct lane_job job;
};

/* --- answering -------------------------------------------------------------------------------- */

static void answer(struct http_request *req, int status, const char *why)
{
	struct buf body;

	if (status == 200) {
		http_respond(req, 200, NULL, 0, STR_NONE);
		return;
	}
	buf_init(&body, 0);
	graph_write_error(status == 401 ? 190
		: status == 503         ? 2
					: 100,
	    "VarcoException", why, why, "", status == 503, &body);
	http_respond_json(req, status, NULL, 0, buf_str(&body));
	buf_done(&body);
}

/* Each may be NULL. */
static void arenas_back(struct lane *l, struct arena *arena, struct arena *scratch, bool large)
{
	if (scratch)
		lane_arena_back(l, &scratch);
	if (arena && !large)
		lane_arena_back(l, &arena);
	else
		arena_free(&arena);
}

static void end(struct inbound *in, int status, const char *why)
{
	struct lane *l = in->lane;

	if (status == 200)
		CORE_COUNT(l->core, webhooks_accepted);
	else
		CORE_COUNT(l->core, webhooks_refused);
	if (in->req) {
		in->req->on_gone = NULL;
		in->req->user = NULL;
		answer(in->req, status, why);
	}
	directory_unref(&in->directory);
	arenas_back(l, in->arena, in->scratch, in->large);
}

static void on_gone(struct http_request *req)
{
	struct inbound *in = req->user;

	in->req = NULL;
}

/* --- signature -------------------------------------------------------------------------------- */

/* Several WABAs share one app and so one secret: each distinct one is tried once. Only one can
 * fit. */
static bool find_secret(struct inbound *in, struct str header)
{
	struct str last = STR_NONE;
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(in->directory, &n);

	for (size_t i = 0; i < n; i++) {
		struct str secret = wabas[i]->app_secret;
		if (secret.len == 0 || str_eq(secret, last))
			continue;
		last = secret;
		if (webhook_signature_ok(secret, in->raw, header)) {
			in->secret = secret;
			return true;
		}
	}
	return false;
}

static bool portfolio_has_secret(const struct inbound *in, struct str portfolio)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(in->directory, &n);

	for (size_t i = 0; i < n; i++) {
		if (str_eq(wabas[i]->portfolio->id, portfolio) &&
		    str_eq_secret(wabas[i]->app_secret, in->secret))
			return true;
	}
	return false;
}

static bool entry_is_signed(const struct inbound *in, struct str id)
{
	const struct dir_waba *w = directory_waba(in->directory, id);

	if (w)
		return str_eq_secret(w->app_secret, in->secret);
	return portfolio_has_secret(in, id);
}

static bool every_entry_is_signed(const struct inbound *in, const struct json *root)
{
	struct json_iter it;
	const struct json *entry;

	json_iter_init(&it, json_get(root, "entry"));
	while (json_iter_next(&it, NULL, &entry)) {
		if (!entry_is_signed(in, json_str(json_get(entry, "id"))))
			return false;
	}
	return true;
}

/* --- the transaction -------------------------------------------------------------------------- */

static int apply(struct inbound *in, struct store_conn *c, time_ms now, struct err *err)
{
	struct core *core = in->lane->core;
	int r = 0;

	for (size_t i = 0; r >= 0 && i < in->events.len; i++) {
		uint8_t key[32];
		arena_reset(in->scratch);
		event_key(&in->events.items[i], key);
		r = seen_add(c, key, now, err);
		if (r > 0) {
			in->fresh++;
			r = events_apply(
			    core, c, &in->events.items[i], key, now, in->scratch, &in->tally, err);
		} else if (r == 0) {
			in->repeated++;
		}
	}
	return r < 0 ? r : 0;
}

static int run(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct inbound *in = (struct inbound *)((char *)j - offsetof(struct inbound, job));
	struct core *core = in->lane->core;
	time_ms now = clock_now();

	in->fresh = in->repeated = 0;
	in->tally = (struct events_tally){ 0 };
	int r = apply(in, c, now, err);
	if (r < 0 || (in->fresh == 0 && in->events.len > 0))
		return r;
	struct str waba = in->events.len ? in->events.items[0].entry_id : STR_NONE;
	return inbox_add(c, &core->key, id_next(&core->ids, now), waba, in->fields,
	    (int64_t)in->fresh, in->raw, now, err);
}

static void back(struct lane_job *j)
{
	struct inbound *in = (struct inbound *)((char *)j - offsetof(struct inbound, job));
	struct core_counters *n = &in->lane->core->counters;

	if (j->rc < 0) {
		log_error("a webhook could not be stored", "error=%s", err_name(j->job.err.code));
		end(in, 503, "The events could not be stored; post them again.");
		return;
	}
	atomic_fetch_add(&n->facts_new, in->fresh);
	atomic_fetch_add(&n->facts_repeated, in->repeated);
	atomic_fetch_add(&n->opt_outs, in->tally.opt_outs);
	atomic_fetch_add(&n->bypass_detected, in->tally.bypasses);
	end(in, 200, NULL);
}

/* --- a post comes in -------------------------------------------------------------------------- */

static struct str field_names(struct inbound *in)
{
	struct buf out;
	struct str last = STR_NONE, all;

	buf_init(&out, FIELDS_MAX);
	for (size_t i = 0; i < in->events.len && !out.failed; i++) {
		struct str field = in->events.items[i].field;
		if (str_eq(field, last))
			continue;
		if (out.len)
			buf_add_char(&out, ',');
		buf_add(&out, field);
		last = field;
	}
	all = arena_str(in->arena, buf_str(&out));
	buf_done(&out);
	return all.p ? all : STR("");
}

static struct inbound *inbound_new(struct lane *l, struct http_request *req)
{
	bool large = req->body.len > LARGE_BODY;
	struct arena *a = large ? arena_new(0, LARGE_ARENA_MAX) : lane_arena(l);
	struct arena *scratch = lane_arena(l);
	struct inbound *in = a && scratch ? ARENA_NEW(a, struct inbound) : NULL;

	if (!in) {
		arenas_back(l, a, scratch, large);
		return NULL;
	}
	in->lane = l;
	in->arena = a;
	in->scratch = scratch;
	in->large = large;
	in->req = req;
	in->raw = arena_str(a, req->body);
	in->directory = directory_ref((struct directory *)lane_directory(l));
	req->user = in;
	req->on_gone = on_gone;
	return in;
}

void inbound_post(struct lane *l, struct http_request *req)
{
	struct inbound *in = inbound_new(l, req);
	const struct json *root;
	struct err err = { 0 };

	if (!in || !in->raw.p) {
		if (in)
			end(in, 503, "The gateway is short of memory.");
		else
			answer(req, 503, "The gateway is short of memory.");
		return;
	}
	if (!find_secret(in, http_header_get(req, "x-hub-signature-256"))) {
		end(in, 401,
		    "X-Hub-Signature-256 is not by the app secret of an account of this gateway.");
		return;
	}
	if (webhook_read(in->arena, in->raw, &in->events, &root, &err) < 0) {
		end(in, err.code == E_NOMEM ? 503 : 400, err.text);
		return;
	}
	if (!every_entry_is_signed(in, root)) {
		end(in, 401,
		    "X-Hub-Signature-256 is not by the app secret of the account that an entry names.");
		return;
	}
	in->fields = field_names(in);
	in->job.run = run;
	in->job.back = back;
	in->job.job.urgent = true;
	if (!lane_submit(l, &in->job))
		end(in, 503, "Too much is waiting to be stored; post the events again.");
}

void inbound_verify(struct lane *l, struct http_request *req)
{
	const struct directory *d = lane_directory(l);
	struct str token = http_query_get(req, "hub.verify_token");
	struct str challenge = http_query_get(req, "hub.challenge");
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(d, &n);
	bool known = false;

	/* Every token is compared, so that the time tells nothing about which one came near. */
	for (size_t i = 0; i < n; i++)
		known |= wabas[i]->verify_token.len > 0 &&
		    str_eq_secret(wabas[i]->verify_token, token);
	if (!str_eq(http_query_get(req, "hub.mode"), STR("subscribe")) || !challenge.p || !known) {
		answer(req, 403, "hub.verify_token is not that of an account of this gateway.");
		return;
	}
	static const struct http_header plain[] = { { { "Content-Type", 12 },
	    { "text/plain", 10 } } };
	http_respond(req, 200, plain, 1, challenge);
}
