#include "flow/forward.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "base/log.h"
#include "domain/delivery.h"
#include "domain/inbox.h"
#include "flow/target.h"
#include "transport/webhook.h"

#define AT_ONCE 64    /* deliveries under way, one an app */
#define BATCH_MAX 100 /* facts in one post, as Meta batches them too */
#define BATCH_BYTES (1u << 20)
#define BODY_MAX (4u << 20)

/* --- queueing --------------------------------------------------------------------------------- */

static bool same_person(const struct json *contact, const struct event *e)
{
	struct str wa_id = json_str(json_get(contact, "wa_id")),
		   user = json_str(json_get(contact, "user_id"));

	return (wa_id.len && str_eq(wa_id, e->wa_id)) || (user.len && str_eq(user, e->user_id));
}

/* A post may carry several people; the app hears of the one whom its fact is about. */
static void write_contacts(
    const struct event *e, const struct json *contacts, struct json_writer *w)
{
	const struct json *contact;
	struct json_iter it;

	jw_array(w);
	json_iter_init(&it, contacts);
	while (json_iter_next(&it, NULL, &contact)) {
		if (json_len(contacts) == 1 || same_person(contact, e))
			jw_value(w, contact);
	}
	jw_array_end(w);
}

/* The one item, with the app's own callback data in place of our token. */
static void write_item(const struct event_work *work, struct json_writer *w)
{
	const struct json *value;
	struct json_iter it;
	struct str key;

	jw_array(w);
	jw_object(w);
	json_iter_init(&it, work->event->item);
	while (json_iter_next(&it, &key, &value)) {
		if (str_eq(key, STR("biz_opaque_callback_data")))
			continue;
		jw_key_str(w, key);
		jw_value(w, value);
	}
	if (work->callback.p)
		jw_member_str(w, "biz_opaque_callback_data", work->callback);
	jw_object_end(w);
	jw_array_end(w);
}

static bool holds_item(const struct json *list, const struct json *item)
{
	const struct json *one;
	struct json_iter it;

	if (json_type(list) != JSON_ARRAY)
		return false;
	json_iter_init(&it, list);
	while (json_iter_next(&it, NULL, &one)) {
		if (one == item)
			return true;
	}
	return false;
}

static void write_value(const struct event_work *work, struct json_writer *w)
{
	const struct event *e = work->event;
	const struct json *value;
	struct json_iter it;
	struct str key;

	if (!e->item) {
		jw_value(w, e->value);
		return;
	}
	jw_object(w);
	json_iter_init(&it, e->value);
	while (json_iter_next(&it, &key, &value)) {
		bool ours = holds_item(value, e->item), contacts = str_eq(key, STR("contacts"));
		if (!ours && !contacts && json_type(value) == JSON_ARRAY)
			continue; /* other facts of the same change are queued by themselves */
		jw_key_str(w, key);
		if (ours)
			write_item(work, w);
		else if (contacts)
			write_contacts(e, value, w);
		else
			jw_value(w, value);
	}
	jw_object_end(w);
}

static void write_entry(const struct event_work *work, struct buf *out)
{
	const struct event *e = work->event;
	struct json_writer w;

	jw_init(&w, out);
	jw_object(&w);
	jw_member_str(&w, "id", e->entry_id);
	jw_key(&w, "changes");
	jw_array(&w);
	jw_object(&w);
	jw_key(&w, "value");
	write_value(work, &w);
	jw_member_str(&w, "field", e->field);
	jw_object_end(&w);
	jw_array_end(&w);
	jw_object_end(&w);
}

static bool hears(const struct dir_app *app)
{
	return app->webhook_url.len && app->status == APP_ACTIVE;
}

/* A developer listens in. */
static bool is_overheard(const struct event_work *w, const struct dir_app *app)
{
	struct listeners *l = w->core->listeners;

	return l && app->status == APP_ACTIVE && listeners_want(l, app->id, w->now);
}

static int queue(struct event_work *w, const struct dir_app *app, bool overheard)
{
	struct core *core = w->core;
	struct buf body;
	int r = 0;

	buf_init(&body, BODY_MAX);
	write_entry(w, &body);
	if (body.failed)
		r = err_set(w->err, E_NOMEM, "Memory ran out while queueing an event.");
	if (r == 0 && overheard)
		listeners_tell(core->listeners, app->id, buf_str(&body), w->now);
	if (r == 0 && hears(app))
		r = forward_add(w->c, &core->key, id_next(&core->ids, w->now), app->id,
		    buf_str(&body), w->now, w->err);
	buf_done(&body);
	return r;
}

static int tell_app(struct event_work *w, const struct dir_app *app)
{
	bool overheard = is_overheard(w, app);

	return hears(app) || overheard ? queue(w, app, overheard) : 0;
}

