/* What can be done before the transaction is done on the lane's thread, for there is one writer and
 * several lanes: verifying, parsing, the keys of the facts, what their words say, sealing the body.
 *
 *   together   every fact of the post in one job            → 200
 *     it could not be stored                                → 503
 *     a fact failed by fault of our own, the job alone too  → one by one
 *   one by one   a job for each fact; those that fail again are left out
 *   set aside    the post is kept in quarantine, with an alarm; what was left out counts as seen → 200,
 *                or 503 when too much failed and the rest was not tried yet
 */
#include "flow/inbound.h"

#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/inbox.h"
#include "flow/events.h"
#include "transport/graph.h"
#include "transport/webhook.h"

#define FIELDS_MAX 512
/* Each failure undoes what others wrote with it: after so many the rest of the post must come
 * again. */
#define FAILED_MOST 64

/* A post of Meta's has up to 3 MB (platform facts 16), which parsed is six times as much: more than
 * an arena of the lane holds. Refused once, the same post would come for seven days. */
#define LARGE_BODY (512u << 10)
#define LARGE_ARENA_MAX (96u << 20)

/* A fact and what became of it. */
struct told {
	struct seen_fact fact;
	struct pack_said said;
	int failed; /* when it was tried by itself; 0 = it did not */
};

struct inbound {
	struct lane *lane;
	struct arena *arena;
	bool large;               /* the arena is its own, not one of the lane's */
	struct http_request *req; /* NULL when the client left */
	struct event_list events;
	struct told *told; /* as long as `events` */
	struct inbox_post post;
	struct buf sealed;
	/* of the job under way; those of durable ones were counted */
	uint64_t fresh, repeated;
	struct events_tally tally;
	size_t at, failed; /* one by one: which fact, and how many failed */
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

static void arena_back(struct lane *l, struct arena *arena, bool large)
{
	if (large)
		arena_free(&arena);
	else
		lane_arena_back(l, &arena);
}

static void end(struct inbound *in, int status, const char *why)
{
	struct lane *l = in->lane;

	if (status == 200) {
		CORE_COUNT(l->core, webhooks_accepted);
		CORE_NOTE(l->core, webhook_at);
	} else {
		CORE_COUNT(l->core, webhooks_refused);
	}
	if (in->req) {
		in->req->on_gone = NULL;
		in->req->user = NULL;
		answer(in->req, status, why);
	}
	buf_done(&in->sealed);
	arena_back(l, in->arena, in->large);
}

static void on_gone(struct http_request *req)
{
	struct inbound *in = req->user;

	in->req = NULL;
}

/* --- signature -------------------------------------------------------------------------------- */

/* Whose post it is; all borrowed. */
struct signer {
	const struct directory *directory;
	struct str secret;
};

/* Several WABAs share one app and so one secret: each distinct one is tried once. Only one can
 * fit. */
static bool find_secret(struct signer *s, struct str raw, struct str header)
{
	struct str last = STR_NONE;
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(s->directory, &n);

	for (size_t i = 0; i < n; i++) {
		struct str secret = wabas[i]->app_secret;
		if (secret.len == 0 || str_eq(secret, last))
			continue;
		last = secret;
		if (webhook_signature_ok(secret, raw, header)) {
			s->secret = secret;
			return true;
		}
	}
	return false;
}

static bool portfolio_has_secret(const struct signer *s, struct str portfolio)
{
	size_t n;
	const struct dir_waba *const *wabas = directory_wabas(s->directory, &n);

	for (size_t i = 0; i < n; i++) {
		if (str_eq(wabas[i]->portfolio->id, portfolio) &&
		    str_eq_secret(wabas[i]->app_secret, s->secret))
			return true;
	}
	return false;
}

static bool entry_is_signed(const struct signer *s, struct str id)
{
	const struct dir_waba *w = directory_waba(s->directory, id);

	if (w)
		return str_eq_secret(w->app_secret, s->secret);
	return portfolio_has_secret(s, id);
}

static bool every_entry_is_signed(const struct signer *s, const struct json *root)
{
	struct json_iter it;
	const struct json *entry;

	json_iter_init(&it, json_get(root, "entry"));
	while (json_iter_next(&it, NULL, &entry)) {
		if (!entry_is_signed(s, json_str(json_get(entry, "id"))))
			return false;
	}
	return true;
}

/* --- together --------------------------------------------------------------------------------- */

static struct inbound *inbound_of(struct lane_job *j)
{
	return (struct inbound *)((char *)j - offsetof(struct inbound, job));
}

/* Facts `from` to before `to`: those not seen before take effect. */
static int apply(struct inbound *in, size_t from, size_t to, struct store_conn *c, struct err *err)
{
	struct core *core = in->lane->core;
	struct event_work work = {
		.core = core,
		.c = c,
		.now = clock_now(),
		.arena = core->scratch,
		.tally = &in->tally,
		.err = err,
		.post = &in->post,
		.post_facts = in->events.len,
	};
	int r = core_directory_now(core, c, &work.directory, err);

	in->fresh = in->repeated = 0;
	in->tally = (struct events_tally){ 0 };
	for (size_t i = from; r >= 0 && i < to; i++) {
		struct event_work w = work;
		arena_reset(core->scratch);
		w.event = &in->events.items[i];
		w.key = in->told[i].fact.key;
		w.said = in->told[i].said;
		r = seen_add(core->facts, c, &in->told[i].fact, work.now, err);
		in->fresh += r > 0;
		in->repeated += r == 0;
		if (r > 0)
			r = events_apply(&w);
	}
	/* A repeat may be answered while the first one's fence is still on its way. */
	if (in->tally.opt_outs || in->tally.doubts || in->repeated)
		in->job.fence = true;
	return r < 0 ? r : 0;
}

static int run_together(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct inbound *in = inbound_of(j);
	struct core *core = in->lane->core;
	int r = apply(in, 0, in->events.len, c, err);

	if (r < 0 || (in->fresh == 0 && in->events.len > 0))
		return r;
	in->post.facts = (int64_t)in->fresh;
	return inbox_add(c, id_next(&core->ids, in->post.at), &in->post, err);
}

/* What the job did is durable. */
static void count(const struct inbound *in)
{
	struct core_counters *n = &in->lane->core->counters;

	atomic_fetch_add(&n->facts_new, in->fresh);
	atomic_fetch_add(&n->facts_repeated, in->repeated);
	atomic_fetch_add(&n->opt_outs, in->tally.opt_outs);
	atomic_fetch_add(&n->opt_ins, in->tally.opt_ins);
	atomic_fetch_add(&n->autoreplies_queued, in->tally.autoreplies);
	atomic_fetch_add(&n->bypass_detected, in->tally.bypasses);
}

static void not_stored(struct inbound *in, int why)
{
	log_error("a webhook could not be stored", "error=%s", err_name(why));
	end(in, 503, "The events could not be stored; post them again.");
}

static void submit(struct inbound *in,
    int (*run)(struct lane_job *, struct store_conn *, struct err *),
    void (*back)(struct lane_job *))
{
	in->job.run = run;
	in->job.back = back;
	in->job.job.urgent = true;
	if (!lane_submit(in->lane, &in->job))
		end(in, 503, "Too much is waiting to be stored; post the events again.");
}

/* --- one by one ------------------------------------------------------------------------------- */

/* Trouble that passes: Meta comes again. Anything else would stand in the way of the same post for a
 * week, and of all that is in it. */
static bool passes(int rc)
{
	return rc == -E_STORE || rc == -E_BUSY || rc == -E_NOMEM || rc == -E_CLOSED || rc == -E_IO;
}

static int run_one(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct inbound *in = inbound_of(j);

	return apply(in, in->at, in->at + 1, c, err);
}

static int first_failure(const struct inbound *in)
{
	size_t i = 0;

	while (!in->told[i].failed)
		i++;
	return in->told[i].failed;
}

/* A repeat of the post must not come here again. */
static int set_aside(struct inbound *in, struct store_conn *c, struct err *err)
{
	struct core *core = in->lane->core;
	struct str why = str_c(err_name(first_failure(in)));
	char detail[96];
	int r = 0;

	for (size_t i = 0; r >= 0 && i < in->events.len; i++) {
		if (in->told[i].failed)
			r = seen_add(core->facts, c, &in->told[i].fact, in->post.at, err);
	}
	if (r >= 0)
		r = inbox_quarantine(c, id_next(&core->ids, in->post.at), &in->post, err);
	if (r < 0)
		return r;
	(void)snprintf(detail, sizeof(detail), "%zu of %zu facts: %.*s", in->failed, in->events.len,
	    STR_ARG(why));
	return alarm_add(c, id_next(&core->ids, in->post.at), STR("webhook.quarantined"),
	    in->post.waba, str_c(detail), in->post.at, err);
}

static int run_rest(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct inbound *in = inbound_of(j);
	struct core *core = in->lane->core;

	if (in->failed)
		return set_aside(in, c, err);
	in->post.facts = (int64_t)in->events.len;
	return inbox_add(c, id_next(&core->ids, in->post.at), &in->post, err);
}

static void back_rest(struct lane_job *j)
{
	struct inbound *in = inbound_of(j);

	if (j->rc < 0) {
		not_stored(in, j->job.err.code);
		return;
	}
	atomic_fetch_add(&in->lane->core->counters.facts_quarantined, in->failed);
	if (in->failed)
		log_error("facts of a webhook were set aside", "facts=%zu of=%zu error=%s",
		    in->failed, in->events.len, err_name(first_failure(in)));
	if (in->at < in->events.len)
		end(in, 503, "Not all events could be stored; post them again.");
	else
		end(in, 200, NULL);
}

static void back_one(struct lane_job *j)
{
	struct inbound *in = inbound_of(j);

	if (j->rc < 0 && passes(j->rc)) {
		not_stored(in, j->job.err.code);
		return;
	}
	if (j->rc < 0) {
		in->told[in->at].failed = j->job.err.code;
		in->failed++;
	} else {
		count(in);
	}
	in->at++;
	if (in->at < in->events.len && in->failed < FAILED_MOST)
		submit(in, run_one, back_one);
	else
		submit(in, run_rest, back_rest);
}

static void back_together(struct lane_job *j)
{
	struct inbound *in = inbound_of(j);

	if (j->rc == 0) {
		count(in);
		end(in, 200, NULL);
	} else if (passes(j->rc) || in->events.len == 0) {
		not_stored(in, j->job.err.code);
	} else {
		in->at = 0;
		submit(in, run_one, back_one);
	}
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
	struct inbound *in = a ? ARENA_NEW(a, struct inbound) : NULL;

	if (!in) {
		if (a)
			arena_back(l, a, large);
		return NULL;
	}
	in->lane = l;
	in->arena = a;
	in->large = large;
	in->req = req;
	buf_init(&in->sealed, 0);
	req->user = in;
	req->on_gone = on_gone;
	return in;
}

static int prepare_fact(struct inbound *in, const struct event *e, struct told *t)
{
	uint8_t key[32];

	event_key(e, key);
	memcpy(t->fact.key, key, SEEN_KEY_LEN);
	t->fact.at = e->at;
	return event_look_through(in->lane->core->pack, e, in->arena, &t->said);
}

/* All that the transaction needs; the request's own bytes are not used after it. */
static int prepare(struct inbound *in, struct str raw)
{
	in->told = ARENA_ARRAY(in->arena, struct told, in->events.len + 1);
	if (!in->told)
		return -E_NOMEM;
	for (size_t i = 0; i < in->events.len; i++) {
		if (prepare_fact(in, &in->events.items[i], &in->told[i]) < 0)
			return -E_NOMEM;
	}
	in->post.at = clock_now();
	in->post.waba = in->events.len ? in->events.items[0].entry_id : STR_NONE;
	in->post.fields = field_names(in);
	int r = inbox_seal(&in->lane->core->key, &in->post, raw, &in->sealed);
	in->post.sealed = buf_str(&in->sealed);
	return r;
}

void inbound_post(struct lane *l, struct http_request *req)
{
	struct inbound *in = inbound_new(l, req);
	struct signer signer = { .directory = lane_directory(l) };
	const struct json *root;
	struct err err = { 0 };

	if (!in) {
		answer(req, 503, "The gateway is short of memory.");
		return;
	}
	if (!find_secret(&signer, req->body, http_header_get(req, "x-hub-signature-256"))) {
		end(in, 401,
		    "X-Hub-Signature-256 is not by the app secret of an account of this gateway.");
		return;
	}
	if (webhook_read(in->arena, req->body, &in->events, &root, &err) < 0) {
		end(in, err.code == E_NOMEM ? 503 : 400, err.text);
		return;
	}
	if (!every_entry_is_signed(&signer, root)) {
		end(in, 401,
		    "X-Hub-Signature-256 is not by the app secret of the account that an entry names.");
		return;
	}
	if (prepare(in, req->body) < 0) {
		end(in, 503, "The gateway is short of memory.");
		return;
	}
	submit(in, run_together, back_together);
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
