#include "flow/core.h"

#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/check.h"
#include "base/file.h"
#include "base/lang.h"
#include "base/log.h"
#include "base/map.h"
#include "domain/attachment.h"
#include "domain/campaign_edit.h"
#include "domain/content.h"
#include "domain/erasure.h"
#include "domain/incident.h"
#include "domain/journal.h"
#include "domain/overview.h"
#include "domain/policy_log.h"
#include "domain/restored.h"
#include "domain/suppression.h"
#include "domain/tables.h"
#include "domain/trip.h"
#include "flow/restore.h"
#include "store/query.h"
#include "store/schema.h"

#define PACK_MAX (4u << 20)
/* 128 sends, each recorded and settled: some 2 ms. What a job may have to wait is bounded by the milliseconds. */
#define BATCH_ITEMS 256
#define BATCH_MS 5
#define TICK_MS 200
#define HOURS_EVERY_NS 1000000000
#define SCRUB_LOOK_NS 1000000000     /* how often it is asked whether one is wanted */
#define SCRUB_EVERY_NS 3600000000000 /* behind one before the next */
#define SCRATCH_FIRST (64u << 10)
#define SCRATCH_MAX (16u << 20)

/* --- the writer's hooks ----------------------------------------------------------------------- */

static int reload_directory(struct core *c, struct store_conn *conn, struct err *err)
{
	struct directory *d;
	int r = directory_load(conn, &c->key, c->generation + 1, &d, err);

	if (r < 0)
		return r;
	directory_unref(&c->newest);
	c->newest = d;
	c->generation++;
	c->stale = false;
	c->unpublished = true;
	return 0;
}

int core_directory_now(
    struct core *c, struct store_conn *conn, const struct directory **ret, struct err *err)
{
	if (c->stale) {
		int r = reload_directory(c, conn, err);
		if (r == 0)
			r = budget_sync(c->budget, conn, c->newest, c->pack, clock_now(), err);
		if (r < 0)
			return r;
	}
	*ret = c->newest;
	return 0;
}

void core_directory_changed(struct core *c)
{
	c->stale = true;
	c->changes++;
}

/* A number's hours serve only the comparison with its own history (limit.spike), signals only the
 * circuit breaker: they are written once a second, and a crash may forget a second of them. What
 * limits count is written with each send (domain/reach). */
static int flush_hours(struct core *c, struct store_conn *conn, struct err *err)
{
	const struct directory *d;
	bool paused = false;

	c->hours_due = clock_mono() + HOURS_EVERY_NS;
	int r = budget_flush(c->budget, conn, err);
	if (r == 0)
		r = trip_write(c->signals, conn, c->pack, &c->ids, clock_now(), &paused, err);
	if (r < 0 || !paused)
		return r;
	atomic_fetch_add(&c->stops, 1); /* what waits for a connection looks once more */
	core_directory_changed(c);
	struct incident_desk desk = { conn, &c->ledger, &c->ids, c->pack, clock_now() };
	r = incidents_watch(&desk, err);
	return r < 0 ? r : core_directory_now(c, conn, &d, err);
}

static int before_commit(void *ctx, struct store_conn *conn, struct err *err)
{
	struct core *c = ctx;
	const struct directory *d;
	int r = core_directory_now(c, conn, &d, err);

	if (r == 0)
		r = seen_write(c->facts, conn, err);
	if (r == 0)
		r = campaign_sums_write(c->sums, conn, err);
	if (r < 0 || clock_mono() < c->hours_due)
		return r;
	return flush_hours(c, conn, err);
}

static void publish(struct core *c)
{
	struct directory *old;

	pthread_mutex_lock(&c->publish_lock);
	old = c->published;
	c->published = directory_ref(c->newest);
	atomic_store(&c->published_generation, c->generation);
	pthread_mutex_unlock(&c->publish_lock);
	directory_unref(&old);
	c->unpublished = false;
}