int forward_event(struct event_work *w)
{
	const struct event *e = w->event;
	size_t n;
	int r = 0;

	if (e->kind == EVENT_STATUS) {
		const struct dir_app *app = w->app.p ? directory_app(w->directory, w->app) : NULL;
		return app ? tell_app(w, app) : 0;
	}
	const struct dir_app *const *apps = directory_apps(w->directory, &n);
	for (size_t i = 0; r == 0 && e->number.len && i < n; i++) {
		if (dir_app_has_number(apps[i], e->number))
			r = tell_app(w, apps[i]);
	}
	return r;
}

/* --- delivering ------------------------------------------------------------------------------- */

struct delivery {
	struct list_node node;
	struct forwarder *forwarder;
	struct arena *arena;
	struct str app;
	struct forward_entry *entries; /* oldest first; they succeed and fail together */
	size_t len;
	struct str body;
	struct upstream_call *call;
	int status; /* 0 = no answer */
	int64_t took_ms;
	struct str answer; /* its beginning */
	struct lane_job job;
	/* how it ended, told on the loop so that the writer has nothing but rows to write */
	time_ms ended_at;
	const struct pack_forward *figures; /* as they were then */
	struct forward_loss lost;           /* of those that are given up now */
	struct delivery_row row;
	struct delivery_sealed texts;
};

struct forwarder {
	struct lane *lane;
	struct upstream *upstream;
	struct list deliveries;
	struct id_gen ids; /* of deliveries */
	bool stopping;
};

int forwarder_open(struct lane *l, bool allow_loopback, struct forwarder **ret, struct err *err)
{
	int64_t timeout_ms = pack_limits(l->core->pack)->forward.timeout_ms;
	struct upstream_options o = {
		.connect_timeout_ms = timeout_ms,
		.timeout_ms = timeout_ms,
		.max_answer = 4096,
		.max_connections = AT_ONCE,
		.public_only = !allow_loopback,
	};
	struct forwarder *f = mem_alloc(sizeof(*f));

	if (!f)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	f->lane = l;
	list_init(&f->deliveries);
	int r = upstream_open(l->loop, &o, &f->upstream, err);
	if (r < 0)
		mem_free(f);
	else
		*ret = f;
	return r;
}

void forwarder_stop(struct forwarder *f)
{
	f->stopping = true;
	LIST_EACH_SAFE(n, &f->deliveries)
	{
		struct delivery *d = LIST_OF(n, struct delivery, node);
		if (d->call)
			upstream_cancel(d->call);
	}
}

bool forwarder_is_idle(const struct forwarder *f)
{
	return list_is_empty(&f->deliveries);
}

void forwarder_close(struct forwarder **pf)
{
	struct forwarder *f = *pf;

	if (!f)
		return;
	upstream_close(&f->upstream);
	ASSERT(list_is_empty(&f->deliveries));
	MEM_FREE(pf);
}

static void delivery_end(struct delivery *d)
{
	struct forwarder *f = d->forwarder;
	struct arena *a = d->arena;

	list_remove(&f->deliveries, &d->node);
	delivery_sealed_done(&d->texts);
	lane_arena_back(f->lane, &a);
}

/* first, first × factor, … at most max_gap, spread by the event's own id so that many do not come
 * back at once. */
static int64_t gap_ms(const struct pack_forward *p, const struct forward_entry *e)
{
	int64_t gap = p->first_ms;

	for (int64_t i = 0; i < e->attempts && gap < p->max_gap_ms; i++)
		gap *= p->factor;
	if (gap > p->max_gap_ms)
		gap = p->max_gap_ms;
	int64_t spread = pack_share(gap, p->jitter_ppm);
	return gap - spread + (int64_t)(e->id % (uint64_t)(2 * spread + 1));
}

static bool was_taken(const struct delivery *d)
{
	return d->status / 100 == 2;
}

/* The oldest sets the pace: those behind it wait for it. */
static time_ms next_try(const struct delivery *d)
{
	return d->ended_at + gap_ms(d->figures, &d->entries[0]);
}

static bool is_given_up(const struct delivery *d, const struct forward_entry *e)
{
	return !was_taken(d) && next_try(d) > e->created_at + d->figures->total_ms;
}

/* What is kept of a post, to be sent again if somebody asks: all of one that was taken, and of others what was given up, for
 * the rest is in the queue still. */
static bool is_kept(const struct delivery *d, const struct forward_entry *e)
{
	return was_taken(d) || is_given_up(d, e);
}

enum which { ALL, WHAT_IS_KEPT };

static struct str body_of(const struct delivery *d, enum which which)
{
	struct buf out;
	struct json_writer w;