static int begin_scrub(struct core *c, struct store_conn *conn, struct err *err)
{
	time_ms asked;
	int r = erasure_scrub_wanted(conn, &asked, err);

	if (r <= 0)
		c->scrub_due = clock_mono() + SCRUB_LOOK_NS;
	c->scrub_place = 0;
	c->scrub_since = clock_now();
	c->scrubbing = r > 0;
	return r;
}

static int end_scrub(struct core *c, struct store_conn *conn, struct err *err)
{
	int r = store_begin(conn, err);

	if (r == 0)
		r = erasure_scrubbed(conn, c->scrub_since, err);
	if (r == 0)
		r = store_commit(conn, err);
	c->scrubbing = false;
	c->scrub_due = clock_mono() + SCRUB_EVERY_NS;
	return r;
}

/* After an erasure, a slice at a time; who reads the store goes first. */
static void scrub(struct core *c, struct store_conn *conn)
{
	struct err err = { 0 };

	if (clock_mono() < c->scrub_due)
		return;
	int r = c->scrubbing ? 1 : begin_scrub(c, conn, &err);
	if (r > 0)
		r = store_scrub(conn, &c->scrub_place, &err);
	if (r == 0 && c->scrubbing)
		r = end_scrub(c, conn, &err);
	if (r >= 0 || r == -E_BUSY)
		return;
	store_rollback(conn);
	c->scrubbing = false;
	c->scrub_due = clock_mono() + SCRUB_EVERY_NS;
	log_error(
	    "the store could not be cleared of what was deleted", "error=%s", err_name(err.code));
}

/* Nothing came for a while: what the last busy second counted is written now. When that fails the
 * writer asks on_rollback, for budgets and the ledger of an incident that it opened are ahead of the
 * store then; the signals are tried again. */
static int on_tick(void *ctx, struct store_conn *conn)
{
	struct core *c = ctx;
	struct err err = { 0 };

	scrub(c, conn);
	if (!c->hours_due || clock_mono() < c->hours_due)
		return 0;
	int r = store_begin(conn, &err);
	if (r == 0)
		r = flush_hours(c, conn, &err);
	if (r == 0)
		r = store_commit(conn, &err);
	if (r < 0)
		log_error("hourly counts could not be written", "error=%s", err_name(err.code));
	if (r < 0)
		return r;
	signals_committed(c->signals);
	if (c->unpublished)
		publish(c);
	c->hours_due = 0;
	return 0;
}

/* The name in entries of the ledger to come, too. */
static void publish_policy(struct core *c)
{
	int r = str_to_c(pack_version(c->next_pack), c->ledger.policy, sizeof(c->ledger.policy));

	ASSERT(r == 0); /* core_set_policy() asked */
	c->packs[c->packs_len++] = c->next_pack;
	atomic_store(&c->pack, c->next_pack);
	c->next_pack = NULL;
}

static void after_commit(void *ctx)
{
	struct core *c = ctx;

	seen_committed(c->facts);
	signals_committed(c->signals);
	if (c->next_pack)
		publish_policy(c);
	if (c->unpublished)
		publish(c);
}

/* Memory as the store is: directory, budgets, recent sends, next leaf. */
static int load_state(struct core *c, struct store_conn *conn, struct err *err)
{
	int r = reload_directory(c, conn, err);

	if (r == 0)
		r = budget_reload(c->budget, conn, c->newest, c->pack, clock_now(), err);
	if (r == 0)
		r = ledger_load(conn, pack_version(c->pack), &c->ledger, err);
	recent_free(&c->recent);
	if (r == 0)
		r = recent_load(conn, c->pack, clock_now(), &c->recent, err);
	return r;
}

static int on_rollback(void *ctx, struct store_conn *conn, struct err *err)
{
	struct core *c = ctx;
	int r = seen_undo(c->facts, conn, err);

	signals_undo(c->signals);
	campaign_sums_undo(c->sums);
	pack_free(&c->next_pack);
	return r < 0 ? r : load_state(c, conn, err);
}

static void before_done(void *ctx)
{
	struct core *c = ctx;

	if (c->before_done)
		c->before_done(c->done_ctx);
}

static void after_done(void *ctx)
{
	struct core *c = ctx;

	if (c->after_done)
		c->after_done(c->done_ctx);
}

/* --- opening ---------------------------------------------------------------------------------- */

static int open_pack(struct core *c, struct err *err)
{
	struct buf text;

	if (!c->options.pack_file)
		return pack_builtin(&c->base, err);
	buf_init(&text, PACK_MAX);
	int r = file_read(c->options.pack_file, PACK_MAX, &text, err);
	if (r == 0)
		r = pack_read(buf_str(&text), &c->base, err);
	buf_done(&text);
	return r;
}

static int apply_overlay(
    struct core *c, struct pack_overlay *o, int64_t number, struct pack **ret, struct err *err)
{
	struct err why = { 0 };
	int r = overlay_apply(c->base, o, number, ret, &why);

	if (r != -E_RANGE) {
		*err = r < 0 ? why : *err;
		return r;
	}
	log_warn("figures that were set do not fit this policy pack; the pack's own count",
	    "figure=%s", why.field);
	memset(o->figure_set, 0, sizeof(o->figure_set));
	return overlay_apply(c->base, o, number, ret, err);
}

/* What was set over the pack, by people, while it ran. */
static int open_policy(struct core *c, struct store_conn *conn, struct err *err)
{
	struct pack_overlay *o = ARENA_NEW(c->scratch, struct pack_overlay);
	struct pack *pack = NULL;
	size_t dropped = 0;
	int64_t number = 0;
	int r = o ? policy_in_force(conn, c->base, c->scratch, o, &number, &dropped, err)
		  : err_set(err, E_NOMEM, "Memory ran out at start.");

	if (r < 0 || number == 0)
		return r;
	if (dropped)
		log_warn("this policy pack does not let all be set that was set over another",
		    "left_out=%zu", dropped);
	r = apply_overlay(c, o, number, &pack, err);
	if (r == 0)
		r = core_set_policy(c, pack, err);
	if (r < 0)
		pack_free(&pack);
	else
		publish_policy(c);
	arena_reset(c->scratch);
	return r;
}

/* Here, so that no message waits for it. Where the processor cannot do it, the rules of content say that they cannot
 * tell. */
static int prepare_pack(struct core *c, struct err *err)
{
	int r = content_prepare(pack_content(c->pack), err);

	return r == -E_UNSUPPORTED ? 0 : r;
}

static int open_store(struct core *c, struct err *err)
{
	char url[4096];
	const char *chosen = c->options.store_url;

	if (!chosen) {
		int n = snprintf(url, sizeof(url), "sqlite:%s/varco.db", c->options.state_dir);
		if (n < 0 || (size_t)n >= sizeof(url))
			return err_field(err, E_RANGE, "server.state_dir",
			    "The path of the state directory is too long.");
		chosen = url;
	}
	if (str_starts(str_c(chosen), STR("sqlite:")) &&
	    restore_is_under_way(chosen + strlen("sqlite:")))
		return err_field(err, E_CONFLICT, "store.url", "%s",
		    _("A restore of this store was begun and not ended: run varco backup restore once more."));
	return store_open(chosen, &c->store, err);
}

/* The directory of the store's file: its disk is the one that counts. */
static int open_headroom(struct core *c, struct err *err)
{
	struct str url = c->options.store_url ? str_c(c->options.store_url) : STR_NONE;
	char path[4096];

	if (!url.p || !str_starts(url, STR("sqlite:")))
		return headroom_open(c->options.state_dir, &c->options.room, &c->headroom, err);
	if (str_to_c(str_sub(url, strlen("sqlite:"), url.len), path, sizeof(path)) < 0)
		return err_field(err, E_RANGE, "store.url", "The path of the store is too long.");
	return headroom_open(dirname(path), &c->options.room, &c->headroom, err);
}

static int open_skew(struct core *c, struct err *err)
{
	if (!c->options.watch_clock)
		return 0;
	return skew_new(&pack_limits(c->pack)->clock, &c->skew, err);
}

/* A systemd credential of that name comes first: then no key lies beside the data. One that is there
 * and cannot be taken must not be passed over, or another key would be made in silence. */