	buf_init(&out, 0);
	jw_init(&w, &out);
	jw_object(&w);
	jw_member_c(&w, "object", "whatsapp_business_account");
	jw_key(&w, "entry");
	jw_array(&w);
	for (size_t i = 0; i < d->len; i++) {
		if (which == ALL || is_kept(d, &d->entries[i]))
			jw_raw(&w, d->entries[i].body);
	}
	jw_array_end(&w);
	jw_object_end(&w);
	struct str body = out.failed ? STR_NONE : arena_str(d->arena, buf_str(&out));
	buf_done(&out);
	return body;
}

static void count_lost(struct delivery *d)
{
	d->lost = (struct forward_loss){ .app = d->app, .status = d->status };
	for (size_t i = 0; i < d->len; i++) {
		if (is_given_up(d, &d->entries[i]) && d->lost.count++ == 0)
			d->lost.first = d->entries[i].id;
	}
}

/* For whoever asks what an app was told. */
static int write_note(struct delivery *d, struct err *err)
{
	struct forwarder *f = d->forwarder;
	bool partly = !was_taken(d) && d->lost.count > 0 && (size_t)d->lost.count < d->len;
	bool over = was_taken(d) || d->lost.count > 0;
	struct str kept = partly ? body_of(d, WHAT_IS_KEPT) : d->body;

	if (!kept.p)
		return err_set(err, E_NOMEM, "Memory ran out while noting what an app was told.");
	d->row = (struct delivery_row){
		.id = id_next(&f->ids, d->ended_at),
		.at = d->ended_at,
		.app = d->app,
		.events = partly ? (int64_t)d->lost.count : (int64_t)d->len,
		.attempt = d->entries[0].attempts + 1,
		.status = d->status,
		.took_ms = d->took_ms,
		.outcome = was_taken(d) ? DELIVERY_DONE
		    : d->lost.count > 0 ? DELIVERY_GIVEN_UP
					: DELIVERY_RETRY,
		.request = over ? kept : STR_NONE,
		.answer = d->answer,
	};
	return delivery_seal(&f->lane->core->key, &d->row, &d->texts, err);
}

static int record_one(
    struct delivery *d, const struct forward_entry *e, struct store_conn *c, struct err *err)
{
	if (is_kept(d, e))
		return forward_done(c, e->id, err);
	return forward_retry(c, e->id, next_try(d), d->status, err);
}

static int record(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct delivery *d = (struct delivery *)((char *)j - offsetof(struct delivery, job));
	int r = 0;

	for (size_t i = 0; r == 0 && i < d->len; i++)
		r = record_one(d, &d->entries[i], c, err);
	if (r == 0)
		r = delivery_add(c, &d->row, &d->texts, err);
	if (r == 0 && d->lost.count)
		r = forward_lost(c, &d->forwarder->lane->core->ids, &d->lost, d->ended_at, err);
	return r;
}

static void recorded(struct lane_job *j)
{
	struct delivery *d = (struct delivery *)((char *)j - offsetof(struct delivery, job));
	struct forwarder *f = d->forwarder;
	bool more = was_taken(d) && j->rc == 0;

	if (j->rc == 0)
		atomic_fetch_add(
		    &f->lane->core->counters.forwards_given_up, (uint64_t)d->lost.count);
	if (j->rc == 0 && d->lost.count)
		log_warn("events for an app were given up", "app=%.*s count=%lld", STR_ARG(d->app),
		    (long long)d->lost.count);
	delivery_end(d);
	if (more)
		forwarder_poll(f);
}

static void settle(struct delivery *d)
{
	struct lane *l = d->forwarder->lane;
	struct err err = { 0 };

	d->ended_at = clock_now();
	d->figures = &pack_limits(l->core->pack)->forward;
	count_lost(d);
	if (was_taken(d))
		CORE_COUNT(l->core, forwards_delivered);
	else
		CORE_COUNT(l->core, forwards_failed);
	d->job.run = record;
	d->job.back = recorded;
	/* Else it is still queued and due: the next poll tries again. */
	if (write_note(d, &err) < 0) {
		log_error(
		    "what an app was told could not be noted", "error=%s", err_name(err.code));
		delivery_end(d);
	} else if (!lane_submit(l, &d->job)) {
		delivery_end(d);
	}
}

static void on_done(void *arg, const struct upstream_answer *answer)
{
	struct delivery *d = arg;

	d->call = NULL;
	d->status = answer->outcome == UPSTREAM_ANSWERED ? answer->status : 0;
	d->took_ms = answer->took / 1000000;
	if (d->status && answer->body.p)
		d->answer = arena_str(d->arena, str_sub(answer->body, 0, DELIVERY_ANSWER_MAX));
	settle(d);
}

static bool is_busy(const struct forwarder *f, struct str app)
{
	LIST_EACH(n, &f->deliveries)
	{
		if (str_eq(LIST_OF(n, struct delivery, node)->app, app))
			return true;
	}
	return false;
}

static bool write_body(struct delivery *d)
{
	d->body = body_of(d, ALL);
	return d->body.p != NULL;
}