static int open_key(const struct core *c, const char *name, struct seal_key *ret, struct err *err)
{
	char path[4096];
	const char *credentials = getenv("CREDENTIALS_DIRECTORY");
	int n = credentials ? snprintf(path, sizeof(path), "%s/%s", credentials, name) : -1;

	if (n > 0 && (size_t)n < sizeof(path)) {
		int r = seal_key_load(path, false, ret, err);
		if (r != -E_NOT_FOUND)
			return r;
	}
	n = snprintf(path, sizeof(path), "%s/%s", c->options.state_dir, name);
	if (n < 0 || (size_t)n >= sizeof(path))
		return err_field(err, E_RANGE, "server.state_dir",
		    "The path of the state directory is too long.");
	return seal_key_load(path, true, ret, err);
}

static int open_keyring(struct core *c, struct err *err)
{
	int r = open_key(c, "suppression.key", &c->keyring.suppression, err);

	c->keyring.people = c->key;
	return r < 0 ? r : open_key(c, "restricted.key", &c->keyring.restricted, err);
}

/* What anybody may know, for whoever checks the ledger. */
static int publish_verifier(const struct core *c, struct err *err)
{
	char path[4096], text[NOTE_KEY_TEXT_MAX + 1];
	int n = snprintf(path, sizeof(path), "%s/ledger.pub", c->options.state_dir);

	if (n < 0 || (size_t)n >= sizeof(path))
		return err_field(err, E_RANGE, "server.state_dir",
		    "The path of the state directory is too long.");
	note_verifier_write(&c->signer.verifier, text);
	size_t len = strlen(text);
	text[len] = '\n';
	return file_write_atomic(path, str_n(text, len + 1), 0644, err);
}

/* The key of the ledger bears the name of the ledger, which the store knows. */
static int open_signer(struct core *c, struct store_conn *conn, struct err *err)
{
	char origin[LEDGER_ORIGIN_MAX];
	struct ledger_tenant tenant;
	struct seal_key seed;
	int r = ledger_tenant(conn, &tenant, err);

	if (r == 0)
		r = open_key(c, "ledger.key", &seed, err);
	if (r < 0)
		return r;
	ledger_origin(&tenant, origin);
	r = note_signer_init(&c->signer, str_c(origin), seed.b, err);
	seal_key_wipe(&seed);
	return r < 0 ? r : publish_verifier(c, err);
}

static int read_installed_at(struct core *c, struct store_conn *conn, struct err *err)
{
	int64_t at = clock_now();
	int r = ledger_install(conn, at, err);

	if (r == 0)
		r = store_ask_int(conn, &at, err, "SELECT at FROM installation WHERE one = 1", "");
	if (r < 0)
		return r;
	c->installed_at = at;
	return 0;
}

/* A copy that stands where the store was. What was read before is as it was then. */
static int meet_restored(struct core *c, struct store_conn *conn, struct err *err)
{
	struct restored found = { .copied_at = TIME_NONE };
	char at[TIME_TEXT_MAX];
	int r = restored_meet(conn, &c->ledger, &c->ids, clock_now(), &found, err);

	if (r <= 0)
		return r;
	time_format(found.copied_at, at);
	log_warn("the store was brought back from a copy; marketing waits until somebody confirms",
	    "copied_at=%s sends=%lld campaigns=%lld", at, (long long)found.sends,
	    (long long)found.campaigns);
	return load_state(c, conn, err);
}

/* Audiences that were half taken in: of a draft that got another one the edit is given up. */
static int recover_campaigns(struct store_conn *conn, struct err *err)
{
	int r = campaign_edit_sweep(conn, err);

	return r < 0 ? r : campaign_sweep(conn, clock_now(), err);
}

/* Everything that start-up reads and mends, in one transaction. */
static int recover(struct core *c, struct store_conn *conn, struct err *err)
{
	struct overview_queues found;
	int64_t unknown = 0;
	int r = store_begin(conn, err);

	if (r < 0)
		return r;
	r = overview_queues(conn, &found, err);
	if (r == 0)
		r = journal_recover(conn, clock_now(), &unknown, err);
	if (r == 0)
		r = journal_newest(conn, &c->ids.last, err);
	if (r == 0)
		r = wamids_load(c->wamids, conn, err);
	if (r == 0)
		r = read_installed_at(c, conn, err);
	if (r == 0)
		r = open_signer(c, conn, err);
	if (r == 0)
		r = suppression_open(conn, clock_now(), err);
	if (r == 0)
		r = open_policy(c, conn, err);
	if (r == 0)
		r = load_state(c, conn, err);
	if (r == 0)
		r = meet_restored(c, conn, err);
	if (r == 0)
		r = recover_campaigns(conn, err);
	if (r == 0)
		r = seen_load(conn, SEEN_KEEP, &c->facts, err);
	if (r == 0)
		r = attachment_sweep(conn, c->options.state_dir, err);
	if (r == 0)
		r = store_commit(conn, err);
	if (r < 0) {
		store_rollback(conn);
		return r;
	}
	log_info("recovered", "sending=%lld ready=%lld held=%lld", (long long)found.sending,
	    (long long)found.ready, (long long)found.held);
	if (unknown)
		log_warn("sends found under way; their outcome is unknown", "count=%lld",
		    (long long)unknown);
	publish(c);
	return 0;
}

static int prepare_store(struct core *c, struct err *err)
{
	struct store_conn *conn;
	int applied, r = store_connect(c->store, STORE_WRITE, &conn, err);

	if (r < 0)
		return r;
	r = schema_apply(conn, tables, tables_len, &applied, err);
	if (r == 0)
		r = recover(c, conn, err);
	store_disconnect(&conn);
	return r;
}

static int start_writer(struct core *c, struct err *err)
{
	struct writer_options o = {
		.max_items = BATCH_ITEMS,
		.max_ms = BATCH_MS,
		.max_queue = c->options.max_queue,
		.tick_ms = TICK_MS,
	};
	struct writer_hooks hooks = {
		.ctx = c,
		.before_commit = before_commit,
		.after_commit = after_commit,
		.on_tick = on_tick,
		.on_rollback = on_rollback,
		.before_done = before_done,
		.after_done = after_done,
	};

	return writer_start(c->store, &o, &hooks, &c->writer, err);
}

/* What is kept in memory only, or there first. */
static int open_counts(struct core *c, struct err *err)
{
	int r = budget_new(&c->budget, err);

	if (r == 0)
		r = signals_new(&c->signals, err);
	if (r == 0)
		r = campaign_sums_new(&c->sums, err);
	if (r == 0)
		r = silence_new(&c->silence, err);
	if (r == 0)
		r = wamids_new(&c->wamids, err);
	if (r == 0)
		r = bulk_new(&c->bulk, err);
	if (r == 0)
		r = uses_new(&c->uses, err);
	if (r == 0)
		r = running_new(&c->running, err);
	return r == 0 ? listeners_new(&c->listeners, err) : r;
}

int core_open(const struct core_options *o, struct core **ret, struct err *err)
{
	struct core *c = mem_alloc(sizeof(*c));
	int r;

	if (!c)
		return err_set(err, E_NOMEM, "Memory ran out at start.");
	c->options = *o;
	pthread_mutex_init(&c->publish_lock, NULL);
	r = crypto_init(err);
	if (r == 0)
		r = dir_ensure(o->state_dir, err);
	if (r == 0)
		r = open_pack(c, err);
	atomic_store(&c->pack, c->base);
	if (r == 0)
		r = prepare_pack(c, err);
	if (r == 0)
		r = open_key(c, "varco.key", &c->key, err);
	if (r == 0)
		r = open_keyring(c, err);
	if (r == 0)
		r = open_skew(c, err);
	if (r == 0)
		r = open_store(c, err);
	if (r == 0)
		store_set_keys(c->store, &c->keyring);
	if (r == 0)
		r = open_headroom(c, err);
	if (r == 0)
		r = open_counts(c, err);
	c->seen = r == 0 ? imap_new() : NULL;
	c->scratch = r == 0 ? arena_new(SCRATCH_FIRST, SCRATCH_MAX) : NULL;
	if (r == 0 && (!c->seen || !c->scratch))
		r = err_set(err, E_NOMEM, "Memory ran out at start.");
	if (r == 0)
		r = prepare_store(c, err);
	if (r == 0)
		r = start_writer(c, err);
	if (r < 0)
		core_close(&c);
	else
		*ret = c;
	return r;
}