static void post(struct delivery *d, const struct dir_app *app)
{
	char signature[72], id[ID_TEXT_MAX];
	struct err err = { 0 };

	webhook_sign(app->webhook_secret, d->body, signature);
	id_format("evt", d->entries[0].id, id);
	struct http_header headers[] = {
		{ STR("Content-Type"), STR("application/json") },
		{ STR("X-Hub-Signature-256"), str_c(signature) },
		{ STR("Varco-Event"), str_c(id) },
	};
	struct upstream_request r = {
		.method = HTTP_M_POST,
		.url = arena_str(d->arena, app->webhook_url),
		.headers = headers,
		.headers_len = ARRAY_LEN(headers),
		.body = d->body,
		.arg = d,
		.on_done = on_done,
	};
	if (!r.url.p || upstream_start(d->forwarder->upstream, &r, &d->call, &err) < 0)
		settle(d);
}

/* --- what cannot be read ---------------------------------------------------------------------- */

static int put_aside(struct lane_job *j, struct store_conn *c, struct err *err)
{
	struct delivery *d = (struct delivery *)((char *)j - offsetof(struct delivery, job));
	struct core *core = d->forwarder->lane->core;

	return forward_quarantine(c, &core->ids, d->entries[0].id, clock_now(), err);
}

static void was_put_aside(struct lane_job *j)
{
	struct delivery *d = (struct delivery *)((char *)j - offsetof(struct delivery, job));
	struct forwarder *f = d->forwarder;
	int rc = j->rc;

	if (rc == 0) {
		CORE_COUNT(f->lane->core, forwards_unreadable);
		log_error("an event for an app cannot be read", "app=%.*s", STR_ARG(d->app));
	}
	delivery_end(d);
	if (rc == 0)
		forwarder_poll(f);
}

static void quarantine(struct delivery *d)
{
	d->job.run = put_aside;
	d->job.back = was_put_aside;
	if (!lane_submit(d->forwarder->lane, &d->job))
		delivery_end(d); /* the next poll finds it again */
}

/* False only when the text surely is no JSON. What the app refused once is looked at: what we wrote
 * ourselves needs no look before. */
static bool is_readable(struct lane *l, const struct forward_entry *e)
{
	const struct json *doc;
	struct arena *a = e->body.p && e->attempts ? lane_arena(l) : NULL;
	int r = a ? json_read(a, e->body, &doc, NULL) : 0;

	if (a)
		lane_arena_back(l, &a);
	return e->body.p && (r == 0 || r == -E_NOMEM);
}

/* How many from the oldest on can go; those behind the first that cannot wait. */
static size_t count_readable(const struct delivery *d)
{
	size_t n = 0;

	while (n < d->len && is_readable(d->forwarder->lane, &d->entries[n]))
		n++;
	return n;
}

static struct delivery *delivery_new(struct forwarder *f)
{
	struct arena *a = lane_arena(f->lane);
	struct delivery *d = a ? ARENA_NEW(a, struct delivery) : NULL;

	if (!d) {
		if (a)
			lane_arena_back(f->lane, &a);
		return NULL;
	}
	d->forwarder = f;
	d->arena = a;
	list_append(&f->deliveries, &d->node);
	return d;
}

/* The oldest events of one app, when they are due. */
static void deliver(struct forwarder *f, const struct dir_app *app)
{
	struct lane *l = f->lane;
	struct delivery *d = delivery_new(f);
	struct err err = { 0 };

	if (!d)
		return;
	d->app = arena_str(d->arena, app->id);
	struct forward_ask ask = { .app = d->app, .limit = BATCH_MAX, .max_bytes = BATCH_BYTES };
	int r = !d->app.p ? -E_NOMEM
			  : forward_due(l->reader, &l->core->key, &ask, clock_now(), d->arena,
				&d->entries, &d->len, &err);
	if (r < 0)
		log_error(
		    "the queue of events for apps could not be read", "error=%s", err_name(r));
	if (r < 0 || d->len == 0) {
		delivery_end(d);
		return;
	}
	d->len = count_readable(d);
	if (d->len == 0)
		quarantine(d);
	else if (write_body(d))
		post(d, app);
	else
		delivery_end(d);
}

void forwarder_poll(struct forwarder *f)
{
	/* A reference: deliver() may turn the loop's directory over. */
	struct directory *directory = directory_ref((struct directory *)lane_directory(f->lane));
	size_t n;
	const struct dir_app *const *apps = directory_apps(directory, &n);

	for (size_t i = 0; !f->stopping && i < n && f->deliveries.count < AT_ONCE; i++) {
		if (hears(apps[i]) && !apps[i]->webhook_off && !is_busy(f, apps[i]->id))
			deliver(f, apps[i]);
	}
	directory_unref(&directory);
}