/* What apps sent since the last round of upkeep. */
static void write_last_uses(struct core *c)
{
	struct store_conn *conn = NULL;
	struct err err = { 0 };

	if (!c->store || !c->uses || !uses_waiting(c->uses))
		return;
	int r = store_connect(c->store, STORE_WRITE, &conn, &err);
	if (r == 0)
		r = store_begin(conn, &err);
	if (r == 0)
		r = uses_write(c->uses, conn, &err);
	if (r == 0)
		r = store_commit(conn, &err);
	store_disconnect(&conn);
	if (r < 0)
		log_error(
		    "what apps sent last could not be counted", "error=%s", err_name(err.code));
}

static void close_packs(struct core *c)
{
	pack_free(&c->next_pack);
	for (size_t i = c->packs_len; i > 0; i--)
		pack_free(&c->packs[i - 1]);
	mem_free(c->packs);
	pack_free(&c->base);
}

void core_close(struct core **pc)
{
	struct core *c = *pc;

	if (!c)
		return;
	if (c->writer)
		writer_stop(&c->writer);
	write_last_uses(c);
	running_free(&c->running);
	listeners_free(&c->listeners);
	headroom_close(&c->headroom);
	skew_free(&c->skew);
	budget_free(&c->budget);
	signals_free(&c->signals);
	campaign_sums_free(&c->sums);
	silence_free(&c->silence);
	uses_free(&c->uses);
	recent_free(&c->recent);
	bulk_free(&c->bulk);
	wamids_free(&c->wamids);
	imap_free(&c->seen);
	seen_free(&c->facts);
	arena_free(&c->scratch);
	directory_unref(&c->newest);
	directory_unref(&c->published);
	if (c->store)
		store_close(&c->store);
	seal_key_wipe(&c->key);
	crypto_wipe(&c->keyring, sizeof(c->keyring));
	note_signer_wipe(&c->signer);
	close_packs(c);
	pthread_mutex_destroy(&c->publish_lock);
	MEM_FREE(pc);
}

/* --- the directory for loops ------------------------------------------------------------------ */

struct directory *core_directory(struct core *c)
{
	pthread_mutex_lock(&c->publish_lock);
	struct directory *d = directory_ref(c->published);
	pthread_mutex_unlock(&c->publish_lock);
	return d;
}

void core_refresh_directory(struct core *c, struct directory **cached)
{
	if (*cached && directory_generation(*cached) == atomic_load(&c->published_generation))
		return;
	directory_unref(cached);
	*cached = core_directory(c);
}

const struct pack *core_policy_now(const struct core *c)
{
	return c->next_pack ? c->next_pack : c->pack;
}

int core_set_policy(struct core *c, struct pack *pack, struct err *err)
{
	struct pack **packs;

	if (pack_version(pack).len >= LEDGER_POLICY_MAX)
		return err_set(
		    err, E_RANGE, "The version of the policy pack is too long to be changed.");
	packs = mem_grow((void *)c->packs, (c->packs_len + 1) * sizeof(struct pack *));
	if (!packs)
		return err_set(err, E_NOMEM, "Memory ran out while changing the policy.");
	c->packs = packs;
	pack_free(&c->next_pack);
	c->next_pack = pack;
	return 0;
}

int core_operator_act(struct core *c, struct store_conn *conn, const struct audit_act *act,
    struct str content, struct err *err)
{
	struct audit_act noted = *act;
	int r = ledger_append(
	    conn, &c->ledger, LEAF_OPERATOR, 0, content, act->at, &noted.leaf, err);

	if (r == 0)
		r = ledger_keep(conn, noted.leaf, content, err);
	return r < 0 ? r : audit_note(conn, &noted, err);
}
